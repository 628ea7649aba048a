/* SPDX-License-Identifier: MIT */
/*
 * show.c - see show.h. Requests are built from the command line, answers printed as tables.
 */
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"

#define MIB (1024 * 1024)

static void drop(json_t **value)
{
	json_decref(*value);
}

/* Ask dxgd; what went wrong goes to stderr. NULL: it did, the exit status is 1. */
static json_t *ask(json_t *request)
{
	json_t *answer = NULL;
	char folder[4096];
	int err;

	err = control_call(request, &answer);
	if (err) {
		if (control_folder(folder, sizeof(folder)))
			folder[0] = '\0';
		fprintf(stderr,
			"dxgctl: no answer from dxgd at %s/control.sock: %s. Is dxgd running?\n",
			folder, strerror(-err));
		return NULL;
	}
	if (!json_is_true(json_object_get(answer, "ok"))) {
		const char *why = json_string_value(json_object_get(answer, "error"));

		fprintf(stderr, "dxgctl: %s\n", why ? why : "dxgd refused without a reason");
		json_decref(answer);
		return NULL;
	}
	return answer;
}

static const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

static json_int_t number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

int show_adapters(int argc, char **argv)
{
	__attribute__((cleanup(drop))) json_t *request = json_pack("{s:s}", "cmd", "adapters");
	__attribute__((cleanup(drop))) json_t *answer = NULL;
	json_t *row;
	size_t i;

	(void)argv;
	if (argc != 1) {
		fprintf(stderr, "dxgctl: 'adapters' takes no arguments\n");
		return 2;
	}
	answer = ask(request);
	if (!answer)
		return 1;
	printf("%-10s %-48s %-10s %s\n", "ADAPTER", "NAME", "BACKEND", "MEMORY MiB");
	json_array_foreach (json_object_get(answer, "adapters"), i, row)
		printf("%-10" JSON_INTEGER_FORMAT " %-48s %-10s %" JSON_INTEGER_FORMAT "\n",
		       number(row, "index"), text(row, "name"), text(row, "backend"),
		       number(row, "memory_mib"));
	return 0;
}

static int vgpu_list(void)
{
	__attribute__((cleanup(drop))) json_t *request = json_pack("{s:s}", "cmd", "vgpu-list");
	__attribute__((cleanup(drop))) json_t *answer = ask(request);
	json_t *row;
	size_t i;

	if (!answer)
		return 1;
	printf("%-16s %-8s %-10s %-7s %-6s %s\n", "VGPU", "ADAPTER", "MEMORY MiB", "WEIGHT", "UID",
	       "SESSIONS");
	json_array_foreach (json_object_get(answer, "vgpus"), i, row)
		printf("%-16s %-8" JSON_INTEGER_FORMAT " %-10" JSON_INTEGER_FORMAT
		       " %-7" JSON_INTEGER_FORMAT " %-6" JSON_INTEGER_FORMAT
		       " %" JSON_INTEGER_FORMAT "\n",
		       text(row, "name"), number(row, "adapter"), number(row, "memory_mib"),
		       number(row, "weight"), number(row, "uid"), number(row, "sessions"));
	return 0;
}

static void print_cache(const char *name, json_t *cache)
{
	printf("%-16s %-8" JSON_INTEGER_FORMAT " %-8" JSON_INTEGER_FORMAT " %-8" JSON_INTEGER_FORMAT
	       " %-8" JSON_INTEGER_FORMAT " %-8" JSON_INTEGER_FORMAT " %-8" JSON_INTEGER_FORMAT
	       " %-10.1f %.0f\n",
	       name, number(cache, "hits"), number(cache, "misses"), number(cache, "stored"),
	       number(cache, "evicted"), number(cache, "bad"), number(cache, "entries"),
	       (double)number(cache, "bytes") / MIB, (double)number(cache, "limit_bytes") / MIB);
}

int show_cache(int argc, char **argv)
{
	__attribute__((cleanup(drop))) json_t *request = json_pack("{s:s}", "cmd", "vgpu-list");
	__attribute__((cleanup(drop))) json_t *answer = NULL;
	json_t *row;
	size_t i;

	(void)argv;
	if (argc != 1) {
		fprintf(stderr, "dxgctl: 'cache' takes no arguments\n");
		return 2;
	}
	answer = ask(request);
	if (!answer)
		return 1;
	printf("%-16s %-8s %-8s %-8s %-8s %-8s %-8s %-10s %s\n", "VGPU", "HITS", "MISSES", "STORED",
	       "EVICTED", "BAD", "ENTRIES", "MiB", "LIMIT MiB");
	json_array_foreach (json_object_get(answer, "vgpus"), i, row)
		print_cache(text(row, "name"), json_object_get(row, "cache"));
	return 0;
}

/* KEY=VALUE into the request: a number when it is one. */
static int add_option(json_t *request, const char *option)
{
	const char *eq = strchr(option, '=');
	char key[64];
	char *end;
	long long value;

	if (!eq || eq == option || (size_t)(eq - option) >= sizeof(key)) {
		fprintf(stderr, "dxgctl: '%s' is not KEY=VALUE\n", option);
		return -EINVAL;
	}
	memcpy(key, option, (size_t)(eq - option));
	key[eq - option] = '\0';
	errno = 0;
	value = strtoll(eq + 1, &end, 0);
	if (!errno && end != eq + 1 && !*end)
		return json_object_set_new(request, key, json_integer(value)) ? -ENOMEM : 0;
	return json_object_set_new(request, key, json_string(eq + 1)) ? -EINVAL : 0;
}

int show_vgpu(int argc, char **argv)
{
	static const char *const verbs[] = { "create", "set", "destroy" };
	__attribute__((cleanup(drop))) json_t *request = NULL;
	__attribute__((cleanup(drop))) json_t *answer = NULL;
	char cmd[32] = "";
	size_t i;
	int n;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return vgpu_list();
	for (i = 0; argc >= 3 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i]))
			snprintf(cmd, sizeof(cmd), "vgpu-%s", verbs[i]);
	if (!cmd[0]) {
		fprintf(stderr, "usage: dxgctl vgpu list | create|set|destroy NAME [KEY=VALUE...]\n"
				"keys: adapter, memory_mib, weight, uid, tdr_s\n");
		return 2;
	}
	request = json_pack("{s:s, s:s}", "cmd", cmd, "name", argv[2]);
	for (n = 3; n < argc; n++)
		if (!request || add_option(request, argv[n]))
			return 2;
	answer = ask(request);
	return answer ? 0 : 1;
}

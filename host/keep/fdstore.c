// SPDX-License-Identifier: MIT
/*
 * fdstore: see fdstore.h. An array in the order of arrival; one thread. What does not fit is closed
 * and said on stderr: dxgd cannot be told, the protocol has no answers.
 */
#include "fdstore.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** struct fdstore_said - one message, taken apart. */
struct fdstore_said {
	bool store;
	bool remove;
	bool ready;
	const char *name;
};

static bool name_ok(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == ':')
			return false;
	return c > name && c - name < (long)FDSTORE_NAME_MAX;
}

static struct fdstore_said fdstore_parse(char *text)
{
	struct fdstore_said said = { .name = "stored" };
	char *save = NULL, *line;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		said.store |= !strcmp(line, "FDSTORE=1");
		said.remove |= !strcmp(line, "FDSTOREREMOVE=1");
		said.ready |= !strcmp(line, "READY=1");
		if (!strncmp(line, "FDNAME=", 7))
			said.name = line + 7;
	}
	return said;
}

static bool fdstore_add(struct fdstore *store, const char *name, int fd)
{
	size_t len = strlen(name) + 1;

	if (store->count == FDSTORE_MAX || store->bytes + len > FDSTORE_NAMES_MAX)
		return false;
	memcpy(store->entry[store->count].name, name, len);
	store->entry[store->count++].fd = fd;
	store->bytes += len;
	return true;
}

static void fdstore_remove(struct fdstore *store, const char *name)
{
	unsigned int i, left = 0;

	for (i = 0; i < store->count; i++) {
		if (strcmp(store->entry[i].name, name)) {
			store->entry[left++] = store->entry[i];
			continue;
		}
		close(store->entry[i].fd);
		store->bytes -= strlen(name) + 1;
	}
	store->count = left;
}

void fdstore_message(struct fdstore *store, char *text, const int *fds, unsigned int nfds,
		     bool *ret_ready)
{
	struct fdstore_said said = fdstore_parse(text);
	bool good = name_ok(said.name);
	unsigned int i;

	if (said.remove && good)
		fdstore_remove(store, said.name);
	for (i = 0; i < nfds; i++) {
		if (said.store && good && fdstore_add(store, said.name, fds[i]))
			continue;
		fprintf(stderr, "dxgd-keep: descriptor '%.127s' is not kept\n",
			good ? said.name : "?");
		close(fds[i]);
	}
	if (said.ready)
		*ret_ready = true;
}

void fdstore_names(const struct fdstore *store, char *ret)
{
	size_t len;
	unsigned int i;

	*ret = '\0';
	for (i = 0; i < store->count; i++) {
		len = strlen(store->entry[i].name);
		memcpy(ret, store->entry[i].name, len);
		ret += len;
		*ret = i + 1 < store->count ? ':' : '\0';
		ret += i + 1 < store->count;
	}
}

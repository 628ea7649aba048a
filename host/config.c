// SPDX-License-Identifier: MIT
/*
 * config: see config.h. The command line is a table of options; the configuration file is one JSON
 * object with the same names, and "vgpus", an array of objects. One function sets an option of a
 * vGPU, whether it comes from the command line, the file or the control socket.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int parse_u32(const char *text, uint32_t max, uint32_t *ret)
{
	char *end;
	unsigned long value;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end || value > max)
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

static int parse_backend(const char *text, enum config_backend *ret)
{
	static const char *const names[] = {
		[CONFIG_BACKEND_AUTO] = "auto",
		[CONFIG_BACKEND_NULL] = "null",
		[CONFIG_BACKEND_OPENCL] = "opencl",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(text, names[i])) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

/* ---- options of a vGPU ---- */

/* A number from 1 on. */
static int parse_count(const char *text, uint32_t max, uint32_t *ret)
{
	uint32_t value;
	int err = parse_u32(text, max, &value);

	if (!err && !value)
		err = -EINVAL;
	if (!err)
		*ret = value;
	return err;
}

static int set_memory(struct config_vgpu *vgpu, const char *value)
{
	return parse_count(value, CONFIG_MEMORY_MIB_MAX, &vgpu->memory_mib);
}

static int set_weight(struct config_vgpu *vgpu, const char *value)
{
	return parse_count(value, 10000, &vgpu->weight);
}

static int set_tdr(struct config_vgpu *vgpu, const char *value)
{
	return parse_count(value, CONFIG_TDR_S_MAX, &vgpu->tdr_s);
}

static int set_cache(struct config_vgpu *vgpu, const char *value)
{
	return parse_u32(value, CONFIG_CACHE_MIB_MAX, &vgpu->cache_mib);
}

static int set_uid(struct config_vgpu *vgpu, const char *value)
{
	uint32_t uid;
	int err;

	vgpu->any_uid = !strcmp(value, "any");
	if (vgpu->any_uid)
		return 0;
	err = parse_u32(value, UINT32_MAX - 1, &uid);
	if (!err)
		vgpu->uid = uid;
	return err;
}

static int set_backend(struct config_vgpu *vgpu, const char *value)
{
	return parse_backend(value, &vgpu->backend);
}

/* "N": adapter N of the list; "P:D": OpenCL platform P, device D. */
static int set_adapter(struct config_vgpu *vgpu, const char *value)
{
	unsigned int platform, device;
	uint32_t index;
	char rest;

	if (sscanf(value, "%u:%u%c", &platform, &device, &rest) == 2) {
		vgpu->platform = platform;
		vgpu->device = device;
		return 0;
	}
	if (parse_u32(value, DXG_ADAPTERS_MAX, &index))
		return -EINVAL;
	vgpu->adapter = (int32_t)index;
	return 0;
}

static int set_discrete(struct config_vgpu *vgpu, const char *value)
{
	uint32_t on;
	int err = parse_u32(value, 1, &on);

	if (!err)
		vgpu->discrete = on;
	return err;
}

/* Absolute, so that it means the same whoever says it. */
static int set_ram(struct config_vgpu *vgpu, const char *value)
{
	if (value[0] != '/' || strlen(value) >= sizeof(vgpu->ram))
		return -EINVAL;
	strcpy(vgpu->ram, value);
	return 0;
}

static int set_ram_low(struct config_vgpu *vgpu, const char *value)
{
	return parse_count(value, 4096, &vgpu->ram_low_mib);
}

static const struct vgpu_option {
	const char *key;
	int (*set)(struct config_vgpu *vgpu, const char *value);
} vgpu_options[] = {
	{ "memory_mib", set_memory }, { "weight", set_weight },	  { "tdr_s", set_tdr },
	{ "uid", set_uid },	      { "backend", set_backend }, { "adapter", set_adapter },
	{ "discrete", set_discrete }, { "ram", set_ram },	  { "ram_low", set_ram_low },
	{ "cache_mib", set_cache },
};

int config_vgpu_init(struct config_vgpu *vgpu, const char *name)
{
	size_t len = strlen(name);

	memset(vgpu, 0, sizeof(*vgpu));
	if (!len || len >= sizeof(vgpu->name) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
		    len ||
	    name[0] == '.')
		return -EINVAL;
	memcpy(vgpu->name, name, len);
	vgpu->platform = ~0u;
	vgpu->device = ~0u;
	vgpu->adapter = -1;
	vgpu->memory_mib = CONFIG_MEMORY_MIB_DEFAULT;
	vgpu->weight = CONFIG_WEIGHT_DEFAULT;
	vgpu->tdr_s = CONFIG_TDR_S_DEFAULT;
	vgpu->cache_mib = CONFIG_CACHE_MIB_DEFAULT;
	vgpu->uid = geteuid();
	return 0;
}

int config_vgpu_set(struct config_vgpu *vgpu, const char *key, const char *value)
{
	unsigned int i;

	for (i = 0; i < sizeof(vgpu_options) / sizeof(vgpu_options[0]); i++)
		if (!strcmp(key, vgpu_options[i].key))
			return vgpu_options[i].set(vgpu, value);
	return -ENOENT;
}

static int vgpu_set_json(struct config_vgpu *vgpu, const char *key, json_t *value)
{
	char text[32];

	if (json_is_string(value))
		return config_vgpu_set(vgpu, key, json_string_value(value));
	if (json_is_boolean(value))
		return config_vgpu_set(vgpu, key, json_is_true(value) ? "1" : "0");
	if (!json_is_integer(value))
		return -EINVAL;
	snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	return config_vgpu_set(vgpu, key, text);
}

static bool key_is_skipped(const char *key, const char *const *skip)
{
	for (; *skip; skip++)
		if (!strcmp(key, *skip))
			return true;
	return false;
}

int config_vgpu_from_json(struct config_vgpu *vgpu, json_t *object, const char *const *skip,
			  const char **ret_bad)
{
	const char *key;
	json_t *value;
	int err;

	json_object_foreach (object, key, value) {
		err = key_is_skipped(key, skip) ? 0 : vgpu_set_json(vgpu, key, value);
		if (err) {
			*ret_bad = key;
			return err;
		}
	}
	return 0;
}

/* ---- the configuration as a whole ---- */

static int add_vgpu(struct config *config, const char *name, struct config_vgpu **ret_vgpu)
{
	uint32_t i;

	if (config->vgpu_count == DXG_VGPUS_MAX) {
		fprintf(stderr, "dxgd: more than %u vGPUs\n", DXG_VGPUS_MAX);
		return -EINVAL;
	}
	for (i = 0; i < config->vgpu_count; i++)
		if (!strcmp(config->vgpu[i].name, name)) {
			fprintf(stderr, "dxgd: two vGPUs are called '%s'\n", name);
			return -EINVAL;
		}
	if (config_vgpu_init(&config->vgpu[config->vgpu_count], name)) {
		fprintf(stderr, "dxgd: vGPU name '%s': 1 to %u of a-z A-Z 0-9 - _ . please\n", name,
			DXG_VGPU_NAME_MAX - 1);
		return -EINVAL;
	}
	*ret_vgpu = &config->vgpu[config->vgpu_count++];
	return 0;
}

/* NAME[,key=value...] */
static int option_vgpu(struct config *config, const char *arg)
{
	char text[1024], *save = NULL, *word, *value;
	struct config_vgpu *vgpu;

	if (snprintf(text, sizeof(text), "%s", arg) >= (int)sizeof(text))
		return -EINVAL;
	word = strtok_r(text, ",", &save);
	if (!word || add_vgpu(config, word, &vgpu))
		return -EINVAL;
	while ((word = strtok_r(NULL, ",", &save))) {
		value = strchr(word, '=');
		if (value)
			*value++ = 0;
		if (!value || config_vgpu_set(vgpu, word, value)) {
			fprintf(stderr,
				"dxgd: vGPU '%s': option '%s%s%s'; known are " CONFIG_VGPU_KEYS
				"\n",
				vgpu->name, word, value ? "=" : "", value ? value : "");
			return -EINVAL;
		}
	}
	return 0;
}

static int set_path(char path[CONFIG_PATH_MAX], const char *value)
{
	return snprintf(path, CONFIG_PATH_MAX, "%s", value) < CONFIG_PATH_MAX ? 0 : -EINVAL;
}

static int option_socket(struct config *config, const char *arg)
{
	return set_path(config->socket, arg);
}

static int option_worker(struct config *config, const char *arg)
{
	return set_path(config->worker, arg);
}

static int option_log_file(struct config *config, const char *arg)
{
	return set_path(config->log_file, arg);
}

static int option_audit(struct config *config, const char *arg)
{
	return set_path(config->audit_file, arg);
}

/* Absolute, so that it means the same wherever dxgd is started. */
static int option_cache(struct config *config, const char *arg)
{
	return arg[0] == '/' ? set_path(config->cache, arg) : -EINVAL;
}

static int option_backend(struct config *config, const char *arg)
{
	return parse_backend(arg, &config->backend);
}

static int option_ready_fd(struct config *config, const char *arg)
{
	uint32_t fd;
	int err = parse_u32(arg, 1u << 20, &fd);

	if (!err)
		config->ready_fd = (int)fd;
	return err;
}

static int option_config(struct config *config, const char *arg);

static const struct config_option {
	const char *name;
	const char *value;
	const char *help;
	int (*set)(struct config *config, const char *arg);
	bool in_file;
} config_options[] = {
	{ "socket", "PATH", "attach socket; the control and ivshmem sockets stand beside it",
	  option_socket, true },
	{ "vgpu", "NAME[,KEY=VALUE...]", "a virtual GPU; may be given several times", option_vgpu,
	  false },
	{ "config", "FILE", "options from a JSON file", option_config, false },
	{ "backend", "auto|null|opencl", "what vGPUs run on that do not say it", option_backend,
	  true },
	{ "worker", "PATH", "the dxg-worker program", option_worker, true },
	{ "log-file", "PATH", "log there instead of to stderr", option_log_file, true },
	{ "audit", "PATH", "append audit records there as well", option_audit, true },
	{ "cache", "FOLDER", "keep built programs there, instead of in memory", option_cache,
	  true },
	{ "ready-fd", "N", "write a line to descriptor N once serving", option_ready_fd, false },
};

#define CONFIG_OPTIONS (sizeof(config_options) / sizeof(config_options[0]))

static int file_vgpus(struct config *config, const char *path, json_t *array)
{
	static const char *const skip[] = { "name", NULL };
	struct config_vgpu *vgpu;
	const char *name, *bad;
	json_t *object;
	size_t i;

	json_array_foreach (array, i, object) {
		name = json_string_value(json_object_get(object, "name"));
		if (!name || add_vgpu(config, name, &vgpu)) {
			fprintf(stderr, "dxgd: %s: vgpus[%zu] needs a good \"name\"\n", path, i);
			return -EINVAL;
		}
		if (config_vgpu_from_json(vgpu, object, skip, &bad)) {
			fprintf(stderr, "dxgd: %s: vGPU '%s': bad option \"%s\"\n", path, name,
				bad);
			return -EINVAL;
		}
	}
	return 0;
}

static int file_option(struct config *config, const char *path, const char *key, json_t *value)
{
	size_t i;

	if (!strcmp(key, "vgpus") && json_is_array(value))
		return file_vgpus(config, path, value);
	for (i = 0; i < CONFIG_OPTIONS; i++)
		if (config_options[i].in_file && !strcmp(key, config_options[i].name) &&
		    json_is_string(value) &&
		    !config_options[i].set(config, json_string_value(value)))
			return 0;
	fprintf(stderr, "dxgd: %s: \"%s\" is no option, or its value is none it can have\n", path,
		key);
	return -EINVAL;
}

static int option_config(struct config *config, const char *arg)
{
	json_error_t error;
	json_t *root, *value;
	const char *key;
	int err = 0;

	root = json_load_file(arg, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(root)) {
		fprintf(stderr, "dxgd: %s:%d: %s\n", arg, error.line,
			root ? "not a JSON object" : error.text);
		json_decref(root);
		return -EINVAL;
	}
	json_object_foreach (root, key, value)
		if (!err)
			err = file_option(config, arg, key, value);
	json_decref(root);
	return err;
}

static void config_help(FILE *out)
{
	size_t i;

	fprintf(out, "usage: dxgd [OPTION...]\n"
		     "The host daemon of opendxg: virtual GPUs for virtual machines, "
		     "containers and processes.\n\n");
	for (i = 0; i < CONFIG_OPTIONS; i++)
		fprintf(out, "  --%s %s\n        %s\n", config_options[i].name,
			config_options[i].value, config_options[i].help);
	fprintf(out, "  --help, --version\n");
}

static int config_default_socket(struct config *config)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	int n;

	if (config->socket[0])
		return 0;
	n = dir && dir[0] ? snprintf(config->socket, CONFIG_PATH_MAX, "%s/dxg/dxgd.sock", dir)
			  : snprintf(config->socket, CONFIG_PATH_MAX, "/run/dxg/dxgd.sock");
	return n < CONFIG_PATH_MAX ? 0 : -EINVAL;
}

/* What systemd made for us (CacheDirectory=), if anything. */
static void config_default_cache(struct config *config)
{
	const char *folder = getenv("CACHE_DIRECTORY");

	if (!config->cache[0] && folder && folder[0] == '/' && !strchr(folder, ':'))
		set_path(config->cache, folder);
}

static int config_default_vgpu(struct config *config)
{
	struct config_vgpu *vgpu;

	return config->vgpu_count ? 0 : add_vgpu(config, "gpu0", &vgpu);
}

static int config_getopt(struct config *config, int argc, char **argv)
{
	struct option options[CONFIG_OPTIONS + 3] = { 0 };
	size_t i;
	int c;

	for (i = 0; i < CONFIG_OPTIONS; i++)
		options[i] = (struct option){ config_options[i].name, required_argument, NULL,
					      (int)i + 1 };
	options[i++] = (struct option){ "help", no_argument, NULL, 'h' };
	options[i] = (struct option){ "version", no_argument, NULL, 'V' };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h' || c == 'V') {
			if (c == 'h')
				config_help(stdout);
			else
				printf("dxgd (opendxg)\n");
			return 1;
		}
		if (c < 1 || c > (int)CONFIG_OPTIONS)
			return -EINVAL;
		if (config_options[c - 1].set(config, optarg)) {
			fprintf(stderr, "dxgd: --%s %s: expected %s\n", config_options[c - 1].name,
				optarg, config_options[c - 1].value);
			return -EINVAL;
		}
	}
	if (optind < argc)
		fprintf(stderr, "dxgd: '%s' is no option\n", argv[optind]);
	return optind < argc ? -EINVAL : 0;
}

int config_beside(const struct config *config, const char *name, char ret_path[CONFIG_PATH_MAX])
{
	const char *slash = strrchr(config->socket, '/');
	int dir = slash ? (int)(slash - config->socket) + 1 : 0;
	int n = snprintf(ret_path, CONFIG_PATH_MAX, "%.*s%s", dir, config->socket, name);

	return n < CONFIG_PATH_MAX ? 0 : -ENAMETOOLONG;
}

int config_parse(struct config *config, int argc, char **argv)
{
	int err;

	memset(config, 0, sizeof(*config));
	config->ready_fd = -1;
	err = config_getopt(config, argc, argv);
	if (!err)
		err = config_default_socket(config);
	config_default_cache(config);
	if (!err)
		err = config_default_vgpu(config);
	return err;
}

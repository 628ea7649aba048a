/* SPDX-License-Identifier: MIT */
/*
 * config: what dxgd was told on its command line and in its configuration file. Read once at start,
 * constant from then on.
 */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "dxgwire/limits.h"

/** CONFIG_PATH_MAX - bytes of a path, terminating zero included. */
#define CONFIG_PATH_MAX 4096

/** CONFIG_RAM_PATH_MAX - the same for the path of a RAM file. */
#define CONFIG_RAM_PATH_MAX 512
#define CONFIG_MEMORY_MIB_DEFAULT 1024u
#define CONFIG_MEMORY_MIB_MAX (1u << 24)
#define CONFIG_WEIGHT_DEFAULT 100u
/** CONFIG_TDR_S_DEFAULT, _MAX - seconds a submission may run before its worker is killed. */
#define CONFIG_TDR_S_DEFAULT 60u
#define CONFIG_TDR_S_MAX 3600u
/** CONFIG_CACHE_MIB_DEFAULT, _MAX - size of the program cache of a vGPU. */
#define CONFIG_CACHE_MIB_DEFAULT 128u
#define CONFIG_CACHE_MIB_MAX 65536u
/** CONFIG_VGPU_KEYS - for messages: what config_vgpu_set() knows. */
#define CONFIG_VGPU_KEYS                                            \
	"memory_mib=N, weight=1..10000, tdr_s=1..3600, uid=N|any, " \
	"backend=auto|null|opencl, adapter=N|P:D, discrete=0|1, "   \
	"ram=PATH, ram_low=MIB, cache_mib=0..65536"

/** enum config_backend - what was asked for. */
enum config_backend {
	CONFIG_BACKEND_AUTO, /* opencl where the machine has a driver, else null */
	CONFIG_BACKEND_NULL,
	CONFIG_BACKEND_OPENCL,
};

/**
 * struct config_vgpu - one virtual GPU, as asked for.
 * @platform, @device: OpenCL indices; ~0: the default device
 * @adapter: index into the list of adapters, -1 for none given (control socket only)
 * @tdr_s: seconds a submission may run
 * @cache_mib: size of its program cache; 0: none
 * @any_uid: whoever reaches the socket may attach; else @uid, root and dxgd's own user
 * @discrete: treat the device as one with memory of its own (tests)
 * @ram: the file with the RAM of the one machine that attaches (ram.h); empty for none
 * @ram_low_mib: how much of it lies below 4 GiB; 0: what QEMU does
 */
struct config_vgpu {
	char name[DXG_VGPU_NAME_MAX];
	char ram[CONFIG_RAM_PATH_MAX];
	uint32_t ram_low_mib;
	enum config_backend backend;
	uint32_t platform;
	uint32_t device;
	int32_t adapter;
	uint32_t memory_mib;
	uint32_t weight;
	uint32_t tdr_s;
	uint32_t cache_mib;
	uid_t uid;
	bool any_uid;
	bool discrete;
};

/**
 * struct config - see above.
 * @cache: folder of the program caches; empty: they are kept in memory
 * @ready_fd: -1 when nobody asked
 */
struct config {
	char socket[CONFIG_PATH_MAX];
	char worker[CONFIG_PATH_MAX];
	char log_file[CONFIG_PATH_MAX];
	char audit_file[CONFIG_PATH_MAX];
	char cache[CONFIG_PATH_MAX];
	enum config_backend backend;
	int ready_fd;
	uint32_t vgpu_count;
	struct config_vgpu vgpu[DXG_VGPUS_MAX];
};

/**
 * config_parse() - from the arguments of main(). Says on stderr what is wrong and what to do.
 *
 * Return: 0; 1 when --help or --version was answered; -EINVAL.
 */
int config_parse(struct config *config, int argc, char **argv);

/** config_beside() - @name in the folder of the attach socket. Return: 0; -ENAMETOOLONG. */
int config_beside(const struct config *config, const char *name, char ret_path[CONFIG_PATH_MAX]);

/** config_vgpu_init() - the defaults of a vGPU called @name. Return: 0; -EINVAL for a bad name. */
int config_vgpu_init(struct config_vgpu *vgpu, const char *name);

/**
 * config_vgpu_set() - one option of a vGPU, see CONFIG_VGPU_KEYS.
 * Return: 0; -ENOENT for an unknown key; -EINVAL for a value it cannot have.
 */
int config_vgpu_set(struct config_vgpu *vgpu, const char *key, const char *value);

/**
 * config_vgpu_from_json() - options from @object, whose values are strings, numbers or booleans;
 * keys named in @skip are somebody else's.
 * @ret_bad: the key that is wrong
 *
 * Return: as config_vgpu_set().
 */
int config_vgpu_from_json(struct config_vgpu *vgpu, json_t *object, const char *const *skip,
			  const char **ret_bad);

#endif /* HOST_CONFIG_H */

// SPDX-License-Identifier: MIT
/*
 * vgpu: see vgpu.h. The memory limit holds for each segment group by itself: so much device memory,
 * and so much CPU-visible memory. The IO space has room for the whole limit and for fences besides.
 */
#include "vgpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter.h"
#include "log.h"
#include "progstore.h"
#include "ram.h"
#include "region.h"
#include "session.h"
#include "sock.h"
#include "transport.h"
#include "vidmm/vidmm.h"
#include "vidsch/vidsch.h"

#define VGPU_ADAPTER_LUID_BASE 0x1000u /* what the guest shows to user mode */
#define VGPU_LUID_BASE 0x2000u /* what ext headers carry */
#define VGPU_FENCE_SPACE (UINT64_C(16) << 20)

uint64_t vgpu_memory(const struct vgpu *vgpu)
{
	return (uint64_t)vgpu->config.memory_mib << 20;
}

static void vgpu_limits(const struct config_vgpu *config, const struct adapter *adapter,
			struct vidmm_limits *ret_limits)
{
	uint64_t bytes = (uint64_t)config->memory_mib << 20;

	memset(ret_limits, 0, sizeof(*ret_limits));
	ret_limits->resident[VIDMM_NON_LOCAL] = bytes;
	if (!adapter_is_unified(adapter))
		ret_limits->resident[VIDMM_LOCAL] = bytes;
}

static uint64_t vgpu_cache_bytes(const struct config_vgpu *config)
{
	return (uint64_t)config->cache_mib << 20;
}

/*
 * Its program cache, in a folder of its name and its owner: a vGPU that is given to somebody else
 * finds nothing of the one before.
 */
static int vgpu_open_store(struct vgpu *vgpu)
{
	const struct config_vgpu *config = &vgpu->config;
	const char *base = vgpu->daemon->config->cache;
	char folder[CONFIG_PATH_MAX + DXG_VGPU_NAME_MAX + 16], owner[16] = "any";
	struct progstore *store;
	int err;

	if (!config->any_uid)
		snprintf(owner, sizeof(owner), "%u", (unsigned int)config->uid);
	snprintf(folder, sizeof(folder), "%s/%s@%s", base, config->name, owner);
	err = progstore_create(&vgpu->daemon->loop, &vgpu->daemon->progstores,
			       base[0] ? folder : NULL, vgpu_cache_bytes(config), &store);
	if (!err)
		vgpu->store = progstore_ref(store);
	return err;
}

struct progstore *vgpu_store(const struct vgpu *vgpu)
{
	return progstore_is_on(vgpu->store) ? vgpu->store : NULL;
}

static void vgpu_free(struct vgpu *vgpu)
{
	progstore_close(vgpu->store, false);
	progstore_unref(vgpu->store);
	vidsch_vgpu_destroy(vgpu->sch, NULL, NULL);
	vidmm_vgpu_destroy(vgpu->mm);
	ram_close(vgpu->ram);
	free(vgpu);
}

/* Who may attach a machine to the vGPU reads and writes that file through it. */
static int vgpu_open_ram(struct vgpu *vgpu)
{
	const struct config_vgpu *config = &vgpu->config;

	if (!config->ram[0])
		return 0;
	if (config->any_uid) {
		log_line("vgpu %s: ram= and uid=any do not go together", config->name);
		return -EINVAL;
	}
	return ram_open(config->ram, config->ram_low_mib, &vgpu->ram);
}

static int vgpu_open(struct vgpu *vgpu)
{
	struct vidmm_limits limits;
	int err;

	vgpu_limits(&vgpu->config, vgpu->adapter, &limits);
	err = vidmm_vgpu_create(vgpu->adapter->mm, &limits, &vgpu->mm);
	if (!err)
		err = vidsch_vgpu_create(vgpu->adapter->sch, vgpu->config.weight, &vgpu->sch);
	if (!err)
		err = vgpu_open_ram(vgpu);
	if (!err)
		err = vgpu_open_store(vgpu);
	if (!err)
		err = ivshmem_listen(vgpu, &vgpu->ivshmem);
	return err;
}

int vgpu_create(struct daemon *daemon, const struct config_vgpu *config, struct adapter *adapter)
{
	struct vgpu *vgpu;
	int err;

	if (vgpu_find(daemon, config->name))
		return -EEXIST;
	if (daemon->vgpu_count >= DXG_VGPUS_MAX)
		return -EMFILE;
	vgpu = calloc(1, sizeof(*vgpu));
	if (!vgpu)
		return -ENOMEM;
	vgpu->daemon = daemon;
	vgpu->adapter = adapter;
	vgpu->config = *config;
	vgpu->id = daemon->next_vgpu++;
	vgpu->refs = 1;
	TAILQ_INIT(&vgpu->sessions);
	LIST_INIT(&vgpu->sharelinks);
	err = vgpu_open(vgpu);
	if (err) {
		vgpu_free(vgpu);
		return err;
	}
	TAILQ_INSERT_TAIL(&daemon->vgpus, vgpu, link);
	daemon->vgpu_count++;
	log_line("vgpu %s: on adapter %u (%s), %u MiB, weight %u, tdr_s %u", config->name,
		 adapter->index, adapter->info.name, config->memory_mib, config->weight,
		 config->tdr_s);
	ivshmem_revive(vgpu);
	return 0;
}

/* Another owner begins with an empty cache; what there was goes with the one before. */
static void vgpu_set_owner(struct vgpu *vgpu, const struct config_vgpu *config)
{
	struct progstore *store = vgpu->store;

	if (vgpu->config.any_uid == config->any_uid &&
	    (config->any_uid || vgpu->config.uid == config->uid))
		return;
	vgpu->config.uid = config->uid;
	vgpu->config.any_uid = config->any_uid;
	progstore_close(store, true);
	/* Without memory for a new one it has none. */
	if (!vgpu_open_store(vgpu))
		progstore_unref(store);
}

int vgpu_set(struct vgpu *vgpu, const struct config_vgpu *config)
{
	struct vidmm_limits limits;
	struct session *session;
	int err;

	if (vgpu->ram && config->any_uid)
		return -EINVAL;
	vgpu_limits(config, vgpu->adapter, &limits);
	err = vidmm_vgpu_set_limits(vgpu->mm, &limits);
	if (!err)
		err = vidsch_vgpu_set_weight(vgpu->sch, config->weight);
	if (err)
		return err;
	vgpu->config.memory_mib = config->memory_mib;
	vgpu->config.weight = config->weight;
	vgpu->config.tdr_s = config->tdr_s;
	TAILQ_FOREACH (session, &vgpu->sessions, link)
		session_limits_changed(session);
	vgpu->config.cache_mib = config->cache_mib;
	progstore_set_limit(vgpu->store, vgpu_cache_bytes(config));
	vgpu_set_owner(vgpu, config);
	return 0;
}

void vgpu_destroy(struct vgpu *vgpu, bool forget, const char *why)
{
	struct session *session;

	TAILQ_REMOVE(&vgpu->daemon->vgpus, vgpu, link);
	vgpu->daemon->vgpu_count--;
	ivshmem_unlisten(vgpu->ivshmem);
	vgpu->ivshmem = NULL;
	progstore_close(vgpu->store, forget);
	while ((session = TAILQ_FIRST(&vgpu->sessions)))
		session_end(session, why);
	sharelink_close_all(vgpu);
	log_line("vgpu %s: %s", vgpu->config.name, why);
	vgpu_put(vgpu);
}

struct vgpu *vgpu_get(struct vgpu *vgpu)
{
	vgpu->refs++;
	return vgpu;
}

void vgpu_put(struct vgpu *vgpu)
{
	if (vgpu && !--vgpu->refs)
		vgpu_free(vgpu);
}

struct vgpu *vgpu_find(const struct daemon *daemon, const char *name)
{
	struct vgpu *vgpu;

	TAILQ_FOREACH (vgpu, &daemon->vgpus, link)
		if (!strcmp(vgpu->config.name, name))
			return vgpu;
	return NULL;
}

bool vgpu_allows(const struct vgpu *vgpu, const struct sock_peer *peer)
{
	return !peer->uid || peer->uid == geteuid() || vgpu->config.any_uid ||
	       peer->uid == vgpu->config.uid;
}

void vgpu_region_want(const struct vgpu *vgpu, uint32_t vectors, struct region_want *ret_want)
{
	*ret_want = (struct region_want){
		.io_size = vgpu_memory(vgpu) + VGPU_FENCE_SPACE,
		.host_caps = DXG_HOSTCAP_NAME_ALLOCATIONS,
		.adapter_luid = { VGPU_ADAPTER_LUID_BASE + vgpu->id, 0 },
		.vgpu_luid = { VGPU_LUID_BASE + vgpu->id, 0 },
		.vectors = vectors,
	};
}

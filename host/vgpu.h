/* SPDX-License-Identifier: MIT */
/*
 * vgpu: a virtual GPU: a named share of an adapter, with an owner. Sessions attach to it; each has
 * a region of its own, and all of them together stay within the vGPU's memory limit and weight.
 */
#ifndef HOST_VGPU_H
#define HOST_VGPU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "config.h"
#include "daemon.h"
#include "sharelink.h"

struct adapter;
struct ivshmem_listener;
struct progstore;
struct ram;
struct region_want;
struct sock_peer;
struct vidmm_vgpu;
struct vidsch_vgpu;

/**
 * struct vgpu - see above.
 * @id: never reused; the LUIDs are made of it
 * @config: as asked for and changed since
 * @ram: the RAM of its one machine; NULL without the option ram=
 * @store: its program cache
 * @sharelinks: descriptors of shared objects, @sharelink_count of them
 * @sharedfile_count and what follows: memory of shared resources of socket sessions (sharedfile.h)
 * @tdrs: workers that were ended because their work did not
 * @sessions: live ones; @refs: the daemon's list and every session, ended ones included
 */
struct vgpu {
	TAILQ_ENTRY(vgpu) link;
	struct daemon *daemon;
	struct adapter *adapter;
	uint32_t id;
	struct config_vgpu config;
	struct vidmm_vgpu *mm;
	struct vidsch_vgpu *sch;
	struct ram *ram;
	struct progstore *store;
	uint32_t tdrs;
	struct session_list sessions;
	unsigned int session_count;
	struct sharelink_list sharelinks;
	unsigned int sharelink_count;
	unsigned int sharedfile_count;
	uint64_t sharedfile_pages;
	uint64_t sharedfile_data;
	unsigned int refs;
	struct ivshmem_listener *ivshmem;
};

/**
 * vgpu_create() - make it and offer it, on the sockets too.
 *
 * Return: 0; -EEXIST; -EMFILE above DXG_VGPUS_MAX; -EINVAL for limits the adapter cannot keep, or
 * for a RAM file that is none or that everybody could see; another negative errno of a socket or of
 * that file.
 */
int vgpu_create(struct daemon *daemon, const struct config_vgpu *config, struct adapter *adapter);

/** vgpu_set() - change weight, memory limit, tdr_s, cache_mib, owner. Return: 0; -EINVAL. */
int vgpu_set(struct vgpu *vgpu, const struct config_vgpu *config);

/**
 * vgpu_destroy() - end its sessions, take it off the sockets.
 * @forget: it will not come back: its program cache is erased
 */
void vgpu_destroy(struct vgpu *vgpu, bool forget, const char *why);

/** vgpu_get() - a reference for a session; vgpu_put() - give it back. */
struct vgpu *vgpu_get(struct vgpu *vgpu);
void vgpu_put(struct vgpu *vgpu);

/** vgpu_find() - by name, or NULL. */
struct vgpu *vgpu_find(const struct daemon *daemon, const char *name);

/** vgpu_allows() - may @peer attach? Root, dxgd's own user, and the owner may. */
bool vgpu_allows(const struct vgpu *vgpu, const struct sock_peer *peer);

/** vgpu_region_want() - the region of a session of @vgpu, with @vectors doorbells each way. */
void vgpu_region_want(const struct vgpu *vgpu, uint32_t vectors, struct region_want *ret_want);

/** vgpu_store() - its program cache; NULL when that is turned off. */
struct progstore *vgpu_store(const struct vgpu *vgpu);

/** vgpu_memory() - its memory limit in bytes. */
uint64_t vgpu_memory(const struct vgpu *vgpu);

#endif /* HOST_VGPU_H */

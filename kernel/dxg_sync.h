/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_sync.h - synchronization objects: monitored fences (type 5), the fences of paging and
 * hardware queues, and CPU notifications (type 4).
 */
#ifndef DXG_SYNC_H
#define DXG_SYNC_H

#include "dxg_event.h"
#include "dxg_file.h"
#include "dxg_handle.h"
#include "dxg_mmap.h"
#include "misc/d3dkmthk.h"

struct dxg_shared;

/**
 * struct dxg_sync - nothing of it changes while it is in the table; then @detached does.
 * @object: starts it
 * @queue: the fence of a queue: goes with that, and only the host signals it
 * @fence: its value as the host shows it, in the kernel's mapping of the region; NULL for type 4
 * @mapping: the same page for user mode, read-only
 * @detached: out of the table, about to be destroyed on the host
 * @event: what type 4 signals
 * @deny: DXG_SYNC_NO_*, what the process may not do with it; the host enforces it, too
 * @shared: what it is a member of, holds a reference; NULL when it is not shared
 */
struct dxg_sync {
	struct dxg_object object;
	bool queue;
	bool detached;
	const u64 *fence;
	struct dxg_mapping *mapping;
	struct dxg_event *event;
	u32 deny;
	struct dxg_shared *shared;
};

static inline struct dxg_sync *dxg_object_sync(struct dxg_object *object)
{
	return container_of(object, struct dxg_sync, object);
}

/** dxg_sync_value - the fence's value, as far as the host has shown it. */
static inline u64 dxg_sync_value(const struct dxg_sync *sync)
{
	return READ_ONCE(*sync->fence);
}

/* What a process may not do with a fence of its. */
#define DXG_SYNC_NO_SIGNAL 1u
#define DXG_SYNC_NO_WAIT 2u

/* What the interface knows, signal_by_kmd (bit 8) included; the host judges the rest. */
#define DXG_SYNC_FLAGS 0x1ffu

/** dxg_sync_denied - what these flags forbid. */
static inline u32 dxg_sync_denied(struct d3dddi_synchronizationobject_flags flags)
{
	return (flags.no_signal ? DXG_SYNC_NO_SIGNAL : 0) | (flags.no_wait ? DXG_SYNC_NO_WAIT : 0);
}

int dxg_sync_destroy_host(struct dxg_process *process, u32 handle);
struct dxg_sync *dxg_sync_create(struct dxg_process *process, struct dxg_device *device);
void dxg_sync_withdraw(struct dxg_sync *sync);
int dxg_sync_bind_fence(struct dxg_sync *sync, u64 address, u64 *ret_user_address);

#endif /* DXG_SYNC_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_share_sync.h - opening a shared fence in a process: by descriptor, or by sync file.
 */
#ifndef DXG_SHARE_SYNC_H
#define DXG_SHARE_SYNC_H

#include "dxg_sync.h"
#include "dxgwire/message.h"

struct dxg_device;
struct dxg_shared;

/** struct dxg_share_open - what to open, and how. @shared: the caller's reference. */
struct dxg_share_open {
	struct dxg_shared *shared;
	struct d3dddi_synchronizationobject_flags flags;
	u32 engine_affinity;
};

/**
 * struct dxg_share_opened - what came of it.
 * @sync: the object, the caller's until it enters the table
 * @host: the host's handle
 * @handle: user mode's
 * @cpu_va: where user mode sees the value
 * @gpu_va: the host's word on the same for the GPU
 */
struct dxg_share_opened {
	struct dxg_sync *sync;
	u32 host;
	u32 handle;
	u64 cpu_va;
	u64 gpu_va;
};

int dxg_share_open_host(struct dxg_device *device, const struct dxg_share_open *open,
			struct dxg_msg_opensyncobject_return *ret_reply);
int dxg_share_open(struct dxg_device *device, const struct dxg_share_open *open,
		   struct dxg_share_opened *ret_opened);
int dxg_share_open_commit(struct dxg_device *device, struct dxg_share_opened *opened);
void dxg_share_open_undo(struct dxg_device *device, struct dxg_share_opened *opened);

#endif /* DXG_SHARE_SYNC_H */

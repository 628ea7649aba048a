/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_fence.h - a value of a monitored fence as a dma_fence, which sync files and other drivers
 * wait for.
 */
#ifndef DXG_FENCE_H
#define DXG_FENCE_H

#include <linux/dma-fence.h>
#include <linux/workqueue.h>

#include "dxg_handle.h"

struct dxg_adapter;
struct dxg_nt;
struct dxg_sync;

/**
 * struct dxg_fence - see above. Nothing of it changes but the dma_fence and @error.
 * @base: the dma_fence; what is here goes with its last reference
 * @lock: the dma_fence's
 * @value: what the monitored fence must reach
 * @object: the sync object it was made from; holds a reference
 * @nt: keeps that alive on the host when it is shared; NULL when it is not
 * @adapter: holds a reference
 * @fired: 1 once @signal_work was queued; then it is not queued again
 * @error: set before; 0 or a negative errno
 * @signal_work: signals; holds a reference while it is queued
 * @release_work: drops the references, then frees
 */
struct dxg_fence {
	struct dma_fence base;
	spinlock_t lock;
	u64 value;
	struct dxg_object *object;
	struct dxg_nt *nt;
	struct dxg_adapter *adapter;
	atomic_t fired;
	int error;
	struct work_struct signal_work;
	struct work_struct release_work;
};

struct dxg_fence *dxg_fence_create(struct dxg_sync *sync, struct dxg_nt *nt, u64 value);
struct dxg_fence *dxg_fence_of(struct dma_fence *base);
void dxg_fence_reached(struct dxg_fence *fence);
void dxg_fence_fire(struct dxg_fence *fence, int error);

static inline struct dxg_fence *dxg_fence_get(struct dxg_fence *fence)
{
	dma_fence_get(&fence->base);
	return fence;
}

static inline void dxg_fence_put(struct dxg_fence *fence)
{
	dma_fence_put(&fence->base);
}

#endif /* DXG_FENCE_H */

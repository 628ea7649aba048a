// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_fence.c - values of monitored fences as dma_fences. See dxg_fence.h.
 *
 * The rules of dma_fence hold: it is signalled in bounded time whatever happens, by the host (its
 * host event), or with an error when the session is lost, when the process that made it goes, or
 * when the host never heard of it. Signalling and releasing may be asked for in any context, also
 * under the session's locks with interrupts off: so both are work items. Nothing here waits for the
 * host, and what is signalled is signalled with none of our locks held. Memory goes after a grace
 * period.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "dxg_adapter.h"
#include "dxg_drv.h"
#include "dxg_fence.h"
#include "dxg_process.h"
#include "dxg_session.h"
#include "dxg_share.h"
#include "dxg_sync.h"

static const char *dxg_fence_driver_name(struct dma_fence *base)
{
	return "dxgkrnl";
}

/* Timelines are told apart by the context's number; this says what kind they are. */
static const char *dxg_fence_timeline_name(struct dma_fence *base)
{
	struct dxg_fence *fence = container_of(base, struct dxg_fence, base);

	return fence->nt ? "shared monitored fence" : "monitored fence";
}

static void dxg_fence_value_str(struct dma_fence *base, char *str, int size)
{
	struct dxg_fence *fence = container_of(base, struct dxg_fence, base);

	snprintf(str, size, "%llu", fence->value);
}

static void dxg_fence_release_work(struct work_struct *work)
{
	struct dxg_fence *fence = container_of(work, struct dxg_fence, release_work);

	dxg_nt_put(fence->nt);
	dxg_object_put(fence->object);
	dxg_adapter_put(fence->adapter);
	dma_fence_free(&fence->base);
	module_put(THIS_MODULE); /* the end of the module waits for the queue this runs on */
}

/* Any context. */
static void dxg_fence_release(struct dma_fence *base)
{
	struct dxg_fence *fence = container_of(base, struct dxg_fence, base);

	queue_work(dxg_reaper_wq, &fence->release_work);
}

static const struct dma_fence_ops dxg_fence_ops = {
	.use_64bit_seqno = true,
	.get_driver_name = dxg_fence_driver_name,
	.get_timeline_name = dxg_fence_timeline_name,
	.fence_value_str = dxg_fence_value_str,
	.release = dxg_fence_release,
};

static void dxg_fence_signal_work(struct work_struct *work)
{
	struct dxg_fence *fence = container_of(work, struct dxg_fence, signal_work);

	if (fence->error)
		dma_fence_set_error(&fence->base, fence->error);
	dma_fence_signal(&fence->base);
	dxg_fence_put(fence);
}

/**
 * dxg_fence_create - not signalled, with one reference; somebody must see to it that it fires.
 * @sync: the monitored fence; gains a reference
 * @nt: gains a reference; NULL for a fence that is not shared
 * @value: what it must reach
 *
 * Return: it, or NULL.
 */
struct dxg_fence *dxg_fence_create(struct dxg_sync *sync, struct dxg_nt *nt, u64 value)
{
	struct dxg_fence *fence;

	if (!try_module_get(THIS_MODULE))
		return NULL;
	fence = kzalloc(sizeof(*fence), GFP_KERNEL_ACCOUNT);
	if (!fence) {
		module_put(THIS_MODULE);
		return NULL;
	}
	spin_lock_init(&fence->lock);
	fence->value = value;
	fence->object = &sync->object;
	kref_get(&sync->object.ref);
	fence->nt = nt ? dxg_nt_get(nt) : NULL;
	fence->adapter = dxg_adapter_get(sync->object.process->adapter);
	INIT_WORK(&fence->signal_work, dxg_fence_signal_work);
	INIT_WORK(&fence->release_work, dxg_fence_release_work);
	dma_fence_init(&fence->base, &dxg_fence_ops, &fence->lock, dma_fence_context_alloc(1),
		       value);
	return fence;
}

/** dxg_fence_of - is it one of ours? Return: it, or NULL: merged, or of another driver. */
struct dxg_fence *dxg_fence_of(struct dma_fence *base)
{
	return base->ops == &dxg_fence_ops ? container_of(base, struct dxg_fence, base) : NULL;
}

/**
 * dxg_fence_fire - it is signalled soon; the first call counts; any context.
 * @fence: the caller has a reference
 * @error: 0, or why its value will not be reached
 */
void dxg_fence_fire(struct dxg_fence *fence, int error)
{
	if (atomic_cmpxchg(&fence->fired, 0, 1))
		return;
	fence->error = error;
	dxg_fence_get(fence);
	queue_work(dxg_session_wq, &fence->signal_work);
}

/**
 * dxg_fence_reached - the host's event came; any context.
 * @fence: the caller has a reference
 *
 * It comes, too, when the session is lost, and when the sync object was destroyed before its time.
 */
void dxg_fence_reached(struct dxg_fence *fence)
{
	const struct dxg_sync *sync = dxg_object_sync(fence->object);

	if (dxg_session_lost(fence->adapter->session))
		dxg_fence_fire(fence, -ENODEV);
	else if (READ_ONCE(sync->detached) && dxg_sync_value(sync) < fence->value)
		dxg_fence_fire(fence, -ECANCELED);
	else
		dxg_fence_fire(fence, 0);
}

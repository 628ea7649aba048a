// SPDX-License-Identifier: MIT
/*
 * fence: see fence.h.
 */
#include "fence.h"

#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "dxgwire/message.h"
#include "iospace.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "share.h"
#include "sharedfence.h"

#define SYNC_FLAG_SHARED 0x1u
#define SYNC_FLAG_NT_SECURITY 0x2u
#define SYNC_FLAG_NO_SIGNAL 0x10u
#define SYNC_FLAG_NO_WAIT 0x20u
#define SYNC_FLAG_NO_SIGNAL_MAX 0x40u /* no_signal_max_value_on_tdr */
#define SYNC_FLAG_NO_GPU_ACCESS 0x80u
#define SYNC_FLAGS_KNOWN 0xffu
#define SYNC_FLAGS_CARRIED                                                                    \
	(SYNC_FLAG_SHARED | SYNC_FLAG_NT_SECURITY | SYNC_FLAG_NO_SIGNAL | SYNC_FLAG_NO_WAIT | \
	 SYNC_FLAG_NO_SIGNAL_MAX | SYNC_FLAG_NO_GPU_ACCESS)

static struct fence_waiter *waiter_of(struct avl_node *node)
{
	return avl_entry(node, struct fence_waiter, node);
}

static bool waiter_before(const struct avl_node *a, const struct avl_node *b)
{
	return avl_entry(a, struct fence_waiter, node)->value <
	       avl_entry(b, struct fence_waiter, node)->value;
}

static const struct avl_ops waiter_ops = { .before = waiter_before };

/* @event: of a CPU notification; 0: a monitored fence of @device */
static int fence_alloc(struct device *device, uint64_t event, struct fence **ret_fence)
{
	struct process *process = device->process;
	struct fence *fence;
	int err;

	err = process_count(&process->sync_count, DXG_SYNC_OBJECTS_PER_PROCESS);
	if (err)
		return err;
	fence = calloc(1, sizeof(*fence));
	if (!fence) {
		process->sync_count--;
		return -ENOMEM;
	}
	fence->refs = 1;
	fence->process = process;
	fence->device = event ? NULL : device;
	fence->event = event;
	fence->io = process->session->io;
	avl_init(&fence->waiters[0], &waiter_ops);
	avl_init(&fence->waiters[1], &waiter_ops);
	LIST_INSERT_HEAD(event ? &process->notifications : &device->fences, fence, link);
	*ret_fence = fence;
	return 0;
}

static void fence_show(struct fence *fence)
{
	__atomic_store_n(iospace_word(fence->io, fence->page), fence->value, __ATOMIC_RELEASE);
}

int fence_create(struct device *device, uint64_t value, struct fence **ret_fence)
{
	struct fence *fence;
	int err;

	err = fence_alloc(device, 0, &fence);
	if (err)
		return err;
	err = iospace_alloc(fence->io, 1, &fence->page);
	if (err) {
		fence->page = 0;
		fence_put(fence);
		return err;
	}
	fence->value = device->lost ? FENCE_LOST : value;
	fence_show(fence);
	*ret_fence = fence;
	return 0;
}

struct fence *fence_get(struct fence *fence)
{
	fence->refs++;
	return fence;
}

void fence_put(struct fence *fence)
{
	if (!fence || --fence->refs)
		return;
	if (fence->device || !fence_is_monitored(fence))
		LIST_REMOVE(fence, link);
	sharedfence_leave(fence);
	share_put(fence->share);
	if (fence->page)
		iospace_free(fence->io, fence->page, 1);
	fence->process->sync_count--;
	free(fence);
}

bool fence_is_monitored(const struct fence *fence)
{
	return !fence->event;
}

uint64_t fence_address(const struct fence *fence)
{
	return fence->process->session->io_start + (fence->page << DXG_PAGE_SHIFT);
}

/* Tell those up to @value. Each may end waits, on this fence too: look anew every time. */
static void fence_wake(struct fence *fence, struct avl_tree *waiters, uint64_t value)
{
	struct fence_waiter *waiter;
	struct avl_node *node;

	fence_get(fence);
	while ((node = avl_first(waiters))) {
		waiter = waiter_of(node);
		if (waiter->value > value)
			break;
		fence_unwait(waiter);
		waiter->reached(waiter);
	}
	fence_put(fence);
}

bool fence_is_stuck(const struct fence *fence)
{
	return fence->device && fence->device->lost && !fence->keep_on_loss;
}

void fence_set(struct fence *fence, uint64_t value)
{
	fence->value = value;
	fence_show(fence);
	fence_get(fence);
	fence_wake(fence, &fence->waiters[0], value);
	fence_wake(fence, &fence->waiters[1], value);
	fence_put(fence);
}

void fence_signal(struct fence *fence, uint64_t value, bool rewind)
{
	if (!fence_is_monitored(fence)) {
		session_signal_event(fence->process->session, fence->event, fence->process->pid);
		return;
	}
	if (fence_is_stuck(fence))
		return;
	if (fence->shared) {
		sharedfence_signal(fence->shared, value, rewind);
		return;
	}
	if (value <= fence->value && !rewind)
		return;
	fence_set(fence, value);
}

void fence_lose(struct fence *fence)
{
	if (fence->shared)
		sharedfence_lose(fence);
	else if (!fence->keep_on_loss)
		fence_set(fence, FENCE_LOST);
}

void fence_detach(struct fence *fence)
{
	LIST_REMOVE(fence, link);
	fence->device = NULL;
	sharedfence_leave(fence);
	fence_set(fence, FENCE_LOST);
}

void fence_destroy_notifications(struct process *process)
{
	struct fence *fence;

	while ((fence = LIST_FIRST(&process->notifications))) {
		handle_free(process->objects, fence->handle, HANDLE_SYNC_OBJECT);
		fence_put(fence);
	}
}

bool fence_wait(struct fence *fence, struct fence_waiter *waiter)
{
	waiter->fence = fence;
	if (fence->value >= waiter->value)
		return false;
	waiter->waiting = true;
	avl_insert(&fence->waiters[waiter->is_cpu], &waiter->node);
	return true;
}

void fence_unwait(struct fence_waiter *waiter)
{
	if (!waiter->waiting)
		return;
	waiter->waiting = false;
	avl_remove(&waiter->fence->waiters[waiter->is_cpu], &waiter->node);
}

void fence_release_cpu(struct fence *fence)
{
	fence_wake(fence, &fence->waiters[1], UINT64_MAX);
}

struct fence *fence_lookup(const struct process *process, uint32_t handle, bool hidden)
{
	struct fence *fence = handle_lookup(process->objects, handle, HANDLE_SYNC_OBJECT);

	if (!fence && hidden)
		fence = handle_lookup(process->objects, handle, HANDLE_MONITORED_FENCE);
	return fence;
}

int fence_lookup_wait(const struct process *process, uint32_t handle, struct fence **ret_fence)
{
	struct fence *fence = fence_lookup(process, handle, true);

	if (!fence || !fence_is_monitored(fence))
		return -EINVAL;
	*ret_fence = fence;
	return fence->no_wait ? -EACCES : 0;
}

int fence_lookup_signal(const struct process *process, uint32_t handle, struct fence **ret_fence)
{
	struct fence *fence = fence_lookup(process, handle, false);

	if (!fence)
		return -EINVAL;
	*ret_fence = fence;
	return fence->no_signal ? -EACCES : 0;
}

static int fence_check_flags(uint32_t flags)
{
	if (flags & ~SYNC_FLAGS_KNOWN)
		return -EINVAL;
	return flags & ~SYNC_FLAGS_CARRIED ? -EPERM : 0;
}

static void fence_set_flags(struct fence *fence, uint32_t flags)
{
	fence->keep_on_loss = flags & SYNC_FLAG_NO_SIGNAL_MAX;
	fence->no_signal = flags & SYNC_FLAG_NO_SIGNAL;
	fence->no_wait = flags & SYNC_FLAG_NO_WAIT;
}

/* It has a page and flags, and becomes a member of what @share names. */
static void fence_join(struct fence *fence, struct share *share)
{
	fence->share = share_get(share);
	sharedfence_join(share->fence, fence);
}

int fence_open(struct device *device, struct share *share, uint32_t flags, struct fence **ret_fence)
{
	struct fence *fence;
	int err = fence_check_flags(flags);

	if (!err && !share->fence)
		err = -EINVAL;
	if (!err)
		err = fence_create(device, share->fence->value, &fence);
	if (err)
		return err;
	fence_set_flags(fence, flags);
	fence->keep_on_loss |= share->fence->keep_on_loss;
	fence_join(fence, share);
	err = handle_alloc(device->process->objects, HANDLE_SYNC_OBJECT, fence, &fence->handle);
	if (err)
		fence_put(fence);
	else
		*ret_fence = fence;
	return err;
}

/* ---- messages ---- */

/* @fence is to be shared: make what is shared, and its name. */
static int fence_share(struct fence *fence)
{
	struct shared_fence *shared = sharedfence_create(fence->value, fence->keep_on_loss);
	struct share *share;
	int err;

	if (!shared)
		return -ENOMEM;
	err = share_create_fence(fence->process->session, shared, &share);
	sharedfence_put(shared);
	if (err)
		return err;
	fence_join(fence, share);
	share_put(share);
	return 0;
}

static int fence_create_monitored(struct device *device,
				  const struct d3dddi_synchronizationobjectinfo2 *info,
				  struct fence **ret_fence)
{
	uint32_t flags = info->flags.value;
	struct fence *fence;
	int err;

	err = fence_create(device, info->monitored_fence.initial_fence_value, &fence);
	if (err)
		return err;
	fence_set_flags(fence, flags);
	if (flags & SYNC_FLAG_SHARED)
		err = fence_share(fence);
	if (err)
		fence_put(fence);
	else
		*ret_fence = fence;
	return err;
}

static int fence_create_any(struct device *device,
			    const struct d3dddi_synchronizationobjectinfo2 *info,
			    struct fence **ret_fence)
{
	uint32_t flags = info->flags.value, type = (uint32_t)info->type;
	bool shared = flags & SYNC_FLAG_SHARED;
	int err = fence_check_flags(flags);

	if (err)
		return err;
	if (shared != !!(flags & SYNC_FLAG_NT_SECURITY) || type < 1 || type > 6)
		return -EINVAL;
	if (type == _D3DDDI_MONITORED_FENCE)
		return fence_create_monitored(device, info, ret_fence);
	if (type != _D3DDDI_CPU_NOTIFICATION)
		return -EPERM;
	if (!info->cpu_notification.event || shared)
		return -EINVAL;
	return fence_alloc(device, info->cpu_notification.event, ret_fence);
}

int fence_handle_create(struct request *rq)
{
	const struct dxg_msg_createsyncobject *msg = (const void *)rq->msg;
	struct dxg_msg_createsyncobject_return reply = { 0 };
	struct device *device = device_lookup(rq, msg->args.device.v);
	struct fence *fence;
	int err;

	if (!device || msg->args.reserved || msg->args.reserved1 || msg->pad)
		return -EINVAL;
	err = fence_create_any(device, &msg->args.info, &fence);
	if (err)
		return err;
	err = handle_alloc(rq->process->objects, HANDLE_SYNC_OBJECT, fence, &fence->handle);
	if (err) {
		fence_put(fence);
		return err;
	}
	reply.sync_object = fence->handle;
	if (fence_is_monitored(fence))
		reply.fence_storage_address = fence_address(fence);
	if (fence->share)
		reply.global_sync_object = fence->share->handle;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int fence_handle_destroy(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct fence *fence = handle_free(rq->process->objects, msg->handle, HANDLE_SYNC_OBJECT);

	if (!fence)
		return -EINVAL;
	fence->handle = 0;
	fence_release_cpu(fence);
	fence_put(fence);
	request_reply_status(rq, 0);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * hwqueue.c - hardware queues of contexts. Each comes with a progress fence, which has a handle of
 * its own and ends with the queue. Signals and waits of queues are in signal.c and wait.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* Specification section 2.6. */
#define HWQUEUE_PRIVATE_MAX 130985u
#define HWQUEUE_SUBMIT_TAIL_MAX 130976u
#define HWQUEUE_TAIL offsetof(struct dxg_msg_createhwqueue, priv_drv_data)

/* Bits that have a meaning, no_kmd_access among them. */
#define HWQUEUE_FLAGS 0xfu

static void hwqueue_free(void *p)
{
	free(*(void **)p);
}

static int hwqueue_end(struct direct *d, uint32_t handle)
{
	struct dxg_msg_handle body = { .handle = handle };
	struct direct_msg m = DIRECT_MSG(&body);

	return direct_call_status(d, DXG_MSG_DESTROYHWQUEUE, &m);
}

/* The queue and its fence into the table, or neither. */
static int hwqueue_enter_locked(struct object_table *t, const struct object *queue,
				const struct object *fence)
{
	struct object *context = object_find_locked(t, queue->parent, OBJECT_CONTEXT);
	int err;

	if (!context)
		return -EINVAL; /* another thread has destroyed it */
	err = object_add_locked(t, queue);
	if (err)
		return err;
	err = object_add_locked(t, fence);
	if (err)
		object_remove_locked(t, object_find_locked(t, queue->handle, OBJECT_HWQUEUE));
	else
		context->children++;
	return err;
}

static uint32_t hwqueue_device_locked(struct object_table *t, uint32_t context)
{
	struct object *o = object_find_locked(t, context, OBJECT_CONTEXT);

	return o ? o->device : 0;
}

static int hwqueue_enter(struct direct *d, const struct dxg_msg_createhwqueue *reply,
			 uint32_t context, void **ret_cpu)
{
	struct object queue = {
		.handle = reply->hwqueue,
		.type = OBJECT_HWQUEUE,
		.parent = context,
		.child = reply->progress_fence,
	};
	struct object fence = {
		.handle = reply->progress_fence,
		.type = OBJECT_FENCE,
		.parent = reply->hwqueue,
		.fence = direct_io(d, reply->progress_fence_address, DXG_PAGE_SIZE),
	};
	int err;

	if (!fence.fence)
		return -ENOMEM;
	pthread_mutex_lock(&d->objects.lock);
	queue.device = fence.device = hwqueue_device_locked(&d->objects, context);
	err = hwqueue_enter_locked(&d->objects, &queue, &fence);
	pthread_mutex_unlock(&d->objects.lock);
	if (!err)
		*ret_cpu = fence.fence;
	return err;
}

/* What dxgd made of the request, in the table and for the caller. */
static int hwqueue_finish(struct direct *d, struct d3dkmt_createhwqueue *p, const uint8_t *reply)
{
	struct dxg_msg_createhwqueue made;
	void *cpu;
	int err;

	memcpy(&made, reply, HWQUEUE_TAIL);
	if (made.status < 0)
		return dxg_status_to_errno(made.status);
	if (!made.hwqueue)
		return -EINVAL;
	err = hwqueue_enter(d, &made, p->context.v, &cpu);
	if (err) {
		hwqueue_end(d, made.hwqueue);
		return err;
	}
	if (p->priv_drv_data_size)
		memcpy(direct_user(p->priv_drv_data), reply + HWQUEUE_TAIL, p->priv_drv_data_size);
	p->queue.v = made.hwqueue;
	p->queue_progress_fence.v = made.progress_fence;
	p->queue_progress_fence_cpu_va = (uint64_t)(uintptr_t)cpu;
	p->queue_progress_fence_gpu_va = made.progress_fence_gpu_va;
	return 0;
}

int hwqueue_create(struct direct *d, void *args)
{
	struct d3dkmt_createhwqueue *p = args;
	struct dxg_msg_createhwqueue body = {
		.context = p->context.v,
		.flags = p->flags,
		.priv_drv_data_size = p->priv_drv_data_size,
	};
	struct direct_msg m = { .header = &body.h, .size = HWQUEUE_TAIL };
	static const uint8_t slack[3];
	uint32_t expect = HWQUEUE_TAIL + body.priv_drv_data_size;
	__attribute__((cleanup(hwqueue_free))) uint8_t *reply = NULL;
	int err;

	if (body.priv_drv_data_size > HWQUEUE_PRIVATE_MAX || (body.flags.value & ~HWQUEUE_FLAGS) ||
	    !object_has(&d->objects, body.context, OBJECT_CONTEXT))
		return -EINVAL;
	if (body.priv_drv_data_size && !p->priv_drv_data)
		return -EFAULT;
	reply = malloc(expect);
	if (!reply)
		return -ENOMEM;
	direct_tail(&m, direct_user(p->priv_drv_data), body.priv_drv_data_size);
	direct_tail(&m, slack, sizeof(slack));
	err = direct_call(d, DXG_MSG_CREATEHWQUEUE, &m, reply, expect);
	return err ? err : hwqueue_finish(d, p, reply);
}

/* ---- destruction: handles go before dxgd can give their numbers to others ---- */

static void hwqueue_remove_locked(struct object_table *t, struct object *queue)
{
	struct object *context = object_find_locked(t, queue->parent, OBJECT_CONTEXT);
	struct object *fence = object_find_locked(t, queue->child, OBJECT_FENCE);

	if (context)
		context->children--;
	if (fence)
		object_remove_locked(t, fence);
	object_remove_locked(t, queue);
}

int hwqueue_destroy(struct direct *d, void *args)
{
	const struct d3dkmt_destroyhwqueue *p = args;
	uint32_t handle = p->queue.v;
	struct object *queue;

	pthread_mutex_lock(&d->objects.lock);
	queue = object_find_locked(&d->objects, handle, OBJECT_HWQUEUE);
	if (queue)
		hwqueue_remove_locked(&d->objects, queue);
	pthread_mutex_unlock(&d->objects.lock);
	return queue ? hwqueue_end(d, handle) : -EINVAL;
}

static bool hwqueue_is_of(const struct object *queue, uint32_t context)
{
	return queue && queue->type == OBJECT_HWQUEUE && queue->parent == context;
}

void hwqueue_remove_all_locked(struct object_table *t, uint32_t context)
{
	struct object *o, *next;

	/* Fences first: removing one changes nothing that a queue is found by. */
	for (o = t->first; o; o = next) {
		next = o->next;
		if (o->type == OBJECT_FENCE &&
		    hwqueue_is_of(object_find_locked(t, o->parent, OBJECT_HWQUEUE), context))
			object_remove_locked(t, o);
	}
	for (o = t->first; o; o = next) {
		next = o->next;
		if (hwqueue_is_of(o, context))
			object_remove_locked(t, o);
	}
}

/* ---- submission ---- */

static int hwqueue_check_submit(const struct d3dkmt_submitcommandtohwqueue *p)
{
	if (p->num_primaries > DXG_WRITTEN_PRIMARIES ||
	    p->priv_drv_data_size > HWQUEUE_SUBMIT_TAIL_MAX - 4 * p->num_primaries)
		return -EINVAL;
	/* dxgd wants more than the last one; these two are never more, or look like a loss. */
	if (!p->hwqueue_progress_fence_id || p->hwqueue_progress_fence_id == UINT64_MAX)
		return -EINVAL;
	if ((p->num_primaries && !p->written_primaries) ||
	    (p->priv_drv_data_size && !p->priv_drv_data))
		return -EFAULT;
	return 0;
}

int hwqueue_submit(struct direct *d, void *args)
{
	const struct d3dkmt_submitcommandtohwqueue *p = args;
	struct dxg_msg_submitcommandtohwqueue body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);
	uint32_t primaries[DXG_WRITTEN_PRIMARIES], n = body.args.num_primaries;
	int err = hwqueue_check_submit(&body.args);

	if (err)
		return err;
	if (n)
		memcpy(primaries, direct_user(body.args.written_primaries), 4ull * n);
	if (!object_has(&d->objects, body.args.hwqueue.v, OBJECT_HWQUEUE) ||
	    !object_has_all(&d->objects, primaries, n, OBJECT_ALLOCATION))
		return -EINVAL;
	direct_tail(&m, primaries, 4ull * n);
	direct_tail(&m, direct_user(body.args.priv_drv_data), body.args.priv_drv_data_size);
	body.args.priv_drv_data = 0;
	body.args.written_primaries = 0;
	body.args.reserved = 0;
	body.args.reserved1 = 0;
	return direct_post(d, DXG_MSG_SUBMITCOMMANDTOHWQUEUE, &m);
}

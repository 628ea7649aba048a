/* SPDX-License-Identifier: MIT */
/*
 * paging.c - paging queues and residency. A queue comes with a monitored fence, which has a handle
 * of its own and ends with the queue.
 */
#include <errno.h>
#include <stdlib.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* Bits that have a meaning. */
#define PAGING_RESIDENT_FLAGS 0x3u
#define PAGING_EVICT_FLAGS 0x3u

static void paging_end(struct direct *d, uint32_t handle)
{
	struct dxg_msg_handle body = { .handle = handle };
	struct direct_msg m = DIRECT_MSG(&body);

	direct_call(d, DXG_MSG_DESTROYPAGINGQUEUE, &m, NULL, 0);
}

/* Both handles into the table, or neither. */
static int paging_enter(struct direct *d, uint32_t device,
			const struct dxg_msg_createpagingqueue_return *reply, void **ret_cpu)
{
	struct object queue = {
		.handle = reply->paging_queue,
		.type = OBJECT_QUEUE,
		.device = device,
	};
	struct object fence = {
		.handle = reply->sync_object,
		.type = OBJECT_FENCE,
		.device = device,
		.parent = reply->paging_queue,
	};
	int err;

	fence.fence = direct_io(d, reply->fence_storage_physical_address, DXG_PAGE_SIZE);
	if (!fence.fence)
		return -ENOMEM;
	err = object_add(&d->objects, &queue);
	if (err)
		return err;
	err = object_add(&d->objects, &fence);
	if (err)
		object_remove(&d->objects, queue.handle, OBJECT_QUEUE, NULL);
	else
		*ret_cpu = fence.fence;
	return err;
}

int paging_create(struct direct *d, void *args)
{
	struct d3dkmt_createpagingqueue *p = args;
	struct dxg_msg_createpagingqueue body = {
		.args = {
			.device = p->device,
			.priority = p->priority,
			.physical_adapter_index = p->physical_adapter_index,
		},
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_createpagingqueue_return reply;
	void *cpu;
	int err;

	if (!object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	err = direct_call(d, DXG_MSG_CREATEPAGINGQUEUE, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (!reply.paging_queue)
		return -EINVAL;
	err = paging_enter(d, p->device.v, &reply, &cpu);
	if (err) {
		paging_end(d, reply.paging_queue);
		return err;
	}
	p->paging_queue.v = reply.paging_queue;
	p->sync_object.v = reply.sync_object;
	p->fence_cpu_virtual_address = (uint64_t)(uintptr_t)cpu;
	return 0;
}

static void paging_remove_fence(struct direct *d, uint32_t queue)
{
	struct object *o;

	pthread_mutex_lock(&d->objects.lock);
	for (o = d->objects.first; o; o = o->next)
		if (o->type == OBJECT_FENCE && o->parent == queue)
			break;
	if (o)
		object_remove_locked(&d->objects, o);
	pthread_mutex_unlock(&d->objects.lock);
}

int paging_destroy(struct direct *d, void *args)
{
	const struct d3dddi_destroypagingqueue *p = args;
	int err = object_remove(&d->objects, p->paging_queue.v, OBJECT_QUEUE, NULL);

	if (err)
		return err;
	paging_remove_fence(d, p->paging_queue.v);
	paging_end(d, p->paging_queue.v);
	return 0;
}

/* ---- residency ---- */

static bool paging_count_ok(uint32_t count)
{
	return count && count <= DXG_ALLOCATIONS_PER_RESIDENCY;
}

int paging_make_resident(struct direct *d, void *args)
{
	static const uint32_t slack;
	struct d3dddi_makeresident *p = args;
	struct dxg_msg_makeresident body = {
		.paging_queue = p->paging_queue.v,
		.flags = p->flags,
		.alloc_count = p->alloc_count,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_makeresident_return reply;
	int err;

	if (!paging_count_ok(body.alloc_count) || (body.flags.value & ~PAGING_RESIDENT_FLAGS) ||
	    !object_has(&d->objects, p->paging_queue.v, OBJECT_QUEUE))
		return -EINVAL;
	if (!p->allocation_list)
		return -EFAULT;
	direct_tail(&m, direct_user(p->allocation_list), 4ull * body.alloc_count);
	direct_tail(&m, &slack, sizeof(slack));
	err = direct_call(d, DXG_MSG_MAKERESIDENT, &m, &reply, sizeof(reply));
	if (err)
		return err;
	/* A failure still says how much there is to trim. */
	p->num_bytes_to_trim = reply.num_bytes_to_trim;
	if (reply.status == DXG_STATUS_SUCCESS || reply.status == DXG_STATUS_PENDING)
		p->paging_fence_value = reply.paging_fence_value;
	return dxg_status_to_errno(reply.status);
}

int paging_evict(struct direct *d, void *args)
{
	struct d3dkmt_evict *p = args;
	struct dxg_msg_evict body = {
		.device = p->device.v,
		.flags = p->flags,
		.alloc_count = p->alloc_count,
	};
	struct direct_msg m = { .header = &body.h, .size = DXG_MSG_EVICT_TAIL };
	struct dxg_msg_evict_return reply;
	int err;

	if (!paging_count_ok(body.alloc_count) || (body.flags.value & ~PAGING_EVICT_FLAGS) ||
	    !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	if (!p->allocations)
		return -EFAULT;
	direct_tail(&m, direct_user(p->allocations), 4ull * body.alloc_count);
	err = direct_call(d, DXG_MSG_EVICT, &m, &reply, sizeof(reply));
	if (!err)
		p->num_bytes_to_trim = reply.num_bytes_to_trim;
	return err;
}

int paging_flush_heap(struct direct *d, void *args)
{
	const struct d3dkmt_flushheaptransitions *p = args;
	struct dxg_msg_header header = { 0 };
	struct direct_msg m = { .header = &header, .size = sizeof(header) };

	if (!object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	return direct_call_status(d, DXG_MSG_FLUSHHEAPTRANSITIONS, &m);
}

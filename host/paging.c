// SPDX-License-Identifier: MIT
/*
 * paging: see paging.h. Residency is an account (vidmm): budgets are reported and limits are kept,
 * but every allocation has its memory from its creation on, so nothing moves.
 */
#include "paging.h"

#include <errno.h>
#include <stdlib.h>

#include "allocation.h"
#include "device.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "process.h"
#include "request.h"
#include "vidmm/vidmm.h"

struct paging_queue *paging_queue_lookup(struct request *rq, uint32_t handle)
{
	struct paging_queue *queue =
		handle_lookup(rq->process->objects, handle, HANDLE_PAGING_QUEUE);

	if (queue)
		rq->device = queue->device;
	return queue;
}

uint64_t paging_queue_advance(struct paging_queue *queue)
{
	if (queue->fence->value != FENCE_LOST)
		fence_signal(queue->fence, queue->fence->value + 1, false);
	return queue->fence->value;
}

void paging_queue_destroy(struct paging_queue *queue)
{
	struct process *process = queue->device->process;

	handle_free(process->objects, queue->handle, HANDLE_PAGING_QUEUE);
	handle_free(process->objects, queue->fence_handle, HANDLE_MONITORED_FENCE);
	if (queue->fence) {
		fence_detach(queue->fence);
		fence_put(queue->fence);
	}
	process->queue_count--;
	LIST_REMOVE(queue, link);
	free(queue);
}

static int paging_queue_create(struct device *device, struct paging_queue **ret_queue)
{
	struct process *process = device->process;
	struct paging_queue *queue;
	int err;

	err = process_count(&process->queue_count, DXG_PAGING_QUEUES_PER_PROCESS);
	if (err)
		return err;
	queue = calloc(1, sizeof(*queue));
	if (!queue) {
		process->queue_count--;
		return -ENOMEM;
	}
	queue->device = device;
	LIST_INSERT_HEAD(&device->queues, queue, link);
	err = fence_create(device, 0, &queue->fence);
	if (!err)
		err = handle_alloc(process->objects, HANDLE_PAGING_QUEUE, queue, &queue->handle);
	if (!err)
		err = handle_alloc(process->objects, HANDLE_MONITORED_FENCE, queue->fence,
				   &queue->fence_handle);
	if (err) {
		paging_queue_destroy(queue);
		return err;
	}
	*ret_queue = queue;
	return 0;
}

int paging_handle_create(struct request *rq)
{
	const struct dxg_msg_createpagingqueue *msg = (const void *)rq->msg;
	struct dxg_msg_createpagingqueue_return reply = { 0 };
	struct device *device = device_lookup(rq, msg->args.device.v);
	int32_t priority = (int32_t)msg->args.priority;
	struct paging_queue *queue;
	int err;

	if (!device || priority < -1 || priority > 1 || msg->args.physical_adapter_index)
		return -EINVAL;
	err = paging_queue_create(device, &queue);
	if (err)
		return err;
	reply.paging_queue = queue->handle;
	reply.sync_object = queue->fence_handle;
	reply.fence_storage_physical_address = fence_address(queue->fence);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int paging_handle_destroy(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct paging_queue *queue = paging_queue_lookup(rq, msg->handle);

	if (!queue)
		return -EINVAL;
	paging_queue_destroy(queue);
	request_reply(rq, NULL, 0);
	return 0;
}

/* Look all @n up before anything changes. What is offered (@offered false) must be reclaimed first.
 */
static int residency_check(struct process *process, const uint8_t *handles, uint32_t n,
			   bool offered)
{
	const struct allocation *allocation;
	uint32_t i;

	for (i = 0; i < n; i++) {
		allocation = allocation_lookup(process, request_u32(handles, i));
		if (!allocation || (allocation->offer.made && !offered))
			return -EINVAL;
	}
	return 0;
}

/* How much to trim in all, over both groups. */
static uint64_t residency_trim(const struct process *process)
{
	return vidmm_bytes_to_trim(process->mm, VIDMM_LOCAL) +
	       vidmm_bytes_to_trim(process->mm, VIDMM_NON_LOCAL);
}

/* The same when the @n allocations could not be made resident: as if they were, each once. */
static uint64_t residency_trim_for(const struct process *process, const uint8_t *handles,
				   uint32_t n)
{
	uint64_t wanted[VIDMM_GROUPS] = { 0 };
	struct allocation *allocation;
	uint32_t i;

	for (i = 0; i < n; i++) {
		allocation = allocation_lookup(process, request_u32(handles, i));
		if (allocation->marked || vidmm_alloc_resident(allocation->mm))
			continue;
		allocation->marked = true;
		wanted[vidmm_alloc_group(allocation->mm)] += allocation->size;
	}
	for (i = 0; i < n; i++)
		allocation_lookup(process, request_u32(handles, i))->marked = false;
	return vidmm_trim_for(process->mm, VIDMM_LOCAL, wanted[VIDMM_LOCAL]) +
	       vidmm_trim_for(process->mm, VIDMM_NON_LOCAL, wanted[VIDMM_NON_LOCAL]);
}

static int residency_take_one(struct process *process, struct allocation *allocation)
{
	int err = 0;

	if (!vidmm_alloc_resident(allocation->mm))
		err = offer_make_room(process, allocation_segment(allocation), allocation->size,
				      VIDMM_RESIDENT);
	return err ? err : vidmm_alloc_make_resident(allocation->mm);
}

static int residency_take(struct process *process, const uint8_t *handles, uint32_t n)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = residency_take_one(process,
					 allocation_lookup(process, request_u32(handles, i)));
	if (!err)
		return 0;
	for (i--; i-- > 0;)
		vidmm_alloc_evict(allocation_lookup(process, request_u32(handles, i))->mm);
	return err == -EOVERFLOW ? -EINVAL : -ENOMEM;
}

int paging_handle_make_resident(struct request *rq)
{
	const struct dxg_msg_makeresident *msg = (const void *)rq->msg;
	struct paging_queue *queue = paging_queue_lookup(rq, msg->paging_queue);
	struct dxg_msg_makeresident_return reply = { 0 };
	uint32_t n = msg->alloc_count;
	const uint8_t *tail;
	int err;

	tail = request_tail(rq, sizeof(*msg), (uint64_t)n * 4);
	if (!tail)
		return -EPROTO;
	if (!n || n > DXG_ALLOCATIONS_PER_RESIDENCY)
		return -EINVAL;
	if (!queue || msg->device || msg->flags.reserved ||
	    residency_check(rq->process, tail, n, false))
		return -EINVAL;
	err = residency_take(rq->process, tail, n);
	reply.num_bytes_to_trim = err ? residency_trim_for(rq->process, tail, n)
				      : residency_trim(rq->process);
	reply.status = err ? request_status(err) : 0;
	if (!err)
		reply.paging_fence_value = paging_queue_advance(queue);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int paging_handle_evict(struct request *rq)
{
	const struct dxg_msg_evict *msg = (const void *)rq->msg;
	struct dxg_msg_evict_return reply = { 0 };
	uint32_t n = msg->alloc_count, i;
	const uint8_t *tail;

	tail = request_tail(rq, DXG_MSG_EVICT_TAIL, (uint64_t)n * 4);
	if (!tail)
		return -EPROTO;
	if (!n || n > DXG_ALLOCATIONS_PER_RESIDENCY)
		return -EINVAL;
	if (!device_lookup(rq, msg->device) || msg->flags.reserved ||
	    residency_check(rq->process, tail, n, true))
		return -EINVAL;
	for (i = 0; i < n; i++)
		vidmm_alloc_evict(allocation_lookup(rq->process, request_u32(tail, i))->mm);
	reply.num_bytes_to_trim = residency_trim(rq->process);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

/* What was asked for before is done: transitions are immediate, and messages handled in order. */
int paging_handle_flush_heap(struct request *rq)
{
	request_reply_status(rq, 0);
	return 0;
}

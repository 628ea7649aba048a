// SPDX-License-Identifier: MIT
/*
 * vaupdate: see vaupdate.h. A fence that reaches a value only marks the update as due; it is done
 * by the scheduler, one in a pass, not in the middle of the signal: one update's signal is what the
 * next one waits for, chains of them are as long as a guest likes, and each takes its time.
 */
#include "vaupdate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapter.h"
#include "allocation.h"
#include "context.h"
#include "device.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "process.h"
#include "queue.h"
#include "request.h"
#include "schedule.h"
#include "sysmem.h"
#include "vaspace.h"
#include "vidmm/gpuva.h"
#include "vidsch/vidsch.h"

#define UPDATE_DO_NOT_WAIT 1u

/**
 * struct va_update - one message.
 * @link: in context->updates, until it is done
 * @due_link: in adapter->updates_due, when it is @due
 * @fence: NULL for none; @waiter: for its value
 * @ready: it does not wait for its fence any more
 * @id: of operations that map, the allocation's name in the worker: its handle may name another
 * one later
 */
struct va_update {
	TAILQ_ENTRY(va_update) link;
	TAILQ_ENTRY(va_update) due_link;
	struct device *device;
	struct context *context;
	struct fence *fence;
	struct fence_waiter waiter;
	bool ready;
	bool due;
	uint32_t count;
	uint64_t *id;
	struct gpuva_op op[];
};

static void update_free(struct va_update *update)
{
	fence_unwait(&update->waiter);
	fence_put(update->fence);
	update->device->process->update_count -= update->count;
	free(update->id);
	free(update);
}

/* ---- doing it ---- */

static int update_check_allocations(const struct va_update *update)
{
	const struct allocation *allocation;
	uint32_t i;

	for (i = 0; i < update->count; i++) {
		if (update->op[i].kind != GPUVA_OP_MAP)
			continue;
		allocation = allocation_lookup(update->device->process,
					       (uint32_t)update->op[i].backing.alloc);
		if (!allocation || allocation->id != update->id[i] || allocation->offer.made)
			return -EINVAL;
		if (!allocation->device->worker)
			return -ENODEV;
	}
	return 0;
}

static int update_compare(const void *a, const void *b)
{
	const struct gpuva_op *x = a, *y = b;

	return x->va < y->va ? -1 : x->va > y->va;
}

/* Tell the worker what the ranges show now, each address once. The steps are not needed any more.
 */
static void update_tell(struct va_update *update)
{
	struct gpuva_op *op = update->op;
	uint64_t va = 0, end = 0;
	uint32_t i;

	qsort(op, update->count, sizeof(*op), update_compare);
	for (i = 0; i < update->count; i++) {
		if (end && op[i].va > end) {
			vaspace_tell_range(update->device->process, va, end - va);
			end = 0;
		}
		if (!end)
			va = op[i].va;
		if (op[i].va + op[i].size > end)
			end = op[i].va + op[i].size;
	}
	vaspace_tell_range(update->device->process, va, end - va);
}

static int update_apply(struct va_update *update)
{
	int err = update_check_allocations(update);

	if (!err)
		err = gpuva_update(update->device->process->va, update->op, update->count,
				   DXG_UPDATE_VA_PIECES);
	if (err)
		return err == -EEXIST ? -EINVAL : err;
	update_tell(update);
	if (update->fence)
		fence_signal(update->fence, update->waiter.value + 1, false);
	return 0;
}

/* Its time has come; the guest was told long ago that it would be done. */
static void update_apply_late(struct va_update *update)
{
	char why[DXG_FAULT_TEXT_MAX];
	int err = update_apply(update);

	if (!err || update->device->lost)
		return;
	snprintf(why, sizeof(why), "UpdateGpuVirtualAddress, when its turn came: %s",
		 strerror(-err));
	device_lose(update->device, _D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT, why);
}

/* ---- waiting for a fence ---- */

static void update_leave(struct va_update *update)
{
	struct adapter *adapter = process_adapter(update->device->process);

	TAILQ_REMOVE(&update->context->updates, update, link);
	if (update->due)
		TAILQ_REMOVE(&adapter->updates_due, update, due_link);
	update->due = false;
}

/* The first of a context is due when it is ready; the others stand behind it. */
static void update_kick(struct context *context)
{
	struct va_update *first = TAILQ_FIRST(&context->updates);
	struct adapter *adapter = process_adapter(context->device->process);

	if (!first || !first->ready || first->due)
		return;
	first->due = true;
	TAILQ_INSERT_TAIL(&adapter->updates_due, first, due_link);
	schedule_kick(adapter);
}

static void update_reached(struct fence_waiter *waiter)
{
	struct va_update *update = waiter->owner;

	update->ready = true;
	update_kick(update->context);
}

void vaupdate_run(struct adapter *adapter)
{
	struct va_update *update = TAILQ_FIRST(&adapter->updates_due);

	if (!update)
		return;
	update_leave(update);
	/* Before it is done: that may cost the device all that waits. */
	update_kick(update->context);
	if (!update->device->lost)
		update_apply_late(update);
	update_free(update);
}

void vaupdate_drop(struct context *context)
{
	struct va_update *update;

	while ((update = TAILQ_FIRST(&context->updates))) {
		update_leave(update);
		update_free(update);
	}
}

static void update_wait(struct va_update *update, bool wait)
{
	update->ready = !wait || !fence_wait(update->fence, &update->waiter);
	TAILQ_INSERT_TAIL(&update->context->updates, update, link);
	update_kick(update->context);
}

/* ---- behind a context's queue ---- */

static void update_after(void *arg, bool dropped)
{
	struct va_update *update = arg;

	if (!dropped)
		update_apply_late(update);
	update_free(update);
}

/* ---- the message ---- */

static bool update_protection_ok(struct d3dddigpuva_protection_type protection, uint64_t allowed)
{
	return !(protection.value & ~allowed);
}

static int update_parse_map(struct va_update *update, uint32_t i,
			    const struct d3dddi_updategpuvirtualaddress_operation *from)
{
	bool protect = from->operation == _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT;
	const struct allocation *allocation =
		allocation_lookup(update->device->process, from->map.allocation.v);

	if (!allocation || allocation->offer.made)
		return -EINVAL;
	if (protect &&
	    (from->map_protect.driver_protection ||
	     !update_protection_ok(from->map_protect.protection, GPUVA_WRITE | GPUVA_EXECUTE)))
		return -EINVAL;
	if (allocation->sysmem && allocation->sysmem->read_only &&
	    (!protect || (from->map_protect.protection.value & GPUVA_WRITE)))
		return -EACCES;
	update->id[i] = allocation->id;
	update->op[i] = (struct gpuva_op){
		.kind = GPUVA_OP_MAP,
		.va = from->map.base_address,
		.size = from->map.size,
		.repeat = from->map.allocation_size,
		.backing = {
			.alloc = allocation->handle,
			.alloc_size = allocation->size,
			.offset = from->map.allocation_offset,
			.prot = protect ? from->map_protect.protection.value : GPUVA_WRITE,
		},
	};
	return 0;
}

static int update_parse_one(struct va_update *update, uint32_t i,
			    const struct d3dddi_updategpuvirtualaddress_operation *from)
{
	struct gpuva_op *op = &update->op[i];

	switch (from->operation) {
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP:
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT:
		return update_parse_map(update, i, from);
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_UNMAP:
		op->kind = GPUVA_OP_UNMAP;
		op->va = from->unmap.base_address;
		op->size = from->unmap.size;
		op->backing.prot = from->unmap.protection.value;
		return 0;
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_COPY:
		op->kind = GPUVA_OP_COPY;
		op->va = from->copy.dest_address;
		op->size = from->copy.size;
		op->source = from->copy.source_address;
		return 0;
	}
	return -EINVAL;
}

static int update_parse(struct va_update *update, const uint8_t *tail)
{
	struct d3dddi_updategpuvirtualaddress_operation from;
	uint32_t i;
	int err = 0;

	for (i = 0; i < update->count && !err; i++) {
		memcpy(&from, tail + i * sizeof(from), sizeof(from));
		err = update_parse_one(update, i, &from);
	}
	if (!err)
		err = gpuva_update_check(update->device->process->va, update->op, update->count);
	return err == -EEXIST ? -EINVAL : err;
}

/* The fence that it waits for and signals, and its value. */
static int update_set_fence(struct va_update *update,
			    const struct dxg_msg_updategpuvirtualaddress *msg)
{
	struct fence *fence = fence_lookup(update->device->process, msg->fence_object, false);

	if (!msg->fence_object)
		return 0;
	if (!fence || !fence_is_monitored(fence) || !update->context ||
	    msg->fence_value == FENCE_LOST)
		return -EINVAL;
	update->fence = fence_get(fence);
	update->waiter.value = msg->fence_value;
	update->waiter.owner = update;
	update->waiter.reached = update_reached;
	return 0;
}

static int update_create(struct request *rq, const struct dxg_msg_updategpuvirtualaddress *msg,
			 const uint8_t *tail, struct va_update **ret_update)
{
	uint32_t n = msg->num_operations;
	struct va_update *update;
	int err;

	if (rq->process->update_count + n > DXG_UPDATE_VA_QUEUED)
		return -EDQUOT;
	update = calloc(1, sizeof(*update) + n * sizeof(update->op[0]));
	if (!update)
		return -ENOMEM;
	update->device = rq->device;
	update->count = n;
	rq->process->update_count += n;
	update->id = calloc(n, sizeof(update->id[0]));
	update->context = msg->context ? context_lookup(rq, msg->context) : NULL;
	if (!update->id)
		err = -ENOMEM;
	else if (msg->context && (!update->context || update->context->device != update->device))
		err = -EINVAL;
	else if (update->context && !update->context->queue.sch)
		err = -ENODEV;
	else
		err = update_parse(update, tail);
	if (!err)
		err = update_set_fence(update, msg);
	if (err)
		update_free(update);
	else
		*ret_update = update;
	return err;
}

static bool update_is_behind(const struct queue *queue)
{
	return queue->running || queue->waiting || vidsch_context_queued(queue->sch);
}

/* Now, or when its time comes. It is freed by whoever is done with it. */
static int update_start(struct va_update *update, bool wait)
{
	struct context *context = update->context;
	struct queue *queue = context ? &context->queue : NULL;
	int err;

	if (context && update->fence &&
	    (!TAILQ_EMPTY(&context->updates) ||
	     (wait && update->fence->value < update->waiter.value))) {
		update_wait(update, wait);
		return 0;
	}
	if (queue && !update->fence && wait && update_is_behind(queue)) {
		err = queue_after(&queue, 1, update_after, update);
		if (err)
			update_free(update);
		return err;
	}
	err = update_apply(update);
	update_free(update);
	return err;
}

int vaupdate_handle(struct request *rq)
{
	const struct dxg_msg_updategpuvirtualaddress *msg = (const void *)rq->msg;
	const uint64_t size = sizeof(struct d3dddi_updategpuvirtualaddress_operation);
	struct va_update *update;
	const uint8_t *tail;
	int err;

	tail = request_tail(rq, sizeof(*msg), msg->num_operations * size);
	if (!tail)
		return -EPROTO;
	if (!device_lookup(rq, msg->device) || !msg->num_operations ||
	    msg->num_operations > DXG_UPDATE_VA_OPERATIONS || msg->pad ||
	    (msg->flags & ~UPDATE_DO_NOT_WAIT))
		return -EINVAL;
	if (rq->device->lost || !rq->device->worker)
		return -ENODEV;
	err = update_create(rq, msg, tail, &update);
	if (!err)
		err = update_start(update, !(msg->flags & UPDATE_DO_NOT_WAIT));
	if (!err)
		request_reply_status(rq, 0);
	return err;
}

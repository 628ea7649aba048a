// SPDX-License-Identifier: MIT
/*
 * hwqueue: see hwqueue.h. Waits and signals name a hardware queue in the place of a context and are
 * queue.h's.
 */
#include "hwqueue.h"

#include <errno.h>
#include <stdlib.h>

#include "allocation.h"
#include "context.h"
#include "device.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "process.h"
#include "request.h"

/*
 * disable_gpu_timeout, no_broadcast_signal, no_broadcast_wait. The timeout is the vGPU's and stays;
 * nothing is ever broadcast to queues that a signal or a wait does not name.
 */
#define HWQUEUE_FLAGS_KNOWN 0x07u

struct hwqueue *hwqueue_lookup(struct request *rq, uint32_t handle)
{
	struct hwqueue *hwqueue = handle_lookup(rq->process->objects, handle, HANDLE_HW_QUEUE);

	if (hwqueue)
		rq->device = hwqueue->context->device;
	return hwqueue;
}

void hwqueue_destroy(struct hwqueue *hwqueue)
{
	struct process *process = hwqueue->context->device->process;
	struct fence *fence = hwqueue->queue.progress;

	queue_fini(&hwqueue->queue);
	handle_free(process->objects, hwqueue->handle, HANDLE_HW_QUEUE);
	handle_free(process->objects, hwqueue->fence_handle, HANDLE_MONITORED_FENCE);
	if (fence) {
		fence_detach(fence);
		fence_put(fence);
	}
	process->hwqueue_count--;
	LIST_REMOVE(hwqueue, link);
	free(hwqueue);
}

static int hwqueue_build(struct hwqueue *hwqueue)
{
	struct context *context = hwqueue->context;
	struct handle_table *objects = context->device->process->objects;
	struct queue *queue = &hwqueue->queue;
	int err;

	err = queue_init(queue, context->device, context->queue.node, context->queue.units);
	if (err)
		return err;
	queue_set_priority(queue, context->priority, context->in_process);
	err = fence_create(context->device, 0, &queue->progress);
	if (!err)
		err = handle_alloc(objects, HANDLE_HW_QUEUE, hwqueue, &hwqueue->handle);
	if (!err)
		err = handle_alloc(objects, HANDLE_MONITORED_FENCE, queue->progress,
				   &hwqueue->fence_handle);
	return err;
}

static int hwqueue_create(struct context *context, struct hwqueue **ret_hwqueue)
{
	struct process *process = context->device->process;
	struct hwqueue *hwqueue;
	int err;

	err = process_count(&process->hwqueue_count, DXG_HW_QUEUES_PER_PROCESS);
	if (err)
		return err;
	hwqueue = calloc(1, sizeof(*hwqueue));
	if (!hwqueue) {
		process->hwqueue_count--;
		return -ENOMEM;
	}
	hwqueue->context = context;
	LIST_INSERT_HEAD(&context->hwqueues, hwqueue, link);
	err = hwqueue_build(hwqueue);
	if (err)
		hwqueue_destroy(hwqueue);
	else
		*ret_hwqueue = hwqueue;
	return err;
}

/* ---- messages ---- */

static int hwqueue_create_for(struct request *rq, struct dxg_msg_createhwqueue *msg)
{
	struct context *context = context_lookup(rq, msg->context);
	struct hwqueue *hwqueue;
	int err;

	if (!context || !context->hw_queues || msg->pad ||
	    (msg->flags.value & ~HWQUEUE_FLAGS_KNOWN))
		return -EINVAL;
	if (context->device->lost)
		return -ENODEV;
	err = hwqueue_create(context, &hwqueue);
	if (err)
		return err;
	msg->hwqueue = hwqueue->handle;
	msg->progress_fence = hwqueue->fence_handle;
	msg->progress_fence_address = fence_address(hwqueue->queue.progress);
	return 0;
}

/*
 * The request updated in place, failures too: their length is what the guest expects. Padding
 * behind the data makes it the published size.
 */
static void hwqueue_reply(struct request *rq, const struct dxg_msg_createhwqueue *msg,
			  const uint8_t *data)
{
	static const uint8_t pad[4];
	struct dxg_ring_part part[] = {
		{ msg, offsetof(struct dxg_msg_createhwqueue, priv_drv_data) },
		{ data, msg->priv_drv_data_size },
		{ pad, msg->priv_drv_data_size ? 3 : 4 },
	};

	request_reply_parts(rq, part, 3);
}

int hwqueue_handle_create(struct request *rq)
{
	const uint32_t fixed = offsetof(struct dxg_msg_createhwqueue, priv_drv_data);
	struct dxg_msg_createhwqueue msg;
	const uint8_t *tail;
	int err;

	memset(&msg, 0, sizeof(msg));
	memcpy(&msg, rq->msg, fixed);
	tail = request_tail(rq, fixed, msg.priv_drv_data_size);
	if (!tail)
		return -EPROTO;
	msg.hwqueue = msg.progress_fence = 0;
	msg.progress_fence_address = msg.progress_fence_gpu_va = 0;
	err = hwqueue_create_for(rq, &msg);
	if (err == -EAGAIN)
		return err;
	msg.status = request_status(err);
	hwqueue_reply(rq, &msg, tail);
	return 0;
}

int hwqueue_handle_destroy(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct hwqueue *hwqueue = hwqueue_lookup(rq, msg->handle);

	if (!hwqueue || msg->pad)
		return -EINVAL;
	hwqueue_destroy(hwqueue);
	request_reply_status(rq, 0);
	return 0;
}

static int hwqueue_check_submit(const struct process *process,
				const struct d3dkmt_submitcommandtohwqueue *args,
				const uint8_t *primaries)
{
	uint32_t i;

	if (args->reserved || args->reserved1 || args->num_primaries > DXG_WRITTEN_PRIMARIES)
		return -EINVAL;
	for (i = 0; i < args->num_primaries; i++)
		if (!allocation_lookup(process, request_u32(primaries, i)))
			return -EINVAL;
	return queue_check_commands(args->command_buffer, args->command_length);
}

int hwqueue_handle_submit(struct request *rq)
{
	const struct dxg_msg_submitcommandtohwqueue *msg = (const void *)rq->msg;
	const struct d3dkmt_submitcommandtohwqueue *args = &msg->args;
	struct hwqueue *hwqueue = hwqueue_lookup(rq, args->hwqueue.v);
	const uint8_t *tail;
	int err;

	tail = request_tail(rq, sizeof(*msg),
			    (uint64_t)args->num_primaries * 4 + args->priv_drv_data_size);
	if (!tail)
		return -EPROTO;
	if (!hwqueue)
		return -EINVAL;
	err = hwqueue_check_submit(rq->process, args, tail);
	if (!err)
		err = queue_submit(&hwqueue->queue, args->command_buffer, args->command_length,
				   args->hwqueue_progress_fence_id);
	if (!err)
		request_reply_status(rq, 0);
	return err;
}

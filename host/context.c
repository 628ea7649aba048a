// SPDX-License-Identifier: MIT
/*
 * context: see context.h.
 */
#include "context.h"

#include <errno.h>
#include <stdlib.h>

#include "adapter.h"
#include "device.h"
#include "dxgwire/escape.h"
#include "dxgwire/message.h"
#include "hwqueue.h"
#include "process.h"
#include "request.h"
#include "vidsch/vidsch.h"

#define CONTEXT_FLAGS_KNOWN 0x1fu
#define CONTEXT_FLAG_NULL_RENDERING 0x01u
#define CONTEXT_FLAG_HW_QUEUES 0x10u

_Static_assert(DXG_CONTEXT_PRIORITY_MAX == VIDSCH_PRIORITY_MAX, "priorities are vidsch's");
_Static_assert(-DXG_CONTEXT_PRIORITY_MAX == VIDSCH_PRIORITY_MIN, "priorities are vidsch's");

struct context *context_lookup(struct request *rq, uint32_t handle)
{
	struct context *context = handle_lookup(rq->process->objects, handle, HANDLE_CONTEXT);

	if (context)
		rq->device = context->device;
	return context;
}

void context_destroy(struct context *context)
{
	struct process *process = context->device->process;

	vaupdate_drop(context);
	while (!LIST_EMPTY(&context->hwqueues))
		hwqueue_destroy(LIST_FIRST(&context->hwqueues));
	queue_fini(&context->queue);
	handle_free(process->objects, context->handle, HANDLE_CONTEXT);
	process->context_count--;
	LIST_REMOVE(context, link);
	free(context);
}

/* On which compute units: all, unless the private data is of our user-mode drivers. */
static int context_units(const struct adapter *adapter, const uint8_t *data, uint32_t size,
			 struct ipc_units *ret)
{
	struct dxg_context_private private = { 0 };

	if (size >= sizeof(private.magic))
		memcpy(&private.magic, data, sizeof(private.magic));
	if (private.magic != DXG_CONTEXT_PRIVATE_MAGIC)
		return 0;
	if (size != sizeof(private))
		return -EINVAL;
	memcpy(&private, data, sizeof(private));
	if (private.reserved || !private.unit_count || private.first_unit > adapter->info.units ||
	    private.unit_count > adapter->info.units - private.first_unit)
		return -EINVAL;
	ret->first = private.first_unit;
	ret->count = private.unit_count;
	return 0;
}

static int context_create(struct device *device, uint32_t node, struct ipc_units units,
			  struct context **ret_context)
{
	struct process *process = device->process;
	struct context *context;
	int err;

	err = process_count(&process->context_count, DXG_CONTEXTS_PER_PROCESS);
	if (err)
		return err;
	context = calloc(1, sizeof(*context));
	if (!context) {
		process->context_count--;
		return -ENOMEM;
	}
	context->device = device;
	TAILQ_INIT(&context->updates);
	LIST_INSERT_HEAD(&device->contexts, context, link);
	err = queue_init(&context->queue, device, node, units);
	if (!err)
		err = handle_alloc(process->objects, HANDLE_CONTEXT, context, &context->handle);
	if (err) {
		context_destroy(context);
		return err;
	}
	*ret_context = context;
	return 0;
}

/* The request updated in place; three bytes of padding behind the data make it the published size.
 */
static void context_reply(struct request *rq, const struct dxg_msg_createcontextvirtual *msg,
			  const uint8_t *data)
{
	static const uint8_t pad[3];
	struct dxg_ring_part part[] = {
		{ msg, offsetof(struct dxg_msg_createcontextvirtual, priv_drv_data) },
		{ data, msg->priv_drv_data_size },
		{ pad, sizeof(pad) },
	};

	request_reply_parts(rq, part, 3);
}

int context_handle_create(struct request *rq)
{
	const uint32_t fixed = offsetof(struct dxg_msg_createcontextvirtual, priv_drv_data);
	struct dxg_msg_createcontextvirtual msg;
	struct ipc_units units = { 0 };
	struct context *context;
	struct device *device;
	const uint8_t *tail;
	int err;

	memset(&msg, 0, sizeof(msg));
	memcpy(&msg, rq->msg, fixed);
	tail = request_tail(rq, fixed, msg.priv_drv_data_size);
	if (!tail)
		return -EPROTO;
	device = device_lookup(rq, msg.device);
	if (!device || msg.node_ordinal >= process_adapter(rq->process)->info.node_count ||
	    (msg.flags.value & ~CONTEXT_FLAGS_KNOWN))
		return -EINVAL;
	if (msg.flags.value & CONTEXT_FLAG_NULL_RENDERING)
		return -EPERM;
	if (device->lost)
		return -ENODEV;
	err = context_units(process_adapter(rq->process), tail, msg.priv_drv_data_size, &units);
	if (!err)
		err = context_create(device, msg.node_ordinal, units, &context);
	if (err)
		return err;
	context->hw_queues = msg.flags.value & CONTEXT_FLAG_HW_QUEUES;
	msg.context = context->handle;
	context_reply(rq, &msg, tail);
	return 0;
}

int context_handle_destroy(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct context *context = context_lookup(rq, msg->handle);

	if (!context)
		return -EINVAL;
	context_destroy(context);
	request_reply_status(rq, 0);
	return 0;
}

static void context_set_priority(struct context *context, int priority, int in_process)
{
	struct hwqueue *hwqueue;

	context->priority = priority;
	context->in_process = in_process;
	queue_set_priority(&context->queue, priority, in_process);
	LIST_FOREACH (hwqueue, &context->hwqueues, link)
		queue_set_priority(&hwqueue->queue, priority, in_process);
}

int context_handle_set_priority(struct request *rq)
{
	static const uint8_t zero[sizeof(((struct dxg_msg_setcontextschedulingpriority *)0)->pad)];
	const struct dxg_msg_setcontextschedulingpriority *msg = (const void *)rq->msg;
	struct context *context = context_lookup(rq, msg->context);

	if (!context || msg->in_process > 1 || memcmp(msg->pad, zero, sizeof(zero)) ||
	    msg->priority < -DXG_CONTEXT_PRIORITY_MAX || msg->priority > DXG_CONTEXT_PRIORITY_MAX)
		return -EINVAL;
	if (context->device->lost)
		return -ENODEV;
	if (msg->in_process)
		context_set_priority(context, context->priority, msg->priority);
	else
		context_set_priority(context, msg->priority, context->in_process);
	request_reply_status(rq, 0);
	return 0;
}

int context_handle_get_priority(struct request *rq)
{
	static const uint8_t zero[sizeof(((struct dxg_msg_getcontextschedulingpriority *)0)->pad)];
	const struct dxg_msg_getcontextschedulingpriority *msg = (const void *)rq->msg;
	struct dxg_msg_getcontextschedulingpriority_return reply = { 0 };
	struct context *context = context_lookup(rq, msg->context);

	if (!context || msg->in_process > 1 || memcmp(msg->pad, zero, sizeof(zero)))
		return -EINVAL;
	reply.priority = msg->in_process ? context->in_process : context->priority;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

// SPDX-License-Identifier: MIT
/*
 * device: see device.h. Destroying one takes everything down at once as far as the guest is
 * concerned; what a worker may still touch (pages, running submissions) follows when the worker has
 * answered.
 */
#include "device.h"

#include <errno.h>
#include <stdlib.h>

#include "adapter.h"
#include "allocation.h"
#include "audit.h"
#include "context.h"
#include "daemon.h"
#include "deadline.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "log.h"
#include "paging.h"
#include "process.h"
#include "queue.h"
#include "schedule.h"
#include "session.h"
#include "vgpu.h"
#include "worker.h"

#define DEVICE_RETRY_MS 100u /* between attempts to get a worker */
#define DEVICE_BIRTH_MS 5000u /* after which CREATEDEVICE fails */

void device_lose(struct device *device, uint32_t state, const char *why)
{
	struct process *process = device->process;
	struct session *session = process->session;
	struct fence *fence, *next;
	struct context *context;
	struct queue *queue;

	if (device->lost)
		return;
	device->lost = true;
	device->state = state;
	snprintf(device->fault, sizeof(device->fault), "%s", why);
	session_device_changed(session, device->cookie);
	LIST_FOREACH (context, &device->contexts, link)
		vaupdate_drop(context);
	LIST_FOREACH (queue, &device->work, link)
		queue_drop(queue);
	for (fence = LIST_FIRST(&device->fences); fence; fence = next) {
		fence_get(fence); /* whom it wakes may hold the last reference */
		fence_lose(fence);
		next = LIST_NEXT(fence, link);
		fence_put(fence);
	}
	if (process->dying)
		return;
	log_line("device 0x%x of %s (session %u on %s) lost: %s", device->handle, process->name,
		 session->id, session->vgpu->config.name, device->fault);
	audit("device-lost", "{s:I, s:s, s:s, s:I, s:I, s:s}", "session", (json_int_t)session->id,
	      "vgpu", session->vgpu->config.name, "process", process->name, "device",
	      (json_int_t)device->handle, "state", (json_int_t)state, "reason", device->fault);
}

static void device_try_free(struct device *device)
{
	if (device->dead && !device->running)
		free(device);
}

static bool device_is_idle(const struct device *device)
{
	const struct queue *queue;

	if (device->running)
		return false;
	LIST_FOREACH (queue, &device->work, link)
		if (!queue_is_idle(queue))
			return false;
	return true;
}

void device_check_idle(struct device *device)
{
	struct completion *completion;
	struct queue *queue;

	if (!device_is_idle(device))
		return;
	LIST_REMOVE(device, flushing);
	/* The process may be dead: a queue that waits for a fence must not hold up the reply. */
	LIST_FOREACH (queue, &device->work, link)
		queue_drop(queue);
	while ((completion = LIST_FIRST(&device->flushes))) {
		LIST_REMOVE(completion, wait);
		completion_put(completion, 0);
	}
	device_try_free(device);
}

void device_run(struct device *device)
{
	device->running++;
}

void device_ran(struct device *device)
{
	--device->running;
	if (LIST_EMPTY(&device->flushes))
		device_try_free(device);
}

/* Reply to @completion when nothing of @device runs or can run any more. */
static void device_flush(struct device *device, struct completion *completion)
{
	struct adapter *adapter = process_adapter(device->process);

	if (LIST_EMPTY(&device->flushes))
		LIST_INSERT_HEAD(&adapter->flushing, device, flushing);
	LIST_INSERT_HEAD(&device->flushes, completion, wait);
	schedule_kick(adapter);
}

void device_destroy(struct device *device, struct completion *end)
{
	struct process *process = device->process;
	struct fence *fence;

	while (!LIST_EMPTY(&device->contexts))
		context_destroy(LIST_FIRST(&device->contexts));
	while (!LIST_EMPTY(&device->queues))
		paging_queue_destroy(LIST_FIRST(&device->queues));
	while ((fence = LIST_FIRST(&device->fences))) {
		fence_detach(fence);
		if (handle_free(process->objects, fence->handle, HANDLE_SYNC_OBJECT))
			fence_put(fence);
	}
	allocation_destroy_all(device, end);
	handle_free(process->objects, device->handle, HANDLE_DEVICE);
	process->device_count--;
	LIST_REMOVE(device, link);
	device->dead = true;
	if (end)
		device_flush(device, completion_get(end));
	if (LIST_EMPTY(&device->flushes))
		device_try_free(device);
}

struct device *device_lookup(struct request *rq, uint32_t handle)
{
	struct device *device = handle_lookup(rq->process->objects, handle, HANDLE_DEVICE);

	if (device)
		rq->device = device;
	return device;
}

void device_worker_gone(struct device *device)
{
	device->worker = NULL;
}

/* ---- the beginning ---- */

static void device_free_unborn(struct device *device)
{
	device->process->device_count--;
	free(device);
}

/* It has a worker, and becomes visible. Return: 0; without a handle it is freed. */
static int device_deliver(struct device *device)
{
	struct process *process = device->process;
	int err = handle_alloc(process->objects, HANDLE_DEVICE, device, &device->handle);

	if (err) {
		device_free_unborn(device);
		return err;
	}
	device->worker = process->worker;
	LIST_INSERT_HEAD(&process->devices, device, link);
	return 0;
}

static void device_deliver_late(struct device *device, int err)
{
	struct completion *birth = device->birth;
	struct dxg_msg_handle_return reply;

	LIST_REMOVE(device, link);
	device->birth = NULL;
	if (err)
		device_free_unborn(device);
	else
		err = device_deliver(device);
	if (err) {
		completion_put(birth, err);
		return;
	}
	reply.handle = device->handle;
	completion_reply(birth, &reply, sizeof(reply));
}

static uint64_t device_now(const struct process *process)
{
	return uv_now(&process->session->daemon->loop);
}

void device_deliver_all(struct process *process)
{
	struct device *device;
	int err;

	while ((device = LIST_FIRST(&process->unborn))) {
		err = process_get_worker(process);
		if (err == -EBUSY && device_now(process) - device->asked_ms < DEVICE_BIRTH_MS) {
			deadline_set(process->retry, DEVICE_RETRY_MS);
			return;
		}
		device_deliver_late(device, err);
	}
}

static void device_retry(void *arg)
{
	struct process *process = arg;

	device_deliver_all(process);
	turn_soon(&process->session->daemon->turn);
}

void device_abort_all(struct process *process)
{
	while (!LIST_EMPTY(&process->unborn))
		device_deliver_late(LIST_FIRST(&process->unborn), -ENODEV);
}

/* The last worker is not gone yet, or no new one can be started right now: answer later. */
static int device_defer(struct device *device, struct request *rq)
{
	struct process *process = device->process;
	int err = 0;

	if (!process->retry)
		err = deadline_create(&rq->session->daemon->loop, device_retry, process,
				      &process->retry);
	device->birth = err ? NULL : completion_create(rq);
	if (!device->birth)
		return -ENOMEM;
	device->asked_ms = device_now(process);
	LIST_INSERT_HEAD(&process->unborn, device, link);
	deadline_set(process->retry, DEVICE_RETRY_MS);
	return 0;
}

static int device_create(struct process *process, uint64_t cookie, struct device **ret_device)
{
	struct device *device;
	int err;

	err = process_count(&process->device_count, DXG_DEVICES_PER_PROCESS);
	if (err)
		return err;
	device = calloc(1, sizeof(*device));
	if (!device) {
		process->device_count--;
		return -ENOMEM;
	}
	device->process = process;
	device->cookie = cookie;
	device->state = _D3DKMT_DEVICEEXECUTION_ACTIVE;
	*ret_device = device;
	return 0;
}

/* ---- messages ---- */

int device_handle_create(struct request *rq)
{
	const struct dxg_msg_createdevice *msg = (const void *)rq->msg;
	struct dxg_msg_handle_return reply;
	struct device *device;
	int err;

	if (msg->flags.reserved || msg->cdd_device || !rq->session->adapter)
		return -EINVAL;
	err = device_create(rq->process, msg->cookie, &device);
	if (err)
		return err;
	err = process_get_worker(rq->process);
	if (err == -EBUSY && !device_defer(device, rq))
		return 0;
	if (err) {
		device_free_unborn(device);
		return err;
	}
	err = device_deliver(device);
	if (err)
		return err;
	reply.handle = device->handle;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int device_handle_destroy(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct device *device = device_lookup(rq, msg->handle);
	struct completion *end;

	if (!device)
		return -EINVAL;
	end = completion_create(rq);
	if (!end)
		return -ENOMEM;
	device_destroy(device, end);
	completion_put(end, 0);
	return 0;
}

int device_handle_get_state(struct request *rq)
{
	const struct dxg_msg_getdevicestate *msg = (const void *)rq->msg;
	struct dxg_msg_getdevicestate_return reply = { 0 };
	struct device *device = device_lookup(rq, msg->args.device.v);
	uint32_t type = (uint32_t)msg->args.state_type;

	if (!device)
		return -EINVAL;
	reply.args.device.v = device->handle;
	reply.args.state_type = msg->args.state_type;
	switch (type) {
	case _D3DKMT_DEVICESTATE_EXECUTION:
		reply.args.execution_state = (enum d3dkmt_deviceexecution_state)device->state;
		break;
	case _D3DKMT_DEVICESTATE_RESET:
	case _D3DKMT_DEVICESTATE_PAGE_FAULT:
		break; /* no desktop to switch, no page fault without a refused buffer: all zero */
	case _D3DKMT_DEVICESTATE_PRESENT:
	case _D3DKMT_DEVICESTATE_PRESENT_DWM:
	case _D3DKMT_DEVICESTATE_PRESENT_QUEUE:
		return -EPERM;
	default:
		return -EINVAL;
	}
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int device_handle_mark_error(struct request *rq)
{
	const struct dxg_msg_markdeviceaserror *msg = (const void *)rq->msg;
	struct device *device = device_lookup(rq, msg->args.device.v);
	uint32_t reason = (uint32_t)msg->args.reason;

	if (!device || (reason != _D3DKMT_DEVICE_ERROR_REASON_GENERIC &&
			reason != _D3DKMT_DEVICE_ERROR_REASON_DRIVER_ERROR))
		return -EINVAL;
	device_lose(device, _D3DKMT_DEVICEEXECUTION_RESET,
		    reason == _D3DKMT_DEVICE_ERROR_REASON_GENERIC
			    ? "marked as error by its user"
			    : "marked as error by its user: driver error");
	request_reply_status(rq, 0);
	return 0;
}

int device_handle_flush(struct request *rq)
{
	const struct dxg_msg_flushdevice *msg = (const void *)rq->msg;
	struct device *device = device_lookup(rq, msg->device);
	struct completion *completion;

	if (!device || msg->reason != DXG_MSG_FLUSH_DEVICE_TERMINATE)
		return -EINVAL;
	completion = completion_create(rq);
	if (!completion)
		return -ENOMEM;
	device_flush(device, completion);
	return 0;
}

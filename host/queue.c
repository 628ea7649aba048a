// SPDX-License-Identifier: MIT
/*
 * queue: see queue.h. Everything fallible is done before an entry is enqueued; after that an entry
 * can only happen or be disposed of, and neither can fail. Entries hold references to their fences,
 * so a fence whose handle was destroyed lives as long as something queued names it.
 *
 * A signal on several queues happens when the last of them has reached it.
 */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "adapter.h"
#include "context.h"
#include "device.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "hwqueue.h"
#include "process.h"
#include "request.h"
#include "schedule.h"
#include "session.h"
#include "worker.h"

#define SIGNAL_AT_SUBMISSION (1u << 0)
#define SIGNAL_CPU_EVENT (1u << 1)
#define SIGNAL_REWIND (1u << 2)

/**
 * struct submission - a command buffer on a queue.
 * @queue: NULL once that is gone
 * @progress: what the queue's progress fence, if it has one, goes to afterwards
 */
struct submission {
	struct vidsch_item item;
	struct worker_call call;
	struct adapter *adapter;
	struct device *device;
	struct queue *queue;
	uint64_t va;
	uint64_t progress;
	uint32_t size;
};

/** struct gpu_wait - a wait on a queue. @missing: fences that are not there yet. */
struct gpu_wait {
	struct vidsch_item item;
	struct adapter *adapter;
	struct queue *queue;
	uint32_t missing;
	uint32_t count;
	struct fence_waiter waiter[];
};

/** struct signal_slot - a signal's place in one of its queues. */
struct signal_slot {
	struct vidsch_item item;
	struct gpu_signal *signal;
};

/** struct signal_fence - one fence and what it is set to. */
struct signal_fence {
	struct fence *fence;
	uint64_t value;
};

/**
 * struct gpu_signal - a signal of fences, of a guest event, or of whoever called queue_after(), on
 * one or several queues.
 * @pending: slots that have neither happened nor been disposed of; it is freed with the last
 * @disposed: a queue went without reaching it: fences stay as they are
 * @event: the guest event; 0 for fences
 * @after, @arg: of queue_after(), else NULL
 */
struct gpu_signal {
	struct session *session;
	uint64_t pid;
	uint64_t event;
	uint32_t pending;
	uint32_t fence_count;
	bool rewind;
	bool disposed;
	queue_after_fn after;
	void *arg;
	struct signal_fence *fence;
	struct signal_slot *slot;
};

static uint64_t queue_now(void)
{
	return uv_hrtime();
}

/* ---- submissions ---- */

static const char *exec_check(const struct ipc_exec_reply *reply, uint32_t len)
{
	if (len != sizeof(*reply))
		return "exec.length";
	if (reply->status > 0)
		return "exec.status";
	return NULL;
}

/* The worker refused or failed @submission, or is gone (@reply NULL, its loss has been told). */
static void submission_failed(struct submission *submission, const struct ipc_exec_reply *reply)
{
	char text[DXG_FAULT_TEXT_MAX];

	if (!reply || !reply->status || submission->device->dead)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, reply->text);
	if (!text[0])
		snprintf(text, sizeof(text), "command buffer: %s", strerror(-reply->status));
	device_lose(submission->device,
		    reply->status == -EINVAL ? _D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT
					     : _D3DKMT_DEVICEEXECUTION_RESET,
		    text);
}

static const char *submission_done(struct worker_call *call, int err, const void *payload,
				   uint32_t len)
{
	struct submission *submission = avl_entry(call, struct submission, call);
	const struct ipc_exec_reply *reply = err ? NULL : payload;
	const char *bad = reply ? exec_check(reply, len) : NULL;
	struct device *device = submission->device;
	struct queue *queue = submission->queue;

	if (queue)
		queue->running = NULL;
	/* Whoever gave no answer pays for the time the node was blocked. */
	vidsch_complete(&submission->item,
			reply && !bad ? reply->gpu_ns : queue_now() - submission->item.started_ns);
	schedule_kick(submission->adapter);
	if (queue && queue->progress && reply && !bad && !reply->status)
		fence_signal(queue->progress, submission->progress, false);
	if (!bad)
		submission_failed(submission, reply);
	free(submission);
	device_ran(device);
	return bad;
}

static const char *submission_aside(struct worker_call *call)
{
	struct submission *submission = avl_entry(call, struct submission, call);

	if (vidsch_step_aside(&submission->item))
		return "exec.aside";
	schedule_kick(submission->adapter);
	return NULL;
}

void queue_start(struct vidsch_item *item)
{
	struct submission *submission = item->work;
	struct ipc_exec msg = {
		.h = { .op = IPC_EXEC },
		.context = submission->queue->id,
		.va = submission->va,
		.size = submission->size,
	};
	struct dxg_ring_part part = { &msg, sizeof(msg) };

	submission->queue->running = submission;
	device_run(submission->device);
	worker_call(submission->device->worker, &submission->call, submission_done, &part, 1);
	submission->call.aside = submission_aside;
}

static int submission_enqueue(struct queue *queue, uint64_t va, uint32_t size, uint64_t progress)
{
	struct submission *submission = calloc(1, sizeof(*submission));
	int err;

	if (!submission)
		return -ENOMEM;
	submission->item.work = submission;
	submission->adapter = process_adapter(queue->device->process);
	submission->device = queue->device;
	submission->queue = queue;
	submission->va = va;
	submission->size = size;
	submission->progress = progress;
	err = vidsch_enqueue(queue->sch, &submission->item, VIDSCH_EXEC, queue_now());
	if (err)
		free(submission);
	else
		schedule_kick(submission->adapter);
	return err;
}

int queue_submit(struct queue *queue, uint64_t va, uint32_t size, uint64_t progress)
{
	int err;

	if (!queue->sch)
		return -ENODEV;
	if (queue->progress && (progress <= queue->last_progress || progress == FENCE_LOST))
		return -EINVAL;
	err = submission_enqueue(queue, va, size, progress);
	if (!err)
		queue->last_progress = progress;
	return err;
}

int queue_check_commands(uint64_t va, uint32_t size)
{
	if (!size || size > DXG_COMMAND_BUFFER_MAX || (va & 7) || (size & 7))
		return -EINVAL;
	return 0;
}

/* ---- waits ---- */

static void wait_free(struct gpu_wait *wait)
{
	uint32_t i;

	for (i = 0; i < wait->count; i++) {
		fence_unwait(&wait->waiter[i]);
		fence_put(wait->waiter[i].fence);
	}
	free(wait);
}

static void wait_over(struct gpu_wait *wait)
{
	struct queue *queue = wait->queue;

	queue->waiting = NULL;
	vidsch_unblock(queue->sch);
	schedule_kick(wait->adapter);
	wait_free(wait);
}

static void wait_reached(struct fence_waiter *waiter)
{
	struct gpu_wait *wait = waiter->owner;

	if (!--wait->missing)
		wait_over(wait);
}

static void wait_start(struct gpu_wait *wait)
{
	uint32_t i;

	wait->queue->waiting = wait;
	for (i = 0; i < wait->count; i++)
		if (fence_wait(wait->waiter[i].fence, &wait->waiter[i]))
			wait->missing++;
	if (!wait->missing)
		wait_over(wait);
}

static int wait_create(struct queue *queue, const uint8_t *values, const uint8_t *handles,
		       uint32_t n, bool legacy, struct gpu_wait **ret_wait)
{
	struct gpu_wait *wait = calloc(1, sizeof(*wait) + n * sizeof(wait->waiter[0]));
	struct process *process = queue->device->process;
	struct fence *fence;
	int err;

	if (!wait)
		return -ENOMEM;
	wait->item.work = wait;
	wait->queue = queue;
	wait->adapter = process_adapter(process);
	for (; wait->count < n; wait->count++) {
		err = fence_lookup_wait(process, request_u32(handles, wait->count), &fence);
		if (err) {
			wait_free(wait);
			return err;
		}
		wait->waiter[wait->count] = (struct fence_waiter){
			.fence = fence_get(fence),
			.value = request_u64(values, legacy ? 0 : wait->count),
			.owner = wait,
			.reached = wait_reached,
		};
	}
	*ret_wait = wait;
	return 0;
}

/* ---- signals ---- */

static void signal_happen(struct gpu_signal *signal)
{
	uint32_t i;

	if (signal->event)
		session_signal_event(signal->session, signal->event, signal->pid);
	if (signal->after)
		signal->after(signal->arg, signal->disposed);
	for (i = 0; i < signal->fence_count && !signal->disposed; i++)
		fence_signal(signal->fence[i].fence, signal->fence[i].value, signal->rewind);
}

static void signal_free(struct gpu_signal *signal)
{
	uint32_t i;

	for (i = 0; i < signal->fence_count; i++)
		fence_put(signal->fence[i].fence);
	free(signal->fence);
	free(signal->slot);
	free(signal);
}

static void signal_put(struct gpu_signal *signal)
{
	if (--signal->pending)
		return;
	signal_happen(signal);
	signal_free(signal);
}

static int signal_create(struct process *process, uint32_t fences, uint32_t slots,
			 struct gpu_signal **ret_signal)
{
	struct gpu_signal *signal = calloc(1, sizeof(*signal));

	if (!signal)
		return -ENOMEM;
	signal->session = process->session;
	signal->pid = process->pid;
	signal->fence = calloc(fences + 1, sizeof(signal->fence[0]));
	signal->slot = calloc(slots + 1, sizeof(signal->slot[0]));
	if (!signal->fence || !signal->slot) {
		signal_free(signal);
		return -ENOMEM;
	}
	*ret_signal = signal;
	return 0;
}

static int signal_add_fences(struct gpu_signal *signal, struct process *process,
			     const uint8_t *handles, const uint8_t *values, uint64_t value,
			     uint32_t n)
{
	struct fence *fence;
	uint32_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = fence_lookup_signal(process, request_u32(handles, i), &fence);
		if (err)
			return err;
		signal->fence[i].fence = fence_get(fence);
		signal->fence[i].value = values ? request_u64(values, i) : value;
		signal->fence_count = i + 1;
	}
	return 0;
}

/* Put @signal on @n queues. A full one is found before the first is touched. */
static int signal_enqueue(struct gpu_signal *signal, struct queue *const *queues, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (vidsch_context_queued(queues[i]->sch) + n > DXG_QUEUED_PER_CONTEXT)
			return -EDQUOT;
	for (i = 0; i < n; i++) {
		signal->slot[i].signal = signal;
		signal->slot[i].item.work = &signal->slot[i];
		signal->pending++;
		vidsch_enqueue(queues[i]->sch, &signal->slot[i].item, VIDSCH_SIGNAL, queue_now());
	}
	schedule_kick(process_adapter(queues[0]->device->process));
	return 0;
}

int queue_after(struct queue *const *queues, uint32_t n, queue_after_fn fn, void *arg)
{
	struct gpu_signal *signal;
	int err;

	err = signal_create(queues[0]->device->process, 0, n, &signal);
	if (err)
		return err;
	signal->after = fn;
	signal->arg = arg;
	err = signal_enqueue(signal, queues, n);
	if (err)
		signal_free(signal);
	return err;
}

/* ---- entries that are due, or never will be ---- */

void queue_sync(struct vidsch_item *item)
{
	if (item->kind == VIDSCH_WAIT)
		wait_start(item->work);
	else
		signal_put(((struct signal_slot *)item->work)->signal);
}

void queue_dispose(struct vidsch_item *item, void *arg)
{
	struct signal_slot *slot;

	(void)arg;
	switch (item->kind) {
	case VIDSCH_EXEC:
		free(item->work);
		break;
	case VIDSCH_WAIT:
		wait_free(item->work);
		break;
	case VIDSCH_SIGNAL:
		slot = item->work;
		slot->signal->disposed = true;
		signal_put(slot->signal);
		break;
	}
}

/* ---- life ---- */

static void queue_tell_worker(const struct queue *queue, uint32_t op)
{
	struct ipc_context msg = {
		.h = { .op = op },
		.id = queue->id,
		.node = queue->node,
		.units = queue->units,
	};

	if (queue->device->worker)
		worker_send(queue->device->worker, &msg, sizeof(msg));
}

int queue_init(struct queue *queue, struct device *device, uint32_t node, struct ipc_units units)
{
	struct process *process = device->process;
	int err = vidsch_context_create(process->sch, node, DXG_QUEUED_PER_CONTEXT, 1, &queue->sch);

	if (err)
		return err;
	queue->device = device;
	queue->node = node;
	queue->units = units;
	queue->id = ++process->next_id;
	LIST_INSERT_HEAD(&device->work, queue, link);
	queue_tell_worker(queue, IPC_CONTEXT_CREATE);
	return 0;
}

void queue_drop(struct queue *queue)
{
	struct vidsch_context *sch = queue->sch;

	queue->sch = NULL;
	if (sch)
		vidsch_context_destroy(sch, queue_dispose, NULL);
	if (queue->waiting)
		wait_free(queue->waiting);
	queue->waiting = NULL;
}

void queue_fini(struct queue *queue)
{
	if (!queue->device)
		return;
	queue_drop(queue);
	if (queue->running)
		queue->running->queue = NULL;
	queue_tell_worker(queue, IPC_CONTEXT_DESTROY);
	LIST_REMOVE(queue, link);
}

void queue_set_priority(struct queue *queue, int priority, int in_process)
{
	if (queue->sch)
		vidsch_context_set_priority(queue->sch, priority, in_process);
}

bool queue_is_idle(const struct queue *queue)
{
	return !queue->sch || queue->waiting || !vidsch_context_queued(queue->sch);
}

/* The queue of a context, or a hardware queue. */
static struct queue *queue_lookup(struct request *rq, uint32_t handle)
{
	struct context *context = context_lookup(rq, handle);
	struct hwqueue *hwqueue = context ? NULL : hwqueue_lookup(rq, handle);

	if (context)
		return &context->queue;
	return hwqueue ? &hwqueue->queue : NULL;
}

/* ---- messages ---- */

static int submit_check(const struct d3dkmt_submitcommand *args)
{
	if (!args->broadcast_context_count ||
	    args->broadcast_context_count > DXG_BROADCAST_CONTEXTS ||
	    args->num_primaries > DXG_WRITTEN_PRIMARIES ||
	    args->num_history_buffers > DXG_HISTORY_BUFFERS || args->flags.reserved ||
	    args->reserved || args->reserved1)
		return -EINVAL;
	if (queue_check_commands(args->command_buffer, args->command_length))
		return -EINVAL;
	/* Broadcasting is for linked physical adapters; an adapter here is one. */
	if (args->broadcast_context_count > 1 || args->flags.null_rendering ||
	    args->flags.present_redirected)
		return -EPERM;
	return 0;
}

int queue_handle_submit(struct request *rq)
{
	const struct dxg_msg_submitcommand *msg = (const void *)rq->msg;
	const struct d3dkmt_submitcommand *args = &msg->args;
	struct context *context = context_lookup(rq, args->broadcast_context[0].v);
	int err;

	if (!request_tail(rq, sizeof(*msg),
			  (uint64_t)args->num_history_buffers * 4 + args->priv_drv_data_size))
		return -EPROTO;
	if (!context)
		return -EINVAL;
	if (!context->queue.sch)
		return -ENODEV;
	err = submit_check(args);
	if (!err)
		err = queue_submit(&context->queue, args->command_buffer, args->command_length, 0);
	if (!err)
		request_reply_status(rq, 0);
	return err;
}

int queue_handle_wait(struct request *rq)
{
	const struct dxg_msg_waitforsyncobjectfromgpu *msg = (const void *)rq->msg;
	struct queue *queue = queue_lookup(rq, msg->context);
	uint32_t n = msg->object_count;
	struct gpu_wait *wait;
	const uint8_t *tail;
	int err;

	tail = request_tail(rq, sizeof(*msg), (uint64_t)n * 12);
	if (!tail)
		return -EPROTO;
	if (!n || n > DXG_WAIT_GPU_OBJECTS || !queue || msg->legacy_fence_object > 1)
		return -EINVAL;
	if (!queue->sch)
		return -ENODEV;
	err = wait_create(queue, tail, tail + (size_t)n * 8, n, msg->legacy_fence_object, &wait);
	if (err)
		return err;
	err = vidsch_enqueue(queue->sch, &wait->item, VIDSCH_WAIT, queue_now());
	if (err) {
		wait_free(wait);
		return err;
	}
	schedule_kick(wait->adapter);
	request_reply_status(rq, 0);
	return 0;
}

/* struct signal_tail - the three arrays of SIGNALSYNCOBJECT; @values is NULL when none were sent.
 */
struct signal_tail {
	const uint8_t *objects;
	const uint8_t *queues;
	const uint8_t *values;
};

/* Whether values were sent is told by the length alone (specification section 4.2, message 26). */
static int signal_parse_tail(struct request *rq, const struct dxg_msg_signalsyncobject *msg,
			     struct signal_tail *ret_tail)
{
	uint64_t handles = ((uint64_t)msg->object_count + msg->context_count) * 4;
	bool values = msg->object_count &&
		      rq->len - sizeof(*msg) >= handles + msg->object_count * 8ull;

	ret_tail->objects =
		request_tail(rq, sizeof(*msg), handles + (values ? msg->object_count * 8ull : 0));
	if (!ret_tail->objects)
		return -EPROTO;
	ret_tail->queues = ret_tail->objects + (size_t)msg->object_count * 4;
	ret_tail->values = values ? ret_tail->objects + handles : NULL;
	return 0;
}

static int signal_check(const struct dxg_msg_signalsyncobject *msg)
{
	uint32_t flags = msg->flags.value;
	bool event = flags & SIGNAL_CPU_EVENT;

	if (msg->context_count > DXG_BROADCAST_CONTEXTS ||
	    msg->object_count > (msg->context_count ? DXG_SIGNAL_GPU_OBJECTS : DXG_SIGNAL_OBJECTS))
		return -EINVAL;
	if (flags & ~(SIGNAL_AT_SUBMISSION | SIGNAL_CPU_EVENT | SIGNAL_REWIND))
		return -EINVAL;
	if (flags & SIGNAL_AT_SUBMISSION)
		return -EPERM;
	if (event ? msg->object_count || !msg->context_count || !msg->event_or_device
		  : !msg->object_count)
		return -EINVAL;
	return 0;
}

static int signal_from_cpu(struct request *rq, const struct dxg_msg_signalsyncobject *msg,
			   const struct signal_tail *tail)
{
	struct gpu_signal *signal;
	int err;

	if (msg->event_or_device > UINT32_MAX || !device_lookup(rq, (uint32_t)msg->event_or_device))
		return -EINVAL;
	if (rq->device->lost)
		return -ENODEV;
	err = signal_create(rq->process, msg->object_count, 0, &signal);
	if (err)
		return err;
	err = signal_add_fences(signal, rq->process, tail->objects, tail->values, msg->fence_value,
				msg->object_count);
	signal->rewind = msg->flags.value & SIGNAL_REWIND;
	if (!err)
		signal_happen(signal);
	signal_free(signal);
	return err;
}

static int signal_lookup_queues(struct request *rq, const uint8_t *handles, uint32_t n,
				struct queue **ret_queues)
{
	uint32_t i;

	for (i = n; i-- > 0;) {
		ret_queues[i] = queue_lookup(rq, request_u32(handles, i));
		if (!ret_queues[i])
			return -EINVAL;
		if (!ret_queues[i]->sch)
			return -ENODEV;
	}
	return 0;
}

static int signal_from_gpu(struct request *rq, const struct dxg_msg_signalsyncobject *msg,
			   const struct signal_tail *tail)
{
	struct queue *queues[DXG_BROADCAST_CONTEXTS];
	struct gpu_signal *signal;
	int err;

	err = signal_lookup_queues(rq, tail->queues, msg->context_count, queues);
	if (err)
		return err;
	err = signal_create(rq->process, msg->object_count, msg->context_count, &signal);
	if (err)
		return err;
	signal->rewind = msg->flags.value & SIGNAL_REWIND;
	if (msg->flags.value & SIGNAL_CPU_EVENT)
		signal->event = msg->event_or_device;
	err = signal_add_fences(signal, rq->process, tail->objects, tail->values, msg->fence_value,
				msg->object_count);
	if (!err)
		err = signal_enqueue(signal, queues, msg->context_count);
	if (err)
		signal_free(signal);
	return err;
}

int queue_handle_signal(struct request *rq)
{
	const struct dxg_msg_signalsyncobject *msg = (const void *)rq->msg;
	struct signal_tail tail;
	int err;

	err = signal_parse_tail(rq, msg, &tail);
	if (!err)
		err = signal_check(msg);
	if (err)
		return err;
	err = msg->context_count ? signal_from_gpu(rq, msg, &tail)
				 : signal_from_cpu(rq, msg, &tail);
	if (!err)
		request_reply_status(rq, 0);
	return err;
}

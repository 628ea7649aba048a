/* SPDX-License-Identifier: MIT */
/*
 * event.h - a cl_event: the outcome of a command, or of the application (user event).
 *
 * The event of a command is completed by its queue, under the queue's lock, with one store to
 * @status; whoever reads a final status sees the times too. Telling others (callbacks, queues that
 * wait) is a second step, event_announce(), done without the queue's lock. @lock guards the two
 * lists and is a leaf.
 */
#ifndef OPENCL_EVENT_H
#define OPENCL_EVENT_H

#include <pthread.h>

#include "context.h"
#include "object.h"

struct event_listener;
struct event_waiter;

/** struct event_times - CLOCK_MONOTONIC ns, in this order never falling. */
struct event_times {
	uint64_t queued;
	uint64_t submit;
	uint64_t start;
	uint64_t end;
};

/**
 * struct _cl_event - see above.
 * @queue: held; NULL for a user event
 * @type: CL_COMMAND_*
 * @host_step: the command ends with work of the CPU: the fence alone does not complete it
 * @status: CL_QUEUED, CL_SUBMITTED, CL_COMPLETE or negative
 * @fence_value: what the queue's fence reads when the device has done the command; 0 until
 * submitted
 * @watched: queue lock: the queue's helper thread has been asked to see this event through
 * @issued: queue lock: the command is in flight or done; what is issued later runs later
 * @times: written before the final status
 */
struct _cl_event {
	struct object o;
	cl_context context;
	struct _cl_command_queue *queue;
	cl_command_type type;
	bool host_step;
	bool watched;
	bool issued;
	_Atomic cl_int status;
	_Atomic uint64_t fence_value;
	struct event_times times;
	pthread_mutex_t lock;
	pthread_cond_t done; /* user events only; with lock */
	struct event_listener *listeners;
	struct event_waiter *waiters;
	bool set; /* user event: its status has been set */
};

extern const struct object_ops event_ops;

static inline bool event_valid(cl_event event)
{
	return object_valid(event, &event_ops);
}

/** event_create() - an event of @context with one reference; @queue NULL for a user event. */
cl_event event_create(cl_context context, struct _cl_command_queue *queue, cl_command_type type);

/** event_status() - the status; final ones (<= CL_COMPLETE) with acquire semantics. */
static inline cl_int event_status(const struct _cl_event *event)
{
	return atomic_load_explicit(&event->status, memory_order_acquire);
}

/** event_finish() - store the final @status. Queue lock held, unless it is a user event. */
static inline void event_finish(cl_event event, cl_int status)
{
	atomic_store_explicit(&event->status, status, memory_order_release);
}

/** event_announce() - tell listeners and waiting queues of a final status. No locks held. */
void event_announce(cl_event event);

/**
 * event_notify_queue() - wake @queue (queue_kick()) when @event is final.
 *
 * Return: 0, -EALREADY when it is final already, -ENOMEM. Locks of queues may be held.
 */
int event_notify_queue(cl_event event, struct _cl_command_queue *queue);

/** event_list_check() - the three trailing arguments of every enqueue, and WaitForEvents. */
cl_int event_list_check(cl_context context, cl_uint n, const cl_event *list);

#endif

// SPDX-License-Identifier: MIT
/*
 * event.c - events: user events, callbacks, queries, waiting.
 */
#include "event.h"

#include <errno.h>
#include <stdlib.h>

#include "callback.h"
#include "entry.h"
#include "info.h"
#include "queue.h"

#define EVENT_MAGIC 0x4556454eu

typedef void(CL_CALLBACK *event_notify)(cl_event event, cl_int status, void *user_data);

/** struct event_listener - one clSetEventCallback; on the event's list, then at the callback
 * thread. */
struct event_listener {
	struct callback cb;
	struct event_listener *next;
	cl_event event; /* held once posted */
	cl_int trigger;
	cl_int status;
	event_notify notify;
	void *user_data;
};

/** struct event_waiter - a queue whose next command waits for this event. */
struct event_waiter {
	struct event_waiter *next;
	struct _cl_command_queue *queue; /* held */
};

/* Listeners that are still here belong to a user event that was never set: nobody is told. */
static void destroy(struct object *o)
{
	struct _cl_event *event = (struct _cl_event *)o;

	while (event->listeners) {
		struct event_listener *next = event->listeners->next;

		free(event->listeners);
		event->listeners = next;
	}
	while (event->waiters) {
		struct event_waiter *next = event->waiters->next;

		object_drop(event->waiters->queue);
		free(event->waiters);
		event->waiters = next;
	}
	pthread_cond_destroy(&event->done);
	pthread_mutex_destroy(&event->lock);
	object_drop(event->queue);
	object_drop(event->context);
	free(event);
}

const struct object_ops event_ops = {
	.magic = EVENT_MAGIC,
	.invalid = CL_INVALID_EVENT,
	.destroy = destroy,
};

cl_event event_create(cl_context context, struct _cl_command_queue *queue, cl_command_type type)
{
	struct _cl_event *event = calloc(1, sizeof(*event));

	if (!event)
		return NULL;
	object_init(&event->o, &event_ops);
	event->context = object_hold(context);
	event->queue = queue ? object_hold(queue) : NULL;
	event->type = type;
	atomic_init(&event->status, queue ? CL_QUEUED : CL_SUBMITTED);
	pthread_mutex_init(&event->lock, NULL);
	pthread_cond_init(&event->done, NULL);
	return event;
}

static void run_listener(struct callback *cb)
{
	struct event_listener *l = (struct event_listener *)cb;

	l->notify(l->event, l->status, l->user_data);
	object_drop(l->event);
	free(l);
}

/* A listener for an earlier state hears of that state; one for CL_COMPLETE also hears of errors. */
static void post_listener(cl_event event, struct event_listener *l, cl_int status)
{
	l->cb.run = run_listener;
	l->event = object_hold(event);
	l->status = status < 0 ? status : l->trigger;
	callback_post(&l->cb);
}

static void post_listeners(cl_event event, struct event_listener *list, cl_int status)
{
	/* The list is newest first; callbacks run in the order of the states, then of registration.
	 */
	for (cl_int state = CL_SUBMITTED; state >= CL_COMPLETE; state--) {
		struct event_listener **at = &list, *ordered = NULL;

		while (*at) {
			struct event_listener *l = *at;

			if (l->trigger != state) {
				at = &l->next;
				continue;
			}
			*at = l->next;
			l->next = ordered;
			ordered = l;
		}
		while (ordered) {
			struct event_listener *next = ordered->next;

			post_listener(event, ordered, status);
			ordered = next;
		}
	}
}

void event_announce(cl_event event)
{
	struct event_listener *listeners;
	struct event_waiter *waiters;

	pthread_mutex_lock(&event->lock);
	listeners = event->listeners;
	waiters = event->waiters;
	event->listeners = NULL;
	event->waiters = NULL;
	pthread_cond_broadcast(&event->done);
	pthread_mutex_unlock(&event->lock);
	post_listeners(event, listeners, event_status(event));
	while (waiters) {
		struct event_waiter *next = waiters->next;

		queue_kick(waiters->queue);
		object_drop(waiters->queue);
		free(waiters);
		waiters = next;
	}
}

int event_notify_queue(cl_event event, struct _cl_command_queue *queue)
{
	struct event_waiter *w = calloc(1, sizeof(*w));
	int err = 0;

	if (!w)
		return -ENOMEM;
	w->queue = object_hold(queue);
	pthread_mutex_lock(&event->lock);
	if (event_status(event) <= CL_COMPLETE) {
		err = -EALREADY;
	} else {
		w->next = event->waiters;
		event->waiters = w;
	}
	pthread_mutex_unlock(&event->lock);
	if (err) {
		object_drop(queue); /* not the last hold: the caller has one */
		free(w);
	}
	return err;
}

cl_int event_list_check(cl_context context, cl_uint n, const cl_event *list)
{
	if (!n != !list)
		return CL_INVALID_EVENT_WAIT_LIST;
	for (cl_uint i = 0; i < n; i++) {
		if (!event_valid(list[i]))
			return CL_INVALID_EVENT_WAIT_LIST;
		if (list[i]->context != context)
			return CL_INVALID_CONTEXT;
	}
	return CL_SUCCESS;
}

static void wait_user(cl_event event)
{
	pthread_mutex_lock(&event->lock);
	while (event_status(event) > CL_COMPLETE)
		pthread_cond_wait(&event->done, &event->lock);
	pthread_mutex_unlock(&event->lock);
}

cl_int CL_API_CALL clWaitForEvents(cl_uint num_events, const cl_event *event_list)
{
	cl_int result = CL_SUCCESS;

	if (!num_events || !event_list)
		return CL_INVALID_VALUE;
	for (cl_uint i = 0; i < num_events; i++)
		if (!event_valid(event_list[i]))
			return CL_INVALID_EVENT;
	for (cl_uint i = 1; i < num_events; i++)
		if (event_list[i]->context != event_list[0]->context)
			return CL_INVALID_CONTEXT;
	for (cl_uint i = 0; i < num_events; i++)
		if (event_list[i]->queue)
			queue_submit(event_list[i]->queue);
	for (cl_uint i = 0; i < num_events; i++) {
		cl_event event = event_list[i];

		if (event->queue)
			queue_wait(event->queue, event);
		else
			wait_user(event);
		if (event_status(event) < 0)
			result = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
	}
	return result;
}

cl_event CL_API_CALL clCreateUserEvent(cl_context context, cl_int *errcode_ret)
{
	cl_event event;

	if (!context_valid(context)) {
		set_error(errcode_ret, CL_INVALID_CONTEXT);
		return NULL;
	}
	event = event_create(context, NULL, CL_COMMAND_USER);
	set_error(errcode_ret, event ? CL_SUCCESS : CL_OUT_OF_HOST_MEMORY);
	return event;
}

cl_int CL_API_CALL clSetUserEventStatus(cl_event event, cl_int execution_status)
{
	bool again;

	if (!event_valid(event) || event->queue)
		return CL_INVALID_EVENT;
	if (execution_status > CL_COMPLETE)
		return CL_INVALID_VALUE;
	pthread_mutex_lock(&event->lock);
	again = event->set;
	event->set = true;
	if (!again)
		event_finish(event, execution_status);
	pthread_mutex_unlock(&event->lock);
	if (again)
		return CL_INVALID_OPERATION;
	object_hold(event); /* a callback may release the application's last reference */
	event_announce(event);
	object_drop(event);
	return CL_SUCCESS;
}

cl_int CL_API_CALL clSetEventCallback(cl_event event, cl_int command_exec_callback_type,
				      event_notify pfn_notify, void *user_data)
{
	struct event_listener *l;
	bool late;

	if (!event_valid(event))
		return CL_INVALID_EVENT;
	if (!pfn_notify || command_exec_callback_type < CL_COMPLETE ||
	    command_exec_callback_type > CL_SUBMITTED)
		return CL_INVALID_VALUE;
	l = calloc(1, sizeof(*l));
	if (!l)
		return CL_OUT_OF_HOST_MEMORY;
	l->trigger = command_exec_callback_type;
	l->notify = pfn_notify;
	l->user_data = user_data;
	pthread_mutex_lock(&event->lock);
	late = event_status(event) <= CL_COMPLETE;
	if (!late) {
		l->next = event->listeners;
		event->listeners = l;
	}
	pthread_mutex_unlock(&event->lock);
	if (late)
		post_listener(event, l, event_status(event));
	else if (event->queue)
		queue_watch(event->queue, event);
	return CL_SUCCESS;
}

cl_int CL_API_CALL clRetainEvent(cl_event event)
{
	return object_retain(event, &event_ops);
}

cl_int CL_API_CALL clReleaseEvent(cl_event event)
{
	return object_release(event, &event_ops);
}

/* Asking is also what makes a queue look at its fence, so that a polling application gets on. */
static cl_int poll_status(cl_event event)
{
	if (event->queue && event_status(event) > CL_COMPLETE)
		queue_poll(event->queue);
	return event_status(event);
}

cl_int CL_API_CALL clGetEventInfo(cl_event event, cl_event_info param_name, size_t param_value_size,
				  void *param_value, size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!event_valid(event))
		return CL_INVALID_EVENT;
	switch (param_name) {
	case CL_EVENT_COMMAND_QUEUE:
		return info_pointer(&out, event->queue);
	case CL_EVENT_CONTEXT:
		return info_pointer(&out, event->context);
	case CL_EVENT_COMMAND_TYPE:
		return info_uint(&out, event->type);
	case CL_EVENT_COMMAND_EXECUTION_STATUS:
		return info_int(&out, poll_status(event));
	case CL_EVENT_REFERENCE_COUNT:
		return info_uint(&out, object_refs(&event->o));
	default:
		return CL_INVALID_VALUE;
	}
}

cl_int CL_API_CALL clGetEventProfilingInfo(cl_event event, cl_profiling_info param_name,
					   size_t param_value_size, void *param_value,
					   size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!event_valid(event))
		return CL_INVALID_EVENT;
	if (param_name < CL_PROFILING_COMMAND_QUEUED || param_name > CL_PROFILING_COMMAND_COMPLETE)
		return CL_INVALID_VALUE;
	if (!event->queue || !queue_profiles(event->queue) || poll_status(event) != CL_COMPLETE)
		return CL_PROFILING_INFO_NOT_AVAILABLE;
	switch (param_name) {
	case CL_PROFILING_COMMAND_QUEUED:
		return info_ulong(&out, event->times.queued);
	case CL_PROFILING_COMMAND_SUBMIT:
		return info_ulong(&out, event->times.submit);
	case CL_PROFILING_COMMAND_START:
		return info_ulong(&out, event->times.start);
	default: /* CL_PROFILING_COMMAND_END and _COMPLETE: no command has commands of its own */
		return info_ulong(&out, event->times.end);
	}
}

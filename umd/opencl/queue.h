/* SPDX-License-Identifier: MIT */
/*
 * queue.h - a cl_command_queue, in-order or out-of-order.
 *
 * A command goes through three lists. @pending: not handed to the device, because an earlier
 * command of the CPU or an event holds it up. @inflight: in the open batch or submitted. @retired:
 * complete, its event final, but nobody told yet; the next thread to give up the lock takes the
 * list and tells.
 *
 * What is issued runs in the order of issue, in both kinds. Out of order, a pending command is
 * issued when its own wait list allows it, past others that still wait; barriers, and markers
 * without a wait list, keep their places.
 *
 * Nothing drives a queue in the background as long as the application waits for it. A helper thread
 * is started when somebody else must be told: a callback, a queue waiting for an event, a command
 * held up when its enqueue returned (so is a large transfer that does not block, because the copy
 * is the CPU's), what collects while the device has enough to do, or a queue released with work
 * in flight.
 *
 * Locks: one lock per queue; a thread holds at most one of them, and no application code and no
 * wait for an event runs under it. Under it only leaf locks are taken (event.c, callback.c,
 * replay.c). It is held while a piece of staging (at most STAGING_PIECE_MAX bytes) is copied, while
 * the host is asked whether the device lives or what a kernel printed, which is written to the
 * standard output, and while waiting for the device to free a command slot or staging: the device
 * needs no lock of ours to get on.
 */
#ifndef OPENCL_QUEUE_H
#define OPENCL_QUEUE_H

#include <pthread.h>

#include "batch.h"
#include "command.h"
#include "context.h"
#include "load.h"
#include "pace.h"
#include "staging.h"

/* CL_QUEUE_PROPERTIES, its value, and the zero: nothing else can be in a list that is accepted. */
#define QUEUE_LIST_MAX 3

/**
 * struct _cl_command_queue - see above; what is not marked immutable is guarded by @lock.
 * @context, @device, @properties: immutable; the context, which is held, holds the device
 * @list, @list_count: immutable; what clCreateCommandQueueWithProperties() was given
 * @changed: with @lock: something happened that a driver of the queue may be waiting for
 * @unsent: first command in flight that has not been submitted
 * @last: command whose packet is the last in the open batch; NULL: that is no command's own
 * @load: what is in the open batch
 * @pace: what a packet takes that is no kernel
 * @guarded: the helper sees to it that the open batch is submitted before the device runs dry
 * @host_busy: a thread runs a host command
 * @watched: events in this queue that the helper is to see through
 * @helper: the helper thread runs
 * @held_up: it sleeps until an event kicks the queue, which is in order with nothing in flight
 * @closing: the application has released the queue
 * @last_end: end of the command that was profiled last, 0: none
 * @checked_ns: when the device was last asked whether it is alive
 */
struct _cl_command_queue {
	struct object o;
	cl_context context;
	cl_device_id device;
	cl_command_queue_properties properties;
	cl_queue_properties list[QUEUE_LIST_MAX];
	size_t list_count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct batch batch;
	struct staging staging;
	struct command_list pending;
	struct command_list inflight;
	struct command_list retired;
	struct command *unsent;
	struct command *last;
	struct load load;
	struct pace pace;
	bool guarded;
	bool host_busy;
	bool helper;
	bool held_up;
	bool closing;
	uint32_t watched;
	uint64_t last_end;
	uint64_t checked_ns;
};

extern const struct object_ops queue_ops;

static inline bool queue_valid(cl_command_queue queue)
{
	return object_valid(queue, &queue_ops);
}

/** queue_profiles() - was the queue created with CL_QUEUE_PROFILING_ENABLE? */
static inline bool queue_profiles(const struct _cl_command_queue *queue)
{
	return queue->properties & CL_QUEUE_PROFILING_ENABLE;
}

/** queue_reorders() - was the queue created with CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE? */
static inline bool queue_reorders(const struct _cl_command_queue *queue)
{
	return queue->properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;
}

/** queue_create() - a queue of @context on one of its devices; *@ret_err is CL_SUCCESS or why there
 * is none. */
cl_command_queue queue_create(cl_context context, cl_device_id device,
			      cl_command_queue_properties properties, cl_int *ret_err);

/** queue_check() - the checks that all clEnqueue* share: queue, wait list, a context that lives. */
cl_int queue_check(cl_command_queue queue, cl_uint wait_count, const cl_event *waits);

/**
 * queue_push() - take over @c: issue it, or keep it pending.
 * @blocking: return when it is complete; it has an event then
 */
void queue_push(struct command *c, bool blocking);

/**
 * queue_add_packet() - for commands of several packets (@prepare): one more into the batch. Queue
 * locked.
 * @profile: wanted: the times of the packet
 *
 * Return: as batch_add(); NULL also when the device is lost.
 */
const struct dxg_cmd_profile *queue_add_packet(cl_command_queue queue, const void *packet,
					       uint32_t size, bool profile);

/**
 * queue_add_command() - put @c in flight, with its packet if it has any. Queue locked.
 * @profile: wanted: the times of the packet
 */
void queue_add_command(struct command *c, bool profile);

/** queue_submit() - submit what is in the open batch, now. */
void queue_submit(cl_command_queue queue);

/** queue_flush() - see to it that what is in the open batch is submitted before the device is idle.
 */
void queue_flush(cl_command_queue queue);

/** queue_wait() - block until @event, of this queue, is final. */
void queue_wait(cl_command_queue queue, cl_event event);

/** queue_finish() - block until the queue is empty. */
void queue_finish(cl_command_queue queue);

/** queue_poll() - complete what the device has done, issue what can be; never blocks for long. */
void queue_poll(cl_command_queue queue);

/** queue_watch() - have the helper see @event through, and flush. */
void queue_watch(cl_command_queue queue, cl_event event);

/** queue_kick() - an event that this queue may be waiting for is final. */
void queue_kick(cl_command_queue queue);

/** queue_close() - the application gave the queue up: flush, and see the rest through without it.
 */
void queue_close(cl_command_queue queue);

/**
 * queue_send_packet() - for host commands (@run): hand the device one packet.
 *
 * Return: the value for queue_await().
 */
uint64_t queue_send_packet(cl_command_queue queue, const void *packet, uint32_t size);

/**
 * queue_await() - for host commands: block until the device has done a packet and those before it.
 *
 * Return: 0, or a negative errno when the device is lost.
 */
int queue_await(cl_command_queue queue, uint64_t value);

#endif

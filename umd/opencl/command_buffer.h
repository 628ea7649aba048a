/* SPDX-License-Identifier: MIT */
/*
 * command_buffer.h - a cl_command_buffer_khr: commands of one packet each, which are recorded once
 * and then enqueued together as often as wanted (replay.c).
 *
 * A recorded command is a struct command that stays here instead of going to a queue. It was
 * checked when it was recorded, and holds what its packet names for as long as the command buffer
 * lives. Packets run in the order in which they were recorded, so that a sync point is a number and
 * a barrier is no packet at all.
 *
 * Lock: @lock, a leaf, also under the lock of a queue. What is recorded is immutable once
 * @finalized.
 */
#ifndef OPENCL_COMMAND_BUFFER_H
#define OPENCL_COMMAND_BUFFER_H

#include <CL/cl_ext.h>
#include <pthread.h>

#include "command.h"

/* CL_COMMAND_BUFFER_FLAGS_KHR, its value, and the zero: nothing else is in a list that is accepted.
 */
#define COMMAND_BUFFER_LIST_MAX 3

struct replay;

/**
 * struct _cl_command_buffer_khr - see above; what is not marked immutable is guarded by @lock.
 * @queue: immutable; one reference of the application's kind: it stays valid
 * @list, @list_count: immutable; the properties as given, with the final zero
 * @simultaneous: immutable; may be pending more than once
 * @commands, @last: what was recorded; barriers are left out
 * @points: sync points so far, numbered from 1
 * @prints: some command prints
 * @replays: those that are pending
 */
struct _cl_command_buffer_khr {
	struct object o;
	struct _cl_command_queue *queue;
	cl_command_buffer_properties_khr list[COMMAND_BUFFER_LIST_MAX];
	size_t list_count;
	bool simultaneous;
	pthread_mutex_t lock;
	bool finalized;
	bool prints;
	cl_uint points;
	struct command_list commands;
	struct command *last;
	struct replay *replays;
};

extern const struct object_ops command_buffer_ops;

static inline bool command_buffer_valid(cl_command_buffer_khr buffer)
{
	return object_valid(buffer, &command_buffer_ops);
}

/** struct recording - the arguments that all clCommand*KHR share. @e: zero */
struct recording {
	struct enqueue e;
	cl_command_buffer_khr buffer;
	struct _cl_command_queue *queue;
	cl_uint wait_count;
	const cl_sync_point_khr *waits;
	cl_sync_point_khr *point_ret;
	cl_mutable_command_khr *handle_ret;
};

/** RECORDING - a struct recording of the arguments as all clCommand*KHR here name them. */
#define RECORDING                                                                               \
	{                                                                                       \
		{ 0 }, command_buffer, command_queue, num_sync_points, sync_points, sync_point, \
			mutable_handle                                                          \
	}

/** recording_queue() - whose commands are recorded; NULL without a valid command buffer. */
static inline struct _cl_command_queue *recording_queue(const struct recording *r)
{
	return command_buffer_valid(r->buffer) ? r->buffer->queue : NULL;
}

/** recording_check() - the checks that all clCommand*KHR share. */
cl_int recording_check(const struct recording *r);

/** recording_add() - record @c, which is the command buffer's from here on, even on error; or only
 * a sync point (NULL).
 */
cl_int recording_add(const struct recording *r, struct command *c);

/** replay_pending() - is it pending? Looks at the queue that it is pending in. No locks held. */
bool replay_pending(cl_command_buffer_khr buffer);

#endif

// SPDX-License-Identifier: MIT
/*
 * replay.c - clEnqueueCommandBufferKHR: the packets of a command buffer once more, copied into the
 * batch of a queue as one command. Nothing is checked again and nothing is allocated per packet.
 *
 * The last packet is the command's own; the others are put before it when its turn has come. Where
 * somebody may ask when it started, the first packet is a command in flight of its own (struct
 * lead): the batch may reuse the slot with its times before the last one is done.
 *
 * Locks: a replay is on its command buffer's list, under that one's lock, until it is over; the
 * rest as any command (command.h).
 */
#include <stdlib.h>

#include "command_buffer.h"
#include "dxgwire/cmd.h"
#include "entry.h"
#include "queue.h"

struct replay;

/** struct lead - the first of several packets; its @replay is behind it in the queue. */
struct lead {
	struct command c;
	struct replay *replay;
};

/**
 * struct replay - one enqueue of a command buffer.
 * @buffer: held as one of the command's objects
 * @next, @prev: buffer's lock; @prev NULL when it is not on the list
 * @lead: not issued yet; NULL for none
 * @led: @whole.start_ns is known
 * @whole: from the start of the first packet to the end of the last
 */
struct replay {
	struct command c;
	cl_command_buffer_khr buffer;
	struct replay *next;
	struct replay **prev;
	struct lead *lead;
	bool led;
	struct dxg_cmd_profile whole;
};

/* ---- the command buffer's list ---- */

static bool link_replay(struct replay *r)
{
	cl_command_buffer_khr buffer = r->buffer;
	bool may;

	pthread_mutex_lock(&buffer->lock);
	may = buffer->simultaneous || !buffer->replays;
	if (may) {
		r->next = buffer->replays;
		r->prev = &buffer->replays;
		if (r->next)
			r->next->prev = &r->next;
		buffer->replays = r;
	}
	pthread_mutex_unlock(&buffer->lock);
	return may;
}

static void unlink_replay(struct replay *r)
{
	pthread_mutex_lock(&r->buffer->lock);
	if (r->prev) {
		*r->prev = r->next;
		if (r->next)
			r->next->prev = r->prev;
		r->prev = NULL;
	}
	pthread_mutex_unlock(&r->buffer->lock);
}

/* A queue that it is pending in, held; or NULL. */
static cl_command_queue pending_queue(cl_command_buffer_khr buffer)
{
	cl_command_queue queue;

	pthread_mutex_lock(&buffer->lock);
	queue = buffer->replays ? object_hold(buffer->replays->c.queue) : NULL;
	pthread_mutex_unlock(&buffer->lock);
	return queue;
}

bool replay_pending(cl_command_buffer_khr buffer)
{
	cl_command_queue queue = pending_queue(buffer);
	bool pending;

	if (!queue)
		return false;
	queue_poll(queue);
	object_drop(queue);
	pthread_mutex_lock(&buffer->lock);
	pending = buffer->replays;
	pthread_mutex_unlock(&buffer->lock);
	return pending;
}

/* ---- the command ---- */

static void lead_finish(struct command *c)
{
	struct replay *r = ((struct lead *)c)->replay;

	r->whole.start_ns = c->profile->start_ns;
	r->led = true;
}

/*
 * Packets that do not fit the open slot submit it. When that happens the command has been handed to
 * the device in parts, from now on.
 */
static int put_packets(struct command *c)
{
	struct replay *r = (struct replay *)c;
	const struct command *at = r->buffer->commands.head;
	uint64_t now = monotonic_ns(), first = UINT64_MAX;

	if (r->lead) {
		queue_add_command(&r->lead->c, true);
		first = r->lead->c.fence_value;
		r->lead = NULL;
		at = at->next;
	}
	for (; at != r->buffer->last; at = at->next)
		queue_add_packet(c->queue, at->packet, at->packet_size, false);
	if (first <= c->queue->batch.submitted)
		c->times.submit = now;
	return 0;
}

static void over(struct command *c)
{
	struct replay *r = (struct replay *)c;

	if (r->led && c->profile) {
		r->whole.end_ns = c->profile->end_ns;
		c->profile = &r->whole;
	}
	unlink_replay(r);
}

static void destroy(struct command *c)
{
	struct replay *r = (struct replay *)c;

	if (r->lead)
		command_destroy(&r->lead->c);
	unlink_replay(r);
}

static const struct command_ops lead_ops = { .finish = lead_finish };
static const struct command_ops replay_ops = {
	.prepare = put_packets,
	.over = over,
	.destroy = destroy,
};
static const struct command_ops empty_ops = { .over = over, .destroy = destroy };

static void take_packet(struct command *to, const struct command *from)
{
	to->packet = from->packet;
	to->packet_size = from->packet_size;
}

static struct lead *create_lead(struct replay *r)
{
	struct command_shape shape = { .object_size = sizeof(struct lead) };
	struct lead *lead = command_create(r->c.queue, &lead_ops, &shape, 0);

	if (!lead)
		return NULL;
	take_packet(&lead->c, r->buffer->commands.head);
	lead->replay = r;
	return lead;
}

/* A command buffer without packets is a marker. */
static struct replay *create_empty(cl_command_queue queue)
{
	struct command_shape shape = { sizeof(struct replay), sizeof(struct dxg_cmd_barrier), 1 };
	struct replay *r = command_create(queue, &empty_ops, &shape, DXG_CMD_BARRIER);

	if (r)
		r->c.marker = true;
	return r;
}

static struct replay *create_full(cl_command_queue queue, const struct command *last)
{
	struct command_shape shape = { .object_size = sizeof(struct replay), .use_room = 1 };
	struct replay *r = command_create(queue, &replay_ops, &shape, 0);

	if (r)
		take_packet(&r->c, last);
	return r;
}

static struct replay *create(cl_command_queue queue, cl_command_buffer_khr buffer, bool timed)
{
	struct replay *r = buffer->last ? create_full(queue, buffer->last) : create_empty(queue);

	if (!r)
		return NULL;
	r->buffer = buffer;
	command_use(&r->c, buffer);
	r->c.prints = buffer->prints;
	if (!timed || buffer->commands.head == buffer->last)
		return r;
	r->lead = create_lead(r);
	if (r->lead)
		return r;
	command_destroy(&r->c);
	return NULL;
}

/* ---- clEnqueueCommandBufferKHR ---- */

static cl_int check_queue(cl_command_buffer_khr buffer, cl_command_queue queue)
{
	const struct _cl_command_queue *own = buffer->queue;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (queue->context != own->context)
		return CL_INVALID_CONTEXT;
	return queue->device == own->device && queue->properties == own->properties
		       ? CL_SUCCESS
		       : CL_INCOMPATIBLE_COMMAND_QUEUE_KHR;
}

static cl_int check_state(cl_command_buffer_khr buffer)
{
	bool finalized;

	pthread_mutex_lock(&buffer->lock);
	finalized = buffer->finalized;
	pthread_mutex_unlock(&buffer->lock);
	if (!finalized || (!buffer->simultaneous && replay_pending(buffer)))
		return CL_INVALID_OPERATION;
	return CL_SUCCESS;
}

cl_int CL_API_CALL clEnqueueCommandBufferKHR(cl_uint num_queues, cl_command_queue *queues,
					     cl_command_buffer_khr command_buffer,
					     cl_uint num_events_in_wait_list,
					     const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_COMMAND_BUFFER_KHR, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	cl_command_queue queue;
	struct replay *r;
	cl_int err;

	if (!command_buffer_valid(command_buffer))
		return CL_INVALID_COMMAND_BUFFER_KHR;
	if (num_queues > 1 || !num_queues != !queues)
		return CL_INVALID_VALUE;
	queue = queues ? queues[0] : command_buffer->queue;
	err = check_queue(command_buffer, queue);
	if (err == CL_SUCCESS)
		err = check_state(command_buffer);
	if (err == CL_SUCCESS)
		err = command_check(queue, &e);
	if (err != CL_SUCCESS)
		return err;
	r = create(queue, command_buffer, event && queue_profiles(queue));
	if (!r)
		return CL_OUT_OF_HOST_MEMORY;
	if (link_replay(r))
		return command_enqueue(&r->c, &e);
	command_destroy(&r->c);
	return CL_INVALID_OPERATION;
}

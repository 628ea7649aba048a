// SPDX-License-Identifier: MIT
/*
 * command.c - building and freeing commands, and the one way by which all of them enter a queue.
 */
#include "command.h"

#include <stdlib.h>

#include "command_buffer.h"
#include "dxgwire/cmd.h"
#include "queue.h"

void *command_create(struct _cl_command_queue *queue, const struct command_ops *ops,
		     const struct command_shape *shape, uint16_t opcode)
{
	size_t object = (shape->object_size + 7) & ~(size_t)7;
	size_t uses = shape->use_room * sizeof(struct object *);
	struct command *c = calloc(1, object + shape->packet_size + uses);

	if (!c)
		return NULL;
	c->ops = ops;
	c->queue = object_hold(queue);
	c->units = 1;
	c->uses = (struct object **)((char *)c + object + shape->packet_size);
	if (shape->packet_size) {
		struct dxg_cmd_header *h = (void *)((char *)c + object);

		h->opcode = opcode;
		h->size = (uint32_t)shape->packet_size;
		c->packet = h;
		c->packet_size = h->size;
	}
	return c;
}

void command_use(struct command *c, void *object)
{
	c->uses[c->use_count++] = object_hold(object);
}

void command_destroy(struct command *c)
{
	if (c->ops->destroy)
		c->ops->destroy(c);
	for (uint32_t i = 0; i < c->use_count; i++)
		object_drop(c->uses[i]);
	for (cl_uint i = 0; i < c->wait_count; i++)
		object_drop(c->waits[i]);
	free(c->waits);
	object_drop(c->event);
	object_drop(c->queue);
	free(c);
}

static cl_int take_waits(struct command *c, const struct enqueue *e)
{
	if (!e->wait_count)
		return CL_SUCCESS;
	c->waits = calloc(e->wait_count, sizeof(*c->waits));
	if (!c->waits)
		return CL_OUT_OF_HOST_MEMORY;
	for (cl_uint i = 0; i < e->wait_count; i++)
		c->waits[c->wait_count++] = object_hold(e->waits[i]);
	return CL_SUCCESS;
}

static cl_int take_event(struct command *c, const struct enqueue *e)
{
	if (!e->event_ret && !e->blocking)
		return CL_SUCCESS;
	c->event = event_create(c->queue->context, c->queue, e->type);
	if (!c->event)
		return CL_OUT_OF_HOST_MEMORY;
	c->event->host_step = c->ops->run || c->ops->finish;
	return CL_SUCCESS;
}

cl_int command_check(struct _cl_command_queue *queue, const struct enqueue *e)
{
	if (!e->type)
		return recording_check((const struct recording *)e);
	return queue_check(queue, e->wait_count, e->waits);
}

/*
 * The event has one hold for its one reference. The command takes a hold of its own; if nobody
 * outside gets the event, that reference is given up again.
 */
cl_int command_enqueue(struct command *c, const struct enqueue *e)
{
	cl_event event;
	cl_int err;

	if (!e->type)
		return recording_add((const struct recording *)e, c);
	err = take_waits(c, e);
	if (err == CL_SUCCESS)
		err = take_event(c, e);
	if (err != CL_SUCCESS) {
		command_destroy(c);
		return err;
	}
	event = c->event ? object_hold(c->event) : NULL;
	if (e->event_ret)
		*e->event_ret = event;
	queue_push(c, e->blocking);
	if (e->blocking && event_status(event) < 0) {
		err = event_status(event);
		if (e->event_ret)
			*e->event_ret = NULL;
		object_release(event, &event_ops);
		return err;
	}
	if (event && !e->event_ret)
		object_release(event, &event_ops);
	return CL_SUCCESS;
}

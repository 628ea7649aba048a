/* SPDX-License-Identifier: MIT */
/*
 * command.h - one enqueued command on its way through a queue, or a recorded one, which stays in
 * its command buffer (command_buffer.h).
 *
 * There are two kinds. A device command is a packet for the command buffer, with optional work of
 * the CPU before (@prepare) and after it (@finish). A host command is a function of the CPU (@run)
 * that starts when everything handed to the device before it is done; nothing is issued while it
 * runs.
 *
 * A command belongs to the thread that builds it, then to its queue (lock of the queue), then to
 * the thread that takes it off the retired list. It holds its queue, its event, the events it waits
 * for and every object that its packet names.
 */
#ifndef OPENCL_COMMAND_H
#define OPENCL_COMMAND_H

#include "event.h"
#include "pace.h"

struct command;

/**
 * struct command_ops - one const table per kind of command; all but @run exclude @run.
 * @prepare: device command, optional: right before the packet is copied into the command buffer.
 *           Queue locked. -EAGAIN: not now, call again when a submission is done.
 * @finish: device command, optional: the device is done, complete the command. Queue locked, must
 *          not block. Not called when the device was lost.
 * @over: device command, optional: complete or failed, and its event is about to tell. Queue
 * locked, must not block.
 * @run: host command: do it; returns CL_COMPLETE or an error. Queue not locked, may block.
 * @destroy: optional: free what the command owns beyond the common part. No locks.
 */
struct command_ops {
	int (*prepare)(struct command *c);
	void (*finish)(struct command *c);
	void (*over)(struct command *c);
	cl_int (*run)(struct command *c);
	void (*destroy)(struct command *c);
};

/**
 * struct command - first field of every kind of command.
 * @waits: events it waits for, held
 * @host_deps: its events must be complete for the host, not only for the device
 * @marker: the packet only stamps a time: left out when nobody will ask, or nothing is in flight
 * @prints: when it is done, the host is asked what was printed
 * @lengthy: host command of many bytes: who enqueues it and does not wait for it does not run it
 * @after_all: out of order: everything enqueued before it comes first
 * @before_all: out of order: nothing enqueued after it may start before it is issued
 * @waiting_for: queue lock: the event whose end will kick the queue
 * @uses: objects held until the command is done
 * @packet: what goes into the command buffer; NULL if nothing does
 * @fence_value: fence value that tells that it is done; known when issued
 * @profile: where the device writes start and end; NULL if it does not
 * @measured: the same, or where it does because the queue wants to know
 * @pace: how long its packet takes, by @units; NULL: like other packets of the queue
 */
struct command {
	struct command *next;
	const struct command_ops *ops;
	struct _cl_command_queue *queue;
	cl_event event;
	cl_event *waits;
	cl_uint wait_count;
	bool host_deps;
	bool marker;
	bool prints;
	bool lengthy;
	bool after_all;
	bool before_all;
	cl_event waiting_for;
	uint32_t use_count;
	struct object **uses;
	void *packet;
	uint32_t packet_size;
	uint64_t fence_value;
	const struct dxg_cmd_profile *profile;
	const struct dxg_cmd_profile *measured;
	struct pace *pace;
	uint64_t units;
	struct event_times times;
};

/** struct command_list - singly linked, in order. */
struct command_list {
	struct command *head;
	struct command **tail;
};

static inline void command_list_init(struct command_list *list)
{
	list->head = NULL;
	list->tail = &list->head;
}

static inline void command_list_add(struct command_list *list, struct command *c)
{
	c->next = NULL;
	*list->tail = c;
	list->tail = &c->next;
}

/** command_list_take() - take off the command that *@at points to: list->head or some next. */
static inline struct command *command_list_take(struct command_list *list, struct command **at)
{
	struct command *c = *at;

	*at = c->next;
	if (!*at)
		list->tail = at;
	return c;
}

static inline struct command *command_list_pop(struct command_list *list)
{
	return command_list_take(list, &list->head);
}

/** struct command_shape - how large a command is going to be. */
struct command_shape {
	size_t object_size; /* of the structure that embeds struct command */
	size_t packet_size; /* multiple of 8; 0 for none */
	uint32_t use_room; /* objects that command_use() may name */
};

/**
 * command_create() - a zeroed command of @queue; its packet's header is filled in.
 * @opcode: enum dxg_cmd_opcode, ignored without a packet
 */
void *command_create(struct _cl_command_queue *queue, const struct command_ops *ops,
		     const struct command_shape *shape, uint16_t opcode);

/** command_use() - hold an object until the command is done. */
void command_use(struct command *c, void *object);

/** command_destroy() - free a command that never got to its queue, or is done. No locks held. */
void command_destroy(struct command *c);

/**
 * struct enqueue - the arguments that all clEnqueue* share.
 * @type: CL_COMMAND_*; 0: the command is recorded, and this is the first field of a struct
 * recording
 */
struct enqueue {
	cl_command_type type;
	cl_bool blocking;
	cl_uint wait_count;
	const cl_event *waits;
	cl_event *event_ret;
};

/** command_check() - the checks that all commands share, before anything else is looked at. */
cl_int command_check(struct _cl_command_queue *queue, const struct enqueue *e);

/**
 * command_enqueue() - hand @c to its queue, or to the command buffer that it is recorded in, whose
 * it is from here on, even on error.
 * @e: checked by the caller (command_check())
 *
 * Return: CL_SUCCESS, or what a blocking command ended with.
 */
cl_int command_enqueue(struct command *c, const struct enqueue *e);

#endif

// SPDX-License-Identifier: MIT
/*
 * sync.c - markers, barriers, and migration, which on one device is a marker that only looks at its
 * wait list. In an in-order queue they are all the same thing: each holds up everything behind it.
 */
#include "buffer.h"
#include "command_buffer.h"
#include "dxgwire/cmd.h"
#include "entry.h"
#include "queue.h"

static const struct command_ops marker_ops = { 0 };

static cl_int marker_enqueue(cl_command_queue queue, const struct enqueue *e)
{
	bool migrates = e->type == CL_COMMAND_MIGRATE_MEM_OBJECTS;
	struct command_shape shape = {
		.object_size = sizeof(struct command),
		.packet_size = sizeof(struct dxg_cmd_barrier),
	};
	struct command *c = command_create(queue, &marker_ops, &shape, DXG_CMD_BARRIER);

	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	c->marker = true;
	c->after_all = !migrates && !e->wait_count;
	c->before_all = e->type == CL_COMMAND_BARRIER;
	return command_enqueue(c, e);
}

static cl_int checked_marker(cl_command_queue queue, const struct enqueue *e)
{
	cl_int err = queue_check(queue, e->wait_count, e->waits);

	return err == CL_SUCCESS ? marker_enqueue(queue, e) : err;
}

cl_int CL_API_CALL clEnqueueMarkerWithWaitList(cl_command_queue queue,
					       cl_uint num_events_in_wait_list,
					       const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_MARKER, CL_FALSE, num_events_in_wait_list, event_wait_list,
			     event };

	return checked_marker(queue, &e);
}

cl_int CL_API_CALL clEnqueueBarrierWithWaitList(cl_command_queue queue,
						cl_uint num_events_in_wait_list,
						const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_BARRIER, CL_FALSE, num_events_in_wait_list, event_wait_list,
			     event };

	return checked_marker(queue, &e);
}

/* What is recorded runs in order as it is. */
cl_int CL_API_CALL clCommandBarrierWithWaitListKHR(cl_command_buffer_khr command_buffer,
						   cl_command_queue command_queue,
						   cl_uint num_sync_points,
						   const cl_sync_point_khr *sync_points,
						   cl_sync_point_khr *sync_point,
						   cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;
	cl_int err = recording_check(&r);

	return err == CL_SUCCESS ? recording_add(&r, NULL) : err;
}

cl_int CL_API_CALL clEnqueueMarker(cl_command_queue queue, cl_event *event)
{
	struct enqueue e = { .type = CL_COMMAND_MARKER, .event_ret = event };

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	return event ? checked_marker(queue, &e) : CL_INVALID_VALUE;
}

cl_int CL_API_CALL clEnqueueBarrier(cl_command_queue queue)
{
	struct enqueue e = { .type = CL_COMMAND_BARRIER };

	return checked_marker(queue, &e);
}

cl_int CL_API_CALL clEnqueueWaitForEvents(cl_command_queue queue, cl_uint num_events,
					  const cl_event *event_list)
{
	struct enqueue e = { .type = CL_COMMAND_BARRIER,
			     .wait_count = num_events,
			     .waits = event_list };
	cl_int err;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (!num_events || !event_list)
		return CL_INVALID_VALUE;
	err = checked_marker(queue, &e);
	return err == CL_INVALID_EVENT_WAIT_LIST ? CL_INVALID_EVENT : err;
}

cl_int CL_API_CALL clEnqueueMigrateMemObjects(cl_command_queue queue, cl_uint num_mem_objects,
					      const cl_mem *mem_objects,
					      cl_mem_migration_flags flags,
					      cl_uint num_events_in_wait_list,
					      const cl_event *event_wait_list, cl_event *event)
{
	const cl_mem_migration_flags known = CL_MIGRATE_MEM_OBJECT_HOST |
					     CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED;
	struct enqueue e = { CL_COMMAND_MIGRATE_MEM_OBJECTS, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (!num_mem_objects || !mem_objects || (flags & ~known))
		return CL_INVALID_VALUE;
	for (cl_uint i = 0; i < num_mem_objects; i++) {
		if (!mem_valid(mem_objects[i]))
			return CL_INVALID_MEM_OBJECT;
		if (mem_objects[i]->context != queue->context)
			return CL_INVALID_CONTEXT;
	}
	return checked_marker(queue, &e);
}

// SPDX-License-Identifier: MIT
/*
 * command_buffer.c - command buffers as objects: creation, recording, finalization, queries. The
 * functions that record one kind of command are beside those that enqueue it.
 */
#include "command_buffer.h"

#include <stdlib.h>

#include "entry.h"
#include "info.h"
#include "queue.h"

#define COMMAND_BUFFER_MAGIC 0x43425546u

/* Every replay holds its command buffer, so there is none left. */
static void destroy(struct object *o)
{
	struct _cl_command_buffer_khr *buffer = (struct _cl_command_buffer_khr *)o;

	while (buffer->commands.head)
		command_destroy(command_list_pop(&buffer->commands));
	pthread_mutex_destroy(&buffer->lock);
	object_release(buffer->queue, &queue_ops);
	free(buffer);
}

const struct object_ops command_buffer_ops = {
	.magic = COMMAND_BUFFER_MAGIC,
	.invalid = CL_INVALID_COMMAND_BUFFER_KHR,
	.destroy = destroy,
};

/* @ret_count: elements with the final zero; 0 without a list. */
static cl_int parse_properties(const cl_command_buffer_properties_khr *list,
			       cl_command_buffer_flags_khr *flags, size_t *ret_count)
{
	size_t n = 0;

	for (; list && list[n]; n += 2) {
		if (list[n] != CL_COMMAND_BUFFER_FLAGS_KHR || n)
			return CL_INVALID_VALUE;
		*flags = list[n + 1];
	}
	if (*flags & ~(cl_command_buffer_flags_khr)CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR)
		return CL_INVALID_VALUE;
	*ret_count = list ? n + 1 : 0;
	return CL_SUCCESS;
}

static cl_command_buffer_khr create(cl_command_queue queue,
				    const cl_command_buffer_properties_khr *list, cl_int *ret_err)
{
	cl_command_buffer_flags_khr flags = 0;
	struct _cl_command_buffer_khr *buffer;
	size_t n = 0;

	*ret_err = parse_properties(list, &flags, &n);
	if (*ret_err != CL_SUCCESS)
		return NULL;
	buffer = calloc(1, sizeof(*buffer));
	*ret_err = buffer ? CL_SUCCESS : CL_OUT_OF_HOST_MEMORY;
	if (!buffer)
		return NULL;
	object_init(&buffer->o, &command_buffer_ops);
	object_retain(queue, &queue_ops);
	buffer->queue = queue;
	buffer->simultaneous = flags & CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR;
	buffer->list_count = n;
	if (n)
		memcpy(buffer->list, list, n * sizeof(*list));
	pthread_mutex_init(&buffer->lock, NULL);
	command_list_init(&buffer->commands);
	return buffer;
}

cl_command_buffer_khr CL_API_CALL
clCreateCommandBufferKHR(cl_uint num_queues, const cl_command_queue *queues,
			 const cl_command_buffer_properties_khr *properties, cl_int *errcode_ret)
{
	cl_command_buffer_khr buffer = NULL;
	cl_int err;

	if (num_queues != 1 || !queues)
		err = CL_INVALID_VALUE;
	else if (!queue_valid(queues[0]))
		err = CL_INVALID_COMMAND_QUEUE;
	else
		buffer = create(queues[0], properties, &err);
	set_error(errcode_ret, err);
	return buffer;
}

cl_int CL_API_CALL clRetainCommandBufferKHR(cl_command_buffer_khr command_buffer)
{
	return object_retain(command_buffer, &command_buffer_ops);
}

cl_int CL_API_CALL clReleaseCommandBufferKHR(cl_command_buffer_khr command_buffer)
{
	return object_release(command_buffer, &command_buffer_ops);
}

cl_int CL_API_CALL clFinalizeCommandBufferKHR(cl_command_buffer_khr command_buffer)
{
	bool again;

	if (!command_buffer_valid(command_buffer))
		return CL_INVALID_COMMAND_BUFFER_KHR;
	pthread_mutex_lock(&command_buffer->lock);
	again = command_buffer->finalized;
	command_buffer->finalized = true;
	pthread_mutex_unlock(&command_buffer->lock);
	return again ? CL_INVALID_OPERATION : CL_SUCCESS;
}

/* ---- recording ---- */

static cl_int check_locked(const struct recording *r)
{
	if (r->buffer->finalized)
		return CL_INVALID_OPERATION;
	for (cl_uint i = 0; i < r->wait_count; i++)
		if (!r->waits[i] || r->waits[i] > r->buffer->points)
			return CL_INVALID_SYNC_POINT_WAIT_LIST_KHR;
	return context_lost(r->buffer->queue->context) ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
}

cl_int recording_check(const struct recording *r)
{
	cl_int err;

	if (!command_buffer_valid(r->buffer))
		return CL_INVALID_COMMAND_BUFFER_KHR;
	if (r->queue)
		return CL_INVALID_COMMAND_QUEUE;
	if (r->handle_ret)
		return CL_INVALID_VALUE;
	if (!r->wait_count != !r->waits)
		return CL_INVALID_SYNC_POINT_WAIT_LIST_KHR;
	pthread_mutex_lock(&r->buffer->lock);
	err = check_locked(r);
	pthread_mutex_unlock(&r->buffer->lock);
	return err;
}

static void add_locked(cl_command_buffer_khr buffer, struct command *c)
{
	command_list_add(&buffer->commands, c);
	buffer->last = c;
	buffer->prints |= c->prints;
}

/* Another thread may have finalized it since recording_check(). */
cl_int recording_add(const struct recording *r, struct command *c)
{
	cl_command_buffer_khr buffer = r->buffer;
	bool late;

	pthread_mutex_lock(&buffer->lock);
	late = buffer->finalized;
	if (!late && c)
		add_locked(buffer, c);
	if (!late && r->point_ret)
		*r->point_ret = buffer->points + 1;
	if (!late)
		buffer->points++;
	pthread_mutex_unlock(&buffer->lock);
	if (late && c)
		command_destroy(c);
	return late ? CL_INVALID_OPERATION : CL_SUCCESS;
}

/* ---- queries ---- */

static cl_command_buffer_state_khr state_of(cl_command_buffer_khr buffer)
{
	bool finalized;

	pthread_mutex_lock(&buffer->lock);
	finalized = buffer->finalized;
	pthread_mutex_unlock(&buffer->lock);
	if (!finalized)
		return CL_COMMAND_BUFFER_STATE_RECORDING_KHR;
	return replay_pending(buffer) ? CL_COMMAND_BUFFER_STATE_PENDING_KHR
				      : CL_COMMAND_BUFFER_STATE_EXECUTABLE_KHR;
}

cl_int CL_API_CALL clGetCommandBufferInfoKHR(cl_command_buffer_khr command_buffer,
					     cl_command_buffer_info_khr param_name,
					     size_t param_value_size, void *param_value,
					     size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };
	cl_command_buffer_khr buffer = command_buffer;

	if (!command_buffer_valid(buffer))
		return CL_INVALID_COMMAND_BUFFER_KHR;
	switch (param_name) {
	case CL_COMMAND_BUFFER_NUM_QUEUES_KHR:
		return info_uint(&out, 1);
	case CL_COMMAND_BUFFER_QUEUES_KHR:
		return info_pointer(&out, buffer->queue);
	case CL_COMMAND_BUFFER_REFERENCE_COUNT_KHR:
		return info_uint(&out, object_refs(&buffer->o));
	case CL_COMMAND_BUFFER_STATE_KHR:
		return info_uint(&out, state_of(buffer));
	case CL_COMMAND_BUFFER_PROPERTIES_ARRAY_KHR:
		return info_bytes(&out, buffer->list, buffer->list_count * sizeof(buffer->list[0]));
	default:
		return CL_INVALID_VALUE;
	}
}

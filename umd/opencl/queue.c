// SPDX-License-Identifier: MIT
/*
 * queue.c - the cl_command_queue as an object: creation, destruction, queries, flush and finish.
 * What goes on inside is in queue_drive.c.
 */
#include "queue.h"

#include <stdlib.h>

#include "entry.h"
#include "info.h"

#define QUEUE_MAGIC 0x51554555u

/* Every command holds its queue, so there is none left. */
static void destroy(struct object *o)
{
	struct _cl_command_queue *queue = (struct _cl_command_queue *)o;

	batch_fini(&queue->batch);
	staging_fini(&queue->staging);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
	object_drop(queue->context);
	free(queue);
}

static void released(struct object *o)
{
	queue_close((struct _cl_command_queue *)o);
}

const struct object_ops queue_ops = {
	.magic = QUEUE_MAGIC,
	.invalid = CL_INVALID_COMMAND_QUEUE,
	.released = released,
	.destroy = destroy,
};

cl_command_queue queue_create(cl_context context, cl_device_id device,
			      cl_command_queue_properties properties, cl_int *ret_err)
{
	struct _cl_command_queue *queue = calloc(1, sizeof(*queue));
	int err;

	*ret_err = CL_OUT_OF_HOST_MEMORY;
	if (!queue)
		return NULL;
	object_init(&queue->o, &queue_ops);
	queue->context = object_hold(context);
	queue->device = device;
	queue->properties = properties;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->changed, NULL);
	command_list_init(&queue->pending);
	command_list_init(&queue->inflight);
	command_list_init(&queue->retired);
	err = batch_init(&queue->batch, context->vgpu, device);
	if (err < 0) {
		*ret_err = err == -ENOMEM ? CL_OUT_OF_RESOURCES : context_error(context, err);
		object_drop(queue);
		return NULL;
	}
	*ret_err = CL_SUCCESS;
	return queue;
}

cl_int queue_check(cl_command_queue queue, cl_uint wait_count, const cl_event *waits)
{
	cl_int err;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	err = event_list_check(queue->context, wait_count, waits);
	if (err != CL_SUCCESS)
		return err;
	return context_lost(queue->context) ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
}

static cl_int check_properties(cl_command_queue_properties properties)
{
	if (properties &
	    ~(cl_command_queue_properties)(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE |
					   CL_QUEUE_PROFILING_ENABLE | CL_QUEUE_ON_DEVICE |
					   CL_QUEUE_ON_DEVICE_DEFAULT))
		return CL_INVALID_VALUE;
	if ((properties & CL_QUEUE_ON_DEVICE_DEFAULT) && !(properties & CL_QUEUE_ON_DEVICE))
		return CL_INVALID_VALUE;
	/* Queues on the device: CL_DEVICE_MAX_ON_DEVICE_QUEUES is 0. */
	return properties & CL_QUEUE_ON_DEVICE ? CL_INVALID_QUEUE_PROPERTIES : CL_SUCCESS;
}

cl_command_queue CL_API_CALL clCreateCommandQueue(cl_context context, cl_device_id device,
						  cl_command_queue_properties properties,
						  cl_int *errcode_ret)
{
	cl_command_queue queue = NULL;
	cl_int err;

	if (!context_valid(context))
		err = CL_INVALID_CONTEXT;
	else if (!device_list_has(&context->devices, device))
		err = CL_INVALID_DEVICE;
	else
		err = check_properties(properties);
	if (err == CL_SUCCESS)
		queue = queue_create(context, device, properties, &err);
	set_error(errcode_ret, err);
	return queue;
}

/* @ret_count: elements with the final zero; 0 without a list. */
static cl_int parse_properties(const cl_queue_properties *list, cl_command_queue_properties *bits,
			       size_t *ret_count)
{
	bool seen = false;
	size_t n = 0;

	for (; list && list[n]; n += 2) {
		if (list[n] == CL_QUEUE_SIZE)
			return CL_INVALID_QUEUE_PROPERTIES;
		if (list[n] != CL_QUEUE_PROPERTIES || seen)
			return CL_INVALID_VALUE;
		*bits = list[n + 1];
		seen = true;
	}
	*ret_count = list ? n + 1 : 0;
	return CL_SUCCESS;
}

cl_command_queue CL_API_CALL
clCreateCommandQueueWithProperties(cl_context context, cl_device_id device,
				   const cl_queue_properties *properties, cl_int *errcode_ret)
{
	cl_command_queue_properties bits = 0;
	size_t n = 0;
	cl_int err = parse_properties(properties, &bits, &n);
	cl_command_queue queue;

	if (context_valid(context) && device_list_has(&context->devices, device) &&
	    err != CL_SUCCESS) {
		set_error(errcode_ret, err);
		return NULL;
	}
	queue = clCreateCommandQueue(context, device, bits, errcode_ret);
	if (queue && n) {
		queue->list_count = n;
		memcpy(queue->list, properties, n * sizeof(*properties));
	}
	return queue;
}

cl_int CL_API_CALL clSetDefaultDeviceCommandQueue(cl_context context, cl_device_id device,
						  cl_command_queue queue)
{
	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	if (!device_list_has(&context->devices, device))
		return CL_INVALID_DEVICE;
	/* Only a queue on the device could be one, and there are none. */
	return queue_valid(queue) ? CL_INVALID_OPERATION : CL_INVALID_COMMAND_QUEUE;
}

cl_int CL_API_CALL clRetainCommandQueue(cl_command_queue queue)
{
	return object_retain(queue, &queue_ops);
}

cl_int CL_API_CALL clReleaseCommandQueue(cl_command_queue queue)
{
	return object_release(queue, &queue_ops);
}

cl_int CL_API_CALL clGetCommandQueueInfo(cl_command_queue queue, cl_command_queue_info param_name,
					 size_t param_value_size, void *param_value,
					 size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	switch (param_name) {
	case CL_QUEUE_CONTEXT:
		return info_pointer(&out, queue->context);
	case CL_QUEUE_DEVICE:
		return info_pointer(&out, queue->device);
	case CL_QUEUE_REFERENCE_COUNT:
		return info_uint(&out, object_refs(&queue->o));
	case CL_QUEUE_PROPERTIES:
		return info_ulong(&out, queue->properties);
	case CL_QUEUE_PROPERTIES_ARRAY:
		return info_bytes(&out, queue->list, queue->list_count * sizeof(queue->list[0]));
	case CL_QUEUE_SIZE: /* of queues on the device only */
		return CL_INVALID_COMMAND_QUEUE;
	case CL_QUEUE_DEVICE_DEFAULT:
		return info_pointer(&out, NULL);
	default:
		return CL_INVALID_VALUE;
	}
}

/* Deprecated in 1.1, where it may refuse: properties are fixed at creation. */
cl_int CL_API_CALL clSetCommandQueueProperty(cl_command_queue queue,
					     cl_command_queue_properties properties, cl_bool enable,
					     cl_command_queue_properties *old_properties)
{
	(void)properties, (void)enable, (void)old_properties;
	return queue_valid(queue) ? CL_INVALID_OPERATION : CL_INVALID_COMMAND_QUEUE;
}

cl_int CL_API_CALL clFlush(cl_command_queue queue)
{
	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	queue_flush(queue);
	return context_lost(queue->context) ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
}

cl_int CL_API_CALL clFinish(cl_command_queue queue)
{
	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	queue_finish(queue);
	return context_lost(queue->context) ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
}

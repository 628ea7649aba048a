// SPDX-License-Identifier: MIT
/*
 * context.c - contexts.
 *
 * A context has exactly one virtual GPU, or parts of one: these have memories of their own, and
 * moving buffers between them behind the application's back is not carried. Creation by type
 * therefore takes the first device that matches (the specification allows a subset); a list of
 * devices of several virtual GPUs is refused.
 */
#include "context.h"

#include <stdio.h>
#include <stdlib.h>

#include "callback.h"
#include "entry.h"
#include "info.h"
#include "platform.h"

#define CONTEXT_MAGIC 0x434f4e54u

static void free_context(void *handle)
{
	struct _cl_context *context = handle;

	vgpu_close(context->vgpu);
	device_list_fini(&context->devices);
	pthread_mutex_destroy(&context->notify_lock);
	free(context->properties);
	free(context);
}

static void destroy(struct object *o)
{
	struct _cl_context *context = (struct _cl_context *)o;

	destructors_run(&context->destructors, context, free_context);
}

/* What the application gave us for its callback is its own again once this returns. */
static void released(struct object *o)
{
	struct _cl_context *context = (struct _cl_context *)o;

	pthread_mutex_lock(&context->notify_lock);
	pthread_mutex_unlock(&context->notify_lock);
}

const struct object_ops context_ops = {
	.magic = CONTEXT_MAGIC,
	.invalid = CL_INVALID_CONTEXT,
	.released = released,
	.destroy = destroy,
};

struct loss_callback {
	struct callback cb;
	struct _cl_context *context;
};

static void tell_loss(struct callback *cb)
{
	struct loss_callback *loss = (struct loss_callback *)cb;
	struct _cl_context *context = loss->context;
	char text[DXG_FAULT_TEXT_MAX + 64], fault[DXG_FAULT_TEXT_MAX];

	vgpu_fault(context->vgpu, fault, sizeof(fault));
	snprintf(text, sizeof(text), "opendxg: device lost: %s", fault);
	pthread_mutex_lock(&context->notify_lock);
	if (context_valid(context))
		context->notify(text, NULL, 0, context->user_data);
	pthread_mutex_unlock(&context->notify_lock);
	object_drop(context);
	free(loss);
}

void context_lose(struct _cl_context *context)
{
	struct loss_callback *loss;

	atomic_store(&context->vgpu->lost, true);
	if (atomic_exchange(&context->loss_told, true) || !context->notify)
		return;
	loss = calloc(1, sizeof(*loss));
	if (!loss)
		return;
	loss->cb.run = tell_loss;
	loss->context = object_hold(context);
	callback_post(&loss->cb);
}

cl_int context_error(struct _cl_context *context, int err)
{
	if (err == -ENOMEM)
		return CL_MEM_OBJECT_ALLOCATION_FAILURE;
	if (vgpu_check(context->vgpu))
		context_lose(context);
	return CL_OUT_OF_RESOURCES;
}

/* Platform and interop-user-sync are known; each may be there once. */
static cl_int check_property(const cl_context_properties *p)
{
	switch (p[0]) {
	case CL_CONTEXT_PLATFORM:
		return platform_valid((cl_platform_id)p[1]) ? CL_SUCCESS : CL_INVALID_PLATFORM;
	case CL_CONTEXT_INTEROP_USER_SYNC:
		return p[1] == CL_TRUE || p[1] == CL_FALSE ? CL_SUCCESS : CL_INVALID_PROPERTY;
	default:
		return CL_INVALID_PROPERTY;
	}
}

static cl_int check_properties(const cl_context_properties *list, size_t *ret_count)
{
	unsigned int seen = 0;
	size_t n = 0;

	for (; list && list[n]; n += 2) {
		unsigned int bit = list[n] == CL_CONTEXT_PLATFORM ? 1 : 2;
		cl_int err = check_property(&list[n]);

		if (err != CL_SUCCESS)
			return err;
		if (seen & bit)
			return CL_INVALID_PROPERTY;
		seen |= bit;
	}
	*ret_count = list ? n + 1 : 0;
	return CL_SUCCESS;
}

static cl_int init(struct _cl_context *context, cl_uint n, const cl_device_id *devices,
		   const cl_context_properties *properties)
{
	size_t bytes = context->property_count * sizeof(*properties);
	int err;

	if (!device_list_init(&context->devices, n, devices))
		return CL_OUT_OF_HOST_MEMORY;
	context->device = context->devices.device[0];
	if (bytes) {
		context->properties = malloc(bytes);
		if (!context->properties)
			return CL_OUT_OF_HOST_MEMORY;
		memcpy(context->properties, properties, bytes);
	}
	err = vgpu_open(context->device->luid, &context->vgpu);
	if (err == 0)
		err = vgpu_sync_clock(context->vgpu);
	if (err == -ENOMEM)
		return CL_OUT_OF_HOST_MEMORY;
	return err < 0 ? CL_DEVICE_NOT_AVAILABLE : CL_SUCCESS;
}

static void init_notify_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t recursive;

	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
}

static cl_context create(const cl_context_properties *properties, cl_uint n,
			 const cl_device_id *devices, context_notify notify, void *user_data,
			 cl_int *ret_err)
{
	struct _cl_context *context = calloc(1, sizeof(*context));

	*ret_err = CL_OUT_OF_HOST_MEMORY;
	if (!context)
		return NULL;
	init_notify_lock(&context->notify_lock);
	*ret_err = check_properties(properties, &context->property_count);
	if (*ret_err == CL_SUCCESS)
		*ret_err = init(context, n, devices, properties);
	object_init(&context->o, &context_ops);
	context->notify = notify;
	context->user_data = user_data;
	if (*ret_err == CL_SUCCESS)
		return context;
	object_drop(context);
	return NULL;
}

/* All entries valid, and all of the same virtual GPU. */
static cl_int check_devices(cl_uint n, const cl_device_id *devices)
{
	for (cl_uint i = 0; i < n; i++)
		if (!device_valid(devices[i]))
			return CL_INVALID_DEVICE;
	for (cl_uint i = 1; i < n; i++)
		if (device_root(devices[i]) != device_root(devices[0]))
			return CL_DEVICE_NOT_AVAILABLE;
	return CL_SUCCESS;
}

cl_context CL_API_CALL clCreateContext(const cl_context_properties *properties, cl_uint num_devices,
				       const cl_device_id *devices, context_notify pfn_notify,
				       void *user_data, cl_int *errcode_ret)
{
	cl_context context = NULL;
	cl_int err;

	if (!devices || !num_devices || (!pfn_notify && user_data)) {
		set_error(errcode_ret, CL_INVALID_VALUE);
		return NULL;
	}
	err = check_devices(num_devices, devices);
	if (err == CL_SUCCESS)
		context = create(properties, num_devices, devices, pfn_notify, user_data, &err);
	set_error(errcode_ret, err);
	return context;
}

static cl_int check_type(cl_device_type type)
{
	const cl_device_type known = CL_DEVICE_TYPE_DEFAULT | CL_DEVICE_TYPE_CPU |
				     CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR |
				     CL_DEVICE_TYPE_CUSTOM;

	if (type != CL_DEVICE_TYPE_ALL && (!type || (type & ~known)))
		return CL_INVALID_DEVICE_TYPE;
	return device_matching(type, 0) ? CL_SUCCESS : CL_DEVICE_NOT_FOUND;
}

cl_context CL_API_CALL clCreateContextFromType(const cl_context_properties *properties,
					       cl_device_type device_type,
					       context_notify pfn_notify, void *user_data,
					       cl_int *errcode_ret)
{
	cl_context context = NULL;
	cl_device_id device;
	cl_int err;

	if (!pfn_notify && user_data) {
		set_error(errcode_ret, CL_INVALID_VALUE);
		return NULL;
	}
	err = check_type(device_type);
	if (err == CL_SUCCESS) {
		device = device_matching(device_type, 0);
		context = create(properties, 1, &device, pfn_notify, user_data, &err);
	}
	set_error(errcode_ret, err);
	return context;
}

cl_int CL_API_CALL clRetainContext(cl_context context)
{
	return object_retain(context, &context_ops);
}

cl_int CL_API_CALL clReleaseContext(cl_context context)
{
	return object_release(context, &context_ops);
}

cl_int CL_API_CALL clSetContextDestructorCallback(cl_context context,
						  void(CL_CALLBACK *pfn_notify)(cl_context, void *),
						  void *user_data)
{
	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	if (!pfn_notify)
		return CL_INVALID_VALUE;
	return destructors_add(&context->destructors, (destructor_notify)pfn_notify, user_data);
}

cl_int CL_API_CALL clGetContextInfo(cl_context context, cl_context_info param_name,
				    size_t param_value_size, void *param_value,
				    size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	switch (param_name) {
	case CL_CONTEXT_REFERENCE_COUNT:
		return info_uint(&out, object_refs(&context->o));
	case CL_CONTEXT_NUM_DEVICES:
		return info_uint(&out, context->devices.count);
	case CL_CONTEXT_DEVICES:
		return device_list_info(&context->devices, &out);
	case CL_CONTEXT_PROPERTIES:
		return info_bytes(&out, context->properties,
				  context->property_count * sizeof(*context->properties));
	default:
		return CL_INVALID_VALUE;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * context.h - a cl_context: one virtual GPU, or sub-devices of one, and the D3DKMT device opened
 * for it. A lost device takes its context with it; a new context gets a new device.
 */
#ifndef OPENCL_CONTEXT_H
#define OPENCL_CONTEXT_H

#include "destructor.h"
#include "device_list.h"
#include <pthread.h>

#include "object.h"
#include "vgpu.h"

typedef void(CL_CALLBACK *context_notify)(const char *text, const void *data, size_t size,
					  void *user_data);

/**
 * struct _cl_context - immutable but for the atomics.
 * @device: the first of @devices; what counts for all of them is asked of it
 * @properties: as given at creation, @property_count with the final zero
 * @reads: read commands of all queues that still have to write to memory of the application
 * @loss_told: the application heard of the loss of the device
 * @notify_lock: held while @notify runs, so that the last clReleaseContext() waits for it;
 *recursive, because @notify may itself release the context. The one lock that application code runs
 *under
 */
struct _cl_context {
	struct object o;
	struct device_list devices;
	cl_device_id device;
	struct vgpu *vgpu;
	context_notify notify;
	void *user_data;
	cl_context_properties *properties;
	size_t property_count;
	_Atomic uint32_t reads;
	atomic_bool loss_told;
	pthread_mutex_t notify_lock;
	struct destructors destructors;
};

extern const struct object_ops context_ops;

static inline bool context_valid(cl_context context)
{
	return object_valid(context, &context_ops);
}

/** context_lost() - is its device lost? Reads one flag. */
static inline bool context_lost(const struct _cl_context *context)
{
	return atomic_load_explicit(&context->vgpu->lost, memory_order_relaxed);
}

/** context_lose() - the device was found to be lost: mark it, and tell the application once. */
void context_lose(struct _cl_context *context);

/** context_error() - the OpenCL error for a negative errno of the transport. */
cl_int context_error(struct _cl_context *context, int err);

#endif

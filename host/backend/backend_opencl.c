// SPDX-License-Identifier: MIT
/*
 * backend_opencl - any OpenCL 1.2+ driver of the host as a backend: opening, closing and the ops
 * table. The work is in ocl_*.c, one noun each; ocl.h says how they fit together.
 */
#include "backend/backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/ocl.h"

static void opencl_close(struct backend *be)
{
	struct ocl_backend *ocl = ocl_of(be);

	ocl_samplers_fini(ocl);
	if (ocl->zero)
		ocl->cl.clReleaseCommandQueue(ocl->zero);
	if (ocl->util)
		ocl->cl.clReleaseCommandQueue(ocl->util);
	if (ocl->context)
		ocl->cl.clReleaseContext(ocl->context);
	ocl_units_fini(ocl);
	pthread_cond_destroy(&ocl->memory_made);
	pthread_mutex_destroy(&ocl->memory_lock);
	free(ocl->records);
	free(ocl);
}

static int opencl_context(struct ocl_backend *ocl, struct backend_text *text)
{
	cl_context_properties properties[] = {
		CL_CONTEXT_PLATFORM,
		(cl_context_properties)ocl->platform,
		0,
	};
	cl_int err;

	ocl->context = ocl->cl.clCreateContext(properties, 1, &ocl->device, NULL, NULL, &err);
	if (err) {
		backend_say(text, "clCreateContext: %s", ocl_error(err));
		return -EIO;
	}
	ocl->util = ocl->cl.clCreateCommandQueue(ocl->context, ocl->device,
						 CL_QUEUE_PROFILING_ENABLE, &err);
	if (!err)
		ocl->zero = ocl->cl.clCreateCommandQueue(ocl->context, ocl->device, 0, &err);
	if (err) {
		backend_say(text, "clCreateCommandQueue: %s", ocl_error(err));
		return -EIO;
	}
	return 0;
}

static int opencl_open(const struct backend_config *config, struct backend **ret,
		       struct backend_text *text)
{
	struct ocl_backend *ocl = calloc(1, sizeof(*ocl));
	const char *missing;
	int err;

	if (!ocl)
		return -ENOMEM;
	ocl->base.ops = &backend_opencl_ops;
	pthread_mutex_init(&ocl->memory_lock, NULL);
	pthread_cond_init(&ocl->memory_made, NULL);
	missing = ocl_api_load(&ocl->cl);
	if (missing)
		backend_say(text, "the OpenCL loader lacks %s", missing);
	err = missing ? -ENODEV : ocl_device_open(ocl, config, text);
	if (!err)
		err = opencl_context(ocl, text);
	if (!err)
		err = ocl_device_records(ocl);
	if (err) {
		opencl_close(&ocl->base);
		return err;
	}
	ocl_clock_probe(ocl);
	*ret = &ocl->base;
	return 0;
}

/* A device that runs in this process sees the worker's own mappings. */
static bool has_svm(struct ocl_backend *ocl)
{
	cl_device_svm_capabilities svm = 0;

	ocl->cl.clGetDeviceInfo(ocl->device, CL_DEVICE_SVM_CAPABILITIES, sizeof(svm), &svm, NULL);
	return ocl->direct && ocl->cl.clSetKernelArgSVMPointer &&
	       (svm & CL_DEVICE_SVM_COARSE_GRAIN_BUFFER);
}

static void opencl_describe(struct backend *be, struct ipc_describe_reply *reply)
{
	uint64_t ram = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	struct ocl_backend *ocl = ocl_of(be);
	char version[64], platform[64] = "";
	cl_uint vendor = 0, mhz = 0;

	reply->flags = DXG_ADAPTER_OPENCL | (ocl->unified ? DXG_ADAPTER_UNIFIED : 0) |
		       (has_svm(ocl) ? DXG_ADAPTER_SVM : 0);
	ocl->cl.clGetDeviceInfo(ocl->device, CL_DEVICE_VENDOR_ID, sizeof(vendor), &vendor, NULL);
	reply->vendor_id = vendor;
	ocl->cl.clGetDeviceInfo(ocl->device, CL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof(mhz), &mhz,
				NULL);
	reply->clock_hz = mhz * UINT64_C(1000000);
	reply->node_count = 1;
	reply->units = ocl->units;
	reply->node_kind[0] = IPC_NODE_COMPUTE;
	reply->local_memory = ocl->unified ? 0 : ocl->global_mem;
	reply->system_memory = ocl->unified && ocl->global_mem < ram ? ocl->global_mem : ram;
	ocl_device_string(ocl, CL_DEVICE_NAME, reply->name, sizeof(reply->name));
	ocl_device_string(ocl, CL_DRIVER_VERSION, version, sizeof(version));
	/* A name that does not fit leaves the buffer as it is: empty. */
	ocl->cl.clGetPlatformInfo(ocl->platform, CL_PLATFORM_NAME, sizeof(platform) - 1, platform,
				  NULL);
	snprintf(reply->driver, sizeof(reply->driver), "%.60s %.60s", platform, version);
}

static const struct backend_limits *opencl_limits(struct backend *be)
{
	return &ocl_of(be)->limits;
}

static uint64_t opencl_clock(struct backend *be)
{
	return ocl_clock_now(ocl_of(be));
}

static const void *opencl_device_info(struct backend *be, uint32_t *ret_size)
{
	*ret_size = ocl_of(be)->records_size;
	return ocl_of(be)->records;
}

const struct backend_ops backend_opencl_ops = {
	.name = "opencl",
	.open = opencl_open,
	.close = opencl_close,
	.describe = opencl_describe,
	.limits = opencl_limits,
	.clock = opencl_clock,
	.device_info = opencl_device_info,
	.alloc_create = ocl_alloc_create,
	.alloc_destroy = ocl_alloc_destroy,
	.read = ocl_read,
	.write = ocl_write,
	.image_create = ocl_image_create,
	.image_destroy = ocl_image_destroy,
	.build = ocl_build,
	.compile = ocl_compile,
	.link = ocl_link,
	.program_destroy = ocl_program_destroy,
	.program_binary = ocl_program_binary,
	.kernel = ocl_kernel,
	.kernel_info = ocl_kernel_info,
	.context_create = ocl_context_create,
	.context_destroy = ocl_context_destroy,
	.check = ocl_check,
	.fresh = ocl_fresh,
	.execute = ocl_execute,
};

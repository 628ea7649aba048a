// SPDX-License-Identifier: MIT
/* ocl.c - see ocl.h. */
#include "ocl.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PLATFORMS_MAX 16

double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void ocl_check(cl_int err, const char *what)
{
	if (err == CL_SUCCESS)
		return;
	fprintf(stderr, "%s failed with OpenCL error %d\n", what, err);
	exit(2);
}

static void find_device(struct ocl *o)
{
	cl_platform_id platforms[PLATFORMS_MAX];
	cl_uint n = 0;

	if (clGetPlatformIDs(PLATFORMS_MAX, platforms, &n) != CL_SUCCESS || !n) {
		fprintf(stderr, "no OpenCL platform: is dxgd running, or a driver installed?\n");
		exit(2);
	}
	for (cl_uint i = 0; i < n && i < PLATFORMS_MAX; i++) {
		if (clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &o->device, NULL) !=
		    CL_SUCCESS)
			continue;
		o->platform = platforms[i];
		return;
	}
	fprintf(stderr, "no OpenCL device on %u platforms\n", n);
	exit(2);
}

static void show_log(struct ocl *o)
{
	static char log[16384];

	if (clGetProgramBuildInfo(o->program, o->device, CL_PROGRAM_BUILD_LOG, sizeof(log) - 1, log,
				  NULL) == CL_SUCCESS)
		fprintf(stderr, "%s\n", log);
}

void ocl_open(struct ocl *o, const char *source, const char *options)
{
	cl_int err;

	find_device(o);
	clGetDeviceInfo(o->device, CL_DEVICE_NAME, sizeof(o->name), o->name, NULL);
	clGetPlatformInfo(o->platform, CL_PLATFORM_NAME, sizeof(o->platform_name), o->platform_name,
			  NULL);
	o->context = clCreateContext(NULL, 1, &o->device, NULL, NULL, &err);
	ocl_check(err, "clCreateContext");
	o->queue = clCreateCommandQueue(o->context, o->device, CL_QUEUE_PROFILING_ENABLE, &err);
	ocl_check(err, "clCreateCommandQueue");
	o->program = clCreateProgramWithSource(o->context, 1, &source, NULL, &err);
	ocl_check(err, "clCreateProgramWithSource");
	err = clBuildProgram(o->program, 1, &o->device, options, NULL, NULL);
	if (err != CL_SUCCESS)
		show_log(o);
	ocl_check(err, "clBuildProgram");
}

void ocl_close(struct ocl *o)
{
	clReleaseProgram(o->program);
	clReleaseCommandQueue(o->queue);
	clReleaseContext(o->context);
}

cl_mem ocl_buffer(struct ocl *o, cl_mem_flags flags, size_t size, const void *data)
{
	cl_int err;
	cl_mem mem = clCreateBuffer(o->context, flags | (data ? CL_MEM_COPY_HOST_PTR : 0), size,
				    (void *)(uintptr_t)data, &err);

	ocl_check(err, "clCreateBuffer");
	return mem;
}

cl_kernel ocl_kernel(struct ocl *o, const char *name)
{
	cl_int err;
	cl_kernel kernel = clCreateKernel(o->program, name, &err);

	ocl_check(err, "clCreateKernel");
	return kernel;
}

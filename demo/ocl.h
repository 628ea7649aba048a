/* SPDX-License-Identifier: MIT */
/*
 * ocl.h - the OpenCL plumbing that the demo programs share: one device, a context, a queue, a built
 * program. Plain OpenCL 1.2; nothing here knows of opendxg.
 *
 * Every function ends the program with a message and status 2 when OpenCL fails: a demo has nothing
 * to recover.
 */
#ifndef DEMO_OCL_H
#define DEMO_OCL_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stddef.h>
#include <stdint.h>

/** struct ocl - what a demo works with. @name, @platform_name: of the device, zero-terminated */
struct ocl {
	cl_platform_id platform;
	cl_device_id device;
	cl_context context;
	cl_command_queue queue;
	cl_program program;
	char name[128];
	char platform_name[128];
};

/** ocl_open() - the first device of the first platform that has one, and @source built for it. */
void ocl_open(struct ocl *o, const char *source, const char *options);

/** ocl_close() - release everything. */
void ocl_close(struct ocl *o);

/** ocl_buffer() - a buffer; with @data its contents, copied. */
cl_mem ocl_buffer(struct ocl *o, cl_mem_flags flags, size_t size, const void *data);

/** ocl_kernel() - the kernel of that name. */
cl_kernel ocl_kernel(struct ocl *o, const char *name);

/** ocl_check() - end the program unless @err is CL_SUCCESS; @what failed. */
void ocl_check(cl_int err, const char *what);

/** now_ms() - a monotonic clock. */
double now_ms(void);

#endif

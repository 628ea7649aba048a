/* SPDX-License-Identifier: MIT */
/*
 * env.h - the objects that the rows name. All are made before the first row and never changed.
 */
#ifndef CONFORMANCE_ENV_H
#define CONFORMANCE_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CL/cl.h>
#include <CL/cl_ext.h>

/** ENV_BYTES - size of every buffer; ENV_SIDE - width and height of every image, in pixels. */
#define ENV_BYTES 4096
#define ENV_SIDE 32

/**
 * struct env - what exists.
 * @part: one compute unit of the device, NULL where it is not divided; @part_context: for it
 * @other_context, @other_queue, @other_buffer, @other_event: of another context, same device
 * @unordered: an out-of-order queue, NULL where the device has none
 * @plain: a queue without profiling; @plain_event is one of its events
 * @images: the device has images; @image, @image3d, @sampler are NULL else
 * @svm: CL_DEVICE_SVM_CAPABILITIES; @il, @pipes, @sub_groups, @partitions, @timers: there are any
 * @unbuilt, @failed, @compiled, @program: source only; does not compile; compiled; built
 * @kernel: add(global uint *, uint) with arguments, @unset: the same without
 * @local_kernel: scratch(local uint *); @image_kernel: picture(image, sampler, global uint *)
 * @fixed: square(global uint *) that demands work-groups of 4 x 4
 * @event: complete, with profiling; @pending: a user event that nothing sets
 */
struct env {
	cl_platform_id platform;
	cl_device_id device, part;
	cl_context context, other_context, part_context;
	cl_command_queue queue, plain, unordered, other_queue;
	bool images, il, pipes, sub_groups, partitions, timers;
	cl_device_svm_capabilities svm;
	cl_uint align_bytes;
	size_t max_group;
	cl_ulong max_alloc;
	cl_mem buffer, second, read_only, write_only, sub, other_buffer;
	cl_mem host_none, host_reads, host_writes;
	cl_mem image, second_image, image3d, other_image, host_none_image;
	cl_sampler sampler;
	cl_program unbuilt, failed, compiled, program, other_program;
	cl_kernel kernel, unset, local_kernel, image_kernel, fixed;
	cl_event event, plain_event, pending, other_event;
	uint8_t bytes[ENV_BYTES];
};

extern struct env e;

/** env_open() - make everything; ends the process with a text when something is refused. */
void env_open(void);

/** env_close() - release everything. */
void env_close(void);

/** WRONG() - an object of another kind, as a @type. */
#define WRONG(type) ((type)(void *)(e.platform))

#endif

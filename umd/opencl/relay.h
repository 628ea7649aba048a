/* SPDX-License-Identifier: MIT */
/*
 * relay.h - how the CPU moves a box between the application's memory and an object: by itself where
 * it sees the object, else in parts through staging, several of them under way.
 */
#ifndef OPENCL_RELAY_H
#define OPENCL_RELAY_H

#include "box.h"
#include "queue.h"

/**
 * relay_box() - from @run of a host command: move the box. When it returns, the device is done with
 * all parts, unless it is lost.
 * @write: to @mem
 *
 * Return: CL_COMPLETE or an error.
 */
cl_int relay_box(cl_command_queue queue, struct _cl_mem *mem, const struct box *box, bool write);

#endif

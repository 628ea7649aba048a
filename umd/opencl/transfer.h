/* SPDX-License-Identifier: MIT */
/*
 * transfer.h - the commands that move a box of bytes between the application's memory and a buffer
 * or an image.
 */
#ifndef OPENCL_TRANSFER_H
#define OPENCL_TRANSFER_H

#include "box.h"
#include "queue.h"

/** transfer_enqueue() - enqueue the move; everything was checked. */
cl_int transfer_enqueue(cl_command_queue queue, struct _cl_mem *mem, const struct box *box,
			bool write, const struct enqueue *e);

/** transfer_check() - what all reads and writes check, but for what kind of object @mem is. */
cl_int transfer_check(cl_command_queue queue, const struct _cl_mem *mem, bool write,
		      const struct enqueue *e);

/** transfer_upload() - write the box into @mem, by the CPU or a queue of its own, and wait. */
cl_int transfer_upload(struct _cl_mem *mem, const struct box *box);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * transfer.h - moving a box of bytes between the application's memory and a buffer.
 *
 * A box of one row of one slice is a plain range. The CPU moves it itself when it sees the buffer
 * and everything before it is done; otherwise it goes through staging, packed, by a copy packet.
 */
#ifndef OPENCL_TRANSFER_H
#define OPENCL_TRANSFER_H

#include "buffer.h"
#include "queue.h"

/**
 * struct box - @region[0] bytes x @region[1] rows x @region[2] slices, all > 0, at two places.
 * @offset: bytes from the start of the buffer to the first byte of the box
 * @row, @slice: bytes from row to row and from slice to slice in the buffer
 * @host: the first byte of the box in the application's memory
 * @host_row, @host_slice: pitches there
 */
struct box {
	size_t region[3];
	size_t offset;
	size_t row;
	size_t slice;
	uint8_t *host;
	size_t host_row;
	size_t host_slice;
};

/** box_of_range() - @size bytes at @offset of a buffer and at @host. */
struct box box_of_range(size_t offset, size_t size, void *host);

/** transfer_now() - from @run of a host command: move the box; returns CL_COMPLETE or an error. */
cl_int transfer_now(cl_command_queue queue, struct _cl_mem *mem, const struct box *box, bool write);

/** transfer_write_all() - fill a buffer from @data, blocking. */
cl_int transfer_write_all(cl_command_queue queue, struct _cl_mem *mem, const void *data);

#endif

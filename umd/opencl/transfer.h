/* SPDX-License-Identifier: MIT */
/*
 * transfer.h - moving a box of bytes between the application's memory and a buffer or an image.
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
 * @offset: bytes from the start of the memory object to the first byte of the box
 * @row, @slice: bytes from row to row and from slice to slice there
 * @host: the first byte of the box in the application's memory
 * @host_row, @host_slice: pitches there
 * @image: 0 for a buffer; else the image's object on the host, which alone may know where its
 *pixels are: the device is told by @origin, in pixels of @pixel bytes
 */
struct box {
	size_t region[3];
	size_t offset;
	size_t row;
	size_t slice;
	uint8_t *host;
	size_t host_row;
	size_t host_slice;
	uint32_t image;
	size_t pixel;
	size_t origin[3];
};

/** box_of_range() - @size bytes at @offset of a buffer and at @host. */
struct box box_of_range(size_t offset, size_t size, void *host);

/** box_bytes() - how many there are in it. */
static inline size_t box_bytes(const struct box *b)
{
	return b->region[0] * b->region[1] * b->region[2];
}

/**
 * box_packet_size(), box_opcode(), box_fill_packet() - the packet that moves the box between @mem
 * and packed memory of the device at @packed.
 * @write: to @mem
 * @packet: its header is the caller's
 */
uint32_t box_packet_size(const struct box *b);
uint16_t box_opcode(const struct box *b, bool write);
void box_fill_packet(void *packet, const struct box *b, const struct _cl_mem *mem, uint64_t packed,
		     bool write);

/** transfer_enqueue() - enqueue the move; everything was checked. */
cl_int transfer_enqueue(cl_command_queue queue, struct _cl_mem *mem, const struct box *box,
			bool write, const struct enqueue *e);

/** transfer_check() - what all reads and writes check, but for what kind of object @mem is. */
cl_int transfer_check(cl_command_queue queue, const struct _cl_mem *mem, bool write,
		      const struct enqueue *e);

/** transfer_now() - from @run of a host command: move the box; returns CL_COMPLETE or an error. */
cl_int transfer_now(cl_command_queue queue, struct _cl_mem *mem, const struct box *box, bool write);

/** transfer_upload() - write the box into @mem, by the CPU or a queue of its own, and wait. */
cl_int transfer_upload(struct _cl_mem *mem, const struct box *box);

#endif

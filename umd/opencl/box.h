/* SPDX-License-Identifier: MIT */
/*
 * box.h - a box of bytes at two places: in a buffer or an image, and in memory of the application.
 * A box of one row of one slice is a plain range.
 *
 * No state, no locks.
 */
#ifndef OPENCL_BOX_H
#define OPENCL_BOX_H

#include "buffer.h"
#include "dxgwire/cmd.h"

/**
 * struct box - @region[0] bytes x @region[1] rows x @region[2] slices, all > 0, at two places.
 * @offset: bytes from the start of the memory object to the first byte of the box
 * @row, @slice: bytes from row to row and from slice to slice there
 * @host: the first byte of the box in the application's memory
 * @host_row, @host_slice: pitches there
 * @image: 0 for a buffer; else the image's object on the host, which alone may know where its
 *         pixels are: the device is told by @origin, in pixels of @pixel bytes
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

/** box_host_overlap() - do the application's bytes, from first to last, of the two meet? */
bool box_host_overlap(const struct box *a, const struct box *b);

/**
 * box_part() - of a box cut into parts of at most @most bytes, the one that begins with byte @at[0]
 * of row @at[1] of slice @at[2]: as many whole slices as fit, or else whole rows of one slice, or
 * else a stretch of one row. @most is at least a pixel.
 */
struct box box_part(const struct box *b, const size_t at[3], size_t most);

/** box_next() - move @at behind @part, which began there; false at the end of the box. */
bool box_next(const struct box *b, size_t at[3], const struct box *part);

/** box_extent() - bytes of the object from the first to the last one of the box. */
size_t box_extent(const struct box *b);

/** box_pack(), box_unpack() - the application's bytes into packed memory, and back. */
void box_pack(const struct box *b, uint8_t *packed);
void box_unpack(const struct box *b, const uint8_t *packed);

/** box_copy() - by the CPU, between the application and memory of the object that it sees. */
void box_copy(const struct box *b, uint8_t *memory, bool write);

/** union box_packet - room for the packet of any box. */
union box_packet {
	struct dxg_cmd_header h;
	struct dxg_cmd_copy copy;
	struct dxg_cmd_copy_rect rect;
	struct dxg_cmd_copy_image_memory image;
};

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

#endif

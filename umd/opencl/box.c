// SPDX-License-Identifier: MIT
/*
 * box.c - see box.h: cutting boxes into parts, copying them by the CPU, and the packets by which
 * the device copies them.
 */
#include "box.h"

#include <string.h>

struct box box_of_range(size_t offset, size_t size, void *host)
{
	return (struct box){
		.region = { size, 1, 1 },
		.offset = offset,
		.row = size,
		.slice = size,
		.host = host,
		.host_row = size,
		.host_slice = size,
	};
}

/* ---- parts ---- */

/* Bytes from the first to the last one of the box, where its rows and slices are so far apart. */
static size_t extent(const struct box *b, size_t row, size_t slice)
{
	return (b->region[2] - 1) * slice + (b->region[1] - 1) * row + b->region[0];
}

static size_t host_extent(const struct box *b)
{
	return extent(b, b->host_row, b->host_slice);
}

size_t box_extent(const struct box *b)
{
	return extent(b, b->row, b->slice);
}

bool box_host_overlap(const struct box *a, const struct box *b)
{
	return a->host < b->host + host_extent(b) && b->host < a->host + host_extent(a);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

struct box box_part(const struct box *b, const size_t at[3], size_t most)
{
	size_t stretch = least(b->region[0], most - (b->image ? most % b->pixel : 0));
	size_t rows = stretch < b->region[0] ? 1 : least(b->region[1], most / stretch);
	size_t slices = rows < b->region[1] ? 1 : most / (stretch * rows);
	struct box part = *b;

	part.region[0] = least(b->region[0] - at[0], stretch);
	part.region[1] = least(b->region[1] - at[1], rows);
	part.region[2] = least(b->region[2] - at[2], slices);
	part.offset += at[2] * b->slice + at[1] * b->row + at[0];
	part.host += at[2] * b->host_slice + at[1] * b->host_row + at[0];
	part.origin[0] += b->image ? at[0] / b->pixel : 0;
	part.origin[1] += at[1];
	part.origin[2] += at[2];
	return part;
}

bool box_next(const struct box *b, size_t at[3], const struct box *part)
{
	for (int i = 0; i < 3; i++) {
		at[i] += part->region[i];
		if (at[i] < b->region[i])
			return true;
		at[i] = 0;
	}
	return false;
}

/* ---- copies by the CPU ---- */

struct layout {
	uint8_t *at;
	size_t row;
	size_t slice;
};

/* Do the rows and slices of the box follow each other there without gaps? */
static bool is_packed(const struct box *b, const struct layout *l)
{
	return (b->region[1] == 1 || l->row == b->region[0]) &&
	       (b->region[2] == 1 || l->slice == b->region[0] * b->region[1]);
}

static void copy_box(const struct box *b, struct layout dst, struct layout src)
{
	if (is_packed(b, &dst) && is_packed(b, &src)) {
		memcpy(dst.at, src.at, box_bytes(b));
		return;
	}
	for (size_t z = 0; z < b->region[2]; z++)
		for (size_t y = 0; y < b->region[1]; y++)
			memcpy(dst.at + z * dst.slice + y * dst.row,
			       src.at + z * src.slice + y * src.row, b->region[0]);
}

static struct layout host_layout(const struct box *b)
{
	return (struct layout){ b->host, b->host_row, b->host_slice };
}

static struct layout packed_layout(const struct box *b, const uint8_t *at)
{
	return (struct layout){ (uint8_t *)(uintptr_t)at, b->region[0],
				b->region[0] * b->region[1] };
}

void box_pack(const struct box *b, uint8_t *packed)
{
	copy_box(b, packed_layout(b, packed), host_layout(b));
}

void box_unpack(const struct box *b, const uint8_t *packed)
{
	copy_box(b, host_layout(b), packed_layout(b, packed));
}

void box_copy(const struct box *b, uint8_t *memory, bool write)
{
	struct layout object = { memory + b->offset, b->row, b->slice };

	if (write)
		copy_box(b, object, host_layout(b));
	else
		copy_box(b, host_layout(b), object);
}

/* ---- packets between packed memory and the object ---- */

static bool is_range(const struct box *b)
{
	return b->region[1] == 1 && b->region[2] == 1;
}

uint32_t box_packet_size(const struct box *b)
{
	if (b->image)
		return sizeof(struct dxg_cmd_copy_image_memory);
	return is_range(b) ? sizeof(struct dxg_cmd_copy) : sizeof(struct dxg_cmd_copy_rect);
}

uint16_t box_opcode(const struct box *b, bool write)
{
	if (b->image)
		return write ? DXG_CMD_COPY_TO_IMAGE : DXG_CMD_COPY_FROM_IMAGE;
	return is_range(b) ? DXG_CMD_COPY : DXG_CMD_COPY_RECT;
}

static void fill_copy(struct dxg_cmd_copy *p, const struct box *b, uint64_t buffer, uint64_t packed,
		      bool write)
{
	p->dst = write ? buffer : packed;
	p->src = write ? packed : buffer;
	p->size = b->region[0];
}

static void fill_rect(struct dxg_cmd_copy_rect *p, const struct box *b, uint64_t buffer,
		      uint64_t packed, bool write)
{
	size_t packed_slice = b->region[0] * b->region[1];

	p->dst = write ? buffer : packed;
	p->src = write ? packed : buffer;
	p->dst_pitch = write ? b->row : b->region[0];
	p->dst_slice = write ? b->slice : packed_slice;
	p->src_pitch = write ? b->region[0] : b->row;
	p->src_slice = write ? packed_slice : b->slice;
	for (int i = 0; i < 3; i++)
		p->region[i] = b->region[i];
}

static void fill_image(struct dxg_cmd_copy_image_memory *p, const struct box *b, uint64_t packed)
{
	p->image = b->image;
	p->va = packed;
	for (int i = 0; i < 3; i++) {
		p->origin[i] = b->origin[i];
		p->region[i] = i ? b->region[i] : b->region[i] / b->pixel;
	}
}

void box_fill_packet(void *packet, const struct box *b, const struct _cl_mem *mem, uint64_t packed,
		     bool write)
{
	if (b->image)
		fill_image(packet, b, packed);
	else if (is_range(b))
		fill_copy(packet, b, mem->va + b->offset, packed, write);
	else
		fill_rect(packet, b, mem->va + b->offset, packed, write);
}

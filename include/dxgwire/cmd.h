/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * cmd.h - the command set: what a command buffer consists of. docs/commands.md has one row per
 * packet.
 *
 * A command buffer is a GPU VA range named by SubmitCommand, at most DXG_COMMAND_BUFFER_MAX bytes:
 * packets back to back, each 8-byte aligned, each a header and exactly the bytes its opcode
 * demands. Packets of one submission execute in order. The worker copies the buffer into private
 * memory, checks every packet, and only then executes the first; a buffer with one bad packet does
 * nothing.
 */
#ifndef DXGWIRE_CMD_H
#define DXGWIRE_CMD_H

#include "image.h"
#include "limits.h"
#include "types.h"

#define DXG_CMD_VERSION 1u

/** enum dxg_cmd_opcode - what a packet does. */
enum dxg_cmd_opcode {
	DXG_CMD_BARRIER = 1, /* all before it is done before anything after it starts */
	DXG_CMD_COPY = 2, /* bytes from one GPU VA range to another */
	DXG_CMD_COPY_RECT = 3, /* a box of bytes between two pitched layouts */
	DXG_CMD_FILL = 4, /* a pattern over a GPU VA range */
	DXG_CMD_DISPATCH = 5, /* one kernel over an index space */
	DXG_CMD_TIMESTAMP = 6, /* the host clock into a GPU VA */
	DXG_CMD_COPY_IMAGE = 7, /* a region from one image to another */
	DXG_CMD_COPY_TO_IMAGE = 8, /* bytes, tightly packed, into a region of an image */
	DXG_CMD_COPY_FROM_IMAGE = 9, /* and the other way round */
	DXG_CMD_FILL_IMAGE = 10, /* a colour over a region of an image */
};

/**
 * struct dxg_cmd_header - starts every packet.
 * @opcode: enum dxg_cmd_opcode
 * @flags: zero
 * @size: bytes of the whole packet, header included, a multiple of 8
 * @profile: GPU VA of a struct dxg_cmd_profile to be written when the packet is done, 8-byte
 *           aligned; 0 for none
 */
struct dxg_cmd_header {
	__u16 opcode;
	__u16 flags;
	__u32 size;
	__u64 profile;
};
DXG_ASSERT_SIZE(struct dxg_cmd_header, 16);

/** struct dxg_cmd_profile - start and end of one packet's execution, ns of the worker's clock. */
struct dxg_cmd_profile {
	__u64 start_ns;
	__u64 end_ns;
};
DXG_ASSERT_SIZE(struct dxg_cmd_profile, 16);

/** struct dxg_cmd_barrier - header alone. */
struct dxg_cmd_barrier {
	struct dxg_cmd_header h;
};
DXG_ASSERT_SIZE(struct dxg_cmd_barrier, 16);

/** struct dxg_cmd_copy - @size bytes, > 0; source and destination must not overlap. */
struct dxg_cmd_copy {
	struct dxg_cmd_header h;
	__u64 dst;
	__u64 src;
	__u64 size;
};
DXG_ASSERT_SIZE(struct dxg_cmd_copy, 40);

/**
 * struct dxg_cmd_copy_rect - @region[0] bytes x @region[1] rows x @region[2] slices, all > 0.
 * @h: of every packet
 * @dst: GPU VA of the first byte of the box
 * @src: the same of the box to be read
 * @dst_pitch: bytes from row to row (>= region[0])
 * @dst_slice: bytes from slice to slice (>= region[1] * pitch)
 * @src_pitch: as @dst_pitch
 * @src_slice: as @dst_slice
 * @region: extent of both boxes
 */
struct dxg_cmd_copy_rect {
	struct dxg_cmd_header h;
	__u64 dst;
	__u64 src;
	__u64 dst_pitch;
	__u64 dst_slice;
	__u64 src_pitch;
	__u64 src_slice;
	__u64 region[3];
};
DXG_ASSERT_SIZE(struct dxg_cmd_copy_rect, 88);

/**
 * struct dxg_cmd_fill - @size bytes, > 0, a multiple of @pattern_size.
 * @h: of every packet
 * @dst: GPU VA
 * @size: bytes
 * @pattern_size: 1, 2, 4, ... 128; @dst is a multiple of it
 * @reserved: zero
 * @pattern: the first @pattern_size bytes count, the rest is zero
 */
struct dxg_cmd_fill {
	struct dxg_cmd_header h;
	__u64 dst;
	__u64 size;
	__u32 pattern_size;
	__u32 reserved;
	__u8 pattern[DXG_FILL_PATTERN_MAX];
};
DXG_ASSERT_SIZE(struct dxg_cmd_fill, 168);

/** enum dxg_cmd_arg_kind - what an argument of a dispatch is. */
enum dxg_cmd_arg_kind {
	DXG_ARG_BYTES = 1, /* @size bytes by value, padded to 8 with zeros */
	DXG_ARG_VA = 2, /* a GPU VA, 8 bytes; @size is 8; 0 is the null pointer */
	DXG_ARG_LOCAL = 3, /* u64 bytes of local memory; @size is 8 */
	DXG_ARG_IMAGE = 4, /* u64: an image object; @size is 8 */
	DXG_ARG_SAMPLER = 5, /* struct dxg_sampler; @size is 8 */
	DXG_ARG_SVM = 6, /* as DXG_ARG_VA, in memory of SVM_MAP: the client's address of it */
};

/** struct dxg_cmd_arg - one argument; its payload follows, padded to 8 bytes. */
struct dxg_cmd_arg {
	__u32 kind;
	__u32 size;
};
DXG_ASSERT_SIZE(struct dxg_cmd_arg, 8);

/**
 * struct dxg_cmd_dispatch - one kernel over an index space; @arg_count arguments follow.
 * @h: of every packet
 * @arg_count: struct dxg_cmd_arg that follow
 * @offset: first index of each dimension
 * @global: work-items in each dimension
 * @program: program object (escape.h) of this process
 * @kernel: index of the kernel in the program
 * @work_dim: 1..3; entries beyond it are 0 (offset), 1 (global), 1 (local) or all-zero @local
 * @local: work-group size; all zero lets the driver choose
 */
struct dxg_cmd_dispatch {
	struct dxg_cmd_header h;
	__u32 program;
	__u32 kernel;
	__u32 work_dim;
	__u32 arg_count;
	__u64 offset[3];
	__u64 global[3];
	__u64 local[3];
};
DXG_ASSERT_SIZE(struct dxg_cmd_dispatch, 104);

/** struct dxg_cmd_timestamp - the worker's clock in ns, as a u64, to @dst (8-byte aligned). */
struct dxg_cmd_timestamp {
	struct dxg_cmd_header h;
	__u64 dst;
};
DXG_ASSERT_SIZE(struct dxg_cmd_timestamp, 24);

/**
 * struct dxg_cmd_copy_image - @region pixels, > 0, between images of one format; no overlap.
 * @h: of every packet
 * @dst: image object (escape.h) of this process
 * @src: the same; may be @dst
 * @dst_origin: first pixel of the region there; beyond the image's dimensions 0
 * @src_origin: as @dst_origin
 * @region: pixels in x, y, z; beyond the image's dimensions 1
 */
struct dxg_cmd_copy_image {
	struct dxg_cmd_header h;
	__u32 dst;
	__u32 src;
	__u64 dst_origin[3];
	__u64 src_origin[3];
	__u64 region[3];
};
DXG_ASSERT_SIZE(struct dxg_cmd_copy_image, 96);

/**
 * struct dxg_cmd_copy_image_memory - COPY_TO_IMAGE and COPY_FROM_IMAGE.
 * @h: of every packet
 * @image: image object
 * @reserved: zero
 * @va: GPU VA of region[0] * region[1] * region[2] pixels without gaps
 * @origin: first pixel of the region, as in struct dxg_cmd_copy_image
 * @region: the same
 */
struct dxg_cmd_copy_image_memory {
	struct dxg_cmd_header h;
	__u32 image;
	__u32 reserved;
	__u64 va;
	__u64 origin[3];
	__u64 region[3];
};
DXG_ASSERT_SIZE(struct dxg_cmd_copy_image_memory, 80);

/**
 * struct dxg_cmd_fill_image - one colour over a region.
 * @h: of every packet
 * @image: image object
 * @reserved: zero
 * @color: four channels as clEnqueueFillImage() takes them: float, int or unsigned, by the format
 * @origin: first pixel of the region, as in struct dxg_cmd_copy_image
 * @region: the same
 */
struct dxg_cmd_fill_image {
	struct dxg_cmd_header h;
	__u32 image;
	__u32 reserved;
	__u32 color[4];
	__u64 origin[3];
	__u64 region[3];
};
DXG_ASSERT_SIZE(struct dxg_cmd_fill_image, 88);

#endif /* DXGWIRE_CMD_H */

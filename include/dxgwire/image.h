/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * image.h - images and samplers as both ends describe them: what an image object is made over
 * (escape.h), which formats a device has, and what a sampler argument holds (cmd.h).
 *
 * An image has up to three coordinates, x, y and z; what y and z count depends on its type, as in
 * OpenCL: rows and slices, or the layers of an array. In CPU-visible memory its pixels are linear:
 * (x, y, z) is z * slice_pitch + y * row_pitch + x * (bytes of a pixel) behind the first one.
 */
#ifndef DXGWIRE_IMAGE_H
#define DXGWIRE_IMAGE_H

#include "limits.h"
#include "types.h"

/** enum dxg_image_type - what the coordinates are; those that a type does not name are of extent 1.
 */
enum dxg_image_type {
	DXG_IMAGE_1D = 1, /* x */
	DXG_IMAGE_1D_BUFFER = 2, /* x; over memory that buffers show, too */
	DXG_IMAGE_1D_ARRAY = 3, /* x, y: layer */
	DXG_IMAGE_2D = 4, /* x, y */
	DXG_IMAGE_2D_ARRAY = 5, /* x, y, z: layer */
	DXG_IMAGE_3D = 6, /* x, y, z */
};

#define DXG_IMAGE_TYPES 6u

/* dxg_image_desc.access: what kernels may do; the values of cl_mem_flags. */
#define DXG_IMAGE_READ_WRITE (1u << 0)
#define DXG_IMAGE_WRITE_ONLY (1u << 1)
#define DXG_IMAGE_READ_ONLY (1u << 2)

/* dxg_image_desc.flags */
#define DXG_IMAGE_SHARED (1u << 0) /* a view on memory of a buffer: 1D_BUFFER always, 2D may */
#define DXG_IMAGE_FLAGS (DXG_IMAGE_SHARED)

/**
 * struct dxg_image_desc - an image.
 * @type: enum dxg_image_type
 * @access: one of DXG_IMAGE_READ_WRITE, _WRITE_ONLY, _READ_ONLY
 * @order: cl_channel_order
 * @data_type: cl_channel_type
 * @flags: DXG_IMAGE_SHARED
 * @reserved: zero
 * @extent: pixels in x, y, z; 1 to DXG_IMAGE_EXTENT_MAX each
 * @row_pitch: bytes from y to y + 1; a multiple of a pixel, no less than a row
 * @slice_pitch: bytes from z to z + 1; no less than extent[1] rows
 */
struct dxg_image_desc {
	__u32 type;
	__u32 access;
	__u32 order;
	__u32 data_type;
	__u32 flags;
	__u32 reserved;
	__u64 extent[3];
	__u64 row_pitch;
	__u64 slice_pitch;
};
DXG_ASSERT_SIZE(struct dxg_image_desc, 64);

/*
 * A property of DXG_ESCAPE_DEVICE_INFO that no cl_device_info has: the formats of the device, an
 * array of struct dxg_image_format, at most DXG_IMAGE_FORMATS_MAX.
 */
#define DXG_DEVICE_IMAGE_FORMATS 0x44584649u /* "IFXD" */

/**
 * struct dxg_image_format - a format, and what there is in it.
 * @order: as in struct dxg_image_desc
 * @data_type: the same
 * @uses: bit DXG_IMAGE_USE(type, access) for each combination that the device has
 * @reserved: zero
 */
struct dxg_image_format {
	__u32 order;
	__u32 data_type;
	__u32 uses;
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct dxg_image_format, 16);

/* @access as in dxg_image_desc (1, 2, 4), or 8: read and written by the same kernel. */
#define DXG_IMAGE_USE(type, access) ((__u32)(access) << (((type)-1u) * 4u))

/**
 * struct dxg_sampler - a sampler, by value.
 * @addressing: cl_addressing_mode; the two that repeat need normalized coordinates
 * @filter: cl_filter_mode
 * @normalized: 1 or 0
 */
struct dxg_sampler {
	__u32 addressing;
	__u16 filter;
	__u16 normalized;
};
DXG_ASSERT_SIZE(struct dxg_sampler, 8);

/* Enumerants of OpenCL that both ends look at; the kernel and decoders have no OpenCL headers. */
#define DXG_ORDER_R 0x10B0u
#define DXG_ORDER_A 0x10B1u
#define DXG_ORDER_RG 0x10B2u
#define DXG_ORDER_RGBA 0x10B5u
#define DXG_ORDER_DEPTH 0x10BDu
#define DXG_ORDER_DEPTH_STENCIL 0x10BEu
#define DXG_ORDER_FIRST DXG_ORDER_R
#define DXG_ORDER_LAST 0x10C3u
#define DXG_TYPE_SNORM_INT8 0x10D0u
#define DXG_TYPE_UNORM_INT8 0x10D2u
#define DXG_TYPE_UNORM_SHORT_565 0x10D4u
#define DXG_TYPE_UNSIGNED_INT8 0x10DAu
#define DXG_TYPE_UNSIGNED_INT16 0x10DBu
#define DXG_TYPE_UNSIGNED_INT32 0x10DCu
#define DXG_TYPE_FLOAT 0x10DEu
#define DXG_TYPE_FIRST DXG_TYPE_SNORM_INT8
#define DXG_TYPE_LAST 0x10E0u
#define DXG_ADDRESS_NONE 0x1130u
#define DXG_ADDRESS_CLAMP_TO_EDGE 0x1131u
#define DXG_ADDRESS_CLAMP 0x1132u
#define DXG_ADDRESS_REPEAT 0x1133u
#define DXG_ADDRESS_MIRRORED_REPEAT 0x1134u
#define DXG_FILTER_NEAREST 0x1140u
#define DXG_FILTER_LINEAR 0x1141u

/** dxg_image_pixel() - bytes of a pixel; 0 for a format that OpenCL does not have. */
static inline __u32 dxg_image_pixel(__u32 order, __u32 data_type)
{
	/* R A RG RA RGB RGBA BGRA ARGB INTENSITY LUMINANCE Rx RGx RGBx DEPTH DEPTH_STENCIL
	 * sRGB sRGBx sRGBA sBGRA ABGR */
	static const __u8 channels[] = {
		1, 1, 2, 2, 3, 4, 4, 4, 1, 1, 2, 3, 4, 1, 1, 3, 4, 4, 4, 4,
	};
	/* SNORM 8, 16, UNORM 8, 16, then 565, 555, 101010 as a whole, SIGNED 8, 16, 32, UNSIGNED 8,
	 * 16, 32, HALF, FLOAT, UNORM_INT24, UNORM_INT_101010_2 as a whole */
	static const __u8 bytes[] = { 1, 2, 1, 2, 2, 2, 4, 1, 2, 4, 1, 2, 4, 2, 4, 4, 4 };
	__u32 packed;

	if (order < DXG_ORDER_FIRST || order > DXG_ORDER_LAST || data_type < DXG_TYPE_FIRST ||
	    data_type > DXG_TYPE_LAST)
		return 0;
	packed = (data_type >= DXG_TYPE_UNORM_SHORT_565 &&
		  data_type <= DXG_TYPE_UNORM_SHORT_565 + 2) ||
		 data_type == DXG_TYPE_LAST;
	/* A stencil beside 32 bits of depth takes a word of its own. */
	if (order == DXG_ORDER_DEPTH_STENCIL && data_type == DXG_TYPE_FLOAT)
		return 8;
	return bytes[data_type - DXG_TYPE_FIRST] *
	       (packed ? 1u : channels[order - DXG_ORDER_FIRST]);
}

/** dxg_image_dimensions() - coordinates of @type; 0 for no type. */
static inline __u32 dxg_image_dimensions(__u32 type)
{
	static const __u8 dimensions[] = { 0, 1, 1, 2, 2, 3, 3 };

	return type <= DXG_IMAGE_TYPES ? dimensions[type] : 0;
}

/**
 * dxg_image_bytes() - check a description, and tell the bytes from its first to its last pixel.
 * @d: private to the caller
 *
 * Return: 0 when it breaks a rule above, or takes more than DXG_ALLOCATION_SIZE_MAX.
 */
static inline __u64 dxg_image_bytes(const struct dxg_image_desc *d)
{
	__u64 pixel = dxg_image_pixel(d->order, d->data_type), row, size = 0, more;
	__u32 i, dimensions = dxg_image_dimensions(d->type);

	if (!pixel || !dimensions || (d->flags & ~DXG_IMAGE_FLAGS) || d->reserved)
		return 0;
	if (d->access != DXG_IMAGE_READ_WRITE && d->access != DXG_IMAGE_WRITE_ONLY &&
	    d->access != DXG_IMAGE_READ_ONLY)
		return 0;
	if (d->flags & DXG_IMAGE_SHARED ? d->type != DXG_IMAGE_1D_BUFFER && d->type != DXG_IMAGE_2D
					: d->type == DXG_IMAGE_1D_BUFFER)
		return 0;
	for (i = 0; i < 3; i++)
		if (!d->extent[i] || d->extent[i] > (i < dimensions ? DXG_IMAGE_EXTENT_MAX : 1u))
			return 0;
	row = d->extent[0] * pixel;
	if (d->row_pitch < row || d->row_pitch % pixel || d->row_pitch > DXG_ALLOCATION_SIZE_MAX)
		return 0;
	if (__builtin_mul_overflow(d->row_pitch, d->extent[1], &more) || d->slice_pitch < more ||
	    d->slice_pitch > DXG_ALLOCATION_SIZE_MAX)
		return 0;
	if (__builtin_mul_overflow(d->slice_pitch, d->extent[2] - 1, &size))
		return 0;
	/* Both are far below 2^64. */
	if (size > DXG_ALLOCATION_SIZE_MAX)
		return 0;
	size += d->row_pitch * (d->extent[1] - 1) + row;
	return size > DXG_ALLOCATION_SIZE_MAX ? 0 : size;
}

#endif /* DXGWIRE_IMAGE_H */

/* SPDX-License-Identifier: MIT */
/*
 * image.h - what makes a cl_mem an image: its format and extents, where its pixels are, and the
 * object on the host that kernels and commands name.
 *
 * Its memory is an allocation like a buffer's, or the buffer's that it was made from. In
 * CPU-visible memory the pixels are linear and without gaps (or with the pitch of a 2D image made
 * from a buffer); of device-local memory only the host's driver knows. Immutable.
 */
#ifndef OPENCL_IMAGE_H
#define OPENCL_IMAGE_H

#include "box.h"
#include "buffer.h"
#include "queue.h"

/**
 * struct image_pitch - bytes from y to y + 1 and from z to z + 1.
 * @row, @slice: what counts as y and z depends on the type (dxgwire/image.h)
 */
struct image_pitch {
	size_t row;
	size_t slice;
};

/**
 * struct image - see above.
 * @desc: as given; the pitches are complete, and those of CL_IMAGE_ROW_PITCH and _SLICE_PITCH
 * @type: enum dxg_image_type
 * @pixel: bytes of one
 * @extent: pixels in x, y, z; 1 where the type has no such coordinate
 * @memory: pitches where the device and we see the pixels
 * @host: pitches where the application does, when that is memory of its own, or in a map
 * @id: object on the host; 0 for none
 */
struct image {
	cl_image_format format;
	cl_image_desc desc;
	uint32_t type;
	size_t pixel;
	size_t extent[3];
	struct image_pitch memory;
	struct image_pitch host;
	uint32_t id;
};

/** image_type() - enum dxg_image_type of a cl_mem_object_type; 0 for none. */
uint32_t image_type(cl_mem_object_type type);

/** image_supported() - does the device have images at all? */
bool image_supported(const struct _cl_device_id *device);

/** image_format_supported() - has it a format for this type and access (CL_MEM_READ_ONLY…)? */
bool image_format_supported(const struct _cl_device_id *device, const cl_image_format *format,
			    uint32_t type, cl_mem_flags access);

/**
 * image_describe() - check what clCreateImage() was given, and make all of @ret but @id of it.
 * @parent: gets the buffer that it is to be made from, or NULL
 */
cl_int image_describe(cl_context context, cl_mem_flags flags, const cl_image_format *format,
		      const cl_image_desc *desc, const void *host_ptr, struct image *ret,
		      cl_mem *ret_parent);

/** image_bytes() - from the first to the last pixel, with these pitches. */
size_t image_bytes(const struct image *image, const struct image_pitch *pitch);

/** image_free() - of a cl_mem that is going: the object on the host, and the description. */
void image_free(struct _cl_mem *mem);

/** image_region_valid() - is the region there, not empty, and inside the image? */
bool image_region_valid(const struct image *image, const size_t *origin, const size_t *region);

/** image_box() - a valid region of an image as a box; its host side is left to the caller. */
struct box image_box(const struct image *image, const size_t origin[3], const size_t region[3]);

/** image_offset() - bytes from the first pixel to the one at @origin, with these pitches. */
size_t image_offset(const struct image *image, const struct image_pitch *pitch,
		    const size_t origin[3]);

/**
 * image_pitch_init() - pitches as clEnqueueReadImage() takes them, 0 for none.
 * Return: false when they are too short, or given where there is nothing to step over.
 */
bool image_pitch_init(const struct image *image, const size_t region[3], size_t row, size_t slice,
		      struct image_pitch *ret);

#endif

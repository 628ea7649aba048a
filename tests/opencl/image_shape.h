/* SPDX-License-Identifier: MIT */
/*
 * image_shape.h - images of every type, small enough to model in plain memory, for the tests of
 * images.
 */
#ifndef TESTS_OPENCL_IMAGE_SHAPE_H
#define TESTS_OPENCL_IMAGE_SHAPE_H

#include "fixture.h"

#define SHAPES 5
#define PIXEL 4 /* bytes, of CL_RGBA CL_UNSIGNED_INT8 */
#define MODEL_BYTES 4096 /* of the largest shape, and more */

/**
 * struct shape - one type of image, and the region that the tests move.
 * @desc: type and extents
 * @extent: the same as coordinates
 * @origin, @region: somewhere inside, all dimensions used
 */
struct shape {
	cl_image_desc desc;
	size_t extent[3];
	size_t origin[3];
	size_t region[3];
};

static const struct shape shapes[SHAPES] = {
	{ { .image_type = CL_MEM_OBJECT_IMAGE1D, .image_width = 37 },
	  { 37, 1, 1 },
	  { 5, 0, 0 },
	  { 13, 1, 1 } },
	{ { .image_type = CL_MEM_OBJECT_IMAGE1D_ARRAY, .image_width = 19, .image_array_size = 7 },
	  { 19, 7, 1 },
	  { 3, 2, 0 },
	  { 11, 4, 1 } },
	{ { .image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 17, .image_height = 11 },
	  { 17, 11, 1 },
	  { 4, 3, 0 },
	  { 9, 5, 1 } },
	{ { .image_type = CL_MEM_OBJECT_IMAGE2D_ARRAY,
	    .image_width = 9,
	    .image_height = 6,
	    .image_array_size = 5 },
	  { 9, 6, 5 },
	  { 2, 1, 1 },
	  { 5, 3, 3 } },
	{ { .image_type = CL_MEM_OBJECT_IMAGE3D,
	    .image_width = 8,
	    .image_height = 7,
	    .image_depth = 6 },
	  { 8, 7, 6 },
	  { 1, 2, 3 },
	  { 6, 4, 2 } },
};

static const cl_image_format rgba = { CL_RGBA, CL_UNSIGNED_INT8 };
static const size_t zero3[3];

static inline size_t pixels(const size_t region[3])
{
	return region[0] * region[1] * region[2];
}

static inline bool is_layered(const struct shape *s)
{
	return s->desc.image_type == CL_MEM_OBJECT_IMAGE1D_ARRAY ||
	       s->desc.image_type == CL_MEM_OBJECT_IMAGE2D_ARRAY ||
	       s->desc.image_type == CL_MEM_OBJECT_IMAGE3D;
}

/** struct pitched - pixels in plain memory; @row and @slice step y and z. */
struct pitched {
	uint8_t *at;
	size_t row;
	size_t slice;
};

static inline struct pitched packed(void *at, const size_t region[3])
{
	return (struct pitched){ at, region[0] * PIXEL, region[0] * region[1] * PIXEL };
}

static inline struct pitched moved(struct pitched p, const size_t origin[3])
{
	p.at += origin[2] * p.slice + origin[1] * p.row + origin[0] * PIXEL;
	return p;
}

static inline void copy_pixels(struct pitched to, struct pitched from, const size_t region[3])
{
	for (size_t z = 0; z < region[2]; z++)
		for (size_t y = 0; y < region[1]; y++)
			memcpy(to.at + z * to.slice + y * to.row,
			       from.at + z * from.slice + y * from.row, region[0] * PIXEL);
}

/** shape_create() - an image of @s, without contents. */
static inline cl_mem shape_create(struct fixture *f, const struct shape *s, cl_mem_flags flags)
{
	cl_int err;
	cl_mem mem = clCreateImage(f->context, flags, &rgba, &s->desc, NULL, &err);

	ok(err);
	assert_non_null(mem);
	return mem;
}

/** shape_write() - set the whole image from packed pixels. */
static inline void shape_write(struct fixture *f, const struct shape *s, cl_mem mem,
			       const void *from)
{
	ok(clEnqueueWriteImage(f->queue, mem, CL_TRUE, zero3, s->extent, 0, 0, from, 0, NULL,
			       NULL));
}

/** shape_expect() - is the whole image equal to packed pixels? */
static inline void shape_expect(struct fixture *f, const struct shape *s, cl_mem mem,
				const void *model)
{
	static uint8_t out[MODEL_BYTES];

	memset(out, 0xee, sizeof(out));
	ok(clEnqueueReadImage(f->queue, mem, CL_TRUE, zero3, s->extent, 0, 0, out, 0, NULL, NULL));
	assert_memory_equal(out, model, pixels(s->extent) * PIXEL);
}

#endif

// SPDX-License-Identifier: MIT
/*
 * test_image.c - images of every type: creation, queries, reads, writes, copies, fills, maps, every
 * kind of host pointer. Each command is compared with a model in plain memory.
 */
#include "image_shape.h"

#include <semaphore.h>

#define LARGE_WIDTH 2048
#define LARGE_HEIGHT 1024 /* 8 MiB: more than any staging */

static uint8_t model[MODEL_BYTES], other[MODEL_BYTES], bytes[1 << 16];

/* For each shape: an image with the contents of @model. */
static cl_mem filled(struct fixture *f, const struct shape *s, cl_mem_flags flags,
		     unsigned int seed)
{
	cl_mem mem = shape_create(f, s, flags);

	fixture_pattern(model, sizeof(model), seed);
	shape_write(f, s, mem, model);
	return mem;
}

static size_t size_info(cl_mem mem, cl_image_info param)
{
	size_t value = ~(size_t)0;

	ok(clGetImageInfo(mem, param, sizeof(value), &value, NULL));
	return value;
}

static void queries(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		cl_mem mem = shape_create(f, s, CL_MEM_READ_ONLY), parent = f ? (cl_mem)f : NULL;
		cl_mem_object_type type;
		cl_image_format format;
		cl_mem_flags flags;
		cl_context context;
		cl_uint levels = 9;

		ok(clGetMemObjectInfo(mem, CL_MEM_TYPE, sizeof(type), &type, NULL));
		assert_int_equal(type, s->desc.image_type);
		ok(clGetMemObjectInfo(mem, CL_MEM_FLAGS, sizeof(flags), &flags, NULL));
		assert_int_equal(flags, CL_MEM_READ_ONLY);
		ok(clGetMemObjectInfo(mem, CL_MEM_CONTEXT, sizeof(context), &context, NULL));
		assert_ptr_equal(context, f->context);
		ok(clGetMemObjectInfo(mem, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof(parent), &parent,
				      NULL));
		assert_null(parent);
		ok(clGetImageInfo(mem, CL_IMAGE_FORMAT, sizeof(format), &format, NULL));
		assert_memory_equal(&format, &rgba, sizeof(format));
		assert_int_equal(size_info(mem, CL_IMAGE_ELEMENT_SIZE), PIXEL);
		assert_int_equal(size_info(mem, CL_IMAGE_WIDTH), s->desc.image_width);
		assert_int_equal(size_info(mem, CL_IMAGE_HEIGHT), s->desc.image_height);
		assert_int_equal(size_info(mem, CL_IMAGE_DEPTH), s->desc.image_depth);
		assert_int_equal(size_info(mem, CL_IMAGE_ARRAY_SIZE), s->desc.image_array_size);
		assert_int_equal(size_info(mem, CL_IMAGE_ROW_PITCH), s->desc.image_width * PIXEL);
		if (is_layered(s))
			assert_true(size_info(mem, CL_IMAGE_SLICE_PITCH) >=
				    s->desc.image_width * PIXEL);
		else
			assert_int_equal(size_info(mem, CL_IMAGE_SLICE_PITCH), 0);
		ok(clGetImageInfo(mem, CL_IMAGE_NUM_MIP_LEVELS, sizeof(levels), &levels, NULL));
		assert_int_equal(levels, 0);
		levels = 9;
		ok(clGetImageInfo(mem, CL_IMAGE_NUM_SAMPLES, sizeof(levels), &levels, NULL));
		assert_int_equal(levels, 0);
		assert_int_equal(clGetImageInfo(mem, 0x9999, sizeof(levels), &levels, NULL),
				 CL_INVALID_VALUE);
		assert_int_equal(clGetImageInfo(mem, CL_IMAGE_WIDTH, 1, &levels, NULL),
				 CL_INVALID_VALUE);
		ok(clReleaseMemObject(mem));
	}
}

/* Every format that is listed can be created, and holds what is written. */
static void formats(void **state)
{
	struct fixture *f = *state;
	static cl_image_format list[1024];

	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		cl_uint n = 0, again = 0;

		ok(clGetSupportedImageFormats(f->context, CL_MEM_READ_WRITE, s->desc.image_type, 0,
					      NULL, &n));
		assert_true(n > 0 && n <= 1024);
		ok(clGetSupportedImageFormats(f->context, CL_MEM_READ_WRITE, s->desc.image_type, n,
					      list, &again));
		assert_int_equal(n, again);
		for (cl_uint k = 0; k < n; k++) {
			cl_int err;
			cl_mem mem = clCreateImage(f->context, CL_MEM_READ_WRITE, &list[k],
						   &s->desc, NULL, &err);
			size_t size;

			ok(err);
			size = size_info(mem, CL_IMAGE_ELEMENT_SIZE) * pixels(s->extent);
			fixture_pattern(bytes, size, k);
			ok(clEnqueueWriteImage(f->queue, mem, CL_TRUE, zero3, s->extent, 0, 0,
					       bytes, 0, NULL, NULL));
			memset(bytes + size, 0, size);
			ok(clEnqueueReadImage(f->queue, mem, CL_TRUE, zero3, s->extent, 0, 0,
					      bytes + size, 0, NULL, NULL));
			assert_memory_equal(bytes, bytes + size, size);
			ok(clReleaseMemObject(mem));
		}
	}
}

static void format_list_errors(void **state)
{
	struct fixture *f = *state;
	cl_image_format one;
	cl_uint n;

	assert_int_equal(clGetSupportedImageFormats(NULL, CL_MEM_READ_ONLY, CL_MEM_OBJECT_IMAGE2D,
						    0, NULL, &n),
			 CL_INVALID_CONTEXT);
	assert_int_equal(clGetSupportedImageFormats(f->context, CL_MEM_READ_ONLY,
						    CL_MEM_OBJECT_IMAGE2D, 0, &one, &n),
			 CL_INVALID_VALUE);
	assert_int_equal(clGetSupportedImageFormats(f->context, CL_MEM_READ_ONLY,
						    CL_MEM_OBJECT_BUFFER, 0, NULL, &n),
			 CL_INVALID_VALUE);
	ok(clGetSupportedImageFormats(f->context, CL_MEM_READ_ONLY, CL_MEM_OBJECT_IMAGE2D, 1, &one,
				      NULL));
	if (!f->ours) /* PoCL 3.1 does not look at the flags */
		return;
	assert_int_equal(clGetSupportedImageFormats(f->context,
						    CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY,
						    CL_MEM_OBJECT_IMAGE2D, 0, NULL, &n),
			 CL_INVALID_VALUE);
}

/* A region of @mem out of, or into, memory with gaps between rows and slices. */
static void move_region(struct fixture *f, const struct shape *s, cl_mem mem, cl_bool blocking,
			bool write, struct pitched host)
{
	bool array = s->desc.image_type == CL_MEM_OBJECT_IMAGE1D_ARRAY;
	/* PoCL 3.1 steps layers of a 1D array by the row pitch. */
	size_t row = array && f->ours ? 0 : host.row;
	size_t slice = is_layered(s) ? (array ? host.row : host.slice) : 0;

	if (write)
		ok(clEnqueueWriteImage(f->queue, mem, blocking, s->origin, s->region, row, slice,
				       host.at, 0, NULL, NULL));
	else
		ok(clEnqueueReadImage(f->queue, mem, blocking, s->origin, s->region, row, slice,
				      host.at, 0, NULL, NULL));
}

static void regions(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2 * SHAPES; i++) {
		const struct shape *s = &shapes[i / 2];
		cl_bool blocking = i % 2;
		struct pitched host = { bytes, 64, 512 }, all = packed(model, s->extent);
		cl_mem mem = filled(f, s, CL_MEM_READ_WRITE, (unsigned int)i);

		/* Out: nothing between the rows is touched. */
		memset(bytes, 0x77, sizeof(bytes));
		move_region(f, s, mem, blocking, false, host);
		ok(clFinish(f->queue));
		memset(other, 0x77, sizeof(other));
		copy_pixels((struct pitched){ other, 64, 512 }, moved(all, s->origin), s->region);
		assert_memory_equal(bytes, other, 2048);
		/* In. */
		fixture_pattern(bytes, sizeof(bytes), 99);
		move_region(f, s, mem, blocking, true, host);
		ok(clFinish(f->queue));
		copy_pixels(moved(all, s->origin), host, s->region);
		shape_expect(f, s, mem, model);
		ok(clReleaseMemObject(mem));
	}
}

/* A write is taken when it is enqueued as far as order goes: what follows sees it. */
static void queued_transfers(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_mem mem = shape_create(f, s, CL_MEM_READ_WRITE);
	static uint8_t in[50][MODEL_BYTES], out[50][MODEL_BYTES];

	for (unsigned int i = 0; i < 50; i++) {
		fixture_pattern(in[i], MODEL_BYTES, i);
		ok(clEnqueueWriteImage(f->queue, mem, CL_FALSE, zero3, s->extent, 0, 0, in[i], 0,
				       NULL, NULL));
		ok(clEnqueueReadImage(f->queue, mem, CL_FALSE, zero3, s->extent, 0, 0, out[i], 0,
				      NULL, NULL));
	}
	ok(clFinish(f->queue));
	for (unsigned int i = 0; i < 50; i++)
		assert_memory_equal(in[i], out[i], pixels(s->extent) * PIXEL);
	ok(clReleaseMemObject(mem));
}

static void large(void **state)
{
	struct fixture *f = *state;
	cl_image_desc desc = { .image_type = CL_MEM_OBJECT_IMAGE2D,
			       .image_width = LARGE_WIDTH,
			       .image_height = LARGE_HEIGHT };
	const size_t region[3] = { LARGE_WIDTH, LARGE_HEIGHT, 1 };
	size_t size = pixels(region) * PIXEL;
	uint8_t *in = malloc(size), *out = calloc(1, size);
	cl_event event;
	cl_int err;
	cl_mem mem = clCreateImage(f->context, CL_MEM_READ_WRITE, &rgba, &desc, NULL, &err);

	ok(err);
	fixture_pattern(in, size, 5);
	ok(clEnqueueWriteImage(f->queue, mem, CL_FALSE, zero3, region, 0, 0, in, 0, NULL, NULL));
	ok(clEnqueueReadImage(f->queue, mem, CL_FALSE, zero3, region, 0, 0, out, 0, NULL, &event));
	ok(clWaitForEvents(1, &event));
	assert_memory_equal(in, out, size);
	ok(clReleaseEvent(event));
	ok(clReleaseMemObject(mem));
	free(in);
	free(out);
}

/* Regions of several parts, of slices larger and smaller than one, out of memory with gaps. */
static void large_region(struct fixture *f, const struct shape *s)
{
	size_t size = pixels(s->extent) * PIXEL, row = s->region[0] * PIXEL + 12;
	size_t slice = row * (s->region[1] + 1), room = slice * s->region[2];
	uint8_t *all = malloc(size), *out = malloc(size), *part = malloc(room), *was = malloc(room);
	struct pitched host = { part, row, slice };
	cl_mem mem = shape_create(f, s, CL_MEM_READ_WRITE);

	for (int blocking = 0; blocking < 2; blocking++) {
		fixture_pattern(all, size, 5);
		fixture_pattern(part, room, 6 + (unsigned int)blocking);
		shape_write(f, s, mem, all);
		move_region(f, s, mem, (cl_bool)blocking, true, host);
		ok(clEnqueueReadImage(f->queue, mem, CL_TRUE, zero3, s->extent, 0, 0, out, 0, NULL,
				      NULL));
		copy_pixels(moved(packed(all, s->extent), s->origin), host, s->region);
		assert_memory_equal(out, all, size);
		memset(part, 0x55, room);
		memset(was, 0x55, room);
		move_region(f, s, mem, (cl_bool)blocking, false, host);
		ok(clFinish(f->queue));
		copy_pixels((struct pitched){ was, row, slice },
			    moved(packed(all, s->extent), s->origin), s->region);
		assert_memory_equal(part, was, room);
	}
	ok(clReleaseMemObject(mem));
	free(all);
	free(out);
	free(part);
	free(was);
}

static void large_regions(void **state)
{
	static const struct shape large[] = {
		{ { .image_type = CL_MEM_OBJECT_IMAGE3D,
		    .image_width = 400,
		    .image_height = 301,
		    .image_depth = 7 },
		  { 400, 301, 7 },
		  { 3, 1, 1 },
		  { 397, 299, 6 } },
		{ { .image_type = CL_MEM_OBJECT_IMAGE3D,
		    .image_width = 1000,
		    .image_height = 303,
		    .image_depth = 3 },
		  { 1000, 303, 3 },
		  { 0, 2, 0 },
		  { 999, 301, 3 } },
		{ { .image_type = CL_MEM_OBJECT_IMAGE2D_ARRAY,
		    .image_width = 33,
		    .image_height = 17,
		    .image_array_size = 801 },
		  { 33, 17, 801 },
		  { 1, 2, 3 },
		  { 31, 14, 797 } },
	};

	for (int i = 0; i < 3; i++)
		large_region(*state, &large[i]);
}

static void copies(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		cl_mem to = filled(f, s, CL_MEM_READ_WRITE, 1), from;
		struct pitched all = packed(model, s->extent);

		memcpy(other, model, sizeof(other));
		from = filled(f, s, CL_MEM_READ_WRITE, 2);
		ok(clEnqueueCopyImage(f->queue, from, to, s->origin, zero3, s->region, 0, NULL,
				      NULL));
		copy_pixels(packed(other, s->extent), moved(all, s->origin), s->region);
		shape_expect(f, s, to, other);
		shape_expect(f, s, from, model);
		ok(clReleaseMemObject(from));
		ok(clReleaseMemObject(to));
	}
}

/* Between a 2D image and a slice of a 3D one. */
static void copy_between_types(void **state)
{
	struct fixture *f = *state;
	const struct shape *flat = &shapes[2], *deep = &shapes[4];
	const size_t to[3] = { 1, 0, 4 }, region[3] = { 7, 6, 1 };
	cl_mem dst = filled(f, deep, CL_MEM_READ_WRITE, 3), src;

	memcpy(other, model, sizeof(other));
	src = filled(f, flat, CL_MEM_READ_WRITE, 4);
	ok(clEnqueueCopyImage(f->queue, src, dst, flat->origin, to, region, 0, NULL, NULL));
	copy_pixels(moved(packed(other, deep->extent), to),
		    moved(packed(model, flat->extent), flat->origin), region);
	shape_expect(f, deep, dst, other);
	ok(clReleaseMemObject(src));
	ok(clReleaseMemObject(dst));
}

static void to_and_from_buffers(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		size_t size = pixels(s->region) * PIXEL;
		cl_mem mem = filled(f, s, CL_MEM_READ_WRITE, 6);
		struct pitched all = packed(model, s->extent);
		cl_mem buffer = fixture_buffer(f, MODEL_BYTES, NULL);

		ok(clEnqueueCopyImageToBuffer(f->queue, mem, buffer, s->origin, s->region, 100, 0,
					      NULL, NULL));
		fixture_read(f, buffer, bytes, MODEL_BYTES);
		copy_pixels(packed(other, s->region), moved(all, s->origin), s->region);
		assert_memory_equal(bytes + 100, other, size);
		fixture_pattern(bytes, MODEL_BYTES, 7);
		ok(clEnqueueWriteBuffer(f->queue, buffer, CL_FALSE, 0, MODEL_BYTES, bytes, 0, NULL,
					NULL));
		ok(clEnqueueCopyBufferToImage(f->queue, buffer, mem, 52, s->origin, s->region, 0,
					      NULL, NULL));
		copy_pixels(moved(all, s->origin), packed(bytes + 52, s->region), s->region);
		shape_expect(f, s, mem, model);
		ok(clReleaseMemObject(buffer));
		ok(clReleaseMemObject(mem));
	}
}

static void fills(void **state)
{
	static const cl_uint color[4] = { 1, 20, 200, 255 };
	struct fixture *f = *state;

	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		cl_mem mem = filled(f, s, CL_MEM_READ_WRITE, 8);

		for (size_t k = 0; k < sizeof(other); k++)
			other[k] = (uint8_t)color[k % 4];
		ok(clEnqueueFillImage(f->queue, mem, color, s->origin, s->region, 0, NULL, NULL));
		copy_pixels(moved(packed(model, s->extent), s->origin), packed(other, s->region),
			    s->region);
		shape_expect(f, s, mem, model);
		ok(clReleaseMemObject(mem));
	}
}

/* Colours are floats, ints or unsigned, by the format. */
static void fill_colors(void **state)
{
	static const cl_float floats[4] = { 0.0f, 1.0f, 0.5f, -1.0f };
	static const cl_float half[4] = { 0.5f };
	static const cl_int ints[4] = { -5, 5, 100, -128 };
	static const struct {
		cl_image_format format;
		const void *color;
		size_t size;
		uint8_t pixel[16];
	} cases[] = {
		{ { CL_RGBA, CL_FLOAT }, floats, 16, { 0 } },
		{ { CL_R, CL_FLOAT }, half, 4, { 0, 0, 0, 0x3f } },
		{ { CL_RGBA, CL_SIGNED_INT8 }, ints, 4, { 0xfb, 5, 100, 0x80 } },
		{ { CL_RGBA, CL_UNORM_INT8 }, floats, 4, { 0, 255, 127, 0 } },
	};
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const void *want = i ? (const void *)cases[i].pixel : floats;
		cl_int err;
		cl_mem mem = clCreateImage(f->context, CL_MEM_READ_WRITE, &cases[i].format,
					   &s->desc, NULL, &err);

		ok(err);
		memset(bytes, 0, 16);
		ok(clEnqueueFillImage(f->queue, mem, cases[i].color, zero3, s->extent, 0, NULL,
				      NULL));
		ok(clEnqueueReadImage(f->queue, mem, CL_TRUE, s->origin, (size_t[]){ 1, 1, 1 }, 0,
				      0, bytes, 0, NULL, NULL));
		for (size_t k = 0; k < cases[i].size; k++) /* half of 255 may be rounded up */
			if (!(bytes[k] == 128 && ((const uint8_t *)want)[k] == 127))
				assert_int_equal(bytes[k], ((const uint8_t *)want)[k]);
		ok(clReleaseMemObject(mem));
	}
}

/* ---- maps ---- */

static struct pitched map(struct fixture *f, const struct shape *s, cl_mem mem, cl_map_flags flags)
{
	size_t row = 0, slice = 77;
	cl_int err;
	void *at = clEnqueueMapImage(f->queue, mem, CL_TRUE, flags, s->origin, s->region, &row,
				     &slice, 0, NULL, NULL, &err);

	ok(err);
	assert_non_null(at);
	assert_true(row >= s->region[0] * PIXEL);
	if (!is_layered(s))
		assert_int_equal(slice, 0);
	if (s->desc.image_type == CL_MEM_OBJECT_IMAGE1D_ARRAY)
		return (struct pitched){ at, slice, 0 };
	return (struct pitched){ at, row, slice };
}

static cl_uint map_count(cl_mem mem)
{
	cl_uint n;

	ok(clGetMemObjectInfo(mem, CL_MEM_MAP_COUNT, sizeof(n), &n, NULL));
	return n;
}

/* Read the region through one map, change it through others. */
static void through_maps(struct fixture *f, const struct shape *s, cl_mem mem)
{
	struct pitched all = packed(model, s->extent), at = map(f, s, mem, CL_MAP_READ);

	assert_int_equal(map_count(mem), 1);
	copy_pixels(packed(bytes, s->region), at, s->region);
	copy_pixels(packed(other, s->region), moved(all, s->origin), s->region);
	assert_memory_equal(bytes, other, pixels(s->region) * PIXEL);
	ok(clEnqueueUnmapMemObject(f->queue, mem, at.at, 0, NULL, NULL));
	for (unsigned int i = 0; i < 2; i++) {
		at = map(f, s, mem,
			 i ? CL_MAP_READ | CL_MAP_WRITE : CL_MAP_WRITE_INVALIDATE_REGION);
		fixture_pattern(bytes, MODEL_BYTES, 11 + i);
		copy_pixels(at, packed(bytes, s->region), s->region);
		ok(clEnqueueUnmapMemObject(f->queue, mem, at.at, 0, NULL, NULL));
		copy_pixels(moved(all, s->origin), packed(bytes, s->region), s->region);
		shape_expect(f, s, mem, model);
	}
	ok(clFinish(f->queue));
	assert_int_equal(map_count(mem), 0);
}

static void maps(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SHAPES; i++) {
		cl_mem mem = filled(f, &shapes[i], CL_MEM_ALLOC_HOST_PTR, 10);

		through_maps(f, &shapes[i], mem);
		ok(clReleaseMemObject(mem));
	}
}

/* With the application's own pixels, which have gaps. */
static void host_pointers(struct fixture *f, cl_mem_flags flags)
{
	static uint8_t memory[MODEL_BYTES * 8] __attribute__((aligned(128)));

	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		bool array = s->desc.image_type == CL_MEM_OBJECT_IMAGE1D_ARRAY;
		struct pitched host = { memory, 192, 192 * 16 };
		cl_image_desc desc = s->desc;
		cl_int err;
		cl_mem mem;

		if (s->extent[1] > 1 && !array)
			desc.image_row_pitch = host.row;
		if (is_layered(s))
			desc.image_slice_pitch = array ? host.row : host.slice;
		if (array)
			desc.image_row_pitch = f->ours ? 96 : host.row;
		fixture_pattern(model, sizeof(model), 20);
		fixture_pattern(memory, sizeof(memory), 21);
		copy_pixels(host, packed(model, s->extent), s->extent);
		mem = clCreateImage(f->context, flags, &rgba, &desc, memory, &err);
		ok(err);
		shape_expect(f, s, mem, model);
		through_maps(f, s, mem);
		if (flags & CL_MEM_USE_HOST_PTR) {
			struct pitched at = map(f, s, mem, CL_MAP_READ);

			assert_ptr_equal(at.at, moved(host, s->origin).at);
			copy_pixels(packed(bytes, s->region), moved(host, s->origin), s->region);
			copy_pixels(packed(other, s->region),
				    moved(packed(model, s->extent), s->origin), s->region);
			assert_memory_equal(bytes, other, pixels(s->region) * PIXEL);
			ok(clEnqueueUnmapMemObject(f->queue, mem, at.at, 0, NULL, NULL));
			if (desc.image_row_pitch)
				assert_int_equal(size_info(mem, CL_IMAGE_ROW_PITCH),
						 desc.image_row_pitch);
		}
		ok(clReleaseMemObject(mem));
	}
}

static void use_host_ptr(void **state)
{
	host_pointers(*state, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR);
}

static void copy_host_ptr(void **state)
{
	host_pointers(*state, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR);
}

static void release_mapped(void **state)
{
	struct fixture *f = *state;
	cl_mem mem = filled(f, &shapes[4], CL_MEM_READ_WRITE, 1);

	map(f, &shapes[4], mem, CL_MAP_READ);
	ok(clReleaseMemObject(mem));
	ok(clFinish(f->queue));
}

/* ---- other ways to create, and to end ---- */

static void older_calls(void **state)
{
	struct fixture *f = *state;
	cl_mem mem;
	cl_int err;

	mem = clCreateImage2D(f->context, CL_MEM_READ_WRITE, &rgba, 17, 11, 0, NULL, &err);
	ok(err);
	fixture_pattern(model, sizeof(model), 30);
	shape_write(f, &shapes[2], mem, model);
	shape_expect(f, &shapes[2], mem, model);
	ok(clReleaseMemObject(mem));
	fixture_pattern(bytes, sizeof(bytes), 31);
	mem = clCreateImage3D(f->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, &rgba, 8, 7, 6,
			      8 * PIXEL, 7 * 8 * PIXEL, bytes, &err);
	ok(err);
	shape_expect(f, &shapes[4], mem, bytes);
	ok(clReleaseMemObject(mem));
	if (!f->ours) /* PoCL 3.1 has errors of buffers here */
		return;
	assert_null(clCreateImage2D(f->context, CL_MEM_READ_WRITE, &rgba, 0, 11, 0, NULL, &err));
	assert_int_equal(err, CL_INVALID_IMAGE_SIZE);
	assert_null(clCreateImage2D(f->context, CL_MEM_READ_WRITE, &rgba, 17, 11, 128, NULL, &err));
	assert_int_equal(err, CL_INVALID_IMAGE_SIZE);
	assert_null(
		clCreateImage3D(f->context, CL_MEM_READ_WRITE, &rgba, 17, 11, 0, 0, 0, NULL, &err));
	assert_int_equal(err, CL_INVALID_IMAGE_SIZE);
}

/* A 1D image of a buffer shows the buffer's bytes, both ways, and keeps it alive. */
static void from_buffer(void **state)
{
	static const cl_uint color[4] = { 5, 6, 7, 8 };
	const size_t origin[3] = { 3, 0, 0 }, region[3] = { 10, 1, 1 }, all[3] = { 64, 1, 1 };
	struct fixture *f = *state;
	cl_image_desc desc = { .image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER, .image_width = 64 };
	cl_mem image, parent = NULL;
	cl_int err;

	fixture_pattern(model, sizeof(model), 40);
	desc.buffer = fixture_buffer(f, 1000, model);
	image = clCreateImage(f->context, CL_MEM_READ_WRITE, &rgba, &desc, NULL, &err);
	ok(err);
	ok(clGetImageInfo(image, CL_IMAGE_BUFFER, sizeof(parent), &parent, NULL));
	assert_ptr_equal(parent, desc.buffer);
	ok(clGetMemObjectInfo(image, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof(parent), &parent, NULL));
	assert_ptr_equal(parent, desc.buffer);
	ok(clEnqueueReadImage(f->queue, image, CL_TRUE, zero3, all, 0, 0, bytes, 0, NULL, NULL));
	assert_memory_equal(bytes, model, 256);
	if (f->ours) { /* PoCL 3.1 crashes */
		ok(clEnqueueFillImage(f->queue, image, color, origin, region, 0, NULL, NULL));
		for (size_t i = 12; i < 52; i++)
			model[i] = (uint8_t)color[i % 4];
	}
	fixture_read(f, desc.buffer, bytes, 1000);
	assert_memory_equal(bytes, model, 1000);
	memset(model + 100, 0x5a, 8);
	ok(clEnqueueWriteBuffer(f->queue, desc.buffer, CL_FALSE, 100, 8, model + 100, 0, NULL,
				NULL));
	ok(clReleaseMemObject(desc.buffer));
	ok(clEnqueueReadImage(f->queue, image, CL_TRUE, zero3, all, 0, 0, bytes, 0, NULL, NULL));
	assert_memory_equal(bytes, model, 256);
	ok(clReleaseMemObject(image));
}

/* What the host's driver does not have of images from buffers, it refuses itself. */
static void from_buffer_errors(void **state)
{
	struct fixture *f = *state;
	cl_image_desc desc = { .image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER, .image_width = 64 };
	cl_int err;

	if (!f->ours) /* PoCL 3.1 has an error of its own for all of these */
		skip();
	assert_null(clCreateImage(f->context, CL_MEM_READ_WRITE, &rgba, &desc, NULL, &err));
	assert_int_equal(err, CL_INVALID_IMAGE_DESCRIPTOR);
	desc.buffer = fixture_buffer(f, 255, NULL);
	assert_null(clCreateImage(f->context, CL_MEM_READ_WRITE, &rgba, &desc, NULL, &err));
	assert_int_equal(err, CL_INVALID_IMAGE_SIZE);
	desc.image_width = 63;
	assert_null(clCreateImage(f->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, &rgba,
				  &desc, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	desc.image_type = CL_MEM_OBJECT_IMAGE3D;
	desc.image_height = 1;
	desc.image_depth = 1;
	assert_null(clCreateImage(f->context, CL_MEM_READ_WRITE, &rgba, &desc, NULL, &err));
	assert_int_equal(err, CL_INVALID_IMAGE_DESCRIPTOR);
	ok(clReleaseMemObject(desc.buffer));
}

static char destroyed[8];
static sem_t destroyed_one;

static void CL_CALLBACK note_destroyed(cl_mem mem, void *order)
{
	(void)mem;
	strcat(destroyed, order);
	sem_post(&destroyed_one);
}

static void destructors(void **state)
{
	struct fixture *f = *state;
	cl_mem mem = filled(f, &shapes[2], CL_MEM_READ_WRITE, 1);

	sem_init(&destroyed_one, 0, 0);
	ok(clSetMemObjectDestructorCallback(mem, note_destroyed, "a"));
	ok(clSetMemObjectDestructorCallback(mem, note_destroyed, "b"));
	ok(clRetainMemObject(mem));
	ok(clReleaseMemObject(mem));
	ok(clFinish(f->queue));
	assert_string_equal(destroyed, "");
	ok(clReleaseMemObject(mem));
	sem_wait(&destroyed_one);
	sem_wait(&destroyed_one);
	assert_string_equal(destroyed, "ba");
}

/* Memory that was an image becomes another one, and a buffer, and an image again. */
static void memory_is_used_again(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 40; i++) {
		const struct shape *s = &shapes[i % SHAPES];
		cl_mem mem = filled(f, s, CL_MEM_READ_WRITE, (unsigned int)i);
		cl_mem buffer = fixture_buffer(f, MODEL_BYTES, model);

		shape_expect(f, s, mem, model);
		ok(clReleaseMemObject(mem));
		fixture_read(f, buffer, bytes, MODEL_BYTES);
		assert_memory_equal(bytes, model, MODEL_BYTES);
		ok(clReleaseMemObject(buffer));
	}
}

/* ---- errors ---- */

static cl_int create_error(struct fixture *f, cl_mem_flags flags, const cl_image_format *format,
			   const cl_image_desc *desc, void *host)
{
	cl_int err = CL_SUCCESS;

	assert_null(clCreateImage(f->context, flags, format, desc, host, &err));
	return err;
}

static void create_errors(void **state)
{
	struct fixture *f = *state;
	cl_image_desc desc = shapes[2].desc;
	cl_int err;

	assert_null(clCreateImage(NULL, CL_MEM_READ_WRITE, &rgba, &desc, NULL, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_int_equal(create_error(f, CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, &rgba, &desc, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(create_error(f, CL_MEM_READ_WRITE, NULL, &desc, NULL),
			 CL_INVALID_IMAGE_FORMAT_DESCRIPTOR);
	assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, NULL, NULL),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	assert_int_equal(create_error(f, CL_MEM_COPY_HOST_PTR, &rgba, &desc, NULL),
			 CL_INVALID_HOST_PTR);
	assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, &desc, bytes),
			 CL_INVALID_HOST_PTR);
}

/* PoCL 3.1 answers these with other errors, or not at all. */
static void create_errors_of_the_specification(void **state)
{
	static const cl_image_format invalid[] = {
		{ 0, 0 },
		{ CL_RGBA, 0 },
		{ CL_RGB, CL_UNORM_INT8 },
		{ CL_RGBA, CL_UNORM_SHORT_565 },
		{ CL_LUMINANCE, CL_UNSIGNED_INT8 },
		{ CL_ARGB, CL_FLOAT },
		{ CL_DEPTH, CL_UNORM_INT8 },
	};
	static const cl_image_format absent = { CL_RG, CL_UNORM_INT8 };
	struct fixture *f = *state;
	cl_image_desc desc;

	if (!f->ours)
		skip();
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		assert_int_equal(
			create_error(f, CL_MEM_READ_WRITE, &invalid[i], &shapes[2].desc, NULL),
			CL_INVALID_IMAGE_FORMAT_DESCRIPTOR);
	if (getenv("DXG_TEST_OURS")) /* on PoCL */
		assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &absent, &shapes[2].desc, NULL),
				 CL_IMAGE_FORMAT_NOT_SUPPORTED);
	for (int i = 0; i < SHAPES; i++) {
		desc = shapes[i].desc;
		desc.image_width = 0;
		assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, &desc, NULL),
				 CL_INVALID_IMAGE_SIZE);
		desc.image_width = (size_t)1 << 31;
		assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, &desc, NULL),
				 CL_INVALID_IMAGE_SIZE);
	}
	desc = shapes[2].desc;
	desc.image_type = CL_MEM_OBJECT_BUFFER;
	assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, &desc, NULL),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	desc = shapes[2].desc;
	desc.num_mip_levels = 1;
	assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, &desc, NULL),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	desc = shapes[2].desc;
	desc.num_samples = 1;
	assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, &desc, NULL),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	/* Pitches: without memory, short, and of no whole pixels or rows. */
	desc = shapes[4].desc;
	desc.image_row_pitch = 64;
	assert_int_equal(create_error(f, CL_MEM_READ_WRITE, &rgba, &desc, NULL),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	desc.image_row_pitch = 28;
	assert_int_equal(create_error(f, CL_MEM_COPY_HOST_PTR, &rgba, &desc, bytes),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	desc.image_row_pitch = 34;
	assert_int_equal(create_error(f, CL_MEM_COPY_HOST_PTR, &rgba, &desc, bytes),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	desc.image_row_pitch = 32;
	desc.image_slice_pitch = 32 * 6;
	assert_int_equal(create_error(f, CL_MEM_COPY_HOST_PTR, &rgba, &desc, bytes),
			 CL_INVALID_IMAGE_DESCRIPTOR);
	desc.image_slice_pitch = 32 * 7 + 4;
	assert_int_equal(create_error(f, CL_MEM_COPY_HOST_PTR, &rgba, &desc, bytes),
			 CL_INVALID_IMAGE_DESCRIPTOR);
}

#define READ(mem, origin, region, row, slice, ptr) \
	clEnqueueReadImage(f->queue, mem, CL_TRUE, origin, region, row, slice, ptr, 0, NULL, NULL)

static void transfer_errors(void **state)
{
	static const size_t beyond[3] = { 1, 0, 0 }, layer[3] = { 0, 0, 1 };
	static const size_t deep[3] = { 1, 1, 2 }, none[3] = { 1, 1, 0 };
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_mem mem = filled(f, s, CL_MEM_READ_WRITE, 1), buffer = fixture_buffer(f, 64, NULL);
	cl_mem closed = shape_create(f, s, CL_MEM_HOST_NO_ACCESS);

	assert_int_equal(clEnqueueReadImage(NULL, mem, CL_TRUE, zero3, s->extent, 0, 0, bytes, 0,
					    NULL, NULL),
			 CL_INVALID_COMMAND_QUEUE);
	assert_int_equal(READ(NULL, zero3, s->extent, 0, 0, bytes), CL_INVALID_MEM_OBJECT);
	assert_int_equal(READ(buffer, zero3, s->extent, 0, 0, bytes), CL_INVALID_MEM_OBJECT);
	assert_int_equal(READ(mem, zero3, s->extent, 0, 0, NULL), CL_INVALID_VALUE);
	assert_int_equal(READ(mem, NULL, s->extent, 0, 0, bytes), CL_INVALID_VALUE);
	assert_int_equal(READ(mem, zero3, NULL, 0, 0, bytes), CL_INVALID_VALUE);
	assert_int_equal(READ(mem, beyond, s->extent, 0, 0, bytes), CL_INVALID_VALUE);
	assert_int_equal(READ(mem, layer, s->region, 0, 0, bytes), CL_INVALID_VALUE);
	assert_int_equal(READ(mem, zero3, deep, 0, 0, bytes), CL_INVALID_VALUE);
	assert_int_equal(READ(mem, zero3, none, 0, 0, bytes), CL_INVALID_VALUE);
	assert_int_equal(READ(closed, zero3, s->extent, 0, 0, bytes), CL_INVALID_OPERATION);
	assert_int_equal(clEnqueueReadImage(f->queue, mem, CL_TRUE, zero3, s->extent, 0, 0, bytes,
					    1, NULL, NULL),
			 CL_INVALID_EVENT_WAIT_LIST);
	if (f->ours) { /* PoCL 3.1 does not look at these */
		assert_int_equal(READ(mem, zero3, s->extent, 17 * PIXEL - 1, 0, bytes),
				 CL_INVALID_VALUE);
		assert_int_equal(READ(mem, zero3, s->extent, 0, 17 * 11 * PIXEL, bytes),
				 CL_INVALID_VALUE);
		assert_int_equal(
			clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, 4, bytes, 0, NULL, NULL),
			CL_INVALID_MEM_OBJECT);
	}
	ok(clReleaseMemObject(closed));
	ok(clReleaseMemObject(buffer));
	ok(clReleaseMemObject(mem));
}

static void command_errors(void **state)
{
	static const cl_image_format signed_format = { CL_RGBA, CL_SIGNED_INT8 };
	static const cl_uint color[4] = { 0 };
	static const size_t near[3] = { 4, 2, 0 }, region[3] = { 5, 3, 1 };
	static const size_t beside[3] = { 5, 0, 0 };
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_mem mem = filled(f, s, CL_MEM_READ_WRITE, 1), buffer = fixture_buffer(f, 100, NULL);
	cl_int err;
	cl_mem different =
		clCreateImage(f->context, CL_MEM_READ_WRITE, &signed_format, &s->desc, NULL, &err);
	size_t row, slice;

	ok(err);
	assert_int_equal(clEnqueueCopyImage(f->queue, mem, mem, zero3, near, region, 0, NULL, NULL),
			 CL_MEM_COPY_OVERLAP);
	ok(clEnqueueCopyImage(f->queue, mem, mem, zero3, beside, region, 0, NULL, NULL));
	assert_int_equal(
		clEnqueueCopyImage(f->queue, mem, different, zero3, zero3, region, 0, NULL, NULL),
		CL_IMAGE_FORMAT_MISMATCH);
	assert_int_equal(
		clEnqueueCopyImageToBuffer(f->queue, mem, buffer, zero3, region, 41, 0, NULL, NULL),
		CL_INVALID_VALUE);
	ok(clEnqueueCopyImageToBuffer(f->queue, mem, buffer, zero3, region, 40, 0, NULL, NULL));
	assert_int_equal(
		clEnqueueCopyBufferToImage(f->queue, buffer, mem, 41, zero3, region, 0, NULL, NULL),
		CL_INVALID_VALUE);
	assert_int_equal(
		clEnqueueCopyBufferToImage(f->queue, mem, buffer, 0, zero3, region, 0, NULL, NULL),
		CL_INVALID_MEM_OBJECT);
	assert_int_equal(clEnqueueFillImage(f->queue, mem, NULL, zero3, region, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueFillImage(f->queue, mem, color, near, s->extent, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_null(clEnqueueMapImage(f->queue, mem, CL_TRUE, CL_MAP_READ, zero3, region, NULL,
				      &slice, 0, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clEnqueueMapImage(f->queue, mem, CL_TRUE, CL_MAP_READ, near, s->extent, &row,
				      &slice, 0, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	ok(clFinish(f->queue));
	ok(clReleaseMemObject(different));
	ok(clReleaseMemObject(buffer));
	ok(clReleaseMemObject(mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries),
		cmocka_unit_test(formats),
		cmocka_unit_test(format_list_errors),
		cmocka_unit_test(regions),
		cmocka_unit_test(queued_transfers),
		cmocka_unit_test(large),
		cmocka_unit_test(large_regions),
		cmocka_unit_test(copies),
		cmocka_unit_test(copy_between_types),
		cmocka_unit_test(to_and_from_buffers),
		cmocka_unit_test(fills),
		cmocka_unit_test(fill_colors),
		cmocka_unit_test(maps),
		cmocka_unit_test(use_host_ptr),
		cmocka_unit_test(copy_host_ptr),
		cmocka_unit_test(release_mapped),
		cmocka_unit_test(older_calls),
		cmocka_unit_test(from_buffer),
		cmocka_unit_test(from_buffer_errors),
		cmocka_unit_test(destructors),
		cmocka_unit_test(memory_is_used_again),
		cmocka_unit_test(create_errors),
		cmocka_unit_test(create_errors_of_the_specification),
		cmocka_unit_test(transfer_errors),
		cmocka_unit_test(command_errors),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

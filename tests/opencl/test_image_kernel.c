// SPDX-License-Identifier: MIT
/*
 * test_image_kernel.c - kernels that read and write images of every type and format, the arguments
 * that they take, and the order between kernels and other commands.
 */
#include "image_shape.h"

/* One kernel per type: each pixel plus n, and each pixel to its place in a buffer. */
static const char source[] =
	"constant sampler_t s = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP | "
	"CLK_FILTER_NEAREST;\n"
	"kernel void add_1d(read_only image1d_t a, write_only image1d_t b, uint n)\n"
	"{ int p = get_global_id(0); write_imageui(b, p, read_imageui(a, s, p) + n); }\n"
	"kernel void add_1d_array(read_only image1d_array_t a, write_only image1d_array_t b, uint n)\n"
	"{ int2 p = (int2)(get_global_id(0), get_global_id(1));\n"
	"  write_imageui(b, p, read_imageui(a, s, p) + n); }\n"
	"kernel void add_2d(read_only image2d_t a, write_only image2d_t b, uint n)\n"
	"{ int2 p = (int2)(get_global_id(0), get_global_id(1));\n"
	"  write_imageui(b, p, read_imageui(a, s, p) + n); }\n"
	"kernel void add_2d_array(read_only image2d_array_t a, write_only image2d_array_t b, uint n)\n"
	"{ int4 p = (int4)(get_global_id(0), get_global_id(1), get_global_id(2), 0);\n"
	"  write_imageui(b, p, read_imageui(a, s, p) + n); }\n"
	"kernel void to_3d(read_only image3d_t a, global uchar4 *b, uint n)\n"
	"{ int4 p = (int4)(get_global_id(0), get_global_id(1), get_global_id(2), 0);\n"
	"  b[(p.z * get_global_size(1) + p.y) * get_global_size(0) + p.x] =\n"
	"      convert_uchar4(read_imageui(a, s, p) + n); }\n";

/* Copies pixels of any format of one class of types. */
static const char copy_source[] =
	"constant sampler_t s = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP | "
	"CLK_FILTER_NEAREST;\n"
	"kernel void copyf(read_only image2d_t a, write_only image2d_t b)\n"
	"{ int2 p = (int2)(get_global_id(0), get_global_id(1));\n"
	"  write_imagef(b, p, read_imagef(a, s, p)); }\n"
	"kernel void copyi(read_only image2d_t a, write_only image2d_t b)\n"
	"{ int2 p = (int2)(get_global_id(0), get_global_id(1));\n"
	"  write_imagei(b, p, read_imagei(a, s, p)); }\n"
	"kernel void copyui(read_only image2d_t a, write_only image2d_t b)\n"
	"{ int2 p = (int2)(get_global_id(0), get_global_id(1));\n"
	"  write_imageui(b, p, read_imageui(a, s, p)); }\n";

static const char *const names[SHAPES] = { "add_1d", "add_1d_array", "add_2d", "add_2d_array",
					   "to_3d" };

static uint8_t model[MODEL_BYTES], bytes[1 << 16];

static void set(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
	ok(clSetKernelArg(kernel, index, size, value));
}

static void run3(struct fixture *f, cl_kernel kernel, const size_t global[3])
{
	ok(clEnqueueNDRangeKernel(f->queue, kernel, 3, NULL, global, NULL, 0, NULL, NULL));
}

static void every_type(void **state)
{
	struct fixture *f = *state;
	cl_program program = fixture_program(f, source);

	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		bool buffer = s->desc.image_type == CL_MEM_OBJECT_IMAGE3D;
		cl_mem in = shape_create(f, s, CL_MEM_READ_ONLY), out;
		cl_uint n = 3;
		cl_int err;
		cl_kernel kernel = clCreateKernel(program, names[i], &err);

		ok(err);
		out = buffer ? fixture_buffer(f, MODEL_BYTES, NULL)
			     : shape_create(f, s, CL_MEM_WRITE_ONLY);
		fixture_pattern(model, sizeof(model), (unsigned int)i);
		for (size_t k = 0; k < sizeof(model); k++)
			model[k] &= 0x7f;
		shape_write(f, s, in, model);
		set(kernel, 0, sizeof(in), &in);
		set(kernel, 1, sizeof(out), &out);
		set(kernel, 2, sizeof(n), &n);
		run3(f, kernel, s->extent);
		for (size_t k = 0; k < sizeof(model); k++)
			model[k] += n;
		if (buffer) {
			fixture_read(f, out, bytes, pixels(s->extent) * PIXEL);
			assert_memory_equal(bytes, model, pixels(s->extent) * PIXEL);
		} else {
			shape_expect(f, s, out, model);
		}
		ok(clReleaseMemObject(out));
		ok(clReleaseMemObject(in));
		ok(clReleaseKernel(kernel));
	}
	ok(clReleaseProgram(program));
}

/* Bytes that every type of channel survives: no NaN, no -128. */
static void tame_pattern(uint8_t *p, size_t size, cl_channel_type type)
{
	fixture_pattern(p, size, type);
	if (type == CL_FLOAT || type == CL_HALF_FLOAT)
		for (size_t k = type == CL_FLOAT ? 3 : 1; k < size; k += type == CL_FLOAT ? 4 : 2)
			p[k] = (uint8_t)(0x30 + p[k] % 12);
	else
		for (size_t k = 0; k < size; k++)
			p[k] &= 0x7f;
}

static const char *copy_kernel(cl_channel_type type)
{
	if (type >= CL_SIGNED_INT8 && type <= CL_SIGNED_INT32)
		return "copyi";
	if (type >= CL_UNSIGNED_INT8 && type <= CL_UNSIGNED_INT32)
		return "copyui";
	return "copyf";
}

/* PoCL 3.1 converts no halves that are alone in a pixel. */
static bool kernels_can(const cl_image_format *format)
{
	return format->image_channel_data_type != CL_HALF_FLOAT ||
	       format->image_channel_order == CL_RGBA;
}

/* A kernel copies images of every format of the device, byte for byte. */
static void every_format(void **state)
{
	static cl_image_format list[1024];
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_program program = fixture_program(f, copy_source);
	cl_uint n;

	ok(clGetSupportedImageFormats(f->context, CL_MEM_READ_WRITE, CL_MEM_OBJECT_IMAGE2D, 1024,
				      list, &n));
	for (cl_uint i = 0; i < n && i < 1024; i++) {
		cl_int err;
		cl_kernel kernel =
			clCreateKernel(program, copy_kernel(list[i].image_channel_data_type), &err);
		cl_mem in, out;
		size_t size;

		ok(err);
		if (!kernels_can(&list[i])) {
			ok(clReleaseKernel(kernel));
			continue;
		}
		in = clCreateImage(f->context, CL_MEM_READ_ONLY, &list[i], &s->desc, NULL, &err);
		ok(err);
		out = clCreateImage(f->context, CL_MEM_WRITE_ONLY, &list[i], &s->desc, NULL, &err);
		ok(err);
		ok(clGetImageInfo(in, CL_IMAGE_ELEMENT_SIZE, sizeof(size), &size, NULL));
		size *= pixels(s->extent);
		tame_pattern(bytes, size, list[i].image_channel_data_type);
		ok(clEnqueueWriteImage(f->queue, in, CL_FALSE, zero3, s->extent, 0, 0, bytes, 0,
				       NULL, NULL));
		set(kernel, 0, sizeof(in), &in);
		set(kernel, 1, sizeof(out), &out);
		run3(f, kernel, s->extent);
		ok(clEnqueueReadImage(f->queue, out, CL_TRUE, zero3, s->extent, 0, 0, bytes + size,
				      0, NULL, NULL));
		if (memcmp(bytes, bytes + size, size) != 0)
			fail_msg("format %#x %#x", list[i].image_channel_order,
				 list[i].image_channel_data_type);
		ok(clReleaseMemObject(out));
		ok(clReleaseMemObject(in));
		ok(clReleaseKernel(kernel));
	}
	ok(clReleaseProgram(program));
}

/* Kernels one after the other, images exchanged between them, then a copy and a map: in order. */
static void chains(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_kernel kernel = fixture_kernel(f, source, "add_2d");
	cl_mem image[3];
	cl_uint one = 1;
	size_t row, slice;
	uint8_t *p;
	cl_int err;

	for (int i = 0; i < 3; i++)
		image[i] = shape_create(f, s, CL_MEM_READ_WRITE);
	memset(model, 7, sizeof(model));
	ok(clEnqueueWriteImage(f->queue, image[0], CL_FALSE, zero3, s->extent, 0, 0, model, 0, NULL,
			       NULL));
	set(kernel, 2, sizeof(one), &one);
	for (int i = 0; i < 100; i++) {
		set(kernel, 0, sizeof(cl_mem), &image[i % 2]);
		set(kernel, 1, sizeof(cl_mem), &image[1 - i % 2]);
		run3(f, kernel, s->extent);
	}
	ok(clEnqueueCopyImage(f->queue, image[0], image[2], zero3, zero3, s->extent, 0, NULL,
			      NULL));
	p = clEnqueueMapImage(f->queue, image[2], CL_TRUE, CL_MAP_READ, zero3, s->extent, &row,
			      &slice, 0, NULL, NULL, &err);
	ok(err);
	for (size_t y = 0; y < s->extent[1]; y++)
		for (size_t x = 0; x < s->extent[0] * PIXEL; x++)
			assert_int_equal(p[y * row + x], 107);
	ok(clEnqueueUnmapMemObject(f->queue, image[2], p, 0, NULL, NULL));
	for (int i = 0; i < 3; i++)
		ok(clReleaseMemObject(image[i]));
	ok(clReleaseKernel(kernel));
}

/* What a map wrote is what the next kernel reads. */
static void kernel_after_map(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_kernel kernel = fixture_kernel(f, source, "add_2d");
	cl_mem in = shape_create(f, s, CL_MEM_READ_ONLY | CL_MEM_ALLOC_HOST_PTR);
	cl_mem out = shape_create(f, s, CL_MEM_WRITE_ONLY);
	cl_uint n = 5;

	set(kernel, 0, sizeof(in), &in);
	set(kernel, 1, sizeof(out), &out);
	set(kernel, 2, sizeof(n), &n);
	for (unsigned int round = 0; round < 5; round++) {
		size_t row, slice;
		cl_int err;
		uint8_t *p = clEnqueueMapImage(f->queue, in, CL_TRUE,
					       CL_MAP_WRITE_INVALIDATE_REGION, zero3, s->extent,
					       &row, &slice, 0, NULL, NULL, &err);

		ok(err);
		fixture_pattern(model, sizeof(model), round);
		for (size_t k = 0; k < sizeof(model); k++)
			model[k] &= 0x7f;
		copy_pixels((struct pitched){ p, row, slice }, packed(model, s->extent), s->extent);
		ok(clEnqueueUnmapMemObject(f->queue, in, p, 0, NULL, NULL));
		run3(f, kernel, s->extent);
		for (size_t k = 0; k < sizeof(model); k++)
			model[k] += n;
		shape_expect(f, s, out, model);
	}
	ok(clReleaseMemObject(in));
	ok(clReleaseMemObject(out));
	ok(clReleaseKernel(kernel));
}

/* An image that is released after its kernel was enqueued stays until the kernel is done. */
static void released_while_used(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_kernel kernel = fixture_kernel(f, source, "add_2d");
	cl_mem out = shape_create(f, s, CL_MEM_READ_WRITE);
	cl_uint n = 1;

	for (unsigned int i = 0; i < 20; i++) {
		cl_mem in = shape_create(f, s, CL_MEM_READ_WRITE);

		memset(model, (int)i, sizeof(model));
		shape_write(f, s, in, model);
		set(kernel, 0, sizeof(in), &in);
		set(kernel, 1, sizeof(out), &out);
		set(kernel, 2, sizeof(n), &n);
		run3(f, kernel, s->extent);
		ok(clReleaseMemObject(in));
		memset(model, (int)i + 1, sizeof(model));
		shape_expect(f, s, out, model);
	}
	ok(clReleaseMemObject(out));
	ok(clReleaseKernel(kernel));
}

/* A cloned kernel keeps the images of its arguments as the first one would. */
static void cloned(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_kernel kernel = fixture_kernel(f, source, "add_2d"), clone;
	cl_mem in = shape_create(f, s, CL_MEM_READ_ONLY);
	cl_mem out = shape_create(f, s, CL_MEM_READ_WRITE);
	cl_uint n = 4;
	cl_event gate;
	cl_int err;

	memset(model, 30, sizeof(model));
	shape_write(f, s, in, model);
	set(kernel, 0, sizeof(in), &in);
	set(kernel, 1, sizeof(out), &out);
	set(kernel, 2, sizeof(n), &n);
	clone = clCloneKernel(kernel, &err);
	ok(err);
	gate = clCreateUserEvent(f->context, &err);
	ok(err);
	ok(clEnqueueNDRangeKernel(f->queue, clone, 3, NULL, s->extent, NULL, 1, &gate, NULL));
	ok(clReleaseMemObject(in));
	ok(clReleaseKernel(clone));
	ok(clSetUserEventStatus(gate, CL_COMPLETE));
	memset(model, 34, sizeof(model));
	shape_expect(f, s, out, model);
	ok(clReleaseEvent(gate));
	ok(clReleaseMemObject(out));
	ok(clReleaseKernel(kernel));
}

/* What a kernel takes is known of programs from binaries, too. */
static void from_binary(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_program program = fixture_program(f, source), copy;
	cl_mem in = shape_create(f, s, CL_MEM_READ_ONLY);
	cl_mem out = shape_create(f, s, CL_MEM_WRITE_ONLY);
	unsigned char *binary;
	cl_uint n = 6;
	cl_kernel kernel;
	size_t size;
	cl_int err;

	ok(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL));
	binary = malloc(size);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(binary), &binary, NULL));
	copy = clCreateProgramWithBinary(f->context, 1, &f->device, &size,
					 (const unsigned char **)&binary, NULL, &err);
	ok(err);
	ok(clBuildProgram(copy, 1, &f->device, "", NULL, NULL));
	kernel = clCreateKernel(copy, "add_2d", &err);
	ok(err);
	memset(model, 3, sizeof(model));
	shape_write(f, s, in, model);
	set(kernel, 0, sizeof(in), &in);
	set(kernel, 1, sizeof(out), &out);
	set(kernel, 2, sizeof(n), &n);
	run3(f, kernel, s->extent);
	memset(model, 9, sizeof(model));
	shape_expect(f, s, out, model);
	ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(copy));
	ok(clReleaseProgram(program));
	ok(clReleaseMemObject(in));
	ok(clReleaseMemObject(out));
	free(binary);
}

/* In an out-of-order queue, events alone make the order. */
static void out_of_order(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_queue_properties list[] = { CL_QUEUE_PROPERTIES, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE,
				       0 };
	cl_kernel kernel = fixture_kernel(f, source, "add_2d");
	cl_mem a = shape_create(f, s, CL_MEM_READ_WRITE), b = shape_create(f, s, CL_MEM_READ_WRITE);
	cl_uint color[4] = { 1, 1, 1, 1 }, n = 1;
	cl_event event[4], gate;
	cl_command_queue queue;
	cl_int err;

	queue = clCreateCommandQueueWithProperties(f->context, f->device, list, &err);
	ok(err);
	gate = clCreateUserEvent(f->context, &err);
	ok(err);
	set(kernel, 0, sizeof(a), &a);
	set(kernel, 1, sizeof(b), &b);
	set(kernel, 2, sizeof(n), &n);
	ok(clEnqueueFillImage(queue, a, color, zero3, s->extent, 1, &gate, &event[0]));
	ok(clEnqueueNDRangeKernel(queue, kernel, 3, NULL, s->extent, NULL, 1, &event[0],
				  &event[1]));
	ok(clEnqueueCopyImage(queue, b, a, zero3, zero3, s->extent, 1, &event[1], &event[2]));
	ok(clEnqueueReadImage(queue, a, CL_FALSE, zero3, s->extent, 0, 0, bytes, 1, &event[2],
			      &event[3]));
	ok(clSetUserEventStatus(gate, CL_COMPLETE));
	ok(clWaitForEvents(1, &event[3]));
	for (size_t i = 0; i < pixels(s->extent) * PIXEL; i++)
		assert_int_equal(bytes[i], 2);
	for (int i = 0; i < 4; i++)
		ok(clReleaseEvent(event[i]));
	ok(clReleaseEvent(gate));
	ok(clReleaseCommandQueue(queue));
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
	ok(clReleaseKernel(kernel));
}

static void check_event(cl_event event, cl_command_type want)
{
	cl_ulong submit, start, end;
	cl_command_type type;

	ok(clWaitForEvents(1, &event));
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof(type), &type, NULL));
	assert_int_equal(type, want);
	ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_SUBMIT, sizeof(submit), &submit,
				   NULL));
	ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof(start), &start, NULL));
	ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof(end), &end, NULL));
	assert_true(submit <= start && start <= end);
	ok(clReleaseEvent(event));
}

/* Every command has an event of its type, with times. */
static void events(void **state)
{
	struct fixture *f = *state;
	const struct shape *s = &shapes[2];
	cl_mem a = shape_create(f, s, CL_MEM_READ_WRITE), b = shape_create(f, s, CL_MEM_READ_WRITE);
	cl_mem buffer = fixture_buffer(f, MODEL_BYTES, NULL);
	cl_uint color[4] = { 0 };
	size_t row, slice;
	cl_event event;
	cl_int err;
	void *p;

	ok(clEnqueueWriteImage(f->queue, a, CL_FALSE, zero3, s->extent, 0, 0, model, 0, NULL,
			       &event));
	check_event(event, CL_COMMAND_WRITE_IMAGE);
	ok(clEnqueueReadImage(f->queue, a, CL_TRUE, zero3, s->extent, 0, 0, bytes, 0, NULL,
			      &event));
	check_event(event, CL_COMMAND_READ_IMAGE);
	ok(clEnqueueCopyImage(f->queue, a, b, zero3, zero3, s->extent, 0, NULL, &event));
	check_event(event, CL_COMMAND_COPY_IMAGE);
	ok(clEnqueueCopyImageToBuffer(f->queue, a, buffer, zero3, s->extent, 0, 0, NULL, &event));
	check_event(event, CL_COMMAND_COPY_IMAGE_TO_BUFFER);
	ok(clEnqueueCopyBufferToImage(f->queue, buffer, a, 0, zero3, s->extent, 0, NULL, &event));
	check_event(event, CL_COMMAND_COPY_BUFFER_TO_IMAGE);
	ok(clEnqueueFillImage(f->queue, a, color, zero3, s->extent, 0, NULL, &event));
	check_event(event, CL_COMMAND_FILL_IMAGE);
	p = clEnqueueMapImage(f->queue, a, CL_FALSE, CL_MAP_READ, zero3, s->extent, &row, &slice, 0,
			      NULL, &event, &err);
	ok(err);
	check_event(event, CL_COMMAND_MAP_IMAGE);
	ok(clEnqueueUnmapMemObject(f->queue, a, p, 0, NULL, &event));
	check_event(event, CL_COMMAND_UNMAP_MEM_OBJECT);
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
	ok(clReleaseMemObject(buffer));
}

/* An image of a buffer in a kernel. */
static void of_a_buffer(void **state)
{
	static const char text[] =
		"kernel void get(read_only image1d_buffer_t a, global uint4 *b)\n"
		"{ int i = get_global_id(0); b[i] = read_imageui(a, i); }\n";
	struct fixture *f = *state;
	cl_image_desc desc = { .image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER, .image_width = 64 };
	cl_kernel kernel;
	cl_mem image, out = fixture_buffer(f, 64 * sizeof(cl_uint4), NULL);
	cl_uint4 got[64];
	cl_int err;

	fixture_pattern(model, sizeof(model), 50);
	desc.buffer = fixture_buffer(f, 256, model);
	image = clCreateImage(f->context, CL_MEM_READ_ONLY, &rgba, &desc, NULL, &err);
	ok(err);
	kernel = fixture_kernel(f, text, "get");
	set(kernel, 0, sizeof(image), &image);
	set(kernel, 1, sizeof(out), &out);
	fixture_run(f, kernel, 64);
	fixture_read(f, out, got, sizeof(got));
	for (size_t i = 0; i < 64; i++)
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(got[i].s[k], model[4 * i + k]);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(image));
	ok(clReleaseMemObject(desc.buffer));
	ok(clReleaseMemObject(out));
}

static void argument_info(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "add_2d");
	cl_kernel_arg_access_qualifier access;
	char type[64];

	ok(clGetKernelArgInfo(kernel, 0, CL_KERNEL_ARG_ACCESS_QUALIFIER, sizeof(access), &access,
			      NULL));
	assert_int_equal(access, CL_KERNEL_ARG_ACCESS_READ_ONLY);
	ok(clGetKernelArgInfo(kernel, 1, CL_KERNEL_ARG_ACCESS_QUALIFIER, sizeof(access), &access,
			      NULL));
	assert_int_equal(access, CL_KERNEL_ARG_ACCESS_WRITE_ONLY);
	ok(clGetKernelArgInfo(kernel, 0, CL_KERNEL_ARG_TYPE_NAME, sizeof(type), type, NULL));
	assert_string_equal(type, "image2d_t");
	ok(clReleaseKernel(kernel));
}

static void argument_errors(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "add_2d"), inc;
	cl_mem flat = shape_create(f, &shapes[2], CL_MEM_READ_WRITE);
	cl_mem deep = shape_create(f, &shapes[4], CL_MEM_READ_WRITE);
	cl_mem read_only = shape_create(f, &shapes[2], CL_MEM_READ_ONLY);
	cl_mem write_only = shape_create(f, &shapes[2], CL_MEM_WRITE_ONLY);
	cl_mem buffer = fixture_buffer(f, 64, NULL), none = NULL;

	assert_int_equal(clSetKernelArg(kernel, 0, 4, &flat), CL_INVALID_ARG_SIZE);
	if (f->ours) { /* PoCL 3.1 takes most of these */
		assert_int_equal(clSetKernelArg(kernel, 0, sizeof(none), &none),
				 CL_INVALID_MEM_OBJECT);
		assert_int_equal(clSetKernelArg(kernel, 0, sizeof(none), NULL),
				 CL_INVALID_MEM_OBJECT);
		assert_int_equal(clSetKernelArg(kernel, 0, sizeof(buffer), &buffer),
				 CL_INVALID_MEM_OBJECT);
		assert_int_equal(clSetKernelArg(kernel, 0, sizeof(deep), &deep),
				 CL_INVALID_ARG_VALUE);
		assert_int_equal(clSetKernelArg(kernel, 0, sizeof(write_only), &write_only),
				 CL_INVALID_ARG_VALUE);
		assert_int_equal(clSetKernelArg(kernel, 1, sizeof(read_only), &read_only),
				 CL_INVALID_ARG_VALUE);
		inc = fixture_kernel(f, SOURCE_INC, "inc");
		assert_int_equal(clSetKernelArg(inc, 0, sizeof(flat), &flat),
				 CL_INVALID_MEM_OBJECT);
		ok(clReleaseKernel(inc));
	}
	ok(clReleaseMemObject(buffer));
	ok(clReleaseMemObject(write_only));
	ok(clReleaseMemObject(read_only));
	ok(clReleaseMemObject(deep));
	ok(clReleaseMemObject(flat));
	ok(clReleaseKernel(kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type),
		cmocka_unit_test(every_format),
		cmocka_unit_test(chains),
		cmocka_unit_test(kernel_after_map),
		cmocka_unit_test(released_while_used),
		cmocka_unit_test(cloned),
		cmocka_unit_test(from_binary),
		cmocka_unit_test(out_of_order),
		cmocka_unit_test(events),
		cmocka_unit_test(of_a_buffer),
		cmocka_unit_test(argument_info),
		cmocka_unit_test(argument_errors),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

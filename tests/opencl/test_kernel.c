// SPDX-License-Identifier: MIT
/* test_kernel.c - kernels: arguments of all kinds, index spaces, what they say of themselves. */
#include "fixture.h"

static const char source[] =
	"typedef struct { int a; float b; char c[8]; } record;\n"
	"__kernel void every(__global int *out, __constant int *c, __local int *l, char ch, short s,\n"
	"                  int i, long g, float f, float4 v, record r, __global int *null)\n"
	"{\n"
	"	l[get_local_id(0)] = c[get_local_id(0)];\n"
	"	barrier(CLK_LOCAL_MEM_FENCE);\n"
	"	int sum = 0;\n"
	"	for (int k = 0; k < (int)get_local_size(0); k++) sum += l[k];\n"
	"	out[get_global_id(0)] = sum + ch + s + i + (int)g + (int)f + (int)v.w + r.a +\n"
	"		(int)r.b + r.c[7] + (null ? 1000000 : 0);\n"
	"}\n"
	"__kernel __attribute__((reqd_work_group_size(4, 2, 1))) void fixed(__global int *p)\n"
	"{ p[get_global_id(1) * get_global_size(0) + get_global_id(0)] = (int)get_local_size(0); }\n"
	"__kernel void where(__global int *p)\n"
	"{\n"
	"	size_t x = get_global_id(0) - get_global_offset(0);\n"
	"	size_t y = get_global_id(1) - get_global_offset(1);\n"
	"	size_t z = get_global_id(2) - get_global_offset(2);\n"
	"	p[(z * get_global_size(1) + y) * get_global_size(0) + x] =\n"
	"		(int)(get_global_id(0) + 100 * get_global_id(1) + 10000 * get_global_id(2));\n"
	"}\n";

struct record {
	cl_int a;
	cl_float b;
	char c[8];
};

static void all_kinds(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "every");
	cl_int numbers[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, out[16], i = 300;
	struct record r = { 1000, 2000.0f, { 0, 0, 0, 0, 0, 0, 0, 5 } };
	cl_mem a = fixture_buffer(f, sizeof(out), NULL), b = fixture_buffer(f, 32, numbers);
	size_t global = 16, local = 8;
	cl_float4 v = { .s = { 0, 0, 0, 60 } };
	cl_float fl = 50;
	cl_short s = 20;
	cl_long g = 4000;
	cl_char ch = -3;

	ok(clSetKernelArg(kernel, 0, sizeof(a), &a));
	ok(clSetKernelArg(kernel, 1, sizeof(b), &b));
	ok(clSetKernelArg(kernel, 2, 8 * sizeof(cl_int), NULL));
	ok(clSetKernelArg(kernel, 3, sizeof(ch), &ch));
	ok(clSetKernelArg(kernel, 4, sizeof(s), &s));
	ok(clSetKernelArg(kernel, 5, sizeof(i), &i));
	ok(clSetKernelArg(kernel, 6, sizeof(g), &g));
	ok(clSetKernelArg(kernel, 7, sizeof(fl), &fl));
	ok(clSetKernelArg(kernel, 8, sizeof(v), &v));
	ok(clSetKernelArg(kernel, 9, sizeof(r), &r));
	ok(clSetKernelArg(kernel, 10, sizeof(cl_mem), NULL));
	ok(clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &global, &local, 0, NULL, NULL));
	i = 1; /* arguments are taken when the command is enqueued */
	ok(clSetKernelArg(kernel, 5, sizeof(i), &i));
	fixture_read(f, a, out, sizeof(out));
	for (int k = 0; k < 16; k++)
		assert_int_equal(out[k], 36 - 3 + 20 + 300 + 4000 + 50 + 60 + 1000 + 2000 + 5);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
}

static void arg_errors(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "every");
	cl_mem mem = fixture_buffer(f, 64, NULL);
	size_t one = 1;
	cl_int i = 1;

	assert_int_equal(clSetKernelArg(NULL, 0, sizeof(mem), &mem), CL_INVALID_KERNEL);
	assert_int_equal(clSetKernelArg(kernel, 11, sizeof(mem), &mem), CL_INVALID_ARG_INDEX);
	assert_int_equal(clSetKernelArg(kernel, 0, 4, &mem), CL_INVALID_ARG_SIZE);
	assert_int_equal(clSetKernelArg(kernel, 2, 16, &i), CL_INVALID_ARG_VALUE);
	assert_int_equal(clSetKernelArg(kernel, 2, 0, NULL), CL_INVALID_ARG_SIZE);
	assert_int_equal(clSetKernelArg(kernel, 5, 8, &one), CL_INVALID_ARG_SIZE);
	assert_int_equal(clSetKernelArg(kernel, 5, sizeof(i), NULL), CL_INVALID_ARG_VALUE);
	if (f->ours) {
		cl_mem bad = (cl_mem)f->context;

		assert_int_equal(clSetKernelArg(kernel, 0, sizeof(bad), &bad),
				 CL_INVALID_MEM_OBJECT);
	}
	assert_int_equal(
		clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL),
		CL_INVALID_KERNEL_ARGS);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

static void index_spaces(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "where");
	size_t offset[3] = { 3, 5, 7 }, global[3] = { 8, 4, 2 }, local[3] = { 4, 2, 1 };
	static cl_int out[64];
	cl_mem mem = fixture_buffer(f, sizeof(out), NULL);

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	for (cl_uint dim = 1; dim <= 3; dim++) {
		ok(clEnqueueNDRangeKernel(f->queue, kernel, dim, offset, global,
					  dim == 2 ? NULL : local, 0, NULL, NULL));
		fixture_read(f, mem, out, sizeof(out));
		for (size_t z = 0; z < (dim > 2 ? 2u : 1u); z++)
			for (size_t y = 0; y < (dim > 1 ? 4u : 1u); y++)
				for (size_t x = 0; x < 8; x++)
					assert_int_equal(out[(z * 4 + y) * 8 + x],
							 x + 3 + (dim > 1 ? 100 * (y + 5) : 0) +
								 (dim > 2 ? 10000 * (z + 7) : 0));
	}
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

static void range_errors(void **state)
{
	struct fixture *f = *state;
	cl_kernel where = fixture_kernel(f, source, "where"),
		  fixed = fixture_kernel(f, source, "fixed");
	cl_mem mem = fixture_buffer(f, 4096, NULL);
	size_t global[3] = { 8, 8, 1 }, odd[3] = { 3, 1, 1 }, wrong[3] = { 8, 1, 1 };
	size_t right[3] = { 4, 2, 1 }, zero[3] = { 0, 0, 0 }, huge[3] = { 1u << 30, 1, 1 };

	ok(clSetKernelArg(where, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(fixed, 0, sizeof(mem), &mem));
	assert_int_equal(
		clEnqueueNDRangeKernel(f->queue, where, 0, NULL, global, NULL, 0, NULL, NULL),
		CL_INVALID_WORK_DIMENSION);
	assert_int_equal(
		clEnqueueNDRangeKernel(f->queue, where, 4, NULL, global, NULL, 0, NULL, NULL),
		CL_INVALID_WORK_DIMENSION);
	if (f->ours) { /* later versions of OpenCL allow both */
		assert_int_equal(
			clEnqueueNDRangeKernel(f->queue, where, 1, NULL, NULL, NULL, 0, NULL, NULL),
			CL_INVALID_GLOBAL_WORK_SIZE);
		assert_int_equal(
			clEnqueueNDRangeKernel(f->queue, where, 1, NULL, zero, NULL, 0, NULL, NULL),
			CL_INVALID_GLOBAL_WORK_SIZE);
	}
	assert_int_equal(
		clEnqueueNDRangeKernel(f->queue, where, 1, NULL, global, odd, 0, NULL, NULL),
		CL_INVALID_WORK_GROUP_SIZE);
	assert_int_not_equal(
		clEnqueueNDRangeKernel(f->queue, where, 1, NULL, huge, huge, 0, NULL, NULL),
		CL_SUCCESS);
	assert_int_equal(
		clEnqueueNDRangeKernel(f->queue, fixed, 2, NULL, global, wrong, 0, NULL, NULL),
		CL_INVALID_WORK_GROUP_SIZE);
	ok(clEnqueueNDRangeKernel(f->queue, fixed, 2, NULL, global, right, 0, NULL, NULL));
	ok(clFinish(f->queue));
	ok(clReleaseKernel(where));
	ok(clReleaseKernel(fixed));
	ok(clReleaseMemObject(mem));
}

static void kernel_info(void **state)
{
	struct fixture *f = *state;
	cl_program program = fixture_program(f, source), other;
	cl_kernel kernels[3], kernel;
	size_t sizes[3], size;
	char name[64];
	cl_uint n;
	cl_int err;

	ok(clCreateKernelsInProgram(program, 0, NULL, &n));
	assert_int_equal(n, 3);
	assert_int_equal(clCreateKernelsInProgram(program, 2, kernels, &n), CL_INVALID_VALUE);
	ok(clCreateKernelsInProgram(program, 3, kernels, &n));
	for (int i = 0; i < 3; i++)
		ok(clReleaseKernel(kernels[i]));
	assert_null(clCreateKernel(program, "nothing", &err));
	assert_int_equal(err, CL_INVALID_KERNEL_NAME);
	kernel = clCreateKernel(program, "fixed", &err);
	ok(err);
	ok(clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof(name), name, NULL));
	assert_string_equal(name, "fixed");
	ok(clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof(n), &n, NULL));
	assert_int_equal(n, 1);
	ok(clGetKernelInfo(kernel, CL_KERNEL_PROGRAM, sizeof(other), &other, NULL));
	assert_ptr_equal(other, program);
	ok(clGetKernelWorkGroupInfo(kernel, f->device, CL_KERNEL_COMPILE_WORK_GROUP_SIZE,
				    sizeof(sizes), sizes, NULL));
	assert_int_equal(sizes[0], 4);
	assert_int_equal(sizes[1], 2);
	assert_int_equal(sizes[2], 1);
	ok(clGetKernelWorkGroupInfo(kernel, NULL, CL_KERNEL_WORK_GROUP_SIZE, sizeof(size), &size,
				    NULL));
	assert_true(size > 0);
	ok(clGetKernelWorkGroupInfo(kernel, NULL, CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE,
				    sizeof(size), &size, NULL));
	assert_true(size > 0);
	ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(program));
}

static void arg_info(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "every");
	cl_kernel_arg_address_qualifier address;
	char text[64];

	ok(clGetKernelArgInfo(kernel, 0, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof(address), &address,
			      NULL));
	assert_int_equal(address, CL_KERNEL_ARG_ADDRESS_GLOBAL);
	ok(clGetKernelArgInfo(kernel, 1, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof(address), &address,
			      NULL));
	assert_int_equal(address, CL_KERNEL_ARG_ADDRESS_CONSTANT);
	ok(clGetKernelArgInfo(kernel, 2, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof(address), &address,
			      NULL));
	assert_int_equal(address, CL_KERNEL_ARG_ADDRESS_LOCAL);
	ok(clGetKernelArgInfo(kernel, 5, CL_KERNEL_ARG_TYPE_NAME, sizeof(text), text, NULL));
	assert_string_equal(text, "int");
	ok(clGetKernelArgInfo(kernel, 3, CL_KERNEL_ARG_NAME, sizeof(text), text, NULL));
	assert_string_equal(text, "ch");
	assert_int_equal(
		clGetKernelArgInfo(kernel, 11, CL_KERNEL_ARG_NAME, sizeof(text), text, NULL),
		CL_INVALID_ARG_INDEX);
	ok(clReleaseKernel(kernel));
}

static void task(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, SOURCE_INC, "inc");
	uint32_t value = 10, two = 2;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(two), &two));
	ok(clEnqueueTask(f->queue, kernel, 0, NULL, NULL));
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, 12);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

/* The kernel is gone for the application, not for the command. */
static void release_early(void **state)
{
	struct fixture *f = *state;
	uint32_t value = 10, two = 2;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	for (int i = 0; i < 20; i++) {
		cl_kernel kernel = fixture_kernel(f, SOURCE_INC, "inc");

		ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
		ok(clSetKernelArg(kernel, 1, sizeof(two), &two));
		fixture_run(f, kernel, 1);
		ok(clReleaseKernel(kernel));
	}
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, 50);
	ok(clReleaseMemObject(mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds),	cmocka_unit_test(arg_errors),
		cmocka_unit_test(index_spaces), cmocka_unit_test(range_errors),
		cmocka_unit_test(kernel_info),	cmocka_unit_test(arg_info),
		cmocka_unit_test(task),		cmocka_unit_test(release_early),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

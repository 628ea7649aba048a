// SPDX-License-Identifier: MIT
/*
 * test_limits.c - more of something than there may be: one of the specification's errors for who
 * asks for it, and everything else works as before. The limits are a virtual GPU's; the bare driver
 * has others, or none.
 */
#include "fixture.h"

#define NAME_MAX_LENGTH 255 /* of a kernel */
#define ARGS_MAX 128

/* What still must work. */
static void works(struct fixture *f)
{
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	uint32_t value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(value), &value));
	fixture_run(f, inc, 1);
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, 2);
	assert_int_equal(f->notes, 0);
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

/* Builds @source, and creates @name of it. */
static cl_int build(struct fixture *f, const char *source, const char *name)
{
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);
	cl_kernel kernel = NULL;

	ok(err);
	err = clBuildProgram(program, 1, &f->device, "", NULL, NULL);
	if (err == CL_SUCCESS)
		kernel = clCreateKernel(program, name, &err);
	if (kernel)
		ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(program));
	return err;
}

static void long_names(void **state)
{
	struct fixture *f = *state;
	char name[2000], source[2100];

	for (size_t n = 50; n < sizeof(name); n *= 2) {
		cl_int err;

		memset(name, 'k', n);
		name[n] = '\0';
		sprintf(source, "__kernel void %s(__global int *p) { *p = 1; }", name);
		err = build(f, source, name);
		if (f->ours)
			assert_int_equal(err, n <= NAME_MAX_LENGTH ? CL_SUCCESS
								   : CL_INVALID_KERNEL_NAME);
	}
	works(f);
}

static void many_arguments(void **state)
{
	static const int counts[] = { 1, ARGS_MAX, ARGS_MAX + 1, 4 * ARGS_MAX };
	struct fixture *f = *state;
	char source[16384];

	for (int c = 0; c < 4; c++) {
		size_t at = (size_t)sprintf(source, "__kernel void f(__global int *p");
		cl_int err;

		for (int i = 1; i < counts[c]; i++)
			at += (size_t)sprintf(source + at, ", int a%d", i);
		sprintf(source + at, ") { *p = 1; }");
		err = build(f, source, "f");
		if (f->ours)
			assert_int_equal(err,
					 counts[c] <= ARGS_MAX ? CL_SUCCESS : CL_OUT_OF_RESOURCES);
	}
	works(f);
}

/* By value; what is larger than the device says may be taken, or refused when it is set. */
static void large_arguments(void **state)
{
	struct fixture *f = *state;
	static char value[1 << 16];
	char source[512];
	size_t most;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_MAX_PARAMETER_SIZE, sizeof(most), &most, NULL));
	for (size_t n = 256; n <= sizeof(value); n *= 4) {
		cl_kernel kernel;
		cl_int err;

		sprintf(source,
			"typedef struct { int a[%zu]; } s;"
			"__kernel void f(__global int *p, s v) { *p = v.a[p[1]]; }",
			n / sizeof(cl_int));
		kernel = fixture_kernel(f, source, "f");
		err = clSetKernelArg(kernel, 1, n, value);
		if (f->ours)
			assert_int_equal(err, n <= most ? CL_SUCCESS : CL_INVALID_ARG_SIZE);
		ok(clReleaseKernel(kernel));
	}
	works(f);
}

/*
 * How large a structure is only the driver knows: what is wrong is told when it is set, or the
 * context is lost and its note says which argument it was, or the driver does not mind.
 */
static void structure_of_another_size(void **state)
{
	struct fixture *f = *state, *other;
	const char *source = "typedef struct { int a[3]; } s;"
			     "__kernel void f(__global int *p, s v) { *p = v.a[2]; }";
	void *others = NULL;
	cl_kernel kernel;
	cl_mem mem;
	cl_int err;

	fixture_setup(&others);
	other = others;
	kernel = fixture_kernel(other, source, "f");
	mem = fixture_buffer(other, 64, NULL);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	err = clSetKernelArg(kernel, 1, 8, (int[2]){ 1, 2 });
	if (err != CL_INVALID_ARG_SIZE) {
		ok(err);
		fixture_run(other, kernel, 1);
		err = clFinish(other->queue);
		while (err != CL_SUCCESS && !other->notes)
			ok(clGetContextInfo(other->context, CL_CONTEXT_NUM_DEVICES, 0, NULL, NULL));
		print_message("%d: %s\n", err, other->last_note);
		if (err != CL_SUCCESS)
			assert_non_null(strstr(other->last_note, "arg[1]"));
	}
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	fixture_teardown(&others);
	works(f);
}

static void many_queues(void **state)
{
	enum { ENOUGH = 512, MANY = 4096 };
	struct fixture *f = *state;
	static cl_command_queue queues[MANY];
	cl_int err = CL_SUCCESS;
	int n = 0;

	while (n < MANY && (queues[n] = clCreateCommandQueue(f->context, f->device, 0, &err)))
		n++;
	assert_true(n >= ENOUGH);
	if (n < MANY)
		assert_int_equal(err, CL_OUT_OF_RESOURCES);
	while (n--)
		ok(clReleaseCommandQueue(queues[n]));
	works(f);
}

/* All that there is, in pieces. Memory that nobody touches may not be there; that shows later. */
static void much_memory(void **state)
{
	enum { PIECES = 64 };
	struct fixture *f = *state;
	cl_mem mems[PIECES];
	cl_int err = CL_SUCCESS;
	cl_ulong all;
	int n = 0;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(all), &all, NULL));
	while (n < PIECES && (mems[n] = clCreateBuffer(f->context, 0, all / 8, NULL, &err)))
		n++;
	assert_true(n >= 7);
	if (f->ours) {
		assert_true(n <= 8);
		assert_int_equal(err, CL_MEM_OBJECT_ALLOCATION_FAILURE);
	}
	while (n--)
		ok(clReleaseMemObject(mems[n]));
	works(f);
}

static void many_contexts(void **state)
{
	enum { ENOUGH = 32, MANY = 256 };
	struct fixture *f = *state;
	cl_context contexts[MANY];
	cl_int err = CL_SUCCESS;
	int n = 0;

	while (n < MANY && (contexts[n] = clCreateContext(NULL, 1, &f->device, NULL, NULL, &err)))
		n++;
	assert_true(n >= ENOUGH);
	if (n < MANY)
		assert_int_equal(err, CL_DEVICE_NOT_AVAILABLE);
	while (n--)
		ok(clReleaseContext(contexts[n]));
	works(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names),	   cmocka_unit_test(many_arguments),
		cmocka_unit_test(large_arguments), cmocka_unit_test(structure_of_another_size),
		cmocka_unit_test(many_queues),	   cmocka_unit_test(much_memory),
		cmocka_unit_test(many_contexts),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

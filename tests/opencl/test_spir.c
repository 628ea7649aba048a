// SPDX-License-Identifier: MIT
/*
 * test_spir.c - cl_khr_spir: modules made elsewhere are built and run, like sources; and modules
 * that are cut or changed hurt nobody but the process that brings them.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "module.h"

static unsigned char module[MODULE_BYTES_MAX];
static size_t module_size;

static cl_program build(struct fixture *f)
{
	cl_program program = module_load(f, module, module_size);

	assert_non_null(program);
	ok(clBuildProgram(program, 1, &f->device, MODULE_OPTIONS, NULL, NULL));
	return program;
}

static cl_kernel kernel_of(cl_program program, const char *name)
{
	cl_int err;
	cl_kernel kernel = clCreateKernel(program, name, &err);

	ok(err);
	return kernel;
}

static void expect_inc(struct fixture *f, cl_program program, cl_uint n)
{
	cl_kernel kernel = kernel_of(program, "inc");
	cl_uint value[64] = { 1, 2, 3 };
	cl_mem mem = fixture_buffer(f, sizeof(value), value);

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(n), &n));
	fixture_run(f, kernel, 64);
	fixture_read(f, mem, value, sizeof(value));
	assert_int_equal(value[0], 1 + n);
	assert_int_equal(value[2], 3 + n);
	assert_int_equal(value[63], n);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

static void runs(void **state)
{
	struct fixture *f = *state;
	cl_uint value[64], group = 16;
	size_t global = 64, local = group;
	cl_program program;
	cl_kernel kernel;
	cl_mem mem;

	if (!module_size)
		skip();
	program = build(f);
	expect_inc(f, program, 7);
	kernel = kernel_of(program, "reverse");
	for (cl_uint i = 0; i < 64; i++)
		value[i] = i;
	mem = fixture_buffer(f, sizeof(value), value);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, group * sizeof(cl_uint), NULL));
	ok(clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &global, &local, 0, NULL, NULL));
	fixture_read(f, mem, value, sizeof(value));
	for (cl_uint i = 0; i < 64; i++)
		assert_int_equal(value[i], i / group * group + group - 1 - i % group);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	ok(clReleaseProgram(program));
}

static cl_program_binary_type type_of(struct fixture *f, cl_program program)
{
	cl_program_binary_type type = 99;

	ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BINARY_TYPE, sizeof(type), &type,
				 NULL));
	return type;
}

/* Before the build it is the module, after it an executable, whose binary is a program, too. */
static void types(void **state)
{
	struct fixture *f = *state;
	unsigned char *binary;
	char versions[32] = "";
	cl_program program;
	size_t size = 0;

	if (!module_size || !f->ours) /* PoCL 3.1 has no type of binary for modules */
		skip();
	ok(clGetDeviceInfo(f->device, CL_DEVICE_SPIR_VERSIONS, sizeof(versions), versions, NULL));
	assert_string_equal(versions, "1.2");
	program = module_load(f, module, module_size);
	assert_int_equal(type_of(f, program), CL_PROGRAM_BINARY_TYPE_INTERMEDIATE);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL));
	assert_int_equal(size, module_size);
	binary = malloc(size);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(binary), &binary, NULL));
	assert_memory_equal(binary, module, size);
	free(binary);
	ok(clBuildProgram(program, 1, &f->device, MODULE_OPTIONS, NULL, NULL));
	assert_int_equal(type_of(f, program), CL_PROGRAM_BINARY_TYPE_EXECUTABLE);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL));
	assert_int_not_equal(size, module_size);
	binary = malloc(size);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(binary), &binary, NULL));
	ok(clReleaseProgram(program));
	program = module_load(f, binary, size);
	assert_non_null(program);
	ok(clBuildProgram(program, 1, &f->device, "", NULL, NULL));
	expect_inc(f, program, 9);
	ok(clReleaseProgram(program));
	free(binary);
}

static void refused(void **state)
{
	static const char *const options[] = { "-x c", "-x", "-spir-std=9.9", "-x spir -o x" };
	struct fixture *f = *state;
	cl_program program, linked;
	cl_int err = CL_SUCCESS;

	if (!module_size)
		skip();
	program = module_load(f, module, module_size);
	for (size_t i = 0; f->ours && i < sizeof(options) / sizeof(options[0]); i++)
		assert_int_equal(clBuildProgram(program, 1, &f->device, options[i], NULL, NULL),
				 CL_INVALID_BUILD_OPTIONS);
	assert_int_equal(
		clCompileProgram(program, 1, &f->device, MODULE_OPTIONS, 0, NULL, NULL, NULL, NULL),
		CL_INVALID_OPERATION);
	linked = clLinkProgram(f->context, 1, &f->device, "", 1, &program, NULL, NULL, &err);
	assert_null(linked);
	assert_int_equal(err, CL_INVALID_OPERATION);
	/* It is as good as before. */
	ok(clBuildProgram(program, 1, &f->device, MODULE_OPTIONS, NULL, NULL));
	expect_inc(f, program, 4);
	ok(clReleaseProgram(program));
}

/* ---- broken modules ---- */

/* Cut somewhere, or with one bit changed: different for each @i. */
static size_t broken(size_t i, unsigned char *copy)
{
	size_t at = (i * 2654435761u >> 3) % module_size;

	memcpy(copy, module, module_size);
	if (i % 3 == 0)
		return at > 4 ? at : 4;
	copy[at > 4 ? at : 4] ^= (unsigned char)(1u << i % 8);
	return module_size;
}

#define BROKEN 15

/* In a process of its own. Whatever the driver says is fine; a device that is lost is replaced. */
static int bring_broken_ones(void)
{
	static unsigned char copy[MODULE_BYTES_MAX];
	void *state = NULL;

	for (size_t i = 0; i < BROKEN; i++) {
		struct fixture *f;
		cl_program program;
		size_t n;

		fixture_setup(&state);
		f = state;
		module_size = module_read(f, module);
		n = broken(i, copy);
		program = module_load(f, copy, n);
		if (program) {
			clBuildProgram(program, 1, &f->device, MODULE_OPTIONS, NULL, NULL);
			clReleaseProgram(program);
		}
		fixture_teardown(&state);
	}
	return 0;
}

static pid_t start_other(void)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/proc/self/exe", "test_spir", "broken", (char *)NULL);
		_exit(127);
	}
	assert_true(child > 0);
	return child;
}

/* All the while another process brings them, this one's device works. */
static void broken_ones(void **state)
{
	struct fixture *f = *state;
	cl_program program;
	int status = 0;
	pid_t child, ended;
	cl_uint n = 0;

	if (!module_size)
		skip();
	program = build(f);
	child = start_other();
	do {
		ended = waitpid(child, &status, WNOHANG);
		expect_inc(f, program, ++n);
	} while (!ended);
	assert_int_equal(ended, child);
	if (f->ours) /* the bare driver is in the process */
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ok(clReleaseProgram(program));
	program = build(f);
	expect_inc(f, program, 5);
	ok(clReleaseProgram(program));
}

static int setup(void **state)
{
	fixture_setup(state);
	module_size = module_read(*state, module);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs),
		cmocka_unit_test(types),
		cmocka_unit_test(refused),
		cmocka_unit_test(broken_ones),
	};

	if (argc > 1 && strcmp(argv[1], "broken") == 0)
		return bring_broken_ones();
	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}

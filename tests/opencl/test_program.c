// SPDX-License-Identifier: MIT
/* test_program.c - programs: sources, logs, options, binaries. */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "fixture.h"

static const char broken[] = "__kernel void f(__global int *p) { *p = no_such_name; }\n";

static char *build_log(struct fixture *f, cl_program program)
{
	size_t size = 0;
	char *log;

	ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size));
	log = calloc(1, size + 1);
	ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BUILD_LOG, size, log, NULL));
	return log;
}

static cl_build_status build_status(struct fixture *f, cl_program program)
{
	cl_build_status status;

	ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BUILD_STATUS, sizeof(status),
				 &status, NULL));
	return status;
}

static void build_failure(void **state)
{
	struct fixture *f = *state;
	const char *source = broken;
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);
	char *log;

	ok(err);
	assert_int_equal(build_status(f, program), CL_BUILD_NONE);
	assert_int_equal(clBuildProgram(program, 1, &f->device, "", NULL, NULL),
			 CL_BUILD_PROGRAM_FAILURE);
	assert_int_equal(build_status(f, program), CL_BUILD_ERROR);
	log = build_log(f, program);
	assert_non_null(strstr(log, "no_such_name"));
	free(log);
	assert_null(clCreateKernel(program, "f", &err));
	assert_int_equal(err, CL_INVALID_PROGRAM_EXECUTABLE);
	/* A failed build ends nothing but itself. */
	ok(clReleaseKernel(fixture_kernel(f, SOURCE_INC, "inc")));
	ok(clReleaseProgram(program));
}

static void build_options(void **state)
{
	struct fixture *f = *state;
	const char *source = "#ifndef WIDE\n#error no width\n#endif\n"
			     "__kernel void f(__global int *p) { *p = WIDE; }\n";
	cl_int err, value = 0;
	cl_program program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);
	cl_mem mem = fixture_buffer(f, sizeof(value), NULL);
	char options[64];
	cl_kernel kernel;

	ok(err);
	assert_int_equal(clBuildProgram(program, 0, NULL, NULL, NULL, NULL),
			 CL_BUILD_PROGRAM_FAILURE);
	ok(clBuildProgram(program, 1, &f->device, "-DWIDE=42", NULL, NULL));
	ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BUILD_OPTIONS, sizeof(options),
				 options, NULL));
	assert_non_null(strstr(options, "-DWIDE=42"));
	kernel = clCreateKernel(program, "f", &err);
	ok(err);
	assert_int_equal(clBuildProgram(program, 1, &f->device, "-DWIDE=1", NULL, NULL),
			 CL_INVALID_OPERATION);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	fixture_run(f, kernel, 1);
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, 42);
	ok(clReleaseKernel(kernel));
	ok(clBuildProgram(program, 1, &f->device, "-DWIDE=1", NULL, NULL));
	assert_int_equal(clBuildProgram(program, 1, &f->device, "-no-such-option", NULL, NULL),
			 CL_INVALID_BUILD_OPTIONS);
	ok(clReleaseMemObject(mem));
	ok(clReleaseProgram(program));
}

static void program_info(void **state)
{
	struct fixture *f = *state;
	const char *parts[2] = { "__kernel void one(__global int *p) { *p = 1; }\n",
				 "__kernel void two(__global int *p) { *p = 2; }\ngarbage" };
	size_t lengths[2] = { 0, strlen(parts[1]) - strlen("garbage") }, n, size;
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 2, parts, lengths, &err);
	char text[256];
	cl_uint count;

	ok(err);
	ok(clGetProgramInfo(program, CL_PROGRAM_SOURCE, sizeof(text), text, &size));
	assert_int_equal(size, strlen(parts[0]) + lengths[1] + 1);
	assert_int_equal(clGetProgramInfo(program, CL_PROGRAM_NUM_KERNELS, sizeof(n), &n, NULL),
			 CL_INVALID_PROGRAM_EXECUTABLE);
	ok(clBuildProgram(program, 0, NULL, NULL, NULL, NULL));
	ok(clGetProgramInfo(program, CL_PROGRAM_NUM_KERNELS, sizeof(n), &n, NULL));
	assert_int_equal(n, 2);
	ok(clGetProgramInfo(program, CL_PROGRAM_KERNEL_NAMES, sizeof(text), text, NULL));
	assert_true(!strcmp(text, "one;two") || !strcmp(text, "two;one"));
	ok(clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof(count), &count, NULL));
	assert_int_equal(count, 1);
	assert_int_equal(clGetProgramInfo(NULL, CL_PROGRAM_SOURCE, 0, NULL, &size),
			 CL_INVALID_PROGRAM);
	ok(clReleaseProgram(program));
}

static void create_errors(void **state)
{
	struct fixture *f = *state;
	const char *none = NULL, *source = SOURCE_INC;
	cl_int err;

	assert_null(clCreateProgramWithSource(NULL, 1, &source, NULL, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(clCreateProgramWithSource(f->context, 0, &source, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateProgramWithSource(f->context, 1, &none, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_int_equal(clBuildProgram(NULL, 0, NULL, NULL, NULL, NULL), CL_INVALID_PROGRAM);
}

static sem_t called;
static pthread_t caller;

static void CL_CALLBACK built(cl_program program, void *user_data)
{
	(void)program;
	caller = *(int *)user_data == 1 ? pthread_self() : caller;
	sem_post(&called);
}

static void build_callback(void **state)
{
	struct fixture *f = *state;
	const char *source = SOURCE_INC;
	int one = 1;
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);

	ok(err);
	sem_init(&called, 0, 0);
	ok(clBuildProgram(program, 0, NULL, NULL, built, &one));
	sem_wait(&called);
	if (f->ours) /* PoCL calls from within */
		assert_false(pthread_equal(caller, pthread_self()));
	assert_int_equal(clBuildProgram(program, 0, NULL, NULL, NULL, &one), CL_INVALID_VALUE);
	ok(clReleaseProgram(program));
}

static void run_binary(struct fixture *f, const unsigned char *binary, size_t size)
{
	cl_int err, status;
	cl_program program =
		clCreateProgramWithBinary(f->context, 1, &f->device, &size, &binary, &status, &err);
	uint32_t data[16] = { 0 }, three = 3;
	cl_mem mem = fixture_buffer(f, sizeof(data), data);
	cl_kernel kernel;

	ok(err);
	ok(status);
	ok(clBuildProgram(program, 1, &f->device, "", NULL, NULL));
	kernel = clCreateKernel(program, "inc", &err);
	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(three), &three));
	fixture_run(f, kernel, 16);
	fixture_read(f, mem, data, sizeof(data));
	for (int i = 0; i < 16; i++)
		assert_int_equal(data[i], 3);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	ok(clReleaseProgram(program));
}

static void binaries(void **state)
{
	struct fixture *f = *state;
	cl_program program = fixture_program(f, SOURCE_INC);
	unsigned char *binary, garbage[64] = { 1, 2, 3 };
	const unsigned char *pointer = garbage;
	size_t size = 0, length = sizeof(garbage);
	cl_program_binary_type type;
	cl_int err, status = 0;

	ok(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL));
	assert_true(size > 0);
	binary = malloc(size);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(binary), &binary, NULL));
	ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BINARY_TYPE, sizeof(type), &type,
				 NULL));
	assert_int_equal(type, CL_PROGRAM_BINARY_TYPE_EXECUTABLE);
	run_binary(f, binary, size);
	free(binary);
	assert_null(clCreateProgramWithBinary(f->context, 1, &f->device, &length, &pointer, &status,
					      &err));
	assert_int_equal(err, CL_INVALID_BINARY);
	assert_int_equal(status, CL_INVALID_BINARY);
	length = 0;
	assert_null(clCreateProgramWithBinary(f->context, 1, &f->device, &length, &pointer, &status,
					      &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	ok(clReleaseProgram(program));
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void drop_file(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static uint32_t run_once(struct fixture *f, cl_program program, const char *name)
{
	uint32_t value = 0;
	cl_int err;
	cl_kernel kernel = clCreateKernel(program, name, &err);
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	fixture_run(f, kernel, 1);
	fixture_read(f, mem, &value, sizeof(value));
	ok(clReleaseMemObject(mem));
	ok(clReleaseKernel(kernel));
	return value;
}

/* Files of the application's machine, by -I; built again, the source is what the options make it.
 */
static void included_files(void **state)
{
	struct fixture *f = *state;
	const char *source = "#include \"value.h\"\n"
			     "__kernel void f(__global uint *p) { *p = VALUE; }\n";
	char first[] = "/tmp/first.XXXXXX", second[] = "/tmp/second.XXXXXX", options[64];
	cl_program program;
	size_t size;
	cl_int err;

	assert_non_null(mkdtemp(first));
	assert_non_null(mkdtemp(second));
	put_file(first, "value.h", "#include \"deeper.h\"\n");
	put_file(first, "deeper.h", "#define VALUE 7\n");
	put_file(second, "value.h", "#define VALUE 8\n");
	program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);
	ok(err);
	assert_int_equal(clBuildProgram(program, 1, &f->device, "", NULL, NULL),
			 CL_BUILD_PROGRAM_FAILURE);
	snprintf(options, sizeof(options), "-I %s -w", first);
	ok(clBuildProgram(program, 1, &f->device, options, NULL, NULL));
	assert_int_equal(run_once(f, program, "f"), 7);
	snprintf(options, sizeof(options), "-I %s", second);
	ok(clBuildProgram(program, 1, &f->device, options, NULL, NULL));
	assert_int_equal(run_once(f, program, "f"), 8);
	ok(clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, &size));
	assert_int_equal(size, strlen(source) + 1);
	ok(clReleaseProgram(program));
	drop_file(first, "value.h"), drop_file(first, "deeper.h"), drop_file(second, "value.h");
	rmdir(first), rmdir(second);
}

/* A text of ten megabytes is compiled; one that is too long is refused when it is given. */
static void large_source(void **state)
{
	struct fixture *f = *state;
	size_t size = 10u << 20, at = 0;
	char *text = malloc(size + sizeof(SOURCE_INC));
	cl_program program;
	cl_kernel kernel;
	cl_int err;

	while (at + 64 < size)
		at += (size_t)sprintf(text + at, "/* %050zu */\n", at);
	strcpy(text + at, SOURCE_INC);
	program = clCreateProgramWithSource(f->context, 1, (const char **)&text, NULL, &err);
	ok(err);
	ok(clBuildProgram(program, 1, &f->device, "", NULL, NULL));
	kernel = clCreateKernel(program, "inc", &err);
	ok(err);
	ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(program));
	if (f->ours) {
		memset(text, ' ', size);
		program = clCreateProgramWithSource(f->context, 4,
						    (const char *[]){ text, text, text, text },
						    (size_t[]){ size, size, size, size }, &err);
		assert_null(program);
		assert_int_equal(err, CL_OUT_OF_RESOURCES);
	}
	free(text);
}

/* Ten thousand kernels: all are named, and the first, the last and one between run. */
static void many_kernels(void **state)
{
	enum { N = 10000 };
	struct fixture *f = *state;
	static const int some[] = { 0, N / 2, N - 1 };
	char *text = malloc(N * 64), name[16];
	cl_mem mem = fixture_buffer(f, 4, NULL);
	cl_program program;
	size_t n = 0, at = 0;

	for (int i = 0; i < N; i++)
		at += (size_t)sprintf(text + at,
				      "__kernel void k%d(__global int *p) { *p = %d; }\n", i, i);
	program = fixture_program(f, text);
	ok(clGetProgramInfo(program, CL_PROGRAM_NUM_KERNELS, sizeof(n), &n, NULL));
	assert_int_equal(n, N);
	for (int i = 0; i < 3; i++) {
		cl_int err, value = -1;
		cl_kernel kernel;

		sprintf(name, "k%d", some[i]);
		kernel = clCreateKernel(program, name, &err);
		ok(err);
		ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
		fixture_run(f, kernel, 1);
		fixture_read(f, mem, &value, sizeof(value));
		assert_int_equal(value, some[i]);
		ok(clReleaseKernel(kernel));
	}
	ok(clReleaseProgram(program));
	ok(clReleaseMemObject(mem));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build_failure),  cmocka_unit_test(build_options),
		cmocka_unit_test(program_info),	  cmocka_unit_test(create_errors),
		cmocka_unit_test(binaries),	  cmocka_unit_test(build_callback),
		cmocka_unit_test(included_files), cmocka_unit_test(large_source),
		cmocka_unit_test(many_kernels),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

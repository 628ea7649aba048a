// SPDX-License-Identifier: MIT
/*
 * test_link.c - separate compilation: headers, objects, libraries, binaries of each, also in
 * another process, and what does not fit together.
 */
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static const char main_source[] =
	"#include \"inc/answer.h\"\n"
	"int times(int x);\n"
	"__kernel void f(__global int *p) { p[0] = times(p[0]) + BASE; }\n";
static const char times_source[] = "int times(int x) { return x * FACTOR; }\n";
static const char header_source[] = "#define BASE 2\n";

static cl_program from_source(struct fixture *f, const char *source)
{
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);

	ok(err);
	return program;
}

static cl_program_binary_type type_of(struct fixture *f, cl_program program)
{
	cl_program_binary_type type = 99;

	ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BINARY_TYPE, sizeof(type), &type,
				 NULL));
	return type;
}

static cl_program compiled_main(struct fixture *f)
{
	cl_program program = from_source(f, main_source), header = from_source(f, header_source);
	const char *name = "inc/answer.h";

	assert_int_equal(type_of(f, program), CL_PROGRAM_BINARY_TYPE_NONE);
	ok(clCompileProgram(program, 1, &f->device, "", 1, &header, &name, NULL, NULL));
	assert_int_equal(type_of(f, program), CL_PROGRAM_BINARY_TYPE_COMPILED_OBJECT);
	ok(clReleaseProgram(header));
	return program;
}

static cl_program compiled_times(struct fixture *f)
{
	cl_program program = from_source(f, times_source);

	ok(clCompileProgram(program, 1, &f->device, "-DFACTOR=4", 0, NULL, NULL, NULL, NULL));
	return program;
}

/* p[0] = 10 * 4 + 2, whatever way the program came about. */
static void run_it(struct fixture *f, cl_program program)
{
	cl_int value = 10, err;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);
	cl_kernel kernel = clCreateKernel(program, "f", &err);

	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	fixture_run(f, kernel, 1);
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, 42);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

static cl_program linked(struct fixture *f, const char *options, cl_uint n, cl_program *inputs)
{
	cl_int err;
	cl_program program =
		clLinkProgram(f->context, 1, &f->device, options, n, inputs, NULL, NULL, &err);

	ok(err);
	assert_non_null(program);
	return program;
}

static void release(cl_uint n, cl_program *programs)
{
	for (cl_uint i = 0; i < n; i++)
		ok(clReleaseProgram(programs[i]));
}

static void objects(void **state)
{
	struct fixture *f = *state;
	cl_program parts[2] = { compiled_main(f), compiled_times(f) };
	cl_program program = linked(f, "", 2, parts);
	size_t kernels;
	cl_int err;

	assert_int_equal(type_of(f, program), CL_PROGRAM_BINARY_TYPE_EXECUTABLE);
	ok(clGetProgramInfo(program, CL_PROGRAM_NUM_KERNELS, sizeof(kernels), &kernels, NULL));
	assert_int_equal(kernels, 1);
	run_it(f, program);
	/* The parts have no kernels of their own. */
	assert_null(clCreateKernel(parts[0], "f", &err));
	assert_int_equal(err, f->ours ? CL_INVALID_PROGRAM_EXECUTABLE : CL_INVALID_KERNEL_NAME);
	release(2, parts);
	run_it(f, program);
	release(1, &program);
}

static void libraries(void **state)
{
	struct fixture *f = *state;
	cl_program parts[2] = { compiled_main(f), compiled_times(f) }, program;
	cl_program library = linked(f, "-create-library", 1, &parts[1]);

	assert_int_equal(type_of(f, library), CL_PROGRAM_BINARY_TYPE_LIBRARY);
	program = linked(f, NULL, 2, (cl_program[]){ parts[0], library });
	run_it(f, program);
	release(2, parts);
	release(1, &library);
	release(1, &program);
}

static size_t binary_of(cl_program program, unsigned char **ret)
{
	size_t size = 0;

	ok(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL));
	assert_true(size > 0);
	*ret = malloc(size);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(*ret), ret, NULL));
	return size;
}

static cl_program from_binary(struct fixture *f, const unsigned char *binary, size_t size)
{
	cl_int err, status;
	cl_program program =
		clCreateProgramWithBinary(f->context, 1, &f->device, &size, &binary, &status, &err);

	ok(err);
	ok(status);
	return program;
}

static cl_program through_binary(struct fixture *f, cl_program program)
{
	unsigned char *binary;
	size_t size = binary_of(program, &binary);
	cl_program copy = from_binary(f, binary, size);

	assert_int_equal(type_of(f, copy), type_of(f, program));
	free(binary);
	return copy;
}

/* An object, a library and an executable, each through its binary. */
static void binaries(void **state)
{
	struct fixture *f = *state;
	cl_program parts[2] = { compiled_main(f), compiled_times(f) }, program, copy;
	cl_program library = linked(f, "-create-library", 1, &parts[1]);
	cl_program copies[2] = { through_binary(f, parts[0]), through_binary(f, library) };

	program = linked(f, "", 2, copies);
	run_it(f, program);
	copy = through_binary(f, program);
	ok(clBuildProgram(copy, 1, &f->device, "", NULL, NULL));
	run_it(f, copy);
	release(2, parts);
	release(2, copies);
	release(1, &library);
	release(1, &program);
	release(1, &copy);
}

static void child(int in)
{
	struct fixture *f = NULL;
	unsigned char *binary;
	cl_program program;
	size_t size = 0;
	ssize_t n;

	fixture_setup((void **)&f);
	assert_int_equal(read(in, &size, sizeof(size)), sizeof(size));
	binary = malloc(size);
	for (size_t at = 0; at < size; at += (size_t)n) {
		n = read(in, binary + at, size - at);
		assert_true(n > 0);
	}
	program = from_binary(f, binary, size);
	ok(clBuildProgram(program, 1, &f->device, "", NULL, NULL));
	run_it(f, program);
	ok(clReleaseProgram(program));
	free(binary);
	fixture_teardown((void **)&f);
}

/* A binary is good in another process, too. Forks before this one has touched OpenCL. */
static int other_process(void)
{
	cl_program parts[2], program;
	unsigned char *binary;
	struct fixture *f;
	int ends[2], status;
	size_t size;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(ends[1]);
		child(ends[0]);
		exit(0);
	}
	fixture_setup((void **)&f);
	parts[0] = compiled_main(f);
	parts[1] = compiled_times(f);
	program = linked(f, "", 2, parts);
	size = binary_of(program, &binary);
	assert_int_equal(write(ends[1], &size, sizeof(size)), sizeof(size));
	assert_int_equal(write(ends[1], binary, size), size);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(binary);
	release(2, parts);
	release(1, &program);
	fixture_teardown((void **)&f);
	return status;
}

static int status_of_other_process;

static void binary_in_another_process(void **state)
{
	(void)state;
	assert_int_equal(status_of_other_process, 0);
}

static void compile_errors(void **state)
{
	struct fixture *f = *state;
	cl_program program = from_source(f, main_source), header = from_source(f, header_source);
	cl_program broken = from_source(f, "int f(void) { return no_such_name; }\n"), none = NULL;
	const char *name = "inc/answer.h", *null_name = NULL;
	cl_build_status status;
	char log[4096] = "";

	assert_int_equal(clCompileProgram(NULL, 0, NULL, "", 0, NULL, NULL, NULL, NULL),
			 CL_INVALID_PROGRAM);
	assert_int_equal(clCompileProgram(program, 1, NULL, "", 0, NULL, NULL, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clCompileProgram(program, 0, NULL, "", 0, NULL, NULL, NULL, &status),
			 CL_INVALID_VALUE);
	if (f->ours) { /* PoCL 3.1 follows these pointers */
		assert_int_equal(clCompileProgram(program, 0, NULL, "", 1, NULL, &name, NULL, NULL),
				 CL_INVALID_VALUE);
		assert_int_equal(
			clCompileProgram(program, 0, NULL, "", 1, &header, NULL, NULL, NULL),
			CL_INVALID_VALUE);
		assert_int_equal(
			clCompileProgram(program, 0, NULL, "", 0, &header, &name, NULL, NULL),
			CL_INVALID_VALUE);
		assert_int_equal(
			clCompileProgram(program, 0, NULL, "", 1, &none, &name, NULL, NULL),
			CL_INVALID_PROGRAM);
		assert_int_equal(
			clCompileProgram(program, 0, NULL, "", 1, &header, &null_name, NULL, NULL),
			CL_INVALID_VALUE);
	}
	/* Without its header, and with a name that is nowhere. */
	assert_int_equal(clCompileProgram(program, 0, NULL, "", 0, NULL, NULL, NULL, NULL),
			 CL_COMPILE_PROGRAM_FAILURE);
	assert_int_equal(clCompileProgram(broken, 0, NULL, "", 0, NULL, NULL, NULL, NULL),
			 CL_COMPILE_PROGRAM_FAILURE);
	ok(clGetProgramBuildInfo(broken, f->device, CL_PROGRAM_BUILD_STATUS, sizeof(status),
				 &status, NULL));
	assert_int_equal(status, CL_BUILD_ERROR);
	ok(clGetProgramBuildInfo(broken, f->device, CL_PROGRAM_BUILD_LOG, sizeof(log), log, NULL));
	assert_non_null(strstr(log, "no_such_name"));
	assert_int_equal(
		clCompileProgram(broken, 0, NULL, "-no-such-option", 0, NULL, NULL, NULL, NULL),
		CL_INVALID_COMPILER_OPTIONS);
	release(1, &program);
	release(1, &header);
	release(1, &broken);
}

/* A header's name must not lead out of where the host's compiler keeps it. */
static void header_names(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = { "../answer.h", "/tmp/answer.h", "inc/../../answer.h",
					   "inc//answer.h" };
	cl_program program = from_source(f, main_source), header = from_source(f, header_source);
	char log[4096] = "";

	if (!f->ours)
		skip();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *name = bad[i];

		assert_int_equal(
			clCompileProgram(program, 0, NULL, "", 1, &header, &name, NULL, NULL),
			CL_COMPILE_PROGRAM_FAILURE);
		ok(clGetProgramBuildInfo(program, f->device, CL_PROGRAM_BUILD_LOG, sizeof(log), log,
					 NULL));
		assert_non_null(strstr(log, bad[i]));
	}
	release(1, &program);
	release(1, &header);
}

static void link_errors(void **state)
{
	struct fixture *f = *state;
	cl_program part = compiled_main(f), raw = from_source(f, times_source), none = NULL, out;
	cl_program whole = fixture_program(f, SOURCE_INC);
	cl_int err;

	assert_null(clLinkProgram(NULL, 0, NULL, "", 1, &part, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(clLinkProgram(f->context, 1, NULL, "", 1, &part, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clLinkProgram(f->context, 0, NULL, "", 0, &part, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clLinkProgram(f->context, 0, NULL, "", 1, NULL, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clLinkProgram(f->context, 0, NULL, "", 1, &part, NULL, &err, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clLinkProgram(f->context, 0, NULL, "", 1, &raw, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_OPERATION);
	assert_null(clLinkProgram(f->context, 0, NULL, "-no-such", 1, &part, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_LINKER_OPTIONS);
	/* times() is nowhere. PoCL gives no program then. */
	out = clLinkProgram(f->context, 0, NULL, "", 1, &part, NULL, NULL, &err);
	assert_int_equal(err, CL_LINK_PROGRAM_FAILURE);
	if (f->ours) {
		assert_non_null(out);
		ok(clReleaseProgram(out));
		assert_null(clLinkProgram(f->context, 0, NULL, "", 1, &none, NULL, NULL, &err));
		assert_int_equal(err, CL_INVALID_PROGRAM);
		assert_null(clLinkProgram(f->context, 0, NULL, "", 1, &whole, NULL, NULL, &err));
		assert_int_equal(err, CL_INVALID_OPERATION);
	}
	release(1, &part);
	release(1, &raw);
	release(1, &whole);
}

/* What was linked has no source to build again; what was compiled can be built. */
static void rebuilding(void **state)
{
	struct fixture *f = *state;
	cl_program parts[2] = { compiled_main(f), compiled_times(f) };
	cl_program program = linked(f, "", 2, parts);
	cl_kernel kernel;
	cl_int err;

	if (f->ours) /* PoCL 3.1 does something */
		assert_int_equal(clBuildProgram(program, 0, NULL, "", NULL, NULL),
				 CL_INVALID_OPERATION);
	assert_int_equal(clCompileProgram(program, 0, NULL, "", 0, NULL, NULL, NULL, NULL),
			 CL_INVALID_OPERATION);
	kernel = clCreateKernel(program, "f", &err);
	ok(err);
	ok(clReleaseKernel(kernel));
	ok(clBuildProgram(parts[1], 0, NULL, "-DFACTOR=1", NULL, NULL));
	assert_int_equal(type_of(f, parts[1]), CL_PROGRAM_BINARY_TYPE_EXECUTABLE);
	release(2, parts);
	release(1, &program);
}

static sem_t told;

static void CL_CALLBACK tell(cl_program program, void *user_data)
{
	*(cl_program *)user_data = program;
	sem_post(&told);
}

static void callbacks(void **state)
{
	struct fixture *f = *state;
	cl_program parts[2] = { compiled_main(f), from_source(f, times_source) }, heard, program;
	cl_int err;

	sem_init(&told, 0, 0);
	ok(clCompileProgram(parts[1], 0, NULL, "-DFACTOR=4", 0, NULL, NULL, tell, &heard));
	sem_wait(&told);
	assert_ptr_equal(heard, parts[1]);
	program = clLinkProgram(f->context, 0, NULL, "", 2, parts, tell, &heard, &err);
	ok(err);
	sem_wait(&told);
	assert_ptr_equal(heard, program);
	run_it(f, program);
	release(2, parts);
	release(1, &program);
}

static void refused(struct fixture *f, const unsigned char *binary, size_t size)
{
	cl_int err, status;

	assert_null(clCreateProgramWithBinary(f->context, 1, &f->device, &size, &binary, &status,
					      &err));
	assert_int_equal(err, CL_INVALID_BINARY);
	assert_int_equal(status, CL_INVALID_BINARY);
}

/*
 * Cut short, changed, of another device: refused, and nothing else happens. PoCL 3.1 ends the
 * program over some of these.
 */
static void bad_binaries(void **state)
{
	struct fixture *f = *state;
	cl_program program = fixture_program(f, SOURCE_INC), copy;
	unsigned char *binary;
	size_t size = binary_of(program, &binary);

	if (f->ours) {
		refused(f, binary, 1);
		refused(f, binary, 31);
		refused(f, binary, 32);
		refused(f, binary, 64);
		refused(f, binary, size - 1);
		for (size_t at = 0; at < size; at += at < 64 ? 3 : 1009) {
			binary[at] ^= 0x10;
			refused(f, binary, size);
			binary[at] ^= 0x10;
		}
	}
	copy = from_binary(f, binary, size);
	ok(clBuildProgram(copy, 0, NULL, "", NULL, NULL));
	memset(binary, 0x5a, size < 64 ? size : 64);
	refused(f, binary, size);
	free(binary);
	release(1, &copy);
	release(1, &program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects),	  cmocka_unit_test(libraries),
		cmocka_unit_test(binaries),	  cmocka_unit_test(binary_in_another_process),
		cmocka_unit_test(compile_errors), cmocka_unit_test(header_names),
		cmocka_unit_test(link_errors),	  cmocka_unit_test(rebuilding),
		cmocka_unit_test(callbacks),	  cmocka_unit_test(bad_binaries),
	};

	status_of_other_process = other_process();
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

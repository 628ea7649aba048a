// SPDX-License-Identifier: MIT
/*
 * test_printf.c - what kernels print arrives at the standard output of the application, in order,
 * and is there when clFinish() returns, an event is seen to be complete, or a blocking read is
 * done.
 */
#include <fcntl.h>
#include <unistd.h>

#include "fixture.h"
#include "module.h"
#include "recorder.h"

static const char source[] =
	"__kernel void say(int n) { printf(\"<%d:%d>\", n, (int)get_global_id(0)); }\n";

static int kept_stdout, in;

/* The standard output is a file from here on, which @in reads from its beginning. */
static void capture(void)
{
	char path[] = "/tmp/test_printf.XXXXXX";
	int out = mkstemp(path);

	assert_true(out >= 0);
	in = open(path, O_RDONLY);
	assert_true(in >= 0);
	unlink(path);
	fflush(stdout);
	kept_stdout = dup(STDOUT_FILENO);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	close(out);
}

/* What was written since the last call. */
static size_t captured(char *text, size_t room)
{
	size_t at = 0;
	ssize_t n;

	while ((n = read(in, text + at, room - 1 - at)) > 0)
		at += (size_t)n;
	text[at] = '\0';
	return at;
}

static void release_output(void)
{
	fflush(stdout);
	dup2(kept_stdout, STDOUT_FILENO);
	close(kept_stdout);
	close(in);
}

static cl_event say(cl_command_queue queue, cl_kernel kernel, cl_int n, size_t global)
{
	cl_event event;

	ok(clSetKernelArg(kernel, 0, sizeof(n), &n));
	ok(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &global, NULL, 0, NULL, &event));
	return event;
}

static void after_finish(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "say");
	char text[4096], expected[4096] = "";
	size_t n;

	capture();
	for (int i = 0; i < 50; i++) {
		ok(clReleaseEvent(say(f->queue, kernel, i, 1)));
		sprintf(expected + strlen(expected), "<%d:0>", i);
	}
	ok(clFinish(f->queue));
	n = captured(text, sizeof(text));
	release_output();
	assert_int_equal(n, strlen(expected));
	assert_string_equal(text, expected);
	ok(clReleaseKernel(kernel));
}

static void after_an_event(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "say");
	char text[4096];
	cl_int status;
	cl_event event;

	capture();
	event = say(f->queue, kernel, 1, 1);
	ok(clWaitForEvents(1, &event));
	captured(text, sizeof(text));
	assert_string_equal(text, "<1:0>");
	ok(clReleaseEvent(event));
	event = say(f->queue, kernel, 2, 1);
	ok(clFlush(f->queue));
	do {
		ok(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status,
				  NULL));
	} while (status > CL_COMPLETE);
	captured(text, sizeof(text));
	release_output();
	assert_string_equal(text, "<2:0>");
	ok(clReleaseEvent(event));
	ok(clReleaseKernel(kernel));
}

/* Recorded twice, and heard each time that it is enqueued. */
static void recorded(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "say");
	cl_command_buffer_khr buffer;
	struct recorder cl = { 0 };
	char text[4096];
	size_t one = 1;
	cl_int err, n = 4;

	assert_null(recorder_load(f->platform, &cl));
	buffer = cl.create(1, &f->queue, NULL, &err);
	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(n), &n));
	for (int i = 0; i < 2; i++)
		ok(cl.kernel(buffer, NULL, NULL, kernel, 1, NULL, &one, NULL, 0, NULL, NULL, NULL));
	ok(cl.finalize(buffer));
	capture();
	ok(cl.enqueue(0, NULL, buffer, 0, NULL, NULL));
	ok(clFinish(f->queue));
	captured(text, sizeof(text));
	assert_string_equal(text, "<4:0><4:0>");
	ok(cl.enqueue(0, NULL, buffer, 0, NULL, NULL));
	ok(clFinish(f->queue));
	captured(text, sizeof(text));
	release_output();
	assert_string_equal(text, "<4:0><4:0>");
	ok(cl.release(buffer));
	ok(clReleaseKernel(kernel));
}

/* All work-items are heard, each once. */
static void work_items(void **state)
{
	enum { N = 1000 };
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "say");
	static char text[N * 16];
	char one[32];
	size_t n;

	capture();
	ok(clReleaseEvent(say(f->queue, kernel, 7, N)));
	ok(clFinish(f->queue));
	n = captured(text, sizeof(text));
	release_output();
	for (int i = 0; i < N; i++) {
		n -= (size_t)sprintf(one, "<7:%d>", i);
		assert_non_null(strstr(text, one));
	}
	assert_int_equal(n, 0);
	ok(clReleaseKernel(kernel));
}

static cl_program rebuilt(struct fixture *f, cl_program program)
{
	unsigned char *binary;
	cl_int err, status;
	size_t size;

	ok(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL));
	binary = malloc(size);
	ok(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(binary), &binary, NULL));
	ok(clReleaseProgram(program));
	program = clCreateProgramWithBinary(f->context, 1, &f->device, &size,
					    (const unsigned char **)&binary, &status, &err);
	ok(err);
	ok(clBuildProgram(program, 0, NULL, "", NULL, NULL));
	free(binary);
	return program;
}

static cl_program spelt_by_option(struct fixture *f)
{
	const char *text = "__kernel void say(int n) { SAY(\"<%d:0>\", n); }\n";
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 1, &text, NULL, &err);

	ok(err);
	ok(clBuildProgram(program, 0, NULL, "-DSAY=printf", NULL, NULL));
	return program;
}

static cl_program linked(struct fixture *f)
{
	const char *text = "#include \"say.h\"\n__kernel void say(int n) { SAY(\"<%d:0>\", n); }\n";
	const char *header = "#define SAY printf\n", *name = "say.h";
	cl_int err;
	cl_program part = clCreateProgramWithSource(f->context, 1, &text, NULL, &err), whole;
	cl_program include = clCreateProgramWithSource(f->context, 1, &header, NULL, &err);

	ok(err);
	ok(clCompileProgram(part, 0, NULL, "", 1, &include, &name, NULL, NULL));
	whole = clLinkProgram(f->context, 0, NULL, "", 1, &part, NULL, NULL, &err);
	ok(err);
	ok(clReleaseProgram(part));
	ok(clReleaseProgram(include));
	return whole;
}

/* NULL where there is no module. */
static cl_program from_spir(struct fixture *f)
{
	static unsigned char module[MODULE_BYTES_MAX];
	size_t n = module_read(f, module);
	cl_program program;

	if (!n)
		return NULL;
	program = module_load(f, module, n);
	ok(clBuildProgram(program, 0, NULL, MODULE_OPTIONS, NULL, NULL));
	return program;
}

static void heard(struct fixture *f, cl_program program, cl_int n)
{
	char text[64], expected[64];
	cl_kernel kernel;
	cl_int err;

	kernel = clCreateKernel(program, "say", &err);
	ok(err);
	capture();
	ok(clReleaseEvent(say(f->queue, kernel, n, 1)));
	ok(clFinish(f->queue));
	captured(text, sizeof(text));
	release_output();
	sprintf(expected, "<%d:0>", n);
	assert_string_equal(text, expected);
	ok(clReleaseKernel(kernel));
	ok(clReleaseProgram(program));
}

/* Wherever the word comes from: an option, a header, a binary. */
static void every_kind_of_program(void **state)
{
	struct fixture *f = *state;
	cl_program spir;

	heard(f, rebuilt(f, fixture_program(f, source)), 3);
	heard(f, spelt_by_option(f), 4);
	heard(f, linked(f), 5);
	heard(f, rebuilt(f, linked(f)), 6);
	spir = from_spir(f);
	if (spir)
		heard(f, spir, 7);
}

/* A flood is cut, and the program goes on; what is left out is told. */
static void flood(void **state)
{
	static const char line[] = "__kernel void flood(void) { for (int i = 0; i < 20000; i++)"
				   " printf(\"%0100d\\n\", i); }\n";
	static char text[32u << 20];
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, line, "flood");
	size_t global = 16, n;

	if (!f->ours)
		skip();
	capture();
	/* 32 MB of text in each, and nobody fetches between them. */
	for (int i = 0; i < 2; i++)
		ok(clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &global, NULL, 0, NULL, NULL));
	ok(clFinish(f->queue));
	n = captured(text, sizeof(text));
	release_output();
	assert_true(n > 1000000 && n < 9u << 20);
	assert_non_null(strstr(text, "bytes of printf output left out]"));
	ok(clReleaseKernel(kernel));
	ok(clReleaseKernel(fixture_kernel(f, SOURCE_INC, "inc")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_finish),
		cmocka_unit_test(after_an_event),
		cmocka_unit_test(recorded),
		cmocka_unit_test(work_items),
		cmocka_unit_test(every_kind_of_program),
		cmocka_unit_test(flood),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

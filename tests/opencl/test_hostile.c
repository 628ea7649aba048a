// SPDX-License-Identifier: MIT
/*
 * test_hostile.c - programs that do what no program should: each ends with an error of the
 * specification or a lost context that says why, and a neighbour, another process that works all
 * the while, does not notice. On a virtual GPU only: the bare driver would take the test along.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static const char *program_path;

/* ---- the neighbour: this program, started with "neighbour" ---- */

/* Works until its standard input ends; exit status 0 when every result was right. */
static int neighbour(void)
{
	struct fixture *f;
	void *state = NULL;
	uint32_t value = 0, rounds = 0;
	cl_kernel kernel;
	cl_mem mem;
	char end;

	fixture_setup(&state);
	f = state;
	kernel = fixture_kernel(f, SOURCE_INC, "inc");
	mem = fixture_buffer(f, sizeof(value), &value);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(value), &(uint32_t){ 1 }));
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	if (write(STDOUT_FILENO, "r", 1) != 1)
		return 2;
	do {
		fixture_run(f, kernel, 1);
		fixture_read(f, mem, &value, sizeof(value));
		if (value != ++rounds || f->notes)
			return 1;
	} while (read(STDIN_FILENO, &end, 1) < 0);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	return fixture_teardown(&state);
}

/** struct child - this program once more; @in ends when we close it. */
struct child {
	pid_t pid;
	int in;
};

static struct child start(const char *what)
{
	int in[2], out[2];
	struct child child;
	char ready;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (!child.pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		close(out[0]);
		execl(program_path, program_path, what, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	assert_int_equal(read(out[0], &ready, 1), 1);
	close(out[0]);
	child.in = in[1];
	return child;
}

static int finish(struct child child)
{
	int status;

	close(child.in);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- what they do ---- */

/** enum ends - how a row may end. */
enum ends {
	LOST = 1, /* the context is lost, with a text */
	REFUSED = 2, /* the build, or the enqueue, answers an error */
	FINE = 4, /* the driver makes something harmless of it */
};

struct row {
	const char *what;
	const char *source;
	size_t local; /* bytes of local memory for argument 1; 0: there is none */
	unsigned int ends;
};

static const struct row rows[] = {
	{ "divides by zero", "__kernel void f(__global volatile int *p) { p[1] = p[1] / p[0]; }", 0,
	  LOST | FINE },
	{ "writes far out of bounds",
	  "__kernel void f(__global volatile int *p) { p[0x100000000000L] = 1; }", 0, LOST },
	{ "jumps to nowhere",
	  "__kernel void f(__global volatile ulong *p) { *(volatile __global int *)(p[0] + 8) = 1; }",
	  0, LOST },
	{ "loops for ever", "__kernel void f(__global volatile int *p) { while (!p[0]) p[1]++; }",
	  0, LOST },
	{ "recurses",
	  "int g(__global volatile int *p, int n) { volatile int a[256]; a[n & 255] = p[0];"
	  " return g(p, n + 1) + a[n & 255]; }"
	  "__kernel void f(__global volatile int *p) { p[0] = g(p, 0); }",
	  0, LOST | REFUSED },
	{ "wants more local memory than there is",
	  "__kernel void f(__global int *p, __local int *l) { l[0] = 1; p[0] = l[0]; }", 1u << 30,
	  REFUSED },
	{ "does not end", "__kernel void f(__global int *p) { p[0] = ((((((((", 0, REFUSED },
};

static cl_int run(struct fixture *f, cl_kernel kernel, const struct row *row)
{
	size_t global = 1;
	cl_int err;
	cl_mem mem = fixture_buffer(f, 64, (uint8_t[64]){ 0 });

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	err = row->local ? clSetKernelArg(kernel, 1, row->local, NULL) : CL_SUCCESS;
	if (err == CL_SUCCESS)
		err = clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &global, NULL, 0, NULL,
					     NULL);
	if (err == CL_SUCCESS)
		err = clFinish(f->queue);
	clReleaseMemObject(mem);
	return err;
}

/* What became of it, in a context of its own. */
static unsigned int outcome(const struct row *row)
{
	struct fixture *f;
	void *state = NULL;
	unsigned int result = FINE;
	cl_program program;
	cl_kernel kernel;
	cl_int err;

	fixture_setup(&state);
	f = state;
	program = clCreateProgramWithSource(f->context, 1, (const char *[]){ row->source }, NULL,
					    &err);
	ok(err);
	err = clBuildProgram(program, 1, &f->device, "", NULL, NULL);
	if (err == CL_SUCCESS) {
		kernel = clCreateKernel(program, "f", &err);
		ok(err);
		err = run(f, kernel, row);
		clReleaseKernel(kernel);
	}
	if (err != CL_SUCCESS)
		result = REFUSED;
	while (err == CL_OUT_OF_RESOURCES && !row->local && !f->notes)
		clGetContextInfo(f->context, CL_CONTEXT_NUM_DEVICES, 0, NULL, NULL);
	if (f->notes && strstr(f->last_note, "lost"))
		result = LOST;
	print_message("%s: %d, %s\n", row->what, err, f->last_note);
	clReleaseProgram(program);
	fixture_teardown(&state);
	return result;
}

static void hostile_kernels(void **state)
{
	struct fixture *f = *state;
	struct child child;

	if (!f->ours)
		skip();
	child = start("neighbour");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(outcome(&rows[i]) & rows[i].ends);
	assert_int_equal(finish(child), 0);
}

/* A source on which compilers run out of stack: an error or a lost context, soon, and no more. */
static void hostile_source(void **state)
{
	struct fixture *f = *state;
	struct row row = { .what = "is an endless sum", .ends = LOST | REFUSED | FINE };
	const size_t terms = 200000;
	struct child child;
	char *text, *at;

	if (!f->ours)
		skip();
	text = malloc(terms * 5 + 100);
	at = text + sprintf(text, "__kernel void f(__global int *p) { p[0] = p[0]");
	for (size_t i = 0; i < terms; i++)
		at += sprintf(at, "+p[0]");
	strcpy(at, "; }");
	row.source = text;
	child = start("neighbour");
	assert_true(outcome(&row) & row.ends);
	assert_int_equal(finish(child), 0);
	free(text);
}

/* ---- leaving in the middle ---- */

static int leave(void)
{
	struct fixture *f;
	void *state = NULL;
	uint32_t start_value = 1, endless = UINT32_MAX;
	cl_kernel kernel;
	cl_mem mem;

	fixture_setup(&state);
	f = state;
	kernel = fixture_kernel(f, SOURCE_SPIN, "spin");
	mem = fixture_buffer(f, sizeof(start_value), &start_value);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(endless), &endless));
	fixture_run(f, kernel, 1);
	ok(clFlush(f->queue));
	if (write(STDOUT_FILENO, "r", 1) != 1)
		return 2;
	exit(3);
}

static void exit_in_the_middle(void **state)
{
	struct fixture *f = *state;
	struct child child;

	if (!f->ours)
		skip();
	child = start("neighbour");
	assert_int_equal(finish(start("leave")), 3);
	assert_int_equal(finish(child), 0);
}

/* ---- released in the wrong order, by many threads ---- */

struct heap {
	struct fixture *f;
	cl_context context;
	cl_command_queue queue;
	cl_program program;
	cl_kernel kernel;
	cl_mem mem;
	cl_event event;
};

static struct heap fill(struct fixture *f)
{
	const char *source = SOURCE_SPIN;
	struct heap h = { .f = f };
	uint32_t rounds = 100000;
	size_t global = 1;
	cl_int err;

	h.context = clCreateContext(NULL, 1, &f->device, NULL, NULL, &err);
	ok(err);
	h.queue = clCreateCommandQueue(h.context, f->device, 0, &err);
	ok(err);
	h.program = clCreateProgramWithSource(h.context, 1, &source, NULL, &err);
	ok(err);
	ok(clBuildProgram(h.program, 1, &f->device, "", NULL, NULL));
	h.kernel = clCreateKernel(h.program, "spin", &err);
	ok(err);
	h.mem = clCreateBuffer(h.context, 0, 64, NULL, &err);
	ok(err);
	ok(clSetKernelArg(h.kernel, 0, sizeof(h.mem), &h.mem));
	ok(clSetKernelArg(h.kernel, 1, sizeof(rounds), &rounds));
	ok(clEnqueueNDRangeKernel(h.queue, h.kernel, 1, NULL, &global, NULL, 0, NULL, &h.event));
	return h;
}

static void *release_context(void *arg)
{
	struct heap *h = arg;

	ok(clReleaseContext(h->context));
	ok(clReleaseMemObject(h->mem));
	return NULL;
}

static void *release_program(void *arg)
{
	struct heap *h = arg;

	ok(clReleaseProgram(h->program));
	ok(clReleaseKernel(h->kernel));
	return NULL;
}

static void *release_queue(void *arg)
{
	struct heap *h = arg;

	ok(clReleaseCommandQueue(h->queue));
	ok(clReleaseEvent(h->event));
	return NULL;
}

static void wrong_order(void **state)
{
	void *(*const release[])(void *) = { release_context, release_program, release_queue };

	for (int round = 0; round < 20; round++) {
		struct heap h = fill(*state);
		pthread_t thread[3];

		for (int i = 0; i < 3; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, release[i], &h), 0);
		for (int i = 0; i < 3; i++)
			pthread_join(thread[i], NULL);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_kernels),
		cmocka_unit_test(hostile_source),
		cmocka_unit_test(exit_in_the_middle),
		cmocka_unit_test(wrong_order),
	};

	program_path = argv[0];
	if (argc > 1)
		return strcmp(argv[1], "leave") == 0 ? leave() : neighbour();
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_tenants.c - a program that takes seconds to build and to launch for the first time, which is
 * when PoCL compiles it, holds up nobody: neither the owner of another virtual GPU nor another
 * process on the same one, both of which launch small kernels all the while.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

#define IDLE_LAUNCHES 2000
#define LAUNCHES_MAX 200000
#define BUILD_SECONDS 3.0 /* the least that it must take */
#define STATEMENTS 150 /* to begin with; more where that is not enough */

static const char *program_path;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- who must not notice: this program, started with "launch" ---- */

/** struct report - what launches took, in seconds. */
struct report {
	uint32_t launches;
	double longest;
	double median;
};

static double took[LAUNCHES_MAX];

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Launches until there have been @most, or a byte comes that says that it is over. */
static struct report launch(struct fixture *f, cl_kernel kernel, uint32_t most)
{
	struct report r = { 0 };
	char over;

	do {
		double start = now();

		fixture_run(f, kernel, 1);
		ok(clFinish(f->queue));
		took[r.launches++] = now() - start;
	} while (r.launches < most && read(STDIN_FILENO, &over, 1) < 0);
	qsort(took, r.launches, sizeof(took[0]), compare);
	r.longest = took[r.launches - 1];
	r.median = took[r.launches / 2];
	return r;
}

static void tell(const struct report *r)
{
	if (write(STDOUT_FILENO, r, sizeof(*r)) != sizeof(*r))
		exit(2);
}

/* Reports what launches take while nothing else happens, and then until it is told to stop. */
static int launcher(void)
{
	void *state = NULL;
	struct fixture *f;
	struct report r;
	cl_kernel kernel;
	cl_mem mem;

	fixture_setup(&state);
	f = state;
	kernel = fixture_kernel(f, SOURCE_INC, "inc");
	mem = fixture_buffer(f, 4, &(uint32_t){ 0 });
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(uint32_t), &(uint32_t){ 1 }));
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	launch(f, kernel, 10);
	r = launch(f, kernel, IDLE_LAUNCHES);
	tell(&r);
	r = launch(f, kernel, LAUNCHES_MAX);
	tell(&r);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	return fixture_teardown(&state);
}

/** struct child - a launcher; it stops when we close @in. */
struct child {
	const char *what;
	pid_t pid;
	int in;
	int out;
	struct report idle;
};

static struct child start(const char *what, const char *vgpu)
{
	struct child child = { .what = what };
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (!child.pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		setenv("DXG_VGPU", vgpu, 1);
		execl(program_path, program_path, "launch", NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	child.in = in[1];
	child.out = out[0];
	return child;
}

static struct report hear(const struct child *child)
{
	struct report r;

	assert_int_equal(read(child->out, &r, sizeof(r)), sizeof(r));
	return r;
}

static struct report stop(const struct child *child)
{
	struct report r;
	int status;

	close(child->in);
	r = hear(child);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(child->out);
	return r;
}

/* ---- who takes long ---- */

/* Branches of which none can be left out. */
static char *make_source(int statements)
{
	char *text = malloc((size_t)statements * 160 + 200), *at = text;

	at += sprintf(at, "__kernel void f(__global float *p, __global int *o) {\n"
			  "int g = get_global_id(0); float x = p[g];\n");
	for (int i = 0; i < statements; i++)
		at += sprintf(at,
			      "if (o[g + %d] > %d) { x = x * %d.5f + p[(g * %d) & 63];"
			      " p[(g + %d) & 63] = native_sin(x) * %d; }\n",
			      i % 7, i, i, i + 3, i * 5, i);
	strcpy(at, "p[g] = x; }\n");
	return text;
}

/* The seconds that it takes to build a program of @statements and to launch its kernel. */
static double build_and_launch(struct fixture *f, int statements)
{
	char *text = make_source(statements);
	cl_mem mem = fixture_buffer(f, 4096, NULL);
	double begin = now();
	cl_kernel kernel = fixture_kernel(f, text, "f");
	double built = now() - begin;

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(mem), &mem));
	fixture_run(f, kernel, 1);
	ok(clFinish(f->queue));
	print_message("%d statements: built in %.1f s, launched in %.1f s\n", statements, built,
		      now() - begin - built);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	free(text);
	return now() - begin;
}

static void check(const struct child *child, const struct report *r, double seconds)
{
	print_message("%s: %u launches, %.0f us (idle %.0f), longest %.1f ms (idle %.1f)\n",
		      child->what, r->launches, r->median * 1e6, child->idle.median * 1e6,
		      r->longest * 1e3, child->idle.longest * 1e3);
	/* Bounds for a machine with much else to do; who is held up waits for most of @seconds. */
	assert_true(r->longest < seconds / 3);
	assert_true(r->median < seconds / 50);
}

static void builds_stall_nobody(void **state)
{
	struct fixture *f = *state;
	struct child children[2];
	int statements = STATEMENTS;
	double seconds;

	if (!f->ours) /* the driver is in the process of each */
		skip();
	children[0] = start("another virtual GPU", "b");
	children[1] = start("another process", "a");
	for (int i = 0; i < 2; i++)
		children[i].idle = hear(&children[i]);
	while ((seconds = build_and_launch(f, statements)) < BUILD_SECONDS)
		statements *= 2;
	for (int i = 0; i < 2; i++) {
		struct report r = stop(&children[i]);

		check(&children[i], &r, seconds);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(builds_stall_nobody) };

	program_path = argv[0];
	if (argc > 1)
		return launcher();
	setenv("DXG_VGPU", "a", 1);
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

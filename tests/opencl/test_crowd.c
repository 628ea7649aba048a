// SPDX-License-Identifier: MIT
/*
 * test_crowd.c - thirty-two processes on one device at once: all have built the same program before
 * the first may begin, some have several threads on one queue, and one is killed in the middle of a
 * kernel. The results of the others are right, and they go on.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

#define MEMBERS 32
#define VICTIM 7
#define THREADS 4 /* of every fourth member */
#define KERNELS 8 /* that a thread enqueues in a round */
#define ITEMS 64

static const char *program_path;

/* ---- a member: this program, started with its number ---- */

/** struct worker - a thread of a member, with a kernel and a buffer of its own on the one queue. */
struct worker {
	cl_command_queue queue;
	cl_kernel kernel;
	cl_mem mem;
	uint32_t add;
	uint32_t expected;
	int errors;
	pthread_t thread;
};

#define CHECK(w, cond) ((w)->errors += !(cond))

/* cmocka's assertions are for the main thread; here errors are counted. */
static void *one_round(void *arg)
{
	struct worker *w = arg;
	uint32_t out[ITEMS] = { 0 };
	size_t global = ITEMS;

	for (int i = 0; i < KERNELS; i++) {
		CHECK(w, !clEnqueueNDRangeKernel(w->queue, w->kernel, 1, NULL, &global, NULL, 0,
						 NULL, NULL));
		w->expected += w->add;
	}
	CHECK(w,
	      !clEnqueueReadBuffer(w->queue, w->mem, CL_TRUE, 0, sizeof(out), out, 0, NULL, NULL));
	for (int i = 0; i < ITEMS; i++)
		CHECK(w, out[i] == w->expected);
	return NULL;
}

static struct worker make_worker(struct fixture *f, cl_program program, uint32_t add)
{
	struct worker w = { .queue = f->queue, .add = add };
	cl_int err;

	w.mem = fixture_buffer(f, ITEMS * sizeof(uint32_t), (uint32_t[ITEMS]){ 0 });
	w.kernel = clCreateKernel(program, "inc", &err);
	ok(err);
	ok(clSetKernelArg(w.kernel, 0, sizeof(w.mem), &w.mem));
	ok(clSetKernelArg(w.kernel, 1, sizeof(add), &add));
	return w;
}

static int round_of_all(struct worker *w, int threads)
{
	int errors = 0;

	for (int i = 1; i < threads; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL, one_round, &w[i]), 0);
	one_round(&w[0]);
	for (int i = 1; i < threads; i++)
		pthread_join(w[i].thread, NULL);
	for (int i = 0; i < threads; i++)
		errors += w[i].errors;
	return errors;
}

static void tell(char byte)
{
	if (write(STDOUT_FILENO, &byte, 1) != 1)
		exit(2);
}

/* Says so after each round, until its standard input ends. */
static int work(struct fixture *f, cl_program program, int number)
{
	int threads = number % 4 ? 1 : THREADS;
	struct worker workers[THREADS];
	char end;

	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < threads; i++)
		workers[i] = make_worker(f, program, (uint32_t)(number * THREADS + i + 1));
	do {
		if (round_of_all(workers, threads) || f->notes)
			return 1;
		tell('r');
	} while (read(STDIN_FILENO, &end, 1) < 0);
	for (int i = 0; i < threads; i++) {
		ok(clReleaseKernel(workers[i].kernel));
		ok(clReleaseMemObject(workers[i].mem));
	}
	return 0;
}

static _Noreturn void spin(struct fixture *f, cl_program program)
{
	uint32_t start = 1, endless = UINT32_MAX;
	cl_mem mem = fixture_buffer(f, sizeof(start), &start);
	cl_int err;
	cl_kernel kernel = clCreateKernel(program, "spin", &err);

	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(endless), &endless));
	fixture_run(f, kernel, 1);
	ok(clFlush(f->queue));
	tell('k');
	for (;;)
		pause();
}

/* A byte of the standard input lets it begin, once it has said that it has built. */
static int member(int number)
{
	void *state = NULL;
	struct fixture *f;
	cl_program program;
	char go;
	int result;

	fixture_setup(&state);
	f = state;
	program = fixture_program(f, SOURCE_INC SOURCE_SPIN);
	tell('b');
	if (read(STDIN_FILENO, &go, 1) != 1)
		return 2;
	if (number == VICTIM)
		spin(f, program);
	result = work(f, program, number);
	ok(clReleaseProgram(program));
	fixture_teardown(&state);
	return result;
}

/* ---- who watches them ---- */

/** struct watched - a member as its parent sees it. */
struct watched {
	pid_t pid;
	int in;
	int out;
};

static struct watched start(int number)
{
	int in[2], out[2];
	struct watched w;
	char text[16];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	snprintf(text, sizeof(text), "%d", number);
	w.pid = fork();
	assert_true(w.pid >= 0);
	if (!w.pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(program_path, program_path, text, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	w.in = in[1];
	w.out = out[0];
	return w;
}

static void await(const struct watched *w, char byte)
{
	char got = 0;

	assert_int_equal(read(w->out, &got, 1), 1);
	assert_int_equal(got, byte);
}

static int end_of(const struct watched *w)
{
	int status;

	close(w->in);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	close(w->out);
	return status;
}

/* A round that it began after now: the second that it reports from now on. */
static void await_new_round(const struct watched *w)
{
	int told;

	assert_int_equal(ioctl(w->out, FIONREAD, &told), 0);
	for (int i = 0; i < told + 2; i++)
		await(w, 'r');
}

static void begin(const struct watched *crowd)
{
	for (int i = 0; i < MEMBERS; i++)
		await(&crowd[i], 'b');
	for (int i = 0; i < MEMBERS; i++)
		assert_int_equal(write(crowd[i].in, "g", 1), 1);
}

/*
 * What is built here is in the program cache when the others come, if the worker has handed it over
 * by then: it does so at its end. It is only a matter of time that they take.
 */
static void go_first(void)
{
	struct watched w = start(0);

	await(&w, 'b');
	assert_int_equal(write(w.in, "g", 1), 1);
	await(&w, 'r');
	assert_int_equal(end_of(&w), 0);
}

static void all_at_once(void **state)
{
	struct watched crowd[MEMBERS];

	(void)state;
	go_first();
	go_first();
	for (int i = 0; i < MEMBERS; i++)
		crowd[i] = start(i);
	begin(crowd);
	for (int i = 0; i < MEMBERS; i++)
		await(&crowd[i], i == VICTIM ? 'k' : 'r');
	assert_int_equal(kill(crowd[VICTIM].pid, SIGKILL), 0);
	for (int i = 0; i < MEMBERS; i++)
		if (i != VICTIM)
			await_new_round(&crowd[i]);
	for (int i = 0; i < MEMBERS; i++) {
		int status = end_of(&crowd[i]);

		if (i == VICTIM)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_at_once) };

	program_path = argv[0];
	if (argc > 1)
		return member(atoi(argv[1]));
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: MIT
/*
 * test_fork.c - a child of a process that uses the device makes a context of its own and computes,
 * with callbacks; the parent goes on undisturbed. On a virtual GPU only: few drivers survive it.
 */
#include <semaphore.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../fork.h"
#include "fixture.h"

static void CL_CALLBACK post(cl_event event, cl_int status, void *user_data)
{
	(void)event, (void)status;
	sem_post(user_data);
}

/* Everything a program does, with a callback at the end; ends the test when anything fails. */
static void compute(struct fixture *f)
{
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	uint32_t data[64] = { 0 }, four = 4;
	cl_mem mem = fixture_buffer(f, sizeof(data), data);
	struct timespec limit;
	cl_event event;
	sem_t sem;

	sem_init(&sem, 0, 0);
	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(four), &four));
	fixture_run(f, inc, 64);
	ok(clEnqueueReadBuffer(f->queue, mem, CL_FALSE, 0, sizeof(data), data, 0, NULL, &event));
	ok(clSetEventCallback(event, CL_COMPLETE, post, &sem));
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 20;
	assert_int_equal(sem_timedwait(&sem, &limit), 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(data[i], 4);
	ok(clReleaseEvent(event));
	ok(clReleaseMemObject(mem));
	ok(clReleaseKernel(inc));
	sem_destroy(&sem);
}

/* In the child cmocka's assertions abort the process: its status tells. */
static int child(void)
{
	void *state = NULL;

	fixture_setup(&state);
	compute(state);
	fixture_teardown(&state);
	return 0;
}

static void forked(void **state)
{
	struct fixture *f = *state;
	int status = 0;
	pid_t pid;

	if (!f->ours)
		skip();
	compute(f);
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	fflush(NULL);
	pid = fork_quietly();
	if (!pid)
		_exit(child());
	unsetenv("CMOCKA_TEST_ABORT");
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	compute(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(forked) };

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_fork.c - a child of a process that uses the device makes a context of its own and computes,
 * with callbacks; what it inherited is lost in it, and can be used and released without harm to
 * anybody; the parent goes on undisturbed. On a virtual GPU only: few drivers survive it.
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

/* Runs @what in a child, where cmocka's assertions abort the process: its status tells. */
static void in_child(struct fixture *f, void (*what)(struct fixture *f))
{
	int status = 0;
	pid_t pid;

	setenv("CMOCKA_TEST_ABORT", "1", 1);
	fflush(NULL);
	pid = fork_quietly();
	if (!pid) {
		what(f);
		exit(0);
	}
	unsetenv("CMOCKA_TEST_ABORT");
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void compute_anew(struct fixture *parents)
{
	void *state = NULL;

	(void)parents;
	fixture_setup(&state);
	compute(state);
	fixture_teardown(&state);
}

static void forked(void **state)
{
	struct fixture *f = *state;

	if (!f->ours)
		skip();
	compute(f);
	in_child(f, compute_anew);
	compute(f);
}

/* ---- in the middle of a kernel, with what the parent made ---- */

static struct {
	cl_kernel spin;
	cl_mem mem;
	cl_event event;
} inherited;

static bool patience(time_t *end)
{
	if (!*end)
		*end = time(NULL) + 20;
	return time(NULL) <= *end;
}

static void use_inherited(struct fixture *f)
{
	size_t global = 1;
	uint32_t value;
	time_t end = 0;
	cl_int err, status;

	ok(clGetEventInfo(inherited.event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status),
			  &status, NULL));
	assert_int_equal(status, CL_OUT_OF_RESOURCES);
	assert_int_equal(clWaitForEvents(1, &inherited.event),
			 CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
	assert_int_equal(clFinish(f->queue), CL_OUT_OF_RESOURCES);
	assert_int_equal(clEnqueueNDRangeKernel(f->queue, inherited.spin, 1, NULL, &global, NULL, 0,
						NULL, NULL),
			 CL_OUT_OF_RESOURCES);
	assert_int_equal(
		clEnqueueReadBuffer(f->queue, inherited.mem, CL_TRUE, 0, 4, &value, 0, NULL, NULL),
		CL_OUT_OF_RESOURCES);
	assert_null(clCreateBuffer(f->context, 0, 64, NULL, &err));
	assert_int_not_equal(err, CL_SUCCESS);
	assert_null(clCreateCommandQueue(f->context, f->device, 0, &err));
	assert_int_not_equal(err, CL_SUCCESS);
	while (!f->notes && patience(&end))
		;
	assert_non_null(strstr(f->last_note, "forked"));
}

/* Handles of the parent may be those of objects of the child's own: none of these must go. */
static void release_inherited(struct fixture *f)
{
	void *state = NULL, *parents = f;

	fixture_setup(&state);
	compute(state);
	ok(clReleaseEvent(inherited.event));
	ok(clReleaseKernel(inherited.spin));
	ok(clReleaseMemObject(inherited.mem));
	fixture_teardown(&parents);
	compute(state);
	fixture_teardown(&state);
}

static void use_and_release(struct fixture *f)
{
	use_inherited(f);
	release_inherited(f);
}

static void leave(struct fixture *f)
{
	(void)f;
}

static void in_the_middle(void **state)
{
	void (*const what[])(struct fixture *) = { use_and_release, release_inherited, leave };
	struct fixture *f = *state;
	uint32_t value = 1, rounds = 10000000;
	size_t global = 1;

	if (!f->ours)
		skip();
	inherited.mem = fixture_buffer(f, sizeof(value), &value);
	inherited.spin = fixture_kernel(f, SOURCE_SPIN, "spin");
	ok(clSetKernelArg(inherited.spin, 0, sizeof(cl_mem), &inherited.mem));
	ok(clSetKernelArg(inherited.spin, 1, sizeof(rounds), &rounds));
	ok(clEnqueueNDRangeKernel(f->queue, inherited.spin, 1, NULL, &global, NULL, 0, NULL,
				  &inherited.event));
	ok(clFlush(f->queue));
	fixture_run(f, inherited.spin, 1); /* one more, that is not submitted yet */
	for (int i = 0; i < 3; i++)
		in_child(f, what[i]);
	fixture_read(f, inherited.mem, &value, sizeof(value));
	assert_int_equal(value, spin_result(1, 2 * rounds));
	assert_int_equal(f->notes, 0);
	ok(clReleaseEvent(inherited.event));
	ok(clReleaseKernel(inherited.spin));
	ok(clReleaseMemObject(inherited.mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(forked),
					    cmocka_unit_test(in_the_middle) };

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_killed.c - dxgd is killed while one thread waits for a kernel and another polls its event:
 * both see an error within two seconds, and everything can be released.
 */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "fixture.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/** struct waiter - a thread in clFinish(), and what came of it. */
struct waiter {
	cl_command_queue queue;
	cl_int result;
	double end;
};

static void *finish(void *arg)
{
	struct waiter *w = arg;

	w->result = clFinish(w->queue);
	w->end = now();
	return NULL;
}

static cl_int status_of(cl_event event)
{
	cl_int status;

	ok(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL));
	return status;
}

static void killed(void **state)
{
	struct fixture *f = *state;
	const char *pid = getenv("DXGD_PID");
	uint32_t one = 1, rounds = 4000000000u;
	size_t global = 1;
	struct waiter w = { .queue = f->queue };
	cl_kernel spin;
	cl_event event;
	pthread_t thread;
	double start;
	cl_mem mem;
	cl_int err;

	if (!f->ours || !pid)
		skip();
	mem = fixture_buffer(f, 4, &one);
	spin = fixture_kernel(f, SOURCE_SPIN, "spin");
	ok(clSetKernelArg(spin, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(spin, 1, sizeof(rounds), &rounds));
	ok(clEnqueueNDRangeKernel(f->queue, spin, 1, NULL, &global, NULL, 0, NULL, &event));
	ok(clFlush(f->queue));
	assert_int_equal(pthread_create(&thread, NULL, finish, &w), 0);
	start = now();
	while (status_of(event) > CL_COMPLETE && now() - start < 0.2)
		; /* the kernel runs and is being waited for */
	assert_true(status_of(event) > CL_COMPLETE);
	assert_int_equal(kill(atoi(pid), SIGKILL), 0);
	start = now();
	while (status_of(event) > CL_COMPLETE && now() - start < 10)
		;
	assert_true(status_of(event) < 0);
	assert_true(now() - start < 2);
	pthread_join(thread, NULL);
	assert_int_equal(w.result, CL_OUT_OF_RESOURCES);
	assert_true(w.end - start < 2);
	assert_int_equal(
		clEnqueueNDRangeKernel(f->queue, spin, 1, NULL, &global, NULL, 0, NULL, NULL),
		CL_OUT_OF_RESOURCES);
	assert_null(clCreateBuffer(f->context, 0, 4096, NULL, &err));
	assert_int_not_equal(err, CL_SUCCESS);
	assert_null(clCreateContext(NULL, 1, &f->device, NULL, NULL, &err));
	assert_int_not_equal(err, CL_SUCCESS);
	ok(clReleaseEvent(event));
	ok(clReleaseKernel(spin));
	ok(clReleaseMemObject(mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

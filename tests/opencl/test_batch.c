// SPDX-License-Identifier: MIT
/* test_batch.c - many small commands without a wait: batching must change nothing but the speed. */
#include <time.h>

#include "fixture.h"

#define KERNELS 10000

/* Ten thousand kernels, each of which needs the result of the one before. */
static void dependent_kernels(void **state)
{
	struct fixture *f = *state;
	const char *source = "__kernel void congruent(__global uint *p, uint n)"
			     "{ p[0] = p[0] * 1664525u + n; }\n";
	cl_kernel kernel = fixture_kernel(f, source, "congruent");
	uint32_t value = 1, expected = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	for (uint32_t i = 0; i < KERNELS; i++) {
		ok(clSetKernelArg(kernel, 1, sizeof(i), &i));
		fixture_run(f, kernel, 1);
		expected = expected * 1664525u + i;
	}
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, expected);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

/* All kinds of commands mixed, every one with an event; the events end in order. */
static void mixed_commands(void **state)
{
	struct fixture *f = *state;
	enum { ROUNDS = 300 };
	static cl_event events[ROUNDS * 4];
	static uint32_t inputs[ROUNDS], results[ROUNDS];
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_mem a = fixture_buffer(f, 4, NULL), b = fixture_buffer(f, 4, NULL);
	cl_ulong last = 0;
	size_t global = 1;

	ok(clSetKernelArg(inc, 0, sizeof(a), &a));
	for (uint32_t i = 0; i < ROUNDS; i++) {
		cl_event *e = &events[i * 4];

		inputs[i] = i;
		ok(clSetKernelArg(inc, 1, sizeof(i), &i));
		ok(clEnqueueWriteBuffer(f->queue, a, CL_FALSE, 0, 4, &inputs[i], 0, NULL, &e[0]));
		ok(clEnqueueNDRangeKernel(f->queue, inc, 1, NULL, &global, NULL, 0, NULL, &e[1]));
		ok(clEnqueueCopyBuffer(f->queue, a, b, 0, 0, 4, 0, NULL, &e[2]));
		ok(clEnqueueReadBuffer(f->queue, b, CL_FALSE, 0, 4, &results[i], 0, NULL, &e[3]));
	}
	ok(clFinish(f->queue));
	for (uint32_t i = 0; i < ROUNDS; i++)
		assert_int_equal(results[i], 2 * i);
	for (int i = 0; i < ROUNDS * 4; i++) {
		cl_ulong end;

		ok(clGetEventProfilingInfo(events[i], CL_PROFILING_COMMAND_END, sizeof(end), &end,
					   NULL));
		if (f->ours)
			assert_true(end >= last);
		last = end;
		ok(clReleaseEvent(events[i]));
	}
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
}

static const char busy_source[] =
	"__kernel void busy(__global uint *p, int rounds)\n"
	"{ uint x = p[0];\n"
	"  for (int i = 0; i < rounds; i++) x = x * 1664525u + 1013904223u + (x >> 7);\n"
	"  p[0] = x; p[1]++; }\n";

static cl_event run_with_event(struct fixture *f, cl_kernel kernel)
{
	size_t global = 1;
	cl_event event;

	ok(clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &global, NULL, 0, NULL, &event));
	return event;
}

/* Sets so many rounds that the device is busy for some milliseconds. */
static void slow_rounds(struct fixture *f, cl_kernel kernel)
{
	cl_ulong start = 0, end = 0;
	int rounds = 500000;
	cl_event event;

	while (end - start < 5000000) {
		rounds *= 2;
		ok(clSetKernelArg(kernel, 1, sizeof(rounds), &rounds));
		event = run_with_event(f, kernel);
		ok(clWaitForEvents(1, &event));
		ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof(start), &start,
					   NULL));
		ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof(end), &end,
					   NULL));
		ok(clReleaseEvent(event));
	}
}

/* Who waits for a command does not wait for the many slow ones that were enqueued behind it. */
static void events_come_in_time(void **state)
{
	struct fixture *f = *state;
	enum { WARM = 40, SLOW = 60, WAITED = 20 };
	cl_kernel kernel = fixture_kernel(f, busy_source, "busy");
	cl_mem mem = fixture_buffer(f, 8, NULL);
	cl_event events[SLOW];
	cl_int status;

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	slow_rounds(f, kernel);
	for (int i = 0; i < WARM; i++)
		ok(clReleaseEvent(run_with_event(f, kernel)));
	ok(clFinish(f->queue));
	for (int i = 0; i < SLOW; i++)
		events[i] = run_with_event(f, kernel);
	ok(clWaitForEvents(1, &events[WAITED]));
	ok(clGetEventInfo(events[SLOW - 1], CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status),
			  &status, NULL));
	assert_int_not_equal(status, CL_COMPLETE);
	ok(clFinish(f->queue));
	for (int i = 0; i < SLOW; i++)
		ok(clReleaseEvent(events[i]));
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

/* ---- without another call ---- */

/* The address of a buffer's memory, which is the device's own. */
static volatile uint32_t *address(struct fixture *f, cl_mem mem)
{
	cl_int err;
	uint32_t *p = clEnqueueMapBuffer(f->queue, mem, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, 8,
					 0, NULL, NULL, &err);

	ok(err);
	p[0] = p[1] = 0;
	ok(clEnqueueUnmapMemObject(f->queue, mem, p, 0, NULL, NULL));
	ok(clFinish(f->queue));
	return p;
}

/** struct unattended - a slow kernel, and the memory where it counts, seen without any call. */
struct unattended {
	cl_kernel kernel;
	cl_mem mem;
	volatile uint32_t *p;
};

static void unattended_setup(struct fixture *f, struct unattended *u)
{
	cl_bool unified;
	cl_int err;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(unified), &unified,
			   NULL));
	if (!unified)
		skip(); /* whoever does not call does not see it */
	u->kernel = fixture_kernel(f, busy_source, "busy");
	u->mem = clCreateBuffer(f->context, CL_MEM_ALLOC_HOST_PTR, 8, NULL, &err);
	ok(err);
	ok(clSetKernelArg(u->kernel, 0, sizeof(u->mem), &u->mem));
	u->p = address(f, u->mem);
	slow_rounds(f, u->kernel);
}

static void unattended_teardown(struct unattended *u)
{
	ok(clReleaseKernel(u->kernel));
	ok(clReleaseMemObject(u->mem));
}

static bool reaches(volatile uint32_t *count, uint32_t value)
{
	time_t end = time(NULL) + 20;

	while (*count != value)
		if (time(NULL) > end)
			return false;
	return true;
}

/* Enqueues @n, without events, and calls nothing else until they are done. */
static void run_unattended(struct fixture *f, struct unattended *u, uint32_t n, bool flush)
{
	uint32_t before = u->p[1];

	for (uint32_t i = 0; i < n; i++) {
		fixture_run(f, u->kernel, 1);
		if (flush)
			ok(clFlush(f->queue));
	}
	assert_true(reaches(&u->p[1], before + n));
	ok(clFinish(f->queue));
	assert_int_equal(u->p[1], before + n);
}

/* However much of it collects behind what the device has: all is done, and nobody has to wait. */
static void nothing_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct unattended u;
	int few = 10;

	unattended_setup(f, &u);
	for (int i = 0; i < 3; i++) {
		run_unattended(f, &u, 12, true);
		run_unattended(f, &u, 12, false);
	}
	ok(clSetKernelArg(u.kernel, 1, sizeof(few), &few));
	for (int i = 0; i < 20; i++)
		run_unattended(f, &u, 100, true);
	unattended_teardown(&u);
}

/* What the device itself has counted when somebody is told of an event. */
struct told {
	volatile uint32_t *count;
	_Atomic uint32_t when;
};

static void CL_CALLBACK tell(cl_event event, cl_int status, void *user_data)
{
	struct told *told = user_data;

	(void)event, (void)status;
	told->when = *told->count;
}

/* A callback comes when its event ends, while others are left to collect. */
static void callbacks_come_in_time(void **state)
{
	struct fixture *f = *state;
	enum { SLOW = 120, LATE = 80 };
	struct unattended u;
	struct told told = { NULL, 0 };
	cl_event event;

	unattended_setup(f, &u);
	told.count = &u.p[1];
	u.p[1] = 0;
	event = run_with_event(f, u.kernel);
	ok(clSetEventCallback(event, CL_COMPLETE, tell, &told));
	for (int i = 1; i < SLOW; i++) {
		fixture_run(f, u.kernel, 1);
		ok(clFlush(f->queue));
	}
	assert_true(reaches(&u.p[1], SLOW));
	assert_in_range(told.when, 1, LATE);
	ok(clFinish(f->queue));
	ok(clReleaseEvent(event));
	unattended_teardown(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dependent_kernels),	  cmocka_unit_test(mixed_commands),
		cmocka_unit_test(events_come_in_time),	  cmocka_unit_test(nothing_is_forgotten),
		cmocka_unit_test(callbacks_come_in_time),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

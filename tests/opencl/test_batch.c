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

static bool reaches(volatile uint32_t *count, uint32_t value)
{
	time_t end = time(NULL) + 20;

	while (*count != value)
		if (time(NULL) > end)
			return false;
	return true;
}

/* Enqueues @n, without events, and calls nothing else until they are done. */
static void run_unattended(struct fixture *f, cl_kernel kernel, volatile uint32_t *p, uint32_t n,
			   bool flush)
{
	uint32_t before = p[1];

	for (uint32_t i = 0; i < n; i++) {
		fixture_run(f, kernel, 1);
		if (flush)
			ok(clFlush(f->queue));
	}
	assert_true(reaches(&p[1], before + n));
	ok(clFinish(f->queue));
	assert_int_equal(p[1], before + n);
}

/* However much of it collects behind what the device has: all is done, and nobody has to wait. */
static void nothing_is_forgotten(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, busy_source, "busy");
	volatile uint32_t *p;
	cl_bool unified;
	int few = 10;
	cl_int err;
	cl_mem mem;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(unified), &unified,
			   NULL));
	if (!unified)
		skip(); /* whoever does not call does not see it */
	mem = clCreateBuffer(f->context, CL_MEM_ALLOC_HOST_PTR, 8, NULL, &err);
	ok(err);
	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	p = address(f, mem);
	slow_rounds(f, kernel);
	for (int i = 0; i < 3; i++) {
		run_unattended(f, kernel, p, 12, true);
		run_unattended(f, kernel, p, 12, false);
	}
	ok(clSetKernelArg(kernel, 1, sizeof(few), &few));
	for (int i = 0; i < 20; i++)
		run_unattended(f, kernel, p, 100, true);
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dependent_kernels),
		cmocka_unit_test(mixed_commands),
		cmocka_unit_test(events_come_in_time),
		cmocka_unit_test(nothing_is_forgotten),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

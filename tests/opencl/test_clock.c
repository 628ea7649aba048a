// SPDX-License-Identifier: MIT
/*
 * test_clock.c - the times of events are of one clock: of every kind of command, in queues of both
 * kinds, through events from one queue to another, and (on a virtual GPU; PoCL 3.1 has no timers)
 * between two readings of the host's timer.
 */
#include "fixture.h"

#define ROUNDS 20
#define QUEUES 3

/** struct times - what clGetEventProfilingInfo() tells, in the order in which it happens. */
struct times {
	cl_ulong at[4];
};

static struct times times_of(cl_event event)
{
	struct times t;

	for (cl_uint i = 0; i < 4; i++)
		ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_QUEUED + i, sizeof(t.at[i]),
					   &t.at[i], NULL));
	return t;
}

static cl_ulong host_time(struct fixture *f)
{
	cl_ulong now = 0;

	if (f->ours)
		ok(clGetHostTimer(f->device, &now));
	return now;
}

/** struct work - what the commands are about, and the queues that they go to. */
struct work {
	struct fixture *f;
	cl_command_queue queue[QUEUES];
	cl_kernel spin;
	cl_mem a;
	cl_mem b;
	uint32_t data[64];
};

static cl_event kernel(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	size_t global = 1;
	cl_event event;

	ok(clEnqueueNDRangeKernel(q, w->spin, 1, NULL, &global, NULL, n, wait, &event));
	return event;
}

static cl_event copy(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	cl_event event;

	ok(clEnqueueCopyBuffer(q, w->a, w->b, 0, 0, 256, n, wait, &event));
	return event;
}

static cl_event fill(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	cl_event event;

	ok(clEnqueueFillBuffer(q, w->b, "abcd", 4, 0, 256, n, wait, &event));
	return event;
}

static cl_event write_small(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	cl_event event;

	ok(clEnqueueWriteBuffer(q, w->a, CL_FALSE, 0, 256, w->data, n, wait, &event));
	return event;
}

static cl_event read_blocking(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	cl_event event;

	ok(clEnqueueReadBuffer(q, w->b, CL_TRUE, 0, 256, w->data, n, wait, &event));
	return event;
}

static cl_event marker(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	cl_event event;

	(void)w;
	ok(clEnqueueMarkerWithWaitList(q, n, wait, &event));
	return event;
}

static cl_event barrier(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	cl_event event;

	(void)w;
	ok(clEnqueueBarrierWithWaitList(q, n, wait, &event));
	return event;
}

static cl_event map(struct work *w, cl_command_queue q, cl_uint n, const cl_event *wait)
{
	cl_event event;
	cl_int err;
	void *p = clEnqueueMapBuffer(q, w->a, CL_FALSE, CL_MAP_READ, 0, 256, n, wait, &event, &err);

	ok(err);
	ok(clEnqueueUnmapMemObject(q, w->a, p, 1, &event, NULL));
	return event;
}

static cl_event (*const kinds[])(struct work *w, cl_command_queue q, cl_uint n,
				 const cl_event *wait) = {
	kernel, copy, fill, write_small, read_blocking, marker, barrier, map,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define COMMANDS (ROUNDS * (int)KINDS)

static struct work make_work(struct fixture *f)
{
	cl_command_queue_properties properties[QUEUES] = {
		CL_QUEUE_PROFILING_ENABLE, CL_QUEUE_PROFILING_ENABLE,
		CL_QUEUE_PROFILING_ENABLE | CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE
	};
	uint32_t rounds = 20000;
	struct work w = { .f = f };
	cl_int err;

	for (int i = 0; i < QUEUES; i++) {
		w.queue[i] = clCreateCommandQueue(f->context, f->device, properties[i], &err);
		ok(err);
	}
	w.a = fixture_buffer(f, sizeof(w.data), w.data);
	w.b = fixture_buffer(f, sizeof(w.data), w.data);
	w.spin = fixture_kernel(f, SOURCE_SPIN, "spin");
	ok(clSetKernelArg(w.spin, 0, sizeof(w.b), &w.b));
	ok(clSetKernelArg(w.spin, 1, sizeof(rounds), &rounds));
	return w;
}

static void drop_work(struct work *w)
{
	for (int i = 0; i < QUEUES; i++)
		ok(clReleaseCommandQueue(w->queue[i]));
	ok(clReleaseKernel(w->spin));
	ok(clReleaseMemObject(w->a));
	ok(clReleaseMemObject(w->b));
}

/* @enqueued: when each had been enqueued */
static void check(struct work *w, cl_event *events, cl_ulong before, const cl_ulong *enqueued)
{
	struct times last = { { 0 } };
	cl_ulong after = host_time(w->f);

	for (int i = 0; i < COMMANDS; i++) {
		struct times t = times_of(events[i]);

		for (int p = 1; p < 4; p++)
			assert_true(t.at[p - 1] <= t.at[p]);
		assert_true(last.at[3] <= t.at[2]);
		if (w->f->ours) {
			assert_true((i ? enqueued[i - 1] : before) <= t.at[0]);
			assert_true(t.at[0] <= enqueued[i]);
			assert_true(t.at[3] <= after);
		}
		last = t;
		ok(clReleaseEvent(events[i]));
	}
}

/* Each command waits for the one before it, which is in another queue. */
static void one_clock(void **state)
{
	struct fixture *f = *state;
	static cl_event events[COMMANDS];
	static cl_ulong enqueued[COMMANDS];
	struct work w = make_work(f);
	cl_ulong before = host_time(f);

	for (int i = 0; i < COMMANDS; i++) {
		cl_command_queue q = w.queue[i % QUEUES];

		events[i] = kinds[(size_t)i % KINDS](&w, q, i > 0, i ? &events[i - 1] : NULL);
		enqueued[i] = host_time(f);
	}
	for (int i = 0; i < QUEUES; i++)
		ok(clFinish(w.queue[i]));
	check(&w, events, before, enqueued);
	drop_work(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(one_clock) };

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

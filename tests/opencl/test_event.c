// SPDX-License-Identifier: MIT
/* test_event.c - events: status, profiling, user events, callbacks, waiting across queues. */
#include <dirent.h>
#include <semaphore.h>
#include <time.h>

#include "fixture.h"

static cl_int status_of(cl_event event)
{
	cl_int status;

	ok(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL));
	return status;
}

static cl_kernel spinner(struct fixture *f, cl_mem mem, uint32_t rounds)
{
	cl_kernel spin = fixture_kernel(f, SOURCE_SPIN, "spin");

	ok(clSetKernelArg(spin, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(spin, 1, sizeof(rounds), &rounds));
	return spin;
}

static void profile(cl_event event, cl_ulong t[4])
{
	for (cl_uint i = 0; i < 4; i++)
		ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_QUEUED + i, sizeof(t[i]),
					   &t[i], NULL));
	assert_true(t[0] <= t[1]);
	assert_true(t[1] <= t[2]);
	assert_true(t[2] <= t[3]);
}

static void profiling_order(void **state)
{
	struct fixture *f = *state;
	uint32_t one = 1;
	cl_mem mem = fixture_buffer(f, 4, &one), copy = fixture_buffer(f, 4, NULL);
	cl_kernel spin = spinner(f, mem, 2000000);
	cl_event events[5];
	cl_ulong t[5][4];
	size_t global = 1;

	ok(clEnqueueWriteBuffer(f->queue, mem, CL_FALSE, 0, 4, &one, 0, NULL, &events[0]));
	ok(clEnqueueNDRangeKernel(f->queue, spin, 1, NULL, &global, NULL, 0, NULL, &events[1]));
	ok(clEnqueueCopyBuffer(f->queue, mem, copy, 0, 0, 4, 0, NULL, &events[2]));
	ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &events[3]));
	ok(clEnqueueReadBuffer(f->queue, copy, CL_TRUE, 0, 4, &one, 0, NULL, &events[4]));
	ok(clFinish(f->queue));
	for (int i = 0; i < 5; i++) {
		profile(events[i], t[i]);
		if (i)
			assert_true(t[i][3] >= t[i - 1][2]);
		ok(clReleaseEvent(events[i]));
	}
	assert_true(t[1][3] - t[1][2] > 100000); /* two million dependent steps are no 0.1 ms */
	ok(clReleaseKernel(spin));
	ok(clReleaseMemObject(mem));
	ok(clReleaseMemObject(copy));
}

static void profiling_errors(void **state)
{
	struct fixture *f = *state;
	cl_int err;
	cl_command_queue plain = clCreateCommandQueue(f->context, f->device, 0, &err);
	cl_event event, user = clCreateUserEvent(f->context, &err);
	cl_ulong t;

	ok(err);
	ok(clEnqueueMarkerWithWaitList(plain, 0, NULL, &event));
	ok(clFinish(plain));
	assert_int_equal(
		clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof(t), &t, NULL),
		CL_PROFILING_INFO_NOT_AVAILABLE);
	assert_int_equal(
		clGetEventProfilingInfo(user, CL_PROFILING_COMMAND_END, sizeof(t), &t, NULL),
		CL_PROFILING_INFO_NOT_AVAILABLE);
	ok(clReleaseEvent(event));
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	ok(clReleaseEvent(user));
	ok(clReleaseCommandQueue(plain));
}

static void event_info(void **state)
{
	struct fixture *f = *state;
	cl_command_queue queue;
	cl_command_type type;
	cl_context context;
	cl_event event;
	size_t size;
	cl_uint n;

	ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &event));
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof(queue), &queue, NULL));
	assert_ptr_equal(queue, f->queue);
	ok(clGetEventInfo(event, CL_EVENT_CONTEXT, sizeof(context), &context, NULL));
	assert_ptr_equal(context, f->context);
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof(type), &type, NULL));
	assert_int_equal(type, CL_COMMAND_MARKER);
	ok(clRetainEvent(event));
	ok(clGetEventInfo(event, CL_EVENT_REFERENCE_COUNT, sizeof(n), &n, NULL));
	assert_true(n >= 2);
	ok(clReleaseEvent(event));
	ok(clWaitForEvents(1, &event));
	assert_int_equal(status_of(event), CL_COMPLETE);
	assert_int_equal(clGetEventInfo(event, 0x9999, 0, NULL, &size), CL_INVALID_VALUE);
	assert_int_equal(clGetEventInfo(NULL, CL_EVENT_CONTEXT, 0, NULL, &size), CL_INVALID_EVENT);
	assert_int_equal(clWaitForEvents(0, NULL), CL_INVALID_VALUE);
	ok(clReleaseEvent(event));
}

/* An application that only polls, after one flush, sees the end. */
static void polling(void **state)
{
	struct fixture *f = *state;
	uint32_t one = 1;
	cl_mem mem = fixture_buffer(f, 4, &one);
	cl_kernel spin = spinner(f, mem, 1000000);
	size_t global = 1;
	cl_event event;

	for (int i = 0; i < 3; i++)
		fixture_run(f, spin, 1);
	ok(clEnqueueNDRangeKernel(f->queue, spin, 1, NULL, &global, NULL, 0, NULL, &event));
	ok(clFlush(f->queue));
	while (status_of(event) > CL_COMPLETE)
		;
	assert_int_equal(status_of(event), CL_COMPLETE);
	ok(clReleaseEvent(event));
	ok(clReleaseKernel(spin));
	ok(clReleaseMemObject(mem));
}

/* Nothing after a user event happens before it is set; then all of it does, in order. */
static void user_event(void **state)
{
	struct fixture *f = *state;
	uint32_t value = 5, result = 0, input = 0, one = 1;
	cl_mem mem = fixture_buffer(f, 4, &value);
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_int err;
	cl_event user = clCreateUserEvent(f->context, &err), written, read;

	ok(err);
	assert_int_equal(status_of(user), CL_SUBMITTED);
	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(one), &one));
	ok(clEnqueueWriteBuffer(f->queue, mem, CL_FALSE, 0, 4, &input, 1, &user, &written));
	fixture_run(f, inc, 1);
	ok(clEnqueueReadBuffer(f->queue, mem, CL_FALSE, 0, 4, &result, 0, NULL, &read));
	ok(clFlush(f->queue));
	assert_true(status_of(written) > CL_COMPLETE);
	assert_true(status_of(read) > CL_COMPLETE);
	assert_int_equal(result, 0);
	input = 70; /* the write has not begun: it takes the bytes of now */
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	ok(clWaitForEvents(1, &read));
	assert_int_equal(result, 71);
	assert_int_equal(clSetUserEventStatus(user, CL_COMPLETE), CL_INVALID_OPERATION);
	assert_int_equal(clSetUserEventStatus(read, CL_COMPLETE), CL_INVALID_EVENT);
	ok(clReleaseEvent(user));
	ok(clReleaseEvent(written));
	ok(clReleaseEvent(read));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

/* How often threads of this process have gone to sleep so far. */
static long sleeps(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	long total = 0, n;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[300], line[128];
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/status", entry->d_name);
		f = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
				total += n;
		if (f)
			fclose(f);
	}
	closedir(dir);
	return total;
}

/* Ten thousand commands behind a user event: nobody is woken for each of them. */
static void held_up(void **state)
{
	enum { COMMANDS = 10000 };
	struct fixture *f = *state;
	uint32_t value = 0, one = 1;
	cl_mem mem = fixture_buffer(f, 4, &value);
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_event user;
	cl_int err;
	long before;

	user = clCreateUserEvent(f->context, &err);
	ok(err);
	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(one), &one));
	ok(clEnqueueMarkerWithWaitList(f->queue, 1, &user, NULL));
	before = sleeps();
	for (int i = 0; i < COMMANDS; i++)
		fixture_run(f, inc, 1);
	before = sleeps() - before;
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	if (f->ours)
		assert_true(before < COMMANDS / 100);
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, COMMANDS);
	ok(clReleaseEvent(user));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

static void user_event_errors(void **state)
{
	struct fixture *f = *state;
	cl_int err;
	cl_event user = clCreateUserEvent(f->context, &err), event;

	ok(err);
	assert_null(clCreateUserEvent(NULL, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_int_equal(clSetUserEventStatus(user, CL_QUEUED), CL_INVALID_VALUE);
	ok(clEnqueueMarkerWithWaitList(f->queue, 1, &user, &event));
	ok(clSetUserEventStatus(user, -7));
	assert_int_equal(clWaitForEvents(1, &event), CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
	assert_true(status_of(event) < 0);
	assert_int_equal(status_of(user), -7);
	ok(clReleaseEvent(event));
	ok(clReleaseEvent(user));
	ok(clFinish(f->queue));
}

/** struct heard - what a callback was told, and a semaphore that it posts. */
struct heard {
	sem_t sem;
	int count;
	cl_int status[8];
};

static void CL_CALLBACK hear(cl_event event, cl_int status, void *user_data)
{
	struct heard *h = user_data;

	(void)event;
	h->status[h->count++ % 8] = status;
	sem_post(&h->sem);
}

static void wait_heard(struct heard *h)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 20;
	assert_int_equal(sem_timedwait(&h->sem, &limit), 0);
}

/* Nobody waits for the queue: the callback comes all the same. */
static void callbacks(void **state)
{
	struct fixture *f = *state;
	uint32_t one = 1, result = 0;
	cl_mem mem = fixture_buffer(f, 4, &one);
	cl_kernel spin = spinner(f, mem, 1000000);
	struct heard h = { .count = 0 };
	cl_event event;

	sem_init(&h.sem, 0, 0);
	fixture_run(f, spin, 1);
	ok(clEnqueueReadBuffer(f->queue, mem, CL_FALSE, 0, 4, &result, 0, NULL, &event));
	ok(clSetEventCallback(event, CL_COMPLETE, hear, &h));
	ok(clFlush(f->queue));
	wait_heard(&h);
	assert_int_equal(h.status[0], CL_COMPLETE);
	assert_int_equal(result, spin_result(1, 1000000));
	ok(clSetEventCallback(event, CL_COMPLETE, hear, &h)); /* late: at once */
	wait_heard(&h);
	assert_int_equal(h.count, 2);
	assert_int_equal(clSetEventCallback(event, 99, hear, &h), CL_INVALID_VALUE);
	assert_int_equal(clSetEventCallback(event, CL_COMPLETE, NULL, &h), CL_INVALID_VALUE);
	ok(clReleaseEvent(event));
	ok(clReleaseKernel(spin));
	ok(clReleaseMemObject(mem));
	sem_destroy(&h.sem);
}

static void user_callbacks(void **state)
{
	struct fixture *f = *state;
	struct heard h = { .count = 0 };
	cl_int err;
	cl_event user;

	if (!f->ours) /* PoCL 3.1 does not call back for errors */
		skip();
	user = clCreateUserEvent(f->context, &err);
	ok(err);
	sem_init(&h.sem, 0, 0);
	ok(clSetEventCallback(user, CL_COMPLETE, hear, &h));
	ok(clSetUserEventStatus(user, -3));
	wait_heard(&h);
	assert_int_equal(h.status[0], -3);
	ok(clReleaseEvent(user));
	sem_destroy(&h.sem);
}

/* A chain over two queues: each command waits for one in the other queue. */
static void across_queues(void **state)
{
	struct fixture *f = *state;
	uint32_t value = 0, one = 1;
	cl_mem mem = fixture_buffer(f, 4, &value);
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_int err;
	cl_command_queue queues[2] = { f->queue,
				       clCreateCommandQueue(f->context, f->device, 0, &err) };
	cl_event last = NULL;
	size_t global = 1;

	ok(err);
	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(one), &one));
	for (int i = 0; i < 200; i++) {
		cl_event next;

		ok(clEnqueueNDRangeKernel(queues[i % 2], inc, 1, NULL, &global, NULL, last ? 1 : 0,
					  last ? &last : NULL, &next));
		if (last)
			ok(clReleaseEvent(last));
		last = next;
	}
	ok(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, 4, &value, 1, &last, NULL));
	assert_int_equal(value, 200);
	ok(clReleaseEvent(last));
	ok(clReleaseCommandQueue(queues[1]));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

/* A read in one queue, a write of the same bytes in the other, nobody waiting in between. */
static void read_then_write(void **state)
{
	struct fixture *f = *state;
	uint32_t in = 77, scratch, out;
	cl_mem a = fixture_buffer(f, 4, &in), b = fixture_buffer(f, 4, NULL);
	cl_int err;
	cl_command_queue other = clCreateCommandQueue(f->context, f->device, 0, &err);

	ok(err);
	for (int i = 0; i < 20; i++) {
		cl_event read, marker, written;

		scratch = 0;
		ok(clEnqueueReadBuffer(f->queue, a, CL_FALSE, 0, 4, &scratch, 0, NULL, &read));
		ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &marker));
		ok(clEnqueueWriteBuffer(other, b, CL_FALSE, 0, 4, &scratch, 1, &marker, &written));
		ok(clEnqueueReadBuffer(f->queue, b, CL_TRUE, 0, 4, &out, 1, &written, NULL));
		assert_int_equal(out, 77);
		ok(clReleaseEvent(read));
		ok(clReleaseEvent(marker));
		ok(clReleaseEvent(written));
	}
	ok(clReleaseCommandQueue(other));
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
}

/* The queue is released with work and a read in flight; its event still tells the end. */
static void release_busy_queue(void **state)
{
	struct fixture *f = *state;
	uint32_t one = 1, result = 0;
	cl_mem mem = fixture_buffer(f, 4, &one);
	cl_kernel spin = spinner(f, mem, 1000000);
	cl_int err;
	cl_command_queue queue = clCreateCommandQueue(f->context, f->device, 0, &err);
	size_t global = 1;
	cl_event event;

	ok(err);
	ok(clEnqueueNDRangeKernel(queue, spin, 1, NULL, &global, NULL, 0, NULL, NULL));
	ok(clEnqueueReadBuffer(queue, mem, CL_FALSE, 0, 4, &result, 0, NULL, &event));
	ok(clReleaseCommandQueue(queue));
	ok(clReleaseKernel(spin));
	ok(clReleaseMemObject(mem));
	ok(clWaitForEvents(1, &event));
	assert_int_equal(result, spin_result(1, 1000000));
	ok(clReleaseEvent(event));
}

static void sync_commands(void **state)
{
	struct fixture *f = *state;
	cl_mem mem = fixture_buffer(f, 64, NULL);
	cl_event events[4];

	ok(clEnqueueMarker(f->queue, &events[0]));
	ok(clEnqueueBarrier(f->queue));
	if (f->ours) { /* PoCL 3.1 aborts */
		ok(clEnqueueWaitForEvents(f->queue, 1, &events[0]));
		assert_int_equal(clEnqueueWaitForEvents(f->queue, 0, NULL), CL_INVALID_VALUE);
	}
	ok(clEnqueueBarrierWithWaitList(f->queue, 1, &events[0], &events[1]));
	ok(clEnqueueMarkerWithWaitList(f->queue, 2, events, &events[2]));
	ok(clEnqueueMigrateMemObjects(f->queue, 1, &mem, CL_MIGRATE_MEM_OBJECT_HOST, 0, NULL,
				      &events[3]));
	ok(clWaitForEvents(4, events));
	assert_int_equal(clEnqueueMarker(f->queue, NULL), CL_INVALID_VALUE);
	assert_int_equal(clEnqueueMigrateMemObjects(f->queue, 0, NULL, 0, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueMarkerWithWaitList(f->queue, 1, NULL, NULL),
			 CL_INVALID_EVENT_WAIT_LIST);
	for (int i = 0; i < 4; i++)
		ok(clReleaseEvent(events[i]));
	ok(clReleaseMemObject(mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiling_order),   cmocka_unit_test(profiling_errors),
		cmocka_unit_test(event_info),	     cmocka_unit_test(polling),
		cmocka_unit_test(user_event),	     cmocka_unit_test(held_up),
		cmocka_unit_test(user_event_errors), cmocka_unit_test(callbacks),
		cmocka_unit_test(user_callbacks),    cmocka_unit_test(across_queues),
		cmocka_unit_test(read_then_write),   cmocka_unit_test(release_busy_queue),
		cmocka_unit_test(sync_commands),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_reorder.c - out-of-order queues: what may pass what, and what must not. A kernel writes its
 * number behind those before it, so that every test sees the order in which work was done.
 */
#include "fixture.h"

#define ORDER_ROOM 16

static const char source[] =
	"__kernel void note(__global uint *p, uint id) { p[1 + atomic_inc(p)] = id; }\n";

/** struct order - an out-of-order queue, and the memory that tells what ran in it. */
struct order {
	cl_command_queue queue;
	cl_kernel note;
	cl_mem mem;
};

static struct order order_new(struct fixture *f)
{
	uint32_t zero[ORDER_ROOM + 1] = { 0 };
	struct order o;
	cl_int err;

	o.queue = clCreateCommandQueue(
		f->context, f->device,
		CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE | CL_QUEUE_PROFILING_ENABLE, &err);
	ok(err);
	o.note = fixture_kernel(f, source, "note");
	o.mem = fixture_buffer(f, sizeof(zero), zero);
	ok(clSetKernelArg(o.note, 0, sizeof(o.mem), &o.mem));
	return o;
}

static void order_free(struct order *o)
{
	ok(clReleaseCommandQueue(o->queue));
	ok(clReleaseKernel(o->note));
	ok(clReleaseMemObject(o->mem));
}

static cl_event note_in(struct order *o, cl_command_queue queue, uint32_t id, cl_uint n,
			const cl_event *waits)
{
	size_t global = 1;
	cl_event event;

	ok(clSetKernelArg(o->note, 1, sizeof(id), &id));
	ok(clEnqueueNDRangeKernel(queue, o->note, 1, NULL, &global, NULL, n, waits, &event));
	return event;
}

static cl_event note(struct order *o, uint32_t id, cl_uint n, const cl_event *waits)
{
	return note_in(o, o->queue, id, n, waits);
}

/* All is done: what ran, in which order. */
static void expect(struct fixture *f, struct order *o, uint32_t n, const uint32_t *ids)
{
	uint32_t seen[ORDER_ROOM + 1];

	ok(clFinish(o->queue));
	fixture_read(f, o->mem, seen, sizeof(seen));
	assert_int_equal(seen[0], n);
	assert_memory_equal(&seen[1], ids, n * sizeof(*ids));
}

static cl_int status_of(cl_event event)
{
	cl_int status;

	ok(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL));
	return status;
}

static cl_event user_event(struct fixture *f)
{
	cl_int err;
	cl_event user = clCreateUserEvent(f->context, &err);

	ok(err);
	return user;
}

static void release(cl_uint n, cl_event *events)
{
	for (cl_uint i = 0; i < n; i++)
		ok(clReleaseEvent(events[i]));
}

/* What waits for the application holds up nothing that does not wait for it. */
static void held_is_passed(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[3];

	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 0, NULL);
	e[2] = note(&o, 3, 1, &e[1]);
	ok(clWaitForEvents(1, &e[2]));
	assert_int_equal(status_of(e[1]), CL_COMPLETE);
	assert_true(status_of(e[0]) > CL_COMPLETE);
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	expect(f, &o, 3, (uint32_t[]){ 2, 3, 1 });
	assert_int_equal(status_of(e[0]), CL_COMPLETE);
	release(3, e);
	release(1, &user);
	order_free(&o);
}

/* A chain behind a user event runs in the order of its wait lists, whatever passed it. */
static void chain_behind_user_event(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[5];

	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 1, &e[0]);
	e[2] = note(&o, 3, 1, &e[1]);
	e[3] = note(&o, 4, 0, NULL);
	ok(clWaitForEvents(1, &e[3]));
	e[4] = note(&o, 5, 2, (cl_event[]){ e[2], e[3] });
	ok(clFlush(o.queue));
	for (int i = 0; i < 5; i++)
		assert_true(i == 3 || status_of(e[i]) > CL_COMPLETE);
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	expect(f, &o, 5, (uint32_t[]){ 4, 1, 2, 3, 5 });
	release(5, e);
	release(1, &user);
	order_free(&o);
}

/*
 * Commands of the CPU pass, too, and see what they wait for. PoCL finishes the whole queue for a
 * blocking one, which the specification does not ask for; there it does not block.
 */
static void blocking_read_passes(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[3];
	uint32_t seen[3] = { 0 };

	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 0, NULL);
	ok(clEnqueueReadBuffer(o.queue, o.mem, f->ours, 0, sizeof(seen), seen, 1, &e[1], &e[2]));
	ok(clWaitForEvents(1, &e[2]));
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 2);
	assert_true(status_of(e[0]) > CL_COMPLETE);
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	expect(f, &o, 2, (uint32_t[]){ 2, 1 });
	release(3, e);
	release(1, &user);
	order_free(&o);
}

/* A barrier without a wait list: all before it, then all behind it. */
static void barrier_keeps_order(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[4], barrier;

	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 0, NULL);
	ok(clEnqueueBarrierWithWaitList(o.queue, 0, NULL, &barrier));
	e[2] = note(&o, 3, 0, NULL);
	e[3] = note(&o, 4, 1, &e[2]);
	ok(clWaitForEvents(1, &e[1]));
	assert_true(status_of(barrier) > CL_COMPLETE);
	assert_true(status_of(e[2]) > CL_COMPLETE);
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	expect(f, &o, 4, (uint32_t[]){ 2, 1, 3, 4 });
	assert_int_equal(status_of(barrier), CL_COMPLETE);
	release(4, e);
	release(1, &barrier);
	release(1, &user);
	order_free(&o);
}

/* A barrier with a wait list waits for that only, and holds up what is behind it. */
static void barrier_with_list(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event users[2] = { user_event(f), user_event(f) }, e[3], barrier;

	e[0] = note(&o, 1, 1, &users[0]);
	ok(clEnqueueBarrierWithWaitList(o.queue, 1, &users[1], &barrier));
	e[1] = note(&o, 2, 0, NULL);
	ok(clFlush(o.queue));
	assert_true(status_of(e[1]) > CL_COMPLETE);
	ok(clSetUserEventStatus(users[1], CL_COMPLETE));
	ok(clWaitForEvents(1, &e[1]));
	assert_int_equal(status_of(barrier), CL_COMPLETE);
	assert_true(status_of(e[0]) > CL_COMPLETE);
	ok(clSetUserEventStatus(users[0], CL_COMPLETE));
	expect(f, &o, 2, (uint32_t[]){ 2, 1 });
	release(2, e);
	release(1, &barrier);
	release(2, users);
	order_free(&o);
}

/*
 * A marker holds up nothing; without a wait list it ends behind all before it. PoCL 3.1 takes every
 * marker for a barrier and would never end here.
 */
static void markers(void **state)
{
	struct fixture *f = *state;
	cl_event user, e[3], all, listed;
	struct order o;

	if (!f->ours)
		skip();
	o = order_new(f);
	user = user_event(f);
	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 0, NULL);
	ok(clEnqueueMarkerWithWaitList(o.queue, 0, NULL, &all));
	ok(clEnqueueMarkerWithWaitList(o.queue, 1, &e[1], &listed));
	e[2] = note(&o, 3, 1, &listed);
	ok(clWaitForEvents(1, &e[2]));
	assert_int_equal(status_of(listed), CL_COMPLETE);
	assert_true(status_of(all) > CL_COMPLETE);
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	ok(clWaitForEvents(1, &all));
	assert_int_equal(status_of(e[0]), CL_COMPLETE);
	expect(f, &o, 3, (uint32_t[]){ 2, 3, 1 });
	release(3, e);
	release(1, &all);
	release(1, &listed);
	release(1, &user);
	order_free(&o);
}

/* What waits for another queue holds up nothing either. */
static void other_queue(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[3];

	e[0] = note_in(&o, f->queue, 1, 1, &user);
	e[1] = note(&o, 2, 1, &e[0]);
	e[2] = note(&o, 3, 0, NULL);
	ok(clWaitForEvents(1, &e[2]));
	assert_true(status_of(e[1]) > CL_COMPLETE);
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	expect(f, &o, 3, (uint32_t[]){ 3, 1, 2 });
	release(3, e);
	release(1, &user);
	order_free(&o);
}

/* A failed user event takes with it what depends on it, and nothing else. */
static void failure_spreads_by_dependency(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[3];

	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 1, &e[0]);
	e[2] = note(&o, 3, 0, NULL);
	ok(clFlush(o.queue));
	ok(clSetUserEventStatus(user, -5));
	assert_int_equal(clWaitForEvents(1, &e[1]), CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
	expect(f, &o, 1, (uint32_t[]){ 3 });
	assert_true(status_of(e[0]) < 0);
	assert_true(status_of(e[1]) < 0);
	assert_int_equal(status_of(e[2]), CL_COMPLETE);
	release(3, e);
	release(1, &user);
	order_free(&o);
}

/* Times are in order for every command, and a command starts after what it waited for ended. */
static void profiling(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[3];
	cl_ulong t[3][4];

	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 0, NULL);
	e[2] = note(&o, 3, 1, &e[0]);
	ok(clWaitForEvents(1, &e[1]));
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	expect(f, &o, 3, (uint32_t[]){ 2, 1, 3 });
	for (int i = 0; i < 3; i++) {
		for (cl_uint p = 0; p < 4; p++)
			ok(clGetEventProfilingInfo(e[i], CL_PROFILING_COMMAND_QUEUED + p,
						   sizeof(cl_ulong), &t[i][p], NULL));
		for (int p = 1; p < 4; p++)
			assert_true(t[i][p - 1] <= t[i][p]);
	}
	assert_true(t[0][0] <= t[1][0]);
	assert_true(t[1][3] <= t[0][2]);
	assert_true(t[0][3] <= t[2][2]);
	release(3, e);
	release(1, &user);
	order_free(&o);
}

/* Many commands, each behind the one two before it, and every third behind a user event. */
static void many(void **state)
{
	enum { N = 600 };
	struct fixture *f = *state;
	struct order o = order_new(f);
	uint32_t zero = 0, total, one = 1;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_mem mem = fixture_buffer(f, sizeof(zero), &zero);
	cl_event user = user_event(f), e[N];
	size_t global = 1;

	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(inc, 1, sizeof(one), &one));
	for (int i = 0; i < N; i++) {
		cl_event waits[2] = { i >= 2 ? e[i - 2] : user, user };

		ok(clEnqueueNDRangeKernel(o.queue, inc, 1, NULL, &global, NULL, i % 3 ? 1 : 2,
					  waits, &e[i]));
	}
	ok(clFlush(o.queue));
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	ok(clFinish(o.queue));
	/* Two chains that may touch each other: at least one of them counts in full. */
	fixture_read(f, mem, &total, sizeof(total));
	assert_in_range(total, N / 2, N);
	for (int i = 0; i < N; i++)
		assert_int_equal(status_of(e[i]), CL_COMPLETE);
	release(N, e);
	release(1, &user);
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
	order_free(&o);
}

/* Released with work held up: it is seen through without the queue. */
static void released_early(void **state)
{
	struct fixture *f = *state;
	struct order o = order_new(f);
	cl_event user = user_event(f), e[2];
	uint32_t seen[3];

	e[0] = note(&o, 1, 1, &user);
	e[1] = note(&o, 2, 0, NULL);
	ok(clReleaseCommandQueue(o.queue));
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	ok(clWaitForEvents(2, e));
	fixture_read(f, o.mem, seen, sizeof(seen));
	assert_int_equal(seen[0], 2);
	release(2, e);
	release(1, &user);
	ok(clReleaseKernel(o.note));
	ok(clReleaseMemObject(o.mem));
}

static void queue_properties(void **state)
{
	struct fixture *f = *state;
	cl_command_queue_properties p = 0, want = CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;
	cl_queue_properties list[] = { CL_QUEUE_PROPERTIES, want, 0 };
	cl_queue_properties device[] = { CL_QUEUE_PROPERTIES, want | CL_QUEUE_ON_DEVICE, 0 };
	cl_queue_properties unknown[] = { 0x7777, 1, 0 };
	cl_queue_properties bits[] = { CL_QUEUE_PROPERTIES, 1u << 20, 0 };
	cl_command_queue queue;
	cl_int err;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_QUEUE_PROPERTIES, sizeof(p), &p, NULL));
	assert_true(p & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
	queue = clCreateCommandQueueWithProperties(f->context, f->device, list, &err);
	ok(err);
	ok(clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof(p), &p, NULL));
	assert_int_equal(p, want);
	ok(clReleaseCommandQueue(queue));
	if (f->ours) { /* PoCL 3.1 ends the program here */
		assert_null(
			clCreateCommandQueueWithProperties(f->context, f->device, device, &err));
		assert_int_equal(err, CL_INVALID_QUEUE_PROPERTIES);
	}
	assert_null(clCreateCommandQueueWithProperties(f->context, f->device, unknown, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateCommandQueueWithProperties(f->context, f->device, bits, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateCommandQueueWithProperties(NULL, f->device, list, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(clCreateCommandQueueWithProperties(f->context, NULL, list, &err));
	assert_int_equal(err, CL_INVALID_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(held_is_passed),
		cmocka_unit_test(chain_behind_user_event),
		cmocka_unit_test(blocking_read_passes),
		cmocka_unit_test(barrier_keeps_order),
		cmocka_unit_test(barrier_with_list),
		cmocka_unit_test(markers),
		cmocka_unit_test(other_queue),
		cmocka_unit_test(failure_spreads_by_dependency),
		cmocka_unit_test(profiling),
		cmocka_unit_test(many),
		cmocka_unit_test(released_early),
		cmocka_unit_test(queue_properties),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

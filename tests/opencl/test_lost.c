// SPDX-License-Identifier: MIT
/*
 * test_lost.c - a kernel that crashes the driver: every command ends with an error, also a transfer
 * that is half done, the context's callback hears of it, and a new context works. On a virtual GPU
 * only: the bare driver would take the test along.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "fixture.h"

/* Reads far outside of every buffer. */
static const char source[] = "__kernel void crash(__global ulong *p)"
			     "{ p[0] = *(__global ulong *)(p[1] + get_global_id(0)); }\n";

static cl_event enqueue_crash(struct fixture *f)
{
	cl_kernel kernel = fixture_kernel(f, source, "crash");
	uint64_t wild[2] = { 0, WILD };
	cl_mem mem = fixture_buffer(f, sizeof(wild), wild);
	size_t global = 1;
	cl_event event;

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clEnqueueNDRangeKernel(f->queue, kernel, 1, NULL, &global, NULL, 0, NULL, &event));
	ok(clReleaseKernel(kernel));
	ok(clReleaseMemObject(mem));
	return event;
}

static bool within(double seconds, bool (*done)(struct fixture *f), struct fixture *f)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		if (done(f))
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((double)(now.tv_sec - start.tv_sec) < seconds);
	return false;
}

static bool noted(struct fixture *f)
{
	return f->notes != 0;
}

static void crash(void **state)
{
	struct fixture *f = *state;
	cl_event event, marker, user;
	void *next_state = NULL;
	char data[64];
	cl_int status, err;
	cl_mem mem;

	if (!f->ours)
		skip();
	mem = fixture_buffer(f, sizeof(data), NULL);
	user = clCreateUserEvent(f->context, &err);
	ok(err);
	event = enqueue_crash(f);
	ok(clEnqueueMarkerWithWaitList(f->queue, 1, &user,
				       &marker)); /* never set: ends all the same */
	assert_int_equal(clWaitForEvents(1, &event), CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
	assert_int_equal(clFinish(f->queue), CL_OUT_OF_RESOURCES);
	ok(clGetEventInfo(marker, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status,
			  NULL));
	assert_int_equal(status, CL_OUT_OF_RESOURCES);
	assert_int_equal(
		clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, sizeof(data), data, 0, NULL, NULL),
		CL_OUT_OF_RESOURCES);
	assert_true(within(10, noted, f));
	assert_non_null(strstr(f->last_note, "lost"));
	ok(clReleaseEvent(event));
	ok(clReleaseEvent(marker));
	ok(clReleaseEvent(user));
	ok(clReleaseMemObject(mem));
	/* The loss is this context's: the next one starts afresh. */
	fixture_setup(&next_state);
	ok(clReleaseKernel(fixture_kernel(next_state, SOURCE_INC, "inc")));
	fixture_teardown(&next_state);
}

static bool never(struct fixture *f)
{
	(void)f;
	return false;
}

/* What has collected behind it by then is submitted by nobody. */
static void crash_amid_collecting(void **state)
{
	struct fixture *f = *state;
	cl_int zero = 0, err = CL_SUCCESS;
	cl_event event;
	cl_mem mem;

	if (!f->ours)
		skip();
	mem = fixture_buffer(f, 64, NULL);
	event = enqueue_crash(f);
	for (int i = 0; i < 20000 && !err; i++) {
		err = clEnqueueFillBuffer(f->queue, mem, &zero, sizeof(zero), 0, 64, 0, NULL, NULL);
		within(0.001, never, f); /* so slowly that few are submitted */
	}
	assert_int_equal(err, CL_OUT_OF_RESOURCES);
	assert_int_equal(clFlush(f->queue), CL_OUT_OF_RESOURCES);
	assert_int_equal(clFinish(f->queue), CL_OUT_OF_RESOURCES);
	ok(clReleaseEvent(event));
	ok(clReleaseMemObject(mem));
}

#define LARGE (12u << 20)

/** struct mover - a thread that moves a large buffer until that fails. */
struct mover {
	struct fixture *f;
	bool write;
	atomic_int done; /* how many there were */
	cl_int end; /* with what it ended */
	pthread_t thread;
};

static void *move_on(void *arg)
{
	struct mover *m = arg;
	char *host = calloc(1, LARGE);
	cl_int err;
	cl_command_queue queue = clCreateCommandQueue(m->f->context, m->f->device, 0, &err);
	cl_mem mem = clCreateBuffer(m->f->context, 0, LARGE, NULL, &err);

	while (!err) {
		if (m->write)
			err = clEnqueueWriteBuffer(queue, mem, CL_TRUE, 0, LARGE, host, 0, NULL,
						   NULL);
		else
			err = clEnqueueReadBuffer(queue, mem, CL_TRUE, 0, LARGE, host, 0, NULL,
						  NULL);
		atomic_fetch_add(&m->done, 1);
	}
	m->end = err;
	clReleaseMemObject(mem);
	clReleaseCommandQueue(queue);
	free(host);
	return NULL;
}

/* The crash comes while two queues have parts of transfers under way. */
static void crash_amid_transfers(void **state)
{
	struct fixture *f = *state;
	struct mover mover[2] = { { .f = f, .write = true }, { .f = f } };
	cl_event event;

	if (!f->ours)
		skip();
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&mover[i].thread, NULL, move_on, &mover[i]), 0);
	while (!atomic_load(&mover[0].done) || !atomic_load(&mover[1].done))
		;
	event = enqueue_crash(f);
	assert_int_equal(clWaitForEvents(1, &event), CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
	for (int i = 0; i < 2; i++) {
		pthread_join(mover[i].thread, NULL);
		assert_int_equal(mover[i].end, CL_OUT_OF_RESOURCES);
	}
	ok(clReleaseEvent(event));
}

/** struct notified - user data of a context; the application's own again after the release. */
struct notified {
	atomic_bool entered;
	atomic_bool released;
	atomic_bool overtaken;
	atomic_bool left;
};

/* Gives clReleaseContext() 0.2 s to return too early. */
static void CL_CALLBACK slow_notify(const char *text, const void *info, size_t size, void *user)
{
	struct notified *n = user;
	struct timespec start, now;

	(void)text, (void)info, (void)size;
	atomic_store(&n->entered, true);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (atomic_load(&n->released))
			atomic_store(&n->overtaken, true);
	} while ((double)(now.tv_sec - start.tv_sec) * 1e9 + (double)(now.tv_nsec - start.tv_nsec) <
		 2e8);
	atomic_store(&n->left, true);
}

static void release_waits_for_callback(void **state)
{
	struct fixture *f = *state, other = { 0 };
	struct notified n = { false, false, false, false };
	cl_event event;
	cl_int err;

	if (!f->ours)
		skip();
	other = *f;
	other.context = clCreateContext(NULL, 1, &f->device, slow_notify, &n, &err);
	ok(err);
	other.queue = clCreateCommandQueue(other.context, f->device, 0, &err);
	ok(err);
	event = enqueue_crash(&other);
	assert_int_not_equal(clWaitForEvents(1, &event), CL_SUCCESS);
	ok(clReleaseEvent(event));
	ok(clReleaseCommandQueue(other.queue));
	while (!atomic_load(&n.entered))
		;
	ok(clReleaseContext(other.context));
	atomic_store(&n.released, true);
	while (!atomic_load(&n.left))
		;
	assert_false(atomic_load(&n.overtaken));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(crash, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(crash_amid_collecting, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(crash_amid_transfers, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(release_waits_for_callback, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: MIT
/* test_thread.c - many threads on one context: queues of their own, one queue for all, lifetimes.
 */
#include <pthread.h>
#include <time.h>

#include "fixture.h"

#define THREADS 8
#define ROUNDS 60
#define LARGE ((5u << 20) + 333)
#define LARGE_ROUNDS 6

/** struct job - one thread: where it works, and what it found wrong. */
struct job {
	struct fixture *f;
	cl_command_queue queue;
	cl_program program;
	uint32_t seed;
	int errors;
	pthread_t thread;
};

#define CHECK(job, cond) ((job)->errors += !(cond))

/* cmocka's assertions are for the main thread; here errors are counted. */
static void one_round(struct job *j, uint32_t round)
{
	uint32_t in[256], out[256], add = round + 1;
	size_t global = 256;
	cl_int err;
	cl_mem mem = clCreateBuffer(j->f->context, 0, sizeof(in), NULL, &err);
	cl_kernel kernel = clCreateKernel(j->program, "inc", &err);
	cl_event event = NULL;

	for (uint32_t i = 0; i < 256; i++)
		in[i] = j->seed * 1000003u + round * 7919u + i;
	CHECK(j, mem && kernel);
	CHECK(j, !clEnqueueWriteBuffer(j->queue, mem, round % 2, 0, sizeof(in), in, 0, NULL, NULL));
	CHECK(j, !clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	CHECK(j, !clSetKernelArg(kernel, 1, sizeof(add), &add));
	CHECK(j,
	      !clEnqueueNDRangeKernel(j->queue, kernel, 1, NULL, &global, NULL, 0, NULL, &event));
	CHECK(j,
	      !clEnqueueReadBuffer(j->queue, mem, CL_TRUE, 0, sizeof(out), out, 1, &event, NULL));
	for (uint32_t i = 0; i < 256; i++)
		CHECK(j, out[i] == in[i] + add);
	CHECK(j, !clReleaseEvent(event));
	CHECK(j, !clReleaseKernel(kernel));
	CHECK(j, !clReleaseMemObject(mem));
}

static void *work(void *arg)
{
	struct job *j = arg;

	for (uint32_t round = 0; round < ROUNDS; round++)
		one_round(j, round);
	return NULL;
}

/* Transfers of many parts, and small ones between them. */
static void large_round(struct job *j, uint32_t round, uint8_t *in, uint8_t *out)
{
	size_t size = LARGE - round * 777, half = size / 2;
	cl_int err;
	cl_mem mem = clCreateBuffer(j->f->context, 0, size, NULL, &err);

	fixture_pattern(in, size, j->seed * 100 + round);
	memset(out, 0, size);
	CHECK(j, mem != NULL);
	CHECK(j, !clEnqueueWriteBuffer(j->queue, mem, round % 2, 0, size, in, 0, NULL, NULL));
	CHECK(j, !clEnqueueReadBuffer(j->queue, mem, CL_FALSE, 0, 100, out, 0, NULL, NULL));
	CHECK(j, !clEnqueueReadBuffer(j->queue, mem, CL_FALSE, half, size - half, out + half, 0,
				      NULL, NULL));
	CHECK(j, !clEnqueueReadBuffer(j->queue, mem, CL_TRUE, 100, half - 100, out + 100, 0, NULL,
				      NULL));
	/* The blocking one is behind them all, in an in-order queue. */
	CHECK(j, !memcmp(in, out, size));
	CHECK(j, !clReleaseMemObject(mem));
}

static void *work_large(void *arg)
{
	struct job *j = arg;
	uint8_t *in = malloc(LARGE), *out = malloc(LARGE);

	for (uint32_t round = 0; round < LARGE_ROUNDS; round++)
		large_round(j, round, in, out);
	free(in);
	free(out);
	return NULL;
}

static void run_jobs(struct fixture *f, void *(*body)(void *job), bool own_queues)
{
	struct job jobs[THREADS];
	cl_program program = fixture_program(f, SOURCE_INC);

	for (uint32_t i = 0; i < THREADS; i++) {
		cl_int err = CL_SUCCESS;

		jobs[i] = (struct job){ .f = f, .queue = f->queue, .program = program, .seed = i };
		if (own_queues)
			jobs[i].queue = clCreateCommandQueue(f->context, f->device, 0, &err);
		ok(err);
		assert_int_equal(pthread_create(&jobs[i].thread, NULL, body, &jobs[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(jobs[i].thread, NULL);
		if (own_queues)
			ok(clReleaseCommandQueue(jobs[i].queue));
		assert_int_equal(jobs[i].errors, 0);
	}
	ok(clReleaseProgram(program));
}

static void own_queues(void **state)
{
	run_jobs(*state, work, true);
}

static void one_queue(void **state)
{
	run_jobs(*state, work, false);
}

static void large_own_queues(void **state)
{
	run_jobs(*state, work_large, true);
}

static void large_one_queue(void **state)
{
	run_jobs(*state, work_large, false);
}

/* Of this thread's processor, in ns. */
static uint64_t spent(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Who enqueues a large transfer and does not wait does not copy. */
static void large_in_background(void **state)
{
	struct fixture *f = *state;
	size_t size = 64u << 20;
	uint8_t *in = malloc(size), *out = malloc(size);
	cl_mem mem = fixture_buffer(f, size, NULL);
	uint64_t start, blocking, queued;

	fixture_pattern(in, size, 1);
	memset(out, 0, size);
	ok(clEnqueueWriteBuffer(f->queue, mem, CL_TRUE, 0, size, in, 0, NULL, NULL));
	start = spent();
	ok(clEnqueueReadBuffer(f->queue, mem, CL_TRUE, 0, size, out, 0, NULL, NULL));
	blocking = spent() - start;
	memset(out, 0, size);
	start = spent();
	ok(clEnqueueWriteBuffer(f->queue, mem, CL_FALSE, 0, size, in, 0, NULL, NULL));
	ok(clEnqueueReadBuffer(f->queue, mem, CL_FALSE, 0, size, out, 0, NULL, NULL));
	queued = spent() - start;
	ok(clFinish(f->queue));
	assert_memory_equal(in, out, size);
	if (f->ours)
		assert_true(queued < blocking / 2);
	ok(clReleaseMemObject(mem));
	free(in);
	free(out);
}

static void *retain_release(void *arg)
{
	struct job *j = arg;

	for (int i = 0; i < 20000; i++) {
		CHECK(j, !clRetainContext(j->f->context));
		CHECK(j, !clRetainCommandQueue(j->queue));
		CHECK(j, !clReleaseCommandQueue(j->queue));
		CHECK(j, !clReleaseContext(j->f->context));
	}
	return NULL;
}

static void counts(void **state)
{
	struct fixture *f = *state;
	struct job jobs[4];
	cl_uint before, after;

	ok(clGetContextInfo(f->context, CL_CONTEXT_REFERENCE_COUNT, sizeof(before), &before, NULL));
	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){ .f = f, .queue = f->queue };
		assert_int_equal(pthread_create(&jobs[i].thread, NULL, retain_release, &jobs[i]),
				 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(jobs[i].thread, NULL);
		assert_int_equal(jobs[i].errors, 0);
	}
	ok(clGetContextInfo(f->context, CL_CONTEXT_REFERENCE_COUNT, sizeof(after), &after, NULL));
	assert_int_equal(before, after);
}

/* Threads wait for one event while another thread sets the user event that it depends on. */
static void *wait_event(void *arg)
{
	struct job *j = arg;
	cl_event event = (cl_event)j->queue;

	CHECK(j, !clWaitForEvents(1, &event));
	return NULL;
}

static void many_waiters(void **state)
{
	struct fixture *f = *state;
	struct job jobs[4];
	cl_int err;
	cl_event user, event;

	for (int round = 0; round < 50; round++) {
		user = clCreateUserEvent(f->context, &err);
		ok(err);
		ok(clEnqueueMarkerWithWaitList(f->queue, 1, &user, &event));
		for (int i = 0; i < 4; i++) {
			jobs[i] = (struct job){ .f = f, .queue = (cl_command_queue)event };
			assert_int_equal(
				pthread_create(&jobs[i].thread, NULL, wait_event, &jobs[i]), 0);
		}
		ok(clSetUserEventStatus(user, CL_COMPLETE));
		for (int i = 0; i < 4; i++) {
			pthread_join(jobs[i].thread, NULL);
			assert_int_equal(jobs[i].errors, 0);
		}
		ok(clReleaseEvent(user));
		ok(clReleaseEvent(event));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_queues),	       cmocka_unit_test(one_queue),
		cmocka_unit_test(large_own_queues),    cmocka_unit_test(large_one_queue),
		cmocka_unit_test(large_in_background), cmocka_unit_test(counts),
		cmocka_unit_test(many_waiters),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

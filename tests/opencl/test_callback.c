// SPDX-License-Identifier: MIT
/*
 * test_callback.c - where callbacks run, and what they may do: on a virtual GPU all come from one
 * thread that is none of the application's, and each of them may enqueue, wait, set events and
 * release, its own object included.
 */
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "fixture.h"

/** struct heard - a callback came, from which thread, and what it found wrong. */
struct heard {
	struct fixture *f;
	sem_t sem;
	pthread_t thread;
	int errors;
	int left; /* links of a chain that are still to come */
	cl_kernel kernel;
	cl_event user;
};

#define CHECK(h, cond) ((h)->errors += !(cond))

static struct heard *heard_new(struct fixture *f)
{
	struct heard *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	h->f = f;
	sem_init(&h->sem, 0, 0);
	return h;
}

static void await(struct heard *h)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 60;
	assert_int_equal(sem_timedwait(&h->sem, &limit), 0);
	assert_int_equal(h->errors, 0);
	if (h->f->ours) /* PoCL calls from within, too */
		assert_false(pthread_equal(h->thread, pthread_self()));
}

static void heard_free(struct heard *h)
{
	sem_destroy(&h->sem);
	free(h);
}

/* Everything that a callback may want of OpenCL. To block is not for the bare driver: it may hang.
 */
static void use_opencl(struct heard *h)
{
	uint32_t value = 5, back = 0;
	cl_int err;
	cl_mem mem = clCreateBuffer(h->f->context, CL_MEM_COPY_HOST_PTR, 4, &value, &err);
	cl_event event;

	h->thread = pthread_self();
	CHECK(h, !err);
	CHECK(h, !clEnqueueMarkerWithWaitList(h->f->queue, 0, NULL, &event));
	CHECK(h, !clFlush(h->f->queue));
	if (h->f->ours) {
		CHECK(h,
		      !clEnqueueReadBuffer(h->f->queue, mem, CL_TRUE, 0, 4, &back, 0, NULL, NULL));
		CHECK(h, back == 5);
		CHECK(h, !clWaitForEvents(1, &event));
		CHECK(h, !clFinish(h->f->queue));
	}
	CHECK(h, !clReleaseEvent(event));
	CHECK(h, !clReleaseMemObject(mem));
}

static void CL_CALLBACK on_event(cl_event event, cl_int status, void *user_data)
{
	struct heard *h = user_data;

	CHECK(h, status == CL_COMPLETE);
	use_opencl(h);
	CHECK(h, !clReleaseEvent(event)); /* the last reference */
	sem_post(&h->sem);
}

static void of_a_command(void **state)
{
	struct fixture *f = *state;
	struct heard *h = heard_new(f);
	cl_event event;

	ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &event));
	ok(clSetEventCallback(event, CL_COMPLETE, on_event, h));
	ok(clFlush(f->queue));
	await(h);
	heard_free(h);
}

static void of_a_user_event(void **state)
{
	struct fixture *f = *state;
	struct heard *h = heard_new(f);
	cl_int err;
	cl_event user = clCreateUserEvent(f->context, &err);

	ok(err);
	ok(clRetainEvent(user)); /* PoCL 3.1 looks at it after the callback */
	ok(clSetEventCallback(user, CL_COMPLETE, on_event, h));
	ok(clSetUserEventStatus(user, CL_COMPLETE));
	await(h);
	ok(clReleaseEvent(user));
	heard_free(h);
}

/* Each callback enqueues the next kernel and asks to be called when that is done. */
static void CL_CALLBACK on_link(cl_event event, cl_int status, void *user_data)
{
	struct heard *h = user_data;
	size_t global = 1;
	cl_event next;

	h->thread = pthread_self();
	CHECK(h, status == CL_COMPLETE);
	CHECK(h, !clReleaseEvent(event));
	if (!h->left--) {
		sem_post(&h->sem);
		return;
	}
	CHECK(h, !clEnqueueNDRangeKernel(h->f->queue, h->kernel, 1, NULL, &global, NULL, 0, NULL,
					 &next));
	CHECK(h, !clSetEventCallback(next, CL_COMPLETE, on_link, h));
	CHECK(h, !clFlush(h->f->queue));
}

static void chain(void **state)
{
	enum { LINKS = 100 };
	struct fixture *f = *state;
	struct heard *h = heard_new(f);
	uint32_t value = 0, one = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);
	cl_event first;

	h->left = LINKS;
	h->kernel = fixture_kernel(f, SOURCE_INC, "inc");
	ok(clSetKernelArg(h->kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(h->kernel, 1, sizeof(one), &one));
	ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &first));
	ok(clSetEventCallback(first, CL_COMPLETE, on_link, h));
	ok(clFlush(f->queue));
	await(h);
	fixture_read(f, mem, &value, sizeof(value));
	assert_int_equal(value, LINKS);
	ok(clReleaseKernel(h->kernel));
	ok(clReleaseMemObject(mem));
	heard_free(h);
}

/* The callback of one event sets another, which a thread of the application waits for. */
static void CL_CALLBACK on_first(cl_event event, cl_int status, void *user_data)
{
	struct heard *h = user_data;

	(void)event;
	h->thread = pthread_self();
	CHECK(h, status == CL_COMPLETE);
	CHECK(h, !clSetUserEventStatus(h->user, CL_COMPLETE));
	sem_post(&h->sem);
}

static void one_releases_another(void **state)
{
	struct fixture *f = *state;
	struct heard *h = heard_new(f);
	cl_event first, second;
	cl_int err;

	h->user = clCreateUserEvent(f->context, &err);
	ok(err);
	ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &first));
	ok(clEnqueueMarkerWithWaitList(f->queue, 1, &h->user, &second));
	ok(clSetEventCallback(first, CL_COMPLETE, on_first, h));
	ok(clWaitForEvents(1, &second));
	await(h);
	ok(clReleaseEvent(first));
	ok(clReleaseEvent(second));
	ok(clReleaseEvent(h->user));
	heard_free(h);
}

static void CL_CALLBACK on_mem(cl_mem mem, void *user_data)
{
	struct heard *h = user_data;

	(void)mem;
	use_opencl(h);
	sem_post(&h->sem);
}

static void of_memory(void **state)
{
	struct fixture *f = *state;
	struct heard *h = heard_new(f);
	cl_mem mem = fixture_buffer(f, 64, NULL);

	ok(clSetMemObjectDestructorCallback(mem, on_mem, h));
	ok(clReleaseMemObject(mem));
	await(h);
	heard_free(h);
}

static void CL_CALLBACK on_program(cl_program program, void *user_data)
{
	struct heard *h = user_data;
	cl_kernel kernel;
	cl_int err;

	use_opencl(h);
	kernel = clCreateKernel(program, "inc", &err);
	CHECK(h, !err);
	CHECK(h, !clReleaseKernel(kernel));
	sem_post(&h->sem);
}

static void of_a_build(void **state)
{
	struct fixture *f = *state;
	struct heard *h = heard_new(f);
	const char *source = SOURCE_INC;
	cl_int err;
	cl_program program = clCreateProgramWithSource(f->context, 1, &source, NULL, &err);

	ok(err);
	if (f->ours) { /* PoCL 3.1 calls with its locks held */
		ok(clBuildProgram(program, 1, &f->device, "", on_program, h));
		await(h);
	}
	ok(clReleaseProgram(program));
	heard_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_command), cmocka_unit_test(of_a_user_event),
		cmocka_unit_test(chain),	cmocka_unit_test(one_releases_another),
		cmocka_unit_test(of_memory),	cmocka_unit_test(of_a_build),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

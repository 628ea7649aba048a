/* SPDX-License-Identifier: MIT */
/*
 * test_api_threads: eight threads that create, submit, wait and destroy at the same time, each on
 * its own device and all on one. cmocka is not thread-safe: threads note what went wrong, main()
 * asserts.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../slow.h"
#include "fixture.h"

#define THREADS 8
#define SIZE 16384u

/** struct worker - one thread. @shared: the device all use, or NULL for one of its own. */
struct worker {
	pthread_t thread;
	const struct api *shared;
	pthread_barrier_t *start;
	unsigned int number;
	NTSTATUS status;
	const char *failed;
};

/* Note the first failure and leave. */
#define TRY(w, call)                         \
	do {                                 \
		(w)->status = (call);        \
		if ((w)->status) {           \
			(w)->failed = #call; \
			return;              \
		}                            \
	} while (0)

static NTSTATUS check_bytes(const struct api_memory *m, uint8_t value)
{
	return m->cpu[0] == value && !memcmp(m->cpu, m->cpu + 1, m->size - 1) ? STATUS_SUCCESS
									      : STATUS_UNSUCCESSFUL;
}

/* Fill, copy, look. */
static void one_round(struct worker *w, struct api *a, uint8_t value)
{
	struct api_memory from, to;
	struct packets p = { 0 };

	TRY(w, api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &from));
	TRY(w, api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &to));
	TRY(w, check_bytes(&to, 0));
	packets_fill(&p, from.va, SIZE, &value, 1);
	TRY(w, api_submit(a, a->context, &p));
	p.size = 0;
	packets_copy(&p, to.va, from.va, SIZE);
	TRY(w, api_run(a, &p));
	TRY(w, check_bytes(&to, value));
	TRY(w, api_memory_destroy(a, &from));
	TRY(w, api_memory_destroy(a, &to));
}

static void own_devices(struct worker *w)
{
	struct api a;
	int i;

	for (i = 0; i < 15 && !w->failed; i++) {
		TRY(w, api_open(&a));
		one_round(w, &a, (uint8_t)(w->number * 16 + (unsigned int)i + 1));
		if (!w->failed)
			TRY(w, api_close(&a));
	}
}

/* The shared device, with a context, a fence and command memory of its own. */
static void shared_device(struct worker *w)
{
	struct api a = *w->shared;
	int i;

	a.asked = a.used = 0;
	TRY(w, api_context_create(a.device, &a.context));
	TRY(w, api_fence_create(a.device, 0, &a.done));
	TRY(w, api_memory_create(&a, API_COMMANDS_SIZE, DXG_ALLOC_CPU_VISIBLE, &a.commands));
	for (i = 0; i < 60 && !w->failed; i++)
		one_round(w, &a, (uint8_t)(w->number * 16 + (unsigned int)i % 15 + 1));
	if (w->failed)
		return;
	TRY(w, api_memory_destroy(&a, &a.commands));
	TRY(w, api_context_destroy(a.context));
	TRY(w, api_sync_destroy(a.done.handle));
}

/* All on one context and one fence: every signal of a thread is a value of its own. */
static void shared_context(struct worker *w)
{
	struct api_fence fence;
	uint64_t i;

	TRY(w, api_fence_create(w->shared->device, 0, &fence));
	for (i = 1; i <= 300; i++) {
		TRY(w, api_submit_at(w->shared->context, w->shared->commands.va,
				     sizeof(struct dxg_cmd_barrier)));
		TRY(w, api_signal_gpu(w->shared->context, fence.handle, i));
		if (i % 10 == 0)
			TRY(w, api_wait_cpu(w->shared->device, &fence.handle, &i, 1, false, 0));
	}
	TRY(w, api_wait(w->shared->device, fence.handle, 300));
	TRY(w, api_sync_destroy(fence.handle));
}

/* Handles only, as fast as they come. */
static void create_destroy(struct worker *w)
{
	struct d3dkmthandle context, allocation, adapter, queue;
	struct api_fence fence, paging;
	struct winluid luid;
	int i;

	for (i = 0; i < slow_scaled(100); i++) {
		TRY(w, api_open_adapter(&adapter, &luid));
		TRY(w, api_context_create(w->shared->device, &context));
		TRY(w, api_fence_create(w->shared->device, (uint64_t)i, &fence));
		TRY(w, api_queue_create(w->shared->device, &queue, &paging));
		TRY(w, api_allocate(w->shared->device, SIZE, DXG_ALLOC_CPU_VISIBLE, &allocation,
				    NULL));
		TRY(w, api_free(w->shared->device, allocation));
		TRY(w, api_queue_destroy(queue));
		TRY(w, api_sync_destroy(fence.handle));
		TRY(w, api_context_destroy(context));
		TRY(w, api_close_adapter(adapter));
	}
}

/* Waits of all kinds, ended by the next thread's signal. */
static void waits(struct worker *w)
{
	static struct api_fence ring[THREADS];
	unsigned int next = (w->number + 1) % THREADS;
	uint64_t i;

	TRY(w, api_fence_create(w->shared->device, 0, &ring[w->number]));
	pthread_barrier_wait(w->start);
	for (i = 1; i <= 100; i++) {
		if (w->number == 0)
			TRY(w, api_signal_cpu(w->shared->device, ring[next].handle, i));
		if (i & 1)
			TRY(w, api_wait(w->shared->device, ring[w->number].handle, i));
		else
			TRY(w, api_wait_cpu(w->shared->device, &ring[w->number].handle, &i, 1,
					    false, 0));
		if (w->number != 0)
			TRY(w, api_signal_cpu(w->shared->device, ring[next].handle, i));
	}
	pthread_barrier_wait(w->start);
	TRY(w, api_sync_destroy(ring[w->number].handle));
}

/** struct job - what a thread does, for pthread_create(). */
struct job {
	struct worker w;
	void (*run)(struct worker *w);
};

static void *job_thread(void *arg)
{
	struct job *job = arg;

	pthread_barrier_wait(job->w.start);
	job->run(&job->w);
	return NULL;
}

static void run_all(const struct api *shared, void (*run)(struct worker *w))
{
	struct job job[THREADS];
	pthread_barrier_t start;
	unsigned int i;

	pthread_barrier_init(&start, NULL, THREADS);
	for (i = 0; i < THREADS; i++) {
		job[i] = (struct job){
			.w = { .shared = shared, .start = &start, .number = i },
			.run = run,
		};
		assert_int_equal(pthread_create(&job[i].w.thread, NULL, job_thread, &job[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(job[i].w.thread, NULL);
	pthread_barrier_destroy(&start);
	for (i = 0; i < THREADS; i++)
		if (job[i].w.failed)
			fail_msg("thread %u: %s is 0x%08x", i, job[i].w.failed,
				 (uint32_t)job[i].w.status);
}

static void test_own_devices(void **state)
{
	(void)state;
	run_all(NULL, own_devices);
}

static void test_shared_device(void **state)
{
	run_all(*state, shared_device);
}

static void test_shared_context(void **state)
{
	struct api *a = *state;
	struct packets p = { 0 };

	packets_barrier(&p);
	memcpy(a->commands.cpu, p.data, p.size);
	run_all(a, shared_context);
}

static void test_create_destroy(void **state)
{
	run_all(*state, create_destroy);
}

static void test_waits(void **state)
{
	run_all(*state, waits);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_devices),
		api_test(test_shared_device),
		api_test(test_shared_context),
		api_test(test_create_destroy),
		api_test(test_waits),
	};

	return api_main("api_threads", tests);
}

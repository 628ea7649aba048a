/* SPDX-License-Identifier: MIT */
/*
 * test_api_fence: monitored fences, signalled and waited for by the CPU. Specification: ioctls
 * 0x10, 0x1d, 0x31, 0x3a, section 7.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.h"

static struct api_fence create(const struct api *a, uint64_t value)
{
	struct api_fence fence;

	assert_ok(api_fence_create(a->device, value, &fence));
	assert_non_null(fence.value);
	return fence;
}

static NTSTATUS wait_one(const struct api *a, const struct api_fence *fence, uint64_t value)
{
	return api_wait_cpu(a->device, &fence->handle, &value, 1, false, 0);
}

static void test_initial_value(void **state)
{
	struct api *a = *state;
	struct api_fence zero = create(a, 0), some = create(a, UINT64_C(0x123456789abcdef0));

	assert_int_equal(*zero.value, 0);
	assert_int_equal(*some.value, UINT64_C(0x123456789abcdef0));
	assert_ok(api_sync_destroy(zero.handle));
	assert_status(api_sync_destroy(zero.handle), STATUS_INVALID_PARAMETER);
	assert_ok(api_sync_destroy(some.handle));
}

static void test_signal_from_cpu(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 0);

	assert_ok(api_signal_cpu(a->device, fence.handle, 5));
	assert_ok(wait_one(a, &fence, 5));
	assert_int_equal(*fence.value, 5);
}

static void test_already_satisfied(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 10);
	int fd = eventfd(0, EFD_CLOEXEC);
	uint64_t value = 10;

	assert_ok(wait_one(a, &fence, 0));
	assert_ok(wait_one(a, &fence, 9));
	assert_ok(wait_one(a, &fence, 10));
	assert_ok(api_wait_cpu(a->device, &fence.handle, &value, 1, false, (uint64_t)fd));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	close(fd);
}

static void test_wait_all(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle fences[3];
	uint64_t values[3] = { 1, 2, 3 };
	struct api_fence fence;
	int fd = eventfd(0, EFD_CLOEXEC), i;

	for (i = 0; i < 3; i++) {
		fence = create(a, 0);
		fences[i] = fence.handle;
	}
	assert_ok(api_wait_cpu(a->device, fences, values, 3, false, (uint64_t)fd));
	assert_ok(api_signal_cpu(a->device, fences[0], 1));
	assert_ok(api_signal_cpu(a->device, fences[2], 3));
	/* The synchronous call behind them has seen both: no event has come of it. */
	assert_ok(api_wait(a->device, fences[2], 3));
	assert_false(api_poll(fd, 0));
	assert_ok(api_signal_cpu(a->device, fences[1], 2));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	assert_ok(api_wait_cpu(a->device, fences, values, 3, false, 0));
	close(fd);
}

static void test_wait_any(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle fences[3];
	uint64_t values[3] = { 1, 1, 1 };
	struct api_fence fence;
	int fd = eventfd(0, EFD_CLOEXEC), i;

	for (i = 0; i < 3; i++) {
		fence = create(a, 0);
		fences[i] = fence.handle;
	}
	assert_ok(api_wait_cpu(a->device, fences, values, 3, true, (uint64_t)fd));
	assert_false(api_poll(fd, 0));
	assert_ok(api_signal_cpu(a->device, fences[1], 1));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	/* Once: the other fences add nothing. */
	assert_ok(api_signal_cpu(a->device, fences[0], 1));
	assert_ok(api_wait(a->device, fences[0], 1));
	assert_false(api_poll(fd, 0));
	assert_ok(api_wait_cpu(a->device, fences, values, 3, true, 0));
	close(fd);
}

/** struct sleeper - a thread in a blocking wait. @entered: written just before the call. */
struct sleeper {
	const struct api *a;
	const struct api_fence *fence;
	uint64_t value;
	int entered;
	pid_t tid; /* atomic */
	NTSTATUS status;
	uint64_t ended_ms;
};

static void *sleep_thread(void *arg)
{
	struct sleeper *s = arg;
	uint64_t one = 1;

	__atomic_store_n(&s->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	s->status = write(s->entered, &one, sizeof(one)) == sizeof(one) ? 0 : -1;
	if (!s->status)
		s->status = wait_one(s->a, s->fence, s->value);
	s->ended_ms = api_now_ms();
	return NULL;
}

static void start_sleeper(struct sleeper *s, pthread_t *thread)
{
	s->entered = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(pthread_create(thread, NULL, sleep_thread, s), 0);
	assert_int_equal(api_eventfd_take(s->entered, API_WAIT_MS), 1);
	close(s->entered);
}

static void test_blocking_wait_is_woken(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	struct sleeper s = { .a = a, .fence = &fence, .value = 3, .status = -1 };
	pthread_t thread;

	start_sleeper(&s, &thread);
	assert_true(api_sleeps(s.tid));
	assert_ok(api_signal_cpu(a->device, fence.handle, 2));
	assert_ok(api_wait(a->device, fence.handle, 2));
	assert_int_equal(s.ended_ms, 0);
	assert_ok(api_signal_cpu(a->device, fence.handle, 3));
	pthread_join(thread, NULL);
	assert_ok(s.status);
}

static void test_many_sleepers(void **state)
{
	enum { THREADS = 8 };
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	struct sleeper s[THREADS];
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		s[i] = (struct sleeper){ .a = a, .fence = &fence, .value = i + 1u, .status = -1 };
		start_sleeper(&s[i], &thread[i]);
	}
	for (i = 0; i < THREADS; i++) {
		assert_ok(api_signal_cpu(a->device, fence.handle, i + 1u));
		pthread_join(thread[i], NULL);
		assert_ok(s[i].status);
	}
}

static void ignore(int number)
{
	(void)number;
}

/* A signal handler that runs during a blocking wait does not end it. */
static void test_wait_survives_signal(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	struct sleeper s = { .a = a, .fence = &fence, .value = 1, .status = -1 };
	struct sigaction action = { .sa_handler = ignore };
	pthread_t thread;
	int i;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	start_sleeper(&s, &thread);
	for (i = 0; i < 5; i++) {
		assert_true(api_sleeps(s.tid));
		assert_int_equal(pthread_kill(thread, SIGUSR1), 0);
	}
	assert_ok(api_signal_cpu(a->device, fence.handle, 1));
	pthread_join(thread, NULL);
	assert_ok(s.status);
}

/* Destroying the fence releases who waits for it. */
static void test_destroy_releases_waiters(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	struct sleeper s = { .a = a, .fence = &fence, .value = 1, .status = -1 };
	pthread_t thread;
	uint64_t start;

	start_sleeper(&s, &thread);
	assert_true(api_sleeps(s.tid));
	start = api_now_ms();
	assert_ok(api_sync_destroy(fence.handle));
	pthread_join(thread, NULL);
	assert_true(s.ended_ms - start < 10000);
}

static void test_async_events(void **state)
{
	enum { EVENTS = 20 };
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	uint64_t value;
	int fd[EVENTS], i;

	for (i = 0; i < EVENTS; i++) {
		fd[i] = eventfd(0, EFD_CLOEXEC);
		value = i + 1u;
		assert_ok(
			api_wait_cpu(a->device, &fence.handle, &value, 1, false, (uint64_t)fd[i]));
	}
	for (i = 0; i < EVENTS; i++) {
		assert_false(api_poll(fd[i], 0));
		assert_ok(api_signal_cpu(a->device, fence.handle, i + 1u));
		assert_int_equal(api_eventfd_take(fd[i], API_WAIT_MS), 1);
	}
	for (i = 0; i < EVENTS; i++)
		close(fd[i]);
}

/* The caller may close its eventfd once the wait is registered: the event keeps its own. */
static void test_async_event_closed(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	int fd = eventfd(0, EFD_CLOEXEC), copy = dup(fd);
	uint64_t value = 1;

	assert_ok(api_wait_cpu(a->device, &fence.handle, &value, 1, false, (uint64_t)fd));
	close(fd);
	assert_ok(api_signal_cpu(a->device, fence.handle, 1));
	assert_int_equal(api_eventfd_take(copy, API_WAIT_MS), 1);
	close(copy);
}

static void test_async_bad_fd(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	uint64_t value = 1;
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	assert_true(api_wait_cpu(a->device, &fence.handle, &value, 1, false, (uint64_t)pipes[1]) <
		    0);
	assert_true(api_wait_cpu(a->device, &fence.handle, &value, 1, false, 9999) < 0);
	assert_true(api_wait_cpu(a->device, &fence.handle, &value, 1, false, UINT64_MAX) < 0);
	/* Satisfied or not, a bad descriptor is a bad descriptor. */
	value = 0;
	assert_true(api_wait_cpu(a->device, &fence.handle, &value, 1, false, (uint64_t)pipes[1]) <
		    0);
	close(pipes[0]);
	close(pipes[1]);
}

/* A signal to a lower value changes nothing, unless it says that it may. */
static void test_backward_signal(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 10);
	uint64_t value = 4;
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = a->device,
		.object_count = 1,
		.objects = dxg_ptr(&fence.handle),
		.fence_values = dxg_ptr(&value),
		.flags = { .allow_fence_rewind = 1 },
	};

	assert_ok(api_signal_cpu(a->device, fence.handle, 4));
	assert_ok(api_finish(a)); /* whatever was in the ring has been seen */
	assert_int_equal(*fence.value, 10);
	assert_ok(D3DKMTSignalSynchronizationObjectFromCpu(&args));
	assert_ok(api_finish(a));
	assert_int_equal(*fence.value, 4);
	assert_ok(api_signal_cpu(a->device, fence.handle, 5));
	assert_ok(wait_one(a, &fence, 5));
}

static void test_signal_many(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle fences[DXG_SIGNAL_OBJECTS + 1];
	uint64_t values[DXG_SIGNAL_OBJECTS + 1];
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = a->device,
		.object_count = DXG_SIGNAL_OBJECTS,
		.objects = dxg_ptr(fences),
		.fence_values = dxg_ptr(values),
	};
	struct api_fence fence;
	uint32_t i;

	for (i = 0; i <= DXG_SIGNAL_OBJECTS; i++) {
		fence = create(a, 0);
		fences[i] = fence.handle;
		values[i] = i + 1;
	}
	assert_ok(D3DKMTSignalSynchronizationObjectFromCpu(&args));
	assert_ok(api_wait_cpu(a->device, fences, values, DXG_SIGNAL_OBJECTS, false, 0));
	args.object_count = DXG_SIGNAL_OBJECTS + 1;
	assert_status(D3DKMTSignalSynchronizationObjectFromCpu(&args), STATUS_INVALID_PARAMETER);
	args.object_count = 0;
	assert_status(D3DKMTSignalSynchronizationObjectFromCpu(&args), STATUS_INVALID_PARAMETER);
}

static void test_wait_count_limit(void **state)
{
	static struct d3dkmthandle fences[DXG_WAIT_CPU_OBJECTS + 1];
	static uint64_t values[DXG_WAIT_CPU_OBJECTS + 1];
	struct api *a = *state;
	struct api_fence fence = create(a, 1);
	int fd = eventfd(0, EFD_CLOEXEC);
	uint32_t i;

	for (i = 0; i <= DXG_WAIT_CPU_OBJECTS; i++) {
		fences[i] = fence.handle;
		values[i] = 2;
	}
	assert_status(api_wait_cpu(a->device, fences, values, 0, false, 0),
		      STATUS_INVALID_PARAMETER);
	assert_status(api_wait_cpu(a->device, fences, values, DXG_WAIT_CPU_OBJECTS + 1, false, 0),
		      STATUS_INVALID_PARAMETER);
	assert_ok(
		api_wait_cpu(a->device, fences, values, DXG_WAIT_CPU_OBJECTS, false, (uint64_t)fd));
	assert_false(api_poll(fd, 0));
	assert_ok(api_signal_cpu(a->device, fence.handle, 2));
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	close(fd);
}

static void test_bad_waits(void **state)
{
	struct api *a = *state;
	struct api_fence fence = create(a, 1);
	uint64_t value = 1;
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = a->device,
		.object_count = 1,
		.objects = dxg_ptr(&fence.handle),
		.fence_values = dxg_ptr(&value),
		.flags = { .reserved = 1 },
	};

	assert_status(D3DKMTWaitForSynchronizationObjectFromCpu(&args), STATUS_INVALID_PARAMETER);
	args.flags.value = 0;
	args.fence_values = 0;
	assert_true(D3DKMTWaitForSynchronizationObjectFromCpu(&args) < 0);
	args.fence_values = dxg_ptr(&value);
	args.objects = 0;
	assert_true(D3DKMTWaitForSynchronizationObjectFromCpu(&args) < 0);
	args.objects = dxg_ptr(&a->context);
	assert_status(D3DKMTWaitForSynchronizationObjectFromCpu(&args), STATUS_INVALID_PARAMETER);
}

static void test_create_bad(void **state)
{
	static const struct {
		uint32_t type, flags;
	} cases[] = {
		{ 0, 0 },
		{ 7, 0 },
		{ 0xffffffffu, 0 },
		{ _D3DDDI_SYNCHRONIZATION_MUTEX, 0 }, /* not carried */
		{ _D3DDDI_SEMAPHORE, 0 },
		{ _D3DDDI_MONITORED_FENCE, 1 }, /* shared alone */
		{ _D3DDDI_MONITORED_FENCE, 1u << 9 },
	};
	struct api *a = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct d3dkmt_createsynchronizationobject2 args = { .device = a->device };

		args.info.type = (enum d3dddi_synchronizationobject_type)cases[i].type;
		args.info.flags.value = cases[i].flags;
		if (D3DKMTCreateSynchronizationObject2(&args) >= 0)
			fail_msg("case %zu was accepted", i);
		assert_int_equal(args.sync_object.v, 0);
	}
}

static void test_many_steps(void **state)
{
	enum { STEPS = 200 };
	struct api *a = *state;
	struct api_fence fence = create(a, 0);
	uint64_t i;

	for (i = 1; i <= STEPS; i++) {
		assert_ok(api_signal_cpu(a->device, fence.handle, i));
		assert_ok(wait_one(a, &fence, i));
		assert_true(*fence.value >= i);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_initial_value),
		api_test(test_signal_from_cpu),
		api_test(test_already_satisfied),
		api_test(test_wait_all),
		api_test(test_wait_any),
		api_test(test_blocking_wait_is_woken),
		api_test(test_many_sleepers),
		api_test(test_wait_survives_signal),
		api_test(test_destroy_releases_waiters),
		api_test(test_async_events),
		api_test(test_async_event_closed),
		api_test(test_async_bad_fd),
		api_test(test_backward_signal),
		api_test(test_signal_many),
		api_test(test_wait_count_limit),
		api_test(test_bad_waits),
		api_test(test_create_bad),
		api_test(test_many_steps),
	};

	return api_main("api_fence", tests);
}

// SPDX-License-Identifier: MIT
/*
 * test_race.c - threads that destroy, close and map what others use, and processes that end with
 * everything alive.
 *
 * Raw ioctls, nothing of ours but the ABI header. Run inside a machine whose module serves at least
 * one adapter; exit status 77 (skipped) where there is no /dev/dxg. Nothing is shared between
 * tests: each opens the device anew; what must crash does so in a child.
 */
#include <pthread.h>

#include "raw.h"

struct racer {
	struct client *c;
	struct d3dkmthandle handle;
	pthread_barrier_t *barrier;
	int result;
};

static void *racer_run(void *arg)
{
	struct racer *r = arg;

	pthread_barrier_wait(r->barrier);
	r->result = allocation_destroy(r->c, &r->handle, 1);
	return NULL;
}

/* Of all who destroy the same object exactly one succeeds. */
static void test_racing_destroys(void **state)
{
	struct client c = client_open();
	struct racer r[4];
	pthread_t thread[4];
	pthread_barrier_t barrier;
	int done;

	pthread_barrier_init(&barrier, NULL, 4);
	for (int round = 0; round < 20; round++) {
		struct d3dkmthandle handle = allocation_create(&c, PAGE);

		done = 0;
		for (int i = 0; i < 4; i++) {
			r[i] = (struct racer){ .c = &c, .handle = handle, .barrier = &barrier };
			pthread_create(&thread[i], NULL, racer_run, &r[i]);
		}
		for (int i = 0; i < 4; i++) {
			pthread_join(thread[i], NULL);
			assert_true(r[i].result == 0 || r[i].result == -EINVAL);
			done += !r[i].result;
		}
		assert_int_equal(done, 1);
	}
	pthread_barrier_destroy(&barrier);
	client_close(&c);
}

static void *close_run(void *arg)
{
	struct racer *r = arg;
	struct d3dkmt_closeadapter args = { .adapter_handle = r->c->adapter };

	pthread_barrier_wait(r->barrier);
	r->result = node_call(r->c->fd, LX_DXCLOSEADAPTER, &args);
	return NULL;
}

/* The last handle of an adapter goes while one of its devices is being destroyed (D-12). */
static void test_close_races_destroy(void **state)
{
	pthread_barrier_t barrier;
	pthread_t thread;
	int result;

	pthread_barrier_init(&barrier, NULL, 2);
	for (int round = 0; round < 30; round++) {
		struct client c = client_open();
		struct racer r = { .c = &c, .barrier = &barrier };

		fence_create(&c, 0, NULL);
		assert_int_equal(pthread_create(&thread, NULL, close_run, &r), 0);
		pthread_barrier_wait(&barrier);
		result = device_destroy(c.fd, c.device);
		pthread_join(thread, NULL);
		assert_int_equal(r.result, 0);
		assert_true(result == 0 || result == -EINVAL);
		assert_int_equal(device_destroy(c.fd, c.device), -EINVAL);
		close(c.fd);
	}
	pthread_barrier_destroy(&barrier);
}

/** struct replacer - puts memory of its own where the other thread has just been given a mapping.
 */
struct replacer {
	volatile uint8_t *at;
	int stop;
};

static void *replace_run(void *arg)
{
	struct replacer *r = arg;
	void *at, *last = NULL;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		at = (void *)(uintptr_t)__atomic_load_n(&r->at, __ATOMIC_ACQUIRE);
		if (!at || at == last)
			continue;
		last = mmap(at, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	return NULL;
}

/* Locks go on finding the allocation, whatever is put in its place meanwhile (D-10). */
static void test_munmap_races_lock(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle allocation = allocation_create(&c, PAGE);
	struct replacer r = { .at = NULL };
	volatile uint8_t *data = NULL;
	pthread_t thread;

	assert_int_equal(allocation_lock(&c, allocation, &data), 0);
	data[7] = 77;
	assert_int_equal(pthread_create(&thread, NULL, replace_run, &r), 0);
	for (int i = 0; i < 500; i++) {
		assert_int_equal(allocation_lock(&c, allocation, &data), 0);
		__atomic_store_n(&r.at, data, __ATOMIC_RELEASE);
		assert_int_equal(allocation_unlock(&c, allocation), 0);
	}
	__atomic_store_n(&r.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(allocation_lock(&c, allocation, &data), 0);
	assert_int_equal(data[7], 77);
	client_close(&c);
}

static void *churn_run(void *arg)
{
	struct client *c = arg;
	volatile uint8_t *data;

	for (int i = 0; i < 30; i++) {
		struct d3dkmthandle allocation = allocation_create(c, 2 * PAGE);
		struct d3dkmthandle fence = fence_create(c, 0, NULL);

		if (allocation_lock(c, allocation, &data))
			return c;
		data[PAGE] = (uint8_t)i;
		if (fence_signal(c, fence, 1) || fence_wait(c, fence, 1, 0) ||
		    fence_destroy(c->fd, fence) || allocation_destroy(c, &allocation, 1))
			return c;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct client c = client_open();
	pthread_t thread[8];
	void *failed;

	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, churn_run, &c), 0);
	for (int i = 0; i < 8; i++) {
		pthread_join(thread[i], &failed);
		assert_null(failed);
	}
	client_close(&c);
}

/* Processes that exit with everything alive leave nothing behind that stops the next one. */
static void test_exit_with_objects(void **state)
{
	volatile uint8_t *data;
	pid_t pid;

	for (int i = 0; i < 40; i++) {
		pid = fork();
		if (!pid) {
			struct client c = client_open();
			struct d3dkmthandle allocation = allocation_create(&c, 1 << 20);
			const volatile uint64_t *value;

			fence_create(&c, 7, &value);
			if (allocation_lock(&c, allocation, &data))
				_exit(1);
			data[0] = 1;
			if (*value != 7)
				_exit(2);
			if (i & 1)
				kill(getpid(), SIGKILL);
			_exit(0);
		}
		assert_int_equal(reap(pid), i & 1 ? -SIGKILL : 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_racing_destroys),
		cmocka_unit_test(test_close_races_destroy),
		cmocka_unit_test(test_munmap_races_lock),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_exit_with_objects),
	};

	if (access(NODE, F_OK)) {
		print_message("skipped: there is no " NODE "\n");
		return SKIP;
	}
	return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}

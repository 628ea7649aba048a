// SPDX-License-Identifier: MIT
/*
 * test_wait.c - waits of the CPU: satisfied, asynchronous, interrupted, killed, many at once.
 *
 * Raw ioctls, nothing of ours but the ABI header. Run inside a machine whose module serves at least
 * one adapter; exit status 77 (skipped) where there is no /dev/dxg. Nothing is shared between
 * tests: each opens the device anew; what must crash does so in a child.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/time.h>

#include "raw.h"

static void test_wait_reached(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 5, NULL);
	int event = eventfd(0, EFD_CLOEXEC);
	uint64_t count;

	assert_int_equal(fence_wait(&c, fence, 5, 0), 0);
	assert_int_equal(fence_wait(&c, fence, 5, (uint64_t)event), 0);
	assert_int_equal(read(event, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1);
	close(event);
	client_close(&c);
}

static void test_wait_signalled_async(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	int event = eventfd(0, EFD_CLOEXEC);
	struct pollfd poll_fd = { .fd = event, .events = POLLIN };

	assert_int_equal(fence_wait(&c, fence, 3, (uint64_t)event), 0);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	assert_int_equal(fence_signal(&c, fence, 2), 0);
	assert_int_equal(fence_wait(&c, fence, 2, 0), 0);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	assert_int_equal(fence_signal(&c, fence, 3), 0);
	assert_int_equal(poll(&poll_fd, 1, 5000), 1);
	close(event);
	client_close(&c);
}

static void test_bad_eventfd(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct d3dkmt_createsynchronizationobject2 args = { .device = c.device };

	assert_int_equal(fence_wait(&c, fence, 1, 1u << 20), -EINVAL);
	assert_int_equal(fence_wait(&c, fence, 1, (uint64_t)c.fd), -EINVAL);
	assert_int_equal(fence_wait(&c, fence, 0, ~0ull), -EINVAL);
	args.info.type = _D3DDDI_CPU_NOTIFICATION;
	args.info.cpu_notification.event = (uint64_t)c.fd;
	assert_int_equal(node_call(c.fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args), -EINVAL);
	client_close(&c);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_wait_is_interruptible(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value.tv_usec = 200000, .it_interval.tv_usec = 200000 },
			 off = {};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	assert_int_equal(fence_wait(&c, fence, 1, 0), -EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_DFL);
	client_close(&c);
}

static void test_kill_during_wait(void **state)
{
	double start;
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct client c = client_open();
		struct d3dkmthandle fence = fence_create(&c, 0, NULL);

		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		fence_wait(&c, fence, 1, 0);
		_exit(2);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	start = seconds();
	kill(pid, SIGKILL);
	assert_int_equal(reap(pid), -SIGKILL);
	assert_true(seconds() - start < 2.0);
	close(ready[0]);
	close(ready[1]);
}

struct waiter {
	struct client *c;
	struct d3dkmthandle fence;
	uint64_t value;
	int result;
};

static void *waiter_run(void *arg)
{
	struct waiter *w = arg;

	w->result = fence_wait(w->c, w->fence, w->value, 0);
	return NULL;
}

static void test_many_waiters(void **state)
{
	struct client c = client_open();
	struct d3dkmthandle fence = fence_create(&c, 0, NULL);
	struct waiter w[16];
	pthread_t thread[16];

	for (unsigned int i = 0; i < 16; i++) {
		w[i] = (struct waiter){ .c = &c, .fence = fence, .value = i + 1, .result = -1 };
		assert_int_equal(pthread_create(&thread[i], NULL, waiter_run, &w[i]), 0);
	}
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(fence_signal(&c, fence, i + 1), 0);
	for (unsigned int i = 0; i < 16; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].result, 0);
	}
	client_close(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait_reached),
		cmocka_unit_test(test_wait_signalled_async),
		cmocka_unit_test(test_bad_eventfd),
		cmocka_unit_test(test_wait_is_interruptible),
		cmocka_unit_test(test_kill_during_wait),
		cmocka_unit_test(test_many_waiters),
	};

	if (access(NODE, F_OK)) {
		print_message("skipped: there is no " NODE "\n");
		return SKIP;
	}
	return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}

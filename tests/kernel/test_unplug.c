// SPDX-License-Identifier: MIT
/*
 * test_unplug: a process on two adapters, one of which is taken away under it
 * (tests/vm/guest-unplug does that when it says "ready"). On each of them a thread sleeps in a
 * wait, an eventfd is armed, memory is mapped. The one that goes must end its waits, keep its
 * memory readable and its fence at the maximum; the other one must notice nothing: "one left". When
 * the device is there again ("back" on standard input), the same open file finds it and computes on
 * it.
 *
 * Exit status: 0 when all of that held, 77 where there are not two adapters.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gpu.h"

#define SKIP 77
#define NEVER 1000000u
#define ROUNDS_AFTER 50
#define LIMIT_S 60

/** struct side - one of the two. @ended: its thread's wait did; atomic; @err: how */
struct side {
	struct gpu gpu;
	pthread_t thread;
	int event;
	int ended;
	int err;
};

static void expect(const char *what, long got, long want)
{
	if (got == want)
		return;
	printf("FAILED: %s: got %ld, want %ld\n", what, got, want);
	exit(1);
}

static void *waiter(void *arg)
{
	struct side *side = arg;

	side->err = gpu_wait(&side->gpu, NEVER, 0);
	__atomic_store_n(&side->ended, 1, __ATOMIC_RELEASE);
	return NULL;
}

static bool ended(struct side *side)
{
	return __atomic_load_n(&side->ended, __ATOMIC_ACQUIRE);
}

static void side_start(struct side *side, int fd, unsigned int index)
{
	expect("open", gpu_open(&side->gpu, fd, index), 0);
	expect("compute", gpu_compute(&side->gpu, index), 0);
	side->event = eventfd(0, EFD_CLOEXEC);
	expect("asynchronous wait", gpu_wait(&side->gpu, NEVER, (uint64_t)side->event), 0);
	expect("thread", pthread_create(&side->thread, NULL, waiter, side), 0);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Compute on both until one is gone. Return: which. */
static unsigned int await_loss(struct side side[2])
{
	time_t end = now() + LIMIT_S;
	unsigned int i;
	int err;

	for (i = 0;; i ^= 1) {
		err = gpu_compute(&side[i].gpu, i);
		/* Memory may be away before the fence is; that the adapter is lost was said before.
		 */
		if (err == -EIO)
			err = gpu_submit(&side[i].gpu, 8);
		if (err == -ENODEV)
			return i;
		expect("compute", err, 0);
		expect("nothing was unplugged", now() > end, 0);
	}
}

static void expect_gone(struct side *side)
{
	struct pollfd event = { .fd = side->event, .events = POLLIN };
	struct d3dkmt_createcontextvirtual context = { .device = side->gpu.device };
	struct d3dkmt_lock2 lock = { .device = side->gpu.device, .allocation = side->gpu.memory };

	pthread_join(side->thread, NULL);
	expect("wait", side->err, -ENODEV);
	expect("eventfd", poll(&event, 1, 2000), 1);
	expect("fence at its maximum", *side->gpu.shown == UINT64_MAX, 1);
	expect("memory is readable", side->gpu.cpu[GPU_MEMORY - 1], 0);
	side->gpu.cpu[GPU_MEMORY / 2] = 1;
	expect("CreateContextVirtual", gpu_call(side->gpu.fd, LX_DXCREATECONTEXTVIRTUAL, &context),
	       -ENODEV);
	expect("Lock2", gpu_call(side->gpu.fd, LX_DXLOCK2, &lock), -ENODEV);
	expect("submit", gpu_submit(&side->gpu, 8), -ENODEV);
	expect("wait again", gpu_wait(&side->gpu, NEVER, 0), -ENODEV);
}

static void expect_well(struct side *side)
{
	unsigned int i;

	for (i = 0; i < ROUNDS_AFTER; i++)
		expect("compute on the other", gpu_compute(&side->gpu, i), 0);
	expect("the other's wait", ended(side), false);
}

static void wake(struct side *side)
{
	uint64_t value = NEVER;
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = side->gpu.device,
		.object_count = 1,
		.objects = GPU_PTR(&side->gpu.fence),
		.fence_values = GPU_PTR(&value),
	};

	expect("signal", gpu_call(side->gpu.fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &args), 0);
	pthread_join(side->thread, NULL);
	expect("the other's wait ends", side->err, 0);
}

/* The same file opens what has come back. */
static void compute_again(int fd, struct winluid luid)
{
	time_t end = now() + LIMIT_S;
	unsigned int i = 0;
	struct gpu gpu;

	while (gpu_count(fd) < 2) {
		expect("the adapter does not come back", now() > end, 0);
		sched_yield();
	}
	do
		expect("open", gpu_open_adapter(&gpu, fd, i), 0);
	while (memcmp(&gpu.luid, &luid, sizeof(luid)) && ++i);
	expect("open again", gpu_open(&gpu, fd, i), 0);
	expect("compute again", gpu_compute(&gpu, 0x600d), 0);
}

int main(void)
{
	int fd = open(GPU_NODE, O_RDWR | O_CLOEXEC);
	struct side side[2] = { 0 };
	unsigned int gone;
	char word[16];

	if (fd < 0 || gpu_count(fd) < 2) {
		printf("SKIP: there are not two adapters\n");
		return SKIP;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	side_start(&side[0], fd, 0);
	side_start(&side[1], fd, 1);
	printf("ready\n");
	gone = await_loss(side);
	expect_gone(&side[gone]);
	expect_well(&side[gone ^ 1]);
	expect("adapters", gpu_count(fd), 1);
	printf("one left\n");
	expect("back", fgets(word, sizeof(word), stdin) != NULL, 1);
	compute_again(fd, side[gone].gpu.luid);
	expect_well(&side[gone ^ 1]);
	wake(&side[gone ^ 1]);
	printf("done\n");
	return 0;
}

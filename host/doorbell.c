// SPDX-License-Identifier: MIT
/*
 * doorbell: see doorbell.h. The timer is periodic, so that a signal which arrives just before the
 * system call that blocks is followed by another one. Its signal is for the thread of the loop: one
 * of libuv's, which the program cache uses, would be interrupted in its place.
 */
#include "doorbell.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* The guard; the one thread's. */
static timer_t guard_timer;
static bool guard_exists;
static bool guard_armed;

static void guard_signal(int sig)
{
	(void)sig; /* its arrival is all: the blocked call returns -EINTR */
}

int doorbell_init(void)
{
	struct sigaction action = { .sa_handler = guard_signal };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGALRM,
		._sigev_un._tid = gettid(),
	};

	if (sigaction(SIGALRM, &action, NULL) < 0 ||
	    timer_create(CLOCK_MONOTONIC, &event, &guard_timer) < 0)
		return -errno;
	guard_exists = true;
	return 0;
}

void doorbell_fini(void)
{
	if (guard_exists)
		timer_delete(guard_timer);
	guard_exists = false;
}

static void guard_set(bool armed)
{
	struct itimerspec spec = { { 0, 0 }, { 0, 0 } };

	if (!guard_exists || guard_armed == armed)
		return;
	if (armed) {
		spec.it_value.tv_nsec = DOORBELL_STUCK_MS * 1000000L;
		spec.it_interval = spec.it_value;
	}
	timer_settime(guard_timer, 0, &spec, NULL);
	guard_armed = armed;
}

int doorbell_create(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int doorbell_ring(int fd)
{
	uint64_t one = 1;

	guard_set(true);
	/* EAGAIN: the count is at its top, so the peer will wake anyway. */
	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return -errno;
	return 0;
}

int doorbell_drain(int fd)
{
	uint64_t count;

	guard_set(true);
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return -errno;
	return 0;
}

void doorbell_rest(void)
{
	guard_set(false);
}

/* SPDX-License-Identifier: MIT */
/*
 * waiter.h - a thread that waits for something of the host: a reply, an event, room in a ring.
 *
 * Who completes a waiter is the reader, or ends the session: a thread that waits may be the reader
 * itself and sleep in poll(), where the futex does not reach it.
 *
 * A waiter lives on the stack of its thread for the length of one wait. All fields but @seq belong
 * to the lock of the channel (channel.c).
 */
#ifndef LIBDXG_WAITER_H
#define LIBDXG_WAITER_H

#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spin.h"

/**
 * struct waiter - one wait.
 * @next, @prev: list of the channel while the thread waits
 * @seq: futex word; changes with every change of @done or @lead
 * @done: what it waits for has come, or never will; read without the lock by its own thread
 * @lead: it has been made the reader of the rings and must pass that on
 * @result: 0, or -ENODEV when the session ended; valid once @done
 * @spin: decides how long to look before sleeping; NULL: not at all
 */
struct waiter {
	struct waiter *next, *prev;
	struct spin *spin;
	uint32_t seq;
	bool done;
	bool lead;
	int result;
};

/** waiter_sleep() - sleep until @seq is no longer @seen; may return early. */
static inline void waiter_sleep(struct waiter *w, uint32_t seen)
{
	syscall(SYS_futex, &w->seq, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

/** waiter_wake_locked() - let the thread look at its waiter again. Under the channel's lock. */
static inline void waiter_wake_locked(struct waiter *w)
{
	__atomic_add_fetch(&w->seq, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &w->seq, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static inline bool waiter_is_done(const struct waiter *w)
{
	return __atomic_load_n(&w->done, __ATOMIC_ACQUIRE);
}

#endif

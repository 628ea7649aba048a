/* SPDX-License-Identifier: MIT */
/*
 * turn: the rhythm of the daemon. Whatever has a ring (a session, a worker) is a source. An awake
 * source is served in every pass: consume a bounded amount, let the scheduler act on it, then
 * publish everything that was produced, so that a peer gets one doorbell for many packets. When
 * nothing has happened for the length of the window, every awake source arms its doorbell and the
 * loop goes to sleep in the kernel.
 *
 * The window is what makes a burst cost one doorbell and a short answer no wake-up. It adapts: it
 * grows when waiting paid off, shrinks when it did not, and never exceeds TURN_WINDOW_MAX_NS.
 *
 * Idle is idle: with no source awake there is no timer and no idle handle.
 */
#ifndef HOST_TURN_H
#define HOST_TURN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

/** TURN_WINDOW_MAX_NS, TURN_WINDOW_MIN_NS - bounds of the time spent looking before sleeping. */
#define TURN_WINDOW_MAX_NS 20000u
#define TURN_WINDOW_MIN_NS 5000u
/** TURN_SLICE_NS - other descriptors are looked at after this time even if rings stay busy. */
#define TURN_SLICE_NS 200000u

struct turn_source;

/** struct turn_ops - what a kind of source does; all are called by the turn alone. */
struct turn_ops {
	/** @serve: consume what is there, a bounded amount. Return: true when something happened.
	 */
	bool (*serve)(struct turn_source *source);
	/** @publish: show the peer what was produced and consumed; ring its doorbell if it sleeps.
	 */
	void (*publish)(struct turn_source *source);
	/** @arm: ask the peer for a doorbell. Return: true when something is there already. */
	bool (*arm)(struct turn_source *source);
};

TAILQ_HEAD(turn_list, turn_source);

/**
 * struct turn_source - embedded in what has rings.
 * @home: the list it is on, NULL while asleep
 */
struct turn_source {
	TAILQ_ENTRY(turn_source) link;
	struct turn_list *home;
	const struct turn_ops *ops;
};

/**
 * struct turn - the one turn of the daemon.
 * @work: called in every pass after the sources were served (the scheduler); true: something
 * happened
 * @reap: called before the loop sleeps or goes on: free what ended
 * @arg: for both
 * @awake: sources served in every pass; @todo: those not yet served in this pass
 * @kicked: @work has something to do although no source may be awake
 * @last_ns: when something happened last; @window_ns: how long to look on after that
 */
struct turn {
	uv_check_t check;
	uv_idle_t idle;
	bool (*work)(void *arg);
	void (*reap)(void *arg);
	void *arg;
	struct turn_list awake;
	struct turn_list todo;
	uint64_t last_ns;
	uint32_t window_ns;
	bool spinning;
	bool kicked;
};

/** turn_init() - hook the turn into @loop. Return: 0 or a negative errno. */
int turn_init(struct turn *turn, uv_loop_t *loop, bool (*work)(void *arg), void (*reap)(void *arg),
	      void *arg);

/** turn_fini() - close its handles; the loop must run once more. */
void turn_fini(struct turn *turn);

/** turn_source_init() - a sleeping source. */
void turn_source_init(struct turn_source *source, const struct turn_ops *ops);

/** turn_wake() - serve @source from now on until it has been quiet for a window. */
void turn_wake(struct turn *turn, struct turn_source *source);

/** turn_kick() - there is something for @work to do. */
void turn_kick(struct turn *turn);

/** turn_soon() - the same from a deadline: have a pass although no descriptor is ready. */
void turn_soon(struct turn *turn);

/** turn_forget() - @source is about to go; it may be forgotten in the middle of its own serving. */
void turn_forget(struct turn_source *source);

#endif /* HOST_TURN_H */

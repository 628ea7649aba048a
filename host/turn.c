// SPDX-License-Identifier: MIT
/*
 * turn: see turn.h. Runs after the loop has polled descriptors (uv_check), and again and again
 * while a source is awake (uv_idle makes the loop poll without waiting).
 */
#include "turn.h"

#include <sched.h>
#include <stddef.h>

static void turn_move(struct turn_source *source, struct turn_list *to)
{
	if (source->home)
		TAILQ_REMOVE(source->home, source, link);
	source->home = to;
	if (to)
		TAILQ_INSERT_TAIL(to, source, link);
}

/* All awake sources onto @todo; serving and publishing move them back one by one. */
static void turn_collect(struct turn *turn)
{
	struct turn_source *source;

	TAILQ_FOREACH (source, &turn->awake, link)
		source->home = &turn->todo;
	TAILQ_CONCAT(&turn->todo, &turn->awake, link);
}

static bool turn_serve(struct turn *turn)
{
	struct turn_source *source;
	bool busy = false;

	turn_collect(turn);
	while ((source = TAILQ_FIRST(&turn->todo))) {
		turn_move(source, &turn->awake);
		busy |= source->ops->serve(source);
	}
	return busy;
}

static void turn_publish(struct turn *turn)
{
	struct turn_source *source;

	turn_collect(turn);
	while ((source = TAILQ_FIRST(&turn->todo))) {
		turn_move(source, &turn->awake);
		source->ops->publish(source);
	}
}

/* Nothing came for a whole window: let the sources sleep that have nothing. */
static void turn_arm(struct turn *turn)
{
	struct turn_source *source;

	turn_collect(turn);
	while ((source = TAILQ_FIRST(&turn->todo))) {
		turn_move(source, source->ops->arm(source) ? &turn->awake : NULL);
	}
}

/* Waiting paid off, or it did not: the next wait is longer, or shorter. */
static void turn_adapt(struct turn *turn, bool paid)
{
	if (paid && turn->window_ns < TURN_WINDOW_MAX_NS)
		turn->window_ns += turn->window_ns / 4 + 1;
	else if (!paid && turn->window_ns > TURN_WINDOW_MIN_NS)
		turn->window_ns -= turn->window_ns / 8;
}

/*
 * Look on, but not at the cost of the peer that is to answer: on two cores it may be waiting for
 * this one. Only pausing the core made round trips twice as long there, and bursts ring a hundred
 * doorbells.
 */
static void turn_pause(void)
{
	sched_yield();
}

/* One pass. Return: false when it is time to sleep or everything sleeps. */
static bool turn_pass(struct turn *turn)
{
	bool busy = turn_serve(turn);
	uint64_t now;

	turn->kicked = false;
	busy |= turn->work(turn->arg);
	turn_publish(turn);
	now = uv_hrtime();
	if (busy) {
		if (turn->spinning)
			turn_adapt(turn, true);
		turn->spinning = false;
		turn->last_ns = now;
		return true;
	}
	if (now - turn->last_ns < turn->window_ns) {
		turn->spinning = true;
		turn_pause();
		return true;
	}
	if (turn->spinning)
		turn_adapt(turn, false);
	turn->spinning = false;
	turn_arm(turn);
	if (!TAILQ_EMPTY(&turn->awake))
		turn->last_ns = now;
	return false;
}

static void turn_idle(uv_idle_t *idle)
{
	(void)idle; /* only there to keep the loop from sleeping; the check handle does the work */
}

static void turn_run(uv_check_t *check)
{
	struct turn *turn = check->data;
	uint64_t start;

	if (turn->kicked || !TAILQ_EMPTY(&turn->awake)) {
		start = uv_hrtime();
		if (!uv_is_active((uv_handle_t *)&turn->idle))
			turn->last_ns = start;
		while (turn_pass(turn) && uv_hrtime() - start < TURN_SLICE_NS)
			;
	}
	turn->reap(turn->arg);
	if (TAILQ_EMPTY(&turn->awake))
		uv_idle_stop(&turn->idle);
	else
		uv_idle_start(&turn->idle, turn_idle);
}

int turn_init(struct turn *turn, uv_loop_t *loop, bool (*work)(void *arg), void (*reap)(void *arg),
	      void *arg)
{
	TAILQ_INIT(&turn->awake);
	TAILQ_INIT(&turn->todo);
	turn->work = work;
	turn->reap = reap;
	turn->arg = arg;
	turn->window_ns = TURN_WINDOW_MAX_NS;
	uv_idle_init(loop, &turn->idle);
	uv_check_init(loop, &turn->check);
	turn->check.data = turn;
	return uv_check_start(&turn->check, turn_run);
}

void turn_fini(struct turn *turn)
{
	uv_close((uv_handle_t *)&turn->check, NULL);
	uv_close((uv_handle_t *)&turn->idle, NULL);
}

void turn_source_init(struct turn_source *source, const struct turn_ops *ops)
{
	source->home = NULL;
	source->ops = ops;
}

void turn_wake(struct turn *turn, struct turn_source *source)
{
	if (!source->home)
		turn_move(source, &turn->awake);
}

void turn_kick(struct turn *turn)
{
	turn->kicked = true;
}

void turn_soon(struct turn *turn)
{
	turn->kicked = true;
	if (!uv_is_active((uv_handle_t *)&turn->idle)) {
		turn->last_ns = uv_hrtime();
		uv_idle_start(&turn->idle, turn_idle);
	}
}

void turn_forget(struct turn_source *source)
{
	turn_move(source, NULL);
}

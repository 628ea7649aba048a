/* SPDX-License-Identifier: MIT */
/*
 * reader.c - who reads the rings, and how threads wait.
 *
 * There is one reader at a time. A thread that has to wait becomes the reader if nobody is: it
 * hands out packets, its own among them, looks for more for a short time (spin.h), then asks for a
 * doorbell and sleeps in poll(). Other threads sleep on their waiter. A reader that got what it
 * wanted passes the role to one of those; while nobody waits nobody reads and no doorbell is asked
 * for.
 *
 * Notifications for which no thread waits (eventfds) need somebody to read all the same: then a
 * background thread sleeps in poll() without being the reader, becomes it when the doorbell rings,
 * and every reader leaves with the doorbell asked for.
 *
 * Rejected: a reader thread always (two wake-ups more for every reply).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "../stats.h"
#include "channel_impl.h"

/* ---- the list of waiters ---- */

static void reader_link_locked(struct channel *ch, struct waiter *w)
{
	w->prev = NULL;
	w->next = ch->waiters;
	if (w->next)
		w->next->prev = w;
	ch->waiters = w;
}

static void reader_unlink_locked(struct channel *ch, struct waiter *w)
{
	if (w->prev)
		w->prev->next = w->next;
	else
		ch->waiters = w->next;
	if (w->next)
		w->next->prev = w->prev;
}

/* Pass the role on, or leave it vacant. The caller is the reader and is not any more. */
static void reader_pass_locked(struct channel *ch)
{
	struct waiter *w;

	for (w = ch->waiters; w && w->done; w = w->next)
		;
	if (!w) {
		ch->reading = false;
		return;
	}
	w->lead = true;
	waiter_wake_locked(w);
}

/* ---- what a reader does ---- */

/* Ask for a doorbell. Return: true when something is there already. */
static bool reader_arm(struct channel *ch)
{
	bool there = false;
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++)
		there |= dxg_ring_arm_data(&ch->rx[i]);
	return there;
}

static bool reader_sees_data(struct channel *ch)
{
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++)
		if (dxg_load(&ch->rx[i].ctl->head) != ch->rx[i].pos)
			return true;
	return false;
}

/* The host rang: it may have made room as well. */
static void reader_rung(struct channel *ch)
{
	uint64_t count;
	ssize_t n = read(ch->fds.to_guest, &count, sizeof(count));

	(void)n; /* another reader may have been faster */
	pthread_mutex_lock(&ch->lock);
	if (ch->room)
		channel_complete_locked(ch->room, 0);
	pthread_mutex_unlock(&ch->lock);
}

/* Sleep until the doorbell rings or the session ends. */
static void reader_poll(struct channel *ch, struct pollfd fds[2])
{
	int ret;

	fds[0] = (struct pollfd){ .fd = ch->fds.to_guest, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = ch->fds.socket, .events = POLLIN };
	ret = poll(fds, 2, deadline_left_ms(ch->deadline));
	if (ret > 0)
		return;
	fds[0].revents = 0;
	fds[1].revents = 0;
	if (!ret || errno != EINTR)
		channel_end(ch);
}

static void reader_act(struct channel *ch, const struct pollfd fds[2])
{
	if (fds[0].revents)
		reader_rung(ch);
	if (fds[1].revents)
		channel_check(ch);
}

static bool reader_look(void *ctx)
{
	return reader_sees_data(ctx);
}

/* Sleep for the doorbell, unless there is something already. */
static void reader_sleep(struct channel *ch)
{
	struct pollfd fds[2];

	if (reader_arm(ch))
		return;
	stats_count(STATS_SLEEPS);
	reader_poll(ch, fds);
	reader_act(ch, fds);
}

/* Be the reader until @w is done. */
static void reader_lead(struct channel *ch, struct waiter *w)
{
	bool choose = w->spin, look = choose && spin_choose(w->spin);
	uint64_t start = choose ? spin_now() : 0;

	channel_drain(ch);
	if (look && !waiter_is_done(w) && spin_until(w->spin, reader_look, ch)) {
		stats_count(STATS_SPINS);
		channel_drain(ch);
	}
	while (!waiter_is_done(w)) {
		reader_sleep(ch);
		channel_drain(ch);
	}
	if (choose)
		spin_learn(w->spin, look, spin_now() - start);
}

/* Stop being the reader. With a background thread about, the doorbell is asked for first. */
static void reader_release(struct channel *ch)
{
	while (__atomic_load_n(&ch->background, __ATOMIC_ACQUIRE) && !channel_lost(ch) &&
	       reader_arm(ch))
		channel_drain(ch);
	pthread_mutex_lock(&ch->lock);
	reader_pass_locked(ch);
	pthread_mutex_unlock(&ch->lock);
}

/* ---- waiting ---- */

/* Become the reader, or sleep once. Return: true as the reader, without the lock. */
static bool reader_acquire_locked(struct channel *ch, struct waiter *w)
{
	uint32_t seen;

	if (w->lead || !ch->reading) {
		w->lead = false;
		ch->reading = true;
		pthread_mutex_unlock(&ch->lock);
		return true;
	}
	seen = __atomic_load_n(&w->seq, __ATOMIC_ACQUIRE);
	pthread_mutex_unlock(&ch->lock);
	stats_count(STATS_SLEEPS);
	waiter_sleep(w, seen);
	return false;
}

int channel_wait(struct channel *ch, struct waiter *w)
{
	int result;

	pthread_mutex_lock(&ch->lock);
	reader_link_locked(ch, w);
	if (channel_lost(ch))
		channel_complete_locked(w, -ENODEV);
	while (!w->done) {
		if (reader_acquire_locked(ch, w)) {
			reader_lead(ch, w);
			reader_release(ch);
		}
		pthread_mutex_lock(&ch->lock);
	}
	/* Made the reader and done at the same time: the role must not get lost. */
	if (w->lead)
		reader_pass_locked(ch);
	reader_unlink_locked(ch, w);
	result = w->result;
	pthread_mutex_unlock(&ch->lock);
	return result;
}

/* ---- the background thread ---- */

/*
 * Hand out what is there, as the reader. Only the reader may take the doorbell's count: another one
 * that sleeps in poll() would not wake without it.
 */
static void reader_turn(struct channel *ch, const struct pollfd fds[2])
{
	struct waiter w = { 0 };
	bool mine = false;

	pthread_mutex_lock(&ch->lock);
	reader_link_locked(ch, &w);
	if (channel_lost(ch))
		channel_complete_locked(&w, -ENODEV);
	while (!w.done && !mine) {
		mine = reader_acquire_locked(ch, &w);
		pthread_mutex_lock(&ch->lock);
	}
	mine |= w.lead;
	reader_unlink_locked(ch, &w);
	pthread_mutex_unlock(&ch->lock);
	if (!mine)
		return;
	reader_act(ch, fds);
	channel_drain(ch);
	reader_release(ch);
}

static void *reader_main(void *arg)
{
	struct channel *ch = arg;
	struct pollfd fds[2] = { 0 };

	while (!channel_lost(ch)) {
		reader_turn(ch, fds);
		reader_poll(ch, fds);
	}
	return NULL;
}

int channel_need_reader(struct channel *ch)
{
	sigset_t all, old;
	int err = 0;

	if (__atomic_load_n(&ch->background, __ATOMIC_ACQUIRE))
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&ch->lock);
	if (!ch->background)
		err = -pthread_create(&ch->thread, NULL, reader_main, ch);
	if (!err)
		__atomic_store_n(&ch->background, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&ch->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

void reader_stop(struct channel *ch)
{
	if (ch->background)
		pthread_join(ch->thread, NULL);
}

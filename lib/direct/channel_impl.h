/* SPDX-License-Identifier: MIT */
/*
 * channel_impl.h - the inside of struct channel, for channel.c (packets) and reader.c (waiting).
 *
 * Locks, outermost first:
 *	tx_lock		producer side of both rings, the line of those that found them full
 *	lock		waiters, slots, who reads; held while a reply is copied
 * Neither is held while waiting for the host, nor while the sink or a doorbell is called.
 *
 * The consumer side of the rings belongs to the reader: the one thread for which @reading is set.
 */
#ifndef LIBDXG_CHANNEL_IMPL_H
#define LIBDXG_CHANNEL_IMPL_H

#include <pthread.h>

#include "channel.h"
#include "spin.h"

#define CHANNEL_SLOT_BUCKETS 64u

/**
 * struct channel_slot - a request under way; on the stack of its thread.
 * @next: bucket of the channel; under the channel's lock
 * @linked: is it in the bucket?
 */
struct channel_slot {
	struct waiter waiter;
	struct channel_slot *next;
	bool linked;
	uint64_t id;
	void *reply;
	uint32_t room;
	uint32_t length;
};

/**
 * struct channel_sender - a thread that found its ring full; on its stack.
 * @next: the line of the channel; under its tx_lock
 * @turn: it is the first of the line now; with tx_lock
 * @waiter: as the first: completed when the host has made room
 */
struct channel_sender {
	struct channel_sender *next;
	pthread_cond_t turn;
	struct waiter waiter;
};

/**
 * struct channel - both channels of a session.
 * @state: the header's state word in the region
 * @lost: atomic; set once
 * @spin: memory of requests
 * @deadline: a sleep beyond it gives the session up; changes before other threads know the channel
 * @tx: under @tx_lock
 * @line: threads that wait for room, in their order; under @tx_lock
 * @rx: the reader's
 * @waiters: list of threads that wait; under @lock
 * @room: the waiter of the first in @line, once the host is asked for room; under @lock
 * @slots, @next_id: under @lock
 * @reading: some thread is the reader; under @lock
 * @background: a thread of ours reads when no other does; under @lock, atomic for a first look
 */
struct channel {
	struct channel_fds fds;
	const uint32_t *state;
	const struct channel_sink *sink;
	void *ctx;
	bool lost;
	uint64_t deadline;
	struct spin spin;

	pthread_mutex_t tx_lock;
	struct dxg_ring tx[DXG_CHANNELS];
	struct channel_sender *line;
	struct dxg_ring rx[DXG_CHANNELS];

	pthread_mutex_t lock;
	struct waiter *waiters;
	struct waiter *room;
	struct channel_slot *slots[CHANNEL_SLOT_BUCKETS];
	uint64_t next_id;
	bool reading;
	bool background;
	pthread_t thread;
};

/** channel_ring_doorbell() - wake dxgd. */
void channel_ring_doorbell(struct channel *ch);

/** channel_drain() - hand out what is in the rings, a bounded number of packets. The reader's. */
void channel_drain(struct channel *ch);

/** channel_end() - the session is over: complete everybody. Any thread, no lock held. */
void channel_end(struct channel *ch);

/** reader_stop() - end the background thread after channel_end(). */
void reader_stop(struct channel *ch);

#endif

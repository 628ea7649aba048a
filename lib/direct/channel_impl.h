/* SPDX-License-Identifier: MIT */
/*
 * channel_impl.h - the inside of struct channel, for channel.c (packets) and reader.c (waiting).
 *
 * Locks, outermost first:
 *	tx_lock		producer side of both rings; held while waiting for room
 *	lock		waiters, slots, who reads; held while a reply is copied, never while sleeping
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
 * struct channel - both channels of a session.
 * @state: the header's state word in the region
 * @lost: atomic; set once
 * @spin: memory of requests
 * @timeout_ms: of one sleep: -1 for ever, else the session is given up
 * @tx: under @tx_lock
 * @rx: the reader's
 * @waiters: list of threads that wait; under @lock
 * @room: the waiter that wants room in a ring; under @lock
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
	int timeout_ms;
	struct spin spin;

	pthread_mutex_t tx_lock;
	struct dxg_ring tx[DXG_CHANNELS];
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

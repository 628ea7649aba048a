/* SPDX-License-Identifier: MIT */
/*
 * channel.h - the two channels of a session: packets out, replies and notifications in, doorbells,
 * and the waiting for all of it by any number of threads.
 */
#ifndef LIBDXG_CHANNEL_H
#define LIBDXG_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "deadline.h"
#include "dxgwire/region.h"
#include "dxgwire/ring.h"
#include "waiter.h"

struct channel;

/**
 * struct channel_sink - what becomes of things nobody waits for.
 * @message: a host-to-guest message of the global channel, @length bytes in private memory (at most
 *	CHANNEL_MESSAGE_MAX; a longer one is cut). One thread at a time, no lock held.
 * @lost: the session has ended. Once, any thread, no lock held.
 */
struct channel_sink {
	void (*message)(void *ctx, const void *message, uint32_t length);
	void (*lost)(void *ctx);
};

#define CHANNEL_MESSAGE_MAX 64u

/** struct channel_fds - descriptors of a session, owned by the channel once it exists. */
struct channel_fds {
	int socket; /* its end is the session's end */
	int to_host; /* eventfd: our doorbell to dxgd, non-blocking */
	int to_guest; /* eventfd: dxgd's doorbell to us, non-blocking */
};

/**
 * channel_create() - both channels of a fresh region.
 * @region: mapping of the region; outlives the channel
 * @header: checked private copy of its header
 * @deadline: until channel_run() no wait for the host outlasts it (deadline.h)
 */
int channel_create(const struct channel_fds *fds, void *region,
		   const struct dxg_region_header *header, const struct channel_sink *sink,
		   void *ctx, uint64_t deadline, struct channel **ret_channel);

/** channel_run() - the session has started: waits may take as long as they take. */
void channel_run(struct channel *ch);

/** channel_destroy() - end the session; no thread uses the channel. NULL is fine. */
void channel_destroy(struct channel *ch);

/** channel_forked() - close the descriptors in the child of a fork. Async-signal-safe. */
void channel_forked(struct channel *ch);

/** channel_lost() - has the session ended? */
bool channel_lost(struct channel *ch);

/** channel_check() - find out now whether the session has ended. Return: as channel_lost(). */
bool channel_check(struct channel *ch);

/**
 * channel_call() - send a request and wait for its reply.
 * @which: DXG_CHANNEL_GLOBAL or DXG_CHANNEL_VGPU
 * @reply, @room: buffer for the reply; more than fits is dropped
 * @ret_length: bytes the host sent, may exceed @room
 *
 * Return: 0; -EMSGSIZE too long; -ENODEV the session has ended.
 */
int channel_call(struct channel *ch, unsigned int which, const struct dxg_ring_part *part,
		 unsigned int parts, void *reply, uint32_t room, uint32_t *ret_length);

/** channel_post() - send a message that nobody answers; waits for room when the ring is full. */
int channel_post(struct channel *ch, unsigned int which, const struct dxg_ring_part *part,
		 unsigned int parts);

/**
 * channel_offer() - @size bytes and a copy of descriptor @fd on the session's socket (attach.h).
 * Return: 0; -ENODEV the session has ended; -EAGAIN dxgd does not read.
 */
int channel_offer(struct channel *ch, const void *data, uint32_t size, int fd);

/** channel_need_reader() - have somebody read the rings from now on even when no thread waits. */
int channel_need_reader(struct channel *ch);

/* ---- waits for something that channel_sink.message brings ---- */

/** channel_wait() - sleep until channel_complete(). Return: 0, or -ENODEV. */
int channel_wait(struct channel *ch, struct waiter *w);

/** channel_lock() - the lock of waiters; hold it from looking a waiter up to completing it. */
void channel_lock(struct channel *ch);
void channel_unlock(struct channel *ch);

/** channel_complete_locked() - what @w waits for has come. */
void channel_complete_locked(struct waiter *w, int result);

#endif

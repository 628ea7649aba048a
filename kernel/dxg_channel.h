/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_channel.h - one of a session's two channels: sends packets, matches replies to requests.
 *
 * A request has a slot (struct dxg_slot) in the channel's table, found by the packet id. The slot
 * owns the reply buffer and is counted: one reference is the waiter's, one the table's. A waiter
 * that is killed leaves its slot to the late reply, which finds valid memory and frees it.
 *
 * Locks, innermost last: rx_lock (irqs off) > slots' xa_lock. tx_lock stands alone. Nothing sleeps
 * under them; no lock at all is held while waiting for the host.
 */
#ifndef DXG_CHANNEL_H
#define DXG_CHANNEL_H

#include <linux/completion.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "dxgwire/ring.h"

struct dxg_session;

/**
 * struct dxg_slot - one outstanding request.
 * @ref: see above
 * @done: completed with the reply, or when the session is lost
 * @rcu: abandoned slots are freed from interrupt context
 * @result: bytes of the whole reply, may exceed @room; or a negative errno; valid after @done
 * @sent: the request is in the ring: @done will be completed, whether anybody waits or not
 * @room: bytes of @reply
 * @reply: what the host answered, as far as there was room
 */
struct dxg_slot {
	struct kref ref;
	struct completion done;
	struct rcu_head rcu;
	int result;
	bool sent;
	u32 room;
	u8 reply[] __aligned(8);
};

/**
 * struct dxg_channel - one channel.
 * @session: the session it is part of
 * @index: DXG_CHANNEL_*
 * @host_vector: doorbell of the host for both rings
 * @tx_lock: guards @tx
 * @tx: guest-to-host ring
 * @tx_wait: those who wait for room in @tx
 * @rx_lock: guards @rx, @pollers and what follows from a received packet
 * @rx: host-to-guest ring
 * @pollers: tasks that look at @rx themselves, so that no doorbell is needed
 * @slots: outstanding requests by id
 * @next_id: where the search for a free id starts
 * @spin_ns: how long a waiter looks at @rx before it sleeps; adapts; racy by design
 */
struct dxg_channel {
	struct dxg_session *session;
	u32 index;
	u32 host_vector;

	spinlock_t tx_lock;
	struct dxg_ring tx;
	wait_queue_head_t tx_wait;

	spinlock_t rx_lock ____cacheline_aligned_in_smp;
	struct dxg_ring rx;
	unsigned int pollers;
	struct xarray slots;
	u32 next_id;
	u32 spin_ns;
};

struct dxg_slot *dxg_slot_create(u32 room);
void dxg_slot_put(struct dxg_slot *slot);

void dxg_channel_init(struct dxg_channel *channel, struct dxg_session *session, u32 index);
int dxg_channel_call(struct dxg_channel *channel, struct dxg_slot *slot,
		     const struct dxg_ring_part *part, unsigned int parts);
int dxg_channel_wait(struct dxg_channel *channel, struct dxg_slot *slot);
int dxg_channel_post(struct dxg_channel *channel, const struct dxg_ring_part *part,
		     unsigned int parts);
bool dxg_channel_receive(struct dxg_channel *channel);
void dxg_channel_poll_begin(struct dxg_channel *channel);
void dxg_channel_poll(struct dxg_channel *channel);
void dxg_channel_poll_end(struct dxg_channel *channel);
void dxg_channel_fail(struct dxg_channel *channel);

#endif /* DXG_CHANNEL_H */

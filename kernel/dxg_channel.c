// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_channel.c - packets out, packets in, and who waits for which. See dxg_channel.h for slots and
 * locks.
 *
 * The host-to-guest ring is emptied by whoever looks at it first: the interrupt, or a task that has
 * just asked something and watches the ring for a bounded time before it sleeps. While anybody
 * watches, the doorbell is left unarmed and the host rings nothing.
 */
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "dxg_channel.h"
#include "dxg_session.h"

/* Packets handled at a stretch with interrupts off. */
#define DXG_RECEIVE_BUDGET 64
/* Bounds of the adaptive watch before a waiter sleeps. */
#define DXG_SPIN_MIN_NS 2000u
#define DXG_SPIN_MAX_NS 50000u

/**
 * dxg_slot_create - room for a reply of up to @room bytes.
 * @room: bytes for the reply
 *
 * Return: the slot with the caller's reference, or NULL.
 */
struct dxg_slot *dxg_slot_create(u32 room)
{
	struct dxg_slot *slot = kvmalloc(struct_size(slot, reply, room), GFP_KERNEL_ACCOUNT);

	if (!slot)
		return NULL;
	kref_init(&slot->ref);
	init_completion(&slot->done);
	slot->result = 0;
	slot->sent = false;
	slot->room = room;
	return slot;
}

static void dxg_slot_release(struct kref *ref)
{
	kvfree(container_of(ref, struct dxg_slot, ref));
}

/** dxg_slot_put - drop a reference; process context; NULL is fine. */
void dxg_slot_put(struct dxg_slot *slot)
{
	if (slot)
		kref_put(&slot->ref, dxg_slot_release);
}

/* The last one out may be the interrupt, which must not touch vmalloc space. */
static void dxg_slot_release_atomic(struct kref *ref)
{
	struct dxg_slot *slot = container_of(ref, struct dxg_slot, ref);

	kvfree_rcu(slot, rcu);
}

static void dxg_slot_complete(struct dxg_slot *slot, int result)
{
	slot->result = result;
	complete(&slot->done);
	kref_put(&slot->ref, dxg_slot_release_atomic);
}

/** dxg_channel_init - start both rings; their control blocks are all zero. */
void dxg_channel_init(struct dxg_channel *channel, struct dxg_session *session, u32 index)
{
	const struct dxg_region_channel *layout = &session->header.channel[index];
	u8 *base = session->transport->base;

	channel->session = session;
	channel->index = index;
	channel->host_vector = layout->to_host.vector;
	channel->spin_ns = DXG_SPIN_MAX_NS;
	spin_lock_init(&channel->tx_lock);
	spin_lock_init(&channel->rx_lock);
	init_waitqueue_head(&channel->tx_wait);
	xa_init_flags(&channel->slots, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_IRQ);
	dxg_ring_init(&channel->tx, base + layout->to_host.ctl, base + layout->to_host.data,
		      layout->to_host.size);
	dxg_ring_init(&channel->rx, base + layout->to_guest.ctl, base + layout->to_guest.data,
		      layout->to_guest.size);
}

static u32 dxg_parts_length(const struct dxg_ring_part *part, unsigned int parts)
{
	u32 length = 0;

	while (parts--)
		length += part[parts].len;
	return length;
}

/* Put one packet, or arm the doorbell for the time there is room. */
static int dxg_channel_put_locked(struct dxg_channel *channel, u16 kind, u32 id,
				  const struct dxg_ring_part *part, unsigned int parts)
{
	int err;

	lockdep_assert_held(&channel->tx_lock);
	if (!dxg_session_alive(channel->session))
		return -ENODEV;
	do {
		err = dxg_ring_put(&channel->tx, kind, id, part, parts);
		if (err != -EAGAIN)
			return err;
		err = dxg_ring_arm_space(&channel->tx, dxg_parts_length(part, parts));
	} while (err > 0);
	return err ?: -EAGAIN;
}

static int dxg_channel_try_send(struct dxg_channel *channel, u16 kind, u32 id,
				const struct dxg_ring_part *part, unsigned int parts)
{
	bool ring = false;
	int err;

	spin_lock(&channel->tx_lock);
	err = dxg_channel_put_locked(channel, kind, id, part, parts);
	if (!err)
		ring = dxg_ring_publish(&channel->tx);
	spin_unlock(&channel->tx_lock);
	if (ring)
		dxg_session_ring(channel->session, channel->host_vector);
	if (err == -EPROTO)
		dxg_session_lose(channel->session, "bad ring to_host.tail");
	return err == -EPROTO ? -ENODEV : err;
}

/* The same, as a condition to wait for: it was sent or failed, *ret_err says which. */
static bool dxg_channel_sent(struct dxg_channel *channel, u16 kind, u32 id,
			     const struct dxg_ring_part *part, unsigned int parts, int *ret_err)
{
	*ret_err = dxg_channel_try_send(channel, kind, id, part, parts);
	return *ret_err != -EAGAIN;
}

/* Send, waiting for room if need be. */
static int dxg_channel_send(struct dxg_channel *channel, u16 kind, u32 id,
			    const struct dxg_ring_part *part, unsigned int parts)
{
	int err;

	if (likely(dxg_channel_sent(channel, kind, id, part, parts, &err)))
		return err;
	dxg_session_wait_begin(channel->session);
	if (wait_event_killable(channel->tx_wait,
				dxg_channel_sent(channel, kind, id, part, parts, &err)))
		err = -ERESTARTSYS;
	dxg_session_wait_end(channel->session);
	return err;
}

/* Take the slot back out of the table, unless somebody has already. */
static void dxg_channel_forget(struct dxg_channel *channel, u32 id, struct dxg_slot *slot)
{
	if (xa_cmpxchg_irq(&channel->slots, id, slot, NULL, 0) == slot)
		dxg_slot_put(slot);
}

/* Watch the ring for a while. Return: the reply is there. */
static bool dxg_channel_spin(struct dxg_channel *channel, struct dxg_slot *slot)
{
	u32 limit = READ_ONCE(channel->spin_ns);
	u64 start;
	bool done;

	preempt_disable(); /* a watcher that is scheduled out would delay everybody else's reply */
	dxg_channel_poll_begin(channel);
	start = local_clock();
	do {
		dxg_channel_poll(channel);
		done = completion_done(&slot->done);
		if (done || need_resched())
			break;
		cpu_relax();
	} while (local_clock() - start < limit);
	dxg_channel_poll_end(channel);
	preempt_enable();
	WRITE_ONCE(channel->spin_ns,
		   done ? min(limit * 2, DXG_SPIN_MAX_NS) : max(limit / 2, DXG_SPIN_MIN_NS));
	return done || completion_done(&slot->done);
}

/**
 * dxg_channel_wait - wait for the reply to a request that was sent.
 * @channel: on which channel
 * @slot: the caller's; may be waited for again by whoever has it after a killed waiter
 *
 * Return: bytes of the whole reply; -ENODEV the session is lost; -ERESTARTSYS killed.
 */
int dxg_channel_wait(struct dxg_channel *channel, struct dxg_slot *slot)
{
	int err = 0;

	if (!dxg_channel_spin(channel, slot)) {
		dxg_session_wait_begin(channel->session);
		err = wait_for_completion_killable(&slot->done);
		dxg_session_wait_end(channel->session);
	}
	return err ?: slot->result;
}

/**
 * dxg_channel_call - send a request and wait for its reply.
 * @channel: the channel
 * @slot: the caller's, used for this call only; its @reply is valid afterwards
 * @part: the message
 * @parts: how many pieces
 *
 * Return: bytes of the reply (may exceed the slot's room); -ENODEV the session is lost; -EMSGSIZE;
 * -ENOMEM; -ERESTARTSYS killed.
 */
int dxg_channel_call(struct dxg_channel *channel, struct dxg_slot *slot,
		     const struct dxg_ring_part *part, unsigned int parts)
{
	u32 id;
	int err;

	kref_get(&slot->ref);
	err = xa_alloc_cyclic_irq(&channel->slots, &id, slot, XA_LIMIT(1, U32_MAX),
				  &channel->next_id, GFP_KERNEL);
	if (err < 0) {
		dxg_slot_put(slot);
		return err;
	}
	err = dxg_channel_send(channel, DXG_PACKET_REQUEST, id, part, parts);
	if (err) {
		dxg_channel_forget(channel, id, slot);
		return err;
	}
	slot->sent = true;
	return dxg_channel_wait(channel, slot);
}

/**
 * dxg_channel_post - send a message that nobody answers.
 * @channel: the channel
 * @part: the message, in pieces
 * @parts: how many pieces
 *
 * Return: 0; -ENODEV; -EMSGSIZE; -ERESTARTSYS killed while the ring was full.
 */
int dxg_channel_post(struct dxg_channel *channel, const struct dxg_ring_part *part,
		     unsigned int parts)
{
	return dxg_channel_send(channel, DXG_PACKET_MESSAGE, 0, part, parts);
}

/* A late reply to a request nobody remembers is dropped. */
static void dxg_channel_reply(struct dxg_channel *channel, const struct dxg_packet *pkt)
{
	struct dxg_slot *slot = NULL;

	if (pkt->id <= U32_MAX)
		slot = xa_erase(&channel->slots, pkt->id);
	if (!slot)
		return;
	dxg_ring_read(&channel->rx, 0, slot->reply, min(pkt->length, slot->room));
	dxg_slot_complete(slot, pkt->length);
}

static int dxg_channel_notification(struct dxg_channel *channel, const struct dxg_packet *pkt)
{
	u8 message[64] __aligned(8);
	u32 length = min_t(u32, pkt->length, sizeof(message));

	if (channel->index != DXG_CHANNEL_GLOBAL || pkt->id)
		return -EPROTO;
	dxg_ring_read(&channel->rx, 0, message, length);
	return dxg_session_message(channel->session, message, length);
}

/* Return: 1 a packet was handled, 0 there is none, -EPROTO: @ret_bad says what lies. */
static int dxg_channel_receive_packet(struct dxg_channel *channel, const char **ret_bad)
{
	struct dxg_packet pkt;
	int err = dxg_ring_peek(&channel->rx, &pkt);

	*ret_bad = "bad ring to_guest.head or packet header";
	if (err <= 0)
		return err;
	*ret_bad = "bad packet.kind or host-to-guest message";
	if (pkt.kind == DXG_PACKET_REPLY)
		dxg_channel_reply(channel, &pkt);
	else if (pkt.kind == DXG_PACKET_MESSAGE)
		err = dxg_channel_notification(channel, &pkt);
	else
		err = -EPROTO;
	if (err < 0)
		return err;
	dxg_ring_consume(&channel->rx, pkt.length);
	return 1;
}

/* Empty the ring. Return: there was more than is good at a stretch. */
static bool dxg_channel_drain_locked(struct dxg_channel *channel)
{
	unsigned int budget = DXG_RECEIVE_BUDGET;
	const char *bad = NULL;
	int err = 1;

	lockdep_assert_held(&channel->rx_lock);
	if (dxg_session_lost(channel->session))
		return false;
	while (budget && err > 0) {
		err = dxg_channel_receive_packet(channel, &bad);
		budget--;
	}
	if (err < 0) {
		dxg_session_lose(channel->session, bad);
		return false;
	}
	if (dxg_ring_release(&channel->rx))
		dxg_session_ring(channel->session, channel->host_vector);
	if (err > 0)
		return true;
	return !channel->pollers && dxg_ring_arm_data(&channel->rx);
}

/**
 * dxg_channel_receive - handle what the host has sent; any context.
 * @channel: the channel
 *
 * Return: there is more: call again (soon, but not from a hard interrupt).
 */
bool dxg_channel_receive(struct dxg_channel *channel)
{
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&channel->rx_lock, flags);
	more = dxg_channel_drain_locked(channel);
	spin_unlock_irqrestore(&channel->rx_lock, flags);
	return more;
}

/**
 * dxg_channel_poll_begin - the caller is going to watch the ring: no doorbell needed.
 * @channel: the channel
 *
 * Preemption is off until dxg_channel_poll_end().
 */
void dxg_channel_poll_begin(struct dxg_channel *channel)
{
	unsigned long flags;

	spin_lock_irqsave(&channel->rx_lock, flags);
	if (!channel->pollers++ && !dxg_session_lost(channel->session))
		dxg_store(&channel->rx.ctl->data_event, channel->rx.pos - 1);
	spin_unlock_irqrestore(&channel->rx_lock, flags);
}

/** dxg_channel_poll - look once. */
void dxg_channel_poll(struct dxg_channel *channel)
{
	unsigned long flags;

	if (dxg_load(&channel->rx.ctl->head) == READ_ONCE(channel->rx.pos))
		return;
	if (!spin_trylock_irqsave(&channel->rx_lock, flags))
		return;
	dxg_channel_drain_locked(channel);
	spin_unlock_irqrestore(&channel->rx_lock, flags);
}

/** dxg_channel_poll_end - stop watching; the last one out arms the doorbell again. */
void dxg_channel_poll_end(struct dxg_channel *channel)
{
	unsigned long flags;

	spin_lock_irqsave(&channel->rx_lock, flags);
	channel->pollers--;
	spin_unlock_irqrestore(&channel->rx_lock, flags);
	while (dxg_channel_receive(channel))
		cpu_relax();
}

/** dxg_channel_fail - the session is lost: complete everybody who waits here. */
void dxg_channel_fail(struct dxg_channel *channel)
{
	struct dxg_slot *slot;
	unsigned long flags, id;

	spin_lock(&channel->tx_lock); /* whoever was writing to the ring is done with it now */
	spin_unlock(&channel->tx_lock);
	spin_lock_irqsave(&channel->rx_lock, flags);
	xa_for_each(&channel->slots, id, slot) {
		/* A sender that found the session lost may have forgotten its slot meanwhile. */
		slot = xa_erase(&channel->slots, id);
		if (slot)
			dxg_slot_complete(slot, -ENODEV);
	}
	spin_unlock_irqrestore(&channel->rx_lock, flags);
	wake_up_all(&channel->tx_wait);
}

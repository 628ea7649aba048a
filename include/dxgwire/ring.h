/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * ring.h - the single-producer single-consumer byte ring and the packets in it: layout and the
 * one implementation, shared by the module, libdxg, dxgd and its workers.
 *
 * Layout: a control block of two cache lines, one written by the producer and one by the consumer,
 * and a power-of-two data area. Positions are free-running 32-bit byte counts; position & (size -
 * 1) is the place in the data area. A packet is a header and its payload, padded to 8 bytes; it may
 * wrap round the end.
 *
 * Trust: the peer can write every byte of both at any time. A shared word is read once into a
 * private copy and checked there (-EPROTO ends the session); sizes, own positions and pointers are
 * private and never read back. A payload must be copied out (dxg_ring_read) before it is looked at.
 *
 * Doorbells: each side publishes the position at which it wants to be woken (an event index as in
 * virtio). Who is awake leaves it in the past and gets no doorbell; who is about to sleep arms it
 * and looks once more.
 *
 * Locking: none here. One producer, one consumer; where several threads produce, the caller's lock
 * is held from dxg_ring_put() to dxg_ring_publish().
 */
#ifndef DXGWIRE_RING_H
#define DXGWIRE_RING_H

#include "limits.h"
#include "types.h"

/** enum dxg_packet_kind - what the receiver owes the sender. */
enum dxg_packet_kind {
	DXG_PACKET_REQUEST = 1, /* a message whose sender waits for a reply with the same id */
	DXG_PACKET_MESSAGE = 2, /* a message without a reply; id 0 */
	DXG_PACKET_REPLY = 3, /* answers the request with this id */
};

/**
 * struct dxg_packet - header of one packet in a ring.
 * @length: bytes of payload that follow, without padding; at most DXG_MESSAGE_MAX
 * @kind: enum dxg_packet_kind
 * @reserved: zero
 * @id: chosen by the requester, returned in the reply
 */
struct dxg_packet {
	__u32 length;
	__u16 kind;
	__u16 reserved;
	__u64 id;
};
DXG_ASSERT_SIZE(struct dxg_packet, 16);

/**
 * struct dxg_ring_ctl - shared control block of one ring.
 * @pad0: a cache line for each side
 * @pad1: the same
 * @head: producer's position: bytes written so far
 * @space_event: producer wants a doorbell when @tail passes this position
 * @tail: consumer's position: bytes consumed so far
 * @data_event: consumer wants a doorbell when @head passes this position
 */
struct dxg_ring_ctl {
	__u32 head;
	__u32 space_event;
	__u32 pad0[14];
	__u32 tail;
	__u32 data_event;
	__u32 pad1[14];
};
DXG_ASSERT_SIZE(struct dxg_ring_ctl, 128);
DXG_ASSERT_OFFSET(struct dxg_ring_ctl, tail, 64);

/**
 * struct dxg_ring - one side's private view of a ring.
 * @ctl: shared control block
 * @data: shared data area
 * @size: bytes of @data, a power of two, from the private copy of the layout
 * @pos: own position (head of a producer, tail of a consumer), never read back
 * @published: the last own position the peer was told
 * @peer: the peer's position as last read and checked
 */
struct dxg_ring {
	struct dxg_ring_ctl *ctl;
	__u8 *data;
	__u32 size;
	__u32 pos;
	__u32 published;
	__u32 peer;
};

/** struct dxg_ring_part - a piece of a payload to be put into a ring. */
struct dxg_ring_part {
	const void *base;
	__u32 len;
};

/** dxg_ring_size_ok - is @size usable for a ring? */
static inline bool dxg_ring_size_ok(__u32 size)
{
	return size >= DXG_RING_SIZE_MIN && size <= DXG_RING_SIZE_MAX && !(size & (size - 1));
}

/** dxg_ring_footprint - bytes a packet with @length payload bytes takes in the ring. */
static inline __u32 dxg_ring_footprint(__u32 length)
{
	return (__u32)sizeof(struct dxg_packet) + dxg_align8(length);
}

/**
 * dxg_ring_init - start a side of a ring whose control block is all zero.
 * @r: to be started
 * @ctl: struct dxg_ring_ctl
 * @data: the data area
 * @size: checked with dxg_ring_size_ok() by the caller
 */
static inline void dxg_ring_init(struct dxg_ring *r, void *ctl, void *data, __u32 size)
{
	r->ctl = (struct dxg_ring_ctl *)ctl;
	r->data = (__u8 *)data;
	r->size = size;
	r->pos = 0;
	r->published = 0;
	r->peer = 0;
}

/* Did a position that moved from @old to @now pass @event? (all modulo 2^32) */
static inline bool dxg_ring_passed(__u32 event, __u32 now, __u32 old)
{
	return (__u32)(now - event - 1) < (__u32)(now - old);
}

static inline void dxg_ring_copy_in(struct dxg_ring *r, __u32 pos, const void *src, __u32 n)
{
	__u32 at = pos & (r->size - 1);
	__u32 first = r->size - at < n ? r->size - at : n;

	memcpy(r->data + at, src, first);
	if (n > first)
		memcpy(r->data, (const __u8 *)src + first, n - first);
}

static inline void dxg_ring_copy_out(const struct dxg_ring *r, __u32 pos, void *dst, __u32 n)
{
	__u32 at = pos & (r->size - 1);
	__u32 first = r->size - at < n ? r->size - at : n;

	memcpy(dst, r->data + at, first);
	if (n > first)
		memcpy((__u8 *)dst + first, r->data, n - first);
}

/* ---- producer ---- */

/* Re-read the consumer's position; -EPROTO when it is not one the consumer can be at. */
static inline int dxg_ring_refresh_tail(struct dxg_ring *r)
{
	__u32 tail = dxg_load_acquire(&r->ctl->tail);

	if ((__u32)(r->pos - tail) > (__u32)(r->pos - r->peer))
		return -EPROTO;
	r->peer = tail;
	return 0;
}

static inline __u32 dxg_ring_free(const struct dxg_ring *r)
{
	return r->size - (__u32)(r->pos - r->peer);
}

/**
 * dxg_ring_put - write one packet, not yet visible to the consumer.
 * @r: ring
 * @parts: how many
 * @kind: enum dxg_packet_kind
 * @id: request id, 0 for messages
 * @part: pieces of the payload, copied one after the other
 *
 * Return: 0; -EMSGSIZE when the payload is over DXG_MESSAGE_MAX or can never fit; -EAGAIN when the
 * ring is full at the moment (dxg_ring_arm_space() then wait); -EPROTO when the peer broke the
 * ring.
 */
static inline int dxg_ring_put(struct dxg_ring *r, __u16 kind, __u64 id,
			       const struct dxg_ring_part *part, unsigned int parts)
{
	struct dxg_packet pkt;
	unsigned int i;
	__u32 at, need;
	int err;

	memset(&pkt, 0, sizeof(pkt));
	pkt.kind = kind;
	pkt.id = id;
	for (i = 0; i < parts; i++) {
		if (part[i].len > DXG_MESSAGE_MAX - pkt.length)
			return -EMSGSIZE;
		pkt.length += part[i].len;
	}
	need = dxg_ring_footprint(pkt.length);
	if (need > r->size)
		return -EMSGSIZE;
	if (dxg_ring_free(r) < need) {
		err = dxg_ring_refresh_tail(r);
		if (err)
			return err;
		if (dxg_ring_free(r) < need)
			return -EAGAIN;
	}
	dxg_ring_copy_in(r, r->pos, &pkt, sizeof(pkt));
	at = r->pos + (__u32)sizeof(pkt);
	for (i = 0; i < parts; i++) {
		if (!part[i].len)
			continue;
		dxg_ring_copy_in(r, at, part[i].base, part[i].len);
		at += part[i].len;
	}
	r->pos += need;
	return 0;
}

/**
 * dxg_ring_publish - make everything put so far visible to the consumer.
 * @r: ring
 *
 * Return: true when the consumer sleeps and its doorbell must be rung.
 */
static inline bool dxg_ring_publish(struct dxg_ring *r)
{
	__u32 old = r->published;

	if (old == r->pos)
		return false;
	dxg_store_release(&r->ctl->head, r->pos);
	r->published = r->pos;
	dxg_full_barrier();
	return dxg_ring_passed(dxg_load(&r->ctl->data_event), r->pos, old);
}

/**
 * dxg_ring_arm_space - ask for a doorbell once a packet of @length payload bytes fits.
 * @r: ring
 * @length: bytes of the payload
 *
 * Return: 1 when it fits already (do not sleep), 0 when armed, -EPROTO.
 */
static inline int dxg_ring_arm_space(struct dxg_ring *r, __u32 length)
{
	__u32 need = dxg_ring_footprint(length);
	int err;

	dxg_store(&r->ctl->space_event, r->pos + need - r->size - 1);
	dxg_full_barrier();
	err = dxg_ring_refresh_tail(r);
	if (err)
		return err;
	return dxg_ring_free(r) >= need;
}

/* ---- consumer ---- */

/**
 * dxg_ring_peek - look at the header of the next packet.
 * @r: ring
 * @ret: the private, checked copy of the header; written when 1 is returned
 *
 * Return: 1 a packet is there, 0 the ring is empty, -EPROTO the producer broke the ring.
 */
static inline int dxg_ring_peek(struct dxg_ring *r, struct dxg_packet *ret)
{
	struct dxg_packet pkt;
	__u32 used = r->peer - r->pos;

	if (!used) {
		r->peer = dxg_load_acquire(&r->ctl->head);
		used = r->peer - r->pos;
		if (!used)
			return 0;
		if (used > r->size || (used & 7))
			return -EPROTO;
	}
	if (used < sizeof(pkt))
		return -EPROTO;
	dxg_ring_copy_out(r, r->pos, &pkt, sizeof(pkt));
	if (pkt.length > DXG_MESSAGE_MAX || dxg_ring_footprint(pkt.length) > used)
		return -EPROTO;
	if (pkt.reserved || pkt.kind < DXG_PACKET_REQUEST || pkt.kind > DXG_PACKET_REPLY)
		return -EPROTO;
	*ret = pkt;
	return 1;
}

/**
 * dxg_ring_read - copy @n payload bytes of the peeked packet, from its byte @off on.
 * @r: ring
 * @off: where in the payload
 * @dst: private memory
 * @n: bytes
 *
 * The caller keeps @off + @n within the length that dxg_ring_peek() returned.
 */
static inline void dxg_ring_read(const struct dxg_ring *r, __u32 off, void *dst, __u32 n)
{
	dxg_ring_copy_out(r, r->pos + (__u32)sizeof(struct dxg_packet) + off, dst, n);
}

/** dxg_ring_consume - done with the peeked packet; @length as dxg_ring_peek() returned it. */
static inline void dxg_ring_consume(struct dxg_ring *r, __u32 length)
{
	r->pos += dxg_ring_footprint(length);
}

/**
 * dxg_ring_release - give the consumed space back to the producer.
 * @r: ring
 *
 * Return: true when the producer waits for it and its doorbell must be rung.
 */
static inline bool dxg_ring_release(struct dxg_ring *r)
{
	__u32 old = r->published;

	if (old == r->pos)
		return false;
	dxg_store_release(&r->ctl->tail, r->pos);
	r->published = r->pos;
	dxg_full_barrier();
	return dxg_ring_passed(dxg_load(&r->ctl->space_event), r->pos, old);
}

/**
 * dxg_ring_arm_data - ask for a doorbell with the next packet, before going to sleep.
 * @r: ring
 *
 * Return: true when something is there already: do not sleep.
 */
static inline bool dxg_ring_arm_data(struct dxg_ring *r)
{
	dxg_store(&r->ctl->data_event, r->pos);
	dxg_full_barrier();
	return dxg_load(&r->ctl->head) != r->pos;
}

#endif /* DXGWIRE_RING_H */

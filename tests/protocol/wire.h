/* SPDX-License-Identifier: MIT */
/*
 * wire: the guest's end of a session, by itself: attach, region, rings, packets, doorbells. It can
 * do everything a guest may do and, with wire_put_bytes() and its public fields, everything it may
 * not.
 *
 * Whatever waits, waits in poll() on the doorbell and on the connection, for WIRE_TIMEOUT_MS at
 * most. Functions without an int result fail the test when something goes wrong.
 */
#ifndef TESTS_PROTOCOL_WIRE_H
#define TESTS_PROTOCOL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "dxgwire/attach.h"
#include "dxgwire/message.h"
#include "dxgwire/region.h"

#define WIRE_TIMEOUT_MS 20000

/** struct wire_packet - one packet from the host, copied out of its ring. */
struct wire_packet {
	TAILQ_ENTRY(wire_packet) link;
	struct dxg_packet h;
	uint32_t channel;
	uint8_t payload[];
};

TAILQ_HEAD(wire_packets, wire_packet);

/**
 * struct wire - one session.
 * @sock: its end is the session's; @bell_out, @bell_in: eventfds by vector (a socket has one)
 * @header: private copy of the region's header
 * @tx, @rx: rings by channel
 * @stash: packets taken out of the rings that nobody asked for yet, in order of arrival
 * @rung: doorbells rung so far
 * @ended: the connection's end was seen
 */
struct wire {
	int sock;
	int shm;
	int bell_out[DXG_CHANNELS];
	int bell_in[DXG_CHANNELS];
	uint8_t *base;
	uint64_t size;
	struct dxg_region_header header;
	struct dxg_ring tx[DXG_CHANNELS];
	struct dxg_ring rx[DXG_CHANNELS];
	struct wire_packets stash;
	uint64_t next_id;
	unsigned long rung;
	bool ended;
};

/** struct wire_msg - a guest-to-host message under construction, ext header included. */
struct wire_msg {
	uint32_t len;
	uint8_t bytes[DXG_MESSAGE_MAX + 64] __attribute__((aligned(8)));
};

/* ---- attaching ---- */

/** wire_connect() - Return: a connected socket; -1 and errno. */
int wire_connect(const char *path, int type);

/** wire_attach_name() - a good attach message for the vGPU @name. */
struct dxg_attach wire_attach_name(const char *name);

/**
 * wire_attach() - send @len bytes as the attach message and read the answer.
 * @ret_fds: region, doorbell out, doorbell in; -1 for what did not come
 *
 * Return: bytes of the answer; 0: the connection ended without one; -ETIMEDOUT.
 */
ssize_t wire_attach(int sock, const void *msg, size_t len, struct dxg_attach_reply *ret_reply,
		    int ret_fds[DXG_ATTACH_FDS]);

/** wire_try_open() - attach to the vGPU @name at @path. Return: 0, or the status dxgd refused with.
 */
int wire_try_open(const char *path, const char *name, struct wire **ret_wire);

/** wire_open() - the same, when it must work. */
struct wire *wire_open(const char *path, const char *name);

/** wire_map() - map @shm, check the header, set up the rings of a wire made by other means. */
void wire_map(struct wire *wire);

/** wire_close() - let go. NULL is fine. */
void wire_close(struct wire *wire);

/* ---- messages ---- */

/** wire_vm(), wire_vgpu(), wire_async() - command headers of the two families. */
struct dxg_msg_header wire_vm(uint32_t type, uint32_t process);
struct dxg_msg_header wire_vgpu(uint32_t type, uint32_t process);
struct dxg_msg_header wire_async(uint32_t type, uint32_t process);

/** wire_msg_init() - ext header as the family of @body's command header demands, then @body. */
void wire_msg_init(struct wire_msg *msg, const struct wire *wire, const void *body, size_t len);

/** wire_msg_add() - append bytes. */
void wire_msg_add(struct wire_msg *msg, const void *data, size_t len);

/** wire_msg_zero() - append @len zero bytes. */
void wire_msg_zero(struct wire_msg *msg, size_t len);

/* ---- sending ---- */

/** wire_put() - put a packet, unpublished. Return: as dxg_ring_put(). */
int wire_put(struct wire *wire, uint32_t channel, uint16_t kind, uint64_t id, const void *payload,
	     uint32_t len);

/** wire_flush() - publish what was put on @channel, ring if the host sleeps. */
void wire_flush(struct wire *wire, uint32_t channel);

/** wire_send() - put and flush, waiting for space as ring.h says. */
void wire_send(struct wire *wire, uint32_t channel, uint16_t kind, uint64_t id, const void *payload,
	       uint32_t len);

/** wire_request() - send @msg as a request on channel 0. Return: its id. */
uint64_t wire_request(struct wire *wire, const struct wire_msg *msg);

/** wire_post() - send @msg as a message without reply on channel 0. */
void wire_post(struct wire *wire, const struct wire_msg *msg);

/** wire_put_bytes() - write any bytes at the head of @channel and move the head by @advance. */
void wire_put_bytes(struct wire *wire, uint32_t channel, const void *bytes, uint32_t len,
		    uint32_t advance);

/** wire_set_head() - publish any head position and ring. */
void wire_set_head(struct wire *wire, uint32_t channel, uint32_t head);

/** wire_ring() - ring doorbell @vector. */
void wire_ring(struct wire *wire, uint32_t vector);

/* ---- receiving ---- */

/** wire_pull() - move what is in the rings to the stash without waiting. Return: packets, -EPROTO.
 */
int wire_pull(struct wire *wire);

/**
 * wire_reply() - the reply to request @id.
 * @ret: its payload, cut at @room
 *
 * Return: bytes of the reply's payload; -ECONNRESET: the session ended; -ETIMEDOUT.
 */
int wire_reply(struct wire *wire, uint64_t id, void *ret, uint32_t room);

/** wire_call() - request and reply. Returns as wire_reply(). */
int wire_call(struct wire *wire, const struct wire_msg *msg, void *ret, uint32_t room);

/** wire_status() - the call of a message that is answered by a status. Return: that status. */
int32_t wire_status(struct wire *wire, const struct wire_msg *msg);

/** wire_event() - the next host-to-guest message. Returns as wire_reply(). */
int wire_event(struct wire *wire, void *ret, uint32_t room);

/** wire_any() - the next packet of whatever kind, the caller's to free(); NULL when the session
 * ended. */
struct wire_packet *wire_any(struct wire *wire);

/** wire_pending_events() - host-to-guest messages already here. */
unsigned int wire_pending_events(struct wire *wire);

/** wire_wait_end() - Return: did dxgd end the session, within WIRE_TIMEOUT_MS? */
bool wire_wait_end(struct wire *wire);

/** wire_is_alive() - does a round trip work? */
bool wire_is_alive(struct wire *wire);

#endif /* TESTS_PROTOCOL_WIRE_H */

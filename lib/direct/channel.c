/* SPDX-License-Identifier: MIT */
/*
 * channel.c - packets: requests and messages into the rings, replies and notifications out of them,
 * and the end of the session.
 *
 * Everything in the rings is the host's word: a packet that dxg_ring_peek() refuses, a request from
 * the host or a message with an id ends the session. A reply that nobody waits for is dropped, as
 * the published protocol has it.
 *
 * Who finds a ring full stands in line and gives tx_lock up while it waits. Only the first of the
 * line asks the host for room; the others wait for their turn, and who comes while there is a line
 * joins it at the end: packets get in in the order in which their threads came. At the end of the
 * session the first is told, and by leaving tells the next.
 */
#include "channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../stats.h"
#include "channel_impl.h"

#define CHANNEL_DRAIN_MAX 256u

bool channel_lost(struct channel *ch)
{
	return __atomic_load_n(&ch->lost, __ATOMIC_ACQUIRE);
}

void channel_lock(struct channel *ch)
{
	pthread_mutex_lock(&ch->lock);
}

void channel_unlock(struct channel *ch)
{
	pthread_mutex_unlock(&ch->lock);
}

void channel_complete_locked(struct waiter *w, int result)
{
	if (w->done)
		return;
	w->result = result;
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	waiter_wake_locked(w);
}

void channel_ring_doorbell(struct channel *ch)
{
	uint64_t one = 1;
	ssize_t n;

	stats_count(STATS_DOORBELLS);
	/* Failing means a full counter: dxgd is called already. */
	n = write(ch->fds.to_host, &one, sizeof(one));
	(void)n;
}

void channel_end(struct channel *ch)
{
	struct waiter *w;

	if (__atomic_exchange_n(&ch->lost, true, __ATOMIC_ACQ_REL))
		return;
	shutdown(ch->fds.socket, SHUT_RDWR);
	pthread_mutex_lock(&ch->lock);
	for (w = ch->waiters; w; w = w->next)
		channel_complete_locked(w, -ENODEV);
	pthread_mutex_unlock(&ch->lock);
	if (ch->sink)
		ch->sink->lost(ch->ctx);
}

/* ---- slots ---- */

static struct channel_slot **channel_bucket(struct channel *ch, uint64_t id)
{
	return &ch->slots[id % CHANNEL_SLOT_BUCKETS];
}

static void channel_slot_add(struct channel *ch, struct channel_slot *slot)
{
	struct channel_slot **bucket;

	pthread_mutex_lock(&ch->lock);
	slot->id = ++ch->next_id;
	bucket = channel_bucket(ch, slot->id);
	slot->next = *bucket;
	slot->linked = true;
	*bucket = slot;
	pthread_mutex_unlock(&ch->lock);
}

/* Take the slot of @id out of the table; it is the caller's to complete. */
static struct channel_slot *channel_slot_take_locked(struct channel *ch, uint64_t id)
{
	struct channel_slot **at = channel_bucket(ch, id), *slot;

	while ((slot = *at) && slot->id != id)
		at = &slot->next;
	if (slot) {
		*at = slot->next;
		slot->linked = false;
	}
	return slot;
}

static void channel_slot_remove(struct channel *ch, struct channel_slot *slot)
{
	pthread_mutex_lock(&ch->lock);
	if (slot->linked)
		channel_slot_take_locked(ch, slot->id);
	pthread_mutex_unlock(&ch->lock);
}

/* ---- out ---- */

/* May more be sent? dxgd announces the end of a session in the header, too. */
static bool channel_alive(struct channel *ch)
{
	return !channel_lost(ch) && dxg_load(ch->state) == DXG_SESSION_READY;
}

/* A socket that has something to say, or an error, is a socket at its end. */
static bool channel_connected(struct channel *ch)
{
	char byte;
	ssize_t n = recv(ch->fds.socket, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);

	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

int channel_offer(struct channel *ch, const void *data, uint32_t size, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { (void *)data, size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(ch->fds.socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
		return 0;
	return errno == EAGAIN ? -EAGAIN : -ENODEV;
}

bool channel_check(struct channel *ch)
{
	if (!channel_alive(ch) || !channel_connected(ch))
		channel_end(ch);
	return channel_lost(ch);
}

/** struct channel_packet - a packet to be sent, and its doorbell: rung once no lock is held. */
struct channel_packet {
	unsigned int which;
	uint16_t kind;
	uint64_t id;
	const struct dxg_ring_part *part;
	unsigned int parts;
	bool bell;
};

static int channel_put_locked(struct channel *ch, struct channel_packet *p)
{
	struct dxg_ring *ring = &ch->tx[p->which];
	int err;

	if (!channel_alive(ch))
		return -ENODEV;
	err = dxg_ring_put(ring, p->kind, p->id, p->part, p->parts);
	if (!err)
		p->bell = dxg_ring_publish(ring);
	return err;
}

/* ---- the line of those that found no room ---- */

/* Wait to be the first of the line. */
static void channel_line_up_locked(struct channel *ch, struct channel_sender *s)
{
	struct channel_sender **at = &ch->line;

	pthread_cond_init(&s->turn, NULL);
	while (*at)
		at = &(*at)->next;
	*at = s;
	while (ch->line != s)
		pthread_cond_wait(&s->turn, &ch->tx_lock);
}

/* The first leaves, in whatever way it ended: the next one tries. */
static void channel_line_leave_locked(struct channel *ch, struct channel_sender *s)
{
	pthread_mutex_lock(&ch->lock);
	ch->room = NULL;
	pthread_mutex_unlock(&ch->lock);
	ch->line = s->next;
	if (ch->line)
		pthread_cond_signal(&ch->line->turn);
	pthread_cond_destroy(&s->turn);
}

/* From here on the host's doorbell completes @s, which nobody waits for at this moment. */
static void channel_want_room_locked(struct channel *ch, struct channel_sender *s)
{
	pthread_mutex_lock(&ch->lock);
	s->waiter = (struct waiter){ 0 };
	ch->room = &s->waiter;
	pthread_mutex_unlock(&ch->lock);
}

/* Try as the first of the line. Return: -EAGAIN: the host has been asked for room. */
static int channel_try_first_locked(struct channel *ch, struct channel_sender *s,
				    struct channel_packet *p)
{
	uint32_t length = 0;
	unsigned int i;
	int ret = channel_put_locked(ch, p);

	if (ret != -EAGAIN)
		return ret;
	for (i = 0; i < p->parts; i++)
		length += p->part[i].len;
	channel_want_room_locked(ch, s);
	ret = dxg_ring_arm_space(&ch->tx[p->which], length);
	if (ret < 0)
		return ret;
	return ret ? channel_put_locked(ch, p) : -EAGAIN;
}

/* Stand in line until the packet is in its ring. tx_lock is given up whenever this waits. */
static int channel_put_in_turn_locked(struct channel *ch, struct channel_packet *p)
{
	struct channel_sender s = { 0 };
	int err;

	channel_line_up_locked(ch, &s);
	do {
		err = channel_try_first_locked(ch, &s, p);
		if (err != -EAGAIN)
			break;
		pthread_mutex_unlock(&ch->tx_lock);
		err = channel_wait(ch, &s.waiter);
		pthread_mutex_lock(&ch->tx_lock);
	} while (!err);
	channel_line_leave_locked(ch, &s);
	return err;
}

static int channel_send(struct channel *ch, struct channel_packet *p)
{
	int err;

	pthread_mutex_lock(&ch->tx_lock);
	err = ch->line ? -EAGAIN : channel_put_locked(ch, p);
	if (err == -EAGAIN)
		err = channel_put_in_turn_locked(ch, p);
	pthread_mutex_unlock(&ch->tx_lock);
	if (p->bell)
		channel_ring_doorbell(ch);
	if (err != -EPROTO && err != -ENODEV)
		return err;
	channel_end(ch);
	return -ENODEV;
}

int channel_post(struct channel *ch, unsigned int which, const struct dxg_ring_part *part,
		 unsigned int parts)
{
	struct channel_packet p = {
		.which = which,
		.kind = DXG_PACKET_MESSAGE,
		.part = part,
		.parts = parts,
	};

	stats_count(STATS_POSTS);
	return channel_send(ch, &p);
}

int channel_call(struct channel *ch, unsigned int which, const struct dxg_ring_part *part,
		 unsigned int parts, void *reply, uint32_t room, uint32_t *ret_length)
{
	struct channel_slot slot = {
		.waiter = { .spin = &ch->spin },
		.reply = reply,
		.room = room,
	};
	struct channel_packet p = {
		.which = which,
		.kind = DXG_PACKET_REQUEST,
		.part = part,
		.parts = parts,
	};
	int err;

	stats_count(STATS_REQUESTS);
	channel_slot_add(ch, &slot);
	p.id = slot.id;
	err = channel_send(ch, &p);
	if (!err)
		err = channel_wait(ch, &slot.waiter);
	channel_slot_remove(ch, &slot);
	if (!err)
		*ret_length = slot.length;
	return err;
}

/* ---- in ---- */

static void channel_take_reply(struct channel *ch, struct dxg_ring *ring,
			       const struct dxg_packet *pkt)
{
	struct channel_slot *slot;
	uint32_t n;

	/* One lock from here to the end: channel_end() must not send the thread away in between. */
	pthread_mutex_lock(&ch->lock);
	slot = channel_slot_take_locked(ch, pkt->id);
	if (slot) {
		n = pkt->length < slot->room ? pkt->length : slot->room;
		if (n)
			dxg_ring_read(ring, 0, slot->reply, n);
		slot->length = pkt->length;
		channel_complete_locked(&slot->waiter, 0);
	}
	pthread_mutex_unlock(&ch->lock);
}

static void channel_take_message(struct channel *ch, struct dxg_ring *ring,
				 const struct dxg_packet *pkt)
{
	uint64_t message[CHANNEL_MESSAGE_MAX / 8];
	uint32_t n = pkt->length < sizeof(message) ? pkt->length : sizeof(message);

	dxg_ring_read(ring, 0, message, n);
	ch->sink->message(ch->ctx, message, n);
}

static int channel_take(struct channel *ch, unsigned int which, const struct dxg_packet *pkt)
{
	if (pkt->kind == DXG_PACKET_REPLY) {
		channel_take_reply(ch, &ch->rx[which], pkt);
		return 0;
	}
	if (pkt->kind != DXG_PACKET_MESSAGE || pkt->id)
		return -EPROTO;
	/* Notifications count on the global channel only (specification section 2.1). */
	if (which == DXG_CHANNEL_GLOBAL)
		channel_take_message(ch, &ch->rx[which], pkt);
	return 0;
}

static int channel_drain_ring(struct channel *ch, unsigned int which)
{
	struct dxg_ring *ring = &ch->rx[which];
	struct dxg_packet pkt;
	unsigned int n;
	int ret = 0;

	for (n = 0; n < CHANNEL_DRAIN_MAX; n++) {
		ret = dxg_ring_peek(ring, &pkt);
		if (ret <= 0)
			break;
		ret = channel_take(ch, which, &pkt);
		if (ret)
			break;
		dxg_ring_consume(ring, pkt.length);
	}
	if (dxg_ring_release(ring))
		channel_ring_doorbell(ch);
	return ret < 0 ? ret : 0;
}

void channel_drain(struct channel *ch)
{
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++)
		if (channel_drain_ring(ch, i))
			channel_end(ch);
}

/* ---- life ---- */

static void channel_init_rings(struct channel *ch, uint8_t *region,
			       const struct dxg_region_header *h)
{
	const struct dxg_region_ring *out, *in;
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++) {
		out = &h->channel[i].to_host;
		in = &h->channel[i].to_guest;
		dxg_ring_init(&ch->tx[i], region + out->ctl, region + out->data, out->size);
		dxg_ring_init(&ch->rx[i], region + in->ctl, region + in->data, in->size);
	}
}

int channel_create(const struct channel_fds *fds, void *region,
		   const struct dxg_region_header *header, const struct channel_sink *sink,
		   void *ctx, uint64_t deadline, struct channel **ret_channel)
{
	struct channel *ch = calloc(1, sizeof(*ch));

	if (!ch)
		return -ENOMEM;
	ch->fds = *fds;
	ch->state = &((const struct dxg_region_header *)region)->state;
	ch->sink = sink;
	ch->ctx = ctx;
	ch->deadline = deadline;
	pthread_mutex_init(&ch->tx_lock, NULL);
	pthread_mutex_init(&ch->lock, NULL);
	channel_init_rings(ch, region, header);
	*ret_channel = ch;
	return 0;
}

void channel_run(struct channel *ch)
{
	ch->deadline = DEADLINE_NEVER;
}

void channel_forked(struct channel *ch)
{
	close(ch->fds.socket);
	close(ch->fds.to_host);
	close(ch->fds.to_guest);
}

void channel_destroy(struct channel *ch)
{
	if (!ch)
		return;
	channel_end(ch);
	reader_stop(ch);
	channel_forked(ch);
	pthread_mutex_destroy(&ch->tx_lock);
	pthread_mutex_destroy(&ch->lock);
	free(ch);
}

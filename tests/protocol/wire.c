// SPDX-License-Identifier: MIT
/*
 * wire: see wire.h. The waiting is the one of ring.h: look, arm the event index, look again,
 * poll().
 */
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cm.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- attaching ---- */

int wire_connect(const char *path, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct dxg_attach wire_attach_name(const char *name)
{
	struct dxg_attach attach = { .magic = DXG_ATTACH_MAGIC, .version = DXG_ATTACH_VERSION };

	assert_true(strlen(name) < sizeof(attach.vgpu));
	memcpy(attach.vgpu, name, strlen(name));
	return attach;
}

static bool poll_one(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&pfd, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

static void take_fds(struct msghdr *msg, int ret_fds[DXG_ATTACH_FDS])
{
	struct cmsghdr *cmsg;
	unsigned int i, n;

	for (i = 0; i < DXG_ATTACH_FDS; i++)
		ret_fds[i] = -1;
	cmsg = CMSG_FIRSTHDR(msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return;
	n = (unsigned int)((cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	for (i = 0; i < n && i < DXG_ATTACH_FDS; i++)
		memcpy(&ret_fds[i], CMSG_DATA(cmsg) + i * sizeof(int), sizeof(int));
}

ssize_t wire_attach(int sock, const void *attach, size_t len, struct dxg_attach_reply *ret_reply,
		    int ret_fds[DXG_ATTACH_FDS])
{
	char control[CMSG_SPACE(8 * sizeof(int))];
	struct iovec iov = { .iov_base = ret_reply, .iov_len = sizeof(*ret_reply) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t n;

	if (len && send(sock, attach, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 0;
	if (!poll_one(sock, WIRE_TIMEOUT_MS))
		return -ETIMEDOUT;
	n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return 0; /* reset: dxgd closed with our bytes unread */
	take_fds(&msg, ret_fds);
	return n;
}

static struct wire *wire_new(int sock, const int fds[DXG_ATTACH_FDS])
{
	struct wire *wire = calloc(1, sizeof(*wire));
	unsigned int i;

	assert_non_null(wire);
	wire->sock = sock;
	wire->shm = fds[0];
	for (i = 0; i < DXG_CHANNELS; i++) {
		wire->bell_out[i] = fds[1];
		wire->bell_in[i] = fds[2];
	}
	return wire;
}

void wire_map(struct wire *wire)
{
	struct stat st;
	const char *bad;
	unsigned int i;

	assert_int_equal(fstat(wire->shm, &st), 0);
	wire->size = (uint64_t)st.st_size;
	wire->base = mmap(NULL, wire->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			  wire->shm, 0);
	assert_ptr_not_equal(wire->base, MAP_FAILED);
	memcpy(&wire->header, wire->base, sizeof(wire->header));
	bad = dxg_region_check(&wire->header, wire->size, DXG_CHANNELS);
	if (bad)
		fail_msg("the region's header lies in %s", bad);
	for (i = 0; i < DXG_CHANNELS; i++) {
		const struct dxg_region_channel *c = &wire->header.channel[i];

		dxg_ring_init(&wire->tx[i], wire->base + c->to_host.ctl,
			      wire->base + c->to_host.data, c->to_host.size);
		dxg_ring_init(&wire->rx[i], wire->base + c->to_guest.ctl,
			      wire->base + c->to_guest.data, c->to_guest.size);
	}
	TAILQ_INIT(&wire->stash);
}

int wire_try_open(const char *path, const char *name, struct wire **ret_wire)
{
	struct dxg_attach attach = wire_attach_name(name);
	struct dxg_attach_reply reply;
	int fds[DXG_ATTACH_FDS];
	int sock = wire_connect(path, SOCK_SEQPACKET);

	if (sock < 0)
		return -errno;
	assert_int_equal(wire_attach(sock, &attach, sizeof(attach), &reply, fds), sizeof(reply));
	assert_int_equal(reply.magic, DXG_ATTACH_MAGIC);
	assert_int_equal(reply.version, DXG_ATTACH_VERSION);
	if (reply.status) {
		close(sock);
		return reply.status;
	}
	assert_true(fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0);
	*ret_wire = wire_new(sock, fds);
	wire_map(*ret_wire);
	assert_int_equal((*ret_wire)->size, reply.region_size);
	return 0;
}

struct wire *wire_open(const char *path, const char *name)
{
	struct wire *wire = NULL;

	assert_int_equal(wire_try_open(path, name, &wire), 0);
	return wire;
}

void wire_close(struct wire *wire)
{
	struct wire_packet *packet;
	unsigned int i;

	if (!wire)
		return;
	while ((packet = TAILQ_FIRST(&wire->stash))) {
		TAILQ_REMOVE(&wire->stash, packet, link);
		free(packet);
	}
	munmap(wire->base, wire->size);
	close(wire->sock);
	close(wire->shm);
	for (i = 0; i < DXG_CHANNELS; i++) {
		if (!i || wire->bell_out[i] != wire->bell_out[0])
			close(wire->bell_out[i]);
		if (!i || wire->bell_in[i] != wire->bell_in[0])
			close(wire->bell_in[i]);
	}
	free(wire);
}

/* ---- messages ---- */

struct dxg_msg_header wire_vm(uint32_t type, uint32_t process)
{
	return (struct dxg_msg_header){
		.process = process,
		.channel = DXG_MSG_VM_TO_HOST,
		.type = type,
	};
}

struct dxg_msg_header wire_vgpu(uint32_t type, uint32_t process)
{
	return (struct dxg_msg_header){
		.process = process,
		.channel = DXG_MSG_VGPU_TO_HOST,
		.type = type,
	};
}

struct dxg_msg_header wire_async(uint32_t type, uint32_t process)
{
	return (struct dxg_msg_header){
		.process = process,
		.channel = DXG_MSG_VGPU_TO_HOST | DXG_MSG_ASYNC,
		.type = type,
	};
}

void wire_msg_init(struct wire_msg *msg, const struct wire *wire, const void *body, size_t len)
{
	struct dxg_msg_ext ext = { .command_offset = sizeof(ext) };
	struct dxg_msg_header h;

	memcpy(&h, body, sizeof(h));
	if ((h.channel & 0xff) == DXG_MSG_VGPU_TO_HOST) {
		ext.vgpu_luid_low = wire->header.vgpu_luid_low;
		ext.vgpu_luid_high = wire->header.vgpu_luid_high;
	}
	msg->len = 0;
	wire_msg_add(msg, &ext, sizeof(ext));
	wire_msg_add(msg, body, len);
}

void wire_msg_add(struct wire_msg *msg, const void *data, size_t len)
{
	assert_true(len <= sizeof(msg->bytes) - msg->len);
	if (len)
		memcpy(msg->bytes + msg->len, data, len);
	msg->len += (uint32_t)len;
}

void wire_msg_zero(struct wire_msg *msg, size_t len)
{
	assert_true(len <= sizeof(msg->bytes) - msg->len);
	memset(msg->bytes + msg->len, 0, len);
	msg->len += (uint32_t)len;
}

/* ---- sending ---- */

void wire_ring(struct wire *wire, uint32_t vector)
{
	uint64_t one = 1;

	assert_int_equal(write(wire->bell_out[vector], &one, sizeof(one)), sizeof(one));
	wire->rung++;
}

int wire_put(struct wire *wire, uint32_t channel, uint16_t kind, uint64_t id, const void *payload,
	     uint32_t len)
{
	struct dxg_ring_part part = { .base = payload, .len = len };

	return dxg_ring_put(&wire->tx[channel], kind, id, &part, 1);
}

void wire_flush(struct wire *wire, uint32_t channel)
{
	if (dxg_ring_publish(&wire->tx[channel]))
		wire_ring(wire, wire->header.channel[channel].to_host.vector);
}

/* Arm both rings' doorbells. Return: true when there is something to be read already. */
static bool wire_arm(struct wire *wire)
{
	bool ready = false;
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++)
		ready |= dxg_ring_arm_data(&wire->rx[i]);
	return ready;
}

static void drain(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0)
		return; /* nothing in it: dxgd may have made it non-blocking */
}

/* Sleep until a doorbell or the end. Return: 0, -ECONNRESET, -ETIMEDOUT. */
static int wire_sleep(struct wire *wire, int64_t deadline)
{
	struct pollfd pfd[3] = { { .fd = wire->sock, .events = POLLIN },
				 { .fd = wire->bell_in[0], .events = POLLIN },
				 { .fd = wire->bell_in[1], .events = POLLIN } };
	int64_t left = deadline - now_ms();
	nfds_t n = wire->bell_in[1] == wire->bell_in[0] ? 2 : 3;
	nfds_t i;
	char byte;

	if (left <= 0)
		return -ETIMEDOUT;
	if (poll(pfd, n, (int)left) < 0)
		return 0;
	for (i = 1; i < n; i++)
		if (pfd[i].revents & POLLIN)
			drain(pfd[i].fd);
	if (pfd[0].revents && recv(wire->sock, &byte, 1, MSG_DONTWAIT | MSG_PEEK) <= 0 &&
	    errno != EAGAIN) {
		wire->ended = true;
		return -ECONNRESET;
	}
	return 0;
}

/* Wait until a packet of @len bytes fits. */
static void wire_wait_space(struct wire *wire, uint32_t channel, uint32_t len)
{
	int64_t deadline = now_ms() + WIRE_TIMEOUT_MS;
	int fits;

	while (!(fits = dxg_ring_arm_space(&wire->tx[channel], len))) {
		assert_true(wire_pull(wire) >= 0);
		if (!wire_arm(wire))
			assert_int_equal(wire_sleep(wire, deadline), 0);
	}
	assert_int_equal(fits, 1);
}

void wire_send(struct wire *wire, uint32_t channel, uint16_t kind, uint64_t id, const void *payload,
	       uint32_t len)
{
	int err = wire_put(wire, channel, kind, id, payload, len);

	while (err == -EAGAIN) {
		wire_flush(wire, channel);
		wire_wait_space(wire, channel, len);
		err = wire_put(wire, channel, kind, id, payload, len);
	}
	assert_int_equal(err, 0);
	wire_flush(wire, channel);
}

uint64_t wire_request(struct wire *wire, const struct wire_msg *msg)
{
	uint64_t id = ++wire->next_id;

	wire_send(wire, DXG_CHANNEL_GLOBAL, DXG_PACKET_REQUEST, id, msg->bytes, msg->len);
	return id;
}

void wire_post(struct wire *wire, const struct wire_msg *msg)
{
	wire_send(wire, DXG_CHANNEL_GLOBAL, DXG_PACKET_MESSAGE, 0, msg->bytes, msg->len);
}

void wire_set_head(struct wire *wire, uint32_t channel, uint32_t head)
{
	wire->tx[channel].pos = head;
	wire->tx[channel].published = head;
	dxg_store_release(&wire->tx[channel].ctl->head, head);
	wire_ring(wire, wire->header.channel[channel].to_host.vector);
}

void wire_put_bytes(struct wire *wire, uint32_t channel, const void *bytes, uint32_t len,
		    uint32_t advance)
{
	dxg_ring_copy_in(&wire->tx[channel], wire->tx[channel].pos, bytes, len);
	wire_set_head(wire, channel, wire->tx[channel].pos + advance);
}

/* ---- receiving ---- */

static int wire_pull_ring(struct wire *wire, uint32_t channel)
{
	struct dxg_ring *ring = &wire->rx[channel];
	struct wire_packet *packet;
	struct dxg_packet h;
	int n = 0, found;

	while ((found = dxg_ring_peek(ring, &h)) > 0) {
		packet = malloc(sizeof(*packet) + h.length);
		assert_non_null(packet);
		packet->h = h;
		packet->channel = channel;
		dxg_ring_read(ring, 0, packet->payload, h.length);
		dxg_ring_consume(ring, h.length);
		TAILQ_INSERT_TAIL(&wire->stash, packet, link);
		n++;
	}
	if (dxg_ring_release(ring))
		wire_ring(wire, wire->header.channel[channel].to_host.vector);
	return found < 0 ? found : n;
}

int wire_pull(struct wire *wire)
{
	int first = wire_pull_ring(wire, DXG_CHANNEL_GLOBAL);
	int second = wire_pull_ring(wire, DXG_CHANNEL_VGPU);

	return first < 0 ? first : second < 0 ? second : first + second;
}

/* struct wire_want - which packet is asked for: of a kind (0: any) and, for replies, an id. */
struct wire_want {
	uint16_t kind;
	uint64_t id;
};

static struct wire_packet *wire_find(struct wire *wire, const struct wire_want *want)
{
	struct wire_packet *packet;

	TAILQ_FOREACH (packet, &wire->stash, link) {
		if (want->kind && packet->h.kind != want->kind)
			continue;
		if (want->kind == DXG_PACKET_REPLY && packet->h.id != want->id)
			continue;
		TAILQ_REMOVE(&wire->stash, packet, link);
		return packet;
	}
	return NULL;
}

static int wire_take(struct wire *wire, const struct wire_want *want,
		     struct wire_packet **ret_packet)
{
	int64_t deadline = now_ms() + WIRE_TIMEOUT_MS;
	int err = 0;

	for (;;) {
		assert_true(wire_pull(wire) >= 0);
		*ret_packet = wire_find(wire, want);
		if (*ret_packet || err)
			return *ret_packet ? 0 : err;
		if (!wire_arm(wire))
			err = wire_sleep(wire, deadline);
	}
}

static int wire_take_payload(struct wire *wire, const struct wire_want *want, void *ret,
			     uint32_t room)
{
	struct wire_packet *packet;
	int err = wire_take(wire, want, &packet);

	if (err)
		return err;
	if (room)
		memcpy(ret, packet->payload, packet->h.length < room ? packet->h.length : room);
	err = (int)packet->h.length;
	free(packet);
	return err;
}

int wire_reply(struct wire *wire, uint64_t id, void *ret, uint32_t room)
{
	struct wire_want want = { .kind = DXG_PACKET_REPLY, .id = id };

	return wire_take_payload(wire, &want, ret, room);
}

int wire_call(struct wire *wire, const struct wire_msg *msg, void *ret, uint32_t room)
{
	return wire_reply(wire, wire_request(wire, msg), ret, room);
}

int32_t wire_status(struct wire *wire, const struct wire_msg *msg)
{
	struct dxg_msg_status reply;
	int n = wire_call(wire, msg, &reply, sizeof(reply));

	assert_true(n >= (int)sizeof(reply));
	return reply.status;
}

int wire_event(struct wire *wire, void *ret, uint32_t room)
{
	struct wire_want want = { .kind = DXG_PACKET_MESSAGE };

	return wire_take_payload(wire, &want, ret, room);
}

struct wire_packet *wire_any(struct wire *wire)
{
	struct wire_want want = { 0 };
	struct wire_packet *packet;
	int err = wire_take(wire, &want, &packet);

	assert_int_not_equal(err, -ETIMEDOUT);
	return err ? NULL : packet;
}

unsigned int wire_pending_events(struct wire *wire)
{
	struct wire_packet *packet;
	unsigned int n = 0;

	assert_true(wire_pull(wire) >= 0);
	TAILQ_FOREACH (packet, &wire->stash, link)
		n += packet->h.kind == DXG_PACKET_MESSAGE;
	return n;
}

bool wire_wait_end(struct wire *wire)
{
	int64_t deadline = now_ms() + WIRE_TIMEOUT_MS;
	int err = wire->ended ? -ECONNRESET : 0;

	while (!err)
		err = wire_sleep(wire, deadline);
	return err == -ECONNRESET;
}

bool wire_is_alive(struct wire *wire)
{
	struct dxg_msg_header body = wire_vgpu(DXG_MSG_GETINTERNALADAPTERINFO, 0);
	struct dxg_msg_getinternaladapterinfo_return reply;
	struct wire_msg msg;

	wire_msg_init(&msg, wire, &body, sizeof(body));
	return wire_call(wire, &msg, &reply, sizeof(reply)) == (int)sizeof(reply);
}

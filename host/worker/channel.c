// SPDX-License-Identifier: MIT
/*
 * channel - see channel.h.
 *
 * Spinning: a wait that ended within SPIN_NEAR_NS tells that dxgd is busy with us, and the next one
 * spins up to SPIN_MAX_NS before it sleeps; a longer wait turns spinning off until the next short
 * one. So an idle worker sleeps, and a ping-pong pays no wake-up. The spin yields the CPU, because
 * on a small machine the peer may be waiting for this very one.
 *
 * Descriptors come over the socket, each sent before the packet that wants it; so whoever handles
 * that packet finds it, and sleeping looks at the socket for its end only.
 *
 * Locks: tx_lock orders everything that touches the to-dxgd ring and the list of kept replies. The
 * other ring has one user at a time, the reader.
 */
#include "worker/channel.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SPIN_MAX_NS 50000u
#define SPIN_NEAR_NS 150000u
#define SPIN_PAUSES 32

/* A reply that did not fit when it was sent. */
struct kept_reply {
	struct kept_reply *next;
	uint64_t id;
	uint32_t size;
	uint8_t payload[];
};

struct channel {
	uint8_t *memory;
	int wake;
	int wake_dxgd;
	int socket;
	/* reader's */
	struct dxg_ring rx;
	bool spin;
	uint64_t buffer[DXG_MESSAGE_MAX / sizeof(uint64_t)];
	/* under tx_lock */
	pthread_mutex_t tx_lock;
	struct dxg_ring tx;
	struct kept_reply *kept;
	struct kept_reply **kept_end;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void ring_doorbell(int fd)
{
	uint64_t one = 1;

	/* An eventfd at its limit is readable already: EAGAIN loses nothing. */
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

int channel_create(int memory, int wake, int wake_dxgd, int socket, struct channel **ret)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	void *map;

	if (!ch)
		return -ENOMEM;
	map = mmap(NULL, IPC_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (map == MAP_FAILED) {
		int err = -errno;

		free(ch);
		return err;
	}
	close(memory);
	ch->memory = map;
	ch->wake = wake;
	ch->wake_dxgd = wake_dxgd;
	ch->socket = socket;
	ch->kept_end = &ch->kept;
	pthread_mutex_init(&ch->tx_lock, NULL);
	dxg_ring_init(&ch->rx, ch->memory + IPC_TO_WORKER_CTL, ch->memory + IPC_TO_WORKER_DATA,
		      IPC_RING_SIZE);
	dxg_ring_init(&ch->tx, ch->memory + IPC_TO_DXGD_CTL, ch->memory + IPC_TO_DXGD_DATA,
		      IPC_RING_SIZE);
	*ret = ch;
	return 0;
}

void channel_destroy(struct channel *ch)
{
	if (!ch)
		return;
	while (ch->kept) {
		struct kept_reply *kept = ch->kept;

		ch->kept = kept->next;
		free(kept);
	}
	munmap(ch->memory, IPC_MEMORY_SIZE);
	close(ch->wake);
	close(ch->wake_dxgd);
	pthread_mutex_destroy(&ch->tx_lock);
	free(ch);
}

/* ---- sending ---- */

static int tx_put_locked(struct channel *ch, uint64_t id, const void *payload, uint32_t size)
{
	struct dxg_ring_part part = { payload, size };

	return dxg_ring_put(&ch->tx, DXG_PACKET_REPLY, id, &part, 1);
}

static void tx_publish_locked(struct channel *ch)
{
	if (dxg_ring_publish(&ch->tx))
		ring_doorbell(ch->wake_dxgd);
}

/* Send what was kept; -EAGAIN when some of it still has to wait. */
static int tx_flush_locked(struct channel *ch)
{
	while (ch->kept) {
		struct kept_reply *kept = ch->kept;
		int err = tx_put_locked(ch, kept->id, kept->payload, kept->size);

		if (err == -EAGAIN) {
			tx_publish_locked(ch);
			err = dxg_ring_arm_space(&ch->tx, kept->size);
			if (err == 1)
				continue;
			return err ? err : -EAGAIN;
		}
		if (err)
			return err;
		ch->kept = kept->next;
		if (!ch->kept)
			ch->kept_end = &ch->kept;
		free(kept);
	}
	tx_publish_locked(ch);
	return 0;
}

static int tx_keep_locked(struct channel *ch, uint64_t id, const void *payload, uint32_t size)
{
	struct kept_reply *kept = malloc(sizeof(*kept) + size);
	int err;

	if (!kept)
		return -ENOMEM;
	kept->next = NULL;
	kept->id = id;
	kept->size = size;
	memcpy(kept->payload, payload, size);
	*ch->kept_end = kept;
	ch->kept_end = &kept->next;
	err = tx_flush_locked(ch);
	return err == -EAGAIN ? 0 : err;
}

int channel_reply(struct channel *ch, uint64_t id, const void *payload, uint32_t size)
{
	int err = -EAGAIN;

	pthread_mutex_lock(&ch->tx_lock);
	if (!ch->kept)
		err = tx_put_locked(ch, id, payload, size);
	if (err == -EAGAIN)
		err = tx_keep_locked(ch, id, payload, size);
	else if (!err)
		tx_publish_locked(ch);
	pthread_mutex_unlock(&ch->tx_lock);
	return err;
}

static int tx_flush(struct channel *ch)
{
	int err;

	pthread_mutex_lock(&ch->tx_lock);
	err = ch->kept ? tx_flush_locked(ch) : 0;
	pthread_mutex_unlock(&ch->tx_lock);
	return err == -EAGAIN ? 0 : err;
}

/* ---- receiving ---- */

static bool rx_ready(const struct channel *ch)
{
	return dxg_load(&ch->rx.ctl->head) != ch->rx.pos;
}

static bool rx_spin(struct channel *ch, uint64_t start)
{
	int i;

	do {
		for (i = 0; i < SPIN_PAUSES; i++) {
			if (rx_ready(ch))
				return true;
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause();
#endif
		}
		sched_yield();
	} while (now_ns() - start < SPIN_MAX_NS);
	return false;
}

/* Sleep until the doorbell or the end of the socket. */
static int rx_sleep(struct channel *ch)
{
	struct pollfd fd[2] = {
		{ .fd = ch->wake, .events = POLLIN },
		{ .fd = ch->socket, .events = POLLRDHUP },
	};
	uint64_t count;

	if (poll(fd, 2, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fd[1].revents)
		return -EPIPE;
	if (fd[0].revents && read(ch->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return -errno;
	return tx_flush(ch);
}

static int rx_wait(struct channel *ch)
{
	uint64_t start = now_ns();
	bool found = ch->spin && rx_spin(ch, start);
	int err = 0;

	while (!found && !err && !dxg_ring_arm_data(&ch->rx))
		err = rx_sleep(ch);
	ch->spin = now_ns() - start < SPIN_NEAR_NS;
	return err;
}

int channel_receive(struct channel *ch, struct dxg_packet *ret_packet, void **ret_payload)
{
	struct dxg_packet packet;
	int err;

	for (;;) {
		err = dxg_ring_peek(&ch->rx, &packet);
		if (err < 0)
			return err;
		if (err)
			break;
		err = rx_wait(ch);
		if (err)
			return err;
	}
	dxg_ring_read(&ch->rx, 0, ch->buffer, packet.length);
	dxg_ring_consume(&ch->rx, packet.length);
	if (dxg_ring_release(&ch->rx))
		ring_doorbell(ch->wake_dxgd);
	*ret_packet = packet;
	*ret_payload = ch->buffer;
	return 0;
}

/* ---- descriptors ---- */

int channel_take(struct channel *ch, uint64_t id, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct ipc_pass pass;
	struct iovec iov = { &pass, sizeof(pass) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;
	int fd = -1;

	do {
		n = recvmsg(ch->socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (!n || (n < 0 && errno == ECONNRESET))
		return -EPIPE;
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if (fd >= 0 && n == sizeof(pass) && pass.id == id) {
		*ret_fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return -EPROTO;
}

// SPDX-License-Identifier: MIT
/*
 * machine: see machine.h.
 */
#include "machine.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cm.h"

/* One message of the ivshmem-server protocol: a number and at most one descriptor (-1: none). */
static int64_t greeting(int sock, int *ret_fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	int64_t number;
	struct iovec iov = { .iov_base = &number, .iov_len = sizeof(number) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;

	assert_int_equal(poll(&pfd, 1, WIRE_TIMEOUT_MS), 1);
	assert_int_equal(recvmsg(sock, &msg, MSG_CMSG_CLOEXEC), sizeof(number));
	cmsg = CMSG_FIRSTHDR(&msg);
	*ret_fd = -1;
	if (cmsg)
		memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(int));
	return number;
}

int machine_connect(const struct daemon *daemon, const char *vgpu)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/vgpu-%s.ivshmem", daemon->dir, vgpu);
	return wire_connect(path, SOCK_STREAM);
}

struct wire *machine_plug(const struct daemon *daemon, const char *vgpu)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	int64_t own;
	int fd, i;

	wire->sock = machine_connect(daemon, vgpu);
	assert_true(wire->sock >= 0);
	assert_int_equal(greeting(wire->sock, &fd), 0); /* protocol version */
	assert_int_equal(fd, -1);
	own = greeting(wire->sock, &fd);
	assert_true(own > 0 && own < 65536);
	assert_int_equal(fd, -1);
	assert_int_equal(greeting(wire->sock, &wire->shm), -1);
	assert_true(wire->shm >= 0);
	for (i = 0; i < 2 * (int)DXG_CHANNELS; i++) {
		int64_t peer = greeting(wire->sock, &fd);

		assert_true(fd >= 0);
		/* All vectors of dxgd (peer 0) first, then our own, as a server announces peers. */
		assert_int_equal(peer, i < (int)DXG_CHANNELS ? 0 : own);
		if (peer == 0)
			wire->bell_out[i] = fd;
		else
			wire->bell_in[i - (int)DXG_CHANNELS] = fd;
	}
	wire_map(wire);
	return wire;
}

struct dxg_region_header *machine_header(const struct wire *wire)
{
	return (struct dxg_region_header *)(void *)wire->base;
}

void machine_wait_word(struct wire *wire, const uint32_t *word, uint32_t value)
{
	struct pollfd pfd[3] = { { .fd = wire->bell_in[0], .events = POLLIN },
				 { .fd = wire->bell_in[1], .events = POLLIN },
				 { .fd = wire->sock, .events = POLLIN } };
	uint64_t count;
	int i;

	while (dxg_load_acquire(word) != value) {
		assert_true(poll(pfd, 3, WIRE_TIMEOUT_MS) > 0);
		assert_false(pfd[2].revents);
		for (i = 0; i < 2; i++)
			if (pfd[i].revents)
				assert_int_equal(read(pfd[i].fd, &count, 8), 8);
	}
}

void machine_take_over(struct wire *wire, uint32_t epoch)
{
	dxg_store(&machine_header(wire)->epoch, epoch);
	wire_ring(wire, DXG_CHANNEL_GLOBAL);
	machine_wait_word(wire, &machine_header(wire)->epoch_ack, epoch);
	for (unsigned int i = 0; i < DXG_CHANNELS; i++) {
		wire->tx[i].pos = wire->tx[i].published = wire->tx[i].peer = 0;
		wire->rx[i].pos = wire->rx[i].published = wire->rx[i].peer = 0;
		assert_int_equal(wire->tx[i].ctl->head | wire->tx[i].ctl->tail, 0);
		assert_int_equal(wire->rx[i].ctl->head | wire->rx[i].ctl->tail, 0);
	}
}

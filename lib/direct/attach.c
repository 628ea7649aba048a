/* SPDX-License-Identifier: MIT */
/*
 * attach.c - the handshake on dxgd's socket (dxgwire/attach.h): one message out, one with three
 * descriptors back, until a deadline. Descriptors that come with a bad answer are closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "direct.h"
#include "dxgwire/attach.h"

static void attach_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* A full backlog and a missing listener are the same to a caller: nobody serves. */
static int attach_connect(const char *path, int *ret_fd)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	__attribute__((cleanup(attach_close))) int fd = -1;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -EINVAL;
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return errno == EACCES || errno == EPERM ? -EACCES : -ENODEV;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int attach_ask(int fd, const char *vgpu)
{
	struct dxg_attach ask = {
		.magic = DXG_ATTACH_MAGIC,
		.version = DXG_ATTACH_VERSION,
	};

	if (strlen(vgpu) >= sizeof(ask.vgpu))
		return -EINVAL;
	memcpy(ask.vgpu, vgpu, strlen(vgpu));
	if (send(fd, &ask, sizeof(ask), MSG_NOSIGNAL) != sizeof(ask))
		return -ENODEV;
	return 0;
}

/* Take every descriptor that came along. Return: how many there were. */
static unsigned int attach_take_fds(struct msghdr *msg, int fd[DXG_ATTACH_FDS])
{
	struct cmsghdr *c;
	unsigned int n = 0, i, count;
	int got;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(got));
			if (n < DXG_ATTACH_FDS)
				fd[n] = got;
			else
				close(got);
			n++;
		}
	}
	return n;
}

/* What an answer says, its form aside. */
static int attach_judge(const struct dxg_attach_reply *reply, ssize_t length, unsigned int fds)
{
	if (length != sizeof(*reply) || reply->magic != DXG_ATTACH_MAGIC ||
	    reply->version != DXG_ATTACH_VERSION || reply->reserved)
		return -EPROTO;
	if (reply->status)
		return reply->status < 0 ? reply->status : -EPROTO;
	return fds == DXG_ATTACH_FDS ? 0 : -EPROTO;
}

static int attach_answer(int sock, uint64_t deadline, int fd[DXG_ATTACH_FDS], uint64_t *ret_size)
{
	union {
		char bytes[CMSG_SPACE(DXG_ATTACH_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct dxg_attach_reply reply = { 0 };
	struct iovec iov = { &reply, sizeof(reply) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd p = { .fd = sock, .events = POLLIN };
	unsigned int fds;
	ssize_t length;
	int err;

	while ((err = poll(&p, 1, deadline_left_ms(deadline))) < 0 && errno == EINTR)
		;
	if (err <= 0)
		return -ENODEV;
	length = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (length <= 0)
		return -ENODEV;
	fds = attach_take_fds(&msg, fd);
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EPROTO;
	err = attach_judge(&reply, length, fds);
	if (!err)
		*ret_size = reply.region_size;
	return err;
}

/* Descriptors: region, doorbell to dxgd, doorbell to us. */
/* The doorbells are shared with dxgd, which does not block on them either. */
static int attach_unblock(const int fd[DXG_ATTACH_FDS])
{
	if (fcntl(fd[1], F_SETFL, O_RDWR | O_NONBLOCK) ||
	    fcntl(fd[2], F_SETFL, O_RDWR | O_NONBLOCK))
		return -errno;
	return 0;
}

static int attach_on(int sock, const char *vgpu, uint64_t deadline, int fd[DXG_ATTACH_FDS],
		     uint64_t *ret_size)
{
	int err = attach_ask(sock, vgpu);

	if (!err)
		err = attach_answer(sock, deadline, fd, ret_size);
	return err ? err : attach_unblock(fd);
}

int attach(const char *path, const char *vgpu, uint64_t deadline, struct channel_fds *ret_fds,
	   int *ret_region, uint64_t *ret_size)
{
	int fd[DXG_ATTACH_FDS] = { -1, -1, -1 }, sock = -1, err;
	unsigned int i;

	err = attach_connect(path, &sock);
	if (err)
		return err;
	err = attach_on(sock, vgpu, deadline, fd, ret_size);
	if (err) {
		close(sock);
		for (i = 0; i < DXG_ATTACH_FDS; i++)
			attach_close(&fd[i]);
		return err;
	}
	*ret_region = fd[0];
	ret_fds->socket = sock;
	ret_fds->to_host = fd[1];
	ret_fds->to_guest = fd[2];
	return 0;
}

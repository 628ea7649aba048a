// SPDX-License-Identifier: MIT
/*
 * start - see start.h. Runs in the sandbox, before any thread exists.
 */
#include "worker/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dxgwire/hugemap.h"
#include "worker/sanitizer.h"
#include "worker/server.h"

#if WORKER_ASAN
#include <sanitizer/lsan_interface.h>
#endif

/* Descriptors of the message, in order; the region is missing when region_size is 0. */
enum start_fd {
	START_FD_MEMORY,
	START_FD_WAKE,
	START_FD_WAKE_DXGD,
	START_FD_REGION,
	START_FDS,
};

struct start_message {
	struct ipc_start start;
	int fd[START_FDS];
	unsigned int fds;
};

static void take_fds(const struct msghdr *msg, struct start_message *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	m->fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (m->fds > START_FDS)
		m->fds = START_FDS;
	memcpy(m->fd, CMSG_DATA(c), m->fds * sizeof(int));
}

static int receive(int socket, struct start_message *m)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(START_FDS * sizeof(int))];
	} control;
	struct iovec iov = { &m->start, sizeof(m->start) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	do {
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (!n)
		return -EPIPE;
	take_fds(&msg, m);
	if (n != sizeof(m->start) || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		server_log("start message: %zd bytes, %u descriptors", n, m->fds);
		return -EPROTO;
	}
	return 0;
}

static const char *check(const struct start_message *m)
{
	const struct ipc_start *s = &m->start;

	if (s->version != IPC_VERSION)
		return "version";
	if (s->backend > IPC_BACKEND_OPENCL)
		return "backend";
	if (s->force_discrete > 1)
		return "force_discrete";
	if (s->flags & ~IPC_START_CACHE)
		return "flags";
	if (m->fds != (s->region_size ? START_FDS : START_FD_REGION))
		return "descriptors";
	if (s->io_offset > s->region_size || s->io_size > s->region_size - s->io_offset)
		return "io_size";
	if (s->io_offset % DXG_PAGE_SIZE)
		return "io_offset";
	return NULL;
}

static int map_io(const struct start_message *m, struct start *ret)
{
	void *io = NULL;

	if (!m->start.region_size)
		return 0;
	if (m->start.io_size) {
		io = hugemap(m->fd[START_FD_REGION], m->start.io_offset, m->start.io_size);
		if (io == MAP_FAILED) {
			server_log("cannot map %llu bytes of the region", m->start.io_size);
			return -ENOMEM;
		}
	}
	close(m->fd[START_FD_REGION]);
	ret->io = io;
	ret->io_size = m->start.io_size;
	return 0;
}

int start_receive(int socket, struct start *ret)
{
	struct start_message m = { 0 };
	struct start start = { 0 };
	const char *bad;
	int err;

	err = receive(socket, &m);
	if (err)
		return err;
	bad = check(&m);
	if (bad) {
		server_log("start message: %s is wrong", bad);
		return -EPROTO;
	}
	err = map_io(&m, &start);
	if (err)
		return err;
	start.backend = m.start.backend;
	start.config.platform = m.start.platform;
	start.config.device = m.start.device;
	start.config.force_discrete = m.start.force_discrete;
	start.cache = m.start.flags & IPC_START_CACHE;
	start.memory = m.fd[START_FD_MEMORY];
	start.wake = m.fd[START_FD_WAKE];
	start.wake_dxgd = m.fd[START_FD_WAKE_DXGD];
	*ret = start;
	return 0;
}

noreturn void start_exit(int status)
{
#if WORKER_ASAN
	if (__lsan_do_recoverable_leak_check())
		status = EXIT_FAILURE;
#endif
	_exit(status);
}

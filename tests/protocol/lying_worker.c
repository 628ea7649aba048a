// SPDX-License-Identifier: MIT
/*
 * lying_worker: a dxg-worker that somebody has taken over: it answers as long as dxgd only wants it
 * described, and tells one lie, named by $DXG_TEST_LIE, when it is to answer its first escape; or
 * it lies about the device it is to describe. It dies with dxgd.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "ipc/ipc.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

/** struct worker - its rings, and the request it is at. */
struct worker {
	struct dxg_ring rx;
	struct dxg_ring tx;
	int wake;
	int wake_dxgd;
	struct dxg_packet packet;
	uint64_t payload[DXG_MESSAGE_MAX / 8];
};

static struct worker w;

/* ---- messages with descriptors ---- */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(4 * sizeof(int))];
};

static void send_fd(const void *data, size_t size, int fd)
{
	union control control = { .bytes = { 0 } };
	struct iovec iov = { (void *)data, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	if (sendmsg(IPC_SOCKET_FD, &msg, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static ssize_t receive_fds(void *data, size_t size, int fd[4])
{
	union control control;
	struct iovec iov = { data, size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(IPC_SOCKET_FD, &msg, 0);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (c)
		memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return n;
}

/* ---- the rings ---- */

static void ring(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		_exit(1);
}

static void put(uint16_t kind, uint64_t id, const void *payload, uint32_t size)
{
	struct dxg_ring_part part = { payload, size };

	if (dxg_ring_put(&w.tx, kind, id, &part, 1))
		_exit(1);
	if (dxg_ring_publish(&w.tx))
		ring(w.wake_dxgd);
}

static void wait_packet(void)
{
	struct pollfd fd[2] = {
		{ .fd = w.wake, .events = POLLIN },
		{ .fd = IPC_SOCKET_FD, .events = POLLRDHUP },
	};
	uint64_t count;

	if (dxg_ring_arm_data(&w.rx))
		return;
	if (poll(fd, 2, -1) < 0 || fd[1].revents)
		_exit(0);
	if (read(w.wake, &count, sizeof(count)) < 0)
		_exit(1);
}

static void next_packet(void)
{
	while (dxg_ring_peek(&w.rx, &w.packet) != 1)
		wait_packet();
	dxg_ring_read(&w.rx, 0, w.payload, w.packet.length);
	dxg_ring_consume(&w.rx, w.packet.length);
	if (dxg_ring_release(&w.rx))
		ring(w.wake_dxgd);
}

/* ---- the lies ---- */

static void reply_with(uint16_t kind, uint64_t id, uint32_t op, uint32_t reserved, uint32_t size)
{
	struct ipc_header *h = (struct ipc_header *)w.payload;

	h->op = op;
	h->reserved = reserved;
	put(kind, id, w.payload, size);
}

static void lie_kind(void)
{
	reply_with(DXG_PACKET_MESSAGE, w.packet.id, IPC_ESCAPE, 0, w.packet.length);
}

static void lie_id(void)
{
	reply_with(DXG_PACKET_REPLY, w.packet.id + 1, IPC_ESCAPE, 0, w.packet.length);
}

static void lie_op(void)
{
	reply_with(DXG_PACKET_REPLY, w.packet.id, IPC_EXEC, 0, w.packet.length);
}

static void lie_reserved(void)
{
	reply_with(DXG_PACKET_REPLY, w.packet.id, IPC_ESCAPE, 1, w.packet.length);
}

static void lie_short(void)
{
	reply_with(DXG_PACKET_REPLY, w.packet.id, IPC_ESCAPE, 0, sizeof(struct ipc_header));
}

static void lie_long(void)
{
	reply_with(DXG_PACKET_REPLY, w.packet.id, IPC_ESCAPE, 0, w.packet.length + 8);
}

/* Only a submission can stand aside. */
static void lie_aside(void)
{
	reply_with(DXG_PACKET_REPLY, w.packet.id, IPC_EXEC_ASIDE, 0, sizeof(struct ipc_header));
}

static void lie_ring(void)
{
	dxg_store_release(&w.tx.ctl->head, w.tx.pos + 3);
	ring(w.wake_dxgd);
}

static struct ipc_cache_request cache_request(uint32_t op, uint64_t size)
{
	return (struct ipc_cache_request){ .op = op, .size = size };
}

static void lie_cache_put(int seals, uint64_t size)
{
	struct ipc_cache_request request = cache_request(IPC_CACHE_PUT, size);
	int fd = memfd_create("lie", MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, 4096) || fcntl(fd, F_ADD_SEALS, seals))
		_exit(1);
	send_fd(&request, sizeof(request), fd);
}

static void lie_cache_unsealed(void)
{
	lie_cache_put(SEALS & ~F_SEAL_WRITE, 4096);
}

static void lie_cache_size(void)
{
	lie_cache_put(SEALS, 8192);
}

static void lie_cache_op(void)
{
	struct ipc_cache_request request = cache_request(99, 0);

	send_fd(&request, sizeof(request), -1);
}

static void lie_cache_length(void)
{
	uint8_t bytes[sizeof(struct ipc_cache_request) + 1] = { 0 };

	send_fd(bytes, sizeof(bytes), -1);
}

static void lie_cache_flood(void)
{
	struct ipc_cache_request request = cache_request(IPC_CACHE_GET, 1);

	send_fd(&request, sizeof(request), -1);
}

static const struct lie {
	const char *name;
	void (*tell)(void);
} lies[] = {
	{ "kind", lie_kind },
	{ "id", lie_id },
	{ "op", lie_op },
	{ "reserved", lie_reserved },
	{ "short", lie_short },
	{ "long", lie_long },
	{ "aside", lie_aside },
	{ "ring", lie_ring },
	{ "cache-unsealed", lie_cache_unsealed },
	{ "cache-size", lie_cache_size },
	{ "cache-op", lie_cache_op },
	{ "cache-length", lie_cache_length },
	{ "cache-question", lie_cache_flood },
};

static void tell_lie(void)
{
	const char *name = getenv("DXG_TEST_LIE");
	size_t i;

	for (i = 0; name && i < sizeof(lies) / sizeof(lies[0]); i++)
		if (!strcmp(lies[i].name, name))
			lies[i].tell();
}

/* ---- the worker ---- */

static bool lie_is(const char *name)
{
	const char *lie = getenv("DXG_TEST_LIE");

	return lie && !strcmp(lie, name);
}

static void describe(void)
{
	struct ipc_describe_reply reply = {
		.h.op = IPC_DESCRIBE,
		.flags = DXG_ADAPTER_NULL | DXG_ADAPTER_UNIFIED,
		.node_count = 1,
		.system_memory = UINT64_C(1) << 34,
		.name = "liar",
		.driver = "none",
	};

	if (lie_is("most-units"))
		reply.units = DXG_COMPUTE_UNITS_MAX;
	if (lie_is("too-many-units"))
		reply.units = DXG_COMPUTE_UNITS_MAX + 1;
	put(DXG_PACKET_REPLY, w.packet.id, &reply, sizeof(reply));
}

/* What is longer than one packet is said to be done; the rest stands aside, and has no end. */
static void execute(void)
{
	const struct ipc_exec *exec = (const struct ipc_exec *)w.payload;
	struct ipc_exec_reply reply = { .h.op = IPC_EXEC };
	bool ends = exec->size > sizeof(struct dxg_cmd_barrier);
	struct ipc_header aside = { .op = IPC_EXEC_ASIDE };
	uint32_t more = lie_is("aside-long") ? 8 : 0;
	uint8_t payload[sizeof(aside) + 8] = { 0 };

	memcpy(payload, &aside, sizeof(aside));
	put(DXG_PACKET_REPLY, w.packet.id, payload, (uint32_t)sizeof(aside) + more);
	if (lie_is("aside-twice"))
		put(DXG_PACKET_REPLY, w.packet.id, payload, sizeof(aside));
	if (ends)
		put(DXG_PACKET_REPLY, w.packet.id, &reply, sizeof(reply));
}

static void worker_main(void)
{
	struct ipc_start start;
	int fd[4] = { -1, -1, -1, -1 };
	uint8_t *memory;

	if (receive_fds(&start, sizeof(start), fd) != sizeof(start))
		_exit(0);
	memory = mmap(NULL, IPC_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd[0], 0);
	if (memory == MAP_FAILED)
		_exit(1);
	dxg_ring_init(&w.rx, memory + IPC_TO_WORKER_CTL, memory + IPC_TO_WORKER_DATA,
		      IPC_RING_SIZE);
	dxg_ring_init(&w.tx, memory + IPC_TO_DXGD_CTL, memory + IPC_TO_DXGD_DATA, IPC_RING_SIZE);
	w.wake = fd[1];
	w.wake_dxgd = fd[2];
	for (;;) {
		next_packet();
		if (((struct ipc_header *)w.payload)->op == IPC_DESCRIBE)
			describe();
		else if (((struct ipc_header *)w.payload)->op == IPC_ESCAPE)
			tell_lie();
		else if (((struct ipc_header *)w.payload)->op == IPC_EXEC)
			execute();
	}
}

/* ---- the zygote ---- */

static pid_t fork_worker(int socket)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	dup2(socket, IPC_SOCKET_FD);
	worker_main();
	_exit(0);
}

int main(void)
{
	struct ipc_forked reply;
	struct ipc_fork request;
	int fd[4], pidfd;

	signal(SIGPIPE, SIG_IGN);
	while (receive_fds(&request, sizeof(request), fd) == sizeof(request)) {
		reply.cookie = request.cookie;
		reply.pid = fork_worker(fd[0]);
		close(fd[0]);
		pidfd = (int)syscall(SYS_pidfd_open, (pid_t)reply.pid, 0);
		send_fd(&reply, sizeof(reply), pidfd);
		close(pidfd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 0;
}

// SPDX-License-Identifier: MIT
/*
 * harness - see harness.h. One test thread; nothing here is shared.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *worker_path(void)
{
	const char *path = getenv("DXG_WORKER");

	if (!path)
		fail_msg("DXG_WORKER does not name a dxg-worker");
	return path;
}

static void start(struct zygote *z, char *const *argv, char *const *env)
{
	int pair[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), errno);
	z->control = pair[0];
	z->cookie = 100;
	z->log = memfd_create("log", MFD_CLOEXEC);
	assert_return_code(z->log, errno);
	z->pid = fork();
	if (!z->pid) {
		/* 3 may be either of the two. */
		int fd = fcntl(pair[1], F_DUPFD, 10);

		int log = fcntl(z->log, F_DUPFD, 10);

		/* Every writer at its end, also the workers. */
		fcntl(log, F_SETFL, O_APPEND);
		dup2(fd, IPC_SOCKET_FD);
		dup2(log, STDERR_FILENO);
		close(fd);
		close(log);
		execve(argv[0], argv, env ? env : environ);
		_exit(127);
	}
	close(pair[1]);
}

void zygote_start(struct zygote *z, char *const *env)
{
	char *const argv[] = { (char *)worker_path(), "--zygote", NULL };

	start(z, argv, env);
}

void zygote_start_hiding(struct zygote *z, const char *folder)
{
	char *const argv[] = {
		(char *)worker_path(), "--zygote", "--hide", (char *)folder, NULL,
	};

	start(z, argv, NULL);
}

static char *log_text(const struct zygote *z)
{
	off_t size = lseek(z->log, 0, SEEK_END);
	char *text = calloc(1, size + 1);

	assert_non_null(text);
	assert_int_equal(pread(z->log, text, size, 0), size);
	return text;
}

unsigned int zygote_logged(const struct zygote *z, const char *text)
{
	char *log = log_text(z), *p = log;
	unsigned int n = 0;

	while ((p = strstr(p, text))) {
		p += strlen(text);
		n++;
	}
	free(log);
	return n;
}

/*
 * A vendor's driver still has threads when a worker ends, and LeakSanitizer, which reads their
 * thread-local storage, crashes when one is just going ("Tracer caught signal 11"). That is no
 * finding about us. It says its name twice then.
 */
static unsigned int zygote_findings(const struct zygote *z)
{
	return zygote_logged(z, "Sanitizer") -
	       2 * zygote_logged(z, "LeakSanitizer has encountered a fatal error");
}

void zygote_stop(struct zygote *z)
{
	char *text;
	int status;

	close(z->control);
	assert_int_equal(waitpid(z->pid, &status, 0), z->pid);
	text = log_text(z);
	fputs(text, stderr);
	free(text);
	assert_int_equal(zygote_findings(z), 0);
	assert_int_equal(zygote_logged(z, "runtime error"), 0);
	close(z->log);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void send_fds(int socket, const void *data, size_t size, const int *fd, unsigned int fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec iov = { (void *)data, size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = fds ? &control : NULL,
		.msg_controllen = fds ? CMSG_SPACE(fds * sizeof(int)) : 0,
	};

	memset(&control, 0, sizeof(control));
	if (fds) {
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(c), fd, fds * sizeof(int));
	}
	assert_int_equal(sendmsg(socket, &msg, MSG_NOSIGNAL), (ssize_t)size);
}

void worker_fork(struct zygote *z, struct worker *w)
{
	struct ipc_fork fork_request = { .cookie = ++z->cookie };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct ipc_forked reply;
	struct iovec iov = { &reply, sizeof(reply) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int pair[2];

	memset(w, 0, sizeof(*w));
	assert_return_code(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), errno);
	send_fds(z->control, &fork_request, sizeof(fork_request), &pair[1], 1);
	close(pair[1]);
	assert_int_equal(recvmsg(z->control, &msg, MSG_CMSG_CLOEXEC), sizeof(reply));
	assert_int_equal(reply.cookie, fork_request.cookie);
	assert_true(reply.pid > 0);
	assert_non_null(CMSG_FIRSTHDR(&msg));
	memcpy(&w->pidfd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	w->pid = (pid_t)reply.pid;
	w->socket = pair[0];
}

static int memory_file(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	assert_return_code(fd, errno);
	assert_return_code(ftruncate(fd, size), errno);
	return fd;
}

void worker_send_start(struct worker *w, const struct ipc_start *start, unsigned int fds)
{
	int memory = memory_file("ipc", IPC_MEMORY_SIZE);
	int region = memory_file("region", REGION_SIZE);
	int fd[4];

	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->wake_dxgd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->memory = mmap(NULL, IPC_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	w->io = mmap(NULL, IO_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, region, IO_OFFSET);
	assert_ptr_not_equal(w->memory, MAP_FAILED);
	assert_ptr_not_equal(w->io, MAP_FAILED);
	dxg_ring_init(&w->tx, w->memory + IPC_TO_WORKER_CTL, w->memory + IPC_TO_WORKER_DATA,
		      IPC_RING_SIZE);
	dxg_ring_init(&w->rx, w->memory + IPC_TO_DXGD_CTL, w->memory + IPC_TO_DXGD_DATA,
		      IPC_RING_SIZE);
	fd[0] = memory;
	fd[1] = w->wake;
	fd[2] = w->wake_dxgd;
	fd[3] = region;
	send_fds(w->socket, start, sizeof(*start), fd, fds);
	close(memory);
	close(region);
}

void worker_start(struct zygote *z, struct worker *w, uint32_t backend, bool discrete)
{
	struct ipc_start start = {
		.version = IPC_VERSION,
		.backend = backend,
		.platform = ~0u,
		.device = ~0u,
		.region_size = REGION_SIZE,
		.io_offset = IO_OFFSET,
		.io_size = IO_SIZE,
		.force_discrete = discrete,
	};

	worker_fork(z, w);
	worker_send_start(w, &start, 4);
}

pid_t worker_proper(pid_t pid)
{
	char path[64];
	int child;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%d", &child) != 1)
		child = (int)pid;
	fclose(f);
	return child;
}

void worker_wait_end(struct worker *w)
{
	struct pollfd fd = { .fd = w->pidfd, .events = POLLIN };

	assert_int_equal(poll(&fd, 1, ANSWER_SECONDS * 1000), 1);
}

void worker_fini(struct worker *w)
{
	munmap(w->memory, IPC_MEMORY_SIZE);
	munmap(w->io, IO_SIZE);
	close(w->pidfd);
	close(w->wake);
	close(w->wake_dxgd);
	if (w->socket >= 0)
		close(w->socket);
}

void worker_stop(struct worker *w)
{
	close(w->socket);
	w->socket = -1;
	worker_wait_end(w);
	worker_fini(w);
}

/* ---- rings ---- */

static void put(struct worker *w, uint16_t kind, uint64_t id, const void *payload, uint32_t size)
{
	struct dxg_ring_part part = { payload, size };
	uint64_t one = 1;

	assert_int_equal(dxg_ring_put(&w->tx, kind, id, &part, 1), 0);
	if (dxg_ring_publish(&w->tx))
		assert_int_equal(write(w->wake, &one, sizeof(one)), sizeof(one));
}

void send_state(struct worker *w, const void *payload, uint32_t size)
{
	put(w, DXG_PACKET_MESSAGE, 0, payload, size);
}

uint64_t send_request(struct worker *w, const void *payload, uint32_t size)
{
	put(w, DXG_PACKET_REQUEST, ++w->id, payload, size);
	return w->id;
}

bool nothing_to_receive(struct worker *w)
{
	struct dxg_packet packet = { 0 };
	struct ipc_header h;
	int there;

	while ((there = dxg_ring_peek(&w->rx, &packet)) == 1) {
		dxg_ring_read(&w->rx, 0, &h, sizeof(h));
		if (h.op != IPC_EXEC_ASIDE)
			return false;
		dxg_ring_consume(&w->rx, packet.length);
		w->asides++;
	}
	return !there;
}

static void wait_data(struct worker *w)
{
	struct pollfd fd[2] = {
		{ .fd = w->wake_dxgd, .events = POLLIN },
		{ .fd = w->pidfd, .events = POLLIN },
	};
	uint64_t count;

	if (dxg_ring_arm_data(&w->rx))
		return;
	assert_true(poll(fd, 2, ANSWER_SECONDS * 1000) > 0);
	if (!fd[0].revents)
		fail_msg("the worker died");
	assert_int_equal(read(w->wake_dxgd, &count, sizeof(count)), sizeof(count));
}

static uint64_t receive_any(struct worker *w, uint32_t *ret_size)
{
	struct dxg_packet packet = { 0 };
	uint64_t one = 1;
	int there;

	while (!(there = dxg_ring_peek(&w->rx, &packet)))
		wait_data(w);
	assert_int_equal(there, 1);
	assert_int_equal(packet.kind, DXG_PACKET_REPLY);
	dxg_ring_read(&w->rx, 0, w->packet_buffer, packet.length);
	dxg_ring_consume(&w->rx, packet.length);
	if (dxg_ring_release(&w->rx))
		assert_int_equal(write(w->wake, &one, sizeof(one)), sizeof(one));
	*ret_size = packet.length;
	return packet.id;
}

uint64_t receive(struct worker *w, uint32_t *ret_size)
{
	const struct ipc_header *h = (const struct ipc_header *)w->packet_buffer;
	uint64_t id = receive_any(w, ret_size);

	while (h->op == IPC_EXEC_ASIDE) {
		assert_int_equal(*ret_size, sizeof(*h));
		w->asides++;
		id = receive_any(w, ret_size);
	}
	return id;
}

void request(struct worker *w, const void *payload, uint32_t size, void *reply, uint32_t reply_size)
{
	uint64_t id = send_request(w, payload, size);
	uint32_t got;

	assert_int_equal(receive(w, &got), id);
	assert_int_equal(got, reply_size);
	assert_int_equal(((struct ipc_header *)w->packet_buffer)->op,
			 ((const struct ipc_header *)payload)->op);
	memcpy(reply, w->packet_buffer, got);
}

/* ---- shorthands ---- */

void alloc_create(struct worker *w, uint64_t id, uint64_t size, uint64_t io_offset,
		  uint32_t segment)
{
	struct ipc_alloc_create m = {
		.h.op = IPC_ALLOC_CREATE,
		.id = id,
		.size = size,
		.io_offset = io_offset,
		.segment = segment,
	};

	send_state(w, &m, sizeof(m));
}

int alloc_destroy(struct worker *w, uint64_t id)
{
	struct ipc_alloc_destroy m = { .h.op = IPC_ALLOC_DESTROY, .id = id };
	struct ipc_reply reply;

	request(w, &m, sizeof(m), &reply, sizeof(reply));
	return reply.status;
}

void va_map(struct worker *w, uint64_t va, uint64_t size, uint64_t alloc, uint64_t offset,
	    bool write)
{
	struct ipc_va_map m = {
		.h.op = IPC_VA_MAP,
		.va = va,
		.size = size,
		.alloc = alloc,
		.offset = offset,
		.flags = write ? IPC_VA_WRITE : 0,
	};

	send_state(w, &m, sizeof(m));
}

void va_unmap(struct worker *w, uint64_t va, uint64_t size)
{
	struct ipc_va_unmap m = { .h.op = IPC_VA_UNMAP, .va = va, .size = size };

	send_state(w, &m, sizeof(m));
}

void context_create(struct worker *w, uint64_t id)
{
	struct ipc_context m = { .h.op = IPC_CONTEXT_CREATE, .id = id };

	send_state(w, &m, sizeof(m));
}

void context_destroy(struct worker *w, uint64_t id)
{
	struct ipc_context m = { .h.op = IPC_CONTEXT_DESTROY, .id = id };

	send_state(w, &m, sizeof(m));
}

struct ipc_exec_reply exec_va(struct worker *w, uint64_t context, uint64_t va, uint32_t size)
{
	struct ipc_exec m = { .h.op = IPC_EXEC, .context = context, .va = va, .size = size };
	struct ipc_exec_reply reply;

	request(w, &m, sizeof(m), &reply, sizeof(reply));
	return reply;
}

int escape(struct worker *w, void *e, uint32_t size)
{
	uint64_t buffer[DXG_MESSAGE_MAX / 8] = { 0 };
	struct ipc_header h = { .op = IPC_ESCAPE };

	memcpy(buffer, &h, sizeof(h));
	memcpy((uint8_t *)buffer + sizeof(h), e, size);
	request(w, buffer, sizeof(h) + size, buffer, sizeof(h) + size);
	memcpy(e, (uint8_t *)buffer + sizeof(h), size);
	return ((struct dxg_escape *)e)->status;
}

void setup_usual(struct worker *w)
{
	alloc_create(w, 1, CMD_SIZE, 4096, IPC_SEGMENT_SYSTEM);
	va_map(w, VA_CMD, CMD_SIZE, 1, 0, false);
	alloc_create(w, 2, DATA_SIZE, DATA_OFFSET, IPC_SEGMENT_SYSTEM);
	va_map(w, VA_DATA, DATA_SIZE, 2, 0, true);
	context_create(w, 1);
}

/* ---- command buffers ---- */

struct cmds cmds_start(struct worker *w)
{
	return (struct cmds){ .at = w->io + 4096 };
}

void cmds_add(struct cmds *c, const void *packet, uint32_t size)
{
	assert_true(c->size + size <= CMD_SIZE);
	memcpy(c->at + c->size, packet, size);
	c->size += size;
}

struct dxg_cmd_header header(uint16_t opcode, uint32_t size, uint64_t profile)
{
	return (struct dxg_cmd_header){ .opcode = opcode, .size = size, .profile = profile };
}

void add_copy(struct cmds *c, uint64_t dst, uint64_t src, uint64_t size)
{
	struct dxg_cmd_copy p = {
		.h = header(DXG_CMD_COPY, sizeof(p), 0),
		.dst = dst,
		.src = src,
		.size = size,
	};

	cmds_add(c, &p, sizeof(p));
}

void add_fill(struct cmds *c, uint64_t dst, uint64_t size, const void *pattern,
	      uint32_t pattern_size)
{
	struct dxg_cmd_fill p = {
		.h = header(DXG_CMD_FILL, sizeof(p), 0),
		.dst = dst,
		.size = size,
		.pattern_size = pattern_size,
	};

	memcpy(p.pattern, pattern, pattern_size);
	cmds_add(c, &p, sizeof(p));
}

void add_dispatch(struct cmds *c, const struct dxg_cmd_dispatch *d, const struct arg *args)
{
	static const uint8_t zeros[8];
	uint32_t at = c->size, i;
	struct dxg_cmd_dispatch head = *d;

	cmds_add(c, &head, sizeof(head));
	for (i = 0; i < d->arg_count; i++) {
		bool bytes = args[i].kind == DXG_ARG_BYTES;
		struct dxg_cmd_arg arg = { args[i].kind, bytes ? args[i].size : 8 };

		cmds_add(c, &arg, sizeof(arg));
		cmds_add(c, bytes ? args[i].bytes : &args[i].value, arg.size);
		cmds_add(c, zeros, dxg_align8(arg.size) - arg.size);
	}
	head.h.opcode = DXG_CMD_DISPATCH;
	head.h.size = c->size - at;
	memcpy(c->at + at, &head, sizeof(head));
}

struct ipc_exec_reply run(struct worker *w, const struct cmds *c)
{
	return exec_va(w, 1, VA_CMD, c->size);
}

/* ---- programs ---- */

static struct dxg_escape escape_head(uint32_t op, uint32_t size)
{
	return (struct dxg_escape){ .magic = DXG_ESCAPE_MAGIC, .op = op, .size = size };
}

uint32_t program_create(struct worker *w, uint32_t kind, const void *bytes, size_t length)
{
	struct dxg_escape_program_create e = {
		.h = escape_head(DXG_ESCAPE_PROGRAM_CREATE, sizeof(e)),
		.kind = kind,
		.source = VA_DATA + SCRATCH,
		.length = length,
	};

	memcpy(data_at(w, SCRATCH), bytes, length);
	assert_int_equal(escape(w, &e, sizeof(e)), 0);
	assert_int_not_equal(e.program, 0);
	return e.program;
}

struct build program_build(struct worker *w, uint32_t program, const char *options)
{
	uint32_t n = options ? strlen(options) + 1 : 0;
	uint32_t size = sizeof(struct dxg_escape_program_build) + dxg_align8(n);
	struct dxg_escape_program_build *e = calloc(1, size);
	struct build b;

	e->h = escape_head(DXG_ESCAPE_PROGRAM_BUILD, size);
	e->program = program;
	e->log = VA_DATA + LOG_AT;
	e->log_room = 65536;
	e->options_size = n;
	if (n)
		memcpy(e + 1, options, n);
	b.status = escape(w, e, size);
	b.build_status = e->build_status;
	b.kernels = e->kernel_count;
	b.binary_size = e->binary_size;
	b.log_size = e->log_size;
	b.log = (const char *)data_at(w, LOG_AT);
	free(e);
	return b;
}

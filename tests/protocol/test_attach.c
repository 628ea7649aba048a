// SPDX-License-Identifier: MIT
/*
 * test_attach: the two messages that open a session. Every lie is refused without a descriptor,
 * whoever is not allowed is turned away, and a good attach gives a region that cannot be resized.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"

/* Attach with @len raw bytes. Return: the status of the answer; 1 when the connection just ended.
 */
static int attach_raw(const struct daemon *daemon, const void *bytes, size_t len)
{
	struct dxg_attach_reply reply = { 0 };
	int fds[DXG_ATTACH_FDS] = { -1, -1, -1 };
	int sock = wire_connect(daemon->socket, SOCK_SEQPACKET);
	ssize_t n;
	int i;

	assert_true(sock >= 0);
	n = wire_attach(sock, bytes, len, &reply, fds);
	assert_int_not_equal(n, -ETIMEDOUT);
	for (i = 0; i < (int)DXG_ATTACH_FDS; i++) {
		if (n != sizeof(reply) || reply.status)
			assert_int_equal(fds[i], -1);
		if (fds[i] >= 0)
			close(fds[i]);
	}
	close(sock);
	if (n == 0)
		return 1;
	assert_int_equal(n, sizeof(reply));
	assert_int_equal(reply.magic, DXG_ATTACH_MAGIC);
	assert_int_equal(reply.version, DXG_ATTACH_VERSION);
	assert_int_equal(reply.reserved, 0);
	if (reply.status)
		assert_int_equal(reply.region_size, 0);
	return reply.status;
}

static int attach(const struct daemon *daemon, const struct dxg_attach *message)
{
	return attach_raw(daemon, message, sizeof(*message));
}

static void good_attach(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = wire_open(daemon->socket, "a"); /* checks the header */
	int seals = fcntl(wire->shm, F_GET_SEALS);

	assert_int_equal(wire->header.state, DXG_SESSION_READY);
	assert_int_equal(wire->header.region_size, wire->size);
	assert_int_equal(wire->size & (wire->size - 1), 0);
	assert_int_equal(seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_not_equal(ftruncate(wire->shm, 0), 0);
	assert_int_not_equal(ftruncate(wire->shm, (off_t)wire->size * 2), 0);
	assert_true(wire_is_alive(wire));
	wire_close(wire);
}

static void empty_name_is_first_vgpu(void **state)
{
	struct daemon *daemon = *state;
	struct wire *named = wire_open(daemon->socket, "a");
	struct wire *first = wire_open(daemon->socket, "");

	assert_int_equal(first->header.vgpu_luid_low, named->header.vgpu_luid_low);
	assert_int_equal(first->header.vgpu_luid_high, named->header.vgpu_luid_high);
	wire_close(first);
	wire_close(named);
}

static void lies_are_refused(void **state)
{
	static const struct {
		const char *what;
		size_t offset;
		uint8_t value;
	} lies[] = {
		{ "magic", offsetof(struct dxg_attach, magic), 0 },
		{ "version", offsetof(struct dxg_attach, version), 2 },
		{ "version", offsetof(struct dxg_attach, version), 0 },
		{ "flags", offsetof(struct dxg_attach, flags), 1 },
		{ "reserved", offsetof(struct dxg_attach, reserved) + 3, 0x80 },
		{ "vgpu", offsetof(struct dxg_attach, vgpu) + DXG_VGPU_NAME_MAX - 1, 'x' },
		{ "vgpu", offsetof(struct dxg_attach, vgpu) + 2, 'x' }, /* behind the zero */
	};
	struct daemon *daemon = *state;
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct dxg_attach message = wire_attach_name("a");
		int status;

		((uint8_t *)&message)[lies[i].offset] = lies[i].value;
		status = attach(daemon, &message);
		if (status != -EPROTO)
			fail_msg("lie %zu in %s is answered with %d", i, lies[i].what, status);
	}
}

static void unterminated_name_is_refused(void **state)
{
	struct dxg_attach message = wire_attach_name("a");

	memset(message.vgpu, 'a', sizeof(message.vgpu));
	assert_int_equal(attach(*state, &message), -EPROTO);
}

/* Too short, too long: refused, or dropped without a word, but never served. */
static void wrong_length_is_refused(void **state)
{
	static const size_t lengths[] = { 1, 4, sizeof(struct dxg_attach) - 1,
					  sizeof(struct dxg_attach) + 1, 4096 };
	uint8_t bytes[4096] = { 0 };
	struct dxg_attach good = wire_attach_name("a");
	size_t i;

	memcpy(bytes, &good, sizeof(good));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		int status = attach_raw(*state, bytes, lengths[i]);

		if (status != -EPROTO)
			fail_msg("%zu bytes are answered with %d", lengths[i], status);
	}
}

static void unknown_vgpu(void **state)
{
	struct dxg_attach message = wire_attach_name("nobody-has-this");

	assert_int_equal(attach(*state, &message), -ENOENT);
}

/* A descriptor sent along must not stay open in dxgd, and does no harm. */
static void surplus_descriptor_is_closed(void **state)
{
	struct daemon *daemon = *state;
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct dxg_attach message = wire_attach_name("a");
	struct iovec iov = { .iov_base = &message, .iov_len = sizeof(message) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct wire *wire = wire_open(daemon->socket, "a");
	int sock = wire_connect(daemon->socket, SOCK_SEQPACKET);
	int pipefd[2];
	char byte;

	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &pipefd[1], sizeof(int));
	assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), sizeof(message));
	close(pipefd[1]);
	/* The last writer is in dxgd: the read ends when dxgd closes it. */
	assert_int_equal(read(pipefd[0], &byte, 1), 0);
	close(pipefd[0]);
	close(sock);
	assert_true(wire_is_alive(wire));
	wire_close(wire);
}

static void second_message_ends_session(void **state)
{
	struct daemon *daemon = *state;
	struct dxg_attach message = wire_attach_name("a");
	struct wire *wire = wire_open(daemon->socket, "a");

	assert_true(wire_is_alive(wire));
	assert_int_equal(send(wire->sock, &message, sizeof(message), MSG_NOSIGNAL),
			 sizeof(message));
	assert_true(wire_wait_end(wire));
	wire_close(wire);
}

/* The uid that has nothing to do with this test, or with anything. */
static int attach_as_nobody(const struct daemon *daemon, const char *vgpu)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct wire *wire;

		if (setgid(65534) || setuid(65534))
			_exit(99);
		_exit(-wire_try_open(daemon->socket, vgpu, &wire) & 0x7f);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void foreign_user_is_denied(void **state)
{
	static const char *const options[] = { "--vgpu", "mine,uid=0", "--vgpu", "theirs,uid=65534",
					       NULL };
	struct daemon *daemon;
	off_t mark;

	(void)state;
	if (getuid()) {
		print_message("only root can become somebody else\n");
		skip();
	}
	daemon = daemon_start(options);
	mark = daemon_log_mark(daemon);
	assert_int_equal(attach_as_nobody(daemon, "mine"), -EACCES);
	assert_int_equal(daemon_log_count(daemon, mark, "audit ", "\"denied\""), 1);
	assert_int_equal(attach_as_nobody(daemon, "theirs"), 0);
	/* An empty name means the first one that the caller may use. */
	assert_int_equal(attach_as_nobody(daemon, ""), 0);
	wire_close(wire_open(daemon->socket, "theirs")); /* root may do everything */
	daemon_stop(daemon);
}

static void allow_descriptors(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void too_many_sessions(void **state)
{
	static struct wire *wires[DXG_SESSIONS_MAX];
	struct daemon *daemon = *state;
	struct wire *more;
	unsigned int i;

	allow_descriptors();
	for (i = 0; i < DXG_SESSIONS_MAX; i++)
		wires[i] = wire_open(daemon->socket, "a");
	assert_int_equal(wire_try_open(daemon->socket, "a", &more), -EMFILE);
	assert_true(wire_is_alive(wires[0]));
	assert_true(wire_is_alive(wires[DXG_SESSIONS_MAX - 1]));
	for (i = 0; i < DXG_SESSIONS_MAX; i++)
		wire_close(wires[i]);
	/* dxgd sees the ends before it accepts again, or a little later: but it does see them. */
	for (i = 0; wire_try_open(daemon->socket, "a", &more) == -EMFILE; i++)
		assert_true(i < 10000);
	assert_true(wire_is_alive(more));
	wire_close(more);
}

/* A connection that never says anything holds up nobody. */
static void silent_connection(void **state)
{
	struct daemon *daemon = *state;
	int sock = wire_connect(daemon->socket, SOCK_SEQPACKET);
	struct wire *wire = wire_open(daemon->socket, "a");

	assert_true(sock >= 0);
	assert_true(wire_is_alive(wire));
	wire_close(wire);
	close(sock);
}

static void sigkill_ends_sessions(void **state)
{
	struct daemon *daemon = daemon_start(NULL);
	struct client client;
	struct daemon_ends ends;
	struct daemon_pids pids;

	(void)state;
	client_open(&client, daemon, "a");
	client_clock(&client);
	pids = daemon_pids(daemon);
	assert_true(pids.count > 0);
	pids.pid[pids.count++] = daemon_zygote(daemon);
	ends = daemon_watch(&pids);
	daemon_kill(daemon);
	assert_true(wire_wait_end(client.wire));
	client_close(&client);
	daemon_wait_ends(&ends);
	daemon_stop(daemon);
}

static void sigterm_ends_sessions(void **state)
{
	struct daemon *daemon = daemon_start(NULL);
	struct client client;

	(void)state;
	client_open(&client, daemon, "a");
	kill(daemon->pid, SIGTERM);
	assert_true(wire_wait_end(client.wire));
	assert_int_equal(((struct dxg_region_header *)client.wire->base)->state, DXG_SESSION_LOST);
	client_close(&client);
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_attach),
		cmocka_unit_test(empty_name_is_first_vgpu),
		cmocka_unit_test(lies_are_refused),
		cmocka_unit_test(unterminated_name_is_refused),
		cmocka_unit_test(wrong_length_is_refused),
		cmocka_unit_test(unknown_vgpu),
		cmocka_unit_test(surplus_descriptor_is_closed),
		cmocka_unit_test(second_message_ends_session),
		cmocka_unit_test(foreign_user_is_denied),
		cmocka_unit_test(too_many_sessions),
		cmocka_unit_test(silent_connection),
		cmocka_unit_test(sigkill_ends_sessions),
		cmocka_unit_test(sigterm_ends_sessions),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

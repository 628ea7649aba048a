// SPDX-License-Identifier: MIT
/*
 * test_keep: virtual machines outlive dxgd. First under dxgd-keep, with a machine as QEMU and the
 * guest's driver make one; then the test is the keeper itself, and gives dxgd back what it should
 * not take.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"
#include "machine.h"

#define ROUNDS 10
#define REGION_BYTES (1u << 22)
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* ---- under dxgd-keep ---- */

static int kept_setup(void **state)
{
	*state = daemon_start_kept(NULL);
	return 0;
}

static int kept_teardown(void **state)
{
	daemon_stop(*state);
	return 0;
}

/* Kill the dxgd that serves; its end is waited for. */
static void kill_dxgd(const struct daemon *daemon)
{
	pid_t pid = daemon_kept(daemon);
	struct pollfd pfd = { .events = POLLIN };

	assert_true(pid > 0);
	pfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(pfd.fd >= 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(poll(&pfd, 1, DAEMON_TIMEOUT_MS), 1);
	close(pfd.fd);
}

/* Wait until a dxgd serves attach sockets again. Return: a session of it. */
static struct wire *witness(const struct daemon *daemon)
{
	struct wire *wire;
	int sock = -1, tries;

	/* A refused connection is the only sign there is: the socket file is that of the dead one.
	 */
	for (tries = 0; sock < 0 && tries < DAEMON_TIMEOUT_MS; tries++) {
		sock = wire_connect(daemon->socket, SOCK_SEQPACKET);
		if (sock < 0)
			poll(NULL, 0, 1);
	}
	assert_true(sock >= 0);
	close(sock);
	wire = wire_open(daemon->socket, "a");
	assert_true(wire_is_alive(wire));
	return wire;
}

/* A guest driver's whole start, and work; its memory starts as zero and is left full. */
static void guest_works(struct wire *wire, uint32_t epoch)
{
	struct client session = { .wire = wire }, client;
	struct client_memory memory;
	uint32_t i;

	machine_take_over(wire, epoch);
	assert_int_equal(machine_header(wire)->state, DXG_SESSION_READY);
	session.adapter = client_session(wire);
	client_open_process(&client, &session);
	memory = client_memory(&client, 8 << 20);
	for (i = 0; i < memory.size; i += 64)
		assert_int_equal(memory.cpu[i], 0);
	client_submit(&client, client.context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 8192, 0xcafe));
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + 12284), 0xcafe);
	memset(memory.cpu, 0xbb, memory.size);
}

static void a_machine_goes_on(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a");
	uint32_t generation, round;

	for (round = 1; round <= ROUNDS; round++) {
		guest_works(wire, round);
		generation = machine_header(wire)->generation;
		kill_dxgd(daemon);
		machine_wait_word(wire, &machine_header(wire)->state, DXG_SESSION_LOST);
		assert_int_not_equal(machine_header(wire)->generation, generation);
	}
	guest_works(wire, round);
	assert_int_equal(daemon_log_count(daemon, 0, "dxgd: ", "goes on where"), ROUNDS);
	wire_close(wire);
}

/* The guest noticed first, and waits with a new epoch for a dxgd that is not there yet. */
static void an_epoch_waits(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a");

	guest_works(wire, 1);
	assert_int_equal(kill(daemon->pid, SIGSTOP), 0);
	kill_dxgd(daemon);
	dxg_store(&machine_header(wire)->epoch, 77);
	wire_ring(wire, DXG_CHANNEL_GLOBAL);
	assert_int_equal(kill(daemon->pid, SIGCONT), 0);
	machine_wait_word(wire, &machine_header(wire)->epoch_ack, 77);
	assert_int_equal(machine_header(wire)->state, DXG_SESSION_READY);
	guest_works(wire, 78);
	wire_close(wire);
}

/* Its end is seen although nobody looked when it came, and the next dxgd hears nothing of it. */
static void a_machine_ends_meanwhile(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a");
	off_t mark;

	guest_works(wire, 1);
	mark = daemon_log_mark(daemon);
	assert_int_equal(kill(daemon->pid, SIGSTOP), 0);
	kill_dxgd(daemon);
	wire_close(wire);
	assert_int_equal(kill(daemon->pid, SIGCONT), 0);
	wire_close(witness(daemon));
	assert_int_equal(daemon_log_count(daemon, mark, "dxgd: ", "the virtual machine ended"), 1);
	mark = daemon_log_mark(daemon);
	kill_dxgd(daemon);
	wire_close(witness(daemon));
	assert_int_equal(daemon_log_count(daemon, mark, "dxgd-keep: ", "gets 0 descriptors"), 1);
	assert_int_equal(daemon_log_count(daemon, mark, "dxgd: ", "goes on where"), 0);
}

/* A vacant region serves nobody: old rings, whatever is in them, are not looked at. */
static void a_vacant_region_is_deaf(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a");
	off_t mark;

	guest_works(wire, 1);
	mark = daemon_log_mark(daemon);
	kill_dxgd(daemon);
	machine_wait_word(wire, &machine_header(wire)->state, DXG_SESSION_LOST);
	wire_set_head(wire, 0, 3);
	wire_close(witness(daemon));
	assert_int_equal(daemon_log_count(daemon, mark, "audit ", "\"invalid\""), 0);
	guest_works(wire, 2);
	wire_close(wire);
}

static void notify_address(pid_t pid, struct sockaddr_un *ret)
{
	char path[64], text[8192], *found;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n > 0);
	text[n] = '\0';
	found = memmem(text, (size_t)n, "NOTIFY_SOCKET=", 14);
	assert_non_null(found);
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret->sun_path, sizeof(ret->sun_path), "%s", found + 14);
}

/* The keeper listens to dxgd alone: a stranger's word neither removes nor adds anything. */
static void strangers_are_not_heard(void **state)
{
	static const char *const words[] = {
		"FDSTOREREMOVE=1\nFDNAME=vm.1.region.a",
		"FDSTORE=1\nFDNAME=vm.9.region.a",
		"READY=1",
		"",
	};
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a");
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un to;
	size_t i;

	guest_works(wire, 1);
	notify_address(daemon_kept(daemon), &to);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(sendto(sock, words[i], strlen(words[i]), 0, (struct sockaddr *)&to,
					sizeof(to)),
				 strlen(words[i]));
	close(sock);
	kill_dxgd(daemon);
	machine_wait_word(wire, &machine_header(wire)->state, DXG_SESSION_LOST);
	guest_works(wire, 2);
	wire_close(wire);
}

/* ---- the test is the keeper ---- */

#define GIFT_END "(the end)"

/** struct gift - what the next dxgd is started with; descriptors by place; what it @said. */
struct gift {
	int fd[8];
	const char *name[8];
	int count;
	int notify;
	char path[64];
	pthread_t listener;
	char said[16384];
};

static struct gift gift;

static int make_region(off_t size, int seals, uint64_t magic)
{
	int fd = memfd_create("region", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(pwrite(fd, &magic, sizeof(magic), 0), sizeof(magic));
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* A good machine of vGPU a; Return: our end of its connection. */
static int gift_fill(void)
{
	static const char *const name[] = { "vm.5.socket.a", "vm.5.bell0.a", "vm.5.bell1.a",
					    "vm.5.ring0.a",  "vm.5.ring1.a", "vm.5.region.a" };
	int pair[2], i;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	gift.fd[0] = pair[0];
	for (i = 1; i < 5; i++)
		gift.fd[i] = eventfd(0, EFD_CLOEXEC);
	gift.fd[5] = make_region(REGION_BYTES, SEALS, DXG_REGION_MAGIC);
	gift.count = 6;
	memcpy(gift.name, name, sizeof(name));
	return pair[1];
}

/* In the process that becomes dxgd. */
static bool gift_hand_over(void)
{
	char text[16], names[512] = "";
	int i;

	for (i = 0; i < gift.count; i++) {
		gift.fd[i] = fcntl(gift.fd[i], F_DUPFD_CLOEXEC, 100);
		strcat(strcat(names, i ? ":" : ""), gift.name[i]);
	}
	for (i = 0; i < gift.count; i++)
		if (dup2(gift.fd[i], 3 + i) < 0)
			return false;
	snprintf(text, sizeof(text), "%d", gift.count);
	setenv("LISTEN_FDS", text, 1);
	snprintf(text, sizeof(text), "%d", getpid());
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	setenv("NOTIFY_SOCKET", gift.path, 1);
	return true;
}

/* What dxgd says to its keeper, one message after the other; a keeper always listens. */
static void *gift_listener(void *arg)
{
	size_t len = 0;
	ssize_t n;

	(void)arg;
	do {
		n = recv(gift.notify, gift.said + len, sizeof(gift.said) - len - 1, 0);
		assert_true(n >= 0);
		gift.said[len + (size_t)n] = '\0';
		len += (size_t)n;
	} while (strcmp(gift.said + len - (size_t)n, GIFT_END));
	return NULL;
}

static void gift_listen(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char folder[] = "/tmp/dxgd-gift-XXXXXX";

	assert_non_null(mkdtemp(folder));
	snprintf(gift.path, sizeof(gift.path), "%s/notify", folder);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", gift.path);
	gift.said[0] = '\0';
	gift.notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(gift.notify, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(pthread_create(&gift.listener, NULL, gift_listener, NULL), 0);
}

/* dxgd has ended. Return: how often it said @word. */
static unsigned int said(const char *word)
{
	const char *at = gift.said;
	unsigned int n = 0;

	while ((at = strstr(at, word)))
		n++, at++;
	return n;
}

static void gift_heard(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", gift.path);
	assert_int_equal(
		sendto(sock, GIFT_END, strlen(GIFT_END), 0, (struct sockaddr *)&to, sizeof(to)),
		strlen(GIFT_END));
	pthread_join(gift.listener, NULL);
	close(sock);
}

static void gift_clear(int socket_end)
{
	char *slash = strrchr(gift.path, '/');
	int i;

	for (i = 0; i < gift.count; i++)
		close(gift.fd[i]);
	close(socket_end);
	close(gift.notify);
	unlink(gift.path);
	*slash = '\0';
	rmdir(gift.path);
}

static struct daemon *start_with_gift(void)
{
	static const char *const one[] = { "--vgpu", "a", NULL };
	int low[32];
	struct daemon *daemon;
	int i;

	/* So that the descriptor of --ready-fd is none of those that the gift takes. */
	for (i = 0; i < 32; i++)
		low[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	daemon = daemon_start_after(one, gift_hand_over);
	for (i = 0; i < 32; i++)
		close(low[i]);
	return daemon;
}

/* The measure of the next test: nothing is wrong with this one. */
static void a_good_gift_is_taken(void **state)
{
	struct pollfd pfd = { .events = POLLIN };
	struct daemon *daemon;
	int end;

	(void)state;
	gift_listen();
	end = gift_fill();
	daemon = start_with_gift();
	assert_int_equal(daemon_log_count(daemon, 0, "dxgd: ", "goes on where"), 1);
	pfd.fd = gift.fd[3];
	assert_int_equal(poll(&pfd, 1, WIRE_TIMEOUT_MS), 1); /* the guest is woken */
	daemon_stop(daemon);
	gift_heard();
	assert_int_equal(said("READY=1"), 1);
	assert_int_equal(said("FDSTOREREMOVE=1"), 0); /* an orderly end leaves it to the next one */
	gift_clear(end);
}

static void no_region(void)
{
	gift.count = 5;
}
static void no_bell(void)
{
	gift.name[2] = "vm.5.bell7.a";
}
static void same_name_twice(void)
{
	gift.name[3] = gift.name[4];
}
static void other_vgpu(void)
{
	gift.name[4] = "vm.5.ring1.b";
}
static void replace(int at, int fd)
{
	close(gift.fd[at]);
	gift.fd[at] = fd;
}
static void bell_is_a_file(void)
{
	replace(1, open("/dev/null", O_RDWR | O_CLOEXEC));
}
static void ring_is_a_timer(void)
{
	replace(4, memfd_create("x", MFD_CLOEXEC));
}
static void socket_is_an_eventfd(void)
{
	replace(0, eventfd(0, EFD_CLOEXEC));
}
static void socket_is_a_datagram(void)
{
	replace(0, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}
static void region_is_a_socket(void)
{
	replace(5, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}
static void region_may_shrink(void)
{
	replace(5, make_region(REGION_BYTES, F_SEAL_GROW, DXG_REGION_MAGIC));
}
static void region_is_unsealed(void)
{
	replace(5, make_region(REGION_BYTES, 0, DXG_REGION_MAGIC));
}
static void region_cannot_be_written(void)
{
	replace(5, make_region(REGION_BYTES, SEALS | F_SEAL_WRITE, DXG_REGION_MAGIC));
}
static void region_is_small(void)
{
	replace(5, make_region(4096, SEALS, DXG_REGION_MAGIC));
}
static void region_is_odd(void)
{
	replace(5, make_region(REGION_BYTES + 4096, SEALS, DXG_REGION_MAGIC));
}
static void region_is_huge(void)
{
	replace(5, make_region((off_t)1 << 50, SEALS, DXG_REGION_MAGIC));
}
static void region_of_another(void)
{
	replace(5, make_region(REGION_BYTES, SEALS, 0x1234));
}

/* Whatever is wrong: nothing is attached, dxgd serves, and the keeper may forget all of it. */
static void bad_gifts_are_refused(void **state)
{
	static void (*const spoil[])(void) = {
		no_region,
		no_bell,
		same_name_twice,
		other_vgpu,
		bell_is_a_file,
		ring_is_a_timer,
		socket_is_an_eventfd,
		socket_is_a_datagram,
		region_is_a_socket,
		region_may_shrink,
		region_is_unsealed,
		region_cannot_be_written,
		region_is_small,
		region_is_odd,
		region_is_huge,
		region_of_another,
	};
	struct daemon *daemon;
	size_t i;
	int end;

	(void)state;
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		gift_listen();
		end = gift_fill();
		spoil[i]();
		daemon = start_with_gift();
		assert_int_equal(daemon_log_count(daemon, 0, "dxgd: ", "goes on where"), 0);
		assert_true(daemon_log_count(daemon, 0, "dxgd: ", "not usable") >= 1);
		wire_close(wire_open(daemon->socket, "a"));
		daemon_stop(daemon);
		gift_heard();
		assert_true(said("FDSTOREREMOVE=1\nFDNAME=vm.5.socket.a") >= 1);
		gift_clear(end);
	}
}

/* Names that are none of ours, and machines of a vGPU that is no more. */
static void orphans_are_dropped(void **state)
{
	static const char *const foreign[] = { "stored",	"vm.",	"vm.0.region.a",
					       "vm.x.region.a", "vm.7", "vm.7.region",
					       "vm.7.region." };
	struct daemon *daemon;
	size_t i;
	int end;

	(void)state;
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		gift_listen();
		end = gift_fill();
		close(end);
		end = -1;
		for (int k = 0; k < gift.count; k++)
			gift.name[k] = k ? "vm.3.bell0.gone" : foreign[i];
		daemon = start_with_gift();
		assert_int_equal(daemon_log_count(daemon, 0, "dxgd: ", "machines of vGPUs"), 1);
		assert_int_equal(daemon_log_count(daemon, 0, "dxgd: ", "goes on where"), 0);
		daemon_stop(daemon);
		gift_heard();
		assert_true(said("FDSTOREREMOVE=1") >= 2);
		gift_clear(end);
	}
}

/* ---- the keeper itself ---- */

/* What dies before it ever served is a mistake in the configuration: it is not tried for ever. */
static void a_bad_command_ends_the_keeper(void **state)
{
	static const char *const commands[] = { "exec $DXGD_KEEP $DXGD --no-such-option",
						"exec $DXGD_KEEP -- /nonexistent/dxgd",
						"exec $DXGD_KEEP", "exec $DXGD_KEEP -x" };
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		status = system(commands[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), i == 1 ? 127 : 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_machine_goes_on, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(an_epoch_waits, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(a_machine_ends_meanwhile, kept_setup,
						kept_teardown),
		cmocka_unit_test_setup_teardown(a_vacant_region_is_deaf, kept_setup, kept_teardown),
		cmocka_unit_test_setup_teardown(strangers_are_not_heard, kept_setup, kept_teardown),
		cmocka_unit_test(a_good_gift_is_taken),
		cmocka_unit_test(bad_gifts_are_refused),
		cmocka_unit_test(orphans_are_dropped),
		cmocka_unit_test(a_bad_command_ends_the_keeper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

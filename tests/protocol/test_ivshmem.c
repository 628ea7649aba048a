// SPDX-License-Identifier: MIT
/*
 * test_ivshmem: dxgd as the ivshmem server of a virtual machine, spoken to as QEMU and the guest's
 * driver do: the greeting with its descriptors, the epoch handshake, messages, ping and pong, and a
 * second driver on the same region.
 */
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"
#include "machine.h"

static void greeting_and_region(void **state)
{
	struct wire *wire = machine_plug(*state, "a");
	struct stat st;

	assert_int_equal(fstat(wire->shm, &st), 0);
	assert_int_equal(st.st_size & (st.st_size - 1), 0); /* a BAR is a power of two */
	assert_int_equal(wire->header.host_peer, 0);
	assert_int_equal(wire->header.state, DXG_SESSION_READY);
	assert_int_not_equal(wire->header.channel[0].to_guest.vector,
			     wire->header.channel[1].to_guest.vector);
	wire_close(wire);
}

/* The whole start of a guest, and work. */
static void a_guest_works(void **state)
{
	struct client session = { .wire = machine_plug(*state, "a") }, client;
	struct client_memory memory;

	machine_take_over(session.wire, 1);
	session.adapter = client_session(session.wire);
	client_open_process(&client, &session);
	memory = client_memory(&client, 1 << 20);
	client_submit(&client, client.context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 8192, 0xcafe));
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + 12284), 0xcafe);
	client_close(&client);
}

/* A new epoch: all that the old driver had is gone, the new one starts with nothing. */
static void a_new_epoch_drops_everything(void **state)
{
	struct client session = { .wire = machine_plug(*state, "a") }, client;
	struct wire *wire = session.wire;
	struct client_memory memory;
	uint32_t generation, epoch, old_process, i;

	generation = machine_header(wire)->generation;
	for (epoch = 10; epoch < 14; epoch++) {
		machine_take_over(wire, epoch);
		assert_int_not_equal(machine_header(wire)->generation, generation);
		assert_int_not_equal(machine_header(wire)->generation, 0);
		generation = machine_header(wire)->generation;
		assert_int_equal(machine_header(wire)->state, DXG_SESSION_READY);
		session.adapter = client_session(wire);
		client_open_process(&client, &session);
		old_process = client.process;
		memory = client_memory(&client, 4 << 20);
		for (i = 0; i < memory.size; i += 4096)
			assert_int_equal(memory.cpu[i], 0);
		memset(memory.cpu, 0xbb, memory.size);
		client_submit(&client, client.context, memory.va + 4096, 16); /* nonsense, too */
		wire->next_id = 0;
	}
	machine_take_over(wire, 99);
	while (wire_pending_events(wire)) /* what came before the handshake */
		assert_true(wire_event(wire, NULL, 0) >= 0);
	session.adapter = client_session(wire);
	client =
		(struct client){ .wire = wire, .adapter = session.adapter, .process = old_process };
	assert_int_equal(client_try_device(&client), 0);
	assert_int_equal(wire_pending_events(wire), 0);
	wire_close(wire);
}

/* Garbage in rings and indices is forgotten with the epoch: a crashed driver must not spoil the
 * next. */
static void epoch_after_garbage(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a");
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++) {
		memset(wire->tx[i].data, 0xff, wire->tx[i].size);
		memset(wire->rx[i].data, 0xff, wire->rx[i].size);
	}
	machine_take_over(wire, 0x80000000);
	client_session(wire);
	wire_close(wire);
}

/* dxgd rings nobody for a pong: whoever waits for it looks, for as long as region.h says. */
static bool pong_comes(const struct wire *wire, uint32_t ping)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		if (dxg_load_acquire(&machine_header(wire)->pong) == ping)
			return true;
		sched_yield();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
		 (long)DXG_PONG_TIMEOUT_MS);
	return false;
}

static void ping_pong(void **state)
{
	struct wire *wire = machine_plug(*state, "a");
	uint32_t i;

	machine_take_over(wire, 1);
	for (i = 1; i <= 20; i++) {
		dxg_store(&machine_header(wire)->ping, i * 7919);
		wire_ring(wire, DXG_CHANNEL_GLOBAL);
		assert_true(pong_comes(wire, i * 7919));
	}
	assert_true(wire_is_alive(wire));
	wire_close(wire);
}

/* The guest sends nothing on the socket, ever; QEMU's end is the end of the session. */
static void unplugged(void **state)
{
	struct daemon *daemon = *state;
	struct client session, client;
	struct wire *witness = wire_open(daemon->socket, "a");
	off_t mark = daemon_log_mark(daemon);
	int sock;

	session = (struct client){ .wire = machine_plug(daemon, "a") };
	machine_take_over(session.wire, 1);
	session.adapter = client_session(session.wire);
	client_open_process(&client, &session);
	client_memory(&client, 1 << 20);
	sock = session.wire->sock;
	assert_int_equal(shutdown(sock, SHUT_RDWR), 0);
	machine_wait_word(
		&(struct wire){ .bell_in = { session.wire->bell_in[0], session.wire->bell_in[1] },
				.sock = -1 },
		&machine_header(session.wire)->state, DXG_SESSION_LOST);
	assert_true(wire_is_alive(witness));
	assert_int_equal(daemon_log_count(daemon, mark, "audit ", "\"detach\""), 1);
	client_close(&client);
	wire_close(witness);
}

static void talking_client_is_thrown_out(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a");
	int64_t word = 5;

	assert_int_equal(send(wire->sock, &word, sizeof(word), MSG_NOSIGNAL), sizeof(word));
	assert_true(wire_wait_end(wire));
	assert_int_equal(machine_header(wire)->state, DXG_SESSION_LOST);
	wire_close(wire);
}

/* A lie over this transport: the guest is told by the region, and by its doorbell. */
static void lie_ends_session(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = machine_plug(daemon, "a"), *other = machine_plug(daemon, "a");
	off_t mark = daemon_log_mark(daemon);

	machine_take_over(wire, 1);
	machine_take_over(other, 1);
	wire_set_head(wire, 0, 3);
	assert_true(wire_wait_end(wire));
	assert_int_equal(machine_header(wire)->state, DXG_SESSION_LOST);
	assert_true(wire_is_alive(other));
	assert_int_equal(daemon_log_count(daemon, mark, "audit ", "\"invalid\""), 1);
	assert_int_equal(daemon_log_count(daemon, mark, "audit ", "\"field\":\"to_host.head\""), 1);
	wire_close(wire);
	wire_close(other);
}

/* Each machine has a region of its own. */
static void machines_share_nothing(void **state)
{
	struct wire *a = machine_plug(*state, "a"), *b = machine_plug(*state, "a");
	uint8_t *byte = b->base + b->header.io_offset + 8192;

	a->base[a->header.io_offset + 8192] = 0x77;
	assert_int_equal(*byte, 0);
	wire_close(a);
	wire_close(b);
}

/* QEMU that connects and goes at once, many times. */
static void come_and_go(void **state)
{
	struct daemon *daemon = *state;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		int sock = machine_connect(daemon, "a");

		assert_true(sock >= 0);
		close(sock);
	}
	wire_close(machine_plug(daemon, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greeting_and_region),
		cmocka_unit_test(a_guest_works),
		cmocka_unit_test(a_new_epoch_drops_everything),
		cmocka_unit_test(epoch_after_garbage),
		cmocka_unit_test(ping_pong),
		cmocka_unit_test(unplugged),
		cmocka_unit_test(talking_client_is_thrown_out),
		cmocka_unit_test(lie_ends_session),
		cmocka_unit_test(machines_share_nothing),
		cmocka_unit_test(come_and_go),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

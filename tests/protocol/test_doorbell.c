// SPDX-License-Identifier: MIT
/*
 * test_doorbell: how often the bells ring. The event index tells the sender whether the other side
 * sleeps; a burst costs a handful of doorbells, an idle daemon rings nobody and uses no time.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"

#define BURST 1000u
#define BURST_DOORBELLS 20u /* fewer than this, says the specification of the benchmark */

/* The counter in an eventfd since it was looked at last. */
static uint64_t bells(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&pfd, 1, 0) == 1)
		assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	return count;
}

/* Publish each message by itself, as the driver does, and count when the event index wants a bell.
 */
static unsigned long burst_of_submissions(struct client *client, struct client_memory *memory)
{
	unsigned long before = client->wire->rung;
	unsigned int i;

	for (i = 0; i < BURST; i++)
		client_submit(client, client->context, memory->va, sizeof(struct dxg_cmd_barrier));
	return client->wire->rung - before;
}

static void put_barrier(struct client_memory *memory)
{
	struct dxg_cmd_barrier barrier = {
		.h = { .opcode = DXG_CMD_BARRIER, .size = sizeof(barrier) },
	};

	memcpy(memory->cpu, &barrier, sizeof(barrier));
}

static void burst_rings_seldom(void **state)
{
	unsigned long rung, best = BURST;
	struct client_memory memory;
	struct client client;
	unsigned int round;

	client_open(&client, *state, "a");
	memory = client_memory(&client, 4096);
	put_barrier(&memory);
	/* On a busy machine this process may lose its processor in the middle: the best of a few.
	 */
	for (round = 0; round < 8; round++) {
		rung = burst_of_submissions(&client, &memory);
		client_finish(&client, client.context);
		best = rung < best ? rung : best;
		assert_true(rung < BURST / 2); /* but never anything like one each */
	}
	print_message("%u submissions rang %lu times\n", BURST, best);
	assert_true(best < BURST_DOORBELLS);
	client_close(&client);
}

/* Nothing is lost for want of a bell: each message published alone, with a pause until dxgd sleeps.
 */
static void every_bell_is_heard(void **state)
{
	struct client client;
	struct client_fence fence;
	unsigned int i;

	client_open(&client, *state, "a");
	fence = client_fence(&client, 0);
	for (i = 1; i <= 500; i++) {
		struct dxg_ring_ctl *ctl = client.wire->tx[0].ctl;

		/* dxgd arms its event at the position it has read up to: then it sleeps, or is
		 * about to. */
		while (dxg_load_acquire(&ctl->data_event) != client.wire->tx[0].pos)
			sched_yield();
		client_signal(&client, client.context, fence.handle, i);
		assert_int_equal(client_try_signal_cpu(&client, fence.handle, 0), 0);
	}
	client_finish(&client, client.context);
	assert_true(*fence.value == 500);
	client_close(&client);
}

/* dxgd rings only who sleeps: while we poll the ring ourselves, our bell is silent. */
static void awake_guest_is_not_rung(void **state)
{
	struct dxg_msg_header body = wire_vgpu(DXG_MSG_GETINTERNALADAPTERINFO, 0);
	struct wire_msg msg;
	struct client client;
	struct wire *wire;
	unsigned int i;
	time_t end;

	client_open(&client, *state, "a");
	wire = client.wire;
	wire_msg_init(&msg, wire, &body, sizeof(body));
	/* The event index of the last sleep lies in the past from the next packet on. */
	assert_true(wire_is_alive(wire));
	assert_true(wire_is_alive(wire));
	wire_request(wire, &msg);
	for (end = time(NULL) + 20; wire_pull(wire) == 0 && time(NULL) < end;)
		sched_yield();
	bells(wire->bell_in[0]);
	for (i = 0; i < 1000; i++) {
		uint64_t id = wire_request(wire, &msg);

		for (end = time(NULL) + 20; wire_pull(wire) == 0 && time(NULL) < end;)
			sched_yield();
		assert_true(wire_reply(wire, id, NULL, 0) > 0);
	}
	assert_int_equal(bells(wire->bell_in[0]), 0);
	client_close(&client);
}

/* User and system time of @pid in clock ticks. */
static unsigned long cpu_ticks(pid_t pid)
{
	unsigned long user, system;
	char path[64], text[512], *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	end = strrchr(text, ')');
	assert_int_equal(sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system),
			 2);
	return user + system;
}

/* How often @pid gave up the processor by itself: each wake-up ends with one. */
static unsigned long wakeups(pid_t pid)
{
	unsigned long count = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %lu", &count) == 1)
			break;
	fclose(file);
	return count;
}

/* With sessions, workers and a waiting context, but nothing to do: no wake-ups at all. */
static void idle_is_asleep(void **state)
{
	struct daemon *daemon = *state;
	struct client client;
	struct client_fence never;
	struct pollfd pfd;
	unsigned long ticks, count;

	client_open(&client, daemon, "a");
	client_clock(&client);
	never = client_fence(&client, 0);
	client_wait(&client, client.context, never.handle, 1);
	assert_true(wire_is_alive(client.wire));
	pfd = (struct pollfd){ .fd = client.wire->bell_in[0], .events = POLLIN };
	bells(pfd.fd);
	poll(&pfd, 1, 200); /* what was going on comes to its end */
	bells(pfd.fd);
	count = wakeups(daemon->pid);
	ticks = cpu_ticks(daemon->pid);
	assert_int_equal(poll(&pfd, 1, 1000), 0); /* a second in which nobody rings */
	assert_int_equal(wakeups(daemon->pid), count);
	assert_int_equal(cpu_ticks(daemon->pid), ticks);
	client_close(&client);
}

/* A guest that rings without a reason gets nothing, and its session goes on. */
static void needless_bells(void **state)
{
	struct daemon *daemon = *state;
	struct client client, other;
	unsigned int i;

	client_open(&client, daemon, "a");
	client_open(&other, daemon, "a");
	for (i = 0; i < 5000; i++)
		wire_ring(client.wire, 0);
	client_finish(&other, other.context);
	client_finish(&client, client.context);
	client_close(&client);
	client_close(&other);
}

/* A bell made full and blocking would stop whoever rings it: dxgd must not stand still for it. */
static void blocked_bell(void **state)
{
	struct daemon *daemon = *state;
	uint64_t full = ~0ull - 1;
	struct dxg_msg_header body = wire_vgpu(DXG_MSG_GETINTERNALADAPTERINFO, 0);
	struct client other;
	struct wire_msg msg;
	struct wire *wire = wire_open(daemon->socket, "a");
	off_t mark;

	mark = daemon_log_mark(daemon);
	client_open(&other, daemon, "a");
	assert_true(wire_is_alive(wire));
	assert_int_equal(fcntl(wire->bell_in[0], F_SETFL, 0), 0); /* the open file is shared */
	bells(wire->bell_in[0]);
	assert_int_equal(write(wire->bell_in[0], &full, sizeof(full)), sizeof(full));
	wire_msg_init(&msg, wire, &body, sizeof(body));
	dxg_ring_arm_data(&wire->rx[0]); /* we sleep: please ring */
	wire_request(wire, &msg);
	client_finish(&other, other.context);
	assert_true(wire_wait_end(wire));
	assert_true(daemon_log_count(daemon, mark, "dxgd: ", "blocked its doorbell") == 1);
	client_finish(&other, other.context);
	wire_close(wire);
	client_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_rings_seldom),	   cmocka_unit_test(every_bell_is_heard),
		cmocka_unit_test(awake_guest_is_not_rung), cmocka_unit_test(idle_is_asleep),
		cmocka_unit_test(needless_bells),	   cmocka_unit_test(blocked_bell),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

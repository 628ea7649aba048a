// SPDX-License-Identifier: MIT
/*
 * test_ring_full: rings that are full, in both directions. Nothing is dropped and nothing
 * overtakes; the producer that arms space_event is woken; a guest that does not read holds up
 * itself and nobody else.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define DEAF_KIB                                                                        \
	8192 /* what a guest that does not read may cost dxgd; most of it a sanitizer's \
	      */

static void info_msg(struct wire_msg *msg, const struct wire *wire)
{
	struct dxg_msg_header body = wire_vgpu(DXG_MSG_GETINTERNALADAPTERINFO, 0);

	wire_msg_init(msg, wire, &body, sizeof(body));
}

/* Far more than a ring of requests, sent as fast as there is room, read as they come: all answered.
 */
static void more_than_a_ring(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = wire_open(daemon->socket, "a");
	struct wire_msg msg;
	uint64_t first, i, n = 20000; /* 20000 * 728 bytes of replies, 14 MiB */

	info_msg(&msg, wire);
	first = wire_request(wire, &msg);
	for (i = 1; i < n; i++) {
		wire_request(wire, &msg);
		if (i % 64 == 0)
			assert_true(wire_pull(wire) >= 0);
	}
	for (i = 0; i < n; i++) {
		struct wire_packet *packet = wire_any(wire);

		assert_non_null(packet);
		assert_int_equal(packet->h.kind, DXG_PACKET_REPLY);
		assert_true(packet->h.id == first + i); /* nothing here is slow: in order */
		free(packet);
	}
	wire_close(wire);
}

/* Private memory of dxgd. */
static long memory_kib(const struct daemon *daemon)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", daemon->pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "RssAnon: %ld", &kib);
	fclose(file);
	assert_true(kib > 0);
	return kib;
}

/*
 * We send and do not read: replies fill their ring, then what dxgd keeps for us, then dxgd leaves
 * our requests where they are and our own ring fills. Reading again gets every reply, in order.
 */
static void guest_that_does_not_read(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = wire_open(daemon->socket, "a");
	struct wire *other = wire_open(daemon->socket, "a");
	struct wire_msg msg;
	uint64_t sent = 0, got;
	unsigned int full = 0;
	long before = memory_kib(daemon), after;
	int err;

	info_msg(&msg, wire);
	while (full < 20000 && sent < 1000000) {
		err = wire_put(wire, 0, DXG_PACKET_REQUEST, sent + 1, msg.bytes, msg.len);
		assert_true(err == 0 || err == -EAGAIN);
		if (!err) {
			sent++;
			full = 0;
			wire_flush(wire, 0);
		} else {
			/* Full: give dxgd the time of a round trip elsewhere, which it has. */
			if (full++ % 100 == 0)
				assert_true(wire_is_alive(other));
		}
	}
	assert_true(sent < 1000000); /* there is an end to what dxgd keeps */
	after = memory_kib(daemon);
	print_message("%llu requests before nothing was taken any more, dxgd %ld -> %ld KiB\n",
		      (unsigned long long)sent, before, after);
	assert_true(after - before < DEAF_KIB);
	for (got = 0; got < sent; got++) {
		struct wire_packet *packet = wire_any(wire);

		assert_non_null(packet);
		assert_true(packet->h.id == got + 1);
		free(packet);
	}
	wire->next_id = sent;
	assert_true(wire_is_alive(wire));
	wire_close(wire);
	wire_close(other);
}

/* The bell that space_event asked for comes, and only then is there room. */
static void space_event_is_honoured(void **state)
{
	struct daemon *daemon = *state;
	struct wire *wire = wire_open(daemon->socket, "a");
	struct pollfd pfd = { .fd = wire->bell_in[0], .events = POLLIN };
	struct wire_msg msg;
	uint64_t sent = 0, count;
	unsigned int waits = 0;
	int fits;

	info_msg(&msg, wire);
	while (waits < 50) {
		int err = wire_put(wire, 0, DXG_PACKET_REQUEST, sent + 1, msg.bytes, msg.len);

		if (!err) {
			sent++;
			if (dxg_ring_free(&wire->tx[0]) < 4096)
				wire_flush(wire, 0); /* all at once: dxgd finds a full ring */
			continue;
		}
		assert_int_equal(err, -EAGAIN);
		wire_flush(wire, 0);
		fits = dxg_ring_arm_space(&wire->tx[0], msg.len);
		assert_true(fits >= 0);
		waits++;
		while (!fits) {
			assert_true(wire_pull(wire) >= 0);
			/* Only the bell of dxgd may be what wakes us: the data bell is armed as
			 * well. */
			if (!dxg_ring_arm_data(&wire->rx[0])) {
				assert_int_equal(poll(&pfd, 1, WIRE_TIMEOUT_MS), 1);
				assert_int_equal(read(pfd.fd, &count, sizeof(count)),
						 sizeof(count));
			}
			fits = dxg_ring_arm_space(&wire->tx[0], msg.len);
			assert_true(fits >= 0);
		}
	}
	wire_flush(wire, 0);
	while (sent--)
		free(wire_any(wire));
	wire_close(wire);
}

/* With the ring to the host full of messages that have no reply, space is all there is to wait for.
 */
static void asynchronous_backpressure(void **state)
{
	struct client client;
	struct client_fence fence;
	uint64_t i;

	client_open(&client, *state, "a");
	fence = client_fence(&client, 0);
	for (i = 1; i <= 50000; i++)
		client_signal(&client, client.context, fence.handle, i);
	client_finish(&client, client.context);
	assert_true(*fence.value == 50000);
	client_close(&client);
}

/* Packets that wrap round the end at every position that alignment allows, with every length. */
static void every_wrap(void **state)
{
	struct client client;
	uint8_t data[1024], reply[1024];
	struct wire_msg msg;
	unsigned int i;

	client_open(&client, *state, "a");
	for (i = 0; i < 3000; i++) {
		uint32_t size = 16 + (i * 37) % 1000, k;
		struct dxg_escape *escape = (struct dxg_escape *)(void *)data;

		for (k = 16; k < size; k++)
			data[k] = (uint8_t)(k * 3 + i);
		*escape =
			(struct dxg_escape){ .magic = DXG_ESCAPE_MAGIC, .op = 0xfe, .size = size };
		client_escape_msg(&client, &msg, client.device, data, size);
		assert_int_equal(wire_call(client.wire, &msg, reply, sizeof(reply)), size);
		assert_memory_equal(reply + 16, data + 16, size - 16);
	}
	client_close(&client);
}

/* Positions count bytes modulo 2^32: past that point everything goes on. */
static void positions_wrap(void **state)
{
	static uint8_t data[DXG_MESSAGE_MAX];
	struct client client;
	struct wire_msg msg;
	uint32_t size = 130000, last, i;

	client_open(&client, *state, "a");
	*(struct dxg_escape *)(void *)data =
		(struct dxg_escape){ .magic = DXG_ESCAPE_MAGIC, .op = 0xfe, .size = size };
	client_escape_msg(&client, &msg, client.device, data, size);
	do {
		last = client.wire->tx[0].pos;
		assert_int_equal(wire_call(client.wire, &msg, NULL, 0), size);
	} while (client.wire->tx[0].pos > last);
	for (i = 0; i < 50; i++) /* the other ring wraps a little later */
		assert_int_equal(wire_call(client.wire, &msg, NULL, 0), size);
	assert_true(client.wire->rx[0].pos < 1u << 30);
	client_finish(&client, client.context);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_a_ring),
		cmocka_unit_test(guest_that_does_not_read),
		cmocka_unit_test(space_event_is_honoured),
		cmocka_unit_test(asynchronous_backpressure),
		cmocka_unit_test(every_wrap),
		cmocka_unit_test(positions_wrap),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

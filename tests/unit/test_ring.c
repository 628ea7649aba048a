// SPDX-License-Identifier: MIT
/*
 * test_ring: dxgwire/ring.h alone, both sides in one thread: every packet comes out as it went in, in
 * every place of the ring and over the wrap of the 32-bit positions; doorbells are asked for exactly
 * when a side sleeps; and nothing that the peer writes into the shared words is believed.
 */
#include <stdlib.h>
#include <string.h>

#include "cm.h"
#include "dxgwire/ring.h"
#include "prng.h"

#define RING_BYTES 4096u

/** struct pair - both sides of one ring, and what they share. */
struct pair {
	_Alignas(64) struct dxg_ring_ctl ctl;
	_Alignas(64) uint8_t data[RING_BYTES];
	struct dxg_ring tx, rx;
};

/* Start with all positions at @pos, as after a long life. */
static void pair_start(struct pair *p, uint32_t pos)
{
	memset(&p->ctl, 0, sizeof(p->ctl));
	dxg_ring_init(&p->tx, &p->ctl, p->data, RING_BYTES);
	dxg_ring_init(&p->rx, &p->ctl, p->data, RING_BYTES);
	p->ctl.head = p->ctl.tail = p->ctl.data_event = p->ctl.space_event = pos;
	p->tx.pos = p->tx.published = p->tx.peer = pos;
	p->rx.pos = p->rx.published = p->rx.peer = pos;
}

static int pair_put(struct pair *p, uint64_t id, const void *payload, uint32_t len)
{
	struct dxg_ring_part part = { payload, len };

	return dxg_ring_put(&p->tx, DXG_PACKET_REQUEST, id, &part, 1);
}

static void expect_packet(struct pair *p, uint64_t id, const void *payload, uint32_t len)
{
	static uint8_t got[DXG_MESSAGE_MAX];
	struct dxg_packet pkt = { 0 };

	assert_int_equal(dxg_ring_peek(&p->rx, &pkt), 1);
	assert_int_equal(pkt.length, len);
	assert_int_equal(pkt.kind, DXG_PACKET_REQUEST);
	assert_int_equal(pkt.id, id);
	dxg_ring_read(&p->rx, 0, got, len);
	assert_memory_equal(got, payload, len);
	dxg_ring_consume(&p->rx, pkt.length);
}

static void fill(struct prng *rng, uint8_t *payload, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		payload[i] = (uint8_t)prng_next(rng);
}

/* Random sizes, many times round the ring, from a start near the wrap of the positions. */
static void test_every_place(void **state)
{
	static uint8_t payload[RING_BYTES];
	struct prng rng = { 7 };
	struct pair p;
	uint32_t i, len;

	(void)state;
	pair_start(&p, 0u - 16 * RING_BYTES);
	for (i = 0; i < 20000; i++) {
		len = (uint32_t)(prng_next(&rng) % (RING_BYTES - sizeof(struct dxg_packet) + 1));
		fill(&rng, payload, len);
		assert_int_equal(pair_put(&p, i, payload, len), 0);
		dxg_ring_publish(&p.tx);
		expect_packet(&p, i, payload, len);
		dxg_ring_release(&p.rx);
	}
	assert_true(p.tx.pos < 0u - 16 * RING_BYTES);
}

static void test_parts_are_joined(void **state)
{
	struct dxg_ring_part part[4] = { { "ab", 2 }, { NULL, 0 }, { "cdefg", 5 }, { "h", 1 } };
	struct pair p;

	(void)state;
	pair_start(&p, RING_BYTES - 8);
	assert_int_equal(dxg_ring_put(&p.tx, DXG_PACKET_REQUEST, 9, part, 4), 0);
	dxg_ring_publish(&p.tx);
	expect_packet(&p, 9, "abcdefgh", 8);
}

static void test_nothing_before_publish(void **state)
{
	struct dxg_packet pkt = { 0 };
	struct pair p;

	(void)state;
	pair_start(&p, 0);
	assert_int_equal(pair_put(&p, 1, "x", 1), 0);
	assert_int_equal(dxg_ring_peek(&p.rx, &pkt), 0);
	dxg_ring_publish(&p.tx);
	assert_int_equal(dxg_ring_peek(&p.rx, &pkt), 1);
}

static void test_full_and_too_long(void **state)
{
	static uint8_t big[DXG_MESSAGE_MAX + 1];
	struct pair p;

	(void)state;
	pair_start(&p, 100 * RING_BYTES);
	assert_int_equal(pair_put(&p, 1, big, DXG_MESSAGE_MAX + 1), -EMSGSIZE);
	assert_int_equal(pair_put(&p, 1, big, RING_BYTES - sizeof(struct dxg_packet) + 1), -EMSGSIZE);
	assert_int_equal(pair_put(&p, 1, big, RING_BYTES - sizeof(struct dxg_packet)), 0);
	assert_int_equal(pair_put(&p, 2, NULL, 0), -EAGAIN);
	dxg_ring_publish(&p.tx);
	expect_packet(&p, 1, big, RING_BYTES - sizeof(struct dxg_packet));
	/* Consumed is not yet given back. */
	assert_int_equal(pair_put(&p, 2, NULL, 0), -EAGAIN);
	dxg_ring_release(&p.rx);
	assert_int_equal(pair_put(&p, 2, NULL, 0), 0);
}

/* The sum of parts is bounded before it can wrap. */
static void test_parts_do_not_wrap(void **state)
{
	struct dxg_ring_part part[3] = { { "", 8 }, { "", 0xfffffff8u }, { "", 8 } };
	struct pair p;

	(void)state;
	pair_start(&p, 0);
	assert_int_equal(dxg_ring_put(&p.tx, DXG_PACKET_REQUEST, 1, part, 3), -EMSGSIZE);
}

/* A consumer that is awake gets no doorbell, one that sleeps gets one for a burst. */
static void test_data_doorbell(void **state)
{
	struct dxg_packet pkt = { 0 };
	struct pair p;
	int i, rung = 0;

	(void)state;
	pair_start(&p, 0u - 3 * 24);
	assert_false(dxg_ring_arm_data(&p.rx));
	for (i = 0; i < 100; i++) {
		assert_int_equal(pair_put(&p, i, "12345678", 8), 0);
		rung += dxg_ring_publish(&p.tx);
		assert_false(dxg_ring_publish(&p.tx));
	}
	assert_int_equal(rung, 1);
	assert_true(dxg_ring_arm_data(&p.rx));
	while (dxg_ring_peek(&p.rx, &pkt) == 1)
		dxg_ring_consume(&p.rx, pkt.length);
	assert_false(dxg_ring_arm_data(&p.rx));
	assert_int_equal(pair_put(&p, 0, NULL, 0), 0);
	assert_true(dxg_ring_publish(&p.tx));
}

/* The producer is woken by the release with which its packet fits, not by an earlier one. */
static void test_space_doorbell(void **state)
{
	static uint8_t payload[1000];
	struct dxg_packet pkt = { 0 };
	struct pair p;
	int i;

	(void)state;
	pair_start(&p, 0u - 2000);
	for (i = 0; i < 4; i++)
		assert_int_equal(pair_put(&p, i, payload, 1000), 0);
	dxg_ring_publish(&p.tx);
	assert_int_equal(pair_put(&p, 4, payload, 1000), -EAGAIN);
	assert_int_equal(dxg_ring_arm_space(&p.tx, 1000), 0);
	assert_int_equal(dxg_ring_peek(&p.rx, &pkt), 1);
	dxg_ring_consume(&p.rx, pkt.length);
	assert_true(dxg_ring_release(&p.rx));
	assert_int_equal(dxg_ring_arm_space(&p.tx, 1000), 1);
	assert_int_equal(pair_put(&p, 4, payload, 1000), 0);
	/* Two at once: only the second release makes room. */
	assert_int_equal(dxg_ring_arm_space(&p.tx, 2040), 0);
	assert_int_equal(dxg_ring_peek(&p.rx, &pkt), 1);
	dxg_ring_consume(&p.rx, pkt.length);
	assert_false(dxg_ring_release(&p.rx));
	assert_int_equal(dxg_ring_peek(&p.rx, &pkt), 1);
	dxg_ring_consume(&p.rx, pkt.length);
	assert_true(dxg_ring_release(&p.rx));
}

/* ---- lies of the producer ---- */

static int peek_after(struct pair *p, uint32_t head)
{
	struct dxg_packet pkt = { 0 };

	p->ctl.head = head;
	return dxg_ring_peek(&p->rx, &pkt);
}

static void test_head_lies(void **state)
{
	static const uint32_t lie[] = { 1, 4, 8, RING_BYTES + 8, 0x80000000u, 0u - 8, ~0u };
	struct pair p;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(lie) / sizeof(lie[0]); i++) {
		pair_start(&p, 0x1000);
		memset(p.data, 0, sizeof(p.data));
		assert_int_equal(peek_after(&p, 0x1000 + lie[i]), -EPROTO);
	}
}

static int peek_packet(struct pair *p, uint32_t length, uint16_t kind, uint16_t reserved)
{
	struct dxg_packet pkt = { .length = length, .kind = kind, .reserved = reserved };

	pair_start(p, 0);
	memcpy(p->data, &pkt, sizeof(pkt));
	return peek_after(p, 64);
}

static void test_packet_lies(void **state)
{
	struct pair p;

	(void)state;
	assert_int_equal(peek_packet(&p, 48, DXG_PACKET_REPLY, 0), 1);
	assert_int_equal(peek_packet(&p, 49, DXG_PACKET_REPLY, 0), -EPROTO);
	assert_int_equal(peek_packet(&p, DXG_MESSAGE_MAX, DXG_PACKET_REPLY, 0), -EPROTO);
	assert_int_equal(peek_packet(&p, DXG_MESSAGE_MAX + 1, DXG_PACKET_REPLY, 0), -EPROTO);
	assert_int_equal(peek_packet(&p, ~0u, DXG_PACKET_REPLY, 0), -EPROTO);
	assert_int_equal(peek_packet(&p, 8, 0, 0), -EPROTO);
	assert_int_equal(peek_packet(&p, 8, DXG_PACKET_REPLY + 1, 0), -EPROTO);
	assert_int_equal(peek_packet(&p, 8, DXG_PACKET_REPLY, 1), -EPROTO);
}

/* The header is fetched once: what the producer changes afterwards does not count. */
static void test_header_is_private(void **state)
{
	struct dxg_packet pkt = { 0 }, evil = { .length = DXG_MESSAGE_MAX, .kind = 99 };
	struct pair p;

	(void)state;
	pair_start(&p, 0);
	assert_int_equal(pair_put(&p, 5, "abcd", 4), 0);
	dxg_ring_publish(&p.tx);
	assert_int_equal(dxg_ring_peek(&p.rx, &pkt), 1);
	memcpy(p.data, &evil, sizeof(evil));
	assert_int_equal(pkt.length, 4);
	dxg_ring_consume(&p.rx, pkt.length);
	assert_int_equal(p.rx.pos, dxg_ring_footprint(4));
}

/* ---- lies of the consumer ---- */

static void test_tail_lies(void **state)
{
	static uint8_t payload[RING_BYTES - sizeof(struct dxg_packet)];
	static const uint32_t lie[] = { 0u - 1, 0u - 8, RING_BYTES + 1, RING_BYTES + 8, 0x80000000u };
	struct pair p;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(lie) / sizeof(lie[0]); i++) {
		pair_start(&p, 0);
		assert_int_equal(pair_put(&p, 1, payload, sizeof(payload)), 0);
		dxg_ring_publish(&p.tx);
		p.ctl.tail = lie[i];
		assert_int_equal(pair_put(&p, 2, "x", 1), -EPROTO);
		assert_int_equal(dxg_ring_arm_space(&p.tx, 1), -EPROTO);
	}
}

/* A tail that goes back after it was seen is a lie as well. */
static void test_tail_backwards(void **state)
{
	static uint8_t payload[2000];
	struct pair p;

	(void)state;
	pair_start(&p, 0);
	assert_int_equal(pair_put(&p, 1, payload, 2000), 0);
	assert_int_equal(pair_put(&p, 2, payload, 2000), 0);
	dxg_ring_publish(&p.tx);
	p.ctl.tail = 2016;
	assert_int_equal(pair_put(&p, 3, payload, 2000), 0);
	p.ctl.tail = 2008;
	assert_int_equal(pair_put(&p, 4, payload, 2000), -EPROTO);
}

/* Own positions are never read back from the shared words. */
static void test_own_position_is_private(void **state)
{
	struct pair p;

	(void)state;
	pair_start(&p, 0);
	assert_int_equal(pair_put(&p, 1, "a", 1), 0);
	p.ctl.head = 0x12345678;
	dxg_ring_publish(&p.tx);
	assert_int_equal(p.ctl.head, dxg_ring_footprint(1));
	expect_packet(&p, 1, "a", 1);
	p.ctl.tail = 0x12345678;
	dxg_ring_release(&p.rx);
	assert_int_equal(p.ctl.tail, dxg_ring_footprint(1));
}

static void test_sizes(void **state)
{
	(void)state;
	assert_false(dxg_ring_size_ok(0));
	assert_false(dxg_ring_size_ok(DXG_RING_SIZE_MIN / 2));
	assert_true(dxg_ring_size_ok(DXG_RING_SIZE_MIN));
	assert_false(dxg_ring_size_ok(DXG_RING_SIZE_MIN + 1));
	assert_true(dxg_ring_size_ok(DXG_RING_SIZE_MAX));
	assert_false(dxg_ring_size_ok(DXG_RING_SIZE_MAX * 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_parts_are_joined),
		cmocka_unit_test(test_nothing_before_publish),
		cmocka_unit_test(test_full_and_too_long),
		cmocka_unit_test(test_parts_do_not_wrap),
		cmocka_unit_test(test_data_doorbell),
		cmocka_unit_test(test_space_doorbell),
		cmocka_unit_test(test_head_lies),
		cmocka_unit_test(test_packet_lies),
		cmocka_unit_test(test_header_is_private),
		cmocka_unit_test(test_tail_lies),
		cmocka_unit_test(test_tail_backwards),
		cmocka_unit_test(test_own_position_is_private),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

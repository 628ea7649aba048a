// SPDX-License-Identifier: GPL-2.0
/*
 * test_session.c - what a session makes of a region: headers that lie, the epoch, a host that goes
 * silent, and addresses outside the IO space.
 */
#include <kunit/test.h>

#include "dxg_caller.h"
#include "dxg_loopback.h"

/** struct lie - one 32-bit word of the header, and a value that it must not have. */
struct lie {
	const char *field;
	u32 offset;
	u32 value;
};

#define LIE(member, v)                                                 \
	{                                                              \
#member, offsetof(struct dxg_region_header, member), v \
	}

static const struct lie lies[] = {
	LIE(magic, 0x12345678),
	LIE(layout_version, 2),
	LIE(header_size, 8192),
	LIE(region_size, DXG_LOOPBACK_SIZE + 4096),
	LIE(region_size, 4095),
	LIE(interface_version, DXG_INTERFACE_VERSION + 1),
	LIE(channel_count, DXG_CHANNELS + 1),
	LIE(io_offset, DXG_LOOPBACK_IO + 64),
	LIE(io_offset, 0),
	LIE(io_size, 0),
	LIE(io_size, DXG_LOOPBACK_SIZE),
	LIE(channel[0].to_host.size, DXG_LOOPBACK_RING + 64),
	LIE(channel[0].to_host.size, DXG_LOOPBACK_RING / 2),
	LIE(channel[0].to_host.size, DXG_RING_SIZE_MAX),
	LIE(channel[0].to_host.data, 0),
	LIE(channel[0].to_host.data, 8192 + 4096),
	LIE(channel[0].to_host.data, 8192 + 32),
	LIE(channel[1].to_guest.data, DXG_LOOPBACK_IO),
	LIE(channel[1].to_guest.data, 0xffffffc0),
	LIE(channel[1].to_guest.ctl, 8192),
	LIE(channel[1].to_guest.ctl, 0xffffffc0),
	LIE(channel[1].to_guest.vector, 1),
	LIE(generation, 0),
	LIE(state, DXG_SESSION_DOWN),
	LIE(state, DXG_SESSION_LOST),
};

static void test_lying_headers(struct kunit *test)
{
	struct dxg_session *session = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		struct dxg_loopback *lb = dxg_loopback_create(test);

		memcpy((void *)lb->header + lies[i].offset, &lies[i].value, sizeof(u32));
		KUNIT_EXPECT_EQ_MSG(test, dxg_session_create(&lb->transport, &session), -ENODEV,
				    "%s = %u", lies[i].field, lies[i].value);
		dxg_loopback_end(test, lb);
	}
}

static void test_region_without_a_header(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = NULL;

	lb->transport.size = DXG_REGION_HEADER_SIZE - 1;
	KUNIT_EXPECT_EQ(test, dxg_session_create(&lb->transport, &session), -ENODEV);
	dxg_loopback_end(test, lb);
}

static void test_epoch(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session;

	lb->transport.exclusive = false;
	dxg_loopback_serve(test, lb, NULL, NULL);
	session = dxg_loopback_connect(test, lb);
	KUNIT_EXPECT_NE(test, lb->header->epoch, 0u);
	KUNIT_EXPECT_EQ(test, lb->header->epoch, lb->header->epoch_ack);
	KUNIT_EXPECT_EQ(test, lb->header->guest_version, DXG_INTERFACE_VERSION);
	KUNIT_EXPECT_TRUE(test, dxg_session_alive(session));
	dxg_loopback_end(test, lb);
}

static void test_epoch_without_answer(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = NULL;

	lb->transport.exclusive = false;
	KUNIT_EXPECT_EQ(test, dxg_session_create(&lb->transport, &session), -ETIMEDOUT);
	dxg_loopback_end(test, lb);
}

static int call_silence(void *arg)
{
	struct dxg_session *session = arg;
	u64 message = 0;
	struct dxg_ring_part part = { .base = &message, .len = sizeof(message) };
	struct dxg_slot *slot = dxg_slot_create(8);
	int ret = slot ? dxg_channel_call(&session->channel[1], slot, &part, 1) : -ENOMEM;

	dxg_slot_put(slot);
	return ret;
}

static void test_silent_host_is_given_up(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	u64 start = ktime_get_ns();

	KUNIT_EXPECT_EQ(test, call_silence(session), -ENODEV);
	KUNIT_EXPECT_GE(test, ktime_get_ns() - start, DXG_PONG_TIMEOUT_MS * 1000000ull);
	dxg_loopback_end(test, lb);
}

/* Takes the request and says nothing, but answers pings: it may think for as long as it likes. */
static void host_thinks(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
}

static void test_slow_host_is_not(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_caller caller;
	u32 pings;

	dxg_loopback_serve(test, lb, host_thinks, NULL);
	dxg_caller_start(test, &caller, call_silence, session);
	for (pings = 0; pings < 4 && !dxg_session_lost(session); pings++)
		while (READ_ONCE(session->ping_value) <= pings && !dxg_session_lost(session))
			schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_FALSE(test, dxg_session_lost(session));
	dxg_caller_kill(&caller);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller), -ERESTARTSYS);
	dxg_loopback_end(test, lb);
}

static void test_host_says_that_it_is_over(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_caller caller;

	dxg_loopback_serve(test, lb, host_thinks, NULL);
	dxg_caller_start(test, &caller, call_silence, session);
	while (xa_empty(&session->channel[1].slots))
		schedule_timeout_uninterruptible(1);
	dxg_store(&lb->header->state, DXG_SESSION_LOST);
	dxg_session_interrupt(session);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller), -ENODEV);
	dxg_loopback_end(test, lb);
}

static void test_addresses_of_the_io_space(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	u64 start = DXG_LOOPBACK_ADDRESS + DXG_LOOPBACK_IO, size = session->header.io_size;
	u64 offset = 1;

	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start, 4096, &offset), 0);
	KUNIT_EXPECT_EQ(test, offset, (u64)DXG_LOOPBACK_IO);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start + size - 8192, 4096, &offset),
			0);
	KUNIT_EXPECT_EQ(test, offset, (u64)DXG_LOOPBACK_SIZE - 8192);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start - 4096, 4096, &offset), -EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start + size - 4096, 4096, &offset),
			-EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start + 64, 4096, &offset), -EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start, 0, &offset), -EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start, size, &offset), -EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, start, ~0ull << 12, &offset), -EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_session_io_offset(session, ~0ull << 12, 4096, &offset), -EPROTO);
	dxg_loopback_end(test, lb);
}

static struct kunit_case cases[] = { KUNIT_CASE(test_lying_headers),
				     KUNIT_CASE(test_region_without_a_header),
				     KUNIT_CASE(test_epoch),
				     KUNIT_CASE(test_epoch_without_answer),
				     KUNIT_CASE(test_silent_host_is_given_up),
				     KUNIT_CASE(test_slow_host_is_not),
				     KUNIT_CASE(test_host_says_that_it_is_over),
				     KUNIT_CASE(test_addresses_of_the_io_space),
				     {} };

static struct kunit_suite suite = {
	.name = "dxg_session",
	.suite_init = dxg_loopback_start,
	.test_cases = cases,
};

kunit_test_suite(suite);

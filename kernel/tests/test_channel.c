// SPDX-License-Identifier: GPL-2.0
/*
 * test_channel.c - requests and replies over the loopback transport: in order or not, short, long,
 * late, never; rings that are full, and hosts that lie.
 */
#include <kunit/test.h>
#include <linux/delay.h>

#include "dxg_caller.h"
#include "dxg_loopback.h"
#include "dxg_request.h"
#include "dxgwire/ntstatus.h"

#define LIMIT msecs_to_jiffies(10000)
#define POSTS 200u

/** struct ask - a request of 8 bytes and what came back. */
struct ask {
	struct dxg_channel *channel;
	u64 question;
	u64 answer;
	u32 room;
};

static int ask(void *arg)
{
	struct ask *ask = arg;
	struct dxg_ring_part part = { .base = &ask->question, .len = sizeof(ask->question) };
	struct dxg_slot *slot = dxg_slot_create(ask->room);
	int length;

	if (!slot)
		return -ENOMEM;
	length = dxg_channel_call(ask->channel, slot, &part, 1);
	if (length > 0)
		memcpy(&ask->answer, slot->reply, min_t(u32, length, ask->room));
	dxg_slot_put(slot);
	return length;
}

static struct ask question(struct dxg_session *session, u64 value)
{
	return (struct ask){ .channel = &session->channel[0], .question = value, .room = 8 };
}

static u64 asked(const struct dxg_loopback_packet *packet)
{
	u64 value;

	memcpy(&value, packet->data, sizeof(value));
	return value;
}

static void reply_value(struct dxg_loopback *lb, u64 id, u64 value)
{
	dxg_loopback_send(lb, 0, DXG_PACKET_REPLY, id, &value, sizeof(value));
}

static void host_adds_one(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	reply_value(lb, packet->header.id, asked(packet) + 1);
}

static void test_reply(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct ask a;
	u32 i;

	dxg_loopback_serve(test, lb, host_adds_one, NULL);
	for (i = 0; i < 300; i++) { /* the ring goes round a few times */
		a = question(session, i);
		KUNIT_ASSERT_EQ(test, ask(&a), 8);
		KUNIT_ASSERT_EQ(test, a.answer, (u64)i + 1);
	}
	KUNIT_EXPECT_TRUE(test, xa_empty(&session->channel[0].slots));
	dxg_loopback_end(test, lb);
}

/** struct held - requests that the host holds back, by id; the host's thread. */
struct held {
	u64 id[3];
	u64 value[3];
	unsigned int n;
	struct completion three;
};

static void host_turns_round(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	struct held *held = lb->arg;

	held->id[held->n] = packet->header.id;
	held->value[held->n++] = asked(packet);
	if (held->n < 3)
		return;
	while (held->n--)
		reply_value(lb, held->id[held->n], held->value[held->n] + 1);
	complete(&held->three);
}

static void test_replies_out_of_order(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct held held = { .n = 0 };
	struct dxg_caller caller[3];
	struct ask asks[3];
	u32 i;

	init_completion(&held.three);
	dxg_loopback_serve(test, lb, host_turns_round, &held);
	for (i = 0; i < 3; i++) {
		asks[i] = question(session, 100 * i);
		dxg_caller_start(test, &caller[i], ask, &asks[i]);
	}
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&held.three, LIMIT), 0ul);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller[i]), 8);
		KUNIT_EXPECT_EQ(test, asks[i].answer, 100ull * i + 1);
	}
	dxg_loopback_end(test, lb);
}

/* Answers with as many bytes of status STATUS_NO_MEMORY and zeros as are asked for. */
static void host_answers_length(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	const struct dxg_msg_handle *msg = (const void *)packet->data + sizeof(struct dxg_msg_ext);
	u32 reply[64] = { (u32)DXG_STATUS_NO_MEMORY };

	dxg_loopback_send(lb, 0, DXG_PACKET_REPLY, packet->header.id, reply, msg->handle);
}

static int request(struct dxg_adapter *adapter, u32 bytes, void *reply, u32 expected)
{
	DXG_MESSAGE(dxg_msg_handle) msg = { .m.handle = bytes };
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vm(0, DXG_MSG_DESTROYPROCESS, &msg.ext, &msg.m.h);
	return dxg_request_call(adapter, &part, 1, reply, expected);
}

static void test_short_and_long_replies(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	u32 reply[5] = { [4] = 0x5a5a5a5a };

	dxg_loopback_serve(test, lb, host_answers_length, NULL);
	KUNIT_EXPECT_EQ(test, request(process->adapter, 0, reply, 16), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, request(process->adapter, 3, reply, 16), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, request(process->adapter, 4, reply, 16), -ENOMEM);
	KUNIT_EXPECT_EQ(test, request(process->adapter, 15, reply, 16), -ENOMEM);
	KUNIT_EXPECT_EQ(test, request(process->adapter, 16, reply, 16), 0);
	KUNIT_EXPECT_EQ(test, reply[0], (u32)DXG_STATUS_NO_MEMORY);
	KUNIT_EXPECT_EQ(test, request(process->adapter, 200, reply, 16), 0);
	KUNIT_EXPECT_EQ(test, reply[4], 0x5a5a5a5au);
	dxg_loopback_end(test, lb);
}

/** struct late - the host lets a request lie until told. */
struct late {
	struct completion came;
	u64 id;
};

static void host_is_late(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	struct late *late = lb->arg;

	if (asked(packet)) {
		reply_value(lb, late->id, 1);
		reply_value(lb, late->id, 1); /* and once more: nobody knows it now */
		reply_value(lb, packet->header.id, 2);
		return;
	}
	late->id = packet->header.id;
	complete(&late->came);
}

static void test_late_reply_after_kill(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct ask first = question(session, 0), second = question(session, 1);
	struct dxg_caller caller;
	struct late late = {};

	init_completion(&late.came);
	dxg_loopback_serve(test, lb, host_is_late, &late);
	dxg_caller_start(test, &caller, ask, &first);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&late.came, LIMIT), 0ul);
	dxg_caller_kill(&caller);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller), -ERESTARTSYS);
	KUNIT_EXPECT_FALSE(test, xa_empty(&session->channel[0].slots));
	KUNIT_EXPECT_EQ(test, ask(&second), 8);
	KUNIT_EXPECT_EQ(test, second.answer, 2ull);
	KUNIT_EXPECT_TRUE(test, xa_empty(&session->channel[0].slots));
	dxg_loopback_end(test, lb);
}

static int post_many(void *arg)
{
	struct dxg_channel *channel = arg;
	u64 message[32] = {};
	struct dxg_ring_part part = { .base = message, .len = sizeof(message) };
	int err = 0;

	for (; !err && message[0] < POSTS; message[0]++)
		err = dxg_channel_post(channel, &part, 1);
	return err;
}

/** struct counted - messages in their order; the host's thread. */
struct counted {
	u64 next;
	struct completion all;
};

static void host_counts(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	struct counted *counted = lb->arg;

	if (asked(packet) == counted->next)
		counted->next++;
	if (counted->next == POSTS)
		complete(&counted->all);
}

static void test_full_ring_blocks_and_drops_nothing(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_channel *channel = &session->channel[0];
	struct counted counted = {};
	struct dxg_caller caller;

	init_completion(&counted.all);
	dxg_caller_start(test, &caller, post_many, channel);
	while (!wq_has_sleeper(&channel->tx_wait)) /* the test's own limit ends this if it hangs */
		usleep_range(50, 100);
	dxg_loopback_serve(test, lb, host_counts, &counted);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller), 0);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&counted.all, LIMIT), 0ul);
	KUNIT_EXPECT_EQ(test, counted.next, (u64)POSTS);
	dxg_loopback_end(test, lb);
}

static void test_full_ring_is_killable(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_caller caller;

	dxg_loopback_serve(test, lb, NULL, NULL);
	dxg_caller_start(test, &caller, post_many, &session->channel[0]);
	while (!wq_has_sleeper(&session->channel[0].tx_wait))
		usleep_range(50, 100);
	dxg_caller_kill(&caller);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller), -ERESTARTSYS);
	KUNIT_EXPECT_FALSE(test, dxg_session_lost(session));
	dxg_loopback_end(test, lb);
}

static void lie_head(struct dxg_loopback *lb)
{
	dxg_store_release(&lb->tx[0].ctl->head, DXG_LOOPBACK_RING + 8);
}

static void lie_unaligned(struct dxg_loopback *lb)
{
	dxg_store_release(&lb->tx[0].ctl->head, 20);
}

static void lie_length(struct dxg_loopback *lb)
{
	struct dxg_packet packet = { .length = DXG_MESSAGE_MAX + 1, .kind = DXG_PACKET_REPLY };

	memcpy(lb->tx[0].data, &packet, sizeof(packet));
	dxg_store_release(&lb->tx[0].ctl->head, sizeof(packet));
}

static void lie_kind(struct dxg_loopback *lb)
{
	struct dxg_packet packet = { .kind = DXG_PACKET_REQUEST, .id = 1 };

	memcpy(lb->tx[0].data, &packet, sizeof(packet));
	dxg_store_release(&lb->tx[0].ctl->head, sizeof(packet));
}

static void lie_tail(struct dxg_loopback *lb)
{
	/* Looked at by who finds the ring full: the whole of it is said to be free again, and more.
	 */
	dxg_store_release(&lb->rx[0].ctl->tail, lb->rx[0].pos + DXG_LOOPBACK_RING + 8);
}

static void lie_message(struct dxg_loopback *lb)
{
	u8 stub[4] = {};
	struct dxg_ring_part part = { .base = stub, .len = sizeof(stub) };

	dxg_ring_put(&lb->tx[0], DXG_PACKET_MESSAGE, 0, &part, 1);
	dxg_ring_publish(&lb->tx[0]);
}

typedef void host_lie(struct dxg_loopback *lb);

static void host_lies(struct dxg_loopback *lb, const struct dxg_loopback_packet *packet)
{
	host_lie *lie = lb->arg;

	lie(lb);
	while (dxg_session_interrupt(lb->session))
		cond_resched();
}

static void expect_lost(struct kunit *test, void (*lie)(struct dxg_loopback *lb))
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct ask a = question(session, 1);

	dxg_loopback_serve(test, lb, host_lies, lie);
	KUNIT_EXPECT_EQ(test, ask(&a), -ENODEV);
	KUNIT_EXPECT_TRUE(test, dxg_session_lost(session));
	KUNIT_EXPECT_EQ(test, ask(&a), -ENODEV);
	KUNIT_EXPECT_TRUE(test, xa_empty(&session->channel[0].slots));
	dxg_loopback_end(test, lb);
}

static void test_lies_end_the_session(struct kunit *test)
{
	expect_lost(test, lie_head);
	expect_lost(test, lie_unaligned);
	expect_lost(test, lie_length);
	expect_lost(test, lie_kind);
	expect_lost(test, lie_message);
}

static void test_lying_tail_ends_the_session(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);

	lie_tail(lb);
	KUNIT_EXPECT_EQ(test, post_many(&session->channel[0]), -ENODEV);
	KUNIT_EXPECT_TRUE(test, dxg_session_lost(session));
	dxg_loopback_end(test, lb);
}

static void test_too_long_a_message(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	void *big = kunit_kzalloc(test, DXG_LOOPBACK_RING, GFP_KERNEL);
	struct dxg_ring_part part = { .base = big, .len = DXG_LOOPBACK_RING };

	KUNIT_ASSERT_NOT_NULL(test, big);
	KUNIT_EXPECT_EQ(test, dxg_channel_post(&session->channel[0], &part, 1), -EMSGSIZE);
	KUNIT_EXPECT_FALSE(test, dxg_session_lost(session));
	dxg_loopback_end(test, lb);
}

static struct kunit_case cases[] = { KUNIT_CASE(test_reply),
				     KUNIT_CASE(test_replies_out_of_order),
				     KUNIT_CASE(test_short_and_long_replies),
				     KUNIT_CASE(test_late_reply_after_kill),
				     KUNIT_CASE(test_full_ring_blocks_and_drops_nothing),
				     KUNIT_CASE(test_full_ring_is_killable),
				     KUNIT_CASE(test_lies_end_the_session),
				     KUNIT_CASE(test_lying_tail_ends_the_session),
				     KUNIT_CASE(test_too_long_a_message),
				     {} };

static struct kunit_suite suite = {
	.name = "dxg_channel",
	.suite_init = dxg_loopback_start,
	.test_cases = cases,
};

kunit_test_suite(suite);

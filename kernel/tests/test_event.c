// SPDX-License-Identifier: GPL-2.0
/*
 * test_event.c - host events: fired once or withdrawn, by exactly one; as many as allowed and no
 * more; fired by messages, and all at once when the session is lost.
 */
#include <kunit/test.h>

#include "dxg_event.h"
#include "dxg_loopback.h"

static struct dxg_event *sleeper(struct kunit *test, struct dxg_process *process)
{
	struct dxg_event *event = NULL;

	KUNIT_ASSERT_EQ(test, dxg_event_create_sleeper(process, &event), 0);
	return event;
}

static void test_fires_once(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	struct dxg_event *event = sleeper(test, process);

	KUNIT_EXPECT_EQ(test, atomic_read(&session->waiters), 1);
	dxg_event_fire(session, event->id + 1ull);
	dxg_event_fire(session, event->id + (1ull << 32));
	KUNIT_EXPECT_FALSE(test, completion_done(&event->fired));
	dxg_event_fire(session, event->id);
	KUNIT_EXPECT_TRUE(test, completion_done(&event->fired));
	KUNIT_EXPECT_EQ(test, atomic_read(&session->waiters), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&process->events), 0);
	KUNIT_EXPECT_TRUE(test, xa_empty(&session->events));
	dxg_event_fire(session, event->id);
	dxg_event_withdraw(event); /* too late, and harmless */
	KUNIT_EXPECT_EQ(test, kref_read(&event->ref), 1u);
	dxg_event_put(event);
	dxg_loopback_end(test, lb);
}

static void test_fired_by_message(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_event *event = sleeper(test, dxg_loopback_process(test, session));
	struct dxg_msg_signalguestevent msg = { .event = event->id };

	msg.h.channel = DXG_MSG_HOST_TO_VM;
	msg.h.type = DXG_MSG_SIGNALGUESTEVENT;
	KUNIT_EXPECT_EQ(test, dxg_session_message(session, &msg, sizeof(msg) - 1), -EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_loopback_send(lb, 0, DXG_PACKET_MESSAGE, 0, &msg, sizeof(msg)),
			0);
	KUNIT_EXPECT_TRUE(test, completion_done(&event->fired));
	dxg_event_put(event);
	dxg_loopback_end(test, lb);
}

static void test_withdrawn_does_not_fire(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session), *other;
	struct dxg_event *event = sleeper(test, process), *kept;

	other = dxg_loopback_process(test, session);
	kept = sleeper(test, other);
	dxg_event_withdraw(event);
	dxg_event_fire(session, event->id);
	KUNIT_EXPECT_FALSE(test, completion_done(&event->fired));
	dxg_event_put(event);
	event = sleeper(test, process);
	dxg_event_withdraw_all(session, process);
	KUNIT_EXPECT_EQ(test, atomic_read(&process->events), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&other->events), 1);
	dxg_event_put(event);
	dxg_event_withdraw(kept);
	dxg_event_put(kept);
	dxg_loopback_end(test, lb);
}

static void test_as_many_as_allowed(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	struct dxg_event *event = NULL;

	atomic_set(&process->events, DXG_CPU_WAITS_PER_PROCESS - 1);
	event = sleeper(test, process);
	dxg_event_put(event);
	KUNIT_EXPECT_EQ(test, dxg_event_create_sleeper(process, &event), -ENOMEM);
	KUNIT_EXPECT_EQ(test, atomic_read(&process->events), (int)DXG_CPU_WAITS_PER_PROCESS);
	atomic_set(&process->events, 1);
	dxg_event_withdraw_all(session, process);
	KUNIT_EXPECT_TRUE(test, xa_empty(&session->events));
	dxg_loopback_end(test, lb);
}

static void test_loss_fires_all(struct kunit *test)
{
	struct dxg_loopback *lb = dxg_loopback_create(test);
	struct dxg_session *session = dxg_loopback_connect(test, lb);
	struct dxg_process *process = dxg_loopback_process(test, session);
	struct dxg_event *event[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(event); i++)
		event[i] = sleeper(test, process);
	dxg_session_end(session, "test");
	for (i = 0; i < ARRAY_SIZE(event); i++) {
		KUNIT_EXPECT_TRUE(test, completion_done(&event[i]->fired));
		dxg_event_put(event[i]);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&session->waiters), 0);
	dxg_loopback_end(test, lb);
}

static struct kunit_case cases[] = { KUNIT_CASE(test_fires_once),
				     KUNIT_CASE(test_fired_by_message),
				     KUNIT_CASE(test_withdrawn_does_not_fire),
				     KUNIT_CASE(test_as_many_as_allowed),
				     KUNIT_CASE(test_loss_fires_all),
				     {} };

static struct kunit_suite suite = {
	.name = "dxg_event",
	.suite_init = dxg_loopback_start,
	.test_cases = cases,
};

kunit_test_suite(suite);

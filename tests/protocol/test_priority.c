// SPDX-License-Identifier: MIT
/*
 * test_priority: priorities of contexts: what is accepted and answered, and that they decide whose
 * work a node does next. (How, test_vidsch_priority tells.)
 */
#include <signal.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define INVALID DXG_STATUS_INVALID_PARAMETER

static struct client open_process(void **state)
{
	struct client client;

	client_open(&client, *state, "a");
	return client;
}

static int32_t set_body(struct client *client, struct dxg_msg_setcontextschedulingpriority body)
{
	struct wire_msg msg;

	body.h = wire_vgpu(DXG_MSG_SETCONTEXTSCHEDULINGPRIORITY, client->process);
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

static int32_t set(struct client *client, uint32_t context, bool in_process, int32_t priority)
{
	return set_body(client, (struct dxg_msg_setcontextschedulingpriority){
					.context = context,
					.priority = priority,
					.in_process = in_process,
				});
}

static int32_t get_body(struct client *client, struct dxg_msg_getcontextschedulingpriority body,
			int32_t *ret_priority)
{
	struct dxg_msg_getcontextschedulingpriority_return reply;
	struct wire_msg msg;

	body.h = wire_vgpu(DXG_MSG_GETCONTEXTSCHEDULINGPRIORITY, client->process);
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_int_equal(wire_call(client->wire, &msg, &reply, sizeof(reply)), sizeof(reply));
	*ret_priority = reply.priority;
	return reply.status;
}

static void expect(struct client *client, uint32_t context, int32_t priority, int32_t in_process)
{
	struct dxg_msg_getcontextschedulingpriority body = { .context = context };
	int32_t got;

	assert_int_equal(get_body(client, body, &got), 0);
	assert_int_equal(got, priority);
	body.in_process = 1;
	assert_int_equal(get_body(client, body, &got), 0);
	assert_int_equal(got, in_process);
}

static void set_and_get(void **state)
{
	struct client client = open_process(state);
	int32_t p;

	expect(&client, client.context, 0, 0);
	for (p = -DXG_CONTEXT_PRIORITY_MAX; p <= DXG_CONTEXT_PRIORITY_MAX; p++) {
		assert_int_equal(set(&client, client.context, false, p), 0);
		assert_int_equal(set(&client, client.context, true, -p), 0);
		expect(&client, client.context, p, -p);
	}
	client_close(&client);
}

static void refused(void **state)
{
	static const int32_t bad[] = { 8, -8, INT32_MAX, INT32_MIN };
	struct client client = open_process(state);
	int32_t got;
	size_t i;

	assert_int_equal(set(&client, client.context, false, 3), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(set(&client, client.context, false, bad[i]), INVALID);
		assert_int_equal(set(&client, client.context, true, bad[i]), INVALID);
	}
	assert_int_equal(set(&client, client.device, false, 0), INVALID);
	assert_int_equal(set_body(&client,
				  (struct dxg_msg_setcontextschedulingpriority){
					  .context = client.context, .in_process = 2 }),
			 INVALID);
	assert_int_equal(set_body(&client,
				  (struct dxg_msg_setcontextschedulingpriority){
					  .context = client.context, .pad = { 1 } }),
			 INVALID);
	assert_int_equal(get_body(&client,
				  (struct dxg_msg_getcontextschedulingpriority){
					  .context = client.context, .in_process = 2 },
				  &got),
			 INVALID);
	assert_int_equal(get_body(&client,
				  (struct dxg_msg_getcontextschedulingpriority){
					  .context = client.context, .pad = { 0, 0, 1 } },
				  &got),
			 INVALID);
	expect(&client, client.context, 3, 0);
	client_close(&client);
}

/** struct stage - @before: workers that were there before it. */
struct stage {
	const struct daemon *daemon;
	struct daemon_pids before;
	struct client client;
	struct client_memory memory;
	struct client_fence order;
	uint32_t len;
};

/* The worker stands still with one submission, so that all that follows queues up. */
static void stage_hold(struct stage *s, struct daemon *daemon)
{
	s->daemon = daemon;
	s->before = daemon_pids(daemon);
	client_open(&s->client, daemon, "a");
	s->memory = client_memory(&s->client, DXG_PAGE_SIZE);
	s->len = client_put_fill(s->memory.cpu, s->memory.va + 2048, 64, 1);
	s->order = client_fence(&s->client, 0);
	client_finish(&s->client, s->client.context);
	client_clock(&s->client);
	assert_true(daemon_signal_new(daemon, &s->before, SIGSTOP) > 0);
	client_submit(&s->client, s->client.context, s->memory.va, s->len);
	assert_true(wire_is_alive(s->client.wire));
}

/* Behind work on @queue: guest event @event. */
static void queue_event(struct stage *s, uint32_t queue, uint64_t event)
{
	struct dxg_msg_signalsyncobject body = {
		.h = wire_async(DXG_MSG_SIGNALSYNCOBJECT, s->client.process),
		.context_count = 1,
		.flags.enqueue_cpu_event = 1,
		.event_or_device = event,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, s->client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &queue, sizeof(queue));
	wire_post(s->client.wire, &msg);
}

static void contexts_run_in_order(void **state)
{
	static const int32_t priority[4] = { 0, -1, 7, 0 }, in_process[4] = { 0, 7, 0, 1 };
	static const uint64_t order[4] = { 3, 4, 1, 2 };
	struct stage s;
	uint32_t i;

	stage_hold(&s, *state);
	for (i = 0; i < 4; i++) {
		uint32_t context = client_try_context(&s.client, s.client.device);

		client_submit(&s.client, context, s.memory.va, s.len);
		queue_event(&s, context, i + 1);
		assert_int_equal(set(&s.client, context, false, priority[i]), 0);
		assert_int_equal(set(&s.client, context, true, in_process[i]), 0);
	}
	daemon_signal_new(s.daemon, &s.before, SIGCONT);
	for (i = 0; i < 4; i++)
		client_expect_event(&s.client, order[i]);
	client_close(&s.client);
}

/* Hardware queues have the priorities of their context, those made before and after the change. */
static void hwqueues_follow(void **state)
{
	struct client_fence fence[3];
	uint32_t context[2], queue[3];
	struct stage s;
	uint32_t i;

	stage_hold(&s, *state);
	for (i = 0; i < 2; i++)
		context[i] = client_try_hw_context(&s.client, s.client.device);
	assert_int_equal(client_try_hwqueue(&s.client, context[0], &queue[0], &fence[0]), 0);
	assert_int_equal(client_try_hwqueue(&s.client, context[1], &queue[1], &fence[1]), 0);
	assert_int_equal(set(&s.client, context[1], false, 2), 0);
	assert_int_equal(client_try_hwqueue(&s.client, context[1], &queue[2], &fence[2]), 0);
	for (i = 0; i < 3; i++) {
		client_submit_hw(&s.client, queue[i], 1, s.memory.va, s.len);
		queue_event(&s, queue[i], i + 1);
	}
	daemon_signal_new(s.daemon, &s.before, SIGCONT);
	client_expect_event(&s.client, 2);
	client_expect_event(&s.client, 3);
	client_expect_event(&s.client, 1);
	client_close(&s.client);
}

static void lost_device(void **state)
{
	struct client client = open_process(state);

	assert_int_equal(set(&client, client.context, false, -2), 0);
	client_submit(&client, client.context, 8, 8);
	client_expect_loss(&client);
	assert_int_equal(set(&client, client.context, false, 1), DXG_STATUS_DEVICE_REMOVED);
	expect(&client, client.context, -2, 0);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_and_get),		 cmocka_unit_test(refused),
		cmocka_unit_test(contexts_run_in_order), cmocka_unit_test(hwqueues_follow),
		cmocka_unit_test(lost_device),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

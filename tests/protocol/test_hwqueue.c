// SPDX-License-Identifier: MIT
/*
 * test_hwqueue: hardware queues: what creating one answers, that each is a queue of its own with a
 * progress fence that nobody else moves, and what becomes of both when something above them goes.
 */
#include <string.h>

#include "client.h"
#include "cm.h"

#define INVALID DXG_STATUS_INVALID_PARAMETER

/** struct stage - a client, a context for hardware queues, one of them, and commands. */
struct stage {
	struct client client;
	uint32_t context;
	uint32_t queue;
	struct client_fence fence;
	struct client_memory memory;
	uint32_t len;
};

static struct stage open_stage(void **state)
{
	struct stage s;

	client_open(&s.client, *state, "a");
	s.context = client_try_hw_context(&s.client, s.client.device);
	assert_int_not_equal(s.context, 0);
	assert_int_equal(client_try_hwqueue(&s.client, s.context, &s.queue, &s.fence), 0);
	s.memory = client_memory(&s.client, 2 * DXG_PAGE_SIZE);
	s.len = client_put_fill(s.memory.cpu, s.memory.va + DXG_PAGE_SIZE, 64, 0x5a5a5a5a);
	return s;
}

static void wait_value(struct client *client, const struct client_fence *fence, uint64_t value)
{
	uint64_t event = client->next_event++;

	assert_int_equal(client_try_wait_cpu(client, &fence->handle, &value, 1, false, event), 0);
	client_expect_event(client, event);
	assert_true(*fence->value >= value);
}

static uint32_t state_of(struct stage *s)
{
	return client_state(&s->client, s->client.device);
}

/* ---- creating ---- */

struct create {
	uint32_t context;
	uint32_t flags;
	uint32_t pad;
	uint32_t size;
};

/* The reply has its published length whatever it says. */
static int32_t create(struct stage *s, const struct create *c, uint32_t *ret_queue)
{
	struct dxg_msg_createhwqueue body = {
		.h = wire_vgpu(DXG_MSG_CREATEHWQUEUE, s->client.process),
		.context = c->context,
		.flags.value = c->flags,
		.pad = c->pad,
		.priv_drv_data_size = c->size,
	};
	const uint32_t fixed = offsetof(struct dxg_msg_createhwqueue, priv_drv_data);
	static uint8_t reply[DXG_REPLY_MAX], data[DXG_MESSAGE_MAX];
	struct wire_msg msg;
	uint32_t i;

	for (i = 0; i < c->size; i++)
		data[i] = (uint8_t)(i * 7 + 1);
	wire_msg_init(&msg, s->client.wire, &body, fixed);
	wire_msg_add(&msg, data, c->size);
	wire_msg_zero(&msg, 3);
	assert_int_equal(wire_call(s->client.wire, &msg, reply, sizeof(reply)),
			 c->size ? fixed + c->size + 3 : fixed + 4);
	memcpy(&body, reply, fixed);
	assert_int_equal(!body.status, body.hwqueue && body.progress_fence);
	assert_int_equal(!body.status, body.progress_fence_address != 0);
	if (!body.status)
		assert_memory_equal(reply + fixed, data, c->size);
	if (ret_queue)
		*ret_queue = body.hwqueue;
	return body.status;
}

static void creating(void **state)
{
	struct stage s = open_stage(state);
	const struct create good[] = {
		{ .context = s.context },
		{ .context = s.context, .flags = 7, .size = 1 },
		{ .context = s.context, .size = 1000 },
		{ .context = s.context, .size = 130985 }, /* what fits the message */
	};
	const struct create bad[] = {
		{ .context = s.client.context }, /* was not made for them */
		{ .context = s.queue },
		{ .context = s.client.device, .size = 100 },
		{ .context = 0, .size = 1 },
		{ .context = s.context, .flags = 1u << 3 },
		{ .context = s.context, .flags = 1u << 31, .size = 5 },
		{ .context = s.context, .pad = 1 },
	};
	uint32_t queue;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(create(&s, &good[i], &queue), 0);
		assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYHWQUEUE, queue), 0);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(create(&s, &bad[i], NULL), INVALID);
	assert_true(*s.fence.value == 0);
	client_close(&s.client);
}

/* ---- submitting ---- */

static void progress(void **state)
{
	struct stage s = open_stage(state);

	client_submit_hw(&s.client, s.queue, 5, s.memory.va, s.len);
	wait_value(&s.client, &s.fence, 5);
	assert_true(*s.fence.value == 5);
	assert_int_equal(s.memory.cpu[DXG_PAGE_SIZE + 63], 0x5a);
	client_submit_hw(&s.client, s.queue, 6, s.memory.va, s.len);
	client_submit_hw(&s.client, s.queue, 1000, s.memory.va, s.len);
	wait_value(&s.client, &s.fence, 1000);
	assert_true(*s.fence.value == 1000);
	client_close(&s.client);
}

/* Numbers must increase, and none may look like the end of the device. */
static void numbers(void **state)
{
	static const uint64_t bad[] = { 7, 6, 0, UINT64_MAX };
	struct stage s = open_stage(state);
	size_t i;

	assert_int_equal(client_try_submit_hw(&s.client, s.queue, 0, s.memory.va, s.len), INVALID);
	assert_int_equal(client_try_submit_hw(&s.client, s.queue, 7, s.memory.va, s.len), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			client_try_submit_hw(&s.client, s.queue, bad[i], s.memory.va, s.len),
			INVALID);
	assert_int_equal(
		client_try_submit_hw(&s.client, s.queue, UINT64_MAX - 1, s.memory.va, s.len), 0);
	wait_value(&s.client, &s.fence, UINT64_MAX - 1);
	assert_int_equal(state_of(&s), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_close(&s.client);
}

/* Asynchronously the same costs the device, and that shows in the fence. */
static void number_costs_the_device(void **state)
{
	struct stage s = open_stage(state);

	client_submit_hw(&s.client, s.queue, 3, s.memory.va, s.len);
	client_submit_hw(&s.client, s.queue, 3, s.memory.va, s.len);
	client_expect_loss(&s.client);
	assert_int_not_equal(state_of(&s), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_true(*s.fence.value == UINT64_MAX);
	assert_int_equal(client_try_submit_hw(&s.client, s.queue, 4, s.memory.va, s.len),
			 DXG_STATUS_DEVICE_REMOVED);
	assert_int_equal(create(&s, &(struct create){ .context = s.context }, NULL),
			 DXG_STATUS_DEVICE_REMOVED);
	client_close(&s.client);
}

/** struct submission - one that is refused. */
struct submission {
	struct d3dkmt_submitcommandtohwqueue args;
	uint32_t primary;
};

static int32_t submit(struct stage *s, const struct submission *sub)
{
	struct dxg_msg_submitcommandtohwqueue body = {
		.h = wire_vgpu(DXG_MSG_SUBMITCOMMANDTOHWQUEUE, s->client.process),
		.args = sub->args,
	};
	struct wire_msg msg;
	uint32_t i;

	wire_msg_init(&msg, s->client.wire, &body, sizeof(body));
	for (i = 0; i < sub->args.num_primaries; i++)
		wire_msg_add(&msg, &sub->primary, sizeof(sub->primary));
	wire_msg_zero(&msg, sub->args.priv_drv_data_size);
	return wire_status(s->client.wire, &msg);
}

static void submissions(void **state)
{
	struct stage s = open_stage(state);
	struct submission good = {
		.args = {
			.hwqueue.v = s.queue,
			.hwqueue_progress_fence_id = 1,
			.command_buffer = s.memory.va,
			.command_length = s.len,
			.num_primaries = DXG_WRITTEN_PRIMARIES,
			.priv_drv_data_size = 33,
		},
		.primary = s.memory.handle,
	};
	struct submission bad[9];
	size_t i;

	for (i = 0; i < 9; i++) {
		bad[i] = good;
		bad[i].args.hwqueue_progress_fence_id = 2;
	}
	bad[0].args.num_primaries++;
	bad[1].primary = s.context;
	bad[2].primary = 0;
	bad[3].args.reserved = 1;
	bad[4].args.reserved1 = 1;
	bad[5].args.hwqueue.v = s.context;
	bad[6].args.command_length = 0;
	bad[7].args.command_length = DXG_COMMAND_BUFFER_MAX + 8;
	bad[8].args.command_buffer++;
	assert_int_equal(submit(&s, &good), 0);
	for (i = 0; i < 9; i++)
		assert_int_equal(submit(&s, &bad[i]), INVALID);
	wait_value(&s.client, &s.fence, 1);
	assert_int_equal(state_of(&s), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_close(&s.client);
}

/* ---- the fence ---- */

/* Waits may name it, destruction and signals may not. */
static void fence_is_the_hosts(void **state)
{
	struct stage s = open_stage(state);
	struct client_fence done = client_fence(&s.client, 0);

	assert_int_equal(client_destroy_sync(&s.client, s.fence.handle), INVALID);
	assert_int_equal(client_try_signal_cpu(&s.client, s.fence.handle, 9), INVALID);
	client_wait(&s.client, s.client.context, s.fence.handle, 2);
	client_signal(&s.client, s.client.context, done.handle, 1);
	client_submit_hw(&s.client, s.queue, 1, s.memory.va, s.len);
	wait_value(&s.client, &s.fence, 1);
	assert_true(*done.value == 0);
	client_submit_hw(&s.client, s.queue, 2, s.memory.va, s.len);
	wait_value(&s.client, &done, 1);
	assert_true(*s.fence.value == 2);
	client_signal(&s.client, s.client.context, s.fence.handle, 9);
	client_expect_loss(&s.client);
	client_close(&s.client);
}

/* ---- queues ---- */

/* What holds one back holds neither its context nor another queue of it. */
static void queues_are_independent(void **state)
{
	struct stage s = open_stage(state);
	struct client_fence never = client_fence(&s.client, 0), other_fence;
	uint32_t other;

	assert_int_equal(client_try_hwqueue(&s.client, s.context, &other, &other_fence), 0);
	client_wait(&s.client, s.queue, never.handle, 1);
	client_submit_hw(&s.client, s.queue, 1, s.memory.va, s.len);
	client_submit_hw(&s.client, other, 1, s.memory.va, s.len);
	wait_value(&s.client, &other_fence, 1);
	client_finish(&s.client, s.context);
	assert_true(*s.fence.value == 0);
	assert_int_equal(client_try_signal_cpu(&s.client, never.handle, 1), 0);
	wait_value(&s.client, &s.fence, 1);
	client_close(&s.client);
}

/* A signal on several of them, a context among them, happens when the last has got there. */
static void signal_behind_all(void **state)
{
	struct stage s = open_stage(state);
	struct client_fence gate = client_fence(&s.client, 0), done = client_fence(&s.client, 0);
	struct dxg_msg_signalsyncobject body = {
		.h = wire_async(DXG_MSG_SIGNALSYNCOBJECT, s.client.process),
		.object_count = 1,
		.context_count = 3,
		.fence_value = 4,
	};
	uint32_t queues[3] = { s.queue, 0, s.client.context };
	struct client_fence other_fence;
	struct wire_msg msg;

	assert_int_equal(client_try_hwqueue(&s.client, s.context, &queues[1], &other_fence), 0);
	client_wait(&s.client, s.queue, gate.handle, 1);
	wire_msg_init(&msg, s.client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &done.handle, sizeof(done.handle));
	wire_msg_add(&msg, queues, sizeof(queues));
	wire_post(s.client.wire, &msg);
	client_finish(&s.client, queues[1]);
	client_finish(&s.client, queues[2]);
	assert_true(*done.value == 0);
	assert_int_equal(client_try_signal_cpu(&s.client, gate.handle, 1), 0);
	wait_value(&s.client, &done, 4);
	client_close(&s.client);
}

/* FLUSHDEVICE waits for them as for contexts. */
static void flush_waits(void **state)
{
	struct stage s = open_stage(state);
	struct client_fence never = client_fence(&s.client, 0);
	struct wire_msg msg;
	uint64_t i;

	for (i = 1; i <= 200; i++)
		client_submit_hw(&s.client, s.queue, i, s.memory.va, s.len);
	client_wait(&s.client, s.queue, never.handle, 1);
	client_flush_msg(&s.client, &msg, DXG_MSG_FLUSH_DEVICE_TERMINATE);
	assert_int_equal(wire_status(s.client.wire, &msg), 0);
	assert_true(*s.fence.value == 200);
	client_close(&s.client);
}

/* What waits behind a fence is counted as on a context. */
static void quota_queued(void **state)
{
	struct stage s = open_stage(state);
	struct client_fence never = client_fence(&s.client, 0);
	uint64_t i;

	client_wait(&s.client, s.queue, never.handle, 1);
	for (i = 1; i <= DXG_QUEUED_PER_CONTEXT; i++)
		assert_int_equal(client_try_submit_hw(&s.client, s.queue, i, s.memory.va, s.len),
				 0);
	assert_true(client_try_submit_hw(&s.client, s.queue, i, s.memory.va, s.len) < 0);
	assert_int_equal(state_of(&s), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_int_equal(client_try_signal_cpu(&s.client, never.handle, 1), 0);
	wait_value(&s.client, &s.fence, DXG_QUEUED_PER_CONTEXT);
	assert_int_equal(client_try_submit_hw(&s.client, s.queue, i, s.memory.va, s.len), 0);
	client_close(&s.client);
}

/* ---- ends ---- */

static void expect_gone(struct stage *s)
{
	uint64_t zero = 0;

	assert_int_equal(client_try_submit_hw(&s->client, s->queue, 100, s->memory.va, s->len),
			 INVALID);
	assert_int_equal(client_destroy(&s->client, DXG_MSG_DESTROYHWQUEUE, s->queue), INVALID);
	assert_int_equal(client_try_wait_cpu(&s->client, &s->fence.handle, &zero, 1, false, 1),
			 INVALID);
}

/* A queue that goes with work in it lets go of who waits for its fence, on the CPU and the GPU. */
static void destroy_releases(void **state)
{
	struct stage s = open_stage(state);
	struct client_fence never = client_fence(&s.client, 0), done = client_fence(&s.client, 0);
	uint64_t one = 1;

	client_wait(&s.client, s.queue, never.handle, 1);
	client_submit_hw(&s.client, s.queue, 1, s.memory.va, s.len);
	client_wait(&s.client, s.client.context, s.fence.handle, 1);
	client_signal(&s.client, s.client.context, done.handle, 1);
	assert_int_equal(client_try_wait_cpu(&s.client, &s.fence.handle, &one, 1, false, 77), 0);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYHWQUEUE, s.queue), 0);
	client_expect_event(&s.client, 77);
	wait_value(&s.client, &done, 1);
	expect_gone(&s);
	client_close(&s.client);
}

static void destroy_context(void **state)
{
	struct stage s = open_stage(state);
	struct client_fence never = client_fence(&s.client, 0);

	client_wait(&s.client, s.queue, never.handle, 1);
	client_submit_hw(&s.client, s.queue, 1, s.memory.va, s.len);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYCONTEXT, s.context), 0);
	expect_gone(&s);
	client_finish(&s.client, s.client.context);
	client_close(&s.client);
}

static void destroy_device(void **state)
{
	struct stage s = open_stage(state);

	client_submit_hw(&s.client, s.queue, 1, s.memory.va, s.len);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYDEVICE, s.client.device), 0);
	assert_int_equal(client_try_submit_hw(&s.client, s.queue, 2, s.memory.va, s.len), INVALID);
	client_close(&s.client);
}

/* A refused command buffer: what was queued behind it does not run, the fence says so. */
static void loss(void **state)
{
	struct stage s = open_stage(state);

	client_submit_hw(&s.client, s.queue, 1, s.memory.va + DXG_PAGE_SIZE, 64); /* zeroes */
	client_submit_hw(&s.client, s.queue, 2, s.memory.va, s.len);
	client_expect_loss(&s.client);
	assert_true(*s.fence.value == UINT64_MAX);
	assert_int_equal(s.memory.cpu[DXG_PAGE_SIZE], 0);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYHWQUEUE, s.queue), 0);
	client_close(&s.client);
}

/* Handles are the process's: another one of the same session reaches none of it. */
static void foreign(void **state)
{
	struct stage s = open_stage(state);
	struct client other;

	client_open_process(&other, &s.client);
	assert_int_equal(client_try_submit_hw(&other, s.queue, 9, s.memory.va, s.len), INVALID);
	assert_int_equal(client_destroy(&other, DXG_MSG_DESTROYHWQUEUE, s.queue), INVALID);
	client_submit_hw(&s.client, s.queue, 1, s.memory.va, s.len);
	wait_value(&s.client, &s.fence, 1);
	client_close(&s.client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creating),
		cmocka_unit_test(progress),
		cmocka_unit_test(numbers),
		cmocka_unit_test(number_costs_the_device),
		cmocka_unit_test(submissions),
		cmocka_unit_test(fence_is_the_hosts),
		cmocka_unit_test(queues_are_independent),
		cmocka_unit_test(signal_behind_all),
		cmocka_unit_test(flush_waits),
		cmocka_unit_test(quota_queued),
		cmocka_unit_test(destroy_releases),
		cmocka_unit_test(destroy_context),
		cmocka_unit_test(destroy_device),
		cmocka_unit_test(loss),
		cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

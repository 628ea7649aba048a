// SPDX-License-Identifier: MIT
/*
 * test_fence: signals and waits of monitored fences and CPU notifications, from CPU and GPU, and
 * the order between them and submissions. An event that must not have come is looked for behind a
 * round trip: host-to-guest messages and replies are in one ring, in order.
 */
#include <string.h>

#include "client.h"
#include "cm.h"

static struct client open_process(void **state)
{
	struct client client;

	client_open(&client, *state, "a");
	return client;
}

/* Nothing has come, and nothing was on its way when the answer to this left. */
static void expect_no_event(struct client *client)
{
	assert_true(wire_is_alive(client->wire));
	assert_int_equal(wire_pending_events(client->wire), 0);
}

static int32_t wait_one(struct client *client, uint32_t fence, uint64_t value, uint64_t event)
{
	return client_try_wait_cpu(client, &fence, &value, 1, false, event);
}

static void cpu_signal(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = client_fence(&client, 3);

	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 10), 0);
	assert_true(*fence.value == 10);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 0x123456789abcdefull), 0);
	assert_true(*fence.value == 0x123456789abcdefull);
	client_close(&client);
}

/* A fence does not go back, unless that is asked for. */
static void rewinding(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = client_fence(&client, 10);
	struct dxg_msg_signalsyncobject body = {
		.h = wire_vgpu(DXG_MSG_SIGNALSYNCOBJECT, client.process),
		.object_count = 1,
		.flags.allow_fence_rewind = 1,
		.event_or_device = client.device,
	};
	struct wire_msg msg;
	uint64_t value = 4;

	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 4), 0);
	assert_true(*fence.value == 10);
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &fence.handle, sizeof(fence.handle));
	wire_msg_add(&msg, &value, sizeof(value));
	assert_int_equal(wire_status(client.wire, &msg), 0);
	assert_true(*fence.value == 4);
	client_close(&client);
}

/* Without values, fence_value counts for every object. */
static void signal_without_values(void **state)
{
	struct client client = open_process(state);
	struct client_fence a = client_fence(&client, 0), b = client_fence(&client, 0);
	struct dxg_msg_signalsyncobject body = {
		.h = wire_vgpu(DXG_MSG_SIGNALSYNCOBJECT, client.process),
		.object_count = 2,
		.fence_value = 21,
		.event_or_device = client.device,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &a.handle, sizeof(a.handle));
	wire_msg_add(&msg, &b.handle, sizeof(b.handle));
	assert_int_equal(wire_status(client.wire, &msg), 0);
	assert_true(*a.value == 21 && *b.value == 21);
	client_close(&client);
}

/* What the guest writes on the page is not what the fence is. */
static void scribbling_changes_nothing(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = client_fence(&client, 5);

	*(uint64_t *)(uintptr_t)fence.value = 1000;
	assert_int_equal(wait_one(&client, fence.handle, 6, 31), 0);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 6), 0);
	client_expect_event(&client, 31);
	assert_true(*fence.value == 6);
	client_close(&client);
}

static void cpu_wait(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = client_fence(&client, 0);

	assert_int_equal(wait_one(&client, fence.handle, 5, 50), 0);
	assert_int_equal(wait_one(&client, fence.handle, 3, 30), 0);
	assert_int_equal(wait_one(&client, fence.handle, 4, 40), 0);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 3), 0);
	client_expect_event(&client, 30);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 5), 0);
	client_expect_event(&client, 40);
	client_expect_event(&client, 50);
	expect_no_event(&client);
	client_close(&client);
}

static void satisfied_already(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = client_fence(&client, 7);

	assert_int_equal(wait_one(&client, fence.handle, 7, 70), 0);
	client_expect_event(&client, 70);
	assert_int_equal(wait_one(&client, fence.handle, 0, 71), 0);
	client_expect_event(&client, 71);
	expect_no_event(&client);
	client_close(&client);
}

static void cpu_wait_all(void **state)
{
	struct client client = open_process(state);
	struct client_fence a = client_fence(&client, 0), b = client_fence(&client, 0),
			    c = client_fence(&client, 9);
	uint32_t handles[3] = { a.handle, b.handle, c.handle };
	uint64_t values[3] = { 1, 2, 3 }; /* three handles: the values are unaligned */

	assert_int_equal(client_try_wait_cpu(&client, handles, values, 3, false, 5), 0);
	assert_int_equal(client_try_signal_cpu(&client, b.handle, 2), 0);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, a.handle, 1), 0);
	client_expect_event(&client, 5);
	assert_int_equal(client_try_wait_cpu(&client, handles, values, 3, false, 6), 0);
	client_expect_event(&client, 6);
	expect_no_event(&client);
	client_close(&client);
}

static void cpu_wait_any(void **state)
{
	struct client client = open_process(state);
	struct client_fence a = client_fence(&client, 0), b = client_fence(&client, 0);
	uint32_t handles[2] = { a.handle, b.handle };
	uint64_t values[2] = { 1, 1 };

	assert_int_equal(client_try_wait_cpu(&client, handles, values, 2, true, 5), 0);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, b.handle, 1), 0);
	client_expect_event(&client, 5);
	assert_int_equal(client_try_signal_cpu(&client, a.handle, 1), 0);
	expect_no_event(&client); /* once */
	assert_int_equal(client_try_wait_cpu(&client, handles, values, 2, true, 6), 0);
	client_expect_event(&client, 6);
	expect_no_event(&client);
	client_close(&client);
}

/* The same fence several times in one wait. */
static void cpu_wait_twice_the_same(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = client_fence(&client, 0);
	uint32_t handles[2] = { fence.handle, fence.handle };
	uint64_t values[2] = { 1, 2 };

	assert_int_equal(client_try_wait_cpu(&client, handles, values, 2, false, 5), 0);
	assert_int_equal(client_try_wait_cpu(&client, handles, values, 2, true, 6), 0);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 1), 0);
	client_expect_event(&client, 6);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 2), 0);
	client_expect_event(&client, 5);
	expect_no_event(&client);
	client_close(&client);
}

/* Destroying a fence ends CPU waits on it (specification section 9, 10). */
static void destroy_releases_cpu_waits(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = client_fence(&client, 0), other = client_fence(&client, 0);
	uint32_t handles[2] = { other.handle, fence.handle };
	uint64_t values[2] = { 1, 1 };

	assert_int_equal(wait_one(&client, fence.handle, 5, 50), 0);
	assert_int_equal(client_try_wait_cpu(&client, handles, values, 2, false, 51), 0);
	assert_int_equal(client_destroy_sync(&client, fence.handle), 0);
	client_expect_event(&client, 50);
	assert_int_equal(client_try_signal_cpu(&client, other.handle, 1), 0);
	client_expect_event(&client, 51);
	expect_no_event(&client);
	client_close(&client);
}

/* So does destroying its device, and a paging queue for its fence. */
static void destroy_of_owner_releases_cpu_waits(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence = { 0 }, paging = { 0 };
	uint32_t device = client_try_device(&client), queue;

	assert_int_not_equal(client_try_fence(&client, device, 0, &fence), 0);
	queue = client_try_queue(&client, device, &paging);
	assert_int_equal(wait_one(&client, fence.handle, 1, 50), 0);
	assert_int_equal(wait_one(&client, paging.handle, 1ull << 40, 51), 0);
	client_destroy(&client, DXG_MSG_DESTROYPAGINGQUEUE, queue);
	client_expect_event(&client, 51);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, device), 0);
	client_expect_event(&client, 50);
	expect_no_event(&client);
	client_close(&client);
}

/* ---- GPU ---- */

static void gpu_signal_and_wait(void **state)
{
	struct client client = open_process(state);
	struct client_fence gate = client_fence(&client, 0), done = client_fence(&client, 0);

	client_wait(&client, client.context, gate.handle, 1);
	client_signal(&client, client.context, done.handle, 8);
	assert_int_equal(wait_one(&client, done.handle, 8, 80), 0);
	expect_no_event(&client);
	assert_true(*done.value == 0);
	assert_int_equal(client_try_signal_cpu(&client, gate.handle, 1), 0);
	client_expect_event(&client, 80);
	assert_true(*done.value == 8);
	client_close(&client);
}

/* One context signals what the other waits for, and back: forty times round. */
static void ping_pong_of_contexts(void **state)
{
	struct client client = open_process(state);
	struct client_fence a = client_fence(&client, 0), b = client_fence(&client, 0);
	uint32_t other = client_try_context(&client, client.device);
	uint64_t i;

	for (i = 1; i <= 40; i++) {
		client_wait(&client, client.context, a.handle, i);
		client_signal(&client, client.context, b.handle, i);
		client_wait(&client, other, b.handle, i);
		client_signal(&client, other, a.handle, i + 1);
	}
	assert_int_equal(wait_one(&client, a.handle, 41, 410), 0);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, a.handle, 1), 0);
	client_expect_event(&client, 410);
	client_close(&client);
}

/* A GPU wait for several fences waits for all of them. */
static void gpu_wait_all(void **state)
{
	struct client client = open_process(state);
	struct client_fence gate[3], done = client_fence(&client, 0);
	struct dxg_msg_waitforsyncobjectfromgpu body = {
		.h = wire_async(DXG_MSG_WAITFORSYNCOBJECTFROMGPU, client.process),
		.context = client.context,
		.object_count = 3,
	};
	struct wire_msg msg;
	uint64_t i;

	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	for (i = 1; i <= 3; i++)
		wire_msg_add(&msg, &i, sizeof(i));
	for (i = 0; i < 3; i++) {
		gate[i] = client_fence(&client, 0);
		wire_msg_add(&msg, &gate[i].handle, 4);
	}
	wire_post(client.wire, &msg);
	client_signal(&client, client.context, done.handle, 1);
	assert_int_equal(wait_one(&client, done.handle, 1, 10), 0);
	for (i = 3; i-- > 0;) {
		expect_no_event(&client);
		assert_int_equal(client_try_signal_cpu(&client, gate[i].handle, i + 1), 0);
	}
	client_expect_event(&client, 10);
	client_close(&client);
}

/* A signal on several contexts happens when the last one gets there. */
static void signal_of_several_contexts(void **state)
{
	struct client client = open_process(state);
	struct client_fence gate = client_fence(&client, 0), done = client_fence(&client, 0);
	uint32_t contexts[2] = { client.context, client_try_context(&client, client.device) };
	struct dxg_msg_signalsyncobject body = {
		.h = wire_async(DXG_MSG_SIGNALSYNCOBJECT, client.process),
		.object_count = 1,
		.context_count = 2,
		.fence_value = 6,
	};
	struct wire_msg msg;

	client_wait(&client, contexts[1], gate.handle, 1);
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &done.handle, 4);
	wire_msg_add(&msg, contexts, sizeof(contexts));
	wire_post(client.wire, &msg);
	client_finish(&client, contexts[0]);
	assert_true(*done.value == 0);
	assert_int_equal(client_try_signal_cpu(&client, gate.handle, 1), 0);
	client_finish(&client, contexts[1]);
	assert_true(*done.value == 6);
	client_close(&client);
}

/* Submission, signal, submission, signal: when a fence shows a value, the bytes before it are
 * there. */
static void signals_stay_behind_submissions(void **state)
{
	struct client client = open_process(state);
	struct client_memory memory = client_memory(&client, 1 << 20);
	struct client_fence fence = client_fence(&client, 0);
	volatile uint32_t *word = (volatile uint32_t *)(void *)(memory.cpu + 65536);
	uint32_t i;

	for (i = 1; i <= 64; i++) {
		uint32_t at = i * 512, len;

		len = client_put_fill(memory.cpu + at, memory.va + 65536, (1 << 20) - 65536, i);
		client_submit(&client, client.context, memory.va + at, len);
		client_signal(&client, client.context, fence.handle, i);
		assert_int_equal(wait_one(&client, fence.handle, i, 1000 + i), 0);
	}
	for (i = 1; i <= 64; i++) {
		client_expect_event(&client, 1000 + i);
		assert_true(word[0] >= i && word[((1 << 20) - 65536) / 4 - 1] >= i);
	}
	client_close(&client);
}

/* What is queued survives the fence's handle (specification section 9, 10). */
static void destroy_keeps_gpu_waits(void **state)
{
	struct client client = open_process(state);
	struct client_fence gate = client_fence(&client, 0), done = client_fence(&client, 0),
			    hold = client_fence(&client, 0);
	uint32_t other = client_try_context(&client, client.device);

	client_wait(&client, client.context, gate.handle, 1);
	client_signal(&client, client.context, done.handle, 1);
	client_wait(&client, other, hold.handle, 1);
	client_signal(&client, other, gate.handle, 1);
	assert_int_equal(wait_one(&client, done.handle, 1, 10), 0);
	assert_int_equal(client_destroy_sync(&client, gate.handle), 0);
	expect_no_event(&client); /* the GPU wait goes on */
	assert_int_equal(client_try_signal_cpu(&client, hold.handle, 1), 0);
	client_expect_event(&client, 10);
	assert_true(*done.value == 1);
	client_close(&client);
}

/* ---- CPU notifications and events ---- */

static void cpu_notification(void **state)
{
	struct client client = open_process(state);
	uint32_t event = client_try_cpu_event(&client, 0xfeedface1);
	struct client_fence gate = client_fence(&client, 0);
	unsigned int i;

	assert_int_not_equal(event, 0);
	for (i = 0; i < 3; i++) { /* persistent: every signal is one event */
		client_signal(&client, client.context, event, 0);
		client_expect_event(&client, 0xfeedface1);
	}
	client_wait(&client, client.context, gate.handle, 1);
	client_signal(&client, client.context, event, 0);
	expect_no_event(&client);
	assert_int_equal(client_try_signal_cpu(&client, gate.handle, 1), 0);
	client_expect_event(&client, 0xfeedface1);
	assert_int_equal(client_try_signal_cpu(&client, event, 0), 0);
	client_expect_event(&client, 0xfeedface1);
	assert_true(wait_one(&client, event, 1, 4) < 0); /* it has no value to wait for */
	assert_int_equal(client_try_cpu_event(&client, 0), 0);
	assert_int_equal(client_destroy_sync(&client, event), 0);
	expect_no_event(&client);
	client_close(&client);
}

/* It is the process's, not the device's: it outlives the device, lost or destroyed. */
static void cpu_event_survives_its_device(void **state)
{
	struct client client = open_process(state);
	uint32_t event = client_try_cpu_event(&client, 0xfeedface2), second;
	int32_t signalled;

	assert_int_not_equal(event, 0);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, client.device), 0);
	client.device = client_try_device(&client);
	assert_int_not_equal(client.device, 0);
	signalled = client_try_signal_cpu(&client, event, 0);
	assert_int_equal(signalled, 0);
	client_expect_event(&client, 0xfeedface2);
	client.context = client_try_context(&client, client.device);
	client_signal(&client, client.context, event, 0);
	client_expect_event(&client, 0xfeedface2);
	second = client_try_cpu_event(&client, 0xfeedface3);
	assert_int_not_equal(second, 0);
	assert_int_not_equal(second, event);
	assert_int_equal(client_destroy_sync(&client, event), 0);
	assert_int_not_equal(client_destroy_sync(&client, event), 0);
	/* @second goes with the process. */
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
	assert_true(wire_is_alive(client.wire));
	client_close(&client);
}

/* Queued on a context when its handle goes, and when the device does. */
static void cpu_event_while_queued(void **state)
{
	struct client client = open_process(state);
	struct client_fence gate = client_fence(&client, 0);
	uint32_t event = client_try_cpu_event(&client, 0xfeedface4);

	client_wait(&client, client.context, gate.handle, 1);
	client_signal(&client, client.context, event, 0);
	assert_int_equal(client_destroy_sync(&client, event), 0);
	assert_int_equal(wire_pending_events(client.wire), 0);
	assert_int_equal(client_try_signal_cpu(&client, gate.handle, 1), 0);
	client_expect_event(&client, 0xfeedface4);
	event = client_try_cpu_event(&client, 0xfeedface5);
	client_wait(&client, client.context, gate.handle, 2);
	client_signal(&client, client.context, event, 0);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, client.device), 0);
	assert_int_equal(client_destroy_sync(&client, event), 0);
	client_close(&client);
}

static void post_cpu_event(struct client *client, uint32_t context, uint64_t event)
{
	struct dxg_msg_signalsyncobject body = {
		.h = wire_async(DXG_MSG_SIGNALSYNCOBJECT, client->process),
		.context_count = 1,
		.flags.enqueue_cpu_event = 1,
		.event_or_device = event,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, &context, sizeof(context));
	wire_post(client->wire, &msg);
}

static void enqueue_cpu_event(void **state)
{
	struct client client = open_process(state);
	struct client_memory memory = client_memory(&client, 1 << 20);
	struct client_fence gate = client_fence(&client, 0);
	uint32_t *word = (uint32_t *)(void *)(memory.cpu + 4096);
	uint32_t len = client_put_fill(memory.cpu, memory.va + 4096, (1 << 20) - 4096, 0x1337);

	client_wait(&client, client.context, gate.handle, 1);
	client_submit(&client, client.context, memory.va, len);
	post_cpu_event(&client, client.context, 0x900000001);
	expect_no_event(&client);
	assert_int_equal(word[0], 0);
	assert_int_equal(client_try_signal_cpu(&client, gate.handle, 1), 0);
	client_expect_event(&client, 0x900000001);
	assert_int_equal(word[((1 << 20) - 4096) / 4 - 1], 0x1337);
	client_close(&client);
}

static int32_t signal_flags(struct client *client, uint32_t objects, uint32_t contexts,
			    uint32_t flags, uint64_t event)
{
	struct client_fence fence = client_fence(client, 0);
	struct dxg_msg_signalsyncobject body = {
		.h = wire_vgpu(DXG_MSG_SIGNALSYNCOBJECT, client->process),
		.object_count = objects,
		.context_count = contexts,
		.flags.value = flags,
		.event_or_device = event,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	if (objects)
		wire_msg_add(&msg, &fence.handle, 4);
	if (contexts)
		wire_msg_add(&msg, &client->context, 4);
	return wire_status(client->wire, &msg);
}

/* Combinations that the host must refuse (specification section 7.2). */
static void bad_signals(void **state)
{
	struct client client = open_process(state);
	uint32_t event = 1u << 1;

	assert_true(signal_flags(&client, 0, 0, event, 7) < 0); /* event, but no context */
	assert_true(signal_flags(&client, 0, 1, event, 0) < 0); /* event 0 */
	assert_true(signal_flags(&client, 0, 1, 0, 0) < 0); /* nothing to signal */
	assert_true(signal_flags(&client, 1, 1, 1u << 31, 0) < 0); /* internal flag */
	assert_true(signal_flags(&client, 1, 1, 1u << 7, 0) < 0); /* unknown flag */
	assert_true(signal_flags(&client, 1, 0, 0, client.device | 1ull << 32) < 0);
	assert_int_equal(signal_flags(&client, 1, 1, 0, 0), 0);
	client_finish(&client, client.context);
	expect_no_event(&client);
	client_close(&client);
}

static uint32_t create_kind(struct client *client, uint32_t type, uint32_t flags)
{
	struct dxg_msg_createsyncobject body = {
		.h = wire_vgpu(DXG_MSG_CREATESYNCOBJECT, client->process),
		.client_hint = 1,
	};
	struct dxg_msg_createsyncobject_return reply = { 0 };
	struct wire_msg msg;

	body.args.device.v = client->device;
	body.args.info.type = type;
	body.args.info.flags.value = flags;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	if (wire_call(client->wire, &msg, &reply, sizeof(reply)) < (int)sizeof(reply))
		return 0;
	return reply.sync_object;
}

static void bad_kinds(void **state)
{
	struct client client = open_process(state);

	assert_int_equal(create_kind(&client, 0, 0), 0);
	assert_int_equal(create_kind(&client, _D3DDDI_SYNCHRONIZATION_TYPE_LIMIT, 0), 0);
	assert_int_equal(create_kind(&client, ~0u, 0), 0);
	assert_int_equal(create_kind(&client, _D3DDDI_MONITORED_FENCE, 1u << 30), 0);
	assert_int_not_equal(create_kind(&client, _D3DDDI_MONITORED_FENCE, 0), 0);
	client_close(&client);
}

/* Destroying the process ends its waits without a word to anybody else. */
static void waits_end_with_process(void **state)
{
	struct client first = open_process(state), second;
	struct client_fence fence;

	client_open_process(&second, &first);
	fence = client_fence(&second, 0);
	assert_int_equal(wait_one(&second, fence.handle, 1, 99), 0);
	client_wait(&second, second.context, fence.handle, 1);
	assert_int_equal(client_destroy_process(second.wire, second.process), 0);
	while (wire_pending_events(first.wire)) /* releasing the wait is allowed, and harmless */
		client_expect_event(&first, 99);
	client_finish(&first, first.context);
	client_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_signal),
		cmocka_unit_test(rewinding),
		cmocka_unit_test(signal_without_values),
		cmocka_unit_test(scribbling_changes_nothing),
		cmocka_unit_test(cpu_wait),
		cmocka_unit_test(satisfied_already),
		cmocka_unit_test(cpu_wait_all),
		cmocka_unit_test(cpu_wait_any),
		cmocka_unit_test(cpu_wait_twice_the_same),
		cmocka_unit_test(destroy_releases_cpu_waits),
		cmocka_unit_test(destroy_of_owner_releases_cpu_waits),
		cmocka_unit_test(gpu_signal_and_wait),
		cmocka_unit_test(ping_pong_of_contexts),
		cmocka_unit_test(gpu_wait_all),
		cmocka_unit_test(signal_of_several_contexts),
		cmocka_unit_test(signals_stay_behind_submissions),
		cmocka_unit_test(destroy_keeps_gpu_waits),
		cmocka_unit_test(cpu_notification),
		cmocka_unit_test(cpu_event_survives_its_device),
		cmocka_unit_test(cpu_event_while_queued),
		cmocka_unit_test(enqueue_cpu_event),
		cmocka_unit_test(bad_signals),
		cmocka_unit_test(bad_kinds),
		cmocka_unit_test(waits_end_with_process),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_calls: messages that stand alone: MARKDEVICEASERROR, FLUSHHEAPTRANSITIONS, INVALIDATECACHE.
 */
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

static int32_t mark(struct client *client, uint32_t device, uint32_t reason)
{
	struct dxg_msg_markdeviceaserror body = {
		.h = wire_vgpu(DXG_MSG_MARKDEVICEASERROR, client->process),
		.args.device.v = device,
		.args.reason = (enum d3dkmt_device_error_reason)reason,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

/* The device is lost like any other, with a text; a second one of the process is not. */
static void mark_device(void **state)
{
	static const uint32_t reasons[2] = { 0x80000000u, 0x80000006u };
	char text[DXG_FAULT_TEXT_MAX];
	size_t i;

	for (i = 0; i < 2; i++) {
		struct client client = open_process(state);
		struct client_fence fence = client_fence(&client, 1);
		uint32_t other = client_try_device(&client);

		assert_int_equal(mark(&client, client.device, reasons[i]), 0);
		client_expect_loss(&client);
		assert_int_equal(client_state(&client, client.device),
				 _D3DKMT_DEVICEEXECUTION_RESET);
		assert_true(*fence.value == UINT64_MAX);
		assert_true(client_fault(&client, text));
		assert_non_null(strstr(text, "marked as error"));
		assert_int_equal(mark(&client, client.device, reasons[i]), 0); /* it is already */
		assert_true(wire_is_alive(client.wire));
		assert_int_equal(wire_pending_events(client.wire), 0);
		assert_int_equal(client_state(&client, other), _D3DKMT_DEVICEEXECUTION_ACTIVE);
		client_close(&client);
	}
}

static void mark_refused(void **state)
{
	static const uint32_t bad[] = { 0, 1, 0x80000001u, 0x80000005u, 0x80000007u, UINT32_MAX };
	struct client client = open_process(state);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mark(&client, client.device, bad[i]), INVALID);
	assert_int_equal(mark(&client, client.context, 0x80000000u), INVALID);
	assert_int_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_close(&client);
}

static void flush_heap(void **state)
{
	struct client client = open_process(state);
	struct dxg_msg_header h = wire_vgpu(DXG_MSG_FLUSHHEAPTRANSITIONS, client.process);
	uint32_t handle = client_alloc(&client, DXG_PAGE_SIZE);
	struct wire_msg msg;

	assert_int_equal(client_try_resident(&client, &handle, 1), 0);
	wire_msg_init(&msg, client.wire, &h, sizeof(h));
	assert_int_equal(wire_status(client.wire, &msg), 0);
	h.process = client.process ^ 1u << 30; /* names no process */
	wire_msg_init(&msg, client.wire, &h, sizeof(h));
	assert_int_equal(wire_status(client.wire, &msg), INVALID);
	client_close(&client);
}

static int32_t invalidate(struct client *client, struct dxg_msg_invalidatecache body)
{
	struct wire_msg msg;

	body.h = wire_vgpu(DXG_MSG_INVALIDATECACHE, client->process);
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

static void invalidate_cache(void **state)
{
	struct client client = open_process(state);
	const struct client_memory memory = client_memory(&client, 2 * DXG_PAGE_SIZE);
	const uint32_t d = client.device, a = memory.handle;
	const uint64_t size = memory.size;
	const struct dxg_msg_invalidatecache good[] = {
		{ .device = d, .allocation = a, .length = size },
		{ .device = d, .allocation = a, .offset = 17, .length = size - 17 },
		{ .device = d, .allocation = a, .offset = size },
	};
	uint32_t other = client_try_device(&client), hidden;
	const struct dxg_msg_invalidatecache bad[] = {
		{ .device = d, .allocation = a, .length = size + 1 },
		{ .device = d, .allocation = a, .offset = 1, .length = size },
		{ .device = d, .allocation = a, .offset = size + 1 },
		{ .device = d, .allocation = a, .offset = UINT64_MAX, .length = 2 },
		{ .device = d, .allocation = a, .offset = 2, .length = UINT64_MAX },
		{ .device = other, .allocation = a, .length = 1 },
		{ .device = d, .allocation = d, .length = 1 },
		{ .device = a, .allocation = a, .length = 1 },
		{ .device = d, .allocation = a, .length = 1, .reserved = 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(invalidate(&client, good[i]), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(invalidate(&client, bad[i]), INVALID);
	/* What the CPU cannot see has no cache. */
	assert_int_equal(client_try_alloc(&client, 1, 0, DXG_PAGE_SIZE, &hidden), 1);
	assert_int_equal(
		invalidate(&client,
			   (struct dxg_msg_invalidatecache){ .device = d, .allocation = hidden }),
		INVALID);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mark_device),
		cmocka_unit_test(mark_refused),
		cmocka_unit_test(flush_heap),
		cmocka_unit_test(invalidate_cache),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_residency: where memory is and what a guest may say about it: QUERYALLOCATIONRESIDENCY,
 * SETALLOCATIONPRIORITY and GETALLOCATIONPRIORITY, UPDATEALLOCATIONPROPERTY,
 * CHANGEVIDEOMEMORYRESERVATION, and what a MAKERESIDENT that fails tells.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define MIB (UINT64_C(1) << 20)
#define LOCAL 0u
#define SYSTEM 1u
#define GPU 1u
#define SHARED 2u
#define NOWHERE 3u
#define PRIORITY_NORMAL 0x78000000u
#define NO_HANDLE 0x40000fc0u

static struct client open_client(void **state)
{
	struct client client;

	client_open(&client, *state, "a");
	return client;
}

/* A resource of two allocations. Return: its handle. */
static uint32_t resource(struct client *client, uint32_t ret_allocs[2])
{
	struct dxg_msg_createallocation body = {
		.h = wire_vgpu(DXG_MSG_CREATEALLOCATION, client->process),
		.device = client->device,
		.alloc_count = 2,
		.flags.value = 1,
	};
	struct dxg_msg_allocinfo info = { .priv_drv_data_size = sizeof(struct dxg_alloc_private) };
	struct dxg_alloc_private priv = { .flags = DXG_ALLOC_CPU_VISIBLE, .size = 4096 };
	struct {
		struct dxg_msg_createallocation_return head;
		struct dxg_msg_allocinfo_return info[2];
	} reply = { 0 };
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, &priv, sizeof(priv));
	wire_msg_add(&msg, &priv, sizeof(priv));
	assert_true(wire_call(client->wire, &msg, &reply, sizeof(reply)) >= (int)sizeof(reply));
	ret_allocs[0] = reply.info[0].allocation;
	ret_allocs[1] = reply.info[1].allocation;
	return reply.head.resource;
}

/* A call whose reply is a status and results. Return: the status. */
static int32_t ask(struct client *client, const struct wire_msg *msg, uint32_t n, uint32_t *ret)
{
	static uint8_t reply[DXG_REPLY_MAX];
	int len = wire_call(client->wire, msg, reply, sizeof(reply));
	int32_t status;

	assert_true(len >= (int)sizeof(status));
	memcpy(&status, reply, sizeof(status));
	if (!status) {
		assert_true(len >= (int)dxg_align8(4 + 4 * n));
		memcpy(ret, reply + 4, 4ul * n);
	}
	return status;
}

static int32_t query_as(struct client *client, const struct d3dkmt_queryallocationresidency *args,
			const uint32_t *handle, uint32_t *ret)
{
	struct dxg_msg_queryallocationresidency body = {
		.h = wire_vgpu(DXG_MSG_QUERYALLOCATIONRESIDENCY, client->process),
		.args = *args,
	};
	struct wire_msg msg;

	if (!body.args.device.v)
		body.args.device.v = client->device;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, handle, args->allocation_count * sizeof(*handle));
	return ask(client, &msg, args->resource.v ? 1 : args->allocation_count, ret);
}

static uint32_t query(struct client *client, uint32_t handle)
{
	struct d3dkmt_queryallocationresidency args = { .allocation_count = 1 };
	uint32_t result = 99;

	assert_int_equal(query_as(client, &args, &handle, &result), 0);
	return result;
}

static void where_it_is(void **state)
{
	struct client client = open_client(state);
	struct d3dkmt_queryallocationresidency args = { 0 };
	uint32_t member[2], result = 99;

	args.resource.v = resource(&client, member);
	assert_int_equal(query(&client, member[0]), NOWHERE);
	assert_int_equal(client_try_resident(&client, &member[0], 1), 0);
	assert_int_equal(query(&client, member[0]), SHARED);
	/* A resource is resident when all of it is. */
	assert_int_equal(query_as(&client, &args, NULL, &result), 0);
	assert_int_equal(result, NOWHERE);
	assert_int_equal(client_try_resident(&client, &member[1], 1), 0);
	assert_int_equal(query_as(&client, &args, NULL, &result), 0);
	assert_int_equal(result, SHARED);
	assert_int_equal(client_destroy_allocs(&client, member, 2), 0);
	assert_int_equal(query_as(&client, &args, NULL, &result), 0);
	assert_int_equal(result, NOWHERE);
	client_close(&client);
}

static void bad_query(void **state)
{
	static const struct d3dkmt_queryallocationresidency bad[] = {
		{ .allocation_count = 0 },
		{ .allocation_count = 1, .reserved = 1 },
		{ .allocation_count = 1, .resource.v = NO_HANDLE },
		{ .resource.v = NO_HANDLE },
		{ .allocation_count = 1, .device.v = NO_HANDLE },
		{ .allocation_count = 2 },
	};
	struct client client = open_client(state);
	uint32_t handle[2] = { client_alloc(&client, 4096), NO_HANDLE }, result[2];
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(query_as(&client, &bad[i], handle, result),
				 DXG_STATUS_INVALID_PARAMETER);
	client_close(&client);
}

/* ---- priorities ---- */

static int32_t set_as(struct client *client, const struct dxg_msg_allocationpriority *what,
		      const uint32_t *handle, const uint32_t *priority)
{
	struct dxg_msg_allocationpriority body = *what;
	uint32_t n = body.allocation_count;
	struct wire_msg msg;

	body.h = wire_vgpu(DXG_MSG_SETALLOCATIONPRIORITY, client->process);
	if (!body.device)
		body.device = client->device;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, handle, n * sizeof(*handle));
	wire_msg_add(&msg, priority, (n ? n : 1) * sizeof(*priority));
	return wire_status(client->wire, &msg);
}

static int32_t get_as(struct client *client, const struct dxg_msg_allocationpriority *what,
		      const uint32_t *handle, uint32_t *ret)
{
	struct dxg_msg_allocationpriority body = *what;
	uint32_t n = body.allocation_count;
	struct wire_msg msg;

	body.h = wire_vgpu(DXG_MSG_GETALLOCATIONPRIORITY, client->process);
	if (!body.device)
		body.device = client->device;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, handle, n * sizeof(*handle));
	/* The request is as long as its reply will be. */
	wire_msg_zero(&msg, dxg_align8(4 + 4 * (n ? n : 1)) - 4 * n);
	return ask(client, &msg, n ? n : 1, ret);
}

static void priorities(void **state)
{
	struct client client = open_client(state);
	struct dxg_msg_allocationpriority two = { .allocation_count = 2 }, whole = { 0 };
	uint32_t member[2], wanted[2] = { 0, UINT32_MAX }, got[2] = { 1, 1 };

	whole.resource = resource(&client, member);
	assert_int_equal(get_as(&client, &two, member, got), 0);
	assert_int_equal(got[0], PRIORITY_NORMAL);
	assert_int_equal(got[1], PRIORITY_NORMAL);
	assert_int_equal(set_as(&client, &two, member, wanted), 0);
	assert_int_equal(get_as(&client, &two, member, got), 0);
	assert_memory_equal(got, wanted, sizeof(got));
	assert_int_equal(get_as(&client, &whole, NULL, got), 0);
	assert_int_equal(got[0], UINT32_MAX);
	assert_int_equal(set_as(&client, &whole, NULL, (uint32_t[]){ 0x50000000 }), 0);
	assert_int_equal(get_as(&client, &two, member, got), 0);
	assert_int_equal(got[0], 0x50000000);
	assert_int_equal(got[1], 0x50000000);
	client_close(&client);
}

static void bad_priorities(void **state)
{
	static const struct dxg_msg_allocationpriority bad[] = {
		{ .allocation_count = 0 },
		{ .allocation_count = 1, .pad = 1 },
		{ .allocation_count = 1, .resource = NO_HANDLE },
		{ .resource = NO_HANDLE },
		{ .allocation_count = 1, .device = NO_HANDLE },
		{ .allocation_count = 2 },
	};
	struct client client = open_client(state);
	struct dxg_msg_allocationpriority one = { .allocation_count = 1 };
	uint32_t handle[2] = { client_alloc(&client, 4096), NO_HANDLE }, value[2] = { 7, 7 };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(set_as(&client, &bad[i], handle, value),
				 DXG_STATUS_INVALID_PARAMETER);
		assert_int_equal(get_as(&client, &bad[i], handle, value),
				 DXG_STATUS_INVALID_PARAMETER);
	}
	assert_int_equal(get_as(&client, &one, handle, value), 0);
	assert_int_equal(value[0], PRIORITY_NORMAL);
	client_close(&client);
}

/* ---- limits of one message ---- */

static void limits(void **state)
{
	static uint32_t handle[DXG_ALLOCATIONS_PER_QUERY + 1], value[DXG_ALLOCATIONS_PER_QUERY + 1];
	struct client client = open_client(state);
	struct d3dkmt_queryallocationresidency ask_all = { 0 };
	struct dxg_msg_allocationpriority list = { 0 };
	uint32_t i;

	handle[0] = client_alloc(&client, 4096);
	for (i = 0; i < DXG_ALLOCATIONS_PER_QUERY; i++)
		handle[i + 1] = handle[0];
	ask_all.allocation_count = list.allocation_count = DXG_ALLOCATIONS_PER_QUERY;
	assert_int_equal(query_as(&client, &ask_all, handle, value), 0);
	assert_int_equal(value[DXG_ALLOCATIONS_PER_QUERY - 1], NOWHERE);
	assert_int_equal(get_as(&client, &list, handle, value), 0);
	list.allocation_count++;
	assert_int_equal(get_as(&client, &list, handle, value), DXG_STATUS_INVALID_PARAMETER);
	/* One residency query more, and one priority more, are longer than a message can be. */
	assert_true(sizeof(struct dxg_msg_ext) + sizeof(struct dxg_msg_queryallocationresidency) +
			    4 * (DXG_ALLOCATIONS_PER_QUERY + 1) >
		    DXG_MESSAGE_MAX);
	assert_true(sizeof(struct dxg_msg_ext) + sizeof(list) +
			    8 * (DXG_ALLOCATIONS_PER_PRIORITY + 1) >
		    DXG_MESSAGE_MAX);
	for (i = 0; i <= DXG_ALLOCATIONS_PER_PRIORITY; i++)
		value[i] = i;
	list.allocation_count = DXG_ALLOCATIONS_PER_PRIORITY;
	assert_int_equal(set_as(&client, &list, handle, value), 0);
	list.allocation_count = 1;
	assert_int_equal(get_as(&client, &list, handle, value), 0);
	assert_int_equal(value[0], DXG_ALLOCATIONS_PER_PRIORITY - 1);
	client_close(&client);
}

/* ---- where it may be ---- */

static int32_t update(struct client *client, const struct d3dddi_updateallocproperty *args)
{
	struct dxg_msg_updateallocationproperty body = {
		.h = wire_vgpu(DXG_MSG_UPDATEALLOCATIONPROPERTY, client->process),
		.args = *args,
	};
	struct dxg_msg_updateallocationproperty_return reply;
	struct wire_msg msg;

	if (!body.args.paging_queue.v)
		body.args.paging_queue.v = client->queue;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_true(wire_call(client->wire, &msg, &reply, sizeof(reply)) >= (int)sizeof(reply));
	if (!reply.status) {
		assert_int_not_equal(reply.paging_fence_value, 0);
		assert_true(*client->paging.value >= reply.paging_fence_value);
	}
	return reply.status;
}

static void properties(void **state)
{
	struct client client = open_client(state);
	struct d3dkmthandle alloc = { .v = client_alloc(&client, 4096) };
	/* The null backend's adapter is unified: its one segment is system memory. */
	const struct d3dddi_updateallocproperty good[] = {
		{ .allocation = alloc, .property_mask_value = 1 },
		{ .allocation = alloc, .property_mask_value = 2, .supported_segment_set = 1 },
		{ .allocation = alloc, .property_mask_value = 4, .preferred_segment.value = 1 },
		{ .allocation = alloc,
		  .property_mask_value = 7,
		  .supported_segment_set = 1,
		  .preferred_segment.value = 0x41 },
		/* Not meant: not looked at. */
		{ .allocation = alloc, .property_mask_value = 1, .supported_segment_set = 99 },
	};
	const struct d3dddi_updateallocproperty bad[] = {
		{ .allocation = alloc, .property_mask_value = 0 },
		{ .allocation = alloc, .property_mask_value = 8 },
		{ .allocation = alloc, .property_mask_value = 1, .flags.value = 2 },
		{ .allocation = alloc, .property_mask_value = 2, .supported_segment_set = 0 },
		{ .allocation = alloc, .property_mask_value = 2, .supported_segment_set = 2 },
		{ .allocation = alloc, .property_mask_value = 4, .preferred_segment.value = 2 },
		{ .allocation = alloc,
		  .property_mask_value = 4,
		  .preferred_segment.value = 1u << 30 },
		{ .allocation.v = NO_HANDLE, .property_mask_value = 1 },
		{ .allocation = alloc, .property_mask_value = 1, .paging_queue.v = NO_HANDLE },
	};
	struct d3dddi_updateallocproperty physical = { .allocation = alloc,
						       .property_mask_value = 1,
						       .flags.value = 1 };
	unsigned int i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(update(&client, &good[i]), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(update(&client, &bad[i]), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(update(&client, &physical), DXG_STATUS_NOT_SUPPORTED);
	client_close(&client);
}

/* ---- how much is kept ---- */

static int32_t reserve(struct client *client, uint32_t group, uint64_t bytes)
{
	struct dxg_msg_changevideomemoryreservation body = {
		.h = wire_vgpu(DXG_MSG_CHANGEVIDEOMEMORYRESERVATION, client->process),
	};
	struct wire_msg msg;

	body.args.memory_segment_group = (enum d3dkmt_memory_segment_group)group;
	body.args.reservation = bytes;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

static struct dxg_msg_queryvideomemoryinfo_return info(struct client *client)
{
	struct dxg_msg_queryvideomemoryinfo body = {
		.h = wire_vgpu(DXG_MSG_QUERYVIDEOMEMORYINFO, client->process),
		.adapter = client->adapter,
		.memory_segment_group = SYSTEM,
	};
	struct dxg_msg_queryvideomemoryinfo_return reply;
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_true(wire_call(client->wire, &msg, &reply, sizeof(reply)) >= (int)sizeof(reply));
	return reply;
}

static void reservations(void **state)
{
	struct client one = open_client(state), two;
	struct dxg_msg_queryvideomemoryinfo_return before = info(&one), now;

	client_open_process(&two, &one);
	assert_int_equal(before.current_reservation, 0);
	assert_int_not_equal(before.available_for_reservation, 0);
	assert_int_equal(reserve(&one, SYSTEM, 10 * MIB), 0);
	now = info(&one);
	assert_int_equal(now.current_reservation, 10 * MIB);
	assert_int_equal(now.available_for_reservation, before.available_for_reservation);
	assert_true(now.budget >= 10 * MIB);
	/* The other process cannot have it. */
	now = info(&two);
	assert_int_equal(now.current_reservation, 0);
	assert_int_equal(now.available_for_reservation,
			 before.available_for_reservation - 10 * MIB);
	assert_int_equal(reserve(&two, SYSTEM, now.available_for_reservation + 1),
			 DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(reserve(&two, SYSTEM, now.available_for_reservation), 0);
	assert_int_equal(info(&one).available_for_reservation, 10 * MIB);
	/* Set, not added; and given back with the process. */
	assert_int_equal(reserve(&one, SYSTEM, 0), 0);
	assert_int_equal(info(&one).current_reservation, 0);
	assert_int_equal(reserve(&one, 2, 0), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_destroy_process(two.wire, two.process), 0);
	assert_int_equal(info(&one).available_for_reservation, before.available_for_reservation);
	client_close(&one);
}

static void bad_reservation(void **state)
{
	struct client client = open_client(state);
	struct dxg_msg_changevideomemoryreservation body = {
		.h = wire_vgpu(DXG_MSG_CHANGEVIDEOMEMORYRESERVATION, client.process),
	};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct wire_msg msg;

		body.args.process = i == 0;
		body.args.adapter.v = i == 1 ? client.adapter : 0;
		body.args.physical_adapter_index = i == 2;
		wire_msg_init(&msg, client.wire, &body, sizeof(body));
		assert_int_equal(wire_status(client.wire, &msg), DXG_STATUS_INVALID_PARAMETER);
	}
	client_close(&client);
}

/* A MAKERESIDENT that fails says how much must go first. The limit is lowered to make it fail. */
static void how_much_to_trim(void **state)
{
	struct dxg_msg_makeresident body = { .alloc_count = 3 };
	struct dxg_msg_makeresident_return reply;
	struct client client;
	uint32_t handle[3];
	char answer[4096];
	struct wire_msg msg;

	daemon_control(*state, "{\"cmd\":\"vgpu-create\",\"name\":\"t\",\"memory_mib\":64}", answer,
		       sizeof(answer));
	client_open(&client, *state, "t");
	handle[0] = client_alloc(&client, 20 * MIB);
	handle[1] = client_alloc(&client, 30 * MIB);
	handle[2] = handle[1]; /* counts once */
	daemon_control(*state, "{\"cmd\":\"vgpu-set\",\"name\":\"t\",\"memory_mib\":32}", answer,
		       sizeof(answer));
	assert_int_equal(client_try_resident(&client, handle, 1), 0);
	body.h = wire_vgpu(DXG_MSG_MAKERESIDENT, client.process);
	body.paging_queue = client.queue;
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_add(&msg, handle, sizeof(handle));
	wire_msg_zero(&msg, 4);
	assert_true(wire_call(client.wire, &msg, &reply, sizeof(reply)) >= (int)sizeof(reply));
	assert_int_equal(reply.status, DXG_STATUS_NO_MEMORY);
	assert_int_equal(reply.num_bytes_to_trim, 18 * MIB);
	assert_int_equal(reply.paging_fence_value, 0);
	assert_int_equal(client_usage(&client, SYSTEM), 20 * MIB);
	client_close(&client);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_it_is),	    cmocka_unit_test(bad_query),
		cmocka_unit_test(priorities),	    cmocka_unit_test(bad_priorities),
		cmocka_unit_test(limits),	    cmocka_unit_test(properties),
		cmocka_unit_test(reservations),	    cmocka_unit_test(bad_reservation),
		cmocka_unit_test(how_much_to_trim),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

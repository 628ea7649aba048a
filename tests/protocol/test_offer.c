// SPDX-License-Identifier: MIT
/*
 * test_offer: offered memory. On a vGPU of 64 MiB what is offered goes when room is needed, in the
 * documented order, and not before: its pages come back zeroed, its addresses with the reclaim.
 * What is offered cannot be used in between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define MIB (UINT64_C(1) << 20)
#define VGPU_MIB 64u

#define LOW 1u
#define NORMAL 2u
#define HIGH 3u
#define AUTO 4u
#define IMMEDIATELY 1u
#define DECOMMIT 2u

#define OK 0u
#define DISCARDED 1u
#define NOT_COMMITTED 2u

static char vgpu_name[16];

/* A client on a vGPU of its own: the memory of an ended session comes back when its worker has
 * gone. */
static struct client open_client(void **state)
{
	static unsigned int made;
	char request[128], answer[4096];
	struct client client;

	snprintf(vgpu_name, sizeof(vgpu_name), "m%u", made++);
	snprintf(request, sizeof(request),
		 "{\"cmd\":\"vgpu-create\",\"name\":\"%s\",\"memory_mib\":%u}", vgpu_name,
		 VGPU_MIB);
	daemon_control(*state, request, answer, sizeof(answer));
	client_open(&client, *state, vgpu_name);
	return client;
}

/* ---- the messages ---- */

static void offer_msg(struct client *client, struct wire_msg *msg,
		      const struct dxg_msg_offerallocations *what, const uint32_t *handle)
{
	struct dxg_msg_offerallocations body = *what;

	body.h = wire_vgpu(DXG_MSG_OFFERALLOCATIONS, client->process);
	if (!body.device)
		body.device = client->device;
	wire_msg_init(msg, client->wire, &body, DXG_MSG_OFFER_TAIL);
	wire_msg_add(msg, handle, body.allocation_count * sizeof(*handle));
}

static int32_t offer_as(struct client *client, const struct dxg_msg_offerallocations *what,
			const uint32_t *handle)
{
	struct wire_msg msg;

	offer_msg(client, &msg, what, handle);
	return wire_status(client->wire, &msg);
}

static int32_t offer(struct client *client, uint32_t handle, uint32_t priority, uint32_t flags)
{
	struct dxg_msg_offerallocations what = {
		.allocation_count = 1,
		.priority = priority,
		.flags.value = flags,
	};

	return offer_as(client, &what, &handle);
}

/* @ret: results, or NULL for none. */
static int32_t reclaim_as(struct client *client, const struct dxg_msg_reclaimallocations *what,
			  const uint32_t *handle, uint32_t *ret)
{
	static uint8_t reply[DXG_MSG_RECLAIM_RESULTS + 4 * DXG_ALLOCATIONS_PER_OFFER + 8];
	struct dxg_msg_reclaimallocations body = *what;
	struct dxg_msg_reclaimallocations_return head;
	uint32_t n = body.allocation_count;
	struct wire_msg msg;
	int len;

	body.h = wire_vgpu(DXG_MSG_RECLAIMALLOCATIONS, client->process);
	if (!body.device)
		body.device = client->device;
	if (!body.paging_queue)
		body.paging_queue = client->queue;
	body.write_results |= ret != NULL;
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, handle, n * sizeof(*handle));
	wire_msg_zero(&msg, 4); /* slack, specification section 4.2 */
	len = wire_call(client->wire, &msg, reply, sizeof(reply));
	assert_true(len >= (int)sizeof(head));
	memcpy(&head, reply, sizeof(head));
	if (!head.status)
		assert_true(*client->paging.value >= head.paging_fence_value);
	if (ret && n <= DXG_ALLOCATIONS_PER_OFFER) {
		assert_true(len >= (int)dxg_align8(DXG_MSG_RECLAIM_RESULTS + 4 * n));
		memcpy(ret, reply + DXG_MSG_RECLAIM_RESULTS, 4ul * n);
	}
	return head.status;
}

static int32_t reclaim(struct client *client, uint32_t handle, uint32_t *ret)
{
	struct dxg_msg_reclaimallocations what = { .allocation_count = 1 };

	return reclaim_as(client, &what, &handle, ret);
}

static void expect_reclaim(struct client *client, uint32_t handle, uint32_t expected)
{
	uint32_t result = 99;

	assert_int_equal(reclaim(client, handle, &result), 0);
	assert_int_equal(result, expected);
}

static void set_priority(struct client *client, uint32_t handle, uint32_t priority)
{
	struct dxg_msg_allocationpriority body = {
		.h = wire_vgpu(DXG_MSG_SETALLOCATIONPRIORITY, client->process),
		.device = client->device,
		.allocation_count = 1,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_add(&msg, &handle, sizeof(handle));
	wire_msg_add(&msg, &priority, sizeof(priority));
	assert_int_equal(wire_status(client->wire, &msg), 0);
}

/* ---- memory ---- */

/* Memory of @size bytes, each @byte, mapped and not locked. */
static struct client_memory filled(struct client *client, uint64_t size, uint8_t byte)
{
	struct client_memory memory = client_memory(client, size);

	memset(memory.cpu, byte, size);
	assert_int_equal(client_try_unlock(client, memory.handle), 0);
	return memory;
}

static void lock_again(struct client *client, struct client_memory *memory)
{
	uint64_t address;

	assert_int_equal(client_try_lock(client, memory->handle, &address), 0);
	memory->cpu = client_pointer(client->wire, address, memory->size);
}

static void expect_bytes(const struct client_memory *memory, uint8_t byte)
{
	uint64_t i;

	for (i = 0; i < memory->size; i++)
		assert_int_equal(memory->cpu[i], byte);
}

static uint32_t try_alloc(struct client *client, uint64_t size)
{
	uint32_t handle = 0;

	client_try_alloc(client, 1, DXG_ALLOC_CPU_VISIBLE, size, &handle);
	return handle;
}

static uint32_t must_alloc(struct client *client, uint64_t size)
{
	uint32_t handle = try_alloc(client, size);

	assert_int_not_equal(handle, 0);
	return handle;
}

static void destroy(struct client *client, uint32_t handle)
{
	assert_int_equal(client_destroy_allocs(client, &handle, 1), 0);
}

/* Commands in @commands fill the first word of @memory, and are seen to do so. */
static void expect_usable(struct client *client, struct client_memory *commands,
			  struct client_memory *memory)
{
	uint32_t len = client_put_fill(commands->cpu, memory->va, 4, 0x600df00d);

	client_submit(client, client->context, commands->va, len);
	client_finish(client, client->context);
	assert_int_equal(*(uint32_t *)(void *)memory->cpu, 0x600df00d);
}

/* ---- what happens to the bytes ---- */

/* Nobody wanted it: everything is as it was. */
static void kept(void **state)
{
	struct client client = open_client(state);
	struct client_memory commands = client_memory(&client, 4096);
	struct client_memory memory = filled(&client, MIB, 0x5a);

	assert_int_equal(offer(&client, memory.handle, NORMAL, 0), 0);
	expect_reclaim(&client, memory.handle, OK);
	lock_again(&client, &memory);
	expect_bytes(&memory, 0x5a);
	expect_usable(&client, &commands, &memory);
	/* Not offered: there is nothing to be said of it. */
	expect_reclaim(&client, memory.handle, OK);
	client_close(&client);
}

/* Room is needed: its pages serve another, zeroed; the reclaim gives new ones, at the same address.
 */
static void discarded(void **state)
{
	struct client client = open_client(state);
	struct client_memory commands = client_memory(&client, 4096);
	struct client_memory old = filled(&client, 40 * MIB, 0xaa), new;
	uint64_t usage = client_usage(&client, 1);

	assert_int_equal(try_alloc(&client, 40 * MIB), 0);
	assert_int_equal(offer(&client, old.handle, NORMAL, 0), 0);
	new.handle = must_alloc(&client, 40 * MIB);
	new.size = 40 * MIB;
	assert_int_equal(usage - client_usage(&client, 1), 40 * MIB);
	lock_again(&client, &new);
	expect_bytes(&new, 0);
	memset(new.cpu, 0xbb, new.size);

	assert_int_equal(reclaim(&client, old.handle, NULL), DXG_STATUS_NO_MEMORY);
	destroy(&client, new.handle);
	expect_reclaim(&client, old.handle, DISCARDED);
	assert_int_equal(client_usage(&client, 1), usage);
	lock_again(&client, &old);
	expect_bytes(&old, 0);
	expect_usable(&client, &commands, &old);
	client_close(&client);
}

/* What would not be enough is left alone. */
static void not_in_vain(void **state)
{
	struct client client = open_client(state);
	struct client_memory memory = filled(&client, 8 * MIB, 1);
	uint32_t rest = must_alloc(&client, 50 * MIB);

	assert_int_equal(offer(&client, memory.handle, LOW, 0), 0);
	assert_int_equal(try_alloc(&client, 20 * MIB), 0);
	expect_reclaim(&client, memory.handle, OK);
	destroy(&client, rest);
	client_close(&client);
}

/* Whose turn it is: rank, then priority, then age; AUTO goes by priority. */
static void order(void **state)
{
	static const struct {
		uint32_t offer;
		uint32_t priority;
	} rows[] = {
		/* in the order in which they go */
		{ AUTO, 0x28000000 }, { LOW, 0xc8000000 },    { NORMAL, 0x50000000 },
		{ AUTO, 0x78000000 }, { NORMAL, 0x78000001 }, { AUTO, 0xa0000000 },
	};
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct client client = open_client(state);
	uint32_t handle[N], i;

	for (i = 0; i < N; i++)
		handle[i] = must_alloc(&client, 10 * MIB);
	for (i = N; i-- > 0;) { /* the last to go is the oldest */
		set_priority(&client, handle[i], rows[i].priority);
		assert_int_equal(offer(&client, handle[i], rows[i].offer, 0), 0);
	}
	/* Each that is made drives the next one out; its own place is then free for that one. */
	for (i = 0; i < N; i++) {
		destroy(&client, must_alloc(&client, 10 * MIB));
		expect_reclaim(&client, handle[i], DISCARDED);
	}
	client_close(&client);
}

/* With allow_decommit a reclaim that finds no room is no failure, but leaves the offer as it is. */
static void not_committed(void **state)
{
	struct client client = open_client(state);
	struct client_memory memory = filled(&client, 40 * MIB, 0x77);
	uint32_t other, result[2] = { 99, 99 }, both[2];
	struct dxg_msg_reclaimallocations what = { .allocation_count = 2 };
	uint64_t address;

	both[0] = must_alloc(&client, MIB);
	both[1] = memory.handle;
	assert_int_equal(offer(&client, both[0], HIGH, DECOMMIT), 0);
	assert_int_equal(offer(&client, both[1], LOW, DECOMMIT), 0);
	other = must_alloc(&client, 40 * MIB);
	assert_int_equal(reclaim_as(&client, &what, both, result), 0);
	assert_int_equal(result[0], OK);
	assert_int_equal(result[1], NOT_COMMITTED);
	assert_true(client_try_lock(&client, memory.handle, &address) < 0);
	assert_int_equal(client_try_lock(&client, both[0], &address), 0);
	destroy(&client, other);
	expect_reclaim(&client, memory.handle, DISCARDED);
	lock_again(&client, &memory);
	expect_bytes(&memory, 0);
	client_close(&client);
}

/* Any process of the vGPU may have what any other offers, and sees nothing of it. */
static void other_process(void **state)
{
	struct client one = open_client(state), two;
	struct client_memory memory = filled(&one, 40 * MIB, 0x33), got = { .size = 40 * MIB };

	client_open(&two, *state, vgpu_name);
	assert_int_equal(try_alloc(&two, 40 * MIB), 0);
	assert_int_equal(offer(&one, memory.handle, NORMAL, 0), 0);
	got.handle = must_alloc(&two, 40 * MIB);
	lock_again(&two, &got);
	expect_bytes(&got, 0);
	assert_int_equal(reclaim(&one, memory.handle, NULL), DXG_STATUS_NO_MEMORY);
	client_close(&two);
	client_close(&one);
}

/* Resources: all of their allocations are offered, and one result tells of all. */
static void resources(void **state)
{
	struct client client = open_client(state);
	struct dxg_msg_createallocation body = {
		.h = wire_vgpu(DXG_MSG_CREATEALLOCATION, client.process),
		.device = client.device,
		.alloc_count = 2,
		.flags.value = 1,
	};
	struct dxg_msg_allocinfo info = { .priv_drv_data_size = sizeof(struct dxg_alloc_private) };
	struct dxg_alloc_private priv = { .flags = DXG_ALLOC_CPU_VISIBLE, .size = 15 * MIB };
	struct dxg_msg_offerallocations give = { .allocation_count = 1,
						 .priority = LOW,
						 .resources = 1 };
	struct dxg_msg_reclaimallocations take = { .allocation_count = 1, .resources = 1 };
	struct dxg_msg_createallocation_return made = { 0 };
	uint32_t twice[2], other, result = 99;
	struct wire_msg msg;

	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, &priv, sizeof(priv));
	wire_msg_add(&msg, &priv, sizeof(priv));
	assert_true(wire_call(client.wire, &msg, &made, sizeof(made)) > (int)sizeof(made));
	assert_int_not_equal(made.resource, 0);
	twice[0] = twice[1] = made.resource;

	give.allocation_count = 2; /* named twice */
	assert_int_equal(offer_as(&client, &give, twice), DXG_STATUS_INVALID_PARAMETER);
	give.allocation_count = 1;
	assert_int_equal(offer_as(&client, &give, twice), 0);
	other = must_alloc(&client, 45 * MIB);
	assert_int_equal(reclaim_as(&client, &take, twice, NULL), DXG_STATUS_NO_MEMORY);
	destroy(&client, other);
	assert_int_equal(reclaim_as(&client, &take, twice, &result), 0);
	assert_int_equal(result, DISCARDED);
	/* A resource is no allocation, and the other way round. */
	assert_true(offer(&client, made.resource, LOW, 0) < 0);
	assert_true(reclaim(&client, made.resource, NULL) < 0);
	client_close(&client);
}

/* It may be destroyed as it is, and its device, and the process. */
static void ends(void **state)
{
	struct client client = open_client(state);
	uint32_t gone = must_alloc(&client, 40 * MIB), there, other;

	assert_int_equal(offer(&client, gone, LOW, 0), 0);
	other = must_alloc(&client, 40 * MIB);
	there = must_alloc(&client, 4 * MIB);
	assert_int_equal(offer(&client, there, HIGH, IMMEDIATELY), 0);
	destroy(&client, gone);
	destroy(&client, there);
	destroy(&client, other);
	gone = must_alloc(&client, 60 * MIB);
	assert_int_equal(offer(&client, gone, LOW, 0), 0);
	must_alloc(&client, 60 * MIB);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
	client_close(&client);
}

/* ---- use of what is offered ---- */

static void not_usable(void **state)
{
	struct client client = open_client(state);
	struct client_memory memory = filled(&client, MIB, 1);
	uint64_t address, va;

	assert_int_equal(offer(&client, memory.handle, NORMAL, 0), 0);
	assert_int_equal(client_try_lock(&client, memory.handle, &address),
			 DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_try_map(&client, memory.handle, 1, 1, &va),
			 DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_try_resident(&client, &memory.handle, 1),
			 DXG_STATUS_INVALID_PARAMETER);
	expect_reclaim(&client, memory.handle, OK);
	assert_int_equal(client_try_resident(&client, &memory.handle, 1), 0);
	assert_int_equal(client_try_map(&client, memory.handle, 1, 1, &va), 0);
	lock_again(&client, &memory);
	/* Locked: the CPU may be at it. */
	assert_int_equal(offer(&client, memory.handle, NORMAL, 0), DXG_STATUS_INVALID_PARAMETER);
	client_close(&client);
}

static void used_by_commands(void **state)
{
	struct client client = open_client(state);
	struct client_memory commands = client_memory(&client, 4096);
	struct client_memory memory = filled(&client, MIB, 1);
	char text[DXG_FAULT_TEXT_MAX];

	assert_int_equal(offer(&client, memory.handle, HIGH, 0), 0);
	client_submit(&client, client.context, commands.va,
		      client_put_fill(commands.cpu, memory.va, 4, 7));
	client_expect_loss(&client);
	assert_true(client_fault(&client, text));
	client_close(&client);
}

/* What was queued before may use it, and it is not discarded before that has run. */
static void queued_before(void **state)
{
	struct client client = open_client(state);
	struct client_memory commands = client_memory(&client, 4096);
	struct client_memory memory = filled(&client, 40 * MIB, 1);
	struct client_fence fence = client_fence(&client, 0);

	client_wait(&client, client.context, fence.handle, 1);
	client_submit(&client, client.context, commands.va,
		      client_put_fill(commands.cpu, memory.va, 4, 0xfeedbeef));
	assert_int_equal(offer(&client, memory.handle, LOW, 0), 0);
	assert_int_equal(try_alloc(&client, 40 * MIB), 0);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 1), 0);
	client_finish(&client, client.context);
	assert_false(client_fault(&client, (char[DXG_FAULT_TEXT_MAX]){ 0 }));
	destroy(&client, must_alloc(&client, 40 * MIB));
	expect_reclaim(&client, memory.handle, DISCARDED);
	client_close(&client);
}

/* A reclaim comes before the offer has taken effect: there never was one. */
static void reclaimed_before(void **state)
{
	struct client client = open_client(state);
	struct client_memory commands = client_memory(&client, 4096);
	struct client_memory memory = filled(&client, MIB, 1);
	struct client_fence fence = client_fence(&client, 0);

	client_wait(&client, client.context, fence.handle, 1);
	client_submit(&client, client.context, commands.va,
		      client_put_fill(commands.cpu, memory.va, 4, 0x11111111));
	assert_int_equal(offer(&client, memory.handle, LOW, 0), 0);
	expect_reclaim(&client, memory.handle, OK);
	client_submit(&client, client.context, commands.va,
		      client_put_fill(commands.cpu, memory.va, 4, 0x600df00d));
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 1), 0);
	client_finish(&client, client.context);
	lock_again(&client, &memory);
	assert_int_equal(*(uint32_t *)(void *)memory.cpu, 0x600df00d);
	client_close(&client);
}

/* offer_immediately does not wait for what is queued; that finds nothing there. */
static void immediately(void **state)
{
	struct client client = open_client(state);
	struct client_memory commands = client_memory(&client, 4096);
	struct client_memory memory = filled(&client, 40 * MIB, 1);
	struct client_fence fence = client_fence(&client, 0);

	client_wait(&client, client.context, fence.handle, 1);
	client_submit(&client, client.context, commands.va,
		      client_put_fill(commands.cpu, memory.va, 4, 9));
	assert_int_equal(offer(&client, memory.handle, LOW, IMMEDIATELY), 0);
	must_alloc(&client, 40 * MIB);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 1), 0);
	client_expect_loss(&client);
	client_close(&client);
}

/* ---- what is refused ---- */

static void refused(void **state)
{
	static const struct dxg_msg_offerallocations bad[] = {
		{ .allocation_count = 0, .priority = LOW },
		{ .allocation_count = 1, .priority = 0 },
		{ .allocation_count = 1, .priority = AUTO + 1 },
		{ .allocation_count = 1, .priority = LOW, .flags.value = 4 },
		{ .allocation_count = 1, .priority = LOW, .resources = 2 },
		{ .allocation_count = 1, .priority = LOW, .pad = { 0, 1 } },
		{ .allocation_count = 1, .priority = LOW, .device = 0x40000fc0 },
	};
	static const struct dxg_msg_reclaimallocations worse[] = {
		{ .allocation_count = 0 },
		{ .allocation_count = 1, .resources = 2 },
		{ .allocation_count = 1, .write_results = 2 },
		{ .allocation_count = 1, .pad = { 1 } },
		{ .allocation_count = 1, .device = 0x40000fc0 },
		{ .allocation_count = 1, .paging_queue = 0x40000fc0 },
	};
	struct dxg_msg_offerallocations two = { .allocation_count = 2, .priority = LOW };
	struct client client = open_client(state);
	uint32_t handle[2] = { must_alloc(&client, 4096), 0x40000fc0 };
	uint64_t address;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(offer_as(&client, &bad[i], handle), DXG_STATUS_INVALID_PARAMETER);
	for (i = 0; i < sizeof(worse) / sizeof(worse[0]); i++)
		assert_int_equal(reclaim_as(&client, &worse[i], handle, NULL),
				 DXG_STATUS_INVALID_PARAMETER);
	/* One of the list is wrong: nothing is offered. */
	assert_int_equal(offer_as(&client, &two, handle), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_try_lock(&client, handle[0], &address), 0);
	client_close(&client);
}

/* An allocation of another device, of another process: not this one's to offer. */
static void not_ours(void **state)
{
	struct client client = open_client(state), other;
	uint32_t handle = must_alloc(&client, 4096), device = client_try_device(&client);
	struct dxg_msg_offerallocations what = { .allocation_count = 1,
						 .priority = LOW,
						 .device = device };
	uint64_t address;

	assert_int_equal(offer_as(&client, &what, &handle), DXG_STATUS_INVALID_PARAMETER);
	client_open_process(&other, &client);
	offer(&other, handle, LOW, 0); /* the number may name one of its own */
	assert_int_equal(client_try_lock(&client, handle, &address), 0);
	client_close(&client);
}

static void limits(void **state)
{
	static uint32_t handle[DXG_ALLOCATIONS_PER_OFFER + 1], result[DXG_ALLOCATIONS_PER_OFFER];
	struct dxg_msg_offerallocations give = { .priority = LOW };
	struct dxg_msg_reclaimallocations take = { 0 };
	struct client client = open_client(state);
	uint32_t i;

	handle[0] = must_alloc(&client, 4096);
	for (i = 0; i < DXG_ALLOCATIONS_PER_OFFER; i++)
		handle[i + 1] = handle[0];
	give.allocation_count = take.allocation_count = DXG_ALLOCATIONS_PER_OFFER + 1;
	assert_int_equal(offer_as(&client, &give, handle), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(reclaim_as(&client, &take, handle, NULL), DXG_STATUS_INVALID_PARAMETER);
	give.allocation_count = take.allocation_count = DXG_ALLOCATIONS_PER_OFFER;
	assert_int_equal(offer_as(&client, &give, handle), 0);
	assert_int_equal(reclaim_as(&client, &take, handle, result), 0);
	assert_int_equal(result[DXG_ALLOCATIONS_PER_OFFER - 1], OK);
	client_close(&client);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept),		 cmocka_unit_test(discarded),
		cmocka_unit_test(not_in_vain),	 cmocka_unit_test(order),
		cmocka_unit_test(not_committed), cmocka_unit_test(other_process),
		cmocka_unit_test(resources),	 cmocka_unit_test(ends),
		cmocka_unit_test(not_usable),	 cmocka_unit_test(used_by_commands),
		cmocka_unit_test(queued_before), cmocka_unit_test(reclaimed_before),
		cmocka_unit_test(immediately),	 cmocka_unit_test(refused),
		cmocka_unit_test(not_ours),	 cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

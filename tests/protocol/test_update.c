// SPDX-License-Identifier: MIT
/*
 * test_update: UPDATEGPUVIRTUALADDRESS: what commands find under the addresses afterwards, that a
 * wrong batch changes nothing, and when it happens: at once, behind a context's queue, or when a
 * fence is there.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define PAGE ((uint64_t)DXG_PAGE_SIZE)
#define PAGES 16u
#define DO_NOT_WAIT 1u
#define ZERO 4u
#define NO_ACCESS 8u
#define NO_HANDLE 0x40000fc0u

typedef struct d3dddi_updategpuvirtualaddress_operation operation;

/**
 * struct stage - a client with command memory, a reservation of PAGES pages, and an allocation of
 * as many, seen by the CPU.
 */
struct stage {
	struct client client;
	struct client_memory commands;
	struct client_memory memory;
	uint64_t va;
};

static struct stage stage_open(void **state)
{
	struct stage s;

	client_open(&s.client, *state, "a");
	s.commands = client_memory(&s.client, 1 << 16);
	s.memory = client_memory(&s.client, PAGES * PAGE);
	s.va = client_try_reserve(&s.client, PAGES * PAGE);
	assert_int_not_equal(s.va, 0);
	return s;
}

static operation map(const struct stage *s, uint64_t page, uint64_t pages, uint64_t offset)
{
	operation op = { .operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP };

	op.map.base_address = s->va + page * PAGE;
	op.map.size = pages * PAGE;
	op.map.allocation.v = s->memory.handle;
	op.map.allocation_offset = offset * PAGE;
	return op;
}

static operation unmap(const struct stage *s, uint64_t page, uint64_t pages, uint64_t protection)
{
	operation op = { .operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_UNMAP };

	op.unmap.base_address = s->va + page * PAGE;
	op.unmap.size = pages * PAGE;
	op.unmap.protection.value = protection;
	return op;
}

static operation copy(const struct stage *s, uint64_t to, uint64_t from, uint64_t pages)
{
	operation op = { .operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_COPY };

	op.copy.source_address = s->va + from * PAGE;
	op.copy.size = pages * PAGE;
	op.copy.dest_address = s->va + to * PAGE;
	return op;
}

static void update_msg(struct stage *s, struct wire_msg *msg,
		       const struct dxg_msg_updategpuvirtualaddress *what, const operation *op)
{
	struct dxg_msg_updategpuvirtualaddress body = *what;

	body.h = wire_vgpu(DXG_MSG_UPDATEGPUVIRTUALADDRESS, s->client.process);
	if (!body.device)
		body.device = s->client.device;
	wire_msg_init(msg, s->client.wire, &body, sizeof(body));
	wire_msg_add(msg, op, body.num_operations * sizeof(*op));
}

static int32_t update_as(struct stage *s, const struct dxg_msg_updategpuvirtualaddress *what,
			 const operation *op)
{
	struct wire_msg msg;

	update_msg(s, &msg, what, op);
	return wire_status(s->client.wire, &msg);
}

static int32_t update(struct stage *s, const operation *op, uint32_t n)
{
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = n };

	return update_as(s, &what, op);
}

/* Commands fill a word at page @page with @pattern. */
static void queue_fill(struct stage *s, uint64_t page, uint32_t pattern)
{
	static uint32_t at;
	uint32_t len;

	at = (at + 256) % (1 << 16);
	len = client_put_fill(s->commands.cpu + at, s->va + page * PAGE, 4, pattern);
	client_submit(&s->client, s->client.context, s->commands.va + at, len);
}

static uint32_t word(const struct stage *s, uint64_t page)
{
	return *(const volatile uint32_t *)(const void *)(s->memory.cpu + page * PAGE);
}

static void expect_fill(struct stage *s, uint64_t page, uint64_t shown)
{
	static uint32_t pattern = 0x10000;

	queue_fill(s, page, ++pattern);
	client_finish(&s->client, s->client.context);
	assert_int_equal(word(s, shown), pattern);
}

static void expect_lost(struct stage *s)
{
	client_expect_loss(&s->client);
	assert_true(client_fault(&s->client, (char[DXG_FAULT_TEXT_MAX]){ 0 }));
}

/* ---- what it does ---- */

static void maps(void **state)
{
	struct stage s = stage_open(state);
	operation op[3] = { map(&s, 0, 8, 4), copy(&s, 10, 2, 3), map(&s, 2, 1, 15) };

	assert_int_equal(update(&s, op, 3), 0);
	expect_fill(&s, 0, 4);
	expect_fill(&s, 7, 11);
	expect_fill(&s, 10, 6); /* as it was before the third */
	expect_fill(&s, 12, 8);
	expect_fill(&s, 2, 15);
	client_close(&s.client);
}

static void repeats(void **state)
{
	struct stage s = stage_open(state);
	operation op = map(&s, 0, 6, 3);

	op.map.allocation_size = 2 * PAGE;
	assert_int_equal(update(&s, &op, 1), 0);
	expect_fill(&s, 4, 3);
	expect_fill(&s, 5, 4);
	client_close(&s.client);
}

static void unmaps(void **state)
{
	struct stage s = stage_open(state);
	operation op[2] = { map(&s, 0, 8, 0), unmap(&s, 3, 2, NO_ACCESS) };

	assert_int_equal(update(&s, op, 2), 0);
	expect_fill(&s, 2, 2);
	expect_fill(&s, 5, 5);
	queue_fill(&s, 3, 1);
	expect_lost(&s);
	client_close(&s.client);
}

static void protects(void **state)
{
	struct stage s = stage_open(state);
	operation op = map(&s, 0, 1, 0);

	op.operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT;
	op.map_protect.protection.value = 1;
	assert_int_equal(update(&s, &op, 1), 0);
	expect_fill(&s, 0, 0);
	op.map_protect.protection.value = 0;
	assert_int_equal(update(&s, &op, 1), 0);
	queue_fill(&s, 0, 1);
	expect_lost(&s);
	client_close(&s.client);
}

/* The last of a batch is wrong: the first is not done. */
static void all_or_nothing(void **state)
{
	struct stage s = stage_open(state);
	operation good = map(&s, 0, 2, 0), bad[13];
	uint64_t other = client_try_reserve(&s.client, PAGES * PAGE);
	unsigned int i;

	assert_int_equal(update(&s, &good, 1), 0);
	for (i = 0; i < 8; i++)
		bad[i] = map(&s, 2, 2, 0);
	bad[0].map.allocation.v = NO_HANDLE;
	bad[1].map.allocation.v = 0;
	bad[2].map.base_address++;
	bad[3].map.size = 0;
	bad[4].map.allocation_offset = (PAGES - 1) * PAGE;
	bad[5].map.base_address = other;
	bad[6].operation = (enum d3dddi_updategpuvirtualaddress_operation_type)4;
	bad[7].operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT;
	bad[7].map_protect.protection.value = ZERO;
	bad[8] = bad[7];
	bad[8].map_protect.protection.value = 0;
	bad[8].map_protect.driver_protection = 1;
	bad[9] = unmap(&s, 0, 1, 0);
	bad[10] = copy(&s, PAGES - 1, 0, 2);
	bad[11] = map(&s, 0, 1, 0);
	bad[11].map.base_address = s.commands.va; /* no reservation */
	bad[12] = map(&s, 0, 4, 0);
	bad[12].map.allocation_size = 3 * PAGE;
	for (i = 0; i < 13; i++) {
		operation batch[2] = { map(&s, 0, 2, 8), bad[i] };

		assert_int_equal(update(&s, batch, 2), DXG_STATUS_INVALID_PARAMETER);
		expect_fill(&s, 1, 1);
	}
	client_close(&s.client);
}

/* ---- when ---- */

/* With a context: behind what is queued there, before what comes later. */
static void behind_the_queue(void **state)
{
	struct stage s = stage_open(state);
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = 1,
							.context = s.client.context };
	struct client_fence fence = client_fence(&s.client, 0);
	operation first = map(&s, 0, 1, 1), then = map(&s, 0, 1, 2);

	assert_int_equal(update(&s, &first, 1), 0);
	client_wait(&s.client, s.client.context, fence.handle, 1);
	queue_fill(&s, 0, 0xaaaa);
	assert_int_equal(update_as(&s, &what, &then), 0);
	queue_fill(&s, 0, 0xbbbb);
	assert_int_equal(client_try_signal_cpu(&s.client, fence.handle, 1), 0);
	client_finish(&s.client, s.client.context);
	assert_int_equal(word(&s, 1), 0xaaaa);
	assert_int_equal(word(&s, 2), 0xbbbb);
	client_close(&s.client);
}

/* With a fence: when that is there, in order, and the fence goes one further each time. */
static void waits_for_the_fence(void **state)
{
	struct stage s = stage_open(state);
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = 1,
							.context = s.client.context };
	struct client_fence fence = client_fence(&s.client, 4);
	operation op[3] = { map(&s, 0, 1, 1), map(&s, 0, 1, 2), map(&s, 0, 1, 3) };

	what.fence_object = fence.handle;
	assert_int_equal(update(&s, &op[0], 1), 0);
	what.fence_value = 10;
	assert_int_equal(update_as(&s, &what, &op[1]), 0);
	/* Its value is there, but it stands behind the other. */
	what.fence_value = 2;
	assert_int_equal(update_as(&s, &what, &op[2]), 0);
	expect_fill(&s, 0, 1);
	assert_int_equal(*fence.value, 4);
	/* The context goes on when the update has been done. */
	client_wait(&s.client, s.client.context, fence.handle, 11);
	queue_fill(&s, 0, 0xcccc);
	assert_int_equal(client_try_signal_cpu(&s.client, fence.handle, 10), 0);
	client_finish(&s.client, s.client.context);
	assert_int_equal(*fence.value, 11);
	assert_true(word(&s, 2) == 0xcccc || word(&s, 3) == 0xcccc);
	expect_fill(&s, 0, 3);
	client_close(&s.client);
}

/* A chain as long as the quota allows: each waits for what the one before it signals. */
static void chain(void **state)
{
	enum { LINKS = 4096 };
	struct stage s = stage_open(state);
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = 1,
							.context = s.client.context };
	struct client_fence fence = client_fence(&s.client, 0);
	operation op = map(&s, 0, 1, 1);
	unsigned int i;

	what.fence_object = fence.handle;
	for (i = 0; i < LINKS; i++) {
		what.fence_value = i + 1;
		assert_int_equal(update_as(&s, &what, &op), 0);
	}
	client_wait(&s.client, s.client.context, fence.handle, LINKS + 1);
	assert_int_equal(client_try_signal_cpu(&s.client, fence.handle, 1), 0);
	client_finish(&s.client, s.client.context);
	assert_int_equal(*fence.value, LINKS + 1);
	expect_fill(&s, 0, 1);
	client_close(&s.client);
}

static void does_not_wait(void **state)
{
	struct stage s = stage_open(state);
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = 1,
							.context = s.client.context,
							.flags = DO_NOT_WAIT };
	struct client_fence fence = client_fence(&s.client, 0);
	operation op = map(&s, 0, 1, 5);

	what.fence_object = fence.handle;
	what.fence_value = 7;
	assert_int_equal(update_as(&s, &what, &op), 0);
	assert_int_equal(*fence.value, 8);
	expect_fill(&s, 0, 5);
	client_close(&s.client);
}

/* What was right when it was asked for is not any more: nobody hears of it but the device. */
static void too_late(void **state)
{
	struct stage s = stage_open(state);
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = 1,
							.context = s.client.context,
							.fence_value = 1 };
	struct client_fence fence = client_fence(&s.client, 0);
	operation op = map(&s, 0, 1, 5);
	uint32_t gone = client_alloc(&s.client, 16 * PAGE);
	char text[DXG_FAULT_TEXT_MAX];

	op.map.allocation.v = gone;
	what.fence_object = fence.handle;
	assert_int_equal(update_as(&s, &what, &op), 0);
	assert_int_equal(client_destroy_allocs(&s.client, &gone, 1), 0);
	assert_int_equal(client_try_signal_cpu(&s.client, fence.handle, 1), 0);
	client_expect_loss(&s.client);
	assert_true(client_fault(&s.client, text));
	assert_non_null(strstr(text, "UpdateGpuVirtualAddress"));
	client_close(&s.client);
}

/* A context, a device, a process goes with updates of both kinds that wait. */
static void ends(void **state)
{
	struct stage s = stage_open(state);
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = 1 };
	struct client_fence fence = client_fence(&s.client, 0);
	operation op = map(&s, 0, 1, 1);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		what.context = i ? client_try_context(&s.client, s.client.device)
				 : s.client.context;
		client_wait(&s.client, what.context, fence.handle, 1);
		what.fence_object = 0;
		assert_int_equal(update_as(&s, &what, &op), 0);
		what.fence_object = fence.handle;
		what.fence_value = 1;
		assert_int_equal(update_as(&s, &what, &op), 0);
		assert_int_equal(update_as(&s, &what, &op), 0);
		if (i == 1)
			assert_int_equal(
				client_destroy(&s.client, DXG_MSG_DESTROYCONTEXT, what.context), 0);
	}
	assert_int_equal(client_destroy_sync(&s.client, fence.handle), 0);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYDEVICE, s.client.device), 0);
	assert_int_equal(client_destroy_process(s.client.wire, s.client.process), 0);
	client_close(&s.client);
}

/* ---- what is refused ---- */

static void refused(void **state)
{
	struct stage s = stage_open(state), other;
	struct client_fence fence = client_fence(&s.client, 0);
	uint32_t device = client_try_device(&s.client),
		 foreign = client_try_context(&s.client, device);
	const struct dxg_msg_updategpuvirtualaddress bad[] = {
		{ .num_operations = 0 },
		{ .num_operations = 1, .device = NO_HANDLE },
		{ .num_operations = 1, .flags = 2 },
		{ .num_operations = 1, .pad = 1 },
		{ .num_operations = 1, .context = NO_HANDLE },
		{ .num_operations = 1, .context = foreign }, /* another device's */
		{ .num_operations = 1, .fence_object = fence.handle }, /* no context */
		{ .num_operations = 1, .context = s.client.context, .fence_object = NO_HANDLE },
		{ .num_operations = 1,
		  .context = s.client.context,
		  .fence_object = s.client.paging.handle }, /* the queue's own */
		{ .num_operations = 1,
		  .context = s.client.context,
		  .fence_object = fence.handle,
		  .fence_value = UINT64_MAX },
	};
	operation op = map(&s, 0, 1, 0);
	unsigned int i;

	assert_int_not_equal(foreign, 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(update_as(&s, &bad[i], &op), DXG_STATUS_INVALID_PARAMETER);
	other = s;
	client_open_process(&other.client, &s.client);
	assert_int_equal(update(&other, &op, 1), DXG_STATUS_INVALID_PARAMETER);
	queue_fill(&s, 0, 1); /* nothing was mapped */
	expect_lost(&s);
	client_close(&s.client);
}

static void limits(void **state)
{
	static operation op[DXG_UPDATE_VA_OPERATIONS];
	struct stage s = stage_open(state);
	struct dxg_msg_updategpuvirtualaddress what = { .num_operations = DXG_UPDATE_VA_OPERATIONS,
							.context = s.client.context,
							.fence_value = 1 };
	struct client_fence fence = client_fence(&s.client, 0);
	unsigned int i;

	for (i = 0; i < DXG_UPDATE_VA_OPERATIONS; i++)
		op[i] = map(&s, i % PAGES, 1, i % PAGES);
	assert_int_equal(update(&s, op, DXG_UPDATE_VA_OPERATIONS), 0);
	expect_fill(&s, 3, 3);
	/* One more is longer than a message can be. */
	assert_true(sizeof(struct dxg_msg_ext) + sizeof(what) +
			    (DXG_UPDATE_VA_OPERATIONS + 1) * sizeof(op[0]) >
		    DXG_MESSAGE_MAX);
	/* Waiting ones, all together. */
	what.fence_object = fence.handle;
	for (i = 0; i + DXG_UPDATE_VA_OPERATIONS <= DXG_UPDATE_VA_QUEUED;
	     i += DXG_UPDATE_VA_OPERATIONS)
		assert_int_equal(update_as(&s, &what, op), 0);
	what.num_operations = DXG_UPDATE_VA_QUEUED - i + 1;
	assert_int_equal(update_as(&s, &what, op), DXG_STATUS_NO_MEMORY);
	what.num_operations--;
	assert_int_equal(update_as(&s, &what, op), 0);
	assert_int_equal(client_try_signal_cpu(&s.client, fence.handle, 1), 0);
	client_wait(&s.client, s.client.context, fence.handle, 2);
	client_finish(&s.client, s.client.context);
	client_close(&s.client);
}

/* More pieces than one message may make. */
static void pieces(void **state)
{
	struct stage s = stage_open(state);
	uint64_t size = (DXG_UPDATE_VA_PIECES + 1) * PAGE;
	operation op = map(&s, 0, 1, 0);

	op.map.base_address = client_try_reserve(&s.client, size);
	op.map.size = size;
	op.map.allocation_size = PAGE;
	assert_int_equal(update(&s, &op, 1), DXG_STATUS_NO_MEMORY);
	op.map.size -= PAGE;
	assert_int_equal(update(&s, &op, 1), 0);
	client_close(&s.client);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps),
		cmocka_unit_test(repeats),
		cmocka_unit_test(unmaps),
		cmocka_unit_test(protects),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(behind_the_queue),
		cmocka_unit_test(waits_for_the_fence),
		cmocka_unit_test(chain),
		cmocka_unit_test(does_not_wait),
		cmocka_unit_test(too_late),
		cmocka_unit_test(ends),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(pieces),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

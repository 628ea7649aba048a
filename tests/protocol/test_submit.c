// SPDX-License-Identifier: MIT
/*
 * test_submit: submissions through dxgd and a real worker: what they write, what becomes of a
 * device whose command buffer lies or whose worker dies, and that nobody else pays for it. Also:
 * who answers slowly holds up nobody.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cm.h"

static struct client open_process(void **state)
{
	struct client client;

	client_open(&client, *state, "a");
	return client;
}

static void fill_and_copy(void **state)
{
	struct client client = open_process(state);
	struct client_memory commands = client_memory(&client, 4096),
			     source = client_memory(&client, 256 << 10),
			     target = client_memory(&client, 256 << 10);
	uint32_t len, i;

	for (i = 0; i < source.size; i++)
		source.cpu[i] = (uint8_t)(i * 13 + (i >> 8));
	len = client_put_fill(commands.cpu, target.va, target.size, 0xdddddddd);
	len += client_put_copy(commands.cpu + len, target.va + 100, source.va + 7, 200001);
	client_submit(&client, client.context, commands.va, len);
	client_finish(&client, client.context);
	assert_int_equal(target.cpu[99], 0xdd);
	assert_memory_equal(target.cpu + 100, source.cpu + 7, 200001);
	assert_int_equal(target.cpu[200101], 0xdd);
	assert_int_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_close(&client);
}

/* One mapping shows another allocation's bytes only while it is there. */
static void remapped_address(void **state)
{
	struct client client = open_process(state);
	struct client_memory commands = client_memory(&client, 4096),
			     a = client_memory(&client, 4096), b = client_memory(&client, 4096);
	struct dxg_msg_mapgpuvirtualaddress body = {
		.h = wire_vgpu(DXG_MSG_MAPGPUVIRTUALADDRESS, client.process),
	};
	struct dxg_msg_mapgpuvirtualaddress_return reply = { 0 };
	struct wire_msg msg;
	uint32_t len = client_put_fill(commands.cpu, a.va, 4096, 0x1111);

	client_submit(&client, client.context, commands.va, len);
	client_finish(&client, client.context);
	body.args.paging_queue.v = client.queue;
	body.args.base_address = a.va;
	body.args.allocation.v = b.handle;
	body.args.size_in_pages = 1;
	body.args.protection.value = 1;
	wire_msg_init(&msg, client.wire, &body, sizeof(body));
	assert_int_equal(wire_call(client.wire, &msg, &reply, sizeof(reply)), sizeof(reply));
	assert_int_equal(reply.status, 0);
	assert_true(reply.virtual_address == a.va);
	client_put_fill(commands.cpu, a.va, 4096, 0x2222);
	client_submit(&client, client.context, commands.va, len);
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)a.cpu, 0x1111);
	assert_int_equal(*(uint32_t *)(void *)b.cpu, 0x2222);
	client_close(&client);
}

/* Many contexts, many small submissions, every one counted. */
static void many_submissions(void **state)
{
	struct client client = open_process(state);
	struct client_memory memory = client_memory(&client, 1 << 20);
	uint32_t context[8], i;

	for (i = 0; i < 8; i++)
		context[i] = client_try_context(&client, client.device);
	for (i = 0; i < 2000; i++) {
		uint8_t *at = memory.cpu + i * 256;
		uint64_t word = memory.va + (600 << 10) + i * 4;

		client_submit(&client, context[i % 8], memory.va + i * 256,
			      client_put_fill(at, word, 4, i + 1));
	}
	for (i = 0; i < 8; i++)
		client_finish(&client, context[i]);
	for (i = 0; i < 2000; i++)
		assert_int_equal(((uint32_t *)(void *)(memory.cpu + (600 << 10)))[i], i + 1);
	client_close(&client);
}

/* ---- lost devices ---- */

/** struct lie - a command buffer that is refused. @field: what the text must name */
struct lie {
	const char *field;
	uint32_t (*put)(struct client *client, struct client_memory *memory);
};

static uint32_t lie_opcode(struct client *client, struct client_memory *memory)
{
	struct dxg_cmd_header h = { .opcode = 4711, .size = sizeof(h) };

	(void)client;
	memcpy(memory->cpu, &h, sizeof(h));
	return sizeof(h);
}

static uint32_t lie_flags(struct client *client, struct client_memory *memory)
{
	struct dxg_cmd_header h = { .opcode = DXG_CMD_BARRIER, .flags = 1, .size = sizeof(h) };

	(void)client;
	memcpy(memory->cpu, &h, sizeof(h));
	return sizeof(h);
}

static uint32_t lie_size(struct client *client, struct client_memory *memory)
{
	struct dxg_cmd_header h = { .opcode = DXG_CMD_BARRIER, .size = 24 };

	(void)client;
	memcpy(memory->cpu, &h, sizeof(h));
	return 24;
}

static uint32_t lie_size_overrun(struct client *client, struct client_memory *memory)
{
	uint32_t len = client_put_fill(memory->cpu, memory->va + 4096, 4, 1);

	(void)client;
	return len - 8;
}

static uint32_t lie_unmapped_dst(struct client *client, struct client_memory *memory)
{
	(void)client;
	return client_put_fill(memory->cpu, memory->va + memory->size + (1ull << 40), 4096, 1);
}

static uint32_t lie_beyond_end(struct client *client, struct client_memory *memory)
{
	(void)client;
	return client_put_fill(memory->cpu, memory->va + memory->size - 4, 8, 1);
}

static uint32_t lie_wrapping(struct client *client, struct client_memory *memory)
{
	(void)client;
	return client_put_copy(memory->cpu, memory->va, ~0ull - 4095, 8192);
}

static uint32_t lie_overlap(struct client *client, struct client_memory *memory)
{
	(void)client;
	return client_put_copy(memory->cpu, memory->va + 4096, memory->va + 4100, 100);
}

/* A read-only mapping of the same memory is not one to be written through. */
static uint32_t lie_read_only(struct client *client, struct client_memory *memory)
{
	uint64_t va = 0;

	assert_int_equal(client_try_map(client, memory->handle, 1, 0, &va), 0);
	return client_put_fill(memory->cpu, va, 4, 1);
}

/* A good packet in front does not run when a bad one follows. */
static uint32_t lie_second(struct client *client, struct client_memory *memory)
{
	uint32_t len = client_put_fill(memory->cpu, memory->va + 8192, 4, 0x600d);

	return len + client_put_fill(memory->cpu + len, memory->va + 8192, 0, 1) +
	       0 * (uint32_t)client->process;
}

static const struct lie lies[] = {
	{ "opcode", lie_opcode },     { "flags", lie_flags },	   { "size", lie_size },
	{ "size", lie_size_overrun }, { "dst", lie_unmapped_dst }, { "dst", lie_beyond_end },
	{ "src", lie_wrapping },      { "dst", lie_overlap },	   { "dst", lie_read_only },
	{ "size", lie_second },
};

/* Everything that holds for a lost device. */
static void expect_lost(struct client *client, const struct client_fence *fence, uint32_t state,
			uint64_t event)
{
	struct client_fence late = { 0 };

	client_expect_loss_and_event(client, event);
	assert_true(*fence->value == ~0ull);
	assert_true(*client->paging.value == ~0ull);
	assert_int_equal(client_state(client, client->device), state);
	/* Nothing moves it any more, and what is submitted is dropped. */
	client_signal(client, client->context, fence->handle, 1);
	client_try_signal_cpu(client, fence->handle, 2);
	client_submit(client, client->context, 4096, 16);
	assert_true(wire_is_alive(client->wire));
	assert_true(*fence->value == ~0ull);
	if (client_try_fence(client, client->device, 0, &late))
		assert_true(*late.value == ~0ull);
	assert_int_equal(client_state(client, client->device), state);
	assert_int_equal(wire_pending_events(client->wire), 0);
}

static void one_lie(void **state, const struct client *good, const struct lie *lie)
{
	struct daemon *daemon = *state;
	struct client client;
	struct client_memory memory;
	struct client_fence fence;
	char text[DXG_FAULT_TEXT_MAX];
	off_t mark;
	uint64_t far = 1ull << 50;
	uint32_t len;

	client_open_process(&client, good);
	memory = client_memory(&client, 65536);
	fence = client_fence(&client, 0);
	assert_false(client_fault(&client, text));
	assert_int_equal(client_try_wait_cpu(&client, &fence.handle, &far, 1, false, 33), 0);
	mark = daemon_log_mark(daemon);
	len = lie->put(&client, &memory);
	client_submit(&client, client.context, memory.va, len);
	client_signal(&client, client.context, fence.handle, 1);
	expect_lost(&client, &fence, _D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT, 33);
	assert_true(client_fault(&client, text));
	if (!strstr(text, lie->field))
		fail_msg("a bad %s is called '%s'", lie->field, text);
	if (daemon_log_count(daemon, mark, "audit ", "\"device-lost\"") != 1) {
		daemon_log_show(daemon, mark);
		fail_msg("%s: not one audit record", lie->field);
	}
	assert_int_equal(((uint32_t *)(void *)(memory.cpu + 8192))[0], 0);
	/* The process may start anew. */
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, client.device), 0);
	client.device = client_try_device(&client);
	client.context = client_try_context(&client, client.device);
	assert_true(client.device && client.context);
	client_finish(&client, client.context);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static void bad_buffers_lose_the_device(void **state)
{
	struct client good = open_process(state);
	struct client_memory memory = client_memory(&good, 8192);
	uint32_t *word = (uint32_t *)(void *)(memory.cpu + 4096);
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		one_lie(state, &good, &lies[i]);
		client_submit(&good, good.context, memory.va,
			      client_put_fill(memory.cpu, memory.va + 4096, 4, (uint32_t)i + 50));
		client_finish(&good, good.context);
		assert_int_equal(word[0], i + 50);
		assert_int_equal(client_state(&good, good.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	}
	client_close(&good);
}

/* The buffer itself is not mapped, or only partly. */
static void unmapped_buffer(void **state)
{
	struct client good = open_process(state), client;
	struct client_fence fence;
	char text[DXG_FAULT_TEXT_MAX];

	client_open_process(&client, &good);
	fence = client_fence(&client, 0);
	client_submit(&client, client.context, 0x123456000, 16);
	client_expect_loss(&client);
	assert_true(client_fault(&client, text));
	assert_true(strlen(text) > 0);
	assert_true(*fence.value == ~0ull);
	client_finish(&good, good.context);
	client_close(&good);
}

/* One device of a process is lost, the other one is not. */
static void second_device_goes_on(void **state)
{
	struct client client = open_process(state);
	struct client_memory memory = client_memory(&client, 65536);
	uint32_t device = client_try_device(&client), context = client_try_context(&client, device);
	struct client_fence fence = { 0 };
	uint64_t one = 1;

	assert_int_not_equal(client_try_fence(&client, device, 0, &fence), 0);
	client_submit(&client, client.context, memory.va, lie_opcode(&client, &memory));
	client_expect_loss(&client);
	assert_int_equal(client_state(&client, device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_signal(&client, context, fence.handle, 1);
	assert_int_equal(client_try_wait_cpu(&client, &fence.handle, &one, 1, false, 5), 0);
	client_expect_event(&client, 5);
	assert_true(*fence.value == 1);
	client_close(&client);
}

static void killed_worker(void **state)
{
	struct daemon *daemon = *state;
	struct client good = open_process(state), client;
	struct daemon_pids before;
	struct client_fence fence;
	struct client_memory memory;
	char text[DXG_FAULT_TEXT_MAX];
	uint64_t far = 1ull << 50;
	uint32_t len;

	client_clock(&good);
	before = daemon_pids(daemon);
	client_open_process(&client, &good);
	memory = client_memory(&client, 65536);
	fence = client_fence(&client, 0);
	client_clock(&client);
	assert_int_equal(client_try_wait_cpu(&client, &fence.handle, &far, 1, false, 44), 0);
	assert_true(daemon_signal_new(daemon, &before, SIGKILL) > 0);
	expect_lost(&client, &fence, _D3DKMT_DEVICEEXECUTION_RESET, 44);
	assert_true(client_fault(&client, text));
	assert_non_null(strstr(text, "worker"));
	client_clock(&good);
	client_finish(&good, good.context);

	/* A new device gets a new worker, once the old one is gone. */
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, client.device), 0);
	client.device = client_try_device(&client);
	client.context = client_try_context(&client, client.device);
	client.queue = client_try_queue(&client, client.device, &client.paging);
	assert_true(client.device && client.context && client.queue);
	memory = client_memory(&client, 65536);
	len = client_put_fill(memory.cpu, memory.va + 4096, 4096, 0x99);
	client_submit(&client, client.context, memory.va, len);
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + 4096), 0x99);
	client_close(&good);
}

/* Killed while it has work: the same, and the escapes in flight are answered. */
static void killed_busy_worker(void **state)
{
	struct daemon *daemon = *state;
	struct client good = open_process(state), client;
	struct daemon_pids before;
	struct client_memory memory;
	struct client_fence fence;
	struct dxg_escape_query_clock reply = { 0 };
	struct wire_msg msg;
	uint64_t far = 1ull << 50, escape;
	int n;

	client_clock(&good);
	before = daemon_pids(daemon);
	client_open_process(&client, &good);
	memory = client_memory(&client, 1 << 20);
	fence = client_fence(&client, 0);
	client_clock(&client);
	assert_true(daemon_signal_new(daemon, &before, SIGSTOP) > 0);
	assert_int_equal(client_try_wait_cpu(&client, &fence.handle, &far, 1, false, 55), 0);
	client_submit(&client, client.context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 4096, 1));
	client_signal(&client, client.context, fence.handle, 1);
	client_clock_msg(&client, &msg);
	escape = wire_request(client.wire, &msg);
	assert_int_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_true(*fence.value == 0);
	assert_true(daemon_signal_new(daemon, &before, SIGKILL) > 0);
	n = wire_reply(client.wire, escape, &reply, sizeof(reply));
	assert_true(n >= 0 && (n < (int)sizeof(reply) || reply.h.status || !reply.h.magic));
	expect_lost(&client, &fence, _D3DKMT_DEVICEEXECUTION_RESET, 55);
	client_finish(&good, good.context);
	client_close(&good);
}

/* ---- slow answers ---- */

/* The worker stands still; everything that does not need it is answered, before and out of order.
 */
static void slow_escape_holds_up_nobody(void **state)
{
	struct daemon *daemon = *state;
	struct client good = open_process(state), client;
	struct dxg_escape_query_clock reply;
	struct daemon_pids before;
	struct wire_msg msg;
	char text[DXG_FAULT_TEXT_MAX];
	uint64_t slow;

	client_clock(&good);
	before = daemon_pids(daemon);
	client_open_process(&client, &good);
	client_clock(&client);
	assert_true(daemon_signal_new(daemon, &before, SIGSTOP) > 0);
	client_clock_msg(&client, &msg);
	slow = wire_request(client.wire, &msg);
	assert_false(client_fault(&client, text));
	assert_int_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_finish(&client, client.context);
	client_clock(&good);
	client_finish(&good, good.context);
	daemon_signal_new(daemon, &before, SIGCONT);
	assert_int_equal(wire_reply(client.wire, slow, &reply, sizeof(reply)), sizeof(reply));
	assert_int_equal(reply.h.status, 0);
	client_close(&good);
}

/* One process's endless work does not keep another one's from running to its end. */
static void stopped_worker_and_its_neighbour(void **state)
{
	struct daemon *daemon = *state;
	struct client good = open_process(state), client;
	struct daemon_pids before;
	unsigned int i;

	client_clock(&good);
	before = daemon_pids(daemon);
	client_open_process(&client, &good);
	client_clock(&client);
	assert_true(daemon_signal_new(daemon, &before, SIGSTOP) > 0);
	for (i = 0; i < 100; i++) { /* maps and unmaps pile up for the stopped worker */
		uint32_t alloc = client_alloc(&client, 4096);
		uint64_t va;

		assert_int_equal(client_try_map(&client, alloc, 1, 1, &va), 0);
		client_clock(&good);
	}
	daemon_signal_new(daemon, &before, SIGCONT);
	client_clock(&client);
	client_close(&good);
}

/* ---- escapes ---- */

static void bad_escapes(void **state)
{
	static const struct {
		uint32_t magic, op, size;
	} bad[] = {
		{ 0, DXG_ESCAPE_QUERY_CLOCK, 24 },
		{ DXG_ESCAPE_MAGIC, 0, 24 },
		{ DXG_ESCAPE_MAGIC, 0xff, 24 },
		{ DXG_ESCAPE_MAGIC, 0xffff, 24 },
		{ DXG_ESCAPE_MAGIC, DXG_ESCAPE_QUERY_CLOCK, 16 },
		{ DXG_ESCAPE_MAGIC, DXG_ESCAPE_QUERY_CLOCK, 25 },
		{ DXG_ESCAPE_MAGIC, DXG_ESCAPE_QUERY_CLOCK, ~0u },
		{ DXG_ESCAPE_MAGIC, DXG_ESCAPE_QUERY_FAULT, 24 },
	};
	struct client client = open_process(state);
	struct dxg_escape_query_clock query;
	struct wire_msg msg;
	size_t i;
	int n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		query = (struct dxg_escape_query_clock){
			.h = { .magic = bad[i].magic, .op = bad[i].op, .size = bad[i].size },
		};
		client_escape_msg(&client, &msg, client.device, &query, sizeof(query));
		memset(&query, 0, sizeof(query));
		n = wire_call(client.wire, &msg, &query, sizeof(query));
		assert_true(n >= 0);
		if (n >= (int)sizeof(query) && query.h.magic && !query.h.status)
			fail_msg("bad escape %zu is answered with success", i);
		client_clock(&client);
	}
	client_close(&client);
}

/* The smallest ones: less than a header, and nothing. */
static void short_escapes(void **state)
{
	struct client client = open_process(state);
	struct wire_msg msg;
	uint8_t bytes[16] = { 0 };
	uint32_t n;

	for (n = 0; n < 16; n++) {
		client_escape_msg(&client, &msg, client.device, bytes, n);
		assert_true(wire_call(client.wire, &msg, NULL, 0) >= 0);
	}
	client_clock(&client);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fill_and_copy),
		cmocka_unit_test(remapped_address),
		cmocka_unit_test(many_submissions),
		cmocka_unit_test(bad_buffers_lose_the_device),
		cmocka_unit_test(unmapped_buffer),
		cmocka_unit_test(second_device_goes_on),
		cmocka_unit_test(killed_worker),
		cmocka_unit_test(killed_busy_worker),
		cmocka_unit_test(slow_escape_holds_up_nobody),
		cmocka_unit_test(stopped_worker_and_its_neighbour),
		cmocka_unit_test(bad_escapes),
		cmocka_unit_test(short_escapes),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

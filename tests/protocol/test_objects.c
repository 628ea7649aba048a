// SPDX-License-Identifier: MIT
/*
 * test_objects: the life of every kind of object: what creating gives, what destroying takes along,
 * what a process or a session leaves behind (nothing), and whose bytes a page may show (nobody
 * else's).
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define LOCAL 0u
#define SYSTEM 1u

static void expect_gone(struct client *client, uint32_t type, uint32_t handle)
{
	assert_int_equal(client_destroy(client, type, handle), DXG_STATUS_INVALID_PARAMETER);
}

static struct client open_process(void **state)
{
	struct client client;

	client_open(&client, *state, "a");
	return client;
}

static void each_object(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence, paging = { 0 };
	struct client_memory memory = client_memory(&client, 3 * DXG_PAGE_SIZE);
	uint32_t device = client_try_device(&client), event, context, queue;

	context = client_try_context(&client, device);
	queue = client_try_queue(&client, device, &paging);
	event = client_try_cpu_event(&client, 77);
	fence = client_fence(&client, 9);
	assert_true(device && context && queue && event);
	assert_true(paging.handle != 0 && *paging.value == 0);

	assert_int_equal(client_destroy_sync(&client, fence.handle), 0);
	assert_true(client_destroy_sync(&client, fence.handle) < 0);
	assert_int_equal(client_destroy_sync(&client, event), 0);
	assert_true(client_destroy_sync(&client, event) < 0);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYCONTEXT, context), 0);
	expect_gone(&client, DXG_MSG_DESTROYCONTEXT, context);
	client_destroy(&client, DXG_MSG_DESTROYPAGINGQUEUE, queue);
	assert_true(client_try_wait_cpu(&client, &paging.handle, &(uint64_t){ 1 }, 1, false, 5) <
		    0);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, device), 0);
	expect_gone(&client, DXG_MSG_DESTROYDEVICE, device);
	assert_int_equal(client_try_unlock(&client, memory.handle), 0);
	assert_int_equal(client_destroy_allocs(&client, &memory.handle, 1), 0);
	assert_true(client_destroy_allocs(&client, &memory.handle, 1) < 0);
	client_close(&client);
}

/* A queue's fence is the queue's: it cannot be destroyed, nor signalled, by itself. */
static void paging_fence_is_owned(void **state)
{
	struct client client = open_process(state);

	assert_true(client_destroy_sync(&client, client.paging.handle) < 0);
	assert_true(client_try_signal_cpu(&client, client.paging.handle, 5) < 0);
	assert_true(*client.paging.value < 5);
	client_close(&client);
}

/* All handles of a process are different, whatever their kind. */
static void handles_are_distinct(void **state)
{
	struct client client = open_process(state);
	struct client_fence fence;
	uint32_t handle[100], i, k;

	for (i = 0; i + 5 <= 100; i += 5) {
		handle[i] = client_alloc(&client, 4096);
		handle[i + 1] = client_fence(&client, 0).handle;
		handle[i + 2] = client_try_context(&client, client.device);
		handle[i + 3] = client_try_queue(&client, client.device, &fence);
		handle[i + 4] = fence.handle;
	}
	for (i = 0; i < 100; i++) {
		assert_int_equal(handle[i] & 0x3f, 0);
		assert_int_not_equal(handle[i] >> 30, 0);
		for (k = 0; k < i; k++)
			assert_int_not_equal(handle[i] >> 6 & 0xffffff, handle[k] >> 6 & 0xffffff);
	}
	client_close(&client);
}

/* An index is not used again before others were freed (specification section 5.1). */
static void handles_are_not_reused_at_once(void **state)
{
	struct client client = open_process(state);
	uint32_t first = client_fence(&client, 0).handle, i;

	assert_int_equal(client_destroy_sync(&client, first), 0);
	for (i = 0; i < 100; i++) {
		uint32_t next = client_fence(&client, 0).handle;

		assert_int_not_equal(next >> 6 & 0xffffff, first >> 6 & 0xffffff);
		assert_int_equal(client_destroy_sync(&client, next), 0);
	}
	client_close(&client);
}

static void device_takes_its_children(void **state)
{
	struct client client = open_process(state);
	struct client_memory memory = client_memory(&client, 65536);
	struct client_fence fence = client_fence(&client, 1);
	uint64_t value = 2;

	assert_true(client_usage(&client, SYSTEM) >= 65536);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, client.device), 0);
	assert_int_equal(client_usage(&client, SYSTEM), 0);
	assert_true(client_destroy_sync(&client, fence.handle) < 0);
	expect_gone(&client, DXG_MSG_DESTROYCONTEXT, client.context);
	client.device = client_try_device(&client);
	assert_int_not_equal(client.device, 0);
	assert_true(client_destroy_allocs(&client, &memory.handle, 1) < 0);
	assert_true(client_try_wait_cpu(&client, &client.paging.handle, &value, 1, false, 5) < 0);
	client_close(&client);
}

/* Children first, in every order, or the parent first: the end is the same. */
static void any_order(void **state)
{
	struct client client = open_process(state);
	unsigned int order;

	for (order = 0; order < 6; order++) {
		struct client_fence fence, paging;
		uint32_t device = client_try_device(&client), step, context, queue;

		context = client_try_context(&client, device);
		queue = client_try_queue(&client, device, &paging);
		assert_int_not_equal(client_try_fence(&client, device, 0, &fence), 0);
		client_wait(&client, context, fence.handle, 1); /* something is queued, too */
		client_signal(&client, context, fence.handle, 3);
		for (step = 0; step < 3; step++)
			switch ((step * (order & 1 ? 1 : 2) + order / 2) % 3) {
			case 0:
				assert_int_equal(
					client_destroy(&client, DXG_MSG_DESTROYCONTEXT, context),
					0);
				break;
			case 1:
				client_destroy(&client, DXG_MSG_DESTROYPAGINGQUEUE, queue);
				break;
			case 2:
				assert_int_equal(client_destroy_sync(&client, fence.handle), 0);
				break;
			}
		assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, device), 0);
	}
	client_finish(&client, client.context);
	client_close(&client);
}

static int32_t flush(struct client *client, uint32_t reason)
{
	struct wire_msg msg;

	client_flush_msg(client, &msg, reason);
	return wire_status(client->wire, &msg);
}

/* FLUSHDEVICE answers when what runs is done: the bytes are there. */
static void flush_waits_for_work(void **state)
{
	struct client client = open_process(state);
	struct client_memory memory = client_memory(&client, 1 << 20);
	uint32_t *word = (uint32_t *)(void *)(memory.cpu + 4096);
	uint32_t len = client_put_fill(memory.cpu, memory.va + 4096, (1 << 20) - 4096, 0xabcdef01),
		 i;

	for (i = 0; i < 10; i++)
		client_submit(&client, client.context, memory.va, len);
	assert_int_equal(flush(&client, DXG_MSG_FLUSH_DEVICE_TERMINATE), 0);
	assert_int_equal(word[0], 0xabcdef01);
	assert_int_equal(word[((1 << 20) - 4096) / 4 - 1], 0xabcdef01);
	client_close(&client);
}

/* ... and is answered although a context waits for something that never comes. */
static void flush_of_blocked_context(void **state)
{
	struct client client = open_process(state);
	struct client_fence never = client_fence(&client, 0);

	client_wait(&client, client.context, never.handle, 1);
	assert_int_equal(flush(&client, DXG_MSG_FLUSH_DEVICE_TERMINATE), 0);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, client.device), 0);
	client_close(&client);
}

static void process_takes_everything(void **state)
{
	struct client first = open_process(state), second;
	uint64_t address, other;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		client_open_process(&second, &first);
		client_memory(&second, 1 << 20);
		client_fence(&second, 0);
		assert_int_equal(client_try_lock(&second, client_alloc(&second, 4096), &address),
				 0);
		assert_true(client_usage(&second, SYSTEM) >= 1 << 20);
		assert_int_equal(client_usage(&first, SYSTEM), 0);
		assert_int_equal(client_destroy_process(second.wire, second.process), 0);
		assert_true(client_destroy_process(second.wire, second.process) < 0);
		assert_int_equal(client_try_device(&second), 0);
	}
	/* The pages came back: 16 times half of the IO space can only be had one after the other.
	 */
	for (i = 0; i < 16; i++) {
		uint32_t handle = client_alloc(&first, first.wire->header.io_size / 2);

		assert_int_equal(client_try_lock(&first, handle, &other), 0);
		assert_int_equal(client_try_unlock(&first, handle), 0);
		assert_int_equal(client_destroy_allocs(&first, &handle, 1), 0);
	}
	client_close(&first);
}

static void accounting_returns_to_zero(void **state)
{
	struct client client = open_process(state);
	struct client_memory memory[8];
	unsigned int i;

	assert_int_equal(client_usage(&client, SYSTEM), 0);
	for (i = 0; i < 8; i++) {
		memory[i] = client_memory(&client, 4096 << i);
		assert_int_equal(client_usage(&client, SYSTEM), ((2 << i) - 1) * 4096);
	}
	for (i = 0; i < 8; i++)
		assert_int_equal(client_destroy_allocs(&client, &memory[i].handle, 1), 0);
	assert_int_equal(client_usage(&client, SYSTEM), 0);
	assert_int_equal(client_usage(&client, LOCAL), 0);
	client_close(&client);
}

/* One of a resource's allocations: resource form of create and destroy. */
static void resources(void **state)
{
	struct client client = open_process(state);
	struct dxg_msg_createallocation create = {
		.h = wire_vgpu(DXG_MSG_CREATEALLOCATION, client.process),
		.device = client.device,
		.alloc_count = 2,
		.flags.create_resource = 1,
	};
	struct dxg_msg_destroyallocation destroy = {
		.h = wire_vgpu(DXG_MSG_DESTROYALLOCATION, client.process),
		.device = client.device,
	};
	struct dxg_msg_allocinfo info = { .priv_drv_data_size = sizeof(struct dxg_alloc_private) };
	struct dxg_alloc_private priv = { .flags = DXG_ALLOC_CPU_VISIBLE, .size = 10000 };
	struct {
		struct dxg_msg_createallocation_return h;
		struct dxg_msg_allocinfo_return info[2];
	} reply = { 0 };
	struct wire_msg msg;
	uint64_t address;

	wire_msg_init(&msg, client.wire, &create, sizeof(create));
	wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, &info, sizeof(info));
	wire_msg_add(&msg, &priv, sizeof(priv));
	wire_msg_add(&msg, &priv, sizeof(priv));
	assert_int_equal(wire_call(client.wire, &msg, &reply, sizeof(reply)),
			 sizeof(reply) + 2 * sizeof(priv));
	assert_int_not_equal(reply.h.resource, 0);
	assert_int_equal(reply.info[0].allocation_size, 12288);
	assert_true(reply.info[0].allocation_flags & DXG_MSG_ALLOC_CACHED);
	assert_int_equal(client_try_lock(&client, reply.info[1].allocation, &address), 0);

	destroy.resource = reply.h.resource;
	wire_msg_init(&msg, client.wire, &destroy, sizeof(destroy));
	wire_msg_zero(&msg, 8);
	assert_int_equal(wire_status(client.wire, &msg), 0);
	assert_true(wire_status(client.wire, &msg) < 0);
	assert_true(client_try_lock(&client, reply.info[1].allocation, &address) < 0);
	assert_int_equal(client_usage(&client, SYSTEM), 0);
	client_close(&client);
}

/* All that a vGPU may have, taken page by page: every address is checked by client_pointer(). */
static void addresses_stay_inside(void **state)
{
	static const char *const options[] = { "--vgpu", "small,memory_mib=4", NULL };
	struct daemon *daemon = daemon_start(options);
	struct client client;
	struct client_fence fence;
	unsigned int n = 0;

	(void)state;
	client_open(&client, daemon, "small");
	assert_true(client.wire->header.io_size >= 4 << 20);
	while (n < 65536 && client_try_fence(&client, client.device, n, &fence)) {
		assert_true(*fence.value == n);
		n++;
	}
	assert_in_range(n, 512, client.wire->header.io_size / DXG_PAGE_SIZE - 2);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE,
					  client.wire->header.io_size, NULL),
			 0);
	client_close(&client);
	daemon_stop(daemon);
}

/* ---- whose bytes ---- */

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, len - 1);
}

/* Memory that was somebody's is zero for the next one, in the same process and in the next. */
static void memory_is_zeroed(void **state)
{
	static const char *const options[] = { "--vgpu", "small,memory_mib=16", NULL };
	struct daemon *daemon = daemon_start(options);
	struct client first, second;
	uint64_t size = 12 << 20; /* so much of it that it must be the same pages again */
	struct client_memory memory;
	unsigned int round;

	(void)state;
	client_open(&first, daemon, "small");
	for (round = 0; round < 8; round++) {
		client_open_process(&second, &first);
		memory = client_memory(&second, size);
		assert_true(is_zero(memory.cpu, size));
		memset(memory.cpu, 0xa5, size);
		if (round & 1)
			assert_int_equal(client_destroy_allocs(&second, &memory.handle, 1), 0);
		assert_int_equal(client_destroy_process(second.wire, second.process), 0);
	}
	client_close(&first);
	daemon_stop(daemon);
}

/* Fence pages, too: what the guest scribbled on one is not what the next one shows. */
static void fence_pages_are_zeroed(void **state)
{
	struct client client = open_process(state);
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		struct client_fence fence = client_fence(&client, 0);

		assert_true(is_zero((const uint8_t *)(uintptr_t)fence.value, DXG_PAGE_SIZE));
		memset((void *)(uintptr_t)fence.value, 0xee, DXG_PAGE_SIZE);
		assert_int_equal(client_destroy_sync(&client, fence.handle), 0);
	}
	client_close(&client);
}

/* Between sessions there is nothing to be seen: each has a region of its own. */
static void sessions_share_nothing(void **state)
{
	struct client first = open_process(state), second = open_process(state);
	struct client_memory a = client_memory(&first, 1 << 16),
			     b = client_memory(&second, 1 << 16);

	memset(a.cpu, 0x11, 1 << 16);
	assert_true(is_zero(b.cpu, 1 << 16));
	client_close(&first);
	first = open_process(state);
	a = client_memory(&first, 1 << 20);
	assert_true(is_zero(a.cpu, 1 << 20));
	client_close(&second);
	client_close(&first);
}

/* A page is not given away while a command that writes to it still runs. */
static void destroyed_while_running(void **state)
{
	struct client client = open_process(state);
	struct client_memory commands = client_memory(&client, 65536), target;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		uint32_t len;

		target = client_memory(&client, 1 << 20);
		assert_true(is_zero(target.cpu, 1 << 20));
		len = client_put_fill(commands.cpu, target.va, 1 << 20, 0x77777777);
		client_submit(&client, client.context, commands.va, len);
		/* The answer may only come when the worker has let go of it. */
		assert_int_equal(client_destroy_allocs(&client, &target.handle, 1), 0);
		/* The submission ran before, or it found nothing mapped and lost the device. */
		assert_int_equal(flush(&client, DXG_MSG_FLUSH_DEVICE_TERMINATE), 0);
		if (client_state(&client, client.device) != _D3DKMT_DEVICEEXECUTION_ACTIVE)
			break;
	}
	client_close(&client);
	client = open_process(state);
	target = client_memory(&client, 1 << 20);
	assert_true(is_zero(target.cpu, 1 << 20));
	client_close(&client);
}

/* ---- queries ---- */

static int query(struct client *client, uint32_t type, void *data, uint32_t size)
{
	struct dxg_msg_queryadapterinfo body = {
		.h = wire_vgpu(DXG_MSG_QUERYADAPTERINFO, client->process),
		.query_type = type,
		.size = size,
	};
	uint8_t reply[4096] = { 0 };
	struct wire_msg msg;
	int32_t status;
	int n;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	wire_msg_zero(&msg, size + 7);
	n = wire_call(client->wire, &msg, reply, sizeof(reply));
	assert_true(n >= (int)(sizeof(status)));
	memcpy(&status, reply, sizeof(status));
	if (!status) {
		assert_true((uint32_t)n >= size + 4);
		memcpy(data, reply + 4, size);
	}
	return status;
}

static void adapter_info(void **state)
{
	struct client client = open_process(state);
	struct dxg_adapter_private priv;
	struct d3dkmt_adaptertype type = { 0 };

	assert_int_equal(query(&client, _KMTQAITYPE_UMDRIVERPRIVATE, &priv, sizeof(priv)), 0);
	assert_int_equal(priv.magic, DXG_ADAPTER_PRIVATE_MAGIC);
	assert_int_equal(priv.cmd_version, DXG_CMD_VERSION);
	assert_true(priv.flags & DXG_ADAPTER_NULL);
	assert_int_equal(priv.node_count, 1);
	assert_true(priv.va_start < priv.va_end);
	assert_non_null(memchr(priv.name, 0, sizeof(priv.name)));
	assert_int_equal(query(&client, _KMTQAITYPE_ADAPTERTYPE, &type, sizeof(type)), 0);
	assert_true(type.render_supported && type.paravirtualized && !type.display_supported);
	assert_int_equal(query(&client, _KMTQAITYPE_ADAPTERTYPE_RENDER, &type, sizeof(type)), 0);
	assert_true(query(&client, _KMTQAITYPE_UMDRIVERPRIVATE, &priv, 8) < 0);
	assert_true(query(&client, 12345, &priv, sizeof(priv)) < 0);
	client_close(&client);
}

static void virtual_addresses(void **state)
{
	struct client client = open_process(state);
	uint32_t alloc = client_alloc(&client, 16 * DXG_PAGE_SIZE);
	uint64_t va, reserved = client_try_reserve(&client, 1 << 20);

	assert_true(reserved != 0 && reserved % 4096 == 0);
	assert_int_equal(client_try_free_va(&client, reserved, 1 << 20), 0);
	assert_true(client_try_free_va(&client, reserved, 1 << 20) < 0);
	assert_int_equal(client_try_map(&client, alloc, 16, 1, &va), 0);
	assert_int_equal(client_try_free_va(&client, va, 16 * DXG_PAGE_SIZE), 0);
	assert_true(client_try_map(&client, alloc, 17, 1, &va) < 0); /* beyond its end */
	assert_true(client_try_map(&client, alloc, 0, 1, &va) < 0);
	assert_true(client_try_map(&client, alloc, ~0ull, 1, &va) < 0);
	assert_true(client_try_map(&client, alloc, 1, 1ull << 40, &va) <
		    0); /* unknown protection */
	assert_int_equal(client_try_reserve(&client, 0), 0);
	assert_int_equal(client_try_reserve(&client, ~0ull), 0);
	assert_int_equal(client_try_reserve(&client, 4097), 0);
	client_close(&client);
}

static void private_data_is_checked(void **state)
{
	struct client client = open_process(state);

	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE | 2, 4096, NULL), 0);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 0, NULL), 0);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, ~0ull, NULL), 0);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 1ull << 60, NULL), 0);
	assert_int_equal(client_usage(&client, SYSTEM), 0);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_object),
		cmocka_unit_test(paging_fence_is_owned),
		cmocka_unit_test(handles_are_distinct),
		cmocka_unit_test(handles_are_not_reused_at_once),
		cmocka_unit_test(device_takes_its_children),
		cmocka_unit_test(any_order),
		cmocka_unit_test(flush_waits_for_work),
		cmocka_unit_test(flush_of_blocked_context),
		cmocka_unit_test(process_takes_everything),
		cmocka_unit_test(accounting_returns_to_zero),
		cmocka_unit_test(resources),
		cmocka_unit_test(addresses_stay_inside),
		cmocka_unit_test(memory_is_zeroed),
		cmocka_unit_test(fence_pages_are_zeroed),
		cmocka_unit_test(sessions_share_nothing),
		cmocka_unit_test(destroyed_while_running),
		cmocka_unit_test(adapter_info),
		cmocka_unit_test(virtual_addresses),
		cmocka_unit_test(private_data_is_checked),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

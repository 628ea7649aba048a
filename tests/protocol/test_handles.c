// SPDX-License-Identifier: MIT
/*
 * test_handles: handles that name nothing, something else, or somebody else's. A request is refused
 * with a status (or, where its reply has none, with an empty result), and nothing changes; an
 * asynchronous message costs the device that it names. The session goes on in every case.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cm.h"

/** enum kind - what a message expects at the place under test. */
enum kind { ADAPTER, DEVICE, CONTEXT, QUEUE, ALLOC, FENCE, KINDS };

/** struct stage - one process with one object of each kind, and its neighbours. */
struct stage {
	struct daemon *daemon;
	struct client client;
	struct client sibling; /* a process of the same session */
	struct client stranger; /* a process of another session */
	struct client_memory memory;
	struct client_fence fence;
	uint32_t live[KINDS];
	uint32_t stale[KINDS];
	uint32_t sibling_only[KINDS];
	uint32_t stranger_only[KINDS];
};

/** struct call - a message with the handle under test. @run: status, < 0 when refused. */
struct call {
	const char *name;
	enum kind kind;
	int32_t (*run)(struct stage *stage, uint32_t handle);
};

/* ---- the calls ---- */

static int32_t from_handle(uint32_t handle)
{
	return handle ? 0 : DXG_STATUS_INVALID_HANDLE;
}

static int32_t status_of(struct stage *stage, const void *body, size_t len)
{
	struct wire_msg msg;

	wire_msg_init(&msg, stage->client.wire, body, len);
	return wire_status(stage->client.wire, &msg);
}

static int32_t destroy_device(struct stage *stage, uint32_t handle)
{
	return client_destroy(&stage->client, DXG_MSG_DESTROYDEVICE, handle);
}

static int32_t destroy_context(struct stage *stage, uint32_t handle)
{
	return client_destroy(&stage->client, DXG_MSG_DESTROYCONTEXT, handle);
}

static int32_t destroy_sync(struct stage *stage, uint32_t handle)
{
	return client_destroy_sync(&stage->client, handle);
}

/* Without a status: whether the queue is still there is seen by the check after each call. */
static int32_t destroy_queue(struct stage *stage, uint32_t handle)
{
	client_destroy(&stage->client, DXG_MSG_DESTROYPAGINGQUEUE, handle);
	return DXG_STATUS_INVALID_HANDLE;
}

static int32_t destroy_alloc(struct stage *stage, uint32_t handle)
{
	return client_destroy_allocs(&stage->client, &handle, 1);
}

/* A good handle first: then the bad one must keep the good one from being destroyed as well. */
static int32_t destroy_alloc_second(struct stage *stage, uint32_t handle)
{
	uint32_t handles[2] = { stage->live[ALLOC], handle };

	return client_destroy_allocs(&stage->client, handles, 2);
}

static int32_t destroy_alloc_device(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;

	client.device = handle;
	return client_destroy_allocs(&client, &stage->live[ALLOC], 1);
}

static int32_t create_context(struct stage *stage, uint32_t handle)
{
	return from_handle(client_try_context(&stage->client, handle));
}

static int32_t create_queue(struct stage *stage, uint32_t handle)
{
	struct client_fence fence;

	return from_handle(client_try_queue(&stage->client, handle, &fence));
}

static int32_t create_fence(struct stage *stage, uint32_t handle)
{
	struct client_fence fence;

	return from_handle(client_try_fence(&stage->client, handle, 0, &fence));
}

static int32_t create_alloc(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;

	client.device = handle;
	return from_handle(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 4096, NULL));
}

static int32_t resident_queue(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;

	client.queue = handle;
	return client_try_resident(&client, &stage->live[ALLOC], 1);
}

static int32_t resident_alloc(struct stage *stage, uint32_t handle)
{
	return client_try_resident(&stage->client, &handle, 1);
}

static int32_t map_queue(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;
	uint64_t va;

	client.queue = handle;
	return client_try_map(&client, stage->live[ALLOC], 1, 1, &va);
}

static int32_t map_alloc(struct stage *stage, uint32_t handle)
{
	uint64_t va;

	return client_try_map(&stage->client, handle, 1, 1, &va);
}

static int32_t lock_alloc(struct stage *stage, uint32_t handle)
{
	uint64_t address;

	return client_try_lock(&stage->client, handle, &address);
}

static int32_t lock_device(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;
	uint64_t address;

	client.device = handle;
	return client_try_lock(&client, stage->live[ALLOC], &address);
}

static int32_t unlock_alloc(struct stage *stage, uint32_t handle)
{
	return client_try_unlock(&stage->client, handle);
}

static int32_t free_va(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;

	client.adapter = handle;
	return client_try_free_va(&client, stage->memory.va, DXG_PAGE_SIZE);
}

static int32_t reserve_va(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;

	client.adapter = handle;
	return client_try_reserve(&client, DXG_PAGE_SIZE) ? 0 : DXG_STATUS_INVALID_HANDLE;
}

static int32_t query_memory(struct stage *stage, uint32_t handle)
{
	struct dxg_msg_queryvideomemoryinfo body = {
		.h = wire_vgpu(DXG_MSG_QUERYVIDEOMEMORYINFO, stage->client.process),
		.adapter = handle,
		.memory_segment_group = 1,
	};
	struct dxg_msg_queryvideomemoryinfo_return reply = { 0 };
	struct wire_msg msg;
	int n;

	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	n = wire_call(stage->client.wire, &msg, &reply, sizeof(reply));
	return n >= (int)sizeof(reply) && reply.budget ? 0 : DXG_STATUS_INVALID_HANDLE;
}

/* An escape is refused with a short reply, or with a status in the buffer. */
static int32_t escape(struct stage *stage, const struct client *as, uint32_t device)
{
	struct client client = *as;
	struct dxg_escape_query_fault fault = {
		.h = { .magic = DXG_ESCAPE_MAGIC,
		       .op = DXG_ESCAPE_QUERY_FAULT,
		       .size = sizeof(fault) },
	};
	struct wire_msg msg;
	int n;

	(void)stage;
	client_escape_msg(&client, &msg, device, &fault, sizeof(fault));
	n = wire_call(client.wire, &msg, &fault, sizeof(fault));
	if (n < (int)sizeof(fault) || fault.h.magic != DXG_ESCAPE_MAGIC || fault.h.status)
		return DXG_STATUS_INVALID_HANDLE;
	return 0;
}

static int32_t escape_adapter(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;

	client.adapter = handle;
	return escape(stage, &client, client.device);
}

static int32_t escape_device(struct stage *stage, uint32_t handle)
{
	return escape(stage, &stage->client, handle);
}

static int32_t device_state(struct stage *stage, uint32_t handle)
{
	struct dxg_msg_getdevicestate body = {
		.h = wire_vgpu(DXG_MSG_GETDEVICESTATE, stage->client.process),
		.args.device.v = handle,
		.args.state_type = _D3DKMT_DEVICESTATE_EXECUTION,
	};
	struct dxg_msg_getdevicestate_return reply = { .status = DXG_STATUS_UNSUCCESSFUL };
	struct wire_msg msg;

	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	assert_true(wire_call(stage->client.wire, &msg, &reply, sizeof(reply)) >=
		    (int)sizeof(reply));
	return reply.status;
}

static int32_t flush_device(struct stage *stage, uint32_t handle)
{
	struct dxg_msg_flushdevice body = {
		.h = wire_vgpu(DXG_MSG_FLUSHDEVICE, stage->client.process),
		.device = handle,
		.reason = DXG_MSG_FLUSH_DEVICE_TERMINATE,
	};

	return status_of(stage, &body, sizeof(body));
}

static int32_t wait_cpu_device(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;
	uint64_t value = 1000000;

	client.device = handle;
	return client_try_wait_cpu(&client, &stage->live[FENCE], &value, 1, false, 99);
}

static int32_t wait_cpu_fence(struct stage *stage, uint32_t handle)
{
	uint64_t value = 1000000;

	return client_try_wait_cpu(&stage->client, &handle, &value, 1, false, 99);
}

static int32_t signal_cpu_device(struct stage *stage, uint32_t handle)
{
	struct client client = stage->client;

	client.device = handle;
	return client_try_signal_cpu(&client, stage->live[FENCE], 1000000);
}

static int32_t signal_cpu_fence(struct stage *stage, uint32_t handle)
{
	return client_try_signal_cpu(&stage->client, handle, 1000000);
}

/* The synchronous form of a GPU wait for @fence on @context. */
static int32_t wait_gpu(struct stage *stage, uint32_t context, uint32_t fence)
{
	struct dxg_msg_waitforsyncobjectfromgpu body = {
		.h = wire_vgpu(DXG_MSG_WAITFORSYNCOBJECTFROMGPU, stage->client.process),
		.context = context,
		.object_count = 1,
	};
	struct wire_msg msg;
	uint64_t value = 0;

	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &value, sizeof(value));
	wire_msg_add(&msg, &fence, sizeof(fence));
	return wire_status(stage->client.wire, &msg);
}

static int32_t wait_gpu_context(struct stage *stage, uint32_t handle)
{
	return wait_gpu(stage, handle, stage->live[FENCE]);
}

static int32_t wait_gpu_fence(struct stage *stage, uint32_t handle)
{
	return wait_gpu(stage, stage->live[CONTEXT], handle);
}

static int32_t signal_gpu(struct stage *stage, uint32_t context, uint32_t fence)
{
	struct dxg_msg_signalsyncobject body = {
		.h = wire_vgpu(DXG_MSG_SIGNALSYNCOBJECT, stage->client.process),
		.object_count = 1,
		.context_count = 1,
	};
	struct wire_msg msg;
	uint64_t value = 1000000;

	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	wire_msg_add(&msg, &fence, sizeof(fence));
	wire_msg_add(&msg, &context, sizeof(context));
	wire_msg_add(&msg, &value, sizeof(value));
	return wire_status(stage->client.wire, &msg);
}

static int32_t signal_gpu_context(struct stage *stage, uint32_t handle)
{
	return signal_gpu(stage, handle, stage->live[FENCE]);
}

static int32_t signal_gpu_fence(struct stage *stage, uint32_t handle)
{
	return signal_gpu(stage, stage->live[CONTEXT], handle);
}

static int32_t submit_context(struct stage *stage, uint32_t handle)
{
	struct dxg_msg_submitcommand body = {
		.h = wire_vgpu(DXG_MSG_SUBMITCOMMAND, stage->client.process),
		.args.command_buffer = stage->memory.va,
		.args.command_length = 16,
		.args.broadcast_context_count = 1,
		.args.broadcast_context[0].v = handle,
	};

	return status_of(stage, &body, sizeof(body));
}

static const struct call calls[] = {
	{ "DESTROYDEVICE", DEVICE, destroy_device },
	{ "DESTROYCONTEXT", CONTEXT, destroy_context },
	{ "DESTROYSYNCOBJECT", FENCE, destroy_sync },
	{ "DESTROYPAGINGQUEUE", QUEUE, destroy_queue },
	{ "DESTROYALLOCATION", ALLOC, destroy_alloc },
	{ "DESTROYALLOCATION, second", ALLOC, destroy_alloc_second },
	{ "DESTROYALLOCATION, device", DEVICE, destroy_alloc_device },
	{ "CREATECONTEXTVIRTUAL", DEVICE, create_context },
	{ "CREATEPAGINGQUEUE", DEVICE, create_queue },
	{ "CREATESYNCOBJECT", DEVICE, create_fence },
	{ "CREATEALLOCATION", DEVICE, create_alloc },
	{ "MAKERESIDENT, queue", QUEUE, resident_queue },
	{ "MAKERESIDENT", ALLOC, resident_alloc },
	{ "MAPGPUVIRTUALADDRESS, queue", QUEUE, map_queue },
	{ "MAPGPUVIRTUALADDRESS", ALLOC, map_alloc },
	{ "LOCK2", ALLOC, lock_alloc },
	{ "LOCK2, device", DEVICE, lock_device },
	{ "UNLOCK2", ALLOC, unlock_alloc },
	{ "FREEGPUVIRTUALADDRESS", ADAPTER, free_va },
	{ "RESERVEGPUVIRTUALADDRESS", ADAPTER, reserve_va },
	{ "QUERYVIDEOMEMORYINFO", ADAPTER, query_memory },
	{ "ESCAPE, adapter", ADAPTER, escape_adapter },
	{ "ESCAPE, device", DEVICE, escape_device },
	{ "GETDEVICESTATE", DEVICE, device_state },
	{ "FLUSHDEVICE", DEVICE, flush_device },
	{ "WAITFORSYNCOBJECTFROMCPU, device", DEVICE, wait_cpu_device },
	{ "WAITFORSYNCOBJECTFROMCPU", FENCE, wait_cpu_fence },
	{ "SIGNALSYNCOBJECT from CPU, device", DEVICE, signal_cpu_device },
	{ "SIGNALSYNCOBJECT from CPU", FENCE, signal_cpu_fence },
	{ "WAITFORSYNCOBJECTFROMGPU, context", CONTEXT, wait_gpu_context },
	{ "WAITFORSYNCOBJECTFROMGPU", FENCE, wait_gpu_fence },
	{ "SIGNALSYNCOBJECT from GPU, context", CONTEXT, signal_gpu_context },
	{ "SIGNALSYNCOBJECT from GPU", FENCE, signal_gpu_fence },
	{ "SUBMITCOMMAND", CONTEXT, submit_context },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* ---- what must not have changed ---- */

static uint64_t checks; /* fence values and patterns differ from check to check */

/* Everything of the stage still works: fill memory by a submission, see it, see the fence. */
static void check_stage(struct stage *stage, const char *what)
{
	struct client *client = &stage->client;
	uint32_t *word = (uint32_t *)(void *)(stage->memory.cpu + 8192);
	uint32_t len;

	checks++;
	len = client_put_fill(stage->memory.cpu, stage->memory.va + 8192, 4096, (uint32_t)checks);
	client_submit(client, stage->live[CONTEXT], stage->memory.va, len);
	client_finish(client, stage->live[CONTEXT]);
	if (word[0] != checks || word[1023] != checks)
		fail_msg("%s: a submission no longer works", what);
	if (*stage->fence.value != 0)
		fail_msg("%s: the fence moved", what);
	assert_int_equal(client_state(client, stage->live[DEVICE]), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_int_equal(client_try_resident(client, &stage->live[ALLOC], 1), 0);
	assert_int_equal(wire_pending_events(client->wire), 0);
}

static void refused(struct stage *stage, const struct call *call, uint32_t handle, const char *why)
{
	char what[96];
	int32_t status = call->run(stage, handle);

	snprintf(what, sizeof(what), "%s with a %s handle %#x", call->name, why, handle);
	if (status != DXG_STATUS_INVALID_HANDLE && status != DXG_STATUS_INVALID_PARAMETER)
		fail_msg("%s: status %#x", what, (unsigned int)status);
	check_stage(stage, what);
}

/* May a message take @kind where the call wants its own kind? (ReserveGpuVirtualAddress:
 * section 4.2) */
static bool is_taken(const struct call *call, enum kind kind)
{
	return kind == call->kind || (call->run == reserve_va && kind == QUEUE);
}

static void nothing(void **state)
{
	size_t i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].run != escape_device) { /* QUERY_FAULT may go without */
			refused(*state, &calls[i], 0, "zero");
			refused(*state, &calls[i], ~0u, "absurd");
			refused(*state, &calls[i], 0x40000000u | 0xfffff << 6, "far");
		}
}

static void stale(void **state)
{
	struct stage *stage = *state;
	size_t i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].kind != ADAPTER)
			refused(stage, &calls[i], stage->stale[calls[i].kind], "stale");
}

static void wrong_type(void **state)
{
	struct stage *stage = *state;
	enum kind kind;
	size_t i;

	for (i = 0; i < CALLS; i++)
		for (kind = 0; kind < KINDS; kind++)
			if (!is_taken(&calls[i], kind) && kind != ADAPTER)
				refused(stage, &calls[i], stage->live[kind], "wrong type's");
}

static void of_sibling(void **state)
{
	struct stage *stage = *state;
	size_t i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].kind != ADAPTER)
			refused(stage, &calls[i], stage->sibling_only[calls[i].kind], "sibling's");
}

static void of_stranger(void **state)
{
	struct stage *stage = *state;
	size_t i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].kind != ADAPTER)
			refused(stage, &calls[i], stage->stranger_only[calls[i].kind],
				"stranger's");
}

/* A handle with instance bits (0-5) names nothing (specification section 5.1). */
static void instance_bits(void **state)
{
	struct stage *stage = *state;
	size_t i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].kind != ADAPTER)
			refused(stage, &calls[i], stage->live[calls[i].kind] | 1,
				"instance-marked");
}

/* ---- the process in the header ---- */

static void bad_process(void **state)
{
	struct stage *stage = *state;
	uint32_t gone = client_try_process(stage->client.wire);
	uint32_t foreign = 0, i;
	const uint32_t bad[] = { 0, ~0u, gone, stage->client.adapter };
	struct client client = stage->client;

	assert_int_equal(client_destroy_process(stage->client.wire, gone), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		client.process = bad[i];
		assert_true(client_try_signal_cpu(&client, stage->live[FENCE], 7) < 0);
		assert_int_equal(client_try_device(&client), 0);
		assert_true(client_destroy_process(client.wire, bad[i]) < 0);
		/* Without a reply: dropped, also when it names objects that are alive elsewhere. */
		client_signal(&client, client.context, stage->live[FENCE], 7);
		client_wait(&client, client.context, stage->live[FENCE], 8);
		client_submit(&client, client.context, 4096, 64);
		check_stage(stage, "a bad process handle");
	}
	/* One that exists, but in another session: made until the value is not one of ours. */
	for (i = 0; i < 8; i++)
		foreign = client_try_process(stage->stranger.wire);
	assert_true(foreign && foreign != stage->client.process &&
		    foreign != stage->sibling.process);
	assert_true(client_destroy_process(stage->client.wire, foreign) < 0);
	client = stage->stranger;
	client.process = foreign;
	assert_int_not_equal(client_try_device(&client), 0);
}

/* The objects of one process, named in the other's name. */
static void sibling_in_header(void **state)
{
	struct stage *stage = *state;
	struct client client = stage->client;
	struct client_fence fence = { 0 };
	unsigned int i;

	for (i = 0; i < 200; i++) /* until the value is one that the sibling never had */
		fence = client_fence(&stage->client, 3);
	client.process = stage->sibling.process;
	client.device = stage->sibling.device;
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 7),
			 DXG_STATUS_INVALID_PARAMETER);
	assert_true(client_destroy_sync(&client, fence.handle) < 0);
	assert_true(*fence.value == 3);
	check_stage(stage, "a sibling in the header");
}

/* ---- asynchronous messages ---- */

/* A context that does not exist belongs to no device: the message is dropped. */
static void async_without_context(void **state)
{
	struct stage *stage = *state;
	const uint32_t bad[] = { 0,
				 ~0u,
				 stage->stale[CONTEXT],
				 stage->sibling_only[CONTEXT],
				 stage->stranger_only[CONTEXT],
				 stage->live[ALLOC] };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		client_submit(&stage->client, bad[i], stage->memory.va, 16);
		client_wait(&stage->client, bad[i], stage->live[FENCE], 1);
		client_signal(&stage->client, bad[i], stage->live[FENCE], 1);
		check_stage(stage, "an asynchronous message to no context");
	}
	assert_int_equal(client_state(&stage->sibling, stage->sibling.device),
			 _D3DKMT_DEVICEEXECUTION_ACTIVE);
}

/* Is the device of @client lost, said so, and its fence at the maximum? */
static void expect_lost(struct client *client, const struct client_fence *fence, const char *what)
{
	client_expect_loss(client);
	if (client_state(client, client->device) == _D3DKMT_DEVICEEXECUTION_ACTIVE)
		fail_msg("%s: the device goes on", what);
	assert_true(*fence->value == ~0ull);
}

static void async_with_bad_object(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct client_fence fence;
	uint32_t bad[4], i;

	for (i = 0; i < 8; i++) {
		client_open_process(&client, &stage->client);
		fence = client_fence(&client, 5);
		bad[0] = 0;
		bad[1] = client.context;
		bad[2] = stage->sibling_only[FENCE];
		bad[3] = ~0u;
		if (i & 1)
			client_wait(&client, client.context, bad[i / 2], 1);
		else
			client_signal(&client, client.context, bad[i / 2], 1);
		expect_lost(&client, &fence, i & 1 ? "wait" : "signal");
		check_stage(stage, "somebody else's lost device");
		assert_int_equal(client_destroy_process(client.wire, client.process), 0);
	}
}

/* ---- the stage ---- */

/* Objects of @client that no other process of the test has under the same value. */
static void make_only(struct client *client, uint32_t only[KINDS])
{
	struct client_fence fence;
	unsigned int i;

	for (i = 0; i < 60; i++) /* push the index beyond what the others use */
		assert_int_not_equal(client_try_fence(client, client->device, 0, &fence), 0);
	only[FENCE] = fence.handle;
	only[CONTEXT] = client_try_context(client, client->device);
	only[ALLOC] = client_alloc(client, 4096);
	only[QUEUE] = client_try_queue(client, client->device, &fence);
	only[DEVICE] = client_try_device(client);
	assert_true(only[CONTEXT] && only[QUEUE] && only[DEVICE]);
}

static void make_stale(struct client *client, uint32_t dead[KINDS])
{
	struct client_fence fence;

	dead[DEVICE] = client_try_device(client);
	dead[CONTEXT] = client_try_context(client, client->device);
	dead[QUEUE] = client_try_queue(client, client->device, &fence);
	dead[ALLOC] = client_alloc(client, 4096);
	dead[FENCE] = client_fence(client, 0).handle;
	assert_int_equal(client_destroy(client, DXG_MSG_DESTROYDEVICE, dead[DEVICE]), 0);
	assert_int_equal(client_destroy(client, DXG_MSG_DESTROYCONTEXT, dead[CONTEXT]), 0);
	assert_int_equal(client_destroy(client, DXG_MSG_DESTROYPAGINGQUEUE, dead[QUEUE]), 0);
	assert_int_equal(client_destroy_allocs(client, &dead[ALLOC], 1), 0);
	assert_int_equal(client_destroy_sync(client, dead[FENCE]), 0);
}

static int stage_setup(void **state)
{
	static struct stage stage;

	stage.daemon = daemon_start(NULL);
	client_open(&stage.client, stage.daemon, "a");
	client_open_process(&stage.sibling, &stage.client);
	client_open(&stage.stranger, stage.daemon, "a");
	make_only(&stage.sibling, stage.sibling_only);
	make_only(&stage.stranger, stage.stranger_only);
	stage.memory = client_memory(&stage.client, 65536);
	stage.fence = client_fence(&stage.client, 0);
	stage.live[ADAPTER] = stage.client.adapter;
	stage.live[DEVICE] = stage.client.device;
	stage.live[CONTEXT] = stage.client.context;
	stage.live[QUEUE] = stage.client.queue;
	stage.live[ALLOC] = stage.memory.handle;
	stage.live[FENCE] = stage.fence.handle;
	make_stale(&stage.client, stage.stale);
	*state = &stage;
	return 0;
}

static int stage_teardown(void **state)
{
	struct stage *stage = *state;

	client_close(&stage->client);
	client_close(&stage->stranger);
	daemon_stop(stage->daemon);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(stale),
		cmocka_unit_test(wrong_type),
		cmocka_unit_test(of_sibling),
		cmocka_unit_test(of_stranger),
		cmocka_unit_test(instance_bits),
		cmocka_unit_test(bad_process),
		cmocka_unit_test(sibling_in_header),
		cmocka_unit_test(async_without_context),
		cmocka_unit_test(async_with_bad_object),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}

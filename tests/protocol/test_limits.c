// SPDX-License-Identifier: MIT
/*
 * test_limits: every count of dxgwire/limits.h that a guest controls, at the limit and one above
 * it. At the limit it works; above it is refused with a status (an asynchronous message costs its
 * device), and what there was goes on working. Limits of sessions and vGPUs are in test_attach and
 * test_control, those of the command stream in the worker's own tests.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define BATCH 512u /* requests sent ahead of their replies */

/** struct stage - a client and what the counts are filled with. */
struct stage {
	struct daemon *daemon;
	struct client client;
	struct client_memory memory;
	struct client_fence fence;
};

/* ---- counts of one message ---- */

/** struct count - a message with @n elements. @run: its status */
struct count {
	const char *name;
	uint32_t limit;
	int32_t at_limit; /* the status that is right there */
	int32_t (*run)(struct stage *stage, uint32_t n);
};

static void add_repeated(struct wire_msg *msg, uint32_t value, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		wire_msg_add(msg, &value, sizeof(value));
}

static void add_values(struct wire_msg *msg, uint64_t value, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		wire_msg_add(msg, &value, sizeof(value));
}

static int32_t create_allocations(struct stage *stage, uint32_t n)
{
	static uint32_t handle[DXG_ALLOCATIONS_PER_CREATE + 1];
	uint32_t got = client_try_alloc(&stage->client, n, DXG_ALLOC_CPU_VISIBLE, 4096, handle);

	if (!got)
		return DXG_STATUS_INVALID_PARAMETER;
	return client_destroy_allocs(&stage->client, handle, got);
}

static int32_t destroy_allocations(struct stage *stage, uint32_t n)
{
	static uint32_t handle[DXG_ALLOCATIONS_PER_DESTROY + 1];
	uint32_t first = n < 1024 ? n : 1024;
	int32_t status;

	assert_int_equal(
		client_try_alloc(&stage->client, first, DXG_ALLOC_CPU_VISIBLE, 4096, handle),
		first);
	if (n > first)
		handle[first] = client_alloc(&stage->client, 4096);
	status = client_destroy_allocs(&stage->client, handle, n);
	if (status) { /* nothing may have gone */
		assert_int_equal(client_destroy_allocs(&stage->client, handle, first), 0);
		assert_int_equal(client_destroy_allocs(&stage->client, handle + first, n - first),
				 0);
	}
	return status;
}

static int32_t make_resident(struct stage *stage, uint32_t n)
{
	static uint32_t handle[DXG_ALLOCATIONS_PER_RESIDENCY + 1];
	uint32_t i;

	for (i = 0; i < n; i++)
		handle[i] = stage->memory.handle;
	return client_try_resident(&stage->client, handle, n);
}

/* EVICT has no status: 0 when it was answered with a whole reply and memory is still accounted for.
 */
static int32_t evict(struct stage *stage, uint32_t n)
{
	struct dxg_msg_evict body = {
		.h = wire_vgpu(DXG_MSG_EVICT, stage->client.process),
		.device = stage->client.device,
		.alloc_count = n,
	};
	uint32_t handle = client_alloc(&stage->client, 4096), i;
	uint64_t before = client_usage(&stage->client, 1), after;
	struct wire_msg msg;

	for (i = 0; i < n; i++) {
		uint32_t many[1024], k;

		for (k = 0; k < 1024 && i + k < n; k++)
			many[k] = handle;
		assert_int_equal(client_try_resident(&stage->client, many, k), 0);
		i += k - 1;
	}
	assert_int_equal(client_usage(&stage->client, 1), before + 4096);
	wire_msg_init(&msg, stage->client.wire, &body, DXG_MSG_EVICT_TAIL);
	add_repeated(&msg, handle, n);
	assert_true(wire_call(stage->client.wire, &msg, NULL, 0) >= 0);
	after = client_usage(&stage->client, 1);
	assert_int_equal(client_destroy_allocs(&stage->client, &handle, 1), 0);
	return after == before ? 0 : DXG_STATUS_INVALID_PARAMETER;
}

static int32_t wait_cpu(struct stage *stage, uint32_t n)
{
	static uint32_t handle[DXG_WAIT_CPU_OBJECTS + 1];
	static uint64_t value[DXG_WAIT_CPU_OBJECTS + 1];
	int32_t status;
	uint32_t i;

	for (i = 0; i < n; i++)
		handle[i] = stage->fence.handle;
	status = client_try_wait_cpu(&stage->client, handle, value, n, false, 4242);
	if (!status)
		client_expect_event(&stage->client, 4242);
	return status;
}

static int32_t wait_gpu(struct stage *stage, uint32_t n)
{
	struct dxg_msg_waitforsyncobjectfromgpu body = {
		.h = wire_vgpu(DXG_MSG_WAITFORSYNCOBJECTFROMGPU, stage->client.process),
		.context = stage->client.context,
		.object_count = n,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	add_values(&msg, 0, n);
	add_repeated(&msg, stage->fence.handle, n);
	return wire_status(stage->client.wire, &msg);
}

static int32_t signal_objects(struct stage *stage, uint32_t n, uint32_t contexts)
{
	struct dxg_msg_signalsyncobject body = {
		.h = wire_vgpu(DXG_MSG_SIGNALSYNCOBJECT, stage->client.process),
		.object_count = n,
		.context_count = contexts,
		.event_or_device = contexts ? 0 : stage->client.device,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	add_repeated(&msg, stage->fence.handle, n);
	add_repeated(&msg, stage->client.context, contexts);
	return wire_status(stage->client.wire, &msg);
}

static int32_t signal_cpu(struct stage *stage, uint32_t n)
{
	return signal_objects(stage, n, 0);
}

static int32_t signal_gpu(struct stage *stage, uint32_t n)
{
	return signal_objects(stage, n, 1);
}

static int32_t signal_contexts(struct stage *stage, uint32_t n)
{
	return signal_objects(stage, 1, n);
}

static int32_t submit(struct stage *stage, const struct d3dkmt_submitcommand *args,
		      uint32_t history)
{
	struct dxg_msg_submitcommand body = {
		.h = wire_vgpu(DXG_MSG_SUBMITCOMMAND, stage->client.process),
		.args = *args,
	};
	struct wire_msg msg;

	body.args.command_buffer = stage->memory.va;
	if (!body.args.command_length)
		body.args.command_length = sizeof(struct dxg_cmd_barrier);
	if (!body.args.broadcast_context_count)
		body.args.broadcast_context_count = 1;
	body.args.broadcast_context[0].v = stage->client.context;
	body.args.num_history_buffers = history;
	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	add_repeated(&msg, stage->memory.handle, history);
	wire_msg_zero(&msg, args->priv_drv_data_size);
	return wire_status(stage->client.wire, &msg);
}

static int32_t submit_contexts(struct stage *stage, uint32_t n)
{
	struct d3dkmt_submitcommand args = { .broadcast_context_count = n };
	uint32_t i;

	for (i = 0; i < n && i < DXG_BROADCAST_CONTEXTS; i++)
		args.broadcast_context[i].v = stage->client.context;
	return submit(stage, &args, 0);
}

static int32_t submit_primaries(struct stage *stage, uint32_t n)
{
	struct d3dkmt_submitcommand args = { .num_primaries = n };
	uint32_t i;

	for (i = 0; i < n && i < DXG_WRITTEN_PRIMARIES; i++)
		args.written_primaries[i].v = stage->memory.handle;
	return submit(stage, &args, 0);
}

static int32_t submit_history(struct stage *stage, uint32_t n)
{
	struct d3dkmt_submitcommand args = { 0 };

	return submit(stage, &args, n);
}

/* @n times 8 bytes: lengths are multiples of that. */
static int32_t submit_length(struct stage *stage, uint32_t n)
{
	struct d3dkmt_submitcommand args = { .command_length = n * 8 };

	return submit(stage, &args, 0);
}

static int32_t process_name(struct stage *stage, uint32_t n)
{
	struct dxg_msg_createprocess body = {
		.h = wire_vm(DXG_MSG_CREATEPROCESS, 0),
		.flags = DXG_MSG_PROCESS_LINUX,
	};
	struct dxg_msg_createprocess_return reply = { 0 };
	struct wire_msg msg;
	uint32_t i;

	for (i = 0; i < n; i++)
		body.name[i] = 'n';
	wire_msg_init(&msg, stage->client.wire, &body, sizeof(body));
	wire_call(stage->client.wire, &msg, &reply, sizeof(reply));
	if (!reply.process)
		return DXG_STATUS_INVALID_PARAMETER;
	return client_destroy_process(stage->client.wire, reply.process);
}

/* Adapters are one; of the segment groups there are two. */
static int32_t nodes(struct stage *stage, uint32_t n)
{
	struct dxg_msg_createcontextvirtual body = {
		.h = wire_vgpu(DXG_MSG_CREATECONTEXTVIRTUAL, stage->client.process),
		.device = stage->client.device, .node_ordinal = n, .engine_affinity = 1,
	}, reply = { 0 };
	struct wire_msg msg;

	wire_msg_init(&msg, stage->client.wire, &body, 52);
	wire_msg_zero(&msg, 3);
	wire_call(stage->client.wire, &msg, &reply, sizeof(reply));
	if (!reply.context)
		return DXG_STATUS_INVALID_PARAMETER;
	return client_destroy(&stage->client, DXG_MSG_DESTROYCONTEXT, reply.context);
}

static const struct count counts[] = {
	{ "allocations of a create", DXG_ALLOCATIONS_PER_CREATE, 0, create_allocations },
	{ "allocations of a destroy", DXG_ALLOCATIONS_PER_DESTROY, 0, destroy_allocations },
	{ "allocations of MakeResident", DXG_ALLOCATIONS_PER_RESIDENCY, 0, make_resident },
	{ "allocations of Evict", DXG_ALLOCATIONS_PER_RESIDENCY, 0, evict },
	{ "objects of a GPU wait", DXG_WAIT_GPU_OBJECTS, 0, wait_gpu },
	{ "objects of a CPU signal", DXG_SIGNAL_OBJECTS, 0, signal_cpu },
	{ "contexts of a signal", DXG_BROADCAST_CONTEXTS, 0, signal_contexts },
	{ "contexts of a submission", DXG_BROADCAST_CONTEXTS, DXG_STATUS_NOT_SUPPORTED,
	  submit_contexts },
	{ "primaries of a submission", DXG_WRITTEN_PRIMARIES, 0, submit_primaries },
	{ "history buffers of a submission", DXG_HISTORY_BUFFERS, 0, submit_history },
	{ "8-byte words of a command buffer", DXG_COMMAND_BUFFER_MAX / 8, 0, submit_length },
	{ "characters of a process name", DXG_PROCESS_NAME_MAX, 0, process_name },
	{ "node ordinal", 0, 0, nodes },
};

static void counts_of_messages(void **state)
{
	struct stage *stage = *state;
	unsigned int wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const struct count *count = &counts[i];
		int32_t at = count->run(stage, count->limit);
		int32_t above = count->run(stage, count->limit + 1);

		if (at != count->at_limit || above != DXG_STATUS_INVALID_PARAMETER) {
			print_error("%u %s: status %#x, one more: %#x\n", count->limit, count->name,
				    (unsigned int)at, (unsigned int)above);
			wrong++;
		}
		client_finish(&stage->client, stage->client.context);
		assert_int_equal(client_state(&stage->client, stage->client.device),
				 _D3DKMT_DEVICEEXECUTION_ACTIVE);
	}
	assert_int_equal(wrong, 0);
}

/* Where the limit is what fits a message, one more cannot be sent at all. */
static void counts_limited_by_size(void **state)
{
	struct stage *stage = *state;
	uint32_t wait =
		sizeof(struct dxg_msg_ext) + sizeof(struct dxg_msg_waitforsyncobjectfromcpu);

	assert_true(wait + DXG_WAIT_CPU_OBJECTS * 12 <= DXG_MESSAGE_MAX);
	assert_true(wait + (DXG_WAIT_CPU_OBJECTS + 1) * 12 > DXG_MESSAGE_MAX);
	assert_int_equal(wait_cpu(stage, DXG_WAIT_CPU_OBJECTS), 0);
	assert_int_equal(signal_gpu(stage, DXG_SIGNAL_GPU_OBJECTS), 0);
	assert_int_equal(signal_gpu(stage, DXG_SIGNAL_GPU_OBJECTS + 1),
			 DXG_STATUS_INVALID_PARAMETER);
	client_finish(&stage->client, stage->client.context);
}

static void zero_of_everything(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(wait_gpu(stage, 0), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(wait_cpu(stage, 0), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(signal_cpu(stage, 0), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(signal_gpu(stage, 0), DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_try_resident(&stage->client, NULL, 0),
			 DXG_STATUS_INVALID_PARAMETER);
	assert_int_equal(client_try_alloc(&stage->client, 1, DXG_ALLOC_CPU_VISIBLE, 0, NULL), 0);
	assert_int_equal(client_state(&stage->client, stage->client.device),
			 _D3DKMT_DEVICEEXECUTION_ACTIVE);
}

/* The largest message there and back: an escape nobody knows, returned as it came. */
static void largest_message(void **state)
{
	struct stage *stage = *state;
	static uint8_t data[DXG_MESSAGE_MAX], reply[DXG_MESSAGE_MAX];
	uint32_t size = DXG_MESSAGE_MAX - 16 - 48 - 7;
	struct dxg_escape *escape = (struct dxg_escape *)(void *)data;
	struct wire_msg msg;
	uint32_t i;

	for (i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 7);
	*escape = (struct dxg_escape){ .magic = DXG_ESCAPE_MAGIC, .op = 0xff, .size = size };
	client_escape_msg(&stage->client, &msg, stage->client.device, data, size);
	assert_int_equal(msg.len, DXG_MESSAGE_MAX);
	assert_int_equal(wire_call(stage->client.wire, &msg, reply, sizeof(reply)), size);
	assert_true(((struct dxg_escape *)(void *)reply)->status < 0);
	assert_memory_equal(reply + sizeof(*escape), data + sizeof(*escape),
			    size - sizeof(*escape));
}

/* ---- quotas of a process ---- */

static void quota_devices(void **state)
{
	struct stage *stage = *state;
	struct client client;
	uint32_t device[DXG_DEVICES_PER_PROCESS], i;

	client_open_process(&client, &stage->client); /* has one device */
	for (i = 1; i < DXG_DEVICES_PER_PROCESS; i++) {
		device[i] = client_try_device(&client);
		assert_int_not_equal(device[i], 0);
	}
	assert_int_equal(client_try_device(&client), 0);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYDEVICE, device[1]), 0);
	assert_int_not_equal(client_try_device(&client), 0);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static void quota_contexts(void **state)
{
	struct stage *stage = *state;
	struct client client;
	uint32_t last = 0, i;

	client_open_process(&client, &stage->client); /* has one context */
	for (i = 1; i < DXG_CONTEXTS_PER_PROCESS; i++) {
		last = client_try_context(&client, client.device);
		assert_int_not_equal(last, 0);
	}
	assert_int_equal(client_try_context(&client, client.device), 0);
	client_finish(&client, last);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYCONTEXT, last), 0);
	assert_int_not_equal(client_try_context(&client, client.device), 0);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static void quota_hw_queues(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct client_fence fence;
	uint32_t context, last = 0, more, i;

	client_open_process(&client, &stage->client);
	context = client_try_hw_context(&client, client.device);
	for (i = 0; i < DXG_HW_QUEUES_PER_PROCESS; i++)
		assert_int_equal(client_try_hwqueue(&client, context, &last, &fence), 0);
	assert_true(client_try_hwqueue(&client, context, &more, &fence) < 0);
	client_finish(&client, last);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYHWQUEUE, last), 0);
	assert_int_equal(client_try_hwqueue(&client, context, &last, &fence), 0);
	assert_int_equal(client_destroy(&client, DXG_MSG_DESTROYCONTEXT, context), 0);
	context = client_try_hw_context(&client, client.device);
	assert_int_equal(client_try_hwqueue(&client, context, &last, &fence), 0);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static void quota_paging_queues(void **state)
{
	struct stage *stage = *state;
	struct client client;
	struct client_fence fence;
	uint32_t last = 0, i;

	client_open_process(&client, &stage->client); /* has one queue */
	for (i = 1; i < DXG_PAGING_QUEUES_PER_PROCESS; i++) {
		last = client_try_queue(&client, client.device, &fence);
		assert_int_not_equal(last, 0);
	}
	assert_int_equal(client_try_queue(&client, client.device, &fence), 0);
	client_destroy(&client, DXG_MSG_DESTROYPAGINGQUEUE, last);
	assert_int_not_equal(client_try_queue(&client, client.device, &fence), 0);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static void quota_allocations(void **state)
{
	static uint32_t handle[DXG_ALLOCATIONS_PER_CREATE];
	struct stage *stage = *state;
	struct client client;
	uint32_t i;

	client_open_process(&client, &stage->client);
	for (i = 0; i < DXG_ALLOCATIONS_PER_PROCESS; i += DXG_ALLOCATIONS_PER_CREATE)
		assert_int_equal(client_try_alloc(&client, DXG_ALLOCATIONS_PER_CREATE,
						  DXG_ALLOC_CPU_VISIBLE, 1, handle),
				 DXG_ALLOCATIONS_PER_CREATE);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 1, NULL), 0);
	assert_int_equal(client_destroy_allocs(&client, handle, 1), 0);
	/* Room for one, and two at once leave none of them. */
	assert_int_equal(client_try_alloc(&client, 2, DXG_ALLOC_CPU_VISIBLE, 1, NULL), 0);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 1, NULL), 1);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static void fence_msg(struct client *client, struct wire_msg *msg)
{
	struct dxg_msg_createsyncobject body = {
		.h = wire_vgpu(DXG_MSG_CREATESYNCOBJECT, client->process),
		.client_hint = 1,
	};

	body.args.device.v = client->device;
	body.args.info.type = _D3DDDI_MONITORED_FENCE;
	wire_msg_init(msg, client->wire, &body, sizeof(body));
}

/* @n fences, many requests at a time. Return: how many came. */
static uint32_t create_fences(struct client *client, uint32_t n)
{
	struct dxg_msg_createsyncobject_return reply;
	struct wire_msg msg;
	uint64_t id[BATCH];
	uint32_t i, k, got = 0;

	fence_msg(client, &msg);
	for (i = 0; i < n; i += k) {
		for (k = 0; k < BATCH && i + k < n; k++)
			id[k] = wire_request(client->wire, &msg);
		for (uint32_t j = 0; j < k; j++) {
			memset(&reply, 0, sizeof(reply));
			assert_true(wire_reply(client->wire, id[j], &reply, sizeof(reply)) >= 0);
			got += reply.sync_object != 0;
		}
	}
	return got;
}

static void quota_sync_objects(void **state)
{
	struct stage *stage = *state;
	struct client_fence fence;
	struct client client;
	uint32_t left, first;

	client_open_process(&client, &stage->client);
	first = client_fence(&client, 0).handle;
	/* Its paging queue's fence may count, or not. */
	left = DXG_SYNC_OBJECTS_PER_PROCESS - 1;
	assert_in_range(create_fences(&client, left), left - 1, left);
	assert_int_equal(client_try_fence(&client, client.device, 0, &fence), 0);
	assert_int_equal(client_destroy_sync(&client, first), 0);
	assert_int_not_equal(client_try_fence(&client, client.device, 0, &fence), 0);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static void quota_processes(void **state)
{
	static uint32_t process[DXG_PROCESSES_PER_SESSION];
	struct stage *stage = *state;
	struct wire *wire = wire_open(stage->daemon->socket, "a");
	uint32_t i;

	client_session(wire);
	for (i = 0; i < DXG_PROCESSES_PER_SESSION; i++) {
		process[i] = client_try_process(wire);
		assert_int_not_equal(process[i], 0);
	}
	assert_int_equal(client_try_process(wire), 0);
	assert_int_equal(client_destroy_process(wire, process[500]), 0);
	assert_int_not_equal(client_try_process(wire), 0);
	wire_close(wire);
}

static void quota_cpu_waits(void **state)
{
	struct stage *stage = *state;
	struct client_fence fence;
	struct client client;
	uint64_t value = 1;
	uint32_t i;

	client_open_process(&client, &stage->client);
	fence = client_fence(&client, 0);
	for (i = 0; i < DXG_CPU_WAITS_PER_PROCESS; i++)
		assert_int_equal(
			client_try_wait_cpu(&client, &fence.handle, &value, 1, false, i + 1), 0);
	assert_true(client_try_wait_cpu(&client, &fence.handle, &value, 1, false, 99999) < 0);
	assert_int_equal(client_try_signal_cpu(&client, fence.handle, 1), 0);
	for (i = 0; i < DXG_CPU_WAITS_PER_PROCESS; i++) {
		struct dxg_msg_signalguestevent event;

		assert_int_equal(wire_event(client.wire, &event, sizeof(event)), sizeof(event));
		assert_in_range(event.event, 1, DXG_CPU_WAITS_PER_PROCESS);
	}
	assert_int_equal(wire_pending_events(client.wire), 0);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

/* A context held back by a wait takes so many entries; the next one costs the device. */
static void quota_queued(void **state)
{
	struct stage *stage = *state;
	struct client_fence gate, done;
	struct client client;
	uint32_t i;

	client_open_process(&client, &stage->client);
	gate = client_fence(&client, 0);
	done = client_fence(&client, 0);
	client_wait(&client, client.context, gate.handle, 1);
	for (i = 1; i <= DXG_QUEUED_PER_CONTEXT; i++)
		client_signal(&client, client.context, done.handle, i);
	assert_int_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_int_equal(client_try_signal_cpu(&client, gate.handle, 1), 0);
	client_finish(&client, client.context);
	assert_true(*done.value == DXG_QUEUED_PER_CONTEXT);

	/* A wait that blocks has left the queue, or still stands in it: one more than both. */
	client_wait(&client, client.context, gate.handle, 2);
	for (i = 1; i <= DXG_QUEUED_PER_CONTEXT + 1; i++)
		client_signal(&client, client.context, done.handle, i);
	client_expect_loss(&client);
	assert_int_not_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_true(*done.value == ~0ull);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

/* The same with requests, which say at which one it ends: submissions, then waits. */
static void quota_queued_exactly(void **state)
{
	struct stage *stage = *state;
	struct stage own;
	uint32_t i, kind;

	for (kind = 0; kind < 2; kind++) {
		own = *stage;
		client_open_process(&own.client, &stage->client);
		own.memory = client_memory(&own.client, DXG_PAGE_SIZE);
		own.fence = client_fence(&own.client, 1);
		client_wait(&own.client, own.client.context, own.fence.handle, 2);
		for (i = 0; i < DXG_QUEUED_PER_CONTEXT; i++)
			assert_int_equal(kind ? wait_gpu(&own, 1) : submit_history(&own, 0), 0);
		assert_true((kind ? wait_gpu(&own, 1) : submit_history(&own, 0)) < 0);
		assert_true(signal_gpu(&own, 1) < 0);
		/* A request is refused to whoever asked; it does not cost the device. */
		assert_int_equal(client_state(&own.client, own.client.device),
				 _D3DKMT_DEVICEEXECUTION_ACTIVE);
		assert_int_equal(client_destroy_process(own.client.wire, own.client.process), 0);
	}
}

/* Escapes wait while their worker stands still; one too many is refused at once. */
static void quota_escapes(void **state)
{
	struct stage *stage = *state;
	struct daemon_pids before = daemon_pids(stage->daemon);
	struct dxg_escape_query_clock reply;
	uint64_t id[DXG_ESCAPES_PER_PROCESS], more;
	struct client client;
	struct wire_msg msg;
	int n;

	client_open_process(&client, &stage->client);
	client_clock(&client);
	assert_true(daemon_signal_new(stage->daemon, &before, SIGSTOP) > 0);
	client_clock_msg(&client, &msg);
	for (uint32_t i = 0; i < DXG_ESCAPES_PER_PROCESS; i++)
		id[i] = wire_request(client.wire, &msg);
	more = wire_request(client.wire, &msg);
	memset(&reply, 0, sizeof(reply));
	n = wire_reply(client.wire, more, &reply, sizeof(reply));
	assert_true(n >= 0 && (n < (int)sizeof(reply) || reply.h.status || !reply.h.magic));
	assert_int_equal(client_state(&client, client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	client_clock(&stage->client); /* another process's worker does not stand still */
	daemon_signal_new(stage->daemon, &before, SIGCONT);
	for (uint32_t i = 0; i < DXG_ESCAPES_PER_PROCESS; i++) {
		assert_int_equal(wire_reply(client.wire, id[i], &reply, sizeof(reply)),
				 sizeof(reply));
		assert_int_equal(reply.h.status, 0);
	}
	client_clock(&client);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
}

static int stage_setup(void **state)
{
	static struct stage stage;

	stage.daemon = daemon_start(NULL);
	client_open(&stage.client, stage.daemon, "a");
	stage.memory = client_memory(&stage.client, DXG_COMMAND_BUFFER_MAX);
	stage.fence = client_fence(&stage.client, 1);
	*state = &stage;
	/* A command buffer that is nothing but barriers, at every length. */
	for (uint32_t i = 0; i < DXG_COMMAND_BUFFER_MAX; i += sizeof(struct dxg_cmd_barrier)) {
		struct dxg_cmd_barrier barrier = {
			.h = { .opcode = DXG_CMD_BARRIER, .size = sizeof(barrier) },
		};

		memcpy(stage.memory.cpu + i, &barrier, sizeof(barrier));
	}
	return 0;
}

static int stage_teardown(void **state)
{
	struct stage *stage = *state;

	client_close(&stage->client);
	daemon_stop(stage->daemon);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_of_messages), cmocka_unit_test(counts_limited_by_size),
		cmocka_unit_test(zero_of_everything), cmocka_unit_test(largest_message),
		cmocka_unit_test(quota_devices),      cmocka_unit_test(quota_contexts),
		cmocka_unit_test(quota_hw_queues),    cmocka_unit_test(quota_paging_queues),
		cmocka_unit_test(quota_allocations),  cmocka_unit_test(quota_sync_objects),
		cmocka_unit_test(quota_processes),    cmocka_unit_test(quota_cpu_waits),
		cmocka_unit_test(quota_queued),	      cmocka_unit_test(quota_queued_exactly),
		cmocka_unit_test(quota_escapes),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}

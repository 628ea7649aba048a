/* SPDX-License-Identifier: MIT */
/*
 * test_api_submit: command buffers, executed, and what memory looks like afterwards; their order
 * within a context and between contexts. Specification: ioctls 0x0f, 0x32, 0x33, 0x3b;
 * docs/commands.md.
 */
#include "fixture.h"

#define SIZE (256u << 10)

static struct api_memory memory(struct api *a)
{
	struct api_memory m;

	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &m));
	return m;
}

static void scribble(struct api_memory *m, uint32_t seed)
{
	uint64_t i;

	for (i = 0; i < m->size; i++)
		m->cpu[i] = (uint8_t)((i * 2654435761u + seed) >> 13);
}

static void test_barrier(void **state)
{
	struct api *a = *state;
	struct packets p = { 0 };

	packets_barrier(&p);
	assert_ok(api_run(a, &p));
	assert_int_equal(*a->done.value, 1);
}

static void test_copy(void **state)
{
	static const struct {
		uint32_t dst, src, size;
	} cases[] = {
		{ 0, 0, SIZE },	    { 1, 0, 1 }, { 4095, 3, 4097 }, { SIZE - 1, SIZE - 1, 1 },
		{ 7, 8191, 65537 },
	};
	struct api *a = *state;
	struct api_memory from = memory(a), to = memory(a);
	static uint8_t expected[SIZE];
	struct packets p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scribble(&from, (uint32_t)i);
		memset(to.cpu, 0xee, SIZE);
		memset(expected, 0xee, SIZE);
		memcpy(expected + cases[i].dst, from.cpu + cases[i].src, cases[i].size);
		p.size = 0;
		packets_copy(&p, to.va + cases[i].dst, from.va + cases[i].src, cases[i].size);
		assert_ok(api_run(a, &p));
		assert_memory_equal(to.cpu, expected, SIZE);
	}
}

static void test_copy_through_local(void **state)
{
	struct api *a = *state;
	struct api_memory from = memory(a), to = memory(a), local, other;
	struct packets p = { 0 };

	assert_ok(api_memory_create(a, SIZE, 0, &local));
	assert_ok(api_memory_create(a, SIZE, 0, &other));
	scribble(&from, 99);
	packets_copy(&p, local.va, from.va, SIZE);
	packets_copy(&p, other.va, local.va, SIZE);
	packets_copy(&p, to.va, other.va, SIZE);
	assert_ok(api_run(a, &p));
	assert_memory_equal(to.cpu, from.cpu, SIZE);
}

static void test_fill(void **state)
{
	struct api *a = *state;
	struct api_memory m = memory(a);
	static uint8_t expected[SIZE];
	uint8_t pattern[DXG_FILL_PATTERN_MAX];
	struct packets p;
	uint32_t size, i, at, bytes;

	for (i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i + 1);
	for (size = 1; size <= DXG_FILL_PATTERN_MAX; size *= 2) {
		at = 3 * DXG_FILL_PATTERN_MAX;
		bytes = 1000 * size;
		memset(m.cpu, 0, SIZE);
		memset(expected, 0, SIZE);
		for (i = 0; i < bytes; i++)
			expected[at + i] = pattern[i % size];
		p.size = 0;
		packets_fill(&p, m.va + at, bytes, pattern, size);
		assert_ok(api_run(a, &p));
		assert_memory_equal(m.cpu, expected, SIZE);
	}
}

/** struct box - a box of bytes at @offset in memory. */
struct box {
	uint64_t offset, pitch, slice;
};

static void copy_box(uint8_t *dst, const struct box *d, const uint8_t *src, const struct box *s,
		     const uint64_t region[3])
{
	uint64_t y, z;

	for (z = 0; z < region[2]; z++)
		for (y = 0; y < region[1]; y++)
			memcpy(dst + d->offset + z * d->slice + y * d->pitch,
			       src + s->offset + z * s->slice + y * s->pitch, region[0]);
}

static void test_copy_rect(void **state)
{
	static const struct {
		struct box dst, src;
		uint64_t region[3];
	} cases[] = {
		{ { 0, 64, 4096 }, { 0, 64, 4096 }, { 64, 64, 1 } },
		{ { 5, 100, 1000 }, { 17, 64, 640 }, { 33, 9, 4 } },
		{ { 0, 1, 1 }, { 0, 1, 1 }, { 1, 1, 1 } },
		{ { 4096, 512, 8192 }, { 1, 333, 6000 }, { 333, 16, 8 } },
	};
	struct api *a = *state;
	struct api_memory from = memory(a), to = memory(a);
	static uint8_t expected[SIZE];
	struct packets p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct packets_box dst = { to.va + cases[i].dst.offset, cases[i].dst.pitch,
						 cases[i].dst.slice };
		const struct packets_box src = { from.va + cases[i].src.offset, cases[i].src.pitch,
						 cases[i].src.slice };

		scribble(&from, 7 + (uint32_t)i);
		memset(to.cpu, 0x99, SIZE);
		memset(expected, 0x99, SIZE);
		copy_box(expected, &cases[i].dst, from.cpu, &cases[i].src, cases[i].region);
		p.size = 0;
		packets_rect(&p, &dst, &src, cases[i].region);
		assert_ok(api_run(a, &p));
		assert_memory_equal(to.cpu, expected, SIZE);
	}
}

/* Packets of one buffer execute in order. */
static void test_packets_in_order(void **state)
{
	struct api *a = *state;
	struct api_memory m = memory(a);
	struct packets p = { 0 };
	uint32_t i, value;

	for (i = 0; i < 50; i++) {
		packets_fill(&p, m.va, 4, &i, 4);
		packets_copy(&p, m.va + 64 + 4 * i, m.va, 4);
	}
	assert_ok(api_run(a, &p));
	for (i = 0; i < 50; i++) {
		memcpy(&value, m.cpu + 64 + 4 * i, 4);
		assert_int_equal(value, i);
	}
}

static void test_timestamp(void **state)
{
	struct api *a = *state;
	struct api_memory m = memory(a);
	struct dxg_escape_query_clock clock = { .now_ns = 0 };
	struct packets p = { 0 };
	uint64_t stamp[3];
	int i;

	for (i = 0; i < 3; i++) {
		packets_timestamp(&p, m.va + 8u * i);
		packets_fill(&p, m.va + 4096, SIZE - 4096, "\x01", 1);
	}
	assert_ok(api_run(a, &p));
	memcpy(stamp, m.cpu, sizeof(stamp));
	assert_true(stamp[0] > 0);
	assert_true(stamp[0] <= stamp[1] && stamp[1] <= stamp[2]);
	assert_ok(api_escape(a, DXG_ESCAPE_QUERY_CLOCK, &clock, sizeof(clock)));
	assert_int_equal(clock.h.status, 0);
	assert_true(clock.now_ns >= stamp[2]);
}

static void test_profile(void **state)
{
	struct api *a = *state;
	struct api_memory m = memory(a);
	struct dxg_cmd_profile profile[2];
	struct packets p = { 0 };
	uint32_t at;

	packets_fill(&p, m.va + 4096, 65536, "\x01", 1);
	packets_profile(p.data, m.va);
	at = p.size;
	packets_copy(&p, m.va + 131072, m.va + 4096, 65536);
	packets_profile(p.data + at, m.va + sizeof(profile[0]));
	assert_ok(api_run(a, &p));
	memcpy(profile, m.cpu, sizeof(profile));
	assert_true(profile[0].start_ns > 0);
	assert_true(profile[0].start_ns <= profile[0].end_ns);
	assert_true(profile[0].end_ns <= profile[1].end_ns);
	assert_true(profile[1].start_ns <= profile[1].end_ns);
}

/* A thousand submissions, each using what the one before it left. */
static void test_many_in_order(void **state)
{
	enum { SUBMISSIONS = 1000 };
	struct api *a = *state;
	struct api_memory m = memory(a);
	struct packets p = { 0 };
	uint32_t i, value;

	value = 0xcafef00d;
	memcpy(m.cpu, &value, 4);
	for (i = 1; i <= SUBMISSIONS; i++) {
		p.size = 0;
		packets_copy(&p, m.va + 4 * i, m.va + 4 * (i - 1), 4);
		assert_ok(api_submit(a, a->context, &p));
	}
	assert_ok(api_finish(a));
	memcpy(&value, m.cpu + 4 * SUBMISSIONS, 4);
	assert_int_equal(value, 0xcafef00d);
}

/* As many as a context's queue takes wait behind a gate, and all happen when it opens. */
static void test_queue_behind_gate(void **state)
{
	enum { SUBMISSIONS = 2000 };
	struct api *a = *state;
	struct api_memory m = memory(a);
	struct api_fence gate;
	struct packets p = { 0 };
	uint32_t i, value, count;

	assert_ok(api_fence_create(a->device, 0, &gate));
	assert_ok(api_wait_gpu(a->context, gate.handle, 1));
	for (i = 1; i <= SUBMISSIONS; i++) {
		p.size = 0;
		packets_copy(&p, m.va + 4 * i, m.va + 4 * (i - 1), 4);
		assert_ok(api_submit(a, a->context, &p));
	}
	value = 0x600df00d;
	memcpy(m.cpu, &value, 4); /* the gate is closed: nothing has been read */
	assert_ok(api_signal_cpu(a->device, gate.handle, 1));
	assert_ok(api_finish(a));
	for (count = 0, i = 1; i <= SUBMISSIONS; i++)
		count += !memcmp(m.cpu + 4 * i, &value, 4);
	assert_int_equal(count, SUBMISSIONS);
}

/* Two contexts pass a value to and fro, each waiting on the GPU for the other. */
static void test_ping_pong(void **state)
{
	enum { ROUNDS = 100 };
	struct api *a = *state;
	struct api_memory m = memory(a);
	struct d3dkmthandle context[2] = { a->context };
	struct api_fence turn;
	struct packets p = { 0 };
	uint32_t i, value = 0x1234567;

	assert_ok(api_context_create(a->device, &context[1]));
	assert_ok(api_fence_create(a->device, 0, &turn));
	memcpy(m.cpu, &value, 4);
	/* Submitted backwards in time: the second half of each round is queued first. */
	for (i = 0; i < ROUNDS; i++) {
		p.size = 0;
		packets_copy(&p, m.va + 4 * (2 * i + 2), m.va + 4 * (2 * i + 1), 4);
		assert_ok(api_wait_gpu(context[1], turn.handle, 2 * i + 1));
		assert_ok(api_submit(a, context[1], &p));
		assert_ok(api_signal_gpu(context[1], turn.handle, 2 * i + 2));
	}
	for (i = 0; i < ROUNDS; i++) {
		p.size = 0;
		packets_copy(&p, m.va + 4 * (2 * i + 1), m.va + 4 * (2 * i), 4);
		assert_ok(api_wait_gpu(context[0], turn.handle, 2 * i));
		assert_ok(api_submit(a, context[0], &p));
		assert_ok(api_signal_gpu(context[0], turn.handle, 2 * i + 1));
	}
	assert_ok(api_wait(a->device, turn.handle, 2 * ROUNDS));
	assert_memory_equal(m.cpu + 4 * 2 * ROUNDS, &value, 4);
}

/* Two devices of one process: a wait on one for a fence of the other. */
static void test_across_devices(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };
	struct packets p = { 0 };

	assert_ok(api_open_device(&b));
	packets_barrier(&p);
	assert_ok(api_wait_gpu(b.context, a->done.handle, 1));
	assert_ok(api_submit(&b, b.context, &p));
	assert_ok(api_signal_gpu(b.context, b.done.handle, 1));
	assert_ok(api_run(a, &p));
	assert_ok(api_wait(b.device, b.done.handle, 1));
	assert_ok(api_close_device(&b));
}

static void test_signal_on_several_contexts(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle contexts[3] = { a->context };
	struct api_fence gate, all;
	uint64_t value = 7;
	struct d3dkmt_signalsynchronizationobjectfromgpu2 args = {
		.object_count = 1,
		.objects = dxg_ptr(&all.handle),
		.context_count = 3,
		.contexts = dxg_ptr(contexts),
		.monitored_fence_values = dxg_ptr(&value),
	};

	assert_ok(api_context_create(a->device, &contexts[1]));
	assert_ok(api_context_create(a->device, &contexts[2]));
	assert_ok(api_fence_create(a->device, 0, &gate));
	assert_ok(api_fence_create(a->device, 0, &all));
	assert_ok(api_wait_gpu(contexts[2], gate.handle, 1));
	assert_ok(D3DKMTSignalSynchronizationObjectFromGpu2(&args));
	assert_ok(api_finish(a));
	assert_int_equal(*all.value, 0);
	assert_ok(api_signal_cpu(a->device, gate.handle, 1));
	assert_ok(api_wait(a->device, all.handle, 7));
}

/* A wait for several fences is over when all are there. */
static void test_gpu_wait_all(void **state)
{
	struct api *a = *state;
	struct api_fence fence[3];
	struct d3dkmthandle handles[3];
	uint64_t values[3] = { 1, 2, 3 };
	struct d3dkmt_waitforsynchronizationobjectfromgpu args = {
		.context = a->context,
		.object_count = 3,
		.objects = dxg_ptr(handles),
		.monitored_fence_values = dxg_ptr(values),
	};
	struct api_fence probe;
	int i;

	for (i = 0; i < 3; i++) {
		assert_ok(api_fence_create(a->device, 0, &fence[i]));
		handles[i] = fence[i].handle;
	}
	assert_ok(api_fence_create(a->device, 0, &probe));
	assert_ok(D3DKMTWaitForSynchronizationObjectFromGpu(&args));
	assert_ok(api_signal_gpu(a->context, probe.handle, 1));
	assert_ok(api_signal_cpu(a->device, handles[0], 1));
	assert_ok(api_signal_cpu(a->device, handles[2], 3));
	assert_ok(api_wait(a->device, handles[2], 3));
	assert_int_equal(*probe.value, 0);
	assert_ok(api_signal_cpu(a->device, handles[1], 2));
	assert_ok(api_wait(a->device, probe.handle, 1));
}

/* A fence whose handle is gone still holds a queued wait back no longer than its last signal. */
/* One value for all, however many they are (D-16): the last one is what the context waits for. */
static void test_gpu_wait_legacy(void **state)
{
	struct api *a = *state;
	struct d3dkmt_waitforsynchronizationobject2 args = {
		.context = a->context,
		.object_count = DXG_WAIT_GPU_OBJECTS,
		.fence = { .fence_value = 9 },
	};
	struct api_fence fence, probe;
	uint32_t i;

	for (i = 0; i < DXG_WAIT_GPU_OBJECTS; i++) {
		assert_ok(
			api_fence_create(a->device, i + 1 < DXG_WAIT_GPU_OBJECTS ? 9 : 8, &fence));
		args.object_array[i] = fence.handle;
	}
	assert_ok(api_fence_create(a->device, 0, &probe));
	assert_ok(D3DKMTWaitForSynchronizationObject2(&args));
	assert_ok(api_signal_gpu(a->context, probe.handle, 1));
	assert_ok(api_signal_cpu(a->device, args.object_array[0], 10));
	assert_ok(api_wait(a->device, args.object_array[0], 10));
	assert_int_equal(*probe.value, 0);
	assert_ok(api_signal_cpu(a->device, fence.handle, 9));
	assert_ok(api_wait(a->device, probe.handle, 1));
	args.object_count = DXG_WAIT_GPU_OBJECTS + 1;
	assert_status(D3DKMTWaitForSynchronizationObject2(&args), STATUS_INVALID_PARAMETER);
	args.object_count = 0;
	assert_status(D3DKMTWaitForSynchronizationObject2(&args), STATUS_INVALID_PARAMETER);
}

static void test_fence_destroyed_while_queued(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle other;
	struct api_fence fence, gate;

	assert_ok(api_context_create(a->device, &other));
	assert_ok(api_fence_create(a->device, 0, &fence));
	assert_ok(api_fence_create(a->device, 0, &gate));
	assert_ok(api_wait_gpu(a->context, fence.handle, 1));
	assert_ok(api_wait_gpu(other, gate.handle, 1));
	assert_ok(api_signal_gpu(other, fence.handle, 1));
	assert_ok(api_sync_destroy(fence.handle));
	assert_ok(api_signal_cpu(a->device, gate.handle, 1));
	assert_ok(api_finish(a));
}

/* The largest command buffer there is, of packets that do little. */
static void test_largest_buffer(void **state)
{
	struct api *a = *state;
	const struct dxg_cmd_barrier barrier = {
		.h = { .opcode = DXG_CMD_BARRIER, .size = sizeof(barrier) },
	};
	struct api_memory m;
	uint64_t at;

	assert_ok(api_memory_create(a, DXG_COMMAND_BUFFER_MAX, DXG_ALLOC_CPU_VISIBLE, &m));
	for (at = 0; at < m.size; at += sizeof(barrier))
		memcpy(m.cpu + at, &barrier, sizeof(barrier));
	assert_ok(api_submit_at(a->context, m.va, DXG_COMMAND_BUFFER_MAX));
	assert_ok(api_finish(a));
	assert_int_equal(*a->done.value, 1);
}

/* Broadcasting needs linked adapters; private data and lists of handles are let through. */
static void test_extras(void **state)
{
	struct api *a = *state;
	struct packets p = { 0 };
	uint8_t data[100] = { 1 };
	struct d3dkmthandle history[3] = { a->commands.allocation, a->commands.allocation };
	struct d3dkmt_submitcommand args = {
		.command_buffer = a->commands.va,
		.broadcast_context_count = 1,
		.broadcast_context = { a->context },
		.priv_drv_data = dxg_ptr(data),
		.priv_drv_data_size = sizeof(data),
		.num_primaries = 1,
		.written_primaries = { a->commands.allocation },
		.num_history_buffers = 2,
		.history_buffer_array = dxg_ptr(history),
	};

	packets_barrier(&p);
	memcpy(a->commands.cpu, p.data, p.size);
	args.command_length = p.size;
	assert_ok(D3DKMTSubmitCommand(&args));
	assert_ok(api_finish(a));
	assert_int_equal(*a->done.value, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_barrier),
		api_test(test_copy),
		api_test(test_copy_through_local),
		api_test(test_fill),
		api_test(test_copy_rect),
		api_test(test_packets_in_order),
		api_test(test_timestamp),
		api_test(test_profile),
		api_test(test_many_in_order),
		api_test(test_queue_behind_gate),
		api_test(test_ping_pong),
		api_test(test_across_devices),
		api_test(test_signal_on_several_contexts),
		api_test(test_gpu_wait_all),
		api_test(test_gpu_wait_legacy),
		api_test(test_fence_destroyed_while_queued),
		api_test(test_largest_buffer),
		api_test(test_extras),
	};

	return api_main("api_submit", tests);
}

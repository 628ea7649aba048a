/* SPDX-License-Identifier: MIT */
/*
 * test_api_hwqueue: hardware queues. Specification: ioctls 0x18, 0x1b, 0x34, 0x35, 0x36; defects
 * D-17, D-45, D-52, D-58.
 */
#include <pthread.h>

#include "../slow.h"
#include "fixture.h"

#define INVALID STATUS_INVALID_PARAMETER
#define PRIVATE_MAX 130985u /* specification section 2.6 */
#define TAIL_MAX 130976u

/** struct hw - a hardware queue with its progress fence, in a context of its own. */
struct hw {
	struct d3dkmthandle context;
	struct d3dkmthandle queue;
	struct api_fence fence;
};

static NTSTATUS context_create(struct api *a, struct d3dkmthandle *ret_context)
{
	struct d3dkmt_createcontextvirtual args = { .device = a->device };
	NTSTATUS status;

	args.flags.hw_queue_supported = 1;
	status = D3DKMTCreateContextVirtual(&args);
	*ret_context = args.context;
	return status;
}

static NTSTATUS queue_create(struct d3dkmthandle context, struct d3dkmthandle *ret_queue,
			     struct api_fence *ret_fence)
{
	struct d3dkmt_createhwqueue args = { .context = context };
	NTSTATUS status = D3DKMTCreateHwQueue(&args);

	*ret_queue = args.queue;
	ret_fence->handle = args.queue_progress_fence;
	ret_fence->value = (const volatile uint64_t *)(uintptr_t)args.queue_progress_fence_cpu_va;
	return status;
}

static NTSTATUS queue_destroy(struct d3dkmthandle queue)
{
	struct d3dkmt_destroyhwqueue args = { .queue = queue };

	return D3DKMTDestroyHwQueue(&args);
}

static struct hw hw_open(struct api *a)
{
	struct hw hw;

	assert_ok(context_create(a, &hw.context));
	assert_ok(queue_create(hw.context, &hw.queue, &hw.fence));
	return hw;
}

/* A barrier in the command memory; made once. */
static struct d3dkmt_submitcommandtohwqueue barrier_args(struct api *a, struct d3dkmthandle queue,
							 uint64_t id)
{
	struct dxg_cmd_barrier barrier = {
		.h = { .opcode = DXG_CMD_BARRIER, .size = sizeof(barrier) },
	};

	memcpy(a->commands.cpu, &barrier, sizeof(barrier));
	return (struct d3dkmt_submitcommandtohwqueue){
		.hwqueue = queue,
		.hwqueue_progress_fence_id = id,
		.command_buffer = a->commands.va,
		.command_length = sizeof(barrier),
	};
}

static NTSTATUS submit(struct api *a, struct d3dkmthandle queue, uint64_t id)
{
	struct d3dkmt_submitcommandtohwqueue args = barrier_args(a, queue, id);

	return D3DKMTSubmitCommandToHwQueue(&args);
}

static NTSTATUS signal(struct d3dkmthandle *queues, uint32_t n, struct d3dkmthandle *objects,
		       uint64_t *values, uint32_t count)
{
	struct d3dkmt_submitsignalsyncobjectstohwqueue args = {
		.hwqueue_count = n,
		.hwqueues = dxg_ptr(queues),
		.object_count = count,
		.objects = dxg_ptr(objects),
		.fence_values = dxg_ptr(values),
	};

	return D3DKMTSubmitSignalSyncObjectsToHwQueue(&args);
}

static NTSTATUS wait(struct d3dkmthandle queue, struct d3dkmthandle *objects, uint64_t *values,
		     uint32_t count)
{
	struct d3dkmt_submitwaitforsyncobjectstohwqueue args = {
		.hwqueue = queue,
		.object_count = count,
		.objects = dxg_ptr(objects),
		.fence_values = dxg_ptr(values),
	};

	return D3DKMTSubmitWaitForSyncObjectsToHwQueue(&args);
}

/* Nothing that was refused may have cost anything. */
static void assert_intact(struct api *a, struct hw *hw)
{
	uint64_t id = *hw->fence.value + 1;
	uint32_t state;

	assert_ok(submit(a, hw->queue, id));
	assert_ok(api_wait(a->device, hw->fence.handle, id));
	assert_true(*hw->fence.value == id);
	assert_ok(api_finish(a));
	assert_ok(api_execution_state(a->device, &state));
	assert_int_equal(state, _D3DKMT_DEVICEEXECUTION_ACTIVE);
}

/* ---- creating and destroying ---- */

static void test_create_destroy(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);

	assert_int_not_equal(hw.queue.v, 0);
	assert_int_not_equal(hw.fence.handle.v, 0);
	assert_int_not_equal(hw.queue.v, hw.fence.handle.v);
	assert_true(*hw.fence.value == 0);
	assert_ok(queue_destroy(hw.queue));
	assert_status(queue_destroy(hw.queue), INVALID);
	assert_status(api_wait(a->device, hw.fence.handle, 0), INVALID);
	assert_ok(api_context_destroy(hw.context));
}

static void test_create_refused(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);
	const struct d3dkmt_createhwqueue bad[] = {
		{ .context = a->context }, /* was not made for them */
		{ .context = a->device },
		{ .context = hw.queue },
		{ .context.v = 0 },
		{ .context = hw.context, .flags.value = 1u << 3 },
		{ .context = hw.context, .flags.value = 1u << 4 },
		{ .context = hw.context, .flags.value = 1u << 31 },
		{ .context = hw.context, .priv_drv_data_size = PRIVATE_MAX + 1 },
		{ .context = hw.context, .priv_drv_data_size = UINT32_MAX },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct d3dkmt_createhwqueue args = bad[i];

		args.priv_drv_data = dxg_ptr(a->commands.cpu);
		assert_status(D3DKMTCreateHwQueue(&args), INVALID);
		assert_int_equal(args.queue.v, 0);
	}
	assert_intact(a, &hw);
}

static void test_private_data(void **state)
{
	static uint8_t data[PRIVATE_MAX], same[PRIVATE_MAX];
	static const uint32_t sizes[] = { 1, 3, 4, 5, 1000, PRIVATE_MAX };
	struct api *a = *state;
	struct hw hw = hw_open(a);
	struct d3dkmt_createhwqueue args = { .context = hw.context };
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = same[i] = (uint8_t)(i * 7 + 1);
	args.flags.disable_gpu_timeout = 1;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		args.priv_drv_data = dxg_ptr(data);
		args.priv_drv_data_size = sizes[i];
		assert_ok(D3DKMTCreateHwQueue(&args));
		assert_memory_equal(data, same, sizeof(data));
		assert_ok(queue_destroy(args.queue));
	}
	args.priv_drv_data = 0;
	assert_true(D3DKMTCreateHwQueue(&args) < 0);
	assert_intact(a, &hw);
}

/* A context takes its queues with it, handles and all; another's stay. */
static void test_destroy_context(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a), other = hw_open(a);
	struct d3dkmthandle second;
	struct api_fence fence;

	assert_ok(queue_create(hw.context, &second, &fence));
	assert_ok(submit(a, hw.queue, 1));
	assert_ok(api_context_destroy(hw.context));
	assert_status(submit(a, hw.queue, 2), INVALID);
	assert_status(queue_destroy(hw.queue), INVALID);
	assert_status(queue_destroy(second), INVALID);
	assert_status(api_wait(a->device, fence.handle, 0), INVALID);
	assert_status(queue_create(hw.context, &second, &fence), INVALID);
	assert_intact(a, &other);
}

static void test_destroy_device(void **state)
{
	struct api *a = *state;
	struct api own = *a;
	struct hw hw;

	assert_ok(api_device_create(a->adapter, &own.device));
	hw = hw_open(&own);
	assert_ok(submit(a, hw.queue, 1));
	assert_ok(api_device_destroy(own.device));
	assert_status(submit(a, hw.queue, 2), INVALID);
	assert_status(queue_destroy(hw.queue), INVALID);
	hw = hw_open(a);
	assert_intact(a, &hw);
}

static void test_limit(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle context, queue[DXG_HW_QUEUES_PER_PROCESS], more;
	struct api_fence fence;
	uint32_t i;

	assert_ok(context_create(a, &context));
	for (i = 0; i < DXG_HW_QUEUES_PER_PROCESS; i++)
		assert_ok(queue_create(context, &queue[i], &fence));
	assert_true(queue_create(context, &more, &fence) < 0);
	assert_ok(queue_destroy(queue[0]));
	assert_ok(queue_create(context, &more, &fence));
	assert_ok(api_context_destroy(context));
	assert_ok(context_create(a, &context));
	assert_ok(queue_create(context, &more, &fence));
}

/* ---- submitting ---- */

static void test_progress(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);

	assert_ok(submit(a, hw.queue, 3));
	assert_ok(api_wait(a->device, hw.fence.handle, 3));
	assert_true(*hw.fence.value == 3);
	assert_ok(submit(a, hw.queue, 4));
	assert_ok(submit(a, hw.queue, 900));
	assert_ok(api_wait(a->device, hw.fence.handle, 900));
	assert_true(*hw.fence.value == 900);
}

static void test_submit_refused(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);
	struct d3dkmthandle primary[DXG_WRITTEN_PRIMARIES + 1];
	struct d3dkmt_submitcommandtohwqueue bad[12];
	uint32_t i;

	for (i = 0; i <= DXG_WRITTEN_PRIMARIES; i++)
		primary[i] = a->commands.allocation;
	for (i = 0; i < 12; i++) {
		bad[i] = barrier_args(a, hw.queue, 7);
		bad[i].written_primaries = dxg_ptr(primary);
		bad[i].priv_drv_data = dxg_ptr(a->commands.cpu);
	}
	bad[0].hwqueue = a->context;
	bad[1].hwqueue = hw.fence.handle;
	bad[2].hwqueue.v = 0;
	bad[3].hwqueue = a->device;
	bad[4].hwqueue = hw.context;
	bad[5].num_primaries = DXG_WRITTEN_PRIMARIES + 1;
	bad[6].num_primaries = UINT32_MAX;
	bad[7].priv_drv_data_size = TAIL_MAX + 1;
	bad[8].priv_drv_data_size = UINT32_MAX;
	bad[9].hwqueue_progress_fence_id = 0;
	bad[10].hwqueue_progress_fence_id = UINT64_MAX;
	bad[11].num_primaries = 1;
	bad[11].priv_drv_data_size = TAIL_MAX - 3;
	for (i = 0; i < 12; i++)
		assert_status(D3DKMTSubmitCommandToHwQueue(&bad[i]), INVALID);
	assert_intact(a, &hw);
	bad[3] = barrier_args(a, hw.queue, 7);
	bad[3].num_primaries = DXG_WRITTEN_PRIMARIES;
	bad[3].written_primaries = dxg_ptr(primary);
	assert_ok(D3DKMTSubmitCommandToHwQueue(&bad[3]));
	/* One that is no allocation of ours, behind fifteen that are. */
	primary[DXG_WRITTEN_PRIMARIES - 1] = hw.queue;
	bad[3].hwqueue_progress_fence_id = 8;
	assert_status(D3DKMTSubmitCommandToHwQueue(&bad[3]), INVALID);
	bad[3].written_primaries = 0;
	assert_true(D3DKMTSubmitCommandToHwQueue(&bad[3]) < 0);
	assert_ok(api_wait(a->device, hw.fence.handle, 7));
	assert_intact(a, &hw);
}

/* Which number was the last only the host knows: there it costs the device. */
static void test_numbers_must_increase(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);

	assert_ok(submit(a, hw.queue, 5));
	assert_ok(submit(a, hw.queue, 5));
	assert_ok(api_wait_lost(a));
	assert_true(*hw.fence.value == UINT64_MAX);
}

/* ---- signals and waits ---- */

static void test_signal_and_wait(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a), other = hw_open(a);
	struct d3dkmthandle both[2] = { hw.queue, other.queue }, object[2];
	struct api_fence gate, done, late;
	uint64_t value[2] = { 5, 7 };

	assert_ok(api_fence_create(a->device, 0, &gate));
	assert_ok(api_fence_create(a->device, 0, &done));
	assert_ok(api_fence_create(a->device, 0, &late));
	assert_ok(wait(hw.queue, &gate.handle, value, 1));
	object[0] = done.handle;
	object[1] = late.handle;
	assert_ok(signal(both, 2, object, value, 2));
	assert_ok(submit(a, other.queue, 1)); /* behind the signal's place there */
	assert_ok(api_wait(a->device, other.fence.handle, 1));
	assert_true(*done.value == 0);
	assert_ok(api_signal_cpu(a->device, gate.handle, 5));
	assert_ok(api_wait(a->device, late.handle, 7));
	assert_true(*done.value == 5 && *late.value == 7);
	assert_intact(a, &hw);
}

/* The fence of a queue: others wait for it, nobody destroys or signals it. */
static void test_fence_is_the_hosts(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a), other = hw_open(a);
	uint64_t value = 9;

	assert_status(api_sync_destroy(hw.fence.handle), INVALID);
	assert_status(api_signal_cpu(a->device, hw.fence.handle, 9), INVALID);
	assert_status(api_signal_gpu(a->context, hw.fence.handle, 9), INVALID);
	assert_status(signal(&hw.queue, 1, &hw.fence.handle, &value, 1), INVALID);
	value = 2;
	assert_ok(wait(other.queue, &hw.fence.handle, &value, 1));
	assert_ok(submit(a, other.queue, 1));
	assert_ok(api_wait_gpu(a->context, hw.fence.handle, 2));
	assert_ok(submit(a, hw.queue, 1));
	assert_ok(api_wait(a->device, hw.fence.handle, 1));
	assert_true(*other.fence.value == 0);
	assert_ok(submit(a, hw.queue, 2));
	assert_ok(api_wait(a->device, other.fence.handle, 1));
	assert_intact(a, &hw);
}

static void test_signal_counts(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);
	struct d3dkmthandle queue[DXG_BROADCAST_CONTEXTS + 1], object[DXG_SIGNAL_OBJECTS + 1];
	uint64_t value[DXG_SIGNAL_OBJECTS + 1];
	struct api_fence fence;
	uint32_t i;

	assert_ok(api_fence_create(a->device, 0, &fence));
	for (i = 0; i <= DXG_BROADCAST_CONTEXTS; i++)
		queue[i] = hw.queue;
	for (i = 0; i <= DXG_SIGNAL_OBJECTS; i++) {
		object[i] = fence.handle;
		value[i] = i + 1;
	}
	assert_status(signal(queue, 0, object, value, 1), INVALID);
	assert_status(signal(queue, DXG_BROADCAST_CONTEXTS + 1, object, value, 1), INVALID);
	assert_status(signal(queue, UINT32_MAX, object, value, 1), INVALID);
	assert_status(signal(queue, 1, object, value, 0), INVALID);
	assert_status(signal(queue, 1, object, value, DXG_SIGNAL_OBJECTS + 1), INVALID);
	assert_status(signal(queue, 1, object, value, UINT32_MAX), INVALID);
	assert_true(signal(NULL, 1, object, value, 1) < 0);
	assert_true(signal(queue, 1, NULL, value, 1) < 0);
	assert_ok(signal(queue, DXG_BROADCAST_CONTEXTS, object, value, DXG_SIGNAL_OBJECTS));
	assert_ok(api_wait(a->device, fence.handle, DXG_SIGNAL_OBJECTS));
	/* All of them are looked at, not the first alone. */
	queue[DXG_BROADCAST_CONTEXTS - 1] = a->context;
	assert_status(signal(queue, DXG_BROADCAST_CONTEXTS, object, value, 1), INVALID);
	object[1] = hw.queue;
	assert_status(signal(queue, 1, object, value, 2), INVALID);
	assert_intact(a, &hw);
}

static void test_signal_flags(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);
	struct d3dkmt_submitsignalsyncobjectstohwqueue args = {
		.hwqueue_count = 1,
		.hwqueues = dxg_ptr(&hw.queue),
		.object_count = 1,
	};
	struct api_fence fence;
	uint64_t value = 1;

	assert_ok(api_fence_create(a->device, 4, &fence));
	args.objects = dxg_ptr(&fence.handle);
	args.fence_values = dxg_ptr(&value);
	args.flags.enqueue_cpu_event = 1;
	assert_status(D3DKMTSubmitSignalSyncObjectsToHwQueue(&args), INVALID);
	args.flags.value = 1u << 3;
	assert_status(D3DKMTSubmitSignalSyncObjectsToHwQueue(&args), INVALID);
	args.flags.value = 1u << 31;
	assert_status(D3DKMTSubmitSignalSyncObjectsToHwQueue(&args), INVALID);
	args.flags.value = 0;
	args.flags.signal_at_submission = 1; /* carried by nobody, and said at the call */
	assert_status(D3DKMTSubmitSignalSyncObjectsToHwQueue(&args), STATUS_NOT_SUPPORTED);
	assert_intact(a, &hw);
	assert_true(*fence.value == 4);
	args.flags.value = 0;
	args.flags.allow_fence_rewind = 1;
	assert_ok(D3DKMTSubmitSignalSyncObjectsToHwQueue(&args));
	assert_intact(a, &hw);
	assert_true(*fence.value == 1);
}

static void test_wait_counts(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);
	struct d3dkmthandle object[DXG_WAIT_GPU_OBJECTS + 1];
	uint64_t value[DXG_WAIT_GPU_OBJECTS + 1];
	struct api_fence fence;
	uint32_t i;

	assert_ok(api_fence_create(a->device, 100, &fence));
	for (i = 0; i <= DXG_WAIT_GPU_OBJECTS; i++) {
		object[i] = fence.handle;
		value[i] = i + 1;
	}
	assert_status(wait(hw.queue, object, value, 0), INVALID);
	assert_status(wait(hw.queue, object, value, DXG_WAIT_GPU_OBJECTS + 1), INVALID);
	assert_status(wait(hw.queue, object, value, UINT32_MAX), INVALID);
	assert_true(wait(hw.queue, NULL, value, 1) < 0);
	assert_true(wait(hw.queue, object, NULL, 1) < 0);
	assert_status(wait(a->context, object, value, 1), INVALID);
	assert_ok(wait(hw.queue, object, value, DXG_WAIT_GPU_OBJECTS));
	object[DXG_WAIT_GPU_OBJECTS - 1] = a->context;
	assert_status(wait(hw.queue, object, value, DXG_WAIT_GPU_OBJECTS), INVALID);
	assert_intact(a, &hw);
}

/* Nor does a queue pass for a context. */
static void test_not_a_context(void **state)
{
	struct api *a = *state;
	struct hw hw = hw_open(a);

	assert_status(api_submit_at(hw.queue, a->commands.va, 16), INVALID);
	assert_status(api_signal_gpu(hw.queue, a->done.handle, 1), INVALID);
	assert_status(api_wait_gpu(hw.queue, a->done.handle, 1), INVALID);
	assert_status(api_context_destroy(hw.queue), INVALID);
	assert_status(queue_destroy(a->queue), INVALID);
	assert_intact(a, &hw);
}

/* ---- threads ---- */

#define ROUNDS slow_scaled(300)

static void *make_fences(void *arg)
{
	struct api *a = arg;
	struct api_fence fence;
	NTSTATUS status = STATUS_SUCCESS;
	int i;

	for (i = 0; i < ROUNDS * 3 && !status; i++) {
		status = api_fence_create(a->device, 0, &fence);
		if (!status)
			status = api_sync_destroy(fence.handle);
	}
	return (void *)(intptr_t)status;
}

/*
 * Handles of queues, of their fences and of what goes with a context are free for others when the
 * host has heard of their end: no create of another thread may fail for it.
 */
static void test_handles_come_back(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle context, queue, second;
	struct api_fence fence;
	pthread_t thread;
	void *status;
	int i;

	assert_int_equal(pthread_create(&thread, NULL, make_fences, a), 0);
	for (i = 0; i < ROUNDS; i++) {
		assert_ok(context_create(a, &context));
		assert_ok(queue_create(context, &queue, &fence));
		assert_ok(queue_create(context, &second, &fence));
		if (i & 1)
			assert_ok(queue_destroy(queue));
		assert_ok(api_context_destroy(context));
	}
	assert_int_equal(pthread_join(thread, &status), 0);
	assert_int_equal((intptr_t)status, STATUS_SUCCESS);
}

/** struct maker - creates queues of a context until that is gone. */
struct maker {
	struct d3dkmthandle context;
	pthread_barrier_t go;
	NTSTATUS status;
};

static void *make_queues(void *arg)
{
	struct maker *maker = arg;
	struct d3dkmthandle queue;
	struct api_fence fence;

	pthread_barrier_wait(&maker->go);
	do
		maker->status = queue_create(maker->context, &queue, &fence);
	while (!maker->status);
	return NULL;
}

/* D-21: a context that goes while a queue of it is being made takes that queue with it, too. */
static void test_create_races_destroy(void **state)
{
	struct api *a = *state;
	struct maker maker;
	struct hw hw;
	pthread_t thread;
	int i;

	assert_int_equal(pthread_barrier_init(&maker.go, NULL, 2), 0);
	for (i = 0; i < 100; i++) {
		assert_ok(context_create(a, &maker.context));
		assert_int_equal(pthread_create(&thread, NULL, make_queues, &maker), 0);
		pthread_barrier_wait(&maker.go);
		assert_ok(api_context_destroy(maker.context));
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(maker.status, INVALID);
	}
	pthread_barrier_destroy(&maker.go);
	/* Nothing of them is left to count: the whole quota is there. */
	assert_ok(context_create(a, &maker.context));
	for (i = 0; i < (int)DXG_HW_QUEUES_PER_PROCESS; i++)
		assert_ok(queue_create(maker.context, &hw.queue, &hw.fence));
	assert_ok(api_context_destroy(maker.context));
}

/** struct race - what two threads destroy, @go when it is there. */
struct race {
	struct d3dkmthandle queue;
	struct d3dkmthandle context;
	pthread_barrier_t go;
	NTSTATUS status;
};

static void *destroy_it(void *arg)
{
	struct race *race = arg;

	pthread_barrier_wait(&race->go);
	race->status = queue_destroy(race->queue);
	return NULL;
}

/* The same queue twice, or a queue and its context: once each, and nothing worse. */
static void test_racing_destructions(void **state)
{
	struct api *a = *state;
	struct race race;
	struct api_fence fence;
	NTSTATUS mine;
	pthread_t thread;
	int i;

	assert_int_equal(pthread_barrier_init(&race.go, NULL, 2), 0);
	for (i = 0; i < ROUNDS; i++) {
		assert_ok(context_create(a, &race.context));
		assert_ok(queue_create(race.context, &race.queue, &fence));
		assert_int_equal(pthread_create(&thread, NULL, destroy_it, &race), 0);
		pthread_barrier_wait(&race.go);
		mine = i & 1 ? api_context_destroy(race.context) : queue_destroy(race.queue);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_true(!race.status || race.status == INVALID);
		assert_true(i & 1 ? !mine : (!mine) != (!race.status));
		if (!(i & 1))
			assert_ok(api_context_destroy(race.context));
	}
	pthread_barrier_destroy(&race.go);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_create_destroy),
		api_test(test_create_refused),
		api_test(test_private_data),
		api_test(test_destroy_context),
		api_test(test_destroy_device),
		api_test(test_limit),
		api_test(test_progress),
		api_test(test_submit_refused),
		api_test(test_numbers_must_increase),
		api_test(test_signal_and_wait),
		api_test(test_fence_is_the_hosts),
		api_test(test_signal_counts),
		api_test(test_signal_flags),
		api_test(test_wait_counts),
		api_test(test_not_a_context),
		api_test(test_handles_come_back),
		api_test(test_create_races_destroy),
		api_test(test_racing_destructions),
	};

	return api_main("api_hwqueue", tests);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_api_badinput: every call with handles that are zero, stale, of another type, invented or
 * another process's, and races of two destroyers. Nothing of it may succeed, and nothing may
 * change: afterwards the very same device works. Fields other than handles: test_api_badfields.
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fork.h"
#include "fixture.h"

/* What a handle is, as bits: which of them a parameter takes. */
enum {
	ADAPTER = 1 << 0,
	DEVICE = 1 << 1,
	CONTEXT = 1 << 2,
	QUEUE = 1 << 3,
	FENCE = 1 << 4, /* a monitored fence of its own */
	QUEUE_FENCE = 1 << 5, /* that of a paging queue */
	ALLOCATION = 1 << 6,
	RESOURCE = 1 << 7,
	KINDS = 8,
};

/** struct zoo - one handle of each kind, in the order of the bits above. */
struct zoo {
	struct d3dkmthandle of[KINDS];
};

static NTSTATUS resource_create(const struct api *a, struct d3dkmthandle *ret_resource)
{
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE,
					     .size = DXG_PAGE_SIZE };
	struct d3dddi_allocationinfo2 info = {
		.priv_drv_data = dxg_ptr(&private),
		.priv_drv_data_size = sizeof(private),
	};
	struct d3dkmt_createallocation args = {
		.device = a->device,
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
		.flags = { .create_resource = 1 },
	};
	NTSTATUS status = D3DKMTCreateAllocation2(&args);

	if (!status)
		*ret_resource = args.resource;
	return status;
}

static NTSTATUS zoo_fill(const struct api *a, struct zoo *z)
{
	*z = (struct zoo){ .of = { a->adapter, a->device, a->context, a->queue, a->done.handle,
				   a->queue_fence.handle, a->commands.allocation } };
	return resource_create(a, &z->of[7]);
}

/* ---- one function per handle parameter ---- */

#define CALL(name) static NTSTATUS name(const struct api *a, struct d3dkmthandle h)

CALL(close_adapter)
{
	(void)a;
	return api_close_adapter(h);
}

CALL(query_info)
{
	struct dxg_adapter_private info;

	(void)a;
	return api_query(h, 0, &info, sizeof(info));
}

CALL(query_memory)
{
	uint64_t bytes;

	(void)a;
	return api_usage(h, &bytes);
}

CALL(create_device)
{
	struct d3dkmthandle device;

	(void)a;
	return api_device_create(h, &device);
}

CALL(destroy_device)
{
	(void)a;
	return api_device_destroy(h);
}

CALL(device_state)
{
	uint32_t state;

	(void)a;
	return api_execution_state(h, &state);
}

CALL(create_context)
{
	struct d3dkmthandle context;

	(void)a;
	return api_context_create(h, &context);
}

CALL(destroy_context)
{
	(void)a;
	return api_context_destroy(h);
}

CALL(create_queue)
{
	struct d3dkmthandle queue;
	struct api_fence fence;

	(void)a;
	return api_queue_create(h, &queue, &fence);
}

CALL(destroy_queue)
{
	(void)a;
	return api_queue_destroy(h);
}

CALL(create_fence)
{
	struct api_fence fence;

	(void)a;
	return api_fence_create(h, 0, &fence);
}

CALL(destroy_sync)
{
	(void)a;
	return api_sync_destroy(h);
}

CALL(create_allocation)
{
	struct d3dkmthandle allocation;

	(void)a;
	return api_allocate(h, DXG_PAGE_SIZE, DXG_ALLOC_CPU_VISIBLE, &allocation, NULL);
}

CALL(add_to_resource)
{
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE,
					     .size = DXG_PAGE_SIZE };
	struct d3dddi_allocationinfo2 info = {
		.priv_drv_data = dxg_ptr(&private),
		.priv_drv_data_size = sizeof(private),
	};
	struct d3dkmt_createallocation args = {
		.device = a->device,
		.resource = h,
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
	};

	return D3DKMTCreateAllocation2(&args);
}

CALL(destroy_allocation_device)
{
	return api_free(h, a->commands.allocation);
}

CALL(destroy_allocation)
{
	return api_free(a->device, h);
}

CALL(destroy_resource)
{
	struct d3dkmt_destroyallocation2 args = { .device = a->device, .resource = h };

	return D3DKMTDestroyAllocation2(&args);
}

CALL(lock_device)
{
	void *cpu;

	return api_lock(h, a->commands.allocation, &cpu);
}

CALL(lock_allocation)
{
	void *cpu;

	return api_lock(a->device, h, &cpu);
}

CALL(unlock_device)
{
	return api_unlock(h, a->commands.allocation);
}

CALL(unlock_allocation)
{
	return api_unlock(a->device, h);
}

CALL(reserve_va)
{
	struct d3dddi_reservegpuvirtualaddress args = { .adapter = h, .size = DXG_PAGE_SIZE };

	(void)a;
	return D3DKMTReserveGpuVirtualAddress(&args);
}

CALL(free_va)
{
	struct d3dkmt_freegpuvirtualaddress args = {
		.adapter = h,
		.base_address = a->commands.va,
		.size = a->commands.size,
	};

	return D3DKMTFreeGpuVirtualAddress(&args);
}

CALL(map_queue)
{
	uint64_t va;

	return api_map(h, a->commands.allocation, a->commands.size, &va);
}

CALL(map_allocation)
{
	uint64_t va;

	return api_map(a->queue, h, DXG_PAGE_SIZE, &va);
}

CALL(make_resident_queue)
{
	return api_make_resident(h, a->commands.allocation);
}

CALL(make_resident_allocation)
{
	return api_make_resident(a->queue, h);
}

CALL(evict_device)
{
	return api_evict(h, a->commands.allocation);
}

CALL(evict_allocation)
{
	return api_evict(a->device, h);
}

CALL(submit)
{
	return api_submit_at(h, a->commands.va, sizeof(struct dxg_cmd_barrier));
}

CALL(signal_cpu_device)
{
	return api_signal_cpu(h, a->done.handle, 1);
}

CALL(signal_cpu_object)
{
	return api_signal_cpu(a->device, h, 1);
}

CALL(signal_gpu_context)
{
	return api_signal_gpu(h, a->done.handle, 1);
}

CALL(signal_gpu_object)
{
	return api_signal_gpu(a->context, h, 1);
}

static NTSTATUS signal_gpu2(struct d3dkmthandle context, struct d3dkmthandle object)
{
	uint64_t value = 1;
	struct d3dkmt_signalsynchronizationobjectfromgpu2 args = {
		.object_count = 1,
		.objects = dxg_ptr(&object),
		.context_count = 1,
		.contexts = dxg_ptr(&context),
		.monitored_fence_values = dxg_ptr(&value),
	};

	return D3DKMTSignalSynchronizationObjectFromGpu2(&args);
}

CALL(signal_gpu2_context)
{
	return signal_gpu2(h, a->done.handle);
}

CALL(signal_gpu2_object)
{
	return signal_gpu2(a->context, h);
}

static NTSTATUS signal_legacy(struct d3dkmthandle context, struct d3dkmthandle object)
{
	struct d3dkmt_signalsynchronizationobject2 args = {
		.context = context,
		.object_count = 1,
		.object_array = { object },
		.fence = { .fence_value = 1 },
	};

	return D3DKMTSignalSynchronizationObject2(&args);
}

CALL(signal_legacy_context)
{
	return signal_legacy(h, a->done.handle);
}

CALL(signal_legacy_object)
{
	return signal_legacy(a->context, h);
}

CALL(wait_cpu_device)
{
	const uint64_t value = 0;

	return api_wait_cpu(h, &a->done.handle, &value, 1, false, 0);
}

CALL(wait_cpu_object)
{
	const uint64_t value = 0;

	return api_wait_cpu(a->device, &h, &value, 1, false, 0);
}

CALL(wait_gpu_context)
{
	return api_wait_gpu(h, a->done.handle, 0);
}

CALL(wait_gpu_object)
{
	return api_wait_gpu(a->context, h, 0);
}

static NTSTATUS wait_legacy(struct d3dkmthandle context, struct d3dkmthandle object)
{
	struct d3dkmt_waitforsynchronizationobject2 args = {
		.context = context,
		.object_count = 1,
		.object_array = { object },
	};

	return D3DKMTWaitForSynchronizationObject2(&args);
}

CALL(wait_legacy_context)
{
	return wait_legacy(h, a->done.handle);
}

CALL(wait_legacy_object)
{
	return wait_legacy(a->context, h);
}

CALL(escape_adapter)
{
	struct dxg_escape_query_fault e = { .lost = 0 };
	struct api b = *a;

	b.adapter = h;
	return api_escape(&b, DXG_ESCAPE_QUERY_FAULT, &e, sizeof(e));
}

CALL(escape_device)
{
	struct dxg_escape_query_fault e = { .lost = 0 };
	struct api b = *a;

	b.device = h;
	return api_escape(&b, DXG_ESCAPE_QUERY_FAULT, &e, sizeof(e));
}

/** struct handle_call - a call with one handle replaced. @takes: kinds that are right there. */
struct handle_call {
	const char *name;
	NTSTATUS (*call)(const struct api *a, struct d3dkmthandle h);
	uint32_t takes;
	bool zero_ok;
};

#define ROW(f, kinds)               \
	{                           \
#f, f, kinds, false \
	}

static const struct handle_call handle_calls[] = {
	{ "close_adapter", close_adapter, ADAPTER, true },
	ROW(query_info, ADAPTER),
	ROW(query_memory, ADAPTER),
	ROW(create_device, ADAPTER),
	ROW(destroy_device, DEVICE),
	ROW(device_state, DEVICE),
	ROW(create_context, DEVICE),
	ROW(destroy_context, CONTEXT),
	ROW(create_queue, DEVICE),
	ROW(destroy_queue, QUEUE),
	ROW(create_fence, DEVICE),
	ROW(destroy_sync, FENCE),
	ROW(create_allocation, DEVICE),
	{ "add_to_resource", add_to_resource, RESOURCE, true },
	ROW(destroy_allocation_device, DEVICE),
	ROW(destroy_allocation, ALLOCATION),
	ROW(destroy_resource, RESOURCE),
	ROW(lock_device, DEVICE),
	ROW(lock_allocation, ALLOCATION),
	ROW(unlock_device, DEVICE),
	ROW(unlock_allocation, ALLOCATION),
	ROW(reserve_va, ADAPTER | QUEUE),
	ROW(free_va, ADAPTER),
	ROW(map_queue, QUEUE),
	ROW(map_allocation, ALLOCATION),
	ROW(make_resident_queue, QUEUE),
	ROW(make_resident_allocation, ALLOCATION),
	ROW(evict_device, DEVICE),
	ROW(evict_allocation, ALLOCATION),
	ROW(submit, CONTEXT),
	ROW(signal_cpu_device, DEVICE),
	ROW(signal_cpu_object, FENCE),
	ROW(signal_gpu_context, CONTEXT),
	ROW(signal_gpu_object, FENCE),
	ROW(signal_gpu2_context, CONTEXT),
	ROW(signal_gpu2_object, FENCE),
	ROW(signal_legacy_context, CONTEXT),
	ROW(signal_legacy_object, FENCE),
	ROW(wait_cpu_device, DEVICE),
	ROW(wait_cpu_object, FENCE | QUEUE_FENCE),
	ROW(wait_gpu_context, CONTEXT),
	ROW(wait_gpu_object, FENCE | QUEUE_FENCE),
	ROW(wait_legacy_context, CONTEXT),
	ROW(wait_legacy_object, FENCE | QUEUE_FENCE),
	ROW(escape_adapter, ADAPTER),
	ROW(escape_device, DEVICE),
};

#define HANDLE_CALLS (sizeof(handle_calls) / sizeof(handle_calls[0]))

/* A message without a status of its own can only say that it failed: BUFFER_TOO_SMALL
 * (section 2.5). */
static bool is_refusal(NTSTATUS status)
{
	return status == STATUS_INVALID_PARAMETER || status == STATUS_INVALID_HANDLE ||
	       status == STATUS_OBJECT_TYPE_MISMATCH || status == STATUS_BUFFER_TOO_SMALL;
}

static unsigned int refused(const struct api *a, const struct handle_call *c, uint32_t handle,
			    const char *what)
{
	struct d3dkmthandle h = { .v = handle };
	NTSTATUS status = c->call(a, h);

	if (is_refusal(status))
		return 0;
	print_error("%s with a handle that is %s (0x%x): 0x%08x\n", c->name, what, handle,
		    (uint32_t)status);
	return 1;
}

/* The device is what it was: it works, and nothing of it was lost. */
static void assert_intact(struct api *a)
{
	struct packets p = { 0 };
	uint32_t execution = 0;

	packets_barrier(&p);
	assert_ok(api_run(a, &p));
	assert_int_equal(*a->done.value, a->asked);
	assert_ok(api_execution_state(a->device, &execution));
	assert_int_equal(execution, _D3DKMT_DEVICEEXECUTION_ACTIVE);
}

static void test_zero(void **state)
{
	struct api *a = *state;
	unsigned int wrong = 0;
	size_t i;

	for (i = 0; i < HANDLE_CALLS; i++)
		if (!handle_calls[i].zero_ok)
			wrong += refused(a, &handle_calls[i], 0, "zero");
	assert_int_equal(wrong, 0);
	assert_intact(a);
}

static void test_wrong_type(void **state)
{
	struct api *a = *state;
	struct zoo zoo;
	unsigned int wrong = 0, kind;
	size_t i;

	assert_ok(zoo_fill(a, &zoo));
	for (i = 0; i < HANDLE_CALLS; i++)
		for (kind = 0; kind < KINDS; kind++)
			if (!(handle_calls[i].takes & 1u << kind))
				wrong += refused(a, &handle_calls[i], zoo.of[kind].v,
						 "of another type");
	assert_int_equal(wrong, 0);
	assert_intact(a);
}

/* Handles of everything there is, taken from a device and an adapter that are gone. */
static void test_stale(void **state)
{
	struct api *a = *state, b;
	struct zoo zoo;
	unsigned int wrong = 0, kind;
	size_t i;

	assert_ok(api_open(&b));
	assert_ok(zoo_fill(&b, &zoo));
	assert_ok(api_close(&b));
	for (i = 0; i < HANDLE_CALLS; i++)
		for (kind = 0; kind < KINDS; kind++)
			wrong += refused(a, &handle_calls[i], zoo.of[kind].v, "stale");
	assert_int_equal(wrong, 0);
	assert_intact(a);
}

/* One bit off what is right, and numbers out of the air. */
static void test_invented(void **state)
{
	static const uint32_t numbers[] = { 1,		0x3f,	    0x40,
					    0x7fffffff, 0x80000000, 0xffffffff,
					    0x40ffffc0, 0xbfffffc0, 0xffffffc0 };
	struct api *a = *state;
	struct zoo zoo;
	unsigned int wrong = 0, kind, bit;
	size_t i, n;

	assert_ok(zoo_fill(a, &zoo));
	for (i = 0; i < HANDLE_CALLS; i++) {
		for (n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++)
			wrong += refused(a, &handle_calls[i], numbers[n], "invented");
		for (kind = 0; kind < KINDS; kind++)
			for (bit = 20; bit < 32; bit++)
				wrong += refused(a, &handle_calls[i], zoo.of[kind].v ^ 1u << bit,
						 "off by a bit");
	}
	assert_int_equal(wrong, 0);
	assert_intact(a);
}

/* In a child: many objects, so that the last of them have numbers that the parent has nowhere. */
static int foreign_child(int out, int in)
{
	struct d3dkmthandle filler;
	struct zoo zoo;
	struct api b;
	char c;
	int i;

	if (api_open(&b))
		return 1;
	for (i = 0; i < 500; i++)
		if (api_context_create(b.device, &filler))
			return 2;
	if (api_close_device(&b) || api_open_device(&b) || zoo_fill(&b, &zoo))
		return 3;
	if (write(out, &zoo, sizeof(zoo)) != sizeof(zoo))
		return 4;
	return read(in, &c, 1) != 1 || api_close(&b);
}

static bool zoo_has(const struct zoo *zoo, uint32_t handle)
{
	unsigned int kind;

	for (kind = 0; kind < KINDS; kind++)
		if (zoo->of[kind].v == handle)
			return true;
	return false;
}

static void test_foreign(void **state)
{
	struct api *a = *state;
	struct zoo mine, theirs;
	unsigned int wrong = 0, kind;
	int to[2], from[2], status = -1;
	size_t i;
	pid_t pid;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	pid = fork_quietly();
	assert_true(pid >= 0);
	if (!pid)
		_exit(foreign_child(from[1], to[0]));
	assert_true(api_poll(from[0], API_WAIT_MS));
	assert_int_equal(read(from[0], &theirs, sizeof(theirs)), sizeof(theirs));
	assert_ok(zoo_fill(a, &mine));
	for (i = 0; i < HANDLE_CALLS; i++)
		for (kind = 0; kind < KINDS; kind++)
			if (!zoo_has(&mine, theirs.of[kind].v))
				wrong += refused(a, &handle_calls[i], theirs.of[kind].v, "foreign");
	assert_int_equal(write(to[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0); /* nor has the child lost anything */
	assert_int_equal(wrong, 0);
	assert_intact(a);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
}

/* ---- two that destroy the same ---- */

/** struct destroyer - one of two threads. */
struct destroyer {
	const struct api *a;
	const struct handle_call *how;
	struct d3dkmthandle handle;
	pthread_barrier_t *start;
	NTSTATUS status;
};

static void *destroy_thread(void *arg)
{
	struct destroyer *d = arg;

	pthread_barrier_wait(d->start);
	d->status = d->how->call(d->a, d->handle);
	return NULL;
}

static NTSTATUS make_victim(const struct api *a, uint32_t kind, struct d3dkmthandle *ret)
{
	struct winluid luid;
	struct api_fence fence;
	NTSTATUS status;

	switch (kind) {
	case ADAPTER:
		return api_open_adapter(ret, &luid);
	case DEVICE:
		return api_device_create(a->adapter, ret);
	case CONTEXT:
		return api_context_create(a->device, ret);
	case QUEUE:
		return api_queue_create(a->device, ret, &fence);
	case FENCE:
		status = api_fence_create(a->device, 0, &fence);
		*ret = fence.handle;
		return status;
	case ALLOCATION:
		return api_allocate(a->device, DXG_PAGE_SIZE, DXG_ALLOC_CPU_VISIBLE, ret, NULL);
	default:
		return resource_create(a, ret);
	}
}

static void race(const struct api *a, const struct handle_call *how, pthread_barrier_t *start)
{
	struct destroyer d[2];
	struct d3dkmthandle victim = { .v = 0 };
	pthread_t thread[2];
	int i;

	assert_ok(make_victim(a, how->takes, &victim));
	for (i = 0; i < 2; i++) {
		d[i] = (struct destroyer){ a, how, victim, start, -1 };
		assert_int_equal(pthread_create(&thread[i], NULL, destroy_thread, &d[i]), 0);
	}
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	if (!d[0].status == !d[1].status || !is_refusal(d[d[0].status == 0].status))
		fail_msg("%s: 0x%08x and 0x%08x", how->name, (uint32_t)d[0].status,
			 (uint32_t)d[1].status);
}

static void test_double_destroy(void **state)
{
	static const struct handle_call destroys[] = {
		ROW(close_adapter, ADAPTER),	 ROW(destroy_device, DEVICE),
		ROW(destroy_context, CONTEXT),	 ROW(destroy_queue, QUEUE),
		ROW(destroy_sync, FENCE),	 ROW(destroy_allocation, ALLOCATION),
		ROW(destroy_resource, RESOURCE),
	};
	enum { ROUNDS = 30 };
	struct api *a = *state;
	pthread_barrier_t start;
	size_t i;
	int round;

	pthread_barrier_init(&start, NULL, 2);
	for (i = 0; i < sizeof(destroys) / sizeof(destroys[0]); i++)
		for (round = 0; round < ROUNDS; round++)
			race(a, &destroys[i], &start);
	pthread_barrier_destroy(&start);
	assert_intact(a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_zero),	 api_test(test_wrong_type), api_test(test_stale),
		api_test(test_invented), api_test(test_foreign),    api_test(test_double_destroy),
	};

	return api_main("api_badinput", tests);
}

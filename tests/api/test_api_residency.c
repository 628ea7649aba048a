/* SPDX-License-Identifier: MIT */
/*
 * test_api_residency: MakeResident, Evict, and what QueryVideoMemoryInfo says of it; where memory
 * is, may be, and how much of it is wanted. Specification: ioctls 0x07, 0x0a, 0x0b, 0x16, 0x1e,
 * 0x2a, 0x2e, 0x38, 0x3c.
 */
#include "fixture.h"

#define MIB (UINT64_C(1) << 20)

static NTSTATUS memory_info(struct d3dkmthandle adapter, uint32_t group,
			    struct d3dkmt_queryvideomemoryinfo *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->adapter = adapter;
	ret->memory_segment_group = (enum d3dkmt_memory_segment_group)group;
	return D3DKMTQueryVideoMemoryInfo(ret);
}

static void test_query(void **state)
{
	struct api *a = *state;
	struct d3dkmt_queryvideomemoryinfo local, system;

	assert_ok(memory_info(a->adapter, 0, &local));
	assert_ok(memory_info(a->adapter, 1, &system));
	assert_in_range(system.budget, 1, a->info.system_memory);
	assert_true(local.budget <= a->info.local_memory);
	assert_true(local.current_usage <= local.budget);
	assert_int_equal(local.current_reservation + system.current_reservation, 0);
	assert_true(system.available_for_reservation <= a->info.system_memory);
}

static void test_query_bad(void **state)
{
	struct api *a = *state;
	struct d3dkmt_queryvideomemoryinfo args = { .adapter = a->adapter, .process = 1 };

	assert_status(D3DKMTQueryVideoMemoryInfo(&args), STATUS_INVALID_PARAMETER);
	args.process = 0;
	args.physical_adapter_index = 1;
	assert_true(D3DKMTQueryVideoMemoryInfo(&args) < 0);
	assert_true(memory_info(a->adapter, 2, &args) < 0);
	assert_status(memory_info(a->device, 0, &args), STATUS_INVALID_PARAMETER);
}

/* Usage goes up by what is made resident, once, and comes back by evicting or destroying it. */
static void test_usage_moves(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle one, two;
	uint64_t start, now;

	assert_ok(api_usage(a->adapter, &start));
	assert_ok(api_allocate(a->device, 4 * MIB, DXG_ALLOC_CPU_VISIBLE, &one, NULL));
	assert_ok(api_allocate(a->device, 2 * MIB, 0, &two, NULL));
	assert_ok(api_make_resident(a->queue, one));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, 4 * MIB);
	assert_ok(api_make_resident(a->queue, two));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, 6 * MIB);
	assert_ok(api_evict(a->device, one));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, 2 * MIB);
	assert_ok(api_free(a->device, two));
	assert_ok(api_free(a->device, one));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now, start);
}

static void test_nests(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	uint64_t start, now;

	assert_ok(api_usage(a->adapter, &start));
	assert_ok(api_allocate(a->device, MIB, DXG_ALLOC_CPU_VISIBLE, &allocation, NULL));
	assert_ok(api_make_resident(a->queue, allocation));
	assert_ok(api_make_resident(a->queue, allocation));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, MIB);
	assert_ok(api_evict(a->device, allocation));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, MIB);
	assert_ok(api_evict(a->device, allocation));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now, start);
	assert_ok(api_free(a->device, allocation));
}

/* The device takes what is resident with it. */
static void test_device_end_returns_all(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };
	struct d3dkmthandle allocation;
	uint64_t start, now;

	assert_ok(api_usage(a->adapter, &start));
	assert_ok(api_open_device(&b));
	assert_ok(api_allocate(b.device, 8 * MIB, DXG_ALLOC_CPU_VISIBLE, &allocation, NULL));
	assert_ok(api_make_resident(b.queue, allocation));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, 8 * MIB);
	assert_ok(api_close_device(&b));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now, start);
}

/* The paging fence: MakeResident names a value, and the queue's fence reaches it. */
static void test_paging_fence(void **state)
{
	struct api *a = *state;
	struct d3dddi_makeresident args = {
		.paging_queue = a->queue,
		.alloc_count = 1,
		.allocation_list = dxg_ptr(&a->commands.allocation),
		.paging_fence_value = UINT64_MAX,
		.num_bytes_to_trim = UINT64_MAX,
	};
	uint64_t first;

	assert_ok(D3DKMTMakeResident(&args));
	first = args.paging_fence_value;
	assert_in_range(first, 1, UINT64_MAX - 1);
	assert_int_equal(args.num_bytes_to_trim, 0);
	assert_ok(api_wait(a->device, a->queue_fence.handle, first));
	assert_true(*a->queue_fence.value >= first);
	assert_ok(D3DKMTMakeResident(&args));
	assert_true(args.paging_fence_value >= first);
	assert_ok(api_wait(a->device, a->queue_fence.handle, args.paging_fence_value));
}

static NTSTATUS make_resident_list(const struct api *a, const struct d3dkmthandle *list, uint32_t n)
{
	struct d3dddi_makeresident args = {
		.paging_queue = a->queue,
		.alloc_count = n,
		.allocation_list = dxg_ptr(list),
	};

	return D3DKMTMakeResident(&args);
}

static NTSTATUS evict_list(const struct api *a, const struct d3dkmthandle *list, uint32_t n)
{
	struct d3dkmt_evict args = {
		.device = a->device,
		.alloc_count = n,
		.allocations = dxg_ptr(list),
	};

	return D3DKMTEvict(&args);
}

static void test_list_limits(void **state)
{
	static struct d3dkmthandle list[DXG_ALLOCATIONS_PER_RESIDENCY + 1];
	struct api *a = *state;
	uint64_t start, now;
	uint32_t i;

	for (i = 0; i <= DXG_ALLOCATIONS_PER_RESIDENCY; i++)
		list[i] = a->commands.allocation;
	assert_ok(api_usage(a->adapter, &start));
	assert_status(make_resident_list(a, list, 0), STATUS_INVALID_PARAMETER);
	assert_status(evict_list(a, list, 0), STATUS_INVALID_PARAMETER);
	assert_ok(make_resident_list(a, list, DXG_ALLOCATIONS_PER_RESIDENCY));
	assert_status(make_resident_list(a, list, DXG_ALLOCATIONS_PER_RESIDENCY + 1),
		      STATUS_INVALID_PARAMETER);
	assert_status(evict_list(a, list, DXG_ALLOCATIONS_PER_RESIDENCY + 1),
		      STATUS_INVALID_PARAMETER);
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, a->commands.size);
	assert_ok(evict_list(a, list, DXG_ALLOCATIONS_PER_RESIDENCY));
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now, start);
}

/* One bad handle in the list: nothing of it is done. */
static void test_bad_handle_in_list(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle list[3];
	uint64_t start, now;

	assert_ok(api_allocate(a->device, MIB, DXG_ALLOC_CPU_VISIBLE, &list[0], NULL));
	list[1] = a->commands.allocation;
	list[2] = a->context;
	assert_ok(api_usage(a->adapter, &start));
	assert_status(make_resident_list(a, list, 3), STATUS_INVALID_PARAMETER);
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now, start);
	assert_true(make_resident_list(a, NULL, 1) < 0);
	assert_ok(make_resident_list(a, list, 2));
	assert_true(evict_list(a, list, 3) < 0);
	assert_ok(api_usage(a->adapter, &now));
	assert_int_equal(now - start, MIB + a->commands.size);
}

static void test_flags(void **state)
{
	struct api *a = *state;
	struct d3dddi_makeresident resident = {
		.paging_queue = a->queue,
		.alloc_count = 1,
		.allocation_list = dxg_ptr(&a->commands.allocation),
		.flags = { .reserved = 1 },
	};
	struct d3dkmt_evict evict = {
		.device = a->device,
		.alloc_count = 1,
		.allocations = dxg_ptr(&a->commands.allocation),
		.flags = { .reserved = 1 },
	};

	assert_status(D3DKMTMakeResident(&resident), STATUS_INVALID_PARAMETER);
	assert_true(D3DKMTEvict(&evict) < 0);
}

static void test_queue_priorities(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createpagingqueue args = { .device = a->device };
	int priority;

	for (priority = -1; priority <= 1; priority++) {
		args.priority = (enum d3dddi_pagingqueue_priority)priority;
		assert_ok(D3DKMTCreatePagingQueue(&args));
		assert_int_not_equal(args.sync_object.v, args.paging_queue.v);
		assert_ok(api_queue_destroy(args.paging_queue));
	}
	args.priority = (enum d3dddi_pagingqueue_priority)2;
	assert_status(D3DKMTCreatePagingQueue(&args), STATUS_INVALID_PARAMETER);
	args.priority = (enum d3dddi_pagingqueue_priority) - 2;
	assert_status(D3DKMTCreatePagingQueue(&args), STATUS_INVALID_PARAMETER);
}

/* The fence of a queue belongs to it: it cannot be destroyed alone, and goes with it. */
static void test_queue_fence(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle queue;
	struct api_fence fence;
	uint64_t value = 0;

	assert_ok(api_queue_create(a->device, &queue, &fence));
	assert_status(api_sync_destroy(fence.handle), STATUS_INVALID_PARAMETER);
	assert_ok(api_wait_cpu(a->device, &fence.handle, &value, 1, false, 0));
	assert_ok(api_queue_destroy(queue));
	assert_status(api_wait_cpu(a->device, &fence.handle, &value, 1, false, 0),
		      STATUS_INVALID_PARAMETER);
	assert_status(api_queue_destroy(queue), STATUS_INVALID_PARAMETER);
}

static void test_queue_limit(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle queue[DXG_PAGING_QUEUES_PER_PROCESS];
	uint32_t i, n = DXG_PAGING_QUEUES_PER_PROCESS - 1; /* the fixture has one */
	struct api_fence fence;

	for (i = 0; i < n; i++)
		assert_ok(api_queue_create(a->device, &queue[i], &fence));
	assert_true(api_queue_create(a->device, &queue[n], &fence) < 0);
	assert_ok(api_queue_destroy(queue[0]));
	assert_ok(api_queue_create(a->device, &queue[0], &fence));
}

/* ---- where it is, how much it is wanted, where it may be ---- */

static void test_where(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	enum d3dkmt_allocationresidencystatus where = 0;
	struct d3dkmt_queryallocationresidency args = {
		.device = a->device,
		.allocations = dxg_ptr(&allocation),
		.allocation_count = 1,
		.residency_status = dxg_ptr(&where),
	};

	assert_ok(api_allocate(a->device, MIB, DXG_ALLOC_CPU_VISIBLE, &allocation, NULL));
	assert_ok(D3DKMTQueryAllocationResidency(&args));
	assert_int_equal(where, _D3DKMT_ALLOCATIONRESIDENCYSTATUS_NOTRESIDENT);
	assert_ok(api_make_resident(a->queue, allocation));
	assert_ok(D3DKMTQueryAllocationResidency(&args));
	assert_int_equal(where, _D3DKMT_ALLOCATIONRESIDENCYSTATUS_RESIDENTINSHAREDMEMORY);
	args.allocation_count = 0;
	assert_status(D3DKMTQueryAllocationResidency(&args), STATUS_INVALID_PARAMETER);
	args.allocation_count = DXG_ALLOCATIONS_PER_QUERY + 1;
	assert_status(D3DKMTQueryAllocationResidency(&args), STATUS_INVALID_PARAMETER);
	args.allocation_count = 1;
	args.resource = a->device;
	assert_status(D3DKMTQueryAllocationResidency(&args), STATUS_INVALID_PARAMETER);
	assert_ok(api_free(a->device, allocation));
}

static void test_priority(void **state)
{
	static struct d3dkmthandle list[DXG_ALLOCATIONS_PER_QUERY + 1];
	static uint32_t value[DXG_ALLOCATIONS_PER_QUERY + 1];
	struct api *a = *state;
	struct d3dkmt_setallocationpriority set = {
		.device = a->device,
		.allocation_list = dxg_ptr(list),
		.allocation_count = 2,
		.priorities = dxg_ptr(value),
	};
	struct d3dkmt_getallocationpriority get = {
		.device = a->device,
		.allocation_list = dxg_ptr(list),
		.allocation_count = 1,
		.priorities = dxg_ptr(value),
	};
	uint32_t i;

	for (i = 0; i <= DXG_ALLOCATIONS_PER_QUERY; i++)
		list[i] = a->commands.allocation;
	assert_ok(D3DKMTGetAllocationPriority(&get));
	assert_int_equal(value[0], 0x78000000);
	value[0] = 1;
	value[1] = 0xa0000000; /* the last one counts */
	assert_ok(D3DKMTSetAllocationPriority(&set));
	get.allocation_count = DXG_ALLOCATIONS_PER_QUERY;
	assert_ok(D3DKMTGetAllocationPriority(&get));
	assert_int_equal(value[0], 0xa0000000);
	assert_int_equal(value[DXG_ALLOCATIONS_PER_QUERY - 1], 0xa0000000);
	get.allocation_count++;
	assert_status(D3DKMTGetAllocationPriority(&get), STATUS_INVALID_PARAMETER);
	set.allocation_count = DXG_ALLOCATIONS_PER_PRIORITY;
	assert_ok(D3DKMTSetAllocationPriority(&set));
	set.allocation_count++;
	assert_status(D3DKMTSetAllocationPriority(&set), STATUS_INVALID_PARAMETER);
	set.allocation_count = get.allocation_count = 1;
	list[0] = a->context;
	assert_status(D3DKMTSetAllocationPriority(&set), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTGetAllocationPriority(&get), STATUS_INVALID_PARAMETER);
}

static void test_property(void **state)
{
	struct api *a = *state;
	struct d3dddi_updateallocproperty args = {
		.paging_queue = a->queue,
		.allocation = a->commands.allocation,
		.supported_segment_set = 1,
		.property_mask_value = 2,
	};

	assert_ok(D3DKMTUpdateAllocationProperty(&args));
	assert_ok(api_wait(a->device, a->queue_fence.handle, args.paging_fence_value));
	args.property_mask_value = 8;
	assert_status(D3DKMTUpdateAllocationProperty(&args), STATUS_INVALID_PARAMETER);
	args.property_mask_value = 1;
	args.flags.value = 1;
	assert_status(D3DKMTUpdateAllocationProperty(&args), STATUS_NOT_SUPPORTED);
	args.flags.value = 2;
	assert_status(D3DKMTUpdateAllocationProperty(&args), STATUS_INVALID_PARAMETER);
}

static NTSTATUS reserve(const struct api *a, uint64_t bytes)
{
	struct d3dkmt_changevideomemoryreservation args = {
		.adapter = a->adapter,
		.memory_segment_group = _D3DKMT_MEMORY_SEGMENT_GROUP_NON_LOCAL,
		.reservation = bytes,
	};

	return D3DKMTChangeVideoMemoryReservation(&args);
}

static void test_reservation(void **state)
{
	struct api *a = *state;
	struct d3dkmt_changevideomemoryreservation bad = { .adapter = a->adapter, .process = 1 };
	struct d3dkmt_queryvideomemoryinfo info;
	uint64_t available;

	assert_ok(memory_info(a->adapter, 1, &info));
	available = info.available_for_reservation;
	assert_ok(reserve(a, available));
	assert_ok(memory_info(a->adapter, 1, &info));
	assert_int_equal(info.current_reservation, available);
	assert_int_equal(info.available_for_reservation, available);
	assert_status(reserve(a, available + 1), STATUS_INVALID_PARAMETER);
	assert_ok(reserve(a, 0));
	assert_ok(memory_info(a->adapter, 1, &info));
	assert_int_equal(info.current_reservation, 0);
	assert_status(D3DKMTChangeVideoMemoryReservation(&bad), STATUS_INVALID_PARAMETER);
	bad.process = 0;
	bad.adapter = a->device;
	assert_status(D3DKMTChangeVideoMemoryReservation(&bad), STATUS_INVALID_PARAMETER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_query),
		api_test(test_query_bad),
		api_test(test_usage_moves),
		api_test(test_nests),
		api_test(test_device_end_returns_all),
		api_test(test_paging_fence),
		api_test(test_list_limits),
		api_test(test_bad_handle_in_list),
		api_test(test_flags),
		api_test(test_queue_priorities),
		api_test(test_queue_fence),
		api_test(test_queue_limit),
		api_test(test_where),
		api_test(test_priority),
		api_test(test_property),
		api_test(test_reservation),
	};

	return api_main("api_residency", tests);
}

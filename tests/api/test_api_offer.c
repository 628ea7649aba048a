/* SPDX-License-Identifier: MIT */
/*
 * test_api_offer: OfferAllocations and ReclaimAllocations2: what is offered goes when the vGPU is
 * full and not before, comes back empty, and cannot be used in between. Specification: ioctls 0x27,
 * 0x2c.
 */
#include "fixture.h"

#define MIB (UINT64_C(1) << 20)
#define OK _D3DDDI_RECLAIM_RESULT_OK
#define DISCARDED _D3DDDI_RECLAIM_RESULT_DISCARDED
#define NOT_COMMITTED _D3DDDI_RECLAIM_RESULT_NOT_COMMITTED

static NTSTATUS offer_list(const struct api *a, const struct d3dkmthandle *list, uint32_t n,
			   uint32_t flags)
{
	struct d3dkmt_offerallocations args = {
		.device = a->device,
		.allocations = dxg_ptr(list),
		.allocation_count = n,
		.priority = _D3DKMT_OFFER_PRIORITY_NORMAL,
		.flags = { .value = flags },
	};

	return D3DKMTOfferAllocations(&args);
}

static NTSTATUS reclaim_list(const struct api *a, const struct d3dkmthandle *list, uint32_t n,
			     uint32_t *ret)
{
	struct d3dkmt_reclaimallocations2 args = {
		.paging_queue = a->queue,
		.allocations = dxg_ptr(list),
		.allocation_count = n,
		.results = ret ? dxg_ptr(ret) : 0,
	};
	NTSTATUS status = D3DKMTReclaimAllocations2(&args);

	if (!status)
		status = api_wait(a->device, a->queue_fence.handle, args.paging_fence_value);
	return status;
}

static NTSTATUS offer(const struct api *a, struct d3dkmthandle one)
{
	return offer_list(a, &one, 1, 0);
}

static void expect_reclaim(const struct api *a, struct d3dkmthandle one, uint32_t expected)
{
	uint32_t result = 99;

	assert_ok(reclaim_list(a, &one, 1, &result));
	assert_int_equal(result, expected);
}

/* More than half of what the vGPU has of CPU-visible memory, whole pages. */
static uint64_t most(const struct api *a)
{
	return a->info.system_memory / 8 * 5 & ~(uint64_t)4095;
}

/* The CPU's address of memory that was offered is gone: it must be locked again. */
static void lock_again(const struct api *a, struct api_memory *memory)
{
	void *cpu;

	assert_ok(api_lock(a->device, memory->allocation, &cpu));
	memory->cpu = cpu;
}

static void expect_usable(struct api *a, struct api_memory *memory)
{
	struct packets p = { 0 };

	packets_fill(&p, memory->va, 4096, &(uint32_t){ 0x600df00d }, 4);
	assert_ok(api_run(a, &p));
	assert_int_equal(*(uint32_t *)(void *)memory->cpu, 0x600df00d);
}

static void test_kept(void **state)
{
	struct api *a = *state;
	struct api_memory memory;

	assert_ok(api_memory_create(a, MIB, DXG_ALLOC_CPU_VISIBLE, &memory));
	memset(memory.cpu, 0x5a, MIB);
	assert_ok(api_unlock(a->device, memory.allocation));
	assert_ok(offer(a, memory.allocation));
	expect_reclaim(a, memory.allocation, OK);
	lock_again(a, &memory);
	assert_int_equal(memory.cpu[0], 0x5a);
	assert_int_equal(memory.cpu[MIB - 1], 0x5a);
	expect_usable(a, &memory);
	assert_ok(api_memory_destroy(a, &memory));
}

static void test_discarded(void **state)
{
	struct api *a = *state;
	struct api_memory memory;
	struct d3dkmthandle other;

	assert_ok(api_memory_create(a, most(a), DXG_ALLOC_CPU_VISIBLE, &memory));
	memset(memory.cpu, 0xaa, MIB);
	assert_ok(api_unlock(a->device, memory.allocation));
	assert_status(api_allocate(a->device, most(a), DXG_ALLOC_CPU_VISIBLE, &other, NULL),
		      STATUS_NO_MEMORY);
	assert_ok(offer(a, memory.allocation));
	assert_ok(api_allocate(a->device, most(a), DXG_ALLOC_CPU_VISIBLE, &other, NULL));
	assert_status(reclaim_list(a, &memory.allocation, 1, NULL), STATUS_NO_MEMORY);
	assert_ok(api_free(a->device, other));
	expect_reclaim(a, memory.allocation, DISCARDED);
	lock_again(a, &memory);
	assert_int_equal(memory.cpu[0], 0);
	assert_int_equal(memory.cpu[MIB - 1], 0);
	expect_usable(a, &memory);
	assert_ok(api_memory_destroy(a, &memory));
}

static void test_not_committed(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle list[2], other;
	uint32_t result[2] = { 99, 99 };

	assert_ok(api_allocate(a->device, MIB, DXG_ALLOC_CPU_VISIBLE, &list[0], NULL));
	assert_ok(api_allocate(a->device, most(a), DXG_ALLOC_CPU_VISIBLE, &list[1], NULL));
	assert_ok(offer_list(a, &list[1], 1, 2)); /* allow_decommit */
	assert_ok(api_allocate(a->device, most(a), DXG_ALLOC_CPU_VISIBLE, &other, NULL));
	assert_ok(reclaim_list(a, list, 2, result));
	assert_int_equal(result[0], OK);
	assert_int_equal(result[1], NOT_COMMITTED);
	assert_ok(api_free(a->device, other));
	expect_reclaim(a, list[1], DISCARDED);
	assert_ok(api_free(a->device, list[0]));
	assert_ok(api_free(a->device, list[1]));
}

static void test_resource(void **state)
{
	struct api *a = *state;
	struct dxg_alloc_private private[2];
	struct d3dddi_allocationinfo2 info[2] = { 0 };
	struct d3dkmt_createallocation args = {
		.device = a->device,
		.alloc_count = 2,
		.allocation_info = dxg_ptr(info),
		.flags = { .create_resource = 1 },
	};
	struct d3dkmt_offerallocations give = { .device = a->device,
						.allocation_count = 1,
						.priority = _D3DKMT_OFFER_PRIORITY_LOW };
	struct d3dkmt_reclaimallocations2 take = { .paging_queue = a->queue,
						   .allocation_count = 1 };
	struct d3dkmt_destroyallocation2 gone = { .device = a->device };
	struct d3dkmthandle other;
	uint32_t i, result = 99;
	void *cpu;

	for (i = 0; i < 2; i++) {
		private[i] = (struct dxg_alloc_private){ .flags = DXG_ALLOC_CPU_VISIBLE,
							 .size = most(a) / 2 };
		info[i].priv_drv_data = dxg_ptr(&private[i]);
		info[i].priv_drv_data_size = sizeof(private[i]);
	}
	assert_ok(D3DKMTCreateAllocation2(&args));
	give.resources = dxg_ptr(&args.resource);
	take.resources = dxg_ptr(&args.resource);
	take.results = dxg_ptr(&result);
	assert_ok(api_lock(a->device, info[1].allocation, &cpu));
	*(uint32_t *)cpu = 7;
	assert_status(D3DKMTOfferAllocations(&give), STATUS_INVALID_PARAMETER);
	assert_ok(api_unlock(a->device, info[1].allocation));
	assert_ok(D3DKMTOfferAllocations(&give));
	assert_status(api_lock(a->device, info[1].allocation, &cpu), STATUS_INVALID_PARAMETER);
	assert_ok(api_allocate(a->device, most(a), DXG_ALLOC_CPU_VISIBLE, &other, NULL));
	assert_ok(api_free(a->device, other));
	assert_ok(D3DKMTReclaimAllocations2(&take));
	assert_int_equal(result, DISCARDED);
	assert_ok(api_lock(a->device, info[1].allocation, &cpu));
	assert_int_equal(*(uint32_t *)cpu, 0);
	gone.resource = args.resource;
	assert_ok(D3DKMTDestroyAllocation2(&gone));
}

/* Offered: no lock, no mapping, no residency; locked: no offer. */
static void test_not_usable(void **state)
{
	struct api *a = *state;
	struct api_memory memory;
	uint64_t va;
	void *cpu;

	assert_ok(api_memory_create(a, MIB, DXG_ALLOC_CPU_VISIBLE, &memory));
	assert_status(offer(a, memory.allocation), STATUS_INVALID_PARAMETER);
	assert_ok(api_unlock(a->device, memory.allocation));
	assert_ok(offer(a, memory.allocation));
	assert_status(api_lock(a->device, memory.allocation, &cpu), STATUS_INVALID_PARAMETER);
	assert_status(api_map(a->queue, memory.allocation, MIB, &va), STATUS_INVALID_PARAMETER);
	assert_status(api_make_resident(a->queue, memory.allocation), STATUS_INVALID_PARAMETER);
	expect_reclaim(a, memory.allocation, OK);
	lock_again(a, &memory);
	assert_ok(api_memory_destroy(a, &memory));
}

/* Commands that use it cost the device, those queued before the offer do not. */
static void test_commands(void **state)
{
	struct api *a = *state;
	struct api_memory memory;
	struct api_fence fence;
	struct packets p = { 0 };

	assert_ok(api_memory_create(a, MIB, DXG_ALLOC_CPU_VISIBLE, &memory));
	assert_ok(api_unlock(a->device, memory.allocation));
	assert_ok(api_fence_create(a->device, 0, &fence));
	packets_fill(&p, memory.va, 4096, &(uint32_t){ 1 }, 4);
	assert_ok(api_wait_gpu(a->context, fence.handle, 1));
	assert_ok(api_submit(a, a->context, &p));
	assert_ok(offer(a, memory.allocation));
	assert_ok(api_signal_cpu(a->device, fence.handle, 1));
	assert_ok(api_finish(a));
	assert_ok(api_submit(a, a->context, &p));
	assert_ok(api_wait_lost(a));
}

static void test_bad(void **state)
{
	static struct d3dkmthandle list[DXG_ALLOCATIONS_PER_OFFER + 1];
	struct api *a = *state;
	struct d3dkmthandle none = { 0 };
	struct d3dkmt_offerallocations give = { .device = a->device,
						.allocation_count = 1,
						.priority = _D3DKMT_OFFER_PRIORITY_LOW };
	struct d3dkmt_reclaimallocations2 take = { .paging_queue = a->queue,
						   .allocation_count = 1 };
	uint32_t i;

	/* Neither list, or both. */
	assert_status(D3DKMTOfferAllocations(&give), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTReclaimAllocations2(&take), STATUS_INVALID_PARAMETER);
	give.allocations = give.resources = take.allocations = take.resources = dxg_ptr(list);
	assert_status(D3DKMTOfferAllocations(&give), STATUS_INVALID_PARAMETER);
	assert_status(D3DKMTReclaimAllocations2(&take), STATUS_INVALID_PARAMETER);
	for (i = 0; i <= DXG_ALLOCATIONS_PER_OFFER; i++)
		assert_ok(i ? (list[i] = list[0], STATUS_SUCCESS)
			    : api_allocate(a->device, 4096, DXG_ALLOC_CPU_VISIBLE, &list[0], NULL));
	assert_status(offer_list(a, list, 0, 0), STATUS_INVALID_PARAMETER);
	assert_status(offer_list(a, list, DXG_ALLOCATIONS_PER_OFFER + 1, 0),
		      STATUS_INVALID_PARAMETER);
	assert_status(reclaim_list(a, list, DXG_ALLOCATIONS_PER_OFFER + 1, NULL),
		      STATUS_INVALID_PARAMETER);
	assert_status(offer_list(a, list, 1, 4), STATUS_INVALID_PARAMETER);
	assert_status(offer(a, a->context), STATUS_INVALID_PARAMETER);
	assert_status(offer(a, none), STATUS_INVALID_PARAMETER);
	assert_ok(offer_list(a, list, DXG_ALLOCATIONS_PER_OFFER, 0));
	assert_ok(reclaim_list(a, list, DXG_ALLOCATIONS_PER_OFFER, NULL));
	give.resources = 0;
	give.priority = (enum d3dkmt_offer_priority)5;
	assert_status(D3DKMTOfferAllocations(&give), STATUS_INVALID_PARAMETER);
	take.resources = 0;
	take.paging_queue = a->device;
	assert_status(D3DKMTReclaimAllocations2(&take), STATUS_INVALID_PARAMETER);
	assert_ok(api_free(a->device, list[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_kept),	 api_test(test_discarded),  api_test(test_not_committed),
		api_test(test_resource), api_test(test_not_usable), api_test(test_commands),
		api_test(test_bad),
	};

	return api_main("api_offer", tests);
}

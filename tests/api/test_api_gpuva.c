/* SPDX-License-Identifier: MIT */
/*
 * test_api_gpuva: GPU virtual addresses. Specification: ioctls 0x08, 0x0c, 0x20.
 */
#include "fixture.h"

#define PAGE ((uint64_t)DXG_PAGE_SIZE)

static NTSTATUS reserve(struct d3dkmthandle owner, uint64_t base, uint64_t size, uint64_t *ret_va)
{
	struct d3dddi_reservegpuvirtualaddress args = {
		.adapter = owner,
		.base_address = base,
		.size = size,
	};
	NTSTATUS status = D3DKMTReserveGpuVirtualAddress(&args);

	if (!status)
		*ret_va = args.virtual_address;
	return status;
}

static NTSTATUS release(struct d3dkmthandle adapter, uint64_t base, uint64_t size)
{
	struct d3dkmt_freegpuvirtualaddress args = {
		.adapter = adapter,
		.base_address = base,
		.size = size,
	};

	return D3DKMTFreeGpuVirtualAddress(&args);
}

/** struct mapping - what map() shall do. */
struct mapping {
	uint64_t base;
	uint64_t offset_in_pages;
	uint64_t size_in_pages;
	uint64_t protection;
};

static NTSTATUS map(const struct api *a, struct d3dkmthandle allocation, const struct mapping *m,
		    uint64_t *ret_va)
{
	struct d3dddi_mapgpuvirtualaddress args = {
		.paging_queue = a->queue,
		.allocation = allocation,
		.base_address = m->base,
		.offset_in_pages = m->offset_in_pages,
		.size_in_pages = m->size_in_pages,
		.protection = { .value = m->protection },
	};
	NTSTATUS status = D3DKMTMapGpuVirtualAddress(&args);

	if (status)
		return status;
	*ret_va = args.virtual_address;
	/* Whoever waits for the queue's fence finds the mapping done. */
	return api_wait(a->device, a->queue_fence.handle, args.paging_fence_value);
}

static void test_reserve_free(void **state)
{
	struct api *a = *state;
	uint64_t va = 0, again = 0;

	assert_ok(reserve(a->adapter, 0, 16 * PAGE, &va));
	assert_int_equal(va % PAGE, 0);
	assert_in_range(va, a->info.va_start, a->info.va_end - 16 * PAGE);
	assert_ok(release(a->adapter, va, 16 * PAGE));
	assert_ok(reserve(a->adapter, va, 16 * PAGE, &again));
	assert_int_equal(again, va);
	assert_ok(release(a->adapter, va, 16 * PAGE));
	assert_status(release(a->adapter, va, 16 * PAGE), STATUS_INVALID_PARAMETER);
}

/* The owner may be named by the adapter or by a paging queue. */
static void test_reserve_by_queue(void **state)
{
	struct api *a = *state;
	uint64_t va = 0;

	assert_ok(reserve(a->queue, 0, PAGE, &va));
	assert_ok(release(a->adapter, va, PAGE));
	assert_status(reserve(a->context, 0, PAGE, &va), STATUS_INVALID_PARAMETER);
}

static void test_reserve_bad(void **state)
{
	struct api *a = *state;
	const struct {
		uint64_t base, size;
	} bad[] = {
		{ 0, 0 },
		{ 0, 1 },
		{ 0, PAGE + 1 },
		{ 0, UINT64_MAX },
		{ 0, UINT64_MAX & ~(PAGE - 1) },
		{ 0, a->info.va_end },
		{ a->info.va_start + 1, PAGE },
		{ PAGE, PAGE }, /* below the first usable address */
		{ a->info.va_end, PAGE },
		{ a->info.va_end - PAGE, 2 * PAGE },
		{ UINT64_MAX & ~(PAGE - 1), PAGE }, /* ends at 2^64 */
		{ UINT64_MAX & ~(PAGE - 1), 2 * PAGE }, /* wraps */
	};
	uint64_t va = 0;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (reserve(a->adapter, bad[i].base, bad[i].size, &va) >= 0)
			fail_msg("case %zu was accepted", i);
	assert_int_equal(va, 0);
}

static void test_reserve_overlap(void **state)
{
	struct api *a = *state;
	uint64_t va = 0, other = 0;

	assert_ok(reserve(a->adapter, 0, 8 * PAGE, &va));
	assert_status(reserve(a->adapter, va, PAGE, &other), STATUS_INVALID_PARAMETER);
	assert_status(reserve(a->adapter, va + 7 * PAGE, 2 * PAGE, &other),
		      STATUS_INVALID_PARAMETER);
	assert_int_equal(other, 0);
	/* Freeing the middle leaves both ends. */
	assert_ok(release(a->adapter, va + 2 * PAGE, PAGE));
	assert_ok(reserve(a->adapter, va + 2 * PAGE, PAGE, &other));
	assert_status(reserve(a->adapter, va + 3 * PAGE, PAGE, &other), STATUS_INVALID_PARAMETER);
	assert_ok(release(a->adapter, va, 8 * PAGE));
}

static void test_reserve_types(void **state)
{
	struct api *a = *state;
	struct d3dddi_reservegpuvirtualaddress args = { .adapter = a->adapter, .size = PAGE };
	uint32_t type;

	for (type = 0; type < 3; type++) {
		args.reservation_type = (enum d3dddigpuva_reservation_type)type;
		assert_ok(D3DKMTReserveGpuVirtualAddress(&args));
		assert_ok(release(a->adapter, args.virtual_address, PAGE));
	}
	args.reservation_type = (enum d3dddigpuva_reservation_type)3;
	assert_status(D3DKMTReserveGpuVirtualAddress(&args), STATUS_INVALID_PARAMETER);
}

static void test_bounds(void **state)
{
	struct api *a = *state;
	struct d3dddi_reservegpuvirtualaddress args = {
		.adapter = a->adapter,
		.minimum_address = 0x4000000000,
		.maximum_address = 0x4000000000 + 4 * PAGE,
		.size = 4 * PAGE,
	};

	assert_ok(D3DKMTReserveGpuVirtualAddress(&args));
	assert_int_equal(args.virtual_address, 0x4000000000);
	assert_true(D3DKMTReserveGpuVirtualAddress(&args) < 0);
	assert_ok(release(a->adapter, args.virtual_address, 4 * PAGE));
}

static void test_map_anywhere(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	uint64_t second = 0, first;

	assert_ok(api_memory_create(a, 4 * PAGE, DXG_ALLOC_CPU_VISIBLE, &m));
	first = m.va;
	assert_int_equal(m.va % PAGE, 0);
	assert_in_range(m.va, a->info.va_start, a->info.va_end - m.size);
	assert_ok(api_map(a->queue, m.allocation, m.size, &second));
	assert_int_not_equal(second, m.va);
	assert_ok(release(a->adapter, second, m.size));
	assert_ok(api_memory_destroy(a, &m));
	/* The mapping went with its allocation, so the addresses are free. */
	assert_status(release(a->adapter, first, 4 * PAGE), STATUS_INVALID_PARAMETER);
}

/* What the GPU writes through a mapping of a part is where that part is. */
static void test_map_part(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	struct mapping part = { .offset_in_pages = 2, .size_in_pages = 1, .protection = 1 };
	struct packets p = { 0 };
	uint64_t va = 0;

	assert_ok(api_memory_create(a, 4 * PAGE, DXG_ALLOC_CPU_VISIBLE, &m));
	assert_ok(map(a, m.allocation, &part, &va));
	packets_fill(&p, va, PAGE, "\x11", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(m.cpu[2 * PAGE - 1], 0);
	assert_int_equal(m.cpu[2 * PAGE], 0x11);
	assert_int_equal(m.cpu[3 * PAGE - 1], 0x11);
	assert_int_equal(m.cpu[3 * PAGE], 0);
}

static void test_map_into_reservation(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	struct mapping at = { .size_in_pages = 4, .protection = 1 };
	uint64_t va = 0, got = 0;

	assert_ok(api_memory_create(a, 4 * PAGE, DXG_ALLOC_CPU_VISIBLE, &m));
	assert_ok(reserve(a->adapter, 0, 16 * PAGE, &va));
	at.base = va + 4 * PAGE;
	assert_ok(map(a, m.allocation, &at, &got));
	assert_int_equal(got, at.base);
	/* Across its end: neither wholly inside nor wholly outside. */
	at.base = va + 14 * PAGE;
	assert_status(map(a, m.allocation, &at, &got), STATUS_INVALID_PARAMETER);
	assert_ok(release(a->adapter, va, 16 * PAGE));
}

/* Mapping another allocation at the same addresses of a reservation replaces the first. */
static void test_map_replaces(void **state)
{
	struct api *a = *state;
	struct api_memory one, two;
	struct mapping at = { .size_in_pages = 1, .protection = 1 };
	struct packets p = { 0 };
	uint64_t va = 0, got = 0;

	assert_ok(api_memory_create(a, PAGE, DXG_ALLOC_CPU_VISIBLE, &one));
	assert_ok(api_memory_create(a, PAGE, DXG_ALLOC_CPU_VISIBLE, &two));
	assert_ok(reserve(a->adapter, 0, PAGE, &va));
	at.base = va;
	assert_ok(map(a, one.allocation, &at, &got));
	assert_ok(map(a, two.allocation, &at, &got));
	packets_fill(&p, va, PAGE, "\x22", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(one.cpu[0], 0);
	assert_int_equal(two.cpu[0], 0x22);
}

static void test_map_bad(void **state)
{
	struct api *a = *state;
	const struct mapping bad[] = {
		{ .size_in_pages = 0, .protection = 1 },
		{ .size_in_pages = 5, .protection = 1 },
		{ .offset_in_pages = 4, .size_in_pages = 1, .protection = 1 },
		{ .offset_in_pages = 1, .size_in_pages = 4, .protection = 1 },
		{ .offset_in_pages = UINT64_MAX, .size_in_pages = 1, .protection = 1 },
		{ .offset_in_pages = UINT64_MAX >> 12, .size_in_pages = 2, .protection = 1 },
		{ .size_in_pages = UINT64_MAX, .protection = 1 },
		{ .size_in_pages = (UINT64_MAX >> 12) + 2, .protection = 1 },
		{ .base = a->info.va_start + 8, .size_in_pages = 1, .protection = 1 },
		{ .base = a->info.va_end, .size_in_pages = 1, .protection = 1 },
		{ .base = UINT64_MAX & ~(PAGE - 1), .size_in_pages = 2, .protection = 1 },
		{ .size_in_pages = 1, .protection = 1u << 5 },
		{ .size_in_pages = 1, .protection = 1u << 2 }, /* "zero" shows no allocation */
	};
	struct api_memory m;
	uint64_t va = 0;
	size_t i;

	assert_ok(api_memory_create(a, 4 * PAGE, DXG_ALLOC_CPU_VISIBLE, &m));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (map(a, m.allocation, &bad[i], &va) >= 0)
			fail_msg("case %zu was accepted", i);
	assert_int_equal(va, 0);
}

static void test_map_bad_handles(void **state)
{
	struct api *a = *state, b = *a;
	struct mapping m = { .size_in_pages = 1, .protection = 1 };
	uint64_t va = 0;

	assert_status(map(a, a->device, &m, &va), STATUS_INVALID_PARAMETER);
	assert_status(map(a, a->context, &m, &va), STATUS_INVALID_PARAMETER);
	b.queue = a->device;
	assert_status(map(&b, a->commands.allocation, &m, &va), STATUS_INVALID_PARAMETER);
	b.queue = a->queue_fence.handle;
	assert_status(map(&b, a->commands.allocation, &m, &va), STATUS_INVALID_PARAMETER);
}

static void test_free_bad(void **state)
{
	struct api *a = *state;
	uint64_t va = 0;

	assert_ok(reserve(a->adapter, 0, 4 * PAGE, &va));
	assert_status(release(a->adapter, va, 0), STATUS_INVALID_PARAMETER);
	assert_status(release(a->adapter, va + 1, PAGE), STATUS_INVALID_PARAMETER);
	assert_status(release(a->adapter, va, PAGE + 1), STATUS_INVALID_PARAMETER);
	assert_status(release(a->adapter, va, 0 - va), STATUS_INVALID_PARAMETER);
	assert_status(release(a->adapter, UINT64_MAX & ~(PAGE - 1), 2 * PAGE),
		      STATUS_INVALID_PARAMETER);
	assert_status(release(a->device, va, 4 * PAGE), STATUS_INVALID_PARAMETER);
	assert_ok(release(a->adapter, va, 4 * PAGE));
}

/* The GPU cannot use addresses that were given back. */
static void test_freed_is_unmapped(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	struct packets p = { 0 };
	bool lost = false;
	char text[DXG_FAULT_TEXT_MAX];

	assert_ok(api_memory_create(a, PAGE, DXG_ALLOC_CPU_VISIBLE, &m));
	packets_fill(&p, m.va, PAGE, "\x33", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(m.cpu[0], 0x33);
	assert_ok(release(a->adapter, m.va, m.size));
	m.cpu[0] = 0;
	assert_ok(api_submit(a, a->context, &p));
	assert_ok(api_wait_lost(a));
	assert_ok(api_fault(a, &lost, text));
	assert_true(lost);
	assert_non_null(strstr(text, "dst"));
	assert_int_equal(m.cpu[0], 0);
}

/* ---- UpdateGpuVirtualAddress ---- */

static struct d3dddi_updategpuvirtualaddress_operation
map_operation(uint64_t va, uint64_t size, struct d3dkmthandle allocation, uint64_t offset)
{
	struct d3dddi_updategpuvirtualaddress_operation op = {
		.operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP,
	};

	op.map.base_address = va;
	op.map.size = size;
	op.map.allocation = allocation;
	op.map.allocation_offset = offset;
	return op;
}

/* Mapped, copied, and in the order of the context's work. */
static void test_update(void **state)
{
	struct api *a = *state;
	struct d3dddi_updategpuvirtualaddress_operation op[2];
	struct d3dkmt_updategpuvirtualaddress args = {
		.device = a->device,
		.num_operations = 2,
		.operations = dxg_ptr(op),
	};
	struct packets p = { 0 };
	struct api_memory m;
	struct api_fence fence;
	uint64_t va = 0;

	assert_ok(api_memory_create(a, 4 * PAGE, DXG_ALLOC_CPU_VISIBLE, &m));
	assert_ok(reserve(a->adapter, 0, 8 * PAGE, &va));
	assert_ok(api_fence_create(a->device, 0, &fence));
	op[0] = map_operation(va, 2 * PAGE, m.allocation, PAGE);
	op[1] = (struct d3dddi_updategpuvirtualaddress_operation){
		.operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_COPY,
		.copy = { va, PAGE, va + 4 * PAGE },
	};
	assert_ok(D3DKMTUpdateGpuVirtualAddress(&args));
	packets_fill(&p, va + 4 * PAGE, 4, &(uint32_t){ 0x11111111 }, 4);
	assert_ok(api_run(a, &p));
	assert_int_equal(*(uint32_t *)(void *)(m.cpu + PAGE), 0x11111111);

	/* When the fence is at 5; then it goes to 6, for which the commands wait. */
	args.context = a->context;
	args.fence_object = fence.handle;
	args.fence_value = 5;
	args.num_operations = 1;
	op[0] = map_operation(va, PAGE, m.allocation, 3 * PAGE);
	assert_ok(D3DKMTUpdateGpuVirtualAddress(&args));
	assert_int_equal(args.fence_value, 5);
	memset(&p, 0, sizeof(p));
	packets_fill(&p, va, 4, &(uint32_t){ 0x22222222 }, 4);
	assert_ok(api_wait_gpu(a->context, fence.handle, 6));
	assert_ok(api_submit(a, a->context, &p));
	assert_ok(api_signal_cpu(a->device, fence.handle, 5));
	assert_ok(api_finish(a));
	assert_int_equal(*fence.value, 6);
	assert_int_equal(*(uint32_t *)(void *)(m.cpu + 3 * PAGE), 0x22222222);
	assert_ok(api_memory_destroy(a, &m));
}

static void test_update_bad(void **state)
{
	static struct d3dddi_updategpuvirtualaddress_operation op[DXG_UPDATE_VA_OPERATIONS + 1];
	struct api *a = *state;
	struct d3dkmt_updategpuvirtualaddress good = {
		.device = a->device,
		.num_operations = 1,
		.operations = dxg_ptr(op),
	}, args;
	uint64_t va = 0;
	uint32_t i;

	assert_ok(reserve(a->adapter, 0, PAGE, &va));
	for (i = 0; i <= DXG_UPDATE_VA_OPERATIONS; i++)
		op[i] = map_operation(va, PAGE, a->commands.allocation, 0);
	for (i = 0; i < 9; i++) {
		args = good;
		args.reserved0 = i == 0;
		args.reserved1 = i == 1;
		args.reserved2 = i == 2;
		args.device = i == 3 ? a->context : a->device;
		args.flags.value = i == 4 ? 2 : 0;
		args.num_operations = i == 5 ? 0 : i == 6 ? DXG_UPDATE_VA_OPERATIONS + 1 : 1;
		args.context = i == 7 ? a->queue : (struct d3dkmthandle){ 0 };
		args.fence_object = i == 8 ? a->queue_fence.handle : (struct d3dkmthandle){ 0 };
		assert_status(D3DKMTUpdateGpuVirtualAddress(&args), STATUS_INVALID_PARAMETER);
	}
	good.num_operations = DXG_UPDATE_VA_OPERATIONS;
	assert_ok(D3DKMTUpdateGpuVirtualAddress(&good));
	op[7].map.allocation = a->context;
	assert_status(D3DKMTUpdateGpuVirtualAddress(&good), STATUS_INVALID_PARAMETER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_reserve_free),
		api_test(test_reserve_by_queue),
		api_test(test_reserve_bad),
		api_test(test_reserve_overlap),
		api_test(test_reserve_types),
		api_test(test_bounds),
		api_test(test_map_anywhere),
		api_test(test_map_part),
		api_test(test_map_into_reservation),
		api_test(test_map_replaces),
		api_test(test_map_bad),
		api_test(test_map_bad_handles),
		api_test(test_free_bad),
		api_test(test_freed_is_unmapped),
		api_test(test_update),
		api_test(test_update_bad),
	};

	return api_main("api_gpuva", tests);
}

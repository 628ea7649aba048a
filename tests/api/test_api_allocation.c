/* SPDX-License-Identifier: MIT */
/*
 * test_api_allocation: allocations and resources. Specification: ioctls 0x06, 0x13.
 */
#include "fixture.h"

#define COUNT_MAX DXG_ALLOCATIONS_PER_CREATE

/** struct batch - the arrays of one CreateAllocation2; large, hence static where it is used. */
struct batch {
	struct dxg_alloc_private private[COUNT_MAX + 1];
	struct d3dddi_allocationinfo2 info[COUNT_MAX + 1];
	struct d3dkmthandle handle[COUNT_MAX + 1];
	struct d3dkmt_createallocation args;
};

static struct batch batch;

/* @count CPU-visible pages of @a's device. */
static struct batch *prepare(const struct api *a, uint32_t count)
{
	uint32_t i;

	memset(&batch, 0, sizeof(batch));
	for (i = 0; i <= COUNT_MAX; i++) {
		batch.private[i].flags = DXG_ALLOC_CPU_VISIBLE;
		batch.private[i].size = DXG_PAGE_SIZE;
		batch.info[i].priv_drv_data = dxg_ptr(&batch.private[i]);
		batch.info[i].priv_drv_data_size = sizeof(batch.private[i]);
	}
	batch.args.device = a->device;
	batch.args.alloc_count = count;
	batch.args.allocation_info = dxg_ptr(batch.info);
	return &batch;
}

static NTSTATUS destroy_list(const struct api *a, const struct d3dkmthandle *handle, uint32_t count)
{
	struct d3dkmt_destroyallocation2 args = {
		.device = a->device,
		.allocations = dxg_ptr(handle),
		.alloc_count = count,
	};

	return D3DKMTDestroyAllocation2(&args);
}

static NTSTATUS destroy_resource(const struct api *a, struct d3dkmthandle resource)
{
	struct d3dkmt_destroyallocation2 args = { .device = a->device, .resource = resource };

	return D3DKMTDestroyAllocation2(&args);
}

/* The handles of @count new allocations, into b->handle. */
static void collect(struct batch *b, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		b->handle[i] = b->info[i].allocation;
}

static void test_private_data(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 3);

	b->private[0].size = 1;
	b->private[1].size = DXG_PAGE_SIZE;
	b->private[2].size = DXG_PAGE_SIZE + 1;
	b->private[2].flags = 0;
	assert_ok(D3DKMTCreateAllocation2(&b->args));
	assert_int_equal(b->private[0].size, DXG_PAGE_SIZE);
	assert_int_equal(b->private[1].size, DXG_PAGE_SIZE);
	assert_int_equal(b->private[2].size, 2 * DXG_PAGE_SIZE);
	assert_int_equal(b->private[0].flags, DXG_ALLOC_CPU_VISIBLE);
	assert_int_equal(b->private[2].flags, 0);
	assert_int_not_equal(b->info[0].allocation.v, b->info[1].allocation.v);
	collect(b, 3);
	assert_ok(destroy_list(a, b->handle, 3));
}

static void test_bad_private_data(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 2);
	const struct dxg_alloc_private good = b->private[1];
	const struct dxg_alloc_private bad[] = {
		{ .flags = DXG_ALLOC_CPU_VISIBLE, .size = 0 },
		{ .flags = 2, .size = DXG_PAGE_SIZE },
		{ .reserved = 1, .size = DXG_PAGE_SIZE },
		{ .flags = DXG_ALLOC_CPU_VISIBLE, .size = UINT64_MAX },
		{ .size = UINT64_MAX - DXG_PAGE_SIZE },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		b->private[1] = bad[i];
		assert_status(D3DKMTCreateAllocation2(&b->args), STATUS_INVALID_PARAMETER);
	}
	b->private[1] = good;
	b->info[1].priv_drv_data_size = sizeof(good) - 1;
	assert_true(D3DKMTCreateAllocation2(&b->args) < 0);
	b->info[1].priv_drv_data_size = sizeof(good) + 8;
	assert_true(D3DKMTCreateAllocation2(&b->args) < 0);
	b->info[1].priv_drv_data_size = 0;
	assert_true(D3DKMTCreateAllocation2(&b->args) < 0);
}

static void test_count_0(void **state)
{
	struct batch *b = prepare(*state, 0);

	assert_status(D3DKMTCreateAllocation2(&b->args), STATUS_INVALID_PARAMETER);
}

static void test_count_limit(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, COUNT_MAX);
	uint32_t i;

	assert_ok(D3DKMTCreateAllocation2(&b->args));
	for (i = 0; i < COUNT_MAX; i++)
		assert_int_not_equal(b->info[i].allocation.v, 0);
	collect(b, COUNT_MAX);
	assert_ok(destroy_list(a, b->handle, COUNT_MAX));
}

static void test_count_above_limit(void **state)
{
	struct batch *b = prepare(*state, COUNT_MAX + 1);

	assert_status(D3DKMTCreateAllocation2(&b->args), STATUS_INVALID_PARAMETER);
	assert_int_equal(b->info[0].allocation.v, 0);
}

static void test_destroy_counts(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 1);

	assert_ok(D3DKMTCreateAllocation2(&b->args));
	collect(b, 1);
	assert_status(destroy_list(a, b->handle, 0), STATUS_INVALID_PARAMETER);
	assert_status(destroy_list(a, b->handle, COUNT_MAX + 1), STATUS_INVALID_PARAMETER);
	assert_true(destroy_list(a, NULL, 1) < 0);
	assert_ok(destroy_list(a, b->handle, 1));
	assert_status(destroy_list(a, b->handle, 1), STATUS_INVALID_PARAMETER);
}

/* A list that names one twice, or one that is not there, destroys nothing. */
static void test_destroy_duplicates(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 3);
	struct d3dkmthandle list[4];
	void *cpu;

	assert_ok(D3DKMTCreateAllocation2(&b->args));
	collect(b, 3);
	memcpy(list, b->handle, 3 * sizeof(list[0]));
	list[3] = list[1];
	assert_status(destroy_list(a, list, 4), STATUS_INVALID_PARAMETER);
	list[3].v = list[0].v ^ 0x3ff00;
	assert_status(destroy_list(a, list, 4), STATUS_INVALID_PARAMETER);
	assert_ok(api_lock(a->device, list[1], &cpu));
	assert_ok(destroy_list(a, list, 3));
}

static void test_foreign_device(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 1);
	struct d3dkmthandle other;
	struct api foreign;
	void *cpu;

	assert_ok(api_device_create(a->adapter, &other));
	assert_ok(D3DKMTCreateAllocation2(&b->args));
	collect(b, 1);
	foreign = *a;
	foreign.device = other;
	assert_status(destroy_list(&foreign, b->handle, 1), STATUS_INVALID_PARAMETER);
	assert_status(api_lock(other, b->handle[0], &cpu), STATUS_INVALID_PARAMETER);
	assert_ok(api_lock(a->device, b->handle[0], &cpu));
	assert_ok(destroy_list(a, b->handle, 1));
	assert_ok(api_device_destroy(other));
}

static void test_resource(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 2);
	struct d3dkmthandle resource, first, later;
	void *cpu;

	b->args.flags.create_resource = 1;
	assert_ok(D3DKMTCreateAllocation2(&b->args));
	resource = b->args.resource;
	first = b->info[0].allocation;
	assert_int_not_equal(resource.v, 0);
	/* One more joins it. */
	b->args.flags.create_resource = 0;
	b->args.alloc_count = 1;
	assert_ok(D3DKMTCreateAllocation2(&b->args));
	later = b->info[0].allocation;
	assert_ok(api_lock(a->device, later, &cpu));
	assert_ok(destroy_resource(a, resource));
	assert_status(api_lock(a->device, first, &cpu), STATUS_INVALID_PARAMETER);
	assert_status(api_lock(a->device, later, &cpu), STATUS_INVALID_PARAMETER);
	assert_status(destroy_resource(a, resource), STATUS_INVALID_PARAMETER);
}

static void test_resource_and_list(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 1);
	struct d3dkmt_destroyallocation2 args = { .device = a->device };

	assert_status(D3DKMTDestroyAllocation2(&args), STATUS_INVALID_PARAMETER);
	b->args.flags.create_resource = 1;
	assert_ok(D3DKMTCreateAllocation2(&b->args));
	collect(b, 1);
	args.resource = b->args.resource;
	args.allocations = dxg_ptr(b->handle);
	args.alloc_count = 1;
	assert_status(D3DKMTDestroyAllocation2(&args), STATUS_INVALID_PARAMETER);
	assert_ok(destroy_resource(a, b->args.resource));
}

/* All of a resource and some of none are two owners: not in one list. */
static void test_destroy_mixed_owners(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 1);
	struct d3dkmthandle list[2];

	assert_ok(D3DKMTCreateAllocation2(&b->args));
	list[0] = b->info[0].allocation;
	b->args.flags.create_resource = 1;
	assert_ok(D3DKMTCreateAllocation2(&b->args));
	list[1] = b->info[0].allocation;
	assert_status(destroy_list(a, list, 2), STATUS_INVALID_PARAMETER);
	assert_ok(destroy_list(a, &list[1], 1));
	assert_ok(destroy_list(a, &list[0], 1));
	assert_ok(destroy_resource(a, b->args.resource));
}

/* Flags of things that are not carried yet, and of things that never are. */
static void test_flags(void **state)
{
	static const struct {
		uint32_t flags;
		NTSTATUS status;
	} cases[] = {
		{ 1u << 1, STATUS_INVALID_PARAMETER }, /* create_shared alone */
		{ 1u << 3, STATUS_INVALID_PARAMETER }, /* create_protected */
		{ 1u << 17, STATUS_INVALID_PARAMETER }, /* existing_section */
		{ 1u << 0 | 1u << 1, STATUS_INVALID_PARAMETER }, /* shared, by number */
		{ 1u << 5, STATUS_INVALID_PARAMETER }, /* existing_sysmem, and there is none */
		{ 1u << 11, STATUS_NOT_SUPPORTED }, /* cross_adapter */
		{ 1u << 31, STATUS_INVALID_PARAMETER },
	};
	struct batch *b = prepare(*state, 1);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b->args.flags.value = cases[i].flags;
		assert_status(D3DKMTCreateAllocation2(&b->args), cases[i].status);
		assert_int_equal(b->info[0].allocation.v, 0);
	}
}

static void test_sysmem(void **state)
{
	static uint8_t memory[DXG_PAGE_SIZE] __attribute__((aligned(4096)));
	struct batch *b = prepare(*state, 1);

	b->info[0].sysmem = dxg_ptr(memory);
	assert_status(D3DKMTCreateAllocation2(&b->args), STATUS_NOT_SUPPORTED);
}

static bool all_zero(const uint8_t *memory, uint64_t size)
{
	return !memory[0] && !memcmp(memory, memory + 1, size - 1);
}

/* Memory is zero whenever it changes owner. What is dirtied here is more than half of what there
 * is. */
static void test_zeroed(void **state)
{
	enum { ROUNDS = 6 };
	struct api *a = *state;
	struct api_memory m;
	uint64_t size = a->info.system_memory / 4;
	int i;

	if (size > 64u << 20)
		size = 64u << 20;
	for (i = 0; i < ROUNDS; i++) {
		assert_ok(api_memory_create(a, size, DXG_ALLOC_CPU_VISIBLE, &m));
		assert_true(all_zero(m.cpu, m.size));
		memset(m.cpu, 0xa5, m.size);
		assert_ok(api_memory_destroy(a, &m));
	}
}

/* The same where the CPU does not see it: copy it out. */
static void test_zeroed_local(void **state)
{
	struct api *a = *state;
	const uint64_t size = 1u << 20;
	struct api_memory local, out;
	struct packets p;
	int i;

	assert_ok(api_memory_create(a, size, DXG_ALLOC_CPU_VISIBLE, &out));
	for (i = 0; i < 4; i++) {
		assert_ok(api_memory_create(a, size, 0, &local));
		memset(out.cpu, 0xff, size);
		p.size = 0;
		packets_copy(&p, out.va, local.va, size);
		packets_fill(&p, local.va, size, "\xa5", 1);
		assert_ok(api_run(a, &p));
		assert_true(all_zero(out.cpu, size));
		assert_ok(api_memory_destroy(a, &local));
	}
}

/* More than there is, in one piece and in many, is no memory and nothing worse. */
static void test_too_much(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	uint64_t before, after;

	assert_ok(api_usage(a->adapter, &before));
	assert_status(api_allocate(a->device, a->info.system_memory + DXG_PAGE_SIZE,
				   DXG_ALLOC_CPU_VISIBLE, &allocation, NULL),
		      STATUS_NO_MEMORY);
	assert_ok(api_usage(a->adapter, &after));
	assert_int_equal(after, before);
	assert_ok(api_allocate(a->device, DXG_PAGE_SIZE, DXG_ALLOC_CPU_VISIBLE, &allocation, NULL));
	assert_ok(api_free(a->device, allocation));
}

/* All or nothing: the last of the batch does not fit, so none is there and nothing is lost. */
static void test_batch_is_atomic(void **state)
{
	struct api *a = *state;
	struct batch *b = prepare(a, 8);
	int i;

	for (i = 0; i < 50; i++) {
		b->private[6].size = a->info.system_memory / 8;
		b->private[7].size = a->info.system_memory;
		assert_status(D3DKMTCreateAllocation2(&b->args), STATUS_NO_MEMORY);
	}
	for (i = 0; i < 8; i++)
		assert_int_equal(b->info[i].allocation.v, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_private_data),
		api_test(test_bad_private_data),
		api_test(test_count_0),
		api_test(test_count_limit),
		api_test(test_count_above_limit),
		api_test(test_destroy_counts),
		api_test(test_destroy_duplicates),
		api_test(test_foreign_device),
		api_test(test_resource),
		api_test(test_resource_and_list),
		api_test(test_destroy_mixed_owners),
		api_test(test_flags),
		api_test(test_sysmem),
		api_test(test_zeroed),
		api_test(test_zeroed_local),
		api_test(test_too_much),
		api_test(test_batch_is_atomic),
	};

	return api_main("api_allocation", tests);
}

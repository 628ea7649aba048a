/* SPDX-License-Identifier: MIT */
/*
 * test_api_standard: standard allocations, which have no private data of a driver. Specification:
 * ioctl 0x06. Those of the program's own memory are in test_api_sysmem.
 */
#include "fixture.h"

#define SIZE (64u << 10)

/** struct standard - the pieces of one CreateAllocation2 of a standard allocation. */
struct standard {
	struct d3dkmt_createstandardallocation description;
	struct d3dddi_allocationinfo2 info[2];
	struct d3dkmt_createallocation args;
};

static struct standard *cross_adapter(const struct api *a, uint64_t size)
{
	static struct standard s;

	memset(&s, 0, sizeof(s));
	s.description.type = _D3DKMT_STANDARDALLOCATIONTYPE_CROSSADAPTER;
	s.description.existing_heap_data.size = size;
	s.args.device = a->device;
	s.args.alloc_count = 1;
	s.args.allocation_info = dxg_ptr(s.info);
	s.args.standard_allocation = dxg_ptr(&s.description);
	s.args.flags.standard_allocation = 1;
	return &s;
}

static void test_cross_adapter(void **state)
{
	struct api *a = *state;
	struct standard *s = cross_adapter(a, SIZE);
	struct packets p = { 0 };
	uint64_t va, i;
	uint32_t *cpu;

	s->args.flags.cross_adapter = 1;
	assert_ok(D3DKMTCreateAllocation2(&s->args));
	assert_ok(api_lock(a->device, s->info[0].allocation, (void **)&cpu));
	for (i = 0; i < SIZE / 4; i++)
		assert_int_equal(cpu[i], 0);
	assert_ok(api_map(a->queue, s->info[0].allocation, SIZE, &va));
	packets_fill(&p, va, SIZE, "\x5a", 1);
	assert_ok(api_run(a, &p));
	for (i = 0; i < SIZE / 4; i++)
		assert_int_equal(cpu[i], 0x5a5a5a5a);
	assert_ok(api_free(a->device, s->info[0].allocation));
}

static void test_as_resource(void **state)
{
	struct api *a = *state;
	struct standard *s = cross_adapter(a, SIZE);
	struct d3dkmt_destroyallocation2 args = { .device = a->device };
	void *cpu;

	s->args.flags.create_resource = 1;
	assert_ok(D3DKMTCreateAllocation2(&s->args));
	assert_int_not_equal(s->args.resource.v, 0);
	args.resource = s->args.resource;
	assert_ok(D3DKMTDestroyAllocation2(&args));
	assert_status(api_lock(a->device, s->info[0].allocation, &cpu), STATUS_INVALID_PARAMETER);
}

/* One wrong thing at a time. */
static void test_bad(void **state)
{
	struct dxg_alloc_private private = { .size = SIZE };
	struct standard *s;
	int i;

	for (i = 0; i < 13; i++) {
		s = cross_adapter(*state, SIZE);
		switch (i) {
		case 0:
			s->description.type = 0;
			break;
		case 1:
			s->description.type = 3;
			break;
		case 2:
			s->description.type = 4;
			break;
		case 3:
			s->description.flags.value = 1;
			break;
		case 4:
			s->description.flags.value = 1u << 31;
			break;
		case 5:
			s->description.existing_heap_data.size = 0;
			break;
		case 6:
			s->description.existing_heap_data.size = SIZE + 1;
			break;
		case 7:
			s->description.existing_heap_data.size = UINT64_MAX & ~0xfffull;
			break;
		case 8:
			s->args.alloc_count = 2;
			break;
		case 9:
			s->args.priv_drv_data_size = sizeof(s->description);
			break;
		case 10:
			s->args.flags.existing_sysmem = 1;
			break;
		case 11:
			s->info[0].sysmem = dxg_ptr(s) & ~0xfffull;
			break;
		case 12:
			s->info[0].priv_drv_data = dxg_ptr(&private);
			s->info[0].priv_drv_data_size = sizeof(private);
			break;
		}
		assert_status(D3DKMTCreateAllocation2(&s->args), STATUS_INVALID_PARAMETER);
		assert_int_equal(s->info[0].allocation.v, 0);
	}
}

static void test_no_description(void **state)
{
	struct standard *s = cross_adapter(*state, SIZE);

	s->args.standard_allocation = 0;
	assert_true(D3DKMTCreateAllocation2(&s->args) < 0);
	assert_int_equal(s->info[0].allocation.v, 0);
}

/* Sizes count as they are, not modulo 4 GiB: this one is more than there is. */
static void test_large(void **state)
{
	struct api *a = *state;
	struct standard *s = cross_adapter(a, a->info.system_memory + (4ull << 30));

	assert_status(D3DKMTCreateAllocation2(&s->args), STATUS_NO_MEMORY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_cross_adapter),  api_test(test_as_resource), api_test(test_bad),
		api_test(test_no_description), api_test(test_large),
	};

	return api_main("api_standard", tests);
}

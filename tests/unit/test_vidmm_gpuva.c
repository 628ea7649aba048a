// SPDX-License-Identifier: MIT
/*
 * test_vidmm_gpuva: the rules of a GPU VA space one by one, hostile numbers, the limit of entries,
 * and memory failing at every step; the random check against a page model is
 * test_vidmm_gpuva_model.
 */
#include "cm.h"

#include <errno.h>

#include "oom.h"
#include "prng.h"
#include "vidmm/gpuva.h"

#define PAGE GPUVA_PAGE_SIZE
#define BASE UINT64_C(0x100000)
#define END (BASE + 256 * PAGE)

static struct gpuva *make(uint32_t max_entries)
{
	struct gpuva *space;

	assert_int_equal(gpuva_create(BASE, END, max_entries, &space), 0);
	return space;
}

static int reserve(struct gpuva *space, uint64_t base, uint64_t pages, uint64_t *ret_va)
{
	const struct gpuva_place place = { .base = base, .size = pages * PAGE };

	return gpuva_reserve(space, &place, ret_va);
}

/* Map @pages of allocation @alloc from its page @offset on, writable. */
static int map(struct gpuva *space, uint64_t base, uint64_t pages, uint64_t alloc, uint64_t offset,
	       uint64_t *ret_va)
{
	const struct gpuva_place place = { .base = base, .size = pages * PAGE };
	const struct gpuva_backing backing = {
		.alloc = alloc,
		.alloc_size = UINT64_MAX,
		.offset = offset * PAGE,
		.prot = GPUVA_WRITE,
	};

	return gpuva_map(space, &place, &backing, ret_va);
}

static int map_nothing(struct gpuva *space, uint64_t base, uint64_t pages, uint64_t prot)
{
	const struct gpuva_place place = { .base = base, .size = pages * PAGE };
	const struct gpuva_backing backing = { .prot = prot };
	uint64_t va;

	return gpuva_map(space, &place, &backing, &va);
}

static void assert_mapped(const struct gpuva *space, uint64_t va, uint64_t alloc, uint64_t offset)
{
	struct gpuva_mapping m;

	assert_int_equal(gpuva_lookup(space, va, &m), 0);
	assert_int_equal(m.alloc, alloc);
	assert_int_equal(m.offset + (va - m.va), offset * PAGE);
}

static void assert_unmapped(const struct gpuva *space, uint64_t va)
{
	struct gpuva_mapping m;

	assert_int_equal(gpuva_lookup(space, va, &m), -EFAULT);
}

static void test_create_bounds(void **state)
{
	struct gpuva *space = NULL;
	uint64_t va;

	(void)state;
	assert_int_equal(gpuva_create(BASE, BASE, 0, &space), -EINVAL);
	assert_int_equal(gpuva_create(BASE + 1, END, 0, &space), -EINVAL);
	assert_int_equal(gpuva_create(BASE, END + 1, 0, &space), -EINVAL);
	assert_int_equal(gpuva_create(0, GPUVA_FLOOR, 0, &space), -EINVAL);
	assert_int_equal(gpuva_create(0, GPUVA_CEILING + PAGE, 0, &space), -EINVAL);
	assert_null(space);
	assert_int_equal(gpuva_create(0, GPUVA_CEILING, 0, &space), 0);
	assert_int_equal(map(space, 0, 1, 1, 0, &va), 0);
	assert_int_equal(va, GPUVA_FLOOR);
	assert_int_equal(map(space, GPUVA_FLOOR - PAGE, 1, 1, 0, &va), -EINVAL);
	gpuva_destroy(space);
	gpuva_destroy(NULL);
}

static void test_place_bounds(void **state)
{
	struct gpuva *space = make(0);
	struct gpuva_place place = { .min = BASE + 10 * PAGE + 1, .size = 4 * PAGE };
	uint64_t va = 5;

	(void)state;
	assert_int_equal(gpuva_reserve(space, &place, &va), 0);
	assert_int_equal(va, BASE + 11 * PAGE);
	place.max = BASE + 15 * PAGE + PAGE - 1;
	assert_int_equal(gpuva_reserve(space, &place, &va), -ENOSPC);
	place.min = 0;
	assert_int_equal(gpuva_reserve(space, &place, &va), 0);
	assert_int_equal(va, BASE);
	place.min = BASE + 15 * PAGE;
	place.max = BASE + 19 * PAGE - 1;
	assert_int_equal(gpuva_reserve(space, &place, &va), -ENOSPC);
	place.max++;
	assert_int_equal(gpuva_reserve(space, &place, &va), 0);
	assert_int_equal(va, BASE + 15 * PAGE);
	gpuva_destroy(space);
}

static void test_map_rules(void **state)
{
	struct gpuva *space = make(0);
	uint64_t va;

	(void)state;
	assert_int_equal(reserve(space, BASE, 8, &va), 0);
	assert_int_equal(reserve(space, BASE + 8 * PAGE, 8, &va), 0);
	assert_int_equal(reserve(space, BASE + 7 * PAGE, 1, &va), -EEXIST);
	/* Inside one reservation: replaced; across two, or out of one: refused. */
	assert_int_equal(map(space, BASE, 8, 1, 0, &va), 0);
	assert_int_equal(map(space, BASE + 2 * PAGE, 2, 2, 9, &va), 0);
	assert_mapped(space, BASE + PAGE, 1, 1);
	assert_mapped(space, BASE + 3 * PAGE, 2, 10);
	assert_mapped(space, BASE + 4 * PAGE, 1, 4);
	assert_int_equal(map(space, BASE + 7 * PAGE, 2, 3, 0, &va), -EEXIST);
	assert_int_equal(map(space, BASE + 15 * PAGE, 2, 3, 0, &va), -EEXIST);
	/* Free-standing: replaced in whole or part; beyond its range refused. */
	assert_int_equal(map(space, BASE + 20 * PAGE, 6, 4, 0, &va), 0);
	assert_int_equal(map(space, BASE + 22 * PAGE, 2, 5, 0, &va), 0);
	assert_mapped(space, BASE + 21 * PAGE, 4, 1);
	assert_mapped(space, BASE + 23 * PAGE, 5, 1);
	assert_mapped(space, BASE + 25 * PAGE, 4, 5);
	assert_int_equal(map(space, BASE + 20 * PAGE, 6, 6, 0, &va), 0);
	assert_mapped(space, BASE + 25 * PAGE, 6, 5);
	assert_int_equal(map(space, BASE + 25 * PAGE, 2, 7, 0, &va), -EEXIST);
	assert_int_equal(map(space, BASE + 19 * PAGE, 2, 7, 0, &va), -EEXIST);
	assert_int_equal(reserve(space, BASE + 25 * PAGE, 2, &va), -EEXIST);
	gpuva_destroy(space);
}

static void test_free_rules(void **state)
{
	struct gpuva *space = make(0);
	uint64_t va;

	(void)state;
	assert_int_equal(gpuva_free(space, BASE, PAGE), -ENOENT);
	assert_int_equal(reserve(space, BASE, 8, &va), 0);
	assert_int_equal(map(space, BASE, 8, 1, 0, &va), 0);
	assert_int_equal(gpuva_entries(space), 2);
	assert_int_equal(gpuva_free(space, BASE + 3 * PAGE, 2 * PAGE), 0);
	assert_int_equal(gpuva_entries(space), 4);
	assert_unmapped(space, BASE + 3 * PAGE);
	assert_mapped(space, BASE + 5 * PAGE, 1, 5);
	/* The freed part belongs to nobody; a new mapping there stands free. */
	assert_int_equal(map(space, BASE + 4 * PAGE, 2, 2, 0, &va), -EEXIST);
	assert_int_equal(map(space, BASE + 3 * PAGE, 2, 2, 0, &va), 0);
	assert_int_equal(gpuva_free(space, BASE, 8 * PAGE), 0);
	assert_int_equal(gpuva_entries(space), 0);
	assert_int_equal(reserve(space, BASE, 8, &va), 0);
	gpuva_destroy(space);
}

static void test_keep_reserved(void **state)
{
	struct gpuva *space = make(0);
	uint64_t va;

	(void)state;
	assert_int_equal(reserve(space, BASE, 8, &va), 0);
	assert_int_equal(map(space, BASE, 8, 1, 0, &va), 0);
	assert_int_equal(map_nothing(space, BASE, 4, GPUVA_NO_ACCESS), 0);
	assert_int_equal(gpuva_check(space, BASE, PAGE, 0), -EFAULT);
	assert_int_equal(map_nothing(space, BASE, 2, GPUVA_ZERO), 0);
	assert_int_equal(gpuva_check(space, BASE, PAGE, 0), -EFAULT);
	assert_int_equal(gpuva_check(space, BASE, 2 * PAGE, GPUVA_CHECK_ZERO_OK), 0);
	assert_int_equal(gpuva_check(space, BASE, PAGE, GPUVA_CHECK_ZERO_OK | GPUVA_CHECK_WRITE),
			 -EFAULT);
	assert_int_equal(reserve(space, BASE, 1, &va), -EEXIST);
	gpuva_destroy(space);
}

static void test_destroyed_allocation(void **state)
{
	struct gpuva *space = make(0);
	uint64_t va;

	(void)state;
	assert_int_equal(reserve(space, BASE, 8, &va), 0);
	assert_int_equal(map(space, BASE, 4, 1, 0, &va), 0);
	assert_int_equal(map(space, BASE + 4 * PAGE, 4, 2, 0, &va), 0);
	assert_int_equal(map(space, BASE + 20 * PAGE, 4, 1, 0, &va), 0);
	assert_int_equal(gpuva_unmap_alloc(space, 0), 0);
	assert_int_equal(gpuva_unmap_alloc(space, 3), 0);
	assert_int_equal(gpuva_unmap_alloc(space, 1), 2);
	assert_int_equal(gpuva_unmap_alloc(space, 1), 0);
	assert_int_equal(gpuva_entries(space), 2);
	assert_mapped(space, BASE + 4 * PAGE, 2, 0);
	/* The reservation still holds its addresses, the free-standing mapping gave its own back.
	 */
	assert_int_equal(reserve(space, BASE, 1, &va), -EEXIST);
	assert_int_equal(reserve(space, BASE + 20 * PAGE, 4, &va), 0);
	gpuva_destroy(space);
}

static void test_backing(void **state)
{
	struct gpuva *space = make(0);
	const struct gpuva_place place = { .size = 2 * PAGE };
	const struct gpuva_backing bad[] = {
		{ .alloc = 1, .alloc_size = PAGE },
		{ .alloc = 1, .alloc_size = 4 * PAGE, .offset = 3 * PAGE },
		{ .alloc = 1, .alloc_size = 4 * PAGE, .offset = PAGE / 2 },
		{ .alloc = 1, .alloc_size = 4 * PAGE, .offset = UINT64_MAX & ~(PAGE - 1) },
		{ .alloc = 1, .alloc_size = 4 * PAGE, .prot = GPUVA_ZERO },
		{ .alloc = 1, .alloc_size = 4 * PAGE, .prot = GPUVA_NO_ACCESS | GPUVA_WRITE },
		{ .alloc = 1, .alloc_size = 4 * PAGE, .prot = UINT64_C(1) << 4 },
		{ .alloc = 1, .alloc_size = 4 * PAGE, .prot = UINT64_C(1) << 63 },
		{ .alloc = 0, .prot = 0 },
		{ .alloc = 0, .prot = GPUVA_WRITE },
		{ .alloc = 0, .prot = GPUVA_ZERO | GPUVA_NO_ACCESS },
		{ .alloc = 0, .prot = GPUVA_ZERO | GPUVA_WRITE },
		{ .alloc = 0, .prot = GPUVA_ZERO, .offset = PAGE },
	};
	const struct gpuva_backing good = { .alloc = 1,
					    .alloc_size = 4 * PAGE,
					    .offset = 2 * PAGE };
	uint64_t va = 3;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gpuva_map(space, &place, &bad[i], &va), -EINVAL);
	assert_int_equal(va, 3);
	assert_int_equal(gpuva_map(space, &place, &good, &va), 0);
	assert_int_equal(gpuva_check(space, va, 2 * PAGE, 0), 0);
	assert_int_equal(gpuva_check(space, va, 1, GPUVA_CHECK_WRITE), -EFAULT);
	assert_int_equal(gpuva_check(space, va, 1, GPUVA_CHECK_EXECUTE), -EFAULT);
	gpuva_destroy(space);
}

static void test_check(void **state)
{
	struct gpuva *space = make(0);
	uint64_t va;

	(void)state;
	assert_int_equal(map(space, BASE, 2, 1, 0, &va), 0);
	assert_int_equal(map(space, BASE + 2 * PAGE, 2, 2, 0, &va), 0);
	assert_int_equal(map(space, BASE + 5 * PAGE, 2, 3, 0, &va), 0);
	assert_int_equal(gpuva_check(space, BASE + 1, 4 * PAGE - 1, GPUVA_CHECK_WRITE), 0);
	assert_int_equal(gpuva_check(space, BASE + 1, 4 * PAGE, 0), -EFAULT);
	assert_int_equal(gpuva_check(space, BASE - 1, 2, 0), -EFAULT);
	assert_int_equal(gpuva_check(space, BASE, 6 * PAGE, 0), -EFAULT);
	assert_int_equal(gpuva_check(space, BASE, 0, 0), -EINVAL);
	assert_int_equal(gpuva_check(space, BASE, 1, GPUVA_CHECK_ALL + 1), -EINVAL);
	assert_int_equal(gpuva_check(space, BASE, UINT64_MAX, 0), -EFAULT);
	assert_int_equal(gpuva_check(space, UINT64_MAX, UINT64_MAX, 0), -EFAULT);
	assert_int_equal(gpuva_check(space, UINT64_MAX, 1, 0), -EFAULT);
	gpuva_destroy(space);
}

/** struct trace - the pieces a visit reported. */
struct trace {
	struct gpuva_mapping pieces[8];
	unsigned int count;
	unsigned int stop_after;
};

static int trace_add(const struct gpuva_mapping *mapping, void *arg)
{
	struct trace *trace = arg;

	trace->pieces[trace->count++] = *mapping;
	return trace->count == trace->stop_after ? 42 : 0;
}

static void test_visit(void **state)
{
	struct gpuva *space = make(0);
	struct trace trace = { .count = 0 };
	uint64_t va;

	(void)state;
	assert_int_equal(map(space, BASE, 2, 1, 4, &va), 0);
	assert_int_equal(map(space, BASE + 2 * PAGE, 2, 2, 0, &va), 0);
	assert_int_equal(map(space, BASE + 8 * PAGE, 2, 1, 0, &va), 0);
	assert_int_equal(gpuva_visit_range(space, BASE + 100, 2 * PAGE, trace_add, &trace), 0);
	assert_int_equal(trace.count, 2);
	assert_int_equal(trace.pieces[0].va, BASE + 100);
	assert_int_equal(trace.pieces[0].offset, 4 * PAGE + 100);
	assert_int_equal(trace.pieces[0].size, 2 * PAGE - 100);
	assert_int_equal(trace.pieces[1].size, 100);
	assert_int_equal(gpuva_visit_range(space, BASE, 0, trace_add, &trace), -EINVAL);
	assert_int_equal(gpuva_visit_range(space, BASE, UINT64_MAX, trace_add, &trace), -EINVAL);
	trace = (struct trace){ .count = 0 };
	assert_int_equal(gpuva_visit_alloc(space, 1, trace_add, &trace), 0);
	assert_int_equal(trace.count, 2);
	assert_int_equal(trace.pieces[1].va, BASE + 8 * PAGE);
	trace = (struct trace){ .stop_after = 1 };
	assert_int_equal(gpuva_visit_alloc(space, 1, trace_add, &trace), 42);
	assert_int_equal(gpuva_visit_alloc(space, 9, trace_add, &trace), 0);
	assert_int_equal(trace.count, 1);
	gpuva_destroy(space);
}

/* Numbers picked to wrap: no result but a refusal or a mapping inside the space. */
static void test_hostile_numbers(void **state)
{
	static const uint64_t odd[] = { 0,
					1,
					PAGE - 1,
					PAGE,
					PAGE + 1,
					GPUVA_FLOOR,
					BASE,
					END - PAGE,
					END,
					GPUVA_CEILING,
					UINT64_C(1) << 63,
					UINT64_MAX - PAGE + 1,
					UINT64_MAX - PAGE,
					UINT64_MAX };
	const unsigned int n = sizeof(odd) / sizeof(odd[0]);
	struct prng prng = { .state = 0x0dd };
	struct gpuva *space = make(0);

	(void)state;
	for (int round = 0; round < 200000; round++) {
		const struct gpuva_place place = { odd[prng_below(&prng, n)],
						   odd[prng_below(&prng, n)],
						   odd[prng_below(&prng, n)],
						   odd[prng_below(&prng, n)] };
		const struct gpuva_backing backing = {
			odd[prng_below(&prng, n)], odd[prng_below(&prng, n)],
			odd[prng_below(&prng, n)],
			prng_below(&prng, 3) ? GPUVA_WRITE : odd[prng_below(&prng, n)]
		};
		uint64_t va = 0;
		int ret = prng_below(&prng, 2) ? gpuva_map(space, &place, &backing, &va)
					       : gpuva_reserve(space, &place, &va);

		if (!ret)
			assert_true(va >= BASE && place.size <= END - va && va < END);
		else
			assert_int_equal(va, 0);
		if (gpuva_check(space, odd[prng_below(&prng, n)], odd[prng_below(&prng, n)], 0) ==
		    0)
			assert_true(gpuva_entries(space) > 0);
		if (!prng_below(&prng, 4))
			gpuva_free(space, odd[prng_below(&prng, n)], odd[prng_below(&prng, n)]);
	}
	gpuva_destroy(space);
}

static void test_entry_limit(void **state)
{
	struct gpuva *space = make(4);
	uint64_t va;

	(void)state;
	assert_int_equal(reserve(space, BASE, 16, &va), 0);
	assert_int_equal(map(space, BASE, 4, 1, 0, &va), 0);
	/* A free-standing mapping takes two. */
	assert_int_equal(map(space, BASE + 32 * PAGE, 1, 1, 0, &va), 0);
	assert_int_equal(gpuva_entries(space), 4);
	assert_int_equal(reserve(space, 0, 1, &va), -EDQUOT);
	assert_int_equal(map(space, BASE + 8 * PAGE, 1, 1, 0, &va), -EDQUOT);
	/* At the limit: replacing in full is fine, cutting in two is not. */
	assert_int_equal(map(space, BASE, 4, 2, 0, &va), 0);
	assert_int_equal(map(space, BASE + PAGE, 1, 3, 0, &va), -EDQUOT);
	assert_int_equal(gpuva_free(space, BASE + PAGE, PAGE), -EDQUOT);
	assert_mapped(space, BASE + PAGE, 2, 1);
	assert_int_equal(gpuva_free(space, BASE, PAGE), 0);
	assert_int_equal(gpuva_free(space, BASE + 32 * PAGE, PAGE), 0);
	assert_int_equal(reserve(space, BASE + 64 * PAGE, 1, &va), 0);
	assert_int_equal(map(space, BASE + 48 * PAGE, 1, 1, 0, &va), -EDQUOT);
	assert_int_equal(gpuva_entries(space), 3);
	gpuva_destroy(space);
}

/* Each allocation of memory that an operation makes fails once; then nothing has changed. */
static void test_out_of_memory(void **state)
{
	struct gpuva *space = NULL;
	uint64_t va = 7;

	(void)state;
	oom_fail_nth(1);
	assert_int_equal(gpuva_create(BASE, END, 0, &space), -ENOMEM);
	space = make(0);
	assert_int_equal(map(space, BASE, 8, 1, 0, &va), 0);
	va = 7;
	oom_fail_nth(1);
	assert_int_equal(reserve(space, 0, 1, &va), -ENOMEM);
	for (unsigned int n = 1; n <= 4; n++) {
		oom_fail_nth(n);
		assert_int_equal(map(space, BASE + 2 * PAGE, 2, 2, 0, &va), -ENOMEM);
		assert_false(oom_pending());
		assert_int_equal(gpuva_entries(space), 2);
		assert_mapped(space, BASE + 3 * PAGE, 1, 3);
	}
	for (unsigned int n = 1; n <= 2; n++) {
		oom_fail_nth(n);
		assert_int_equal(gpuva_free(space, BASE + 2 * PAGE, PAGE), -ENOMEM);
		assert_mapped(space, BASE + 2 * PAGE, 1, 2);
	}
	assert_int_equal(va, 7);
	/* Removing needs no memory. */
	oom_fail_nth(1);
	assert_int_equal(gpuva_unmap_alloc(space, 1), 1);
	assert_true(oom_pending());
	oom_fail_nth(0);
	assert_int_equal(gpuva_entries(space), 0);
	gpuva_destroy(space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_bounds), cmocka_unit_test(test_place_bounds),
		cmocka_unit_test(test_map_rules),     cmocka_unit_test(test_free_rules),
		cmocka_unit_test(test_keep_reserved), cmocka_unit_test(test_destroyed_allocation),
		cmocka_unit_test(test_backing),	      cmocka_unit_test(test_check),
		cmocka_unit_test(test_visit),	      cmocka_unit_test(test_hostile_numbers),
		cmocka_unit_test(test_entry_limit),   cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

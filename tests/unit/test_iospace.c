// SPDX-License-Identifier: MIT
/*
 * test_iospace: where allocations come to lie in the IO space, and how it is zeroed, over a real
 * region. What pages go through otherwise is test_pagealloc's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "iospace.h"
#include "region.h"

#define MIB (UINT64_C(1) << 20)
#define MIB_PAGES (MIB / DXG_PAGE_SIZE)
#define WANTED (48 * MIB) /* makes a region of 64 MiB, with room for seven gaps */

static struct region *region;
static struct iospace *io;

static int start(void **state)
{
	const struct region_want want = { .io_size = WANTED, .vectors = 1 };

	(void)state;
	assert_int_equal(region_create(&want, &region), 0);
	assert_int_equal(iospace_create(region, &io), 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	iospace_destroy(io);
	region_destroy(region);
	return 0;
}

static uint64_t take(uint64_t npages)
{
	uint64_t first;

	assert_int_equal(iospace_alloc(io, npages, &first), 0);
	return first;
}

static void large_ones_begin_with_a_huge_page(void **state)
{
	(void)state;
	assert_int_equal(region->layout.io_offset % DXG_HUGE_PAGE_SIZE, 0);
	assert_int_equal(take(1), 1);
	assert_int_equal(take(IOSPACE_CHUNK - 1), 2);
	assert_int_equal(take(IOSPACE_CHUNK), 2 * IOSPACE_CHUNK);
	assert_int_equal(take(IOSPACE_CHUNK + 1), 3 * IOSPACE_CHUNK);
	/* The gap before them is not lost. */
	assert_int_equal(take(8), IOSPACE_CHUNK + 1);
}

static void gaps_cost_nobody_memory(void **state)
{
	uint64_t first[WANTED / (3 * MIB)];
	unsigned int i, n = sizeof(first) / sizeof(first[0]), round;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < n; i++)
			first[i] = take(3 * MIB_PAGES);
		assert_int_equal(first[0] % IOSPACE_CHUNK, 0);
		for (i = 0; i < n; i++)
			iospace_free(io, first[i], 3 * MIB_PAGES);
		while (iospace_clean(io))
			;
	}
}

/* Half a huge page would have to be divided before it can be zeroed. */
static void chunks_end_with_huge_pages(void **state)
{
	uint64_t first = take(10), second = take(IOSPACE_CHUNK - 11), third = take(IOSPACE_CHUNK);
	uint8_t *last;

	(void)state;
	assert_int_equal(first, 1);
	assert_int_equal(second, 11);
	assert_int_equal(third, IOSPACE_CHUNK);
	iospace_free(io, second, IOSPACE_CHUNK - 11);
	iospace_free(io, third, IOSPACE_CHUNK);
	last = region_io(region, third * DXG_PAGE_SIZE);
	*last = 1;
	assert_true(iospace_clean(io));
	assert_int_equal(*last, 1);
	assert_false(iospace_clean(io));
	assert_int_equal(*last, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(large_ones_begin_with_a_huge_page),
		TEST(gaps_cost_nobody_memory),
		TEST(chunks_end_with_huge_pages),
	};

	return cmocka_run_group_tests_name("iospace", tests, NULL, NULL);
}

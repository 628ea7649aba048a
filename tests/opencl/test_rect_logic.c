// SPDX-License-Identifier: MIT
/* test_rect_logic.c - rect.c alone: pitches, overflow, overlap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rect.h"

static void pitches(void **state)
{
	size_t origin[3] = { 3, 2, 1 }, region[3] = { 10, 4, 2 };
	struct rect r;

	(void)state;
	assert_true(rect_init(&r, origin, region, 0, 0));
	assert_int_equal(r.row, 10);
	assert_int_equal(r.slice, 40);
	assert_int_equal(r.offset, 40 + 20 + 3);
	assert_int_equal(r.extent, 40 + 30 + 10);
	assert_true(rect_init(&r, origin, region, 16, 64));
	assert_false(rect_init(&r, origin, region, 9, 0));
	assert_false(rect_init(&r, origin, region, 16, 63));
	assert_false(rect_init(&r, origin, region, 16, 65));
	region[1] = 0;
	assert_false(rect_init(&r, origin, region, 0, 0));
}

static void overflow(void **state)
{
	size_t none[3] = { 0, 0, 0 }, far[3] = { 1, SIZE_MAX, 0 }, big[3] = { SIZE_MAX, 2, 1 };
	size_t small[3] = { 1, 1, 1 }, all[3] = { SIZE_MAX, 1, 1 }, one[3] = { 1, 0, 0 };
	struct rect r;

	(void)state;
	assert_false(rect_init(&r, far, small, 16, 0));
	assert_false(rect_init(&r, none, big, 0, 0));
	assert_true(rect_init(&r, none, all, 0, 0));
	assert_false(rect_init(&r, one, all, 0, 0));
}

static void overlap(void **state)
{
	size_t region[3] = { 4, 4, 1 }, a[3] = { 0, 0, 0 }, beside[3] = { 4, 0, 0 };
	size_t corner[3] = { 3, 3, 0 }, below[3] = { 0, 4, 0 }, wrap[3] = { 14, 0, 0 };
	struct rect ra, rb;

	(void)state;
	assert_true(rect_init(&ra, a, region, 16, 0));
	assert_true(rect_init(&rb, beside, region, 16, 0));
	assert_false(rects_overlap(&ra, &rb, region));
	assert_true(rect_init(&rb, corner, region, 16, 0));
	assert_true(rects_overlap(&ra, &rb, region));
	assert_true(rect_init(&rb, below, region, 16, 0));
	assert_false(rects_overlap(&ra, &rb, region));
	/* Reaches over the end of the row, into the first columns of the next. */
	assert_true(rect_init(&rb, wrap, region, 16, 0));
	assert_true(rects_overlap(&ra, &rb, region));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pitches),
		cmocka_unit_test(overflow),
		cmocka_unit_test(overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

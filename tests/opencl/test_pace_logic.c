// SPDX-License-Identifier: MIT
/* test_pace_logic.c - pace.c alone: what is expected before and after measurements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace.h"

#define MS 1000000u

static void unknown(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	assert_false(pace_known(&pace));
	assert_int_equal(pace_expect(&pace, 1), PACE_UNKNOWN_NS);
	assert_int_equal(pace_expect(&pace, UINT64_MAX), PACE_UNKNOWN_NS);
}

static void by_units(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	pace_learn(&pace, 1000, 5 * MS);
	assert_true(pace_known(&pace));
	assert_int_equal(pace_expect(&pace, 1000), 5 * MS);
	assert_int_equal(pace_expect(&pace, 4000), 20 * MS);
	assert_int_equal(pace_expect(&pace, 1), 5000);
}

/* The first measurement counts alone, each later one as much as all before it. */
static void changes(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	pace_learn(&pace, 1, 8 * MS);
	assert_int_equal(pace_expect(&pace, 1), 8 * MS);
	pace_learn(&pace, 1, 4 * MS);
	assert_int_equal(pace_expect(&pace, 1), 6 * MS);
	for (int i = 0; i < 40; i++)
		pace_learn(&pace, 1, MS);
	assert_in_range(pace_expect(&pace, 1), MS - 1, MS + 1);
}

static void limits(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	pace_learn(&pace, 1, 0);
	assert_true(pace_known(&pace));
	assert_int_equal(pace_expect(&pace, 1), PACE_LEAST_NS);
	pace_learn(&pace, UINT64_MAX, MS);
	assert_true(pace_known(&pace));
	pace_learn(&pace, 0, MS);
	assert_true(pace_known(&pace));
	pace = (struct pace){ 0 };
	pace_learn(&pace, 1, UINT64_MAX);
	assert_true(pace_expect(&pace, 1) >= UINT64_C(1) << 46);
	assert_true(pace_expect(&pace, UINT64_MAX) >= UINT64_C(1) << 47);
	/* As many as there may be of them can be added up. */
	assert_true(pace_expect(&pace, UINT64_MAX) <= UINT64_MAX / 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown),
		cmocka_unit_test(by_units),
		cmocka_unit_test(changes),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

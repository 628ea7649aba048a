// SPDX-License-Identifier: MIT
/* test_load_logic.c - load.c alone: what is submitted when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load.h"

#define MS UINT64_C(1000000)

/* @n packets of @ns each. */
static struct load load_of(uint32_t n, uint64_t ns, bool seen)
{
	struct load load = { 0 };

	while (n--)
		load_add(&load, ns, seen);
	return load;
}

static enum load_due due(uint32_t n, uint64_t ns, bool seen, bool flushed, uint64_t in_flight)
{
	struct load load = load_of(n, ns, seen);

	load.flushed = flushed;
	return load_due(&load, n, in_flight);
}

static void idle(void **state)
{
	(void)state;
	assert_int_equal(due(1, 1, true, false, 0), LOAD_DUE);
	assert_int_equal(due(1, 100 * MS, false, false, 0), LOAD_DUE);
	assert_int_equal(due(0, 0, false, false, 0), LOAD_DUE); /* a wait of the device's alone */
}

/* The second one keeps the device busy; a flush does not wait for that. */
static void second(void **state)
{
	(void)state;
	assert_int_equal(due(LOAD_SECOND_PACKETS - 1, 1000, false, false, 1), LOAD_COLLECTS);
	assert_int_equal(due(LOAD_SECOND_PACKETS, 1000, false, false, 1), LOAD_DUE);
	assert_int_equal(due(1, LOAD_NS, false, false, 1), LOAD_DUE);
	assert_int_equal(due(1, 1000, false, true, 1), LOAD_DUE);
}

/* What somebody can see end waits for LOAD_NS of others; a flush changes that it is guarded. */
static void seen(void **state)
{
	(void)state;
	assert_int_equal(due(3, MS, true, false, LOAD_FED), LOAD_COLLECTS);
	assert_int_equal(due(3, MS, true, true, LOAD_FED), LOAD_GUARDED);
	assert_int_equal(due(4, MS, true, false, LOAD_FED), LOAD_DUE);
	assert_int_equal(due(4, MS, true, true, 200), LOAD_DUE);
}

/* What nobody can see end collects for longer, but is not forgotten. */
static void unseen(void **state)
{
	(void)state;
	assert_int_equal(due(3, MS, false, false, LOAD_FED), LOAD_COLLECTS);
	assert_int_equal(due(3, MS, false, true, LOAD_FED), LOAD_GUARDED);
	assert_int_equal(due(4, MS, false, false, LOAD_FED), LOAD_GUARDED);
	assert_int_equal(due(15, MS, false, false, LOAD_FED), LOAD_GUARDED);
	assert_int_equal(due(16, MS, false, false, LOAD_FED), LOAD_DUE);
	assert_int_equal(due(1, LOAD_UNSEEN_NS, false, true, LOAD_FED), LOAD_DUE);
	/* Many of them are as uncertain as one, so many times. */
	assert_int_equal(due(100, LOAD_NS / 100, false, false, LOAD_FED), LOAD_DUE);
	assert_int_equal(due(1000, LOAD_NS / 2000, false, false, LOAD_FED), LOAD_COLLECTS);
}

/* One event among them is enough to be seen, and nothing overflows. */
static void adds_up(void **state)
{
	struct load load = load_of(2, 3 * MS, false);

	(void)state;
	assert_int_equal(load_due(&load, 2, LOAD_FED), LOAD_GUARDED);
	load_add(&load, 0, true);
	assert_int_equal(load_due(&load, 3, LOAD_FED), LOAD_DUE);
	load_add(&load, UINT64_MAX, false);
	assert_true(load.ns == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle),	  cmocka_unit_test(second),  cmocka_unit_test(seen),
		cmocka_unit_test(unseen), cmocka_unit_test(adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

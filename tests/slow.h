/* SPDX-License-Identifier: MIT */
/*
 * slow.h - sizes of tests on kernels that make every call cost ten times as much. A number that is
 * any large one (rounds of a race, say) may be smaller there; one that must be beyond a limit may
 * not.
 */
#ifndef TESTS_SLOW_H
#define TESTS_SLOW_H

#include <stdlib.h>

/** slow_scaled() - @n, or a tenth of it where DXG_TEST_SLOW says so. */
static inline int slow_scaled(int n)
{
	return getenv("DXG_TEST_SLOW") ? (n + 9) / 10 : n;
}

#endif /* TESTS_SLOW_H */

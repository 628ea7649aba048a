/* SPDX-License-Identifier: MIT */
/*
 * slow.h - sizes of tests on kernels that make every call cost ten times as much. A number that is
 * any large one (rounds of a race, say) may be smaller there; one that must be beyond a limit stays
 * beyond it.
 */
#ifndef TESTS_SLOW_H
#define TESTS_SLOW_H

#include <stdlib.h>

/** slow_or() - @n, or @slow where DXG_TEST_SLOW says so. */
static inline int slow_or(int n, int slow)
{
	return getenv("DXG_TEST_SLOW") ? slow : n;
}

/** slow_scaled() - @n, or a tenth of it where DXG_TEST_SLOW says so. */
static inline int slow_scaled(int n)
{
	return slow_or(n, (n + 9) / 10);
}

#endif /* TESTS_SLOW_H */

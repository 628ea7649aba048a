/* SPDX-License-Identifier: MIT */
/*
 * deadline.h - the moment until which something may take, however many waits it is made of.
 */
#ifndef LIBDXG_DEADLINE_H
#define LIBDXG_DEADLINE_H

#include <stdint.h>

#include "spin.h"

/** DEADLINE_NEVER - there is none. */
#define DEADLINE_NEVER UINT64_MAX

/** deadline_in() - the moment @ms milliseconds from now, in nanoseconds of spin_now(). */
static inline uint64_t deadline_in(unsigned int ms)
{
	return spin_now() + ms * 1000000ull;
}

/** deadline_left_ms() - what is left, as poll() takes it: rounded up, 0 when over, -1 for ever. */
static inline int deadline_left_ms(uint64_t deadline)
{
	uint64_t now;

	if (deadline == DEADLINE_NEVER)
		return -1;
	now = spin_now();
	return now < deadline ? (int)((deadline - now + 999999) / 1000000) : 0;
}

#endif

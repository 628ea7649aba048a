/* SPDX-License-Identifier: MIT */
/*
 * pace.h - how long something takes on the device: a unit of it, learned from what was measured.
 * Nothing but arithmetic. Any thread: what two of them learn at once, one of them has learned.
 */
#ifndef OPENCL_PACE_H
#define OPENCL_PACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PACE_UNKNOWN_NS 500000u /* what is expected before anything was measured */
#define PACE_LEAST_NS 1000u /* nothing takes less */

/** struct pace - all zero before the first measurement. @rate: of a unit, in 1/65536 ns. */
struct pace {
	_Atomic uint64_t rate;
};

/** pace_known() - was anything measured? */
static inline bool pace_known(const struct pace *pace)
{
	return atomic_load_explicit(&pace->rate, memory_order_relaxed);
}

/** pace_expect() - ns that @units are going to take. */
uint64_t pace_expect(const struct pace *pace, uint64_t units);

/** pace_learn() - @units took @ns. */
void pace_learn(struct pace *pace, uint64_t units, uint64_t ns);

#endif

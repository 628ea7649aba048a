// SPDX-License-Identifier: MIT
/* pace.c - see pace.h. The newest measurement counts as much as all before it. */
#include "pace.h"

#define RATE_BITS 16
#define LONGEST_NS (UINT64_C(1) << 47)

uint64_t pace_expect(const struct pace *pace, uint64_t units)
{
	uint64_t rate = atomic_load_explicit(&pace->rate, memory_order_relaxed), ns;

	if (!rate)
		return PACE_UNKNOWN_NS;
	if (__builtin_mul_overflow(rate, units, &ns))
		ns = UINT64_MAX;
	ns >>= RATE_BITS;
	return ns < PACE_LEAST_NS ? PACE_LEAST_NS : ns;
}

void pace_learn(struct pace *pace, uint64_t units, uint64_t ns)
{
	uint64_t old = atomic_load_explicit(&pace->rate, memory_order_relaxed), rate;

	if (ns > LONGEST_NS)
		ns = LONGEST_NS;
	rate = units ? (ns << RATE_BITS) / units : 0;
	if (old)
		rate = old / 2 + rate / 2;
	atomic_store_explicit(&pace->rate, rate ? rate : 1, memory_order_relaxed);
}

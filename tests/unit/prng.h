/* SPDX-License-Identifier: MIT */
/*
 * prng: a small deterministic generator (xorshift64*) for randomised model checks, so that a
 * failure repeats with the seed in the test.
 */
#ifndef OPENDXG_TESTS_UNIT_PRNG_H
#define OPENDXG_TESTS_UNIT_PRNG_H

#include <stdint.h>

/** struct prng - @state must start non-zero. */
struct prng {
	uint64_t state;
};

/** prng_next() - 64 fresh bits. */
static inline uint64_t prng_next(struct prng *prng)
{
	prng->state ^= prng->state >> 12;
	prng->state ^= prng->state << 25;
	prng->state ^= prng->state >> 27;
	return prng->state * UINT64_C(2685821657736338717);
}

/** prng_below() - a number in [0, @limit). */
static inline uint32_t prng_below(struct prng *prng, uint32_t limit)
{
	return (uint32_t)((prng_next(prng) >> 32) % limit);
}

#endif

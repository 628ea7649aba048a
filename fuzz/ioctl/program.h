/* SPDX-License-Identifier: MIT */
/*
 * program - a sequence of calls, as the decisions that lead to it: what a field gets follows from
 * the call's seed and the field's salt, so that a mutation of one salt changes one field. A program
 * is plain data: it can lie in shared memory, be copied, and be written as text and read again.
 */
#ifndef OPENDXG_FUZZ_PROGRAM_H
#define OPENDXG_FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRAM_CALLS 10
#define PROGRAM_SALTS 32

/** struct rng - a stream of numbers (splitmix64); any state is good. */
struct rng {
	uint64_t state;
};

/**
 * struct call - one step.
 * @what: index of an ioctl, or ioctl_count + an extra step (extra.h)
 * @wild: how many of 256 fields get something wrong
 * @mode: CALL_*
 * @seed, @salt: see above; fields beyond the last share salts
 */
struct call {
	uint16_t what;
	uint8_t wild;
	uint8_t mode;
	uint64_t seed;
	uint16_t salt[PROGRAM_SALTS];
};

#define CALL_FAULTS 1u /* repeat it with its first, second, ... allocation failing */
#define CALL_SCRIBBLE 2u /* the other thread overwrites the arguments meanwhile */

/** struct program - @count calls. */
struct program {
	uint32_t count;
	struct call call[PROGRAM_CALLS];
};

uint64_t rng_next(struct rng *rng);
uint64_t rng_mix(uint64_t a, uint64_t b);
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

/**
 * struct source - where new calls come from.
 * @rng: the numbers
 * @missing: by ioctl: the module does not have it (ENOTTY)
 * @faults: some calls run with allocations failing
 */
struct source {
	struct rng rng;
	const volatile uint8_t *missing;
	bool faults;
};

void program_generate(struct program *p, struct source *source);
void program_mutate(struct program *p, const struct program *other, struct source *source);
void program_print(const struct program *p, FILE *out);
bool program_parse(struct program *p, FILE *in);
const char *call_name(const struct call *call);

#endif

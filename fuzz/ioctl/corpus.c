// SPDX-License-Identifier: MIT
/*
 * corpus.c - the corpus of state.h.
 */
#include "state.h"

/** corpus_add() - keep a program; when all slots are taken an old one goes. */
void corpus_add(struct corpus *corpus, const struct program *program)
{
	uint32_t at = __atomic_fetch_add(&corpus->count, 1, __ATOMIC_RELAXED) % CORPUS_MAX;

	corpus->slot[at] = *program;
	__atomic_store_n(&corpus->ready[at], 1, __ATOMIC_RELEASE);
}

/** corpus_pick() - one of them, the latest more often; NULL when there is none. */
const struct program *corpus_pick(const struct corpus *corpus, struct rng *rng)
{
	uint32_t n = corpus->count < CORPUS_MAX ? corpus->count : CORPUS_MAX, at;

	if (!n)
		return NULL;
	at = rng_below(rng, n);
	if (rng_below(rng, 3) == 0 && n > 16)
		at = n - 1 - rng_below(rng, n / 8);
	if (!__atomic_load_n(&corpus->ready[at], __ATOMIC_ACQUIRE) || !corpus->slot[at].count)
		return NULL;
	return &corpus->slot[at];
}

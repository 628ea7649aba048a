/* SPDX-License-Identifier: MIT */
/*
 * stats.c - the counters behind dxg_stats(): atomic, never reset, order of no importance.
 */
#include "stats.h"

static uint64_t stats_value[STATS_COUNTERS];

void stats_count(enum stats_counter counter)
{
	__atomic_add_fetch(&stats_value[counter], 1, __ATOMIC_RELAXED);
}

static uint64_t stats_read(enum stats_counter counter)
{
	return __atomic_load_n(&stats_value[counter], __ATOMIC_RELAXED);
}

void dxg_stats(struct dxg_stats *ret)
{
	ret->doorbells = stats_read(STATS_DOORBELLS);
	ret->requests = stats_read(STATS_REQUESTS);
	ret->posts = stats_read(STATS_POSTS);
	ret->sleeps = stats_read(STATS_SLEEPS);
	ret->spins = stats_read(STATS_SPINS);
}

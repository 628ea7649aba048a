/* SPDX-License-Identifier: MIT */
/*
 * stats.h - counters of the direct backend, for benchmarks and tests. Not an interface for
 * programs: exported under the version LIBDXG_PRIVATE.
 */
#ifndef LIBDXG_STATS_H
#define LIBDXG_STATS_H

#include <stdint.h>

/**
 * struct dxg_stats - counts since the program started; all zero on the kernel's device.
 * @doorbells: writes to the host's eventfd
 * @requests: messages whose reply was waited for
 * @posts: messages without a reply
 * @sleeps: times a thread slept for the host
 * @spins: times looking for the host's answer saw something
 */
struct dxg_stats {
	uint64_t doorbells;
	uint64_t requests;
	uint64_t posts;
	uint64_t sleeps;
	uint64_t spins;
};

/** dxg_stats() - read the counters. Any thread. */
__attribute__((visibility("default"))) void dxg_stats(struct dxg_stats *ret);

/* Inside the library: one counter is named and raised. */
enum stats_counter {
	STATS_DOORBELLS,
	STATS_REQUESTS,
	STATS_POSTS,
	STATS_SLEEPS,
	STATS_SPINS,
	STATS_COUNTERS,
};

void stats_count(enum stats_counter counter);

#endif

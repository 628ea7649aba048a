/* SPDX-License-Identifier: MIT */
/*
 * spin.h - how long to look before sleeping. The time that earlier waits took decides: where the
 * answer usually comes within SPIN_MAX_NS the waiter looks for about twice that time, otherwise not
 * at all, but for one wait in SPIN_PROBE that finds out whether things have changed.
 *
 * Races between threads cost a poor guess, never a wrong result.
 */
#ifndef LIBDXG_SPIN_H
#define LIBDXG_SPIN_H

#include <stdint.h>
#include <time.h>

#define SPIN_MAX_NS 50000u
#define SPIN_MIN_NS 2000u
#define SPIN_PROBE 16u

/** struct spin - memory of earlier waits; all zero is a good start. */
struct spin {
	uint32_t mean_ns; /* atomic: of recent waits, each counted with at most 4 * SPIN_MAX_NS */
	uint32_t count;	  /* atomic */
};

static inline uint64_t spin_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/** spin_pause() - one breath of a spinning CPU. */
static inline void spin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/** spin_budget() - ns to look before sleeping. */
static inline uint64_t spin_budget(struct spin *s)
{
	uint32_t mean = __atomic_load_n(&s->mean_ns, __ATOMIC_RELAXED);
	uint32_t count = __atomic_add_fetch(&s->count, 1, __ATOMIC_RELAXED);
	uint64_t budget = 2ull * mean + SPIN_MIN_NS;

	if (mean > SPIN_MAX_NS)
		return count % SPIN_PROBE ? 0 : SPIN_MAX_NS;
	return budget < SPIN_MAX_NS ? budget : SPIN_MAX_NS;
}

/** spin_learn() - a wait took @ns, asleep or not. */
static inline void spin_learn(struct spin *s, uint64_t ns)
{
	uint32_t mean = __atomic_load_n(&s->mean_ns, __ATOMIC_RELAXED);
	uint32_t took = ns < 4 * SPIN_MAX_NS ? (uint32_t)ns : 4 * SPIN_MAX_NS;

	__atomic_store_n(&s->mean_ns, mean - mean / 8 + took / 8, __ATOMIC_RELAXED);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * spin.h - to look for an answer for a while, or to sleep for it at once? Looking saves a wake-up
 * when the peer runs on another CPU, and costs the peer its CPU when there is none other. Which of
 * the two holds depends on the machine and the moment, so both are measured: how long waits took
 * that began with looking, and those that did not. The better way is taken, the other tried once in
 * a while.
 *
 * Whoever looks gives the CPU away between looks: the peer may be waiting for this very one.
 *
 * Races between threads cost a poor guess, never a wrong result.
 */
#ifndef LIBDXG_SPIN_H
#define LIBDXG_SPIN_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define SPIN_MAX_NS 50000u
#define SPIN_MIN_NS 4000u
#define SPIN_WAIT_MAX_NS 200000u /* waits longer than this all count the same */
#define SPIN_PROBE 32u		 /* one wait in so many goes the other way */
#define SPIN_LOOKS 16u		 /* between two looks at the clock */

/**
 * struct spin - memory of earlier waits; all zero is a good start. All atomic.
 * @mean_ns: of whole waits: [0] slept at once, [1] looked first
 * @count: waits so far
 */
struct spin {
	uint32_t mean_ns[2];
	uint32_t count;
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

/** spin_choose() - shall the next wait look first? */
static inline bool spin_choose(struct spin *s)
{
	uint32_t asleep = __atomic_load_n(&s->mean_ns[0], __ATOMIC_RELAXED);
	uint32_t looking = __atomic_load_n(&s->mean_ns[1], __ATOMIC_RELAXED);
	uint32_t count = __atomic_add_fetch(&s->count, 1, __ATOMIC_RELAXED);
	bool look = looking < asleep - asleep / 8;

	return count % SPIN_PROBE ? look : !look;
}

/** spin_learn() - a wait that began with looking, or not, took @ns altogether. */
static inline void spin_learn(struct spin *s, bool looked, uint64_t ns)
{
	uint32_t *mean = &s->mean_ns[looked];
	uint32_t old = __atomic_load_n(mean, __ATOMIC_RELAXED);
	uint32_t took = ns < SPIN_WAIT_MAX_NS ? (uint32_t)ns : SPIN_WAIT_MAX_NS;

	__atomic_store_n(mean, old ? old - old / 4 + took / 4 : took, __ATOMIC_RELAXED);
}

/** spin_until() - look until @look says yes, for about twice the usual time. Return: did it? */
static inline bool spin_until(const struct spin *s, bool (*look)(void *ctx), void *ctx)
{
	uint64_t usual = 2ull * __atomic_load_n(&s->mean_ns[1], __ATOMIC_RELAXED) + SPIN_MIN_NS;
	uint64_t end = spin_now() + (usual < SPIN_MAX_NS ? usual : SPIN_MAX_NS);
	unsigned int i;

	do {
		for (i = 0; i < SPIN_LOOKS; i++) {
			if (look(ctx))
				return true;
			spin_pause();
		}
		sched_yield();
	} while (spin_now() < end);
	return false;
}

#endif

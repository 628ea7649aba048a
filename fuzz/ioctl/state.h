/* SPDX-License-Identifier: MIT */
/*
 * state - what all processes of the fuzzer share: coverage, corpus, counts, and what each thread is
 * doing. Memory that outlives any of them; a process may be killed at any instruction, so there is
 * no lock in it: slots are claimed by counting up and are valid once they say so.
 */
#ifndef OPENDXG_FUZZ_STATE_H
#define OPENDXG_FUZZ_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "coverage.h"
#include "program.h"

#define CORPUS_MAX 4096u
#define WORKERS_MAX 8u
#define THREADS_MAX 4u
#define HISTORY 16u
#define IOCTLS_MAX 128u
/* Where a program stands in the machine's memory, for who looks there after a panic
 * (find-programs). */
#define STATE_MAGIC 0x5a5546474f525044ull

/** struct corpus - programs that reached something new; a slot counts when @ready is set. */
struct corpus {
	volatile uint32_t count;
	volatile uint8_t ready[CORPUS_MAX];
	struct program slot[CORPUS_MAX];
};

/** struct running - one program under way; a page of its own, so that it is in one piece in memory.
 */
struct running {
	uint64_t magic;
	uint32_t worker;
	uint32_t thread;
	uint64_t serial;
	int32_t call;
	uint32_t pad;
	struct program program;
} __attribute__((aligned(2048)));

/** struct thread_state - @done counts programs: who stands still is stuck. */
struct thread_state {
	volatile uint64_t done;
	struct running history[HISTORY];
};

/**
 * struct state - see above. The first @given programs of the corpus are of an earlier run;
 * @given_done of them were run as they are.
 */
struct state {
	struct coverage_map map;
	struct corpus corpus;
	uint32_t given;
	volatile uint32_t given_done;
	volatile uint64_t calls;
	volatile uint64_t calls_ok;
	volatile uint64_t programs;
	volatile uint64_t faults;
	volatile uint64_t tried[IOCTLS_MAX];
	volatile uint64_t succeeded[IOCTLS_MAX];
	volatile uint8_t missing[IOCTLS_MAX];
	struct thread_state thread[WORKERS_MAX][THREADS_MAX];
};

static inline void state_count(volatile uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void corpus_add(struct corpus *corpus, const struct program *program);
const struct program *corpus_pick(const struct corpus *corpus, struct rng *rng);

#endif

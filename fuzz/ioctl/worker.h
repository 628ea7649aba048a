/* SPDX-License-Identifier: MIT */
/*
 * worker - a process under test: threads that run programs on one client until the process is
 * killed.
 */
#ifndef OPENDXG_FUZZ_WORKER_H
#define OPENDXG_FUZZ_WORKER_H

#include "state.h"

/** struct worker_options - @faults: have allocations fail, too. */
struct worker_options {
	uint64_t seed;
	uint32_t threads;
	bool faults;
};

void worker_main(struct state *state, uint32_t index, const struct worker_options *options)
	__attribute__((noreturn));
uint64_t worker_replay(struct state *state, FILE *in, bool faults);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * victim: the calls in the middle of which test_kill kills a process, with arguments that reach the
 * host where there are such.
 */
#ifndef TESTS_KERNEL_VICTIM_H
#define TESTS_KERNEL_VICTIM_H

#include "gpu.h"

/**
 * struct victim - what is called, and how often it is killed in that.
 * @call: make it once; what it does not need any more is its own business
 */
struct victim {
	const char *name;
	void (*call)(struct gpu *gpu);
	int kills;
};

extern const struct victim victims[];
extern const unsigned int victim_count;

#endif /* TESTS_KERNEL_VICTIM_H */

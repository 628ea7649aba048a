/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the device's times in the time of this process, which is CLOCK_MONOTONIC.
 *
 * A process on the host's own machine has the same clock. In a virtual machine the two differ by an
 * offset that is measured, and that drifts. So what every command tells is used, too: it did not
 * start before it was submitted, and is over when it is seen to be.
 *
 * Thread-safe; two corrections at once cost a little accuracy.
 */
#ifndef OPENCL_CLOCK_H
#define OPENCL_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dxgwire/cmd.h"

/**
 * struct device_clock - all zero before the first sample.
 * @samples: how many there were
 * @apart: one of them showed that the clock is not ours
 * @offset: ns to subtract from the device's times, where it is not
 */
struct device_clock {
	unsigned int samples;
	bool apart;
	_Atomic uint64_t offset;
};

/** struct clock_span - when something started and ended. */
struct clock_span {
	uint64_t start;
	uint64_t end;
};

/** clock_sample() - the device's clock was read, as @device, between @before and @after of ours. */
void clock_sample(struct device_clock *clock, uint64_t before, uint64_t device, uint64_t after);

/**
 * clock_translate() - @profile in our time.
 * @submitted: before it started
 * @floor: no earlier than this is told, though the clock may; at least @submitted
 * @now: it has ended
 *
 * Return: @floor <= start <= end <= @now.
 */
struct clock_span clock_translate(struct device_clock *clock, const struct dxg_cmd_profile *profile,
				  uint64_t submitted, uint64_t floor, uint64_t now);

#endif

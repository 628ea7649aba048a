/* SPDX-License-Identifier: MIT */
/*
 * load.h - when what has collected in a batch is submitted. Nothing but arithmetic; owned by a
 * queue and guarded by its lock.
 *
 * At once when the device is idle (latency). While it is busy packets collect (throughput): the
 * second submission is large enough to keep the device busy, the others are worth LOAD_NS, so that
 * what a submission costs disappears in it, and an event waits no longer than that for the commands
 * behind it. Where there is no event, and the guess is a good one, they are worth up to
 * LOAD_UNSEEN_NS: nobody can tell, but other processes wait for the device as long.
 *
 * With two submissions in flight the device does not run dry when one ends. What must not be
 * forgotten is left to a guard then, who submits it when only one is left.
 */
#ifndef OPENCL_LOAD_H
#define OPENCL_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_NS 4000000u
#define LOAD_UNSEEN_NS 16000000u
#define LOAD_UNSEEN_PACKETS 16u /* beyond LOAD_NS, in case that they take longer than expected */
#define LOAD_SECOND_PACKETS 16u /* these are enough for the second submission */
#define LOAD_FED 2u /* submissions in flight with which the device does not run dry */

/**
 * struct load - what is in the batch; all zero with nothing.
 * @ns: what it is expected to take
 * @seen: some of it has an event, or was never measured
 * @flushed: it must not be forgotten
 */
struct load {
	uint64_t ns;
	bool seen;
	bool flushed;
};

/**
 * enum load_due - LOAD_COLLECTS: let it be until there is more; LOAD_GUARDED: the same, but if no
 * more comes it must be submitted before the device runs dry; LOAD_DUE: submit it
 */
enum load_due { LOAD_COLLECTS, LOAD_GUARDED, LOAD_DUE };

/** load_add() - one more packet: @ns expected, @seen as in struct load. */
void load_add(struct load *load, uint64_t ns, bool seen);

/** load_due() - what to do with @packets of it, when @in_flight submissions are not done yet. */
enum load_due load_due(const struct load *load, uint32_t packets, uint64_t in_flight);

#endif

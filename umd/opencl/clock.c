// SPDX-License-Identifier: MIT
/* clock.c - see clock.h. Nothing here reads a clock. */
#include "clock.h"

/*
 * Of the offsets that a sample allows, the largest is taken: no time is then later than it was, and
 * a message to the host takes as long with a submission as with the question. Of several samples
 * the one that allows least counts.
 */
void clock_sample(struct device_clock *clock, uint64_t before, uint64_t device, uint64_t after)
{
	uint64_t offset = device - before;

	clock->apart |= device < before || device > after;
	if (!clock->samples++ || (int64_t)(offset - clock->offset) < 0)
		clock->offset = offset;
}

/* The offset, once it fits what is known of this command, too. */
static uint64_t corrected(struct device_clock *clock, const struct dxg_cmd_profile *profile,
			  uint64_t submitted, uint64_t now)
{
	uint64_t offset = atomic_load_explicit(&clock->offset, memory_order_relaxed);
	int64_t late = (int64_t)(profile->end_ns - offset - now);
	int64_t early = (int64_t)(submitted - (profile->start_ns - offset));

	if (late <= 0 && early <= 0)
		return offset;
	offset = late > 0 ? offset + (uint64_t)late : offset - (uint64_t)early;
	atomic_store_explicit(&clock->offset, offset, memory_order_relaxed);
	return offset;
}

static uint64_t between(uint64_t least, uint64_t value, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

struct clock_span clock_translate(struct device_clock *clock, const struct dxg_cmd_profile *profile,
				  uint64_t submitted, uint64_t floor, uint64_t now)
{
	uint64_t offset = clock->apart ? corrected(clock, profile, submitted, now) : 0;
	uint64_t start = between(floor, profile->start_ns - offset, now);

	return (struct clock_span){ start, between(start, profile->end_ns - offset, now) };
}

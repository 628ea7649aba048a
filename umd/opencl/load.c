// SPDX-License-Identifier: MIT
/* load.c - see load.h. */
#include "load.h"

void load_add(struct load *load, uint64_t ns, bool seen)
{
	if (__builtin_add_overflow(load->ns, ns, &load->ns))
		load->ns = UINT64_MAX;
	load->seen |= seen;
}

/* Behind two submissions there is time to let more come. */
static enum load_due due_when_fed(const struct load *load, uint32_t packets)
{
	if (load->ns < LOAD_NS)
		return load->flushed ? LOAD_GUARDED : LOAD_COLLECTS;
	if (load->seen || load->ns >= LOAD_UNSEEN_NS || packets >= LOAD_UNSEEN_PACKETS)
		return LOAD_DUE;
	return LOAD_GUARDED;
}

enum load_due load_due(const struct load *load, uint32_t packets, uint64_t in_flight)
{
	if (in_flight >= LOAD_FED)
		return due_when_fed(load, packets);
	if (!in_flight || load->flushed || load->ns >= LOAD_NS || packets >= LOAD_SECOND_PACKETS)
		return LOAD_DUE;
	return LOAD_COLLECTS;
}

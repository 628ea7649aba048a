/* SPDX-License-Identifier: MIT */
/*
 * staging.h - CPU-visible memory through which a queue moves bytes between the application's memory
 * and buffers: a ring whose pieces are given back in the order in which they were taken. When all
 * are back it starts over at its beginning, whose pages are the warmest.
 *
 * Owned by a queue and guarded by its lock. Created by the first use.
 */
#ifndef OPENCL_STAGING_H
#define OPENCL_STAGING_H

#include "allocation.h"

#define STAGING_BYTES (4u << 20)
#define STAGING_PIECE_MAX (512u << 10) /* of a command; larger transfers go through relay.c */

/** struct staging - @head and @tail count bytes taken and given back; they only grow. */
struct staging {
	struct allocation memory;
	uint64_t head;
	uint64_t tail;
};

/** struct staging_piece - a piece of the ring. @end is what staging_put() wants. */
struct staging_piece {
	uint64_t va;
	uint8_t *cpu;
	uint64_t end;
};

/**
 * staging_get() - take @size bytes, 64-byte aligned; up to STAGING_BYTES when nothing is taken.
 *
 * Return: 0; -EAGAIN when pieces must be given back first; what pool_get() failed with.
 */
int staging_get(struct staging *s, struct vgpu *vgpu, size_t size, struct staging_piece *ret);

/** staging_put() - give back a piece and all that were taken before it. */
static inline void staging_put(struct staging *s, const struct staging_piece *piece)
{
	if (piece->end > s->tail)
		s->tail = piece->end;
}

/** staging_fini() - free the memory; nothing may be in flight. */
void staging_fini(struct staging *s);

#endif

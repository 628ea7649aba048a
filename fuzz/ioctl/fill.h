/* SPDX-License-Identifier: MIT */
/*
 * fill - from a call's decisions to bytes: the argument of an ioctl and all that its pointers lead
 * to.
 */
#ifndef OPENDXG_FUZZ_FILL_H
#define OPENDXG_FUZZ_FILL_H

#include "client.h"
#include "program.h"

/**
 * struct arena - where a thread's arguments lie, in use up to @used; an unmapped page follows the
 * last byte.
 */
struct arena {
	uint8_t *base;
	uint32_t used;
};

/**
 * struct filler - what is needed while one call is filled in.
 * @client, @file: whose handles
 * @arena: where arrays go
 * @call: the decisions
 * @top: index of the field of the ioctl's own struct, which salts the decisions below it
 * @draws: decisions taken so far below that field
 * @device: what the call is about, as far as its handles say so far; 0: nothing yet
 */
struct filler {
	struct client *client;
	struct file *file;
	struct arena *arena;
	const struct call *call;
	uint32_t top;
	uint32_t draws;
	uint32_t device;
};

void arena_init(struct arena *arena);
void *fill_argument(struct filler *f, const struct layout *layout);
void fill_learn(struct filler *f, const struct layout *layout, const uint8_t *before,
		const uint8_t *after, bool destroys);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * world: a node and its clock, simulated, with applications that keep it busy. It picks when a slot
 * is free, completes items when their time is over, and lets each client submit again after its
 * think time.
 */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "vidsch/vidsch.h"

#define US UINT64_C(1000)
#define MS (1000 * US)
#define SECOND (1000 * MS)
#define CLIENTS_MAX 24
#define DEPTH_MAX 4

/**
 * struct client - a context and the application behind it.
 * @cost: GPU time of an item; @think: pause after a completion before the next is submitted.
 * @depth: items kept submitted (1: waits for each); @start: when it begins.
 * @got: GPU time received since the last reset; @worst: longest time from submission to start.
 */
struct client {
	struct vidsch_context *context;
	struct vidsch_item items[DEPTH_MAX];
	uint64_t due[DEPTH_MAX];
	bool submitted[DEPTH_MAX];
	uint64_t cost;
	uint64_t think;
	uint64_t start;
	unsigned int depth;
	uint64_t got;
	uint64_t worst;
};

/** struct world - one node of @slots slots, and its clients. */
struct world {
	struct vidsch *sch;
	struct client clients[CLIENTS_MAX];
	unsigned int nclients;
	struct vidsch_item *running[VIDSCH_MAX_SLOTS];
	uint64_t ends[VIDSCH_MAX_SLOTS];
	uint32_t slots;
	uint64_t now;
};

/** world_create() - the one world there is, anew. */
struct world *world_create(uint32_t slots);

struct vidsch_vgpu *add_vgpu(struct world *w, uint32_t weight);
struct vidsch_process *add_process(struct vidsch_vgpu *vgpu);
struct client *add_client(struct world *w, struct vidsch_process *process, uint64_t cost,
			  uint64_t think, unsigned int depth);

/** world_run() - let @duration pass. */
void world_run(struct world *w, uint64_t duration);

/** world_reset() - count anew what the clients got. */
void world_reset(struct world *w);

/** world_destroy() - with its @n vGPUs. */
void world_destroy(struct world *w, struct vidsch_vgpu **vgpus, unsigned int n);

#endif

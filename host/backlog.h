/* SPDX-License-Identifier: MIT */
/*
 * backlog: packets that did not fit a ring, in order. Nothing is dropped and nothing overtakes:
 * what comes while something waits, waits behind it. How much may wait is for the owner to decide.
 */
#ifndef HOST_BACKLOG_H
#define HOST_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dxgwire/ring.h"

struct backlog_packet;

/** struct backlog - see above. @bytes: what the waiting packets take, in memory */
struct backlog {
	STAILQ_HEAD(, backlog_packet) packets;
	uint32_t bytes;
};

/** backlog_init() - nothing waits. */
void backlog_init(struct backlog *backlog);

/** backlog_drop() - forget what waits. */
void backlog_drop(struct backlog *backlog);

/** backlog_cost() - what a packet of these pieces would add to @bytes. */
uint32_t backlog_cost(const struct dxg_ring_part *part, unsigned int parts);

/** backlog_put() - a packet into @ring, or to those that wait. Return: 0; -EPROTO as
 * dxg_ring_put(); -ENOMEM. */
int backlog_put(struct backlog *backlog, struct dxg_ring *ring, uint16_t kind, uint64_t id,
		const struct dxg_ring_part *part, unsigned int parts);

/**
 * backlog_flush() - move as many into @ring as there is room for.
 * Return: 1 when some were moved, 0 when none; -EPROTO.
 */
int backlog_flush(struct backlog *backlog, struct dxg_ring *ring);

/** backlog_arm() - ask the consumer of @ring for a doorbell when the first has room. Return: true
 * when it has that already. */
bool backlog_arm(const struct backlog *backlog, struct dxg_ring *ring);

#endif /* HOST_BACKLOG_H */

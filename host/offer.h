/* SPDX-License-Identifier: MIT */
/*
 * offer: memory that the guest can do without for a while. An offered allocation may be discarded
 * when somebody on the same vGPU needs memory: its pages go back to the IO space (where they are
 * zeroed before anybody else gets them) or its device memory to the driver, and a reclaim gives it
 * new, zeroed memory and says DISCARDED.
 *
 * An offer takes effect when what was queued on the device before it has run, or at once with
 * offer_immediately. From then on the allocation's mappings are gone in the worker, so that
 * commands that use it are refused; the addresses stay its own and come back with the reclaim. From
 * the message on it can be neither locked nor mapped nor made resident.
 *
 * Memory is committed here, there is no paging file behind it: a reclaim that finds no room fails,
 * or, where the offer allowed to decommit, says NOT_COMMITTED of that allocation.
 */
#ifndef HOST_OFFER_H
#define HOST_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "vidmm/vidmm.h"

struct allocation;
struct discard;
struct process;
struct request;

/**
 * struct offer - of an allocation.
 * @made: it is offered; @effective: nothing queued before uses it any more
 * @lost: it was discarded since it was offered
 * @decommit: allow_decommit; @priority: enum vidmm_offer
 * @ticket: the offer that counts, of several; unique in its process
 * @discard: what discarding it will need
 */
struct offer {
	bool made;
	bool effective;
	bool lost;
	bool decommit;
	uint32_t priority;
	uint64_t ticket;
	struct discard *discard;
};

/** offer_fini() - the allocation goes. */
void offer_fini(struct allocation *allocation);

/**
 * offer_make_room() - discard what is needed so that @size bytes fit into @segment.
 * Return: 0; as vidmm_room(), then nothing was discarded.
 */
int offer_make_room(const struct process *process, uint32_t segment, uint64_t size,
		    enum vidmm_kind what);

/* Handlers of OFFERALLOCATIONS (57) and RECLAIMALLOCATIONS (58). */
int offer_handle_offer(struct request *rq);
int offer_handle_reclaim(struct request *rq);

#endif /* HOST_OFFER_H */

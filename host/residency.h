/* SPDX-License-Identifier: MIT */
/*
 * residency: what a guest asks and wants about where its memory is: whether allocations are
 * resident, in which segments they may lie, how much of its budget a process wants to be sure of.
 *
 * Segments have the numbers that d3dddi_segmentpreference uses: 1 is system memory (the IO space),
 * 2 is device memory, where there is any. Nothing moves between them: an allocation lies where its
 * creation has put it.
 */
#ifndef HOST_RESIDENCY_H
#define HOST_RESIDENCY_H

struct request;

/* Handlers of QUERYALLOCATIONRESIDENCY (41), CHANGEVIDEOMEMORYRESERVATION (49),
 * UPDATEALLOCATIONPROPERTY (56). */
int residency_handle_query(struct request *rq);
int residency_handle_reserve(struct request *rq);
int residency_handle_property(struct request *rq);

#endif /* HOST_RESIDENCY_H */

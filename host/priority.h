/* SPDX-License-Identifier: MIT */
/*
 * priority: how much the guest wants to keep its allocations: when offered ones have to go, those
 * of lower priority go first (vidmm.h). Any 32-bit number will do; D3DDDI_ALLOCATIONPRIORITY names
 * five.
 */
#ifndef HOST_PRIORITY_H
#define HOST_PRIORITY_H

struct request;

/* Handlers of SETALLOCATIONPRIORITY (59) and GETALLOCATIONPRIORITY (60). */
int priority_handle_set(struct request *rq);
int priority_handle_get(struct request *rq);

#endif /* HOST_PRIORITY_H */

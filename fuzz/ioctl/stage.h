/* SPDX-License-Identifier: MIT */
/*
 * stage - one of everything, made by calls that are right: a device with contexts, queues, memory,
 * addresses, fences, and what is shared of them. Programs find it in the pools, so that a single
 * call of theirs can be the one that needs ten others before it.
 */
#ifndef OPENDXG_FUZZ_STAGE_H
#define OPENDXG_FUZZ_STAGE_H

#include "client.h"
#include "program.h"

void stage_set(struct client *client, struct file *file);
void stage_look_after(struct client *client, struct file *file, struct rng *rng);

#endif

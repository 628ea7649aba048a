/* SPDX-License-Identifier: MIT */
/*
 * scene - sequences of calls that are right, in which each needs what the one before it gave: what
 * calls drawn one by one do not find. They play on a device of the stage, and leave some of what
 * they make.
 */
#ifndef OPENDXG_FUZZ_SCENE_H
#define OPENDXG_FUZZ_SCENE_H

#include "client.h"
#include "program.h"

void scene_play(struct client *client, struct file *file, struct rng *rng);

#endif

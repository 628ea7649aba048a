/* SPDX-License-Identifier: MIT */
/*
 * provision: from the wish for a vGPU to the vGPU: choose the adapter, have it described if nobody
 * has asked for it before, create the vGPU. One wish after the other, so that no adapter is
 * described twice.
 */
#ifndef HOST_PROVISION_H
#define HOST_PROVISION_H

#include "config.h"

struct daemon;
struct provision;

/**
 * provision_done_fn - a wish was granted (@err 0) or not.
 * @why: what failed and what to do, for people
 */
typedef void (*provision_done_fn)(void *arg, int err, const char *why);

/** provision_create() - nothing is wished for yet. Return: 0 or -ENOMEM. */
int provision_create(struct daemon *daemon, struct provision **ret_provision);

/** provision_vgpu() - wish for @config, which is copied. Return: 0, then @done is called; -ENOMEM.
 */
int provision_vgpu(struct provision *provision, const struct config_vgpu *config,
		   provision_done_fn done, void *arg);

/** provision_forget() - @arg does not want to hear of its wishes any more. */
void provision_forget(struct provision *provision, const void *arg);

/** provision_stop() - refuse what is wished for and has not begun. */
void provision_stop(struct provision *provision);

/** provision_is_busy() - a description is under way. */
bool provision_is_busy(const struct provision *provision);

/** provision_destroy() - when it is not busy. NULL is fine. */
void provision_destroy(struct provision *provision);

#endif /* HOST_PROVISION_H */

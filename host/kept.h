/* SPDX-License-Identifier: MIT */
/*
 * kept: the descriptors that a virtual machine consists of for dxgd, and their life in the store.
 * QEMU keeps the memory and the doorbells it was given once for as long as it runs, so a dxgd that
 * is started after another one died has to go on with the same ones. The connection is among them:
 * it does not end with dxgd as long as somebody keeps our end open, and it tells who connected and
 * when the machine ends.
 *
 * In the store a descriptor is called vm.ID.ROLE.VGPU. The region is put last: where it is missing
 * the dxgd of then died in the middle, and the rest is of no use.
 */
#ifndef HOST_KEPT_H
#define HOST_KEPT_H

#include <stdint.h>

#include "dxgwire/limits.h"

struct store;

/**
 * struct kept - one machine's. None is owned here: whoever fills it in knows whose they are.
 * @id: its number in the store; 0: it is not in there
 * @socket: to QEMU; @bell: its doorbells to us; @ring: ours to it; @region: the memory
 */
struct kept {
	uint64_t id;
	int socket;
	int bell[DXG_CHANNELS];
	int ring[DXG_CHANNELS];
	int region;
};

/** kept_init() - without any. */
void kept_init(struct kept *kept);

/** kept_close() - close all there are. */
void kept_close(struct kept *kept);

/**
 * kept_put() - have the descriptors of a machine of vGPU @vgpu kept; sets @kept->id.
 * Return: 0; -ENOENT: there is no keeper; another negative errno: nothing of it is kept.
 */
int kept_put(struct store *store, const char *vgpu, struct kept *kept);

/** kept_forget() - machine @id has ended: it need not be kept any more. 0 is fine. */
void kept_forget(struct store *store, const char *vgpu, uint64_t id);

/**
 * kept_take() - the next machine of @vgpu that was given back; its descriptors are the caller's.
 * Those that are incomplete, or not what they are called, are forgotten on the way.
 *
 * Return: 0; -ENOENT: no more.
 */
int kept_take(struct store *store, const char *vgpu, struct kept *ret_kept);

/** kept_drop() - forget the machines of all vGPUs that nobody has taken. Return: how many. */
unsigned int kept_drop(struct store *store);

#endif /* HOST_KEPT_H */

/* SPDX-License-Identifier: MIT */
/*
 * region: the memory file of one session (dxgwire/region.h): header, rings, IO space. dxgd writes
 * the header and keeps its own copy of everything in it that matters; it never reads back what it
 * wrote. The file is sparse: pages exist once somebody has touched them.
 */
#ifndef HOST_REGION_H
#define HOST_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include "dxgwire/region.h"

/** REGION_RING_SIZE - data bytes of each of the four rings. */
#define REGION_RING_SIZE (256u << 10)

/**
 * struct region - one session's memory, mapped.
 * @fd: the memory file, sealed against resizing
 * @base: the mapping, @size bytes (a power of two)
 * @header: page 0 of it: write only, but for the guest's block
 * @layout: private copy of the header as laid out
 * @spare: bytes of IO space beyond what was asked for
 * @adopted: an earlier dxgd served it: what is in the IO space is somebody's
 */
struct region {
	int fd;
	uint8_t *base;
	uint64_t size;
	struct dxg_region_header *header;
	struct dxg_region_header layout;
	uint64_t spare;
	bool adopted;
};

/**
 * struct region_want - what to lay out: least IO space, LUIDs, doorbell vectors of each side,
 * DXG_HOSTCAP_* to announce.
 */
struct region_want {
	uint64_t io_size;
	uint32_t host_caps;
	uint32_t adapter_luid[2];
	uint32_t vgpu_luid[2];
	uint32_t vectors;
};

/**
 * region_create() - a new region, all zero, laid out and READY.
 *
 * Return: 0; -EFBIG when @want's IO space needs a region above 2^46 bytes; another negative errno.
 */
int region_create(const struct region_want *want, struct region **ret_region);

/**
 * region_adopt() - the region of a dxgd that died, with a guest that may go on writing to it. It is
 * laid out anew with the size it has: LOST, one generation on; rings and IO space are as they were.
 * @fd: belongs to the region on success
 * @ret_bad: what is wrong with it, for the log
 *
 * Return: 0; -EINVAL: not a region of ours, see @ret_bad; another negative errno.
 */
int region_adopt(int fd, const struct region_want *want, struct region **ret_region,
		 const char **ret_bad);

/** region_destroy() - unmap and close. NULL is fine. */
void region_destroy(struct region *region);

/**
 * region_get_rings() - dxgd's two sides of channel @channel, of rings that are all zero.
 * @ret_rx: guest to host; @ret_tx: host to guest
 */
void region_get_rings(const struct region *region, uint32_t channel, struct dxg_ring *ret_rx,
		      struct dxg_ring *ret_tx);

/** region_zero_rings() - forget all ring contents, for a new guest on the same region. */
void region_zero_rings(struct region *region);

/** region_set_state() - what the guest sees: enum dxg_session_state and the generation. */
void region_set_state(struct region *region, uint32_t state, uint32_t generation);

/** region_io() - the byte @offset of the IO space, in dxgd's mapping. */
void *region_io(const struct region *region, uint64_t offset);

/**
 * region_punch() - zero whole pages [@offset, @offset + @size) of the IO space and free their
 * memory. Return: 0 or a negative errno.
 */
int region_punch(const struct region *region, uint64_t offset, uint64_t size);

#endif /* HOST_REGION_H */

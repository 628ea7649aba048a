/* SPDX-License-Identifier: MIT */
/*
 * batch.h - the command buffers of one queue: a ring of equal slots in one CPU-visible allocation.
 * One slot is open and collects packets. A submission is what came into it since the one before;
 * when the slot is full, the next one is opened, which may only be written when the fence has
 * reached the value of its last submission.
 *
 * Owned by a queue and guarded by its lock.
 */
#ifndef OPENCL_BATCH_H
#define OPENCL_BATCH_H

#include "allocation.h"
#include "device.h"
#include "dxgwire/cmd.h"
#include "fence.h"

#define BATCH_SLOTS 4u
#define BATCH_SLOT_BYTES 131072u /* packets of one slot */
#define BATCH_SLOT_PACKETS 1024u /* and how many */
#define BATCH_IN_FLIGHT_MAX 256u /* submissions; far below DXG_QUEUED_PER_CONTEXT */

/**
 * struct batch - see above.
 * @open: slot that collects packets
 * @bytes, @records: in the open slot, submitted or not
 * @start, @packets: where in it what has not been submitted begins, and how many packets that is
 * @last: where its last packet begins
 * @ordered: a fence value of its own is needed even without packets (a GPU wait is queued)
 * @submitted: last fence value that has been queued behind a submission
 * @value: per slot, the fence value that frees it
 */
struct batch {
	struct vgpu *vgpu;
	struct d3dkmthandle context;
	struct allocation memory;
	struct fence fence;
	uint32_t open;
	uint32_t bytes;
	uint32_t records;
	uint32_t start;
	uint32_t packets;
	uint32_t last;
	bool ordered;
	uint64_t submitted;
	uint64_t value[BATCH_SLOTS];
};

/** batch_init() - create the context, on what of the virtual GPU @device is, the fence and the
 * memory; undo with batch_fini() either way.
 */
int batch_init(struct batch *b, struct vgpu *vgpu, const struct _cl_device_id *device);

/** batch_fini() - destroy them; nothing may be in flight unless the device is lost. */
void batch_fini(struct batch *b);

/** batch_fits() - does a packet of @size bytes fit the open slot? */
bool batch_fits(const struct batch *b, uint32_t size);

/** batch_empty() - is there nothing that a submission would be for? */
static inline bool batch_empty(const struct batch *b)
{
	return !b->packets && !b->ordered;
}

/** batch_next_value() - fence value that tells that all packets so far are done. */
static inline uint64_t batch_next_value(const struct batch *b)
{
	return batch_empty(b) ? b->submitted : b->submitted + 1;
}

/** batch_in_flight() - submissions that the device has not done yet. */
uint64_t batch_in_flight(const struct batch *b);

/**
 * batch_add() - copy a packet into the open slot; it must fit.
 * @profile: wanted: where the device will write start and end of the packet
 *
 * Return: the profile record in CPU memory, valid until the slot is reused; NULL if not wanted.
 */
const struct dxg_cmd_profile *batch_add(struct batch *b, const void *packet, uint32_t size,
					bool profile);

/** batch_slot_busy() - value to wait for before the next slot can be opened; 0: at once. */
uint64_t batch_slot_busy(const struct batch *b);

/** batch_open_slot() - open the next slot; it is free, and there is nothing left to submit. */
void batch_open_slot(struct batch *b);

/** batch_full() - value to wait for before another submission; 0: at once. */
uint64_t batch_full(const struct batch *b);

/**
 * batch_submit() - submit what there is, if anything, and queue the next fence value behind it.
 * @ret_last: where the record of the last packet, which is profiled then, is left; NULL: not wanted
 */
int batch_submit(struct batch *b, const struct dxg_cmd_profile **ret_last);

/** batch_wait_for() - hold everything after the last submission back until @f reaches @value. */
int batch_wait_for(struct batch *b, struct fence *f, uint64_t value);

#endif

// SPDX-License-Identifier: MIT
/*
 * relay.c - see relay.h. Staging is a ring of slots, each of a part. While the device moves one
 * part, the CPU packs the next of a write, or unpacks the one before of a read, so that the whole
 * takes as long as the slower of the two, and not as long as both.
 *
 * Nothing else of the queue is in flight, so all of its staging is free. The parts are done in the
 * order in which they were begun. A lost device ends it: what it still has under way is nobody's.
 *
 * Called without locks; the queue's is taken for a submission and for staging, not while waiting.
 */
#include "relay.h"

/*
 * A part costs one round trip to the device and back, some tens of microseconds, which is to be
 * little beside moving its bytes. Two slots would be enough to do both at once; more of them
 * outlast the time that it takes to wake a sleeping thread.
 */
#define RELAY_SLOTS 4u
#define RELAY_PART_BYTES ((size_t)STAGING_BYTES / RELAY_SLOTS)

/** struct relay_slot - a part under way; the device is done with it at @value of the fence. */
struct relay_slot {
	struct box part;
	uint64_t value;
};

/** struct relay - one box on its way; @begun and @ended count parts. */
struct relay {
	cl_command_queue queue;
	struct _cl_mem *mem;
	bool write;
	struct staging_piece staging;
	struct relay_slot slot[RELAY_SLOTS];
	uint64_t begun;
	uint64_t ended;
};

/* Where the bytes of part @n are in staging. */
static size_t staged_at(uint64_t n)
{
	return n % RELAY_SLOTS * RELAY_PART_BYTES;
}

/* Wait for the oldest part. */
static int part_end(struct relay *r)
{
	const struct relay_slot *slot = &r->slot[r->ended % RELAY_SLOTS];
	int err = queue_await(r->queue, slot->value);

	if (err < 0)
		return err;
	if (!r->write)
		box_unpack(&slot->part, r->staging.cpu + staged_at(r->ended));
	r->ended++;
	return 0;
}

static int part_begin(struct relay *r, const struct box *part)
{
	union box_packet p = { .h = { .opcode = box_opcode(part, r->write),
				      .size = box_packet_size(part) } };
	struct relay_slot *slot = &r->slot[r->begun % RELAY_SLOTS];
	int err = r->begun - r->ended == RELAY_SLOTS ? part_end(r) : 0;

	if (err < 0)
		return err;
	slot->part = *part;
	if (r->write)
		box_pack(part, r->staging.cpu + staged_at(r->begun));
	box_fill_packet(&p, part, r->mem, r->staging.va + staged_at(r->begun), r->write);
	slot->value = queue_send_packet(r->queue, &p, p.h.size);
	r->begun++;
	return 0;
}

static int move_parts(struct relay *r, const struct box *box)
{
	size_t at[3] = { 0 };
	struct box part;
	int err;

	do {
		part = box_part(box, at, RELAY_PART_BYTES);
		err = part_begin(r, &part);
	} while (err >= 0 && box_next(box, at, &part));
	while (err >= 0 && r->ended < r->begun)
		err = part_end(r);
	return err;
}

static int get_staging(struct relay *r)
{
	cl_command_queue q = r->queue;
	int err;

	pthread_mutex_lock(&q->lock);
	err = staging_get(&q->staging, q->context->vgpu, STAGING_BYTES, &r->staging);
	pthread_mutex_unlock(&q->lock);
	return err;
}

static void put_staging(struct relay *r)
{
	pthread_mutex_lock(&r->queue->lock);
	staging_put(&r->queue->staging, &r->staging);
	pthread_mutex_unlock(&r->queue->lock);
}

cl_int relay_box(cl_command_queue queue, struct _cl_mem *mem, const struct box *box, bool write)
{
	struct relay r = { .queue = queue, .mem = mem, .write = write };
	int err;

	if (mem->cpu) {
		if (write)
			mem_will_write(mem, box);
		box_copy(box, mem->cpu, write);
		return CL_COMPLETE;
	}
	err = get_staging(&r);
	if (err < 0)
		return CL_OUT_OF_RESOURCES;
	err = move_parts(&r, box);
	put_staging(&r);
	return err < 0 ? CL_OUT_OF_RESOURCES : CL_COMPLETE;
}

// SPDX-License-Identifier: MIT
/*
 * batch.c - packets into command buffers, command buffers into submissions.
 *
 * A slot is its packets followed by one profile record per packet. Rejected: a byte ring without
 * slots. It wastes nothing, but its packets need wrapping rules and its profile records a second
 * ring, while a slot costs nothing that a program could notice.
 */
#include "batch.h"

#include <string.h>

#include "dxgwire/ntstatus.h"
#include "pool.h"

#define PROFILE_BYTES (BATCH_SLOT_PACKETS * (uint32_t)sizeof(struct dxg_cmd_profile))
#define SLOT_STRIDE (BATCH_SLOT_BYTES + PROFILE_BYTES)

static int create_context(struct batch *b, const struct _cl_device_id *device)
{
	struct dxg_context_private part = {
		.magic = DXG_CONTEXT_PRIVATE_MAGIC,
		.first_unit = device->first_unit,
		.unit_count = device->units,
	};
	struct d3dkmt_createcontextvirtual args = {
		.device = b->vgpu->device,
		.engine_affinity = 1,
	};
	int err;

	if (device->parent) {
		args.priv_drv_data = dxg_ptr(&part);
		args.priv_drv_data_size = sizeof(part);
	}
	err = dxg_status_to_errno(D3DKMTCreateContextVirtual(&args));
	if (err < 0)
		return err;
	b->context = args.context;
	return 0;
}

int batch_init(struct batch *b, struct vgpu *vgpu, const struct _cl_device_id *device)
{
	int err;

	b->vgpu = vgpu;
	err = vgpu->inherited ? -ENODEV : create_context(b, device);
	if (err == 0)
		err = fence_create(vgpu, &b->fence);
	if (err == 0)
		err = pool_get(vgpu, (uint64_t)SLOT_STRIDE * BATCH_SLOTS, DXG_ALLOC_CPU_VISIBLE,
			       &b->memory);
	return err;
}

void batch_fini(struct batch *b)
{
	if (b->context.v && !b->vgpu->inherited) {
		struct d3dkmt_destroycontext args = { .context = b->context };

		D3DKMTDestroyContext(&args);
	}
	fence_destroy(&b->fence);
	pool_put(&b->memory);
}

bool batch_fits(const struct batch *b, uint32_t size)
{
	return b->records < BATCH_SLOT_PACKETS && size <= BATCH_SLOT_BYTES - b->bytes;
}

uint64_t batch_in_flight(const struct batch *b)
{
	uint64_t done = fence_read(&b->fence);

	return done >= b->submitted ? 0 : b->submitted - done;
}

/* Where in the memory the record of a packet of the open slot is. */
static uint32_t record_offset(const struct batch *b, uint32_t packet)
{
	return b->open * SLOT_STRIDE + BATCH_SLOT_BYTES +
	       packet * (uint32_t)sizeof(struct dxg_cmd_profile);
}

/* Has the last packet leave its times in its record. */
static const struct dxg_cmd_profile *time_last(struct batch *b)
{
	uint8_t *base = b->memory.cpu;
	struct dxg_cmd_header *h = (void *)(base + (size_t)b->open * SLOT_STRIDE + b->last);
	uint32_t record = record_offset(b, b->records - 1);

	h->profile = b->memory.va + record;
	return (const void *)(base + record);
}

const struct dxg_cmd_profile *batch_add(struct batch *b, const void *packet, uint32_t size,
					bool profile)
{
	uint8_t *base = b->memory.cpu;
	struct dxg_cmd_header *h = (void *)(base + (size_t)b->open * SLOT_STRIDE + b->bytes);

	memcpy(h, packet, size);
	h->profile = 0;
	b->last = b->bytes;
	b->bytes += size;
	b->records++;
	b->packets++;
	return profile ? time_last(b) : NULL;
}

uint64_t batch_slot_busy(const struct batch *b)
{
	uint64_t value = b->value[(b->open + 1) % BATCH_SLOTS];

	return fence_read(&b->fence) >= value ? 0 : value;
}

void batch_open_slot(struct batch *b)
{
	b->open = (b->open + 1) % BATCH_SLOTS;
	b->bytes = 0;
	b->records = 0;
	b->start = 0;
}

uint64_t batch_full(const struct batch *b)
{
	return batch_in_flight(b) < BATCH_IN_FLIGHT_MAX ? 0
							: b->submitted - BATCH_IN_FLIGHT_MAX + 1;
}

static int submit_packets(struct batch *b)
{
	struct d3dkmt_submitcommand args = {
		.command_buffer = b->memory.va + (uint64_t)b->open * SLOT_STRIDE + b->start,
		.command_length = b->bytes - b->start,
		.broadcast_context_count = 1,
		.broadcast_context[0] = b->context,
	};

	return dxg_status_to_errno(D3DKMTSubmitCommand(&args));
}

int batch_submit(struct batch *b, const struct dxg_cmd_profile **ret_last)
{
	int err = 0;

	if (batch_empty(b))
		return 0;
	if (b->vgpu->inherited)
		return -ENODEV;
	if (b->packets && ret_last)
		*ret_last = time_last(b);
	if (b->packets)
		err = submit_packets(b);
	if (err >= 0)
		err = fence_signal_from_gpu(&b->fence, b->context, b->submitted + 1);
	if (err < 0)
		return err;
	b->submitted++;
	b->ordered = false;
	b->value[b->open] = b->submitted;
	b->start = b->bytes;
	b->packets = 0;
	return 0;
}

int batch_wait_for(struct batch *b, struct fence *f, uint64_t value)
{
	int err = fence_wait_from_gpu(f, b->context, value);

	if (err < 0)
		return err;
	b->ordered = true;
	return 0;
}

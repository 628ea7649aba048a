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

static int create_context(struct batch *b)
{
	struct d3dkmt_createcontextvirtual args = {
		.device = b->vgpu->device,
		.engine_affinity = 1,
	};
	int err = dxg_status_to_errno(D3DKMTCreateContextVirtual(&args));

	if (err < 0)
		return err;
	b->context = args.context;
	return 0;
}

int batch_init(struct batch *b, struct vgpu *vgpu)
{
	int err;

	b->vgpu = vgpu;
	err = create_context(b);
	if (err == 0)
		err = fence_create(vgpu, &b->fence);
	if (err == 0)
		err = pool_get(vgpu, (uint64_t)SLOT_STRIDE * BATCH_SLOTS, DXG_ALLOC_CPU_VISIBLE,
			       &b->memory);
	return err;
}

void batch_fini(struct batch *b)
{
	if (b->context.v) {
		struct d3dkmt_destroycontext args = { .context = b->context };

		D3DKMTDestroyContext(&args);
	}
	fence_destroy(&b->fence);
	pool_put(&b->memory);
}

bool batch_fits(const struct batch *b, uint32_t size)
{
	return b->packets < BATCH_SLOT_PACKETS && size <= BATCH_SLOT_BYTES - b->bytes;
}

uint64_t batch_in_flight(const struct batch *b)
{
	uint64_t done = fence_read(&b->fence);

	return done >= b->submitted ? 0 : b->submitted - done;
}

const struct dxg_cmd_profile *batch_add(struct batch *b, const void *packet, uint32_t size,
					bool profile)
{
	uint32_t slot = b->open * SLOT_STRIDE;
	uint32_t record =
		slot + BATCH_SLOT_BYTES + b->packets * (uint32_t)sizeof(struct dxg_cmd_profile);
	uint8_t *base = b->memory.cpu;
	struct dxg_cmd_header *h = (void *)(base + slot + b->bytes);

	memcpy(h, packet, size);
	h->profile = profile ? b->memory.va + record : 0;
	b->bytes += size;
	b->packets++;
	return profile ? (const void *)(base + record) : NULL;
}

uint64_t batch_slot_busy(const struct batch *b)
{
	uint64_t value = b->value[(b->open + 1) % BATCH_SLOTS];

	return fence_read(&b->fence) >= value ? 0 : value;
}

static int submit_packets(struct batch *b)
{
	struct d3dkmt_submitcommand args = {
		.command_buffer = b->memory.va + (uint64_t)b->open * SLOT_STRIDE,
		.command_length = b->bytes,
		.broadcast_context_count = 1,
		.broadcast_context[0] = b->context,
	};

	return dxg_status_to_errno(D3DKMTSubmitCommand(&args));
}

int batch_submit(struct batch *b)
{
	int err = 0;

	if (batch_empty(b))
		return 0;
	if (b->packets)
		err = submit_packets(b);
	if (err >= 0)
		err = fence_signal_from_gpu(&b->fence, b->context, b->submitted + 1);
	if (err < 0)
		return err;
	b->submitted++;
	b->ordered = false;
	if (b->packets) {
		b->value[b->open] = b->submitted;
		b->open = (b->open + 1) % BATCH_SLOTS;
		b->bytes = 0;
		b->packets = 0;
	}
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

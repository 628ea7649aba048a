// SPDX-License-Identifier: MIT
/*
 * residency: see residency.h.
 */
#include "residency.h"

#include <errno.h>

#include "adapter.h"
#include "allocation.h"
#include "device.h"
#include "dxgwire/message.h"
#include "named.h"
#include "paging.h"
#include "process.h"
#include "request.h"
#include "vidmm/vidmm.h"

#define PROPERTY_ACCESSED_PHYSICALLY (1u << 0)
#define PROPERTY_SUPPORTED_SET (1u << 1)
#define PROPERTY_PREFERRED (1u << 2)
#define PROPERTY_KNOWN 7u
#define PREFERENCE_ENTRIES 5u
#define PREFERENCE_BITS 6u /* five of a segment's number, one for its direction */

/* ---- where it is ---- */

static uint32_t residency_of(const struct allocation *allocation)
{
	if (!vidmm_alloc_resident(allocation->mm) || !vidmm_alloc_committed(allocation->mm))
		return _D3DKMT_ALLOCATIONRESIDENCYSTATUS_NOTRESIDENT;
	return vidmm_alloc_group(allocation->mm) == VIDMM_LOCAL
		       ? _D3DKMT_ALLOCATIONRESIDENCYSTATUS_RESIDENTINGPUMEMORY
		       : _D3DKMT_ALLOCATIONRESIDENCYSTATUS_RESIDENTINSHAREDMEMORY;
}

/* A resource is where the worst placed of its allocations is. */
static int residency_note(struct allocation *allocation, uint32_t i, void *arg)
{
	uint32_t *status = arg, mine = residency_of(allocation);

	if (mine > status[i])
		status[i] = mine;
	return 0;
}

int residency_handle_query(struct request *rq)
{
	static uint32_t reply[1 + DXG_ALLOCATIONS_PER_QUERY + 1];
	const struct dxg_msg_queryallocationresidency *msg = (const void *)rq->msg;
	const struct d3dkmt_queryallocationresidency *args = &msg->args;
	const void *resource = &args->resource;
	struct named named = {
		.process = rq->process,
		.n = args->resource.v ? 1 : args->allocation_count,
		.resources = args->resource.v,
	};
	const uint8_t *tail;

	tail = request_tail(rq, sizeof(*msg), (uint64_t)args->allocation_count * 4);
	if (!tail)
		return -EPROTO;
	named.device = device_lookup(rq, args->device.v);
	named.handles = named.resources ? resource : tail;
	if (!named.device || args->allocation_count > DXG_ALLOCATIONS_PER_QUERY || args->reserved ||
	    !args->resource.v == !args->allocation_count || named_check(&named))
		return -EINVAL;
	memset(reply, 0, sizeof(reply[0]) * (named.n + 2));
	named_each(&named, residency_note, reply + 1);
	/* An empty resource is not resident. */
	if (named.resources && !reply[1])
		reply[1] = _D3DKMT_ALLOCATIONRESIDENCYSTATUS_NOTRESIDENT;
	request_reply(rq, reply, dxg_align8((1 + named.n) * (uint32_t)sizeof(reply[0])));
	return 0;
}

/* ---- how much is kept for the process ---- */

int residency_handle_reserve(struct request *rq)
{
	const struct dxg_msg_changevideomemoryreservation *msg = (const void *)rq->msg;
	const struct d3dkmt_changevideomemoryreservation *args = &msg->args;
	int err;

	if (args->process || args->adapter.v || args->physical_adapter_index)
		return -EINVAL;
	err = vidmm_reserve(rq->process->mm, (uint32_t)args->memory_segment_group,
			    args->reservation);
	/* More than there is to reserve is a wrong number, not a lack of memory. */
	if (err)
		return -EINVAL;
	request_reply_status(rq, 0);
	return 0;
}

/* ---- where it may be ---- */

static uint32_t residency_segments(const struct process *process)
{
	return adapter_is_unified(process_adapter(process)) ? 1 : 2;
}

static bool preference_ok(uint32_t preference, uint32_t segments)
{
	uint32_t i;

	for (i = 0; i < PREFERENCE_ENTRIES; i++)
		if ((preference >> i * PREFERENCE_BITS & 0x1f) > segments)
			return false;
	return !(preference >> PREFERENCE_ENTRIES * PREFERENCE_BITS);
}

/*
 * A preference is a hint among the supported segments; as nothing moves, each is as good as
 * another. A set without the segment where the allocation is, or access by physical address, cannot
 * be had.
 */
static int property_check(const struct allocation *allocation,
			  const struct d3dddi_updateallocproperty *args)
{
	uint32_t mask = args->property_mask_value;
	uint32_t segments = residency_segments(allocation->process);

	if (!mask || (mask & ~PROPERTY_KNOWN))
		return -EINVAL;
	if ((mask & PROPERTY_ACCESSED_PHYSICALLY) && args->flags.reserved)
		return -EINVAL;
	if ((mask & PROPERTY_SUPPORTED_SET) &&
	    (!args->supported_segment_set || args->supported_segment_set >> segments))
		return -EINVAL;
	if ((mask & PROPERTY_PREFERRED) && !preference_ok(args->preferred_segment.value, segments))
		return -EINVAL;
	if ((mask & PROPERTY_ACCESSED_PHYSICALLY) && args->flags.accessed_physically)
		return -EPERM;
	if ((mask & PROPERTY_SUPPORTED_SET) &&
	    !(args->supported_segment_set >> allocation_segment(allocation) & 1))
		return -EPERM;
	return 0;
}

int residency_handle_property(struct request *rq)
{
	const struct dxg_msg_updateallocationproperty *msg = (const void *)rq->msg;
	struct paging_queue *queue = paging_queue_lookup(rq, msg->args.paging_queue.v);
	struct allocation *allocation = allocation_lookup(rq->process, msg->args.allocation.v);
	struct dxg_msg_updateallocationproperty_return reply = { 0 };
	int err;

	if (!queue || !allocation || allocation->device != queue->device)
		return -EINVAL;
	err = property_check(allocation, &msg->args);
	if (err)
		return err;
	reply.paging_fence_value = paging_queue_advance(queue);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

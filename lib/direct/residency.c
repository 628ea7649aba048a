/* SPDX-License-Identifier: MIT */
/*
 * residency.c - where memory is, where it may be, and how much of its budget a process wants to be
 * sure of: all of it is the host's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* Bits that have a meaning. */
#define RESIDENCY_PROPERTIES 0x7u

static void residency_free(void *p)
{
	free(*(void **)p);
}

#define RESIDENCY_AUTO __attribute__((cleanup(residency_free)))

static int residency_check(struct direct *d, const struct d3dkmt_queryallocationresidency *p)
{
	uint32_t n = p->allocation_count;

	if (n > DXG_ALLOCATIONS_PER_QUERY || !p->resource.v == !n ||
	    !object_has(&d->objects, p->device.v, OBJECT_DEVICE) ||
	    (p->resource.v && !object_has(&d->objects, p->resource.v, OBJECT_RESOURCE)))
		return -EINVAL;
	return p->residency_status && (!n || p->allocations) ? 0 : -EFAULT;
}

int residency_query(struct direct *d, void *args)
{
	const struct d3dkmt_queryallocationresidency *p = args;
	uint32_t n = p->allocation_count, results = n ? n : 1;
	struct dxg_msg_queryallocationresidency body = {
		.args = { .device = p->device, .resource = p->resource, .allocation_count = n },
	};
	struct direct_msg m = DIRECT_MSG(&body);
	RESIDENCY_AUTO uint8_t *reply = NULL;
	uint32_t expect;
	int32_t status;
	int err = residency_check(d, p);

	if (err)
		return err;
	expect = dxg_align8((uint32_t)sizeof(status) + 4 * results);
	reply = malloc(expect);
	if (!reply)
		return -ENOMEM;
	direct_tail(&m, direct_user(p->allocations), 4ull * n);
	err = direct_call(d, DXG_MSG_QUERYALLOCATIONRESIDENCY, &m, reply, expect);
	if (err)
		return err;
	memcpy(&status, reply, sizeof(status));
	if (status >= 0)
		memcpy(direct_user(p->residency_status), reply + sizeof(status), 4ull * results);
	return dxg_status_to_errno(status);
}

int residency_property(struct direct *d, void *args)
{
	struct d3dddi_updateallocproperty *p = args;
	struct dxg_msg_updateallocationproperty body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_updateallocationproperty_return reply;
	int err;

	if ((p->property_mask_value & ~RESIDENCY_PROPERTIES) || p->flags.reserved ||
	    !object_has(&d->objects, p->paging_queue.v, OBJECT_QUEUE) ||
	    !object_has(&d->objects, p->allocation.v, OBJECT_ALLOCATION))
		return -EINVAL;
	body.args.paging_fence_value = 0;
	err = direct_call(d, DXG_MSG_UPDATEALLOCATIONPROPERTY, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status == DXG_STATUS_SUCCESS || reply.status == DXG_STATUS_PENDING)
		p->paging_fence_value = reply.paging_fence_value;
	return dxg_status_to_errno(reply.status);
}

int residency_reserve(struct direct *d, void *args)
{
	const struct d3dkmt_changevideomemoryreservation *p = args;
	struct dxg_msg_changevideomemoryreservation body = {
		.args = {
			.memory_segment_group = p->memory_segment_group,
			.reservation = p->reservation,
			.physical_adapter_index = p->physical_adapter_index,
		},
	};
	struct direct_msg m = DIRECT_MSG(&body);

	if (p->process || !object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	return direct_call_status(d, DXG_MSG_CHANGEVIDEOMEMORYRESERVATION, &m);
}

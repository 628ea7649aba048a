/* SPDX-License-Identifier: MIT */
/*
 * gpuva.c - GPU virtual addresses: all of it is the host's business, checked there; here only what
 * has no meaning is refused.
 */
#include <errno.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* Bits that have a meaning. */
#define GPUVA_PROTECTION 0x1full

int gpuva_reserve(struct direct *d, void *args)
{
	struct d3dddi_reservegpuvirtualaddress *p = args;
	struct dxg_msg_reservegpuvirtualaddress body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_reservegpuvirtualaddress_return reply;
	int err;

	if (object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		body.args.adapter.v = d->adapter;
	else if (!object_has(&d->objects, p->adapter.v, OBJECT_QUEUE))
		return -EINVAL;
	body.args.virtual_address = 0;
	body.args.paging_fence_value = 0;
	err = direct_call(d, DXG_MSG_RESERVEGPUVIRTUALADDRESS, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (!reply.virtual_address)
		return -EINVAL;
	p->virtual_address = reply.virtual_address;
	return 0;
}

int gpuva_map(struct direct *d, void *args)
{
	struct d3dddi_mapgpuvirtualaddress *p = args;
	struct dxg_msg_mapgpuvirtualaddress body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_mapgpuvirtualaddress_return reply;
	int err;

	if (p->reserved0 || p->reserved1 || (p->protection.value & ~GPUVA_PROTECTION) ||
	    !object_has(&d->objects, p->paging_queue.v, OBJECT_QUEUE))
		return -EINVAL;
	body.args.virtual_address = 0;
	body.args.paging_fence_value = 0;
	err = direct_call(d, DXG_MSG_MAPGPUVIRTUALADDRESS, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status == DXG_STATUS_SUCCESS || reply.status == DXG_STATUS_PENDING) {
		p->virtual_address = reply.virtual_address;
		p->paging_fence_value = reply.paging_fence_value;
	}
	return dxg_status_to_errno(reply.status);
}

int gpuva_free(struct direct *d, void *args)
{
	const struct d3dkmt_freegpuvirtualaddress *p = args;
	struct dxg_msg_freegpuvirtualaddress body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);

	if (p->reserved || !object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	body.args.adapter.v = d->adapter;
	return direct_call_status(d, DXG_MSG_FREEGPUVIRTUALADDRESS, &m);
}

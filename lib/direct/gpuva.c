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
#define GPUVA_UPDATE_FLAGS 0x1u

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

	if (!object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	body.args.adapter.v = d->adapter;
	body.args.reserved = 0;
	return direct_call_status(d, DXG_MSG_FREEGPUVIRTUALADDRESS, &m);
}

int gpuva_update(struct direct *d, void *args)
{
	const struct d3dkmt_updategpuvirtualaddress *p = args;
	struct dxg_msg_updategpuvirtualaddress body = {
		.fence_value = p->fence_value,
		.device = p->device.v,
		.context = p->context.v,
		.fence_object = p->fence_object.v,
		.num_operations = p->num_operations,
		.flags = p->flags.value,
	};
	struct direct_msg m = DIRECT_MSG(&body);

	if (!body.num_operations || body.num_operations > DXG_UPDATE_VA_OPERATIONS ||
	    p->reserved0 || p->reserved1 || p->reserved2 || (body.flags & ~GPUVA_UPDATE_FLAGS) ||
	    !object_has(&d->objects, p->device.v, OBJECT_DEVICE) ||
	    (body.context && !object_has(&d->objects, body.context, OBJECT_CONTEXT)) ||
	    (body.fence_object && !object_has(&d->objects, body.fence_object, OBJECT_SYNC)))
		return -EINVAL;
	if (!p->operations)
		return -EFAULT;
	direct_tail(&m, direct_user(p->operations),
		    (uint64_t)body.num_operations *
			    sizeof(struct d3dddi_updategpuvirtualaddress_operation));
	return direct_call_status(d, DXG_MSG_UPDATEGPUVIRTUALADDRESS, &m);
}

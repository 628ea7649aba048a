// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_opening.c - see dxg_opening.h. Everything that can fail here is done before the host is
 * asked; what fails afterwards has the host destroy the resource again. The handles enter the table
 * last, the resource's first.
 */
#include <linux/slab.h>

#include "dxg_allocation.h"
#include "dxg_device.h"
#include "dxg_opening.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_resource.h"
#include "dxg_share.h"
#include "dxgwire/ntstatus.h"

static const u32 *dxg_opening_handles(const struct dxg_opening *o)
{
	return (const u32 *)(o->reply + sizeof(struct dxg_msg_openresource_return));
}

static u32 dxg_opening_host(const struct dxg_opening *o)
{
	return ((const struct dxg_msg_openresource_return *)o->reply)->resource;
}

/** dxg_opening_resource - the caller's handle of the resource, once begun. */
u32 dxg_opening_resource(const struct dxg_opening *o)
{
	return dxg_process_handle(o->device->object.process, dxg_opening_host(o));
}

/** dxg_opening_allocation - the caller's handle of allocation @i, once begun. */
u32 dxg_opening_allocation(const struct dxg_opening *o, u32 i)
{
	return dxg_process_handle(o->device->object.process, dxg_opening_handles(o)[i]);
}

static u32 dxg_opening_reply_size(const struct dxg_opening *o)
{
	return sizeof(struct dxg_msg_openresource_return) + o->shared->count * sizeof(u32);
}

static int dxg_opening_prepare(struct dxg_opening *o)
{
	struct dxg_process *process = o->device->object.process;
	struct dxg_allocation *allocation;
	u32 i;

	o->resource = dxg_resource_create(process, o->device);
	o->object = kvcalloc(o->shared->count, sizeof(*o->object), GFP_KERNEL_ACCOUNT);
	o->reply = kvzalloc(dxg_opening_reply_size(o), GFP_KERNEL_ACCOUNT);
	if (!o->resource || !o->object || !o->reply)
		return -ENOMEM;
	dxg_shared_get(&o->shared->shared);
	o->resource->shared = o->shared;
	for (i = 0; i < o->shared->count; i++) {
		allocation = dxg_allocation_create(o->device, &o->resource->object);
		if (!allocation)
			return -ENOMEM;
		allocation->size = o->shared->part[i].size;
		o->object[i] = &allocation->object;
	}
	return 0;
}

static void dxg_opening_undo(struct dxg_opening *o)
{
	dxg_allocation_destroy_resource(o->device, dxg_opening_host(o));
}

static int dxg_opening_ask(struct dxg_opening *o)
{
	struct dxg_process *process = o->device->object.process;
	DXG_MESSAGE(dxg_msg_openresource) msg = {
		.m.device = dxg_object_host(&o->device->object),
		.m.nt_security_sharing = 1,
		.m.global_share = o->nt->handle,
		.m.allocation_count = o->shared->count,
		.m.total_priv_drv_data_size = o->shared->total_size,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	const u32 *handle = dxg_opening_handles(o);
	u32 i;
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_OPENRESOURCE, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, o->reply, dxg_opening_reply_size(o));
	if (!err)
		err = dxg_status_to_errno(((struct dxg_msg_openresource_return *)o->reply)->status);
	if (err)
		return err < 0 ? err : -EINVAL;
	if (!dxg_handle_valid(dxg_opening_host(o)))
		return -EPROTO;
	for (i = 0; i < o->shared->count; i++)
		if (!dxg_handle_valid(handle[i]))
			break;
	if (i == o->shared->count)
		return 0;
	dxg_opening_undo(o);
	return -EPROTO;
}

/**
 * dxg_opening_begin - make the objects and have the host open the resource.
 * @o: the opening; dxg_opening_fini() in any case
 *
 * Return: 0, then its handles are known and dxg_opening_end() must follow; -ENOMEM; -EPROTO; the
 * host's answer; as dxg_request_call().
 */
int dxg_opening_begin(struct dxg_opening *o)
{
	int err = dxg_opening_prepare(o);

	return err ? err : dxg_opening_ask(o);
}

/**
 * dxg_opening_end - enter the handles, or have the host forget what it has opened.
 * @o: the opening
 * @err: what went wrong since; 0: enter them
 *
 * Return: @err; else 0 or what went wrong.
 */
int dxg_opening_end(struct dxg_opening *o, int err)
{
	if (!err)
		err = dxg_resource_adopt(o->device, &o->resource->object, dxg_opening_host(o),
					 o->object, dxg_opening_handles(o), o->shared->count);
	if (err)
		dxg_opening_undo(o);
	return err;
}

/** dxg_opening_fini - what was made and not entered goes; the caller's references stay. */
void dxg_opening_fini(struct dxg_opening *o)
{
	u32 i;

	for (i = 0; o->object && i < o->shared->count; i++)
		dxg_object_put(o->object[i]);
	if (o->resource)
		dxg_object_put(&o->resource->object);
	kvfree(o->object);
	kvfree(o->reply);
}

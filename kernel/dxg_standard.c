// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_standard.c - see dxg_standard.h. The host is asked twice, for the sizes and for the data; an
 * answer whose sizes are not those of the first is none. Nothing is kept on the host.
 */
#include <linux/slab.h>

#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_standard.h"
#include "dxgwire/ntstatus.h"

/*
 * A heap for several adapters is a surface of one row of that width, as published; what is wider
 * than the field has a row for each page.
 */
static void dxg_standard_measure(u64 size, struct d3dkmdt_gdisurfacedata *surface)
{
	bool wide = size > U32_MAX;

	surface->width = wide ? DXG_PAGE_SIZE : size;
	surface->height = wide ? size >> DXG_PAGE_SHIFT : 1;
}

/* @reply: so many bytes as the sizes in @want demand. */
static int dxg_standard_call(struct dxg_process *process, u64 size, const struct dxg_standard *want,
			     struct dxg_msg_getstandardallocprivdata_return *reply)
{
	DXG_MESSAGE(dxg_msg_getstandardallocprivdata) msg = {
		.m.alloc_type = _D3DKMDT_STANDARDALLOCATION_GDISURFACE,
		.m.priv_driver_data_size = want->data_size,
		.m.priv_driver_resource_size = want->resource_size,
		.m.gdi_surface.type = _D3DKMDT_GDISURFACE_TEXTURE_CROSSADAPTER,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	int err;

	dxg_standard_measure(size, &msg.m.gdi_surface);
	dxg_request_vgpu(process->adapter, process->host,
			 DXG_MSG_DDIGETSTANDARDALLOCATIONDRIVERDATA, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, reply,
			       sizeof(*reply) + want->data_size + want->resource_size);
	return !err && reply->status < 0 ? dxg_status_to_errno(reply->status) : err;
}

static int dxg_standard_sizes(struct dxg_process *process, u64 size, struct dxg_standard *ret)
{
	struct dxg_msg_getstandardallocprivdata_return reply;
	int err = dxg_standard_call(process, size, ret, &reply);

	if (err)
		return err;
	if (reply.priv_driver_data_size > DXG_REPLY_MAX - sizeof(reply) ||
	    reply.priv_driver_resource_size >
		    DXG_REPLY_MAX - sizeof(reply) - reply.priv_driver_data_size)
		return -EPROTO;
	ret->data_size = reply.priv_driver_data_size;
	ret->resource_size = reply.priv_driver_resource_size;
	return 0;
}

static int dxg_standard_data(struct dxg_process *process, u64 size, struct dxg_standard *standard)
{
	struct dxg_msg_getstandardallocprivdata_return *reply;
	u32 bytes = standard->data_size + standard->resource_size;
	int err;

	reply = kvmalloc(sizeof(*reply) + bytes, GFP_KERNEL_ACCOUNT);
	if (!reply)
		return -ENOMEM;
	err = dxg_standard_call(process, size, standard, reply);
	if (!err && (reply->priv_driver_data_size != standard->data_size ||
		     reply->priv_driver_resource_size != standard->resource_size))
		err = -EPROTO;
	if (!err) {
		standard->data = kvmalloc(max(bytes, 1u), GFP_KERNEL_ACCOUNT);
		err = standard->data ? 0 : -ENOMEM;
	}
	if (!err)
		memcpy(standard->data, reply + 1, bytes);
	kvfree(reply);
	return err;
}

/**
 * dxg_standard_ask - what there is for a heap for several adapters.
 * @process: who asks
 * @size: bytes of the heap
 * @ret_standard: all zero; dxg_standard_fini() in any case
 *
 * Return: 0; -EPROTO; -ENOMEM; the host's answer; as dxg_request_call().
 */
int dxg_standard_ask(struct dxg_process *process, u64 size, struct dxg_standard *ret_standard)
{
	int err = dxg_standard_sizes(process, size, ret_standard);

	return err ? err : dxg_standard_data(process, size, ret_standard);
}

/** dxg_standard_fini - free the data. */
void dxg_standard_fini(struct dxg_standard *standard)
{
	kvfree(standard->data);
}

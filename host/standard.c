// SPDX-License-Identifier: MIT
/*
 * standard: see standard.h. Of the surfaces that a driver may be asked for there is one here, the
 * texture for several adapters: plain bytes that the CPU can see. Sizes are 64 bits throughout.
 */
#include "standard.h"

#include <errno.h>

#include "dxgwire/message.h"
#include "dxgwire/standard.h"
#include "request.h"

int standard_private(const uint8_t *bytes, uint32_t len, struct d3dkmt_createallocationflags flags,
		     struct dxg_alloc_private *ret_private)
{
	struct d3dkmt_createstandardallocation standard;

	if (len != sizeof(standard))
		return -EINVAL;
	memcpy(&standard, bytes, sizeof(standard));
	if (!dxg_standard_ok(&standard, flags))
		return -EINVAL;
	*ret_private = (struct dxg_alloc_private){
		.flags = DXG_ALLOC_CPU_VISIBLE,
		.size = standard.existing_heap_data.size,
	};
	return 0;
}

/* What is asked for: 0; -EINVAL; -EPERM for what this driver does not have. */
static int surface_check(const struct dxg_msg_getstandardallocprivdata *msg)
{
	const struct d3dkmdt_gdisurfacedata *surface = &msg->gdi_surface;

	if (msg->alloc_type != _D3DKMDT_STANDARDALLOCATION_GDISURFACE ||
	    surface->type != _D3DKMDT_GDISURFACE_TEXTURE_CROSSADAPTER || surface->format)
		return -EPERM;
	if (msg->physical_adapter_index || surface->flags || surface->pitch || !surface->width ||
	    !surface->height)
		return -EINVAL;
	return (uint64_t)surface->width * surface->height > DXG_ALLOCATION_SIZE_MAX ? -EINVAL : 0;
}

/* The first call asks for the sizes, the second repeats them and gets the data. */
int standard_handle_driver_data(struct request *rq)
{
	const struct dxg_msg_getstandardallocprivdata *msg = (const void *)rq->msg;
	struct dxg_msg_getstandardallocprivdata_return reply = {
		.priv_driver_data_size = sizeof(struct dxg_alloc_private),
		.gdi_surface = msg->gdi_surface,
	};
	struct dxg_alloc_private private = {
		.flags = DXG_ALLOC_CPU_VISIBLE,
		.size = (uint64_t)msg->gdi_surface.width * msg->gdi_surface.height,
	};
	struct dxg_ring_part part[] = {
		{ &reply, sizeof(reply) },
		{ &private, sizeof(private) },
	};
	int err = surface_check(msg);

	if (err)
		return err;
	if (msg->priv_driver_resource_size ||
	    (msg->priv_driver_data_size && msg->priv_driver_data_size != sizeof(private)))
		return -EINVAL;
	reply.gdi_surface.pitch = msg->gdi_surface.width;
	request_reply_parts(rq, part, msg->priv_driver_data_size ? 2 : 1);
	return 0;
}

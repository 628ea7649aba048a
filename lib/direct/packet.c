/* SPDX-License-Identifier: MIT */
/*
 * packet.c - the calls of contexts that do not use GPU virtual addresses: CreateContext and Render,
 * with packets of patch locations, and those of the hardware scheduler's first form. WDDM has them
 * on adapters whose driver announces them; a virtual GPU addresses by GPU VA only, so none ever
 * exists, and the answer is NOT_SUPPORTED once the arguments are in order. dxgd is not asked.
 */
#include <errno.h>

#include "direct.h"

/* As context.c has them. */
#define PACKET_PRIVATE_MAX 131001u
#define PACKET_CONTEXT_FLAGS 0x3fu

int packet_context_create(struct direct *d, void *args)
{
	const struct d3dkmt_createcontext *p = args;

	if (p->priv_drv_data_size > PACKET_PRIVATE_MAX ||
	    (p->flags.value & ~PACKET_CONTEXT_FLAGS) ||
	    !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	return -EPERM;
}

int packet_hw_context_create(struct direct *d, void *args)
{
	const struct d3dkmt_createhwcontext *p = args;

	if (p->priv_drv_data_size > PACKET_PRIVATE_MAX || p->flags.value ||
	    !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	return -EPERM;
}

/* There is none that this could be. */
int packet_hw_context_destroy(struct direct *d, void *args)
{
	(void)d;
	(void)args;
	return -EINVAL;
}

int packet_render(struct direct *d, void *args)
{
	const struct d3dkmt_render *p = args;

	if (p->flags.reserved || p->broadcast_context_count > DXG_BROADCAST_CONTEXTS ||
	    p->priv_drv_data_size > PACKET_PRIVATE_MAX ||
	    !object_has(&d->objects, p->context.v, OBJECT_CONTEXT) ||
	    !object_has_all(&d->objects, &p->broadcast_context[0].v, p->broadcast_context_count,
			    OBJECT_CONTEXT))
		return -EINVAL;
	return -EPERM;
}

/* SPDX-License-Identifier: MIT */
/*
 * device.c - devices: a handle of the host's and everything made under it.
 */
#include <errno.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* The cookie comes back in SETGUESTDATA, which nobody here needs. */
#define DEVICE_COOKIE 1u

static int device_end(struct direct *d, uint32_t handle)
{
	struct dxg_msg_handle body = { .handle = handle };
	struct direct_msg m = DIRECT_MSG(&body);

	return direct_call_status(d, DXG_MSG_DESTROYDEVICE, &m);
}

int device_create(struct direct *d, void *args)
{
	struct d3dkmt_createdevice *p = args;
	struct dxg_msg_createdevice body = { .flags = p->flags, .cookie = DEVICE_COOKIE };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_handle_return reply;
	struct object o = { .type = OBJECT_DEVICE };
	int err;

	if (p->flags.reserved || !object_has(&d->objects, p->adapter.v, OBJECT_ADAPTER))
		return -EINVAL;
	err = direct_call(d, DXG_MSG_CREATEDEVICE, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (!reply.handle)
		return -EINVAL;
	o.handle = reply.handle;
	err = object_add(&d->objects, &o);
	if (err) {
		device_end(d, reply.handle);
		return err;
	}
	p->device.v = reply.handle;
	return 0;
}

int device_destroy(struct direct *d, void *args)
{
	const struct d3dkmt_destroydevice *p = args;
	int err = object_remove(&d->objects, p->device.v, OBJECT_DEVICE, NULL);

	if (err)
		return err;
	object_remove_children(&d->objects, p->device.v);
	device_end(d, p->device.v);
	return 0;
}

static void device_flush(struct direct *d, uint32_t handle)
{
	struct dxg_msg_flushdevice body = {
		.device = handle,
		.reason = DXG_MSG_FLUSH_DEVICE_TERMINATE,
	};
	struct direct_msg m = DIRECT_MSG(&body);

	direct_call_status(d, DXG_MSG_FLUSHDEVICE, &m);
}

static uint32_t device_any(struct direct *d)
{
	struct object *o;
	uint32_t handle = 0;

	pthread_mutex_lock(&d->objects.lock);
	for (o = d->objects.first; o && !handle; o = o->next)
		if (o->type == OBJECT_DEVICE)
			handle = o->handle;
	pthread_mutex_unlock(&d->objects.lock);
	return handle;
}

void device_destroy_all(struct direct *d)
{
	struct d3dkmt_destroydevice args;

	while ((args.device.v = device_any(d))) {
		device_flush(d, args.device.v);
		device_destroy(d, &args);
	}
}

int device_state(struct direct *d, void *args)
{
	struct d3dkmt_getdevicestate *p = args;
	struct dxg_msg_getdevicestate body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_getdevicestate_return reply;
	int err;

	if (!object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	memset(body.args.alignment, 0, sizeof(body.args.alignment));
	err = direct_call(d, DXG_MSG_GETDEVICESTATE, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status >= 0)
		memcpy(p->alignment, reply.args.alignment, sizeof(p->alignment));
	return dxg_status_to_errno(reply.status);
}

int device_mark_error(struct direct *d, void *args)
{
	const struct d3dkmt_markdeviceaserror *p = args;
	struct dxg_msg_markdeviceaserror body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);
	uint32_t reason = (uint32_t)body.args.reason;

	if ((reason != _D3DKMT_DEVICE_ERROR_REASON_GENERIC &&
	     reason != _D3DKMT_DEVICE_ERROR_REASON_DRIVER_ERROR) ||
	    !object_has(&d->objects, body.args.device.v, OBJECT_DEVICE))
		return -EINVAL;
	return direct_call_status(d, DXG_MSG_MARKDEVICEASERROR, &m);
}

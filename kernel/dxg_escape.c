// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_escape.c - Escape: private data to the host's driver and back. No state, no locks.
 *
 * Known escapes (flags.driver_known_escape): the two translations are answered here, with the
 * number that the host uses. Building test command buffers is not carried.
 */
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"

#define DXG_ESCAPE_DATA_MAX 131001u
/* Bits of d3dddi_escapeflags. */
#define DXG_ESCAPE_FLAGS 0xefu

/* Tell the caller how the host calls an allocation or resource. */
static int dxg_escape_tell_host(const struct d3dkmt_escape *args, const void *data)
{
	struct d3dddi_translate_allocation_handle translation;

	if (args->priv_drv_data_size < sizeof(translation))
		return -EINVAL;
	memcpy(&translation, data, sizeof(translation));
	translation.allocation.v = dxg_handle_host(translation.allocation.v);
	return copy_to_user(args->priv_drv_data, &translation, sizeof(translation)) ? -EFAULT : 0;
}

/* Return: 1 forward it, 0 done, -errno. */
static int dxg_escape_known(const struct d3dkmt_escape *args, const void *data)
{
	u32 what;

	if (args->type != _D3DKMT_ESCAPE_DRIVERPRIVATE || !args->flags.driver_known_escape)
		return 1;
	if (args->priv_drv_data_size < sizeof(what))
		return -EINVAL;
	memcpy(&what, data, sizeof(what));
	switch (what) {
	case _D3DDDI_DRIVERESCAPETYPE_TRANSLATEALLOCATIONHANDLE:
	case _D3DDDI_DRIVERESCAPETYPE_TRANSLATERESOURCEHANDLE:
		return dxg_escape_tell_host(args, data);
	case _D3DDDI_DRIVERESCAPETYPE_BUILDTESTCOMMANDBUFFER:
		return -EPERM;
	}
	return 1;
}

/* A device or context that is named must be the caller's. */
static int dxg_escape_translate(struct dxg_process *process, struct d3dkmt_escape *args)
{
	struct dxg_table *table = &process->file->objects;
	int err = 0;

	if (args->device.v)
		err = dxg_table_translate(table, &args->device.v, 1, DXG_OBJECT_DEVICE, process);
	if (!err && args->context.v)
		err = dxg_table_translate(table, &args->context.v, 1, DXG_OBJECT_CONTEXT, process);
	return err;
}

static int dxg_escape_forward(struct dxg_process *process, const struct d3dkmt_escape *args,
			      const void *data)
{
	u32 size = args->priv_drv_data_size;
	DXG_MESSAGE(dxg_msg_escape) msg = {
		.m.adapter = process->adapter->host,
		.m.device = args->device.v,
		.m.type = args->type,
		.m.flags = args->flags,
		.m.size = size,
		.m.context = args->context.v,
	};
	struct dxg_ring_part part[] = { DXG_PART(msg), { .base = data, .len = size } };
	struct dxg_slot *slot = dxg_slot_create(max_t(u32, size, sizeof(s32)));
	int err;

	if (!slot)
		return -ENOMEM;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_ESCAPE, &msg.ext, &msg.m.h);
	err = dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot, size);
	if (err >= 0)
		err = copy_to_user(args->priv_drv_data, slot->reply, size) ? -EFAULT : 0;
	dxg_slot_put(slot);
	return err;
}

/** dxg_ioctl_escape - Escape, 0x0d. */
int dxg_ioctl_escape(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_escape args;
	struct dxg_process *process;
	struct dxg_buffer data;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.priv_drv_data_size > DXG_ESCAPE_DATA_MAX || args.flags.value & ~DXG_ESCAPE_FLAGS)
		return -EINVAL;
	err = dxg_process_find(file, args.adapter, &process);
	if (!err)
		err = dxg_escape_translate(process, &args);
	if (!err)
		err = dxg_buffer_copy(&data, args.priv_drv_data, args.priv_drv_data_size);
	if (err)
		return err;
	err = dxg_escape_known(&args, data.data);
	if (err > 0)
		err = dxg_escape_forward(process, &args, data.data);
	dxg_buffer_fini(&data);
	return err;
}

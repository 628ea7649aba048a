// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_packet.c - the thunks of contexts that do not use GPU virtual addresses: CreateContext and
 * Render, with packets of patch locations, and those of the hardware scheduler's first form. WDDM
 * has them on adapters whose driver announces them; a virtual GPU addresses by GPU VA only, so none
 * ever exists, and the answer is NOT_SUPPORTED once the arguments are in order. The host is not
 * asked. No state, no locks.
 */
#include <linux/uaccess.h>

#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxgwire/limits.h"

/* As dxg_context.c has them. */
#define DXG_PACKET_DATA_MAX 131001u
#define DXG_PACKET_CONTEXT_FLAGS 0x3fu

/** dxg_ioctl_create_context - CreateContext, 0x03. */
int dxg_ioctl_create_context(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createcontext args;
	struct dxg_device *device;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.priv_drv_data_size > DXG_PACKET_DATA_MAX ||
	    args.flags.value & ~DXG_PACKET_CONTEXT_FLAGS)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	dxg_device_put(device);
	return -EPERM;
}

/** dxg_ioctl_create_hw_context - CreateHwContext, 0x17. */
int dxg_ioctl_create_hw_context(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createhwcontext args;
	struct dxg_device *device;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.priv_drv_data_size > DXG_PACKET_DATA_MAX || args.flags.value)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	dxg_device_put(device);
	return -EPERM;
}

/** dxg_ioctl_destroy_hw_context - DestroyHwContext, 0x1a: there is none that this could be. */
int dxg_ioctl_destroy_hw_context(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_destroyhwcontext args;

	return copy_from_user(&args, arg, sizeof(args)) ? -EFAULT : -EINVAL;
}

/** dxg_ioctl_render - Render, 0x2d. */
int dxg_ioctl_render(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_render args;
	struct dxg_object *context;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags.reserved || args.broadcast_context_count > DXG_BROADCAST_CONTEXTS ||
	    args.priv_drv_data_size > DXG_PACKET_DATA_MAX)
		return -EINVAL;
	context = dxg_table_get(&file->objects, args.context.v, DXG_OBJECT_CONTEXT);
	if (!context)
		return -EINVAL;
	err = dxg_table_translate(&file->objects, &args.broadcast_context[0].v,
				  args.broadcast_context_count, DXG_OBJECT_CONTEXT,
				  context->process);
	dxg_object_put(context);
	return err ? err : -EPERM;
}

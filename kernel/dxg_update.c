// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_update.c - UpdateGpuVirtualAddress: many changes of mappings in an order with a context's
 * work. The host keeps the address spaces and the order; here handles are checked: that they name
 * what they should, and the context one of the device's. No state, no locks.
 */
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"

#define DXG_UPDATE_FLAGS 1u

static int dxg_update_translate_one(struct dxg_process *process,
				    struct d3dddi_updategpuvirtualaddress_operation *op)
{
	switch (op->operation) {
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP:
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT: /* starts as the other */
		return dxg_table_translate(&process->file->objects, &op->map.allocation.v, 1,
					   DXG_OBJECT_ALLOCATION, process);
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_UNMAP:
	case _D3DDDI_UPDATEGPUVIRTUALADDRESS_COPY:
		return 0;
	}
	return -EINVAL;
}

static int dxg_update_translate(struct dxg_process *process,
				struct d3dddi_updategpuvirtualaddress_operation *op, u32 n)
{
	int err = 0;
	u32 i;

	for (i = 0; i < n && !err; i++)
		err = dxg_update_translate_one(process, &op[i]);
	return err;
}

/* The context must be the device's; 0 for none. */
static int dxg_update_context(struct dxg_device *device, u32 handle)
{
	struct dxg_object *context;
	int err = 0;

	if (!handle)
		return 0;
	context = dxg_table_get(&device->object.process->file->objects, handle, DXG_OBJECT_CONTEXT);
	if (!context || context->device != device)
		err = -EINVAL;
	dxg_object_put(context);
	return err;
}

static int dxg_update_send(struct dxg_device *device,
			   const struct d3dkmt_updategpuvirtualaddress *args, u32 fence,
			   const struct d3dddi_updategpuvirtualaddress_operation *op)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_updategpuvirtualaddress) msg = {
		.m.fence_value = args->fence_value,
		.m.device = dxg_object_host(&device->object),
		.m.context = dxg_handle_host(args->context.v),
		.m.fence_object = fence,
		.m.num_operations = args->num_operations,
		.m.flags = args->flags.value,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = op, .len = args->num_operations * sizeof(*op) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_UPDATEGPUVIRTUALADDRESS, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
}

static int dxg_update_run(struct dxg_device *device,
			  const struct d3dkmt_updategpuvirtualaddress *args)
{
	struct dxg_process *process = device->object.process;
	u32 fence = args->fence_object.v;
	struct dxg_buffer op;
	int err = dxg_update_context(device, args->context.v);

	if (!err && fence)
		err = dxg_table_translate(&process->file->objects, &fence, 1, DXG_OBJECT_SYNC,
					  process);
	if (!err)
		err = dxg_buffer_copy(&op, args->operations,
				      args->num_operations * sizeof(*args->operations));
	if (err)
		return err;
	err = dxg_update_translate(process, op.data, args->num_operations);
	if (!err)
		err = dxg_update_send(device, args, fence, op.data);
	dxg_buffer_fini(&op);
	return err;
}

/** dxg_ioctl_update_gpu_va - UpdateGpuVirtualAddress, 0x39. */
int dxg_ioctl_update_gpu_va(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_updategpuvirtualaddress args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.num_operations || args.num_operations > DXG_UPDATE_VA_OPERATIONS ||
	    args.reserved0 || args.reserved1 || args.reserved2 ||
	    args.flags.value & ~DXG_UPDATE_FLAGS)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_update_run(device, &args);
	dxg_device_put(device);
	return err;
}

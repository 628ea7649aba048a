// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_priority.c - SetAllocationPriority and GetAllocationPriority, of one resource or of a list of
 * allocations. The host keeps them; nothing is remembered here, because two threads that set one
 * would have to be told which of them the host heard last. No state, no locks.
 */
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_selection.h"

static int dxg_priority_send(struct dxg_device *device, const struct dxg_selection *selection,
			     const u32 *priority)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_allocationpriority) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.resource = selection->resource,
		.m.allocation_count = selection->n,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = selection->list.data, .len = selection->n * sizeof(u32) },
		{ .base = priority, .len = dxg_selection_results(selection) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_SETALLOCATIONPRIORITY, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
}

static int dxg_priority_set(struct dxg_device *device, struct d3dkmt_setallocationpriority *args)
{
	struct dxg_selection selection;
	struct dxg_buffer priority;
	int err = dxg_selection_init(&selection, device, args->resource, args->allocation_list,
				     args->allocation_count);

	if (err)
		return err;
	err = dxg_buffer_copy(&priority, args->priorities, dxg_selection_results(&selection));
	if (!err) {
		err = dxg_priority_send(device, &selection, priority.data);
		dxg_buffer_fini(&priority);
	}
	dxg_selection_fini(&selection);
	return err;
}

/** dxg_ioctl_set_allocation_priority - SetAllocationPriority, 0x2e. */
int dxg_ioctl_set_allocation_priority(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_setallocationpriority args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.allocation_count > DXG_ALLOCATIONS_PER_PRIORITY ||
	    !args.resource.v == !args.allocation_count)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_priority_set(device, &args);
	dxg_device_put(device);
	return err;
}

/* The request is as long as the reply will be (specification, message 60). */
static int dxg_priority_ask(struct dxg_device *device, const struct dxg_selection *selection,
			    struct dxg_slot *slot)
{
	static const u8 zero[8];
	struct dxg_process *process = device->object.process;
	u32 size = selection->n * sizeof(u32);
	DXG_MESSAGE(dxg_msg_allocationpriority) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.resource = selection->resource,
		.m.allocation_count = selection->n,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = selection->list.data, .len = size },
		{ .base = zero, .len = slot->room - size },
	};
	int length;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_GETALLOCATIONPRIORITY, &msg.ext,
			 &msg.m.h);
	length = dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot, slot->room);
	return min(length, 0);
}

static int dxg_priority_get(struct dxg_device *device, struct d3dkmt_getallocationpriority *args)
{
	struct dxg_selection selection;
	struct dxg_slot *slot;
	int err = dxg_selection_init(&selection, device, args->resource, args->allocation_list,
				     args->allocation_count);

	if (err)
		return err;
	slot = dxg_slot_create(dxg_selection_room(&selection));
	err = slot ? dxg_priority_ask(device, &selection, slot) : -ENOMEM;
	if (!err)
		err = dxg_selection_report(&selection, slot, args->priorities);
	if (slot)
		dxg_slot_put(slot);
	dxg_selection_fini(&selection);
	return err;
}

/** dxg_ioctl_get_allocation_priority - GetAllocationPriority, 0x3c. */
int dxg_ioctl_get_allocation_priority(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_getallocationpriority args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.allocation_count > DXG_ALLOCATIONS_PER_QUERY ||
	    !args.resource.v == !args.allocation_count)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_priority_get(device, &args);
	dxg_device_put(device);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_residency.c - QueryAllocationResidency, UpdateAllocationProperty,
 * ChangeVideoMemoryReservation: where memory is, where it may be, and how much of its budget a
 * process wants to be sure of. All of it is the host's; no state, no locks.
 */
#include <linux/uaccess.h>

#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_selection.h"
#include "dxgwire/ntstatus.h"

#define DXG_PROPERTY_MASK 7u

static int dxg_residency_ask(struct dxg_device *device, const struct dxg_selection *selection,
			     struct dxg_slot *slot)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_queryallocationresidency) msg = {
		.m.args.device.v = dxg_object_host(&device->object),
		.m.args.resource.v = selection->resource,
		.m.args.allocation_count = selection->n,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = selection->list.data, .len = selection->n * sizeof(u32) },
	};
	int length;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_QUERYALLOCATIONRESIDENCY,
			 &msg.ext, &msg.m.h);
	length = dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot, slot->room);
	return min(length, 0);
}

static int dxg_residency_query(struct dxg_device *device,
			       struct d3dkmt_queryallocationresidency *args)
{
	struct dxg_selection selection;
	struct dxg_slot *slot;
	int err = dxg_selection_init(&selection, device, args->resource, args->allocations,
				     args->allocation_count);

	if (err)
		return err;
	slot = dxg_slot_create(dxg_selection_room(&selection));
	err = slot ? dxg_residency_ask(device, &selection, slot) : -ENOMEM;
	if (!err)
		err = dxg_selection_report(&selection, slot, args->residency_status);
	if (slot)
		dxg_slot_put(slot);
	dxg_selection_fini(&selection);
	return err;
}

/** dxg_ioctl_query_allocation_residency - QueryAllocationResidency, 0x2a. */
int dxg_ioctl_query_allocation_residency(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_queryallocationresidency args;
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
	err = dxg_residency_query(device, &args);
	dxg_device_put(device);
	return err;
}

static int dxg_residency_ask_property(struct dxg_object *queue,
				      const struct d3dddi_updateallocproperty *args,
				      struct dxg_msg_updateallocationproperty_return *ret_reply)
{
	struct dxg_process *process = queue->process;
	DXG_MESSAGE(dxg_msg_updateallocationproperty) msg = { .m.args = *args };
	struct dxg_ring_part part = DXG_PART(msg);
	int err;

	msg.m.args.paging_queue.v = dxg_object_host(queue);
	msg.m.args.paging_fence_value = 0;
	err = dxg_table_translate(&process->file->objects, &msg.m.args.allocation.v, 1,
				  DXG_OBJECT_ALLOCATION, process);
	if (err)
		return err;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_UPDATEALLOCATIONPROPERTY,
			 &msg.ext, &msg.m.h);
	return dxg_request_call(process->adapter, &part, 1, ret_reply, sizeof(*ret_reply));
}

/** dxg_ioctl_update_allocation_property - UpdateAllocationProperty, 0x38. */
int dxg_ioctl_update_allocation_property(struct dxg_file *file, void __user *arg)
{
	struct d3dddi_updateallocproperty __user *user = arg;
	struct dxg_msg_updateallocationproperty_return reply;
	struct d3dddi_updateallocproperty args;
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.property_mask_value & ~DXG_PROPERTY_MASK || args.flags.reserved)
		return -EINVAL;
	queue = dxg_table_get(&file->objects, args.paging_queue.v, DXG_OBJECT_PAGING_QUEUE);
	if (!queue)
		return -EINVAL;
	err = dxg_residency_ask_property(queue, &args, &reply);
	dxg_object_put(queue);
	if (err)
		return err;
	if ((reply.status == DXG_STATUS_SUCCESS || reply.status == DXG_STATUS_PENDING) &&
	    put_user(reply.paging_fence_value, &user->paging_fence_value))
		return -EFAULT;
	return dxg_status_to_errno(reply.status);
}

/** dxg_ioctl_change_video_memory_reservation - ChangeVideoMemoryReservation, 0x16. */
int dxg_ioctl_change_video_memory_reservation(struct dxg_file *file, void __user *arg)
{
	DXG_MESSAGE(dxg_msg_changevideomemoryreservation) msg = {};
	struct d3dkmt_changevideomemoryreservation args;
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_process *process;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.process || (u32)args.memory_segment_group > _D3DKMT_MEMORY_SEGMENT_GROUP_NON_LOCAL)
		return -EINVAL;
	err = dxg_process_find(file, args.adapter, &process);
	if (err)
		return err;
	msg.m.args.memory_segment_group = args.memory_segment_group;
	msg.m.args.reservation = args.reservation;
	msg.m.args.physical_adapter_index = args.physical_adapter_index;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CHANGEVIDEOMEMORYRESERVATION,
			 &msg.ext, &msg.m.h);
	return dxg_request_status(process->adapter, &part, 1);
}

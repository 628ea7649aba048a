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
#include "dxgwire/ntstatus.h"

/**
 * dxg_priority_list - the handles that are meant: a copy of the caller's list, as the host knows
 * them.
 * @device: whose they must be
 * @resource: the resource that is meant instead; becomes the host's number
 * @user: the caller's list
 * @n: how many
 * @ret_list: to be freed after success
 */
static int dxg_priority_list(struct dxg_device *device, struct d3dkmthandle *resource,
			     const void __user *user, u32 n, struct dxg_buffer *ret_list)
{
	struct dxg_process *process = device->object.process;
	struct dxg_table *table = &process->file->objects;
	int err = dxg_buffer_copy(ret_list, user, n * sizeof(u32));

	if (err)
		return err;
	if (resource->v)
		err = dxg_table_translate(table, &resource->v, 1, DXG_OBJECT_RESOURCE, process);
	else
		err = dxg_table_translate(table, ret_list->data, n, DXG_OBJECT_ALLOCATION, process);
	if (err)
		dxg_buffer_fini(ret_list);
	return err;
}

static int dxg_priority_send(struct dxg_device *device,
			     const struct d3dkmt_setallocationpriority *args, const u32 *list,
			     const u32 *priority)
{
	struct dxg_process *process = device->object.process;
	u32 n = args->allocation_count;
	DXG_MESSAGE(dxg_msg_allocationpriority) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.resource = args->resource.v,
		.m.allocation_count = n,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = list, .len = n * sizeof(*list) },
		{ .base = priority, .len = max(n, 1u) * sizeof(*priority) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_SETALLOCATIONPRIORITY, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
}

static int dxg_priority_set(struct dxg_device *device, struct d3dkmt_setallocationpriority *args)
{
	u32 n = args->allocation_count;
	struct dxg_buffer list, priority;
	int err = dxg_priority_list(device, &args->resource, args->allocation_list, n, &list);

	if (err)
		return err;
	err = dxg_buffer_copy(&priority, args->priorities, max(n, 1u) * sizeof(u32));
	if (!err) {
		err = dxg_priority_send(device, args, list.data, priority.data);
		dxg_buffer_fini(&priority);
	}
	dxg_buffer_fini(&list);
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
	if (args.allocation_count > DXG_ALLOCATIONS_PER_PRIORITY || args.reserved ||
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
static int dxg_priority_ask(struct dxg_device *device,
			    const struct d3dkmt_getallocationpriority *args, const u32 *list,
			    struct dxg_slot *slot, u32 expected)
{
	static const u8 zero[8];
	struct dxg_process *process = device->object.process;
	u32 size = args->allocation_count * sizeof(*list);
	DXG_MESSAGE(dxg_msg_allocationpriority) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.resource = args->resource.v,
		.m.allocation_count = args->allocation_count,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = list, .len = size },
		{ .base = zero, .len = expected - size },
	};
	int length;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_GETALLOCATIONPRIORITY, &msg.ext,
			 &msg.m.h);
	length = dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot, expected);
	return min(length, 0);
}

static int dxg_priority_report(const struct dxg_slot *slot,
			       const struct d3dkmt_getallocationpriority *args)
{
	const struct dxg_msg_status *reply = (const void *)slot->reply;

	if (reply->status >= 0 && copy_to_user(args->priorities, slot->reply + sizeof(*reply),
					       max(args->allocation_count, 1u) * sizeof(u32)))
		return -EFAULT;
	return dxg_status_to_errno(reply->status);
}

static int dxg_priority_get(struct dxg_device *device, struct d3dkmt_getallocationpriority *args)
{
	u32 n = args->allocation_count;
	u32 expected = dxg_align8(sizeof(struct dxg_msg_status) + max(n, 1u) * sizeof(u32));
	struct dxg_slot *slot;
	struct dxg_buffer list;
	int err = dxg_priority_list(device, &args->resource, args->allocation_list, n, &list);

	if (err)
		return err;
	slot = dxg_slot_create(expected);
	err = slot ? dxg_priority_ask(device, args, list.data, slot, expected) : -ENOMEM;
	if (!err)
		err = dxg_priority_report(slot, args);
	if (slot)
		dxg_slot_put(slot);
	dxg_buffer_fini(&list);
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
	if (args.allocation_count > DXG_ALLOCATIONS_PER_QUERY || args.reserved ||
	    !args.resource.v == !args.allocation_count)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_priority_get(device, &args);
	dxg_device_put(device);
	return err;
}

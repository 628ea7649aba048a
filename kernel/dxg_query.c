// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_query.c - QueryAdapterInfo and QueryVideoMemoryInfo. No state, no locks.
 */
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxgwire/ntstatus.h"

#define DXG_QUERY_DATA_MAX 131017u

/* A guest has no display, whatever the host's adapter has. */
static void dxg_query_adjust_type(void *data, u32 size)
{
	struct d3dkmt_adaptertype type;

	if (size < sizeof(type))
		return;
	memcpy(&type, data, sizeof(type));
	type.paravirtualized = 1;
	type.display_supported = 0;
	type.post_device = 0;
	type.indirect_display_device = 0;
	type.acg_supported = 0;
	type.support_set_timings_from_vidpn = 0;
	memcpy(data, &type, sizeof(type));
}

static int dxg_query_finish(const struct d3dkmt_queryadapterinfo *args, struct dxg_slot *slot)
{
	u8 *data = slot->reply + sizeof(struct dxg_msg_status);
	struct dxg_msg_status reply;

	memcpy(&reply, slot->reply, sizeof(reply));
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	if (args->type == _KMTQAITYPE_ADAPTERTYPE || args->type == _KMTQAITYPE_ADAPTERTYPE_RENDER)
		dxg_query_adjust_type(data, args->private_data_size);
	if (copy_to_user(args->private_data, data, args->private_data_size))
		return -EFAULT;
	return 0;
}

static int dxg_query(struct dxg_process *process, const struct d3dkmt_queryadapterinfo *args,
		     const void *data)
{
	u32 size = args->private_data_size;
	DXG_MESSAGE(dxg_msg_queryadapterinfo) msg = {
		.m.query_type = args->type,
		.m.size = size,
	};
	struct dxg_ring_part part[] = { DXG_PART(msg), { .base = data, .len = size } };
	struct dxg_slot *slot = dxg_slot_create(sizeof(struct dxg_msg_status) + size);
	int err;

	if (!slot)
		return -ENOMEM;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_QUERYADAPTERINFO, &msg.ext,
			 &msg.m.h);
	err = dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot,
			       sizeof(struct dxg_msg_status) + size);
	if (err >= 0)
		err = dxg_query_finish(args, slot);
	dxg_slot_put(slot);
	return err;
}

/** dxg_ioctl_query_adapter_info - QueryAdapterInfo, 0x09. */
int dxg_ioctl_query_adapter_info(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_queryadapterinfo args;
	struct dxg_process *process;
	struct dxg_buffer data;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.private_data_size || args.private_data_size > DXG_QUERY_DATA_MAX)
		return -EINVAL;
	err = dxg_process_find(file, args.adapter, &process);
	if (!err)
		err = dxg_buffer_copy(&data, args.private_data, args.private_data_size);
	if (err)
		return err;
	err = dxg_query(process, &args, data.data);
	dxg_buffer_fini(&data);
	return err;
}

static int dxg_query_memory(struct dxg_process *process, struct d3dkmt_queryvideomemoryinfo *args)
{
	DXG_MESSAGE(dxg_msg_queryvideomemoryinfo) msg = {
		.m.adapter = process->adapter->host,
		.m.memory_segment_group = args->memory_segment_group,
		.m.physical_adapter_index = args->physical_adapter_index,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_queryvideomemoryinfo_return reply;
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_QUERYVIDEOMEMORYINFO, &msg.ext,
			 &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	args->budget = reply.budget;
	args->current_usage = reply.current_usage;
	args->current_reservation = reply.current_reservation;
	args->available_for_reservation = reply.available_for_reservation;
	return 0;
}

/** dxg_ioctl_query_video_memory_info - QueryVideoMemoryInfo, 0x0a. */
int dxg_ioctl_query_video_memory_info(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_queryvideomemoryinfo args;
	struct dxg_process *process;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.process || (u32)args.memory_segment_group > _D3DKMT_MEMORY_SEGMENT_GROUP_NON_LOCAL)
		return -EINVAL;
	err = dxg_process_find(file, args.adapter, &process);
	if (!err)
		err = dxg_query_memory(process, &args);
	if (!err && copy_to_user(arg, &args, sizeof(args)))
		err = -EFAULT;
	return err;
}

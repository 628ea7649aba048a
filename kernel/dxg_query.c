// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_query.c - QueryAdapterInfo, QueryVideoMemoryInfo, QueryClockCalibration, IsFeatureEnabled. No
 * locks; answers that cannot change stay with the adapter (dxg_adapter.h).
 */
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxgwire/adapterinfo.h"
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

/* Questions without input whose answer is the same as long as the adapter is. */
static bool dxg_query_is_constant(u32 type)
{
	switch (type) {
	case DXG_INFO_GUID:
	case DXG_INFO_REGISTRY:
	case DXG_INFO_DRIVER_VERSION:
	case DXG_INFO_ADAPTER_TYPE:
	case DXG_INFO_WDDM_2_0_CAPS:
	case DXG_INFO_PHYSICAL_ADAPTER_COUNT:
	case DXG_INFO_ADAPTER_TYPE_RENDER:
	case DXG_INFO_UNIQUE_GUID:
	case DXG_INFO_DESCRIPTION:
	case DXG_INFO_WDDM_2_7_CAPS:
		return true;
	}
	return false;
}

/* Return: 1 answered from what is known, 0 ask the host, -EFAULT, -ENODEV. */
static int dxg_query_recall(struct dxg_adapter *adapter, const struct d3dkmt_queryadapterinfo *args)
{
	const struct dxg_answer *answer;

	if (!dxg_query_is_constant(args->type))
		return 0;
	answer = dxg_adapter_answer(adapter, args->type);
	if (!answer || answer->size != args->private_data_size)
		return 0;
	if (!dxg_session_alive(adapter->session))
		return -ENODEV;
	return copy_to_user(args->private_data, answer->data, answer->size) ? -EFAULT : 1;
}

static int dxg_query_finish(struct dxg_adapter *adapter, const struct d3dkmt_queryadapterinfo *args,
			    struct dxg_slot *slot)
{
	u8 *data = slot->reply + sizeof(struct dxg_msg_status);
	struct dxg_msg_status reply;

	memcpy(&reply, slot->reply, sizeof(reply));
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	if (args->type == _KMTQAITYPE_ADAPTERTYPE || args->type == _KMTQAITYPE_ADAPTERTYPE_RENDER)
		dxg_query_adjust_type(data, args->private_data_size);
	if (dxg_query_is_constant(args->type))
		dxg_adapter_keep_answer(adapter, args->type, data, args->private_data_size);
	if (copy_to_user(args->private_data, data, args->private_data_size))
		return -EFAULT;
	return 0;
}

static int dxg_query(struct dxg_process *process, const struct d3dkmt_queryadapterinfo *args,
		     const void *data)
{
	u32 size = args->private_data_size;
	DXG_MESSAGE(dxg_msg_queryadapterinfo)
	msg = {
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
		err = dxg_query_finish(process->adapter, args, slot);
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
	if (err)
		return err;
	err = dxg_query_recall(process->adapter, &args);
	if (err)
		return min(err, 0);
	err = dxg_buffer_copy(&data, args.private_data, args.private_data_size);
	if (err)
		return err;
	err = dxg_query(process, &args, data.data);
	dxg_buffer_fini(&data);
	return err;
}

static int dxg_query_memory(struct dxg_process *process, struct d3dkmt_queryvideomemoryinfo *args)
{
	DXG_MESSAGE(dxg_msg_queryvideomemoryinfo)
	msg = {
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

/* The CPU's clock is the guest's own, in the middle between question and answer. */
static int dxg_query_clock(struct dxg_process *process, struct d3dkmt_queryclockcalibration *args)
{
	DXG_MESSAGE(dxg_msg_queryclockcalibration)
	msg = {
		.m.args.adapter.v = process->adapter->host,
		.m.args.node_ordinal = args->node_ordinal,
		.m.args.physical_adapter_index = args->physical_adapter_index,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_queryclockcalibration_return reply;
	u64 asked = ktime_get_ns();
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_QUERYCLOCKCALIBRATION, &msg.ext,
			 &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	args->clock_data = reply.clock_data;
	args->clock_data.cpu_clock_counter = asked + (ktime_get_ns() - asked) / 2;
	return 0;
}

/** dxg_ioctl_query_clock_calibration - QueryClockCalibration, 0x3d. */
int dxg_ioctl_query_clock_calibration(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_queryclockcalibration args;
	struct dxg_process *process;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_process_find(file, args.adapter, &process);
	if (!err)
		err = dxg_query_clock(process, &args);
	if (!err && copy_to_user(arg, &args, sizeof(args)))
		err = -EFAULT;
	return err;
}

static int dxg_query_feature(struct dxg_adapter *adapter, struct d3dkmt_isfeatureenabled *args)
{
	DXG_MESSAGE(dxg_msg_isfeatureenabled) msg = { .m.feature_id = args->feature_id };
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_isfeatureenabled_return reply;
	int err;

	dxg_request_vgpu(adapter, 0, DXG_MSG_ISFEATUREENABLED, &msg.ext, &msg.m.h);
	err = dxg_request_call(adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	args->result.version = reply.version;
	args->result.value = reply.flags;
	return 0;
}

/** dxg_ioctl_is_feature_enabled - IsFeatureEnabled, 0x49. */
int dxg_ioctl_is_feature_enabled(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_isfeatureenabled args;
	struct dxg_process *process;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_process_find(file, args.adapter, &process);
	if (!err)
		err = dxg_query_feature(process->adapter, &args);
	if (!err && copy_to_user(arg, &args, sizeof(args)))
		err = -EFAULT;
	return err;
}

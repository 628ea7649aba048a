// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_gpuva.c - Reserve-, Map- and FreeGpuVirtualAddress. The host keeps the address spaces; here
 * the handles are checked and nothing is remembered.
 */
#include <linux/uaccess.h>

#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_trace.h"
#include "dxgwire/ntstatus.h"

/* Bits of d3dddigpuva_protection_type. */
#define DXG_GPUVA_PROTECTION 0x1full

static int dxg_gpuva_ask_reserve(struct dxg_process *process, u32 owner,
				 const struct d3dddi_reservegpuvirtualaddress *args,
				 u64 *ret_address)
{
	DXG_MESSAGE(dxg_msg_reservegpuvirtualaddress) msg = { .m.args = *args };
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_reservegpuvirtualaddress_return reply;
	int err;

	msg.m.args.adapter.v = owner;
	msg.m.args.virtual_address = 0;
	msg.m.args.paging_fence_value = 0;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_RESERVEGPUVIRTUALADDRESS,
			 &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	if (!reply.virtual_address)
		return -EINVAL;
	*ret_address = reply.virtual_address;
	return 0;
}

/** dxg_ioctl_reserve_gpu_va - ReserveGpuVirtualAddress, 0x08: by adapter or by paging queue. */
int dxg_ioctl_reserve_gpu_va(struct dxg_file *file, void __user *arg)
{
	struct d3dddi_reservegpuvirtualaddress __user *user = arg;
	struct d3dddi_reservegpuvirtualaddress args;
	struct dxg_process *process;
	struct dxg_object *queue;
	u64 address;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if ((u32)args.reservation_type > _D3DDDIGPUVA_RESERVE_NO_COMMIT)
		return -EINVAL;
	if (dxg_process_is_adapter_handle(args.adapter.v)) {
		err = dxg_process_find(file, args.adapter, &process);
		if (!err)
			err = dxg_gpuva_ask_reserve(process, process->adapter->host, &args,
						    &address);
	} else {
		queue = dxg_table_get(&file->objects, args.adapter.v, DXG_OBJECT_PAGING_QUEUE);
		if (!queue)
			return -EINVAL;
		err = dxg_gpuva_ask_reserve(queue->process, dxg_object_host(queue), &args,
					    &address);
		dxg_object_put(queue);
	}
	return err ?: put_user(address, &user->virtual_address);
}

static int dxg_gpuva_ask_map(struct dxg_object *queue,
			     const struct d3dddi_mapgpuvirtualaddress *args,
			     struct dxg_msg_mapgpuvirtualaddress_return *ret_reply)
{
	struct dxg_process *process = queue->process;
	DXG_MESSAGE(dxg_msg_mapgpuvirtualaddress) msg = { .m.args = *args };
	struct dxg_ring_part part = DXG_PART(msg);

	msg.m.args.paging_queue.v = dxg_object_host(queue);
	msg.m.args.virtual_address = 0;
	msg.m.args.paging_fence_value = 0;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_MAPGPUVIRTUALADDRESS, &msg.ext,
			 &msg.m.h);
	return dxg_request_call(process->adapter, &part, 1, ret_reply, sizeof(*ret_reply));
}

static int dxg_gpuva_map(struct dxg_object *queue, struct d3dddi_mapgpuvirtualaddress *args,
			 struct d3dddi_mapgpuvirtualaddress __user *user)
{
	struct dxg_msg_mapgpuvirtualaddress_return reply;
	int err = 0;

	if (args->allocation.v)
		err = dxg_table_translate(&queue->process->file->objects, &args->allocation.v, 1,
					  DXG_OBJECT_ALLOCATION, queue->process);
	if (!err)
		err = dxg_gpuva_ask_map(queue, args, &reply);
	if (err)
		return err;
	if (reply.status >= 0)
		trace_dxg_map(args->allocation.v, reply.virtual_address, args->size_in_pages);
	if ((reply.status == DXG_STATUS_SUCCESS || reply.status == DXG_STATUS_PENDING) &&
	    (put_user(reply.virtual_address, &user->virtual_address) ||
	     put_user(reply.paging_fence_value, &user->paging_fence_value)))
		return -EFAULT;
	return dxg_status_to_errno(reply.status);
}

/** dxg_ioctl_map_gpu_va - MapGpuVirtualAddress, 0x0c. */
int dxg_ioctl_map_gpu_va(struct dxg_file *file, void __user *arg)
{
	struct d3dddi_mapgpuvirtualaddress args;
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.reserved0 || args.reserved1 || args.protection.value & ~DXG_GPUVA_PROTECTION)
		return -EINVAL;
	queue = dxg_table_get(&file->objects, args.paging_queue.v, DXG_OBJECT_PAGING_QUEUE);
	if (!queue)
		return -EINVAL;
	err = dxg_gpuva_map(queue, &args, arg);
	dxg_object_put(queue);
	return err;
}

/** dxg_ioctl_free_gpu_va - FreeGpuVirtualAddress, 0x20. */
int dxg_ioctl_free_gpu_va(struct dxg_file *file, void __user *arg)
{
	DXG_MESSAGE(dxg_msg_freegpuvirtualaddress) msg = {};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_process *process;
	int err;

	if (copy_from_user(&msg.m.args, arg, sizeof(msg.m.args)))
		return -EFAULT;
	msg.m.args.reserved = 0;
	err = dxg_process_find(file, msg.m.args.adapter, &process);
	if (err)
		return err;
	msg.m.args.adapter.v = process->adapter->host;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_FREEGPUVIRTUALADDRESS, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, &part, 1);
}

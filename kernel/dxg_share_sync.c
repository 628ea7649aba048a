// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_share_sync.c - opening shared fences: OpenSyncObjectFromNtHandle2, and the opening itself for
 * whoever has an NT handle. Each opener has an object of its own, with a page of its own.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_share.h"
#include "dxg_share_sync.h"
#include "dxgwire/ntstatus.h"

/**
 * dxg_share_open_host - OPENSYNCOBJECT.
 * @device: whose it becomes on the host
 * @open: what to open, and how
 * @ret_reply: all of it checked but the address
 *
 * Return: 0; -EINVAL no handle came; the host's status; as dxg_request_call().
 */
int dxg_share_open_host(struct dxg_device *device, const struct dxg_share_open *open,
			struct dxg_msg_opensyncobject_return *ret_reply)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_opensyncobject)
	msg = {
		.m.device = dxg_object_host(&device->object),
		.m.global_sync_object = open->shared->global,
		.m.engine_affinity = open->engine_affinity,
		.m.flags = open->flags,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	int err;

	if (open->shared->adapter != process->adapter)
		return -EINVAL;
	dxg_request_vm(process->host, DXG_MSG_OPENSYNCOBJECT, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, ret_reply, sizeof(*ret_reply));
	if (!err)
		err = dxg_status_to_errno(ret_reply->status);
	if (err)
		return err < 0 ? err : -EINVAL;
	return ret_reply->sync_object ? 0 : -EINVAL;
}

/**
 * dxg_share_open - open a shared fence for the caller, up to the point where it enters the table.
 * @device: the parent
 * @open: what to open, and how
 * @ret_opened: the object, not in the table yet, and what user mode is to be told
 *
 * Return: 0, then dxg_share_open_commit() or dxg_share_open_undo() follows; -errno.
 */
int dxg_share_open(struct dxg_device *device, const struct dxg_share_open *open,
		   struct dxg_share_opened *ret_opened)
{
	struct dxg_msg_opensyncobject_return reply;
	struct dxg_process *process = device->object.process;
	struct dxg_sync *sync = dxg_sync_create(process, device);
	int err;

	if (!sync)
		return -ENOMEM;
	sync->deny = dxg_sync_denied(open->flags);
	sync->shared = dxg_shared_get(open->shared);
	err = dxg_share_open_host(device, open, &reply);
	if (err)
		goto err_put;
	ret_opened->sync = sync;
	ret_opened->host = reply.sync_object;
	ret_opened->handle = dxg_process_handle(process, reply.sync_object);
	ret_opened->gpu_va = reply.fence_gpu_va;
	err = dxg_sync_bind_fence(sync, reply.fence_storage_address, &ret_opened->cpu_va);
	if (!err)
		return 0;
	dxg_sync_destroy_host(process, reply.sync_object);
err_put:
	dxg_object_put(&sync->object);
	return err;
}

/** dxg_share_open_commit - it enters the table; on failure it is undone. Return: 0, -errno. */
int dxg_share_open_commit(struct dxg_device *device, struct dxg_share_opened *opened)
{
	int err = dxg_device_adopt(device, &opened->sync->object, opened->host);

	if (err)
		dxg_share_open_undo(device, opened);
	return err;
}

/** dxg_share_open_undo - user mode could not be told: host and caller forget it. */
void dxg_share_open_undo(struct dxg_device *device, struct dxg_share_opened *opened)
{
	dxg_sync_destroy_host(device->object.process, opened->host);
	dxg_object_put(&opened->sync->object);
}

static int dxg_share_open_and_tell(struct dxg_device *device, const struct dxg_share_open *open,
				   struct d3dkmt_opensyncobjectfromnthandle2 *args,
				   void __user *arg)
{
	struct dxg_share_opened opened;
	int err = dxg_share_open(device, open, &opened);

	if (err)
		return err;
	args->sync_object.v = opened.handle;
	args->monitored_fence.fence_value_cpu_va = u64_to_user_ptr(opened.cpu_va);
	args->monitored_fence.fence_value_gpu_va = opened.gpu_va;
	if (!copy_to_user(arg, args, sizeof(*args)))
		return dxg_share_open_commit(device, &opened);
	dxg_share_open_undo(device, &opened);
	return -EFAULT;
}

/** dxg_ioctl_open_sync_from_nt_handle - OpenSyncObjectFromNtHandle2, 0x40. */
int dxg_ioctl_open_sync_from_nt_handle(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_opensyncobjectfromnthandle2 args;
	struct dxg_share_open open = {};
	struct dxg_device *device;
	struct dxg_nt *nt;
	int err = -EINVAL;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags.value & ~DXG_SYNC_FLAGS)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	nt = dxg_share_from_fd(args.nt_handle, DXG_SHARED_SYNC);
	if (nt) {
		open.shared = nt->shared;
		open.flags = args.flags;
		open.engine_affinity = args.monitored_fence.engine_affinity;
		err = dxg_share_open_and_tell(device, &open, &args, arg);
	}
	dxg_nt_put(nt);
	dxg_device_put(device);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_syncfile.c - CreateSyncFile, WaitSyncFile and OpenSyncObjectFromSyncFile (specification
 * section 7.5): a value of a monitored fence as a sync_file, for whoever waits for dma_fences, and
 * back.
 *
 * A sync file of a shared fence means the same in every process; one of a fence that is not shared
 * can be waited for by contexts of the process that made it, and polled by anybody. A sync file
 * that holds anything else (another driver's fence, a merged one) is refused.
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/sync_file.h>
#include <linux/uaccess.h>

#include "dxg_device.h"
#include "dxg_event.h"
#include "dxg_fence.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_share.h"
#include "dxg_share_sync.h"

/* ---- creation ---- */

/* Have the host signal @event when @sync is at the fence's value. */
static int dxg_syncfile_register(struct dxg_device *device, struct dxg_sync *sync, u64 value,
				 const struct dxg_event *event)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_waitforsyncobjectfromcpu)
	msg = {
		.m.device = dxg_object_host(&device->object),
		.m.object_count = 1,
		.m.event = event->id,
	};
	u32 handle = dxg_object_host(&sync->object);
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = &handle, .len = sizeof(handle) },
		{ .base = &value, .len = sizeof(value) },
	};
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_WAITFORSYNCOBJECTFROMCPU,
			 &msg.ext, &msg.m.h);
	err = dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
	return min(err, 0);
}

/* From here on somebody signals it: the host, or the end of the event. */
static int dxg_syncfile_arm(struct dxg_device *device, struct dxg_sync *sync,
			    struct dxg_fence *fence)
{
	struct dxg_event *event;
	int err;

	err = dxg_event_create_fence(device->object.process, fence, &event);
	if (err) {
		dxg_fence_fire(fence, err);
		return err;
	}
	if (sync->fence && dxg_sync_value(sync) >= fence->value)
		dxg_fence_fire(fence, 0);
	else
		err = dxg_syncfile_register(device, sync, fence->value, event);
	if (err || atomic_read(&fence->fired))
		dxg_event_withdraw(event);
	dxg_event_put(event);
	return err;
}

/* A descriptor for @fence, told to the caller at @user. */
static int dxg_syncfile_install(struct dxg_fence *fence, u64 __user *user)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct sync_file *file;

	if (fd < 0)
		return fd;
	file = sync_file_create(&fence->base);
	if (!file) {
		put_unused_fd(fd);
		return -ENOMEM;
	}
	if (put_user((u64)fd, user)) {
		fput(file->file);
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, file->file);
	return 0;
}

static int dxg_syncfile_create(struct dxg_device *device, struct dxg_sync *sync, u64 value,
			       u64 __user *user)
{
	struct dxg_nt *nt = NULL;
	struct dxg_fence *fence;
	int err = 0;

	if (sync->shared)
		err = dxg_nt_get_for(&sync->object, sync->shared, &nt);
	if (err)
		return err;
	fence = dxg_fence_create(sync, nt, value);
	dxg_nt_put(nt);
	if (!fence)
		return -ENOMEM;
	err = dxg_syncfile_arm(device, sync, fence) ?: dxg_syncfile_install(fence, user);
	dxg_fence_put(fence);
	return err;
}

/* A monitored fence of the device's process that may be waited for; with a reference. */
static int dxg_syncfile_find(struct dxg_device *device, u32 handle, struct dxg_sync **ret_sync)
{
	struct dxg_process *process = device->object.process;
	struct dxg_object *object = dxg_table_get(&process->file->objects, handle, DXG_OBJECT_SYNC);
	int err = -EINVAL;

	if (!object)
		return -EINVAL;
	*ret_sync = dxg_object_sync(object);
	if (object->process == process && (*ret_sync)->fence)
		err = (*ret_sync)->deny & DXG_SYNC_NO_WAIT ? -EACCES : 0;
	if (err)
		dxg_object_put(object);
	return err;
}

/** dxg_ioctl_create_sync_file - CreateSyncFile, 0x45. */
int dxg_ioctl_create_sync_file(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createsyncfile __user *user = arg;
	struct d3dkmt_createsyncfile args;
	struct dxg_device *device;
	struct dxg_sync *sync;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_syncfile_find(device, args.monitored_fence.v, &sync);
	if (!err) {
		err = dxg_syncfile_create(device, sync, args.fence_value, &user->sync_file_handle);
		dxg_object_put(&sync->object);
	}
	dxg_device_put(device);
	return err;
}

/* ---- what is behind a descriptor ---- */

/* The fence of a sync file, with a reference; NULL when it is not one of ours on this adapter. */
static struct dxg_fence *dxg_syncfile_fence(u64 fd, const struct dxg_adapter *adapter)
{
	struct dma_fence *base = fd > INT_MAX ? NULL : sync_file_get_fence((int)fd);
	struct dxg_fence *fence = base ? dxg_fence_of(base) : NULL;

	if (fence && fence->adapter == adapter)
		return fence;
	dma_fence_put(base);
	return NULL;
}

/* ---- waiting ---- */

/* The context waits for the object that the host calls @handle. */
static int dxg_syncfile_post(struct dxg_object *context, u32 handle, u64 value)
{
	struct dxg_process *process = context->process;
	DXG_MESSAGE(dxg_msg_waitforsyncobjectfromgpu)
	msg = {
		.m.context = dxg_object_host(context),
		.m.object_count = 1,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = &value, .len = sizeof(value) },
		{ .base = &handle, .len = sizeof(handle) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_WAITFORSYNCOBJECTFROMGPU,
			 &msg.ext, &msg.m.h);
	return dxg_request_post(process->adapter, &msg.m.h, part, ARRAY_SIZE(part));
}

/* Of this process, and still there: by its own handle. The maker's process may be gone. */
static int dxg_syncfile_wait_own(struct dxg_object *context, const struct dxg_fence *fence)
{
	struct dxg_table *table = &context->process->file->objects;
	u32 handle = fence->object->handle;
	struct dxg_object *object;
	bool there;

	rcu_read_lock();
	object = dxg_table_peek(table, handle, DXG_OBJECT_SYNC);
	there = object == fence->object && object->process == context->process;
	rcu_read_unlock();
	return there ? dxg_syncfile_post(context, dxg_handle_host(handle), fence->value) : -EINVAL;
}

/* Opened for the wait alone: what is queued keeps the fence when the name goes. */
static int dxg_syncfile_wait_shared(struct dxg_object *context, const struct dxg_fence *fence)
{
	struct dxg_share_open open = {
		.shared = fence->nt->shared,
		.flags = { .shared = 1, .nt_security_sharing = 1, .no_signal = 1 },
	};
	struct dxg_msg_opensyncobject_return reply;
	int err, destroyed;

	err = dxg_share_open_host(dxg_object_device(&context->device->object), &open, &reply);
	if (err)
		return err;
	err = dxg_syncfile_post(context, reply.sync_object, fence->value);
	destroyed = dxg_sync_destroy_host(context->process, reply.sync_object);
	return err ?: min(destroyed, 0);
}

static int dxg_syncfile_wait(struct dxg_object *context, struct dxg_fence *fence)
{
	int status = dma_fence_get_status(&fence->base);

	if (status)
		return min(status, 0); /* it is over: reached, or never will be */
	if (fence->nt)
		return dxg_syncfile_wait_shared(context, fence);
	return dxg_syncfile_wait_own(context, fence);
}

/** dxg_ioctl_wait_sync_file - WaitSyncFile, 0x46. */
int dxg_ioctl_wait_sync_file(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_waitsyncfile args;
	struct dxg_object *context;
	struct dxg_fence *fence;
	int err = -EINVAL;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.reserved)
		return -EINVAL;
	context = dxg_table_get(&file->objects, args.context.v, DXG_OBJECT_CONTEXT);
	if (!context)
		return -EINVAL;
	fence = dxg_syncfile_fence(args.sync_file_handle, context->process->adapter);
	if (fence) {
		err = dxg_syncfile_wait(context, fence);
		dxg_fence_put(fence);
	}
	dxg_object_put(context);
	return err;
}

/* ---- opening ---- */

static int dxg_syncfile_open(struct dxg_device *device, const struct dxg_fence *fence,
			     struct d3dkmt_opensyncobjectfromsyncfile *args, void __user *arg)
{
	struct dxg_share_open open = {
		.shared = fence->nt->shared,
		.flags = { .shared = 1, .nt_security_sharing = 1, .no_signal = 1 },
	};
	struct dxg_share_opened opened;
	int err = dxg_share_open(device, &open, &opened);

	if (err)
		return err;
	args->syncobj.v = opened.handle;
	args->fence_value = fence->value;
	args->fence_value_cpu_va = u64_to_user_ptr(opened.cpu_va);
	args->fence_value_gpu_va = opened.gpu_va;
	if (!copy_to_user(arg, args, sizeof(*args)))
		return dxg_share_open_commit(device, &opened);
	dxg_share_open_undo(device, &opened);
	return -EFAULT;
}

/** dxg_ioctl_open_sync_from_sync_file - OpenSyncObjectFromSyncFile, 0x47. */
int dxg_ioctl_open_sync_from_sync_file(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_opensyncobjectfromsyncfile args;
	struct dxg_device *device;
	struct dxg_fence *fence;
	int err = -EINVAL;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	fence = dxg_syncfile_fence(args.sync_file_handle, device->object.process->adapter);
	if (fence && fence->nt)
		err = dxg_syncfile_open(device, fence, &args, arg);
	if (fence)
		dxg_fence_put(fence);
	dxg_device_put(device);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_device.c - CreateDevice, DestroyDevice, GetDeviceState, MarkDeviceAsError, and the parenthood
 * of devices. See dxg_device.h.
 *
 * Entering the table and becoming a child happen together under device->lock, as do leaving both
 * when the device goes; so nothing can be created under a device whose destruction has begun.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_sysmem.h"
#include "dxgwire/ntstatus.h"

static void dxg_device_release(struct dxg_object *object)
{
	struct dxg_device *device = dxg_object_device(object);

	mutex_destroy(&device->lock);
	kfree_rcu(device, object.rcu);
}

static const struct dxg_object_ops dxg_device_ops = {
	.type = DXG_OBJECT_DEVICE,
	.release = dxg_device_release,
};

/**
 * dxg_device_adopt_locked - make a child known under the host's handle.
 * @device: the parent; its lock is held
 * @object: the child
 * @handle: as the host chose it
 *
 * The table takes over the caller's reference, on success only.
 *
 * Return: 0; -EINVAL the device is being destroyed; as dxg_table_insert().
 */
int dxg_device_adopt_locked(struct dxg_device *device, struct dxg_object *object, u32 handle)
{
	int err = -EINVAL;

	lockdep_assert_held(&device->lock);
	if (!device->dead)
		err = dxg_table_insert(&object->process->file->objects, object, handle);
	if (!err)
		list_add(&object->sibling, &device->children);
	return err;
}

/** dxg_device_adopt - the same for a child that stands alone. */
int dxg_device_adopt(struct dxg_device *device, struct dxg_object *object, u32 handle)
{
	int err;

	mutex_lock(&device->lock);
	err = dxg_device_adopt_locked(device, object, handle);
	mutex_unlock(&device->lock);
	return err;
}

/** dxg_device_forget - a child has left the table. */
void dxg_device_forget(struct dxg_device *device, struct dxg_object *object)
{
	mutex_lock(&device->lock);
	list_del_init(&object->sibling);
	mutex_unlock(&device->lock);
}

/* Take the children out of the table, except those that somebody is destroying already. */
static void dxg_device_disown(struct dxg_device *device, struct list_head *doomed)
{
	struct dxg_table *table = &device->object.process->file->objects;
	struct dxg_object *object, *next;

	mutex_lock(&device->lock);
	device->dead = true;
	list_for_each_entry_safe(object, next, &device->children, sibling) {
		if (dxg_table_remove_object(table, object))
			list_move(&object->sibling, doomed);
		else
			list_del_init(&object->sibling);
	}
	mutex_unlock(&device->lock);
}

/**
 * dxg_device_destroy_object - send one of the messages that are a header and a handle.
 * @process: whose
 * @type: of an adapter message
 * @handle: the host's, of the object
 *
 * Return: the host's status, or -errno.
 */
int dxg_device_destroy_object(struct dxg_process *process, u32 type, u32 handle)
{
	DXG_MESSAGE(dxg_msg_handle) msg = { .m.handle = handle };
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vgpu(process->adapter, process->host, type, &msg.ext, &msg.m.h);
	return dxg_request_status(process->adapter, &part, 1);
}

static void dxg_device_flush(struct dxg_device *device)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_flushdevice) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.reason = DXG_MSG_FLUSH_DEVICE_TERMINATE,
	};
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_FLUSHDEVICE, &msg.ext, &msg.m.h);
	dxg_request_status(process->adapter, &part, 1);
}

/**
 * dxg_device_abandon - the device was taken out of the table: drop its children, tell nobody.
 * @device: the device; the caller keeps its reference
 */
void dxg_device_abandon(struct dxg_device *device)
{
	struct dxg_object *child, *next;
	LIST_HEAD(doomed);

	dxg_device_disown(device, &doomed);
	list_for_each_entry_safe(child, next, &doomed, sibling) {
		dxg_object_detach(child);
		dxg_object_put(child);
	}
}

/**
 * dxg_device_end - the device was taken out of the table: destroy it with all its children.
 * @device: the device
 * @flush: have its work finished first
 *
 * The caller keeps its reference.
 */
void dxg_device_end(struct dxg_device *device, bool flush)
{
	struct dxg_process *process = device->object.process;
	int err;

	dxg_device_abandon(device);
	if (flush)
		dxg_device_flush(device);
	err = dxg_device_destroy_object(process, DXG_MSG_DESTROYDEVICE,
					dxg_object_host(&device->object));
	if (err >= 0 || dxg_session_lost(process->adapter->session))
		dxg_sysmem_forget_device(device);
}

static int dxg_device_create_host(struct dxg_process *process,
				  struct d3dkmt_createdeviceflags flags, u32 *ret_handle)
{
	DXG_MESSAGE(dxg_msg_createdevice) msg = { .m.flags = flags, .m.cookie = DXG_STATE_COOKIE };
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_handle_return reply;
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CREATEDEVICE, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	if (!reply.handle)
		return -EINVAL;
	*ret_handle = reply.handle;
	return 0;
}

static struct dxg_device *dxg_device_alloc(struct dxg_process *process)
{
	struct dxg_device *device = kzalloc(sizeof(*device), GFP_KERNEL_ACCOUNT);

	if (!device)
		return NULL;
	dxg_object_init(&device->object, &dxg_device_ops, process, NULL);
	mutex_init(&device->lock);
	INIT_LIST_HEAD(&device->children);
	device->execution_state = _D3DKMT_DEVICEEXECUTION_ACTIVE;
	device->state_counter = atomic64_read(&process->adapter->session->state_counter);
	return device;
}

/** dxg_ioctl_create_device - CreateDevice, 0x02. */
int dxg_ioctl_create_device(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createdevice __user *user = arg;
	struct d3dkmt_createdevice args;
	struct dxg_process *process;
	struct dxg_device *device;
	u32 handle;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags.reserved)
		return -EINVAL;
	err = dxg_process_find(file, args.adapter, &process);
	if (err)
		return err;
	device = dxg_device_alloc(process);
	if (!device)
		return -ENOMEM;
	err = dxg_device_create_host(process, args.flags, &handle);
	if (err)
		goto err_put;
	err = put_user(dxg_process_handle(process, handle), &user->device.v);
	if (!err)
		err = dxg_table_insert(&file->objects, &device->object, handle);
	if (!err)
		return 0;
	dxg_device_destroy_object(process, DXG_MSG_DESTROYDEVICE, handle);
err_put:
	dxg_device_put(device);
	return err;
}

/** dxg_ioctl_destroy_device - DestroyDevice, 0x19. */
int dxg_ioctl_destroy_device(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_destroydevice args;
	struct dxg_object *object;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	object = dxg_table_remove(&file->objects, args.device.v, DXG_OBJECT_DEVICE);
	if (!object)
		return -EINVAL;
	dxg_device_end(dxg_object_device(object), false);
	err = dxg_session_lost(object->process->adapter->session) ? -ENODEV : 0;
	dxg_object_put(object);
	return err;
}

/* Is the state known, because no device's has changed since the host was asked? */
static bool dxg_device_state_cached(struct dxg_device *device, s64 counter,
				    struct d3dkmt_getdevicestate *args)
{
	bool cached;

	mutex_lock(&device->lock);
	cached = device->state_counter == counter;
	args->execution_state = device->execution_state;
	mutex_unlock(&device->lock);
	return cached;
}

static void dxg_device_cache_state(struct dxg_device *device, s64 counter,
				   const struct d3dkmt_getdevicestate *args)
{
	mutex_lock(&device->lock);
	device->execution_state = args->execution_state;
	device->state_counter = counter;
	mutex_unlock(&device->lock);
}

static int dxg_device_ask_state(struct dxg_device *device, struct d3dkmt_getdevicestate *args)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_getdevicestate) msg = { .m.args = *args };
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_getdevicestate_return reply;
	int err;

	msg.m.args.device.v = dxg_object_host(&device->object);
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_GETDEVICESTATE, &msg.ext,
			 &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	memcpy(args->alignment, reply.args.alignment, sizeof(args->alignment));
	return dxg_status_to_errno(reply.status);
}

static int dxg_device_state(struct dxg_device *device, struct d3dkmt_getdevicestate *args)
{
	struct dxg_session *session = device->object.process->adapter->session;
	bool execution = args->state_type == _D3DKMT_DEVICESTATE_EXECUTION;
	s64 counter;
	int err;

	/* A loss is announced before the fences are raised: who saw them must not see the cache. */
	while (dxg_session_interrupt(session))
		cond_resched();
	counter = atomic64_read(&session->state_counter);
	memset(args->alignment, 0, sizeof(args->alignment));
	if (!dxg_session_alive(session))
		return -ENODEV;
	if (execution && dxg_device_state_cached(device, counter, args))
		return 0;
	err = dxg_device_ask_state(device, args);
	if (err >= 0 && execution)
		dxg_device_cache_state(device, counter, args);
	return min(err, 0);
}

/** dxg_ioctl_get_device_state - GetDeviceState, 0x0e. */
int dxg_ioctl_get_device_state(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_getdevicestate args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_device_state(device, &args);
	if (!err && copy_to_user(arg, &args, sizeof(args)))
		err = -EFAULT;
	dxg_device_put(device);
	return err;
}

/** dxg_ioctl_mark_device_as_error - MarkDeviceAsError, 0x26. */
int dxg_ioctl_mark_device_as_error(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_markdeviceaserror args;
	struct dxg_device *device;
	DXG_MESSAGE(dxg_msg_markdeviceaserror) msg = {};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_process *process;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if ((u32)args.reason != (u32)_D3DKMT_DEVICE_ERROR_REASON_GENERIC &&
	    (u32)args.reason != (u32)_D3DKMT_DEVICE_ERROR_REASON_DRIVER_ERROR)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	process = device->object.process;
	msg.m.args.device.v = dxg_object_host(&device->object);
	msg.m.args.reason = args.reason;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_MARKDEVICEASERROR, &msg.ext,
			 &msg.m.h);
	err = dxg_request_status(process->adapter, &part, 1);
	dxg_device_put(device);
	return err;
}

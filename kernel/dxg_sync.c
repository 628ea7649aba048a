// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_sync.c - CreateSynchronizationObject2 and DestroySynchronizationObject. See dxg_sync.h.
 *
 * A fence's page belongs to the host: it is mapped read-only in applications, and what the kernel
 * reads from it only decides whether a wait needs a message.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_share.h"
#include "dxg_sync.h"

#define DXG_SYNC_CLIENT_HINT 1u

static void dxg_sync_detach(struct dxg_object *object)
{
	struct dxg_sync *sync = dxg_object_sync(object);

	WRITE_ONCE(sync->detached, true);
	if (sync->mapping)
		dxg_mapping_revoke(sync->mapping);
	if (sync->event)
		dxg_event_withdraw(sync->event);
}

static void dxg_sync_release(struct dxg_object *object)
{
	struct dxg_sync *sync = dxg_object_sync(object);

	dxg_mapping_destroy(sync->mapping);
	dxg_event_put(sync->event);
	dxg_shared_put(sync->shared);
	kfree_rcu(sync, object.rcu);
}

static const struct dxg_object_ops dxg_sync_ops = {
	.type = DXG_OBJECT_SYNC,
	.detach = dxg_sync_detach,
	.release = dxg_sync_release,
};

/** dxg_sync_create - an object with neither fence nor event yet. Return: it, or NULL. */
struct dxg_sync *dxg_sync_create(struct dxg_process *process, struct dxg_device *device)
{
	struct dxg_sync *sync = kzalloc(sizeof(*sync), GFP_KERNEL_ACCOUNT);

	if (sync)
		dxg_object_init(&sync->object, &dxg_sync_ops, process, device);
	return sync;
}

/** dxg_sync_withdraw - its queue goes: take the fence out of the table, if nobody has yet. */
void dxg_sync_withdraw(struct dxg_sync *sync)
{
	if (!dxg_table_remove_object(&sync->object.process->file->objects, &sync->object))
		return;
	dxg_object_detach(&sync->object);
	dxg_object_put(&sync->object);
}

/**
 * dxg_sync_bind_fence - the host has made a fence: map its page in the caller.
 * @sync: the object
 * @address: as the host gave it
 * @ret_user_address: where the caller sees the value
 *
 * Return: 0; -EPROTO not a page of the IO space; as dxg_mapping_create(), dxg_mapping_address().
 */
int dxg_sync_bind_fence(struct dxg_sync *sync, u64 address, u64 *ret_user_address)
{
	struct dxg_session *session = sync->object.process->adapter->session;
	struct dxg_mapping_desc desc = { .size = PAGE_SIZE, .lost_fill = 0xff };
	int err;

	err = dxg_session_io_offset(session, address, PAGE_SIZE, &desc.offset);
	if (err)
		return err;
	err = dxg_mapping_create(session, &desc, &sync->mapping);
	if (err)
		return err;
	sync->fence = session->transport->base + desc.offset;
	return dxg_mapping_address(sync->mapping, ret_user_address);
}

/** dxg_sync_destroy_host - DESTROYSYNCOBJECT. Return: the host's status, or -errno. */
int dxg_sync_destroy_host(struct dxg_process *process, u32 handle)
{
	DXG_MESSAGE(dxg_msg_handle) msg = { .m.handle = handle };
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vm(process->host, DXG_MSG_DESTROYSYNCOBJECT, &msg.ext, &msg.m.h);
	return dxg_request_status(process->adapter, &part, 1);
}

/* Nothing of the caller's structure travels but what is named here. */
static int dxg_sync_create_host(struct dxg_sync *sync,
				const struct d3dkmt_createsynchronizationobject2 *args,
				struct dxg_msg_createsyncobject_return *ret_reply)
{
	struct dxg_process *process = sync->object.process;
	const struct d3dddi_synchronizationobjectinfo2 *info = &args->info;
	DXG_MESSAGE(dxg_msg_createsyncobject)
	msg = {
		.m.args.device.v = dxg_handle_host(args->device.v),
		.m.args.info.type = info->type,
		.m.args.info.flags = info->flags,
		.m.client_hint = DXG_SYNC_CLIENT_HINT,
	};
	struct d3dddi_synchronizationobjectinfo2 *out = &msg.m.args.info;
	struct dxg_ring_part part = DXG_PART(msg);

	if (sync->event) {
		out->cpu_notification.event = sync->event->id;
	} else {
		out->monitored_fence.initial_fence_value =
			info->monitored_fence.initial_fence_value;
		out->monitored_fence.engine_affinity = info->monitored_fence.engine_affinity;
	}
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CREATESYNCOBJECT, &msg.ext,
			 &msg.m.h);
	return dxg_request_call(process->adapter, &part, 1, ret_reply, sizeof(*ret_reply));
}

/* Enter the object in the table: under its device when it has one. */
static int dxg_sync_commit(struct dxg_sync *sync, u32 handle)
{
	if (sync->object.device)
		return dxg_device_adopt(sync->object.device, &sync->object, handle);
	return dxg_table_insert(&sync->object.process->file->objects, &sync->object, handle);
}

/* The host made it shared: remember the name by which others open it. */
static int dxg_sync_share(struct dxg_sync *sync, u32 global)
{
	if (!global)
		return -EINVAL;
	sync->shared = kzalloc(sizeof(*sync->shared), GFP_KERNEL_ACCOUNT);
	if (!sync->shared)
		return -ENOMEM;
	dxg_shared_init(sync->shared, DXG_SHARED_SYNC, sync->object.process->adapter);
	sync->shared->global = global;
	return 0;
}

static int dxg_sync_finish(struct dxg_sync *sync, struct d3dkmt_createsynchronizationobject2 *args,
			   const struct dxg_msg_createsyncobject_return *reply, void __user *arg)
{
	u64 address;
	int err;

	err = args->info.flags.shared ? dxg_sync_share(sync, reply->global_sync_object) : 0;
	if (err)
		return err;
	if (!sync->event) {
		err = dxg_sync_bind_fence(sync, reply->fence_storage_address, &address);
		if (err)
			return err;
		args->info.monitored_fence.fence_cpu_virtual_address = u64_to_user_ptr(address);
		args->info.monitored_fence.fence_gpu_virtual_address = reply->fence_gpu_va;
	}
	if (sync->shared)
		args->info.shared_handle.v = sync->shared->global;
	args->sync_object.v = dxg_process_handle(sync->object.process, reply->sync_object);
	if (copy_to_user(arg, args, sizeof(*args)))
		return -EFAULT;
	return dxg_sync_commit(sync, reply->sync_object);
}

static int dxg_sync_make(struct dxg_sync *sync, struct d3dkmt_createsynchronizationobject2 *args,
			 void __user *arg)
{
	struct dxg_msg_createsyncobject_return reply;
	int err = dxg_sync_create_host(sync, args, &reply);

	if (err)
		return err;
	if (!reply.sync_object)
		return -EINVAL;
	err = dxg_sync_finish(sync, args, &reply, arg);
	if (err)
		dxg_sync_destroy_host(sync->object.process, reply.sync_object);
	return err;
}

static int dxg_sync_check(const struct d3dkmt_createsynchronizationobject2 *args)
{
	const struct d3dddi_synchronizationobjectinfo2 *info = &args->info;

	if (info->flags.value & ~DXG_SYNC_FLAGS)
		return -EINVAL;
	if (info->flags.shared && !info->flags.nt_security_sharing)
		return -EINVAL;
	if (info->type < _D3DDDI_SYNCHRONIZATION_MUTEX ||
	    info->type >= _D3DDDI_SYNCHRONIZATION_TYPE_LIMIT)
		return -EINVAL;
	if (info->type != _D3DDDI_MONITORED_FENCE && info->type != _D3DDDI_CPU_NOTIFICATION)
		return -EPERM; /* not carried: NOT_SUPPORTED */
	/* What is shared is a value; a notification has none. */
	return info->flags.shared && info->type != _D3DDDI_MONITORED_FENCE ? -EINVAL : 0;
}

static int dxg_sync_create_under(struct dxg_device *device,
				 struct d3dkmt_createsynchronizationobject2 *args, void __user *arg)
{
	bool notification = args->info.type == _D3DDDI_CPU_NOTIFICATION;
	struct dxg_process *process = device->object.process;
	struct dxg_sync *sync;
	int err = 0;

	/* A notification belongs to the process and outlives the device. */
	sync = dxg_sync_create(process, notification ? NULL : device);
	if (!sync)
		return -ENOMEM;
	sync->deny = dxg_sync_denied(args->info.flags);
	if (notification)
		err = dxg_event_create(process, args->info.cpu_notification.event, true,
				       &sync->event);
	if (!err)
		err = dxg_sync_make(sync, args, arg);
	if (err) {
		dxg_sync_detach(&sync->object);
		dxg_object_put(&sync->object);
	}
	return err;
}

/** dxg_ioctl_create_sync_object - CreateSynchronizationObject2, 0x10. */
int dxg_ioctl_create_sync_object(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createsynchronizationobject2 args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	args.reserved = 0;
	args.reserved1 = 0;
	err = dxg_sync_check(&args);
	if (err)
		return err;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_sync_create_under(device, &args, arg);
	dxg_device_put(device);
	return err;
}

static bool dxg_sync_is_own(struct dxg_object *object, void *arg)
{
	return !dxg_object_sync(object)->queue;
}

/** dxg_ioctl_destroy_sync_object - DestroySynchronizationObject, 0x1d. */
int dxg_ioctl_destroy_sync_object(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_destroysynchronizationobject args;
	struct dxg_object *object;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_table_remove_list(&file->objects, &args.sync_object.v, 1, DXG_OBJECT_SYNC,
				    dxg_sync_is_own, NULL, &object);
	if (err)
		return err;
	dxg_object_detach(object);
	err = dxg_sync_destroy_host(object->process, dxg_object_host(object));
	dxg_object_put(object);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_share_resource.c - QueryResourceInfoFromNtHandle and GetSharedResourceAdapterLuid, which ask
 * nobody, and OpenResourceFromNtHandle.
 *
 * Opening: everything that can fail here is done before the host is asked; what fails afterwards
 * has the host destroy the resource again. The blobs are the shared resource's; the handles enter
 * the table last, the resource's first.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_allocation.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_resource.h"
#include "dxg_share.h"
#include "dxgwire/ntstatus.h"

static int dxg_share_query(struct dxg_shared_resource *shared,
			   struct d3dkmt_queryresourceinfofromnthandle *args, void __user *arg)
{
	int err = dxg_shared_resource_check(shared);

	if (err)
		return err;
	args->private_runtime_data_size = shared->runtime_size;
	args->total_priv_drv_data_size = shared->total_size;
	args->resource_priv_drv_data_size = shared->data_size;
	args->allocation_count = shared->count;
	return copy_to_user(arg, args, sizeof(*args)) ? -EFAULT : 0;
}

/* The shared resource behind a descriptor, on the device's adapter. @ret_nt: keeps it; put it. */
static struct dxg_shared_resource *dxg_share_resource_from_fd(struct dxg_device *device, u64 fd,
							      struct dxg_nt **ret_nt)
{
	struct dxg_nt *nt = dxg_share_from_fd(fd, DXG_SHARED_RESOURCE);

	if (!nt)
		return NULL;
	if (nt->shared->adapter != device->object.process->adapter) {
		dxg_nt_put(nt);
		return NULL;
	}
	*ret_nt = nt;
	return dxg_shared_resource_of(nt->shared);
}

/** dxg_ioctl_query_resource_info_from_nt_handle - QueryResourceInfoFromNtHandle, 0x41. */
int dxg_ioctl_query_resource_info_from_nt_handle(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_queryresourceinfofromnthandle args;
	struct dxg_shared_resource *shared;
	struct dxg_device *device;
	struct dxg_nt *nt = NULL;
	int err = -EINVAL;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.reserved)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	shared = dxg_share_resource_from_fd(device, args.nt_handle, &nt);
	if (shared)
		err = dxg_share_query(shared, &args, arg);
	dxg_nt_put(nt);
	dxg_device_put(device);
	return err;
}

/**
 * dxg_ioctl_get_shared_resource_adapter_luid - GetSharedResourceAdapterLuid, 0x23.
 * @file: whoever asks; need not have the adapter open
 * @arg: names the resource by its descriptor; global numbers do not exist
 */
int dxg_ioctl_get_shared_resource_adapter_luid(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_getsharedresourceadapterluid __user *user = arg;
	struct d3dkmt_getsharedresourceadapterluid args;
	struct winluid luid;
	struct dxg_nt *nt;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.global_share.v)
		return -EINVAL;
	nt = dxg_share_from_fd(args.nt_handle, DXG_SHARED_RESOURCE);
	if (!nt)
		return -EINVAL;
	luid = nt->shared->adapter->luid;
	dxg_nt_put(nt);
	return copy_to_user(&user->adapter_luid, &luid, sizeof(luid)) ? -EFAULT : 0;
}

/* ---- opening ---- */

/**
 * struct dxg_opening - one OpenResourceFromNtHandle on its way.
 * @args: private copy
 * @device: the device
 * @nt: what is opened, by its NT handle
 * @shared: the same, by what it is
 * @resource: the new resource
 * @object: the new allocations
 * @reply: the host's, with room for all handles
 */
struct dxg_opening {
	struct d3dkmt_openresourcefromnthandle args;
	struct dxg_device *device;
	struct dxg_nt *nt;
	struct dxg_shared_resource *shared;
	struct dxg_resource *resource;
	struct dxg_object **object;
	u8 *reply;
};

static const u32 *dxg_opening_handles(const struct dxg_opening *o)
{
	return (const u32 *)(o->reply + sizeof(struct dxg_msg_openresource_return));
}

static u32 dxg_opening_resource_handle(const struct dxg_opening *o)
{
	return ((const struct dxg_msg_openresource_return *)o->reply)->resource;
}

static u32 dxg_opening_reply_size(const struct dxg_opening *o)
{
	return sizeof(struct dxg_msg_openresource_return) + o->shared->count * sizeof(u32);
}

/* Does the caller have room for all there is? */
static int dxg_opening_check(const struct dxg_opening *o)
{
	const struct d3dkmt_openresourcefromnthandle *args = &o->args;
	const struct dxg_shared_resource *shared = o->shared;

	if (args->allocation_count != shared->count || args->private_runtime_data_size < 0 ||
	    args->private_runtime_data_size < shared->runtime_size ||
	    args->resource_priv_drv_data_size < shared->data_size ||
	    args->total_priv_drv_data_size < shared->total_size)
		return -EINVAL;
	return 0;
}

static int dxg_opening_prepare(struct dxg_opening *o)
{
	struct dxg_process *process = o->device->object.process;
	struct dxg_allocation *allocation;
	u32 i;

	o->resource = dxg_resource_create(process, o->device);
	o->object = kvcalloc(o->shared->count, sizeof(*o->object), GFP_KERNEL_ACCOUNT);
	o->reply = kvzalloc(dxg_opening_reply_size(o), GFP_KERNEL_ACCOUNT);
	if (!o->resource || !o->object || !o->reply)
		return -ENOMEM;
	dxg_shared_get(&o->shared->shared);
	o->resource->shared = o->shared;
	for (i = 0; i < o->shared->count; i++) {
		allocation = dxg_allocation_create(o->device, &o->resource->object);
		if (!allocation)
			return -ENOMEM;
		allocation->size = o->shared->part[i].size;
		o->object[i] = &allocation->object;
	}
	return 0;
}

static void dxg_opening_undo(struct dxg_opening *o)
{
	dxg_allocation_destroy_resource(o->device, dxg_opening_resource_handle(o));
}

static int dxg_opening_ask(struct dxg_opening *o)
{
	struct dxg_process *process = o->device->object.process;
	DXG_MESSAGE(dxg_msg_openresource) msg = {
		.m.device = dxg_object_host(&o->device->object),
		.m.nt_security_sharing = 1,
		.m.global_share = o->nt->handle,
		.m.allocation_count = o->shared->count,
		.m.total_priv_drv_data_size = o->shared->total_size,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	const u32 *handle = dxg_opening_handles(o);
	u32 i;
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_OPENRESOURCE, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, o->reply, dxg_opening_reply_size(o));
	if (!err)
		err = dxg_status_to_errno(((struct dxg_msg_openresource_return *)o->reply)->status);
	if (err)
		return err < 0 ? err : -EINVAL;
	if (!dxg_handle_valid(dxg_opening_resource_handle(o)))
		return -EPROTO;
	for (i = 0; i < o->shared->count; i++)
		if (!dxg_handle_valid(handle[i]))
			break;
	if (i == o->shared->count)
		return 0;
	dxg_opening_undo(o);
	return -EPROTO;
}

static int dxg_opening_tell_parts(struct dxg_opening *o)
{
	struct d3dddi_openallocationinfo2 __user *user = o->args.open_alloc_info;
	u8 __user *data = o->args.total_priv_drv_data;
	struct dxg_process *process = o->device->object.process;
	u32 i;

	for (i = 0; i < o->shared->count; i++) {
		struct d3dddi_openallocationinfo2 info = {
			.allocation.v = dxg_process_handle(process, dxg_opening_handles(o)[i]),
			.priv_drv_data = data,
			.priv_drv_data_size = o->shared->part[i].private_size,
		};

		if (copy_to_user(&user[i], &info, sizeof(info)))
			return -EFAULT;
		data += info.priv_drv_data_size;
	}
	return 0;
}

/* Everything the caller is told. */
static int dxg_opening_tell(struct dxg_opening *o, void __user *arg)
{
	const struct dxg_shared_resource *shared = o->shared;
	struct d3dkmt_openresourcefromnthandle *args = &o->args;

	if (copy_to_user(args->private_runtime_data, shared->runtime, shared->runtime_size) ||
	    copy_to_user(args->resource_priv_drv_data, shared->data, shared->data_size) ||
	    copy_to_user(args->total_priv_drv_data, shared->total, shared->total_size))
		return -EFAULT;
	if (dxg_opening_tell_parts(o))
		return -EFAULT;
	args->resource.v =
		dxg_process_handle(o->device->object.process, dxg_opening_resource_handle(o));
	args->total_priv_drv_data_size = shared->total_size;
	return copy_to_user(arg, args, sizeof(*args)) ? -EFAULT : 0;
}

/* One object enters the table; the caller keeps a reference, too. */
static int dxg_opening_adopt(struct dxg_opening *o, struct dxg_object *object, u32 handle)
{
	int err;

	kref_get(&object->ref);
	err = dxg_device_adopt(o->device, object, handle);
	if (err)
		dxg_object_put(object);
	return err;
}

static void dxg_opening_withdraw(struct dxg_object *object)
{
	if (!dxg_table_remove_object(&object->process->file->objects, object))
		return; /* somebody guessed the handle and is destroying it */
	dxg_object_detach(object);
	dxg_object_put(object);
}

static int dxg_opening_commit(struct dxg_opening *o)
{
	u32 i = 0;
	int err;

	err = dxg_opening_adopt(o, &o->resource->object, dxg_opening_resource_handle(o));
	if (err)
		return err;
	while (i < o->shared->count && !err) {
		err = dxg_opening_adopt(o, o->object[i], dxg_opening_handles(o)[i]);
		if (!err)
			i++;
	}
	if (!err)
		return 0;
	while (i--)
		dxg_opening_withdraw(o->object[i]);
	dxg_opening_withdraw(&o->resource->object);
	return err;
}

static void dxg_opening_fini(struct dxg_opening *o)
{
	u32 i;

	for (i = 0; o->object && i < o->shared->count; i++)
		dxg_object_put(o->object[i]);
	if (o->resource)
		dxg_object_put(&o->resource->object);
	kvfree(o->object);
	kvfree(o->reply);
}

static int dxg_opening_run(struct dxg_opening *o, void __user *arg)
{
	int err = dxg_shared_resource_check(o->shared);

	if (!err)
		err = dxg_opening_check(o);
	if (!err)
		err = dxg_opening_prepare(o);
	if (!err)
		err = dxg_opening_ask(o);
	if (err)
		return err;
	err = dxg_opening_tell(o, arg);
	if (!err)
		err = dxg_opening_commit(o);
	if (err)
		dxg_opening_undo(o);
	return err;
}

/** dxg_ioctl_open_resource_from_nt_handle - OpenResourceFromNtHandle, 0x42. */
int dxg_ioctl_open_resource_from_nt_handle(struct dxg_file *file, void __user *arg)
{
	struct dxg_opening o = {};
	int err = -EINVAL;

	if (copy_from_user(&o.args, arg, sizeof(o.args)))
		return -EFAULT;
	if (o.args.reserved || o.args.reserved1 || o.args.reserved2 || o.args.reserved3)
		return -EINVAL;
	o.device = dxg_device_get(file, o.args.device);
	if (!o.device)
		return -EINVAL;
	o.shared = dxg_share_resource_from_fd(o.device, o.args.nt_handle, &o.nt);
	if (o.shared) {
		err = dxg_opening_run(&o, arg);
		dxg_opening_fini(&o);
	}
	dxg_nt_put(o.nt);
	dxg_device_put(o.device);
	return err;
}

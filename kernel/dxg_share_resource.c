// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_share_resource.c - QueryResourceInfoFromNtHandle and GetSharedResourceAdapterLuid, which ask
 * nobody, and OpenResourceFromNtHandle.
 *
 * An opener gets the blobs of the shared resource, and handles as dxg_opening.h has it.
 */
#include <linux/uaccess.h>

#include "dxg_adapter.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_opening.h"
#include "dxg_process.h"
#include "dxg_resource.h"
#include "dxg_share.h"

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

/* Does the caller have room for all there is? */
static int dxg_share_check_room(const struct dxg_shared_resource *shared,
				const struct d3dkmt_openresourcefromnthandle *args)
{
	if (args->allocation_count != shared->count || args->private_runtime_data_size < 0 ||
	    args->private_runtime_data_size < shared->runtime_size ||
	    args->resource_priv_drv_data_size < shared->data_size ||
	    args->total_priv_drv_data_size < shared->total_size)
		return -EINVAL;
	return 0;
}

static int dxg_share_tell_parts(struct dxg_opening *o,
				const struct d3dkmt_openresourcefromnthandle *args)
{
	struct d3dddi_openallocationinfo2 __user *user = args->open_alloc_info;
	u8 __user *data = args->total_priv_drv_data;
	u32 i;

	for (i = 0; i < o->shared->count; i++) {
		struct d3dddi_openallocationinfo2 info = {
			.allocation.v = dxg_opening_allocation(o, i),
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
static int dxg_share_tell(struct dxg_opening *o, struct d3dkmt_openresourcefromnthandle *args,
			  void __user *arg)
{
	const struct dxg_shared_resource *shared = o->shared;

	if (copy_to_user(args->private_runtime_data, shared->runtime, shared->runtime_size) ||
	    copy_to_user(args->resource_priv_drv_data, shared->data, shared->data_size) ||
	    copy_to_user(args->total_priv_drv_data, shared->total, shared->total_size))
		return -EFAULT;
	if (dxg_share_tell_parts(o, args))
		return -EFAULT;
	args->resource.v = dxg_opening_resource(o);
	args->total_priv_drv_data_size = shared->total_size;
	return copy_to_user(arg, args, sizeof(*args)) ? -EFAULT : 0;
}

static int dxg_share_open(struct dxg_opening *o, struct d3dkmt_openresourcefromnthandle *args,
			  void __user *arg)
{
	int err = dxg_shared_resource_check(o->shared);

	if (!err)
		err = dxg_share_check_room(o->shared, args);
	if (!err)
		err = dxg_opening_begin(o);
	if (err)
		return err;
	err = dxg_share_tell(o, args, arg);
	return dxg_opening_end(o, err);
}

/** dxg_ioctl_open_resource_from_nt_handle - OpenResourceFromNtHandle, 0x42. */
int dxg_ioctl_open_resource_from_nt_handle(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_openresourcefromnthandle args;
	struct dxg_opening o = {};
	int err = -EINVAL;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	o.device = dxg_device_get(file, args.device);
	if (!o.device)
		return -EINVAL;
	o.shared = dxg_share_resource_from_fd(o.device, args.nt_handle, &o.nt);
	if (o.shared) {
		err = dxg_share_open(&o, &args, arg);
		dxg_opening_fini(&o);
	}
	dxg_nt_put(o.nt);
	dxg_device_put(o.device);
	return err;
}

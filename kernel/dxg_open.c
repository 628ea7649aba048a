// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_open.c - EnumAdapters2 and 3, OpenAdapterFromLuid, CloseAdapter: none of them asks the host,
 * except that closing the last handle destroys the devices. No state, no locks.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_adapter.h"
#include "dxg_drv.h"
#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxgwire/limits.h"

/* EnumAdapters3: room for more than this is refused, although fewer are ever returned. */
#define DXG_ENUM3_ROOM_MAX 65535u

/** struct dxg_enumeration - adapters on their way to a caller. */
struct dxg_enumeration {
	unsigned int count;
	struct dxg_adapter *adapter[DXG_ADAPTERS_MAX];
	struct d3dkmt_adapterinfo info[DXG_ADAPTERS_MAX];
};

/* Open each; on failure those that were opened are closed again. */
static int dxg_enumeration_open(struct dxg_enumeration *e, struct dxg_file *file)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < e->count && !err; i++) {
		e->info[i].adapter_luid = e->adapter[i]->luid;
		err = dxg_process_open(file, e->adapter[i], &e->info[i].adapter_handle);
	}
	if (!err)
		return 0;
	for (i--; i--;)
		dxg_process_close(file, e->info[i].adapter_handle.v);
	return err;
}

static void dxg_enumeration_close(struct dxg_enumeration *e, struct dxg_file *file)
{
	unsigned int i;

	for (i = 0; i < e->count; i++)
		dxg_process_close(file, e->info[i].adapter_handle.v);
}

static int dxg_enumeration_run(struct dxg_enumeration *e, struct dxg_file *file,
			       struct d3dkmt_adapterinfo __user *adapters, u32 __user *count)
{
	int err = dxg_enumeration_open(e, file);

	if (err)
		return err;
	if (copy_to_user(adapters, e->info, e->count * sizeof(e->info[0])) ||
	    put_user(e->count, count)) {
		dxg_enumeration_close(e, file);
		return -EFAULT;
	}
	return 0;
}

/*
 * Open all adapters and describe them, or (without an array) only count them. Too little room is
 * answered with the number needed.
 */
static int dxg_enumerate(struct dxg_file *file, struct d3dkmt_adapterinfo __user *adapters,
			 u32 room, u32 __user *count)
{
	struct dxg_enumeration *e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	unsigned int i;
	int err;

	if (!e)
		return -ENOMEM;
	dxg_ivshmem_revive_all();
	e->count = min(dxg_adapter_list(e->adapter, DXG_ADAPTERS_MAX), DXG_ADAPTERS_MAX);
	if (!adapters)
		err = put_user(e->count, count);
	else if (room < e->count)
		err = put_user(e->count, count) ?: -EOVERFLOW;
	else
		err = dxg_enumeration_run(e, file, adapters, count);
	for (i = 0; i < e->count; i++)
		dxg_adapter_put(e->adapter[i]);
	kfree(e);
	return err;
}

/** dxg_ioctl_enum_adapters2 - EnumAdapters2, 0x14. */
int dxg_ioctl_enum_adapters2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_enumadapters2 __user *user = arg;
	struct d3dkmt_enumadapters2 args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.adapters && args.num_adapters > DXG_ADAPTERS_MAX)
		return -EINVAL;
	return dxg_enumerate(file, args.adapters, args.num_adapters, &user->num_adapters);
}

/** dxg_ioctl_enum_adapters3 - EnumAdapters3, 0x3e. */
int dxg_ioctl_enum_adapters3(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_enumadapters3 __user *user = arg;
	struct d3dkmt_enumadapters3 args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.filter.reserved || args.adapter_count > DXG_ENUM3_ROOM_MAX)
		return -EINVAL;
	return dxg_enumerate(file, args.adapter_count ? args.adapters : NULL, args.adapter_count,
			     &user->adapter_count);
}

/** dxg_ioctl_open_adapter_from_luid - OpenAdapterFromLuid, 0x01. */
int dxg_ioctl_open_adapter_from_luid(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_openadapterfromluid __user *user = arg;
	struct d3dkmt_openadapterfromluid args;
	struct dxg_adapter *adapter;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	adapter = dxg_adapter_find(args.adapter_luid);
	if (!adapter)
		return -EINVAL;
	err = dxg_process_open(file, adapter, &args.adapter_handle);
	dxg_adapter_put(adapter);
	if (err)
		return err;
	err = put_user(args.adapter_handle.v, &user->adapter_handle.v);
	if (err)
		dxg_process_close(file, args.adapter_handle.v);
	return err;
}

/** dxg_ioctl_close_adapter - CloseAdapter, 0x15; handle 0 is accepted and does nothing. */
int dxg_ioctl_close_adapter(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_closeadapter args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return args.adapter_handle.v ? dxg_process_close(file, args.adapter_handle.v) : 0;
}

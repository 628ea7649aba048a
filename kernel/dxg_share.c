// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_share.c - shared objects, their NT handles and descriptors; ShareObjects and
 * ShareObjectWithHost. See dxg_share.h.
 *
 * Nothing is waited for under a lock. Two first shares of one object may both ask the host; the
 * second one's handle is given back, because a host's object may have any number of them.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_adapter.h"
#include "dxg_device.h"
#include "dxg_drv.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_resource.h"
#include "dxg_share.h"
#include "dxg_sync.h"
#include "dxgwire/ntstatus.h"

/**
 * dxg_shared_init - with one reference, the caller's.
 * @shared: zeroed, from kmalloc(); freed with the last reference
 * @kind: what it is
 * @adapter: gains a reference
 */
void dxg_shared_init(struct dxg_shared *shared, enum dxg_shared_kind kind,
		     struct dxg_adapter *adapter)
{
	kref_init(&shared->ref);
	mutex_init(&shared->lock);
	shared->kind = kind;
	shared->adapter = dxg_adapter_get(adapter);
}

/** dxg_shared_get - one more reference. */
struct dxg_shared *dxg_shared_get(struct dxg_shared *shared)
{
	kref_get(&shared->ref);
	return shared;
}

static void dxg_shared_release(struct kref *ref)
{
	struct dxg_shared *shared = container_of(ref, struct dxg_shared, ref);

	dxg_adapter_put(shared->adapter);
	mutex_destroy(&shared->lock);
	if (shared->free)
		shared->free(shared);
	else
		kfree(shared);
}

/** dxg_shared_put - drop a reference; may sleep; NULL is fine. */
void dxg_shared_put(struct dxg_shared *shared)
{
	if (shared)
		kref_put(&shared->ref, dxg_shared_release);
}

/* ---- NT handles ---- */

static int dxg_nt_create_host(struct dxg_object *object, u32 *ret_handle)
{
	struct dxg_process *process = object->process;
	DXG_MESSAGE(dxg_msg_handle) msg = { .m.handle = dxg_object_host(object) };
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_handle_return reply;
	int err;

	dxg_request_vm(process->host, DXG_MSG_CREATENTSHAREDOBJECT, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	*ret_handle = reply.handle;
	return reply.handle ? 0 : -ENOTRECOVERABLE;
}

static void dxg_nt_destroy_host(struct dxg_adapter *adapter, u32 handle)
{
	DXG_MESSAGE(dxg_msg_handle) msg = { .m.handle = handle };
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vm(0, DXG_MSG_DESTROYNTSHAREDOBJECT, &msg.ext, &msg.m.h);
	dxg_request_status(adapter, &part, 1);
}

static void dxg_nt_end(struct work_struct *work)
{
	struct dxg_nt *nt = container_of(work, struct dxg_nt, work);

	dxg_nt_destroy_host(nt->shared->adapter, nt->handle);
	dxg_shared_put(nt->shared);
	kfree(nt);
}

/** dxg_nt_get - one more reference. */
struct dxg_nt *dxg_nt_get(struct dxg_nt *nt)
{
	kref_get(&nt->ref);
	return nt;
}

static void dxg_nt_release(struct kref *ref)
{
	struct dxg_nt *nt = container_of(ref, struct dxg_nt, ref);
	struct dxg_shared *shared = nt->shared;

	mutex_lock(&shared->lock);
	if (shared->nt == nt)
		shared->nt = NULL;
	mutex_unlock(&shared->lock);
	queue_work(dxg_reaper_wq, &nt->work);
}

/** dxg_nt_put - drop a reference; may sleep, but not for the host; NULL is fine. */
void dxg_nt_put(struct dxg_nt *nt)
{
	if (nt)
		kref_put(&nt->ref, dxg_nt_release);
}

static struct dxg_nt *dxg_nt_current(struct dxg_shared *shared)
{
	struct dxg_nt *nt;

	mutex_lock(&shared->lock);
	nt = shared->nt;
	if (nt && !kref_get_unless_zero(&nt->ref))
		nt = NULL;
	mutex_unlock(&shared->lock);
	return nt;
}

/* Make @nt the one that others use, unless there is one by now: then that. */
static struct dxg_nt *dxg_nt_publish(struct dxg_nt *nt)
{
	struct dxg_shared *shared = nt->shared;
	struct dxg_nt *other;

	mutex_lock(&shared->lock);
	other = shared->nt;
	if (other && !kref_get_unless_zero(&other->ref))
		other = NULL;
	if (!other)
		shared->nt = nt;
	mutex_unlock(&shared->lock);
	if (!other)
		return nt;
	dxg_nt_put(nt);
	return other;
}

/**
 * dxg_nt_get_for - the NT handle of a shared object, made if there is none.
 * @object: of the caller, in its table: by which the host knows it
 * @shared: what is shared
 * @ret_nt: with a reference
 *
 * Return: 0; -ENOTRECOVERABLE the host made none; -ENOMEM; as dxg_request_call().
 */
int dxg_nt_get_for(struct dxg_object *object, struct dxg_shared *shared, struct dxg_nt **ret_nt)
{
	struct dxg_nt *nt = dxg_nt_current(shared);
	int err;

	if (nt) {
		*ret_nt = nt;
		return 0;
	}
	nt = kzalloc(sizeof(*nt), GFP_KERNEL_ACCOUNT);
	if (!nt)
		return -ENOMEM;
	err = dxg_nt_create_host(object, &nt->handle);
	if (err) {
		kfree(nt);
		return err;
	}
	kref_init(&nt->ref);
	INIT_WORK(&nt->work, dxg_nt_end);
	nt->shared = dxg_shared_get(shared);
	*ret_nt = dxg_nt_publish(nt);
	return 0;
}

/* ---- descriptors ---- */

static int dxg_share_release(struct inode *inode, struct file *file)
{
	dxg_nt_put(file->private_data);
	return 0;
}

static const struct file_operations dxg_share_sync_fops = {
	.owner = THIS_MODULE,
	.release = dxg_share_release,
};

static const struct file_operations dxg_share_resource_fops = {
	.owner = THIS_MODULE,
	.release = dxg_share_release,
};

static const struct file_operations *dxg_share_fops(enum dxg_shared_kind kind)
{
	return kind == DXG_SHARED_SYNC ? &dxg_share_sync_fops : &dxg_share_resource_fops;
}

/**
 * dxg_share_from_fd - the NT handle behind a descriptor.
 * @fd: as user mode gave it
 * @kind: of which kind it must be
 *
 * Return: with a reference; NULL when it is no descriptor of that kind.
 */
struct dxg_nt *dxg_share_from_fd(u64 fd, enum dxg_shared_kind kind)
{
	struct dxg_nt *nt = NULL;
	struct file *file;

	file = fd > INT_MAX ? NULL : fget((unsigned int)fd);
	if (!file)
		return NULL;
	if (file->f_op == dxg_share_fops(kind))
		nt = dxg_nt_get(file->private_data);
	fput(file);
	return nt;
}

/* A new descriptor that holds @nt, told to the caller at @user. */
static int dxg_share_install(struct dxg_nt *nt, u64 __user *user)
{
	bool sync = nt->shared->kind == DXG_SHARED_SYNC;
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;
	int err = -EFAULT;

	if (fd < 0)
		return -ENOTRECOVERABLE;
	file = anon_inode_getfile(sync ? "dxgsyncobj" : "dxgresource",
				  dxg_share_fops(nt->shared->kind), nt, O_RDONLY);
	if (IS_ERR(file)) {
		err = -ENOTRECOVERABLE;
		goto err_fd;
	}
	dxg_nt_get(nt); /* the file's */
	if (put_user((u64)fd, user))
		goto err_file;
	fd_install(fd, file);
	return 0;

err_file:
	fput(file);
err_fd:
	put_unused_fd(fd);
	return err;
}

/* What the object is a member of, with a reference; NULL when it is not shared. */
static struct dxg_shared *dxg_share_of(struct dxg_object *object)
{
	struct dxg_shared_resource *resource;
	struct dxg_shared *shared;

	if (object->ops->type == DXG_OBJECT_SYNC) {
		shared = dxg_object_sync(object)->shared;
	} else {
		resource = dxg_object_resource(object)->shared;
		shared = resource ? &resource->shared : NULL;
	}
	return shared ? dxg_shared_get(shared) : NULL;
}

/* Can it be opened at all? */
static int dxg_share_check(struct dxg_shared *shared)
{
	if (shared->kind != DXG_SHARED_RESOURCE)
		return 0;
	return dxg_shared_resource_check(dxg_shared_resource_of(shared));
}

static int dxg_share_object(struct dxg_object *object, u64 __user *user)
{
	struct dxg_shared *shared = dxg_share_of(object);
	struct dxg_nt *nt;
	int err;

	if (!shared)
		return -EINVAL;
	err = dxg_share_check(shared);
	if (!err)
		err = dxg_nt_get_for(object, shared, &nt);
	if (!err) {
		err = dxg_share_install(nt, user);
		dxg_nt_put(nt);
	}
	dxg_shared_put(shared);
	return err;
}

/** dxg_ioctl_share_objects - ShareObjects, 0x3f. */
int dxg_ioctl_share_objects(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_shareobjects args;
	struct d3dkmthandle handle;
	struct dxg_object *object;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.object_count != 1)
		return -EINVAL;
	if (copy_from_user(&handle, args.objects, sizeof(handle)))
		return -EFAULT;
	object = dxg_table_get(&file->objects, handle.v, DXG_OBJECT_SYNC);
	if (!object)
		object = dxg_table_get(&file->objects, handle.v, DXG_OBJECT_RESOURCE);
	if (!object)
		return -EINVAL;
	err = dxg_share_object(object, args.shared_handle);
	dxg_object_put(object);
	return err;
}

/* ---- the host ---- */

static int dxg_share_ask_host(struct dxg_device *device, u32 object,
			      struct dxg_msg_shareobjectwithhost_return *ret_reply)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_shareobjectwithhost)
	msg = {
		.m.device = dxg_object_host(&device->object),
		.m.object = dxg_handle_host(object),
	};
	struct dxg_ring_part part = DXG_PART(msg);
	int err;

	dxg_request_vm(process->host, DXG_MSG_SHAREOBJECTWITHHOST, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, ret_reply, sizeof(*ret_reply));
	if (!err)
		err = dxg_status_to_errno(ret_reply->status);
	return err > 0 ? -EINVAL : err;
}

/* An object of the caller's on the same adapter: a fence, a resource or an allocation. */
static bool dxg_share_owns(struct dxg_device *device, u32 handle)
{
	static const enum dxg_object_type types[] = {
		DXG_OBJECT_SYNC,
		DXG_OBJECT_RESOURCE,
		DXG_OBJECT_ALLOCATION,
	};
	struct dxg_object *object = NULL;
	bool owns;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(types) && !object; i++)
		object = dxg_table_peek(&device->object.process->file->objects, handle, types[i]);
	owns = object && object->process == device->object.process;
	rcu_read_unlock();
	return owns;
}

/** dxg_ioctl_share_object_with_host - ShareObjectWithHost, 0x44. */
int dxg_ioctl_share_object_with_host(struct dxg_file *file, void __user *arg)
{
	struct dxg_msg_shareobjectwithhost_return reply;
	struct d3dkmt_shareobjectwithhost args;
	struct dxg_device *device;
	int err = -EINVAL;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.reserved)
		return -EINVAL;
	device = dxg_device_get(file, args.device_handle);
	if (!device)
		return -EINVAL;
	if (dxg_share_owns(device, args.object_handle.v))
		err = dxg_share_ask_host(device, args.object_handle.v, &reply);
	dxg_device_put(device);
	if (err)
		return err;
	args.object_vail_nt_handle = reply.vail_nt_handle;
	return copy_to_user(arg, &args, sizeof(args)) ? -EFAULT : 0;
}

/*
 * Global handles are numbers that any process could guess. What is shared here is shared by
 * descriptors only, so no number names anything: OpenSynchronizationObject (0x29), OpenResource
 * (0x28) and QueryResourceInfo (0x2b) find nothing.
 */
int dxg_ioctl_open_by_number(struct dxg_file *file, void __user *arg)
{
	return -EINVAL;
}

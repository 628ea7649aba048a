// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_lock.c - Lock2, Unlock2 and InvalidateCache. The host is asked once per allocation; the
 * mapping made then is kept until the allocation goes, or is offered, so that all further pairs are
 * local. Unlock2 only counts. The host never hears of existing system memory: its address is the
 * application's own.
 *
 * Lock: allocation->lock, see dxg_allocation.h.
 */
#include <linux/uaccess.h>

#include "dxg_allocation.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_lock.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_sysmem.h"
#include "dxg_trace.h"
#include "dxgwire/ntstatus.h"

static int dxg_lock_ask(struct dxg_allocation *allocation, u64 *ret_address)
{
	struct dxg_object *object = &allocation->object;
	struct dxg_process *process = object->process;
	DXG_MESSAGE(dxg_msg_lock2) msg = {
		.m.args.device.v = dxg_object_host(&object->device->object),
		.m.args.allocation.v = dxg_object_host(object),
	};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_msg_lock2_return reply;
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_LOCK2, &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	*ret_address = reply.address;
	return 0;
}

static void dxg_lock_undo(struct dxg_allocation *allocation)
{
	struct dxg_object *object = &allocation->object;
	struct dxg_process *process = object->process;
	DXG_MESSAGE(dxg_msg_unlock2) msg = {
		.m.args.device.v = dxg_object_host(&object->device->object),
		.m.args.allocation.v = dxg_object_host(object),
	};
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_UNLOCK2, &msg.ext, &msg.m.h);
	dxg_request_status(process->adapter, &part, 1);
}

/* An allocation that is being destroyed meanwhile gets no mapping. */
static int dxg_lock_attach(struct dxg_allocation *allocation, struct dxg_mapping *mapping)
{
	int err = -EINVAL;

	mutex_lock(&allocation->lock);
	if (!allocation->detached) {
		allocation->mapping = mapping;
		err = 0;
	}
	mutex_unlock(&allocation->lock);
	if (err)
		dxg_mapping_destroy(mapping);
	return err;
}

/* It had a mapping before it was offered: the same, and where it was, on the pages it has now. */
static int dxg_lock_move(struct dxg_allocation *allocation, u64 offset)
{
	int err = -EINVAL;

	mutex_lock(&allocation->lock);
	if (!allocation->detached) {
		dxg_mapping_move(allocation->mapping, offset);
		err = 0;
	}
	mutex_unlock(&allocation->lock);
	return err;
}

static int dxg_lock_map(struct dxg_allocation *allocation, u64 address)
{
	struct dxg_session *session = allocation->object.process->adapter->session;
	struct dxg_mapping_desc desc = { .size = allocation->size, .writable = true };
	struct dxg_mapping *mapping;
	int err;

	err = dxg_session_io_offset(session, address, desc.size, &desc.offset);
	if (err)
		return err;
	/* Only the one at the once sets it. */
	if (allocation->mapping)
		return dxg_lock_move(allocation, desc.offset);
	err = dxg_mapping_create(session, &desc, &mapping);
	return err ? err : dxg_lock_attach(allocation, mapping);
}

static int dxg_lock_first(struct dxg_allocation *allocation)
{
	u64 address;
	int err = dxg_lock_ask(allocation, &address);

	if (err)
		return err;
	err = dxg_lock_map(allocation, address);
	if (err)
		dxg_lock_undo(allocation);
	return err;
}

/**
 * dxg_lock_prepare - have allocation->mapping, which stays until the allocation goes.
 * @allocation: the caller holds a reference
 *
 * Return: 0; the host's answer; -ENODEV; -ENOMEM; -EPERM it is existing system memory, which has
 * none; -ERESTARTSYS killed.
 */
int dxg_lock_prepare(struct dxg_allocation *allocation)
{
	int err;

	if (!dxg_session_alive(allocation->object.process->adapter->session))
		return -ENODEV;
	if (allocation->sysmem)
		return -EPERM;
	err = dxg_once_begin(&allocation->mapped);
	if (err > 0) {
		err = dxg_lock_first(allocation);
		dxg_once_end(&allocation->mapped, !err);
	}
	return err;
}

static int dxg_lock(struct dxg_allocation *allocation, u64 *ret_address)
{
	bool alive = dxg_session_alive(allocation->object.process->adapter->session);
	int err;

	if (allocation->sysmem)
		return alive ? dxg_sysmem_address(allocation->sysmem, ret_address) : -ENODEV;
	err = dxg_lock_prepare(allocation);
	return err ? err : dxg_mapping_address(allocation->mapping, ret_address);
}

/**
 * dxg_lock_forget - give up what the first Lock2 made: user mode loses the pages, then the host the
 * lock.
 * @allocation: holds a reference of the caller
 *
 * The next Lock2 asks the host again. Return: 0; -EINVAL it is locked, or being destroyed.
 */
int dxg_lock_forget(struct dxg_allocation *allocation)
{
	bool mapped = false;
	int err = -EINVAL;

	mutex_lock(&allocation->lock);
	if (!allocation->detached && !allocation->locks) {
		mapped = dxg_once_undo(&allocation->mapped);
		if (mapped)
			dxg_mapping_revoke(allocation->mapping);
		err = 0;
	}
	mutex_unlock(&allocation->lock);
	if (mapped)
		dxg_lock_undo(allocation);
	return err;
}

/** dxg_lock_find - the allocation of that handle, if it is @device's; with a reference, or NULL. */
struct dxg_allocation *dxg_lock_find(struct dxg_file *file, struct d3dkmthandle device,
				     struct d3dkmthandle handle)
{
	struct dxg_object *object = dxg_table_get(&file->objects, handle.v, DXG_OBJECT_ALLOCATION);

	if (!object)
		return NULL;
	if (object->device->object.handle == device.v)
		return dxg_object_allocation(object);
	dxg_object_put(object);
	return NULL;
}

/* Change the number of locks by one. Return: 0; -EINVAL there is none to undo, or too many. */
static int dxg_lock_count(struct dxg_allocation *allocation, bool up)
{
	int err = -EINVAL;

	mutex_lock(&allocation->lock);
	if (allocation->locks != (up ? U32_MAX : 0)) {
		allocation->locks += up ? 1 : -1;
		err = 0;
	}
	mutex_unlock(&allocation->lock);
	return err;
}

/** dxg_ioctl_lock2 - Lock2, 0x25. */
int dxg_ioctl_lock2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_lock2 args;
	struct dxg_allocation *allocation;
	u64 address;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags.value)
		return -EINVAL;
	allocation = dxg_lock_find(file, args.device, args.allocation);
	if (!allocation)
		return -EINVAL;
	err = dxg_lock(allocation, &address);
	if (!err) {
		args.data = u64_to_user_ptr(address);
		err = copy_to_user(arg, &args, sizeof(args)) ? -EFAULT
							     : dxg_lock_count(allocation, true);
	}
	trace_dxg_lock(args.allocation.v, err);
	dxg_object_put(&allocation->object);
	return err;
}

/** dxg_ioctl_unlock2 - Unlock2, 0x37. */
int dxg_ioctl_unlock2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_unlock2 args;
	struct dxg_allocation *allocation;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	allocation = dxg_lock_find(file, args.device, args.allocation);
	if (!allocation)
		return -EINVAL;
	err = dxg_lock_count(allocation, false);
	if (!dxg_session_alive(allocation->object.process->adapter->session))
		err = -ENODEV;
	trace_dxg_unlock(args.allocation.v, err);
	dxg_object_put(&allocation->object);
	return err;
}

static int dxg_lock_invalidate(struct dxg_allocation *allocation,
			       const struct d3dkmt_invalidatecache *args)
{
	struct dxg_object *object = &allocation->object;
	struct dxg_process *process = object->process;
	DXG_MESSAGE(dxg_msg_invalidatecache) msg = {
		.m.device = dxg_object_host(&object->device->object),
		.m.allocation = dxg_object_host(object),
		.m.offset = args->offset,
		.m.length = args->length,
	};
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_INVALIDATECACHE, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, &part, 1);
}

/** dxg_ioctl_invalidate_cache - InvalidateCache, 0x24. */
int dxg_ioctl_invalidate_cache(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_invalidatecache args;
	struct dxg_allocation *allocation;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	allocation = dxg_lock_find(file, args.device, args.allocation);
	if (!allocation)
		return -EINVAL;
	err = dxg_lock_invalidate(allocation, &args);
	dxg_object_put(&allocation->object);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_dmabuf_import.c - OPENDXG_IMPORTDMABUF: the memory of a dma-buf becomes an allocation.
 *
 * One of ours is opened like a shared resource (dxg_opening.h). One of another driver is attached
 * to and is then existing system memory (dxg_sysmem.h): a standard allocation of an existing heap,
 * in a resource, so that both kinds are destroyed alike. Everything that can fail here is done
 * before the host is asked; what fails afterwards has the host destroy the resource again.
 */
#include <linux/dma-buf.h>
#include <linux/file.h>
#include <linux/uaccess.h>

#include "dxg_allocation.h"
#include "dxg_device.h"
#include "dxg_dmabuf.h"
#include "dxg_ioctl.h"
#include "dxg_opening.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_resource.h"
#include "dxg_sysmem.h"
#include "dxgwire/ntstatus.h"
#include "misc/opendxg.h"

static bool dxg_import_read_only(const struct dma_buf *buf)
{
	return !(buf->file->f_mode & FMODE_WRITE);
}

static int dxg_import_tell(struct opendxg_importdmabuf *args, u32 resource, u32 allocation,
			   u64 size, void __user *arg)
{
	args->resource.v = resource;
	args->allocation.v = allocation;
	args->size = size;
	return copy_to_user(arg, args, sizeof(*args)) ? -EFAULT : 0;
}

/* ---- ours ---- */

static int dxg_import_open(struct dxg_opening *o, struct opendxg_importdmabuf *args,
			   void __user *arg)
{
	int err = dxg_opening_begin(o);

	if (err)
		return err;
	err = dxg_import_tell(args, dxg_opening_resource(o), dxg_opening_allocation(o, 0),
			      o->shared->part[0].size, arg);
	return dxg_opening_end(o, err);
}

static int dxg_import_ours(struct dxg_device *device, struct dma_buf *buf,
			   struct opendxg_importdmabuf *args, void __user *arg)
{
	struct dxg_opening o = { .device = device };
	int err = -EPERM;

	if (dxg_import_read_only(buf))
		return -EACCES;
	o.nt = dxg_dmabuf_nt(buf);
	o.shared = dxg_shared_resource_of(o.nt->shared);
	if (o.nt->shared->adapter == device->object.process->adapter) {
		err = dxg_import_open(&o, args, arg);
		dxg_opening_fini(&o);
	}
	dxg_nt_put(o.nt);
	return err;
}

/* ---- others' ---- */

/** struct dxg_import_reply - the host's to a CREATEALLOCATION of one standard allocation. */
struct dxg_import_reply {
	struct dxg_msg_createallocation_return head;
	struct dxg_msg_allocinfo_return info;
};

/**
 * struct dxg_import - a dma-buf of another driver on its way.
 * @device: whose it will be; the caller's reference
 * @read_only: neither the host nor a GPU writes
 * @resource: the new resource
 * @allocation: its allocation
 * @reply: what the host calls them
 */
struct dxg_import {
	struct dxg_device *device;
	bool read_only;
	struct dxg_resource *resource;
	struct dxg_allocation *allocation;
	struct dxg_import_reply reply;
};

static int dxg_import_prepare(struct dxg_import *import, struct dma_buf *buf)
{
	struct dxg_device *device = import->device;

	import->resource = dxg_resource_create(device->object.process, device);
	if (!import->resource)
		return -ENOMEM;
	import->allocation = dxg_allocation_create(device, &import->resource->object);
	if (!import->allocation)
		return -ENOMEM;
	import->allocation->size = buf->size;
	return dxg_sysmem_attach(device, buf, import->read_only, &import->allocation->sysmem);
}

static void dxg_import_fini(struct dxg_import *import)
{
	if (import->allocation)
		dxg_object_put(&import->allocation->object);
	if (import->resource)
		dxg_object_put(&import->resource->object);
}

static void dxg_import_undo(struct dxg_import *import)
{
	dxg_allocation_undo_resource(import->device, import->reply.head.resource,
				     import->allocation);
}

static int dxg_import_check_reply(struct dxg_import *import)
{
	const struct dxg_import_reply *reply = &import->reply;

	if (!dxg_handle_valid(reply->head.resource) || !dxg_handle_valid(reply->info.allocation) ||
	    reply->info.allocation_size != import->allocation->size) {
		dxg_import_undo(import);
		return -EPROTO;
	}
	return 0;
}

static int dxg_import_ask(struct dxg_import *import)
{
	struct dxg_process *process = import->device->object.process;
	struct d3dkmt_createstandardallocation standard = {
		.type = _D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP,
		.existing_heap_data.size = import->allocation->size,
	};
	DXG_MESSAGE(dxg_msg_createallocation) msg = {
		.m.device = dxg_object_host(&import->device->object),
		.m.priv_drv_data_size = sizeof(standard),
		.m.alloc_count = 1,
		.m.flags.create_resource = 1,
		.m.flags.existing_sysmem = 1,
		.m.flags.read_only = import->read_only,
		.m.flags.standard_allocation = 1,
	};
	struct dxg_msg_allocinfo info = {};
	struct dxg_ring_part part[] = { DXG_PART(msg), DXG_PART(info), DXG_PART(standard) };
	int err;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CREATEALLOCATION, &msg.ext,
			 &msg.m.h);
	err = dxg_request_call(process->adapter, part, ARRAY_SIZE(part), &import->reply,
			       sizeof(import->reply));
	return err ? err : dxg_import_check_reply(import);
}

static int dxg_import_enter(struct dxg_import *import)
{
	struct dxg_object *object = &import->allocation->object;

	return dxg_resource_adopt(import->device, &import->resource->object,
				  import->reply.head.resource, &object,
				  &import->reply.info.allocation, 1);
}

static int dxg_import_finish(struct dxg_import *import, struct opendxg_importdmabuf *args,
			     void __user *arg)
{
	struct dxg_process *process = import->device->object.process;
	u32 resource = dxg_process_handle(process, import->reply.head.resource);
	u32 allocation = dxg_process_handle(process, import->reply.info.allocation);
	u64 size = import->allocation->size;
	int err;

	err = dxg_sysmem_tell(import->allocation->sysmem, import->reply.info.allocation);
	if (!err)
		err = dxg_import_tell(args, resource, allocation, size, arg);
	if (!err)
		err = dxg_import_enter(import);
	if (err)
		dxg_import_undo(import);
	return err;
}

static int dxg_import_others(struct dxg_device *device, struct dma_buf *buf,
			     struct opendxg_importdmabuf *args, void __user *arg)
{
	struct dxg_import import = { .device = device, .read_only = dxg_import_read_only(buf) };
	int err;

	if (!dxg_sysmem_possible(device->object.process))
		return -EPERM;
	err = dxg_import_prepare(&import, buf);
	if (!err)
		err = dxg_import_ask(&import);
	if (!err)
		err = dxg_import_finish(&import, args, arg);
	dxg_import_fini(&import);
	return err;
}

/** dxg_ioctl_import_dmabuf - OPENDXG_IMPORTDMABUF, 0x81. */
int dxg_ioctl_import_dmabuf(struct dxg_file *file, void __user *arg)
{
	struct opendxg_importdmabuf args;
	struct dxg_device *device;
	struct dma_buf *buf;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags || args.reserved)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	buf = dma_buf_get(args.fd);
	if (IS_ERR(buf)) {
		dxg_device_put(device);
		return -EINVAL;
	}
	err = dxg_dmabuf_is_ours(buf) ? dxg_import_ours(device, buf, &args, arg)
				      : dxg_import_others(device, buf, &args, arg);
	dma_buf_put(buf);
	dxg_device_put(device);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_allocation.c - CreateAllocation2 and DestroyAllocation2. See dxg_allocation.h.
 *
 * Creation: everything that can fail here is done before the host is asked to create; what fails
 * afterwards has the host destroy the allocations again. Handles enter the table last. Existing
 * system memory is pinned before the host is asked, and unpinned when it has answered the
 * destruction (dxg_sysmem.h). Destruction: the objects are taken out of the table all at once (so
 * each by one task only, and none twice), user mode loses access, then the host is told. When it
 * refuses, they come back.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_allocation.h"
#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_resource.h"
#include "dxg_session.h"
#include "dxg_standard.h"
#include "dxg_sysmem.h"
#include "dxgwire/escape.h"
#include "dxgwire/standard.h"

/* The flags that the interface knows, bits 18 to 21 included; the host judges them. */
#define DXG_ALLOCATION_FLAGS 0x3fffffu
#define DXG_ALLOCATION_INFO_FLAGS 7u
#define DXG_DESTROY_FLAGS 0x80000003u
#define DXG_DESTROY_ASSUME_NOT_IN_USE 1u

static void dxg_allocation_detach(struct dxg_object *object)
{
	struct dxg_allocation *allocation = dxg_object_allocation(object);

	mutex_lock(&allocation->lock);
	allocation->detached = true;
	if (allocation->mapping)
		dxg_mapping_revoke(allocation->mapping);
	mutex_unlock(&allocation->lock);
}

static void dxg_allocation_release(struct dxg_object *object)
{
	struct dxg_allocation *allocation = dxg_object_allocation(object);

	dxg_mapping_destroy(allocation->mapping);
	dxg_sysmem_put(allocation->sysmem);
	dxg_object_put(allocation->resource);
	mutex_destroy(&allocation->lock);
	kfree_rcu(allocation, object.rcu);
}

static const struct dxg_object_ops dxg_allocation_ops = {
	.type = DXG_OBJECT_ALLOCATION,
	.detach = dxg_allocation_detach,
	.release = dxg_allocation_release,
};

/**
 * dxg_allocation_create - an allocation that is not in the table.
 * @device: its parent
 * @resource: what it is part of, gains a reference; NULL for none
 *
 * Return: it, or NULL.
 */
struct dxg_allocation *dxg_allocation_create(struct dxg_device *device, struct dxg_object *resource)
{
	struct dxg_allocation *allocation = kzalloc(sizeof(*allocation), GFP_KERNEL_ACCOUNT);

	if (!allocation)
		return NULL;
	dxg_object_init(&allocation->object, &dxg_allocation_ops, device->object.process, device);
	allocation->resource = resource;
	if (resource)
		kref_get(&resource->ref);
	dxg_once_init(&allocation->mapped);
	mutex_init(&allocation->lock);
	return allocation;
}

/* The host's view of a destruction: a list or a resource. */
static int dxg_allocation_destroy_host(struct dxg_device *device, u32 resource, const u32 *handle,
				       u32 n, u32 flags)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_destroyallocation) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.resource = resource,
		.m.alloc_count = n,
		.m.flags.value = flags,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = handle, .len = n * sizeof(*handle) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_DESTROYALLOCATION, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
}

/* Has the host let go of what was to be destroyed, as @err tells? */
static bool dxg_destruction_answered(struct dxg_device *device, int err)
{
	return err >= 0 || dxg_session_lost(device->object.process->adapter->session);
}

/**
 * dxg_allocation_destroy_resource - have the host forget a resource that nobody was told of.
 * @device: the device
 * @host: the host's handle of the resource
 *
 * Return: the host's status, or -errno.
 */
int dxg_allocation_destroy_resource(struct dxg_device *device, u32 host)
{
	return dxg_allocation_destroy_host(device, host, NULL, 0, DXG_DESTROY_ASSUME_NOT_IN_USE);
}

/**
 * dxg_allocation_undo_resource - the same, and the only allocation of it has pages of this machine.
 * @device: the device
 * @host: the host's handle of the resource
 * @allocation: the allocation, not in the table; its pages are let go of when the host has
 */
void dxg_allocation_undo_resource(struct dxg_device *device, u32 host,
				  struct dxg_allocation *allocation)
{
	int err = dxg_allocation_destroy_resource(device, host);

	if (dxg_destruction_answered(device, err))
		dxg_sysmem_forget(allocation->sysmem);
}

/* ---- creation ---- */

/**
 * struct dxg_creation - one CreateAllocation2 on its way.
 * @args: private copy
 * @standard: of a standard allocation, private copy of its description
 * @driver: of one that is shared, what the host's driver has for it
 * @device: the device
 * @resource: the new or existing resource, or NULL; holds a reference
 * @info: private copies of the caller's array
 * @object: the new objects; those in the table are NULL
 * @handle: their handles as the host chose them
 * @private: bytes of all allocations' private data
 * @blob_size: bytes of the resource's private data, or of @standard in its place
 * @tail: what follows the message
 * @tail_size: its bytes
 * @slot: the reply
 */
struct dxg_creation {
	struct d3dkmt_createallocation args;
	struct d3dkmt_createstandardallocation standard;
	struct dxg_standard driver;
	struct dxg_device *device;
	struct dxg_object *resource;
	struct d3dddi_allocationinfo2 *info;
	struct dxg_object **object;
	u32 *handle;
	u32 private;
	u32 blob_size;
	u8 *tail;
	u32 tail_size;
	struct dxg_slot *slot;
};

static int dxg_creation_check_flags(const struct d3dkmt_createallocation *args)
{
	struct d3dkmt_createallocationflags flags = args->flags;

	if (flags.value & ~DXG_ALLOCATION_FLAGS || flags.existing_section || flags.create_protected)
		return -EINVAL;
	if (flags.create_shared && !(flags.create_resource && flags.nt_security_sharing))
		return -EINVAL;
	if (flags.create_resource && args->resource.v)
		return -EINVAL;
	/* A standard allocation is one, and nobody's driver has data for it. */
	if (flags.standard_allocation && (args->alloc_count != 1 || args->priv_drv_data_size))
		return -EINVAL;
	/* The caller's own pages are not shared: NOT_SUPPORTED. */
	return flags.create_shared && flags.existing_sysmem ? -EPERM : 0;
}

static int dxg_creation_check(const struct d3dkmt_createallocation *args)
{
	if (!args->alloc_count || args->alloc_count > DXG_ALLOCATIONS_PER_CREATE ||
	    args->private_runtime_data_size >= DXG_MESSAGE_MAX ||
	    args->priv_drv_data_size >= DXG_MESSAGE_MAX)
		return -EINVAL;
	return dxg_creation_check_flags(args);
}

static int dxg_creation_check_info(const struct d3dddi_allocationinfo2 *info, bool sysmem)
{
	if (info->priv_drv_data_size >= DXG_MESSAGE_MAX ||
	    info->flags.value & ~DXG_ALLOCATION_INFO_FLAGS ||
	    memchr_inv(info->reserved, 0, sizeof(info->reserved)) || !PAGE_ALIGNED(info->sysmem))
		return -EINVAL;
	return !!info->sysmem == sysmem ? 0 : -EINVAL;
}

/* A standard allocation's description, and whether the rest agrees with it. */
static int dxg_creation_read_standard(struct dxg_creation *c)
{
	const struct d3dddi_allocationinfo2 *info = c->info;

	if (copy_from_user(&c->standard, c->args.standard_allocation, sizeof(c->standard)))
		return -EFAULT;
	c->standard.reserved = 0;
	c->standard.reserved1 = 0;
	if (!dxg_standard_ok(&c->standard, c->args.flags) || info->priv_drv_data_size ||
	    !!info->sysmem != !!c->args.flags.existing_sysmem)
		return -EINVAL;
	c->blob_size = sizeof(c->standard);
	return 0;
}

/* What the flags and the first element say about the memory; then they agree. */
static int dxg_creation_check_memory(struct dxg_creation *c)
{
	int err;

	c->blob_size = c->args.priv_drv_data_size;
	if (c->args.flags.standard_allocation) {
		err = dxg_creation_read_standard(c);
		if (err)
			return err;
	}
	if (!c->info[0].sysmem)
		return c->args.flags.existing_sysmem ? -EINVAL : 0;
	c->args.flags.existing_sysmem = 1;
	return dxg_sysmem_possible(c->device->object.process) ? 0 : -EPERM;
}

/* Look at the caller's array, and whether request and reply can be carried. */
static int dxg_creation_measure(struct dxg_creation *c)
{
	u32 n = c->args.alloc_count, i;
	bool sysmem = c->info[0].sysmem;
	u64 size, private = 0;
	int err;

	for (i = 0; i < n; i++) {
		err = dxg_creation_check_info(&c->info[i], sysmem);
		if (err)
			return err;
		private += c->info[i].priv_drv_data_size;
	}
	err = dxg_creation_check_memory(c);
	if (err)
		return err;
	size = n * sizeof(struct dxg_msg_allocinfo) + c->args.private_runtime_data_size +
	       c->blob_size + private;
	if (size + sizeof(struct dxg_msg_ext) + sizeof(struct dxg_msg_createallocation) >
	    DXG_MESSAGE_MAX)
		return -EOVERFLOW;
	if (sizeof(struct dxg_msg_createallocation_return) +
		    n * sizeof(struct dxg_msg_allocinfo_return) + private >
	    DXG_REPLY_MAX)
		return -EOVERFLOW;
	c->private = private;
	c->tail_size = size;
	return 0;
}

static int dxg_creation_put_tail(u8 **at, const void __user *user, u32 size)
{
	if (copy_from_user(*at, user, size))
		return -EFAULT;
	*at += size;
	return 0;
}

/* The resource's private data, or what takes its place. */
static int dxg_creation_put_blob(struct dxg_creation *c, u8 **at)
{
	if (!c->args.flags.standard_allocation)
		return dxg_creation_put_tail(at, c->args.priv_drv_data, c->blob_size);
	memcpy(*at, &c->standard, sizeof(c->standard));
	*at += sizeof(c->standard);
	return 0;
}

/* Records, runtime data, resource data, allocations' data: back to back (section 4.2). */
static int dxg_creation_fill_tail(struct dxg_creation *c)
{
	u8 *at = c->tail;
	u32 i;
	int err;

	for (i = 0; i < c->args.alloc_count; i++) {
		struct dxg_msg_allocinfo record = {
			.flags = c->info[i].flags.value,
			.priv_drv_data_size = c->info[i].priv_drv_data_size,
			.vidpn_source_id = c->info[i].vidpn_source_id,
		};

		memcpy(at, &record, sizeof(record));
		at += sizeof(record);
	}
	err = dxg_creation_put_tail(&at, c->args.private_runtime_data,
				    c->args.private_runtime_data_size);
	if (!err)
		err = dxg_creation_put_blob(c, &at);
	for (i = 0; i < c->args.alloc_count && !err; i++)
		err = dxg_creation_put_tail(&at, c->info[i].priv_drv_data,
					    c->info[i].priv_drv_data_size);
	return err;
}

/* What is private data of the resource and of its allocations, when nobody gives any. */
static int dxg_creation_ask_driver(struct dxg_creation *c)
{
	if (!c->args.flags.standard_allocation)
		return 0;
	return dxg_standard_ask(c->device->object.process, c->standard.existing_heap_data.size,
				&c->driver);
}

/* What all openers will find; the tail is the private copy that the host gets, too. */
static int dxg_creation_make_shared(struct dxg_creation *c, struct dxg_resource *resource)
{
	const u8 *blobs = c->tail + c->args.alloc_count * sizeof(struct dxg_msg_allocinfo);
	struct dxg_shared_resource *shared;
	int err = dxg_creation_ask_driver(c);

	if (err)
		return err;
	shared = dxg_shared_resource_create(c->device->object.process->adapter, c->args.alloc_count,
					    c->private + c->driver.data_size);
	if (!shared)
		return -ENOMEM;
	resource->shared = shared;
	err = dxg_shared_resource_blob(&shared->runtime, &shared->runtime_size, blobs,
				       c->args.private_runtime_data_size);
	if (err)
		return err;
	if (c->driver.data)
		return dxg_shared_resource_blob(&shared->data, &shared->data_size,
						c->driver.data + c->driver.data_size,
						c->driver.resource_size);
	return dxg_shared_resource_blob(&shared->data, &shared->data_size,
					blobs + c->args.private_runtime_data_size,
					c->args.priv_drv_data_size);
}

static int dxg_creation_make_resource(struct dxg_creation *c)
{
	struct dxg_resource *resource = dxg_resource_create(c->device->object.process, c->device);

	if (!resource)
		return -ENOMEM;
	c->resource = &resource->object;
	return c->args.flags.create_shared ? dxg_creation_make_shared(c, resource) : 0;
}

/* The resource that the allocations become part of. */
static int dxg_creation_find_resource(struct dxg_creation *c)
{
	struct dxg_process *process = c->device->object.process;

	if (c->args.flags.create_resource)
		return dxg_creation_make_resource(c);
	if (!c->args.resource.v)
		return 0;
	c->resource =
		dxg_table_get(&process->file->objects, c->args.resource.v, DXG_OBJECT_RESOURCE);
	if (!c->resource || c->resource->device != c->device)
		return -EINVAL;
	/* What is shared is whole from the beginning. */
	return dxg_object_resource(c->resource)->shared ? -EINVAL : 0;
}

static int dxg_creation_alloc_objects(struct dxg_creation *c)
{
	u32 n = c->args.alloc_count, i;
	struct dxg_allocation *allocation;

	c->object = kvcalloc(n, sizeof(*c->object), GFP_KERNEL_ACCOUNT);
	c->handle = kvcalloc(n, sizeof(*c->handle), GFP_KERNEL_ACCOUNT);
	if (!c->object || !c->handle)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		allocation = dxg_allocation_create(c->device, c->resource);
		if (!allocation)
			return -ENOMEM;
		c->object[i] = &allocation->object;
	}
	return 0;
}

/* How large the caller says that allocation @i is: only so much of its memory is handed out. */
static int dxg_creation_sysmem_size(struct dxg_creation *c, u32 i, const u8 *data, u64 *ret_size)
{
	struct dxg_alloc_private private;
	u64 size = c->standard.existing_heap_data.size;

	if (!c->args.flags.standard_allocation) {
		if (c->info[i].priv_drv_data_size != sizeof(private))
			return -EINVAL;
		memcpy(&private, data, sizeof(private));
		size = private.size;
	}
	if (!size || !PAGE_ALIGNED(size) || size > DXG_ALLOCATION_SIZE_MAX)
		return -EINVAL;
	*ret_size = size;
	return 0;
}

static int dxg_creation_pin(struct dxg_creation *c)
{
	const u8 *data = c->tail + c->tail_size - c->private;
	struct dxg_allocation *allocation;
	u64 size;
	u32 i;
	int err;

	if (!c->args.flags.existing_sysmem)
		return 0;
	for (i = 0; i < c->args.alloc_count; i++) {
		allocation = dxg_object_allocation(c->object[i]);
		err = dxg_creation_sysmem_size(c, i, data, &size);
		if (!err)
			err = dxg_sysmem_pin(c->device, c->info[i].sysmem, size,
					     c->args.flags.read_only, &allocation->sysmem);
		if (err)
			return err;
		data += c->info[i].priv_drv_data_size;
	}
	return 0;
}

/* Everything that can fail before the host is asked. */
static int dxg_creation_prepare(struct dxg_creation *c)
{
	u32 n = c->args.alloc_count;
	int err;

	c->info = kvmalloc_array(n, sizeof(*c->info), GFP_KERNEL_ACCOUNT);
	if (!c->info)
		return -ENOMEM;
	if (copy_from_user(c->info, c->args.allocation_info, n * sizeof(*c->info)))
		return -EFAULT;
	err = dxg_creation_measure(c);
	if (err)
		return err;
	c->tail = kvmalloc(c->tail_size, GFP_KERNEL_ACCOUNT);
	c->slot = dxg_slot_create(sizeof(struct dxg_msg_createallocation_return) +
				  n * sizeof(struct dxg_msg_allocinfo_return) + c->private);
	if (!c->tail || !c->slot)
		return -ENOMEM;
	err = dxg_creation_fill_tail(c);
	if (!err)
		err = dxg_creation_find_resource(c);
	if (!err)
		err = dxg_creation_alloc_objects(c);
	return err ? err : dxg_creation_pin(c);
}

static int dxg_creation_ask(struct dxg_creation *c)
{
	struct dxg_process *process = c->device->object.process;
	DXG_MESSAGE(dxg_msg_createallocation) msg = {
		.m.device = dxg_object_host(&c->device->object),
		.m.resource = dxg_handle_host(c->args.resource.v),
		.m.private_runtime_data_size = c->args.private_runtime_data_size,
		.m.priv_drv_data_size = c->blob_size,
		.m.alloc_count = c->args.alloc_count,
		.m.flags = c->args.flags,
		.m.private_runtime_resource_handle = c->args.private_runtime_resource_handle,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = c->tail, .len = c->tail_size },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CREATEALLOCATION, &msg.ext,
			 &msg.m.h);
	return dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), c->slot,
				sizeof(struct dxg_msg_createallocation_return) +
					c->args.alloc_count *
						sizeof(struct dxg_msg_allocinfo_return));
}

/* Whole pages; and of the application's memory not a byte more than it has given. */
static bool dxg_creation_size_ok(const struct dxg_allocation *allocation, u64 size)
{
	if (allocation->sysmem)
		return size == dxg_sysmem_size(allocation->sysmem);
	return size && PAGE_ALIGNED(size);
}

/* Openers get the host's version of the private data; of a standard allocation, its driver's. */
static void dxg_creation_record(struct dxg_creation *c, u32 i, const u8 *data, u32 size)
{
	struct dxg_shared_resource *shared = c->resource ? dxg_object_resource(c->resource)->shared
							 : NULL;

	if (!shared)
		return;
	if (c->driver.data) {
		data = c->driver.data;
		size = c->driver.data_size;
	}
	shared->part[i].size = dxg_object_allocation(c->object[i])->size;
	shared->part[i].private_size = size;
	memcpy(shared->total + shared->total_size, data, size);
	shared->total_size += size;
}

/* One record of the reply. @data: the private data that is left of it. */
static int dxg_creation_take(struct dxg_creation *c, u32 i, const u8 **data, u32 *left)
{
	struct d3dddi_allocationinfo2 __user *user = &c->args.allocation_info[i];
	struct dxg_allocation *allocation = dxg_object_allocation(c->object[i]);
	const struct dxg_msg_allocinfo_return *record =
		(const void *)(c->slot->reply + sizeof(struct dxg_msg_createallocation_return));
	u32 size = record[i].priv_drv_data_size;

	if (!dxg_handle_valid(record[i].allocation) || size > *left ||
	    size > c->info[i].priv_drv_data_size ||
	    !dxg_creation_size_ok(allocation, record[i].allocation_size))
		return -EPROTO;
	c->handle[i] = record[i].allocation;
	allocation->size = record[i].allocation_size;
	dxg_creation_record(c, i, *data, size);
	if (copy_to_user(c->info[i].priv_drv_data, *data, size) ||
	    put_user(dxg_process_handle(c->device->object.process, record[i].allocation),
		     &user->allocation.v))
		return -EFAULT;
	*data += size;
	*left -= size;
	return 0;
}

/* Read the reply of @length bytes and hand out what is the caller's. */
static int dxg_creation_read(struct dxg_creation *c, u32 length, void __user *arg)
{
	struct d3dkmt_createallocation __user *user = arg;
	const struct dxg_msg_createallocation_return *reply = (const void *)c->slot->reply;
	u32 n = c->args.alloc_count, i;
	u32 head = sizeof(*reply) + n * sizeof(struct dxg_msg_allocinfo_return);
	const u8 *data = c->slot->reply + head;
	u32 left = length - head;
	int err;

	for (i = 0; i < n; i++) {
		err = dxg_creation_take(c, i, &data, &left);
		if (err)
			return err;
	}
	if (!c->args.flags.create_resource)
		return 0;
	if (!dxg_handle_valid(reply->resource))
		return -EPROTO;
	return put_user(dxg_process_handle(c->device->object.process, reply->resource),
			&user->resource.v);
}

/* Tell the host which pages are meant. */
static int dxg_creation_tell(struct dxg_creation *c)
{
	int err = 0;
	u32 i;

	if (!c->args.flags.existing_sysmem)
		return 0;
	for (i = 0; i < c->args.alloc_count && !err; i++)
		err = dxg_sysmem_tell(dxg_object_allocation(c->object[i])->sysmem, c->handle[i]);
	return err;
}

/* Enter the handles, the resource's first. All references stay the caller's. */
static int dxg_creation_commit(struct dxg_creation *c)
{
	const struct dxg_msg_createallocation_return *reply = (const void *)c->slot->reply;
	struct dxg_object *resource = c->args.flags.create_resource ? c->resource : NULL;

	return dxg_resource_adopt(c->device, resource, reply->resource, c->object, c->handle,
				  c->args.alloc_count);
}

/* Have the host forget what it has just made, by what its reply says. */
static void dxg_creation_undo(struct dxg_creation *c)
{
	const struct dxg_msg_createallocation_return *reply = (const void *)c->slot->reply;
	const struct dxg_msg_allocinfo_return *record = (const void *)(reply + 1);
	u32 i, n = c->args.alloc_count;
	int err;

	for (i = 0; i < n; i++)
		c->handle[i] = record[i].allocation;
	if (c->args.flags.create_resource)
		err = dxg_allocation_destroy_host(c->device, reply->resource, NULL, 0,
						  DXG_DESTROY_ASSUME_NOT_IN_USE);
	else
		err = dxg_allocation_destroy_host(c->device, 0, c->handle, n,
						  DXG_DESTROY_ASSUME_NOT_IN_USE);
	for (i = 0; i < n && dxg_destruction_answered(c->device, err); i++)
		dxg_sysmem_forget(dxg_object_allocation(c->object[i])->sysmem);
}

static void dxg_creation_fini(struct dxg_creation *c)
{
	u32 i;

	for (i = 0; c->object && i < c->args.alloc_count; i++)
		dxg_object_put(c->object[i]);
	dxg_object_put(c->resource);
	dxg_slot_put(c->slot);
	dxg_standard_fini(&c->driver);
	kvfree(c->tail);
	kvfree(c->handle);
	kvfree(c->object);
	kvfree(c->info);
}

static int dxg_creation_run(struct dxg_creation *c, void __user *arg)
{
	int length, err = dxg_creation_prepare(c);

	if (err)
		return err;
	length = dxg_creation_ask(c);
	if (length < 0)
		return length;
	err = dxg_creation_read(c, length, arg);
	if (!err)
		err = dxg_creation_tell(c);
	if (!err)
		err = dxg_creation_commit(c);
	if (err)
		dxg_creation_undo(c);
	return err;
}

/** dxg_ioctl_create_allocation - CreateAllocation2, 0x06. */
int dxg_ioctl_create_allocation(struct dxg_file *file, void __user *arg)
{
	struct dxg_creation c = {};
	int err;

	if (copy_from_user(&c.args, arg, sizeof(c.args)))
		return -EFAULT;
	err = dxg_creation_check(&c.args);
	if (err)
		return err;
	c.device = dxg_device_get(file, c.args.device);
	if (!c.device)
		return -EINVAL;
	err = dxg_creation_run(&c, arg);
	dxg_creation_fini(&c);
	dxg_device_put(c.device);
	return err;
}

/* ---- destruction ---- */

/** struct dxg_destruction - which objects fit a list: of this device, all of one owner. */
struct dxg_destruction {
	struct dxg_device *device;
	bool started;
	struct dxg_object *resource;
};

static bool dxg_destruction_fits(struct dxg_object *object, void *arg)
{
	struct dxg_allocation *allocation = dxg_object_allocation(object);
	struct dxg_destruction *d = arg;

	if (!d->started)
		d->resource = allocation->resource;
	d->started = true;
	if (allocation->resource && dxg_object_resource(allocation->resource)->shared)
		return false;
	return object->device == d->device && allocation->resource == d->resource;
}

static bool dxg_destruction_fits_resource(struct dxg_object *object, void *arg)
{
	struct dxg_destruction *d = arg;

	return object->device == d->device;
}

/* A refusal is the host's own word; a lost session is not. */
static bool dxg_destruction_refused(struct dxg_device *device, int err)
{
	return err < 0 && err != -ERESTARTSYS &&
	       !dxg_session_lost(device->object.process->adapter->session);
}

/* The host kept it: it is what it was before. */
static void dxg_destruction_restore(struct dxg_object *object)
{
	struct dxg_allocation *allocation = dxg_object_allocation(object);

	if (object->ops == &dxg_allocation_ops) {
		mutex_lock(&allocation->lock);
		allocation->detached = false;
		if (dxg_once_done(&allocation->mapped)) /* else the host has no lock on it */
			dxg_mapping_restore(allocation->mapping);
		mutex_unlock(&allocation->lock);
	}
	if (dxg_device_adopt(object->device, object, dxg_object_host(object)))
		dxg_object_put(object);
}

static void dxg_destruction_finish(struct dxg_object *object, int err)
{
	if (dxg_destruction_refused(object->device, err)) {
		dxg_destruction_restore(object);
		return;
	}
	if (object->ops == &dxg_allocation_ops && dxg_destruction_answered(object->device, err))
		dxg_sysmem_forget(dxg_object_allocation(object)->sysmem);
	dxg_object_put(object);
}

static int dxg_destruction_list(struct dxg_device *device, u32 *handle, u32 n, u32 flags)
{
	struct dxg_destruction d = { .device = device };
	struct dxg_object **object;
	int err;
	u32 i;

	object = kvmalloc_array(n, sizeof(*object), GFP_KERNEL_ACCOUNT);
	if (!object)
		return -ENOMEM;
	err = dxg_table_remove_list(&device->object.process->file->objects, handle, n,
				    DXG_OBJECT_ALLOCATION, dxg_destruction_fits, &d, object);
	if (err)
		goto out;
	for (i = 0; i < n; i++)
		dxg_object_detach(object[i]);
	dxg_handles_to_host(handle, n);
	err = dxg_allocation_destroy_host(device, 0, handle, n, flags);
	for (i = 0; i < n; i++)
		dxg_destruction_finish(object[i], err);
out:
	kvfree(object);
	return err;
}

/* The resource's allocations, out of the table and of the device's list. */
static void dxg_destruction_collect(struct dxg_device *device, const struct dxg_object *resource,
				    struct list_head *ret_list)
{
	struct dxg_table *table = &device->object.process->file->objects;
	struct dxg_object *child, *next;

	mutex_lock(&device->lock);
	list_for_each_entry_safe(child, next, &device->children, sibling) {
		if (child->ops == &dxg_allocation_ops &&
		    dxg_object_allocation(child)->resource == resource &&
		    dxg_table_remove_object(table, child))
			list_move(&child->sibling, ret_list);
	}
	mutex_unlock(&device->lock);
}

static int dxg_destruction_resource(struct dxg_device *device, u32 handle, u32 flags)
{
	struct dxg_destruction d = { .device = device };
	struct dxg_object *resource, *child, *next;
	LIST_HEAD(list);
	int err;

	err = dxg_table_remove_list(&device->object.process->file->objects, &handle, 1,
				    DXG_OBJECT_RESOURCE, dxg_destruction_fits_resource, &d,
				    &resource);
	if (err)
		return err;
	dxg_object_detach(resource);
	dxg_destruction_collect(device, resource, &list);
	list_for_each_entry(child, &list, sibling)
		dxg_allocation_detach(child);
	err = dxg_allocation_destroy_host(device, dxg_object_host(resource), NULL, 0, flags);
	list_for_each_entry_safe(child, next, &list, sibling) {
		list_del_init(&child->sibling);
		dxg_destruction_finish(child, err);
	}
	dxg_destruction_finish(resource, err);
	return err;
}

static int dxg_destruction_run(struct dxg_device *device,
			       const struct d3dkmt_destroyallocation2 *args)
{
	struct dxg_buffer list;
	int err;

	if (args->resource.v)
		return dxg_destruction_resource(device, args->resource.v, args->flags.value);
	err = dxg_buffer_copy(&list, args->allocations, args->alloc_count * sizeof(u32));
	if (err)
		return err;
	err = dxg_destruction_list(device, list.data, args->alloc_count, args->flags.value);
	dxg_buffer_fini(&list);
	return err;
}

/** dxg_ioctl_destroy_allocation2 - DestroyAllocation2, 0x13. */
int dxg_ioctl_destroy_allocation2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_destroyallocation2 args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.alloc_count > DXG_ALLOCATIONS_PER_DESTROY ||
	    !args.alloc_count == !args.resource.v || args.flags.value & ~DXG_DESTROY_FLAGS)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_destruction_run(device, &args);
	dxg_device_put(device);
	return err;
}

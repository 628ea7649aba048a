// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_resource.c - resource objects and shared resources. See dxg_resource.h.
 *
 * A shared resource is complete before anybody can find it: all its blobs are copied when it is
 * created, those of the allocations in the host's version. Its allocations are never added to and
 * never destroyed one by one. Sealing only says that it can be opened at all.
 */
#include <linux/slab.h>

#include "dxg_allocation.h"
#include "dxg_device.h"
#include "dxg_file.h"
#include "dxg_process.h"
#include "dxg_resource.h"

static void dxg_resource_release(struct dxg_object *object)
{
	struct dxg_resource *resource = dxg_object_resource(object);

	if (resource->shared)
		dxg_shared_put(&resource->shared->shared);
	kfree_rcu(resource, object.rcu);
}

static const struct dxg_object_ops dxg_resource_ops = {
	.type = DXG_OBJECT_RESOURCE,
	.release = dxg_resource_release,
};

/** dxg_resource_create - not shared yet. Return: it, or NULL. */
struct dxg_resource *dxg_resource_create(struct dxg_process *process, struct dxg_device *device)
{
	struct dxg_resource *resource = kzalloc(sizeof(*resource), GFP_KERNEL_ACCOUNT);

	if (resource)
		dxg_object_init(&resource->object, &dxg_resource_ops, process, device);
	return resource;
}

/* Take back out of the table what has just been entered. */
static void dxg_resource_withdraw(struct dxg_object *object)
{
	if (!dxg_table_remove_object(&object->process->file->objects, object))
		return; /* somebody guessed the handle and is destroying it */
	dxg_object_detach(object);
	dxg_object_put(object);
}

/* One object enters the table; the caller keeps a reference, too. */
static int dxg_resource_enter(struct dxg_device *device, struct dxg_object *object, u32 handle)
{
	int err;

	kref_get(&object->ref);
	err = dxg_device_adopt(device, object, handle);
	if (err)
		dxg_object_put(object);
	return err;
}

/**
 * dxg_resource_adopt - a resource and its allocations enter the table, the resource first; all or
 * none.
 * @device: their parent
 * @resource: the resource; NULL for allocations without one, or of one that is there already
 * @host: the host's handle of it
 * @object: the allocations; all references stay the caller's
 * @handle: the host's handles of them
 * @n: how many
 *
 * Return: 0; as dxg_device_adopt().
 */
int dxg_resource_adopt(struct dxg_device *device, struct dxg_object *resource, u32 host,
		       struct dxg_object **object, const u32 *handle, u32 n)
{
	int err = resource ? dxg_resource_enter(device, resource, host) : 0;
	u32 i = 0;

	if (err)
		return err;
	while (i < n && !err) {
		err = dxg_resource_enter(device, object[i], handle[i]);
		if (!err)
			i++;
	}
	if (!err)
		return 0;
	while (i--)
		dxg_resource_withdraw(object[i]);
	if (resource)
		dxg_resource_withdraw(resource);
	return err;
}

static void dxg_shared_resource_free(struct dxg_shared *shared)
{
	struct dxg_shared_resource *resource = dxg_shared_resource_of(shared);

	kvfree(resource->runtime);
	kvfree(resource->data);
	kvfree(resource->total);
	kvfree(resource->part);
	kfree(resource);
}

/**
 * dxg_shared_resource_create - for so many allocations.
 * @adapter: gains a reference
 * @count: how many
 * @total_room: bytes of private data that they may have together
 *
 * Return: it, with the caller's reference, or NULL.
 */
struct dxg_shared_resource *dxg_shared_resource_create(struct dxg_adapter *adapter, u32 count,
						       u32 total_room)
{
	struct dxg_shared_resource *resource = kzalloc(sizeof(*resource), GFP_KERNEL_ACCOUNT);

	if (!resource)
		return NULL;
	dxg_shared_init(&resource->shared, DXG_SHARED_RESOURCE, adapter);
	resource->shared.free = dxg_shared_resource_free;
	resource->count = count;
	resource->part = kvcalloc(count, sizeof(*resource->part), GFP_KERNEL_ACCOUNT);
	resource->total = kvmalloc(max(total_room, 1u), GFP_KERNEL_ACCOUNT);
	if (resource->part && resource->total)
		return resource;
	dxg_shared_put(&resource->shared);
	return NULL;
}

/** dxg_shared_resource_blob - keep a copy of @size bytes; none for 0. Return: 0, -ENOMEM. */
int dxg_shared_resource_blob(u8 **blob, u32 *blob_size, const u8 *data, u32 size)
{
	if (!size)
		return 0;
	*blob = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!*blob)
		return -ENOMEM;
	memcpy(*blob, data, size);
	*blob_size = size;
	return 0;
}

/**
 * dxg_shared_resource_check - somebody wants to share, query or open it.
 * @shared: the resource
 *
 * Return: 0; -EINVAL, every time, when its allocations have no private data: nobody could use it.
 */
int dxg_shared_resource_check(struct dxg_shared_resource *shared)
{
	return shared->total_size ? 0 : -EINVAL;
}

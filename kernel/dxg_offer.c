// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_offer.c - OfferAllocations and ReclaimAllocations2. What the host may discard must not be
 * mapped: the mapping that the first Lock2 left is revoked, and the host hears UNLOCK2, before it
 * hears the offer. The host judges races: it refuses to lock what is offered, and to take an offer
 * of what is locked.
 *
 * Lock: device->lock while the allocations of resources are looked for.
 */
#include <linux/bsearch.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "dxg_allocation.h"
#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_lock.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxgwire/ntstatus.h"

#define DXG_OFFER_FLAGS 3u

/**
 * struct dxg_offer - a list of handles on its way.
 * @device: whose they are
 * @handle: private copy; user mode's numbers, then the host's
 * @n: how many
 * @resources: they are of resources
 */
struct dxg_offer {
	struct dxg_device *device;
	u32 *handle;
	u32 n;
	bool resources;
};

static int dxg_offer_translate(const struct dxg_offer *offer)
{
	struct dxg_process *process = offer->device->object.process;

	return dxg_table_translate(&process->file->objects, offer->handle, offer->n,
				   offer->resources ? DXG_OBJECT_RESOURCE : DXG_OBJECT_ALLOCATION,
				   process);
}

/* ---- taking the mappings away ---- */

static int dxg_offer_forget_list(const struct dxg_offer *offer)
{
	struct dxg_table *table = &offer->device->object.process->file->objects;
	struct dxg_object *object;
	int err = 0;
	u32 i;

	for (i = 0; i < offer->n && !err; i++) {
		object = dxg_table_get(table, offer->handle[i], DXG_OBJECT_ALLOCATION);
		err = object && object->device == offer->device
			      ? dxg_lock_forget(dxg_object_allocation(object))
			      : -EINVAL;
		dxg_object_put(object);
	}
	return err;
}

static int dxg_offer_compare(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Is @child an allocation of one of the resources in @sorted? */
static bool dxg_offer_has(const struct dxg_object *child, const u32 *sorted, u32 n)
{
	const struct dxg_object *resource;

	if (child->ops->type != DXG_OBJECT_ALLOCATION)
		return false;
	resource = container_of(child, struct dxg_allocation, object)->resource;
	return resource &&
	       bsearch(&resource->handle, sorted, n, sizeof(*sorted), dxg_offer_compare);
}

static u32 dxg_offer_count(struct dxg_device *device, const u32 *sorted, u32 n)
{
	struct dxg_object *child;
	u32 count = 0;

	mutex_lock(&device->lock);
	list_for_each_entry(child, &device->children, sibling)
		count += dxg_offer_has(child, sorted, n);
	mutex_unlock(&device->lock);
	return count;
}

/* References to @room of them at most; what came later is not meant. Return: how many. */
static u32 dxg_offer_collect(struct dxg_device *device, const u32 *sorted, u32 n,
			     struct dxg_object **ret_objects, u32 room)
{
	struct dxg_object *child;
	u32 count = 0;

	mutex_lock(&device->lock);
	list_for_each_entry(child, &device->children, sibling) {
		if (count == room)
			break;
		if (dxg_offer_has(child, sorted, n) && kref_get_unless_zero(&child->ref))
			ret_objects[count++] = child;
	}
	mutex_unlock(&device->lock);
	return count;
}

static int dxg_offer_forget_sorted(struct dxg_device *device, const u32 *sorted, u32 n)
{
	u32 room = dxg_offer_count(device, sorted, n), count, i;
	struct dxg_object **object;
	int err = 0;

	if (!room)
		return 0;
	object = kvmalloc_array(room, sizeof(*object), GFP_KERNEL_ACCOUNT);
	if (!object)
		return -ENOMEM;
	count = dxg_offer_collect(device, sorted, n, object, room);
	for (i = 0; i < count; i++) {
		if (!err)
			err = dxg_lock_forget(dxg_object_allocation(object[i]));
		dxg_object_put(object[i]);
	}
	kvfree(object);
	return err;
}

static int dxg_offer_forget_resources(const struct dxg_offer *offer)
{
	u32 *sorted = kvmalloc_array(offer->n, sizeof(*sorted), GFP_KERNEL_ACCOUNT);
	int err;

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, offer->handle, offer->n * sizeof(*sorted));
	sort(sorted, offer->n, sizeof(*sorted), dxg_offer_compare, NULL);
	err = dxg_offer_forget_sorted(offer->device, sorted, offer->n);
	kvfree(sorted);
	return err;
}

/* ---- OfferAllocations ---- */

static int dxg_offer_ask(const struct dxg_offer *offer, const struct d3dkmt_offerallocations *args)
{
	struct dxg_process *process = offer->device->object.process;
	DXG_MESSAGE(dxg_msg_offerallocations) msg = {
		.m.device = dxg_object_host(&offer->device->object),
		.m.allocation_count = offer->n,
		.m.priority = args->priority,
		.m.flags = args->flags,
		.m.resources = offer->resources,
		.m.first_allocation = offer->handle[0],
	};
	/* The list starts inside the structure. */
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = offer->handle + 1, .len = (offer->n - 1) * sizeof(*offer->handle) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_OFFERALLOCATIONS, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
}

static int dxg_offer_run(struct dxg_device *device, const struct d3dkmt_offerallocations *args)
{
	struct dxg_offer offer = {
		.device = device,
		.n = args->allocation_count,
		.resources = args->resources,
	};
	struct dxg_buffer list;
	int err = dxg_buffer_copy(&list, offer.resources ? args->resources : args->allocations,
				  offer.n * sizeof(u32));

	if (err)
		return err;
	offer.handle = list.data;
	err = offer.resources ? dxg_offer_forget_resources(&offer) : dxg_offer_forget_list(&offer);
	if (!err)
		err = dxg_offer_translate(&offer);
	if (!err)
		err = dxg_offer_ask(&offer, args);
	dxg_buffer_fini(&list);
	return err;
}

/** dxg_ioctl_offer_allocations - OfferAllocations, 0x27. */
int dxg_ioctl_offer_allocations(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_offerallocations args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.allocation_count || args.allocation_count > DXG_ALLOCATIONS_PER_OFFER ||
	    !args.resources == !args.allocations || args.flags.value & ~DXG_OFFER_FLAGS)
		return -EINVAL;
	if ((u32)args.priority < _D3DKMT_OFFER_PRIORITY_LOW ||
	    (u32)args.priority > _D3DKMT_OFFER_PRIORITY_AUTO)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_offer_run(device, &args);
	dxg_device_put(device);
	return err;
}

/* ---- ReclaimAllocations2 ---- */

static u32 dxg_reclaim_expected(u32 n, bool results)
{
	return results ? dxg_align8(DXG_MSG_RECLAIM_RESULTS + n * sizeof(u32))
		       : sizeof(struct dxg_msg_reclaimallocations_return);
}

static int dxg_reclaim_ask(const struct dxg_offer *offer, struct dxg_object *queue, bool results,
			   struct dxg_slot *slot)
{
	struct dxg_process *process = queue->process;
	DXG_MESSAGE(dxg_msg_reclaimallocations) msg = {
		.m.device = dxg_object_host(&offer->device->object),
		.m.paging_queue = dxg_object_host(queue),
		.m.allocation_count = offer->n,
		.m.resources = offer->resources,
		.m.write_results = results,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = offer->handle, .len = offer->n * sizeof(*offer->handle) },
	};
	int length;

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_RECLAIMALLOCATIONS, &msg.ext,
			 &msg.m.h);
	length = dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot,
				  dxg_reclaim_expected(offer->n, results));
	return min(length, 0);
}

/* The fence value whatever the status, which may be positive and is the result. */
static int dxg_reclaim_report(const struct dxg_slot *slot,
			      const struct d3dkmt_reclaimallocations2 *args,
			      struct d3dkmt_reclaimallocations2 __user *user)
{
	const struct dxg_msg_reclaimallocations_return *reply = (const void *)slot->reply;

	if (put_user(reply->paging_fence_value, &user->paging_fence_value))
		return -EFAULT;
	if (reply->status >= 0 && args->results &&
	    copy_to_user(args->results, slot->reply + DXG_MSG_RECLAIM_RESULTS,
			 args->allocation_count * sizeof(u32)))
		return -EFAULT;
	return dxg_status_to_errno(reply->status);
}

static int dxg_reclaim_run(struct dxg_object *queue, const struct d3dkmt_reclaimallocations2 *args,
			   void __user *arg)
{
	struct dxg_offer offer = {
		.device = queue->device,
		.n = args->allocation_count,
		.resources = args->resources,
	};
	bool results = args->results;
	struct dxg_slot *slot;
	struct dxg_buffer list;
	int err = dxg_buffer_copy(&list, offer.resources ? args->resources : args->allocations,
				  offer.n * sizeof(u32));

	if (err)
		return err;
	offer.handle = list.data;
	slot = dxg_slot_create(dxg_reclaim_expected(offer.n, results));
	err = slot ? dxg_offer_translate(&offer) : -ENOMEM;
	if (!err)
		err = dxg_reclaim_ask(&offer, queue, results, slot);
	if (!err)
		err = dxg_reclaim_report(slot, args, arg);
	if (slot)
		dxg_slot_put(slot);
	dxg_buffer_fini(&list);
	return err;
}

/** dxg_ioctl_reclaim_allocations2 - ReclaimAllocations2, 0x2c. */
int dxg_ioctl_reclaim_allocations2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_reclaimallocations2 args;
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.allocation_count || args.allocation_count > DXG_ALLOCATIONS_PER_OFFER ||
	    !args.resources == !args.allocations)
		return -EINVAL;
	queue = dxg_table_get(&file->objects, args.paging_queue.v, DXG_OBJECT_PAGING_QUEUE);
	if (!queue)
		return -EINVAL;
	err = dxg_reclaim_run(queue, &args, arg);
	dxg_object_put(queue);
	return err;
}

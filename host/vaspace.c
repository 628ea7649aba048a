// SPDX-License-Identifier: MIT
/*
 * vaspace: see vaspace.h. Messages to the worker are state messages and applied in order, so a
 * submission that follows a map in the guest's ring finds the mapping.
 */
#include "vaspace.h"

#include <errno.h>

#include "allocation.h"
#include "device.h"
#include "dxgwire/message.h"
#include "ipc/ipc.h"
#include "paging.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "sysmem.h"
#include "vidmm/gpuva.h"
#include "worker.h"

#define VASPACE_RESERVATION_TYPES 3u

static void vaspace_tell_unmap(struct process *process, uint64_t va, uint64_t size)
{
	struct ipc_va_unmap msg = { .h = { .op = IPC_VA_UNMAP }, .va = va, .size = size };

	if (process->worker)
		worker_send(process->worker, &msg, sizeof(msg));
}

static void vaspace_tell_map(struct process *process, const struct gpuva_mapping *mapping)
{
	const struct allocation *allocation = allocation_lookup(process, (uint32_t)mapping->alloc);
	struct ipc_va_map msg = {
		.h = { .op = IPC_VA_MAP },
		.va = mapping->va,
		.size = mapping->size,
		.offset = mapping->offset,
		.flags = mapping->prot & GPUVA_WRITE ? IPC_VA_WRITE : 0,
	};

	if (!allocation || !allocation->device->worker || allocation->offer.effective)
		return;
	msg.alloc = allocation->id;
	worker_send(process->worker, &msg, sizeof(msg));
}

static int vaspace_unmap_one(const struct gpuva_mapping *mapping, void *arg)
{
	vaspace_tell_unmap(arg, mapping->va, mapping->size);
	return 0;
}

static int vaspace_map_one(const struct gpuva_mapping *mapping, void *arg)
{
	vaspace_tell_map(arg, mapping);
	return 0;
}

void vaspace_tell_range(struct process *process, uint64_t va, uint64_t size)
{
	vaspace_tell_unmap(process, va, size);
	gpuva_visit_range(process->va, va, size, vaspace_map_one, process);
}

void vaspace_hide_allocation(struct allocation *allocation)
{
	struct process *process = allocation->process;

	gpuva_visit_alloc(process->va, allocation->handle, vaspace_unmap_one, process);
}

void vaspace_show_allocation(struct allocation *allocation)
{
	struct process *process = allocation->process;

	gpuva_visit_alloc(process->va, allocation->handle, vaspace_map_one, process);
}

void vaspace_unmap_allocation(struct allocation *allocation)
{
	vaspace_hide_allocation(allocation);
	gpuva_unmap_alloc(allocation->process->va, allocation->handle);
}

int vaspace_handle_free(struct request *rq)
{
	const struct dxg_msg_freegpuvirtualaddress *msg = (const void *)rq->msg;
	struct process *process = rq->process;
	int err;

	if (!rq->session->adapter || msg->args.adapter.v != rq->session->adapter ||
	    msg->args.reserved)
		return -EINVAL;
	err = gpuva_free(process->va, msg->args.base_address, msg->args.size);
	if (err)
		return err == -ENOENT ? -EINVAL : err;
	vaspace_tell_unmap(process, msg->args.base_address, msg->args.size);
	request_reply_status(rq, 0);
	return 0;
}

/* What the mapping shows: an allocation whose worker is this process's, or nothing. */
static int map_backing(struct request *rq, const struct d3dddi_mapgpuvirtualaddress *args,
		       struct gpuva_backing *ret_backing)
{
	struct allocation *allocation;

	*ret_backing = (struct gpuva_backing){ .prot = args->protection.value };
	if (args->protection.value & ~GPUVA_PROT_ALL)
		return -EINVAL;
	if (!args->allocation.v)
		return 0;
	allocation = allocation_lookup(rq->process, args->allocation.v);
	if (!allocation || allocation->offer.made)
		return -EINVAL;
	if (!allocation->device->worker)
		return -ENODEV;
	if (allocation->sysmem && allocation->sysmem->read_only &&
	    (args->protection.value & GPUVA_WRITE))
		return -EACCES;
	ret_backing->alloc = allocation->handle;
	ret_backing->alloc_size = allocation->size;
	ret_backing->offset = args->offset_in_pages << DXG_PAGE_SHIFT;
	return 0;
}

static int map_pages_ok(const struct d3dddi_mapgpuvirtualaddress *args)
{
	const uint64_t max = GPUVA_CEILING >> DXG_PAGE_SHIFT;

	return args->size_in_pages && args->size_in_pages <= max && args->offset_in_pages <= max &&
	       !args->reserved0 && !args->reserved1 && !args->driver_protection;
}

int vaspace_handle_map(struct request *rq)
{
	const struct dxg_msg_mapgpuvirtualaddress *msg = (const void *)rq->msg;
	const struct d3dddi_mapgpuvirtualaddress *args = &msg->args;
	struct paging_queue *queue = paging_queue_lookup(rq, args->paging_queue.v);
	struct dxg_msg_mapgpuvirtualaddress_return reply = { 0 };
	struct gpuva_place place = { args->base_address, args->minimum_address,
				     args->maximum_address, args->size_in_pages << DXG_PAGE_SHIFT };
	struct gpuva_mapping mapping;
	struct gpuva_backing backing;
	uint64_t va;
	int err;

	if (!queue || msg->device || !map_pages_ok(args))
		return -EINVAL;
	err = map_backing(rq, args, &backing);
	if (!err)
		err = gpuva_map(rq->process->va, &place, &backing, &va);
	if (err)
		return err == -EEXIST ? -EINVAL : err;
	/* At a wanted address something may have been replaced; the worker wants to hear it. */
	if (place.base)
		vaspace_tell_unmap(rq->process, place.base, place.size);
	mapping = (struct gpuva_mapping){ va, place.size, backing.alloc, backing.offset,
					  backing.prot };
	vaspace_tell_map(rq->process, &mapping);
	reply.virtual_address = va;
	reply.paging_fence_value = paging_queue_advance(queue);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int vaspace_handle_reserve(struct request *rq)
{
	const struct dxg_msg_reservegpuvirtualaddress *msg = (const void *)rq->msg;
	const struct d3dddi_reservegpuvirtualaddress *args = &msg->args;
	struct dxg_msg_reservegpuvirtualaddress_return reply = { 0 };
	struct gpuva_place place = { args->base_address, args->minimum_address,
				     args->maximum_address, args->size };
	struct paging_queue *queue = NULL;
	uint64_t va;
	int err;

	if (!rq->session->adapter || args->adapter.v != rq->session->adapter) {
		queue = paging_queue_lookup(rq, args->adapter.v);
		if (!queue)
			return -EINVAL;
	}
	if ((uint32_t)args->reservation_type >= VASPACE_RESERVATION_TYPES ||
	    args->driver_protection)
		return -EINVAL;
	err = gpuva_reserve(rq->process->va, &place, &va);
	if (err)
		return err == -EEXIST ? -EINVAL : err;
	reply.virtual_address = va;
	if (queue)
		reply.paging_fence_value = paging_queue_advance(queue);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

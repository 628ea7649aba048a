/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_allocation.h - allocations. Those of a resource (dxg_resource.h) name it.
 */
#ifndef DXG_ALLOCATION_H
#define DXG_ALLOCATION_H

#include <linux/mutex.h>

#include "dxg_handle.h"
#include "dxg_mmap.h"
#include "dxg_once.h"

struct dxg_sysmem;

/**
 * struct dxg_allocation - see above.
 * @object: starts it
 * @resource: the resource it is part of, holds a reference; NULL for none
 * @size: bytes, as the host said
 * @sysmem: the application's memory that it is; NULL for memory of the host's
 * @mapped: Lock2 was answered by the host and @mapping made
 * @lock: guards what follows; never held while waiting for the host
 * @detached: it is being destroyed: no mapping may be made any more
 * @locks: Lock2 calls not undone yet
 * @mapping: made by the first Lock2, kept until the allocation goes; revoked while it is offered
 */
struct dxg_allocation {
	struct dxg_object object;
	struct dxg_object *resource;
	u64 size;
	struct dxg_sysmem *sysmem;
	struct dxg_once mapped;
	struct mutex lock;
	bool detached;
	u32 locks;
	struct dxg_mapping *mapping;
};

static inline struct dxg_allocation *dxg_object_allocation(struct dxg_object *object)
{
	return container_of(object, struct dxg_allocation, object);
}

struct dxg_allocation *dxg_allocation_create(struct dxg_device *device,
					     struct dxg_object *resource);
int dxg_allocation_destroy_resource(struct dxg_device *device, u32 host);
void dxg_allocation_undo_resource(struct dxg_device *device, u32 host,
				  struct dxg_allocation *allocation);

#endif /* DXG_ALLOCATION_H */

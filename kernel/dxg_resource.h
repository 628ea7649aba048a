/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_resource.h - resources: groups of allocations, which name them, and what those that are
 * shared have in common in all processes.
 */
#ifndef DXG_RESOURCE_H
#define DXG_RESOURCE_H

#include "dxg_handle.h"
#include "dxg_share.h"

/**
 * struct dxg_shared_part - one allocation of a shared resource.
 * @size: bytes, as the host said
 * @private_size: bytes of private data, the host's version, behind those of the parts before it
 */
struct dxg_shared_part {
	u64 size;
	u32 private_size;
};

/**
 * struct dxg_shared_resource - nothing of it changes once it can be found.
 * @shared: starts it
 * @runtime: private runtime data
 * @runtime_size: its bytes
 * @data: private data of the resource
 * @data_size: its bytes
 * @total: private data of all allocations, back to back
 * @total_size: its bytes
 * @count: allocations
 * @part: one each
 */
struct dxg_shared_resource {
	struct dxg_shared shared;
	u8 *runtime;
	u32 runtime_size;
	u8 *data;
	u32 data_size;
	u8 *total;
	u32 total_size;
	u32 count;
	struct dxg_shared_part *part;
};

/**
 * struct dxg_resource - nothing of it changes while it is in the table.
 * @object: starts it
 * @shared: what it is a member of, holds a reference; NULL when it is not shared
 */
struct dxg_resource {
	struct dxg_object object;
	struct dxg_shared_resource *shared;
};

static inline struct dxg_resource *dxg_object_resource(struct dxg_object *object)
{
	return container_of(object, struct dxg_resource, object);
}

struct dxg_resource *dxg_resource_create(struct dxg_process *process, struct dxg_device *device);
int dxg_resource_adopt(struct dxg_device *device, struct dxg_object *resource, u32 host,
		       struct dxg_object **object, const u32 *handle, u32 n);
struct dxg_shared_resource *dxg_shared_resource_create(struct dxg_adapter *adapter, u32 count,
						       u32 total_room);
int dxg_shared_resource_blob(u8 **blob, u32 *blob_size, const u8 *data, u32 size);
int dxg_shared_resource_check(struct dxg_shared_resource *shared);

static inline struct dxg_shared_resource *dxg_shared_resource_of(struct dxg_shared *shared)
{
	return container_of(shared, struct dxg_shared_resource, shared);
}

#endif /* DXG_RESOURCE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_opening.h - a shared resource becomes one of a device: what the host is asked, and what is
 * entered into the handle table. For OpenResourceFromNtHandle and the import of dma-bufs.
 */
#ifndef DXG_OPENING_H
#define DXG_OPENING_H

#include <linux/types.h>

struct dxg_device;
struct dxg_nt;
struct dxg_object;
struct dxg_resource;
struct dxg_shared_resource;

/**
 * struct dxg_opening - one opening on its way; zeroed but for the first three.
 * @device: whose the resource will be; the caller's reference
 * @nt: what is opened, by its NT handle; the caller's reference
 * @shared: the same, by what it is
 * @resource: the new resource
 * @object: the new allocations
 * @reply: the host's, with room for all handles
 */
struct dxg_opening {
	struct dxg_device *device;
	struct dxg_nt *nt;
	struct dxg_shared_resource *shared;
	struct dxg_resource *resource;
	struct dxg_object **object;
	u8 *reply;
};

int dxg_opening_begin(struct dxg_opening *o);
int dxg_opening_end(struct dxg_opening *o, int err);
void dxg_opening_fini(struct dxg_opening *o);
u32 dxg_opening_resource(const struct dxg_opening *o);
u32 dxg_opening_allocation(const struct dxg_opening *o, u32 i);

#endif /* DXG_OPENING_H */

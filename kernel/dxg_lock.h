/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_lock.h - an allocation's mapping, for whoever wants to show its memory: Lock2 and dma-bufs.
 */
#ifndef DXG_LOCK_H
#define DXG_LOCK_H

#include "misc/d3dkmthk.h"

struct dxg_allocation;
struct dxg_file;

struct dxg_allocation *dxg_lock_find(struct dxg_file *file, struct d3dkmthandle device,
				     struct d3dkmthandle handle);
int dxg_lock_prepare(struct dxg_allocation *allocation);
int dxg_lock_forget(struct dxg_allocation *allocation);

#endif /* DXG_LOCK_H */

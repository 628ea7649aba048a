/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_statistics.h - asking the host what a process had of the GPU.
 */
#ifndef DXG_STATISTICS_H
#define DXG_STATISTICS_H

#include <linux/types.h>

struct dxg_adapter;
struct dxg_slot;

struct dxg_slot *dxg_statistics_slot(void);
const void *dxg_statistics_ask(struct dxg_adapter *adapter, u32 host, u32 type, u32 selector,
			       struct dxg_slot *slot);

#endif /* DXG_STATISTICS_H */

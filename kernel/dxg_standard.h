/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_standard.h - what the host's driver has for a standard allocation: private data that nobody
 * has given, asked for when the allocation is shared, because openers get it.
 */
#ifndef DXG_STANDARD_H
#define DXG_STANDARD_H

#include <linux/types.h>

struct dxg_process;

/**
 * struct dxg_standard - the host's answer; all zero before it and without it.
 * @data: private data of the allocation, then that of the resource
 * @data_size: bytes of the former
 * @resource_size: bytes of the latter
 */
struct dxg_standard {
	u8 *data;
	u32 data_size;
	u32 resource_size;
};

int dxg_standard_ask(struct dxg_process *process, u64 size, struct dxg_standard *ret_standard);
void dxg_standard_fini(struct dxg_standard *standard);

#endif /* DXG_STANDARD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_mmap.h - pages of the IO space in an application's address space: fences and locked
 * allocations.
 *
 * Each mapping is a file of its own on an anonymous inode, never installed as a descriptor (a
 * dma-buf, dxg_dmabuf.c, stands for it where user mode needs one). The area that it is mapped to
 * holds a reference to the file, so the mapping outlives its object for as long as anybody has it
 * mapped, and is empty from the moment the object is gone: dxg_mapping_revoke() takes all pages out
 * of all address spaces, forked ones included. An exported one is of no object: it keeps its pages.
 */
#ifndef DXG_MMAP_H
#define DXG_MMAP_H

#include <linux/types.h>

struct dxg_mapping;
struct dxg_nt;
struct dxg_session;
struct file;

/**
 * struct dxg_mapping_desc - what is mapped.
 * @offset: from the start of the region, page aligned
 * @size: bytes, whole pages
 * @writable: the application may write
 * @lost_fill: what every byte reads as once the session is lost
 */
struct dxg_mapping_desc {
	u64 offset;
	u64 size;
	bool writable;
	u8 lost_fill;
};

int dxg_mapping_create(struct dxg_session *session, const struct dxg_mapping_desc *desc,
		       struct dxg_mapping **ret_mapping);
void dxg_mapping_destroy(struct dxg_mapping *mapping);
int dxg_mapping_export(struct dxg_mapping *mapping, struct dxg_nt *nt, struct file **ret_file);
int dxg_mapping_address(struct dxg_mapping *mapping, u64 *ret_address);
void dxg_mapping_revoke(struct dxg_mapping *mapping);
void dxg_mapping_restore(struct dxg_mapping *mapping);
void dxg_mapping_move(struct dxg_mapping *mapping, u64 offset);
void dxg_mapping_lose_all(struct dxg_session *session);
int dxg_mapping_init(void);
void dxg_mapping_exit(void);

#endif /* DXG_MMAP_H */

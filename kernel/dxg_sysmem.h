/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_sysmem.h - memory of an application that is an allocation's ("existing system memory"): pages
 * pinned for as long as the host may touch them, or attached to, if they are a dma-buf's.
 *
 * A dxg_sysmem has two users: the allocation, and, from the first page that the host was told of,
 * the host. The pages are unpinned when both are done. The host is when it has answered the
 * destruction of the allocation, of its device or of the process, or when the session is lost; a
 * wait for such an answer that was killed leaves the pages to the next of these.
 */
#ifndef DXG_SYSMEM_H
#define DXG_SYSMEM_H

#include <linux/types.h>

struct dma_buf;
struct dxg_device;
struct dxg_process;
struct dxg_sysmem;

bool dxg_sysmem_possible(const struct dxg_process *process);
int dxg_sysmem_pin(struct dxg_device *device, void __user *user, u64 size, bool read_only,
		   struct dxg_sysmem **ret_sysmem);
int dxg_sysmem_attach(struct dxg_device *device, struct dma_buf *buf, bool read_only,
		      struct dxg_sysmem **ret_sysmem);
void dxg_sysmem_put(struct dxg_sysmem *sysmem);
int dxg_sysmem_address(const struct dxg_sysmem *sysmem, u64 *ret_address);
u64 dxg_sysmem_size(const struct dxg_sysmem *sysmem);
int dxg_sysmem_tell(struct dxg_sysmem *sysmem, u32 allocation);
void dxg_sysmem_forget(struct dxg_sysmem *sysmem);
void dxg_sysmem_forget_device(struct dxg_device *device);
void dxg_sysmem_forget_process(struct dxg_process *process);

#endif /* DXG_SYSMEM_H */

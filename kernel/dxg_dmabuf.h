/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_dmabuf.h - dma-bufs of ours, seen from where they are imported.
 */
#ifndef DXG_DMABUF_H
#define DXG_DMABUF_H

#include <linux/types.h>

struct dma_buf;
struct dxg_nt;

bool dxg_dmabuf_is_ours(const struct dma_buf *buf);
struct dxg_nt *dxg_dmabuf_nt(const struct dma_buf *buf);

#endif /* DXG_DMABUF_H */

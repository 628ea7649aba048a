/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_attachment.h - a dma-buf of another driver, attached for as long as the host may touch its
 * pages.
 *
 * The host reads and writes the guest's RAM like a device behind no IOMMU: what such a device would
 * be told are page frame numbers. So a device stands for it, and exporters map for that. The
 * attachment is not a dynamic one: an exporter that could move the buffer keeps it where it is.
 */
#ifndef DXG_ATTACHMENT_H
#define DXG_ATTACHMENT_H

#include <linux/types.h>

struct dma_buf;
struct dxg_attachment;
struct page;

int dxg_attachment_create(struct dma_buf *buf, bool read_only, struct dxg_attachment **ret);
int dxg_attachment_pages(const struct dxg_attachment *attachment, struct page **ret_pages,
			 unsigned long count);
void dxg_attachment_destroy(struct dxg_attachment *attachment);
int dxg_attachment_init(void);
void dxg_attachment_exit(void);

#endif /* DXG_ATTACHMENT_H */

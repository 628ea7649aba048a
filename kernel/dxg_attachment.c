// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_attachment.c - see dxg_attachment.h. What an exporter answers is believed only as far as it
 * is RAM of this machine, whole pages and of the size that the buffer has. The entries' pages are
 * not looked at: they are the exporter's (it may hide them), the addresses are the importer's.
 *
 * No locks: the device is made at the module's start and goes at its end.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "dxg_attachment.h"

/**
 * struct dxg_attachment - see above.
 * @buf: holds a reference
 * @dma: the attachment itself
 * @table: its mapping
 * @direction: by which it was mapped
 */
struct dxg_attachment {
	struct dma_buf *buf;
	struct dma_buf_attachment *dma;
	struct sg_table *table;
	enum dma_data_direction direction;
};

static struct platform_device *dxg_attachment_device;

/* What an exporter that has nothing for devices answers: NOT_SUPPORTED to the application. */
static int dxg_attachment_error(int err)
{
	return err == -ENOMEM || err == -EINTR || err == -ERESTARTSYS ? err : -EPERM;
}

static int dxg_attachment_map(struct dxg_attachment *attachment)
{
	attachment->dma = dma_buf_attach(attachment->buf, &dxg_attachment_device->dev);
	if (IS_ERR(attachment->dma))
		return dxg_attachment_error(PTR_ERR(attachment->dma));
	attachment->table = dma_buf_map_attachment_unlocked(attachment->dma, attachment->direction);
	if (!IS_ERR(attachment->table))
		return 0;
	dma_buf_detach(attachment->buf, attachment->dma);
	return dxg_attachment_error(PTR_ERR(attachment->table));
}

/**
 * dxg_attachment_create - attach and map a buffer.
 * @buf: of another driver; gains a reference
 * @read_only: the host will not write
 * @ret: it
 *
 * Return: 0; -EPERM the exporter has nothing for devices, or an IOMMU stands between the host and
 * the RAM; -ENOMEM.
 */
int dxg_attachment_create(struct dma_buf *buf, bool read_only, struct dxg_attachment **ret)
{
	struct dxg_attachment *attachment;
	int err;

	if (!dxg_attachment_device || device_iommu_mapped(&dxg_attachment_device->dev))
		return -EPERM;
	attachment = kzalloc(sizeof(*attachment), GFP_KERNEL_ACCOUNT);
	if (!attachment)
		return -ENOMEM;
	attachment->direction = read_only ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
	get_dma_buf(buf);
	attachment->buf = buf;
	err = dxg_attachment_map(attachment);
	if (err) {
		dma_buf_put(buf);
		kfree(attachment);
		return err;
	}
	*ret = attachment;
	return 0;
}

/* Is it a page of RAM, and the buffer's own and not a copy of it? */
static bool dxg_attachment_is_ram(dma_addr_t address)
{
	return PAGE_ALIGNED(address) && page_is_ram(PHYS_PFN(address)) &&
	       pfn_valid(PHYS_PFN(address)) && !dma_need_sync(&dxg_attachment_device->dev, address);
}

/**
 * dxg_attachment_pages - the pages of the buffer, in order.
 * @attachment: the attachment
 * @ret_pages: @count of them; they are the buffer's, valid as long as the attachment
 * @count: how many the buffer has
 *
 * Return: 0; -EPERM they are not all RAM of this machine, or not so many.
 */
int dxg_attachment_pages(const struct dxg_attachment *attachment, struct page **ret_pages,
			 unsigned long count)
{
	struct sg_dma_page_iter it;
	unsigned long n = 0;

	for_each_sgtable_dma_page(attachment->table, &it, 0) {
		dma_addr_t address = sg_page_iter_dma_address(&it);

		if (n == count || !dxg_attachment_is_ram(address))
			return -EPERM;
		ret_pages[n++] = pfn_to_page(PHYS_PFN(address));
	}
	return n == count ? 0 : -EPERM;
}

/** dxg_attachment_destroy - nothing touches the pages any more; may sleep; NULL is fine. */
void dxg_attachment_destroy(struct dxg_attachment *attachment)
{
	if (!attachment)
		return;
	dma_buf_unmap_attachment_unlocked(attachment->dma, attachment->table,
					  attachment->direction);
	dma_buf_detach(attachment->buf, attachment->dma);
	dma_buf_put(attachment->buf);
	kfree(attachment);
}

/** dxg_attachment_init - module start. Return: 0 or -errno. */
int dxg_attachment_init(void)
{
	struct platform_device *device;
	int err;

	device = platform_device_register_simple("dxg-host", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	err = dma_coerce_mask_and_coherent(&device->dev, DMA_BIT_MASK(64));
	if (err) {
		platform_device_unregister(device);
		return err;
	}
	dxg_attachment_device = device;
	return 0;
}

/** dxg_attachment_exit - module end; nothing is attached any more. */
void dxg_attachment_exit(void)
{
	platform_device_unregister(dxg_attachment_device);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_dmabuf.c - dma-bufs of CPU-visible allocations, made by OPENDXG_EXPORTDMABUF.
 *
 * A dma-buf stands for the allocation's mapping (dxg_mmap.h) and holds its file, nothing else: no
 * object, no process, no handle. So it may outlive all of them, and the memory is out of its reach
 * in the moment in which the allocation is: areas mapped through it are areas of the mapping's
 * file, whose pages dxg_mapping_revoke() takes away.
 *
 * Devices cannot be attached: the pages lie in a BAR, have no struct page, and could not be taken
 * from a device that is using them when the host wants them back. No locks, no state.
 */
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "dxg_allocation.h"
#include "dxg_ioctl.h"
#include "dxg_lock.h"
#include "misc/opendxg.h"

MODULE_IMPORT_NS(DMA_BUF);

static int dxg_dmabuf_attach(struct dma_buf *buf, struct dma_buf_attachment *attachment)
{
	return -EOPNOTSUPP;
}

/* Nothing is ever attached; dma_buf_export() wants both. */
static struct sg_table *dxg_dmabuf_map(struct dma_buf_attachment *attachment,
				       enum dma_data_direction direction)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void dxg_dmabuf_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			     enum dma_data_direction direction)
{
}

/* From here on it is an area of the mapping's file. */
static int dxg_dmabuf_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	struct file *file = buf->priv;

	vma_set_file(vma, file);
	return call_mmap(file, vma);
}

static void dxg_dmabuf_release(struct dma_buf *buf)
{
	fput(buf->priv);
}

static const struct dma_buf_ops dxg_dmabuf_ops = {
	.attach = dxg_dmabuf_attach,
	.map_dma_buf = dxg_dmabuf_map,
	.unmap_dma_buf = dxg_dmabuf_unmap,
	.mmap = dxg_dmabuf_mmap,
	.release = dxg_dmabuf_release,
};

static int dxg_dmabuf_create(struct dxg_allocation *allocation, u32 flags, struct dma_buf **ret_buf)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;

	info.ops = &dxg_dmabuf_ops;
	info.size = allocation->size;
	info.flags = flags;
	info.priv = dxg_mapping_get_file(allocation->mapping);
	buf = dma_buf_export(&info);
	if (IS_ERR(buf)) {
		fput(info.priv);
		return PTR_ERR(buf);
	}
	*ret_buf = buf;
	return 0;
}

/* The descriptor is installed last, so that nothing has to be taken back. */
static int dxg_dmabuf_hand_out(struct dma_buf *buf, u32 flags, void __user *arg)
{
	struct opendxg_exportdmabuf __user *user = arg;
	int fd = get_unused_fd_flags(flags & O_CLOEXEC);

	if (fd < 0)
		return fd;
	if (put_user(fd, &user->fd)) {
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, buf->file);
	return 0;
}

static int dxg_dmabuf_export(struct dxg_allocation *allocation, u32 flags, void __user *arg)
{
	struct dma_buf *buf;
	int err;

	err = dxg_lock_prepare(allocation);
	if (err)
		return err;
	err = dxg_dmabuf_create(allocation, flags, &buf);
	if (err)
		return err;
	err = dxg_dmabuf_hand_out(buf, flags, arg);
	if (err)
		dma_buf_put(buf);
	return err;
}

/** dxg_ioctl_export_dmabuf - OPENDXG_EXPORTDMABUF, 0x80. */
int dxg_ioctl_export_dmabuf(struct dxg_file *file, void __user *arg)
{
	struct opendxg_exportdmabuf args;
	struct dxg_allocation *allocation;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~(O_CLOEXEC | O_RDWR))
		return -EINVAL;
	allocation = dxg_lock_find(file, args.device, args.allocation);
	if (!allocation)
		return -EINVAL;
	err = dxg_dmabuf_export(allocation, args.flags, arg);
	dxg_object_put(&allocation->object);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_dmabuf.c - dma-bufs of CPU-visible allocations, made by OPENDXG_EXPORTDMABUF.
 *
 * A dma-buf holds an NT handle of the allocation's memory (dxg_share.h), which keeps that on the
 * host, and a mapping of it (dxg_mmap.h), which is its own and holds the NT handle, too: nothing of
 * the process, of its file or of the allocation. So it outlives all of them, and so do areas mapped
 * through it, which are areas of the mapping's file.
 *
 * Other devices cannot be attached: the pages lie in a BAR and have no struct page. No locks, no
 * state.
 */
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_adapter.h"
#include "dxg_allocation.h"
#include "dxg_dmabuf.h"
#include "dxg_ioctl.h"
#include "dxg_lock.h"
#include "dxg_process.h"
#include "dxg_resource.h"
#include "dxg_session.h"
#include "dxg_share.h"
#include "misc/opendxg.h"

MODULE_IMPORT_NS(DMA_BUF);

/**
 * struct dxg_dmabuf - what a dma-buf of ours holds.
 * @nt: keeps the memory on the host; holds a reference
 * @file: an exported mapping; holds a reference
 */
struct dxg_dmabuf {
	struct dxg_nt *nt;
	struct file *file;
};

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
	struct dxg_dmabuf *dmabuf = buf->priv;

	vma_set_file(vma, dmabuf->file);
	return call_mmap(dmabuf->file, vma);
}

static void dxg_dmabuf_free(struct dxg_dmabuf *dmabuf)
{
	if (dmabuf->file)
		fput(dmabuf->file);
	dxg_nt_put(dmabuf->nt);
	kfree(dmabuf);
}

static void dxg_dmabuf_release(struct dma_buf *buf)
{
	dxg_dmabuf_free(buf->priv);
}

static const struct dma_buf_ops dxg_dmabuf_ops = {
	.attach = dxg_dmabuf_attach,
	.map_dma_buf = dxg_dmabuf_map,
	.unmap_dma_buf = dxg_dmabuf_unmap,
	.mmap = dxg_dmabuf_mmap,
	.release = dxg_dmabuf_release,
};

/** dxg_dmabuf_is_ours - was it made here? Then no other device can be attached to it. */
bool dxg_dmabuf_is_ours(const struct dma_buf *buf)
{
	return buf->ops == &dxg_dmabuf_ops;
}

/** dxg_dmabuf_nt - the name of the memory of one of ours, with a reference. */
struct dxg_nt *dxg_dmabuf_nt(const struct dma_buf *buf)
{
	const struct dxg_dmabuf *dmabuf = buf->priv;

	return dxg_nt_get(dmabuf->nt);
}

/* The memory of @allocation, as a shared resource of one allocation without data of anybody's. */
static int dxg_dmabuf_name(struct dxg_allocation *allocation, struct dxg_nt **ret_nt)
{
	struct dxg_adapter *adapter = allocation->object.process->adapter;
	struct dxg_shared_resource *shared;
	int err;

	if (!(adapter->session->header.host_caps & DXG_HOSTCAP_NAME_ALLOCATIONS))
		return -EPERM;
	shared = dxg_shared_resource_create(adapter, 1, 0);
	if (!shared)
		return -ENOMEM;
	shared->part[0].size = allocation->size;
	err = dxg_nt_get_for(&allocation->object, &shared->shared, ret_nt);
	dxg_shared_put(&shared->shared);
	return err;
}

/*
 * What can be locked has pages, and from when it has a name it keeps them: an offer between the two
 * would have moved them, so the address is asked for again.
 */
static int dxg_dmabuf_fill(struct dxg_dmabuf *dmabuf, struct dxg_allocation *allocation)
{
	int err = dxg_lock_prepare(allocation);

	if (!err)
		err = dxg_dmabuf_name(allocation, &dmabuf->nt);
	if (!err)
		err = dxg_lock_prepare(allocation);
	return err ? err : dxg_mapping_export(allocation->mapping, dmabuf->nt, &dmabuf->file);
}

static int dxg_dmabuf_create(struct dxg_allocation *allocation, u32 flags, struct dma_buf **ret_buf)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dxg_dmabuf *dmabuf = kzalloc(sizeof(*dmabuf), GFP_KERNEL_ACCOUNT);
	struct dma_buf *buf;
	int err;

	if (!dmabuf)
		return -ENOMEM;
	err = dxg_dmabuf_fill(dmabuf, allocation);
	if (err)
		goto err_free;
	info.ops = &dxg_dmabuf_ops;
	info.size = allocation->size;
	info.flags = flags;
	info.priv = dmabuf;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf)) {
		err = PTR_ERR(buf);
		goto err_free;
	}
	*ret_buf = buf;
	return 0;

err_free:
	dxg_dmabuf_free(dmabuf);
	return err;
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

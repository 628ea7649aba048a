// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_mmap.c - user mappings through private files with a fault handler. See dxg_mmap.h.
 *
 * The pages are the region's own; their caching is that of the kernel's mapping of the region. A
 * mapping is LIVE, REVOKED (its object is gone: access faults) or LOST (its session is: it shows a
 * page of constant bytes, so that programs which watch a fence see it at its maximum and go on).
 *
 * Locks, outermost first: session->mapping_lock, mapping->address_lock, mmap lock, mapping->lock.
 * Pages are put in under mapping->lock (shared) and the state changes under it (exclusive), so no
 * page enters an address space after the state has said no.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "dxg_compat.h"
#include "dxg_mmap.h"
#include "dxg_session.h"
#include "dxg_share.h"

#define DXG_FS_MAGIC 0x44584746
/* Pages entered with one fault: 2 MiB. */
#define DXG_FAULT_PAGES 512ul

enum dxg_mapping_state { DXG_MAPPING_LIVE, DXG_MAPPING_REVOKED, DXG_MAPPING_LOST };

/**
 * struct dxg_mapping - one file; freed with it.
 * @file: itself; the creator's reference is the owner's
 * @session: holds a reference
 * @nt: of an exported one, keeps its pages on the host; holds a reference
 * @desc: what it shows; @desc.offset changes under @lock
 * @node: in session->mappings, under its mapping_lock
 * @lock: guards @state, @dummy and the offset
 * @state: enum dxg_mapping_state
 * @dummy: page shown when LOST
 * @address_lock: guards @address
 * @address: where it was mapped last, in whichever address space; checked before use
 */
struct dxg_mapping {
	struct file *file;
	struct dxg_session *session;
	struct dxg_nt *nt;
	struct dxg_mapping_desc desc;
	struct list_head node;
	struct rw_semaphore lock;
	enum dxg_mapping_state state;
	struct page *dummy;
	struct mutex address_lock;
	unsigned long address;
};

static struct vfsmount *dxg_fs_mount;

static unsigned long dxg_mapping_pfn(struct dxg_mapping *mapping, unsigned long page)
{
	struct dxg_transport *transport = mapping->session->transport;

	return transport->ops->pfn(transport, mapping->desc.offset + ((u64)page << PAGE_SHIFT));
}

/* Enter the pages around the fault, as far as area, mapping and a 2 MiB window go. */
static vm_fault_t dxg_mapping_fault_live(struct dxg_mapping *mapping, struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long first = max(round_down(vmf->pgoff, DXG_FAULT_PAGES), vma->vm_pgoff);
	unsigned long end = min3(round_down(vmf->pgoff, DXG_FAULT_PAGES) + DXG_FAULT_PAGES,
				 vma->vm_pgoff + vma_pages(vma),
				 (unsigned long)(mapping->desc.size >> PAGE_SHIFT));
	unsigned long page;
	vm_fault_t ret;

	if (vmf->pgoff >= end)
		return VM_FAULT_SIGBUS;
	ret = vmf_insert_pfn(vma, vmf->address & PAGE_MASK, dxg_mapping_pfn(mapping, vmf->pgoff));
	for (page = first; page < end && ret == VM_FAULT_NOPAGE; page++)
		ret = vmf_insert_pfn(vma, vma->vm_start + ((page - vma->vm_pgoff) << PAGE_SHIFT),
				     dxg_mapping_pfn(mapping, page));
	return ret;
}

static vm_fault_t dxg_mapping_fault(struct vm_fault *vmf)
{
	struct dxg_mapping *mapping = vmf->vma->vm_file->private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	down_read(&mapping->lock);
	if (mapping->state == DXG_MAPPING_LIVE)
		ret = dxg_mapping_fault_live(mapping, vmf);
	else if (mapping->state == DXG_MAPPING_LOST && mapping->dummy)
		ret = vmf_insert_pfn(vmf->vma, vmf->address & PAGE_MASK,
				     page_to_pfn(mapping->dummy));
	up_read(&mapping->lock);
	return ret;
}

static const struct vm_operations_struct dxg_mapping_vm_ops = {
	.fault = dxg_mapping_fault,
};

static int dxg_mapping_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct dxg_mapping *mapping = file->private_data;
	unsigned long pages = mapping->desc.size >> PAGE_SHIFT;

	/* VM_MAYSHARE: a shared area of a file opened for reading cannot have VM_SHARED. */
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_pgoff > pages ||
	    vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	if (!mapping->desc.writable && vma->vm_flags & VM_WRITE)
		return -EACCES;
	dxg_vma_mod_flags(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP,
			  VM_MAYEXEC | (mapping->desc.writable ? 0 : VM_MAYWRITE));
	vma->vm_ops = &dxg_mapping_vm_ops;
	return 0;
}

static int dxg_mapping_file_release(struct inode *inode, struct file *file)
{
	struct dxg_mapping *mapping = file->private_data;
	struct dxg_session *session = mapping->session;

	mutex_lock(&session->mapping_lock);
	list_del(&mapping->node);
	mutex_unlock(&session->mapping_lock);
	if (mapping->dummy)
		__free_page(mapping->dummy);
	mutex_destroy(&mapping->address_lock);
	dxg_nt_put(mapping->nt);
	kfree(mapping);
	dxg_session_put(session);
	return 0;
}

static const struct file_operations dxg_mapping_fops = {
	.owner = THIS_MODULE,
	.mmap = dxg_mapping_mmap,
	.release = dxg_mapping_file_release,
};

static struct file *dxg_mapping_open(void)
{
	struct inode *inode;
	struct file *file;

	if (!try_module_get(THIS_MODULE)) /* given back when the file is freed */
		return ERR_PTR(-ENODEV);
	inode = alloc_anon_inode(dxg_fs_mount->mnt_sb);
	if (IS_ERR(inode)) {
		file = ERR_CAST(inode);
		goto err_module;
	}
	file = alloc_file_pseudo(inode, dxg_fs_mount, "dxg", O_RDWR, &dxg_mapping_fops);
	if (IS_ERR(file))
		goto err_inode;
	return file;

err_inode:
	iput(inode);
err_module:
	module_put(THIS_MODULE);
	return file;
}

/* A mapping made after the loss would never be told. */
static int dxg_mapping_enlist(struct dxg_mapping *mapping)
{
	struct dxg_session *session = mapping->session;

	mutex_lock(&session->mapping_lock);
	list_add(&mapping->node, &session->mappings);
	mutex_unlock(&session->mapping_lock);
	return dxg_session_lost(session) ? -ENODEV : 0;
}

/**
 * dxg_mapping_create - a mapping of IO space pages, in no address space yet.
 * @session: whose region
 * @desc: checked by the caller with dxg_session_io_offset()
 * @ret_mapping: the caller's
 *
 * Return: 0, -ENOMEM, -ENODEV.
 */
int dxg_mapping_create(struct dxg_session *session, const struct dxg_mapping_desc *desc,
		       struct dxg_mapping **ret_mapping)
{
	struct dxg_mapping *mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	struct file *file;
	int err;

	if (!mapping)
		return -ENOMEM;
	file = dxg_mapping_open();
	if (IS_ERR(file)) {
		kfree(mapping);
		return PTR_ERR(file);
	}
	init_rwsem(&mapping->lock);
	mutex_init(&mapping->address_lock);
	mapping->desc = *desc;
	mapping->file = file;
	mapping->session = dxg_session_get(session);
	file->private_data = mapping;
	err = dxg_mapping_enlist(mapping);
	if (err) {
		fput(file); /* frees the mapping */
		return err;
	}
	*ret_mapping = mapping;
	return 0;
}

/**
 * dxg_mapping_export - the pages of a mapping in another one, which belongs to no object.
 * @mapping: the mapping, whose pages do not change as long as @nt is there
 * @nt: the NT handle that keeps them on the host; gains a reference
 * @ret_file: the new file, the caller's
 *
 * Return: 0, -ENOMEM, -ENODEV.
 */
int dxg_mapping_export(struct dxg_mapping *mapping, struct dxg_nt *nt, struct file **ret_file)
{
	struct dxg_mapping_desc desc;
	struct dxg_mapping *export;
	int err;

	down_read(&mapping->lock);
	desc = mapping->desc;
	up_read(&mapping->lock);
	err = dxg_mapping_create(mapping->session, &desc, &export);
	if (err)
		return err;
	export->nt = dxg_nt_get(nt);
	*ret_file = export->file;
	return 0;
}

/* Is the mapping where it was put, and in the caller's address space? */
static bool dxg_mapping_is_at(struct dxg_mapping *mapping, unsigned long address)
{
	struct vm_area_struct *vma;
	bool ours;

	if (!address || !current->mm)
		return false;
	mmap_read_lock(current->mm);
	vma = find_vma(current->mm, address);
	ours = vma && vma->vm_file == mapping->file && vma->vm_start == address &&
	       vma->vm_end - address == mapping->desc.size;
	mmap_read_unlock(current->mm);
	return ours;
}

/**
 * dxg_mapping_address - map it in the caller's address space, unless it is there already.
 * @mapping: the mapping
 * @ret_address: the user address
 *
 * Return: 0; -ENOMEM or what else mapping files fails with.
 */
int dxg_mapping_address(struct dxg_mapping *mapping, u64 *ret_address)
{
	unsigned long prot = PROT_READ | (mapping->desc.writable ? PROT_WRITE : 0);
	unsigned long address;
	int err = 0;

	mutex_lock(&mapping->address_lock);
	address = mapping->address;
	if (!dxg_mapping_is_at(mapping, address))
		address = vm_mmap(mapping->file, 0, mapping->desc.size, prot, MAP_SHARED, 0);
	if (IS_ERR_VALUE(address))
		err = (int)address;
	else
		mapping->address = address;
	mutex_unlock(&mapping->address_lock);
	if (!err)
		*ret_address = address;
	return err;
}

static void dxg_mapping_set(struct dxg_mapping *mapping, enum dxg_mapping_state state)
{
	down_write(&mapping->lock);
	if (mapping->state != DXG_MAPPING_LOST)
		mapping->state = state;
	up_write(&mapping->lock);
	unmap_mapping_range(mapping->file->f_mapping, 0, mapping->desc.size, 1);
}

/** dxg_mapping_revoke - its object is going away: no page of it is reachable afterwards. */
void dxg_mapping_revoke(struct dxg_mapping *mapping)
{
	dxg_mapping_set(mapping, DXG_MAPPING_REVOKED);
}

/** dxg_mapping_restore - undo dxg_mapping_revoke(): the host kept the object. */
void dxg_mapping_restore(struct dxg_mapping *mapping)
{
	dxg_mapping_set(mapping, DXG_MAPPING_LIVE);
}

/** dxg_mapping_move - undo dxg_mapping_revoke(): the object has other pages now. */
void dxg_mapping_move(struct dxg_mapping *mapping, u64 offset)
{
	down_write(&mapping->lock);
	mapping->desc.offset = offset;
	up_write(&mapping->lock);
	dxg_mapping_restore(mapping);
}

/**
 * dxg_mapping_destroy - revoke, and unmap where the caller can see that the area is still ours.
 * @mapping: the mapping
 *
 * NULL is fine. In other address spaces the (empty) area stays until they unmap it.
 */
void dxg_mapping_destroy(struct dxg_mapping *mapping)
{
	if (!mapping)
		return;
	dxg_mapping_revoke(mapping);
	if (dxg_mapping_is_at(mapping, mapping->address))
		vm_munmap(mapping->address, mapping->desc.size);
	fput(mapping->file);
}

/* Show constant bytes from now on; without memory for them, fault. */
static void dxg_mapping_lose(struct dxg_mapping *mapping)
{
	struct page *dummy = alloc_page(GFP_KERNEL);

	if (dummy)
		memset(page_address(dummy), mapping->desc.lost_fill, PAGE_SIZE);
	down_write(&mapping->lock);
	if (mapping->state != DXG_MAPPING_LOST) {
		swap(mapping->dummy, dummy);
		mapping->state = DXG_MAPPING_LOST;
	}
	up_write(&mapping->lock);
	if (dummy)
		__free_page(dummy);
	unmap_mapping_range(mapping->file->f_mapping, 0, mapping->desc.size, 1);
}

/** dxg_mapping_lose_all - the session is lost: no mapping shows its region afterwards. */
void dxg_mapping_lose_all(struct dxg_session *session)
{
	struct dxg_mapping *mapping;

	mutex_lock(&session->mapping_lock);
	list_for_each_entry(mapping, &session->mappings, node)
		dxg_mapping_lose(mapping);
	mutex_unlock(&session->mapping_lock);
}

static int dxg_fs_init_context(struct fs_context *fc)
{
	return init_pseudo(fc, DXG_FS_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: our own mount would keep the module loaded for ever; each file holds it instead. */
static struct file_system_type dxg_fs_type = {
	.name = "dxg",
	.init_fs_context = dxg_fs_init_context,
	.kill_sb = kill_anon_super,
};

/** dxg_mapping_init - module start. Return: 0 or -errno. */
int dxg_mapping_init(void)
{
	dxg_fs_mount = kern_mount(&dxg_fs_type);
	return PTR_ERR_OR_ZERO(dxg_fs_mount);
}

/** dxg_mapping_exit - module end; no mapping exists any more. */
void dxg_mapping_exit(void)
{
	kern_unmount(dxg_fs_mount);
}

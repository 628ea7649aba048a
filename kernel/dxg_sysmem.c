// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_sysmem.c - see dxg_sysmem.h. The number of pages is the caller's own, and they are charged to
 * its RLIMIT_MEMLOCK (mm->pinned_vm, as for RDMA) before the first is pinned. What is told to the
 * host are page frame numbers, in messages that are as long as there are pages.
 *
 * Lock: process->sysmem_lock guards process->sysmems, the list of what the host may touch. Leaf.
 */
#include <linux/capability.h>
#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "dxg_attachment.h"
#include "dxg_compat.h"
#include "dxg_device.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_sysmem.h"
#include "dxgwire/limits.h"

/* Pages pinned at a stretch. */
#define DXG_SYSMEM_BATCH 4096ul
/* Pages of one allocation: what an array of pointers may hold. */
#define DXG_SYSMEM_PAGES_MAX (INT_MAX / 16)

/**
 * struct dxg_sysmem - see dxg_sysmem.h.
 * @ref: the allocation's and the host's
 * @node: in process->sysmems while the host may touch the pages, under its lock; who takes it off
 * there owns the host's reference
 * @doomed: in the list of who has taken it off
 * @device: whose the allocation is; holds a reference
 * @process: whose; lives as long as the open file
 * @mm: whose pinned_vm is charged; holds a reference
 * @attachment: of a dma-buf whose pages they are; NULL for pages of an address space
 * @start: address of the first page, of an address space
 * @read_only: neither the host nor anybody behind it writes
 * @count: pages
 * @pinned: so many from the start are
 * @page: @count of them
 */
struct dxg_sysmem {
	struct kref ref;
	struct list_head node;
	struct list_head doomed;
	struct dxg_device *device;
	struct dxg_process *process;
	struct mm_struct *mm;
	struct dxg_attachment *attachment;
	unsigned long start;
	bool read_only;
	unsigned long count;
	unsigned long pinned;
	struct page *page[];
};

/** dxg_sysmem_possible - does the host of @process see the guest's memory? */
bool dxg_sysmem_possible(const struct dxg_process *process)
{
	const struct dxg_region_header *header = &process->adapter->session->header;
	unsigned int page = PAGE_SIZE; /* the host's are 4 KiB */

	return page == DXG_PAGE_SIZE && header->host_caps & DXG_HOSTCAP_MAP_GUEST_MEMORY;
}

/* ---- pinning ---- */

static int dxg_sysmem_charge(struct mm_struct *mm, unsigned long count)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_add_return(count, &mm->pinned_vm) <= limit || capable(CAP_IPC_LOCK))
		return 0;
	atomic64_sub(count, &mm->pinned_vm);
	return -ENOMEM;
}

static void dxg_sysmem_release(struct kref *ref)
{
	struct dxg_sysmem *sysmem = container_of(ref, struct dxg_sysmem, ref);

	dxg_attachment_destroy(sysmem->attachment);
	unpin_user_pages_dirty_lock(sysmem->page, sysmem->pinned, !sysmem->read_only);
	atomic64_sub(sysmem->count, &sysmem->mm->pinned_vm);
	mmdrop(sysmem->mm);
	dxg_device_put(sysmem->device);
	kvfree(sysmem);
}

/** dxg_sysmem_put - the allocation is done with it; may sleep; NULL is fine. */
void dxg_sysmem_put(struct dxg_sysmem *sysmem)
{
	if (sysmem)
		kref_put(&sysmem->ref, dxg_sysmem_release);
}

static int dxg_sysmem_pin_batch(struct dxg_sysmem *sysmem, unsigned int flags)
{
	unsigned long n = min(sysmem->count - sysmem->pinned, DXG_SYSMEM_BATCH);
	int got = pin_user_pages_fast(sysmem->start + (sysmem->pinned << PAGE_SHIFT), n, flags,
				      sysmem->page + sysmem->pinned);

	if (got <= 0)
		return got ?: -EFAULT;
	sysmem->pinned += got;
	return 0;
}

static int dxg_sysmem_pin_all(struct dxg_sysmem *sysmem)
{
	unsigned int flags = FOLL_LONGTERM;
	int err = 0;

	if (!sysmem->read_only || DXG_PIN_NEEDS_WRITE)
		flags |= FOLL_WRITE;
	while (sysmem->pinned < sysmem->count) {
		err = dxg_sysmem_pin_batch(sysmem, flags);
		if (err == -EFAULT && sysmem->read_only && flags & FOLL_WRITE)
			flags &= ~FOLL_WRITE; /* nobody can write there: nothing to be broken */
		else if (err)
			return err;
		if (fatal_signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
	return 0;
}

/* Without pages, charged for @count of them. */
static int dxg_sysmem_create(struct dxg_device *device, u64 count, bool read_only,
			     struct dxg_sysmem **ret_sysmem)
{
	struct dxg_sysmem *sysmem;
	int err;

	if (count > min_t(u64, totalram_pages(), DXG_SYSMEM_PAGES_MAX))
		return -ENOMEM;
	err = dxg_sysmem_charge(current->mm, count);
	if (err)
		return err;
	sysmem = kvzalloc(struct_size(sysmem, page, count), GFP_KERNEL_ACCOUNT);
	if (!sysmem) {
		atomic64_sub(count, &current->mm->pinned_vm);
		return -ENOMEM;
	}
	kref_init(&sysmem->ref);
	INIT_LIST_HEAD(&sysmem->node);
	kref_get(&device->object.ref);
	sysmem->device = device;
	sysmem->process = device->object.process;
	sysmem->mm = current->mm;
	mmgrab(sysmem->mm);
	sysmem->read_only = read_only;
	sysmem->count = count;
	*ret_sysmem = sysmem;
	return 0;
}

/**
 * dxg_sysmem_pin - pin memory of the caller.
 * @device: on which device the allocation will be
 * @user: its start, page aligned
 * @size: bytes, whole pages, not 0
 * @read_only: the host will not write
 * @ret_sysmem: with the allocation's reference
 *
 * Return: 0; -EFAULT it is not all there, or not writable; -ENOMEM, also above RLIMIT_MEMLOCK;
 * -ERESTARTSYS killed.
 */
int dxg_sysmem_pin(struct dxg_device *device, void __user *user, u64 size, bool read_only,
		   struct dxg_sysmem **ret_sysmem)
{
	struct dxg_sysmem *sysmem;
	int err;

	if (!access_ok(user, size))
		return -EFAULT;
	err = dxg_sysmem_create(device, size >> PAGE_SHIFT, read_only, &sysmem);
	if (err)
		return err;
	sysmem->start = (unsigned long)user;
	err = dxg_sysmem_pin_all(sysmem);
	if (err)
		dxg_sysmem_put(sysmem);
	else
		*ret_sysmem = sysmem;
	return err;
}

static int dxg_sysmem_attach_all(struct dxg_sysmem *sysmem, struct dma_buf *buf)
{
	int err = dxg_attachment_create(buf, sysmem->read_only, &sysmem->attachment);

	return err ? err : dxg_attachment_pages(sysmem->attachment, sysmem->page, sysmem->count);
}

/**
 * dxg_sysmem_attach - the same for the pages of a dma-buf of another driver.
 * @device: on which device the allocation will be
 * @buf: the caller keeps its reference
 * @read_only: the host will not write
 * @ret_sysmem: with the allocation's reference
 *
 * Return: 0; -EINVAL it has no size, or one that no allocation can have; -ENOMEM, also above
 * RLIMIT_MEMLOCK; -EPERM its pages cannot be had.
 */
int dxg_sysmem_attach(struct dxg_device *device, struct dma_buf *buf, bool read_only,
		      struct dxg_sysmem **ret_sysmem)
{
	struct dxg_sysmem *sysmem;
	int err;

	if (!buf->size || !PAGE_ALIGNED(buf->size) || buf->size > DXG_ALLOCATION_SIZE_MAX)
		return -EINVAL;
	err = dxg_sysmem_create(device, buf->size >> PAGE_SHIFT, read_only, &sysmem);
	if (err)
		return err;
	err = dxg_sysmem_attach_all(sysmem, buf);
	if (err)
		dxg_sysmem_put(sysmem);
	else
		*ret_sysmem = sysmem;
	return err;
}

/**
 * dxg_sysmem_address - where the application has it.
 * @sysmem: the memory
 * @ret_address: its start
 *
 * Return: 0; -EPERM it is a dma-buf, which the application maps itself.
 */
int dxg_sysmem_address(const struct dxg_sysmem *sysmem, u64 *ret_address)
{
	if (sysmem->attachment)
		return -EPERM;
	*ret_address = sysmem->start;
	return 0;
}

/** dxg_sysmem_size - bytes. */
u64 dxg_sysmem_size(const struct dxg_sysmem *sysmem)
{
	return (u64)sysmem->count << PAGE_SHIFT;
}

/* ---- telling the host ---- */

static void dxg_sysmem_show(struct dxg_sysmem *sysmem)
{
	struct dxg_process *process = sysmem->process;

	kref_get(&sysmem->ref);
	spin_lock(&process->sysmem_lock);
	list_add(&sysmem->node, &process->sysmems);
	spin_unlock(&process->sysmem_lock);
}

static int dxg_sysmem_send(struct dxg_sysmem *sysmem, u32 allocation, unsigned long first, u64 *pfn,
			   u32 n)
{
	struct dxg_process *process = sysmem->process;
	DXG_MESSAGE(dxg_msg_setexistingsysmempages) msg = {
		.m.device = dxg_object_host(&sysmem->device->object),
		.m.allocation = allocation,
		.m.num_pages = n,
		.m.alloc_offset_in_pages = first,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = pfn, .len = n * sizeof(*pfn) },
	};
	u32 i;

	for (i = 0; i < n; i++)
		pfn[i] = page_to_pfn(sysmem->page[first + i]);
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_SETEXISTINGSYSMEMPAGES, &msg.ext,
			 &msg.m.h);
	return dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
}

/**
 * dxg_sysmem_tell - tell the host which pages they are; from now on it may touch them.
 * @sysmem: pinned memory, the host not yet told
 * @allocation: the host's handle of the allocation that they are
 *
 * Return: 0; the host's status, or -errno: the caller has the host destroy the allocation.
 */
int dxg_sysmem_tell(struct dxg_sysmem *sysmem, u32 allocation)
{
	unsigned long n = min_t(unsigned long, sysmem->count, DXG_SYSMEM_PAGES_PER_MESSAGE);
	u64 *pfn = kvmalloc_array(n, sizeof(*pfn), GFP_KERNEL_ACCOUNT);
	unsigned long done = 0;
	int err = 0;

	if (!pfn)
		return -ENOMEM;
	dxg_sysmem_show(sysmem);
	while (done < sysmem->count && err >= 0) {
		n = min_t(unsigned long, sysmem->count - done, DXG_SYSMEM_PAGES_PER_MESSAGE);
		err = dxg_sysmem_send(sysmem, allocation, done, pfn, n);
		done += n;
	}
	kvfree(pfn);
	return min(err, 0);
}

/* ---- the host lets go ---- */

/* All that are of @device (NULL: of any). */
static void dxg_sysmem_forget_all(struct dxg_process *process, const struct dxg_device *device)
{
	struct dxg_sysmem *sysmem, *next;
	LIST_HEAD(doomed);

	spin_lock(&process->sysmem_lock);
	list_for_each_entry_safe(sysmem, next, &process->sysmems, node) {
		if (device && sysmem->device != device)
			continue;
		list_del_init(&sysmem->node);
		list_add(&sysmem->doomed, &doomed);
	}
	spin_unlock(&process->sysmem_lock);
	list_for_each_entry_safe(sysmem, next, &doomed, doomed)
		dxg_sysmem_put(sysmem);
}

/** dxg_sysmem_forget - the host has let go of the allocation; NULL is fine; may sleep. */
void dxg_sysmem_forget(struct dxg_sysmem *sysmem)
{
	bool told;

	if (!sysmem)
		return;
	spin_lock(&sysmem->process->sysmem_lock);
	told = !list_empty(&sysmem->node);
	list_del_init(&sysmem->node);
	spin_unlock(&sysmem->process->sysmem_lock);
	if (told)
		dxg_sysmem_put(sysmem);
}

/** dxg_sysmem_forget_device - the host has let go of all allocations of @device; may sleep. */
void dxg_sysmem_forget_device(struct dxg_device *device)
{
	dxg_sysmem_forget_all(device->object.process, device);
}

/** dxg_sysmem_forget_process - the host has let go of all of @process; may sleep. */
void dxg_sysmem_forget_process(struct dxg_process *process)
{
	dxg_sysmem_forget_all(process, NULL);
}

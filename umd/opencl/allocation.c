// SPDX-License-Identifier: MIT
/*
 * allocation.c - the D3DKMT calls behind an allocation, in order: create, map into the GPU's
 * address space, make resident, lock for the CPU. Rejected: waiting for residency lazily before the
 * first submission. It saves nothing today and makes every submission look at a second fence.
 */
#include "allocation.h"

#include "dxgwire/ntstatus.h"
#include "dxgwire/region.h"

#define ALLOCATION_SIZE_MAX (1ull << 46)
#define WRITTEN_PARTS 64

static int create(struct allocation *a, uint32_t flags)
{
	struct dxg_alloc_private priv = { .flags = flags, .size = a->size };
	struct d3dddi_allocationinfo2 info = {
		.priv_drv_data = dxg_ptr(&priv),
		.priv_drv_data_size = sizeof(priv),
	};
	struct d3dkmt_createallocation args = {
		.device = a->vgpu->device,
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
	};
	int err = dxg_status_to_errno(D3DKMTCreateAllocation2(&args));

	if (err < 0)
		return err;
	a->handle = info.allocation;
	return priv.size < a->size ? -EPROTO : 0;
}

static int paging_wait(struct vgpu *vgpu, uint64_t value)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu wait = {
		.device = vgpu->device,
		.object_count = 1,
		.objects = dxg_ptr(&vgpu->paging_sync),
		.fence_values = dxg_ptr(&value),
	};

	if (__atomic_load_n(vgpu->paging_fence, __ATOMIC_ACQUIRE) >= value)
		return 0;
	return dxg_status_to_errno(D3DKMTWaitForSynchronizationObjectFromCpu(&wait));
}

static int map(struct allocation *a)
{
	struct d3dddi_mapgpuvirtualaddress args = {
		.paging_queue = a->vgpu->paging_queue,
		.allocation = a->handle,
		.size_in_pages = a->size >> DXG_PAGE_SHIFT,
		.protection.write = 1,
	};
	int err = dxg_status_to_errno(D3DKMTMapGpuVirtualAddress(&args));

	if (err < 0)
		return err;
	a->va = args.virtual_address;
	return paging_wait(a->vgpu, args.paging_fence_value);
}

static int make_resident(struct allocation *a)
{
	struct d3dddi_makeresident args = {
		.paging_queue = a->vgpu->paging_queue,
		.alloc_count = 1,
		.allocation_list = dxg_ptr(&a->handle),
	};
	int err = dxg_status_to_errno(D3DKMTMakeResident(&args));

	if (err < 0)
		return err;
	return paging_wait(a->vgpu, args.paging_fence_value);
}

static int lock(struct allocation *a)
{
	struct d3dkmt_lock2 args = { .device = a->vgpu->device, .allocation = a->handle };
	int err = dxg_status_to_errno(D3DKMTLock2(&args));

	if (err < 0)
		return err;
	a->cpu = (void *)(uintptr_t)args.data;
	return a->cpu ? 0 : -EPROTO;
}

int allocation_create(struct vgpu *vgpu, uint64_t size, uint32_t flags, struct allocation *ret)
{
	struct allocation a = { .vgpu = vgpu };
	int err;

	if (!size || size > ALLOCATION_SIZE_MAX)
		return -EINVAL;
	if (vgpu->inherited)
		return -ENODEV;
	a.size = (size + DXG_PAGE_SIZE - 1) & ~(uint64_t)(DXG_PAGE_SIZE - 1);
	err = create(&a, flags);
	if (err >= 0)
		err = map(&a);
	if (err >= 0)
		err = make_resident(&a);
	if (err >= 0 && (flags & DXG_ALLOC_CPU_VISIBLE))
		err = lock(&a);
	if (err < 0) {
		allocation_destroy(&a);
		return err;
	}
	*ret = a;
	return 0;
}

/* Bytes of one of the parts that @written tells apart; huge pages are not divided. */
static uint64_t part_size(const struct allocation *a)
{
	uint64_t most = a->size / WRITTEN_PARTS + 1;

	return (most + DXG_HUGE_PAGE_SIZE - 1) / DXG_HUGE_PAGE_SIZE * DXG_HUGE_PAGE_SIZE;
}

static void populate(const struct allocation *a, uint64_t from, uint64_t to)
{
	struct dxg_escape_populate e = { .va = a->va + from };

	e.size = (to < a->size ? to : a->size) - from;
	/* A host that cannot, or will not, changes nothing: pages come when they are touched. */
	vgpu_escape(a->vgpu, &e.h, DXG_ESCAPE_POPULATE, sizeof(e));
}

void allocation_will_write(struct allocation *a, uint64_t offset, uint64_t size)
{
	uint64_t part, first, last, parts, fresh;

	if (!a->cpu || size < DXG_HUGE_PAGE_SIZE)
		return;
	part = part_size(a);
	first = offset / part;
	last = (offset + size - 1) / part;
	parts = (~0ull >> (WRITTEN_PARTS - 1 - (last - first))) << first;
	fresh = parts & ~__atomic_fetch_or(&a->written, parts, __ATOMIC_RELAXED);
	if (!fresh)
		return;
	first = (uint64_t)__builtin_ctzll(fresh);
	last = WRITTEN_PARTS - 1 - (uint64_t)__builtin_clzll(fresh);
	populate(a, first * part, (last + 1) * part);
}

/* The host takes back the addresses, and the driver the CPU mapping, of what is destroyed. */
void allocation_destroy(struct allocation *a)
{
	struct d3dkmt_destroyallocation2 args = {
		.alloc_count = 1,
		.allocations = dxg_ptr(&a->handle),
	};

	if (!a->handle.v)
		return;
	args.device = a->vgpu->device;
	if (!a->vgpu->inherited)
		D3DKMTDestroyAllocation2(&args);
	*a = (struct allocation){ 0 };
}

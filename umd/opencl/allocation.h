/* SPDX-License-Identifier: MIT */
/*
 * allocation.h - memory of a virtual GPU, resident and mapped at a GPU VA from creation to
 * destruction, and mapped into this process if it is CPU-visible.
 *
 * An allocation belongs to whoever embeds it; it is immutable in between and needs no lock. Whoever
 * destroys it has made sure that no submitted command names it any more.
 */
#ifndef OPENCL_ALLOCATION_H
#define OPENCL_ALLOCATION_H

#include "vgpu.h"

/**
 * struct allocation - see above; all zero is "none".
 * @va: first GPU VA
 * @size: bytes, whole pages
 * @cpu: where this process sees it, NULL for device-local memory
 */
struct allocation {
	struct vgpu *vgpu;
	struct d3dkmthandle handle;
	uint64_t va;
	uint64_t size;
	void *cpu;
};

/**
 * allocation_create() - allocate, map and make resident, waiting for the paging queue.
 * @flags: DXG_ALLOC_*
 *
 * Return: 0; -ENOMEM when the virtual GPU's memory is used up; another negative errno.
 */
int allocation_create(struct vgpu *vgpu, uint64_t size, uint32_t flags, struct allocation *ret);

/** allocation_destroy() - undo; @a becomes "none". "None" is fine. */
void allocation_destroy(struct allocation *a);

#endif

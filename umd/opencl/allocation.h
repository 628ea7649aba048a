/* SPDX-License-Identifier: MIT */
/*
 * allocation.h - memory of a virtual GPU, resident and mapped at a GPU VA from creation to
 * destruction, and mapped into this process if it is CPU-visible.
 *
 * An allocation belongs to whoever embeds it; it is immutable in between, but for @written, and
 * needs no lock. Whoever destroys it has made sure that no submitted command names it any more.
 */
#ifndef OPENCL_ALLOCATION_H
#define OPENCL_ALLOCATION_H

#include "vgpu.h"

/**
 * struct allocation - see above; all zero is "none".
 * @va: first GPU VA
 * @size: bytes, whole pages
 * @cpu: where this process sees it, NULL for device-local memory
 * @written: a bit for each of 64 parts: allocation_will_write() was told of it; atomic
 */
struct allocation {
	struct vgpu *vgpu;
	struct d3dkmthandle handle;
	uint64_t va;
	uint64_t size;
	void *cpu;
	uint64_t written;
};

/**
 * allocation_create() - allocate, map and make resident, waiting for the paging queue.
 * @flags: DXG_ALLOC_*
 *
 * Return: 0; -ENOMEM when the virtual GPU's memory is used up; another negative errno.
 */
int allocation_create(struct vgpu *vgpu, uint64_t size, uint32_t flags, struct allocation *ret);

/**
 * allocation_will_write() - [@offset, @offset + @size) is about to be written by the CPU. Much of
 * it is given huge pages first (DXG_ESCAPE_POPULATE), once. Any thread.
 */
void allocation_will_write(struct allocation *a, uint64_t offset, uint64_t size);

/** allocation_destroy() - undo; @a becomes "none". "None" is fine. */
void allocation_destroy(struct allocation *a);

#endif

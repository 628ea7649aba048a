/* SPDX-License-Identifier: MIT */
/*
 * pool.h - allocations that were given back and wait for the next use of the same size. Creating
 * and destroying one costs several messages to the host, and its pages are cleared and come in one
 * by one; programs make the same sizes again and again.
 *
 * One pool per vgpu, with a lock of its own (a leaf). It keeps little: POOL_ENTRIES allocations,
 * POOL_BYTES in all, the oldest goes first; all of it goes when the virtual GPU has no memory left.
 * On an adapter with memory of its own, what the CPU sees is for copies only, much of it large and
 * for maps: there both limits grow with that memory (POOL_SHARE). Contents are not cleared: they
 * are this process's own.
 */
#ifndef OPENCL_POOL_H
#define OPENCL_POOL_H

#include "allocation.h"

#define POOL_ENTRIES 64u
#define POOL_BYTES (32ull << 20)
#define POOL_ENTRY_BYTES (8ull << 20)
#define POOL_SHARE 16 /* one part of so many of a discrete vGPU's CPU-visible memory */

struct pool;

/**
 * pool_create() - an empty pool; NULL without memory.
 * @copies: bytes of CPU-visible memory on an adapter with memory of its own, else 0
 */
struct pool *pool_create(uint64_t copies);

/** pool_destroy() - free the pool and what it keeps; NULL is fine. */
void pool_destroy(struct pool *pool);

/** pool_get() - as allocation_create(), from the pool of @vgpu if it has one that fits. */
int pool_get(struct vgpu *vgpu, uint64_t size, uint32_t flags, struct allocation *ret);

/** pool_put() - as allocation_destroy(), into the pool if there is room. */
void pool_put(struct allocation *a);

#endif

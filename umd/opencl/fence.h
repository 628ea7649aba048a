/* SPDX-License-Identifier: MIT */
/*
 * fence.h - a monitored fence: a 64-bit value in memory that the host raises and this process reads
 * without a system call. One per command queue; values only grow. ~0 is not a value: it says that
 * the device is lost.
 *
 * Thread-safe: only the host writes the value.
 */
#ifndef OPENCL_FENCE_H
#define OPENCL_FENCE_H

#include "vgpu.h"

#define FENCE_LOST UINT64_MAX

/**
 * struct fence - see above.
 * @spin_ns: how long the next waiter spins before it sleeps; adapts, any thread, races are harmless
 */
struct fence {
	struct vgpu *vgpu;
	struct d3dkmthandle handle;
	const uint64_t *value;
	_Atomic uint32_t spin_ns;
};

/** fence_create() - a fence at value 0. */
int fence_create(struct vgpu *vgpu, struct fence *ret);

/** fence_destroy() - a fence that was never created is fine. */
void fence_destroy(struct fence *f);

/** fence_read() - its value now; FENCE_LOST also when the device was found to be lost elsewhere. */
static inline uint64_t fence_read(const struct fence *f)
{
	if (atomic_load_explicit(&f->vgpu->lost, memory_order_relaxed))
		return FENCE_LOST;
	return __atomic_load_n(f->value, __ATOMIC_ACQUIRE);
}

/**
 * fence_wait() - block until the value is reached: spins for an adaptive, bounded time, then
 * sleeps. An error of the driver marks the vgpu as lost; so the wait always ends.
 */
void fence_wait(struct fence *f, uint64_t value);

/** fence_signal_from_gpu() - raise to @value when @context has done everything queued so far. */
int fence_signal_from_gpu(struct fence *f, struct d3dkmthandle context, uint64_t value);

/** fence_wait_from_gpu() - hold @context back until @value is reached. */
int fence_wait_from_gpu(struct fence *f, struct d3dkmthandle context, uint64_t value);

#endif

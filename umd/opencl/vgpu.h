/* SPDX-License-Identifier: MIT */
/*
 * vgpu.h - an open adapter with its D3DKMT device and paging queue: what one cl_context owns of the
 * machine. Everything below it (allocations, fences, kernel-mode contexts) dies with the device.
 *
 * Immutable after vgpu_open() but for @lost and @clock; any thread may use it.
 *
 * In the child of a fork it is lost, and inherited: the session was the parent's, its memory is not
 * mapped, and its handles may be those of other things of the child's own.
 */
#ifndef OPENCL_VGPU_H
#define OPENCL_VGPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "clock.h"
#include "dxgwire/escape.h"
#include "libdxg.h"

struct pool;

/**
 * struct vgpu - see above.
 * @unified: kernels reach CPU-visible allocations without a copy
 * @paging_fence: the paging queue's progress, written by the host
 * @lost: the device is lost; sticky
 * @inherited: opened before this process was forked off: no memory of it is touched, no call made
 * @link: vgpu.c's list, and its lock
 * @pool: allocations between two uses
 * @clock: the device's
 */
struct vgpu {
	struct d3dkmthandle adapter;
	struct d3dkmthandle device;
	struct d3dkmthandle paging_queue;
	struct d3dkmthandle paging_sync;
	const uint64_t *paging_fence;
	bool unified;
	atomic_bool lost;
	bool inherited;
	LIST_ENTRY(vgpu) link;
	struct pool *pool;
	struct device_clock clock;
};

/**
 * vgpu_probe() - the private description of an open adapter, checked.
 *
 * Return: 0, -ENODEV when the adapter is not one of ours or its commands are of another version, or
 * what the query failed with.
 */
int vgpu_probe(struct d3dkmthandle adapter, struct dxg_adapter_private *ret_info);

/** vgpu_open() - open the adapter @luid and create device and paging queue on it. */
int vgpu_open(struct winluid luid, struct vgpu **ret_vgpu);

/** vgpu_close() - destroy everything vgpu_open() made; NULL is fine. */
void vgpu_close(struct vgpu *vgpu);

/**
 * vgpu_escape() - send @escape to the host and take its answer.
 * @op: enum dxg_escape_op
 * @size: bytes of the whole buffer
 *
 * Return: 0 or the negative errno that the transport, or the host in @escape->status, told.
 */
int vgpu_escape(struct vgpu *vgpu, struct dxg_escape *escape, uint32_t op, uint32_t size);

/** vgpu_check() - ask the driver whether the device still runs; sets and returns @lost. */
bool vgpu_check(struct vgpu *vgpu);

/** vgpu_fault() - the host's words on the loss of the device; a sentence of ours if it is gone. */
void vgpu_fault(struct vgpu *vgpu, char *text, size_t room);

/** vgpu_sync_clock() - take samples of the device's clock. Called once, before the vgpu is shared.
 */
int vgpu_sync_clock(struct vgpu *vgpu);

/** monotonic_ns() - the clock that all event times of this process are in. */
uint64_t monotonic_ns(void);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_compat.h - the one place that knows of kernel versions. The module is built against stock
 * kernels from 6.1 on; what changed between them and 6.12 is spelled here and nowhere else.
 */
#ifndef DXG_COMPAT_H
#define DXG_COMPAT_H

#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

/** dxg_eventfd_signal - add 1 to an eventfd; any context. */
static inline void dxg_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx, 1);
#else
	eventfd_signal(ctx);
#endif
}

/** dxg_vma_mod_flags - change the flags of an area that is being mapped; mmap lock held. */
static inline void dxg_vma_mod_flags(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#else
	vm_flags_mod(vma, set, clear);
#endif
}

/**
 * DXG_PIN_NEEDS_WRITE - do pages that are pinned for reading only have to be pinned for writing,
 * where that can be, so that they stay those of the process? Older kernels pin the zero page and
 * what is still shared.
 */
#define DXG_PIN_NEEDS_WRITE (LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0))

/* dxg_assign_str - __assign_str() of a tracepoint. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define dxg_assign_str(dst, src) __assign_str(dst, src)
#else
#define dxg_assign_str(dst, src) __assign_str(dst)
#endif

#endif /* DXG_COMPAT_H */

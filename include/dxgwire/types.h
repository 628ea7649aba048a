/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * types.h - what every wire header stands on: fixed-width types, compile-time checks, and the
 * few memory barriers that the rings need, spelled once for the kernel, C and C++.
 *
 * All integers on the wire are little endian. Nothing here allocates, sleeps or logs.
 */
#ifndef DXGWIRE_TYPES_H
#define DXGWIRE_TYPES_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>
#endif

#ifdef __cplusplus
#define DXG_STATIC_ASSERT(cond, msg) static_assert(cond, msg)
#else
#define DXG_STATIC_ASSERT(cond, msg) _Static_assert(cond, msg)
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the dxg wire format is little endian; this build is not"
#endif

/** DXG_ASSERT_SIZE - a struct that crosses a trust boundary has exactly this many bytes. */
#define DXG_ASSERT_SIZE(type, bytes) \
	DXG_STATIC_ASSERT(sizeof(type) == (bytes), #type " changed its size")
/** DXG_ASSERT_OFFSET - a field of such a struct stands at exactly this byte. */
#define DXG_ASSERT_OFFSET(type, field, bytes) \
	DXG_STATIC_ASSERT(offsetof(type, field) == (bytes), #type "." #field " moved")

/*
 * Shared words are read and written through these only: one access, no tearing, no re-read.
 * dxg_load_acquire() pairs with dxg_store_release() of the peer; dxg_full_barrier() orders a
 * store before a later load (the sleep/wake handshake of ring.h).
 */
#ifdef __KERNEL__
static inline __u32 dxg_load_acquire(const __u32 *p)
{
	return smp_load_acquire(p);
}

static inline void dxg_store_release(__u32 *p, __u32 v)
{
	smp_store_release(p, v);
}

static inline __u32 dxg_load(const __u32 *p)
{
	return READ_ONCE(*p);
}

static inline void dxg_store(__u32 *p, __u32 v)
{
	WRITE_ONCE(*p, v);
}

static inline void dxg_full_barrier(void)
{
	/* The peer is a process of the host: a barrier that a UP kernel would drop is not enough. */
	virt_mb();
}
#else
static inline __u32 dxg_load_acquire(const __u32 *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void dxg_store_release(__u32 *p, __u32 v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline __u32 dxg_load(const __u32 *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void dxg_store(__u32 *p, __u32 v)
{
	__atomic_store_n(p, v, __ATOMIC_RELAXED);
}

static inline void dxg_full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#endif

/** dxg_align8 - the next multiple of 8; callers bound @n by a named limit first. */
static inline __u32 dxg_align8(__u32 n)
{
	return (n + 7u) & ~7u;
}

#endif /* DXGWIRE_TYPES_H */

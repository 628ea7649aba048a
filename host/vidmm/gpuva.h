/* SPDX-License-Identifier: MIT */
/*
 * gpuva: the GPU virtual address space of one process: which addresses are handed out (reservations
 * and free-standing mappings) and what is mapped where.  Pure bookkeeping: page tables, if the
 * backend has any, follow what is decided here.
 *
 * Rules (ReserveGpuVirtualAddress, MapGpuVirtualAddress, FreeGpuVirtualAddress):
 * - granularity is 4 KiB; address 0 and the low 64 KiB are never handed out;
 * - a mapping at a wanted base lies wholly inside one reservation, or wholly in addresses of
 *   free-standing mappings, and replaces what it covers; or wholly in addresses nobody holds, which
 * it then holds itself (a free-standing mapping).  Everything else is -EEXIST;
 * - a free gives addresses back, of reservations and mappings, in whole or in part;
 * - to take memory out of a reservation and keep the addresses, map GPUVA_NO_ACCESS or GPUVA_ZERO.
 *
 * Every u64 may come from a hostile peer: nothing here overflows, and every operation that fails
 * leaves the space as it was.  Operations are O(log n), those on ranges plus the entries they
 * remove.
 */
#ifndef OPENDXG_HOST_VIDMM_GPUVA_H
#define OPENDXG_HOST_VIDMM_GPUVA_H

#include <stdint.h>

/** GPUVA_PAGE_SIZE - granularity of addresses, sizes and offsets, in bytes. */
#define GPUVA_PAGE_SIZE UINT64_C(4096)
/** GPUVA_FLOOR - no address below this is ever handed out. */
#define GPUVA_FLOOR UINT64_C(0x10000)
/** GPUVA_CEILING - the highest end a space can have: 48 address bits. */
#define GPUVA_CEILING (UINT64_C(1) << 48)
/** GPUVA_MAX_ENTRIES - default limit of reservations plus mappings plus held ranges of a space. */
#define GPUVA_MAX_ENTRIES 131072u

/* Protection of a mapping: the values of d3dddigpuva_protection_type. */
#define GPUVA_WRITE (UINT64_C(1) << 0) /* may be written; every mapping of memory may be read */
#define GPUVA_EXECUTE (UINT64_C(1) << 1)
#define GPUVA_ZERO (UINT64_C(1) << 2) /* no memory: reads as zero, cannot be written */
#define GPUVA_NO_ACCESS (UINT64_C(1) << 3) /* no memory: every access faults */
#define GPUVA_PROT_ALL (GPUVA_WRITE | GPUVA_EXECUTE | GPUVA_ZERO | GPUVA_NO_ACCESS)

/* Access asked of gpuva_check(); reading is always implied. */
#define GPUVA_CHECK_WRITE (1u << 0)
#define GPUVA_CHECK_EXECUTE (1u << 1)
#define GPUVA_CHECK_ZERO_OK (1u << 2) /* the caller can deal with GPUVA_ZERO mappings */
#define GPUVA_CHECK_ALL (GPUVA_CHECK_WRITE | GPUVA_CHECK_EXECUTE | GPUVA_CHECK_ZERO_OK)

struct gpuva;

/**
 * struct gpuva_mapping - one mapping, as the look-ups report it.
 * @va: first address, bytes.
 * @size: bytes.
 * @alloc: the caller's name of the allocation; 0 for a mapping of no memory (zero or no access).
 * @offset: where in the allocation @va points, bytes; 0 when @alloc is 0.
 * @prot: GPUVA_WRITE and friends.
 */
struct gpuva_mapping {
	uint64_t va;
	uint64_t size;
	uint64_t alloc;
	uint64_t offset;
	uint64_t prot;
};

/**
 * struct gpuva_place - where a reservation or mapping shall go.
 * @base: the address wanted, or 0 for any.
 * @min: with @base 0, the lowest address acceptable.
 * @max: with @base 0, the end must not be above it; 0 for no bound.
 * @size: bytes, not 0.
 *
 * All are multiples of the page size, except that @min is rounded up and @max down.  @min and @max
 * are ignored when @base is given.  "Any" is the lowest address that fits.
 */
struct gpuva_place {
	uint64_t base;
	uint64_t min;
	uint64_t max;
	uint64_t size;
};

/**
 * struct gpuva_backing - what a mapping shows.
 * @alloc: the caller's name of the allocation (a handle or a pointer), or 0 for none.
 * @alloc_size: bytes of the allocation; offset + size of the mapping must not exceed it.
 * @offset: bytes, a multiple of the page size.
 * @prot: with @alloc 0 exactly one of GPUVA_ZERO and GPUVA_NO_ACCESS and nothing else; with an
 *	allocation neither of them.
 *
 * With @alloc 0, @alloc_size is ignored and @offset must be 0.
 */
struct gpuva_backing {
	uint64_t alloc;
	uint64_t alloc_size;
	uint64_t offset;
	uint64_t prot;
};

/** gpuva_visit_fn - called with each mapping; it must not change the space. Non-zero stops. */
typedef int (*gpuva_visit_fn)(const struct gpuva_mapping *mapping, void *arg);

/**
 * gpuva_create() - an empty space handing out addresses in [@start, @end).
 * @start: raised to GPUVA_FLOOR when below.
 * @end: at most GPUVA_CEILING.
 * @max_entries: limit of entries; 0 for GPUVA_MAX_ENTRIES.  A reservation counts 1, a mapping
 *inside one counts 1, a free-standing mapping counts 2.
 *
 * Return: 0; -EINVAL when the bounds are unaligned, empty or above the ceiling; -ENOMEM.
 */
int gpuva_create(uint64_t start, uint64_t end, uint32_t max_entries, struct gpuva **ret_space);

/** gpuva_destroy() - free the space and all entries. NULL is fine. */
void gpuva_destroy(struct gpuva *space);

/**
 * gpuva_reserve() - hold a range of addresses without mapping anything.
 *
 * Return: 0; -EINVAL for unaligned, empty or out-of-bounds places; -EEXIST when a wanted base is
 * (in part) taken; -ENOSPC when nothing free fits; -EDQUOT at the limit of entries; -ENOMEM.
 */
int gpuva_reserve(struct gpuva *space, const struct gpuva_place *place, uint64_t *ret_va);

/**
 * gpuva_map() - map (part of) an allocation, or nothing (zero, no access).
 *
 * A wanted base replaces the mappings it covers (see the rules above), cutting those it covers in
 * part.  Base 0 is placed in addresses nobody holds.
 *
 * Return: as gpuva_reserve(); -EINVAL also for a bad @backing.
 */
int gpuva_map(struct gpuva *space, const struct gpuva_place *place,
	      const struct gpuva_backing *backing, uint64_t *ret_va);

/**
 * gpuva_free() - give back all addresses of [@va, @va + @size): mappings there vanish, reservations
 * and mappings reaching out of the range are cut.
 *
 * Return: 0; -EINVAL for a bad range; -ENOENT when nothing in the range is held; -EDQUOT or -ENOMEM
 * when an entry must be cut in two and cannot.
 */
int gpuva_free(struct gpuva *space, uint64_t va, uint64_t size);

/**
 * gpuva_unmap_alloc() - remove every mapping of @alloc, which is about to be destroyed; addresses
 * held by free-standing mappings are given back.  Cannot fail.
 *
 * Return: the number of mappings removed; 0 when @alloc is 0.
 */
uint32_t gpuva_unmap_alloc(struct gpuva *space, uint64_t alloc);

/**
 * gpuva_lookup() - the mapping that contains @va.
 *
 * Return: 0; -EFAULT when there is none.
 */
int gpuva_lookup(const struct gpuva *space, uint64_t va, struct gpuva_mapping *ret_mapping);

/**
 * gpuva_check() - is all of [@va, @va + @size) mapped with @access?  Any alignment; may span
 * mappings.
 * @access: GPUVA_CHECK_*; unless GPUVA_CHECK_ZERO_OK is given, everything must be mapped to memory.
 *
 * Return: 0; -EFAULT when a byte is not; -EINVAL when @size is 0 or @access has unknown bits.
 */
int gpuva_check(const struct gpuva *space, uint64_t va, uint64_t size, unsigned int access);

/**
 * gpuva_visit_range() - call @fn for each mapping that touches [@va, @va + @size), ascending, the
 * reported mapping cut to the range (so @va, @size and @offset of each piece fit together).
 *
 * Return: 0, the first non-zero value of @fn, or -EINVAL when the range is empty or wraps.
 */
int gpuva_visit_range(const struct gpuva *space, uint64_t va, uint64_t size, gpuva_visit_fn fn,
		      void *arg);

/** gpuva_visit_alloc() - call @fn for each mapping of @alloc, ascending. Returns as visit_range. */
int gpuva_visit_alloc(const struct gpuva *space, uint64_t alloc, gpuva_visit_fn fn, void *arg);

/** enum gpuva_op_kind - what one step of gpuva_update() does to its range. */
enum gpuva_op_kind {
	GPUVA_OP_MAP, /* shows (a part of) an allocation, again and again if it is shorter */
	GPUVA_OP_UNMAP, /* shows nothing: zero or no access */
	GPUVA_OP_COPY, /* shows what another range shows; the two may overlap */
};

/**
 * struct gpuva_op - one step of gpuva_update().
 * @va, @size: the range that changes, whole pages.
 * @source: GPUVA_OP_COPY: the first address of the other range.
 * @repeat: GPUVA_OP_MAP: bytes of the allocation, of which @size is a multiple; 0: @size.
 * @backing: of the others; with GPUVA_OP_MAP an allocation, with GPUVA_OP_UNMAP none.
 */
struct gpuva_op {
	enum gpuva_op_kind kind;
	uint64_t va;
	uint64_t size;
	uint64_t source;
	uint64_t repeat;
	struct gpuva_backing backing;
};

/**
 * gpuva_update_check() - could these be right?  All ranges that change lie in one reservation, and
 * so do all sources of copies.
 *
 * Return: 0; -EINVAL for bad ranges or backings; -EEXIST for a range not in the reservation.
 */
int gpuva_update_check(const struct gpuva *space, const struct gpuva_op *op, uint32_t n);

/**
 * gpuva_update() - @n steps, in order, all or none.
 * @max_pieces: mappings that may be touched and made on the way, so that the time it takes is
 * known.
 *
 * Return: 0; as gpuva_update_check(); -EDQUOT above @max_pieces or at the limit of entries;
 * -ENOMEM.
 */
int gpuva_update(struct gpuva *space, const struct gpuva_op *op, uint32_t n, uint32_t max_pieces);

/** gpuva_entries() - entries in use, of the limit given to gpuva_create(). */
uint32_t gpuva_entries(const struct gpuva *space);

#endif

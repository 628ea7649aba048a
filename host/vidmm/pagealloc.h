/* SPDX-License-Identifier: MIT */
/*
 * pagealloc: hands out ranges of pages of one address range [0, npages): the IO space of a session
 * or a segment of a device.  It knows page numbers only, never the memory behind them.
 *
 * Life of a page:  free -> used (pagealloc_alloc, pagealloc_reserve)
 *                  used -> dirty (pagealloc_free)
 *                  dirty -> free (pagealloc_clean, after the owner has zeroed the memory)
 *
 * So memory cannot reach a second owner with the content of the first: what pagealloc_alloc()
 * returns has been declared clean since its last use.  A new allocator's pages are free, that is
 * clean; an owner of memory with unknown content allocates everything once and frees it.
 */
#ifndef OPENDXG_HOST_VIDMM_PAGEALLOC_H
#define OPENDXG_HOST_VIDMM_PAGEALLOC_H

#include <stdint.h>

/** PAGEALLOC_MAX_PAGES - the largest range of one allocator, in pages (16 TiB of 4 KiB pages). */
#define PAGEALLOC_MAX_PAGES (UINT64_C(1) << 32)

struct pagealloc;

/**
 * struct pagealloc_stats - a snapshot, in pages; free + used + dirty is the size of the range.
 * @free: clean pages that can be handed out.
 * @used: pages of live allocations and reservations.
 * @dirty: freed pages that wait for pagealloc_clean().
 * @largest_free: length of the longest run of free pages.
 */
struct pagealloc_stats {
	uint64_t free;
	uint64_t used;
	uint64_t dirty;
	uint64_t largest_free;
};

/**
 * pagealloc_create() - an allocator over [0, @npages), all free.
 *
 * Return: 0; -EINVAL when @npages is 0 or above PAGEALLOC_MAX_PAGES; -ENOMEM.
 */
int pagealloc_create(uint64_t npages, struct pagealloc **ret_pa);

/** pagealloc_destroy() - free the allocator's own memory, whatever is still in use. NULL is fine.
 */
void pagealloc_destroy(struct pagealloc *pa);

/**
 * pagealloc_alloc() - take @npages contiguous free pages, first page a multiple of @align_pages.
 *
 * Best fit: the shortest free run that holds the request, the lowest of equals, and its lowest
 * fitting part.  O(log n) when @align_pages is 1; for larger alignments the free runs shorter than
 * @npages + @align_pages - 1 are tried one by one only after a roomier one was not found.
 *
 * Return: 0; -EINVAL when @npages is 0 or @align_pages is no power of two; -ENOSPC when no free run
 * fits (dirty pages may become free later); -ENOMEM when bookkeeping memory failed.
 */
int pagealloc_alloc(struct pagealloc *pa, uint64_t npages, uint64_t align_pages,
		    uint64_t *ret_first);

/**
 * pagealloc_reserve() - take exactly [@first, @first + @npages), given back with pagealloc_free().
 *
 * Return: 0; -EINVAL when the range is empty or leaves the allocator's; -EBUSY when a page of it is
 * not free; -ENOMEM.
 */
int pagealloc_reserve(struct pagealloc *pa, uint64_t first, uint64_t npages);

/**
 * pagealloc_free() - give back a whole allocation; its pages become dirty.  Never needs memory.
 *
 * Return: 0; -EINVAL when [@first, @first + @npages) is not exactly one live allocation.
 */
int pagealloc_free(struct pagealloc *pa, uint64_t first, uint64_t npages);

/**
 * pagealloc_next_dirty() - the lowest dirty run, cut to @max_pages, for the owner to zero.
 *
 * The pages stay dirty until pagealloc_clean(); asking again without it gives the same run.
 *
 * Return: 0; -ENOENT when nothing is dirty; -EINVAL when @max_pages is 0.
 */
int pagealloc_next_dirty(struct pagealloc *pa, uint64_t max_pages, uint64_t *ret_first,
			 uint64_t *ret_npages);

/**
 * pagealloc_clean() - declare [@first, @first + @npages) zeroed: dirty becomes free.
 *
 * Return: 0; -EINVAL when a page of the range is not dirty; -ENOMEM, nothing changed, try again
 * later.
 */
int pagealloc_clean(struct pagealloc *pa, uint64_t first, uint64_t npages);

/** pagealloc_get_stats() - fill @ret_stats. O(log n). */
void pagealloc_get_stats(const struct pagealloc *pa, struct pagealloc_stats *ret_stats);

#endif

// SPDX-License-Identifier: MIT
/*
 * iospace: see iospace.h. pagealloc keeps the books, the region does the zeroing. When punching
 * fails (it does not on tmpfs, but the answer must be safe) the pages stay dirty for ever: memory
 * is lost to the session, not its secrets.
 *
 * What begins with a huge page leaves a gap before it, shorter than one, that may serve nobody. So
 * many do as there is space for such gaps beyond what the session may have: they take nothing of
 * that away.
 */
#include "iospace.h"

#include <errno.h>
#include <stdlib.h>

#include "region.h"
#include "vidmm/pagealloc.h"

struct iospace {
	struct region *region;
	struct pagealloc *pages;
	uint64_t leaving; /* pages that will be given back, see iospace_leave() */
	uint64_t huge; /* that begin with a huge page */
	uint64_t huge_max;
	bool broken; /* punching failed once */
};

/* What an earlier dxgd handed out is zeroed before it reaches anybody, like any freed page. */
static int iospace_soil(struct iospace *io, uint64_t npages)
{
	uint64_t first;
	int err = npages > 2 ? pagealloc_alloc(io->pages, npages - 2, 1, &first) : 0;

	return err || npages <= 2 ? err : pagealloc_free(io->pages, first, npages - 2);
}

int iospace_create(struct region *region, struct iospace **ret_io)
{
	uint64_t npages = region->layout.io_size >> DXG_PAGE_SHIFT;
	struct iospace *io = calloc(1, sizeof(*io));
	int err;

	if (!io)
		return -ENOMEM;
	io->region = region;
	io->huge_max = region->spare / DXG_HUGE_PAGE_SIZE;
	err = pagealloc_create(npages, &io->pages);
	if (!err)
		err = pagealloc_reserve(io->pages, 0, 1);
	if (!err)
		err = pagealloc_reserve(io->pages, npages - 1, 1);
	if (!err && region->adopted)
		err = iospace_soil(io, npages);
	if (err) {
		iospace_destroy(io);
		return err;
	}
	*ret_io = io;
	return 0;
}

void iospace_destroy(struct iospace *io)
{
	if (!io)
		return;
	pagealloc_destroy(io->pages);
	free(io);
}

static bool is_huge(uint64_t first, uint64_t npages)
{
	return npages >= IOSPACE_CHUNK && first % IOSPACE_CHUNK == 0;
}

/* What is large begins with a huge page, unless there is only room elsewhere. */
static int iospace_take(struct iospace *io, uint64_t npages, uint64_t *ret_first)
{
	int err = -ENOSPC;

	if (npages >= IOSPACE_CHUNK && io->huge < io->huge_max)
		err = pagealloc_alloc(io->pages, npages, IOSPACE_CHUNK, ret_first);
	return err == -ENOSPC ? pagealloc_alloc(io->pages, npages, 1, ret_first) : err;
}

static int iospace_give(struct iospace *io, uint64_t first, uint64_t npages)
{
	int err = pagealloc_free(io->pages, first, npages);

	if (!err)
		io->huge -= is_huge(first, npages);
	return err;
}

int iospace_alloc(struct iospace *io, uint64_t npages, uint64_t *ret_first)
{
	int err = iospace_take(io, npages, ret_first);

	if (!err)
		io->huge += is_huge(*ret_first, npages);
	return err == -ENOSPC && (io->leaving || iospace_is_dirty(io)) ? -EAGAIN : err;
}

void iospace_leave(struct iospace *io, uint64_t npages)
{
	io->leaving += npages;
}

void iospace_left(struct iospace *io, uint64_t first, uint64_t npages)
{
	io->leaving -= npages;
	iospace_free(io, first, npages);
}

void iospace_free(struct iospace *io, uint64_t first, uint64_t npages)
{
	iospace_give(io, first, npages);
}

void iospace_cancel(struct iospace *io, uint64_t first, uint64_t npages)
{
	if (!iospace_give(io, first, npages))
		pagealloc_clean(io->pages, first, npages); /* else they are zeroed like others */
}

bool iospace_is_dirty(const struct iospace *io)
{
	struct pagealloc_stats stats;

	pagealloc_get_stats(io->pages, &stats);
	return stats.dirty && !io->broken;
}

bool iospace_clean(struct iospace *io)
{
	uint64_t first, npages, whole;

	if (!iospace_is_dirty(io) ||
	    pagealloc_next_dirty(io->pages, IOSPACE_CHUNK, &first, &npages))
		return false;
	/* Half a huge page would have to be divided first. */
	whole = IOSPACE_CHUNK - first % IOSPACE_CHUNK;
	if (npages > whole)
		npages = whole;
	if (region_punch(io->region, first << DXG_PAGE_SHIFT, npages << DXG_PAGE_SHIFT)) {
		io->broken = true;
		return false;
	}
	pagealloc_clean(io->pages, first, npages);
	return iospace_is_dirty(io);
}

uint64_t *iospace_word(const struct iospace *io, uint64_t page)
{
	return region_io(io->region, page << DXG_PAGE_SHIFT);
}

// SPDX-License-Identifier: MIT
/*
 * huge - see huge.h. No state and no locks: the kernel says what is empty. It refuses to make a
 * huge page of nothing at all, so the first small one of each is had first; and where somebody else
 * is just touching one, it is theirs.
 */
#include "worker/huge.h"

#include <errno.h>
#include <sys/mman.h>

#include "dxgwire/region.h"

/* Linux's number, which libraries older than the running kernel do not know. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE_PAGES (DXG_HUGE_PAGE_SIZE / DXG_PAGE_SIZE)

static bool is_empty(uint8_t *at)
{
	unsigned char there[HUGE_PAGES];

	if (mincore(at, DXG_HUGE_PAGE_SIZE, there))
		return false;
	for (size_t i = 0; i < HUGE_PAGES; i++)
		if (there[i] & 1)
			return false;
	return true;
}

/* Return: 0; -EAGAIN, somebody was there first; another negative errno, there is none to be had. */
static int fill(uint8_t *at)
{
	if (madvise(at, DXG_PAGE_SIZE, MADV_POPULATE_READ) ||
	    madvise(at, DXG_HUGE_PAGE_SIZE, MADV_COLLAPSE))
		return -errno;
	return 0;
}

uint64_t huge_populate(const struct alloc *alloc, uint8_t *at, uint64_t size)
{
	uint64_t skip = -(uintptr_t)at % DXG_HUGE_PAGE_SIZE, filled = 0;
	int err = 0;

	for (;
	     skip + DXG_HUGE_PAGE_SIZE <= size && (!err || err == -EAGAIN) && !alloc_is_gone(alloc);
	     skip += DXG_HUGE_PAGE_SIZE) {
		if (!is_empty(at + skip))
			continue;
		err = fill(at + skip);
		filled += err ? 0 : DXG_HUGE_PAGE_SIZE;
	}
	return filled;
}

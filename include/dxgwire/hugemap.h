/* SPDX-License-Identifier: MIT */
/*
 * hugemap.h - how both sides map a region in user space: so that its huge pages are mapped as huge
 * pages.
 *
 * The kernel does that only where an address is as far from a multiple of their size as its offset
 * in the file is, and places a mapping so only where shared memory has huge pages by itself, which
 * is nowhere the default.
 */
#ifndef DXGWIRE_HUGEMAP_H
#define DXGWIRE_HUGEMAP_H

#include <stdint.h>
#include <sys/mman.h>

#include "region.h"

/**
 * hugemap() - map a part of a memory file, shared, to be read and written.
 * @fd: the file
 * @offset: of the part's first byte, a multiple of DXG_PAGE_SIZE
 * @size: bytes, the same
 *
 * Return: what mmap() does.
 */
static inline void *hugemap(int fd, uint64_t offset, uint64_t size)
{
	uint64_t room_size = size + DXG_HUGE_PAGE_SIZE, before;
	uint8_t *room, *base;

	room = (uint8_t *)mmap(NULL, room_size, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		return room;
	before = (offset - (uintptr_t)room) % DXG_HUGE_PAGE_SIZE;
	base = (uint8_t *)mmap(room + before, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			       fd, (off_t)offset);
	if (base == MAP_FAILED) {
		munmap(room, room_size);
		return base;
	}
	if (before)
		munmap(room, before);
	munmap(base + size, room_size - before - size);
	/* Who touches a page first decides how large it is, where the host leaves it to us. */
	madvise(base, size, MADV_HUGEPAGE);
	return base;
}

#endif /* DXGWIRE_HUGEMAP_H */

/* SPDX-License-Identifier: MIT */
/*
 * iospace: who owns which pages of a session's IO space. A freed page is dirty until its memory has
 * been punched out of the region's file, so that no page reaches a second owner with the first
 * one's bytes. Punching is done in chunks of at most IOSPACE_CHUNK pages, one per turn, because it
 * takes time.
 *
 * The first and the last page are never handed out (specification section 6.1).
 */
#ifndef HOST_IOSPACE_H
#define HOST_IOSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "dxgwire/region.h"

struct region;
struct iospace;

/** IOSPACE_CHUNK - pages zeroed at a time: a huge page of the host. */
#define IOSPACE_CHUNK (DXG_HUGE_PAGE_SIZE / DXG_PAGE_SIZE)

/** iospace_create() - over the IO space of @region, which must outlive it. Return: 0 or -errno. */
int iospace_create(struct region *region, struct iospace **ret_io);

/** iospace_destroy() - forget it; pages need not be given back. NULL is fine. */
void iospace_destroy(struct iospace *io);

/**
 * iospace_alloc() - @npages contiguous zero pages; of IOSPACE_CHUNK and more the first is a
 * multiple of it where that can be had.
 *
 * Return: 0; -EAGAIN when none fit now but dirty pages wait to be zeroed, or some are leaving;
 * -ENOSPC; -ENOMEM.
 */
int iospace_alloc(struct iospace *io, uint64_t npages, uint64_t *ret_first);

/** iospace_free() - give back exactly what iospace_alloc() handed out; nobody may touch it any
 * more. */
void iospace_free(struct iospace *io, uint64_t first, uint64_t npages);

/** iospace_leave() - @npages will be given back without anybody having to do anything first. */
void iospace_leave(struct iospace *io, uint64_t npages);

/** iospace_left() - there they are; instead of iospace_free(). */
void iospace_left(struct iospace *io, uint64_t first, uint64_t npages);

/**
 * iospace_cancel() - give back pages that nobody was told of, so that nobody can have touched them:
 * they stay clean. Were they dirtied, a request that waits for clean pages (-EAGAIN) and takes some
 * of them back every time it fails would wait for ever.
 */
void iospace_cancel(struct iospace *io, uint64_t first, uint64_t npages);

/** iospace_clean() - zero one chunk of dirty pages. Return: true when more is waiting. */
bool iospace_clean(struct iospace *io);

/** iospace_is_dirty() - is there anything for iospace_clean()? */
bool iospace_is_dirty(const struct iospace *io);

/** iospace_word() - the first 64 bits of page @page, to be written only: the guest can write them.
 */
uint64_t *iospace_word(const struct iospace *io, uint64_t page);

#endif /* HOST_IOSPACE_H */

/* SPDX-License-Identifier: MIT */
/*
 * rect.h - the arithmetic of rectangular regions: origin, region and pitches, as the caller gave
 * them, into offset, extent and complete pitches, with every overflow caught. Pure logic.
 */
#ifndef OPENCL_RECT_H
#define OPENCL_RECT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct rect - one end of a rectangular transfer.
 * @offset: bytes to the first byte
 * @extent: bytes from the first byte to the last, that included
 * @row, @slice: bytes from row to row, from slice to slice
 */
struct rect {
	size_t offset;
	size_t extent;
	size_t row;
	size_t slice;
};

/**
 * rect_init() - check and compute.
 * @row, @slice: 0 means tightly packed
 *
 * Return: false when a region is zero, a pitch too small, a slice no multiple of the row, or a
 * number too large.
 */
bool rect_init(struct rect *r, const size_t origin[3], const size_t region[3], size_t row,
	       size_t slice);

/** rects_overlap() - do two boxes of @region with the same pitches share a byte of one buffer? */
bool rects_overlap(const struct rect *a, const struct rect *b, const size_t region[3]);

#endif

// SPDX-License-Identifier: MIT
/* rect.c - see rect.h. */
#include "rect.h"

/* *sum += a * b, if that is a size_t. */
static bool add_product(size_t *sum, size_t a, size_t b)
{
	size_t product;

	return !__builtin_mul_overflow(a, b, &product) &&
	       !__builtin_add_overflow(*sum, product, sum);
}

static bool pitches(struct rect *r, const size_t region[3], size_t row, size_t slice)
{
	size_t least;

	r->row = row ? row : region[0];
	if (r->row < region[0] || __builtin_mul_overflow(region[1], r->row, &least))
		return false;
	r->slice = slice ? slice : least;
	return r->slice >= least && (!slice || slice % r->row == 0);
}

bool rect_init(struct rect *r, const size_t origin[3], const size_t region[3], size_t row,
	       size_t slice)
{
	size_t offset = origin[0], extent = region[0];

	if (!region[0] || !region[1] || !region[2] || !pitches(r, region, row, slice))
		return false;
	if (!add_product(&offset, origin[1], r->row) ||
	    !add_product(&offset, origin[2], r->slice) ||
	    !add_product(&extent, region[1] - 1, r->row) ||
	    !add_product(&extent, region[2] - 1, r->slice))
		return false;
	r->offset = offset;
	r->extent = extent;
	return extent <= (size_t)-1 - offset;
}

/* Do [a, a + n) and [b, b + n) share a number? */
static bool near(size_t a, size_t b, size_t n)
{
	return a < b ? b - a < n : a - b < n;
}

/*
 * Each offset is split back into column, row and slice. A box that reaches over the end of a row or
 * slice counts as overlapping when the extents do: then columns cannot be compared.
 */
bool rects_overlap(const struct rect *a, const struct rect *b, const size_t region[3])
{
	size_t ax = a->offset % a->row, bx = b->offset % b->row;
	size_t ay = a->offset % a->slice / a->row, by = b->offset % b->slice / b->row;
	size_t az = a->offset / a->slice, bz = b->offset / b->slice;

	if (a->offset + a->extent <= b->offset || b->offset + b->extent <= a->offset)
		return false;
	if (ax + region[0] > a->row || bx + region[0] > b->row ||
	    ay + region[1] > a->slice / a->row || by + region[1] > b->slice / b->row)
		return true;
	return near(ax, bx, region[0]) && near(ay, by, region[1]) && near(az, bz, region[2]);
}

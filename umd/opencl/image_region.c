// SPDX-License-Identifier: MIT
/* image_region.c - regions of images: are they inside, and where are their bytes. Pure logic. */
#include "image.h"

bool image_region_valid(const struct image *image, const size_t *origin, const size_t *region)
{
	if (!origin || !region)
		return false;
	for (int i = 0; i < 3; i++)
		if (!region[i] || region[i] > image->extent[i] ||
		    origin[i] > image->extent[i] - region[i])
			return false;
	return true;
}

size_t image_offset(const struct image *image, const struct image_pitch *pitch,
		    const size_t origin[3])
{
	return origin[2] * pitch->slice + origin[1] * pitch->row + origin[0] * image->pixel;
}

struct box image_box(const struct image *image, const size_t origin[3], const size_t region[3])
{
	return (struct box){
		.region = { region[0] * image->pixel, region[1], region[2] },
		.offset = image_offset(image, &image->memory, origin),
		.row = image->memory.row,
		.slice = image->memory.slice,
		.image = image->id,
		.pixel = image->pixel,
		.origin = { origin[0], origin[1], origin[2] },
	};
}

/* The rows of a 1D array are its layers, and step by the slice pitch. */
bool image_pitch_init(const struct image *image, const size_t region[3], size_t row, size_t slice,
		      struct image_pitch *ret)
{
	bool array = image->type == DXG_IMAGE_1D_ARRAY;
	bool slices = array || image->type == DXG_IMAGE_2D_ARRAY || image->type == DXG_IMAGE_3D;
	size_t least = region[0] * image->pixel, whole;

	row = row ? row : least;
	if (row < least || (slice && !slices) ||
	    __builtin_mul_overflow(row, array ? 1 : region[1], &whole))
		return false;
	slice = slice ? slice : whole;
	if (slice < whole || slice > SIZE_MAX / 2 / image->extent[2] ||
	    slice > SIZE_MAX / 2 / image->extent[1])
		return false;
	*ret = array ? (struct image_pitch){ slice, slice * region[1] }
		     : (struct image_pitch){ row, slice };
	return true;
}

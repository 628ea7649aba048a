// SPDX-License-Identifier: MIT
/*
 * backend - what all backends share: texts, access to spans that have a CPU address, and the CPU
 * versions of the copying packets. No state; callable from any thread.
 */
#include "backend/backend.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void backend_say(struct backend_text *text, const char *format, ...)
{
	va_list ap;

	if (!text)
		return;
	va_start(ap, format);
	vsnprintf(text->text, sizeof(text->text), format, ap);
	va_end(ap);
}

int backend_read(struct backend *be, const struct backend_span *src, void *dst)
{
	if (!src->alloc->host)
		return be->ops->read(be, src, dst);
	memcpy(dst, src->alloc->host + src->offset, src->size);
	return 0;
}

int backend_write(struct backend *be, const struct backend_span *dst, const void *src)
{
	if (!dst->alloc->host)
		return be->ops->write(be, dst, src);
	memcpy(dst->alloc->host + dst->offset, src, dst->size);
	return 0;
}

void backend_host_rect(uint8_t *dst, const uint8_t *src, const struct backend_rect *rect)
{
	uint64_t y, z;

	for (z = 0; z < rect->region[2]; z++)
		for (y = 0; y < rect->region[1]; y++)
			memcpy(dst + z * rect->dst_slice + y * rect->dst_pitch,
			       src + z * rect->src_slice + y * rect->src_pitch, rect->region[0]);
}

/* Bytes from the first pixel of an image to the one at @origin. */
static uint64_t pixel_at(const struct backend_image *image, const uint64_t origin[3])
{
	return origin[2] * image->desc.slice_pitch + origin[1] * image->desc.row_pitch +
	       origin[0] * image->pixel;
}

struct backend_span backend_image_region(const struct backend_image *image,
					 const uint64_t origin[3], const uint64_t region[3])
{
	const struct dxg_image_desc *desc = &image->desc;

	return (struct backend_span){
		.alloc = image->span.alloc,
		.offset = image->span.offset + pixel_at(image, origin),
		.size = (region[2] - 1) * desc->slice_pitch + (region[1] - 1) * desc->row_pitch +
			region[0] * image->pixel,
	};
}

/* A region of pixels as a box of bytes; the pitches are the caller's to fill in. */
static struct backend_rect box_of(const struct backend_image *image, const uint64_t region[3])
{
	return (struct backend_rect){
		.region = { region[0] * image->pixel, region[1], region[2] },
	};
}

void backend_host_copy_image(uint8_t *dst, const uint8_t *src, const struct backend_copy_image *c)
{
	struct backend_rect rect = box_of(c->dst, c->region);

	rect.dst_pitch = c->dst->desc.row_pitch;
	rect.dst_slice = c->dst->desc.slice_pitch;
	rect.src_pitch = c->src->desc.row_pitch;
	rect.src_slice = c->src->desc.slice_pitch;
	backend_host_rect(dst + pixel_at(c->dst, c->dst_origin),
			  src + pixel_at(c->src, c->src_origin), &rect);
}

void backend_host_image_memory(uint8_t *image, uint8_t *memory,
			       const struct backend_image_memory *c, bool to_image)
{
	struct backend_rect rect = box_of(c->image, c->region);
	const struct dxg_image_desc *desc = &c->image->desc;
	uint64_t slice = rect.region[0] * rect.region[1];

	image += pixel_at(c->image, c->origin);
	rect.dst_pitch = to_image ? desc->row_pitch : rect.region[0];
	rect.dst_slice = to_image ? desc->slice_pitch : slice;
	rect.src_pitch = to_image ? rect.region[0] : desc->row_pitch;
	rect.src_slice = to_image ? slice : desc->slice_pitch;
	backend_host_rect(to_image ? image : memory, to_image ? memory : image, &rect);
}

void backend_host_fill_pixel(uint8_t *image, const struct backend_fill_image *f,
			     const uint8_t *pixel)
{
	const struct dxg_image_desc *desc = &f->image->desc;
	uint64_t y, z;

	image += pixel_at(f->image, f->origin);
	for (z = 0; z < f->region[2]; z++)
		for (y = 0; y < f->region[1]; y++)
			backend_host_fill(image + z * desc->slice_pitch + y * desc->row_pitch,
					  f->region[0] * f->image->pixel, pixel, f->image->pixel);
}

void backend_host_fill(uint8_t *dst, uint64_t size, const uint8_t *pattern, uint32_t pattern_size)
{
	uint64_t done = pattern_size;

	if (pattern_size == 1) {
		memset(dst, pattern[0], size);
		return;
	}
	memcpy(dst, pattern, pattern_size);
	/* Double what is there: few, long copies. */
	while (done < size) {
		uint64_t n = done < size - done ? done : size - done;

		memcpy(dst + done, dst, n);
		done += n;
	}
}

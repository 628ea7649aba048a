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

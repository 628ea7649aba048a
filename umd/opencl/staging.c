// SPDX-License-Identifier: MIT
/* staging.c - the staging ring of a queue. A piece never wraps: the rest of the ring is skipped. */
#include "staging.h"

#include <errno.h>

#include "pool.h"

#define STAGING_ALIGN 64u

static void start_over(struct staging *s)
{
	s->head = (s->head + STAGING_BYTES - 1) / STAGING_BYTES * STAGING_BYTES;
	s->tail = s->head;
}

int staging_get(struct staging *s, struct vgpu *vgpu, size_t size, struct staging_piece *ret)
{
	uint64_t need = (size + STAGING_ALIGN - 1) & ~(uint64_t)(STAGING_ALIGN - 1);
	uint64_t at, skip;
	int err;

	if (!s->memory.cpu) {
		err = pool_get(vgpu, STAGING_BYTES, DXG_ALLOC_CPU_VISIBLE, &s->memory);
		if (err < 0)
			return err;
	}
	if (s->head == s->tail)
		start_over(s);
	at = s->head % STAGING_BYTES;
	skip = at + need > STAGING_BYTES ? STAGING_BYTES - at : 0;
	if (s->head + skip + need - s->tail > STAGING_BYTES)
		return -EAGAIN;
	at = skip ? 0 : at;
	s->head += skip + need;
	*ret = (struct staging_piece){
		.va = s->memory.va + at,
		.cpu = (uint8_t *)s->memory.cpu + at,
		.end = s->head,
	};
	return 0;
}

void staging_fini(struct staging *s)
{
	pool_put(&s->memory);
}

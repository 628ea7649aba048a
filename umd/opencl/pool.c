// SPDX-License-Identifier: MIT
/* pool.c - the pool of a vgpu: a small array, oldest first. Host calls are made without its lock.
 */
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct pool - @entries[0] is the oldest; all but the limits guarded by @lock.
 * @most: bytes in all
 * @large: bytes of an entry that the CPU sees; of others it is POOL_ENTRY_BYTES
 */
struct pool {
	pthread_mutex_t lock;
	uint64_t most;
	uint64_t large;
	uint32_t count;
	uint64_t bytes;
	struct allocation entries[POOL_ENTRIES];
};

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct pool *pool_create(uint64_t copies)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pool->most = greater(copies / POOL_SHARE, POOL_BYTES);
	pool->large = greater(copies / POOL_SHARE / 2, POOL_ENTRY_BYTES);
	return pool;
}

/* Is an allocation of that size ever kept? */
static bool keeps(const struct pool *pool, uint64_t size, bool cpu)
{
	return size && size <= (cpu ? pool->large : POOL_ENTRY_BYTES);
}

static struct allocation take_locked(struct pool *pool, uint32_t i)
{
	struct allocation a = pool->entries[i];

	pool->count--;
	pool->bytes -= a.size;
	memmove(&pool->entries[i], &pool->entries[i + 1], (pool->count - i) * sizeof(a));
	return a;
}

/* The newest that fits: its pages are the warmest. */
static bool take_fitting(struct pool *pool, uint64_t size, bool cpu, struct allocation *ret)
{
	bool hit = false;

	pthread_mutex_lock(&pool->lock);
	for (uint32_t i = pool->count; i-- > 0 && !hit;) {
		if (pool->entries[i].size != size || !pool->entries[i].cpu == cpu)
			continue;
		*ret = take_locked(pool, i);
		hit = true;
	}
	pthread_mutex_unlock(&pool->lock);
	return hit;
}

static bool take_oldest(struct pool *pool, struct allocation *ret)
{
	bool any;

	pthread_mutex_lock(&pool->lock);
	any = pool->count != 0;
	if (any)
		*ret = take_locked(pool, 0);
	pthread_mutex_unlock(&pool->lock);
	return any;
}

static bool drain(struct pool *pool)
{
	struct allocation a;
	bool any = false;

	while (take_oldest(pool, &a)) {
		allocation_destroy(&a);
		any = true;
	}
	return any;
}

void pool_destroy(struct pool *pool)
{
	if (!pool)
		return;
	drain(pool);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

int pool_get(struct vgpu *vgpu, uint64_t size, uint32_t flags, struct allocation *ret)
{
	uint64_t whole = (size + DXG_PAGE_SIZE - 1) & ~(uint64_t)(DXG_PAGE_SIZE - 1);
	bool cpu = flags & DXG_ALLOC_CPU_VISIBLE;
	int err;

	if (keeps(vgpu->pool, whole, cpu) && take_fitting(vgpu->pool, whole, cpu, ret))
		return 0;
	err = allocation_create(vgpu, size, flags, ret);
	if (err == -ENOMEM && drain(vgpu->pool))
		err = allocation_create(vgpu, size, flags, ret);
	return err;
}

static bool keep(struct pool *pool, const struct allocation *a)
{
	bool room;

	pthread_mutex_lock(&pool->lock);
	room = pool->count < POOL_ENTRIES && a->size <= pool->most - pool->bytes;
	if (room) {
		pool->entries[pool->count++] = *a;
		pool->bytes += a->size;
	}
	pthread_mutex_unlock(&pool->lock);
	return room;
}

void pool_put(struct allocation *a)
{
	struct allocation oldest;

	if (!a->handle.v)
		return;
	if (!keeps(a->vgpu->pool, a->size, a->cpu) || atomic_load(&a->vgpu->lost)) {
		allocation_destroy(a);
		return;
	}
	while (!keep(a->vgpu->pool, a))
		if (take_oldest(a->vgpu->pool, &oldest))
			allocation_destroy(&oldest);
	*a = (struct allocation){ 0 };
}

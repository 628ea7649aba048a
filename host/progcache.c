// SPDX-License-Identifier: MIT
/*
 * progcache: see progcache.h. A tree over the keys, which a tenant can choose as it likes, and a
 * list in the order of use.
 */
#include "progcache.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct progcache_entry *entry_of(const struct avl_node *node)
{
	return avl_entry(node, struct progcache_entry, node);
}

static bool entry_before(const struct avl_node *a, const struct avl_node *b)
{
	return memcmp(entry_of(a)->key, entry_of(b)->key, PROGCACHE_KEY_SIZE) < 0;
}

static const struct avl_ops entry_ops = { .before = entry_before };

void progcache_init(struct progcache *cache, uint64_t byte_limit, uint32_t count_limit,
		    void (*drop)(struct progcache_entry *entry, void *arg), void *arg)
{
	memset(cache, 0, sizeof(*cache));
	avl_init(&cache->entries, &entry_ops);
	TAILQ_INIT(&cache->lru);
	cache->byte_limit = byte_limit;
	cache->count_limit = count_limit;
	cache->drop = drop;
	cache->arg = arg;
}

void progcache_remove(struct progcache *cache, struct progcache_entry *entry)
{
	avl_remove(&cache->entries, &entry->node);
	TAILQ_REMOVE(&cache->lru, entry, lru);
	cache->bytes -= entry->size;
	cache->count--;
}

static void progcache_drop(struct progcache *cache, struct progcache_entry *entry)
{
	progcache_remove(cache, entry);
	cache->drop(entry, cache->arg);
}

void progcache_clear(struct progcache *cache)
{
	while (!TAILQ_EMPTY(&cache->lru))
		progcache_drop(cache, TAILQ_FIRST(&cache->lru));
}

struct progcache_entry *progcache_find(const struct progcache *cache,
				       const uint8_t key[PROGCACHE_KEY_SIZE])
{
	struct avl_node *node = cache->entries.root;
	int order;

	while (node) {
		order = memcmp(key, entry_of(node)->key, PROGCACHE_KEY_SIZE);
		if (!order)
			return entry_of(node);
		node = order < 0 ? node->left : node->right;
	}
	return NULL;
}

void progcache_touch(struct progcache *cache, struct progcache_entry *entry)
{
	TAILQ_REMOVE(&cache->lru, entry, lru);
	TAILQ_INSERT_TAIL(&cache->lru, entry, lru);
}

/* Evict until @bytes and @count more fit. */
static void progcache_make_room(struct progcache *cache, uint64_t bytes, uint32_t count)
{
	struct progcache_entry *oldest;

	while ((oldest = TAILQ_FIRST(&cache->lru)) && (cache->bytes + bytes > cache->byte_limit ||
						       cache->count + count > cache->count_limit)) {
		cache->evicted++;
		progcache_drop(cache, oldest);
	}
}

int progcache_insert(struct progcache *cache, struct progcache_entry *entry)
{
	struct progcache_entry *old;

	if (entry->size > cache->byte_limit || !cache->count_limit)
		return -E2BIG;
	old = progcache_find(cache, entry->key);
	if (old)
		progcache_drop(cache, old);
	progcache_make_room(cache, entry->size, 1);
	avl_insert(&cache->entries, &entry->node);
	TAILQ_INSERT_TAIL(&cache->lru, entry, lru);
	cache->bytes += entry->size;
	cache->count++;
	return 0;
}

void progcache_set_limit(struct progcache *cache, uint64_t byte_limit)
{
	cache->byte_limit = byte_limit;
	progcache_make_room(cache, 0, 0);
}

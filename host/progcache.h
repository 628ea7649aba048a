/* SPDX-License-Identifier: MIT */
/*
 * progcache: which built programs one vGPU has in its cache: a set of entries by key, in the order
 * of their last use, that never exceeds its limits. What an entry consists of is its owner's
 * business. Pure logic; no locks: it belongs to one thread.
 */
#ifndef HOST_PROGCACHE_H
#define HOST_PROGCACHE_H

#include <stdint.h>
#include <sys/queue.h>

#include "vidmm/avltree.h"

#define PROGCACHE_KEY_SIZE 32u

/**
 * struct progcache_entry - embedded in the owner's object, which sets @key and @size before it is
 * inserted.
 * @size: bytes that count against the limit
 */
struct progcache_entry {
	struct avl_node node;
	TAILQ_ENTRY(progcache_entry) lru;
	uint8_t key[PROGCACHE_KEY_SIZE];
	uint64_t size;
};

/**
 * struct progcache - the set; read what you like, change it by the functions only.
 * @lru: the longest unused first
 * @bytes, @count: of all entries; at most @byte_limit and @count_limit
 * @evicted: how many had to go for the limits
 * @drop: an entry is out of the set and the owner's to free
 */
struct progcache {
	struct avl_tree entries;
	TAILQ_HEAD(progcache_lru, progcache_entry) lru;
	uint64_t bytes;
	uint64_t byte_limit;
	uint32_t count;
	uint32_t count_limit;
	uint64_t evicted;
	void (*drop)(struct progcache_entry *entry, void *arg);
	void *arg;
};

/** progcache_init() - an empty set. */
void progcache_init(struct progcache *cache, uint64_t byte_limit, uint32_t count_limit,
		    void (*drop)(struct progcache_entry *entry, void *arg), void *arg);

/** progcache_clear() - drop every entry; none counts as evicted. */
void progcache_clear(struct progcache *cache);

/** progcache_find() - the entry of @key, or NULL; it stays where it is in the order. */
struct progcache_entry *progcache_find(const struct progcache *cache,
				       const uint8_t key[PROGCACHE_KEY_SIZE]);

/** progcache_touch() - @entry was used just now. */
void progcache_touch(struct progcache *cache, struct progcache_entry *entry);

/**
 * progcache_insert() - add @entry as used just now. One with the same key goes (drop), and as many
 * of the longest unused as it takes to stay within the limits.
 *
 * Return: 0; -E2BIG when it could not fit even alone: nothing has changed, it is still the
 * caller's.
 */
int progcache_insert(struct progcache *cache, struct progcache_entry *entry);

/** progcache_remove() - take @entry out of the set; it is the caller's, and not dropped. */
void progcache_remove(struct progcache *cache, struct progcache_entry *entry);

/** progcache_set_limit() - another byte limit; what exceeds it is evicted at once. */
void progcache_set_limit(struct progcache *cache, uint64_t byte_limit);

#endif /* HOST_PROGCACHE_H */

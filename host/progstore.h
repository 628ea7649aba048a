/* SPDX-License-Identifier: MIT */
/*
 * progstore: the program cache of one vGPU: what its workers built, kept in a folder, or in memory
 * where there is none. Nothing of it is ever seen by another vGPU. What the entries say is the
 * workers' business: dxgd compares keys, moves descriptors and believes nothing.
 *
 * The disk is used by threads of libuv, one at a time for each store, so requests take effect in
 * the order in which they were made and no tenant occupies more than one of those threads.
 */
#ifndef HOST_PROGSTORE_H
#define HOST_PROGSTORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "progcache.h"

/** PROGSTORE_ENTRIES_MAX, _MEMORY_ENTRIES_MAX - of one vGPU, in a folder and without one. */
#define PROGSTORE_ENTRIES_MAX 4096u
#define PROGSTORE_MEMORY_ENTRIES_MAX 256u
/** PROGSTORE_JOBS_MAX - disk operations of one vGPU that wait; beyond, requests are not served. */
#define PROGSTORE_JOBS_MAX 64u
/** PROGSTORE_LINGER_MAX - workers of one vGPU that end slowly, at once. */
#define PROGSTORE_LINGER_MAX 4u

struct progstore;

LIST_HEAD(progstore_list, progstore);

/**
 * struct progstats - counters since the vGPU was made, and how much there is.
 * @hits, @misses: of all that was asked for
 * @stored: entries taken from workers; @evicted: gone for the limits
 * @bad: files that were not what had been written, and entries that a driver refused
 */
struct progstats {
	uint64_t hits;
	uint64_t misses;
	uint64_t stored;
	uint64_t evicted;
	uint64_t bad;
	uint64_t bytes;
	uint64_t byte_limit;
	uint32_t entries;
};

/**
 * progstore_create() - a store with what its folder holds, once that has been looked at.
 * @all: the stores of this daemon, closed ones included: one that had the same folder finishes
 * first
 * @folder: where; NULL for memory only. When it cannot be used, that is logged, and memory is
 * @byte_limit: 0 turns the cache off
 *
 * Return: 0; -ENOMEM.
 */
int progstore_create(uv_loop_t *loop, struct progstore_list *all, const char *folder,
		     uint64_t byte_limit, struct progstore **ret_store);

/**
 * progstore_close() - nothing is found or taken any more; what waits to be written still is. It is
 * freed with the last reference and the last job. NULL is fine.
 * @erase: what there is on disk goes, too
 */
void progstore_close(struct progstore *store, bool erase);

/** progstore_ref(), progstore_unref() - a reference for a user. */
struct progstore *progstore_ref(struct progstore *store);
void progstore_unref(struct progstore *store);

/** progstore_is_on() - may anything be found in it? */
bool progstore_is_on(const struct progstore *store);

/** progstore_found_fn - @fd: a sealed memory file, the callee's to close; -1: there is none. */
typedef void (*progstore_found_fn)(void *arg, int fd);

/** progstore_get() - look for @key; @found is called once, perhaps before this returns. */
void progstore_get(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE],
		   progstore_found_fn found, void *arg);

/** progstore_put() - take over the sealed file @fd of @size bytes as the entry of @key. */
void progstore_put(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE], int fd,
		   uint64_t size);

/** progstore_drop() - the entry of @key is of no use. */
void progstore_drop(struct progstore *store, const uint8_t key[PROGCACHE_KEY_SIZE]);

/** progstore_set_limit() - another limit in bytes; 0 empties it and turns it off. */
void progstore_set_limit(struct progstore *store, uint64_t byte_limit);

/** progstore_get_stats() - the counters. */
void progstore_get_stats(const struct progstore *store, struct progstats *ret_stats);

/** progstore_linger_take(), _give() - may one more worker end slowly for it? Give it back. */
bool progstore_linger_take(struct progstore *store);
void progstore_linger_give(struct progstore *store);

#endif /* HOST_PROGSTORE_H */

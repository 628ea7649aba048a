/* SPDX-License-Identifier: MIT */
/*
 * cache.h - the worker's end of the program cache (ipc.h, struct ipc_cache_request): keys, and
 * entries. dxgd keeps the entries; a worker has no path to them, and gets one by its key only.
 *
 * An entry is a log, notes and a binary. It may have been written by a worker that somebody had
 * taken over, of the same vGPU: it is believed no more than a binary that the guest brings along.
 */
#ifndef WORKER_CACHE_H
#define WORKER_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "worker/notes.h"

struct cache;

/** struct cache_key - what makes two builds, objects or links the same. */
struct cache_key {
	uint8_t bytes[IPC_CACHE_KEY_SIZE];
};

/**
 * struct cache_entry - what is kept of a build; @log is zero-terminated.
 * @map, @map_size: where it lies, when it was found; cache_entry_fini() frees that
 */
struct cache_entry {
	void *map;
	size_t map_size;
	const char *log;
	struct notes notes;
	const void *binary;
	size_t binary_size;
};

/** cache_warm() - in the zygote: what computing a key has to set up once. */
void cache_warm(void);

/** cache_create() - for the programs of @be; requests go over @socket. Return: 0; -ENOMEM. */
int cache_create(struct backend *be, int socket, struct cache **ret);

/** cache_destroy() - nobody waits for an answer. NULL is fine. */
void cache_destroy(struct cache *cache);

/**
 * cache_key() - of @source built with @options by this device and this version of its driver.
 * Return: 0; -ENOMEM.
 */
int cache_key(const struct cache *cache, const struct backend_source *source, const char *options,
	      struct cache_key *ret);

/**
 * cache_key_object() - the same of what @source and @header's compile to; it is a part of the keys
 * of what is linked from it. Return: 0; -ENOMEM.
 */
int cache_key_object(const struct cache *cache, const struct backend_source *source,
		     const char *options, const struct backend_header *header, uint32_t headers,
		     struct cache_key *ret);

/** cache_key_linked() - of what @objects, @n of them in this order, link to. Return: 0; -ENOMEM. */
int cache_key_linked(const struct cache *cache, const struct cache_key *objects, uint32_t n,
		     const char *options, struct cache_key *ret);

/**
 * cache_get() - wait for dxgd's answer. Any thread but the reader.
 * Return: 0; -ENOENT when there is none, or none that is well-formed.
 */
int cache_get(struct cache *cache, const struct cache_key *key, struct cache_entry *ret);

/** cache_entry_fini() - unmap it. */
void cache_entry_fini(struct cache_entry *entry);

/** cache_deliver() - the answer to request @cookie; @fd: -1 for none, is taken over. The reader. */
void cache_deliver(struct cache *cache, uint64_t cookie, int fd);

/** cache_put() - hand an entry over. Return: 0 or a negative errno; then there is none. */
int cache_put(struct cache *cache, const struct cache_key *key, const struct cache_entry *entry);

/** cache_drop() - what was found is of no use. */
void cache_drop(struct cache *cache, const struct cache_key *key);

#endif /* WORKER_CACHE_H */

/* SPDX-License-Identifier: MIT */
/*
 * handle: the table of one process from 32-bit handles to the daemon's objects.  The values are
 *chosen here and used by guest and host alike (spec 5.1):
 *
 *	bits 0-5 instance (always 0) | bits 6-29 index | bits 30-31 unique (1..3)
 *
 * Indices are small and dense, because a guest keeps a flat array up to the largest it has seen.  A
 * freed index is used again only after HANDLE_REUSE_DISTANCE others were freed, in the order of
 *their release, because a guest frees some entries only after the reply.  `unique` changes with
 *every use of an index, so a stale handle is refused until three generations have passed.
 */
#ifndef OPENDXG_HOST_HANDLE_H
#define OPENDXG_HOST_HANDLE_H

#include <stdint.h>

#define HANDLE_INSTANCE_BITS 6
#define HANDLE_INDEX_BITS 24
#define HANDLE_UNIQUE_SHIFT 30
#define HANDLE_UNIQUE_MAX 3u

/** HANDLE_REUSE_DISTANCE - other indices freed before a freed index is used again. */
#define HANDLE_REUSE_DISTANCE 128u
/** HANDLE_MAX_OBJECTS - default, and HANDLE_LIMIT_OBJECTS highest, limit of live handles of a
 * table. */
#define HANDLE_MAX_OBJECTS 262144u
#define HANDLE_LIMIT_OBJECTS ((1u << HANDLE_INDEX_BITS) - 2u - HANDLE_REUSE_DISTANCE)

/** enum handle_type - what a handle names; the numbers of hmgrentry_type (spec 5.1). */
enum handle_type {
	HANDLE_FREE = 0,
	HANDLE_ADAPTER = 1,
	HANDLE_SHARED_RESOURCE = 2,
	HANDLE_DEVICE = 3,
	HANDLE_RESOURCE = 4,
	HANDLE_ALLOCATION = 5,
	HANDLE_OVERLAY = 6,
	HANDLE_CONTEXT = 7,
	HANDLE_SYNC_OBJECT = 8,
	HANDLE_KEYED_MUTEX = 9,
	HANDLE_PAGING_QUEUE = 10,
	HANDLE_DEVICE_SYNC_OBJECT = 11,
	HANDLE_PROCESS = 12,
	HANDLE_SHARED_VM_OBJECT = 13,
	HANDLE_PROTECTED_SESSION = 14,
	HANDLE_HW_QUEUE = 15,
	HANDLE_MONITORED_FENCE = 32, /* fence of a queue: the object is the queue's */
	HANDLE_TYPES
};

struct handle_table;

/**
 * handle_table_create() - an empty table for at most @max_objects live handles; 0 for the default.
 *
 * Return: 0; -EINVAL when @max_objects is above HANDLE_LIMIT_OBJECTS; -ENOMEM.
 */
int handle_table_create(uint32_t max_objects, struct handle_table **ret_table);

/** handle_table_destroy() - free the table; the objects are the caller's. NULL is fine. */
void handle_table_destroy(struct handle_table *table);

/**
 * handle_alloc() - a new handle of @type for @object (not NULL). O(1) amortised.
 *
 * Return: 0; -EINVAL for a bad type or a NULL object; -EDQUOT at the table's limit; -ENOMEM.
 */
int handle_alloc(struct handle_table *table, enum handle_type type, void *object,
		 uint32_t *ret_handle);

/**
 * handle_lookup() - the object of @handle, any u32 of a peer.
 *
 * Return: the object, or NULL when @handle is 0, stale, free or of another type, or has instance
 * bits.
 */
void *handle_lookup(const struct handle_table *table, uint32_t handle, enum handle_type type);

/** handle_type_of() - the type of @handle, or HANDLE_FREE when handle_lookup() would find nothing.
 */
enum handle_type handle_type_of(const struct handle_table *table, uint32_t handle);

/**
 * handle_free() - end @handle, which must be of @type.  The object is the caller's.
 *
 * Return: its object, or NULL (nothing changed) where handle_lookup() would return NULL.
 */
void *handle_free(struct handle_table *table, uint32_t handle, enum handle_type type);

/**
 * handle_next() - iterate live handles of @type in order of index, for teardown.
 * @after: 0 to start, else the handle returned last, which may have been freed meanwhile.
 *
 * Return: the next handle, or 0 at the end.
 */
uint32_t handle_next(const struct handle_table *table, uint32_t after, enum handle_type type);

/** handle_count() - number of live handles. */
uint32_t handle_count(const struct handle_table *table);

#endif

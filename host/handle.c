// SPDX-License-Identifier: MIT
/*
 * handle: see handle.h.  A flat array by index.  Freed entries form a FIFO through their ->next;
 * one is taken from its head only while more than HANDLE_REUSE_DISTANCE are in it, otherwise the
 * table takes the next index never used.  Live and waiting entries together never exceed the limit
 * of live ones plus HANDLE_REUSE_DISTANCE, which bounds the array.
 *
 * Index 0 is left out, so that no handle is a small number.
 */
#include "handle.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HANDLE_FIRST_INDEX 1u
#define HANDLE_FIRST_CAPACITY 64u

/**
 * struct handle_entry - one index.
 * @object: the caller's object, while live.
 * @next: index of the next free entry, while free; 0 at the tail.
 * @type: enum handle_type; HANDLE_FREE while free.
 * @unique: the generation, 1..HANDLE_UNIQUE_MAX, of the present or next use.
 */
struct handle_entry {
	void *object;
	uint32_t next;
	uint8_t type;
	uint8_t unique;
};

/**
 * struct handle_table - the table of a process.
 * @capacity: entries allocated.
 * @used: entries ever used, with the ones left out at the start.
 * @head: oldest free entry; @tail: newest; both 0 when none.
 */
struct handle_table {
	struct handle_entry *entries;
	uint32_t capacity;
	uint32_t used;
	uint32_t head;
	uint32_t tail;
	uint32_t nfree;
	uint32_t nlive;
	uint32_t max_objects;
};

static const bool handle_type_known[HANDLE_TYPES] = {
	[HANDLE_ADAPTER] = true,
	[HANDLE_SHARED_RESOURCE] = true,
	[HANDLE_DEVICE] = true,
	[HANDLE_RESOURCE] = true,
	[HANDLE_ALLOCATION] = true,
	[HANDLE_OVERLAY] = true,
	[HANDLE_CONTEXT] = true,
	[HANDLE_SYNC_OBJECT] = true,
	[HANDLE_KEYED_MUTEX] = true,
	[HANDLE_PAGING_QUEUE] = true,
	[HANDLE_DEVICE_SYNC_OBJECT] = true,
	[HANDLE_PROCESS] = true,
	[HANDLE_SHARED_VM_OBJECT] = true,
	[HANDLE_PROTECTED_SESSION] = true,
	[HANDLE_HW_QUEUE] = true,
	[HANDLE_MONITORED_FENCE] = true,
};

static uint32_t handle_make(uint32_t index, uint32_t unique)
{
	return index << HANDLE_INSTANCE_BITS | unique << HANDLE_UNIQUE_SHIFT;
}

static uint32_t handle_index(uint32_t handle)
{
	return handle >> HANDLE_INSTANCE_BITS & ((1u << HANDLE_INDEX_BITS) - 1);
}

int handle_table_create(uint32_t max_objects, struct handle_table **ret_table)
{
	struct handle_table *table;

	if (max_objects > HANDLE_LIMIT_OBJECTS)
		return -EINVAL;
	table = calloc(1, sizeof(*table));
	if (!table)
		return -ENOMEM;
	table->max_objects = max_objects ? max_objects : HANDLE_MAX_OBJECTS;
	table->used = HANDLE_FIRST_INDEX;
	*ret_table = table;
	return 0;
}

void handle_table_destroy(struct handle_table *table)
{
	if (!table)
		return;
	free(table->entries);
	free(table);
}

static int handle_table_grow(struct handle_table *table)
{
	uint32_t capacity = table->capacity ? table->capacity * 2 : HANDLE_FIRST_CAPACITY;
	struct handle_entry *entries;

	entries = calloc(capacity, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	if (table->entries)
		memcpy(entries, table->entries, table->capacity * sizeof(*entries));
	free(table->entries);
	table->entries = entries;
	table->capacity = capacity;
	return 0;
}

/* Take an index out of the FIFO or a fresh one; 0 when memory failed. */
static uint32_t handle_take_index(struct handle_table *table)
{
	uint32_t index = table->head;

	if (table->nfree > HANDLE_REUSE_DISTANCE) {
		table->head = table->entries[index].next;
		table->nfree--;
		return index;
	}
	if (table->used >= table->capacity && handle_table_grow(table))
		return 0;
	index = table->used++;
	table->entries[index].unique = 1;
	return index;
}

int handle_alloc(struct handle_table *table, enum handle_type type, void *object,
		 uint32_t *ret_handle)
{
	struct handle_entry *entry;
	uint32_t index;

	if ((unsigned int)type >= HANDLE_TYPES || !handle_type_known[type] || !object)
		return -EINVAL;
	if (table->nlive >= table->max_objects)
		return -EDQUOT;
	index = handle_take_index(table);
	if (!index)
		return -ENOMEM;
	entry = &table->entries[index];
	entry->object = object;
	entry->type = (uint8_t)type;
	entry->next = 0;
	table->nlive++;
	*ret_handle = handle_make(index, entry->unique);
	return 0;
}

/* The live entry of @handle, or NULL. */
static struct handle_entry *handle_entry_of(const struct handle_table *table, uint32_t handle)
{
	uint32_t index = handle_index(handle);
	struct handle_entry *entry;

	if (index < HANDLE_FIRST_INDEX || index >= table->used)
		return NULL;
	entry = &table->entries[index];
	if (entry->type == HANDLE_FREE || handle_make(index, entry->unique) != handle)
		return NULL;
	return entry;
}

void *handle_lookup(const struct handle_table *table, uint32_t handle, enum handle_type type)
{
	const struct handle_entry *entry = handle_entry_of(table, handle);

	return entry && entry->type == type ? entry->object : NULL;
}

enum handle_type handle_type_of(const struct handle_table *table, uint32_t handle)
{
	const struct handle_entry *entry = handle_entry_of(table, handle);

	return entry ? (enum handle_type)entry->type : HANDLE_FREE;
}

void *handle_free(struct handle_table *table, uint32_t handle, enum handle_type type)
{
	struct handle_entry *entry = handle_entry_of(table, handle);
	uint32_t index = handle_index(handle);
	void *object;

	if (!entry || entry->type != type)
		return NULL;
	object = entry->object;
	entry->object = NULL;
	entry->type = HANDLE_FREE;
	entry->next = 0;
	entry->unique = entry->unique % HANDLE_UNIQUE_MAX + 1;
	if (table->nfree)
		table->entries[table->tail].next = index;
	else
		table->head = index;
	table->tail = index;
	table->nfree++;
	table->nlive--;
	return object;
}

uint32_t handle_next(const struct handle_table *table, uint32_t after, enum handle_type type)
{
	uint32_t index = after ? handle_index(after) + 1 : HANDLE_FIRST_INDEX;

	for (; index < table->used; index++)
		if (type != HANDLE_FREE && table->entries[index].type == type)
			return handle_make(index, table->entries[index].unique);
	return 0;
}

uint32_t handle_count(const struct handle_table *table)
{
	return table->nlive;
}

/* SPDX-License-Identifier: MIT */
/*
 * object.c - the handle table: chunks of pointers by index, made when first used, and a list of all
 * objects for the ends of devices and sessions.
 *
 * The host chooses the indices, so a lying one can make this process spend one chunk (32 KiB) per
 * object it creates, no more.
 */
#include "object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define OBJECT_INSTANCE_BITS 6
#define OBJECT_INDEX_MASK 0xffffffu
#define OBJECT_UNIQUE_SHIFT 30

static uint32_t object_index(uint32_t handle)
{
	return handle >> OBJECT_INSTANCE_BITS & OBJECT_INDEX_MASK;
}

static bool object_has_instance(uint32_t handle)
{
	return handle & ((1u << OBJECT_INSTANCE_BITS) - 1);
}

void object_table_init(struct object_table *t)
{
	memset(t, 0, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
}

void object_table_fini(struct object_table *t)
{
	unsigned int i;

	while (t->first)
		object_remove_locked(t, t->first);
	for (i = 0; i < OBJECT_CHUNKS; i++)
		free(t->chunk[i]);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
}

/* The place of a handle in the table, or NULL when its chunk does not exist. */
static struct object **object_place(struct object_table *t, uint32_t handle)
{
	uint32_t index = object_index(handle);
	struct object **chunk = t->chunk[index / OBJECT_CHUNK];

	return chunk ? &chunk[index % OBJECT_CHUNK] : NULL;
}

static int object_insert_locked(struct object_table *t, const struct object *template)
{
	struct object ***chunk = &t->chunk[object_index(template->handle) / OBJECT_CHUNK];
	struct object **place, *o;

	if (!*chunk)
		*chunk = calloc(OBJECT_CHUNK, sizeof(**chunk));
	if (!*chunk)
		return -ENOMEM;
	place = object_place(t, template->handle);
	if (*place)
		return -EINVAL;
	o = malloc(sizeof(*o));
	if (!o)
		return -ENOMEM;
	*o = *template;
	o->prev = NULL;
	o->next = t->first;
	if (o->next)
		o->next->prev = o;
	t->first = o;
	*place = o;
	return 0;
}

static void object_free(struct object *o)
{
	if (o->memory)
		munmap(o->memory, o->memory_size);
	free(o);
}

int object_add_locked(struct object_table *t, const struct object *template)
{
	if (!template->handle || object_has_instance(template->handle) ||
	    object_index(template->handle) >= OBJECT_ADAPTER_INDEX)
		return -EINVAL;
	return object_insert_locked(t, template);
}

int object_add(struct object_table *t, const struct object *template)
{
	int err;

	pthread_mutex_lock(&t->lock);
	err = object_add_locked(t, template);
	pthread_mutex_unlock(&t->lock);
	return err;
}

/* Indices go round, so that a handle given up is not soon given out again. */
static uint32_t object_next_adapter(struct object_table *t)
{
	uint32_t span = OBJECT_INDEX_MASK - OBJECT_ADAPTER_INDEX;
	uint32_t n = t->next_adapter++;

	return (1u + n / span % 3u) << OBJECT_UNIQUE_SHIFT | (OBJECT_ADAPTER_INDEX + n % span)
								     << OBJECT_INSTANCE_BITS;
}

int object_add_adapter(struct object_table *t, uint32_t *ret_handle)
{
	struct object o = { .type = OBJECT_ADAPTER };
	int err;

	pthread_mutex_lock(&t->lock);
	do {
		o.handle = object_next_adapter(t);
		err = object_insert_locked(t, &o);
	} while (err == -EINVAL);
	if (!err)
		t->adapters++;
	pthread_mutex_unlock(&t->lock);
	if (!err)
		*ret_handle = o.handle;
	return err;
}

struct object *object_find_locked(struct object_table *t, uint32_t handle, enum object_type type)
{
	struct object **place = object_place(t, handle);

	if (!place || !*place || (*place)->handle != handle || (*place)->type != type)
		return NULL;
	return *place;
}

bool object_has_all(struct object_table *t, const uint32_t *handle, uint32_t count,
		    enum object_type type)
{
	bool all = true;
	uint32_t i;

	pthread_mutex_lock(&t->lock);
	for (i = 0; i < count && all; i++)
		all = object_find_locked(t, handle[i], type) != NULL;
	pthread_mutex_unlock(&t->lock);
	return all;
}

bool object_has(struct object_table *t, uint32_t handle, enum object_type type)
{
	return object_has_all(t, &handle, 1, type);
}

bool object_denies(struct object_table *t, const uint32_t *handle, uint32_t count, uint32_t what)
{
	struct object *o;
	bool denied = false;
	uint32_t i;

	pthread_mutex_lock(&t->lock);
	for (i = 0; i < count && !denied; i++) {
		o = object_find_locked(t, handle[i], OBJECT_SYNC);
		denied = o && (o->deny & what);
	}
	pthread_mutex_unlock(&t->lock);
	return denied;
}

void object_remove_locked(struct object_table *t, struct object *o)
{
	*object_place(t, o->handle) = NULL;
	if (o->prev)
		o->prev->next = o->next;
	else
		t->first = o->next;
	if (o->next)
		o->next->prev = o->prev;
	if (o->type == OBJECT_ADAPTER)
		t->adapters--;
	object_free(o);
}

int object_remove(struct object_table *t, uint32_t handle, enum object_type type,
		  struct object *ret)
{
	struct object *o;

	pthread_mutex_lock(&t->lock);
	o = object_find_locked(t, handle, type);
	if (o && ret)
		*ret = *o;
	if (o)
		object_remove_locked(t, o);
	pthread_mutex_unlock(&t->lock);
	return o ? 0 : -EINVAL;
}

void object_remove_children(struct object_table *t, uint32_t device)
{
	struct object *o, *next;

	pthread_mutex_lock(&t->lock);
	for (o = t->first; o; o = next) {
		next = o->next;
		if (o->device == device)
			object_remove_locked(t, o);
	}
	/* A thread that waits for the address of one of them finds it gone. */
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

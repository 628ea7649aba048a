// SPDX-License-Identifier: MIT
/*
 * image - see image.h. Object ids are slot number + 1 in the low bits and a generation above, so
 * that a stale id names nothing.
 *
 * Locks: table->lock guards the slots and decides between the end of an allocation and an image
 * that is being made over it. It is held for look-ups only, never over a call of the backend.
 */
#include "worker/image.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SLOT_BITS 15
#define SLOT_MASK ((1u << SLOT_BITS) - 1)
#define GENERATION_MASK (~0u >> SLOT_BITS)

_Static_assert(DXG_IMAGES_PER_PROCESS < SLOT_MASK, "slot numbers do not fit an id");

struct image_table {
	struct backend *be;
	pthread_mutex_t lock;
	uint32_t first_free; /* no slot below it is free */
	uint32_t end; /* no slot from it on was ever used */
	struct image *slot[DXG_IMAGES_PER_PROCESS];
	uint32_t generation[DXG_IMAGES_PER_PROCESS];
};

int image_table_create(struct backend *be, struct image_table **ret)
{
	struct image_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->be = be;
	pthread_mutex_init(&table->lock, NULL);
	*ret = table;
	return 0;
}

void image_table_destroy(struct image_table *table)
{
	uint32_t i;

	if (!table)
		return;
	for (i = 0; i < table->end; i++)
		image_put(table->slot[i]);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

static uint32_t id_of(const struct image_table *table, uint32_t slot)
{
	return table->generation[slot] << SLOT_BITS | (slot + 1);
}

static struct image *slot_clear_locked(struct image_table *table, uint32_t slot)
{
	struct image *image = table->slot[slot];

	table->slot[slot] = NULL;
	table->generation[slot] = (table->generation[slot] + 1) & GENERATION_MASK;
	if (slot < table->first_free)
		table->first_free = slot;
	return image;
}

static int slot_take_locked(struct image_table *table, struct image *image, uint32_t *ret_id)
{
	uint32_t i = table->first_free;

	while (i < DXG_IMAGES_PER_PROCESS && table->slot[i])
		i++;
	table->first_free = i;
	if (i == DXG_IMAGES_PER_PROCESS)
		return -EDQUOT;
	if (alloc_is_gone(image->alloc))
		return -ENOENT;
	table->slot[i] = image;
	if (i >= table->end)
		table->end = i + 1;
	*ret_id = id_of(table, i);
	return 0;
}

/* Is there room? Asked before the driver works for it; who comes late is refused behind it. */
static bool table_full(struct image_table *table)
{
	uint32_t i;

	pthread_mutex_lock(&table->lock);
	for (i = table->first_free; i < DXG_IMAGES_PER_PROCESS && table->slot[i]; i++)
		;
	table->first_free = i;
	pthread_mutex_unlock(&table->lock);
	return i == DXG_IMAGES_PER_PROCESS;
}

static int image_publish(struct image_table *table, struct image *image, uint32_t *ret_id)
{
	int err;

	pthread_mutex_lock(&table->lock);
	err = slot_take_locked(table, image, ret_id);
	pthread_mutex_unlock(&table->lock);
	return err;
}

int image_create(struct image_table *table, const struct dxg_image_desc *desc,
		 const struct backend_span *span, struct alloc *alloc, uint32_t *ret_id,
		 int32_t *ret_error)
{
	bool shared = desc->flags & DXG_IMAGE_SHARED;
	struct backend *be = table->be;
	struct image *image;
	int err;

	*ret_id = 0;
	if (table_full(table))
		return -EDQUOT;
	if (!alloc_image_begin(alloc, shared))
		return -EBUSY;
	image = calloc(1, sizeof(*image));
	err = image ? be->ops->image_create(be, desc, span, &image->image, ret_error) : -ENOMEM;
	if (err || !image->image) {
		alloc_image_end(alloc, shared);
		free(image);
		return err;
	}
	image->be = be;
	image->alloc = alloc_get(alloc);
	atomic_init(&image->refs, 1);
	err = image_publish(table, image, ret_id);
	if (err)
		image_put(image);
	return err;
}

int image_destroy(struct image_table *table, uint32_t id)
{
	uint32_t slot = (id & SLOT_MASK) - 1;
	struct image *image = NULL;

	pthread_mutex_lock(&table->lock);
	if (slot < table->end && table->slot[slot] && id_of(table, slot) == id)
		image = slot_clear_locked(table, slot);
	pthread_mutex_unlock(&table->lock);
	if (!image)
		return -ENOENT;
	image_put(image);
	return 0;
}

/* The next image over @alloc, taken out of the table, from slot *@at on. */
static struct image *next_of(struct image_table *table, const struct alloc *alloc, uint32_t *at)
{
	struct image *image = NULL;

	pthread_mutex_lock(&table->lock);
	for (; *at < table->end && !image; ++*at)
		if (table->slot[*at] && table->slot[*at]->alloc == alloc)
			image = slot_clear_locked(table, *at);
	pthread_mutex_unlock(&table->lock);
	return image;
}

void image_forget(struct image_table *table, struct alloc *alloc)
{
	struct image *image;
	uint32_t at = 0;

	alloc_set_gone(alloc);
	if (!alloc_has_images(alloc))
		return;
	while ((image = next_of(table, alloc, &at)))
		image_put(image);
}

struct image *image_get(struct image_table *table, uint32_t id)
{
	uint32_t slot = (id & SLOT_MASK) - 1;
	struct image *image = NULL;

	pthread_mutex_lock(&table->lock);
	if (slot < table->end && table->slot[slot] && id_of(table, slot) == id) {
		image = table->slot[slot];
		atomic_fetch_add(&image->refs, 1);
	}
	pthread_mutex_unlock(&table->lock);
	return image;
}

void image_put(struct image *image)
{
	bool shared;

	if (!image || atomic_fetch_sub(&image->refs, 1) != 1)
		return;
	shared = image->image->desc.flags & DXG_IMAGE_SHARED;
	image->be->ops->image_destroy(image->be, image->image);
	alloc_image_end(image->alloc, shared);
	alloc_put(image->alloc);
	free(image);
}

/* SPDX-License-Identifier: MIT */
/*
 * image.h - the image objects of one client process. An object refers to the memory it was made
 * over, whatever becomes of the addresses that it was named by; it ends with that allocation at the
 * latest. Work that names it holds on to it. All functions are for any thread.
 */
#ifndef WORKER_IMAGE_H
#define WORKER_IMAGE_H

#include <stdint.h>

#include "backend/backend.h"
#include "worker/space.h"

struct image_table;

/** struct image - @image is constant; reference counted. */
struct image {
	struct backend *be;
	struct backend_image *image;
	struct alloc *alloc;
	_Atomic uint32_t refs;
};

/** image_table_create() - an empty table. */
int image_table_create(struct backend *be, struct image_table **ret);

/** image_table_destroy() - drop all images; nobody else uses the table any more. NULL is fine. */
void image_table_destroy(struct image_table *table);

/**
 * image_create() - an image object; blocks.
 * @desc: checked: dxg_image_bytes() is the size of @span
 * @alloc: whose memory @span is; the image takes a reference of its own
 * @ret_error: the cl_int of a driver that refuses; *@ret_id is 0 then, and the return value 0
 * Return: 0; -EDQUOT at DXG_IMAGES_PER_PROCESS; -EBUSY when @alloc carries an image already;
 * -ENOENT when it was destroyed meanwhile; -ENOMEM; backend_ops.image_create.
 */
int image_create(struct image_table *table, const struct dxg_image_desc *desc,
		 const struct backend_span *span, struct alloc *alloc, uint32_t *ret_id,
		 int32_t *ret_error);

/** image_destroy() - end the object @id. Return: 0; -ENOENT. */
int image_destroy(struct image_table *table, uint32_t id);

/** image_forget() - @alloc is going to be destroyed: end every image over it. The reader. */
void image_forget(struct image_table *table, struct alloc *alloc);

/** image_get() - a reference of object @id, or NULL; image_put() drops it (NULL is fine). */
struct image *image_get(struct image_table *table, uint32_t id);
void image_put(struct image *image);

#endif /* WORKER_IMAGE_H */

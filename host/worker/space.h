/* SPDX-License-Identifier: MIT */
/*
 * space.h - the worker's mirror of what dxgd decided about memory: allocations by id, and which GPU
 * VA shows which of them.
 *
 * The space itself belongs to the reader (server.h). Allocations are reference counted, because
 * work that executes or waits in a queue uses them after they left the space: alloc_put() is for
 * any thread, and the last one destroys and then calls the space's release callback.
 */
#ifndef WORKER_SPACE_H
#define WORKER_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"

struct alloc;
struct space;

/** space_release_fn - an allocation with a wanted answer is gone; any thread; @cookie its answer's.
 */
typedef void (*space_release_fn)(void *arg, uint64_t cookie);

/**
 * space_create() - an empty space.
 * @io: CPU address of the IO space, NULL when the worker has none
 * @io_size: its bytes
 */
int space_create(struct backend *be, uint8_t *io, uint64_t io_size, space_release_fn release,
		 void *arg, struct space **ret);

/** space_destroy() - drop all mappings and the space's references to its allocations. */
void space_destroy(struct space *space);

/**
 * space_alloc_create() - a new allocation.
 * Return: 0; -EINVAL when the message contradicts the IO space or an earlier one. A backend that
 * has no memory for it is not an error here: every use of it then ends with -EFAULT, and so does
 * that of one in the guest's RAM as long as pages are missing.
 */
int space_alloc_create(struct space *space, const struct ipc_alloc_create *msg);

/**
 * space_alloc_destroy() - unmap allocation @id and let it go; the release callback gets @cookie
 * when nothing uses its memory any more, which may be before this returns. Return: 0; -ENOENT.
 */
int space_alloc_destroy(struct space *space, uint64_t id, uint64_t cookie);

/**
 * space_alloc_pages() - as the message says; @n runs of the file @fd, which stays the caller's.
 * Return: 0; -ENOENT; -EINVAL, -ENOMEM as guestmem_map(): the allocation stays unusable.
 */
int space_alloc_pages(struct space *space, const struct ipc_alloc_pages *msg,
		      const struct ipc_run *run, int fd);

/** space_map() - as the message says, replacing what was there; allocation 0 maps nothing. */
int space_map(struct space *space, const struct ipc_va_map *msg);

/** space_unmap() - take away whatever is mapped in [@va, @va + @size). */
int space_unmap(struct space *space, uint64_t va, uint64_t size);

/**
 * space_resolve() - the bytes [@va, @va + @size), or with @size 0 from @va to the end of what is
 * mapped contiguously; decode.h's resolve.
 * @ret_alloc: gets a new reference of the allocation
 *
 * Return: 0; -EFAULT, -EACCES, -EXDEV as in decode.h.
 */
int space_resolve(struct space *space, uint64_t va, uint64_t size, bool write,
		  struct backend_span *ret, struct alloc **ret_alloc);

/** space_alloc_find() - the allocation @id, without a reference, or NULL; the reader's. */
struct alloc *space_alloc_find(const struct space *space, uint64_t id);

/** alloc_get() - one more reference; returns @alloc. */
struct alloc *alloc_get(struct alloc *alloc);

/**
 * alloc_image_begin() - an image is going to be made over @alloc; alloc_image_end() undoes it.
 * @shared: DXG_IMAGE_SHARED; of the others there is one at a time
 * Return: false when there is one.
 */
bool alloc_image_begin(struct alloc *alloc, bool shared);
void alloc_image_end(struct alloc *alloc, bool shared);

/** alloc_has_images() - was any alloc_image_begin() not ended yet? */
bool alloc_has_images(const struct alloc *alloc);

/** alloc_io() - where in the IO space @alloc is; NULL: it is elsewhere. */
uint8_t *alloc_io(const struct alloc *alloc);

/** alloc_set_gone() - its owner destroys it: no image and no huge page is made over it any more. */
void alloc_set_gone(struct alloc *alloc);
bool alloc_is_gone(const struct alloc *alloc);

/**
 * space_svm_map() - show the allocation that [@va, @va + @size) is all of at @address, too, until
 * it is destroyed. Return: 0; -EFAULT, -EACCES; -EINVAL for a part of one, or one that is not
 * CPU-visible; -EALREADY; -EDQUOT at DXG_SVM_MAPS_PER_PROCESS; and as svm_map().
 */
int space_svm_map(struct space *space, uint64_t va, uint64_t size, uint64_t address);

/** alloc_put() - drop a reference; NULL is fine. */
void alloc_put(struct alloc *alloc);

#endif /* WORKER_SPACE_H */

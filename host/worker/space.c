// SPDX-License-Identifier: MIT
/*
 * space - see space.h. The gpuva of the daemon holds the addresses; here every mapping is
 * free-standing: a new one first gives back what it covers. The name of an allocation in gpuva is
 * the address of its struct.
 *
 * Locks: none. The reader owns struct space; struct alloc has an atomic reference count and its
 * other fields never change after creation, except @cookie, which the reader writes before it drops
 * the space's own reference, @svm, which it writes before any work that looks at it exists, and
 * what image.c counts.
 */
#include "worker/space.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "vidmm/avltree.h"
#include "vidmm/gpuva.h"
#include "worker/guestmem.h"
#include "worker/svm.h"

/* Free-standing mappings count twice; the daemon's own limit is the one that matters. */
#define SPACE_ENTRIES (4 * GPUVA_MAX_ENTRIES)

struct alloc {
	struct avl_node node;
	struct space *space;
	uint64_t id;
	uint64_t size;
	struct backend_alloc *memory; /* NULL: the backend had none */
	struct guestmem guest; /* IPC_SEGMENT_GUEST: what is behind @memory; the reader's */
	bool in_guest;
	bool in_io;
	uint64_t svm; /* the reader's: where it is mapped a second time, or 0 */
	_Atomic uint32_t refs;
	_Atomic uint32_t images; /* made over it, or being made */
	atomic_bool imaged; /* one of them is not DXG_IMAGE_SHARED */
	atomic_bool gone;
	bool answer; /* release is called with @cookie */
	uint64_t cookie;
};

struct space {
	struct backend *be;
	uint8_t *io;
	uint64_t io_size;
	space_release_fn release;
	void *release_arg;
	struct avl_tree allocs;
	struct gpuva *va;
	_Atomic uint32_t svm_maps;
};

static struct alloc *alloc_of(const struct avl_node *node)
{
	return avl_entry(node, struct alloc, node);
}

static bool alloc_before(const struct avl_node *a, const struct avl_node *b)
{
	return alloc_of(a)->id < alloc_of(b)->id;
}

static const struct avl_ops alloc_tree_ops = {
	.before = alloc_before,
};

static struct alloc *space_find(const struct space *space, uint64_t id)
{
	const struct avl_node *node = space->allocs.root;

	while (node && alloc_of(node)->id != id)
		node = id < alloc_of(node)->id ? node->left : node->right;
	return node ? alloc_of(node) : NULL;
}

int space_create(struct backend *be, uint8_t *io, uint64_t io_size, space_release_fn release,
		 void *arg, struct space **ret)
{
	struct space *space = calloc(1, sizeof(*space));
	int err;

	if (!space)
		return -ENOMEM;
	err = gpuva_create(GPUVA_FLOOR, GPUVA_CEILING, SPACE_ENTRIES, &space->va);
	if (err) {
		free(space);
		return err;
	}
	space->be = be;
	space->io = io;
	space->io_size = io_size;
	space->release = release;
	space->release_arg = arg;
	avl_init(&space->allocs, &alloc_tree_ops);
	*ret = space;
	return 0;
}

void alloc_put(struct alloc *alloc)
{
	struct space *space;

	if (!alloc || atomic_fetch_sub_explicit(&alloc->refs, 1, memory_order_acq_rel) != 1)
		return;
	space = alloc->space;
	if (alloc->svm) {
		svm_unmap(alloc->svm, alloc->size);
		atomic_fetch_sub(&space->svm_maps, 1);
	}
	if (alloc->memory)
		space->be->ops->alloc_destroy(space->be, alloc->memory);
	guestmem_fini(&alloc->guest);
	if (alloc->answer)
		space->release(space->release_arg, alloc->cookie);
	free(alloc);
}

struct alloc *alloc_get(struct alloc *alloc)
{
	atomic_fetch_add_explicit(&alloc->refs, 1, memory_order_relaxed);
	return alloc;
}

bool alloc_image_begin(struct alloc *alloc, bool shared)
{
	if (!shared && atomic_exchange(&alloc->imaged, true))
		return false;
	atomic_fetch_add(&alloc->images, 1);
	return true;
}

void alloc_image_end(struct alloc *alloc, bool shared)
{
	if (!shared)
		atomic_store(&alloc->imaged, false);
	atomic_fetch_sub(&alloc->images, 1);
}

bool alloc_has_images(const struct alloc *alloc)
{
	return atomic_load(&alloc->images);
}

uint8_t *alloc_io(const struct alloc *alloc)
{
	return alloc->in_io && alloc->memory ? alloc->memory->host : NULL;
}

void alloc_set_gone(struct alloc *alloc)
{
	atomic_store(&alloc->gone, true);
}

bool alloc_is_gone(const struct alloc *alloc)
{
	return atomic_load(&alloc->gone);
}

void space_destroy(struct space *space)
{
	struct avl_node *node;

	if (!space)
		return;
	gpuva_destroy(space->va);
	while ((node = avl_first(&space->allocs))) {
		avl_remove(&space->allocs, node);
		alloc_put(alloc_of(node));
	}
	free(space);
}

static int check_create(const struct space *space, const struct ipc_alloc_create *msg)
{
	bool guest = msg->segment == IPC_SEGMENT_GUEST;

	if (!msg->id || !msg->size || space_find(space, msg->id) ||
	    msg->segment > IPC_SEGMENT_GUEST || (msg->flags & ~(guest ? IPC_ALLOC_READ_ONLY : 0)))
		return -EINVAL;
	if (msg->segment == IPC_SEGMENT_SYSTEM && (!space->io || msg->io_offset > space->io_size ||
						   msg->size > space->io_size - msg->io_offset))
		return -EINVAL;
	return guest && msg->size % DXG_PAGE_SIZE ? -EINVAL : 0;
}

/* The backend's part of it, and where the CPU finds its bytes. */
static void alloc_open(struct alloc *alloc, const struct ipc_alloc_create *msg)
{
	struct space *space = alloc->space;
	uint8_t *host = NULL;

	alloc->in_guest = msg->segment == IPC_SEGMENT_GUEST;
	if (alloc->in_guest &&
	    guestmem_reserve(&alloc->guest, msg->size, msg->flags & IPC_ALLOC_READ_ONLY))
		return;
	if (alloc->in_guest)
		host = alloc->guest.base;
	alloc->in_io = msg->segment == IPC_SEGMENT_SYSTEM;
	if (alloc->in_io)
		host = space->io + msg->io_offset;
	if (space->be->ops->alloc_create(space->be, msg->size, host, &alloc->memory))
		alloc->memory = NULL;
}

int space_alloc_create(struct space *space, const struct ipc_alloc_create *msg)
{
	struct alloc *alloc;
	int err = check_create(space, msg);

	if (err)
		return err;
	alloc = calloc(1, sizeof(*alloc));
	if (!alloc)
		return -ENOMEM;
	alloc->space = space;
	alloc->id = msg->id;
	alloc->size = msg->size;
	atomic_init(&alloc->refs, 1);
	alloc_open(alloc, msg);
	avl_insert(&space->allocs, &alloc->node);
	return 0;
}

int space_alloc_pages(struct space *space, const struct ipc_alloc_pages *msg,
		      const struct ipc_run *run, int fd)
{
	struct alloc *alloc = space_find(space, msg->id);

	if (!alloc || !alloc->in_guest)
		return -ENOENT;
	return guestmem_map(&alloc->guest, msg->first, run, msg->runs, fd);
}

struct alloc *space_alloc_find(const struct space *space, uint64_t id)
{
	return space_find(space, id);
}

int space_alloc_destroy(struct space *space, uint64_t id, uint64_t cookie)
{
	struct alloc *alloc = space_find(space, id);

	if (!alloc)
		return -ENOENT;
	gpuva_unmap_alloc(space->va, (uintptr_t)alloc);
	avl_remove(&space->allocs, &alloc->node);
	alloc->cookie = cookie;
	alloc->answer = true;
	alloc_put(alloc);
	return 0;
}

int space_unmap(struct space *space, uint64_t va, uint64_t size)
{
	int err = gpuva_free(space->va, va, size);

	return err == -ENOENT ? 0 : err;
}

int space_map(struct space *space, const struct ipc_va_map *msg)
{
	struct gpuva_place place = { .base = msg->va, .size = msg->size };
	struct gpuva_backing backing = { .offset = msg->offset };
	struct alloc *alloc;
	uint64_t va;
	int err;

	if (msg->flags & ~IPC_VA_WRITE)
		return -EINVAL;
	err = space_unmap(space, msg->va, msg->size);
	if (err || !msg->alloc)
		return err;
	alloc = space_find(space, msg->alloc);
	if (!alloc)
		return -ENOENT;
	backing.alloc = (uintptr_t)alloc;
	backing.alloc_size = alloc->size;
	if (msg->flags & IPC_VA_WRITE && !alloc->guest.read_only)
		backing.prot = GPUVA_WRITE;
	return gpuva_map(space->va, &place, &backing, &va);
}

/* The mapping of @va, checked for access; @ret_left: bytes from @va to its end. */
static int space_piece(const struct space *space, uint64_t va, bool write,
		       struct gpuva_mapping *ret, uint64_t *ret_left)
{
	int err = gpuva_lookup(space->va, va, ret);

	if (err || !ret->alloc)
		return -EFAULT;
	if (write && !(ret->prot & GPUVA_WRITE))
		return -EACCES;
	*ret_left = ret->va + ret->size - va;
	return 0;
}

/* How many bytes from @va on show @first's allocation without a gap: at least @want if it can. */
static int space_extend(const struct space *space, const struct gpuva_mapping *first, uint64_t va,
			uint64_t want, bool write, uint64_t *left)
{
	struct gpuva_mapping next;
	uint64_t more;
	int err;

	while (!want || *left < want) {
		err = space_piece(space, va + *left, write, &next, &more);
		if (!err && (next.alloc != first->alloc ||
			     next.offset - first->offset != next.va - first->va))
			err = -EXDEV;
		if (err)
			return want ? err : 0;
		*left += more;
	}
	return 0;
}

int space_resolve(struct space *space, uint64_t va, uint64_t size, bool write,
		  struct backend_span *ret, struct alloc **ret_alloc)
{
	struct gpuva_mapping first;
	struct alloc *alloc;
	uint64_t left;
	int err;

	err = space_piece(space, va, write, &first, &left);
	if (!err)
		err = space_extend(space, &first, va, size, write, &left);
	if (err)
		return err;
	alloc = (struct alloc *)(uintptr_t)first.alloc;
	if (!alloc->memory || (alloc->in_guest && !guestmem_is_complete(&alloc->guest)))
		return -EFAULT;
	alloc_get(alloc);
	ret->alloc = alloc->memory;
	ret->offset = first.offset + (va - first.va);
	ret->size = size ? size : left;
	*ret_alloc = alloc;
	return 0;
}

static int alloc_svm_map(struct space *space, struct alloc *alloc, uint64_t address)
{
	int err;

	if (alloc->svm)
		return -EALREADY;
	if (atomic_load(&space->svm_maps) >= DXG_SVM_MAPS_PER_PROCESS)
		return -EDQUOT;
	err = svm_map(alloc->memory->host, alloc->size, address);
	if (err)
		return err;
	atomic_fetch_add(&space->svm_maps, 1);
	alloc->svm = address;
	alloc->memory->svm = address;
	return 0;
}

int space_svm_map(struct space *space, uint64_t va, uint64_t size, uint64_t address)
{
	struct backend_span span;
	struct alloc *alloc;
	int err;

	if (!size)
		return -EINVAL;
	err = space_resolve(space, va, size, true, &span, &alloc);
	if (err)
		return err == -EXDEV ? -EFAULT : err;
	if (!alloc->in_io || span.offset || size != alloc->size)
		err = -EINVAL;
	else
		err = alloc_svm_map(space, alloc, address);
	alloc_put(alloc);
	return err;
}

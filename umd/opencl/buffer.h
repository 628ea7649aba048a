/* SPDX-License-Identifier: MIT */
/*
 * buffer.h - a cl_mem: a buffer, a sub-buffer, which is a window on its parent, or an image
 * (image.h).
 *
 * Immutable after creation but for the destructors and the maps, which have @lock (a leaf). The
 * memory is freed when the last hold goes; every command holds the buffers it names.
 */
#ifndef OPENCL_BUFFER_H
#define OPENCL_BUFFER_H

#include <pthread.h>

#include "allocation.h"
#include "context.h"
#include "destructor.h"

struct box;
struct image;
struct map;
struct svm;

/**
 * struct _cl_mem - see above.
 * @flags: complete: a sub-buffer has inherited what it was not given
 * @parent: held; NULL for a buffer; of an image, the buffer whose memory it shows, or NULL
 * @image: what makes it an image; NULL for a buffer
 * @origin: bytes from the start of the parent; 0 for a buffer
 * @host_ptr: CL_MEM_USE_HOST_PTR: the application's memory; else NULL
 * @svm: held; the shared memory that @host_ptr would point to: the buffer lies over it, nothing is
 * copied, and @host_ptr is NULL
 * @memory: a buffer's allocation; "none" for a sub-buffer
 * @va: GPU VA of the first byte
 * @cpu: where the CPU sees it; NULL in device-local memory
 * @property_list: made by clCreate*WithProperties() with a list, which can only be empty
 * @next_known, @prev_known: the list of all buffers (buffer.c)
 */
struct _cl_mem {
	struct object o;
	cl_context context;
	cl_mem_flags flags;
	size_t size;
	struct _cl_mem *parent;
	struct image *image;
	size_t origin;
	uint8_t *host_ptr;
	struct svm *svm;
	struct allocation memory;
	uint64_t va;
	uint8_t *cpu;
	pthread_mutex_t lock;
	struct destructors destructors;
	struct map *maps;
	cl_uint map_count;
	bool property_list;
	struct _cl_mem *next_known;
	struct _cl_mem **prev_known;
};

extern const struct object_ops buffer_ops;

/** mem_valid() - is it a buffer or an image? */
static inline bool mem_valid(cl_mem mem)
{
	return object_valid(mem, &buffer_ops);
}

static inline bool buffer_valid(cl_mem mem)
{
	return mem_valid(mem) && !mem->image;
}

static inline bool image_valid(cl_mem mem)
{
	return mem_valid(mem) && mem->image;
}

/** mem_check_flags() - are these flags that a buffer or image can have? */
cl_int mem_check_flags(cl_mem_flags flags);

/** mem_check_sub_flags() - the same of what shows memory of @parent, and may do no more with it. */
cl_int mem_check_sub_flags(const struct _cl_mem *parent, cl_mem_flags flags);

/** mem_inherited_flags() - @flags and, where they say nothing, those of @parent. */
cl_mem_flags mem_inherited_flags(const struct _cl_mem *parent, cl_mem_flags flags);

/** mem_create() - an object without memory; NULL without any of our own. */
struct _cl_mem *mem_create(cl_context context, cl_mem_flags flags, size_t size);

/**
 * buffer_known() - is this number, which may be anything, the handle of a buffer or image? Unlike
 * mem_valid() it reads nothing through it.
 */
bool buffer_known(const void *handle);

/** buffer_range_valid() - does [@offset, @offset + @size) lie in the buffer, and is it not empty?
 */
static inline bool buffer_range_valid(const struct _cl_mem *mem, size_t offset, size_t size)
{
	return size && offset <= mem->size && size <= mem->size - offset;
}

/** buffer_aligned() - may commands of the device start at this sub-buffer? */
static inline bool buffer_aligned(const struct _cl_mem *mem)
{
	return mem->origin % mem->context->device->base_align == 0;
}

/** buffer_root() - the buffer that owns the memory. */
static inline struct _cl_mem *buffer_root(struct _cl_mem *mem)
{
	return mem->parent ? mem->parent : mem;
}

/** mem_will_write() - the CPU, which sees the memory, is going to write @box; any thread. */
void mem_will_write(struct _cl_mem *mem, const struct box *box);

#endif

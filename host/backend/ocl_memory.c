// SPDX-License-Identifier: MIT
/*
 * ocl_memory - allocations as OpenCL buffers. A buffer is made when the device first needs it: most
 * allocations that hold commands, fences' neighbours or staging copies never do.
 *
 * Locks: ocl->memory_lock guards @root, @making and @imaged of every allocation, and is held for a
 * look only. Who finds no root claims to make it, without the lock, because zeroing waits for the
 * device; who finds it claimed waits for ocl->memory_made, for this one buffer. Everything else
 * that changes
 * (@sub, @mapped, @in_use) belongs to the executor; destroying happens when nobody uses the
 * allocation.
 */
#include "backend/ocl.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Buffers into one allocation that are kept; more of them are made again when needed. */
#define SUBS_MAX 64

struct ocl_sub {
	uint64_t offset;
	uint64_t size;
	struct ocl_buffer buffer;
};

struct ocl_alloc {
	struct backend_alloc base;
	struct ocl_buffer root;
	bool making;
	bool imaged; /* an image takes its place: there is no root, and will be none */
	struct ocl_sub *sub;
	unsigned int subs;
	void *mapped; /* the CPU's turn, of a buffer that takes turns; see ocl_acquire() */
	bool in_use;
};

static struct ocl_alloc *alloc_of(struct backend_alloc *alloc)
{
	return (struct ocl_alloc *)alloc;
}

int ocl_alloc_create(struct backend *be, uint64_t size, uint8_t *host, struct backend_alloc **ret)
{
	struct ocl_alloc *alloc = calloc(1, sizeof(*alloc));

	(void)be;
	if (!alloc)
		return -ENOMEM;
	alloc->base.size = size;
	alloc->base.host = host;
	*ret = &alloc->base;
	return 0;
}

static void subs_release(struct ocl_backend *ocl, struct ocl_alloc *alloc)
{
	while (alloc->subs)
		ocl->cl.clReleaseMemObject(alloc->sub[--alloc->subs].buffer.mem);
}

void ocl_alloc_destroy(struct backend *be, struct backend_alloc *base)
{
	struct ocl_alloc *alloc = alloc_of(base);
	struct ocl_backend *ocl = ocl_of(be);

	subs_release(ocl, alloc);
	free(alloc->sub);
	if (alloc->root.mem)
		ocl->cl.clReleaseMemObject(alloc->root.mem);
	free(alloc);
}

bool ocl_has_buffer(const struct ocl_backend *ocl, const struct backend_alloc *alloc)
{
	return ocl->unified || !alloc->host;
}

/*
 * Device memory may hold what another process left there. On a queue of its own: reads of other
 * buffers must not stand behind it.
 */
static cl_int zero(struct ocl_backend *ocl, cl_mem mem, uint64_t size)
{
	static const cl_uint nothing;
	cl_event done;
	cl_int err;

	err = ocl->cl.clEnqueueFillBuffer(ocl->zero, mem, &nothing, sizeof(nothing), 0, size, 0,
					  NULL, &done);
	if (err)
		return err;
	err = ocl->cl.clWaitForEvents(1, &done);
	ocl->cl.clReleaseEvent(done);
	return err;
}

static cl_int root_create(struct ocl_backend *ocl, const struct backend_alloc *base,
			  struct ocl_buffer *ret)
{
	cl_mem_flags flags = CL_MEM_READ_WRITE | (base->host ? CL_MEM_USE_HOST_PTR : 0);
	cl_int err;
	cl_mem mem;

	mem = ocl->cl.clCreateBuffer(ocl->context, flags, base->size, base->host, &err);
	if (err)
		return err;
	if (!base->host) {
		err = zero(ocl, mem, base->size);
		if (err) {
			ocl->cl.clReleaseMemObject(mem);
			return err;
		}
	}
	ret->mem = mem;
	ret->serial = atomic_fetch_add(&ocl->serial, 1) + 1;
	return CL_SUCCESS;
}

/* The root, or the right to make it: then root_publish() must follow. Neither under an image. */
static bool root_claim(struct ocl_backend *ocl, struct ocl_alloc *alloc, struct ocl_buffer *ret)
{
	bool mine;

	pthread_mutex_lock(&ocl->memory_lock);
	while (alloc->making)
		pthread_cond_wait(&ocl->memory_made, &ocl->memory_lock);
	mine = !alloc->root.mem && !alloc->imaged;
	alloc->making = mine;
	*ret = alloc->root;
	pthread_mutex_unlock(&ocl->memory_lock);
	return mine;
}

/* End the claim; without a buffer, the next who wants one tries again. */
static void root_publish(struct ocl_backend *ocl, struct ocl_alloc *alloc,
			 const struct ocl_buffer *root)
{
	pthread_mutex_lock(&ocl->memory_lock);
	alloc->root = *root;
	alloc->making = false;
	pthread_cond_broadcast(&ocl->memory_made);
	pthread_mutex_unlock(&ocl->memory_lock);
}

cl_int ocl_buffer(struct ocl_backend *ocl, struct backend_alloc *base, struct ocl_buffer *ret)
{
	struct ocl_alloc *alloc = alloc_of(base);
	struct ocl_buffer root;
	cl_int err = CL_SUCCESS;

	if (root_claim(ocl, alloc, &root)) {
		err = root_create(ocl, base, &root);
		root_publish(ocl, alloc, &root);
	}
	if (!err && !root.mem)
		err = CL_INVALID_MEM_OBJECT;
	if (!err)
		*ret = root;
	return err;
}

bool ocl_alloc_image_begin(struct ocl_backend *ocl, struct backend_alloc *base)
{
	struct ocl_alloc *alloc = alloc_of(base);
	bool mine;

	pthread_mutex_lock(&ocl->memory_lock);
	while (alloc->making)
		pthread_cond_wait(&ocl->memory_made, &ocl->memory_lock);
	mine = !alloc->root.mem && !alloc->imaged;
	alloc->imaged |= mine;
	pthread_mutex_unlock(&ocl->memory_lock);
	return mine;
}

void ocl_alloc_image_end(struct ocl_backend *ocl, struct backend_alloc *base)
{
	pthread_mutex_lock(&ocl->memory_lock);
	alloc_of(base)->imaged = false;
	pthread_mutex_unlock(&ocl->memory_lock);
}

static struct ocl_sub *sub_find(struct ocl_alloc *alloc, const struct backend_span *span)
{
	unsigned int i;

	for (i = 0; i < alloc->subs; i++)
		if (alloc->sub[i].offset == span->offset && alloc->sub[i].size == span->size)
			return &alloc->sub[i];
	return NULL;
}

static cl_int sub_create(struct ocl_backend *ocl, struct ocl_alloc *alloc, cl_mem root,
			 const struct backend_span *span, struct ocl_buffer *ret)
{
	cl_buffer_region region = { span->offset, span->size };
	struct ocl_sub *sub;
	cl_int err;

	if (!alloc->sub)
		alloc->sub = calloc(SUBS_MAX, sizeof(*alloc->sub));
	if (!alloc->sub)
		return CL_OUT_OF_HOST_MEMORY;
	/* Commands under way hold on to theirs. */
	if (alloc->subs == SUBS_MAX)
		subs_release(ocl, alloc);
	sub = &alloc->sub[alloc->subs];
	sub->buffer.mem = ocl->cl.clCreateSubBuffer(root, CL_MEM_READ_WRITE,
						    CL_BUFFER_CREATE_TYPE_REGION, &region, &err);
	if (err)
		return err;
	sub->offset = span->offset;
	sub->size = span->size;
	sub->buffer.serial = atomic_fetch_add(&ocl->serial, 1) + 1;
	alloc->subs++;
	*ret = sub->buffer;
	return CL_SUCCESS;
}

cl_int ocl_span_buffer(struct ocl_backend *ocl, const struct backend_span *span,
		       struct ocl_buffer *ret)
{
	struct ocl_alloc *alloc = alloc_of(span->alloc);
	struct ocl_buffer root;
	struct ocl_sub *sub;
	cl_int err;

	err = ocl_buffer(ocl, span->alloc, &root);
	if (err)
		return err;
	if (!span->offset) {
		*ret = root;
		return CL_SUCCESS;
	}
	sub = sub_find(alloc, span);
	if (!sub)
		return sub_create(ocl, alloc, root.mem, span, ret);
	*ret = sub->buffer;
	return CL_SUCCESS;
}

/* ---- turns of CPU and device ---- */

cl_int ocl_acquire(struct ocl_backend *ocl, cl_command_queue queue, struct backend_alloc *base,
		   bool *ret_first)
{
	struct ocl_alloc *alloc = alloc_of(base);
	void *mapped = alloc->mapped;

	*ret_first = !alloc->in_use;
	alloc->in_use = true;
	if (!mapped)
		return CL_SUCCESS;
	alloc->mapped = NULL;
	return ocl->cl.clEnqueueUnmapMemObject(queue, alloc->root.mem, mapped, 0, NULL, NULL);
}

cl_int ocl_release(struct ocl_backend *ocl, cl_command_queue queue, struct backend_alloc *base)
{
	struct ocl_alloc *alloc = alloc_of(base);
	cl_int err = CL_SUCCESS;

	alloc->in_use = false;
	if (base->host)
		alloc->mapped = ocl->cl.clEnqueueMapBuffer(queue, alloc->root.mem, CL_FALSE,
							   CL_MAP_READ | CL_MAP_WRITE, 0,
							   base->size, 0, NULL, NULL, &err);
	return err;
}

/* ---- bytes of local memory for the worker itself ---- */

int ocl_read(struct backend *be, const struct backend_span *src, void *dst)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct ocl_buffer buffer;

	if (ocl_buffer(ocl, src->alloc, &buffer))
		return -EIO;
	return ocl->cl.clEnqueueReadBuffer(ocl->util, buffer.mem, CL_TRUE, src->offset, src->size,
					   dst, 0, NULL, NULL)
		       ? -EIO
		       : 0;
}

int ocl_write(struct backend *be, const struct backend_span *dst, const void *src)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct ocl_buffer buffer;

	if (ocl_buffer(ocl, dst->alloc, &buffer))
		return -EIO;
	return ocl->cl.clEnqueueWriteBuffer(ocl->util, buffer.mem, CL_TRUE, dst->offset, dst->size,
					    src, 0, NULL, NULL)
		       ? -EIO
		       : 0;
}

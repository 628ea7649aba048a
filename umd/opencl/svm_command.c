// SPDX-License-Identifier: MIT
/*
 * svm_command.c - clEnqueueSVM*. The CPU sees all shared memory: copies and fills are host
 * commands, maps, unmaps and migrations only wait for what is before them.
 */
#include <stdlib.h>

#include "dxgwire/cmd.h"
#include "entry.h"
#include "queue.h"
#include "svm.h"

static cl_int check_queue(cl_command_queue queue, const struct enqueue *e)
{
	cl_int err = queue_check(queue, e->wait_count, e->waits);

	if (err == CL_SUCCESS && !svm_supported(queue->context))
		err = CL_INVALID_OPERATION;
	return err;
}

/* ---- copy and fill ---- */

/** struct svm_copy - @pattern_size 0: a copy from @src. */
struct svm_copy {
	struct command c;
	uint8_t *dst;
	const uint8_t *src;
	size_t size;
	size_t pattern_size;
	uint8_t pattern[DXG_FILL_PATTERN_MAX];
};

static cl_int run_copy(struct command *c)
{
	struct svm_copy *copy = (struct svm_copy *)c;

	memcpy(copy->dst, copy->src, copy->size);
	return CL_COMPLETE;
}

static cl_int run_fill(struct command *c)
{
	struct svm_copy *fill = (struct svm_copy *)c;

	for (size_t at = 0; at < fill->size; at += fill->pattern_size)
		memcpy(fill->dst + at, fill->pattern, fill->pattern_size);
	return CL_COMPLETE;
}

static const struct command_ops copy_ops = { .run = run_copy };
static const struct command_ops fill_ops = { .run = run_fill };

static struct svm_copy *create_copy(cl_command_queue queue, const struct command_ops *ops)
{
	struct command_shape shape = { .object_size = sizeof(struct svm_copy) };

	return command_create(queue, ops, &shape, 0);
}

static bool overlap(const void *a, const void *b, size_t size)
{
	uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;

	return x < y ? y - x < size : x - y < size;
}

cl_int CL_API_CALL clEnqueueSVMMemcpy(cl_command_queue queue, cl_bool blocking_copy, void *dst_ptr,
				      const void *src_ptr, size_t size,
				      cl_uint num_events_in_wait_list,
				      const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_SVM_MEMCPY, blocking_copy, num_events_in_wait_list,
			     event_wait_list, event };
	cl_int err = check_queue(queue, &e);
	struct svm_copy *copy;

	if (err != CL_SUCCESS)
		return err;
	if (!dst_ptr || !src_ptr)
		return CL_INVALID_VALUE;
	if (overlap(dst_ptr, src_ptr, size))
		return CL_MEM_COPY_OVERLAP;
	copy = create_copy(queue, &copy_ops);
	if (!copy)
		return CL_OUT_OF_HOST_MEMORY;
	copy->dst = dst_ptr;
	copy->src = src_ptr;
	copy->size = size;
	copy->c.lengthy = size > STAGING_PIECE_MAX;
	return command_enqueue(&copy->c, &e);
}

static bool pattern_valid(const void *pattern, size_t size)
{
	return pattern && size && size <= DXG_FILL_PATTERN_MAX && !(size & (size - 1));
}

cl_int CL_API_CALL clEnqueueSVMMemFill(cl_command_queue queue, void *svm_ptr, const void *pattern,
				       size_t pattern_size, size_t size,
				       cl_uint num_events_in_wait_list,
				       const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_SVM_MEMFILL, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	cl_int err = check_queue(queue, &e);
	struct svm_copy *fill;

	if (err != CL_SUCCESS)
		return err;
	if (!svm_ptr || !pattern_valid(pattern, pattern_size) ||
	    (uintptr_t)svm_ptr % pattern_size || size % pattern_size)
		return CL_INVALID_VALUE;
	fill = create_copy(queue, &fill_ops);
	if (!fill)
		return CL_OUT_OF_HOST_MEMORY;
	fill->dst = svm_ptr;
	fill->size = size;
	fill->c.lengthy = size > STAGING_PIECE_MAX;
	fill->pattern_size = pattern_size;
	memcpy(fill->pattern, pattern, pattern_size);
	return command_enqueue(&fill->c, &e);
}

/* ---- map, unmap, migrate ---- */

static const struct command_ops marker_ops = { 0 };

static cl_int enqueue_marker(cl_command_queue queue, const struct enqueue *e)
{
	struct command_shape shape = { sizeof(struct command), sizeof(struct dxg_cmd_barrier), 0 };
	struct command *c = command_create(queue, &marker_ops, &shape, DXG_CMD_BARRIER);

	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	c->marker = true;
	return command_enqueue(c, e);
}

static bool map_flags_valid(cl_map_flags flags)
{
	const cl_map_flags rw = CL_MAP_READ | CL_MAP_WRITE;

	if (flags & ~(rw | CL_MAP_WRITE_INVALIDATE_REGION))
		return false;
	return !(flags & CL_MAP_WRITE_INVALIDATE_REGION) || !(flags & rw);
}

cl_int CL_API_CALL clEnqueueSVMMap(cl_command_queue queue, cl_bool blocking_map, cl_map_flags flags,
				   void *svm_ptr, size_t size, cl_uint num_events_in_wait_list,
				   const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_SVM_MAP, blocking_map, num_events_in_wait_list,
			     event_wait_list, event };
	cl_int err = check_queue(queue, &e);

	if (err != CL_SUCCESS)
		return err;
	if (!svm_ptr || !size || !map_flags_valid(flags))
		return CL_INVALID_VALUE;
	return enqueue_marker(queue, &e);
}

cl_int CL_API_CALL clEnqueueSVMUnmap(cl_command_queue queue, void *svm_ptr,
				     cl_uint num_events_in_wait_list,
				     const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_SVM_UNMAP, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	cl_int err = check_queue(queue, &e);

	if (err != CL_SUCCESS)
		return err;
	return svm_ptr ? enqueue_marker(queue, &e) : CL_INVALID_VALUE;
}

static cl_int check_migration(cl_context context, cl_uint n, const void **pointers,
			      const size_t *sizes)
{
	for (cl_uint i = 0; i < n; i++) {
		struct svm *svm = svm_find(context, pointers[i], sizes ? sizes[i] : 0);

		if (!svm)
			return CL_INVALID_VALUE;
		svm_drop(svm);
	}
	return CL_SUCCESS;
}

cl_int CL_API_CALL clEnqueueSVMMigrateMem(cl_command_queue queue, cl_uint num_svm_pointers,
					  const void **svm_pointers, const size_t *sizes,
					  cl_mem_migration_flags flags,
					  cl_uint num_events_in_wait_list,
					  const cl_event *event_wait_list, cl_event *event)
{
	const cl_mem_migration_flags known = CL_MIGRATE_MEM_OBJECT_HOST |
					     CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED;
	struct enqueue e = { CL_COMMAND_SVM_MIGRATE_MEM, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	cl_int err = check_queue(queue, &e);

	if (err != CL_SUCCESS)
		return err;
	if (!num_svm_pointers || !svm_pointers || (flags & ~known))
		return CL_INVALID_VALUE;
	err = check_migration(queue->context, num_svm_pointers, svm_pointers, sizes);
	return err == CL_SUCCESS ? enqueue_marker(queue, &e) : err;
}

/* ---- free ---- */

typedef void(CL_CALLBACK *svm_free_function)(cl_command_queue queue, cl_uint num_svm_pointers,
					     void *svm_pointers[], void *user_data);

/** struct svm_free - @notify NULL: clSVMFree() each of @pointers, which is a copy of ours. */
struct svm_free {
	struct command c;
	svm_free_function notify;
	void *user_data;
	cl_uint count;
	void **pointers;
};

static cl_int run_free(struct command *c)
{
	struct svm_free *f = (struct svm_free *)c;

	if (f->notify) {
		f->notify(c->queue, f->count, f->pointers, f->user_data);
		return CL_COMPLETE;
	}
	for (cl_uint i = 0; i < f->count; i++)
		clSVMFree(c->queue->context, f->pointers[i]);
	return CL_COMPLETE;
}

static void destroy_free(struct command *c)
{
	free(((struct svm_free *)c)->pointers);
}

static const struct command_ops free_ops = { .run = run_free, .destroy = destroy_free };

static struct svm_free *create_free(cl_command_queue queue, cl_uint count, void *pointers[])
{
	struct command_shape shape = { .object_size = sizeof(struct svm_free) };
	struct svm_free *f = command_create(queue, &free_ops, &shape, 0);

	if (!f)
		return NULL;
	f->count = count;
	f->pointers = calloc(count + 1, sizeof(*pointers));
	if (!f->pointers) {
		command_destroy(&f->c);
		return NULL;
	}
	if (count)
		memcpy(f->pointers, pointers, count * sizeof(*pointers));
	return f;
}

cl_int CL_API_CALL clEnqueueSVMFree(cl_command_queue queue, cl_uint num_svm_pointers,
				    void *svm_pointers[], svm_free_function pfn_free_func,
				    void *user_data, cl_uint num_events_in_wait_list,
				    const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_SVM_FREE, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	cl_int err = check_queue(queue, &e);
	struct svm_free *f;

	if (err != CL_SUCCESS)
		return err;
	if (!num_svm_pointers != !svm_pointers)
		return CL_INVALID_VALUE;
	f = create_free(queue, num_svm_pointers, svm_pointers);
	if (!f)
		return CL_OUT_OF_HOST_MEMORY;
	f->notify = pfn_free_func;
	f->user_data = user_data;
	return command_enqueue(&f->c, &e);
}

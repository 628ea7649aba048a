// SPDX-License-Identifier: MIT
/* rows_svm.c - shared virtual memory. A device without it answers CL_INVALID_OPERATION. */
#include "row.h"

#define SVM_OR(error) (e.svm ? (error) : CL_INVALID_OPERATION)

/* clSVMAlloc() has no error code: NULL is all there is. */
static cl_int alloc(cl_context context, cl_svm_mem_flags flags, size_t size, cl_uint align)
{
	void *p = clSVMAlloc(context, flags, size, align);

	if (!p)
		return ANSWER_NONE;
	clSVMFree(context, p);
	return CL_SUCCESS;
}

ROW("clSVMAlloc", "plain", e.svm ? CL_SUCCESS : ANSWER_NONE,
    alloc(e.context, CL_MEM_READ_WRITE, 64, 0));
ROW("clSVMAlloc", "size 0", ANSWER_NONE, alloc(e.context, CL_MEM_READ_WRITE, 0, 0));
ROW("clSVMAlloc", "more than CL_DEVICE_MAX_MEM_ALLOC_SIZE", ANSWER_NONE,
    alloc(e.context, CL_MEM_READ_WRITE, e.max_alloc + 1, 0));
ROW("clSVMAlloc", "alignment no power of two", ANSWER_NONE,
    alloc(e.context, CL_MEM_READ_WRITE, 64, 3));
ROW("clSVMAlloc", "unknown flag", ANSWER_NONE, alloc(e.context, 1ull << 40, 64, 0));
ROW("clSVMAlloc", "no context", ANSWER_NONE, alloc(NULL, CL_MEM_READ_WRITE, 64, 0));

typedef cl_int (*command_fn)(cl_command_queue queue, void *p);

/* Runs @command on memory of its own, or on none where the device has none. */
static cl_int with_memory(cl_command_queue queue, command_fn command)
{
	void *p = e.svm ? clSVMAlloc(e.context, CL_MEM_READ_WRITE, 64, 0) : e.bytes;
	cl_int err = p ? command(queue, p) : ANSWER_NONE;

	if (queue == e.queue)
		clFinish(queue);
	if (e.svm && p)
		clSVMFree(e.context, p);
	return err;
}

static cl_int copy(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMemcpy(queue, CL_TRUE, p, e.bytes, 64, 0, NULL, NULL);
}

static cl_int copy_overlap(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMemcpy(queue, CL_TRUE, (char *)p + 8, p, 16, 0, NULL, NULL);
}

static cl_int copy_null(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMemcpy(queue, CL_TRUE, p, NULL, 16, 0, NULL, NULL);
}

ROW("clEnqueueSVMMemcpy", "plain", SVM_OR(CL_SUCCESS), with_memory(e.queue, copy));
ROW("clEnqueueSVMMemcpy", "overlaps itself", SVM_OR(CL_MEM_COPY_OVERLAP),
    with_memory(e.queue, copy_overlap));
ROW("clEnqueueSVMMemcpy", "from nowhere", SVM_OR(CL_INVALID_VALUE),
    with_memory(e.queue, copy_null));
ROW("clEnqueueSVMMemcpy", "no queue", CL_INVALID_COMMAND_QUEUE, with_memory(NULL, copy));

static cl_int fill(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMemFill(queue, p, e.bytes, 4, 64, 0, NULL, NULL);
}

static cl_int fill_odd(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMemFill(queue, p, e.bytes, 3, 63, 0, NULL, NULL);
}

ROW("clEnqueueSVMMemFill", "plain", SVM_OR(CL_SUCCESS), with_memory(e.queue, fill));
ROW("clEnqueueSVMMemFill", "pattern size 3", SVM_OR(CL_INVALID_VALUE),
    with_memory(e.queue, fill_odd));
ROW("clEnqueueSVMMemFill", "no queue", CL_INVALID_COMMAND_QUEUE, with_memory(NULL, fill));

static cl_int map(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMap(queue, CL_TRUE, CL_MAP_READ, p, 64, 0, NULL, NULL)
		       ?: clEnqueueSVMUnmap(queue, p, 0, NULL, NULL);
}

static cl_int map_nothing(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMap(queue, CL_TRUE, CL_MAP_READ, p, 0, 0, NULL, NULL);
}

static cl_int unmap_nothing(cl_command_queue queue, void *p)
{
	(void)p;
	return clEnqueueSVMUnmap(queue, NULL, 0, NULL, NULL);
}

ROW("clEnqueueSVMMap", "and clEnqueueSVMUnmap", SVM_OR(CL_SUCCESS), with_memory(e.queue, map));
ROW("clEnqueueSVMMap", "size 0", SVM_OR(CL_INVALID_VALUE), with_memory(e.queue, map_nothing));
ROW("clEnqueueSVMMap", "no queue", CL_INVALID_COMMAND_QUEUE, with_memory(NULL, map));
ROW("clEnqueueSVMUnmap", "no pointer", SVM_OR(CL_INVALID_VALUE),
    with_memory(e.queue, unmap_nothing));
ROW("clEnqueueSVMUnmap", "no queue", CL_INVALID_COMMAND_QUEUE, with_memory(NULL, unmap_nothing));

static cl_int migrate(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMigrateMem(queue, 1, (const void *[]){ p }, NULL, 0, 0, NULL, NULL);
}

static cl_int migrate_none(cl_command_queue queue, void *p)
{
	return clEnqueueSVMMigrateMem(queue, 0, (const void *[]){ p }, NULL, 0, 0, NULL, NULL);
}

ROW("clEnqueueSVMMigrateMem", "plain", SVM_OR(CL_SUCCESS), with_memory(e.queue, migrate));
ROW("clEnqueueSVMMigrateMem", "none", SVM_OR(CL_INVALID_VALUE), with_memory(e.queue, migrate_none));
ROW("clEnqueueSVMMigrateMem", "no queue", CL_INVALID_COMMAND_QUEUE, with_memory(NULL, migrate));

static cl_int free_later(void)
{
	void *p = e.svm ? clSVMAlloc(e.context, CL_MEM_READ_WRITE, 64, 0) : e.bytes;

	return clEnqueueSVMFree(e.queue, 1, (void *[]){ p }, NULL, NULL, 0, NULL, NULL)
		       ?: clFinish(e.queue);
}

ROW("clEnqueueSVMFree", "plain", SVM_OR(CL_SUCCESS), free_later());
ROW("clEnqueueSVMFree", "no list", SVM_OR(CL_INVALID_VALUE),
    clEnqueueSVMFree(e.queue, 1, NULL, NULL, NULL, 0, NULL, NULL));
ROW("clEnqueueSVMFree", "no queue", CL_INVALID_COMMAND_QUEUE,
    clEnqueueSVMFree(NULL, 1, (void *[]){ e.bytes }, NULL, NULL, 0, NULL, NULL));

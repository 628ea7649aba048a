// SPDX-License-Identifier: MIT
/* rows_memory.c - buffers, sub-buffers, and what all memory objects share. */
#include "row.h"

#define BUFFER(...) CREATE(clReleaseMemObject, clCreateBuffer(__VA_ARGS__, &err))

ROW("clCreateBuffer", "plain", CL_SUCCESS, BUFFER(e.context, 0, 64, NULL));
ROW("clCreateBuffer", "one byte", CL_SUCCESS, BUFFER(e.context, CL_MEM_READ_WRITE, 1, NULL));
ROW("clCreateBuffer", "allocated by the host", CL_SUCCESS,
    BUFFER(e.context, CL_MEM_ALLOC_HOST_PTR, 64, NULL));
ROW("clCreateBuffer", "allocated by the host, copied", CL_SUCCESS,
    BUFFER(e.context, CL_MEM_ALLOC_HOST_PTR | CL_MEM_COPY_HOST_PTR, 64, e.bytes));
ROW("clCreateBuffer", "copied", CL_SUCCESS, BUFFER(e.context, CL_MEM_COPY_HOST_PTR, 64, e.bytes));
ROW("clCreateBuffer", "used in place", CL_SUCCESS,
    BUFFER(e.context, CL_MEM_USE_HOST_PTR, 64, e.bytes));
ROW("clCreateBuffer", "size 0", CL_INVALID_BUFFER_SIZE, BUFFER(e.context, 0, 0, NULL));
ROW("clCreateBuffer", "more than CL_DEVICE_MAX_MEM_ALLOC_SIZE", CL_INVALID_BUFFER_SIZE,
    BUFFER(e.context, 0, e.max_alloc + 1, NULL));
ROW("clCreateBuffer", "size of all ones", CL_INVALID_BUFFER_SIZE, BUFFER(e.context, 0, ~0ul, NULL));
ROW("clCreateBuffer", "unknown flag", CL_INVALID_VALUE, BUFFER(e.context, 1ull << 40, 64, NULL));
ROW("clCreateBuffer", "read only and write only", CL_INVALID_VALUE,
    BUFFER(e.context, CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, 64, NULL));
ROW("clCreateBuffer", "read write and read only", CL_INVALID_VALUE,
    BUFFER(e.context, CL_MEM_READ_WRITE | CL_MEM_READ_ONLY, 64, NULL));
ROW("clCreateBuffer", "host reads and host writes only", CL_INVALID_VALUE,
    BUFFER(e.context, CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_WRITE_ONLY, 64, NULL));
ROW("clCreateBuffer", "host reads and no access", CL_INVALID_VALUE,
    BUFFER(e.context, CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_NO_ACCESS, 64, NULL));
ROW("clCreateBuffer", "used in place and allocated", CL_INVALID_VALUE,
    BUFFER(e.context, CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR, 64, e.bytes));
ROW("clCreateBuffer", "used in place and copied", CL_INVALID_VALUE,
    BUFFER(e.context, CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR, 64, e.bytes));
ROW("clCreateBuffer", "copied from nowhere", CL_INVALID_HOST_PTR,
    BUFFER(e.context, CL_MEM_COPY_HOST_PTR, 64, NULL));
ROW("clCreateBuffer", "used in place, no place", CL_INVALID_HOST_PTR,
    BUFFER(e.context, CL_MEM_USE_HOST_PTR, 64, NULL));
ROW("clCreateBuffer", "a pointer that no flag wants", CL_INVALID_HOST_PTR,
    BUFFER(e.context, 0, 64, e.bytes));
ROW("clCreateBuffer", "no context", CL_INVALID_CONTEXT, BUFFER(NULL, 0, 64, NULL));
ROW("clCreateBuffer", "context of another kind", CL_INVALID_CONTEXT,
    BUFFER(WRONG(cl_context), 0, 64, NULL));

#define BUFFER2(...) CREATE(clReleaseMemObject, clCreateBufferWithProperties(__VA_ARGS__, &err))
ROW("clCreateBufferWithProperties", "plain", CL_SUCCESS, BUFFER2(e.context, NULL, 0, 64, NULL));
ROW("clCreateBufferWithProperties", "empty list", CL_SUCCESS,
    BUFFER2(e.context, ((cl_mem_properties[]){ 0 }), 0, 64, NULL));
ROW("clCreateBufferWithProperties", "unknown property", CL_INVALID_PROPERTY,
    BUFFER2(e.context, ((cl_mem_properties[]){ 0x7fff, 1, 0 }), 0, 64, NULL));
ROW("clCreateBufferWithProperties", "size 0", CL_INVALID_BUFFER_SIZE,
    BUFFER2(e.context, NULL, 0, 0, NULL));
ROW("clCreateBufferWithProperties", "no context", CL_INVALID_CONTEXT,
    BUFFER2(NULL, NULL, 0, 64, NULL));

#define SUB(mem, flags, type, region) \
	CREATE(clReleaseMemObject, clCreateSubBuffer(mem, flags, type, region, &err))
#define REGION(origin, size) (&(cl_buffer_region){ origin, size })
#define WHOLE CL_BUFFER_CREATE_TYPE_REGION
ROW("clCreateSubBuffer", "plain", CL_SUCCESS, SUB(e.buffer, 0, WHOLE, REGION(0, 64)));
ROW("clCreateSubBuffer", "at an aligned offset", CL_SUCCESS,
    SUB(e.buffer, 0, WHOLE, REGION(e.align_bytes, 64)));
ROW("clCreateSubBuffer", "at an unaligned offset", CL_MISALIGNED_SUB_BUFFER_OFFSET,
    SUB(e.buffer, 0, WHOLE, REGION(1, 64)));
ROW("clCreateSubBuffer", "size 0", CL_INVALID_BUFFER_SIZE, SUB(e.buffer, 0, WHOLE, REGION(0, 0)));
ROW("clCreateSubBuffer", "past the end", CL_INVALID_VALUE,
    SUB(e.buffer, 0, WHOLE, REGION(0, ENV_BYTES + 1)));
ROW("clCreateSubBuffer", "offset and size wrap", CL_INVALID_VALUE,
    SUB(e.buffer, 0, WHOLE, REGION(e.align_bytes, ~0ul)));
ROW("clCreateSubBuffer", "no region", CL_INVALID_VALUE, SUB(e.buffer, 0, WHOLE, NULL));
ROW("clCreateSubBuffer", "unknown type", CL_INVALID_VALUE, SUB(e.buffer, 0, 0x7fff, REGION(0, 64)));
ROW("clCreateSubBuffer", "writes to what is read only", CL_INVALID_VALUE,
    SUB(e.read_only, CL_MEM_WRITE_ONLY, WHOLE, REGION(0, 64)));
ROW("clCreateSubBuffer", "reads what is write only", CL_INVALID_VALUE,
    SUB(e.write_only, CL_MEM_READ_WRITE, WHOLE, REGION(0, 64)));
ROW("clCreateSubBuffer", "host reads what has no host access", CL_INVALID_VALUE,
    SUB(e.host_none, CL_MEM_HOST_READ_ONLY, WHOLE, REGION(0, 64)));
ROW("clCreateSubBuffer", "allocates", CL_INVALID_VALUE,
    SUB(e.buffer, CL_MEM_ALLOC_HOST_PTR, WHOLE, REGION(0, 64)));
ROW("clCreateSubBuffer", "of a sub-buffer", CL_INVALID_MEM_OBJECT,
    SUB(e.sub, 0, WHOLE, REGION(0, 64)));
ROW("clCreateSubBuffer", "no buffer", CL_INVALID_MEM_OBJECT, SUB(NULL, 0, WHOLE, REGION(0, 64)));
ROW("clCreateSubBuffer", "object of another kind", CL_INVALID_MEM_OBJECT,
    SUB(WRONG(cl_mem), 0, WHOLE, REGION(0, 64)));

COUNTED(clRetainMemObject, clReleaseMemObject, cl_mem, e.buffer, CL_INVALID_MEM_OBJECT);

INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_TYPE", CL_MEM_TYPE, sizeof(cl_mem_object_type));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_FLAGS", CL_MEM_FLAGS, sizeof(cl_mem_flags));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_SIZE", CL_MEM_SIZE, sizeof(size_t));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_HOST_PTR", CL_MEM_HOST_PTR, sizeof(void *));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_MAP_COUNT", CL_MEM_MAP_COUNT, sizeof(cl_uint));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_REFERENCE_COUNT", CL_MEM_REFERENCE_COUNT,
     sizeof(cl_uint));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_CONTEXT", CL_MEM_CONTEXT, sizeof(cl_context));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_ASSOCIATED_MEMOBJECT", CL_MEM_ASSOCIATED_MEMOBJECT,
     sizeof(cl_mem));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_OFFSET", CL_MEM_OFFSET, sizeof(size_t));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_USES_SVM_POINTER", CL_MEM_USES_SVM_POINTER,
     sizeof(cl_bool));
INFO(clGetMemObjectInfo, e.buffer, "CL_MEM_PROPERTIES", CL_MEM_PROPERTIES, 0);
INFO_REFUSED(clGetMemObjectInfo, cl_mem, e.buffer, CL_INVALID_MEM_OBJECT);

static void CL_CALLBACK gone(cl_mem mem, void *user_data)
{
	(void)mem;
	sem_post(user_data);
}

static cl_int destructor(void)
{
	sem_t calls;
	cl_int err = CL_SUCCESS;
	cl_mem mem = clCreateBuffer(e.context, 0, 64, NULL, &err);

	sem_init(&calls, 0, 0);
	if (err == CL_SUCCESS)
		err = clSetMemObjectDestructorCallback(mem, gone, &calls);
	if (mem)
		clReleaseMemObject(mem);
	/* From whatever thread it comes. */
	if (err == CL_SUCCESS)
		err = wait_answer(&calls);
	sem_destroy(&calls);
	return err;
}

ROW("clSetMemObjectDestructorCallback", "is called", CL_SUCCESS, destructor());
ROW("clSetMemObjectDestructorCallback", "no callback", CL_INVALID_VALUE,
    clSetMemObjectDestructorCallback(e.buffer, NULL, NULL));
ROW("clSetMemObjectDestructorCallback", "no object", CL_INVALID_MEM_OBJECT,
    clSetMemObjectDestructorCallback(NULL, gone, NULL));
ROW("clSetMemObjectDestructorCallback", "object of another kind", CL_INVALID_MEM_OBJECT,
    clSetMemObjectDestructorCallback(WRONG(cl_mem), gone, NULL));

/* ---- transfers ---- */

#define READ(queue, n, list, event) \
	clEnqueueReadBuffer(queue, e.buffer, CL_TRUE, 0, 64, e.bytes, n, list, event)
#define READ_OF(mem, offset, size, ptr) \
	clEnqueueReadBuffer(e.queue, mem, CL_TRUE, offset, size, ptr, 0, NULL, NULL)
COMMAND("clEnqueueReadBuffer", READ);
ROW("clEnqueueReadBuffer", "no buffer", CL_INVALID_MEM_OBJECT, READ_OF(NULL, 0, 64, e.bytes));
ROW("clEnqueueReadBuffer", "object of another kind", CL_INVALID_MEM_OBJECT,
    READ_OF(WRONG(cl_mem), 0, 64, e.bytes));
ROW("clEnqueueReadBuffer", "buffer of another context", CL_INVALID_CONTEXT,
    READ_OF(e.other_buffer, 0, 64, e.bytes));
ROW("clEnqueueReadBuffer", "past the end", CL_INVALID_VALUE,
    READ_OF(e.buffer, 1, ENV_BYTES, e.bytes));
ROW("clEnqueueReadBuffer", "offset and size wrap", CL_INVALID_VALUE,
    READ_OF(e.buffer, 16, ~0ul - 8, e.bytes));
ROW("clEnqueueReadBuffer", "to nowhere", CL_INVALID_VALUE, READ_OF(e.buffer, 0, 64, NULL));
ROW("clEnqueueReadBuffer", "of no host access", CL_INVALID_OPERATION,
    READ_OF(e.host_none, 0, 64, e.bytes));
ROW("clEnqueueReadBuffer", "of what the host may only write", CL_INVALID_OPERATION,
    READ_OF(e.host_writes, 0, 64, e.bytes));

#define WRITE(queue, n, list, event) \
	clEnqueueWriteBuffer(queue, e.buffer, CL_TRUE, 0, 64, e.bytes, n, list, event)
#define WRITE_TO(mem, offset, size, ptr) \
	clEnqueueWriteBuffer(e.queue, mem, CL_TRUE, offset, size, ptr, 0, NULL, NULL)
COMMAND("clEnqueueWriteBuffer", WRITE);
ROW("clEnqueueWriteBuffer", "no buffer", CL_INVALID_MEM_OBJECT, WRITE_TO(NULL, 0, 64, e.bytes));
ROW("clEnqueueWriteBuffer", "object of another kind", CL_INVALID_MEM_OBJECT,
    WRITE_TO(WRONG(cl_mem), 0, 64, e.bytes));
ROW("clEnqueueWriteBuffer", "buffer of another context", CL_INVALID_CONTEXT,
    WRITE_TO(e.other_buffer, 0, 64, e.bytes));
ROW("clEnqueueWriteBuffer", "past the end", CL_INVALID_VALUE,
    WRITE_TO(e.buffer, 1, ENV_BYTES, e.bytes));
ROW("clEnqueueWriteBuffer", "from nowhere", CL_INVALID_VALUE, WRITE_TO(e.buffer, 0, 64, NULL));
ROW("clEnqueueWriteBuffer", "no host access", CL_INVALID_OPERATION,
    WRITE_TO(e.host_none, 0, 64, e.bytes));
ROW("clEnqueueWriteBuffer", "what the host may only read", CL_INVALID_OPERATION,
    WRITE_TO(e.host_reads, 0, 64, e.bytes));

#define BOX(...) ((size_t[3]){ __VA_ARGS__ })
#define READ_BOX(queue, mem, at, to, box, pitch, slice, ptr, n, list, event)                  \
	clEnqueueReadBufferRect(queue, mem, CL_TRUE, at, to, box, pitch, slice, 0, 0, ptr, n, \
				list, event)
#define READ_RECT(queue, n, list, event)                                                      \
	READ_BOX(queue, e.buffer, BOX(0, 0, 0), BOX(0, 0, 0), BOX(8, 4, 2), 0, 0, e.bytes, n, \
		 list, event)
#define READ_RECT_OF(mem, box, pitch, slice, ptr) \
	READ_BOX(e.queue, mem, BOX(0, 0, 0), BOX(0, 0, 0), box, pitch, slice, ptr, 0, NULL, NULL)
COMMAND("clEnqueueReadBufferRect", READ_RECT);
ROW("clEnqueueReadBufferRect", "no buffer", CL_INVALID_MEM_OBJECT,
    READ_RECT_OF(NULL, BOX(8, 4, 2), 0, 0, e.bytes));
ROW("clEnqueueReadBufferRect", "buffer of another context", CL_INVALID_CONTEXT,
    READ_RECT_OF(e.other_buffer, BOX(8, 4, 2), 0, 0, e.bytes));
ROW("clEnqueueReadBufferRect", "an empty box", CL_INVALID_VALUE,
    READ_RECT_OF(e.buffer, BOX(8, 0, 2), 0, 0, e.bytes));
ROW("clEnqueueReadBufferRect", "past the end", CL_INVALID_VALUE,
    READ_RECT_OF(e.buffer, BOX(64, 64, 2), 0, 0, e.bytes));
ROW("clEnqueueReadBufferRect", "row pitch below a row", CL_INVALID_VALUE,
    READ_RECT_OF(e.buffer, BOX(8, 4, 2), 7, 0, e.bytes));
ROW("clEnqueueReadBufferRect", "slice pitch below a slice", CL_INVALID_VALUE,
    READ_RECT_OF(e.buffer, BOX(8, 4, 2), 8, 31, e.bytes));
ROW("clEnqueueReadBufferRect", "slice pitch no multiple of the row pitch", CL_INVALID_VALUE,
    READ_RECT_OF(e.buffer, BOX(8, 4, 2), 8, 33, e.bytes));
ROW("clEnqueueReadBufferRect", "to nowhere", CL_INVALID_VALUE,
    READ_RECT_OF(e.buffer, BOX(8, 4, 2), 0, 0, NULL));
ROW("clEnqueueReadBufferRect", "no region", CL_INVALID_VALUE,
    READ_RECT_OF(e.buffer, NULL, 0, 0, e.bytes));
ROW("clEnqueueReadBufferRect", "of no host access", CL_INVALID_OPERATION,
    READ_RECT_OF(e.host_none, BOX(8, 4, 2), 0, 0, e.bytes));

#define WRITE_BOX(queue, mem, box, pitch, slice, ptr, n, list, event)                         \
	clEnqueueWriteBufferRect(queue, mem, CL_TRUE, BOX(0, 0, 0), BOX(0, 0, 0), box, pitch, \
				 slice, 0, 0, ptr, n, list, event)
#define WRITE_RECT(queue, n, list, event) \
	WRITE_BOX(queue, e.buffer, BOX(8, 4, 2), 0, 0, e.bytes, n, list, event)
#define WRITE_RECT_TO(mem, box, pitch, slice, ptr) \
	WRITE_BOX(e.queue, mem, box, pitch, slice, ptr, 0, NULL, NULL)
COMMAND("clEnqueueWriteBufferRect", WRITE_RECT);
ROW("clEnqueueWriteBufferRect", "no buffer", CL_INVALID_MEM_OBJECT,
    WRITE_RECT_TO(NULL, BOX(8, 4, 2), 0, 0, e.bytes));
ROW("clEnqueueWriteBufferRect", "buffer of another context", CL_INVALID_CONTEXT,
    WRITE_RECT_TO(e.other_buffer, BOX(8, 4, 2), 0, 0, e.bytes));
ROW("clEnqueueWriteBufferRect", "an empty box", CL_INVALID_VALUE,
    WRITE_RECT_TO(e.buffer, BOX(0, 4, 2), 0, 0, e.bytes));
ROW("clEnqueueWriteBufferRect", "past the end", CL_INVALID_VALUE,
    WRITE_RECT_TO(e.buffer, BOX(64, 64, 2), 0, 0, e.bytes));
ROW("clEnqueueWriteBufferRect", "row pitch below a row", CL_INVALID_VALUE,
    WRITE_RECT_TO(e.buffer, BOX(8, 4, 2), 7, 0, e.bytes));
ROW("clEnqueueWriteBufferRect", "slice pitch no multiple of the row pitch", CL_INVALID_VALUE,
    WRITE_RECT_TO(e.buffer, BOX(8, 4, 2), 8, 33, e.bytes));
ROW("clEnqueueWriteBufferRect", "from nowhere", CL_INVALID_VALUE,
    WRITE_RECT_TO(e.buffer, BOX(8, 4, 2), 0, 0, NULL));
ROW("clEnqueueWriteBufferRect", "what the host may only read", CL_INVALID_OPERATION,
    WRITE_RECT_TO(e.host_reads, BOX(8, 4, 2), 0, 0, e.bytes));

#define COPY(queue, n, list, event) \
	clEnqueueCopyBuffer(queue, e.buffer, e.second, 0, 0, 64, n, list, event)
#define COPY_OF(src, dst, from, to, size) \
	clEnqueueCopyBuffer(e.queue, src, dst, from, to, size, 0, NULL, NULL)
COMMAND("clEnqueueCopyBuffer", COPY);
ROW("clEnqueueCopyBuffer", "within a buffer", CL_SUCCESS, COPY_OF(e.buffer, e.buffer, 0, 64, 64));
ROW("clEnqueueCopyBuffer", "no source", CL_INVALID_MEM_OBJECT, COPY_OF(NULL, e.second, 0, 0, 64));
ROW("clEnqueueCopyBuffer", "no destination", CL_INVALID_MEM_OBJECT,
    COPY_OF(e.buffer, NULL, 0, 0, 64));
ROW("clEnqueueCopyBuffer", "object of another kind", CL_INVALID_MEM_OBJECT,
    COPY_OF(e.buffer, WRONG(cl_mem), 0, 0, 64));
ROW("clEnqueueCopyBuffer", "source of another context", CL_INVALID_CONTEXT,
    COPY_OF(e.other_buffer, e.second, 0, 0, 64));
ROW("clEnqueueCopyBuffer", "destination of another context", CL_INVALID_CONTEXT,
    COPY_OF(e.buffer, e.other_buffer, 0, 0, 64));
ROW("clEnqueueCopyBuffer", "source past the end", CL_INVALID_VALUE,
    COPY_OF(e.buffer, e.second, ENV_BYTES, 0, 64));
ROW("clEnqueueCopyBuffer", "destination past the end", CL_INVALID_VALUE,
    COPY_OF(e.buffer, e.second, 0, ENV_BYTES - 63, 64));
ROW("clEnqueueCopyBuffer", "overlaps itself", CL_MEM_COPY_OVERLAP,
    COPY_OF(e.buffer, e.buffer, 0, 63, 64));
ROW("clEnqueueCopyBuffer", "overlaps through a sub-buffer", CL_MEM_COPY_OVERLAP,
    COPY_OF(e.buffer, e.sub, 32, 0, 64));

#define COPY_BOX(queue, src, dst, from, to, box, pitch, slice, n, list, event)                 \
	clEnqueueCopyBufferRect(queue, src, dst, from, to, box, pitch, slice, pitch, slice, n, \
				list, event)
#define COPY_RECT(queue, n, list, event)                                                       \
	COPY_BOX(queue, e.buffer, e.second, BOX(0, 0, 0), BOX(0, 0, 0), BOX(8, 4, 2), 0, 0, n, \
		 list, event)
#define COPY_RECT_OF(src, dst, to, box, pitch, slice) \
	COPY_BOX(e.queue, src, dst, BOX(0, 0, 0), to, box, pitch, slice, 0, NULL, NULL)
COMMAND("clEnqueueCopyBufferRect", COPY_RECT);
ROW("clEnqueueCopyBufferRect", "no source", CL_INVALID_MEM_OBJECT,
    COPY_RECT_OF(NULL, e.second, BOX(0, 0, 0), BOX(8, 4, 2), 0, 0));
ROW("clEnqueueCopyBufferRect", "destination of another context", CL_INVALID_CONTEXT,
    COPY_RECT_OF(e.buffer, e.other_buffer, BOX(0, 0, 0), BOX(8, 4, 2), 0, 0));
ROW("clEnqueueCopyBufferRect", "an empty box", CL_INVALID_VALUE,
    COPY_RECT_OF(e.buffer, e.second, BOX(0, 0, 0), BOX(8, 4, 0), 0, 0));
ROW("clEnqueueCopyBufferRect", "past the end", CL_INVALID_VALUE,
    COPY_RECT_OF(e.buffer, e.second, BOX(0, 0, 0), BOX(64, 64, 2), 0, 0));
ROW("clEnqueueCopyBufferRect", "row pitch below a row", CL_INVALID_VALUE,
    COPY_RECT_OF(e.buffer, e.second, BOX(0, 0, 0), BOX(8, 4, 2), 7, 0));
ROW("clEnqueueCopyBufferRect", "side by side in one buffer", CL_SUCCESS,
    COPY_RECT_OF(e.buffer, e.buffer, BOX(8, 0, 0), BOX(8, 4, 2), 64, 512));
ROW("clEnqueueCopyBufferRect", "overlaps itself", CL_MEM_COPY_OVERLAP,
    COPY_RECT_OF(e.buffer, e.buffer, BOX(4, 1, 0), BOX(8, 4, 2), 64, 512));

#define FILL(queue, n, list, event) \
	clEnqueueFillBuffer(queue, e.buffer, e.bytes, 4, 0, 64, n, list, event)
#define FILL_OF(mem, pattern, pattern_size, offset, size) \
	clEnqueueFillBuffer(e.queue, mem, pattern, pattern_size, offset, size, 0, NULL, NULL)
COMMAND("clEnqueueFillBuffer", FILL);
ROW("clEnqueueFillBuffer", "largest pattern", CL_SUCCESS, FILL_OF(e.buffer, e.bytes, 128, 0, 256));
ROW("clEnqueueFillBuffer", "no buffer", CL_INVALID_MEM_OBJECT, FILL_OF(NULL, e.bytes, 4, 0, 64));
ROW("clEnqueueFillBuffer", "buffer of another context", CL_INVALID_CONTEXT,
    FILL_OF(e.other_buffer, e.bytes, 4, 0, 64));
ROW("clEnqueueFillBuffer", "past the end", CL_INVALID_VALUE,
    FILL_OF(e.buffer, e.bytes, 4, ENV_BYTES, 64));
ROW("clEnqueueFillBuffer", "no pattern", CL_INVALID_VALUE, FILL_OF(e.buffer, NULL, 4, 0, 64));
ROW("clEnqueueFillBuffer", "pattern size 0", CL_INVALID_VALUE,
    FILL_OF(e.buffer, e.bytes, 0, 0, 64));
ROW("clEnqueueFillBuffer", "pattern size 3", CL_INVALID_VALUE,
    FILL_OF(e.buffer, e.bytes, 3, 0, 63));
ROW("clEnqueueFillBuffer", "pattern size 256", CL_INVALID_VALUE,
    FILL_OF(e.buffer, e.bytes, 256, 0, 256));
ROW("clEnqueueFillBuffer", "offset no multiple of the pattern", CL_INVALID_VALUE,
    FILL_OF(e.buffer, e.bytes, 4, 2, 64));
ROW("clEnqueueFillBuffer", "size no multiple of the pattern", CL_INVALID_VALUE,
    FILL_OF(e.buffer, e.bytes, 4, 0, 63));

static cl_int map(cl_command_queue queue, cl_mem mem, cl_map_flags flags, size_t offset,
		  size_t size, cl_uint n, const cl_event *list, cl_event *event)
{
	cl_int err = ANSWER_NONE, undone;
	void *at =
		clEnqueueMapBuffer(queue, mem, CL_TRUE, flags, offset, size, n, list, event, &err);

	if ((err == CL_SUCCESS) != (at != NULL))
		return ANSWER_OBJECT_WITH_ERROR;
	if (!at)
		return err;
	undone = clEnqueueUnmapMemObject(queue, mem, at, 0, NULL, NULL);
	return undone ?: clFinish(queue);
}

#define MAP(queue, n, list, event) map(queue, e.buffer, CL_MAP_READ, 0, 64, n, list, event)
#define MAP_OF(mem, flags, offset, size) map(e.queue, mem, flags, offset, size, 0, NULL, NULL)
COMMAND("clEnqueueMapBuffer", MAP);
ROW("clEnqueueMapBuffer", "to be written anew", CL_SUCCESS,
    MAP_OF(e.buffer, CL_MAP_WRITE_INVALIDATE_REGION, 0, 64));
ROW("clEnqueueMapBuffer", "no buffer", CL_INVALID_MEM_OBJECT, MAP_OF(NULL, CL_MAP_READ, 0, 64));
ROW("clEnqueueMapBuffer", "buffer of another context", CL_INVALID_CONTEXT,
    MAP_OF(e.other_buffer, CL_MAP_READ, 0, 64));
ROW("clEnqueueMapBuffer", "size 0", CL_INVALID_VALUE, MAP_OF(e.buffer, CL_MAP_READ, 0, 0));
ROW("clEnqueueMapBuffer", "past the end", CL_INVALID_VALUE,
    MAP_OF(e.buffer, CL_MAP_READ, ENV_BYTES, 64));
ROW("clEnqueueMapBuffer", "unknown flag", CL_INVALID_VALUE, MAP_OF(e.buffer, 1 << 20, 0, 64));
ROW("clEnqueueMapBuffer", "written and written anew", CL_INVALID_VALUE,
    MAP_OF(e.buffer, CL_MAP_WRITE | CL_MAP_WRITE_INVALIDATE_REGION, 0, 64));
ROW("clEnqueueMapBuffer", "reads without host access", CL_INVALID_OPERATION,
    MAP_OF(e.host_none, CL_MAP_READ, 0, 64));
ROW("clEnqueueMapBuffer", "reads what the host may only write", CL_INVALID_OPERATION,
    MAP_OF(e.host_writes, CL_MAP_READ, 0, 64));
ROW("clEnqueueMapBuffer", "writes what the host may only read", CL_INVALID_OPERATION,
    MAP_OF(e.host_reads, CL_MAP_WRITE, 0, 64));

ROW("clEnqueueUnmapMemObject", "what is mapped", CL_SUCCESS, MAP_OF(e.buffer, CL_MAP_READ, 0, 64));
ROW("clEnqueueUnmapMemObject", "no queue", CL_INVALID_COMMAND_QUEUE,
    clEnqueueUnmapMemObject(NULL, e.buffer, e.bytes, 0, NULL, NULL));
ROW("clEnqueueUnmapMemObject", "no object", CL_INVALID_MEM_OBJECT,
    clEnqueueUnmapMemObject(e.queue, NULL, e.bytes, 0, NULL, NULL));
ROW("clEnqueueUnmapMemObject", "what is not mapped", CL_INVALID_VALUE,
    clEnqueueUnmapMemObject(e.queue, e.buffer, e.bytes, 0, NULL, NULL));
ROW("clEnqueueUnmapMemObject", "object of another context", CL_INVALID_CONTEXT,
    clEnqueueUnmapMemObject(e.queue, e.other_buffer, e.bytes, 0, NULL, NULL));

#define MIGRATE(queue, n, list, event) \
	clEnqueueMigrateMemObjects(queue, 1, &e.buffer, 0, n, list, event)
#define MIGRATE_OF(count, mems, flags) \
	clEnqueueMigrateMemObjects(e.queue, count, mems, flags, 0, NULL, NULL)
COMMAND("clEnqueueMigrateMemObjects", MIGRATE);
ROW("clEnqueueMigrateMemObjects", "to the host", CL_SUCCESS,
    MIGRATE_OF(1, &e.buffer, CL_MIGRATE_MEM_OBJECT_HOST));
ROW("clEnqueueMigrateMemObjects", "none", CL_INVALID_VALUE, MIGRATE_OF(0, &e.buffer, 0));
ROW("clEnqueueMigrateMemObjects", "no list", CL_INVALID_VALUE, MIGRATE_OF(1, NULL, 0));
ROW("clEnqueueMigrateMemObjects", "unknown flag", CL_INVALID_VALUE,
    MIGRATE_OF(1, &e.buffer, 1ull << 40));
ROW("clEnqueueMigrateMemObjects", "NULL in the list", CL_INVALID_MEM_OBJECT,
    MIGRATE_OF(1, (cl_mem[]){ NULL }, 0));
ROW("clEnqueueMigrateMemObjects", "object of another context", CL_INVALID_CONTEXT,
    MIGRATE_OF(1, &e.other_buffer, 0));

/* ---- pipes ---- */

#define PIPE(context, flags, size, packets, properties) \
	CREATE(clReleaseMemObject, clCreatePipe(context, flags, size, packets, properties, &err))
#define PIPE_OR(error) (e.pipes ? (error) : CL_INVALID_OPERATION)
ROW("clCreatePipe", "plain", PIPE_OR(CL_SUCCESS), PIPE(e.context, 0, 4, 16, NULL));
ROW("clCreatePipe", "packet size 0", PIPE_OR(CL_INVALID_PIPE_SIZE),
    PIPE(e.context, 0, 0, 16, NULL));
ROW("clCreatePipe", "no context", CL_INVALID_CONTEXT, PIPE(NULL, 0, 4, 16, NULL));
ROW("clGetPipeInfo", "no pipe", CL_INVALID_MEM_OBJECT,
    clGetPipeInfo(NULL, CL_PIPE_PACKET_SIZE, 0, NULL, NULL));
ROW("clGetPipeInfo", "a buffer", CL_INVALID_MEM_OBJECT,
    clGetPipeInfo(e.buffer, CL_PIPE_PACKET_SIZE, 0, NULL, NULL));

// SPDX-License-Identifier: MIT
/*
 * buffer.c - creating, querying and destroying buffers.
 *
 * On a unified adapter every buffer is CPU-visible memory, locked once: the CPU and the device see
 * the same bytes. On others a buffer is device-local and is reached through staging. The memory of
 * the application (CL_MEM_USE_HOST_PTR) is outside of what the device sees, in a VM by design; it
 * is copied in at creation, and copied at every map and unmap.
 */
#include "buffer.h"

#include <stdlib.h>

#include "box.h"
#include "entry.h"
#include "image.h"
#include "info.h"
#include "map.h"
#include "pool.h"
#include "queue.h"
#include "svm.h"
#include "transfer.h"

#define BUFFER_MAGIC 0x42554646u

#define ACCESS_FLAGS (CL_MEM_READ_WRITE | CL_MEM_WRITE_ONLY | CL_MEM_READ_ONLY)
#define HOST_ACCESS_FLAGS (CL_MEM_HOST_WRITE_ONLY | CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_NO_ACCESS)
#define HOST_PTR_FLAGS (CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR | CL_MEM_COPY_HOST_PTR)

static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER; /* a leaf */
static struct _cl_mem *known; /* known_lock */

static void know(struct _cl_mem *mem)
{
	pthread_mutex_lock(&known_lock);
	mem->next_known = known;
	mem->prev_known = &known;
	if (known)
		known->prev_known = &mem->next_known;
	known = mem;
	pthread_mutex_unlock(&known_lock);
}

static void forget(struct _cl_mem *mem)
{
	pthread_mutex_lock(&known_lock);
	*mem->prev_known = mem->next_known;
	if (mem->next_known)
		mem->next_known->prev_known = mem->prev_known;
	pthread_mutex_unlock(&known_lock);
}

bool buffer_known(const void *handle)
{
	const struct _cl_mem *mem;

	pthread_mutex_lock(&known_lock);
	for (mem = known; mem && mem != handle; mem = mem->next_known)
		;
	pthread_mutex_unlock(&known_lock);
	return mem;
}

static void free_buffer(void *handle)
{
	struct _cl_mem *mem = handle;

	map_free_all(mem);
	if (mem->image)
		image_free(mem);
	svm_drop(mem->svm);
	pool_put(&mem->memory);
	pthread_mutex_destroy(&mem->lock);
	object_drop(mem->parent);
	object_drop(mem->context);
	free(mem);
}

static void destroy(struct object *o)
{
	struct _cl_mem *mem = (struct _cl_mem *)o;

	forget(mem);
	destructors_run(&mem->destructors, mem, free_buffer);
}

const struct object_ops buffer_ops = {
	.magic = BUFFER_MAGIC,
	.invalid = CL_INVALID_MEM_OBJECT,
	.destroy = destroy,
};

static bool at_most_one(cl_mem_flags flags)
{
	return !(flags & (flags - 1));
}

cl_int mem_check_flags(cl_mem_flags flags)
{
	if (flags & ~(cl_mem_flags)(ACCESS_FLAGS | HOST_ACCESS_FLAGS | HOST_PTR_FLAGS))
		return CL_INVALID_VALUE;
	if (!at_most_one(flags & ACCESS_FLAGS) || !at_most_one(flags & HOST_ACCESS_FLAGS))
		return CL_INVALID_VALUE;
	if ((flags & CL_MEM_USE_HOST_PTR) &&
	    (flags & (CL_MEM_ALLOC_HOST_PTR | CL_MEM_COPY_HOST_PTR)))
		return CL_INVALID_VALUE;
	return CL_SUCCESS;
}

static cl_int check_create(cl_context context, cl_mem_flags flags, size_t size,
			   const void *host_ptr)
{
	const cl_mem_flags takes_ptr = CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR;
	cl_int err;

	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	err = mem_check_flags(flags);
	if (err != CL_SUCCESS)
		return err;
	if (!size || size > context->device->max_alloc_size)
		return CL_INVALID_BUFFER_SIZE;
	if (!host_ptr != !(flags & takes_ptr))
		return CL_INVALID_HOST_PTR;
	return context_lost(context) ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
}

struct _cl_mem *mem_create(cl_context context, cl_mem_flags flags, size_t size)
{
	struct _cl_mem *mem = calloc(1, sizeof(*mem));

	if (!mem)
		return NULL;
	object_init(&mem->o, &buffer_ops);
	mem->context = object_hold(context);
	mem->flags = flags & ACCESS_FLAGS ? flags : flags | CL_MEM_READ_WRITE;
	mem->size = size;
	pthread_mutex_init(&mem->lock, NULL);
	know(mem);
	return mem;
}

static cl_int alloc_memory(struct _cl_mem *mem)
{
	struct vgpu *vgpu = mem->context->vgpu;
	int err =
		pool_get(vgpu, mem->size, vgpu->unified ? DXG_ALLOC_CPU_VISIBLE : 0, &mem->memory);

	if (err < 0)
		return context_error(mem->context, err);
	mem->va = mem->memory.va;
	mem->cpu = mem->memory.cpu;
	return CL_SUCCESS;
}

void mem_will_write(struct _cl_mem *mem, const struct box *box)
{
	struct allocation *memory = &buffer_root(mem)->memory;

	if (memory->cpu)
		allocation_will_write(memory,
				      (uint64_t)(mem->cpu - (uint8_t *)memory->cpu) + box->offset,
				      box_extent(box));
}

static cl_int upload(struct _cl_mem *mem, void *data)
{
	struct box all = box_of_range(0, mem->size, data);

	return transfer_upload(mem, &all);
}

/* Memory of its own, with the application's bytes in it if there are any. */
static cl_int fill_new(struct _cl_mem *mem, void *host_ptr)
{
	cl_int err = alloc_memory(mem);

	if (err == CL_SUCCESS && host_ptr)
		err = upload(mem, host_ptr);
	if (err == CL_SUCCESS && (mem->flags & CL_MEM_USE_HOST_PTR))
		mem->host_ptr = host_ptr;
	return err;
}

/* Shared memory of the application is used as it is. */
static bool lie_over_svm(struct _cl_mem *mem, uint8_t *host_ptr)
{
	if (mem->flags & CL_MEM_USE_HOST_PTR)
		mem->svm = svm_find(mem->context, host_ptr, mem->size);
	if (!mem->svm)
		return false;
	mem->va = svm_va(mem->svm, host_ptr);
	mem->cpu = host_ptr;
	return true;
}

cl_mem CL_API_CALL clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size,
				  void *host_ptr, cl_int *errcode_ret)
{
	struct _cl_mem *mem = NULL;
	cl_int err = check_create(context, flags, size, host_ptr);

	if (err == CL_SUCCESS) {
		mem = mem_create(context, flags, size);
		err = mem ? CL_SUCCESS : CL_OUT_OF_HOST_MEMORY;
	}
	if (err == CL_SUCCESS && !lie_over_svm(mem, host_ptr))
		err = fill_new(mem, host_ptr);
	set_error(errcode_ret, err);
	if (err != CL_SUCCESS && mem) {
		object_drop(mem);
		return NULL;
	}
	return mem;
}

/* No property of a buffer is defined without an extension. */
cl_mem CL_API_CALL clCreateBufferWithProperties(cl_context context,
						const cl_mem_properties *properties,
						cl_mem_flags flags, size_t size, void *host_ptr,
						cl_int *errcode_ret)
{
	cl_mem mem;

	if (context_valid(context) && properties && properties[0]) {
		set_error(errcode_ret, CL_INVALID_PROPERTY);
		return NULL;
	}
	mem = clCreateBuffer(context, flags, size, host_ptr, errcode_ret);
	if (mem)
		mem->property_list = properties;
	return mem;
}

/* A sub-buffer may not be given more access than its parent has. */
cl_int mem_check_sub_flags(const struct _cl_mem *parent, cl_mem_flags flags)
{
	cl_int err = mem_check_flags(flags);

	if (err != CL_SUCCESS || (flags & HOST_PTR_FLAGS))
		return CL_INVALID_VALUE;
	if ((parent->flags & CL_MEM_WRITE_ONLY) && (flags & (CL_MEM_READ_WRITE | CL_MEM_READ_ONLY)))
		return CL_INVALID_VALUE;
	if ((parent->flags & CL_MEM_READ_ONLY) && (flags & (CL_MEM_READ_WRITE | CL_MEM_WRITE_ONLY)))
		return CL_INVALID_VALUE;
	if ((parent->flags & CL_MEM_HOST_WRITE_ONLY) && (flags & CL_MEM_HOST_READ_ONLY))
		return CL_INVALID_VALUE;
	if ((parent->flags & CL_MEM_HOST_READ_ONLY) && (flags & CL_MEM_HOST_WRITE_ONLY))
		return CL_INVALID_VALUE;
	if ((parent->flags & CL_MEM_HOST_NO_ACCESS) &&
	    (flags & (CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_WRITE_ONLY)))
		return CL_INVALID_VALUE;
	return CL_SUCCESS;
}

static cl_int check_sub(cl_mem parent, cl_mem_flags flags, cl_buffer_create_type type,
			const cl_buffer_region *region)
{
	cl_int err;

	if (!buffer_valid(parent) || parent->parent)
		return CL_INVALID_MEM_OBJECT;
	err = mem_check_sub_flags(parent, flags);
	if (err != CL_SUCCESS)
		return err;
	if (type != CL_BUFFER_CREATE_TYPE_REGION || !region)
		return CL_INVALID_VALUE;
	if (!region->size)
		return CL_INVALID_BUFFER_SIZE;
	if (!buffer_range_valid(parent, region->origin, region->size))
		return CL_INVALID_VALUE;
	if (region->origin % parent->context->device->base_align)
		return CL_MISALIGNED_SUB_BUFFER_OFFSET;
	return CL_SUCCESS;
}

cl_mem_flags mem_inherited_flags(const struct _cl_mem *parent, cl_mem_flags flags)
{
	if (!(flags & ACCESS_FLAGS))
		flags |= parent->flags & ACCESS_FLAGS;
	if (!(flags & HOST_ACCESS_FLAGS))
		flags |= parent->flags & HOST_ACCESS_FLAGS;
	return flags | (parent->flags & HOST_PTR_FLAGS);
}

cl_mem CL_API_CALL clCreateSubBuffer(cl_mem buffer, cl_mem_flags flags,
				     cl_buffer_create_type buffer_create_type,
				     const void *buffer_create_info, cl_int *errcode_ret)
{
	const cl_buffer_region *region = buffer_create_info;
	struct _cl_mem *mem;
	cl_int err = check_sub(buffer, flags, buffer_create_type, region);

	set_error(errcode_ret, err);
	if (err != CL_SUCCESS)
		return NULL;
	mem = mem_create(buffer->context, mem_inherited_flags(buffer, flags), region->size);
	if (!mem) {
		set_error(errcode_ret, CL_OUT_OF_HOST_MEMORY);
		return NULL;
	}
	mem->parent = object_hold(buffer);
	mem->origin = region->origin;
	mem->va = buffer->va + region->origin;
	mem->cpu = buffer->cpu ? buffer->cpu + region->origin : NULL;
	mem->host_ptr = buffer->host_ptr ? buffer->host_ptr + region->origin : NULL;
	return mem;
}

cl_int CL_API_CALL clRetainMemObject(cl_mem mem)
{
	return object_retain(mem, &buffer_ops);
}

cl_int CL_API_CALL clReleaseMemObject(cl_mem mem)
{
	return object_release(mem, &buffer_ops);
}

cl_int CL_API_CALL clSetMemObjectDestructorCallback(cl_mem mem,
						    void(CL_CALLBACK *pfn_notify)(cl_mem, void *),
						    void *user_data)
{
	if (!mem_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	if (!pfn_notify)
		return CL_INVALID_VALUE;
	return destructors_add(&mem->destructors, (destructor_notify)pfn_notify, user_data);
}

static cl_uint map_count(struct _cl_mem *mem)
{
	cl_uint n;

	pthread_mutex_lock(&mem->lock);
	n = mem->map_count;
	pthread_mutex_unlock(&mem->lock);
	return n;
}

cl_int CL_API_CALL clGetMemObjectInfo(cl_mem mem, cl_mem_info param_name, size_t param_value_size,
				      void *param_value, size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!mem_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	switch (param_name) {
	case CL_MEM_TYPE:
		return info_uint(&out,
				 mem->image ? mem->image->desc.image_type : CL_MEM_OBJECT_BUFFER);
	case CL_MEM_FLAGS:
		return info_ulong(&out, mem->flags);
	case CL_MEM_SIZE:
		return info_size(&out, mem->size);
	case CL_MEM_HOST_PTR:
		return info_pointer(&out, buffer_root(mem)->svm ? mem->cpu : mem->host_ptr);
	case CL_MEM_MAP_COUNT:
		return info_uint(&out, map_count(mem));
	case CL_MEM_REFERENCE_COUNT:
		return info_uint(&out, object_refs(&mem->o));
	case CL_MEM_CONTEXT:
		return info_pointer(&out, mem->context);
	case CL_MEM_ASSOCIATED_MEMOBJECT:
		return info_pointer(&out, mem->parent);
	case CL_MEM_OFFSET:
		return info_size(&out, mem->origin);
	case CL_MEM_USES_SVM_POINTER:
		return info_uint(&out, buffer_root(mem)->svm ? CL_TRUE : CL_FALSE);
	case CL_MEM_PROPERTIES:
		return info_bytes(&out, &(cl_mem_properties){ 0 },
				  mem->property_list ? sizeof(cl_mem_properties) : 0);
	default:
		return CL_INVALID_VALUE;
	}
}

// SPDX-License-Identifier: MIT
/*
 * svm.c - clSVMAlloc, clSVMFree, and SVM pointers as kernel arguments.
 *
 * The address is the one at which this process sees the allocation; the host is asked to show it to
 * kernels there. Now and then something of the worker's own is there already: then other
 * allocations are tried, which have other addresses. Rejected: choosing addresses. The kernel
 * module and libdxg decide where allocations are mapped, and moving a mapping would hide it from
 * them.
 */
#include "svm.h"

#include <errno.h>
#include <stdlib.h>

#include "entry.h"
#include "kernel.h"

/* Each failure means that a piece of this size met something of the worker's. */
#define SVM_TRIES 4

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* a leaf */
static struct svm *pieces; /* lock */

static int show_to_kernels(const struct allocation *memory)
{
	struct dxg_escape_svm_map e = {
		.va = memory->va,
		.size = memory->size,
		.address = (uintptr_t)memory->cpu,
	};

	return vgpu_escape(memory->vgpu, &e.h, DXG_ESCAPE_SVM_MAP, sizeof(e));
}

/* What could not be shown is kept until the end, so that the next try is elsewhere. */
static int allocate(struct vgpu *vgpu, size_t size, struct allocation *ret)
{
	struct allocation tried[SVM_TRIES] = { 0 };
	int err = -EEXIST, n = 0;

	while (err == -EEXIST && n < SVM_TRIES) {
		err = allocation_create(vgpu, size, DXG_ALLOC_CPU_VISIBLE, &tried[n]);
		if (err == 0)
			err = show_to_kernels(&tried[n++]);
	}
	if (err == 0)
		*ret = tried[--n];
	while (n > 0)
		allocation_destroy(&tried[--n]);
	return err;
}

static void piece_free(struct svm *svm)
{
	allocation_destroy(&svm->memory);
	object_drop(svm->context);
	free(svm);
}

void svm_drop(struct svm *svm)
{
	if (svm && atomic_fetch_sub(&svm->holds, 1) == 1)
		piece_free(svm);
}

static bool inside(const struct svm *svm, const void *address, size_t size)
{
	uintptr_t at = (uintptr_t)address, start = (uintptr_t)svm->memory.cpu;

	return at >= start && at - start < svm->size && size <= svm->size - (at - start);
}

struct svm *svm_find(cl_context context, const void *address, size_t size)
{
	struct svm *svm;

	pthread_mutex_lock(&lock);
	for (svm = pieces; svm; svm = svm->next)
		if (svm->context == context && inside(svm, address, size))
			break;
	if (svm)
		atomic_fetch_add(&svm->holds, 1);
	pthread_mutex_unlock(&lock);
	return svm;
}

static bool flags_valid(cl_svm_mem_flags flags)
{
	const cl_svm_mem_flags access = CL_MEM_READ_WRITE | CL_MEM_WRITE_ONLY | CL_MEM_READ_ONLY;

	/* Fine-grained memory and atomics are not for a coarse-grained device. */
	return !(flags & ~access) && !(flags & (flags - 1));
}

void *CL_API_CALL clSVMAlloc(cl_context context, cl_svm_mem_flags flags, size_t size,
			     cl_uint alignment)
{
	struct svm *svm;

	if (!context_valid(context) || !svm_supported(context) || !flags_valid(flags) || !size ||
	    size > context->device->max_alloc_size || (alignment & (alignment - 1)) ||
	    alignment > DXG_PAGE_SIZE || context_lost(context))
		return NULL;
	svm = calloc(1, sizeof(*svm));
	if (!svm)
		return NULL;
	svm->context = object_hold(context);
	svm->size = size;
	atomic_init(&svm->holds, 1);
	if (allocate(context->vgpu, size, &svm->memory) < 0) {
		piece_free(svm);
		return NULL;
	}
	pthread_mutex_lock(&lock);
	svm->next = pieces;
	pieces = svm;
	pthread_mutex_unlock(&lock);
	return svm->memory.cpu;
}

void CL_API_CALL clSVMFree(cl_context context, void *svm_pointer)
{
	struct svm **at, *svm = NULL;

	if (!context_valid(context) || !svm_pointer)
		return;
	pthread_mutex_lock(&lock);
	for (at = &pieces; *at; at = &(*at)->next)
		if ((*at)->context == context && (*at)->memory.cpu == svm_pointer)
			break;
	if (*at) {
		svm = *at;
		*at = svm->next;
	}
	pthread_mutex_unlock(&lock);
	svm_drop(svm);
}

/* ---- kernel arguments ---- */

static bool takes_pointer(const struct dxg_kernel_arg *info)
{
	return !info->address || info->address == CL_KERNEL_ARG_ADDRESS_GLOBAL ||
	       info->address == CL_KERNEL_ARG_ADDRESS_CONSTANT;
}

cl_int CL_API_CALL clSetKernelArgSVMPointer(cl_kernel kernel, cl_uint arg_index,
					    const void *arg_value)
{
	cl_context context;
	struct svm *svm;
	cl_int err;

	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	context = kernel->program->context;
	if (!svm_supported(context))
		return CL_INVALID_OPERATION;
	if (arg_index >= kernel->info->arg_count)
		return CL_INVALID_ARG_INDEX;
	if (!takes_pointer(&kernel->info->arg[arg_index]))
		return CL_INVALID_ARG_VALUE;
	svm = arg_value ? svm_find(context, arg_value, 1) : NULL;
	if (arg_value && !svm)
		return CL_INVALID_ARG_VALUE;
	err = kernel_arg_set_svm(&kernel->args[arg_index], svm ? svm_va(svm, arg_value) : 0);
	svm_drop(svm);
	return err;
}

static cl_int check_pointers(cl_context context, size_t size, const void *value)
{
	const void *const *pointers = value;

	if (!value || !size || size % sizeof(*pointers))
		return CL_INVALID_VALUE;
	for (size_t i = 0; i < size / sizeof(*pointers); i++) {
		struct svm *svm = svm_find(context, pointers[i], 1);

		if (!svm)
			return CL_INVALID_VALUE;
		svm_drop(svm);
	}
	return CL_SUCCESS;
}

/* All shared memory of the process is there for every kernel; there is nothing to note. */
cl_int CL_API_CALL clSetKernelExecInfo(cl_kernel kernel, cl_kernel_exec_info param_name,
				       size_t param_value_size, const void *param_value)
{
	cl_context context;
	cl_bool system;

	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	context = kernel->program->context;
	if (!svm_supported(context))
		return CL_INVALID_OPERATION;
	switch (param_name) {
	case CL_KERNEL_EXEC_INFO_SVM_PTRS:
		return check_pointers(context, param_value_size, param_value);
	case CL_KERNEL_EXEC_INFO_SVM_FINE_GRAIN_SYSTEM:
		if (!param_value || param_value_size != sizeof(system))
			return CL_INVALID_VALUE;
		memcpy(&system, param_value, sizeof(system));
		return system ? CL_INVALID_OPERATION : CL_SUCCESS;
	default:
		return CL_INVALID_VALUE;
	}
}

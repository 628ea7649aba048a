/* SPDX-License-Identifier: MIT */
/*
 * svm.h - shared virtual memory of the coarse kind: an allocation that kernels see at the address
 * at which this process sees it, so that pointers inside of it mean the same to both.
 *
 * The pieces of all contexts are in one list with a lock of its own (a leaf). A piece is alive
 * while the application has not freed it, or a buffer lies over it.
 */
#ifndef OPENCL_SVM_H
#define OPENCL_SVM_H

#include "allocation.h"
#include "context.h"

/**
 * struct svm - one piece; immutable but for the list and the count.
 * @context: held
 * @memory: all of it; @memory.cpu is its address for everybody
 * @size: bytes, as asked for
 */
struct svm {
	struct svm *next;
	cl_context context;
	struct allocation memory;
	size_t size;
	_Atomic uint32_t holds;
};

/** svm_supported() - has the context's device shared virtual memory? */
static inline bool svm_supported(const struct _cl_context *context)
{
	return context->device->adapter.flags & DXG_ADAPTER_SVM;
}

/**
 * svm_find() - the piece of @context that all of [@address, @address + @size) lies in, with a hold
 * that svm_drop() gives back; or NULL.
 */
struct svm *svm_find(cl_context context, const void *address, size_t size);

/** svm_drop() - give back a hold; NULL is fine. May free the piece. */
void svm_drop(struct svm *svm);

/** svm_va() - the GPU VA of an address in a piece. */
static inline uint64_t svm_va(const struct svm *svm, const void *address)
{
	return svm->memory.va + (uint64_t)((const uint8_t *)address - (uint8_t *)svm->memory.cpu);
}

#endif

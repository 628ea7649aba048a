/* SPDX-License-Identifier: MIT */
/*
 * object.h - what all OpenCL objects start with: the dispatch table that the ICD loader needs as
 * the first field, a magic that tells a valid handle, and two counts.
 *
 * @refs is what clRetain*, clRelease* and *_REFERENCE_COUNT see. @holds keeps the memory alive: the
 * application's references together count one, and so does every other object or command that
 * points here. The last release makes an object invalid for the application; the last drop frees
 * it. Both are atomic; an object is destroyed by whichever thread drops last, with no lock of ours
 * held.
 */
#ifndef OPENCL_OBJECT_H
#define OPENCL_OBJECT_H

#include <CL/cl_icd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct object;

/**
 * struct object_ops - one const table per kind of object.
 * @magic: tells the kind
 * @invalid: error code for a handle that is not a valid object of this kind
 * @released: the last application reference is gone; optional
 * @destroy: nobody points here any more: free everything, the object included
 *
 * Both are called without locks and may block.
 */
struct object_ops {
	uint32_t magic;
	cl_int invalid;
	void (*released)(struct object *o);
	void (*destroy)(struct object *o);
};

/** struct object - must be the first field of every _cl_* structure. */
struct object {
	const cl_icd_dispatch *dispatch;
	const struct object_ops *ops;
	uint32_t magic;
	_Atomic uint32_t refs;
	_Atomic uint32_t holds;
};

extern const cl_icd_dispatch opencl_dispatch;

/** object_init() - one reference, one hold. */
void object_init(struct object *o, const struct object_ops *ops);

/** object_valid() - is @handle an object of that kind which the application still owns? */
static inline bool object_valid(const void *handle, const struct object_ops *ops)
{
	const struct object *o = handle;

	return o && o->magic == ops->magic && atomic_load(&o->refs) != 0;
}

/** object_hold() - keep @o alive; it must be alive already. Returns @o. */
static inline void *object_hold(void *handle)
{
	struct object *o = handle;

	atomic_fetch_add_explicit(&o->holds, 1, memory_order_relaxed);
	return o;
}

/** object_drop() - undo object_hold(); NULL is fine. May destroy the object. */
void object_drop(void *handle);

/** object_retain() - clRetain* of any kind. */
cl_int object_retain(void *handle, const struct object_ops *ops);

/** object_release() - clRelease* of any kind. */
cl_int object_release(void *handle, const struct object_ops *ops);

/** object_refs() - *_REFERENCE_COUNT. */
static inline cl_uint object_refs(const struct object *o)
{
	return atomic_load(&o->refs);
}

/** set_error() - store @err where an errcode_ret pointer wants it, if anywhere. */
static inline void set_error(cl_int *errcode_ret, cl_int err)
{
	if (errcode_ret)
		*errcode_ret = err;
}

#endif

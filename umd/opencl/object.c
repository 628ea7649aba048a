// SPDX-License-Identifier: MIT
/* object.c - counts of OpenCL objects; object.h tells the rules. Lock-free. */
#include "object.h"

void object_init(struct object *o, const struct object_ops *ops)
{
	o->dispatch = &opencl_dispatch;
	o->ops = ops;
	o->magic = ops->magic;
	atomic_init(&o->refs, 1);
	atomic_init(&o->holds, 1);
}

void object_drop(void *handle)
{
	struct object *o = handle;

	if (!o || atomic_fetch_sub_explicit(&o->holds, 1, memory_order_acq_rel) != 1)
		return;
	o->magic = 0;
	o->ops->destroy(o);
}

cl_int object_retain(void *handle, const struct object_ops *ops)
{
	struct object *o = handle;

	if (!object_valid(o, ops))
		return ops->invalid;
	atomic_fetch_add(&o->refs, 1);
	return CL_SUCCESS;
}

cl_int object_release(void *handle, const struct object_ops *ops)
{
	struct object *o = handle;

	if (!object_valid(o, ops))
		return ops->invalid;
	if (atomic_fetch_sub(&o->refs, 1) != 1)
		return CL_SUCCESS;
	if (ops->released)
		ops->released(o);
	object_drop(o);
	return CL_SUCCESS;
}

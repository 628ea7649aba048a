/* SPDX-License-Identifier: MIT */
/*
 * destructor.h - callbacks of the application for the end of an object: registered while it lives,
 * called newest first by the callback thread when nothing uses it any more, before it is freed.
 */
#ifndef OPENCL_DESTRUCTOR_H
#define OPENCL_DESTRUCTOR_H

#include <CL/cl.h>

struct destructor;

/** struct destructors - those of one object; zeroed is empty. Lock-free. */
struct destructors {
	_Atomic(struct destructor *) newest;
};

/** destructor_notify - the application's function; the object's handle is its first argument. */
typedef void(CL_CALLBACK *destructor_notify)(void *handle, void *user_data);

/** destructors_add() - register one. Return: CL_SUCCESS or CL_OUT_OF_HOST_MEMORY. */
cl_int destructors_add(struct destructors *list, destructor_notify notify, void *user_data);

/**
 * destructors_run() - the object @handle has ended: call them all, then @free, which frees the
 * object and may not block for long. Without any, @free is called at once, else by the callback
 * thread.
 */
void destructors_run(struct destructors *list, void *handle, void (*free)(void *handle));

#endif

// SPDX-License-Identifier: MIT
/*
 * destructor.c - see destructor.h. The newest of a list is also the entry of the callback queue, so
 * that the end of an object needs no memory.
 */
#include "destructor.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "callback.h"

struct destructor {
	struct callback cb;
	struct destructor *next;
	destructor_notify notify;
	void *user_data;
	/* of the newest, once the object has ended */
	void *handle;
	void (*free)(void *handle);
};

cl_int destructors_add(struct destructors *list, destructor_notify notify, void *user_data)
{
	struct destructor *d = calloc(1, sizeof(*d));

	if (!d)
		return CL_OUT_OF_HOST_MEMORY;
	d->notify = notify;
	d->user_data = user_data;
	d->next = atomic_load(&list->newest);
	while (!atomic_compare_exchange_weak(&list->newest, &d->next, d))
		;
	return CL_SUCCESS;
}

static void run_all(struct callback *cb)
{
	struct destructor *d = (struct destructor *)cb;
	void (*free_object)(void *) = d->free;
	void *handle = d->handle;

	while (d) {
		struct destructor *next = d->next;

		d->notify(handle, d->user_data);
		free(d);
		d = next;
	}
	free_object(handle);
}

void destructors_run(struct destructors *list, void *handle, void (*free_object)(void *handle))
{
	struct destructor *d = atomic_load(&list->newest);

	if (!d) {
		free_object(handle);
		return;
	}
	d->cb.run = run_all;
	d->handle = handle;
	d->free = free_object;
	callback_post(&d->cb);
}

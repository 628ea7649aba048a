/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_context.h - a context: its handle and its device, and the hardware queues that go with it.
 */
#ifndef DXG_CONTEXT_H
#define DXG_CONTEXT_H

#include <linux/list.h>

#include "dxg_handle.h"

/**
 * struct dxg_context - see above; the fields that change are under device->lock.
 * @object: starts it
 * @dead: its destruction has begun: it gets no more queues
 * @queues: its hardware queues
 */
struct dxg_context {
	struct dxg_object object;
	bool dead;
	struct list_head queues;
};

static inline struct dxg_context *dxg_object_context(struct dxg_object *object)
{
	return container_of(object, struct dxg_context, object);
}

#endif /* DXG_CONTEXT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_hwqueue.h - a hardware queue of a context, with its progress fence.
 */
#ifndef DXG_HWQUEUE_H
#define DXG_HWQUEUE_H

#include "dxg_context.h"
#include "dxg_handle.h"

struct dxg_sync;

/**
 * struct dxg_hwqueue - see above.
 * @object: starts it
 * @context: holds a reference; never changes
 * @link: in context->queues, under device->lock
 * @fence: holds a reference beside the table's; never changes
 */
struct dxg_hwqueue {
	struct dxg_object object;
	struct dxg_context *context;
	struct list_head link;
	struct dxg_sync *fence;
};

static inline struct dxg_hwqueue *dxg_object_hwqueue(struct dxg_object *object)
{
	return container_of(object, struct dxg_hwqueue, object);
}

#endif /* DXG_HWQUEUE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_device.h - a device: the owner of all that an application has on an adapter, except what is
 * not bound to one (CPU events).
 */
#ifndef DXG_DEVICE_H
#define DXG_DEVICE_H

#include <linux/mutex.h>

#include "dxg_file.h"
#include "dxg_handle.h"
#include "misc/d3dkmthk.h"

/**
 * struct dxg_device - see above.
 * @object: starts it
 * @lock: guards what follows; never held while waiting for the host
 * @dead: its destruction has begun: it adopts nothing any more
 * @children: objects whose parent it is
 * @execution_state: what the host said last
 * @state_counter: the session's counter before it said so
 */
struct dxg_device {
	struct dxg_object object;
	struct mutex lock;
	bool dead;
	struct list_head children;
	enum d3dkmt_deviceexecution_state execution_state;
	s64 state_counter;
};

int dxg_device_adopt_locked(struct dxg_device *device, struct dxg_object *object, u32 handle);
int dxg_device_adopt(struct dxg_device *device, struct dxg_object *object, u32 handle);
void dxg_device_forget(struct dxg_device *device, struct dxg_object *object);
void dxg_device_abandon(struct dxg_device *device);
void dxg_device_end(struct dxg_device *device, bool flush);
int dxg_device_destroy_object(struct dxg_process *process, u32 type, u32 handle);

static inline struct dxg_device *dxg_object_device(struct dxg_object *object)
{
	return container_of(object, struct dxg_device, object);
}

/** dxg_device_get - the device of that handle with a reference, or NULL. */
static inline struct dxg_device *dxg_device_get(struct dxg_file *file, struct d3dkmthandle handle)
{
	struct dxg_object *object = dxg_table_get(&file->objects, handle.v, DXG_OBJECT_DEVICE);

	return object ? dxg_object_device(object) : NULL;
}

static inline void dxg_device_put(struct dxg_device *device)
{
	dxg_object_put(&device->object);
}

#endif /* DXG_DEVICE_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_handle.c - the handle table. See dxg_handle.h.
 *
 * Look-ups run under RCU without a lock; what changes the table holds its xa_lock. Objects are
 * freed after a grace period, so a look-up that races with a destruction finds a dead count, never
 * freed memory.
 */
#include <linux/slab.h>

#include "dxg_device.h"
#include "dxg_handle.h"
#include "dxg_process.h"

/**
 * dxg_object_init - start an object; the caller has its only reference.
 * @object: to be started
 * @ops: its type
 * @process: whose it is
 * @device: its parent, gains a reference; NULL for none
 */
void dxg_object_init(struct dxg_object *object, const struct dxg_object_ops *ops,
		     struct dxg_process *process, struct dxg_device *device)
{
	kref_init(&object->ref);
	object->ops = ops;
	object->process = process;
	object->device = device;
	if (device)
		kref_get(&device->object.ref);
	INIT_LIST_HEAD(&object->sibling);
}

/** dxg_object_create - an object of a type that has nothing more. Return: it, or NULL. */
struct dxg_object *dxg_object_create(const struct dxg_object_ops *ops, struct dxg_process *process,
				     struct dxg_device *device)
{
	struct dxg_object *object = kzalloc(sizeof(*object), GFP_KERNEL_ACCOUNT);

	if (object)
		dxg_object_init(object, ops, process, device);
	return object;
}

/** dxg_object_free - the release of dxg_object_create()'s. */
void dxg_object_free(struct dxg_object *object)
{
	kfree_rcu(object, rcu);
}

static void dxg_object_release(struct kref *ref)
{
	struct dxg_object *object = container_of(ref, struct dxg_object, ref);
	struct dxg_device *device = object->device;

	object->ops->release(object);
	if (device)
		dxg_object_put(&device->object);
}

/** dxg_object_put - drop a reference; may sleep; NULL is fine. */
void dxg_object_put(struct dxg_object *object)
{
	if (object)
		kref_put(&object->ref, dxg_object_release);
}

/** dxg_object_detach - the caller took it out of the table: leave the parent, lose user mode. */
void dxg_object_detach(struct dxg_object *object)
{
	if (object->device)
		dxg_device_forget(object->device, object);
	if (object->ops->detach)
		object->ops->detach(object);
}

static unsigned long dxg_handle_index(u32 handle)
{
	unsigned long instance = handle & DXG_HANDLE_INSTANCE;

	return instance << DXG_HANDLE_INDEX_BITS |
	       ((handle >> DXG_HANDLE_INDEX_SHIFT) & DXG_HANDLE_INDEX_MAX);
}

/** dxg_handle_valid - may the host have chosen this number for an object? */
bool dxg_handle_valid(u32 handle)
{
	u32 index = handle >> DXG_HANDLE_INDEX_SHIFT & DXG_HANDLE_INDEX_MAX;

	return index && index < DXG_HANDLE_INDEX_MAX && !(handle & DXG_HANDLE_INSTANCE);
}

/** dxg_table_init - an empty table. */
void dxg_table_init(struct dxg_table *table)
{
	xa_init(&table->objects);
}

/**
 * dxg_table_insert - make an object known: under the host's handle, with its process's instance.
 * @table: the table
 * @object: the object
 * @host: the handle as the host chose it
 *
 * The table takes over the caller's reference, on success only.
 *
 * Return: 0; -EPROTO not a number the host may choose; -EINVAL it is taken; -ENOMEM.
 */
int dxg_table_insert(struct dxg_table *table, struct dxg_object *object, u32 host)
{
	int err;

	if (!dxg_handle_valid(host))
		return -EPROTO;
	object->handle = dxg_process_handle(object->process, host);
	err = xa_insert(&table->objects, dxg_handle_index(object->handle), object,
			GFP_KERNEL_ACCOUNT);
	return err == -EBUSY ? -EINVAL : err;
}

static bool dxg_object_matches(const struct dxg_object *object, u32 handle,
			       enum dxg_object_type type)
{
	return object && object->handle == handle && object->ops->type == type;
}

/** dxg_table_peek - look up without a reference; RCU read lock held; NULL when there is none. */
struct dxg_object *dxg_table_peek(struct dxg_table *table, u32 handle, enum dxg_object_type type)
{
	struct dxg_object *object = xa_load(&table->objects, dxg_handle_index(handle));

	return dxg_object_matches(object, handle, type) ? object : NULL;
}

/** dxg_table_get - look up and take a reference; NULL when there is none of that type. */
struct dxg_object *dxg_table_get(struct dxg_table *table, u32 handle, enum dxg_object_type type)
{
	struct dxg_object *object;

	rcu_read_lock();
	object = dxg_table_peek(table, handle, type);
	if (object && !kref_get_unless_zero(&object->ref))
		object = NULL;
	rcu_read_unlock();
	return object;
}

/** dxg_handles_to_host - from user mode's numbers to the host's, in place. */
void dxg_handles_to_host(u32 *handle, unsigned int n)
{
	while (n--)
		handle[n] = dxg_handle_host(handle[n]);
}

/**
 * dxg_table_translate - a list of handles on its way to the host.
 * @table: the table
 * @handle: private copy of the list; becomes the host's numbers
 * @n: how many
 * @type: of which type they must be
 * @process: whose they must be
 *
 * Return: 0; -EINVAL when one does not name such an object.
 */
int dxg_table_translate(struct dxg_table *table, u32 *handle, unsigned int n,
			enum dxg_object_type type, const struct dxg_process *process)
{
	struct dxg_object *object;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < n; i++) {
		object = dxg_table_peek(table, handle[i], type);
		if (!object || object->process != process)
			break;
	}
	rcu_read_unlock();
	if (i < n)
		return -EINVAL;
	dxg_handles_to_host(handle, n);
	return 0;
}

/** dxg_table_remove - take an object out: its destruction is the caller's. NULL: not there. */
struct dxg_object *dxg_table_remove(struct dxg_table *table, u32 handle, enum dxg_object_type type)
{
	struct dxg_object *object;

	xa_lock(&table->objects);
	object = xa_load(&table->objects, dxg_handle_index(handle));
	if (dxg_object_matches(object, handle, type) && !object->claimed)
		__xa_erase(&table->objects, dxg_handle_index(handle));
	else
		object = NULL;
	xa_unlock(&table->objects);
	return object;
}

/** dxg_table_remove_object - the same for a known object. Return: it is the caller's now. */
bool dxg_table_remove_object(struct dxg_table *table, struct dxg_object *object)
{
	unsigned long index = dxg_handle_index(object->handle);
	bool found;

	xa_lock(&table->objects);
	found = xa_load(&table->objects, index) == object && !object->claimed;
	if (found)
		__xa_erase(&table->objects, index);
	xa_unlock(&table->objects);
	return found;
}

/* Claim what fits, each object once. Return: how many from the start. */
static unsigned int dxg_table_claim_locked(struct dxg_table *table, const u32 *handle,
					   unsigned int n, enum dxg_object_type type,
					   bool (*fits)(struct dxg_object *object, void *arg),
					   void *arg, struct dxg_object **ret_objects)
{
	struct dxg_object *object;
	unsigned int i;

	for (i = 0; i < n; i++) {
		object = xa_load(&table->objects, dxg_handle_index(handle[i]));
		if (!dxg_object_matches(object, handle[i], type) || object->claimed ||
		    !fits(object, arg))
			break;
		object->claimed = true;
		ret_objects[i] = object;
	}
	return i;
}

/**
 * dxg_table_remove_list - take out all of a list of objects, or none.
 * @table: the table
 * @handle: the list
 * @n: how many
 * @type: of which type they are
 * @fits: called under the table's lock: may this one be in the list?
 * @arg: passed to @fits
 * @ret_objects: @n objects, the caller's now
 *
 * Return: 0; -EINVAL when one is not there, does not fit or stands in the list twice.
 */
int dxg_table_remove_list(struct dxg_table *table, const u32 *handle, unsigned int n,
			  enum dxg_object_type type,
			  bool (*fits)(struct dxg_object *object, void *arg), void *arg,
			  struct dxg_object **ret_objects)
{
	unsigned int claimed, i;

	xa_lock(&table->objects);
	claimed = dxg_table_claim_locked(table, handle, n, type, fits, arg, ret_objects);
	for (i = 0; i < claimed; i++) {
		ret_objects[i]->claimed = false;
		if (claimed == n)
			__xa_erase(&table->objects, dxg_handle_index(handle[i]));
	}
	xa_unlock(&table->objects);
	return claimed == n ? 0 : -EINVAL;
}

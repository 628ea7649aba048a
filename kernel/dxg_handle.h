/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_handle.h - objects that user mode names by handle, and the table of an open file that finds
 * them.
 *
 * Handles of objects are chosen by the host, per process object of its own (specification
 * section 5.1). A file that has several adapters open has one of these on each host, and the
 * numbers may coincide; so the instance bits, which the host leaves zero, say which: the file's
 * first adapter is instance 0, and there guest and host use the same number. A look-up checks the
 * whole handle and the type and takes a reference, in one step. The table owns one reference;
 * taking an object out of the table transfers it, and with it the right and the duty to destroy the
 * object, to exactly one task.
 */
#ifndef DXG_HANDLE_H
#define DXG_HANDLE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct dxg_device;
struct dxg_object;
struct dxg_process;

/* Bits of a handle. */
#define DXG_HANDLE_INSTANCE 0x3fu
#define DXG_HANDLE_INDEX_SHIFT 6
#define DXG_HANDLE_INDEX_MAX 0xffffffu
#define DXG_HANDLE_INDEX_BITS 24
#define DXG_HANDLE_UNIQUE_SHIFT 30
/* Instance of adapter handles, which are chosen here; those below name hosts' processes. */
#define DXG_HANDLE_INSTANCE_ADAPTER 0x3fu

enum dxg_object_type {
	DXG_OBJECT_DEVICE = 1,
	DXG_OBJECT_CONTEXT,
	DXG_OBJECT_RESOURCE,
	DXG_OBJECT_ALLOCATION,
	DXG_OBJECT_PAGING_QUEUE,
	DXG_OBJECT_SYNC,
	DXG_OBJECT_HWQUEUE,
	DXG_OBJECT_TYPES,
};

/** struct dxg_object_ops - one per type. */
struct dxg_object_ops {
	enum dxg_object_type type;
	/**
	 * @detach: the object was taken out of the table: make it unreachable for user mode, before
	 * the host is told; sleeps; optional.
	 */
	void (*detach)(struct dxg_object *object);
	/** @release: the last reference is gone; sleeps; frees by kfree_rcu(). */
	void (*release)(struct dxg_object *object);
};

/**
 * struct dxg_object - starts every object.
 * @ref: references
 * @ops: type and operations
 * @handle: as user mode knows it; set when it enters the table
 * @claimed: a task is about to take it out; under the table's lock
 * @process: whose it is; lives at least as long as this is in the table, or a call under way
 * @device: its parent, holds a reference; NULL for devices and what survives them
 * @sibling: in device->children, under device->lock
 * @rcu: look-ups run under RCU
 */
struct dxg_object {
	struct kref ref;
	const struct dxg_object_ops *ops;
	u32 handle;
	bool claimed;
	struct dxg_process *process;
	struct dxg_device *device;
	struct list_head sibling;
	struct rcu_head rcu;
};

/** struct dxg_table - objects by handle index; its xa_lock is the table's lock. */
struct dxg_table {
	struct xarray objects;
};

/** dxg_handle_host - the number by which the host knows an object. */
static inline u32 dxg_handle_host(u32 handle)
{
	return handle & ~DXG_HANDLE_INSTANCE;
}

static inline u32 dxg_object_host(const struct dxg_object *object)
{
	return dxg_handle_host(object->handle);
}

void dxg_object_init(struct dxg_object *object, const struct dxg_object_ops *ops,
		     struct dxg_process *process, struct dxg_device *device);
struct dxg_object *dxg_object_create(const struct dxg_object_ops *ops, struct dxg_process *process,
				     struct dxg_device *device);
void dxg_object_free(struct dxg_object *object);
void dxg_object_put(struct dxg_object *object);
void dxg_object_detach(struct dxg_object *object);

bool dxg_handle_valid(u32 handle);
void dxg_table_init(struct dxg_table *table);
int dxg_table_insert(struct dxg_table *table, struct dxg_object *object, u32 host);
struct dxg_object *dxg_table_peek(struct dxg_table *table, u32 handle, enum dxg_object_type type);
struct dxg_object *dxg_table_get(struct dxg_table *table, u32 handle, enum dxg_object_type type);
int dxg_table_translate(struct dxg_table *table, u32 *handle, unsigned int n,
			enum dxg_object_type type, const struct dxg_process *process);
void dxg_handles_to_host(u32 *handle, unsigned int n);
struct dxg_object *dxg_table_remove(struct dxg_table *table, u32 handle, enum dxg_object_type type);
bool dxg_table_remove_object(struct dxg_table *table, struct dxg_object *object);
int dxg_table_remove_list(struct dxg_table *table, const u32 *handle, unsigned int n,
			  enum dxg_object_type type,
			  bool (*fits)(struct dxg_object *object, void *arg), void *arg,
			  struct dxg_object **ret_objects);

#endif /* DXG_HANDLE_H */

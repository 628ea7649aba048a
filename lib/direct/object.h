/* SPDX-License-Identifier: MIT */
/*
 * object.h - the handles of this process: what the direct backend knows of each object that dxgd
 * made for it. Values are dxgd's (specification section 5.1) but those of adapters, which are made
 * here, from indices that are refused to the host: no number ever means both.
 */
#ifndef LIBDXG_OBJECT_H
#define LIBDXG_OBJECT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** enum object_type - what a handle names. */
enum object_type {
	OBJECT_ADAPTER,
	OBJECT_DEVICE,
	OBJECT_CONTEXT,
	OBJECT_RESOURCE,
	OBJECT_ALLOCATION,
	OBJECT_SYNC, /* made by CreateSynchronizationObject2 */
	OBJECT_QUEUE, /* paging queue */
	OBJECT_FENCE, /* fence of a queue of either kind: destroyed with it only */
	OBJECT_HWQUEUE,
};

/** enum object_lock_state - is the CPU address of an allocation known? */
enum object_lock_state {
	OBJECT_UNMAPPED,
	OBJECT_MAPPING, /* a thread asks the host; others wait for table.changed */
	OBJECT_MAPPED,
};

/**
 * struct object - one handle. Everything is under the lock of the table.
 * @device: the device it dies with, 0 for none
 * @parent: resource of an allocation, context of a hardware queue, queue of its fence; 0 for none
 * @child: hardware queue: its fence
 * @children: context: number of its hardware queues
 * @size, @cpu, @locks, @lock_state: allocation: bytes, address, Lock2 calls not undone
 * @fence: sync object: the value in the IO space, NULL when it is no monitored fence
 * @event: sync object: id of the host event of a CPU notification, 0 for none
 * @shared: sync object, resource: made to be shared, or opened as one that is
 * @memory, @memory_size: shared resource: its allocations' memory; unmapped with it
 * @deny: sync object: OBJECT_NO_*, what the program may not do with it
 */
struct object {
	struct object *next, *prev;
	uint32_t handle;
	enum object_type type;
	uint32_t device;
	uint32_t parent;
	uint32_t child;
	uint32_t children;
	uint64_t size;
	void *cpu;
	uint32_t locks;
	enum object_lock_state lock_state;
	uint64_t *fence;
	uint64_t event;
	void *memory;
	uint64_t memory_size;
	bool shared;
	uint32_t deny;
};

#define OBJECT_NO_SIGNAL (1u << 0)
#define OBJECT_NO_WAIT (1u << 1)

#define OBJECT_CHUNK 4096u
#define OBJECT_CHUNKS 4096u
/** OBJECT_ADAPTER_INDEX - indices from here on are for adapters, made here. */
#define OBJECT_ADAPTER_INDEX 0xf00000u

/**
 * struct object_table - all handles of a session.
 * @lock: everything here; innermost, never held while calling out
 * @changed: broadcast when an allocation leaves OBJECT_MAPPING
 */
struct object_table {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct object *first;
	struct object **chunk[OBJECT_CHUNKS];
	uint32_t adapters;
	uint32_t next_adapter;
};

void object_table_init(struct object_table *t);
void object_table_fini(struct object_table *t);

/**
 * object_add() - enter a handle that the host has made.
 * @template: all fields but the links; copied
 * Return: 0; -EINVAL for 0, an index of ours, instance bits or one that is taken; -ENOMEM.
 */
int object_add(struct object_table *t, const struct object *template);

/** object_add_locked() - the same with the lock held. */
int object_add_locked(struct object_table *t, const struct object *template);

/** object_add_adapter() - make an adapter handle. Return: 0; -ENOMEM. */
int object_add_adapter(struct object_table *t, uint32_t *ret_handle);

/** object_find_locked() - the object, or NULL when @handle is not a live one of @type. */
struct object *object_find_locked(struct object_table *t, uint32_t handle, enum object_type type);

/** object_has() - is @handle a live one of @type? */
bool object_has(struct object_table *t, uint32_t handle, enum object_type type);

/** object_has_all() - are all of them? */
bool object_has_all(struct object_table *t, const uint32_t *handle, uint32_t count,
		    enum object_type type);

/** object_denies() - is one of these sync objects there and denied @what (OBJECT_NO_*)? */
bool object_denies(struct object_table *t, const uint32_t *handle, uint32_t count, uint32_t what);

/**
 * object_remove() - take a handle out of the table.
 * @ret: copy of what it was; NULL when not wanted
 * Return: 0, or -EINVAL when it is not a live one of @type. One of two racing callers gets it.
 */
int object_remove(struct object_table *t, uint32_t handle, enum object_type type,
		  struct object *ret);

/** object_remove_locked() - the same for an object found under the lock. */
void object_remove_locked(struct object_table *t, struct object *o);

/** object_remove_children() - take out all objects of @device, not the device itself. */
void object_remove_children(struct object_table *t, uint32_t device);

#endif

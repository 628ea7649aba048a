/* SPDX-License-Identifier: MIT */
/*
 * direct.h - a session with dxgd without a kernel module: what the module does for a process, done
 * in the process. Private to the files of this folder; the rest of the library sees dev_direct_ops.
 *
 * Locks: none is held while waiting for the host, or while writing to a descriptor.
 *	direct.query_lock	the answers kept in query.c
 *	object_table.lock	handles
 *	channel.tx_lock		see channel_impl.h; channel.lock is taken under it only
 *	channel.lock		also the table of events (event.h)
 */
#ifndef LIBDXG_DIRECT_H
#define LIBDXG_DIRECT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "dxgwire/limits.h"
#include "dxgwire/message.h"
#include "dxgwire/region.h"
#include "event.h"
#include "object.h"

#define DIRECT_ANSWERS 16u
#define DIRECT_ANSWER_MAX 1024u

/** struct direct_answer - an answer of QueryAdapterInfo that does not change. */
struct direct_answer {
	uint32_t type;
	uint32_t size;
	uint8_t data[DIRECT_ANSWER_MAX];
};

/**
 * struct direct - one session.
 * @region, @region_size: the mapping; not in the child of a fork
 * @header: checked private copy of the region's header
 * @io, @io_size: IO space in the mapping
 * @vgpu: LUID for the ext header of adapter messages
 * @adapter: dxgd's adapter handle; @host_adapter: what it calls the GPU in statistics
 * @process: dxgd's process handle
 * @answers, @answer_count: under @query_lock
 */
struct direct {
	uint8_t *region;
	uint64_t region_size;
	struct dxg_region_header header;
	uint8_t *io;
	uint64_t io_size;
	struct winluid vgpu;
	uint32_t adapter;
	struct winluid host_adapter;
	uint32_t process;
	struct channel *channel;
	struct event_table events;
	struct object_table objects;
	struct spin fence_spin;
	pthread_mutex_t query_lock;
	struct direct_answer answers[DIRECT_ANSWERS];
	unsigned int answer_count;
};

/* ---- messages (message.c) ---- */

#define DIRECT_TAILS 4u

/**
 * struct direct_msg - a message being sent: fixed part, then tails, in the order they stand.
 * @header: the fixed part, starting with a command header that direct_call() and direct_post() fill
 * @size: bytes of the fixed part
 * @tail: variable parts; @len 0 is fine
 */
struct direct_msg {
	struct dxg_msg_header *header;
	uint32_t size;
	unsigned int tails;
	struct dxg_ring_part tail[DIRECT_TAILS];
};

/** DIRECT_MSG() - an initializer for a message whose fixed part is *@body, without tails. */
#define DIRECT_MSG(body)                                      \
	{                                                     \
		.header = &(body)->h, .size = sizeof(*(body)) \
	}

/** direct_tail() - add a variable part. */
static inline void direct_tail(struct direct_msg *m, const void *base, uint64_t len)
{
	m->tail[m->tails].base = base;
	m->tail[m->tails++].len = len > DXG_MESSAGE_MAX ? DXG_MESSAGE_MAX + 1 : (uint32_t)len;
}

/**
 * direct_call() - send an adapter message and get its reply.
 * @reply, @expect: the reply; all @expect bytes are there when 0 is returned
 *
 * Return: 0; -EINVAL too long a message; -ENODEV; a host that answers with a lone status in place
 * of a longer reply: that status as an errno; another short reply: -EOVERFLOW (specification 2.5).
 */
int direct_call(struct direct *d, uint32_t type, struct direct_msg *m, void *reply,
		uint32_t expect);

/** direct_call_global() - the same for a message of the global family. */
int direct_call_global(struct direct *d, uint32_t type, struct direct_msg *m, void *reply,
		       uint32_t expect);

/** direct_call_status() - an adapter message whose reply is a status. Return: that, as an errno. */
int direct_call_status(struct direct *d, uint32_t type, struct direct_msg *m);

/** direct_post() - an adapter message without a reply. Return: 0, -EINVAL or -ENODEV. */
int direct_post(struct direct *d, uint32_t type, struct direct_msg *m);

/* ---- user arrays: one address and count of an ioctl structure ---- */

/** direct_user() - a pointer field of an ioctl structure. */
static inline void *direct_user(uint64_t field)
{
	return (void *)(uintptr_t)field;
}

/** direct_copy() - a private copy of a caller's array; -EFAULT for NULL, -ENOMEM. NULL for none. */
int direct_copy(uint64_t field, uint64_t bytes, void **ret);

/* ---- the IO space ---- */

/** direct_io() - where [@address, @address + @size) is mapped, or NULL when the host lies. */
void *direct_io(const struct direct *d, uint64_t address, uint64_t size);

/* ---- start (session.c) ---- */

/**
 * session_open() - attach to dxgd at @path and start a session; takes less than a second.
 * Return: 0; -ENODEV when nobody is there or answers in time.
 */
int session_open(const char *path, struct direct **ret);

/** session_close() - end it. NULL is fine. */
void session_close(struct direct *d);

/**
 * attach() - ask dxgd for a session on vGPU @vgpu ("" for the first allowed).
 * @deadline: give up then (deadline.h)
 * @ret_fds: descriptors, the caller's; @ret_region: the region's file; @ret_size: its bytes
 */
int attach(const char *path, const char *vgpu, uint64_t deadline, struct channel_fds *ret_fds,
	   int *ret_region, uint64_t *ret_size);

/* ---- the calls, by noun; each takes the structure of its ioctl, returns as dev_ops.call ---- */

int adapter_enum2(struct direct *d, void *args);
int adapter_enum3(struct direct *d, void *args);
int adapter_open(struct direct *d, void *args);
int adapter_close(struct direct *d, void *args);

int query_adapter(struct direct *d, void *args);
int query_video_memory(struct direct *d, void *args);
int query_clock(struct direct *d, void *args);
int query_feature(struct direct *d, void *args);
int statistics_query(struct direct *d, void *args);
int statistics_processes(struct direct *d, void *args);
int query_escape(struct direct *d, void *args);

int device_create(struct direct *d, void *args);
int device_destroy(struct direct *d, void *args);
int device_state(struct direct *d, void *args);
int device_mark_error(struct direct *d, void *args);
/** device_destroy_all() - the last adapter handle is gone: end every device, flushed first. */
void device_destroy_all(struct direct *d);

int context_create(struct direct *d, void *args);
int context_destroy(struct direct *d, void *args);
int context_submit(struct direct *d, void *args);
int context_set_priority(struct direct *d, void *args);
int context_set_in_process_priority(struct direct *d, void *args);
int context_get_priority(struct direct *d, void *args);
int context_get_in_process_priority(struct direct *d, void *args);

int hwqueue_create(struct direct *d, void *args);
int hwqueue_destroy(struct direct *d, void *args);
int hwqueue_submit(struct direct *d, void *args);
/** hwqueue_remove_all_locked() - @context goes: take its hardware queues out of the table. */
void hwqueue_remove_all_locked(struct object_table *t, uint32_t context);

int packet_context_create(struct direct *d, void *args);
int packet_hw_context_create(struct direct *d, void *args);
int packet_hw_context_destroy(struct direct *d, void *args);
int packet_render(struct direct *d, void *args);

int allocation_create(struct direct *d, void *args);
int allocation_destroy(struct direct *d, void *args);
int allocation_lock(struct direct *d, void *args);
int allocation_unlock(struct direct *d, void *args);
int allocation_invalidate(struct direct *d, void *args);

int paging_create(struct direct *d, void *args);
int paging_destroy(struct direct *d, void *args);
int paging_make_resident(struct direct *d, void *args);
int paging_evict(struct direct *d, void *args);
int paging_flush_heap(struct direct *d, void *args);

int offer_make(struct direct *d, void *args);
int offer_reclaim(struct direct *d, void *args);

int priority_set(struct direct *d, void *args);
int priority_get(struct direct *d, void *args);

int residency_query(struct direct *d, void *args);
int residency_property(struct direct *d, void *args);
int residency_reserve(struct direct *d, void *args);

int gpuva_reserve(struct direct *d, void *args);
int gpuva_map(struct direct *d, void *args);
int gpuva_free(struct direct *d, void *args);
int gpuva_update(struct direct *d, void *args);

int sync_create(struct direct *d, void *args);
int sync_destroy(struct direct *d, void *args);
/** sync_destroy_all() - those that belong to no device. */
void sync_destroy_all(struct direct *d);
/** sync_release_all() - the session has ended: every fence shows its last value. */
void sync_release_all(struct direct *d);

/** SYNC_FLAGS - bits of struct d3dddi_synchronizationobject_flags that have a meaning. */
#define SYNC_FLAGS 0x1ffu

/**
 * sync_enter_opened() - the host has opened a shared fence: into the table with it, or destroyed.
 * @ret_fence: the value
 */
int sync_enter_opened(struct direct *d, const struct d3dkmt_opensyncobjectfromnthandle2 *p,
		      const struct dxg_msg_opensyncobject_return *reply, uint64_t **ret_fence);

int share_objects(struct direct *d, void *args);

/** share_create_nt() - an NT handle of an object that is shared, in this session. */
int share_create_nt(struct direct *d, uint32_t object, uint32_t *ret_nt);
void share_destroy_nt(struct direct *d, uint32_t nt);

/**
 * share_import() - what does descriptor @fd stand for? It must be of @kind, enum dxg_share_kind.
 * @ret_nt: an NT handle, destroyed by the caller
 */
int share_import(struct direct *d, uint64_t fd, uint32_t kind, uint32_t *ret_nt);

/** share_ask_memory() - the memory file of the shared resource @nt; the caller's. */
int share_ask_memory(struct direct *d, uint32_t nt, int *ret_fd);

int resource_query(struct direct *d, void *args);
int resource_open(struct direct *d, void *args);
int resource_adapter(struct direct *d, void *args);

/** resource_attach_memory() - map the memory of a new shared resource that is in the table. */
int resource_attach_memory(struct direct *d, uint32_t handle);

/**
 * resource_memory() - where byte @offset of the memory of the shared resource @handle is mapped;
 * NULL when it is none, or has no @size bytes from there on.
 */
void *resource_memory(struct direct *d, uint32_t handle, uint64_t offset, uint64_t size);

/** resource_is_shared() - is @handle a live resource that is shared? */
bool resource_is_shared(struct direct *d, uint32_t handle);

int share_open_sync(struct direct *d, void *args);
int share_with_host(struct direct *d, void *args);
/** share_by_number() - the calls that name what is shared by a global handle: there are none. */
int share_by_number(struct direct *d, void *args);

int signal_legacy(struct direct *d, void *args);
int signal_cpu(struct direct *d, void *args);
int signal_gpu(struct direct *d, void *args);
int signal_gpu2(struct direct *d, void *args);
int signal_hwqueue(struct direct *d, void *args);

int wait_legacy(struct direct *d, void *args);
int wait_cpu(struct direct *d, void *args);
int wait_gpu(struct direct *d, void *args);
int wait_hwqueue(struct direct *d, void *args);

#endif

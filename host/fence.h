/* SPDX-License-Identifier: MIT */
/*
 * fence: a synchronization object: a monitored fence (a 64-bit value and a page that shows it to
 * the guest) or a CPU notification (a guest event). The value kept here is the truth; the page is
 * output only, the guest may scribble on it. A monitored fence dies with its device, a notification
 * is the process's and survives it. Waiters of a monitored fence stand in a tree by value,
 * so that a signal touches only those it satisfies.
 *
 * References: the handle (or the paging queue) holds one, and every queued wait or signal.
 * Destroying the handle ends CPU waits on it and leaves what is queued on contexts alone.
 */
#ifndef HOST_FENCE_H
#define HOST_FENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vidmm/avltree.h"

struct device;
struct iospace;
struct process;
struct request;
struct share;
struct shared_fence;

LIST_HEAD(fence_list, fence);

/** FENCE_LOST - value of the monitored fences of a lost device. */
#define FENCE_LOST UINT64_MAX

/**
 * struct fence_waiter - one value of one fence that somebody waits for; embedded in the wait.
 * @reached: the fence got there; the waiter is out of the tree already
 * @owner: the wait it is embedded in
 * @is_cpu: ends when the fence's handle is destroyed
 */
struct fence_waiter {
	struct avl_node node;
	struct fence *fence;
	void *owner;
	uint64_t value;
	void (*reached)(struct fence_waiter *waiter);
	bool is_cpu;
	bool waiting;
};

/**
 * struct fence - see above.
 * @device: NULL once that is destroyed, and for CPU notifications
 * @event: guest event of a CPU notification; 0 for a monitored fence
 * @keep_on_loss: no_signal_max_value_on_tdr
 * @page: of the IO space
 * @waiters: of contexts, and of CPUs (fence_waiter.is_cpu)
 * @shared: what it is a member of, by @member (sharedfence.h); NULL for a fence that is not shared,
 * and once its device is gone
 * @share: the name in its session of what it was opened from (share.h), counted by it
 * @no_signal, @no_wait: what its process may not do with it
 */
struct fence {
	LIST_ENTRY(fence) link;
	struct process *process;
	struct device *device;
	struct iospace *io;
	uint32_t handle;
	unsigned int refs;
	uint64_t event;
	uint64_t value;
	uint64_t page;
	struct avl_tree waiters[2];
	struct shared_fence *shared;
	LIST_ENTRY(fence) member;
	struct share *share;
	bool keep_on_loss;
	bool no_signal;
	bool no_wait;
};

/**
 * fence_create() - a monitored fence of @device with one reference; it has no handle yet.
 * Return: 0; -EAGAIN, -ENOSPC for want of a page; -EDQUOT; -ENOMEM.
 */
int fence_create(struct device *device, uint64_t value, struct fence **ret_fence);

/** fence_get() - one more reference; fence_put() - one less, NULL is fine. */
struct fence *fence_get(struct fence *fence);
void fence_put(struct fence *fence);

/** fence_is_monitored() - has it a value to wait for? */
bool fence_is_monitored(const struct fence *fence);

/** fence_is_stuck() - does it stand at FENCE_LOST for good, because its device is lost? */
bool fence_is_stuck(const struct fence *fence);

/** fence_set() - show @value and wake whom it satisfies; for this fence alone. */
void fence_set(struct fence *fence, uint64_t value);

/** fence_address() - where the guest sees the value. */
uint64_t fence_address(const struct fence *fence);

/**
 * fence_signal() - a monitored fence takes @value if that is higher, or anyway with @rewind; a CPU
 * notification signals its event.
 */
void fence_signal(struct fence *fence, uint64_t value, bool rewind);

/** fence_lose() - its device is lost. */
void fence_lose(struct fence *fence);

/** fence_detach() - its device is destroyed: nobody will signal it any more, so nobody waits for
 * it. */
void fence_detach(struct fence *fence);

/** fence_wait() - call @waiter->reached when @fence reaches its value. Return: false, it is there.
 */
bool fence_wait(struct fence *fence, struct fence_waiter *waiter);

/** fence_unwait() - forget @waiter if it still waits. */
void fence_unwait(struct fence_waiter *waiter);

/** fence_destroy_notifications() - the process ends, its devices are gone. */
void fence_destroy_notifications(struct process *process);

/** fence_lookup() - a fence or notification of the process by handle; with @hidden, a queue's too.
 */
struct fence *fence_lookup(const struct process *process, uint32_t handle, bool hidden);

/** fence_lookup_wait() - a monitored fence to wait for. Return: 0; -EINVAL no such fence; -EACCES.
 */
int fence_lookup_wait(const struct process *process, uint32_t handle, struct fence **ret_fence);

/** fence_lookup_signal() - a fence or notification to signal. Return: 0; -EINVAL; -EACCES. */
int fence_lookup_signal(const struct process *process, uint32_t handle, struct fence **ret_fence);

/**
 * fence_open() - a monitored fence of @device that shows what @share names, with a handle.
 * @flags: struct d3dddi_synchronizationobject_flags, of which shared and nt_security_sharing are
 * ignored
 * Return: 0; as fence_create(); -EINVAL, -EPERM for flags; -EINVAL when @share names no fence.
 */
int fence_open(struct device *device, struct share *share, uint32_t flags,
	       struct fence **ret_fence);

/** fence_release_cpu() - end the CPU waits on it; its handle goes. */
void fence_release_cpu(struct fence *fence);

/* Handlers of CREATESYNCOBJECT (8) and DESTROYSYNCOBJECT (1003). */
int fence_handle_create(struct request *rq);
int fence_handle_destroy(struct request *rq);

#endif /* HOST_FENCE_H */

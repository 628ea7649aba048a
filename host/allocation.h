/* SPDX-License-Identifier: MIT */
/*
 * allocation: memory of a device: pages of the IO space (CPU-visible ones, and all on a unified
 * adapter) or memory of the worker's driver. Resources group allocations that are destroyed
 * together.
 *
 * A destroyed allocation is out of reach at once, but its pages go back only when the worker has
 * said, or by its end has shown, that nothing touches them any more.
 */
#ifndef HOST_ALLOCATION_H
#define HOST_ALLOCATION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "worker.h"

struct completion;
struct device;
struct iospace;
struct process;
struct request;
struct resource;
struct vidmm_alloc;

/**
 * struct allocation - see above.
 * @device: valid until it is destroyed; @resource: NULL for a free-standing one
 * @id: its name in the worker and in the GPU address space
 * @size: bytes, whole pages; @page: first page in the IO space, 0 for device memory
 * @locks: Lock2 calls not yet unlocked
 * @marked: named in the DESTROYALLOCATION that is being checked
 * @call, @end: destruction: the worker's answer, and who waits for it
 */
struct allocation {
	LIST_ENTRY(allocation) link;
	LIST_ENTRY(allocation) sibling;
	struct device *device;
	struct resource *resource;
	struct process *process;
	struct vidmm_alloc *mm;
	uint64_t id;
	uint64_t size;
	uint64_t page;
	uint32_t handle;
	uint32_t locks;
	bool cpu_visible;
	bool marked;
	struct worker_call call;
	struct completion *end;
};

/** allocation_lookup() - of @process, or NULL. */
struct allocation *allocation_lookup(const struct process *process, uint32_t handle);

/** allocation_destroy_all() - of @device, resources too. @end: gets what must be over. */
void allocation_destroy_all(struct device *device, struct completion *end);

/*
 * Handlers of CREATE- (4), DESTROYALLOCATION (5), LOCK2 (23), UNLOCK2 (24), INVALIDATECACHE (67).
 */
int allocation_handle_create(struct request *rq);
int allocation_handle_destroy(struct request *rq);
int allocation_handle_lock(struct request *rq);
int allocation_handle_unlock(struct request *rq);
int allocation_handle_invalidate(struct request *rq);

#endif /* HOST_ALLOCATION_H */

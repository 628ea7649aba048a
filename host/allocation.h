/* SPDX-License-Identifier: MIT */
/*
 * allocation: memory of a device: pages of the IO space (CPU-visible ones, and all on a unified
 * adapter), memory of the worker's driver, or pages of the guest's own RAM (sysmem.h). Resources
 * group allocations that are destroyed together.
 *
 * A destroyed allocation is out of reach at once, but its pages go back only when the worker has
 * said, or by its end has shown, that nothing touches them any more.
 */
#ifndef HOST_ALLOCATION_H
#define HOST_ALLOCATION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "offer.h"
#include "worker.h"

struct completion;
struct device;
struct iospace;
struct process;
struct request;
struct resource;
struct share;
struct shared_pages;
struct sysmem;
struct vidmm_alloc;

/**
 * struct allocation - see above.
 * @device: valid until it is destroyed; @resource: NULL for a free-standing one
 * @id: its name in the worker and in the GPU address space
 * @size: bytes, whole pages; @page: first page in the IO space, 0 for memory elsewhere
 * @sysmem: pages of the guest's RAM; NULL for memory of ours
 * @shared: the pages when others may see them, too (sharedresource.h)
 * @share: their name, when they have one of their own (allocation_name())
 * @file_runs: mappings that its pages of a file cost the worker, charged to the process
 * @locks: Lock2 calls not yet unlocked
 * @marked: named in the message that is being checked
 * @offer: what was agreed when the guest offered its memory (offer.h)
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
	struct sysmem *sysmem;
	struct shared_pages *shared;
	struct share *share;
	uint32_t file_runs;
	uint32_t handle;
	uint32_t locks;
	bool cpu_visible;
	bool marked;
	struct offer offer;
	struct worker_call call;
	struct completion *end;
};

/**
 * struct resource - a group of allocations of a device.
 * @share: of a shared one, its name; @marked: as in struct allocation
 */
struct resource {
	LIST_ENTRY(resource) link;
	LIST_HEAD(, allocation) members;
	struct device *device;
	struct share *share;
	uint32_t handle;
	bool marked;
};

/** allocation_lookup() - of @process, or NULL. */
struct allocation *allocation_lookup(const struct process *process, uint32_t handle);

/** resource_lookup() - of @process, or NULL. */
struct resource *resource_lookup(const struct process *process, uint32_t handle);

/** allocation_is_system() - does it lie in the IO space? allocation_segment() - in vidmm's terms.
 */
bool allocation_is_system(const struct allocation *allocation);
uint32_t allocation_segment(const struct allocation *allocation);

/** allocation_tell_worker() - of its memory, which is new and zero; not of what is in it. */
void allocation_tell_worker(const struct allocation *allocation);

/** allocation_destroy_all() - of @device, resources too. @end: gets what must be over. */
void allocation_destroy_all(struct device *device, struct completion *end);

/** allocation_resource_share() - the name of a shared resource of @process by handle, or NULL. */
struct share *allocation_resource_share(const struct process *process, uint32_t handle);

/**
 * allocation_name() - a name for the memory of @allocation alone, made at the first need: opened as
 * a shared resource of one allocation, wherever that memory comes from.
 * @ret_share: the allocation's; lives as long as that or an NT handle
 *
 * Return: 0; -EPERM it does not lie in the IO space; -EINVAL it is offered; as
 * share_create_resource().
 */
int allocation_name(struct allocation *allocation, struct share **ret_share);

/* Handler of OPENRESOURCE (32). */
int allocation_handle_open_resource(struct request *rq);

/*
 * Handlers of CREATE- (4), DESTROYALLOCATION (5), LOCK2 (23), UNLOCK2 (24), INVALIDATECACHE (67).
 */
int allocation_handle_create(struct request *rq);
int allocation_handle_destroy(struct request *rq);
int allocation_handle_lock(struct request *rq);
int allocation_handle_unlock(struct request *rq);
int allocation_handle_invalidate(struct request *rq);

#endif /* HOST_ALLOCATION_H */

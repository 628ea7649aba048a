/* SPDX-License-Identifier: MIT */
/*
 * paging: paging queues and residency. Paging operations are immediate today: a queue's fence has
 * reached the value that a reply names when the guest reads the reply.
 */
#ifndef HOST_PAGING_H
#define HOST_PAGING_H

#include <stdint.h>
#include <sys/queue.h>

struct device;
struct fence;
struct request;

/** struct paging_queue - @fence is a handle of its own (@fence_handle), which only waits may name.
 */
struct paging_queue {
	LIST_ENTRY(paging_queue) link;
	struct device *device;
	struct fence *fence;
	uint32_t handle;
	uint32_t fence_handle;
};

/** paging_queue_lookup() - of the request's process, its device made the one to blame; or NULL. */
struct paging_queue *paging_queue_lookup(struct request *rq, uint32_t handle);

/** paging_queue_advance() - an operation is done. Return: the value its fence has reached. */
uint64_t paging_queue_advance(struct paging_queue *queue);

/** paging_queue_destroy() - with its fence. */
void paging_queue_destroy(struct paging_queue *queue);

/*
 * Handlers of CREATE- (9), DESTROYPAGINGQUEUE (10), MAKERESIDENT (11), EVICT (12),
 * FLUSHHEAPTRANSITIONS (37).
 */
int paging_handle_create(struct request *rq);
int paging_handle_destroy(struct request *rq);
int paging_handle_make_resident(struct request *rq);
int paging_handle_evict(struct request *rq);
int paging_handle_flush_heap(struct request *rq);

#endif /* HOST_PAGING_H */

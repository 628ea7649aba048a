/* SPDX-License-Identifier: MIT */
/*
 * hwqueue: a hardware queue: one of several queues of work (queue.h) of a context, each with a
 * progress fence that tells what it has executed. It is scheduled like a context, with the
 * priorities of its own.
 */
#ifndef HOST_HWQUEUE_H
#define HOST_HWQUEUE_H

#include <stdint.h>
#include <sys/queue.h>

#include "queue.h"

struct context;
struct request;

/**
 * struct hwqueue - see above.
 * @link: in context->hwqueues
 * @fence_handle: of queue.progress, which only waits may name
 */
struct hwqueue {
	LIST_ENTRY(hwqueue) link;
	struct context *context;
	uint32_t handle;
	uint32_t fence_handle;
	struct queue queue;
};

/** hwqueue_lookup() - of the request's process, its device made the one to blame; or NULL. */
struct hwqueue *hwqueue_lookup(struct request *rq, uint32_t handle);

/** hwqueue_destroy() - with its fence, which goes to its maximum; what runs goes on, for nobody. */
void hwqueue_destroy(struct hwqueue *hwqueue);

/* Handlers of CREATE- (50), DESTROYHWQUEUE (51), SUBMITCOMMANDTOHWQUEUE (52). */
int hwqueue_handle_create(struct request *rq);
int hwqueue_handle_destroy(struct request *rq);
int hwqueue_handle_submit(struct request *rq);

#endif /* HOST_HWQUEUE_H */

/* SPDX-License-Identifier: MIT */
/*
 * context: a queue of work (queue.h) of a device on a node, under a handle. One made for it can
 * have further ones, its hardware queues (hwqueue.h).
 */
#ifndef HOST_CONTEXT_H
#define HOST_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "queue.h"
#include "vaupdate.h"

struct device;
struct hwqueue;
struct request;

/**
 * struct context - see above.
 * @link: in device->contexts
 * @priority, @in_process: of its queue and of its hardware queues (vidsch.h)
 * @hw_queues: it may have hardware queues
 * @updates: changes of mappings that wait for a fence
 */
struct context {
	LIST_ENTRY(context) link;
	struct device *device;
	uint32_t handle;
	struct queue queue;
	LIST_HEAD(, hwqueue) hwqueues;
	int32_t priority;
	int32_t in_process;
	bool hw_queues;
	struct va_update_list updates;
};

/** context_lookup() - context @handle of the request's process, its device made the one to blame.
 */
struct context *context_lookup(struct request *rq, uint32_t handle);

/** context_destroy() - with its queues; what runs goes on, for nobody. */
void context_destroy(struct context *context);

/*
 * Handlers of CREATECONTEXTVIRTUAL (6), DESTROYCONTEXT (7), SET- (33),
 * GETCONTEXTSCHEDULINGPRIORITY (61).
 */
int context_handle_create(struct request *rq);
int context_handle_destroy(struct request *rq);
int context_handle_set_priority(struct request *rq);
int context_handle_get_priority(struct request *rq);

#endif /* HOST_CONTEXT_H */

/* SPDX-License-Identifier: MIT */
/*
 * context: a queue of work (queue.h) of a device on a node, under a handle.
 */
#ifndef HOST_CONTEXT_H
#define HOST_CONTEXT_H

#include <stdint.h>
#include <sys/queue.h>

#include "queue.h"

struct device;
struct request;

/** struct context - see above. @link: in device->contexts. */
struct context {
	LIST_ENTRY(context) link;
	struct device *device;
	uint32_t handle;
	struct queue queue;
};

/** context_lookup() - context @handle of the request's process, its device made the one to blame.
 */
struct context *context_lookup(struct request *rq, uint32_t handle);

/** context_destroy() - with its queue; what runs goes on, for nobody. */
void context_destroy(struct context *context);

/* Handlers of CREATECONTEXTVIRTUAL (6), DESTROYCONTEXT (7). */
int context_handle_create(struct request *rq);
int context_handle_destroy(struct request *rq);

#endif /* HOST_CONTEXT_H */

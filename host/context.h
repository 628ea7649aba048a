/* SPDX-License-Identifier: MIT */
/*
 * context: a queue of work of a device on a node: submissions, waits and signals, in order. The
 * order between contexts is the scheduler's (schedule.h); what an entry does when its turn has come
 * is queue.h's.
 */
#ifndef HOST_CONTEXT_H
#define HOST_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct device;
struct gpu_wait;
struct request;
struct submission;
struct vidsch_context;

/**
 * struct context - see above.
 * @id: its name in the worker
 * @sch: NULL once the device is lost: nothing is queued any more
 * @running: the submission the worker executes, NULL for none
 * @waiting: the GPU wait that blocks it, NULL for none
 */
struct context {
	LIST_ENTRY(context) link;
	struct device *device;
	uint32_t handle;
	uint32_t node;
	uint64_t id;
	struct vidsch_context *sch;
	struct submission *running;
	struct gpu_wait *waiting;
};

/** context_lookup() - context @handle of the request's process, its device made the one to blame.
 */
struct context *context_lookup(struct request *rq, uint32_t handle);

/** context_drop_queue() - throw away what has not started (GPU waits end, CPU events are
 * signalled). */
void context_drop_queue(struct context *context);

/** context_destroy() - with its queue; what runs goes on, for nobody. */
void context_destroy(struct context *context);

/* Handlers of CREATECONTEXTVIRTUAL (6), DESTROYCONTEXT (7). */
int context_handle_create(struct request *rq);
int context_handle_destroy(struct request *rq);

#endif /* HOST_CONTEXT_H */

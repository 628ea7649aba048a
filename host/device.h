/* SPDX-License-Identifier: MIT */
/*
 * device: what contexts, allocations, fences and paging queues belong to, and what is lost when
 * something goes wrong: a refused command buffer, a bad asynchronous message, a worker that ended.
 * A lost device runs nothing any more, its monitored fences stand at their maximum, and it says
 * why.
 */
#ifndef HOST_DEVICE_H
#define HOST_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dxgwire/limits.h"
#include "fence.h"
#include "request.h"

struct allocation;
struct context;
struct paging_queue;
struct process;
struct queue;
struct resource;
struct worker;

/**
 * struct device - see above.
 * @cookie: the guest's, for SETGUESTDATA
 * @worker: where its work runs; NULL once that is gone
 * @work: the queues of its contexts, hardware queues too
 * @running: submissions a worker has not answered; the device is freed after the last
 * @flushes: replies that wait for it to be idle; then it is in adapter->flushing, by @flushing
 * @state: enum d3dkmt_deviceexecution_state; @fault: why it was lost
 * @dead: destroyed by the guest, waiting for @running
 * @birth: the reply to CREATEDEVICE, as long as there is no worker; until then it has no handle and
 * is in process->unborn; @asked_ms: since when
 */
struct device {
	LIST_ENTRY(device) link;
	struct process *process;
	uint32_t handle;
	uint64_t cookie;
	struct worker *worker;
	LIST_HEAD(, context) contexts;
	LIST_HEAD(, queue) work;
	LIST_HEAD(, allocation) allocations;
	LIST_HEAD(, resource) resources;
	struct fence_list fences;
	LIST_HEAD(, paging_queue) queues;
	unsigned int running;
	struct completion_list flushes;
	LIST_ENTRY(device) flushing;
	struct completion *birth;
	uint64_t asked_ms;
	uint32_t state;
	char fault[DXG_FAULT_TEXT_MAX];
	bool lost;
	bool dead;
};

/**
 * device_lose() - for good; the first loss counts.
 * @state: enum d3dkmt_deviceexecution_state; @why: for the log and DXG_ESCAPE_QUERY_FAULT
 */
void device_lose(struct device *device, uint32_t state, const char *why);

/** device_destroy() - with all that belongs to it. @end: gets what must be over before the reply.
 */
void device_destroy(struct device *device, struct completion *end);

/** device_run() - a submission of it goes to the worker; device_ran() - it came back. */
void device_run(struct device *device);
void device_ran(struct device *device);

/** device_check_idle() - reply to its flushes if it is idle; called after the scheduler ran. */
void device_check_idle(struct device *device);

/** device_lookup() - the device @handle of the request's process, made the one to blame; or NULL.
 */
struct device *device_lookup(struct request *rq, uint32_t handle);

/** device_deliver_all() - try to give the unborn devices of @process a worker, and answer. */
void device_deliver_all(struct process *process);

/** device_abort_all() - @process ends: it will have no more devices. */
void device_abort_all(struct process *process);

/** device_worker_gone() - the worker of these devices touches nothing any more. */
void device_worker_gone(struct device *device);

/*
 * Handlers of CREATEDEVICE (0), DESTROYDEVICE (1), GETDEVICESTATE (28), MARKDEVICEASERROR (29),
 * FLUSHDEVICE (42).
 */
int device_handle_create(struct request *rq);
int device_handle_destroy(struct request *rq);
int device_handle_get_state(struct request *rq);
int device_handle_mark_error(struct request *rq);
int device_handle_flush(struct request *rq);

#endif /* HOST_DEVICE_H */

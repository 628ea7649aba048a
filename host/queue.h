/* SPDX-License-Identifier: MIT */
/*
 * queue: what work is queued on, by a context for itself or by each of its hardware queues:
 * submissions, waits and signals, started strictly in order. What happens when one is due is here,
 * too: a submission goes to the worker, a wait blocks the queue until its fences are there, a
 * signal moves fences. The order between queues is the scheduler's (schedule.h).
 */
#ifndef HOST_QUEUE_H
#define HOST_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "ipc/ipc.h"
#include "vidsch/vidsch.h"

struct device;
struct fence;
struct gpu_wait;
struct request;
struct submission;

/**
 * struct queue - embedded in what it belongs to.
 * @link: in device->work
 * @device: NULL before queue_init()
 * @units: what it runs on
 * @id: its name in the worker, as a context
 * @sch: NULL once the device is lost: nothing is queued any more
 * @running: the submission the worker executes, NULL for none
 * @waiting: the GPU wait that blocks it, NULL for none
 * @progress: of a hardware queue: goes to the number of each submission that was executed
 * @last_progress: number of the submission that was queued last
 */
struct queue {
	LIST_ENTRY(queue) link;
	struct device *device;
	uint32_t node;
	struct ipc_units units;
	uint64_t id;
	struct vidsch_context *sch;
	struct submission *running;
	struct gpu_wait *waiting;
	struct fence *progress;
	uint64_t last_progress;
};

/**
 * queue_init() - an empty queue on @units of @node of @device.
 * @queue: zeroed
 * Return: 0; -EINVAL; -ENOMEM.
 */
int queue_init(struct queue *queue, struct device *device, uint32_t node, struct ipc_units units);

/** queue_fini() - end it; what runs goes on, for nobody. A zeroed one is fine. */
void queue_fini(struct queue *queue);

/** queue_drop() - throw away what has not started (GPU waits end, CPU events are signalled). */
void queue_drop(struct queue *queue);

/**
 * queue_is_idle() - it has nothing to do: it is empty, or waits for what nobody here will bring
 * about.
 */
bool queue_is_idle(const struct queue *queue);

/** queue_set_priority() - both priorities of its context (vidsch.h). */
void queue_set_priority(struct queue *queue, int priority, int in_process);

/** queue_check_commands() - can this be a command buffer? Return: 0; -EINVAL. */
int queue_check_commands(uint64_t va, uint32_t size);

/**
 * queue_submit() - queue a command buffer that was checked so far.
 * @progress: of a hardware queue: its number, greater than the last; below FENCE_LOST
 * Return: 0; -EINVAL; -ENODEV the device is lost; -EDQUOT; -ENOMEM.
 */
int queue_submit(struct queue *queue, uint64_t va, uint32_t size, uint64_t progress);

/** queue_start() - @item was picked: send it to the worker. */
void queue_start(struct vidsch_item *item);

/** queue_sync() - @item, a wait or a signal, is due. */
void queue_sync(struct vidsch_item *item);

/** queue_dispose() - @item will never start; a vidsch_dispose_fn. */
void queue_dispose(struct vidsch_item *item, void *arg);

/** queue_after_fn - @dropped: a queue went, or was lost, before it got there. */
typedef void (*queue_after_fn)(void *arg, bool dropped);

/**
 * queue_after() - call @fn when everything queued now on the @n queues has run or been dropped.
 * What is queued on them later runs after that. @n is not 0.
 *
 * Return: 0, then @fn is called, once, and not before this returns; -EDQUOT a queue is full;
 * -ENOMEM.
 */
int queue_after(struct queue *const *queues, uint32_t n, queue_after_fn fn, void *arg);

/* Handlers of SUBMITCOMMAND (20), WAITFORSYNCOBJECTFROMGPU (25), SIGNALSYNCOBJECT (26). */
int queue_handle_submit(struct request *rq);
int queue_handle_wait(struct request *rq);
int queue_handle_signal(struct request *rq);

#endif /* HOST_QUEUE_H */

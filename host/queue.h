/* SPDX-License-Identifier: MIT */
/*
 * queue: the three kinds of entries of a context's queue, and what happens when one is due: a
 * submission goes to the worker, a wait blocks the context until its fences are there, a signal
 * moves fences.
 */
#ifndef HOST_QUEUE_H
#define HOST_QUEUE_H

#include "vidsch/vidsch.h"

struct gpu_wait;
struct request;
struct submission;

/** queue_start() - @item was picked: send it to the worker. */
void queue_start(struct vidsch_item *item);

/** queue_sync() - @item, a wait or a signal, is due. */
void queue_sync(struct vidsch_item *item);

/** queue_dispose() - @item will never start; a vidsch_dispose_fn. */
void queue_dispose(struct vidsch_item *item, void *arg);

/** queue_free_wait() - end a wait that blocks a context which is going. */
void queue_free_wait(struct gpu_wait *wait);

/** queue_forget_context() - the context of a running submission is going. */
void queue_forget_context(struct submission *submission);

/* Handlers of SUBMITCOMMAND (20), WAITFORSYNCOBJECTFROMGPU (25), SIGNALSYNCOBJECT (26). */
int queue_handle_submit(struct request *rq);
int queue_handle_wait(struct request *rq);
int queue_handle_signal(struct request *rq);

#endif /* HOST_QUEUE_H */

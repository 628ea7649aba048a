/* SPDX-License-Identifier: MIT */
/*
 * deadline: a moment in the event loop at which something is called, once. Like a watch it lives on
 * the heap by itself, so that whoever uses it can let go of it at any time, also from its own
 * callback. One that is not set costs nothing: no timer, no wake-up.
 */
#ifndef HOST_DEADLINE_H
#define HOST_DEADLINE_H

#include <stdint.h>
#include <uv.h>

struct deadline;

/** deadline_fn - the moment has come; the deadline is not set any more. */
typedef void (*deadline_fn)(void *arg);

/** deadline_create() - one that is not set yet. Return: 0; -ENOMEM. */
int deadline_create(uv_loop_t *loop, deadline_fn fn, void *arg, struct deadline **ret_deadline);

/** deadline_set() - call in @ms milliseconds, instead of when it was to be called so far. */
void deadline_set(struct deadline *deadline, uint64_t ms);

/** deadline_clear() - do not call. NULL is fine. */
void deadline_clear(struct deadline *deadline);

/** deadline_destroy() - the same, for good. NULL is fine. */
void deadline_destroy(struct deadline *deadline);

#endif /* HOST_DEADLINE_H */

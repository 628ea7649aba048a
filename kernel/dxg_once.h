/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_once.h - something that one task does by asking the host while the others wait for the
 * result: creating the host's process object, the first Lock2. No lock is held meanwhile and the
 * waiting is killable; when the first one fails, the next one tries.
 */
#ifndef DXG_ONCE_H
#define DXG_ONCE_H

#include <linux/atomic.h>
#include <linux/sched.h>
#include <linux/wait.h>

enum dxg_once_state { DXG_ONCE_TODO, DXG_ONCE_BUSY, DXG_ONCE_DONE };

/**
 * struct dxg_once - see above.
 * @state: moves TODO -> BUSY -> DONE, or back to TODO by the one at it; from DONE only by
 *	dxg_once_undo()
 * @wait: who waits while it is BUSY
 */
struct dxg_once {
	atomic_t state;
	wait_queue_head_t wait;
};

static inline void dxg_once_init(struct dxg_once *once)
{
	atomic_set(&once->state, DXG_ONCE_TODO);
	init_waitqueue_head(&once->wait);
}

static inline bool dxg_once_claim(struct dxg_once *once)
{
	return atomic_cmpxchg(&once->state, DXG_ONCE_TODO, DXG_ONCE_BUSY) == DXG_ONCE_TODO;
}

/**
 * dxg_once_begin - is it done, or is it the caller's to do?
 * @once: what
 *
 * Return: 0 it is done; 1 the caller does it and calls dxg_once_end(); -ERESTARTSYS when killed.
 */
static inline int dxg_once_begin(struct dxg_once *once)
{
	while (atomic_read_acquire(&once->state) != DXG_ONCE_DONE) {
		if (dxg_once_claim(once))
			return 1;
		if (wait_event_killable(once->wait, atomic_read(&once->state) != DXG_ONCE_BUSY))
			return -ERESTARTSYS;
	}
	return 0;
}

/** dxg_once_end - the caller has done it, or (@ok false) failed to. */
static inline void dxg_once_end(struct dxg_once *once, bool ok)
{
	atomic_set_release(&once->state, ok ? DXG_ONCE_DONE : DXG_ONCE_TODO);
	wake_up_all(&once->wait);
}

/** dxg_once_undo - it is to be done again. Return: true; false, it had not been done. */
static inline bool dxg_once_undo(struct dxg_once *once)
{
	return atomic_cmpxchg(&once->state, DXG_ONCE_DONE, DXG_ONCE_TODO) == DXG_ONCE_DONE;
}

/** dxg_once_done - has it been done? */
static inline bool dxg_once_done(struct dxg_once *once)
{
	return atomic_read_acquire(&once->state) == DXG_ONCE_DONE;
}

#endif /* DXG_ONCE_H */

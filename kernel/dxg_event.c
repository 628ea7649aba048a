// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_event.c - the table of host events of a session. See dxg_event.h for who owns what.
 *
 * The table's xa_lock (irqs off) is the only lock; an event is signalled outside it. An event that
 * is not persistent counts as somebody waiting for the host for as long as it is in the table.
 */
#include <linux/slab.h>

#include "dxg_adapter.h"
#include "dxg_compat.h"
#include "dxg_event.h"
#include "dxg_fence.h"
#include "dxg_process.h"
#include "dxg_session.h"

static struct dxg_session *dxg_event_session(const struct dxg_event *event)
{
	return event->process->adapter->session;
}

static void dxg_event_release(struct kref *ref)
{
	struct dxg_event *event = container_of(ref, struct dxg_event, ref);

	if (event->eventfd)
		eventfd_ctx_put(event->eventfd);
	if (event->fence) {
		dxg_fence_fire(event->fence, -ECANCELED);
		dxg_fence_put(event->fence);
	}
	kfree(event);
}

/** dxg_event_put - drop a reference; any context; NULL is fine. */
void dxg_event_put(struct dxg_event *event)
{
	if (event)
		kref_put(&event->ref, dxg_event_release);
}

static int dxg_event_insert(struct dxg_event *event)
{
	struct dxg_process *process = event->process;
	struct dxg_session *session = dxg_event_session(event);
	int err;

	if (atomic_inc_return(&process->events) > DXG_CPU_WAITS_PER_PROCESS) {
		atomic_dec(&process->events);
		return -ENOMEM;
	}
	kref_get(&event->ref);
	if (!event->persistent)
		dxg_session_wait_begin(session);
	err = xa_alloc_cyclic_irq(&session->events, &event->id, event, XA_LIMIT(1, U32_MAX),
				  &session->next_event, GFP_KERNEL);
	if (err >= 0)
		return 0;
	if (!event->persistent)
		dxg_session_wait_end(session);
	atomic_dec(&process->events);
	dxg_event_put(event);
	return err;
}

static struct dxg_event *dxg_event_alloc(struct dxg_process *process)
{
	struct dxg_event *event = kzalloc(sizeof(*event), GFP_KERNEL_ACCOUNT);

	if (!event)
		return NULL;
	kref_init(&event->ref);
	init_completion(&event->fired);
	event->process = process;
	return event;
}

/* Make it known. What it has is dropped with it, on failure too. */
static int dxg_event_publish(struct dxg_event *event, struct dxg_event **ret_event)
{
	int err = dxg_event_insert(event);

	if (err)
		dxg_event_put(event);
	else
		*ret_event = event;
	return err;
}

/**
 * dxg_event_create - an event on an eventfd.
 * @process: who will be signalled
 * @eventfd: its file descriptor number, as user space gave it
 * @persistent: it may fire any number of times
 * @ret_event: with the caller's reference; the host may signal it from now on
 *
 * Return: 0; -EINVAL not an eventfd; -ENOMEM, also when the process has too many.
 */
int dxg_event_create(struct dxg_process *process, u64 eventfd, bool persistent,
		     struct dxg_event **ret_event)
{
	struct eventfd_ctx *ctx;
	struct dxg_event *event;

	if (eventfd > INT_MAX)
		return -EINVAL;
	ctx = eventfd_ctx_fdget((int)eventfd);
	if (IS_ERR(ctx))
		return -EINVAL;
	event = dxg_event_alloc(process);
	if (!event) {
		eventfd_ctx_put(ctx);
		return -ENOMEM;
	}
	event->eventfd = ctx;
	event->persistent = persistent;
	return dxg_event_publish(event, ret_event);
}

/** dxg_event_create_sleeper - an event that completes @fired, once. Return: 0, -ENOMEM. */
int dxg_event_create_sleeper(struct dxg_process *process, struct dxg_event **ret_event)
{
	struct dxg_event *event = dxg_event_alloc(process);

	return event ? dxg_event_publish(event, ret_event) : -ENOMEM;
}

/**
 * dxg_event_create_fence - an event that signals a dma_fence, once.
 * @process: on whose behalf the host is asked; when it goes, the fence ends with -ECANCELED
 * @fence: gains a reference
 * @ret_event: with the caller's reference
 *
 * Return: 0; -ENOMEM, then the fence may have ended.
 */
int dxg_event_create_fence(struct dxg_process *process, struct dxg_fence *fence,
			   struct dxg_event **ret_event)
{
	struct dxg_event *event = dxg_event_alloc(process);

	if (!event)
		return -ENOMEM;
	event->fence = dxg_fence_get(fence);
	return dxg_event_publish(event, ret_event);
}

/*
 * Take an event out of the table; the table's reference is the caller's now. Once this is done the
 * process may go away: @event->process must not be used any more.
 */
static void dxg_event_erase_locked(struct dxg_session *session, struct dxg_event *event)
{
	lockdep_assert_held(&session->events.xa_lock);
	__xa_erase(&session->events, event->id);
	atomic_dec(&event->process->events);
	if (!event->persistent)
		dxg_session_wait_end(session);
}

/** dxg_event_withdraw - the event shall not fire any more; the caller keeps its reference. */
void dxg_event_withdraw(struct dxg_event *event)
{
	struct dxg_session *session = dxg_event_session(event);
	bool found;

	xa_lock_irq(&session->events);
	found = xa_load(&session->events, event->id) == event;
	if (found)
		dxg_event_erase_locked(session, event);
	xa_unlock_irq(&session->events);
	if (found)
		dxg_event_put(event);
}

static void dxg_event_signal(struct dxg_event *event)
{
	if (event->eventfd)
		dxg_eventfd_signal(event->eventfd);
	else if (event->fence)
		dxg_fence_reached(event->fence);
	else
		complete_all(&event->fired);
}

/** dxg_event_fire - the host signals event @id; unknown ones are ignored; any context. */
void dxg_event_fire(struct dxg_session *session, u64 id)
{
	struct dxg_event *event;
	unsigned long flags;

	if (!id || id > U32_MAX)
		return;
	xa_lock_irqsave(&session->events, flags);
	event = xa_load(&session->events, id);
	if (event && event->persistent)
		kref_get(&event->ref);
	else if (event)
		dxg_event_erase_locked(session, event);
	xa_unlock_irqrestore(&session->events, flags);
	if (!event)
		return;
	dxg_event_signal(event);
	dxg_event_put(event);
}

/** dxg_event_withdraw_all - @process is going away: take its events out; process context. */
void dxg_event_withdraw_all(struct dxg_session *session, struct dxg_process *process)
{
	struct dxg_event *event;
	unsigned long id;

	if (!atomic_read(&process->events))
		return;
	xa_lock_irq(&session->events);
	xa_for_each(&session->events, id, event) {
		if (event->process != process)
			continue;
		dxg_event_erase_locked(session, event);
		dxg_event_put(event);
	}
	xa_unlock_irq(&session->events);
}

/** dxg_event_fire_all - the session is lost: whoever waits shall find out; process context. */
void dxg_event_fire_all(struct dxg_session *session)
{
	struct dxg_event *event;
	unsigned long id;

	xa_for_each(&session->events, id, event)
		dxg_event_fire(session, id);
}

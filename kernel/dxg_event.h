/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_event.h - host events: what the host signals by a number (specification section 5.10). An
 * event wakes one sleeper or signals an eventfd, once or whenever the host says so.
 *
 * The session's table holds a reference until the event has fired (once) or is withdrawn. Who takes
 * an event out of the table owns that reference, so that it is dropped exactly once.
 */
#ifndef DXG_EVENT_H
#define DXG_EVENT_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/types.h>

struct dxg_fence;
struct dxg_process;
struct dxg_session;
struct eventfd_ctx;

/**
 * struct dxg_event - one event. What is woken is one of @eventfd, @fence and @fired.
 * @ref: see above
 * @id: what the host knows of it
 * @process: who made it; counts it; outlives it in the table
 * @eventfd: signalled when set, else @fired is completed
 * @fence: signalled when set, holds a reference; with an error when the event goes without firing
 * @persistent: stays in the table when it fires
 * @fired: the sleeper's
 */
struct dxg_event {
	struct kref ref;
	u32 id;
	struct dxg_process *process;
	struct eventfd_ctx *eventfd;
	struct dxg_fence *fence;
	bool persistent;
	struct completion fired;
};

int dxg_event_create(struct dxg_process *process, u64 eventfd, bool persistent,
		     struct dxg_event **ret_event);
int dxg_event_create_sleeper(struct dxg_process *process, struct dxg_event **ret_event);
int dxg_event_create_fence(struct dxg_process *process, struct dxg_fence *fence,
			   struct dxg_event **ret_event);
void dxg_event_put(struct dxg_event *event);
void dxg_event_withdraw(struct dxg_event *event);
void dxg_event_fire(struct dxg_session *session, u64 id);
void dxg_event_withdraw_all(struct dxg_session *session, struct dxg_process *process);
void dxg_event_fire_all(struct dxg_session *session);

#endif /* DXG_EVENT_H */

// SPDX-License-Identifier: MIT
/*
 * queue_drive.c - how commands get through a queue: pending -> in flight -> retired.
 *
 * Every function named *_locked, and every static one unless it says otherwise, runs under the lock
 * of the queue. step_locked() is the whole state machine: it does one thing that can be done now.
 * Threads that wait call it until it has nothing to do, then sleep on the fence or on @changed, and
 * so each waiter drives the queue; two of them at once are harmless. A host command runs without
 * the lock while @host_busy keeps others from issuing anything.
 *
 * When packets are submitted is load.h's to say; a slot that is full and a wait submit what there
 * is. The guard of what must not be forgotten is the helper. How long a packet takes is learned
 * from the last ones of submissions, and from those that are profiled anyway.
 */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>

#include "printed.h"

#define ALIVE_CHECK_NS 100000000u

/* Give up the lock, and tell the outcome of everything that retired meanwhile. */
static void unlock(struct _cl_command_queue *q)
{
	struct command *c = q->retired.head;

	command_list_init(&q->retired);
	pthread_mutex_unlock(&q->lock);
	while (c) {
		struct command *next = c->next;

		if (c->event)
			event_announce(c->event);
		command_destroy(c);
		c = next;
	}
}

static void lock(struct _cl_command_queue *q)
{
	pthread_mutex_lock(&q->lock);
}

/* ---- completion ---- */

/* When @event, which somebody waited for, ended: as far as anybody can ask for that. */
static uint64_t told_end(const struct _cl_event *event)
{
	bool told = event->queue && queue_profiles(event->queue);

	return told && event_status(event) == CL_COMPLETE ? event->times.end : 0;
}

/* What the command cannot have started before, whatever the device's clock says. */
static uint64_t earliest_start(const struct _cl_command_queue *q, const struct command *c)
{
	uint64_t earliest = c->times.submit;

	if (!queue_reorders(q) && q->last_end > earliest)
		earliest = q->last_end;
	for (cl_uint i = 0; i < c->wait_count; i++)
		if (told_end(c->waits[i]) > earliest)
			earliest = told_end(c->waits[i]);
	return earliest;
}

static void take_profile(struct _cl_command_queue *q, struct command *c)
{
	struct clock_span span = clock_translate(&q->context->vgpu->clock, c->profile,
						 c->times.submit, earliest_start(q, c),
						 monotonic_ns());

	c->times.start = span.start;
	c->times.end = q->last_end = span.end;
}

/* A kernel has its own, anything else the queue's. */
static struct pace *pace_of(struct command *c)
{
	return c->pace ? c->pace : &c->queue->pace;
}

static uint64_t time_of(const struct dxg_cmd_profile *record)
{
	uint64_t start = record->start_ns, end = record->end_ns;

	return end > start ? end - start : 0;
}

static void complete(struct _cl_command_queue *q, struct command *c, cl_int status)
{
	cl_event event = c->event;

	if (status == CL_COMPLETE && c->measured && !c->marker)
		pace_learn(pace_of(c), c->units, time_of(c->measured));
	if (c->ops->over)
		c->ops->over(c);
	if (status == CL_COMPLETE && c->ops->finish)
		c->ops->finish(c);
	if (status == CL_COMPLETE && c->prints)
		printed_show(q->context->vgpu);
	if (event) {
		if (c->profile && status == CL_COMPLETE)
			take_profile(q, c);
		else if (!c->times.end)
			c->times.start = c->times.end = monotonic_ns();
		event->times = c->times;
		event_finish(event, status);
		if (event->watched)
			q->watched--;
	}
	command_list_add(&q->retired, c);
}

/* Completes what the fence says is done; with a lost device, everything, as failed. */
static void retire(struct _cl_command_queue *q)
{
	uint64_t done = fence_read(&q->batch.fence);
	cl_int status = done == FENCE_LOST ? CL_OUT_OF_RESOURCES : CL_COMPLETE;

	if (done == FENCE_LOST) {
		context_lose(q->context);
		q->unsent = NULL;
		q->last = NULL;
	}
	while (q->inflight.head && q->inflight.head->fence_value <= done)
		complete(q, command_list_pop(&q->inflight), status);
}

/* ---- submission ---- */

/* @now: from before the device could begin */
static void mark_submitted(struct command *c, uint64_t now)
{
	cl_event event = c->event;

	if (!event)
		return;
	if (!c->times.submit)
		c->times.submit = now;
	atomic_store_explicit(&event->status, CL_SUBMITTED, memory_order_relaxed);
	atomic_store_explicit(&event->fence_value, c->fence_value, memory_order_release);
}

/* Is the last packet to be timed? Once one was, not where the device is idle: latency is all. */
static bool wants_time(const struct _cl_command_queue *q)
{
	struct command *c = q->last;

	if (!c || c->measured)
		return false;
	return !pace_known(pace_of(c)) || q->batch.packets > 1 || batch_in_flight(&q->batch);
}

/* Far too much in flight is waited for under the lock: the device needs no help of ours for that.
 */
static void submit_locked(struct _cl_command_queue *q)
{
	uint64_t full, now;

	if (batch_empty(&q->batch))
		return;
	while ((full = batch_full(&q->batch)))
		fence_wait(&q->batch.fence, full);
	now = monotonic_ns();
	if (batch_submit(&q->batch, wants_time(q) ? &q->last->measured : NULL) < 0)
		context_lose(q->context);
	for (struct command *c = q->unsent; c; c = c->next)
		mark_submitted(c, now);
	q->unsent = NULL;
	q->last = NULL;
	q->guarded = false;
	q->load = (struct load){ 0 };
}

static void ensure_helper(struct _cl_command_queue *q);

/* Can the helper see to it that the batch is not forgotten? */
static bool guarded(struct _cl_command_queue *q)
{
	if (q->pending.head)
		return false;
	if (!q->guarded)
		ensure_helper(q);
	q->guarded = q->helper;
	return q->guarded;
}

static void submit_if_due(struct _cl_command_queue *q)
{
	enum load_due due;

	if (batch_empty(&q->batch))
		return;
	due = load_due(&q->load, q->batch.packets, batch_in_flight(&q->batch));
	if (due == LOAD_DUE && batch_full(&q->batch))
		due = LOAD_GUARDED; /* the helper waits for room, not the application */
	if (due == LOAD_DUE || (due == LOAD_GUARDED && !guarded(q)))
		submit_locked(q);
}

/* Waits, under the lock, for the oldest command in flight. */
static void make_room(struct _cl_command_queue *q)
{
	submit_locked(q);
	if (q->inflight.head)
		fence_wait(&q->batch.fence, q->inflight.head->fence_value);
	retire(q);
}

/* ---- dependencies ---- */

enum readiness { READY, BLOCKED, FAILED };

/*
 * Can the device itself wait for this event? Everything issued later in the queue would wait, too,
 * which out of order is not for the queue to decide.
 */
static bool device_waits(const struct command *c, cl_event event)
{
	return event->queue && event->queue != c->queue && !queue_reorders(c->queue) &&
	       !event->host_step && !c->ops->run && !c->host_deps &&
	       atomic_load_explicit(&event->fence_value, memory_order_acquire);
}

static enum readiness blocked_on(struct command *c, cl_event event)
{
	int err;

	if (c->waiting_for == event)
		return BLOCKED;
	err = event_notify_queue(event, c->queue);
	if (err == -EALREADY)
		return event_status(event) < 0 ? FAILED : READY;
	if (err < 0)
		return FAILED;
	c->waiting_for = event;
	return BLOCKED;
}

/* An event of the command's own queue: the order of issue is the order of execution. */
static enum readiness behind(const struct command *c, cl_event event)
{
	return !queue_reorders(c->queue) || event->issued ? READY : BLOCKED;
}

static enum readiness readiness(struct command *c)
{
	for (cl_uint i = 0; i < c->wait_count; i++) {
		cl_event event = c->waits[i];
		cl_int status = event_status(event);
		enum readiness r;

		if (status < 0)
			return FAILED;
		if (status == CL_COMPLETE || device_waits(c, event))
			continue;
		r = event->queue == c->queue ? behind(c, event) : blocked_on(c, event);
		if (r != READY)
			return r;
	}
	return READY;
}

/* Holds the context back until the other queues' fences are there. */
static int queue_device_waits(struct _cl_command_queue *q, struct command *c)
{
	int err = 0;

	for (cl_uint i = 0; i < c->wait_count && err >= 0; i++) {
		cl_event event = c->waits[i];

		if (event->queue == q || event_status(event) <= CL_COMPLETE)
			continue;
		submit_locked(q);
		err = batch_wait_for(&q->batch, &event->queue->batch.fence,
				     atomic_load(&event->fence_value));
	}
	return err;
}

/* ---- issue ---- */

/* Waits for a free slot under the lock: the device frees it without any help of ours. */
static void open_slot(struct _cl_command_queue *q)
{
	uint64_t busy;

	submit_locked(q);
	if (!batch_empty(&q->batch))
		return;
	while ((busy = batch_slot_busy(&q->batch)))
		fence_wait(&q->batch.fence, busy);
	retire(q); /* reads the profile records of the slot */
	batch_open_slot(&q->batch);
}

/* @c: the command whose own it is, or NULL */
static const struct dxg_cmd_profile *add_packet(struct _cl_command_queue *q, struct command *c,
						const void *packet, uint32_t size, bool profile)
{
	const struct pace *pace = c ? pace_of(c) : &q->pace;

	if (!batch_fits(&q->batch, size))
		open_slot(q);
	if (!batch_fits(&q->batch, size))
		return NULL; /* nothing is submitted any more: the device is lost */
	load_add(&q->load, pace_expect(pace, c ? c->units : 1), !pace_known(pace));
	q->last = c;
	return batch_add(&q->batch, packet, size, profile);
}

const struct dxg_cmd_profile *queue_add_packet(struct _cl_command_queue *q, const void *packet,
					       uint32_t size, bool profile)
{
	return add_packet(q, NULL, packet, size, profile);
}

static int prepare(struct _cl_command_queue *q, struct command *c)
{
	int err;

	while ((err = c->ops->prepare(c)) == -EAGAIN && !context_lost(q->context))
		make_room(q);
	return err;
}

/*
 * A marker needs a packet only for its time. Behind nothing its time is now; without an event
 * nobody can ask for it.
 */
static bool wants_packet(const struct _cl_command_queue *q, const struct command *c)
{
	if (c->marker)
		return queue_profiles(q) && c->event && q->inflight.head;
	return c->packet;
}

void queue_add_command(struct command *c, bool profile)
{
	struct _cl_command_queue *q = c->queue;

	if (wants_packet(q, c)) {
		c->profile = add_packet(q, c, c->packet, c->packet_size, profile);
		c->measured = c->profile;
	}
	c->fence_value = batch_next_value(&q->batch);
	if (c->event)
		c->event->issued = true;
	command_list_add(&q->inflight, c);
	if (c->fence_value > q->batch.submitted) {
		q->load.seen |= c->event != NULL;
		if (!q->unsent)
			q->unsent = c;
	} else {
		mark_submitted(c, monotonic_ns());
	}
}

static void issue(struct _cl_command_queue *q, struct command *c)
{
	int err = queue_device_waits(q, c);

	if (err >= 0 && c->ops->prepare)
		err = prepare(q, c);
	if (err < 0) {
		context_error(q->context, err);
		complete(q, c, CL_OUT_OF_RESOURCES);
		return;
	}
	queue_add_command(c, queue_profiles(q) && c->event);
	submit_if_due(q);
}

static void run_host(struct _cl_command_queue *q, struct command *c)
{
	cl_int status;

	q->host_busy = true;
	c->times.submit = monotonic_ns();
	unlock(q);
	c->times.start = monotonic_ns();
	status = c->ops->run(c);
	c->times.end = monotonic_ns();
	lock(q);
	q->host_busy = false;
	complete(q, c, status);
	pthread_cond_broadcast(&q->changed);
}

/*
 * The pending command whose turn it is, and whether it is READY or FAILED; NULL when all are held
 * up. Out of order that is the first which may pass those before it.
 */
static struct command **next_turn(struct _cl_command_queue *q, enum readiness *ret_ready)
{
	struct command **at = &q->pending.head;

	for (; *at; at = &(*at)->next) {
		struct command *c = *at;

		*ret_ready = BLOCKED;
		if (context_lost(q->context))
			*ret_ready = FAILED;
		else if (!c->after_all || at == &q->pending.head)
			*ret_ready = readiness(c);
		if (*ret_ready != BLOCKED)
			return at;
		if (!queue_reorders(q) || c->before_all)
			break;
	}
	return NULL;
}

enum host_work { NO_HOST_WORK, SHORT_HOST_WORK, ANY_HOST_WORK };

static bool may_run(const struct command *c, enum host_work host)
{
	return host == ANY_HOST_WORK || (host == SHORT_HOST_WORK && !c->lengthy);
}

/*
 * Do one thing that can be done without waiting for the device or an event. A host command whose
 * turn it is lets nothing past while the device finishes what it has: others would starve it.
 * @host: which host commands may be run by this thread
 */
static bool step_locked(struct _cl_command_queue *q, enum host_work host)
{
	struct command **at, *c;
	enum readiness ready;

	retire(q);
	at = q->host_busy ? NULL : next_turn(q, &ready);
	if (!at)
		return false;
	if (ready == READY && (*at)->ops->run && (q->inflight.head || !may_run(*at, host)))
		return false;
	c = command_list_take(&q->pending, at);
	if (ready == FAILED)
		complete(q, c,
			 context_lost(q->context) ? CL_OUT_OF_RESOURCES
						  : CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
	else if (c->ops->run)
		run_host(q, c);
	else
		issue(q, c);
	return true;
}

/* ---- waiting ---- */

/*
 * Sleep until something may have changed: until the fence reaches @value, if anything is in flight
 * (0: the last command in flight), else until @changed. May return early.
 */
static void doze(struct _cl_command_queue *q, uint64_t value)
{
	if (q->retired.head) {
		unlock(q);
		lock(q);
	} else if (q->inflight.head) {
		if (!value)
			value = q->batch.submitted;
		pthread_mutex_unlock(&q->lock);
		fence_wait(&q->batch.fence, value);
		lock(q);
	} else {
		pthread_cond_wait(&q->changed, &q->lock);
	}
}

/* The same, with nothing left to submit. */
static void sleep_locked(struct _cl_command_queue *q, uint64_t value)
{
	submit_locked(q);
	doze(q, value);
}

static void drive_event(struct _cl_command_queue *q, cl_event event)
{
	while (event_status(event) > CL_COMPLETE) {
		if (!step_locked(q, ANY_HOST_WORK) && event_status(event) > CL_COMPLETE)
			sleep_locked(q, atomic_load(&event->fence_value));
	}
}

static bool helper_wanted(const struct _cl_command_queue *q)
{
	return q->pending.head || q->watched || q->guarded || (q->closing && q->inflight.head);
}

/* Nobody waits for what is in the batch, and the device has enough without it for now. */
static bool may_collect(const struct _cl_command_queue *q)
{
	return q->guarded && !q->pending.head && batch_in_flight(&q->batch) >= LOAD_FED;
}

/* The fence value with which the device has so few submissions left that it would run dry. */
static uint64_t fed_until(const struct _cl_command_queue *q)
{
	return q->batch.submitted - LOAD_FED + 1;
}

static void help(struct _cl_command_queue *q)
{
	while (helper_wanted(q)) {
		uint64_t oldest = q->inflight.head ? q->inflight.head->fence_value : 0;

		if (step_locked(q, ANY_HOST_WORK) || !helper_wanted(q))
			continue;
		if (may_collect(q)) {
			doze(q, q->watched ? oldest : fed_until(q));
			continue;
		}
		if (q->guarded) {
			submit_locked(q);
			continue;
		}
		q->held_up = !q->inflight.head && !queue_reorders(q);
		sleep_locked(q, oldest);
		q->held_up = false;
	}
}

static void *helper_thread(void *arg)
{
	struct _cl_command_queue *q = arg;

	lock(q);
	for (;;) {
		help(q);
		if (q->retired.head) {
			unlock(q);
			lock(q);
			continue;
		}
		if (q->closing)
			break;
		pthread_cond_wait(&q->changed, &q->lock);
	}
	q->helper = false;
	unlock(q);
	object_drop(q);
	return NULL;
}

/* Without a thread the queue still gets on, whenever the application calls. */
static void ensure_helper(struct _cl_command_queue *q)
{
	pthread_t thread;

	/* What joins the end of a queue that is held up changes nothing; the event will kick it. */
	if (!q->held_up || q->inflight.head)
		pthread_cond_broadcast(&q->changed);
	if (q->helper)
		return;
	object_hold(q);
	if (pthread_create(&thread, NULL, helper_thread, q) != 0) {
		object_drop(q); /* the caller has a hold */
		return;
	}
	pthread_detach(thread);
	q->helper = true;
}

/* ---- what others call; no locks held ---- */

/* Events of other queues: submitted if the device can wait for them, else seen through by a helper.
 */
static void prepare_waits(struct command *c)
{
	for (cl_uint i = 0; i < c->wait_count; i++) {
		cl_event event = c->waits[i];

		if (!event->queue || event->queue == c->queue || event_status(event) <= CL_COMPLETE)
			continue;
		queue_submit(event->queue);
		if (!device_waits(c, event))
			queue_watch(event->queue, event);
	}
}

void queue_push(struct command *c, bool blocking)
{
	struct _cl_command_queue *q = c->queue;
	cl_event event = c->event; /* a blocking caller holds it; others must not look */

	prepare_waits(c);
	lock(q);
	if (event)
		c->times.queued = monotonic_ns();
	command_list_add(&q->pending, c);
	while (step_locked(q, blocking ? ANY_HOST_WORK : SHORT_HOST_WORK))
		;
	if (blocking)
		drive_event(q, event);
	else if (q->pending.head)
		ensure_helper(q);
	unlock(q);
}

void queue_flush(cl_command_queue q)
{
	lock(q);
	while (step_locked(q, NO_HOST_WORK))
		;
	q->load.flushed = !batch_empty(&q->batch);
	submit_if_due(q);
	unlock(q);
}

void queue_submit(cl_command_queue q)
{
	lock(q);
	while (step_locked(q, NO_HOST_WORK))
		;
	submit_locked(q);
	unlock(q);
}

void queue_wait(cl_command_queue q, cl_event event)
{
	if (event_status(event) <= CL_COMPLETE)
		return;
	lock(q);
	drive_event(q, event);
	unlock(q);
}

void queue_finish(cl_command_queue q)
{
	lock(q);
	while (q->pending.head || q->inflight.head || q->host_busy)
		if (!step_locked(q, ANY_HOST_WORK) &&
		    (q->pending.head || q->inflight.head || q->host_busy))
			sleep_locked(q, 0);
	unlock(q);
}

/* Whether the device is still there is asked now and then: a dead host cannot raise the fence. */
void queue_poll(cl_command_queue q)
{
	uint64_t now = monotonic_ns();

	lock(q);
	while (step_locked(q, NO_HOST_WORK))
		;
	submit_if_due(q);
	if (q->inflight.head && now - q->checked_ns > ALIVE_CHECK_NS) {
		q->checked_ns = now;
		if (vgpu_check(q->context->vgpu))
			retire(q);
	}
	unlock(q);
}

void queue_watch(cl_command_queue q, cl_event event)
{
	lock(q);
	if (event_status(event) > CL_COMPLETE && !event->watched) {
		event->watched = true;
		q->watched++;
		submit_locked(q);
		ensure_helper(q);
	}
	unlock(q);
}

void queue_kick(cl_command_queue q)
{
	lock(q);
	pthread_cond_broadcast(&q->changed);
	unlock(q);
}

void queue_close(cl_command_queue q)
{
	lock(q);
	while (step_locked(q, NO_HOST_WORK))
		;
	submit_locked(q);
	q->closing = true;
	if (helper_wanted(q))
		ensure_helper(q);
	pthread_cond_broadcast(&q->changed);
	unlock(q);
}

uint64_t queue_send_packet(cl_command_queue q, const void *packet, uint32_t size)
{
	uint64_t value;

	lock(q);
	queue_add_packet(q, packet, size, false);
	submit_locked(q);
	value = q->batch.submitted;
	unlock(q);
	return value;
}

int queue_await(cl_command_queue q, uint64_t value)
{
	fence_wait(&q->batch.fence, value);
	if (fence_read(&q->batch.fence) != FENCE_LOST)
		return 0;
	context_lose(q->context);
	return -ENODEV;
}

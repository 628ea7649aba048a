// SPDX-License-Identifier: MIT
/*
 * watch: see watch.h. One thread looks at everything that is watched, WATCH_PERIOD_MS after it has
 * looked last; while nothing is watched it sleeps. `watch_lock` covers the list of watches; neither
 * questions to the host nor callbacks run under it. A watch that the thread looks at is `busy`, and
 * who stops it waits until it is not; a callback that stops its own watch leaves it to the thread.
 */
#include "watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "adapter.h"
#include "list.h"

#define WATCH_PERIOD_MS 250

/**
 * struct watch - one registration.
 * @next: sorted by cookie; watch_lock
 * @cookie: its name, never 0
 * @type: enum dxcore_notification
 * @object: with a reference
 * @list: the same, if it is a list
 * @adapter: the same, if it is an adapter
 * @callback: to be called
 * @context: with this
 * @budget: of each segment group, when it was looked at last; the thread's
 * @fired: what happens once has happened; the thread's
 * @busy: the thread is at it; watch_lock
 * @stopped: not in the list any more, to be freed by the thread; watch_lock
 */
struct watch {
	struct watch *next;
	uint32_t cookie;
	uint32_t type;
	struct dxcore_unknown *object;
	struct dxcore_list *list;
	struct dxcore_adapter *adapter;
	dxcore_callback callback;
	void *context;
	uint64_t budget[DXCORE_SEGMENT_GROUPS];
	bool fired;
	bool busy;
	bool stopped;
};

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t watch_wake = PTHREAD_COND_INITIALIZER; /* the thread: a watch was added */
static pthread_cond_t watch_idle = PTHREAD_COND_INITIALIZER; /* a watch is not busy any more */
static struct watch *watches;
static uint32_t watch_cookie;
static bool watch_running;
static bool watch_added;
static pthread_t watch_thread;

void watch_forked(void)
{
	pthread_mutex_init(&watch_lock, NULL);
	pthread_cond_init(&watch_wake, NULL);
	pthread_cond_init(&watch_idle, NULL);
	watches = NULL;
	watch_running = false;
	watch_added = false;
}

bool watch_supports(uint32_t type)
{
	return type < DXCORE_CONTENT_PROTECTION;
}

/* ---- looking ---- */

/* Note the budgets. Return: has one changed? */
static bool watch_budget(struct watch *w)
{
	struct dxcore_budget_of of = { 0, 0 };
	struct dxcore_budget now;
	bool changed = false;

	for (of.group = 0; of.group < DXCORE_SEGMENT_GROUPS; of.group++) {
		if (adapter_budget(w->adapter, &of, &now) != S_OK)
			continue;
		changed |= now.budget != w->budget[of.group];
		w->budget[of.group] = now.budget;
	}
	return changed;
}

static bool watch_happened(struct watch *w)
{
	if (w->fired)
		return false;
	switch ((enum dxcore_notification)w->type) {
	case DXCORE_LIST_STALE:
		w->fired = list_check(w->list);
		return w->fired;
	case DXCORE_NO_LONGER_VALID:
		w->fired = !adapter_check(w->adapter);
		return w->fired;
	case DXCORE_BUDGET_CHANGE:
		return watch_budget(w);
	case DXCORE_CONTENT_PROTECTION:
	case DXCORE_NOTIFICATIONS:
		break;
	}
	return false;
}

static void watch_free(struct watch *w)
{
	w->object->table->release(w->object);
	free(w);
}

static struct watch *watch_after_locked(uint32_t cookie)
{
	struct watch *w = watches;

	while (w && w->cookie <= cookie)
		w = w->next;
	return w;
}

static bool watch_is_stopped(struct watch *w)
{
	bool stopped;

	pthread_mutex_lock(&watch_lock);
	stopped = w->stopped;
	pthread_mutex_unlock(&watch_lock);
	return stopped;
}

/* Look at one; no lock held. */
static void watch_look(struct watch *w)
{
	if (watch_happened(w) && !watch_is_stopped(w))
		w->callback(w->type, w->object, w->context);
}

/* Look at each; the lock is given up meanwhile. */
static void watch_round_locked(void)
{
	uint32_t cookie = 0;
	struct watch *w;
	bool stopped;

	while ((w = watch_after_locked(cookie))) {
		cookie = w->cookie;
		w->busy = true;
		pthread_mutex_unlock(&watch_lock);
		watch_look(w);
		pthread_mutex_lock(&watch_lock);
		w->busy = false;
		stopped = w->stopped;
		pthread_cond_broadcast(&watch_idle);
		if (!stopped)
			continue;
		pthread_mutex_unlock(&watch_lock);
		watch_free(w);
		pthread_mutex_lock(&watch_lock);
	}
}

/* Until it is time to look again. */
static void watch_rest_locked(void)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += WATCH_PERIOD_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (watches && !watch_added && !err)
		err = pthread_cond_timedwait(&watch_wake, &watch_lock, &until);
}

static void *watch_run(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&watch_lock);
	for (;;) {
		while (!watches)
			pthread_cond_wait(&watch_wake, &watch_lock);
		watch_added = false;
		watch_round_locked();
		watch_rest_locked();
	}
	return NULL;
}

/* ---- registering ---- */

/* The thread takes none of the application's signals. Return: is there one? */
static bool watch_run_locked(void)
{
	sigset_t all, old;

	if (watch_running)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	watch_running = !pthread_create(&watch_thread, NULL, watch_run, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (watch_running) {
		pthread_setname_np(watch_thread, "dxcore-watch");
		pthread_detach(watch_thread);
	}
	return watch_running;
}

static bool watch_add_locked(struct watch *w)
{
	struct watch **at = &watches;

	if (watch_cookie == UINT32_MAX || !watch_run_locked())
		return false;
	w->cookie = ++watch_cookie;
	while (*at)
		at = &(*at)->next;
	*at = w;
	watch_added = true;
	pthread_cond_signal(&watch_wake);
	return true;
}

static struct watch *watch_create(struct dxcore_unknown *object, uint32_t type)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->type = type;
	w->object = object;
	w->list = list_of(object);
	w->adapter = adapter_of(object);
	object->table->add_ref(object);
	return w;
}

HRESULT watch_start(struct dxcore_unknown *object, uint32_t type, dxcore_callback callback,
		    void *context, uint32_t *ret_cookie)
{
	struct watch *w;
	bool added;

	if (type == DXCORE_LIST_STALE ? !list_of(object) : !adapter_of(object))
		return E_INVALIDARG;
	w = watch_create(object, type);
	if (!w)
		return E_OUTOFMEMORY;
	w->callback = callback;
	w->context = context;
	if (type == DXCORE_BUDGET_CHANGE)
		watch_budget(w);
	pthread_mutex_lock(&watch_lock);
	added = watch_add_locked(w);
	if (added)
		*ret_cookie = w->cookie;
	pthread_mutex_unlock(&watch_lock);
	if (!added)
		watch_free(w);
	return added ? S_OK : E_OUTOFMEMORY;
}

static struct watch *watch_remove_locked(uint32_t cookie)
{
	struct watch **at = &watches, *w;

	while (*at && (*at)->cookie != cookie)
		at = &(*at)->next;
	w = *at;
	if (w)
		*at = w->next;
	return w;
}

HRESULT watch_stop(uint32_t cookie)
{
	struct watch *w;
	bool ours = true;

	pthread_mutex_lock(&watch_lock);
	w = watch_remove_locked(cookie);
	if (w && w->busy && pthread_equal(pthread_self(), watch_thread)) {
		w->stopped = true;
		ours = false;
	}
	while (w && ours && w->busy)
		pthread_cond_wait(&watch_idle, &watch_lock);
	pthread_mutex_unlock(&watch_lock);
	if (w && ours)
		watch_free(w);
	return w ? S_OK : E_INVALIDARG;
}

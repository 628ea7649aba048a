// SPDX-License-Identifier: MIT
/*
 * callback.c - the callback thread and its queue. @lock is a leaf: nothing else is taken under it.
 * The thread never ends; the library is linked so that it is never unloaded. A forked child has no
 * such thread and nothing posted, and starts its own.
 */
#include "callback.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t posted = PTHREAD_COND_INITIALIZER;
static struct callback *head, **tail = &head; /* lock */
static bool running; /* lock */
static pthread_once_t watch_forks = PTHREAD_ONCE_INIT;

static void forking(void)
{
	pthread_mutex_lock(&lock);
}

static void forked_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void forked_child(void)
{
	head = NULL;
	tail = &head;
	running = false;
	pthread_cond_init(&posted, NULL);
	pthread_mutex_unlock(&lock);
}

static void register_fork_handlers(void)
{
	pthread_atfork(forking, forked_parent, forked_child);
}

static struct callback *next_callback(void)
{
	struct callback *cb;

	pthread_mutex_lock(&lock);
	while (!head)
		pthread_cond_wait(&posted, &lock);
	cb = head;
	head = cb->next;
	if (!head)
		tail = &head;
	pthread_mutex_unlock(&lock);
	return cb;
}

static void *serve(void *unused)
{
	(void)unused;
	for (;;) {
		struct callback *cb = next_callback();

		cb->run(cb);
	}
	return NULL;
}

/* If no thread can be had now, the next post tries again. */
static bool start(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, serve, NULL) != 0)
		return false;
	pthread_detach(thread);
	return true;
}

void callback_post(struct callback *cb)
{
	pthread_once(&watch_forks, register_fork_handlers);
	cb->next = NULL;
	pthread_mutex_lock(&lock);
	*tail = cb;
	tail = &cb->next;
	if (!running)
		running = start();
	pthread_cond_signal(&posted);
	pthread_mutex_unlock(&lock);
}

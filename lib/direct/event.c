/* SPDX-License-Identifier: MIT */
/*
 * event.c - the table of host events. An id is never used twice, so a signal that comes late finds
 * nothing.
 *
 * The eventfds are the application's, and so is their O_NONBLOCK. They are written to without a
 * lock, and not when they are full: a write that slept would keep the reader from the rings.
 */
#include "event.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct event **event_bucket(struct event_table *t, uint64_t id)
{
	return &t->bucket[id % EVENT_BUCKETS];
}

static void event_put(struct event *e)
{
	if (__atomic_sub_fetch(&e->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (e->fd >= 0)
		close(e->fd);
	free(e);
}

static void event_get_locked(struct event *e)
{
	__atomic_add_fetch(&e->refs, 1, __ATOMIC_RELAXED);
}

int event_check_fd(uint64_t fd)
{
	char path[64], target[64];
	ssize_t n;

	if (fd > INT_MAX || fcntl((int)fd, F_GETFD) < 0)
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return 0; /* no /proc here: take it as it is */
	target[n] = 0;
	return strcmp(target, "anon_inode:[eventfd]") ? -EINVAL : 0;
}

/* Between the look and the write only a writer of the application can fill it. */
void event_write_fd(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	uint64_t one = 1;
	ssize_t n;

	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
		return;
	n = write(fd, &one, sizeof(one));
	(void)n; /* full: it is signalled already */
}

static int event_add(struct event_table *t, const struct event *template, uint64_t *ret_id)
{
	struct event *e = malloc(sizeof(*e));
	struct event **bucket;

	if (!e)
		return -ENOMEM;
	*e = *template;
	e->refs = 1;
	channel_lock(t->channel);
	e->id = ++t->next_id;
	bucket = event_bucket(t, e->id);
	e->next = *bucket;
	*bucket = e;
	*ret_id = e->id;
	channel_unlock(t->channel);
	return 0;
}

int event_add_fd(struct event_table *t, uint64_t fd, bool persistent, uint64_t *ret_id)
{
	struct event e = { .persistent = persistent };
	int err = event_check_fd(fd);

	if (err)
		return err;
	err = channel_need_reader(t->channel);
	if (err)
		return err;
	e.fd = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	if (e.fd < 0)
		return -errno;
	err = event_add(t, &e, ret_id);
	if (err)
		close(e.fd);
	return err;
}

int event_add_waiter(struct event_table *t, struct waiter *waiter, uint64_t *ret_id)
{
	struct event e = { .waiter = waiter, .fd = -1 };

	return event_add(t, &e, ret_id);
}

/* Where the pointer to the event is, or the NULL that ends its bucket. */
static struct event **event_place_locked(struct event_table *t, uint64_t id)
{
	struct event **at = event_bucket(t, id);

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

void event_remove(struct event_table *t, uint64_t id)
{
	struct event **at, *e;

	channel_lock(t->channel);
	at = event_place_locked(t, id);
	e = *at;
	if (e)
		*at = e->next;
	channel_unlock(t->channel);
	if (e)
		event_put(e);
}

/* An event that has happened, with a reference for the caller; a waiter is completed already. */
static struct event *event_happened(struct event_table *t, uint64_t id)
{
	struct event **at, *e;

	channel_lock(t->channel);
	at = event_place_locked(t, id);
	e = *at;
	if (e && e->waiter)
		channel_complete_locked(e->waiter, 0);
	if (e && e->persistent)
		event_get_locked(e);
	else if (e)
		*at = e->next;
	channel_unlock(t->channel);
	return e;
}

void event_signal(struct event_table *t, uint64_t id)
{
	struct event *e = event_happened(t, id);

	if (!e)
		return;
	if (e->fd >= 0)
		event_write_fd(e->fd);
	event_put(e);
}

/* All events with a descriptor, linked by @fire, each with a reference. */
static struct event *event_collect_fds(struct event_table *t)
{
	struct event *e, *first = NULL;
	unsigned int i;

	channel_lock(t->channel);
	for (i = 0; i < EVENT_BUCKETS; i++)
		for (e = t->bucket[i]; e; e = e->next) {
			if (e->fd < 0)
				continue;
			event_get_locked(e);
			e->fire = first;
			first = e;
		}
	channel_unlock(t->channel);
	return first;
}

void event_signal_all(struct event_table *t)
{
	struct event *e, *next;

	for (e = event_collect_fds(t); e; e = next) {
		next = e->fire;
		event_write_fd(e->fd);
		event_put(e);
	}
}

void event_fini(struct event_table *t)
{
	struct event *e;
	unsigned int i;

	for (i = 0; i < EVENT_BUCKETS; i++)
		while ((e = t->bucket[i])) {
			t->bucket[i] = e->next;
			event_put(e);
		}
}

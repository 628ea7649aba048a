/* SPDX-License-Identifier: MIT */
/*
 * event.c - the table of host events. An id is never used twice, so a signal that comes late finds
 * nothing.
 */
#include "event.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct event **event_bucket(struct event_table *t, uint64_t id)
{
	return &t->bucket[id % EVENT_BUCKETS];
}

static void event_free(struct event *e)
{
	if (e->fd >= 0)
		close(e->fd);
	free(e);
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

void event_write_fd(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n; /* full: it is signalled already */
}

static int event_add(struct event_table *t, const struct event *template, uint64_t *ret_id)
{
	struct event *e = malloc(sizeof(*e));
	struct event **bucket;

	if (!e)
		return -ENOMEM;
	*e = *template;
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

static struct event *event_take_locked(struct event_table *t, uint64_t id)
{
	struct event **at = event_bucket(t, id), *e;

	while ((e = *at) && e->id != id)
		at = &e->next;
	if (e)
		*at = e->next;
	return e;
}

void event_remove(struct event_table *t, uint64_t id)
{
	struct event *e;

	channel_lock(t->channel);
	e = event_take_locked(t, id);
	channel_unlock(t->channel);
	if (e)
		event_free(e);
}

/* Do what the event is for. */
static void event_fire_locked(struct event *e)
{
	if (e->waiter)
		channel_complete_locked(e->waiter, 0);
	else
		event_write_fd(e->fd);
}

void event_signal(struct event_table *t, uint64_t id)
{
	struct event *e;

	channel_lock(t->channel);
	e = event_take_locked(t, id);
	if (e) {
		event_fire_locked(e);
		if (e->persistent) {
			e->next = *event_bucket(t, id);
			*event_bucket(t, id) = e;
			e = NULL;
		}
	}
	channel_unlock(t->channel);
	if (e)
		event_free(e);
}

void event_signal_all(struct event_table *t)
{
	struct event *e;
	unsigned int i;

	channel_lock(t->channel);
	for (i = 0; i < EVENT_BUCKETS; i++)
		for (e = t->bucket[i]; e; e = e->next)
			if (!e->waiter)
				event_fire_locked(e);
	channel_unlock(t->channel);
}

void event_fini(struct event_table *t)
{
	struct event *e;
	unsigned int i;

	for (i = 0; i < EVENT_BUCKETS; i++)
		while ((e = t->bucket[i])) {
			t->bucket[i] = e->next;
			event_free(e);
		}
}

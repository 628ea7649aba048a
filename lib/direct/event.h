/* SPDX-License-Identifier: MIT */
/*
 * event.h - host events: numbers that dxgd sends back when something has happened, and what is to
 * be done then (specification section 7.3).
 */
#ifndef LIBDXG_EVENT_H
#define LIBDXG_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

#define EVENT_BUCKETS 64u

/**
 * struct event - one registered event.
 * @next: bucket of the table
 * @fire: the list of event_signal_all(), which is called once
 * @refs: the table, and each thread that signals it now; atomic, raised under the lock
 * @waiter: the thread that sleeps for it, or NULL: then @fd is an eventfd of ours
 * @persistent: stays registered after a signal
 */
struct event {
	struct event *next, *fire;
	unsigned int refs;
	uint64_t id;
	struct waiter *waiter;
	int fd;
	bool persistent;
};

/** struct event_table - all events of a session; everything under the lock of @channel. */
struct event_table {
	struct channel *channel;
	struct event *bucket[EVENT_BUCKETS];
	uint64_t next_id;
};

/**
 * event_add_fd() - signal eventfd @fd; a duplicate is kept, the caller may close his.
 * Return: 0; -EINVAL when @fd is no eventfd; -ENOMEM; -EMFILE.
 */
int event_add_fd(struct event_table *t, uint64_t fd, bool persistent, uint64_t *ret_id);

/** event_add_waiter() - complete @waiter; the caller removes the event before it goes away. */
int event_add_waiter(struct event_table *t, struct waiter *waiter, uint64_t *ret_id);

/**
 * event_remove() - forget an event; one that is gone already is fine. A signal that is under way
 * may still reach the eventfd afterwards.
 */
void event_remove(struct event_table *t, uint64_t id);

/** event_signal() - the host says that @id has happened; unknown ids are ignored. No lock held. */
void event_signal(struct event_table *t, uint64_t id);

/**
 * event_signal_all() - the session has ended: signal every eventfd, so that nobody waits on. Once,
 * no lock held.
 */
void event_signal_all(struct event_table *t);

/** event_fini() - forget everything. */
void event_fini(struct event_table *t);

/** event_check_fd() - is @fd an eventfd? Return: 0 or -EINVAL. */
int event_check_fd(uint64_t fd);

/** event_write_fd() - add one to an eventfd, unless it is full: it is signalled then. */
void event_write_fd(int fd);

#endif

// SPDX-License-Identifier: MIT
/*
 * printed - see printed.h. Whoever wants the text empties the pipe first, so that nothing depends
 * on when the thread runs; the thread is there so that a driver which prints more than a pipe holds
 * gets on. Rejected: a file in place of the pipe, which needs no thread but has no bound.
 *
 * Lock: @lock guards the buffer and reading from the pipe; a leaf, held over reads that do not
 * block.
 */
#include "worker/printed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dxgwire/limits.h"

#define PIECE 65536u /* what a pipe holds, unless it is told otherwise */

struct printed {
	int pipe; /* end to read from, does not block */
	pthread_t thread;
	pthread_mutex_t lock;
	uint8_t *text; /* [@from, @to) of @room bytes */
	uint32_t from, to, room;
	uint64_t lost;
	uint8_t piece[PIECE];
};

/* Make room for @n more bytes as far as there may be; returns how many there are. */
static uint32_t grow_locked(struct printed *p, uint32_t n)
{
	uint32_t used = p->to - p->from;
	uint32_t want = n < DXG_PRINTED_MAX - used ? n : DXG_PRINTED_MAX - used;
	uint32_t room = p->room ? p->room : PIECE;
	uint8_t *text;

	if (p->from) {
		memmove(p->text, p->text + p->from, used);
		p->from = 0;
		p->to = used;
	}
	while (room < used + want)
		room *= 2;
	if (room > p->room) {
		text = realloc(p->text, room);
		if (!text)
			return p->room - used < want ? p->room - used : want;
		p->text = text;
		p->room = room;
	}
	return want;
}

static void keep_locked(struct printed *p, const uint8_t *bytes, uint32_t n)
{
	uint32_t take = p->room - p->to >= n ? n : grow_locked(p, n);

	if (take)
		memcpy(p->text + p->to, bytes, take);
	p->to += take;
	p->lost += n - take;
}

/*
 * Take as much as a pipe holds, which is all that was in it: what a kernel adds meanwhile, without
 * end perhaps, is for the next time. Return: false when nobody can write to it any more.
 */
static bool drain_locked(struct printed *p)
{
	size_t taken = 0;
	ssize_t n = 1;

	while (taken < PIECE && (n = read(p->pipe, p->piece, PIECE)) > 0) {
		keep_locked(p, p->piece, (uint32_t)n);
		taken += (size_t)n;
	}
	return n != 0;
}

static void *drain(void *arg)
{
	struct printed *p = arg;
	struct pollfd fd = { .fd = p->pipe, .events = POLLIN };
	bool open = true;

	while (open) {
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			break;
		pthread_mutex_lock(&p->lock);
		open = drain_locked(p);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static int start(struct printed *p)
{
	int ends[2];
	int err;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	p->pipe = ends[0];
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) || dup2(ends[1], STDOUT_FILENO) < 0)
		err = -errno;
	else
		err = -pthread_create(&p->thread, NULL, drain, p);
	close(ends[1]);
	if (err)
		close(ends[0]);
	return err;
}

int printed_create(struct printed **ret)
{
	struct printed *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	pthread_mutex_init(&p->lock, NULL);
	err = start(p);
	if (err) {
		pthread_mutex_destroy(&p->lock);
		free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void printed_destroy(struct printed *p)
{
	if (!p)
		return;
	fflush(stdout);
	/* The standard input is /dev/null, open for both; the pipe has no writer then. */
	dup2(STDIN_FILENO, STDOUT_FILENO);
	pthread_join(p->thread, NULL);
	close(p->pipe);
	pthread_mutex_destroy(&p->lock);
	free(p->text);
	free(p);
}

uint32_t printed_take(struct printed *p, void *to, uint32_t room, uint32_t *ret_left,
		      uint64_t *ret_lost)
{
	uint32_t n;

	fflush(stdout);
	pthread_mutex_lock(&p->lock);
	drain_locked(p);
	n = p->to - p->from < room ? p->to - p->from : room;
	if (n)
		memcpy(to, p->text + p->from, n);
	p->from += n;
	*ret_left = p->to - p->from;
	*ret_lost = *ret_left ? 0 : p->lost;
	if (!*ret_left)
		p->lost = 0;
	pthread_mutex_unlock(&p->lock);
	return n;
}

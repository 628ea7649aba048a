/* SPDX-License-Identifier: MIT */
/*
 * pool.h - a few threads for what takes long (compiling, say), so that neither the reader nor
 * execution waits for it. Threads start when there is work for them.
 */
#ifndef WORKER_POOL_H
#define WORKER_POOL_H

#include <stdbool.h>

#define POOL_THREADS 4u

struct pool;

/** struct pool_job - work to do, embedded in the caller's object. */
struct pool_job {
	struct pool_job *next;
	void (*run)(struct pool_job *job);
};

/**
 * pool_create() - a pool that has no thread yet.
 * @limit: jobs waiting or running at once
 * @threads: how many it may have, at most POOL_THREADS
 */
int pool_create(unsigned int limit, unsigned int threads, struct pool **ret);

/** pool_busy() - is any job waiting or running? */
bool pool_busy(struct pool *pool);

/**
 * pool_submit() - run @job on some thread, in no order relative to others.
 * Return: 0; -EAGAIN at the limit, or when no thread can be started.
 */
int pool_submit(struct pool *pool, struct pool_job *job);

/** pool_destroy() - end the threads of a pool that is not busy; NULL is fine. */
void pool_destroy(struct pool *pool);

#endif /* WORKER_POOL_H */

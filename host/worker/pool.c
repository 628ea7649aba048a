// SPDX-License-Identifier: MIT
/*
 * pool - see pool.h. Locks: pool->lock guards everything in struct pool; jobs run without it.
 */
#include "worker/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct pool_job *first;
	struct pool_job **end;
	unsigned int limit;
	unsigned int most; /* threads */
	unsigned int jobs; /* waiting or running */
	unsigned int threads;
	bool stop;
	pthread_t thread[POOL_THREADS];
};

int pool_create(unsigned int limit, unsigned int threads, struct pool **ret)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pool->end = &pool->first;
	pool->limit = limit;
	pool->most = threads;
	*ret = pool;
	return 0;
}

/* The next job, or NULL when the pool ends. */
static struct pool_job *pool_next_locked(struct pool *pool)
{
	struct pool_job *job;

	while (!pool->first && !pool->stop)
		pthread_cond_wait(&pool->work, &pool->lock);
	job = pool->first;
	if (job) {
		pool->first = job->next;
		if (!pool->first)
			pool->end = &pool->first;
	}
	return job;
}

static void *pool_thread(void *arg)
{
	struct pool *pool = arg;
	struct pool_job *job;

	pthread_mutex_lock(&pool->lock);
	while ((job = pool_next_locked(pool))) {
		pthread_mutex_unlock(&pool->lock);
		job->run(job);
		pthread_mutex_lock(&pool->lock);
		pool->jobs--;
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Have a thread for one more job, if one can be had at all. */
static int pool_staff_locked(struct pool *pool)
{
	if (pool->jobs < pool->threads || pool->threads == pool->most)
		return 0;
	if (!pthread_create(&pool->thread[pool->threads], NULL, pool_thread, pool))
		pool->threads++;
	return pool->threads ? 0 : -EAGAIN;
}

int pool_submit(struct pool *pool, struct pool_job *job)
{
	int err;

	pthread_mutex_lock(&pool->lock);
	err = pool->jobs < pool->limit ? pool_staff_locked(pool) : -EAGAIN;
	if (!err) {
		job->next = NULL;
		*pool->end = job;
		pool->end = &job->next;
		pool->jobs++;
		pthread_cond_signal(&pool->work);
	}
	pthread_mutex_unlock(&pool->lock);
	return err;
}

bool pool_busy(struct pool *pool)
{
	bool busy;

	pthread_mutex_lock(&pool->lock);
	busy = pool->jobs;
	pthread_mutex_unlock(&pool->lock);
	return busy;
}

void pool_destroy(struct pool *pool)
{
	unsigned int i;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

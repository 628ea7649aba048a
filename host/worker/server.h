/* SPDX-License-Identifier: MIT */
/*
 * server.h - a worker at work: it serves the ipc rings of one client process until dxgd goes away.
 *
 * Two equal threads share one role, the reader: who has it receives packets, applies state messages
 * and decodes submissions. A submission that may take long is executed by the thread that read it,
 * after it passed the role on, so execution needs no hand-over that it would wait for, and nothing
 * else waits for execution. Slow escapes go to the pool.
 */
#ifndef WORKER_SERVER_H
#define WORKER_SERVER_H

#include <pthread.h>

#include "backend/backend.h"
#include "worker/channel.h"
#include "worker/image.h"
#include "worker/pool.h"
#include "worker/printed.h"
#include "worker/program.h"
#include "worker/space.h"

struct cache;
struct context_table;
struct exec_node;
struct saver;

/**
 * struct server - everything of one worker; set up before the threads start.
 * @be: the backend, NULL when it could not be opened: then @be_text says why
 * @channel: receiving is the reader's, replying anybody's
 * @space, @contexts: the reader's
 * @cache: NULL without one
 * @filler: for what an application is waiting for that has nothing to do with builds
 * @cache, @saver, @programs, @images, @pool, @filler, @node, @printed: have locks of their own
 */
struct server {
	struct backend *be;
	struct backend_text be_text;
	struct channel *channel;
	struct space *space;
	struct context_table *contexts;
	struct cache *cache;
	struct saver *saver;
	struct program_table *programs;
	struct image_table *images;
	struct pool *pool;
	struct pool *filler;
	struct exec_node *node;
	struct printed *printed;
	pthread_mutex_t reader;
};

/**
 * server_run() - receive struct ipc_start on @socket and serve. Called in a sandboxed process; does
 * not return before dxgd is gone, or something is broken.
 *
 * Return: the exit status of the process: 0 when dxgd ended the connection.
 */
int server_run(int socket);

/** server_reply() - send a reply; ends the process when that is not possible. Any thread. */
void server_reply(struct server *server, uint64_t cookie, const void *payload, uint32_t size);

/** server_log() - one line for the log of the daemon. Any thread. */
void server_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* WORKER_SERVER_H */

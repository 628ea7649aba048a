/* SPDX-License-Identifier: MIT */
/*
 * worker: dxgd's end of one dxg-worker (ipc/ipc.h): its two rings, the calls it has not answered,
 * its life. A worker runs tenant code; every byte from it is checked, and one that lies is killed.
 *
 * Life: a worker can be sent to from its creation on. It is lost when it ended, lied, or could not
 * be started, or let its owner's patience run out (events->lost, once, unless worker_kill() asked
 * for it), and gone when the process has
 * really ended and touches no memory any more; then every call still open is done with -ENODEV and
 * events->gone is called, once, in which the owner lets go of it (worker_destroy()).
 *
 * Nothing here blocks: what does not fit the ring waits in a backlog.
 */
#ifndef HOST_WORKER_H
#define HOST_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "ipc/ipc.h"
#include "vidmm/avltree.h"

struct daemon;
struct progstore;
struct worker;
struct worker_call;

/** WORKER_BACKLOG_SOFT - bytes waiting for the ring from which on worker_is_busy(). */
#define WORKER_BACKLOG_SOFT (4u << 20)
/** WORKER_BACKLOG_MAX - bytes waiting for the ring at which the worker counts as hung, and is
 * killed. */
#define WORKER_BACKLOG_MAX (64u << 20)

/**
 * WORKER_START_MS - what a worker may take longer for its first answer: until then its driver is
 * starting.
 */
#define WORKER_START_MS 30000u

/**
 * worker_done_fn - a call has ended.
 * @err: 0, or -ENODEV: the worker is gone without having answered
 * @reply: the reply's payload, ipc_header included; NULL with -ENODEV; valid during the call
 * @len: its bytes
 *
 * Return: NULL, or the name of the field that lies; the worker is then killed.
 */
typedef const char *(*worker_done_fn)(struct worker_call *call, int err, const void *reply,
				      uint32_t len);

/** worker_aside_fn - IPC_EXEC_ASIDE came. Return: as worker_done_fn. */
typedef const char *(*worker_aside_fn)(struct worker_call *call);

/**
 * struct worker_call - a request that waits for its reply; embedded in what it is about.
 * @timed: in worker->timed, for operations that have to end
 * @sent_ms: time of the loop
 * @aside: NULL after worker_call(): the worker may answer with nothing but the reply
 */
struct worker_call {
	struct avl_node node;
	TAILQ_ENTRY(worker_call) timed;
	uint64_t sent_ms;
	uint64_t cookie;
	uint32_t op;
	worker_done_fn done;
	worker_aside_fn aside;
};

/** struct worker_events - what the owner hears and says; see the life above. */
struct worker_events {
	/** @lost: for -ETIMEDOUT, a call took longer than @patience_ms; any other errno, the rest.
	 */
	void (*lost)(void *owner, int err, const char *why);
	/** @gone: nothing of it is left. */
	void (*gone)(void *owner);
	/**
	 * @patience_ms: how long an IPC_EXEC or IPC_ALLOC_DESTROY may take; NULL or 0 for ever.
	 * After a change call worker_check_patience().
	 */
	uint32_t (*patience_ms)(const void *owner);
};

/** WORKER_LINGER_MS - what a worker that is retired may take for its end. */
#define WORKER_LINGER_MS 10000u

/**
 * worker_create() - have a worker forked and started.
 * @start: what it is told; @region_fd: the session's region, -1 for none
 * @store: the program cache that it may use, NULL for none; @start has to agree
 *
 * Return: 0 or a negative errno; then no event will come.
 */
int worker_create(struct daemon *daemon, const struct ipc_start *start, int region_fd,
		  struct progstore *store, const struct worker_events *events, void *owner,
		  struct worker **ret_worker);

/** worker_destroy() - free it, from events->gone on. NULL is fine. */
void worker_destroy(struct worker *worker);

/** worker_kill() - end it; events->lost will not come, events->gone will. */
void worker_kill(struct worker *worker);

/**
 * worker_may_retire() - is it at rest, and does it deserve time for its end? It has used the cache,
 * and no call is open. True takes one of the places that the cache has for such workers.
 */
bool worker_may_retire(struct worker *worker);

/**
 * worker_retire() - like worker_kill(), but it may first hand over to the cache what is new, for
 * which it has WORKER_LINGER_MS. Nothing more is sent to it.
 */
void worker_retire(struct worker *worker);

/** worker_lose_all() - the zygote died: its workers have nobody who collects them, so they go too.
 */
void worker_lose_all(struct daemon *daemon);

/** worker_check_patience() - events->patience_ms has changed. NULL is fine. */
void worker_check_patience(struct worker *worker);

/** worker_is_alive() - not lost and not killed. */
bool worker_is_alive(const struct worker *worker);

/** worker_is_busy() - it reads too slowly for more work of the avoidable kind. */
bool worker_is_busy(const struct worker *worker);

/** worker_pid() - as dxgd sees it; 0 while it is not known. */
pid_t worker_pid(const struct worker *worker);

/** worker_send() - a state message: @len bytes that start with struct ipc_header. */
void worker_send(struct worker *worker, const void *msg, uint32_t len);

/**
 * worker_pass() - a message with the descriptor @fd over its socket; the request that it belongs to
 * follows by worker_call(). Return: 0; -ENODEV lost; -ENOMEM when it takes no more.
 */
int worker_pass(struct worker *worker, const void *msg, uint32_t len, int fd);

/**
 * worker_can_pass() - has it taken all that was passed so far, so that it takes WORKER_PASSES_MAX
 * more? Also true when it is lost.
 */
bool worker_can_pass(const struct worker *worker);

/** WORKER_PASSES_MAX - so many fit the buffer of an empty socket, whatever the system's limit. */
#define WORKER_PASSES_MAX 64u

/**
 * worker_call() - a request of one or two parts, of which the first starts with struct ipc_header.
 * @call: the caller's, in place until @done was called, which always comes
 */
void worker_call(struct worker *worker, struct worker_call *call, worker_done_fn done,
		 const struct dxg_ring_part *part, unsigned int parts);

#endif /* HOST_WORKER_H */

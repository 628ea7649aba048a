/* SPDX-License-Identifier: MIT */
/*
 * zygote: dxgd's end of `dxg-worker --zygote`, the warm process that forks workers (ipc/ipc.h). It
 * is started with the daemon, again when it died and a worker is wanted, and it goes when its
 * control socket is closed.
 */
#ifndef HOST_ZYGOTE_H
#define HOST_ZYGOTE_H

#include <stdint.h>
#include <uv.h>

struct zygote;

/**
 * zygote_forked_fn - the answer to one zygote_fork(); always comes, and never from within
 * zygote_fork().
 * @pid: of the worker, or a negative errno; -EPIPE: the zygote died and nobody knows whether it
 * forked
 * @pidfd: the caller's; -1 on failure
 */
typedef void (*zygote_forked_fn)(void *arg, int64_t pid, int pidfd);

/** ZYGOTE_HIDE_MAX - folders of dxgd itself that are hidden. */
#define ZYGOTE_HIDE_MAX 2u

/**
 * zygote_create() - start it.
 * @path: the dxg-worker program
 * @hide: absolute folders that workers must not see (where our sockets are, and our program
 *caches), ZYGOTE_HIDE_MAX at most, ended by NULL
 * @died: it ended without being told to; nobody collects its workers any more, so they must go too
 *
 * Return: 0 or a negative errno.
 */
int zygote_create(uv_loop_t *loop, const char *path, const char *const *hide,
		  void (*died)(void *arg), void *arg, struct zygote **ret_zygote);

/**
 * zygote_fork() - have a worker forked whose descriptor 3 is @sock (which stays the caller's).
 * Return: 0, then @fn will be called; or a negative errno.
 */
int zygote_fork(struct zygote *zygote, int sock, zygote_forked_fn fn, void *arg);

/**
 * zygote_stop() - close its control socket, so that it and its workers end; @stopped is called with
 * @arg when it has. The zygote must not be used any more.
 */
void zygote_stop(struct zygote *zygote, void (*stopped)(void *arg), void *arg);

/** zygote_kill() - it did not stop in time. */
void zygote_kill(struct zygote *zygote);

/** zygote_destroy() - free it, after @stopped was called or before it was ever started. */
void zygote_destroy(struct zygote *zygote);

#endif /* HOST_ZYGOTE_H */

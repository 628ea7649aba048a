/* SPDX-License-Identifier: MIT */
/*
 * watch: a descriptor in the event loop. It owns the descriptor and lives on the heap by itself, so
 * that whoever uses it can let go of it at any time, also from its own callback.
 */
#ifndef HOST_WATCH_H
#define HOST_WATCH_H

#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct watch;

/** watch_fn - the descriptor is readable (or broken, which reading it will tell). */
typedef void (*watch_fn)(void *arg);

/**
 * watch_create() - call @fn with @arg whenever @fd is readable.
 *
 * Return: 0, then @fd belongs to the watch; -ENOMEM or another negative errno, then it was closed.
 */
int watch_create(uv_loop_t *loop, int fd, watch_fn fn, void *arg, struct watch **ret_watch);

/**
 * watch_listen() - listen at @path (sock_listen()) and call @fn with @arg when somebody connects.
 * Return: 0 or a negative errno.
 */
int watch_listen(uv_loop_t *loop, const char *path, int type, mode_t mode, watch_fn fn, void *arg,
		 struct watch **ret_watch);

/** watch_destroy() - stop watching and close the descriptor. NULL is fine. */
void watch_destroy(struct watch *watch);

/** watch_fd() - the descriptor; still the watch's. */
int watch_fd(const struct watch *watch);

#endif /* HOST_WATCH_H */

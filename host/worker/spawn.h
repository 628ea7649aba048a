/* SPDX-License-Identifier: MIT */
/*
 * spawn.h - makes a worker process out of the zygote: in namespaces of its own where that is
 * permitted, else as a plain child.
 *
 * With namespaces there are two processes: the first of the process namespace (the "minder"), which
 * only waits and collects orphans, and the worker below it. Killing the minder kills everything in
 * the namespace, and its end is seen only after all of that is gone.
 */
#ifndef WORKER_SPAWN_H
#define WORKER_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "worker/hide.h"

/**
 * struct spawn - what to spawn, and what this system permits.
 * @uid, @gid: who the worker shall be
 * @base: directory of the zygote, which workers keep
 * @hide: folders that workers with a mount namespace see empty
 * @plain: namespaces were refused once; do not ask again
 */
struct spawn {
	uid_t uid;
	gid_t gid;
	const char *base;
	struct hide hide;
	bool plain;
};

/**
 * spawn_worker() - start a worker; in the child this never returns.
 * @socket: its end of its socket; stays the caller's
 * @home: where a worker with a mount namespace mounts its directory
 * @plain_home: the directory of one without
 * @verbose: it says which parts of its sandbox are not available
 * @ret_pidfd: close-on-exec descriptor of the new process
 *
 * Return: the number of the new process; -errno.
 */
pid_t spawn_worker(struct spawn *spawn, int socket, const char *home, const char *plain_home,
		   bool verbose, int *ret_pidfd);

#endif /* WORKER_SPAWN_H */

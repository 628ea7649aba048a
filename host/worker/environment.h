/* SPDX-License-Identifier: MIT */
/*
 * environment.h - the surroundings that drivers of the host see in a worker: environment variables,
 * a directory of its own, and a list of OpenCL drivers in which ours is missing. Set up once by the
 * zygote, before any library is loaded and while there is one thread.
 */
#ifndef WORKER_ENVIRONMENT_H
#define WORKER_ENVIRONMENT_H

#include <sys/types.h>

#include "worker/hide.h"

#define ENVIRONMENT_PATH_MAX 64

/**
 * struct environment - directories of this zygote.
 * @base: private directory, to be removed at the end
 * @vendors: filtered copy of the system's OpenCL vendors directory
 * @home: below which each worker has its own home, see environment_home()
 * @lock: open and locked as long as @base is in use
 */
struct environment {
	char base[ENVIRONMENT_PATH_MAX];
	char vendors[ENVIRONMENT_PATH_MAX];
	char home[ENVIRONMENT_PATH_MAX];
	int lock;
};

/**
 * environment_clean() - have no variable but our own, whatever we were started with: runs this
 * program again when there is one, because the dynamic linker has acted on it already.
 *
 * Return: 0 when the environment is clean; -errno when it is not and cannot be made so.
 */
int environment_clean(char **argv);

/**
 * environment_init() - create the directories, filter the vendors, set the variables; remove what
 * zygotes that were killed left behind.
 * @uid, @gid: owner of the homes
 * Return: 0; -errno (logged).
 */
int environment_init(struct environment *env, uid_t uid, gid_t gid);

/**
 * environment_warm() - load the loader and the drivers without calling them.
 * @hide: what workers will not see; a driver in there is named in the log
 */
void environment_warm(struct environment *env, const struct hide *hide);

/** environment_home() - make @path this worker's HOME and the place of every cache and file. */
int environment_home(const char *path);

/**
 * environment_remove() - remove a directory and all in it that is of its file system; no link is
 * followed but in the way to it. One that is not there is fine.
 * @path: absolute
 */
void environment_remove(const char *path);

#endif /* WORKER_ENVIRONMENT_H */

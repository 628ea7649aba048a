/* SPDX-License-Identifier: MIT */
/*
 * sandbox.h - what a worker gives up before it touches the first byte of a guest.
 *
 * The namespaces come with the process (spawn.h); here is the rest. Every step may be unavailable
 * in some environment: it is then skipped, and the first worker of a zygote says so.
 */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "worker/hide.h"

/**
 * struct sandbox - what to do.
 * @base: the zygote's directory, in which @home lies
 * @hide: folders to be seen empty, with @own_mounts
 * @home: this worker's directory, writable; with @own_mounts a file system of its own is mounted
 *        there, else it is created
 * @uid, @gid: who to be
 * @own_mounts, @own_pids, @own_users: which namespaces are ours alone
 * @verbose: say what is not available
 */
struct sandbox {
	const char *base;
	const struct hide *hide;
	const char *home;
	uid_t uid;
	gid_t gid;
	bool own_mounts;
	bool own_pids;
	bool own_users;
	bool verbose;
};

/**
 * sandbox_enter() - confine this process for good.
 * Return: 0; -errno when a step failed without which the process must not go on: hiding folders
 * where there is a mount namespace, becoming @uid, dropping capabilities, having a home.
 */
int sandbox_enter(const struct sandbox *sandbox);

#endif /* WORKER_SANDBOX_H */

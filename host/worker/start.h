/* SPDX-License-Identifier: MIT */
/*
 * start.h - the first thing a worker does: receive struct ipc_start and its descriptors.
 */
#ifndef WORKER_START_H
#define WORKER_START_H

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "backend/backend.h"

/**
 * struct start - what to serve, checked.
 * @backend: enum ipc_backend
 * @memory, @wake, @wake_dxgd: descriptors, see channel_create()
 * @cache: dxgd has a program cache for it
 * @io, @io_size: the IO space, mapped; NULL and 0 for a worker that only describes
 */
struct start {
	uint32_t backend;
	struct backend_config config;
	bool cache;
	int memory;
	int wake;
	int wake_dxgd;
	uint8_t *io;
	uint64_t io_size;
};

/**
 * start_receive() - wait for the message on @socket and act on it.
 *
 * Of the region only the IO space is mapped, and its descriptor is closed: code that runs here
 * cannot reach the rings of the session.
 *
 * Return: 0; -EPIPE when dxgd went away; -EPROTO for a message that is not one (logged); -errno.
 */
int start_receive(int socket, struct start *ret);

/** start_exit() - end the process at once, after a look for leaks in builds that can look. */
noreturn void start_exit(int status);

#endif /* WORKER_START_H */

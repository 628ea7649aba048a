/* SPDX-License-Identifier: MIT */
/*
 * printed.h - what kernels print. Drivers write it to the standard output of the worker, which is a
 * pipe that a thread of ours empties into a bounded buffer, from where the client fetches it. A
 * driver never waits for the client: what comes when the buffer is full is counted and dropped.
 */
#ifndef WORKER_PRINTED_H
#define WORKER_PRINTED_H

#include <stdint.h>

struct printed;

/** printed_create() - make the standard output a pipe of ours. Once per process. */
int printed_create(struct printed **ret);

/** printed_destroy() - the standard output is nowhere again; NULL is fine. */
void printed_destroy(struct printed *p);

/**
 * printed_take() - move up to @room bytes to @to, the oldest first. All that was written before the
 * call counts, also what is still in the pipe or in the C library. Any thread.
 * @ret_left: bytes that remain
 * @ret_lost: bytes dropped behind them; told, once, when nothing remains
 *
 * Return: bytes moved.
 */
uint32_t printed_take(struct printed *p, void *to, uint32_t room, uint32_t *ret_left,
		      uint64_t *ret_lost);

#endif /* WORKER_PRINTED_H */

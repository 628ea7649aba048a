/* SPDX-License-Identifier: MIT */
/*
 * dev.h - the device of this process: which one it is, that it is open, and the way into it.
 */
#ifndef LIBDXG_DEV_H
#define LIBDXG_DEV_H

#include <stdbool.h>

/**
 * struct dev_ops - a way to reach a vGPU. Two exist: the ioctls of /dev/dxg and the direct backend.
 * @name: for messages of tests and tools
 * @open: open @path; bounded in time (below one second). 0 or a negative errno; -ENODEV when
 *	nobody serves the path. One thread at a time, no lock held.
 * @call: carry out one ioctl by command number and structure. Any thread, may block. Zero or a
 *	positive status as the ioctl's result, or a negative errno; -ENOSYS: it is not carried.
 * @over: is the state of no use any more and may be replaced by a new one? Any thread, does not
 *	block; asked before adapters are enumerated.
 * @forked: in the child of a fork: give up the descriptors, touch nothing else. Async-signal-safe.
 * @close: free @state; nobody calls into it any more
 */
struct dev_ops {
	const char *name;
	int (*open)(const char *path, void **ret_state);
	int (*call)(void *state, unsigned int cmd, void *args);
	bool (*over)(void *state);
	void (*forked)(void *state);
	void (*close)(void *state);
};

extern const struct dev_ops dev_kernel_ops;
extern const struct dev_ops dev_direct_ops;

/**
 * dev_call() - carry out one ioctl on the device of this process, opening it when needed.
 * Return: as dev_ops.call; -ENODEV when there is no device, -EACCES inside a dxg-worker.
 */
int dev_call(unsigned int cmd, void *args);

/**
 * dev_give_up() - let go of the device of this process, if it is open: calls under way end, then it
 * is closed with all that it has. The next call opens it anew.
 */
void dev_give_up(void);

/** dev_enumerates() - is @cmd one of the calls with which a program starts anew? */
bool dev_enumerates(unsigned int cmd);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * fdstore: the descriptors that dxgd wants to outlive it, by name, and the messages by which it
 * says so: those of sd_notify(3) that concern the file descriptor store. The others are ignored, as
 * systemd ignores what it does not know.
 */
#ifndef HOST_KEEP_FDSTORE_H
#define HOST_KEEP_FDSTORE_H

#include <stdbool.h>
#include <stddef.h>

/** FDSTORE_MAX - descriptors kept at most. */
#define FDSTORE_MAX 2048u
/** FDSTORE_NAME_MAX - bytes of a name, terminating zero included. */
#define FDSTORE_NAME_MAX 128u
/** FDSTORE_NAMES_MAX - bytes of all names, each with a colon: one variable of an environment. */
#define FDSTORE_NAMES_MAX 100000u

/** struct fdstore_entry - one descriptor, the store's. */
struct fdstore_entry {
	char name[FDSTORE_NAME_MAX];
	int fd;
};

/** struct fdstore - starts as all zero. @bytes: of the names, against FDSTORE_NAMES_MAX */
struct fdstore {
	struct fdstore_entry entry[FDSTORE_MAX];
	unsigned int count;
	size_t bytes;
};

/**
 * fdstore_message() - act on one message.
 * @text: zero-terminated; changed
 * @fds: @nfds descriptors that came with it; all taken: kept or closed
 * @ret_ready: set to true when dxgd says that it serves
 */
void fdstore_message(struct fdstore *store, char *text, const int *fds, unsigned int nfds,
		     bool *ret_ready);

/** fdstore_names() - all names, in order, with colons between them. @ret: FDSTORE_NAMES_MAX bytes
 */
void fdstore_names(const struct fdstore *store, char *ret);

#endif /* HOST_KEEP_FDSTORE_H */

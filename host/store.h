/* SPDX-License-Identifier: MIT */
/*
 * store: descriptors that outlive dxgd. Whoever started it (systemd, or dxgd-keep where there is
 * none) keeps what it is given under a name, and the next dxgd gets it back: systemd's protocol of
 * the file descriptor store (sd_notify(3), sd_listen_fds(3)). Without such a keeper nothing is kept
 * and nothing fails.
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include <stdbool.h>

/** STORE_NAME_MAX - bytes of a name, terminating zero included; no colon in it. */
#define STORE_NAME_MAX 128u

struct store;

/** store_create() - with what the keeper gave back. Return: 0 or a negative errno. */
int store_create(struct store **ret_store);

/** store_destroy() - close what nobody took; the keeper still has it. NULL is fine. */
void store_destroy(struct store *store);

/** store_ready() - tell the keeper that dxgd serves. */
void store_ready(void);

/** store_gave() - did @fd come from the keeper, whatever else its number was meant for? */
bool store_gave(const struct store *store, int fd);

/** store_put() - have @fd kept; it stays the caller's. Return: 0; -ENOENT without a keeper; -errno.
 */
int store_put(struct store *store, const char *name, int fd);

/** store_remove() - it need not be kept any more. */
void store_remove(struct store *store, const char *name);

/** store_take() - what was given back as @name, the caller's now; -1 when there is nothing. */
int store_take(struct store *store, const char *name);

/** store_next() - the first name at or after place *@at, which moves behind it; NULL at the end. */
const char *store_next(const struct store *store, unsigned int *at);

#endif /* HOST_STORE_H */

// SPDX-License-Identifier: MIT
/*
 * store: see store.h. What was given back is an array that only shrinks: a taken place has
 * descriptor -1. Messages to the keeper are datagrams; one that cannot be sent at once waits for
 * the keeper, as a log line does for whoever reads the log.
 */
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

struct store {
	unsigned int count;
	char **name;
	int *fd;
};

int store_create(struct store **ret_store)
{
	struct store *store = calloc(1, sizeof(*store));
	int n, i;

	if (!store)
		return -ENOMEM;
	n = sd_listen_fds_with_names(1, &store->name);
	if (n > 0)
		store->fd = calloc((size_t)n, sizeof(*store->fd));
	if (n < 0 || (n && !store->fd)) {
		store_destroy(store);
		return n < 0 ? n : -ENOMEM;
	}
	store->count = (unsigned int)n;
	for (i = 0; i < n; i++)
		store->fd[i] = SD_LISTEN_FDS_START + i;
	*ret_store = store;
	return 0;
}

void store_destroy(struct store *store)
{
	unsigned int i;

	if (!store)
		return;
	for (i = 0; i < store->count; i++)
		if (store->fd[i] >= 0)
			close(store->fd[i]);
	for (i = 0; store->name && store->name[i]; i++)
		free(store->name[i]);
	free(store->name);
	free(store->fd);
	free(store);
}

void store_ready(void)
{
	sd_notify(0, "READY=1");
}

bool store_gave(const struct store *store, int fd)
{
	return fd >= SD_LISTEN_FDS_START && (unsigned int)(fd - SD_LISTEN_FDS_START) < store->count;
}

int store_put(struct store *store, const char *name, int fd)
{
	char text[STORE_NAME_MAX + 64];
	int err;

	(void)store;
	/* FDPOLL=0: a guest can put its doorbells into a state that looks like an error. */
	snprintf(text, sizeof(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
	err = sd_pid_notify_with_fds(0, 0, text, &fd, 1);
	if (!err)
		return -ENOENT;
	return err < 0 ? err : 0;
}

void store_remove(struct store *store, const char *name)
{
	int fd = store_take(store, name);

	if (fd >= 0)
		close(fd);
	sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

int store_take(struct store *store, const char *name)
{
	unsigned int i;
	int fd;

	for (i = 0; i < store->count; i++) {
		fd = store->fd[i];
		if (fd < 0 || strcmp(store->name[i], name))
			continue;
		store->fd[i] = -1;
		return fd;
	}
	return -1;
}

const char *store_next(const struct store *store, unsigned int *at)
{
	while (*at < store->count) {
		unsigned int i = (*at)++;

		if (store->fd[i] >= 0)
			return store->name[i];
	}
	return NULL;
}

// SPDX-License-Identifier: MIT
/*
 * client.c - see client.h.
 */
#include "client.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/** pool_add() - remember @value, forgetting the oldest. */
void pool_add(struct pool *pool, uint64_t value)
{
	uint32_t i;

	for (i = 0; i < POOL_SIZE; i++)
		if (pool->item[i] == value)
			return;
	pool->item[__atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED) % POOL_SIZE] = value;
}

/** pool_take() - one of them, 0 when there is none. */
uint64_t pool_take(const struct pool *pool, uint64_t choice)
{
	uint32_t i, n = pool->next < POOL_SIZE ? pool->next : POOL_SIZE;
	uint64_t value;

	for (i = 0; i < n; i++) {
		value = pool->item[(choice + i) % n];
		if (value)
			return value;
	}
	return 0;
}

/** pool_drop() - it is gone. */
void pool_drop(struct pool *pool, uint64_t value)
{
	uint32_t i;

	for (i = 0; i < POOL_SIZE; i++)
		if (pool->item[i] == value)
			pool->item[i] = 0;
}

/** handle_add() - remember a handle, and the device it belongs to. */
void handle_add(struct pool *pool, uint32_t handle, uint32_t owner)
{
	handle_drop(pool, handle);
	pool_add(pool, (uint64_t)owner << 32 | handle);
}

/** handle_take() - one of them, of @owner where there is one; 0 when there is none at all. */
uint32_t handle_take(const struct pool *pool, uint64_t choice, uint32_t owner)
{
	uint32_t i, n = pool->next < POOL_SIZE ? pool->next : POOL_SIZE;
	uint64_t value;

	for (i = 0; owner && i < n; i++) {
		value = pool->item[(choice + i) % n];
		if (value && value >> 32 == owner)
			return (uint32_t)value;
	}
	return (uint32_t)pool_take(pool, choice);
}

static uint32_t handle_find(const struct pool *pool, uint32_t handle)
{
	uint32_t i;

	for (i = 0; i < POOL_SIZE; i++)
		if (handle && (uint32_t)pool->item[i] == handle)
			break;
	return i;
}

/** handle_owner() - the device that @handle belongs to, 0 when it is not known. */
uint32_t handle_owner(const struct pool *pool, uint32_t handle)
{
	uint32_t i = handle_find(pool, handle);

	return i < POOL_SIZE ? (uint32_t)(pool->item[i] >> 32) : 0;
}

/** handle_drop() - it is gone. */
void handle_drop(struct pool *pool, uint32_t handle)
{
	uint32_t i = handle_find(pool, handle);

	if (i < POOL_SIZE)
		pool->item[i] = 0;
}

/** file_forget_children() - a device is gone, and what was made of it. */
void file_forget_children(struct file *file, uint32_t device)
{
	uint32_t kind, i;

	for (kind = KIND_DEVICE + 1; kind < KIND_ANY; kind++)
		for (i = 0; i < POOL_SIZE; i++)
			if (file->live[kind].item[i] >> 32 == device)
				file->live[kind].item[i] = 0;
}

/** client_add_fd() - keep a descriptor; the one it displaces is closed. */
int client_add_fd(struct client *client, enum fd_kind kind, int fd)
{
	struct pool *pool = &client->fd[kind];
	uint64_t old = pool->item[pool->next % POOL_SIZE];

	if (fd < 0)
		return fd;
	pool_add(pool, (uint64_t)fd);
	if (old && old != (uint64_t)fd)
		close((int)old);
	return fd;
}

/** client_open() - start: one file, an eventfd, pages. */
void client_open(struct client *client)
{
	int i;

	memset(client, 0, sizeof(*client));
	for (i = 0; i < CLIENT_FILES; i++)
		client->file[i].fd = -1;
	client->file[0].fd = open("/dev/dxg", O_RDWR | O_CLOEXEC);
	client_add_fd(client, FD_EVENT, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	client->pages = mmap(NULL, CLIENT_PAGES * 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

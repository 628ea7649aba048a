/* SPDX-License-Identifier: MIT */
/*
 * client - one process under test: its open /dev/dxg files, what it knows to be alive on each,
 * descriptors, mappings. Shared by the process's threads without locks, on purpose: two threads are
 * to use and destroy the same objects. Entries are single aligned words, so that a race costs a
 * stale handle.
 */
#ifndef OPENDXG_FUZZ_CLIENT_H
#define OPENDXG_FUZZ_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grammar.h"

#define CLIENT_FILES 3
#define POOL_SIZE 24u
#define ARENA_SIZE (2u << 20)

/** enum fd_kind - descriptors that are not /dev/dxg. */
enum fd_kind { FD_EVENT, FD_SHARED, FD_SYNC, FD_DMABUF, FD_KINDS };

/**
 * struct pool - the latest POOL_SIZE of something; @next counts for ever. Those of handles know
 * whose each is: above the handle stands the device that it belongs to.
 */
struct pool {
	volatile uint32_t next;
	volatile uint64_t item[POOL_SIZE];
};

/** struct file - an open /dev/dxg; @fd < 0: none. */
struct file {
	volatile int fd;
	struct pool live[KIND_COUNT];
	struct pool stale;
	struct pool va;
	struct pool mapped;
	struct pool fence_value;
	volatile uint64_t luid;
};

/**
 * struct client - see above.
 * @file: open files; the first is always open
 * @fd: descriptors by kind
 * @pages: whole pages of ours, for memory that the kernel pins
 */
struct client {
	struct file file[CLIENT_FILES];
	struct pool fd[FD_KINDS];
	uint8_t *pages;
};

#define CLIENT_PAGES 64u

void pool_add(struct pool *pool, uint64_t value);
uint64_t pool_take(const struct pool *pool, uint64_t choice);
void pool_drop(struct pool *pool, uint64_t value);

void handle_add(struct pool *pool, uint32_t handle, uint32_t owner);
uint32_t handle_take(const struct pool *pool, uint64_t choice, uint32_t owner);
uint32_t handle_owner(const struct pool *pool, uint32_t handle);
void handle_drop(struct pool *pool, uint32_t handle);

void file_forget_children(struct file *file, uint32_t device);
void client_open(struct client *client);
int client_add_fd(struct client *client, enum fd_kind kind, int fd);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * context.h - the contexts of one client process, by the id dxgd gave them. The table is the
 * reader's; a context is reference counted, because submissions hold on to theirs.
 */
#ifndef WORKER_CONTEXT_H
#define WORKER_CONTEXT_H

#include <stdint.h>

#include "backend/backend.h"

struct context;
struct context_table;

/** context_table_create() - an empty table. */
int context_table_create(struct backend *be, struct context_table **ret);

/** context_table_destroy() - drop all contexts; NULL is fine. */
void context_table_destroy(struct context_table *table);

/**
 * context_create() - a new context on @units of @node.
 * Return: 0; -EINVAL when @id is 0 or in use; -ENOMEM. That the backend had none to give is no
 * error here: context_backend() is NULL then.
 */
int context_create(struct context_table *table, uint64_t id, uint32_t node, struct ipc_units units);

/** context_destroy() - take @id out of the table. Return: 0; -ENOENT. */
int context_destroy(struct context_table *table, uint64_t id);

/** context_get() - a reference of context @id, or NULL; context_put() drops it, on any thread. */
struct context *context_get(struct context_table *table, uint64_t id);
void context_put(struct context *context);

/** context_backend() - what the backend made for it, or NULL. */
struct backend_context *context_backend(struct context *context);

#endif /* WORKER_CONTEXT_H */

/* SPDX-License-Identifier: MIT */
/*
 * exec.h - submissions: from the message to the reply. Decoding is the reader's and happens when
 * the message is read, so that a submission sees memory and mappings as they were at its place in
 * the ring; execution is in order per node, by one thread at a time.
 */
#ifndef WORKER_EXEC_H
#define WORKER_EXEC_H

#include <stdbool.h>

#include "worker/server.h"

/** exec_node_create() - the one compute node, idle. */
int exec_node_create(struct exec_node **ret);

/** exec_node_destroy() - of a node that is idle; NULL is fine. */
void exec_node_destroy(struct exec_node *node);

/** exec_node_busy() - does any thread execute? */
bool exec_node_busy(struct exec_node *node);

/**
 * exec_serve() - serve one IPC_EXEC; the caller is the reader and is it again when this returns,
 * but passes the role on while it executes something that may take long.
 */
void exec_serve(struct server *server, uint64_t cookie, const struct ipc_exec *msg);

#endif /* WORKER_EXEC_H */

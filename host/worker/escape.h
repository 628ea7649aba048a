/* SPDX-License-Identifier: MIT */
/*
 * escape.h - answers the escapes of our user-mode drivers (dxgwire/escape.h) from DXG_ESCAPE_WORKER
 * on. The buffer is a guest's: copied once, checked, and only then acted upon.
 */
#ifndef WORKER_ESCAPE_H
#define WORKER_ESCAPE_H

#include "worker/server.h"

/**
 * escape_serve() - serve one escape; reader. What is slow goes on in the pool.
 * @payload: struct ipc_header and the escape's @size - sizeof(struct ipc_header) bytes;
 *           may be written to
 */
void escape_serve(struct server *server, uint64_t cookie, void *payload, uint32_t size);

#endif /* WORKER_ESCAPE_H */

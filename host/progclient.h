/* SPDX-License-Identifier: MIT */
/*
 * progclient: one worker as a client of its vGPU's program cache (ipc/ipc.h, struct
 * ipc_cache_request). A worker may fill its own vGPU's cache with whatever it likes; every other
 * lie costs it its life.
 */
#ifndef HOST_PROGCLIENT_H
#define HOST_PROGCLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct progclient;
struct progstore;
struct worker;

/** progclient_create() - @worker may use @store. Return: 0; -ENOMEM. */
int progclient_create(struct worker *worker, struct progstore *store,
		      struct progclient **ret_client);

/** progclient_destroy() - the worker is gone: what it still waits for is dropped. NULL is fine. */
void progclient_destroy(struct progclient *client);

/**
 * progclient_serve() - a message of @len bytes came over the worker's socket.
 * @fd: a descriptor that came with it, now the callee's; -1 for none
 *
 * Return: NULL, or the name of the field that lies.
 */
const char *progclient_serve(struct progclient *client, const void *message, size_t len, int fd);

/**
 * progclient_may_linger() - may the worker have some time at its end, to hand over what is new?
 * Not one that never asked, nor where enough others are at it; true counts it as one of them.
 */
bool progclient_may_linger(struct progclient *client);

#endif /* HOST_PROGCLIENT_H */

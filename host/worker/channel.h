/* SPDX-License-Identifier: MIT */
/*
 * channel.h - the worker's end of the ipc rings (ipc.h): waiting for requests, sending replies.
 *
 * Receiving belongs to the reader (server.h). Sending is for any thread: a lock inside orders it,
 * and a reply that finds the ring full is kept and sent by whoever comes next, so that no sender
 * ever blocks on dxgd.
 */
#ifndef WORKER_CHANNEL_H
#define WORKER_CHANNEL_H

#include <stdint.h>

#include "ipc/ipc.h"

struct channel;

/**
 * channel_create() - map the rings and take over the descriptors on success.
 * @memory: memory file of IPC_MEMORY_SIZE bytes; closed once mapped
 * @wake: eventfd that wakes this worker
 * @wake_dxgd: eventfd that wakes dxgd
 * @socket: its end is the end of the channel; stays the caller's
 */
int channel_create(int memory, int wake, int wake_dxgd, int socket, struct channel **ret);

/** channel_destroy() - unmap and close; NULL is fine. */
void channel_destroy(struct channel *ch);

/**
 * channel_receive() - wait for the next packet: spin for an adaptive, bounded time, then sleep.
 * @ret_packet: its header
 * @ret_payload: its payload, 8-byte aligned, valid until the next call
 *
 * Return: 0; -EPIPE when dxgd is gone; -EPROTO when the ring is broken; -errno of poll.
 */
int channel_receive(struct channel *ch, struct dxg_packet *ret_packet, void **ret_payload);

/**
 * channel_reply() - answer request @id with @size bytes at @payload; copied, never blocks.
 * Return: 0; -EPROTO when the ring is broken; -ENOMEM when the ring is full and the heap too.
 */
int channel_reply(struct channel *ch, uint64_t id, const void *payload, uint32_t size);

/**
 * channel_take() - the descriptor that was sent for the operation on @id; the caller's. Reader
 * only. Return: 0; -EPIPE when dxgd is gone; -EPROTO when another one comes, or none.
 */
int channel_take(struct channel *ch, uint64_t id, int *ret_fd);

#endif /* WORKER_CHANNEL_H */

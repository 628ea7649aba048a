/* SPDX-License-Identifier: MIT */
/*
 * link: names of shared objects and their descriptors by raw messages (dxgwire/attach.h).
 */
#ifndef TESTS_PROTOCOL_LINK_H
#define TESTS_PROTOCOL_LINK_H

#include "client.h"

/** link_create_nt() - an NT handle of @object; 0: refused. */
uint32_t link_create_nt(struct client *client, uint32_t object);

/** link_destroy_nt() - Return: the status. */
int32_t link_destroy_nt(struct client *client, uint32_t nt);

/** link_send() - whatever, with the descriptor @fd (-1: none), on the session's socket. */
int link_send(struct wire *wire, const void *data, size_t len, int fd);

/** link_message() - a good offer. */
struct dxg_share_offer link_message(uint32_t nt);

/** link_offer() - Return: the descriptor; -1 when dxgd took the offer and closed it. */
int link_offer(struct client *client, uint32_t nt, struct dxg_share_record *ret_record);

/** link_import() - Return: the status. */
int32_t link_import(struct client *client, const uint8_t *token, uint32_t *ret_nt);

/** link_memory() - the memory file of the shared resource @nt; -1: there is none. */
int link_memory(struct client *client, uint32_t nt);

#endif /* TESTS_PROTOCOL_LINK_H */

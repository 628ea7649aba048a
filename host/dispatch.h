/* SPDX-License-Identifier: MIT */
/*
 * dispatch: from a packet of a guest to the handler of its message. Everything that holds for all
 * messages is checked here, once, before any handler runs: framing, header, channel family, LUID,
 * known type, length, whether it may be asynchronous, the process it names.
 */
#ifndef HOST_DISPATCH_H
#define HOST_DISPATCH_H

#include <stdint.h>

struct dxg_packet;
struct session;

/**
 * dispatch() - handle one packet.
 * @packet: its header, checked by the ring; @payload: private copy of its payload, 8-byte aligned
 * @ret_bad: with -EPROTO, the name of the field that lies
 *
 * Return: 0; -EPROTO, end the session; -EAGAIN, give the same packet again in a later turn.
 */
int dispatch(struct session *session, uint32_t channel, const struct dxg_packet *packet,
	     const uint8_t *payload, const char **ret_bad);

#endif /* HOST_DISPATCH_H */

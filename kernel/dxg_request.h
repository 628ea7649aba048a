/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_request.h - messages to the host: filling in their headers, sending them on the channel that
 * the protocol wants, and judging the length of what comes back (specification sections 2.2
 * to 2.5).
 *
 * A message is written as DXG_MESSAGE(body) and sent as one or more ring parts, the first of which
 * is the message itself.
 */
#ifndef DXG_REQUEST_H
#define DXG_REQUEST_H

#include "dxg_adapter.h"
#include "dxg_channel.h"
#include "dxgwire/message.h"

/** DXG_MESSAGE - a message with the given body, as it lies in the ring. */
#define DXG_MESSAGE(body)               \
	struct {                        \
		struct dxg_msg_ext ext; \
		struct body m;          \
	}

/** DXG_HEADER_MESSAGE - a message that is nothing but its header. */
#define DXG_HEADER_MESSAGE                 \
	struct {                           \
		struct dxg_msg_ext ext;    \
		struct dxg_msg_header m_h; \
	}

/** DXG_PART - a message as a ring part. */
#define DXG_PART(message)                                  \
	{                                                  \
		.base = &(message), .len = sizeof(message) \
	}

void dxg_request_vgpu(struct dxg_adapter *adapter, u32 process, u32 type, struct dxg_msg_ext *ext,
		      struct dxg_msg_header *h);
void dxg_request_vm(u32 process, u32 type, struct dxg_msg_ext *ext, struct dxg_msg_header *h);

int dxg_request_slot(struct dxg_adapter *adapter, const struct dxg_ring_part *part,
		     unsigned int parts, struct dxg_slot *slot, u32 expected);
int dxg_request_late(struct dxg_adapter *adapter, struct dxg_slot *slot, u32 expected);
int dxg_request_call(struct dxg_adapter *adapter, const struct dxg_ring_part *part,
		     unsigned int parts, void *ret_reply, u32 expected);
int dxg_request_status(struct dxg_adapter *adapter, const struct dxg_ring_part *part,
		       unsigned int parts);
int dxg_request_post(struct dxg_adapter *adapter, struct dxg_msg_header *h,
		     const struct dxg_ring_part *part, unsigned int parts);

#endif /* DXG_REQUEST_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_request.c - see dxg_request.h. No locks, no state.
 */
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxgwire/ntstatus.h"

/**
 * dxg_request_vgpu - fill in the headers of an adapter message.
 * @adapter: for which adapter
 * @process: host process handle, or 0 where section 2.3 says so
 * @type: enum dxg_msg_vgpu_type
 * @ext: filled in
 * @h: filled in
 */
void dxg_request_vgpu(struct dxg_adapter *adapter, u32 process, u32 type, struct dxg_msg_ext *ext,
		      struct dxg_msg_header *h)
{
	*ext = (struct dxg_msg_ext){
		.command_offset = sizeof(*ext),
		.vgpu_luid_low = adapter->vgpu_luid.a,
		.vgpu_luid_high = adapter->vgpu_luid.b,
	};
	*h = (struct dxg_msg_header){
		.process = process,
		.channel = DXG_MSG_VGPU_TO_HOST,
		.type = type,
	};
}

/** dxg_request_vm - fill in the headers of a global message. @type: enum dxg_msg_vm_type */
void dxg_request_vm(u32 process, u32 type, struct dxg_msg_ext *ext, struct dxg_msg_header *h)
{
	*ext = (struct dxg_msg_ext){ .command_offset = sizeof(*ext) };
	*h = (struct dxg_msg_header){
		.process = process,
		.channel = DXG_MSG_VM_TO_HOST,
		.type = type,
	};
}

static struct dxg_channel *dxg_request_channel(struct dxg_session *session,
					       const struct dxg_ring_part *part)
{
	const struct dxg_msg_header *h = part->base + sizeof(struct dxg_msg_ext);

	if (h->channel == DXG_MSG_VM_TO_HOST)
		return &session->channel[DXG_CHANNEL_GLOBAL];
	return &session->channel[session->adapter_channel];
}

/*
 * A reply that is too short is how the host fails a message whose reply has no status. When it
 * holds a failure status all the same, that tells more.
 */
static int dxg_request_short(const struct dxg_slot *slot, u32 length)
{
	s32 status;

	if (length < sizeof(status) || slot->room < sizeof(status))
		return -EOVERFLOW;
	memcpy(&status, slot->reply, sizeof(status));
	return status < 0 ? dxg_status_to_errno(status) : -EOVERFLOW;
}

/* Return: bytes of the reply that are in the slot, or what went wrong. */
static int dxg_request_judge(const struct dxg_slot *slot, int length, u32 expected)
{
	if (length < 0)
		return length;
	if (length < expected)
		return dxg_request_short(slot, length);
	return min_t(u32, length, slot->room);
}

/**
 * dxg_request_slot - send a request, wait for a reply of at least @expected bytes.
 * @adapter: the adapter
 * @part: the message, in pieces; the first starts with both headers
 * @parts: how many pieces
 * @slot: the caller's; has room for @expected bytes or more
 * @expected: bytes the reply has
 *
 * Return: bytes of the reply that are in the slot; -EOVERFLOW or the status in a short reply;
 * -EMSGSIZE; -ENODEV the session is lost; -ENOMEM; -ERESTARTSYS killed.
 */
int dxg_request_slot(struct dxg_adapter *adapter, const struct dxg_ring_part *part,
		     unsigned int parts, struct dxg_slot *slot, u32 expected)
{
	struct dxg_channel *channel = dxg_request_channel(adapter->session, part);
	int length = dxg_channel_call(channel, slot, part, parts);

	return dxg_request_judge(slot, length, expected);
}

/**
 * dxg_request_late - wait for the reply to a global request once more, after a waiter was killed.
 * @adapter: the adapter
 * @slot: the caller's; it was sent
 * @expected: bytes the reply has
 *
 * Return: as dxg_request_slot().
 */
int dxg_request_late(struct dxg_adapter *adapter, struct dxg_slot *slot, u32 expected)
{
	struct dxg_channel *channel = &adapter->session->channel[DXG_CHANNEL_GLOBAL];

	return dxg_request_judge(slot, dxg_channel_wait(channel, slot), expected);
}

/**
 * dxg_request_call - as dxg_request_slot() for a reply of fixed size.
 * @adapter: the adapter
 * @part: the message, in pieces; the first starts with both headers
 * @parts: how many pieces
 * @ret_reply: @expected bytes, written on success
 * @expected: bytes the reply has
 *
 * Return: 0 or as dxg_request_slot().
 */
int dxg_request_call(struct dxg_adapter *adapter, const struct dxg_ring_part *part,
		     unsigned int parts, void *ret_reply, u32 expected)
{
	struct dxg_slot *slot = dxg_slot_create(max_t(u32, expected, sizeof(s32)));
	int err;

	if (!slot)
		return -ENOMEM;
	err = dxg_request_slot(adapter, part, parts, slot, expected);
	if (err >= 0) {
		memcpy(ret_reply, slot->reply, expected);
		err = 0;
	}
	dxg_slot_put(slot);
	return err;
}

/** dxg_request_status - as dxg_request_call() for a reply that is a status: it is the result. */
int dxg_request_status(struct dxg_adapter *adapter, const struct dxg_ring_part *part,
		       unsigned int parts)
{
	struct dxg_msg_status reply;
	int err = dxg_request_call(adapter, part, parts, &reply, sizeof(reply));

	return err ?: dxg_status_to_errno(reply.status);
}

/**
 * dxg_request_post - send one of the messages that need no reply (section 2.4).
 * @adapter: the adapter
 * @h: its header, in @part[0]
 * @part: the message, in pieces; the first starts with both headers
 * @parts: how many pieces
 *
 * Nothing is allocated and nothing waited for but room in the ring; a host without asynchronous
 * messages is asked for the status. Return: 0; -ENODEV; -EMSGSIZE; -ERESTARTSYS killed.
 */
int dxg_request_post(struct dxg_adapter *adapter, struct dxg_msg_header *h,
		     const struct dxg_ring_part *part, unsigned int parts)
{
	if (!adapter->session->async)
		return dxg_request_status(adapter, part, parts);
	h->channel |= DXG_MSG_ASYNC;
	return dxg_channel_post(&adapter->session->channel[adapter->session->adapter_channel], part,
				parts);
}

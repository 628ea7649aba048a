/* SPDX-License-Identifier: MIT */
/*
 * message.c - puts the headers before a message, sends it, and judges the length of the reply.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* All adapter messages go to the global channel once dxgd has announced asynchronous ones. */
static unsigned int message_channel(uint32_t type, enum dxg_msg_channel family)
{
	if (family == DXG_MSG_VGPU_TO_HOST &&
	    (type == DXG_MSG_OPENADAPTER || type == DXG_MSG_GETINTERNALADAPTERINFO))
		return DXG_CHANNEL_VGPU;
	return DXG_CHANNEL_GLOBAL;
}

static bool message_has_process(uint32_t type, enum dxg_msg_channel family)
{
	if (family == DXG_MSG_VM_TO_HOST)
		return type != DXG_MSG_SETIOSPACEREGION && type != DXG_MSG_CREATEPROCESS &&
		       type != DXG_MSG_DESTROYNTSHAREDOBJECT;
	return type != DXG_MSG_OPENADAPTER && type != DXG_MSG_CLOSEADAPTER &&
	       type != DXG_MSG_GETINTERNALADAPTERINFO && type != DXG_MSG_ISFEATUREENABLED;
}

/* Fill both headers; @part gets the whole message. Return: number of parts. */
static unsigned int message_build(struct direct *d, uint32_t type, enum dxg_msg_channel family,
				  struct direct_msg *m, struct dxg_msg_ext *ext,
				  struct dxg_ring_part part[2 + DIRECT_TAILS])
{
	unsigned int i;

	memset(ext, 0, sizeof(*ext));
	ext->command_offset = sizeof(*ext);
	if (family == DXG_MSG_VGPU_TO_HOST) {
		ext->vgpu_luid_low = d->vgpu.a;
		ext->vgpu_luid_high = d->vgpu.b;
	}
	m->header->process = message_has_process(type, family) ? d->process : 0;
	m->header->channel |= family;
	m->header->type = type;
	part[0] = (struct dxg_ring_part){ ext, sizeof(*ext) };
	part[1] = (struct dxg_ring_part){ m->header, m->size };
	for (i = 0; i < m->tails; i++)
		part[2 + i] = m->tail[i];
	return 2 + m->tails;
}

/* A reply that is too short for its message. */
static int message_short(const void *reply, uint32_t length, uint32_t expect)
{
	int32_t status;

	if (length == sizeof(status) && expect > sizeof(status)) {
		memcpy(&status, reply, sizeof(status));
		if (status < 0)
			return dxg_status_to_errno(status);
	}
	return -EOVERFLOW;
}

static int message_call(struct direct *d, uint32_t type, enum dxg_msg_channel family,
			struct direct_msg *m, void *reply, uint32_t expect)
{
	struct dxg_ring_part part[2 + DIRECT_TAILS];
	struct dxg_msg_ext ext;
	uint32_t length = 0;
	unsigned int parts;
	int err;

	parts = message_build(d, type, family, m, &ext, part);
	err = channel_call(d->channel, message_channel(type, family), part, parts, reply, expect,
			   &length);
	if (err == -EMSGSIZE)
		return -EINVAL;
	if (err)
		return err;
	return length < expect ? message_short(reply, length, expect) : 0;
}

int direct_call(struct direct *d, uint32_t type, struct direct_msg *m, void *reply, uint32_t expect)
{
	return message_call(d, type, DXG_MSG_VGPU_TO_HOST, m, reply, expect);
}

int direct_call_global(struct direct *d, uint32_t type, struct direct_msg *m, void *reply,
		       uint32_t expect)
{
	return message_call(d, type, DXG_MSG_VM_TO_HOST, m, reply, expect);
}

int direct_call_status(struct direct *d, uint32_t type, struct direct_msg *m)
{
	struct dxg_msg_status reply;
	int err = direct_call(d, type, m, &reply, sizeof(reply));

	return err ? err : dxg_status_to_errno(reply.status);
}

int direct_post(struct direct *d, uint32_t type, struct direct_msg *m)
{
	struct dxg_ring_part part[2 + DIRECT_TAILS];
	struct dxg_msg_ext ext;
	unsigned int parts;
	int err;

	m->header->channel = DXG_MSG_ASYNC;
	parts = message_build(d, type, DXG_MSG_VGPU_TO_HOST, m, &ext, part);
	err = channel_post(d->channel, DXG_CHANNEL_GLOBAL, part, parts);
	return err == -EMSGSIZE ? -EINVAL : err;
}

int direct_copy(uint64_t field, uint64_t bytes, void **ret)
{
	void *copy;

	if (!field)
		return -EFAULT;
	copy = malloc(bytes ? bytes : 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, direct_user(field), bytes);
	*ret = copy;
	return 0;
}

void *direct_io(const struct direct *d, uint64_t address, uint64_t size)
{
	/* dxgd never uses the first page; nothing may end with the space (specification 6.1). */
	if (!address || (address & (DXG_PAGE_SIZE - 1)) || !size || size >= d->io_size ||
	    address >= d->io_size - size)
		return NULL;
	return d->io + address;
}

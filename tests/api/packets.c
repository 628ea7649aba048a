/* SPDX-License-Identifier: MIT */
/*
 * packets.c - see packets.h. Stateless but for the buffer the caller owns.
 */
#include "packets.h"

#include <stdlib.h>
#include <string.h>

#define PACKET(type, code)                                            \
	{                                                             \
		.h = {.opcode = (code), .size = sizeof(struct type) } \
	}

void *packets_add(struct packets *p, const void *packet, size_t size)
{
	void *at = p->data + p->size;

	if (size > PACKETS_MAX - p->size)
		abort();
	memcpy(at, packet, size);
	p->size += (uint32_t)size;
	return at;
}

void packets_barrier(struct packets *p)
{
	struct dxg_cmd_barrier cmd = PACKET(dxg_cmd_barrier, DXG_CMD_BARRIER);

	packets_add(p, &cmd, sizeof(cmd));
}

void packets_copy(struct packets *p, uint64_t dst, uint64_t src, uint64_t size)
{
	struct dxg_cmd_copy cmd = PACKET(dxg_cmd_copy, DXG_CMD_COPY);

	cmd.dst = dst;
	cmd.src = src;
	cmd.size = size;
	packets_add(p, &cmd, sizeof(cmd));
}

void packets_fill(struct packets *p, uint64_t dst, uint64_t size, const void *pattern,
		  uint32_t pattern_size)
{
	struct dxg_cmd_fill cmd = PACKET(dxg_cmd_fill, DXG_CMD_FILL);

	cmd.dst = dst;
	cmd.size = size;
	cmd.pattern_size = pattern_size;
	memcpy(cmd.pattern, pattern, pattern_size);
	packets_add(p, &cmd, sizeof(cmd));
}

void packets_rect(struct packets *p, const struct packets_box *dst, const struct packets_box *src,
		  const uint64_t region[3])
{
	struct dxg_cmd_copy_rect cmd = PACKET(dxg_cmd_copy_rect, DXG_CMD_COPY_RECT);

	cmd.dst = dst->va;
	cmd.src = src->va;
	cmd.dst_pitch = dst->pitch;
	cmd.dst_slice = dst->slice;
	cmd.src_pitch = src->pitch;
	cmd.src_slice = src->slice;
	memcpy(cmd.region, region, sizeof(cmd.region));
	packets_add(p, &cmd, sizeof(cmd));
}

void packets_timestamp(struct packets *p, uint64_t dst)
{
	struct dxg_cmd_timestamp cmd = PACKET(dxg_cmd_timestamp, DXG_CMD_TIMESTAMP);

	cmd.dst = dst;
	packets_add(p, &cmd, sizeof(cmd));
}

void packets_profile(void *packet, uint64_t va)
{
	struct dxg_cmd_header *h = packet;

	h->profile = va;
}

uint32_t packets_dispatch(struct packets *p, uint32_t program, uint32_t kernel, uint64_t items,
			  uint64_t local)
{
	struct dxg_cmd_dispatch cmd = PACKET(dxg_cmd_dispatch, DXG_CMD_DISPATCH);
	uint32_t at = p->size;

	cmd.program = program;
	cmd.kernel = kernel;
	cmd.work_dim = 1;
	cmd.global[0] = items;
	cmd.global[1] = cmd.global[2] = 1;
	cmd.local[0] = local;
	cmd.local[1] = cmd.local[2] = local ? 1 : 0;
	packets_add(p, &cmd, sizeof(cmd));
	return at;
}

static void packets_arg(struct packets *p, uint32_t dispatch, uint32_t kind, const void *data,
			uint32_t size)
{
	struct dxg_cmd_dispatch *cmd = (void *)(p->data + dispatch);
	struct dxg_cmd_arg arg = { .kind = kind, .size = size };
	static const uint8_t zero[8];

	packets_add(p, &arg, sizeof(arg));
	packets_add(p, data, size);
	packets_add(p, zero, -size & 7);
	cmd->arg_count++;
	cmd->h.size = p->size - dispatch;
}

void packets_arg_va(struct packets *p, uint32_t dispatch, uint64_t va)
{
	packets_arg(p, dispatch, DXG_ARG_VA, &va, sizeof(va));
}

void packets_arg_bytes(struct packets *p, uint32_t dispatch, const void *bytes, uint32_t size)
{
	packets_arg(p, dispatch, DXG_ARG_BYTES, bytes, size);
}

void packets_arg_local(struct packets *p, uint32_t dispatch, uint64_t bytes)
{
	packets_arg(p, dispatch, DXG_ARG_LOCAL, &bytes, sizeof(bytes));
}

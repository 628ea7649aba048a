// SPDX-License-Identifier: MIT
/*
 * priority: see priority.h. The priority of a resource is the highest of its allocations'.
 */
#include "priority.h"

#include <errno.h>

#include "allocation.h"
#include "device.h"
#include "dxgwire/message.h"
#include "named.h"
#include "request.h"
#include "vidmm/vidmm.h"

/* What a message names: its list, or its one resource. */
static int priority_named(struct request *rq, const struct dxg_msg_allocationpriority *msg,
			  const uint8_t *handles, struct named *ret_named)
{
	const void *resource = &msg->resource;

	*ret_named = (struct named){
		.process = rq->process,
		.device = device_lookup(rq, msg->device),
		.handles = msg->resource ? resource : handles,
		.n = msg->resource ? 1 : msg->allocation_count,
		.resources = msg->resource,
	};
	if (!ret_named->device || msg->pad || !msg->resource == !msg->allocation_count)
		return -EINVAL;
	return named_check(ret_named);
}

static int priority_set(struct allocation *allocation, uint32_t i, void *arg)
{
	vidmm_alloc_set_priority(allocation->mm, request_u32(arg, i));
	return 0;
}

int priority_handle_set(struct request *rq)
{
	const struct dxg_msg_allocationpriority *msg = (const void *)rq->msg;
	uint64_t n = msg->allocation_count;
	struct named named;
	const uint8_t *tail;
	int err;

	tail = request_tail(rq, sizeof(*msg), n * 4 + (n ? n : 1) * 4);
	if (!tail)
		return -EPROTO;
	if (n > DXG_ALLOCATIONS_PER_PRIORITY)
		return -EINVAL;
	err = priority_named(rq, msg, tail, &named);
	if (err)
		return err;
	named_each(&named, priority_set, (void *)(tail + n * 4));
	request_reply_status(rq, 0);
	return 0;
}

static int priority_get(struct allocation *allocation, uint32_t i, void *arg)
{
	uint32_t *priority = arg, mine = vidmm_alloc_priority(allocation->mm);

	if (mine > priority[i])
		priority[i] = mine;
	return 0;
}

int priority_handle_get(struct request *rq)
{
	static uint32_t reply[1 + DXG_ALLOCATIONS_PER_QUERY + 1];
	const struct dxg_msg_allocationpriority *msg = (const void *)rq->msg;
	uint32_t n = msg->allocation_count;
	struct named named;
	const uint8_t *tail;
	int err;

	tail = request_tail(rq, sizeof(*msg), (uint64_t)n * 4);
	if (!tail)
		return -EPROTO;
	if (n > DXG_ALLOCATIONS_PER_QUERY)
		return -EINVAL;
	err = priority_named(rq, msg, tail, &named);
	if (err)
		return err;
	memset(reply, 0, sizeof(reply[0]) * (named.n + 2));
	named_each(&named, priority_get, reply + 1);
	request_reply(rq, reply, dxg_align8((1 + named.n) * (uint32_t)sizeof(reply[0])));
	return 0;
}

// SPDX-License-Identifier: MIT
/*
 * request: see request.h.
 */
#include "request.h"

#include <stdlib.h>

#include "dxgwire/ntstatus.h"
#include "session.h"

#define REQUEST_FAIL_MAX 1024u /* the largest failure reply of the table */

/* Quotas and full tables are a lack of memory to the guest. */
int32_t request_status(int err)
{
	if (err == -EDQUOT || err == -ENOSPC || err == -EMFILE)
		err = -ENOMEM;
	return dxg_errno_to_status(err);
}

void request_reply_parts(struct request *rq, const struct dxg_ring_part *part, unsigned int parts)
{
	if (!rq->async)
		session_send(rq->session, rq->channel, DXG_PACKET_REPLY, rq->id, part, parts);
}

void request_reply(struct request *rq, const void *reply, uint32_t len)
{
	struct dxg_ring_part part = { reply, len };

	request_reply_parts(rq, &part, 1);
}

void request_reply_status(struct request *rq, int err)
{
	struct dxg_msg_status reply = { .status = request_status(err) };

	request_reply(rq, &reply, sizeof(reply));
}

void request_fail(struct session *session, const struct request_type *type, uint32_t channel,
		  uint64_t id, int err)
{
	uint8_t reply[REQUEST_FAIL_MAX] = { 0 };
	int32_t status = request_status(err);
	struct dxg_ring_part part = { reply, (uint32_t)type->reply };

	if (type->status != REQUEST_NO_STATUS)
		memcpy(reply + type->status, &status, sizeof(status));
	session_send(session, channel, DXG_PACKET_REPLY, id, &part, 1);
}

int request_lie(struct request *rq, const char *field)
{
	rq->bad = field;
	return -EPROTO;
}

const uint8_t *request_tail(struct request *rq, uint32_t at, uint64_t need)
{
	uint64_t have =
		rq->len - at; /* the dispatcher has checked that len covers the fixed part */

	if (rq->len < at || need > have || have - need > REQUEST_SLACK) {
		request_lie(rq, "length");
		return NULL;
	}
	return rq->msg + at;
}

uint32_t request_u32(const uint8_t *array, uint32_t i)
{
	uint32_t value;

	memcpy(&value, array + (size_t)i * sizeof(value), sizeof(value));
	return value;
}

uint64_t request_u64(const uint8_t *array, uint32_t i)
{
	uint64_t value;

	memcpy(&value, array + (size_t)i * sizeof(value), sizeof(value));
	return value;
}

struct completion *completion_create(struct request *rq)
{
	struct completion *completion = calloc(1, sizeof(*completion));

	if (!completion)
		return NULL;
	completion->session = rq->session;
	completion->type = rq->type;
	completion->channel = rq->channel;
	completion->id = rq->id;
	completion->pending = 1;
	LIST_INSERT_HEAD(&rq->session->completions, completion, link);
	return completion;
}

struct completion *completion_get(struct completion *completion)
{
	if (completion)
		completion->pending++;
	return completion;
}

static void completion_free(struct completion *completion)
{
	if (completion->session)
		LIST_REMOVE(completion, link);
	free(completion);
}

void completion_put(struct completion *completion, int err)
{
	if (!completion)
		return;
	if (err && !completion->err)
		completion->err = err;
	if (--completion->pending)
		return;
	if (completion->session)
		request_fail(completion->session, completion->type, completion->channel,
			     completion->id, completion->err);
	completion_free(completion);
}

void completion_reply(struct completion *completion, const void *reply, uint32_t len)
{
	struct dxg_ring_part part = { reply, len };

	if (completion->session)
		session_send(completion->session, completion->channel, DXG_PACKET_REPLY,
			     completion->id, &part, 1);
	completion_free(completion);
}

void completion_orphan(struct completion *completion)
{
	LIST_REMOVE(completion, link);
	completion->session = NULL;
}

void completion_drop(struct completion *completion)
{
	if (completion)
		completion_free(completion);
}

// SPDX-License-Identifier: MIT
/*
 * escape: see escape.h. The buffer of a worker's escape goes there and comes back with the same
 * size; dxgd looks at its header only.
 */
#include "escape.h"

#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "dxgwire/escape.h"
#include "dxgwire/message.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "worker.h"

#define ESCAPE_FLAGS_RESERVED 0xffffff10u

/** struct escape - one that a worker is at. @size: bytes of its buffer. */
struct escape {
	struct worker_call call;
	struct process *process;
	struct completion *completion;
	uint32_t size;
};

static const char *escape_done(struct worker_call *call, int err, const void *reply, uint32_t len)
{
	struct escape *escape = avl_entry(call, struct escape, call);
	const uint8_t *data = reply;
	const char *bad = NULL;

	escape->process->escape_count--;
	escape->process->session->escape_bytes -= escape->size;
	if (!err && len != sizeof(struct ipc_header) + escape->size)
		bad = "escape.length";
	if (err || bad)
		completion_put(escape->completion, -ENODEV);
	else
		completion_reply(escape->completion, data + sizeof(struct ipc_header),
				 escape->size);
	free(escape);
	return bad;
}

static int escape_forward(struct request *rq, const uint8_t *data, uint32_t size)
{
	struct ipc_header head = { .op = IPC_ESCAPE };
	struct dxg_ring_part part[] = { { &head, sizeof(head) }, { data, size } };
	struct session *session = rq->session;
	struct worker *worker = rq->device->worker;
	struct escape *escape;

	if (rq->device->lost || !worker)
		return -ENODEV;
	if (rq->process->escape_count >= DXG_ESCAPES_PER_PROCESS ||
	    session->escape_bytes + size > SESSION_ESCAPE_BYTES || worker_is_busy(worker))
		return -EDQUOT;
	escape = calloc(1, sizeof(*escape));
	if (escape)
		escape->completion = completion_create(rq);
	if (!escape || !escape->completion) {
		free(escape);
		return -ENOMEM;
	}
	escape->process = rq->process;
	escape->size = size;
	rq->process->escape_count++;
	session->escape_bytes += size;
	worker_call(worker, &escape->call, escape_done, part, 2);
	return 0;
}

static int escape_query_fault(struct request *rq, const uint8_t *data, uint32_t size)
{
	struct dxg_escape_query_fault fault;

	if (size != sizeof(fault))
		return -EINVAL;
	memcpy(&fault.h, data, sizeof(fault.h));
	fault.h.status = 0;
	fault.lost = rq->device->lost;
	fault.reserved = 0;
	memset(fault.text, 0, sizeof(fault.text));
	snprintf(fault.text, sizeof(fault.text), "%s", rq->device->fault);
	request_reply(rq, &fault, sizeof(fault));
	return 0;
}

/* A malformed escape gets its buffer back with -EINVAL in its status. */
static int escape_refuse(struct request *rq, const uint8_t *data, uint32_t size)
{
	struct dxg_escape head;
	struct dxg_ring_part part[] = { { &head, sizeof(head) },
					{ data + sizeof(head), size - (uint32_t)sizeof(head) } };

	memcpy(&head, data, sizeof(head));
	head.status = -EINVAL;
	request_reply_parts(rq, part, 2);
	return 0;
}

static int escape_run(struct request *rq, const uint8_t *data, uint32_t size)
{
	struct dxg_escape head;
	int err = -EINVAL;

	if (size < sizeof(head))
		return -EINVAL;
	memcpy(&head, data, sizeof(head));
	if (head.magic != DXG_ESCAPE_MAGIC)
		return -EINVAL;
	if (head.size == size && head.op >= DXG_ESCAPE_WORKER)
		err = escape_forward(rq, data, size);
	else if (head.size == size && head.op == DXG_ESCAPE_QUERY_FAULT)
		err = escape_query_fault(rq, data, size);
	return err == -EINVAL ? escape_refuse(rq, data, size) : err;
}

int escape_handle(struct request *rq)
{
	const struct dxg_msg_escape *msg = (const void *)rq->msg;
	const uint8_t *data = request_tail(rq, sizeof(*msg), msg->size);

	if (!data)
		return -EPROTO;
	if (!rq->session->adapter || msg->adapter != rq->session->adapter ||
	    !device_lookup(rq, msg->device) || (msg->flags.value & ESCAPE_FLAGS_RESERVED) ||
	    (msg->context && !handle_lookup(rq->process->objects, msg->context, HANDLE_CONTEXT)))
		return -EINVAL;
	if (msg->type != _D3DKMT_ESCAPE_DRIVERPRIVATE || msg->flags.value)
		return -EPERM;
	return escape_run(rq, data, msg->size);
}

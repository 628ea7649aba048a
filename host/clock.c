// SPDX-License-Identifier: MIT
/*
 * clock: see clock.h. The device's clock is the worker's, so the worker is asked, like a client
 * asks it with the escape QUERY_CLOCK; a process that has no worker yet gets one. The CPU's clock
 * (CLOCK_MONOTONIC, ns) is that of the middle between question and answer.
 */
#include "clock.h"

#include <errno.h>
#include <stdlib.h>

#include "adapter.h"
#include "dxgwire/escape.h"
#include "dxgwire/message.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "worker.h"

#define CLOCK_FREQUENCY UINT64_C(1000000000) /* workers count nanoseconds */

/** struct clock_read - one question under way. @asked_ns: CPU time before */
struct clock_read {
	struct worker_call call;
	struct process *process;
	struct completion *completion;
	uint64_t asked_ns;
};

static const char *clock_check(const void *payload, uint32_t len, uint64_t *ret_ns)
{
	struct dxg_escape_query_clock clock;

	if (len != sizeof(struct ipc_header) + sizeof(clock))
		return "clock.length";
	memcpy(&clock, (const uint8_t *)payload + sizeof(struct ipc_header), sizeof(clock));
	if (clock.h.status)
		return "clock.status";
	*ret_ns = clock.now_ns;
	return NULL;
}

static const char *clock_done(struct worker_call *call, int err, const void *payload, uint32_t len)
{
	struct clock_read *read = avl_entry(call, struct clock_read, call);
	struct dxg_msg_queryclockcalibration_return reply = { 0 };
	uint64_t gpu_ns = 0;
	const char *bad = err ? NULL : clock_check(payload, len, &gpu_ns);

	read->process->escape_count--;
	if (err || bad) {
		completion_put(read->completion, -ENODEV);
	} else {
		reply.clock_data.gpu_frequency = CLOCK_FREQUENCY;
		reply.clock_data.gpu_clock_counter = gpu_ns;
		reply.clock_data.cpu_clock_counter =
			read->asked_ns + (uv_hrtime() - read->asked_ns) / 2;
		completion_reply(read->completion, &reply, sizeof(reply));
	}
	free(read);
	return bad;
}

static int clock_ask(struct request *rq)
{
	const struct {
		struct ipc_header h;
		struct dxg_escape_query_clock clock;
	} msg = {
		.h = { .op = IPC_ESCAPE },
		.clock.h = { .magic = DXG_ESCAPE_MAGIC,
			     .op = DXG_ESCAPE_QUERY_CLOCK,
			     .size = sizeof(msg.clock) },
	};
	struct dxg_ring_part part = { &msg, sizeof(msg) };
	struct clock_read *read = calloc(1, sizeof(*read));

	if (read)
		read->completion = completion_create(rq);
	if (!read || !read->completion) {
		free(read);
		return -ENOMEM;
	}
	read->process = rq->process;
	read->asked_ns = uv_hrtime();
	rq->process->escape_count++;
	worker_call(rq->process->worker, &read->call, clock_done, &part, 1);
	return 0;
}

int clock_handle(struct request *rq)
{
	const struct dxg_msg_queryclockcalibration *msg = (const void *)rq->msg;
	int err;

	if (!rq->session->adapter || msg->args.adapter.v != rq->session->adapter ||
	    msg->args.physical_adapter_index ||
	    msg->args.node_ordinal >= process_adapter(rq->process)->info.node_count)
		return -EINVAL;
	if (rq->process->escape_count >= DXG_ESCAPES_PER_PROCESS)
		return -EDQUOT;
	err = process_get_worker(rq->process);
	if (err)
		return err;
	if (worker_is_busy(rq->process->worker))
		return -EDQUOT;
	return clock_ask(rq);
}

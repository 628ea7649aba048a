// SPDX-License-Identifier: MIT
/*
 * cpuwait: see cpuwait.h. The status of the message answers the registration; a wait that is
 * satisfied already signals its event at once and is never stored.
 */
#include "cpuwait.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "device.h"
#include "dxgwire/message.h"
#include "fence.h"
#include "process.h"
#include "request.h"
#include "session.h"

/**
 * struct cpu_wait - one wait.
 * @missing: waiters that must still be reached before it is over
 */
struct cpu_wait {
	LIST_ENTRY(cpu_wait) link;
	struct process *process;
	uint64_t event;
	uint32_t missing;
	uint32_t count;
	struct fence_waiter waiter[];
};

static void cpuwait_free(struct cpu_wait *wait)
{
	uint32_t i;

	for (i = 0; i < wait->count; i++)
		fence_unwait(&wait->waiter[i]);
	LIST_REMOVE(wait, link);
	wait->process->wait_count--;
	wait->process->wait_objects -= wait->count;
	free(wait);
}

static void cpuwait_reached(struct fence_waiter *waiter)
{
	struct cpu_wait *wait = waiter->owner;

	if (--wait->missing)
		return;
	session_signal_event(wait->process->session, wait->event, wait->process->pid);
	cpuwait_free(wait);
}

void cpuwait_end_all(struct process *process)
{
	struct cpu_wait *wait;

	while ((wait = LIST_FIRST(&process->cpu_waits)))
		cpuwait_free(wait);
}

static int cpuwait_alloc(struct process *process, uint32_t count, struct cpu_wait **ret_wait)
{
	struct cpu_wait *wait;

	if (process->wait_count >= DXG_CPU_WAITS_PER_PROCESS ||
	    count > CPUWAIT_OBJECTS_PER_PROCESS - process->wait_objects)
		return -EDQUOT;
	wait = calloc(1, sizeof(*wait) + count * sizeof(wait->waiter[0]));
	if (!wait)
		return -ENOMEM;
	wait->process = process;
	wait->count = count;
	process->wait_count++;
	process->wait_objects += count;
	LIST_INSERT_HEAD(&process->cpu_waits, wait, link);
	*ret_wait = wait;
	return 0;
}

/* Fill in the waiters; nothing waits yet. @values may be unaligned. */
static int cpuwait_resolve(struct cpu_wait *wait, const uint8_t *handles, const uint8_t *values)
{
	struct fence *fence;
	uint32_t i;
	int err;

	for (i = 0; i < wait->count; i++) {
		err = fence_lookup_wait(wait->process, request_u32(handles, i), &fence);
		if (err)
			return err;
		wait->waiter[i].fence = fence;
		wait->waiter[i].value = request_u64(values, i);
		wait->waiter[i].owner = wait;
		wait->waiter[i].is_cpu = true;
		wait->waiter[i].reached = cpuwait_reached;
	}
	return 0;
}

/* Start waiting. Afterwards @missing is what is still needed; 0 when it is over already. */
static void cpuwait_start(struct cpu_wait *wait, bool any)
{
	uint32_t i;

	for (i = 0; i < wait->count; i++)
		if (fence_wait(wait->waiter[i].fence, &wait->waiter[i]))
			wait->missing++;
	if (any)
		wait->missing = wait->missing == wait->count;
}

int cpuwait_handle(struct request *rq)
{
	const struct dxg_msg_waitforsyncobjectfromcpu *msg = (const void *)rq->msg;
	struct cpu_wait *wait;
	const uint8_t *tail;
	uint32_t n = msg->object_count;
	int err;

	tail = request_tail(rq, sizeof(*msg), (uint64_t)n * 12);
	if (!tail)
		return -EPROTO;
	if (!n || n > DXG_WAIT_CPU_OBJECTS || !msg->event || msg->flags.reserved ||
	    !device_lookup(rq, msg->device))
		return -EINVAL;
	err = cpuwait_alloc(rq->process, n, &wait);
	if (err)
		return err;
	err = cpuwait_resolve(wait, tail, tail + (size_t)n * 4);
	if (err) {
		cpuwait_free(wait);
		return err;
	}
	cpuwait_start(wait, msg->flags.wait_any);
	request_reply_status(rq, 0);
	if (!wait->missing) {
		session_signal_event(rq->session, msg->event, rq->process->pid);
		cpuwait_free(wait);
		return 0;
	}
	wait->event = msg->event;
	return 0;
}

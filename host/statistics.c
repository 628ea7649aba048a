// SPDX-License-Identifier: MIT
/*
 * statistics: see statistics.h. A row of the table is a type; its filler gets a result that is all
 * zero. A question about the process is about the one that the message's header names, which the
 * guest's kernel has chosen: whose numbers may be seen by whom inside a guest is decided there.
 */
#include "statistics.h"

#include <errno.h>
#include <string.h>

#include "adapter.h"
#include "dxgwire/message.h"
#include "dxgwire/statistics.h"
#include "info.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "vgpu.h"
#include "vidmm/vidmm.h"
#include "vidsch/vidsch.h"

#define NS_PER_TICK 100u /* running times are in 100 ns */

/** struct statistics_query - one question. @selector: segment, node, group, physical adapter. */
struct statistics_query {
	const struct process *process;
	const struct vgpu *vgpu;
	uint32_t selector;
	uint8_t *result;
};

static uint32_t query_segments(const struct statistics_query *q)
{
	return adapter_is_unified(q->vgpu->adapter) ? 1 : 2;
}

static uint32_t query_nodes(const struct statistics_query *q)
{
	return q->vgpu->adapter->info.node_count;
}

static enum vidmm_group segment_group(uint32_t segment)
{
	return segment == ADAPTER_SEGMENT_LOCAL ? VIDMM_LOCAL : VIDMM_NON_LOCAL;
}

static void query_set(struct statistics_query *q, const void *answer, size_t size)
{
	memcpy(q->result, answer, size);
}

/* ---- the vGPU ---- */

static int query_adapter(struct statistics_query *q)
{
	struct dxg_statistics_adapter answer = {
		.segments = query_segments(q),
		.nodes = query_nodes(q),
		.tdrs = q->vgpu->tdrs,
		.flags = query_segments(q),
	};
	struct vidmm_usage usage;
	uint32_t group;

	for (group = 0; group < VIDMM_GROUPS; group++) {
		vidmm_vgpu_usage(q->vgpu->mm, group, &usage);
		answer.created.count += (uint32_t)usage.created;
		answer.created.bytes += usage.created_bytes;
		answer.destroyed.count += (uint32_t)(usage.created - usage.allocs);
		answer.destroyed.bytes += usage.created_bytes - usage.alloc_bytes;
	}
	query_set(q, &answer, sizeof(answer));
	return 0;
}

static int query_segment(struct statistics_query *q)
{
	bool system = q->selector == ADAPTER_SEGMENT_SYSTEM;
	struct dxg_statistics_segment answer = { .aperture = system, .properties = system };
	struct vidmm_usage usage;

	if (q->selector >= query_segments(q))
		return -EINVAL;
	vidmm_vgpu_usage(q->vgpu->mm, segment_group(q->selector), &usage);
	answer.commit_limit = vgpu_memory(q->vgpu);
	answer.committed = usage.committed;
	answer.resident = usage.resident;
	answer.evicted = usage.evicted;
	answer.allocs_committed = (uint32_t)usage.allocs;
	answer.allocs_resident = (uint32_t)usage.allocs_resident;
	query_set(q, &answer, sizeof(answer));
	return 0;
}

static void node_fill(struct dxg_statistics_process_node *node, const struct vidsch_stats *stats)
{
	static const uint32_t packet[VIDSCH_KINDS] = {
		[VIDSCH_EXEC] = DXG_STATISTICS_RENDER,
		[VIDSCH_WAIT] = DXG_STATISTICS_WAIT,
		[VIDSCH_SIGNAL] = DXG_STATISTICS_SIGNAL,
	};
	uint32_t kind;

	node->running_time = stats->busy_ns / NS_PER_TICK;
	node->context_switches = (uint32_t)stats->switches;
	for (kind = 0; kind < VIDSCH_KINDS; kind++) {
		node->queue[packet[kind]].submitted = (uint32_t)stats->queued[kind];
		node->queue[packet[kind]].completed = (uint32_t)stats->over[kind];
	}
	node->dma[0].submitted = (uint32_t)stats->started;
	node->dma[0].completed = (uint32_t)stats->completed;
}

static int query_node(struct statistics_query *q)
{
	struct dxg_statistics_node answer = { 0 };
	struct vidsch_stats stats;

	if (vidsch_vgpu_get_stats(q->vgpu->sch, q->selector, &stats))
		return -EINVAL;
	node_fill(&answer.global, &stats);
	info_node_perf(q->vgpu->adapter, q->selector, &answer.perf);
	query_set(q, &answer, sizeof(answer));
	return 0;
}

static int query_physical_adapter(struct statistics_query *q)
{
	struct dxg_statistics_physical_adapter answer = { 0 };

	if (q->selector)
		return -EINVAL;
	info_widen(answer.bios, 32, "opendxg");
	info_widen(answer.architecture, 32, q->vgpu->adapter->info.driver);
	query_set(q, &answer, sizeof(answer));
	return 0;
}

/* ---- a process ---- */

static int query_process(struct statistics_query *q)
{
	struct dxg_statistics_process answer = { .nodes = query_nodes(q) };
	struct vidmm_usage usage;
	struct vidmm_info info;

	vidmm_process_usage(q->process->mm, VIDMM_NON_LOCAL, &usage);
	vidmm_query(q->process->mm, VIDMM_NON_LOCAL, &info);
	answer.allocated = usage.committed;
	answer.reserved_bytes = info.reservation;
	query_set(q, &answer, sizeof(answer));
	return 0;
}

static int query_process_adapter(struct statistics_query *q)
{
	struct dxg_statistics_process_adapter answer = { .segments = query_segments(q),
							 .nodes = query_nodes(q) };
	struct vidsch_stats stats;
	uint32_t node;

	for (node = 0; node < answer.nodes; node++) {
		vidsch_process_get_stats(q->process->sch, node, &stats);
		answer.submitted.count += (uint32_t)stats.queued[VIDSCH_EXEC];
	}
	query_set(q, &answer, sizeof(answer));
	return 0;
}

static int query_process_segment(struct statistics_query *q)
{
	struct dxg_statistics_process_segment answer = { 0 };
	struct vidmm_usage usage;
	struct vidmm_info info;

	if (q->selector >= query_segments(q))
		return -EINVAL;
	vidmm_process_usage(q->process->mm, segment_group(q->selector), &usage);
	vidmm_query(q->process->mm, segment_group(q->selector), &info);
	answer.committed = usage.committed;
	answer.maximum_working_set = info.budget;
	answer.minimum_working_set = info.reservation;
	answer.allocs_committed = (uint32_t)usage.allocs;
	answer.resident[0].count = (uint32_t)usage.allocs_resident;
	answer.resident[0].bytes = usage.resident;
	query_set(q, &answer, sizeof(answer));
	return 0;
}

static int query_process_node(struct statistics_query *q)
{
	struct dxg_statistics_process_node answer = { 0 };
	struct vidsch_stats stats;

	if (vidsch_process_get_stats(q->process->sch, q->selector, &stats))
		return -EINVAL;
	node_fill(&answer, &stats);
	query_set(q, &answer, sizeof(answer));
	return 0;
}

static int query_process_segment_group(struct statistics_query *q)
{
	struct dxg_statistics_segment_group answer = { 0 };
	struct vidmm_info info;

	if (vidmm_query(q->process->mm, q->selector, &info))
		return -EINVAL;
	answer.budget = info.budget;
	answer.requested = info.reservation;
	answer.usage = info.usage;
	query_set(q, &answer, sizeof(answer));
	return 0;
}

/* Display sources do not exist: a question about one names none that there is. */
static int query_source(struct statistics_query *q)
{
	(void)q;
	return -EINVAL;
}

static int (*const query_types[])(struct statistics_query *q) = {
	[_D3DKMT_QUERYSTATISTICS_ADAPTER] = query_adapter,
	[_D3DKMT_QUERYSTATISTICS_PROCESS] = query_process,
	[_D3DKMT_QUERYSTATISTICS_PROCESS_ADAPTER] = query_process_adapter,
	[_D3DKMT_QUERYSTATISTICS_SEGMENT] = query_segment,
	[_D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT] = query_process_segment,
	[_D3DKMT_QUERYSTATISTICS_NODE] = query_node,
	[_D3DKMT_QUERYSTATISTICS_PROCESS_NODE] = query_process_node,
	[_D3DKMT_QUERYSTATISTICS_VIDPNSOURCE] = query_source,
	[_D3DKMT_QUERYSTATISTICS_PROCESS_VIDPNSOURCE] = query_source,
	[_D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT_GROUP] = query_process_segment_group,
	[_D3DKMT_QUERYSTATISTICS_PHYSICAL_ADAPTER] = query_physical_adapter,
};

#define QUERY_TYPES (sizeof(query_types) / sizeof(query_types[0]))

int statistics_handle(struct request *rq)
{
	const struct dxg_msg_querystatistics *msg = (const void *)rq->msg;
	const uint32_t type = (uint32_t)msg->args.type;
	struct dxg_msg_querystatistics_return reply = { 0 };
	struct statistics_query q = {
		.process = rq->process,
		.vgpu = rq->session->vgpu,
		.result = (uint8_t *)&reply.result,
	};
	int err;

	memcpy(&q.selector, (const uint8_t *)&msg->args + DXG_STATISTICS_SELECTOR,
	       sizeof(q.selector));
	if (msg->args.process || msg->args.adapter_luid.a != q.vgpu->adapter->luid ||
	    msg->args.adapter_luid.b || type >= QUERY_TYPES)
		return -EINVAL;
	err = query_types[type](&q);
	if (err)
		return err;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

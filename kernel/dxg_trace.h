/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_trace.h - the module's tracepoints (events/dxg/ in tracefs): submissions, fences that were
 * seen, waits, mappings, locks, sessions. Who acts is in the header of each event; objects are
 * named by the handles that user mode has. No event holds an address of the kernel. One that is off
 * costs a jump.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dxg

#if !defined(DXG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DXG_TRACE_H

#include <linux/tracepoint.h>

#include "dxg_compat.h"

/* clang-format off */

/* A command buffer is about to go to the host. */
TRACE_EVENT(dxg_submit,
	TP_PROTO(u32 context, u64 va, u32 size),
	TP_ARGS(context, va, size),
	TP_STRUCT__entry(
		__field(u64, va)
		__field(u32, context)
		__field(u32, size)
	),
	TP_fast_assign(
		__entry->va = va;
		__entry->context = context;
		__entry->size = size;
	),
	TP_printk("context=0x%x gpu_va=0x%llx size=%u", __entry->context, __entry->va,
		  __entry->size)
);

/* The same for a hardware queue; @fence: the value of its progress fence when it is done. */
TRACE_EVENT(dxg_submit_hwqueue,
	TP_PROTO(u32 queue, u64 va, u32 size, u64 fence),
	TP_ARGS(queue, va, size, fence),
	TP_STRUCT__entry(
		__field(u64, va)
		__field(u64, fence)
		__field(u32, queue)
		__field(u32, size)
	),
	TP_fast_assign(
		__entry->va = va;
		__entry->fence = fence;
		__entry->queue = queue;
		__entry->size = size;
	),
	TP_printk("queue=0x%x gpu_va=0x%llx size=%u fence=%llu", __entry->queue, __entry->va,
		  __entry->size, __entry->fence)
);

/* A CPU wait has seen a fence at or beyond what it waits for. */
TRACE_EVENT(dxg_fence_reached,
	TP_PROTO(u32 fence, u64 wanted, u64 value),
	TP_ARGS(fence, wanted, value),
	TP_STRUCT__entry(
		__field(u64, wanted)
		__field(u64, value)
		__field(u32, fence)
	),
	TP_fast_assign(
		__entry->wanted = wanted;
		__entry->value = value;
		__entry->fence = fence;
	),
	TP_printk("fence=0x%x wanted=%llu value=%llu", __entry->fence, __entry->wanted,
		  __entry->value)
);

/* A CPU wait for some or all of a number of fences begins; @async: an eventfd is signalled. */
TRACE_EVENT(dxg_wait_begin,
	TP_PROTO(u32 device, u32 fences, bool any, bool async),
	TP_ARGS(device, fences, any, async),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(u32, fences)
		__field(bool, any)
		__field(bool, async)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->fences = fences;
		__entry->any = any;
		__entry->async = async;
	),
	TP_printk("device=0x%x fences=%u%s%s", __entry->device, __entry->fences,
		  __entry->any ? " any" : "", __entry->async ? " async" : "")
);

/* The call that began a wait returns. */
TRACE_EVENT(dxg_wait_end,
	TP_PROTO(u32 device, int result),
	TP_ARGS(device, result),
	TP_STRUCT__entry(
		__field(u32, device)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->device = device;
		__entry->result = result;
	),
	TP_printk("device=0x%x result=%d", __entry->device, __entry->result)
);

/* An allocation has got an address of the GPU. */
TRACE_EVENT(dxg_map,
	TP_PROTO(u32 allocation, u64 va, u64 pages),
	TP_ARGS(allocation, va, pages),
	TP_STRUCT__entry(
		__field(u64, va)
		__field(u64, pages)
		__field(u32, allocation)
	),
	TP_fast_assign(
		__entry->va = va;
		__entry->pages = pages;
		__entry->allocation = allocation;
	),
	TP_printk("allocation=0x%x gpu_va=0x%llx pages=%llu", __entry->allocation, __entry->va,
		  __entry->pages)
);

DECLARE_EVENT_CLASS(dxg_allocation,
	TP_PROTO(u32 allocation, int result),
	TP_ARGS(allocation, result),
	TP_STRUCT__entry(
		__field(u32, allocation)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->allocation = allocation;
		__entry->result = result;
	),
	TP_printk("allocation=0x%x result=%d", __entry->allocation, __entry->result)
);

DEFINE_EVENT(dxg_allocation, dxg_lock,
	TP_PROTO(u32 allocation, int result),
	TP_ARGS(allocation, result));

DEFINE_EVENT(dxg_allocation, dxg_unlock,
	TP_PROTO(u32 allocation, int result),
	TP_ARGS(allocation, result));

/* A session begins or ends; @why is static text, "started" for a beginning. */
TRACE_EVENT(dxg_session,
	TP_PROTO(const char *transport, u32 vgpu_luid, u32 generation, const char *why),
	TP_ARGS(transport, vgpu_luid, generation, why),
	TP_STRUCT__entry(
		__string(transport, transport)
		__string(why, why)
		__field(u32, vgpu_luid)
		__field(u32, generation)
	),
	TP_fast_assign(
		dxg_assign_str(transport, transport);
		dxg_assign_str(why, why);
		__entry->vgpu_luid = vgpu_luid;
		__entry->generation = generation;
	),
	TP_printk("%s vgpu=0x%x generation=%u: %s", __get_str(transport), __entry->vgpu_luid,
		  __entry->generation, __get_str(why))
);

/* clang-format on */

#endif /* DXG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE dxg_trace
#include <trace/define_trace.h>

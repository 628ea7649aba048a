/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * statistics.h - the results of QueryStatistics (ioctl 0x43, message 48): layouts of the published
 * WDDM headers, each struct the start of the 776 bytes of a result. What a virtual GPU does not
 * have (renaming, swizzling ranges, faults of a resource) is zero; here it is only named as far as
 * something follows it.
 *
 * "The adapter" is the vGPU: nothing is told of what others have on the same GPU.
 */
#ifndef DXGWIRE_STATISTICS_H
#define DXGWIRE_STATISTICS_H

#include "adapterinfo.h"
#include "types.h"

/** DXG_STATISTICS_SELECTOR - where a question names its segment, node, group or adapter (u32). */
#define DXG_STATISTICS_SELECTOR 800u

/** enum dxg_statistics_packet - kinds of entries of a node's queues. */
enum dxg_statistics_packet {
	DXG_STATISTICS_RENDER = 0,
	DXG_STATISTICS_WAIT = 4,
	DXG_STATISTICS_SIGNAL = 5,
	DXG_STATISTICS_PACKETS = 8,
};

/** struct dxg_statistics_counter - how many, how many bytes. */
struct dxg_statistics_counter {
	__u32 count;
	__u32 pad;
	__u64 bytes;
};
DXG_ASSERT_SIZE(struct dxg_statistics_counter, 16);

/** struct dxg_statistics_adapter - ADAPTER (0). */
struct dxg_statistics_adapter {
	__u32 segments;
	__u32 nodes;
	__u32 sources;
	__u32 vsync;
	__u32 tdrs; /* workers that were ended because their work did not */
	__u32 pad;
	__u64 unused[64];
	struct dxg_statistics_counter created; /* allocations */
	struct dxg_statistics_counter destroyed;
	__u64 unused2[18];
	__u64 flags; /* bits 0 and 1: number of memory groups */
	__u64 reserved[7];
};
DXG_ASSERT_SIZE(struct dxg_statistics_adapter, 776);
DXG_ASSERT_OFFSET(struct dxg_statistics_adapter, created, 536);
DXG_ASSERT_OFFSET(struct dxg_statistics_adapter, flags, 712);

/** struct dxg_statistics_process - PROCESS (1): memory on the CPU's side, bytes. */
struct dxg_statistics_process {
	__u32 nodes;
	__u32 sources;
	__u64 allocated;
	__u64 reserved_bytes;
	__u64 unused[15];
};
DXG_ASSERT_SIZE(struct dxg_statistics_process, 144);

/** struct dxg_statistics_process_adapter - PROCESS_ADAPTER (2). */
struct dxg_statistics_process_adapter {
	__u32 segments;
	__u32 nodes;
	__u32 sources;
	__u32 unused; /* virtual memory in use, 32 bits of it */
	struct dxg_statistics_counter submitted; /* command buffers */
	__u64 unused2[30];
};
DXG_ASSERT_SIZE(struct dxg_statistics_process_adapter, 272);

/** struct dxg_statistics_segment - SEGMENT (3), bytes. */
struct dxg_statistics_segment {
	__u64 commit_limit;
	__u64 committed;
	__u64 resident;
	__u64 evicted;
	__u32 allocs_committed;
	__u32 allocs_resident;
	__u32 aperture; /* of system memory */
	__u32 pad;
	__u64 evicted_by_priority[5];
	__u64 system_memory_end;
	__u64 power;
	__u64 properties; /* bit 0: system memory */
	__u64 reserved[5];
};
DXG_ASSERT_SIZE(struct dxg_statistics_segment, 152);

/** struct dxg_statistics_process_segment - PROCESS_SEGMENT (4), bytes. */
struct dxg_statistics_process_segment {
	__u64 committed;
	__u64 maximum_working_set; /* the budget */
	__u64 minimum_working_set; /* the reservation */
	__u64 unused;
	__u32 allocs_committed;
	__u32 pad;
	struct dxg_statistics_counter resident[5]; /* by priority, the first is all of them */
	__u64 unused2[12];
};
DXG_ASSERT_SIZE(struct dxg_statistics_process_segment, 216);

/** struct dxg_statistics_entries - entries of one kind that were queued, and that are over. */
struct dxg_statistics_entries {
	__u32 submitted;
	__u32 completed;
};

/** struct dxg_statistics_dma - command buffers as the node sees them. */
struct dxg_statistics_dma {
	__u32 submitted;
	__u32 completed;
	__u32 preempted;
	__u32 faulted;
};

/** struct dxg_statistics_process_node - PROCESS_NODE (6). @running_time: in 100 ns. */
struct dxg_statistics_process_node {
	__u64 running_time;
	__u32 context_switches;
	__u32 preemptions[16];
	struct dxg_statistics_entries queue[DXG_STATISTICS_PACKETS];
	struct dxg_statistics_dma dma[4]; /* the first: of clients */
	__u32 pad;
	__u64 reserved[8];
};
DXG_ASSERT_SIZE(struct dxg_statistics_process_node, 272);
DXG_ASSERT_OFFSET(struct dxg_statistics_process_node, dma, 140);

/** struct dxg_statistics_node - NODE (5): everybody on the vGPU; the system has nothing of its own.
 */
struct dxg_statistics_node {
	struct dxg_statistics_process_node global;
	struct dxg_statistics_process_node system;
	struct dxg_info_node_perf perf; /* as QueryAdapterInfo has it */
	__u32 reserved[4];
};
DXG_ASSERT_SIZE(struct dxg_statistics_node, 616);

/** struct dxg_statistics_segment_group - PROCESS_SEGMENT_GROUP (9), bytes. */
struct dxg_statistics_segment_group {
	__u64 budget;
	__u64 requested; /* the reservation */
	__u64 usage;
	__u64 demoted[5];
};
DXG_ASSERT_SIZE(struct dxg_statistics_segment_group, 64);

/** struct dxg_statistics_physical_adapter - PHYSICAL_ADAPTER (10). */
struct dxg_statistics_physical_adapter {
	struct dxg_info_adapter_perf perf; /* zero, as QueryAdapterInfo has them */
	struct dxg_info_adapter_perf_caps caps;
	__u32 physical_adapter;
	__u16 bios[32];
	__u16 architecture[32];
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_statistics_physical_adapter, 240);
DXG_ASSERT_OFFSET(struct dxg_statistics_physical_adapter, bios, 108);

#endif /* DXGWIRE_STATISTICS_H */

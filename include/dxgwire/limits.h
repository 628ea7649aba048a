/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * limits.h - every limit on what a peer may ask for, by name. A count without an entry here has
 * no business on the wire. Each has a test at the limit and at limit + 1.
 */
#ifndef DXGWIRE_LIMITS_H
#define DXGWIRE_LIMITS_H

#define DXG_PAGE_SHIFT 12
#define DXG_PAGE_SIZE 4096u

/* Published protocol (specification sections 2.6 and 3). */
#define DXG_MESSAGE_MAX 131072u /* bytes of one message, ext header included */
#define DXG_REPLY_MAX 131056u /* bytes of one reply */
#define DXG_PROCESS_NAME_MAX 260 /* UTF-16 units before the terminating zero */
#define DXG_ALLOCATIONS_PER_CREATE 1024u /* D3DKMT_CREATEALLOCATION_MAX */
#define DXG_ALLOCATIONS_PER_DESTROY 1024u
#define DXG_ALLOCATION_SIZE_MAX (1ULL << 44) /* bytes */
#define DXG_ALLOCATIONS_PER_RESIDENCY 10240u /* MakeResident, Evict */
#define DXG_SYSMEM_PAGES_PER_MESSAGE 15867u /* SETEXISTINGSYSMEMPAGES */
#define DXG_WAIT_CPU_OBJECTS 10916u /* what fits one message */
#define DXG_WAIT_GPU_OBJECTS 32u /* D3DDDI_MAX_OBJECT_WAITED_ON */
#define DXG_SIGNAL_OBJECTS 32u /* D3DDDI_MAX_OBJECT_SIGNALED */
#define DXG_SIGNAL_GPU_OBJECTS 10916u /* what fits one message */
#define DXG_BROADCAST_CONTEXTS 64u /* D3DDDI_MAX_BROADCAST_CONTEXT */
#define DXG_WRITTEN_PRIMARIES 16u /* D3DDDI_MAX_WRITTEN_PRIMARIES */
#define DXG_HISTORY_BUFFERS 1024u
#define DXG_CONTEXT_PRIORITY_MAX 7 /* both kinds, from minus this on */
#define DXG_ADAPTERS_MAX 64u /* D3DKMT_ADAPTERS_MAX */

/* Quotas of a client process on the host (dxgd may be configured lower). */
#define DXG_DEVICES_PER_PROCESS 64u
#define DXG_CONTEXTS_PER_PROCESS 1024u
#define DXG_UNIT_RANGES_PER_PROCESS 1024u /* different ones, of all contexts it ever had */
#define DXG_COMPUTE_UNITS_MAX 65536u /* of an adapter, that contexts can be given some of */
#define DXG_ALLOCATIONS_PER_PROCESS 65536u
#define DXG_SYSMEM_RUNS_PER_PROCESS 32768u /* contiguous pieces of existing system memory */
#define DXG_SYNC_OBJECTS_PER_PROCESS 65536u
#define DXG_PAGING_QUEUES_PER_PROCESS 64u
#define DXG_HW_QUEUES_PER_PROCESS 1024u
#define DXG_QUEUED_PER_CONTEXT 4096u /* submissions, waits and signals not yet executed */
#define DXG_CPU_WAITS_PER_PROCESS 16384u
#define DXG_ESCAPES_PER_PROCESS 256u /* worker escapes in flight */
#define DXG_PROCESSES_PER_SESSION 1024u
#define DXG_SHARED_OBJECTS_PER_SESSION 1024u /* shared fences and resources that it can name */
#define DXG_SHARE_OPENS_MAX 65536u /* NT handles of one shared object in one session */
#define DXG_SESSIONS_MAX 256u
#define DXG_VGPUS_MAX 64u
#define DXG_SHARE_LINKS_PER_VGPU 1024u /* descriptors of shared objects (attach.h) */
#define DXG_SHARED_FILES_PER_VGPU 1024u /* shared resources of socket sessions */
#define DXG_SHARED_FILE_ALLOCATIONS 64u /* allocations of one of these */
#define DXG_SHARED_DATA_PER_VGPU (4u << 20) /* bytes of data that their openers get */
#define DXG_VGPU_NAME_MAX 64u /* bytes, terminating zero included */

/* Command stream and programs (cmd.h, escape.h, image.h). */
#define DXG_COMMAND_BUFFER_MAX (1u << 20) /* bytes of one submission */
#define DXG_PROGRAM_SOURCE_MAX (32u << 20) /* bytes */
#define DXG_PROGRAM_OPTIONS_MAX 16384u /* bytes, terminating zero included */
#define DXG_PROGRAMS_PER_PROCESS 4096u
#define DXG_PROGRAM_HEADERS_MAX 256u /* of one compilation */
#define DXG_HEADER_NAME_MAX 256u /* bytes, terminating zero included */
#define DXG_PROGRAM_INPUTS_MAX 1024u /* of one link */
#define DXG_KERNELS_PER_PROGRAM 16384u
#define DXG_KERNEL_NAME_MAX 256u /* bytes, terminating zero included */
#define DXG_KERNEL_ARGS_MAX 128u
#define DXG_ARG_BYTES_MAX 4352u /* one argument by value; OpenCL's least maximum is 1024 */
#define DXG_FILL_PATTERN_MAX 128u
#define DXG_SVM_MAPS_PER_PROCESS 16384u /* allocations at addresses of the client (SVM_MAP) */
#define DXG_PRINTED_MAX (4u << 20) /* bytes of kernels' printf that wait to be fetched */
#define DXG_IMAGES_PER_PROCESS 16384u
#define DXG_IMAGE_EXTENT_MAX (1u << 30) /* pixels, rows, slices or layers */
#define DXG_IMAGE_FORMATS_MAX 340u /* every channel order with every channel type */
#define DXG_FAULT_TEXT_MAX 256u /* bytes, terminating zero included */

/* Rings (ring.h). */
#define DXG_RING_SIZE_MIN 4096u
#define DXG_RING_SIZE_MAX (1u << 24)
#define DXG_CHANNELS 2u /* global and vGPU, as in the published protocol */

/* Memory of a process: offers, queries, changes of mappings. The first four fit one message. */
#define DXG_ALLOCATIONS_PER_OFFER 10240u /* OfferAllocations, ReclaimAllocations2 */
#define DXG_ALLOCATIONS_PER_QUERY 32750u /* QueryAllocationResidency, GetAllocationPriority */
#define DXG_ALLOCATIONS_PER_PRIORITY 16377u /* SetAllocationPriority */
#define DXG_UPDATE_VA_OPERATIONS 2046u /* UpdateGpuVirtualAddress */
#define DXG_UPDATE_VA_PIECES 16384u /* mappings that one of those may touch */
#define DXG_UPDATE_VA_QUEUED 65536u /* operations of a process that wait for their time */

#endif /* DXGWIRE_LIMITS_H */

/* SPDX-License-Identifier: MIT */
/*
 * ipc.h - what dxgd and a worker say to each other, over a private pair of rings (ring.h).
 *
 * A worker is forked by the zygote for one client process. It starts with one Unix socket to dxgd
 * (descriptor IPC_SOCKET_FD) over which exactly one message comes first: struct ipc_start with
 * four descriptors (SCM_RIGHTS): the ipc memory (two rings), the eventfd that wakes the worker, the
 * eventfd that wakes dxgd, the session's region. The socket is then watched for its end; the one
 * thing that still comes over it is struct ipc_pass with a descriptor, for an operation on a ring.
 * The other way, it carries the worker's requests to the program cache, struct ipc_cache_request.
 *
 * Rings carry struct dxg_packet; every payload starts with struct ipc_header. dxgd's requests
 * (DXG_PACKET_REQUEST, id = dxgd's cookie) are answered by a DXG_PACKET_REPLY with that id, in any
 * order; state messages (DXG_PACKET_MESSAGE) are applied in ring order before any later request.
 *
 * Trust: a worker runs tenant code next to vendor drivers, so dxgd treats every byte from it as
 * hostile. A worker trusts dxgd; it trusts nothing in the region.
 */
#ifndef HOST_IPC_H
#define HOST_IPC_H

#include "dxgwire/limits.h"
#include "dxgwire/ring.h"
#include "dxgwire/types.h"

#define IPC_SOCKET_FD 3
#define IPC_RING_SIZE (256u << 10)
#define IPC_VERSION 1u

/* Layout of the ipc memory file: control blocks, then the data areas. */
#define IPC_TO_WORKER_CTL 0u
#define IPC_TO_DXGD_CTL 128u
#define IPC_TO_WORKER_DATA 4096u
#define IPC_TO_DXGD_DATA (4096u + IPC_RING_SIZE)
#define IPC_MEMORY_SIZE (4096u + 2 * IPC_RING_SIZE)

/** enum ipc_op - operations, dxgd to worker. */
enum ipc_op {
	IPC_DESCRIBE = 1, /* request: struct ipc_describe_reply */
	IPC_ALLOC_CREATE, /* state: struct ipc_alloc_create */
	IPC_ALLOC_DESTROY, /* request: struct ipc_alloc_destroy -> struct ipc_reply */
	IPC_VA_MAP, /* state: struct ipc_va_map */
	IPC_VA_UNMAP, /* state: struct ipc_va_unmap */
	IPC_CONTEXT_CREATE, /* state: struct ipc_context */
	IPC_CONTEXT_DESTROY, /* state: struct ipc_context */
	IPC_EXEC, /* request: struct ipc_exec -> struct ipc_exec_reply */
	IPC_ESCAPE, /* request: struct ipc_header + escape buffer -> same, updated */
	IPC_ALLOC_PAGES, /* request: struct ipc_alloc_pages + runs -> struct ipc_reply */
	IPC_CACHE_ANSWER, /* state: struct ipc_cache_answer */
	IPC_RETIRE, /* state: struct ipc_header; the last message: hand over what is new, and end */
	IPC_EXEC_ASIDE, /* struct ipc_header, a first answer to IPC_EXEC: see there */
};

/** enum ipc_backend - which backend a worker runs. */
enum ipc_backend {
	IPC_BACKEND_NULL = 0,
	IPC_BACKEND_OPENCL = 1,
};

/** enum ipc_segment - where an allocation lives. */
enum ipc_segment {
	IPC_SEGMENT_SYSTEM = 0, /* pages of the region's IO space */
	IPC_SEGMENT_LOCAL = 1, /* device memory, owned by the worker's driver */
	IPC_SEGMENT_GUEST = 2, /* pages of the guest's RAM, see struct ipc_alloc_pages */
};

/** struct ipc_header - starts every payload, both ways. */
struct ipc_header {
	__u32 op; /* enum ipc_op; a reply repeats the request's */
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct ipc_header, 8);

/**
 * struct ipc_start - the one message on the socket.
 * @version: IPC_VERSION
 * @backend: enum ipc_backend
 * @platform, @device: index of the OpenCL platform and device to use; ~0: let the worker choose the
 *                     default (first GPU, else first CPU)
 * @region_size: bytes of the region; 0 for a worker that only describes (no region descriptor)
 * @io_offset, @io_size: the IO space in the region
 * @force_discrete: treat the device as one that does not share memory with the CPU (tests)
 * @flags: IPC_START_*
 */
struct ipc_start {
	__u32 version;
	__u32 backend;
	__u32 platform;
	__u32 device;
	__u64 region_size;
	__u64 io_offset;
	__u64 io_size;
	__u32 force_discrete;
	__u32 flags;
};
DXG_ASSERT_SIZE(struct ipc_start, 48);

#define IPC_START_CACHE (1u << 0) /* dxgd answers struct ipc_cache_request */

/** struct ipc_reply - plain answer: 0 or a negative errno. */
struct ipc_reply {
	struct ipc_header h;
	__s32 status;
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct ipc_reply, 16);

#define IPC_ADAPTER_NAME_MAX 128u
#define IPC_NODES_MAX 8u

/** enum ipc_node_kind - engine of an adapter. */
enum ipc_node_kind {
	IPC_NODE_COMPUTE = 0,
	IPC_NODE_COPY = 1,
};

/** struct ipc_describe_reply - the adapter as the backend reports it. */
struct ipc_describe_reply {
	struct ipc_header h;
	__s32 status;
	__u32 flags; /* DXG_ADAPTER_* of dxgwire/escape.h */
	__u32 vendor_id;
	__u32 node_count;
	__u32 node_kind[IPC_NODES_MAX];
	__u64 local_memory; /* bytes of device memory; 0 when unified */
	__u64 system_memory; /* bytes the device can address in CPU memory */
	__u64 clock_hz; /* of its compute units, the most; 0: not known */
	__u32 units; /* compute units that contexts can be given some of; 0: it is not divided */
	__u32 reserved;
	char name[IPC_ADAPTER_NAME_MAX];
	char driver[IPC_ADAPTER_NAME_MAX]; /* driver name and version */
};
DXG_ASSERT_SIZE(struct ipc_describe_reply, 344);

#define IPC_ALLOC_READ_ONLY (1u << 0) /* IPC_SEGMENT_GUEST: no command writes to it */

/** struct ipc_alloc_create - @id is chosen by dxgd, unique in this worker. */
struct ipc_alloc_create {
	struct ipc_header h;
	__u64 id;
	__u64 size; /* bytes, whole pages */
	__u64 io_offset; /* IPC_SEGMENT_SYSTEM: bytes from the start of the IO space */
	__u32 segment; /* enum ipc_segment */
	__u32 flags; /* IPC_ALLOC_* */
};
DXG_ASSERT_SIZE(struct ipc_alloc_create, 40);

/** struct ipc_alloc_destroy - answered when the backend no longer touches the pages. */
struct ipc_alloc_destroy {
	struct ipc_header h;
	__u64 id;
};
DXG_ASSERT_SIZE(struct ipc_alloc_destroy, 16);

/** struct ipc_run - @count pages from page @page of a file on. */
struct ipc_run {
	__u32 page;
	__u32 count;
};
DXG_ASSERT_SIZE(struct ipc_run, 8);

/**
 * struct ipc_alloc_pages - @runs of struct ipc_run follow: the pages of the IPC_SEGMENT_GUEST
 * allocation @id from its page @first on, which is where those of earlier calls end. The file they
 * are of comes with the next struct ipc_pass on the socket, sent before. Not used before all are
 * there.
 */
struct ipc_alloc_pages {
	struct ipc_header h;
	__u64 id;
	__u32 first;
	__u32 runs;
};
DXG_ASSERT_SIZE(struct ipc_alloc_pages, 24);

/** struct ipc_pass - on the socket, with one descriptor: for the operation on allocation or with
 * cookie @id. */
struct ipc_pass {
	__u64 id;
};
DXG_ASSERT_SIZE(struct ipc_pass, 8);

#define IPC_VA_WRITE (1u << 0) /* commands may write through this mapping */

/** struct ipc_va_map - [@va, @va + @size) shows allocation @alloc from byte @offset on. */
struct ipc_va_map {
	struct ipc_header h;
	__u64 va;
	__u64 size;
	__u64 alloc;
	__u64 offset;
	__u32 flags; /* IPC_VA_* */
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct ipc_va_map, 48);

/** struct ipc_va_unmap - whatever is mapped in [@va, @va + @size) goes. */
struct ipc_va_unmap {
	struct ipc_header h;
	__u64 va;
	__u64 size;
};
DXG_ASSERT_SIZE(struct ipc_va_unmap, 24);

/** struct ipc_units - compute units [@first, @first + @count); @count 0: all that there are. */
struct ipc_units {
	__u32 first;
	__u32 count;
};
DXG_ASSERT_SIZE(struct ipc_units, 8);

/** struct ipc_context - a context comes or goes; @id as in struct ipc_exec; @units: it runs on. */
struct ipc_context {
	struct ipc_header h;
	__u64 id;
	__u32 node;
	__u32 reserved;
	struct ipc_units units;
};
DXG_ASSERT_SIZE(struct ipc_context, 32);

/**
 * struct ipc_exec - execute the command buffer at GPU VA [@va, @va + @size).
 *
 * Before its reply the worker may answer once with IPC_EXEC_ASIDE, with the same id: the driver has
 * to compile first, which is no work of the node. Others may have the place on it.
 */
struct ipc_exec {
	struct ipc_header h;
	__u64 context;
	__u64 va;
	__u32 size;
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct ipc_exec, 32);

/**
 * struct ipc_exec_reply - done, or refused.
 * @status: 0; -EINVAL: a packet was refused before anything ran; -EIO: the driver failed
 * @gpu_ns: measured time on the node
 * @text: for a negative @status, what was wrong, naming the field; zero-terminated
 */
struct ipc_exec_reply {
	struct ipc_header h;
	__s32 status;
	__u32 reserved;
	__u64 gpu_ns;
	char text[DXG_FAULT_TEXT_MAX];
};
DXG_ASSERT_SIZE(struct ipc_exec_reply, 280);

/* ---- the program cache: a worker's requests, on the socket ---- */

#define IPC_CACHE_KEY_SIZE 32u
#define IPC_CACHE_ENTRY_MAX (UINT64_C(64) << 20) /* bytes of one entry */
#define IPC_CACHE_GETS_MAX 16u /* IPC_CACHE_GET of one worker without an answer */

/** enum ipc_cache_op - what a worker asks of the cache of its vGPU. */
enum ipc_cache_op {
	IPC_CACHE_GET = 1, /* answered by struct ipc_cache_answer */
	IPC_CACHE_PUT, /* with a memory file: the entry, in the place of an older one; no answer */
	IPC_CACHE_DROP, /* what GET gave is of no use; no answer */
};

/**
 * struct ipc_cache_request - from a worker to dxgd.
 * @op: enum ipc_cache_op
 * @reserved: zero
 * @cookie: IPC_CACHE_GET: comes back with the answer; else zero
 * @size: IPC_CACHE_PUT: bytes, 1..IPC_CACHE_ENTRY_MAX, of the file, which is sealed (F_SEAL_WRITE,
 * _SHRINK, _GROW); else zero
 * @key: dxgd compares it, and knows nothing of how it is made
 */
struct ipc_cache_request {
	__u32 op;
	__u32 reserved;
	__u64 cookie;
	__u64 size;
	__u8 key[IPC_CACHE_KEY_SIZE];
};
DXG_ASSERT_SIZE(struct ipc_cache_request, 56);

/**
 * struct ipc_cache_answer - to IPC_CACHE_GET.
 * @cookie: the request's
 * @found: 1: a sealed memory file with the entry was sent before, by struct ipc_pass with the same
 * cookie as its id; 0: there is none
 */
struct ipc_cache_answer {
	struct ipc_header h;
	__u64 cookie;
	__u32 found;
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct ipc_cache_answer, 24);

/* ---- zygote control (SOCK_SEQPACKET between dxgd and the zygote) ---- */

/**
 * struct ipc_fork - dxgd asks for a worker; one descriptor comes along: the worker's end of its
 * socket. The zygote answers with struct ipc_forked, in order, and on success with one descriptor:
 * a pidfd of the worker, so that dxgd can kill it and see its end without racing for its number.
 */
struct ipc_fork {
	__u64 cookie;
};
DXG_ASSERT_SIZE(struct ipc_fork, 8);

/** struct ipc_forked - @pid as dxgd sees it, or a negative errno; @cookie of the request. */
struct ipc_forked {
	__u64 cookie;
	__s64 pid;
};
DXG_ASSERT_SIZE(struct ipc_forked, 16);

#endif /* HOST_IPC_H */

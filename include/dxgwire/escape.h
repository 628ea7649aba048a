/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * escape.h - what our user-mode drivers and our host say to each other through the private-data
 * doors of the interface: QueryAdapterInfo(UMDRIVERPRIVATE), private data of allocations and of
 * contexts, and Escape (D3DKMT_ESCAPE_DRIVERPRIVATE).
 *
 * An escape buffer starts with struct dxg_escape; the host writes the whole buffer back with
 * @status set. Large things (sources, logs, binaries) travel through mapped allocations, named by
 * GPU VA. Operations below DXG_ESCAPE_WORKER are answered by dxgd, the rest by the worker of the
 * calling process; a slow one (a build) holds up nobody else's.
 */
#ifndef DXGWIRE_ESCAPE_H
#define DXGWIRE_ESCAPE_H

#include "image.h"
#include "limits.h"
#include "types.h"

/* ---- QueryAdapterInfo, KMTQAITYPE_UMDRIVERPRIVATE (0) ---- */

#define DXG_ADAPTER_PRIVATE_MAGIC 0x50474458u /* "XDGP" */

#define DXG_ADAPTER_UNIFIED (1u << 0) /* kernels reach CPU-visible allocations without a copy */
#define DXG_ADAPTER_OPENCL (1u << 1) /* programs are OpenCL C; device properties by escape */
#define DXG_ADAPTER_NULL (1u << 2) /* the null backend: executes nothing */
#define DXG_ADAPTER_SVM (1u << 3) /* kernels can share addresses with the application: SVM_MAP */

/** struct dxg_adapter_private - what a user-mode driver must know before it creates a device. */
struct dxg_adapter_private {
	__u32 magic;
	__u32 cmd_version; /* DXG_CMD_VERSION */
	__u32 flags; /* DXG_ADAPTER_* */
	__u32 node_count;
	__u64 local_memory; /* bytes of device memory of this vGPU; 0 on a unified adapter */
	__u64 system_memory; /* bytes of CPU-visible memory of this vGPU */
	__u64 va_start; /* first usable GPU VA */
	__u64 va_end; /* first unusable one */
	char name[128]; /* adapter name, zero-terminated */
};
DXG_ASSERT_SIZE(struct dxg_adapter_private, 176);

/* ---- allocation private data (CreateAllocation2) ---- */

#define DXG_ALLOC_CPU_VISIBLE (1u << 0) /* in the IO space; Lock2 works; else device-local */
#define DXG_ALLOC_FLAGS (DXG_ALLOC_CPU_VISIBLE)

/** struct dxg_alloc_private - private data of one allocation; the host returns the real @size. */
struct dxg_alloc_private {
	__u32 flags; /* DXG_ALLOC_* */
	__u32 reserved;
	__u64 size; /* bytes, > 0; rounded up to pages by the host */
};
DXG_ASSERT_SIZE(struct dxg_alloc_private, 16);

/* ---- context private data (CreateContextVirtual) ---- */

#define DXG_CONTEXT_PRIVATE_MAGIC 0x43474458u /* "XDGC" */

/**
 * struct dxg_context_private - on which compute units a context runs.
 * @magic: DXG_CONTEXT_PRIVATE_MAGIC
 * @reserved: 0
 * @first_unit: the first of them
 * @unit_count: how many, > 0; all are within what the adapter has
 *
 * Data that starts with another magic is nobody's: it comes back as it was, and the context runs on
 * all of the adapter, as one without data does.
 */
struct dxg_context_private {
	__u32 magic;
	__u32 reserved;
	__u32 first_unit;
	__u32 unit_count;
};
DXG_ASSERT_SIZE(struct dxg_context_private, 16);

/* ---- escapes ---- */

#define DXG_ESCAPE_MAGIC 0x45474458u /* "XDGE" */
#define DXG_ESCAPE_WORKER 0x100u

/** enum dxg_escape_op - operations; the struct of each is named after it. */
enum dxg_escape_op {
	DXG_ESCAPE_QUERY_FAULT = 1, /* dxgd: why a device was lost */

	DXG_ESCAPE_QUERY_CLOCK = 0x100, /* the worker's clock, for profiling */
	DXG_ESCAPE_DEVICE_INFO = 0x101, /* properties of the OpenCL device */
	DXG_ESCAPE_PROGRAM_CREATE = 0x102, /* from source */
	DXG_ESCAPE_PROGRAM_BUILD = 0x103,
	DXG_ESCAPE_PROGRAM_DESTROY = 0x104,
	DXG_ESCAPE_KERNEL_INFO = 0x105,
	DXG_ESCAPE_PROGRAM_BINARY = 0x106, /* fetch a built program's binary */
	DXG_ESCAPE_PROGRAM_COMPILE = 0x107, /* compile without linking */
	DXG_ESCAPE_PROGRAM_LINK = 0x108, /* what was compiled, to a new program */
	DXG_ESCAPE_PRINTED = 0x109, /* fetch what kernels have printed */
	DXG_ESCAPE_SVM_MAP = 0x10a, /* show an allocation to kernels at an address of the client */
	DXG_ESCAPE_POPULATE = 0x10b, /* have huge pages for what will be written */
	DXG_ESCAPE_IMAGE_CREATE = 0x110, /* an image object over memory */
	DXG_ESCAPE_IMAGE_DESTROY = 0x111,
};

/**
 * struct dxg_escape - starts every escape buffer.
 * @magic: DXG_ESCAPE_MAGIC
 * @op: enum dxg_escape_op
 * @size: bytes of the whole buffer, this header included
 * @status: out: 0 or a negative errno of what was asked (-EINVAL names a malformed request)
 */
struct dxg_escape {
	__u32 magic;
	__u32 op;
	__u32 size;
	__s32 status;
};
DXG_ASSERT_SIZE(struct dxg_escape, 16);

/** struct dxg_escape_query_fault - dxgd's own words on the loss of the escape's device. */
struct dxg_escape_query_fault {
	struct dxg_escape h;
	__u32 lost; /* out: 1 when the device is lost */
	__u32 reserved;
	char text[DXG_FAULT_TEXT_MAX]; /* out */
};
DXG_ASSERT_SIZE(struct dxg_escape_query_fault, 280);

/** struct dxg_escape_query_clock - ns of the clock that dxg_cmd_profile is in. */
struct dxg_escape_query_clock {
	struct dxg_escape h;
	__u64 now_ns; /* out */
};
DXG_ASSERT_SIZE(struct dxg_escape_query_clock, 24);

/**
 * struct dxg_escape_device_info - OpenCL properties of the adapter's device; records follow.
 * @h: of every escape
 * @used: out: bytes of records written behind this structure
 * @needed: out: bytes that all records take; more than there is room for is -EOVERFLOW
 */
struct dxg_escape_device_info {
	struct dxg_escape h;
	__u32 used;
	__u32 needed;
};
DXG_ASSERT_SIZE(struct dxg_escape_device_info, 24);

/** struct dxg_device_property - one record: a cl_device_info and its value, padded to 8 bytes. */
struct dxg_device_property {
	__u32 param;
	__u32 size;
};
DXG_ASSERT_SIZE(struct dxg_device_property, 8);

/** enum dxg_program_kind - what a program is created from. */
enum dxg_program_kind {
	DXG_PROGRAM_SOURCE = 1, /* OpenCL C */
	DXG_PROGRAM_BINARY = 2, /* what DXG_ESCAPE_PROGRAM_BINARY gave, same driver and device */
	DXG_PROGRAM_SPIR = 3, /* a SPIR module, with options "-x spir -spir-std=1.2" */
};

/* What a SPIR module, which is LLVM bitcode, starts with. */
#define DXG_SPIR_MAGIC 0xdec04342u

/** struct dxg_escape_program_create - a program object from @length bytes at GPU VA @source. */
struct dxg_escape_program_create {
	struct dxg_escape h;
	__u32 kind; /* enum dxg_program_kind */
	__u32 program; /* out: program object of this process, never 0 */
	__u64 source;
	__u64 length; /* 1..DXG_PROGRAM_SOURCE_MAX */
};
DXG_ASSERT_SIZE(struct dxg_escape_program_create, 40);

/**
 * struct dxg_escape_program_build - compile and link; @options follow (zero-terminated,
 * @options_size bytes with the zero, padded to 8).
 * @h: of every escape
 * @program: which one
 * @log: GPU VA of the buffer for the log; 0 for none
 * @log_room: its size
 * @options_size: bytes of the options that follow
 * @build_status: out: the driver's cl_int (0, CL_BUILD_PROGRAM_FAILURE, CL_INVALID_BUILD_OPTIONS…)
 * @log_size: out: bytes of the whole log with its zero, may exceed @log_room
 * @kernel_count: out: kernels in the program
 * @binary_size: out: bytes of the binary, or 0 when DXG_ESCAPE_PROGRAM_BINARY has to be asked: to
 * know it may take drivers as long as a second build
 */
struct dxg_escape_program_build {
	struct dxg_escape h;
	__u32 program;
	__s32 build_status;
	__u64 log;
	__u64 log_room;
	__u64 log_size;
	__u32 kernel_count;
	__u32 options_size;
	__u64 binary_size;
};
DXG_ASSERT_SIZE(struct dxg_escape_program_build, 64);

/**
 * struct dxg_escape_program_compile - compile a source without linking it, or load a binary
 * or a SPIR module.
 * The options follow (zero-terminated, @options_size bytes with the zero, padded to 8), then
 * @header_count times struct dxg_program_header, each with its name behind it.
 * @h: of every escape
 * @program: which one
 * @build_status: out: the driver's cl_int
 * @log: GPU VA of the buffer for the log; 0 for none
 * @log_room: its size
 * @log_size: out: bytes of the whole log with its zero, may exceed @log_room
 * @header_count: up to DXG_PROGRAM_HEADERS_MAX; 0 for what is no source
 * @options_size: bytes of the options that follow; 0 for what is no source
 * @binary_type: out: cl_program_binary_type
 * @reserved: zero
 */
struct dxg_escape_program_compile {
	struct dxg_escape h;
	__u32 program;
	__s32 build_status;
	__u64 log;
	__u64 log_room;
	__u64 log_size;
	__u32 header_count;
	__u32 options_size;
	__u32 binary_type;
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct dxg_escape_program_compile, 64);

/**
 * struct dxg_program_header - the source of @program is what #include finds under a name, which
 * follows, zero-terminated, @name_size bytes with the zero, padded to 8: a relative path of
 * printable characters without "..", without quotes and backslashes.
 * @program: which one
 * @name_size: 2..DXG_HEADER_NAME_MAX
 */
struct dxg_program_header {
	__u32 program;
	__u32 name_size;
};
DXG_ASSERT_SIZE(struct dxg_program_header, 8);

/**
 * struct dxg_escape_program_link - a new program object from @input_count others, each compiled,
 * linked to a library, or loaded. The options follow, as for a compilation, then the inputs, one
 * __u32 each, padded to 8 together.
 * @h: of every escape
 * @program: out: the new program object; 0 when they do not link
 * @build_status: out: the driver's cl_int
 * @log: GPU VA of the buffer for the log; 0 for none
 * @log_room: its size
 * @log_size: out: bytes of the whole log with its zero, may exceed @log_room
 * @kernel_count: out: kernels of an executable
 * @options_size: bytes of the options that follow
 * @input_count: 1..DXG_PROGRAM_INPUTS_MAX
 * @binary_type: out: cl_program_binary_type
 */
struct dxg_escape_program_link {
	struct dxg_escape h;
	__u32 program;
	__s32 build_status;
	__u64 log;
	__u64 log_room;
	__u64 log_size;
	__u32 kernel_count;
	__u32 options_size;
	__u32 input_count;
	__u32 binary_type;
};
DXG_ASSERT_SIZE(struct dxg_escape_program_link, 64);

/** struct dxg_escape_program_destroy - drop a program object; running dispatches finish. */
struct dxg_escape_program_destroy {
	struct dxg_escape h;
	__u32 program;
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct dxg_escape_program_destroy, 24);

/**
 * struct dxg_escape_program_binary - copy a built program's binary to GPU VA @dst.
 * @h: of every escape
 * @program: which one
 * @reserved: zero
 * @dst: GPU VA of a mapped, writable range; not looked at with @room 0
 * @room: its bytes
 * @size: out: bytes of the binary, also with -EOVERFLOW, which is when they exceed @room
 */
struct dxg_escape_program_binary {
	struct dxg_escape h;
	__u32 program;
	__u32 reserved;
	__u64 dst;
	__u64 room;
	__u64 size; /* out */
};
DXG_ASSERT_SIZE(struct dxg_escape_program_binary, 48);

/**
 * struct dxg_escape_printed - take what kernels of this process have printed; the text follows, as
 * much as there is room for in the buffer. All of a kernel's text is there when it has ended.
 * @h: of every escape
 * @used: out: bytes of text behind this structure
 * @left: out: bytes that there was no room for; ask again
 * @lost: out: with @left 0, bytes dropped behind them, because DXG_PRINTED_MAX were waiting already
 */
struct dxg_escape_printed {
	struct dxg_escape h;
	__u32 used;
	__u32 left;
	__u64 lost;
};
DXG_ASSERT_SIZE(struct dxg_escape_printed, 32);

/**
 * struct dxg_escape_svm_map - from here on, kernels see an allocation at @address, too, where the
 * application sees it; until it is destroyed. Needs DXG_ADAPTER_SVM.
 * @h: of every escape; @status -EEXIST: something of the worker's own is at that address
 * @va: GPU VA of all of a CPU-visible allocation, mapped with write access
 * @size: bytes of the allocation
 * @address: multiple of the page size
 */
struct dxg_escape_svm_map {
	struct dxg_escape h;
	__u64 va;
	__u64 size;
	__u64 address;
};
DXG_ASSERT_SIZE(struct dxg_escape_svm_map, 40);

/**
 * struct dxg_escape_populate - the application is going to write this: let it have memory now, in
 * huge pages, where none of one is there yet. That is faster than to touch one page after the
 * other, and so is what kernels do with it. What the host cannot fill so comes when it is touched.
 * @h: of every escape
 * @va: GPU VA in a CPU-visible allocation, mapped with write access
 * @size: bytes
 * @filled: out: bytes that are there now and were not before
 */
struct dxg_escape_populate {
	struct dxg_escape h;
	__u64 va;
	__u64 size;
	__u64 filled;
};
DXG_ASSERT_SIZE(struct dxg_escape_populate, 40);

/**
 * struct dxg_kernel_arg - what the driver knows of one argument.
 * @type_name: as in the source, zero-terminated
 * @name: the same
 * @address: cl_kernel_arg_address_qualifier, 0 when the driver does not tell
 * @access: cl_kernel_arg_access_qualifier, 0 when the driver does not tell
 * @type_qualifier: cl_kernel_arg_type_qualifier
 */
struct dxg_kernel_arg {
	__u32 address;
	__u32 access;
	__u64 type_qualifier;
	char type_name[96];
	char name[96];
};
DXG_ASSERT_SIZE(struct dxg_kernel_arg, 208);

/** struct dxg_escape_kernel_info - everything about one kernel of a built program. */
struct dxg_escape_kernel_info {
	struct dxg_escape h;
	__u32 program;
	__u32 kernel; /* 0..kernel_count - 1 */
	__u32 arg_count; /* out, as all below */
	__u32 reserved;
	__u64 work_group_size;
	__u64 compile_work_group_size[3];
	__u64 preferred_multiple;
	__u64 local_mem_size;
	__u64 private_mem_size;
	char name[DXG_KERNEL_NAME_MAX];
	char attributes[256];
	struct dxg_kernel_arg arg[DXG_KERNEL_ARGS_MAX];
};
DXG_ASSERT_SIZE(struct dxg_escape_kernel_info, 600 + 208 * DXG_KERNEL_ARGS_MAX);

/**
 * struct dxg_escape_image_create - an image object over memory at GPU VA @va.
 * @h: of every escape
 * @desc: checked by dxg_image_bytes()
 * @va: its first pixel; all of it mapped, writable, one piece of one allocation. An allocation
 *	carries one image that is not DXG_IMAGE_SHARED. On an adapter that is not unified such an
 *	image is all that its allocation, device-local, is good for while it exists: @va is where
 *	the allocation starts, and its bytes are reached by commands on images only
 * @image: out: image object of this process; 0 when the driver refuses
 * @error: out: the driver's cl_int then, else 0
 */
struct dxg_escape_image_create {
	struct dxg_escape h;
	struct dxg_image_desc desc;
	__u64 va;
	__u32 image;
	__s32 error;
};
DXG_ASSERT_SIZE(struct dxg_escape_image_create, 96);

/** struct dxg_escape_image_destroy - drop an image object; commands under way keep theirs. */
struct dxg_escape_image_destroy {
	struct dxg_escape h;
	__u32 image;
	__u32 reserved;
};
DXG_ASSERT_SIZE(struct dxg_escape_image_destroy, 24);

#endif /* DXGWIRE_ESCAPE_H */

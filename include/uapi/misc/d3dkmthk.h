/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The ioctl interface of /dev/dxg: the WDDM kernel thunks (D3DKMT) as Linux guests know them.
 *
 * This ABI is inherited. Existing binaries are built against it, therefore every name, offset, bit
 * position and number below is frozen: nothing is added to a structure, renamed or reordered.
 * tests/abi checks the whole file against tables; the sizes are asserted at the end of it.
 *
 * Conventions
 *  - 64-bit, little endian. Padding that a structure has without naming it is part of its layout.
 *  - A pointer is a typed __user pointer in the kernel and a __u64 in user space.
 *  - Every ioctl copies its structure in as a whole. Trailing comments tell the direction of a
 *    field: "out" fields are written on success, "in/out" ones are read first; the rest is input.
 *  - A field named reserved*, and padding, carries nothing.
 */
#ifndef _UAPI_MISC_D3DKMTHK_H
#define _UAPI_MISC_D3DKMTHK_H

#include <linux/ioctl.h>
#include <linux/types.h>

#ifdef __KERNEL__
#define __d3dkmt_ptr(type) type __user *
#else
#define __d3dkmt_ptr(type) __u64
#endif

/* ---- Limits ---------------------------------------------------------------------------------- */

#define D3DDDI_MAX_WRITTEN_PRIMARIES			16
#define D3DDDI_MAX_BROADCAST_CONTEXT			64
#define D3DDDI_MAX_OBJECT_WAITED_ON			32
#define D3DDDI_MAX_OBJECT_SIGNALED			32
#define D3DDDI_MAXTESTBUFFERSIZE			4096
#define D3DDDI_MAXTESTBUFFERPRIVATEDRIVERDATASIZE	1024
#define D3DKMT_ADAPTERS_MAX				64
#define D3DKMT_CREATEALLOCATION_MAX			1024
#define D3DKMT_MAKERESIDENT_ALLOC_MAX			(10 * 1024)

/* ---- Handles and identifiers ----------------------------------------------------------------- */

/* Names an object of the calling process; 0 names none. */
struct d3dkmthandle {
	__extension__ union {
		struct {
			__u32 instance:6;
			__u32 index:24;
			__u32 unique:2;
		};
		__u32 v;
	};
};

/* Locally unique id of an adapter: low half, high half. */
struct winluid {
	__u32 a;
	__u32 b;
};

/* ---- Adapter: enumeration -------------------------------------------------------------------- */

/* One adapter as the enumerations report it; the handle is open and the caller closes it. */
struct d3dkmt_adapterinfo {
	struct d3dkmthandle adapter_handle;
	struct winluid adapter_luid;
	__u32 num_sources;
	__u32 present_move_regions_preferred;
};

/**
 * struct d3dkmt_enumadapters2 - open every active adapter that can render
 *
 * Without an array only the number of adapters is returned.
 */
struct d3dkmt_enumadapters2 {
	__u32 num_adapters;			/* in/out: room in the array, entries written */
	__u32 reserved;
	__d3dkmt_ptr(struct d3dkmt_adapterinfo) adapters;
};

/* What EnumAdapters3 reports beyond the adapters that can render. */
union d3dkmt_enumadapters_filter {
	__extension__ struct {
		__u64 include_compute_only:1;
		__u64 include_display_only:1;
		__u64 reserved:62;
	};
	__u64 value;
};

/**
 * struct d3dkmt_enumadapters3 - EnumAdapters2 with a choice of adapter kinds
 */
struct d3dkmt_enumadapters3 {
	union d3dkmt_enumadapters_filter filter;
	__u32 adapter_count;			/* in/out: room in the array, entries written */
	__u32 reserved;
	__d3dkmt_ptr(struct d3dkmt_adapterinfo) adapters;
};

/**
 * struct d3dkmt_openadapterfromluid - open the adapter that has this id
 */
struct d3dkmt_openadapterfromluid {
	struct winluid adapter_luid;
	struct d3dkmthandle adapter_handle;	/* out */
};

/**
 * struct d3dkmt_closeadapter - give up one adapter handle
 *
 * With the last handle of a process go its devices on that adapter.
 */
struct d3dkmt_closeadapter {
	struct d3dkmthandle adapter_handle;
};

/* ---- Adapter: queries ------------------------------------------------------------------------ */

enum kmtqueryadapterinfotype {
	_KMTQAITYPE_UMDRIVERPRIVATE = 0,
	_KMTQAITYPE_ADAPTERTYPE = 15,
	_KMTQAITYPE_ADAPTERTYPE_RENDER = 57,
};

/* Answer to _KMTQAITYPE_ADAPTERTYPE and _KMTQAITYPE_ADAPTERTYPE_RENDER. */
struct d3dkmt_adaptertype {
	__extension__ union {
		struct {
			__u32 render_supported:1;
			__u32 display_supported:1;
			__u32 software_device:1;
			__u32 post_device:1;
			__u32 hybrid_discrete:1;
			__u32 hybrid_integrated:1;
			__u32 indirect_display_device:1;
			__u32 paravirtualized:1;
			__u32 acg_supported:1;
			__u32 support_set_timings_from_vidpn:1;
			__u32 detachable:1;
			__u32 compute_only:1;
			__u32 prototype:1;
			__u32 reserved:19;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_queryadapterinfo - ask an adapter one question
 *
 * The type says what private_data holds on entry and on return; other types than the named ones
 * are legal, the host decides.
 */
struct d3dkmt_queryadapterinfo {
	struct d3dkmthandle adapter;
	enum kmtqueryadapterinfotype type;
	__d3dkmt_ptr(void) private_data;	/* buffer is in/out */
	__u32 private_data_size;
};

enum d3dkmt_memory_segment_group {
	_D3DKMT_MEMORY_SEGMENT_GROUP_LOCAL = 0,
	_D3DKMT_MEMORY_SEGMENT_GROUP_NON_LOCAL = 1,
};

/**
 * struct d3dkmt_queryvideomemoryinfo - memory budget and use of the caller, in bytes
 */
struct d3dkmt_queryvideomemoryinfo {
	__u64 process;				/* must be 0: the caller */
	struct d3dkmthandle adapter;
	enum d3dkmt_memory_segment_group memory_segment_group;
	__u64 budget;				/* out */
	__u64 current_usage;			/* out */
	__u64 current_reservation;		/* out */
	__u64 available_for_reservation;	/* out */
	__u32 physical_adapter_index;
};

/**
 * struct d3dkmt_changevideomemoryreservation - claim a part of the budget as guaranteed
 */
struct d3dkmt_changevideomemoryreservation {
	__u64 process;				/* must be 0: the caller */
	struct d3dkmthandle adapter;
	enum d3dkmt_memory_segment_group memory_segment_group;
	__u64 reservation;			/* bytes */
	__u32 physical_adapter_index;
};

/* The three structures of the clock query have no padding: the result starts at offset 12. */
struct dxgk_gpuclockdata_flags {
	__extension__ union {
		struct {
			__u32 context_management_processor:1;
			__u32 reserved:31;
		};
		__u32 value;
	};
} __attribute__((packed));

struct dxgk_gpuclockdata {
	__u64 gpu_frequency;
	__u64 gpu_clock_counter;
	__u64 cpu_clock_counter;
	struct dxgk_gpuclockdata_flags flags;
} __attribute__((packed));

/**
 * struct d3dkmt_queryclockcalibration - read the clocks of a GPU node and of the CPU together
 */
struct d3dkmt_queryclockcalibration {
	struct d3dkmthandle adapter;
	__u32 node_ordinal;
	__u32 physical_adapter_index;
	struct dxgk_gpuclockdata clock_data;	/* out */
} __attribute__((packed));

/**
 * struct d3dkmt_flushheaptransitions - complete pending heap changes of an adapter
 */
struct d3dkmt_flushheaptransitions {
	struct d3dkmthandle adapter;
};

enum d3dkmt_querystatistics_type {
	_D3DKMT_QUERYSTATISTICS_ADAPTER = 0,
	_D3DKMT_QUERYSTATISTICS_PROCESS = 1,
	_D3DKMT_QUERYSTATISTICS_PROCESS_ADAPTER = 2,
	_D3DKMT_QUERYSTATISTICS_SEGMENT = 3,
	_D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT = 4,
	_D3DKMT_QUERYSTATISTICS_NODE = 5,
	_D3DKMT_QUERYSTATISTICS_PROCESS_NODE = 6,
	_D3DKMT_QUERYSTATISTICS_VIDPNSOURCE = 7,
	_D3DKMT_QUERYSTATISTICS_PROCESS_VIDPNSOURCE = 8,
	_D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT_GROUP = 9,
	_D3DKMT_QUERYSTATISTICS_PHYSICAL_ADAPTER = 10,
};

struct d3dkmt_querystatistics_result {
	char size[776];
};

/**
 * struct d3dkmt_querystatistics - counters of an adapter, a process, a segment or a node
 *
 * The type decides the layout of the result. Types about one segment, node or source read its
 * number from the last 8 bytes, at offset 800.
 */
struct d3dkmt_querystatistics {
	__extension__ union {
		struct {
			enum d3dkmt_querystatistics_type type;
			struct winluid adapter_luid;
			__u64 process;				/* 0: the caller, else a pid */
			struct d3dkmt_querystatistics_result result;	/* out */
		};
		char size[808];
	};
};

/**
 * struct d3dkmt_enumprocesses - pids of the processes that hold an adapter open
 *
 * Only the caller's pid namespace is seen.
 */
struct d3dkmt_enumprocesses {
	struct winluid adapter_luid;
	__d3dkmt_ptr(__u32) buffer;		/* array is out */
	__u64 buffer_count;			/* in/out: room, entries found */
};

enum dxgk_feature_id {
	_DXGK_FEATURE_HWSCH = 0,
	_DXGK_FEATURE_PAGE_BASED_MEMORY_MANAGER = 32,
	_DXGK_FEATURE_KERNEL_MODE_TESTING = 33,
	_DXGK_FEATURE_MAX,
};

struct dxgk_isfeatureenabled_result {
	__u16 version;
	__extension__ union {
		struct {
			__u16 enabled:1;
			__u16 known_feature:1;
			__u16 supported_by_driver:1;
			__u16 supported_on_config:1;
			__u16 reserved:12;
		};
		__u16 value;
	};
};

/**
 * struct d3dkmt_isfeatureenabled - does the adapter's driver have a feature, and is it on
 */
struct d3dkmt_isfeatureenabled {
	struct d3dkmthandle adapter;
	enum dxgk_feature_id feature_id;
	struct dxgk_isfeatureenabled_result result;	/* out */
};

/* ---- Adapter: escape to the driver ----------------------------------------------------------- */

enum d3dkmt_escapetype {
	_D3DKMT_ESCAPE_DRIVERPRIVATE = 0,
	_D3DKMT_ESCAPE_VIDMM = 1,
	_D3DKMT_ESCAPE_VIDSCH = 3,
	_D3DKMT_ESCAPE_DEVICE = 4,
	_D3DKMT_ESCAPE_DRT_TEST = 8,
};

/* First dword of the data when flags.driver_known_escape is set. */
enum d3dddi_knownescapetype {
	_D3DDDI_DRIVERESCAPETYPE_TRANSLATEALLOCATIONHANDLE = 0,
	_D3DDDI_DRIVERESCAPETYPE_TRANSLATERESOURCEHANDLE = 1,
	_D3DDDI_DRIVERESCAPETYPE_CPUEVENTUSAGE = 2,
	_D3DDDI_DRIVERESCAPETYPE_BUILDTESTCOMMANDBUFFER = 3,
};

struct d3dddi_translate_allocation_handle {
	enum d3dddi_knownescapetype escape_type;
	struct d3dkmthandle allocation;
};

struct d3dddi_testcommand {
	char buffer[72];
};

/* The command and its private data come back through the two pointers. */
struct d3dddi_buildtestcommandbuffer {
	enum d3dddi_knownescapetype escape_type;
	struct d3dkmthandle device;
	struct d3dkmthandle context;
	__u32 flags;
	struct d3dddi_testcommand command;
	__d3dkmt_ptr(void) dma_buffer;
	__d3dkmt_ptr(void) dma_buffer_priv_data;
	__u32 dma_buffer_size;			/* in/out */
	__u32 dma_buffer_priv_data_size;	/* in/out */
};

struct d3dddi_escapeflags {
	__extension__ union {
		struct {
			__u32 hardware_access:1;
			__u32 device_status_query:1;
			__u32 change_frame_latency:1;
			__u32 no_adapter_synchronization:1;
			__u32 reserved:1;
			__u32 virtual_machine_data:1;
			__u32 driver_known_escape:1;
			__u32 driver_common_escape:1;
			__u32 reserved2:24;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_escape - exchange private data with the driver on the host
 */
struct d3dkmt_escape {
	struct d3dkmthandle adapter;
	struct d3dkmthandle device;
	enum d3dkmt_escapetype type;
	struct d3dddi_escapeflags flags;
	__d3dkmt_ptr(void) priv_drv_data;	/* buffer is in/out */
	__u32 priv_drv_data_size;
	struct d3dkmthandle context;
};

/* ---- Device ---------------------------------------------------------------------------------- */

struct d3dddi_allocationlist {
	struct d3dkmthandle allocation;
	__extension__ union {
		struct {
			__u32 write_operation:1;
			__u32 do_not_retire_instance:1;
			__u32 offer_priority:3;
			__u32 reserved:27;
		};
		__u32 value;
	};
};

struct d3dddi_patchlocationlist {
	__u32 allocation_index;
	__extension__ union {
		struct {
			__u32 slot_id:24;
			__u32 reserved:8;
		};
		__u32 value;
	};
	__u32 driver_id;
	__u32 allocation_offset;
	__u32 patch_offset;
	__u32 split_offset;
};

struct d3dkmt_createdeviceflags {
	__u32 legacy_mode:1;
	__u32 request_vSync:1;
	__u32 disable_gpu_timeout:1;
	__u32 gdi_device:1;
	__u32 reserved:28;
};

/**
 * struct d3dkmt_createdevice - make a device, the owner of everything a client has on an adapter
 *
 * The buffers and lists of the patch-list submission model are not touched.
 */
struct d3dkmt_createdevice {
	struct d3dkmthandle adapter;
	__u32 reserved3;
	struct d3dkmt_createdeviceflags flags;
	struct d3dkmthandle device;		/* out */
	__d3dkmt_ptr(void) command_buffer;
	__u32 command_buffer_size;
	__u32 reserved;
	__d3dkmt_ptr(struct d3dddi_allocationlist) allocation_list;
	__u32 allocation_list_size;
	__u32 reserved1;
	__d3dkmt_ptr(struct d3dddi_patchlocationlist) patch_location_list;
	__u32 patch_location_list_size;
	__u32 reserved2;
};

/**
 * struct d3dkmt_destroydevice - destroy a device with all that it owns
 */
struct d3dkmt_destroydevice {
	struct d3dkmthandle device;
};

enum d3dkmt_deviceexecution_state {
	_D3DKMT_DEVICEEXECUTION_ACTIVE = 1,
	_D3DKMT_DEVICEEXECUTION_RESET = 2,
	_D3DKMT_DEVICEEXECUTION_HUNG = 3,
	_D3DKMT_DEVICEEXECUTION_STOPPED = 4,
	_D3DKMT_DEVICEEXECUTION_ERROR_OUTOFMEMORY = 5,
	_D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT = 6,
	_D3DKMT_DEVICEEXECUTION_ERROR_DMAPAGEFAULT = 7,
};

enum d3dkmt_devicestate_type {
	_D3DKMT_DEVICESTATE_EXECUTION = 1,
	_D3DKMT_DEVICESTATE_PRESENT = 2,
	_D3DKMT_DEVICESTATE_RESET = 3,
	_D3DKMT_DEVICESTATE_PRESENT_DWM = 4,
	_D3DKMT_DEVICESTATE_PAGE_FAULT = 5,
	_D3DKMT_DEVICESTATE_PRESENT_QUEUE = 6,
};

enum dxgk_render_pipeline_stage {
	_DXGK_RENDER_PIPELINE_STAGE_UNKNOWN = 0,
	_DXGK_RENDER_PIPELINE_STAGE_INPUT_ASSEMBLER = 1,
	_DXGK_RENDER_PIPELINE_STAGE_VERTEX_SHADER = 2,
	_DXGK_RENDER_PIPELINE_STAGE_GEOMETRY_SHADER = 3,
	_DXGK_RENDER_PIPELINE_STAGE_STREAM_OUTPUT = 4,
	_DXGK_RENDER_PIPELINE_STAGE_RASTERIZER = 5,
	_DXGK_RENDER_PIPELINE_STAGE_PIXEL_SHADER = 6,
	_DXGK_RENDER_PIPELINE_STAGE_OUTPUT_MERGER = 7,
};

enum dxgk_page_fault_flags {
	_DXGK_PAGE_FAULT_WRITE = 0x1,
	_DXGK_PAGE_FAULT_FENCE_INVALID = 0x2,
	_DXGK_PAGE_FAULT_ADAPTER_RESET_REQUIRED = 0x4,
	_DXGK_PAGE_FAULT_ENGINE_RESET_REQUIRED = 0x8,
	_DXGK_PAGE_FAULT_FATAL_HARDWARE_ERROR = 0x10,
	_DXGK_PAGE_FAULT_IOMMU = 0x20,
	_DXGK_PAGE_FAULT_HW_CONTEXT_VALID = 0x40,
	_DXGK_PAGE_FAULT_PROCESS_HANDLE_VALID = 0x80,
};

enum dxgk_general_error_code {
	_DXGK_GENERAL_ERROR_PAGE_FAULT = 0,
	_DXGK_GENERAL_ERROR_INVALID_INSTRUCTION = 1,
};

/* Bit 0 tells whose numbering the other 31 bits use. */
struct dxgk_fault_error_code {
	__extension__ union {
		struct {
			__u32 is_device_specific_code:1;
			enum dxgk_general_error_code general_error_code:31;
		};
		struct {
			__u32 is_device_specific_code_reserved_bit:1;
			__u32 device_specific_code:31;
		};
	};
};

struct d3dkmt_devicereset_state {
	__extension__ union {
		struct {
			__u32 desktop_switched:1;
			__u32 reserved:31;
		};
		__u32 value;
	};
};

struct d3dkmt_devicepagefault_state {
	__u64 faulted_primitive_api_sequence_number;
	enum dxgk_render_pipeline_stage faulted_pipeline_stage;
	__u32 faulted_bind_table_entry;
	enum dxgk_page_fault_flags page_fault_flags;
	struct dxgk_fault_error_code fault_error_code;
	__u64 faulted_virtual_address;
};

/**
 * struct d3dkmt_getdevicestate - is a device alive, and if not, what ended it
 */
struct d3dkmt_getdevicestate {
	struct d3dkmthandle device;
	enum d3dkmt_devicestate_type state_type;
	__extension__ union {			/* out: the member that state_type names */
		enum d3dkmt_deviceexecution_state execution_state;
		struct d3dkmt_devicereset_state reset_state;
		struct d3dkmt_devicepagefault_state page_fault_state;
		char alignment[48];
	};
};

__extension__ enum d3dkmt_device_error_reason {
	_D3DKMT_DEVICE_ERROR_REASON_GENERIC = 0x80000000,
	_D3DKMT_DEVICE_ERROR_REASON_DRIVER_ERROR = 0x80000006,
};

/**
 * struct d3dkmt_markdeviceaserror - put a device into the error state
 */
struct d3dkmt_markdeviceaserror {
	struct d3dkmthandle device;
	enum d3dkmt_device_error_reason reason;
};

/* ---- Context --------------------------------------------------------------------------------- */

enum d3dkmt_clienthint {
	_D3DKMT_CLIENTHNT_UNKNOWN = 0,
	_D3DKMT_CLIENTHINT_OPENGL = 1,
	_D3DKMT_CLIENTHINT_CDD = 2,
	_D3DKMT_CLIENTHINT_DX7 = 7,
	_D3DKMT_CLIENTHINT_DX8 = 8,
	_D3DKMT_CLIENTHINT_DX9 = 9,
	_D3DKMT_CLIENTHINT_DX10 = 10,
};

struct d3dddi_createcontextflags {
	__extension__ union {
		struct {
			__u32 null_rendering:1;
			__u32 initial_data:1;
			__u32 disable_gpu_timeout:1;
			__u32 synchronization_only:1;
			__u32 hw_queue_supported:1;
			__u32 reserved:27;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_createcontext - make a context of the patch-list submission model
 *
 * Issued by libdxg only. The driver hands out the first command buffer and both lists.
 */
struct d3dkmt_createcontext {
	struct d3dkmthandle device;
	__u32 node_ordinal;
	__u32 engine_affinity;
	struct d3dddi_createcontextflags flags;
	__d3dkmt_ptr(void) priv_drv_data;
	__u32 priv_drv_data_size;
	enum d3dkmt_clienthint client_hint;
	struct d3dkmthandle context;		/* out */
	__d3dkmt_ptr(void) command_buffer;	/* out */
	__u32 command_buffer_size;		/* out */
	__d3dkmt_ptr(struct d3dddi_allocationlist) allocation_list;	/* out */
	__u32 allocation_list_size;		/* out */
	__d3dkmt_ptr(struct d3dddi_patchlocationlist) patch_location_list;	/* out */
	__u32 patch_location_list_size;		/* out */
	__u64 command_buffer_gpu_va;		/* out */
};

/**
 * struct d3dkmt_createcontextvirtual - make a context whose commands use GPU virtual addresses
 *
 * It runs on the engines of one node that the affinity mask allows.
 */
struct d3dkmt_createcontextvirtual {
	struct d3dkmthandle device;
	__u32 node_ordinal;
	__u32 engine_affinity;
	struct d3dddi_createcontextflags flags;
	__d3dkmt_ptr(void) priv_drv_data;	/* buffer is in/out */
	__u32 priv_drv_data_size;
	enum d3dkmt_clienthint client_hint;
	struct d3dkmthandle context;		/* out */
};

/**
 * struct d3dkmt_destroycontext - destroy a context and its hardware queues
 */
struct d3dkmt_destroycontext {
	struct d3dkmthandle context;
};

struct d3dddi_createhwcontextflags {
	__extension__ union {
		struct {
			__u32 reserved:32;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_createhwcontext - make a context that the hardware schedules
 *
 * Issued by libdxg only.
 */
struct d3dkmt_createhwcontext {
	struct d3dkmthandle device;
	__u32 node_ordinal;
	__u32 engine_affinity;
	struct d3dddi_createhwcontextflags flags;
	__u32 priv_drv_data_size;
	__d3dkmt_ptr(void) priv_drv_data;
	struct d3dkmthandle hw_context;		/* out */
};

/**
 * struct d3dkmt_destroyhwcontext - destroy a context made by CreateHwContext
 *
 * Issued by libdxg only.
 */
struct d3dkmt_destroyhwcontext {
	struct d3dkmthandle hw_context;
};

/**
 * struct d3dkmt_setcontextschedulingpriority - order a context among those of all processes
 */
struct d3dkmt_setcontextschedulingpriority {
	struct d3dkmthandle context;
	int priority;
};

/**
 * struct d3dkmt_getcontextschedulingpriority - read what SetContextSchedulingPriority set
 */
struct d3dkmt_getcontextschedulingpriority {
	struct d3dkmthandle context;
	int priority;				/* out */
};

/**
 * struct d3dkmt_setcontextinprocessschedulingpriority - order a context among its process's own
 */
struct d3dkmt_setcontextinprocessschedulingpriority {
	struct d3dkmthandle context;
	int priority;
};

/**
 * struct d3dkmt_getcontextinprocessschedulingpriority - read the priority inside the process
 */
struct d3dkmt_getcontextinprocessschedulingpriority {
	struct d3dkmthandle context;
	int priority;				/* out */
};

/* ---- Hardware queue -------------------------------------------------------------------------- */

struct d3dddi_createhwqueueflags {
	__extension__ union {
		struct {
			__u32 disable_gpu_timeout:1;
			__u32 reserved:31;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_createhwqueue - make a queue in a context, with a fence that tells its progress
 */
struct d3dkmt_createhwqueue {
	struct d3dkmthandle context;
	struct d3dddi_createhwqueueflags flags;
	__u32 priv_drv_data_size;
	__u32 reserved;
	__d3dkmt_ptr(void) priv_drv_data;	/* buffer is in/out */
	struct d3dkmthandle queue;		/* out */
	struct d3dkmthandle queue_progress_fence;	/* out */
	__d3dkmt_ptr(void) queue_progress_fence_cpu_va;	/* out: mapped in the caller */
	__u64 queue_progress_fence_gpu_va;	/* out */
};

/**
 * struct d3dkmt_destroyhwqueue - destroy a hardware queue and its progress fence
 */
struct d3dkmt_destroyhwqueue {
	struct d3dkmthandle queue;
};

/* ---- Submission ------------------------------------------------------------------------------ */

struct d3dkmt_renderflags {
	__u32 resize_command_buffer:1;
	__u32 resize_allocation_list:1;
	__u32 resize_patch_location_list:1;
	__u32 null_rendering:1;
	__u32 present_redirected:1;
	__u32 render_km:1;
	__u32 render_km_readback:1;
	__u32 reserved:25;
};

/**
 * struct d3dkmt_render - submit in the patch-list model and get the next buffer and lists
 *
 * Issued by libdxg only.
 */
struct d3dkmt_render {
	__extension__ union {
		struct d3dkmthandle device;
		struct d3dkmthandle context;
	};
	__u32 command_offset;
	__u32 command_length;
	__u32 allocation_count;
	__u32 patch_location_count;
	__d3dkmt_ptr(void) new_command_buffer;	/* out */
	__u32 new_command_buffer_size;		/* in/out */
	__d3dkmt_ptr(struct d3dddi_allocationlist) new_allocation_list;	/* out */
	__u32 new_allocation_list_size;		/* in/out */
	__d3dkmt_ptr(struct d3dddi_patchlocationlist) new_patch_location_list;	/* out */
	__u32 new_patch_location_list_size;	/* in/out */
	struct d3dkmt_renderflags flags;
	__u64 present_history_token;
	__u32 broadcast_context_count;
	struct d3dkmthandle broadcast_context[D3DDDI_MAX_BROADCAST_CONTEXT];
	__u32 queued_buffer_count;		/* out */
	__u64 new_command_buffer_gpu_va;	/* out */
	__d3dkmt_ptr(void) priv_drv_data;
	__u32 priv_drv_data_size;
};

struct d3dkmt_submitcommandflags {
	__u32 null_rendering:1;
	__u32 present_redirected:1;
	__u32 reserved:30;
};

/**
 * struct d3dkmt_submitcommand - queue a command buffer, named by GPU address, on contexts
 */
struct d3dkmt_submitcommand {
	__u64 command_buffer;			/* GPU virtual address */
	__u32 command_length;			/* bytes */
	struct d3dkmt_submitcommandflags flags;
	__u64 present_history_token;
	__u32 broadcast_context_count;
	struct d3dkmthandle broadcast_context[D3DDDI_MAX_BROADCAST_CONTEXT];
	__u32 reserved;
	__d3dkmt_ptr(void) priv_drv_data;
	__u32 priv_drv_data_size;
	__u32 num_primaries;
	struct d3dkmthandle written_primaries[D3DDDI_MAX_WRITTEN_PRIMARIES];
	__u32 num_history_buffers;
	__u32 reserved1;
	__d3dkmt_ptr(struct d3dkmthandle) history_buffer_array;
};

/**
 * struct d3dkmt_submitcommandtohwqueue - queue a command buffer on a hardware queue
 *
 * The queue's progress fence reaches hwqueue_progress_fence_id when it has run.
 */
struct d3dkmt_submitcommandtohwqueue {
	struct d3dkmthandle hwqueue;
	__u32 reserved;
	__u64 hwqueue_progress_fence_id;
	__u64 command_buffer;			/* GPU virtual address */
	__u32 command_length;			/* bytes */
	__u32 priv_drv_data_size;
	__d3dkmt_ptr(void) priv_drv_data;
	__u32 num_primaries;
	__u32 reserved1;
	__d3dkmt_ptr(struct d3dkmthandle) written_primaries;
};

/* ---- Paging queue ---------------------------------------------------------------------------- */

enum d3dddi_pagingqueue_priority {
	_D3DDDI_PAGINGQUEUE_PRIORITY_BELOW_NORMAL = -1,
	_D3DDDI_PAGINGQUEUE_PRIORITY_NORMAL = 0,
	_D3DDDI_PAGINGQUEUE_PRIORITY_ABOVE_NORMAL = 1,
};

/**
 * struct d3dkmt_createpagingqueue - make a queue for memory operations, with a monitored fence
 */
struct d3dkmt_createpagingqueue {
	struct d3dkmthandle device;
	enum d3dddi_pagingqueue_priority priority;
	struct d3dkmthandle paging_queue;	/* out */
	struct d3dkmthandle sync_object;	/* out: the fence */
	__d3dkmt_ptr(void) fence_cpu_virtual_address;	/* out: mapped in the caller */
	__u32 physical_adapter_index;
};

/**
 * struct d3dddi_destroypagingqueue - destroy a paging queue and its fence
 */
struct d3dddi_destroypagingqueue {
	struct d3dkmthandle paging_queue;
};

/* ---- Allocation: contents of standard allocations -------------------------------------------- */

enum d3dddiformat {
	_D3DDDIFMT_UNKNOWN = 0,
};

enum d3dkmdt_gdisurfacetype {
	_D3DKMDT_GDISURFACE_INVALID = 0,
	_D3DKMDT_GDISURFACE_TEXTURE = 1,
	_D3DKMDT_GDISURFACE_STAGING_CPUVISIBLE = 2,
	_D3DKMDT_GDISURFACE_STAGING = 3,
	_D3DKMDT_GDISURFACE_LOOKUPTABLE = 4,
	_D3DKMDT_GDISURFACE_EXISTINGSYSMEM = 5,
	_D3DKMDT_GDISURFACE_TEXTURE_CPUVISIBLE = 6,
	_D3DKMDT_GDISURFACE_TEXTURE_CROSSADAPTER = 7,
	_D3DKMDT_GDISURFACE_TEXTURE_CPUVISIBLE_CROSSADAPTER = 8,
};

enum d3dkmdt_standardallocationtype {
	_D3DKMDT_STANDARDALLOCATION_SHAREDPRIMARYSURFACE = 1,
	_D3DKMDT_STANDARDALLOCATION_SHADOWSURFACE = 2,
	_D3DKMDT_STANDARDALLOCATION_STAGINGSURFACE = 3,
	_D3DKMDT_STANDARDALLOCATION_GDISURFACE = 4,
};

struct d3dddi_rational {
	__u32 numerator;
	__u32 denominator;
};

struct d3dkmdt_gdisurfacedata {
	__u32 width;
	__u32 height;
	__u32 format;
	enum d3dkmdt_gdisurfacetype type;
	__u32 flags;
	__u32 pitch;
};

struct d3dkmdt_stagingsurfacedata {
	__u32 width;
	__u32 height;
	__u32 pitch;
};

struct d3dkmdt_sharedprimarysurfacedata {
	__u32 width;
	__u32 height;
	enum d3dddiformat format;
	struct d3dddi_rational refresh_rate;
	__u32 vidpn_source_id;
};

struct d3dkmdt_shadowsurfacedata {
	__u32 width;
	__u32 height;
	enum d3dddiformat format;
	__u32 pitch;
};

/* ---- Allocation: creation -------------------------------------------------------------------- */

enum d3dkmt_standardallocationtype {
	_D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP = 1,
	_D3DKMT_STANDARDALLOCATIONTYPE_CROSSADAPTER = 2,
};

struct d3dkmt_standardallocation_existingheap {
	__u64 size;				/* bytes */
};

struct d3dkmt_createstandardallocationflags {
	__extension__ union {
		struct {
			__u32 reserved:32;
		};
		__u32 value;
	};
};

/* Describes an allocation that needs no private data of a user-mode driver. */
struct d3dkmt_createstandardallocation {
	enum d3dkmt_standardallocationtype type;
	__u32 reserved;
	struct d3dkmt_standardallocation_existingheap existing_heap_data;
	struct d3dkmt_createstandardallocationflags flags;
	__u32 reserved1;
};

/* One allocation to create; its private data is rewritten by the host's driver. */
struct d3dddi_allocationinfo2 {
	struct d3dkmthandle allocation;		/* out */
	__d3dkmt_ptr(void) sysmem;	/* memory to use, page aligned, or NULL */
	__d3dkmt_ptr(void) priv_drv_data;	/* buffer is in/out */
	__u32 priv_drv_data_size;
	__u32 vidpn_source_id;
	__extension__ union {
		struct {
			__u32 primary:1;
			__u32 stereo:1;
			__u32 override_priority:1;
			__u32 reserved:29;
		};
		__u32 value;
	} flags;
	__u64 gpu_virtual_address;
	__extension__ union {
		__u32 priority;
		__u64 unused;
	};
	__u64 reserved[5];
};

struct d3dkmt_createallocationflags {
	__extension__ union {
		struct {
			__u32 create_resource:1;
			__u32 create_shared:1;
			__u32 non_secure:1;
			__u32 create_protected:1;
			__u32 restrict_shared_access:1;
			__u32 existing_sysmem:1;
			__u32 nt_security_sharing:1;
			__u32 read_only:1;
			__u32 create_write_combined:1;
			__u32 create_cached:1;
			__u32 swap_chain_back_buffer:1;
			__u32 cross_adapter:1;
			__u32 open_cross_adapter:1;
			__u32 partial_shared_creation:1;
			__u32 zeroed:1;
			__u32 write_watch:1;
			__u32 standard_allocation:1;
			__u32 existing_section:1;
			__u32 reserved:14;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_createallocation - make allocations, on their own or as parts of a resource
 *
 * With flags.create_resource they form a new resource, otherwise a given resource gains them.
 * flags.standard_allocation decides which member of the union is meant.
 */
struct d3dkmt_createallocation {
	struct d3dkmthandle device;
	struct d3dkmthandle resource;		/* in/out */
	struct d3dkmthandle global_share;
	__u32 reserved;
	__d3dkmt_ptr(void) private_runtime_data;
	__u32 private_runtime_data_size;
	__u32 reserved1;
	__extension__ union {
		__d3dkmt_ptr(struct d3dkmt_createstandardallocation) standard_allocation;
		__d3dkmt_ptr(void) priv_drv_data;
	};
	__u32 priv_drv_data_size;
	__u32 alloc_count;			/* 1..D3DKMT_CREATEALLOCATION_MAX */
	__d3dkmt_ptr(struct d3dddi_allocationinfo2) allocation_info;	/* array is in/out */
	struct d3dkmt_createallocationflags flags;
	__u32 reserved2;
	__u64 private_runtime_resource_handle;
};

struct d3dddicb_destroyallocation2flags {
	__extension__ union {
		struct {
			__u32 assume_not_in_use:1;
			__u32 synchronous_destroy:1;
			__u32 reserved:29;
			__u32 system_use_only:1;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_destroyallocation2 - destroy a resource, or a list of allocations
 */
struct d3dkmt_destroyallocation2 {
	struct d3dkmthandle device;
	struct d3dkmthandle resource;		/* 0 when a list is given */
	__d3dkmt_ptr(struct d3dkmthandle) allocations;
	__u32 alloc_count;			/* 0 when a resource is given */
	struct d3dddicb_destroyallocation2flags flags;
};

/* ---- Allocation: access by the CPU ----------------------------------------------------------- */

struct d3dddicb_lock2flags {
	__extension__ union {
		struct {
			__u32 reserved:32;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_lock2 - map an allocation for the CPU; calls nest
 */
struct d3dkmt_lock2 {
	struct d3dkmthandle device;
	struct d3dkmthandle allocation;
	struct d3dddicb_lock2flags flags;
	__u32 reserved;
	__d3dkmt_ptr(void) data;		/* out: address in the caller */
};

/**
 * struct d3dkmt_unlock2 - undo one Lock2
 */
struct d3dkmt_unlock2 {
	struct d3dkmthandle device;
	struct d3dkmthandle allocation;
};

/**
 * struct d3dkmt_invalidatecache - make what the GPU wrote to a range visible to the CPU
 */
struct d3dkmt_invalidatecache {
	struct d3dkmthandle device;
	struct d3dkmthandle allocation;
	__u64 offset;				/* bytes */
	__u64 length;				/* bytes */
};

/* ---- Allocation: residency ------------------------------------------------------------------- */

struct d3dddi_makeresident_flags {
	__extension__ union {
		struct {
			__u32 cant_trim_further:1;
			__u32 must_succeed:1;
			__u32 reserved:30;
		};
		__u32 value;
	};
};

/**
 * struct d3dddi_makeresident - bring allocations into memory that the GPU reaches
 *
 * Done when the paging queue's fence has reached paging_fence_value.
 */
struct d3dddi_makeresident {
	struct d3dkmthandle paging_queue;
	__u32 alloc_count;			/* 1..D3DKMT_MAKERESIDENT_ALLOC_MAX */
	__d3dkmt_ptr(struct d3dkmthandle) allocation_list;
	__d3dkmt_ptr(__u32) priority_list;	/* ignored */
	struct d3dddi_makeresident_flags flags;
	__u64 paging_fence_value;		/* out */
	__u64 num_bytes_to_trim;		/* out */
};

struct d3dddi_evict_flags {
	__extension__ union {
		struct {
			__u32 evict_only_if_necessary:1;
			__u32 not_written_to:1;
			__u32 reserved:30;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_evict - take back one MakeResident for each of the allocations
 */
struct d3dkmt_evict {
	struct d3dkmthandle device;
	__u32 alloc_count;			/* 1..D3DKMT_MAKERESIDENT_ALLOC_MAX */
	__d3dkmt_ptr(struct d3dkmthandle) allocations;
	struct d3dddi_evict_flags flags;
	__u32 reserved;
	__u64 num_bytes_to_trim;		/* out */
};

enum d3dkmt_allocationresidencystatus {
	_D3DKMT_ALLOCATIONRESIDENCYSTATUS_RESIDENTINGPUMEMORY = 1,
	_D3DKMT_ALLOCATIONRESIDENCYSTATUS_RESIDENTINSHAREDMEMORY = 2,
	_D3DKMT_ALLOCATIONRESIDENCYSTATUS_NOTRESIDENT = 3,
};

/**
 * struct d3dkmt_queryallocationresidency - where a resource, or each allocation, is now
 */
struct d3dkmt_queryallocationresidency {
	struct d3dkmthandle device;
	struct d3dkmthandle resource;		/* 0 when a list is given */
	__d3dkmt_ptr(struct d3dkmthandle) allocations;
	__u32 allocation_count;			/* 0 when a resource is given */
	__u32 reserved;
	__d3dkmt_ptr(enum d3dkmt_allocationresidencystatus) residency_status;	/* array is out */
};

/**
 * struct d3dkmt_setallocationpriority - rank a resource, or allocations, for eviction
 */
struct d3dkmt_setallocationpriority {
	struct d3dkmthandle device;
	struct d3dkmthandle resource;		/* 0 when a list is given */
	__d3dkmt_ptr(struct d3dkmthandle) allocation_list;
	__u32 allocation_count;			/* 0 when a resource is given */
	__u32 reserved;
	__d3dkmt_ptr(__u32) priorities;	/* one each, or one for the resource */
};

/**
 * struct d3dkmt_getallocationpriority - read what SetAllocationPriority set
 */
struct d3dkmt_getallocationpriority {
	struct d3dkmthandle device;
	struct d3dkmthandle resource;		/* 0 when a list is given */
	__d3dkmt_ptr(struct d3dkmthandle) allocation_list;
	__u32 allocation_count;			/* 0 when a resource is given */
	__u32 reserved;
	__d3dkmt_ptr(__u32) priorities;		/* array is out */
};

enum d3dkmt_offer_priority {
	_D3DKMT_OFFER_PRIORITY_LOW = 1,
	_D3DKMT_OFFER_PRIORITY_NORMAL = 2,
	_D3DKMT_OFFER_PRIORITY_HIGH = 3,
	_D3DKMT_OFFER_PRIORITY_AUTO = 4,
};

struct d3dkmt_offer_flags {
	__extension__ union {
		struct {
			__u32 offer_immediately:1;
			__u32 allow_decommit:1;
			__u32 reserved:30;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_offerallocations - allow the memory of resources or allocations to be discarded
 */
struct d3dkmt_offerallocations {
	struct d3dkmthandle device;
	__u32 reserved;
	__d3dkmt_ptr(struct d3dkmthandle) resources;	/* either this list ... */
	__d3dkmt_ptr(struct d3dkmthandle) allocations;	/* ... or this one */
	__u32 allocation_count;
	enum d3dkmt_offer_priority priority;
	struct d3dkmt_offer_flags flags;
	__u32 reserved1;
};

enum d3dddi_reclaim_result {
	_D3DDDI_RECLAIM_RESULT_OK = 0,
	_D3DDDI_RECLAIM_RESULT_DISCARDED = 1,
	_D3DDDI_RECLAIM_RESULT_NOT_COMMITTED = 2,
};

/**
 * struct d3dkmt_reclaimallocations2 - take an offer back and learn what was discarded meanwhile
 */
struct d3dkmt_reclaimallocations2 {
	struct d3dkmthandle paging_queue;
	__u32 allocation_count;
	__d3dkmt_ptr(struct d3dkmthandle) resources;	/* either this list ... */
	__d3dkmt_ptr(struct d3dkmthandle) allocations;	/* ... or this one */
	__extension__ union {			/* array is out; may be NULL */
		__d3dkmt_ptr(__u32) discarded;
		__d3dkmt_ptr(enum d3dddi_reclaim_result) results;
	};
	__u64 paging_fence_value;		/* out */
};

struct d3dddi_updateallocproperty_flags {
	__extension__ union {
		struct {
			__u32 accessed_physically:1;
			__u32 reserved:31;
		};
		__u32 value;
	};
};

/* Up to five memory segments in order of preference. */
struct d3dddi_segmentpreference {
	__extension__ union {
		struct {
			__u32 segment_id0:5;
			__u32 direction0:1;
			__u32 segment_id1:5;
			__u32 direction1:1;
			__u32 segment_id2:5;
			__u32 direction2:1;
			__u32 segment_id3:5;
			__u32 direction3:1;
			__u32 segment_id4:5;
			__u32 direction4:1;
			__u32 reserved:2;
		};
		__u32 value;
	};
};

/**
 * struct d3dddi_updateallocproperty - change where an allocation may be placed
 *
 * The mask in the last dword says which properties are meant.
 */
struct d3dddi_updateallocproperty {
	struct d3dkmthandle paging_queue;
	struct d3dkmthandle allocation;
	__u32 supported_segment_set;
	struct d3dddi_segmentpreference preferred_segment;
	struct d3dddi_updateallocproperty_flags flags;
	__u64 paging_fence_value;		/* out */
	__extension__ union {
		struct {
			__u32 set_accessed_physically:1;
			__u32 set_supported_segmentSet:1;
			__u32 set_preferred_segment:1;
			__u32 reserved:29;
		};
		__u32 property_mask_value;
	};
};

/* ---- GPU virtual address space --------------------------------------------------------------- */

struct d3dddigpuva_protection_type {
	__extension__ union {
		struct {
			__u64 write:1;
			__u64 execute:1;
			__u64 zero:1;
			__u64 no_access:1;
			__u64 system_use_only:1;
			__u64 reserved:59;
		};
		__u64 value;
	};
};

enum d3dddigpuva_reservation_type {
	_D3DDDIGPUVA_RESERVE_NO_ACCESS = 0,
	_D3DDDIGPUVA_RESERVE_ZERO = 1,
	_D3DDDIGPUVA_RESERVE_NO_COMMIT = 2,
};

/**
 * struct d3dddi_reservegpuvirtualaddress - set a GPU address range aside
 */
struct d3dddi_reservegpuvirtualaddress {
	struct d3dkmthandle adapter;		/* or a paging queue */
	__u64 base_address;
	__u64 minimum_address;
	__u64 maximum_address;
	__u64 size;				/* bytes */
	enum d3dddigpuva_reservation_type reservation_type;
	__u64 driver_protection;
	__u64 virtual_address;			/* out */
	__u64 paging_fence_value;		/* not written */
};

/**
 * struct d3dddi_mapgpuvirtualaddress - map an allocation, or a part of it, to GPU addresses
 *
 * Done when the paging queue's fence has reached paging_fence_value. Pages are 4 KiB.
 */
struct d3dddi_mapgpuvirtualaddress {
	struct d3dkmthandle paging_queue;
	__u64 base_address;			/* 0: anywhere */
	__u64 minimum_address;
	__u64 maximum_address;
	struct d3dkmthandle allocation;
	__u64 offset_in_pages;
	__u64 size_in_pages;
	struct d3dddigpuva_protection_type protection;
	__u64 driver_protection;
	__u32 reserved0;
	__u64 reserved1;
	__u64 virtual_address;			/* out */
	__u64 paging_fence_value;		/* out */
};

enum d3dddi_updategpuvirtualaddress_operation_type {
	_D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP = 0,
	_D3DDDI_UPDATEGPUVIRTUALADDRESS_UNMAP = 1,
	_D3DDDI_UPDATEGPUVIRTUALADDRESS_COPY = 2,
	_D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT = 3,
};

/* One step of an update; the operation names the member of the union. All units are bytes. */
struct d3dddi_updategpuvirtualaddress_operation {
	enum d3dddi_updategpuvirtualaddress_operation_type operation;
	__extension__ union {
		struct {
			__u64 base_address;
			__u64 size;
			struct d3dkmthandle allocation;
			__u64 allocation_offset;
			__u64 allocation_size;
		} map;
		struct {
			__u64 base_address;
			__u64 size;
			struct d3dkmthandle allocation;
			__u64 allocation_offset;
			__u64 allocation_size;
			struct d3dddigpuva_protection_type protection;
			__u64 driver_protection;
		} map_protect;
		struct {
			__u64 base_address;
			__u64 size;
			struct d3dddigpuva_protection_type protection;
		} unmap;
		struct {
			__u64 source_address;
			__u64 size;
			__u64 dest_address;
		} copy;
	};
};

/**
 * struct d3dkmt_updategpuvirtualaddress - change mappings in the order of a context's work
 */
struct d3dkmt_updategpuvirtualaddress {
	struct d3dkmthandle device;
	struct d3dkmthandle context;
	struct d3dkmthandle fence_object;
	__u32 num_operations;
	__d3dkmt_ptr(struct d3dddi_updategpuvirtualaddress_operation) operations;
	__u32 reserved0;
	__u32 reserved1;
	__u64 reserved2;
	__u64 fence_value;			/* in/out */
	__extension__ union {
		struct {
			__u32 do_not_wait:1;
			__u32 reserved:31;
		};
		__u32 value;
	} flags;
	__u32 reserved3;
};

/**
 * struct d3dkmt_freegpuvirtualaddress - give a GPU address range back, mapped or reserved
 */
struct d3dkmt_freegpuvirtualaddress {
	struct d3dkmthandle adapter;
	__u32 reserved;
	__u64 base_address;
	__u64 size;				/* bytes */
};

/* ---- Synchronization object ------------------------------------------------------------------ */

enum d3dddi_synchronizationobject_type {
	_D3DDDI_SYNCHRONIZATION_MUTEX = 1,
	_D3DDDI_SEMAPHORE = 2,
	_D3DDDI_FENCE = 3,
	_D3DDDI_CPU_NOTIFICATION = 4,
	_D3DDDI_MONITORED_FENCE = 5,
	_D3DDDI_PERIODIC_MONITORED_FENCE = 6,
	_D3DDDI_SYNCHRONIZATION_TYPE_LIMIT = 7,
};

struct d3dddi_synchronizationobject_flags {
	__extension__ union {
		struct {
			__u32 shared:1;
			__u32 nt_security_sharing:1;
			__u32 cross_adapter:1;
			__u32 top_of_pipeline:1;
			__u32 no_signal:1;
			__u32 no_wait:1;
			__u32 no_signal_max_value_on_tdr:1;
			__u32 no_gpu_access:1;
			__u32 reserved:23;
		};
		__u32 value;
	};
};

/* What to create; the type names the member of the union. */
struct d3dddi_synchronizationobjectinfo2 {
	enum d3dddi_synchronizationobject_type type;
	struct d3dddi_synchronizationobject_flags flags;
	__extension__ union {
		struct {
			__u32 initial_state;
		} synchronization_mutex;
		struct {
			__u32 max_count;
			__u32 initial_count;
		} semaphore;
		struct {
			__u64 fence_value;
		} fence;
		struct {
			__u64 event;		/* in/out: an eventfd, then its event id */
		} cpu_notification;
		struct {
			__u64 initial_fence_value;
			__d3dkmt_ptr(void) fence_cpu_virtual_address;	/* out */
			__u64 fence_gpu_virtual_address;		/* out */
			__u32 engine_affinity;
		} monitored_fence;
		struct {
			struct d3dkmthandle adapter;
			__u32 vidpn_target_id;
			__u64 time;
			__d3dkmt_ptr(void) fence_cpu_virtual_address;	/* out */
			__u64 fence_gpu_virtual_address;		/* out */
			__u32 engine_affinity;
		} periodic_monitored_fence;
		struct {
			__u64 reserved[8];
		} reserved;
	};
	struct d3dkmthandle shared_handle;	/* out */
};

/**
 * struct d3dkmt_createsynchronizationobject2 - make a fence or another synchronization object
 */
struct d3dkmt_createsynchronizationobject2 {
	struct d3dkmthandle device;
	__u32 reserved;
	struct d3dddi_synchronizationobjectinfo2 info;	/* in/out */
	struct d3dkmthandle sync_object;	/* out */
	__u32 reserved1;
};

/**
 * struct d3dkmt_destroysynchronizationobject - destroy what CreateSynchronizationObject2 made
 */
struct d3dkmt_destroysynchronizationobject {
	struct d3dkmthandle sync_object;
};

struct d3dddicb_signalflags {
	__extension__ union {
		struct {
			__u32 signal_at_submission:1;
			__u32 enqueue_cpu_event:1;
			__u32 allow_fence_rewind:1;
			__u32 reserved:28;
			__u32 DXGK_SIGNAL_FLAG_INTERNAL0:1;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_signalsynchronizationobject2 - queue a signal of legacy objects on contexts
 *
 * With flags.enqueue_cpu_event an eventfd is signalled as well, or alone.
 */
struct d3dkmt_signalsynchronizationobject2 {
	struct d3dkmthandle context;
	__u32 object_count;
	struct d3dkmthandle object_array[D3DDDI_MAX_OBJECT_SIGNALED];
	struct d3dddicb_signalflags flags;
	__u32 context_count;			/* contexts beside the first */
	struct d3dkmthandle contexts[D3DDDI_MAX_BROADCAST_CONTEXT];
	__extension__ union {
		struct {
			__u64 fence_value;
		} fence;
		__u64 cpu_event_handle;		/* eventfd */
		__u64 reserved[8];
	};
};

/**
 * struct d3dkmt_waitforsynchronizationobject2 - hold a context back until legacy objects signal
 */
struct d3dkmt_waitforsynchronizationobject2 {
	struct d3dkmthandle context;
	__u32 object_count;
	struct d3dkmthandle object_array[D3DDDI_MAX_OBJECT_WAITED_ON];
	__extension__ union {
		struct {
			__u64 fence_value;
		} fence;
		__u64 reserved[8];
	};
};

/**
 * struct d3dkmt_signalsynchronizationobjectfromcpu - signal objects now
 */
struct d3dkmt_signalsynchronizationobjectfromcpu {
	struct d3dkmthandle device;
	__u32 object_count;			/* 1..D3DDDI_MAX_OBJECT_SIGNALED */
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	__d3dkmt_ptr(__u64) fence_values;	/* one per object, or NULL */
	struct d3dddicb_signalflags flags;
};

struct d3dddi_waitforsynchronizationobjectfromcpu_flags {
	__extension__ union {
		struct {
			__u32 wait_any:1;
			__u32 reserved:31;
		};
		__u32 value;
	};
};

/**
 * struct d3dkmt_waitforsynchronizationobjectfromcpu - wait until fences have reached values
 *
 * Blocks the caller, or returns at once and signals an eventfd later.
 */
struct d3dkmt_waitforsynchronizationobjectfromcpu {
	struct d3dkmthandle device;
	__u32 object_count;
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	__d3dkmt_ptr(__u64) fence_values;	/* one per object */
	__u64 async_event;			/* eventfd; 0: block */
	struct d3dddi_waitforsynchronizationobjectfromcpu_flags flags;
};

/**
 * struct d3dkmt_signalsynchronizationobjectfromgpu - queue a signal behind a context's work
 */
struct d3dkmt_signalsynchronizationobjectfromgpu {
	struct d3dkmthandle context;
	__u32 object_count;
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	__extension__ union {
		__d3dkmt_ptr(__u64) monitored_fence_values;	/* one per object, or NULL */
		__u64 reserved[8];
	};
};

/**
 * struct d3dkmt_signalsynchronizationobjectfromgpu2 - queue a signal behind several contexts
 *
 * With flags.enqueue_cpu_event an eventfd takes the place of the objects.
 */
struct d3dkmt_signalsynchronizationobjectfromgpu2 {
	__u32 object_count;
	__u32 reserved1;
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	struct d3dddicb_signalflags flags;
	__u32 context_count;
	__d3dkmt_ptr(struct d3dkmthandle) contexts;
	__extension__ union {
		__u64 fence_value;		/* not used */
		__u64 cpu_event_handle;		/* eventfd */
		__d3dkmt_ptr(__u64) monitored_fence_values;	/* one per object, or NULL */
		__u64 reserved[8];
	};
};

/**
 * struct d3dkmt_waitforsynchronizationobjectfromgpu - hold a context back until fences signal
 *
 * The kind of the first object decides which member of the union is meant.
 */
struct d3dkmt_waitforsynchronizationobjectfromgpu {
	struct d3dkmthandle context;
	__u32 object_count;			/* 1..D3DDDI_MAX_OBJECT_WAITED_ON */
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	__extension__ union {
		__d3dkmt_ptr(__u64) monitored_fence_values;	/* one per object */
		__u64 fence_value;		/* one for all legacy objects */
		__u64 reserved[8];
	};
};

/**
 * struct d3dkmt_submitsignalsyncobjectstohwqueue - queue a signal behind hardware queues
 */
struct d3dkmt_submitsignalsyncobjectstohwqueue {
	struct d3dddicb_signalflags flags;
	__u32 hwqueue_count;
	__d3dkmt_ptr(struct d3dkmthandle) hwqueues;
	__u32 object_count;
	__u32 reserved;
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	__d3dkmt_ptr(__u64) fence_values;	/* one per object, or NULL */
};

/**
 * struct d3dkmt_submitwaitforsyncobjectstohwqueue - hold a hardware queue back until fences signal
 */
struct d3dkmt_submitwaitforsyncobjectstohwqueue {
	struct d3dkmthandle hwqueue;
	__u32 object_count;
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	__d3dkmt_ptr(__u64) fence_values;	/* one per object */
};

/* ---- Sharing between processes --------------------------------------------------------------- */

/* An "NT handle" of this interface is a file descriptor, widened to 64 bits. */

/**
 * struct d3dkmt_shareobjects - make a file descriptor that stands for a shareable object
 */
struct d3dkmt_shareobjects {
	__u32 object_count;			/* must be 1 */
	__u32 reserved;
	__d3dkmt_ptr(struct d3dkmthandle) objects;
	__d3dkmt_ptr(void) object_attr;		/* ignored */
	__u32 desired_access;			/* ignored */
	__u32 reserved1;
	__d3dkmt_ptr(__u64) shared_handle;	/* value is out */
};

/**
 * struct d3dkmt_opensyncobjectfromnthandle2 - open a synchronization object behind a descriptor
 */
struct d3dkmt_opensyncobjectfromnthandle2 {
	__u64 nt_handle;
	struct d3dkmthandle device;
	struct d3dddi_synchronizationobject_flags flags;
	struct d3dkmthandle sync_object;	/* out */
	__u32 reserved1;
	__extension__ union {
		struct {
			__d3dkmt_ptr(void) fence_value_cpu_va;	/* out */
			__u64 fence_value_gpu_va;		/* out */
			__u32 engine_affinity;
		} monitored_fence;
		__u64 reserved[8];
	};
};

/**
 * struct d3dkmt_opensynchronizationobject - open a synchronization object by its global handle
 *
 * Issued by libdxg only.
 */
struct d3dkmt_opensynchronizationobject {
	struct d3dkmthandle shared_handle;
	struct d3dkmthandle sync_object;	/* out */
	__u64 reserved[8];
};

/**
 * struct d3dkmt_queryresourceinfo - sizes needed to open a resource by its global handle
 *
 * Issued by libdxg only.
 */
struct d3dkmt_queryresourceinfo {
	struct d3dkmthandle device;
	struct d3dkmthandle global_share;
	__d3dkmt_ptr(void) private_runtime_data;
	__u32 private_runtime_data_size;	/* in/out */
	__u32 total_priv_drv_data_size;		/* out: sum over the allocations */
	__u32 resource_priv_drv_data_size;	/* out */
	__u32 allocation_count;			/* out */
};

/**
 * struct d3dkmt_queryresourceinfofromnthandle - sizes needed to open a resource behind a descriptor
 *
 * From here on the resource gains no more allocations.
 */
struct d3dkmt_queryresourceinfofromnthandle {
	struct d3dkmthandle device;
	__u32 reserved;
	__u64 nt_handle;
	__d3dkmt_ptr(void) private_runtime_data;	/* not touched */
	__u32 private_runtime_data_size;	/* out */
	__u32 total_priv_drv_data_size;		/* out: sum over the allocations */
	__u32 resource_priv_drv_data_size;	/* out */
	__u32 allocation_count;			/* out */
};

struct d3dddi_openallocationinfo {
	struct d3dkmthandle allocation;
	__d3dkmt_ptr(void) priv_drv_data;
	__u32 priv_drv_data_size;
};

/* An opened allocation; its private data lies in the caller's total_priv_drv_data. */
struct d3dddi_openallocationinfo2 {
	struct d3dkmthandle allocation;
	__d3dkmt_ptr(void) priv_drv_data;
	__u32 priv_drv_data_size;
	__u64 gpu_va;
	__u64 reserved[6];
};

/**
 * struct d3dkmt_openresource - open a resource by its global handle
 *
 * Issued by libdxg only.
 */
struct d3dkmt_openresource {
	struct d3dkmthandle device;
	struct d3dkmthandle global_share;
	__u32 allocation_count;
	__extension__ union {			/* array is out */
		__d3dkmt_ptr(struct d3dddi_openallocationinfo) open_alloc_info;
		__d3dkmt_ptr(struct d3dddi_openallocationinfo2) open_alloc_info2;
	};
	__d3dkmt_ptr(void) private_runtime_data;	/* buffer is out */
	__u32 private_runtime_data_size;
	__d3dkmt_ptr(void) resource_priv_drv_data;	/* buffer is out */
	__u32 resource_priv_drv_data_size;
	__d3dkmt_ptr(void) total_priv_drv_data;	/* buffer is out */
	__u32 total_priv_drv_data_size;		/* in/out: room, bytes used */
	struct d3dkmthandle resource;		/* out */
};

/**
 * struct d3dkmt_openresourcefromnthandle - open a resource behind a descriptor
 *
 * Buffers must hold at least what QueryResourceInfoFromNtHandle told.
 */
struct d3dkmt_openresourcefromnthandle {
	struct d3dkmthandle device;
	__u32 reserved;
	__u64 nt_handle;
	__u32 allocation_count;			/* must be the resource's */
	__u32 reserved1;
	__d3dkmt_ptr(struct d3dddi_openallocationinfo2) open_alloc_info;	/* array is out */
	int private_runtime_data_size;
	__u32 reserved2;
	__d3dkmt_ptr(void) private_runtime_data;	/* buffer is out */
	__u32 resource_priv_drv_data_size;
	__u32 reserved3;
	__d3dkmt_ptr(void) resource_priv_drv_data;	/* buffer is out */
	__u32 total_priv_drv_data_size;		/* in/out: room, bytes used */
	__d3dkmt_ptr(void) total_priv_drv_data;	/* buffer is out */
	struct d3dkmthandle resource;		/* out */
	struct d3dkmthandle keyed_mutex;
	__d3dkmt_ptr(void) keyed_mutex_private_data;
	__u32 keyed_mutex_private_data_size;
	struct d3dkmthandle sync_object;
};

/**
 * struct d3dkmt_getsharedresourceadapterluid - on which adapter is a shared resource
 *
 * Issued by libdxg only. The resource is named by a global handle or by a descriptor.
 */
struct d3dkmt_getsharedresourceadapterluid {
	struct d3dkmthandle global_share;
	__u64 nt_handle;
	struct winluid adapter_luid;		/* out */
};

/**
 * struct d3dkmt_shareobjectwithhost - make an object available to a process of the host
 */
struct d3dkmt_shareobjectwithhost {
	struct d3dkmthandle device_handle;
	struct d3dkmthandle object_handle;
	__u64 reserved;
	__u64 object_vail_nt_handle;		/* out: a number of the host */
};

/* ---- Linux sync_file ------------------------------------------------------------------------- */

/**
 * struct d3dkmt_createsyncfile - make a sync_file that signals when a fence reaches a value
 */
struct d3dkmt_createsyncfile {
	struct d3dkmthandle device;
	struct d3dkmthandle monitored_fence;
	__u64 fence_value;
	__u64 sync_file_handle;			/* out */
};

/**
 * struct d3dkmt_waitsyncfile - hold a context back until a sync_file signals
 */
struct d3dkmt_waitsyncfile {
	__u64 sync_file_handle;
	struct d3dkmthandle context;
	__u32 reserved;
};

/**
 * struct d3dkmt_opensyncobjectfromsyncfile - open the fence behind a sync_file
 */
struct d3dkmt_opensyncobjectfromsyncfile {
	__u64 sync_file_handle;
	struct d3dkmthandle device;
	struct d3dkmthandle syncobj;		/* out */
	__u64 fence_value;			/* out: what the file waits for */
	__d3dkmt_ptr(void) fence_value_cpu_va;	/* out */
	__u64 fence_value_gpu_va;		/* out */
};

/* ---- ioctl numbers --------------------------------------------------------------------------- */

/* libdxg issues 0x03, 0x17, 0x1a, 0x23, 0x28, 0x29, 0x2b and 0x2d; a driver may lack them. */

#define LX_DXOPENADAPTERFROMLUID		_IOWR('G', 0x01, struct d3dkmt_openadapterfromluid)
#define LX_DXCREATEDEVICE			_IOWR('G', 0x02, struct d3dkmt_createdevice)
#define LX_DXCREATECONTEXT			_IOWR('G', 0x03, struct d3dkmt_createcontext)
#define LX_DXCREATECONTEXTVIRTUAL		_IOWR('G', 0x04, struct d3dkmt_createcontextvirtual)
#define LX_DXDESTROYCONTEXT			_IOWR('G', 0x05, struct d3dkmt_destroycontext)
#define LX_DXCREATEALLOCATION			_IOWR('G', 0x06, struct d3dkmt_createallocation)
#define LX_DXCREATEPAGINGQUEUE			_IOWR('G', 0x07, struct d3dkmt_createpagingqueue)
#define LX_DXRESERVEGPUVIRTUALADDRESS \
	_IOWR('G', 0x08, struct d3dddi_reservegpuvirtualaddress)
#define LX_DXQUERYADAPTERINFO			_IOWR('G', 0x09, struct d3dkmt_queryadapterinfo)
#define LX_DXQUERYVIDEOMEMORYINFO		_IOWR('G', 0x0a, struct d3dkmt_queryvideomemoryinfo)
#define LX_DXMAKERESIDENT			_IOWR('G', 0x0b, struct d3dddi_makeresident)
#define LX_DXMAPGPUVIRTUALADDRESS		_IOWR('G', 0x0c, struct d3dddi_mapgpuvirtualaddress)
#define LX_DXESCAPE				_IOWR('G', 0x0d, struct d3dkmt_escape)
#define LX_DXGETDEVICESTATE			_IOWR('G', 0x0e, struct d3dkmt_getdevicestate)
#define LX_DXSUBMITCOMMAND			_IOWR('G', 0x0f, struct d3dkmt_submitcommand)
#define LX_DXCREATESYNCHRONIZATIONOBJECT \
	_IOWR('G', 0x10, struct d3dkmt_createsynchronizationobject2)
#define LX_DXSIGNALSYNCHRONIZATIONOBJECT \
	_IOWR('G', 0x11, struct d3dkmt_signalsynchronizationobject2)
#define LX_DXWAITFORSYNCHRONIZATIONOBJECT \
	_IOWR('G', 0x12, struct d3dkmt_waitforsynchronizationobject2)
#define LX_DXDESTROYALLOCATION2			_IOWR('G', 0x13, struct d3dkmt_destroyallocation2)
#define LX_DXENUMADAPTERS2			_IOWR('G', 0x14, struct d3dkmt_enumadapters2)
#define LX_DXCLOSEADAPTER			_IOWR('G', 0x15, struct d3dkmt_closeadapter)
#define LX_DXCHANGEVIDEOMEMORYRESERVATION \
	_IOWR('G', 0x16, struct d3dkmt_changevideomemoryreservation)
#define LX_DXCREATEHWCONTEXT			_IOWR('G', 0x17, struct d3dkmt_createhwcontext)
#define LX_DXCREATEHWQUEUE			_IOWR('G', 0x18, struct d3dkmt_createhwqueue)
#define LX_DXDESTROYDEVICE			_IOWR('G', 0x19, struct d3dkmt_destroydevice)
#define LX_DXDESTROYHWCONTEXT			_IOWR('G', 0x1a, struct d3dkmt_destroyhwcontext)
#define LX_DXDESTROYHWQUEUE			_IOWR('G', 0x1b, struct d3dkmt_destroyhwqueue)
#define LX_DXDESTROYPAGINGQUEUE			_IOWR('G', 0x1c, struct d3dddi_destroypagingqueue)
#define LX_DXDESTROYSYNCHRONIZATIONOBJECT \
	_IOWR('G', 0x1d, struct d3dkmt_destroysynchronizationobject)
#define LX_DXEVICT				_IOWR('G', 0x1e, struct d3dkmt_evict)
#define LX_DXFLUSHHEAPTRANSITIONS		_IOWR('G', 0x1f, struct d3dkmt_flushheaptransitions)
#define LX_DXFREEGPUVIRTUALADDRESS \
	_IOWR('G', 0x20, struct d3dkmt_freegpuvirtualaddress)
#define LX_DXGETCONTEXTINPROCESSSCHEDULINGPRIORITY \
	_IOWR('G', 0x21, struct d3dkmt_getcontextinprocessschedulingpriority)
#define LX_DXGETCONTEXTSCHEDULINGPRIORITY \
	_IOWR('G', 0x22, struct d3dkmt_getcontextschedulingpriority)
#define LX_DXGETSHAREDRESOURCEADAPTERLUID \
	_IOWR('G', 0x23, struct d3dkmt_getsharedresourceadapterluid)
#define LX_DXINVALIDATECACHE			_IOWR('G', 0x24, struct d3dkmt_invalidatecache)
#define LX_DXLOCK2				_IOWR('G', 0x25, struct d3dkmt_lock2)
#define LX_DXMARKDEVICEASERROR			_IOWR('G', 0x26, struct d3dkmt_markdeviceaserror)
#define LX_DXOFFERALLOCATIONS			_IOWR('G', 0x27, struct d3dkmt_offerallocations)
#define LX_DXOPENRESOURCE			_IOWR('G', 0x28, struct d3dkmt_openresource)
#define LX_DXOPENSYNCHRONIZATIONOBJECT \
	_IOWR('G', 0x29, struct d3dkmt_opensynchronizationobject)
#define LX_DXQUERYALLOCATIONRESIDENCY \
	_IOWR('G', 0x2a, struct d3dkmt_queryallocationresidency)
#define LX_DXQUERYRESOURCEINFO			_IOWR('G', 0x2b, struct d3dkmt_queryresourceinfo)
#define LX_DXRECLAIMALLOCATIONS2		_IOWR('G', 0x2c, struct d3dkmt_reclaimallocations2)
#define LX_DXRENDER				_IOWR('G', 0x2d, struct d3dkmt_render)
#define LX_DXSETALLOCATIONPRIORITY \
	_IOWR('G', 0x2e, struct d3dkmt_setallocationpriority)
#define LX_DXSETCONTEXTINPROCESSSCHEDULINGPRIORITY \
	_IOWR('G', 0x2f, struct d3dkmt_setcontextinprocessschedulingpriority)
#define LX_DXSETCONTEXTSCHEDULINGPRIORITY \
	_IOWR('G', 0x30, struct d3dkmt_setcontextschedulingpriority)
#define LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU \
	_IOWR('G', 0x31, struct d3dkmt_signalsynchronizationobjectfromcpu)
#define LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU \
	_IOWR('G', 0x32, struct d3dkmt_signalsynchronizationobjectfromgpu)
#define LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2 \
	_IOWR('G', 0x33, struct d3dkmt_signalsynchronizationobjectfromgpu2)
#define LX_DXSUBMITCOMMANDTOHWQUEUE \
	_IOWR('G', 0x34, struct d3dkmt_submitcommandtohwqueue)
#define LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE \
	_IOWR('G', 0x35, struct d3dkmt_submitsignalsyncobjectstohwqueue)
#define LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE \
	_IOWR('G', 0x36, struct d3dkmt_submitwaitforsyncobjectstohwqueue)
#define LX_DXUNLOCK2				_IOWR('G', 0x37, struct d3dkmt_unlock2)
#define LX_DXUPDATEALLOCPROPERTY		_IOWR('G', 0x38, struct d3dddi_updateallocproperty)
#define LX_DXUPDATEGPUVIRTUALADDRESS \
	_IOWR('G', 0x39, struct d3dkmt_updategpuvirtualaddress)
#define LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU \
	_IOWR('G', 0x3a, struct d3dkmt_waitforsynchronizationobjectfromcpu)
#define LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU \
	_IOWR('G', 0x3b, struct d3dkmt_waitforsynchronizationobjectfromgpu)
#define LX_DXGETALLOCATIONPRIORITY \
	_IOWR('G', 0x3c, struct d3dkmt_getallocationpriority)
#define LX_DXQUERYCLOCKCALIBRATION \
	_IOWR('G', 0x3d, struct d3dkmt_queryclockcalibration)
#define LX_DXENUMADAPTERS3			_IOWR('G', 0x3e, struct d3dkmt_enumadapters3)
#define LX_DXSHAREOBJECTS			_IOWR('G', 0x3f, struct d3dkmt_shareobjects)
#define LX_DXOPENSYNCOBJECTFROMNTHANDLE2 \
	_IOWR('G', 0x40, struct d3dkmt_opensyncobjectfromnthandle2)
#define LX_DXQUERYRESOURCEINFOFROMNTHANDLE \
	_IOWR('G', 0x41, struct d3dkmt_queryresourceinfofromnthandle)
#define LX_DXOPENRESOURCEFROMNTHANDLE \
	_IOWR('G', 0x42, struct d3dkmt_openresourcefromnthandle)
#define LX_DXQUERYSTATISTICS			_IOWR('G', 0x43, struct d3dkmt_querystatistics)
#define LX_DXSHAREOBJECTWITHHOST		_IOWR('G', 0x44, struct d3dkmt_shareobjectwithhost)
#define LX_DXCREATESYNCFILE			_IOWR('G', 0x45, struct d3dkmt_createsyncfile)
#define LX_DXWAITSYNCFILE			_IOWR('G', 0x46, struct d3dkmt_waitsyncfile)
#define LX_DXOPENSYNCOBJECTFROMSYNCFILE \
	_IOWR('G', 0x47, struct d3dkmt_opensyncobjectfromsyncfile)
#define LX_DXENUMPROCESSES			_IOWR('G', 0x48, struct d3dkmt_enumprocesses)
#define LX_ISFEATUREENABLED			_IOWR('G', 0x49, struct d3dkmt_isfeatureenabled)

/* ---- Sizes ----------------------------------------------------------------------------------- */

#ifdef __cplusplus
#define __d3dkmt_assert_size(name, size) static_assert(sizeof(struct name) == (size), #name)
#else
#define __d3dkmt_assert_size(name, size) _Static_assert(sizeof(struct name) == (size), #name)
#endif

__d3dkmt_assert_size(d3dkmt_openadapterfromluid, 12);
__d3dkmt_assert_size(d3dkmt_createdevice, 64);
__d3dkmt_assert_size(d3dkmt_createcontext, 96);
__d3dkmt_assert_size(d3dkmt_createcontextvirtual, 40);
__d3dkmt_assert_size(d3dkmt_destroycontext, 4);
__d3dkmt_assert_size(d3dkmt_createallocation, 72);
__d3dkmt_assert_size(d3dkmt_createpagingqueue, 32);
__d3dkmt_assert_size(d3dddi_reservegpuvirtualaddress, 72);
__d3dkmt_assert_size(d3dkmt_queryadapterinfo, 24);
__d3dkmt_assert_size(d3dkmt_queryvideomemoryinfo, 56);
__d3dkmt_assert_size(d3dddi_makeresident, 48);
__d3dkmt_assert_size(d3dddi_mapgpuvirtualaddress, 104);
__d3dkmt_assert_size(d3dkmt_escape, 32);
__d3dkmt_assert_size(d3dkmt_getdevicestate, 56);
__d3dkmt_assert_size(d3dkmt_submitcommand, 384);
__d3dkmt_assert_size(d3dkmt_createsynchronizationobject2, 96);
__d3dkmt_assert_size(d3dkmt_signalsynchronizationobject2, 464);
__d3dkmt_assert_size(d3dkmt_waitforsynchronizationobject2, 200);
__d3dkmt_assert_size(d3dkmt_destroyallocation2, 24);
__d3dkmt_assert_size(d3dkmt_enumadapters2, 16);
__d3dkmt_assert_size(d3dkmt_closeadapter, 4);
__d3dkmt_assert_size(d3dkmt_changevideomemoryreservation, 32);
__d3dkmt_assert_size(d3dkmt_createhwcontext, 40);
__d3dkmt_assert_size(d3dkmt_createhwqueue, 48);
__d3dkmt_assert_size(d3dkmt_destroydevice, 4);
__d3dkmt_assert_size(d3dkmt_destroyhwcontext, 4);
__d3dkmt_assert_size(d3dkmt_destroyhwqueue, 4);
__d3dkmt_assert_size(d3dddi_destroypagingqueue, 4);
__d3dkmt_assert_size(d3dkmt_destroysynchronizationobject, 4);
__d3dkmt_assert_size(d3dkmt_evict, 32);
__d3dkmt_assert_size(d3dkmt_flushheaptransitions, 4);
__d3dkmt_assert_size(d3dkmt_freegpuvirtualaddress, 24);
__d3dkmt_assert_size(d3dkmt_getcontextinprocessschedulingpriority, 8);
__d3dkmt_assert_size(d3dkmt_getcontextschedulingpriority, 8);
__d3dkmt_assert_size(d3dkmt_getsharedresourceadapterluid, 24);
__d3dkmt_assert_size(d3dkmt_invalidatecache, 24);
__d3dkmt_assert_size(d3dkmt_lock2, 24);
__d3dkmt_assert_size(d3dkmt_markdeviceaserror, 8);
__d3dkmt_assert_size(d3dkmt_offerallocations, 40);
__d3dkmt_assert_size(d3dkmt_openresource, 72);
__d3dkmt_assert_size(d3dkmt_opensynchronizationobject, 72);
__d3dkmt_assert_size(d3dkmt_queryallocationresidency, 32);
__d3dkmt_assert_size(d3dkmt_queryresourceinfo, 32);
__d3dkmt_assert_size(d3dkmt_reclaimallocations2, 40);
__d3dkmt_assert_size(d3dkmt_render, 368);
__d3dkmt_assert_size(d3dkmt_setallocationpriority, 32);
__d3dkmt_assert_size(d3dkmt_setcontextinprocessschedulingpriority, 8);
__d3dkmt_assert_size(d3dkmt_setcontextschedulingpriority, 8);
__d3dkmt_assert_size(d3dkmt_signalsynchronizationobjectfromcpu, 32);
__d3dkmt_assert_size(d3dkmt_signalsynchronizationobjectfromgpu, 80);
__d3dkmt_assert_size(d3dkmt_signalsynchronizationobjectfromgpu2, 96);
__d3dkmt_assert_size(d3dkmt_submitcommandtohwqueue, 56);
__d3dkmt_assert_size(d3dkmt_submitsignalsyncobjectstohwqueue, 40);
__d3dkmt_assert_size(d3dkmt_submitwaitforsyncobjectstohwqueue, 24);
__d3dkmt_assert_size(d3dkmt_unlock2, 8);
__d3dkmt_assert_size(d3dddi_updateallocproperty, 40);
__d3dkmt_assert_size(d3dkmt_updategpuvirtualaddress, 56);
__d3dkmt_assert_size(d3dkmt_waitforsynchronizationobjectfromcpu, 40);
__d3dkmt_assert_size(d3dkmt_waitforsynchronizationobjectfromgpu, 80);
__d3dkmt_assert_size(d3dkmt_getallocationpriority, 32);
__d3dkmt_assert_size(d3dkmt_queryclockcalibration, 40);
__d3dkmt_assert_size(d3dkmt_enumadapters3, 24);
__d3dkmt_assert_size(d3dkmt_shareobjects, 40);
__d3dkmt_assert_size(d3dkmt_opensyncobjectfromnthandle2, 88);
__d3dkmt_assert_size(d3dkmt_queryresourceinfofromnthandle, 40);
__d3dkmt_assert_size(d3dkmt_openresourcefromnthandle, 104);
__d3dkmt_assert_size(d3dkmt_querystatistics, 808);
__d3dkmt_assert_size(d3dkmt_shareobjectwithhost, 24);
__d3dkmt_assert_size(d3dkmt_createsyncfile, 24);
__d3dkmt_assert_size(d3dkmt_waitsyncfile, 16);
__d3dkmt_assert_size(d3dkmt_opensyncobjectfromsyncfile, 40);
__d3dkmt_assert_size(d3dkmt_enumprocesses, 24);
__d3dkmt_assert_size(d3dkmt_isfeatureenabled, 12);

#undef __d3dkmt_assert_size
#undef __d3dkmt_ptr

#endif /* _UAPI_MISC_D3DKMTHK_H */

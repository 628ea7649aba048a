/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * message.h - messages of the published guest-to-host protocol (interface version 40), as far as
 * they are carried today. Layouts: specification sections 2.2, 2.3 and 4; the payload of a ring
 * packet (ring.h) is exactly such a message.
 *
 * Guest to host: struct dxg_msg_ext, then a 24-byte command header, then the body. Structures below
 * start at the command header, so that offsets read as in the specification. Replies and
 * host-to-guest messages have no ext header; a reply has no header at all.
 *
 * Variable parts ("tail") follow at the stated offset without alignment: copy them byte-wise.
 * Embedded ioctl structures carry no user pointers: the sender zeroes them.
 */
#ifndef DXGWIRE_MESSAGE_H
#define DXGWIRE_MESSAGE_H

#include "../uapi/misc/d3dkmthk.h"
#include "limits.h"
#include "types.h"

/** enum dxg_msg_channel - channel_type of a command header. */
enum dxg_msg_channel {
	DXG_MSG_VGPU_TO_HOST = 0,
	DXG_MSG_VM_TO_HOST = 1,
	DXG_MSG_HOST_TO_VM = 2,
};

#define DXG_MSG_ASYNC (1u << 8) /* in dxg_msg_vgpu.channel_async */

/** enum dxg_msg_vm_type - command_type of global messages. */
enum dxg_msg_vm_type {
	DXG_MSG_CREATEPROCESS = 1000,
	DXG_MSG_DESTROYPROCESS = 1001,
	DXG_MSG_OPENSYNCOBJECT = 1002,
	DXG_MSG_DESTROYSYNCOBJECT = 1003,
	DXG_MSG_CREATENTSHAREDOBJECT = 1004,
	DXG_MSG_DESTROYNTSHAREDOBJECT = 1005,
	DXG_MSG_SETIOSPACEREGION = 1010,
	DXG_MSG_SHAREOBJECTWITHHOST = 1021,
	DXG_MSG_ISFEATUREENABLED_GLOBAL = 1022,
	DXG_MSG_IMPORTSHARE = 1064, /* own extension: DXG_HOSTCAP_SHARE_LINKS */
	DXG_MSG_QUERYSHAREDRESOURCE = 1065, /* own extension: the same */
};

/** enum dxg_msg_vgpu_type - command_type of adapter messages. */
enum dxg_msg_vgpu_type {
	DXG_MSG_CREATEDEVICE = 0,
	DXG_MSG_DESTROYDEVICE = 1,
	DXG_MSG_QUERYADAPTERINFO = 2,
	DXG_MSG_CREATEALLOCATION = 4,
	DXG_MSG_DESTROYALLOCATION = 5,
	DXG_MSG_CREATECONTEXTVIRTUAL = 6,
	DXG_MSG_DESTROYCONTEXT = 7,
	DXG_MSG_CREATESYNCOBJECT = 8,
	DXG_MSG_CREATEPAGINGQUEUE = 9,
	DXG_MSG_DESTROYPAGINGQUEUE = 10,
	DXG_MSG_MAKERESIDENT = 11,
	DXG_MSG_EVICT = 12,
	DXG_MSG_ESCAPE = 13,
	DXG_MSG_OPENADAPTER = 14,
	DXG_MSG_CLOSEADAPTER = 15,
	DXG_MSG_FREEGPUVIRTUALADDRESS = 16,
	DXG_MSG_MAPGPUVIRTUALADDRESS = 17,
	DXG_MSG_RESERVEGPUVIRTUALADDRESS = 18,
	DXG_MSG_UPDATEGPUVIRTUALADDRESS = 19,
	DXG_MSG_SUBMITCOMMAND = 20,
	DXG_MSG_QUERYVIDEOMEMORYINFO = 21,
	DXG_MSG_WAITFORSYNCOBJECTFROMCPU = 22,
	DXG_MSG_LOCK2 = 23,
	DXG_MSG_UNLOCK2 = 24,
	DXG_MSG_WAITFORSYNCOBJECTFROMGPU = 25,
	DXG_MSG_SIGNALSYNCOBJECT = 26,
	DXG_MSG_GETDEVICESTATE = 28,
	DXG_MSG_MARKDEVICEASERROR = 29,
	DXG_MSG_OPENRESOURCE = 32,
	DXG_MSG_SETCONTEXTSCHEDULINGPRIORITY = 33,
	DXG_MSG_GETINTERNALADAPTERINFO = 36,
	DXG_MSG_FLUSHHEAPTRANSITIONS = 37,
	DXG_MSG_DDIGETSTANDARDALLOCATIONDRIVERDATA = 39,
	DXG_MSG_QUERYALLOCATIONRESIDENCY = 41,
	DXG_MSG_FLUSHDEVICE = 42,
	DXG_MSG_SETEXISTINGSYSMEMSTORE = 45,
	DXG_MSG_QUERYSTATISTICS = 48,
	DXG_MSG_CHANGEVIDEOMEMORYRESERVATION = 49,
	DXG_MSG_CREATEHWQUEUE = 50,
	DXG_MSG_DESTROYHWQUEUE = 51,
	DXG_MSG_SUBMITCOMMANDTOHWQUEUE = 52,
	DXG_MSG_UPDATEALLOCATIONPROPERTY = 56,
	DXG_MSG_OFFERALLOCATIONS = 57,
	DXG_MSG_RECLAIMALLOCATIONS = 58,
	DXG_MSG_SETALLOCATIONPRIORITY = 59,
	DXG_MSG_GETALLOCATIONPRIORITY = 60,
	DXG_MSG_GETCONTEXTSCHEDULINGPRIORITY = 61,
	DXG_MSG_QUERYCLOCKCALIBRATION = 62,
	DXG_MSG_SETEXISTINGSYSMEMPAGES = 66,
	DXG_MSG_INVALIDATECACHE = 67,
	DXG_MSG_ISFEATUREENABLED = 68,
};

/** enum dxg_msg_host_type - command_type of host-to-guest messages (global channel only). */
enum dxg_msg_host_type {
	DXG_MSG_SIGNALGUESTEVENT = 0,
	DXG_MSG_SETGUESTDATA = 2,
};

#define DXG_MSG_FLUSH_DEVICE_TERMINATE 4u

/** struct dxg_msg_ext - starts every guest-to-host message. @command_offset is 16. */
struct dxg_msg_ext {
	__u32 command_offset;
	__u32 reserved;
	__u32 vgpu_luid_low;
	__u32 vgpu_luid_high;
};
DXG_ASSERT_SIZE(struct dxg_msg_ext, 16);

/**
 * struct dxg_msg_header - command header of all three families.
 * @command_id: zero
 * @process: host process handle, 0 where section 2.3 says so
 * @channel: bits 0-7 enum dxg_msg_channel, bit 8 DXG_MSG_ASYNC (adapter messages), rest zero
 * @type: command type of that family
 * @pad: zero
 */
struct dxg_msg_header {
	__u64 command_id;
	__u32 process;
	__u32 channel;
	__u32 type;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_header, 24);

/** struct dxg_msg_status - the reply of messages that have nothing else to say. */
struct dxg_msg_status {
	__s32 status;
};
DXG_ASSERT_SIZE(struct dxg_msg_status, 4);

/* ---- global channel ---- */

/** struct dxg_msg_createprocess - 1000. @cookie is opaque to the host. */
struct dxg_msg_createprocess {
	struct dxg_msg_header h;
	__u64 cookie;
	__u64 process_id;
	__u16 name[DXG_PROCESS_NAME_MAX + 1];
	__u8 flags; /* bit 3: linux_process, the only one set */
	__u8 pad[5];
};
DXG_ASSERT_SIZE(struct dxg_msg_createprocess, 568);
DXG_ASSERT_OFFSET(struct dxg_msg_createprocess, flags, 562);

#define DXG_MSG_PROCESS_LINUX (1u << 3)

/** struct dxg_msg_createprocess_return - @process 0 is failure. */
struct dxg_msg_createprocess_return {
	__u32 process;
};
DXG_ASSERT_SIZE(struct dxg_msg_createprocess_return, 4);

/** struct dxg_msg_setiospaceregion - 1010. Where the guest sees the IO space. Reply: status. */
struct dxg_msg_setiospaceregion {
	struct dxg_msg_header h;
	__u64 start;
	__u64 length;
	__u32 shared_page_gpadl; /* zero */
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_setiospaceregion, 48);

/**
 * struct dxg_msg_handle - header and one handle: DESTROYSYNCOBJECT (1003), DESTROYNTSHAREDOBJECT
 * (1005), DESTROYDEVICE (1), DESTROYCONTEXT (7), DESTROYHWQUEUE (51), DESTROYPAGINGQUEUE (10),
 * CLOSEADAPTER (15). Reply: status; the last two are answered with an empty payload.
 * CREATENTSHAREDOBJECT (1004), whose reply is a handle: struct dxg_msg_handle_return.
 * @h: of every message
 * @handle: which object
 * @pad: zero
 */
struct dxg_msg_handle {
	struct dxg_msg_header h;
	__u32 handle;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_handle, 32);

/** struct dxg_msg_opensyncobject - 1002. @engine_affinity: of monitored types, else 0. */
struct dxg_msg_opensyncobject {
	struct dxg_msg_header h;
	__u32 device;
	__u32 global_sync_object;
	__u32 engine_affinity;
	struct d3dddi_synchronizationobject_flags flags;
};
DXG_ASSERT_SIZE(struct dxg_msg_opensyncobject, 40);

/** struct dxg_msg_opensyncobject_return - @fence_storage_address lies in the IO space. */
struct dxg_msg_opensyncobject_return {
	__u32 sync_object;
	__s32 status;
	__u64 fence_gpu_va;
	__u64 fence_storage_address;
};
DXG_ASSERT_SIZE(struct dxg_msg_opensyncobject_return, 24);

/** struct dxg_msg_shareobjectwithhost - 1021. */
struct dxg_msg_shareobjectwithhost {
	struct dxg_msg_header h;
	__u32 device;
	__u32 object;
	__u64 reserved; /* zero */
};
DXG_ASSERT_SIZE(struct dxg_msg_shareobjectwithhost, 40);

struct dxg_msg_shareobjectwithhost_return {
	__s32 status;
	__u32 pad;
	__u64 vail_nt_handle;
};
DXG_ASSERT_SIZE(struct dxg_msg_shareobjectwithhost_return, 16);

/**
 * struct dxg_msg_importshare - 1064, own extension: an NT handle in this session for the shared
 * object whose descriptor holds @token (struct dxg_share_record of attach.h). It ends with
 * DESTROYNTSHAREDOBJECT, and serves OPENSYNCOBJECT and OPENRESOURCE.
 * @h: of every message
 * @token: names the object
 */
struct dxg_msg_importshare {
	struct dxg_msg_header h;
	__u8 token[16];
};
DXG_ASSERT_SIZE(struct dxg_msg_importshare, 40);

/** struct dxg_msg_importshare_return - @kind: enum dxg_share_kind. */
struct dxg_msg_importshare_return {
	__s32 status;
	__u32 nt_handle;
	__u32 kind;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_importshare_return, 16);

/**
 * struct dxg_msg_querysharedresource - 1065, own extension: what openers of a shared resource get,
 * where no kernel module keeps it.
 * @h: of every message
 * @nt_handle: names the resource
 * @pad: zero
 */
struct dxg_msg_querysharedresource {
	struct dxg_msg_header h;
	__u32 nt_handle;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_querysharedresource, 32);

/**
 * struct dxg_msg_querysharedresource_return - @allocation_count of struct dxg_msg_shared_part
 * follow, then the data: runtime's, resource's, allocations', back to back.
 * @status: NTSTATUS
 * @allocation_count: of the resource
 * @private_runtime_data_size: bytes
 * @resource_priv_drv_data_size: bytes
 * @total_priv_drv_data_size: bytes, of all allocations together
 * @pad: zero
 */
struct dxg_msg_querysharedresource_return {
	__s32 status;
	__u32 allocation_count;
	__u32 private_runtime_data_size;
	__u32 resource_priv_drv_data_size;
	__u32 total_priv_drv_data_size;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_querysharedresource_return, 24);

/** struct dxg_msg_shared_part - one allocation: its bytes, and those of its private data. */
struct dxg_msg_shared_part {
	__u64 size;
	__u32 priv_drv_data_size;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_shared_part, 16);

/** struct dxg_msg_isfeatureenabled - 1022 (global), 68 (of an adapter). */
struct dxg_msg_isfeatureenabled {
	struct dxg_msg_header h;
	__u32 feature_id;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_isfeatureenabled, 32);

/** struct dxg_msg_isfeatureenabled_return - @descriptor: what the host's driver says of it. */
struct dxg_msg_isfeatureenabled_return {
	__s32 status;
	__u16 descriptor[3];
	__u16 version;
	__u16 flags; /* as struct dxgk_isfeatureenabled_result */
	__u16 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_isfeatureenabled_return, 16);
DXG_ASSERT_OFFSET(struct dxg_msg_isfeatureenabled_return, version, 10);

/* ---- adapter messages ---- */

/** struct dxg_msg_openadapter - 14. */
struct dxg_msg_openadapter {
	struct dxg_msg_header h;
	__u32 interface_version;
	__u32 last_compatible_version;
	__u32 guest_luid_low;
	__u32 guest_luid_high;
};
DXG_ASSERT_SIZE(struct dxg_msg_openadapter, 40);

struct dxg_msg_openadapter_return {
	__u32 adapter;
	__s32 status;
	__u32 interface_version;
	__u32 last_compatible_version;
};
DXG_ASSERT_SIZE(struct dxg_msg_openadapter_return, 16);

#define DXG_MSG_ADAPTER_ASYNC (1u << 6) /* async_msg_enabled */

/** struct dxg_msg_getinternaladapterinfo_return - 36 (request: header only). */
struct dxg_msg_getinternaladapterinfo_return {
	__u32 device_types;
	__u32 driver_store_copy_mode;
	__u32 driver_ddi_version;
	__u32 flags; /* DXG_MSG_ADAPTER_* */
	__u32 host_adapter_luid_low;
	__u32 host_adapter_luid_high;
	__u16 device_description[80];
	__u16 device_instance_id[260];
	__u32 host_vgpu_luid_low;
	__u32 host_vgpu_luid_high;
};
DXG_ASSERT_SIZE(struct dxg_msg_getinternaladapterinfo_return, 712);

/** struct dxg_msg_createdevice - 0. @cookie comes back in SETGUESTDATA when a device's state
 * changes. */
struct dxg_msg_createdevice {
	struct dxg_msg_header h;
	struct d3dkmt_createdeviceflags flags;
	__u8 cdd_device;
	__u8 pad[3];
	__u64 cookie;
};
DXG_ASSERT_SIZE(struct dxg_msg_createdevice, 40);

/** struct dxg_msg_handle_return - replies of one handle: CREATEDEVICE. 0 is failure. */
struct dxg_msg_handle_return {
	__u32 handle;
};
DXG_ASSERT_SIZE(struct dxg_msg_handle_return, 4);

/** struct dxg_msg_flushdevice - 42. Reply: status, once the device's work is done. */
struct dxg_msg_flushdevice {
	struct dxg_msg_header h;
	__u32 device;
	__u32 reason;
};
DXG_ASSERT_SIZE(struct dxg_msg_flushdevice, 32);

/** struct dxg_msg_queryadapterinfo - 2. Tail: @size bytes at 32 and up to 7 bytes of slack. */
struct dxg_msg_queryadapterinfo {
	struct dxg_msg_header h;
	__u32 query_type;
	__u32 size;
};
DXG_ASSERT_SIZE(struct dxg_msg_queryadapterinfo, 32);
/* Reply: struct dxg_msg_status, then the same number of data bytes at 4. */

/** struct dxg_msg_createallocation - 4. Tail at 64: see specification section 4.2. */
struct dxg_msg_createallocation {
	struct dxg_msg_header h;
	__u32 device;
	__u32 resource;
	__u32 private_runtime_data_size;
	__u32 priv_drv_data_size;
	__u32 alloc_count;
	struct d3dkmt_createallocationflags flags;
	__u64 private_runtime_resource_handle;
	__u8 make_resident;
	__u8 pad[7];
};
DXG_ASSERT_SIZE(struct dxg_msg_createallocation, 64);

/** struct dxg_msg_allocinfo - one allocation of CREATEALLOCATION, packed at 64 + 12 * i. */
struct dxg_msg_allocinfo {
	__u32 flags;
	__u32 priv_drv_data_size;
	__u32 vidpn_source_id;
};
DXG_ASSERT_SIZE(struct dxg_msg_allocinfo, 12);

#define DXG_MSG_ALLOC_CACHED (1u << 19) /* in allocation_flags: map write-back */

struct dxg_msg_allocinfo_return {
	__u32 allocation;
	__u32 priv_drv_data_size;
	__u32 allocation_flags;
	__u32 pad;
	__u64 allocation_size;
	__u8 driver_info[48];
};
DXG_ASSERT_SIZE(struct dxg_msg_allocinfo_return, 72);

/** struct dxg_msg_createallocation_return - then n allocinfo_return at 16, then private data. */
struct dxg_msg_createallocation_return {
	struct d3dkmt_createallocationflags flags;
	__u32 resource;
	__u32 global_share;
	__u32 vgpu_flags;
};
DXG_ASSERT_SIZE(struct dxg_msg_createallocation_return, 16);

/** struct dxg_msg_destroyallocation - 5. Tail: handles at 40, 8 bytes of slack. Reply: status. */
struct dxg_msg_destroyallocation {
	struct dxg_msg_header h;
	__u32 device;
	__u32 resource;
	__u32 alloc_count;
	struct d3dddicb_destroyallocation2flags flags;
};
DXG_ASSERT_SIZE(struct dxg_msg_destroyallocation, 40);

/** struct dxg_msg_createcontextvirtual - 6. Tail: private data at 52. Reply: the same, updated. */
struct dxg_msg_createcontextvirtual {
	struct dxg_msg_header h;
	__u32 context;
	__u32 device;
	__u32 node_ordinal;
	__u32 engine_affinity;
	struct d3dddi_createcontextflags flags;
	__u32 client_hint;
	__u32 priv_drv_data_size;
	__u8 priv_drv_data[4];
};
DXG_ASSERT_SIZE(struct dxg_msg_createcontextvirtual, 56);
DXG_ASSERT_OFFSET(struct dxg_msg_createcontextvirtual, priv_drv_data, 52);

/** struct dxg_msg_createsyncobject - 8. */
struct dxg_msg_createsyncobject {
	struct dxg_msg_header h;
	struct d3dkmt_createsynchronizationobject2 args;
	__u32 client_hint;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_createsyncobject, 128);

/** struct dxg_msg_createsyncobject_return - @fence_storage_address lies in the IO space. */
struct dxg_msg_createsyncobject_return {
	__u32 sync_object;
	__u32 global_sync_object;
	__u64 fence_gpu_va;
	__u64 fence_storage_address;
	__u32 fence_storage_offset;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_createsyncobject_return, 32);

/** struct dxg_msg_createpagingqueue - 9. */
struct dxg_msg_createpagingqueue {
	struct dxg_msg_header h;
	struct d3dkmt_createpagingqueue args;
};
DXG_ASSERT_SIZE(struct dxg_msg_createpagingqueue, 56);

struct dxg_msg_createpagingqueue_return {
	__u32 paging_queue;
	__u32 sync_object;
	__u64 fence_storage_physical_address;
	__u64 fence_storage_offset;
};
DXG_ASSERT_SIZE(struct dxg_msg_createpagingqueue_return, 24);

/** struct dxg_msg_makeresident - 11. Tail: handles at 40, 4 bytes of slack. @device is 0. */
struct dxg_msg_makeresident {
	struct dxg_msg_header h;
	__u32 device;
	__u32 paging_queue;
	struct d3dddi_makeresident_flags flags;
	__u32 alloc_count;
};
DXG_ASSERT_SIZE(struct dxg_msg_makeresident, 40);

struct dxg_msg_makeresident_return {
	__u64 paging_fence_value;
	__u64 num_bytes_to_trim;
	__s32 status;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_makeresident_return, 24);

/** struct dxg_msg_evict - 12. Tail: handles at 36 (DXG_MSG_EVICT_TAIL). */
struct dxg_msg_evict {
	struct dxg_msg_header h;
	__u32 device;
	struct d3dddi_evict_flags flags;
	__u32 alloc_count;
	__u32 first_allocation;
};
DXG_ASSERT_SIZE(struct dxg_msg_evict, 40);
#define DXG_MSG_EVICT_TAIL 36u

struct dxg_msg_evict_return {
	__u64 num_bytes_to_trim;
};
DXG_ASSERT_SIZE(struct dxg_msg_evict_return, 8);

/** struct dxg_msg_escape - 13. Tail: data at 48, up to 7 bytes of slack. Reply: the data alone. */
struct dxg_msg_escape {
	struct dxg_msg_header h;
	__u32 adapter;
	__u32 device;
	__u32 type;
	struct d3dddi_escapeflags flags;
	__u32 size;
	__u32 context;
};
DXG_ASSERT_SIZE(struct dxg_msg_escape, 48);

/** struct dxg_msg_freegpuvirtualaddress - 16. Reply: status. */
struct dxg_msg_freegpuvirtualaddress {
	struct dxg_msg_header h;
	struct d3dkmt_freegpuvirtualaddress args;
};
DXG_ASSERT_SIZE(struct dxg_msg_freegpuvirtualaddress, 48);

/** struct dxg_msg_mapgpuvirtualaddress - 17. @device is 0. */
struct dxg_msg_mapgpuvirtualaddress {
	struct dxg_msg_header h;
	struct d3dddi_mapgpuvirtualaddress args;
	__u32 device;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_mapgpuvirtualaddress, 136);

struct dxg_msg_mapgpuvirtualaddress_return {
	__u64 virtual_address;
	__u64 paging_fence_value;
	__s32 status;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_mapgpuvirtualaddress_return, 24);

/** struct dxg_msg_reservegpuvirtualaddress - 18. args.adapter: host adapter or a paging queue. */
struct dxg_msg_reservegpuvirtualaddress {
	struct dxg_msg_header h;
	struct d3dddi_reservegpuvirtualaddress args;
};
DXG_ASSERT_SIZE(struct dxg_msg_reservegpuvirtualaddress, 96);

/** struct dxg_msg_reservegpuvirtualaddress_return - address 0 is failure. */
struct dxg_msg_reservegpuvirtualaddress_return {
	__u64 virtual_address;
	__u64 paging_fence_value;
};
DXG_ASSERT_SIZE(struct dxg_msg_reservegpuvirtualaddress_return, 16);

/** struct dxg_msg_submitcommand - 20, async. Tail at 408: history handles, private data. */
struct dxg_msg_submitcommand {
	struct dxg_msg_header h;
	struct d3dkmt_submitcommand args;
};
DXG_ASSERT_SIZE(struct dxg_msg_submitcommand, 408);

/** struct dxg_msg_queryvideomemoryinfo - 21. */
struct dxg_msg_queryvideomemoryinfo {
	struct dxg_msg_header h;
	__u32 adapter;
	__u32 memory_segment_group;
	__u32 physical_adapter_index;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_queryvideomemoryinfo, 40);

struct dxg_msg_queryvideomemoryinfo_return {
	__u64 budget;
	__u64 current_usage;
	__u64 current_reservation;
	__u64 available_for_reservation;
};
DXG_ASSERT_SIZE(struct dxg_msg_queryvideomemoryinfo_return, 32);

/** struct dxg_msg_waitforsyncobjectfromcpu - 22. Tail at 56: handles, u64 values. Reply: status. */
struct dxg_msg_waitforsyncobjectfromcpu {
	struct dxg_msg_header h;
	__u32 device;
	__u32 object_count;
	struct d3dddi_waitforsynchronizationobjectfromcpu_flags flags;
	__u32 pad0;
	__u64 event;
	__u8 dereference_event;
	__u8 pad1[7];
};
DXG_ASSERT_SIZE(struct dxg_msg_waitforsyncobjectfromcpu, 56);

/** struct dxg_msg_lock2 - 23. */
struct dxg_msg_lock2 {
	struct dxg_msg_header h;
	struct d3dkmt_lock2 args;
	__u8 use_legacy_lock;
	__u8 pad[3];
	__u32 flags;
	__u32 priv_drv_data;
	__u32 pad1;
};
DXG_ASSERT_SIZE(struct dxg_msg_lock2, 64);

/** struct dxg_msg_lock2_return - @address lies in the IO space, page aligned. */
struct dxg_msg_lock2_return {
	__s32 status;
	__u32 pad;
	__u64 address;
};
DXG_ASSERT_SIZE(struct dxg_msg_lock2_return, 16);

/** struct dxg_msg_unlock2 - 24. Reply: status. */
struct dxg_msg_unlock2 {
	struct dxg_msg_header h;
	struct d3dkmt_unlock2 args;
	__u8 use_legacy_unlock;
	__u8 pad[7];
};
DXG_ASSERT_SIZE(struct dxg_msg_unlock2, 40);

/** struct dxg_msg_waitforsyncobjectfromgpu - 25, async. Tail at 40: u64 values, then handles. */
struct dxg_msg_waitforsyncobjectfromgpu {
	struct dxg_msg_header h;
	__u32 context;
	__u32 object_count;
	__u8 legacy_fence_object;
	__u8 pad[7];
};
DXG_ASSERT_SIZE(struct dxg_msg_waitforsyncobjectfromgpu, 40);

/**
 * struct dxg_msg_signalsyncobject - 26, async. Tail at 56: objects, contexts, optional u64 values.
 * @h: of every message
 * @object_count: handles of the tail
 * @flags: as in the ioctl
 * @context_count: handles of the tail behind them
 * @pad: zero
 * @fence_value: for all objects, without values in the tail
 * @event_or_device: event id with flags.enqueue_cpu_event, else the device (CPU signal) or 0
 */
struct dxg_msg_signalsyncobject {
	struct dxg_msg_header h;
	__u32 object_count;
	struct d3dddicb_signalflags flags;
	__u32 context_count;
	__u32 pad;
	__u64 fence_value;
	__u64 event_or_device;
};
DXG_ASSERT_SIZE(struct dxg_msg_signalsyncobject, 56);

/** struct dxg_msg_getdevicestate - 28. */
struct dxg_msg_getdevicestate {
	struct dxg_msg_header h;
	struct d3dkmt_getdevicestate args;
};
DXG_ASSERT_SIZE(struct dxg_msg_getdevicestate, 80);

struct dxg_msg_getdevicestate_return {
	struct d3dkmt_getdevicestate args;
	__s32 status;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_getdevicestate_return, 64);

/** struct dxg_msg_updategpuvirtualaddress - 19. Tail at 56: operations of 64 bytes. Reply: status.
 */
struct dxg_msg_updategpuvirtualaddress {
	struct dxg_msg_header h;
	__u64 fence_value;
	__u32 device;
	__u32 context;
	__u32 fence_object;
	__u32 num_operations;
	__u32 flags;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_updategpuvirtualaddress, 56);

/** struct dxg_msg_markdeviceaserror - 29. Reply: status. */
struct dxg_msg_markdeviceaserror {
	struct dxg_msg_header h;
	struct d3dkmt_markdeviceaserror args;
};
DXG_ASSERT_SIZE(struct dxg_msg_markdeviceaserror, 32);

/** struct dxg_msg_openresource - 32. @global_share: from CREATENTSHAREDOBJECT. */
struct dxg_msg_openresource {
	struct dxg_msg_header h;
	__u32 device;
	__u8 nt_security_sharing; /* 1 */
	__u8 pad[3];
	__u32 global_share;
	__u32 allocation_count;
	__u32 total_priv_drv_data_size;
	__u32 pad1;
};
DXG_ASSERT_SIZE(struct dxg_msg_openresource, 48);

/** struct dxg_msg_openresource_return - then n allocation handles at 8. */
struct dxg_msg_openresource_return {
	__u32 resource;
	__s32 status;
};
DXG_ASSERT_SIZE(struct dxg_msg_openresource_return, 8);

/** struct dxg_msg_setcontextschedulingpriority - 33. Reply: status. */
struct dxg_msg_setcontextschedulingpriority {
	struct dxg_msg_header h;
	__u32 context;
	__s32 priority;
	__u8 in_process;
	__u8 pad[7];
};
DXG_ASSERT_SIZE(struct dxg_msg_setcontextschedulingpriority, 40);

/** struct dxg_msg_getcontextschedulingpriority - 61. */
struct dxg_msg_getcontextschedulingpriority {
	struct dxg_msg_header h;
	__u32 context;
	__u8 in_process;
	__u8 pad[3];
};
DXG_ASSERT_SIZE(struct dxg_msg_getcontextschedulingpriority, 32);

struct dxg_msg_getcontextschedulingpriority_return {
	__s32 status;
	__s32 priority;
};
DXG_ASSERT_SIZE(struct dxg_msg_getcontextschedulingpriority_return, 8);

/** struct dxg_msg_getstandardallocprivdata - 39. Only GDI surfaces are asked for. */
struct dxg_msg_getstandardallocprivdata {
	struct dxg_msg_header h;
	__u32 alloc_type;
	__u32 priv_driver_data_size;
	__u32 priv_driver_resource_size;
	__u32 physical_adapter_index;
	struct d3dkmdt_gdisurfacedata gdi_surface;
};
DXG_ASSERT_SIZE(struct dxg_msg_getstandardallocprivdata, 64);

/** struct dxg_msg_getstandardallocprivdata_return - the two blobs follow at 36. */
struct dxg_msg_getstandardallocprivdata_return {
	__s32 status;
	__u32 priv_driver_data_size;
	__u32 priv_driver_resource_size;
	struct d3dkmdt_gdisurfacedata gdi_surface;
};
DXG_ASSERT_SIZE(struct dxg_msg_getstandardallocprivdata_return, 36);

/** struct dxg_msg_queryallocationresidency - 41. Tail at 56: handles. Reply: status, u32 at 4. */
struct dxg_msg_queryallocationresidency {
	struct dxg_msg_header h;
	struct d3dkmt_queryallocationresidency args;
};
DXG_ASSERT_SIZE(struct dxg_msg_queryallocationresidency, 56);

/** struct dxg_msg_setexistingsysmemstore - 45. @gpadl: Hyper-V's; not carried elsewhere. */
struct dxg_msg_setexistingsysmemstore {
	struct dxg_msg_header h;
	__u32 device;
	__u32 allocation;
	__u32 gpadl;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_setexistingsysmemstore, 40);

/** struct dxg_msg_setexistingsysmempages - 66. Tail at 40: u64 page frame numbers. Reply: status.
 */
struct dxg_msg_setexistingsysmempages {
	struct dxg_msg_header h;
	__u32 device;
	__u32 allocation;
	__u32 num_pages;
	__u32 alloc_offset_in_pages;
};
DXG_ASSERT_SIZE(struct dxg_msg_setexistingsysmempages, 40);

/** struct dxg_msg_querystatistics - 48. args.adapter_luid: the host's; args.process: 0. */
struct dxg_msg_querystatistics {
	struct dxg_msg_header h;
	struct d3dkmt_querystatistics args;
};
DXG_ASSERT_SIZE(struct dxg_msg_querystatistics, 832);

struct dxg_msg_querystatistics_return {
	__s32 status;
	__u32 pad;
	struct d3dkmt_querystatistics_result result;
};
DXG_ASSERT_SIZE(struct dxg_msg_querystatistics_return, 784);

/** struct dxg_msg_changevideomemoryreservation - 49. process and adapter are 0. Reply: status. */
struct dxg_msg_changevideomemoryreservation {
	struct dxg_msg_header h;
	struct d3dkmt_changevideomemoryreservation args;
};
DXG_ASSERT_SIZE(struct dxg_msg_changevideomemoryreservation, 56);

/** struct dxg_msg_createhwqueue - 50. Tail: private data at 68. Reply: the same, updated. */
struct dxg_msg_createhwqueue {
	struct dxg_msg_header h;
	__s32 status;
	__u32 hwqueue;
	__u32 progress_fence;
	__u32 pad;
	__u64 progress_fence_address; /* in the IO space, page aligned */
	__u64 progress_fence_gpu_va;
	__u32 context;
	struct d3dddi_createhwqueueflags flags;
	__u32 priv_drv_data_size;
	__u8 priv_drv_data[4];
};
DXG_ASSERT_SIZE(struct dxg_msg_createhwqueue, 72);
DXG_ASSERT_OFFSET(struct dxg_msg_createhwqueue, priv_drv_data, 68);

/** struct dxg_msg_submitcommandtohwqueue - 52, async. Tail at 80: primaries, private data. */
struct dxg_msg_submitcommandtohwqueue {
	struct dxg_msg_header h;
	struct d3dkmt_submitcommandtohwqueue args;
};
DXG_ASSERT_SIZE(struct dxg_msg_submitcommandtohwqueue, 80);

/** struct dxg_msg_updateallocationproperty - 56. */
struct dxg_msg_updateallocationproperty {
	struct dxg_msg_header h;
	struct d3dddi_updateallocproperty args;
};
DXG_ASSERT_SIZE(struct dxg_msg_updateallocationproperty, 64);

struct dxg_msg_updateallocationproperty_return {
	__u64 paging_fence_value;
	__s32 status;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_updateallocationproperty_return, 16);

/** struct dxg_msg_offerallocations - 57. Tail: handles at 44 (DXG_MSG_OFFER_TAIL). Reply: status.
 */
struct dxg_msg_offerallocations {
	struct dxg_msg_header h;
	__u32 device;
	__u32 allocation_count;
	__u32 priority;
	struct d3dkmt_offer_flags flags;
	__u8 resources; /* the handles are of resources */
	__u8 pad[3];
	__u32 first_allocation;
};
DXG_ASSERT_SIZE(struct dxg_msg_offerallocations, 48);
#define DXG_MSG_OFFER_TAIL 44u

/** struct dxg_msg_reclaimallocations - 58. Tail: handles at 40, 4 bytes of slack. */
struct dxg_msg_reclaimallocations {
	struct dxg_msg_header h;
	__u32 device;
	__u32 paging_queue;
	__u32 allocation_count;
	__u8 resources; /* the handles are of resources */
	__u8 write_results;
	__u8 pad[2];
};
DXG_ASSERT_SIZE(struct dxg_msg_reclaimallocations, 40);

/** struct dxg_msg_reclaimallocations_return - with write_results n u32 from 12 on. */
struct dxg_msg_reclaimallocations_return {
	__u64 paging_fence_value;
	__s32 status;
	__u32 first_result;
};
DXG_ASSERT_SIZE(struct dxg_msg_reclaimallocations_return, 16);
#define DXG_MSG_RECLAIM_RESULTS 12u

/**
 * struct dxg_msg_allocationpriority - SETALLOCATIONPRIORITY (59): n handles at 40 (none for a
 * resource), then n (or 1) u32. Reply: status. GETALLOCATIONPRIORITY (60): n handles at 40 and
 * zeroes up to 40 + round8(4 + 4 * max(n, 1)). Reply: status, u32 from 4 on.
 * @h: of every message
 * @device: that has them
 * @resource: or 0
 * @allocation_count: handles of the tail
 * @pad: zero
 */
struct dxg_msg_allocationpriority {
	struct dxg_msg_header h;
	__u32 device;
	__u32 resource;
	__u32 allocation_count;
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_allocationpriority, 40);

/** struct dxg_msg_queryclockcalibration - 62. args.adapter: the host's handle. */
struct dxg_msg_queryclockcalibration {
	struct dxg_msg_header h;
	struct d3dkmt_queryclockcalibration args;
};
DXG_ASSERT_SIZE(struct dxg_msg_queryclockcalibration, 64);

struct dxg_msg_queryclockcalibration_return {
	__s32 status;
	struct dxgk_gpuclockdata clock_data; /* packed */
};
DXG_ASSERT_SIZE(struct dxg_msg_queryclockcalibration_return, 32);

/** struct dxg_msg_invalidatecache - 67. Reply: status. */
struct dxg_msg_invalidatecache {
	struct dxg_msg_header h;
	__u32 device;
	__u32 allocation;
	__u64 offset;
	__u64 length;
	__u64 reserved; /* zero */
};
DXG_ASSERT_SIZE(struct dxg_msg_invalidatecache, 56);

/* ---- host to guest ---- */

/** struct dxg_msg_signalguestevent - 0. */
struct dxg_msg_signalguestevent {
	struct dxg_msg_header h;
	__u64 event;
	__u64 process_id;
	__u8 dereference_event;
	__u8 pad[7];
};
DXG_ASSERT_SIZE(struct dxg_msg_signalguestevent, 48);

/** struct dxg_msg_setguestdata - 2: a device's state changed (section 7.6). @data is not 0. */
struct dxg_msg_setguestdata {
	struct dxg_msg_header h;
	__u64 cookie;
	__u64 data;
	__u32 flags; /* bits 1-4: data type, 0 = dword */
	__u32 pad;
};
DXG_ASSERT_SIZE(struct dxg_msg_setguestdata, 48);

#endif /* DXGWIRE_MESSAGE_H */

/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * adapterinfo.h - the private data of QueryAdapterInfo (ioctl 0x09, message 2), as far as dxgd
 * answers it: types and layouts of the published WDDM headers. Strings are UTF-16, terminated by
 * zero. A buffer may be larger than its structure; what is behind it comes back zeroed.
 */
#ifndef DXGWIRE_ADAPTERINFO_H
#define DXGWIRE_ADAPTERINFO_H

#include "types.h"

/** enum dxg_info_type - KMTQUERYADAPTERINFOTYPE. */
enum dxg_info_type {
	DXG_INFO_UMD_PRIVATE = 0, /* struct dxg_adapter_private of escape.h */
	DXG_INFO_UMD_NAME = 1,
	DXG_INFO_OPENGL = 2, /* a name; not answered, as DLIST_NAME and CP_NAME */
	DXG_INFO_SEGMENT_SIZE = 3,
	DXG_INFO_GUID = 4,
	DXG_INFO_ADDRESS = 6,
	DXG_INFO_REGISTRY = 8,
	DXG_INFO_DRIVER_VERSION = 13,
	DXG_INFO_ADAPTER_TYPE = 15,
	DXG_INFO_WDDM_1_2_CAPS = 17,
	DXG_INFO_UMD_VERSION = 18,
	DXG_INFO_DLIST_NAME = 21,
	DXG_INFO_WDDM_1_3_CAPS = 22,
	DXG_INFO_WDDM_2_0_CAPS = 24,
	DXG_INFO_NODE_METADATA = 25,
	DXG_INFO_CP_NAME = 26,
	DXG_INFO_PHYSICAL_ADAPTER_COUNT = 30,
	DXG_INFO_DEVICE_IDS = 31,
	DXG_INFO_GPUMMU_CAPS = 34,
	DXG_INFO_SEGMENT_GROUP_SIZE = 42,
	DXG_INFO_QUERY_REGISTRY = 48,
	DXG_INFO_KMD_VERSION = 49,
	DXG_INFO_GUID_RENDER = 52,
	DXG_INFO_ADDRESS_RENDER = 53,
	DXG_INFO_REGISTRY_RENDER = 54,
	DXG_INFO_DRIVER_VERSION_RENDER = 56,
	DXG_INFO_ADAPTER_TYPE_RENDER = 57,
	DXG_INFO_WDDM_1_2_CAPS_RENDER = 58,
	DXG_INFO_WDDM_1_3_CAPS_RENDER = 59,
	DXG_INFO_UNIQUE_GUID = 60,
	DXG_INFO_NODE_PERF = 61,
	DXG_INFO_ADAPTER_PERF = 62,
	DXG_INFO_ADAPTER_PERF_CAPS = 63,
	DXG_INFO_GPU_VERSION = 64,
	DXG_INFO_DESCRIPTION = 65,
	DXG_INFO_DESCRIPTION_RENDER = 66,
	DXG_INFO_PARAVIRTUALIZATION = 68,
	DXG_INFO_WDDM_2_7_CAPS = 70,
	DXG_INFO_WDDM_2_9_CAPS = 75,
	DXG_INFO_WDDM_3_0_CAPS = 77,
	DXG_INFO_LAST = 77, /* the highest number that has a name, answered or not */
};

#define DXG_INFO_PATH_UNITS 260u /* MAX_PATH */

/** struct dxg_info_umd_name - UMD_NAME; @version in: KMTUMDVERSION, 0 to 3. */
struct dxg_info_umd_name {
	__u32 version;
	__u16 name[DXG_INFO_PATH_UNITS];
};
DXG_ASSERT_SIZE(struct dxg_info_umd_name, 524);

#define DXG_INFO_UMD_VERSIONS 4u

/** struct dxg_info_segment_size - SEGMENT_SIZE, bytes. */
struct dxg_info_segment_size {
	__u64 dedicated_video;
	__u64 dedicated_system;
	__u64 shared_system;
};
DXG_ASSERT_SIZE(struct dxg_info_segment_size, 24);

/** struct dxg_info_segment_group_size - SEGMENT_GROUP_SIZE, bytes; @physical_adapter in: 0. */
struct dxg_info_segment_group_size {
	__u32 physical_adapter;
	__u32 pad;
	struct dxg_info_segment_size legacy;
	__u64 local;
	__u64 non_local;
	__u64 non_budget;
};
DXG_ASSERT_SIZE(struct dxg_info_segment_group_size, 56);

/** struct dxg_info_guid - GUID: names the vGPU, the same in every session and after restarts. */
struct dxg_info_guid {
	__u32 a;
	__u16 b;
	__u16 c;
	__u8 d[8];
};
DXG_ASSERT_SIZE(struct dxg_info_guid, 16);

#define DXG_INFO_GUID_UNITS 40u /* UNIQUE_GUID: the same as text, in braces */

/** struct dxg_info_registry - REGISTRY: adapter, BIOS, DAC, chip. */
struct dxg_info_registry {
	__u16 adapter[DXG_INFO_PATH_UNITS];
	__u16 bios[DXG_INFO_PATH_UNITS];
	__u16 dac[DXG_INFO_PATH_UNITS];
	__u16 chip[DXG_INFO_PATH_UNITS];
};
DXG_ASSERT_SIZE(struct dxg_info_registry, 2080);

#define DXG_INFO_DESCRIPTION_UNITS 4096u

/** struct dxg_info_wddm_1_2_caps - WDDM_1_2_CAPS; granularities of preemption: 100, a submission.
 */
struct dxg_info_wddm_1_2_caps {
	__u32 graphics_preemption;
	__u32 compute_preemption;
	__u32 flags;
};
DXG_ASSERT_SIZE(struct dxg_info_wddm_1_2_caps, 12);

#define DXG_INFO_PREEMPTION_DMA_BUFFER 100u
#define DXG_INFO_1_2_NON_VGA (1u << 0)
#define DXG_INFO_1_2_PER_ENGINE_TDR (1u << 2)
#define DXG_INFO_2_0_GPUMMU (1u << 1)
#define DXG_INFO_2_0_SURPRISE_REMOVAL (1u << 5)
#define DXG_INFO_2_7_HWSCH_SUPPORTED (1u << 0)
#define DXG_INFO_2_7_HWSCH_ENABLED (1u << 1)
#define DXG_INFO_2_7_HWSCH_BY_DEFAULT (1u << 2)
#define DXG_INFO_2_9_HWSCH_STABLE (2u << 0)
#define DXG_INFO_2_9_HWSCH_ENABLED (1u << 2)

#define DXG_INFO_NODE_NAME_UNITS 32u

/**
 * struct dxg_info_node_metadata - NODE_METADATA. @node in: ordinal, above bit 16 the physical
 * adapter.
 * @node: in: ordinal, above bit 16 the physical adapter
 * @engine_type: enum dxg_info_engine
 * @name: for people
 * @flags: DXG_INFO_NODE_*
 * @gpu_mmu: it has GPU virtual addresses
 * @io_mmu: it goes through an IOMMU
 */
struct dxg_info_node_metadata {
	__u32 node;
	__u32 engine_type; /* enum dxg_info_engine */
	__u16 name[DXG_INFO_NODE_NAME_UNITS];
	__u32 flags; /* bit 0: contexts are scheduled by the device itself */
	__u8 gpu_mmu;
	__u8 io_mmu;
} __attribute__((packed));
DXG_ASSERT_SIZE(struct dxg_info_node_metadata, 78);

#define DXG_INFO_NODE_CONTEXT_SCHEDULING (1u << 0)

/** enum dxg_info_engine - DXGK_ENGINE_TYPE; a compute node counts as OTHER. */
enum dxg_info_engine {
	DXG_INFO_ENGINE_OTHER = 0,
	DXG_INFO_ENGINE_3D = 1,
	DXG_INFO_ENGINE_COPY = 6,
};

/** struct dxg_info_device_ids - DEVICE_IDS; @physical_adapter in: 0. */
struct dxg_info_device_ids {
	__u32 physical_adapter;
	__u32 vendor;
	__u32 device;
	__u32 sub_vendor;
	__u32 sub_system;
	__u32 revision;
	__u32 bus_type;
};
DXG_ASSERT_SIZE(struct dxg_info_device_ids, 28);

/** struct dxg_info_gpummu_caps - GPUMMU_CAPS; @physical_adapter in: 0. */
struct dxg_info_gpummu_caps {
	__u32 physical_adapter;
	__u32 flags;
	__u32 va_bits;
};
DXG_ASSERT_SIZE(struct dxg_info_gpummu_caps, 12);

#define DXG_INFO_GPUMMU_READ_ONLY (1u << 0)
#define DXG_INFO_GPUMMU_COHERENT (1u << 2)

/** struct dxg_info_gpu_version - GPU_VERSION; @physical_adapter in: 0. */
struct dxg_info_gpu_version {
	__u32 physical_adapter;
	__u16 bios[32];
	__u16 architecture[32];
};
DXG_ASSERT_SIZE(struct dxg_info_gpu_version, 132);

/** struct dxg_info_address - ADDRESS: on the PCI bus; a virtual GPU has none, DXG_INFO_NOWHERE. */
struct dxg_info_address {
	__u32 bus;
	__u32 device;
	__u32 function;
};
DXG_ASSERT_SIZE(struct dxg_info_address, 12);

#define DXG_INFO_NOWHERE 0xffffffffu

/**
 * struct dxg_info_node_perf - NODE_PERF. What the host's driver does not tell is zero: all but
 * @max_frequency.
 * @node: in: ordinal
 * @physical_adapter: in: 0
 * @frequency: now, Hz
 * @max_frequency: Hz; of a compute node what the driver says
 * @max_frequency_oc: overclocked, Hz
 * @voltage: now, mV
 * @max_voltage: mV
 * @max_voltage_oc: overclocked, mV
 * @pad: 0
 * @transition: longest time to change the frequency, 100 ns
 */
struct dxg_info_node_perf {
	__u32 node;
	__u32 physical_adapter;
	__u64 frequency;
	__u64 max_frequency;
	__u64 max_frequency_oc;
	__u32 voltage;
	__u32 max_voltage;
	__u32 max_voltage_oc;
	__u32 pad;
	__u64 transition;
};
DXG_ASSERT_SIZE(struct dxg_info_node_perf, 56);

/* A part of a GPU has no fan, power or temperature of its own; the clock of memory is not told. */

/** struct dxg_info_adapter_perf - ADAPTER_PERF: zero, all of it. @physical_adapter in: 0. */
struct dxg_info_adapter_perf {
	__u32 physical_adapter;
	__u32 pad;
	__u64 memory_frequency;
	__u64 max_memory_frequency;
	__u64 max_memory_frequency_oc;
	__u64 memory_bandwidth;
	__u64 bus_bandwidth;
	__u32 fan;
	__u32 power;
	__u32 temperature;
	__u8 power_state_override;
	__u8 pad2[3];
};
DXG_ASSERT_SIZE(struct dxg_info_adapter_perf, 64);

/** struct dxg_info_adapter_perf_caps - ADAPTER_PERF_CAPS: limits of those, zero as they are. */
struct dxg_info_adapter_perf_caps {
	__u32 physical_adapter;
	__u32 pad;
	__u64 max_memory_bandwidth;
	__u64 max_bus_bandwidth;
	__u32 max_fan;
	__u32 max_temperature;
	__u32 warning_temperature;
	__u32 pad2;
};
DXG_ASSERT_SIZE(struct dxg_info_adapter_perf_caps, 40);

/** enum dxg_info_key - query_type of struct dxg_info_query_registry: D3DDDI_QUERYREGISTRY_TYPE. */
enum dxg_info_key {
	DXG_INFO_KEY_SERVICE = 0,
	DXG_INFO_KEY_ADAPTER = 1,
	DXG_INFO_KEY_DRIVER_STORE_PATH = 2,
	DXG_INFO_KEY_DRIVER_IMAGE_PATH = 3,
};

/** enum dxg_info_key_status - its status: D3DDDI_QUERYREGISTRY_STATUS. */
enum dxg_info_key_status {
	DXG_INFO_KEY_SUCCESS = 0,
	DXG_INFO_KEY_OVERFLOW = 1, /* value_size bytes are needed behind the structure's fields */
	DXG_INFO_KEY_FAIL = 2,
};

#define DXG_INFO_KEY_TRANSLATE (1u << 0) /* flags: the only one that means anything */
#define DXG_INFO_VALUE_STRING 1u /* value_type: REG_SZ, _EXPAND_SZ, _DWORD, _MULTI_SZ, _QWORD */
#define DXG_INFO_VALUE_EXPANDED 2u
#define DXG_INFO_VALUE_DWORD 4u
#define DXG_INFO_VALUE_STRINGS 7u
#define DXG_INFO_VALUE_QWORD 11u

/**
 * struct dxg_info_query_registry - QUERY_REGISTRY: in the first three fields and @physical_adapter,
 * out the others and the value, which starts at @value and goes as far as the buffer.
 * @query_type: in: enum dxg_info_key
 * @flags: in: DXG_INFO_KEY_*
 * @name: in: of the value
 * @value_type: out: DXG_INFO_VALUE_*
 * @physical_adapter: in: 0
 * @value_size: out: bytes of the value
 * @status: out: enum dxg_info_key_status
 * @value: out: where it starts
 */
struct dxg_info_query_registry {
	__u32 query_type;
	__u32 flags;
	__u16 name[DXG_INFO_PATH_UNITS];
	__u32 value_type;
	__u32 physical_adapter;
	__u32 value_size;
	__u32 status;
	__u64 value;
};
DXG_ASSERT_SIZE(struct dxg_info_query_registry, 552);
DXG_ASSERT_OFFSET(struct dxg_info_query_registry, value, 544);

#endif /* DXGWIRE_ADAPTERINFO_H */

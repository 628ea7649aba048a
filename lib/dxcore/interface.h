/* SPDX-License-Identifier: MIT */
/*
 * interface.h - the interfaces of DXCore as tables of functions, the numbers their methods take,
 * and their identifiers. Methods stand in the order of the published dxcore_interface.h; references
 * are pointers here.
 */
#ifndef DXCORE_INTERFACE_H
#define DXCORE_INTERFACE_H

#include "com.h"

struct dxcore_unknown;
struct dxcore_adapter;
struct dxcore_list;
struct dxcore_factory;

enum dxcore_property {
	DXCORE_INSTANCE_LUID = 0,
	DXCORE_DRIVER_VERSION = 1,
	DXCORE_DRIVER_DESCRIPTION = 2,
	DXCORE_HARDWARE_ID = 3,
	DXCORE_KMD_MODEL_VERSION = 4,
	DXCORE_COMPUTE_PREEMPTION = 5,
	DXCORE_GRAPHICS_PREEMPTION = 6,
	DXCORE_DEDICATED_ADAPTER_MEMORY = 7,
	DXCORE_DEDICATED_SYSTEM_MEMORY = 8,
	DXCORE_SHARED_SYSTEM_MEMORY = 9,
	DXCORE_ACG_COMPATIBLE = 10,
	DXCORE_IS_HARDWARE = 11,
	DXCORE_IS_INTEGRATED = 12,
	DXCORE_IS_DETACHABLE = 13,
	DXCORE_HARDWARE_ID_PARTS = 14,
	DXCORE_PROPERTIES
};

enum dxcore_state { DXCORE_STATE_DRIVER_UPDATE = 0, DXCORE_STATE_MEMORY_BUDGET = 1, DXCORE_STATES };

enum dxcore_notification {
	DXCORE_LIST_STALE = 0,
	DXCORE_NO_LONGER_VALID = 1,
	DXCORE_BUDGET_CHANGE = 2,
	DXCORE_CONTENT_PROTECTION = 3,
	DXCORE_NOTIFICATIONS
};

enum dxcore_preference {
	DXCORE_PREFER_HARDWARE = 0,
	DXCORE_PREFER_MINIMUM_POWER = 1,
	DXCORE_PREFER_HIGH_PERFORMANCE = 2,
	DXCORE_PREFERENCES
};

#define DXCORE_SEGMENT_GROUPS 2u /* local, not local */

/** struct dxcore_hardware_id - value of DXCORE_HARDWARE_ID. */
struct dxcore_hardware_id {
	uint32_t vendor, device, subsys, revision;
};

/** struct dxcore_hardware_id_parts - value of DXCORE_HARDWARE_ID_PARTS. */
struct dxcore_hardware_id_parts {
	uint32_t vendor, device, subsystem, subvendor, revision;
};

/** struct dxcore_budget_of - which budget DXCORE_STATE_MEMORY_BUDGET asks for. */
struct dxcore_budget_of {
	uint32_t node;
	uint32_t group;
};

/** struct dxcore_budget - answer to DXCORE_STATE_MEMORY_BUDGET, bytes. */
struct dxcore_budget {
	uint64_t budget, usage, available_for_reservation, reservation;
};

/** dxcore_callback - called by a thread of the library, which holds no lock. */
typedef void (*dxcore_callback)(uint32_t type, struct dxcore_unknown *object, void *context);

/** struct dxcore_unknown_table - what all tables start with. */
struct dxcore_unknown_table {
	HRESULT (*query_interface)(void *self, const struct guid *iid, void **ret_object);
	uint32_t (*add_ref)(void *self);
	uint32_t (*release)(void *self);
};

struct dxcore_unknown {
	const struct dxcore_unknown_table *table;
};

/** struct dxcore_adapter_table - IDXCoreAdapter. */
struct dxcore_adapter_table {
	struct dxcore_unknown_table unknown;
	bool (*is_valid)(struct dxcore_adapter *self);
	bool (*is_attribute_supported)(struct dxcore_adapter *self, const struct guid *attribute);
	bool (*is_property_supported)(struct dxcore_adapter *self, uint32_t property);
	HRESULT(*get_property)
	(struct dxcore_adapter *self, uint32_t property, size_t size, void *ret_data);
	HRESULT(*get_property_size)
	(struct dxcore_adapter *self, uint32_t property, size_t *ret_size);
	bool (*is_query_state_supported)(struct dxcore_adapter *self, uint32_t state);
	HRESULT(*query_state)
	(struct dxcore_adapter *self, uint32_t state, size_t in_size, const void *in,
	 size_t out_size, void *ret_out);
	bool (*is_set_state_supported)(struct dxcore_adapter *self, uint32_t state);
	HRESULT(*set_state)
	(struct dxcore_adapter *self, uint32_t state, size_t details_size, const void *details,
	 size_t in_size, const void *in);
	HRESULT(*get_factory)
	(struct dxcore_adapter *self, const struct guid *iid, void **ret_factory);
};

/** struct dxcore_list_table - IDXCoreAdapterList. */
struct dxcore_list_table {
	struct dxcore_unknown_table unknown;
	HRESULT(*get_adapter)
	(struct dxcore_list *self, uint32_t index, const struct guid *iid, void **ret_adapter);
	uint32_t (*get_adapter_count)(struct dxcore_list *self);
	bool (*is_stale)(struct dxcore_list *self);
	HRESULT(*get_factory)
	(struct dxcore_list *self, const struct guid *iid, void **ret_factory);
	HRESULT (*sort)(struct dxcore_list *self, uint32_t count, const uint32_t *preferences);
	bool (*is_preference_supported)(struct dxcore_list *self, uint32_t preference);
};

/** struct dxcore_factory_table - IDXCoreAdapterFactory. */
struct dxcore_factory_table {
	struct dxcore_unknown_table unknown;
	HRESULT(*create_adapter_list)
	(struct dxcore_factory *self, uint32_t count, const struct guid *attributes,
	 const struct guid *iid, void **ret_list);
	HRESULT(*get_adapter_by_luid)
	(struct dxcore_factory *self, const struct luid *luid, const struct guid *iid,
	 void **ret_adapter);
	bool (*is_notification_type_supported)(struct dxcore_factory *self, uint32_t type);
	HRESULT(*register_event)
	(struct dxcore_factory *self, struct dxcore_unknown *object, uint32_t type,
	 dxcore_callback callback, void *context, uint32_t *ret_cookie);
	HRESULT (*unregister_event)(struct dxcore_factory *self, uint32_t cookie);
};

#define DXCORE_IID_UNKNOWN                                             \
	{                                                              \
		0x00000000, 0, 0,                                      \
		{                                                      \
			0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46 \
		}                                                      \
	}
#define DXCORE_IID_FACTORY                                             \
	{                                                              \
		0x78ee5945, 0xc36e, 0x4b13,                            \
		{                                                      \
			0xa6, 0x69, 0x00, 0x5d, 0xd1, 0x1c, 0x0f, 0x06 \
		}                                                      \
	}
#define DXCORE_IID_LIST                                                \
	{                                                              \
		0x526c7776, 0x40e9, 0x459b,                            \
		{                                                      \
			0xb7, 0x11, 0xf3, 0x2a, 0xd7, 0x6d, 0xfc, 0x28 \
		}                                                      \
	}
#define DXCORE_IID_ADAPTER                                             \
	{                                                              \
		0xf0db4c7f, 0xfe5a, 0x42a2,                            \
		{                                                      \
			0xbd, 0x62, 0xf2, 0xa6, 0xcf, 0x6f, 0xc8, 0x3e \
		}                                                      \
	}
#define DXCORE_ATTRIBUTE_D3D11_GRAPHICS                                \
	{                                                              \
		0x8c47866b, 0x7583, 0x450d,                            \
		{                                                      \
			0xf0, 0xf0, 0x6b, 0xad, 0xa8, 0x95, 0xaf, 0x4b \
		}                                                      \
	}
#define DXCORE_ATTRIBUTE_D3D12_GRAPHICS                                \
	{                                                              \
		0x0c9ece4d, 0x2f6e, 0x4f01,                            \
		{                                                      \
			0x8c, 0x96, 0xe8, 0x9e, 0x33, 0x1b, 0x47, 0xb1 \
		}                                                      \
	}
#define DXCORE_ATTRIBUTE_D3D12_CORE_COMPUTE                            \
	{                                                              \
		0x248e2800, 0xa793, 0x4724,                            \
		{                                                      \
			0xab, 0xaa, 0x23, 0xa6, 0xde, 0x1b, 0xe0, 0x90 \
		}                                                      \
	}

/* Ours: the adapter takes the command buffers of docs/commands.md. */
#define DXCORE_ATTRIBUTE_OPENDXG_COMPUTE                               \
	{                                                              \
		0x6f70656e, 0x6478, 0x4701,                            \
		{                                                      \
			0x9c, 0x6f, 0x6d, 0x70, 0x75, 0x74, 0x65, 0x31 \
		}                                                      \
	}

#endif

// SPDX-License-Identifier: MIT
/*
 * test_layout: the tables, numbers and identifiers that libdxcore is made of (interface.h) against
 * those of Debian's directx-headers-dev (header_facts.h). Every fact of the headers must be known
 * here.
 */
#include "../unit/cm.h"
#include "header_facts.h"
#include "interface.h"

#define SLOT(table, field) (offsetof(struct dxcore_##table##_table, field) / sizeof(void *))
#define UNKNOWN(field) (offsetof(struct dxcore_unknown_table, field) / sizeof(void *))

static const struct header_number ours[] = {
	{ "P::InstanceLuid", DXCORE_INSTANCE_LUID },
	{ "P::DriverVersion", DXCORE_DRIVER_VERSION },
	{ "P::DriverDescription", DXCORE_DRIVER_DESCRIPTION },
	{ "P::HardwareID", DXCORE_HARDWARE_ID },
	{ "P::KmdModelVersion", DXCORE_KMD_MODEL_VERSION },
	{ "P::ComputePreemptionGranularity", DXCORE_COMPUTE_PREEMPTION },
	{ "P::GraphicsPreemptionGranularity", DXCORE_GRAPHICS_PREEMPTION },
	{ "P::DedicatedAdapterMemory", DXCORE_DEDICATED_ADAPTER_MEMORY },
	{ "P::DedicatedSystemMemory", DXCORE_DEDICATED_SYSTEM_MEMORY },
	{ "P::SharedSystemMemory", DXCORE_SHARED_SYSTEM_MEMORY },
	{ "P::AcgCompatible", DXCORE_ACG_COMPATIBLE },
	{ "P::IsHardware", DXCORE_IS_HARDWARE },
	{ "P::IsIntegrated", DXCORE_IS_INTEGRATED },
	{ "P::IsDetachable", DXCORE_IS_DETACHABLE },
	{ "P::HardwareIDParts", DXCORE_HARDWARE_ID_PARTS },
	{ "DXCoreAdapterState::IsDriverUpdateInProgress", DXCORE_STATE_DRIVER_UPDATE },
	{ "DXCoreAdapterState::AdapterMemoryBudget", DXCORE_STATE_MEMORY_BUDGET },
	{ "N::AdapterListStale", DXCORE_LIST_STALE },
	{ "N::AdapterNoLongerValid", DXCORE_NO_LONGER_VALID },
	{ "N::AdapterBudgetChange", DXCORE_BUDGET_CHANGE },
	{ "N::AdapterHardwareContentProtectionTeardown", DXCORE_CONTENT_PROTECTION },
	{ "DXCoreAdapterPreference::Hardware", DXCORE_PREFER_HARDWARE },
	{ "DXCoreAdapterPreference::MinimumPower", DXCORE_PREFER_MINIMUM_POWER },
	{ "DXCoreAdapterPreference::HighPerformance", DXCORE_PREFER_HIGH_PERFORMANCE },
	{ "sizeof(DXCoreHardwareID)", sizeof(struct dxcore_hardware_id) },
	{ "sizeof(DXCoreHardwareIDParts)", sizeof(struct dxcore_hardware_id_parts) },
	{ "sizeof(DXCoreAdapterMemoryBudgetNodeSegmentGroup)", sizeof(struct dxcore_budget_of) },
	{ "sizeof(DXCoreAdapterMemoryBudget)", sizeof(struct dxcore_budget) },
	{ "sizeof(LUID)", sizeof(struct luid) },
	{ "A::QueryInterface", UNKNOWN(query_interface) },
	{ "A::AddRef", UNKNOWN(add_ref) },
	{ "A::Release", UNKNOWN(release) },
	{ "A::IsValid", SLOT(adapter, is_valid) },
	{ "A::IsAttributeSupported", SLOT(adapter, is_attribute_supported) },
	{ "A::IsPropertySupported", SLOT(adapter, is_property_supported) },
	{ "A::GetProperty", SLOT(adapter, get_property) },
	{ "A::GetPropertySize", SLOT(adapter, get_property_size) },
	{ "A::IsQueryStateSupported", SLOT(adapter, is_query_state_supported) },
	{ "A::QueryState", SLOT(adapter, query_state) },
	{ "A::IsSetStateSupported", SLOT(adapter, is_set_state_supported) },
	{ "A::SetState", SLOT(adapter, set_state) },
	{ "A::GetFactory", SLOT(adapter, get_factory) },
	{ "L::GetAdapter", SLOT(list, get_adapter) },
	{ "L::GetAdapterCount", SLOT(list, get_adapter_count) },
	{ "L::IsStale", SLOT(list, is_stale) },
	{ "L::GetFactory", SLOT(list, get_factory) },
	{ "L::Sort", SLOT(list, sort) },
	{ "L::IsAdapterPreferenceSupported", SLOT(list, is_preference_supported) },
	{ "F::CreateAdapterList", SLOT(factory, create_adapter_list) },
	{ "F::GetAdapterByLuid", SLOT(factory, get_adapter_by_luid) },
	{ "F::IsNotificationTypeSupported", SLOT(factory, is_notification_type_supported) },
	{ "F::RegisterEventNotification", SLOT(factory, register_event) },
	{ "F::UnregisterEventNotification", SLOT(factory, unregister_event) },
	{ "(uint32_t)S_OK", (uint32_t)S_OK },
	{ "(uint32_t)E_NOINTERFACE", (uint32_t)E_NOINTERFACE },
	{ "(uint32_t)E_POINTER", (uint32_t)E_POINTER },
	{ "(uint32_t)E_FAIL", (uint32_t)E_FAIL },
	{ "(uint32_t)E_OUTOFMEMORY", (uint32_t)E_OUTOFMEMORY },
	{ "(uint32_t)E_INVALIDARG", (uint32_t)E_INVALIDARG },
	{ "(uint32_t)DXGI_ERROR_INVALID_CALL", (uint32_t)DXGI_ERROR_INVALID_CALL },
	{ "(uint32_t)DXGI_ERROR_UNSUPPORTED", (uint32_t)DXGI_ERROR_UNSUPPORTED },
	{ "(uint32_t)DXGI_ERROR_DEVICE_REMOVED", (uint32_t)DXGI_ERROR_DEVICE_REMOVED },
};

static const struct {
	const char *name;
	struct guid guid;
} our_guids[] = {
	{ "IUnknown", DXCORE_IID_UNKNOWN },
	{ "IDXCoreAdapterFactory", DXCORE_IID_FACTORY },
	{ "IDXCoreAdapterList", DXCORE_IID_LIST },
	{ "IDXCoreAdapter", DXCORE_IID_ADAPTER },
	{ "D3D11_GRAPHICS", DXCORE_ATTRIBUTE_D3D11_GRAPHICS },
	{ "D3D12_GRAPHICS", DXCORE_ATTRIBUTE_D3D12_GRAPHICS },
	{ "D3D12_CORE_COMPUTE", DXCORE_ATTRIBUTE_D3D12_CORE_COMPUTE },
};

static const struct header_number *find_ours(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(ours[i].name, name))
			return &ours[i];
	return NULL;
}

static void test_numbers(void **state)
{
	const struct header_number *our;
	size_t i;

	(void)state;
	assert_int_equal(header_number_count, sizeof(ours) / sizeof(ours[0]));
	for (i = 0; i < header_number_count; i++) {
		our = find_ours(header_numbers[i].name);
		if (!our || our->value != header_numbers[i].value)
			fail_msg("%s is %llu in the headers", header_numbers[i].name,
				 (unsigned long long)header_numbers[i].value);
	}
}

static void test_guids(void **state)
{
	size_t i, count;
	const struct header_guid *theirs = header_guids(&count);

	(void)state;
	assert_int_equal(count, sizeof(our_guids) / sizeof(our_guids[0]));
	for (i = 0; i < count; i++) {
		assert_string_equal(theirs[i].name, our_guids[i].name);
		assert_memory_equal(theirs[i].bytes, &our_guids[i].guid, 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_guids),
	};

	return cmocka_run_group_tests_name("dxcore_layout", tests, NULL, NULL);
}

// SPDX-License-Identifier: MIT
/*
 * header_facts: see header_facts.h. The place of a virtual function in its table is what a pointer to
 * it holds (Itanium C++ ABI): 1 + the offset in bytes.
 */
#define INITGUID
#include <wsl/winadapter.h>
#include <directx/dxcore_interface.h>
#include <dxguids/dxguids.h>

#include <cstring>

#include "header_facts.h"

template <typename F> static uint64_t slot(F function)
{
	uint64_t word;

	static_assert(sizeof(function) >= sizeof(word), "a pointer to a member");
	std::memcpy(&word, &function, sizeof(word));
	return (word - 1) / sizeof(void *);
}

using A = IDXCoreAdapter;
using L = IDXCoreAdapterList;
using F = IDXCoreAdapterFactory;
using P = DXCoreAdapterProperty;
using N = DXCoreNotificationType;

#define NUMBER(x) { #x, (uint64_t)(x) }
#define SLOT(type, name) { #type "::" #name, slot(&type::name) }
#define SLOT_OF(type, name, ...) \
	{ #type "::" #name, slot(static_cast<HRESULT (type::*)(__VA_ARGS__)>(&type::name)) }

const struct header_number header_numbers[] = {
	NUMBER(P::InstanceLuid), NUMBER(P::DriverVersion), NUMBER(P::DriverDescription),
	NUMBER(P::HardwareID), NUMBER(P::KmdModelVersion), NUMBER(P::ComputePreemptionGranularity),
	NUMBER(P::GraphicsPreemptionGranularity), NUMBER(P::DedicatedAdapterMemory),
	NUMBER(P::DedicatedSystemMemory), NUMBER(P::SharedSystemMemory), NUMBER(P::AcgCompatible),
	NUMBER(P::IsHardware), NUMBER(P::IsIntegrated), NUMBER(P::IsDetachable),
	NUMBER(P::HardwareIDParts),
	NUMBER(DXCoreAdapterState::IsDriverUpdateInProgress),
	NUMBER(DXCoreAdapterState::AdapterMemoryBudget),
	NUMBER(N::AdapterListStale), NUMBER(N::AdapterNoLongerValid), NUMBER(N::AdapterBudgetChange),
	NUMBER(N::AdapterHardwareContentProtectionTeardown),
	NUMBER(DXCoreAdapterPreference::Hardware), NUMBER(DXCoreAdapterPreference::MinimumPower),
	NUMBER(DXCoreAdapterPreference::HighPerformance),
	NUMBER(sizeof(DXCoreHardwareID)), NUMBER(sizeof(DXCoreHardwareIDParts)),
	NUMBER(sizeof(DXCoreAdapterMemoryBudgetNodeSegmentGroup)),
	NUMBER(sizeof(DXCoreAdapterMemoryBudget)), NUMBER(sizeof(LUID)),
	SLOT_OF(A, QueryInterface, REFIID, void **), SLOT(A, AddRef), SLOT(A, Release),
	SLOT(A, IsValid), SLOT(A, IsAttributeSupported), SLOT(A, IsPropertySupported),
	SLOT_OF(A, GetProperty, DXCoreAdapterProperty, size_t, void *), SLOT(A, GetPropertySize),
	SLOT(A, IsQueryStateSupported),
	SLOT_OF(A, QueryState, DXCoreAdapterState, size_t, const void *, size_t, void *),
	SLOT(A, IsSetStateSupported),
	SLOT_OF(A, SetState, DXCoreAdapterState, size_t, const void *, size_t, const void *),
	SLOT_OF(A, GetFactory, REFIID, void **),
	SLOT_OF(L, GetAdapter, uint32_t, REFIID, void **), SLOT(L, GetAdapterCount),
	SLOT(L, IsStale), SLOT_OF(L, GetFactory, REFIID, void **), SLOT(L, Sort),
	SLOT(L, IsAdapterPreferenceSupported),
	SLOT_OF(F, CreateAdapterList, uint32_t, const GUID *, REFIID, void **),
	SLOT_OF(F, GetAdapterByLuid, const LUID &, REFIID, void **),
	SLOT(F, IsNotificationTypeSupported), SLOT(F, RegisterEventNotification),
	SLOT(F, UnregisterEventNotification),
	NUMBER((uint32_t)S_OK), NUMBER((uint32_t)E_NOINTERFACE), NUMBER((uint32_t)E_POINTER),
	NUMBER((uint32_t)E_FAIL), NUMBER((uint32_t)E_OUTOFMEMORY), NUMBER((uint32_t)E_INVALIDARG),
	NUMBER((uint32_t)DXGI_ERROR_INVALID_CALL), NUMBER((uint32_t)DXGI_ERROR_UNSUPPORTED),
	NUMBER((uint32_t)DXGI_ERROR_DEVICE_REMOVED),
};
const size_t header_number_count = sizeof(header_numbers) / sizeof(header_numbers[0]);

const struct header_guid *header_guids(size_t *ret_count)
{
	static struct header_guid guids[7];
	const struct {
		const char *name;
		GUID guid;
	} known[] = {
		{ "IUnknown", IID_IUnknown },
		{ "IDXCoreAdapterFactory", IID_IDXCoreAdapterFactory },
		{ "IDXCoreAdapterList", IID_IDXCoreAdapterList },
		{ "IDXCoreAdapter", IID_IDXCoreAdapter },
		{ "D3D11_GRAPHICS", DXCORE_ADAPTER_ATTRIBUTE_D3D11_GRAPHICS },
		{ "D3D12_GRAPHICS", DXCORE_ADAPTER_ATTRIBUTE_D3D12_GRAPHICS },
		{ "D3D12_CORE_COMPUTE", DXCORE_ADAPTER_ATTRIBUTE_D3D12_CORE_COMPUTE },
	};
	size_t i;

	for (i = 0; i < 7; i++) {
		guids[i].name = known[i].name;
		std::memcpy(guids[i].bytes, &known[i].guid, sizeof(guids[i].bytes));
	}
	*ret_count = i;
	return guids;
}

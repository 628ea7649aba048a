// SPDX-License-Identifier: MIT
/*
 * use_dxcore - a C++ program as those that use DXCore are: with Debian's directx-headers-dev and a
 * library that is opened by name. It looks at all adapters of opendxg, their budgets included.
 */
#define INITGUID
#include <wsl/winadapter.h>
#include <directx/dxcore.h>
#include <dxguids/dxguids.h>

#include <dlfcn.h>

#include <cstdio>
#include <string>

// {6f70656e-6478-4701-9c6f-6d7075746531}, see libdxcore(3)
static const GUID opendxg_compute = {
	0x6f70656e, 0x6478, 0x4701, { 0x9c, 0x6f, 0x6d, 0x70, 0x75, 0x74, 0x65, 0x31 }
};

typedef HRESULT (*create_factory)(REFIID, void **);

#define CHECK(condition)                                                      \
	do {                                                                  \
		if (!(condition)) {                                           \
			std::fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			return 1;                                             \
		}                                                             \
	} while (0)

static int look_at_memory(IDXCoreAdapter *adapter)
{
	DXCoreAdapterMemoryBudgetNodeSegmentGroup group = { 0, DXCoreSegmentGroup::NonLocal };
	DXCoreAdapterMemoryBudget budget = {};
	uint64_t shared = 0;

	CHECK(SUCCEEDED(adapter->GetProperty(DXCoreAdapterProperty::SharedSystemMemory, &shared)));
	CHECK(shared > 0);
	CHECK(SUCCEEDED(adapter->QueryState(DXCoreAdapterState::AdapterMemoryBudget, &group, &budget)));
	CHECK(budget.budget > 0 && budget.budget <= shared);
	return 0;
}

static int look_at(IDXCoreAdapterFactory *factory, IDXCoreAdapter *adapter)
{
	IDXCoreAdapter *same = nullptr;
	std::string text;
	size_t size = 0;
	LUID luid = {};

	CHECK(adapter->IsValid());
	CHECK(adapter->IsAttributeSupported(opendxg_compute));
	CHECK(!adapter->IsAttributeSupported(DXCORE_ADAPTER_ATTRIBUTE_D3D12_CORE_COMPUTE));
	CHECK(SUCCEEDED(adapter->GetPropertySize(DXCoreAdapterProperty::DriverDescription, &size)));
	text.resize(size);
	CHECK(SUCCEEDED(adapter->GetProperty(DXCoreAdapterProperty::DriverDescription, size,
					     (void *)&text[0])));
	CHECK(size > 1 && text[size - 1] == 0);
	CHECK(SUCCEEDED(adapter->GetProperty(DXCoreAdapterProperty::InstanceLuid, &luid)));
	CHECK(SUCCEEDED(factory->GetAdapterByLuid(luid, &same)));
	CHECK(same == adapter);
	same->Release();
	return look_at_memory(adapter);
}

static int look_at_all(IDXCoreAdapterFactory *factory, IDXCoreAdapterList *list)
{
	const DXCoreAdapterPreference hardware = DXCoreAdapterPreference::Hardware;
	uint32_t i;

	CHECK(list->GetAdapterCount() > 0);
	CHECK(!list->IsStale());
	CHECK(SUCCEEDED(list->Sort(1, &hardware)));
	for (i = 0; i < list->GetAdapterCount(); i++) {
		IDXCoreAdapter *adapter = nullptr;
		int wrong;

		CHECK(SUCCEEDED(list->GetAdapter(i, &adapter)));
		wrong = look_at(factory, adapter);
		adapter->Release();
		if (wrong)
			return wrong;
	}
	return 0;
}

int main()
{
	void *library = dlopen("libdxcore.so", RTLD_NOW);
	IDXCoreAdapterFactory *factory = nullptr;
	IDXCoreAdapterList *list = nullptr;
	create_factory create;
	int wrong;

	if (!library)
		std::fprintf(stderr, "%s\n", dlerror());
	CHECK(library);
	create = (create_factory)dlsym(library, "DXCoreCreateAdapterFactory");
	CHECK(create);
	CHECK(SUCCEEDED(create(IID_PPV_ARGS(&factory))));
	CHECK(SUCCEEDED(factory->CreateAdapterList(1, &opendxg_compute, &list)));
	wrong = look_at_all(factory, list);
	list->Release();
	factory->Release();
	return wrong;
}

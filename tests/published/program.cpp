// SPDX-License-Identifier: MIT
/*
 * program - a program as those are that were written for the headers of the published user library:
 * it includes what they include, calls what they call, and knows nothing of how libdxg works. It
 * enumerates, asks, creates, submits, waits, shares with another process and destroys. Of opendxg
 * it knows what a user-mode driver knows of its device: private data and commands (dxgwire/).
 *
 * Compiled twice, with characters of 4 bytes as they come, and of 2 (-fshort-wchar). Started as
 * "program child FENCE-FD RESOURCE-FD" it is the other process.
 */
#include <wsl/winadapter.h>
#include <dxg/d3dkmthk.h>

#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"

static_assert(sizeof(D3DKMT_UMDFILENAMEINFO) == 4 + 260 * sizeof(WCHAR), "UMDFILENAMEINFO");
static_assert(sizeof(D3DKMT_OPENGLINFO) == 260 * sizeof(WCHAR) + 8, "OPENGLINFO");
static_assert(sizeof(D3DKMT_NODEMETADATA) == 14 + 32 * sizeof(WCHAR), "NODEMETADATA");
static_assert(sizeof(D3DKMT_GPUVERSION) == 4 + 64 * sizeof(WCHAR), "GPUVERSION");
static_assert(sizeof(D3DDDI_QUERYREGISTRY_INFO) == 32 + 260 * sizeof(WCHAR), "QUERYREGISTRY_INFO");

extern char **environ;

constexpr UINT page = 4096;
constexpr int wait_ms = 30000;

[[noreturn]] static void fail(int line, const char *what, unsigned int value)
{
	std::fprintf(stderr, "line %d: %s: 0x%x\n", line, what, value);
	std::exit(1);
}

#define CHECK(condition)                               \
	do {                                           \
		if (!(condition))                      \
			fail(__LINE__, #condition, 0); \
	} while (0)
#define CALL(call)                                                    \
	do {                                                          \
		NTSTATUS status_ = (call);                            \
		if (!NT_SUCCESS(status_))                             \
			fail(__LINE__, #call, (unsigned int)status_); \
	} while (0)

// Characters of a WCHAR string whose size may not be the library's wchar_t.
template <size_t N> static std::string text(const WCHAR (&string)[N])
{
	std::string out;
	size_t i;

	for (i = 0; i < N && string[i]; i++)
		out += string[i] < 0x80 ? (char)string[i] : '?';
	CHECK(i < N);
	return out;
}

static void set_name(D3DDDI_QUERYREGISTRY_INFO *info, const char *name)
{
	for (size_t i = 0; name[i]; i++)
		info->ValueName[i] = (WCHAR)name[i];
}

// ---- adapter ----

static D3DKMT_HANDLE enumerate(LUID *luid)
{
	D3DKMT_ENUMADAPTERS2 all = {};
	D3DKMT_ENUMADAPTERS3 some = {};
	D3DKMT_CLOSEADAPTER close_adapter = {};

	CALL(D3DKMTEnumAdapters2(&all));
	CHECK(all.NumAdapters > 0);
	std::vector<D3DKMT_ADAPTERINFO> adapters(all.NumAdapters);
	all.pAdapters = adapters.data();
	CALL(D3DKMTEnumAdapters2(&all));
	for (const D3DKMT_ADAPTERINFO &adapter : adapters) {
		close_adapter.hAdapter = adapter.hAdapter;
		CALL(D3DKMTCloseAdapter(&close_adapter));
	}
	some.Filter.IncludeComputeOnly = 1;
	some.NumAdapters = (ULONG)adapters.size();
	some.pAdapters = adapters.data();
	CALL(D3DKMTEnumAdapters3(&some));
	CHECK(some.NumAdapters == adapters.size());
	for (size_t i = 1; i < adapters.size(); i++) {
		close_adapter.hAdapter = adapters[i].hAdapter;
		CALL(D3DKMTCloseAdapter(&close_adapter));
	}
	*luid = adapters[0].AdapterLuid;
	return adapters[0].hAdapter;
}

static NTSTATUS query(D3DKMT_HANDLE adapter, KMTQUERYADAPTERINFOTYPE type, void *data, size_t size)
{
	D3DKMT_QUERYADAPTERINFO args = {};

	args.hAdapter = adapter;
	args.Type = type;
	args.pPrivateDriverData = data;
	args.PrivateDriverDataSize = (UINT)size;
	return D3DKMTQueryAdapterInfo(&args);
}

#define QUERY(adapter, type, data) CALL(query(adapter, KMTQAITYPE_##type, &(data), sizeof(data)))

static void look_at_strings(D3DKMT_HANDLE adapter)
{
	static D3DKMT_DRIVER_DESCRIPTION description;
	static D3DKMT_ADAPTERREGISTRYINFO registry;
	D3DKMT_UMDFILENAMEINFO driver = {};
	D3DKMT_QUERY_ADAPTER_UNIQUE_GUID guid = {};
	D3DKMT_NODEMETADATA node = {};
	D3DKMT_GPUVERSION version = {};

	driver.Version = KMTUMDVERSION_DX12;
	QUERY(adapter, UMDRIVERNAME, driver);
	CHECK(text(driver.UmdFileName) == "libdxgcl.so");
	CHECK(driver.Version == KMTUMDVERSION_DX12);
	QUERY(adapter, DRIVER_DESCRIPTION, description);
	CHECK(!text(description.DriverDescription).empty());
	QUERY(adapter, ADAPTERREGISTRYINFO, registry);
	CHECK(text(registry.BiosString) == "opendxg");
	CHECK(text(registry.DacType) == "none");
	CHECK(text(registry.ChipType) == text(description.DriverDescription));
	QUERY(adapter, QUERY_ADAPTER_UNIQUE_GUID, guid);
	CHECK(text(guid.AdapterUniqueGUID).size() == 38);
	QUERY(adapter, NODEMETADATA, node);
	CHECK(text(node.NodeData.FriendlyName) == "Compute");
	CHECK(node.NodeData.EngineType == DXGK_ENGINE_TYPE_OTHER);
	CHECK(node.NodeData.GpuMmuSupported && !node.NodeData.IoMmuSupported);
	CALL(query(adapter, KMTQUITYPE_GPUVERSION, &version, sizeof(version)));
	CHECK(text(version.BiosVersion) == "opendxg");
}

// A string of the registry, asked for twice: how long it is, and then the value.
static std::string registry_text(D3DKMT_HANDLE adapter, D3DDDI_QUERYREGISTRY_TYPE type,
				 const char *name)
{
	D3DDDI_QUERYREGISTRY_INFO info = {};

	info.QueryType = type;
	info.ValueType = 1; // REG_SZ
	set_name(&info, name);
	QUERY(adapter, QUERYREGISTRY, info);
	CHECK(info.Status == D3DDDI_QUERYREGISTRY_STATUS_BUFFER_OVERFLOW);

	std::vector<UINT64> room((sizeof(info) + info.OutputValueSize + 7) / 8);
	D3DDDI_QUERYREGISTRY_INFO *full = (D3DDDI_QUERYREGISTRY_INFO *)room.data();
	std::memcpy(room.data(), &info, sizeof(info));
	CALL(query(adapter, KMTQAITYPE_QUERYREGISTRY, full, sizeof(info) + info.OutputValueSize));
	CHECK(full->Status == D3DDDI_QUERYREGISTRY_STATUS_SUCCESS);
	CHECK(full->OutputValueSize == info.OutputValueSize);

	std::string out;
	for (size_t i = 0; full->OutputString[i]; i++)
		out += (char)full->OutputString[i];
	CHECK((out.size() + 1) * sizeof(WCHAR) == info.OutputValueSize);
	return out;
}

static void look_at_registry(D3DKMT_HANDLE adapter)
{
	D3DDDI_QUERYREGISTRY_INFO info = {};

	CHECK(registry_text(adapter, D3DDDI_QUERYREGISTRY_ADAPTERKEY, "OpenCLDriverName") ==
	      "libdxgcl.so");
	CHECK(registry_text(adapter, D3DDDI_QUERYREGISTRY_DRIVERSTOREPATH, "").at(0) == '/');
	info.QueryType = D3DDDI_QUERYREGISTRY_ADAPTERKEY;
	info.ValueType = 11; // REG_QWORD
	set_name(&info, "HardwareInformation.qwMemorySize");
	QUERY(adapter, QUERYREGISTRY, info);
	CHECK(info.Status == D3DDDI_QUERYREGISTRY_STATUS_SUCCESS);
	CHECK(info.OutputValueSize == 8 && info.OutputQword > 0);
}

static void look_at(D3DKMT_HANDLE adapter)
{
	D3DKMT_ADAPTERTYPE type = {};
	D3DKMT_QUERY_DEVICE_IDS ids = {};
	D3DKMT_PHYSICAL_ADAPTER_COUNT count = {};
	D3DKMT_WDDM_2_7_CAPS caps = {};
	D3DKMT_SEGMENTSIZEINFO segments = {};
	D3DKMT_DRIVERVERSION version = KMT_DRIVERVERSION_WDDM_1_0;
	D3DKMT_NODE_PERFDATA node = {};
	D3DKMT_ADAPTER_PERFDATA perf = {};
	D3DKMT_ADAPTER_PERFDATACAPS limits = {};
	D3DKMT_ADAPTERADDRESS address = {};
	D3DKMT_QUERYVIDEOMEMORYINFO memory = {};

	QUERY(adapter, ADAPTERTYPE, type);
	CHECK(type.RenderSupported && type.Paravirtualized && !type.DisplaySupported);
	QUERY(adapter, PHYSICALADAPTERDEVICEIDS, ids);
	QUERY(adapter, PHYSICALADAPTERCOUNT, count);
	CHECK(count.Count == 1);
	QUERY(adapter, WDDM_2_7_CAPS, caps);
	CHECK(caps.HwSchSupported && caps.HwSchEnabled);
	QUERY(adapter, GETSEGMENTSIZE, segments);
	CHECK(segments.SharedSystemMemorySize > 0);
	QUERY(adapter, DRIVERVERSION, version);
	CHECK(version == KMT_DRIVERVERSION_WDDM_3_0);
	QUERY(adapter, NODEPERFDATA, node);
	QUERY(adapter, ADAPTERPERFDATA, perf);
	QUERY(adapter, ADAPTERPERFDATA_CAPS, limits);
	CHECK(!node.Voltage && !perf.Temperature && !limits.TemperatureMax);
	QUERY(adapter, ADAPTERADDRESS, address);
	CHECK(address.BusNumber == UINT_MAX);
	memory.hAdapter = adapter;
	memory.MemorySegmentGroup = D3DKMT_MEMORY_SEGMENT_GROUP_NON_LOCAL;
	CALL(D3DKMTQueryVideoMemoryInfo(&memory));
	look_at_strings(adapter);
	look_at_registry(adapter);
}

// ---- device and memory ----

struct gpu {
	D3DKMT_HANDLE adapter, device, queue, context;
	D3DKMT_HANDLE paging_fence, fence, memory;
	const volatile UINT64 *paging_value, *value;
	D3DGPU_VIRTUAL_ADDRESS va;
	BYTE *cpu;
	UINT64 size;
};

static D3DKMT_HANDLE create_fence(D3DKMT_HANDLE device, bool shared, const volatile UINT64 **value)
{
	D3DKMT_CREATESYNCHRONIZATIONOBJECT2 args = {};

	args.hDevice = device;
	args.Info.Type = D3DDDI_MONITORED_FENCE;
	args.Info.Flags.Shared = shared;
	args.Info.Flags.NtSecuritySharing = shared;
	args.Info.MonitoredFence.InitialFenceValue = 1;
	CALL(D3DKMTCreateSynchronizationObject2(&args));
	*value = (const volatile UINT64 *)args.Info.MonitoredFence.FenceValueCPUVirtualAddress;
	CHECK(**value == 1);
	return args.hSyncObject;
}

static void wait_cpu(const gpu &g, D3DKMT_HANDLE fence, UINT64 value, int event)
{
	D3DKMT_WAITFORSYNCHRONIZATIONOBJECTFROMCPU args = {};

	args.hDevice = g.device;
	args.ObjectCount = 1;
	args.ObjectHandleArray = &fence;
	args.FenceValueArray = &value;
	if (event >= 0)
		args.hAsyncEvent = (HANDLE)(intptr_t)event;
	CALL(D3DKMTWaitForSynchronizationObjectFromCpu(&args));
}

static void wait_event(int event)
{
	struct pollfd p = { event, POLLIN, 0 };
	uint64_t count = 0;

	CHECK(poll(&p, 1, wait_ms) == 1);
	CHECK(read(event, &count, sizeof(count)) == (ssize_t)sizeof(count) && count == 1);
}

static void create_memory(gpu *g)
{
	struct dxg_alloc_private priv = {};
	D3DDDI_ALLOCATIONINFO2 info = {};
	D3DKMT_CREATEALLOCATION args = {};
	D3DDDI_MAKERESIDENT resident = {};
	D3DDDI_MAPGPUVIRTUALADDRESS map = {};
	D3DKMT_LOCK2 lock = {};

	priv.flags = DXG_ALLOC_CPU_VISIBLE;
	priv.size = 4 * page;
	info.pPrivateDriverData = &priv;
	info.PrivateDriverDataSize = sizeof(priv);
	args.hDevice = g->device;
	args.NumAllocations = 1;
	args.pAllocationInfo2 = &info;
	CALL(D3DKMTCreateAllocation2(&args));
	g->memory = info.hAllocation;
	g->size = priv.size;
	resident.hPagingQueue = g->queue;
	resident.NumAllocations = 1;
	resident.AllocationList = &g->memory;
	CALL(D3DKMTMakeResident(&resident));
	map.hPagingQueue = g->queue;
	map.hAllocation = g->memory;
	map.SizeInPages = g->size / page;
	map.Protection.Write = 1;
	CALL(D3DKMTMapGpuVirtualAddress(&map));
	g->va = map.VirtualAddress;
	wait_cpu(*g, g->paging_fence, map.PagingFenceValue, -1);
	CHECK(*g->paging_value >= map.PagingFenceValue);
	lock.hDevice = g->device;
	lock.hAllocation = g->memory;
	CALL(D3DKMTLock2(&lock));
	g->cpu = (BYTE *)lock.pData;
}

static gpu create(D3DKMT_HANDLE adapter)
{
	D3DKMT_CREATEDEVICE device = {};
	D3DKMT_CREATEPAGINGQUEUE queue = {};
	D3DKMT_CREATECONTEXTVIRTUAL context = {};
	D3DKMT_GETDEVICESTATE state = {};
	gpu g = {};

	g.adapter = adapter;
	device.hAdapter = adapter;
	CALL(D3DKMTCreateDevice(&device));
	g.device = device.hDevice;
	queue.hDevice = g.device;
	queue.Priority = D3DDDI_PAGINGQUEUE_PRIORITY_NORMAL;
	CALL(D3DKMTCreatePagingQueue(&queue));
	g.queue = queue.hPagingQueue;
	g.paging_fence = queue.hSyncObject;
	g.paging_value = (const volatile UINT64 *)queue.FenceValueCPUVirtualAddress;
	context.hDevice = g.device;
	context.ClientHint = D3DKMT_CLIENTHINT_OPENCL;
	context.Flags.HwQueueSupported = 1;
	CALL(D3DKMTCreateContextVirtual(&context));
	g.context = context.hContext;
	state.hDevice = g.device;
	state.StateType = D3DKMT_DEVICESTATE_EXECUTION;
	CALL(D3DKMTGetDeviceState(&state));
	CHECK(state.ExecutionState == D3DKMT_DEVICEEXECUTION_ACTIVE);
	return g;
}

// ---- work ----

static UINT put_barrier(const gpu &g)
{
	struct dxg_cmd_barrier barrier = {};

	barrier.h.opcode = DXG_CMD_BARRIER;
	barrier.h.size = sizeof(barrier);
	std::memcpy(g.cpu, &barrier, sizeof(barrier));
	return sizeof(barrier);
}

static void submit(const gpu &g, UINT64 value)
{
	D3DKMT_SUBMITCOMMAND args = {};
	D3DKMT_SIGNALSYNCHRONIZATIONOBJECTFROMGPU signal = {};

	args.Commands = g.va;
	args.CommandLength = put_barrier(g);
	args.BroadcastContextCount = 1;
	args.BroadcastContext[0] = g.context;
	CALL(D3DKMTSubmitCommand(&args));
	signal.hContext = g.context;
	signal.ObjectCount = 1;
	signal.ObjectHandleArray = &g.fence;
	signal.MonitoredFenceValueArray = &value;
	CALL(D3DKMTSignalSynchronizationObjectFromGpu(&signal));
}

static void submit_and_wait(const gpu &g)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	submit(g, 2);
	wait_cpu(g, g.fence, 2, -1);
	CHECK(*g.value == 2);
	wait_cpu(g, g.fence, 3, event);
	submit(g, 3);
	wait_event(event);
	CHECK(*g.value == 3);
	close(event);
}

static void submit_to_queue(const gpu &g)
{
	D3DKMT_CREATEHWQUEUE queue = {};
	D3DKMT_SUBMITCOMMANDTOHWQUEUE args = {};
	D3DKMT_SUBMITSIGNALSYNCOBJECTSTOHWQUEUE signal = {};
	D3DKMT_DESTROYHWQUEUE destroy = {};
	UINT64 value = 4;

	queue.hHwContext = g.context;
	CALL(D3DKMTCreateHwQueue(&queue));
	args.hHwQueue = queue.hHwQueue;
	args.HwQueueProgressFenceId = 1;
	args.CommandBuffer = g.va;
	args.CommandLength = put_barrier(g);
	CALL(D3DKMTSubmitCommandToHwQueue(&args));
	signal.BroadcastHwQueueCount = 1;
	signal.BroadcastHwQueueArray = &queue.hHwQueue;
	signal.ObjectCount = 1;
	signal.ObjectHandleArray = &g.fence;
	signal.FenceValueArray = &value;
	CALL(D3DKMTSubmitSignalSyncObjectsToHwQueue(&signal));
	wait_cpu(g, queue.hHwQueueProgressFence, 1, -1);
	CHECK(*(const volatile UINT64 *)queue.HwQueueProgressFenceCPUVirtualAddress == 1);
	wait_cpu(g, g.fence, 4, -1);
	destroy.hHwQueue = queue.hHwQueue;
	CALL(D3DKMTDestroyHwQueue(&destroy));
}

static void look_at_statistics(const gpu &g, LUID luid)
{
	D3DKMT_QUERYSTATISTICS args = {};
	D3DKMT_QUERYCLOCKCALIBRATION clock = {};

	args.Type = D3DKMT_QUERYSTATISTICS_PROCESS_NODE;
	args.AdapterLuid = luid;
	CALL(D3DKMTQueryStatistics(&args));
	const D3DKMT_QUERYSTATISTICS_PROCESS_NODE_INFORMATION &node =
		args.QueryResult.ProcessNodeInformation;
	CHECK(node.PacketStatistics.DmaPacket[D3DKMT_ClientRenderBuffer].PacketCompleted >= 3);
	clock.hAdapter = g.adapter;
	CALL(D3DKMTQueryClockCalibration(&clock));
	CHECK(clock.ClockData.GpuFrequency > 0);
}

// ---- sharing ----

static HANDLE share(D3DKMT_HANDLE object)
{
	HANDLE handle = nullptr;

	CALL(D3DKMTShareObjects(1, &object, nullptr, 0, &handle));
	CHECK(handle);
	return handle;
}

// A resource of one allocation; -1 where the transport has no shared resources (the socket).
static int share_resource(const gpu &g)
{
	struct dxg_alloc_private priv = {};
	D3DDDI_ALLOCATIONINFO2 info = {};
	D3DKMT_CREATEALLOCATION args = {};
	NTSTATUS status;

	priv.size = page;
	info.pPrivateDriverData = &priv;
	info.PrivateDriverDataSize = sizeof(priv);
	args.hDevice = g.device;
	args.Flags.CreateResource = 1;
	args.Flags.CreateShared = 1;
	args.Flags.NtSecuritySharing = 1;
	args.NumAllocations = 1;
	args.pAllocationInfo2 = &info;
	status = D3DKMTCreateAllocation2(&args);
	if (status == STATUS_NOT_SUPPORTED)
		return -1;
	CALL(status);
	return (int)(intptr_t)share(args.hResource);
}

static void run_child(int fence, int resource)
{
	posix_spawn_file_actions_t actions;
	std::string number[2] = { "10", resource < 0 ? "-1" : "11" };
	char path[] = "/proc/self/exe", word[] = "child";
	char *argv[] = { path, word, &number[0][0], &number[1][0], nullptr };
	int status = -1;
	pid_t pid;

	CHECK(!posix_spawn_file_actions_init(&actions));
	CHECK(!posix_spawn_file_actions_adddup2(&actions, fence, 10));
	if (resource >= 0)
		CHECK(!posix_spawn_file_actions_adddup2(&actions, resource, 11));
	CHECK(!posix_spawn(&pid, path, &actions, nullptr, argv, environ));
	posix_spawn_file_actions_destroy(&actions);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void share_with_child(const gpu &g)
{
	const volatile UINT64 *value;
	D3DKMT_HANDLE fence = create_fence(g.device, true, &value);
	D3DKMT_DESTROYSYNCHRONIZATIONOBJECT destroy = {};
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int fd = (int)(intptr_t)share(fence), resource = share_resource(g);

	wait_cpu(g, fence, 5, event);
	run_child(fd, resource);
	wait_event(event);
	CHECK(*value == 5);
	destroy.hSyncObject = fence;
	CALL(D3DKMTDestroySynchronizationObject(&destroy));
	close(event);
	close(fd);
	if (resource >= 0)
		close(resource);
}

static void open_resource(const gpu &g, int fd)
{
	D3DKMT_QUERYRESOURCEINFOFROMNTHANDLE info = {};
	D3DKMT_OPENRESOURCEFROMNTHANDLE args = {};
	D3DKMT_DESTROYALLOCATION destroy = {};

	info.hDevice = g.device;
	info.hNtHandle = (HANDLE)(intptr_t)fd;
	CALL(D3DKMTQueryResourceInfoFromNtHandle(&info));
	CHECK(info.NumAllocations == 1);
	std::vector<BYTE> total(info.TotalPrivateDriverDataSize + 1);
	std::vector<BYTE> resource(info.ResourcePrivateDriverDataSize + 1);
	std::vector<BYTE> runtime(info.PrivateRuntimeDataSize + 1);
	std::vector<D3DDDI_OPENALLOCATIONINFO2> allocations(info.NumAllocations);
	args.hDevice = g.device;
	args.hNtHandle = (HANDLE)(intptr_t)fd;
	args.NumAllocations = info.NumAllocations;
	args.pOpenAllocationInfo2 = allocations.data();
	args.pPrivateRuntimeData = runtime.data();
	args.PrivateRuntimeDataSize = info.PrivateRuntimeDataSize;
	args.pResourcePrivateDriverData = resource.data();
	args.ResourcePrivateDriverDataSize = info.ResourcePrivateDriverDataSize;
	args.pTotalPrivateDriverDataBuffer = total.data();
	args.TotalPrivateDriverDataBufferSize = info.TotalPrivateDriverDataSize;
	CALL(D3DKMTOpenResourceFromNtHandle(&args));
	CHECK(args.hResource && allocations[0].hAllocation);
	destroy.hDevice = g.device;
	destroy.hResource = args.hResource;
	CALL(D3DKMTDestroyAllocation(&destroy));
}

static void child(const gpu &g, int fence, int resource)
{
	D3DKMT_OPENSYNCOBJECTFROMNTHANDLE2 open = {};
	D3DKMT_SIGNALSYNCHRONIZATIONOBJECTFROMCPU signal = {};
	UINT64 value = 5;

	open.hNtHandle = (HANDLE)(intptr_t)fence;
	open.hDevice = g.device;
	CALL(D3DKMTOpenSyncObjectFromNtHandle2(&open));
	CHECK(*(const volatile UINT64 *)open.MonitoredFence.FenceValueCPUVirtualAddress == 1);
	if (resource >= 0)
		open_resource(g, resource);
	signal.hDevice = g.device;
	signal.ObjectCount = 1;
	signal.ObjectHandleArray = &open.hSyncObject;
	signal.FenceValueArray = &value;
	CALL(D3DKMTSignalSynchronizationObjectFromCpu(&signal));
}

// ---- what is older, and what there is not ----

static void call_others(const gpu &g)
{
	D3DKMT_CREATESYNCHRONIZATIONOBJECT sync = {};
	D3DKMT_SIGNALSYNCHRONIZATIONOBJECT signal = {};
	D3DKMT_WAITFORSYNCHRONIZATIONOBJECT wait = {};
	D3DKMT_SETSTABLEPOWERSTATE power = {};
	D3DKMT_LOCK lock = {};
	D3DKMT_CREATEKEYEDMUTEX2 mutex = {};

	sync.hDevice = g.device;
	sync.Info.Type = D3DDDI_FENCE;
	CHECK(D3DKMTCreateSynchronizationObject(&sync) == STATUS_INVALID_PARAMETER);
	sync.Info.Type = D3DDDI_SYNCHRONIZATION_MUTEX;
	CHECK(D3DKMTCreateSynchronizationObject(&sync) == STATUS_NOT_SUPPORTED);
	CHECK(D3DKMTCreateSynchronizationObject(nullptr) == STATUS_INVALID_PARAMETER);
	signal.hContext = g.context;
	signal.ObjectCount = D3DDDI_MAX_OBJECT_SIGNALED + 1;
	CHECK(D3DKMTSignalSynchronizationObject(&signal) == STATUS_INVALID_PARAMETER);
	CHECK(D3DKMTSignalSynchronizationObject(nullptr) == STATUS_INVALID_PARAMETER);
	wait.hContext = g.context;
	wait.ObjectCount = D3DDDI_MAX_OBJECT_WAITED_ON + 1;
	CHECK(D3DKMTWaitForSynchronizationObject(&wait) == STATUS_INVALID_PARAMETER);
	CHECK(D3DKMTWaitForSynchronizationObject(nullptr) == STATUS_INVALID_PARAMETER);
	CHECK(D3DKMTDestroyAllocation(nullptr) == STATUS_INVALID_PARAMETER);
	CALL(D3DKMTSetStablePowerState(&power));
	CHECK(D3DKMTLock(&lock) == STATUS_NOT_SUPPORTED);
	CHECK(D3DKMTCreateKeyedMutex2(&mutex) == STATUS_NOT_SUPPORTED);
}

// ---- the end ----

static void destroy(const gpu &g)
{
	D3DKMT_UNLOCK2 unlock = {};
	D3DKMT_FREEGPUVIRTUALADDRESS free_va = {};
	D3DKMT_DESTROYALLOCATION2 allocation = {};
	D3DKMT_DESTROYSYNCHRONIZATIONOBJECT sync = {};
	D3DDDI_DESTROYPAGINGQUEUE queue = {};
	D3DKMT_DESTROYCONTEXT context = {};

	unlock.hDevice = g.device;
	unlock.hAllocation = g.memory;
	CALL(D3DKMTUnlock2(&unlock));
	free_va.hAdapter = g.adapter;
	free_va.BaseAddress = g.va;
	free_va.Size = g.size;
	CALL(D3DKMTFreeGpuVirtualAddress(&free_va));
	allocation.hDevice = g.device;
	allocation.phAllocationList = &g.memory;
	allocation.AllocationCount = 1;
	CALL(D3DKMTDestroyAllocation2(&allocation));
	CHECK(!NT_SUCCESS(D3DKMTDestroyAllocation2(&allocation)));
	sync.hSyncObject = g.fence;
	CALL(D3DKMTDestroySynchronizationObject(&sync));
	queue.hPagingQueue = g.queue;
	CALL(D3DKMTDestroyPagingQueue(&queue));
	context.hContext = g.context;
	CALL(D3DKMTDestroyContext(&context));
}

static void destroy_device(const gpu &g)
{
	D3DKMT_DESTROYDEVICE device = {};
	D3DKMT_CLOSEADAPTER adapter = {};

	device.hDevice = g.device;
	CALL(D3DKMTDestroyDevice(&device));
	CHECK(!NT_SUCCESS(D3DKMTDestroyDevice(&device)));
	adapter.hAdapter = g.adapter;
	CALL(D3DKMTCloseAdapter(&adapter));
}

// Everything goes with the device of the process, and a new start is one.
static void close_and_begin_anew(D3DKMT_HANDLE adapter, LUID luid)
{
	D3DKMT_CREATEDEVICE device = {};
	D3DKMT_OPENADAPTERFROMLUID open = {};
	D3DKMT_CLOSEADAPTER close_adapter = {};

	D3DKMTCloseDxCoreDevice();
	D3DKMTCloseDxCoreDevice();
	device.hAdapter = adapter;
	CHECK(!NT_SUCCESS(D3DKMTCreateDevice(&device)));
	open.AdapterLuid = luid;
	if (!NT_SUCCESS(D3DKMTOpenAdapterFromLuid(&open)))
		open.hAdapter = enumerate(&luid); // a session over the socket has a LUID of its own
	close_adapter.hAdapter = open.hAdapter;
	CALL(D3DKMTCloseAdapter(&close_adapter));
}

int main(int argc, char **argv)
{
	D3DKMT_OPENADAPTERFROMLUID open = {};
	D3DKMT_CLOSEADAPTER close_adapter = {};
	LUID luid = {};

	alarm(120);
	close_adapter.hAdapter = enumerate(&luid);
	open.AdapterLuid = luid;
	CALL(D3DKMTOpenAdapterFromLuid(&open));
	CALL(D3DKMTCloseAdapter(&close_adapter));
	gpu g = create(open.hAdapter);
	if (argc == 4) {
		child(g, std::atoi(argv[2]), std::atoi(argv[3]));
		destroy_device(g);
		return 0;
	}
	look_at(g.adapter);
	g.fence = create_fence(g.device, false, &g.value);
	create_memory(&g);
	submit_and_wait(g);
	submit_to_queue(g);
	look_at_statistics(g, luid);
	share_with_child(g);
	call_others(g);
	destroy(g);
	destroy_device(g);
	CALL(D3DKMTOpenAdapterFromLuid(&open));
	close_and_begin_anew(open.hAdapter, luid);
	std::puts("published headers: enumerated, created, submitted, waited, shared, destroyed");
	return 0;
}

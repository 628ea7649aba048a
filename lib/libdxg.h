/* SPDX-License-Identifier: MIT */
/*
 * libdxg.h - the WDDM kernel thunks (D3DKMT) of a virtual GPU, for C and C++.
 *
 * Every entry point takes the structure that the ioctl of the same name has and answers with an
 * NTSTATUS: zero and positive values are success, negative ones failure. Behind them is either the
 * kernel's /dev/dxg or, without a module, the socket of a dxgd on this machine; a program sees no
 * difference. DXG_DEVICE=/path names either of them; DXG_VGPU=name chooses the virtual GPU of a
 * socket session.
 *
 * Pointers inside the structures are 64-bit integers; dxg_ptr() converts one. "NT handles" are file
 * descriptors. All functions may be called by any number of threads. Nothing is opened before the
 * first call. A forked child starts with a session of its own: handles and mapped addresses of its
 * parent mean nothing to it.
 *
 * An entry point whose ioctl the transport does not carry answers STATUS_NOT_SUPPORTED, a NULL
 * argument STATUS_INVALID_PARAMETER, and everything of a session that has ended
 * STATUS_DEVICE_REMOVED, until the last adapter handle is closed and the adapters are enumerated
 * anew.
 */
#ifndef LIBDXG_H
#define LIBDXG_H

#include <stdint.h>

#include <misc/d3dkmthk.h>
#include <misc/opendxg.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef DXG_API
#define DXG_API __attribute__((visibility("default")))
#endif

#ifndef _NTDEF_
/** NTSTATUS - result of every entry point; negative is failure. */
typedef int32_t NTSTATUS;
#endif

#ifndef STATUS_SUCCESS
#define STATUS_SUCCESS ((NTSTATUS)0)
#define STATUS_TIMEOUT ((NTSTATUS)0x00000102)
#define STATUS_PENDING ((NTSTATUS)0x00000103)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xC0000001u)
#define STATUS_INVALID_HANDLE ((NTSTATUS)0xC0000008u)
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000Du)
#define STATUS_NO_MEMORY ((NTSTATUS)0xC0000017u)
#define STATUS_ILLEGAL_INSTRUCTION ((NTSTATUS)0xC000001Du)
#define STATUS_ACCESS_DENIED ((NTSTATUS)0xC0000022u)
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023u)
#define STATUS_OBJECT_TYPE_MISMATCH ((NTSTATUS)0xC0000024u)
#define STATUS_OBJECT_NAME_INVALID ((NTSTATUS)0xC0000033u)
#define STATUS_OBJECT_NAME_COLLISION ((NTSTATUS)0xC0000035u)
#define STATUS_NOT_SUPPORTED ((NTSTATUS)0xC00000BBu)
#define STATUS_DEVICE_REMOVED ((NTSTATUS)0xC00002B6u)
#define STATUS_GRAPHICS_ALLOCATION_BUSY ((NTSTATUS)0xC01E0102u)
#endif

/** dxg_ptr() - @p as a pointer field of the structures holds it. */
static inline uint64_t dxg_ptr(const volatile void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/** D3DKMTOpenAdapterFromLuid() - open the adapter that has this id; ioctl 0x01. */
DXG_API NTSTATUS D3DKMTOpenAdapterFromLuid(struct d3dkmt_openadapterfromluid *args);

/**
 * D3DKMTCreateDevice() - make a device, the owner of everything a client has on an adapter;
 * ioctl 0x02.
 */
DXG_API NTSTATUS D3DKMTCreateDevice(struct d3dkmt_createdevice *args);

/** D3DKMTCreateContext() - make a context of the patch-list submission model; ioctl 0x03. */
DXG_API NTSTATUS D3DKMTCreateContext(struct d3dkmt_createcontext *args);

/**
 * D3DKMTCreateContextVirtual() - make a context whose commands use GPU virtual addresses;
 * ioctl 0x04.
 */
DXG_API NTSTATUS D3DKMTCreateContextVirtual(struct d3dkmt_createcontextvirtual *args);

/** D3DKMTDestroyContext() - destroy a context and its hardware queues; ioctl 0x05. */
DXG_API NTSTATUS D3DKMTDestroyContext(struct d3dkmt_destroycontext *args);

/**
 * D3DKMTCreateAllocation2() - make allocations, on their own or as parts of a resource;
 * ioctl 0x06.
 */
DXG_API NTSTATUS D3DKMTCreateAllocation2(struct d3dkmt_createallocation *args);

/**
 * D3DKMTCreatePagingQueue() - make a queue for memory operations, with a monitored fence;
 * ioctl 0x07.
 */
DXG_API NTSTATUS D3DKMTCreatePagingQueue(struct d3dkmt_createpagingqueue *args);

/** D3DKMTReserveGpuVirtualAddress() - set a GPU address range aside; ioctl 0x08. */
DXG_API NTSTATUS D3DKMTReserveGpuVirtualAddress(struct d3dddi_reservegpuvirtualaddress *args);

/** D3DKMTQueryAdapterInfo() - ask an adapter one question; ioctl 0x09. */
DXG_API NTSTATUS D3DKMTQueryAdapterInfo(struct d3dkmt_queryadapterinfo *args);

/** D3DKMTQueryVideoMemoryInfo() - memory budget and use of the caller, in bytes; ioctl 0x0a. */
DXG_API NTSTATUS D3DKMTQueryVideoMemoryInfo(struct d3dkmt_queryvideomemoryinfo *args);

/** D3DKMTMakeResident() - bring allocations into memory that the GPU reaches; ioctl 0x0b. */
DXG_API NTSTATUS D3DKMTMakeResident(struct d3dddi_makeresident *args);

/**
 * D3DKMTMapGpuVirtualAddress() - map an allocation, or a part of it, to GPU addresses;
 * ioctl 0x0c.
 */
DXG_API NTSTATUS D3DKMTMapGpuVirtualAddress(struct d3dddi_mapgpuvirtualaddress *args);

/** D3DKMTEscape() - exchange private data with the driver on the host; ioctl 0x0d. */
DXG_API NTSTATUS D3DKMTEscape(struct d3dkmt_escape *args);

/** D3DKMTGetDeviceState() - is a device alive, and if not, what ended it; ioctl 0x0e. */
DXG_API NTSTATUS D3DKMTGetDeviceState(struct d3dkmt_getdevicestate *args);

/**
 * D3DKMTSubmitCommand() - queue a command buffer, named by GPU address, on contexts;
 * ioctl 0x0f.
 */
DXG_API NTSTATUS D3DKMTSubmitCommand(struct d3dkmt_submitcommand *args);

/**
 * D3DKMTCreateSynchronizationObject2() - make a fence or another synchronization object;
 * ioctl 0x10.
 */
DXG_API NTSTATUS
D3DKMTCreateSynchronizationObject2(struct d3dkmt_createsynchronizationobject2 *args);

/**
 * D3DKMTSignalSynchronizationObject2() - queue a signal of legacy objects on contexts;
 * ioctl 0x11.
 */
DXG_API NTSTATUS
D3DKMTSignalSynchronizationObject2(struct d3dkmt_signalsynchronizationobject2 *args);

/**
 * D3DKMTWaitForSynchronizationObject2() - hold a context back until legacy objects signal;
 * ioctl 0x12.
 */
DXG_API NTSTATUS
D3DKMTWaitForSynchronizationObject2(struct d3dkmt_waitforsynchronizationobject2 *args);

/** D3DKMTDestroyAllocation2() - destroy a resource, or a list of allocations; ioctl 0x13. */
DXG_API NTSTATUS D3DKMTDestroyAllocation2(struct d3dkmt_destroyallocation2 *args);

/** D3DKMTEnumAdapters2() - open every active adapter that can render; ioctl 0x14. */
DXG_API NTSTATUS D3DKMTEnumAdapters2(struct d3dkmt_enumadapters2 *args);

/** D3DKMTCloseAdapter() - give up one adapter handle; ioctl 0x15. */
DXG_API NTSTATUS D3DKMTCloseAdapter(struct d3dkmt_closeadapter *args);

/** D3DKMTChangeVideoMemoryReservation() - claim a part of the budget as guaranteed; ioctl 0x16. */
DXG_API NTSTATUS
D3DKMTChangeVideoMemoryReservation(struct d3dkmt_changevideomemoryreservation *args);

/** D3DKMTCreateHwContext() - make a context that the hardware schedules; ioctl 0x17. */
DXG_API NTSTATUS D3DKMTCreateHwContext(struct d3dkmt_createhwcontext *args);

/**
 * D3DKMTCreateHwQueue() - make a queue in a context, with a fence that tells its progress;
 * ioctl 0x18.
 */
DXG_API NTSTATUS D3DKMTCreateHwQueue(struct d3dkmt_createhwqueue *args);

/** D3DKMTDestroyDevice() - destroy a device with all that it owns; ioctl 0x19. */
DXG_API NTSTATUS D3DKMTDestroyDevice(struct d3dkmt_destroydevice *args);

/** D3DKMTDestroyHwContext() - destroy a context made by CreateHwContext; ioctl 0x1a. */
DXG_API NTSTATUS D3DKMTDestroyHwContext(struct d3dkmt_destroyhwcontext *args);

/** D3DKMTDestroyHwQueue() - destroy a hardware queue and its progress fence; ioctl 0x1b. */
DXG_API NTSTATUS D3DKMTDestroyHwQueue(struct d3dkmt_destroyhwqueue *args);

/** D3DKMTDestroyPagingQueue() - destroy a paging queue and its fence; ioctl 0x1c. */
DXG_API NTSTATUS D3DKMTDestroyPagingQueue(struct d3dddi_destroypagingqueue *args);

/**
 * D3DKMTDestroySynchronizationObject() - destroy what CreateSynchronizationObject2 made;
 * ioctl 0x1d.
 */
DXG_API NTSTATUS
D3DKMTDestroySynchronizationObject(struct d3dkmt_destroysynchronizationobject *args);

/** D3DKMTEvict() - take back one MakeResident for each of the allocations; ioctl 0x1e. */
DXG_API NTSTATUS D3DKMTEvict(struct d3dkmt_evict *args);

/** D3DKMTFlushHeapTransitions() - complete pending heap changes of an adapter; ioctl 0x1f. */
DXG_API NTSTATUS D3DKMTFlushHeapTransitions(struct d3dkmt_flushheaptransitions *args);

/**
 * D3DKMTFreeGpuVirtualAddress() - give a GPU address range back, mapped or reserved;
 * ioctl 0x20.
 */
DXG_API NTSTATUS D3DKMTFreeGpuVirtualAddress(struct d3dkmt_freegpuvirtualaddress *args);

/**
 * D3DKMTGetContextInProcessSchedulingPriority() - read the priority inside the process;
 * ioctl 0x21.
 */
DXG_API NTSTATUS D3DKMTGetContextInProcessSchedulingPriority(
	struct d3dkmt_getcontextinprocessschedulingpriority *args);

/**
 * D3DKMTGetContextSchedulingPriority() - read what SetContextSchedulingPriority set;
 * ioctl 0x22.
 */
DXG_API NTSTATUS
D3DKMTGetContextSchedulingPriority(struct d3dkmt_getcontextschedulingpriority *args);

/** D3DKMTGetSharedResourceAdapterLuid() - on which adapter is a shared resource; ioctl 0x23. */
DXG_API NTSTATUS
D3DKMTGetSharedResourceAdapterLuid(struct d3dkmt_getsharedresourceadapterluid *args);

/** D3DKMTInvalidateCache() - make what the GPU wrote to a range visible to the CPU; ioctl 0x24. */
DXG_API NTSTATUS D3DKMTInvalidateCache(struct d3dkmt_invalidatecache *args);

/** D3DKMTLock2() - map an allocation for the CPU; calls nest; ioctl 0x25. */
DXG_API NTSTATUS D3DKMTLock2(struct d3dkmt_lock2 *args);

/** D3DKMTMarkDeviceAsError() - put a device into the error state; ioctl 0x26. */
DXG_API NTSTATUS D3DKMTMarkDeviceAsError(struct d3dkmt_markdeviceaserror *args);

/**
 * D3DKMTOfferAllocations() - allow the memory of resources or allocations to be discarded;
 * ioctl 0x27.
 */
DXG_API NTSTATUS D3DKMTOfferAllocations(struct d3dkmt_offerallocations *args);

/** D3DKMTOpenResource() - open a resource by its global handle; ioctl 0x28. */
DXG_API NTSTATUS D3DKMTOpenResource(struct d3dkmt_openresource *args);

/**
 * D3DKMTOpenSynchronizationObject() - open a synchronization object by its global handle;
 * ioctl 0x29.
 */
DXG_API NTSTATUS D3DKMTOpenSynchronizationObject(struct d3dkmt_opensynchronizationobject *args);

/** D3DKMTQueryAllocationResidency() - where a resource, or each allocation, is now; ioctl 0x2a. */
DXG_API NTSTATUS D3DKMTQueryAllocationResidency(struct d3dkmt_queryallocationresidency *args);

/** D3DKMTQueryResourceInfo() - sizes needed to open a resource by its global handle; ioctl 0x2b. */
DXG_API NTSTATUS D3DKMTQueryResourceInfo(struct d3dkmt_queryresourceinfo *args);

/**
 * D3DKMTReclaimAllocations2() - take an offer back and learn what was discarded meanwhile;
 * ioctl 0x2c.
 */
DXG_API NTSTATUS D3DKMTReclaimAllocations2(struct d3dkmt_reclaimallocations2 *args);

/**
 * D3DKMTRender() - submit in the patch-list model and get the next buffer and lists;
 * ioctl 0x2d.
 */
DXG_API NTSTATUS D3DKMTRender(struct d3dkmt_render *args);

/** D3DKMTSetAllocationPriority() - rank a resource, or allocations, for eviction; ioctl 0x2e. */
DXG_API NTSTATUS D3DKMTSetAllocationPriority(struct d3dkmt_setallocationpriority *args);

/**
 * D3DKMTSetContextInProcessSchedulingPriority() - order a context among its process's own;
 * ioctl 0x2f.
 */
DXG_API NTSTATUS D3DKMTSetContextInProcessSchedulingPriority(
	struct d3dkmt_setcontextinprocessschedulingpriority *args);

/**
 * D3DKMTSetContextSchedulingPriority() - order a context among those of all processes;
 * ioctl 0x30.
 */
DXG_API NTSTATUS
D3DKMTSetContextSchedulingPriority(struct d3dkmt_setcontextschedulingpriority *args);

/** D3DKMTSignalSynchronizationObjectFromCpu() - signal objects now; ioctl 0x31. */
DXG_API NTSTATUS
D3DKMTSignalSynchronizationObjectFromCpu(struct d3dkmt_signalsynchronizationobjectfromcpu *args);

/**
 * D3DKMTSignalSynchronizationObjectFromGpu() - queue a signal behind a context's work;
 * ioctl 0x32.
 */
DXG_API NTSTATUS
D3DKMTSignalSynchronizationObjectFromGpu(struct d3dkmt_signalsynchronizationobjectfromgpu *args);

/**
 * D3DKMTSignalSynchronizationObjectFromGpu2() - queue a signal behind several contexts;
 * ioctl 0x33.
 */
DXG_API NTSTATUS
D3DKMTSignalSynchronizationObjectFromGpu2(struct d3dkmt_signalsynchronizationobjectfromgpu2 *args);

/** D3DKMTSubmitCommandToHwQueue() - queue a command buffer on a hardware queue; ioctl 0x34. */
DXG_API NTSTATUS D3DKMTSubmitCommandToHwQueue(struct d3dkmt_submitcommandtohwqueue *args);

/** D3DKMTSubmitSignalSyncObjectsToHwQueue() - queue a signal behind hardware queues; ioctl 0x35. */
DXG_API NTSTATUS
D3DKMTSubmitSignalSyncObjectsToHwQueue(struct d3dkmt_submitsignalsyncobjectstohwqueue *args);

/**
 * D3DKMTSubmitWaitForSyncObjectsToHwQueue() - hold a hardware queue back until fences signal;
 * ioctl 0x36.
 */
DXG_API NTSTATUS
D3DKMTSubmitWaitForSyncObjectsToHwQueue(struct d3dkmt_submitwaitforsyncobjectstohwqueue *args);

/** D3DKMTUnlock2() - undo one Lock2; ioctl 0x37. */
DXG_API NTSTATUS D3DKMTUnlock2(struct d3dkmt_unlock2 *args);

/** D3DKMTUpdateAllocationProperty() - change where an allocation may be placed; ioctl 0x38. */
DXG_API NTSTATUS D3DKMTUpdateAllocationProperty(struct d3dddi_updateallocproperty *args);

/**
 * D3DKMTUpdateGpuVirtualAddress() - change mappings in the order of a context's work;
 * ioctl 0x39.
 */
DXG_API NTSTATUS D3DKMTUpdateGpuVirtualAddress(struct d3dkmt_updategpuvirtualaddress *args);

/**
 * D3DKMTWaitForSynchronizationObjectFromCpu() - wait until fences have reached values;
 * ioctl 0x3a.
 */
DXG_API NTSTATUS
D3DKMTWaitForSynchronizationObjectFromCpu(struct d3dkmt_waitforsynchronizationobjectfromcpu *args);

/**
 * D3DKMTWaitForSynchronizationObjectFromGpu() - hold a context back until fences signal;
 * ioctl 0x3b.
 */
DXG_API NTSTATUS
D3DKMTWaitForSynchronizationObjectFromGpu(struct d3dkmt_waitforsynchronizationobjectfromgpu *args);

/** D3DKMTGetAllocationPriority() - read what SetAllocationPriority set; ioctl 0x3c. */
DXG_API NTSTATUS D3DKMTGetAllocationPriority(struct d3dkmt_getallocationpriority *args);

/**
 * D3DKMTQueryClockCalibration() - read the clocks of a GPU node and of the CPU together;
 * ioctl 0x3d.
 */
DXG_API NTSTATUS D3DKMTQueryClockCalibration(struct d3dkmt_queryclockcalibration *args);

/** D3DKMTEnumAdapters3() - EnumAdapters2 with a choice of adapter kinds; ioctl 0x3e. */
DXG_API NTSTATUS D3DKMTEnumAdapters3(struct d3dkmt_enumadapters3 *args);

/**
 * D3DKMTShareObjectsInternal() - make a file descriptor that stands for a shareable object;
 * ioctl 0x3f.
 */
DXG_API NTSTATUS D3DKMTShareObjectsInternal(struct d3dkmt_shareobjects *args);

/**
 * D3DKMTOpenSyncObjectFromNtHandle2() - open a synchronization object behind a descriptor;
 * ioctl 0x40.
 */
DXG_API NTSTATUS D3DKMTOpenSyncObjectFromNtHandle2(struct d3dkmt_opensyncobjectfromnthandle2 *args);

/**
 * D3DKMTQueryResourceInfoFromNtHandle() - sizes needed to open a resource behind a descriptor;
 * ioctl 0x41.
 */
DXG_API NTSTATUS
D3DKMTQueryResourceInfoFromNtHandle(struct d3dkmt_queryresourceinfofromnthandle *args);

/** D3DKMTOpenResourceFromNtHandle() - open a resource behind a descriptor; ioctl 0x42. */
DXG_API NTSTATUS D3DKMTOpenResourceFromNtHandle(struct d3dkmt_openresourcefromnthandle *args);

/**
 * D3DKMTQueryStatistics() - counters of an adapter, a process, a segment or a node; ioctl 0x43. Of
 * other processes only through /dev/dxg, and only of those the caller might trace.
 */
DXG_API NTSTATUS D3DKMTQueryStatistics(struct d3dkmt_querystatistics *args);

/** D3DKMTShareObjectWithHost() - make an object available to a process of the host; ioctl 0x44. */
DXG_API NTSTATUS D3DKMTShareObjectWithHost(struct d3dkmt_shareobjectwithhost *args);

/**
 * D3DKMTCreateSyncFile() - make a sync_file that signals when a fence reaches a value;
 * ioctl 0x45.
 */
DXG_API NTSTATUS D3DKMTCreateSyncFile(struct d3dkmt_createsyncfile *args);

/** D3DKMTWaitSyncFile() - hold a context back until a sync_file signals; ioctl 0x46. */
DXG_API NTSTATUS D3DKMTWaitSyncFile(struct d3dkmt_waitsyncfile *args);

/** D3DKMTOpenSyncObjectFromSyncFile() - open the fence behind a sync_file; ioctl 0x47. */
DXG_API NTSTATUS D3DKMTOpenSyncObjectFromSyncFile(struct d3dkmt_opensyncobjectfromsyncfile *args);

/**
 * D3DKMTEnumProcesses() - pids of the processes that hold an adapter open; ioctl 0x48. A socket
 * session has one process, the caller.
 */
DXG_API NTSTATUS D3DKMTEnumProcesses(struct d3dkmt_enumprocesses *args);

/**
 * D3DKMTIsFeatureEnabled() - does the adapter's driver have a feature, and is it on;
 * ioctl 0x49.
 */
DXG_API NTSTATUS D3DKMTIsFeatureEnabled(struct d3dkmt_isfeatureenabled *args);

/**
 * D3DKMTShareObjects() - make a file descriptor that stands for shareable objects.
 * @count: number of @objects; one is carried today
 * @attributes, @access: ignored
 * @ret_handle: the new descriptor, widened
 */
DXG_API NTSTATUS D3DKMTShareObjects(uint32_t count, const struct d3dkmthandle *objects,
				    void *attributes, uint32_t access, uint64_t *ret_handle);

/* ---- what is ours and not of the inherited interface: names start with Opendxg ---- */

/**
 * OpendxgExportDmaBuf() - a dma-buf of a CPU-visible allocation (misc/opendxg.h has the structure);
 * through /dev/dxg only: a dma-buf is the kernel's to make, over the socket this is
 * STATUS_NOT_SUPPORTED.
 */
DXG_API NTSTATUS OpendxgExportDmaBuf(struct opendxg_exportdmabuf *args);

/**
 * OpendxgImportDmaBuf() - an allocation of the memory of a dma-buf, ours or another driver's; as
 * above, over the socket STATUS_NOT_SUPPORTED.
 */
DXG_API NTSTATUS OpendxgImportDmaBuf(struct opendxg_importdmabuf *args);

#ifdef __cplusplus
}
#endif

#endif /* LIBDXG_H */

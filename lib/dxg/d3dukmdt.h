/* SPDX-License-Identifier: MIT */
/*
 * d3dukmdt.h - types that both sides of the WDDM thunk interface share, in the naming of Windows:
 * handles and addresses, allocations, flags, synchronization objects, features. Included by
 * d3dkmthk.h, which says what the three headers are for.
 *
 * Layouts are those of 64-bit Windows for every program: a pointer takes 8 bytes (D3DKMT_PTR), and
 * so do 64-bit integers, 8-byte aligned (D3DKMT_ALIGN64).
 */
#ifndef _D3DUKMDT_H_
#define _D3DUKMDT_H_

#include <wsl/winadapter.h>

/* ---- Versions of the interface; names of all of them are always declared --------------------- */

#define DXGKDDI_INTERFACE_VERSION_VISTA 0x1052
#define DXGKDDI_INTERFACE_VERSION_VISTA_SP1 0x1053
#define DXGKDDI_INTERFACE_VERSION_WIN7 0x2005
#define DXGKDDI_INTERFACE_VERSION_WIN8 0x300E
#define DXGKDDI_INTERFACE_VERSION_WDDM1_3 0x4002
#define DXGKDDI_INTERFACE_VERSION_WDDM1_3_PATH_INDEPENDENT_ROTATION 0x4003
#define DXGKDDI_INTERFACE_VERSION_WDDM2_0 0x5023
#define DXGKDDI_INTERFACE_VERSION_WDDM2_1 0x6003
#define DXGKDDI_INTERFACE_VERSION_WDDM2_1_5 0x6010
#define DXGKDDI_INTERFACE_VERSION_WDDM2_1_6 0x6011
#define DXGKDDI_INTERFACE_VERSION_WDDM2_2 0x700A
#define DXGKDDI_INTERFACE_VERSION_WDDM2_3 0x8001
#define DXGKDDI_INTERFACE_VERSION_WDDM2_4 0x9006
#define DXGKDDI_INTERFACE_VERSION_WDDM2_5 0xA00B
#define DXGKDDI_INTERFACE_VERSION_WDDM2_6 0xB004
#define DXGKDDI_INTERFACE_VERSION_WDDM2_7 0xC004
#define DXGKDDI_INTERFACE_VERSION_WDDM2_8 0xD001
#define DXGKDDI_INTERFACE_VERSION_WDDM2_9 0xE003
#define DXGKDDI_INTERFACE_VERSION_WDDM3_0 0xF003
#define DXGKDDI_INTERFACE_VERSION_WDDM3_1 0x10004
#define DXGKDDI_INTERFACE_VERSION_WDDM3_2 0x11007

#ifndef DXGKDDI_INTERFACE_VERSION
#define DXGKDDI_INTERFACE_VERSION DXGKDDI_INTERFACE_VERSION_WDDM3_0
#endif

/* ---- Fields of 8 bytes ----------------------------------------------------------------------- */

#define D3DKMT_ALIGN64 __attribute__((aligned(8)))
#define D3DKMT_PTR_HELPER(Name) D3DKMT_ALIGN64 UINT64 Name;
/* The integer comes first: braces initialize it, D3DKMT_PTR_INIT() makes one of a pointer. */
#define D3DKMT_PTR(Type, Name)                  \
	__extension__ union D3DKMT_ALIGN64 {    \
		D3DKMT_PTR_HELPER(Name##_Align) \
		Type Name;                      \
	}
#define D3DKMT_PTR_INIT(x)            \
	{                             \
		(UINT64)(UINT_PTR)(x) \
	}

typedef UINT64 D3DKMT_SIZE_T;
typedef UINT64 D3DKMT_UINT_PTR;
typedef UINT64 D3DKMT_ULONG_PTR;
typedef union _D3DKMT_PTR_TYPE {
	D3DKMT_PTR_HELPER(Ptr_Align)
	HANDLE Ptr;
} D3DKMT_PTR_TYPE;

/* ---- Handles, addresses, identifiers --------------------------------------------------------- */

typedef UINT D3DKMT_HANDLE; /* an object of the calling process; 0 is none */
typedef ULONGLONG D3DGPU_VIRTUAL_ADDRESS;
typedef ULONGLONG D3DGPU_SIZE_T;
typedef UINT D3DDDI_VIDEO_PRESENT_SOURCE_ID; /* of displays; there are none */
typedef UINT D3DDDI_VIDEO_PRESENT_TARGET_ID;

#define D3DGPU_NULL 0
#define D3DGPU_UNIQUE_DRIVER_PROTECTION 0x8000000000000000ULL

#define D3DDDI_MAX_WRITTEN_PRIMARIES 16
#define D3DDDI_MAX_BROADCAST_CONTEXT 64
#define D3DDDI_MAX_OBJECT_WAITED_ON 32
#define D3DDDI_MAX_OBJECT_SIGNALED 32

typedef struct _D3DDDI_RATIONAL {
	UINT Numerator;
	UINT Denominator;
} D3DDDI_RATIONAL;

/* ---- Allocations ----------------------------------------------------------------------------- */

typedef struct _D3DDDI_ALLOCATIONINFO {
	D3DKMT_HANDLE hAllocation; /* out */
	D3DKMT_PTR(CONST VOID *, pSystemMem);
	D3DKMT_PTR(VOID *, pPrivateDriverData);
	UINT PrivateDriverDataSize;
	D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
	union {
		__extension__ struct {
			UINT Primary : 1;
			UINT Stereo : 1;
			UINT Reserved : 30;
		};
		UINT Value;
	} Flags;
} D3DDDI_ALLOCATIONINFO;

typedef struct _D3DDDI_ALLOCATIONINFO2 {
	D3DKMT_HANDLE hAllocation; /* out */
	__extension__ union D3DKMT_ALIGN64 {
		D3DKMT_PTR_HELPER(pSystemMem_hSection_Align)
		HANDLE hSection;
		CONST VOID *pSystemMem; /* memory to use, page aligned */
	};
	D3DKMT_PTR(VOID *, pPrivateDriverData); /* in/out */
	UINT PrivateDriverDataSize;
	D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
	union {
		__extension__ struct {
			UINT Primary : 1;
			UINT Stereo : 1;
			UINT OverridePriority : 1;
			UINT Reserved : 29;
		};
		UINT Value;
	} Flags;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS GpuVirtualAddress;
	__extension__ union {
		UINT Priority;
		D3DKMT_ALIGN64 ULONG_PTR Unused;
	};
	D3DKMT_ALIGN64 ULONG_PTR Reserved[5];
} D3DDDI_ALLOCATIONINFO2;

typedef struct _D3DDDI_OPENALLOCATIONINFO {
	D3DKMT_HANDLE hAllocation;
	D3DKMT_PTR(CONST VOID *, pPrivateDriverData);
	UINT PrivateDriverDataSize;
} D3DDDI_OPENALLOCATIONINFO;

typedef struct _D3DDDI_OPENALLOCATIONINFO2 {
	D3DKMT_HANDLE hAllocation;
	D3DKMT_PTR(CONST VOID *, pPrivateDriverData);
	UINT PrivateDriverDataSize;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS GpuVirtualAddress;
	D3DKMT_ALIGN64 ULONG_PTR Reserved[6];
} D3DDDI_OPENALLOCATIONINFO2;

typedef enum _D3DDDI_OFFER_PRIORITY {
	D3DDDI_OFFER_PRIORITY_NONE = 0,
	D3DDDI_OFFER_PRIORITY_LOW = 1,
	D3DDDI_OFFER_PRIORITY_NORMAL = 2,
	D3DDDI_OFFER_PRIORITY_HIGH = 3,
	D3DDDI_OFFER_PRIORITY_AUTO = 4,
} D3DDDI_OFFER_PRIORITY;

typedef enum _D3DDDI_RECLAIM_RESULT {
	D3DDDI_RECLAIM_RESULT_OK = 0,
	D3DDDI_RECLAIM_RESULT_DISCARDED = 1,
	D3DDDI_RECLAIM_RESULT_NOT_COMMITTED = 2,
} D3DDDI_RECLAIM_RESULT;

/* Priorities of allocations, for eviction. */
#define D3DDDI_ALLOCATIONPRIORITY_MINIMUM 0x28000000
#define D3DDDI_ALLOCATIONPRIORITY_LOW 0x50000000
#define D3DDDI_ALLOCATIONPRIORITY_NORMAL 0x78000000
#define D3DDDI_ALLOCATIONPRIORITY_HIGH 0xa0000000
#define D3DDDI_ALLOCATIONPRIORITY_MAXIMUM 0xc8000000

/* ---- The patch-list model of submission ------------------------------------------------------ */

typedef struct _D3DDDI_ALLOCATIONLIST {
	D3DKMT_HANDLE hAllocation;
	__extension__ union {
		__extension__ struct {
			UINT WriteOperation : 1;
			UINT DoNotRetireInstance : 1;
			UINT OfferPriority : 3;
			UINT Reserved : 27;
		};
		UINT Value;
	};
} D3DDDI_ALLOCATIONLIST;

typedef struct _D3DDDI_PATCHLOCATIONLIST {
	UINT AllocationIndex;
	__extension__ union {
		__extension__ struct {
			UINT SlotId : 24;
			UINT Reserved : 8;
		};
		UINT Value;
	};
	UINT DriverId;
	UINT AllocationOffset;
	UINT PatchOffset;
	UINT SplitOffset;
} D3DDDI_PATCHLOCATIONLIST;

/* ---- Flags of single calls ------------------------------------------------------------------- */

typedef struct _D3DDDICB_LOCKFLAGS {
	__extension__ union {
		__extension__ struct {
			UINT ReadOnly : 1;
			UINT WriteOnly : 1;
			UINT DonotWait : 1;
			UINT IgnoreSync : 1;
			UINT LockEntire : 1;
			UINT DonotEvict : 1;
			UINT AcquireAperture : 1;
			UINT Discard : 1;
			UINT NoExistingReference : 1;
			UINT UseAlternateVA : 1;
			UINT IgnoreReadSync : 1;
			UINT Reserved : 21;
		};
		UINT Value;
	};
} D3DDDICB_LOCKFLAGS;

typedef struct _D3DDDICB_LOCK2FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT Reserved : 32;
		};
		UINT Value;
	};
} D3DDDICB_LOCK2FLAGS;

typedef struct _D3DDDICB_DESTROYALLOCATION2FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT AssumeNotInUse : 1;
			UINT SynchronousDestroy : 1;
			UINT Reserved : 29;
			UINT SystemUseOnly : 1;
		};
		UINT Value;
	};
} D3DDDICB_DESTROYALLOCATION2FLAGS;

typedef struct _D3DDDI_CREATECONTEXTFLAGS {
	__extension__ union {
		__extension__ struct {
			UINT NullRendering : 1;
			UINT InitialData : 1;
			UINT DisableGpuTimeout : 1;
			UINT SynchronizationOnly : 1;
			UINT HwQueueSupported : 1;
			UINT NoKmdAccess : 1;
			UINT Reserved : 26;
		};
		UINT Value;
	};
} D3DDDI_CREATECONTEXTFLAGS;

typedef struct _D3DDDI_CREATEHWCONTEXTFLAGS {
	__extension__ union {
		__extension__ struct {
			UINT Reserved : 32;
		};
		UINT Value;
	};
} D3DDDI_CREATEHWCONTEXTFLAGS;

typedef struct _D3DDDI_CREATEHWQUEUEFLAGS {
	__extension__ union {
		__extension__ struct {
			UINT DisableGpuTimeout : 1;
			UINT NoBroadcastSignal : 1;
			UINT NoBroadcastWait : 1;
			UINT NoKmdAccess : 1;
			UINT Reserved : 28;
		};
		UINT Value;
	};
} D3DDDI_CREATEHWQUEUEFLAGS;

typedef struct _D3DDDICB_SIGNALFLAGS {
	__extension__ union {
		__extension__ struct {
			UINT SignalAtSubmission : 1;
			UINT EnqueueCpuEvent : 1;
			UINT AllowFenceRewind : 1;
			UINT Reserved : 28;
			UINT DXGK_SIGNAL_FLAG_INTERNAL0 : 1;
		};
		UINT Value;
	};
} D3DDDICB_SIGNALFLAGS;

typedef struct _D3DDDI_WAITFORSYNCHRONIZATIONOBJECTFROMCPU_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT WaitAny : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} D3DDDI_WAITFORSYNCHRONIZATIONOBJECTFROMCPU_FLAGS;

/* ---- Escape ---------------------------------------------------------------------------------- */

typedef struct _D3DDDI_ESCAPEFLAGS {
	__extension__ union {
		__extension__ struct {
			UINT HardwareAccess : 1;
			UINT DeviceStatusQuery : 1;
			UINT ChangeFrameLatency : 1;
			UINT NoAdapterSynchronization : 1;
			UINT Reserved : 1;
			UINT VirtualMachineData : 1;
			UINT DriverKnownEscape : 1;
			UINT DriverCommonEscape : 1;
			UINT Reserved2 : 24;
		};
		UINT Value;
	};
} D3DDDI_ESCAPEFLAGS;

/* First field of the data of an escape with the flag DriverKnownEscape. */
typedef enum _D3DDDI_DRIVERESCAPETYPE {
	D3DDDI_DRIVERESCAPETYPE_TRANSLATEALLOCATIONHANDLE = 0,
	D3DDDI_DRIVERESCAPETYPE_TRANSLATERESOURCEHANDLE = 1,
	D3DDDI_DRIVERESCAPETYPE_CPUEVENTUSAGE = 2,
	D3DDDI_DRIVERESCAPETYPE_BUILDTESTCOMMANDBUFFER = 3,
	D3DDDI_DRIVERESCAPETYPE_MAX,
} D3DDDI_DRIVERESCAPETYPE;

typedef struct _D3DDDI_DRIVERESCAPE_TRANSLATEALLOCATIONEHANDLE {
	D3DDDI_DRIVERESCAPETYPE EscapeType;
	D3DKMT_HANDLE hAllocation;
} D3DDDI_DRIVERESCAPE_TRANSLATEALLOCATIONEHANDLE;

typedef struct _D3DDDI_DRIVERESCAPE_TRANSLATERESOURCEHANDLE {
	D3DDDI_DRIVERESCAPETYPE EscapeType;
	D3DKMT_HANDLE hResource;
} D3DDDI_DRIVERESCAPE_TRANSLATERESOURCEHANDLE;

typedef struct _D3DDDI_DRIVERESCAPE_CPUEVENTUSAGE {
	D3DDDI_DRIVERESCAPETYPE EscapeType;
	D3DKMT_HANDLE hSyncObject;
	D3DKMT_ALIGN64 UINT64 hKmdCpuEvent;
	UINT Usage[8];
} D3DDDI_DRIVERESCAPE_CPUEVENTUSAGE;

/* ---- Residency and GPU virtual addresses ----------------------------------------------------- */

typedef enum D3DDDI_PAGINGQUEUE_PRIORITY {
	D3DDDI_PAGINGQUEUE_PRIORITY_BELOW_NORMAL = -1,
	D3DDDI_PAGINGQUEUE_PRIORITY_NORMAL = 0,
	D3DDDI_PAGINGQUEUE_PRIORITY_ABOVE_NORMAL = 1,
} D3DDDI_PAGINGQUEUE_PRIORITY;

typedef struct D3DDDI_DESTROYPAGINGQUEUE {
	D3DKMT_HANDLE hPagingQueue;
} D3DDDI_DESTROYPAGINGQUEUE;

typedef struct D3DDDI_MAKERESIDENT_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT CantTrimFurther : 1;
			UINT MustSucceed : 1;
			UINT Reserved : 30;
		};
		UINT Value;
	};
} D3DDDI_MAKERESIDENT_FLAGS;

typedef struct D3DDDI_MAKERESIDENT {
	D3DKMT_HANDLE hPagingQueue;
	UINT NumAllocations;
	D3DKMT_PTR(CONST D3DKMT_HANDLE *, AllocationList);
	D3DKMT_PTR(CONST UINT *, PriorityList);
	D3DDDI_MAKERESIDENT_FLAGS Flags;
	D3DKMT_ALIGN64 UINT64 PagingFenceValue; /* out: done when the queue's fence has it */
	D3DKMT_ALIGN64 UINT64 NumBytesToTrim; /* out */
} D3DDDI_MAKERESIDENT;

typedef struct D3DDDI_EVICT_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT EvictOnlyIfNecessary : 1;
			UINT NotWrittenTo : 1;
			UINT Reserved : 30;
		};
		UINT Value;
	};
} D3DDDI_EVICT_FLAGS;

typedef struct _D3DDDI_SEGMENTPREFERENCE {
	__extension__ union {
		__extension__ struct {
			UINT SegmentId0 : 5;
			UINT Direction0 : 1;
			UINT SegmentId1 : 5;
			UINT Direction1 : 1;
			UINT SegmentId2 : 5;
			UINT Direction2 : 1;
			UINT SegmentId3 : 5;
			UINT Direction3 : 1;
			UINT SegmentId4 : 5;
			UINT Direction4 : 1;
			UINT Reserved : 2;
		};
		UINT Value;
	};
} D3DDDI_SEGMENTPREFERENCE;

typedef struct D3DDDI_UPDATEALLOCPROPERTY_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT AccessedPhysically : 1;
			UINT Unmoveable : 1;
			UINT Reserved : 30;
		};
		UINT Value;
	};
} D3DDDI_UPDATEALLOCPROPERTY_FLAGS;

typedef struct D3DDDI_UPDATEALLOCPROPERTY {
	D3DKMT_HANDLE hPagingQueue;
	D3DKMT_HANDLE hAllocation;
	UINT SupportedSegmentSet;
	D3DDDI_SEGMENTPREFERENCE PreferredSegment;
	D3DDDI_UPDATEALLOCPROPERTY_FLAGS Flags;
	D3DKMT_ALIGN64 UINT64 PagingFenceValue; /* out */
	__extension__ union {
		__extension__ struct {
			UINT SetAccessedPhysically : 1;
			UINT SetSupportedSegmentSet : 1;
			UINT SetPreferredSegment : 1;
			UINT SetUnmoveable : 1;
			UINT Reserved : 28;
		};
		UINT PropertyMaskValue;
	};
} D3DDDI_UPDATEALLOCPROPERTY;

typedef struct _D3DDDIGPUVIRTUALADDRESS_PROTECTION_TYPE {
	__extension__ union {
		__extension__ struct {
			UINT64 Write : 1;
			UINT64 Execute : 1;
			UINT64 Zero : 1;
			UINT64 NoAccess : 1;
			UINT64 SystemUseOnly : 1;
			UINT64 Reserved : 59;
		};
		D3DKMT_ALIGN64 UINT64 Value;
	};
} D3DDDIGPUVIRTUALADDRESS_PROTECTION_TYPE;

typedef enum _D3DDDIGPUVIRTUALADDRESS_RESERVATION_TYPE {
	D3DDDIGPUVIRTUALADDRESS_RESERVE_NO_ACCESS = 0,
	D3DDDIGPUVIRTUALADDRESS_RESERVE_ZERO = 1,
	D3DDDIGPUVIRTUALADDRESS_RESERVE_NO_COMMIT = 2,
} D3DDDIGPUVIRTUALADDRESS_RESERVATION_TYPE;

/* Pages are of 4 KiB. */
typedef struct D3DDDI_MAPGPUVIRTUALADDRESS {
	D3DKMT_HANDLE hPagingQueue;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS BaseAddress; /* 0: anywhere */
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS MinimumAddress;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS MaximumAddress;
	D3DKMT_HANDLE hAllocation;
	D3DKMT_ALIGN64 D3DGPU_SIZE_T OffsetInPages;
	D3DKMT_ALIGN64 D3DGPU_SIZE_T SizeInPages;
	D3DDDIGPUVIRTUALADDRESS_PROTECTION_TYPE Protection;
	D3DKMT_ALIGN64 UINT64 DriverProtection;
	UINT Reserved0;
	D3DKMT_ALIGN64 UINT64 Reserved1;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS VirtualAddress; /* out */
	D3DKMT_ALIGN64 UINT64 PagingFenceValue; /* out */
} D3DDDI_MAPGPUVIRTUALADDRESS;

typedef struct D3DDDI_RESERVEGPUVIRTUALADDRESS {
	__extension__ union {
		D3DKMT_HANDLE hPagingQueue;
		D3DKMT_HANDLE hAdapter;
	};
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS BaseAddress;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS MinimumAddress;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS MaximumAddress;
	D3DKMT_ALIGN64 D3DGPU_SIZE_T Size; /* bytes */
	__extension__ union {
		D3DDDIGPUVIRTUALADDRESS_RESERVATION_TYPE ReservationType;
		UINT Reserved0;
	};
	__extension__ union {
		D3DKMT_ALIGN64 UINT64 DriverProtection;
		D3DKMT_ALIGN64 UINT64 Reserved1;
	};
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS VirtualAddress; /* out */
	__extension__ union {
		D3DKMT_ALIGN64 UINT64 PagingFenceValue;
		D3DKMT_ALIGN64 UINT64 Reserved2;
	};
} D3DDDI_RESERVEGPUVIRTUALADDRESS;

typedef enum _D3DDDI_UPDATEGPUVIRTUALADDRESS_OPERATION_TYPE {
	D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP = 0,
	D3DDDI_UPDATEGPUVIRTUALADDRESS_UNMAP = 1,
	D3DDDI_UPDATEGPUVIRTUALADDRESS_COPY = 2,
	D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP_PROTECT = 3,
} D3DDDI_UPDATEGPUVIRTUALADDRESS_OPERATION_TYPE;

typedef struct _D3DDDI_UPDATEGPUVIRTUALADDRESS_OPERATION {
	D3DDDI_UPDATEGPUVIRTUALADDRESS_OPERATION_TYPE OperationType;
	__extension__ union {
		struct {
			D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS BaseAddress;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T SizeInBytes;
			D3DKMT_HANDLE hAllocation;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T AllocationOffsetInBytes;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T AllocationSizeInBytes;
		} Map;
		struct {
			D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS BaseAddress;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T SizeInBytes;
			D3DKMT_HANDLE hAllocation;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T AllocationOffsetInBytes;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T AllocationSizeInBytes;
			D3DDDIGPUVIRTUALADDRESS_PROTECTION_TYPE Protection;
			D3DKMT_ALIGN64 UINT64 DriverProtection;
		} MapProtect;
		struct {
			D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS BaseAddress;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T SizeInBytes;
			D3DDDIGPUVIRTUALADDRESS_PROTECTION_TYPE Protection;
		} Unmap;
		struct {
			D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS SourceAddress;
			D3DKMT_ALIGN64 D3DGPU_SIZE_T SizeInBytes;
			D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS DestAddress;
		} Copy;
	};
} D3DDDI_UPDATEGPUVIRTUALADDRESS_OPERATION;

/* ---- Synchronization objects ----------------------------------------------------------------- */

typedef enum _D3DDDI_SYNCHRONIZATIONOBJECT_TYPE {
	D3DDDI_SYNCHRONIZATION_MUTEX = 1,
	D3DDDI_SEMAPHORE = 2,
	D3DDDI_FENCE = 3,
	D3DDDI_CPU_NOTIFICATION = 4,
	D3DDDI_MONITORED_FENCE = 5,
	D3DDDI_PERIODIC_MONITORED_FENCE = 6,
	D3DDDI_SYNCHRONIZATION_TYPE_LIMIT,
} D3DDDI_SYNCHRONIZATIONOBJECT_TYPE;

#define D3DDDI_SYNC_OBJECT_WAIT 0x1
#define D3DDDI_SYNC_OBJECT_SIGNAL 0x2

#ifndef D3DDDI_SYNCHRONIZATIONOBJECT_FLAGS_RESERVED0
#define D3DDDI_SYNCHRONIZATIONOBJECT_FLAGS_RESERVED0 Reserved0
#endif

typedef struct _D3DDDI_SYNCHRONIZATIONOBJECT_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT Shared : 1;
			UINT NtSecuritySharing : 1;
			UINT CrossAdapter : 1;
			UINT TopOfPipeline : 1;
			UINT NoSignal : 1;
			UINT NoWait : 1;
			UINT NoSignalMaxValueOnTdr : 1;
			UINT NoGPUAccess : 1;
			UINT SignalByKmd : 1;
			UINT Reserved : 22;
			UINT D3DDDI_SYNCHRONIZATIONOBJECT_FLAGS_RESERVED0 : 1;
		};
		UINT Value;
	};
} D3DDDI_SYNCHRONIZATIONOBJECT_FLAGS;

typedef struct _D3DDDI_SYNCHRONIZATIONOBJECTINFO {
	D3DDDI_SYNCHRONIZATIONOBJECT_TYPE Type;
	__extension__ union {
		struct {
			BOOL InitialState;
		} SynchronizationMutex;
		struct {
			UINT MaxCount;
			UINT InitialCount;
		} Semaphore;
		struct {
			UINT Reserved[16];
		} Reserved;
	};
} D3DDDI_SYNCHRONIZATIONOBJECTINFO;

/* Events are descriptors of eventfd(2). */
typedef struct _D3DDDI_SYNCHRONIZATIONOBJECTINFO2 {
	D3DDDI_SYNCHRONIZATIONOBJECT_TYPE Type; /* names the member of the union */
	D3DDDI_SYNCHRONIZATIONOBJECT_FLAGS Flags;
	__extension__ union {
		struct {
			BOOL InitialState;
		} SynchronizationMutex;
		struct {
			UINT MaxCount;
			UINT InitialCount;
		} Semaphore;
		struct {
			D3DKMT_ALIGN64 UINT64 FenceValue;
		} Fence;
		struct {
			D3DKMT_PTR(HANDLE, Event);
		} CPUNotification;
		struct {
			D3DKMT_ALIGN64 UINT64 InitialFenceValue;
			D3DKMT_PTR(VOID *, FenceValueCPUVirtualAddress); /* out */
			D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS FenceValueGPUVirtualAddress;
			UINT EngineAffinity;
			UINT Padding;
		} MonitoredFence;
		struct {
			D3DKMT_HANDLE hAdapter;
			D3DDDI_VIDEO_PRESENT_TARGET_ID VidPnTargetId;
			D3DKMT_ALIGN64 UINT64 Time;
			D3DKMT_PTR(VOID *, FenceValueCPUVirtualAddress); /* out */
			D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS FenceValueGPUVirtualAddress;
			UINT EngineAffinity;
			UINT Padding;
		} PeriodicMonitoredFence;
		struct {
			D3DKMT_ALIGN64 UINT64 Reserved[8];
		} Reserved;
	};
	D3DKMT_HANDLE SharedHandle; /* out */
} D3DDDI_SYNCHRONIZATIONOBJECTINFO2;

/* ---- The registry, a kind of QueryAdapterInfo ------------------------------------------------ */

typedef struct _D3DDDI_QUERYREGISTRY_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT TranslatePath : 1;
			UINT MutableValue : 1;
			UINT Reserved : 30;
		};
		UINT Value;
	};
} D3DDDI_QUERYREGISTRY_FLAGS;

typedef enum _D3DDDI_QUERYREGISTRY_TYPE {
	D3DDDI_QUERYREGISTRY_SERVICEKEY = 0,
	D3DDDI_QUERYREGISTRY_ADAPTERKEY = 1,
	D3DDDI_QUERYREGISTRY_DRIVERSTOREPATH = 2,
	D3DDDI_QUERYREGISTRY_DRIVERIMAGEPATH = 3,
	D3DDDI_QUERYREGISTRY_MAX,
} D3DDDI_QUERYREGISTRY_TYPE;

typedef enum _D3DDDI_QUERYREGISTRY_STATUS {
	D3DDDI_QUERYREGISTRY_STATUS_SUCCESS = 0,
	D3DDDI_QUERYREGISTRY_STATUS_BUFFER_OVERFLOW = 1,
	D3DDDI_QUERYREGISTRY_STATUS_FAIL = 2,
	D3DDDI_QUERYREGISTRY_STATUS_MAX,
} D3DDDI_QUERYREGISTRY_STATUS;

/*
 * The value begins at the union and goes on as far as the buffer has room. ValueType is what the
 * caller expects (1 REG_SZ, 4 REG_DWORD, 11 REG_QWORD): only then is a string one of WCHAR.
 */
typedef struct _D3DDDI_QUERYREGISTRY_INFO {
	D3DDDI_QUERYREGISTRY_TYPE QueryType;
	D3DDDI_QUERYREGISTRY_FLAGS QueryFlags;
	WCHAR ValueName[MAX_PATH];
	ULONG ValueType;
	ULONG PhysicalAdapterIndex;
	ULONG OutputValueSize; /* out: bytes of the value, or bytes it needs */
	D3DDDI_QUERYREGISTRY_STATUS Status; /* out */
	__extension__ union {
		DWORD OutputDword;
		D3DKMT_ALIGN64 UINT64 OutputQword;
		WCHAR OutputString[1];
		BYTE OutputBinary[1];
	};
} D3DDDI_QUERYREGISTRY_INFO;

/* ---- Features -------------------------------------------------------------------------------- */

typedef enum _DXGK_FEATURE_ID {
	DXGK_FEATURE_HWSCH = 0,
	DXGK_FEATURE_HWFLIPQUEUE = 1,
	DXGK_FEATURE_LDA_GPUPV = 2,
	DXGK_FEATURE_KMD_SIGNAL_CPU_EVENT = 3,
	DXGK_FEATURE_USER_MODE_SUBMISSION = 4,
	DXGK_FEATURE_SHARE_BACKING_STORE_WITH_KMD = 5,
	DXGK_FEATURE_SAMPLE = 31,
	DXGK_FEATURE_PAGE_BASED_MEMORY_MANAGER = 32,
	DXGK_FEATURE_KERNEL_MODE_TESTING = 33,
	DXGK_FEATURE_64K_PT_DEMOTION_FIX = 34,
	DXGK_FEATURE_GPUPV_PRESENT_HWQUEUE = 35,
	DXGK_FEATURE_GPUVAIOMMU = 36,
	DXGK_FEATURE_NATIVE_FENCE = 37,
} DXGK_FEATURE_ID;

typedef UINT16 DXGK_FEATURE_VERSION;

typedef struct _DXGK_ISFEATUREENABLED_RESULT {
	UINT16 Version;
	__extension__ union {
		__extension__ struct {
			UINT16 Enabled : 1;
			UINT16 KnownFeature : 1;
			UINT16 SupportedByDriver : 1;
			UINT16 SupportedOnCurrentConfig : 1;
			UINT16 Reserved : 12;
		};
		DXGK_FEATURE_VERSION Value;
	};
} DXGK_ISFEATUREENABLED_RESULT;

/* ---- Test command buffers, by escape --------------------------------------------------------- */

#define D3DDDI_MAXTESTBUFFERSIZE 4096
#define D3DDDI_MAXTESTBUFFERPRIVATEDRIVERDATASIZE 1024

typedef enum _D3DDDI_TESTCOMMANDBUFFEROP {
	D3DDDI_TESTCOMMANDBUFFEROP_INVALID = 0,
	D3DDDI_TESTCOMMANDBUFFEROP_COPY = 1,
	D3DDDI_TESTCOMMANDBUFFEROP_FILL = 2,
	D3DDDI_TESTCOMMANDBUFFEROP_INFINITE_LOOP = 3,
	D3DDDI_TESTCOMMANDBUFFEROP_INFINITE_PREEMPTABLE_LOOP = 4,
	D3DDDI_TESTCOMMANDBUFFEROP_MAX,
} D3DDDI_TESTCOMMANDBUFFEROP;

typedef struct _D3DDDI_TESTCOMMANDBUFFER_COPY {
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS SrcAddress;
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS DstAddress;
	UINT NumBytes;
} D3DDDI_TESTCOMMANDBUFFER_COPY;

typedef struct _D3DDDI_TESTCOMMANDBUFFER_FILL {
	D3DKMT_ALIGN64 D3DGPU_VIRTUAL_ADDRESS DstAddress;
	UINT NumBytes;
	UINT Pattern;
} D3DDDI_TESTCOMMANDBUFFER_FILL;

typedef struct _D3DDDI_TESTCOMMANDBUFFER {
	__extension__ union {
		D3DDDI_TESTCOMMANDBUFFER_COPY Copy;
		D3DDDI_TESTCOMMANDBUFFER_FILL Fill;
		char Reserved[64];
	};
	D3DDDI_TESTCOMMANDBUFFEROP Operation;
	UINT Reserved1;
} D3DDDI_TESTCOMMANDBUFFER;

typedef struct _D3DDDI_BUILDTESTCOMMANDBUFFERFLAGS {
	__extension__ union {
		__extension__ struct {
			UINT HardwareQueue : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} D3DDDI_BUILDTESTCOMMANDBUFFERFLAGS;

typedef struct _D3DDDI_DRIVERESCAPE_BUILDTESTCOMMANDBUFFER {
	D3DDDI_DRIVERESCAPETYPE EscapeType;
	D3DKMT_HANDLE hDevice;
	D3DKMT_HANDLE hContext;
	D3DDDI_BUILDTESTCOMMANDBUFFERFLAGS Flags;
	D3DDDI_TESTCOMMANDBUFFER Command;
	D3DKMT_PTR(PVOID, pDmaBuffer);
	D3DKMT_PTR(PVOID, pDmaBufferPrivateData);
	UINT DmaBufferSize; /* in/out */
	UINT DmaBufferPrivateDataSize; /* in/out */
} D3DDDI_DRIVERESCAPE_BUILDTESTCOMMANDBUFFER;

#endif /* _D3DUKMDT_H_ */

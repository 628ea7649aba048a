/* SPDX-License-Identifier: MIT */
/*
 * d3dkmdt.h - what an adapter says of itself and of its engines, in the naming of Windows: status
 * codes, capabilities by WDDM version, nodes, clocks, faults. Included by d3dkmthk.h, which says
 * what the three headers are for.
 */
#ifndef _D3DKMDT_H
#define _D3DKMDT_H

#include <dxg/d3dukmdt.h>

/* ---- Status ---------------------------------------------------------------------------------- */

/* A macro where these headers come from; programs rely on it being an int32_t. */
#define NTSTATUS int32_t

#define NT_SUCCESS(status) ((status) >= 0)

#define STATUS_SUCCESS ((NTSTATUS)0)
#define STATUS_TIMEOUT ((NTSTATUS)0x00000102)
#define STATUS_PENDING ((NTSTATUS)0x00000103)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xC0000001u)
#define STATUS_NOT_IMPLEMENTED ((NTSTATUS)0xC0000002u)
#define STATUS_INVALID_HANDLE ((NTSTATUS)0xC0000008u)
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000Du)
#define STATUS_NO_MEMORY ((NTSTATUS)0xC0000017u)
#define STATUS_ILLEGAL_INSTRUCTION ((NTSTATUS)0xC000001Du)
#define STATUS_ACCESS_DENIED ((NTSTATUS)0xC0000022u)
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023u)
#define STATUS_OBJECT_TYPE_MISMATCH ((NTSTATUS)0xC0000024u)
#define STATUS_OBJECT_NAME_INVALID ((NTSTATUS)0xC0000033u)
#define STATUS_OBJECT_NAME_NOT_FOUND ((NTSTATUS)0xC0000034u)
#define STATUS_OBJECT_NAME_COLLISION ((NTSTATUS)0xC0000035u)
#define STATUS_NOT_SUPPORTED ((NTSTATUS)0xC00000BBu)
#define STATUS_DEVICE_REMOVED ((NTSTATUS)0xC00002B6u)
#define STATUS_GRAPHICS_ALLOCATION_BUSY ((NTSTATUS)0xC01E0102u)

/* ---- Capabilities ---------------------------------------------------------------------------- */

typedef enum _D3DKMDT_GRAPHICS_PREEMPTION_GRANULARITY {
	D3DKMDT_GRAPHICS_PREEMPTION_NONE = 0,
	D3DKMDT_GRAPHICS_PREEMPTION_DMA_BUFFER_BOUNDARY = 100,
	D3DKMDT_GRAPHICS_PREEMPTION_PRIMITIVE_BOUNDARY = 200,
	D3DKMDT_GRAPHICS_PREEMPTION_TRIANGLE_BOUNDARY = 300,
	D3DKMDT_GRAPHICS_PREEMPTION_PIXEL_BOUNDARY = 400,
	D3DKMDT_GRAPHICS_PREEMPTION_SHADER_BOUNDARY = 500,
} D3DKMDT_GRAPHICS_PREEMPTION_GRANULARITY;

typedef enum _D3DKMDT_COMPUTE_PREEMPTION_GRANULARITY {
	D3DKMDT_COMPUTE_PREEMPTION_NONE = 0,
	D3DKMDT_COMPUTE_PREEMPTION_DMA_BUFFER_BOUNDARY = 100,
	D3DKMDT_COMPUTE_PREEMPTION_DISPATCH_BOUNDARY = 200,
	D3DKMDT_COMPUTE_PREEMPTION_THREAD_GROUP_BOUNDARY = 300,
	D3DKMDT_COMPUTE_PREEMPTION_THREAD_BOUNDARY = 400,
	D3DKMDT_COMPUTE_PREEMPTION_SHADER_BOUNDARY = 500,
} D3DKMDT_COMPUTE_PREEMPTION_GRANULARITY;

typedef struct _D3DKMDT_PREEMPTION_CAPS {
	D3DKMDT_GRAPHICS_PREEMPTION_GRANULARITY GraphicsPreemptionGranularity;
	D3DKMDT_COMPUTE_PREEMPTION_GRANULARITY ComputePreemptionGranularity;
} D3DKMDT_PREEMPTION_CAPS;

typedef struct _D3DKMT_WDDM_1_2_CAPS {
	D3DKMDT_PREEMPTION_CAPS PreemptionCaps;
	__extension__ union {
		__extension__ struct {
			UINT SupportNonVGA : 1;
			UINT SupportSmoothRotation : 1;
			UINT SupportPerEngineTDR : 1;
			UINT SupportKernelModeCommandBuffer : 1;
			UINT SupportCCD : 1;
			UINT SupportSoftwareDeviceBitmaps : 1;
			UINT SupportGammaRamp : 1;
			UINT SupportHWCursor : 1;
			UINT SupportHWVSync : 1;
			UINT SupportSurpriseRemovalInHibernation : 1;
			UINT Reserved : 22;
		};
		UINT Value;
	};
} D3DKMT_WDDM_1_2_CAPS;

typedef struct _D3DKMT_WDDM_1_3_CAPS {
	__extension__ union {
		__extension__ struct {
			UINT SupportMiracast : 1;
			UINT IsHybridIntegratedGPU : 1;
			UINT IsHybridDiscreteGPU : 1;
			UINT SupportPowerManagementPStates : 1;
			UINT SupportVirtualModes : 1;
			UINT SupportCrossAdapterResource : 1;
			UINT Reserved : 26;
		};
		UINT Value;
	};
} D3DKMT_WDDM_1_3_CAPS;

typedef struct _D3DKMT_WDDM_2_0_CAPS {
	__extension__ union {
		__extension__ struct {
			UINT Support64BitAtomics : 1;
			UINT GpuMmuSupported : 1;
			UINT IoMmuSupported : 1;
			UINT FlipOverwriteSupported : 1;
			UINT SupportContextlessPresent : 1;
			UINT SupportSurpriseRemoval : 1;
			UINT Reserved : 26;
		};
		UINT Value;
	};
} D3DKMT_WDDM_2_0_CAPS;

typedef struct _D3DKMT_WDDM_2_7_CAPS {
	__extension__ union {
		__extension__ struct {
			UINT HwSchSupported : 1;
			UINT HwSchEnabled : 1;
			UINT HwSchEnabledByDefault : 1;
			UINT IndependentVidPnVSyncControl : 1;
			UINT Reserved : 28;
		};
		UINT Value;
	};
} D3DKMT_WDDM_2_7_CAPS;

/* Values of HwSchSupportState and HwFlipQueueSupportState. */
#define DXGK_FEATURE_SUPPORT_ALWAYS_OFF ((UINT)0)
#define DXGK_FEATURE_SUPPORT_EXPERIMENTAL ((UINT)1)
#define DXGK_FEATURE_SUPPORT_STABLE ((UINT)2)
#define DXGK_FEATURE_SUPPORT_ALWAYS_ON ((UINT)3)

typedef struct _D3DKMT_WDDM_2_9_CAPS {
	__extension__ union {
		__extension__ struct {
			UINT HwSchSupportState : 2;
			UINT HwSchEnabled : 1;
			UINT SelfRefreshMemorySupported : 1;
			UINT Reserved : 28;
		};
		UINT Value;
	};
} D3DKMT_WDDM_2_9_CAPS;

typedef struct _D3DKMT_WDDM_3_0_CAPS {
	__extension__ union {
		__extension__ struct {
			UINT HwFlipQueueSupportState : 2;
			UINT HwFlipQueueEnabled : 1;
			UINT DisplayableSupported : 1;
			UINT Reserved : 28;
		};
		UINT Value;
	};
} D3DKMT_WDDM_3_0_CAPS;

typedef struct _D3DKMT_DRIVERCAPS_EXT {
	__extension__ union {
		__extension__ struct {
			UINT VirtualModeSupport : 1;
			UINT Usb4MonitorSupport : 1;
			UINT Reserved : 30;
		};
		UINT Value;
	};
} D3DKMT_DRIVERCAPS_EXT;

/* ---- Nodes, clocks, figures of performance: without padding ---------------------------------- */

#pragma pack(push, 1)

#define DXGK_MAX_METADATA_NAME_LENGTH 32
#define DXGK_MAX_GPUVERSION_NAME_LENGTH 32

typedef enum {
	DXGK_ENGINE_TYPE_OTHER,
	DXGK_ENGINE_TYPE_3D,
	DXGK_ENGINE_TYPE_VIDEO_DECODE,
	DXGK_ENGINE_TYPE_VIDEO_ENCODE,
	DXGK_ENGINE_TYPE_VIDEO_PROCESSING,
	DXGK_ENGINE_TYPE_SCENE_ASSEMBLY,
	DXGK_ENGINE_TYPE_COPY,
	DXGK_ENGINE_TYPE_OVERLAY,
	DXGK_ENGINE_TYPE_CRYPTO,
	DXGK_ENGINE_TYPE_MAX,
} DXGK_ENGINE_TYPE;

typedef struct _DXGK_NODEMETADATA_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT ContextSchedulingSupported : 1;
			UINT RingBufferFenceRelease : 1;
			UINT SupportTrackedWorkload : 1;
			UINT Reserved : 13;
			UINT MaxInFlightHwQueueBuffers : 16;
		};
		UINT32 Value;
	};
} DXGK_NODEMETADATA_FLAGS;

typedef struct _DXGK_NODEMETADATA {
	DXGK_ENGINE_TYPE EngineType;
	WCHAR FriendlyName[DXGK_MAX_METADATA_NAME_LENGTH];
	DXGK_NODEMETADATA_FLAGS Flags;
	BOOLEAN GpuMmuSupported;
	BOOLEAN IoMmuSupported;
} DXGK_NODEMETADATA;

typedef struct _D3DKMT_NODEMETADATA {
	UINT NodeOrdinalAndAdapterIndex; /* in: node, above bit 16 the physical adapter */
	DXGK_NODEMETADATA NodeData; /* out */
} D3DKMT_NODEMETADATA;

typedef struct _DXGK_GPUCLOCKDATA_FLAGS {
	__extension__ union {
		__extension__ struct {
			UINT ContextManagementProcessor : 1;
			UINT Reserved : 31;
		};
		UINT32 Value;
	};
} DXGK_GPUCLOCKDATA_FLAGS;

typedef struct _DXGK_GPUCLOCKDATA {
	ULONGLONG GpuFrequency; /* Hz */
	ULONGLONG GpuClockCounter;
	ULONGLONG CpuClockCounter;
	DXGK_GPUCLOCKDATA_FLAGS Flags;
} DXGK_GPUCLOCKDATA;

typedef struct _D3DKMT_QUERYCLOCKCALIBRATION {
	D3DKMT_HANDLE hAdapter;
	UINT32 NodeOrdinal;
	UINT32 PhysicalAdapterIndex;
	DXGK_GPUCLOCKDATA ClockData; /* out */
} D3DKMT_QUERYCLOCKCALIBRATION;

typedef struct _D3DKMT_TRACKEDWORKLOAD_SUPPORT {
	UINT PhysicalAdapterIndex;
	DXGK_ENGINE_TYPE EngineType;
	BOOL Support; /* out */
} D3DKMT_TRACKEDWORKLOAD_SUPPORT;

#pragma pack(pop)

/* ---- Faults ---------------------------------------------------------------------------------- */

typedef enum _DXGK_RENDER_PIPELINE_STAGE {
	DXGK_RENDER_PIPELINE_STAGE_UNKNOWN = 0,
	DXGK_RENDER_PIPELINE_STAGE_INPUT_ASSEMBLER = 1,
	DXGK_RENDER_PIPELINE_STAGE_VERTEX_SHADER = 2,
	DXGK_RENDER_PIPELINE_STAGE_GEOMETRY_SHADER = 3,
	DXGK_RENDER_PIPELINE_STAGE_STREAM_OUTPUT = 4,
	DXGK_RENDER_PIPELINE_STAGE_RASTERIZER = 5,
	DXGK_RENDER_PIPELINE_STAGE_PIXEL_SHADER = 6,
	DXGK_RENDER_PIPELINE_STAGE_OUTPUT_MERGER = 7,
} DXGK_RENDER_PIPELINE_STAGE;

typedef enum _DXGK_PAGE_FAULT_FLAGS {
	DXGK_PAGE_FAULT_WRITE = 0x1,
	DXGK_PAGE_FAULT_FENCE_INVALID = 0x2,
	DXGK_PAGE_FAULT_ADAPTER_RESET_REQUIRED = 0x4,
	DXGK_PAGE_FAULT_ENGINE_RESET_REQUIRED = 0x8,
	DXGK_PAGE_FAULT_FATAL_HARDWARE_ERROR = 0x10,
	DXGK_PAGE_FAULT_IOMMU = 0x20,
	DXGK_PAGE_FAULT_HW_CONTEXT_VALID = 0x40,
	DXGK_PAGE_FAULT_PROCESS_HANDLE_VALID = 0x80,
} DXGK_PAGE_FAULT_FLAGS;

typedef enum _DXGK_GENERAL_ERROR_CODE {
	DXGK_GENERAL_ERROR_PAGE_FAULT = 0,
	DXGK_GENERAL_ERROR_INVALID_INSTRUCTION = 1,
} DXGK_GENERAL_ERROR_CODE;

/* The first bit tells whose numbering the other 31 use. */
typedef struct _DXGK_FAULT_ERROR_CODE {
	__extension__ union {
		__extension__ struct {
			UINT IsDeviceSpecificCode : 1;
			DXGK_GENERAL_ERROR_CODE GeneralErrorCode : 31;
		};
		__extension__ struct {
			UINT IsDeviceSpecificCodeReservedBit : 1;
			UINT DeviceSpecificCode : 31;
		};
	};
} DXGK_FAULT_ERROR_CODE;

#endif /* _D3DKMDT_H */

// SPDX-License-Identifier: MIT
/* rows_device.c - platforms and devices. */
#include "row.h"

#define OUR_PLATFORM(param) INFO(clGetPlatformInfo, e.platform, #param, param, 0)

ROW("clGetPlatformIDs", "how many", CL_SUCCESS, clGetPlatformIDs(0, NULL, &(cl_uint){ 0 }));
ROW("clGetPlatformIDs", "nothing wanted", CL_INVALID_VALUE, clGetPlatformIDs(0, NULL, NULL));
ROW("clGetPlatformIDs", "list without room", CL_INVALID_VALUE,
    clGetPlatformIDs(0, &(cl_platform_id){ 0 }, NULL));

OUR_PLATFORM(CL_PLATFORM_PROFILE);
OUR_PLATFORM(CL_PLATFORM_VERSION);
OUR_PLATFORM(CL_PLATFORM_NAME);
OUR_PLATFORM(CL_PLATFORM_VENDOR);
OUR_PLATFORM(CL_PLATFORM_EXTENSIONS);
INFO(clGetPlatformInfo, e.platform, "CL_PLATFORM_ICD_SUFFIX_KHR", CL_PLATFORM_ICD_SUFFIX_KHR, 0);
OUR_PLATFORM(CL_PLATFORM_NUMERIC_VERSION);
OUR_PLATFORM(CL_PLATFORM_EXTENSIONS_WITH_VERSION);
OUR_PLATFORM(CL_PLATFORM_HOST_TIMER_RESOLUTION);
ROW("clGetPlatformInfo", "unknown param_name", CL_INVALID_VALUE,
    clGetPlatformInfo(e.platform, 0x7fff, 0, NULL, NULL));
ROW("clGetPlatformInfo", "object of another kind", CL_INVALID_PLATFORM,
    clGetPlatformInfo((cl_platform_id)e.context, CL_PLATFORM_NAME, 0, NULL, NULL));

ROW("clGetDeviceIDs", "how many", CL_SUCCESS,
    clGetDeviceIDs(e.platform, CL_DEVICE_TYPE_ALL, 0, NULL, &(cl_uint){ 0 }));
ROW("clGetDeviceIDs", "default device", CL_SUCCESS,
    clGetDeviceIDs(e.platform, CL_DEVICE_TYPE_DEFAULT, 1, &(cl_device_id){ 0 }, NULL));
ROW("clGetDeviceIDs", "no such type", CL_INVALID_DEVICE_TYPE,
    clGetDeviceIDs(e.platform, 1ull << 40, 1, &(cl_device_id){ 0 }, NULL));
ROW("clGetDeviceIDs", "no type", CL_INVALID_DEVICE_TYPE,
    clGetDeviceIDs(e.platform, 0, 1, &(cl_device_id){ 0 }, NULL));
ROW("clGetDeviceIDs", "no device of that type", CL_DEVICE_NOT_FOUND,
    clGetDeviceIDs(e.platform, CL_DEVICE_TYPE_CUSTOM, 1, &(cl_device_id){ 0 }, NULL));
ROW("clGetDeviceIDs", "list without room", CL_INVALID_VALUE,
    clGetDeviceIDs(e.platform, CL_DEVICE_TYPE_ALL, 0, &(cl_device_id){ 0 }, NULL));
ROW("clGetDeviceIDs", "nothing wanted", CL_INVALID_VALUE,
    clGetDeviceIDs(e.platform, CL_DEVICE_TYPE_ALL, 1, NULL, NULL));
ROW("clGetDeviceIDs", "object of another kind", CL_INVALID_PLATFORM,
    clGetDeviceIDs((cl_platform_id)e.context, CL_DEVICE_TYPE_ALL, 1, &(cl_device_id){ 0 }, NULL));

#define DEVICE(param, type) INFO(clGetDeviceInfo, e.device, #param, param, sizeof(type))
#define DEVICE_TEXT(param) INFO(clGetDeviceInfo, e.device, #param, param, 0)

DEVICE(CL_DEVICE_TYPE, cl_device_type);
DEVICE(CL_DEVICE_VENDOR_ID, cl_uint);
DEVICE(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint);
DEVICE(CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, cl_uint);
DEVICE(CL_DEVICE_MAX_WORK_GROUP_SIZE, size_t);
DEVICE(CL_DEVICE_MAX_WORK_ITEM_SIZES, size_t[3]);
DEVICE(CL_DEVICE_PREFERRED_VECTOR_WIDTH_CHAR, cl_uint);
DEVICE(CL_DEVICE_PREFERRED_VECTOR_WIDTH_SHORT, cl_uint);
DEVICE(CL_DEVICE_PREFERRED_VECTOR_WIDTH_INT, cl_uint);
DEVICE(CL_DEVICE_PREFERRED_VECTOR_WIDTH_LONG, cl_uint);
DEVICE(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, cl_uint);
DEVICE(CL_DEVICE_PREFERRED_VECTOR_WIDTH_DOUBLE, cl_uint);
DEVICE(CL_DEVICE_PREFERRED_VECTOR_WIDTH_HALF, cl_uint);
DEVICE(CL_DEVICE_NATIVE_VECTOR_WIDTH_CHAR, cl_uint);
DEVICE(CL_DEVICE_NATIVE_VECTOR_WIDTH_SHORT, cl_uint);
DEVICE(CL_DEVICE_NATIVE_VECTOR_WIDTH_INT, cl_uint);
DEVICE(CL_DEVICE_NATIVE_VECTOR_WIDTH_LONG, cl_uint);
DEVICE(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint);
DEVICE(CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE, cl_uint);
DEVICE(CL_DEVICE_NATIVE_VECTOR_WIDTH_HALF, cl_uint);
DEVICE(CL_DEVICE_MAX_CLOCK_FREQUENCY, cl_uint);
DEVICE(CL_DEVICE_ADDRESS_BITS, cl_uint);
DEVICE(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong);
DEVICE(CL_DEVICE_IMAGE_SUPPORT, cl_bool);
DEVICE(CL_DEVICE_MAX_READ_IMAGE_ARGS, cl_uint);
DEVICE(CL_DEVICE_MAX_WRITE_IMAGE_ARGS, cl_uint);
DEVICE(CL_DEVICE_MAX_READ_WRITE_IMAGE_ARGS, cl_uint);
DEVICE(CL_DEVICE_IMAGE2D_MAX_WIDTH, size_t);
DEVICE(CL_DEVICE_IMAGE2D_MAX_HEIGHT, size_t);
DEVICE(CL_DEVICE_IMAGE3D_MAX_WIDTH, size_t);
DEVICE(CL_DEVICE_IMAGE3D_MAX_HEIGHT, size_t);
DEVICE(CL_DEVICE_IMAGE3D_MAX_DEPTH, size_t);
DEVICE(CL_DEVICE_IMAGE_MAX_BUFFER_SIZE, size_t);
DEVICE(CL_DEVICE_IMAGE_MAX_ARRAY_SIZE, size_t);
DEVICE(CL_DEVICE_IMAGE_PITCH_ALIGNMENT, cl_uint);
DEVICE(CL_DEVICE_IMAGE_BASE_ADDRESS_ALIGNMENT, cl_uint);
DEVICE(CL_DEVICE_MAX_SAMPLERS, cl_uint);
DEVICE(CL_DEVICE_MAX_PARAMETER_SIZE, size_t);
DEVICE(CL_DEVICE_MEM_BASE_ADDR_ALIGN, cl_uint);
DEVICE(CL_DEVICE_MIN_DATA_TYPE_ALIGN_SIZE, cl_uint);
DEVICE(CL_DEVICE_SINGLE_FP_CONFIG, cl_device_fp_config);
DEVICE(CL_DEVICE_DOUBLE_FP_CONFIG, cl_device_fp_config);
DEVICE(CL_DEVICE_GLOBAL_MEM_CACHE_TYPE, cl_device_mem_cache_type);
DEVICE(CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE, cl_uint);
DEVICE(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, cl_ulong);
DEVICE(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong);
DEVICE(CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, cl_ulong);
DEVICE(CL_DEVICE_MAX_CONSTANT_ARGS, cl_uint);
DEVICE(CL_DEVICE_LOCAL_MEM_TYPE, cl_device_local_mem_type);
DEVICE(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong);
DEVICE(CL_DEVICE_ERROR_CORRECTION_SUPPORT, cl_bool);
DEVICE(CL_DEVICE_HOST_UNIFIED_MEMORY, cl_bool);
DEVICE(CL_DEVICE_PROFILING_TIMER_RESOLUTION, size_t);
DEVICE(CL_DEVICE_ENDIAN_LITTLE, cl_bool);
DEVICE(CL_DEVICE_AVAILABLE, cl_bool);
DEVICE(CL_DEVICE_COMPILER_AVAILABLE, cl_bool);
DEVICE(CL_DEVICE_LINKER_AVAILABLE, cl_bool);
DEVICE(CL_DEVICE_EXECUTION_CAPABILITIES, cl_device_exec_capabilities);
DEVICE(CL_DEVICE_QUEUE_PROPERTIES, cl_command_queue_properties);
DEVICE_TEXT(CL_DEVICE_BUILT_IN_KERNELS);
DEVICE(CL_DEVICE_PLATFORM, cl_platform_id);
DEVICE_TEXT(CL_DEVICE_NAME);
DEVICE_TEXT(CL_DEVICE_VENDOR);
DEVICE_TEXT(CL_DRIVER_VERSION);
DEVICE_TEXT(CL_DEVICE_PROFILE);
DEVICE_TEXT(CL_DEVICE_VERSION);
DEVICE_TEXT(CL_DEVICE_OPENCL_C_VERSION);
DEVICE_TEXT(CL_DEVICE_EXTENSIONS);
DEVICE(CL_DEVICE_PRINTF_BUFFER_SIZE, size_t);
DEVICE(CL_DEVICE_PREFERRED_INTEROP_USER_SYNC, cl_bool);
DEVICE(CL_DEVICE_PARENT_DEVICE, cl_device_id);
DEVICE(CL_DEVICE_PARTITION_MAX_SUB_DEVICES, cl_uint);
DEVICE_TEXT(CL_DEVICE_PARTITION_PROPERTIES);
DEVICE(CL_DEVICE_PARTITION_AFFINITY_DOMAIN, cl_device_affinity_domain);
DEVICE_TEXT(CL_DEVICE_PARTITION_TYPE);
DEVICE(CL_DEVICE_REFERENCE_COUNT, cl_uint);
DEVICE(CL_DEVICE_NUMERIC_VERSION, cl_version);

static cl_int spir_answer(void)
{
	char list[4096] = "";

	clGetDeviceInfo(e.device, CL_DEVICE_EXTENSIONS, sizeof(list), list, NULL);
	return strstr(list, "cl_khr_spir") ? CL_SUCCESS : CL_INVALID_VALUE;
}

ROW("clGetDeviceInfo", "CL_DEVICE_SPIR_VERSIONS", spir_answer(),
    info_answer((info_fn)clGetDeviceInfo, e.device, CL_DEVICE_SPIR_VERSIONS, 0));
DEVICE(CL_DEVICE_SVM_CAPABILITIES, cl_device_svm_capabilities);
DEVICE_TEXT(CL_DEVICE_EXTENSIONS_WITH_VERSION);
DEVICE_TEXT(CL_DEVICE_ILS_WITH_VERSION);
DEVICE_TEXT(CL_DEVICE_BUILT_IN_KERNELS_WITH_VERSION);
DEVICE_TEXT(CL_DEVICE_OPENCL_C_ALL_VERSIONS);
DEVICE_TEXT(CL_DEVICE_OPENCL_C_FEATURES);
DEVICE(CL_DEVICE_ATOMIC_MEMORY_CAPABILITIES, cl_device_atomic_capabilities);
DEVICE(CL_DEVICE_ATOMIC_FENCE_CAPABILITIES, cl_device_atomic_capabilities);
DEVICE(CL_DEVICE_NON_UNIFORM_WORK_GROUP_SUPPORT, cl_bool);
DEVICE(CL_DEVICE_WORK_GROUP_COLLECTIVE_FUNCTIONS_SUPPORT, cl_bool);
DEVICE(CL_DEVICE_GENERIC_ADDRESS_SPACE_SUPPORT, cl_bool);
DEVICE(CL_DEVICE_DEVICE_ENQUEUE_CAPABILITIES, cl_device_device_enqueue_capabilities);
DEVICE(CL_DEVICE_PIPE_SUPPORT, cl_bool);
DEVICE(CL_DEVICE_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, size_t);
DEVICE(CL_DEVICE_MAX_NUM_SUB_GROUPS, cl_uint);
DEVICE(CL_DEVICE_MAX_ON_DEVICE_QUEUES, cl_uint);
DEVICE(CL_DEVICE_MAX_GLOBAL_VARIABLE_SIZE, size_t);
DEVICE_TEXT(CL_DEVICE_IL_VERSION);
DEVICE_TEXT(CL_DEVICE_LATEST_CONFORMANCE_VERSION_PASSED);
INFO_REFUSED(clGetDeviceInfo, cl_device_id, e.device, CL_INVALID_DEVICE);

COUNTED(clRetainDevice, clReleaseDevice, cl_device_id, e.device, CL_INVALID_DEVICE);
ROW("clReleaseDevice", "of a retained part", e.part ? CL_SUCCESS : CL_INVALID_DEVICE,
    clRetainDevice(e.part) ?: clReleaseDevice(e.part));

#define EQUALLY(n) ((cl_device_partition_property[]){ CL_DEVICE_PARTITION_EQUALLY, n, 0 })
#define BY_COUNTS(...) \
	((cl_device_partition_property[]){ CL_DEVICE_PARTITION_BY_COUNTS, __VA_ARGS__, 0 })
#define COUNT_ERROR (e.partitions ? CL_INVALID_DEVICE_PARTITION_COUNT : CL_INVALID_VALUE)

static cl_int sub_devices(const cl_device_partition_property *properties)
{
	cl_device_id found[64];
	cl_uint n = 0;
	cl_int err = clCreateSubDevices(e.device, properties, 64, found, &n);

	for (cl_uint i = 0; err == CL_SUCCESS && i < n; i++)
		clReleaseDevice(found[i]);
	return err;
}

ROW("clCreateSubDevices", "equally", e.partitions ? CL_SUCCESS : CL_INVALID_VALUE,
    sub_devices(EQUALLY(1)));
ROW("clCreateSubDevices", "no properties", CL_INVALID_VALUE, sub_devices(NULL));
ROW("clCreateSubDevices", "unknown property", CL_INVALID_VALUE,
    sub_devices((cl_device_partition_property[]){ 0x7fff, 1, 0 }));
ROW("clCreateSubDevices", "more units than there are", CL_INVALID_VALUE,
    sub_devices(EQUALLY(1 << 20)));
ROW("clCreateSubDevices", "equally, of no units", CL_INVALID_VALUE, sub_devices(EQUALLY(0)));
ROW("clCreateSubDevices", "by counts", e.partitions ? CL_SUCCESS : CL_INVALID_VALUE,
    sub_devices(BY_COUNTS(1, 0)));
ROW("clCreateSubDevices", "by counts, none", COUNT_ERROR, sub_devices(BY_COUNTS(0)));
ROW("clCreateSubDevices", "by counts, one below zero", COUNT_ERROR, sub_devices(BY_COUNTS(-1, 0)));
ROW("clCreateSubDevices", "by counts, more units than there are", COUNT_ERROR,
    sub_devices(BY_COUNTS(1 << 20, 0)));
ROW("clCreateSubDevices", "by affinity, which has none", CL_INVALID_VALUE,
    sub_devices((cl_device_partition_property[]){ CL_DEVICE_PARTITION_BY_AFFINITY_DOMAIN,
						  CL_DEVICE_AFFINITY_DOMAIN_NUMA, 0 }));
ROW("clCreateSubDevices", "of one unit", e.part ? CL_DEVICE_PARTITION_FAILED : CL_INVALID_DEVICE,
    clCreateSubDevices(e.part, EQUALLY(1), 0, NULL, &(cl_uint){ 0 }));
ROW("clCreateSubDevices", "too little room", CL_INVALID_VALUE,
    clCreateSubDevices(e.device, EQUALLY(1), 0, &(cl_device_id){ 0 }, NULL));
ROW("clCreateSubDevices", "no device", CL_INVALID_DEVICE,
    clCreateSubDevices(NULL, EQUALLY(1), 0, NULL, &(cl_uint){ 0 }));
ROW("clCreateSubDevices", "object of another kind", CL_INVALID_DEVICE,
    clCreateSubDevices(WRONG(cl_device_id), EQUALLY(1), 0, NULL, &(cl_uint){ 0 }));

#define TIMER_OR(error) (e.timers ? (error) : CL_INVALID_OPERATION)
ROW("clGetDeviceAndHostTimer", "both", TIMER_OR(CL_SUCCESS),
    clGetDeviceAndHostTimer(e.device, &(cl_ulong){ 0 }, &(cl_ulong){ 0 }));
ROW("clGetDeviceAndHostTimer", "no room", TIMER_OR(CL_INVALID_VALUE),
    clGetDeviceAndHostTimer(e.device, NULL, &(cl_ulong){ 0 }));
ROW("clGetDeviceAndHostTimer", "no device", CL_INVALID_DEVICE,
    clGetDeviceAndHostTimer(NULL, &(cl_ulong){ 0 }, &(cl_ulong){ 0 }));
ROW("clGetHostTimer", "plain", TIMER_OR(CL_SUCCESS), clGetHostTimer(e.device, &(cl_ulong){ 0 }));
ROW("clGetHostTimer", "no room", TIMER_OR(CL_INVALID_VALUE), clGetHostTimer(e.device, NULL));
ROW("clGetHostTimer", "no device", CL_INVALID_DEVICE, clGetHostTimer(NULL, &(cl_ulong){ 0 }));

ROW("clUnloadPlatformCompiler", "plain", CL_SUCCESS, clUnloadPlatformCompiler(e.platform));
ROW("clUnloadPlatformCompiler", "object of another kind", CL_INVALID_PLATFORM,
    clUnloadPlatformCompiler((cl_platform_id)e.context));
ROW("clUnloadCompiler", "plain", CL_SUCCESS, clUnloadCompiler());

/* Answers here are: found or not. */
#define FOUND(function) ((function) ? CL_SUCCESS : ANSWER_NONE)
ROW("clGetExtensionFunctionAddressForPlatform", "no such function", ANSWER_NONE,
    FOUND(clGetExtensionFunctionAddressForPlatform(e.platform, "clNothingOfTheKindKHR")));
ROW("clGetExtensionFunctionAddress", "no such function", ANSWER_NONE,
    FOUND(clGetExtensionFunctionAddress("clNothingOfTheKindKHR")));

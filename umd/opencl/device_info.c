// SPDX-License-Identifier: MIT
/*
 * device_info.c - clGetDeviceInfo as one table. A property is either the host device's own value or
 * overridden here; what the table does not list is not answered. Overrides exist because the
 * virtual GPU is less than the host's device: never claim what is not carried.
 */
#include <stdio.h>
#include <stdlib.h>

#include "device.h"
#include "entry.h"
#include "image.h"
#include "extensions.h"
#include "info.h"
#include "platform.h"
#include "subdevice.h"

/** enum source - where the answer comes from. */
enum source {
	HOST, /* the host's own record */
	U32, /* the constant, as cl_uint or cl_bool */
	U64, /* the constant, as cl_ulong or a bit-field */
	SIZE, /* the constant, as size_t */
	EMPTY, /* an empty list: no bytes */
	TEXT, /* the constant string */
	OURS, /* computed by @get */
};

struct param {
	cl_device_info param;
	enum source source;
	cl_ulong number;
	const char *text;
	cl_int (*get)(cl_device_id device, const struct info_out *out);
};

static const char *host_text(cl_device_id device, cl_device_info param, const char *otherwise)
{
	size_t size = 0;
	const char *text = device_record(device, param, &size);

	return text && size && !text[size - 1] ? text : otherwise;
}

static cl_int get_type(cl_device_id device, const struct info_out *out)
{
	return info_ulong(out, device->type);
}

/* OpenCL 3.0 is 1.2 with queries about everything else: a host of 3.0 has answers to them. */
static cl_version version_of(cl_device_id device)
{
	cl_version host = 0;
	size_t size = 0;
	const void *record = device_record(device, CL_DEVICE_NUMERIC_VERSION, &size);

	if (record && size == sizeof(host))
		memcpy(&host, record, size);
	return host >= CL_MAKE_VERSION(3, 0, 0) ? CL_MAKE_VERSION(3, 0, 0)
						: CL_MAKE_VERSION(1, 2, 0);
}

static cl_int get_numeric_version(cl_device_id device, const struct info_out *out)
{
	return info_uint(out, version_of(device));
}

static cl_int get_version(cl_device_id device, const struct info_out *out)
{
	cl_version version = version_of(device);
	char text[256];

	snprintf(text, sizeof(text), "OpenCL %u.%u opendxg on %s", CL_VERSION_MAJOR(version),
		 CL_VERSION_MINOR(version),
		 host_text(device, CL_DEVICE_VERSION, "an unknown device"));
	return info_string(out, text);
}

static cl_int get_driver_version(cl_device_id device, const struct info_out *out)
{
	char text[256];

	snprintf(text, sizeof(text), OPENDXG_VERSION " on %s",
		 host_text(device, CL_DRIVER_VERSION, "an unknown driver"));
	return info_string(out, text);
}

static cl_int get_c_version(cl_device_id device, const struct info_out *out)
{
	const char *text = host_text(device, CL_DEVICE_OPENCL_C_VERSION, "");

	if (strncmp(text, "OpenCL C 1.", 11) != 0)
		text = "OpenCL C 1.2 opendxg";
	return info_string(out, text);
}

static cl_int get_units(cl_device_id device, const struct info_out *out)
{
	return info_uint(out, device->units);
}

static cl_int get_parent(cl_device_id device, const struct info_out *out)
{
	return info_pointer(out, device->parent);
}

static cl_int get_global_mem(cl_device_id device, const struct info_out *out)
{
	return info_ulong(out, device->global_mem_size);
}

static cl_int get_max_alloc(cl_device_id device, const struct info_out *out)
{
	return info_ulong(out, device->max_alloc_size);
}

static cl_int get_max_parameter(cl_device_id device, const struct info_out *out)
{
	return info_size(out, device->max_parameter_size);
}

static cl_int get_unified(cl_device_id device, const struct info_out *out)
{
	return info_uint(out, device->adapter.flags & DXG_ADAPTER_UNIFIED ? CL_TRUE : CL_FALSE);
}

static cl_int get_image_support(cl_device_id device, const struct info_out *out)
{
	return info_uint(out, image_supported(device) ? CL_TRUE : CL_FALSE);
}

static cl_int get_svm(cl_device_id device, const struct info_out *out)
{
	return info_ulong(out, device->adapter.flags & DXG_ADAPTER_SVM
				       ? CL_DEVICE_SVM_COARSE_GRAIN_BUFFER
				       : 0);
}

static cl_int get_platform(cl_device_id device, const struct info_out *out)
{
	(void)device;
	return info_pointer(out, platform_get());
}

#define FROM_HOST(name)                       \
	{                                     \
		.param = name, .source = HOST \
	}
#define FIXED(name, kind, value)                               \
	{                                                      \
		.param = name, .source = kind, .number = value \
	}
#define COMPUTED(name, function)                               \
	{                                                      \
		.param = name, .source = OURS, .get = function \
	}

static const struct param params[] = {
	COMPUTED(CL_DEVICE_TYPE, get_type),
	FROM_HOST(CL_DEVICE_VENDOR_ID),
	COMPUTED(CL_DEVICE_MAX_COMPUTE_UNITS, get_units),
	FROM_HOST(CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS),
	FROM_HOST(CL_DEVICE_MAX_WORK_ITEM_SIZES),
	FROM_HOST(CL_DEVICE_MAX_WORK_GROUP_SIZE),
	FROM_HOST(CL_DEVICE_PREFERRED_VECTOR_WIDTH_CHAR),
	FROM_HOST(CL_DEVICE_PREFERRED_VECTOR_WIDTH_SHORT),
	FROM_HOST(CL_DEVICE_PREFERRED_VECTOR_WIDTH_INT),
	FROM_HOST(CL_DEVICE_PREFERRED_VECTOR_WIDTH_LONG),
	FROM_HOST(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT),
	FROM_HOST(CL_DEVICE_PREFERRED_VECTOR_WIDTH_DOUBLE),
	FROM_HOST(CL_DEVICE_PREFERRED_VECTOR_WIDTH_HALF),
	FROM_HOST(CL_DEVICE_NATIVE_VECTOR_WIDTH_CHAR),
	FROM_HOST(CL_DEVICE_NATIVE_VECTOR_WIDTH_SHORT),
	FROM_HOST(CL_DEVICE_NATIVE_VECTOR_WIDTH_INT),
	FROM_HOST(CL_DEVICE_NATIVE_VECTOR_WIDTH_LONG),
	FROM_HOST(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
	FROM_HOST(CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE),
	FROM_HOST(CL_DEVICE_NATIVE_VECTOR_WIDTH_HALF),
	FROM_HOST(CL_DEVICE_MAX_CLOCK_FREQUENCY),
	FROM_HOST(CL_DEVICE_ADDRESS_BITS),
	COMPUTED(CL_DEVICE_MAX_MEM_ALLOC_SIZE, get_max_alloc),
	COMPUTED(CL_DEVICE_IMAGE_SUPPORT, get_image_support),
	FROM_HOST(CL_DEVICE_MAX_READ_IMAGE_ARGS),
	FROM_HOST(CL_DEVICE_MAX_WRITE_IMAGE_ARGS),
	FROM_HOST(CL_DEVICE_MAX_READ_WRITE_IMAGE_ARGS),
	FROM_HOST(CL_DEVICE_IMAGE2D_MAX_WIDTH),
	FROM_HOST(CL_DEVICE_IMAGE2D_MAX_HEIGHT),
	FROM_HOST(CL_DEVICE_IMAGE3D_MAX_WIDTH),
	FROM_HOST(CL_DEVICE_IMAGE3D_MAX_HEIGHT),
	FROM_HOST(CL_DEVICE_IMAGE3D_MAX_DEPTH),
	FROM_HOST(CL_DEVICE_IMAGE_MAX_BUFFER_SIZE),
	FROM_HOST(CL_DEVICE_IMAGE_MAX_ARRAY_SIZE),
	FROM_HOST(CL_DEVICE_IMAGE_PITCH_ALIGNMENT),
	FROM_HOST(CL_DEVICE_IMAGE_BASE_ADDRESS_ALIGNMENT),
	FROM_HOST(CL_DEVICE_MAX_SAMPLERS),
	COMPUTED(CL_DEVICE_MAX_PARAMETER_SIZE, get_max_parameter),
	FROM_HOST(CL_DEVICE_MEM_BASE_ADDR_ALIGN),
	FROM_HOST(CL_DEVICE_MIN_DATA_TYPE_ALIGN_SIZE),
	FROM_HOST(CL_DEVICE_SINGLE_FP_CONFIG),
	FROM_HOST(CL_DEVICE_DOUBLE_FP_CONFIG),
	FROM_HOST(CL_DEVICE_HALF_FP_CONFIG),
	FROM_HOST(CL_DEVICE_GLOBAL_MEM_CACHE_TYPE),
	FROM_HOST(CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE),
	FROM_HOST(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE),
	COMPUTED(CL_DEVICE_GLOBAL_MEM_SIZE, get_global_mem),
	FROM_HOST(CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE),
	FROM_HOST(CL_DEVICE_MAX_CONSTANT_ARGS),
	FROM_HOST(CL_DEVICE_LOCAL_MEM_TYPE),
	FROM_HOST(CL_DEVICE_LOCAL_MEM_SIZE),
	FROM_HOST(CL_DEVICE_ERROR_CORRECTION_SUPPORT),
	COMPUTED(CL_DEVICE_HOST_UNIFIED_MEMORY, get_unified),
	FROM_HOST(CL_DEVICE_PROFILING_TIMER_RESOLUTION),
	FROM_HOST(CL_DEVICE_ENDIAN_LITTLE),
	FIXED(CL_DEVICE_AVAILABLE, U32, CL_TRUE),
	FROM_HOST(CL_DEVICE_COMPILER_AVAILABLE),
	FROM_HOST(CL_DEVICE_LINKER_AVAILABLE),
	FIXED(CL_DEVICE_EXECUTION_CAPABILITIES, U64, CL_EXEC_KERNEL),
	FIXED(CL_DEVICE_QUEUE_PROPERTIES, U64,
	      CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE | CL_QUEUE_PROFILING_ENABLE),
	{ .param = CL_DEVICE_BUILT_IN_KERNELS, .source = TEXT, .text = "" },
	COMPUTED(CL_DEVICE_PLATFORM, get_platform),
	FROM_HOST(CL_DEVICE_NAME),
	FROM_HOST(CL_DEVICE_VENDOR),
	COMPUTED(CL_DRIVER_VERSION, get_driver_version),
	FROM_HOST(CL_DEVICE_PROFILE),
	COMPUTED(CL_DEVICE_VERSION, get_version),
	COMPUTED(CL_DEVICE_OPENCL_C_VERSION, get_c_version),
	COMPUTED(CL_DEVICE_EXTENSIONS, extensions_device_text),
	FIXED(CL_DEVICE_PRINTF_BUFFER_SIZE, SIZE, 1u << 20), /* of DXG_PRINTED_MAX */
	FIXED(CL_DEVICE_PREFERRED_INTEROP_USER_SYNC, U32, CL_TRUE),
	COMPUTED(CL_DEVICE_PARENT_DEVICE, get_parent),
	COMPUTED(CL_DEVICE_PARTITION_MAX_SUB_DEVICES, subdevice_max_info),
	COMPUTED(CL_DEVICE_PARTITION_PROPERTIES, subdevice_ways_info),
	/* Not carried: parts that share a cache, or memory near to them. */
	FIXED(CL_DEVICE_PARTITION_AFFINITY_DOMAIN, U64, 0),
	COMPUTED(CL_DEVICE_PARTITION_TYPE, subdevice_type_info),
	COMPUTED(CL_DEVICE_REFERENCE_COUNT, subdevice_refs_info),
	COMPUTED(CL_DEVICE_SVM_CAPABILITIES, get_svm),
	/* 2.0 to 3.0 */
	COMPUTED(CL_DEVICE_NUMERIC_VERSION, get_numeric_version),
	COMPUTED(CL_DEVICE_EXTENSIONS_WITH_VERSION, extensions_device_versions),
	COMPUTED(CL_DEVICE_OPENCL_C_FEATURES, extensions_c_features),
	FROM_HOST(CL_DEVICE_OPENCL_C_ALL_VERSIONS),
	{ .param = CL_DEVICE_ILS_WITH_VERSION, .source = EMPTY },
	{ .param = CL_DEVICE_IL_VERSION, .source = TEXT, .text = "" },
	{ .param = CL_DEVICE_BUILT_IN_KERNELS_WITH_VERSION, .source = EMPTY },
	/* The host's driver passed it, this one was never submitted. */
	{ .param = CL_DEVICE_LATEST_CONFORMANCE_VERSION_PASSED, .source = TEXT, .text = "" },
	FROM_HOST(CL_DEVICE_ATOMIC_MEMORY_CAPABILITIES),
	FROM_HOST(CL_DEVICE_ATOMIC_FENCE_CAPABILITIES),
	FROM_HOST(CL_DEVICE_WORK_GROUP_COLLECTIVE_FUNCTIONS_SUPPORT),
	FROM_HOST(CL_DEVICE_GENERIC_ADDRESS_SPACE_SUPPORT),
	FROM_HOST(CL_DEVICE_PREFERRED_WORK_GROUP_SIZE_MULTIPLE),
	FROM_HOST(CL_DEVICE_PREFERRED_PLATFORM_ATOMIC_ALIGNMENT),
	FROM_HOST(CL_DEVICE_PREFERRED_GLOBAL_ATOMIC_ALIGNMENT),
	FROM_HOST(CL_DEVICE_PREFERRED_LOCAL_ATOMIC_ALIGNMENT),
	FROM_HOST(CL_DEVICE_MAX_GLOBAL_VARIABLE_SIZE),
	FROM_HOST(CL_DEVICE_GLOBAL_VARIABLE_PREFERRED_TOTAL_SIZE),
	/* A dispatch is checked for whole work-groups (cmd.h). */
	FIXED(CL_DEVICE_NON_UNIFORM_WORK_GROUP_SUPPORT, U32, CL_FALSE),
	/* Not carried: queues on the device, pipes, sub-groups. */
	FIXED(CL_DEVICE_DEVICE_ENQUEUE_CAPABILITIES, U64, 0),
	FIXED(CL_DEVICE_QUEUE_ON_DEVICE_PROPERTIES, U64, 0),
	FIXED(CL_DEVICE_QUEUE_ON_DEVICE_PREFERRED_SIZE, U32, 0),
	FIXED(CL_DEVICE_QUEUE_ON_DEVICE_MAX_SIZE, U32, 0),
	FIXED(CL_DEVICE_MAX_ON_DEVICE_QUEUES, U32, 0),
	FIXED(CL_DEVICE_MAX_ON_DEVICE_EVENTS, U32, 0),
	FIXED(CL_DEVICE_PIPE_SUPPORT, U32, CL_FALSE),
	FIXED(CL_DEVICE_MAX_PIPE_ARGS, U32, 0),
	FIXED(CL_DEVICE_PIPE_MAX_ACTIVE_RESERVATIONS, U32, 0),
	FIXED(CL_DEVICE_PIPE_MAX_PACKET_SIZE, U32, 0),
	FIXED(CL_DEVICE_MAX_NUM_SUB_GROUPS, U32, 0),
	FIXED(CL_DEVICE_SUB_GROUP_INDEPENDENT_FORWARD_PROGRESS, U32, CL_FALSE),
	COMPUTED(CL_DEVICE_SPIR_VERSIONS, extensions_spir_versions),
	/* cl_khr_command_buffer */
	FIXED(CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR, U64,
	      CL_COMMAND_BUFFER_CAPABILITY_KERNEL_PRINTF_KHR |
		      CL_COMMAND_BUFFER_CAPABILITY_SIMULTANEOUS_USE_KHR |
		      CL_COMMAND_BUFFER_CAPABILITY_OUT_OF_ORDER_KHR),
	FIXED(CL_DEVICE_COMMAND_BUFFER_REQUIRED_QUEUE_PROPERTIES_KHR, U64, 0),
};

static cl_int answer_host(cl_device_id device, cl_device_info param, const struct info_out *out)
{
	size_t size = 0;
	const void *record = device_record(device, param, &size);

	return record ? info_bytes(out, record, size) : CL_INVALID_VALUE;
}

static cl_int answer(cl_device_id device, const struct param *p, const struct info_out *out)
{
	switch (p->source) {
	case HOST:
		return answer_host(device, p->param, out);
	case U32:
		return info_uint(out, (cl_uint)p->number);
	case U64:
		return info_ulong(out, p->number);
	case SIZE:
		return info_size(out, (size_t)p->number);
	case EMPTY:
		return info_bytes(out, NULL, 0);
	case TEXT:
		return info_string(out, p->text);
	case OURS:
		return p->get(device, out);
	}
	return CL_INVALID_VALUE;
}

cl_int CL_API_CALL clGetDeviceInfo(cl_device_id device, cl_device_info param_name,
				   size_t param_value_size, void *param_value,
				   size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!device_valid(device))
		return CL_INVALID_DEVICE;
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
		if (params[i].param == param_name)
			return answer(device, &params[i], &out);
	return CL_INVALID_VALUE;
}

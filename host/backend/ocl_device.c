// SPDX-License-Identifier: MIT
/*
 * ocl_device - which device it is and what is constant about it. Runs once, before threads.
 */
#include "backend/ocl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLATFORMS_MAX 32
#define DEVICES_MAX 32

/* ---- choice ---- */

static cl_device_id first_of(struct ocl_backend *ocl, const cl_platform_id *platform, cl_uint count,
			     cl_device_type type, cl_platform_id *ret_platform)
{
	cl_device_id device;
	cl_uint i, n;

	for (i = 0; i < count; i++) {
		if (ocl->cl.clGetDeviceIDs(platform[i], type, 1, &device, &n) || !n)
			continue;
		*ret_platform = platform[i];
		return device;
	}
	return NULL;
}

static cl_device_id device_at(struct ocl_backend *ocl, cl_platform_id platform, uint32_t index)
{
	cl_device_id device[DEVICES_MAX];
	cl_uint n;

	if (ocl->cl.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, DEVICES_MAX, device, &n))
		return NULL;
	if (n > DEVICES_MAX)
		n = DEVICES_MAX;
	if (index == BACKEND_ANY)
		index = 0;
	return index < n ? device[index] : NULL;
}

/* The device asked for, or the first GPU of all platforms, or the first CPU, or anything. */
static int choose(struct ocl_backend *ocl, const struct backend_config *config,
		  struct backend_text *text)
{
	static const cl_device_type order[] = {
		CL_DEVICE_TYPE_GPU,
		CL_DEVICE_TYPE_CPU,
		CL_DEVICE_TYPE_ALL,
	};
	cl_platform_id platform[PLATFORMS_MAX];
	cl_uint n = 0;
	size_t i;

	if (ocl->cl.clGetPlatformIDs(PLATFORMS_MAX, platform, &n) || !n) {
		backend_say(text, "no OpenCL driver is installed");
		return -ENODEV;
	}
	if (n > PLATFORMS_MAX)
		n = PLATFORMS_MAX;
	if (config->platform == BACKEND_ANY) {
		for (i = 0; i < 3 && !ocl->device; i++)
			ocl->device = first_of(ocl, platform, n, order[i], &ocl->platform);
	} else if (config->platform < n) {
		ocl->platform = platform[config->platform];
		ocl->device = device_at(ocl, ocl->platform, config->device);
	}
	if (ocl->device)
		return 0;
	backend_say(text, "no OpenCL device %d of platform %d", (int)config->device,
		    (int)config->platform);
	return -ENODEV;
}

/* ---- constants ---- */

static uint64_t number(struct ocl_backend *ocl, cl_device_info param, size_t size)
{
	uint64_t v64 = 0;
	uint32_t v32 = 0;

	if (size == sizeof(v32)) {
		ocl->cl.clGetDeviceInfo(ocl->device, param, size, &v32, NULL);
		return v32;
	}
	ocl->cl.clGetDeviceInfo(ocl->device, param, size, &v64, NULL);
	return v64;
}

static void read_limits(struct ocl_backend *ocl)
{
	struct backend_limits *limits = &ocl->limits;
	size_t sizes[16] = { 0 };
	int i;

	limits->max_work_group_size = number(ocl, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof(size_t));
	limits->local_mem_size = number(ocl, CL_DEVICE_LOCAL_MEM_SIZE, sizeof(cl_ulong));
	ocl->cl.clGetDeviceInfo(ocl->device, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof(sizes), sizes,
				NULL);
	for (i = 0; i < 3; i++)
		limits->max_work_item_sizes[i] = sizes[i];
	ocl->global_mem = number(ocl, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(cl_ulong));
	/* In bits; never less than what sub-buffers need on any device. */
	ocl->align = number(ocl, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof(cl_uint)) / 8;
	if (!ocl->align)
		ocl->align = 1;
}

/* The names of drivers that compile when a kernel is launched, not when its program is built. */
static bool compiles_late(struct ocl_backend *ocl)
{
	static const char *const names[] = { "Portable Computing Language" };
	char platform[64] = "";
	size_t i;

	ocl->cl.clGetPlatformInfo(ocl->platform, CL_PLATFORM_NAME, sizeof(platform) - 1, platform,
				  NULL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(platform, names[i]))
			return true;
	return false;
}

int ocl_device_open(struct ocl_backend *ocl, const struct backend_config *config,
		    struct backend_text *text)
{
	bool cpu;
	int err;

	err = choose(ocl, config, text);
	if (err)
		return err;
	read_limits(ocl);
	cpu = number(ocl, CL_DEVICE_TYPE, sizeof(cl_device_type)) & CL_DEVICE_TYPE_CPU;
	ocl->unified = !config->force_discrete &&
		       (cpu || number(ocl, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(cl_bool)));
	ocl->direct = ocl->unified && cpu;
	ocl->compiles_late = compiles_late(ocl);
	ocl_units_probe(ocl);
	return 0;
}

void ocl_device_string(struct ocl_backend *ocl, cl_device_info param, char *ret, size_t room)
{
	char *value;
	size_t n = 0;

	ret[0] = '\0';
	if (ocl->cl.clGetDeviceInfo(ocl->device, param, 0, NULL, &n) || !n)
		return;
	value = calloc(1, n + 1);
	if (!value)
		return;
	if (!ocl->cl.clGetDeviceInfo(ocl->device, param, n, value, NULL)) {
		strncpy(ret, value, room - 1);
		ret[room - 1] = '\0';
	}
	free(value);
}

bool ocl_device_extension(struct ocl_backend *ocl, const char *name)
{
	char list[4096], *word, *save;

	ocl_device_string(ocl, CL_DEVICE_EXTENSIONS, list, sizeof(list));
	for (word = strtok_r(list, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (!strcmp(word, name))
			return true;
	return false;
}

/* ---- DEVICE_INFO ---- */

/*
 * What is passed on: every property that is a number, a size or a string. Handles (platform,
 * parent) mean nothing elsewhere; pipes are not carried.
 */
static const cl_device_info passed_on[] = {
	CL_DEVICE_TYPE,
	CL_DEVICE_VENDOR_ID,
	CL_DEVICE_MAX_COMPUTE_UNITS,
	CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS,
	CL_DEVICE_MAX_WORK_GROUP_SIZE,
	CL_DEVICE_MAX_WORK_ITEM_SIZES,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_CHAR,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_SHORT,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_INT,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_LONG,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_DOUBLE,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_HALF,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_CHAR,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_SHORT,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_INT,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_LONG,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_HALF,
	CL_DEVICE_MAX_CLOCK_FREQUENCY,
	CL_DEVICE_ADDRESS_BITS,
	CL_DEVICE_MAX_MEM_ALLOC_SIZE,
	CL_DEVICE_IMAGE_SUPPORT,
	CL_DEVICE_MAX_READ_IMAGE_ARGS,
	CL_DEVICE_MAX_WRITE_IMAGE_ARGS,
	CL_DEVICE_IMAGE2D_MAX_WIDTH,
	CL_DEVICE_IMAGE2D_MAX_HEIGHT,
	CL_DEVICE_IMAGE3D_MAX_WIDTH,
	CL_DEVICE_IMAGE3D_MAX_HEIGHT,
	CL_DEVICE_IMAGE3D_MAX_DEPTH,
	CL_DEVICE_IMAGE_MAX_BUFFER_SIZE,
	CL_DEVICE_IMAGE_MAX_ARRAY_SIZE,
	CL_DEVICE_MAX_SAMPLERS,
	CL_DEVICE_MAX_PARAMETER_SIZE,
	CL_DEVICE_MEM_BASE_ADDR_ALIGN,
	CL_DEVICE_MIN_DATA_TYPE_ALIGN_SIZE,
	CL_DEVICE_SINGLE_FP_CONFIG,
	CL_DEVICE_DOUBLE_FP_CONFIG,
	CL_DEVICE_HALF_FP_CONFIG,
	CL_DEVICE_GLOBAL_MEM_CACHE_TYPE,
	CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE,
	CL_DEVICE_GLOBAL_MEM_CACHE_SIZE,
	CL_DEVICE_GLOBAL_MEM_SIZE,
	CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE,
	CL_DEVICE_MAX_CONSTANT_ARGS,
	CL_DEVICE_LOCAL_MEM_TYPE,
	CL_DEVICE_LOCAL_MEM_SIZE,
	CL_DEVICE_ERROR_CORRECTION_SUPPORT,
	CL_DEVICE_HOST_UNIFIED_MEMORY,
	CL_DEVICE_PROFILING_TIMER_RESOLUTION,
	CL_DEVICE_ENDIAN_LITTLE,
	CL_DEVICE_AVAILABLE,
	CL_DEVICE_COMPILER_AVAILABLE,
	CL_DEVICE_LINKER_AVAILABLE,
	CL_DEVICE_EXECUTION_CAPABILITIES,
	CL_DEVICE_QUEUE_PROPERTIES,
	CL_DEVICE_BUILT_IN_KERNELS,
	CL_DEVICE_NAME,
	CL_DEVICE_VENDOR,
	CL_DRIVER_VERSION,
	CL_DEVICE_PROFILE,
	CL_DEVICE_VERSION,
	CL_DEVICE_OPENCL_C_VERSION,
	CL_DEVICE_EXTENSIONS,
	CL_DEVICE_PRINTF_BUFFER_SIZE,
	CL_DEVICE_PREFERRED_INTEROP_USER_SYNC,
	/* 2.0 to 3.0 */
	CL_DEVICE_IMAGE_PITCH_ALIGNMENT,
	CL_DEVICE_IMAGE_BASE_ADDRESS_ALIGNMENT,
	CL_DEVICE_MAX_READ_WRITE_IMAGE_ARGS,
	CL_DEVICE_MAX_GLOBAL_VARIABLE_SIZE,
	CL_DEVICE_GLOBAL_VARIABLE_PREFERRED_TOTAL_SIZE,
	CL_DEVICE_QUEUE_ON_DEVICE_PROPERTIES,
	CL_DEVICE_QUEUE_ON_DEVICE_PREFERRED_SIZE,
	CL_DEVICE_QUEUE_ON_DEVICE_MAX_SIZE,
	CL_DEVICE_MAX_ON_DEVICE_QUEUES,
	CL_DEVICE_MAX_ON_DEVICE_EVENTS,
	CL_DEVICE_SVM_CAPABILITIES,
	CL_DEVICE_PREFERRED_PLATFORM_ATOMIC_ALIGNMENT,
	CL_DEVICE_PREFERRED_GLOBAL_ATOMIC_ALIGNMENT,
	CL_DEVICE_PREFERRED_LOCAL_ATOMIC_ALIGNMENT,
	CL_DEVICE_IL_VERSION,
	CL_DEVICE_MAX_NUM_SUB_GROUPS,
	CL_DEVICE_SUB_GROUP_INDEPENDENT_FORWARD_PROGRESS,
	CL_DEVICE_NUMERIC_VERSION,
	CL_DEVICE_OPENCL_C_ALL_VERSIONS,
	CL_DEVICE_OPENCL_C_FEATURES,
	CL_DEVICE_ATOMIC_MEMORY_CAPABILITIES,
	CL_DEVICE_ATOMIC_FENCE_CAPABILITIES,
	CL_DEVICE_NON_UNIFORM_WORK_GROUP_SUPPORT,
	CL_DEVICE_WORK_GROUP_COLLECTIVE_FUNCTIONS_SUPPORT,
	CL_DEVICE_GENERIC_ADDRESS_SPACE_SUPPORT,
	CL_DEVICE_DEVICE_ENQUEUE_CAPABILITIES,
	CL_DEVICE_PIPE_SUPPORT,
	CL_DEVICE_PREFERRED_WORK_GROUP_SIZE_MULTIPLE,
	CL_DEVICE_LATEST_CONFORMANCE_VERSION_PASSED,
};

/* And these where contexts can be given some of its compute units. */
static const cl_device_info of_divided[] = {
	CL_DEVICE_PARTITION_MAX_SUB_DEVICES,
	CL_DEVICE_PARTITION_PROPERTIES,
};

int ocl_record(struct ocl_backend *ocl, uint32_t param, const void *value, uint32_t size)
{
	struct dxg_device_property head = { .param = param, .size = size };
	size_t take = sizeof(head) + dxg_align8(size);
	uint8_t *p = realloc(ocl->records, ocl->records_size + take);

	if (!p)
		return -ENOMEM;
	ocl->records = p;
	p += ocl->records_size;
	memset(p, 0, take);
	memcpy(p, &head, sizeof(head));
	if (size)
		memcpy(p + sizeof(head), value, size);
	ocl->records_size += take;
	return 0;
}

/* A property that this driver does not know is left out. */
static int record(struct ocl_backend *ocl, cl_device_info param)
{
	size_t size = 0;
	void *value;
	int err = 0;

	if (ocl->cl.clGetDeviceInfo(ocl->device, param, 0, NULL, &size) || size > DXG_REPLY_MAX / 2)
		return 0;
	value = malloc(size ? size : 1);
	if (!value)
		return -ENOMEM;
	if (!size || !ocl->cl.clGetDeviceInfo(ocl->device, param, size, value, NULL))
		err = ocl_record(ocl, param, value, size);
	free(value);
	return err;
}

int ocl_device_records(struct ocl_backend *ocl)
{
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]) && !err; i++)
		err = record(ocl, passed_on[i]);
	for (i = 0; i < sizeof(of_divided) / sizeof(of_divided[0]) && ocl->units && !err; i++)
		err = record(ocl, of_divided[i]);
	return err ? err : ocl_image_records(ocl);
}

// SPDX-License-Identifier: MIT
/*
 * ocl_api - see ocl_api.h. No state; the loader itself is never unloaded, because drivers keep
 * threads.
 */
#include "backend/ocl_api.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LOADER "libOpenCL.so.1"

/* Something to count entries by. */
#define ONE(name) 1,

const char *ocl_api_load(struct ocl_api *ret)
{
#define ENTRY(name) { #name, offsetof(struct ocl_api, name) },
	static const struct {
		const char *name;
		size_t offset;
	} entries[] = { OCL_API_FUNCTIONS(ENTRY) OCL_API_LATER(ENTRY) };
	static const size_t needed = sizeof((char[]){ OCL_API_FUNCTIONS(ONE) });
#undef ENTRY
	void *loader = dlopen(LOADER, RTLD_NOW | RTLD_LOCAL);
	size_t i;

	if (!loader)
		return LOADER;
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		void *entry = dlsym(loader, entries[i].name);

		if (!entry && i < needed)
			return entries[i].name;
		memcpy((char *)ret + entries[i].offset, &entry, sizeof(entry));
	}
	return NULL;
}

#define NAME(error)           \
	{                     \
		error, #error \
	}

static const struct {
	cl_int error;
	const char *name;
} error_names[] = {
	NAME(CL_DEVICE_NOT_FOUND),
	NAME(CL_DEVICE_NOT_AVAILABLE),
	NAME(CL_COMPILER_NOT_AVAILABLE),
	NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE),
	NAME(CL_OUT_OF_RESOURCES),
	NAME(CL_OUT_OF_HOST_MEMORY),
	NAME(CL_PROFILING_INFO_NOT_AVAILABLE),
	NAME(CL_MEM_COPY_OVERLAP),
	NAME(CL_BUILD_PROGRAM_FAILURE),
	NAME(CL_MAP_FAILURE),
	NAME(CL_MISALIGNED_SUB_BUFFER_OFFSET),
	NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
	NAME(CL_INVALID_VALUE),
	NAME(CL_INVALID_DEVICE),
	NAME(CL_INVALID_CONTEXT),
	NAME(CL_INVALID_COMMAND_QUEUE),
	NAME(CL_INVALID_HOST_PTR),
	NAME(CL_INVALID_MEM_OBJECT),
	NAME(CL_IMAGE_FORMAT_MISMATCH),
	NAME(CL_IMAGE_FORMAT_NOT_SUPPORTED),
	NAME(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR),
	NAME(CL_INVALID_IMAGE_DESCRIPTOR),
	NAME(CL_INVALID_IMAGE_SIZE),
	NAME(CL_INVALID_SAMPLER),
	NAME(CL_INVALID_BINARY),
	NAME(CL_INVALID_BUILD_OPTIONS),
	NAME(CL_INVALID_PROGRAM),
	NAME(CL_INVALID_PROGRAM_EXECUTABLE),
	NAME(CL_INVALID_KERNEL_NAME),
	NAME(CL_INVALID_KERNEL_DEFINITION),
	NAME(CL_INVALID_KERNEL),
	NAME(CL_INVALID_ARG_INDEX),
	NAME(CL_INVALID_ARG_VALUE),
	NAME(CL_INVALID_ARG_SIZE),
	NAME(CL_INVALID_KERNEL_ARGS),
	NAME(CL_INVALID_WORK_DIMENSION),
	NAME(CL_INVALID_WORK_GROUP_SIZE),
	NAME(CL_INVALID_WORK_ITEM_SIZE),
	NAME(CL_INVALID_GLOBAL_OFFSET),
	NAME(CL_INVALID_EVENT_WAIT_LIST),
	NAME(CL_INVALID_EVENT),
	NAME(CL_INVALID_OPERATION),
	NAME(CL_INVALID_BUFFER_SIZE),
	NAME(CL_INVALID_GLOBAL_WORK_SIZE),
	NAME(CL_DEVICE_PARTITION_FAILED),
	NAME(CL_INVALID_DEVICE_PARTITION_COUNT),
};

#undef NAME

const char *ocl_error(cl_int error)
{
	size_t i;

	for (i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++)
		if (error_names[i].error == error)
			return error_names[i].name;
	return "an error without a name";
}

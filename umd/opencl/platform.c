// SPDX-License-Identifier: MIT
/*
 * platform.c - the platform, and the way the ICD loader finds it.
 *
 * There is a platform when there is an adapter with DXG_ADAPTER_OPENCL; without a dxgd the answer
 * is CL_PLATFORM_NOT_FOUND_KHR. In a dxg-worker the answer is always that: the worker loads the
 * host's own drivers through the same loader and must never find itself.
 */
#include "platform.h"

#include <dlfcn.h>

#include "device.h"
#include "entry.h"
#include "extensions.h"
#include "info.h"

#define PLATFORM_MAGIC 0x504c4154u

/* A platform has no references of the application and is never destroyed. */
static const struct object_ops platform_ops = {
	.magic = PLATFORM_MAGIC,
	.invalid = CL_INVALID_PLATFORM,
};

struct _cl_platform_id {
	struct object o;
};

static struct _cl_platform_id the_platform = {
	.o = { .dispatch = &opencl_dispatch,
	       .ops = &platform_ops,
	       .magic = PLATFORM_MAGIC,
	       .refs = 1,
	       .holds = 1 },
};

bool platform_valid(cl_platform_id platform)
{
	return platform == &the_platform;
}

cl_platform_id platform_get(void)
{
	return &the_platform;
}

static bool inside_worker(void)
{
	return dlsym(RTLD_DEFAULT, "dxg_worker_marker") != NULL;
}

/** clIcdGetPlatformIDsKHR() - cl_khr_icd: the loader asks for our platforms. */
__attribute__((visibility("default"))) cl_int CL_API_CALL
clIcdGetPlatformIDsKHR(cl_uint num_entries, cl_platform_id *platforms, cl_uint *num_platforms)
{
	if ((platforms && !num_entries) || (!platforms && !num_platforms))
		return CL_INVALID_VALUE;
	if (num_platforms)
		*num_platforms = 0;
	if (inside_worker() || !device_count())
		return CL_PLATFORM_NOT_FOUND_KHR;
	if (num_platforms)
		*num_platforms = 1;
	if (platforms)
		platforms[0] = &the_platform;
	return CL_SUCCESS;
}

cl_int CL_API_CALL clGetPlatformIDs(cl_uint num_entries, cl_platform_id *platforms,
				    cl_uint *num_platforms)
{
	return clIcdGetPlatformIDsKHR(num_entries, platforms, num_platforms);
}

static const struct {
	cl_platform_info param;
	const char *text;
} platform_text[] = {
	{ CL_PLATFORM_PROFILE, "FULL_PROFILE" },
	{ CL_PLATFORM_VERSION, "OpenCL 3.0 opendxg " OPENDXG_VERSION },
	{ CL_PLATFORM_NAME, "opendxg" },
	{ CL_PLATFORM_VENDOR, "opendxg project" },
	{ CL_PLATFORM_ICD_SUFFIX_KHR, "DXG" },
};

__attribute__((visibility("default"))) cl_int CL_API_CALL
clGetPlatformInfo(cl_platform_id platform, cl_platform_info param_name, size_t param_value_size,
		  void *param_value, size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (platform && !platform_valid(platform))
		return CL_INVALID_PLATFORM;
	for (size_t i = 0; i < sizeof(platform_text) / sizeof(platform_text[0]); i++)
		if (platform_text[i].param == param_name)
			return info_string(&out, platform_text[i].text);
	switch (param_name) {
	case CL_PLATFORM_EXTENSIONS:
		return extensions_platform_text(&out);
	case CL_PLATFORM_EXTENSIONS_WITH_VERSION:
		return extensions_platform_versions(&out);
	case CL_PLATFORM_NUMERIC_VERSION:
		return info_uint(&out, CL_MAKE_VERSION(3, 0, 0));
	case CL_PLATFORM_HOST_TIMER_RESOLUTION:
		return info_ulong(&out, 1); /* both clocks are CLOCK_MONOTONIC (timer.c) */
	}
	return CL_INVALID_VALUE;
}

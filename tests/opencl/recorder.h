/* SPDX-License-Identifier: MIT */
/*
 * recorder.h - the functions of cl_khr_command_buffer, which the ICD loader does not export:
 * programs ask the platform for them by name.
 */
#ifndef TESTS_OPENCL_RECORDER_H
#define TESTS_OPENCL_RECORDER_H

#include <stdbool.h>
#include <string.h>

#include <CL/cl.h>
#include <CL/cl_ext.h>

/** struct recorder - all of them, in the order of the header. */
struct recorder {
	clCreateCommandBufferKHR_fn create;
	clFinalizeCommandBufferKHR_fn finalize;
	clRetainCommandBufferKHR_fn retain;
	clReleaseCommandBufferKHR_fn release;
	clEnqueueCommandBufferKHR_fn enqueue;
	clCommandBarrierWithWaitListKHR_fn barrier;
	clCommandCopyBufferKHR_fn copy;
	clCommandCopyBufferRectKHR_fn copy_rect;
	clCommandCopyBufferToImageKHR_fn to_image;
	clCommandCopyImageKHR_fn copy_image;
	clCommandCopyImageToBufferKHR_fn from_image;
	clCommandFillBufferKHR_fn fill;
	clCommandFillImageKHR_fn fill_image;
	clCommandNDRangeKernelKHR_fn kernel;
	clGetCommandBufferInfoKHR_fn info;
};

/** recorder_load() - find them; returns the name of one that is not there, or NULL. */
static inline const char *recorder_load(cl_platform_id platform, struct recorder *ret)
{
	static const char *const names[] = {
		"clCreateCommandBufferKHR",	 "clFinalizeCommandBufferKHR",
		"clRetainCommandBufferKHR",	 "clReleaseCommandBufferKHR",
		"clEnqueueCommandBufferKHR",	 "clCommandBarrierWithWaitListKHR",
		"clCommandCopyBufferKHR",	 "clCommandCopyBufferRectKHR",
		"clCommandCopyBufferToImageKHR", "clCommandCopyImageKHR",
		"clCommandCopyImageToBufferKHR", "clCommandFillBufferKHR",
		"clCommandFillImageKHR",	 "clCommandNDRangeKernelKHR",
		"clGetCommandBufferInfoKHR",
	};
	void *found[sizeof(names) / sizeof(names[0])];

	_Static_assert(sizeof(found) == sizeof(*ret), "one name per function");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		found[i] = clGetExtensionFunctionAddressForPlatform(platform, names[i]);
		if (!found[i])
			return names[i];
	}
	memcpy(ret, found, sizeof(*ret));
	return NULL;
}

/** recorder_claimed() - does the device have the extension? */
static inline bool recorder_claimed(cl_device_id device)
{
	char list[4096] = "";

	clGetDeviceInfo(device, CL_DEVICE_EXTENSIONS, sizeof(list), list, NULL);
	return strstr(list, CL_KHR_COMMAND_BUFFER_EXTENSION_NAME);
}

#endif

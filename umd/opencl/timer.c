// SPDX-License-Identifier: MIT
/*
 * timer.c - clGetDeviceAndHostTimer and clGetHostTimer. Both clocks are the one that event times
 * are in, CLOCK_MONOTONIC of this process: the device's own is translated to it
 * (vgpu_sync_clock()).
 */
#include "device.h"
#include "entry.h"
#include "vgpu.h"

cl_int CL_API_CALL clGetDeviceAndHostTimer(cl_device_id device, cl_ulong *device_timestamp,
					   cl_ulong *host_timestamp)
{
	cl_ulong now;

	if (!device_valid(device))
		return CL_INVALID_DEVICE;
	if (!device_timestamp || !host_timestamp)
		return CL_INVALID_VALUE;
	now = monotonic_ns();
	*device_timestamp = now;
	*host_timestamp = now;
	return CL_SUCCESS;
}

cl_int CL_API_CALL clGetHostTimer(cl_device_id device, cl_ulong *host_timestamp)
{
	if (!device_valid(device))
		return CL_INVALID_DEVICE;
	if (!host_timestamp)
		return CL_INVALID_VALUE;
	*host_timestamp = monotonic_ns();
	return CL_SUCCESS;
}

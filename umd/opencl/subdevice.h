/* SPDX-License-Identifier: MIT */
/*
 * subdevice.h - a cl_device_id that is some compute units of another device: what that is, but for
 * these. A queue on it runs on these units only (struct dxg_context_private). It is valid as long
 * as anything has it: the application's references, a context or program made for it, a part of it.
 */
#ifndef OPENCL_SUBDEVICE_H
#define OPENCL_SUBDEVICE_H

#include "device.h"
#include "info.h"

/** subdevice_valid() - is it one? */
bool subdevice_valid(cl_device_id device);

/* The answers of clGetDeviceInfo() on partitions, of roots and sub-devices. */
cl_int subdevice_max_info(cl_device_id device, const struct info_out *out);
cl_int subdevice_ways_info(cl_device_id device, const struct info_out *out);
cl_int subdevice_type_info(cl_device_id device, const struct info_out *out);
cl_int subdevice_refs_info(cl_device_id device, const struct info_out *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * extensions.h - what is claimed beside the version: extensions of the platform and of a device,
 * and the optional features of OpenCL C. Each has two forms, words in a text and records with
 * versions; both come from one table. Never claimed: what the host lacks, and what needs more of
 * the host's API than commands carry.
 */
#ifndef OPENCL_EXTENSIONS_H
#define OPENCL_EXTENSIONS_H

#include "device.h"
#include "info.h"

/** extensions_platform_text() - CL_PLATFORM_EXTENSIONS. */
cl_int extensions_platform_text(const struct info_out *out);

/** extensions_platform_versions() - CL_PLATFORM_EXTENSIONS_WITH_VERSION. */
cl_int extensions_platform_versions(const struct info_out *out);

/** extensions_device_text() - CL_DEVICE_EXTENSIONS. */
cl_int extensions_device_text(cl_device_id device, const struct info_out *out);

/** extensions_device_versions() - CL_DEVICE_EXTENSIONS_WITH_VERSION. */
cl_int extensions_device_versions(cl_device_id device, const struct info_out *out);

/** extensions_claimed() - is @name in the device's list? */
bool extensions_claimed(cl_device_id device, const char *name);

/** extensions_spir_versions() - CL_DEVICE_SPIR_VERSIONS. */
cl_int extensions_spir_versions(cl_device_id device, const struct info_out *out);

/** extensions_c_features() - CL_DEVICE_OPENCL_C_FEATURES. */
cl_int extensions_c_features(cl_device_id device, const struct info_out *out);

#endif

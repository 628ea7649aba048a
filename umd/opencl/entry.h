/* SPDX-License-Identifier: MIT */
/*
 * entry.h - prototypes of every entry point that goes into the dispatch table: those of the Khronos
 * headers, and the loader's own. The build defines OPENDXG_VERSION and the header version macros.
 */
#ifndef OPENCL_ENTRY_H
#define OPENCL_ENTRY_H

#include <CL/cl.h>
#include <CL/cl_ext.h>

#endif

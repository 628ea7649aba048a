/* SPDX-License-Identifier: MIT */
/*
 * unsupported.h - what stands in the dispatch table for entry points that have no prototype on this
 * system (Direct3D sharing).
 */
#ifndef OPENCL_UNSUPPORTED_H
#define OPENCL_UNSUPPORTED_H

#include <CL/cl.h>

/** refuse_status() - for functions that return a status: CL_INVALID_OPERATION. */
cl_int CL_API_CALL refuse_status(void);

/** refuse_handle() - for functions that return an object: NULL. */
void *CL_API_CALL refuse_handle(void);

#endif

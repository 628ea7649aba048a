/* SPDX-License-Identifier: MIT */
/*
 * platform.h - the one platform of this library and its devices. It is found once per process and
 * never goes away.
 */
#ifndef OPENCL_PLATFORM_H
#define OPENCL_PLATFORM_H

#include "object.h"

/** platform_valid() - is this our platform? NULL is not. */
bool platform_valid(cl_platform_id platform);

/** platform_get() - the platform, for objects that refer to it. */
cl_platform_id platform_get(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * device_list.h - the devices of a context or of a program: different ones, all of one virtual GPU,
 * each held. Immutable between device_list_init() and device_list_fini().
 */
#ifndef OPENCL_DEVICE_LIST_H
#define OPENCL_DEVICE_LIST_H

#include "device.h"
#include "info.h"

/** struct device_list - see above; @device: at least one. */
struct device_list {
	cl_uint count;
	cl_device_id *device;
};

/** device_list_init() - the different ones of @n valid devices; false without memory. */
bool device_list_init(struct device_list *list, cl_uint n, const cl_device_id *devices);

/** device_list_fini() - let them go; an empty list is fine. */
void device_list_fini(struct device_list *list);

/** device_list_has() - is @device in it? It need not be a valid one. */
static inline bool device_list_has(const struct device_list *list, cl_device_id device)
{
	for (cl_uint i = 0; i < list->count; i++)
		if (list->device[i] == device)
			return true;
	return false;
}

/** device_list_check() - is an application's list of devices, which may be none, part of it? */
cl_int device_list_check(const struct device_list *list, cl_uint n, const cl_device_id *devices);

/** device_list_info() - all of it. */
static inline cl_int device_list_info(const struct device_list *list, const struct info_out *out)
{
	return info_bytes(out, list->device, list->count * sizeof(list->device[0]));
}

#endif

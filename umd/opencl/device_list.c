// SPDX-License-Identifier: MIT
/* device_list.c - see device_list.h. No locks: holds are atomic. */
#include "device_list.h"

#include <stdlib.h>

bool device_list_init(struct device_list *list, cl_uint n, const cl_device_id *devices)
{
	list->count = 0;
	list->device = calloc(n, sizeof(list->device[0]));
	if (!list->device)
		return false;
	for (cl_uint i = 0; i < n; i++)
		if (!device_list_has(list, devices[i]))
			list->device[list->count++] = object_hold(devices[i]);
	return true;
}

void device_list_fini(struct device_list *list)
{
	while (list->count)
		object_drop(list->device[--list->count]);
	free(list->device);
}

cl_int device_list_check(const struct device_list *list, cl_uint n, const cl_device_id *devices)
{
	if (!n != !devices)
		return CL_INVALID_VALUE;
	for (cl_uint i = 0; i < n; i++)
		if (!device_list_has(list, devices[i]))
			return CL_INVALID_DEVICE;
	return CL_SUCCESS;
}

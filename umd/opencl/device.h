/* SPDX-License-Identifier: MIT */
/*
 * device.h - a cl_device_id: one virtual GPU as an adapter enumeration found it, with the OpenCL
 * properties of the device behind it; or some of its compute units (subdevice.h).
 *
 * Root devices are found once per process, immutable afterwards, and never freed; no lock is needed
 * to read one.
 */
#ifndef OPENCL_DEVICE_H
#define OPENCL_DEVICE_H

#include "dxgwire/escape.h"
#include "libdxg.h"
#include "object.h"

#define DEVICE_MAX_DIMENSIONS 3

/**
 * struct _cl_device_id - see above.
 * @luid: names the adapter in this machine
 * @adapter: what the adapter says about itself
 * @records, @records_size: struct dxg_device_property records, checked; a sub-device's are its
 * root's
 * @parent: what a sub-device is part of, held; NULL: a root
 * @first_unit, @units: compute units that it is
 * @max_parts: most sub-devices that it can be divided into; 0: it cannot be divided
 * @equally, @by_counts: ways to divide it
 * @partition, @partition_count: of a sub-device: how its parent was divided
 * The rest is what commands look at often, out of the records.
 */
struct _cl_device_id {
	struct object o;
	struct winluid luid;
	struct dxg_adapter_private adapter;
	void *records;
	size_t records_size;
	cl_device_id parent;
	cl_uint first_unit;
	cl_uint units;
	cl_uint max_parts;
	bool equally;
	bool by_counts;
	cl_device_partition_property *partition;
	size_t partition_count;
	cl_device_type type;
	size_t max_work_group_size;
	size_t max_work_item_sizes[DEVICE_MAX_DIMENSIONS];
	size_t max_parameter_size;
	cl_ulong local_mem_size;
	cl_ulong global_mem_size;
	cl_ulong max_alloc_size;
	size_t base_align; /* bytes */
};

/** device_count() - devices of the platform, searching for adapters on the first call. */
cl_uint device_count(void);

/** device_root() - the virtual GPU that it is, or is part of. */
static inline cl_device_id device_root(cl_device_id device)
{
	while (device->parent)
		device = device->parent;
	return device;
}

/** device_valid() - is this one of ours? */
bool device_valid(cl_device_id device);

/** device_matching() - the @index-th device of the type mask, NULL when there are no more. */
cl_device_id device_matching(cl_device_type type, cl_uint index);

/**
 * device_record() - the host's own value of a property.
 *
 * Return: the value and its size, or NULL when the host has none.
 */
const void *device_record(const struct _cl_device_id *device, cl_device_info param,
			  size_t *ret_size);

#endif

// SPDX-License-Identifier: MIT
/*
 * subdevice.c - clCreateSubDevices, counts of devices, and what clGetDeviceInfo says of partitions.
 *
 * A device is divided equally or by counts, as far as the host's is; so is a part of it that has
 * more than one unit. No locks: a sub-device is immutable, its counts are atomic.
 */
#include "subdevice.h"

#include <stdlib.h>

#include "entry.h"

#define SUBDEVICE_MAGIC 0x53444556u

static void destroy(struct object *o)
{
	struct _cl_device_id *device = (struct _cl_device_id *)o;

	object_drop(device->parent);
	free(device->partition);
	free(device);
}

static const struct object_ops subdevice_ops = {
	.magic = SUBDEVICE_MAGIC,
	.invalid = CL_INVALID_DEVICE,
	.destroy = destroy,
};

bool subdevice_valid(cl_device_id device)
{
	return device && device->o.magic == SUBDEVICE_MAGIC;
}

/* ---- ways to divide ---- */

/** struct partition - how a device is to be divided; the property list is the application's. */
struct partition {
	const cl_device_partition_property *list;
	size_t list_count; /* with the zeros at its end */
	cl_uint parts;
};

static cl_uint part_units(const struct partition *p, cl_uint part)
{
	bool equally = p->list[0] == CL_DEVICE_PARTITION_EQUALLY;

	return (cl_uint)p->list[1 + (equally ? 0 : part)];
}

static cl_int divide_equally(cl_device_id parent, struct partition *p)
{
	cl_device_partition_property size = p->list[1];

	if (size <= 0 || size > parent->units || p->list[2])
		return CL_INVALID_VALUE;
	p->parts = parent->units / (cl_uint)size;
	p->list_count = 3;
	return p->parts > parent->max_parts ? CL_DEVICE_PARTITION_FAILED : CL_SUCCESS;
}

/* The zero that ends the counts may be all the zeros that there are. */
static cl_int divide_by_counts(cl_device_id parent, struct partition *p)
{
	cl_uint left = parent->units;

	for (p->parts = 0; p->list[1 + p->parts]; p->parts++) {
		cl_device_partition_property count = p->list[1 + p->parts];

		if (count < 0 || count > left || p->parts == parent->max_parts)
			return CL_INVALID_DEVICE_PARTITION_COUNT;
		left -= (cl_uint)count;
	}
	p->list_count = 1 + p->parts + 2;
	return p->parts ? CL_SUCCESS : CL_INVALID_DEVICE_PARTITION_COUNT;
}

static cl_int divide(cl_device_id parent, struct partition *p)
{
	if (p->list[0] == CL_DEVICE_PARTITION_EQUALLY && parent->equally)
		return divide_equally(parent, p);
	if (p->list[0] == CL_DEVICE_PARTITION_BY_COUNTS && parent->by_counts)
		return divide_by_counts(parent, p);
	return CL_INVALID_VALUE;
}

/* ---- making them ---- */

/* The list as it was given; by counts, the last of its two zeros may not have been there. */
static bool copy_list(struct _cl_device_id *device, const struct partition *p)
{
	device->partition = calloc(p->list_count, sizeof(*p->list));
	if (!device->partition)
		return false;
	memcpy(device->partition, p->list, (p->list_count - 1) * sizeof(*p->list));
	device->partition_count = p->list_count;
	return true;
}

static cl_device_id make(cl_device_id parent, const struct partition *p, cl_uint first,
			 cl_uint units)
{
	struct _cl_device_id *device = malloc(sizeof(*device));

	if (!device)
		return NULL;
	*device = *parent;
	object_init(&device->o, &subdevice_ops);
	device->parent = object_hold(parent);
	device->first_unit = first;
	device->units = units;
	device->max_parts = units > 1 ? parent->max_parts : 0;
	if (device->max_parts > units)
		device->max_parts = units;
	if (copy_list(device, p))
		return device;
	object_drop(device);
	return NULL;
}

static cl_int make_all(cl_device_id parent, const struct partition *p, cl_device_id *list)
{
	cl_uint first = parent->first_unit, n;

	for (n = 0; n < p->parts; n++) {
		list[n] = make(parent, p, first, part_units(p, n));
		if (!list[n])
			break;
		first += list[n]->units;
	}
	if (n == p->parts)
		return CL_SUCCESS;
	while (n)
		object_drop(list[--n]);
	return CL_OUT_OF_HOST_MEMORY;
}

cl_int CL_API_CALL clCreateSubDevices(cl_device_id device,
				      const cl_device_partition_property *properties,
				      cl_uint num_devices, cl_device_id *list,
				      cl_uint *num_devices_ret)
{
	struct partition p = { .list = properties };
	cl_int err;

	if (!device_valid(device))
		return CL_INVALID_DEVICE;
	if (!properties)
		return CL_INVALID_VALUE;
	if (device->parent && !device->max_parts)
		return CL_DEVICE_PARTITION_FAILED;
	err = divide(device, &p);
	if (err == CL_SUCCESS && list)
		err = num_devices < p.parts ? CL_INVALID_VALUE : make_all(device, &p, list);
	if (err == CL_SUCCESS && num_devices_ret)
		*num_devices_ret = p.parts;
	return err;
}

/* ---- counts ---- */

/* Root devices have none: retain and release do nothing. */
cl_int CL_API_CALL clRetainDevice(cl_device_id device)
{
	if (!device_valid(device))
		return CL_INVALID_DEVICE;
	/* One that a context still has may be asked of it, and taken up again. */
	if (device->parent && !atomic_fetch_add(&device->o.refs, 1))
		object_hold(device);
	return CL_SUCCESS;
}

cl_int CL_API_CALL clReleaseDevice(cl_device_id device)
{
	uint32_t refs;

	if (!device_valid(device))
		return CL_INVALID_DEVICE;
	if (!device->parent)
		return CL_SUCCESS;
	refs = atomic_load(&device->o.refs);
	do
		if (!refs)
			return CL_INVALID_DEVICE;
	while (!atomic_compare_exchange_weak(&device->o.refs, &refs, refs - 1));
	if (refs == 1)
		object_drop(device);
	return CL_SUCCESS;
}

/* ---- questions ---- */

cl_int subdevice_max_info(cl_device_id device, const struct info_out *out)
{
	return info_uint(out, device->max_parts);
}

cl_int subdevice_ways_info(cl_device_id device, const struct info_out *out)
{
	cl_device_partition_property way[2] = { 0 };
	size_t n = 0;

	if (device->max_parts && device->equally)
		way[n++] = CL_DEVICE_PARTITION_EQUALLY;
	if (device->max_parts && device->by_counts)
		way[n++] = CL_DEVICE_PARTITION_BY_COUNTS;
	return info_bytes(out, way, (n ? n : 1) * sizeof(way[0]));
}

cl_int subdevice_type_info(cl_device_id device, const struct info_out *out)
{
	if (!device->parent)
		return info_size(out, 0);
	return info_bytes(out, device->partition,
			  device->partition_count * sizeof(device->partition[0]));
}

cl_int subdevice_refs_info(cl_device_id device, const struct info_out *out)
{
	return info_uint(out, device->parent ? object_refs(&device->o) : 1);
}

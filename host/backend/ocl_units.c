// SPDX-License-Identifier: MIT
/*
 * ocl_units - some of a device's compute units, as a sub-device of its driver. A device by counts
 * is the one way that gives any range of them: the driver hands them out one after the other, so
 * what lies before the range becomes a sub-device, too, and is given back at once.
 *
 * What was made is used again, and stays as long as the process. Rejected: giving it back with its
 * context. A queue of PoCL 3.1 does not hold its device, whom the release of an event asks how to
 * free it; and an event is held by the buffers that its command touched, until they are used again,
 * and by the thread that ran the command, for a moment longer than anybody can wait for.
 */
#include "backend/ocl.h"

#include <errno.h>
#include <stdlib.h>

#define PARTITIONS_MAX 16 /* ways to divide a device; OpenCL knows three */

static bool divides_by_counts(struct ocl_backend *ocl)
{
	cl_device_partition_property way[PARTITIONS_MAX];
	size_t size = 0, i;

	if (ocl->cl.clGetDeviceInfo(ocl->device, CL_DEVICE_PARTITION_PROPERTIES, sizeof(way), way,
				    &size))
		return false;
	for (i = 0; i < size / sizeof(way[0]); i++)
		if (way[i] == CL_DEVICE_PARTITION_BY_COUNTS)
			return true;
	return false;
}

void ocl_units_probe(struct ocl_backend *ocl)
{
	cl_uint units = 0;

	ocl->cl.clGetDeviceInfo(ocl->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(units), &units,
				NULL);
	if (divides_by_counts(ocl) && units <= DXG_COMPUTE_UNITS_MAX)
		ocl->units = units;
}

static int make(struct ocl_backend *ocl, struct ipc_units units, cl_device_id *ret)
{
	cl_device_partition_property list[5] = { CL_DEVICE_PARTITION_BY_COUNTS };
	cl_device_id device[2];
	cl_uint n = 0;

	if (units.first)
		list[++n] = units.first;
	list[++n] = units.count;
	if (ocl->cl.clCreateSubDevices(ocl->device, list, n, device, NULL))
		return -EIO;
	if (n > 1)
		ocl->cl.clReleaseDevice(device[0]);
	*ret = device[n - 1];
	return 0;
}

static int add(struct ocl_backend *ocl, struct ipc_units units, struct ocl_part **ret)
{
	struct ocl_part *p;
	int err;

	if (ocl->parts == DXG_UNIT_RANGES_PER_PROCESS)
		return -ENOSPC;
	p = realloc(ocl->part, (ocl->parts + 1) * sizeof(*p));
	if (!p)
		return -ENOMEM;
	ocl->part = p;
	p += ocl->parts;
	p->units = units;
	err = make(ocl, units, &p->device);
	if (err)
		return err;
	ocl->parts++;
	*ret = p;
	return 0;
}

static struct ocl_part *find(struct ocl_backend *ocl, struct ipc_units units)
{
	uint32_t i;

	for (i = 0; i < ocl->parts; i++)
		if (ocl->part[i].units.first == units.first &&
		    ocl->part[i].units.count == units.count)
			return &ocl->part[i];
	return NULL;
}

int ocl_units_device(struct ocl_backend *ocl, struct ipc_units units, cl_device_id *ret)
{
	struct ocl_part *part;
	int err = 0;

	if (!units.count) {
		*ret = ocl->device;
		return 0;
	}
	if (units.first > ocl->units || units.count > ocl->units - units.first)
		return -EINVAL;
	part = find(ocl, units);
	if (!part)
		err = add(ocl, units, &part);
	if (!err)
		*ret = part->device;
	return err;
}

void ocl_units_fini(struct ocl_backend *ocl)
{
	free(ocl->part);
}

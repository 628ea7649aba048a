// SPDX-License-Identifier: MIT
/*
 * device.c - finding the virtual GPUs of this process and what they are.
 *
 * The adapters are enumerated when the platform is asked for. What a device can do is asked of the
 * host when devices are asked for: that takes a D3DKMT device and so a worker, which a program that
 * only counts platforms does not need. @search_lock guards both steps; after them nothing changes.
 */
#include "device.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dxgwire/ntstatus.h"
#include "entry.h"
#include "platform.h"
#include "subdevice.h"
#include "vgpu.h"

#define DEVICE_MAGIC 0x44455649u
#define RECORDS_FIRST_TRY 32768u
#define RECORDS_MAX (128u << 10)

static const struct object_ops device_ops = {
	.magic = DEVICE_MAGIC,
	.invalid = CL_INVALID_DEVICE,
};

static pthread_mutex_t search_lock = PTHREAD_MUTEX_INITIALIZER;
static struct _cl_device_id devices[DXG_ADAPTERS_MAX]; /* search_lock while they are found */
static cl_uint found;
static bool searched, described;

static void add_adapter(const struct d3dkmt_adapterinfo *adapter)
{
	struct d3dkmt_closeadapter close = { .adapter_handle = adapter->adapter_handle };
	struct _cl_device_id *device = &devices[found];

	if (vgpu_probe(adapter->adapter_handle, &device->adapter) == 0 &&
	    (device->adapter.flags & DXG_ADAPTER_OPENCL)) {
		device->luid = adapter->adapter_luid;
		object_init(&device->o, &device_ops);
		found++;
	}
	D3DKMTCloseAdapter(&close);
}

static void search(void)
{
	struct d3dkmt_adapterinfo adapters[DXG_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 args = {
		.num_adapters = DXG_ADAPTERS_MAX,
		.adapters = dxg_ptr(adapters),
	};

	searched = true;
	if (D3DKMTEnumAdapters2(&args) < 0)
		return;
	for (uint32_t i = 0; i < args.num_adapters && i < DXG_ADAPTERS_MAX; i++)
		add_adapter(&adapters[i]);
}

cl_uint device_count(void)
{
	cl_uint n;

	pthread_mutex_lock(&search_lock);
	if (!searched || !found)
		search();
	n = found;
	pthread_mutex_unlock(&search_lock);
	return n;
}

/* Every record must lie inside the answer; the first that does not ends the list. */
static size_t checked_records(const uint8_t *records, size_t size)
{
	size_t at = 0;

	while (size - at >= sizeof(struct dxg_device_property)) {
		struct dxg_device_property p;

		memcpy(&p, records + at, sizeof(p));
		if (p.size > RECORDS_MAX || dxg_align8(p.size) > size - at - sizeof(p))
			break;
		at += sizeof(p) + dxg_align8(p.size);
	}
	return at;
}

const void *device_record(const struct _cl_device_id *device, cl_device_info param,
			  size_t *ret_size)
{
	const uint8_t *at = device->records, *end = at + device->records_size;

	while (at < end) {
		struct dxg_device_property p;

		memcpy(&p, at, sizeof(p));
		if (p.param == param) {
			*ret_size = p.size;
			return at + sizeof(p);
		}
		at += sizeof(p) + dxg_align8(p.size);
	}
	return NULL;
}

static int fetch_records(struct vgpu *vgpu, struct _cl_device_id *device, uint32_t room,
			 uint32_t *ret_needed)
{
	struct dxg_escape_device_info *info = calloc(1, room);
	int err;

	if (!info)
		return -ENOMEM;
	err = vgpu_escape(vgpu, &info->h, DXG_ESCAPE_DEVICE_INFO, room);
	if (err == -EOVERFLOW)
		*ret_needed = info->needed;
	if (err == 0 && info->used > room - sizeof(*info))
		err = -EPROTO;
	if (err < 0) {
		free(info);
		return err;
	}
	device->records_size = checked_records((uint8_t *)(info + 1), info->used);
	device->records = info + 1; /* never freed, like the device */
	return 0;
}

static void take(const struct _cl_device_id *device, cl_device_info param, void *value, size_t size)
{
	size_t have = 0;
	const void *record = device_record(device, param, &have);

	if (record && have == size)
		memcpy(value, record, size);
}

/*
 * Memory is what the virtual GPU may use, not what the host has. One buffer may take half of it, so
 * that a program which allocates the largest buffer still has room for its queues and staging.
 */
static void take_memory(struct _cl_device_id *device)
{
	bool unified = device->adapter.flags & DXG_ADAPTER_UNIFIED;
	cl_ulong host = 0;

	device->global_mem_size = unified ? device->adapter.system_memory
					  : device->adapter.local_memory;
	take(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, &host, sizeof(host));
	device->max_alloc_size = device->global_mem_size / 2;
	if (host && host < device->max_alloc_size)
		device->max_alloc_size = host;
}

/* Ways that the host does not have are not claimed, nor one of its own that is not carried. */
static void take_partitions(struct _cl_device_id *device)
{
	size_t size = 0;
	const cl_device_partition_property *way =
		device_record(device, CL_DEVICE_PARTITION_PROPERTIES, &size);

	take(device, CL_DEVICE_MAX_COMPUTE_UNITS, &device->units, sizeof(device->units));
	for (size_t i = 0; way && i < size / sizeof(*way); i++) {
		device->equally |= way[i] == CL_DEVICE_PARTITION_EQUALLY;
		device->by_counts |= way[i] == CL_DEVICE_PARTITION_BY_COUNTS;
	}
	if (device->equally || device->by_counts)
		take(device, CL_DEVICE_PARTITION_MAX_SUB_DEVICES, &device->max_parts,
		     sizeof(device->max_parts));
}

static void take_limits(struct _cl_device_id *device)
{
	cl_uint align_bits = 1024;

	device->type = CL_DEVICE_TYPE_GPU;
	device->max_work_group_size = 1;
	device->max_parameter_size = 1024;
	for (int i = 0; i < DEVICE_MAX_DIMENSIONS; i++)
		device->max_work_item_sizes[i] = 1;
	take(device, CL_DEVICE_TYPE, &device->type, sizeof(device->type));
	device->type &= ~(cl_device_type)CL_DEVICE_TYPE_DEFAULT;
	take(device, CL_DEVICE_MAX_WORK_GROUP_SIZE, &device->max_work_group_size, sizeof(size_t));
	take(device, CL_DEVICE_MAX_WORK_ITEM_SIZES, device->max_work_item_sizes,
	     sizeof(device->max_work_item_sizes));
	take(device, CL_DEVICE_MAX_PARAMETER_SIZE, &device->max_parameter_size, sizeof(size_t));
	take(device, CL_DEVICE_LOCAL_MEM_SIZE, &device->local_mem_size, sizeof(cl_ulong));
	take(device, CL_DEVICE_MEM_BASE_ADDR_ALIGN, &align_bits, sizeof(align_bits));
	device->base_align = align_bits / 8 ? align_bits / 8 : 1;
	take_memory(device);
	take_partitions(device);
}

static int describe(struct _cl_device_id *device)
{
	uint32_t needed = 0;
	struct vgpu *vgpu;
	int err = vgpu_open(device->luid, &vgpu);

	if (err < 0)
		return err;
	err = fetch_records(vgpu, device, RECORDS_FIRST_TRY, &needed);
	if (err == -EOVERFLOW && needed <= RECORDS_MAX - sizeof(struct dxg_escape_device_info))
		err = fetch_records(vgpu, device,
				    needed + (uint32_t)sizeof(struct dxg_escape_device_info),
				    &needed);
	vgpu_close(vgpu);
	if (err == 0)
		take_limits(device);
	return err;
}

/* Devices that do not answer are left out. */
static void describe_all(void)
{
	cl_uint kept = 0;

	for (cl_uint i = 0; i < found; i++) {
		if (describe(&devices[i]) < 0)
			continue;
		if (kept != i) {
			devices[kept] = devices[i];
			devices[i].o.magic = 0;
		}
		kept++;
	}
	found = kept;
	described = kept != 0;
}

bool device_valid(cl_device_id device)
{
	if (device >= devices && device < devices + DXG_ADAPTERS_MAX)
		return device->o.magic == DEVICE_MAGIC;
	return subdevice_valid(device);
}

static bool matches(const struct _cl_device_id *device, cl_device_type type)
{
	if (type == CL_DEVICE_TYPE_ALL)
		return !(device->type & CL_DEVICE_TYPE_CUSTOM);
	if ((type & CL_DEVICE_TYPE_DEFAULT) && device == devices)
		return true;
	return device->type & type;
}

cl_device_id device_matching(cl_device_type type, cl_uint index)
{
	cl_device_id hit = NULL;

	pthread_mutex_lock(&search_lock);
	if (!described)
		describe_all();
	for (cl_uint i = 0; i < found && !hit; i++)
		if (matches(&devices[i], type) && index-- == 0)
			hit = &devices[i];
	pthread_mutex_unlock(&search_lock);
	return hit;
}

static bool type_valid(cl_device_type type)
{
	const cl_device_type known = CL_DEVICE_TYPE_DEFAULT | CL_DEVICE_TYPE_CPU |
				     CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR |
				     CL_DEVICE_TYPE_CUSTOM;

	return type == CL_DEVICE_TYPE_ALL || (type && !(type & ~known));
}

cl_int CL_API_CALL clGetDeviceIDs(cl_platform_id platform, cl_device_type device_type,
				  cl_uint num_entries, cl_device_id *list, cl_uint *num_devices)
{
	cl_device_id device;
	cl_uint n = 0;

	if (platform && !platform_valid(platform))
		return CL_INVALID_PLATFORM;
	if (!type_valid(device_type))
		return CL_INVALID_DEVICE_TYPE;
	if ((list && !num_entries) || (!list && !num_devices))
		return CL_INVALID_VALUE;
	while ((device = device_matching(device_type, n))) {
		if (list && n < num_entries)
			list[n] = device;
		n++;
	}
	if (num_devices)
		*num_devices = n;
	return n ? CL_SUCCESS : CL_DEVICE_NOT_FOUND;
}

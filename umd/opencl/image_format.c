// SPDX-License-Identifier: MIT
/*
 * image_format.c - the formats of a device, as its host's driver lists them. They came with the
 * device's properties: nobody is asked.
 */
#include "entry.h"
#include "image.h"
#include "info.h"

/* Our own bit for images that one kernel both reads and writes; see DXG_IMAGE_USE. */
#define USE_READ_AND_WRITE 8u

#define ACCESS_FLAGS (CL_MEM_READ_WRITE | CL_MEM_WRITE_ONLY | CL_MEM_READ_ONLY)

uint32_t image_type(cl_mem_object_type type)
{
	switch (type) {
	case CL_MEM_OBJECT_IMAGE1D:
		return DXG_IMAGE_1D;
	case CL_MEM_OBJECT_IMAGE1D_BUFFER:
		return DXG_IMAGE_1D_BUFFER;
	case CL_MEM_OBJECT_IMAGE1D_ARRAY:
		return DXG_IMAGE_1D_ARRAY;
	case CL_MEM_OBJECT_IMAGE2D:
		return DXG_IMAGE_2D;
	case CL_MEM_OBJECT_IMAGE2D_ARRAY:
		return DXG_IMAGE_2D_ARRAY;
	case CL_MEM_OBJECT_IMAGE3D:
		return DXG_IMAGE_3D;
	}
	return 0;
}

/* A host that lists no formats does not know our commands. */
bool image_supported(const struct _cl_device_id *device)
{
	size_t size = 0, list = 0;
	const cl_bool *supported = device_record(device, CL_DEVICE_IMAGE_SUPPORT, &size);

	device_record(device, DXG_DEVICE_IMAGE_FORMATS, &list);
	return supported && size == sizeof(*supported) && *supported && list;
}

/** struct format_list - the device's formats; entries past @count are not there. */
struct format_list {
	const struct dxg_image_format *format;
	size_t count;
};

static struct format_list formats(const struct _cl_device_id *device)
{
	struct format_list list = { 0 };
	size_t size = 0;

	list.format = device_record(device, DXG_DEVICE_IMAGE_FORMATS, &size);
	list.count = size / sizeof(*list.format);
	return list;
}

static uint32_t use_of(cl_mem_flags flags)
{
	if (flags & CL_MEM_KERNEL_READ_AND_WRITE)
		return USE_READ_AND_WRITE;
	return flags & ACCESS_FLAGS ? (uint32_t)(flags & ACCESS_FLAGS) : DXG_IMAGE_READ_WRITE;
}

bool image_format_supported(const struct _cl_device_id *device, const cl_image_format *format,
			    uint32_t type, cl_mem_flags access)
{
	struct format_list list = formats(device);

	for (size_t i = 0; i < list.count; i++)
		if (list.format[i].order == format->image_channel_order &&
		    list.format[i].data_type == format->image_channel_data_type)
			return list.format[i].uses & DXG_IMAGE_USE(type, use_of(access));
	return false;
}

static cl_uint list_formats(const struct _cl_device_id *device, uint32_t use, cl_uint room,
			    cl_image_format *ret)
{
	struct format_list list = formats(device);
	cl_uint n = 0;

	for (size_t i = 0; i < list.count; i++) {
		if (!(list.format[i].uses & use))
			continue;
		if (ret && n < room)
			ret[n] =
				(cl_image_format){ list.format[i].order, list.format[i].data_type };
		n++;
	}
	return n;
}

cl_int CL_API_CALL clGetSupportedImageFormats(cl_context context, cl_mem_flags flags,
					      cl_mem_object_type type, cl_uint num_entries,
					      cl_image_format *image_formats,
					      cl_uint *num_image_formats)
{
	cl_mem_flags both = CL_MEM_KERNEL_READ_AND_WRITE;
	cl_uint n;
	cl_int err;

	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	err = mem_check_flags(flags & ~both);
	if (err != CL_SUCCESS)
		return err;
	if (!image_type(type) || (image_formats && !num_entries))
		return CL_INVALID_VALUE;
	n = list_formats(context->device, DXG_IMAGE_USE(image_type(type), use_of(flags)),
			 num_entries, image_formats);
	if (num_image_formats)
		*num_image_formats = n;
	return CL_SUCCESS;
}

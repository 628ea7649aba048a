// SPDX-License-Identifier: MIT
/*
 * image_describe.c - from the arguments of clCreateImage() to a description that is known to be
 * good, or the error of the specification.
 */
#include "image.h"

#define ACCESS_FLAGS (CL_MEM_READ_WRITE | CL_MEM_WRITE_ONLY | CL_MEM_READ_ONLY)
#define HOST_PTR_FLAGS (CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR | CL_MEM_COPY_HOST_PTR)

/* ---- formats ---- */

static bool one_of(cl_channel_type type, const cl_channel_type *list, size_t n)
{
	while (n--)
		if (list[n] == type)
			return true;
	return false;
}

#define ONE_OF(type, ...)                                      \
	one_of(type, (const cl_channel_type[]){ __VA_ARGS__ }, \
	       sizeof((const cl_channel_type[]){ __VA_ARGS__ }) / sizeof(cl_channel_type))

/* Which channel types an order goes with; the specification has a table of these. */
static bool pair_valid(cl_channel_order order, cl_channel_type type)
{
	switch (order) {
	case CL_INTENSITY:
	case CL_LUMINANCE:
		return ONE_OF(type, CL_UNORM_INT8, CL_UNORM_INT16, CL_SNORM_INT8, CL_SNORM_INT16,
			      CL_HALF_FLOAT, CL_FLOAT);
	case CL_RGB:
	case CL_RGBx:
		return ONE_OF(type, CL_UNORM_SHORT_565, CL_UNORM_SHORT_555, CL_UNORM_INT_101010);
	case CL_ARGB:
	case CL_BGRA:
	case CL_ABGR:
		return ONE_OF(type, CL_UNORM_INT8, CL_SNORM_INT8, CL_SIGNED_INT8, CL_UNSIGNED_INT8);
	case CL_DEPTH:
		return ONE_OF(type, CL_UNORM_INT16, CL_FLOAT);
	case CL_DEPTH_STENCIL:
		return ONE_OF(type, CL_UNORM_INT24, CL_FLOAT);
	case CL_sRGB:
	case CL_sRGBx:
	case CL_sRGBA:
	case CL_sBGRA:
		return type == CL_UNORM_INT8;
	case CL_RGBA:
		if (type == CL_UNORM_INT_101010_2)
			return true;
		break;
	}
	return !ONE_OF(type, CL_UNORM_SHORT_565, CL_UNORM_SHORT_555, CL_UNORM_INT_101010,
		       CL_UNORM_INT_101010_2, CL_UNORM_INT24);
}

static cl_int check_format(const cl_image_format *format)
{
	if (!format ||
	    !dxg_image_pixel(format->image_channel_order, format->image_channel_data_type) ||
	    !pair_valid(format->image_channel_order, format->image_channel_data_type))
		return CL_INVALID_IMAGE_FORMAT_DESCRIPTOR;
	return CL_SUCCESS;
}

/* ---- extents ---- */

/* Which fields of the descriptor are x, y and z, and what the device has of each. */
struct dimension {
	size_t value;
	cl_device_info most;
};

static cl_uint dimensions(const cl_image_desc *d, struct dimension ret[3])
{
	struct dimension layers = { d->image_array_size, CL_DEVICE_IMAGE_MAX_ARRAY_SIZE };
	struct dimension height = { d->image_height, CL_DEVICE_IMAGE2D_MAX_HEIGHT };

	ret[0] = (struct dimension){ d->image_width, CL_DEVICE_IMAGE2D_MAX_WIDTH };
	switch (d->image_type) {
	case CL_MEM_OBJECT_IMAGE1D_BUFFER:
		ret[0].most = CL_DEVICE_IMAGE_MAX_BUFFER_SIZE;
		return 1;
	case CL_MEM_OBJECT_IMAGE1D_ARRAY:
		ret[1] = layers;
		return 2;
	case CL_MEM_OBJECT_IMAGE2D:
		ret[1] = height;
		return 2;
	case CL_MEM_OBJECT_IMAGE2D_ARRAY:
		ret[1] = height;
		ret[2] = layers;
		return 3;
	case CL_MEM_OBJECT_IMAGE3D:
		ret[0].most = CL_DEVICE_IMAGE3D_MAX_WIDTH;
		ret[1] = (struct dimension){ d->image_height, CL_DEVICE_IMAGE3D_MAX_HEIGHT };
		ret[2] = (struct dimension){ d->image_depth, CL_DEVICE_IMAGE3D_MAX_DEPTH };
		return 3;
	}
	return 1;
}

static size_t device_most(const struct _cl_device_id *device, cl_device_info param)
{
	size_t most = 0, size = 0;
	const void *record = device_record(device, param, &size);

	if (record && size == sizeof(most))
		memcpy(&most, record, sizeof(most));
	return most < DXG_IMAGE_EXTENT_MAX ? most : DXG_IMAGE_EXTENT_MAX;
}

static cl_int take_extent(const struct _cl_device_id *device, struct image *image)
{
	struct dimension d[3];
	cl_uint n = dimensions(&image->desc, d);

	for (cl_uint i = 0; i < 3; i++) {
		image->extent[i] = i < n ? d[i].value : 1;
		if (!image->extent[i] || (i < n && d[i].value > device_most(device, d[i].most)))
			return CL_INVALID_IMAGE_SIZE;
	}
	return CL_SUCCESS;
}

/* ---- pitches ---- */

size_t image_bytes(const struct image *image, const struct image_pitch *pitch)
{
	return (image->extent[2] - 1) * pitch->slice + (image->extent[1] - 1) * pitch->row +
	       image->extent[0] * image->pixel;
}

static struct image_pitch packed(const struct image *image)
{
	size_t row = image->extent[0] * image->pixel;

	return (struct image_pitch){ row, row * image->extent[1] };
}

static bool is_layered(const struct image *image)
{
	return image->type == DXG_IMAGE_1D_ARRAY || image->type == DXG_IMAGE_2D_ARRAY ||
	       image->type == DXG_IMAGE_3D;
}

/* Rows of the application, as in clCreateImage(): 0 is without gaps, slices are of whole rows. */
static bool take_pitches(struct image *image)
{
	struct image_pitch least = packed(image);
	size_t row = image->desc.image_row_pitch, slice = image->desc.image_slice_pitch, whole;
	size_t rows = image->type == DXG_IMAGE_1D_ARRAY ? 1 : image->extent[1];

	row = row ? row : least.row;
	if (row < least.row || row % image->pixel || __builtin_mul_overflow(row, rows, &whole))
		return false;
	slice = slice && is_layered(image) ? slice : whole;
	if (slice < whole || slice % row || slice > SIZE_MAX / 2 / image->extent[2] ||
	    slice > SIZE_MAX / 2 / image->extent[1])
		return false;
	image->desc.image_row_pitch = row;
	image->desc.image_slice_pitch = is_layered(image) ? slice : 0;
	image->host = (struct image_pitch){ row, slice };
	if (image->type == DXG_IMAGE_1D_ARRAY)
		image->host = (struct image_pitch){ slice, slice * image->extent[1] };
	return true;
}

/* ---- from a buffer ---- */

static bool has_extension(const struct _cl_device_id *device, const char *name)
{
	size_t size = 0;
	const char *list = device_record(device, CL_DEVICE_EXTENSIONS, &size);

	return list && size && !list[size - 1] && strstr(list, name);
}

static cl_int check_parent(cl_context context, cl_mem_flags flags, const struct image *image,
			   cl_mem parent)
{
	if (!parent)
		return image->type == DXG_IMAGE_1D_BUFFER ? CL_INVALID_IMAGE_DESCRIPTOR
							  : CL_SUCCESS;
	if (image->type != DXG_IMAGE_1D_BUFFER && image->type != DXG_IMAGE_2D)
		return CL_INVALID_IMAGE_DESCRIPTOR;
	if (!buffer_valid(parent) || parent->context != context)
		return CL_INVALID_IMAGE_DESCRIPTOR;
	if (image->type == DXG_IMAGE_2D &&
	    !has_extension(context->device, "cl_khr_image2d_from_buffer"))
		return CL_INVALID_OPERATION;
	return mem_check_sub_flags(parent, flags);
}

static cl_uint device_uint(const struct _cl_device_id *device, cl_device_info param)
{
	cl_uint value = 0;
	size_t size = 0;
	const void *record = device_record(device, param, &size);

	if (record && size == sizeof(value))
		memcpy(&value, record, sizeof(value));
	return value;
}

static cl_int fit_parent(const struct image *image, const struct _cl_mem *parent)
{
	cl_uint align = device_uint(parent->context->device, CL_DEVICE_IMAGE_PITCH_ALIGNMENT);

	if (image->type == DXG_IMAGE_2D && align && image->host.row % (align * image->pixel))
		return CL_INVALID_IMAGE_DESCRIPTOR;
	return image_bytes(image, &image->host) > parent->size ? CL_INVALID_IMAGE_SIZE : CL_SUCCESS;
}

/* ---- all of it ---- */

static cl_int check_host_ptr(cl_mem_flags flags, const cl_image_desc *desc, const void *host_ptr,
			     bool parent)
{
	const cl_mem_flags takes_ptr = CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR;

	if (!host_ptr != !(flags & takes_ptr))
		return CL_INVALID_HOST_PTR;
	if (!host_ptr && !parent && (desc->image_row_pitch || desc->image_slice_pitch))
		return CL_INVALID_IMAGE_DESCRIPTOR;
	return CL_SUCCESS;
}

static cl_int check_arguments(cl_context context, cl_mem_flags flags, const cl_image_format *format,
			      const cl_image_desc *desc)
{
	cl_int err;

	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	err = mem_check_flags(flags);
	if (err == CL_SUCCESS)
		err = check_format(format);
	if (err != CL_SUCCESS)
		return err;
	if (!desc || !image_type(desc->image_type) || desc->num_mip_levels || desc->num_samples)
		return CL_INVALID_IMAGE_DESCRIPTOR;
	return image_supported(context->device) ? CL_SUCCESS : CL_INVALID_OPERATION;
}

/* The layout that the device and we use; only a buffer's rows may have gaps there. */
static cl_int take_layout(const struct _cl_device_id *device, struct image *image, cl_mem parent)
{
	cl_int err = take_extent(device, image);

	if (err != CL_SUCCESS)
		return err;
	if (!take_pitches(image))
		return CL_INVALID_IMAGE_DESCRIPTOR;
	if (parent) {
		image->memory = image->host;
		return fit_parent(image, parent);
	}
	image->memory = packed(image);
	return image_bytes(image, &image->memory) > device->max_alloc_size
		       ? CL_MEM_OBJECT_ALLOCATION_FAILURE
		       : CL_SUCCESS;
}

cl_int image_describe(cl_context context, cl_mem_flags flags, const cl_image_format *format,
		      const cl_image_desc *desc, const void *host_ptr, struct image *ret,
		      cl_mem *ret_parent)
{
	cl_int err = check_arguments(context, flags, format, desc);
	cl_mem_flags access = flags;
	struct image image;
	cl_mem parent;

	if (err != CL_SUCCESS)
		return err;
	parent = desc->mem_object;
	image = (struct image){
		.format = *format,
		.desc = *desc,
		.type = image_type(desc->image_type),
		.pixel = dxg_image_pixel(format->image_channel_order,
					 format->image_channel_data_type),
	};
	err = check_parent(context, flags, &image, parent);
	if (err == CL_SUCCESS)
		err = take_layout(context->device, &image, parent);
	if (err == CL_SUCCESS)
		err = check_host_ptr(flags, desc, host_ptr, parent);
	if (err != CL_SUCCESS)
		return err;
	if (parent)
		access = mem_inherited_flags(parent, flags);
	if (!image_format_supported(context->device, format, image.type, access))
		return CL_IMAGE_FORMAT_NOT_SUPPORTED;
	*ret = image;
	*ret_parent = parent;
	return context_lost(context) ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
}

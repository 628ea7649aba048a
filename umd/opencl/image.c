// SPDX-License-Identifier: MIT
/*
 * image.c - creating, querying and destroying images.
 *
 * An image is memory, allocated as a buffer's is, and an object of the host made over it. On a
 * unified adapter the memory is CPU-visible: the CPU, the device and the host's driver see the same
 * pixels. On others the driver's image takes the allocation's place.
 */
#include "image.h"

#include <stdlib.h>

#include "entry.h"
#include "info.h"
#include "pool.h"
#include "transfer.h"

#define ACCESS_FLAGS (CL_MEM_READ_WRITE | CL_MEM_WRITE_ONLY | CL_MEM_READ_ONLY)

/* ---- the object on the host ---- */

static struct dxg_image_desc host_desc(const struct _cl_mem *mem)
{
	const struct image *image = mem->image;
	struct dxg_image_desc desc = {
		.type = image->type,
		.access = (uint32_t)(mem->flags & ACCESS_FLAGS),
		.order = image->format.image_channel_order,
		.data_type = image->format.image_channel_data_type,
		.flags = mem->parent ? DXG_IMAGE_SHARED : 0,
		.row_pitch = image->memory.row,
		.slice_pitch = image->memory.slice,
	};

	for (int i = 0; i < 3; i++)
		desc.extent[i] = image->extent[i];
	return desc;
}

static cl_int create_on_host(struct _cl_mem *mem)
{
	struct dxg_escape_image_create e = { .desc = host_desc(mem), .va = mem->va };
	int err = vgpu_escape(mem->context->vgpu, &e.h, DXG_ESCAPE_IMAGE_CREATE, sizeof(e));

	if (err == -EDQUOT)
		return CL_MEM_OBJECT_ALLOCATION_FAILURE;
	if (err < 0)
		return context_error(mem->context, err);
	if (!e.image)
		return e.error ? e.error : CL_OUT_OF_RESOURCES;
	mem->image->id = e.image;
	return CL_SUCCESS;
}

void image_free(struct _cl_mem *mem)
{
	struct dxg_escape_image_destroy e = { .image = mem->image->id };

	if (e.image && !context_lost(mem->context))
		vgpu_escape(mem->context->vgpu, &e.h, DXG_ESCAPE_IMAGE_DESTROY, sizeof(e));
	free(mem->image);
	mem->image = NULL;
}

/* ---- creation ---- */

static void show_parent(struct _cl_mem *mem, struct _cl_mem *parent)
{
	mem->parent = object_hold(parent);
	mem->va = parent->va;
	mem->cpu = parent->cpu;
	mem->host_ptr = parent->host_ptr;
}

/* What was a buffer on the host stays one: device-local images are not taken from the pool. */
static cl_int alloc_memory(struct _cl_mem *mem)
{
	struct vgpu *vgpu = mem->context->vgpu;
	int err = vgpu->unified ? pool_get(vgpu, mem->size, DXG_ALLOC_CPU_VISIBLE, &mem->memory)
				: allocation_create(vgpu, mem->size, 0, &mem->memory);

	if (err < 0)
		return context_error(mem->context, err);
	mem->va = mem->memory.va;
	mem->cpu = mem->memory.cpu;
	return CL_SUCCESS;
}

static cl_int upload(struct _cl_mem *mem, void *host_ptr)
{
	static const size_t origin[3];
	struct box all = image_box(mem->image, origin, mem->image->extent);

	all.host = host_ptr;
	all.host_row = mem->image->host.row;
	all.host_slice = mem->image->host.slice;
	return transfer_upload(mem, &all);
}

static cl_int init(struct _cl_mem *mem, const struct image *image, cl_mem parent, void *host_ptr)
{
	cl_int err = CL_SUCCESS;

	mem->image = malloc(sizeof(*mem->image));
	if (!mem->image)
		return CL_OUT_OF_HOST_MEMORY;
	*mem->image = *image;
	if (parent)
		show_parent(mem, parent);
	else
		err = alloc_memory(mem);
	if (err == CL_SUCCESS)
		err = create_on_host(mem);
	if (err == CL_SUCCESS && host_ptr)
		err = upload(mem, host_ptr);
	if (err == CL_SUCCESS && (mem->flags & CL_MEM_USE_HOST_PTR) && !parent)
		mem->host_ptr = host_ptr;
	return err;
}

static cl_mem create(cl_context context, cl_mem_flags flags, const cl_image_format *format,
		     const cl_image_desc *desc, void *host_ptr, cl_int *ret_err)
{
	struct image image;
	struct _cl_mem *mem;
	cl_mem parent;

	flags &= ~(cl_mem_flags)CL_MEM_KERNEL_READ_AND_WRITE; /* for lists of formats only */
	*ret_err = image_describe(context, flags, format, desc, host_ptr, &image, &parent);
	if (*ret_err != CL_SUCCESS)
		return NULL;
	if (parent)
		flags = mem_inherited_flags(parent, flags);
	mem = mem_create(context, flags, image_bytes(&image, &image.memory));
	*ret_err = mem ? init(mem, &image, parent, host_ptr) : CL_OUT_OF_HOST_MEMORY;
	if (*ret_err == CL_SUCCESS)
		return mem;
	object_drop(mem);
	return NULL;
}

cl_mem CL_API_CALL clCreateImage(cl_context context, cl_mem_flags flags,
				 const cl_image_format *image_format,
				 const cl_image_desc *image_desc, void *host_ptr,
				 cl_int *errcode_ret)
{
	cl_int err;
	cl_mem mem = create(context, flags, image_format, image_desc, host_ptr, &err);

	set_error(errcode_ret, err);
	return mem;
}

/* There are no properties of memory objects yet. */
cl_mem CL_API_CALL clCreateImageWithProperties(cl_context context,
					       const cl_mem_properties *properties,
					       cl_mem_flags flags,
					       const cl_image_format *image_format,
					       const cl_image_desc *image_desc, void *host_ptr,
					       cl_int *errcode_ret)
{
	cl_mem mem;

	if (context_valid(context) && properties && properties[0]) {
		set_error(errcode_ret, CL_INVALID_PROPERTY);
		return NULL;
	}
	mem = clCreateImage(context, flags, image_format, image_desc, host_ptr, errcode_ret);
	if (mem)
		mem->property_list = properties;
	return mem;
}

/* Of OpenCL 1.1: what is wrong with a pitch is an error of the size there. */
static cl_mem create_old(cl_context context, cl_mem_flags flags, const cl_image_format *format,
			 const cl_image_desc *desc, void *host_ptr, cl_int *errcode_ret)
{
	cl_int err;
	cl_mem mem = create(context, flags, format, desc, host_ptr, &err);

	set_error(errcode_ret, err == CL_INVALID_IMAGE_DESCRIPTOR ? CL_INVALID_IMAGE_SIZE : err);
	return mem;
}

cl_mem CL_API_CALL clCreateImage2D(cl_context context, cl_mem_flags flags,
				   const cl_image_format *image_format, size_t image_width,
				   size_t image_height, size_t image_row_pitch, void *host_ptr,
				   cl_int *errcode_ret)
{
	cl_image_desc desc = { .image_type = CL_MEM_OBJECT_IMAGE2D,
			       .image_width = image_width,
			       .image_height = image_height,
			       .image_row_pitch = image_row_pitch };

	return create_old(context, flags, image_format, &desc, host_ptr, errcode_ret);
}

cl_mem CL_API_CALL clCreateImage3D(cl_context context, cl_mem_flags flags,
				   const cl_image_format *image_format, size_t image_width,
				   size_t image_height, size_t image_depth, size_t image_row_pitch,
				   size_t image_slice_pitch, void *host_ptr, cl_int *errcode_ret)
{
	cl_image_desc desc = { .image_type = CL_MEM_OBJECT_IMAGE3D,
			       .image_width = image_width,
			       .image_height = image_height,
			       .image_depth = image_depth,
			       .image_row_pitch = image_row_pitch,
			       .image_slice_pitch = image_slice_pitch };

	return create_old(context, flags, image_format, &desc, host_ptr, errcode_ret);
}

/* ---- queries ---- */

static size_t height(const struct image *image)
{
	bool rows = image->type == DXG_IMAGE_2D || image->type == DXG_IMAGE_2D_ARRAY ||
		    image->type == DXG_IMAGE_3D;

	return rows ? image->extent[1] : 0;
}

static size_t array_size(const struct image *image)
{
	if (image->type == DXG_IMAGE_1D_ARRAY)
		return image->extent[1];
	return image->type == DXG_IMAGE_2D_ARRAY ? image->extent[2] : 0;
}

cl_int CL_API_CALL clGetImageInfo(cl_mem mem, cl_image_info param_name, size_t param_value_size,
				  void *param_value, size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };
	const struct image *image;

	if (!image_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	image = mem->image;
	switch (param_name) {
	case CL_IMAGE_FORMAT:
		return info_bytes(&out, &image->format, sizeof(image->format));
	case CL_IMAGE_ELEMENT_SIZE:
		return info_size(&out, image->pixel);
	case CL_IMAGE_ROW_PITCH:
		return info_size(&out, image->desc.image_row_pitch);
	case CL_IMAGE_SLICE_PITCH:
		return info_size(&out, image->desc.image_slice_pitch);
	case CL_IMAGE_WIDTH:
		return info_size(&out, image->extent[0]);
	case CL_IMAGE_HEIGHT:
		return info_size(&out, height(image));
	case CL_IMAGE_DEPTH:
		return info_size(&out, image->type == DXG_IMAGE_3D ? image->extent[2] : 0);
	case CL_IMAGE_ARRAY_SIZE:
		return info_size(&out, array_size(image));
	case CL_IMAGE_BUFFER:
		return info_pointer(&out, mem->parent);
	case CL_IMAGE_NUM_MIP_LEVELS:
	case CL_IMAGE_NUM_SAMPLES:
		return info_uint(&out, 0);
	default:
		return CL_INVALID_VALUE;
	}
}

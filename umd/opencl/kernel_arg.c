// SPDX-License-Identifier: MIT
/*
 * kernel_arg.c - clSetKernelArg.
 *
 * What an argument may be follows from its address qualifier. The host's driver may not tell it
 * (for programs from binaries); then the value decides: no value is local memory, a value that is
 * one of our buffers or images is that one, and everything else is bytes.
 */
#include <stdlib.h>

#include "entry.h"
#include "image.h"
#include "kernel.h"
#include "sampler.h"

void kernel_arg_clear(struct kernel_arg *arg)
{
	if (arg->value && arg->value != (uint8_t *)arg->bytes)
		free(arg->value);
	*arg = (struct kernel_arg){ 0 };
}

static cl_int set_bytes(struct kernel_arg *arg, uint32_t kind, const void *value, size_t size)
{
	uint8_t *copy = NULL;

	if (size > sizeof(arg->bytes)) {
		copy = malloc(size);
		if (!copy)
			return CL_OUT_OF_HOST_MEMORY;
	}
	kernel_arg_clear(arg);
	arg->value = copy ? copy : (uint8_t *)arg->bytes;
	memcpy(arg->value, value, size);
	arg->kind = kind;
	arg->size = (uint32_t)size;
	return CL_SUCCESS;
}

cl_int kernel_arg_set_svm(struct kernel_arg *arg, uint64_t va)
{
	return set_bytes(arg, DXG_ARG_SVM, &va, sizeof(va));
}

cl_int kernel_arg_copy(struct kernel_arg *to, const struct kernel_arg *from)
{
	cl_int err;

	if (!from->value) {
		*to = *from;
		return CL_SUCCESS;
	}
	err = set_bytes(to, from->kind, from->value, from->size);
	if (err == CL_SUCCESS)
		to->mem = from->mem;
	return err;
}

static cl_int set_local(struct kernel_arg *arg, const void *value, size_t size)
{
	uint64_t bytes = size;

	if (value)
		return CL_INVALID_ARG_VALUE;
	if (!size)
		return CL_INVALID_ARG_SIZE;
	return set_bytes(arg, DXG_ARG_LOCAL, &bytes, sizeof(bytes));
}

static cl_int set_buffer(struct kernel_arg *arg, cl_context context, cl_mem mem)
{
	if (mem && (!buffer_valid(mem) || mem->context != context))
		return CL_INVALID_MEM_OBJECT;
	kernel_arg_clear(arg);
	arg->kind = DXG_ARG_VA;
	arg->size = sizeof(uint64_t);
	arg->mem = mem;
	return CL_SUCCESS;
}

static cl_int set_pointer(struct kernel_arg *arg, cl_context context, const void *value,
			  size_t size)
{
	cl_mem mem = NULL;

	if (size != sizeof(mem))
		return CL_INVALID_ARG_SIZE;
	if (value)
		memcpy(&mem, value, sizeof(mem));
	return set_buffer(arg, context, mem);
}

/* Kinds of images by the parameter's type; @depth: of depths, not colours. */
static const struct {
	const char *name;
	uint32_t type;
	bool depth;
} image_types[] = {
	{ "image1d_t", DXG_IMAGE_1D, false },
	{ "image1d_buffer_t", DXG_IMAGE_1D_BUFFER, false },
	{ "image1d_array_t", DXG_IMAGE_1D_ARRAY, false },
	{ "image2d_t", DXG_IMAGE_2D, false },
	{ "image2d_depth_t", DXG_IMAGE_2D, true },
	{ "image2d_array_t", DXG_IMAGE_2D_ARRAY, false },
	{ "image2d_array_depth_t", DXG_IMAGE_2D_ARRAY, true },
	{ "image3d_t", DXG_IMAGE_3D, false },
};

static bool type_fits(const char *name, const struct image *image)
{
	cl_channel_order order = image->format.image_channel_order;
	bool depth = order == CL_DEPTH || order == CL_DEPTH_STENCIL;

	for (size_t i = 0; i < sizeof(image_types) / sizeof(image_types[0]); i++)
		if (strcmp(image_types[i].name, name) == 0)
			return image_types[i].type == image->type && image_types[i].depth == depth;
	return false;
}

/* What kernels may only read is not given to one that writes, and the other way round. */
static bool access_fits(cl_kernel_arg_access_qualifier access, cl_mem_flags flags)
{
	switch (access) {
	case CL_KERNEL_ARG_ACCESS_READ_ONLY:
		return !(flags & CL_MEM_WRITE_ONLY);
	case CL_KERNEL_ARG_ACCESS_WRITE_ONLY:
		return !(flags & CL_MEM_READ_ONLY);
	default:
		return !(flags & (CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY));
	}
}

static cl_int take_image(struct kernel_arg *arg, cl_mem mem)
{
	uint64_t id = mem->image->id;
	cl_int err = set_bytes(arg, DXG_ARG_IMAGE, &id, sizeof(id));

	if (err == CL_SUCCESS)
		arg->mem = mem;
	return err;
}

static cl_int set_image(struct kernel_arg *arg, const struct dxg_kernel_arg *info,
			cl_context context, const void *value, size_t size)
{
	cl_mem mem;

	if (size != sizeof(mem))
		return CL_INVALID_ARG_SIZE;
	if (!value)
		return CL_INVALID_MEM_OBJECT;
	memcpy(&mem, value, sizeof(mem));
	if (!image_valid(mem) || mem->context != context)
		return CL_INVALID_MEM_OBJECT;
	if (!type_fits(info->type_name, mem->image) || !access_fits(info->access, mem->flags))
		return CL_INVALID_ARG_VALUE;
	return take_image(arg, mem);
}

static cl_int set_sampler(struct kernel_arg *arg, cl_context context, const void *value,
			  size_t size)
{
	cl_sampler sampler;

	if (size != sizeof(sampler))
		return CL_INVALID_ARG_SIZE;
	if (!value)
		return CL_INVALID_SAMPLER;
	memcpy(&sampler, value, sizeof(sampler));
	if (!sampler_valid(sampler) || sampler->context != context)
		return CL_INVALID_SAMPLER;
	return set_bytes(arg, DXG_ARG_SAMPLER, &sampler->value, sizeof(sampler->value));
}

/* Sizes of the built-in scalar types; a vector has a number behind the name. */
static const struct {
	const char *name;
	size_t size;
} scalars[] = {
	{ "char", 1 }, { "uchar", 1 }, { "short", 2 },	{ "ushort", 2 },
	{ "half", 2 }, { "int", 4 },   { "uint", 4 },	{ "float", 4 },
	{ "long", 8 }, { "ulong", 8 }, { "double", 8 },
};

/** type_size() - bytes of a built-in type; 0 when it is none. */
static size_t type_size(const char *type)
{
	size_t n = strcspn(type, "0123456789");
	unsigned long width = type[n] ? strtoul(type + n, NULL, 10) : 1;

	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (strlen(scalars[i].name) == n && strncmp(scalars[i].name, type, n) == 0)
			return scalars[i].size * (width == 3 ? 4 : width);
	return 0;
}

static cl_int set_private(struct kernel_arg *arg, const struct dxg_kernel_arg *info,
			  const void *value, size_t size)
{
	size_t expected = type_size(info->type_name);

	if (!value)
		return CL_INVALID_ARG_VALUE;
	if (!size || (expected && size != expected))
		return CL_INVALID_ARG_SIZE;
	return set_bytes(arg, DXG_ARG_BYTES, value, size);
}

static cl_int set_unknown(struct kernel_arg *arg, cl_context context, const void *value,
			  size_t size)
{
	cl_mem mem;

	if (!value)
		return set_local(arg, value, size);
	if (!size)
		return CL_INVALID_ARG_SIZE;
	if (size == sizeof(mem)) {
		memcpy(&mem, value, sizeof(mem));
		if (buffer_known(mem) && image_valid(mem) && mem->context == context)
			return take_image(arg, mem);
		if (buffer_known(mem))
			return set_buffer(arg, context, mem);
	}
	return set_bytes(arg, DXG_ARG_BYTES, value, size);
}

static bool is_image(const struct dxg_kernel_arg *info)
{
	return strncmp(info->type_name, "image", 5) == 0 ||
	       (info->access && info->access != CL_KERNEL_ARG_ACCESS_NONE);
}

cl_int CL_API_CALL clSetKernelArg(cl_kernel kernel, cl_uint arg_index, size_t arg_size,
				  const void *arg_value)
{
	const struct dxg_kernel_arg *info;
	struct kernel_arg *arg;
	cl_context context;

	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	if (arg_index >= kernel->info->arg_count)
		return CL_INVALID_ARG_INDEX;
	info = &kernel->info->arg[arg_index];
	arg = &kernel->args[arg_index];
	context = kernel->program->context;
	if (arg_value &&
	    (arg_size > context->device->max_parameter_size || arg_size > DXG_ARG_BYTES_MAX))
		return CL_INVALID_ARG_SIZE;
	if (is_image(info))
		return set_image(arg, info, context, arg_value, arg_size);
	if (strcmp(info->type_name, "sampler_t") == 0)
		return set_sampler(arg, context, arg_value, arg_size);
	switch (info->address) {
	case CL_KERNEL_ARG_ADDRESS_LOCAL:
		return set_local(arg, arg_value, arg_size);
	case CL_KERNEL_ARG_ADDRESS_GLOBAL:
	case CL_KERNEL_ARG_ADDRESS_CONSTANT:
		return set_pointer(arg, context, arg_value, arg_size);
	case CL_KERNEL_ARG_ADDRESS_PRIVATE:
		return set_private(arg, info, arg_value, arg_size);
	default:
		return set_unknown(arg, context, arg_value, arg_size);
	}
}

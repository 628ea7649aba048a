// SPDX-License-Identifier: MIT
/* kernel.c - cl_kernel as an object: creation and queries. Arguments are in kernel_arg.c. */
#include "kernel.h"

#include <stdlib.h>

#include "entry.h"
#include "info.h"

#define KERNEL_MAGIC 0x4b45524eu

static void destroy(struct object *o)
{
	struct _cl_kernel *kernel = (struct _cl_kernel *)o;

	for (uint32_t i = 0; kernel->args && i < kernel->info->arg_count; i++)
		kernel_arg_clear(&kernel->args[i]);
	free(kernel->args);
	if (kernel->program)
		atomic_fetch_sub(&kernel->program->kernels, 1);
	object_drop(kernel->program);
	free(kernel);
}

const struct object_ops kernel_ops = {
	.magic = KERNEL_MAGIC,
	.invalid = CL_INVALID_KERNEL,
	.destroy = destroy,
};

/* The program's lock is held: it cannot be rebuilt before it knows of this kernel. */
static struct _cl_kernel *create(struct _cl_program *p, uint32_t index)
{
	struct _cl_kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	object_init(&kernel->o, &kernel_ops);
	kernel->info = p->infos[index];
	kernel->pace = &p->paces[index];
	kernel->args = calloc(kernel->info->arg_count + 1, sizeof(*kernel->args));
	kernel->program = object_hold(p);
	atomic_fetch_add(&p->kernels, 1);
	if (kernel->args)
		return kernel;
	object_drop(kernel);
	return NULL;
}

static cl_int have_infos(struct _cl_program *p)
{
	if (!program_executable(p))
		return CL_INVALID_PROGRAM_EXECUTABLE;
	return program_fetch_infos(p);
}

static struct _cl_kernel *create_by_name(struct _cl_program *p, const char *name, cl_int *ret_err)
{
	struct _cl_kernel *kernel = NULL;

	*ret_err = have_infos(p);
	if (*ret_err != CL_SUCCESS)
		return NULL;
	*ret_err = CL_INVALID_KERNEL_NAME;
	for (uint32_t i = 0; i < p->kernel_count; i++) {
		if (strcmp(p->infos[i]->name, name) != 0)
			continue;
		kernel = create(p, i);
		*ret_err = kernel ? CL_SUCCESS : CL_OUT_OF_HOST_MEMORY;
		break;
	}
	return kernel;
}

cl_kernel CL_API_CALL clCreateKernel(cl_program program, const char *kernel_name,
				     cl_int *errcode_ret)
{
	struct _cl_kernel *kernel;
	cl_int err = CL_SUCCESS;

	if (!program_valid(program))
		err = CL_INVALID_PROGRAM;
	else if (!kernel_name)
		err = CL_INVALID_VALUE;
	if (err != CL_SUCCESS) {
		set_error(errcode_ret, err);
		return NULL;
	}
	pthread_mutex_lock(&program->lock);
	kernel = create_by_name(program, kernel_name, &err);
	pthread_mutex_unlock(&program->lock);
	set_error(errcode_ret, err);
	return kernel;
}

static cl_int create_all(struct _cl_program *p, cl_uint room, cl_kernel *kernels, cl_uint *ret_n)
{
	cl_int err = have_infos(p);

	if (err != CL_SUCCESS)
		return err;
	if (kernels && room < p->kernel_count)
		return CL_INVALID_VALUE;
	for (uint32_t i = 0; kernels && i < p->kernel_count; i++) {
		kernels[i] = create(p, i);
		if (kernels[i])
			continue;
		while (i--)
			object_release(kernels[i], &kernel_ops);
		return CL_OUT_OF_HOST_MEMORY;
	}
	if (ret_n)
		*ret_n = p->kernel_count;
	return CL_SUCCESS;
}

cl_int CL_API_CALL clCreateKernelsInProgram(cl_program program, cl_uint num_kernels,
					    cl_kernel *kernels, cl_uint *num_kernels_ret)
{
	cl_int err;

	if (!program_valid(program))
		return CL_INVALID_PROGRAM;
	pthread_mutex_lock(&program->lock);
	err = create_all(program, num_kernels, kernels, num_kernels_ret);
	pthread_mutex_unlock(&program->lock);
	return err;
}

static cl_int copy_args(struct _cl_kernel *to, const struct _cl_kernel *from)
{
	cl_int err = CL_SUCCESS;

	for (uint32_t i = 0; i < from->info->arg_count && err == CL_SUCCESS; i++)
		err = kernel_arg_copy(&to->args[i], &from->args[i]);
	return err;
}

/* The program's lock is not needed: with a kernel of it in hand, it cannot be rebuilt. */
cl_kernel CL_API_CALL clCloneKernel(cl_kernel source_kernel, cl_int *errcode_ret)
{
	struct _cl_program *program;
	struct _cl_kernel *kernel;
	cl_int err;

	if (!kernel_valid(source_kernel)) {
		set_error(errcode_ret, CL_INVALID_KERNEL);
		return NULL;
	}
	program = source_kernel->program;
	kernel = create(program, (uint32_t)(source_kernel->pace - program->paces));
	err = kernel ? copy_args(kernel, source_kernel) : CL_OUT_OF_HOST_MEMORY;
	set_error(errcode_ret, err);
	if (err == CL_SUCCESS)
		return kernel;
	object_drop(kernel);
	return NULL;
}

cl_int CL_API_CALL clRetainKernel(cl_kernel kernel)
{
	return object_retain(kernel, &kernel_ops);
}

cl_int CL_API_CALL clReleaseKernel(cl_kernel kernel)
{
	return object_release(kernel, &kernel_ops);
}

cl_int CL_API_CALL clGetKernelInfo(cl_kernel kernel, cl_kernel_info param_name,
				   size_t param_value_size, void *param_value,
				   size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	switch (param_name) {
	case CL_KERNEL_FUNCTION_NAME:
		return info_string(&out, kernel->info->name);
	case CL_KERNEL_NUM_ARGS:
		return info_uint(&out, kernel->info->arg_count);
	case CL_KERNEL_REFERENCE_COUNT:
		return info_uint(&out, object_refs(&kernel->o));
	case CL_KERNEL_CONTEXT:
		return info_pointer(&out, kernel->program->context);
	case CL_KERNEL_PROGRAM:
		return info_pointer(&out, kernel->program);
	case CL_KERNEL_ATTRIBUTES:
		return info_string(&out, kernel->info->attributes);
	default:
		return CL_INVALID_VALUE;
	}
}

static cl_int get_compile_size(const struct dxg_escape_kernel_info *info,
			       const struct info_out *out)
{
	size_t size[3];

	for (int i = 0; i < 3; i++)
		size[i] = (size_t)info->compile_work_group_size[i];
	return info_bytes(out, size, sizeof(size));
}

/* Local memory: what the kernel declares and what its arguments ask for. */
static cl_ulong local_memory(const struct _cl_kernel *kernel)
{
	cl_ulong total = kernel->info->local_mem_size;

	for (uint32_t i = 0; i < kernel->info->arg_count; i++)
		if (kernel->args[i].kind == DXG_ARG_LOCAL)
			total += kernel->args[i].bytes[0];
	return total;
}

/* A device of its program; NULL where there is only one. */
static bool may_answer(const struct _cl_kernel *kernel, cl_device_id device)
{
	const struct device_list *devices = &kernel->program->devices;

	return device ? device_list_has(devices, device) : devices->count == 1;
}

cl_int CL_API_CALL clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device,
					    cl_kernel_work_group_info param_name,
					    size_t param_value_size, void *param_value,
					    size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };

	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	if (!may_answer(kernel, device))
		return CL_INVALID_DEVICE;
	switch (param_name) {
	case CL_KERNEL_WORK_GROUP_SIZE:
		return info_size(&out, (size_t)kernel->info->work_group_size);
	case CL_KERNEL_COMPILE_WORK_GROUP_SIZE:
		return get_compile_size(kernel->info, &out);
	case CL_KERNEL_LOCAL_MEM_SIZE:
		return info_ulong(&out, local_memory(kernel));
	case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE:
		return info_size(&out, (size_t)kernel->info->preferred_multiple);
	case CL_KERNEL_PRIVATE_MEM_SIZE:
		return info_ulong(&out, kernel->info->private_mem_size);
	default:
		return CL_INVALID_VALUE;
	}
}

static cl_int get_arg_info(const struct dxg_kernel_arg *arg, cl_kernel_arg_info param,
			   const struct info_out *out)
{
	switch (param) {
	case CL_KERNEL_ARG_ADDRESS_QUALIFIER:
		return info_uint(out, arg->address);
	case CL_KERNEL_ARG_ACCESS_QUALIFIER:
		return info_uint(out, arg->access);
	case CL_KERNEL_ARG_TYPE_NAME:
		return info_string(out, arg->type_name);
	case CL_KERNEL_ARG_TYPE_QUALIFIER:
		return info_ulong(out, arg->type_qualifier);
	case CL_KERNEL_ARG_NAME:
		return info_string(out, arg->name);
	default:
		return CL_INVALID_VALUE;
	}
}

cl_int CL_API_CALL clGetKernelArgInfo(cl_kernel kernel, cl_uint arg_indx,
				      cl_kernel_arg_info param_name, size_t param_value_size,
				      void *param_value, size_t *param_value_size_ret)
{
	struct info_out out = { param_value_size, param_value, param_value_size_ret };
	const struct dxg_kernel_arg *arg;

	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	if (arg_indx >= kernel->info->arg_count)
		return CL_INVALID_ARG_INDEX;
	arg = &kernel->info->arg[arg_indx];
	if (!arg->address)
		return CL_KERNEL_ARG_INFO_NOT_AVAILABLE;
	return get_arg_info(arg, param_name, &out);
}

/* CL_DEVICE_MAX_NUM_SUB_GROUPS is 0: the questions are understood, and have no answer. */
cl_int CL_API_CALL clGetKernelSubGroupInfo(cl_kernel kernel, cl_device_id device,
					   cl_kernel_sub_group_info param_name,
					   size_t input_value_size, const void *input_value,
					   size_t param_value_size, void *param_value,
					   size_t *param_value_size_ret)
{
	(void)input_value_size, (void)input_value;
	(void)param_value_size, (void)param_value, (void)param_value_size_ret;
	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	if (!may_answer(kernel, device))
		return CL_INVALID_DEVICE;
	switch (param_name) {
	case CL_KERNEL_MAX_SUB_GROUP_SIZE_FOR_NDRANGE:
	case CL_KERNEL_SUB_GROUP_COUNT_FOR_NDRANGE:
	case CL_KERNEL_LOCAL_SIZE_FOR_SUB_GROUP_COUNT:
	case CL_KERNEL_MAX_NUM_SUB_GROUPS:
	case CL_KERNEL_COMPILE_NUM_SUB_GROUPS:
		return CL_INVALID_OPERATION;
	default:
		return CL_INVALID_VALUE;
	}
}

cl_int CL_API_CALL clGetKernelSubGroupInfoKHR(cl_kernel kernel, cl_device_id device,
					      cl_kernel_sub_group_info param_name,
					      size_t input_value_size, const void *input_value,
					      size_t param_value_size, void *param_value,
					      size_t *param_value_size_ret)
{
	return clGetKernelSubGroupInfo(kernel, device, param_name, input_value_size, input_value,
				       param_value_size, param_value, param_value_size_ret);
}

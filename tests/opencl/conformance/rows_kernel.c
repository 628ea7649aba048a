// SPDX-License-Identifier: MIT
/* rows_kernel.c - kernels, their arguments, and running them. */
#include "row.h"

#define KERNEL(...) CREATE(clReleaseKernel, clCreateKernel(__VA_ARGS__, &err))
ROW("clCreateKernel", "plain", CL_SUCCESS, KERNEL(e.program, "add"));
ROW("clCreateKernel", "no such kernel", CL_INVALID_KERNEL_NAME, KERNEL(e.program, "subtract"));
ROW("clCreateKernel", "no name", CL_INVALID_VALUE, KERNEL(e.program, NULL));
ROW("clCreateKernel", "of what was not built", CL_INVALID_PROGRAM_EXECUTABLE,
    KERNEL(e.unbuilt, "add"));
ROW("clCreateKernel", "of what did not build", CL_INVALID_PROGRAM_EXECUTABLE,
    KERNEL(e.failed, "add"));
ROW("clCreateKernel", "of what was compiled only", CL_INVALID_PROGRAM_EXECUTABLE,
    KERNEL(e.compiled, "add"));
ROW("clCreateKernel", "no program", CL_INVALID_PROGRAM, KERNEL(NULL, "add"));
ROW("clCreateKernel", "object of another kind", CL_INVALID_PROGRAM,
    KERNEL(WRONG(cl_program), "add"));

static cl_int all_kernels(cl_program program, cl_uint room, bool list)
{
	cl_kernel kernels[8];
	cl_uint n = 0;
	cl_int err = clCreateKernelsInProgram(program, room, list ? kernels : NULL, &n);

	for (cl_uint i = 0; err == CL_SUCCESS && list && i < n; i++)
		clReleaseKernel(kernels[i]);
	return err;
}

ROW("clCreateKernelsInProgram", "how many", CL_SUCCESS, all_kernels(e.program, 0, false));
ROW("clCreateKernelsInProgram", "all", CL_SUCCESS, all_kernels(e.program, 8, true));
ROW("clCreateKernelsInProgram", "too little room", CL_INVALID_VALUE,
    all_kernels(e.program, 1, true));
ROW("clCreateKernelsInProgram", "of what was not built", CL_INVALID_PROGRAM_EXECUTABLE,
    all_kernels(e.unbuilt, 8, true));
ROW("clCreateKernelsInProgram", "no program", CL_INVALID_PROGRAM, all_kernels(NULL, 8, true));

COUNTED(clRetainKernel, clReleaseKernel, cl_kernel, e.kernel, CL_INVALID_KERNEL);

ROW("clCloneKernel", "plain", CL_SUCCESS, CREATE(clReleaseKernel, clCloneKernel(e.kernel, &err)));
ROW("clCloneKernel", "no kernel", CL_INVALID_KERNEL,
    CREATE(clReleaseKernel, clCloneKernel(NULL, &err)));
ROW("clCloneKernel", "object of another kind", CL_INVALID_KERNEL,
    CREATE(clReleaseKernel, clCloneKernel(WRONG(cl_kernel), &err)));

#define ARG(kernel, index, size, value) clSetKernelArg(kernel, index, size, value)
ROW("clSetKernelArg", "a buffer", CL_SUCCESS, ARG(e.kernel, 0, sizeof(cl_mem), &e.buffer));
ROW("clSetKernelArg", "a number", CL_SUCCESS, ARG(e.kernel, 1, 4, &(cl_uint){ 1 }));
ROW("clSetKernelArg", "local memory", CL_SUCCESS, ARG(e.local_kernel, 0, 64, NULL));
ROW("clSetKernelArg", "index beyond the last", CL_INVALID_ARG_INDEX,
    ARG(e.kernel, 2, 4, &(cl_uint){ 1 }));
ROW("clSetKernelArg", "index of all ones", CL_INVALID_ARG_INDEX,
    ARG(e.kernel, ~0u, 4, &(cl_uint){ 1 }));
ROW("clSetKernelArg", "a number of another size", CL_INVALID_ARG_SIZE,
    ARG(e.kernel, 1, 8, &(cl_ulong){ 1 }));
ROW("clSetKernelArg", "a buffer of another size", CL_INVALID_ARG_SIZE,
    ARG(e.kernel, 0, 4, &e.buffer));
ROW("clSetKernelArg", "local memory of size 0", CL_INVALID_ARG_SIZE,
    ARG(e.local_kernel, 0, 0, NULL));
ROW("clSetKernelArg", "a value for local memory", CL_INVALID_ARG_VALUE,
    ARG(e.local_kernel, 0, 64, e.bytes));
ROW("clSetKernelArg", "no number", CL_INVALID_ARG_VALUE, ARG(e.kernel, 1, 4, NULL));
ROW("clSetKernelArg", "object of another kind", CL_INVALID_MEM_OBJECT,
    ARG(e.kernel, 0, sizeof(cl_mem), &e.platform));
ROW("clSetKernelArg", "no kernel", CL_INVALID_KERNEL, ARG(NULL, 0, sizeof(cl_mem), &e.buffer));
ROW("clSetKernelArg", "kernel of another kind", CL_INVALID_KERNEL,
    ARG(WRONG(cl_kernel), 0, sizeof(cl_mem), &e.buffer));
#define IMAGE_OR(error) (e.images ? (error) : CL_INVALID_KERNEL)
ROW("clSetKernelArg", "an image", IMAGE_OR(CL_SUCCESS),
    ARG(e.image_kernel, 0, sizeof(cl_mem), &e.image));
ROW("clSetKernelArg", "a sampler", IMAGE_OR(CL_SUCCESS),
    ARG(e.image_kernel, 1, sizeof(cl_sampler), &e.sampler));
ROW("clSetKernelArg", "no sampler", IMAGE_OR(CL_INVALID_SAMPLER),
    ARG(e.image_kernel, 1, sizeof(cl_sampler), &(cl_sampler){ NULL }));
ROW("clSetKernelArg", "a buffer for an image", IMAGE_OR(CL_INVALID_MEM_OBJECT),
    ARG(e.image_kernel, 0, sizeof(cl_mem), &e.buffer));

INFO(clGetKernelInfo, e.kernel, "CL_KERNEL_FUNCTION_NAME", CL_KERNEL_FUNCTION_NAME, 4);
INFO(clGetKernelInfo, e.kernel, "CL_KERNEL_NUM_ARGS", CL_KERNEL_NUM_ARGS, sizeof(cl_uint));
INFO(clGetKernelInfo, e.kernel, "CL_KERNEL_REFERENCE_COUNT", CL_KERNEL_REFERENCE_COUNT,
     sizeof(cl_uint));
INFO(clGetKernelInfo, e.kernel, "CL_KERNEL_CONTEXT", CL_KERNEL_CONTEXT, sizeof(cl_context));
INFO(clGetKernelInfo, e.kernel, "CL_KERNEL_PROGRAM", CL_KERNEL_PROGRAM, sizeof(cl_program));
INFO(clGetKernelInfo, e.kernel, "CL_KERNEL_ATTRIBUTES", CL_KERNEL_ATTRIBUTES, 0);
INFO_REFUSED(clGetKernelInfo, cl_kernel, e.kernel, CL_INVALID_KERNEL);

static cl_int CL_API_CALL arg_info(cl_kernel kernel, cl_uint param, size_t size, void *value,
				   size_t *ret_size)
{
	return clGetKernelArgInfo(kernel, 0, param, size, value, ret_size);
}

#define ARG_INFO(param, size)                         \
	ROW("clGetKernelArgInfo", #param, CL_SUCCESS, \
	    info_answer((info_fn)arg_info, e.kernel, param, size))
ARG_INFO(CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof(cl_kernel_arg_address_qualifier));
ARG_INFO(CL_KERNEL_ARG_ACCESS_QUALIFIER, sizeof(cl_kernel_arg_access_qualifier));
ARG_INFO(CL_KERNEL_ARG_TYPE_NAME, 6);
ARG_INFO(CL_KERNEL_ARG_TYPE_QUALIFIER, sizeof(cl_kernel_arg_type_qualifier));
ARG_INFO(CL_KERNEL_ARG_NAME, 2);
ROW("clGetKernelArgInfo", "unknown param_name", CL_INVALID_VALUE,
    arg_info(e.kernel, 0x7fff, 0, NULL, NULL));
ROW("clGetKernelArgInfo", "index beyond the last", CL_INVALID_ARG_INDEX,
    clGetKernelArgInfo(e.kernel, 2, CL_KERNEL_ARG_NAME, 0, NULL, NULL));
ROW("clGetKernelArgInfo", "no kernel", CL_INVALID_KERNEL,
    arg_info(NULL, CL_KERNEL_ARG_NAME, 0, NULL, NULL));

static cl_int CL_API_CALL group_info(cl_kernel kernel, cl_uint param, size_t size, void *value,
				     size_t *ret_size)
{
	return clGetKernelWorkGroupInfo(kernel, e.device, param, size, value, ret_size);
}

#define GROUP_INFO(param, size)                             \
	ROW("clGetKernelWorkGroupInfo", #param, CL_SUCCESS, \
	    info_answer((info_fn)group_info, e.kernel, param, size))
GROUP_INFO(CL_KERNEL_WORK_GROUP_SIZE, sizeof(size_t));
GROUP_INFO(CL_KERNEL_COMPILE_WORK_GROUP_SIZE, sizeof(size_t[3]));
GROUP_INFO(CL_KERNEL_LOCAL_MEM_SIZE, sizeof(cl_ulong));
GROUP_INFO(CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, sizeof(size_t));
GROUP_INFO(CL_KERNEL_PRIVATE_MEM_SIZE, sizeof(cl_ulong));
ROW("clGetKernelWorkGroupInfo", "the device is understood", CL_SUCCESS,
    clGetKernelWorkGroupInfo(e.kernel, NULL, CL_KERNEL_WORK_GROUP_SIZE, 0, NULL, NULL));
ROW("clGetKernelWorkGroupInfo", "global size of no built-in kernel", CL_INVALID_VALUE,
    group_info(e.kernel, CL_KERNEL_GLOBAL_WORK_SIZE, sizeof(size_t[3]), e.bytes, NULL));
ROW("clGetKernelWorkGroupInfo", "unknown param_name", CL_INVALID_VALUE,
    group_info(e.kernel, 0x7fff, 0, NULL, NULL));
ROW("clGetKernelWorkGroupInfo", "device of another kind", CL_INVALID_DEVICE,
    clGetKernelWorkGroupInfo(e.kernel, WRONG(cl_device_id), CL_KERNEL_WORK_GROUP_SIZE, 0, NULL,
			     NULL));
ROW("clGetKernelWorkGroupInfo", "no kernel", CL_INVALID_KERNEL,
    group_info(NULL, CL_KERNEL_WORK_GROUP_SIZE, 0, NULL, NULL));

static cl_int sub_group_info(cl_kernel kernel, cl_device_id device, cl_uint param, size_t in)
{
	size_t local = 8, value = 0;

	return clGetKernelSubGroupInfo(kernel, device, param, in, &local, sizeof(value), &value,
				       NULL);
}

#define SUB_GROUP_OR(error) (e.sub_groups ? (error) : CL_INVALID_OPERATION)
ROW("clGetKernelSubGroupInfo", "CL_KERNEL_MAX_SUB_GROUP_SIZE_FOR_NDRANGE", SUB_GROUP_OR(CL_SUCCESS),
    sub_group_info(e.kernel, e.device, CL_KERNEL_MAX_SUB_GROUP_SIZE_FOR_NDRANGE, sizeof(size_t)));
ROW("clGetKernelSubGroupInfo", "no kernel", CL_INVALID_KERNEL,
    sub_group_info(NULL, e.device, CL_KERNEL_MAX_NUM_SUB_GROUPS, 0));

#define SVM_OR(error) (e.svm ? (error) : CL_INVALID_OPERATION)
ROW("clSetKernelArgSVMPointer", "no pointer", SVM_OR(CL_SUCCESS),
    clSetKernelArgSVMPointer(e.unset, 0, NULL));
ROW("clSetKernelArgSVMPointer", "index beyond the last", SVM_OR(CL_INVALID_ARG_INDEX),
    clSetKernelArgSVMPointer(e.unset, 2, NULL));
ROW("clSetKernelArgSVMPointer", "no kernel", CL_INVALID_KERNEL,
    clSetKernelArgSVMPointer(NULL, 0, NULL));
ROW("clSetKernelExecInfo", "unknown param_name", SVM_OR(CL_INVALID_VALUE),
    clSetKernelExecInfo(e.unset, 0x7fff, 4, e.bytes));
ROW("clSetKernelExecInfo", "no kernel", CL_INVALID_KERNEL,
    clSetKernelExecInfo(NULL, CL_KERNEL_EXEC_INFO_SVM_PTRS, sizeof(void *), e.bytes));

/* ---- running ---- */

#define N(...) ((size_t[]){ __VA_ARGS__ })
#define RANGE(queue, n, list, event) \
	clEnqueueNDRangeKernel(queue, e.kernel, 1, NULL, N(16), N(8), n, list, event)
#define RANGE_OF(kernel, dim, offset, global, local) \
	clEnqueueNDRangeKernel(e.queue, kernel, dim, offset, global, local, 0, NULL, NULL)
COMMAND("clEnqueueNDRangeKernel", RANGE);
ROW("clEnqueueNDRangeKernel", "no local size", CL_SUCCESS,
    RANGE_OF(e.kernel, 1, NULL, N(16), NULL));
ROW("clEnqueueNDRangeKernel", "with an offset", CL_SUCCESS,
    RANGE_OF(e.kernel, 1, N(16), N(16), NULL));
ROW("clEnqueueNDRangeKernel", "three dimensions", CL_SUCCESS,
    RANGE_OF(e.kernel, 3, NULL, N(4, 4, 4), N(2, 2, 2)));
ROW("clEnqueueNDRangeKernel", "no dimension", CL_INVALID_WORK_DIMENSION,
    RANGE_OF(e.kernel, 0, NULL, N(16), NULL));
ROW("clEnqueueNDRangeKernel", "four dimensions", CL_INVALID_WORK_DIMENSION,
    RANGE_OF(e.kernel, 4, NULL, N(4, 4, 4, 4), NULL));
ROW("clEnqueueNDRangeKernel", "local size does not divide", CL_INVALID_WORK_GROUP_SIZE,
    RANGE_OF(e.fixed, 2, NULL, N(6, 4), N(4, 4)));
ROW("clEnqueueNDRangeKernel", "a work-group that is too large", CL_INVALID_WORK_GROUP_SIZE,
    RANGE_OF(e.kernel, 2, NULL, N(e.max_group, 2), N(e.max_group, 2)));
ROW("clEnqueueNDRangeKernel", "local size 0", CL_INVALID_WORK_GROUP_SIZE,
    RANGE_OF(e.kernel, 1, NULL, N(16), N(0)));
ROW("clEnqueueNDRangeKernel", "the work-group that the kernel demands", CL_SUCCESS,
    RANGE_OF(e.fixed, 2, NULL, N(8, 4), N(4, 4)));
ROW("clEnqueueNDRangeKernel", "not the work-group that the kernel demands",
    CL_INVALID_WORK_GROUP_SIZE, RANGE_OF(e.fixed, 2, NULL, N(8, 4), N(2, 4)));
ROW("clEnqueueNDRangeKernel", "no argument was set", CL_INVALID_KERNEL_ARGS,
    RANGE_OF(e.unset, 1, NULL, N(16), NULL));
ROW("clEnqueueNDRangeKernel", "offset and global size wrap", CL_INVALID_GLOBAL_OFFSET,
    RANGE_OF(e.kernel, 1, N(~0ul), N(16), NULL));
ROW("clEnqueueNDRangeKernel", "no kernel", CL_INVALID_KERNEL, RANGE_OF(NULL, 1, NULL, N(16), NULL));
ROW("clEnqueueNDRangeKernel", "kernel of another kind", CL_INVALID_KERNEL,
    RANGE_OF(WRONG(cl_kernel), 1, NULL, N(16), NULL));

static cl_int other_kernel(void)
{
	cl_int err = CL_SUCCESS;
	cl_kernel kernel = clCreateKernel(e.other_program, "add", &err);

	if (err != CL_SUCCESS)
		return err;
	err = RANGE_OF(kernel, 1, NULL, N(16), NULL);
	clReleaseKernel(kernel);
	return err;
}

ROW("clEnqueueNDRangeKernel", "kernel of another context", CL_INVALID_CONTEXT, other_kernel());

#define TASK(queue, n, list, event) clEnqueueTask(queue, e.kernel, n, list, event)
COMMAND("clEnqueueTask", TASK);
ROW("clEnqueueTask", "no kernel", CL_INVALID_KERNEL, clEnqueueTask(e.queue, NULL, 0, NULL, NULL));
ROW("clEnqueueTask", "no argument was set", CL_INVALID_KERNEL_ARGS,
    clEnqueueTask(e.queue, e.unset, 0, NULL, NULL));

static void CL_CALLBACK native(void *args)
{
	(void)args;
}

static cl_int native_answer(void)
{
	cl_device_exec_capabilities can = 0;

	clGetDeviceInfo(e.device, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof(can), &can, NULL);
	return can & CL_EXEC_NATIVE_KERNEL ? CL_SUCCESS : CL_INVALID_OPERATION;
}

ROW("clEnqueueNativeKernel", "as the device can", native_answer(),
    clEnqueueNativeKernel(e.queue, native, NULL, 0, 0, NULL, NULL, 0, NULL, NULL)
	    ?: clFinish(e.queue));
ROW("clEnqueueNativeKernel", "no function", CL_INVALID_VALUE,
    clEnqueueNativeKernel(e.queue, NULL, NULL, 0, 0, NULL, NULL, 0, NULL, NULL));
ROW("clEnqueueNativeKernel", "no queue", CL_INVALID_COMMAND_QUEUE,
    clEnqueueNativeKernel(NULL, native, NULL, 0, 0, NULL, NULL, 0, NULL, NULL));

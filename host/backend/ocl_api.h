/* SPDX-License-Identifier: MIT */
/*
 * ocl_api.h - the OpenCL 1.2 entry points that the backend calls, loaded at run time: a host
 * without an OpenCL loader still runs the null backend.
 */
#ifndef BACKEND_OCL_API_H
#define BACKEND_OCL_API_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>

#define OCL_API_FUNCTIONS(X)           \
	X(clGetPlatformIDs)            \
	X(clGetPlatformInfo)           \
	X(clGetDeviceIDs)              \
	X(clGetDeviceInfo)             \
	X(clCreateSubDevices)          \
	X(clReleaseDevice)             \
	X(clCreateContext)             \
	X(clReleaseContext)            \
	X(clCreateCommandQueue)        \
	X(clReleaseCommandQueue)       \
	X(clCreateBuffer)              \
	X(clCreateSubBuffer)           \
	X(clReleaseMemObject)          \
	X(clCreateImage)               \
	X(clGetSupportedImageFormats)  \
	X(clGetImageInfo)              \
	X(clCreateSampler)             \
	X(clReleaseSampler)            \
	X(clCreateProgramWithSource)   \
	X(clCreateProgramWithBinary)   \
	X(clBuildProgram)              \
	X(clCompileProgram)            \
	X(clLinkProgram)               \
	X(clGetProgramInfo)            \
	X(clGetProgramBuildInfo)       \
	X(clReleaseProgram)            \
	X(clCreateKernel)              \
	X(clReleaseKernel)             \
	X(clSetKernelArg)              \
	X(clGetKernelInfo)             \
	X(clGetKernelArgInfo)          \
	X(clGetKernelWorkGroupInfo)    \
	X(clEnqueueNDRangeKernel)      \
	X(clEnqueueCopyBuffer)         \
	X(clEnqueueCopyBufferRect)     \
	X(clEnqueueFillBuffer)         \
	X(clEnqueueReadBuffer)         \
	X(clEnqueueWriteBuffer)        \
	X(clEnqueueReadBufferRect)     \
	X(clEnqueueWriteBufferRect)    \
	X(clEnqueueMapBuffer)          \
	X(clEnqueueUnmapMemObject)     \
	X(clEnqueueCopyImage)          \
	X(clEnqueueCopyBufferToImage)  \
	X(clEnqueueCopyImageToBuffer)  \
	X(clEnqueueReadImage)          \
	X(clEnqueueWriteImage)         \
	X(clEnqueueFillImage)          \
	X(clEnqueueMapImage)           \
	X(clEnqueueMarkerWithWaitList) \
	X(clWaitForEvents)             \
	X(clFinish)                    \
	X(clGetEventProfilingInfo)     \
	X(clRetainEvent)               \
	X(clReleaseEvent)

/* Of OpenCL 2.0: NULL where the loader does not know them. */
#define OCL_API_LATER(X) X(clSetKernelArgSVMPointer)

#define OCL_API_MEMBER(name) __typeof__(name) *name;

/** struct ocl_api - the loaded entry points. */
struct ocl_api {
	OCL_API_FUNCTIONS(OCL_API_MEMBER)
	OCL_API_LATER(OCL_API_MEMBER)
};

#undef OCL_API_MEMBER

/**
 * ocl_api_load() - load the loader, which stays loaded.
 * Return: NULL, or what is missing.
 */
const char *ocl_api_load(struct ocl_api *ret);

/** ocl_error() - the name of an OpenCL error. */
const char *ocl_error(cl_int error);

#endif /* BACKEND_OCL_API_H */

// SPDX-License-Identifier: MIT
/*
 * unsupported.c - entry points that are not carried: pipes, shared virtual memory, sharing with
 * other APIs, and what OpenCL 2.x added. Each answers with the error that the specification has for
 * a device without the feature; the dispatch table has no holes.
 */
#include "context.h"
#include "entry.h"
#include "info.h"
#include "queue.h"
#include "unsupported.h"

/* The parameters are named after the headers, for whoever carries one of these later. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define REFUSE(name, ...)                    \
	cl_int CL_API_CALL name(__VA_ARGS__) \
	{                                    \
		return CL_INVALID_OPERATION; \
	}

#define REFUSE_OBJECT(type, name, ...)                          \
	type CL_API_CALL name(__VA_ARGS__, cl_int *errcode_ret) \
	{                                                       \
		set_error(errcode_ret, CL_INVALID_OPERATION);   \
		return NULL;                                    \
	}

cl_int CL_API_CALL refuse_status(void)
{
	return CL_INVALID_OPERATION;
}

void *CL_API_CALL refuse_handle(void)
{
	return NULL;
}

/* ---- native kernels, sub-devices by an extension that is not claimed ---- */

/* CL_EXEC_NATIVE_KERNEL: a function of the application cannot run on the host. */
cl_int CL_API_CALL clEnqueueNativeKernel(cl_command_queue queue,
					 void(CL_CALLBACK *user_func)(void *), void *args,
					 size_t cb_args, cl_uint num_mem_objects,
					 const cl_mem *mem_list, const void **args_mem_loc,
					 cl_uint num_events, const cl_event *events,
					 cl_event *event)
{
	cl_int err = queue_check(queue, num_events, events);

	if (err != CL_SUCCESS)
		return err;
	if (!user_func || !args != !cb_args || (!args && num_mem_objects) ||
	    !num_mem_objects != !mem_list || !num_mem_objects != !args_mem_loc)
		return CL_INVALID_VALUE;
	return CL_INVALID_OPERATION;
}

cl_int CL_API_CALL clCreateSubDevicesEXT(cl_device_id device,
					 const cl_device_partition_property_ext *properties,
					 cl_uint num_entries, cl_device_id *out_devices,
					 cl_uint *num_devices)
{
	return device_valid(device) ? CL_INVALID_PROPERTY : CL_INVALID_DEVICE;
}

/* ---- GL and EGL sharing ---- */

REFUSE_OBJECT(cl_mem, clCreateFromGLBuffer, cl_context context, cl_mem_flags flags,
	      cl_GLuint bufobj)
REFUSE_OBJECT(cl_mem, clCreateFromGLTexture, cl_context context, cl_mem_flags flags,
	      cl_GLenum target, cl_GLint miplevel, cl_GLuint texture)
REFUSE_OBJECT(cl_mem, clCreateFromGLTexture2D, cl_context context, cl_mem_flags flags,
	      cl_GLenum target, cl_GLint miplevel, cl_GLuint texture)
REFUSE_OBJECT(cl_mem, clCreateFromGLTexture3D, cl_context context, cl_mem_flags flags,
	      cl_GLenum target, cl_GLint miplevel, cl_GLuint texture)
REFUSE_OBJECT(cl_mem, clCreateFromGLRenderbuffer, cl_context context, cl_mem_flags flags,
	      cl_GLuint renderbuffer)
REFUSE(clGetGLObjectInfo, cl_mem memobj, cl_gl_object_type *gl_object_type,
       cl_GLuint *gl_object_name)
REFUSE(clGetGLTextureInfo, cl_mem memobj, cl_gl_texture_info param_name, size_t param_value_size,
       void *param_value, size_t *param_value_size_ret)
REFUSE(clEnqueueAcquireGLObjects, cl_command_queue queue, cl_uint num_objects,
       const cl_mem *mem_objects, cl_uint num_events, const cl_event *events, cl_event *event)
REFUSE(clEnqueueReleaseGLObjects, cl_command_queue queue, cl_uint num_objects,
       const cl_mem *mem_objects, cl_uint num_events, const cl_event *events, cl_event *event)
REFUSE(clGetGLContextInfoKHR, const cl_context_properties *properties,
       cl_gl_context_info param_name, size_t param_value_size, void *param_value,
       size_t *param_value_size_ret)
REFUSE_OBJECT(cl_event, clCreateEventFromGLsyncKHR, cl_context context, cl_GLsync sync)
REFUSE_OBJECT(cl_mem, clCreateFromEGLImageKHR, cl_context context, CLeglDisplayKHR display,
	      CLeglImageKHR image, cl_mem_flags flags,
	      const cl_egl_image_properties_khr *properties)
REFUSE(clEnqueueAcquireEGLObjectsKHR, cl_command_queue queue, cl_uint num_objects,
       const cl_mem *mem_objects, cl_uint num_events, const cl_event *events, cl_event *event)
REFUSE(clEnqueueReleaseEGLObjectsKHR, cl_command_queue queue, cl_uint num_objects,
       const cl_mem *mem_objects, cl_uint num_events, const cl_event *events, cl_event *event)
REFUSE_OBJECT(cl_event, clCreateEventFromEGLSyncKHR, cl_context context, CLeglSyncKHR sync,
	      CLeglDisplayKHR display)

/* ---- OpenCL 2.x and 3.0 ---- */

cl_mem CL_API_CALL clCreatePipe(cl_context context, cl_mem_flags flags, cl_uint pipe_packet_size,
				cl_uint pipe_max_packets, const cl_pipe_properties *properties,
				cl_int *errcode_ret)
{
	set_error(errcode_ret, context_valid(context) ? CL_INVALID_OPERATION : CL_INVALID_CONTEXT);
	return NULL;
}

cl_int CL_API_CALL clGetPipeInfo(cl_mem pipe, cl_pipe_info param_name, size_t param_value_size,
				 void *param_value, size_t *param_value_size_ret)
{
	return CL_INVALID_MEM_OBJECT;
}

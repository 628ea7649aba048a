// SPDX-License-Identifier: MIT
/*
 * unsupported.c - entry points that are not carried: images, samplers, pipes, shared virtual
 * memory, sharing with other APIs, and what OpenCL 2.x added. Each answers with the error that the
 * specification has for a device without the feature; the dispatch table has no holes.
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

/* ---- images ---- */

cl_mem CL_API_CALL clCreateImage(cl_context context, cl_mem_flags flags,
				 const cl_image_format *image_format,
				 const cl_image_desc *image_desc, void *host_ptr,
				 cl_int *errcode_ret)
{
	set_error(errcode_ret, context_valid(context) ? CL_INVALID_OPERATION : CL_INVALID_CONTEXT);
	return NULL;
}

cl_mem CL_API_CALL clCreateImage2D(cl_context context, cl_mem_flags flags,
				   const cl_image_format *image_format, size_t image_width,
				   size_t image_height, size_t image_row_pitch, void *host_ptr,
				   cl_int *errcode_ret)
{
	return clCreateImage(context, flags, image_format, NULL, host_ptr, errcode_ret);
}

cl_mem CL_API_CALL clCreateImage3D(cl_context context, cl_mem_flags flags,
				   const cl_image_format *image_format, size_t image_width,
				   size_t image_height, size_t image_depth, size_t image_row_pitch,
				   size_t image_slice_pitch, void *host_ptr, cl_int *errcode_ret)
{
	return clCreateImage(context, flags, image_format, NULL, host_ptr, errcode_ret);
}

cl_int CL_API_CALL clGetSupportedImageFormats(cl_context context, cl_mem_flags flags,
					      cl_mem_object_type image_type, cl_uint num_entries,
					      cl_image_format *image_formats,
					      cl_uint *num_image_formats)
{
	if (!context_valid(context))
		return CL_INVALID_CONTEXT;
	if (image_formats && !num_entries)
		return CL_INVALID_VALUE;
	if (num_image_formats)
		*num_image_formats = 0;
	return CL_SUCCESS;
}

cl_int CL_API_CALL clGetImageInfo(cl_mem image, cl_image_info param_name, size_t param_value_size,
				  void *param_value, size_t *param_value_size_ret)
{
	return CL_INVALID_MEM_OBJECT;
}

static cl_int refuse_image_command(cl_command_queue queue)
{
	return queue_valid(queue) ? CL_INVALID_OPERATION : CL_INVALID_COMMAND_QUEUE;
}

cl_int CL_API_CALL clEnqueueReadImage(cl_command_queue queue, cl_mem image, cl_bool blocking_read,
				      const size_t *origin, const size_t *region, size_t row_pitch,
				      size_t slice_pitch, void *ptr, cl_uint num_events,
				      const cl_event *events, cl_event *event)
{
	return refuse_image_command(queue);
}

cl_int CL_API_CALL clEnqueueWriteImage(cl_command_queue queue, cl_mem image, cl_bool blocking_write,
				       const size_t *origin, const size_t *region, size_t row_pitch,
				       size_t slice_pitch, const void *ptr, cl_uint num_events,
				       const cl_event *events, cl_event *event)
{
	return refuse_image_command(queue);
}

cl_int CL_API_CALL clEnqueueFillImage(cl_command_queue queue, cl_mem image, const void *fill_color,
				      const size_t *origin, const size_t *region,
				      cl_uint num_events, const cl_event *events, cl_event *event)
{
	return refuse_image_command(queue);
}

cl_int CL_API_CALL clEnqueueCopyImage(cl_command_queue queue, cl_mem src, cl_mem dst,
				      const size_t *src_origin, const size_t *dst_origin,
				      const size_t *region, cl_uint num_events,
				      const cl_event *events, cl_event *event)
{
	return refuse_image_command(queue);
}

cl_int CL_API_CALL clEnqueueCopyImageToBuffer(cl_command_queue queue, cl_mem src, cl_mem dst,
					      const size_t *src_origin, const size_t *region,
					      size_t dst_offset, cl_uint num_events,
					      const cl_event *events, cl_event *event)
{
	return refuse_image_command(queue);
}

cl_int CL_API_CALL clEnqueueCopyBufferToImage(cl_command_queue queue, cl_mem src, cl_mem dst,
					      size_t src_offset, const size_t *dst_origin,
					      const size_t *region, cl_uint num_events,
					      const cl_event *events, cl_event *event)
{
	return refuse_image_command(queue);
}

void *CL_API_CALL clEnqueueMapImage(cl_command_queue queue, cl_mem image, cl_bool blocking_map,
				    cl_map_flags map_flags, const size_t *origin,
				    const size_t *region, size_t *row_pitch, size_t *slice_pitch,
				    cl_uint num_events, const cl_event *events, cl_event *event,
				    cl_int *errcode_ret)
{
	set_error(errcode_ret, refuse_image_command(queue));
	return NULL;
}

/* ---- samplers ---- */

cl_sampler CL_API_CALL clCreateSampler(cl_context context, cl_bool normalized_coords,
				       cl_addressing_mode addressing_mode,
				       cl_filter_mode filter_mode, cl_int *errcode_ret)
{
	set_error(errcode_ret, context_valid(context) ? CL_INVALID_OPERATION : CL_INVALID_CONTEXT);
	return NULL;
}

cl_int CL_API_CALL clRetainSampler(cl_sampler sampler)
{
	return CL_INVALID_SAMPLER;
}

cl_int CL_API_CALL clReleaseSampler(cl_sampler sampler)
{
	return CL_INVALID_SAMPLER;
}

cl_int CL_API_CALL clGetSamplerInfo(cl_sampler sampler, cl_sampler_info param_name,
				    size_t param_value_size, void *param_value,
				    size_t *param_value_size_ret)
{
	return CL_INVALID_SAMPLER;
}

REFUSE_OBJECT(cl_sampler, clCreateSamplerWithProperties, cl_context context,
	      const cl_sampler_properties *properties)

/* ---- native kernels, sub-devices by extension ---- */

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

REFUSE_OBJECT(cl_mem, clCreateImageWithProperties, cl_context context,
	      const cl_mem_properties *properties, cl_mem_flags flags,
	      const cl_image_format *image_format, const cl_image_desc *image_desc, void *host_ptr)

// SPDX-License-Identifier: MIT
/* rows_image.c - images and samplers. */
#include "row.h"

#define RGBA (&(cl_image_format){ CL_RGBA, CL_UNSIGNED_INT8 })
#define FORMAT(order, type) (&(cl_image_format){ order, type })
#define DESC(...) (&(cl_image_desc){ __VA_ARGS__ })
#define FLAT DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 16, .image_height = 8)
#define IMAGE(...) CREATE(clReleaseMemObject, clCreateImage(__VA_ARGS__, &err))

/* What a call answers where the device has images. */
#define IMAGE_OR(error) (e.images ? (error) : CL_INVALID_OPERATION)

ROW("clCreateImage", "2D", IMAGE_OR(CL_SUCCESS), IMAGE(e.context, 0, RGBA, FLAT, NULL));
ROW("clCreateImage", "1D", IMAGE_OR(CL_SUCCESS),
    IMAGE(e.context, 0, RGBA, DESC(.image_type = CL_MEM_OBJECT_IMAGE1D, .image_width = 16), NULL));
ROW("clCreateImage", "3D", IMAGE_OR(CL_SUCCESS),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE3D, .image_width = 16, .image_height = 8,
	       .image_depth = 4),
	  NULL));
ROW("clCreateImage", "1D array", IMAGE_OR(CL_SUCCESS),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE1D_ARRAY, .image_width = 16, .image_array_size = 4),
	  NULL));
ROW("clCreateImage", "2D array", IMAGE_OR(CL_SUCCESS),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D_ARRAY, .image_width = 16, .image_height = 8,
	       .image_array_size = 4),
	  NULL));
ROW("clCreateImage", "1D of a buffer", IMAGE_OR(CL_SUCCESS),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER, .image_width = 16, .buffer = e.buffer),
	  NULL));
ROW("clCreateImage", "copied", IMAGE_OR(CL_SUCCESS),
    IMAGE(e.context, CL_MEM_COPY_HOST_PTR, RGBA, FLAT, e.bytes));
ROW("clCreateImage", "used in place", IMAGE_OR(CL_SUCCESS),
    IMAGE(e.context, CL_MEM_USE_HOST_PTR, RGBA, FLAT, e.bytes));
ROW("clCreateImage", "no format", IMAGE_OR(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR),
    IMAGE(e.context, 0, NULL, FLAT, NULL));
ROW("clCreateImage", "unknown channel order", IMAGE_OR(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR),
    IMAGE(e.context, 0, FORMAT(0x7fff, CL_UNORM_INT8), FLAT, NULL));
ROW("clCreateImage", "unknown channel type", IMAGE_OR(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR),
    IMAGE(e.context, 0, FORMAT(CL_RGBA, 0x7fff), FLAT, NULL));
ROW("clCreateImage", "order and type that do not fit", IMAGE_OR(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR),
    IMAGE(e.context, 0, FORMAT(CL_RGBA, CL_UNORM_SHORT_565), FLAT, NULL));
ROW("clCreateImage", "no description", IMAGE_OR(CL_INVALID_IMAGE_DESCRIPTOR),
    IMAGE(e.context, 0, RGBA, NULL, NULL));
ROW("clCreateImage", "unknown image type", IMAGE_OR(CL_INVALID_IMAGE_DESCRIPTOR),
    IMAGE(e.context, 0, RGBA, DESC(.image_type = 0x7fff, .image_width = 16, .image_height = 8),
	  NULL));
ROW("clCreateImage", "width 0", IMAGE_OR(CL_INVALID_IMAGE_SIZE),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 0, .image_height = 8), NULL));
ROW("clCreateImage", "height 0", IMAGE_OR(CL_INVALID_IMAGE_SIZE),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 16, .image_height = 0), NULL));
ROW("clCreateImage", "wider than any", IMAGE_OR(CL_INVALID_IMAGE_SIZE),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 1u << 30, .image_height = 8),
	  NULL));
ROW("clCreateImage", "a pitch without memory", IMAGE_OR(CL_INVALID_IMAGE_DESCRIPTOR),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 16, .image_height = 8,
	       .image_row_pitch = 64),
	  NULL));
ROW("clCreateImage", "row pitch below a row", IMAGE_OR(CL_INVALID_IMAGE_DESCRIPTOR),
    IMAGE(e.context, CL_MEM_COPY_HOST_PTR, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 16, .image_height = 8,
	       .image_row_pitch = 60),
	  e.bytes));
ROW("clCreateImage", "row pitch no multiple of a pixel", IMAGE_OR(CL_INVALID_IMAGE_DESCRIPTOR),
    IMAGE(e.context, CL_MEM_COPY_HOST_PTR, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 16, .image_height = 8,
	       .image_row_pitch = 66),
	  e.bytes));
ROW("clCreateImage", "mip levels", IMAGE_OR(CL_INVALID_IMAGE_DESCRIPTOR),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 16, .image_height = 8,
	       .num_mip_levels = 2),
	  NULL));
ROW("clCreateImage", "of a buffer that is too small", IMAGE_OR(CL_INVALID_IMAGE_SIZE),
    IMAGE(e.context, 0, RGBA,
	  DESC(.image_type = CL_MEM_OBJECT_IMAGE1D_BUFFER, .image_width = ENV_BYTES,
	       .buffer = e.buffer),
	  NULL));
ROW("clCreateImage", "copied from nowhere", IMAGE_OR(CL_INVALID_HOST_PTR),
    IMAGE(e.context, CL_MEM_COPY_HOST_PTR, RGBA, FLAT, NULL));
ROW("clCreateImage", "a pointer that no flag wants", IMAGE_OR(CL_INVALID_HOST_PTR),
    IMAGE(e.context, 0, RGBA, FLAT, e.bytes));
ROW("clCreateImage", "read only and write only", IMAGE_OR(CL_INVALID_VALUE),
    IMAGE(e.context, CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, RGBA, FLAT, NULL));
ROW("clCreateImage", "unknown flag", IMAGE_OR(CL_INVALID_VALUE),
    IMAGE(e.context, 1ull << 40, RGBA, FLAT, NULL));
ROW("clCreateImage", "no context", CL_INVALID_CONTEXT, IMAGE(NULL, 0, RGBA, FLAT, NULL));
ROW("clCreateImage", "context of another kind", CL_INVALID_CONTEXT,
    IMAGE(WRONG(cl_context), 0, RGBA, FLAT, NULL));

#define IMAGE2(...) CREATE(clReleaseMemObject, clCreateImageWithProperties(__VA_ARGS__, &err))
ROW("clCreateImageWithProperties", "plain", IMAGE_OR(CL_SUCCESS),
    IMAGE2(e.context, NULL, 0, RGBA, FLAT, NULL));
ROW("clCreateImageWithProperties", "unknown property", IMAGE_OR(CL_INVALID_PROPERTY),
    IMAGE2(e.context, ((cl_mem_properties[]){ 0x7fff, 1, 0 }), 0, RGBA, FLAT, NULL));
ROW("clCreateImageWithProperties", "no context", CL_INVALID_CONTEXT,
    IMAGE2(NULL, NULL, 0, RGBA, FLAT, NULL));

ROW("clCreateImage2D", "plain", IMAGE_OR(CL_SUCCESS),
    CREATE(clReleaseMemObject, clCreateImage2D(e.context, 0, RGBA, 16, 8, 0, NULL, &err)));
ROW("clCreateImage2D", "width 0", IMAGE_OR(CL_INVALID_IMAGE_SIZE),
    CREATE(clReleaseMemObject, clCreateImage2D(e.context, 0, RGBA, 0, 8, 0, NULL, &err)));
ROW("clCreateImage2D", "no context", CL_INVALID_CONTEXT,
    CREATE(clReleaseMemObject, clCreateImage2D(NULL, 0, RGBA, 16, 8, 0, NULL, &err)));
ROW("clCreateImage3D", "plain", IMAGE_OR(CL_SUCCESS),
    CREATE(clReleaseMemObject, clCreateImage3D(e.context, 0, RGBA, 16, 8, 4, 0, 0, NULL, &err)));
ROW("clCreateImage3D", "depth 0", IMAGE_OR(CL_INVALID_IMAGE_SIZE),
    CREATE(clReleaseMemObject, clCreateImage3D(e.context, 0, RGBA, 16, 8, 0, 0, 0, NULL, &err)));
ROW("clCreateImage3D", "no context", CL_INVALID_CONTEXT,
    CREATE(clReleaseMemObject, clCreateImage3D(NULL, 0, RGBA, 16, 8, 4, 0, 0, NULL, &err)));

ROW("clGetSupportedImageFormats", "how many", CL_SUCCESS,
    clGetSupportedImageFormats(e.context, CL_MEM_READ_ONLY, CL_MEM_OBJECT_IMAGE2D, 0, NULL,
			       &(cl_uint){ 0 }));
ROW("clGetSupportedImageFormats", "list without room", CL_INVALID_VALUE,
    clGetSupportedImageFormats(e.context, CL_MEM_READ_ONLY, CL_MEM_OBJECT_IMAGE2D, 0,
			       &(cl_image_format){ 0 }, NULL));
ROW("clGetSupportedImageFormats", "unknown image type", CL_INVALID_VALUE,
    clGetSupportedImageFormats(e.context, CL_MEM_READ_ONLY, 0x7fff, 0, NULL, &(cl_uint){ 0 }));
ROW("clGetSupportedImageFormats", "unknown flag", CL_INVALID_VALUE,
    clGetSupportedImageFormats(e.context, 1ull << 40, CL_MEM_OBJECT_IMAGE2D, 0, NULL,
			       &(cl_uint){ 0 }));
ROW("clGetSupportedImageFormats", "no context", CL_INVALID_CONTEXT,
    clGetSupportedImageFormats(NULL, CL_MEM_READ_ONLY, CL_MEM_OBJECT_IMAGE2D, 0, NULL,
			       &(cl_uint){ 0 }));

#define PICTURE(param, size) \
	INFO_OR(clGetImageInfo, e.image, #param, param, size, CL_INVALID_MEM_OBJECT)
PICTURE(CL_IMAGE_FORMAT, sizeof(cl_image_format));
PICTURE(CL_IMAGE_ELEMENT_SIZE, sizeof(size_t));
PICTURE(CL_IMAGE_ROW_PITCH, sizeof(size_t));
PICTURE(CL_IMAGE_SLICE_PITCH, sizeof(size_t));
PICTURE(CL_IMAGE_WIDTH, sizeof(size_t));
PICTURE(CL_IMAGE_HEIGHT, sizeof(size_t));
PICTURE(CL_IMAGE_DEPTH, sizeof(size_t));
PICTURE(CL_IMAGE_ARRAY_SIZE, sizeof(size_t));
PICTURE(CL_IMAGE_BUFFER, sizeof(cl_mem));
PICTURE(CL_IMAGE_NUM_MIP_LEVELS, sizeof(cl_uint));
PICTURE(CL_IMAGE_NUM_SAMPLES, sizeof(cl_uint));
ROW("clGetImageInfo", "unknown param_name", e.images ? CL_INVALID_VALUE : CL_INVALID_MEM_OBJECT,
    clGetImageInfo(e.image, 0x7fff, 0, NULL, NULL));
ROW("clGetImageInfo", "no image", CL_INVALID_MEM_OBJECT,
    clGetImageInfo(NULL, CL_IMAGE_WIDTH, 0, NULL, NULL));
ROW("clGetImageInfo", "a buffer", CL_INVALID_MEM_OBJECT,
    clGetImageInfo(e.buffer, CL_IMAGE_WIDTH, 0, NULL, NULL));

/* ---- transfers ---- */

#define AT(...) ((size_t[3]){ __VA_ARGS__ })
/* e.image is NULL where there are no images: then the object is what is wrong. */
#define MEM_OR(error) (e.images ? (error) : CL_INVALID_MEM_OBJECT)

#define IMAGE_COMMAND(entry, call)                                                        \
	ROW(entry, "plain", MEM_OR(CL_SUCCESS), ENQUEUE(call(e.queue, 0, NULL, &event))); \
	ROW(entry, "waits for events", MEM_OR(CL_SUCCESS),                                \
	    ENQUEUE(call(e.queue, 1, &e.event, &event)));                                 \
	ROW(entry, "no queue", CL_INVALID_COMMAND_QUEUE, call(NULL, 0, NULL, NULL));      \
	ROW(entry, "queue of another kind", CL_INVALID_COMMAND_QUEUE,                     \
	    call(WRONG(cl_command_queue), 0, NULL, NULL));                                \
	ROW(entry, "events counted, no list", MEM_OR(CL_INVALID_EVENT_WAIT_LIST),         \
	    call(e.queue, 1, NULL, NULL));                                                \
	ROW(entry, "list of events, none counted", MEM_OR(CL_INVALID_EVENT_WAIT_LIST),    \
	    call(e.queue, 0, &e.event, NULL));                                            \
	ROW(entry, "event of another context", MEM_OR(CL_INVALID_CONTEXT),                \
	    call(e.queue, 1, &e.other_event, NULL))

#define READ(queue, n, list, event)                                                             \
	clEnqueueReadImage(queue, e.image, CL_TRUE, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes, n, \
			   list, event)
#define READ_OF(mem, at, box, pitch, slice, ptr) \
	clEnqueueReadImage(e.queue, mem, CL_TRUE, at, box, pitch, slice, ptr, 0, NULL, NULL)
IMAGE_COMMAND("clEnqueueReadImage", READ);
ROW("clEnqueueReadImage", "no image", CL_INVALID_MEM_OBJECT,
    READ_OF(NULL, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes));
ROW("clEnqueueReadImage", "a buffer", CL_INVALID_MEM_OBJECT,
    READ_OF(e.buffer, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes));
ROW("clEnqueueReadImage", "image of another context", MEM_OR(CL_INVALID_CONTEXT),
    READ_OF(e.other_image, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes));
ROW("clEnqueueReadImage", "past the edge", MEM_OR(CL_INVALID_VALUE),
    READ_OF(e.image, AT(1, 0, 0), AT(ENV_SIDE, 8, 1), 0, 0, e.bytes));
ROW("clEnqueueReadImage", "depth of a 2D image", MEM_OR(CL_INVALID_VALUE),
    READ_OF(e.image, AT(0, 0, 0), AT(8, 8, 2), 0, 0, e.bytes));
ROW("clEnqueueReadImage", "an empty region", MEM_OR(CL_INVALID_VALUE),
    READ_OF(e.image, AT(0, 0, 0), AT(8, 0, 1), 0, 0, e.bytes));
ROW("clEnqueueReadImage", "row pitch below a row", MEM_OR(CL_INVALID_VALUE),
    READ_OF(e.image, AT(0, 0, 0), AT(8, 8, 1), 31, 0, e.bytes));
ROW("clEnqueueReadImage", "slice pitch of a 2D image", MEM_OR(CL_INVALID_VALUE),
    READ_OF(e.image, AT(0, 0, 0), AT(8, 8, 1), 32, 256, e.bytes));
ROW("clEnqueueReadImage", "to nowhere", MEM_OR(CL_INVALID_VALUE),
    READ_OF(e.image, AT(0, 0, 0), AT(8, 8, 1), 0, 0, NULL));
ROW("clEnqueueReadImage", "no origin", MEM_OR(CL_INVALID_VALUE),
    READ_OF(e.image, NULL, AT(8, 8, 1), 0, 0, e.bytes));
ROW("clEnqueueReadImage", "of no host access", MEM_OR(CL_INVALID_OPERATION),
    READ_OF(e.host_none_image, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes));

#define WRITE(queue, n, list, event)                                                             \
	clEnqueueWriteImage(queue, e.image, CL_TRUE, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes, n, \
			    list, event)
#define WRITE_TO(mem, at, box, pitch, slice, ptr) \
	clEnqueueWriteImage(e.queue, mem, CL_TRUE, at, box, pitch, slice, ptr, 0, NULL, NULL)
IMAGE_COMMAND("clEnqueueWriteImage", WRITE);
ROW("clEnqueueWriteImage", "no image", CL_INVALID_MEM_OBJECT,
    WRITE_TO(NULL, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes));
ROW("clEnqueueWriteImage", "past the edge", MEM_OR(CL_INVALID_VALUE),
    WRITE_TO(e.image, AT(0, 1, 0), AT(8, ENV_SIDE, 1), 0, 0, e.bytes));
ROW("clEnqueueWriteImage", "row pitch below a row", MEM_OR(CL_INVALID_VALUE),
    WRITE_TO(e.image, AT(0, 0, 0), AT(8, 8, 1), 31, 0, e.bytes));
ROW("clEnqueueWriteImage", "from nowhere", MEM_OR(CL_INVALID_VALUE),
    WRITE_TO(e.image, AT(0, 0, 0), AT(8, 8, 1), 0, 0, NULL));
ROW("clEnqueueWriteImage", "no host access", MEM_OR(CL_INVALID_OPERATION),
    WRITE_TO(e.host_none_image, AT(0, 0, 0), AT(8, 8, 1), 0, 0, e.bytes));

static const cl_uint color[4] = { 1, 2, 3, 4 };
#define FILL(queue, n, list, event) \
	clEnqueueFillImage(queue, e.image, color, AT(0, 0, 0), AT(8, 8, 1), n, list, event)
#define FILL_OF(mem, pixel, at, box) clEnqueueFillImage(e.queue, mem, pixel, at, box, 0, NULL, NULL)
IMAGE_COMMAND("clEnqueueFillImage", FILL);
ROW("clEnqueueFillImage", "no color", MEM_OR(CL_INVALID_VALUE),
    FILL_OF(e.image, NULL, AT(0, 0, 0), AT(8, 8, 1)));
ROW("clEnqueueFillImage", "past the edge", MEM_OR(CL_INVALID_VALUE),
    FILL_OF(e.image, color, AT(ENV_SIDE, 0, 0), AT(8, 8, 1)));
ROW("clEnqueueFillImage", "a buffer", CL_INVALID_MEM_OBJECT,
    FILL_OF(e.buffer, color, AT(0, 0, 0), AT(8, 8, 1)));

#define COPY(queue, n, list, event)                                                               \
	clEnqueueCopyImage(queue, e.image, e.second_image, AT(0, 0, 0), AT(0, 0, 0), AT(8, 8, 1), \
			   n, list, event)
#define COPY_OF(src, dst, from, to, box) \
	clEnqueueCopyImage(e.queue, src, dst, from, to, box, 0, NULL, NULL)
IMAGE_COMMAND("clEnqueueCopyImage", COPY);
ROW("clEnqueueCopyImage", "no source", CL_INVALID_MEM_OBJECT,
    COPY_OF(NULL, e.second_image, AT(0, 0, 0), AT(0, 0, 0), AT(8, 8, 1)));
ROW("clEnqueueCopyImage", "destination of another context", MEM_OR(CL_INVALID_CONTEXT),
    COPY_OF(e.image, e.other_image, AT(0, 0, 0), AT(0, 0, 0), AT(8, 8, 1)));
ROW("clEnqueueCopyImage", "source past the edge", MEM_OR(CL_INVALID_VALUE),
    COPY_OF(e.image, e.second_image, AT(ENV_SIDE, 0, 0), AT(0, 0, 0), AT(8, 8, 1)));
ROW("clEnqueueCopyImage", "destination past the edge", MEM_OR(CL_INVALID_VALUE),
    COPY_OF(e.image, e.second_image, AT(0, 0, 0), AT(0, ENV_SIDE - 7, 0), AT(8, 8, 1)));
ROW("clEnqueueCopyImage", "overlaps itself", MEM_OR(CL_MEM_COPY_OVERLAP),
    COPY_OF(e.image, e.image, AT(0, 0, 0), AT(4, 4, 0), AT(8, 8, 1)));

#define TO_BUFFER(queue, n, list, event)                                                           \
	clEnqueueCopyImageToBuffer(queue, e.image, e.buffer, AT(0, 0, 0), AT(8, 8, 1), 0, n, list, \
				   event)
#define TO_BUFFER_OF(src, dst, from, box, offset) \
	clEnqueueCopyImageToBuffer(e.queue, src, dst, from, box, offset, 0, NULL, NULL)
IMAGE_COMMAND("clEnqueueCopyImageToBuffer", TO_BUFFER);
ROW("clEnqueueCopyImageToBuffer", "no image", CL_INVALID_MEM_OBJECT,
    TO_BUFFER_OF(NULL, e.buffer, AT(0, 0, 0), AT(8, 8, 1), 0));
ROW("clEnqueueCopyImageToBuffer", "an image for the buffer", CL_INVALID_MEM_OBJECT,
    TO_BUFFER_OF(e.image, e.second_image, AT(0, 0, 0), AT(8, 8, 1), 0));
ROW("clEnqueueCopyImageToBuffer", "past the end of the buffer", MEM_OR(CL_INVALID_VALUE),
    TO_BUFFER_OF(e.image, e.buffer, AT(0, 0, 0), AT(8, 8, 1), ENV_BYTES));
ROW("clEnqueueCopyImageToBuffer", "past the edge of the image", MEM_OR(CL_INVALID_VALUE),
    TO_BUFFER_OF(e.image, e.buffer, AT(0, ENV_SIDE, 0), AT(8, 8, 1), 0));

#define FROM_BUFFER(queue, n, list, event)                                                         \
	clEnqueueCopyBufferToImage(queue, e.buffer, e.image, 0, AT(0, 0, 0), AT(8, 8, 1), n, list, \
				   event)
#define FROM_BUFFER_OF(src, dst, offset, to, box) \
	clEnqueueCopyBufferToImage(e.queue, src, dst, offset, to, box, 0, NULL, NULL)
IMAGE_COMMAND("clEnqueueCopyBufferToImage", FROM_BUFFER);
ROW("clEnqueueCopyBufferToImage", "no image", CL_INVALID_MEM_OBJECT,
    FROM_BUFFER_OF(e.buffer, NULL, 0, AT(0, 0, 0), AT(8, 8, 1)));
ROW("clEnqueueCopyBufferToImage", "past the end of the buffer", MEM_OR(CL_INVALID_VALUE),
    FROM_BUFFER_OF(e.buffer, e.image, ENV_BYTES - 8, AT(0, 0, 0), AT(8, 8, 1)));
ROW("clEnqueueCopyBufferToImage", "past the edge of the image", MEM_OR(CL_INVALID_VALUE),
    FROM_BUFFER_OF(e.buffer, e.image, 0, AT(ENV_SIDE, 0, 0), AT(8, 8, 1)));

static cl_int map(cl_command_queue queue, cl_mem mem, cl_map_flags flags, const size_t *at,
		  const size_t *box, size_t *pitch, cl_uint n, const cl_event *list,
		  cl_event *event)
{
	cl_int err = ANSWER_NONE, undone;
	size_t slice = 0;
	void *mapped = clEnqueueMapImage(queue, mem, CL_TRUE, flags, at, box, pitch, &slice, n,
					 list, event, &err);

	if ((err == CL_SUCCESS) != (mapped != NULL))
		return ANSWER_OBJECT_WITH_ERROR;
	if (!mapped)
		return err;
	undone = clEnqueueUnmapMemObject(queue, mem, mapped, 0, NULL, NULL);
	return undone ?: clFinish(queue);
}

#define MAP(queue, n, list, event) \
	map(queue, e.image, CL_MAP_READ, AT(0, 0, 0), AT(8, 8, 1), &(size_t){ 0 }, n, list, event)
#define MAP_OF(mem, flags, at, box, pitch) map(e.queue, mem, flags, at, box, pitch, 0, NULL, NULL)
IMAGE_COMMAND("clEnqueueMapImage", MAP);
ROW("clEnqueueMapImage", "no image", CL_INVALID_MEM_OBJECT,
    MAP_OF(NULL, CL_MAP_READ, AT(0, 0, 0), AT(8, 8, 1), &(size_t){ 0 }));
ROW("clEnqueueMapImage", "no room for the pitch", MEM_OR(CL_INVALID_VALUE),
    MAP_OF(e.image, CL_MAP_READ, AT(0, 0, 0), AT(8, 8, 1), NULL));
ROW("clEnqueueMapImage", "past the edge", MEM_OR(CL_INVALID_VALUE),
    MAP_OF(e.image, CL_MAP_READ, AT(ENV_SIDE, 0, 0), AT(8, 8, 1), &(size_t){ 0 }));
ROW("clEnqueueMapImage", "unknown flag", MEM_OR(CL_INVALID_VALUE),
    MAP_OF(e.image, 1 << 20, AT(0, 0, 0), AT(8, 8, 1), &(size_t){ 0 }));
ROW("clEnqueueMapImage", "no host access", MEM_OR(CL_INVALID_OPERATION),
    MAP_OF(e.host_none_image, CL_MAP_READ, AT(0, 0, 0), AT(8, 8, 1), &(size_t){ 0 }));

/* ---- samplers ---- */

#define SAMPLER(...) CREATE(clReleaseSampler, clCreateSampler(__VA_ARGS__, &err))
ROW("clCreateSampler", "plain", IMAGE_OR(CL_SUCCESS),
    SAMPLER(e.context, CL_FALSE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST));
ROW("clCreateSampler", "linear, repeated", IMAGE_OR(CL_SUCCESS),
    SAMPLER(e.context, CL_TRUE, CL_ADDRESS_REPEAT, CL_FILTER_LINEAR));
ROW("clCreateSampler", "unknown addressing", IMAGE_OR(CL_INVALID_VALUE),
    SAMPLER(e.context, CL_FALSE, 0x7fff, CL_FILTER_NEAREST));
ROW("clCreateSampler", "unknown filter", IMAGE_OR(CL_INVALID_VALUE),
    SAMPLER(e.context, CL_FALSE, CL_ADDRESS_CLAMP, 0x7fff));
ROW("clCreateSampler", "no context", CL_INVALID_CONTEXT,
    SAMPLER(NULL, CL_FALSE, CL_ADDRESS_CLAMP, CL_FILTER_NEAREST));

#define SAMPLER2(...) CREATE(clReleaseSampler, clCreateSamplerWithProperties(__VA_ARGS__, &err))
ROW("clCreateSamplerWithProperties", "plain", IMAGE_OR(CL_SUCCESS), SAMPLER2(e.context, NULL));
ROW("clCreateSamplerWithProperties", "all properties", IMAGE_OR(CL_SUCCESS),
    SAMPLER2(e.context, ((cl_sampler_properties[]){
				CL_SAMPLER_NORMALIZED_COORDS, CL_FALSE, CL_SAMPLER_ADDRESSING_MODE,
				CL_ADDRESS_CLAMP, CL_SAMPLER_FILTER_MODE, CL_FILTER_LINEAR, 0 })));
ROW("clCreateSamplerWithProperties", "unknown property", IMAGE_OR(CL_INVALID_VALUE),
    SAMPLER2(e.context, ((cl_sampler_properties[]){ 0x7fff, 1, 0 })));
ROW("clCreateSamplerWithProperties", "a property twice", IMAGE_OR(CL_INVALID_VALUE),
    SAMPLER2(e.context,
	     ((cl_sampler_properties[]){ CL_SAMPLER_FILTER_MODE, CL_FILTER_LINEAR,
					 CL_SAMPLER_FILTER_MODE, CL_FILTER_LINEAR, 0 })));
ROW("clCreateSamplerWithProperties", "no context", CL_INVALID_CONTEXT, SAMPLER2(NULL, NULL));

#define SAMPLER_OR(error) (e.images ? (error) : CL_INVALID_SAMPLER)
ROW("clRetainSampler", "and clReleaseSampler", SAMPLER_OR(CL_SUCCESS),
    clRetainSampler(e.sampler) ?: clReleaseSampler(e.sampler));
ROW("clRetainSampler", "no sampler", CL_INVALID_SAMPLER, clRetainSampler(NULL));
ROW("clRetainSampler", "object of another kind", CL_INVALID_SAMPLER,
    clRetainSampler(WRONG(cl_sampler)));
ROW("clReleaseSampler", "of a retained sampler", SAMPLER_OR(CL_SUCCESS),
    clRetainSampler(e.sampler) ?: clReleaseSampler(e.sampler));
ROW("clReleaseSampler", "no sampler", CL_INVALID_SAMPLER, clReleaseSampler(NULL));
ROW("clReleaseSampler", "object of another kind", CL_INVALID_SAMPLER,
    clReleaseSampler(WRONG(cl_sampler)));

#define SAMPLER_INFO(param, size) \
	INFO_OR(clGetSamplerInfo, e.sampler, #param, param, size, CL_INVALID_SAMPLER)
SAMPLER_INFO(CL_SAMPLER_REFERENCE_COUNT, sizeof(cl_uint));
SAMPLER_INFO(CL_SAMPLER_CONTEXT, sizeof(cl_context));
SAMPLER_INFO(CL_SAMPLER_NORMALIZED_COORDS, sizeof(cl_bool));
SAMPLER_INFO(CL_SAMPLER_ADDRESSING_MODE, sizeof(cl_addressing_mode));
SAMPLER_INFO(CL_SAMPLER_FILTER_MODE, sizeof(cl_filter_mode));
SAMPLER_INFO(CL_SAMPLER_PROPERTIES, 0);
ROW("clGetSamplerInfo", "unknown param_name", SAMPLER_OR(CL_INVALID_VALUE),
    clGetSamplerInfo(e.sampler, 0x7fff, 0, NULL, NULL));
ROW("clGetSamplerInfo", "no sampler", CL_INVALID_SAMPLER,
    clGetSamplerInfo(NULL, CL_SAMPLER_CONTEXT, 0, NULL, NULL));

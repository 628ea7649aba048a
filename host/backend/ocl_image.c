// SPDX-License-Identifier: MIT
/*
 * ocl_image - images of the driver. Over memory that the CPU sees, an image is made on those very
 * pages, in the layout that both ends agreed on. In place of a device-local allocation it has the
 * driver's own memory and layout, and the allocation gets no buffer meanwhile, so that the process
 * has what it is charged for and no more. One that is shared with a buffer is made from the
 * driver's buffer, for kernels; commands on it are those of the buffer (ocl_exec.c), because
 * drivers know them better.
 *
 * Locks: none of its own. @mapped and @in_use belong to the executor.
 */
#include "backend/ocl.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct ocl_image {
	struct backend_image base;
	struct ocl_buffer buffer;
	bool in_place; /* of its allocation, which has no buffer */
	void *mapped; /* the CPU's turn; see ocl_acquire() */
	bool in_use;
};

static struct ocl_image *image_of(struct backend_image *image)
{
	return (struct ocl_image *)image;
}

/* ---- formats ---- */

static const cl_mem_object_type cl_types[] = {
	[DXG_IMAGE_1D] = CL_MEM_OBJECT_IMAGE1D,
	[DXG_IMAGE_1D_BUFFER] = CL_MEM_OBJECT_IMAGE1D_BUFFER,
	[DXG_IMAGE_1D_ARRAY] = CL_MEM_OBJECT_IMAGE1D_ARRAY,
	[DXG_IMAGE_2D] = CL_MEM_OBJECT_IMAGE2D,
	[DXG_IMAGE_2D_ARRAY] = CL_MEM_OBJECT_IMAGE2D_ARRAY,
	[DXG_IMAGE_3D] = CL_MEM_OBJECT_IMAGE3D,
};

/* By bits of DXG_IMAGE_USE. */
static const cl_mem_flags cl_uses[] = {
	CL_MEM_READ_WRITE,
	CL_MEM_WRITE_ONLY,
	CL_MEM_READ_ONLY,
	CL_MEM_KERNEL_READ_AND_WRITE,
};

/* There cannot be more different ones. */
_Static_assert((DXG_ORDER_LAST - DXG_ORDER_FIRST + 1) * (DXG_TYPE_LAST - DXG_TYPE_FIRST + 1) ==
		       DXG_IMAGE_FORMATS_MAX,
	       "room for every format");

struct format_list {
	struct dxg_image_format *format;
	uint32_t count;
};

static void format_add(struct format_list *list, const cl_image_format *format, uint32_t use)
{
	uint32_t order = format->image_channel_order, type = format->image_channel_data_type, i;

	if (!dxg_image_pixel(order, type))
		return;
	for (i = 0; i < list->count; i++)
		if (list->format[i].order == order && list->format[i].data_type == type)
			break;
	list->count += i == list->count;
	list->format[i].order = order;
	list->format[i].data_type = type;
	list->format[i].uses |= use;
}

/* What the driver lists for a type and access; nothing where it does not know of these. */
static void formats_of(struct ocl_backend *ocl, uint32_t type, uint32_t access,
		       cl_image_format *room, struct format_list *list)
{
	cl_uint n = 0, i;

	if (ocl->cl.clGetSupportedImageFormats(ocl->context, cl_uses[access], cl_types[type],
					       DXG_IMAGE_FORMATS_MAX, room, &n))
		return;
	for (i = 0; i < n && i < DXG_IMAGE_FORMATS_MAX; i++)
		format_add(list, &room[i], DXG_IMAGE_USE(type, 1u << access));
}

static void all_formats(struct ocl_backend *ocl, cl_image_format *room, struct format_list *list)
{
	uint32_t type, access;

	for (type = 1; type <= DXG_IMAGE_TYPES; type++)
		for (access = 0; access < sizeof(cl_uses) / sizeof(cl_uses[0]); access++)
			formats_of(ocl, type, access, room, list);
}

int ocl_image_records(struct ocl_backend *ocl)
{
	cl_image_format *room = calloc(DXG_IMAGE_FORMATS_MAX, sizeof(*room));
	struct format_list list = {
		.format = calloc(DXG_IMAGE_FORMATS_MAX, sizeof(*list.format)),
	};
	cl_bool supported = CL_FALSE;
	int err = room && list.format ? 0 : -ENOMEM;

	ocl->cl.clGetDeviceInfo(ocl->device, CL_DEVICE_IMAGE_SUPPORT, sizeof(supported), &supported,
				NULL);
	if (!err && supported) {
		all_formats(ocl, room, &list);
		err = ocl_record(ocl, DXG_DEVICE_IMAGE_FORMATS, list.format,
				 list.count * sizeof(*list.format));
	}
	free(list.format);
	free(room);
	return err;
}

/* ---- creation ---- */

/* @linear: the pitches are ours, not the driver's. */
static cl_image_desc describe(const struct dxg_image_desc *d, bool linear)
{
	bool rows = linear && dxg_image_dimensions(d->type) > 1;
	cl_image_desc ret = {
		.image_type = cl_types[d->type],
		.image_width = d->extent[0],
		.image_row_pitch = rows ? d->row_pitch : 0,
	};

	switch (d->type) {
	case DXG_IMAGE_1D_ARRAY:
		ret.image_array_size = d->extent[1];
		ret.image_slice_pitch = ret.image_row_pitch;
		break;
	case DXG_IMAGE_2D:
		ret.image_height = d->extent[1];
		break;
	case DXG_IMAGE_2D_ARRAY:
		ret.image_height = d->extent[1];
		ret.image_array_size = d->extent[2];
		ret.image_slice_pitch = linear ? d->slice_pitch : 0;
		break;
	case DXG_IMAGE_3D:
		ret.image_height = d->extent[1];
		ret.image_depth = d->extent[2];
		ret.image_slice_pitch = linear ? d->slice_pitch : 0;
		break;
	}
	return ret;
}

static cl_mem create(struct ocl_backend *ocl, const struct dxg_image_desc *d, void *host,
		     cl_mem buffer, cl_int *ret_err)
{
	cl_image_format format = { d->order, d->data_type };
	cl_image_desc desc = describe(d, host || buffer);
	cl_mem_flags flags = d->access | (host ? CL_MEM_USE_HOST_PTR : 0);

	desc.mem_object = buffer;
	return ocl->cl.clCreateImage(ocl->context, flags, &format, &desc, host, ret_err);
}

/* From the driver's buffer, or a part of it that the image alone keeps. */
static cl_mem create_shared(struct ocl_backend *ocl, const struct dxg_image_desc *d,
			    const struct backend_span *span, cl_int *ret_err)
{
	cl_buffer_region region = { span->offset, span->size };
	struct ocl_buffer root;
	cl_mem part, image;

	*ret_err = ocl_buffer(ocl, span->alloc, &root);
	if (*ret_err)
		return NULL;
	if (!span->offset)
		return create(ocl, d, NULL, root.mem, ret_err);
	part = ocl->cl.clCreateSubBuffer(root.mem, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION,
					 &region, ret_err);
	if (*ret_err)
		return NULL;
	image = create(ocl, d, NULL, part, ret_err);
	ocl->cl.clReleaseMemObject(part);
	return image;
}

static cl_int zero(struct ocl_backend *ocl, const struct dxg_image_desc *d, cl_mem image)
{
	static const cl_uint black[4];
	size_t origin[3] = { 0 }, region[3] = { d->extent[0], d->extent[1], d->extent[2] };
	cl_event done;
	cl_int err;

	err = ocl->cl.clEnqueueFillImage(ocl->zero, image, black, origin, region, 0, NULL, &done);
	if (err)
		return err;
	err = ocl->cl.clWaitForEvents(1, &done);
	ocl->cl.clReleaseEvent(done);
	return err;
}

/* Device memory may hold what another process left there. */
static cl_mem create_in_place(struct ocl_backend *ocl, const struct dxg_image_desc *d,
			      cl_int *ret_err)
{
	cl_mem image = create(ocl, d, NULL, NULL, ret_err);

	if (*ret_err)
		return NULL;
	*ret_err = zero(ocl, d, image);
	if (!*ret_err)
		return image;
	ocl->cl.clReleaseMemObject(image);
	return NULL;
}

/* Both ends must count the same bytes. */
static cl_int check_pixel(struct ocl_backend *ocl, const struct ocl_image *image)
{
	size_t pixel = 0;

	if (ocl->cl.clGetImageInfo(image->buffer.mem, CL_IMAGE_ELEMENT_SIZE, sizeof(pixel), &pixel,
				   NULL) ||
	    pixel != image->base.pixel)
		return CL_IMAGE_FORMAT_NOT_SUPPORTED;
	return CL_SUCCESS;
}

static cl_int create_any(struct ocl_backend *ocl, struct ocl_image *image)
{
	const struct dxg_image_desc *d = &image->base.desc;
	const struct backend_span *span = &image->base.span;
	cl_int err;

	if (d->flags & DXG_IMAGE_SHARED)
		image->buffer.mem = create_shared(ocl, d, span, &err);
	else if (image->in_place)
		image->buffer.mem = create_in_place(ocl, d, &err);
	else
		image->buffer.mem = create(ocl, d, span->alloc->host + span->offset, NULL, &err);
	if (err) {
		image->buffer.mem = NULL;
		return err;
	}
	image->buffer.serial = atomic_fetch_add(&ocl->serial, 1) + 1;
	return check_pixel(ocl, image);
}

/* The first turn is the CPU's, whose bytes are there already. */
static cl_int first_turn(struct ocl_backend *ocl, struct ocl_image *image)
{
	bool turns = !ocl->direct && !image->in_place &&
		     !(image->base.desc.flags & DXG_IMAGE_SHARED);
	cl_int err;

	if (!turns)
		return CL_SUCCESS;
	err = ocl_image_release(ocl, ocl->util, &image->base);
	return err ? err : ocl->cl.clFinish(ocl->util);
}

/* Pixels that are filled as patterns of the buffer are 1, 2, 4, 8 or 16 bytes. */
static cl_int check_shared(const struct dxg_image_desc *desc)
{
	uint32_t pixel = dxg_image_pixel(desc->order, desc->data_type);

	return desc->flags & DXG_IMAGE_SHARED && (pixel & (pixel - 1))
		       ? CL_IMAGE_FORMAT_NOT_SUPPORTED
		       : CL_SUCCESS;
}

int ocl_image_create(struct backend *be, const struct dxg_image_desc *desc,
		     const struct backend_span *span, struct backend_image **ret,
		     int32_t *ret_error)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct ocl_image *image;

	*ret = NULL;
	if (!ocl_has_buffer(ocl, span->alloc))
		return -EINVAL;
	*ret_error = check_shared(desc);
	if (*ret_error)
		return 0;
	image = calloc(1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	image->base.desc = *desc;
	image->base.pixel = dxg_image_pixel(desc->order, desc->data_type);
	image->base.span = *span;
	image->in_place = !span->alloc->host && !(desc->flags & DXG_IMAGE_SHARED);
	if (image->in_place && (span->offset || !ocl_alloc_image_begin(ocl, span->alloc))) {
		free(image);
		return span->offset ? -EINVAL : -EBUSY;
	}
	*ret_error = create_any(ocl, image);
	if (!*ret_error)
		*ret_error = first_turn(ocl, image);
	if (*ret_error)
		ocl_image_destroy(be, &image->base);
	else
		*ret = &image->base;
	return 0;
}

void ocl_image_destroy(struct backend *be, struct backend_image *base)
{
	struct ocl_image *image = image_of(base);
	struct ocl_backend *ocl = ocl_of(be);

	if (image->buffer.mem)
		ocl->cl.clReleaseMemObject(image->buffer.mem);
	if (image->in_place)
		ocl_alloc_image_end(ocl, base->span.alloc);
	free(image);
}

struct ocl_buffer ocl_image_buffer(struct backend_image *image)
{
	return image_of(image)->buffer;
}

/* ---- turns of CPU and device ---- */

cl_int ocl_image_acquire(struct ocl_backend *ocl, cl_command_queue queue,
			 struct backend_image *base, bool *ret_first)
{
	struct ocl_image *image = image_of(base);
	void *mapped = image->mapped;

	*ret_first = !image->in_use;
	image->in_use = true;
	if (!mapped)
		return CL_SUCCESS;
	image->mapped = NULL;
	return ocl->cl.clEnqueueUnmapMemObject(queue, image->buffer.mem, mapped, 0, NULL, NULL);
}

cl_int ocl_image_release(struct ocl_backend *ocl, cl_command_queue queue,
			 struct backend_image *base)
{
	const __u64 *extent = base->desc.extent;
	size_t origin[3] = { 0 }, region[3] = { extent[0], extent[1], extent[2] };
	struct ocl_image *image = image_of(base);
	size_t row, slice;
	cl_int err = CL_SUCCESS;

	image->in_use = false;
	if (!image->in_place)
		image->mapped = ocl->cl.clEnqueueMapImage(
			queue, image->buffer.mem, CL_FALSE, CL_MAP_READ | CL_MAP_WRITE, origin,
			region, &row, &slice, 0, NULL, NULL, &err);
	return err;
}

/* ---- packets ---- */

static void sizes(size_t ret[3], const uint64_t value[3])
{
	int i;

	for (i = 0; i < 3; i++)
		ret[i] = value[i];
}

static cl_int enqueue_copy(struct ocl_backend *ocl, cl_command_queue queue,
			   const struct backend_copy_image *c, cl_event *event)
{
	size_t from[3], to[3], region[3];

	sizes(from, c->src_origin);
	sizes(to, c->dst_origin);
	sizes(region, c->region);
	return ocl->cl.clEnqueueCopyImage(queue, image_of(c->src)->buffer.mem,
					  image_of(c->dst)->buffer.mem, from, to, region, 0, NULL,
					  event);
}

static cl_int enqueue_to(struct ocl_backend *ocl, cl_command_queue queue,
			 const struct backend_image_memory *c, cl_mem memory, cl_event *event)
{
	cl_mem image = image_of(c->image)->buffer.mem;
	size_t origin[3], region[3];

	sizes(origin, c->origin);
	sizes(region, c->region);
	if (memory)
		return ocl->cl.clEnqueueCopyBufferToImage(queue, memory, image, c->memory.offset,
							  origin, region, 0, NULL, event);
	return ocl->cl.clEnqueueWriteImage(queue, image, CL_FALSE, origin, region, 0, 0,
					   c->memory.alloc->host + c->memory.offset, 0, NULL,
					   event);
}

static cl_int enqueue_from(struct ocl_backend *ocl, cl_command_queue queue,
			   const struct backend_image_memory *c, cl_mem memory, cl_event *event)
{
	cl_mem image = image_of(c->image)->buffer.mem;
	size_t origin[3], region[3];

	sizes(origin, c->origin);
	sizes(region, c->region);
	if (memory)
		return ocl->cl.clEnqueueCopyImageToBuffer(queue, image, memory, origin, region,
							  c->memory.offset, 0, NULL, event);
	return ocl->cl.clEnqueueReadImage(queue, image, CL_FALSE, origin, region, 0, 0,
					  c->memory.alloc->host + c->memory.offset, 0, NULL, event);
}

static cl_int enqueue_fill(struct ocl_backend *ocl, cl_command_queue queue,
			   const struct backend_fill_image *f, cl_event *event)
{
	size_t origin[3], region[3];

	sizes(origin, f->origin);
	sizes(region, f->region);
	return ocl->cl.clEnqueueFillImage(queue, image_of(f->image)->buffer.mem, f->color, origin,
					  region, 0, NULL, event);
}

/* The driver converts: a fill of an image of one pixel. */
cl_int ocl_image_pixel(struct ocl_backend *ocl, const struct backend_image *image,
		       const uint32_t color[4], uint8_t pixel[16])
{
	struct dxg_image_desc desc = {
		.type = DXG_IMAGE_2D,
		.access = DXG_IMAGE_READ_WRITE,
		.order = image->desc.order,
		.data_type = image->desc.data_type,
		.extent = { 1, 1, 1 },
	};
	const size_t origin[3] = { 0 }, region[3] = { 1, 1, 1 };
	cl_int err;
	cl_mem one;

	one = create(ocl, &desc, NULL, NULL, &err);
	if (err)
		return err;
	err = ocl->cl.clEnqueueFillImage(ocl->util, one, color, origin, region, 0, NULL, NULL);
	if (!err)
		err = ocl->cl.clEnqueueReadImage(ocl->util, one, CL_TRUE, origin, region, 0, 0,
						 pixel, 0, NULL, NULL);
	ocl->cl.clReleaseMemObject(one);
	return err;
}

cl_int ocl_image_enqueue(struct ocl_backend *ocl, cl_command_queue queue,
			 const struct backend_packet *packet, cl_mem memory, cl_event *event,
			 const char **ret_what)
{
	switch (packet->opcode) {
	case DXG_CMD_COPY_IMAGE:
		*ret_what = "clEnqueueCopyImage";
		return enqueue_copy(ocl, queue, &packet->copy_image, event);
	case DXG_CMD_COPY_TO_IMAGE:
		*ret_what = memory ? "clEnqueueCopyBufferToImage" : "clEnqueueWriteImage";
		return enqueue_to(ocl, queue, &packet->image_memory, memory, event);
	case DXG_CMD_COPY_FROM_IMAGE:
		*ret_what = memory ? "clEnqueueCopyImageToBuffer" : "clEnqueueReadImage";
		return enqueue_from(ocl, queue, &packet->image_memory, memory, event);
	default:
		*ret_what = "clEnqueueFillImage";
		return enqueue_fill(ocl, queue, &packet->fill_image, event);
	}
}

// SPDX-License-Identifier: MIT
/*
 * image_copy.c - commands that the device does alone with images: copies between images, to and
 * from buffers, and fills. Each is one packet, enqueued or recorded.
 */
#include "command_buffer.h"
#include "dxgwire/cmd.h"
#include "entry.h"
#include "image.h"

static const struct command_ops image_ops = { 0 };

static struct command *create(cl_command_queue queue, uint16_t opcode, size_t packet_size)
{
	struct command_shape shape = { sizeof(struct command), packet_size, 2 };

	return command_create(queue, &image_ops, &shape, opcode);
}

static cl_int check_object(cl_command_queue queue, cl_mem mem, bool valid)
{
	if (!valid)
		return CL_INVALID_MEM_OBJECT;
	return mem->context == queue->context ? CL_SUCCESS : CL_INVALID_CONTEXT;
}

static cl_int check_images(cl_command_queue queue, cl_mem src, cl_mem dst, const struct enqueue *e)
{
	cl_int err = command_check(queue, e);

	if (err == CL_SUCCESS)
		err = check_object(queue, src, image_valid(src));
	return err == CL_SUCCESS ? check_object(queue, dst, image_valid(dst)) : err;
}

static void take3(__u64 ret[3], const size_t value[3])
{
	for (int i = 0; i < 3; i++)
		ret[i] = value[i];
}

/* Bytes from the first to the last pixel of a region. */
static uint64_t extent(const struct image *image, const size_t region[3])
{
	return (region[2] - 1) * image->memory.slice + (region[1] - 1) * image->memory.row +
	       region[0] * image->pixel;
}

static uint64_t address(const struct _cl_mem *image, const size_t origin[3])
{
	return image->va + image_offset(image->image, &image->image->memory, origin);
}

static bool near(size_t a, size_t b, size_t n)
{
	return a < b ? b - a < n : a - b < n;
}

static bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* Of one image by coordinates, of images of one buffer by their bytes from first to last. */
static bool regions_overlap(cl_mem src, cl_mem dst, const size_t *from, const size_t *to,
			    const size_t *region)
{
	if (src == dst)
		return near(from[0], to[0], region[0]) && near(from[1], to[1], region[1]) &&
		       near(from[2], to[2], region[2]);
	return ranges_overlap(address(src, from), extent(src->image, region), address(dst, to),
			      extent(dst->image, region));
}

static cl_int check_copy(cl_mem src, cl_mem dst, const size_t *from, const size_t *to,
			 const size_t *region)
{
	const cl_image_format *a = &src->image->format, *b = &dst->image->format;

	if (a->image_channel_order != b->image_channel_order ||
	    a->image_channel_data_type != b->image_channel_data_type)
		return CL_IMAGE_FORMAT_MISMATCH;
	if (!image_region_valid(src->image, from, region) ||
	    !image_region_valid(dst->image, to, region))
		return CL_INVALID_VALUE;
	return regions_overlap(src, dst, from, to, region) ? CL_MEM_COPY_OVERLAP : CL_SUCCESS;
}

static cl_int copy_image(cl_command_queue queue, cl_mem src, cl_mem dst, const size_t *src_origin,
			 const size_t *dst_origin, const size_t *region, const struct enqueue *e)
{
	cl_int err = check_images(queue, src, dst, e);
	struct dxg_cmd_copy_image *copy;
	struct command *c;

	if (err == CL_SUCCESS)
		err = check_copy(src, dst, src_origin, dst_origin, region);
	if (err != CL_SUCCESS)
		return err;
	c = create(queue, DXG_CMD_COPY_IMAGE, sizeof(*copy));
	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	copy = c->packet;
	copy->dst = dst->image->id;
	copy->src = src->image->id;
	take3(copy->dst_origin, dst_origin);
	take3(copy->src_origin, src_origin);
	take3(copy->region, region);
	command_use(c, src);
	command_use(c, dst);
	return command_enqueue(c, e);
}

cl_int CL_API_CALL clEnqueueCopyImage(cl_command_queue queue, cl_mem src, cl_mem dst,
				      const size_t *src_origin, const size_t *dst_origin,
				      const size_t *region, cl_uint num_events,
				      const cl_event *events, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_COPY_IMAGE, CL_FALSE, num_events, events, event };

	return copy_image(queue, src, dst, src_origin, dst_origin, region, &e);
}

cl_int CL_API_CALL clCommandCopyImageKHR(
	cl_command_buffer_khr command_buffer, cl_command_queue command_queue, cl_mem src_image,
	cl_mem dst_image, const size_t *src_origin, const size_t *dst_origin, const size_t *region,
	cl_uint num_sync_points, const cl_sync_point_khr *sync_points,
	cl_sync_point_khr *sync_point, cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;

	return copy_image(recording_queue(&r), src_image, dst_image, src_origin, dst_origin, region,
			  &r.e);
}

/** struct part - pixels of an image, and where they are in a buffer, without gaps. */
struct part {
	cl_mem image;
	const size_t *origin;
	const size_t *region;
	cl_mem buffer;
	size_t offset;
};

static cl_int check_part(cl_command_queue queue, const struct part *p, const struct enqueue *e)
{
	cl_int err = command_check(queue, e);
	size_t bytes;

	if (err == CL_SUCCESS)
		err = check_object(queue, p->image, image_valid(p->image));
	if (err == CL_SUCCESS)
		err = check_object(queue, p->buffer, buffer_valid(p->buffer));
	if (err != CL_SUCCESS)
		return err;
	if (!image_region_valid(p->image->image, p->origin, p->region))
		return CL_INVALID_VALUE;
	bytes = p->region[0] * p->region[1] * p->region[2] * p->image->image->pixel;
	if (!buffer_range_valid(p->buffer, p->offset, bytes))
		return CL_INVALID_VALUE;
	if (ranges_overlap(address(p->image, p->origin), extent(p->image->image, p->region),
			   p->buffer->va + p->offset, bytes))
		return CL_MEM_COPY_OVERLAP;
	return buffer_aligned(p->buffer) ? CL_SUCCESS : CL_MISALIGNED_SUB_BUFFER_OFFSET;
}

static cl_int copy_part(cl_command_queue queue, const struct part *p, uint16_t opcode,
			const struct enqueue *e)
{
	cl_int err = check_part(queue, p, e);
	struct dxg_cmd_copy_image_memory *copy;
	struct command *c;

	if (err != CL_SUCCESS)
		return err;
	c = create(queue, opcode, sizeof(*copy));
	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	copy = c->packet;
	copy->image = p->image->image->id;
	copy->va = p->buffer->va + p->offset;
	take3(copy->origin, p->origin);
	take3(copy->region, p->region);
	command_use(c, p->image);
	command_use(c, p->buffer);
	return command_enqueue(c, e);
}

cl_int CL_API_CALL clEnqueueCopyImageToBuffer(cl_command_queue queue, cl_mem src, cl_mem dst,
					      const size_t *src_origin, const size_t *region,
					      size_t dst_offset, cl_uint num_events,
					      const cl_event *events, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_COPY_IMAGE_TO_BUFFER, CL_FALSE, num_events, events, event };
	struct part p = { src, src_origin, region, dst, dst_offset };

	return copy_part(queue, &p, DXG_CMD_COPY_FROM_IMAGE, &e);
}

cl_int CL_API_CALL clCommandCopyImageToBufferKHR(
	cl_command_buffer_khr command_buffer, cl_command_queue command_queue, cl_mem src_image,
	cl_mem dst_buffer, const size_t *src_origin, const size_t *region, size_t dst_offset,
	cl_uint num_sync_points, const cl_sync_point_khr *sync_points,
	cl_sync_point_khr *sync_point, cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;
	struct part p = { src_image, src_origin, region, dst_buffer, dst_offset };

	return copy_part(recording_queue(&r), &p, DXG_CMD_COPY_FROM_IMAGE, &r.e);
}

cl_int CL_API_CALL clEnqueueCopyBufferToImage(cl_command_queue queue, cl_mem src, cl_mem dst,
					      size_t src_offset, const size_t *dst_origin,
					      const size_t *region, cl_uint num_events,
					      const cl_event *events, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_COPY_BUFFER_TO_IMAGE, CL_FALSE, num_events, events, event };
	struct part p = { dst, dst_origin, region, src, src_offset };

	return copy_part(queue, &p, DXG_CMD_COPY_TO_IMAGE, &e);
}

cl_int CL_API_CALL clCommandCopyBufferToImageKHR(
	cl_command_buffer_khr command_buffer, cl_command_queue command_queue, cl_mem src_buffer,
	cl_mem dst_image, size_t src_offset, const size_t *dst_origin, const size_t *region,
	cl_uint num_sync_points, const cl_sync_point_khr *sync_points,
	cl_sync_point_khr *sync_point, cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;
	struct part p = { dst_image, dst_origin, region, src_buffer, src_offset };

	return copy_part(recording_queue(&r), &p, DXG_CMD_COPY_TO_IMAGE, &r.e);
}

static cl_int fill_image(cl_command_queue queue, cl_mem image, const void *fill_color,
			 const size_t *origin, const size_t *region, const struct enqueue *e)
{
	cl_int err = check_images(queue, image, image, e);
	struct dxg_cmd_fill_image *fill;
	struct command *c;

	if (err != CL_SUCCESS)
		return err;
	if (!fill_color || !image_region_valid(image->image, origin, region))
		return CL_INVALID_VALUE;
	c = create(queue, DXG_CMD_FILL_IMAGE, sizeof(*fill));
	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	fill = c->packet;
	fill->image = image->image->id;
	/* Depths are filled with one number. */
	memcpy(fill->color, fill_color,
	       image->image->format.image_channel_order == CL_DEPTH ? sizeof(cl_float)
								    : sizeof(fill->color));
	take3(fill->origin, origin);
	take3(fill->region, region);
	command_use(c, image);
	return command_enqueue(c, e);
}

cl_int CL_API_CALL clEnqueueFillImage(cl_command_queue queue, cl_mem image, const void *fill_color,
				      const size_t *origin, const size_t *region,
				      cl_uint num_events, const cl_event *events, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_FILL_IMAGE, CL_FALSE, num_events, events, event };

	return fill_image(queue, image, fill_color, origin, region, &e);
}

cl_int CL_API_CALL clCommandFillImageKHR(cl_command_buffer_khr command_buffer,
					 cl_command_queue command_queue, cl_mem image,
					 const void *fill_color, const size_t *origin,
					 const size_t *region, cl_uint num_sync_points,
					 const cl_sync_point_khr *sync_points,
					 cl_sync_point_khr *sync_point,
					 cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;

	return fill_image(recording_queue(&r), image, fill_color, origin, region, &r.e);
}

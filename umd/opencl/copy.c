// SPDX-License-Identifier: MIT
/*
 * copy.c - commands that the device does alone between buffers: copy, rectangular copy, fill. Each
 * is one packet, enqueued or recorded.
 */
#include "buffer.h"
#include "command_buffer.h"
#include "dxgwire/cmd.h"
#include "entry.h"
#include "queue.h"
#include "rect.h"

static const struct command_ops copy_ops = { 0 };

static struct command *create(cl_command_queue queue, uint16_t opcode, size_t packet_size)
{
	struct command_shape shape = { sizeof(struct command), packet_size, 2 };

	return command_create(queue, &copy_ops, &shape, opcode);
}

static cl_int check_buffer(cl_command_queue queue, cl_mem mem)
{
	if (!buffer_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	if (mem->context != queue->context)
		return CL_INVALID_CONTEXT;
	return buffer_aligned(mem) ? CL_SUCCESS : CL_MISALIGNED_SUB_BUFFER_OFFSET;
}

static cl_int check_pair(cl_command_queue queue, cl_mem src, cl_mem dst, const struct enqueue *e)
{
	cl_int err = command_check(queue, e);

	if (err == CL_SUCCESS)
		err = check_buffer(queue, src);
	return err == CL_SUCCESS ? check_buffer(queue, dst) : err;
}

/* Distance between two ranges of the same memory, by address: sub-buffers share their parent's. */
static bool ranges_overlap(uint64_t a, uint64_t b, uint64_t size)
{
	return a < b ? b - a < size : a - b < size;
}

static cl_int copy_buffer(cl_command_queue queue, cl_mem src, cl_mem dst, size_t src_offset,
			  size_t dst_offset, size_t size, const struct enqueue *e)
{
	cl_int err = check_pair(queue, src, dst, e);
	struct dxg_cmd_copy *copy;
	struct command *c;

	if (err != CL_SUCCESS)
		return err;
	if (!buffer_range_valid(src, src_offset, size) ||
	    !buffer_range_valid(dst, dst_offset, size))
		return CL_INVALID_VALUE;
	if (ranges_overlap(src->va + src_offset, dst->va + dst_offset, size))
		return CL_MEM_COPY_OVERLAP;
	c = create(queue, DXG_CMD_COPY, sizeof(*copy));
	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	copy = c->packet;
	copy->dst = dst->va + dst_offset;
	copy->src = src->va + src_offset;
	copy->size = size;
	command_use(c, src);
	command_use(c, dst);
	return command_enqueue(c, e);
}

cl_int CL_API_CALL clEnqueueCopyBuffer(cl_command_queue queue, cl_mem src_buffer, cl_mem dst_buffer,
				       size_t src_offset, size_t dst_offset, size_t size,
				       cl_uint num_events_in_wait_list,
				       const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_COPY_BUFFER, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };

	return copy_buffer(queue, src_buffer, dst_buffer, src_offset, dst_offset, size, &e);
}

cl_int CL_API_CALL clCommandCopyBufferKHR(cl_command_buffer_khr command_buffer,
					  cl_command_queue command_queue, cl_mem src_buffer,
					  cl_mem dst_buffer, size_t src_offset, size_t dst_offset,
					  size_t size, cl_uint num_sync_points,
					  const cl_sync_point_khr *sync_points,
					  cl_sync_point_khr *sync_point,
					  cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;

	return copy_buffer(recording_queue(&r), src_buffer, dst_buffer, src_offset, dst_offset,
			   size, &r.e);
}

static cl_int check_rects(cl_mem src, cl_mem dst, const struct rect *from, const struct rect *to,
			  const size_t *region)
{
	struct rect a = *from, b = *to;

	if (!buffer_range_valid(src, from->offset, from->extent) ||
	    !buffer_range_valid(dst, to->offset, to->extent))
		return CL_INVALID_VALUE;
	if (buffer_root(src) != buffer_root(dst))
		return CL_SUCCESS;
	if (src == dst && (from->row != to->row || from->slice != to->slice))
		return CL_INVALID_VALUE;
	a.offset += src->origin;
	b.offset += dst->origin;
	if (a.row != b.row || a.slice != b.slice) {
		/* Different sub-buffers with different pitches: be safe and compare the extents. */
		if (a.offset < b.offset + b.extent && b.offset < a.offset + a.extent)
			return CL_MEM_COPY_OVERLAP;
		return CL_SUCCESS;
	}
	return rects_overlap(&a, &b, region) ? CL_MEM_COPY_OVERLAP : CL_SUCCESS;
}

static void fill_rect(struct dxg_cmd_copy_rect *p, uint64_t dst, uint64_t src,
		      const struct rect *to, const struct rect *from)
{
	p->dst = dst + to->offset;
	p->src = src + from->offset;
	p->dst_pitch = to->row;
	p->dst_slice = to->slice;
	p->src_pitch = from->row;
	p->src_slice = from->slice;
}

/** struct end - one end of a rectangular copy, as the caller gave it. */
struct end {
	cl_mem buffer;
	const size_t *origin;
	size_t row;
	size_t slice;
};

static bool end_valid(const struct end *end, const size_t *region, struct rect *ret)
{
	return end->origin && region && rect_init(ret, end->origin, region, end->row, end->slice);
}

static cl_int copy_rect(cl_command_queue queue, const struct end *src, const struct end *dst,
			const size_t *region, const struct enqueue *e)
{
	cl_int err = check_pair(queue, src->buffer, dst->buffer, e);
	struct dxg_cmd_copy_rect *packet;
	struct rect from, to;
	struct command *c;

	if (err != CL_SUCCESS)
		return err;
	if (!end_valid(src, region, &from) || !end_valid(dst, region, &to))
		return CL_INVALID_VALUE;
	err = check_rects(src->buffer, dst->buffer, &from, &to, region);
	if (err != CL_SUCCESS)
		return err;
	c = create(queue, DXG_CMD_COPY_RECT, sizeof(*packet));
	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	packet = c->packet;
	fill_rect(packet, dst->buffer->va, src->buffer->va, &to, &from);
	for (int i = 0; i < 3; i++)
		packet->region[i] = region[i];
	command_use(c, src->buffer);
	command_use(c, dst->buffer);
	return command_enqueue(c, e);
}

cl_int CL_API_CALL clEnqueueCopyBufferRect(cl_command_queue queue, cl_mem src_buffer,
					   cl_mem dst_buffer, const size_t *src_origin,
					   const size_t *dst_origin, const size_t *region,
					   size_t src_row_pitch, size_t src_slice_pitch,
					   size_t dst_row_pitch, size_t dst_slice_pitch,
					   cl_uint num_events_in_wait_list,
					   const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_COPY_BUFFER_RECT, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	struct end src = { src_buffer, src_origin, src_row_pitch, src_slice_pitch };
	struct end dst = { dst_buffer, dst_origin, dst_row_pitch, dst_slice_pitch };

	return copy_rect(queue, &src, &dst, region, &e);
}

cl_int CL_API_CALL clCommandCopyBufferRectKHR(
	cl_command_buffer_khr command_buffer, cl_command_queue command_queue, cl_mem src_buffer,
	cl_mem dst_buffer, const size_t *src_origin, const size_t *dst_origin, const size_t *region,
	size_t src_row_pitch, size_t src_slice_pitch, size_t dst_row_pitch, size_t dst_slice_pitch,
	cl_uint num_sync_points, const cl_sync_point_khr *sync_points,
	cl_sync_point_khr *sync_point, cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;
	struct end src = { src_buffer, src_origin, src_row_pitch, src_slice_pitch };
	struct end dst = { dst_buffer, dst_origin, dst_row_pitch, dst_slice_pitch };

	return copy_rect(recording_queue(&r), &src, &dst, region, &r.e);
}

static bool pattern_valid(const void *pattern, size_t size)
{
	return pattern && size && size <= DXG_FILL_PATTERN_MAX && !(size & (size - 1));
}

static cl_int fill_buffer(cl_command_queue queue, cl_mem buffer, const void *pattern,
			  size_t pattern_size, size_t offset, size_t size, const struct enqueue *e)
{
	cl_int err = check_pair(queue, buffer, buffer, e);
	struct dxg_cmd_fill *fill;
	struct command *c;

	if (err != CL_SUCCESS)
		return err;
	if (!buffer_range_valid(buffer, offset, size) || !pattern_valid(pattern, pattern_size) ||
	    offset % pattern_size || size % pattern_size)
		return CL_INVALID_VALUE;
	c = create(queue, DXG_CMD_FILL, sizeof(*fill));
	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	fill = c->packet;
	fill->dst = buffer->va + offset;
	fill->size = size;
	fill->pattern_size = (uint32_t)pattern_size;
	memcpy(fill->pattern, pattern, pattern_size);
	command_use(c, buffer);
	return command_enqueue(c, e);
}

cl_int CL_API_CALL clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern,
				       size_t pattern_size, size_t offset, size_t size,
				       cl_uint num_events_in_wait_list,
				       const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_FILL_BUFFER, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };

	return fill_buffer(queue, buffer, pattern, pattern_size, offset, size, &e);
}

cl_int CL_API_CALL clCommandFillBufferKHR(cl_command_buffer_khr command_buffer,
					  cl_command_queue command_queue, cl_mem buffer,
					  const void *pattern, size_t pattern_size, size_t offset,
					  size_t size, cl_uint num_sync_points,
					  const cl_sync_point_khr *sync_points,
					  cl_sync_point_khr *sync_point,
					  cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;

	return fill_buffer(recording_queue(&r), buffer, pattern, pattern_size, offset, size, &r.e);
}

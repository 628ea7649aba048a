// SPDX-License-Identifier: MIT
/*
 * image_transfer.c - clEnqueueReadImage, clEnqueueWriteImage and clEnqueueMapImage: regions of
 * images as the boxes that transfer.c and map.c move.
 */
#include "entry.h"
#include "image.h"
#include "map.h"
#include "transfer.h"

/** struct image_args - a region and the application's memory, as the caller gave them. */
struct image_args {
	const size_t *origin;
	const size_t *region;
	size_t row;
	size_t slice;
	uint8_t *host;
};

static cl_int transfer(cl_command_queue queue, cl_mem mem, const struct image_args *a, bool write,
		       const struct enqueue *e)
{
	struct image_pitch pitch;
	struct box box;
	cl_int err;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (!image_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	err = transfer_check(queue, mem, write, e);
	if (err != CL_SUCCESS)
		return err;
	if (!a->host || !image_region_valid(mem->image, a->origin, a->region) ||
	    !image_pitch_init(mem->image, a->region, a->row, a->slice, &pitch))
		return CL_INVALID_VALUE;
	box = image_box(mem->image, a->origin, a->region);
	box.host = a->host;
	box.host_row = pitch.row;
	box.host_slice = pitch.slice;
	return transfer_enqueue(queue, mem, &box, write, e);
}

cl_int CL_API_CALL clEnqueueReadImage(cl_command_queue queue, cl_mem image, cl_bool blocking_read,
				      const size_t *origin, const size_t *region, size_t row_pitch,
				      size_t slice_pitch, void *ptr, cl_uint num_events,
				      const cl_event *events, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_READ_IMAGE, blocking_read, num_events, events, event };
	struct image_args a = { origin, region, row_pitch, slice_pitch, ptr };

	return transfer(queue, image, &a, false, &e);
}

cl_int CL_API_CALL clEnqueueWriteImage(cl_command_queue queue, cl_mem image, cl_bool blocking_write,
				       const size_t *origin, const size_t *region, size_t row_pitch,
				       size_t slice_pitch, const void *ptr, cl_uint num_events,
				       const cl_event *events, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_WRITE_IMAGE, blocking_write, num_events, events, event };
	struct image_args a = { origin, region, row_pitch, slice_pitch, (void *)(uintptr_t)ptr };

	return transfer(queue, image, &a, true, &e);
}

/* ---- maps ---- */

static bool has_slices(const struct image *image)
{
	return image->type == DXG_IMAGE_1D_ARRAY || image->type == DXG_IMAGE_2D_ARRAY ||
	       image->type == DXG_IMAGE_3D;
}

static cl_int check_map(cl_command_queue queue, cl_mem mem, const struct image_args *a,
			cl_map_flags flags, const struct enqueue *e)
{
	cl_int err;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (!image_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	if (mem->context != queue->context)
		return CL_INVALID_CONTEXT;
	err = queue_check(queue, e->wait_count, e->waits);
	if (err != CL_SUCCESS)
		return err;
	if (!image_region_valid(mem->image, a->origin, a->region))
		return CL_INVALID_VALUE;
	return map_check_flags(mem, flags);
}

/* Where the application is to see the region; nowhere yet in device-local memory. */
static struct box map_box(const struct _cl_mem *mem, const struct image_args *a)
{
	const struct image *image = mem->image;
	const struct image_pitch *pitch = mem->host_ptr ? &image->host : &image->memory;
	struct box box = image_box(image, a->origin, a->region);

	if (mem->host_ptr)
		box.host = mem->host_ptr + image_offset(image, pitch, a->origin);
	else if (mem->cpu)
		box.host = mem->cpu + box.offset;
	box.host_row = pitch->row;
	box.host_slice = pitch->slice;
	return box;
}

/* Of a 1D array, rows are layers: they step by its slice pitch. */
static void tell_pitches(const struct image *image, const struct box *box, size_t *row,
			 size_t *slice)
{
	bool array = image->type == DXG_IMAGE_1D_ARRAY;

	*row = box->host_row;
	if (slice)
		*slice = has_slices(image) ? (array ? box->host_row : box->host_slice) : 0;
}

void *CL_API_CALL clEnqueueMapImage(cl_command_queue queue, cl_mem image, cl_bool blocking_map,
				    cl_map_flags map_flags, const size_t *origin,
				    const size_t *region, size_t *row_pitch, size_t *slice_pitch,
				    cl_uint num_events, const cl_event *events, cl_event *event,
				    cl_int *errcode_ret)
{
	struct enqueue e = { CL_COMMAND_MAP_IMAGE, blocking_map, num_events, events, event };
	struct image_args a = { .origin = origin, .region = region };
	struct box where = { 0 };
	cl_int err = check_map(queue, image, &a, map_flags, &e);

	if (err == CL_SUCCESS && (!row_pitch || (!slice_pitch && has_slices(image->image))))
		err = CL_INVALID_VALUE;
	if (err == CL_SUCCESS) {
		where = map_box(image, &a);
		if (map_enqueue(queue, image, &where, map_flags, &e, &err))
			tell_pitches(image->image, &where, row_pitch, slice_pitch);
		else
			where.host = NULL;
	}
	set_error(errcode_ret, err);
	return where.host;
}

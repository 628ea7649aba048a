// SPDX-License-Identifier: MIT
/*
 * transfer.c - clEnqueueReadBuffer, clEnqueueWriteBuffer and their rectangular forms.
 *
 * A blocking or large transfer is a host command: its turn comes when all before it is done, and
 * the CPU moves the bytes (on a unified adapter one memcpy, no system call). A small non-blocking
 * one is a device command, so that the commands behind it need not wait for the CPU: a write packs
 * the bytes into staging when it is issued; a read has the device pack them, and unpacks when it is
 * done.
 *
 * A write must see what earlier reads into the same memory left there, and reads end on the CPU. In
 * the same queue, a write waits for reads that overlap it; when it waits for other queues' events
 * while any read is under way, it waits for them to be complete for the host.
 */
#include "transfer.h"

#include <errno.h>
#include <string.h>

#include "dxgwire/cmd.h"
#include "entry.h"
#include "rect.h"

struct box box_of_range(size_t offset, size_t size, void *host)
{
	return (struct box){
		.region = { size, 1, 1 },
		.offset = offset,
		.row = size,
		.slice = size,
		.host = host,
		.host_row = size,
		.host_slice = size,
	};
}

/* Bytes of the application's memory from the first to the last byte of the box. */
static size_t host_extent(const struct box *b)
{
	return (b->region[2] - 1) * b->host_slice + (b->region[1] - 1) * b->host_row + b->region[0];
}

struct layout {
	uint8_t *at;
	size_t row;
	size_t slice;
};

/* Do the rows and slices of the box follow each other there without gaps? */
static bool is_packed(const struct box *b, const struct layout *l)
{
	return (b->region[1] == 1 || l->row == b->region[0]) &&
	       (b->region[2] == 1 || l->slice == b->region[0] * b->region[1]);
}

static void copy_box(const struct box *b, struct layout dst, struct layout src)
{
	if (is_packed(b, &dst) && is_packed(b, &src)) {
		memcpy(dst.at, src.at, box_bytes(b));
		return;
	}
	for (size_t z = 0; z < b->region[2]; z++)
		for (size_t y = 0; y < b->region[1]; y++)
			memcpy(dst.at + z * dst.slice + y * dst.row,
			       src.at + z * src.slice + y * src.row, b->region[0]);
}

static struct layout host_layout(const struct box *b)
{
	return (struct layout){ b->host, b->host_row, b->host_slice };
}

static struct layout packed_layout(const struct box *b, uint8_t *at)
{
	return (struct layout){ at, b->region[0], b->region[0] * b->region[1] };
}

/* ---- packets between staging, packed, and the buffer ---- */

union copy_packet {
	struct dxg_cmd_header h;
	struct dxg_cmd_copy copy;
	struct dxg_cmd_copy_rect rect;
	struct dxg_cmd_copy_image_memory image;
};

static bool is_range(const struct box *b)
{
	return b->region[1] == 1 && b->region[2] == 1;
}

uint32_t box_packet_size(const struct box *b)
{
	if (b->image)
		return sizeof(struct dxg_cmd_copy_image_memory);
	return is_range(b) ? sizeof(struct dxg_cmd_copy) : sizeof(struct dxg_cmd_copy_rect);
}

uint16_t box_opcode(const struct box *b, bool write)
{
	if (b->image)
		return write ? DXG_CMD_COPY_TO_IMAGE : DXG_CMD_COPY_FROM_IMAGE;
	return is_range(b) ? DXG_CMD_COPY : DXG_CMD_COPY_RECT;
}

static void fill_copy(struct dxg_cmd_copy *p, const struct box *b, uint64_t buffer, uint64_t packed,
		      bool write)
{
	p->dst = write ? buffer : packed;
	p->src = write ? packed : buffer;
	p->size = b->region[0];
}

static void fill_rect(struct dxg_cmd_copy_rect *p, const struct box *b, uint64_t buffer,
		      uint64_t packed, bool write)
{
	size_t packed_slice = b->region[0] * b->region[1];

	p->dst = write ? buffer : packed;
	p->src = write ? packed : buffer;
	p->dst_pitch = write ? b->row : b->region[0];
	p->dst_slice = write ? b->slice : packed_slice;
	p->src_pitch = write ? b->region[0] : b->row;
	p->src_slice = write ? packed_slice : b->slice;
	for (int i = 0; i < 3; i++)
		p->region[i] = b->region[i];
}

static void fill_image(struct dxg_cmd_copy_image_memory *p, const struct box *b, uint64_t packed)
{
	p->image = b->image;
	p->va = packed;
	for (int i = 0; i < 3; i++) {
		p->origin[i] = b->origin[i];
		p->region[i] = i ? b->region[i] : b->region[i] / b->pixel;
	}
}

void box_fill_packet(void *packet, const struct box *b, const struct _cl_mem *mem, uint64_t packed,
		     bool write)
{
	if (b->image)
		fill_image(packet, b, packed);
	else if (is_range(b))
		fill_copy(packet, b, mem->va + b->offset, packed, write);
	else
		fill_rect(packet, b, mem->va + b->offset, packed, write);
}

/* ---- device commands ---- */

struct transfer {
	struct command c;
	struct _cl_mem *mem;
	struct box box;
	struct staging_piece piece;
};

/*
 * Reads in flight of the same queue are in its list; the caller waits for the oldest command and
 * asks again.
 */
static bool read_overlaps(const struct transfer *write);

static int prepare_write(struct command *c)
{
	struct transfer *t = (struct transfer *)c;
	int err;

	if (atomic_load(&c->queue->context->reads) && read_overlaps(t))
		return -EAGAIN;
	err = staging_get(&c->queue->staging, c->queue->context->vgpu, box_bytes(&t->box),
			  &t->piece);
	if (err < 0)
		return err;
	copy_box(&t->box, packed_layout(&t->box, t->piece.cpu), host_layout(&t->box));
	box_fill_packet(c->packet, &t->box, t->mem, t->piece.va, true);
	return 0;
}

static int prepare_read(struct command *c)
{
	struct transfer *t = (struct transfer *)c;
	int err = staging_get(&c->queue->staging, c->queue->context->vgpu, box_bytes(&t->box),
			      &t->piece);

	if (err < 0)
		return err;
	box_fill_packet(c->packet, &t->box, t->mem, t->piece.va, false);
	return 0;
}

static void finish_write(struct command *c)
{
	staging_put(&c->queue->staging, &((struct transfer *)c)->piece);
}

static void finish_read(struct command *c)
{
	struct transfer *t = (struct transfer *)c;

	copy_box(&t->box, host_layout(&t->box), packed_layout(&t->box, t->piece.cpu));
	staging_put(&c->queue->staging, &t->piece);
}

/* Reads of all kinds count in context->reads from enqueue to destruction. */
static void destroy_read(struct command *c)
{
	atomic_fetch_sub(&c->queue->context->reads, 1);
}

static const struct command_ops write_ops = { .prepare = prepare_write, .finish = finish_write };
static const struct command_ops read_ops = {
	.prepare = prepare_read,
	.finish = finish_read,
	.destroy = destroy_read,
};

static bool read_overlaps(const struct transfer *write)
{
	const uint8_t *from = write->box.host, *to = from + host_extent(&write->box);

	for (const struct command *c = write->c.queue->inflight.head; c; c = c->next) {
		const struct transfer *t = (const struct transfer *)c;

		if (c->ops == &read_ops && t->box.host < to &&
		    from < t->box.host + host_extent(&t->box))
			return true;
	}
	return false;
}

/* ---- host commands ---- */

static cl_int move_through(cl_command_queue queue, struct _cl_mem *mem, const struct box *b,
			   bool write, const struct staging_piece *piece)
{
	struct layout packed = packed_layout(b, piece->cpu);
	union copy_packet p = { .h = { .opcode = box_opcode(b, write),
				       .size = box_packet_size(b) } };

	if (write)
		copy_box(b, packed, host_layout(b));
	box_fill_packet(&p, b, mem, piece->va, write);
	if (queue_run_packet(queue, &p, p.h.size) < 0)
		return CL_OUT_OF_RESOURCES;
	if (!write)
		copy_box(b, host_layout(b), packed);
	return CL_COMPLETE;
}

/* Nothing else is in flight, so the whole staging ring is free; take one piece for all parts. */
static cl_int get_piece(cl_command_queue queue, size_t size, struct staging_piece *ret)
{
	int err;

	pthread_mutex_lock(&queue->lock);
	err = staging_get(&queue->staging, queue->context->vgpu, size, ret);
	pthread_mutex_unlock(&queue->lock);
	return err < 0 ? CL_OUT_OF_RESOURCES : CL_COMPLETE;
}

static void put_piece(cl_command_queue queue, const struct staging_piece *piece)
{
	pthread_mutex_lock(&queue->lock);
	staging_put(&queue->staging, piece);
	pthread_mutex_unlock(&queue->lock);
}

/* The part that begins @x bytes, @y rows and @z slices inside a box; its region is the caller's. */
static struct box part_at(const struct box *box, size_t x, size_t y, size_t z)
{
	struct box part = *box;

	part.offset += z * box->slice + y * box->row + x;
	part.host += z * box->host_slice + y * box->host_row + x;
	part.origin[0] += box->image ? x / box->pixel : 0;
	part.origin[1] += y;
	part.origin[2] += z;
	return part;
}

/* Parts of the box that fit a piece: some rows of one slice, or a stretch of one row. */
static cl_int move_parts(cl_command_queue queue, struct _cl_mem *mem, const struct box *box,
			 bool write, const struct staging_piece *piece)
{
	size_t most = STAGING_PIECE_MAX - (box->image ? STAGING_PIECE_MAX % box->pixel : 0);
	size_t stretch = box->region[0] < most ? box->region[0] : most;
	size_t rows = stretch < box->region[0] ? 1 : STAGING_PIECE_MAX / stretch;
	cl_int status = CL_COMPLETE;

	for (size_t z = 0; z < box->region[2]; z++)
		for (size_t y = 0; y < box->region[1]; y += rows)
			for (size_t x = 0; x < box->region[0] && status == CL_COMPLETE;
			     x += stretch) {
				struct box part = part_at(box, x, y, z);

				part.region[0] = box->region[0] - x < stretch ? box->region[0] - x
									      : stretch;
				part.region[1] = box->region[1] - y < rows ? box->region[1] - y
									   : rows;
				part.region[2] = 1;
				status = move_through(queue, mem, &part, write, piece);
			}
	return status;
}

cl_int transfer_now(cl_command_queue queue, struct _cl_mem *mem, const struct box *box, bool write)
{
	struct staging_piece piece;
	cl_int status;

	if (mem->cpu) {
		struct layout buffer = { mem->cpu + box->offset, box->row, box->slice };

		if (write)
			copy_box(box, buffer, host_layout(box));
		else
			copy_box(box, host_layout(box), buffer);
		return CL_COMPLETE;
	}
	status = get_piece(queue,
			   box_bytes(box) < STAGING_PIECE_MAX ? box_bytes(box) : STAGING_PIECE_MAX,
			   &piece);
	if (status != CL_COMPLETE)
		return status;
	status = move_parts(queue, mem, box, write, &piece);
	put_piece(queue, &piece);
	return status;
}

static cl_int run_write(struct command *c)
{
	struct transfer *t = (struct transfer *)c;

	return transfer_now(c->queue, t->mem, &t->box, true);
}

static cl_int run_read(struct command *c)
{
	struct transfer *t = (struct transfer *)c;

	return transfer_now(c->queue, t->mem, &t->box, false);
}

static const struct command_ops host_write_ops = { .run = run_write };
static const struct command_ops host_read_ops = { .run = run_read, .destroy = destroy_read };

/* ---- enqueue ---- */

cl_int transfer_enqueue(cl_command_queue queue, struct _cl_mem *mem, const struct box *box,
			bool write, const struct enqueue *e)
{
	bool host = e->blocking || box_bytes(box) > STAGING_PIECE_MAX;
	const struct command_ops *ops = host ? (write ? &host_write_ops : &host_read_ops)
					     : (write ? &write_ops : &read_ops);
	struct command_shape shape = {
		.object_size = sizeof(struct transfer),
		.packet_size = host ? 0 : box_packet_size(box),
		.use_room = 1,
	};
	struct transfer *t = command_create(queue, ops, &shape, box_opcode(box, write));

	if (!t)
		return CL_OUT_OF_HOST_MEMORY;
	t->mem = mem;
	t->box = *box;
	t->c.host_deps = write && atomic_load(&queue->context->reads);
	if (!write)
		atomic_fetch_add(&queue->context->reads, 1);
	command_use(&t->c, mem);
	return command_enqueue(&t->c, e);
}

cl_int transfer_upload(struct _cl_mem *mem, const struct box *box)
{
	struct enqueue e = { .type = CL_COMMAND_WRITE_BUFFER, .blocking = CL_TRUE };
	cl_command_queue queue;
	cl_int err;

	if (mem->cpu) {
		copy_box(box, (struct layout){ mem->cpu + box->offset, box->row, box->slice },
			 host_layout(box));
		return CL_SUCCESS;
	}
	queue = queue_create(mem->context, 0, &err);
	if (!queue)
		return err;
	err = transfer_enqueue(queue, mem, box, true, &e);
	object_release(queue, &queue_ops);
	return err;
}

cl_int transfer_check(cl_command_queue queue, const struct _cl_mem *mem, bool write,
		      const struct enqueue *e)
{
	cl_mem_flags refused = write ? CL_MEM_HOST_READ_ONLY : CL_MEM_HOST_WRITE_ONLY;
	cl_int err;

	if (mem->context != queue->context)
		return CL_INVALID_CONTEXT;
	err = queue_check(queue, e->wait_count, e->waits);
	if (err != CL_SUCCESS)
		return err;
	return mem->flags & (refused | CL_MEM_HOST_NO_ACCESS) ? CL_INVALID_OPERATION : CL_SUCCESS;
}

static cl_int check_buffer(cl_command_queue queue, cl_mem mem, bool write, const struct enqueue *e)
{
	cl_int err;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (!buffer_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	err = transfer_check(queue, mem, write, e);
	if (err != CL_SUCCESS)
		return err;
	return buffer_aligned(mem) ? CL_SUCCESS : CL_MISALIGNED_SUB_BUFFER_OFFSET;
}

static cl_int transfer_range(cl_command_queue queue, cl_mem mem, const struct box *box, bool write,
			     const struct enqueue *e)
{
	cl_int err = check_buffer(queue, mem, write, e);

	if (err != CL_SUCCESS)
		return err;
	if (!box->host || !buffer_range_valid(mem, box->offset, box->region[0]))
		return CL_INVALID_VALUE;
	return transfer_enqueue(queue, mem, box, write, e);
}

cl_int CL_API_CALL clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking_read,
				       size_t offset, size_t size, void *ptr,
				       cl_uint num_events_in_wait_list,
				       const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_READ_BUFFER, blocking_read, num_events_in_wait_list,
			     event_wait_list, event };
	struct box box = box_of_range(offset, size, ptr);

	return transfer_range(queue, buffer, &box, false, &e);
}

cl_int CL_API_CALL clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer,
					cl_bool blocking_write, size_t offset, size_t size,
					const void *ptr, cl_uint num_events_in_wait_list,
					const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_WRITE_BUFFER, blocking_write, num_events_in_wait_list,
			     event_wait_list, event };
	struct box box = box_of_range(offset, size, (void *)(uintptr_t)ptr);

	return transfer_range(queue, buffer, &box, true, &e);
}

/** struct rect_args - the layout arguments of the rectangular forms, as the caller gave them. */
struct rect_args {
	const size_t *buffer_origin;
	const size_t *host_origin;
	const size_t *region;
	size_t buffer_row;
	size_t buffer_slice;
	size_t host_row;
	size_t host_slice;
	uint8_t *host;
};

static cl_int transfer_rect(cl_command_queue queue, cl_mem mem, const struct rect_args *r,
			    bool write, const struct enqueue *e)
{
	struct rect buffer, host;
	struct box box;
	cl_int err = check_buffer(queue, mem, write, e);

	if (err != CL_SUCCESS)
		return err;
	if (!r->buffer_origin || !r->host_origin || !r->region || !r->host)
		return CL_INVALID_VALUE;
	if (!rect_init(&buffer, r->buffer_origin, r->region, r->buffer_row, r->buffer_slice) ||
	    !rect_init(&host, r->host_origin, r->region, r->host_row, r->host_slice) ||
	    !buffer_range_valid(mem, buffer.offset, buffer.extent))
		return CL_INVALID_VALUE;
	box = (struct box){
		.region = { r->region[0], r->region[1], r->region[2] },
		.offset = buffer.offset,
		.row = buffer.row,
		.slice = buffer.slice,
		.host = r->host + host.offset,
		.host_row = host.row,
		.host_slice = host.slice,
	};
	return transfer_enqueue(queue, mem, &box, write, e);
}

cl_int CL_API_CALL clEnqueueReadBufferRect(cl_command_queue queue, cl_mem buffer,
					   cl_bool blocking_read, const size_t *buffer_offset,
					   const size_t *host_offset, const size_t *region,
					   size_t buffer_row_pitch, size_t buffer_slice_pitch,
					   size_t host_row_pitch, size_t host_slice_pitch,
					   void *ptr, cl_uint num_events_in_wait_list,
					   const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_READ_BUFFER_RECT, blocking_read, num_events_in_wait_list,
			     event_wait_list, event };
	struct rect_args r = {
		buffer_offset,	    host_offset,    region,	      buffer_row_pitch,
		buffer_slice_pitch, host_row_pitch, host_slice_pitch, ptr
	};

	return transfer_rect(queue, buffer, &r, false, &e);
}

cl_int CL_API_CALL clEnqueueWriteBufferRect(cl_command_queue queue, cl_mem buffer,
					    cl_bool blocking_write, const size_t *buffer_offset,
					    const size_t *host_offset, const size_t *region,
					    size_t buffer_row_pitch, size_t buffer_slice_pitch,
					    size_t host_row_pitch, size_t host_slice_pitch,
					    const void *ptr, cl_uint num_events_in_wait_list,
					    const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_WRITE_BUFFER_RECT, blocking_write, num_events_in_wait_list,
			     event_wait_list, event };
	struct rect_args r = { buffer_offset,	 host_offset,		region,
			       buffer_row_pitch, buffer_slice_pitch,	host_row_pitch,
			       host_slice_pitch, (void *)(uintptr_t)ptr };

	return transfer_rect(queue, buffer, &r, true, &e);
}

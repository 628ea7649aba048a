// SPDX-License-Identifier: MIT
/*
 * transfer.c - clEnqueueReadBuffer, clEnqueueWriteBuffer and their rectangular forms.
 *
 * A small transfer is a device command, so that neither it nor the commands behind it wait for the
 * CPU: a write packs the bytes into staging when it is issued; a read has the device pack them, and
 * unpacks when it is done. A large one is a host command: its turn comes when all before it is
 * done, and the CPU moves the bytes (relay.c). So is a blocking one where the CPU sees the memory:
 * there it is one memcpy, and no system call.
 *
 * A write must see what earlier reads into the same memory left there, and reads end on the CPU. In
 * the same queue, a write waits for reads that overlap it; when it waits for other queues' events
 * while any read is under way, it waits for them to be complete for the host.
 */
#include "transfer.h"

#include <errno.h>

#include "entry.h"
#include "rect.h"
#include "relay.h"

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
	box_pack(&t->box, t->piece.cpu);
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

	box_unpack(&t->box, t->piece.cpu);
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
	for (const struct command *c = write->c.queue->inflight.head; c; c = c->next) {
		const struct transfer *t = (const struct transfer *)c;

		if (c->ops == &read_ops && box_host_overlap(&t->box, &write->box))
			return true;
	}
	return false;
}

/* ---- host commands ---- */

static cl_int run_write(struct command *c)
{
	struct transfer *t = (struct transfer *)c;

	return relay_box(c->queue, t->mem, &t->box, true);
}

static cl_int run_read(struct command *c)
{
	struct transfer *t = (struct transfer *)c;

	return relay_box(c->queue, t->mem, &t->box, false);
}

static const struct command_ops host_write_ops = { .run = run_write };
static const struct command_ops host_read_ops = { .run = run_read, .destroy = destroy_read };

/* ---- enqueue ---- */

cl_int transfer_enqueue(cl_command_queue queue, struct _cl_mem *mem, const struct box *box,
			bool write, const struct enqueue *e)
{
	bool host = box_bytes(box) > STAGING_PIECE_MAX || (e->blocking && mem->cpu);
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
	t->c.lengthy = box_bytes(box) > STAGING_PIECE_MAX;
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
		mem_will_write(mem, box);
		box_copy(box, mem->cpu, true);
		return CL_SUCCESS;
	}
	queue = queue_create(mem->context, mem->context->device, 0, &err);
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

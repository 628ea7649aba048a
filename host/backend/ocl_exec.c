// SPDX-License-Identifier: MIT
/*
 * ocl_exec - submissions on a queue. Packets are enqueued one after the other without waiting; the
 * queue is in order, so a barrier needs nothing. At the end there is one wait, after which profile
 * records are written.
 *
 * A stretch is what is enqueued between two waits. Most submissions are one stretch; a packet that
 * only the CPU can do (a timestamp, a copy between two places that only it can reach) ends one. On
 * a CPU device such a packet, and a copy or fill while no command is outstanding, is done right
 * here: the device would do the same, two thread switches later.
 *
 * Everything here belongs to the executor.
 */
#include "backend/ocl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What takes turns and is the device's for now: an allocation or an image. */
struct ocl_use {
	struct backend_alloc *alloc;
	struct backend_image *image;
};

/* A profile record that waits for the end of its stretch. */
struct ocl_record {
	struct backend_span span;
	cl_event first;
	cl_event last;
};

struct backend_context {
	cl_command_queue queue;
	/* memory of submissions, used again */
	struct ocl_record *record;
	size_t records, record_room;
	struct ocl_use *used;
	size_t uses, use_room;
};

/* One submission being executed. */
struct ocl_run {
	struct ocl_backend *ocl;
	struct backend_context *context;
	const struct backend_packet *packet; /* being executed */
	struct backend_result *result;
	uint64_t start; /* when the CPU could begin with the packet */
	bool closing; /* the packet is the submission's last one */
	/* the stretch: its first command, and the last one that has an event; NULL: there is none
	 */
	cl_event first;
	cl_event last;
	bool unwatched; /* commands without an event came after @last */
	uint64_t before; /* the worker's clock around enqueueing the first */
	uint64_t after;
	cl_event command; /* the event of the command just enqueued */
	/* the packet's own commands */
	cl_event packet_first;
	cl_event packet_last;
};

static const char *const packet_names[] = {
	[DXG_CMD_BARRIER] = "BARRIER",
	[DXG_CMD_COPY] = "COPY",
	[DXG_CMD_COPY_RECT] = "COPY_RECT",
	[DXG_CMD_FILL] = "FILL",
	[DXG_CMD_DISPATCH] = "DISPATCH",
	[DXG_CMD_TIMESTAMP] = "TIMESTAMP",
	[DXG_CMD_COPY_IMAGE] = "COPY_IMAGE",
	[DXG_CMD_COPY_TO_IMAGE] = "COPY_TO_IMAGE",
	[DXG_CMD_COPY_FROM_IMAGE] = "COPY_FROM_IMAGE",
	[DXG_CMD_FILL_IMAGE] = "FILL_IMAGE",
};

static int failed(struct ocl_run *run, const char *what, cl_int error)
{
	const struct backend_packet *p = run->packet;

	backend_say(&run->result->text, "packet %u (%s) %s: %s (%d)", p->index,
		    packet_names[p->opcode], what, ocl_error(error), error);
	return -EIO;
}

static int no_memory(struct ocl_run *run)
{
	backend_say(&run->result->text, "packet %u (%s): no memory", run->packet->index,
		    packet_names[run->packet->opcode]);
	return -ENOMEM;
}

/* ---- contexts ---- */

int ocl_context_create(struct backend *be, uint32_t node, struct ipc_units units,
		       struct backend_context **ret)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct backend_context *context = calloc(1, sizeof(*context));
	cl_device_id device;
	int result;
	cl_int err;

	(void)node;
	if (!context)
		return -ENOMEM;
	result = ocl_units_device(ocl, units, &device);
	if (result) {
		free(context);
		return result;
	}
	context->queue =
		ocl->cl.clCreateCommandQueue(ocl->context, device, CL_QUEUE_PROFILING_ENABLE, &err);
	if (err) {
		free(context);
		return -EIO;
	}
	*ret = context;
	return 0;
}

void ocl_context_destroy(struct backend *be, struct backend_context *context)
{
	ocl_of(be)->cl.clReleaseCommandQueue(context->queue);
	free(context->record);
	free(context->used);
	free(context);
}

/* ---- events ---- */

static void event_drop(struct ocl_backend *ocl, cl_event *event)
{
	if (*event)
		ocl->cl.clReleaseEvent(*event);
	*event = NULL;
}

static cl_event event_keep(struct ocl_backend *ocl, cl_event event)
{
	if (event)
		ocl->cl.clRetainEvent(event);
	return event;
}

static bool outstanding(const struct ocl_run *run)
{
	return run->last;
}

/*
 * Before a command is enqueued: the first of a stretch is timed, for drivers with other clocks.
 *
 * Return: where the driver shall put the command's event; NULL when nobody asks for it, which
 * drivers do for less. The first and the last of a stretch and what has a profile record are
 * asked for.
 */
static cl_event *enqueue_begin(struct ocl_run *run)
{
	run->command = NULL;
	if (!outstanding(run))
		run->before = ocl_clock_now(run->ocl);
	else if (!run->closing && !run->packet->profile.alloc)
		return NULL;
	return &run->command;
}

/* A command was enqueued, or was not. */
static int enqueue_end(struct ocl_run *run, const char *what, cl_int error)
{
	struct ocl_backend *ocl = run->ocl;
	cl_event event = run->command;

	if (error)
		return failed(run, what, error);
	run->unwatched = !event;
	if (!event)
		return 0;
	if (!run->first) {
		run->first = event_keep(ocl, event);
		run->after = ocl_clock_now(ocl);
	}
	event_drop(ocl, &run->last);
	run->last = event;
	if (!run->packet->profile.alloc)
		return 0;
	if (!run->packet_first)
		run->packet_first = event_keep(ocl, event);
	event_drop(ocl, &run->packet_last);
	run->packet_last = event_keep(ocl, event);
	return 0;
}

static uint64_t event_time(const struct ocl_run *run, cl_event event, cl_profiling_info which)
{
	cl_ulong ns = 0;

	run->ocl->cl.clGetEventProfilingInfo(event, which, sizeof(ns), &ns, NULL);
	return ns;
}

/* What to add to the device's clock to get the worker's. */
static uint64_t clock_offset(const struct ocl_run *run)
{
	uint64_t queued;

	if (run->ocl->clock_is_device)
		return 0;
	queued = event_time(run, run->first, CL_PROFILING_COMMAND_QUEUED);
	return run->before + (run->after - run->before) / 2 - queued;
}

/* ---- profile records ---- */

static int profile_write(struct ocl_run *run, const struct backend_span *span, uint64_t start,
			 uint64_t end)
{
	struct dxg_cmd_profile profile = { .start_ns = start, .end_ns = end };

	return backend_write(&run->ocl->base, span, &profile);
}

static int profile_later(struct ocl_run *run)
{
	struct backend_context *context = run->context;

	if (context->records == context->record_room) {
		size_t room = context->record_room ? 2 * context->record_room : 16;
		void *p = realloc(context->record, room * sizeof(*context->record));

		if (!p)
			return no_memory(run);
		context->record = p;
		context->record_room = room;
	}
	context->record[context->records++] = (struct ocl_record){
		run->packet->profile,
		run->packet_first,
		run->packet_last,
	};
	run->packet_first = NULL;
	run->packet_last = NULL;
	return 0;
}

static int profiles_write(struct ocl_run *run, uint64_t offset)
{
	struct backend_context *context = run->context;
	size_t i;
	int err = 0;

	for (i = 0; i < context->records && !err; i++) {
		struct ocl_record *r = &context->record[i];

		err = profile_write(run, &r->span,
				    event_time(run, r->first, CL_PROFILING_COMMAND_START) + offset,
				    event_time(run, r->last, CL_PROFILING_COMMAND_END) + offset);
	}
	return err;
}

/* ---- stretches ---- */

static void stretch_drop(struct ocl_run *run)
{
	struct backend_context *context = run->context;
	struct ocl_backend *ocl = run->ocl;

	while (context->records) {
		struct ocl_record *r = &context->record[--context->records];

		event_drop(ocl, &r->first);
		event_drop(ocl, &r->last);
	}
	run->unwatched = false;
	event_drop(ocl, &run->first);
	event_drop(ocl, &run->last);
	event_drop(ocl, &run->packet_first);
	event_drop(ocl, &run->packet_last);
}

/* Memory that takes turns goes back to the CPU, behind everything enqueued; all of it, always. */
static cl_int hand_back(struct ocl_run *run)
{
	struct backend_context *context = run->context;
	cl_int err = CL_SUCCESS, one;

	if (!context->uses)
		return CL_SUCCESS;
	while (context->uses) {
		struct ocl_use *use = &context->used[--context->uses];

		one = use->image ? ocl_image_release(run->ocl, context->queue, use->image)
				 : ocl_release(run->ocl, context->queue, use->alloc);
		err = err ? err : one;
	}
	one = run->ocl->cl.clFinish(context->queue);
	return err ? err : one;
}

/* A stretch that ends before its submission: its last commands may have no event of their own. */
static cl_int watch_all(struct ocl_run *run)
{
	cl_event event;
	cl_int err;

	if (!run->unwatched)
		return CL_SUCCESS;
	err = run->ocl->cl.clEnqueueMarkerWithWaitList(run->context->queue, 0, NULL, &event);
	if (err)
		return err;
	event_drop(run->ocl, &run->last);
	run->last = event;
	run->unwatched = false;
	return CL_SUCCESS;
}

/* Wait for everything enqueued so far; then its times are known. */
static int stretch_end(struct ocl_run *run)
{
	struct ocl_backend *ocl = run->ocl;
	uint64_t offset, start, end;
	cl_int error;
	int err;

	if (!outstanding(run))
		return 0;
	error = watch_all(run);
	if (!error)
		error = ocl->cl.clWaitForEvents(1, &run->last);
	if (error) {
		err = failed(run, "or an earlier packet of its submission", error);
		goto out;
	}
	error = hand_back(run);
	if (error) {
		err = failed(run, "clEnqueueMapBuffer", error);
		goto out;
	}
	offset = clock_offset(run);
	start = event_time(run, run->first, CL_PROFILING_COMMAND_START);
	end = event_time(run, run->last, CL_PROFILING_COMMAND_END);
	run->result->gpu_ns += end > start ? end - start : 0;
	err = profiles_write(run, offset);
out:
	stretch_drop(run);
	run->start = ocl_clock_now(ocl);
	return err;
}

/* ---- buffers ---- */

static int remember_use(struct ocl_run *run, struct ocl_use use)
{
	struct backend_context *context = run->context;

	if (context->uses == context->use_room) {
		size_t room = context->use_room ? 2 * context->use_room : 16;
		void *p = realloc(context->used, room * sizeof(*context->used));

		if (!p)
			return no_memory(run);
		context->used = p;
		context->use_room = room;
	}
	context->used[context->uses++] = use;
	return 0;
}

/* A command is going to use this memory. On a CPU device nothing needs to be done for that. */
static int use(struct ocl_run *run, struct backend_alloc *alloc)
{
	bool first;
	cl_int err;

	if (run->ocl->direct || !alloc)
		return 0;
	err = ocl_acquire(run->ocl, run->context->queue, alloc, &first);
	if (err)
		return failed(run, "clEnqueueUnmapMemObject", err);
	return first ? remember_use(run, (struct ocl_use){ .alloc = alloc }) : 0;
}

/* The same of an image: of its allocation, where it only shows what a buffer has. */
static int use_image(struct ocl_run *run, struct backend_image *image)
{
	bool first;
	cl_int err;

	if (run->ocl->direct || !image)
		return 0;
	if (image->desc.flags & DXG_IMAGE_SHARED)
		return use(run, image->span.alloc);
	err = ocl_image_acquire(run->ocl, run->context->queue, image, &first);
	if (err)
		return failed(run, "clEnqueueUnmapMemObject", err);
	return first ? remember_use(run, (struct ocl_use){ .image = image }) : 0;
}

static int buffer_of(struct ocl_run *run, const struct backend_span *span, cl_mem *ret)
{
	struct ocl_buffer buffer;
	cl_int err;

	err = ocl_buffer(run->ocl, span->alloc, &buffer);
	if (err)
		return failed(run, "clCreateBuffer", err);
	*ret = buffer.mem;
	return use(run, span->alloc);
}

/* ---- packets ---- */

/* May the CPU do this now, on both of these? */
static bool host_now(const struct ocl_run *run, const struct backend_span *a,
		     const struct backend_span *b)
{
	return run->ocl->direct && !outstanding(run) && a->alloc->host && b->alloc->host;
}

/* Must the CPU do it, because the device reaches neither? */
static bool host_only(const struct ocl_run *run, const struct backend_span *a,
		      const struct backend_span *b)
{
	return !ocl_has_buffer(run->ocl, a->alloc) && !ocl_has_buffer(run->ocl, b->alloc);
}

static uint8_t *host_at(const struct backend_span *span)
{
	return span->alloc->host + span->offset;
}

static int run_barrier(struct ocl_run *run)
{
	cl_event *event;
	cl_int err;

	if (!run->packet->profile.alloc || !outstanding(run))
		return 0;
	event = enqueue_begin(run);
	err = run->ocl->cl.clEnqueueMarkerWithWaitList(run->context->queue, 0, NULL, event);
	return enqueue_end(run, "clEnqueueMarkerWithWaitList", err);
}

static int copy_on_host(struct ocl_run *run, const struct backend_copy *c)
{
	int err = stretch_end(run);

	if (!err)
		memcpy(host_at(&c->dst), host_at(&c->src), c->src.size);
	return err;
}

/* Between what only the CPU reaches and a buffer of the device. */
static int copy_across(struct ocl_run *run, const struct backend_copy *c)
{
	cl_event *event;
	bool to_device = ocl_has_buffer(run->ocl, c->dst.alloc);
	const struct backend_span *device = to_device ? &c->dst : &c->src;
	cl_command_queue queue = run->context->queue;
	cl_mem mem;
	cl_int err;

	if (buffer_of(run, device, &mem))
		return -EIO;
	event = enqueue_begin(run);
	if (to_device)
		err = run->ocl->cl.clEnqueueWriteBuffer(queue, mem, CL_FALSE, c->dst.offset,
							c->dst.size, host_at(&c->src), 0, NULL,
							event);
	else
		err = run->ocl->cl.clEnqueueReadBuffer(queue, mem, CL_FALSE, c->src.offset,
						       c->src.size, host_at(&c->dst), 0, NULL,
						       event);
	return enqueue_end(run, to_device ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer", err);
}

static int copy(struct ocl_run *run, const struct backend_copy *c)
{
	cl_event *event;
	struct ocl_backend *ocl = run->ocl;
	cl_mem dst, src;
	cl_int err;

	if (host_now(run, &c->dst, &c->src) || host_only(run, &c->dst, &c->src))
		return copy_on_host(run, c);
	if (!ocl_has_buffer(ocl, c->dst.alloc) || !ocl_has_buffer(ocl, c->src.alloc))
		return copy_across(run, c);
	if (buffer_of(run, &c->dst, &dst) || buffer_of(run, &c->src, &src))
		return -EIO;
	event = enqueue_begin(run);
	err = ocl->cl.clEnqueueCopyBuffer(run->context->queue, src, dst, c->src.offset,
					  c->dst.offset, c->src.size, 0, NULL, event);
	return enqueue_end(run, "clEnqueueCopyBuffer", err);
}

static int run_copy(struct ocl_run *run)
{
	return copy(run, &run->packet->copy);
}

/* An offset as the origin that OpenCL wants: bytes, rows, slices. */
static void origin_of(uint64_t offset, uint64_t pitch, uint64_t slice, size_t ret[3])
{
	ret[2] = offset / slice;
	ret[1] = offset % slice / pitch;
	ret[0] = offset % slice % pitch;
}

/* Can the driver take this box as it is? OpenCL wants slices of whole rows. */
static bool rect_fits_driver(const struct backend_rect *r)
{
	if (r->dst_slice % r->dst_pitch || r->src_slice % r->src_pitch)
		return false;
	return r->dst.alloc != r->src.alloc ||
	       (r->dst_pitch == r->src_pitch && r->dst_slice == r->src_slice);
}

static int rect_in_rows(struct ocl_run *run, const struct backend_rect *r)
{
	struct backend_copy row = { r->dst, r->src };
	uint64_t y, z;
	int err = 0;

	row.dst.size = r->region[0];
	row.src.size = r->region[0];
	for (z = 0; z < r->region[2] && !err; z++)
		for (y = 0; y < r->region[1] && !err; y++) {
			row.dst.offset = r->dst.offset + z * r->dst_slice + y * r->dst_pitch;
			row.src.offset = r->src.offset + z * r->src_slice + y * r->src_pitch;
			err = copy(run, &row);
		}
	return err;
}

static int rect_across(struct ocl_run *run, const struct backend_rect *r)
{
	cl_event *event;
	bool to_device = ocl_has_buffer(run->ocl, r->dst.alloc);
	size_t region[3] = { r->region[0], r->region[1], r->region[2] };
	cl_command_queue queue = run->context->queue;
	size_t origin[3], zero[3] = { 0 };
	cl_mem mem;
	cl_int err;

	if (buffer_of(run, to_device ? &r->dst : &r->src, &mem))
		return -EIO;
	event = enqueue_begin(run);
	if (to_device) {
		origin_of(r->dst.offset, r->dst_pitch, r->dst_slice, origin);
		err = run->ocl->cl.clEnqueueWriteBufferRect(
			queue, mem, CL_FALSE, origin, zero, region, r->dst_pitch, r->dst_slice,
			r->src_pitch, r->src_slice, host_at(&r->src), 0, NULL, event);
		return enqueue_end(run, "clEnqueueWriteBufferRect", err);
	}
	origin_of(r->src.offset, r->src_pitch, r->src_slice, origin);
	err = run->ocl->cl.clEnqueueReadBufferRect(queue, mem, CL_FALSE, origin, zero, region,
						   r->src_pitch, r->src_slice, r->dst_pitch,
						   r->dst_slice, host_at(&r->dst), 0, NULL, event);
	return enqueue_end(run, "clEnqueueReadBufferRect", err);
}

static int rect_between_buffers(struct ocl_run *run, const struct backend_rect *r)
{
	cl_event *event;
	size_t region[3] = { r->region[0], r->region[1], r->region[2] };
	size_t to[3], from[3];
	cl_mem dst, src;
	cl_int err;

	if (buffer_of(run, &r->dst, &dst) || buffer_of(run, &r->src, &src))
		return -EIO;
	origin_of(r->dst.offset, r->dst_pitch, r->dst_slice, to);
	origin_of(r->src.offset, r->src_pitch, r->src_slice, from);
	event = enqueue_begin(run);
	err = run->ocl->cl.clEnqueueCopyBufferRect(run->context->queue, src, dst, from, to, region,
						   r->src_pitch, r->src_slice, r->dst_pitch,
						   r->dst_slice, 0, NULL, event);
	return enqueue_end(run, "clEnqueueCopyBufferRect", err);
}

static int copy_rect(struct ocl_run *run, const struct backend_rect *r)
{
	int err;

	if (host_now(run, &r->dst, &r->src) || host_only(run, &r->dst, &r->src)) {
		err = stretch_end(run);
		if (!err)
			backend_host_rect(host_at(&r->dst), host_at(&r->src), r);
		return err;
	}
	if (!rect_fits_driver(r))
		return rect_in_rows(run, r);
	if (!ocl_has_buffer(run->ocl, r->dst.alloc) || !ocl_has_buffer(run->ocl, r->src.alloc))
		return rect_across(run, r);
	return rect_between_buffers(run, r);
}

static int run_copy_rect(struct ocl_run *run)
{
	return copy_rect(run, &run->packet->rect);
}

static int fill(struct ocl_run *run, const struct backend_fill *f)
{
	cl_event *event;
	cl_mem dst;
	cl_int err;

	if (host_now(run, &f->dst, &f->dst) || host_only(run, &f->dst, &f->dst)) {
		if (stretch_end(run))
			return -EIO;
		backend_host_fill(host_at(&f->dst), f->dst.size, f->pattern, f->pattern_size);
		return 0;
	}
	if (buffer_of(run, &f->dst, &dst))
		return -EIO;
	event = enqueue_begin(run);
	err = run->ocl->cl.clEnqueueFillBuffer(run->context->queue, dst, f->pattern,
					       f->pattern_size, f->dst.offset, f->dst.size, 0, NULL,
					       event);
	return enqueue_end(run, "clEnqueueFillBuffer", err);
}

static int run_fill(struct ocl_run *run)
{
	return fill(run, &run->packet->fill);
}

static int use_args(struct ocl_run *run, const struct backend_dispatch *d)
{
	int err = 0;
	uint32_t i;

	for (i = 0; i < d->arg_count && !err; i++)
		err = d->arg[i].image ? use_image(run, d->arg[i].image)
				      : use(run, d->arg[i].span.alloc);
	return err;
}

static int run_dispatch(struct ocl_run *run)
{
	cl_event *event;
	const struct backend_dispatch *d = &run->packet->dispatch;
	cl_kernel kernel;
	uint32_t bad;
	char what[24];
	cl_int err;

	err = ocl_kernel_args(run->ocl, d, &kernel, &bad);
	if (err) {
		snprintf(what, sizeof(what), "arg[%u]", bad);
		return failed(run, what, err);
	}
	if (use_args(run, d))
		return -EIO;
	event = enqueue_begin(run);
	err = run->ocl->cl.clEnqueueNDRangeKernel(run->context->queue, kernel, d->work_dim,
						  d->offset, d->global,
						  d->local_given ? d->local : NULL, 0, NULL, event);
	return enqueue_end(run, "clEnqueueNDRangeKernel", err);
}

/* ---- images ---- */

static bool is_shared(const struct backend_image *image)
{
	return image->desc.flags & DXG_IMAGE_SHARED;
}

static int enqueue_image(struct ocl_run *run, const struct backend_packet *packet, cl_mem memory)
{
	cl_event *event;
	const char *what;
	cl_int err;

	event = enqueue_begin(run);
	err = ocl_image_enqueue(run->ocl, run->context->queue, packet, memory, event, &what);
	return enqueue_end(run, what, err);
}

/* A region of @dst from one of @src, both in buffers. */
static int copy_shared(struct ocl_run *run, const struct backend_copy_image *c)
{
	struct backend_rect r = {
		.dst = backend_image_region(c->dst, c->dst_origin, c->region),
		.src = backend_image_region(c->src, c->src_origin, c->region),
		.dst_pitch = c->dst->desc.row_pitch,
		.dst_slice = c->dst->desc.slice_pitch,
		.src_pitch = c->src->desc.row_pitch,
		.src_slice = c->src->desc.slice_pitch,
		.region = { c->region[0] * c->dst->pixel, c->region[1], c->region[2] },
	};

	return copy_rect(run, &r);
}

static int copy_memory(struct ocl_run *run, const struct backend_packet *packet);

/* Between an image of the driver's own and one in a buffer: by rows of the latter. */
static int copy_half_shared(struct ocl_run *run, const struct backend_copy_image *c)
{
	bool to_buffer = is_shared(c->dst);
	const struct backend_image *shared = to_buffer ? c->dst : c->src;
	const uint64_t *start = to_buffer ? c->dst_origin : c->src_origin;
	const uint64_t *other = to_buffer ? c->src_origin : c->dst_origin;
	struct backend_packet row = {
		.opcode = to_buffer ? DXG_CMD_COPY_FROM_IMAGE : DXG_CMD_COPY_TO_IMAGE,
		.image_memory = { .image = to_buffer ? c->src : c->dst,
				  .region = { c->region[0], 1, 1 } },
	};
	uint64_t y, z;
	int err = 0;

	for (z = 0; z < c->region[2] && !err; z++)
		for (y = 0; y < c->region[1] && !err; y++) {
			const uint64_t at[3] = { start[0], start[1] + y, start[2] + z };

			row.image_memory.memory =
				backend_image_region(shared, at, row.image_memory.region);
			row.image_memory.origin[0] = other[0];
			row.image_memory.origin[1] = other[1] + y;
			row.image_memory.origin[2] = other[2] + z;
			err = copy_memory(run, &row);
		}
	return err;
}

static int run_copy_image(struct ocl_run *run)
{
	const struct backend_copy_image *c = &run->packet->copy_image;

	if (is_shared(c->dst) && is_shared(c->src))
		return copy_shared(run, c);
	if (is_shared(c->dst) || is_shared(c->src))
		return copy_half_shared(run, c);
	if (use_image(run, c->dst) || use_image(run, c->src))
		return -EIO;
	return enqueue_image(run, run->packet, NULL);
}

/* Packed memory and a region of an image that is a buffer's. */
static int copy_memory_shared(struct ocl_run *run, const struct backend_packet *packet)
{
	const struct backend_image_memory *c = &packet->image_memory;
	const struct dxg_image_desc *desc = &c->image->desc;
	struct backend_span image = backend_image_region(c->image, c->origin, c->region);
	uint64_t row = c->region[0] * c->image->pixel;
	bool to_image = packet->opcode == DXG_CMD_COPY_TO_IMAGE;
	struct backend_rect r = {
		.dst = to_image ? image : c->memory,
		.src = to_image ? c->memory : image,
		.dst_pitch = to_image ? desc->row_pitch : row,
		.dst_slice = to_image ? desc->slice_pitch : row * c->region[1],
		.src_pitch = to_image ? row : desc->row_pitch,
		.src_slice = to_image ? row * c->region[1] : desc->slice_pitch,
		.region = { row, c->region[1], c->region[2] },
	};

	return copy_rect(run, &r);
}

static int copy_memory(struct ocl_run *run, const struct backend_packet *packet)
{
	const struct backend_image_memory *c = &packet->image_memory;
	cl_mem memory = NULL;

	if (is_shared(c->image))
		return copy_memory_shared(run, packet);
	if (use_image(run, c->image))
		return -EIO;
	if (ocl_has_buffer(run->ocl, c->memory.alloc) && buffer_of(run, &c->memory, &memory))
		return -EIO;
	return enqueue_image(run, packet, memory);
}

static int run_copy_memory(struct ocl_run *run)
{
	return copy_memory(run, run->packet);
}

/* By rows of the buffer, with the driver's own idea of the colour. */
static int fill_shared(struct ocl_run *run, const struct backend_fill_image *f)
{
	struct backend_fill row = { .pattern_size = f->image->pixel };
	const uint64_t width[3] = { f->region[0], 1, 1 };
	uint8_t pixel[16];
	uint64_t y;
	int err;

	err = ocl_image_pixel(run->ocl, f->image, f->color, pixel);
	if (err)
		return failed(run, "clEnqueueFillImage", err);
	row.pattern = pixel;
	for (y = 0; y < f->region[1] && !err; y++) {
		const uint64_t at[3] = { f->origin[0], f->origin[1] + y, 0 };

		row.dst = backend_image_region(f->image, at, width);
		err = fill(run, &row);
	}
	return err;
}

static int run_fill_image(struct ocl_run *run)
{
	const struct backend_fill_image *f = &run->packet->fill_image;

	if (is_shared(f->image))
		return fill_shared(run, f);
	return use_image(run, f->image) ? -EIO : enqueue_image(run, run->packet, NULL);
}

static int run_timestamp(struct ocl_run *run)
{
	uint64_t now;
	int err;

	err = stretch_end(run);
	if (err)
		return err;
	now = ocl_clock_now(run->ocl);
	return backend_write(&run->ocl->base, &run->packet->timestamp, &now);
}

static int (*const run_packet_ops[])(struct ocl_run *run) = {
	[DXG_CMD_BARRIER] = run_barrier,
	[DXG_CMD_COPY] = run_copy,
	[DXG_CMD_COPY_RECT] = run_copy_rect,
	[DXG_CMD_FILL] = run_fill,
	[DXG_CMD_DISPATCH] = run_dispatch,
	[DXG_CMD_TIMESTAMP] = run_timestamp,
	[DXG_CMD_COPY_IMAGE] = run_copy_image,
	[DXG_CMD_COPY_TO_IMAGE] = run_copy_memory,
	[DXG_CMD_COPY_FROM_IMAGE] = run_copy_memory,
	[DXG_CMD_FILL_IMAGE] = run_fill_image,
};

static int run_packet(struct ocl_run *run, const struct backend_packet *packet)
{
	uint64_t end;
	int err;

	run->packet = packet;
	run->start = ocl_clock_now(run->ocl);
	err = run_packet_ops[packet->opcode](run);
	if (err)
		return err;
	if (run->packet_first)
		return profile_later(run);
	if (outstanding(run))
		return 0;
	/* Done by the CPU, with nothing of the device under way. */
	end = ocl_clock_now(run->ocl);
	run->result->gpu_ns += end - run->start;
	return packet->profile.alloc ? profile_write(run, &packet->profile, run->start, end) : 0;
}

int ocl_execute(struct backend *be, struct backend_context *context,
		const struct backend_packet *packet, size_t count, struct backend_result *result)
{
	struct ocl_run run = { .ocl = ocl_of(be), .context = context, .result = result };
	size_t i;
	int err = 0;

	result->gpu_ns = 0;
	for (i = 0; i < count && !err; i++) {
		run.closing = i == count - 1;
		err = run_packet(&run, &packet[i]);
	}
	if (!err)
		err = stretch_end(&run);
	if (!err)
		return 0;
	/* Whatever is under way uses memory that its owner may free when this returns. */
	hand_back(&run);
	run.ocl->cl.clFinish(context->queue);
	stretch_drop(&run);
	return err;
}

/* ---- what this backend alone refuses ---- */

static int check_arg(struct ocl_backend *ocl, const struct backend_packet *packet, uint32_t index,
		     struct backend_text *text)
{
	const struct backend_span *span = &packet->dispatch.arg[index].span;

	if (!span->alloc)
		return 0;
	if (!ocl_has_buffer(ocl, span->alloc)) {
		backend_say(text,
			    "packet %u (DISPATCH) arg[%u]: kernels of this adapter cannot "
			    "reach CPU-visible memory",
			    packet->index, index);
		return -EINVAL;
	}
	if (span->offset % ocl->align) {
		backend_say(text,
			    "packet %u (DISPATCH) arg[%u]: offset %llu in its allocation is "
			    "not a multiple of the device's %llu",
			    packet->index, index, (unsigned long long)span->offset,
			    (unsigned long long)ocl->align);
		return -EINVAL;
	}
	return 0;
}

int ocl_check(struct backend *be, const struct backend_packet *packet, struct backend_text *text)
{
	uint32_t i;
	int err = 0;

	if (packet->opcode != DXG_CMD_DISPATCH)
		return 0;
	for (i = 0; i < packet->dispatch.arg_count && !err; i++)
		if (packet->dispatch.arg[i].kind == DXG_ARG_VA)
			err = check_arg(ocl_of(be), packet, i, text);
	return err;
}

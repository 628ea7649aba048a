// SPDX-License-Identifier: MIT
/*
 * ndrange.c - clEnqueueNDRangeKernel, clEnqueueTask and clCommandNDRangeKernelKHR: the checks of
 * the specification, then one dispatch packet with the arguments as they are now.
 */
#include "command_buffer.h"
#include "entry.h"
#include "kernel.h"
#include "queue.h"

static const struct command_ops dispatch_ops = { 0 };

/** struct range - an index space as the caller gave it; pointers may be NULL. */
struct range {
	cl_uint dim;
	const size_t *offset;
	const size_t *global;
	const size_t *local;
};

static cl_int check_global(const struct range *r)
{
	if (r->dim < 1 || r->dim > 3)
		return CL_INVALID_WORK_DIMENSION;
	if (!r->global)
		return CL_INVALID_GLOBAL_WORK_SIZE;
	for (cl_uint i = 0; i < r->dim; i++) {
		if (!r->global[i])
			return CL_INVALID_GLOBAL_WORK_SIZE;
		if (r->offset && r->offset[i] > SIZE_MAX - r->global[i])
			return CL_INVALID_GLOBAL_OFFSET;
	}
	return CL_SUCCESS;
}

static cl_int check_required(const struct dxg_escape_kernel_info *info, const struct range *r)
{
	const __u64 *required = info->compile_work_group_size;

	if (!required[0])
		return CL_SUCCESS;
	if (!r->local)
		return CL_INVALID_WORK_GROUP_SIZE;
	for (cl_uint i = 0; i < 3; i++)
		if (required[i] != (i < r->dim ? r->local[i] : 1))
			return CL_INVALID_WORK_GROUP_SIZE;
	return CL_SUCCESS;
}

static cl_int check_local(const struct _cl_kernel *kernel, const struct range *r)
{
	const struct _cl_device_id *device = kernel->program->context->device;
	size_t total = 1, most = (size_t)kernel->info->work_group_size;
	cl_int err = check_required(kernel->info, r);

	if (err != CL_SUCCESS || !r->local)
		return err;
	for (cl_uint i = 0; i < r->dim; i++) {
		if (!r->local[i] || r->global[i] % r->local[i])
			return CL_INVALID_WORK_GROUP_SIZE;
		if (r->local[i] > device->max_work_item_sizes[i])
			return CL_INVALID_WORK_ITEM_SIZE;
		if (__builtin_mul_overflow(total, r->local[i], &total))
			return CL_INVALID_WORK_GROUP_SIZE;
	}
	return total > (most ? most : device->max_work_group_size) ? CL_INVALID_WORK_GROUP_SIZE
								   : CL_SUCCESS;
}

/* A buffer or image that was released since it was set is caught as far as its memory still tells.
 */
static cl_int check_args(const struct _cl_kernel *kernel)
{
	cl_ulong local = kernel->info->local_mem_size;

	for (uint32_t i = 0; i < kernel->info->arg_count; i++) {
		const struct kernel_arg *arg = &kernel->args[i];

		if (!arg->kind)
			return CL_INVALID_KERNEL_ARGS;
		if (arg->kind == DXG_ARG_LOCAL)
			local += arg->bytes[0];
		if (!arg->mem)
			continue;
		if (!mem_valid(arg->mem) || !arg->mem->image != (arg->kind == DXG_ARG_VA))
			return CL_INVALID_KERNEL_ARGS;
		if (!buffer_aligned(arg->mem))
			return CL_MISALIGNED_SUB_BUFFER_OFFSET;
	}
	return local > kernel->program->context->device->local_mem_size ? CL_OUT_OF_RESOURCES
									: CL_SUCCESS;
}

static cl_int check(cl_command_queue queue, cl_kernel kernel, const struct range *r,
		    const struct enqueue *e)
{
	cl_int err = command_check(queue, e);

	if (err != CL_SUCCESS)
		return err;
	if (!kernel_valid(kernel))
		return CL_INVALID_KERNEL;
	if (kernel->program->context != queue->context)
		return CL_INVALID_CONTEXT;
	if (!device_list_has(&kernel->program->devices, queue->device))
		return CL_INVALID_PROGRAM_EXECUTABLE;
	err = check_global(r);
	if (err == CL_SUCCESS)
		err = check_local(kernel, r);
	return err == CL_SUCCESS ? check_args(kernel) : err;
}

static size_t packet_size(const struct _cl_kernel *kernel)
{
	size_t size = sizeof(struct dxg_cmd_dispatch);

	for (uint32_t i = 0; i < kernel->info->arg_count; i++)
		size += sizeof(struct dxg_cmd_arg) + dxg_align8(kernel->args[i].size);
	return size;
}

static void fill_args(struct command *c, const struct _cl_kernel *kernel, uint8_t *at)
{
	for (uint32_t i = 0; i < kernel->info->arg_count; i++) {
		const struct kernel_arg *arg = &kernel->args[i];
		struct dxg_cmd_arg head = { .kind = arg->kind, .size = arg->size };

		memcpy(at, &head, sizeof(head));
		at += sizeof(head);
		if (arg->kind != DXG_ARG_VA)
			memcpy(at, arg->value, arg->size);
		else if (arg->mem)
			memcpy(at, &arg->mem->va, sizeof(arg->mem->va));
		if (arg->mem)
			command_use(c, arg->mem);
		at += dxg_align8(arg->size);
	}
}

static void fill_range(struct dxg_cmd_dispatch *d, const struct range *r)
{
	d->work_dim = r->dim;
	for (cl_uint i = 0; i < 3; i++) {
		d->offset[i] = i < r->dim && r->offset ? r->offset[i] : 0;
		d->global[i] = i < r->dim ? r->global[i] : 1;
		if (r->local)
			d->local[i] = i < r->dim ? r->local[i] : 1;
	}
}

/* Work-items, as far as they can be counted. */
static uint64_t count_items(const struct range *r)
{
	uint64_t items = 1;

	for (cl_uint i = 0; i < r->dim; i++)
		if (__builtin_mul_overflow(items, r->global[i], &items))
			return UINT64_MAX;
	return items;
}

static cl_int dispatch(cl_command_queue queue, cl_kernel kernel, const struct range *r,
		       const struct enqueue *e)
{
	struct command_shape shape = {
		.object_size = sizeof(struct command),
		.use_room = kernel->info->arg_count + 1,
	};
	struct dxg_cmd_dispatch *d;
	struct command *c;

	shape.packet_size = packet_size(kernel);
	if (shape.packet_size > BATCH_SLOT_BYTES)
		return CL_OUT_OF_RESOURCES;
	c = command_create(queue, &dispatch_ops, &shape, DXG_CMD_DISPATCH);
	if (!c)
		return CL_OUT_OF_HOST_MEMORY;
	d = c->packet;
	d->program = kernel->program->host_id;
	d->kernel = kernel->info->kernel;
	d->arg_count = kernel->info->arg_count;
	fill_range(d, r);
	c->prints = kernel->program->prints;
	c->pace = kernel->pace;
	c->units = count_items(r);
	command_use(c, kernel);
	fill_args(c, kernel, (uint8_t *)(d + 1));
	return command_enqueue(c, e);
}

static cl_int enqueue_range(cl_command_queue queue, cl_kernel kernel, const struct range *r,
			    const struct enqueue *e)
{
	cl_int err = check(queue, kernel, r, e);

	return err == CL_SUCCESS ? dispatch(queue, kernel, r, e) : err;
}

cl_int CL_API_CALL clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel,
					  cl_uint work_dim, const size_t *global_work_offset,
					  const size_t *global_work_size,
					  const size_t *local_work_size,
					  cl_uint num_events_in_wait_list,
					  const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_NDRANGE_KERNEL, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	struct range r = { work_dim, global_work_offset, global_work_size, local_work_size };

	return enqueue_range(queue, kernel, &r, &e);
}

/* No property is defined. */
cl_int CL_API_CALL
clCommandNDRangeKernelKHR(cl_command_buffer_khr command_buffer, cl_command_queue command_queue,
			  const cl_ndrange_kernel_command_properties_khr *properties,
			  cl_kernel kernel, cl_uint work_dim, const size_t *global_work_offset,
			  const size_t *global_work_size, const size_t *local_work_size,
			  cl_uint num_sync_points, const cl_sync_point_khr *sync_points,
			  cl_sync_point_khr *sync_point, cl_mutable_command_khr *mutable_handle)
{
	struct recording r = RECORDING;
	struct range range = { work_dim, global_work_offset, global_work_size, local_work_size };

	if (properties && properties[0])
		return CL_INVALID_VALUE;
	return enqueue_range(recording_queue(&r), kernel, &range, &r.e);
}

cl_int CL_API_CALL clEnqueueTask(cl_command_queue queue, cl_kernel kernel,
				 cl_uint num_events_in_wait_list, const cl_event *event_wait_list,
				 cl_event *event)
{
	static const size_t one[1] = { 1 };
	struct enqueue e = { CL_COMMAND_TASK, CL_FALSE, num_events_in_wait_list, event_wait_list,
			     event };
	struct range r = { 1, NULL, one, one };

	return enqueue_range(queue, kernel, &r, &e);
}

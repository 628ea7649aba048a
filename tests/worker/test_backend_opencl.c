// SPDX-License-Identifier: MIT
/*
 * test_backend_opencl - the OpenCL backend in this process, for devices that the machine does not
 * have: one that shares memory with the CPU but is none (memory takes turns by map and unmap), and
 * one whose events carry a clock of its own. The CPU device plays them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "backend/ocl.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define SKIP 77
#define PAGES (64 * 4096)
#define NUMBERS 1024

static struct backend *be;
static const struct backend_ops *const ops = &backend_opencl_ops;
static struct backend_alloc *memory;
static struct backend_context *context;
static struct backend_program *program;
static uint8_t *host;
static const struct ipc_units whole;

static int setup(void **state)
{
	static const char text[] = "kernel void twice(global const int *in, global int *out)\n"
				   "{ size_t i = get_global_id(0); out[i] = 2 * in[i]; }\n";
	struct backend_source source = { DXG_PROGRAM_SOURCE, text, sizeof(text) - 1 };
	struct backend_config config = { BACKEND_ANY, BACKEND_ANY, false };
	struct backend_build build;
	struct backend_text why;

	(void)state;
	assert_int_equal(ops->open(&config, &be, &why), 0);
	host = aligned_alloc(4096, PAGES);
	memset(host, 0, PAGES);
	assert_int_equal(ops->alloc_create(be, PAGES, host, &memory), 0);
	assert_int_equal(ops->context_create(be, 0, whole, &context), 0);
	assert_int_equal(ops->build(be, &source, "", &build), 0);
	assert_int_equal(build.status, 0);
	free(build.log);
	program = build.program;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ops->program_destroy(be, program);
	ops->context_destroy(be, context);
	ops->alloc_destroy(be, memory);
	ops->close(be);
	free(host);
	return 0;
}

static struct backend_span span(uint64_t offset, uint64_t size)
{
	return (struct backend_span){ memory, offset, size };
}

/* Page 0 doubled into page 1, its profile into page 32. */
static void twice(uint64_t *ret_gpu_ns)
{
	struct backend_arg args[2] = {
		{ .kind = DXG_ARG_VA, .span = span(0, PAGES) },
		{ .kind = DXG_ARG_VA, .span = span(4096, PAGES - 4096) },
	};
	struct backend_packet packet = {
		.opcode = DXG_CMD_DISPATCH,
		.profile = span(32 * 4096, sizeof(struct dxg_cmd_profile)),
		.dispatch = { .program = program,
			      .work_dim = 1,
			      .arg_count = 2,
			      .arg = args,
			      .global = { NUMBERS, 1, 1 } },
	};
	struct backend_result result;

	if (ops->execute(be, context, &packet, 1, &result))
		fail_msg("%s", result.text.text);
	*ret_gpu_ns = result.gpu_ns;
}

static void memory_takes_turns(void **state)
{
	int *in = (int *)host, *out = (int *)(host + 4096), i, round;
	uint64_t ns;

	(void)state;
	ocl_of(be)->direct = false;
	for (round = 1; round < 5; round++) {
		for (i = 0; i < NUMBERS; i++)
			in[i] = round * i;
		twice(&ns);
		for (i = 0; i < NUMBERS; i++)
			assert_int_equal(out[i], 2 * round * i);
	}
}

static void copies_take_turns(void **state)
{
	uint8_t pattern = 0x5a;
	struct backend_packet packet[3] = {
		{ .opcode = DXG_CMD_FILL, .fill = { span(8192, 100), &pattern, 1 } },
		{ .opcode = DXG_CMD_COPY, .copy = { span(16384, 100), span(8192, 100) } },
		{ .opcode = DXG_CMD_COPY_RECT,
		  .rect = { span(20480, 2 * 16 + 8),
			    span(8192, 2 * 8 + 8),
			    16,
			    48,
			    8,
			    24,
			    { 8, 3, 1 } } },
	};
	struct backend_result result;

	(void)state;
	ocl_of(be)->direct = false;
	host[16384 + 100] = 1;
	assert_int_equal(ops->execute(be, context, packet, 3, &result), 0);
	assert_int_equal(host[16384], 0x5a);
	assert_int_equal(host[16384 + 99], 0x5a);
	assert_int_equal(host[16384 + 100], 1);
	assert_int_equal(host[20480 + 7], 0x5a);
	assert_int_equal(host[20480 + 8], 0);
	assert_int_equal(host[20480 + 2 * 16 + 7], 0x5a);
	assert_true(result.gpu_ns > 0);
}

/* The CPU writes pixels, commands of the device change them, the CPU sees it; round after round. */
static void images_take_turns(void **state)
{
	struct dxg_image_desc desc = {
		.type = DXG_IMAGE_2D,
		.access = DXG_IMAGE_READ_WRITE,
		.order = DXG_ORDER_R,
		.data_type = DXG_TYPE_UNSIGNED_INT32,
		.extent = { 8, 4, 1 },
		.row_pitch = 32,
		.slice_pitch = 128,
	};
	struct backend_packet packet = { .opcode = DXG_CMD_COPY_IMAGE };
	uint32_t *pixels = (uint32_t *)(host + 4096), i, round;
	struct backend_span where = span(4096, 128);
	struct backend_result result;
	struct backend_image *image;
	int32_t error = 0;

	(void)state;
	ocl_of(be)->direct = false;
	assert_int_equal(ops->image_create(be, &desc, &where, &image, &error), 0);
	assert_int_equal(error, 0);
	packet.copy_image = (struct backend_copy_image){
		.dst = image,
		.src = image,
		.dst_origin = { 0, 2, 0 },
		.region = { 8, 2, 1 },
	};
	for (round = 1; round < 4; round++) {
		for (i = 0; i < 16; i++)
			pixels[i] = round * 100 + i;
		assert_int_equal(ops->execute(be, context, &packet, 1, &result), 0);
		for (i = 0; i < 16; i++)
			assert_int_equal(pixels[16 + i], round * 100 + i);
	}
	ops->image_destroy(be, image);
}

static void foreign_clocks_are_converted(void **state)
{
	struct ocl_backend *ocl = ocl_of(be);
	uint64_t before, after, ns;
	struct dxg_cmd_profile p;

	(void)state;
	twice(&ns);
	/* The events' clock, whatever it is, is now taken for one that nobody knows. */
	ocl->clock_is_device = false;
	ocl->clock_id = CLOCK_REALTIME;
	before = ops->clock(be);
	twice(&ns);
	after = ops->clock(be);
	memcpy(&p, host + 32 * 4096, sizeof(p));
	assert_true(p.start_ns <= p.end_ns);
	/* The offset is known to half of what it takes to enqueue a command, which is part of this.
	 */
	assert_true(p.start_ns + (after - before) / 2 >= before);
	assert_true(p.end_ns <= after + (after - before) / 2);
	assert_int_equal(p.end_ns - p.start_ns, ns);
}

static struct {
	__typeof__(clEnqueueMarkerWithWaitList) *marker;
	__typeof__(clFinish) *finish;
	unsigned int finished;
} late;

static cl_int CL_API_CALL no_marker(cl_command_queue queue, cl_uint n, const cl_event *wait,
				    cl_event *event)
{
	(void)queue, (void)n, (void)wait, (void)event;
	return CL_OUT_OF_RESOURCES;
}

static cl_int CL_API_CALL count_finish(cl_command_queue queue)
{
	late.finished++;
	return late.finish(queue);
}

/* Two kernels and a barrier, which is no command of the driver: the second kernel has no event. */
static int twice_and_barrier(struct backend_result *result)
{
	struct backend_arg args[2] = {
		{ .kind = DXG_ARG_VA, .span = span(0, PAGES) },
		{ .kind = DXG_ARG_VA, .span = span(4096, PAGES - 4096) },
	};
	struct backend_packet packet[3] = {
		{ .opcode = DXG_CMD_DISPATCH,
		  .dispatch = { .program = program,
				.work_dim = 1,
				.arg_count = 2,
				.arg = args,
				.global = { NUMBERS, 1, 1 } } },
		{ .opcode = DXG_CMD_DISPATCH },
		{ .opcode = DXG_CMD_BARRIER },
	};

	packet[1].dispatch = packet[0].dispatch;
	return ops->execute(be, context, packet, 3, result);
}

/* A submission is over when all of it is, also that which could not be watched. */
static void nothing_is_left_under_way(void **state)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct backend_result result;
	int *in = (int *)host, *out = (int *)(host + 4096), round;

	(void)state;
	ocl->direct = false;
	late.marker = ocl->cl.clEnqueueMarkerWithWaitList;
	late.finish = ocl->cl.clFinish;
	ocl->cl.clFinish = count_finish;
	for (round = 1; round < 4; round++) {
		in[0] = round;
		ocl->cl.clEnqueueMarkerWithWaitList = round == 2 ? no_marker : late.marker;
		late.finished = 0;
		assert_int_equal(twice_and_barrier(&result), round == 2 ? -EIO : 0);
		assert_true(late.finished > 0);
		assert_int_equal(out[0], 2 * round);
	}
}

static void many_places_in_one_allocation(void **state)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct ocl_buffer first, again, other;
	struct backend_span s;
	uint64_t i;

	(void)state;
	s = span(ocl->align, ocl->align);
	assert_int_equal(ocl_span_buffer(ocl, &s, &first), 0);
	assert_int_equal(ocl_span_buffer(ocl, &s, &again), 0);
	assert_int_equal(first.serial, again.serial);
	/* More than are kept: the first is made anew, under another name. */
	for (i = 2; i < 100; i++) {
		s = span(i * ocl->align, ocl->align);
		assert_int_equal(ocl_span_buffer(ocl, &s, &other), 0);
		assert_true(other.serial > first.serial);
	}
	s = span(ocl->align, ocl->align);
	assert_int_equal(ocl_span_buffer(ocl, &s, &again), 0);
	assert_true(again.serial > other.serial);
}

/* ---- a device that is busy when a buffer is to be zeroed ---- */

/* The fill waits for @gate in its queue, as it would behind a long kernel. */
static struct {
	cl_event gate;
	__typeof__(clEnqueueFillBuffer) *real;
	sem_t entered;
	struct backend_alloc *fresh;
	struct backend_alloc *known;
	sem_t done;
	int err;
} busy;

static cl_int CL_API_CALL fill_behind_gate(cl_command_queue queue, cl_mem mem, const void *pattern,
					   size_t pattern_size, size_t offset, size_t size,
					   cl_uint waits, const cl_event *wait, cl_event *event)
{
	cl_int err;

	assert_int_equal(waits, 0);
	assert_null(wait);
	err = busy.real(queue, mem, pattern, pattern_size, offset, size, 1, &busy.gate, event);
	sem_post(&busy.entered);
	return err;
}

static void *use_fresh(void *arg)
{
	struct ocl_buffer buffer;

	(void)arg;
	return (void *)(intptr_t)ocl_buffer(ocl_of(be), busy.fresh, &buffer);
}

static void *read_known(void *arg)
{
	struct backend_span all = { busy.known, 0, 4096 };

	busy.err = ops->read(be, &all, arg);
	sem_post(&busy.done);
	return NULL;
}

static bool within_seconds(sem_t *sem, int seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	return !sem_timedwait(sem, &until);
}

static void busy_setup(uint8_t *bytes)
{
	struct backend_span all;

	sem_init(&busy.entered, 0, 0);
	sem_init(&busy.done, 0, 0);
	assert_int_equal(ops->alloc_create(be, 4096, NULL, &busy.known), 0);
	assert_int_equal(ops->alloc_create(be, 4096, NULL, &busy.fresh), 0);
	all = (struct backend_span){ busy.known, 0, 4096 };
	assert_int_equal(ops->write(be, &all, bytes), 0);
}

/* The reader reads command buffers from local memory while something else is being zeroed. */
static void zeroing_keeps_nobody_waiting(void **state)
{
	void *loader = dlopen("libOpenCL.so.1", RTLD_NOW);
	__typeof__(clCreateUserEvent) *create = dlsym(loader, "clCreateUserEvent");
	__typeof__(clSetUserEventStatus) *set = dlsym(loader, "clSetUserEventStatus");
	struct ocl_backend *ocl = ocl_of(be);
	uint8_t sent[4096], got[4096] = { 0 };
	pthread_t fresh, known;
	void *result;
	cl_int err;
	bool read;

	(void)state;
	memset(sent, 0x77, sizeof(sent));
	busy_setup(sent);
	busy.real = ocl->cl.clEnqueueFillBuffer;
	busy.gate = create(ocl->context, &err);
	assert_int_equal(err, 0);
	ocl->cl.clEnqueueFillBuffer = fill_behind_gate;
	assert_int_equal(pthread_create(&fresh, NULL, use_fresh, NULL), 0);
	assert_true(within_seconds(&busy.entered, 60));
	assert_int_equal(pthread_create(&known, NULL, read_known, got), 0);
	read = within_seconds(&busy.done, 20);
	assert_int_equal(set(busy.gate, CL_COMPLETE), 0);
	pthread_join(known, NULL);
	pthread_join(fresh, &result);
	ocl->cl.clReleaseEvent(busy.gate);
	ops->alloc_destroy(be, busy.known);
	ops->alloc_destroy(be, busy.fresh);
	assert_true(read);
	assert_int_equal(busy.err, 0);
	assert_null(result);
	assert_memory_equal(got, sent, sizeof(got));
}

/* Two who want the same new buffer get one, and zeros. */
static void a_buffer_is_made_once(void **state)
{
	struct ocl_buffer first, again;
	struct backend_span all;
	uint8_t bytes[4096];
	pthread_t other;
	void *result;

	(void)state;
	memset(bytes, 0x77, sizeof(bytes));
	busy_setup(bytes);
	assert_int_equal(pthread_create(&other, NULL, use_fresh, NULL), 0);
	assert_int_equal(ocl_buffer(ocl_of(be), busy.fresh, &first), 0);
	pthread_join(other, &result);
	assert_null(result);
	assert_int_equal(ocl_buffer(ocl_of(be), busy.fresh, &again), 0);
	assert_int_equal(first.serial, again.serial);
	all = (struct backend_span){ busy.fresh, 0, 4096 };
	assert_int_equal(ops->read(be, &all, bytes), 0);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(bytes[4095], 0);
	ops->alloc_destroy(be, busy.known);
	ops->alloc_destroy(be, busy.fresh);
}

static cl_int CL_API_CALL fill_fails(cl_command_queue queue, cl_mem mem, const void *pattern,
				     size_t pattern_size, size_t offset, size_t size, cl_uint waits,
				     const cl_event *wait, cl_event *event)
{
	(void)queue, (void)mem, (void)pattern, (void)pattern_size, (void)offset, (void)size;
	(void)waits, (void)wait, (void)event;
	return CL_OUT_OF_RESOURCES;
}

/* Memory that could not be zeroed is not given out; the next try starts anew. */
static void a_failed_buffer_is_tried_again(void **state)
{
	struct ocl_backend *ocl = ocl_of(be);
	struct ocl_buffer buffer = { 0 };
	uint8_t bytes[4096] = { 0 };

	(void)state;
	busy_setup(bytes);
	busy.real = ocl->cl.clEnqueueFillBuffer;
	ocl->cl.clEnqueueFillBuffer = fill_fails;
	assert_int_equal(ocl_buffer(ocl, busy.fresh, &buffer), CL_OUT_OF_RESOURCES);
	assert_null(buffer.mem);
	ocl->cl.clEnqueueFillBuffer = busy.real;
	assert_int_equal(ocl_buffer(ocl, busy.fresh, &buffer), CL_SUCCESS);
	assert_non_null(buffer.mem);
	ops->alloc_destroy(be, busy.known);
	ops->alloc_destroy(be, busy.fresh);
}

/* ---- a driver with very many kernels ---- */

static struct {
	__typeof__(clGetProgramInfo) *real;
	size_t count;
	char names[8 * (DXG_KERNELS_PER_PROGRAM + 1)];
} many;

static cl_int CL_API_CALL many_info(cl_program p, cl_program_info param, size_t room, void *value,
				    size_t *ret_size)
{
	size_t size = strlen(many.names) + 1;

	if (param == CL_PROGRAM_NUM_KERNELS)
		memcpy(value, &many.count, sizeof(many.count));
	else if (param != CL_PROGRAM_KERNEL_NAMES)
		return many.real(p, param, room, value, ret_size);
	else if (value)
		memcpy(value, many.names, size);
	if (ret_size)
		*ret_size = size;
	return CL_SUCCESS;
}

/* A program that claims to have @count kernels; the first of them is real. */
static int build_many(size_t count, struct backend_build *ret)
{
	static const char text[] = "kernel void k0(global int *p) { p[0] = 1; }";
	struct backend_source source = { DXG_PROGRAM_SOURCE, text, sizeof(text) - 1 };
	char *p = many.names;
	size_t i;

	for (i = 0; i < count; i++)
		p += sprintf(p, "%sk%zu", i ? ";" : "", i);
	many.count = count;
	many.real = ocl_of(be)->cl.clGetProgramInfo;
	ocl_of(be)->cl.clGetProgramInfo = many_info;
	return ops->build(be, &source, "", ret);
}

static void kernels_up_to_the_limit(void **state)
{
	const struct backend_kernel *kernel;
	struct backend_build build;

	(void)state;
	assert_int_equal(build_many(DXG_KERNELS_PER_PROGRAM, &build), 0);
	assert_int_equal(build.status, 0);
	assert_int_equal(build.kernel_count, DXG_KERNELS_PER_PROGRAM);
	assert_int_equal(ops->kernel(be, build.program, 0, &kernel), 0);
	assert_int_equal(kernel->arg_count, 1);
	/* The driver does not have this one: refused when it is used. */
	assert_int_equal(ops->kernel(be, build.program, DXG_KERNELS_PER_PROGRAM - 1, &kernel),
			 -EIO);
	free(build.log);
	ops->program_destroy(be, build.program);
}

static void kernels_over_the_limit(void **state)
{
	struct backend_build build;

	(void)state;
	assert_int_equal(build_many(DXG_KERNELS_PER_PROGRAM + 1, &build), -EIO);
	assert_null(build.program);
	assert_null(build.log);
}

/*
 * On a CPU device a compute unit is a thread: one unit's work-groups have one stack, and another
 * unit has another one. Groups are long enough for every thread to get some of them.
 */
#define GROUPS 64
#define STACK_MIN (64u << 10) /* those of two threads are further apart */

static void stacks(struct ipc_units units, uint64_t *ret_lowest, uint64_t *ret_highest)
{
	static const char text[] =
		"kernel void where(global ulong *out)\n"
		"{ volatile uint i = 0; while (i < 500000) i++; out[get_group_id(0)] = (ulong)&i; }\n";
	struct backend_source source = { DXG_PROGRAM_SOURCE, text, sizeof(text) - 1 };
	struct backend_arg arg = { .kind = DXG_ARG_VA, .span = span(0, PAGES) };
	struct backend_packet packet = { .opcode = DXG_CMD_DISPATCH };
	struct backend_context *part;
	struct backend_build build;
	struct backend_result result;
	uint64_t *out = (uint64_t *)host;

	assert_int_equal(ops->context_create(be, 0, units, &part), 0);
	assert_int_equal(ops->build(be, &source, "", &build), 0);
	assert_int_equal(build.status, 0);
	packet.dispatch = (struct backend_dispatch){ .program = build.program,
						     .work_dim = 1,
						     .arg_count = 1,
						     .local_given = true,
						     .arg = &arg,
						     .global = { GROUPS, 1, 1 },
						     .local = { 1, 1, 1 } };
	if (ops->execute(be, part, &packet, 1, &result))
		fail_msg("%s", result.text.text);
	*ret_lowest = *ret_highest = out[0];
	for (int i = 1; i < GROUPS; i++) {
		*ret_lowest = out[i] < *ret_lowest ? out[i] : *ret_lowest;
		*ret_highest = out[i] > *ret_highest ? out[i] : *ret_highest;
	}
	free(build.log);
	ops->program_destroy(be, build.program);
	ops->context_destroy(be, part);
}

static uint32_t units_of_device(void)
{
	struct ipc_describe_reply reply = { 0 };

	ops->describe(be, &reply);
	return reply.units;
}

static void a_context_stays_on_its_units(void **state)
{
	uint64_t lowest[2], highest[2];
	uint32_t i;

	(void)state;
	if (units_of_device() < 2) {
		print_message("skipped: the device has not two compute units\n");
		skip();
	}
	for (i = 0; i < 2; i++) {
		stacks((struct ipc_units){ i, 1 }, &lowest[i], &highest[i]);
		assert_true(highest[i] - lowest[i] < STACK_MIN);
	}
	assert_true(highest[0] + STACK_MIN < lowest[1] || highest[1] + STACK_MIN < lowest[0]);
}

static void units_that_there_are_not(void **state)
{
	uint32_t n = units_of_device(), i;
	const struct ipc_units bad[] = {
		{ 0, n + 1 }, { n, 1 },		 { n + 1, 1 },
		{ 1, n },     { 1, UINT32_MAX }, { UINT32_MAX, 1 },
	};
	struct backend_context *none = NULL;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ops->context_create(be, 0, bad[i], &none), -EINVAL);
	assert_null(none);
	if (!n)
		skip();
	assert_int_equal(ops->context_create(be, 0, (struct ipc_units){ 0, n }, &none), 0);
	ops->context_destroy(be, none);
}

/* A driver with many units, each part of which is the whole device. */
static cl_int CL_API_CALL part_is_whole(cl_device_id device,
					const cl_device_partition_property *properties, cl_uint n,
					cl_device_id *devices, cl_uint *ret_n)
{
	(void)properties, (void)ret_n;
	for (cl_uint i = 0; i < n; i++)
		devices[i] = device;
	return CL_SUCCESS;
}

static int give_and_take(uint32_t first, uint32_t count)
{
	struct backend_context *given;
	int err = ops->context_create(be, 0, (struct ipc_units){ first, count }, &given);

	if (!err)
		ops->context_destroy(be, given);
	return err;
}

static void ranges_of_units_are_limited(void **state)
{
	uint32_t i;

	(void)state;
	ocl_of(be)->units = DXG_UNIT_RANGES_PER_PROCESS + 1;
	ocl_of(be)->cl.clCreateSubDevices = part_is_whole;
	for (i = 0; i < DXG_UNIT_RANGES_PER_PROCESS; i++)
		assert_int_equal(give_and_take(i, 1), 0);
	assert_int_equal(give_and_take(i, 1), -ENOSPC);
	assert_int_equal(give_and_take(0, i + 1), -ENOSPC);
	/* What there is can still be had, and all of the device. */
	assert_int_equal(give_and_take(0, 1), 0);
	assert_int_equal(give_and_take(i - 1, 1), 0);
	assert_int_equal(give_and_take(0, 0), 0);
}

static void no_such_device(void **state)
{
	struct backend_config config = { 77, 0, false };
	struct backend_text why;
	struct backend *none;

	(void)state;
	assert_int_equal(ops->open(&config, &none, &why), -ENODEV);
	assert_non_null(strstr(why.text, "platform 77"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_takes_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(copies_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(images_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_clocks_are_converted, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_left_under_way, setup, teardown),
		cmocka_unit_test_setup_teardown(many_places_in_one_allocation, setup, teardown),
		cmocka_unit_test_setup_teardown(zeroing_keeps_nobody_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(a_buffer_is_made_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_buffer_is_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(kernels_up_to_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(kernels_over_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_context_stays_on_its_units, setup, teardown),
		cmocka_unit_test_setup_teardown(units_that_there_are_not, setup, teardown),
		cmocka_unit_test_setup_teardown(ranges_of_units_are_limited, setup, teardown),
		cmocka_unit_test(no_such_device),
	};
	struct backend_config config = { BACKEND_ANY, BACKEND_ANY, false };
	struct backend_text why;

	if (ops->open(&config, &be, &why)) {
		print_message("skipped: %s\n", why.text);
		return SKIP;
	}
	ops->close(be);
	return cmocka_run_group_tests_name("backend-opencl", tests, NULL, NULL);
}

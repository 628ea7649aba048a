// SPDX-License-Identifier: MIT
/*
 * test_command_buffer.c - cl_khr_command_buffer: what is recorded is done when it is enqueued, as
 * often as it is enqueued, and as it was when it was recorded; states, times, and order. What the
 * entry points refuse is in conformance/rows_command_buffer.c.
 */
#include <pthread.h>
#include <time.h>

#include "fixture.h"
#include "recorder.h"

static struct recorder cl;

static cl_command_buffer_khr record_with(cl_command_queue queue,
					 const cl_command_buffer_properties_khr *properties)
{
	cl_int err = CL_INVALID_VALUE;
	cl_command_buffer_khr buffer = cl.create(1, &queue, properties, &err);

	ok(err);
	assert_non_null(buffer);
	return buffer;
}

static cl_command_buffer_khr record(cl_command_queue queue)
{
	return record_with(queue, NULL);
}

static const cl_command_buffer_properties_khr simultaneous[] = {
	CL_COMMAND_BUFFER_FLAGS_KHR, CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR, 0
};

static cl_int enqueue(cl_command_buffer_khr buffer, cl_uint n, const cl_event *waits,
		      cl_event *event)
{
	return cl.enqueue(0, NULL, buffer, n, waits, event);
}

static cl_command_buffer_state_khr state_of(cl_command_buffer_khr buffer)
{
	cl_command_buffer_state_khr state = 99;

	ok(cl.info(buffer, CL_COMMAND_BUFFER_STATE_KHR, sizeof(state), &state, NULL));
	return state;
}

/**
 * record_run() - record @kernel with two arguments. In a clone: PoCL 3.1 crashes over what was
 * recorded when the kernel's arguments are set again.
 */
static void record_run(cl_command_buffer_khr buffer, cl_kernel kernel, cl_mem mem, cl_uint n,
		       size_t global)
{
	cl_int err;
	cl_kernel clone = clCloneKernel(kernel, &err);

	ok(err);
	ok(clSetKernelArg(clone, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(clone, 1, sizeof(n), &n));
	ok(cl.kernel(buffer, NULL, NULL, clone, 1, NULL, &global, NULL, 0, NULL, NULL, NULL));
	ok(clReleaseKernel(clone));
}

/** run() - enqueue one work-item of @kernel with two arguments. */
static void run(cl_command_queue queue, cl_kernel kernel, cl_mem mem, cl_uint n, cl_uint waits,
		const cl_event *list, cl_event *event)
{
	size_t one = 1;

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(n), &n));
	ok(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, waits, list, event));
}

static cl_uint first_of(struct fixture *f, cl_mem mem)
{
	cl_uint value = 0;

	fixture_read(f, mem, &value, sizeof(value));
	return value;
}

static cl_command_queue new_queue(struct fixture *f, cl_command_queue_properties properties)
{
	cl_int err;
	cl_command_queue queue = clCreateCommandQueue(f->context, f->device, properties, &err);

	ok(err);
	return queue;
}

static cl_event user_event(struct fixture *f)
{
	cl_int err;
	cl_event event = clCreateUserEvent(f->context, &err);

	ok(err);
	return event;
}

/* ---- what is done ---- */

static void capabilities(void **state)
{
	struct fixture *f = *state;
	cl_device_command_buffer_capabilities_khr can = 0;
	cl_command_queue_properties needs = ~0ull;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR, sizeof(can), &can,
			   NULL));
	ok(clGetDeviceInfo(f->device, CL_DEVICE_COMMAND_BUFFER_REQUIRED_QUEUE_PROPERTIES_KHR,
			   sizeof(needs), &needs, NULL));
	assert_true(can == (CL_COMMAND_BUFFER_CAPABILITY_KERNEL_PRINTF_KHR |
			    CL_COMMAND_BUFFER_CAPABILITY_SIMULTANEOUS_USE_KHR |
			    CL_COMMAND_BUFFER_CAPABILITY_OUT_OF_ORDER_KHR));
	assert_true(needs == 0);
}

/* A fill, a copy and a copy of a rectangle, done again over other contents. */
static void buffers(void **state)
{
	struct fixture *f = *state;
	const size_t zero[3] = { 0, 0, 0 }, at[3] = { 4, 2, 0 }, region[3] = { 8, 2, 1 };
	cl_command_buffer_khr buffer = record(f->queue);
	unsigned char data[256], out[256], expected[256];
	cl_uint pattern = 0x01020304;
	cl_mem a, b;

	fixture_pattern(data, sizeof(data), 1);
	a = fixture_buffer(f, sizeof(data), data);
	b = fixture_buffer(f, sizeof(data), data);
	ok(cl.fill(buffer, NULL, a, &pattern, sizeof(pattern), 16, 32, 0, NULL, NULL, NULL));
	ok(cl.copy(buffer, NULL, a, b, 8, 128, 64, 0, NULL, NULL, NULL));
	ok(cl.copy_rect(buffer, NULL, a, b, zero, at, region, 16, 0, 32, 0, 0, NULL, NULL, NULL));
	ok(cl.finalize(buffer));
	fixture_read(f, b, out, sizeof(out));
	assert_memory_equal(out, data, sizeof(data)); /* nothing yet */
	for (unsigned int seed = 2; seed < 4; seed++) {
		fixture_pattern(data, sizeof(data), seed);
		ok(clEnqueueWriteBuffer(f->queue, a, CL_TRUE, 0, sizeof(data), data, 0, NULL,
					NULL));
		ok(clEnqueueWriteBuffer(f->queue, b, CL_TRUE, 0, sizeof(data), data, 0, NULL,
					NULL));
		memcpy(expected, data, sizeof(data));
		for (size_t i = 0; i < 8; i++)
			memcpy(data + 16 + 4 * i, &pattern, 4);
		memcpy(expected + 128, data + 8, 64);
		memcpy(expected + 2 * 32 + 4, data, 8);
		memcpy(expected + 3 * 32 + 4, data + 16, 8);
		ok(enqueue(buffer, 0, NULL, NULL));
		fixture_read(f, b, out, sizeof(out));
		assert_memory_equal(out, expected, sizeof(expected));
	}
	ok(cl.release(buffer));
	ok(clReleaseMemObject(a));
	ok(clReleaseMemObject(b));
}

/* buffer -> image, filled in part -> another image -> another buffer */
static void images(void **state)
{
	struct fixture *f = *state;
	const size_t zero[3] = { 0, 0, 0 }, at[3] = { 2, 1, 0 };
	const size_t whole[3] = { 8, 4, 1 }, part[3] = { 4, 2, 1 };
	cl_image_format format = { CL_RGBA, CL_UNSIGNED_INT8 };
	cl_image_desc desc = {
		.image_type = CL_MEM_OBJECT_IMAGE2D,
		.image_width = 8,
		.image_height = 4,
	};
	const cl_uint color[4] = { 9, 8, 7, 6 };
	unsigned char data[128], out[128];
	cl_bool has_images = CL_FALSE;
	cl_command_buffer_khr buffer;
	cl_mem from, to, image, second;
	cl_int err;

	clGetDeviceInfo(f->device, CL_DEVICE_IMAGE_SUPPORT, sizeof(has_images), &has_images, NULL);
	if (!has_images)
		skip();
	fixture_pattern(data, sizeof(data), 5);
	from = fixture_buffer(f, sizeof(data), data);
	to = fixture_buffer(f, sizeof(data), NULL);
	image = clCreateImage(f->context, CL_MEM_READ_WRITE, &format, &desc, NULL, &err);
	ok(err);
	second = clCreateImage(f->context, CL_MEM_READ_WRITE, &format, &desc, NULL, &err);
	ok(err);
	buffer = record(f->queue);
	ok(cl.to_image(buffer, NULL, from, image, 0, zero, whole, 0, NULL, NULL, NULL));
	ok(cl.fill_image(buffer, NULL, image, color, at, part, 0, NULL, NULL, NULL));
	ok(cl.copy_image(buffer, NULL, image, second, zero, zero, whole, 0, NULL, NULL, NULL));
	ok(cl.from_image(buffer, NULL, second, to, zero, whole, 0, 0, NULL, NULL, NULL));
	ok(cl.finalize(buffer));
	ok(enqueue(buffer, 0, NULL, NULL));
	fixture_read(f, to, out, sizeof(out));
	for (size_t y = 1; y < 3; y++)
		for (size_t x = 2; x < 6; x++)
			for (size_t i = 0; i < 4; i++)
				data[(y * 8 + x) * 4 + i] = (unsigned char)color[i];
	assert_memory_equal(out, data, sizeof(data));
	ok(cl.release(buffer));
	ok(clReleaseMemObject(from));
	ok(clReleaseMemObject(to));
	ok(clReleaseMemObject(image));
	ok(clReleaseMemObject(second));
}

/* Arguments are those of the recording, whatever they are set to later. */
static void arguments(void **state)
{
	struct fixture *f = *state;
	cl_uint value = 100, thousand = 1000;
	cl_command_buffer_khr buffer;
	cl_kernel inc;
	cl_mem mem, other;
	size_t global = 1;

	if (!f->ours) /* see record_run() */
		skip();
	inc = fixture_kernel(f, SOURCE_INC, "inc");
	buffer = record(f->queue);
	mem = fixture_buffer(f, sizeof(value), &value);
	other = fixture_buffer(f, sizeof(value), &value);
	ok(clSetKernelArg(inc, 0, sizeof(mem), &mem));
	for (cl_uint n = 1; n < thousand; n *= 10) {
		ok(clSetKernelArg(inc, 1, sizeof(n), &n));
		ok(cl.kernel(buffer, NULL, NULL, inc, 1, NULL, &global, NULL, 0, NULL, NULL, NULL));
	}
	ok(cl.finalize(buffer));
	ok(clSetKernelArg(inc, 0, sizeof(other), &other));
	ok(clSetKernelArg(inc, 1, sizeof(thousand), &thousand));
	for (cl_uint i = 1; i <= 3; i++) {
		ok(enqueue(buffer, 0, NULL, NULL));
		ok(clFinish(f->queue));
		assert_int_equal(first_of(f, mem), 100 + 111 * i);
	}
	assert_int_equal(first_of(f, other), 100);
	ok(cl.release(buffer));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
	ok(clReleaseMemObject(other));
}

/* What was recorded is held: kernel, program, memory and queue may be given up. */
static void held(void **state)
{
	struct fixture *f = *state;
	cl_command_queue queue = new_queue(f, 0);
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_uint value = 7;
	cl_mem result = fixture_buffer(f, 4096, NULL), mem = fixture_buffer(f, 4096, NULL);
	cl_command_buffer_khr buffer = record(queue);
	cl_event event;

	ok(cl.fill(buffer, NULL, mem, &value, sizeof(value), 0, 4096, 0, NULL, NULL, NULL));
	record_run(buffer, inc, mem, 3, 1024);
	ok(cl.copy(buffer, NULL, mem, result, 0, 0, 4096, 0, NULL, NULL, NULL));
	ok(cl.finalize(buffer));
	ok(clReleaseMemObject(mem));
	ok(clReleaseKernel(inc));
	ok(clReleaseCommandQueue(queue));
	/* Whatever takes their place must not be hit. */
	mem = fixture_buffer(f, 4096, NULL);
	ok(clEnqueueFillBuffer(f->queue, mem, &value, sizeof(value), 0, 4096, 0, NULL, NULL));
	ok(clFinish(f->queue));
	ok(enqueue(buffer, 0, NULL, &event));
	ok(clWaitForEvents(1, &event));
	assert_int_equal(first_of(f, result), 10);
	assert_int_equal(first_of(f, mem), 7);
	ok(clReleaseEvent(event));
	ok(cl.release(buffer));
	ok(clReleaseMemObject(mem));
	ok(clReleaseMemObject(result));
}

/* Released while it is pending: it is done, and then it goes. */
static void released(void **state)
{
	struct fixture *f = *state;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_event gate = user_event(f);
	cl_uint value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	record_run(buffer, inc, mem, 5, 1);
	ok(cl.finalize(buffer));
	ok(enqueue(buffer, 1, &gate, NULL));
	ok(cl.release(buffer));
	ok(clSetUserEventStatus(gate, CL_COMPLETE));
	ok(clFinish(f->queue));
	assert_int_equal(first_of(f, mem), 6);
	ok(clReleaseEvent(gate));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

static void empty(void **state)
{
	struct fixture *f = *state;
	cl_command_buffer_khr buffer = record(f->queue), barriers = record(f->queue);
	cl_sync_point_khr point = 0, second = 0;
	cl_event events[2];

	ok(cl.barrier(barriers, NULL, 0, NULL, &point, NULL));
	ok(cl.barrier(barriers, NULL, 1, &point, &second, NULL));
	assert_int_not_equal(point, second);
	ok(cl.finalize(buffer));
	ok(cl.finalize(barriers));
	ok(enqueue(buffer, 0, NULL, &events[0]));
	ok(enqueue(barriers, 0, NULL, &events[1]));
	ok(clWaitForEvents(2, events));
	ok(clReleaseEvent(events[0]));
	ok(clReleaseEvent(events[1]));
	ok(cl.release(buffer));
	ok(cl.release(barriers));
}

/* ---- order ---- */

static const char step_source[] =
	"__kernel void advance(__global uint *p, uint n) { p[0] = p[0] * 3 + n; }\n";

#define STEPS 5000

/** record_step() - as record_run(); with @point it waits for the one before, and is the next one.
 */
static void record_step(cl_command_buffer_khr buffer, cl_kernel kernel, cl_mem mem, cl_uint n,
			cl_sync_point_khr *point)
{
	cl_sync_point_khr last = point ? *point : 0;
	cl_kernel clone = clCloneKernel(kernel, NULL);
	size_t one = 1;

	ok(clSetKernelArg(clone, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(clone, 1, sizeof(n), &n));
	ok(cl.kernel(buffer, NULL, NULL, clone, 1, NULL, &one, &one, last ? 1 : 0,
		     last ? &last : NULL, point, NULL));
	ok(clReleaseKernel(clone));
}

/* More than the ring of batches holds; each step needs the one before it. */
static void many(struct fixture *f, cl_command_queue_properties properties, bool points)
{
	cl_command_queue queue = new_queue(f, properties);
	cl_kernel step = fixture_kernel(f, step_source, "advance");
	cl_command_buffer_khr buffer = record(queue);
	cl_sync_point_khr last = 0;
	cl_uint value = 1, expected = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);
	cl_event event;

	for (cl_uint i = 0; i < STEPS; i++) {
		record_step(buffer, step, mem, i, points ? &last : NULL);
		expected = expected * 3 + i;
	}
	ok(cl.finalize(buffer));
	ok(enqueue(buffer, 0, NULL, &event));
	ok(clWaitForEvents(1, &event));
	assert_int_equal(first_of(f, mem), expected);
	ok(clReleaseEvent(event));
	ok(cl.release(buffer));
	ok(clReleaseCommandQueue(queue));
	ok(clReleaseKernel(step));
	ok(clReleaseMemObject(mem));
}

static void many_in_order(void **state)
{
	many(*state, 0, false);
}

static void many_out_of_order(void **state)
{
	many(*state, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, true);
}

/* In an in-order queue it comes after what is before it, and before what is behind it. */
static void between(void **state)
{
	struct fixture *f = *state;
	cl_kernel step = fixture_kernel(f, step_source, "advance");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_uint value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	record_run(buffer, step, mem, 2, 1);
	ok(cl.finalize(buffer));
	run(f->queue, step, mem, 4, 0, NULL, NULL);
	ok(enqueue(buffer, 0, NULL, NULL));
	run(f->queue, step, mem, 5, 0, NULL, NULL);
	assert_int_equal(first_of(f, mem), ((1 * 3 + 4) * 3 + 2) * 3 + 5);
	ok(cl.release(buffer));
	ok(clReleaseKernel(step));
	ok(clReleaseMemObject(mem));
}

/* Its event holds back another queue, and an event of another queue holds it back. */
static void across_queues(void **state)
{
	struct fixture *f = *state;
	cl_command_queue other = new_queue(f, 0);
	cl_kernel step = fixture_kernel(f, step_source, "advance");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_uint value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);
	cl_event before, it;

	record_run(buffer, step, mem, 5, 1);
	record_run(buffer, step, mem, 6, 1);
	ok(cl.finalize(buffer));
	run(other, step, mem, 7, 0, NULL, &before);
	ok(enqueue(buffer, 1, &before, &it));
	run(other, step, mem, 9, 1, &it, NULL);
	ok(clFinish(other));
	assert_int_equal(first_of(f, mem), (((1 * 3 + 7) * 3 + 5) * 3 + 6) * 3 + 9);
	ok(clReleaseEvent(before));
	ok(clReleaseEvent(it));
	ok(cl.release(buffer));
	ok(clReleaseCommandQueue(other));
	ok(clReleaseKernel(step));
	ok(clReleaseMemObject(mem));
}

/* Another queue with the same properties will do. */
static void replaced_queue(void **state)
{
	struct fixture *f = *state;
	cl_command_queue same = new_queue(f, CL_QUEUE_PROFILING_ENABLE), in_event = NULL;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_uint value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);
	cl_event event;

	record_run(buffer, inc, mem, 2, 1);
	record_run(buffer, inc, mem, 3, 1);
	ok(cl.finalize(buffer));
	ok(cl.enqueue(1, &same, buffer, 0, NULL, &event));
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof(in_event), &in_event, NULL));
	assert_ptr_equal(in_event, same);
	ok(clWaitForEvents(1, &event));
	assert_int_equal(first_of(f, mem), 6);
	ok(clReleaseEvent(event));
	ok(cl.release(buffer));
	ok(clReleaseCommandQueue(same));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

/* ---- states ---- */

static void states(void **state)
{
	struct fixture *f = *state;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_event gate = user_event(f), event;
	cl_command_type type = 0;
	cl_uint value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_RECORDING_KHR);
	assert_int_equal(enqueue(buffer, 0, NULL, NULL), CL_INVALID_OPERATION);
	record_run(buffer, inc, mem, 1, 1);
	ok(cl.finalize(buffer));
	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_EXECUTABLE_KHR);
	ok(enqueue(buffer, 1, &gate, &event));
	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_PENDING_KHR);
	assert_int_equal(enqueue(buffer, 0, NULL, NULL), CL_INVALID_OPERATION);
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof(type), &type, NULL));
	assert_int_equal(type, CL_COMMAND_COMMAND_BUFFER_KHR);
	ok(clSetUserEventStatus(gate, CL_COMPLETE));
	ok(clWaitForEvents(1, &event));
	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_EXECUTABLE_KHR);
	ok(enqueue(buffer, 0, NULL, NULL));
	ok(clFinish(f->queue));
	assert_int_equal(first_of(f, mem), 3);
	ok(clReleaseEvent(event));
	ok(clReleaseEvent(gate));
	ok(cl.release(buffer));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

/* Asking for the state is enough to see it end. */
static void polled(void **state)
{
	struct fixture *f = *state;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_uint value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	record_run(buffer, inc, mem, 1, 1);
	ok(cl.finalize(buffer));
	for (int i = 0; i < 20; i++) {
		ok(enqueue(buffer, 0, NULL, NULL));
		ok(clFlush(f->queue));
		while (state_of(buffer) == CL_COMMAND_BUFFER_STATE_PENDING_KHR)
			;
	}
	assert_int_equal(first_of(f, mem), 21);
	ok(cl.release(buffer));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

/* What it waited for failed: it is not done, and may be enqueued again. */
static void failed(void **state)
{
	struct fixture *f = *state;
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_event gate = user_event(f), event;
	cl_int status = 0;
	cl_uint value = 1;
	cl_mem mem;

	if (!f->ours) /* PoCL 3.1 ends the program */
		skip();
	mem = fixture_buffer(f, sizeof(value), &value);
	record_run(buffer, inc, mem, 1, 1);
	record_run(buffer, inc, mem, 1, 1);
	ok(cl.finalize(buffer));
	ok(enqueue(buffer, 1, &gate, &event));
	ok(clSetUserEventStatus(gate, -5));
	clFinish(f->queue);
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL));
	assert_true(status < 0);
	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_EXECUTABLE_KHR);
	assert_int_equal(first_of(f, mem), 1);
	ok(enqueue(buffer, 0, NULL, NULL));
	assert_int_equal(first_of(f, mem), 3);
	ok(clReleaseEvent(event));
	ok(clReleaseEvent(gate));
	ok(cl.release(buffer));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

static void simultaneous_use(void **state)
{
	struct fixture *f = *state;
	cl_command_queue queue = new_queue(f, CL_QUEUE_PROFILING_ENABLE);
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record_with(f->queue, simultaneous);
	cl_event gate = user_event(f);
	cl_uint value = 1;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);

	record_run(buffer, inc, mem, 1, 1);
	ok(cl.finalize(buffer));
	for (int i = 0; i < 10; i++)
		ok(enqueue(buffer, 1, &gate, NULL));
	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_PENDING_KHR);
	ok(clSetUserEventStatus(gate, CL_COMPLETE));
	ok(clFinish(f->queue));
	assert_int_equal(first_of(f, mem), 11);
	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_EXECUTABLE_KHR);
	/* In two queues: neither is the only one to be asked. */
	ok(enqueue(buffer, 0, NULL, NULL));
	ok(cl.enqueue(1, &queue, buffer, 0, NULL, NULL));
	ok(clFlush(f->queue));
	ok(clFlush(queue));
	while (state_of(buffer) == CL_COMMAND_BUFFER_STATE_PENDING_KHR)
		;
	ok(clReleaseEvent(gate));
	ok(cl.release(buffer));
	ok(clReleaseCommandQueue(queue));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

static void information(void **state)
{
	struct fixture *f = *state;
	cl_command_buffer_khr buffer = record_with(f->queue, simultaneous);
	cl_command_buffer_properties_khr list[3];
	cl_command_queue queue = NULL;
	cl_uint n = 0;

	ok(cl.info(buffer, CL_COMMAND_BUFFER_NUM_QUEUES_KHR, sizeof(n), &n, NULL));
	assert_int_equal(n, 1);
	ok(cl.info(buffer, CL_COMMAND_BUFFER_QUEUES_KHR, sizeof(queue), &queue, NULL));
	ok(cl.info(buffer, CL_COMMAND_BUFFER_PROPERTIES_ARRAY_KHR, sizeof(list), list, NULL));
	if (f->ours) { /* PoCL 3.1 answers where its lists are */
		assert_ptr_equal(queue, f->queue);
		assert_memory_equal(list, simultaneous, sizeof(list));
	}
	ok(cl.retain(buffer));
	ok(cl.info(buffer, CL_COMMAND_BUFFER_REFERENCE_COUNT_KHR, sizeof(n), &n, NULL));
	assert_int_equal(n, 2);
	ok(cl.release(buffer));
	ok(cl.release(buffer));
}

/* ---- times ---- */

static cl_ulong time_of(cl_event event, cl_profiling_info what)
{
	cl_ulong t = 0;

	ok(clGetEventProfilingInfo(event, what, sizeof(t), &t, NULL));
	return t;
}

static cl_ulong duration(cl_event event)
{
	cl_ulong queued = time_of(event, CL_PROFILING_COMMAND_QUEUED);
	cl_ulong submit = time_of(event, CL_PROFILING_COMMAND_SUBMIT);
	cl_ulong start = time_of(event, CL_PROFILING_COMMAND_START);
	cl_ulong end = time_of(event, CL_PROFILING_COMMAND_END);

	assert_true(queued && queued <= submit && submit <= start && start <= end);
	return end - start;
}

/* A quarter of the shortest of several: the first one compiles, and others may share the machine.
 */
static cl_ulong least_duration(struct fixture *f, cl_kernel kernel, cl_mem mem, cl_uint rounds)
{
	cl_ulong least = ~0ull;

	for (int i = 0; i < 4; i++) {
		cl_event event;

		run(f->queue, kernel, mem, rounds, 0, NULL, &event);
		ok(clWaitForEvents(1, &event));
		if (least > duration(event))
			least = duration(event);
		ok(clReleaseEvent(event));
	}
	return least / 4;
}

/*
 * One event for all of it: a long kernel, then @small short ones. Its time is at least the long
 * kernel's, also when the batch with the first packet was used again before the last.
 */
static void timed(struct fixture *f, size_t small)
{
	cl_kernel spin = fixture_kernel(f, SOURCE_SPIN, "spin");
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record(f->queue);
	cl_uint value = 1, rounds = 20000000;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);
	cl_ulong least = least_duration(f, spin, mem, rounds);
	cl_event event;

	record_run(buffer, spin, mem, rounds, 1);
	for (size_t i = 0; i < small; i++)
		record_run(buffer, inc, mem, 1, 1);
	ok(cl.finalize(buffer));
	ok(enqueue(buffer, 0, NULL, &event));
	/* These use the slots of what has been done. */
	for (size_t i = 0; i < small; i++)
		run(f->queue, inc, mem, 1, 0, NULL, NULL);
	ok(clWaitForEvents(1, &event));
	/* PoCL 3.1's event is that of a marker behind the commands. */
	assert_true(duration(event) >= (f->ours ? least : 0));
	ok(clFinish(f->queue));
	ok(clReleaseEvent(event));
	ok(cl.release(buffer));
	ok(clReleaseKernel(spin));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

static void times_of_one(void **state)
{
	timed(*state, 0);
}

static void times_of_few(void **state)
{
	timed(*state, 3);
}

static void times_of_many(void **state)
{
	timed(*state, 4200);
}

/* ---- threads ---- */

#define THREADS 4
#define EACH 200

/** struct author - one of several threads that record into the same command buffer. */
struct author {
	pthread_t thread;
	cl_command_buffer_khr buffer;
	cl_mem mem;
	cl_int err;
};

static void *write_some(void *arg)
{
	struct author *a = arg;
	cl_uint pattern = 1;

	for (int i = 0; i < EACH && a->err == CL_SUCCESS; i++)
		a->err = cl.fill(a->buffer, NULL, a->mem, &pattern, sizeof(pattern), 0, 4, 0, NULL,
				 NULL, NULL);
	return NULL;
}

static void threads(void **state)
{
	struct fixture *f = *state;
	cl_command_buffer_khr buffer = record(f->queue);
	struct author authors[THREADS];
	cl_uint zero = 0;
	cl_sync_point_khr point = 0;

	for (int i = 0; i < THREADS; i++) {
		authors[i].buffer = buffer;
		authors[i].mem = fixture_buffer(f, sizeof(zero), &zero);
		authors[i].err = CL_SUCCESS;
		assert_int_equal(pthread_create(&authors[i].thread, NULL, write_some, &authors[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(authors[i].thread, NULL);
		ok(authors[i].err);
	}
	ok(cl.barrier(buffer, NULL, 0, NULL, &point, NULL));
	assert_true(point >= THREADS * EACH);
	ok(cl.finalize(buffer));
	ok(enqueue(buffer, 0, NULL, NULL));
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(first_of(f, authors[i].mem), 1);
		ok(clReleaseMemObject(authors[i].mem));
	}
	ok(cl.release(buffer));
}

/* ---- a lost device ---- */

/* Reads far outside of every buffer. */
static const char crash_source[] = "__kernel void crash(__global ulong *p, uint n)"
				   "{ p[0] = *(__global ulong *)(" WILD_TEXT
				   " + n + get_global_id(0)); }\n";

/* What is pending ends; what is recorded can be released, and nothing else. */
static void lost(void **state)
{
	struct fixture *f = *state, other = *f;
	cl_event gate, event;
	cl_command_buffer_khr buffer, second;
	cl_kernel crash, inc;
	cl_uint value = 1;
	cl_int err, status = 0;
	cl_mem mem;

	if (!f->ours) /* it would take the test along */
		skip();
	other.context = clCreateContext(NULL, 1, &f->device, NULL, NULL, &err);
	ok(err);
	other.queue = new_queue(&other, CL_QUEUE_PROFILING_ENABLE);
	mem = fixture_buffer(&other, 4096, NULL);
	crash = fixture_kernel(&other, crash_source, "crash");
	inc = fixture_kernel(&other, SOURCE_INC, "inc");
	gate = user_event(&other);
	buffer = record(other.queue);
	second = record_with(other.queue, simultaneous);
	record_run(buffer, inc, mem, 1, 1);
	record_run(buffer, crash, mem, 0, 1);
	for (int i = 0; i < 1000; i++)
		record_run(buffer, inc, mem, 1, 1);
	record_run(second, inc, mem, 1, 1);
	record_run(second, inc, mem, 1, 1);
	ok(cl.finalize(second));
	ok(enqueue(second, 1, &gate, NULL));
	ok(cl.finalize(buffer));
	ok(clSetUserEventStatus(gate, CL_COMPLETE));
	ok(enqueue(buffer, 0, NULL, &event));
	clWaitForEvents(1, &event);
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL));
	assert_int_equal(status, CL_OUT_OF_RESOURCES);
	assert_int_equal(state_of(buffer), CL_COMMAND_BUFFER_STATE_EXECUTABLE_KHR);
	assert_int_equal(enqueue(buffer, 0, NULL, NULL), CL_OUT_OF_RESOURCES);
	ok(cl.release(second));
	second = record(other.queue);
	assert_int_equal(
		cl.fill(second, NULL, mem, &value, sizeof(value), 0, 4, 0, NULL, NULL, NULL),
		CL_OUT_OF_RESOURCES);
	ok(cl.release(buffer));
	ok(cl.release(second));
	ok(clReleaseEvent(gate));
	ok(clReleaseEvent(event));
	ok(clReleaseKernel(crash));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
	ok(clReleaseCommandQueue(other.queue));
	ok(clReleaseContext(other.context));
}

/* ---- what it is for ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define KERNELS 1000

/* Not judged: printed for whoever wants to know. The best of several rounds, in microseconds. */
static void cost(void **state)
{
	struct fixture *f = *state;
	double best[2][2] = { { 1e9, 1e9 }, { 1e9, 1e9 } };
	cl_command_queue queue = new_queue(f, 0);
	cl_kernel inc = fixture_kernel(f, SOURCE_INC, "inc");
	cl_command_buffer_khr buffer = record(queue);
	cl_uint value = 0, rounds = 5;
	cl_mem mem = fixture_buffer(f, sizeof(value), &value);
	size_t one = 1;

	for (int i = 0; i < KERNELS; i++)
		record_run(buffer, inc, mem, 1, one);
	ok(cl.finalize(buffer));
	run(queue, inc, mem, 1, 0, NULL, NULL);
	for (cl_uint i = 0; i < 2 * rounds; i++) {
		double start = now(), enqueued;

		if (i % 2)
			ok(enqueue(buffer, 0, NULL, NULL));
		else
			for (int k = 0; k < KERNELS; k++)
				ok(clEnqueueNDRangeKernel(queue, inc, 1, NULL, &one, NULL, 0, NULL,
							  NULL));
		enqueued = now() - start;
		ok(clFinish(queue));
		if (best[i % 2][0] > enqueued)
			best[i % 2][0] = enqueued;
		if (best[i % 2][1] > now() - start)
			best[i % 2][1] = now() - start;
	}
	print_message("%d kernels: clEnqueueNDRangeKernel %.0f us (done after %.0f us), "
		      "clEnqueueCommandBufferKHR %.0f us (%.0f us)\n",
		      KERNELS, best[0][0] * 1e6, best[0][1] * 1e6, best[1][0] * 1e6,
		      best[1][1] * 1e6);
	assert_int_equal(first_of(f, mem), 2 * rounds * KERNELS + 1);
	ok(cl.release(buffer));
	ok(clReleaseCommandQueue(queue));
	ok(clReleaseKernel(inc));
	ok(clReleaseMemObject(mem));
}

static int setup(void **state)
{
	struct fixture *f;
	const char *missing;

	fixture_setup(state);
	f = *state;
	assert_true(recorder_claimed(f->device) || !f->ours);
	missing = recorder_load(f->platform, &cl);
	if (missing)
		print_message("%s is not there\n", missing);
	return missing != NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities),	 cmocka_unit_test(buffers),
		cmocka_unit_test(images),	 cmocka_unit_test(arguments),
		cmocka_unit_test(held),		 cmocka_unit_test(released),
		cmocka_unit_test(empty),	 cmocka_unit_test(many_in_order),
		cmocka_unit_test(between),	 cmocka_unit_test(many_out_of_order),
		cmocka_unit_test(across_queues), cmocka_unit_test(replaced_queue),
		cmocka_unit_test(states),	 cmocka_unit_test(polled),
		cmocka_unit_test(failed),	 cmocka_unit_test(simultaneous_use),
		cmocka_unit_test(information),	 cmocka_unit_test(times_of_one),
		cmocka_unit_test(times_of_few),	 cmocka_unit_test(times_of_many),
		cmocka_unit_test(threads),	 cmocka_unit_test(cost),
		cmocka_unit_test(lost),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}

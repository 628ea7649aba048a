// SPDX-License-Identifier: MIT
/*
 * rows_command_buffer.c - cl_khr_command_buffer, whose functions are asked for by name. Where the
 * device does not have it there are no answers: CL_INVALID_OPERATION stands for all of them.
 */
#include "../recorder.h"
#include "row.h"

static struct recorder cl;

static bool has(void)
{
	static bool asked, missing;

	if (!asked)
		missing = !recorder_claimed(e.device) || recorder_load(e.platform, &cl);
	asked = true;
	return !missing;
}

/** RECORD() - a row of the extension. */
#define RECORD(entry, condition, expected, ...)                          \
	ROW(entry, condition, has() ? (expected) : CL_INVALID_OPERATION, \
	    has() ? (__VA_ARGS__) : CL_INVALID_OPERATION)

#define LIST(...) ((cl_command_buffer_properties_khr[]){ __VA_ARGS__, 0 })
#define FLAGS CL_COMMAND_BUFFER_FLAGS_KHR
#define SIMULTANEOUS CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR
#define QUEUES(...) ((cl_command_queue[]){ __VA_ARGS__ })

/* ---- creation ---- */

#define NEW(...) CREATE(cl.release, cl.create(__VA_ARGS__, &err))
#define CREATES(condition, expected, ...) \
	RECORD("clCreateCommandBufferKHR", condition, expected, NEW(__VA_ARGS__))
CREATES("plain", CL_SUCCESS, 1, &e.queue, NULL);
CREATES("out of order", e.unordered ? CL_SUCCESS : CL_INVALID_COMMAND_QUEUE, 1, &e.unordered, NULL);
CREATES("simultaneous use", CL_SUCCESS, 1, &e.queue, LIST(FLAGS, SIMULTANEOUS));
CREATES("no flags", CL_SUCCESS, 1, &e.queue, LIST(FLAGS, 0));
CREATES("empty list", CL_SUCCESS, 1, &e.queue, LIST(0));
CREATES("unknown flag", CL_INVALID_VALUE, 1, &e.queue, LIST(FLAGS, 1u << 30));
CREATES("unknown property", CL_INVALID_VALUE, 1, &e.queue, LIST(0x7fff, 0));
CREATES("flags twice", CL_INVALID_VALUE, 1, &e.queue, LIST(FLAGS, 0, FLAGS, 0));
CREATES("no list of queues", CL_INVALID_VALUE, 1, NULL, NULL);
CREATES("no queues counted", CL_INVALID_VALUE, 0, &e.queue, NULL);
CREATES("two queues", CL_INVALID_VALUE, 2, QUEUES(e.queue, e.queue), NULL);
CREATES("no queue", CL_INVALID_COMMAND_QUEUE, 1, QUEUES(NULL), NULL);
CREATES("queue of another kind", CL_INVALID_COMMAND_QUEUE, 1, QUEUES(WRONG(cl_command_queue)),
	NULL);

/* ---- a command buffer for one row ---- */

typedef cl_int (*step_fn)(cl_command_buffer_khr buffer);

/* An empty one with two sync points: 1 and 2 are the numbers that drivers give. */
static cl_int with_buffer(step_fn step, bool finalized)
{
	cl_sync_point_khr point = 0;
	cl_int err = CL_SUCCESS;
	cl_command_buffer_khr buffer = cl.create(1, &e.queue, NULL, &err);

	if (err == CL_SUCCESS)
		err = cl.barrier(buffer, NULL, 0, NULL, &point, NULL);
	if (err == CL_SUCCESS && finalized)
		err = cl.finalize(buffer);
	if (err == CL_SUCCESS)
		err = step(buffer);
	if (buffer)
		cl.release(buffer);
	return err;
}

/** OPEN(), CLOSED() - a row about @buffer, which is being recorded, or is finalized. */
#define OPEN(entry, condition, expected, ...) \
	STATED(__COUNTER__, false, entry, condition, expected, __VA_ARGS__)
#define CLOSED(entry, condition, expected, ...) \
	STATED(__COUNTER__, true, entry, condition, expected, __VA_ARGS__)
#define STATED(n, finalized, entry, condition, expected, ...) \
	STEP_ROW(n, finalized, entry, condition, expected, __VA_ARGS__)
#define STEP_ROW(n, finalized, entry, condition, expected, ...) \
	static cl_int step_##n(cl_command_buffer_khr buffer)    \
	{                                                       \
		return (__VA_ARGS__);                           \
	}                                                       \
	RECORD(entry, condition, expected, with_buffer(step_##n, finalized))

#define OF_ANOTHER_KIND WRONG(cl_command_buffer_khr)
#define NO_BUFFER CL_INVALID_COMMAND_BUFFER_KHR

OPEN("clFinalizeCommandBufferKHR", "plain", CL_SUCCESS, cl.finalize(buffer));
CLOSED("clFinalizeCommandBufferKHR", "again", CL_INVALID_OPERATION, cl.finalize(buffer));
RECORD("clFinalizeCommandBufferKHR", "no object", NO_BUFFER, cl.finalize(NULL));
RECORD("clFinalizeCommandBufferKHR", "object of another kind", NO_BUFFER,
       cl.finalize(OF_ANOTHER_KIND));
OPEN("clRetainCommandBufferKHR", "plain", CL_SUCCESS, cl.retain(buffer) ?: cl.release(buffer));
RECORD("clRetainCommandBufferKHR", "no object", NO_BUFFER, cl.retain(NULL));
RECORD("clRetainCommandBufferKHR", "object of another kind", NO_BUFFER, cl.retain(OF_ANOTHER_KIND));
OPEN("clReleaseCommandBufferKHR", "of a retained object", CL_SUCCESS,
     cl.retain(buffer) ?: cl.release(buffer));
RECORD("clReleaseCommandBufferKHR", "no object", NO_BUFFER, cl.release(NULL));
RECORD("clReleaseCommandBufferKHR", "object of another kind", NO_BUFFER,
       cl.release(OF_ANOTHER_KIND));

/* ---- recording ---- */

#define N(...) ((size_t[]){ __VA_ARGS__ })
#define POINTS(...) ((cl_sync_point_khr[]){ __VA_ARGS__ })

/** RECORDED() - rows for what all commands have in common; @call as those below. */
#define RECORDED(entry, needs, call)                                                              \
	OPEN(entry, "plain", needs(CL_SUCCESS), call(buffer, NULL, 0, NULL, NULL));               \
	OPEN(entry, "waits for a sync point", needs(CL_SUCCESS),                                  \
	     call(buffer, NULL, 1, POINTS(1), NULL));                                             \
	CLOSED(entry, "finalized", needs(CL_INVALID_OPERATION),                                   \
	       call(buffer, NULL, 0, NULL, NULL));                                                \
	OPEN(entry, "a queue", needs(CL_INVALID_COMMAND_QUEUE),                                   \
	     call(buffer, e.queue, 0, NULL, NULL));                                               \
	OPEN(entry, "a handle asked for", needs(CL_INVALID_VALUE),                                \
	     call(buffer, NULL, 0, NULL, &(cl_mutable_command_khr){ NULL }));                     \
	OPEN(entry, "sync points counted, no list", needs(CL_INVALID_SYNC_POINT_WAIT_LIST_KHR),   \
	     call(buffer, NULL, 1, NULL, NULL));                                                  \
	OPEN(entry, "list of sync points, none counted",                                          \
	     needs(CL_INVALID_SYNC_POINT_WAIT_LIST_KHR), call(buffer, NULL, 0, POINTS(1), NULL)); \
	OPEN(entry, "no such sync point", needs(CL_INVALID_SYNC_POINT_WAIT_LIST_KHR),             \
	     call(buffer, NULL, 2, POINTS(1, 77), NULL));                                         \
	OPEN(entry, "sync point 0", needs(CL_INVALID_SYNC_POINT_WAIT_LIST_KHR),                   \
	     call(buffer, NULL, 1, POINTS(0), NULL));                                             \
	RECORD(entry, "no object", needs(NO_BUFFER), call(NULL, NULL, 0, NULL, NULL))

#define ALWAYS(answer) (answer)
#define WITH_IMAGES(answer) (e.images ? (answer) : CL_INVALID_MEM_OBJECT)

#define BARRIER(b, q, n, list, handle) cl.barrier(b, q, n, list, NULL, handle)
RECORDED("clCommandBarrierWithWaitListKHR", ALWAYS, BARRIER);

#define COPY(b, q, n, list, handle) \
	cl.copy(b, q, e.buffer, e.second, 0, 0, 64, n, list, NULL, handle)
#define COPIES(from, to, at, size) cl.copy(buffer, NULL, from, to, at, 0, size, 0, NULL, NULL, NULL)
RECORDED("clCommandCopyBufferKHR", ALWAYS, COPY);
OPEN("clCommandCopyBufferKHR", "past the end", CL_INVALID_VALUE,
     COPIES(e.buffer, e.second, ENV_BYTES, 1));
OPEN("clCommandCopyBufferKHR", "size 0", CL_INVALID_VALUE, COPIES(e.buffer, e.second, 0, 0));
OPEN("clCommandCopyBufferKHR", "overlaps", CL_MEM_COPY_OVERLAP, COPIES(e.buffer, e.buffer, 8, 64));
OPEN("clCommandCopyBufferKHR", "no source", CL_INVALID_MEM_OBJECT, COPIES(NULL, e.second, 0, 64));
OPEN("clCommandCopyBufferKHR", "no destination", CL_INVALID_MEM_OBJECT,
     COPIES(e.buffer, NULL, 0, 64));
OPEN("clCommandCopyBufferKHR", "of another context", CL_INVALID_CONTEXT,
     COPIES(e.other_buffer, e.second, 0, 64));

#define COPY_RECT(b, q, n, list, handle)                                                         \
	cl.copy_rect(b, q, e.buffer, e.second, N(0, 0, 0), N(0, 0, 0), N(8, 2, 1), 16, 0, 16, 0, \
		     n, list, NULL, handle)
#define COPIES_RECT(from, to, origin, region, pitch)                                               \
	cl.copy_rect(buffer, NULL, from, to, origin, N(0, 0, 0), region, pitch, 0, 16, 0, 0, NULL, \
		     NULL, NULL)
RECORDED("clCommandCopyBufferRectKHR", ALWAYS, COPY_RECT);
OPEN("clCommandCopyBufferRectKHR", "past the end", CL_INVALID_VALUE,
     COPIES_RECT(e.buffer, e.second, N(0, ENV_BYTES / 16, 0), N(8, 2, 1), 16));
OPEN("clCommandCopyBufferRectKHR", "an empty region", CL_INVALID_VALUE,
     COPIES_RECT(e.buffer, e.second, N(0, 0, 0), N(8, 0, 1), 16));
OPEN("clCommandCopyBufferRectKHR", "row pitch below a row", CL_INVALID_VALUE,
     COPIES_RECT(e.buffer, e.second, N(0, 0, 0), N(8, 2, 1), 4));
OPEN("clCommandCopyBufferRectKHR", "overlaps", CL_MEM_COPY_OVERLAP,
     COPIES_RECT(e.buffer, e.buffer, N(4, 0, 0), N(8, 2, 1), 16));
OPEN("clCommandCopyBufferRectKHR", "no destination", CL_INVALID_MEM_OBJECT,
     COPIES_RECT(e.buffer, NULL, N(0, 0, 0), N(8, 2, 1), 16));

#define FILL(b, q, n, list, handle) \
	cl.fill(b, q, e.buffer, e.bytes, 4, 0, 64, n, list, NULL, handle)
#define FILLS(mem, pattern, pattern_size, at, size) \
	cl.fill(buffer, NULL, mem, pattern, pattern_size, at, size, 0, NULL, NULL, NULL)
RECORDED("clCommandFillBufferKHR", ALWAYS, FILL);
OPEN("clCommandFillBufferKHR", "no pattern", CL_INVALID_VALUE, FILLS(e.buffer, NULL, 4, 0, 64));
OPEN("clCommandFillBufferKHR", "pattern of 3 bytes", CL_INVALID_VALUE,
     FILLS(e.buffer, e.bytes, 3, 0, 63));
OPEN("clCommandFillBufferKHR", "unaligned offset", CL_INVALID_VALUE,
     FILLS(e.buffer, e.bytes, 4, 2, 64));
OPEN("clCommandFillBufferKHR", "past the end", CL_INVALID_VALUE,
     FILLS(e.buffer, e.bytes, 4, ENV_BYTES, 4));
OPEN("clCommandFillBufferKHR", "no buffer", CL_INVALID_MEM_OBJECT, FILLS(NULL, e.bytes, 4, 0, 64));

#define COPY_IMAGE(b, q, n, list, handle)                                                         \
	cl.copy_image(b, q, e.image, e.second_image, N(0, 0, 0), N(0, 0, 0), N(4, 4, 1), n, list, \
		      NULL, handle)
#define COPIES_IMAGE(from, to, at) \
	cl.copy_image(buffer, NULL, from, to, at, N(0, 0, 0), N(4, 4, 1), 0, NULL, NULL, NULL)
RECORDED("clCommandCopyImageKHR", WITH_IMAGES, COPY_IMAGE);
OPEN("clCommandCopyImageKHR", "source past the edge", WITH_IMAGES(CL_INVALID_VALUE),
     COPIES_IMAGE(e.image, e.second_image, N(ENV_SIDE, 0, 0)));
OPEN("clCommandCopyImageKHR", "overlaps", WITH_IMAGES(CL_MEM_COPY_OVERLAP),
     COPIES_IMAGE(e.image, e.image, N(2, 2, 0)));
OPEN("clCommandCopyImageKHR", "a buffer", CL_INVALID_MEM_OBJECT,
     COPIES_IMAGE(e.buffer, e.second_image, N(0, 0, 0)));
OPEN("clCommandCopyImageKHR", "of another context", WITH_IMAGES(CL_INVALID_CONTEXT),
     COPIES_IMAGE(e.other_image, e.second_image, N(0, 0, 0)));

#define FROM_IMAGE(b, q, n, list, handle) \
	cl.from_image(b, q, e.image, e.buffer, N(0, 0, 0), N(4, 4, 1), 0, n, list, NULL, handle)
#define COPIES_FROM(image, to, at, offset) \
	cl.from_image(buffer, NULL, image, to, at, N(4, 4, 1), offset, 0, NULL, NULL, NULL)
RECORDED("clCommandCopyImageToBufferKHR", WITH_IMAGES, FROM_IMAGE);
OPEN("clCommandCopyImageToBufferKHR", "past the edge of the image", WITH_IMAGES(CL_INVALID_VALUE),
     COPIES_FROM(e.image, e.buffer, N(ENV_SIDE, 0, 0), 0));
OPEN("clCommandCopyImageToBufferKHR", "past the end of the buffer", WITH_IMAGES(CL_INVALID_VALUE),
     COPIES_FROM(e.image, e.buffer, N(0, 0, 0), ENV_BYTES));
OPEN("clCommandCopyImageToBufferKHR", "no buffer", CL_INVALID_MEM_OBJECT,
     COPIES_FROM(e.image, NULL, N(0, 0, 0), 0));

#define TO_IMAGE(b, q, n, list, handle) \
	cl.to_image(b, q, e.buffer, e.image, 0, N(0, 0, 0), N(4, 4, 1), n, list, NULL, handle)
#define COPIES_TO(from, image, offset, at) \
	cl.to_image(buffer, NULL, from, image, offset, at, N(4, 4, 1), 0, NULL, NULL, NULL)
RECORDED("clCommandCopyBufferToImageKHR", WITH_IMAGES, TO_IMAGE);
OPEN("clCommandCopyBufferToImageKHR", "past the edge of the image", WITH_IMAGES(CL_INVALID_VALUE),
     COPIES_TO(e.buffer, e.image, 0, N(ENV_SIDE, 0, 0)));
OPEN("clCommandCopyBufferToImageKHR", "past the end of the buffer", WITH_IMAGES(CL_INVALID_VALUE),
     COPIES_TO(e.buffer, e.image, ENV_BYTES, N(0, 0, 0)));
OPEN("clCommandCopyBufferToImageKHR", "no image", CL_INVALID_MEM_OBJECT,
     COPIES_TO(e.buffer, NULL, 0, N(0, 0, 0)));

#define FILL_IMAGE(b, q, n, list, handle) \
	cl.fill_image(b, q, e.image, e.bytes, N(0, 0, 0), N(4, 4, 1), n, list, NULL, handle)
#define FILLS_IMAGE(image, color, at) \
	cl.fill_image(buffer, NULL, image, color, at, N(4, 4, 1), 0, NULL, NULL, NULL)
RECORDED("clCommandFillImageKHR", WITH_IMAGES, FILL_IMAGE);
OPEN("clCommandFillImageKHR", "no colour", WITH_IMAGES(CL_INVALID_VALUE),
     FILLS_IMAGE(e.image, NULL, N(0, 0, 0)));
OPEN("clCommandFillImageKHR", "past the edge", WITH_IMAGES(CL_INVALID_VALUE),
     FILLS_IMAGE(e.image, e.bytes, N(ENV_SIDE, 0, 0)));
OPEN("clCommandFillImageKHR", "a buffer", CL_INVALID_MEM_OBJECT,
     FILLS_IMAGE(e.buffer, e.bytes, N(0, 0, 0)));

#define RANGE(b, q, n, list, handle) \
	cl.kernel(b, q, NULL, e.kernel, 1, NULL, N(16), N(8), n, list, NULL, handle)
#define RANGE_OF(k, dim, offset, global, local) \
	cl.kernel(buffer, NULL, NULL, k, dim, offset, global, local, 0, NULL, NULL, NULL)
#define NO_PROPERTY ((cl_ndrange_kernel_command_properties_khr[]){ 0 })
#define A_PROPERTY ((cl_ndrange_kernel_command_properties_khr[]){ 0x7fff, 1, 0 })
RECORDED("clCommandNDRangeKernelKHR", ALWAYS, RANGE);
RECORD("clCommandNDRangeKernelKHR", "object of another kind", NO_BUFFER,
       RANGE(OF_ANOTHER_KIND, NULL, 0, NULL, NULL));
OPEN("clCommandNDRangeKernelKHR", "empty list", CL_SUCCESS,
     cl.kernel(buffer, NULL, NO_PROPERTY, e.kernel, 1, NULL, N(16), NULL, 0, NULL, NULL, NULL));
OPEN("clCommandNDRangeKernelKHR", "unknown property", CL_INVALID_VALUE,
     cl.kernel(buffer, NULL, A_PROPERTY, e.kernel, 1, NULL, N(16), NULL, 0, NULL, NULL, NULL));
OPEN("clCommandNDRangeKernelKHR", "no dimension", CL_INVALID_WORK_DIMENSION,
     RANGE_OF(e.kernel, 0, NULL, N(16), NULL));
OPEN("clCommandNDRangeKernelKHR", "a work-group that is too large", CL_INVALID_WORK_GROUP_SIZE,
     RANGE_OF(e.kernel, 2, NULL, N(e.max_group, 2), N(e.max_group, 2)));
OPEN("clCommandNDRangeKernelKHR", "local size 0", CL_INVALID_WORK_GROUP_SIZE,
     RANGE_OF(e.kernel, 1, NULL, N(16), N(0)));
OPEN("clCommandNDRangeKernelKHR", "not the work-group that the kernel demands",
     CL_INVALID_WORK_GROUP_SIZE, RANGE_OF(e.fixed, 2, NULL, N(8, 4), N(2, 4)));
OPEN("clCommandNDRangeKernelKHR", "offset and global size wrap", CL_INVALID_GLOBAL_OFFSET,
     RANGE_OF(e.kernel, 1, N(~0ul), N(16), NULL));
OPEN("clCommandNDRangeKernelKHR", "no argument was set", CL_INVALID_KERNEL_ARGS,
     RANGE_OF(e.unset, 1, NULL, N(16), NULL));
OPEN("clCommandNDRangeKernelKHR", "no kernel", CL_INVALID_KERNEL,
     RANGE_OF(NULL, 1, NULL, N(16), NULL));

/* ---- enqueueing ---- */

static cl_int in_queue(cl_command_queue *queues, cl_uint n, cl_command_buffer_khr buffer)
{
	return ENQUEUE(cl.enqueue(n, queues, buffer, 0, NULL, &event));
}

#define WAITS(n, list) cl.enqueue(0, NULL, buffer, n, list, NULL)
CLOSED("clEnqueueCommandBufferKHR", "plain", CL_SUCCESS, in_queue(NULL, 0, buffer));
CLOSED("clEnqueueCommandBufferKHR", "the same queue", CL_SUCCESS, in_queue(&e.queue, 1, buffer));
CLOSED("clEnqueueCommandBufferKHR", "waits for events", CL_SUCCESS,
       WAITS(1, &e.event) ?: clFinish(e.queue));
OPEN("clEnqueueCommandBufferKHR", "not finalized", CL_INVALID_OPERATION, in_queue(NULL, 0, buffer));
CLOSED("clEnqueueCommandBufferKHR", "queues counted, no list", CL_INVALID_VALUE,
       in_queue(NULL, 1, buffer));
CLOSED("clEnqueueCommandBufferKHR", "list of queues, none counted", CL_INVALID_VALUE,
       in_queue(&e.queue, 0, buffer));
CLOSED("clEnqueueCommandBufferKHR", "two queues", CL_INVALID_VALUE,
       in_queue(QUEUES(e.queue, e.queue), 2, buffer));
CLOSED("clEnqueueCommandBufferKHR", "no queue", CL_INVALID_COMMAND_QUEUE,
       in_queue(QUEUES(NULL), 1, buffer));
CLOSED("clEnqueueCommandBufferKHR", "queue of another kind", CL_INVALID_COMMAND_QUEUE,
       in_queue(QUEUES(WRONG(cl_command_queue)), 1, buffer));
CLOSED("clEnqueueCommandBufferKHR", "queue with other properties",
       CL_INCOMPATIBLE_COMMAND_QUEUE_KHR, in_queue(&e.plain, 1, buffer));
CLOSED("clEnqueueCommandBufferKHR", "queue of another context", CL_INVALID_CONTEXT,
       in_queue(&e.other_queue, 1, buffer));
RECORD("clEnqueueCommandBufferKHR", "no object", NO_BUFFER, in_queue(NULL, 0, NULL));
RECORD("clEnqueueCommandBufferKHR", "object of another kind", NO_BUFFER,
       in_queue(NULL, 0, OF_ANOTHER_KIND));
CLOSED("clEnqueueCommandBufferKHR", "events counted, no list", CL_INVALID_EVENT_WAIT_LIST,
       WAITS(1, NULL));
CLOSED("clEnqueueCommandBufferKHR", "list of events, none counted", CL_INVALID_EVENT_WAIT_LIST,
       WAITS(0, &e.event));
CLOSED("clEnqueueCommandBufferKHR", "NULL in the wait list", CL_INVALID_EVENT_WAIT_LIST,
       WAITS(1, (cl_event[]){ NULL }));
CLOSED("clEnqueueCommandBufferKHR", "event of another context", CL_INVALID_CONTEXT,
       WAITS(1, &e.other_event));

/* A context of the device and a part of it, a queue on each. */
static cl_int on_a_part(void)
{
	cl_int err = CL_SUCCESS;
	cl_context both =
		clCreateContext(NULL, 2, (cl_device_id[]){ e.device, e.part }, NULL, NULL, &err);
	cl_command_queue whole = NULL, part = NULL;
	cl_command_buffer_khr buffer = NULL;

	if (err == CL_SUCCESS)
		whole = clCreateCommandQueue(both, e.device, 0, &err);
	if (err == CL_SUCCESS)
		part = clCreateCommandQueue(both, e.part, 0, &err);
	if (err == CL_SUCCESS)
		buffer = cl.create(1, &whole, NULL, &err);
	if (err == CL_SUCCESS)
		err = cl.finalize(buffer) ?: in_queue(&part, 1, buffer);
	if (buffer)
		cl.release(buffer);
	if (part)
		clReleaseCommandQueue(part);
	if (whole)
		clReleaseCommandQueue(whole);
	if (both)
		clReleaseContext(both);
	return err;
}

RECORD("clEnqueueCommandBufferKHR", "queue of another device",
       e.part ? CL_INCOMPATIBLE_COMMAND_QUEUE_KHR : CL_INVALID_DEVICE, on_a_part());

static cl_int while_pending(cl_command_buffer_khr buffer)
{
	cl_int err = CL_SUCCESS, answer = ANSWER_NONE;
	cl_event gate = clCreateUserEvent(e.context, &err);

	if (err == CL_SUCCESS)
		err = cl.enqueue(0, NULL, buffer, 1, &gate, NULL);
	if (err == CL_SUCCESS)
		answer = cl.enqueue(0, NULL, buffer, 0, NULL, NULL);
	if (gate) {
		clSetUserEventStatus(gate, CL_COMPLETE);
		clReleaseEvent(gate);
	}
	clFinish(e.queue);
	return err == CL_SUCCESS ? answer : err;
}

CLOSED("clEnqueueCommandBufferKHR", "pending", CL_INVALID_OPERATION, while_pending(buffer));

/* ---- queries ---- */

#define INFO_OF(param, size)                                  \
	OPEN("clGetCommandBufferInfoKHR", #param, CL_SUCCESS, \
	     info_answer((info_fn)cl.info, buffer, param, size))
INFO_OF(CL_COMMAND_BUFFER_NUM_QUEUES_KHR, sizeof(cl_uint));
INFO_OF(CL_COMMAND_BUFFER_QUEUES_KHR, sizeof(cl_command_queue));
INFO_OF(CL_COMMAND_BUFFER_REFERENCE_COUNT_KHR, sizeof(cl_uint));
INFO_OF(CL_COMMAND_BUFFER_STATE_KHR, sizeof(cl_command_buffer_state_khr));
INFO_OF(CL_COMMAND_BUFFER_PROPERTIES_ARRAY_KHR, 0);
OPEN("clGetCommandBufferInfoKHR", "unknown param_name", CL_INVALID_VALUE,
     cl.info(buffer, 0x7fff, 0, NULL, NULL));
RECORD("clGetCommandBufferInfoKHR", "no object", NO_BUFFER,
       cl.info(NULL, CL_COMMAND_BUFFER_STATE_KHR, 0, NULL, NULL));
RECORD("clGetCommandBufferInfoKHR", "object of another kind", NO_BUFFER,
       cl.info(OF_ANOTHER_KIND, CL_COMMAND_BUFFER_STATE_KHR, 0, NULL, NULL));

#define DEVICE_INFO(param)                            \
	RECORD("clGetDeviceInfo", #param, CL_SUCCESS, \
	       info_answer((info_fn)clGetDeviceInfo, e.device, param, sizeof(cl_bitfield)))
DEVICE_INFO(CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR);
DEVICE_INFO(CL_DEVICE_COMMAND_BUFFER_REQUIRED_QUEUE_PROPERTIES_KHR);

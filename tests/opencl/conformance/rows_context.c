// SPDX-License-Identifier: MIT
/* rows_context.c - contexts and command queues. */
#include "row.h"

#define CONTEXT(...) CREATE(clReleaseContext, clCreateContext(__VA_ARGS__, &err))
#define PROPERTIES(...) ((cl_context_properties[]){ __VA_ARGS__ })

static void CL_CALLBACK note(const char *text, const void *data, size_t size, void *user_data)
{
	(void)text, (void)data, (void)size, (void)user_data;
}

ROW("clCreateContext", "plain", CL_SUCCESS, CONTEXT(NULL, 1, &e.device, NULL, NULL));
ROW("clCreateContext", "with a platform", CL_SUCCESS,
    CONTEXT(PROPERTIES(CL_CONTEXT_PLATFORM, (cl_context_properties)e.platform, 0), 1, &e.device,
	    note, &e));
ROW("clCreateContext", "no devices", CL_INVALID_VALUE, CONTEXT(NULL, 0, NULL, NULL, NULL));
ROW("clCreateContext", "devices, none counted", CL_INVALID_VALUE,
    CONTEXT(NULL, 0, &e.device, NULL, NULL));
ROW("clCreateContext", "user_data without a callback", CL_INVALID_VALUE,
    CONTEXT(NULL, 1, &e.device, NULL, &e));
ROW("clCreateContext", "unknown property", CL_INVALID_PROPERTY,
    CONTEXT(PROPERTIES(0x7fff, 1, 0), 1, &e.device, NULL, NULL));
ROW("clCreateContext", "a property twice", CL_INVALID_PROPERTY,
    CONTEXT(PROPERTIES(CL_CONTEXT_PLATFORM, (cl_context_properties)e.platform, CL_CONTEXT_PLATFORM,
		       (cl_context_properties)e.platform, 0),
	    1, &e.device, NULL, NULL));
ROW("clCreateContext", "platform of another kind", CL_INVALID_PLATFORM,
    CONTEXT(PROPERTIES(CL_CONTEXT_PLATFORM, (cl_context_properties)e.context, 0), 1, &e.device,
	    NULL, NULL));
ROW("clCreateContext", "the second device is none", CL_INVALID_DEVICE,
    CONTEXT(NULL, 2, ((cl_device_id[]){ e.device, NULL }), NULL, NULL));

#define FROM_TYPE(...) CREATE(clReleaseContext, clCreateContextFromType(__VA_ARGS__, &err))
#define OURS PROPERTIES(CL_CONTEXT_PLATFORM, (cl_context_properties)e.platform, 0)
ROW("clCreateContextFromType", "plain", CL_SUCCESS,
    FROM_TYPE(OURS, CL_DEVICE_TYPE_DEFAULT, NULL, NULL));
ROW("clCreateContextFromType", "no device of that type", CL_DEVICE_NOT_FOUND,
    FROM_TYPE(OURS, CL_DEVICE_TYPE_CUSTOM, NULL, NULL));
ROW("clCreateContextFromType", "no such type", CL_INVALID_DEVICE_TYPE,
    FROM_TYPE(OURS, 1ull << 40, NULL, NULL));
ROW("clCreateContextFromType", "user_data without a callback", CL_INVALID_VALUE,
    FROM_TYPE(OURS, CL_DEVICE_TYPE_DEFAULT, NULL, &e));
ROW("clCreateContextFromType", "unknown property", CL_INVALID_PROPERTY,
    FROM_TYPE(PROPERTIES(CL_CONTEXT_PLATFORM, (cl_context_properties)e.platform, 0x7fff, 1, 0),
	      CL_DEVICE_TYPE_DEFAULT, NULL, NULL));

COUNTED(clRetainContext, clReleaseContext, cl_context, e.context, CL_INVALID_CONTEXT);

INFO(clGetContextInfo, e.context, "CL_CONTEXT_REFERENCE_COUNT", CL_CONTEXT_REFERENCE_COUNT,
     sizeof(cl_uint));
INFO(clGetContextInfo, e.context, "CL_CONTEXT_NUM_DEVICES", CL_CONTEXT_NUM_DEVICES,
     sizeof(cl_uint));
INFO(clGetContextInfo, e.context, "CL_CONTEXT_DEVICES", CL_CONTEXT_DEVICES, sizeof(cl_device_id));
INFO(clGetContextInfo, e.context, "CL_CONTEXT_PROPERTIES", CL_CONTEXT_PROPERTIES, 0);
INFO_REFUSED(clGetContextInfo, cl_context, e.context, CL_INVALID_CONTEXT);

static void CL_CALLBACK gone(cl_context context, void *user_data)
{
	(void)context;
	sem_post(user_data);
}

static cl_int destructor(void)
{
	sem_t calls;
	cl_int err = CL_SUCCESS;
	cl_context context = clCreateContext(NULL, 1, &e.device, NULL, NULL, &err);

	sem_init(&calls, 0, 0);
	if (err == CL_SUCCESS)
		err = clSetContextDestructorCallback(context, gone, &calls);
	if (context)
		clReleaseContext(context);
	/* From whatever thread it comes. */
	if (err == CL_SUCCESS)
		err = wait_answer(&calls);
	sem_destroy(&calls);
	return err;
}

ROW("clSetContextDestructorCallback", "is called", CL_SUCCESS, destructor());
ROW("clSetContextDestructorCallback", "no callback", CL_INVALID_VALUE,
    clSetContextDestructorCallback(e.context, NULL, NULL));
ROW("clSetContextDestructorCallback", "no context", CL_INVALID_CONTEXT,
    clSetContextDestructorCallback(NULL, gone, NULL));

ROW("clCreateContext", "a device and a part of it", e.part ? CL_SUCCESS : CL_INVALID_DEVICE,
    CONTEXT(NULL, 2, ((cl_device_id[]){ e.device, e.part }), NULL, NULL));

#define QUEUE(...) CREATE(clReleaseCommandQueue, clCreateCommandQueue(__VA_ARGS__, &err))
ROW("clCreateCommandQueue", "plain", CL_SUCCESS, QUEUE(e.context, e.device, 0));
ROW("clCreateCommandQueue", "profiling", CL_SUCCESS,
    QUEUE(e.context, e.device, CL_QUEUE_PROFILING_ENABLE));
ROW("clCreateCommandQueue", "out of order", e.unordered ? CL_SUCCESS : CL_INVALID_QUEUE_PROPERTIES,
    QUEUE(e.context, e.device, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE));
ROW("clCreateCommandQueue", "no context", CL_INVALID_CONTEXT, QUEUE(NULL, e.device, 0));
ROW("clCreateCommandQueue", "context of another kind", CL_INVALID_CONTEXT,
    QUEUE(WRONG(cl_context), e.device, 0));
ROW("clCreateCommandQueue", "no device", CL_INVALID_DEVICE, QUEUE(e.context, NULL, 0));
ROW("clCreateCommandQueue", "device of another kind", CL_INVALID_DEVICE,
    QUEUE(e.context, WRONG(cl_device_id), 0));
ROW("clCreateCommandQueue", "unknown property", CL_INVALID_VALUE,
    QUEUE(e.context, e.device, 1ull << 40));
ROW("clCreateCommandQueue", "on a part, of its context", e.part ? CL_SUCCESS : CL_INVALID_CONTEXT,
    QUEUE(e.part_context, e.part, 0));
ROW("clCreateCommandQueue", "on a part, which the context does not have", CL_INVALID_DEVICE,
    QUEUE(e.context, e.part, 0));
ROW("clCreateCommandQueue", "on the device, in a context of its part",
    e.part ? CL_INVALID_DEVICE : CL_INVALID_CONTEXT, QUEUE(e.part_context, e.device, 0));

#define QUEUE2(...) \
	CREATE(clReleaseCommandQueue, clCreateCommandQueueWithProperties(__VA_ARGS__, &err))
#define WANTED(...) ((cl_queue_properties[]){ __VA_ARGS__ })
ROW("clCreateCommandQueueWithProperties", "plain", CL_SUCCESS, QUEUE2(e.context, e.device, NULL));
ROW("clCreateCommandQueueWithProperties", "profiling", CL_SUCCESS,
    QUEUE2(e.context, e.device, WANTED(CL_QUEUE_PROPERTIES, CL_QUEUE_PROFILING_ENABLE, 0)));
ROW("clCreateCommandQueueWithProperties", "unknown property", CL_INVALID_VALUE,
    QUEUE2(e.context, e.device, WANTED(0x7fff, 1, 0)));
ROW("clCreateCommandQueueWithProperties", "unknown bit", CL_INVALID_VALUE,
    QUEUE2(e.context, e.device, WANTED(CL_QUEUE_PROPERTIES, 1ull << 40, 0)));
ROW("clCreateCommandQueueWithProperties", "on the device, which has none",
    CL_INVALID_QUEUE_PROPERTIES,
    QUEUE2(e.context, e.device,
	   WANTED(CL_QUEUE_PROPERTIES, CL_QUEUE_ON_DEVICE | CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE,
		  0)));
ROW("clCreateCommandQueueWithProperties", "no context", CL_INVALID_CONTEXT,
    QUEUE2(NULL, e.device, NULL));
ROW("clCreateCommandQueueWithProperties", "no device", CL_INVALID_DEVICE,
    QUEUE2(e.context, NULL, NULL));
ROW("clCreateCommandQueueWithProperties", "on a part, of its context",
    e.part ? CL_SUCCESS : CL_INVALID_CONTEXT, QUEUE2(e.part_context, e.part, NULL));
ROW("clCreateCommandQueueWithProperties", "on a part, which the context does not have",
    CL_INVALID_DEVICE, QUEUE2(e.context, e.part, NULL));

ROW("clSetDefaultDeviceCommandQueue", "a queue of the host", CL_INVALID_OPERATION,
    clSetDefaultDeviceCommandQueue(e.context, e.device, e.queue));

COUNTED(clRetainCommandQueue, clReleaseCommandQueue, cl_command_queue, e.queue,
	CL_INVALID_COMMAND_QUEUE);

INFO(clGetCommandQueueInfo, e.queue, "CL_QUEUE_CONTEXT", CL_QUEUE_CONTEXT, sizeof(cl_context));
INFO(clGetCommandQueueInfo, e.queue, "CL_QUEUE_DEVICE", CL_QUEUE_DEVICE, sizeof(cl_device_id));
INFO(clGetCommandQueueInfo, e.queue, "CL_QUEUE_REFERENCE_COUNT", CL_QUEUE_REFERENCE_COUNT,
     sizeof(cl_uint));
INFO(clGetCommandQueueInfo, e.queue, "CL_QUEUE_PROPERTIES", CL_QUEUE_PROPERTIES,
     sizeof(cl_command_queue_properties));
INFO(clGetCommandQueueInfo, e.queue, "CL_QUEUE_PROPERTIES_ARRAY", CL_QUEUE_PROPERTIES_ARRAY, 0);
INFO(clGetCommandQueueInfo, e.queue, "CL_QUEUE_DEVICE_DEFAULT", CL_QUEUE_DEVICE_DEFAULT,
     sizeof(cl_command_queue));
ROW("clGetCommandQueueInfo", "CL_QUEUE_SIZE of a queue of the host", CL_INVALID_COMMAND_QUEUE,
    clGetCommandQueueInfo(e.queue, CL_QUEUE_SIZE, sizeof(cl_uint), &(cl_uint){ 0 }, NULL));
INFO_REFUSED(clGetCommandQueueInfo, cl_command_queue, e.queue, CL_INVALID_COMMAND_QUEUE);

ROW("clFlush", "plain", CL_SUCCESS, clFlush(e.queue));
ROW("clFlush", "no queue", CL_INVALID_COMMAND_QUEUE, clFlush(NULL));
ROW("clFlush", "queue of another kind", CL_INVALID_COMMAND_QUEUE, clFlush(WRONG(cl_command_queue)));
ROW("clFinish", "plain", CL_SUCCESS, clFinish(e.queue));
ROW("clFinish", "no queue", CL_INVALID_COMMAND_QUEUE, clFinish(NULL));
ROW("clFinish", "queue of another kind", CL_INVALID_COMMAND_QUEUE,
    clFinish(WRONG(cl_command_queue)));

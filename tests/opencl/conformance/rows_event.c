// SPDX-License-Identifier: MIT
/* rows_event.c - events, markers, barriers. */
#include "row.h"

ROW("clWaitForEvents", "plain", CL_SUCCESS, clWaitForEvents(1, &e.event));
ROW("clWaitForEvents", "twice the same", CL_SUCCESS,
    clWaitForEvents(2, (cl_event[]){ e.event, e.event }));
ROW("clWaitForEvents", "none", CL_INVALID_VALUE, clWaitForEvents(0, &e.event));
ROW("clWaitForEvents", "no list", CL_INVALID_VALUE, clWaitForEvents(1, NULL));
ROW("clWaitForEvents", "NULL in the list", CL_INVALID_EVENT,
    clWaitForEvents(2, (cl_event[]){ e.event, NULL }));
ROW("clWaitForEvents", "events of two contexts", CL_INVALID_CONTEXT,
    clWaitForEvents(2, (cl_event[]){ e.event, e.other_event }));

static cl_int user_event(cl_int status, bool twice)
{
	cl_int err = CL_SUCCESS;
	cl_event event = clCreateUserEvent(e.context, &err);

	if (err != CL_SUCCESS)
		return err;
	err = clSetUserEventStatus(event, status);
	if (err == CL_SUCCESS && twice)
		err = clSetUserEventStatus(event, status);
	clReleaseEvent(event);
	return err;
}

static cl_int failed_wait(void)
{
	cl_int err = CL_SUCCESS;
	cl_event event = clCreateUserEvent(e.context, &err);

	if (err != CL_SUCCESS)
		return err;
	err = clSetUserEventStatus(event, -5) ?: clWaitForEvents(1, &event);
	clReleaseEvent(event);
	return err;
}

ROW("clWaitForEvents", "an event that failed", CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST,
    failed_wait());

ROW("clCreateUserEvent", "plain", CL_SUCCESS,
    CREATE(clReleaseEvent, clCreateUserEvent(e.context, &err)));
ROW("clCreateUserEvent", "no context", CL_INVALID_CONTEXT,
    CREATE(clReleaseEvent, clCreateUserEvent(NULL, &err)));
ROW("clCreateUserEvent", "object of another kind", CL_INVALID_CONTEXT,
    CREATE(clReleaseEvent, clCreateUserEvent(WRONG(cl_context), &err)));

ROW("clSetUserEventStatus", "complete", CL_SUCCESS, user_event(CL_COMPLETE, false));
ROW("clSetUserEventStatus", "failed", CL_SUCCESS, user_event(-5, false));
ROW("clSetUserEventStatus", "twice", CL_INVALID_OPERATION, user_event(CL_COMPLETE, true));
ROW("clSetUserEventStatus", "running", CL_INVALID_VALUE, user_event(CL_RUNNING, false));
ROW("clSetUserEventStatus", "of no user event", CL_INVALID_EVENT,
    clSetUserEventStatus(e.event, CL_COMPLETE));
ROW("clSetUserEventStatus", "no event", CL_INVALID_EVENT, clSetUserEventStatus(NULL, CL_COMPLETE));

COUNTED(clRetainEvent, clReleaseEvent, cl_event, e.event, CL_INVALID_EVENT);

INFO(clGetEventInfo, e.event, "CL_EVENT_COMMAND_QUEUE", CL_EVENT_COMMAND_QUEUE,
     sizeof(cl_command_queue));
INFO(clGetEventInfo, e.event, "CL_EVENT_CONTEXT", CL_EVENT_CONTEXT, sizeof(cl_context));
INFO(clGetEventInfo, e.event, "CL_EVENT_COMMAND_TYPE", CL_EVENT_COMMAND_TYPE,
     sizeof(cl_command_type));
INFO(clGetEventInfo, e.event, "CL_EVENT_COMMAND_EXECUTION_STATUS",
     CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(cl_int));
INFO(clGetEventInfo, e.event, "CL_EVENT_REFERENCE_COUNT", CL_EVENT_REFERENCE_COUNT,
     sizeof(cl_uint));
INFO_REFUSED(clGetEventInfo, cl_event, e.event, CL_INVALID_EVENT);

INFO(clGetEventProfilingInfo, e.event, "CL_PROFILING_COMMAND_QUEUED", CL_PROFILING_COMMAND_QUEUED,
     sizeof(cl_ulong));
INFO(clGetEventProfilingInfo, e.event, "CL_PROFILING_COMMAND_SUBMIT", CL_PROFILING_COMMAND_SUBMIT,
     sizeof(cl_ulong));
INFO(clGetEventProfilingInfo, e.event, "CL_PROFILING_COMMAND_START", CL_PROFILING_COMMAND_START,
     sizeof(cl_ulong));
INFO(clGetEventProfilingInfo, e.event, "CL_PROFILING_COMMAND_END", CL_PROFILING_COMMAND_END,
     sizeof(cl_ulong));
INFO(clGetEventProfilingInfo, e.event, "CL_PROFILING_COMMAND_COMPLETE",
     CL_PROFILING_COMMAND_COMPLETE, sizeof(cl_ulong));
ROW("clGetEventProfilingInfo", "unknown param_name", CL_INVALID_VALUE,
    clGetEventProfilingInfo(e.event, 0x7fff, 0, NULL, NULL));
ROW("clGetEventProfilingInfo", "of a queue without profiling", CL_PROFILING_INFO_NOT_AVAILABLE,
    clGetEventProfilingInfo(e.plain_event, CL_PROFILING_COMMAND_END, sizeof(cl_ulong),
			    &(cl_ulong){ 0 }, NULL));
ROW("clGetEventProfilingInfo", "of a user event", CL_PROFILING_INFO_NOT_AVAILABLE,
    clGetEventProfilingInfo(e.pending, CL_PROFILING_COMMAND_END, sizeof(cl_ulong), &(cl_ulong){ 0 },
			    NULL));
ROW("clGetEventProfilingInfo", "no event", CL_INVALID_EVENT,
    clGetEventProfilingInfo(NULL, CL_PROFILING_COMMAND_END, 0, NULL, NULL));

static void CL_CALLBACK done(cl_event event, cl_int status, void *user_data)
{
	(void)event, (void)status;
	if (user_data)
		sem_post(user_data);
}

static cl_int callback(void)
{
	sem_t calls;
	cl_int err;

	sem_init(&calls, 0, 0);
	err = clSetEventCallback(e.event, CL_COMPLETE, done, &calls);
	if (err == CL_SUCCESS)
		err = wait_answer(&calls);
	sem_destroy(&calls);
	return err;
}

ROW("clSetEventCallback", "is called", CL_SUCCESS, callback());
ROW("clSetEventCallback", "no callback", CL_INVALID_VALUE,
    clSetEventCallback(e.event, CL_COMPLETE, NULL, NULL));
ROW("clSetEventCallback", "of being queued", CL_INVALID_VALUE,
    clSetEventCallback(e.event, CL_QUEUED, done, NULL));
ROW("clSetEventCallback", "no event", CL_INVALID_EVENT,
    clSetEventCallback(NULL, CL_COMPLETE, done, NULL));
ROW("clSetEventCallback", "object of another kind", CL_INVALID_EVENT,
    clSetEventCallback(WRONG(cl_event), CL_COMPLETE, done, NULL));

#define MARKER(queue, n, list, event) clEnqueueMarkerWithWaitList(queue, n, list, event)
COMMAND("clEnqueueMarkerWithWaitList", MARKER);
#define BARRIER(queue, n, list, event) clEnqueueBarrierWithWaitList(queue, n, list, event)
COMMAND("clEnqueueBarrierWithWaitList", BARRIER);

ROW("clEnqueueMarker", "plain", CL_SUCCESS, ENQUEUE(clEnqueueMarker(e.queue, &event)));
ROW("clEnqueueMarker", "no event asked for", CL_INVALID_VALUE, clEnqueueMarker(e.queue, NULL));
ROW("clEnqueueMarker", "no queue", CL_INVALID_COMMAND_QUEUE,
    clEnqueueMarker(NULL, &(cl_event){ NULL }));
ROW("clEnqueueBarrier", "plain", CL_SUCCESS, clEnqueueBarrier(e.queue));
ROW("clEnqueueBarrier", "no queue", CL_INVALID_COMMAND_QUEUE, clEnqueueBarrier(NULL));
ROW("clEnqueueWaitForEvents", "plain", CL_SUCCESS, clEnqueueWaitForEvents(e.queue, 1, &e.event));
ROW("clEnqueueWaitForEvents", "none", CL_INVALID_VALUE,
    clEnqueueWaitForEvents(e.queue, 0, &e.event));
ROW("clEnqueueWaitForEvents", "no list", CL_INVALID_VALUE,
    clEnqueueWaitForEvents(e.queue, 1, NULL));
ROW("clEnqueueWaitForEvents", "NULL in the list", CL_INVALID_EVENT,
    clEnqueueWaitForEvents(e.queue, 1, (cl_event[]){ NULL }));
ROW("clEnqueueWaitForEvents", "event of another context", CL_INVALID_CONTEXT,
    clEnqueueWaitForEvents(e.queue, 1, &e.other_event));
ROW("clEnqueueWaitForEvents", "no queue", CL_INVALID_COMMAND_QUEUE,
    clEnqueueWaitForEvents(NULL, 1, &e.event));

// SPDX-License-Identifier: MIT
/*
 * test_later.c - entry points that came with OpenCL 1.2, 2.x and 3.0: what they do, and what they
 * answer when the device lacks what they are for.
 */
#include <semaphore.h>
#include <time.h>

#include "fixture.h"

static const char source[] =
	"__kernel void every(__global uint *p, uint a, __local uint *l, uint4 v)"
	" { l[0] = a; p[0] = l[0] + v.s3; }\n";

static void set_args(cl_kernel kernel, cl_mem mem, uint32_t a, uint32_t last)
{
	cl_uint4 v = { { 1, 2, 3, last } };

	ok(clSetKernelArg(kernel, 0, sizeof(mem), &mem));
	ok(clSetKernelArg(kernel, 1, sizeof(a), &a));
	ok(clSetKernelArg(kernel, 2, 64, NULL));
	ok(clSetKernelArg(kernel, 3, sizeof(v), &v));
}

static uint32_t result_of(struct fixture *f, cl_kernel kernel, cl_mem mem)
{
	uint32_t value = 0;

	fixture_run(f, kernel, 1);
	fixture_read(f, mem, &value, sizeof(value));
	return value;
}

/* A clone starts with the arguments of the original, and goes its own way. */
static void clone_kernel(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, source, "every"), clone;
	cl_mem mem = fixture_buffer(f, 4, NULL);
	uint32_t a = 50;
	cl_uint n;
	cl_int err;

	set_args(kernel, mem, 10, 7);
	clone = clCloneKernel(kernel, &err);
	ok(err);
	assert_ptr_not_equal(clone, kernel);
	ok(clGetKernelInfo(clone, CL_KERNEL_REFERENCE_COUNT, sizeof(n), &n, NULL));
	assert_int_equal(n, 1);
	assert_int_equal(result_of(f, clone, mem), 17);
	ok(clSetKernelArg(clone, 1, sizeof(a), &a));
	assert_int_equal(result_of(f, clone, mem), 57);
	assert_int_equal(result_of(f, kernel, mem), 17);
	ok(clReleaseKernel(kernel));
	assert_int_equal(result_of(f, clone, mem), 57);
	ok(clReleaseKernel(clone));
	ok(clReleaseMemObject(mem));
	assert_null(clCloneKernel(NULL, &err));
	assert_int_equal(err, CL_INVALID_KERNEL);
}

/* The device's clock is the one of event times, and stands between two readings of the host's. */
static void timers(void **state)
{
	struct fixture *f = *state;
	cl_ulong device = 0, before = 0, after = 0, host = 0, end;
	cl_event event;

	if (!f->ours) /* PoCL 3.1 has no timers */
		skip();
	ok(clGetHostTimer(f->device, &before));
	ok(clEnqueueMarkerWithWaitList(f->queue, 0, NULL, &event));
	ok(clFinish(f->queue));
	ok(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof(end), &end, NULL));
	ok(clGetDeviceAndHostTimer(f->device, &device, &host));
	ok(clGetHostTimer(f->device, &after));
	assert_true(before <= end && end <= device);
	assert_true(before <= host && host <= after);
	assert_true(device <= after);
	ok(clReleaseEvent(event));
	assert_int_equal(clGetHostTimer(NULL, &host), CL_INVALID_DEVICE);
	assert_int_equal(clGetHostTimer(f->device, NULL), CL_INVALID_VALUE);
	assert_int_equal(clGetDeviceAndHostTimer(NULL, &device, &host), CL_INVALID_DEVICE);
	assert_int_equal(clGetDeviceAndHostTimer(f->device, NULL, &host), CL_INVALID_VALUE);
	assert_int_equal(clGetDeviceAndHostTimer(f->device, &device, NULL), CL_INVALID_VALUE);
}

static void buffer_with_properties(void **state)
{
	struct fixture *f = *state;
	cl_mem_properties none[] = { 0 }, some[] = { 0x9999, 1, 0 }, answer[4];
	uint32_t value = 9, back = 0;
	size_t size = 99;
	cl_int err;
	cl_mem mem = clCreateBufferWithProperties(f->context, none, CL_MEM_COPY_HOST_PTR, 4, &value,
						  &err);

	ok(err);
	fixture_read(f, mem, &back, sizeof(back));
	assert_int_equal(back, value);
	ok(clGetMemObjectInfo(mem, CL_MEM_PROPERTIES, sizeof(answer), answer, &size));
	assert_int_equal(size, sizeof(none));
	ok(clReleaseMemObject(mem));
	mem = clCreateBufferWithProperties(f->context, NULL, 0, 4, NULL, &err);
	ok(err);
	ok(clGetMemObjectInfo(mem, CL_MEM_PROPERTIES, sizeof(answer), answer, &size));
	assert_int_equal(size, 0);
	ok(clReleaseMemObject(mem));
	assert_null(clCreateBufferWithProperties(f->context, some, 0, 4, NULL, &err));
	assert_int_equal(err, CL_INVALID_PROPERTY);
	assert_null(clCreateBufferWithProperties(NULL, none, 0, 4, NULL, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(clCreateBufferWithProperties(f->context, none, 0, 0, NULL, &err));
	assert_int_equal(err, CL_INVALID_BUFFER_SIZE);
}

static void queue_list(void **state)
{
	struct fixture *f = *state;
	cl_queue_properties list[] = { CL_QUEUE_PROPERTIES, CL_QUEUE_PROFILING_ENABLE, 0 }, got[4];
	size_t size = 99;
	cl_uint n;
	cl_int err;
	cl_command_queue queue =
		clCreateCommandQueueWithProperties(f->context, f->device, list, &err);

	ok(err);
	ok(clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES_ARRAY, sizeof(got), got, &size));
	assert_int_equal(size, sizeof(list));
	assert_memory_equal(got, list, sizeof(list));
	ok(clReleaseCommandQueue(queue));
	ok(clGetCommandQueueInfo(f->queue, CL_QUEUE_PROPERTIES_ARRAY, sizeof(got), got, &size));
	assert_int_equal(size, 0);
	assert_int_equal(clGetCommandQueueInfo(f->queue, CL_QUEUE_SIZE, sizeof(n), &n, NULL),
			 CL_INVALID_COMMAND_QUEUE);
}

static char ended[8];
static sem_t ended_one;

static void CL_CALLBACK context_ended(cl_context context, void *user_data)
{
	(void)context;
	strcat(ended, user_data);
	sem_post(&ended_one);
}

/* Called newest first, when the last thing that uses the context is gone. */
static void context_destructors(void **state)
{
	struct fixture *f = *state;
	cl_int err;
	cl_context context = clCreateContext(NULL, 1, &f->device, NULL, NULL, &err);
	cl_mem mem;

	ok(err);
	sem_init(&ended_one, 0, 0);
	ok(clSetContextDestructorCallback(context, context_ended, "a"));
	ok(clSetContextDestructorCallback(context, context_ended, "b"));
	assert_int_equal(clSetContextDestructorCallback(context, NULL, NULL), CL_INVALID_VALUE);
	assert_int_equal(clSetContextDestructorCallback(NULL, context_ended, NULL),
			 CL_INVALID_CONTEXT);
	mem = clCreateBuffer(context, 0, 64, NULL, &err);
	ok(err);
	ok(clReleaseContext(context));
	assert_int_equal(sem_trywait(&ended_one), -1);
	ok(clReleaseMemObject(mem));
	sem_wait(&ended_one);
	sem_wait(&ended_one);
	assert_string_equal(ended, "ba");
}

static void no_sub_groups(void **state)
{
	struct fixture *f = *state;
	cl_kernel kernel = fixture_kernel(f, SOURCE_INC, "inc");
	size_t size;

	assert_int_equal(clGetKernelSubGroupInfo(kernel, f->device, CL_KERNEL_MAX_NUM_SUB_GROUPS, 0,
						 NULL, sizeof(size), &size, NULL),
			 CL_INVALID_OPERATION);
	if (f->ours) { /* PoCL 3.1 looks at nothing before it refuses */
		assert_int_equal(clGetKernelSubGroupInfo(kernel, f->device, 0x9999, 0, NULL,
							 sizeof(size), &size, NULL),
				 CL_INVALID_VALUE);
		assert_int_equal(clGetKernelSubGroupInfo(NULL, f->device,
							 CL_KERNEL_MAX_NUM_SUB_GROUPS, 0, NULL,
							 sizeof(size), &size, NULL),
				 CL_INVALID_KERNEL);
	}
	ok(clReleaseKernel(kernel));
}

static void no_pipes(void **state)
{
	struct fixture *f = *state;
	cl_mem mem = fixture_buffer(f, 64, NULL);
	cl_uint n;
	cl_int err;

	assert_null(clCreatePipe(f->context, 0, 4, 4, NULL, &err));
	assert_int_equal(err, CL_INVALID_OPERATION);
	assert_null(clCreatePipe(NULL, 0, 4, 4, NULL, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_int_equal(clGetPipeInfo(mem, CL_PIPE_PACKET_SIZE, sizeof(n), &n, NULL),
			 CL_INVALID_MEM_OBJECT);
	ok(clReleaseMemObject(mem));
}

static void no_intermediate_language(void **state)
{
	struct fixture *f = *state;
	static const uint32_t magic[8] = { 0x07230203 };
	cl_program program = fixture_program(f, SOURCE_INC);
	cl_int err;

	assert_null(clCreateProgramWithIL(NULL, magic, sizeof(magic), &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(clCreateProgramWithIL(f->context, NULL, sizeof(magic), &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	if (f->ours) { /* PoCL 3.1 has none either, and finds fault with the words first */
		assert_null(clCreateProgramWithIL(f->context, magic, sizeof(magic), &err));
		assert_int_equal(err, CL_INVALID_OPERATION);
		assert_int_equal(clSetProgramSpecializationConstant(NULL, 1, 4, magic),
				 CL_INVALID_PROGRAM);
		assert_int_equal(clSetProgramSpecializationConstant(program, 1, 4, magic),
				 CL_INVALID_OPERATION);
	}
	ok(clReleaseProgram(program));
}

static void CL_CALLBACK native(void *arg)
{
	(void)arg;
}

static void no_native_kernels(void **state)
{
	struct fixture *f = *state;
	int arg = 0;

	assert_int_equal(clEnqueueNativeKernel(NULL, native, NULL, 0, 0, NULL, NULL, 0, NULL, NULL),
			 CL_INVALID_COMMAND_QUEUE);
	assert_int_equal(
		clEnqueueNativeKernel(f->queue, NULL, NULL, 0, 0, NULL, NULL, 0, NULL, NULL),
		CL_INVALID_VALUE);
	assert_int_equal(
		clEnqueueNativeKernel(f->queue, native, &arg, 0, 0, NULL, NULL, 0, NULL, NULL),
		CL_INVALID_VALUE);
	assert_int_equal(
		clEnqueueNativeKernel(f->queue, native, NULL, 4, 0, NULL, NULL, 0, NULL, NULL),
		CL_INVALID_VALUE);
	assert_int_equal(
		clEnqueueNativeKernel(f->queue, native, &arg, 4, 1, NULL, NULL, 0, NULL, NULL),
		CL_INVALID_VALUE);
	if (f->ours) /* PoCL runs it, in the process of the application */
		assert_int_equal(clEnqueueNativeKernel(f->queue, native, &arg, sizeof(arg), 0, NULL,
						       NULL, 0, NULL, NULL),
				 CL_INVALID_OPERATION);
}

static void CL_CALLBACK released(cl_program program, void *user_data)
{
	(void)program, (void)user_data;
}

static void others(void **state)
{
	struct fixture *f = *state;
	cl_program program = fixture_program(f, SOURCE_INC);

	assert_int_equal(clSetProgramReleaseCallback(NULL, released, NULL), CL_INVALID_PROGRAM);
	assert_int_equal(clSetProgramReleaseCallback(program, released, NULL),
			 CL_INVALID_OPERATION);
	assert_int_equal(clSetDefaultDeviceCommandQueue(f->context, f->device, f->queue),
			 CL_INVALID_OPERATION);
	assert_int_equal(clSetDefaultDeviceCommandQueue(NULL, f->device, f->queue),
			 CL_INVALID_CONTEXT);
	if (f->ours) { /* PoCL 3.1 looks at nothing else before it refuses */
		assert_int_equal(clSetProgramReleaseCallback(program, NULL, NULL),
				 CL_INVALID_VALUE);
		assert_int_equal(clSetDefaultDeviceCommandQueue(f->context, NULL, f->queue),
				 CL_INVALID_DEVICE);
		assert_int_equal(clSetDefaultDeviceCommandQueue(f->context, f->device, NULL),
				 CL_INVALID_COMMAND_QUEUE);
	}
	assert_null(clGetExtensionFunctionAddressForPlatform(f->platform, "clNoSuchThingKHR"));
	ok(clReleaseProgram(program));
}

static void migrate(void **state)
{
	struct fixture *f = *state;
	cl_mem mem = fixture_buffer(f, 64, NULL), none = NULL;
	cl_command_type type;
	cl_event event;

	ok(clEnqueueMigrateMemObjects(f->queue, 1, &mem, CL_MIGRATE_MEM_OBJECT_HOST, 0, NULL,
				      &event));
	ok(clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof(type), &type, NULL));
	assert_int_equal(type, CL_COMMAND_MIGRATE_MEM_OBJECTS);
	ok(clWaitForEvents(1, &event));
	ok(clReleaseEvent(event));
	assert_int_equal(clEnqueueMigrateMemObjects(NULL, 1, &mem, 0, 0, NULL, NULL),
			 CL_INVALID_COMMAND_QUEUE);
	assert_int_equal(clEnqueueMigrateMemObjects(f->queue, 0, &mem, 0, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueMigrateMemObjects(f->queue, 1, NULL, 0, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueMigrateMemObjects(f->queue, 1, &none, 0, 0, NULL, NULL),
			 CL_INVALID_MEM_OBJECT);
	assert_int_equal(clEnqueueMigrateMemObjects(f->queue, 1, &mem, 1u << 9, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clEnqueueMigrateMemObjects(f->queue, 1, &mem, 0, 1, NULL, NULL),
			 CL_INVALID_EVENT_WAIT_LIST);
	ok(clReleaseMemObject(mem));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clone_kernel),
		cmocka_unit_test(timers),
		cmocka_unit_test(buffer_with_properties),
		cmocka_unit_test(queue_list),
		cmocka_unit_test(context_destructors),
		cmocka_unit_test(no_sub_groups),
		cmocka_unit_test(no_pipes),
		cmocka_unit_test(no_intermediate_language),
		cmocka_unit_test(no_native_kernels),
		cmocka_unit_test(others),
		cmocka_unit_test(migrate),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

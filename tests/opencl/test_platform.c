// SPDX-License-Identifier: MIT
/* test_platform.c - platform, device and context: what they say, and what they refuse. */
#include "fixture.h"

static void platform_info(void **state)
{
	struct fixture *f = *state;
	char text[256];
	size_t size;

	ok(clGetPlatformInfo(f->platform, CL_PLATFORM_PROFILE, sizeof(text), text, &size));
	assert_string_equal(text, "FULL_PROFILE");
	assert_int_equal(size, strlen(text) + 1);
	ok(clGetPlatformInfo(f->platform, CL_PLATFORM_VERSION, sizeof(text), text, NULL));
	assert_memory_equal(text, f->ours ? "OpenCL 3.0 " : "OpenCL ", 7);
	ok(clGetPlatformInfo(f->platform, CL_PLATFORM_EXTENSIONS, sizeof(text), text, NULL));
	assert_non_null(strstr(text, "cl_khr_icd"));
	assert_int_equal(clGetPlatformInfo(f->platform, CL_PLATFORM_NAME, 1, text, NULL),
			 CL_INVALID_VALUE);
	assert_int_equal(clGetPlatformInfo(f->platform, 0x1234, sizeof(text), text, NULL),
			 CL_INVALID_VALUE);
}

static void device_ids(void **state)
{
	struct fixture *f = *state;
	cl_device_id devices[4];
	cl_uint n = 0;

	ok(clGetDeviceIDs(f->platform, CL_DEVICE_TYPE_DEFAULT, 4, devices, &n));
	assert_int_equal(n, 1);
	assert_ptr_equal(devices[0], f->device);
	assert_int_equal(clGetDeviceIDs(f->platform, CL_DEVICE_TYPE_ALL, 0, devices, &n),
			 CL_INVALID_VALUE);
	assert_int_equal(clGetDeviceIDs(f->platform, CL_DEVICE_TYPE_ALL, 0, NULL, NULL),
			 CL_INVALID_VALUE);
	if (f->ours) /* PoCL 3.1 finds no such device */
		assert_int_equal(clGetDeviceIDs(f->platform, 1u << 20, 4, devices, &n),
				 CL_INVALID_DEVICE_TYPE);
	assert_int_equal(clGetDeviceIDs(f->platform, CL_DEVICE_TYPE_ACCELERATOR, 4, devices, &n),
			 CL_DEVICE_NOT_FOUND);
}

static const cl_device_info uints[] = {
	CL_DEVICE_VENDOR_ID,
	CL_DEVICE_MAX_COMPUTE_UNITS,
	CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS,
	CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT,
	CL_DEVICE_NATIVE_VECTOR_WIDTH_INT,
	CL_DEVICE_MAX_CLOCK_FREQUENCY,
	CL_DEVICE_ADDRESS_BITS,
	CL_DEVICE_MEM_BASE_ADDR_ALIGN,
	CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE,
	CL_DEVICE_MAX_CONSTANT_ARGS,
	CL_DEVICE_AVAILABLE,
	CL_DEVICE_COMPILER_AVAILABLE,
	CL_DEVICE_ENDIAN_LITTLE,
};

static void device_numbers(void **state)
{
	struct fixture *f = *state;
	size_t size;

	for (size_t i = 0; i < sizeof(uints) / sizeof(uints[0]); i++) {
		cl_uint v = 0xdeadbeef;

		ok(clGetDeviceInfo(f->device, uints[i], sizeof(v), &v, &size));
		assert_int_equal(size, sizeof(v));
		assert_int_not_equal(v, 0xdeadbeef);
	}
	assert_int_equal(clGetDeviceInfo(f->device, 0x4242, 0, NULL, &size), CL_INVALID_VALUE);
	assert_int_equal(clGetDeviceInfo(NULL, CL_DEVICE_NAME, 0, NULL, &size), CL_INVALID_DEVICE);
}

static void device_memory(void **state)
{
	struct fixture *f = *state;
	cl_ulong global = 0, alloc = 0;

	ok(clGetDeviceInfo(f->device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(global), &global, NULL));
	ok(clGetDeviceInfo(f->device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(alloc), &alloc, NULL));
	assert_true(alloc >= global / 4);
	assert_true(alloc <= global);
}

/* What is not carried must not be claimed. */
static void device_claims(void **state)
{
	struct fixture *f = *state;
	cl_command_queue_properties queue;
	cl_device_exec_capabilities exec;
	char text[1024];

	if (!f->ours)
		skip();
	ok(clGetDeviceInfo(f->device, CL_DEVICE_QUEUE_PROPERTIES, sizeof(queue), &queue, NULL));
	assert_int_equal(queue, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE | CL_QUEUE_PROFILING_ENABLE);
	ok(clGetDeviceInfo(f->device, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof(exec), &exec, NULL));
	assert_int_equal(exec, CL_EXEC_KERNEL);
	ok(clGetDeviceInfo(f->device, CL_DEVICE_EXTENSIONS, sizeof(text), text, NULL));
	assert_null(strstr(text, "svm"));
	ok(clGetDeviceInfo(f->device, CL_DEVICE_BUILT_IN_KERNELS, sizeof(text), text, NULL));
	assert_string_equal(text, "");
	ok(clGetDeviceInfo(f->device, CL_DEVICE_VERSION, sizeof(text), text, NULL));
	assert_memory_equal(text, "OpenCL 3.0 opendxg", 18);
}

static void context_create(void **state)
{
	struct fixture *f = *state;
	cl_context_properties good[] = { CL_CONTEXT_PLATFORM, (cl_context_properties)f->platform,
					 0 };
	cl_context_properties bad[] = { 0x7777, 1, 0 };
	cl_device_id none = NULL;
	cl_context context;
	cl_int err;

	context = clCreateContext(good, 1, &f->device, NULL, NULL, &err);
	ok(err);
	ok(clReleaseContext(context));
	context = clCreateContextFromType(good, CL_DEVICE_TYPE_ALL, NULL, NULL, &err);
	ok(err);
	ok(clReleaseContext(context));
	assert_null(clCreateContext(good, 0, &f->device, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateContext(good, 1, &f->device, NULL, &err, &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	assert_null(clCreateContext(bad, 1, &f->device, NULL, NULL, &err));
	assert_int_equal(err, CL_INVALID_PROPERTY);
	if (f->ours) { /* PoCL 3.1 makes a context without devices */
		assert_null(clCreateContextFromType(good, CL_DEVICE_TYPE_ACCELERATOR, NULL, NULL,
						    &err));
		assert_int_equal(err, CL_DEVICE_NOT_FOUND);
		assert_null(clCreateContext(good, 1, &none, NULL, NULL, &err));
		assert_int_equal(err, CL_INVALID_DEVICE);
	}
}

static void context_info(void **state)
{
	struct fixture *f = *state;
	cl_device_id device;
	cl_uint n = 0;
	size_t size;

	ok(clGetContextInfo(f->context, CL_CONTEXT_NUM_DEVICES, sizeof(n), &n, NULL));
	assert_int_equal(n, 1);
	ok(clGetContextInfo(f->context, CL_CONTEXT_DEVICES, sizeof(device), &device, &size));
	assert_ptr_equal(device, f->device);
	assert_int_equal(size, sizeof(device));
	ok(clRetainContext(f->context));
	ok(clGetContextInfo(f->context, CL_CONTEXT_REFERENCE_COUNT, sizeof(n), &n, NULL));
	assert_true(n >= 2);
	ok(clReleaseContext(f->context));
	assert_int_equal(clGetContextInfo(f->context, 0x9999, 0, NULL, &size), CL_INVALID_VALUE);
	assert_int_equal(clGetContextInfo(NULL, CL_CONTEXT_DEVICES, 0, NULL, &size),
			 CL_INVALID_CONTEXT);
}

static void queue_create(void **state)
{
	struct fixture *f = *state;
	cl_command_queue_properties properties;
	cl_command_queue queue;
	cl_context context;
	cl_device_id device;
	cl_int err;

	assert_null(clCreateCommandQueue(NULL, f->device, 0, &err));
	assert_int_equal(err, CL_INVALID_CONTEXT);
	assert_null(clCreateCommandQueue(f->context, NULL, 0, &err));
	assert_int_equal(err, CL_INVALID_DEVICE);
	if (f->ours) { /* PoCL 3.1 ignores bits that it does not know */
		assert_null(clCreateCommandQueue(f->context, f->device, 1u << 10, &err));
		assert_int_equal(err, CL_INVALID_VALUE);
	}
	queue = clCreateCommandQueue(f->context, f->device, 0, &err);
	ok(err);
	ok(clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof(context), &context, NULL));
	assert_ptr_equal(context, f->context);
	ok(clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof(device), &device, NULL));
	assert_ptr_equal(device, f->device);
	ok(clGetCommandQueueInfo(f->queue, CL_QUEUE_PROPERTIES, sizeof(properties), &properties,
				 NULL));
	assert_int_equal(properties, CL_QUEUE_PROFILING_ENABLE);
	ok(clRetainCommandQueue(queue));
	ok(clReleaseCommandQueue(queue));
	ok(clFlush(queue));
	ok(clFinish(queue));
	ok(clReleaseCommandQueue(queue));
	assert_int_equal(clFinish(NULL), CL_INVALID_COMMAND_QUEUE);
	assert_int_equal(clFlush(NULL), CL_INVALID_COMMAND_QUEUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platform_info),  cmocka_unit_test(device_ids),
		cmocka_unit_test(device_numbers), cmocka_unit_test(device_memory),
		cmocka_unit_test(device_claims),  cmocka_unit_test(context_create),
		cmocka_unit_test(context_info),	  cmocka_unit_test(queue_create),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

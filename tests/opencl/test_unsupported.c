// SPDX-License-Identifier: MIT
/* test_unsupported.c - what is not carried answers with the specification's error, never crashes.
 */
#include "fixture.h"

static void CL_CALLBACK native(void *arg)
{
	(void)arg;
}

static void others(void **state)
{
	struct fixture *f = *state;
	cl_int err;

	if (!f->ours)
		skip();
	assert_int_equal(
		clEnqueueNativeKernel(f->queue, native, NULL, 0, 0, NULL, NULL, 0, NULL, NULL),
		CL_INVALID_OPERATION);
	assert_null(clCreateProgramWithBuiltInKernels(f->context, 1, &f->device, "x", &err));
	assert_int_equal(err, CL_INVALID_VALUE);
	ok(clUnloadPlatformCompiler(f->platform));
	assert_null(clGetExtensionFunctionAddressForPlatform(f->platform, "clNoSuchThingKHR"));
}

/* Handles of another kind, or none, are refused by every kind. */
static void wrong_kinds(void **state)
{
	struct fixture *f = *state;
	size_t size;

	if (!f->ours)
		skip();
	assert_int_equal(clRetainContext((cl_context)f->queue), CL_INVALID_CONTEXT);
	assert_int_equal(clRetainCommandQueue((cl_command_queue)f->context),
			 CL_INVALID_COMMAND_QUEUE);
	assert_int_equal(clRetainMemObject((cl_mem)f->context), CL_INVALID_MEM_OBJECT);
	assert_int_equal(clRetainProgram((cl_program)f->context), CL_INVALID_PROGRAM);
	assert_int_equal(clRetainKernel((cl_kernel)f->context), CL_INVALID_KERNEL);
	assert_int_equal(clRetainEvent((cl_event)f->context), CL_INVALID_EVENT);
	assert_int_equal(clGetDeviceInfo((cl_device_id)f->context, CL_DEVICE_NAME, 0, NULL, &size),
			 CL_INVALID_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others),
		cmocka_unit_test(wrong_kinds),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

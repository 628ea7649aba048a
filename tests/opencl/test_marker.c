// SPDX-License-Identifier: MIT
/*
 * test_marker.c - a program that says it is a dxg-worker gets no platform of ours, although
 * everything else is in place: the worker must never find itself.
 */
#include "fixture.h"

/* What dxg-worker exports; the build makes this program export it too. */
__attribute__((visibility("default"))) int dxg_worker_marker = 1;

static void no_recursion(void **state)
{
	cl_platform_id platform;
	cl_uint n = 0;
	cl_int err;

	(void)state;
	if (!getenv("DXG_TEST_OURS")) /* other platforms have nothing to fear */
		skip();
	err = clGetPlatformIDs(1, &platform, &n);
	assert_true(err != CL_SUCCESS || n == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_recursion) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

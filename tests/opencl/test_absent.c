// SPDX-License-Identifier: MIT
/* test_absent.c - no dxgd: the application gets no platform, within a second, and no hang. */
#include <time.h>

#include "fixture.h"

static void no_platform(void **state)
{
	struct timespec start, end;
	cl_platform_id platform;
	cl_uint n = 7;
	cl_int err;

	(void)state;
	if (!getenv("DXG_TEST_OURS")) /* other platforms do not need a dxgd */
		skip();
	setenv("DXG_DEVICE", "/nonexistent/dxgd.sock", 1);
	clock_gettime(CLOCK_MONOTONIC, &start);
	err = clGetPlatformIDs(1, &platform, &n);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(err != CL_SUCCESS || n == 0);
	assert_true((double)(end.tv_sec - start.tv_sec) +
			    (double)(end.tv_nsec - start.tv_nsec) / 1e9 <
		    1.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_platform) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: MIT
/*
 * test_in_worker: in a program that exports dxg-worker's marker there is no vGPU, whatever its
 * environment says: nothing is even connected.
 */
#include "lib_test.h"
#include "libdxg.h"

extern const char dxg_worker_marker[];
__attribute__((visibility("default"))) const char dxg_worker_marker[] = "test";

static void test_refused(void **state)
{
	struct fake f = { 0 };
	struct d3dkmt_enumadapters2 e = { 0 };

	(void)state;
	fake_start(&f);
	setenv("DXG_DEVICE", f.path, 1);
	assert_int_equal(D3DKMTEnumAdapters2(&e), STATUS_ACCESS_DENIED);
	assert_int_equal(f.sock, -1);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

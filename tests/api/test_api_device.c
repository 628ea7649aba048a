/* SPDX-License-Identifier: MIT */
/*
 * test_api_device: devices and their state. Specification: ioctls 0x02, 0x0e, 0x19.
 */
#include "fixture.h"

static void test_create_destroy(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle device;
	uint32_t execution = 0;

	assert_ok(api_device_create(a->adapter, &device));
	assert_int_not_equal(device.v, 0);
	assert_int_not_equal(device.v, a->device.v);
	assert_ok(api_execution_state(device, &execution));
	assert_int_equal(execution, _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_ok(api_device_destroy(device));
	assert_status(api_device_destroy(device), STATUS_INVALID_PARAMETER);
	assert_status(api_execution_state(device, &execution), STATUS_INVALID_PARAMETER);
}

/* Handles that were given up are not soon given out again. */
static void test_handles_differ(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle device;
	uint32_t seen[32];
	int i, j;

	for (i = 0; i < 32; i++) {
		assert_ok(api_device_create(a->adapter, &device));
		for (j = 0; j < i; j++)
			assert_int_not_equal(device.v, seen[j]);
		seen[i] = device.v;
		assert_ok(api_device_destroy(device));
	}
}

static void test_limit(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle device[DXG_DEVICES_PER_PROCESS], one_more;
	uint32_t i, n = DXG_DEVICES_PER_PROCESS - 1; /* the fixture has one */

	for (i = 0; i < n; i++)
		assert_ok(api_device_create(a->adapter, &device[i]));
	assert_true(api_device_create(a->adapter, &one_more) < 0);
	assert_ok(api_device_destroy(device[--n]));
	assert_ok(api_device_create(a->adapter, &device[n++]));
	while (n--)
		assert_ok(api_device_destroy(device[n]));
}

static void test_bad_adapter(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle none = { .v = 0 }, device = { .v = 1234 };

	assert_status(api_device_create(none, &device), STATUS_INVALID_PARAMETER);
	assert_status(api_device_create(a->device, &device), STATUS_INVALID_PARAMETER);
	assert_int_equal(device.v, 1234);
}

static void test_flags(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createdevice args = { .adapter = a->adapter, .flags = { .reserved = 1 } };

	assert_status(D3DKMTCreateDevice(&args), STATUS_INVALID_PARAMETER);
	args.flags.reserved = 0;
	args.flags.disable_gpu_timeout = 1;
	assert_ok(D3DKMTCreateDevice(&args));
	assert_ok(api_device_destroy(args.device));
}

/* Destroying the device takes everything it owns; the old handles mean nothing any more. */
static void test_destroy_takes_children(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };
	struct d3dkmthandle fence;
	void *cpu;

	assert_ok(api_open_device(&b));
	fence = b.done.handle;
	assert_ok(api_device_destroy(b.device));
	assert_status(api_context_destroy(b.context), STATUS_INVALID_PARAMETER);
	assert_status(api_queue_destroy(b.queue), STATUS_INVALID_PARAMETER);
	assert_status(api_sync_destroy(fence), STATUS_INVALID_PARAMETER);
	assert_status(api_lock(a->device, b.commands.allocation, &cpu), STATUS_INVALID_PARAMETER);
	assert_status(api_free(a->device, b.commands.allocation), STATUS_INVALID_PARAMETER);
}

/* Work that waits for a signal which never comes does not hold a device's destruction up. */
static void test_destroy_with_work_queued(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };
	struct packets p = { 0 };
	struct api_fence never;
	uint64_t start = api_now_ms();
	int i;

	assert_ok(api_open_device(&b));
	assert_ok(api_fence_create(b.device, 0, &never));
	assert_ok(api_wait_gpu(b.context, never.handle, 1));
	packets_barrier(&p);
	for (i = 0; i < 100; i++)
		assert_ok(api_submit(&b, b.context, &p));
	assert_ok(api_close_device(&b));
	assert_true(api_now_ms() - start < 10000);
}

static NTSTATUS ask(struct d3dkmthandle device, uint32_t type, struct d3dkmt_getdevicestate *ret)
{
	memset(ret, 0, sizeof(*ret));
	memset(ret->alignment, 0x77, sizeof(ret->alignment));
	ret->device = device;
	ret->state_type = (enum d3dkmt_devicestate_type)type;
	return D3DKMTGetDeviceState(ret);
}

static void test_state_types(void **state)
{
	struct api *a = *state;
	struct d3dkmt_getdevicestate s;

	assert_ok(ask(a->device, _D3DKMT_DEVICESTATE_EXECUTION, &s));
	assert_int_equal(s.execution_state, _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_ok(ask(a->device, _D3DKMT_DEVICESTATE_RESET, &s));
	assert_int_equal(s.reset_state.value, 0);
	assert_ok(ask(a->device, _D3DKMT_DEVICESTATE_PAGE_FAULT, &s));
	assert_int_equal(s.page_fault_state.faulted_virtual_address, 0);
	assert_status(ask(a->device, _D3DKMT_DEVICESTATE_PRESENT, &s), STATUS_NOT_SUPPORTED);
	assert_status(ask(a->device, 0, &s), STATUS_INVALID_PARAMETER);
	assert_status(ask(a->device, 7, &s), STATUS_INVALID_PARAMETER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_create_destroy),
		api_test(test_handles_differ),
		api_test(test_limit),
		api_test(test_bad_adapter),
		api_test(test_flags),
		api_test(test_destroy_takes_children),
		api_test(test_destroy_with_work_queued),
		api_test(test_state_types),
	};

	return api_main("api_device", tests);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_api_calls: calls that stand alone: priorities of contexts (0x21, 0x22, 0x2f, 0x30),
 * MarkDeviceAsError (0x26), FlushHeapTransitions (0x1f), InvalidateCache (0x24), and those of
 * contexts that a virtual GPU does not have (0x03, 0x17, 0x1a, 0x2d). Defects D-43, D-52.
 */
#include "fixture.h"

#define INVALID STATUS_INVALID_PARAMETER

/* ---- priorities ---- */

static NTSTATUS set(struct d3dkmthandle context, int priority)
{
	struct d3dkmt_setcontextschedulingpriority args = {
		.context = context,
		.priority = priority,
	};

	return D3DKMTSetContextSchedulingPriority(&args);
}

static NTSTATUS set_in_process(struct d3dkmthandle context, int priority)
{
	struct d3dkmt_setcontextinprocessschedulingpriority args = {
		.context = context,
		.priority = priority,
	};

	return D3DKMTSetContextInProcessSchedulingPriority(&args);
}

static void expect_priorities(struct d3dkmthandle context, int priority, int in_process)
{
	struct d3dkmt_getcontextschedulingpriority args = { .context = context, .priority = 99 };
	struct d3dkmt_getcontextinprocessschedulingpriority in = { .context = context,
								   .priority = 99 };

	assert_ok(D3DKMTGetContextSchedulingPriority(&args));
	assert_int_equal(args.priority, priority);
	assert_ok(D3DKMTGetContextInProcessSchedulingPriority(&in));
	assert_int_equal(in.priority, in_process);
	assert_int_equal(in.context.v, context.v);
}

static void test_priorities(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle other;
	int p;

	assert_ok(api_context_create(a->device, &other));
	expect_priorities(a->context, 0, 0);
	for (p = -DXG_CONTEXT_PRIORITY_MAX; p <= DXG_CONTEXT_PRIORITY_MAX; p++) {
		assert_ok(set(a->context, p));
		assert_ok(set_in_process(a->context, -p));
		expect_priorities(a->context, p, -p);
	}
	expect_priorities(other, 0, 0);
	assert_ok(api_finish(a));
}

static void test_priorities_refused(void **state)
{
	static const int bad[] = { 8, -8, INT32_MAX, INT32_MIN };
	struct api *a = *state;
	struct d3dkmt_getcontextschedulingpriority get = { .context = a->device };
	struct d3dkmt_getcontextinprocessschedulingpriority in = { .context = a->queue };
	size_t i;

	assert_ok(set(a->context, 2));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_status(set(a->context, bad[i]), INVALID);
		assert_status(set_in_process(a->context, bad[i]), INVALID);
	}
	assert_status(set(a->device, 1), INVALID);
	assert_status(set_in_process((struct d3dkmthandle){ 0 }, 1), INVALID);
	assert_status(D3DKMTGetContextSchedulingPriority(&get), INVALID);
	assert_status(D3DKMTGetContextInProcessSchedulingPriority(&in), INVALID);
	expect_priorities(a->context, 2, 0);
}

/* ---- MarkDeviceAsError ---- */

static NTSTATUS mark(struct d3dkmthandle device, uint32_t reason)
{
	struct d3dkmt_markdeviceaserror args = {
		.device = device,
		.reason = (enum d3dkmt_device_error_reason)reason,
	};

	return D3DKMTMarkDeviceAsError(&args);
}

/* The answer and the state agree at once, for this device alone. */
static void test_mark_device(void **state)
{
	struct api *a = *state;
	char text[DXG_FAULT_TEXT_MAX];
	struct d3dkmthandle other;
	uint32_t now;
	bool lost;

	assert_ok(api_device_create(a->adapter, &other));
	assert_ok(api_execution_state(a->device, &now));
	assert_int_equal(now, _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_ok(mark(a->device, 0x80000006u));
	assert_ok(api_execution_state(a->device, &now));
	assert_int_equal(now, _D3DKMT_DEVICEEXECUTION_RESET);
	assert_true(*a->done.value == UINT64_MAX);
	assert_ok(api_fault(a, &lost, text));
	assert_true(lost);
	assert_non_null(strstr(text, "marked as error"));
	assert_ok(mark(a->device, 0x80000000u));
	assert_status(set(a->context, 1), STATUS_DEVICE_REMOVED);
	assert_ok(api_execution_state(other, &now));
	assert_int_equal(now, _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_ok(api_device_destroy(other));
}

static void test_mark_refused(void **state)
{
	static const uint32_t bad[] = { 0, 1, 0x80000001u, 0x80000005u, 0x80000007u, UINT32_MAX };
	struct api *a = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_status(mark(a->device, bad[i]), INVALID);
	assert_status(mark(a->context, 0x80000000u), INVALID);
	assert_status(mark((struct d3dkmthandle){ 0 }, 0x80000000u), INVALID);
	assert_ok(api_finish(a));
}

/* ---- FlushHeapTransitions ---- */

/* It leaves the caller's structure alone. */
static void test_flush_heap(void **state)
{
	struct api *a = *state;
	struct d3dkmt_flushheaptransitions args = { .adapter = a->adapter };

	assert_ok(D3DKMTFlushHeapTransitions(&args));
	assert_int_equal(args.adapter.v, a->adapter.v);
	assert_ok(D3DKMTFlushHeapTransitions(&args));
	args.adapter = a->device;
	assert_status(D3DKMTFlushHeapTransitions(&args), INVALID);
	args.adapter.v = 0;
	assert_status(D3DKMTFlushHeapTransitions(&args), INVALID);
}

/* ---- InvalidateCache ---- */

static NTSTATUS invalidate(struct d3dkmthandle device, struct d3dkmthandle allocation,
			   uint64_t offset, uint64_t length)
{
	struct d3dkmt_invalidatecache args = { device, allocation, offset, length };

	return D3DKMTInvalidateCache(&args);
}

static void test_invalidate_cache(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle other, alloc = a->commands.allocation;
	uint64_t size = a->commands.size;

	assert_ok(api_device_create(a->adapter, &other));
	assert_ok(invalidate(a->device, alloc, 0, size));
	assert_ok(invalidate(a->device, alloc, 5, size - 5));
	assert_ok(invalidate(a->device, alloc, size, 0));
	assert_status(invalidate(a->device, alloc, 0, size + 1), INVALID);
	assert_status(invalidate(a->device, alloc, 1, size), INVALID);
	assert_status(invalidate(a->device, alloc, UINT64_MAX, 2), INVALID);
	assert_status(invalidate(a->device, alloc, 2, UINT64_MAX), INVALID);
	assert_status(invalidate(other, alloc, 0, 1), INVALID);
	assert_status(invalidate(a->device, a->context, 0, 1), INVALID);
	assert_status(invalidate(alloc, alloc, 0, 1), INVALID);
	assert_ok(api_device_destroy(other));
}

/* ---- contexts that do not exist here ---- */

static void test_create_context(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createcontext args = { .device = a->device };

	assert_status(D3DKMTCreateContext(&args), STATUS_NOT_SUPPORTED);
	assert_int_equal(args.context.v, 0);
	args.flags.value = 1u << 31;
	assert_status(D3DKMTCreateContext(&args), INVALID);
	args.flags.value = 0;
	args.priv_drv_data_size = UINT32_MAX;
	assert_status(D3DKMTCreateContext(&args), INVALID);
	args.priv_drv_data_size = 0;
	args.device = a->context;
	assert_status(D3DKMTCreateContext(&args), INVALID);
}

static void test_render(void **state)
{
	struct api *a = *state;
	struct d3dkmt_render args = { .context = a->context };

	assert_status(D3DKMTRender(&args), STATUS_NOT_SUPPORTED);
	args.broadcast_context_count = DXG_BROADCAST_CONTEXTS + 1;
	assert_status(D3DKMTRender(&args), INVALID);
	args.broadcast_context_count = 1;
	assert_status(D3DKMTRender(&args), INVALID);
	args.broadcast_context[0] = a->context;
	assert_status(D3DKMTRender(&args), STATUS_NOT_SUPPORTED);
	args.flags.reserved = 1;
	assert_status(D3DKMTRender(&args), INVALID);
	args.flags.reserved = 0;
	args.context = a->device;
	assert_status(D3DKMTRender(&args), INVALID);
}

static void test_hw_context(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createhwcontext create = { .device = a->device };
	struct d3dkmt_destroyhwcontext destroy = { .hw_context = a->context };

	assert_status(D3DKMTCreateHwContext(&create), STATUS_NOT_SUPPORTED);
	create.flags.value = 1;
	assert_status(D3DKMTCreateHwContext(&create), INVALID);
	create.flags.value = 0;
	create.device.v = 0;
	assert_status(D3DKMTCreateHwContext(&create), INVALID);
	assert_status(D3DKMTDestroyHwContext(&destroy), INVALID);
	assert_ok(api_finish(a));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_priorities),     api_test(test_priorities_refused),
		api_test(test_mark_device),    api_test(test_mark_refused),
		api_test(test_flush_heap),     api_test(test_invalidate_cache),
		api_test(test_create_context), api_test(test_render),
		api_test(test_hw_context),
	};

	return api_main("api_calls", tests);
}

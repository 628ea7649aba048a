/* SPDX-License-Identifier: MIT */
/*
 * test_api_badfields: reserved fields that are no padding (for that: test_api_padding), unknown
 * flags, counts of 0 and above their limits, escapes that are none, and calls that are not carried.
 * Each is refused and changes nothing: afterwards the very same device works. Handles:
 * test_api_badinput.
 */
#include "fixture.h"

/* The device is what it was: it works, and nothing of it was lost. */
static void assert_intact(struct api *a)
{
	struct packets p = { 0 };
	uint32_t execution = 0;

	packets_barrier(&p);
	assert_ok(api_run(a, &p));
	assert_int_equal(*a->done.value, a->asked);
	assert_ok(api_execution_state(a->device, &execution));
	assert_int_equal(execution, _D3DKMT_DEVICEEXECUTION_ACTIVE);
}

/* ---- fields that must be zero ---- */

#define RESERVED(name) static NTSTATUS name(const struct api *a)

/* One page, with one of the reserved fields of CreateAllocation2 set. */
static NTSTATUS reserved_allocation_field(const struct api *a, unsigned int field)
{
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE,
					     .size = DXG_PAGE_SIZE };
	struct d3dddi_allocationinfo2 info = {
		.priv_drv_data = dxg_ptr(&private),
		.priv_drv_data_size = sizeof(private),
	};
	struct d3dkmt_createallocation args = {
		.device = a->device,
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
	};

	info.reserved[4] = field == 0;
	info.flags.reserved = field == 1;
	return D3DKMTCreateAllocation2(&args);
}

RESERVED(reserved_allocation_info)
{
	return reserved_allocation_field(a, 0);
}

RESERVED(reserved_allocation_info_flags)
{
	return reserved_allocation_field(a, 1);
}

RESERVED(reserved_destroy_flags)
{
	struct d3dkmt_destroyallocation2 args = {
		.device = a->device,
		.allocations = dxg_ptr(&a->commands.allocation),
		.alloc_count = 1,
		.flags = { .reserved = 1 },
	};

	return D3DKMTDestroyAllocation2(&args);
}

RESERVED(reserved_map)
{
	struct d3dddi_mapgpuvirtualaddress args = {
		.paging_queue = a->queue,
		.allocation = a->commands.allocation,
		.size_in_pages = 1,
		.protection = { .write = 1 },
		.reserved0 = 1,
	};

	return D3DKMTMapGpuVirtualAddress(&args);
}

RESERVED(reserved1_map)
{
	struct d3dddi_mapgpuvirtualaddress args = {
		.paging_queue = a->queue,
		.allocation = a->commands.allocation,
		.size_in_pages = 1,
		.protection = { .write = 1 },
		.reserved1 = 1,
	};

	return D3DKMTMapGpuVirtualAddress(&args);
}

/* A submission that is fine but for one field, by number from 2 on. */
static NTSTATUS reserved_submit_field(const struct api *a, unsigned int field)
{
	struct d3dkmt_submitcommand args = {
		.command_buffer = a->commands.va,
		.command_length = sizeof(struct dxg_cmd_barrier),
		.broadcast_context_count = field == 3	? 0
					   : field == 4 ? 65
							: 1,
		.broadcast_context = { a->context },
		.flags = { .reserved = field == 2 ? 2 : 0 },
		.num_primaries = field == 5 ? DXG_WRITTEN_PRIMARIES + 1 : 0,
		.num_history_buffers = field == 6 ? DXG_HISTORY_BUFFERS + 1 : 0,
		.history_buffer_array = dxg_ptr(&a->commands.allocation),
		.priv_drv_data = dxg_ptr(&args),
		.priv_drv_data_size = field == 7 ? 130649 : 0,
	};

	return D3DKMTSubmitCommand(&args);
}

RESERVED(submit_flags)
{
	return reserved_submit_field(a, 2);
}

RESERVED(submit_no_context)
{
	return reserved_submit_field(a, 3);
}

RESERVED(submit_contexts)
{
	return reserved_submit_field(a, 4);
}

RESERVED(submit_primaries)
{
	return reserved_submit_field(a, 5);
}

RESERVED(submit_history)
{
	return reserved_submit_field(a, 6);
}

RESERVED(submit_private)
{
	return reserved_submit_field(a, 7);
}

/* Signals with one thing wrong: flags, counts at 0 and above the limit. */
static NTSTATUS signal_gpu2_field(const struct api *a, uint32_t objects, uint32_t contexts,
				  uint32_t flags)
{
	static struct d3dkmthandle many[DXG_SIGNAL_GPU_OBJECTS + 1];
	static uint64_t values[DXG_SIGNAL_GPU_OBJECTS + 1];
	struct d3dkmthandle context[DXG_BROADCAST_CONTEXTS + 1];
	struct d3dkmt_signalsynchronizationobjectfromgpu2 args = {
		.object_count = objects,
		.objects = dxg_ptr(many),
		.flags = { .value = flags },
		.context_count = contexts,
		.contexts = dxg_ptr(context),
		.monitored_fence_values = dxg_ptr(values),
	};
	uint32_t i;

	for (i = 0; i <= DXG_SIGNAL_GPU_OBJECTS; i++)
		many[i] = a->done.handle;
	for (i = 0; i <= DXG_BROADCAST_CONTEXTS; i++)
		context[i] = a->context;
	return D3DKMTSignalSynchronizationObjectFromGpu2(&args);
}

RESERVED(signal_flags)
{
	return signal_gpu2_field(a, 1, 1, 1u << 3);
}

RESERVED(signal_internal_flag)
{
	return signal_gpu2_field(a, 1, 1, 1u << 31);
}

RESERVED(signal_no_objects)
{
	return signal_gpu2_field(a, 0, 1, 0);
}

RESERVED(signal_objects)
{
	return signal_gpu2_field(a, DXG_SIGNAL_GPU_OBJECTS + 1, 1, 0);
}

RESERVED(signal_no_contexts)
{
	return signal_gpu2_field(a, 1, 0, 0);
}

RESERVED(signal_contexts)
{
	return signal_gpu2_field(a, 1, DXG_BROADCAST_CONTEXTS + 1, 0);
}

static NTSTATUS wait_gpu_count(const struct api *a, uint32_t count)
{
	struct d3dkmthandle fences[DXG_WAIT_GPU_OBJECTS + 1];
	uint64_t values[DXG_WAIT_GPU_OBJECTS + 1] = { 0 };
	struct d3dkmt_waitforsynchronizationobjectfromgpu args = {
		.context = a->context,
		.object_count = count,
		.objects = dxg_ptr(fences),
		.monitored_fence_values = dxg_ptr(values),
	};
	uint32_t i;

	for (i = 0; i <= DXG_WAIT_GPU_OBJECTS; i++)
		fences[i] = a->done.handle;
	return D3DKMTWaitForSynchronizationObjectFromGpu(&args);
}

RESERVED(wait_no_objects)
{
	return wait_gpu_count(a, 0);
}

RESERVED(wait_objects)
{
	return wait_gpu_count(a, DXG_WAIT_GPU_OBJECTS + 1);
}

static NTSTATUS legacy_counts(const struct api *a, uint32_t objects, uint32_t contexts)
{
	struct d3dkmt_signalsynchronizationobject2 args = {
		.context = a->context,
		.object_count = objects,
		.context_count = contexts,
	};

	return D3DKMTSignalSynchronizationObject2(&args);
}

RESERVED(legacy_signal_objects)
{
	return legacy_counts(a, DXG_SIGNAL_OBJECTS + 1, 0);
}

RESERVED(legacy_signal_contexts)
{
	return legacy_counts(a, 1, DXG_BROADCAST_CONTEXTS);
}

static NTSTATUS legacy_wait_count(const struct api *a, uint32_t count)
{
	struct d3dkmt_waitforsynchronizationobject2 args = {
		.context = a->context,
		.object_count = count,
		.object_array = { a->done.handle },
	};

	return D3DKMTWaitForSynchronizationObject2(&args);
}

RESERVED(legacy_wait_no_objects)
{
	return legacy_wait_count(a, 0);
}

RESERVED(legacy_wait_objects)
{
	return legacy_wait_count(a, DXG_WAIT_GPU_OBJECTS + 1);
}

/** struct field_call - a call with one field that it must refuse. */
struct field_call {
	const char *name;
	NTSTATUS (*call)(const struct api *a);
};

#define FIELD(f)      \
	{             \
#f, f \
	}

static const struct field_call field_calls[] = {
	FIELD(reserved_allocation_info),
	FIELD(reserved_allocation_info_flags),
	FIELD(reserved_destroy_flags),
	FIELD(reserved_map),
	FIELD(reserved1_map),
	FIELD(submit_flags),
	FIELD(submit_no_context),
	FIELD(submit_contexts),
	FIELD(submit_primaries),
	FIELD(submit_history),
	FIELD(submit_private),
	FIELD(signal_flags),
	FIELD(signal_internal_flag),
	FIELD(signal_no_objects),
	FIELD(signal_objects),
	FIELD(signal_no_contexts),
	FIELD(signal_contexts),
	FIELD(wait_no_objects),
	FIELD(wait_objects),
	FIELD(legacy_signal_objects),
	FIELD(legacy_signal_contexts),
	FIELD(legacy_wait_no_objects),
	FIELD(legacy_wait_objects),
};

static void test_fields(void **state)
{
	struct api *a = *state;
	unsigned int wrong = 0;
	NTSTATUS status;
	size_t i;

	for (i = 0; i < sizeof(field_calls) / sizeof(field_calls[0]); i++) {
		status = field_calls[i].call(a);
		if (status == STATUS_INVALID_PARAMETER)
			continue;
		print_error("%s: 0x%08x\n", field_calls[i].name, (uint32_t)status);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	assert_intact(a);
}

/* Escapes that are none. */
static void test_escapes(void **state)
{
	struct api *a = *state;
	struct dxg_escape_query_fault e = { .lost = 0 };
	struct d3dkmt_escape args = {
		.adapter = a->adapter,
		.device = a->device,
		.priv_drv_data = dxg_ptr(&e),
		.priv_drv_data_size = sizeof(e),
		.type = _D3DKMT_ESCAPE_VIDMM,
	};
	uint32_t size;

	e.h = (struct dxg_escape){ DXG_ESCAPE_MAGIC, DXG_ESCAPE_QUERY_FAULT, sizeof(e), 0 };
	assert_true(D3DKMTEscape(&args) < 0);
	args.type = _D3DKMT_ESCAPE_DRIVERPRIVATE;
	args.flags.hardware_access = 1;
	assert_true(D3DKMTEscape(&args) < 0);
	args.flags.value = 0;
	args.priv_drv_data_size = 131002;
	assert_true(D3DKMTEscape(&args) < 0);
	/* From 8 on: a reply of no bytes has no room to say no. */
	for (size = 8; size < sizeof(e); size += 8) {
		args.priv_drv_data_size = size;
		e.h = (struct dxg_escape){ DXG_ESCAPE_MAGIC, DXG_ESCAPE_QUERY_FAULT, size, 0 };
		assert_true(D3DKMTEscape(&args) < 0 || e.h.status < 0);
	}
	args.priv_drv_data_size = sizeof(e);
	e.h = (struct dxg_escape){ DXG_ESCAPE_MAGIC, 0xffff, sizeof(e), 0 };
	assert_true(D3DKMTEscape(&args) < 0 || e.h.status < 0);
	e.h = (struct dxg_escape){ 0, DXG_ESCAPE_QUERY_FAULT, sizeof(e), 0 };
	assert_true(D3DKMTEscape(&args) < 0 || e.h.status < 0);
	assert_intact(a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_fields),
		api_test(test_escapes),
	};

	return api_main("api_badfields", tests);
}

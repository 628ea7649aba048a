/* SPDX-License-Identifier: MIT */
/*
 * test_api_adapter: enumerating, opening, closing and asking adapters. Specification: ioctls 0x01,
 * 0x09, 0x14, 0x15, 0x3e.
 */
#include "fixture.h"

#define ROOM_MAX 64u

static NTSTATUS enum2(uint32_t *count, struct d3dkmt_adapterinfo *info)
{
	struct d3dkmt_enumadapters2 args = { .num_adapters = *count, .adapters = dxg_ptr(info) };
	NTSTATUS status = D3DKMTEnumAdapters2(&args);

	*count = args.num_adapters;
	return status;
}

static NTSTATUS enum3(uint32_t *count, struct d3dkmt_adapterinfo *info, uint64_t filter)
{
	struct d3dkmt_enumadapters3 args = {
		.filter = { .value = filter },
		.adapter_count = *count,
		.adapters = dxg_ptr(info),
	};
	NTSTATUS status = D3DKMTEnumAdapters3(&args);

	*count = args.adapter_count;
	return status;
}

static void close_all(const struct d3dkmt_adapterinfo *info, uint32_t count)
{
	while (count--)
		assert_ok(api_close_adapter(info[count].adapter_handle));
}

static void test_enum2_counts(void **state)
{
	uint32_t count = 0;

	(void)state;
	assert_ok(enum2(&count, NULL));
	assert_in_range(count, 1, ROOM_MAX);
	/* Without an array the number that comes in means nothing. */
	count = 1000;
	assert_ok(enum2(&count, NULL));
	assert_in_range(count, 1, ROOM_MAX);
}

static void test_enum2_opens(void **state)
{
	struct d3dkmt_adapterinfo info[ROOM_MAX] = { 0 };
	uint32_t count = ROOM_MAX, i;

	(void)state;
	assert_ok(enum2(&count, info));
	assert_in_range(count, 1, ROOM_MAX);
	for (i = 0; i < count; i++) {
		assert_int_not_equal(info[i].adapter_handle.v, 0);
		assert_true(info[i].adapter_luid.a || info[i].adapter_luid.b);
		assert_int_equal(info[i].num_sources, 0);
		assert_int_equal(info[i].present_move_regions_preferred, 0);
	}
	close_all(info, count);
}

static void test_enum2_too_little_room(void **state)
{
	struct d3dkmt_adapterinfo info = { 0 };
	uint32_t count = 0;

	(void)state;
	assert_status(enum2(&count, &info), STATUS_BUFFER_TOO_SMALL);
	assert_int_equal(info.adapter_handle.v, 0);
}

static void test_enum2_room_limit(void **state)
{
	struct d3dkmt_adapterinfo info[ROOM_MAX + 1] = { 0 };
	uint32_t count = ROOM_MAX + 1;

	(void)state;
	assert_status(enum2(&count, info), STATUS_INVALID_PARAMETER);
	assert_int_equal(info[0].adapter_handle.v, 0);
}

static void test_enum3_counts(void **state)
{
	struct d3dkmt_adapterinfo info[ROOM_MAX] = { 0 };
	uint32_t all = 0, count = 0;

	(void)state;
	assert_ok(enum2(&all, NULL));
	assert_ok(enum3(&count, NULL, 0));
	assert_int_equal(count, all);
	/* Room for none is a question for the number, array or not. */
	count = 0;
	assert_ok(enum3(&count, info, 0));
	assert_int_equal(count, all);
	assert_int_equal(info[0].adapter_handle.v, 0);
}

static void test_enum3_opens(void **state)
{
	struct d3dkmt_adapterinfo info[ROOM_MAX] = { 0 };
	uint32_t count = ROOM_MAX;

	(void)state;
	assert_ok(enum3(&count, info, 0));
	assert_int_not_equal(info[0].adapter_handle.v, 0);
	close_all(info, count);
	count = ROOM_MAX;
	assert_ok(enum3(&count, info, 3));
	close_all(info, count);
}

static void test_enum3_bad(void **state)
{
	struct d3dkmt_adapterinfo info[ROOM_MAX] = { 0 };
	uint32_t count = 65536;

	(void)state;
	assert_status(enum3(&count, info, 0), STATUS_INVALID_PARAMETER);
	count = ROOM_MAX;
	assert_status(enum3(&count, info, 4), STATUS_INVALID_PARAMETER);
	assert_int_equal(info[0].adapter_handle.v, 0);
}

static void test_open_by_luid(void **state)
{
	struct api *a = *state;
	struct d3dkmt_openadapterfromluid args = { .adapter_luid = a->luid };

	assert_ok(D3DKMTOpenAdapterFromLuid(&args));
	assert_int_not_equal(args.adapter_handle.v, 0);
	assert_int_not_equal(args.adapter_handle.v, a->adapter.v);
	assert_ok(api_close_adapter(args.adapter_handle));
}

/* A handle that the caller left in the structure must not make it look like success. */
static void test_open_unknown_luid(void **state)
{
	struct d3dkmt_openadapterfromluid args = {
		.adapter_luid = { .a = 0xdeadbeef, .b = 0x7fffffff },
		.adapter_handle = { .v = 0x40000080 },
	};

	(void)state;
	assert_status(D3DKMTOpenAdapterFromLuid(&args), STATUS_INVALID_PARAMETER);
}

static void test_close(void **state)
{
	struct d3dkmthandle adapter, none = { .v = 0 };
	struct winluid luid;

	(void)state;
	assert_ok(api_open_adapter(&adapter, &luid));
	assert_ok(api_close_adapter(adapter));
	assert_status(api_close_adapter(adapter), STATUS_INVALID_PARAMETER);
	assert_ok(api_close_adapter(none));
}

/* A number that was given back is not the next one's, nor any of the next hundred's (D-54). */
static void test_handles_do_not_come_back(void **state)
{
	struct d3dkmthandle first, adapter;
	struct winluid luid;
	int i;

	(void)state;
	assert_ok(api_open_adapter(&first, &luid));
	assert_ok(api_close_adapter(first));
	for (i = 0; i < 100; i++) {
		assert_ok(api_open_adapter(&adapter, &luid));
		assert_int_not_equal(adapter.v, first.v);
		assert_status(api_close_adapter(first), STATUS_INVALID_PARAMETER);
		assert_ok(api_close_adapter(adapter));
	}
}

/* Handles are counted: the device lives as long as one of them is open. */
static void test_last_close_takes_devices(void **state)
{
	struct d3dkmthandle first, second, device;
	struct winluid luid;
	uint32_t execution = 0;

	(void)state;
	assert_ok(api_open_adapter(&first, &luid));
	assert_ok(api_open_adapter(&second, &luid));
	assert_ok(api_device_create(first, &device));
	assert_ok(api_close_adapter(first));
	assert_ok(api_execution_state(device, &execution));
	assert_int_equal(execution, _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_ok(api_close_adapter(second));
	assert_status(api_execution_state(device, &execution), STATUS_INVALID_PARAMETER);
	assert_status(api_device_destroy(device), STATUS_INVALID_PARAMETER);
}

static void test_private_info(void **state)
{
	const struct dxg_adapter_private *info = &((struct api *)*state)->info;

	assert_int_equal(info->magic, DXG_ADAPTER_PRIVATE_MAGIC);
	assert_int_equal(info->cmd_version, DXG_CMD_VERSION);
	assert_true(!(info->flags & DXG_ADAPTER_NULL) != !(info->flags & DXG_ADAPTER_OPENCL));
	assert_int_not_equal(info->node_count, 0);
	assert_true(info->system_memory > 0);
	assert_true(info->flags & DXG_ADAPTER_UNIFIED ? !info->local_memory
						      : info->local_memory > 0);
	assert_true(info->va_start > 0 && info->va_start < info->va_end);
	assert_in_range(strnlen(info->name, sizeof(info->name)), 1, sizeof(info->name) - 1);
}

static void check_type(struct d3dkmthandle adapter, uint32_t type)
{
	struct d3dkmt_adaptertype value = { .value = 0 };

	assert_ok(api_query(adapter, type, &value, sizeof(value)));
	assert_int_equal(value.render_supported, 1);
	assert_int_equal(value.paravirtualized, 1);
	assert_int_equal(value.display_supported, 0);
	assert_int_equal(value.post_device, 0);
	assert_int_equal(value.indirect_display_device, 0);
	assert_int_equal(value.acg_supported, 0);
}

static void test_adapter_type(void **state)
{
	struct api *a = *state;

	check_type(a->adapter, _KMTQAITYPE_ADAPTERTYPE);
	check_type(a->adapter, _KMTQAITYPE_ADAPTERTYPE_RENDER);
}

/* Asking again gives the same, whether the answer was kept or not. */
static void test_query_repeats(void **state)
{
	struct api *a = *state;
	struct dxg_adapter_private again;
	int i;

	for (i = 0; i < 3; i++) {
		memset(&again, 0xaa, sizeof(again));
		assert_ok(
			api_query(a->adapter, _KMTQAITYPE_UMDRIVERPRIVATE, &again, sizeof(again)));
		assert_memory_equal(&again, &a->info, sizeof(again));
	}
}

static void test_query_bad_size(void **state)
{
	static uint8_t big[131018];
	struct api *a = *state;

	assert_status(api_query(a->adapter, _KMTQAITYPE_UMDRIVERPRIVATE, big, 0),
		      STATUS_INVALID_PARAMETER);
	assert_status(api_query(a->adapter, _KMTQAITYPE_UMDRIVERPRIVATE, big,
				sizeof(struct dxg_adapter_private) - 1),
		      STATUS_BUFFER_TOO_SMALL);
	assert_ok(api_query(a->adapter, _KMTQAITYPE_UMDRIVERPRIVATE, big, 131017));
	assert_memory_equal(big, &a->info, sizeof(a->info));
	assert_status(api_query(a->adapter, _KMTQAITYPE_UMDRIVERPRIVATE, big, 131018),
		      STATUS_INVALID_PARAMETER);
	assert_true(api_query(a->adapter, _KMTQAITYPE_UMDRIVERPRIVATE, NULL, 176) < 0);
}

/* An unknown type is refused, and the buffer stays what it was. */
static void test_query_bad_type(void **state)
{
	static const uint32_t types[] = { 5, 76, 78, 1000, 0xffffffffu };
	struct api *a = *state;
	uint8_t data[64], same[64];
	size_t i;

	memset(same, 0x5a, sizeof(same));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		memset(data, 0x5a, sizeof(data));
		assert_true(api_query(a->adapter, types[i], data, sizeof(data)) < 0);
		assert_memory_equal(data, same, sizeof(data));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enum2_counts),
		cmocka_unit_test(test_enum2_opens),
		cmocka_unit_test(test_enum2_too_little_room),
		cmocka_unit_test(test_enum2_room_limit),
		cmocka_unit_test(test_enum3_counts),
		cmocka_unit_test(test_enum3_opens),
		cmocka_unit_test(test_enum3_bad),
		api_test(test_open_by_luid),
		cmocka_unit_test(test_open_unknown_luid),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_handles_do_not_come_back),
		cmocka_unit_test(test_last_close_takes_devices),
		api_test(test_private_info),
		api_test(test_adapter_type),
		api_test(test_query_repeats),
		api_test(test_query_bad_size),
		api_test(test_query_bad_type),
	};

	return api_main("api_adapter", tests);
}

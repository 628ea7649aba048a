/* SPDX-License-Identifier: MIT */
/*
 * test_api_query: what an adapter says of itself: every type of QueryAdapterInfo, the registry,
 * clocks, features. Specification: ioctls 0x09, 0x3d, 0x49.
 */
#include <stdio.h>
#include <time.h>

#include "fixture.h"
#include "dxgwire/adapterinfo.h"

#define BUFFER 9000u

/** struct expected - a type that is answered, with the size of its structure. */
struct expected {
	uint32_t type;
	uint32_t size;
};

static const struct expected answered[] = {
	{ DXG_INFO_UMD_PRIVATE, sizeof(struct dxg_adapter_private) },
	{ DXG_INFO_UMD_NAME, 524 },
	{ DXG_INFO_SEGMENT_SIZE, 24 },
	{ DXG_INFO_GUID, 16 },
	{ DXG_INFO_ADDRESS, 12 },
	{ DXG_INFO_REGISTRY, 2080 },
	{ DXG_INFO_DRIVER_VERSION, 4 },
	{ DXG_INFO_ADAPTER_TYPE, 4 },
	{ DXG_INFO_WDDM_1_2_CAPS, 12 },
	{ DXG_INFO_UMD_VERSION, 8 },
	{ DXG_INFO_WDDM_1_3_CAPS, 4 },
	{ DXG_INFO_WDDM_2_0_CAPS, 4 },
	{ DXG_INFO_NODE_METADATA, 78 },
	{ DXG_INFO_PHYSICAL_ADAPTER_COUNT, 4 },
	{ DXG_INFO_DEVICE_IDS, 28 },
	{ DXG_INFO_GPUMMU_CAPS, 12 },
	{ DXG_INFO_SEGMENT_GROUP_SIZE, 56 },
	{ DXG_INFO_KMD_VERSION, 8 },
	{ DXG_INFO_GUID_RENDER, 16 },
	{ DXG_INFO_ADDRESS_RENDER, 12 },
	{ DXG_INFO_REGISTRY_RENDER, 2080 },
	{ DXG_INFO_DRIVER_VERSION_RENDER, 4 },
	{ DXG_INFO_ADAPTER_TYPE_RENDER, 4 },
	{ DXG_INFO_WDDM_1_2_CAPS_RENDER, 12 },
	{ DXG_INFO_WDDM_1_3_CAPS_RENDER, 4 },
	{ DXG_INFO_UNIQUE_GUID, 80 },
	{ DXG_INFO_NODE_PERF, 56 },
	{ DXG_INFO_ADAPTER_PERF, 64 },
	{ DXG_INFO_ADAPTER_PERF_CAPS, 40 },
	{ DXG_INFO_GPU_VERSION, 132 },
	{ DXG_INFO_DESCRIPTION, 8192 },
	{ DXG_INFO_DESCRIPTION_RENDER, 8192 },
	{ DXG_INFO_PARAVIRTUALIZATION, 1 },
	{ DXG_INFO_WDDM_2_7_CAPS, 4 },
	{ DXG_INFO_WDDM_2_9_CAPS, 4 },
	{ DXG_INFO_WDDM_3_0_CAPS, 4 },
};
#define ANSWERED (sizeof(answered) / sizeof(answered[0]))

static bool is_answered(uint32_t type)
{
	size_t i;

	for (i = 0; i < ANSWERED; i++)
		if (answered[i].type == type)
			return true;
	return type == DXG_INFO_QUERY_REGISTRY;
}

static bool same_bytes(const uint8_t *data, uint8_t byte, size_t size)
{
	while (size)
		if (data[--size] != byte)
			return false;
	return true;
}

/* Twice, so that an answer that was kept is compared with one that was asked for. */
static void test_sizes(void **state)
{
	struct api *a = *state;
	uint8_t data[BUFFER], again[BUFFER];
	size_t i;

	for (i = 0; i < ANSWERED; i++) {
		const struct expected *e = &answered[i];

		memset(data, 0, sizeof(data));
		memset(again, 0, sizeof(again));
		memset(data + e->size, 0x5a, sizeof(data) - e->size);
		assert_ok(api_query(a->adapter, e->type, data, e->size));
		assert_true(same_bytes(data + e->size, 0x5a, sizeof(data) - e->size));
		assert_ok(api_query(a->adapter, e->type, again, e->size));
		assert_memory_equal(data, again, e->size);
		memset(again, 0, e->size);
		assert_ok(api_query(a->adapter, e->type, again, e->size + 8));
		assert_memory_equal(data, again, e->size);
		assert_true(same_bytes(again + e->size, 0, 8));
	}
}

static void test_short_buffers(void **state)
{
	struct api *a = *state;
	uint8_t data[BUFFER];
	size_t i;

	for (i = 0; i < ANSWERED; i++) {
		if (answered[i].size == 1)
			continue;
		memset(data, 0, sizeof(data));
		assert_status(api_query(a->adapter, answered[i].type, data, answered[i].size - 1),
			      STATUS_BUFFER_TOO_SMALL);
		assert_true(same_bytes(data, 0, sizeof(data)));
	}
	memset(data, 0, sizeof(data));
	assert_status(api_query(a->adapter, DXG_INFO_QUERY_REGISTRY, data, 551),
		      STATUS_BUFFER_TOO_SMALL);
}

/* A number that has a name and no meaning here, and one without a name. */
static void test_other_types(void **state)
{
	struct api *a = *state;
	uint8_t data[BUFFER] = { 0 };
	uint32_t type;

	for (type = 0; type <= DXG_INFO_LAST; type++)
		if (!is_answered(type))
			assert_status(api_query(a->adapter, type, data, sizeof(data)),
				      STATUS_NOT_SUPPORTED);
	for (; type < DXG_INFO_LAST + 300; type++)
		assert_status(api_query(a->adapter, type, data, sizeof(data)),
			      STATUS_INVALID_PARAMETER);
	assert_true(same_bytes(data, 0, sizeof(data)));
}

/* UTF-16 to text; must be terminated. */
static void narrow(const void *wide, size_t units, char *ret_text)
{
	const uint8_t *in = wide;
	uint16_t unit = 1;
	size_t i;

	for (i = 0; i < units && unit; i++) {
		memcpy(&unit, in + 2 * i, sizeof(unit));
		assert_in_range(unit, 0, 0x7e);
		ret_text[i] = (char)unit;
	}
	assert_int_equal(unit, 0);
}

static void test_names(void **state)
{
	struct api *a = *state;
	struct dxg_info_umd_name umd = { .version = 2 };
	static struct dxg_info_registry registry;
	static uint16_t description[DXG_INFO_DESCRIPTION_UNITS];
	char text[DXG_INFO_DESCRIPTION_UNITS];

	assert_ok(api_query(a->adapter, DXG_INFO_UMD_NAME, &umd, sizeof(umd)));
	narrow(umd.name, DXG_INFO_PATH_UNITS, text);
	assert_string_equal(text, "libdxgcl.so");
	assert_int_equal(umd.version, 2);
	umd.version = DXG_INFO_UMD_VERSIONS;
	assert_status(api_query(a->adapter, DXG_INFO_UMD_NAME, &umd, sizeof(umd)),
		      STATUS_INVALID_PARAMETER);
	assert_ok(api_query(a->adapter, DXG_INFO_REGISTRY, &registry, sizeof(registry)));
	narrow(registry.adapter, DXG_INFO_PATH_UNITS, text);
	assert_int_equal(strncmp(text, a->info.name, strlen(text)), 0);
	assert_true(strlen(text) > 0);
	assert_ok(api_query(a->adapter, DXG_INFO_DESCRIPTION, description, sizeof(description)));
	narrow(description, DXG_INFO_DESCRIPTION_UNITS, text);
	assert_true(strlen(text) > 0);
}

static void test_nodes(void **state)
{
	struct api *a = *state;
	struct dxg_info_node_metadata node = { 0 };
	uint32_t i;

	for (i = 0; i < a->info.node_count; i++) {
		node.node = i;
		assert_ok(api_query(a->adapter, DXG_INFO_NODE_METADATA, &node, sizeof(node)));
		assert_int_equal(node.node, i);
		assert_int_equal(node.gpu_mmu, 1);
		assert_true(node.engine_type == DXG_INFO_ENGINE_OTHER ||
			    node.engine_type == DXG_INFO_ENGINE_COPY);
	}
	node.node = a->info.node_count;
	assert_status(api_query(a->adapter, DXG_INFO_NODE_METADATA, &node, sizeof(node)),
		      STATUS_INVALID_PARAMETER);
	node.node = 1u << 16; /* node 0 of a second physical adapter */
	assert_status(api_query(a->adapter, DXG_INFO_NODE_METADATA, &node, sizeof(node)),
		      STATUS_INVALID_PARAMETER);
}

/* There is one physical adapter: every question that names another is refused. */
static void test_physical_adapter(void **state)
{
	static const uint32_t types[] = { DXG_INFO_DEVICE_IDS,	       DXG_INFO_GPUMMU_CAPS,
					  DXG_INFO_SEGMENT_GROUP_SIZE, DXG_INFO_GPU_VERSION,
					  DXG_INFO_ADAPTER_PERF,       DXG_INFO_ADAPTER_PERF_CAPS };
	struct api *a = *state;
	uint32_t data[64] = { 0 };
	size_t i;

	assert_ok(api_query(a->adapter, DXG_INFO_PHYSICAL_ADAPTER_COUNT, data, sizeof(uint32_t)));
	assert_int_equal(data[0], 1);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		data[0] = 1;
		assert_status(api_query(a->adapter, types[i], data, sizeof(data)),
			      STATUS_INVALID_PARAMETER);
	}
}

/* The null backend has no clock; that of a driver is compared in test_api_program. */
static void test_node_perf(void **state)
{
	struct api *a = *state;
	struct dxg_info_node_perf perf;
	uint32_t i;

	for (i = 0; i < a->info.node_count; i++) {
		memset(&perf, 0x5a, sizeof(perf));
		perf.node = i;
		perf.physical_adapter = 0;
		assert_ok(api_query(a->adapter, DXG_INFO_NODE_PERF, &perf, sizeof(perf)));
		assert_int_equal(perf.node, i);
		if (a->info.flags & DXG_ADAPTER_NULL)
			assert_true(perf.max_frequency == 0);
		perf.max_frequency = 0;
		assert_true(same_bytes((uint8_t *)&perf + 8, 0, sizeof(perf) - 8));
	}
	perf.node = a->info.node_count;
	assert_status(api_query(a->adapter, DXG_INFO_NODE_PERF, &perf, sizeof(perf)),
		      STATUS_INVALID_PARAMETER);
	perf.node = 0;
	perf.physical_adapter = 1;
	assert_status(api_query(a->adapter, DXG_INFO_NODE_PERF, &perf, sizeof(perf)),
		      STATUS_INVALID_PARAMETER);
}

/* Nothing of the GPU as a whole is told, whatever the buffer had. */
static void test_adapter_perf(void **state)
{
	struct api *a = *state;
	struct dxg_info_adapter_perf perf;
	struct dxg_info_adapter_perf_caps caps;
	struct dxg_info_address address = { 0 };

	memset(&perf, 0x5a, sizeof(perf));
	memset(&caps, 0x5a, sizeof(caps));
	perf.physical_adapter = caps.physical_adapter = 0;
	assert_ok(api_query(a->adapter, DXG_INFO_ADAPTER_PERF, &perf, sizeof(perf)));
	assert_true(same_bytes((uint8_t *)&perf, 0, sizeof(perf)));
	assert_ok(api_query(a->adapter, DXG_INFO_ADAPTER_PERF_CAPS, &caps, sizeof(caps)));
	assert_true(same_bytes((uint8_t *)&caps, 0, sizeof(caps)));
	assert_ok(api_query(a->adapter, DXG_INFO_ADDRESS, &address, sizeof(address)));
	assert_true(same_bytes((uint8_t *)&address, 0xff, sizeof(address)));
}

static void test_memory(void **state)
{
	struct api *a = *state;
	struct dxg_info_segment_size size;
	struct dxg_info_segment_group_size group = { 0 };
	struct dxg_info_gpummu_caps mmu = { 0 };

	assert_ok(api_query(a->adapter, DXG_INFO_SEGMENT_SIZE, &size, sizeof(size)));
	assert_int_equal(size.dedicated_video, a->info.local_memory);
	assert_int_equal(size.shared_system, a->info.system_memory);
	assert_ok(api_query(a->adapter, DXG_INFO_SEGMENT_GROUP_SIZE, &group, sizeof(group)));
	assert_memory_equal(&group.legacy, &size, sizeof(size));
	assert_int_equal(group.local, size.dedicated_video);
	assert_int_equal(group.non_local, size.shared_system);
	assert_ok(api_query(a->adapter, DXG_INFO_GPUMMU_CAPS, &mmu, sizeof(mmu)));
	assert_int_equal(UINT64_C(1) << mmu.va_bits, a->info.va_end);
	assert_true(mmu.flags & DXG_INFO_GPUMMU_READ_ONLY);
}

/* The text is that of the bytes, and another opening of the same vGPU has the same. */
static void test_guid(void **state)
{
	struct api *a = *state;
	struct dxg_info_guid g, other;
	uint16_t wide[DXG_INFO_GUID_UNITS];
	char text[DXG_INFO_GUID_UNITS], expected[64];
	struct d3dkmthandle again;
	struct winluid luid;

	assert_ok(api_query(a->adapter, DXG_INFO_GUID, &g, sizeof(g)));
	assert_ok(api_query(a->adapter, DXG_INFO_UNIQUE_GUID, wide, sizeof(wide)));
	narrow(wide, DXG_INFO_GUID_UNITS, text);
	snprintf(expected, sizeof(expected), "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
		 g.a, g.b, g.c, g.d[0], g.d[1], g.d[2], g.d[3], g.d[4], g.d[5], g.d[6], g.d[7]);
	assert_string_equal(text, expected);
	assert_int_equal(g.c >> 12, 8);
	assert_int_equal(g.d[0] >> 6, 2);
	assert_ok(api_open_adapter(&again, &luid));
	assert_ok(api_query(again, DXG_INFO_GUID_RENDER, &other, sizeof(other)));
	assert_memory_equal(&g, &other, sizeof(g));
	assert_ok(api_close_adapter(again));
}

static void test_versions(void **state)
{
	struct api *a = *state;
	uint32_t version = 0, caps = 0;
	struct dxg_info_wddm_1_2_caps old = { 0 };

	assert_ok(api_query(a->adapter, DXG_INFO_DRIVER_VERSION, &version, sizeof(version)));
	assert_int_equal(version, 3000);
	assert_ok(api_query(a->adapter, DXG_INFO_WDDM_2_0_CAPS, &caps, sizeof(caps)));
	assert_int_equal(caps, DXG_INFO_2_0_GPUMMU | DXG_INFO_2_0_SURPRISE_REMOVAL);
	assert_ok(api_query(a->adapter, DXG_INFO_WDDM_2_7_CAPS, &caps, sizeof(caps)));
	assert_int_equal(caps, DXG_INFO_2_7_HWSCH_SUPPORTED | DXG_INFO_2_7_HWSCH_ENABLED |
				       DXG_INFO_2_7_HWSCH_BY_DEFAULT);
	assert_ok(api_query(a->adapter, DXG_INFO_WDDM_2_9_CAPS, &caps, sizeof(caps)));
	assert_int_equal(caps, DXG_INFO_2_9_HWSCH_STABLE | DXG_INFO_2_9_HWSCH_ENABLED);
	assert_ok(api_query(a->adapter, DXG_INFO_WDDM_1_2_CAPS, &old, sizeof(old)));
	assert_int_equal(old.compute_preemption, DXG_INFO_PREEMPTION_DMA_BUFFER);
}

/* ---- the registry ---- */

/** struct key - a question to the registry with room for its value. */
struct key {
	struct dxg_info_query_registry q;
	uint8_t room[1024];
};

#define KEY_FIXED offsetof(struct dxg_info_query_registry, value)

static void key_ask(struct key *key, uint32_t type, const char *name)
{
	size_t i;

	memset(key, 0, sizeof(*key));
	key->q.query_type = type;
	for (i = 0; name[i]; i++)
		key->q.name[i] = (unsigned char)name[i];
}

static NTSTATUS key_query(struct api *a, struct key *key, uint32_t value_bytes)
{
	return api_query(a->adapter, DXG_INFO_QUERY_REGISTRY, key, KEY_FIXED + value_bytes);
}

static void test_registry_string(void **state)
{
	static const char *const names[] = { "OpenCLDriverName", "opencldrivername" };
	struct api *a = *state;
	struct key key;
	char text[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		key_ask(&key, DXG_INFO_KEY_ADAPTER, names[i]);
		key.q.flags = DXG_INFO_KEY_TRANSLATE;
		assert_ok(key_query(a, &key, 64));
		assert_int_equal(key.q.status, DXG_INFO_KEY_SUCCESS);
		assert_int_equal(key.q.value_type, DXG_INFO_VALUE_STRING);
		assert_int_equal(key.q.value_size, 2 * sizeof("libdxgcl.so"));
		narrow((uint8_t *)&key + KEY_FIXED, 32, text);
		assert_string_equal(text, "libdxgcl.so");
	}
}

/* Exactly room enough, and a byte too little: then the size is told. */
static void test_registry_room(void **state)
{
	const uint32_t need = 2 * sizeof("libdxgcl.so");
	struct api *a = *state;
	struct key key;

	key_ask(&key, DXG_INFO_KEY_ADAPTER, "OpenCLDriverName");
	assert_ok(key_query(a, &key, need));
	assert_int_equal(key.q.status, DXG_INFO_KEY_SUCCESS);
	key_ask(&key, DXG_INFO_KEY_ADAPTER, "OpenCLDriverName");
	assert_ok(key_query(a, &key, need - 1));
	assert_int_equal(key.q.status, DXG_INFO_KEY_OVERFLOW);
	assert_int_equal(key.q.value_size, need);
	assert_true(same_bytes((uint8_t *)&key + KEY_FIXED, 0, sizeof(key) - KEY_FIXED));
}

static void test_registry_number(void **state)
{
	struct api *a = *state;
	struct key key;

	key_ask(&key, DXG_INFO_KEY_ADAPTER, "HardwareInformation.qwMemorySize");
	assert_ok(key_query(a, &key, 8));
	assert_int_equal(key.q.status, DXG_INFO_KEY_SUCCESS);
	assert_int_equal(key.q.value_type, DXG_INFO_VALUE_QWORD);
	assert_int_equal(key.q.value_size, 8);
	assert_int_equal(key.q.value, a->info.system_memory);
}

static void test_registry_paths(void **state)
{
	struct api *a = *state;
	struct key key;
	char text[512];

	key_ask(&key, DXG_INFO_KEY_DRIVER_STORE_PATH, "");
	assert_ok(key_query(a, &key, 1000));
	assert_int_equal(key.q.status, DXG_INFO_KEY_SUCCESS);
	narrow((uint8_t *)&key + KEY_FIXED, 500, text);
	assert_int_equal(text[0], '/');
	key_ask(&key, DXG_INFO_KEY_DRIVER_STORE_PATH, "");
	key.q.flags = DXG_INFO_KEY_TRANSLATE;
	assert_status(key_query(a, &key, 1000), STATUS_INVALID_PARAMETER);
}

static void test_registry_unknown(void **state)
{
	struct api *a = *state;
	struct key key;
	size_t i;

	key_ask(&key, DXG_INFO_KEY_ADAPTER, "NoSuchValue");
	assert_status(key_query(a, &key, 8), STATUS_OBJECT_NAME_INVALID);
	key_ask(&key, DXG_INFO_KEY_SERVICE, "OpenCLDriverName");
	assert_status(key_query(a, &key, 8), STATUS_OBJECT_NAME_INVALID);
	/* No terminator at all. */
	for (i = 0; i < DXG_INFO_PATH_UNITS; i++)
		key.q.name[i] = 'x';
	key.q.query_type = DXG_INFO_KEY_ADAPTER;
	assert_status(key_query(a, &key, 8), STATUS_OBJECT_NAME_INVALID);
	key_ask(&key, DXG_INFO_KEY_DRIVER_IMAGE_PATH + 1, "");
	assert_status(key_query(a, &key, 8), STATUS_INVALID_PARAMETER);
	key_ask(&key, DXG_INFO_KEY_ADAPTER, "OpenCLDriverName");
	key.q.flags = 2;
	assert_status(key_query(a, &key, 8), STATUS_INVALID_PARAMETER);
	key_ask(&key, DXG_INFO_KEY_ADAPTER, "OpenCLDriverName");
	key.q.physical_adapter = 1;
	assert_status(key_query(a, &key, 8), STATUS_INVALID_PARAMETER);
}

/* ---- clocks ---- */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void test_clock(void **state)
{
	struct api *a = *state;
	struct d3dkmt_queryclockcalibration q = { .adapter = a->adapter };
	uint64_t before, gpu = 0;
	int i;

	for (i = 0; i < 3; i++) {
		before = now_ns();
		assert_ok(D3DKMTQueryClockCalibration(&q));
		assert_in_range(q.clock_data.cpu_clock_counter, before, now_ns());
		assert_int_equal(q.clock_data.gpu_frequency, 1000000000u);
		assert_int_equal(q.clock_data.flags.value, 0);
		assert_true(q.clock_data.gpu_clock_counter >= gpu);
		gpu = q.clock_data.gpu_clock_counter;
	}
}

/* An adapter is enough; the clock is that of the escape. */
static void test_clock_is_the_devices(void **state)
{
	struct api *a = *state;
	struct d3dkmt_queryclockcalibration q = { .adapter = a->adapter };
	struct dxg_escape_query_clock escape = { 0 };
	uint64_t first;

	assert_ok(D3DKMTQueryClockCalibration(&q));
	first = q.clock_data.gpu_clock_counter;
	assert_ok(api_escape(a, DXG_ESCAPE_QUERY_CLOCK, &escape, sizeof(escape)));
	assert_ok(D3DKMTQueryClockCalibration(&q));
	assert_in_range(escape.now_ns, first, q.clock_data.gpu_clock_counter);
}

static void test_clock_without_device(void **state)
{
	struct d3dkmt_queryclockcalibration q = { 0 };
	struct d3dkmthandle adapter;
	struct winluid luid;

	(void)state;
	assert_ok(api_open_adapter(&adapter, &luid));
	q.adapter = adapter;
	assert_ok(D3DKMTQueryClockCalibration(&q));
	assert_int_equal(q.clock_data.gpu_frequency, 1000000000u);
	assert_ok(api_close_adapter(adapter));
}

static void test_clock_bad(void **state)
{
	struct api *a = *state;
	struct d3dkmt_queryclockcalibration q = { .adapter = a->adapter };

	q.node_ordinal = a->info.node_count;
	assert_status(D3DKMTQueryClockCalibration(&q), STATUS_INVALID_PARAMETER);
	q.node_ordinal = 0;
	q.physical_adapter_index = 1;
	assert_status(D3DKMTQueryClockCalibration(&q), STATUS_INVALID_PARAMETER);
	q.physical_adapter_index = 0;
	q.adapter = a->device;
	assert_status(D3DKMTQueryClockCalibration(&q), STATUS_INVALID_PARAMETER);
	assert_int_equal(q.clock_data.gpu_frequency, 0);
}

/* ---- features ---- */

static void test_features(void **state)
{
	static const uint32_t known[] = { _DXGK_FEATURE_HWSCH,
					  _DXGK_FEATURE_PAGE_BASED_MEMORY_MANAGER,
					  _DXGK_FEATURE_KERNEL_MODE_TESTING };
	struct api *a = *state;
	struct d3dkmt_isfeatureenabled q = { .adapter = a->adapter };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		q.feature_id = (enum dxgk_feature_id)known[i];
		q.result.value = 0xffff;
		assert_ok(D3DKMTIsFeatureEnabled(&q));
		assert_int_equal(q.result.known_feature, 1);
		assert_int_equal(q.result.reserved, 0);
		assert_int_equal(q.result.enabled, known[i] == _DXGK_FEATURE_HWSCH);
		assert_int_equal(q.result.version, known[i] == _DXGK_FEATURE_HWSCH);
	}
	q.feature_id = (enum dxgk_feature_id)0x7ffffff;
	q.result.value = 0xffff;
	assert_ok(D3DKMTIsFeatureEnabled(&q));
	assert_int_equal(q.result.value, 0);
	assert_int_equal(q.result.version, 0);
}

static void test_features_bad(void **state)
{
	struct api *a = *state;
	struct d3dkmt_isfeatureenabled q = { .adapter = a->device };

	q.result.value = 0x5a5a;
	assert_status(D3DKMTIsFeatureEnabled(&q), STATUS_INVALID_PARAMETER);
	assert_int_equal(q.result.value, 0x5a5a);
	q.adapter.v = 0;
	assert_status(D3DKMTIsFeatureEnabled(&q), STATUS_INVALID_PARAMETER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_sizes),
		api_test(test_short_buffers),
		api_test(test_other_types),
		api_test(test_names),
		api_test(test_nodes),
		api_test(test_physical_adapter),
		api_test(test_node_perf),
		api_test(test_adapter_perf),
		api_test(test_memory),
		api_test(test_guid),
		api_test(test_versions),
		api_test(test_registry_string),
		api_test(test_registry_room),
		api_test(test_registry_number),
		api_test(test_registry_paths),
		api_test(test_registry_unknown),
		api_test(test_clock),
		api_test(test_clock_is_the_devices),
		cmocka_unit_test(test_clock_without_device),
		api_test(test_clock_bad),
		api_test(test_features),
		api_test(test_features_bad),
	};

	return api_main("api_query", tests);
}

// SPDX-License-Identifier: MIT
/*
 * test_wide: QueryAdapterInfo with characters of 4 bytes (lib/wide.c), with the device played by
 * this file: it sees what is asked in the interface's layout and answers as a host may, Windows
 * among them.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

#include "../unit/cm.h"
#include "dev.h"
#include "dxgwire/adapterinfo.h"
#include "wide.h"

#define PATH DXG_INFO_PATH_UNITS

/** struct wide_registry - struct dxg_info_query_registry as a program with wchar_t has it. */
struct wide_registry {
	uint32_t query_type;
	uint32_t flags;
	wchar_t name[PATH];
	uint32_t value_type;
	uint32_t physical_adapter;
	uint32_t value_size;
	uint32_t status;
	wchar_t value[100];
};

/** struct wide_node - struct dxg_info_node_metadata, likewise. */
struct wide_node {
	uint32_t node;
	uint32_t engine_type;
	wchar_t name[DXG_INFO_NODE_NAME_UNITS];
	uint32_t flags;
	uint8_t gpu_mmu;
	uint8_t io_mmu;
} __attribute__((packed));

/* The device: what was asked, and what it answers. */
static struct {
	void (*answer)(void *data, uint32_t size);
	int result;
	void *data;
	uint32_t size;
	unsigned int calls;
	uint8_t asked[16384];
} host;

int dev_call(unsigned int cmd, void *args)
{
	struct d3dkmt_queryadapterinfo *q = args;

	assert_int_equal(cmd, LX_DXQUERYADAPTERINFO);
	assert_int_equal(q->adapter.v, 0x4321);
	host.calls++;
	host.size = q->private_data_size;
	host.data = (void *)(uintptr_t)q->private_data;
	if (host.data && host.size <= sizeof(host.asked))
		memcpy(host.asked, host.data, host.size);
	if (host.answer && host.result >= 0)
		host.answer(host.data, host.size);
	return host.result;
}

static int query(uint32_t type, void *data, size_t size)
{
	struct d3dkmt_queryadapterinfo q = {
		.adapter.v = 0x4321,
		.type = (enum kmtqueryadapterinfotype)type,
		.private_data = (uintptr_t)data,
		.private_data_size = (uint32_t)size,
	};

	return wide_query(&q);
}

static int setup(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	return 0;
}

static void put(void *to, const char16_t *text)
{
	do
		memcpy(to, text, sizeof(*text));
	while (to = (char *)to + sizeof(*text), *text++);
}

/* ---- types of one size ---- */

/** struct wide_name - D3DKMT_UMDFILENAMEINFO with wchar_t. */
struct wide_name {
	uint32_t version;
	wchar_t name[PATH];
};

static const char16_t *name_answer;

static void answer_name(void *data, uint32_t size)
{
	struct dxg_info_umd_name *name = data;

	assert_int_equal(size, sizeof(*name));
	name->version += 10;
	put(name->name, name_answer);
}

static void assert_name(const char16_t *answer, const wchar_t *wanted)
{
	struct wide_name name = { .version = 3 };

	memset(name.name, 0x5a, sizeof(name.name));
	name_answer = answer;
	host.answer = answer_name;
	assert_int_equal(query(DXG_INFO_UMD_NAME, &name, sizeof(name)), 0);
	assert_int_equal(name.version, 13);
	assert_int_equal(wcscmp(name.name, wanted), 0);
	assert_int_equal(name.name[PATH - 1], 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_name(u"libdxgcl.so", L"libdxgcl.so");
	assert_name(u"", L"");
	assert_name(u"\u00e9\u20ac\U0001f600z", L"\u00e9\u20ac\U0001f600z");
}

/* Halves of surrogate pairs: at the end, before another character, the wrong way round. */
static void test_half_pairs(void **state)
{
	static const char16_t end[] = { 'a', 0xd83d, 0 };
	static const char16_t middle[] = { 0xd83d, 'b', 0 };
	static const char16_t swapped[] = { 0xde00, 0xd83d, 0 };

	(void)state;
	assert_name(end, L"a\ufffd");
	assert_name(middle, L"\ufffdb");
	assert_name(swapped, L"\ufffd\ufffd");
}

static void test_driver_store(void **state)
{
	(void)state;
	assert_name(u"C:\\Windows\\System32\\DriverStore\\FileRepository\\gpu.inf_1\\u\\x.so",
		    L"/usr/lib/wsl/drivers/gpu.inf_1/u/x.so");
	assert_name(u"\\filerepository\\a", L"/usr/lib/wsl/drivers/a");
	assert_name(u"C:\\filerepositor\\a\\b", L"C:\\filerepositor\\a\\b");
	assert_name(u"x\\FileRepository", L"x\\FileRepository");
}

/* A path that gets longer than its field is cut, and terminated. */
static void test_long_path(void **state)
{
	char16_t path[PATH + 1] = u"\\FileRepository\\";
	struct wide_name name = { 0 };
	size_t i;

	(void)state;
	for (i = 16; i < PATH; i++)
		path[i] = 'x';
	path[PATH - 1] = 0;
	name_answer = path;
	host.answer = answer_name;
	assert_int_equal(query(DXG_INFO_UMD_NAME, &name, sizeof(name)), 0);
	assert_int_equal(wcslen(name.name), PATH - 1);
	assert_int_equal(wcsncmp(name.name, L"/usr/lib/wsl/drivers/xx", 23), 0);
}

/* A host that terminates nothing. */
static void answer_unterminated(void *data, uint32_t size)
{
	memset(data, 'A', size);
}

static void test_unterminated(void **state)
{
	struct wide_name name = { 0 };

	(void)state;
	host.answer = answer_unterminated;
	assert_int_equal(query(DXG_INFO_UMD_NAME, &name, sizeof(name)), 0);
	assert_int_equal(name.name[PATH - 2], 'A' << 8 | 'A');
	assert_int_equal(name.name[PATH - 1], 0);
}

static void answer_node(void *data, uint32_t size)
{
	struct dxg_info_node_metadata node;

	assert_int_equal(size, sizeof(node));
	memcpy(&node, data, sizeof(node));
	assert_int_equal(node.node, 0x10002);
	node.engine_type = DXG_INFO_ENGINE_COPY;
	node.flags = 0x12345678;
	node.gpu_mmu = 1;
	put((char *)&node + offsetof(struct dxg_info_node_metadata, name), u"\\filerepository\\");
	memcpy(data, &node, sizeof(node));
}

/* Fields before and behind a string; a name is no path. */
static void test_node(void **state)
{
	struct wide_node node = { .node = 0x10002 };

	(void)state;
	host.answer = answer_node;
	assert_int_equal(query(DXG_INFO_NODE_METADATA, &node, sizeof(node)), 0);
	assert_int_equal(node.engine_type, DXG_INFO_ENGINE_COPY);
	assert_int_equal(wcscmp((void *)((char *)&node + 8), L"\\filerepository\\"), 0);
	assert_int_equal(node.flags, 0x12345678);
	assert_int_equal(node.gpu_mmu, 1);
	assert_int_equal(node.io_mmu, 0);
}

static void answer_registry_info(void *data, uint32_t size)
{
	struct dxg_info_registry *info = data;

	assert_int_equal(size, sizeof(*info));
	put(info->adapter, u"adapter");
	put(info->bios, u"bios");
	put(info->dac, u"dac");
	put(info->chip, u"chip");
}

static void test_several_strings(void **state)
{
	static wchar_t info[4][PATH];

	(void)state;
	host.answer = answer_registry_info;
	assert_int_equal(query(DXG_INFO_REGISTRY_RENDER, info, sizeof(info)), 0);
	assert_int_equal(wcscmp(info[0], L"adapter"), 0);
	assert_int_equal(wcscmp(info[1], L"bios"), 0);
	assert_int_equal(wcscmp(info[2], L"dac"), 0);
	assert_int_equal(wcscmp(info[3], L"chip"), 0);
}

/* Every type with strings has a size of its own for 4 bytes, and asks with the interface's. */
static void test_sizes(void **state)
{
	static const uint32_t types[][3] = {
		{ DXG_INFO_UMD_NAME, 524, 1044 },
		{ DXG_INFO_OPENGL, 528, 1048 },
		{ DXG_INFO_REGISTRY, 2080, 4160 },
		{ DXG_INFO_DLIST_NAME, 520, 1040 },
		{ DXG_INFO_NODE_METADATA, 78, 142 },
		{ DXG_INFO_CP_NAME, 520, 1040 },
		{ DXG_INFO_REGISTRY_RENDER, 2080, 4160 },
		{ DXG_INFO_UNIQUE_GUID, 80, 160 },
		{ DXG_INFO_GPU_VERSION, 132, 260 },
		{ DXG_INFO_DESCRIPTION, 8192, 16384 },
		{ DXG_INFO_DESCRIPTION_RENDER, 8192, 16384 },
	};
	static uint8_t data[16400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		assert_int_equal(query(types[i][0], data, types[i][2]), 0);
		assert_int_equal(host.size, types[i][1]);
		assert_ptr_not_equal(host.data, data);
		assert_int_equal(query(types[i][0], data, types[i][1]), 0);
		assert_int_equal(host.size, types[i][1]);
		assert_ptr_equal(host.data, data);
		assert_int_equal(query(types[i][0], data, types[i][2] + 1), 0);
		assert_ptr_equal(host.data, data);
		assert_int_equal(query(types[i][0], NULL, types[i][2]), 0);
		assert_ptr_equal(host.data, NULL);
	}
}

/* What fails writes nothing. */
static void test_failure(void **state)
{
	struct wide_name name;
	uint8_t before[sizeof(name)];

	(void)state;
	memset(&name, 0x5a, sizeof(name));
	memcpy(before, &name, sizeof(name));
	host.result = -EPERM;
	assert_int_equal(query(DXG_INFO_UMD_NAME, &name, sizeof(name)), -EPERM);
	assert_memory_equal(before, &name, sizeof(name));
}

/* ---- the registry ---- */

static struct {
	uint32_t status;
	uint32_t size;
	const void *value;
	size_t bytes; /* of it that are there */
} value;

static void answer_value(void *data, uint32_t size)
{
	struct dxg_info_query_registry *key = data;

	assert_true(size >= sizeof(*key));
	key->status = value.status;
	key->value_size = value.size;
	key->value_type = DXG_INFO_VALUE_DWORD; /* not for the caller to see */
	if (value.bytes)
		memcpy((uint8_t *)data + 544, value.value, value.bytes);
}

static void answer_with(uint32_t status, uint32_t size, const void *bytes)
{
	value.status = status;
	value.size = size;
	value.value = bytes;
	value.bytes = bytes ? size : 0;
	host.answer = answer_value;
}

static const struct dxg_info_query_registry *asked_key(void)
{
	return (const void *)host.asked;
}

static struct wide_registry registry(const wchar_t *name)
{
	struct wide_registry r = { .query_type = DXG_INFO_KEY_ADAPTER,
				   .value_type = DXG_INFO_VALUE_STRING };

	wcscpy(r.name, name);
	return r;
}

static void test_text(void **state)
{
	struct wide_registry r = registry(L"A\u20acB\U0001f600");

	(void)state;
	answer_with(DXG_INFO_KEY_SUCCESS, sizeof(u"text"), u"text");
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, sizeof(r)), 0);
	assert_int_equal(host.size, 544 + 200);
	assert_int_equal(asked_key()->query_type, DXG_INFO_KEY_ADAPTER);
	assert_memory_equal(asked_key()->name, u"A\u20acB\U0001f600", 12);
	assert_int_equal(r.status, DXG_INFO_KEY_SUCCESS);
	assert_int_equal(r.value_size, sizeof(L"text"));
	assert_int_equal(r.value_type, DXG_INFO_VALUE_STRING);
	assert_memory_equal(r.value, L"text", sizeof(L"text"));
}

static void test_several_texts(void **state)
{
	struct wide_registry r = registry(L"name");
	static const char16_t two[] = u"one\0C:\\FileRepository\\two\0";
	static const wchar_t wanted[] = L"one\0/usr/lib/wsl/drivers/two\0";

	(void)state;
	r.value_type = DXG_INFO_VALUE_STRINGS;
	answer_with(DXG_INFO_KEY_SUCCESS, sizeof(two), two);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, sizeof(r)), 0);
	assert_int_equal(r.value_size, sizeof(wanted));
	assert_memory_equal(r.value, wanted, sizeof(wanted));
}

/* A number, and text that the caller takes as bytes. */
static void test_bytes(void **state)
{
	struct wide_registry r = registry(L"name");
	const uint64_t number = 0x1122334455667788;

	(void)state;
	r.value_type = DXG_INFO_VALUE_QWORD;
	answer_with(DXG_INFO_KEY_SUCCESS, sizeof(number), &number);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, 1072), 0);
	assert_int_equal(host.size, 552);
	assert_int_equal(r.value_size, 8);
	assert_memory_equal(r.value, &number, sizeof(number));
	r.value_type = 0;
	answer_with(DXG_INFO_KEY_SUCCESS, sizeof(u"ab"), u"ab");
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, sizeof(r)), 0);
	assert_int_equal(r.value_size, sizeof(u"ab"));
	assert_memory_equal(r.value, u"ab", sizeof(u"ab"));
}

/* Too little room: by the host's count, and by what a path becomes. */
static void test_overflow(void **state)
{
	struct wide_registry r = registry(L"");
	static const char16_t path[] = u"\\FileRepository\\";

	(void)state;
	r.query_type = DXG_INFO_KEY_DRIVER_STORE_PATH;
	r.value_type = 0;
	answer_with(DXG_INFO_KEY_OVERFLOW, 100, NULL);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, 1072), 0);
	assert_int_equal(r.status, DXG_INFO_KEY_OVERFLOW);
	assert_int_equal(r.value_size, 200);
	answer_with(DXG_INFO_KEY_SUCCESS, sizeof(path), path);
	memset(r.value, 0x5a, sizeof(r.value));
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, 1064 + 4 * 17), 0);
	assert_int_equal(r.status, DXG_INFO_KEY_OVERFLOW);
	assert_int_equal(r.value_size, 4 * 22);
	assert_int_equal(r.value[0], 0x5a5a5a5a);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, 1064 + 4 * 22), 0);
	assert_int_equal(r.status, DXG_INFO_KEY_SUCCESS);
	assert_memory_equal(r.value, L"/usr/lib/wsl/drivers/", 4 * 22);
}

/* Whoever asks for a path finds it: the two layouts lie beside each other while it is short. */
static void test_path_for_both(void **state)
{
	struct wide_registry r = registry(L"");
	struct dxg_info_query_registry narrow;
	static char16_t path[254] = u"/";
	size_t i;

	(void)state;
	for (i = 1; i < 252; i++)
		path[i] = 'p';
	r.query_type = DXG_INFO_KEY_DRIVER_STORE_PATH;
	answer_with(DXG_INFO_KEY_SUCCESS, sizeof(u"/short"), u"/short");
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, sizeof(r)), 0);
	assert_int_equal(host.size, 544 + 504);
	assert_memory_equal(r.value, L"/short", sizeof(L"/short"));
	memcpy(&narrow, &r, sizeof(narrow));
	assert_int_equal(narrow.status, DXG_INFO_KEY_SUCCESS);
	assert_int_equal(narrow.value_size, sizeof(u"/short"));
	assert_memory_equal((char *)&r + 544, u"/short", sizeof(u"/short"));

	/* The longest, and one more; the wide one has no room here. */
	answer_with(DXG_INFO_KEY_SUCCESS, 504, path);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, sizeof(r)), 0);
	memcpy(&narrow, &r, sizeof(narrow));
	assert_int_equal(narrow.value_size, 504);
	assert_memory_equal((char *)&r + 544, path, 504);
	assert_int_equal(r.status, DXG_INFO_KEY_OVERFLOW);
	memset(r.name, 0, sizeof(r.name));
	answer_with(DXG_INFO_KEY_OVERFLOW, 506, NULL);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, sizeof(r)), 0);
	memcpy(&narrow, &r, sizeof(narrow));
	assert_int_equal(narrow.status, DXG_INFO_KEY_OVERFLOW);
	assert_int_equal(narrow.value_size, 506);
	assert_int_equal(r.value_size, 1012);
}

/* A value longer than the room that was offered. */
static void test_value_lies(void **state)
{
	struct wide_registry r = registry(L"name"), before;

	(void)state;
	answer_with(DXG_INFO_KEY_SUCCESS, 0, NULL);
	value.size = 1u << 30;
	before = r;
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &r, sizeof(r)), -EINVAL);
	assert_memory_equal(&before, &r, sizeof(r));
}

/* UTF-16 in a short buffer, or by its name; and what is too long for either. */
static void test_registry_as_it_is(void **state)
{
	static struct {
		struct dxg_info_query_registry key;
		uint8_t more[2000];
	} narrow;

	(void)state;
	memcpy(narrow.key.name, u"OpenCLDriverName", sizeof(u"OpenCLDriverName"));
	narrow.key.query_type = DXG_INFO_KEY_ADAPTER;
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &narrow, sizeof(narrow)), 0);
	assert_ptr_equal(host.data, &narrow);
	assert_int_equal(host.size, sizeof(narrow));
	narrow.key.query_type = DXG_INFO_KEY_DRIVER_STORE_PATH;
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &narrow, 1071), 0);
	assert_ptr_equal(host.data, &narrow);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, &narrow, 1072), 0);
	assert_ptr_not_equal(host.data, &narrow);
	assert_int_equal(query(DXG_INFO_QUERY_REGISTRY, NULL, 1072), 0);
	assert_ptr_equal(host.data, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_names, setup),
		cmocka_unit_test_setup(test_half_pairs, setup),
		cmocka_unit_test_setup(test_driver_store, setup),
		cmocka_unit_test_setup(test_long_path, setup),
		cmocka_unit_test_setup(test_unterminated, setup),
		cmocka_unit_test_setup(test_node, setup),
		cmocka_unit_test_setup(test_several_strings, setup),
		cmocka_unit_test_setup(test_sizes, setup),
		cmocka_unit_test_setup(test_failure, setup),
		cmocka_unit_test_setup(test_text, setup),
		cmocka_unit_test_setup(test_several_texts, setup),
		cmocka_unit_test_setup(test_bytes, setup),
		cmocka_unit_test_setup(test_overflow, setup),
		cmocka_unit_test_setup(test_path_for_both, setup),
		cmocka_unit_test_setup(test_value_lies, setup),
		cmocka_unit_test_setup(test_registry_as_it_is, setup),
	};

	return cmocka_run_group_tests_name("wide", tests, NULL, NULL);
}

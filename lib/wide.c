/* SPDX-License-Identifier: MIT */
/*
 * wide.c - see wide.h. A row of the table is a type with strings: its size in the interface, and
 * where its strings are; with 4-byte characters each string is twice as long, and what follows it
 * lies that much further back. The question is asked with a buffer of the interface's layout, which
 * is then taken apart.
 *
 * A path of a Windows driver store (".../FileRepository/x") is one into /usr/lib/wsl/drivers for
 * such programs, as with the published library. A host of ours has no such paths.
 *
 * The registry is different: its value is as long as the caller has room. Buffers shorter than the
 * structure with 4-byte characters can only be UTF-16; longer ones are, when the name that is asked
 * for is no UTF-32. That leaves the questions for a path, which have no name: they are answered in
 * both layouts. The interface's takes the bytes of the name, which has no use, up to a length.
 */
#include "wide.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "dxgwire/adapterinfo.h"

#define WIDE_STRINGS 4u
#define WIDE_CODE_MAX 0x10ffffu
#define WIDE_REPLACEMENT 0xfffdu /* for half a surrogate pair */

/* What the registry has before its value: 4-byte characters, and those of the interface. */
#define WIDE_KEY (sizeof(struct wide_key))
#define WIDE_KEY16 offsetof(struct dxg_info_query_registry, value)
#define WIDE_KEY_MIN (WIDE_KEY + sizeof(uint64_t))
#define WIDE_KEY_MAX (1u << 20)
#define WIDE_PATH16 (offsetof(struct wide_key, value_type) - WIDE_KEY16) /* of both layouts */

static const char wide_store[] = "\\filerepository\\";
static const char wide_drivers[] = "/usr/lib/wsl/drivers/";

/** struct wide_string - @offset in the interface's structure, @units of 16 bits */
struct wide_string {
	uint16_t offset;
	uint16_t units;
};

/** struct wide_type - a type of QueryAdapterInfo. @paths: its strings may be paths */
struct wide_type {
	uint32_t type;
	uint16_t size;
	bool paths;
	struct wide_string string[WIDE_STRINGS];
};

/** struct wide_key - struct dxg_info_query_registry with 4-byte characters, without the value. */
struct wide_key {
	uint32_t query_type;
	uint32_t flags;
	uint32_t name[DXG_INFO_PATH_UNITS];
	uint32_t value_type;
	uint32_t physical_adapter;
	uint32_t value_size;
	uint32_t status;
};
DXG_ASSERT_SIZE(struct wide_key, 1064);

static const struct wide_type wide_types[] = {
	{ DXG_INFO_UMD_NAME, 524, true, { { 4, 260 } } },
	{ DXG_INFO_OPENGL, 528, true, { { 0, 260 } } },
	{ DXG_INFO_REGISTRY,
	  2080,
	  true,
	  { { 0, 260 }, { 520, 260 }, { 1040, 260 }, { 1560, 260 } } },
	{ DXG_INFO_DLIST_NAME, 520, true, { { 0, 260 } } },
	{ DXG_INFO_NODE_METADATA, 78, false, { { 8, 32 } } },
	{ DXG_INFO_CP_NAME, 520, true, { { 0, 260 } } },
	{ DXG_INFO_REGISTRY_RENDER,
	  2080,
	  true,
	  { { 0, 260 }, { 520, 260 }, { 1040, 260 }, { 1560, 260 } } },
	{ DXG_INFO_UNIQUE_GUID, 80, false, { { 0, 40 } } },
	{ DXG_INFO_GPU_VERSION, 132, false, { { 4, 32 }, { 68, 32 } } },
	{ DXG_INFO_DESCRIPTION, 8192, true, { { 0, 4096 } } },
	{ DXG_INFO_DESCRIPTION_RENDER, 8192, true, { { 0, 4096 } } },
};

static void wide_free(void *p)
{
	free(*(void **)p);
}

/* ---- characters ---- */

static uint16_t wide_unit(const uint8_t *in, size_t i)
{
	uint16_t unit;

	memcpy(&unit, in + i * sizeof(unit), sizeof(unit));
	return unit;
}

/* The characters of @units of UTF-16 up to a zero, which is not stored. Return: how many. */
static size_t wide_decode(const uint8_t *in, size_t units, uint32_t *ret_codes)
{
	size_t i, count = 0;
	uint32_t code, low;

	for (i = 0; i < units && (code = wide_unit(in, i)); i++) {
		if (code >> 11 == 0xd800 >> 11) {
			low = i + 1 < units ? wide_unit(in, i + 1) : 0;
			if (code >> 10 == 0xd800 >> 10 && low >> 10 == 0xdc00 >> 10) {
				code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
				i++;
			} else {
				code = WIDE_REPLACEMENT;
			}
		}
		ret_codes[count++] = code;
	}
	return count;
}

static bool wide_has_store(const uint32_t *codes)
{
	size_t i;

	for (i = 0; wide_store[i]; i++)
		if ((codes[i] | (codes[i] >= 'A' && codes[i] <= 'Z' ? 0x20 : 0)) !=
		    (unsigned char)wide_store[i])
			return false;
	return true;
}

/*
 * If the string is a path in a driver store, make it one of Linux. In place: @codes has room for
 * the prefix beyond its @count characters. Return: the new count.
 */
static size_t wide_translate(uint32_t *codes, size_t count)
{
	const size_t store = sizeof(wide_store) - 1, drivers = sizeof(wide_drivers) - 1;
	size_t at, i;

	for (at = 0; at + store <= count && !wide_has_store(codes + at); at++)
		;
	if (at + store > count)
		return count;
	count -= at + store;
	memmove(codes + drivers, codes + at + store, count * sizeof(*codes));
	for (i = 0; i < drivers; i++)
		codes[i] = (unsigned char)wide_drivers[i];
	for (; i < drivers + count; i++)
		if (codes[i] == '\\')
			codes[i] = '/';
	return drivers + count;
}

/* ---- types of one size ---- */

/* One string into @out, which has @units of room; always terminated. */
static void wide_string(const uint8_t *in, size_t units, bool paths, uint8_t *out)
{
	uint32_t codes[DXG_INFO_DESCRIPTION_UNITS + sizeof(wide_drivers)];
	size_t count = wide_decode(in, units, codes);

	if (paths)
		count = wide_translate(codes, count);
	if (count > units - 1)
		count = units - 1;
	memcpy(out, codes, count * sizeof(*codes));
	memset(out + count * sizeof(*codes), 0, (units - count) * sizeof(*codes));
}

static size_t wide_size(const struct wide_type *type)
{
	size_t i, size = type->size;

	for (i = 0; i < WIDE_STRINGS; i++)
		size += type->string[i].units * sizeof(uint16_t);
	return size;
}

static const struct wide_type *wide_find(const struct d3dkmt_queryadapterinfo *args)
{
	size_t i;

	for (i = 0; i < sizeof(wide_types) / sizeof(wide_types[0]); i++)
		if (wide_types[i].type == (uint32_t)args->type &&
		    wide_size(&wide_types[i]) == args->private_data_size)
			return &wide_types[i];
	return NULL;
}

/* What is no string, from one layout to the other. */
static void wide_copy(const struct wide_type *type, uint8_t *wide, uint8_t *narrow, bool out)
{
	size_t i, from, at = 0, shift = 0;

	for (i = 0; i <= WIDE_STRINGS; i++) {
		bool last = i == WIDE_STRINGS || !type->string[i].units;

		from = at;
		at = last ? type->size : type->string[i].offset;
		if (out)
			memcpy(wide + from + shift, narrow + from, at - from);
		else
			memcpy(narrow + from, wide + from + shift, at - from);
		if (last)
			return;
		if (out)
			wide_string(narrow + at, type->string[i].units, type->paths,
				    wide + at + shift);
		at += type->string[i].units * sizeof(uint16_t);
		shift += type->string[i].units * sizeof(uint16_t);
	}
}

static int wide_ask(const struct d3dkmt_queryadapterinfo *args, void *data, size_t size)
{
	struct d3dkmt_queryadapterinfo asked = {
		.adapter = args->adapter,
		.type = args->type,
		.private_data = (uint64_t)(uintptr_t)data,
		.private_data_size = (uint32_t)size,
	};

	return dev_call(LX_DXQUERYADAPTERINFO, &asked);
}

static int wide_sized(const struct d3dkmt_queryadapterinfo *args, const struct wide_type *type)
{
	__attribute__((cleanup(wide_free))) uint8_t *narrow = calloc(1, type->size);
	uint8_t *wide = (uint8_t *)(uintptr_t)args->private_data;
	int ret;

	if (!narrow)
		return -ENOMEM;
	wide_copy(type, wide, narrow, false);
	ret = wide_ask(args, narrow, type->size);
	if (ret >= 0)
		wide_copy(type, wide, narrow, true);
	return ret;
}

/* ---- the registry ---- */

static bool wide_key_is_path(const struct wide_key *key)
{
	return key->query_type == DXG_INFO_KEY_DRIVER_STORE_PATH ||
	       key->query_type == DXG_INFO_KEY_DRIVER_IMAGE_PATH;
}

/* Is the value that the caller expects a string? */
static bool wide_key_is_text(const struct wide_key *key)
{
	return wide_key_is_path(key) || key->value_type == DXG_INFO_VALUE_STRING ||
	       key->value_type == DXG_INFO_VALUE_EXPANDED ||
	       key->value_type == DXG_INFO_VALUE_STRINGS;
}

/* The name in UTF-16. Return: false when it is no UTF-32. */
static bool wide_key_name(const struct wide_key *key, uint16_t ret_name[DXG_INFO_PATH_UNITS])
{
	size_t i, at = 0;
	uint32_t code;

	if (wide_key_is_path(key))
		return true;
	for (i = 0; i < DXG_INFO_PATH_UNITS && (code = key->name[i]); i++) {
		if (code > WIDE_CODE_MAX || at + (code > 0xffff) + 1 >= DXG_INFO_PATH_UNITS)
			return false;
		if (code > 0xffff) {
			ret_name[at++] = (uint16_t)(0xd800 | (code - 0x10000) >> 10);
			code = 0xdc00 | (code & 0x3ff);
		}
		ret_name[at++] = (uint16_t)code;
	}
	return true;
}

/* All strings of a value, each with its zero. Return: how many characters. */
static size_t wide_value(const uint8_t *in, size_t units, uint32_t *ret_codes)
{
	size_t at = 0, count = 0, length;

	while (at < units) {
		for (length = 0; at + length < units && wide_unit(in, at + length); length++)
			;
		count += wide_translate(ret_codes + count, wide_decode(in + at * sizeof(uint16_t),
								       length, ret_codes + count));
		ret_codes[count++] = 0;
		at += length + 1;
	}
	return count;
}

/* A string into the caller's buffer, or how much it wants. */
static int wide_put_text(struct wide_key *key, const uint8_t *in, size_t size, uint8_t *out,
			 size_t room)
{
	size_t units = size / sizeof(uint16_t), count;
	__attribute__((cleanup(wide_free))) uint32_t *codes = NULL;

	codes = calloc(2 * units + sizeof(wide_drivers), sizeof(*codes));
	if (!codes)
		return -ENOMEM;
	count = wide_value(in, units, codes);
	key->value_size = (uint32_t)(count * sizeof(*codes));
	if (key->value_size <= room)
		memcpy(out, codes, key->value_size);
	else
		key->status = DXG_INFO_KEY_OVERFLOW;
	return 0;
}

static int wide_put_value(struct wide_key *key, const struct dxg_info_query_registry *answer,
			  size_t room16, uint8_t *out, size_t room)
{
	const uint8_t *in = (const uint8_t *)answer + WIDE_KEY16;
	bool text = wide_key_is_text(key);

	key->status = answer->status;
	key->value_size = answer->value_size;
	if (key->status != DXG_INFO_KEY_SUCCESS) {
		if (text)
			key->value_size = answer->value_size / 2 * 4;
		return 0;
	}
	if (answer->value_size > room16)
		return -EINVAL;
	if (text)
		return wide_put_text(key, in, answer->value_size, out, room);
	memcpy(out, in, answer->value_size < room ? answer->value_size : room);
	return 0;
}

/* The same answer where a caller with UTF-16 looks for it, if it ends before the wide one. */
static void wide_put_path16(const struct dxg_info_query_registry *answer, uint8_t *out)
{
	size_t size = answer->status == DXG_INFO_KEY_SUCCESS ? answer->value_size : 0;

	if (size <= WIDE_PATH16)
		memcpy(out, answer, WIDE_KEY16 + size);
}

static int wide_registry(const struct d3dkmt_queryadapterinfo *args, const struct wide_key *asked,
			 const uint16_t name[DXG_INFO_PATH_UNITS])
{
	uint8_t *wide = (uint8_t *)(uintptr_t)args->private_data;
	size_t room = args->private_data_size - WIDE_KEY;
	size_t room16 = wide_key_is_text(asked) ? room / 4 * 2 : room;
	__attribute__((cleanup(wide_free))) struct dxg_info_query_registry *narrow = NULL;
	const size_t at = offsetof(struct wide_key, value_type);
	struct wide_key key = *asked;
	int ret, err;

	if (wide_key_is_path(asked) && room16 < WIDE_PATH16)
		room16 = WIDE_PATH16;
	if (room16 < sizeof(narrow->value))
		room16 = sizeof(narrow->value);
	narrow = calloc(1, WIDE_KEY16 + room16);
	if (!narrow)
		return -ENOMEM;
	narrow->query_type = key.query_type;
	narrow->flags = key.flags;
	memcpy(narrow->name, name, sizeof(narrow->name));
	narrow->value_type = key.value_type;
	narrow->physical_adapter = key.physical_adapter;
	ret = wide_ask(args, narrow, WIDE_KEY16 + room16);
	if (ret < 0)
		return ret;
	err = wide_put_value(&key, narrow, room16, wide + WIDE_KEY, room);
	if (err)
		return err;
	if (wide_key_is_path(asked))
		wide_put_path16(narrow, wide);
	memcpy(wide + at, (const uint8_t *)&key + at, sizeof(key) - at);
	return ret;
}

int wide_query(struct d3dkmt_queryadapterinfo *args)
{
	const struct wide_type *type = args->private_data ? wide_find(args) : NULL;
	uint16_t name[DXG_INFO_PATH_UNITS] = { 0 };
	struct wide_key key;

	if (type)
		return wide_sized(args, type);
	if ((uint32_t)args->type == DXG_INFO_QUERY_REGISTRY && args->private_data &&
	    args->private_data_size >= WIDE_KEY_MIN && args->private_data_size <= WIDE_KEY_MAX) {
		memcpy(&key, (const void *)(uintptr_t)args->private_data, sizeof(key));
		if (wide_key_name(&key, name))
			return wide_registry(args, &key, name);
	}
	return dev_call(LX_DXQUERYADAPTERINFO, args);
}

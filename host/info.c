// SPDX-License-Identifier: MIT
/*
 * info: see info.h. A row of the table is a type: bytes of its structure, and who fills it in. The
 * answer is made in a buffer that starts as a copy of what the guest sent, cut at that size; a
 * filler that takes input reads it there. Behind the structure the reply is zero, except for
 * QUERY_REGISTRY, whose value goes on as far as the guest has room.
 */
#include "info.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "adapter.h"
#include "dxgwire/adapterinfo.h"
#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "dxgwire/message.h"
#include "request.h"
#include "session.h"
#include "vaspace.h"
#include "vgpu.h"

/* D3DKMT_ADAPTERTYPE */
#define ADAPTER_TYPE_RENDER (1u << 0)
#define ADAPTER_TYPE_SOFTWARE (1u << 2)
#define ADAPTER_TYPE_PARAVIRTUALIZED (1u << 7)
#define ADAPTER_TYPE_COMPUTE_ONLY (1u << 11)

#define INFO_WDDM_VERSION 3000u /* the newest whose capabilities are answered: WDDM 3.0 */
#define INFO_ICD "libdxgcl.so"
#define INFO_SIZE_MAX 8192u

/**
 * struct info_query - one question. @data: see above, at least the size of the type's structure;
 * @room: bytes of it that the guest has, INFO_SIZE_MAX at most; @used: bytes that are sent back
 */
struct info_query {
	const struct session *session;
	uint8_t *data;
	uint32_t room;
	uint32_t used;
};

void info_widen(void *dst, size_t units, const char *text)
{
	uint8_t *out = dst;
	uint16_t unit;
	size_t i;

	memset(dst, 0, units * sizeof(unit));
	for (i = 0; i + 1 < units && text[i]; i++) {
		unit = (unsigned char)text[i] < 0x80 ? (uint16_t)text[i] : '?';
		memcpy(out + i * sizeof(unit), &unit, sizeof(unit));
	}
}

static const struct adapter *info_adapter(const struct info_query *q)
{
	return q->session->vgpu->adapter;
}

static int info_set(struct info_query *q, const void *answer, size_t size)
{
	memcpy(q->data, answer, size);
	return 0;
}

static int info_set_u32(struct info_query *q, uint32_t value)
{
	return info_set(q, &value, sizeof(value));
}

/* ---- what it is ---- */

static int info_private(struct info_query *q)
{
	const struct adapter *adapter = info_adapter(q);
	struct dxg_adapter_private info = {
		.magic = DXG_ADAPTER_PRIVATE_MAGIC,
		.cmd_version = DXG_CMD_VERSION,
		.flags = adapter->info.flags,
		.node_count = adapter->info.node_count,
		.local_memory = adapter_is_unified(adapter) ? 0 : vgpu_memory(q->session->vgpu),
		.system_memory = vgpu_memory(q->session->vgpu),
		.va_start = VASPACE_START,
		.va_end = VASPACE_END,
	};

	memcpy(info.name, adapter->info.name, sizeof(info.name));
	return info_set(q, &info, sizeof(info));
}

static int info_type(struct info_query *q)
{
	uint32_t type = ADAPTER_TYPE_RENDER | ADAPTER_TYPE_PARAVIRTUALIZED |
			ADAPTER_TYPE_COMPUTE_ONLY;

	if (info_adapter(q)->info.flags & DXG_ADAPTER_NULL)
		type |= ADAPTER_TYPE_SOFTWARE;
	return info_set_u32(q, type);
}

static int info_registry(struct info_query *q)
{
	struct dxg_info_registry answer;

	info_widen(answer.adapter, DXG_INFO_PATH_UNITS, info_adapter(q)->info.name);
	info_widen(answer.bios, DXG_INFO_PATH_UNITS, "opendxg");
	info_widen(answer.dac, DXG_INFO_PATH_UNITS, "none");
	info_widen(answer.chip, DXG_INFO_PATH_UNITS, info_adapter(q)->info.driver);
	return info_set(q, &answer, sizeof(answer));
}

static int info_description(struct info_query *q)
{
	info_widen(q->data, DXG_INFO_DESCRIPTION_UNITS, info_adapter(q)->info.driver);
	return 0;
}

static int info_count(struct info_query *q)
{
	return info_set_u32(q, 1);
}

static int info_device_ids(struct info_query *q)
{
	struct dxg_info_device_ids answer = { .vendor = info_adapter(q)->info.vendor_id };

	if (request_u32(q->data, 0))
		return -EINVAL;
	return info_set(q, &answer, sizeof(answer));
}

/* Where it is in a guest is the guest's to know; on the host's bus it is nowhere. */
static int info_address(struct info_query *q)
{
	const struct dxg_info_address answer = { DXG_INFO_NOWHERE, DXG_INFO_NOWHERE,
						 DXG_INFO_NOWHERE };

	return info_set(q, &answer, sizeof(answer));
}

static int info_gpu_version(struct info_query *q)
{
	struct dxg_info_gpu_version answer = { 0 };

	if (request_u32(q->data, 0))
		return -EINVAL;
	info_widen(answer.bios, 32, "opendxg");
	info_widen(answer.architecture, 32, info_adapter(q)->info.driver);
	return info_set(q, &answer, sizeof(answer));
}

/* FNV-1a over 64 bits, over @text and its terminating zero. */
static uint64_t info_hash(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++);
	return hash;
}

/* An identifier made of names (RFC 9562, version 8), so that it outlives sessions and restarts. */
static void info_make_guid(const struct session *session, struct dxg_info_guid *ret_guid)
{
	const struct vgpu *vgpu = session->vgpu;
	uint64_t low = info_hash(UINT64_C(0xcbf29ce484222325), vgpu->config.name);
	uint64_t high = info_hash(~low, vgpu->adapter->info.name);

	low = info_hash(low, vgpu->adapter->info.name);
	ret_guid->a = (uint32_t)high;
	ret_guid->b = (uint16_t)(high >> 32);
	ret_guid->c = (uint16_t)((high >> 48 & 0xfff) | 0x8000);
	memcpy(ret_guid->d, &low, sizeof(low));
	ret_guid->d[0] = (ret_guid->d[0] & 0x3f) | 0x80;
}

static int info_guid(struct info_query *q)
{
	struct dxg_info_guid guid;

	info_make_guid(q->session, &guid);
	return info_set(q, &guid, sizeof(guid));
}

static int info_unique_guid(struct info_query *q)
{
	struct dxg_info_guid g;
	char text[DXG_INFO_GUID_UNITS];

	info_make_guid(q->session, &g);
	snprintf(text, sizeof(text), "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", g.a, g.b,
		 g.c, g.d[0], g.d[1], g.d[2], g.d[3], g.d[4], g.d[5], g.d[6], g.d[7]);
	info_widen(q->data, DXG_INFO_GUID_UNITS, text);
	return 0;
}

/* ---- its driver ---- */

/* One user-mode driver for every interface there is a number for: the OpenCL ICD. */
static int info_umd_name(struct info_query *q)
{
	struct dxg_info_umd_name answer = { .version = request_u32(q->data, 0) };

	if (answer.version >= DXG_INFO_UMD_VERSIONS)
		return -EINVAL;
	info_widen(answer.name, DXG_INFO_PATH_UNITS, INFO_ICD);
	return info_set(q, &answer, sizeof(answer));
}

static int info_driver_version(struct info_query *q)
{
	return info_set_u32(q, INFO_WDDM_VERSION);
}

/* Four numbers of 16 bits: ours has three. */
static int info_module_version(struct info_query *q)
{
	uint16_t part[3] = { 0 };
	uint64_t version;

	sscanf(DXG_VERSION, "%hu.%hu.%hu", &part[0], &part[1], &part[2]);
	version = (uint64_t)part[0] << 48 | (uint64_t)part[1] << 32 | (uint32_t)part[2] << 16;
	return info_set(q, &version, sizeof(version));
}

/* ---- what it can ---- */

static int info_wddm_1_2(struct info_query *q)
{
	const struct dxg_info_wddm_1_2_caps caps = {
		.graphics_preemption = DXG_INFO_PREEMPTION_DMA_BUFFER,
		.compute_preemption = DXG_INFO_PREEMPTION_DMA_BUFFER,
		.flags = DXG_INFO_1_2_NON_VGA | DXG_INFO_1_2_PER_ENGINE_TDR,
	};

	return info_set(q, &caps, sizeof(caps));
}

static int info_wddm_2_0(struct info_query *q)
{
	return info_set_u32(q, DXG_INFO_2_0_GPUMMU | DXG_INFO_2_0_SURPRISE_REMOVAL);
}

/* Hardware queues (CreateHwQueue) are there, for every process. */
static int info_wddm_2_7(struct info_query *q)
{
	return info_set_u32(q, DXG_INFO_2_7_HWSCH_SUPPORTED | DXG_INFO_2_7_HWSCH_ENABLED |
				       DXG_INFO_2_7_HWSCH_BY_DEFAULT);
}

static int info_wddm_2_9(struct info_query *q)
{
	return info_set_u32(q, DXG_INFO_2_9_HWSCH_STABLE | DXG_INFO_2_9_HWSCH_ENABLED);
}

/* No displays: none of the flags of these versions. */
static int info_no_caps(struct info_query *q)
{
	return info_set_u32(q, 0);
}

/* Not in a secure container. */
static int info_paravirtualization(struct info_query *q)
{
	q->data[0] = 0;
	return 0;
}

static int info_gpummu(struct info_query *q)
{
	struct dxg_info_gpummu_caps caps = {
		.flags = DXG_INFO_GPUMMU_READ_ONLY,
		.va_bits = 64 - (uint32_t)__builtin_clzll(VASPACE_END - 1),
	};

	if (request_u32(q->data, 0))
		return -EINVAL;
	if (adapter_is_unified(info_adapter(q)))
		caps.flags |= DXG_INFO_GPUMMU_COHERENT;
	return info_set(q, &caps, sizeof(caps));
}

static int info_node(struct info_query *q)
{
	const struct ipc_describe_reply *info = &info_adapter(q)->info;
	struct dxg_info_node_metadata answer = { .node = request_u32(q->data, 0), .gpu_mmu = 1 };
	bool copy;

	if (answer.node >= info->node_count)
		return -EINVAL;
	copy = info->node_kind[answer.node] == IPC_NODE_COPY;
	answer.engine_type = copy ? DXG_INFO_ENGINE_COPY : DXG_INFO_ENGINE_OTHER;
	info_widen((uint8_t *)&answer + offsetof(struct dxg_info_node_metadata, name),
		   DXG_INFO_NODE_NAME_UNITS, copy ? "Copy" : "Compute");
	return info_set(q, &answer, sizeof(answer));
}

void info_node_perf(const struct adapter *adapter, uint32_t node,
		    struct dxg_info_node_perf *ret_perf)
{
	memset(ret_perf, 0, sizeof(*ret_perf));
	ret_perf->node = node;
	if (adapter->info.node_kind[node] == IPC_NODE_COMPUTE)
		ret_perf->max_frequency = adapter->info.clock_hz;
}

static int info_perf(struct info_query *q)
{
	struct dxg_info_node_perf answer;
	uint32_t node = request_u32(q->data, 0);

	if (node >= info_adapter(q)->info.node_count || request_u32(q->data, 1))
		return -EINVAL;
	info_node_perf(info_adapter(q), node, &answer);
	return info_set(q, &answer, sizeof(answer));
}

static int info_adapter_perf(struct info_query *q)
{
	const struct dxg_info_adapter_perf answer = { 0 };

	return request_u32(q->data, 0) ? -EINVAL : info_set(q, &answer, sizeof(answer));
}

static int info_adapter_perf_caps(struct info_query *q)
{
	const struct dxg_info_adapter_perf_caps answer = { 0 };

	return request_u32(q->data, 0) ? -EINVAL : info_set(q, &answer, sizeof(answer));
}

/* ---- its memory, as far as it is the vGPU's ---- */

static struct dxg_info_segment_size info_memory(const struct info_query *q)
{
	uint64_t bytes = vgpu_memory(q->session->vgpu);

	return (struct dxg_info_segment_size){
		.dedicated_video = adapter_is_unified(info_adapter(q)) ? 0 : bytes,
		.shared_system = bytes,
	};
}

static int info_segments(struct info_query *q)
{
	const struct dxg_info_segment_size answer = info_memory(q);

	return info_set(q, &answer, sizeof(answer));
}

static int info_segment_groups(struct info_query *q)
{
	struct dxg_info_segment_group_size answer = { .legacy = info_memory(q) };

	if (request_u32(q->data, 0))
		return -EINVAL;
	answer.local = answer.legacy.dedicated_video;
	answer.non_local = answer.legacy.shared_system;
	return info_set(q, &answer, sizeof(answer));
}

/* ---- the registry ---- */

/** struct info_value - a value of the registry. @text: of a string */
struct info_value {
	uint32_t type;
	uint64_t number;
	const char *text;
};

/* ASCII of the asked name; names that are none exist nowhere. Return: is it one? */
static bool info_key_name(const struct dxg_info_query_registry *key, char ret_name[64])
{
	size_t i;

	for (i = 0; i < 64; i++) {
		if (key->name[i] >= 0x80)
			return false;
		ret_name[i] = (char)key->name[i];
		if (!ret_name[i])
			return true;
	}
	return false;
}

static int info_adapter_value(const struct info_query *q, const char *name,
			      struct info_value *ret_value)
{
	const struct adapter *adapter = info_adapter(q);
	const struct {
		const char *name;
		struct info_value value;
	} values[] = {
		{ "OpenCLDriverName", { DXG_INFO_VALUE_STRING, 0, INFO_ICD } },
		{ "DriverDesc", { DXG_INFO_VALUE_STRING, 0, adapter->info.driver } },
		{ "HardwareInformation.AdapterString",
		  { DXG_INFO_VALUE_STRING, 0, adapter->info.name } },
		{ "HardwareInformation.ChipType",
		  { DXG_INFO_VALUE_STRING, 0, adapter->info.driver } },
		{ "HardwareInformation.qwMemorySize",
		  { DXG_INFO_VALUE_QWORD, vgpu_memory(q->session->vgpu), NULL } },
	};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strcasecmp(values[i].name, name))
			continue;
		*ret_value = values[i].value;
		return 0;
	}
	return -ENOENT;
}

static int info_find_value(const struct info_query *q, const struct dxg_info_query_registry *key,
			   struct info_value *ret_value)
{
	char name[64];

	switch (key->query_type) {
	case DXG_INFO_KEY_ADAPTER:
		if (!info_key_name(key, name))
			return -ENOENT;
		return info_adapter_value(q, name, ret_value);
	case DXG_INFO_KEY_DRIVER_STORE_PATH: /* where the package puts the ICD, in guests too */
		if (key->flags)
			return -EINVAL;
		*ret_value = (struct info_value){ DXG_INFO_VALUE_STRING, 0, DXG_LIBDIR };
		return 0;
	case DXG_INFO_KEY_DRIVER_IMAGE_PATH:
		return key->flags ? -EINVAL : -ENOENT;
	case DXG_INFO_KEY_SERVICE:
		return -ENOENT;
	}
	return -EINVAL;
}

/* Put the value behind @key's fields; without room for it, say how much it wants. */
static void info_put_value(struct info_query *q, struct dxg_info_query_registry *key,
			   const struct info_value *value)
{
	const uint32_t at = offsetof(struct dxg_info_query_registry, value);
	size_t units = value->text ? strlen(value->text) + 1 : 0;

	key->value_type = value->type;
	key->value_size = value->text ? (uint32_t)(units * sizeof(uint16_t))
				      : (uint32_t)sizeof(value->number);
	key->status = DXG_INFO_KEY_OVERFLOW;
	if (key->value_size <= q->room - at) {
		key->status = DXG_INFO_KEY_SUCCESS;
		if (value->text)
			info_widen(q->data + at, units, value->text);
		else
			memcpy(q->data + at, &value->number, sizeof(value->number));
		if (q->used < at + key->value_size)
			q->used = at + key->value_size;
	}
	memcpy(q->data, key, at);
}

static int info_query_registry(struct info_query *q)
{
	struct dxg_info_query_registry key;
	struct info_value value;
	int err;

	memcpy(&key, q->data, sizeof(key));
	if ((key.flags & ~DXG_INFO_KEY_TRANSLATE) || key.physical_adapter)
		return -EINVAL;
	err = info_find_value(q, &key, &value);
	if (err)
		return err;
	memset(q->data + offsetof(struct dxg_info_query_registry, value), 0, sizeof(key.value));
	info_put_value(q, &key, &value);
	return 0;
}

/* ---- the table ---- */

static const struct info_type {
	uint32_t size;
	int (*fill)(struct info_query *q);
} info_types[DXG_INFO_LAST + 1] = {
	[DXG_INFO_UMD_PRIVATE] = { sizeof(struct dxg_adapter_private), info_private },
	[DXG_INFO_UMD_NAME] = { sizeof(struct dxg_info_umd_name), info_umd_name },
	[DXG_INFO_SEGMENT_SIZE] = { sizeof(struct dxg_info_segment_size), info_segments },
	[DXG_INFO_GUID] = { sizeof(struct dxg_info_guid), info_guid },
	[DXG_INFO_ADDRESS] = { sizeof(struct dxg_info_address), info_address },
	[DXG_INFO_REGISTRY] = { sizeof(struct dxg_info_registry), info_registry },
	[DXG_INFO_DRIVER_VERSION] = { 4, info_driver_version },
	[DXG_INFO_ADAPTER_TYPE] = { 4, info_type },
	[DXG_INFO_WDDM_1_2_CAPS] = { sizeof(struct dxg_info_wddm_1_2_caps), info_wddm_1_2 },
	[DXG_INFO_UMD_VERSION] = { 8, info_module_version },
	[DXG_INFO_WDDM_1_3_CAPS] = { 4, info_no_caps },
	[DXG_INFO_WDDM_2_0_CAPS] = { 4, info_wddm_2_0 },
	[DXG_INFO_NODE_METADATA] = { sizeof(struct dxg_info_node_metadata), info_node },
	[DXG_INFO_PHYSICAL_ADAPTER_COUNT] = { 4, info_count },
	[DXG_INFO_DEVICE_IDS] = { sizeof(struct dxg_info_device_ids), info_device_ids },
	[DXG_INFO_GPUMMU_CAPS] = { sizeof(struct dxg_info_gpummu_caps), info_gpummu },
	[DXG_INFO_SEGMENT_GROUP_SIZE] = { sizeof(struct dxg_info_segment_group_size),
					  info_segment_groups },
	[DXG_INFO_QUERY_REGISTRY] = { sizeof(struct dxg_info_query_registry), info_query_registry },
	[DXG_INFO_KMD_VERSION] = { 8, info_module_version },
	[DXG_INFO_GUID_RENDER] = { sizeof(struct dxg_info_guid), info_guid },
	[DXG_INFO_ADDRESS_RENDER] = { sizeof(struct dxg_info_address), info_address },
	[DXG_INFO_REGISTRY_RENDER] = { sizeof(struct dxg_info_registry), info_registry },
	[DXG_INFO_DRIVER_VERSION_RENDER] = { 4, info_driver_version },
	[DXG_INFO_ADAPTER_TYPE_RENDER] = { 4, info_type },
	[DXG_INFO_WDDM_1_2_CAPS_RENDER] = { sizeof(struct dxg_info_wddm_1_2_caps), info_wddm_1_2 },
	[DXG_INFO_WDDM_1_3_CAPS_RENDER] = { 4, info_no_caps },
	[DXG_INFO_UNIQUE_GUID] = { DXG_INFO_GUID_UNITS * 2, info_unique_guid },
	[DXG_INFO_NODE_PERF] = { sizeof(struct dxg_info_node_perf), info_perf },
	[DXG_INFO_ADAPTER_PERF] = { sizeof(struct dxg_info_adapter_perf), info_adapter_perf },
	[DXG_INFO_ADAPTER_PERF_CAPS] = { sizeof(struct dxg_info_adapter_perf_caps),
					 info_adapter_perf_caps },
	[DXG_INFO_GPU_VERSION] = { sizeof(struct dxg_info_gpu_version), info_gpu_version },
	[DXG_INFO_DESCRIPTION] = { DXG_INFO_DESCRIPTION_UNITS * 2, info_description },
	[DXG_INFO_DESCRIPTION_RENDER] = { DXG_INFO_DESCRIPTION_UNITS * 2, info_description },
	[DXG_INFO_PARAVIRTUALIZATION] = { 1, info_paravirtualization },
	[DXG_INFO_WDDM_2_7_CAPS] = { 4, info_wddm_2_7 },
	[DXG_INFO_WDDM_2_9_CAPS] = { 4, info_wddm_2_9 },
	[DXG_INFO_WDDM_3_0_CAPS] = { 4, info_no_caps },
};

static int info_answer(struct info_query *q, uint32_t number, uint32_t size)
{
	const struct info_type *type;

	if (number > DXG_INFO_LAST)
		return -EINVAL;
	type = &info_types[number];
	if (!type->fill)
		return -EPERM;
	if (size < type->size)
		return -EOVERFLOW;
	q->used = type->size;
	return type->fill(q);
}

/* The reply has the size of the request, whether it succeeds or not. */
static void info_reply(struct request *rq, int err, const struct info_query *q, uint32_t size)
{
	static const uint8_t zero[DXG_MESSAGE_MAX];
	struct dxg_msg_status status = { .status = request_status(err) };
	uint32_t used = err ? 0 : q->used;
	struct dxg_ring_part part[] = {
		{ &status, sizeof(status) },
		{ q->data, used },
		{ zero, size - used },
	};

	request_reply_parts(rq, part, 3);
}

int info_handle(struct request *rq)
{
	const struct dxg_msg_queryadapterinfo *msg = (const void *)rq->msg;
	uint8_t data[INFO_SIZE_MAX] = { 0 };
	struct info_query q = { .session = rq->session, .data = data };
	const uint8_t *in;
	int err;

	if (!msg->size)
		return -EINVAL;
	in = request_tail(rq, sizeof(*msg), msg->size);
	if (!in)
		return -EPROTO;
	q.room = msg->size < sizeof(data) ? msg->size : (uint32_t)sizeof(data);
	memcpy(data, in, q.room);
	err = info_answer(&q, msg->query_type, msg->size);
	info_reply(rq, err, &q, msg->size);
	return 0;
}

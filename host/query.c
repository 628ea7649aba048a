// SPDX-License-Identifier: MIT
/*
 * query: see query.h. QueryAdapterInfo is a table: type, size of the answer, who fills it in. The
 * layouts are those of the published WDDM headers; strings are UTF-16.
 */
#include "query.h"

#include <errno.h>
#include <stdio.h>

#include "adapter.h"
#include "dxgwire/cmd.h"
#include "dxgwire/escape.h"
#include "dxgwire/message.h"
#include "process.h"
#include "region.h"
#include "request.h"
#include "session.h"
#include "vaspace.h"
#include "vgpu.h"
#include "vidmm/vidmm.h"

#define QUERY_DEVICE_COMPUTE_ONLY 0u
#define QUERY_DDI_VERSION 0x5025u /* WDDM 2.1 */
#define QUERY_DRIVER_VERSION_WDDM_2_1 2100u

/* D3DKMT_ADAPTERTYPE: render_supported, software_device, hybrid_discrete, paravirtualized,
 * compute_only */
#define ADAPTER_TYPE_RENDER (1u << 0)
#define ADAPTER_TYPE_SOFTWARE (1u << 2)
#define ADAPTER_TYPE_PARAVIRTUALIZED (1u << 7)
#define ADAPTER_TYPE_COMPUTE_ONLY (1u << 11)

int query_handle_set_io_space(struct request *rq)
{
	const struct dxg_msg_setiospaceregion *msg = (const void *)rq->msg;
	struct session *session = rq->session;

	if (session->io_set || msg->shared_page_gpadl || msg->pad ||
	    (msg->start & (DXG_PAGE_SIZE - 1)) || msg->length != session->region->layout.io_size ||
	    msg->start > UINT64_MAX - msg->length)
		return -EINVAL;
	session->io_start = msg->start;
	session->io_set = true;
	request_reply_status(rq, 0);
	return 0;
}

int query_handle_open(struct request *rq)
{
	const struct dxg_msg_openadapter *msg = (const void *)rq->msg;
	struct session *session = rq->session;
	struct dxg_msg_openadapter_return reply = {
		.interface_version = DXG_INTERFACE_VERSION,
		.last_compatible_version = DXG_INTERFACE_LAST_COMPATIBLE,
	};

	if (!session->io_set || msg->interface_version < DXG_INTERFACE_VERSION ||
	    msg->last_compatible_version > DXG_INTERFACE_VERSION ||
	    session->adapter_opens == UINT32_MAX)
		return -EINVAL;
	session->adapter = SESSION_ADAPTER;
	session->adapter_opens++;
	reply.adapter = session->adapter;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int query_handle_close(struct request *rq)
{
	const struct dxg_msg_handle *msg = (const void *)rq->msg;
	struct session *session = rq->session;

	if (!session->adapter || msg->handle != session->adapter)
		return -EINVAL;
	if (!--session->adapter_opens)
		session->adapter = 0;
	request_reply(rq, NULL, 0);
	return 0;
}

/* UTF-8 to UTF-16, of which the ASCII part is kept; @units includes the terminating zero. */
static void widen(uint8_t *dst, size_t units, const char *text)
{
	uint16_t unit;
	size_t i;

	for (i = 0; i + 1 < units && text[i]; i++) {
		unit = (unsigned char)text[i] < 0x80 ? (uint16_t)text[i] : '?';
		memcpy(dst + 2 * i, &unit, sizeof(unit));
	}
}

int query_handle_internal_info(struct request *rq)
{
	const struct dxg_region_header *layout = &rq->session->region->layout;
	const struct vgpu *vgpu = rq->session->vgpu;
	struct dxg_msg_getinternaladapterinfo_return reply = {
		.device_types = QUERY_DEVICE_COMPUTE_ONLY,
		.driver_ddi_version = QUERY_DDI_VERSION,
		.flags = DXG_MSG_ADAPTER_ASYNC,
		.host_adapter_luid_low = vgpu->adapter->luid,
		.host_vgpu_luid_low = layout->vgpu_luid_low,
		.host_vgpu_luid_high = layout->vgpu_luid_high,
	};

	widen((uint8_t *)reply.device_description, 80, vgpu->adapter->info.name);
	widen((uint8_t *)reply.device_instance_id, 260, vgpu->config.name);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

/* ---- QueryAdapterInfo ---- */

static void info_private(const struct session *session, uint8_t *data)
{
	const struct adapter *adapter = session->vgpu->adapter;
	struct dxg_adapter_private info = {
		.magic = DXG_ADAPTER_PRIVATE_MAGIC,
		.cmd_version = DXG_CMD_VERSION,
		.flags = adapter->info.flags,
		.node_count = adapter->info.node_count,
		.local_memory = adapter_is_unified(adapter) ? 0 : vgpu_memory(session->vgpu),
		.system_memory = vgpu_memory(session->vgpu),
		.va_start = VASPACE_START,
		.va_end = VASPACE_END,
	};

	memcpy(info.name, adapter->info.name, sizeof(info.name));
	memcpy(data, &info, sizeof(info));
}

/* Four strings of 260 units: adapter, BIOS, DAC, chip. */
static void info_registry(const struct session *session, uint8_t *data)
{
	const struct adapter *adapter = session->vgpu->adapter;

	widen(data, 260, adapter->info.name);
	widen(data + 520, 260, "opendxg");
	widen(data + 1040, 260, "none");
	widen(data + 1560, 260, adapter->info.driver);
}

static void info_type(const struct session *session, uint8_t *data)
{
	uint32_t type = ADAPTER_TYPE_RENDER | ADAPTER_TYPE_PARAVIRTUALIZED |
			ADAPTER_TYPE_COMPUTE_ONLY;

	if (session->vgpu->adapter->info.flags & DXG_ADAPTER_NULL)
		type |= ADAPTER_TYPE_SOFTWARE;
	memcpy(data, &type, sizeof(type));
}

static void info_description(const struct session *session, uint8_t *data)
{
	widen(data, 4096, session->vgpu->adapter->info.driver);
}

static void info_count(const struct session *session, uint8_t *data)
{
	const uint32_t one = 1;

	(void)session;
	memcpy(data, &one, sizeof(one));
}

/* Dedicated video, dedicated system, shared system memory. */
static void info_segments(const struct session *session, uint8_t *data)
{
	const struct adapter *adapter = session->vgpu->adapter;
	const uint64_t bytes = vgpu_memory(session->vgpu);
	const uint64_t sizes[3] = { adapter_is_unified(adapter) ? 0 : bytes, 0, bytes };

	memcpy(data, sizes, sizeof(sizes));
}

static void info_driver_version(const struct session *session, uint8_t *data)
{
	const uint32_t version = QUERY_DRIVER_VERSION_WDDM_2_1;

	(void)session;
	memcpy(data, &version, sizeof(version));
}

/* WDDM 2.0 capabilities: gpu_mmu_supported, support_surprise_removal. */
static void info_wddm_2_0(const struct session *session, uint8_t *data)
{
	const uint32_t caps = 1u << 1 | 1u << 5;

	(void)session;
	memcpy(data, &caps, sizeof(caps));
}

static const struct info_type {
	uint32_t type; /* KMTQUERYADAPTERINFOTYPE */
	uint32_t size;
	void (*fill)(const struct session *session, uint8_t *data);
} info_types[] = {
	{ 0, sizeof(struct dxg_adapter_private), info_private },
	{ 3, 24, info_segments },
	{ 8, 2080, info_registry },
	{ 13, 4, info_driver_version },
	{ 15, 4, info_type },
	{ 24, 4, info_wddm_2_0 },
	{ 30, 4, info_count },
	{ 54, 2080, info_registry },
	{ 56, 4, info_driver_version },
	{ 57, 4, info_type },
	{ 65, 8192, info_description },
	{ 66, 8192, info_description },
};

#define INFO_TYPE_LAST 77u
#define INFO_SIZE_MAX 8192u

static int info_find(uint32_t type, uint32_t size, const struct info_type **ret_type)
{
	unsigned int i;

	for (i = 0; i < sizeof(info_types) / sizeof(info_types[0]); i++) {
		if (info_types[i].type != type)
			continue;
		*ret_type = &info_types[i];
		return size < info_types[i].size ? -EINVAL : 0;
	}
	return type > INFO_TYPE_LAST ? -EINVAL : -EPERM;
}

/* The reply has the size of the request, whether it succeeds or not. */
static void info_reply(struct request *rq, int err, const uint8_t *data, uint32_t len,
		       uint32_t size)
{
	static const uint8_t zero[DXG_MESSAGE_MAX];
	struct dxg_msg_status status = { .status = request_status(err) };
	struct dxg_ring_part part[] = {
		{ &status, sizeof(status) },
		{ data, len },
		{ zero, size - len },
	};

	request_reply_parts(rq, part, 3);
}

int query_handle_info(struct request *rq)
{
	const struct dxg_msg_queryadapterinfo *msg = (const void *)rq->msg;
	const struct info_type *type = NULL;
	uint8_t data[INFO_SIZE_MAX] = { 0 };
	int err;

	if (!msg->size || !request_tail(rq, sizeof(*msg), msg->size))
		return msg->size ? -EPROTO : -EINVAL;
	err = info_find(msg->query_type, msg->size, &type);
	if (!err)
		type->fill(rq->session, data);
	info_reply(rq, err, data, err ? 0 : type->size, msg->size);
	return 0;
}

int query_handle_video_memory(struct request *rq)
{
	const struct dxg_msg_queryvideomemoryinfo *msg = (const void *)rq->msg;
	struct dxg_msg_queryvideomemoryinfo_return reply = { 0 };
	struct vidmm_info info;
	int err;

	if (!rq->session->adapter || msg->adapter != rq->session->adapter ||
	    msg->physical_adapter_index || msg->pad)
		return -EINVAL;
	err = vidmm_query(rq->process->mm, msg->memory_segment_group, &info);
	if (err)
		return err;
	reply.budget = info.budget;
	reply.current_usage = info.usage;
	reply.current_reservation = info.reservation;
	reply.available_for_reservation = info.available_for_reservation;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

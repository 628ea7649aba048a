// SPDX-License-Identifier: MIT
/*
 * query: see query.h. What is asked by QueryAdapterInfo is info.h's, QueryStatistics
 * statistics.h's.
 */
#include "query.h"

#include <errno.h>

#include "adapter.h"
#include "dxgwire/message.h"
#include "info.h"
#include "process.h"
#include "region.h"
#include "request.h"
#include "session.h"
#include "vgpu.h"
#include "vidmm/vidmm.h"

#define QUERY_DEVICE_COMPUTE_ONLY 0u
#define QUERY_DDI_VERSION 0x5025u /* WDDM 2.1 */

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

	info_widen(reply.device_description, 80, vgpu->adapter->info.name);
	info_widen(reply.device_instance_id, 260, vgpu->config.name);
	request_reply(rq, &reply, sizeof(reply));
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

/*
 * The features that have a number. Hardware queues are there for whoever wants them; memory is not
 * managed page by page, and nobody tests the kernel mode this way.
 */
static struct dxgk_isfeatureenabled_result feature_find(uint32_t id)
{
	struct dxgk_isfeatureenabled_result result = { 0 };

	result.known_feature = id == _DXGK_FEATURE_HWSCH ||
			       id == _DXGK_FEATURE_PAGE_BASED_MEMORY_MANAGER ||
			       id == _DXGK_FEATURE_KERNEL_MODE_TESTING;
	if (id != _DXGK_FEATURE_HWSCH)
		return result;
	result.version = 1;
	result.enabled = 1;
	result.supported_by_driver = 1;
	result.supported_on_config = 1;
	return result;
}

int query_handle_feature(struct request *rq)
{
	const struct dxg_msg_isfeatureenabled *msg = (const void *)rq->msg;
	struct dxg_msg_isfeatureenabled_return reply = { 0 };
	struct dxgk_isfeatureenabled_result result = feature_find(msg->feature_id);

	if (msg->pad)
		return -EINVAL;
	reply.version = result.version;
	reply.flags = result.value;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

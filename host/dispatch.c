// SPDX-License-Identifier: MIT
/*
 * dispatch: see dispatch.h. One table per family; a row is a message. What a message means is its
 * handler's, what its frame may look like is decided here and nowhere else.
 *
 * An asynchronous message that fails costs the device it names its life, because nobody would hear
 * of it otherwise; one that names nothing alive is dropped.
 */
#include "dispatch.h"

#include <errno.h>

#include "allocation.h"
#include "clock.h"
#include "context.h"
#include "cpuwait.h"
#include "device.h"
#include "dxgwire/message.h"
#include "escape.h"
#include "fence.h"
#include "info.h"
#include "hwqueue.h"
#include "offer.h"
#include "paging.h"
#include "priority.h"
#include "process.h"
#include "query.h"
#include "queue.h"
#include "region.h"
#include "request.h"
#include "residency.h"
#include "session.h"
#include "standard.h"
#include "sysmem.h"
#include "share.h"
#include "sharelink.h"
#include "statistics.h"
#include "vaspace.h"
#include "vaupdate.h"

#define VM_FIRST DXG_MSG_CREATEPROCESS

/* Replies of a failure: a bare status (also the short reply of messages without one), nothing at
 * all, a zero handle, or a status inside a structure. */
#define BARE .reply = sizeof(struct dxg_msg_status), .status = 0
#define EMPTY .reply = 0, .status = REQUEST_NO_STATUS
#define ZERO .reply = 4, .status = REQUEST_NO_STATUS
#define INSIDE(type, field) .reply = sizeof(struct type), .status = offsetof(struct type, field)

#define ROW(id, struct_name, handler, ...) \
	[id] = { .name = #id, .size = sizeof(struct struct_name), .handle = handler, __VA_ARGS__ }
#define VM_ROW(id, struct_name, handler, ...)                                                   \
	[id - VM_FIRST] = {                                                                     \
		.name = #id, .size = sizeof(struct struct_name), .handle = handler, __VA_ARGS__ \
	}

static const struct request_type vm_types[] = {
	VM_ROW(DXG_MSG_CREATEPROCESS, dxg_msg_createprocess, process_handle_create,
	       .flags = REQUEST_NO_PROCESS, ZERO),
	VM_ROW(DXG_MSG_DESTROYPROCESS, dxg_msg_header, process_handle_destroy, BARE),
	VM_ROW(DXG_MSG_OPENSYNCOBJECT, dxg_msg_opensyncobject, share_handle_open_sync,
	       INSIDE(dxg_msg_opensyncobject_return, status)),
	VM_ROW(DXG_MSG_DESTROYSYNCOBJECT, dxg_msg_handle, fence_handle_destroy, BARE),
	VM_ROW(DXG_MSG_CREATENTSHAREDOBJECT, dxg_msg_handle, share_handle_create_nt, ZERO),
	VM_ROW(DXG_MSG_DESTROYNTSHAREDOBJECT, dxg_msg_handle, share_handle_destroy_nt,
	       .flags = REQUEST_NO_PROCESS, BARE),
	VM_ROW(DXG_MSG_SETIOSPACEREGION, dxg_msg_setiospaceregion, query_handle_set_io_space,
	       .flags = REQUEST_NO_PROCESS, BARE),
	VM_ROW(DXG_MSG_ISFEATUREENABLED_GLOBAL, dxg_msg_isfeatureenabled, query_handle_feature,
	       .flags = REQUEST_NO_PROCESS, INSIDE(dxg_msg_isfeatureenabled_return, status)),
	VM_ROW(DXG_MSG_SHAREOBJECTWITHHOST, dxg_msg_shareobjectwithhost, share_handle_with_host,
	       INSIDE(dxg_msg_shareobjectwithhost_return, status)),
	VM_ROW(DXG_MSG_IMPORTSHARE, dxg_msg_importshare, sharelink_handle_import,
	       INSIDE(dxg_msg_importshare_return, status)),
	VM_ROW(DXG_MSG_QUERYSHAREDRESOURCE, dxg_msg_querysharedresource, share_handle_query,
	       INSIDE(dxg_msg_querysharedresource_return, status)),
};

static const struct request_type vgpu_types[] = {
	ROW(DXG_MSG_CREATEDEVICE, dxg_msg_createdevice, device_handle_create, ZERO),
	ROW(DXG_MSG_DESTROYDEVICE, dxg_msg_handle, device_handle_destroy, BARE),
	ROW(DXG_MSG_QUERYADAPTERINFO, dxg_msg_queryadapterinfo, info_handle, .flags = REQUEST_TAIL,
	    BARE),
	ROW(DXG_MSG_CREATEALLOCATION, dxg_msg_createallocation, allocation_handle_create,
	    .flags = REQUEST_TAIL, BARE),
	ROW(DXG_MSG_DESTROYALLOCATION, dxg_msg_destroyallocation, allocation_handle_destroy,
	    .flags = REQUEST_TAIL, BARE),
	[DXG_MSG_CREATECONTEXTVIRTUAL] = { .name = "DXG_MSG_CREATECONTEXTVIRTUAL",
					   .size = offsetof(struct dxg_msg_createcontextvirtual,
							    priv_drv_data),
					   .handle = context_handle_create,
					   .flags = REQUEST_TAIL,
					   BARE },
	ROW(DXG_MSG_DESTROYCONTEXT, dxg_msg_handle, context_handle_destroy, BARE),
	ROW(DXG_MSG_CREATESYNCOBJECT, dxg_msg_createsyncobject, fence_handle_create, BARE),
	ROW(DXG_MSG_CREATEPAGINGQUEUE, dxg_msg_createpagingqueue, paging_handle_create, BARE),
	ROW(DXG_MSG_DESTROYPAGINGQUEUE, dxg_msg_handle, paging_handle_destroy, EMPTY),
	ROW(DXG_MSG_MAKERESIDENT, dxg_msg_makeresident, paging_handle_make_resident,
	    .flags = REQUEST_TAIL, INSIDE(dxg_msg_makeresident_return, status)),
	[DXG_MSG_EVICT] = { .name = "DXG_MSG_EVICT",
			    .size = DXG_MSG_EVICT_TAIL,
			    .handle = paging_handle_evict,
			    .flags = REQUEST_TAIL,
			    BARE },
	ROW(DXG_MSG_QUERYALLOCATIONRESIDENCY, dxg_msg_queryallocationresidency,
	    residency_handle_query, .flags = REQUEST_TAIL, BARE),
	ROW(DXG_MSG_CHANGEVIDEOMEMORYRESERVATION, dxg_msg_changevideomemoryreservation,
	    residency_handle_reserve, BARE),
	ROW(DXG_MSG_UPDATEALLOCATIONPROPERTY, dxg_msg_updateallocationproperty,
	    residency_handle_property, INSIDE(dxg_msg_updateallocationproperty_return, status)),
	ROW(DXG_MSG_RECLAIMALLOCATIONS, dxg_msg_reclaimallocations, offer_handle_reclaim,
	    .flags = REQUEST_TAIL, INSIDE(dxg_msg_reclaimallocations_return, status)),
	ROW(DXG_MSG_SETALLOCATIONPRIORITY, dxg_msg_allocationpriority, priority_handle_set,
	    .flags = REQUEST_TAIL, BARE),
	ROW(DXG_MSG_GETALLOCATIONPRIORITY, dxg_msg_allocationpriority, priority_handle_get,
	    .flags = REQUEST_TAIL, BARE),
	ROW(DXG_MSG_UPDATEGPUVIRTUALADDRESS, dxg_msg_updategpuvirtualaddress, vaupdate_handle,
	    .flags = REQUEST_TAIL, BARE),
	[DXG_MSG_OFFERALLOCATIONS] = { .name = "DXG_MSG_OFFERALLOCATIONS",
				       .size = DXG_MSG_OFFER_TAIL,
				       .handle = offer_handle_offer,
				       .flags = REQUEST_TAIL,
				       BARE },
	ROW(DXG_MSG_ESCAPE, dxg_msg_escape, escape_handle, .flags = REQUEST_TAIL, BARE),
	ROW(DXG_MSG_OPENADAPTER, dxg_msg_openadapter, query_handle_open,
	    .flags = REQUEST_NO_PROCESS, INSIDE(dxg_msg_openadapter_return, status)),
	ROW(DXG_MSG_CLOSEADAPTER, dxg_msg_handle, query_handle_close, .flags = REQUEST_NO_PROCESS,
	    EMPTY),
	ROW(DXG_MSG_FREEGPUVIRTUALADDRESS, dxg_msg_freegpuvirtualaddress, vaspace_handle_free,
	    BARE),
	ROW(DXG_MSG_MAPGPUVIRTUALADDRESS, dxg_msg_mapgpuvirtualaddress, vaspace_handle_map,
	    INSIDE(dxg_msg_mapgpuvirtualaddress_return, status)),
	ROW(DXG_MSG_RESERVEGPUVIRTUALADDRESS, dxg_msg_reservegpuvirtualaddress,
	    vaspace_handle_reserve, BARE),
	ROW(DXG_MSG_SUBMITCOMMAND, dxg_msg_submitcommand, queue_handle_submit,
	    .flags = REQUEST_TAIL | REQUEST_ASYNC, BARE),
	ROW(DXG_MSG_QUERYVIDEOMEMORYINFO, dxg_msg_queryvideomemoryinfo, query_handle_video_memory,
	    BARE),
	ROW(DXG_MSG_WAITFORSYNCOBJECTFROMCPU, dxg_msg_waitforsyncobjectfromcpu, cpuwait_handle,
	    .flags = REQUEST_TAIL, BARE),
	ROW(DXG_MSG_LOCK2, dxg_msg_lock2, allocation_handle_lock,
	    INSIDE(dxg_msg_lock2_return, status)),
	ROW(DXG_MSG_UNLOCK2, dxg_msg_unlock2, allocation_handle_unlock, BARE),
	ROW(DXG_MSG_WAITFORSYNCOBJECTFROMGPU, dxg_msg_waitforsyncobjectfromgpu, queue_handle_wait,
	    .flags = REQUEST_TAIL | REQUEST_ASYNC, BARE),
	ROW(DXG_MSG_SIGNALSYNCOBJECT, dxg_msg_signalsyncobject, queue_handle_signal,
	    .flags = REQUEST_TAIL | REQUEST_ASYNC, BARE),
	ROW(DXG_MSG_GETDEVICESTATE, dxg_msg_getdevicestate, device_handle_get_state,
	    INSIDE(dxg_msg_getdevicestate_return, status)),
	ROW(DXG_MSG_MARKDEVICEASERROR, dxg_msg_markdeviceaserror, device_handle_mark_error, BARE),
	ROW(DXG_MSG_SETCONTEXTSCHEDULINGPRIORITY, dxg_msg_setcontextschedulingpriority,
	    context_handle_set_priority, BARE),
	ROW(DXG_MSG_OPENRESOURCE, dxg_msg_openresource, allocation_handle_open_resource,
	    INSIDE(dxg_msg_openresource_return, status)),
	ROW(DXG_MSG_GETINTERNALADAPTERINFO, dxg_msg_header, query_handle_internal_info,
	    .flags = REQUEST_NO_PROCESS, BARE),
	ROW(DXG_MSG_FLUSHHEAPTRANSITIONS, dxg_msg_header, paging_handle_flush_heap, BARE),
	ROW(DXG_MSG_DDIGETSTANDARDALLOCATIONDRIVERDATA, dxg_msg_getstandardallocprivdata,
	    standard_handle_driver_data, INSIDE(dxg_msg_getstandardallocprivdata_return, status)),
	ROW(DXG_MSG_FLUSHDEVICE, dxg_msg_flushdevice, device_handle_flush, BARE),
	ROW(DXG_MSG_QUERYSTATISTICS, dxg_msg_querystatistics, statistics_handle,
	    INSIDE(dxg_msg_querystatistics_return, status)),
	ROW(DXG_MSG_QUERYCLOCKCALIBRATION, dxg_msg_queryclockcalibration, clock_handle,
	    INSIDE(dxg_msg_queryclockcalibration_return, status)),
	ROW(DXG_MSG_ISFEATUREENABLED, dxg_msg_isfeatureenabled, query_handle_feature,
	    .flags = REQUEST_NO_PROCESS, INSIDE(dxg_msg_isfeatureenabled_return, status)),
	[DXG_MSG_CREATEHWQUEUE] = { .name = "DXG_MSG_CREATEHWQUEUE",
				    .size = offsetof(struct dxg_msg_createhwqueue, priv_drv_data),
				    .handle = hwqueue_handle_create,
				    .flags = REQUEST_TAIL,
				    BARE },
	ROW(DXG_MSG_DESTROYHWQUEUE, dxg_msg_handle, hwqueue_handle_destroy, BARE),
	ROW(DXG_MSG_SUBMITCOMMANDTOHWQUEUE, dxg_msg_submitcommandtohwqueue, hwqueue_handle_submit,
	    .flags = REQUEST_TAIL | REQUEST_ASYNC, BARE),
	ROW(DXG_MSG_GETCONTEXTSCHEDULINGPRIORITY, dxg_msg_getcontextschedulingpriority,
	    context_handle_get_priority,
	    INSIDE(dxg_msg_getcontextschedulingpriority_return, status)),
	ROW(DXG_MSG_INVALIDATECACHE, dxg_msg_invalidatecache, allocation_handle_invalidate, BARE),
	ROW(DXG_MSG_SETEXISTINGSYSMEMSTORE, dxg_msg_setexistingsysmemstore, sysmem_handle_store,
	    BARE),
	ROW(DXG_MSG_SETEXISTINGSYSMEMPAGES, dxg_msg_setexistingsysmempages, sysmem_handle_pages,
	    .flags = REQUEST_TAIL, BARE),
};

#define TYPES(table) (sizeof(table) / sizeof((table)[0]))

static const struct request_type *type_find(uint32_t family, uint32_t id)
{
	const struct request_type *type = NULL;

	if (family == DXG_MSG_VM_TO_HOST && id >= VM_FIRST && id - VM_FIRST < TYPES(vm_types))
		type = &vm_types[id - VM_FIRST];
	else if (family == DXG_MSG_VGPU_TO_HOST && id < TYPES(vgpu_types))
		type = &vgpu_types[id];
	return type && type->handle ? type : NULL;
}

/* The 16 bytes before the command header. Return: NULL, or the field that lies. */
static const char *check_ext(const struct session *session, const struct dxg_msg_ext *ext,
			     uint32_t family)
{
	const struct dxg_region_header *layout = &session->region->layout;
	bool vgpu = family == DXG_MSG_VGPU_TO_HOST;

	if (ext->command_offset != sizeof(*ext))
		return "ext.command_offset";
	if (ext->reserved)
		return "ext.reserved";
	if (ext->vgpu_luid_low != (vgpu ? layout->vgpu_luid_low : 0) ||
	    ext->vgpu_luid_high != (vgpu ? layout->vgpu_luid_high : 0))
		return "ext.vgpu_luid";
	return NULL;
}

/* Does the frame fit the message? Return: NULL, or the field that lies. */
static const char *check_frame(const struct request *rq, const struct dxg_packet *packet,
			       const struct dxg_msg_header *h)
{
	const struct request_type *type = rq->type;

	if (h->command_id)
		return "header.command_id";
	if (h->pad)
		return "header.pad";
	if (packet->kind != (rq->async ? DXG_PACKET_MESSAGE : DXG_PACKET_REQUEST))
		return "packet.kind";
	if (rq->async && packet->id)
		return "packet.id";
	if (rq->async && !(type->flags & REQUEST_ASYNC))
		return "header.async_msg";
	if (rq->len < type->size || (!(type->flags & REQUEST_TAIL) && rq->len != type->size))
		return "packet.length";
	if ((type->flags & REQUEST_NO_PROCESS) && h->process)
		return "header.process";
	return NULL;
}

static const char *check_header(struct request *rq, const struct dxg_packet *packet,
				const struct dxg_msg_ext *ext, const struct dxg_msg_header *h)
{
	uint32_t family = h->channel & 0xff;
	const char *bad;

	if (family != DXG_MSG_VM_TO_HOST && family != DXG_MSG_VGPU_TO_HOST)
		return "header.channel_type";
	if (h->channel & ~(0xffu | DXG_MSG_ASYNC))
		return "header.channel_reserved";
	bad = check_ext(rq->session, ext, family);
	if (bad)
		return bad;
	rq->type = type_find(family, h->type);
	if (!rq->type)
		return "header.command_type";
	return check_frame(rq, packet, h);
}

static int answer(struct request *rq, int err)
{
	char why[160];

	if (!err || err == -EAGAIN || err == -EPROTO)
		return err;
	if (!rq->async) {
		request_fail(rq->session, rq->type, rq->channel, rq->id, err);
		return 0;
	}
	if (rq->device && !rq->device->lost) {
		snprintf(why, sizeof(why), "%s failed: %s", rq->type->name, strerror(-err));
		device_lose(rq->device, _D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT, why);
	}
	return 0;
}

int dispatch(struct session *session, uint32_t channel, const struct dxg_packet *packet,
	     const uint8_t *payload, const char **ret_bad)
{
	const struct dxg_msg_ext *ext = (const void *)payload;
	const struct dxg_msg_header *h = (const void *)(payload + sizeof(*ext));
	struct request rq = { .session = session, .channel = channel, .id = packet->id };
	int err = 0;

	*ret_bad = "packet.length";
	if (packet->length < sizeof(*ext) + sizeof(*h))
		return -EPROTO;
	rq.msg = (const uint8_t *)h;
	rq.len = packet->length - (uint32_t)sizeof(*ext);
	rq.async = h->channel & DXG_MSG_ASYNC;
	*ret_bad = check_header(&rq, packet, ext, h);
	if (*ret_bad)
		return -EPROTO;
	if (!(rq.type->flags & REQUEST_NO_PROCESS)) {
		rq.process = handle_lookup(session->handles, h->process, HANDLE_PROCESS);
		err = rq.process ? 0 : -EINVAL;
	}
	if (!err)
		err = rq.type->handle(&rq);
	*ret_bad = rq.bad ? rq.bad : "message";
	return answer(&rq, err);
}

/* SPDX-License-Identifier: MIT */
/*
 * dev_direct.c - the device without a kernel module: each ioctl by number to the function that
 * carries it out over the session. Numbers without one are answered -ENOSYS.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include "../dev.h"
#include "direct.h"

#define DIRECT_CALLS 0x4au

typedef int (*direct_fn)(struct direct *d, void *args);

#define DIRECT_CALL(cmd, function) [_IOC_NR(cmd)] = (function)

static const direct_fn direct_table[DIRECT_CALLS] = {
	DIRECT_CALL(LX_DXENUMADAPTERS2, adapter_enum2),
	DIRECT_CALL(LX_DXENUMADAPTERS3, adapter_enum3),
	DIRECT_CALL(LX_DXOPENADAPTERFROMLUID, adapter_open),
	DIRECT_CALL(LX_DXCLOSEADAPTER, adapter_close),
	DIRECT_CALL(LX_DXQUERYADAPTERINFO, query_adapter),
	DIRECT_CALL(LX_DXQUERYVIDEOMEMORYINFO, query_video_memory),
	DIRECT_CALL(LX_DXQUERYCLOCKCALIBRATION, query_clock),
	DIRECT_CALL(LX_ISFEATUREENABLED, query_feature),
	DIRECT_CALL(LX_DXQUERYSTATISTICS, statistics_query),
	DIRECT_CALL(LX_DXENUMPROCESSES, statistics_processes),
	DIRECT_CALL(LX_DXESCAPE, query_escape),
	DIRECT_CALL(LX_DXCREATEDEVICE, device_create),
	DIRECT_CALL(LX_DXDESTROYDEVICE, device_destroy),
	DIRECT_CALL(LX_DXGETDEVICESTATE, device_state),
	DIRECT_CALL(LX_DXMARKDEVICEASERROR, device_mark_error),
	DIRECT_CALL(LX_DXCREATECONTEXTVIRTUAL, context_create),
	DIRECT_CALL(LX_DXDESTROYCONTEXT, context_destroy),
	DIRECT_CALL(LX_DXSUBMITCOMMAND, context_submit),
	DIRECT_CALL(LX_DXSETCONTEXTSCHEDULINGPRIORITY, context_set_priority),
	DIRECT_CALL(LX_DXSETCONTEXTINPROCESSSCHEDULINGPRIORITY, context_set_in_process_priority),
	DIRECT_CALL(LX_DXGETCONTEXTSCHEDULINGPRIORITY, context_get_priority),
	DIRECT_CALL(LX_DXGETCONTEXTINPROCESSSCHEDULINGPRIORITY, context_get_in_process_priority),
	DIRECT_CALL(LX_DXCREATEHWQUEUE, hwqueue_create),
	DIRECT_CALL(LX_DXDESTROYHWQUEUE, hwqueue_destroy),
	DIRECT_CALL(LX_DXSUBMITCOMMANDTOHWQUEUE, hwqueue_submit),
	DIRECT_CALL(LX_DXCREATECONTEXT, packet_context_create),
	DIRECT_CALL(LX_DXCREATEHWCONTEXT, packet_hw_context_create),
	DIRECT_CALL(LX_DXDESTROYHWCONTEXT, packet_hw_context_destroy),
	DIRECT_CALL(LX_DXRENDER, packet_render),
	DIRECT_CALL(LX_DXCREATEALLOCATION, allocation_create),
	DIRECT_CALL(LX_DXDESTROYALLOCATION2, allocation_destroy),
	DIRECT_CALL(LX_DXLOCK2, allocation_lock),
	DIRECT_CALL(LX_DXUNLOCK2, allocation_unlock),
	DIRECT_CALL(LX_DXINVALIDATECACHE, allocation_invalidate),
	DIRECT_CALL(LX_DXCREATEPAGINGQUEUE, paging_create),
	DIRECT_CALL(LX_DXDESTROYPAGINGQUEUE, paging_destroy),
	DIRECT_CALL(LX_DXMAKERESIDENT, paging_make_resident),
	DIRECT_CALL(LX_DXEVICT, paging_evict),
	DIRECT_CALL(LX_DXFLUSHHEAPTRANSITIONS, paging_flush_heap),
	DIRECT_CALL(LX_DXOFFERALLOCATIONS, offer_make),
	DIRECT_CALL(LX_DXRECLAIMALLOCATIONS2, offer_reclaim),
	DIRECT_CALL(LX_DXSETALLOCATIONPRIORITY, priority_set),
	DIRECT_CALL(LX_DXGETALLOCATIONPRIORITY, priority_get),
	DIRECT_CALL(LX_DXQUERYALLOCATIONRESIDENCY, residency_query),
	DIRECT_CALL(LX_DXUPDATEALLOCPROPERTY, residency_property),
	DIRECT_CALL(LX_DXCHANGEVIDEOMEMORYRESERVATION, residency_reserve),
	DIRECT_CALL(LX_DXRESERVEGPUVIRTUALADDRESS, gpuva_reserve),
	DIRECT_CALL(LX_DXMAPGPUVIRTUALADDRESS, gpuva_map),
	DIRECT_CALL(LX_DXFREEGPUVIRTUALADDRESS, gpuva_free),
	DIRECT_CALL(LX_DXUPDATEGPUVIRTUALADDRESS, gpuva_update),
	DIRECT_CALL(LX_DXCREATESYNCHRONIZATIONOBJECT, sync_create),
	DIRECT_CALL(LX_DXDESTROYSYNCHRONIZATIONOBJECT, sync_destroy),
	DIRECT_CALL(LX_DXSIGNALSYNCHRONIZATIONOBJECT, signal_legacy),
	DIRECT_CALL(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, signal_cpu),
	DIRECT_CALL(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU, signal_gpu),
	DIRECT_CALL(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, signal_gpu2),
	DIRECT_CALL(LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE, signal_hwqueue),
	DIRECT_CALL(LX_DXSHAREOBJECTS, share_objects),
	DIRECT_CALL(LX_DXOPENSYNCOBJECTFROMNTHANDLE2, share_open_sync),
	DIRECT_CALL(LX_DXSHAREOBJECTWITHHOST, share_with_host),
	DIRECT_CALL(LX_DXOPENSYNCHRONIZATIONOBJECT, share_by_number),
	DIRECT_CALL(LX_DXOPENRESOURCE, share_by_number),
	DIRECT_CALL(LX_DXQUERYRESOURCEINFO, share_by_number),
	DIRECT_CALL(LX_DXGETSHAREDRESOURCEADAPTERLUID, resource_adapter),
	DIRECT_CALL(LX_DXQUERYRESOURCEINFOFROMNTHANDLE, resource_query),
	DIRECT_CALL(LX_DXOPENRESOURCEFROMNTHANDLE, resource_open),
	DIRECT_CALL(LX_DXWAITFORSYNCHRONIZATIONOBJECT, wait_legacy),
	DIRECT_CALL(LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, wait_cpu),
	DIRECT_CALL(LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, wait_gpu),
	DIRECT_CALL(LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE, wait_hwqueue),
};

static int direct_open(const char *path, void **ret_state)
{
	struct direct *d;
	int err = session_open(path, &d);

	if (!err)
		*ret_state = d;
	return err;
}

/* A thread cancelled while it waits would leave its waiter behind: not here. */
static int direct_do(void *state, unsigned int cmd, void *args)
{
	direct_fn fn = _IOC_NR(cmd) < DIRECT_CALLS ? direct_table[_IOC_NR(cmd)] : NULL;
	int ret, old;

	if (!fn)
		return -ENOSYS;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	ret = fn(state, args);
	pthread_setcancelstate(old, NULL);
	return ret;
}

/* A lost session goes when the program has closed its last adapter handle. */
static bool direct_over(void *state)
{
	struct direct *d = state;
	bool over;

	if (!channel_check(d->channel))
		return false;
	pthread_mutex_lock(&d->objects.lock);
	over = !d->objects.adapters;
	pthread_mutex_unlock(&d->objects.lock);
	return over;
}

static void direct_forked(void *state)
{
	struct direct *d = state;

	channel_forked(d->channel);
}

static void direct_close(void *state)
{
	session_close(state);
}

const struct dev_ops dev_direct_ops = {
	.name = "direct",
	.open = direct_open,
	.call = direct_do,
	.over = direct_over,
	.forked = direct_forked,
	.close = direct_close,
};

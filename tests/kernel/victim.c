// SPDX-License-Identifier: MIT
/*
 * victim.c: see victim.h.
 */
#include "victim.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "misc/opendxg.h"

#define KILLS 3
#define NEVER 1000000000ull

static void enum_adapters(struct gpu *gpu)
{
	struct gpu copy;

	gpu_open_adapter(&copy, gpu->fd, 0);
	gpu_call(gpu->fd, LX_DXCLOSEADAPTER,
		 &(struct d3dkmt_closeadapter){ .adapter_handle = copy.adapter });
}

static void open_from_luid(struct gpu *gpu)
{
	struct d3dkmt_openadapterfromluid args = { .adapter_luid = gpu->luid };

	gpu_call(gpu->fd, LX_DXOPENADAPTERFROMLUID, &args);
}

static void create_device(struct gpu *gpu)
{
	struct d3dkmt_createdevice args = { .adapter = gpu->adapter };
	struct d3dkmt_destroydevice undo;

	gpu_call(gpu->fd, LX_DXCREATEDEVICE, &args);
	undo.device = args.device;
	gpu_call(gpu->fd, LX_DXDESTROYDEVICE, &undo);
}

static void create_context(struct gpu *gpu)
{
	struct d3dkmt_createcontextvirtual args = { .device = gpu->device };
	struct d3dkmt_destroycontext undo;

	gpu_call(gpu->fd, LX_DXCREATECONTEXTVIRTUAL, &args);
	undo.context = args.context;
	gpu_call(gpu->fd, LX_DXDESTROYCONTEXT, &undo);
}

static void create_queue(struct gpu *gpu)
{
	struct d3dkmt_createpagingqueue args = { .device = gpu->device };
	struct d3dddi_destroypagingqueue undo = { 0 };

	gpu_call(gpu->fd, LX_DXCREATEPAGINGQUEUE, &args);
	undo.paging_queue = args.paging_queue;
	gpu_call(gpu->fd, LX_DXDESTROYPAGINGQUEUE, &undo);
}

static void create_fence(struct gpu *gpu)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = gpu->device,
							    .info.type = _D3DDDI_MONITORED_FENCE };
	struct d3dkmt_destroysynchronizationobject undo;

	gpu_call(gpu->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args);
	undo.sync_object = args.sync_object;
	gpu_call(gpu->fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &undo);
}

static void create_notification(struct gpu *gpu)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = gpu->device,
							    .info.type = _D3DDDI_CPU_NOTIFICATION };
	int event = eventfd(0, EFD_CLOEXEC);

	args.info.cpu_notification.event = (uint64_t)event;
	gpu_call(gpu->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args);
	close(event);
}

static void create_allocation(struct gpu *gpu)
{
	struct d3dkmthandle allocation;
	struct d3dkmt_destroyallocation2 undo = { .device = gpu->device,
						  .alloc_count = 1,
						  .allocations = GPU_PTR(&allocation) };

	gpu_alloc(gpu, DXG_ALLOC_CPU_VISIBLE, 65536, &allocation);
	gpu_call(gpu->fd, LX_DXDESTROYALLOCATION2, &undo);
}

static void leave_allocation(struct gpu *gpu)
{
	struct d3dkmt_lock2 lock = { .device = gpu->device };

	gpu_alloc(gpu, DXG_ALLOC_CPU_VISIBLE, 65536, &lock.allocation);
	if (!gpu_call(gpu->fd, LX_DXLOCK2, &lock))
		*(volatile char *)(uintptr_t)lock.data = 1;
}

static void lock_unlock(struct gpu *gpu)
{
	struct d3dkmt_lock2 lock = { .device = gpu->device, .allocation = gpu->memory };
	struct d3dkmt_unlock2 unlock = { .device = gpu->device, .allocation = gpu->memory };

	gpu_call(gpu->fd, LX_DXLOCK2, &lock);
	gpu_call(gpu->fd, LX_DXUNLOCK2, &unlock);
}

static void map_va(struct gpu *gpu)
{
	struct d3dddi_mapgpuvirtualaddress map = { .paging_queue = gpu->queue,
						   .allocation = gpu->memory,
						   .minimum_address = gpu->va_start,
						   .maximum_address = gpu->va_end,
						   .size_in_pages = 1 };
	struct d3dkmt_freegpuvirtualaddress undo = { .adapter = gpu->adapter, .size = 4096 };

	gpu_call(gpu->fd, LX_DXMAPGPUVIRTUALADDRESS, &map);
	undo.base_address = map.virtual_address;
	gpu_call(gpu->fd, LX_DXFREEGPUVIRTUALADDRESS, &undo);
}

static void reserve_va(struct gpu *gpu)
{
	struct d3dddi_reservegpuvirtualaddress args = { .adapter = gpu->adapter, .size = 65536 };

	gpu_call(gpu->fd, LX_DXRESERVEGPUVIRTUALADDRESS, &args);
}

static void make_resident(struct gpu *gpu)
{
	struct d3dddi_makeresident args = { .paging_queue = gpu->queue,
					    .alloc_count = 1,
					    .allocation_list = GPU_PTR(&gpu->memory) };

	gpu_call(gpu->fd, LX_DXMAKERESIDENT, &args);
}

static void evict(struct gpu *gpu)
{
	struct d3dkmt_evict args = { .device = gpu->device,
				     .alloc_count = 1,
				     .allocations = GPU_PTR(&gpu->memory) };

	gpu_call(gpu->fd, LX_DXEVICT, &args);
}

static void query_adapter(struct gpu *gpu)
{
	struct dxg_adapter_private info;
	struct d3dkmt_queryadapterinfo args = { .adapter = gpu->adapter,
						.type = _KMTQAITYPE_UMDRIVERPRIVATE,
						.private_data = GPU_PTR(&info),
						.private_data_size = sizeof(info) };

	gpu_call(gpu->fd, LX_DXQUERYADAPTERINFO, &args);
}

static void query_memory(struct gpu *gpu)
{
	struct d3dkmt_queryvideomemoryinfo args = { .adapter = gpu->adapter };

	gpu_call(gpu->fd, LX_DXQUERYVIDEOMEMORYINFO, &args);
}

static void escape(struct gpu *gpu)
{
	struct dxg_escape_query_fault fault = {
		.h = { .magic = DXG_ESCAPE_MAGIC,
		       .op = DXG_ESCAPE_QUERY_FAULT,
		       .size = sizeof(fault) },
	};
	struct d3dkmt_escape args = { .adapter = gpu->adapter,
				      .device = gpu->device,
				      .priv_drv_data = GPU_PTR(&fault),
				      .priv_drv_data_size = sizeof(fault) };

	gpu_call(gpu->fd, LX_DXESCAPE, &args);
}

static void device_state(struct gpu *gpu)
{
	struct d3dkmt_getdevicestate args = { .device = gpu->device,
					      .state_type = _D3DKMT_DEVICESTATE_RESET };

	gpu_call(gpu->fd, LX_DXGETDEVICESTATE, &args);
}

static void submit(struct gpu *gpu)
{
	gpu_submit(gpu, gpu_fill(gpu, 1, 1));
}

static void signal_from_gpu(struct gpu *gpu)
{
	gpu_signal(gpu);
}

static void signal_from_cpu(struct gpu *gpu)
{
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = gpu->device,
		.object_count = 1,
		.objects = GPU_PTR(&gpu->fence),
		.fence_values = GPU_PTR(&gpu->value),
	};

	gpu->value++;
	gpu_call(gpu->fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static void wait_from_gpu(struct gpu *gpu)
{
	uint64_t value = NEVER;
	struct d3dkmt_waitforsynchronizationobjectfromgpu args = {
		.context = gpu->context,
		.object_count = 1,
		.objects = GPU_PTR(&gpu->fence),
		.monitored_fence_values = GPU_PTR(&value),
	};

	gpu_call(gpu->fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, &args);
}

static void wait_asleep(struct gpu *gpu)
{
	gpu_wait(gpu, NEVER, 0);
}

static void wait_with_event(struct gpu *gpu)
{
	int event = eventfd(0, EFD_CLOEXEC);

	gpu_wait(gpu, NEVER, (uint64_t)event);
	close(event);
}

static void compute(struct gpu *gpu)
{
	gpu_compute(gpu, 7);
}

/* What exists on the host although nobody lives to hear its handle. */
static void create_process(struct gpu *gpu)
{
	struct gpu other;

	(void)gpu;
	gpu_open_adapter(&other, open(GPU_NODE, O_RDWR | O_CLOEXEC), 0);
	query_memory(&other);
	close(other.fd);
}

static void open_and_close(struct gpu *gpu)
{
	struct gpu other;

	(void)gpu;
	gpu_open(&other, open(GPU_NODE, O_RDWR | O_CLOEXEC), 0);
	close(other.fd);
}

/* ---- hardware queues ---- */

/* A context with a queue; what is made of it goes with the context. */
static int hwqueue_open(struct gpu *gpu, struct d3dkmthandle *ret_context,
			struct d3dkmthandle *ret_queue)
{
	struct d3dkmt_createcontextvirtual context = { .device = gpu->device };
	struct d3dkmt_createhwqueue queue = { 0 };
	int err;

	context.flags.hw_queue_supported = 1;
	err = gpu_call(gpu->fd, LX_DXCREATECONTEXTVIRTUAL, &context);
	*ret_context = queue.context = context.context;
	if (!err)
		err = gpu_call(gpu->fd, LX_DXCREATEHWQUEUE, &queue);
	*ret_queue = queue.queue;
	return err;
}

static void hwqueue_close(struct gpu *gpu, struct d3dkmthandle context, struct d3dkmthandle queue)
{
	struct d3dkmt_destroyhwqueue first = { .queue = queue };
	struct d3dkmt_destroycontext second = { .context = context };

	gpu_call(gpu->fd, LX_DXDESTROYHWQUEUE, &first);
	gpu_call(gpu->fd, LX_DXDESTROYCONTEXT, &second);
}

static void create_hwqueue(struct gpu *gpu)
{
	struct d3dkmthandle context, queue;

	if (!hwqueue_open(gpu, &context, &queue))
		hwqueue_close(gpu, context, queue);
}

static void submit_hwqueue(struct gpu *gpu)
{
	struct d3dkmt_submitcommandtohwqueue args = { .hwqueue_progress_fence_id = 1,
						      .command_buffer = gpu->va };
	struct d3dkmthandle context;

	args.command_length = gpu_fill(gpu, 1, 1);
	if (hwqueue_open(gpu, &context, &args.hwqueue))
		return;
	gpu_call(gpu->fd, LX_DXSUBMITCOMMANDTOHWQUEUE, &args);
	hwqueue_close(gpu, context, args.hwqueue);
}

static void sync_hwqueue(struct gpu *gpu)
{
	struct d3dkmthandle context, queue;
	uint64_t value = ++gpu->value;
	struct d3dkmt_submitsignalsyncobjectstohwqueue sig = { .hwqueue_count = 1,
							       .hwqueues = GPU_PTR(&queue),
							       .object_count = 1,
							       .objects = GPU_PTR(&gpu->fence),
							       .fence_values = GPU_PTR(&value) };
	struct d3dkmt_submitwaitforsyncobjectstohwqueue wait = { .object_count = 1,
								 .objects = GPU_PTR(&gpu->fence),
								 .fence_values = GPU_PTR(&value) };

	if (hwqueue_open(gpu, &context, &queue))
		return;
	wait.hwqueue = queue;
	gpu_call(gpu->fd, LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE, &sig);
	gpu_call(gpu->fd, LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE, &wait);
	hwqueue_close(gpu, context, queue);
}

/* ---- what is shared ---- */

static int share(struct gpu *gpu, struct d3dkmthandle object)
{
	uint64_t fd = UINT64_MAX;
	struct d3dkmt_shareobjects args = { .object_count = 1,
					    .objects = GPU_PTR(&object),
					    .shared_handle = GPU_PTR(&fd) };

	return gpu_call(gpu->fd, LX_DXSHAREOBJECTS, &args) ? -1 : (int)fd;
}

static struct d3dkmthandle shared_fence(struct gpu *gpu)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = gpu->device,
							    .info.type = _D3DDDI_MONITORED_FENCE };

	args.info.flags.shared = 1;
	args.info.flags.nt_security_sharing = 1;
	gpu_call(gpu->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args);
	return args.sync_object;
}

static void destroy_fence(struct gpu *gpu, struct d3dkmthandle fence)
{
	struct d3dkmt_destroysynchronizationobject args = { .sync_object = fence };

	gpu_call(gpu->fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &args);
}

static void share_fence(struct gpu *gpu)
{
	struct d3dkmthandle fence = shared_fence(gpu);
	struct d3dkmt_opensyncobjectfromnthandle2 args = { .device = gpu->device };
	int fd = share(gpu, fence);

	args.nt_handle = (uint64_t)fd;
	args.flags.shared = 1;
	args.flags.nt_security_sharing = 1;
	if (!gpu_call(gpu->fd, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, &args))
		destroy_fence(gpu, args.sync_object);
	destroy_fence(gpu, fence);
	close(fd);
}

static void sync_file(struct gpu *gpu)
{
	struct d3dkmthandle fence = shared_fence(gpu);
	struct d3dkmt_createsyncfile create = { .device = gpu->device,
						.monitored_fence = fence,
						.fence_value = 1 };
	struct d3dkmt_opensyncobjectfromsyncfile open = { .device = gpu->device };
	struct d3dkmt_waitsyncfile wait = { .context = gpu->context };

	if (gpu_call(gpu->fd, LX_DXCREATESYNCFILE, &create))
		return;
	open.sync_file_handle = wait.sync_file_handle = create.sync_file_handle;
	gpu_call(gpu->fd, LX_DXWAITSYNCFILE, &wait);
	if (!gpu_call(gpu->fd, LX_DXOPENSYNCOBJECTFROMSYNCFILE, &open))
		destroy_fence(gpu, open.syncobj);
	destroy_fence(gpu, fence);
	close((int)create.sync_file_handle);
}

static void share_resource(struct gpu *gpu)
{
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE, .size = 65536 };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = GPU_PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation args = { .device = gpu->device,
						.alloc_count = 1,
						.allocation_info = GPU_PTR(&info) };
	struct d3dddi_openallocationinfo2 opened = { 0 };
	uint8_t data[256];
	struct d3dkmt_openresourcefromnthandle again = { .device = gpu->device,
							 .allocation_count = 1,
							 .open_alloc_info = GPU_PTR(&opened),
							 .total_priv_drv_data = GPU_PTR(data),
							 .total_priv_drv_data_size = sizeof(data) };
	struct d3dkmt_destroyallocation2 undo = { .device = gpu->device };
	int fd;

	args.flags.create_resource = 1;
	args.flags.create_shared = 1;
	args.flags.nt_security_sharing = 1;
	if (gpu_call(gpu->fd, LX_DXCREATEALLOCATION, &args))
		return;
	fd = share(gpu, args.resource);
	again.nt_handle = (uint64_t)fd;
	if (!gpu_call(gpu->fd, LX_DXOPENRESOURCEFROMNTHANDLE, &again)) {
		undo.resource = again.resource;
		gpu_call(gpu->fd, LX_DXDESTROYALLOCATION2, &undo);
	}
	undo.resource = args.resource;
	gpu_call(gpu->fd, LX_DXDESTROYALLOCATION2, &undo);
	close(fd);
}

static void dma_buf(struct gpu *gpu)
{
	struct opendxg_exportdmabuf args = { .device = gpu->device,
					     .allocation = gpu->memory,
					     .flags = O_CLOEXEC };

	if (!gpu_call(gpu->fd, OPENDXG_EXPORTDMABUF, &args))
		close(args.fd);
}

/* ---- memory ---- */

static void offer_reclaim(struct gpu *gpu)
{
	struct d3dkmthandle allocation;
	struct d3dkmt_offerallocations offer = { .device = gpu->device,
						 .allocations = GPU_PTR(&allocation),
						 .allocation_count = 1,
						 .priority = _D3DKMT_OFFER_PRIORITY_LOW };
	uint32_t result;
	struct d3dkmt_reclaimallocations2 reclaim = { .paging_queue = gpu->queue,
						      .allocations = GPU_PTR(&allocation),
						      .allocation_count = 1,
						      .results = GPU_PTR(&result) };
	struct d3dkmt_destroyallocation2 undo = { .device = gpu->device,
						  .alloc_count = 1,
						  .allocations = GPU_PTR(&allocation) };

	if (gpu_alloc(gpu, 0, 65536, &allocation))
		return;
	gpu_call(gpu->fd, LX_DXOFFERALLOCATIONS, &offer);
	gpu_call(gpu->fd, LX_DXRECLAIMALLOCATIONS2, &reclaim);
	gpu_call(gpu->fd, LX_DXDESTROYALLOCATION2, &undo);
}

static void update_va(struct gpu *gpu)
{
	struct d3dddi_updategpuvirtualaddress_operation op = {
		.operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP,
	};
	uint64_t value = ++gpu->value;
	struct d3dkmt_updategpuvirtualaddress args = { .device = gpu->device,
						       .context = gpu->context,
						       .fence_object = gpu->fence,
						       .num_operations = 1,
						       .operations = GPU_PTR(&op),
						       .fence_value = value };

	op.map.base_address = gpu->va;
	op.map.size = 4096;
	op.map.allocation = gpu->memory;
	op.map.allocation_size = 4096;
	gpu_call(gpu->fd, LX_DXUPDATEGPUVIRTUALADDRESS, &args);
}

static void priorities(struct gpu *gpu)
{
	uint32_t priority = 0x78000000;
	struct d3dkmt_setallocationpriority set = { .device = gpu->device,
						    .allocation_list = GPU_PTR(&gpu->memory),
						    .allocation_count = 1,
						    .priorities = GPU_PTR(&priority) };
	struct d3dkmt_getallocationpriority get = { .device = gpu->device,
						    .allocation_list = GPU_PTR(&gpu->memory),
						    .allocation_count = 1,
						    .priorities = GPU_PTR(&priority) };
	struct d3dkmt_queryallocationresidency where = { .device = gpu->device,
							 .allocations = GPU_PTR(&gpu->memory),
							 .allocation_count = 1,
							 .residency_status = GPU_PTR(&priority) };

	gpu_call(gpu->fd, LX_DXSETALLOCATIONPRIORITY, &set);
	gpu_call(gpu->fd, LX_DXGETALLOCATIONPRIORITY, &get);
	gpu_call(gpu->fd, LX_DXQUERYALLOCATIONRESIDENCY, &where);
}

static void invalidate(struct gpu *gpu)
{
	struct d3dkmt_invalidatecache args = { .device = gpu->device,
					       .allocation = gpu->memory,
					       .length = 4096 };

	gpu_call(gpu->fd, LX_DXINVALIDATECACHE, &args);
}

static void reserve_memory(struct gpu *gpu)
{
	struct d3dkmt_changevideomemoryreservation args = { .adapter = gpu->adapter,
							    .reservation = 4096 };

	gpu_call(gpu->fd, LX_DXCHANGEVIDEOMEMORYRESERVATION, &args);
}

/* ---- contexts, devices, adapters ---- */

static void context_priority(struct gpu *gpu)
{
	struct d3dkmt_setcontextschedulingpriority set = { .context = gpu->context, .priority = 1 };
	struct d3dkmt_getcontextschedulingpriority get = { .context = gpu->context };

	gpu_call(gpu->fd, LX_DXSETCONTEXTSCHEDULINGPRIORITY, &set);
	gpu_call(gpu->fd, LX_DXGETCONTEXTSCHEDULINGPRIORITY, &get);
}

static void mark_device(struct gpu *gpu)
{
	struct d3dkmt_createdevice create = { .adapter = gpu->adapter };
	struct d3dkmt_markdeviceaserror args = { .reason = _D3DKMT_DEVICE_ERROR_REASON_GENERIC };
	struct d3dkmt_destroydevice undo;

	if (gpu_call(gpu->fd, LX_DXCREATEDEVICE, &create))
		return;
	args.device = undo.device = create.device;
	gpu_call(gpu->fd, LX_DXMARKDEVICEASERROR, &args);
	gpu_call(gpu->fd, LX_DXDESTROYDEVICE, &undo);
}

static void flush_heaps(struct gpu *gpu)
{
	struct d3dkmt_flushheaptransitions args = { .adapter = gpu->adapter };

	gpu_call(gpu->fd, LX_DXFLUSHHEAPTRANSITIONS, &args);
}

static void statistics(struct gpu *gpu)
{
	struct d3dkmt_querystatistics args = { .type = _D3DKMT_QUERYSTATISTICS_PROCESS,
					       .adapter_luid = gpu->luid };

	gpu_call(gpu->fd, LX_DXQUERYSTATISTICS, &args);
}

static void clocks(struct gpu *gpu)
{
	struct d3dkmt_queryclockcalibration args = { .adapter = gpu->adapter };

	gpu_call(gpu->fd, LX_DXQUERYCLOCKCALIBRATION, &args);
}

const struct victim victims[] = {
	{ "EnumAdapters2", enum_adapters, KILLS },
	{ "OpenAdapterFromLuid", open_from_luid, KILLS },
	{ "CreateDevice, DestroyDevice", create_device, KILLS },
	{ "CreateContextVirtual, DestroyContext", create_context, KILLS },
	{ "CreatePagingQueue, DestroyPagingQueue", create_queue, KILLS },
	{ "CreateSynchronizationObject2, Destroy", create_fence, KILLS },
	{ "CreateSynchronizationObject2 (event)", create_notification, KILLS },
	{ "CreateAllocation2, DestroyAllocation2", create_allocation, KILLS },
	{ "CreateAllocation2, Lock2", leave_allocation, KILLS },
	{ "Lock2, Unlock2", lock_unlock, KILLS },
	{ "MapGpuVirtualAddress, Free", map_va, KILLS },
	{ "ReserveGpuVirtualAddress", reserve_va, KILLS },
	{ "MakeResident", make_resident, KILLS },
	{ "Evict", evict, KILLS },
	{ "QueryAdapterInfo", query_adapter, KILLS },
	{ "QueryVideoMemoryInfo", query_memory, KILLS },
	{ "Escape", escape, KILLS },
	{ "GetDeviceState", device_state, KILLS },
	{ "SubmitCommand", submit, KILLS },
	{ "SignalSynchronizationObjectFromGpu", signal_from_gpu, KILLS },
	{ "SignalSynchronizationObjectFromCpu", signal_from_cpu, KILLS },
	{ "WaitForSynchronizationObjectFromGpu", wait_from_gpu, KILLS },
	{ "WaitForSynchronizationObjectFromCpu", wait_asleep, KILLS },
	{ "WaitForSynchronizationObjectFromCpu (event)", wait_with_event, KILLS },
	{ "CreateHwQueue, DestroyHwQueue", create_hwqueue, KILLS },
	{ "SubmitCommandToHwQueue", submit_hwqueue, KILLS },
	{ "SubmitSignal, SubmitWait (hardware queue)", sync_hwqueue, KILLS },
	{ "ShareObjects, OpenSyncObjectFromNtHandle2", share_fence, KILLS },
	{ "CreateSyncFile, WaitSyncFile, OpenSyncObject", sync_file, KILLS },
	{ "ShareObjects, OpenResourceFromNtHandle", share_resource, KILLS },
	{ "OPENDXG_EXPORTDMABUF", dma_buf, KILLS },
	{ "OfferAllocations, ReclaimAllocations2", offer_reclaim, KILLS },
	{ "UpdateGpuVirtualAddress", update_va, KILLS },
	{ "Set, GetAllocationPriority, QueryResidency", priorities, KILLS },
	{ "InvalidateCache", invalidate, KILLS },
	{ "ChangeVideoMemoryReservation", reserve_memory, KILLS },
	{ "Set, GetContextSchedulingPriority", context_priority, KILLS },
	{ "MarkDeviceAsError", mark_device, KILLS },
	{ "FlushHeapTransitions", flush_heaps, KILLS },
	{ "QueryStatistics", statistics, KILLS },
	{ "QueryClockCalibration", clocks, KILLS },
	{ "all of a computation", compute, KILLS },
	{ "open, everything, close", open_and_close, KILLS },
	{ "CREATEPROCESS", create_process, 40 },
};

const unsigned int victim_count = sizeof(victims) / sizeof(victims[0]);

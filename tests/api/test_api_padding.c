/* SPDX-License-Identifier: MIT */
/*
 * test_api_padding: padding means nothing. The published headers have no names for it, so a program
 * that was written for them fills in every member of a structure and leaves there what was on the
 * stack. Here all of it is garbage, those fields included that this interface's header calls
 * reserved although they are padding.
 */
#include <unistd.h>

#include "fixture.h"
#include "dxgwire/standard.h"

#define GARBAGE 0xa5

/** DIRTY() - a structure as the stack left it. */
#define DIRTY(type, name) \
	struct type name; \
	memset(&name, GARBAGE, sizeof(name))

static void test_adapters(void **state)
{
	struct api *a = *state;
	struct d3dkmt_adapterinfo info[DXG_ADAPTERS_MAX];
	uint32_t i;
	DIRTY(d3dkmt_enumadapters2, two);
	DIRTY(d3dkmt_enumadapters3, three);
	DIRTY(d3dkmt_createdevice, device);

	two.num_adapters = DXG_ADAPTERS_MAX;
	two.adapters = dxg_ptr(info);
	assert_ok(D3DKMTEnumAdapters2(&two));
	for (i = 0; i < two.num_adapters; i++)
		assert_ok(api_close_adapter(info[i].adapter_handle));
	three.filter.value = 0;
	three.adapter_count = DXG_ADAPTERS_MAX;
	three.adapters = dxg_ptr(info);
	assert_ok(D3DKMTEnumAdapters3(&three));
	for (i = 0; i < three.adapter_count; i++)
		assert_ok(api_close_adapter(info[i].adapter_handle));
	device.adapter = a->adapter;
	memset(&device.flags, 0, sizeof(device.flags));
	assert_ok(D3DKMTCreateDevice(&device));
	assert_ok(api_device_destroy(device.device));
}

static struct d3dkmthandle allocate(struct api *a)
{
	struct dxg_alloc_private private = { .flags = DXG_ALLOC_CPU_VISIBLE,
					     .size = DXG_PAGE_SIZE };
	DIRTY(d3dddi_allocationinfo2, info);
	DIRTY(d3dkmt_createallocation, args);

	info.sysmem = 0;
	info.priv_drv_data = dxg_ptr(&private);
	info.priv_drv_data_size = sizeof(private);
	info.vidpn_source_id = 0;
	info.flags.value = 0;
	info.gpu_virtual_address = 0;
	info.unused = 0;
	memset(info.reserved, 0, sizeof(info.reserved));
	args.device = a->device;
	args.resource.v = 0;
	args.global_share.v = 0;
	args.private_runtime_data = 0;
	args.private_runtime_data_size = 0;
	args.priv_drv_data = 0;
	args.priv_drv_data_size = 0;
	args.alloc_count = 1;
	args.allocation_info = dxg_ptr(&info);
	args.flags.value = 0;
	args.private_runtime_resource_handle = 0;
	assert_ok(D3DKMTCreateAllocation2(&args));
	return info.allocation;
}

static void test_standard_allocation(void **state)
{
	struct api *a = *state;
	struct d3dddi_allocationinfo2 info = { 0 };
	struct d3dkmt_createallocation args = {
		.device = a->device,
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
	};
	DIRTY(d3dkmt_createstandardallocation, description);

	description.type = _D3DKMT_STANDARDALLOCATIONTYPE_CROSSADAPTER;
	description.existing_heap_data.size = DXG_PAGE_SIZE;
	description.flags.value = 0;
	args.standard_allocation = dxg_ptr(&description);
	args.flags.standard_allocation = 1;
	args.flags.cross_adapter = 1;
	assert_ok(D3DKMTCreateAllocation2(&args));
	assert_ok(api_free(a->device, info.allocation));
}

static void test_memory(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = allocate(a);
	enum d3dkmt_allocationresidencystatus where = 0;
	uint32_t priority = 0x50000000;
	DIRTY(d3dkmt_lock2, lock);
	DIRTY(d3dkmt_evict, evict);
	DIRTY(d3dkmt_queryallocationresidency, residency);
	DIRTY(d3dkmt_setallocationpriority, set);
	DIRTY(d3dkmt_getallocationpriority, get);
	DIRTY(d3dkmt_offerallocations, give);

	lock.device = a->device;
	lock.allocation = allocation;
	lock.flags.value = 0;
	assert_ok(D3DKMTLock2(&lock));
	assert_ok(api_unlock(a->device, allocation));
	assert_ok(api_make_resident(a->queue, allocation));
	residency.device = a->device;
	residency.resource.v = 0;
	residency.allocations = dxg_ptr(&allocation);
	residency.allocation_count = 1;
	residency.residency_status = dxg_ptr(&where);
	assert_ok(D3DKMTQueryAllocationResidency(&residency));
	assert_in_range(where, 1, 3);
	evict.device = a->device;
	evict.alloc_count = 1;
	evict.allocations = dxg_ptr(&allocation);
	evict.flags.value = 0;
	assert_ok(D3DKMTEvict(&evict));
	set.device = a->device;
	set.resource.v = 0;
	set.allocation_list = dxg_ptr(&allocation);
	set.allocation_count = 1;
	set.priorities = dxg_ptr(&priority);
	assert_ok(D3DKMTSetAllocationPriority(&set));
	priority = 0;
	get.device = a->device;
	get.resource.v = 0;
	get.allocation_list = dxg_ptr(&allocation);
	get.allocation_count = 1;
	get.priorities = dxg_ptr(&priority);
	assert_ok(D3DKMTGetAllocationPriority(&get));
	assert_int_equal(priority, 0x50000000);
	give.device = a->device;
	give.resources = 0;
	give.allocations = dxg_ptr(&allocation);
	give.allocation_count = 1;
	give.priority = _D3DKMT_OFFER_PRIORITY_LOW;
	give.flags.value = 0;
	assert_ok(D3DKMTOfferAllocations(&give));
	assert_ok(api_free(a->device, allocation));
}

static void test_addresses(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation = allocate(a);
	struct d3dddi_updategpuvirtualaddress_operation op = { 0 };
	struct d3dddi_reservegpuvirtualaddress room = { .adapter = a->adapter,
							.size = DXG_PAGE_SIZE };
	DIRTY(d3dddi_mapgpuvirtualaddress, map);
	DIRTY(d3dkmt_updategpuvirtualaddress, update);
	DIRTY(d3dkmt_freegpuvirtualaddress, release);

	map.paging_queue = a->queue;
	map.base_address = map.minimum_address = map.maximum_address = 0;
	map.allocation = allocation;
	map.offset_in_pages = 0;
	map.size_in_pages = 1;
	map.protection.value = 1;
	map.driver_protection = 0;
	map.reserved0 = 0;
	map.reserved1 = 0;
	assert_ok(D3DKMTMapGpuVirtualAddress(&map));
	assert_ok(D3DKMTReserveGpuVirtualAddress(&room));
	op.operation = _D3DDDI_UPDATEGPUVIRTUALADDRESS_MAP;
	op.map.base_address = room.virtual_address;
	op.map.size = DXG_PAGE_SIZE;
	op.map.allocation = allocation;
	update.device = a->device;
	update.context.v = 0;
	update.fence_object.v = 0;
	update.num_operations = 1;
	update.operations = dxg_ptr(&op);
	update.reserved0 = update.reserved1 = 0;
	update.reserved2 = 0;
	update.fence_value = 0;
	update.flags.value = 0;
	assert_ok(D3DKMTUpdateGpuVirtualAddress(&update));
	release.adapter = a->adapter;
	release.base_address = map.virtual_address;
	release.size = DXG_PAGE_SIZE;
	assert_ok(D3DKMTFreeGpuVirtualAddress(&release));
	assert_ok(api_free(a->device, allocation));
}

static uint32_t put_barrier(struct api *a)
{
	struct dxg_cmd_barrier barrier = {
		.h = { .opcode = DXG_CMD_BARRIER, .size = sizeof(barrier) },
	};

	memcpy(a->commands.cpu, &barrier, sizeof(barrier));
	return sizeof(barrier);
}

static void test_submission(void **state)
{
	struct api *a = *state;
	struct api_fence fence;
	uint64_t value = 3;
	DIRTY(d3dkmt_createsynchronizationobject2, create);
	DIRTY(d3dkmt_submitcommand, submit);
	DIRTY(d3dkmt_signalsynchronizationobjectfromgpu2, signal);

	create.device = a->device;
	memset(&create.info, 0, sizeof(create.info));
	create.info.type = _D3DDDI_MONITORED_FENCE;
	assert_ok(D3DKMTCreateSynchronizationObject2(&create));
	fence.handle = create.sync_object;
	submit.command_buffer = a->commands.va;
	submit.command_length = put_barrier(a);
	memset(&submit.flags, 0, sizeof(submit.flags));
	submit.present_history_token = 0;
	submit.broadcast_context_count = 1;
	submit.broadcast_context[0] = a->context;
	submit.priv_drv_data = 0;
	submit.priv_drv_data_size = 0;
	submit.num_primaries = 0;
	submit.num_history_buffers = 0;
	submit.history_buffer_array = 0;
	assert_ok(D3DKMTSubmitCommand(&submit));
	signal.object_count = 1;
	signal.objects = dxg_ptr(&fence.handle);
	signal.flags.value = 0;
	signal.context_count = 1;
	signal.contexts = dxg_ptr(&a->context);
	signal.monitored_fence_values = dxg_ptr(&value);
	assert_ok(D3DKMTSignalSynchronizationObjectFromGpu2(&signal));
	assert_ok(api_wait(a->device, fence.handle, value));
	assert_ok(api_sync_destroy(fence.handle));
}

static void test_hardware_queue(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createcontextvirtual context = { .device = a->device };
	struct d3dkmt_destroyhwqueue destroy;
	struct api_fence fence;
	uint64_t value = 3;
	DIRTY(d3dkmt_createhwqueue, queue);
	DIRTY(d3dkmt_submitcommandtohwqueue, submit);
	DIRTY(d3dkmt_submitsignalsyncobjectstohwqueue, signal);

	context.flags.hw_queue_supported = 1;
	assert_ok(D3DKMTCreateContextVirtual(&context));
	queue.context = context.context;
	queue.flags.value = 0;
	queue.priv_drv_data_size = 0;
	queue.priv_drv_data = 0;
	assert_ok(D3DKMTCreateHwQueue(&queue));
	submit.hwqueue = queue.queue;
	submit.hwqueue_progress_fence_id = 1;
	submit.command_buffer = a->commands.va;
	submit.command_length = put_barrier(a);
	submit.priv_drv_data_size = 0;
	submit.priv_drv_data = 0;
	submit.num_primaries = 0;
	submit.written_primaries = 0;
	assert_ok(D3DKMTSubmitCommandToHwQueue(&submit));
	assert_ok(api_fence_create(a->device, 0, &fence));
	signal.flags.value = 0;
	signal.hwqueue_count = 1;
	signal.hwqueues = dxg_ptr(&queue.queue);
	signal.object_count = 1;
	signal.objects = dxg_ptr(&fence.handle);
	signal.fence_values = dxg_ptr(&value);
	assert_ok(D3DKMTSubmitSignalSyncObjectsToHwQueue(&signal));
	assert_ok(api_wait(a->device, queue.queue_progress_fence, 1));
	assert_ok(api_wait(a->device, fence.handle, value));
	destroy.queue = queue.queue;
	assert_ok(D3DKMTDestroyHwQueue(&destroy));
	assert_ok(api_context_destroy(context.context));
	assert_ok(api_sync_destroy(fence.handle));
}

static void test_sharing(void **state)
{
	struct api *a = *state;
	struct d3dkmt_createsynchronizationobject2 create = {
		.device = a->device,
		.info = { .type = _D3DDDI_MONITORED_FENCE },
	};
	uint64_t fd = 0;
	DIRTY(d3dkmt_shareobjects, share);
	DIRTY(d3dkmt_opensyncobjectfromnthandle2, open);

	create.info.flags.shared = 1;
	create.info.flags.nt_security_sharing = 1;
	assert_ok(D3DKMTCreateSynchronizationObject2(&create));
	share.object_count = 1;
	share.objects = dxg_ptr(&create.sync_object);
	share.object_attr = 0;
	share.desired_access = 0;
	share.shared_handle = dxg_ptr(&fd);
	assert_ok(D3DKMTShareObjectsInternal(&share));
	open.nt_handle = fd;
	open.device = a->device;
	open.flags.value = 0;
	assert_ok(D3DKMTOpenSyncObjectFromNtHandle2(&open));
	assert_ok(api_signal_cpu(a->device, open.sync_object, 4));
	assert_ok(api_wait(a->device, create.sync_object, 4));
	close((int)fd);
	assert_ok(api_sync_destroy(open.sync_object));
	assert_ok(api_sync_destroy(create.sync_object));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_adapters),   api_test(test_standard_allocation),
		api_test(test_memory),	   api_test(test_addresses),
		api_test(test_submission), api_test(test_hardware_queue),
		api_test(test_sharing),
	};

	return api_main("api_padding", tests);
}

/* SPDX-License-Identifier: MIT */
/*
 * fixture.c - see fixture.h. The only state of its own is what api_main_of() finds out about the
 * transport, written before any test runs.
 */
#include "fixture.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- a test program ---- */

bool api_on_socket(void)
{
	const char *path = getenv("DXG_DEVICE");
	struct stat st;

	if (path && *path)
		return !stat(path, &st) && S_ISSOCK(st.st_mode);
	return stat("/dev/dxg", &st) || !S_ISCHR(st.st_mode);
}

bool api_sleeps(pid_t tid)
{
	char path[64], state = 0;
	uint64_t end = api_now_ms() + API_WAIT_MS;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	while (state != 'S' && api_now_ms() < end) {
		sched_yield();
		f = fopen(path, "r");
		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		if (f)
			fclose(f);
	}
	return state == 'S';
}

uint64_t api_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void api_assert_status(NTSTATUS got, NTSTATUS expected, const char *what, const char *file,
		       int line)
{
	if (got == expected)
		return;
	print_error("%s is 0x%08x, not 0x%08x\n", what, (uint32_t)got, (uint32_t)expected);
	_fail(file, line);
}

int api_main_of(const char *name, const struct CMUnitTest *tests, size_t count)
{
	struct d3dkmthandle adapter;
	struct winluid luid;
	NTSTATUS status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(API_PROGRAM_SECONDS);
	status = api_open_adapter(&adapter, &luid);
	if (status == STATUS_DEVICE_REMOVED) {
		printf("SKIP: %s: no adapter: neither /dev/dxg nor a dxgd at $DXG_DEVICE\n", name);
		return 77;
	}
	if (!status)
		api_close_adapter(adapter);
	return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}

int api_setup(void **state)
{
	struct api *a = calloc(1, sizeof(*a));
	NTSTATUS status;

	*state = a;
	status = a ? api_open(a) : STATUS_NO_MEMORY;
	if (status)
		print_error("cannot open: 0x%08x\n", (uint32_t)status);
	return status ? -1 : 0;
}

int api_teardown(void **state)
{
	NTSTATUS status = api_close(*state);

	free(*state);
	if (status)
		print_error("cannot close: 0x%08x\n", (uint32_t)status);
	return status ? -1 : 0;
}

/* ---- adapter, device, context ---- */

NTSTATUS api_open_adapter(struct d3dkmthandle *ret_adapter, struct winluid *ret_luid)
{
	struct d3dkmt_adapterinfo info[DXG_ADAPTERS_MAX] = { 0 };
	struct d3dkmt_enumadapters2 e = { .num_adapters = DXG_ADAPTERS_MAX,
					  .adapters = dxg_ptr(info) };
	NTSTATUS status = D3DKMTEnumAdapters2(&e);
	uint32_t i;

	if (status)
		return status;
	if (!e.num_adapters)
		return STATUS_DEVICE_REMOVED;
	for (i = 1; i < e.num_adapters; i++)
		api_close_adapter(info[i].adapter_handle);
	*ret_adapter = info[0].adapter_handle;
	*ret_luid = info[0].adapter_luid;
	return STATUS_SUCCESS;
}

NTSTATUS api_close_adapter(struct d3dkmthandle adapter)
{
	struct d3dkmt_closeadapter args = { .adapter_handle = adapter };

	return D3DKMTCloseAdapter(&args);
}

NTSTATUS api_open(struct api *a)
{
	NTSTATUS status;

	memset(a, 0, sizeof(*a));
	status = api_open_adapter(&a->adapter, &a->luid);
	if (!status)
		status = api_query(a->adapter, _KMTQAITYPE_UMDRIVERPRIVATE, &a->info,
				   sizeof(a->info));
	if (!status)
		status = api_open_device(a);
	return status;
}

NTSTATUS api_close(struct api *a)
{
	NTSTATUS status = api_close_device(a);
	NTSTATUS closed = api_close_adapter(a->adapter);

	a->adapter.v = 0;
	return status ? status : closed;
}

NTSTATUS api_open_device(struct api *a)
{
	NTSTATUS status = api_device_create(a->adapter, &a->device);

	a->asked = 0;
	a->used = 0;
	if (!status)
		status = api_queue_create(a->device, &a->queue, &a->queue_fence);
	if (!status)
		status = api_context_create(a->device, &a->context);
	if (!status)
		status = api_fence_create(a->device, 0, &a->done);
	if (!status)
		status = api_memory_create(a, API_COMMANDS_SIZE, DXG_ALLOC_CPU_VISIBLE,
					   &a->commands);
	return status;
}

NTSTATUS api_close_device(struct api *a)
{
	NTSTATUS status = a->device.v ? api_device_destroy(a->device) : STATUS_SUCCESS;

	a->device.v = 0;
	return status;
}

NTSTATUS api_device_create(struct d3dkmthandle adapter, struct d3dkmthandle *ret_device)
{
	struct d3dkmt_createdevice args = { .adapter = adapter };
	NTSTATUS status = D3DKMTCreateDevice(&args);

	if (!status)
		*ret_device = args.device;
	return status;
}

NTSTATUS api_device_destroy(struct d3dkmthandle device)
{
	struct d3dkmt_destroydevice args = { .device = device };

	return D3DKMTDestroyDevice(&args);
}

NTSTATUS api_context_create(struct d3dkmthandle device, struct d3dkmthandle *ret_context)
{
	struct d3dkmt_createcontextvirtual args = { .device = device };
	NTSTATUS status = D3DKMTCreateContextVirtual(&args);

	if (!status)
		*ret_context = args.context;
	return status;
}

NTSTATUS api_context_destroy(struct d3dkmthandle context)
{
	struct d3dkmt_destroycontext args = { .context = context };

	return D3DKMTDestroyContext(&args);
}

NTSTATUS api_queue_create(struct d3dkmthandle device, struct d3dkmthandle *ret_queue,
			  struct api_fence *ret_fence)
{
	struct d3dkmt_createpagingqueue args = { .device = device };
	NTSTATUS status = D3DKMTCreatePagingQueue(&args);

	if (status)
		return status;
	*ret_queue = args.paging_queue;
	ret_fence->handle = args.sync_object;
	ret_fence->value = (const volatile uint64_t *)(uintptr_t)args.fence_cpu_virtual_address;
	return STATUS_SUCCESS;
}

NTSTATUS api_queue_destroy(struct d3dkmthandle queue)
{
	struct d3dddi_destroypagingqueue args = { .paging_queue = queue };

	return D3DKMTDestroyPagingQueue(&args);
}

NTSTATUS api_fence_create(struct d3dkmthandle device, uint64_t value, struct api_fence *ret_fence)
{
	struct d3dkmt_createsynchronizationobject2 args = {
		.device = device,
		.info = {
			.type = _D3DDDI_MONITORED_FENCE,
			.monitored_fence = { .initial_fence_value = value },
		},
	};
	NTSTATUS status = D3DKMTCreateSynchronizationObject2(&args);

	if (status)
		return status;
	ret_fence->handle = args.sync_object;
	ret_fence->value = (const volatile uint64_t *)(uintptr_t)
				   args.info.monitored_fence.fence_cpu_virtual_address;
	return STATUS_SUCCESS;
}

NTSTATUS api_sync_destroy(struct d3dkmthandle sync)
{
	struct d3dkmt_destroysynchronizationobject args = { .sync_object = sync };

	return D3DKMTDestroySynchronizationObject(&args);
}

NTSTATUS api_execution_state(struct d3dkmthandle device, uint32_t *ret_state)
{
	struct d3dkmt_getdevicestate args = {
		.device = device,
		.state_type = _D3DKMT_DEVICESTATE_EXECUTION,
	};
	NTSTATUS status = D3DKMTGetDeviceState(&args);

	if (!status)
		*ret_state = args.execution_state;
	return status;
}

NTSTATUS api_query(struct d3dkmthandle adapter, uint32_t type, void *data, uint32_t size)
{
	struct d3dkmt_queryadapterinfo args = {
		.adapter = adapter,
		.type = (enum kmtqueryadapterinfotype)type,
		.private_data = dxg_ptr(data),
		.private_data_size = size,
	};

	return D3DKMTQueryAdapterInfo(&args);
}

NTSTATUS api_usage(struct d3dkmthandle adapter, uint64_t *ret_bytes)
{
	struct d3dkmt_queryvideomemoryinfo args = { .adapter = adapter };
	uint64_t bytes = 0;
	NTSTATUS status;
	int group;

	for (group = 0; group < 2; group++) {
		args.memory_segment_group = (enum d3dkmt_memory_segment_group)group;
		status = D3DKMTQueryVideoMemoryInfo(&args);
		if (status)
			return status;
		bytes += args.current_usage;
	}
	*ret_bytes = bytes;
	return STATUS_SUCCESS;
}

/* ---- memory ---- */

NTSTATUS api_allocate(struct d3dkmthandle device, uint64_t size, uint32_t flags,
		      struct d3dkmthandle *ret_allocation, uint64_t *ret_size)
{
	struct dxg_alloc_private private = { .flags = flags, .size = size };
	struct d3dddi_allocationinfo2 info = {
		.priv_drv_data = dxg_ptr(&private),
		.priv_drv_data_size = sizeof(private),
	};
	struct d3dkmt_createallocation args = {
		.device = device,
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
	};
	NTSTATUS status = D3DKMTCreateAllocation2(&args);

	if (status)
		return status;
	*ret_allocation = info.allocation;
	if (ret_size)
		*ret_size = private.size;
	return STATUS_SUCCESS;
}

NTSTATUS api_free(struct d3dkmthandle device, struct d3dkmthandle allocation)
{
	struct d3dkmt_destroyallocation2 args = {
		.device = device,
		.allocations = dxg_ptr(&allocation),
		.alloc_count = 1,
	};

	return D3DKMTDestroyAllocation2(&args);
}

NTSTATUS api_map(struct d3dkmthandle queue, struct d3dkmthandle allocation, uint64_t size,
		 uint64_t *ret_va)
{
	struct d3dddi_mapgpuvirtualaddress args = {
		.paging_queue = queue,
		.allocation = allocation,
		.size_in_pages = size >> DXG_PAGE_SHIFT,
		.protection = { .write = 1 },
	};
	NTSTATUS status = D3DKMTMapGpuVirtualAddress(&args);

	if (!status)
		*ret_va = args.virtual_address;
	return status;
}

NTSTATUS api_lock(struct d3dkmthandle device, struct d3dkmthandle allocation, void **ret_cpu)
{
	struct d3dkmt_lock2 args = { .device = device, .allocation = allocation };
	NTSTATUS status = D3DKMTLock2(&args);

	if (!status)
		*ret_cpu = (void *)(uintptr_t)args.data;
	return status;
}

NTSTATUS api_unlock(struct d3dkmthandle device, struct d3dkmthandle allocation)
{
	struct d3dkmt_unlock2 args = { .device = device, .allocation = allocation };

	return D3DKMTUnlock2(&args);
}

NTSTATUS api_make_resident(struct d3dkmthandle queue, struct d3dkmthandle allocation)
{
	struct d3dddi_makeresident args = {
		.paging_queue = queue,
		.alloc_count = 1,
		.allocation_list = dxg_ptr(&allocation),
	};

	return D3DKMTMakeResident(&args);
}

NTSTATUS api_evict(struct d3dkmthandle device, struct d3dkmthandle allocation)
{
	struct d3dkmt_evict args = {
		.device = device,
		.alloc_count = 1,
		.allocations = dxg_ptr(&allocation),
	};

	return D3DKMTEvict(&args);
}

NTSTATUS api_memory_create(struct api *a, uint64_t size, uint32_t flags,
			   struct api_memory *ret_memory)
{
	struct api_memory m = { 0 };
	NTSTATUS status = api_allocate(a->device, size, flags, &m.allocation, &m.size);

	if (status)
		return status;
	status = api_map(a->queue, m.allocation, m.size, &m.va);
	if (!status && (flags & DXG_ALLOC_CPU_VISIBLE))
		status = api_lock(a->device, m.allocation, (void **)&m.cpu);
	if (status)
		api_free(a->device, m.allocation);
	else
		*ret_memory = m;
	return status;
}

NTSTATUS api_memory_destroy(struct api *a, struct api_memory *memory)
{
	NTSTATUS status = api_free(a->device, memory->allocation);

	memset(memory, 0, sizeof(*memory));
	return status;
}

/* ---- work ---- */

NTSTATUS api_submit_at(struct d3dkmthandle context, uint64_t va, uint32_t size)
{
	struct d3dkmt_submitcommand args = {
		.command_buffer = va,
		.command_length = size,
		.broadcast_context_count = 1,
		.broadcast_context = { context },
	};

	return D3DKMTSubmitCommand(&args);
}

NTSTATUS api_submit(struct api *a, struct d3dkmthandle context, const struct packets *p)
{
	uint64_t at = a->used;

	if (p->size > a->commands.size - at)
		return STATUS_NO_MEMORY;
	memcpy(a->commands.cpu + at, p->data, p->size);
	a->used += p->size;
	return api_submit_at(context, a->commands.va + at, p->size);
}

NTSTATUS api_finish(struct api *a)
{
	NTSTATUS status = api_signal_gpu(a->context, a->done.handle, ++a->asked);

	if (!status)
		status = api_wait(a->device, a->done.handle, a->asked);
	if (!status)
		a->used = 0;
	return status;
}

NTSTATUS api_run(struct api *a, const struct packets *p)
{
	NTSTATUS status = api_submit(a, a->context, p);

	return status ? status : api_finish(a);
}

NTSTATUS api_signal_cpu(struct d3dkmthandle device, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = device,
		.object_count = 1,
		.objects = dxg_ptr(&fence),
		.fence_values = dxg_ptr(&value),
	};

	return D3DKMTSignalSynchronizationObjectFromCpu(&args);
}

NTSTATUS api_signal_gpu(struct d3dkmthandle context, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu args = {
		.context = context,
		.object_count = 1,
		.objects = dxg_ptr(&fence),
		.monitored_fence_values = dxg_ptr(&value),
	};

	return D3DKMTSignalSynchronizationObjectFromGpu(&args);
}

NTSTATUS api_wait_gpu(struct d3dkmthandle context, struct d3dkmthandle fence, uint64_t value)
{
	struct d3dkmt_waitforsynchronizationobjectfromgpu args = {
		.context = context,
		.object_count = 1,
		.objects = dxg_ptr(&fence),
		.monitored_fence_values = dxg_ptr(&value),
	};

	return D3DKMTWaitForSynchronizationObjectFromGpu(&args);
}

NTSTATUS api_wait_cpu(struct d3dkmthandle device, const struct d3dkmthandle *fences,
		      const uint64_t *values, uint32_t count, bool any, uint64_t event)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = device,
		.object_count = count,
		.objects = dxg_ptr(fences),
		.fence_values = dxg_ptr(values),
		.async_event = event,
		.flags = { .wait_any = any },
	};

	return D3DKMTWaitForSynchronizationObjectFromCpu(&args);
}

bool api_poll(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t end = api_now_ms() + (uint64_t)ms, now;
	int n;

	do {
		now = api_now_ms();
		n = poll(&p, 1, now < end ? (int)(end - now) : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

uint64_t api_eventfd_take(int fd, int ms)
{
	uint64_t count = 0;

	if (!api_poll(fd, ms) || read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

NTSTATUS api_wait(struct d3dkmthandle device, struct d3dkmthandle fence, uint64_t value)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	NTSTATUS status;

	if (fd < 0)
		return STATUS_NO_MEMORY;
	status = api_wait_cpu(device, &fence, &value, 1, false, (uint64_t)fd);
	if (!status && !api_eventfd_take(fd, API_WAIT_MS))
		status = STATUS_TIMEOUT;
	close(fd);
	return status;
}

/* ---- shared objects ---- */

NTSTATUS api_share(struct d3dkmthandle object, int *ret_fd)
{
	uint64_t fd = UINT64_MAX;
	NTSTATUS status = D3DKMTShareObjects(1, &object, NULL, 0, &fd);

	if (!status)
		*ret_fd = (int)fd;
	return status;
}

NTSTATUS api_resource_destroy(const struct api *a, struct d3dkmthandle resource)
{
	struct d3dkmt_destroyallocation2 args = { .device = a->device, .resource = resource };

	return D3DKMTDestroyAllocation2(&args);
}

/* ---- escapes ---- */

NTSTATUS api_escape(struct api *a, uint32_t op, void *e, uint32_t size)
{
	struct dxg_escape *head = e;
	struct d3dkmt_escape args = {
		.adapter = a->adapter,
		.device = a->device,
		.priv_drv_data = dxg_ptr(e),
		.priv_drv_data_size = size,
	};

	head->magic = DXG_ESCAPE_MAGIC;
	head->op = op;
	head->size = size;
	head->status = 0;
	return D3DKMTEscape(&args);
}

NTSTATUS api_fault(struct api *a, bool *ret_lost, char text[DXG_FAULT_TEXT_MAX])
{
	struct dxg_escape_query_fault e = { .lost = 0 };
	NTSTATUS status = api_escape(a, DXG_ESCAPE_QUERY_FAULT, &e, sizeof(e));

	if (!status && e.h.status)
		status = STATUS_UNSUCCESSFUL;
	if (status)
		return status;
	*ret_lost = e.lost;
	memcpy(text, e.text, DXG_FAULT_TEXT_MAX);
	text[DXG_FAULT_TEXT_MAX - 1] = 0;
	return STATUS_SUCCESS;
}

NTSTATUS api_wait_lost(struct api *a)
{
	/* Every fence of a lost device stands at its highest value. */
	return api_wait(a->device, a->done.handle, UINT64_MAX);
}

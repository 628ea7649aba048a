// SPDX-License-Identifier: MIT
/*
 * gpu: see gpu.h.
 */
#include "gpu.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "dxgwire/cmd.h"

int gpu_call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

int gpu_count(int fd)
{
	struct d3dkmt_enumadapters2 list = { 0 };
	int err = gpu_call(fd, LX_DXENUMADAPTERS2, &list);

	return err < 0 ? err : (int)list.num_adapters;
}

static void close_others(int fd, const struct d3dkmt_adapterinfo *info, unsigned int n,
			 unsigned int kept)
{
	struct d3dkmt_closeadapter args;
	unsigned int i;

	for (i = 0; i < n; i++) {
		args.adapter_handle = info[i].adapter_handle;
		if (i != kept)
			gpu_call(fd, LX_DXCLOSEADAPTER, &args);
	}
}

int gpu_open_adapter(struct gpu *gpu, int fd, unsigned int index)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 list = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = GPU_PTR(info) };
	int err;

	memset(gpu, 0, sizeof(*gpu));
	gpu->fd = fd;
	err = gpu_call(fd, LX_DXENUMADAPTERS2, &list);
	if (err)
		return err;
	close_others(fd, info, list.num_adapters, index);
	if (index >= list.num_adapters)
		return -ENODEV;
	gpu->adapter = info[index].adapter_handle;
	gpu->luid = info[index].adapter_luid;
	return 0;
}

static int open_context(struct gpu *gpu)
{
	struct d3dkmt_createcontextvirtual args = { .device = gpu->device };
	int err = gpu_call(gpu->fd, LX_DXCREATECONTEXTVIRTUAL, &args);

	gpu->context = args.context;
	return err;
}

static int open_queue(struct gpu *gpu)
{
	struct d3dkmt_createpagingqueue args = { .device = gpu->device };
	int err = gpu_call(gpu->fd, LX_DXCREATEPAGINGQUEUE, &args);

	gpu->queue = args.paging_queue;
	return err;
}

static int open_fence(struct gpu *gpu)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = gpu->device,
							    .info.type = _D3DDDI_MONITORED_FENCE };
	int err = gpu_call(gpu->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args);

	gpu->fence = args.sync_object;
	gpu->shown = (void *)(uintptr_t)args.info.monitored_fence.fence_cpu_virtual_address;
	return err;
}

int gpu_alloc(struct gpu *gpu, uint32_t flags, uint64_t size, struct d3dkmthandle *ret)
{
	struct dxg_alloc_private private = { .flags = flags, .size = size };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = GPU_PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation args = { .device = gpu->device,
						.alloc_count = 1,
						.allocation_info = GPU_PTR(&info) };
	int err = gpu_call(gpu->fd, LX_DXCREATEALLOCATION, &args);

	*ret = info.allocation;
	return err;
}

int gpu_map(struct gpu *gpu, struct d3dkmthandle allocation, uint64_t size, uint64_t *ret_va)
{
	struct d3dddi_mapgpuvirtualaddress map = { .paging_queue = gpu->queue,
						   .allocation = allocation,
						   .minimum_address = gpu->va_start,
						   .maximum_address = gpu->va_end,
						   .size_in_pages = size / 4096,
						   .protection.value = 1 };
	int err = gpu_call(gpu->fd, LX_DXMAPGPUVIRTUALADDRESS, &map);

	*ret_va = map.virtual_address;
	return err < 0 ? err : 0;
}

static int ask_addresses(struct gpu *gpu)
{
	struct dxg_adapter_private info = { 0 };
	struct d3dkmt_queryadapterinfo query = { .adapter = gpu->adapter,
						 .type = _KMTQAITYPE_UMDRIVERPRIVATE,
						 .private_data = GPU_PTR(&info),
						 .private_data_size = sizeof(info) };
	int err = gpu_call(gpu->fd, LX_DXQUERYADAPTERINFO, &query);

	gpu->va_start = info.va_start;
	gpu->va_end = info.va_end;
	return err;
}

static int open_memory(struct gpu *gpu)
{
	struct d3dkmt_lock2 lock = { .device = gpu->device };
	int err = ask_addresses(gpu);

	if (!err)
		err = gpu_alloc(gpu, DXG_ALLOC_CPU_VISIBLE, GPU_MEMORY, &gpu->memory);
	lock.allocation = gpu->memory;
	if (!err)
		err = gpu_call(gpu->fd, LX_DXLOCK2, &lock);
	gpu->cpu = (void *)(uintptr_t)lock.data;
	return err ? err : gpu_map(gpu, gpu->memory, GPU_MEMORY, &gpu->va);
}

int gpu_open(struct gpu *gpu, int fd, unsigned int index)
{
	struct d3dkmt_createdevice args = { 0 };
	int err = gpu_open_adapter(gpu, fd, index);

	args.adapter = gpu->adapter;
	if (!err)
		err = gpu_call(fd, LX_DXCREATEDEVICE, &args);
	gpu->device = args.device;
	if (!err)
		err = open_context(gpu);
	if (!err)
		err = open_queue(gpu);
	if (!err)
		err = open_fence(gpu);
	return err ? err : open_memory(gpu);
}

uint32_t gpu_fill_at(struct gpu *gpu, unsigned int n, uint32_t pattern, uint64_t va, uint64_t size)
{
	struct dxg_cmd_fill fill = {
		.h = { .opcode = DXG_CMD_FILL, .size = sizeof(fill) },
		.dst = va,
		.size = size,
		.pattern_size = sizeof(pattern),
	};
	unsigned int i;

	memcpy(fill.pattern, &pattern, sizeof(pattern));
	for (i = 0; i < n; i++)
		memcpy(gpu->cpu + i * sizeof(fill), &fill, sizeof(fill));
	return n * (uint32_t)sizeof(fill);
}

uint32_t gpu_fill(struct gpu *gpu, unsigned int n, uint32_t pattern)
{
	return gpu_fill_at(gpu, n, pattern, gpu->va + GPU_MEMORY / 2, GPU_MEMORY / 2);
}

int gpu_submit(struct gpu *gpu, uint32_t length)
{
	struct d3dkmt_submitcommand args = { .command_buffer = gpu->va,
					     .command_length = length,
					     .broadcast_context_count = 1,
					     .broadcast_context[0] = gpu->context };

	return gpu_call(gpu->fd, LX_DXSUBMITCOMMAND, &args);
}

int gpu_signal(struct gpu *gpu)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu args = {
		.context = gpu->context,
		.object_count = 1,
		.objects = GPU_PTR(&gpu->fence),
		.monitored_fence_values = GPU_PTR(&gpu->value),
	};

	gpu->value++;
	return gpu_call(gpu->fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU, &args);
}

int gpu_wait(struct gpu *gpu, uint64_t value, uint64_t event)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu args = {
		.device = gpu->device,
		.object_count = 1,
		.objects = GPU_PTR(&gpu->fence),
		.fence_values = GPU_PTR(&value),
		.async_event = event,
	};

	return gpu_call(gpu->fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

int gpu_compute(struct gpu *gpu, uint32_t pattern)
{
	const uint32_t *word = (const uint32_t *)(void *)(gpu->cpu + GPU_MEMORY / 2);
	int err = gpu_submit(gpu, gpu_fill(gpu, 1, pattern));
	unsigned int i;

	if (!err)
		err = gpu_signal(gpu);
	if (!err)
		err = gpu_wait(gpu, gpu->value, 0);
	if (err)
		return err;
	if (*gpu->shown == UINT64_MAX)
		return -ENODEV;
	for (i = 0; i < GPU_MEMORY / 8; i++)
		if (word[i] != pattern)
			return -EIO;
	return 0;
}

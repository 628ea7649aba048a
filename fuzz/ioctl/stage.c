// SPDX-License-Identifier: MIT
/*
 * stage.c - see stage.h. What does not work is left out: quotas are reached, devices are taken
 * away, and other threads destroy what is made here.
 */
#include "stage.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "misc/opendxg.h"

#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define PAGE 4096u
#define PARTS 2u
#define SHARED_RESOURCE 0x43u
#define SHARED_FENCE 3u
#define EVERY 64

/** struct stage - whose, and the device that everything belongs to. */
struct stage {
	struct client *client;
	struct file *file;
	struct d3dkmthandle device;
};

/* The host's own layout of allocation private data (dxgwire/escape.h), as bytes. */
struct alloc_private {
	uint32_t flags;
	uint32_t reserved;
	uint64_t size;
};

static bool done(const struct stage *s, unsigned long cmd, void *arg)
{
	return ioctl(s->file->fd, cmd, arg) >= 0;
}

static void keep(struct stage *s, enum kind kind, struct d3dkmthandle handle)
{
	if (handle.v)
		handle_add(&s->file->live[kind], handle.v, s->device.v);
}

static bool stage_device(struct stage *s)
{
	struct d3dkmt_adapterinfo info[D3DKMT_ADAPTERS_MAX];
	struct d3dkmt_enumadapters2 list = { .num_adapters = D3DKMT_ADAPTERS_MAX,
					     .adapters = PTR(info) };
	struct d3dkmt_createdevice device = { 0 };

	device.adapter.v = handle_take(&s->file->live[KIND_ADAPTER], 0, 0);
	if (!device.adapter.v) {
		if (!done(s, LX_DXENUMADAPTERS2, &list) || !list.num_adapters)
			return false;
		device.adapter = info[0].adapter_handle;
		s->file->luid = (uint64_t)info[0].adapter_luid.b << 32 | info[0].adapter_luid.a;
		handle_add(&s->file->live[KIND_ADAPTER], device.adapter.v, 0);
	}
	if (!done(s, LX_DXCREATEDEVICE, &device))
		return false;
	s->device = device.device;
	handle_add(&s->file->live[KIND_DEVICE], s->device.v, 0);
	return true;
}

static struct d3dkmthandle stage_context(struct stage *s, bool queues)
{
	struct d3dkmt_createcontextvirtual args = { .device = s->device };

	args.flags.hw_queue_supported = queues;
	if (done(s, LX_DXCREATECONTEXTVIRTUAL, &args))
		keep(s, KIND_CONTEXT, args.context);
	return args.context;
}

static void stage_hwqueue(struct stage *s)
{
	struct d3dkmt_createhwqueue args = { .context = stage_context(s, true) };

	if (!done(s, LX_DXCREATEHWQUEUE, &args))
		return;
	keep(s, KIND_HWQUEUE, args.queue);
	keep(s, KIND_SYNC, args.queue_progress_fence);
	pool_add(&s->file->mapped, args.queue_progress_fence_cpu_va);
}

static struct d3dkmthandle stage_paging_queue(struct stage *s)
{
	struct d3dkmt_createpagingqueue args = { .device = s->device };

	if (done(s, LX_DXCREATEPAGINGQUEUE, &args)) {
		keep(s, KIND_PAGING_QUEUE, args.paging_queue);
		keep(s, KIND_SYNC, args.sync_object);
	}
	return args.paging_queue;
}

/* PARTS allocations of a page or two; a resource of them when @flags say so. Return: the first. */
static struct d3dkmthandle stage_allocations(struct stage *s, uint32_t flags, bool visible,
					     struct d3dkmthandle *ret_resource)
{
	struct alloc_private private[PARTS];
	struct d3dddi_allocationinfo2 info[PARTS] = { 0 };
	struct d3dkmt_createallocation args = { .device = s->device,
						.alloc_count = PARTS,
						.allocation_info = PTR(info) };
	uint32_t i;

	for (i = 0; i < PARTS; i++) {
		private[i] = (struct alloc_private){ visible, 0, (i + 1) * PAGE };
		info[i].priv_drv_data = PTR(&private[i]);
		info[i].priv_drv_data_size = sizeof(private[i]);
	}
	args.flags.value = flags;
	if (!done(s, LX_DXCREATEALLOCATION, &args))
		return (struct d3dkmthandle){ 0 };
	for (i = 0; i < PARTS; i++)
		keep(s, KIND_ALLOCATION, info[i].allocation);
	keep(s, KIND_RESOURCE, args.resource);
	*ret_resource = args.resource;
	return info[0].allocation;
}

/* Pages of ours, which the kernel pins. */
static void stage_sysmem(struct stage *s)
{
	struct alloc_private private = { .size = PAGE };
	struct d3dddi_allocationinfo2 info = { .sysmem = PTR(s->client->pages),
					       .priv_drv_data = PTR(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation args = { .device = s->device,
						.alloc_count = 1,
						.allocation_info = PTR(&info) };

	if (done(s, LX_DXCREATEALLOCATION, &args))
		keep(s, KIND_ALLOCATION, info.allocation);
}

static void stage_lock(struct stage *s, struct d3dkmthandle allocation)
{
	struct opendxg_exportdmabuf buf = { s->device, allocation, O_RDWR | O_CLOEXEC, -1 };
	struct d3dkmt_lock2 args = { .device = s->device, .allocation = allocation };

	if (done(s, LX_DXLOCK2, &args))
		pool_add(&s->file->mapped, args.data);
	if (done(s, OPENDXG_EXPORTDMABUF, &buf))
		client_add_fd(s->client, FD_DMABUF, buf.fd);
}

static void stage_address(struct stage *s, struct d3dkmthandle queue,
			  struct d3dkmthandle allocation)
{
	struct d3dddi_mapgpuvirtualaddress args = { .paging_queue = queue,
						    .allocation = allocation,
						    .size_in_pages = 1 };

	args.protection.write = 1;
	if (done(s, LX_DXMAPGPUVIRTUALADDRESS, &args))
		pool_add(&s->file->va, args.virtual_address);
}

static void stage_share(struct stage *s, struct d3dkmthandle object)
{
	uint64_t fd = 0;
	struct d3dkmt_shareobjects args = { .object_count = 1,
					    .objects = PTR(&object),
					    .shared_handle = PTR(&fd) };

	if (object.v && done(s, LX_DXSHAREOBJECTS, &args))
		client_add_fd(s->client, FD_SHARED, (int)fd);
}

static struct d3dkmthandle stage_fence(struct stage *s, uint32_t flags)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = s->device };

	args.info.type = _D3DDDI_MONITORED_FENCE;
	args.info.flags.value = flags;
	if (done(s, LX_DXCREATESYNCHRONIZATIONOBJECT, &args)) {
		keep(s, KIND_SYNC, args.sync_object);
		pool_add(&s->file->mapped, args.info.monitored_fence.fence_cpu_virtual_address);
	}
	return args.sync_object;
}

static void stage_sync_file(struct stage *s, struct d3dkmthandle fence)
{
	struct d3dkmt_createsyncfile args = { .device = s->device,
					      .monitored_fence = fence,
					      .fence_value = 2 };

	if (done(s, LX_DXCREATESYNCFILE, &args))
		client_add_fd(s->client, FD_SYNC, (int)args.sync_file_handle);
}

static void stage_memory(struct stage *s)
{
	struct d3dkmthandle resource = { 0 }, queue = stage_paging_queue(s), allocation;

	stage_allocations(s, 0, false, &resource);
	allocation = stage_allocations(s, 0, true, &resource);
	stage_lock(s, allocation);
	stage_address(s, queue, allocation);
	stage_sysmem(s);
	stage_allocations(s, SHARED_RESOURCE, true, &resource);
	stage_share(s, resource);
}

/** stage_set() - a device of @file with one of everything, in the pools of @file and @client. */
void stage_set(struct client *client, struct file *file)
{
	struct stage s = { .client = client, .file = file };
	struct d3dkmthandle fence;

	if (!stage_device(&s))
		return;
	stage_context(&s, false);
	stage_hwqueue(&s);
	stage_memory(&s);
	stage_fence(&s, 0);
	fence = stage_fence(&s, SHARED_FENCE);
	stage_share(&s, fence);
	stage_sync_file(&s, fence);
}

static bool stage_works(const struct stage *s)
{
	struct d3dkmt_getdevicestate args = { .device = s->device,
					      .state_type = _D3DKMT_DEVICESTATE_EXECUTION };

	return done(s, LX_DXGETDEVICESTATE, &args) &&
	       args.execution_state == _D3DKMT_DEVICEEXECUTION_ACTIVE;
}

/**
 * stage_look_after() - before a program: something to work with, where there is none, and now and
 * then.
 *
 * A bad submission ends a device: lost ones are dropped, most of the time, or soon every call would
 * meet one.
 */
void stage_look_after(struct client *client, struct file *file, struct rng *rng)
{
	struct stage s = { .client = client, .file = file };

	s.device.v = handle_take(&file->live[KIND_DEVICE], rng_next(rng), 0);
	if (s.device.v && rng_below(rng, 4) && !stage_works(&s)) {
		handle_drop(&file->live[KIND_DEVICE], s.device.v);
		file_forget_children(file, s.device.v);
		s.device.v = handle_take(&file->live[KIND_DEVICE], 0, 0);
	}
	if (!s.device.v || !rng_below(rng, EVERY))
		stage_set(client, file);
}

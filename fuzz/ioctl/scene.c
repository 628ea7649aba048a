// SPDX-License-Identifier: MIT
/*
 * scene.c - see scene.h. A call that fails does not end a scene: the next ones get what is there.
 */
#include "scene.h"

#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "misc/opendxg.h"
#include "stage.h"

#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define PAGE 4096u
#define PARTS 2u

/** struct scene - where it plays: one device, and what there is of it. */
struct scene {
	struct client *client;
	struct file *file;
	struct rng *rng;
	struct d3dkmthandle device;
};

/** struct props - a resource and its parts. */
struct props {
	struct d3dkmthandle resource;
	struct d3dkmthandle part[PARTS];
};

static bool done(const struct scene *s, unsigned long cmd, void *arg)
{
	return ioctl(s->file->fd, cmd, arg) >= 0;
}

static struct d3dkmthandle some(const struct scene *s, enum kind kind)
{
	struct d3dkmthandle handle;

	handle.v = handle_take(&s->file->live[kind], rng_next(s->rng), s->device.v);
	return handle;
}

static void keep(struct scene *s, enum kind kind, struct d3dkmthandle handle)
{
	if (handle.v)
		handle_add(&s->file->live[kind], handle.v, s->device.v);
}

/* ---- memory ---- */

static struct props make(struct scene *s, uint32_t flags)
{
	/* The host's own layout (dxgwire/escape.h): flags, reserved, size. */
	struct {
		uint32_t flags, reserved;
		uint64_t size;
	} private = { rng_below(s->rng, 2), 0, PAGE * (1 + rng_below(s->rng, 4)) };
	struct d3dddi_allocationinfo2 info[PARTS] = { 0 };
	struct d3dkmt_createallocation args = { .device = s->device,
						.private_runtime_data = PTR("runtime"),
						.private_runtime_data_size = 8,
						.priv_drv_data = PTR("of the resource"),
						.priv_drv_data_size = 16,
						.alloc_count = PARTS,
						.allocation_info = PTR(info) };
	struct props p = { 0 };
	uint32_t i;

	for (i = 0; i < PARTS; i++) {
		info[i].priv_drv_data = PTR(&private);
		info[i].priv_drv_data_size = sizeof(private);
	}
	args.flags.value = flags;
	if (!done(s, LX_DXCREATEALLOCATION, &args))
		return p;
	p.resource = args.resource;
	for (i = 0; i < PARTS; i++)
		p.part[i] = info[i].allocation;
	return p;
}

static void destroy(struct scene *s, const struct props *p)
{
	struct d3dkmt_destroyallocation2 args = { .device = s->device, .resource = p->resource };

	if (!p->resource.v) {
		args.allocations = PTR(p->part);
		args.alloc_count = PARTS;
	}
	done(s, LX_DXDESTROYALLOCATION2, &args);
}

static void lock(struct scene *s, struct d3dkmthandle allocation)
{
	struct d3dkmt_lock2 args = { .device = s->device, .allocation = allocation };
	struct d3dkmt_unlock2 undo = { s->device, allocation };
	struct d3dkmt_invalidatecache cache = { .device = s->device,
						.allocation = allocation,
						.length = PAGE };

	if (done(s, LX_DXLOCK2, &args))
		pool_add(&s->file->mapped, args.data);
	done(s, LX_DXINVALIDATECACHE, &cache);
	if (rng_below(s->rng, 4))
		done(s, LX_DXUNLOCK2, &undo);
}

static void scene_offer(struct scene *s)
{
	bool resource = rng_below(s->rng, 2);
	struct props p = make(s, resource);
	struct d3dkmt_offerallocations offer = { .device = s->device,
						 .allocation_count = resource ? 1 : PARTS,
						 .priority = 1 + rng_below(s->rng, 4) };
	uint32_t result[PARTS];
	struct d3dkmt_reclaimallocations2 reclaim = { .paging_queue = some(s, KIND_PAGING_QUEUE),
						      .allocation_count = resource ? 1 : PARTS,
						      .results = PTR(result) };

	if (resource)
		offer.resources = reclaim.resources = PTR(&p.resource);
	else
		offer.allocations = reclaim.allocations = PTR(p.part);
	lock(s, p.part[0]);
	done(s, LX_DXOFFERALLOCATIONS, &offer);
	lock(s, p.part[1]);
	done(s, LX_DXRECLAIMALLOCATIONS2, &reclaim);
	lock(s, p.part[0]);
	destroy(s, &p);
}

static void scene_standard(struct scene *s)
{
	struct d3dkmt_createstandardallocation what = {
		.type = _D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP,
		.existing_heap_data.size = PAGE * (1 + rng_below(s->rng, 4)),
	};
	struct d3dddi_allocationinfo2 info = { .sysmem = PTR(s->client->pages) };
	struct d3dkmt_createallocation args = { .device = s->device,
						.standard_allocation = PTR(&what),
						.alloc_count = 1,
						.allocation_info = PTR(&info) };

	args.flags.standard_allocation = 1;
	args.flags.existing_sysmem = 1;
	if (rng_below(s->rng, 2)) {
		what.type = _D3DKMT_STANDARDALLOCATIONTYPE_CROSSADAPTER;
		args.flags.existing_sysmem = 0;
		args.flags.cross_adapter = 1;
		info.sysmem = 0;
	}
	if (done(s, LX_DXCREATEALLOCATION, &args))
		keep(s, KIND_ALLOCATION, info.allocation);
	lock(s, info.allocation);
}

static void import(struct scene *s, int fd)
{
	struct opendxg_importdmabuf args = { .device = s->device, .fd = fd };
	struct d3dkmt_destroyallocation2 undo = { .device = s->device };

	if (!done(s, OPENDXG_IMPORTDMABUF, &args))
		return;
	lock(s, args.allocation);
	undo.resource = args.resource;
	if (rng_below(s->rng, 2))
		done(s, LX_DXDESTROYALLOCATION2, &undo);
	else
		keep(s, KIND_ALLOCATION, args.allocation);
}

static void scene_dma_buf(struct scene *s)
{
	struct props p = make(s, 0);
	struct opendxg_exportdmabuf args = { s->device, p.part[0], O_RDWR | O_CLOEXEC, -1 };

	if (done(s, OPENDXG_EXPORTDMABUF, &args)) {
		import(s, args.fd);
		client_add_fd(s->client, FD_DMABUF, args.fd);
	}
	if (rng_below(s->rng, 2))
		destroy(s, &p);
}

/* A dma-buf of a driver that has pages of RAM. Return: its descriptor, or -1. */
static int foreign_dma_buf(void)
{
	struct udmabuf_create args = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = 4 * PAGE };
	int fd = -1, maker = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int memory = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	args.memfd = (uint32_t)memory;
	if (!ftruncate(memory, 4 * PAGE) && !fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		fd = ioctl(maker, UDMABUF_CREATE, &args);
	close(memory);
	close(maker);
	return fd;
}

static void scene_foreign(struct scene *s)
{
	int fd = foreign_dma_buf();

	if (fd < 0)
		return;
	import(s, fd);
	client_add_fd(s->client, FD_DMABUF, fd);
}

static void scene_update(struct scene *s)
{
	struct d3dkmthandle fence = some(s, KIND_SYNC);
	struct d3dddi_updategpuvirtualaddress_operation op = { 0 };
	struct d3dkmt_updategpuvirtualaddress args = { .device = s->device,
						       .context = some(s, KIND_CONTEXT),
						       .fence_object = fence,
						       .num_operations = 1,
						       .operations = PTR(&op),
						       .fence_value = 1 + rng_below(s->rng, 4) };

	op.map.base_address = pool_take(&s->file->va, rng_next(s->rng));
	op.map.size = op.map.allocation_size = PAGE;
	op.map.allocation = some(s, KIND_ALLOCATION);
	done(s, LX_DXUPDATEGPUVIRTUALADDRESS, &args);
}

/* ---- what is shared ---- */

static int share(struct scene *s, struct d3dkmthandle object)
{
	uint64_t fd = UINT64_MAX;
	struct d3dkmt_shareobjects args = { .object_count = 1,
					    .objects = PTR(&object),
					    .shared_handle = PTR(&fd) };

	return done(s, LX_DXSHAREOBJECTS, &args) ? (int)fd : -1;
}

static struct props open_resource(struct scene *s, int fd)
{
	struct d3dkmt_queryresourceinfofromnthandle ask = { .device = s->device,
							    .nt_handle = (uint64_t)fd };
	struct d3dddi_openallocationinfo2 info[PARTS] = { 0 };
	uint8_t runtime[64], data[64], total[256];
	struct d3dkmt_openresourcefromnthandle args = {
		.device = s->device,
		.nt_handle = (uint64_t)fd,
		.allocation_count = PARTS,
		.open_alloc_info = PTR(info),
		.private_runtime_data = PTR(runtime),
		.private_runtime_data_size = sizeof(runtime),
		.resource_priv_drv_data = PTR(data),
		.resource_priv_drv_data_size = sizeof(data),
		.total_priv_drv_data = PTR(total),
		.total_priv_drv_data_size = sizeof(total),
	};
	struct d3dkmt_getsharedresourceadapterluid whose = { .nt_handle = (uint64_t)fd };
	struct props p = { 0 };

	done(s, LX_DXQUERYRESOURCEINFOFROMNTHANDLE, &ask);
	done(s, LX_DXGETSHAREDRESOURCEADAPTERLUID, &whose);
	if (!done(s, LX_DXOPENRESOURCEFROMNTHANDLE, &args))
		return p;
	p.resource = args.resource;
	p.part[0] = info[0].allocation;
	p.part[1] = info[1].allocation;
	return p;
}

static void scene_resource(struct scene *s)
{
	struct props mine = make(s, 0x43), other; /* create_resource, shared, by descriptor */
	struct d3dkmt_shareobjectwithhost host = { .device_handle = s->device,
						   .object_handle = mine.resource };
	int fd = share(s, mine.resource);

	other = open_resource(s, fd);
	lock(s, mine.part[0]);
	lock(s, other.part[0]);
	done(s, LX_DXSHAREOBJECTWITHHOST, &host);
	if (rng_below(s->rng, 2))
		destroy(s, &mine);
	else
		keep(s, KIND_RESOURCE, mine.resource);
	destroy(s, &other);
	if (fd >= 0)
		client_add_fd(s->client, FD_SHARED, fd);
}

static void scene_fence(struct scene *s)
{
	struct d3dkmt_createsynchronizationobject2 create = { .device = s->device };
	struct d3dkmt_opensyncobjectfromnthandle2 open = { .device = s->device };
	struct d3dkmt_destroysynchronizationobject undo;
	int fd;

	create.info.type = _D3DDDI_MONITORED_FENCE;
	create.info.flags.value = 3;
	done(s, LX_DXCREATESYNCHRONIZATIONOBJECT, &create);
	fd = share(s, create.sync_object);
	open.nt_handle = (uint64_t)fd;
	open.flags.value = 3;
	if (done(s, LX_DXOPENSYNCOBJECTFROMNTHANDLE2, &open))
		keep(s, KIND_SYNC, open.sync_object);
	undo.sync_object = create.sync_object;
	done(s, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &undo);
	if (fd >= 0)
		client_add_fd(s->client, FD_SHARED, fd);
}

static void scene_sync_file(struct scene *s)
{
	struct d3dkmt_createsyncfile create = { .device = s->device,
						.monitored_fence = some(s, KIND_SYNC),
						.fence_value = rng_below(s->rng, 4) };
	struct d3dkmt_opensyncobjectfromsyncfile open = { .device = s->device };
	struct d3dkmt_waitsyncfile wait = { .context = some(s, KIND_CONTEXT) };

	if (!done(s, LX_DXCREATESYNCFILE, &create))
		return;
	open.sync_file_handle = wait.sync_file_handle = create.sync_file_handle;
	if (done(s, LX_DXOPENSYNCOBJECTFROMSYNCFILE, &open))
		keep(s, KIND_SYNC, open.syncobj);
	done(s, LX_DXWAITSYNCFILE, &wait);
	client_add_fd(s->client, FD_SYNC, (int)create.sync_file_handle);
}

/* ---- work ---- */

static void scene_hwqueue(struct scene *s)
{
	struct d3dkmthandle queue = some(s, KIND_HWQUEUE), fence = some(s, KIND_SYNC);
	uint64_t value = 1 + rng_below(s->rng, 4);
	struct d3dkmt_submitcommandtohwqueue submit = {
		.hwqueue = queue,
		.hwqueue_progress_fence_id = 1 + rng_below(s->rng, 64),
		.command_buffer = pool_take(&s->file->va, 0),
		.command_length = 16,
	};
	struct d3dkmt_submitsignalsyncobjectstohwqueue sig = { .hwqueue_count = 1,
							       .hwqueues = PTR(&queue),
							       .object_count = 1,
							       .objects = PTR(&fence),
							       .fence_values = PTR(&value) };
	struct d3dkmt_submitwaitforsyncobjectstohwqueue wait = { .hwqueue = queue,
								 .object_count = 1,
								 .objects = PTR(&fence),
								 .fence_values = PTR(&value) };

	done(s, LX_DXSUBMITCOMMANDTOHWQUEUE, &submit);
	done(s, LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE, &sig);
	done(s, LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE, &wait);
}

/** scene_play() - one of them, drawn from @rng; a new stage where @file has none. */
void scene_play(struct client *client, struct file *file, struct rng *rng)
{
	static void (*const scenes[])(struct scene * s) = {
		scene_offer, scene_standard,  scene_dma_buf, scene_update,  scene_resource,
		scene_fence, scene_sync_file, scene_hwqueue, scene_foreign,
	};
	struct scene s = { .client = client, .file = file, .rng = rng };
	uint32_t which = rng_below(rng, 1 + sizeof(scenes) / sizeof(scenes[0]));

	s.device.v = handle_take(&file->live[KIND_DEVICE], rng_next(rng), 0);
	if (!s.device.v || !which)
		stage_set(client, file);
	else
		scenes[which - 1](&s);
}

// SPDX-License-Identifier: MIT
/*
 * allocation: see allocation.h. Creating several is all or nothing: everything that can fail
 * (accounts, pages, handles) is done for all of them first, and only then does the worker hear of
 * them.
 */
#include "allocation.h"

#include <errno.h>
#include <stdlib.h>

#include "adapter.h"
#include "device.h"
#include "dxgwire/escape.h"
#include "dxgwire/message.h"
#include "iospace.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "share.h"
#include "sharedfile.h"
#include "sharedresource.h"
#include "standard.h"
#include "sysmem.h"
#include "transport.h"
#include "vaspace.h"
#include "vidmm/vidmm.h"

/* Flags of CREATEALLOCATION: those that mean something here, hints included; the others are known.
 */
#define CREATE_RESOURCE (1u << 0)
#define CREATE_SHARED (1u << 1)
#define CREATE_EXISTING_SYSMEM (1u << 5)
#define CREATE_NT_SECURITY (1u << 6)
#define CREATE_READ_ONLY (1u << 7)
#define CREATE_CROSS_ADAPTER (1u << 11)
#define CREATE_STANDARD (1u << 16)
#define CREATE_CARRIED (CREATE_RESOURCE | 1u << 2 | 1u << 8 | 1u << 9 | 1u << 14)
#define CREATE_KNOWN 0x3ffffu
#define INFO_FLAGS_KNOWN 0x7u
#define DESTROY_FLAGS_KNOWN 0x80000003u

struct allocation *allocation_lookup(const struct process *process, uint32_t handle)
{
	return handle_lookup(process->objects, handle, HANDLE_ALLOCATION);
}

struct resource *resource_lookup(const struct process *process, uint32_t handle)
{
	return handle_lookup(process->objects, handle, HANDLE_RESOURCE);
}

bool allocation_is_system(const struct allocation *allocation)
{
	return allocation->cpu_visible || allocation->sysmem ||
	       adapter_is_unified(process_adapter(allocation->process));
}

uint32_t allocation_segment(const struct allocation *allocation)
{
	return allocation_is_system(allocation) ? ADAPTER_SEGMENT_SYSTEM : ADAPTER_SEGMENT_LOCAL;
}

/* ---- the end of an allocation ---- */

/* Off all accounts; its pages have been dealt with. */
static void allocation_forget(struct allocation *allocation)
{
	offer_fini(allocation);
	vidmm_alloc_destroy(allocation->mm);
	sysmem_destroy(allocation->sysmem, allocation->process);
	allocation->process->sysmem_runs -= allocation->file_runs;
	allocation->process->allocation_count--;
	free(allocation);
}

/* Nobody touches its memory any more. */
static void allocation_free(struct allocation *allocation)
{
	if (allocation->shared)
		sharedpages_put(allocation->shared);
	else if (allocation->page)
		iospace_free(allocation->process->session->io, allocation->page,
			     allocation->size >> DXG_PAGE_SHIFT);
	allocation_forget(allocation);
}

/* Nobody was told of it: neither the guest nor the worker has touched its memory. */
static void allocation_cancel(struct allocation *allocation)
{
	if (allocation->shared)
		sharedpages_put(allocation->shared);
	else if (allocation->page)
		iospace_cancel(allocation->process->session->io, allocation->page,
			       allocation->size >> DXG_PAGE_SHIFT);
	allocation_forget(allocation);
}

static const char *allocation_released(struct worker_call *call, int err, const void *reply,
				       uint32_t len)
{
	struct allocation *allocation = avl_entry(call, struct allocation, call);
	const char *bad = !err && len != sizeof(struct ipc_reply) ? "alloc_destroy.length" : NULL;

	(void)reply;
	completion_put(allocation->end, 0);
	allocation_free(allocation);
	return bad;
}

static void allocation_unlink(struct allocation *allocation)
{
	handle_free(allocation->process->objects, allocation->handle, HANDLE_ALLOCATION);
	LIST_REMOVE(allocation, link);
	if (allocation->resource)
		LIST_REMOVE(allocation, sibling);
}

static void allocation_destroy(struct allocation *allocation, struct completion *end)
{
	struct ipc_alloc_destroy msg = { .h = { .op = IPC_ALLOC_DESTROY }, .id = allocation->id };
	struct dxg_ring_part part = { &msg, sizeof(msg) };
	struct worker *worker = allocation->device->worker;

	vaspace_unmap_allocation(allocation);
	allocation_unlink(allocation);
	share_put(allocation->share);
	allocation->share = NULL;
	if (!worker || !vidmm_alloc_committed(allocation->mm)) {
		allocation_free(allocation);
		return;
	}
	allocation->end = completion_get(end);
	worker_call(worker, &allocation->call, allocation_released, &part, 1);
}

static void resource_destroy(struct resource *resource, struct completion *end)
{
	while (!LIST_EMPTY(&resource->members))
		allocation_destroy(LIST_FIRST(&resource->members), end);
	handle_free(resource->device->process->objects, resource->handle, HANDLE_RESOURCE);
	LIST_REMOVE(resource, link);
	share_put(resource->share);
	free(resource);
}

void allocation_destroy_all(struct device *device, struct completion *end)
{
	while (!LIST_EMPTY(&device->resources))
		resource_destroy(LIST_FIRST(&device->resources), end);
	while (!LIST_EMPTY(&device->allocations))
		allocation_destroy(LIST_FIRST(&device->allocations), end);
}

/* ---- CREATEALLOCATION ---- */

/**
 * struct create - one CREATEALLOCATION on its way: the request's pieces and what came of it.
 * @blob: the resource's private data, or the description of a standard allocation
 * @private: of each allocation, one behind the other
 * @file: holds the pages of a shared resource of a socket's session
 * @told: so many of @made the worker has heard of
 */
struct create {
	struct dxg_msg_createallocation msg;
	struct device *device;
	struct resource *resource;
	const uint8_t *infos;
	const uint8_t *blob;
	const uint8_t *private;
	bool new_resource;
	bool standard;
	bool sysmem;
	bool shared;
	struct shared_file *file;
	uint32_t told;
	uint32_t count;
	struct allocation *made[DXG_ALLOCATIONS_PER_CREATE];
};

static struct create create_state; /* the one thread's; too large for a stack frame */

static void create_info(const struct create *c, uint32_t i, struct dxg_msg_allocinfo *ret_info)
{
	memcpy(ret_info, c->infos + (size_t)i * sizeof(*ret_info), sizeof(*ret_info));
}

/* Find the pieces of the tail and see that they fill it exactly. */
static int create_parse(struct request *rq, struct create *c)
{
	const struct dxg_msg_createallocation *msg = &c->msg;
	uint64_t need = (uint64_t)msg->alloc_count * sizeof(struct dxg_msg_allocinfo);
	uint64_t before = need + msg->private_runtime_data_size + msg->priv_drv_data_size;
	struct dxg_msg_allocinfo info;
	uint32_t i;

	if (need > rq->len - sizeof(*msg))
		return request_lie(rq, "length");
	c->infos = rq->msg + sizeof(*msg);
	for (need = before, i = 0; i < msg->alloc_count; i++) {
		create_info(c, i, &info);
		need += info.priv_drv_data_size;
	}
	if (!request_tail(rq, sizeof(*msg), need))
		return -EPROTO;
	c->private = c->infos + before;
	c->blob = c->private - msg->priv_drv_data_size;
	return 0;
}

/* Is it to be shared, and can it be? The guest's own pages cannot. */
static int create_check_shared(const struct request *rq, struct create *c)
{
	uint32_t flags = c->msg.flags.value;

	c->shared = flags & CREATE_SHARED;
	if (c->shared != !!(flags & CREATE_NT_SECURITY) || (c->shared && !c->new_resource))
		return -EINVAL;
	if (!c->shared)
		return 0;
	if (rq->session->transport->ops->links && c->msg.alloc_count > DXG_SHARED_FILE_ALLOCATIONS)
		return -EINVAL;
	return c->sysmem ? -EPERM : 0;
}

/* The flags of a CREATEALLOCATION: all known; then: all carried, together. */
static int create_check_flags(const struct request *rq, struct create *c)
{
	uint32_t flags = c->msg.flags.value, carried = CREATE_CARRIED;
	int err;

	c->new_resource = flags & CREATE_RESOURCE;
	c->standard = flags & CREATE_STANDARD;
	c->sysmem = flags & CREATE_EXISTING_SYSMEM;
	if ((flags & ~CREATE_KNOWN) || (c->standard && c->msg.alloc_count != 1))
		return -EINVAL;
	err = create_check_shared(rq, c);
	if (err)
		return err;
	if (c->shared)
		carried |= CREATE_SHARED | CREATE_NT_SECURITY;
	if (c->standard)
		carried |= CREATE_STANDARD | CREATE_CROSS_ADAPTER;
	if (rq->session->ram)
		carried |= CREATE_EXISTING_SYSMEM;
	if (c->sysmem)
		carried |= CREATE_READ_ONLY;
	return flags & ~carried ? -EPERM : 0;
}

static int create_check(struct request *rq, struct create *c)
{
	static const uint8_t zero[sizeof(((struct dxg_msg_createallocation *)0)->pad)];
	const struct dxg_msg_createallocation *msg = &c->msg;
	int err;

	c->device = device_lookup(rq, msg->device);
	if (!msg->alloc_count || msg->alloc_count > DXG_ALLOCATIONS_PER_CREATE)
		return -EINVAL;
	if (!c->device || msg->make_resident || memcmp(msg->pad, zero, sizeof(zero)))
		return -EINVAL;
	err = create_check_flags(rq, c);
	if (err)
		return err;
	if (c->device->lost || !c->device->worker)
		return -ENODEV;
	if (c->new_resource && msg->resource)
		return -EINVAL;
	if (!msg->resource)
		return 0;
	c->resource = handle_lookup(rq->process->objects, msg->resource, HANDLE_RESOURCE);
	/* What is shared is whole from the beginning. */
	return !c->resource || c->resource->device != c->device || c->resource->share ? -EINVAL : 0;
}

static int resource_create(struct device *device, struct resource **ret_resource)
{
	struct resource *resource = calloc(1, sizeof(*resource));
	int err;

	if (!resource)
		return -ENOMEM;
	resource->device = device;
	LIST_INSERT_HEAD(&device->resources, resource, link);
	err = handle_alloc(device->process->objects, HANDLE_RESOURCE, resource, &resource->handle);
	if (err)
		resource_destroy(resource, NULL);
	else
		*ret_resource = resource;
	return err;
}

/* The worker maps them by themselves. */
static int allocation_count_run(struct allocation *allocation)
{
	if (!allocation->shared->file)
		return 0;
	if (allocation->process->sysmem_runs >= DXG_SYSMEM_RUNS_PER_PROCESS)
		return -EDQUOT;
	allocation->process->sysmem_runs++;
	allocation->file_runs = 1;
	return 0;
}

/*
 * Its pages: its own, or, with @shared, those that others will see or see already, in @file if
 * there is one.
 */
static int allocation_get_pages(struct allocation *allocation, bool shared,
				struct shared_file *file)
{
	struct session *session = allocation->process->session;
	int err = 0;

	if (!shared) {
		err = iospace_alloc(session->io, allocation->size >> DXG_PAGE_SHIFT,
				    &allocation->page);
		if (err)
			allocation->page = 0;
		return err;
	}
	if (!allocation->shared)
		err = sharedpages_create(session, file, allocation->size, &allocation->shared);
	if (err)
		return err;
	allocation->shared->cpu_visible = allocation->cpu_visible;
	allocation->page = allocation->shared->file ? 0 : allocation->shared->first;
	return allocation_count_run(allocation);
}

/* Accounts, pages and handle of one; the worker does not know it yet. */
static int allocation_reserve(struct allocation *allocation, bool shared, struct shared_file *file)
{
	struct process *process = allocation->process;
	uint32_t segment = allocation_segment(allocation);
	int err;

	if (shared && segment != ADAPTER_SEGMENT_SYSTEM)
		return -EPERM; /* memory of one worker's driver */
	err = offer_make_room(process, segment, allocation->size, VIDMM_COMMIT);
	if (err && vidmm_room_to_come(process->mm, segment, allocation->size))
		return -EAGAIN;
	if (!err)
		err = vidmm_alloc_create(process->mm, allocation->size, segment, &allocation->mm);
	if (!err)
		vidmm_alloc_set_owner(allocation->mm, allocation);
	if (!err && allocation_is_system(allocation) && !allocation->sysmem)
		err = allocation_get_pages(allocation, shared, file);
	if (!err)
		err = handle_alloc(process->objects, HANDLE_ALLOCATION, allocation,
				   &allocation->handle);
	return err;
}

static int allocation_alloc(struct device *device, uint64_t size, bool cpu_visible,
			    struct allocation **ret_allocation)
{
	struct process *process = device->process;
	struct allocation *allocation;
	int err;

	err = process_count(&process->allocation_count, DXG_ALLOCATIONS_PER_PROCESS);
	if (err)
		return err;
	allocation = calloc(1, sizeof(*allocation));
	if (!allocation) {
		process->allocation_count--;
		return -ENOMEM;
	}
	allocation->device = device;
	allocation->process = process;
	allocation->id = ++process->next_id;
	allocation->size = (size + DXG_PAGE_SIZE - 1) & ~(uint64_t)(DXG_PAGE_SIZE - 1);
	allocation->cpu_visible = cpu_visible;
	*ret_allocation = allocation;
	return 0;
}

static int allocation_create(struct create *c, const struct dxg_alloc_private *private,
			     struct allocation **ret_allocation)
{
	struct allocation *allocation;
	int err;

	if ((private->flags & ~DXG_ALLOC_FLAGS) || private->reserved || !private->size ||
	    private->size > DXG_ALLOCATION_SIZE_MAX)
		return -EINVAL;
	err = allocation_alloc(c->device, private->size, private->flags & DXG_ALLOC_CPU_VISIBLE,
			       &allocation);
	if (err)
		return err;
	if (c->sysmem)
		err = sysmem_create(private->size, c->msg.flags.value & CREATE_READ_ONLY,
				    &allocation->sysmem);
	if (!err)
		err = allocation_reserve(allocation, c->shared, c->file);
	if (err) {
		allocation_cancel(allocation);
		return err;
	}
	LIST_INSERT_HEAD(&c->device->allocations, allocation, link);
	*ret_allocation = allocation;
	return 0;
}

/* All of them go, those the worker has heard of by its hand; and the resource, if it is new. */
static void create_undo(struct create *c)
{
	while (c->count--) {
		if (c->count < c->told) {
			allocation_destroy(c->made[c->count], NULL);
			continue;
		}
		allocation_unlink(c->made[c->count]);
		allocation_cancel(c->made[c->count]);
	}
	if (c->new_resource && c->resource)
		resource_destroy(c->resource, NULL);
}

/* Private data of allocation @i, by itself or by the description of a standard one. */
static int create_private(const struct create *c, uint32_t i, struct dxg_alloc_private *ret_private)
{
	uint32_t size = c->standard ? 0 : sizeof(*ret_private);
	struct dxg_msg_allocinfo info;

	create_info(c, i, &info);
	if ((info.flags & ~INFO_FLAGS_KNOWN) || info.priv_drv_data_size != size)
		return -EINVAL;
	if (info.flags)
		return -EPERM;
	if (c->standard)
		return standard_private(c->blob, c->msg.priv_drv_data_size, c->msg.flags,
					ret_private);
	memcpy(ret_private, c->private + i * sizeof(*ret_private), sizeof(*ret_private));
	return 0;
}

/* @resource is to be shared: make what is shared, and its name. */
static int resource_share(struct resource *resource, struct shared_file *file)
{
	struct shared_resource *shared = sharedresource_create(file);
	int err = -ENOMEM;

	if (shared)
		err = share_create_resource(resource->device->process->session, shared,
					    &resource->share);
	sharedresource_put(shared);
	return err;
}

/*
 * What openers get of allocation @i: what its maker does, the flags that mean something and the
 * size; of a standard one, the same, which is what our driver has for it (standard.h).
 */
static void create_part(const struct create *c, uint32_t i, struct dxg_msg_shared_part *ret_part,
			struct dxg_alloc_private *ret_private)
{
	*ret_part = (struct dxg_msg_shared_part){ .size = c->made[i]->size,
						  .priv_drv_data_size = sizeof(*ret_private) };
	*ret_private = (struct dxg_alloc_private){
		.flags = c->made[i]->cpu_visible ? DXG_ALLOC_CPU_VISIBLE : 0,
		.size = c->made[i]->size,
	};
}

/* The file has all it needs; openers will ask for the rest. */
static int create_finish_file(struct create *c)
{
	struct dxg_alloc_private private[DXG_SHARED_FILE_ALLOCATIONS];
	struct dxg_msg_shared_part part[DXG_SHARED_FILE_ALLOCATIONS];
	uint32_t n = c->count, runtime = c->msg.private_runtime_data_size, i;
	uint32_t data = c->standard ? 0 : c->msg.priv_drv_data_size;
	struct dxg_msg_querysharedresource_return head = {
		.allocation_count = n,
		.private_runtime_data_size = runtime,
		.resource_priv_drv_data_size = data,
		.total_priv_drv_data_size = n * (uint32_t)sizeof(private[0]),
	};
	const struct dxg_ring_part info[] = {
		{ &head, sizeof(head) },
		{ part, n * (uint32_t)sizeof(part[0]) },
		{ c->blob - runtime, runtime },
		{ c->blob, data },
		{ private, head.total_priv_drv_data_size },
	};

	for (i = 0; i < n; i++)
		create_part(c, i, &part[i], &private[i]);
	return sharedfile_finish(c->file, info, sizeof(info) / sizeof(info[0]));
}

/* The worker gets what is in a file by the file's descriptor, one allocation after the other. */
static int create_map_files(struct create *c)
{
	struct allocation *allocation;
	int err = 0;

	for (c->told = 0; c->told < c->count && !err;) {
		allocation = c->made[c->told];
		if (!allocation->shared || !allocation->shared->file)
			return 0; /* none of them is */
		allocation_tell_worker(allocation);
		c->told++;
		err = sharedfile_map(allocation->shared->file, c->device->worker, allocation->id,
				     allocation->shared->first, allocation->size >> DXG_PAGE_SHIFT);
	}
	return err;
}

static int create_allocations(struct create *c)
{
	struct dxg_alloc_private private;
	int err;

	for (c->count = 0; c->count < c->msg.alloc_count; c->count++) {
		err = create_private(c, c->count, &private);
		if (!err)
			err = allocation_create(c, &private, &c->made[c->count]);
		if (err)
			return err;
	}
	return 0;
}

static int create_all(struct create *c)
{
	int err = create_allocations(c);

	if (!err && c->file)
		err = create_finish_file(c);
	if (!err && c->new_resource)
		err = resource_create(c->device, &c->resource);
	if (!err && c->new_resource && c->shared)
		err = resource_share(c->resource, c->file);
	if (!err)
		err = create_map_files(c);
	if (err)
		create_undo(c);
	return err;
}

void allocation_tell_worker(const struct allocation *allocation)
{
	struct ipc_alloc_create msg = {
		.h = { .op = IPC_ALLOC_CREATE },
		.id = allocation->id,
		.size = allocation->size,
		.io_offset = allocation->page << DXG_PAGE_SHIFT,
		.segment = allocation->page ? IPC_SEGMENT_SYSTEM : IPC_SEGMENT_LOCAL,
	};

	if (allocation->sysmem || allocation->file_runs)
		msg.segment = IPC_SEGMENT_GUEST;
	if (allocation->sysmem && allocation->sysmem->read_only)
		msg.flags = IPC_ALLOC_READ_ONLY;
	worker_send(allocation->device->worker, &msg, sizeof(msg));
}

/* It is part of @resource, and the worker hears of it. Nothing fails after this point. */
static void allocation_commit(struct allocation *allocation, struct resource *resource)
{
	allocation->resource = resource;
	if (resource)
		LIST_INSERT_HEAD(&resource->members, allocation, sibling);
	if (allocation->shared)
		allocation->shared->touched = true;
	if (!allocation->file_runs) /* else it has heard */
		allocation_tell_worker(allocation);
}

static void create_commit(struct create *c)
{
	uint32_t i;

	for (i = 0; i < c->count; i++) {
		allocation_commit(c->made[i], c->resource);
		if (c->shared)
			sharedresource_add(c->resource->share->resource, c->made[i]->shared);
	}
}

static int create_reply(struct request *rq, const struct create *c)
{
	static uint8_t
		buffer[sizeof(struct dxg_msg_createallocation_return) +
		       DXG_ALLOCATIONS_PER_CREATE * (sizeof(struct dxg_msg_allocinfo_return) +
						     sizeof(struct dxg_alloc_private))];
	struct dxg_msg_createallocation_return head = { .flags = c->msg.flags };
	struct dxg_msg_allocinfo_return info = { 0 };
	struct dxg_alloc_private private = { 0 };
	uint8_t *infos = buffer + sizeof(head);
	uint8_t *privates = infos + (size_t)c->count * sizeof(info);
	uint32_t size = c->standard ? 0 : sizeof(private), i;

	head.resource = c->resource ? c->resource->handle : 0;
	head.global_share = c->shared ? c->resource->share->handle : 0;
	memcpy(buffer, &head, sizeof(head));
	for (i = 0; i < c->count; i++) {
		info.allocation = c->made[i]->handle;
		info.priv_drv_data_size = size;
		info.allocation_flags = DXG_MSG_ALLOC_CACHED;
		info.allocation_size = c->made[i]->size;
		private.flags = c->made[i]->cpu_visible ? DXG_ALLOC_CPU_VISIBLE : 0;
		private.size = c->made[i]->size;
		memcpy(infos + i * sizeof(info), &info, sizeof(info));
		memcpy(privates + i * size, &private, size);
	}
	request_reply(rq, buffer, (uint32_t)(privates - buffer) + c->count * size);
	return 0;
}

/* Where its pages will be, once the worker can be told of all of them. */
static int create_file(const struct request *rq, struct create *c)
{
	if (!worker_can_pass(c->device->worker))
		return -EAGAIN;
	return sharedfile_create(rq->session->vgpu, &c->file);
}

int allocation_handle_create(struct request *rq)
{
	struct create *c = &create_state;
	int err;

	memset(c, 0, offsetof(struct create, made));
	memcpy(&c->msg, rq->msg, sizeof(c->msg));
	err = create_parse(rq, c);
	if (!err)
		err = create_check(rq, c);
	if (!err && c->shared && rq->session->transport->ops->links)
		err = create_file(rq, c);
	if (!err)
		err = create_all(c);
	if (!err)
		create_commit(c);
	sharedfile_put(c->file); /* its pages hold it now */
	return err ? err : create_reply(rq, c);
}

/* ---- OPENRESOURCE ---- */

struct share *allocation_resource_share(const struct process *process, uint32_t handle)
{
	const struct resource *resource = handle_lookup(process->objects, handle, HANDLE_RESOURCE);

	return resource ? resource->share : NULL;
}

/* From now on others may see its pages, which it may have had for long. */
static int allocation_publish(struct allocation *allocation)
{
	if (!allocation->page)
		return -EPERM;
	if (allocation->shared)
		return 0;
	if (allocation->offer.made)
		return -EINVAL;
	return sharedpages_adopt(allocation->process->session, allocation->page, allocation->size,
				 &allocation->shared);
}

static int allocation_make_name(struct allocation *allocation)
{
	struct shared_resource *shared = sharedresource_create(NULL);
	int err;

	if (!shared)
		return -ENOMEM;
	sharedresource_add(shared, allocation->shared);
	allocation->shared->cpu_visible = allocation->cpu_visible;
	err = share_create_resource(allocation->process->session, shared, &allocation->share);
	sharedresource_put(shared);
	return err;
}

int allocation_name(struct allocation *allocation, struct share **ret_share)
{
	int err = allocation_publish(allocation);

	if (!err && !allocation->share)
		err = allocation_make_name(allocation);
	if (!err)
		*ret_share = allocation->share;
	return err;
}

static int open_pages(struct device *device, struct shared_pages *pages,
		      struct allocation **ret_allocation)
{
	struct allocation *allocation;
	int err;

	err = allocation_alloc(device, pages->size, pages->cpu_visible, &allocation);
	if (err)
		return err;
	allocation->shared = sharedpages_get(pages);
	err = allocation_reserve(allocation, true, NULL);
	if (err) {
		allocation_cancel(allocation);
		return err;
	}
	LIST_INSERT_HEAD(&device->allocations, allocation, link);
	*ret_allocation = allocation;
	return 0;
}

static int open_all(struct create *c, struct share *share)
{
	struct shared_pages *pages;
	int err = 0;

	STAILQ_FOREACH (pages, &share->resource->pages, link) {
		err = open_pages(c->device, pages, &c->made[c->count]);
		if (err)
			break;
		c->count++;
	}
	c->new_resource = true;
	if (!err)
		err = resource_create(c->device, &c->resource);
	if (!err)
		err = create_map_files(c);
	if (err)
		create_undo(c);
	return err;
}

static int open_check(const struct request *rq, const struct dxg_msg_openresource *msg,
		      const struct device *device, struct share **ret_share)
{
	struct share *share = share_find(rq->session, msg->global_share);

	if (!device || !share || !share->opens || !share->resource ||
	    msg->nt_security_sharing != 1 || msg->allocation_count != share->resource->count)
		return -EINVAL;
	if (device->lost || !device->worker)
		return -ENODEV;
	*ret_share = share;
	return share->resource->file && !worker_can_pass(device->worker) ? -EAGAIN : 0;
}

int allocation_handle_open_resource(struct request *rq)
{
	static uint8_t buffer[sizeof(struct dxg_msg_openresource_return) +
			      DXG_ALLOCATIONS_PER_CREATE * sizeof(uint32_t)];
	const struct dxg_msg_openresource *msg = (const void *)rq->msg;
	struct dxg_msg_openresource_return head = { 0 };
	struct create *c = &create_state;
	struct share *share;
	uint32_t i;
	int err;

	memset(c, 0, offsetof(struct create, made));
	c->device = device_lookup(rq, msg->device);
	err = open_check(rq, msg, c->device, &share);
	if (!err)
		err = open_all(c, share);
	if (err)
		return err;
	c->resource->share = share_get(share);
	head.resource = c->resource->handle;
	memcpy(buffer, &head, sizeof(head));
	for (i = 0; i < c->count; i++) {
		allocation_commit(c->made[i], c->resource);
		memcpy(buffer + sizeof(head) + i * sizeof(uint32_t), &c->made[i]->handle,
		       sizeof(uint32_t));
	}
	request_reply(rq, buffer, sizeof(head) + c->count * sizeof(uint32_t));
	return 0;
}

/* ---- DESTROYALLOCATION ---- */

/* All named must exist, belong to the device, and be named once. */
static int destroy_check(const struct request *rq, const struct device *device,
			 const uint8_t *handles, uint32_t n)
{
	struct allocation *allocation;
	uint32_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		allocation = allocation_lookup(rq->process, request_u32(handles, i));
		if (!allocation || allocation->device != device || allocation->marked ||
		    (allocation->resource && allocation->resource->share))
			err = -EINVAL;
		else
			allocation->marked = true;
	}
	for (i = 0; i < n; i++) {
		allocation = allocation_lookup(rq->process, request_u32(handles, i));
		if (allocation)
			allocation->marked = false;
	}
	return err;
}

static int destroy_resource(struct request *rq, const struct dxg_msg_destroyallocation *msg,
			    const struct device *device, struct completion *end)
{
	struct resource *resource =
		handle_lookup(rq->process->objects, msg->resource, HANDLE_RESOURCE);

	if (!resource || resource->device != device)
		return -EINVAL;
	resource_destroy(resource, end);
	return 0;
}

static int destroy_list(struct request *rq, const uint8_t *handles, uint32_t n,
			const struct device *device, struct completion *end)
{
	uint32_t i;
	int err = destroy_check(rq, device, handles, n);

	for (i = 0; i < n && !err; i++)
		allocation_destroy(allocation_lookup(rq->process, request_u32(handles, i)), end);
	return err;
}

int allocation_handle_destroy(struct request *rq)
{
	const struct dxg_msg_destroyallocation *msg = (const void *)rq->msg;
	struct device *device = device_lookup(rq, msg->device);
	uint32_t n = msg->alloc_count;
	struct completion *end;
	const uint8_t *tail;
	int err;

	tail = request_tail(rq, sizeof(*msg), (uint64_t)n * 4);
	if (!tail)
		return -EPROTO;
	if (n > DXG_ALLOCATIONS_PER_DESTROY || !device || !n == !msg->resource ||
	    (msg->flags.value & ~DESTROY_FLAGS_KNOWN))
		return -EINVAL;
	end = completion_create(rq);
	if (!end)
		return -ENOMEM;
	err = n ? destroy_list(rq, tail, n, device, end) : destroy_resource(rq, msg, device, end);
	completion_put(end, err);
	return 0;
}

/* ---- LOCK2, UNLOCK2, INVALIDATECACHE ---- */

static struct allocation *lock_lookup(struct request *rq, uint32_t device, uint32_t handle)
{
	struct allocation *allocation = allocation_lookup(rq->process, handle);

	if (!device_lookup(rq, device) || !allocation || allocation->device != rq->device)
		return NULL;
	return allocation;
}

int allocation_handle_lock(struct request *rq)
{
	const struct dxg_msg_lock2 *msg = (const void *)rq->msg;
	struct allocation *allocation = lock_lookup(rq, msg->args.device.v, msg->args.allocation.v);
	struct dxg_msg_lock2_return reply = { 0 };

	if (!allocation || !allocation->cpu_visible || allocation->sysmem ||
	    msg->args.flags.value || msg->args.reserved || msg->use_legacy_lock || msg->flags ||
	    msg->priv_drv_data || allocation->locks == UINT32_MAX || allocation->offer.made)
		return -EINVAL;
	allocation->locks++;
	if (allocation->file_runs) /* where it is in the file that the guest has mapped */
		reply.address = allocation->shared->first << DXG_PAGE_SHIFT;
	else
		reply.address = rq->session->io_start + (allocation->page << DXG_PAGE_SHIFT);
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

int allocation_handle_unlock(struct request *rq)
{
	const struct dxg_msg_unlock2 *msg = (const void *)rq->msg;
	struct allocation *allocation = lock_lookup(rq, msg->args.device.v, msg->args.allocation.v);

	if (!allocation || !allocation->locks || msg->use_legacy_unlock)
		return -EINVAL;
	allocation->locks--;
	request_reply_status(rq, 0);
	return 0;
}

/*
 * What the device wrote is in the pages when a fence says that it is done: a unified device works
 * on them or gives them back after every submission, the others copy into them. So nothing is left
 * to do for a range that the CPU can read.
 */
int allocation_handle_invalidate(struct request *rq)
{
	const struct dxg_msg_invalidatecache *msg = (const void *)rq->msg;
	struct allocation *allocation = lock_lookup(rq, msg->device, msg->allocation);

	if (!allocation || !allocation->cpu_visible || msg->reserved ||
	    msg->offset > allocation->size || msg->length > allocation->size - msg->offset)
		return -EINVAL;
	request_reply_status(rq, 0);
	return 0;
}

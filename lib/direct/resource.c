/* SPDX-License-Identifier: MIT */
/*
 * resource.c - shared resources: what their makers and openers have of their memory, and
 * QueryResourceInfoFromNtHandle, OpenResourceFromNtHandle and GetSharedResourceAdapterLuid.
 *
 * The memory is a file of the resource's own, which dxgd hands to whoever has an NT handle
 * (dxgwire/attach.h). It is mapped once for each resource that this process has, and unmapped with
 * that one. What openers get besides is dxgd's to keep; what it says is checked here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "direct.h"
#include "dxgwire/attach.h"
#include "dxgwire/ntstatus.h"

/** struct memory - of a shared resource, mapped. */
struct memory {
	void *base;
	uint64_t size;
};

/* ---- memory ---- */

static int memory_map(int fd, struct memory *ret)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *base;

	if (fstat(fd, &st) || st.st_size <= 0 || seals < 0 || !(seals & F_SEAL_SHRINK))
		return -EPROTO;
	base = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -ENOMEM;
	madvise(base, (size_t)st.st_size, MADV_DONTFORK);
	*ret = (struct memory){ base, (uint64_t)st.st_size };
	return 0;
}

static int memory_get(struct direct *d, uint32_t nt, struct memory *ret)
{
	int fd, err = share_ask_memory(d, nt, &fd);

	if (err)
		return err;
	err = memory_map(fd, ret);
	close(fd);
	return err;
}

int resource_attach_memory(struct direct *d, uint32_t handle)
{
	struct memory memory = { 0 };
	struct object *o;
	uint32_t nt;
	int err = share_create_nt(d, handle, &nt);

	if (err)
		return err;
	err = memory_get(d, nt, &memory);
	share_destroy_nt(d, nt);
	if (err)
		return err;
	pthread_mutex_lock(&d->objects.lock);
	o = object_find_locked(&d->objects, handle, OBJECT_RESOURCE);
	if (o) {
		o->memory = memory.base;
		o->memory_size = memory.size;
	}
	pthread_mutex_unlock(&d->objects.lock);
	if (!o)
		munmap(memory.base, memory.size);
	return o ? 0 : -EINVAL;
}

void *resource_memory(struct direct *d, uint32_t handle, uint64_t offset, uint64_t size)
{
	struct object *o;
	void *at = NULL;

	pthread_mutex_lock(&d->objects.lock);
	o = object_find_locked(&d->objects, handle, OBJECT_RESOURCE);
	if (o && o->memory && offset <= o->memory_size && size <= o->memory_size - offset)
		at = (uint8_t *)o->memory + offset;
	pthread_mutex_unlock(&d->objects.lock);
	return at;
}

bool resource_is_shared(struct direct *d, uint32_t handle)
{
	struct object *o;
	bool shared;

	pthread_mutex_lock(&d->objects.lock);
	o = object_find_locked(&d->objects, handle, OBJECT_RESOURCE);
	shared = o && o->shared;
	pthread_mutex_unlock(&d->objects.lock);
	return shared;
}

/* ---- what openers get ---- */

/** struct info - dxgd's answer about a resource: @head and what follows it, @size bytes in all. */
struct info {
	struct dxg_msg_querysharedresource_return *head;
	uint32_t size;
};

static void info_fini(struct info *info)
{
	free(info->head);
}

#define INFO_AUTO __attribute__((cleanup(info_fini)))

static const struct dxg_msg_shared_part *info_part(const struct info *info)
{
	return (const struct dxg_msg_shared_part *)(info->head + 1);
}

/* The data behind the parts: the runtime's first. */
static const uint8_t *info_data(const struct info *info)
{
	return (const uint8_t *)(info_part(info) + info->head->allocation_count);
}

static int info_ask(struct direct *d, uint32_t nt, void *reply, uint32_t size)
{
	struct dxg_msg_querysharedresource body = { .nt_handle = nt };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_querysharedresource_return head;
	int err = direct_call_global(d, DXG_MSG_QUERYSHAREDRESOURCE, &m, reply, size);

	if (err)
		return err;
	memcpy(&head, reply, sizeof(head));
	return head.status < 0 ? dxg_status_to_errno(head.status) : 0;
}

/* Bytes of the whole answer, by its head; 0: more than there can be. */
static uint32_t info_size(const struct dxg_msg_querysharedresource_return *head)
{
	uint64_t size = sizeof(*head) +
			(uint64_t)head->allocation_count * sizeof(struct dxg_msg_shared_part) +
			head->private_runtime_data_size + head->resource_priv_drv_data_size +
			head->total_priv_drv_data_size;

	return size <= DXG_REPLY_MAX && head->allocation_count ? (uint32_t)size : 0;
}

/* Do the parts agree with the sums? */
static bool info_ok(const struct info *info)
{
	const struct dxg_msg_shared_part *part = info_part(info);
	uint64_t private = 0;
	uint32_t i;

	for (i = 0; i < info->head->allocation_count; i++) {
		if (!part[i].size || part[i].size & (DXG_PAGE_SIZE - 1))
			return false;
		private += part[i].priv_drv_data_size;
	}
	return private == info->head->total_priv_drv_data_size;
}

static int info_get(struct direct *d, uint32_t nt, struct info *ret)
{
	struct dxg_msg_querysharedresource_return head;
	int err = info_ask(d, nt, &head, sizeof(head));

	if (err)
		return err;
	ret->size = info_size(&head);
	if (!ret->size)
		return -EPROTO;
	ret->head = malloc(ret->size);
	if (!ret->head)
		return -ENOMEM;
	err = info_ask(d, nt, ret->head, ret->size);
	if (err)
		return err;
	/* It cannot change; a host that says otherwise is not believed either time. */
	return info_size(ret->head) == ret->size && info_ok(ret) ? 0 : -EPROTO;
}

int resource_query(struct direct *d, void *args)
{
	struct d3dkmt_queryresourceinfofromnthandle *p = args;
	INFO_AUTO struct info info = { 0 };
	uint32_t nt;
	int err;

	if (!object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	err = share_import(d, p->nt_handle, DXG_SHARE_RESOURCE, &nt);
	if (err)
		return err;
	err = info_get(d, nt, &info);
	share_destroy_nt(d, nt);
	if (err)
		return err == -EPROTO ? -EINVAL : err;
	p->private_runtime_data_size = info.head->private_runtime_data_size;
	p->total_priv_drv_data_size = info.head->total_priv_drv_data_size;
	p->resource_priv_drv_data_size = info.head->resource_priv_drv_data_size;
	p->allocation_count = info.head->allocation_count;
	return 0;
}

/* Whoever can import it is on its vGPU, and has its adapter. Global numbers do not exist. */
int resource_adapter(struct direct *d, void *args)
{
	struct d3dkmt_getsharedresourceadapterluid *p = args;
	uint32_t nt;
	int err;

	if (p->global_share.v)
		return -EINVAL;
	err = share_import(d, p->nt_handle, DXG_SHARE_RESOURCE, &nt);
	if (err)
		return err;
	share_destroy_nt(d, nt);
	p->adapter_luid.a = d->header.adapter_luid_low;
	p->adapter_luid.b = d->header.adapter_luid_high;
	return 0;
}

/* ---- OpenResourceFromNtHandle ---- */

/**
 * struct opening - one on its way.
 * @args: the caller's
 * @nt: what is opened
 * @info: what there is of it
 * @reply: the host's, with all handles
 * @memory: mapped; the resource's once that is in the table
 */
struct opening {
	struct d3dkmt_openresourcefromnthandle *args;
	uint32_t nt;
	struct info info;
	struct dxg_msg_openresource_return *reply;
	struct memory memory;
};

static void opening_fini(struct opening *o)
{
	info_fini(&o->info);
	free(o->reply);
	if (o->memory.base)
		munmap(o->memory.base, o->memory.size);
}

static const uint32_t *opening_handles(const struct opening *o)
{
	return (const uint32_t *)(o->reply + 1);
}

/* Does the caller have room for all there is? */
static int opening_check(const struct opening *o)
{
	const struct d3dkmt_openresourcefromnthandle *p = o->args;
	const struct dxg_msg_querysharedresource_return *head = o->info.head;

	if (p->allocation_count != head->allocation_count || p->private_runtime_data_size < 0 ||
	    (uint32_t)p->private_runtime_data_size < head->private_runtime_data_size ||
	    p->resource_priv_drv_data_size < head->resource_priv_drv_data_size ||
	    p->total_priv_drv_data_size < head->total_priv_drv_data_size)
		return -EINVAL;
	if (!p->open_alloc_info || (head->private_runtime_data_size && !p->private_runtime_data) ||
	    (head->resource_priv_drv_data_size && !p->resource_priv_drv_data) ||
	    (head->total_priv_drv_data_size && !p->total_priv_drv_data))
		return -EFAULT;
	return 0;
}

static void opening_undo(struct direct *d, const struct opening *o)
{
	struct dxg_msg_destroyallocation body = {
		.device = o->args->device.v,
		.resource = o->reply->resource,
		.flags = { .assume_not_in_use = 1 },
	};
	struct direct_msg m = DIRECT_MSG(&body);

	direct_call_status(d, DXG_MSG_DESTROYALLOCATION, &m);
}

static int opening_ask(struct direct *d, struct opening *o)
{
	uint32_t n = o->info.head->allocation_count;
	uint32_t size = (uint32_t)sizeof(*o->reply) + n * (uint32_t)sizeof(uint32_t);
	struct dxg_msg_openresource body = {
		.device = o->args->device.v,
		.nt_security_sharing = 1,
		.global_share = o->nt,
		.allocation_count = n,
		.total_priv_drv_data_size = o->info.head->total_priv_drv_data_size,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	int err;

	o->reply = calloc(1, size);
	if (!o->reply)
		return -ENOMEM;
	err = direct_call(d, DXG_MSG_OPENRESOURCE, &m, o->reply, size);
	return err ? err : o->reply->status < 0 ? dxg_status_to_errno(o->reply->status) : 0;
}

static int opening_enter_allocation(struct direct *d, const struct opening *o, uint32_t i)
{
	struct object allocation = {
		.handle = opening_handles(o)[i],
		.type = OBJECT_ALLOCATION,
		.device = o->args->device.v,
		.parent = o->reply->resource,
		.size = info_part(&o->info)[i].size,
	};

	return object_add(&d->objects, &allocation);
}

/* All handles into the table, or none. The memory is the resource's then. */
static int opening_enter(struct direct *d, struct opening *o)
{
	struct object resource = {
		.handle = o->reply->resource,
		.type = OBJECT_RESOURCE,
		.device = o->args->device.v,
		.shared = true,
		.memory = o->memory.base,
		.memory_size = o->memory.size,
	};
	int err = object_add(&d->objects, &resource);
	uint32_t i = 0;

	if (err)
		return err;
	o->memory.base = NULL;
	while (i < o->info.head->allocation_count && !err) {
		err = opening_enter_allocation(d, o, i);
		if (!err)
			i++;
	}
	if (!err)
		return 0;
	while (i--)
		object_remove(&d->objects, opening_handles(o)[i], OBJECT_ALLOCATION, NULL);
	object_remove(&d->objects, o->reply->resource, OBJECT_RESOURCE, NULL);
	return err;
}

static const uint8_t *opening_give(uint64_t user, const uint8_t *data, uint32_t size)
{
	if (size)
		memcpy(direct_user(user), data, size);
	return data + size;
}

/* Everything the caller is told; nothing can fail any more. */
static void opening_tell(const struct opening *o)
{
	struct d3dkmt_openresourcefromnthandle *p = o->args;
	struct d3dddi_openallocationinfo2 *user = direct_user(p->open_alloc_info);
	const struct dxg_msg_querysharedresource_return *head = o->info.head;
	const struct dxg_msg_shared_part *part = info_part(&o->info);
	const uint8_t *data = info_data(&o->info);
	uint64_t at = p->total_priv_drv_data;
	uint32_t i;

	data = opening_give(p->private_runtime_data, data, head->private_runtime_data_size);
	data = opening_give(p->resource_priv_drv_data, data, head->resource_priv_drv_data_size);
	opening_give(p->total_priv_drv_data, data, head->total_priv_drv_data_size);
	for (i = 0; i < head->allocation_count; i++) {
		user[i] = (struct d3dddi_openallocationinfo2){
			.allocation.v = opening_handles(o)[i],
			.priv_drv_data = at,
			.priv_drv_data_size = part[i].priv_drv_data_size,
		};
		at += part[i].priv_drv_data_size;
	}
	p->resource.v = o->reply->resource;
	p->total_priv_drv_data_size = head->total_priv_drv_data_size;
}

/* Everything that can fail without the host's resource comes first. */
static int opening_run(struct direct *d, struct opening *o)
{
	int err = info_get(d, o->nt, &o->info);

	if (!err)
		err = opening_check(o);
	if (!err)
		err = memory_get(d, o->nt, &o->memory);
	if (!err)
		err = opening_ask(d, o);
	if (err)
		return err;
	err = opening_enter(d, o);
	if (err)
		opening_undo(d, o);
	else
		opening_tell(o);
	return err;
}

int resource_open(struct direct *d, void *args)
{
	__attribute__((cleanup(opening_fini))) struct opening o = { .args = args };
	const struct d3dkmt_openresourcefromnthandle *p = args;
	int err;

	if (!object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	err = share_import(d, p->nt_handle, DXG_SHARE_RESOURCE, &o.nt);
	if (err)
		return err;
	err = opening_run(d, &o);
	share_destroy_nt(d, o.nt);
	return err == -EPROTO ? -EINVAL : err;
}

/* SPDX-License-Identifier: MIT */
/*
 * allocation.c - allocations and resources, and the CPU's access to them.
 *
 * The address of an allocation is asked for once, by the first Lock2, and kept until the allocation
 * is destroyed: further locks and all unlocks are local. No lock is held while the host is asked;
 * a second thread that locks the same allocation meanwhile waits for the answer.
 *
 * So the host is told of the first lock, as section 6.3 of the specification has it, but not of the
 * last unlock: UNLOCK2 would only end a mapping that the next Lock2 asks for again (section 8.6,
 * item 8). The count of locks is kept all the same: an Unlock2 without its Lock2 is refused. What
 * the host holds for the mapping ends with the allocation, its device or the session. UNLOCK2 is
 * sent for an answer that cannot be used: then nothing is mapped.
 *
 * Existing system memory is not to be had here: dxgd could not map a process's pages
 * (docs/protocol.md).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"
#include "dxgwire/standard.h"

/* Specification section 2.6. */
#define ALLOCATION_TAIL_MAX 130992u

/* Bits that have a meaning. */
#define ALLOCATION_FLAGS 0x3fffffu
#define ALLOCATION_INFO_FLAGS 0x7u
#define ALLOCATION_DESTROY_FLAGS 0x80000003u

static void allocation_free(void *p)
{
	free(*(void **)p);
}

#define ALLOCATION_AUTO __attribute__((cleanup(allocation_free)))

/**
 * struct allocation_batch - one CreateAllocation on its way.
 * @info: private copy of the caller's array
 * @standard: of a standard allocation, private copy of its description
 * @blob_size: bytes of the resource's private data, or of @standard in its place
 * @tail, @tail_size: variable part of the message
 * @private_size: bytes of private data of all allocations together
 */
struct allocation_batch {
	struct d3dkmt_createallocation args;
	struct d3dddi_allocationinfo2 *info;
	struct d3dkmt_createstandardallocation standard;
	uint32_t blob_size;
	uint8_t *tail;
	uint32_t tail_size;
	uint32_t private_size;
};

static void allocation_batch_fini(struct allocation_batch *b)
{
	free(b->info);
	free(b->tail);
}

/* ---- checks ---- */

static int allocation_check_flags(const struct direct *d,
				  const struct d3dkmt_createallocationflags *f)
{
	if ((f->value & ~ALLOCATION_FLAGS) || f->existing_section || f->create_protected)
		return -EINVAL;
	if (f->create_shared && (!f->create_resource || !f->nt_security_sharing))
		return -EINVAL;
	/* The caller's own pages are not shared: NOT_SUPPORTED. */
	if (f->create_shared && f->existing_sysmem)
		return -EPERM;
	return f->create_shared && !(d->header.host_caps & DXG_HOSTCAP_SHARE_LINKS) ? -EPERM : 0;
}

static int allocation_check(struct direct *d, const struct d3dkmt_createallocation *p)
{
	int err = allocation_check_flags(d, &p->flags);

	if (err)
		return err;
	if (p->flags.create_resource && p->resource.v)
		return -EINVAL;
	if (!p->alloc_count || p->alloc_count > DXG_ALLOCATIONS_PER_CREATE ||
	    p->private_runtime_data_size >= DXG_MESSAGE_MAX ||
	    p->priv_drv_data_size >= DXG_MESSAGE_MAX)
		return -EINVAL;
	if (!object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	/* A standard allocation is one, and nobody's driver has data for it. */
	if (p->flags.standard_allocation && (p->alloc_count != 1 || p->priv_drv_data_size))
		return -EINVAL;
	if ((p->private_runtime_data_size && !p->private_runtime_data) ||
	    ((p->priv_drv_data_size || p->flags.standard_allocation) && !p->priv_drv_data))
		return -EFAULT;
	return 0;
}

/* An allocation that joins a resource needs one of the same device. */
static int allocation_check_resource(struct direct *d, const struct d3dkmt_createallocation *p)
{
	struct object *o;
	bool ok;

	if (p->flags.create_resource || !p->resource.v)
		return 0;
	pthread_mutex_lock(&d->objects.lock);
	o = object_find_locked(&d->objects, p->resource.v, OBJECT_RESOURCE);
	ok = o && o->device == p->device.v && !o->shared; /* what is shared is whole */
	pthread_mutex_unlock(&d->objects.lock);
	return ok ? 0 : -EINVAL;
}

static int allocation_check_info(const struct d3dddi_allocationinfo2 *info, bool sysmem)
{
	static const uint64_t zeros[sizeof(info->reserved) / sizeof(info->reserved[0])];

	if (info->priv_drv_data_size >= DXG_MESSAGE_MAX ||
	    (info->flags.value & ~ALLOCATION_INFO_FLAGS) ||
	    memcmp(info->reserved, zeros, sizeof(zeros)) != 0)
		return -EINVAL;
	if (!!info->sysmem != sysmem || (info->sysmem & (DXG_PAGE_SIZE - 1)))
		return -EINVAL;
	return info->priv_drv_data_size && !info->priv_drv_data ? -EFAULT : 0;
}

/* A standard allocation's description, and whether the rest agrees with it. */
static int allocation_read_standard(struct allocation_batch *b)
{
	const struct d3dddi_allocationinfo2 *info = b->info;

	memcpy(&b->standard, direct_user(b->args.standard_allocation), sizeof(b->standard));
	b->standard.reserved = 0;
	b->standard.reserved1 = 0;
	if (!dxg_standard_ok(&b->standard, b->args.flags) || info->priv_drv_data_size ||
	    !!info->sysmem != b->args.flags.existing_sysmem)
		return -EINVAL;
	b->blob_size = sizeof(b->standard);
	return 0;
}

/* Whose memory is it, and is that to be had? */
static int allocation_check_memory(struct allocation_batch *b)
{
	int err = 0;

	b->blob_size = b->args.priv_drv_data_size;
	if (b->args.flags.standard_allocation)
		err = allocation_read_standard(b);
	if (err)
		return err;
	if (b->info[0].sysmem)
		return -EPERM;
	return b->args.flags.existing_sysmem ? -EINVAL : 0;
}

/* ---- the message ---- */

static uint8_t *allocation_append(uint8_t *at, const void *from, uint32_t size)
{
	if (size)
		memcpy(at, from, size);
	return at + size;
}

static void allocation_fill_tail(struct allocation_batch *b)
{
	struct dxg_msg_allocinfo record;
	uint8_t *at = b->tail;
	uint32_t i;

	for (i = 0; i < b->args.alloc_count; i++) {
		record.flags = b->info[i].flags.value;
		record.priv_drv_data_size = b->info[i].priv_drv_data_size;
		record.vidpn_source_id = b->info[i].vidpn_source_id;
		at = allocation_append(at, &record, sizeof(record));
	}
	at = allocation_append(at, direct_user(b->args.private_runtime_data),
			       b->args.private_runtime_data_size);
	at = allocation_append(at,
			       b->args.flags.standard_allocation
				       ? &b->standard
				       : direct_user(b->args.priv_drv_data),
			       b->blob_size);
	for (i = 0; i < b->args.alloc_count; i++)
		at = allocation_append(at, direct_user(b->info[i].priv_drv_data),
				       b->info[i].priv_drv_data_size);
}

/* Sizes, each and together; reply and request must both fit a packet. */
static int allocation_measure(struct allocation_batch *b)
{
	uint64_t private_size = 0, tail;
	uint32_t i, n = b->args.alloc_count;
	int err;

	for (i = 0; i < n; i++) {
		err = allocation_check_info(&b->info[i], b->info[0].sysmem);
		if (err)
			return err;
		private_size += b->info[i].priv_drv_data_size;
	}
	err = allocation_check_memory(b);
	if (err)
		return err;
	tail = n * sizeof(struct dxg_msg_allocinfo) + b->args.private_runtime_data_size +
	       b->blob_size + private_size;
	if (private_size >= DXG_MESSAGE_MAX)
		return -EINVAL;
	if (tail > ALLOCATION_TAIL_MAX ||
	    sizeof(struct dxg_msg_createallocation_return) +
			    n * sizeof(struct dxg_msg_allocinfo_return) + private_size >
		    DXG_REPLY_MAX)
		return -EOVERFLOW;
	b->private_size = (uint32_t)private_size;
	b->tail_size = (uint32_t)tail;
	return 0;
}

static int allocation_batch_init(struct allocation_batch *b,
				 const struct d3dkmt_createallocation *p)
{
	int err;

	b->args = *p;
	err = direct_copy(p->allocation_info, (uint64_t)p->alloc_count * sizeof(*b->info),
			  (void **)&b->info);
	if (err)
		return err;
	err = allocation_measure(b);
	if (err)
		return err;
	b->tail = malloc(b->tail_size);
	if (!b->tail)
		return -ENOMEM;
	allocation_fill_tail(b);
	return 0;
}

/* ---- the reply ---- */

/* Is this record one that can be worked with? @room: private bytes the allocation asked with. */
static bool allocation_record_ok(const struct dxg_msg_allocinfo_return *r, uint32_t room)
{
	return r->allocation && r->allocation_size && !(r->allocation_size & (DXG_PAGE_SIZE - 1)) &&
	       r->priv_drv_data_size <= room;
}

static int allocation_end(struct direct *d, uint32_t device, uint32_t resource,
			  const uint32_t *handle, uint32_t count, uint32_t flags)
{
	static const uint64_t slack;
	struct dxg_msg_destroyallocation body = {
		.device = device,
		.resource = resource,
		.alloc_count = count,
		.flags = { .value = flags },
	};
	struct direct_msg m = DIRECT_MSG(&body);

	direct_tail(&m, handle, 4ull * count);
	direct_tail(&m, &slack, sizeof(slack));
	return direct_call_status(d, DXG_MSG_DESTROYALLOCATION, &m);
}

static void allocation_undo(struct direct *d, const struct allocation_batch *b,
			    const struct dxg_msg_createallocation_return *reply, uint32_t entered)
{
	struct d3dddicb_destroyallocation2flags flags = { .assume_not_in_use = 1 };
	ALLOCATION_AUTO uint32_t *handle = calloc(b->args.alloc_count, sizeof(*handle));
	const struct dxg_msg_allocinfo_return *r = (const void *)(reply + 1);
	uint32_t i;

	for (i = 0; i < entered; i++)
		object_remove(&d->objects, r[i].allocation, OBJECT_ALLOCATION, NULL);
	if (b->args.flags.create_resource) {
		object_remove(&d->objects, reply->resource, OBJECT_RESOURCE, NULL);
		allocation_end(d, b->args.device.v, reply->resource, NULL, 0, flags.value);
		return;
	}
	for (i = 0; handle && i < b->args.alloc_count; i++)
		handle[i] = r[i].allocation;
	if (handle)
		allocation_end(d, b->args.device.v, 0, handle, b->args.alloc_count, flags.value);
}

static int allocation_enter_one(struct direct *d, const struct allocation_batch *b, uint32_t i,
				const struct dxg_msg_allocinfo_return *r, uint32_t resource)
{
	struct object o = {
		.handle = r->allocation,
		.type = OBJECT_ALLOCATION,
		.device = b->args.device.v,
		.parent = resource,
		.size = r->allocation_size,
	};

	if (!allocation_record_ok(r, b->info[i].priv_drv_data_size))
		return -EPROTO;
	return object_add(&d->objects, &o);
}

/* Every handle into the table, or none and everything destroyed. */
static int allocation_enter(struct direct *d, const struct allocation_batch *b,
			    const struct dxg_msg_createallocation_return *reply)
{
	const struct dxg_msg_allocinfo_return *r = (const void *)(reply + 1);
	struct object resource = {
		.handle = reply->resource,
		.type = OBJECT_RESOURCE,
		.device = b->args.device.v,
		.shared = b->args.flags.create_shared,
	};
	uint32_t parent = b->args.resource.v, i;
	int err = 0;

	if (b->args.flags.create_resource) {
		parent = reply->resource;
		err = object_add(&d->objects, &resource);
	}
	for (i = 0; i < b->args.alloc_count && !err; i++)
		err = allocation_enter_one(d, b, i, &r[i], parent);
	if (err)
		allocation_undo(d, b, reply, i ? i - 1 : 0);
	return err == -EPROTO ? -EINVAL : err;
}

/* Handles and the host's private data to the caller; nothing can fail any more. */
static void allocation_report(struct d3dkmt_createallocation *p, const struct allocation_batch *b,
			      const struct dxg_msg_createallocation_return *reply)
{
	const struct dxg_msg_allocinfo_return *r = (const void *)(reply + 1);
	struct d3dddi_allocationinfo2 *user = direct_user(b->args.allocation_info);
	const uint8_t *data = (const uint8_t *)(r + b->args.alloc_count);
	uint32_t i;

	for (i = 0; i < b->args.alloc_count; i++) {
		user[i].allocation.v = r[i].allocation;
		if (r[i].priv_drv_data_size)
			memcpy(direct_user(b->info[i].priv_drv_data), data,
			       r[i].priv_drv_data_size);
		data += r[i].priv_drv_data_size;
	}
	if (b->args.flags.create_resource)
		p->resource.v = reply->resource;
}

static int allocation_send(struct direct *d, struct d3dkmt_createallocation *p,
			   const struct allocation_batch *b)
{
	struct dxg_msg_createallocation body = {
		.device = b->args.device.v,
		.resource = b->args.flags.create_resource ? 0 : b->args.resource.v,
		.private_runtime_data_size = b->args.private_runtime_data_size,
		.priv_drv_data_size = b->blob_size,
		.alloc_count = b->args.alloc_count,
		.flags = b->args.flags,
		.private_runtime_resource_handle = b->args.private_runtime_resource_handle,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_createallocation_return *reply;
	ALLOCATION_AUTO void *buffer = NULL;
	uint32_t expect = sizeof(*reply) + b->private_size +
			  b->args.alloc_count * (uint32_t)sizeof(struct dxg_msg_allocinfo_return);
	int err;

	buffer = malloc(expect);
	if (!buffer)
		return -ENOMEM;
	reply = buffer;
	direct_tail(&m, b->tail, b->tail_size);
	err = direct_call(d, DXG_MSG_CREATEALLOCATION, &m, reply, expect);
	if (!err)
		err = allocation_enter(d, b, reply);
	if (!err && b->args.flags.create_shared) {
		err = resource_attach_memory(d, reply->resource);
		if (err)
			allocation_undo(d, b, reply, b->args.alloc_count);
	}
	if (!err)
		allocation_report(p, b, reply);
	return err;
}

int allocation_create(struct direct *d, void *args)
{
	__attribute__((cleanup(allocation_batch_fini))) struct allocation_batch b = { 0 };
	struct d3dkmt_createallocation *p = args;
	int err = allocation_check(d, p);

	if (!err)
		err = allocation_check_resource(d, p);
	if (!err)
		err = allocation_batch_init(&b, p);
	return err ? err : allocation_send(d, p, &b);
}

/* ---- destruction ---- */

static int allocation_compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int allocation_refuse_duplicates(const uint32_t *handle, uint32_t count)
{
	ALLOCATION_AUTO uint32_t *sorted = malloc(4ull * count);
	uint32_t i;

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, handle, 4ull * count);
	qsort(sorted, count, sizeof(*sorted), allocation_compare);
	for (i = 1; i < count; i++)
		if (sorted[i] == sorted[i - 1])
			return -EINVAL;
	return 0;
}

/* All of them live, of this device and of one owner; only then is the first removed. */
static int allocation_remove_locked(struct object_table *t, uint32_t device, const uint32_t *handle,
				    uint32_t count)
{
	struct object *o;
	uint32_t i, parent = 0;

	for (i = 0; i < count; i++) {
		o = object_find_locked(t, handle[i], OBJECT_ALLOCATION);
		if (!o || o->device != device || (i && o->parent != parent))
			return -EINVAL;
		parent = o->parent;
	}
	o = object_find_locked(t, parent, OBJECT_RESOURCE);
	if (o && o->shared)
		return -EINVAL; /* destroyed as a whole */
	for (i = 0; i < count; i++)
		object_remove_locked(t, object_find_locked(t, handle[i], OBJECT_ALLOCATION));
	pthread_cond_broadcast(&t->changed);
	return 0;
}

static int allocation_destroy_list(struct direct *d, const struct d3dkmt_destroyallocation2 *p)
{
	ALLOCATION_AUTO uint32_t *handle = NULL;
	uint32_t count = p->alloc_count;
	int err;

	if (count > DXG_ALLOCATIONS_PER_DESTROY)
		return -EINVAL;
	err = direct_copy(p->allocations, 4ull * count, (void **)&handle);
	if (!err)
		err = allocation_refuse_duplicates(handle, count);
	if (err)
		return err;
	pthread_mutex_lock(&d->objects.lock);
	err = allocation_remove_locked(&d->objects, p->device.v, handle, count);
	pthread_mutex_unlock(&d->objects.lock);
	if (err)
		return err;
	return allocation_end(d, p->device.v, 0, handle, count, p->flags.value);
}

static int allocation_remove_resource_locked(struct object_table *t, uint32_t device,
					     uint32_t resource)
{
	struct object *o = object_find_locked(t, resource, OBJECT_RESOURCE), *next;

	if (!o || o->device != device)
		return -EINVAL;
	object_remove_locked(t, o);
	for (o = t->first; o; o = next) {
		next = o->next;
		if (o->type == OBJECT_ALLOCATION && o->parent == resource)
			object_remove_locked(t, o);
	}
	pthread_cond_broadcast(&t->changed);
	return 0;
}

int allocation_destroy(struct direct *d, void *args)
{
	const struct d3dkmt_destroyallocation2 *p = args;
	int err;

	if (!p->alloc_count == !p->resource.v || (p->flags.value & ~ALLOCATION_DESTROY_FLAGS) ||
	    !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	if (p->alloc_count)
		return allocation_destroy_list(d, p);
	pthread_mutex_lock(&d->objects.lock);
	err = allocation_remove_resource_locked(&d->objects, p->device.v, p->resource.v);
	pthread_mutex_unlock(&d->objects.lock);
	if (err)
		return err;
	return allocation_end(d, p->device.v, p->resource.v, NULL, 0, p->flags.value);
}

/* ---- access by the CPU ---- */

/* The host has locked it and we cannot use that. */
static void allocation_undo_lock(struct direct *d, const struct d3dkmt_lock2 *p)
{
	struct dxg_msg_unlock2 body = {
		.args = { .device = p->device, .allocation = p->allocation },
	};
	struct direct_msg m = DIRECT_MSG(&body);

	direct_call_status(d, DXG_MSG_UNLOCK2, &m);
}

/* Where the host says it is: in the memory of its shared resource, or in the IO space. */
static void *allocation_at(struct direct *d, uint32_t parent, uint64_t address, uint64_t size)
{
	if (resource_is_shared(d, parent))
		return resource_memory(d, parent, address, size);
	return direct_io(d, address, size);
}

static int allocation_ask_address(struct direct *d, const struct d3dkmt_lock2 *p,
				  const struct object *known, void **ret_cpu)
{
	struct dxg_msg_lock2 body = {
		.args = {
			.device = p->device,
			.allocation = p->allocation,
			.flags = p->flags,
		},
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_lock2_return reply;
	void *cpu;
	int err = direct_call(d, DXG_MSG_LOCK2, &m, &reply, sizeof(reply));

	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	cpu = allocation_at(d, known->parent, reply.address, known->size);
	if (!cpu) {
		allocation_undo_lock(d, p);
		return -ENOMEM;
	}
	*ret_cpu = cpu;
	return 0;
}

static struct object *allocation_of_locked(struct object_table *t, struct d3dkmthandle device,
					   struct d3dkmthandle allocation)
{
	struct object *o = object_find_locked(t, allocation.v, OBJECT_ALLOCATION);

	return o && o->device == device.v ? o : NULL;
}

/*
 * Count a lock if the address is known. Return: 1 done, 0 the caller asks the host, -EINVAL.
 * @ret_known: a copy of what is known of it
 */
static int allocation_lock_known(struct object_table *t, struct d3dkmt_lock2 *p,
				 struct object *ret_known)
{
	struct object *o;
	int ret = -EINVAL;

	pthread_mutex_lock(&t->lock);
	while ((o = allocation_of_locked(t, p->device, p->allocation)) &&
	       o->lock_state == OBJECT_MAPPING)
		pthread_cond_wait(&t->changed, &t->lock);
	if (o && o->lock_state == OBJECT_MAPPED && o->locks < UINT32_MAX) {
		o->locks++;
		p->data = (uint64_t)(uintptr_t)o->cpu;
		ret = 1;
	} else if (o && o->lock_state == OBJECT_UNMAPPED) {
		o->lock_state = OBJECT_MAPPING;
		*ret_known = *o;
		ret = 0;
	}
	pthread_mutex_unlock(&t->lock);
	return ret;
}

/* The host has answered; @err 0: the address is @cpu. */
static int allocation_lock_answered(struct object_table *t, struct d3dkmt_lock2 *p, int err,
				    void *cpu)
{
	struct object *o;

	pthread_mutex_lock(&t->lock);
	o = allocation_of_locked(t, p->device, p->allocation);
	if (!o && !err)
		err = -EINVAL;
	if (o)
		o->lock_state = err ? OBJECT_UNMAPPED : OBJECT_MAPPED;
	if (!err) {
		o->cpu = cpu;
		o->locks = 1;
		p->data = (uint64_t)(uintptr_t)cpu;
	}
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	return err;
}

int allocation_lock(struct direct *d, void *args)
{
	struct d3dkmt_lock2 *p = args;
	struct object known;
	void *cpu = NULL;
	int err;

	if (p->flags.value || !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	if (channel_lost(d->channel))
		return -ENODEV;
	err = allocation_lock_known(&d->objects, p, &known);
	if (err)
		return err < 0 ? err : 0;
	err = allocation_ask_address(d, p, &known, &cpu);
	return allocation_lock_answered(&d->objects, p, err, cpu);
}

int allocation_unlock(struct direct *d, void *args)
{
	const struct d3dkmt_unlock2 *p = args;
	struct object *o;
	int err = -EINVAL;

	pthread_mutex_lock(&d->objects.lock);
	o = allocation_of_locked(&d->objects, p->device, p->allocation);
	if (o && o->locks) {
		o->locks--;
		err = 0;
	}
	pthread_mutex_unlock(&d->objects.lock);
	return o && channel_lost(d->channel) ? -ENODEV : err;
}

int allocation_invalidate(struct direct *d, void *args)
{
	const struct d3dkmt_invalidatecache *p = args;
	struct dxg_msg_invalidatecache body = {
		.device = p->device.v,
		.allocation = p->allocation.v,
		.offset = p->offset,
		.length = p->length,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	bool found;

	pthread_mutex_lock(&d->objects.lock);
	found = allocation_of_locked(&d->objects, p->device, p->allocation);
	pthread_mutex_unlock(&d->objects.lock);
	return found ? direct_call_status(d, DXG_MSG_INVALIDATECACHE, &m) : -EINVAL;
}

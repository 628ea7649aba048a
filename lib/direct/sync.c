/* SPDX-License-Identifier: MIT */
/*
 * sync.c - synchronization objects: monitored fences, whose value is a page of the IO space that
 * only dxgd writes, and CPU notifications, which end in an eventfd. Fences belong to their device,
 * notifications to the process.
 */
#include <errno.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

static bool sync_is_monitored(uint32_t type)
{
	return type == _D3DDDI_MONITORED_FENCE || type == _D3DDDI_PERIODIC_MONITORED_FENCE;
}

static int sync_end(struct direct *d, uint32_t handle)
{
	struct dxg_msg_handle body = { .handle = handle };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_status reply;
	int err;

	err = direct_call_global(d, DXG_MSG_DESTROYSYNCOBJECT, &m, &reply, sizeof(reply));
	return err ? err : dxg_status_to_errno(reply.status);
}

static int sync_check(struct direct *d, const struct d3dkmt_createsynchronizationobject2 *p)
{
	const struct d3dddi_synchronizationobject_flags *flags = &p->info.flags;

	if ((flags->value & ~SYNC_FLAGS) || !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	if (flags->shared && !flags->nt_security_sharing)
		return -EINVAL;
	return 0;
}

static uint32_t sync_deny(struct d3dddi_synchronizationobject_flags flags)
{
	return (flags.no_signal ? OBJECT_NO_SIGNAL : 0) | (flags.no_wait ? OBJECT_NO_WAIT : 0);
}

/* Addresses are the host's to fill in; whatever the caller left there stays at home. */
static void sync_clear_outputs(struct d3dkmt_createsynchronizationobject2 *args)
{
	args->sync_object.v = 0;
	args->info.shared_handle.v = 0;
	if (args->info.type == _D3DDDI_MONITORED_FENCE) {
		args->info.monitored_fence.fence_cpu_virtual_address = 0;
		args->info.monitored_fence.fence_gpu_virtual_address = 0;
	} else if (args->info.type == _D3DDDI_PERIODIC_MONITORED_FENCE) {
		args->info.periodic_monitored_fence.fence_cpu_virtual_address = 0;
		args->info.periodic_monitored_fence.fence_gpu_virtual_address = 0;
	}
}

static void sync_report(struct d3dkmt_createsynchronizationobject2 *p, uint64_t *fence,
			const struct dxg_msg_createsyncobject_return *reply)
{
	struct d3dddi_synchronizationobjectinfo2 *info = &p->info;

	if (info->type == _D3DDDI_MONITORED_FENCE) {
		info->monitored_fence.fence_cpu_virtual_address = (uint64_t)(uintptr_t)fence;
		info->monitored_fence.fence_gpu_virtual_address = reply->fence_gpu_va;
	} else if (info->type == _D3DDDI_PERIODIC_MONITORED_FENCE) {
		info->periodic_monitored_fence.fence_cpu_virtual_address =
			(uint64_t)(uintptr_t)fence;
		info->periodic_monitored_fence.fence_gpu_virtual_address = reply->fence_gpu_va;
	}
	p->sync_object.v = reply->sync_object;
	if (info->flags.shared)
		info->shared_handle.v = reply->global_sync_object;
}

static int sync_enter(struct direct *d, const struct d3dkmt_createsynchronizationobject2 *p,
		      uint64_t event, const struct dxg_msg_createsyncobject_return *reply,
		      uint64_t **ret_fence)
{
	struct object o = {
		.handle = reply->sync_object,
		.type = OBJECT_SYNC,
		.event = event,
		.shared = p->info.flags.shared,
		.deny = sync_deny(p->info.flags),
	};
	int err;

	if (o.shared && !reply->global_sync_object)
		return -EINVAL;
	if (sync_is_monitored(p->info.type)) {
		o.device = p->device.v;
		o.fence = direct_io(d, reply->fence_storage_address, DXG_PAGE_SIZE);
		if (!o.fence)
			return -ENOMEM;
	}
	err = object_add(&d->objects, &o);
	if (!err)
		*ret_fence = o.fence;
	return err;
}

/* @event: id of the registered host event of a CPU notification, else 0. */
static int sync_send(struct direct *d, struct d3dkmt_createsynchronizationobject2 *p,
		     uint64_t event)
{
	struct dxg_msg_createsyncobject body = { .args = *p, .client_hint = 1 };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_createsyncobject_return reply;
	uint64_t *fence = NULL;
	int err;

	sync_clear_outputs(&body.args);
	body.args.reserved = 0;
	body.args.reserved1 = 0;
	if (event)
		body.args.info.cpu_notification.event = event;
	err = direct_call(d, DXG_MSG_CREATESYNCOBJECT, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (!reply.sync_object)
		return -EINVAL;
	err = sync_enter(d, p, event, &reply, &fence);
	if (err)
		sync_end(d, reply.sync_object);
	else
		sync_report(p, fence, &reply);
	return err;
}

int sync_create(struct direct *d, void *args)
{
	struct d3dkmt_createsynchronizationobject2 *p = args;
	uint64_t event = 0;
	int err = sync_check(d, p);

	if (!err && p->info.type == _D3DDDI_CPU_NOTIFICATION)
		err = event_add_fd(&d->events, p->info.cpu_notification.event, true, &event);
	if (err)
		return err;
	err = sync_send(d, p, event);
	if (err && event)
		event_remove(&d->events, event);
	return err;
}

int sync_enter_opened(struct direct *d, const struct d3dkmt_opensyncobjectfromnthandle2 *p,
		      const struct dxg_msg_opensyncobject_return *reply, uint64_t **ret_fence)
{
	struct object o = {
		.handle = reply->sync_object,
		.type = OBJECT_SYNC,
		.device = p->device.v,
		.fence = direct_io(d, reply->fence_storage_address, DXG_PAGE_SIZE),
		.shared = true,
		.deny = sync_deny(p->flags),
	};
	int err;

	if (!o.handle)
		return -EINVAL;
	err = o.fence ? object_add(&d->objects, &o) : -ENOMEM;
	if (err)
		sync_end(d, o.handle);
	else
		*ret_fence = o.fence;
	return err;
}

int sync_destroy(struct direct *d, void *args)
{
	const struct d3dkmt_destroysynchronizationobject *p = args;
	struct object o;
	int err = object_remove(&d->objects, p->sync_object.v, OBJECT_SYNC, &o);

	if (err)
		return err;
	err = sync_end(d, o.handle);
	if (o.event)
		event_remove(&d->events, o.event);
	return err;
}

static uint32_t sync_any(struct direct *d)
{
	struct object *o;
	uint32_t handle = 0;

	pthread_mutex_lock(&d->objects.lock);
	for (o = d->objects.first; o && !handle; o = o->next)
		if (o->type == OBJECT_SYNC && !o->device)
			handle = o->handle;
	pthread_mutex_unlock(&d->objects.lock);
	return handle;
}

void sync_destroy_all(struct direct *d)
{
	struct d3dkmt_destroysynchronizationobject args;

	while ((args.sync_object.v = sync_any(d)))
		sync_destroy(d, &args);
}

void sync_release_all(struct direct *d)
{
	struct object *o;

	pthread_mutex_lock(&d->objects.lock);
	for (o = d->objects.first; o; o = o->next)
		if (o->fence)
			__atomic_store_n(o->fence, ~0ull, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&d->objects.lock);
}

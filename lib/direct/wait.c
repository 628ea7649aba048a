/* SPDX-License-Identifier: MIT */
/*
 * wait.c - waits for fences. A queue's wait is a message and no more. A wait of the CPU looks at
 * the fences' pages first, then watches them for a while, and only then asks the host for an event
 * and sleeps.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

#define WAIT_INLINE 8u

/**
 * struct wait - a CPU wait, in private memory.
 * @fence: the pages; NULL for objects that are no monitored fences
 * @visible: all of them have a page, so that the wait can be judged here
 */
struct wait {
	uint32_t device;
	uint32_t count;
	struct d3dddi_waitforsynchronizationobjectfromcpu_flags flags;
	bool visible;
	uint32_t *handle;
	uint64_t *value;
	const uint64_t **fence;
	void *memory;
	uint64_t space[WAIT_INLINE * 3];
};

static void wait_fini(struct wait *w)
{
	free(w->memory);
}

/* Three arrays in one piece of memory: values, pages, handles. */
static int wait_init(struct wait *w, const struct d3dkmt_waitforsynchronizationobjectfromcpu *p)
{
	uint64_t *at = w->space;

	w->device = p->device.v;
	w->count = p->object_count;
	w->flags = p->flags;
	if (!w->count || w->count > DXG_WAIT_CPU_OBJECTS || w->flags.reserved)
		return -EINVAL;
	if (!p->objects || !p->fence_values)
		return -EFAULT;
	if (w->count > WAIT_INLINE)
		at = w->memory = malloc(w->count * 3 * sizeof(*at));
	if (!at)
		return -ENOMEM;
	w->value = at;
	w->fence = (const uint64_t **)(at + w->count);
	w->handle = (uint32_t *)(at + 2 * w->count);
	memcpy(w->value, direct_user(p->fence_values), 8ull * w->count);
	memcpy(w->handle, direct_user(p->objects), 4ull * w->count);
	return 0;
}

static struct object *wait_object_locked(struct object_table *t, uint32_t handle)
{
	struct object *o = object_find_locked(t, handle, OBJECT_SYNC);

	return o ? o : object_find_locked(t, handle, OBJECT_FENCE);
}

static int wait_look_up(struct direct *d, struct wait *w)
{
	struct object_table *t = &d->objects;
	struct object *o;
	uint32_t i;
	int err = 0;

	w->visible = true;
	pthread_mutex_lock(&t->lock);
	if (!object_find_locked(t, w->device, OBJECT_DEVICE))
		err = -EINVAL;
	for (i = 0; i < w->count && !err; i++) {
		o = wait_object_locked(t, w->handle[i]);
		if (!o) {
			err = -EINVAL;
			break;
		}
		w->fence[i] = o->fence;
		w->visible &= o->fence != NULL;
	}
	pthread_mutex_unlock(&t->lock);
	if (!err && object_denies(t, w->handle, w->count, OBJECT_NO_WAIT))
		err = -EACCES;
	return err;
}

/* Do the pages show that the wait is over? */
static bool wait_is_over(const struct wait *w)
{
	bool any = w->flags.wait_any, reached;
	uint32_t i;

	if (!w->visible)
		return false;
	for (i = 0; i < w->count; i++) {
		reached = __atomic_load_n(w->fence[i], __ATOMIC_ACQUIRE) >= w->value[i];
		if (reached == any)
			return any;
	}
	return !any;
}

static bool wait_look(void *ctx)
{
	return wait_is_over(ctx);
}

/* Ask the host to signal @event; the answer comes at once, the signal when it is time. */
static int wait_register(struct direct *d, const struct wait *w, uint64_t event)
{
	struct dxg_msg_waitforsyncobjectfromcpu body = {
		.device = w->device,
		.object_count = w->count,
		.flags = w->flags,
		.event = event,
	};
	struct direct_msg m = DIRECT_MSG(&body);

	direct_tail(&m, w->handle, 4ull * w->count);
	direct_tail(&m, w->value, 8ull * w->count);
	return direct_call_status(d, DXG_MSG_WAITFORSYNCOBJECTFROMCPU, &m);
}

static int wait_sleep(struct direct *d, const struct wait *w)
{
	struct waiter waiter = { 0 };
	uint64_t event;
	int err;

	err = event_add_waiter(&d->events, &waiter, &event);
	if (err)
		return err;
	err = wait_register(d, w, event);
	if (err >= 0)
		err = channel_wait(d->channel, &waiter);
	event_remove(&d->events, event);
	return err;
}

static int wait_block(struct direct *d, struct wait *w)
{
	uint64_t start;
	bool look;
	int err = 0;

	if (!wait_is_over(w)) {
		start = spin_now();
		look = w->visible && spin_choose(&d->fence_spin);
		if (!look || !spin_until(&d->fence_spin, wait_look, w))
			err = wait_sleep(d, w);
		spin_learn(&d->fence_spin, look, spin_now() - start);
	}
	/* The end of a session raises every fence: that is not what the caller waits for. */
	return channel_lost(d->channel) ? -ENODEV : err;
}

static int wait_async(struct direct *d, const struct wait *w, uint64_t fd)
{
	uint64_t event;
	int err;

	if (wait_is_over(w)) {
		err = event_check_fd(fd);
		if (!err && channel_lost(d->channel))
			err = -ENODEV;
		if (!err)
			event_write_fd((int)fd);
		return err;
	}
	err = event_add_fd(&d->events, fd, false, &event);
	if (err)
		return err;
	err = wait_register(d, w, event);
	if (err < 0)
		event_remove(&d->events, event);
	return err;
}

int wait_cpu(struct direct *d, void *args)
{
	const struct d3dkmt_waitforsynchronizationobjectfromcpu *p = args;
	__attribute__((cleanup(wait_fini))) struct wait w;
	int err;

	w.memory = NULL;
	err = wait_init(&w, p);
	if (!err)
		err = wait_look_up(d, &w);
	if (err)
		return err;
	if (p->async_event)
		return wait_async(d, &w, p->async_event);
	return wait_block(d, &w);
}

/* ---- waits of a context or a hardware queue ---- */

static int wait_post(struct direct *d, uint32_t context, const uint32_t *handle, uint32_t count,
		     const uint64_t *value, bool legacy)
{
	struct dxg_msg_waitforsyncobjectfromgpu body = {
		.context = context,
		.object_count = count,
		.legacy_fence_object = legacy,
	};
	struct direct_msg m = DIRECT_MSG(&body);

	if (object_denies(&d->objects, handle, count, OBJECT_NO_WAIT))
		return -EACCES;
	direct_tail(&m, value, 8ull * count);
	direct_tail(&m, handle, 4ull * count);
	return direct_post(d, DXG_MSG_WAITFORSYNCOBJECTFROMGPU, &m);
}

/* Every object must exist; the kind of the first decides. */
static int wait_kind(struct direct *d, const uint32_t *handle, uint32_t count, bool *ret_legacy)
{
	struct object *o = NULL;
	bool legacy = false;
	uint32_t i;

	pthread_mutex_lock(&d->objects.lock);
	for (i = 0; i < count; i++) {
		o = wait_object_locked(&d->objects, handle[i]);
		if (!o)
			break;
		if (!i)
			legacy = !o->fence;
	}
	pthread_mutex_unlock(&d->objects.lock);
	if (!o)
		return -EINVAL;
	*ret_legacy = legacy;
	return 0;
}

int wait_gpu(struct direct *d, void *args)
{
	const struct d3dkmt_waitforsynchronizationobjectfromgpu *p = args;
	uint64_t value[DXG_WAIT_GPU_OBJECTS] = { 0 };
	uint32_t handle[DXG_WAIT_GPU_OBJECTS], count = p->object_count;
	bool legacy;
	int err;

	if (!count || count > DXG_WAIT_GPU_OBJECTS ||
	    !object_has(&d->objects, p->context.v, OBJECT_CONTEXT))
		return -EINVAL;
	if (!p->objects)
		return -EFAULT;
	memcpy(handle, direct_user(p->objects), 4ull * count);
	err = wait_kind(d, handle, count, &legacy);
	if (err)
		return err;
	if (legacy)
		value[0] = p->fence_value;
	else if (!p->monitored_fence_values)
		return -EFAULT;
	else
		memcpy(value, direct_user(p->monitored_fence_values), 8ull * count);
	return wait_post(d, p->context.v, handle, count, value, legacy);
}

int wait_legacy(struct direct *d, void *args)
{
	const struct d3dkmt_waitforsynchronizationobject2 *p = args;
	uint64_t value[DXG_WAIT_GPU_OBJECTS] = { p->fence.fence_value };

	if (!p->object_count || p->object_count > DXG_WAIT_GPU_OBJECTS ||
	    !object_has(&d->objects, p->context.v, OBJECT_CONTEXT) ||
	    !object_has_all(&d->objects, &p->object_array[0].v, p->object_count, OBJECT_SYNC))
		return -EINVAL;
	return wait_post(d, p->context.v, &p->object_array[0].v, p->object_count, value, true);
}

int wait_hwqueue(struct direct *d, void *args)
{
	const struct d3dkmt_submitwaitforsyncobjectstohwqueue *p = args;
	uint32_t handle[DXG_WAIT_GPU_OBJECTS], count = p->object_count;
	bool legacy;
	int err;

	if (!count || count > DXG_WAIT_GPU_OBJECTS ||
	    !object_has(&d->objects, p->hwqueue.v, OBJECT_HWQUEUE))
		return -EINVAL;
	if (!p->objects || !p->fence_values)
		return -EFAULT;
	memcpy(handle, direct_user(p->objects), 4ull * count);
	err = wait_kind(d, handle, count, &legacy);
	if (err || legacy)
		return err ? err : -EINVAL;
	return wait_post(d, p->hwqueue.v, handle, count, direct_user(p->fence_values), false);
}

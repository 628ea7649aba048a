/* SPDX-License-Identifier: MIT */
/*
 * signal.c - signals of synchronization objects, from the CPU and behind the work of contexts and
 * hardware queues. All of them become the asynchronous message 26 (specification section 7.2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"

#define SIGNAL_FLAGS 0x7u /* signal_at_submission, enqueue_cpu_event, allow_fence_rewind */

/**
 * struct signal - one message being put together; pointers are the caller's arrays.
 * @event: eventfd number with enqueue_cpu_event
 * @hwqueues: @contexts are hardware queues
 */
struct signal {
	struct dxg_msg_signalsyncobject body;
	uint64_t objects;
	uint64_t contexts;
	uint64_t values;
	uint64_t event;
	bool hwqueues;
};

static int signal_check(struct direct *d, const struct signal *s)
{
	if (s->body.flags.value & ~SIGNAL_FLAGS)
		return -EINVAL;
	if (s->body.flags.signal_at_submission)
		return -EPERM; /* as the module: the message has no reply to say so */
	if ((s->body.object_count && !s->objects) || (s->body.context_count && !s->contexts))
		return -EFAULT;
	if (s->body.context_count &&
	    !object_has_all(&d->objects, direct_user(s->contexts), s->body.context_count,
			    s->hwqueues ? OBJECT_HWQUEUE : OBJECT_CONTEXT))
		return -EINVAL;
	if (s->body.object_count && !object_has_all(&d->objects, direct_user(s->objects),
						    s->body.object_count, OBJECT_SYNC))
		return -EINVAL;
	if (object_denies(&d->objects, direct_user(s->objects), s->body.object_count,
			  OBJECT_NO_SIGNAL))
		return -EACCES;
	return 0;
}

static int signal_post(struct direct *d, struct signal *s)
{
	struct direct_msg m = DIRECT_MSG(&s->body);
	uint64_t count = s->body.object_count, event = 0;
	int err = signal_check(d, s);

	if (!err && s->body.flags.enqueue_cpu_event)
		err = event_add_fd(&d->events, s->event, false, &event);
	if (err)
		return err;
	if (event)
		s->body.event_or_device = event;
	direct_tail(&m, direct_user(s->objects), 4 * count);
	direct_tail(&m, direct_user(s->contexts), 4ull * s->body.context_count);
	direct_tail(&m, direct_user(s->values), s->values ? 8 * count : 0);
	err = direct_post(d, DXG_MSG_SIGNALSYNCOBJECT, &m);
	if (err && event)
		event_remove(&d->events, event);
	return err;
}

int signal_legacy(struct direct *d, void *args)
{
	const struct d3dkmt_signalsynchronizationobject2 *p = args;
	struct d3dkmthandle contexts[DXG_BROADCAST_CONTEXTS];
	struct signal s = {
		.body = {
			.object_count = p->object_count,
			.flags = p->flags,
			.context_count = p->context_count + 1,
		},
		.objects = (uint64_t)(uintptr_t)p->object_array,
		.contexts = (uint64_t)(uintptr_t)contexts,
		.event = p->cpu_event_handle,
	};

	if (p->object_count > DXG_SIGNAL_OBJECTS || p->context_count >= DXG_BROADCAST_CONTEXTS)
		return -EINVAL;
	contexts[0] = p->context;
	memcpy(&contexts[1], p->contexts, p->context_count * sizeof(contexts[0]));
	if (!p->flags.enqueue_cpu_event)
		s.body.fence_value = p->fence.fence_value;
	return signal_post(d, &s);
}

int signal_cpu(struct direct *d, void *args)
{
	const struct d3dkmt_signalsynchronizationobjectfromcpu *p = args;
	struct signal s = {
		.body = {
			.object_count = p->object_count,
			.flags = p->flags,
			.event_or_device = p->device.v,
		},
		.objects = p->objects,
		.values = p->fence_values,
	};

	if (!p->object_count || p->object_count > DXG_SIGNAL_OBJECTS ||
	    p->flags.enqueue_cpu_event || !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	return signal_post(d, &s);
}

int signal_gpu(struct direct *d, void *args)
{
	const struct d3dkmt_signalsynchronizationobjectfromgpu *p = args;
	struct signal s = {
		.body = { .object_count = p->object_count, .context_count = 1 },
		.objects = p->objects,
		.contexts = (uint64_t)(uintptr_t)&p->context,
		.values = p->monitored_fence_values,
	};

	if (!p->object_count || p->object_count > DXG_SIGNAL_GPU_OBJECTS)
		return -EINVAL;
	return signal_post(d, &s);
}

int signal_gpu2(struct direct *d, void *args)
{
	const struct d3dkmt_signalsynchronizationobjectfromgpu2 *p = args;
	bool event = p->flags.enqueue_cpu_event;
	struct signal s = {
		.body = {
			.object_count = p->object_count,
			.flags = p->flags,
			.context_count = p->context_count,
		},
		.objects = p->objects,
		.contexts = p->contexts,
		.values = event ? 0 : p->monitored_fence_values,
		.event = p->cpu_event_handle,
	};

	if (event ? p->object_count || !p->cpu_event_handle : !p->object_count)
		return -EINVAL;
	if (p->object_count > DXG_SIGNAL_GPU_OBJECTS || !p->context_count ||
	    p->context_count > DXG_BROADCAST_CONTEXTS)
		return -EINVAL;
	return signal_post(d, &s);
}

int signal_hwqueue(struct direct *d, void *args)
{
	const struct d3dkmt_submitsignalsyncobjectstohwqueue *p = args;
	struct signal s = {
		.body = {
			.object_count = p->object_count,
			.flags = p->flags,
			.context_count = p->hwqueue_count,
		},
		.objects = p->objects,
		.contexts = p->hwqueues,
		.values = p->fence_values,
		.hwqueues = true,
	};

	/* The structure has no place for an event. */
	if (!p->object_count || p->object_count > DXG_SIGNAL_OBJECTS || !p->hwqueue_count ||
	    p->hwqueue_count > DXG_BROADCAST_CONTEXTS || p->flags.enqueue_cpu_event)
		return -EINVAL;
	return signal_post(d, &s);
}

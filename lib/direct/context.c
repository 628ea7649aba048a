/* SPDX-License-Identifier: MIT */
/*
 * context.c - contexts, their priorities and what is submitted to them. A submission is checked
 * here as far as handles, counts and flags go, put into the ring and forgotten: from there on
 * errors show in the device's state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* Specification section 2.6. */
#define CONTEXT_PRIVATE_MAX 131001u
#define CONTEXT_SUBMIT_TAIL_MAX 130648u
#define CONTEXT_TAIL offsetof(struct dxg_msg_createcontextvirtual, priv_drv_data)

/* Bits that have a meaning. Of a submission: the two named ones and no_kmd_access. */
#define CONTEXT_FLAGS 0x3fu
#define CONTEXT_SUBMIT_FLAGS 0x7u

static void context_free(void *p)
{
	free(*(void **)p);
}

static int context_end(struct direct *d, uint32_t handle)
{
	struct dxg_msg_handle body = { .handle = handle };
	struct direct_msg m = DIRECT_MSG(&body);

	return direct_call_status(d, DXG_MSG_DESTROYCONTEXT, &m);
}

static int context_enter(struct direct *d, const struct d3dkmt_createcontextvirtual *p,
			 uint32_t handle)
{
	struct object o = {
		.handle = handle,
		.type = OBJECT_CONTEXT,
		.device = p->device.v,
	};
	int err;

	if (!handle)
		return -EINVAL;
	err = object_add(&d->objects, &o);
	if (err)
		context_end(d, handle);
	return err;
}

/* The reply is the request, updated in place: the handle and the private data are the host's. */
static int context_send(struct direct *d, struct d3dkmt_createcontextvirtual *p)
{
	struct dxg_msg_createcontextvirtual body = {
		.device = p->device.v,
		.node_ordinal = p->node_ordinal,
		.engine_affinity = p->engine_affinity,
		.flags = p->flags,
		.client_hint = p->client_hint,
		.priv_drv_data_size = p->priv_drv_data_size,
	};
	struct direct_msg m = { .header = &body.h, .size = CONTEXT_TAIL };
	static const uint8_t slack[3];
	uint32_t expect = CONTEXT_TAIL + p->priv_drv_data_size;
	__attribute__((cleanup(context_free))) uint8_t *reply = malloc(expect);
	uint32_t handle;
	int err;

	if (!reply)
		return -ENOMEM;
	direct_tail(&m, direct_user(p->priv_drv_data), p->priv_drv_data_size);
	direct_tail(&m, slack, sizeof(slack));
	err = direct_call(d, DXG_MSG_CREATECONTEXTVIRTUAL, &m, reply, expect);
	if (err)
		return err;
	memcpy(&handle, reply + offsetof(struct dxg_msg_createcontextvirtual, context),
	       sizeof(handle));
	err = context_enter(d, p, handle);
	if (err)
		return err;
	if (p->priv_drv_data_size)
		memcpy(direct_user(p->priv_drv_data), reply + CONTEXT_TAIL, p->priv_drv_data_size);
	p->context.v = handle;
	return 0;
}

int context_create(struct direct *d, void *args)
{
	struct d3dkmt_createcontextvirtual *p = args;

	if (!object_has(&d->objects, p->device.v, OBJECT_DEVICE) ||
	    p->priv_drv_data_size > CONTEXT_PRIVATE_MAX || (p->flags.value & ~CONTEXT_FLAGS))
		return -EINVAL;
	if (p->priv_drv_data_size && !p->priv_drv_data)
		return -EFAULT;
	return context_send(d, p);
}

int context_destroy(struct direct *d, void *args)
{
	const struct d3dkmt_destroycontext *p = args;
	struct object_table *t = &d->objects;
	struct object *o;

	/* Its queues, too, go before dxgd can give their numbers to others. */
	pthread_mutex_lock(&t->lock);
	o = object_find_locked(t, p->context.v, OBJECT_CONTEXT);
	if (o && o->children)
		hwqueue_remove_all_locked(t, o->handle);
	if (o)
		object_remove_locked(t, o);
	pthread_mutex_unlock(&t->lock);
	return o ? context_end(d, p->context.v) : -EINVAL;
}

/* ---- priorities ---- */

static int context_send_priority(struct direct *d, uint32_t context, int priority, bool in_process)
{
	struct dxg_msg_setcontextschedulingpriority body = {
		.context = context,
		.priority = priority,
		.in_process = in_process,
	};
	struct direct_msg m = DIRECT_MSG(&body);

	if (priority < -DXG_CONTEXT_PRIORITY_MAX || priority > DXG_CONTEXT_PRIORITY_MAX ||
	    !object_has(&d->objects, context, OBJECT_CONTEXT))
		return -EINVAL;
	return direct_call_status(d, DXG_MSG_SETCONTEXTSCHEDULINGPRIORITY, &m);
}

int context_set_priority(struct direct *d, void *args)
{
	const struct d3dkmt_setcontextschedulingpriority *p = args;

	return context_send_priority(d, p->context.v, p->priority, false);
}

int context_set_in_process_priority(struct direct *d, void *args)
{
	const struct d3dkmt_setcontextinprocessschedulingpriority *p = args;

	return context_send_priority(d, p->context.v, p->priority, true);
}

static int context_ask_priority(struct direct *d, uint32_t context, bool in_process,
				int *ret_priority)
{
	struct dxg_msg_getcontextschedulingpriority body = {
		.context = context,
		.in_process = in_process,
	};
	struct dxg_msg_getcontextschedulingpriority_return reply;
	struct direct_msg m = DIRECT_MSG(&body);
	int err;

	if (!object_has(&d->objects, context, OBJECT_CONTEXT))
		return -EINVAL;
	err = direct_call(d, DXG_MSG_GETCONTEXTSCHEDULINGPRIORITY, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.status < 0)
		return dxg_status_to_errno(reply.status);
	*ret_priority = reply.priority;
	return 0;
}

int context_get_priority(struct direct *d, void *args)
{
	struct d3dkmt_getcontextschedulingpriority *p = args;

	return context_ask_priority(d, p->context.v, false, &p->priority);
}

int context_get_in_process_priority(struct direct *d, void *args)
{
	struct d3dkmt_getcontextinprocessschedulingpriority *p = args;

	return context_ask_priority(d, p->context.v, true, &p->priority);
}

/* ---- submission ---- */

static int context_check_submit(const struct d3dkmt_submitcommand *p)
{
	uint64_t tail = 4ull * p->num_history_buffers + p->priv_drv_data_size;
	uint32_t flags;

	memcpy(&flags, &p->flags, sizeof(flags));
	if (!p->broadcast_context_count || p->broadcast_context_count > DXG_BROADCAST_CONTEXTS ||
	    p->num_primaries > DXG_WRITTEN_PRIMARIES ||
	    p->num_history_buffers > DXG_HISTORY_BUFFERS || tail > CONTEXT_SUBMIT_TAIL_MAX ||
	    (flags & ~CONTEXT_SUBMIT_FLAGS))
		return -EINVAL;
	if ((p->num_history_buffers && !p->history_buffer_array) ||
	    (p->priv_drv_data_size && !p->priv_drv_data))
		return -EFAULT;
	return 0;
}

int context_submit(struct direct *d, void *args)
{
	const struct d3dkmt_submitcommand *p = args;
	struct dxg_msg_submitcommand body = { .args = *p };
	struct direct_msg m = DIRECT_MSG(&body);
	int err = context_check_submit(&body.args);

	if (err)
		return err;
	if (!object_has_all(&d->objects, &body.args.broadcast_context[0].v,
			    body.args.broadcast_context_count, OBJECT_CONTEXT))
		return -EINVAL;
	direct_tail(&m, direct_user(p->history_buffer_array), 4ull * body.args.num_history_buffers);
	direct_tail(&m, direct_user(p->priv_drv_data), body.args.priv_drv_data_size);
	body.args.priv_drv_data = 0;
	body.args.history_buffer_array = 0;
	body.args.reserved = 0;
	body.args.reserved1 = 0;
	return direct_post(d, DXG_MSG_SUBMITCOMMAND, &m);
}

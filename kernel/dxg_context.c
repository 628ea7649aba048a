// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_context.c - CreateContextVirtual, DestroyContext, and the priorities of contexts. See
 * dxg_context.h. No locks of its own.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_context.h"
#include "dxg_device.h"
#include "dxg_hwqueue.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxgwire/ntstatus.h"

/* Where the private data stands in request and reply (specification section 4.2). */
#define DXG_CONTEXT_DATA offsetof(struct dxg_msg_createcontextvirtual, priv_drv_data)
#define DXG_CONTEXT_DATA_MAX 131001u
/* The flags that the interface knows, no_kmd_access (bit 5) included; the host judges them. */
#define DXG_CONTEXT_FLAGS 0x3fu

/* Take the queues out of the table, except those that somebody is destroying already. */
static void dxg_context_disown(struct dxg_context *context, struct list_head *doomed)
{
	struct dxg_table *table = &context->object.process->file->objects;
	struct dxg_device *device = context->object.device;
	struct dxg_hwqueue *queue, *next;

	mutex_lock(&device->lock);
	context->dead = true;
	list_for_each_entry_safe(queue, next, &context->queues, link) {
		if (dxg_table_remove_object(table, &queue->object))
			list_move(&queue->link, doomed);
		else
			list_del_init(&queue->link);
	}
	mutex_unlock(&device->lock);
}

static void dxg_context_detach(struct dxg_object *object)
{
	struct dxg_hwqueue *queue, *next;
	LIST_HEAD(doomed);

	dxg_context_disown(dxg_object_context(object), &doomed);
	list_for_each_entry_safe(queue, next, &doomed, link) {
		dxg_object_detach(&queue->object);
		dxg_object_put(&queue->object);
	}
}

static void dxg_context_release(struct dxg_object *object)
{
	kfree_rcu(dxg_object_context(object), object.rcu);
}

static const struct dxg_object_ops dxg_context_ops = {
	.type = DXG_OBJECT_CONTEXT,
	.detach = dxg_context_detach,
	.release = dxg_context_release,
};

static struct dxg_object *dxg_context_alloc(struct dxg_device *device)
{
	struct dxg_context *context = kzalloc(sizeof(*context), GFP_KERNEL_ACCOUNT);

	if (!context)
		return NULL;
	dxg_object_init(&context->object, &dxg_context_ops, device->object.process, device);
	INIT_LIST_HEAD(&context->queues);
	return &context->object;
}

/* Ask the host. @slot: gets the reply, the request updated in place. */
static int dxg_context_create_host(struct dxg_device *device,
				   const struct d3dkmt_createcontextvirtual *args, const void *data,
				   struct dxg_slot *slot)
{
	struct dxg_process *process = device->object.process;
	u32 size = args->priv_drv_data_size;
	DXG_MESSAGE(dxg_msg_createcontextvirtual) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.node_ordinal = args->node_ordinal,
		.m.engine_affinity = args->engine_affinity,
		.m.flags = args->flags,
		.m.client_hint = args->client_hint,
		.m.priv_drv_data_size = size,
	};
	u32 in_struct = min_t(u32, size, sizeof(msg.m.priv_drv_data));
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = data + in_struct, .len = size - in_struct },
	};

	memcpy(msg.m.priv_drv_data, data, in_struct);
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CREATECONTEXTVIRTUAL, &msg.ext,
			 &msg.m.h);
	return dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot,
				DXG_CONTEXT_DATA + size);
}

static int dxg_context_check(const struct d3dkmt_createcontextvirtual *args)
{
	if (args->priv_drv_data_size > DXG_CONTEXT_DATA_MAX ||
	    args->flags.value & ~DXG_CONTEXT_FLAGS)
		return -EINVAL;
	return 0;
}

/* Hand out what the host made of the request; the context is known from then on. */
static int dxg_context_finish(struct dxg_object *context, const struct dxg_slot *slot,
			      const struct d3dkmt_createcontextvirtual *args, void __user *arg)
{
	struct d3dkmt_createcontextvirtual __user *user = arg;
	const struct dxg_msg_createcontextvirtual *reply = (const void *)slot->reply;
	int err;

	if (!reply->context)
		return -EINVAL;
	if (copy_to_user(args->priv_drv_data, slot->reply + DXG_CONTEXT_DATA,
			 args->priv_drv_data_size) ||
	    put_user(dxg_process_handle(context->process, reply->context), &user->context.v))
		err = -EFAULT;
	else
		err = dxg_device_adopt(context->device, context, reply->context);
	if (err)
		dxg_device_destroy_object(context->process, DXG_MSG_DESTROYCONTEXT, reply->context);
	return err;
}

static int dxg_context_create(struct dxg_device *device,
			      const struct d3dkmt_createcontextvirtual *args, const void *data,
			      void __user *arg)
{
	struct dxg_object *context;
	struct dxg_slot *slot;
	int err = -ENOMEM;

	context = dxg_context_alloc(device);
	slot = dxg_slot_create(sizeof(struct dxg_msg_createcontextvirtual) +
			       args->priv_drv_data_size);
	if (!context || !slot)
		goto err_put;
	err = dxg_context_create_host(device, args, data, slot);
	if (err >= 0)
		err = dxg_context_finish(context, slot, args, arg);
	if (!err)
		context = NULL; /* the table's now */
err_put:
	dxg_slot_put(slot);
	dxg_object_put(context);
	return err;
}

/** dxg_ioctl_create_context_virtual - CreateContextVirtual, 0x04. */
int dxg_ioctl_create_context_virtual(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createcontextvirtual args;
	struct dxg_device *device;
	struct dxg_buffer data;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_context_check(&args);
	if (err)
		return err;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_buffer_copy(&data, args.priv_drv_data, args.priv_drv_data_size);
	if (!err) {
		err = dxg_context_create(device, &args, data.data, arg);
		dxg_buffer_fini(&data);
	}
	dxg_device_put(device);
	return err;
}

/** dxg_ioctl_destroy_context - DestroyContext, 0x05. */
int dxg_ioctl_destroy_context(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_destroycontext args;
	struct dxg_object *context;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	context = dxg_table_remove(&file->objects, args.context.v, DXG_OBJECT_CONTEXT);
	if (!context)
		return -EINVAL;
	dxg_object_detach(context);
	err = dxg_device_destroy_object(context->process, DXG_MSG_DESTROYCONTEXT,
					dxg_object_host(context));
	dxg_object_put(context);
	return err;
}

static int dxg_context_set_priority(struct dxg_file *file, struct d3dkmthandle handle, int priority,
				    bool in_process)
{
	struct dxg_object *context;
	DXG_MESSAGE(dxg_msg_setcontextschedulingpriority) msg = {
		.m.priority = priority,
		.m.in_process = in_process,
	};
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_process *process;
	int err;

	if (priority < -DXG_CONTEXT_PRIORITY_MAX || priority > DXG_CONTEXT_PRIORITY_MAX)
		return -EINVAL;
	context = dxg_table_get(&file->objects, handle.v, DXG_OBJECT_CONTEXT);
	if (!context)
		return -EINVAL;
	process = context->process;
	msg.m.context = dxg_object_host(context);
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_SETCONTEXTSCHEDULINGPRIORITY,
			 &msg.ext, &msg.m.h);
	err = dxg_request_status(process->adapter, &part, 1);
	dxg_object_put(context);
	return err;
}

/** dxg_ioctl_set_context_priority - SetContextSchedulingPriority, 0x30. */
int dxg_ioctl_set_context_priority(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_setcontextschedulingpriority args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return dxg_context_set_priority(file, args.context, args.priority, false);
}

/** dxg_ioctl_set_context_in_process_priority - SetContextInProcessSchedulingPriority, 0x2f. */
int dxg_ioctl_set_context_in_process_priority(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_setcontextinprocessschedulingpriority args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return dxg_context_set_priority(file, args.context, args.priority, true);
}

static int dxg_context_get_priority(struct dxg_file *file, struct d3dkmthandle handle,
				    bool in_process, int __user *ret_priority)
{
	struct dxg_object *context = dxg_table_get(&file->objects, handle.v, DXG_OBJECT_CONTEXT);
	DXG_MESSAGE(dxg_msg_getcontextschedulingpriority) msg = { .m.in_process = in_process };
	struct dxg_msg_getcontextschedulingpriority_return reply;
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_process *process;
	int err;

	if (!context)
		return -EINVAL;
	process = context->process;
	msg.m.context = dxg_object_host(context);
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_GETCONTEXTSCHEDULINGPRIORITY,
			 &msg.ext, &msg.m.h);
	err = dxg_request_call(process->adapter, &part, 1, &reply, sizeof(reply));
	if (!err)
		err = dxg_status_to_errno(reply.status);
	if (err >= 0)
		err = put_user(reply.priority, ret_priority);
	dxg_object_put(context);
	return err;
}

/** dxg_ioctl_get_context_priority - GetContextSchedulingPriority, 0x22. */
int dxg_ioctl_get_context_priority(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_getcontextschedulingpriority __user *user = arg;
	struct d3dkmt_getcontextschedulingpriority args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return dxg_context_get_priority(file, args.context, false, &user->priority);
}

/** dxg_ioctl_get_context_in_process_priority - GetContextInProcessSchedulingPriority, 0x21. */
int dxg_ioctl_get_context_in_process_priority(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_getcontextinprocessschedulingpriority __user *user = arg;
	struct d3dkmt_getcontextinprocessschedulingpriority args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return dxg_context_get_priority(file, args.context, true, &user->priority);
}

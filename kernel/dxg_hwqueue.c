// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_hwqueue.c - CreateHwQueue, DestroyHwQueue and SubmitCommandToHwQueue. Signals and waits of
 * hardware queues are in dxg_signal.c and dxg_wait.c. No locks of its own; see dxg_context.h for
 * device->lock.
 *
 * A queue and its fence leave the table before the host hears of their end, be it of the queue or
 * of its context: the host may give their numbers to somebody else as soon as it has heard.
 *
 * Submissions allocate nothing when they are of normal size and wait for nothing but room in the
 * ring.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_hwqueue.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_sync.h"
#include "dxg_trace.h"
#include "dxgwire/ntstatus.h"

/* Where the private data stands in request and reply (specification section 4.2). */
#define DXG_HWQUEUE_DATA offsetof(struct dxg_msg_createhwqueue, priv_drv_data)
#define DXG_HWQUEUE_DATA_MAX 130985u
/* disable_gpu_timeout, no_broadcast_signal, no_broadcast_wait, no_kmd_access; the host judges them.
 */
#define DXG_HWQUEUE_FLAGS 0xfu
/* Primaries and private data together (specification section 2.6). */
#define DXG_HWQUEUE_TAIL_MAX 130976u

static void dxg_hwqueue_detach(struct dxg_object *object)
{
	struct dxg_hwqueue *queue = dxg_object_hwqueue(object);

	mutex_lock(&object->device->lock);
	list_del_init(&queue->link);
	mutex_unlock(&object->device->lock);
	dxg_sync_withdraw(queue->fence);
}

static void dxg_hwqueue_release(struct dxg_object *object)
{
	struct dxg_hwqueue *queue = dxg_object_hwqueue(object);

	if (queue->fence)
		dxg_object_put(&queue->fence->object);
	dxg_object_put(&queue->context->object);
	kfree_rcu(queue, object.rcu);
}

static const struct dxg_object_ops dxg_hwqueue_ops = {
	.type = DXG_OBJECT_HWQUEUE,
	.detach = dxg_hwqueue_detach,
	.release = dxg_hwqueue_release,
};

static struct dxg_hwqueue *dxg_hwqueue_alloc(struct dxg_context *context)
{
	struct dxg_process *process = context->object.process;
	struct dxg_device *device = context->object.device;
	struct dxg_hwqueue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	dxg_object_init(&queue->object, &dxg_hwqueue_ops, process, device);
	INIT_LIST_HEAD(&queue->link);
	kref_get(&context->object.ref);
	queue->context = context;
	queue->fence = dxg_sync_create(process, device);
	if (queue->fence) {
		queue->fence->queue = true;
		return queue;
	}
	dxg_object_put(&queue->object);
	return NULL;
}

/* Ask the host. @slot: gets the reply, the request updated in place. */
static int dxg_hwqueue_create_host(struct dxg_context *context,
				   const struct d3dkmt_createhwqueue *args, const void *data,
				   struct dxg_slot *slot)
{
	struct dxg_process *process = context->object.process;
	const struct dxg_msg_createhwqueue *reply = (const void *)slot->reply;
	u32 size = args->priv_drv_data_size;
	DXG_MESSAGE(dxg_msg_createhwqueue) msg = {
		.m.context = dxg_object_host(&context->object),
		.m.flags = args->flags,
		.m.priv_drv_data_size = size,
	};
	u32 in_struct = min_t(u32, size, sizeof(msg.m.priv_drv_data));
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = data + in_struct, .len = size - in_struct },
	};
	int err;

	memcpy(msg.m.priv_drv_data, data, in_struct);
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CREATEHWQUEUE, &msg.ext,
			 &msg.m.h);
	err = dxg_request_slot(process->adapter, part, ARRAY_SIZE(part), slot,
			       DXG_HWQUEUE_DATA + size);
	if (err < 0)
		return err;
	if (reply->status < 0)
		return dxg_status_to_errno(reply->status);
	return reply->hwqueue ? 0 : -EINVAL;
}

/* The table gets the queue, and the fence with a reference of its own. */
static int dxg_hwqueue_commit(struct dxg_hwqueue *queue, const struct dxg_msg_createhwqueue *reply)
{
	struct dxg_device *device = queue->object.device;
	struct dxg_object *fence = &queue->fence->object;
	int err = -EINVAL;

	kref_get(&fence->ref);
	mutex_lock(&device->lock);
	if (!queue->context->dead)
		err = dxg_device_adopt_locked(device, fence, reply->progress_fence);
	if (err) {
		mutex_unlock(&device->lock);
		dxg_object_put(fence);
		return err;
	}
	err = dxg_device_adopt_locked(device, &queue->object, reply->hwqueue);
	if (!err)
		list_add(&queue->link, &queue->context->queues);
	mutex_unlock(&device->lock);
	if (err)
		dxg_sync_withdraw(queue->fence);
	return err;
}

/* Hand out what the host made of the request; the queue is known from then on. */
static int dxg_hwqueue_finish(struct dxg_hwqueue *queue, struct d3dkmt_createhwqueue *args,
			      const struct dxg_slot *slot, void __user *arg)
{
	struct d3dkmt_createhwqueue __user *user = arg;
	const struct dxg_msg_createhwqueue *reply = (const void *)slot->reply;
	struct dxg_process *process = queue->object.process;
	u64 address;
	int err = dxg_sync_bind_fence(queue->fence, reply->progress_fence_address, &address);

	if (err)
		return err;
	args->queue.v = dxg_process_handle(process, reply->hwqueue);
	args->queue_progress_fence.v = dxg_process_handle(process, reply->progress_fence);
	args->queue_progress_fence_cpu_va = u64_to_user_ptr(address);
	args->queue_progress_fence_gpu_va = reply->progress_fence_gpu_va;
	if (copy_to_user(args->priv_drv_data, slot->reply + DXG_HWQUEUE_DATA,
			 args->priv_drv_data_size) ||
	    copy_to_user(&user->queue, &args->queue,
			 sizeof(*args) - offsetof(struct d3dkmt_createhwqueue, queue)))
		return -EFAULT;
	return dxg_hwqueue_commit(queue, reply);
}

static int dxg_hwqueue_create(struct dxg_context *context, struct d3dkmt_createhwqueue *args,
			      const void *data, void __user *arg)
{
	struct dxg_process *process = context->object.process;
	struct dxg_hwqueue *queue = dxg_hwqueue_alloc(context);
	struct dxg_slot *slot;
	int err = -ENOMEM;

	if (!queue)
		return -ENOMEM;
	slot = dxg_slot_create(sizeof(struct dxg_msg_createhwqueue) + args->priv_drv_data_size);
	if (!slot)
		goto err_put;
	err = dxg_hwqueue_create_host(context, args, data, slot);
	if (err)
		goto err_slot;
	err = dxg_hwqueue_finish(queue, args, slot, arg);
	if (err)
		goto err_host;
	dxg_slot_put(slot);
	return 0; /* the queue is the table's now */

err_host:
	dxg_object_detach(&queue->fence->object);
	dxg_device_destroy_object(process, DXG_MSG_DESTROYHWQUEUE,
				  ((const struct dxg_msg_createhwqueue *)slot->reply)->hwqueue);
err_slot:
	dxg_slot_put(slot);
err_put:
	dxg_object_put(&queue->object);
	return err;
}

/** dxg_ioctl_create_hw_queue - CreateHwQueue, 0x18. */
int dxg_ioctl_create_hw_queue(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createhwqueue args;
	struct dxg_object *context;
	struct dxg_buffer data;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.priv_drv_data_size > DXG_HWQUEUE_DATA_MAX || args.flags.value & ~DXG_HWQUEUE_FLAGS)
		return -EINVAL;
	context = dxg_table_get(&file->objects, args.context.v, DXG_OBJECT_CONTEXT);
	if (!context)
		return -EINVAL;
	err = dxg_buffer_copy(&data, args.priv_drv_data, args.priv_drv_data_size);
	if (!err) {
		err = dxg_hwqueue_create(dxg_object_context(context), &args, data.data, arg);
		dxg_buffer_fini(&data);
	}
	dxg_object_put(context);
	return err;
}

/** dxg_ioctl_destroy_hw_queue - DestroyHwQueue, 0x1b. */
int dxg_ioctl_destroy_hw_queue(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_destroyhwqueue args;
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	queue = dxg_table_remove(&file->objects, args.queue.v, DXG_OBJECT_HWQUEUE);
	if (!queue)
		return -EINVAL;
	dxg_object_detach(queue);
	err = dxg_device_destroy_object(queue->process, DXG_MSG_DESTROYHWQUEUE,
					dxg_object_host(queue));
	dxg_object_put(queue);
	return err;
}

/** struct dxg_hwqueue_submission - the message as it goes into the ring. */
struct dxg_hwqueue_submission {
	struct dxg_msg_ext ext;
	struct dxg_msg_submitcommandtohwqueue m;
};

static int dxg_hwqueue_check_submit(const struct d3dkmt_submitcommandtohwqueue *args)
{
	if (args->num_primaries > DXG_WRITTEN_PRIMARIES ||
	    args->priv_drv_data_size > DXG_HWQUEUE_TAIL_MAX - args->num_primaries * sizeof(u32))
		return -EINVAL;
	/* The host wants more than the last one; these two are never more, or look like a loss. */
	if (!args->hwqueue_progress_fence_id || args->hwqueue_progress_fence_id == U64_MAX)
		return -EINVAL;
	return 0;
}

/* Copy what follows the structure: primaries, as the host's handles, and private data. */
static int dxg_hwqueue_tail(struct dxg_process *process,
			    const struct d3dkmt_submitcommandtohwqueue *args,
			    struct dxg_buffer *tail, u32 *ret_size)
{
	u32 primaries = args->num_primaries * sizeof(u32);
	u32 size = primaries + args->priv_drv_data_size;
	int err = dxg_buffer_init(tail, size);

	if (err)
		return err;
	if ((primaries && copy_from_user(tail->data, args->written_primaries, primaries)) ||
	    (args->priv_drv_data_size &&
	     copy_from_user(tail->data + primaries, args->priv_drv_data, args->priv_drv_data_size)))
		err = -EFAULT;
	if (!err)
		err = dxg_table_translate(&process->file->objects, tail->data, args->num_primaries,
					  DXG_OBJECT_ALLOCATION, process);
	if (err)
		dxg_buffer_fini(tail);
	else
		*ret_size = size;
	return err;
}

static int dxg_hwqueue_submit(struct dxg_object *queue, struct dxg_hwqueue_submission *msg)
{
	struct d3dkmt_submitcommandtohwqueue *args = &msg->m.args;
	struct dxg_process *process = queue->process;
	struct dxg_ring_part part[2] = { { .base = msg, .len = sizeof(*msg) } };
	struct dxg_buffer tail;
	int err = dxg_hwqueue_tail(process, args, &tail, &part[1].len);

	if (err)
		return err;
	part[1].base = tail.data;
	args->hwqueue.v = dxg_object_host(queue);
	args->priv_drv_data = NULL;
	args->written_primaries = NULL;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_SUBMITCOMMANDTOHWQUEUE, &msg->ext,
			 &msg->m.h);
	err = dxg_request_post(process->adapter, &msg->m.h, part, ARRAY_SIZE(part));
	dxg_buffer_fini(&tail);
	return err;
}

/** dxg_ioctl_submit_command_to_hw_queue - SubmitCommandToHwQueue, 0x34. */
int dxg_ioctl_submit_command_to_hw_queue(struct dxg_file *file, void __user *arg)
{
	struct dxg_hwqueue_submission msg;
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&msg.m.args, arg, sizeof(msg.m.args)))
		return -EFAULT;
	msg.m.args.reserved = 0;
	msg.m.args.reserved1 = 0;
	err = dxg_hwqueue_check_submit(&msg.m.args);
	if (err)
		return err;
	queue = dxg_table_get(&file->objects, msg.m.args.hwqueue.v, DXG_OBJECT_HWQUEUE);
	if (!queue)
		return -EINVAL;
	trace_dxg_submit_hwqueue(queue->handle, msg.m.args.command_buffer,
				 msg.m.args.command_length, msg.m.args.hwqueue_progress_fence_id);
	err = dxg_hwqueue_submit(queue, &msg);
	dxg_object_put(queue);
	return err;
}

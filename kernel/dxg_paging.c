// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_paging.c - paging queues, MakeResident, Evict and FlushHeapTransitions. A queue's fence is an
 * object of its own in the handle table, made and removed with the queue. No locks of its own.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_sync.h"
#include "dxgwire/ntstatus.h"

#define DXG_MAKERESIDENT_FLAGS 3u
#define DXG_EVICT_FLAGS 3u

/** struct dxg_paging_queue - @fence: holds a reference beside the table's; never changes. */
struct dxg_paging_queue {
	struct dxg_object object;
	struct dxg_sync *fence;
};

static struct dxg_paging_queue *dxg_object_paging_queue(struct dxg_object *object)
{
	return container_of(object, struct dxg_paging_queue, object);
}

static void dxg_paging_queue_detach(struct dxg_object *object)
{
	dxg_sync_withdraw(dxg_object_paging_queue(object)->fence);
}

static void dxg_paging_queue_release(struct dxg_object *object)
{
	struct dxg_paging_queue *queue = dxg_object_paging_queue(object);

	if (queue->fence)
		dxg_object_put(&queue->fence->object);
	kfree_rcu(queue, object.rcu);
}

static const struct dxg_object_ops dxg_paging_queue_ops = {
	.type = DXG_OBJECT_PAGING_QUEUE,
	.detach = dxg_paging_queue_detach,
	.release = dxg_paging_queue_release,
};

static struct dxg_paging_queue *dxg_paging_queue_alloc(struct dxg_device *device)
{
	struct dxg_process *process = device->object.process;
	struct dxg_paging_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	dxg_object_init(&queue->object, &dxg_paging_queue_ops, process, device);
	queue->fence = dxg_sync_create(process, device);
	if (queue->fence) {
		queue->fence->queue = true;
		return queue;
	}
	dxg_object_put(&queue->object);
	return NULL;
}

static void dxg_paging_queue_destroy_host(struct dxg_process *process, u32 handle)
{
	DXG_MESSAGE(dxg_msg_handle) msg = { .m.handle = handle };
	struct dxg_ring_part part = DXG_PART(msg);
	u8 unused; /* the reply's payload says nothing */

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_DESTROYPAGINGQUEUE, &msg.ext,
			 &msg.m.h);
	dxg_request_call(process->adapter, &part, 1, &unused, 0);
}

static int dxg_paging_queue_create_host(struct dxg_process *process,
					const struct d3dkmt_createpagingqueue *args,
					struct dxg_msg_createpagingqueue_return *ret_reply)
{
	DXG_MESSAGE(dxg_msg_createpagingqueue) msg = {
		.m.args.device.v = dxg_handle_host(args->device.v),
		.m.args.priority = args->priority,
		.m.args.physical_adapter_index = args->physical_adapter_index,
	};
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_CREATEPAGINGQUEUE, &msg.ext,
			 &msg.m.h);
	return dxg_request_call(process->adapter, &part, 1, ret_reply, sizeof(*ret_reply));
}

/* The table gets the queue, and the fence with a reference of its own. */
static int dxg_paging_queue_commit(struct dxg_paging_queue *queue,
				   const struct dxg_msg_createpagingqueue_return *reply)
{
	struct dxg_device *device = queue->object.device;
	struct dxg_object *fence = &queue->fence->object;
	int err;

	kref_get(&fence->ref);
	err = dxg_device_adopt(device, fence, reply->sync_object);
	if (err) {
		dxg_object_put(fence);
		return err;
	}
	err = dxg_device_adopt(device, &queue->object, reply->paging_queue);
	if (err)
		dxg_paging_queue_detach(&queue->object);
	return err;
}

static int dxg_paging_queue_finish(struct dxg_paging_queue *queue,
				   struct d3dkmt_createpagingqueue *args,
				   const struct dxg_msg_createpagingqueue_return *reply,
				   void __user *arg)
{
	struct dxg_process *process = queue->object.process;
	u64 address;
	int err =
		dxg_sync_bind_fence(queue->fence, reply->fence_storage_physical_address, &address);

	if (err)
		return err;
	args->paging_queue.v = dxg_process_handle(process, reply->paging_queue);
	args->sync_object.v = dxg_process_handle(process, reply->sync_object);
	args->fence_cpu_virtual_address = u64_to_user_ptr(address);
	if (copy_to_user(arg, args, sizeof(*args)))
		return -EFAULT;
	return dxg_paging_queue_commit(queue, reply);
}

static int dxg_paging_queue_make(struct dxg_device *device, struct d3dkmt_createpagingqueue *args,
				 void __user *arg)
{
	struct dxg_process *process = device->object.process;
	struct dxg_msg_createpagingqueue_return reply;
	struct dxg_paging_queue *queue = dxg_paging_queue_alloc(device);
	int err;

	if (!queue)
		return -ENOMEM;
	err = dxg_paging_queue_create_host(process, args, &reply);
	if (!err && !reply.paging_queue)
		err = -EINVAL;
	if (err)
		goto err_put;
	err = dxg_paging_queue_finish(queue, args, &reply, arg);
	if (!err)
		return 0;
	dxg_paging_queue_destroy_host(process, reply.paging_queue);
err_put:
	dxg_object_put(&queue->object);
	return err;
}

/** dxg_ioctl_create_paging_queue - CreatePagingQueue, 0x07. */
int dxg_ioctl_create_paging_queue(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_createpagingqueue args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if ((int)args.priority < _D3DDDI_PAGINGQUEUE_PRIORITY_BELOW_NORMAL ||
	    (int)args.priority > _D3DDDI_PAGINGQUEUE_PRIORITY_ABOVE_NORMAL)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_paging_queue_make(device, &args, arg);
	dxg_device_put(device);
	return err;
}

/** dxg_ioctl_destroy_paging_queue - DestroyPagingQueue, 0x1c. */
int dxg_ioctl_destroy_paging_queue(struct dxg_file *file, void __user *arg)
{
	struct d3dddi_destroypagingqueue args;
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	queue = dxg_table_remove(&file->objects, args.paging_queue.v, DXG_OBJECT_PAGING_QUEUE);
	if (!queue)
		return -EINVAL;
	dxg_object_detach(queue);
	dxg_paging_queue_destroy_host(queue->process, dxg_object_host(queue));
	err = dxg_session_lost(queue->process->adapter->session) ? -ENODEV : 0;
	dxg_object_put(queue);
	return err;
}

static int dxg_paging_ask_resident(struct dxg_object *queue, const struct d3dddi_makeresident *args,
				   const u32 *allocation,
				   struct dxg_msg_makeresident_return *ret_reply)
{
	struct dxg_process *process = queue->process;
	DXG_MESSAGE(dxg_msg_makeresident) msg = {
		.m.paging_queue = dxg_object_host(queue),
		.m.flags = args->flags,
		.m.alloc_count = args->alloc_count,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = allocation, .len = args->alloc_count * sizeof(*allocation) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_MAKERESIDENT, &msg.ext, &msg.m.h);
	return dxg_request_call(process->adapter, part, ARRAY_SIZE(part), ret_reply,
				sizeof(*ret_reply));
}

/* On failure, too, user mode must learn how much to trim. */
static int dxg_paging_put_resident(const struct dxg_msg_makeresident_return *reply,
				   struct d3dddi_makeresident __user *user)
{
	bool done = reply->status == DXG_STATUS_SUCCESS || reply->status == DXG_STATUS_PENDING;

	if ((done || reply->status < 0) &&
	    put_user(reply->num_bytes_to_trim, &user->num_bytes_to_trim))
		return -EFAULT;
	if (done && put_user(reply->paging_fence_value, &user->paging_fence_value))
		return -EFAULT;
	return dxg_status_to_errno(reply->status);
}

static int dxg_paging_make_resident(struct dxg_object *queue,
				    const struct d3dddi_makeresident *args, void __user *arg)
{
	struct dxg_msg_makeresident_return reply;
	struct dxg_buffer list;
	int err = dxg_buffer_copy(&list, args->allocation_list, args->alloc_count * sizeof(u32));

	if (err)
		return err;
	err = dxg_table_translate(&queue->process->file->objects, list.data, args->alloc_count,
				  DXG_OBJECT_ALLOCATION, queue->process);
	if (!err)
		err = dxg_paging_ask_resident(queue, args, list.data, &reply);
	dxg_buffer_fini(&list);
	return err ?: dxg_paging_put_resident(&reply, arg);
}

/** dxg_ioctl_make_resident - MakeResident, 0x0b. */
int dxg_ioctl_make_resident(struct dxg_file *file, void __user *arg)
{
	struct d3dddi_makeresident args;
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.alloc_count || args.alloc_count > DXG_ALLOCATIONS_PER_RESIDENCY ||
	    args.flags.value & ~DXG_MAKERESIDENT_FLAGS)
		return -EINVAL;
	queue = dxg_table_get(&file->objects, args.paging_queue.v, DXG_OBJECT_PAGING_QUEUE);
	if (!queue)
		return -EINVAL;
	err = dxg_paging_make_resident(queue, &args, arg);
	dxg_object_put(queue);
	return err;
}

static int dxg_paging_ask_evict(struct dxg_device *device, const struct d3dkmt_evict *args,
				const u32 *allocation, struct dxg_msg_evict_return *ret_reply)
{
	struct dxg_process *process = device->object.process;
	DXG_MESSAGE(dxg_msg_evict) msg = {
		.m.device = dxg_object_host(&device->object),
		.m.flags = args->flags,
		.m.alloc_count = args->alloc_count,
		.m.first_allocation = allocation[0],
	};
	/* The list starts inside the structure. */
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = allocation + 1, .len = (args->alloc_count - 1) * sizeof(*allocation) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_EVICT, &msg.ext, &msg.m.h);
	return dxg_request_call(process->adapter, part, ARRAY_SIZE(part), ret_reply,
				sizeof(*ret_reply));
}

static int dxg_paging_evict(struct dxg_device *device, const struct d3dkmt_evict *args,
			    void __user *arg)
{
	struct d3dkmt_evict __user *user = arg;
	struct dxg_process *process = device->object.process;
	struct dxg_msg_evict_return reply;
	struct dxg_buffer list;
	int err = dxg_buffer_copy(&list, args->allocations, args->alloc_count * sizeof(u32));

	if (err)
		return err;
	err = dxg_table_translate(&process->file->objects, list.data, args->alloc_count,
				  DXG_OBJECT_ALLOCATION, process);
	if (!err)
		err = dxg_paging_ask_evict(device, args, list.data, &reply);
	dxg_buffer_fini(&list);
	return err ?: put_user(reply.num_bytes_to_trim, &user->num_bytes_to_trim);
}

/** dxg_ioctl_evict - Evict, 0x1e. */
int dxg_ioctl_evict(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_evict args;
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.alloc_count || args.alloc_count > DXG_ALLOCATIONS_PER_RESIDENCY ||
	    args.flags.value & ~DXG_EVICT_FLAGS)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	err = dxg_paging_evict(device, &args, arg);
	dxg_device_put(device);
	return err;
}

/** dxg_ioctl_flush_heap_transitions - FlushHeapTransitions, 0x1f. */
int dxg_ioctl_flush_heap_transitions(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_flushheaptransitions args;
	DXG_HEADER_MESSAGE msg;
	struct dxg_ring_part part = DXG_PART(msg);
	struct dxg_process *process;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_process_find(file, args.adapter, &process);
	if (err)
		return err;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_FLUSHHEAPTRANSITIONS, &msg.ext,
			 &msg.m_h);
	return dxg_request_status(process->adapter, &part, 1);
}

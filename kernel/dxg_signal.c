// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_signal.c - the five ways to signal synchronization objects. All become one message (26,
 * specification section 7.2) that nobody answers. No state, no locks.
 *
 * The fences of queues are the host's to signal and refused here: an asynchronous message has no
 * error path but the loss of the device.
 */
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_event.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_sync.h"

/* signal_at_submission, enqueue_cpu_event, allow_fence_rewind. */
#define DXG_SIGNAL_FLAGS 7u

/**
 * struct dxg_signal - one signal message.
 * @process: whose
 * @flags: checked
 * @objects: handles of sync objects
 * @object_count: how many
 * @contexts: handles of contexts or hardware queues
 * @context_count: how many
 * @context_type: which of them, DXG_OBJECT_*
 * @values: one per object, or NULL
 * @fence_value: legacy value
 * @device: CPU signals: the device; else 0
 * @eventfd: with flags.enqueue_cpu_event: its number
 */
struct dxg_signal {
	struct dxg_process *process;
	struct d3dddicb_signalflags flags;
	u32 *objects;
	u32 object_count;
	u32 *contexts;
	u32 context_count;
	enum dxg_object_type context_type;
	const u64 *values;
	u64 fence_value;
	u32 device;
	u64 eventfd;
};

/* From handles of user mode to the host's; none may be the fence of a queue. */
static int dxg_signal_translate(const struct dxg_signal *signal)
{
	struct dxg_table *table = &signal->process->file->objects;
	struct dxg_object *object;
	int err = 0;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < signal->object_count && !err; i++) {
		object = dxg_table_peek(table, signal->objects[i], DXG_OBJECT_SYNC);
		if (!object || dxg_object_sync(object)->queue)
			err = -EINVAL;
		else if (dxg_object_sync(object)->deny & DXG_SYNC_NO_SIGNAL)
			err = -EACCES;
	}
	rcu_read_unlock();
	if (!err)
		err = dxg_table_translate(table, signal->objects, signal->object_count,
					  DXG_OBJECT_SYNC, signal->process);
	if (!err)
		err = dxg_table_translate(table, signal->contexts, signal->context_count,
					  signal->context_type, signal->process);
	return err;
}

static int dxg_signal_post(const struct dxg_signal *signal, u64 event_or_device)
{
	struct dxg_adapter *adapter = signal->process->adapter;
	DXG_MESSAGE(dxg_msg_signalsyncobject)
	msg = {
		.m.object_count = signal->object_count,
		.m.flags = signal->flags,
		.m.context_count = signal->context_count,
		.m.fence_value = signal->fence_value,
		.m.event_or_device = event_or_device,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = signal->objects, .len = signal->object_count * sizeof(u32) },
		{ .base = signal->contexts, .len = signal->context_count * sizeof(u32) },
		{ .base = signal->values,
		  .len = signal->values ? signal->object_count * sizeof(u64) : 0 },
	};

	dxg_request_vgpu(adapter, signal->process->host, DXG_MSG_SIGNALSYNCOBJECT, &msg.ext,
			 &msg.m.h);
	return dxg_request_post(adapter, &msg.m.h, part, ARRAY_SIZE(part));
}

/*
 * Check the handles and send; everything else was checked. The host signals behind work, never at
 * submission, and the message has no reply in which it could say so: NOT_SUPPORTED here.
 */
static int dxg_signal_send(const struct dxg_signal *signal)
{
	struct dxg_event *event;
	int err = signal->flags.signal_at_submission ? -EPERM : dxg_signal_translate(signal);

	if (err)
		return err;
	if (!signal->flags.enqueue_cpu_event)
		return dxg_signal_post(signal, signal->device);
	err = dxg_event_create(signal->process, signal->eventfd, false, &event);
	if (err)
		return err;
	err = dxg_signal_post(signal, event->id);
	if (err < 0)
		dxg_event_withdraw(event);
	dxg_event_put(event);
	return err;
}

/* Copy the caller's objects and values (if any), then send. */
static int dxg_signal_copy_and_send(struct dxg_signal *signal, const void __user *objects,
				    const u64 __user *values)
{
	struct dxg_buffer object_list, value_list;
	u32 n = signal->object_count;
	int err = dxg_buffer_copy(&object_list, objects, n * sizeof(u32));

	if (err)
		return err;
	signal->objects = object_list.data;
	if (!values) {
		err = dxg_signal_send(signal);
		goto out;
	}
	err = dxg_buffer_copy(&value_list, values, n * sizeof(u64));
	if (err)
		goto out;
	signal->values = value_list.data;
	err = dxg_signal_send(signal);
	dxg_buffer_fini(&value_list);
out:
	dxg_buffer_fini(&object_list);
	return err;
}

/** dxg_ioctl_signal_from_cpu - SignalSynchronizationObjectFromCpu, 0x31. */
int dxg_ioctl_signal_from_cpu(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_signalsynchronizationobjectfromcpu args;
	struct dxg_signal signal = {};
	struct dxg_device *device;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.object_count || args.object_count > DXG_SIGNAL_OBJECTS ||
	    args.flags.value & ~DXG_SIGNAL_FLAGS || args.flags.enqueue_cpu_event)
		return -EINVAL;
	device = dxg_device_get(file, args.device);
	if (!device)
		return -EINVAL;
	signal.process = device->object.process;
	signal.flags = args.flags;
	signal.object_count = args.object_count;
	signal.device = dxg_object_host(&device->object);
	err = dxg_signal_copy_and_send(&signal, args.objects, args.fence_values);
	dxg_device_put(device);
	return err;
}

/* What a signal is queued on, with a reference, or NULL; tells the process. */
static struct dxg_object *dxg_signal_queue(struct dxg_file *file, u32 handle,
					   enum dxg_object_type type, struct dxg_signal *signal)
{
	struct dxg_object *queue = dxg_table_get(&file->objects, handle, type);

	signal->context_type = type;
	if (queue)
		signal->process = queue->process;
	return queue;
}

static struct dxg_object *dxg_signal_context(struct dxg_file *file, u32 handle,
					     struct dxg_signal *signal)
{
	return dxg_signal_queue(file, handle, DXG_OBJECT_CONTEXT, signal);
}

/** dxg_ioctl_signal_from_gpu - SignalSynchronizationObjectFromGpu, 0x32. */
int dxg_ioctl_signal_from_gpu(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu args;
	struct dxg_signal signal = {};
	struct dxg_object *context;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.object_count || args.object_count > DXG_SIGNAL_GPU_OBJECTS)
		return -EINVAL;
	context = dxg_signal_context(file, args.context.v, &signal);
	if (!context)
		return -EINVAL;
	signal.object_count = args.object_count;
	signal.contexts = &args.context.v;
	signal.context_count = 1;
	err = dxg_signal_copy_and_send(&signal, args.objects, args.monitored_fence_values);
	dxg_object_put(context);
	return err;
}

static int dxg_signal_check_gpu2(const struct d3dkmt_signalsynchronizationobjectfromgpu2 *args)
{
	if (args->flags.value & ~DXG_SIGNAL_FLAGS || !args->context_count ||
	    args->context_count > DXG_BROADCAST_CONTEXTS)
		return -EINVAL;
	if (args->flags.enqueue_cpu_event)
		return args->object_count || !args->cpu_event_handle ? -EINVAL : 0;
	return args->object_count && args->object_count <= DXG_SIGNAL_GPU_OBJECTS ? 0 : -EINVAL;
}

/** dxg_ioctl_signal_from_gpu2 - SignalSynchronizationObjectFromGpu2, 0x33. */
int dxg_ioctl_signal_from_gpu2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_signalsynchronizationobjectfromgpu2 args;
	u32 contexts[DXG_BROADCAST_CONTEXTS];
	struct dxg_signal signal = {};
	struct dxg_object *context;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_signal_check_gpu2(&args);
	if (err)
		return err;
	if (copy_from_user(contexts, args.contexts, args.context_count * sizeof(u32)))
		return -EFAULT;
	context = dxg_signal_context(file, contexts[0], &signal);
	if (!context)
		return -EINVAL;
	signal.flags = args.flags;
	signal.object_count = args.object_count;
	signal.contexts = contexts;
	signal.context_count = args.context_count;
	if (args.flags.enqueue_cpu_event) {
		signal.eventfd = args.cpu_event_handle;
		err = dxg_signal_send(&signal);
	} else {
		err = dxg_signal_copy_and_send(&signal, args.objects, args.monitored_fence_values);
	}
	dxg_object_put(context);
	return err;
}

static int dxg_signal_check_legacy(const struct d3dkmt_signalsynchronizationobject2 *args)
{
	if (args->object_count > DXG_SIGNAL_OBJECTS ||
	    args->context_count > DXG_BROADCAST_CONTEXTS - 1 ||
	    args->flags.value & ~DXG_SIGNAL_FLAGS)
		return -EINVAL;
	return args->object_count || args->flags.enqueue_cpu_event ? 0 : -EINVAL;
}

/*
 * The legacy call has one value for all objects. The objects carried here are monitored fences and
 * CPU events, so the value is sent once per object as well.
 */
static int dxg_signal_legacy(struct dxg_signal *signal,
			     struct d3dkmt_signalsynchronizationobject2 *args)
{
	u32 contexts[DXG_BROADCAST_CONTEXTS];
	u64 values[DXG_SIGNAL_OBJECTS];
	u32 i;

	contexts[0] = args->context.v;
	for (i = 0; i < args->context_count; i++)
		contexts[i + 1] = args->contexts[i].v;
	signal->flags = args->flags;
	signal->objects = &args->object_array[0].v;
	signal->object_count = args->object_count;
	signal->contexts = contexts;
	signal->context_count = args->context_count + 1;
	if (args->flags.enqueue_cpu_event) {
		signal->eventfd = args->cpu_event_handle;
		return dxg_signal_send(signal);
	}
	for (i = 0; i < args->object_count; i++)
		values[i] = args->fence.fence_value;
	signal->fence_value = args->fence.fence_value;
	signal->values = values;
	return dxg_signal_send(signal);
}

/** dxg_ioctl_signal_sync_object2 - SignalSynchronizationObject2, 0x11. */
int dxg_ioctl_signal_sync_object2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_signalsynchronizationobject2 args;
	struct dxg_signal signal = {};
	struct dxg_object *context;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_signal_check_legacy(&args);
	if (err)
		return err;
	context = dxg_signal_context(file, args.context.v, &signal);
	if (!context)
		return -EINVAL;
	err = dxg_signal_legacy(&signal, &args);
	dxg_object_put(context);
	return err;
}

static int dxg_signal_check_hw(const struct d3dkmt_submitsignalsyncobjectstohwqueue *args)
{
	if (!args->hwqueue_count || args->hwqueue_count > DXG_BROADCAST_CONTEXTS ||
	    !args->object_count || args->object_count > DXG_SIGNAL_OBJECTS ||
	    args->flags.value & ~DXG_SIGNAL_FLAGS)
		return -EINVAL;
	/* The structure has no place for an event. */
	return args->flags.enqueue_cpu_event ? -EINVAL : 0;
}

/** dxg_ioctl_signal_hw_queues - SubmitSignalSyncObjectsToHwQueue, 0x35. */
int dxg_ioctl_signal_hw_queues(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_submitsignalsyncobjectstohwqueue args;
	u32 queues[DXG_BROADCAST_CONTEXTS];
	struct dxg_signal signal = {};
	struct dxg_object *queue;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	err = dxg_signal_check_hw(&args);
	if (err)
		return err;
	if (copy_from_user(queues, args.hwqueues, args.hwqueue_count * sizeof(u32)))
		return -EFAULT;
	queue = dxg_signal_queue(file, queues[0], DXG_OBJECT_HWQUEUE, &signal);
	if (!queue)
		return -EINVAL;
	signal.flags = args.flags;
	signal.object_count = args.object_count;
	signal.contexts = queues;
	signal.context_count = args.hwqueue_count;
	err = dxg_signal_copy_and_send(&signal, args.objects, args.fence_values);
	dxg_object_put(queue);
	return err;
}

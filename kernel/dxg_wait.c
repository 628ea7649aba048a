// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_wait.c - waiting for fences, by the CPU, by contexts and by hardware queues.
 *
 * A CPU wait first looks at the fences' pages: what has been reached needs no message. Then the
 * caller watches them for a short, adapting time, and only then has the host signal an event and
 * sleeps, interruptibly, without holding anything. Waits of queues are messages that nobody
 * answers.
 *
 * Fences are looked up anew for every look, under RCU: nothing keeps an object alive for a wait.
 */
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "dxg_buffer.h"
#include "dxg_compat.h"
#include "dxg_device.h"
#include "dxg_event.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_sync.h"
#include "dxg_trace.h"

/* Bounds of the watch before a caller sleeps. */
#define DXG_WAIT_SPIN_MIN_NS 2000u
#define DXG_WAIT_SPIN_MAX_NS 50000u
#define DXG_WAIT_FLAGS 1u

/**
 * struct dxg_wait - one CPU wait.
 * @process: whose
 * @device: on which device
 * @n: how many fences
 * @flags: is one enough?
 * @handles: @n handles of the host's and behind them @n values, unaligned: the tail of the message
 */
struct dxg_wait {
	struct dxg_process *process;
	struct dxg_device *device;
	u32 n;
	struct d3dddi_waitforsynchronizationobjectfromcpu_flags flags;
	const u32 *handles;
};

static u64 dxg_wait_value(const struct dxg_wait *wait, u32 i)
{
	return get_unaligned((const u64 *)(wait->handles + wait->n) + i);
}

/* The fence that the host calls @host; RCU read lock held; NULL when there is none. */
static const struct dxg_sync *dxg_wait_peek(const struct dxg_process *process, u32 host)
{
	u32 handle = dxg_process_handle(process, host);
	struct dxg_object *object =
		dxg_table_peek(&process->file->objects, handle, DXG_OBJECT_SYNC);

	return object && dxg_object_sync(object)->fence ? dxg_object_sync(object) : NULL;
}

/* From handles of user mode to the host's; all of them must be fences of this process. */
static int dxg_wait_translate(const struct dxg_process *process, u32 *handle, u32 n)
{
	const struct dxg_sync *sync;
	u32 i;
	int err = dxg_table_translate(&process->file->objects, handle, n, DXG_OBJECT_SYNC, process);

	if (err)
		return err;
	rcu_read_lock();
	for (i = 0; i < n && !err; i++) {
		sync = dxg_wait_peek(process, handle[i]);
		if (!sync)
			err = -EINVAL;
		else if (sync->deny & DXG_SYNC_NO_WAIT)
			err = -EACCES;
	}
	rcu_read_unlock();
	return err;
}

/* Is it over, as far as the pages show? A fence that has gone is not reached. */
static bool dxg_wait_reached(const struct dxg_wait *wait)
{
	const struct dxg_sync *sync;
	bool reached = false;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < wait->n; i++) {
		sync = dxg_wait_peek(wait->process, wait->handles[i]);
		reached = sync && dxg_sync_value(sync) >= dxg_wait_value(wait, i);
		if (reached == wait->flags.wait_any)
			break;
	}
	rcu_read_unlock();
	return reached;
}

/* For whoever traces: the fences that are there. */
static void dxg_wait_trace(const struct dxg_wait *wait)
{
	const struct dxg_sync *sync;
	u64 value;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < wait->n; i++) {
		sync = dxg_wait_peek(wait->process, wait->handles[i]);
		value = sync ? dxg_sync_value(sync) : 0;
		if (sync && value >= dxg_wait_value(wait, i))
			trace_dxg_fence_reached(sync->object.handle, dxg_wait_value(wait, i),
						value);
	}
	rcu_read_unlock();
}

/* Watch the fences for a while. */
static bool dxg_wait_spin(const struct dxg_wait *wait)
{
	u32 limit = READ_ONCE(wait->process->wait_spin_ns);
	u64 start = local_clock();
	bool reached;

	do {
		cpu_relax();
		reached = dxg_wait_reached(wait);
	} while (!reached && !need_resched() && !signal_pending(current) &&
		 local_clock() - start < limit);
	limit = reached ? limit * 2 : limit / 2;
	WRITE_ONCE(wait->process->wait_spin_ns,
		   clamp(limit, DXG_WAIT_SPIN_MIN_NS, DXG_WAIT_SPIN_MAX_NS));
	return reached;
}

/* Have the host signal @event when the wait is over. */
static int dxg_wait_register(const struct dxg_wait *wait, const struct dxg_event *event)
{
	struct dxg_process *process = wait->process;
	DXG_MESSAGE(dxg_msg_waitforsyncobjectfromcpu)
	msg = {
		.m.device = dxg_object_host(&wait->device->object),
		.m.object_count = wait->n,
		.m.flags = wait->flags,
		.m.event = event->id,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = wait->handles, .len = wait->n * (sizeof(u32) + sizeof(u64)) },
	};

	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_WAITFORSYNCOBJECTFROMCPU,
			 &msg.ext, &msg.m.h);
	return dxg_request_status(process->adapter, part, ARRAY_SIZE(part));
}

static int dxg_wait_signal_now(u64 eventfd)
{
	struct eventfd_ctx *ctx = eventfd > INT_MAX ? ERR_PTR(-EINVAL)
						    : eventfd_ctx_fdget((int)eventfd);

	if (IS_ERR(ctx))
		return -EINVAL;
	dxg_eventfd_signal(ctx);
	eventfd_ctx_put(ctx);
	return 0;
}

static int dxg_wait_async(const struct dxg_wait *wait, u64 eventfd)
{
	struct dxg_event *event;
	int err;

	if (dxg_wait_reached(wait))
		return dxg_wait_signal_now(eventfd);
	err = dxg_event_create(wait->process, eventfd, false, &event);
	if (err)
		return err;
	err = dxg_wait_register(wait, event);
	if (err < 0)
		dxg_event_withdraw(event);
	dxg_event_put(event);
	return err;
}

static int dxg_wait_sleep(const struct dxg_wait *wait)
{
	struct dxg_event *event;
	int err = dxg_event_create_sleeper(wait->process, &event);

	if (err)
		return err;
	err = dxg_wait_register(wait, event);
	if (err >= 0)
		err = wait_for_completion_interruptible(&event->fired);
	dxg_event_withdraw(event);
	dxg_event_put(event);
	if (!err && dxg_session_lost(wait->process->adapter->session))
		err = -ENODEV;
	return err;
}

static int dxg_wait_sync(const struct dxg_wait *wait)
{
	int err = 0;

	if (!dxg_wait_reached(wait) && !dxg_wait_spin(wait))
		err = dxg_wait_sleep(wait);
	if (!err && trace_dxg_fence_reached_enabled())
		dxg_wait_trace(wait);
	return err;
}

static int dxg_wait_run(const struct dxg_wait *wait, u64 eventfd)
{
	int err;

	if (!dxg_session_alive(wait->process->adapter->session))
		return -ENODEV;
	trace_dxg_wait_begin(wait->device->object.handle, wait->n, wait->flags.wait_any, eventfd);
	err = eventfd ? dxg_wait_async(wait, eventfd) : dxg_wait_sync(wait);
	trace_dxg_wait_end(wait->device->object.handle, err);
	return err;
}

/* Handles and values, as the message wants them: back to back. */
static int dxg_wait_copy(struct dxg_buffer *list,
			 const struct d3dkmt_waitforsynchronizationobjectfromcpu *args)
{
	u32 n = args->object_count;
	int err = dxg_buffer_init(list, n * (sizeof(u32) + sizeof(u64)));

	if (err)
		return err;
	if (copy_from_user(list->data, args->objects, n * sizeof(u32)) ||
	    copy_from_user(list->data + n * sizeof(u32), args->fence_values, n * sizeof(u64))) {
		dxg_buffer_fini(list);
		return -EFAULT;
	}
	return 0;
}

/** dxg_ioctl_wait_from_cpu - WaitForSynchronizationObjectFromCpu, 0x3a. */
int dxg_ioctl_wait_from_cpu(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_waitforsynchronizationobjectfromcpu args;
	struct dxg_wait wait = {};
	struct dxg_buffer list;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.object_count || args.object_count > DXG_WAIT_CPU_OBJECTS ||
	    args.flags.value & ~DXG_WAIT_FLAGS)
		return -EINVAL;
	wait.device = dxg_device_get(file, args.device);
	if (!wait.device)
		return -EINVAL;
	err = dxg_wait_copy(&list, &args);
	if (!err) {
		wait.process = wait.device->object.process;
		wait.n = args.object_count;
		wait.flags = args.flags;
		wait.handles = list.data;
		err = dxg_wait_translate(wait.process, list.data, wait.n);
		if (!err)
			err = dxg_wait_run(&wait, args.async_event);
		dxg_buffer_fini(&list);
	}
	dxg_device_put(wait.device);
	return err;
}

/* Hold a context or a hardware queue back; the message carries values, then handles. */
static int dxg_wait_post(struct dxg_object *context, u32 *handle, const u64 *value, u32 n)
{
	struct dxg_process *process = context->process;
	DXG_MESSAGE(dxg_msg_waitforsyncobjectfromgpu)
	msg = {
		.m.context = dxg_object_host(context),
		.m.object_count = n,
	};
	struct dxg_ring_part part[] = {
		DXG_PART(msg),
		{ .base = value, .len = n * sizeof(*value) },
		{ .base = handle, .len = n * sizeof(*handle) },
	};
	int err = dxg_wait_translate(process, handle, n);

	if (err)
		return err;
	dxg_request_vgpu(process->adapter, process->host, DXG_MSG_WAITFORSYNCOBJECTFROMGPU,
			 &msg.ext, &msg.m.h);
	return dxg_request_post(process->adapter, &msg.m.h, part, ARRAY_SIZE(part));
}

/* Have @queue, an object of @type, wait for @n fences of the caller's. */
static int dxg_wait_on_queue(struct dxg_file *file, u32 queue, enum dxg_object_type type,
			     const void __user *objects, const void __user *values, u32 n)
{
	u32 handle[DXG_WAIT_GPU_OBJECTS];
	u64 value[DXG_WAIT_GPU_OBJECTS];
	struct dxg_object *object;
	int err;

	if (!n || n > DXG_WAIT_GPU_OBJECTS)
		return -EINVAL;
	if (copy_from_user(handle, objects, n * sizeof(*handle)) ||
	    copy_from_user(value, values, n * sizeof(*value)))
		return -EFAULT;
	object = dxg_table_get(&file->objects, queue, type);
	if (!object)
		return -EINVAL;
	err = dxg_wait_post(object, handle, value, n);
	dxg_object_put(object);
	return err;
}

/** dxg_ioctl_wait_from_gpu - WaitForSynchronizationObjectFromGpu, 0x3b. */
int dxg_ioctl_wait_from_gpu(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_waitforsynchronizationobjectfromgpu args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return dxg_wait_on_queue(file, args.context.v, DXG_OBJECT_CONTEXT, args.objects,
				 args.monitored_fence_values, args.object_count);
}

/** dxg_ioctl_wait_hw_queue - SubmitWaitForSyncObjectsToHwQueue, 0x36. */
int dxg_ioctl_wait_hw_queue(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_submitwaitforsyncobjectstohwqueue args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return dxg_wait_on_queue(file, args.hwqueue.v, DXG_OBJECT_HWQUEUE, args.objects,
				 args.fence_values, args.object_count);
}

/*
 * WaitForSynchronizationObject2, 0x12: one value for all. What is carried here are monitored
 * fences, so each waits for that value.
 */
int dxg_ioctl_wait_sync_object2(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_waitforsynchronizationobject2 args;
	u64 value[DXG_WAIT_GPU_OBJECTS];
	struct dxg_object *context;
	u32 i;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.object_count || args.object_count > DXG_WAIT_GPU_OBJECTS)
		return -EINVAL;
	for (i = 0; i < args.object_count; i++)
		value[i] = args.fence.fence_value;
	context = dxg_table_get(&file->objects, args.context.v, DXG_OBJECT_CONTEXT);
	if (!context)
		return -EINVAL;
	err = dxg_wait_post(context, &args.object_array[0].v, value, args.object_count);
	dxg_object_put(context);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_process.c - adapter handles and the host's process objects. See dxg_process.h.
 *
 * Adapter handles are chosen here. They have an instance of their own, so a call that takes an
 * adapter or a paging queue cannot mistake one for the other. Numbers go round before they come
 * back.
 */
#include <linux/bitops.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "dxg_adapter.h"
#include "dxg_device.h"
#include "dxg_event.h"
#include "dxg_file.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_sysmem.h"

#define DXG_ADAPTER_HANDLE_BITS ((1u << DXG_HANDLE_UNIQUE_SHIFT) | DXG_HANDLE_INSTANCE_ADAPTER)

static u32 dxg_adapter_handle(u32 index)
{
	return index << DXG_HANDLE_INDEX_SHIFT | DXG_ADAPTER_HANDLE_BITS;
}

/** dxg_process_is_adapter_handle - has it the shape of an adapter handle? */
bool dxg_process_is_adapter_handle(u32 handle)
{
	return (handle & ~(DXG_HANDLE_INDEX_MAX << DXG_HANDLE_INDEX_SHIFT)) ==
	       DXG_ADAPTER_HANDLE_BITS;
}

static u32 dxg_adapter_handle_index(u32 handle)
{
	return (handle >> DXG_HANDLE_INDEX_SHIFT) & DXG_HANDLE_INDEX_MAX;
}

/*
 * Does nothing lead to this record any more, and nobody use it? The only other way to one is to
 * have found it earlier, in a call that is still under way: ours is the only one. See
 * dxg_dev_ioctl().
 */
static bool dxg_process_forgotten_locked(struct dxg_file *file, struct dxg_process *process)
{
	lockdep_assert_held(&file->lock);
	if (process->opens || !dxg_session_lost(process->adapter->session) ||
	    dxg_file_has_objects(file, process))
		return false;
	smp_mb(); /* it was out of reach before the calls are counted */
	return atomic_read_acquire(&file->calls) == 1;
}

/* Take out the records of adapters that are gone for good: there is one less with each revival. */
static void dxg_process_sweep_locked(struct dxg_file *file, struct list_head *ret_forgotten)
{
	struct dxg_process *process, *next;

	list_for_each_entry_safe(process, next, &file->processes, node)
		if (dxg_process_forgotten_locked(file, process))
			list_move(&process->node, ret_forgotten);
}

/* The lowest instance that no record has; DXG_HANDLE_INSTANCE_ADAPTER when all are taken. */
static u32 dxg_process_instance_locked(struct dxg_file *file)
{
	struct dxg_process *process;
	u64 taken = 0;

	lockdep_assert_held(&file->lock);
	list_for_each_entry(process, &file->processes, node)
		taken |= BIT_ULL(process->instance);
	return __ffs64(~taken);
}

/* The record of this adapter, made if need be. */
static struct dxg_process *dxg_process_of_locked(struct dxg_file *file, struct dxg_adapter *adapter,
						 struct list_head *ret_forgotten)
{
	struct dxg_process *process;
	u32 instance;

	lockdep_assert_held(&file->lock);
	list_for_each_entry(process, &file->processes, node)
		if (process->adapter == adapter)
			return process;
	dxg_process_sweep_locked(file, ret_forgotten);
	instance = dxg_process_instance_locked(file);
	if (instance >= DXG_HANDLE_INSTANCE_ADAPTER)
		return NULL;
	process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);
	if (!process)
		return NULL;
	process->instance = instance;
	process->file = file;
	process->adapter = dxg_adapter_get(adapter);
	dxg_once_init(&process->started);
	spin_lock_init(&process->sysmem_lock);
	INIT_LIST_HEAD(&process->sysmems);
	list_add(&process->node, &file->processes);
	return process;
}

/**
 * dxg_process_open - a new handle of @adapter for @file; no message.
 * @file: the open file
 * @adapter: the adapter
 * @ret_handle: the handle
 *
 * Return: 0; -ENOMEM, also when the file has too many.
 */
int dxg_process_open(struct dxg_file *file, struct dxg_adapter *adapter,
		     struct d3dkmthandle *ret_handle)
{
	struct dxg_process *process, *next;
	LIST_HEAD(forgotten);
	int err = -ENOMEM;
	u32 index;

	mutex_lock(&file->lock);
	process = dxg_process_of_locked(file, adapter, &forgotten);
	if (process && process->opens < DXG_ADAPTER_OPENS_MAX)
		err = xa_alloc_cyclic(&file->adapters, &index, process,
				      XA_LIMIT(1, DXG_HANDLE_INDEX_MAX - 1), &file->next_adapter,
				      GFP_KERNEL_ACCOUNT);
	if (err >= 0)
		process->opens++;
	mutex_unlock(&file->lock);
	list_for_each_entry_safe(process, next, &forgotten, node)
		dxg_process_destroy(process);
	if (err < 0)
		return err;
	ret_handle->v = dxg_adapter_handle(index);
	return 0;
}

/**
 * dxg_process_close - give up an adapter handle; with the last one go the devices.
 * @file: the open file
 * @handle: an adapter handle
 *
 * Return: 0; -EINVAL no such handle.
 */
int dxg_process_close(struct dxg_file *file, u32 handle)
{
	struct dxg_process *process = NULL;
	bool last = false;

	mutex_lock(&file->lock);
	if (dxg_process_is_adapter_handle(handle))
		process = xa_erase(&file->adapters, dxg_adapter_handle_index(handle));
	if (process)
		last = !--process->opens;
	mutex_unlock(&file->lock);
	if (last)
		dxg_file_destroy_devices(file, process);
	return process ? 0 : -EINVAL;
}

static void dxg_process_name(struct dxg_msg_createprocess *m)
{
	char comm[TASK_COMM_LEN];
	unsigned int i;

	get_task_comm(comm, current);
	for (i = 0; i < sizeof(comm) && comm[i]; i++)
		m->name[i] = (u8)comm[i];
}

static int dxg_process_ask(struct dxg_process *process, struct dxg_slot *slot)
{
	DXG_MESSAGE(dxg_msg_createprocess) msg = {
		.m.cookie = 0, /* ours need not come back: the host's handle names a process */
		.m.process_id = task_tgid_nr(current),
		.m.flags = DXG_MSG_PROCESS_LINUX,
	};
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_process_name(&msg.m);
	dxg_request_vm(0, DXG_MSG_CREATEPROCESS, &msg.ext, &msg.m.h);
	return dxg_request_slot(process->adapter, &part, 1, slot,
				sizeof(struct dxg_msg_createprocess_return));
}

static int dxg_process_take_reply(struct dxg_process *process, const struct dxg_slot *slot)
{
	struct dxg_msg_createprocess_return reply;

	memcpy(&reply, slot->reply, sizeof(reply));
	if (!reply.process)
		return -ENOMEM;
	process->host = reply.process;
	return 0;
}

/*
 * A task that is killed while it waits leaves the slot to the record: the host may have made the
 * process, and whoever comes next, the reaper if nobody else, has to know its handle.
 */
static int dxg_process_create_host(struct dxg_process *process)
{
	struct dxg_slot *slot = process->late;
	int err;

	process->late = NULL;
	if (slot) {
		err = dxg_request_late(process->adapter, slot,
				       sizeof(struct dxg_msg_createprocess_return));
	} else {
		slot = dxg_slot_create(sizeof(struct dxg_msg_createprocess_return));
		err = slot ? dxg_process_ask(process, slot) : -ENOMEM;
	}
	if (err == -ERESTARTSYS && slot->sent) {
		process->late = slot;
		return err;
	}
	if (err >= 0)
		err = dxg_process_take_reply(process, slot);
	dxg_slot_put(slot);
	return err;
}

static int dxg_process_start(struct dxg_process *process)
{
	int err = dxg_once_begin(&process->started);

	if (err <= 0)
		return err;
	err = dxg_process_create_host(process);
	dxg_once_end(&process->started, !err);
	return err;
}

/**
 * dxg_process_find - the process record behind an adapter handle, known to the host.
 * @file: the open file
 * @handle: an adapter handle
 * @ret_process: lives as long as the call, no reference needed
 *
 * Return: 0; -EINVAL no such handle; -ENOMEM the host will not have it; as dxg_request_slot().
 */
int dxg_process_find(struct dxg_file *file, struct d3dkmthandle handle,
		     struct dxg_process **ret_process)
{
	struct dxg_process *process = NULL;
	int err;

	if (dxg_process_is_adapter_handle(handle.v))
		process = xa_load(&file->adapters, dxg_adapter_handle_index(handle.v));
	if (!process)
		return -EINVAL;
	err = dxg_process_start(process);
	if (!err)
		*ret_process = process;
	return err;
}

/**
 * dxg_process_of - the process record of an adapter, handle or not, known to the host.
 * @file: the open file
 * @adapter: the adapter
 * @ret_process: lives as long as the call, no reference needed
 *
 * Return: 0; -ENOMEM; as dxg_process_find().
 */
int dxg_process_of(struct dxg_file *file, struct dxg_adapter *adapter,
		   struct dxg_process **ret_process)
{
	struct dxg_process *process, *old, *next;
	LIST_HEAD(forgotten);
	int err = -ENOMEM;

	mutex_lock(&file->lock);
	process = dxg_process_of_locked(file, adapter, &forgotten);
	mutex_unlock(&file->lock);
	list_for_each_entry_safe(old, next, &forgotten, node)
		dxg_process_destroy(old);
	if (process)
		err = dxg_process_start(process);
	if (!err)
		*ret_process = process;
	return err;
}

static void dxg_process_destroy_host(struct dxg_process *process)
{
	DXG_HEADER_MESSAGE msg;
	struct dxg_ring_part part = DXG_PART(msg);

	dxg_request_vm(process->host, DXG_MSG_DESTROYPROCESS, &msg.ext, &msg.m_h);
	dxg_request_status(process->adapter, &part, 1);
}

/** dxg_process_destroy - nothing leads to it any more: tell the host (if there is one), free. */
void dxg_process_destroy(struct dxg_process *process)
{
	bool known = dxg_once_done(&process->started);

	if (process->late)
		known = !dxg_process_create_host(process);
	if (known)
		dxg_process_destroy_host(process);
	dxg_sysmem_forget_process(process);
	dxg_slot_put(process->late);
	dxg_event_withdraw_all(process->adapter->session, process);
	dxg_adapter_put(process->adapter);
	kfree(process);
}

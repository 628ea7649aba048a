// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_file.c - the beginning and the end of an open file. See dxg_file.h.
 *
 * The end is the same for close, exit, kill and crash: a work item, so that nobody waits for it. No
 * ioctl of the file runs any more then. User mode loses access first (all mappings are revoked),
 * then the host is told: DESTROYPROCESS, which covers everything below it.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "dxg_device.h"
#include "dxg_drv.h"
#include "dxg_file.h"
#include "dxg_process.h"

static DEFINE_MUTEX(dxg_files_lock);
static LIST_HEAD(dxg_files);
static u64 dxg_files_opened;

static void dxg_file_reap(struct work_struct *work);

/** dxg_file_open - state for a new open file of the caller. Return: 0, -ENOMEM. */
int dxg_file_open(struct dxg_file **ret_file)
{
	struct dxg_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	file->tgid = get_pid(task_tgid(current));
	file->cred = get_current_cred();
	mutex_init(&file->lock);
	INIT_LIST_HEAD(&file->processes);
	xa_init_flags(&file->adapters, XA_FLAGS_ALLOC1);
	dxg_table_init(&file->objects);
	INIT_WORK(&file->reaper, dxg_file_reap);
	mutex_lock(&dxg_files_lock);
	file->id = ++dxg_files_opened;
	list_add_tail(&file->node, &dxg_files);
	mutex_unlock(&dxg_files_lock);
	*ret_file = file;
	return 0;
}

/** dxg_file_close - the last descriptor is gone; frees @file in its own time. */
void dxg_file_close(struct dxg_file *file)
{
	queue_work(dxg_reaper_wq, &file->reaper);
}

/* Take everything out of the table; devices are collected, the rest is dropped. */
static void dxg_file_empty(struct dxg_file *file, struct list_head *devices)
{
	struct dxg_object *object;
	unsigned long index;

	xa_for_each(&file->objects.objects, index, object) {
		if (!dxg_table_remove_object(&file->objects, object))
			continue;
		dxg_object_detach(object);
		if (object->ops->type == DXG_OBJECT_DEVICE)
			list_add_tail(&object->sibling, devices);
		else
			dxg_object_put(object);
	}
}

/*
 * Nothing is flushed or destroyed one by one on the host: work of a process that is gone need not
 * finish (it may never do so), and DESTROYPROCESS reaps all there is.
 */
static void dxg_file_abandon_devices(struct list_head *devices)
{
	struct dxg_object *object, *next;

	list_for_each_entry_safe(object, next, devices, sibling) {
		list_del_init(&object->sibling);
		dxg_device_abandon(dxg_object_device(object));
		dxg_object_put(object);
	}
}

static void dxg_file_reap(struct work_struct *work)
{
	struct dxg_file *file = container_of(work, struct dxg_file, reaper);
	struct dxg_process *process, *next;
	LIST_HEAD(devices);

	mutex_lock(&dxg_files_lock);
	list_del(&file->node);
	mutex_unlock(&dxg_files_lock);
	dxg_file_empty(file, &devices);
	dxg_file_abandon_devices(&devices);
	list_for_each_entry_safe(process, next, &file->processes, node)
		dxg_process_destroy(process);
	xa_destroy(&file->adapters);
	xa_destroy(&file->objects.objects);
	mutex_destroy(&file->lock);
	put_pid(file->tgid);
	put_cred(file->cred);
	kfree(file);
}

/** dxg_file_has_objects - is any object of @process in the table? */
bool dxg_file_has_objects(struct dxg_file *file, const struct dxg_process *process)
{
	struct dxg_object *object;
	unsigned long index;
	bool found = false;

	rcu_read_lock();
	xa_for_each(&file->objects.objects, index, object) {
		found = READ_ONCE(object->process) == process;
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}

/* A reference to one device of @process that is still in the table, from *@index on. */
static struct dxg_object *dxg_file_next_device(struct dxg_file *file, struct dxg_process *process,
					       unsigned long *index)
{
	struct dxg_object *object;

	xa_lock(&file->objects.objects);
	object = xa_find(&file->objects.objects, index, ULONG_MAX, XA_PRESENT);
	while (object && (object->ops->type != DXG_OBJECT_DEVICE || object->process != process))
		object = xa_find_after(&file->objects.objects, index, ULONG_MAX, XA_PRESENT);
	if (object)
		kref_get(&object->ref);
	xa_unlock(&file->objects.objects);
	return object;
}

/** dxg_file_destroy_devices - the last handle of an adapter was closed: its devices go too. */
void dxg_file_destroy_devices(struct dxg_file *file, struct dxg_process *process)
{
	struct dxg_object *object;
	unsigned long index = 0;

	while ((object = dxg_file_next_device(file, process, &index))) {
		if (dxg_table_remove_object(&file->objects, object)) {
			dxg_device_end(dxg_object_device(object), true);
			dxg_object_put(object); /* the table's reference */
		}
		dxg_object_put(object);
		index++;
	}
}

/**
 * dxg_file_processes - the process records of a file, oldest first.
 * @file: the open file; they stay until dxg_file_call_end()
 * @ret_processes: room for @room of them
 * @room: how many fit
 *
 * Return: how many were returned.
 */
unsigned int dxg_file_processes(struct dxg_file *file, struct dxg_process **ret_processes,
				unsigned int room)
{
	struct dxg_process *process;
	unsigned int n = 0;

	mutex_lock(&file->lock);
	list_for_each_entry_reverse(process, &file->processes, node) {
		if (n < room)
			ret_processes[n++] = process;
	}
	mutex_unlock(&file->lock);
	return n;
}

/**
 * dxg_file_each - look at all open files.
 * @show: called for each, under the lock of their list: it waits for nobody
 * @arg: for @show
 */
void dxg_file_each(void (*show)(struct dxg_file *file, void *arg), void *arg)
{
	struct dxg_file *file;

	mutex_lock(&dxg_files_lock);
	list_for_each_entry(file, &dxg_files, node)
		show(file, arg);
	mutex_unlock(&dxg_files_lock);
}

/* Number of the process in the caller's pid namespace; 0: it has none, or has ended. */
static pid_t dxg_file_pid(const struct dxg_file *file)
{
	return pid_has_task(file->tgid, PIDTYPE_TGID) ? pid_vnr(file->tgid) : 0;
}

/* The record of @adapter, which is open. */
static struct dxg_process *dxg_file_process_locked(struct dxg_file *file,
						   const struct dxg_adapter *adapter)
{
	struct dxg_process *process;

	lockdep_assert_held(&file->lock);
	list_for_each_entry(process, &file->processes, node)
		if (process->adapter == adapter && process->opens)
			return process;
	return NULL;
}

static bool dxg_file_has_open(struct dxg_file *file, const struct dxg_adapter *adapter)
{
	bool open;

	mutex_lock(&file->lock);
	open = dxg_file_process_locked(file, adapter);
	mutex_unlock(&file->lock);
	return open;
}

/**
 * dxg_file_pids - who has @adapter open, as far as the caller's pid namespace knows them.
 * @adapter: the adapter
 * @ret_pids: room for @room pids; one for each open file, so that they may repeat
 * @room: how many fit
 *
 * Return: how many there are; at most @room are returned.
 */
unsigned int dxg_file_pids(struct dxg_adapter *adapter, u32 *ret_pids, unsigned int room)
{
	struct dxg_file *file;
	unsigned int n = 0;
	pid_t pid;

	mutex_lock(&dxg_files_lock);
	list_for_each_entry(file, &dxg_files, node) {
		pid = dxg_file_pid(file);
		if (!pid || !dxg_file_has_open(file, adapter))
			continue;
		if (n < room)
			ret_pids[n] = pid;
		n++;
	}
	mutex_unlock(&dxg_files_lock);
	return n;
}

/* May the caller know what is in @file? */
static bool dxg_file_may_know(const struct dxg_file *file)
{
	return uid_eq(current_euid(), file->cred->euid) ||
	       ns_capable(file->cred->user_ns, CAP_SYS_PTRACE);
}

static int dxg_file_find_process_locked(struct dxg_file *file, struct dxg_adapter *adapter,
					u32 *ret_host)
{
	struct dxg_process *process = dxg_file_process_locked(file, adapter);

	if (!process || !dxg_once_done(&process->started))
		return -EINVAL;
	if (!dxg_file_may_know(file))
		return -EACCES;
	*ret_host = process->host;
	return 0;
}

/**
 * dxg_file_find_process - the host's handle of a process that has @adapter open.
 * @adapter: the adapter
 * @pid: of the process in the caller's pid namespace; of several open files the oldest counts
 * @ret_host: the handle; by the time it is used the process may be gone
 *
 * Return: 0; -EINVAL nobody with that number has it open; -EACCES the caller may not know.
 */
int dxg_file_find_process(struct dxg_adapter *adapter, u64 pid, u32 *ret_host)
{
	struct dxg_file *file;
	int err = -EINVAL;

	mutex_lock(&dxg_files_lock);
	list_for_each_entry(file, &dxg_files, node) {
		if (dxg_file_pid(file) != pid)
			continue;
		mutex_lock(&file->lock);
		err = dxg_file_find_process_locked(file, adapter, ret_host);
		mutex_unlock(&file->lock);
		if (err != -EINVAL)
			break;
	}
	mutex_unlock(&dxg_files_lock);
	return err;
}

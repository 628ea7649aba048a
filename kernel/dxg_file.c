// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_file.c - the beginning and the end of an open file. See dxg_file.h.
 *
 * The end is the same for close, exit, kill and crash: a work item, so that nobody waits for it. No
 * ioctl of the file runs any more then. User mode loses access first (all mappings are revoked),
 * then the host is told: DESTROYPROCESS, which covers everything below it.
 */
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "dxg_device.h"
#include "dxg_drv.h"
#include "dxg_file.h"
#include "dxg_process.h"

static void dxg_file_reap(struct work_struct *work);

/** dxg_file_open - state for a new open file of the caller. Return: 0, -ENOMEM. */
int dxg_file_open(struct dxg_file **ret_file)
{
	struct dxg_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	file->tgid = get_pid(task_tgid(current));
	mutex_init(&file->lock);
	INIT_LIST_HEAD(&file->processes);
	xa_init_flags(&file->adapters, XA_FLAGS_ALLOC1);
	dxg_table_init(&file->objects);
	INIT_WORK(&file->reaper, dxg_file_reap);
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

	dxg_file_empty(file, &devices);
	dxg_file_abandon_devices(&devices);
	list_for_each_entry_safe(process, next, &file->processes, node)
		dxg_process_destroy(process);
	xa_destroy(&file->adapters);
	xa_destroy(&file->objects.objects);
	mutex_destroy(&file->lock);
	put_pid(file->tgid);
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

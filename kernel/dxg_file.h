/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_file.h - what one open("/dev/dxg") owns: everything an application has, and nothing else
 * keeps.
 */
#ifndef DXG_FILE_H
#define DXG_FILE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "dxg_handle.h"

struct cred;
struct dxg_adapter;
struct dxg_process;
struct pid;

/**
 * struct dxg_file - see above.
 * @node: in the list of all open files, under its lock
 * @id: different from every other open file's since the module was loaded
 * @cred: of who opened it; holds a reference
 * @tgid: the thread group that opened it and alone may use it; holds a reference
 * @lock: guards @processes, their @opens and changes of @adapters; nothing is waited for under it
 * @processes: one record per adapter ever opened
 * @adapters: process records by adapter handle index
 * @next_adapter: where the search for a free index starts
 * @objects: everything else that has a handle
 * @calls: ioctls, and readers of what the file has, under way
 * @reaper: tears all of it down after the last close
 */
struct dxg_file {
	struct list_head node;
	u64 id;
	const struct cred *cred;
	struct pid *tgid;
	struct mutex lock;
	struct list_head processes;
	struct xarray adapters;
	u32 next_adapter;
	struct dxg_table objects;
	atomic_t calls;
	struct work_struct reaper;
};

/** dxg_file_call_begin - process records that are found until dxg_file_call_end() stay. */
static inline void dxg_file_call_begin(struct dxg_file *file)
{
	atomic_inc(&file->calls);
	smp_mb__after_atomic(); /* counted before anything is looked for */
}

static inline void dxg_file_call_end(struct dxg_file *file)
{
	smp_mb__before_atomic(); /* done with all that was found */
	atomic_dec(&file->calls);
}

int dxg_file_open(struct dxg_file **ret_file);
void dxg_file_close(struct dxg_file *file);
bool dxg_file_has_objects(struct dxg_file *file, const struct dxg_process *process);
unsigned int dxg_file_processes(struct dxg_file *file, struct dxg_process **ret_processes,
				unsigned int room);
void dxg_file_each(void (*show)(struct dxg_file *file, void *arg), void *arg);
unsigned int dxg_file_pids(struct dxg_adapter *adapter, u32 *ret_pids, unsigned int room);
int dxg_file_find_process(struct dxg_adapter *adapter, u64 pid, u32 *ret_host);
void dxg_file_destroy_devices(struct dxg_file *file, struct dxg_process *process);

#endif /* DXG_FILE_H */

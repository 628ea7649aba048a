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

struct dxg_process;
struct pid;

/**
 * struct dxg_file - see above.
 * @tgid: the thread group that opened it and alone may use it; holds a reference
 * @lock: guards @processes, their @opens and changes of @adapters; nothing is waited for under it
 * @processes: one record per adapter ever opened
 * @adapters: process records by adapter handle index
 * @next_adapter: where the search for a free index starts
 * @objects: everything else that has a handle
 * @calls: ioctls under way
 * @reaper: tears all of it down after the last close
 */
struct dxg_file {
	struct pid *tgid;
	struct mutex lock;
	struct list_head processes;
	struct xarray adapters;
	u32 next_adapter;
	struct dxg_table objects;
	atomic_t calls;
	struct work_struct reaper;
};

int dxg_file_open(struct dxg_file **ret_file);
void dxg_file_close(struct dxg_file *file);
bool dxg_file_has_objects(struct dxg_file *file, const struct dxg_process *process);
void dxg_file_destroy_devices(struct dxg_file *file, struct dxg_process *process);

#endif /* DXG_FILE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_process.h - one open file on one adapter: the host's process object, how often the file has
 * the adapter open, and the adapter handles. A record is made when the adapter is first opened
 * through the file; the host hears of it when it is first needed. It lives as long as the file, or,
 * when its adapter is lost and closed, until the file next opens another one and no other call is
 * under way.
 */
#ifndef DXG_PROCESS_H
#define DXG_PROCESS_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "dxg_once.h"
#include "misc/d3dkmthk.h"

struct dxg_adapter;
struct dxg_file;
struct dxg_slot;

/* Open adapter handles of one file on one adapter. */
#define DXG_ADAPTER_OPENS_MAX 65536u

/**
 * struct dxg_process - see above.
 * @node: in file->processes, under file->lock
 * @file: whose it is
 * @adapter: holds a reference
 * @instance: instance bits of its objects' handles; see dxg_handle.h
 * @opens: adapter handles; under file->lock
 * @started: @host was asked for
 * @host: the host's handle of the process; valid once @started
 * @late: the unanswered request for it of a task that was killed; with whoever does @started
 * @events: host events of this process in the session's table
 * @sysmem_lock: guards @sysmems
 * @sysmems: pinned memory that the host may touch (dxg_sysmem.h)
 * @wait_spin_ns: how long its CPU waits watch the fences before they sleep; adapts; racy by design
 */
struct dxg_process {
	struct list_head node;
	struct dxg_file *file;
	struct dxg_adapter *adapter;
	u32 instance;
	u32 opens;
	struct dxg_once started;
	u32 host;
	struct dxg_slot *late;
	atomic_t events;
	spinlock_t sysmem_lock;
	struct list_head sysmems;
	u32 wait_spin_ns;
};

/** dxg_process_handle - user mode's number of an object that the host calls @host. */
static inline u32 dxg_process_handle(const struct dxg_process *process, u32 host)
{
	return host | process->instance;
}

int dxg_process_open(struct dxg_file *file, struct dxg_adapter *adapter,
		     struct d3dkmthandle *ret_handle);
int dxg_process_close(struct dxg_file *file, u32 handle);
int dxg_process_of(struct dxg_file *file, struct dxg_adapter *adapter,
		   struct dxg_process **ret_process);
int dxg_process_find(struct dxg_file *file, struct d3dkmthandle handle,
		     struct dxg_process **ret_process);
bool dxg_process_is_adapter_handle(u32 handle);
void dxg_process_destroy(struct dxg_process *process);

#endif /* DXG_PROCESS_H */

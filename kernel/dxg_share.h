/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_share.h - shared objects: what several processes have open, and the descriptors by which they
 * pass it on.
 *
 *   dxg_shared   the object: one per shared fence or resource, found by those who made or opened it
 *   dxg_nt       its NT handle on the host, which keeps it alive there; made at the first need
 *   descriptor   an anonymous-inode file; holds a dxg_nt
 *
 * References go down: a descriptor or a sync file holds the NT handle, that the shared object, that
 * its adapter (and so the session). Nothing points up but shared->nt, which holds nothing. So what
 * is behind a descriptor lives as long as the descriptor, whatever became of its maker, of its
 * /dev/dxg and of the adapter; and each count is dropped by whoever took it.
 */
#ifndef DXG_SHARE_H
#define DXG_SHARE_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct dxg_adapter;
struct dxg_nt;
struct dxg_object;
struct dxg_process;
struct file;

enum dxg_shared_kind {
	DXG_SHARED_SYNC,
	DXG_SHARED_RESOURCE,
};

/**
 * struct dxg_shared - nothing of it changes but @nt.
 * @ref: members (objects in handle tables) and NT handles
 * @kind: what it is
 * @adapter: holds a reference; whoever opens it must be on the same one
 * @global: the host's VM-global name of it, for opening a fence
 * @lock: guards @nt; a leaf
 * @nt: its NT handle, as long as that has references
 * @free: frees what contains it; NULL for kfree()
 */
struct dxg_shared {
	struct kref ref;
	enum dxg_shared_kind kind;
	struct dxg_adapter *adapter;
	u32 global;
	struct mutex lock;
	struct dxg_nt *nt;
	void (*free)(struct dxg_shared *shared);
};

/**
 * struct dxg_nt - an NT handle on the host.
 * @ref: descriptors and sync files
 * @shared: holds a reference
 * @handle: the host's
 * @work: its end: a work item, because a descriptor may be closed anywhere
 */
struct dxg_nt {
	struct kref ref;
	struct dxg_shared *shared;
	u32 handle;
	struct work_struct work;
};

void dxg_shared_init(struct dxg_shared *shared, enum dxg_shared_kind kind,
		     struct dxg_adapter *adapter);
struct dxg_shared *dxg_shared_get(struct dxg_shared *shared);
void dxg_shared_put(struct dxg_shared *shared);

int dxg_nt_get_for(struct dxg_object *object, struct dxg_shared *shared, struct dxg_nt **ret_nt);
struct dxg_nt *dxg_nt_get(struct dxg_nt *nt);
void dxg_nt_put(struct dxg_nt *nt);

struct dxg_nt *dxg_share_from_fd(u64 fd, enum dxg_shared_kind kind);

#endif /* DXG_SHARE_H */

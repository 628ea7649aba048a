/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_adapter.h - a virtual GPU as applications see it: one session, its identity, and the list of
 * all adapters that can be opened, which is the only state of the module that is not in a device or
 * in an open file.
 */
#ifndef DXG_ADAPTER_H
#define DXG_ADAPTER_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "misc/d3dkmthk.h"

struct dxg_session;

/* Bytes of a name, terminating zero included. */
#define DXG_ADAPTER_NAME_MAX 80

/* Bytes of an answer that is kept. */
#define DXG_ANSWER_MAX 8192u

/** struct dxg_answer - what QueryAdapterInfo answered; does not change and lives as the adapter. */
struct dxg_answer {
	u32 size;
	u8 data[];
};

/**
 * struct dxg_adapter - nothing of it but @answers changes once it is listed.
 * @ref: one for the list, one for each process record
 * @node: in the list, under its lock
 * @session: holds a reference; when it is lost, so is the adapter
 * @luid: what user mode knows it by
 * @vgpu_luid: what the host knows it by
 * @host_luid: the GPU of the host that it is a part of
 * @host: the host's handle of it
 * @name: of the GPU, for people; ASCII
 * @answers: struct dxg_answer by type; entries are added once and never replaced
 */
struct dxg_adapter {
	struct kref ref;
	struct list_head node;
	struct dxg_session *session;
	struct winluid luid;
	struct winluid vgpu_luid;
	struct winluid host_luid;
	u32 host;
	char name[DXG_ADAPTER_NAME_MAX];
	struct xarray answers;
};

int dxg_adapter_create(struct dxg_session *session, struct dxg_adapter **ret_adapter);
void dxg_adapter_remove(struct dxg_adapter *adapter, bool close);
struct dxg_adapter *dxg_adapter_get(struct dxg_adapter *adapter);
void dxg_adapter_put(struct dxg_adapter *adapter);
unsigned int dxg_adapter_list(struct dxg_adapter **ret_adapters, unsigned int room);
struct dxg_adapter *dxg_adapter_find(struct winluid luid);
struct dxg_adapter *dxg_adapter_find_on(const char *device);
const struct dxg_answer *dxg_adapter_answer(struct dxg_adapter *adapter, u32 type);
void dxg_adapter_keep_answer(struct dxg_adapter *adapter, u32 type, const void *data, u32 size);

#endif /* DXG_ADAPTER_H */

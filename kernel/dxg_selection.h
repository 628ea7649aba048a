/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_selection.h - the allocations that a call is about: all of one resource, or those of a list.
 * The answer is one u32 for each of the list, or one for the resource.
 */
#ifndef DXG_SELECTION_H
#define DXG_SELECTION_H

#include "dxg_buffer.h"
#include "dxg_device.h"
#include "dxg_request.h"

/**
 * struct dxg_selection - handles as the host knows them.
 * @resource: the resource that is meant, or zero
 * @n: how many allocations are meant; zero with a resource
 * @list: their handles
 */
struct dxg_selection {
	u32 resource;
	u32 n;
	struct dxg_buffer list;
};

int dxg_selection_init(struct dxg_selection *selection, struct dxg_device *device,
		       struct d3dkmthandle resource, const void __user *user, u32 n);
int dxg_selection_report(const struct dxg_selection *selection, const struct dxg_slot *slot,
			 void __user *user);

/** dxg_selection_fini - free what dxg_selection_init() took. */
static inline void dxg_selection_fini(struct dxg_selection *selection)
{
	dxg_buffer_fini(&selection->list);
}

/** dxg_selection_results - bytes of one u32 for each that is meant. */
static inline u32 dxg_selection_results(const struct dxg_selection *selection)
{
	return max(selection->n, 1u) * sizeof(u32);
}

/** dxg_selection_room - bytes of a reply with a status and the results. */
static inline u32 dxg_selection_room(const struct dxg_selection *selection)
{
	return dxg_align8(sizeof(struct dxg_msg_status) + dxg_selection_results(selection));
}

#endif /* DXG_SELECTION_H */

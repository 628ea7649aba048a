// SPDX-License-Identifier: GPL-2.0
/* dxg_selection.c - see dxg_selection.h. No state, no locks. */
#include <linux/uaccess.h>

#include "dxg_process.h"
#include "dxg_selection.h"
#include "dxgwire/ntstatus.h"

/**
 * dxg_selection_init - copy and check what a caller means.
 * @selection: to be filled
 * @device: whose the resource or the allocations must be
 * @resource: the caller's resource, or zero for the list
 * @user: the caller's list
 * @n: how many there are in it, bounded by the caller
 *
 * Return: 0, and dxg_selection_fini() is due; -EINVAL, -EFAULT, -ENOMEM.
 */
int dxg_selection_init(struct dxg_selection *selection, struct dxg_device *device,
		       struct d3dkmthandle resource, const void __user *user, u32 n)
{
	struct dxg_process *process = device->object.process;
	struct dxg_table *table = &process->file->objects;
	int err = dxg_buffer_copy(&selection->list, user, n * sizeof(u32));

	if (err)
		return err;
	selection->resource = resource.v;
	selection->n = n;
	if (resource.v)
		err = dxg_table_translate(table, &selection->resource, 1, DXG_OBJECT_RESOURCE,
					  process);
	else
		err = dxg_table_translate(table, selection->list.data, n, DXG_OBJECT_ALLOCATION,
					  process);
	if (err)
		dxg_selection_fini(selection);
	return err;
}

/**
 * dxg_selection_report - hand the results of a reply to the caller.
 * @selection: what was asked about
 * @slot: has the reply, a status and the results behind it
 * @user: room for the results
 *
 * Return: what the status means, -EFAULT.
 */
int dxg_selection_report(const struct dxg_selection *selection, const struct dxg_slot *slot,
			 void __user *user)
{
	const struct dxg_msg_status *reply = (const void *)slot->reply;

	if (reply->status >= 0 &&
	    copy_to_user(user, slot->reply + sizeof(*reply), dxg_selection_results(selection)))
		return -EFAULT;
	return dxg_status_to_errno(reply->status);
}

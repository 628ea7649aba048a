// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_statistics.c - QueryStatistics and EnumProcesses: of the caller and, by pid, of others. Pids
 * are those of the caller's pid namespace: who has no number there does not exist. Numbers of
 * another process are for who may know them: the same user, or CAP_SYS_PTRACE in the user namespace
 * in which that process opened the device. Nothing is held while the host is asked.
 */
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_statistics.h"
#include "dxgwire/ntstatus.h"
#include "dxgwire/statistics.h"

/** struct dxg_statistics_call - a question on its way; too large for the stack. */
struct dxg_statistics_call {
	struct dxg_msg_ext ext;
	struct dxg_msg_querystatistics m;
};

/**
 * dxg_statistics_ask - QUERYSTATISTICS about a process.
 * @adapter: of which adapter
 * @host: host handle of the process
 * @type: enum d3dkmt_querystatistics_type
 * @selector: segment, node, group or physical adapter
 * @slot: for the reply; made by dxg_statistics_slot()
 *
 * Return: the result in the slot, or an errno as dxg_request_slot() or of the host's status.
 */
const void *dxg_statistics_ask(struct dxg_adapter *adapter, u32 host, u32 type, u32 selector,
			       struct dxg_slot *slot)
{
	const struct dxg_msg_querystatistics_return *reply = (const void *)slot->reply;
	struct dxg_statistics_call *msg = kzalloc(sizeof(*msg), GFP_KERNEL);
	struct dxg_ring_part part = { .base = msg, .len = sizeof(*msg) };
	int err;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	msg->m.args.type = type;
	msg->m.args.adapter_luid = adapter->host_luid;
	memcpy(msg->m.args.size + DXG_STATISTICS_SELECTOR, &selector, sizeof(selector));
	dxg_request_vgpu(adapter, host, DXG_MSG_QUERYSTATISTICS, &msg->ext, &msg->m.h);
	err = dxg_request_slot(adapter, &part, 1, slot, sizeof(*reply));
	kfree(msg);
	if (err >= 0)
		err = dxg_status_to_errno(reply->status);
	return err < 0 ? ERR_PTR(err) : &reply->result;
}

/** dxg_statistics_slot - room for a reply to dxg_statistics_ask(), used once. */
struct dxg_slot *dxg_statistics_slot(void)
{
	return dxg_slot_create(sizeof(struct dxg_msg_querystatistics_return));
}

static int dxg_statistics_query(struct dxg_adapter *adapter, u32 host, u32 type, u32 selector,
				struct d3dkmt_querystatistics __user *user)
{
	struct dxg_slot *slot = dxg_statistics_slot();
	const void *result;
	int err = 0;

	if (!slot)
		return -ENOMEM;
	result = dxg_statistics_ask(adapter, host, type, selector, slot);
	if (IS_ERR(result))
		err = PTR_ERR(result);
	else if (copy_to_user(&user->result, result, sizeof(user->result)))
		err = -EFAULT;
	dxg_slot_put(slot);
	return err;
}

/* The host handle of whom the caller asks about. */
static int dxg_statistics_target(struct dxg_file *file, struct dxg_adapter *adapter, u64 pid,
				 u32 *ret_host)
{
	struct dxg_process *process;
	int err;

	if (pid)
		return dxg_file_find_process(adapter, pid, ret_host);
	err = dxg_process_of(file, adapter, &process);
	if (!err)
		*ret_host = process->host;
	return err;
}

/** dxg_ioctl_query_statistics - QueryStatistics, 0x43. */
int dxg_ioctl_query_statistics(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_querystatistics __user *user = arg;
	struct dxg_adapter *adapter;
	struct winluid luid;
	u32 type, selector, host;
	u64 pid;
	int err;

	if (get_user(type, (u32 __user *)&user->type) ||
	    copy_from_user(&luid, &user->adapter_luid, sizeof(luid)) ||
	    get_user(pid, &user->process) ||
	    get_user(selector, (u32 __user *)&user->size[DXG_STATISTICS_SELECTOR]))
		return -EFAULT;
	adapter = dxg_adapter_find(luid);
	if (!adapter)
		return -EINVAL;
	err = dxg_statistics_target(file, adapter, pid, &host);
	if (!err)
		err = dxg_statistics_query(adapter, host, type, selector, user);
	dxg_adapter_put(adapter);
	return err;
}

static int dxg_compare_pids(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* A process that opened the device more than once is one process. Return: how many remain. */
static u32 dxg_unique_pids(u32 *pid, u32 n)
{
	u32 i, kept = 0;

	sort(pid, n, sizeof(*pid), dxg_compare_pids, NULL);
	for (i = 0; i < n; i++)
		if (!kept || pid[kept - 1] != pid[i])
			pid[kept++] = pid[i];
	return kept;
}

/* All there are; @ret_pids is the caller's to kvfree(). Return: how many, or -ENOMEM. */
static int dxg_collect_pids(struct dxg_adapter *adapter, u32 **ret_pids)
{
	u32 room = 0, n = dxg_file_pids(adapter, NULL, 0);
	u32 *pid = NULL;

	while (n > room) {
		kvfree(pid);
		room = n + n / 8;
		pid = kvmalloc_array(room, sizeof(*pid), GFP_KERNEL_ACCOUNT);
		if (!pid)
			return -ENOMEM;
		n = dxg_file_pids(adapter, pid, room);
	}
	*ret_pids = pid;
	return n ? dxg_unique_pids(pid, n) : 0;
}

static int dxg_enum_processes(struct dxg_adapter *adapter, u32 __user *buffer, u64 room,
			      u64 __user *count)
{
	u32 *pid;
	int n = dxg_collect_pids(adapter, &pid);
	int err;

	if (n < 0)
		return n;
	err = put_user((u64)n, count);
	if (!err && (!buffer || room < n))
		err = -EOVERFLOW;
	if (!err && copy_to_user(buffer, pid, n * sizeof(*pid)))
		err = -EFAULT;
	kvfree(pid);
	return err;
}

/** dxg_ioctl_enum_processes - EnumProcesses, 0x48; asks nobody, writes all 8 bytes of the count. */
int dxg_ioctl_enum_processes(struct dxg_file *file, void __user *arg)
{
	struct d3dkmt_enumprocesses __user *user = arg;
	struct d3dkmt_enumprocesses args;
	struct dxg_adapter *adapter;
	int err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	adapter = dxg_adapter_find(args.adapter_luid);
	if (!adapter)
		return put_user(0ull, &user->buffer_count) ? -EFAULT : -EINVAL;
	err = dxg_enum_processes(adapter, args.buffer, args.buffer_count, &user->buffer_count);
	dxg_adapter_put(adapter);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_drv.c - the module and its device node. /dev/dxg has open, ioctl and close; an ioctl is
 * carried out only when its whole command word (direction, size, number) is the expected one and
 * the caller belongs to the thread group that opened the file, else the answer is ENOTTY: user mode
 * then opens its own.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include "dxg_account.h"
#include "dxg_attachment.h"
#include "dxg_debugfs.h"
#include "dxg_drv.h"
#include "dxg_file.h"
#include "dxg_ioctl.h"
#include "dxg_mmap.h"
#include "misc/d3dkmthk.h"
#include "misc/opendxg.h"

struct workqueue_struct *dxg_session_wq;
struct workqueue_struct *dxg_reaper_wq;

/** struct dxg_ioctl - one row of the dispatch table. */
struct dxg_ioctl {
	u32 cmd;
	int (*handle)(struct dxg_file *file, void __user *arg);
};

#define DXG_IOCTL(command, function) [_IOC_NR(command)] = { .cmd = (command), .handle = function }

static const struct dxg_ioctl dxg_ioctls[] = {
	DXG_IOCTL(LX_DXOPENADAPTERFROMLUID, dxg_ioctl_open_adapter_from_luid),
	DXG_IOCTL(LX_DXCREATEDEVICE, dxg_ioctl_create_device),
	DXG_IOCTL(LX_DXCREATECONTEXT, dxg_ioctl_create_context),
	DXG_IOCTL(LX_DXCREATECONTEXTVIRTUAL, dxg_ioctl_create_context_virtual),
	DXG_IOCTL(LX_DXDESTROYCONTEXT, dxg_ioctl_destroy_context),
	DXG_IOCTL(LX_DXCREATEALLOCATION, dxg_ioctl_create_allocation),
	DXG_IOCTL(LX_DXCREATEPAGINGQUEUE, dxg_ioctl_create_paging_queue),
	DXG_IOCTL(LX_DXRESERVEGPUVIRTUALADDRESS, dxg_ioctl_reserve_gpu_va),
	DXG_IOCTL(LX_DXQUERYADAPTERINFO, dxg_ioctl_query_adapter_info),
	DXG_IOCTL(LX_DXQUERYVIDEOMEMORYINFO, dxg_ioctl_query_video_memory_info),
	DXG_IOCTL(LX_DXMAKERESIDENT, dxg_ioctl_make_resident),
	DXG_IOCTL(LX_DXMAPGPUVIRTUALADDRESS, dxg_ioctl_map_gpu_va),
	DXG_IOCTL(LX_DXESCAPE, dxg_ioctl_escape),
	DXG_IOCTL(LX_DXGETDEVICESTATE, dxg_ioctl_get_device_state),
	DXG_IOCTL(LX_DXSUBMITCOMMAND, dxg_ioctl_submit_command),
	DXG_IOCTL(LX_DXCREATESYNCHRONIZATIONOBJECT, dxg_ioctl_create_sync_object),
	DXG_IOCTL(LX_DXSIGNALSYNCHRONIZATIONOBJECT, dxg_ioctl_signal_sync_object2),
	DXG_IOCTL(LX_DXWAITFORSYNCHRONIZATIONOBJECT, dxg_ioctl_wait_sync_object2),
	DXG_IOCTL(LX_DXDESTROYALLOCATION2, dxg_ioctl_destroy_allocation2),
	DXG_IOCTL(LX_DXENUMADAPTERS2, dxg_ioctl_enum_adapters2),
	DXG_IOCTL(LX_DXCLOSEADAPTER, dxg_ioctl_close_adapter),
	DXG_IOCTL(LX_DXCREATEHWCONTEXT, dxg_ioctl_create_hw_context),
	DXG_IOCTL(LX_DXCREATEHWQUEUE, dxg_ioctl_create_hw_queue),
	DXG_IOCTL(LX_DXDESTROYDEVICE, dxg_ioctl_destroy_device),
	DXG_IOCTL(LX_DXDESTROYHWCONTEXT, dxg_ioctl_destroy_hw_context),
	DXG_IOCTL(LX_DXDESTROYHWQUEUE, dxg_ioctl_destroy_hw_queue),
	DXG_IOCTL(LX_DXDESTROYPAGINGQUEUE, dxg_ioctl_destroy_paging_queue),
	DXG_IOCTL(LX_DXDESTROYSYNCHRONIZATIONOBJECT, dxg_ioctl_destroy_sync_object),
	DXG_IOCTL(LX_DXEVICT, dxg_ioctl_evict),
	DXG_IOCTL(LX_DXFLUSHHEAPTRANSITIONS, dxg_ioctl_flush_heap_transitions),
	DXG_IOCTL(LX_DXOFFERALLOCATIONS, dxg_ioctl_offer_allocations),
	DXG_IOCTL(LX_DXRECLAIMALLOCATIONS2, dxg_ioctl_reclaim_allocations2),
	DXG_IOCTL(LX_DXSETALLOCATIONPRIORITY, dxg_ioctl_set_allocation_priority),
	DXG_IOCTL(LX_DXGETALLOCATIONPRIORITY, dxg_ioctl_get_allocation_priority),
	DXG_IOCTL(LX_DXQUERYALLOCATIONRESIDENCY, dxg_ioctl_query_allocation_residency),
	DXG_IOCTL(LX_DXUPDATEALLOCPROPERTY, dxg_ioctl_update_allocation_property),
	DXG_IOCTL(LX_DXCHANGEVIDEOMEMORYRESERVATION, dxg_ioctl_change_video_memory_reservation),
	DXG_IOCTL(LX_DXUPDATEGPUVIRTUALADDRESS, dxg_ioctl_update_gpu_va),
	DXG_IOCTL(LX_DXFREEGPUVIRTUALADDRESS, dxg_ioctl_free_gpu_va),
	DXG_IOCTL(LX_DXGETCONTEXTINPROCESSSCHEDULINGPRIORITY,
		  dxg_ioctl_get_context_in_process_priority),
	DXG_IOCTL(LX_DXGETCONTEXTSCHEDULINGPRIORITY, dxg_ioctl_get_context_priority),
	DXG_IOCTL(LX_DXINVALIDATECACHE, dxg_ioctl_invalidate_cache),
	DXG_IOCTL(LX_DXLOCK2, dxg_ioctl_lock2),
	DXG_IOCTL(LX_DXMARKDEVICEASERROR, dxg_ioctl_mark_device_as_error),
	DXG_IOCTL(LX_DXRENDER, dxg_ioctl_render),
	DXG_IOCTL(LX_DXSETCONTEXTINPROCESSSCHEDULINGPRIORITY,
		  dxg_ioctl_set_context_in_process_priority),
	DXG_IOCTL(LX_DXSETCONTEXTSCHEDULINGPRIORITY, dxg_ioctl_set_context_priority),
	DXG_IOCTL(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, dxg_ioctl_signal_from_cpu),
	DXG_IOCTL(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU, dxg_ioctl_signal_from_gpu),
	DXG_IOCTL(LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMGPU2, dxg_ioctl_signal_from_gpu2),
	DXG_IOCTL(LX_DXSUBMITCOMMANDTOHWQUEUE, dxg_ioctl_submit_command_to_hw_queue),
	DXG_IOCTL(LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE, dxg_ioctl_signal_hw_queues),
	DXG_IOCTL(LX_DXSUBMITWAITFORSYNCOBJECTSTOHWQUEUE, dxg_ioctl_wait_hw_queue),
	DXG_IOCTL(LX_DXUNLOCK2, dxg_ioctl_unlock2),
	DXG_IOCTL(LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMCPU, dxg_ioctl_wait_from_cpu),
	DXG_IOCTL(LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, dxg_ioctl_wait_from_gpu),
	DXG_IOCTL(LX_DXQUERYCLOCKCALIBRATION, dxg_ioctl_query_clock_calibration),
	DXG_IOCTL(LX_DXENUMADAPTERS3, dxg_ioctl_enum_adapters3),
	DXG_IOCTL(LX_DXQUERYSTATISTICS, dxg_ioctl_query_statistics),
	DXG_IOCTL(LX_DXENUMPROCESSES, dxg_ioctl_enum_processes),
	DXG_IOCTL(LX_ISFEATUREENABLED, dxg_ioctl_is_feature_enabled),
	DXG_IOCTL(OPENDXG_EXPORTDMABUF, dxg_ioctl_export_dmabuf),
	DXG_IOCTL(OPENDXG_IMPORTDMABUF, dxg_ioctl_import_dmabuf),
	DXG_IOCTL(LX_DXSHAREOBJECTS, dxg_ioctl_share_objects),
	DXG_IOCTL(LX_DXOPENSYNCOBJECTFROMNTHANDLE2, dxg_ioctl_open_sync_from_nt_handle),
	DXG_IOCTL(LX_DXGETSHAREDRESOURCEADAPTERLUID, dxg_ioctl_get_shared_resource_adapter_luid),
	DXG_IOCTL(LX_DXQUERYRESOURCEINFOFROMNTHANDLE, dxg_ioctl_query_resource_info_from_nt_handle),
	DXG_IOCTL(LX_DXOPENRESOURCEFROMNTHANDLE, dxg_ioctl_open_resource_from_nt_handle),
	DXG_IOCTL(LX_DXCREATESYNCFILE, dxg_ioctl_create_sync_file),
	DXG_IOCTL(LX_DXWAITSYNCFILE, dxg_ioctl_wait_sync_file),
	DXG_IOCTL(LX_DXOPENSYNCOBJECTFROMSYNCFILE, dxg_ioctl_open_sync_from_sync_file),
	DXG_IOCTL(LX_DXSHAREOBJECTWITHHOST, dxg_ioctl_share_object_with_host),
	DXG_IOCTL(LX_DXOPENSYNCHRONIZATIONOBJECT, dxg_ioctl_open_by_number),
	DXG_IOCTL(LX_DXOPENRESOURCE, dxg_ioctl_open_by_number),
	DXG_IOCTL(LX_DXQUERYRESOURCEINFO, dxg_ioctl_open_by_number),
};

static long dxg_dev_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct dxg_file *file = filp->private_data;
	const struct dxg_ioctl *ioctl;
	unsigned int nr = _IOC_NR(cmd);
	long ret;

	if (nr >= ARRAY_SIZE(dxg_ioctls) || task_tgid(current) != file->tgid)
		return -ENOTTY;
	ioctl = &dxg_ioctls[array_index_nospec(nr, ARRAY_SIZE(dxg_ioctls))];
	if (!ioctl->handle || ioctl->cmd != cmd)
		return -ENOTTY;
	/*
	 * What a call finds lives until it ends: whoever frees a record counts the calls after that
	 * record got out of reach, and sees this one unless it could not find it any more.
	 */
	dxg_file_call_begin(file);
	ret = ioctl->handle(file, (void __user *)arg);
	dxg_file_call_end(file);
	return ret;
}

static int dxg_dev_open(struct inode *inode, struct file *filp)
{
	struct dxg_file *file;
	int err = dxg_file_open(&file);

	if (!err)
		filp->private_data = file;
	return err;
}

static int dxg_dev_release(struct inode *inode, struct file *filp)
{
	dxg_file_close(filp->private_data);
	return 0;
}

static void dxg_dev_show_fdinfo(struct seq_file *m, struct file *filp)
{
	struct dxg_file *file = filp->private_data;

	dxg_file_call_begin(file);
	dxg_account_show(m, file);
	dxg_file_call_end(file);
}

static const struct file_operations dxg_dev_fops = {
	.owner = THIS_MODULE,
	.open = dxg_dev_open,
	.release = dxg_dev_release,
	.show_fdinfo = dxg_dev_show_fdinfo,
	.unlocked_ioctl = dxg_dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice dxg_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dxg",
	.fops = &dxg_dev_fops,
	.mode = 0666,
};

static int __init dxg_init_queues(void)
{
	dxg_session_wq = alloc_workqueue("dxg_session", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!dxg_session_wq)
		return -ENOMEM;
	dxg_reaper_wq = alloc_workqueue("dxg_reaper", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (dxg_reaper_wq)
		return 0;
	destroy_workqueue(dxg_session_wq);
	return -ENOMEM;
}

static void dxg_exit_queues(void)
{
	destroy_workqueue(dxg_reaper_wq);
	destroy_workqueue(dxg_session_wq);
}

static int __init dxg_init(void)
{
	int err = dxg_init_queues();

	if (err)
		return err;
	err = dxg_mapping_init();
	if (err)
		goto err_queues;
	err = dxg_attachment_init();
	if (err)
		goto err_mapping;
	err = dxg_ivshmem_register();
	if (err)
		goto err_attachment;
	err = misc_register(&dxg_dev);
	if (err)
		goto err_ivshmem;
	dxg_debugfs_register();
	return 0;

err_ivshmem:
	dxg_ivshmem_unregister();
err_attachment:
	dxg_attachment_exit();
err_mapping:
	dxg_mapping_exit();
err_queues:
	dxg_exit_queues();
	return err;
}

static void __exit dxg_exit(void)
{
	dxg_debugfs_unregister();
	misc_deregister(&dxg_dev);
	flush_workqueue(dxg_reaper_wq); /* let the hosts hear of closed files */
	dxg_ivshmem_unregister();
	dxg_exit_queues();
	dxg_attachment_exit();
	dxg_mapping_exit();
	rcu_barrier();
}

module_init(dxg_init);
module_exit(dxg_exit);

MODULE_DESCRIPTION("opendxg: paravirtualized GPUs through /dev/dxg");
MODULE_LICENSE("GPL");

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_ioctl.h - the ioctls, one function each, in the file of the object they are about. Each
 * copies its argument once, checks the copy and uses only that. Results: 0, a positive status of
 * the host where the specification (section 2.7) lets it through, or a negative errno.
 */
#ifndef DXG_IOCTL_H
#define DXG_IOCTL_H

struct dxg_file;

/* dxg_open.c */
int dxg_ioctl_enum_adapters2(struct dxg_file *file, void __user *arg);
int dxg_ioctl_enum_adapters3(struct dxg_file *file, void __user *arg);
int dxg_ioctl_open_adapter_from_luid(struct dxg_file *file, void __user *arg);
int dxg_ioctl_close_adapter(struct dxg_file *file, void __user *arg);

/* dxg_query.c */
int dxg_ioctl_query_adapter_info(struct dxg_file *file, void __user *arg);
int dxg_ioctl_query_video_memory_info(struct dxg_file *file, void __user *arg);
int dxg_ioctl_query_clock_calibration(struct dxg_file *file, void __user *arg);
int dxg_ioctl_is_feature_enabled(struct dxg_file *file, void __user *arg);

/* dxg_statistics.c */
int dxg_ioctl_query_statistics(struct dxg_file *file, void __user *arg);
int dxg_ioctl_enum_processes(struct dxg_file *file, void __user *arg);

/* dxg_escape.c */
int dxg_ioctl_escape(struct dxg_file *file, void __user *arg);

/* dxg_device.c */
int dxg_ioctl_create_device(struct dxg_file *file, void __user *arg);
int dxg_ioctl_destroy_device(struct dxg_file *file, void __user *arg);
int dxg_ioctl_get_device_state(struct dxg_file *file, void __user *arg);
int dxg_ioctl_mark_device_as_error(struct dxg_file *file, void __user *arg);

/* dxg_context.c */
int dxg_ioctl_create_context_virtual(struct dxg_file *file, void __user *arg);
int dxg_ioctl_destroy_context(struct dxg_file *file, void __user *arg);
int dxg_ioctl_set_context_priority(struct dxg_file *file, void __user *arg);
int dxg_ioctl_set_context_in_process_priority(struct dxg_file *file, void __user *arg);
int dxg_ioctl_get_context_priority(struct dxg_file *file, void __user *arg);
int dxg_ioctl_get_context_in_process_priority(struct dxg_file *file, void __user *arg);

/* dxg_hwqueue.c */
int dxg_ioctl_create_hw_queue(struct dxg_file *file, void __user *arg);
int dxg_ioctl_destroy_hw_queue(struct dxg_file *file, void __user *arg);
int dxg_ioctl_submit_command_to_hw_queue(struct dxg_file *file, void __user *arg);

/* dxg_packet.c */
int dxg_ioctl_create_context(struct dxg_file *file, void __user *arg);
int dxg_ioctl_create_hw_context(struct dxg_file *file, void __user *arg);
int dxg_ioctl_destroy_hw_context(struct dxg_file *file, void __user *arg);
int dxg_ioctl_render(struct dxg_file *file, void __user *arg);

/* dxg_allocation.c */
int dxg_ioctl_create_allocation(struct dxg_file *file, void __user *arg);
int dxg_ioctl_destroy_allocation2(struct dxg_file *file, void __user *arg);

/* dxg_lock.c */
int dxg_ioctl_lock2(struct dxg_file *file, void __user *arg);
int dxg_ioctl_unlock2(struct dxg_file *file, void __user *arg);
int dxg_ioctl_invalidate_cache(struct dxg_file *file, void __user *arg);

/* dxg_dmabuf.c */
int dxg_ioctl_export_dmabuf(struct dxg_file *file, void __user *arg);

/* dxg_dmabuf_import.c */
int dxg_ioctl_import_dmabuf(struct dxg_file *file, void __user *arg);

/* dxg_paging.c */
int dxg_ioctl_create_paging_queue(struct dxg_file *file, void __user *arg);
int dxg_ioctl_destroy_paging_queue(struct dxg_file *file, void __user *arg);
int dxg_ioctl_make_resident(struct dxg_file *file, void __user *arg);
int dxg_ioctl_evict(struct dxg_file *file, void __user *arg);
int dxg_ioctl_flush_heap_transitions(struct dxg_file *file, void __user *arg);

/* dxg_gpuva.c */
int dxg_ioctl_reserve_gpu_va(struct dxg_file *file, void __user *arg);
int dxg_ioctl_map_gpu_va(struct dxg_file *file, void __user *arg);
int dxg_ioctl_free_gpu_va(struct dxg_file *file, void __user *arg);

/* dxg_offer.c */
int dxg_ioctl_offer_allocations(struct dxg_file *file, void __user *arg);
int dxg_ioctl_reclaim_allocations2(struct dxg_file *file, void __user *arg);

/* dxg_priority.c */
int dxg_ioctl_set_allocation_priority(struct dxg_file *file, void __user *arg);
int dxg_ioctl_get_allocation_priority(struct dxg_file *file, void __user *arg);

/* dxg_residency.c */
int dxg_ioctl_query_allocation_residency(struct dxg_file *file, void __user *arg);
int dxg_ioctl_update_allocation_property(struct dxg_file *file, void __user *arg);
int dxg_ioctl_change_video_memory_reservation(struct dxg_file *file, void __user *arg);

/* dxg_update.c */
int dxg_ioctl_update_gpu_va(struct dxg_file *file, void __user *arg);

/* dxg_sync.c */
int dxg_ioctl_create_sync_object(struct dxg_file *file, void __user *arg);
int dxg_ioctl_destroy_sync_object(struct dxg_file *file, void __user *arg);

/* dxg_signal.c */
int dxg_ioctl_signal_sync_object2(struct dxg_file *file, void __user *arg);
int dxg_ioctl_signal_from_cpu(struct dxg_file *file, void __user *arg);
int dxg_ioctl_signal_from_gpu(struct dxg_file *file, void __user *arg);
int dxg_ioctl_signal_from_gpu2(struct dxg_file *file, void __user *arg);
int dxg_ioctl_signal_hw_queues(struct dxg_file *file, void __user *arg);

/* dxg_wait.c */
int dxg_ioctl_wait_sync_object2(struct dxg_file *file, void __user *arg);
int dxg_ioctl_wait_from_cpu(struct dxg_file *file, void __user *arg);
int dxg_ioctl_wait_from_gpu(struct dxg_file *file, void __user *arg);
int dxg_ioctl_wait_hw_queue(struct dxg_file *file, void __user *arg);

/* dxg_submit.c */
int dxg_ioctl_submit_command(struct dxg_file *file, void __user *arg);

/* dxg_share.c */
int dxg_ioctl_share_objects(struct dxg_file *file, void __user *arg);
int dxg_ioctl_share_object_with_host(struct dxg_file *file, void __user *arg);
int dxg_ioctl_open_by_number(struct dxg_file *file, void __user *arg);

/* dxg_share_sync.c */
int dxg_ioctl_open_sync_from_nt_handle(struct dxg_file *file, void __user *arg);

/* dxg_share_resource.c */
int dxg_ioctl_query_resource_info_from_nt_handle(struct dxg_file *file, void __user *arg);
int dxg_ioctl_get_shared_resource_adapter_luid(struct dxg_file *file, void __user *arg);
int dxg_ioctl_open_resource_from_nt_handle(struct dxg_file *file, void __user *arg);

/* dxg_syncfile.c */
int dxg_ioctl_create_sync_file(struct dxg_file *file, void __user *arg);
int dxg_ioctl_wait_sync_file(struct dxg_file *file, void __user *arg);
int dxg_ioctl_open_sync_from_sync_file(struct dxg_file *file, void __user *arg);

#endif /* DXG_IOCTL_H */

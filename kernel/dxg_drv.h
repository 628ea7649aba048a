/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_drv.h - the module's work queues and the transports it starts.
 */
#ifndef DXG_DRV_H
#define DXG_DRV_H

struct workqueue_struct;

/* Watchdogs and the end of sessions; nothing on it waits for a host for long. */
extern struct workqueue_struct *dxg_session_wq;
/* Ends of open files; these wait for hosts. */
extern struct workqueue_struct *dxg_reaper_wq;

int dxg_ivshmem_register(void);
void dxg_ivshmem_unregister(void);
void dxg_ivshmem_revive_all(void);

#endif /* DXG_DRV_H */

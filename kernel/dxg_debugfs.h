/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_debugfs.h - /sys/kernel/debug/dxg, for root: who has what open, and how sessions stand.
 */
#ifndef DXG_DEBUGFS_H
#define DXG_DEBUGFS_H

void dxg_debugfs_register(void);
void dxg_debugfs_unregister(void);

#endif /* DXG_DEBUGFS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_account.h - what an open file has of its GPUs, for /proc/PID/fdinfo.
 */
#ifndef DXG_ACCOUNT_H
#define DXG_ACCOUNT_H

struct dxg_file;
struct seq_file;

void dxg_account_show(struct seq_file *m, struct dxg_file *file);

#endif /* DXG_ACCOUNT_H */

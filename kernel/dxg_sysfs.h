/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dxg_sysfs.h - the attributes of the device that an adapter is on.
 */
#ifndef DXG_SYSFS_H
#define DXG_SYSFS_H

struct attribute_group;

extern const struct attribute_group *dxg_sysfs_groups[];

#endif /* DXG_SYSFS_H */

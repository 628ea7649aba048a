// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_sysfs.c - the folder dxg/ of an adapter's device (for a virtual machine
 * /sys/bus/pci/devices/.../dxg): luid, vgpu_luid, name, state, generation, interface_version.
 * Readable by everybody; state is "lost" and the others are empty while no host serves the device.
 * The adapter is found by the name of the device, so that a reader needs no lock of the transport
 * and may outlive it.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "dxg_adapter.h"
#include "dxg_session.h"
#include "dxg_sysfs.h"

static ssize_t luid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dxg_adapter *adapter = dxg_adapter_find_on(dev_name(dev));
	ssize_t n = 0;

	if (adapter)
		n = sysfs_emit(buf, "%08x:%08x\n", adapter->luid.b, adapter->luid.a);
	dxg_adapter_put(adapter);
	return n;
}
static DEVICE_ATTR_RO(luid);

static ssize_t vgpu_luid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dxg_adapter *adapter = dxg_adapter_find_on(dev_name(dev));
	ssize_t n = 0;

	if (adapter)
		n = sysfs_emit(buf, "%08x:%08x\n", adapter->vgpu_luid.b, adapter->vgpu_luid.a);
	dxg_adapter_put(adapter);
	return n;
}
static DEVICE_ATTR_RO(vgpu_luid);

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dxg_adapter *adapter = dxg_adapter_find_on(dev_name(dev));
	ssize_t n = 0;

	if (adapter)
		n = sysfs_emit(buf, "%s\n", adapter->name);
	dxg_adapter_put(adapter);
	return n;
}
static DEVICE_ATTR_RO(name);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dxg_adapter *adapter = dxg_adapter_find_on(dev_name(dev));
	bool ready = adapter && dxg_session_alive(adapter->session);

	dxg_adapter_put(adapter);
	return sysfs_emit(buf, "%s\n", ready ? "ready" : "lost");
}
static DEVICE_ATTR_RO(state);

static ssize_t generation_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dxg_adapter *adapter = dxg_adapter_find_on(dev_name(dev));
	ssize_t n = 0;

	if (adapter)
		n = sysfs_emit(buf, "%u\n", adapter->session->header.generation);
	dxg_adapter_put(adapter);
	return n;
}
static DEVICE_ATTR_RO(generation);

static ssize_t interface_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct dxg_adapter *adapter = dxg_adapter_find_on(dev_name(dev));
	ssize_t n = 0;

	if (adapter)
		n = sysfs_emit(buf, "%u\n", adapter->session->header.interface_version);
	dxg_adapter_put(adapter);
	return n;
}
static DEVICE_ATTR_RO(interface_version);

static struct attribute *dxg_sysfs_attrs[] = {
	&dev_attr_luid.attr,
	&dev_attr_vgpu_luid.attr,
	&dev_attr_name.attr,
	&dev_attr_state.attr,
	&dev_attr_generation.attr,
	&dev_attr_interface_version.attr,
	NULL,
};

static const struct attribute_group dxg_sysfs_group = {
	.name = "dxg",
	.attrs = dxg_sysfs_attrs,
};

const struct attribute_group *dxg_sysfs_groups[] = {
	&dxg_sysfs_group,
	NULL,
};

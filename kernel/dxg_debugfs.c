// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_debugfs.c - see dxg_debugfs.h. Two files:
 *
 *   files     each open file: process, adapters, objects by handle and type
 *   sessions  each adapter: its session, the positions of its rings, who waits
 *
 * Everything shown is a private copy or a number of the module's own; no host is asked, nothing of
 * a shared page is believed, no address of the kernel is printed. What is in motion is shown as it
 * was for a moment.
 */
#include <linux/debugfs.h>
#include <linux/pid.h>
#include <linux/seq_file.h>

#include "dxg_adapter.h"
#include "dxg_debugfs.h"
#include "dxg_device.h"
#include "dxg_file.h"
#include "dxg_process.h"
#include "dxg_session.h"
#include "dxgwire/limits.h"

static struct dentry *dxg_debugfs_root;

static const char *const dxg_object_names[] = {
	[DXG_OBJECT_DEVICE] = "device",
	[DXG_OBJECT_CONTEXT] = "context",
	[DXG_OBJECT_RESOURCE] = "resource",
	[DXG_OBJECT_ALLOCATION] = "allocation",
	[DXG_OBJECT_PAGING_QUEUE] = "pagingqueue",
	[DXG_OBJECT_SYNC] = "sync",
	[DXG_OBJECT_HWQUEUE] = "hwqueue",
};

static_assert(ARRAY_SIZE(dxg_object_names) == DXG_OBJECT_TYPES);

static const char *dxg_object_name(const struct dxg_object *object)
{
	return dxg_object_names[object->ops->type];
}

static void dxg_debugfs_objects(struct seq_file *m, struct dxg_file *file)
{
	const struct dxg_object *object, *device;
	unsigned long index;

	rcu_read_lock();
	xa_for_each(&file->objects.objects, index, object) {
		device = object->device ? &object->device->object : NULL;
		seq_printf(m, "  %s 0x%x device 0x%x references %u\n", dxg_object_name(object),
			   object->handle, device ? device->handle : 0, kref_read(&object->ref));
	}
	rcu_read_unlock();
}

static void dxg_debugfs_file(struct dxg_file *file, void *arg)
{
	struct dxg_process *process[DXG_HANDLE_INSTANCE_ADAPTER];
	struct seq_file *m = arg;
	unsigned int i, n;

	dxg_file_call_begin(file);
	n = dxg_file_processes(file, process, ARRAY_SIZE(process));
	seq_printf(m, "client %llu pid %d uid %u\n", file->id, pid_vnr(file->tgid),
		   from_kuid_munged(seq_user_ns(m), file->cred->euid));
	for (i = 0; i < n; i++)
		seq_printf(m, "  adapter %08x:%08x opens %u host 0x%x events %d%s\n",
			   process[i]->adapter->luid.b, process[i]->adapter->luid.a,
			   READ_ONCE(process[i]->opens), process[i]->host,
			   atomic_read(&process[i]->events),
			   dxg_session_lost(process[i]->adapter->session) ? " lost" : "");
	dxg_debugfs_objects(m, file);
	dxg_file_call_end(file);
}

static int dxg_files_show(struct seq_file *m, void *unused)
{
	dxg_file_each(dxg_debugfs_file, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dxg_files);

static void dxg_debugfs_channel(struct seq_file *m, struct dxg_channel *channel)
{
	unsigned long id;
	unsigned int waiting = 0;
	void *slot;

	rcu_read_lock();
	xa_for_each(&channel->slots, id, slot)
		waiting++;
	rcu_read_unlock();
	seq_printf(m, "  channel %u to_host %u to_guest %u requests %u pollers %u spin_ns %u\n",
		   channel->index, READ_ONCE(channel->tx.pos), READ_ONCE(channel->rx.pos), waiting,
		   READ_ONCE(channel->pollers), READ_ONCE(channel->spin_ns));
}

static void dxg_debugfs_session(struct seq_file *m, const struct dxg_adapter *adapter)
{
	struct dxg_session *session = adapter->session;
	const struct dxg_region_header *h = &session->header;
	unsigned int i;

	seq_printf(m, "adapter %08x:%08x vgpu %08x:%08x \"%s\"\n", adapter->luid.b, adapter->luid.a,
		   adapter->vgpu_luid.b, adapter->vgpu_luid.a, adapter->name);
	seq_printf(m, "  transport %s %s version %u generation %u %s%s\n",
		   session->transport->ops->name, session->transport->device, h->interface_version,
		   h->generation, dxg_session_lost(session) ? "lost: " : "ready",
		   dxg_session_lost(session) ? session->lost_why : "");
	seq_printf(m, "  io_space %llu bytes, waiters %d, state changes %lld%s\n", h->io_size,
		   atomic_read(&session->waiters), atomic64_read(&session->state_counter),
		   session->async ? ", async" : "");
	for (i = 0; i < DXG_CHANNELS; i++)
		dxg_debugfs_channel(m, &session->channel[i]);
}

static int dxg_sessions_show(struct seq_file *m, void *unused)
{
	struct dxg_adapter *adapter[DXG_ADAPTERS_MAX];
	unsigned int i, n = min(dxg_adapter_list(adapter, DXG_ADAPTERS_MAX), DXG_ADAPTERS_MAX);

	for (i = 0; i < n; i++) {
		dxg_debugfs_session(m, adapter[i]);
		dxg_adapter_put(adapter[i]);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dxg_sessions);

/** dxg_debugfs_register - make the files; nobody minds when debugfs is not there. */
void dxg_debugfs_register(void)
{
	dxg_debugfs_root = debugfs_create_dir("dxg", NULL);
	debugfs_create_file("files", 0400, dxg_debugfs_root, NULL, &dxg_files_fops);
	debugfs_create_file("sessions", 0400, dxg_debugfs_root, NULL, &dxg_sessions_fops);
}

/** dxg_debugfs_unregister - take them away; returns when nobody reads them any more. */
void dxg_debugfs_unregister(void)
{
	debugfs_remove(dxg_debugfs_root);
}

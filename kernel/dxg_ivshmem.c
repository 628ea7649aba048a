// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_ivshmem.c - the transport over QEMU's ivshmem-doorbell device: PCI function 1af4:1110 whose
 * shared memory starts with our magic. Any other one is left alone.
 *
 *   BAR 0  registers: IVPosition (own peer number), Doorbell (peer << 16 | vector)
 *   BAR 1  MSI-X, one vector per doorbell
 *   BAR 2  the region (include/dxgwire/region.h)
 *
 * A session that the host ends can be followed by another one on the same device: tried once at
 * once, when the host rings although there is no session (it has been started anew), and whenever
 * somebody looks for adapters; the latter two not too often. Lock: iv->lock serialises start and
 * stop of the session; it is held while waiting for the host, by probe, remove and the revival
 * only.
 */
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "dxg_adapter.h"
#include "dxg_drv.h"
#include "dxg_session.h"
#include "dxg_sysfs.h"
#include "dxg_transport.h"

#define DXG_IVSHMEM_VENDOR 0x1af4
#define DXG_IVSHMEM_DEVICE 0x1110
#define DXG_IVSHMEM_REGISTERS 0
#define DXG_IVSHMEM_MEMORY 2
#define DXG_IVSHMEM_DOORBELL 12
#define DXG_IVSHMEM_REGISTERS_SIZE 16
#define DXG_IVSHMEM_VECTORS_MAX 8
/*
 * Attempts to revive a device whose host went silent are at least this far apart: asked for by
 * somebody who looks for adapters, and by the host's doorbell.
 */
#define DXG_IVSHMEM_RETRY_MS 3000
#define DXG_IVSHMEM_INVITED_MS 100

/**
 * struct dxg_ivshmem - one device.
 * @transport: its base class; freed with its last reference, which may be after the device is gone
 * @pdev: the device
 * @registers: BAR 0
 * @physical: start of BAR 2
 * @lock: see above
 * @session: the current one, or NULL; written under @lock, read by interrupts
 * @adapter: goes with it
 * @removing: no session is started any more
 * @down: there is no live session; racy, for dxg_ivshmem_revive_all() only
 * @tried: when the last start was tried (jiffies)
 * @revive: starts a session; delayed when the last attempt is too recent
 * @node: in the list of devices, under its lock
 */
struct dxg_ivshmem {
	struct dxg_transport transport;
	struct pci_dev *pdev;
	void __iomem *registers;
	phys_addr_t physical;
	struct mutex lock;
	struct dxg_session *session;
	struct dxg_adapter *adapter;
	bool removing;
	bool down;
	unsigned long tried;
	struct delayed_work revive;
	struct list_head node;
};

static DEFINE_MUTEX(dxg_ivshmem_lock);
static LIST_HEAD(dxg_ivshmem_devices);

static struct dxg_ivshmem *dxg_transport_ivshmem(struct dxg_transport *transport)
{
	return container_of(transport, struct dxg_ivshmem, transport);
}

/* How long (jiffies) until an attempt is @apart_ms after the last one? */
static unsigned long dxg_ivshmem_delay(const struct dxg_ivshmem *iv, unsigned int apart_ms)
{
	unsigned long due = READ_ONCE(iv->tried) + msecs_to_jiffies(apart_ms), now = jiffies;

	return time_after(due, now) ? due - now : 0;
}

static void dxg_ivshmem_ring(struct dxg_transport *transport, u32 peer, u32 vector)
{
	writel(peer << 16 | (vector & 0xffff),
	       dxg_transport_ivshmem(transport)->registers + DXG_IVSHMEM_DOORBELL);
}

static unsigned long dxg_ivshmem_pfn(struct dxg_transport *transport, u64 offset)
{
	return PHYS_PFN(dxg_transport_ivshmem(transport)->physical + offset);
}

static u64 dxg_ivshmem_guest_address(struct dxg_transport *transport, u64 offset)
{
	return dxg_transport_ivshmem(transport)->physical + offset;
}

static void dxg_ivshmem_lost(struct dxg_transport *transport)
{
	struct dxg_ivshmem *iv = dxg_transport_ivshmem(transport);

	WRITE_ONCE(iv->down, true);
	/* One that was never accepted is not tried again at once: it would be for ever. */
	if (!READ_ONCE(iv->removing) && READ_ONCE(iv->adapter))
		mod_delayed_work(dxg_reaper_wq, &iv->revive, 0);
}

static void dxg_ivshmem_release(struct dxg_transport *transport)
{
	struct dxg_ivshmem *iv = dxg_transport_ivshmem(transport);

	memunmap(transport->base);
	iounmap(iv->registers);
	mutex_destroy(&iv->lock);
	kfree(iv);
}

static const struct dxg_transport_ops dxg_ivshmem_ops = {
	.name = "ivshmem",
	.ring = dxg_ivshmem_ring,
	.pfn = dxg_ivshmem_pfn,
	.guest_address = dxg_ivshmem_guest_address,
	.lost = dxg_ivshmem_lost,
	.release = dxg_ivshmem_release,
};

static irqreturn_t dxg_ivshmem_interrupt(int irq, void *data)
{
	struct dxg_ivshmem *iv = data;
	/* Pairs with the release in start: a session that is seen is complete. */
	struct dxg_session *session = smp_load_acquire(&iv->session);

	if (session && dxg_session_interrupt(session))
		return IRQ_WAKE_THREAD;
	if (!session && READ_ONCE(iv->down) && !READ_ONCE(iv->removing))
		mod_delayed_work(dxg_reaper_wq, &iv->revive,
				 dxg_ivshmem_delay(iv, DXG_IVSHMEM_INVITED_MS));
	return IRQ_HANDLED;
}

static irqreturn_t dxg_ivshmem_thread(int irq, void *data)
{
	struct dxg_ivshmem *iv = data;
	/* Pairs with the release in start: a session that is seen is complete. */
	struct dxg_session *session = smp_load_acquire(&iv->session);

	while (session && dxg_session_interrupt(session))
		cond_resched();
	return IRQ_HANDLED;
}

/* Let go of the session: nobody finds it any more. */
static void dxg_ivshmem_stop_locked(struct dxg_ivshmem *iv, const char *why, bool close)
{
	struct dxg_session *session = iv->session;
	u32 i;

	lockdep_assert_held(&iv->lock);
	if (!session)
		return;
	if (iv->adapter)
		dxg_adapter_remove(iv->adapter, close);
	dxg_session_end(session, why);
	/* Whoever looks from here on finds nothing; the loop waits for those that look now. */
	smp_store_release(&iv->session, NULL);
	for (i = 0; i < iv->transport.vectors; i++)
		synchronize_irq(pci_irq_vector(iv->pdev, i));
	dxg_adapter_put(iv->adapter);
	iv->adapter = NULL;
	dxg_session_put(session);
}

static int dxg_ivshmem_start_locked(struct dxg_ivshmem *iv)
{
	struct dxg_session *session;
	int err;

	lockdep_assert_held(&iv->lock);
	WRITE_ONCE(iv->down, true);
	WRITE_ONCE(iv->tried, jiffies);
	err = dxg_session_create(&iv->transport, &session);
	if (err)
		return err;
	/* Pairs with the acquires of the interrupt handlers. */
	smp_store_release(&iv->session, session);
	err = dxg_adapter_create(session, &iv->adapter);
	if (!err) {
		WRITE_ONCE(iv->down, dxg_session_lost(session));
		return 0;
	}
	dxg_ivshmem_stop_locked(iv, "the host does not open the adapter", false);
	return err;
}

static void dxg_ivshmem_revive(struct work_struct *work)
{
	struct dxg_ivshmem *iv = container_of(to_delayed_work(work), struct dxg_ivshmem, revive);

	mutex_lock(&iv->lock);
	if (iv->session && !dxg_session_alive(iv->session))
		dxg_ivshmem_stop_locked(iv, "lost", false);
	if (!iv->session && !iv->removing)
		dxg_ivshmem_start_locked(iv);
	mutex_unlock(&iv->lock);
}

/* Is there no session, or one that the host has ended without anybody having noticed? Racy. */
static bool dxg_ivshmem_is_down(struct dxg_ivshmem *iv)
{
	const struct dxg_region_header *shared = iv->transport.base;

	return READ_ONCE(iv->down) || dxg_load(&shared->state) != DXG_SESSION_READY;
}

/** dxg_ivshmem_revive_all - somebody enumerates: try silent hosts again, in the background. */
void dxg_ivshmem_revive_all(void)
{
	struct dxg_ivshmem *iv;

	mutex_lock(&dxg_ivshmem_lock);
	list_for_each_entry(iv, &dxg_ivshmem_devices, node) {
		if (dxg_ivshmem_is_down(iv) && !READ_ONCE(iv->removing))
			queue_delayed_work(dxg_reaper_wq, &iv->revive,
					   dxg_ivshmem_delay(iv, DXG_IVSHMEM_RETRY_MS));
	}
	mutex_unlock(&dxg_ivshmem_lock);
}

static int dxg_ivshmem_map(struct dxg_ivshmem *iv)
{
	struct pci_dev *pdev = iv->pdev;

	if (pci_resource_len(pdev, DXG_IVSHMEM_REGISTERS) < DXG_IVSHMEM_REGISTERS_SIZE ||
	    pci_resource_len(pdev, DXG_IVSHMEM_MEMORY) < DXG_REGION_HEADER_SIZE)
		return -ENODEV;
	iv->physical = pci_resource_start(pdev, DXG_IVSHMEM_MEMORY);
	iv->transport.size = pci_resource_len(pdev, DXG_IVSHMEM_MEMORY);
	iv->registers = ioremap(pci_resource_start(pdev, DXG_IVSHMEM_REGISTERS),
				DXG_IVSHMEM_REGISTERS_SIZE);
	if (!iv->registers)
		return -ENOMEM;
	/* Memory; where firmware marked the window uncached, write-combining is all there is. */
	iv->transport.base = memremap(iv->physical, iv->transport.size, MEMREMAP_WB | MEMREMAP_WC);
	if (iv->transport.base)
		return 0;
	iounmap(iv->registers);
	return -ENOMEM;
}

/* The caller's reference is the device's. */
static int dxg_ivshmem_create(struct pci_dev *pdev, struct dxg_ivshmem **ret_iv)
{
	struct dxg_ivshmem *iv = kzalloc(sizeof(*iv), GFP_KERNEL);
	int err;

	if (!iv)
		return -ENOMEM;
	iv->pdev = pdev;
	err = dxg_ivshmem_map(iv);
	if (err) {
		kfree(iv);
		return err;
	}
	iv->transport.ops = &dxg_ivshmem_ops;
	strscpy(iv->transport.device, pci_name(pdev), sizeof(iv->transport.device));
	kref_init(&iv->transport.ref);
	mutex_init(&iv->lock);
	INIT_DELAYED_WORK(&iv->revive, dxg_ivshmem_revive);
	*ret_iv = iv;
	return 0;
}

static void dxg_ivshmem_free_vectors(struct dxg_ivshmem *iv)
{
	while (iv->transport.vectors)
		free_irq(pci_irq_vector(iv->pdev, --iv->transport.vectors), iv);
	pci_free_irq_vectors(iv->pdev);
}

static int dxg_ivshmem_request_vectors(struct dxg_ivshmem *iv)
{
	int i, err, n;

	n = pci_alloc_irq_vectors(iv->pdev, 1, DXG_IVSHMEM_VECTORS_MAX, PCI_IRQ_MSIX);
	if (n < 0)
		return -ENODEV; /* ivshmem-plain: shared memory without doorbells is not ours */
	for (i = 0; i < n; i++) {
		err = request_threaded_irq(pci_irq_vector(iv->pdev, i), dxg_ivshmem_interrupt,
					   dxg_ivshmem_thread, 0, "dxgkrnl", iv);
		if (err) {
			dxg_ivshmem_free_vectors(iv);
			return err;
		}
		iv->transport.vectors++;
	}
	return 0;
}

static int dxg_ivshmem_start(struct dxg_ivshmem *iv)
{
	int err;

	mutex_lock(&iv->lock);
	err = dxg_ivshmem_start_locked(iv);
	mutex_unlock(&iv->lock);
	if (err) {
		dev_info(&iv->pdev->dev, "left alone (%d)\n", err);
		return err;
	}
	mutex_lock(&dxg_ivshmem_lock);
	list_add(&iv->node, &dxg_ivshmem_devices);
	mutex_unlock(&dxg_ivshmem_lock);
	return 0;
}

static int dxg_ivshmem_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct dxg_ivshmem *iv;
	int err;

	err = pci_enable_device(pdev);
	if (err)
		return err;
	err = pci_request_regions(pdev, "dxgkrnl");
	if (err)
		goto err_disable;
	pci_set_master(pdev);
	err = dxg_ivshmem_create(pdev, &iv);
	if (err)
		goto err_regions;
	err = dxg_ivshmem_request_vectors(iv);
	if (err)
		goto err_put;
	err = dxg_ivshmem_start(iv);
	if (err)
		goto err_vectors;
	pci_set_drvdata(pdev, iv);
	return 0;

err_vectors:
	WRITE_ONCE(iv->removing, true);
	cancel_delayed_work_sync(&iv->revive);
	dxg_ivshmem_free_vectors(iv);
err_put:
	dxg_transport_put(&iv->transport);
err_regions:
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return err;
}

static void dxg_ivshmem_remove(struct pci_dev *pdev)
{
	struct dxg_ivshmem *iv = pci_get_drvdata(pdev);

	mutex_lock(&dxg_ivshmem_lock);
	list_del(&iv->node);
	mutex_unlock(&dxg_ivshmem_lock);
	WRITE_ONCE(iv->removing, true);
	mutex_lock(&iv->lock);
	dxg_ivshmem_stop_locked(iv, "device removed", true);
	mutex_unlock(&iv->lock);
	cancel_delayed_work_sync(&iv->revive);
	dxg_ivshmem_free_vectors(iv);
	dxg_transport_put(&iv->transport);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static const struct pci_device_id dxg_ivshmem_ids[] = {
	{ PCI_DEVICE(DXG_IVSHMEM_VENDOR, DXG_IVSHMEM_DEVICE) },
	{},
};
MODULE_DEVICE_TABLE(pci, dxg_ivshmem_ids);

static struct pci_driver dxg_ivshmem_driver = {
	.name = "dxgkrnl",
	.id_table = dxg_ivshmem_ids,
	.probe = dxg_ivshmem_probe,
	.remove = dxg_ivshmem_remove,
	.dev_groups = dxg_sysfs_groups,
};

/** dxg_ivshmem_register - start the transport: probes what is there. Return: 0 or -errno. */
int dxg_ivshmem_register(void)
{
	return pci_register_driver(&dxg_ivshmem_driver);
}

/** dxg_ivshmem_unregister - stop it: all its sessions end. */
void dxg_ivshmem_unregister(void)
{
	pci_unregister_driver(&dxg_ivshmem_driver);
}

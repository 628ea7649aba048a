// SPDX-License-Identifier: GPL-2.0
/*
 * test_module.c - dxgkrnl_kunit.ko: the module's own sources without its device node and its PCI
 * driver, and the tests of its logic. They run when it is inserted; KTAP in the kernel's log and
 * below debugfs/kunit.
 *
 * Some kernels run the suites before the module's init, others after it: what they need is started
 * by the first suite.
 */
#include <linux/module.h>
#include <linux/workqueue.h>

#include "dxg_attachment.h"
#include "dxg_drv.h"
#include "dxg_loopback.h"
#include "dxg_mmap.h"

struct workqueue_struct *dxg_session_wq;
struct workqueue_struct *dxg_reaper_wq;

static bool started; /* one suite runs at a time */

/** dxg_loopback_start - each suite's start: queues, mappings, attachments. Return: 0, -errno. */
int dxg_loopback_start(struct kunit_suite *suite)
{
	int err = -ENOMEM;

	if (started)
		return 0;
	dxg_session_wq = alloc_workqueue("dxg_test_session", WQ_UNBOUND, 0);
	if (!dxg_session_wq)
		return -ENOMEM;
	dxg_reaper_wq = alloc_workqueue("dxg_test_reaper", WQ_UNBOUND, 0);
	if (!dxg_reaper_wq)
		goto err_session;
	err = dxg_mapping_init();
	if (err)
		goto err_reaper;
	err = dxg_attachment_init();
	if (err)
		goto err_mapping;
	started = true;
	return 0;

err_mapping:
	dxg_mapping_exit();
err_reaper:
	destroy_workqueue(dxg_reaper_wq);
err_session:
	destroy_workqueue(dxg_session_wq);
	return err;
}

static int __init dxg_test_init(void)
{
	return 0;
}

static void __exit dxg_test_exit(void)
{
	if (!started)
		return;
	destroy_workqueue(dxg_reaper_wq);
	destroy_workqueue(dxg_session_wq);
	dxg_attachment_exit();
	dxg_mapping_exit();
	rcu_barrier();
}

module_init(dxg_test_init);
module_exit(dxg_test_exit);

MODULE_DESCRIPTION("opendxg: KUnit tests of dxgkrnl");
MODULE_LICENSE("GPL");

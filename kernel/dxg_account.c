// SPDX-License-Identifier: GPL-2.0
/*
 * dxg_account.c - fdinfo of an open file in the form of Documentation/gpu/drm-usage-stats.rst, so
 * that the tools that read it for other drivers read it for this one.
 *
 * GPU time and memory are known to the host alone, and it says them only when it is asked: each
 * reading costs 1 message per adapter, node and segment. Who reads waits killably, as long as a
 * host may be silent at most, and holds no lock; a host that does not answer leaves its lines out.
 *
 * One file may have several adapters; the keys of the second and further ones start with its
 * number.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "dxg_account.h"
#include "dxg_file.h"
#include "dxg_process.h"
#include "dxg_request.h"
#include "dxg_session.h"
#include "dxg_statistics.h"
#include "dxgwire/statistics.h"

/* A host that says it has more is not believed. */
#define DXG_ACCOUNT_NODES 16u
#define DXG_TICK_NS 100u

static const char *const dxg_account_region[] = { "system", "local" };

/** struct dxg_account - one reading. @prefix: of the adapter's keys */
struct dxg_account {
	struct seq_file *m;
	struct dxg_process *process;
	char prefix[8];
};

/* Return: 0 and @ret_result, or an errno. */
static int dxg_account_ask(const struct dxg_account *account, u32 type, u32 selector,
			   void *ret_result, size_t size)
{
	struct dxg_process *process = account->process;
	struct dxg_slot *slot = dxg_statistics_slot();
	const void *result;
	int err = 0;

	if (!slot)
		return -ENOMEM;
	result = dxg_statistics_ask(process->adapter, process->host, type, selector, slot);
	if (IS_ERR(result))
		err = PTR_ERR(result);
	else
		memcpy(ret_result, result, size);
	dxg_slot_put(slot);
	return err;
}

static int dxg_account_node(const struct dxg_account *account, u32 node)
{
	struct dxg_statistics_process_node stats;
	int err = dxg_account_ask(account, _D3DKMT_QUERYSTATISTICS_PROCESS_NODE, node, &stats,
				  sizeof(stats));

	if (!err)
		seq_printf(account->m, "drm-engine-%snode%u:\t%llu ns\n", account->prefix, node,
			   stats.running_time * DXG_TICK_NS);
	return err;
}

static int dxg_account_segment(const struct dxg_account *account, u32 segment)
{
	struct dxg_statistics_process_segment stats;
	int err = dxg_account_ask(account, _D3DKMT_QUERYSTATISTICS_PROCESS_SEGMENT, segment, &stats,
				  sizeof(stats));

	if (err)
		return err;
	seq_printf(account->m, "drm-total-%s%s:\t%llu KiB\n", account->prefix,
		   dxg_account_region[segment], stats.committed >> 10);
	seq_printf(account->m, "drm-resident-%s%s:\t%llu KiB\n", account->prefix,
		   dxg_account_region[segment], stats.resident[0].bytes >> 10);
	return 0;
}

static void dxg_account_host(const struct dxg_account *account)
{
	struct dxg_statistics_process_adapter all;
	u32 i, n;
	int err = dxg_account_ask(account, _D3DKMT_QUERYSTATISTICS_PROCESS_ADAPTER, 0, &all,
				  sizeof(all));

	if (err)
		return;
	n = min(all.nodes, DXG_ACCOUNT_NODES);
	for (i = 0; i < n && !err; i++)
		err = dxg_account_node(account, i);
	n = min_t(u32, all.segments, ARRAY_SIZE(dxg_account_region));
	for (i = 0; i < n && !err; i++)
		err = dxg_account_segment(account, i);
}

static void dxg_account_process(struct seq_file *m, struct dxg_process *process, unsigned int index)
{
	struct dxg_account account = { .m = m, .process = process };
	struct dxg_adapter *adapter = process->adapter;

	if (index)
		snprintf(account.prefix, sizeof(account.prefix), "%u-", index);
	seq_printf(m, "dxg-adapter-%u:\t%08x:%08x\n", index, adapter->luid.b, adapter->luid.a);
	if (dxg_once_done(&process->started) && !dxg_session_lost(adapter->session))
		dxg_account_host(&account);
}

/**
 * dxg_account_show - the lines of an open file; waits for hosts.
 * @m: where to
 * @file: the file; between dxg_file_call_begin() and dxg_file_call_end()
 */
void dxg_account_show(struct seq_file *m, struct dxg_file *file)
{
	struct dxg_process *process[DXG_HANDLE_INSTANCE_ADAPTER];
	unsigned int i, n = dxg_file_processes(file, process, ARRAY_SIZE(process));

	seq_puts(m, "drm-driver:\tdxgkrnl\n");
	seq_printf(m, "drm-client-id:\t%llu\n", file->id);
	if (n && process[0]->adapter->session->transport->device[0])
		seq_printf(m, "drm-pdev:\t%s\n", process[0]->adapter->session->transport->device);
	for (i = 0; i < n; i++)
		dxg_account_process(m, process[i], i);
}

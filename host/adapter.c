// SPDX-License-Identifier: MIT
/*
 * adapter: see adapter.h. A description is a reply from a worker, so it is checked like everything
 * from one: counts within limits, strings terminated, unknown flags dropped.
 */
#include "adapter.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon.h"
#include "dxgwire/escape.h"
#include "log.h"
#include "vidmm/vidmm.h"
#include "vidsch/vidsch.h"

#define ADAPTER_LUID_BASE 0x100u
#define ADAPTER_FLAGS \
	(DXG_ADAPTER_UNIFIED | DXG_ADAPTER_OPENCL | DXG_ADAPTER_NULL | DXG_ADAPTER_SVM)

static const char *describe_check(const struct ipc_describe_reply *info, uint32_t len)
{
	if (len != sizeof(*info))
		return "describe.length";
	if (info->status > 0)
		return "describe.status";
	if (info->status)
		return NULL;
	if (!info->node_count || info->node_count > IPC_NODES_MAX)
		return "describe.node_count";
	if (!info->system_memory || (!(info->flags & DXG_ADAPTER_UNIFIED) && !info->local_memory))
		return "describe.memory";
	if (info->units > DXG_COMPUTE_UNITS_MAX)
		return "describe.units";
	return NULL;
}

static const char *adapter_described(struct worker_call *call, int err, const void *reply,
				     uint32_t len)
{
	struct adapter *adapter = avl_entry(call, struct adapter, call);
	const char *bad;

	adapter->err = err ? -EIO : -EPROTO;
	if (err)
		return NULL;
	bad = describe_check(reply, len);
	if (bad)
		return bad;
	memcpy(&adapter->info, reply, sizeof(adapter->info));
	adapter->info.flags &= ADAPTER_FLAGS;
	adapter->info.name[IPC_ADAPTER_NAME_MAX - 1] = 0;
	adapter->info.driver[IPC_ADAPTER_NAME_MAX - 1] = 0;
	adapter->err = adapter->info.status;
	worker_kill(adapter->worker);
	return NULL;
}

static int adapter_account(struct adapter *adapter)
{
	struct vidmm_segment segments[2] = {
		[ADAPTER_SEGMENT_SYSTEM] = { .size = adapter->info.system_memory,
					     .group = VIDMM_NON_LOCAL },
		[ADAPTER_SEGMENT_LOCAL] = { .size = adapter->info.local_memory,
					    .group = VIDMM_LOCAL },
	};
	uint32_t slots[IPC_NODES_MAX], i;
	int err;

	for (i = 0; i < IPC_NODES_MAX; i++)
		slots[i] = 1;
	err = vidmm_create(segments, adapter_is_unified(adapter) ? 1 : 2, &adapter->mm);
	if (!err)
		err = vidsch_create(adapter->info.node_count, slots, &adapter->sch);
	return err;
}

static void adapter_lost(void *owner, int err, const char *why)
{
	const struct adapter *adapter = owner;

	(void)err;
	log_line("describing the %s GPU failed: %s",
		 adapter->spec.backend == IPC_BACKEND_NULL ? "null" : "OpenCL", why);
}

static void adapter_worker_gone(void *owner)
{
	struct adapter *adapter = owner;
	struct daemon *daemon = adapter->daemon;
	struct adapter *other;

	worker_destroy(adapter->worker);
	adapter->worker = NULL;
	if (!adapter->err)
		adapter->err = adapter_account(adapter);
	if (!adapter->err) {
		TAILQ_FOREACH (other, &daemon->adapters, link)
			adapter->index = other->index + 1;
		adapter->luid = ADAPTER_LUID_BASE + adapter->index;
		TAILQ_INSERT_TAIL(&daemon->adapters, adapter, link);
	}
	adapter->ready(adapter->ready_arg, adapter, adapter->err);
	if (adapter->err)
		adapter_destroy(adapter);
}

static const struct worker_events adapter_worker_events = {
	.lost = adapter_lost,
	.gone = adapter_worker_gone,
};

void adapter_start_message(const struct adapter *adapter, struct ipc_start *ret_start)
{
	*ret_start = (struct ipc_start){
		.version = IPC_VERSION,
		.backend = adapter->spec.backend,
		.platform = adapter->spec.platform,
		.device = adapter->spec.device,
		.force_discrete = adapter->spec.discrete,
	};
}

int adapter_describe(struct daemon *daemon, const struct adapter_spec *spec, adapter_ready_fn ready,
		     void *arg, struct adapter **ret_adapter)
{
	struct ipc_header request = { .op = IPC_DESCRIBE };
	struct dxg_ring_part part = { &request, sizeof(request) };
	struct adapter *adapter = calloc(1, sizeof(*adapter));
	struct ipc_start start;
	int err;

	if (!adapter)
		return -ENOMEM;
	TAILQ_INIT(&adapter->updates_due);
	adapter->daemon = daemon;
	adapter->spec = *spec;
	adapter->ready = ready;
	adapter->ready_arg = arg;
	adapter_start_message(adapter, &start);
	err = worker_create(daemon, &start, -1, NULL, &adapter_worker_events, adapter,
			    &adapter->worker);
	if (err) {
		free(adapter);
		return err;
	}
	worker_call(adapter->worker, &adapter->call, adapter_described, &part, 1);
	*ret_adapter = adapter;
	return 0;
}

void adapter_give_up(struct adapter *adapter)
{
	worker_kill(adapter->worker);
}

struct adapter *adapter_find(const struct daemon *daemon, const struct adapter_spec *spec)
{
	struct adapter *adapter;

	TAILQ_FOREACH (adapter, &daemon->adapters, link)
		if (adapter->spec.backend == spec->backend &&
		    adapter->spec.platform == spec->platform &&
		    adapter->spec.device == spec->device &&
		    adapter->spec.discrete == spec->discrete)
			return adapter;
	return NULL;
}

struct adapter *adapter_by_index(const struct daemon *daemon, uint32_t index)
{
	struct adapter *adapter;

	TAILQ_FOREACH (adapter, &daemon->adapters, link)
		if (adapter->index == index)
			return adapter;
	return NULL;
}

bool adapter_is_unified(const struct adapter *adapter)
{
	return adapter->info.flags & DXG_ADAPTER_UNIFIED;
}

void adapter_destroy(struct adapter *adapter)
{
	if (!adapter)
		return;
	vidsch_destroy(adapter->sch);
	vidmm_destroy(adapter->mm);
	free(adapter);
}

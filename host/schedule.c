// SPDX-License-Identifier: MIT
/*
 * schedule: see schedule.h. Runs once per turn, after everything that arrived has been queued, so
 * that the choice is made among all that is there.
 */
#include "schedule.h"

#include "adapter.h"
#include "daemon.h"
#include "device.h"
#include "queue.h"
#include "vaupdate.h"
#include "vidsch/vidsch.h"

void schedule_kick(struct adapter *adapter)
{
	adapter->sched_dirty = true;
	turn_kick(&adapter->daemon->turn);
}

static void schedule_pick(struct adapter *adapter)
{
	uint64_t now = uv_hrtime();
	struct vidsch_item *item;
	uint32_t node;

	for (node = 0; node < adapter->info.node_count; node++)
		while (!vidsch_pick(adapter->sch, node, now, &item))
			queue_start(item);
}

static void schedule_flushes(struct adapter *adapter)
{
	struct device *device, *next;

	for (device = LIST_FIRST(&adapter->flushing); device; device = next) {
		next = LIST_NEXT(device, flushing);
		device_check_idle(device);
	}
}

static void schedule_adapter(struct adapter *adapter)
{
	struct vidsch_item *item;

	while (adapter->sched_dirty) {
		adapter->sched_dirty = false;
		while ((item = vidsch_pop_sync(adapter->sch)))
			queue_sync(item);
		schedule_pick(adapter);
	}
}

bool schedule_run(struct daemon *daemon)
{
	struct adapter *adapter;
	bool busy = false;

	TAILQ_FOREACH (adapter, &daemon->adapters, link) {
		if (!adapter->sched_dirty)
			continue;
		busy = true;
		vaupdate_run(adapter);
		schedule_adapter(adapter);
		schedule_flushes(adapter);
		if (!TAILQ_EMPTY(&adapter->updates_due))
			schedule_kick(adapter);
	}
	return busy;
}

/* SPDX-License-Identifier: MIT */
/*
 * adapter: a GPU of the host, as a short-lived worker described it, with the accounts of its memory
 * (vidmm) and the queues of its nodes (vidsch). dxgd itself never loads a driver.
 */
#ifndef HOST_ADAPTER_H
#define HOST_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "ipc/ipc.h"
#include "vaupdate.h"
#include "worker.h"

struct adapter;
struct daemon;
struct device;
struct vidmm;
struct vidsch;

/** Segments of an adapter, as vidmm numbers them; the second exists on discrete adapters only. */
#define ADAPTER_SEGMENT_SYSTEM 0u
#define ADAPTER_SEGMENT_LOCAL 1u

/** struct adapter_spec - which device of which driver. */
struct adapter_spec {
	uint32_t backend; /* enum ipc_backend */
	uint32_t platform;
	uint32_t device;
	bool discrete;
};

/** adapter_ready_fn - a description arrived (@err 0) or failed. */
typedef void (*adapter_ready_fn)(void *arg, struct adapter *adapter, int err);

/**
 * struct adapter - see above.
 * @index: its number for dxgctl; @luid: its LUID on the host
 * @info: private, checked copy of the description
 * @flushing: devices of which somebody waits to be idle
 * @updates_due: changes of mappings whose fence is there
 * @sched_dirty: something changed in @sch since schedule_run()
 */
struct adapter {
	TAILQ_ENTRY(adapter) link;
	struct daemon *daemon;
	uint32_t index;
	uint32_t luid;
	struct adapter_spec spec;
	struct ipc_describe_reply info;
	struct vidmm *mm;
	struct vidsch *sch;
	bool sched_dirty;
	LIST_HEAD(, device) flushing;
	struct va_update_list updates_due;
	struct worker *worker;
	struct worker_call call;
	adapter_ready_fn ready;
	void *ready_arg;
	int err;
};

/**
 * adapter_describe() - have a worker describe @spec; on success the adapter is in daemon->adapters
 * when
 * @ready is called, else it is freed after that call.
 *
 * @ret_adapter: for adapter_give_up(), until @ready is called
 *
 * Return: 0, then @ready will be called; or a negative errno.
 */
int adapter_describe(struct daemon *daemon, const struct adapter_spec *spec, adapter_ready_fn ready,
		     void *arg, struct adapter **ret_adapter);

/** adapter_give_up() - a description takes too long: @ready will hear -EIO. */
void adapter_give_up(struct adapter *adapter);

/** adapter_find() - the described adapter of @spec, or NULL. */
struct adapter *adapter_find(const struct daemon *daemon, const struct adapter_spec *spec);

/** adapter_by_index() - or NULL. */
struct adapter *adapter_by_index(const struct daemon *daemon, uint32_t index);

/** adapter_is_unified() - kernels reach CPU-visible memory, everything lies in the IO space. */
bool adapter_is_unified(const struct adapter *adapter);

/** adapter_start_message() - what a worker on @adapter is told; the region is left to the caller.
 */
void adapter_start_message(const struct adapter *adapter, struct ipc_start *ret_start);

/** adapter_destroy() - free it; it has no vGPUs any more. NULL is fine. */
void adapter_destroy(struct adapter *adapter);

#endif /* HOST_ADAPTER_H */

/* SPDX-License-Identifier: MIT */
/*
 * process: a client process of a guest: its handle table, GPU address space, accounts, and its
 * worker, which is started with the first device. A worker that ends takes all devices with it; the
 * process may create new ones and gets a new worker.
 *
 * A destroyed process is dying until its worker is gone; only then are its pages given back,
 * because until then the worker's driver may still write to them.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dxgwire/limits.h"
#include "fence.h"
#include "handle.h"

struct adapter;
struct completion;
struct cpu_wait;
struct deadline;
struct device;
struct gpuva;
struct request;
struct session;
struct vidmm_process;
struct vidsch_process;
struct worker;

/**
 * struct process - see above.
 * @handle: VM-global name; @pid: the guest's number of it; @name: for the log
 * @objects: the process's own handles
 * @unborn: devices that wait for a worker; then @retry is set. Of a dying process it says when
 * nobody shall wait for its memory any more
 * @notifications: its CPU notifications, which belong to no device
 * @worker: NULL before the first device and after its worker has gone
 * @next_id: names of allocations and contexts in the worker; @next_offer: tickets of offers
 * @device_count and the other counts: held against limits.h
 * @update_count: operations of UPDATEGPUVIRTUALADDRESS that wait
 * @cpu_waits: waits of the guest's CPU that are not over
 * @end: the reply to DESTROYPROCESS
 */
struct process {
	LIST_ENTRY(process) link;
	struct session *session;
	uint32_t handle;
	uint64_t pid;
	char name[64];
	struct handle_table *objects;
	LIST_HEAD(, device) devices;
	LIST_HEAD(, device) unborn;
	struct deadline *retry;
	struct fence_list notifications;
	struct worker *worker;
	struct gpuva *va;
	struct vidmm_process *mm;
	struct vidsch_process *sch;
	uint64_t next_id;
	uint64_t next_offer;
	uint32_t device_count;
	uint32_t context_count;
	uint32_t allocation_count;
	uint32_t sysmem_runs;
	uint32_t sync_count;
	uint32_t queue_count;
	uint32_t hwqueue_count;
	uint32_t wait_count;
	uint32_t wait_objects;
	uint32_t escape_count;
	uint32_t update_count;
	LIST_HEAD(, cpu_wait) cpu_waits;
	struct completion *end;
	bool dying;
};

/** process_next() - the next one of the same session, or NULL. */
struct process *process_next(const struct process *process);

/** process_adapter() - the adapter its vGPU is on. */
struct adapter *process_adapter(const struct process *process);

/**
 * process_destroy() - take everything from it and free it once its worker is gone.
 * @end: put then; NULL is fine
 */
void process_destroy(struct process *process, struct completion *end);

/**
 * process_get_worker() - its worker, started if there is none.
 * Return: 0; -EBUSY while a lost one is not gone yet or the zygote was started just now; a negative
 * errno of starting one.
 */
int process_get_worker(struct process *process);

/** process_count() - take one of a quota: *@count below @limit. Return: 0; -EDQUOT. */
int process_count(uint32_t *count, uint32_t limit);

/* Handlers of CREATEPROCESS (1000) and DESTROYPROCESS (1001). */
int process_handle_create(struct request *rq);
int process_handle_destroy(struct request *rq);

#endif /* HOST_PROCESS_H */

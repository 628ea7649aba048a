/* SPDX-License-Identifier: MIT */
/*
 * vidsch: decides whose work runs next on the nodes of one adapter.  Pure logic: time comes in as
 * arguments (ns, any origin, never going back), GPU time as measured by the worker.
 *
 * Hierarchy: node -> vGPU -> process -> context -> items in order.  On each level the runnable
 * child with the earliest virtual time goes first.  Virtual time advances by measured GPU time,
 * times VIDSCH_WEIGHT_DEFAULT, over weight; a child that becomes runnable starts at the level's
 * current virtual time when its own is earlier, so that idling saves nothing up.  Equal virtual
 * times take turns.  Time is charged when an item completes, so with s slots a child can run ahead
 * by s items.
 *
 * Priorities go before virtual time, inside a vGPU only: among the contexts of a process both of a
 * context's priorities count, the in-process one among those whose other is the same; among the
 * processes of a vGPU a process has the priority of its first runnable context.  Between vGPUs they
 * count nothing.  Whoever was passed over for VIDSCH_AGEING_NS in favour of a higher priority is
 * started out of order, but not twice in a row on a level: with n siblings overdue before it, one
 * waits for VIDSCH_AGEING_NS and 2n + 2 starts of its parent at most, and those of the highest
 * priority keep every second start.
 *
 * A context's queue holds items of three kinds, started strictly in order:
 * - VIDSCH_EXEC takes a slot of the node: vidsch_pick() starts it, vidsch_complete() ends it;
 * - VIDSCH_SIGNAL and VIDSCH_WAIT cost nothing and take no slot.  When one is first in its queue
 * and everything before it has completed, vidsch_pop_sync() hands it out.  Handing out a wait
 * blocks the context; the caller calls vidsch_unblock() when it is satisfied, at once if it already
 * is.
 *
 * The caller's loop: after anything that enqueued, completed or unblocked, pop syncs until there
 * are none, then pick on each node until there is nothing, and again if a signal unblocked a
 * context.
 *
 * Later policy (deadlines, caps, reservations) has one place: level_pick() in vidsch.c chooses
 * among the children of a level, which entity_before() has ordered.
 */
#ifndef OPENDXG_HOST_VIDSCH_VIDSCH_H
#define OPENDXG_HOST_VIDSCH_VIDSCH_H

#include <stdint.h>

/** VIDSCH_MAX_NODES - nodes of one adapter. */
#define VIDSCH_MAX_NODES 16u
/** VIDSCH_MAX_SLOTS - items that run on a node at a time, at most. */
#define VIDSCH_MAX_SLOTS 64u
/** VIDSCH_MAX_QUEUED - default limit of items queued (not yet started) on a context. */
#define VIDSCH_MAX_QUEUED 4096u
/** VIDSCH_WEIGHT_DEFAULT - weights run from 1 to VIDSCH_WEIGHT_MAX. */
#define VIDSCH_WEIGHT_DEFAULT 100u
#define VIDSCH_WEIGHT_MAX 10000u
/** VIDSCH_PRIORITY_MIN, VIDSCH_PRIORITY_MAX - priorities of a context, 0 to begin with. */
#define VIDSCH_PRIORITY_MIN (-7)
#define VIDSCH_PRIORITY_MAX 7
#define VIDSCH_PRIORITIES 15u
/** VIDSCH_AGEING_NS - how long higher priorities may hold anybody up. */
#define VIDSCH_AGEING_NS UINT64_C(100000000)
/** VIDSCH_MIN_CHARGE_NS - least time charged for an item, so that no stream of empty ones is free.
 */
#define VIDSCH_MIN_CHARGE_NS 1000u
/** VIDSCH_MAX_CHARGE_NS - most time charged for an item: one hour, far above any TDR timeout. */
#define VIDSCH_MAX_CHARGE_NS UINT64_C(3600000000000)

struct vidsch;
struct vidsch_vgpu;
struct vidsch_process;
struct vidsch_context;

/** enum vidsch_kind - what the head of a queue needs; see above. */
enum vidsch_kind {
	VIDSCH_EXEC,
	VIDSCH_WAIT,
	VIDSCH_SIGNAL,
};

/** VIDSCH_KINDS - how many kinds there are. */
#define VIDSCH_KINDS 3

/**
 * struct vidsch_item - one unit of work, embedded in (or owned by) the caller's submission.
 * @work: the caller's; never looked at.
 * @kind: set by vidsch_enqueue().
 * @context: set by vidsch_enqueue(), for vidsch_unblock() of a wait; NULL again once completed or
 *	disposed of.  The caller forgets it when it destroys the context.
 * @next: vidsch's, while the item is queued.
 * @enqueued_ns: time of vidsch_enqueue().
 * @started_ns: time of vidsch_pick().
 * @running: vidsch's; true from vidsch_pick() to vidsch_complete().
 * @aside: vidsch's; it has given its slot up.
 *
 * Owned by vidsch from a successful enqueue until it is handed out as a sync, given to a dispose
 * callback, or completed; it must stay in place until then.
 */
struct vidsch_item {
	void *work;
	enum vidsch_kind kind;
	struct vidsch_context *context;
	struct vidsch_item *next;
	uint64_t enqueued_ns;
	uint64_t started_ns;
	_Bool running;
	_Bool aside;
};

/** vidsch_dispose_fn - takes back an item that was never started. It must not call vidsch. */
typedef void (*vidsch_dispose_fn)(struct vidsch_item *item, void *arg);

/**
 * struct vidsch_stats - what a vGPU or a process got from a node since its creation.
 * @busy_ns: GPU time charged.
 * @wait_ns: sum over started items of the time from enqueue to pick.
 * @started: items picked.
 * @completed: items completed.
 * @running: items picked and not completed.
 * @switches: picks that turned the node from another context to one of these.
 * @queued: items enqueued, by kind.
 * @over: items completed (exec) or handed out (sync), by kind.
 */
struct vidsch_stats {
	uint64_t busy_ns;
	uint64_t wait_ns;
	uint64_t started;
	uint64_t completed;
	uint32_t running;
	uint64_t switches;
	uint64_t queued[VIDSCH_KINDS];
	uint64_t over[VIDSCH_KINDS];
};

/**
 * vidsch_create() - a scheduler for @nnodes nodes.
 * @slots: per node the number of items that run at a time, 1..VIDSCH_MAX_SLOTS; copied.
 *
 * Return: 0; -EINVAL for bad numbers; -ENOMEM.
 */
int vidsch_create(uint32_t nnodes, const uint32_t *slots, struct vidsch **ret_sch);

/** vidsch_destroy() - Return: 0; -EBUSY while it has vGPUs or running items. NULL is fine. */
int vidsch_destroy(struct vidsch *sch);

/** vidsch_vgpu_create() - Return: 0; -EINVAL for @weight not 1..VIDSCH_WEIGHT_MAX; -ENOMEM. */
int vidsch_vgpu_create(struct vidsch *sch, uint32_t weight, struct vidsch_vgpu **ret_vgpu);

/** vidsch_vgpu_set_weight() - for time charged from now on. Return: 0; -EINVAL as above. */
int vidsch_vgpu_set_weight(struct vidsch_vgpu *vgpu, uint32_t weight);

/** vidsch_vgpu_get_stats() - Return: 0; -EINVAL for an unknown @node. */
int vidsch_vgpu_get_stats(const struct vidsch_vgpu *vgpu, uint32_t node,
			  struct vidsch_stats *ret_stats);

/** vidsch_process_get_stats() - the same for a process. */
int vidsch_process_get_stats(const struct vidsch_process *process, uint32_t node,
			     struct vidsch_stats *ret_stats);

/** vidsch_process_create() - Return: 0; -ENOMEM. */
int vidsch_process_create(struct vidsch_vgpu *vgpu, struct vidsch_process **ret_process);

/**
 * vidsch_context_create() - a queue on @node.
 * @max_queued: limit of items queued; 0 for VIDSCH_MAX_QUEUED.
 * @max_running: items of this context that may run at a time (the worker keeps their order); 0
 * for 1.
 *
 * Return: 0; -EINVAL for an unknown node; -ENOMEM.
 */
int vidsch_context_create(struct vidsch_process *process, uint32_t node, uint32_t max_queued,
			  uint32_t max_running, struct vidsch_context **ret_context);

/**
 * vidsch_context_destroy() - remove a context; @dispose gets its queued items in order.
 *
 * Running items stay with the caller, who still ends each with vidsch_complete(); their time is
 * charged as ever.  @context is invalid for the caller at once.  NULL is fine.
 */
void vidsch_context_destroy(struct vidsch_context *context, vidsch_dispose_fn dispose, void *arg);

/** vidsch_process_destroy() - the same for all its contexts, then the process. NULL is fine. */
void vidsch_process_destroy(struct vidsch_process *process, vidsch_dispose_fn dispose, void *arg);

/** vidsch_vgpu_destroy() - the same for all its processes, then the vGPU. NULL is fine. */
void vidsch_vgpu_destroy(struct vidsch_vgpu *vgpu, vidsch_dispose_fn dispose, void *arg);

/**
 * vidsch_enqueue() - append @item to @context. O(log n), needs no memory.
 *
 * Return: 0; -EINVAL for an unknown kind; -EDQUOT when @max_queued items are queued.
 */
int vidsch_enqueue(struct vidsch_context *context, struct vidsch_item *item, enum vidsch_kind kind,
		   uint64_t now_ns);

/** vidsch_pop_sync() - the next wait or signal that is due, or NULL. O(1) and a re-queue. */
struct vidsch_item *vidsch_pop_sync(struct vidsch *sch);

/**
 * vidsch_pick() - start the next item on @node. O(log n) in the children of each level.
 *
 * Return: 0; -EINVAL for an unknown node; -EBUSY when all slots are taken; -EAGAIN when nothing is
 * runnable.
 */
int vidsch_pick(struct vidsch *sch, uint32_t node, uint64_t now_ns, struct vidsch_item **ret_item);

/**
 * vidsch_step_aside() - a picked item gives its slot up, and goes on running beside those of others
 * until it is completed. Its process has it running still, and starts nothing else on that node:
 * nobody gets more of the node by standing aside than one item at a time, which is charged.
 *
 * Return: 0; -EINVAL when @item is not running, or has no slot any more.
 */
int vidsch_step_aside(struct vidsch_item *item);

/**
 * vidsch_complete() - a picked item has ended (well or not): free its slot and charge @gpu_ns to
 * context, process and vGPU.  The item is the caller's again.
 *
 * Return: 0; -EINVAL when @item is not running.
 */
int vidsch_complete(struct vidsch_item *item, uint64_t gpu_ns);

/**
 * vidsch_charge() - charge time of a running context beyond its items (paging, compiling on the
 * node), or of a long item in instalments; the rest goes to vidsch_complete().
 */
void vidsch_charge(struct vidsch_context *context, uint64_t gpu_ns);

/** vidsch_block() - nothing more of @context starts until as many vidsch_unblock(). */
void vidsch_block(struct vidsch_context *context);

/** vidsch_unblock() - Return: 0; -EINVAL when it is not blocked. */
int vidsch_unblock(struct vidsch_context *context);

/**
 * vidsch_context_set_priority() - from the next pick on, for what is queued, too.
 * @priority: also that of its process in the vGPU, while it is the first that has something to
 * start
 * @in_process: among contexts of the process that have the same @priority
 *
 * Return: 0; -EINVAL for one that is not VIDSCH_PRIORITY_MIN..VIDSCH_PRIORITY_MAX.
 */
int vidsch_context_set_priority(struct vidsch_context *context, int priority, int in_process);

/** vidsch_context_queued() - items queued and not started. */
uint32_t vidsch_context_queued(const struct vidsch_context *context);

#endif

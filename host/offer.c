// SPDX-License-Identifier: MIT
/*
 * offer: see offer.h. Whatever needs memory is done when the offer is made: discarding cannot fail,
 * it happens in the middle of somebody else's request.
 *
 * In the worker a discarded allocation is destroyed, and a reclaimed one is created again by the
 * same name: messages are applied in order, so the new one has nothing of the old.
 */
#include "offer.h"

#include <errno.h>
#include <stdlib.h>

#include "allocation.h"
#include "context.h"
#include "device.h"
#include "dxgwire/message.h"
#include "iospace.h"
#include "named.h"
#include "paging.h"
#include "process.h"
#include "queue.h"
#include "request.h"
#include "session.h"
#include "vaspace.h"
#include "vidsch/vidsch.h"

#define OFFER_IMMEDIATELY (1u << 0)
#define OFFER_ALLOW_DECOMMIT (1u << 1)
#define OFFER_FLAGS_KNOWN (OFFER_IMMEDIATELY | OFFER_ALLOW_DECOMMIT)

/** struct discard - pages on their way back: the worker may still touch them. @npages 0: none. */
struct discard {
	struct worker_call call;
	struct iospace *io;
	uint64_t page;
	uint64_t npages;
};

void offer_fini(struct allocation *allocation)
{
	free(allocation->offer.discard);
	allocation->offer.discard = NULL;
}

/* ---- discarding ---- */

static void discard_free(struct discard *discard)
{
	if (discard->npages)
		iospace_left(discard->io, discard->page, discard->npages);
	free(discard);
}

static const char *discard_released(struct worker_call *call, int err, const void *reply,
				    uint32_t len)
{
	(void)reply;
	discard_free(avl_entry(call, struct discard, call));
	return !err && len != sizeof(struct ipc_reply) ? "alloc_destroy.length" : NULL;
}

/* Take its memory away. It is offered, and nothing that was queued before uses it. */
static void offer_discard(struct allocation *allocation)
{
	struct ipc_alloc_destroy msg = { .h = { .op = IPC_ALLOC_DESTROY }, .id = allocation->id };
	struct dxg_ring_part part = { &msg, sizeof(msg) };
	struct discard *discard = allocation->offer.discard;

	vidmm_alloc_discard(allocation->mm);
	allocation->offer.lost = true;
	allocation->offer.discard = NULL;
	discard->io = allocation->process->session->io;
	discard->page = allocation->page;
	discard->npages = allocation->page ? allocation->size >> DXG_PAGE_SHIFT : 0;
	allocation->page = 0;
	if (discard->npages)
		iospace_leave(discard->io, discard->npages);
	if (allocation->device->worker)
		worker_call(allocation->device->worker, &discard->call, discard_released, &part, 1);
	else
		discard_free(discard);
}

int offer_make_room(const struct process *process, uint32_t segment, uint64_t size,
		    enum vidmm_kind what)
{
	struct vidmm_alloc *victim;
	int err;

	while ((err = vidmm_room(process->mm, segment, size, what, &victim)) == -EAGAIN)
		offer_discard(vidmm_alloc_owner(victim));
	return err;
}

/* ---- OFFERALLOCATIONS ---- */

/** struct offering - one OFFERALLOCATIONS. @priority, @decommit: what it says of each */
struct offering {
	uint64_t ticket;
	uint32_t priority;
	bool decommit;
};

/** struct late_offer - offers that take effect when the device's queues have got there. */
struct late_offer {
	struct process *process;
	uint64_t ticket;
	uint32_t count;
	uint32_t handle[];
};

static int offer_prepare(struct allocation *allocation, uint32_t i, void *arg)
{
	struct offer *offer = &allocation->offer;

	(void)i;
	++*(uint32_t *)arg;
	/* The guest's own pages are not ours to discard, nor are pages that others see. */
	if (allocation->locks || allocation->sysmem || allocation->shared)
		return -EINVAL;
	if (!offer->discard && vidmm_alloc_committed(allocation->mm))
		offer->discard = calloc(1, sizeof(*offer->discard));
	return offer->discard || !vidmm_alloc_committed(allocation->mm) ? 0 : -ENOMEM;
}

/* Nothing queued before uses it any more: it may go, and commands must not find it. */
static void offer_take_effect(struct allocation *allocation)
{
	struct offer *offer = &allocation->offer;

	if (!offer->effective)
		vaspace_hide_allocation(allocation);
	offer->effective = true;
	vidmm_alloc_offer(allocation->mm, offer->priority);
}

static int offer_make(struct allocation *allocation, uint32_t i, void *arg)
{
	const struct offering *offering = arg;
	struct offer *offer = &allocation->offer;

	(void)i;
	offer->made = true;
	offer->decommit = offering->decommit;
	offer->priority = offering->priority;
	offer->ticket = offering->ticket;
	if (offer->effective)
		vidmm_alloc_offer(allocation->mm, offer->priority);
	return 0;
}

static int offer_make_now(struct allocation *allocation, uint32_t i, void *arg)
{
	offer_make(allocation, i, arg);
	offer_take_effect(allocation);
	return 0;
}

static void offer_late(void *arg, bool dropped)
{
	struct late_offer *late = arg;
	struct allocation *allocation;
	uint32_t i;

	(void)dropped; /* what was dropped will not use it either */
	for (i = 0; i < late->count; i++) {
		allocation = allocation_lookup(late->process, late->handle[i]);
		if (allocation && allocation->offer.made &&
		    allocation->offer.ticket == late->ticket)
			offer_take_effect(allocation);
	}
	free(late);
}

static int offer_note(struct allocation *allocation, uint32_t i, void *arg)
{
	struct late_offer *late = arg;

	(void)i;
	late->handle[late->count++] = allocation->handle;
	return 0;
}

#define OFFER_QUEUES_MAX (DXG_CONTEXTS_PER_PROCESS + DXG_HW_QUEUES_PER_PROCESS)

/* The queues of @device that have something to do. */
static uint32_t offer_busy(const struct device *device, struct queue *ret_queues[OFFER_QUEUES_MAX])
{
	struct queue *queue;
	uint32_t n = 0;

	LIST_FOREACH (queue, &device->work, link)
		if (queue->sch && (queue->running || vidsch_context_queued(queue->sch)))
			ret_queues[n++] = queue;
	return n;
}

/* Let the offers of @offering take effect behind what is queued. Return: 1, nothing is. */
static int offer_defer(const struct named *named, const struct offering *offering, uint32_t count)
{
	struct queue *queues[OFFER_QUEUES_MAX];
	uint32_t n = offer_busy(named->device, queues);
	struct late_offer *late;
	int err;

	if (!n)
		return 1;
	late = calloc(1, sizeof(*late) + count * sizeof(late->handle[0]));
	if (!late)
		return -ENOMEM;
	late->process = named->device->process;
	late->ticket = offering->ticket;
	named_each(named, offer_note, late);
	err = queue_after(queues, n, offer_late, late);
	if (err)
		free(late);
	return err;
}

static int offer_run(struct request *rq, const struct named *named, uint32_t flags,
		     uint32_t priority)
{
	struct offering offering = {
		.ticket = ++rq->process->next_offer,
		.priority = priority,
		.decommit = flags & OFFER_ALLOW_DECOMMIT,
	};
	uint32_t count = 0;
	int err;

	err = named_each(named, offer_prepare, &count);
	if (err)
		return err;
	err = flags & OFFER_IMMEDIATELY ? 1 : offer_defer(named, &offering, count);
	if (err < 0)
		return err;
	/* Nothing fails after this point. */
	named_each(named, err ? offer_make_now : offer_make, &offering);
	return 0;
}

int offer_handle_offer(struct request *rq)
{
	struct dxg_msg_offerallocations msg = { 0 };
	uint32_t n;
	struct named named = { .process = rq->process };
	int err;

	memcpy(&msg, rq->msg, DXG_MSG_OFFER_TAIL);
	n = msg.allocation_count;
	named.handles = request_tail(rq, DXG_MSG_OFFER_TAIL, (uint64_t)n * 4);
	if (!named.handles)
		return -EPROTO;
	named.device = device_lookup(rq, msg.device);
	named.n = n;
	named.resources = msg.resources;
	if (!named.device || !n || n > DXG_ALLOCATIONS_PER_OFFER || msg.resources > 1 ||
	    msg.pad[0] || msg.pad[1] || msg.pad[2] || (msg.flags.value & ~OFFER_FLAGS_KNOWN) ||
	    msg.priority < VIDMM_OFFER_LOW || msg.priority > VIDMM_OFFER_AUTO)
		return -EINVAL;
	err = named_check(&named);
	if (!err)
		err = offer_run(rq, &named, msg.flags.value, msg.priority);
	if (!err)
		request_reply_status(rq, 0);
	return err;
}

/* ---- RECLAIMALLOCATIONS ---- */

/* While room is made for one of the list, the others of it are not on offer. */
static int reclaim_keep(struct allocation *allocation, uint32_t i, void *arg)
{
	(void)i, (void)arg;
	vidmm_alloc_keep(allocation->mm);
	return 0;
}

/* The reclaim has failed: what took effect is on offer again. */
static int reclaim_undo(struct allocation *allocation, uint32_t i, void *arg)
{
	(void)i, (void)arg;
	if (allocation->offer.made && allocation->offer.effective)
		vidmm_alloc_offer(allocation->mm, allocation->offer.priority);
	return 0;
}

static int reclaim_commit(struct allocation *allocation)
{
	const struct process *process = allocation->process;
	uint32_t segment = allocation_segment(allocation);
	int err;

	err = offer_make_room(process, segment, allocation->size, VIDMM_COMMIT);
	if (!err && vidmm_alloc_resident(allocation->mm))
		err = offer_make_room(process, segment, allocation->size, VIDMM_RESIDENT);
	if (!err)
		err = vidmm_alloc_commit(allocation->mm);
	if (err || !allocation_is_system(allocation))
		return err;
	err = iospace_alloc(process->session->io, allocation->size >> DXG_PAGE_SHIFT,
			    &allocation->page);
	if (err) {
		allocation->page = 0;
		vidmm_alloc_discard(allocation->mm);
	}
	return err;
}

/* Give it new memory if it has none. Not getting it is no failure where decommitting was allowed.
 */
static int reclaim_restore(struct allocation *allocation, uint32_t i, void *arg)
{
	struct offer *offer = &allocation->offer;
	int err;

	(void)i, (void)arg;
	if (vidmm_alloc_committed(allocation->mm))
		return 0;
	if (!allocation->device->worker)
		return -ENODEV;
	/* Should the reclaim fail, it is on offer again. */
	if (!offer->discard)
		offer->discard = calloc(1, sizeof(*offer->discard));
	if (!offer->discard)
		return -ENOMEM;
	err = reclaim_commit(allocation);
	if (!err)
		allocation_tell_worker(allocation);
	return err && err != -EAGAIN && offer->decommit ? 0 : err;
}

static int reclaim_finish(struct allocation *allocation, uint32_t i, void *arg)
{
	struct offer *offer = &allocation->offer;
	uint32_t *result = arg, mine = _D3DDDI_RECLAIM_RESULT_OK;
	bool hidden = offer->effective;

	if (!vidmm_alloc_committed(allocation->mm)) {
		vidmm_alloc_offer(allocation->mm, offer->priority);
		mine = _D3DDDI_RECLAIM_RESULT_NOT_COMMITTED;
	} else if (offer->made) {
		if (offer->lost)
			mine = _D3DDDI_RECLAIM_RESULT_DISCARDED;
		offer_fini(allocation);
		*offer = (struct offer){ 0 };
		if (hidden)
			vaspace_show_allocation(allocation);
	}
	if (mine > result[i])
		result[i] = mine;
	return 0;
}

static int reclaim_run(const struct named *named, uint32_t *ret_results)
{
	int err;

	err = named_check(named);
	if (err)
		return err;
	named_each(named, reclaim_keep, NULL);
	err = named_each(named, reclaim_restore, NULL);
	if (err)
		named_each(named, reclaim_undo, NULL);
	else
		named_each(named, reclaim_finish, ret_results);
	return err;
}

static int reclaim_check(const struct dxg_msg_reclaimallocations *msg,
			 const struct paging_queue *queue)
{
	if (!queue || msg->device != queue->device->handle || !msg->allocation_count ||
	    msg->resources > 1 || msg->write_results > 1 || msg->pad[0] || msg->pad[1])
		return -EINVAL;
	return 0;
}

/* With results, a failure has the length of a success, else the guest would not see why. */
static void reclaim_reply(struct request *rq, const struct dxg_msg_reclaimallocations *msg,
			  struct dxg_msg_reclaimallocations_return *head, const uint32_t *results)
{
	static const uint32_t pad;
	uint32_t n = msg->write_results <= 1 ? msg->allocation_count * msg->write_results : 0;
	struct dxg_ring_part part[] = {
		{ head, DXG_MSG_RECLAIM_RESULTS },
		{ results, (n ? n : 1) * (uint32_t)sizeof(results[0]) },
		{ &pad, n && !(n & 1) ? sizeof(pad) : 0 },
	};

	request_reply_parts(rq, part, 3);
}

int offer_handle_reclaim(struct request *rq)
{
	static uint32_t results[DXG_ALLOCATIONS_PER_OFFER];
	const struct dxg_msg_reclaimallocations *msg = (const void *)rq->msg;
	struct paging_queue *queue = paging_queue_lookup(rq, msg->paging_queue);
	struct dxg_msg_reclaimallocations_return head = { 0 };
	struct named named = { .process = rq->process,
			       .n = msg->allocation_count,
			       .resources = msg->resources };
	int err;

	named.handles = request_tail(rq, sizeof(*msg), (uint64_t)named.n * 4);
	if (!named.handles)
		return -EPROTO;
	if (named.n > DXG_ALLOCATIONS_PER_OFFER)
		return -EINVAL;
	err = reclaim_check(msg, queue);
	memset(results, 0, named.n ? named.n * sizeof(results[0]) : sizeof(results[0]));
	if (!err) {
		named.device = queue->device;
		err = reclaim_run(&named, results);
	}
	if (err == -EAGAIN)
		return err;
	head.status = err ? request_status(err) : 0;
	if (!err)
		head.paging_fence_value = paging_queue_advance(queue);
	reclaim_reply(rq, msg, &head, results);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * offer.c - OfferAllocations and ReclaimAllocations2. An address that Lock2 gave is forgotten, here
 * and at the host, before the offer is made: the memory behind it may go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "dxgwire/ntstatus.h"

/* Bits that have a meaning. */
#define OFFER_FLAGS 0x3u

static void offer_free(void *p)
{
	free(*(void **)p);
}

#define OFFER_AUTO __attribute__((cleanup(offer_free)))

/** struct offer - a list being offered or reclaimed. @handle: private copy of @n handles */
struct offer {
	struct direct *d;
	uint32_t device;
	uint32_t *handle;
	uint32_t n;
	bool resources;
};

/* ---- addresses ---- */

/** struct offer_unlocks - allocations that the host has a lock on, which is to be given up. */
struct offer_unlocks {
	uint32_t *handle;
	uint32_t count;
	uint32_t room;
};

static void offer_unlocks_fini(struct offer_unlocks *u)
{
	free(u->handle);
}

static int offer_unlocks_add(struct offer_unlocks *u, uint32_t handle)
{
	uint32_t room = u->room ? 2 * u->room : 16;
	uint32_t *more;

	if (u->count == u->room) {
		more = realloc(u->handle, sizeof(*more) * room);
		if (!more)
			return -ENOMEM;
		u->handle = more;
		u->room = room;
	}
	u->handle[u->count++] = handle;
	return 0;
}

/* Not locked: the address is not known any more. */
static int offer_forget_locked(struct object *o, struct offer_unlocks *u)
{
	int err;

	if (o->locks)
		return -EINVAL;
	if (o->lock_state != OBJECT_MAPPED)
		return 0;
	err = offer_unlocks_add(u, o->handle);
	if (err)
		return err;
	o->lock_state = OBJECT_UNMAPPED;
	o->cpu = NULL;
	return 0;
}

static int offer_forget_list_locked(const struct offer *offer, struct offer_unlocks *u)
{
	struct object *o;
	uint32_t i;
	int err = 0;

	for (i = 0; i < offer->n && !err; i++) {
		o = object_find_locked(&offer->d->objects, offer->handle[i], OBJECT_ALLOCATION);
		err = o && o->device == offer->device ? offer_forget_locked(o, u) : -EINVAL;
	}
	return err;
}

static int offer_compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The allocations of the resources in @sorted. */
static int offer_forget_resources_locked(const struct offer *offer, const uint32_t *sorted,
					 struct offer_unlocks *u)
{
	struct object *o;
	int err = 0;

	for (o = offer->d->objects.first; o && !err; o = o->next)
		if (o->type == OBJECT_ALLOCATION && o->parent &&
		    bsearch(&o->parent, sorted, offer->n, sizeof(*sorted), offer_compare))
			err = offer_forget_locked(o, u);
	return err;
}

static void offer_unlock(const struct offer *offer, uint32_t handle)
{
	struct dxg_msg_unlock2 body = {
		.args = { .device.v = offer->device, .allocation.v = handle },
	};
	struct direct_msg m = DIRECT_MSG(&body);

	direct_call_status(offer->d, DXG_MSG_UNLOCK2, &m);
}

static int offer_forget(const struct offer *offer)
{
	__attribute__((cleanup(offer_unlocks_fini))) struct offer_unlocks u = { 0 };
	OFFER_AUTO uint32_t *sorted = malloc(4ull * offer->n);
	uint32_t i;
	int err;

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, offer->handle, 4ull * offer->n);
	qsort(sorted, offer->n, sizeof(*sorted), offer_compare);
	pthread_mutex_lock(&offer->d->objects.lock);
	err = offer->resources ? offer_forget_resources_locked(offer, sorted, &u)
			       : offer_forget_list_locked(offer, &u);
	pthread_mutex_unlock(&offer->d->objects.lock);
	/* What is forgotten here must be so there, too, whatever comes next. */
	for (i = 0; i < u.count; i++)
		offer_unlock(offer, u.handle[i]);
	return err;
}

/* ---- the calls ---- */

static int offer_init(struct offer *offer, uint64_t resources, uint64_t allocations)
{
	enum object_type type = resources ? OBJECT_RESOURCE : OBJECT_ALLOCATION;
	int err;

	if (!offer->n || offer->n > DXG_ALLOCATIONS_PER_OFFER || !resources == !allocations)
		return -EINVAL;
	offer->resources = resources;
	err = direct_copy(resources ? resources : allocations, 4ull * offer->n,
			  (void **)&offer->handle);
	if (err)
		return err;
	return object_has_all(&offer->d->objects, offer->handle, offer->n, type) ? 0 : -EINVAL;
}

static void offer_fini(struct offer *offer)
{
	free(offer->handle);
}

int offer_make(struct direct *d, void *args)
{
	const struct d3dkmt_offerallocations *p = args;
	__attribute__((cleanup(offer_fini))) struct offer offer = {
		.d = d,
		.device = p->device.v,
		.n = p->allocation_count,
	};
	struct dxg_msg_offerallocations body = {
		.device = p->device.v,
		.allocation_count = p->allocation_count,
		.priority = (uint32_t)p->priority,
		.flags = p->flags,
		.resources = !!p->resources,
	};
	struct direct_msg m = { .header = &body.h, .size = DXG_MSG_OFFER_TAIL };
	int err;

	if ((p->flags.value & ~OFFER_FLAGS) || body.priority < _D3DKMT_OFFER_PRIORITY_LOW ||
	    body.priority > _D3DKMT_OFFER_PRIORITY_AUTO ||
	    !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	err = offer_init(&offer, p->resources, p->allocations);
	if (!err)
		err = offer_forget(&offer);
	if (err)
		return err;
	direct_tail(&m, offer.handle, 4ull * offer.n);
	return direct_call_status(d, DXG_MSG_OFFERALLOCATIONS, &m);
}

/* The device of a paging queue, 0 when there is no such queue. */
static uint32_t offer_queue_device(struct direct *d, uint32_t queue)
{
	struct object *o;
	uint32_t device;

	pthread_mutex_lock(&d->objects.lock);
	o = object_find_locked(&d->objects, queue, OBJECT_QUEUE);
	device = o ? o->device : 0;
	pthread_mutex_unlock(&d->objects.lock);
	return device;
}

/* The fence value whatever the status, which may be positive and is the result. */
static int offer_reclaimed(struct d3dkmt_reclaimallocations2 *p, const uint8_t *reply)
{
	struct dxg_msg_reclaimallocations_return head;

	memcpy(&head, reply, DXG_MSG_RECLAIM_RESULTS);
	p->paging_fence_value = head.paging_fence_value;
	if (head.status >= 0 && p->results)
		memcpy(direct_user(p->results), reply + DXG_MSG_RECLAIM_RESULTS,
		       4ull * p->allocation_count);
	return dxg_status_to_errno(head.status);
}

int offer_reclaim(struct direct *d, void *args)
{
	static const uint32_t slack;
	struct d3dkmt_reclaimallocations2 *p = args;
	__attribute__((cleanup(offer_fini))) struct offer offer = {
		.d = d,
		.device = offer_queue_device(d, p->paging_queue.v),
		.n = p->allocation_count,
	};
	struct dxg_msg_reclaimallocations body = {
		.device = offer.device,
		.paging_queue = p->paging_queue.v,
		.allocation_count = p->allocation_count,
		.resources = !!p->resources,
		.write_results = !!p->results,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	OFFER_AUTO void *reply = NULL;
	uint32_t expect = sizeof(struct dxg_msg_reclaimallocations_return);
	int err = offer.device ? offer_init(&offer, p->resources, p->allocations) : -EINVAL;

	if (err)
		return err;
	if (p->results)
		expect = dxg_align8(DXG_MSG_RECLAIM_RESULTS + 4 * offer.n);
	reply = malloc(expect);
	if (!reply)
		return -ENOMEM;
	direct_tail(&m, offer.handle, 4ull * offer.n);
	direct_tail(&m, &slack, sizeof(slack));
	err = direct_call(d, DXG_MSG_RECLAIMALLOCATIONS, &m, reply, expect);
	return err ? err : offer_reclaimed(p, reply);
}

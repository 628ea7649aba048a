// SPDX-License-Identifier: MIT
/*
 * sharedfence: see sharedfence.h. Showing a value to a member wakes its waiters, which may put the
 * last reference of other members: so the list is walked holding a reference to the next one.
 */
#include "sharedfence.h"

#include <stdlib.h>

#include "device.h"

struct shared_fence *sharedfence_create(uint64_t value, bool keep_on_loss)
{
	struct shared_fence *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	shared->refs = 1;
	shared->value = value;
	shared->keep_on_loss = keep_on_loss;
	LIST_INIT(&shared->members);
	return shared;
}

struct shared_fence *sharedfence_get(struct shared_fence *shared)
{
	shared->refs++;
	return shared;
}

void sharedfence_put(struct shared_fence *shared)
{
	if (shared && !--shared->refs)
		free(shared);
}

void sharedfence_join(struct shared_fence *shared, struct fence *fence)
{
	fence->shared = shared;
	LIST_INSERT_HEAD(&shared->members, fence, member);
	if (!fence_is_stuck(fence))
		fence_set(fence, shared->value);
}

void sharedfence_leave(struct fence *fence)
{
	if (!fence->shared)
		return;
	LIST_REMOVE(fence, member);
	fence->shared = NULL;
}

/* Have every member show the value; one that is stuck on its own loss stays as it is. */
static void sharedfence_show(struct shared_fence *shared)
{
	struct fence *fence, *next;

	fence = LIST_FIRST(&shared->members);
	if (fence)
		fence_get(fence);
	while (fence) {
		next = LIST_NEXT(fence, member);
		if (next)
			fence_get(next);
		if (!fence_is_stuck(fence))
			fence_set(fence, shared->value);
		fence_put(fence);
		fence = next;
	}
}

void sharedfence_signal(struct shared_fence *shared, uint64_t value, bool rewind)
{
	if (value <= shared->value && !rewind)
		return;
	shared->value = value;
	sharedfence_show(shared);
}

void sharedfence_lose(struct fence *fence)
{
	struct shared_fence *shared = fence->shared;

	if (shared->keep_on_loss || fence->no_signal) {
		if (!fence->keep_on_loss)
			fence_set(fence, FENCE_LOST);
		return;
	}
	shared->value = FENCE_LOST;
	sharedfence_show(shared);
	if (!fence->keep_on_loss)
		fence_set(fence, FENCE_LOST); /* its device is marked already: it is stuck */
}

/* SPDX-License-Identifier: MIT */
/*
 * sharedfence: one monitored fence that several processes have open. The value is here; each opener
 * has a fence of its own (fence.h), a member, with a page in its own session's IO space that shows
 * it, and waiters of its own. A signal of any member that may signal is a signal of all.
 *
 * Loss. A device that is lost raises the fence to FENCE_LOST for every member, because who waits
 * for it would wait for ever; but not when the fence was created with no_signal_max_value_on_tdr,
 * and not when that device's member may not signal (no_signal): from it nobody expects a value, and
 * its loss must not say one. Then only the member itself shows FENCE_LOST. A device that is
 * destroyed in order takes its own member along and nothing else.
 */
#ifndef HOST_SHAREDFENCE_H
#define HOST_SHAREDFENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "fence.h"

/**
 * struct shared_fence - see above.
 * @refs: one for each name of it (share.h)
 * @members: fences that show it, by fence.member
 * @keep_on_loss: no_signal_max_value_on_tdr at its creation
 */
struct shared_fence {
	unsigned int refs;
	uint64_t value;
	LIST_HEAD(, fence) members;
	bool keep_on_loss;
};

/** sharedfence_create() - with one reference and no member. Return: NULL when memory is short. */
struct shared_fence *sharedfence_create(uint64_t value, bool keep_on_loss);

/** sharedfence_get() - one more reference; sharedfence_put() - one less, NULL is fine. */
struct shared_fence *sharedfence_get(struct shared_fence *shared);
void sharedfence_put(struct shared_fence *shared);

/** sharedfence_join() - @fence, new and without waiters, shows @shared from now on. */
void sharedfence_join(struct shared_fence *shared, struct fence *fence);

/** sharedfence_leave() - @fence goes, or its device does: it keeps what it shows. */
void sharedfence_leave(struct fence *fence);

/** sharedfence_signal() - as fence_signal(), for all members whose device is not lost. */
void sharedfence_signal(struct shared_fence *shared, uint64_t value, bool rewind);

/** sharedfence_lose() - the device of @fence is lost; see above. */
void sharedfence_lose(struct fence *fence);

#endif /* HOST_SHAREDFENCE_H */

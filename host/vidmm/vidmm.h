/* SPDX-License-Identifier: MIT */
/*
 * vidmm: the memory accounts of one adapter: adapter -> vGPU -> process -> allocation.  It decides
 *who may have how much of which segment; where the bytes lie is pagealloc's and the backend's
 *business.
 *
 * Two numbers are kept on every level and for both segment groups:
 * - committed: the size of everything created; held against hard quotas when creating;
 * - usage: the size of what is resident; what QueryVideoMemoryInfo reports and budgets speak about.
 *
 * Budget of a process in a group (all bytes; L = the vGPU's limit, "others" = the vGPU's other
 * processes, claim = the larger of usage and reservation, n = processes with a claim, self
 *included):
 *
 *	budget = max(L / n, L - claims of others, own reservation), but at most
 *	         L - reservations of others
 *
 * So a process alone may use the whole vGPU; one that finds it full still sees its fair share, and
 * while it grows into that, the others see their budgets shrink and are asked to trim.  Budgets are
 * advice (num_bytes_to_trim); limits are enforced.
 *
 * Offers: an allocation that its process has offered may lose its memory when a process of the same
 * vGPU needs some; it is then discarded: off the accounts, though its residency references stay and
 * count again when it is committed again.  Who is discarded first: the lower rank of the offer
 * (VIDMM_OFFER_AUTO takes it from the allocation's priority), then the lower priority, then the
 * older offer.  vidmm names the victim, the caller takes its memory and says so.
 *
 * Ownership: an adapter outlives its vGPUs, a vGPU its processes, a process its allocations; the
 * destroy functions of a parent refuse with -EBUSY while a child lives.
 */
#ifndef OPENDXG_HOST_VIDMM_VIDMM_H
#define OPENDXG_HOST_VIDMM_VIDMM_H

#include <stdbool.h>
#include <stdint.h>

/** VIDMM_MAX_SEGMENTS - segments of one adapter. */
#define VIDMM_MAX_SEGMENTS 8u
/** VIDMM_MAX_ALLOCATIONS - default limit of allocations of one process. */
#define VIDMM_MAX_ALLOCATIONS 65536u
/** VIDMM_MAX_RESIDENT - limit of nested MakeResident calls on one allocation. */
#define VIDMM_MAX_RESIDENT 65535u

/** VIDMM_MAX_BYTES - highest size or limit anywhere, so that sums of a few of them stay in 64 bits.
 */
#define VIDMM_MAX_BYTES (UINT64_C(1) << 56)

/* Priorities of allocations: the values of D3DDDI_ALLOCATIONPRIORITY; any other u32 is one, too. */
#define VIDMM_PRIORITY_LOW 0x50000000u
#define VIDMM_PRIORITY_NORMAL 0x78000000u /* of a new one */
#define VIDMM_PRIORITY_HIGH 0xa0000000u

/** enum vidmm_offer - ranks of an offer, numbered as d3dkmt_offer_priority. */
enum vidmm_offer {
	VIDMM_OFFER_LOW = 1,
	VIDMM_OFFER_NORMAL = 2,
	VIDMM_OFFER_HIGH = 3,
	VIDMM_OFFER_AUTO = 4, /* by the allocation's priority */
};

/** enum vidmm_kind - what vidmm_room() is asked for: memory as such, or resident memory. */
enum vidmm_kind {
	VIDMM_COMMIT,
	VIDMM_RESIDENT,
};

/** enum vidmm_group - segment groups, numbered as d3dkmt_memory_segment_group. */
enum vidmm_group {
	VIDMM_LOCAL = 0, /* memory of the device */
	VIDMM_NON_LOCAL = 1, /* system memory the device reaches: the IO space */
	VIDMM_GROUPS
};

struct vidmm;
struct vidmm_vgpu;
struct vidmm_process;
struct vidmm_alloc;

/**
 * struct vidmm_segment - a pool of memory as the backend reports it.
 * @size: bytes that can be resident at a time.
 * @commit_limit: bytes that can be created; 0 means @size. Larger than @size: oversubscription.
 * @group: which budget it counts towards.
 */
struct vidmm_segment {
	uint64_t size;
	uint64_t commit_limit;
	enum vidmm_group group;
};

/**
 * struct vidmm_limits - what a vGPU may have, per group, in bytes; 0 means nothing at all.
 * @resident: hard limit of resident bytes; budgets are shares of it.
 * @commit: hard limit of created bytes; 0 means the same as @resident.
 */
struct vidmm_limits {
	uint64_t resident[VIDMM_GROUPS];
	uint64_t commit[VIDMM_GROUPS];
};

/**
 * struct vidmm_info - the answer to QueryVideoMemoryInfo, bytes.
 * @budget: see the formula above.
 * @usage: resident bytes of the process.
 * @reservation: as last set by the process.
 * @available_for_reservation: the largest reservation the process could set now.
 */
struct vidmm_info {
	uint64_t budget;
	uint64_t usage;
	uint64_t reservation;
	uint64_t available_for_reservation;
};

/**
 * struct vidmm_usage - totals of a segment, or of a vGPU or a process in one group.
 * @committed, @resident: bytes.
 * @evicted: bytes that were resident and are not any more, of allocations alive and gone.
 * @allocs, @allocs_resident: allocations that are there, and that are resident; @alloc_bytes: of
 * the former.
 * @created, @created_bytes: allocations made so far.
 */
struct vidmm_usage {
	uint64_t committed;
	uint64_t resident;
	uint64_t evicted;
	uint64_t allocs;
	uint64_t alloc_bytes;
	uint64_t allocs_resident;
	uint64_t created;
	uint64_t created_bytes;
};

/**
 * vidmm_create() - the accounts of an adapter with @nsegments segments; @segments is copied.
 *
 * Return: 0; -EINVAL for no or too many segments, a size of 0, a commit limit below the size, one
 * of them above VIDMM_MAX_BYTES, or an unknown group; -ENOMEM.
 */
int vidmm_create(const struct vidmm_segment *segments, uint32_t nsegments, struct vidmm **ret_mm);

/** vidmm_destroy() - Return: 0; -EBUSY while it has vGPUs. NULL is fine. */
int vidmm_destroy(struct vidmm *mm);

/** vidmm_segment_usage() - totals of segment @segment. Return: 0; -EINVAL when there is none. */
int vidmm_segment_usage(const struct vidmm *mm, uint32_t segment, struct vidmm_usage *ret_usage);

/** vidmm_vgpu_create() - a vGPU's accounts. Return: 0; -EINVAL (as set_limits); -ENOMEM. */
int vidmm_vgpu_create(struct vidmm *mm, const struct vidmm_limits *limits,
		      struct vidmm_vgpu **ret_vgpu);

/** vidmm_vgpu_destroy() - Return: 0; -EBUSY while it has processes. NULL is fine. */
int vidmm_vgpu_destroy(struct vidmm_vgpu *vgpu);

/**
 * vidmm_vgpu_set_limits() - change limits at run time.  Limits below what is in use are fine:
 * nothing is taken away, nothing more is given, and budgets ask for trimming.
 *
 * Return: 0; -EINVAL when a non-zero commit limit is below the resident limit, or a limit is above
 * VIDMM_MAX_BYTES.
 */
int vidmm_vgpu_set_limits(struct vidmm_vgpu *vgpu, const struct vidmm_limits *limits);

/** vidmm_vgpu_usage() - totals of @vgpu in @group. Return: 0; -EINVAL for an unknown group. */
int vidmm_vgpu_usage(const struct vidmm_vgpu *vgpu, uint32_t group, struct vidmm_usage *ret_usage);

/** vidmm_process_usage() - totals of @process in @group. Return: 0; -EINVAL for an unknown group.
 */
int vidmm_process_usage(const struct vidmm_process *process, uint32_t group,
			struct vidmm_usage *ret_usage);

/**
 * vidmm_process_create() - a process's accounts.
 * @max_allocs: limit of its allocations; 0 for VIDMM_MAX_ALLOCATIONS.
 *
 * Return: 0; -ENOMEM.
 */
int vidmm_process_create(struct vidmm_vgpu *vgpu, uint32_t max_allocs,
			 struct vidmm_process **ret_process);

/**
 * vidmm_process_destroy() - give back the reservations and free it. NULL is fine.
 *
 * Return: 0; -EBUSY while it has allocations.
 */
int vidmm_process_destroy(struct vidmm_process *process);

/**
 * vidmm_process_set_leaving() - its memory will be given back without anybody having to do anything
 * for that, or nobody can count on it any more.
 */
void vidmm_process_set_leaving(struct vidmm_process *process, bool leaving);

/**
 * vidmm_query() - budget, usage and reservation of @process; @group is a peer's number.
 *
 * Return: 0; -EINVAL for an unknown group.
 */
int vidmm_query(const struct vidmm_process *process, uint32_t group, struct vidmm_info *ret_info);

/**
 * vidmm_reserve() - set (not add to) the reservation of @process (ChangeVideoMemoryReservation).
 *
 * Return: 0; -EINVAL for an unknown group; -EDQUOT when it is above what is available and not a
 * reduction.
 */
int vidmm_reserve(struct vidmm_process *process, uint32_t group, uint64_t bytes);

/**
 * vidmm_bytes_to_trim() - how far the usage of @process is above its budget in @group, bytes; the
 * num_bytes_to_trim of MakeResident and Evict.  0 for an unknown group.
 */
uint64_t vidmm_bytes_to_trim(const struct vidmm_process *process, uint32_t group);

/**
 * vidmm_trim_for() - how far the usage of @process in @group would be above its budget, or the
 * vGPU's above its limit, with @wanted more bytes: the num_bytes_to_trim of a MakeResident that
 * failed.  0 for an unknown group.
 */
uint64_t vidmm_trim_for(const struct vidmm_process *process, uint32_t group, uint64_t wanted);

/**
 * vidmm_alloc_create() - account for a new allocation, not resident.
 * @size: bytes, not 0; the caller has rounded it as the segment needs.
 * @segment: index into the adapter's segments.
 *
 * Return: 0; -EINVAL for size 0 or an unknown segment; -EDQUOT at the process's number or the
 * vGPU's commit limit; -ENOMEM when the segment has not that much left, or bookkeeping memory
 * failed.
 */
int vidmm_alloc_create(struct vidmm_process *process, uint64_t size, uint32_t segment,
		       struct vidmm_alloc **ret_alloc);

/** vidmm_alloc_destroy() - take it off all accounts, resident or not. NULL is fine. */
void vidmm_alloc_destroy(struct vidmm_alloc *alloc);

/**
 * vidmm_alloc_make_resident() - take a residency reference; the first one makes it resident.
 *
 * Return: 0; -EDQUOT when the vGPU's resident limit, -ENOMEM when the segment is full; -EOVERFLOW
 * at VIDMM_MAX_RESIDENT references.  The caller reports vidmm_bytes_to_trim() either way.
 */
int vidmm_alloc_make_resident(struct vidmm_alloc *alloc);

/**
 * vidmm_alloc_evict() - drop a residency reference; the last one evicts.
 *
 * Return: 0; -EINVAL when it holds none.
 */
int vidmm_alloc_evict(struct vidmm_alloc *alloc);

/** vidmm_alloc_resident() - number of residency references; 0 means evicted. */
uint32_t vidmm_alloc_resident(const struct vidmm_alloc *alloc);

/** vidmm_alloc_set_priority(), vidmm_alloc_priority() - its rank among victims. */
void vidmm_alloc_set_priority(struct vidmm_alloc *alloc, uint32_t priority);
uint32_t vidmm_alloc_priority(const struct vidmm_alloc *alloc);

/** vidmm_alloc_set_owner(), vidmm_alloc_owner() - the caller's object; never looked at. */
void vidmm_alloc_set_owner(struct vidmm_alloc *alloc, void *owner);
void *vidmm_alloc_owner(const struct vidmm_alloc *alloc);

/**
 * vidmm_alloc_offer() - from now on it may be a victim; again: with another rank, as the youngest.
 *
 * Return: 0; -EINVAL when @offer is no enum vidmm_offer.
 */
int vidmm_alloc_offer(struct vidmm_alloc *alloc, uint32_t offer);

/** vidmm_alloc_keep() - it is no victim any more, with its memory or without. */
void vidmm_alloc_keep(struct vidmm_alloc *alloc);

/**
 * vidmm_room() - do @size more bytes fit into @segment?
 * @what: VIDMM_COMMIT: may they be created; VIDMM_RESIDENT: may they be made resident
 * @ret_victim: with -EAGAIN, the allocation to discard first
 *
 * Return: 0; -EAGAIN, they do when enough of what is offered has been discarded: discard the
 * victim and ask again; -EINVAL for an unknown segment; -EDQUOT, -ENOMEM as vidmm_alloc_create()
 * and vidmm_alloc_make_resident(), and nothing on offer would help.
 */
int vidmm_room(const struct vidmm_process *process, uint32_t segment, uint64_t size,
	       enum vidmm_kind what, struct vidmm_alloc **ret_victim);

/**
 * vidmm_room_to_come() - do @size more bytes not fit into @segment now, but when the processes of
 * the same vGPU that are leaving have left?
 */
bool vidmm_room_to_come(const struct vidmm_process *process, uint32_t segment, uint64_t size);

/** vidmm_alloc_discard() - its memory is gone: off all accounts. Nothing, when it was already. */
void vidmm_alloc_discard(struct vidmm_alloc *alloc);

/**
 * vidmm_alloc_commit() - it shall have memory again, and be resident if it has references.
 *
 * Return: 0, also when it was never discarded; -EDQUOT, -ENOMEM as vidmm_room().
 */
int vidmm_alloc_commit(struct vidmm_alloc *alloc);

/** vidmm_alloc_committed() - has it memory? */
_Bool vidmm_alloc_committed(const struct vidmm_alloc *alloc);

/** vidmm_alloc_size() - bytes, as created. */
uint64_t vidmm_alloc_size(const struct vidmm_alloc *alloc);

/** vidmm_alloc_group() - the group whose budget it counts towards. */
enum vidmm_group vidmm_alloc_group(const struct vidmm_alloc *alloc);

#endif

// SPDX-License-Identifier: MIT
/*
 * vidmm: see vidmm.h.  Plain sums, changed at each event, so that every question is O(1): a segment
 * has its totals, a vGPU per group those of its processes, with the sums of their claims and
 * reservations and the number of processes that have a claim.
 *
 * Sums cannot overflow: sizes and limits are at most VIDMM_MAX_BYTES, what is committed, resident
 * or reserved stays within a limit, and claims are at most usage plus reservations.
 */
#include "vidmm/vidmm.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/** struct pool - a segment and what is taken of it. */
struct pool {
	struct vidmm_segment segment;
	struct vidmm_usage usage;
};

struct vidmm {
	struct pool pools[VIDMM_MAX_SEGMENTS];
	uint32_t npools;
	uint32_t nvgpus;
};

/**
 * struct vgpu_account - a vGPU's totals in one group.
 * @usage: sums over its processes' allocations.
 * @claims: sum of the processes' claims; @reservations: sum of their reservations.
 * @claimants: processes whose claim is not 0.
 */
struct vgpu_account {
	uint64_t resident_limit;
	uint64_t commit_limit;
	struct vidmm_usage usage;
	uint64_t claims;
	uint64_t reservations;
	uint32_t claimants;
};

struct vidmm_vgpu {
	struct vidmm *mm;
	struct vgpu_account accounts[VIDMM_GROUPS];
	uint32_t nprocesses;
};

/** struct process_account - a process's resident bytes and reservation in one group. */
struct process_account {
	uint64_t usage;
	uint64_t reservation;
};

struct vidmm_process {
	struct vidmm_vgpu *vgpu;
	struct process_account accounts[VIDMM_GROUPS];
	uint32_t nallocs;
	uint32_t max_allocs;
};

struct vidmm_alloc {
	struct vidmm_process *process;
	struct pool *pool;
	uint64_t size;
	uint32_t resident;
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* @limit - @taken, but not below 0. */
static uint64_t left_of(uint64_t limit, uint64_t taken)
{
	return limit > taken ? limit - taken : 0;
}

static bool segment_valid(const struct vidmm_segment *segment)
{
	if (!segment->size || segment->size > VIDMM_MAX_BYTES)
		return false;
	if (segment->commit_limit > VIDMM_MAX_BYTES)
		return false;
	if (segment->commit_limit && segment->commit_limit < segment->size)
		return false;
	return (unsigned int)segment->group < VIDMM_GROUPS;
}

int vidmm_create(const struct vidmm_segment *segments, uint32_t nsegments, struct vidmm **ret_mm)
{
	struct vidmm *mm;

	if (!nsegments || nsegments > VIDMM_MAX_SEGMENTS)
		return -EINVAL;
	for (uint32_t i = 0; i < nsegments; i++)
		if (!segment_valid(&segments[i]))
			return -EINVAL;
	mm = calloc(1, sizeof(*mm));
	if (!mm)
		return -ENOMEM;
	mm->npools = nsegments;
	for (uint32_t i = 0; i < nsegments; i++) {
		mm->pools[i].segment = segments[i];
		if (!segments[i].commit_limit)
			mm->pools[i].segment.commit_limit = segments[i].size;
	}
	*ret_mm = mm;
	return 0;
}

int vidmm_destroy(struct vidmm *mm)
{
	if (mm && mm->nvgpus)
		return -EBUSY;
	free(mm);
	return 0;
}

int vidmm_segment_usage(const struct vidmm *mm, uint32_t segment, struct vidmm_usage *ret_usage)
{
	if (segment >= mm->npools)
		return -EINVAL;
	*ret_usage = mm->pools[segment].usage;
	return 0;
}

int vidmm_vgpu_set_limits(struct vidmm_vgpu *vgpu, const struct vidmm_limits *limits)
{
	for (int g = 0; g < VIDMM_GROUPS; g++) {
		if (limits->resident[g] > VIDMM_MAX_BYTES || limits->commit[g] > VIDMM_MAX_BYTES)
			return -EINVAL;
		if (limits->commit[g] && limits->commit[g] < limits->resident[g])
			return -EINVAL;
	}
	for (int g = 0; g < VIDMM_GROUPS; g++) {
		struct vgpu_account *account = &vgpu->accounts[g];

		account->resident_limit = limits->resident[g];
		account->commit_limit = limits->commit[g] ? limits->commit[g] : limits->resident[g];
	}
	return 0;
}

int vidmm_vgpu_create(struct vidmm *mm, const struct vidmm_limits *limits,
		      struct vidmm_vgpu **ret_vgpu)
{
	struct vidmm_vgpu *vgpu;
	int ret;

	vgpu = calloc(1, sizeof(*vgpu));
	if (!vgpu)
		return -ENOMEM;
	ret = vidmm_vgpu_set_limits(vgpu, limits);
	if (ret) {
		free(vgpu);
		return ret;
	}
	vgpu->mm = mm;
	mm->nvgpus++;
	*ret_vgpu = vgpu;
	return 0;
}

int vidmm_vgpu_destroy(struct vidmm_vgpu *vgpu)
{
	if (!vgpu)
		return 0;
	if (vgpu->nprocesses)
		return -EBUSY;
	vgpu->mm->nvgpus--;
	free(vgpu);
	return 0;
}

int vidmm_vgpu_usage(const struct vidmm_vgpu *vgpu, uint32_t group, struct vidmm_usage *ret_usage)
{
	if (group >= VIDMM_GROUPS)
		return -EINVAL;
	*ret_usage = vgpu->accounts[group].usage;
	return 0;
}

int vidmm_process_create(struct vidmm_vgpu *vgpu, uint32_t max_allocs,
			 struct vidmm_process **ret_process)
{
	struct vidmm_process *process = calloc(1, sizeof(*process));

	if (!process)
		return -ENOMEM;
	process->vgpu = vgpu;
	process->max_allocs = max_allocs ? max_allocs : VIDMM_MAX_ALLOCATIONS;
	vgpu->nprocesses++;
	*ret_process = process;
	return 0;
}

static uint64_t claim_of(const struct process_account *account)
{
	return max_u64(account->usage, account->reservation);
}

/* Give @process new numbers in @group and carry the difference into the vGPU's sums. */
static void process_set(struct vidmm_process *process, uint32_t group, uint64_t usage,
			uint64_t reservation)
{
	struct process_account *mine = &process->accounts[group];
	struct vgpu_account *all = &process->vgpu->accounts[group];
	uint64_t old_claim = claim_of(mine);

	all->usage.resident = all->usage.resident - mine->usage + usage;
	all->reservations = all->reservations - mine->reservation + reservation;
	mine->usage = usage;
	mine->reservation = reservation;
	all->claims = all->claims - old_claim + claim_of(mine);
	all->claimants = all->claimants - !!old_claim + !!claim_of(mine);
}

int vidmm_process_destroy(struct vidmm_process *process)
{
	if (!process)
		return 0;
	if (process->nallocs)
		return -EBUSY;
	for (uint32_t g = 0; g < VIDMM_GROUPS; g++)
		process_set(process, g, 0, 0);
	process->vgpu->nprocesses--;
	free(process);
	return 0;
}

/* The budget formula of vidmm.h. */
static uint64_t budget_of(const struct vidmm_process *process, uint32_t group)
{
	const struct process_account *mine = &process->accounts[group];
	const struct vgpu_account *all = &process->vgpu->accounts[group];
	uint64_t limit = all->resident_limit;
	uint64_t claim = claim_of(mine);
	uint64_t fair = limit / (all->claimants + (claim ? 0 : 1));
	uint64_t unclaimed = left_of(limit, all->claims - claim);
	uint64_t most = left_of(limit, all->reservations - mine->reservation);

	return min_u64(max_u64(max_u64(fair, unclaimed), mine->reservation), most);
}

static uint64_t reservable(const struct vidmm_process *process, uint32_t group)
{
	const struct vgpu_account *all = &process->vgpu->accounts[group];

	return left_of(all->resident_limit,
		       all->reservations - process->accounts[group].reservation);
}

int vidmm_query(const struct vidmm_process *process, uint32_t group, struct vidmm_info *ret_info)
{
	if (group >= VIDMM_GROUPS)
		return -EINVAL;
	ret_info->budget = budget_of(process, group);
	ret_info->usage = process->accounts[group].usage;
	ret_info->reservation = process->accounts[group].reservation;
	ret_info->available_for_reservation = reservable(process, group);
	return 0;
}

int vidmm_reserve(struct vidmm_process *process, uint32_t group, uint64_t bytes)
{
	const struct process_account *mine;

	if (group >= VIDMM_GROUPS)
		return -EINVAL;
	mine = &process->accounts[group];
	if (bytes > mine->reservation && bytes > reservable(process, group))
		return -EDQUOT;
	process_set(process, group, mine->usage, bytes);
	return 0;
}

uint64_t vidmm_bytes_to_trim(const struct vidmm_process *process, uint32_t group)
{
	if (group >= VIDMM_GROUPS)
		return 0;
	return left_of(process->accounts[group].usage, budget_of(process, group));
}

int vidmm_alloc_create(struct vidmm_process *process, uint64_t size, uint32_t segment,
		       struct vidmm_alloc **ret_alloc)
{
	struct vidmm *mm = process->vgpu->mm;
	struct vgpu_account *account;
	struct vidmm_alloc *alloc;
	struct pool *pool;

	if (!size || segment >= mm->npools)
		return -EINVAL;
	pool = &mm->pools[segment];
	account = &process->vgpu->accounts[pool->segment.group];
	if (process->nallocs >= process->max_allocs)
		return -EDQUOT;
	if (size > left_of(account->commit_limit, account->usage.committed))
		return -EDQUOT;
	if (size > left_of(pool->segment.commit_limit, pool->usage.committed))
		return -ENOMEM;
	alloc = calloc(1, sizeof(*alloc));
	if (!alloc)
		return -ENOMEM;
	alloc->process = process;
	alloc->pool = pool;
	alloc->size = size;
	process->nallocs++;
	account->usage.committed += size;
	pool->usage.committed += size;
	*ret_alloc = alloc;
	return 0;
}

static void alloc_set_resident(struct vidmm_alloc *alloc, bool resident)
{
	struct vidmm_process *process = alloc->process;
	uint32_t group = alloc->pool->segment.group;
	const struct process_account *mine = &process->accounts[group];
	uint64_t delta = resident ? alloc->size : -alloc->size;

	alloc->pool->usage.resident += delta;
	process_set(process, group, mine->usage + delta, mine->reservation);
}

void vidmm_alloc_destroy(struct vidmm_alloc *alloc)
{
	struct vidmm_process *process;

	if (!alloc)
		return;
	if (alloc->resident)
		alloc_set_resident(alloc, false);
	process = alloc->process;
	process->nallocs--;
	process->vgpu->accounts[alloc->pool->segment.group].usage.committed -= alloc->size;
	alloc->pool->usage.committed -= alloc->size;
	free(alloc);
}

int vidmm_alloc_make_resident(struct vidmm_alloc *alloc)
{
	const struct vgpu_account *account;
	const struct pool *pool = alloc->pool;

	if (alloc->resident >= VIDMM_MAX_RESIDENT)
		return -EOVERFLOW;
	if (!alloc->resident) {
		account = &alloc->process->vgpu->accounts[pool->segment.group];
		if (alloc->size > left_of(account->resident_limit, account->usage.resident))
			return -EDQUOT;
		if (alloc->size > left_of(pool->segment.size, pool->usage.resident))
			return -ENOMEM;
		alloc_set_resident(alloc, true);
	}
	alloc->resident++;
	return 0;
}

int vidmm_alloc_evict(struct vidmm_alloc *alloc)
{
	if (!alloc->resident)
		return -EINVAL;
	alloc->resident--;
	if (!alloc->resident)
		alloc_set_resident(alloc, false);
	return 0;
}

uint32_t vidmm_alloc_resident(const struct vidmm_alloc *alloc)
{
	return alloc->resident;
}

uint64_t vidmm_alloc_size(const struct vidmm_alloc *alloc)
{
	return alloc->size;
}

enum vidmm_group vidmm_alloc_group(const struct vidmm_alloc *alloc)
{
	return alloc->pool->segment.group;
}

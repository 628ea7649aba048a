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

#include "vidmm/avltree.h"

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
 * @leaving: committed bytes of the processes that are leaving
 * @claimants: processes whose claim is not 0.
 */
struct vgpu_account {
	uint64_t resident_limit;
	uint64_t commit_limit;
	struct vidmm_usage usage;
	uint64_t claims;
	uint64_t reservations;
	uint64_t leaving;
	uint32_t claimants;
};

/** struct victims - what a vGPU's processes have offered of a segment, the first to go first. */
struct victims {
	struct avl_tree order;
	uint64_t bytes;
};

/**
 * struct vidmm_vgpu - see vidmm.h.
 * @victims: by segment; [0] what is not resident, [1] what is
 * @offers: made so far, the age of an offer
 */
struct vidmm_vgpu {
	struct vidmm *mm;
	struct vgpu_account accounts[VIDMM_GROUPS];
	struct victims victims[VIDMM_MAX_SEGMENTS][2];
	uint64_t offers;
	uint32_t nprocesses;
};

/**
 * struct process_account - a process's resident bytes and reservation in one group.
 * @totals: as the vGPU's, of the process alone; of bytes, only @committed and @evicted are kept
 * here
 */
struct process_account {
	uint64_t usage;
	uint64_t reservation;
	struct vidmm_usage totals;
};

struct vidmm_process {
	struct vidmm_vgpu *vgpu;
	struct process_account accounts[VIDMM_GROUPS];
	uint32_t nallocs;
	uint32_t max_allocs;
	bool leaving;
};

/**
 * struct vidmm_alloc - see vidmm.h.
 * @resident: references; they count when it is @committed
 * @victim: in one of the vGPU's victims->order, when @offered and @committed
 * @offer: enum vidmm_offer; @age: of the offer
 */
struct vidmm_alloc {
	struct vidmm_process *process;
	struct pool *pool;
	void *owner;
	uint64_t size;
	uint32_t resident;
	uint32_t priority;
	struct avl_node victim;
	uint32_t offer;
	uint64_t age;
	bool offered;
	bool committed;
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

static struct vidmm_alloc *victim_of(const struct avl_node *node)
{
	return node ? avl_entry(node, struct vidmm_alloc, victim) : NULL;
}

static uint32_t victim_rank(const struct vidmm_alloc *alloc)
{
	if (alloc->offer != VIDMM_OFFER_AUTO)
		return alloc->offer;
	if (alloc->priority >= VIDMM_PRIORITY_HIGH)
		return VIDMM_OFFER_HIGH;
	return alloc->priority >= VIDMM_PRIORITY_NORMAL ? VIDMM_OFFER_NORMAL : VIDMM_OFFER_LOW;
}

static bool victim_first(const struct vidmm_alloc *a, const struct vidmm_alloc *b)
{
	uint32_t x = victim_rank(a), y = victim_rank(b);

	if (x != y)
		return x < y;
	return a->priority != b->priority ? a->priority < b->priority : a->age < b->age;
}

static bool victim_before(const struct avl_node *a, const struct avl_node *b)
{
	return victim_first(victim_of(a), victim_of(b));
}

static const struct avl_ops victim_ops = { .before = victim_before };

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
	for (uint32_t i = 0; i < VIDMM_MAX_SEGMENTS; i++) {
		avl_init(&vgpu->victims[i][0].order, &victim_ops);
		avl_init(&vgpu->victims[i][1].order, &victim_ops);
	}
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

int vidmm_process_usage(const struct vidmm_process *process, uint32_t group,
			struct vidmm_usage *ret_usage)
{
	if (group >= VIDMM_GROUPS)
		return -EINVAL;
	*ret_usage = process->accounts[group].totals;
	ret_usage->resident = process->accounts[group].usage;
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

void vidmm_process_set_leaving(struct vidmm_process *process, bool leaving)
{
	if (process->leaving == leaving)
		return;
	process->leaving = leaving;
	for (uint32_t g = 0; g < VIDMM_GROUPS; g++) {
		uint64_t committed = process->accounts[g].totals.committed;

		process->vgpu->accounts[g].leaving += leaving ? committed : -committed;
	}
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

/** struct totals - all those that an allocation is part of. */
struct totals {
	struct vidmm_usage *of[3];
};

static struct totals alloc_totals(const struct vidmm_alloc *alloc)
{
	struct vidmm_process *process = alloc->process;
	uint32_t group = alloc->pool->segment.group;

	return (struct totals){ { &alloc->pool->usage, &process->vgpu->accounts[group].usage,
				  &process->accounts[group].totals } };
}

/* @alloc comes or goes. */
static void totals_count(const struct vidmm_alloc *alloc, bool comes)
{
	struct totals totals = alloc_totals(alloc);

	for (int i = 0; i < 3; i++) {
		totals.of[i]->allocs += comes ? 1 : -UINT64_C(1);
		totals.of[i]->alloc_bytes += comes ? alloc->size : -alloc->size;
		totals.of[i]->created += comes;
		totals.of[i]->created_bytes += comes ? alloc->size : 0;
	}
}

static void totals_resident(const struct vidmm_alloc *alloc, bool resident)
{
	struct totals totals = alloc_totals(alloc);

	for (int i = 0; i < 3; i++) {
		totals.of[i]->allocs_resident += resident ? 1 : -UINT64_C(1);
		totals.of[i]->evicted += resident ? 0 : alloc->size;
	}
}

uint64_t vidmm_trim_for(const struct vidmm_process *process, uint32_t group, uint64_t wanted)
{
	const struct vgpu_account *all;
	uint64_t mine;

	if (group >= VIDMM_GROUPS)
		return 0;
	wanted = min_u64(wanted, VIDMM_MAX_BYTES);
	all = &process->vgpu->accounts[group];
	mine = left_of(process->accounts[group].usage + wanted, budget_of(process, group));
	return max_u64(mine, left_of(all->usage.resident + wanted, all->resident_limit));
}

/* ---- victims ---- */

static bool alloc_is_victim(const struct vidmm_alloc *alloc)
{
	return alloc->offered && alloc->committed;
}

static struct victims *victims_of(const struct vidmm_alloc *alloc)
{
	struct vidmm_vgpu *vgpu = alloc->process->vgpu;

	return &vgpu->victims[alloc->pool - vgpu->mm->pools][!!alloc->resident];
}

/* Out of the order, before anything that decides its place in it changes. */
static void victim_leave(struct vidmm_alloc *alloc)
{
	struct victims *victims = victims_of(alloc);

	if (!alloc_is_victim(alloc))
		return;
	avl_remove(&victims->order, &alloc->victim);
	victims->bytes -= alloc->size;
}

static void victim_enter(struct vidmm_alloc *alloc)
{
	struct victims *victims = victims_of(alloc);

	if (!alloc_is_victim(alloc))
		return;
	avl_insert(&victims->order, &alloc->victim);
	victims->bytes += alloc->size;
}

/** struct shortage - how many bytes too many something is for the vGPU's limit and the segment. */
struct shortage {
	uint64_t quota;
	uint64_t memory;
};

/* How much @size is more than what is left of @limit. */
static uint64_t short_of(uint64_t size, uint64_t limit, uint64_t taken)
{
	return left_of(size, left_of(limit, taken));
}

static struct shortage shortage_of(const struct vidmm_process *process, uint32_t segment,
				   uint64_t size, enum vidmm_kind what)
{
	const struct pool *pool = &process->vgpu->mm->pools[segment];
	const struct vidmm_segment *s = &pool->segment;
	const struct vgpu_account *all = &process->vgpu->accounts[s->group];

	if (what == VIDMM_RESIDENT)
		return (struct shortage){
			short_of(size, all->resident_limit, all->usage.resident),
			short_of(size, s->size, pool->usage.resident),
		};
	return (struct shortage){
		short_of(size, all->commit_limit, all->usage.committed),
		short_of(size, s->commit_limit, pool->usage.committed),
	};
}

/* Is it more than @offered bytes could make up for? */
static int shortage_error(const struct shortage *shortage, uint64_t offered)
{
	if (shortage->quota > offered)
		return -EDQUOT;
	return shortage->memory > offered ? -ENOMEM : 0;
}

/* The first of two orders; one of them is not empty. */
static struct vidmm_alloc *victims_first(const struct victims *a, const struct victims *b)
{
	struct vidmm_alloc *x = victim_of(avl_first(&a->order)),
			   *y = victim_of(avl_first(&b->order));

	if (!x || !y)
		return x ? x : y;
	return victim_first(x, y) ? x : y;
}

int vidmm_room(const struct vidmm_process *process, uint32_t segment, uint64_t size,
	       enum vidmm_kind what, struct vidmm_alloc **ret_victim)
{
	const struct vidmm_vgpu *vgpu = process->vgpu;
	const struct victims *idle, *used;
	struct shortage shortage;
	uint64_t offered;
	int err;

	if (segment >= vgpu->mm->npools)
		return -EINVAL;
	shortage = shortage_of(process, segment, size, what);
	if (!shortage.quota && !shortage.memory)
		return 0;
	used = &vgpu->victims[segment][1];
	/* What is not resident would not make room for what shall be. */
	idle = what == VIDMM_COMMIT ? &vgpu->victims[segment][0] : used;
	offered = used->bytes + (idle != used ? idle->bytes : 0);
	err = shortage_error(&shortage, offered);
	if (err)
		return err;
	*ret_victim = victims_first(idle, used);
	return -EAGAIN;
}

bool vidmm_room_to_come(const struct vidmm_process *process, uint32_t segment, uint64_t size)
{
	const struct vidmm_vgpu *vgpu = process->vgpu;
	struct shortage shortage;

	if (segment >= vgpu->mm->npools)
		return false;
	shortage = shortage_of(process, segment, size, VIDMM_COMMIT);
	return shortage_error(&shortage, 0) &&
	       !shortage_error(&shortage,
			       vgpu->accounts[vgpu->mm->pools[segment].segment.group].leaving);
}

/* ---- allocations ---- */

static void alloc_set_committed(struct vidmm_alloc *alloc, bool committed)
{
	struct vidmm_vgpu *vgpu = alloc->process->vgpu;
	uint64_t delta = committed ? alloc->size : -alloc->size;

	alloc->committed = committed;
	vgpu->accounts[alloc->pool->segment.group].usage.committed += delta;
	alloc->process->accounts[alloc->pool->segment.group].totals.committed += delta;
	if (alloc->process->leaving)
		vgpu->accounts[alloc->pool->segment.group].leaving += delta;
	alloc->pool->usage.committed += delta;
}

/* Does it fit without discarding anything? */
static int room_now(const struct vidmm_process *process, uint32_t segment, uint64_t size,
		    enum vidmm_kind what)
{
	struct shortage shortage = shortage_of(process, segment, size, what);

	return shortage_error(&shortage, 0);
}

static uint32_t alloc_segment(const struct vidmm_alloc *alloc)
{
	return (uint32_t)(alloc->pool - alloc->process->vgpu->mm->pools);
}

int vidmm_alloc_create(struct vidmm_process *process, uint64_t size, uint32_t segment,
		       struct vidmm_alloc **ret_alloc)
{
	struct vidmm *mm = process->vgpu->mm;
	struct vidmm_alloc *alloc;
	int err;

	if (!size || segment >= mm->npools)
		return -EINVAL;
	if (process->nallocs >= process->max_allocs)
		return -EDQUOT;
	err = room_now(process, segment, size, VIDMM_COMMIT);
	if (err)
		return err;
	alloc = calloc(1, sizeof(*alloc));
	if (!alloc)
		return -ENOMEM;
	alloc->process = process;
	alloc->pool = &mm->pools[segment];
	alloc->size = size;
	alloc->priority = VIDMM_PRIORITY_NORMAL;
	process->nallocs++;
	alloc_set_committed(alloc, true);
	totals_count(alloc, true);
	*ret_alloc = alloc;
	return 0;
}

static void alloc_set_resident(struct vidmm_alloc *alloc, bool resident)
{
	struct vidmm_process *process = alloc->process;
	uint32_t group = alloc->pool->segment.group;
	const struct process_account *mine = &process->accounts[group];
	uint64_t delta = resident ? alloc->size : -alloc->size;

	totals_resident(alloc, resident);
	alloc->pool->usage.resident += delta;
	process_set(process, group, mine->usage + delta, mine->reservation);
}

void vidmm_alloc_discard(struct vidmm_alloc *alloc)
{
	if (!alloc->committed)
		return;
	victim_leave(alloc);
	if (alloc->resident)
		alloc_set_resident(alloc, false);
	alloc_set_committed(alloc, false);
}

int vidmm_alloc_commit(struct vidmm_alloc *alloc)
{
	uint32_t segment = alloc_segment(alloc);
	int err;

	if (alloc->committed)
		return 0;
	err = room_now(alloc->process, segment, alloc->size, VIDMM_COMMIT);
	if (!err && alloc->resident)
		err = room_now(alloc->process, segment, alloc->size, VIDMM_RESIDENT);
	if (err)
		return err;
	alloc_set_committed(alloc, true);
	if (alloc->resident)
		alloc_set_resident(alloc, true);
	victim_enter(alloc);
	return 0;
}

void vidmm_alloc_destroy(struct vidmm_alloc *alloc)
{
	if (!alloc)
		return;
	vidmm_alloc_discard(alloc);
	totals_count(alloc, false);
	alloc->process->nallocs--;
	free(alloc);
}

int vidmm_alloc_offer(struct vidmm_alloc *alloc, uint32_t offer)
{
	if (offer < VIDMM_OFFER_LOW || offer > VIDMM_OFFER_AUTO)
		return -EINVAL;
	victim_leave(alloc);
	alloc->offered = true;
	alloc->offer = offer;
	alloc->age = ++alloc->process->vgpu->offers;
	victim_enter(alloc);
	return 0;
}

void vidmm_alloc_keep(struct vidmm_alloc *alloc)
{
	victim_leave(alloc);
	alloc->offered = false;
}

int vidmm_alloc_make_resident(struct vidmm_alloc *alloc)
{
	int err;

	if (alloc->resident >= VIDMM_MAX_RESIDENT)
		return -EOVERFLOW;
	if (!alloc->resident && alloc->committed) {
		err = room_now(alloc->process, alloc_segment(alloc), alloc->size, VIDMM_RESIDENT);
		if (err)
			return err;
		victim_leave(alloc);
		alloc->resident = 1;
		alloc_set_resident(alloc, true);
		victim_enter(alloc);
		return 0;
	}
	alloc->resident++;
	return 0;
}

int vidmm_alloc_evict(struct vidmm_alloc *alloc)
{
	if (!alloc->resident)
		return -EINVAL;
	if (alloc->resident > 1 || !alloc->committed) {
		alloc->resident--;
		return 0;
	}
	victim_leave(alloc);
	alloc->resident = 0;
	alloc_set_resident(alloc, false);
	victim_enter(alloc);
	return 0;
}

void vidmm_alloc_set_priority(struct vidmm_alloc *alloc, uint32_t priority)
{
	victim_leave(alloc);
	alloc->priority = priority;
	victim_enter(alloc);
}

uint32_t vidmm_alloc_priority(const struct vidmm_alloc *alloc)
{
	return alloc->priority;
}

void vidmm_alloc_set_owner(struct vidmm_alloc *alloc, void *owner)
{
	alloc->owner = owner;
}

void *vidmm_alloc_owner(const struct vidmm_alloc *alloc)
{
	return alloc->owner;
}

bool vidmm_alloc_committed(const struct vidmm_alloc *alloc)
{
	return alloc->committed;
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

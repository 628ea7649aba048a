// SPDX-License-Identifier: MIT
/*
 * test_vidmm_budget: quotas at the limit and one above, nested residency, budgets by the documented
 * formula, reservations; then random events with all sums recomputed from scratch after every one.
 */
#include "cm.h"

#include <errno.h>

#include "oom.h"
#include "prng.h"
#include "vidmm/vidmm.h"

#define MIB (UINT64_C(1) << 20)

/** struct fixture - an adapter with 1000 MiB local and 500 MiB system memory and one vGPU. */
struct fixture {
	struct vidmm *mm;
	struct vidmm_vgpu *vgpu;
};

static const struct vidmm_segment segments[] = {
	{ .size = 1000 * MIB, .group = VIDMM_LOCAL },
	{ .size = 500 * MIB, .commit_limit = 600 * MIB, .group = VIDMM_NON_LOCAL },
};

static const struct vidmm_limits vgpu_limits = { .resident = { 600 * MIB, 400 * MIB },
						 .commit = { 0, 800 * MIB } };

static struct vidmm_vgpu *add_vgpu(struct vidmm *mm)
{
	struct vidmm_vgpu *vgpu;

	assert_int_equal(vidmm_vgpu_create(mm, &vgpu_limits, &vgpu), 0);
	return vgpu;
}

static struct fixture setup(void)
{
	struct fixture f;

	assert_int_equal(vidmm_create(segments, 2, &f.mm), 0);
	f.vgpu = add_vgpu(f.mm);
	return f;
}

static void teardown(struct fixture *f)
{
	assert_int_equal(vidmm_vgpu_destroy(f->vgpu), 0);
	assert_int_equal(vidmm_destroy(f->mm), 0);
}

static struct vidmm_process *add_process(struct vidmm_vgpu *vgpu, uint32_t max_allocs)
{
	struct vidmm_process *process;

	assert_int_equal(vidmm_process_create(vgpu, max_allocs, &process), 0);
	return process;
}

static struct vidmm_alloc *add_alloc(struct vidmm_process *process, uint64_t mib, uint32_t segment)
{
	struct vidmm_alloc *alloc;

	assert_int_equal(vidmm_alloc_create(process, mib * MIB, segment, &alloc), 0);
	return alloc;
}

static struct vidmm_alloc *add_resident(struct vidmm_process *process, uint64_t mib)
{
	struct vidmm_alloc *alloc = add_alloc(process, mib, 0);

	assert_int_equal(vidmm_alloc_make_resident(alloc), 0);
	return alloc;
}

static uint64_t budget_mib(const struct vidmm_process *process)
{
	struct vidmm_info info;

	assert_int_equal(vidmm_query(process, VIDMM_LOCAL, &info), 0);
	return info.budget / MIB;
}

static void test_bad_arguments(void **state)
{
	struct vidmm_segment bad[VIDMM_MAX_SEGMENTS + 1] = { { .size = 1 } };
	struct vidmm_limits limits = { .resident = { 2 }, .commit = { 1 } };
	struct fixture f = setup();
	struct vidmm_vgpu *vgpu;
	struct vidmm_usage usage;
	struct vidmm *mm;

	(void)state;
	for (unsigned int i = 0; i <= VIDMM_MAX_SEGMENTS; i++)
		bad[i] = bad[0];
	assert_int_equal(vidmm_create(bad, 0, &mm), -EINVAL);
	assert_int_equal(vidmm_create(bad, VIDMM_MAX_SEGMENTS + 1, &mm), -EINVAL);
	assert_int_equal(vidmm_create(bad, VIDMM_MAX_SEGMENTS, &mm), 0);
	assert_int_equal(vidmm_destroy(mm), 0);
	bad[1] = (struct vidmm_segment){ .size = 2, .commit_limit = 1 };
	assert_int_equal(vidmm_create(bad, 2, &mm), -EINVAL);
	bad[1] = (struct vidmm_segment){ .size = 0 };
	assert_int_equal(vidmm_create(bad, 2, &mm), -EINVAL);
	bad[1] = (struct vidmm_segment){ .size = VIDMM_MAX_BYTES + 1 };
	assert_int_equal(vidmm_create(bad, 2, &mm), -EINVAL);
	bad[1] = (struct vidmm_segment){ .size = 1, .group = VIDMM_GROUPS };
	assert_int_equal(vidmm_create(bad, 2, &mm), -EINVAL);
	assert_int_equal(vidmm_vgpu_create(f.mm, &limits, &vgpu), -EINVAL);
	limits = (struct vidmm_limits){ .resident = { VIDMM_MAX_BYTES + 1 } };
	assert_int_equal(vidmm_vgpu_create(f.mm, &limits, &vgpu), -EINVAL);
	assert_int_equal(vidmm_segment_usage(f.mm, 2, &usage), -EINVAL);
	assert_int_equal(vidmm_vgpu_usage(f.vgpu, VIDMM_GROUPS, &usage), -EINVAL);
	assert_int_equal(vidmm_destroy(f.mm), -EBUSY);
	teardown(&f);
	assert_int_equal(vidmm_destroy(NULL), 0);
	assert_int_equal(vidmm_vgpu_destroy(NULL), 0);
	assert_int_equal(vidmm_process_destroy(NULL), 0);
	vidmm_alloc_destroy(NULL);
}

static void test_quotas(void **state)
{
	struct fixture f = setup();
	struct vidmm_process *p = add_process(f.vgpu, 2);
	struct vidmm_alloc *a, *b, *c = NULL;

	(void)state;
	assert_int_equal(vidmm_alloc_create(p, 0, 0, &c), -EINVAL);
	assert_int_equal(vidmm_alloc_create(p, MIB, 2, &c), -EINVAL);
	/* The vGPU's bytes: 600 MiB local, exactly. */
	assert_int_equal(vidmm_alloc_create(p, 600 * MIB + 1, 0, &c), -EDQUOT);
	assert_int_equal(vidmm_alloc_create(p, UINT64_MAX, 0, &c), -EDQUOT);
	a = add_alloc(p, 600, 0);
	assert_int_equal(vidmm_alloc_create(p, 1, 0, &c), -EDQUOT);
	/* The segment's bytes: 600 MiB may be committed of system memory, the vGPU may have 800. */
	assert_int_equal(vidmm_alloc_create(p, 600 * MIB + 1, 1, &c), -ENOMEM);
	b = add_alloc(p, 600, 1);
	/* The process's number. */
	assert_int_equal(vidmm_alloc_create(p, 1, 1, &c), -EDQUOT);
	assert_null(c);
	assert_int_equal(vidmm_alloc_group(b), VIDMM_NON_LOCAL);
	assert_int_equal(vidmm_alloc_size(b), 600 * MIB);
	/* Above 400 MiB resident in the group the vGPU's limit refuses. */
	assert_int_equal(vidmm_alloc_make_resident(b), -EDQUOT);
	assert_int_equal(vidmm_alloc_resident(b), 0);
	assert_int_equal(vidmm_process_destroy(p), -EBUSY);
	vidmm_alloc_destroy(a);
	vidmm_alloc_destroy(b);
	assert_int_equal(vidmm_vgpu_destroy(f.vgpu), -EBUSY);
	assert_int_equal(vidmm_process_destroy(p), 0);
	teardown(&f);
}

/* Two vGPUs may each have 600 of 1000 MiB; whoever comes second finds the segment full. */
static void test_segment_full(void **state)
{
	struct fixture f = setup();
	struct vidmm_vgpu *other = add_vgpu(f.mm);
	struct vidmm_process *p = add_process(f.vgpu, 0), *q = add_process(other, 0);
	struct vidmm_alloc *a = add_resident(p, 600), *b = add_resident(q, 400), *c = NULL;
	struct vidmm_usage usage;

	(void)state;
	assert_int_equal(vidmm_alloc_create(q, 1, 0, &c), -ENOMEM);
	assert_null(c);
	assert_int_equal(vidmm_segment_usage(f.mm, 0, &usage), 0);
	assert_int_equal(usage.committed, 1000 * MIB);
	assert_int_equal(usage.resident, 1000 * MIB);
	vidmm_alloc_destroy(a);
	c = add_resident(q, 200);
	assert_int_equal(vidmm_vgpu_usage(other, VIDMM_LOCAL, &usage), 0);
	assert_int_equal(usage.resident, 600 * MIB);
	vidmm_alloc_destroy(b);
	vidmm_alloc_destroy(c);
	assert_int_equal(vidmm_process_destroy(p), 0);
	assert_int_equal(vidmm_process_destroy(q), 0);
	assert_int_equal(vidmm_vgpu_destroy(other), 0);
	teardown(&f);
}

static void test_nested_residency(void **state)
{
	struct fixture f = setup();
	struct vidmm_process *p = add_process(f.vgpu, 0);
	struct vidmm_alloc *a = add_alloc(p, 100, 0);
	struct vidmm_info info;

	(void)state;
	assert_int_equal(vidmm_alloc_evict(a), -EINVAL);
	for (uint32_t i = 0; i < VIDMM_MAX_RESIDENT; i++)
		assert_int_equal(vidmm_alloc_make_resident(a), 0);
	assert_int_equal(vidmm_alloc_make_resident(a), -EOVERFLOW);
	assert_int_equal(vidmm_query(p, VIDMM_LOCAL, &info), 0);
	assert_int_equal(info.usage, 100 * MIB);
	for (uint32_t i = 1; i < VIDMM_MAX_RESIDENT; i++)
		assert_int_equal(vidmm_alloc_evict(a), 0);
	assert_int_equal(vidmm_query(p, VIDMM_LOCAL, &info), 0);
	assert_int_equal(info.usage, 100 * MIB);
	assert_int_equal(vidmm_alloc_evict(a), 0);
	assert_int_equal(vidmm_query(p, VIDMM_LOCAL, &info), 0);
	assert_int_equal(info.usage, 0);
	assert_int_equal(vidmm_alloc_evict(a), -EINVAL);
	assert_int_equal(vidmm_query(p, VIDMM_GROUPS, &info), -EINVAL);
	assert_int_equal(vidmm_bytes_to_trim(p, VIDMM_GROUPS), 0);
	vidmm_alloc_destroy(a);
	assert_int_equal(vidmm_process_destroy(p), 0);
	teardown(&f);
}

static void test_budget(void **state)
{
	struct fixture f = setup();
	struct vidmm_process *p = add_process(f.vgpu, 0), *q = add_process(f.vgpu, 0);
	struct vidmm_alloc *a, *b, *c;

	(void)state;
	/* Nobody uses anything: everybody may have it all. */
	assert_int_equal(budget_mib(p), 600);
	/* One has taken most; the other still sees its half, nobody is told to trim yet. */
	a = add_resident(p, 500);
	assert_int_equal(budget_mib(p), 600);
	assert_int_equal(budget_mib(q), 300);
	assert_int_equal(vidmm_bytes_to_trim(p, VIDMM_LOCAL), 0);
	/* The other grows within its half: the first is asked for what it has beyond. */
	b = add_resident(q, 100);
	assert_int_equal(budget_mib(p), 500);
	assert_int_equal(vidmm_bytes_to_trim(p, VIDMM_LOCAL), 0);
	c = add_alloc(p, 1, 1);
	assert_int_equal(vidmm_reserve(q, VIDMM_LOCAL, 250 * MIB), 0);
	assert_int_equal(budget_mib(p), 350);
	assert_int_equal(vidmm_bytes_to_trim(p, VIDMM_LOCAL), 150 * MIB);
	/* Lowering the limit below what is in use takes nothing away and asks for it. */
	assert_int_equal(vidmm_reserve(q, VIDMM_LOCAL, 0), 0);
	assert_int_equal(
		vidmm_vgpu_set_limits(f.vgpu, &(struct vidmm_limits){ { 400 * MIB, 0 }, { 0 } }),
		0);
	assert_int_equal(vidmm_bytes_to_trim(p, VIDMM_LOCAL), 200 * MIB);
	assert_int_equal(vidmm_bytes_to_trim(q, VIDMM_LOCAL), 0);
	vidmm_alloc_destroy(a);
	assert_int_equal(budget_mib(q), 400);
	vidmm_alloc_destroy(b);
	vidmm_alloc_destroy(c);
	assert_int_equal(vidmm_process_destroy(p), 0);
	assert_int_equal(vidmm_process_destroy(q), 0);
	teardown(&f);
}

static void test_reservation(void **state)
{
	struct fixture f = setup();
	struct vidmm_process *p = add_process(f.vgpu, 0), *q = add_process(f.vgpu, 0);
	struct vidmm_info info;

	(void)state;
	assert_int_equal(vidmm_reserve(p, VIDMM_GROUPS, 1), -EINVAL);
	assert_int_equal(vidmm_reserve(p, VIDMM_LOCAL, 600 * MIB + 1), -EDQUOT);
	assert_int_equal(vidmm_reserve(p, VIDMM_LOCAL, UINT64_MAX), -EDQUOT);
	assert_int_equal(vidmm_reserve(p, VIDMM_LOCAL, 450 * MIB), 0);
	assert_int_equal(vidmm_query(q, VIDMM_LOCAL, &info), 0);
	assert_int_equal(info.available_for_reservation, 150 * MIB);
	assert_int_equal(info.budget, 150 * MIB);
	assert_int_equal(vidmm_reserve(q, VIDMM_LOCAL, 150 * MIB + 1), -EDQUOT);
	assert_int_equal(vidmm_reserve(q, VIDMM_LOCAL, 150 * MIB), 0);
	/* A reduction is always possible, also when the limit has sunk below it. */
	assert_int_equal(
		vidmm_vgpu_set_limits(f.vgpu, &(struct vidmm_limits){ { 100 * MIB, 0 }, { 0 } }),
		0);
	assert_int_equal(vidmm_reserve(p, VIDMM_LOCAL, 451 * MIB), -EDQUOT);
	assert_int_equal(vidmm_reserve(p, VIDMM_LOCAL, 449 * MIB), 0);
	assert_int_equal(vidmm_process_destroy(p), 0);
	assert_int_equal(vidmm_query(q, VIDMM_LOCAL, &info), 0);
	assert_int_equal(info.reservation, 150 * MIB);
	assert_int_equal(info.budget, 100 * MIB);
	assert_int_equal(vidmm_process_destroy(q), 0);
	teardown(&f);
}

#define PROCESSES 4
#define ALLOCS 40

/** struct world - what the random test knows on its own; owner[i] is the process of allocs[i]. */
struct world {
	struct vidmm_process *processes[PROCESSES];
	struct vidmm_alloc *allocs[ALLOCS];
	unsigned int owner[ALLOCS];
	uint64_t reserved[PROCESSES];
};

static uint64_t world_usage(const struct world *w, unsigned int process)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < ALLOCS; i++)
		if (w->allocs[i] && w->owner[i] == process && vidmm_alloc_resident(w->allocs[i]))
			sum += vidmm_alloc_size(w->allocs[i]);
	return sum;
}

static uint64_t sub(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The formula of vidmm.h, from scratch. */
static uint64_t world_budget(const struct world *w, unsigned int self, uint64_t limit)
{
	uint64_t claims = 0, reservations = 0, n = 1, budget;

	for (unsigned int i = 0; i < PROCESSES; i++) {
		uint64_t usage = world_usage(w, i);
		uint64_t claim = usage > w->reserved[i] ? usage : w->reserved[i];

		if (i == self)
			continue;
		n += claim != 0;
		claims += claim;
		reservations += w->reserved[i];
	}
	budget = limit / n;
	budget = budget > sub(limit, claims) ? budget : sub(limit, claims);
	budget = budget > w->reserved[self] ? budget : w->reserved[self];
	return budget < sub(limit, reservations) ? budget : sub(limit, reservations);
}

static void world_step(struct world *w, struct prng *prng)
{
	unsigned int i = prng_below(prng, ALLOCS), p = prng_below(prng, PROCESSES);
	uint64_t bytes = prng_below(prng, 60 << 20);

	if (!prng_below(prng, 10)) {
		if (!vidmm_reserve(w->processes[p], VIDMM_LOCAL, bytes * 4))
			w->reserved[p] = bytes * 4;
	} else if (!w->allocs[i]) {
		w->owner[i] = p;
		if (vidmm_alloc_create(w->processes[p], bytes + 1, 0, &w->allocs[i]))
			w->allocs[i] = NULL;
	} else if (!prng_below(prng, 8)) {
		vidmm_alloc_destroy(w->allocs[i]);
		w->allocs[i] = NULL;
	} else if (prng_below(prng, 4)) {
		vidmm_alloc_make_resident(w->allocs[i]);
	} else {
		vidmm_alloc_evict(w->allocs[i]);
	}
}

static void test_random_sums(void **state)
{
	struct fixture f = setup();
	struct world w = { .owner = { 0 } };
	struct prng prng = { .state = 0xb0d9e7 };
	struct vidmm_usage usage;
	struct vidmm_info info;

	(void)state;
	for (unsigned int p = 0; p < PROCESSES; p++)
		w.processes[p] = add_process(f.vgpu, 0);
	for (int round = 0; round < 30000; round++) {
		uint64_t sum = 0;

		world_step(&w, &prng);
		for (unsigned int p = 0; p < PROCESSES; p++) {
			assert_int_equal(vidmm_query(w.processes[p], VIDMM_LOCAL, &info), 0);
			assert_int_equal(info.usage, world_usage(&w, p));
			assert_int_equal(info.budget, world_budget(&w, p, 600 * MIB));
			assert_int_equal(vidmm_bytes_to_trim(w.processes[p], VIDMM_LOCAL),
					 sub(info.usage, info.budget));
			sum += info.usage;
		}
		assert_int_equal(vidmm_vgpu_usage(f.vgpu, VIDMM_LOCAL, &usage), 0);
		assert_int_equal(usage.resident, sum);
		assert_true(usage.resident <= usage.committed && usage.committed <= 600 * MIB);
	}
	for (unsigned int i = 0; i < ALLOCS; i++)
		vidmm_alloc_destroy(w.allocs[i]);
	for (unsigned int p = 0; p < PROCESSES; p++)
		assert_int_equal(vidmm_process_destroy(w.processes[p]), 0);
	assert_int_equal(vidmm_segment_usage(f.mm, 0, &usage), 0);
	assert_int_equal(usage.committed + usage.resident, 0);
	teardown(&f);
}

static void test_out_of_memory(void **state)
{
	struct fixture f = setup();
	struct vidmm_process *p = add_process(f.vgpu, 0), *q;
	struct vidmm_alloc *alloc;
	struct vidmm_usage usage;
	struct vidmm_vgpu *vgpu;
	struct vidmm *mm;

	(void)state;
	oom_fail_nth(1);
	assert_int_equal(vidmm_create(segments, 2, &mm), -ENOMEM);
	oom_fail_nth(1);
	assert_int_equal(vidmm_vgpu_create(f.mm, &vgpu_limits, &vgpu), -ENOMEM);
	oom_fail_nth(1);
	assert_int_equal(vidmm_process_create(f.vgpu, 0, &q), -ENOMEM);
	oom_fail_nth(1);
	assert_int_equal(vidmm_alloc_create(p, MIB, 0, &alloc), -ENOMEM);
	assert_int_equal(vidmm_segment_usage(f.mm, 0, &usage), 0);
	assert_int_equal(usage.committed, 0);
	assert_int_equal(vidmm_process_destroy(p), 0);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_arguments), cmocka_unit_test(test_quotas),
		cmocka_unit_test(test_segment_full),  cmocka_unit_test(test_nested_residency),
		cmocka_unit_test(test_budget),	      cmocka_unit_test(test_reservation),
		cmocka_unit_test(test_random_sums),   cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

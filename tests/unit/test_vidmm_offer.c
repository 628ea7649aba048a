// SPDX-License-Identifier: MIT
/*
 * test_vidmm_offer: offered allocations: when there is room, whose turn it is, what discarding and
 * committing again do to the accounts; then random events against a model that looks at everything.
 */
#include "cm.h"

#include <errno.h>
#include <stdbool.h>

#include "prng.h"
#include "vidmm/vidmm.h"

#define MIB (UINT64_C(1) << 20)
#define LOCAL 0u
#define SYSTEM 1u

/** struct fixture - 1000 MiB local and 500 MiB system memory; a vGPU with 600 and 400 of them. */
struct fixture {
	struct vidmm *mm;
	struct vidmm_vgpu *vgpu;
	struct vidmm_process *process;
};

static const struct vidmm_segment segments[] = {
	{ .size = 1000 * MIB, .group = VIDMM_LOCAL },
	{ .size = 500 * MIB, .group = VIDMM_NON_LOCAL },
};

static const struct vidmm_limits limits = { .resident = { 600 * MIB, 400 * MIB } };

static struct fixture setup(void)
{
	struct fixture f;

	assert_int_equal(vidmm_create(segments, 2, &f.mm), 0);
	assert_int_equal(vidmm_vgpu_create(f.mm, &limits, &f.vgpu), 0);
	assert_int_equal(vidmm_process_create(f.vgpu, 0, &f.process), 0);
	return f;
}

static void teardown(struct fixture *f)
{
	assert_int_equal(vidmm_process_destroy(f->process), 0);
	assert_int_equal(vidmm_vgpu_destroy(f->vgpu), 0);
	assert_int_equal(vidmm_destroy(f->mm), 0);
}

static struct vidmm_alloc *add(struct fixture *f, uint64_t mib, uint32_t segment)
{
	struct vidmm_alloc *alloc;

	assert_int_equal(vidmm_alloc_create(f->process, mib * MIB, segment, &alloc), 0);
	assert_true(vidmm_alloc_committed(alloc));
	return alloc;
}

static uint64_t committed(const struct fixture *f, uint32_t group)
{
	struct vidmm_usage usage;

	assert_int_equal(vidmm_vgpu_usage(f->vgpu, group, &usage), 0);
	return usage.committed / MIB;
}

static uint64_t resident(const struct fixture *f, uint32_t group)
{
	struct vidmm_usage usage;

	assert_int_equal(vidmm_vgpu_usage(f->vgpu, group, &usage), 0);
	return usage.resident / MIB;
}

static void test_bad_arguments(void **state)
{
	struct fixture f = setup();
	struct vidmm_alloc *alloc = add(&f, 1, LOCAL), *victim;

	(void)state;
	assert_int_equal(vidmm_alloc_offer(alloc, 0), -EINVAL);
	assert_int_equal(vidmm_alloc_offer(alloc, VIDMM_OFFER_AUTO + 1), -EINVAL);
	assert_int_equal(vidmm_room(f.process, 2, 1, VIDMM_COMMIT, &victim), -EINVAL);
	assert_int_equal(vidmm_trim_for(f.process, VIDMM_GROUPS, 1), 0);
	assert_int_equal(vidmm_alloc_priority(alloc), VIDMM_PRIORITY_NORMAL);
	vidmm_alloc_destroy(alloc);
	teardown(&f);
}

/* Room at the limit, an offer that helps, one that does not. */
static void test_room(void **state)
{
	struct fixture f = setup();
	struct vidmm_alloc *a = add(&f, 500, LOCAL), *b = add(&f, 50, LOCAL), *victim = NULL;

	(void)state;
	assert_int_equal(vidmm_room(f.process, LOCAL, 50 * MIB, VIDMM_COMMIT, &victim), 0);
	assert_int_equal(vidmm_room(f.process, LOCAL, 50 * MIB + 1, VIDMM_COMMIT, &victim),
			 -EDQUOT);
	assert_int_equal(vidmm_alloc_offer(b, VIDMM_OFFER_LOW), 0);
	assert_int_equal(vidmm_room(f.process, LOCAL, 100 * MIB, VIDMM_COMMIT, &victim), -EAGAIN);
	assert_ptr_equal(victim, b);
	assert_int_equal(vidmm_room(f.process, LOCAL, 100 * MIB + 1, VIDMM_COMMIT, &victim),
			 -EDQUOT);
	/* Another segment's memory is no help. */
	assert_int_equal(vidmm_room(f.process, SYSTEM, 401 * MIB, VIDMM_COMMIT, &victim), -EDQUOT);
	vidmm_alloc_keep(b);
	assert_int_equal(vidmm_room(f.process, LOCAL, 100 * MIB, VIDMM_COMMIT, &victim), -EDQUOT);
	vidmm_alloc_destroy(a);
	vidmm_alloc_destroy(b);
	teardown(&f);
}

/* What a process that is leaving still has is to come; what one that stays has is not. */
static void test_room_to_come(void **state)
{
	struct fixture f = setup();
	struct vidmm_alloc *a = add(&f, 500, LOCAL), *b;
	struct vidmm_process *next;

	(void)state;
	assert_int_equal(vidmm_process_create(f.vgpu, 0, &next), 0);
	assert_false(vidmm_room_to_come(next, LOCAL, 101 * MIB));
	vidmm_process_set_leaving(f.process, true);
	vidmm_process_set_leaving(f.process, true);
	assert_false(vidmm_room_to_come(next, LOCAL, 100 * MIB)); /* fits now */
	assert_true(vidmm_room_to_come(next, LOCAL, 101 * MIB));
	assert_true(vidmm_room_to_come(next, LOCAL, 600 * MIB));
	assert_false(vidmm_room_to_come(next, LOCAL, 601 * MIB));
	assert_false(vidmm_room_to_come(next, SYSTEM, 401 * MIB));
	assert_false(vidmm_room_to_come(next, 2, MIB));
	assert_int_equal(vidmm_alloc_create(next, 100 * MIB, LOCAL, &b), 0);
	assert_true(vidmm_room_to_come(next, LOCAL, 500 * MIB));
	assert_false(vidmm_room_to_come(next, LOCAL, 501 * MIB));
	vidmm_process_set_leaving(f.process, false);
	assert_false(vidmm_room_to_come(next, LOCAL, 500 * MIB));
	vidmm_process_set_leaving(f.process, true);
	vidmm_alloc_destroy(a);
	assert_false(vidmm_room_to_come(next, LOCAL, 501 * MIB));
	vidmm_alloc_destroy(b);
	assert_int_equal(vidmm_process_destroy(next), 0);
	teardown(&f);
}

/* Resident room comes from what is resident only. */
static void test_resident_room(void **state)
{
	struct fixture f = setup();
	struct vidmm_alloc *idle = add(&f, 300, SYSTEM), *used = add(&f, 100, SYSTEM), *victim;
	struct vidmm_limits less = { .resident = { 600 * MIB, 120 * MIB },
				     .commit = { 0, 500 * MIB } };

	(void)state;
	assert_int_equal(vidmm_vgpu_set_limits(f.vgpu, &less), 0);
	assert_int_equal(vidmm_alloc_make_resident(used), 0);
	assert_int_equal(vidmm_alloc_offer(idle, VIDMM_OFFER_LOW), 0);
	assert_int_equal(vidmm_room(f.process, SYSTEM, 30 * MIB, VIDMM_RESIDENT, &victim), -EDQUOT);
	assert_int_equal(vidmm_alloc_offer(used, VIDMM_OFFER_HIGH), 0);
	assert_int_equal(vidmm_room(f.process, SYSTEM, 30 * MIB, VIDMM_RESIDENT, &victim), -EAGAIN);
	assert_ptr_equal(victim, used);
	assert_int_equal(vidmm_room(f.process, SYSTEM, 150 * MIB, VIDMM_COMMIT, &victim), -EAGAIN);
	assert_ptr_equal(victim, idle);
	/* Evicted, it is one of the others. */
	assert_int_equal(vidmm_alloc_evict(used), 0);
	assert_int_equal(vidmm_room(f.process, SYSTEM, 121 * MIB, VIDMM_RESIDENT, &victim),
			 -EDQUOT);
	vidmm_alloc_destroy(idle);
	vidmm_alloc_destroy(used);
	teardown(&f);
}

static void test_order(void **state)
{
	static const struct {
		uint32_t offer;
		uint32_t priority;
	} rows[] = {
		{ VIDMM_OFFER_LOW, 0 },
		{ VIDMM_OFFER_AUTO, VIDMM_PRIORITY_NORMAL - 1 },
		{ VIDMM_OFFER_LOW, UINT32_MAX },
		{ VIDMM_OFFER_NORMAL, 0 },
		{ VIDMM_OFFER_AUTO, VIDMM_PRIORITY_NORMAL },
		{ VIDMM_OFFER_AUTO, VIDMM_PRIORITY_HIGH - 1 },
		{ VIDMM_OFFER_HIGH, 0 },
		{ VIDMM_OFFER_AUTO, VIDMM_PRIORITY_HIGH },
	};
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct fixture f = setup();
	struct vidmm_alloc *alloc[N], *victim;
	unsigned int i;

	(void)state;
	for (i = N; i-- > 0;) {
		alloc[i] = add(&f, 75, LOCAL);
		if (i & 1)
			assert_int_equal(vidmm_alloc_make_resident(alloc[i]), 0);
		assert_int_equal(vidmm_alloc_offer(alloc[i], rows[i].offer), 0);
		vidmm_alloc_set_priority(alloc[i], rows[i].priority);
	}
	for (i = 0; i < N; i++) {
		assert_int_equal(
			vidmm_room(f.process, LOCAL, (i + 1) * 75 * MIB, VIDMM_COMMIT, &victim),
			-EAGAIN);
		assert_ptr_equal(victim, alloc[i]);
		vidmm_alloc_discard(victim);
		assert_int_equal(
			vidmm_room(f.process, LOCAL, (i + 1) * 75 * MIB, VIDMM_COMMIT, &victim), 0);
	}
	/* Equals go by age; an offer made again is the youngest. */
	for (i = 0; i < 3; i++) {
		assert_int_equal(vidmm_alloc_commit(alloc[i]), 0);
		vidmm_alloc_set_priority(alloc[i], 5);
		assert_int_equal(vidmm_alloc_offer(alloc[i], VIDMM_OFFER_HIGH), 0);
	}
	assert_int_equal(vidmm_alloc_offer(alloc[0], VIDMM_OFFER_HIGH), 0);
	for (i = 1; i <= 3; i++) {
		assert_int_equal(
			vidmm_room(f.process, LOCAL, (375 + i * 75) * MIB, VIDMM_COMMIT, &victim),
			-EAGAIN);
		assert_ptr_equal(victim, alloc[i % 3]);
		vidmm_alloc_discard(victim);
	}
	for (i = 0; i < N; i++)
		vidmm_alloc_destroy(alloc[i]);
	teardown(&f);
}

/* Off all accounts and back on; references of residency stay. */
static void test_discard(void **state)
{
	struct fixture f = setup();
	struct vidmm_alloc *a = add(&f, 300, LOCAL), *b;

	(void)state;
	assert_int_equal(vidmm_alloc_make_resident(a), 0);
	assert_int_equal(vidmm_alloc_make_resident(a), 0);
	vidmm_alloc_discard(a);
	vidmm_alloc_discard(a);
	assert_false(vidmm_alloc_committed(a));
	assert_int_equal(committed(&f, VIDMM_LOCAL), 0);
	assert_int_equal(resident(&f, VIDMM_LOCAL), 0);
	assert_int_equal(vidmm_alloc_evict(a), 0);
	assert_int_equal(vidmm_alloc_resident(a), 1);
	b = add(&f, 301, LOCAL);
	assert_int_equal(vidmm_alloc_commit(a), -EDQUOT);
	vidmm_alloc_destroy(b);
	assert_int_equal(vidmm_alloc_commit(a), 0);
	assert_int_equal(committed(&f, VIDMM_LOCAL), 300);
	assert_int_equal(resident(&f, VIDMM_LOCAL), 300);
	assert_int_equal(vidmm_alloc_evict(a), 0);
	assert_int_equal(resident(&f, VIDMM_LOCAL), 0);
	vidmm_alloc_discard(a);
	vidmm_alloc_destroy(a);
	assert_int_equal(committed(&f, VIDMM_LOCAL), 0);
	teardown(&f);
}

static void test_trim_for(void **state)
{
	struct fixture f = setup();
	struct vidmm_alloc *a = add(&f, 350, SYSTEM);

	(void)state;
	assert_int_equal(vidmm_trim_for(f.process, VIDMM_NON_LOCAL, 400 * MIB), 0);
	assert_int_equal(vidmm_trim_for(f.process, VIDMM_NON_LOCAL, 401 * MIB), MIB);
	assert_int_equal(vidmm_alloc_make_resident(a), 0);
	assert_int_equal(vidmm_trim_for(f.process, VIDMM_NON_LOCAL, 60 * MIB), 10 * MIB);
	assert_int_equal(vidmm_trim_for(f.process, VIDMM_NON_LOCAL, UINT64_MAX),
			 VIDMM_MAX_BYTES - 50 * MIB);
	vidmm_alloc_destroy(a);
	teardown(&f);
}

/* ---- random events; the model is the list itself ---- */

#define MODEL_ALLOCS 24u

struct model {
	struct vidmm_alloc *alloc;
	uint64_t mib;
	uint32_t refs;
	uint32_t offer; /* 0: not offered */
	bool there;
};

static uint64_t model_sum(const struct model *m, bool resident_only, bool offered_only)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < MODEL_ALLOCS; i++)
		if (m[i].alloc && m[i].there && (m[i].refs || !resident_only) &&
		    (m[i].offer || !offered_only))
			sum += m[i].mib;
	return sum;
}

static struct model *model_of(struct model *m, const struct vidmm_alloc *alloc)
{
	while (m->alloc != alloc)
		m++;
	return m;
}

static void model_create(struct fixture *f, struct model *m, struct model *mine, uint64_t mib)
{
	uint64_t left = 600 - model_sum(m, false, false), offered = model_sum(m, false, true);
	struct vidmm_alloc *victim;
	int ret;

	ret = vidmm_room(f->process, LOCAL, mib * MIB, VIDMM_COMMIT, &victim);
	assert_int_equal(ret, mib <= left ? 0 : mib <= left + offered ? -EAGAIN : -EDQUOT);
	while (ret == -EAGAIN) {
		struct model *v = model_of(m, victim);

		assert_true(v->offer && v->there);
		vidmm_alloc_discard(victim);
		v->there = false;
		ret = vidmm_room(f->process, LOCAL, mib * MIB, VIDMM_COMMIT, &victim);
		assert_true(!ret || ret == -EAGAIN);
	}
	if (ret)
		return;
	*mine = (struct model){ .alloc = add(f, mib, LOCAL), .mib = mib, .there = true };
}

static void model_change(struct fixture *f, struct model *m, struct model *mine, uint32_t what)
{
	int ret;

	switch (what) {
	case 0:
		vidmm_alloc_destroy(mine->alloc);
		mine->alloc = NULL;
		break;
	case 1:
		mine->offer = 1 + mine->mib % 4;
		assert_int_equal(vidmm_alloc_offer(mine->alloc, mine->offer), 0);
		break;
	case 2:
		mine->offer = 0;
		vidmm_alloc_keep(mine->alloc);
		break;
	case 3:
		mine->refs += !vidmm_alloc_make_resident(mine->alloc);
		break;
	case 4:
		assert_int_equal(vidmm_alloc_evict(mine->alloc), mine->refs ? 0 : -EINVAL);
		mine->refs -= !!mine->refs;
		break;
	default:
		ret = vidmm_alloc_commit(mine->alloc);
		assert_int_equal(ret, mine->there || model_sum(m, false, false) + mine->mib <= 600
					      ? 0
					      : -EDQUOT);
		mine->there |= !ret;
	}
	(void)f;
}

static void test_random(void **state)
{
	struct prng prng = { .state = 20261128 };
	struct model m[MODEL_ALLOCS + 1] = { 0 };
	struct fixture f = setup();
	unsigned int step, i;

	(void)state;
	for (step = 0; step < 50000; step++) {
		struct model *mine = &m[prng_below(&prng, MODEL_ALLOCS)];

		if (!mine->alloc)
			model_create(&f, m, mine, 1 + prng_below(&prng, 150));
		else
			model_change(&f, m, mine, prng_below(&prng, 8));
		if (mine->alloc && !prng_below(&prng, 4))
			vidmm_alloc_set_priority(mine->alloc, (uint32_t)prng_next(&prng));
		assert_int_equal(committed(&f, VIDMM_LOCAL), model_sum(m, false, false));
		assert_int_equal(resident(&f, VIDMM_LOCAL), model_sum(m, true, false));
	}
	for (i = 0; i < MODEL_ALLOCS; i++)
		vidmm_alloc_destroy(m[i].alloc);
	teardown(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_arguments), cmocka_unit_test(test_room),
		cmocka_unit_test(test_room_to_come),  cmocka_unit_test(test_resident_room),
		cmocka_unit_test(test_order),	      cmocka_unit_test(test_discard),
		cmocka_unit_test(test_trim_for),      cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

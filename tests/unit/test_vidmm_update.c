// SPDX-License-Identifier: MIT
/*
 * test_vidmm_update: gpuva_update(): each kind of step, what is refused, that nothing of a batch is
 * done when one step cannot be, at every allocation of memory that may fail; then random batches
 * against a model that knows every page.
 */
#include "cm.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "oom.h"
#include "prng.h"
#include "vidmm/gpuva.h"

#define PAGE GPUVA_PAGE_SIZE
#define BASE UINT64_C(0x100000)
#define OTHER UINT64_C(0x900000)
#define PAGES 64u
#define ALLOC_PAGES 1000u
#define MANY 100000u

/** struct model - what each page of the reservation at BASE shows. */
struct model {
	struct {
		uint64_t alloc;
		uint64_t page;
		uint64_t prot;
	} at[PAGES];
};

static struct gpuva *space_of(uint32_t max_entries)
{
	struct gpuva_place one = { .base = BASE, .size = PAGES * PAGE };
	struct gpuva_place two = { .base = OTHER, .size = PAGES * PAGE };
	struct gpuva *space;
	uint64_t va;

	assert_int_equal(gpuva_create(0, GPUVA_CEILING, max_entries, &space), 0);
	assert_int_equal(gpuva_reserve(space, &one, &va), 0);
	assert_int_equal(gpuva_reserve(space, &two, &va), 0);
	return space;
}

static struct gpuva_op map(uint64_t page, uint64_t pages, uint64_t alloc, uint64_t offset)
{
	return (struct gpuva_op){
		.kind = GPUVA_OP_MAP,
		.va = BASE + page * PAGE,
		.size = pages * PAGE,
		.backing = { alloc, ALLOC_PAGES * PAGE, offset * PAGE, GPUVA_WRITE },
	};
}

static struct gpuva_op unmap(uint64_t page, uint64_t pages, uint64_t prot)
{
	return (struct gpuva_op){
		.kind = GPUVA_OP_UNMAP,
		.va = BASE + page * PAGE,
		.size = pages * PAGE,
		.backing = { .prot = prot },
	};
}

static struct gpuva_op copy(uint64_t to, uint64_t from, uint64_t pages)
{
	return (struct gpuva_op){
		.kind = GPUVA_OP_COPY,
		.va = BASE + to * PAGE,
		.size = pages * PAGE,
		.source = BASE + from * PAGE,
	};
}

static int note(const struct gpuva_mapping *mapping, void *arg)
{
	struct model *model = arg;
	uint64_t first = (mapping->va - BASE) / PAGE, i;

	for (i = 0; i < mapping->size / PAGE; i++) {
		model->at[first + i].alloc = mapping->alloc;
		model->at[first + i].page = mapping->alloc ? mapping->offset / PAGE + i : 0;
		model->at[first + i].prot = mapping->prot;
	}
	return 0;
}

static struct model look(const struct gpuva *space)
{
	struct model model;

	memset(&model, 0, sizeof(model));
	gpuva_visit_range(space, BASE, PAGES * PAGE, note, &model);
	return model;
}

static void expect(const struct gpuva *space, uint64_t page, uint64_t alloc, uint64_t at)
{
	struct model model = look(space);

	assert_int_equal(model.at[page].alloc, alloc);
	assert_int_equal(model.at[page].page, at);
}

static void test_steps(void **state)
{
	struct gpuva *space = space_of(0);
	struct gpuva_op op[] = { map(0, 8, 1, 10), map(4, 2, 2, 0), copy(20, 3, 4),
				 unmap(0, 1, GPUVA_ZERO), map(30, 6, 3, 7) };

	(void)state;
	op[4].repeat = 2 * PAGE;
	assert_int_equal(gpuva_update(space, op, 5, MANY), 0);
	expect(space, 0, 0, 0);
	expect(space, 1, 1, 11);
	expect(space, 4, 2, 0);
	expect(space, 5, 2, 1);
	expect(space, 7, 1, 17);
	expect(space, 20, 1, 13);
	expect(space, 21, 2, 0);
	expect(space, 23, 1, 16);
	expect(space, 24, 0, 0);
	expect(space, 30, 3, 7);
	expect(space, 31, 3, 8);
	expect(space, 32, 3, 7);
	expect(space, 35, 3, 8);
	assert_int_equal(look(space).at[0].prot, GPUVA_ZERO);
	gpuva_destroy(space);
}

/* Overlapping copies, up and down; what the source does not show the destination does not either.
 */
static void test_overlap(void **state)
{
	struct gpuva *space = space_of(0);
	struct gpuva_op make = map(10, 4, 1, 0), up = copy(12, 10, 6), down = copy(8, 12, 4);

	(void)state;
	assert_int_equal(gpuva_update(space, &make, 1, MANY), 0);
	assert_int_equal(gpuva_update(space, &up, 1, MANY), 0);
	expect(space, 11, 1, 1);
	expect(space, 12, 1, 0);
	expect(space, 15, 1, 3);
	expect(space, 16, 0, 0);
	assert_int_equal(gpuva_update(space, &down, 1, MANY), 0);
	expect(space, 8, 1, 0);
	expect(space, 11, 1, 3);
	expect(space, 12, 1, 0);
	gpuva_destroy(space);
}

/* Sources may lie in another reservation, all in the same. */
static void test_other_reservation(void **state)
{
	struct gpuva *space = space_of(0);
	struct gpuva_op make = map(0, 2, 5, 0), take[2] = { copy(7, 0, 2), copy(9, 20, 1) };

	(void)state;
	make.va = OTHER;
	assert_int_equal(gpuva_update(space, &make, 1, MANY), 0);
	take[0].source = OTHER;
	assert_int_equal(gpuva_update(space, take, 1, MANY), 0);
	expect(space, 8, 5, 1);
	assert_int_equal(gpuva_update(space, take, 2, MANY), -EEXIST);
	gpuva_destroy(space);
}

static void test_refused(void **state)
{
	struct gpuva *space = space_of(0);
	struct gpuva_place place = { .base = 0x5000000, .size = 4 * PAGE };
	struct gpuva_backing backing = { 9, 4 * PAGE, 0, 0 };
	struct gpuva_op bad[14];
	struct model before;
	unsigned int i;
	uint64_t va;

	(void)state;
	assert_int_equal(gpuva_map(space, &place, &backing, &va), 0);
	for (i = 0; i < 10; i++)
		bad[i] = map(1, 4, 1, 0);
	bad[0].va += 1;
	bad[1].size = 0;
	bad[2].size = UINT64_MAX - PAGE + 1;
	bad[3].repeat = 3 * PAGE; /* four is no multiple */
	bad[4].repeat = 8 * PAGE;
	bad[5].repeat = 1;
	bad[6].backing.offset = (ALLOC_PAGES - 3) * PAGE;
	bad[7].backing.alloc = 0;
	bad[8].backing.prot = GPUVA_ZERO;
	bad[9].va = va; /* free-standing */
	bad[10] = map(PAGES - 1, 2, 1, 0); /* over the end */
	bad[11] = unmap(0, 1, GPUVA_WRITE);
	bad[12] = copy(0, PAGES - 1, 2);
	bad[13] = unmap(0, 1, GPUVA_ZERO);
	bad[13].backing.alloc = 1;
	before = look(space);
	for (i = 0; i < 14; i++) {
		struct gpuva_op batch[2] = { map(0, 2, 7, 0), bad[i] };
		int ret = gpuva_update(space, batch, 2, MANY);

		assert_true(ret == -EINVAL || ret == -EEXIST);
		assert_int_equal(gpuva_update_check(space, batch, 2), ret);
	}
	assert_int_equal(gpuva_update(space, bad, 0, MANY), -EINVAL);
	before = look(space);
	for (i = 0; i < PAGES; i++)
		assert_int_equal(before.at[i].alloc, 0);
	gpuva_destroy(space);
}

/* Two destinations in two reservations. */
static void test_one_reservation(void **state)
{
	struct gpuva *space = space_of(0);
	struct gpuva_op op[2] = { map(0, 1, 1, 0), map(0, 1, 1, 0) };

	(void)state;
	op[1].va = OTHER;
	assert_int_equal(gpuva_update(space, op, 2, MANY), -EEXIST);
	expect(space, 0, 0, 0);
	gpuva_destroy(space);
}

/* The limits of pieces and of entries, at them and one above. */
static void test_limits(void **state)
{
	struct gpuva *space = space_of(2 + 10);
	struct gpuva_op op = map(0, 11, 1, 0), ten = map(0, 10, 1, 0);

	(void)state;
	op.repeat = ten.repeat = PAGE;
	assert_int_equal(gpuva_update(space, &op, 1, MANY), -EDQUOT);
	expect(space, 0, 0, 0);
	assert_int_equal(gpuva_update(space, &ten, 1, 9), -EDQUOT);
	expect(space, 0, 0, 0);
	assert_int_equal(gpuva_update(space, &ten, 1, 10), 0);
	expect(space, 9, 1, 0);
	assert_int_equal(gpuva_entries(space), 12);
	/* What is there counts, too, and may be replaced at the limit. */
	assert_int_equal(gpuva_update(space, &ten, 1, 19), -EDQUOT);
	assert_int_equal(gpuva_update(space, &ten, 1, 20), 0);
	assert_int_equal(gpuva_entries(space), 12);
	gpuva_destroy(space);
}

static void test_out_of_memory(void **state)
{
	struct gpuva *space = space_of(0);
	struct gpuva_op make = map(0, 12, 1, 0);
	struct gpuva_op op[] = { map(2, 2, 2, 0), copy(30, 0, 6), unmap(1, 4, GPUVA_NO_ACCESS) };
	struct model before, after;
	unsigned int n;
	int ret = -ENOMEM;

	(void)state;
	assert_int_equal(gpuva_update(space, &make, 1, MANY), 0);
	before = look(space);
	for (n = 1; ret; n++) {
		oom_fail_nth(n);
		ret = gpuva_update(space, op, 3, MANY);
		oom_fail_nth(0);
		after = look(space);
		if (!ret)
			break;
		assert_int_equal(ret, -ENOMEM);
		assert_memory_equal(&before, &after, sizeof(before));
	}
	assert_true(n > 5);
	gpuva_destroy(space);
}

/* ---- random batches ---- */

static void model_apply(struct model *model, const struct gpuva_op *op)
{
	uint64_t page = (op->va - BASE) / PAGE, n = op->size / PAGE, i;
	uint64_t repeat = op->repeat ? op->repeat / PAGE : n;
	struct model old = *model;

	for (i = 0; i < n; i++) {
		if (op->kind == GPUVA_OP_COPY) {
			model->at[page + i] = old.at[(op->source - BASE) / PAGE + i];
			continue;
		}
		model->at[page + i].alloc = op->backing.alloc;
		model->at[page + i].prot = op->backing.prot;
		model->at[page + i].page =
			op->backing.alloc ? op->backing.offset / PAGE + i % repeat : 0;
	}
}

static struct gpuva_op random_op(struct prng *prng)
{
	uint64_t n = 1 + prng_below(prng, 12), page = prng_below(prng, PAGES - 12);
	struct gpuva_op op;

	switch (prng_below(prng, 4)) {
	case 0:
		return unmap(page, n, prng_below(prng, 2) ? GPUVA_ZERO : GPUVA_NO_ACCESS);
	case 1:
		return copy(page, prng_below(prng, PAGES - 12), n);
	default:
		op = map(page, n, 1 + prng_below(prng, 5), prng_below(prng, 100));
		op.repeat = n % 3 ? 0 : n / 3 * PAGE;
		return op;
	}
}

static void test_random(void **state)
{
	struct gpuva *space = space_of(0);
	struct prng prng = { .state = 4711 };
	struct model model, got;
	struct gpuva_op op[8];
	unsigned int step, i, n;
	int ret;

	(void)state;
	model = look(space);
	for (step = 0; step < 20000; step++) {
		n = 1 + prng_below(&prng, 8);
		for (i = 0; i < n; i++)
			op[i] = random_op(&prng);
		ret = gpuva_update(space, op, n, prng_below(&prng, 8) ? MANY : 1);
		assert_true(!ret || ret == -EDQUOT);
		for (i = 0; i < n && !ret; i++)
			model_apply(&model, &op[i]);
		got = look(space);
		assert_memory_equal(&got, &model, sizeof(got));
	}
	gpuva_destroy(space);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_other_reservation),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_one_reservation),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

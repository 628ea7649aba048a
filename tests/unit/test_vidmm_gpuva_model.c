// SPDX-License-Identifier: MIT
/*
 * test_vidmm_gpuva_model: random operations on a GPU VA space against a model with one entry per
 * page, which knows nothing of trees or splits.  After every step the result, every page and the
 * number of entries must agree; a small limit of entries makes -EDQUOT part of the game.
 */
#include "cm.h"

#include <errno.h>
#include <stdbool.h>

#include "prng.h"
#include "vidmm/gpuva.h"

#define PAGE GPUVA_PAGE_SIZE
#define BASE GPUVA_FLOOR
#define PAGES 96
#define MAX_ENTRIES 24
#define ROUNDS 60000
#define ALLOCS 5

/**
 * struct page - one page of the model.
 * @hold: number of the reservation or free-standing mapping that holds it; 0 for nobody.
 * @map: number of the mapping; 0 for none.  Cutting keeps numbers: the parts do not touch.
 */
struct page {
	uint32_t hold;
	bool reserved;
	uint32_t map;
	uint64_t alloc;
	uint64_t offset;
	uint64_t prot;
};

struct model {
	struct page pages[PAGES];
	uint32_t next;
};

static uint32_t model_entries(const struct model *model)
{
	uint32_t count = 0, hold = 0, map = 0;

	for (int i = 0; i < PAGES; i++) {
		const struct page *page = &model->pages[i];
		bool new_map = page->map && page->map != map;

		count += new_map;
		if (page->hold && page->reserved)
			count += page->hold != hold;
		else if (page->hold)
			count += new_map;
		hold = page->hold;
		map = page->map;
	}
	return count;
}

static bool model_free_range(const struct model *model, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		if (model->pages[i].hold)
			return false;
	return true;
}

/* The lowest free range of @n pages in [@lo, @hi); PAGES for none. */
static uint32_t model_lowest(const struct model *model, uint32_t lo, uint32_t hi, uint32_t n)
{
	for (uint32_t i = lo; i + n <= hi; i++)
		if (model_free_range(model, i, n))
			return i;
	return PAGES;
}

/* May [first, first + n) be mapped: inside one reservation, or all standing, or all free? */
static bool model_may_map(const struct model *model, uint32_t first, uint32_t n)
{
	const struct page *page = &model->pages[first];

	for (uint32_t i = 0; i < n; i++) {
		if (!page->hold != !page[i].hold || page->reserved != page[i].reserved)
			return false;
		if (page->reserved && page->hold != page[i].hold)
			return false;
	}
	return true;
}

static void model_map(struct model *model, uint32_t first, uint32_t n,
		      const struct gpuva_backing *backing)
{
	uint32_t map = ++model->next;

	for (uint32_t i = 0; i < n; i++) {
		struct page *page = &model->pages[first + i];

		page->hold = page->reserved ? page->hold : map;
		page->map = map;
		page->alloc = backing->alloc;
		page->offset = backing->alloc ? backing->offset + i * PAGE : 0;
		page->prot = backing->prot;
	}
}

static void model_reserve(struct model *model, uint32_t first, uint32_t n)
{
	uint32_t hold = ++model->next;

	for (uint32_t i = first; i < first + n; i++) {
		model->pages[i].hold = hold;
		model->pages[i].reserved = true;
	}
}

static void model_free(struct model *model, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		model->pages[i] = (struct page){ 0 };
}

static bool model_readable(const struct model *model, uint32_t first, uint32_t n, uint64_t prot)
{
	for (uint32_t i = first; i < first + n; i++)
		if (i >= PAGES || !model->pages[i].alloc || (model->pages[i].prot & prot) != prot)
			return false;
	return true;
}

static void compare(const struct gpuva *space, const struct model *model, struct prng *prng)
{
	uint32_t first = prng_below(prng, PAGES), n = 1 + prng_below(prng, 10);

	assert_int_equal(gpuva_entries(space), model_entries(model));
	for (uint32_t i = 0; i < PAGES; i++) {
		const struct page *page = &model->pages[i];
		struct gpuva_mapping m;
		int ret = gpuva_lookup(space, BASE + i * PAGE + 17, &m);

		assert_int_equal(ret, page->map ? 0 : -EFAULT);
		if (ret)
			continue;
		assert_int_equal(m.alloc, page->alloc);
		assert_int_equal(m.prot, page->prot);
		if (page->alloc)
			assert_int_equal(m.offset + (BASE + i * PAGE - m.va), page->offset);
		assert_true(i == 0 || page[-1].map != page->map || m.va <= BASE + (i - 1) * PAGE);
	}
	assert_int_equal(gpuva_check(space, BASE + first * PAGE, n * PAGE, 0),
			 model_readable(model, first, n, 0) ? 0 : -EFAULT);
	assert_int_equal(gpuva_check(space, BASE + first * PAGE, n * PAGE, GPUVA_CHECK_WRITE),
			 model_readable(model, first, n, GPUVA_WRITE) ? 0 : -EFAULT);
}

/** struct target - a random place, and the page where the model says it goes (PAGES: nowhere). */
struct target {
	struct gpuva_place place;
	uint32_t first;
	uint32_t n;
};

static struct target random_target(const struct model *model, struct prng *prng)
{
	struct target target = { .n = 1 + prng_below(prng, 12) };
	uint32_t lo = prng_below(prng, PAGES), hi = prng_below(prng, PAGES + 20);

	target.place.size = target.n * PAGE;
	if (prng_below(prng, 3)) {
		target.first = prng_below(prng, PAGES - target.n + 1);
		target.place.base = BASE + target.first * PAGE;
		return target;
	}
	if (prng_below(prng, 2)) {
		target.place.min = BASE + lo * PAGE;
		target.place.max = BASE + hi * PAGE;
		target.first = model_lowest(model, lo, hi < PAGES ? hi : PAGES, target.n);
	} else {
		target.first = model_lowest(model, 0, PAGES, target.n);
	}
	return target;
}

/* The result the model expects of an operation that leads to @after. */
static int expect(const struct target *target, bool allowed, const struct model *after)
{
	if (target->first == PAGES)
		return -ENOSPC;
	if (!allowed)
		return -EEXIST;
	return model_entries(after) > MAX_ENTRIES ? -EDQUOT : 0;
}

static void step_reserve(struct gpuva *space, struct model *model, struct prng *prng)
{
	struct target target = random_target(model, prng);
	struct model after = *model;
	bool allowed = target.first < PAGES && model_free_range(model, target.first, target.n);
	uint64_t va = 0;
	int want;

	if (allowed)
		model_reserve(&after, target.first, target.n);
	want = expect(&target, allowed, &after);
	assert_int_equal(gpuva_reserve(space, &target.place, &va), want);
	if (want)
		return;
	assert_int_equal(va, BASE + target.first * PAGE);
	*model = after;
}

static void step_map(struct gpuva *space, struct model *model, struct prng *prng)
{
	struct target target = random_target(model, prng);
	struct model after = *model;
	bool allowed = target.first < PAGES && model_may_map(model, target.first, target.n);
	struct gpuva_backing backing = { .alloc = prng_below(prng, ALLOCS + 1) };
	uint64_t va = 0;
	int want;

	if (backing.alloc) {
		backing.offset = prng_below(prng, 8) * PAGE;
		backing.alloc_size = backing.offset + target.place.size;
		backing.prot = prng_below(prng, 2) ? GPUVA_WRITE : 0;
	} else {
		backing.prot = prng_below(prng, 2) ? GPUVA_ZERO : GPUVA_NO_ACCESS;
	}
	if (allowed)
		model_map(&after, target.first, target.n, &backing);
	want = expect(&target, allowed, &after);
	assert_int_equal(gpuva_map(space, &target.place, &backing, &va), want);
	if (want)
		return;
	assert_int_equal(va, BASE + target.first * PAGE);
	*model = after;
}

static void step_free(struct gpuva *space, struct model *model, struct prng *prng)
{
	uint32_t n = 1 + prng_below(prng, 16), first = prng_below(prng, PAGES - n + 1);
	struct model after = *model;
	int want;

	model_free(&after, first, n);
	want = model_free_range(model, first, n) ? -ENOENT : 0;
	if (!want && model_entries(&after) > MAX_ENTRIES)
		want = -EDQUOT;
	assert_int_equal(gpuva_free(space, BASE + first * PAGE, n * PAGE), want);
	if (!want)
		*model = after;
}

static void step_unmap_alloc(struct gpuva *space, struct model *model, struct prng *prng)
{
	uint64_t alloc = 1 + prng_below(prng, ALLOCS);
	uint32_t count = 0, map = 0;

	if (prng_below(prng, 8))
		return;
	for (int i = 0; i < PAGES; i++) {
		struct page *page = &model->pages[i];
		uint32_t this_map = page->map;

		if (page->map && page->alloc == alloc) {
			count += page->map != map;
			*page = (struct page){ .hold = page->reserved ? page->hold : 0,
					       .reserved = page->reserved };
		}
		map = this_map;
	}
	assert_int_equal(gpuva_unmap_alloc(space, alloc), count);
}

typedef void (*step_fn)(struct gpuva *space, struct model *model, struct prng *prng);

static const step_fn steps[] = { step_reserve, step_map,  step_map,
				 step_map,     step_free, step_unmap_alloc };

static void test_model(void **state)
{
	struct prng prng = { .state = 0x69707576 };
	struct model model = { .next = 0 };
	struct gpuva *space;

	(void)state;
	assert_int_equal(gpuva_create(0, BASE + PAGES * PAGE, MAX_ENTRIES, &space), 0);
	for (int round = 0; round < ROUNDS; round++) {
		steps[prng_below(&prng, sizeof(steps) / sizeof(steps[0]))](space, &model, &prng);
		compare(space, &model, &prng);
	}
	gpuva_destroy(space);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

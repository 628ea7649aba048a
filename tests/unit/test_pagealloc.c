// SPDX-License-Identifier: MIT
/*
 * test_pagealloc: limits and errors one by one, then random operations against a naive model with
 * one entry per page, compared in full after every step; then every operation with memory failing.
 */
#include "cm.h"

#include <errno.h>
#include <stdbool.h>

#include "oom.h"
#include "prng.h"
#include "vidmm/pagealloc.h"

#define PAGES 192
#define ROUNDS 60000

static struct pagealloc *make(uint64_t npages)
{
	struct pagealloc *pa;

	assert_int_equal(pagealloc_create(npages, &pa), 0);
	return pa;
}

static void test_create_limits(void **state)
{
	struct pagealloc *pa = NULL;

	(void)state;
	assert_int_equal(pagealloc_create(0, &pa), -EINVAL);
	assert_int_equal(pagealloc_create(PAGEALLOC_MAX_PAGES + 1, &pa), -EINVAL);
	assert_null(pa);
	assert_int_equal(pagealloc_create(PAGEALLOC_MAX_PAGES, &pa), 0);
	pagealloc_destroy(pa);
	pagealloc_destroy(NULL);
}

static void test_alloc_arguments(void **state)
{
	struct pagealloc *pa = make(16);
	uint64_t first = 99;

	(void)state;
	assert_int_equal(pagealloc_alloc(pa, 0, 1, &first), -EINVAL);
	assert_int_equal(pagealloc_alloc(pa, 1, 0, &first), -EINVAL);
	assert_int_equal(pagealloc_alloc(pa, 1, 3, &first), -EINVAL);
	assert_int_equal(pagealloc_alloc(pa, 17, 1, &first), -ENOSPC);
	assert_int_equal(pagealloc_alloc(pa, UINT64_MAX, 1, &first), -ENOSPC);
	assert_int_equal(pagealloc_alloc(pa, UINT64_MAX, UINT64_C(1) << 63, &first), -ENOSPC);
	assert_int_equal(first, 99);
	assert_int_equal(pagealloc_alloc(pa, 16, UINT64_C(1) << 63, &first), 0);
	assert_int_equal(first, 0);
	assert_int_equal(pagealloc_alloc(pa, 1, 1, &first), -ENOSPC);
	pagealloc_destroy(pa);
}

static void test_reserve(void **state)
{
	struct pagealloc *pa = make(16);
	uint64_t first;

	(void)state;
	assert_int_equal(pagealloc_reserve(pa, 0, 0), -EINVAL);
	assert_int_equal(pagealloc_reserve(pa, 16, 1), -EINVAL);
	assert_int_equal(pagealloc_reserve(pa, 15, 2), -EINVAL);
	assert_int_equal(pagealloc_reserve(pa, 1, UINT64_MAX), -EINVAL);
	assert_int_equal(pagealloc_reserve(pa, 15, 1), 0);
	assert_int_equal(pagealloc_reserve(pa, 15, 1), -EBUSY);
	assert_int_equal(pagealloc_reserve(pa, 10, 6), -EBUSY);
	assert_int_equal(pagealloc_alloc(pa, 16, 1, &first), -ENOSPC);
	assert_int_equal(pagealloc_alloc(pa, 15, 1, &first), 0);
	assert_int_equal(pagealloc_free(pa, 15, 1), 0);
	pagealloc_destroy(pa);
}

static void test_free_is_exact(void **state)
{
	struct pagealloc *pa = make(16);
	uint64_t a, b;

	(void)state;
	assert_int_equal(pagealloc_alloc(pa, 4, 1, &a), 0);
	assert_int_equal(pagealloc_alloc(pa, 4, 1, &b), 0);
	assert_int_equal(pagealloc_free(pa, a, 3), -EINVAL);
	assert_int_equal(pagealloc_free(pa, a, 8), -EINVAL);
	assert_int_equal(pagealloc_free(pa, a + 1, 3), -EINVAL);
	assert_int_equal(pagealloc_free(pa, 8, 1), -EINVAL);
	assert_int_equal(pagealloc_free(pa, 1000, 1), -EINVAL);
	assert_int_equal(pagealloc_free(pa, a, 4), 0);
	assert_int_equal(pagealloc_free(pa, a, 4), -EINVAL);
	assert_int_equal(pagealloc_free(pa, b, 4), 0);
	pagealloc_destroy(pa);
}

/* Freed pages reach nobody before they are cleaned, and are handed to the cleaner in bounded
 * chunks. */
static void test_dirty_before_reuse(void **state)
{
	struct pagealloc *pa = make(8);
	uint64_t first, n;

	(void)state;
	assert_int_equal(pagealloc_next_dirty(pa, 1, &first, &n), -ENOENT);
	assert_int_equal(pagealloc_next_dirty(pa, 0, &first, &n), -EINVAL);
	assert_int_equal(pagealloc_alloc(pa, 8, 1, &first), 0);
	assert_int_equal(pagealloc_free(pa, 0, 8), 0);
	assert_int_equal(pagealloc_alloc(pa, 1, 1, &first), -ENOSPC);
	assert_int_equal(pagealloc_clean(pa, 6, 3), -EINVAL);
	for (uint64_t at = 0; at < 8; at += n) {
		assert_int_equal(pagealloc_next_dirty(pa, 3, &first, &n), 0);
		assert_int_equal(first, at);
		assert_int_equal(n, at < 6 ? 3 : 2);
		assert_int_equal(pagealloc_alloc(pa, at + 1, 1, &first), -ENOSPC);
		assert_int_equal(pagealloc_clean(pa, at, n), 0);
	}
	assert_int_equal(pagealloc_clean(pa, 0, 1), -EINVAL);
	assert_int_equal(pagealloc_alloc(pa, 8, 1, &first), 0);
	pagealloc_destroy(pa);
}

static void test_best_fit(void **state)
{
	struct pagealloc *pa = make(32);
	uint64_t first;

	(void)state;
	/* Free runs of 5 at 0, 3 at 6, 22 at 10. */
	assert_int_equal(pagealloc_reserve(pa, 5, 1), 0);
	assert_int_equal(pagealloc_reserve(pa, 9, 1), 0);
	assert_int_equal(pagealloc_alloc(pa, 3, 1, &first), 0);
	assert_int_equal(first, 6);
	assert_int_equal(pagealloc_alloc(pa, 4, 1, &first), 0);
	assert_int_equal(first, 0);
	assert_int_equal(pagealloc_alloc(pa, 6, 1, &first), 0);
	assert_int_equal(first, 10);
	pagealloc_destroy(pa);
}

/** struct model - per page its state and which allocation it belongs to; naive in everything. */
enum model_state { MODEL_FREE, MODEL_USED, MODEL_DIRTY };

struct model {
	enum model_state state[PAGES];
	uint32_t owner[PAGES];
	uint32_t next_owner;
};

static uint64_t model_run(const struct model *model, uint64_t page, enum model_state state)
{
	uint64_t end = page;

	while (end < PAGES && model->state[end] == state)
		end++;
	return end - page;
}

/* First page of the shortest (lowest of equals) free run of at least @n; PAGES for none. */
static uint64_t model_best(const struct model *model, uint64_t n)
{
	uint64_t best = PAGES, best_len = UINT64_MAX, len;

	for (uint64_t page = 0; page < PAGES; page += len ? len : 1) {
		len = model_run(model, page, MODEL_FREE);
		if (len >= n && len < best_len) {
			best = page;
			best_len = len;
		}
	}
	return best;
}

static bool model_fits_aligned(const struct model *model, uint64_t n, uint64_t align)
{
	for (uint64_t page = 0; page < PAGES; page += align)
		if (model_run(model, page, MODEL_FREE) >= n)
			return true;
	return false;
}

static void model_set(struct model *model, uint64_t first, uint64_t n, enum model_state state)
{
	uint32_t owner = state == MODEL_USED ? ++model->next_owner : 0;

	for (uint64_t i = first; i < first + n; i++) {
		model->state[i] = state;
		model->owner[i] = owner;
	}
}

static void compare(struct pagealloc *pa, const struct model *model)
{
	uint64_t count[3] = { 0 }, largest = 0, first, n, dirty = 0;
	struct pagealloc_stats stats;

	for (uint64_t i = 0; i < PAGES; i++) {
		uint64_t len = model_run(model, i, MODEL_FREE);

		count[model->state[i]]++;
		largest = len > largest ? len : largest;
	}
	pagealloc_get_stats(pa, &stats);
	assert_int_equal(stats.free, count[MODEL_FREE]);
	assert_int_equal(stats.used, count[MODEL_USED]);
	assert_int_equal(stats.dirty, count[MODEL_DIRTY]);
	assert_int_equal(stats.largest_free, largest);
	while (dirty < PAGES && model->state[dirty] != MODEL_DIRTY)
		dirty++;
	if (dirty == PAGES) {
		assert_int_equal(pagealloc_next_dirty(pa, 1, &first, &n), -ENOENT);
		return;
	}
	assert_int_equal(pagealloc_next_dirty(pa, PAGES, &first, &n), 0);
	assert_int_equal(first, dirty);
	assert_int_equal(n, model_run(model, dirty, MODEL_DIRTY));
}

static void step_alloc(struct pagealloc *pa, struct model *model, struct prng *prng)
{
	uint64_t align = prng_below(prng, 3) ? 1 : UINT64_C(1) << prng_below(prng, 6);
	uint64_t n = 1 + prng_below(prng, prng_below(prng, 8) ? 12 : 70);
	uint64_t first;
	int ret = pagealloc_alloc(pa, n, align, &first);

	if (!model_fits_aligned(model, n, align)) {
		assert_int_equal(ret, -ENOSPC);
		return;
	}
	assert_int_equal(ret, 0);
	assert_int_equal(first % align, 0);
	assert_true(first < PAGES && model_run(model, first, MODEL_FREE) >= n);
	if (align == 1)
		assert_int_equal(first, model_best(model, n));
	model_set(model, first, n, MODEL_USED);
}

static void step_reserve(struct pagealloc *pa, struct model *model, struct prng *prng)
{
	uint64_t first = prng_below(prng, PAGES), n = prng_below(prng, 8);
	int want = model_run(model, first, MODEL_FREE) >= n ? 0 : -EBUSY;

	if (!n || first + n > PAGES)
		want = -EINVAL;
	assert_int_equal(pagealloc_reserve(pa, first, n), want);
	if (!want)
		model_set(model, first, n, MODEL_USED);
}

/* Free the allocation at a random page, now and then with a wrong length. */
static void step_free(struct pagealloc *pa, struct model *model, struct prng *prng)
{
	uint64_t first = prng_below(prng, PAGES), n = 0;
	uint32_t owner = model->owner[first];
	int wrong = !prng_below(prng, 8);

	while (first && owner && model->owner[first - 1] == owner)
		first--;
	while (owner && first + n < PAGES && model->owner[first + n] == owner)
		n++;
	if (!owner || wrong) {
		assert_int_equal(pagealloc_free(pa, first, n + 1), -EINVAL);
		return;
	}
	assert_int_equal(pagealloc_free(pa, first, n), 0);
	model_set(model, first, n, MODEL_DIRTY);
}

static void step_clean(struct pagealloc *pa, struct model *model, struct prng *prng)
{
	uint64_t first = prng_below(prng, PAGES), n = 1 + prng_below(prng, 20);
	int want = model_run(model, first, MODEL_DIRTY) >= n ? 0 : -EINVAL;

	assert_int_equal(pagealloc_clean(pa, first, n), want);
	if (!want)
		model_set(model, first, n, MODEL_FREE);
	if (pagealloc_next_dirty(pa, 1 + prng_below(prng, 16), &first, &n))
		return;
	assert_int_equal(pagealloc_clean(pa, first, n), 0);
	model_set(model, first, n, MODEL_FREE);
}

typedef void (*step_fn)(struct pagealloc *pa, struct model *model, struct prng *prng);

static const step_fn steps[] = { step_alloc, step_alloc, step_reserve,
				 step_free,  step_free,	 step_clean };

static void test_model(void **state)
{
	struct prng prng = { .state = 0xa110c };
	struct model model = { .next_owner = 0 };
	struct pagealloc *pa = make(PAGES);

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		steps[prng_below(&prng, sizeof(steps) / sizeof(steps[0]))](pa, &model, &prng);
		compare(pa, &model);
	}
	pagealloc_destroy(pa);
}

/* Any operation that runs out of memory says so and changes nothing. */
static void test_out_of_memory(void **state)
{
	struct pagealloc *pa = NULL;
	struct model model = { .next_owner = 0 };
	uint64_t first = 77;

	(void)state;
	for (unsigned int n = 1; n <= 2; n++) {
		oom_fail_nth(n);
		assert_int_equal(pagealloc_create(PAGES, &pa), -ENOMEM);
		assert_null(pa);
	}
	pa = make(PAGES);
	oom_fail_nth(1);
	assert_int_equal(pagealloc_alloc(pa, 4, 1, &first), -ENOMEM);
	assert_int_equal(first, 77);
	compare(pa, &model);
	for (unsigned int n = 1; n <= 2; n++) {
		oom_fail_nth(n);
		assert_int_equal(pagealloc_reserve(pa, 8, 8), -ENOMEM);
		compare(pa, &model);
	}
	assert_int_equal(pagealloc_reserve(pa, 0, PAGES), 0);
	oom_fail_nth(1);
	assert_int_equal(pagealloc_free(pa, 0, PAGES), 0);
	assert_true(oom_pending());
	model_set(&model, 0, PAGES, MODEL_DIRTY);
	assert_int_equal(pagealloc_clean(pa, 3, 3), -ENOMEM);
	compare(pa, &model);
	pagealloc_destroy(pa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_limits),
		cmocka_unit_test(test_alloc_arguments),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_free_is_exact),
		cmocka_unit_test(test_dirty_before_reuse),
		cmocka_unit_test(test_best_fit),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

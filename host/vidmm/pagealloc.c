// SPDX-License-Identifier: MIT
/*
 * pagealloc: see pagealloc.h.  The whole range is partitioned into runs, each of one state.  All
 * runs are in ->runs, by address; free runs also in ->free, by length and then address (best fit);
 * dirty runs also in ->dirty, by address.
 *
 * Invariants: runs do not overlap and leave no hole; no two neighbouring runs are both free or both
 * dirty; each live allocation is exactly one used run, so that a wrong or double free is
 * recognised. A bitmap was rejected: a contiguous run would cost a scan of it, and its size follows
 * the memory's.
 */
#include "vidmm/pagealloc.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "vidmm/avltree.h"

enum run_state { RUN_FREE, RUN_USED, RUN_DIRTY, RUN_STATES };

/**
 * struct run - pages [first, first + npages) of one state.
 * @by_addr: link in pagealloc->runs.
 * @by_state: link in the index of its state, if that has one.
 */
struct run {
	struct avl_node by_addr;
	struct avl_node by_state;
	uint64_t first;
	uint64_t npages;
	enum run_state state;
};

/**
 * struct pagealloc - an allocator.
 * @index: per state the tree of its runs; RUN_USED has none, its tree stays empty.
 * @pages: per state the number of pages.
 */
struct pagealloc {
	struct avl_tree runs;
	struct avl_tree index[RUN_STATES];
	uint64_t pages[RUN_STATES];
	uint64_t npages;
};

static struct run *run_of(const struct avl_node *node)
{
	return node ? avl_entry(node, struct run, by_addr) : NULL;
}

static struct run *indexed_run(const struct avl_node *node)
{
	return node ? avl_entry(node, struct run, by_state) : NULL;
}

static bool run_addr_before(const struct avl_node *a, const struct avl_node *b)
{
	return run_of(a)->first < run_of(b)->first;
}

static bool run_dirty_before(const struct avl_node *a, const struct avl_node *b)
{
	return indexed_run(a)->first < indexed_run(b)->first;
}

static bool run_free_before(const struct avl_node *a, const struct avl_node *b)
{
	const struct run *x = indexed_run(a), *y = indexed_run(b);

	return x->npages != y->npages ? x->npages < y->npages : x->first < y->first;
}

static const struct avl_ops run_addr_ops = { .before = run_addr_before };
static const struct avl_ops run_index_ops[RUN_STATES] = {
	[RUN_FREE] = { .before = run_free_before },
	[RUN_DIRTY] = { .before = run_dirty_before },
};

static void run_index(struct pagealloc *pa, struct run *run)
{
	if (run->state != RUN_USED)
		avl_insert(&pa->index[run->state], &run->by_state);
	pa->pages[run->state] += run->npages;
}

static void run_unindex(struct pagealloc *pa, struct run *run)
{
	if (run->state != RUN_USED)
		avl_remove(&pa->index[run->state], &run->by_state);
	pa->pages[run->state] -= run->npages;
}

/* The run that contains @page, which is inside the range. */
static struct run *run_find(const struct pagealloc *pa, uint64_t page)
{
	struct avl_node *node = pa->runs.root;

	while (node) {
		struct run *run = run_of(node);

		if (page < run->first)
			node = node->left;
		else if (page - run->first >= run->npages)
			node = node->right;
		else
			return run;
	}
	return NULL;
}

/* The run that is all of [@first, @first + @npages) or contains it; NULL for none or a bad range.
 */
static struct run *run_covering(const struct pagealloc *pa, uint64_t first, uint64_t npages)
{
	struct run *run;

	if (!npages || first >= pa->npages || npages > pa->npages - first)
		return NULL;
	run = run_find(pa, first);
	return run->npages - (first - run->first) >= npages ? run : NULL;
}

/* Make @run, unindexed, one with its neighbours of the same state. */
static void run_coalesce(struct pagealloc *pa, struct run *run)
{
	struct run *prev = run_of(avl_prev(&run->by_addr));
	struct run *next = run_of(avl_next(&run->by_addr));

	if (next && next->state == run->state) {
		run_unindex(pa, next);
		avl_remove(&pa->runs, &next->by_addr);
		run->npages += next->npages;
		free(next);
	}
	if (prev && prev->state == run->state) {
		run_unindex(pa, prev);
		avl_remove(&pa->runs, &prev->by_addr);
		run->first = prev->first;
		run->npages += prev->npages;
		free(prev);
	}
}

/* Cut [@first, @first + @npages) off @run, both of which stay unindexed, using @spare for the rest.
 */
static void run_trim(struct pagealloc *pa, struct run *run, uint64_t first, uint64_t npages,
		     struct run **spare)
{
	uint64_t before = first - run->first;
	uint64_t after = run->npages - before - npages;
	const struct run rests[2] = {
		{ .first = run->first, .npages = before, .state = run->state },
		{ .first = first + npages, .npages = after, .state = run->state },
	};

	run->first = first;
	run->npages = npages;
	for (int i = 0; i < 2; i++) {
		struct run *rest = spare[i];

		if (!rests[i].npages)
			continue;
		spare[i] = NULL;
		*rest = rests[i];
		avl_insert(&pa->runs, &rest->by_addr);
		run_index(pa, rest);
	}
}

/* Give the part [@first, @first + @npages) of @run the new @state. */
static int run_convert(struct pagealloc *pa, struct run *run, uint64_t first, uint64_t npages,
		       enum run_state state)
{
	struct run *spare[2] = { NULL, NULL };
	int ret = 0;

	if (first > run->first)
		spare[0] = calloc(1, sizeof(*spare[0]));
	if (first - run->first + npages < run->npages)
		spare[1] = calloc(1, sizeof(*spare[1]));
	if ((first > run->first && !spare[0]) ||
	    (first - run->first + npages < run->npages && !spare[1])) {
		ret = -ENOMEM;
		goto out_free_spare;
	}
	run_unindex(pa, run);
	run_trim(pa, run, first, npages, spare);
	run->state = state;
	if (state != RUN_USED)
		run_coalesce(pa, run);
	run_index(pa, run);
out_free_spare:
	free(spare[0]);
	free(spare[1]);
	return ret;
}

int pagealloc_create(uint64_t npages, struct pagealloc **ret_pa)
{
	struct pagealloc *pa;
	struct run *run;

	if (!npages || npages > PAGEALLOC_MAX_PAGES)
		return -EINVAL;
	pa = calloc(1, sizeof(*pa));
	run = calloc(1, sizeof(*run));
	if (!pa || !run) {
		free(pa);
		free(run);
		return -ENOMEM;
	}
	pa->npages = npages;
	avl_init(&pa->runs, &run_addr_ops);
	for (int i = 0; i < RUN_STATES; i++)
		avl_init(&pa->index[i], &run_index_ops[i]);
	run->npages = npages;
	run->state = RUN_FREE;
	avl_insert(&pa->runs, &run->by_addr);
	run_index(pa, run);
	*ret_pa = pa;
	return 0;
}

void pagealloc_destroy(struct pagealloc *pa)
{
	struct avl_node *node;

	if (!pa)
		return;
	while ((node = pa->runs.root)) {
		avl_remove(&pa->runs, node);
		free(run_of(node));
	}
	free(pa);
}

/* The first free run, in order of length and address, of at least @npages. */
static struct run *free_run_of(const struct pagealloc *pa, uint64_t npages)
{
	struct avl_node *node = pa->index[RUN_FREE].root;
	struct run *best = NULL;

	while (node) {
		struct run *run = indexed_run(node);

		if (run->npages >= npages) {
			best = run;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

/* Pages to skip from the start of @run to a multiple of @align, a power of two. */
static uint64_t run_skip(const struct run *run, uint64_t align)
{
	return -run->first & (align - 1);
}

static bool run_fits(const struct run *run, uint64_t npages, uint64_t align)
{
	uint64_t skip = run_skip(run, align);

	return skip < run->npages && run->npages - skip >= npages;
}

/* Best fit: first a look at the closest run, then one that fits however it lies, then one by one.
 */
static struct run *free_run_find(const struct pagealloc *pa, uint64_t npages, uint64_t align)
{
	struct run *run = free_run_of(pa, npages);
	struct run *roomy;

	if (!run || run_fits(run, npages, align))
		return run;
	roomy = free_run_of(pa, npages + align - 1);
	if (roomy)
		return roomy;
	while (run && !run_fits(run, npages, align))
		run = indexed_run(avl_next(&run->by_state));
	return run;
}

int pagealloc_alloc(struct pagealloc *pa, uint64_t npages, uint64_t align_pages,
		    uint64_t *ret_first)
{
	struct run *run;
	uint64_t first;
	int ret;

	if (!npages || !align_pages || (align_pages & (align_pages - 1)))
		return -EINVAL;
	/* An alignment beyond the range can only mean page 0; both are now small enough to be
	 * added. */
	if (npages > pa->npages)
		return -ENOSPC;
	if (align_pages > PAGEALLOC_MAX_PAGES)
		align_pages = PAGEALLOC_MAX_PAGES;
	run = free_run_find(pa, npages, align_pages);
	if (!run)
		return -ENOSPC;
	first = run->first + run_skip(run, align_pages);
	ret = run_convert(pa, run, first, npages, RUN_USED);
	if (ret)
		return ret;
	*ret_first = first;
	return 0;
}

int pagealloc_reserve(struct pagealloc *pa, uint64_t first, uint64_t npages)
{
	struct run *run;

	if (!npages || first >= pa->npages || npages > pa->npages - first)
		return -EINVAL;
	run = run_covering(pa, first, npages);
	if (!run || run->state != RUN_FREE)
		return -EBUSY;
	return run_convert(pa, run, first, npages, RUN_USED);
}

int pagealloc_free(struct pagealloc *pa, uint64_t first, uint64_t npages)
{
	struct run *run = run_covering(pa, first, npages);

	if (!run || run->state != RUN_USED || run->first != first || run->npages != npages)
		return -EINVAL;
	return run_convert(pa, run, first, npages, RUN_DIRTY);
}

int pagealloc_next_dirty(struct pagealloc *pa, uint64_t max_pages, uint64_t *ret_first,
			 uint64_t *ret_npages)
{
	struct run *run = indexed_run(avl_first(&pa->index[RUN_DIRTY]));

	if (!max_pages)
		return -EINVAL;
	if (!run)
		return -ENOENT;
	*ret_first = run->first;
	*ret_npages = run->npages < max_pages ? run->npages : max_pages;
	return 0;
}

int pagealloc_clean(struct pagealloc *pa, uint64_t first, uint64_t npages)
{
	struct run *run = run_covering(pa, first, npages);

	if (!run || run->state != RUN_DIRTY)
		return -EINVAL;
	return run_convert(pa, run, first, npages, RUN_FREE);
}

void pagealloc_get_stats(const struct pagealloc *pa, struct pagealloc_stats *ret_stats)
{
	const struct run *longest = indexed_run(avl_last(&pa->index[RUN_FREE]));

	ret_stats->free = pa->pages[RUN_FREE];
	ret_stats->used = pa->pages[RUN_USED];
	ret_stats->dirty = pa->pages[RUN_DIRTY];
	ret_stats->largest_free = longest ? longest->npages : 0;
}

// SPDX-License-Identifier: MIT
/*
 * gpuva: see gpuva.h.  Two trees of disjoint spans, by address: ->holds, the addresses handed out,
 * and
 * ->mappings, what is mapped there; plus an index of the mappings by allocation.
 *
 * Invariants:
 * - every mapping lies inside exactly one hold;
 * - a hold that is not reserved has exactly the range of one mapping (a free-standing mapping), so
 *   removing such a mapping removes its hold and needs no memory;
 * - the augmentation of ->holds (first, end, gap) makes the lowest free range O(log n).
 *
 * An operation plans first (what it adds, removes, cuts), checks the limit and gets its memory;
 * after that nothing can fail.  Addresses are below 2^48, so sums of two of them do not overflow
 * once both are known to lie in the space; checked_end() is the only place where a peer's numbers
 * are added.
 */
#include "vidmm/gpuva.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "vidmm/avltree.h"

#define PAGE_MASK (GPUVA_PAGE_SIZE - 1)

/** struct span - addresses [va, va + size), first member of holds and mappings. */
struct span {
	struct avl_node node;
	uint64_t va;
	uint64_t size;
};

/**
 * struct hold - addresses handed out.
 * @first: lowest address of the subtree; @end: its end; @gap: largest gap between spans of it.
 * @reserved: a reservation, else a free-standing mapping.
 */
struct hold {
	struct span span;
	uint64_t first;
	uint64_t end;
	uint64_t gap;
	bool reserved;
};

/** struct mapping - what is mapped; fields as in struct gpuva_mapping. */
struct mapping {
	struct span span;
	struct avl_node by_alloc;
	uint64_t alloc;
	uint64_t offset;
	uint64_t prot;
};

struct gpuva {
	struct avl_tree holds;
	struct avl_tree mappings;
	struct avl_tree allocs;
	uint64_t start;
	uint64_t end;
	uint32_t entries;
	uint32_t max_entries;
};

/** struct cut - what removing a range from a tree means: spans gone, and one split in two or none.
 */
struct cut {
	uint32_t removed;
	uint32_t split;
};

/** struct spares - memory got before the commit point; what is left over is freed. */
struct spares {
	struct hold *hold;
	struct hold *hold_split;
	struct mapping *mapping;
	struct mapping *mapping_split;
};

static void spares_fini(struct spares *spares)
{
	free(spares->hold);
	free(spares->hold_split);
	free(spares->mapping);
	free(spares->mapping_split);
}

#define SPARES_CLEANUP __attribute__((cleanup(spares_fini)))

static struct span *span_of(const struct avl_node *node)
{
	return node ? avl_entry(node, struct span, node) : NULL;
}

static struct hold *hold_of(const struct span *span)
{
	return span ? avl_entry(span, struct hold, span) : NULL;
}

static struct mapping *mapping_of(const struct span *span)
{
	return span ? avl_entry(span, struct mapping, span) : NULL;
}

static struct mapping *mapping_by_alloc(const struct avl_node *node)
{
	return node ? avl_entry(node, struct mapping, by_alloc) : NULL;
}

static uint64_t span_end(const struct span *span)
{
	return span->va + span->size;
}

static struct span *span_next(const struct span *span)
{
	return span_of(avl_next(&span->node));
}

static bool span_before(const struct avl_node *a, const struct avl_node *b)
{
	return span_of(a)->va < span_of(b)->va;
}

static bool alloc_before(const struct avl_node *a, const struct avl_node *b)
{
	const struct mapping *x = mapping_by_alloc(a), *y = mapping_by_alloc(b);

	return x->alloc != y->alloc ? x->alloc < y->alloc : x->span.va < y->span.va;
}

static void hold_update(struct avl_node *node)
{
	struct hold *hold = hold_of(span_of(node));
	const struct hold *left = hold_of(span_of(node->left));
	const struct hold *right = hold_of(span_of(node->right));
	uint64_t gap = 0;

	if (left) {
		gap = left->gap;
		if (hold->span.va - left->end > gap)
			gap = hold->span.va - left->end;
	}
	if (right) {
		if (right->gap > gap)
			gap = right->gap;
		if (right->first - span_end(&hold->span) > gap)
			gap = right->first - span_end(&hold->span);
	}
	hold->gap = gap;
	hold->first = left ? left->first : hold->span.va;
	hold->end = right ? right->end : span_end(&hold->span);
}

static const struct avl_ops hold_ops = { .before = span_before, .update = hold_update };
static const struct avl_ops mapping_ops = { .before = span_before };
static const struct avl_ops alloc_ops = { .before = alloc_before };

/* The lowest span of @tree that ends above @va: the one that contains it, or the next. */
static struct span *span_find(const struct avl_tree *tree, uint64_t va)
{
	struct avl_node *node = tree->root;
	struct span *found = NULL;

	while (node) {
		struct span *span = span_of(node);

		if (span_end(span) > va) {
			found = span;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}

/* What removing [@va, @end) from @tree will do. */
static struct cut span_plan(const struct avl_tree *tree, uint64_t va, uint64_t end)
{
	struct span *span = span_find(tree, va);
	struct cut cut = { 0 };

	for (; span && span->va < end; span = span_next(span)) {
		if (span->va >= va && span_end(span) <= end)
			cut.removed++;
		if (span->va < va && span_end(span) > end)
			cut.split = 1;
	}
	return cut;
}

static void hold_insert(struct gpuva *space, struct hold *hold)
{
	avl_insert(&space->holds, &hold->span.node);
	space->entries++;
}

static void hold_drop(struct gpuva *space, struct hold *hold)
{
	avl_remove(&space->holds, &hold->span.node);
	space->entries--;
	free(hold);
}

static void mapping_insert(struct gpuva *space, struct mapping *mapping)
{
	avl_insert(&space->mappings, &mapping->span.node);
	avl_insert(&space->allocs, &mapping->by_alloc);
	space->entries++;
}

static void mapping_drop(struct gpuva *space, struct mapping *mapping)
{
	avl_remove(&space->mappings, &mapping->span.node);
	avl_remove(&space->allocs, &mapping->by_alloc);
	space->entries--;
	free(mapping);
}

/* Cut the head off @mapping so that it starts at @va.  Its place in both orders stays the same. */
static void mapping_advance(struct mapping *mapping, uint64_t va)
{
	uint64_t delta = va - mapping->span.va;

	mapping->span.va = va;
	mapping->span.size -= delta;
	if (mapping->alloc)
		mapping->offset += delta;
}

static void holds_punch(struct gpuva *space, uint64_t va, uint64_t end, struct hold **spare)
{
	struct span *span = span_find(&space->holds, va);
	struct span *next;

	for (; span && span->va < end; span = next) {
		uint64_t old_end = span_end(span);

		next = span_next(span);
		if (span->va >= va && old_end <= end) {
			hold_drop(space, hold_of(span));
			continue;
		}
		if (span->va < va) {
			span->size = va - span->va;
		} else {
			span->va = end;
			span->size = old_end - end;
		}
		avl_touch(&space->holds, &span->node);
		if (span->va < va && old_end > end) {
			struct hold *tail = *spare;

			*spare = NULL;
			tail->span.va = end;
			tail->span.size = old_end - end;
			tail->reserved = hold_of(span)->reserved;
			hold_insert(space, tail);
		}
	}
}

static void mappings_punch(struct gpuva *space, uint64_t va, uint64_t end, struct mapping **spare)
{
	struct span *span = span_find(&space->mappings, va);
	struct span *next;

	for (; span && span->va < end; span = next) {
		struct mapping *mapping = mapping_of(span);
		uint64_t old_end = span_end(span);

		next = span_next(span);
		if (span->va >= va && old_end <= end) {
			mapping_drop(space, mapping);
			continue;
		}
		if (span->va >= va) {
			mapping_advance(mapping, end);
			continue;
		}
		if (old_end > end) {
			struct mapping *tail = *spare;

			*spare = NULL;
			*tail = *mapping;
			mapping_advance(tail, end);
			mapping_insert(space, tail);
		}
		span->size = va - span->va;
	}
}

int gpuva_create(uint64_t start, uint64_t end, uint32_t max_entries, struct gpuva **ret_space)
{
	struct gpuva *space;

	if (start < GPUVA_FLOOR)
		start = GPUVA_FLOOR;
	if ((start | end) & PAGE_MASK || end > GPUVA_CEILING || start >= end)
		return -EINVAL;
	space = calloc(1, sizeof(*space));
	if (!space)
		return -ENOMEM;
	avl_init(&space->holds, &hold_ops);
	avl_init(&space->mappings, &mapping_ops);
	avl_init(&space->allocs, &alloc_ops);
	space->start = start;
	space->end = end;
	space->max_entries = max_entries ? max_entries : GPUVA_MAX_ENTRIES;
	*ret_space = space;
	return 0;
}

void gpuva_destroy(struct gpuva *space)
{
	if (!space)
		return;
	while (space->mappings.root)
		mapping_drop(space, mapping_of(span_of(space->mappings.root)));
	while (space->holds.root)
		hold_drop(space, hold_of(span_of(space->holds.root)));
	free(space);
}

/* The end of a range a peer named, if it is aligned, not empty and inside the space. */
static int checked_end(const struct gpuva *space, uint64_t va, uint64_t size, uint64_t *ret_end)
{
	if (!size || (va | size) & PAGE_MASK)
		return -EINVAL;
	if (va < space->start || va >= space->end || size > space->end - va)
		return -EINVAL;
	*ret_end = va + size;
	return 0;
}

/* Can the subtree of @hold, or its edges towards @lo and @hi, have a gap of @size? */
static bool gap_possible(const struct hold *hold, uint64_t lo, uint64_t hi, uint64_t size)
{
	return hold->gap >= size || (hold->first > lo && hold->first - lo >= size) ||
	       (hi > hold->end && hi - hold->end >= size);
}

/* The lowest address of a free range of @size in [@lo, @hi) below @node; 0 for none. */
static uint64_t gap_find(const struct avl_node *node, uint64_t lo, uint64_t hi, uint64_t size)
{
	const struct hold *hold;
	uint64_t end, found;

	if (lo >= hi || hi - lo < size)
		return 0;
	if (!node)
		return lo;
	hold = hold_of(span_of(node));
	if (!gap_possible(hold, lo, hi, size))
		return 0;
	found = gap_find(node->left, lo, hold->span.va < hi ? hold->span.va : hi, size);
	if (found)
		return found;
	end = span_end(&hold->span);
	return gap_find(node->right, end > lo ? end : lo, hi, size);
}

static int place_any(const struct gpuva *space, const struct gpuva_place *place, uint64_t *ret_va)
{
	uint64_t lo = place->min > space->start ? place->min : space->start;
	uint64_t hi = place->max && place->max < space->end ? place->max : space->end;
	uint64_t va;

	if (!place->size || place->size & PAGE_MASK)
		return -EINVAL;
	if (lo >= space->end)
		return -ENOSPC;
	lo = (lo + PAGE_MASK) & ~PAGE_MASK;
	va = gap_find(space->holds.root, lo, hi & ~PAGE_MASK, place->size);
	if (!va)
		return -ENOSPC;
	*ret_va = va;
	return 0;
}

/** enum range_state - who holds a range. */
enum range_state {
	RANGE_NOBODY, /* no part of it is held */
	RANGE_RESERVED, /* it lies inside one reservation */
	RANGE_STANDING, /* it is covered by free-standing mappings */
	RANGE_MIXED,
};

static enum range_state range_state(const struct gpuva *space, uint64_t va, uint64_t end)
{
	const struct span *span = span_find(&space->holds, va);

	if (!span || span->va >= end)
		return RANGE_NOBODY;
	if (hold_of(span)->reserved)
		return span->va <= va && span_end(span) >= end ? RANGE_RESERVED : RANGE_MIXED;
	for (; span && !hold_of(span)->reserved && span->va <= va; span = span_next(span)) {
		va = span_end(span);
		if (va >= end)
			return RANGE_STANDING;
	}
	return RANGE_MIXED;
}

static bool quota_allows(const struct gpuva *space, uint32_t added, uint32_t removed)
{
	return (uint64_t)space->entries + added <= (uint64_t)space->max_entries + removed;
}

int gpuva_reserve(struct gpuva *space, const struct gpuva_place *place, uint64_t *ret_va)
{
	uint64_t va = place->base, end;
	struct hold *hold;
	int ret;

	if (!va) {
		ret = place_any(space, place, &va);
		if (ret)
			return ret;
	}
	ret = checked_end(space, va, place->size, &end);
	if (ret)
		return ret;
	if (range_state(space, va, end) != RANGE_NOBODY)
		return -EEXIST;
	if (!quota_allows(space, 1, 0))
		return -EDQUOT;
	hold = calloc(1, sizeof(*hold));
	if (!hold)
		return -ENOMEM;
	hold->span.va = va;
	hold->span.size = place->size;
	hold->reserved = true;
	hold_insert(space, hold);
	*ret_va = va;
	return 0;
}

static int backing_check(const struct gpuva_backing *backing, uint64_t size)
{
	uint64_t none = backing->prot & (GPUVA_ZERO | GPUVA_NO_ACCESS);

	if (backing->prot & ~GPUVA_PROT_ALL)
		return -EINVAL;
	if (!backing->alloc) {
		if (backing->offset || backing->prot != none)
			return -EINVAL;
		return none == GPUVA_ZERO || none == GPUVA_NO_ACCESS ? 0 : -EINVAL;
	}
	if (none || backing->offset & PAGE_MASK || backing->offset > backing->alloc_size)
		return -EINVAL;
	return size <= backing->alloc_size - backing->offset ? 0 : -EINVAL;
}

/* Get the memory for one new mapping, with @hold also its hold, and for the splits of both cuts. */
static int spares_init(struct spares *spares, bool mapping, bool hold, const struct cut *mappings,
		       const struct cut *holds)
{
	if (mapping)
		spares->mapping = calloc(1, sizeof(*spares->mapping));
	if (hold)
		spares->hold = calloc(1, sizeof(*spares->hold));
	if (mappings->split)
		spares->mapping_split = calloc(1, sizeof(*spares->mapping_split));
	if (holds->split)
		spares->hold_split = calloc(1, sizeof(*spares->hold_split));
	if ((mapping && !spares->mapping) || (hold && !spares->hold) ||
	    (mappings->split && !spares->mapping_split) || (holds->split && !spares->hold_split))
		return -ENOMEM;
	return 0;
}

/* Fill the new mapping, and its hold if it has one of its own, and publish them. */
static void mapping_publish(struct gpuva *space, struct spares *spares, uint64_t va, uint64_t size,
			    const struct gpuva_backing *backing)
{
	struct mapping *mapping = spares->mapping;
	struct hold *hold = spares->hold;

	spares->mapping = NULL;
	spares->hold = NULL;
	mapping->span.va = va;
	mapping->span.size = size;
	mapping->alloc = backing->alloc;
	mapping->offset = backing->offset;
	mapping->prot = backing->prot;
	mapping_insert(space, mapping);
	if (!hold)
		return;
	hold->span.va = va;
	hold->span.size = size;
	hold_insert(space, hold);
}

static int map_at(struct gpuva *space, uint64_t va, uint64_t end,
		  const struct gpuva_backing *backing)
{
	enum range_state state = range_state(space, va, end);
	SPARES_CLEANUP struct spares spares = { 0 };
	struct cut mappings = span_plan(&space->mappings, va, end);
	struct cut holds = { 0 };
	uint32_t added = 1;
	int ret;

	if (state == RANGE_MIXED)
		return -EEXIST;
	if (state == RANGE_STANDING)
		holds = span_plan(&space->holds, va, end);
	if (state != RANGE_RESERVED)
		added++;
	added += mappings.split + holds.split;
	if (!quota_allows(space, added, mappings.removed + holds.removed))
		return -EDQUOT;
	ret = spares_init(&spares, true, state != RANGE_RESERVED, &mappings, &holds);
	if (ret)
		return ret;
	/* Nothing fails after this point. */
	mappings_punch(space, va, end, &spares.mapping_split);
	if (state == RANGE_STANDING)
		holds_punch(space, va, end, &spares.hold_split);
	mapping_publish(space, &spares, va, end - va, backing);
	return 0;
}

int gpuva_map(struct gpuva *space, const struct gpuva_place *place,
	      const struct gpuva_backing *backing, uint64_t *ret_va)
{
	uint64_t va = place->base, end;
	int ret;

	ret = backing_check(backing, place->size);
	if (ret)
		return ret;
	if (!va) {
		ret = place_any(space, place, &va);
		if (ret)
			return ret;
	}
	ret = checked_end(space, va, place->size, &end);
	if (ret)
		return ret;
	ret = map_at(space, va, end, backing);
	if (ret)
		return ret;
	*ret_va = va;
	return 0;
}

int gpuva_free(struct gpuva *space, uint64_t va, uint64_t size)
{
	SPARES_CLEANUP struct spares spares = { 0 };
	struct cut mappings, holds;
	uint64_t end;
	int ret;

	ret = checked_end(space, va, size, &end);
	if (ret)
		return ret;
	if (range_state(space, va, end) == RANGE_NOBODY)
		return -ENOENT;
	mappings = span_plan(&space->mappings, va, end);
	holds = span_plan(&space->holds, va, end);
	if (!quota_allows(space, mappings.split + holds.split, mappings.removed + holds.removed))
		return -EDQUOT;
	ret = spares_init(&spares, false, false, &mappings, &holds);
	if (ret)
		return ret;
	/* Nothing fails after this point. */
	mappings_punch(space, va, end, &spares.mapping_split);
	holds_punch(space, va, end, &spares.hold_split);
	return 0;
}

/* The mapping of @alloc with the lowest address, or NULL. */
static struct mapping *alloc_first(const struct gpuva *space, uint64_t alloc)
{
	struct avl_node *node = space->allocs.root;
	struct mapping *found = NULL;

	while (node) {
		struct mapping *mapping = mapping_by_alloc(node);

		if (mapping->alloc >= alloc) {
			found = mapping;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found && found->alloc == alloc ? found : NULL;
}

uint32_t gpuva_unmap_alloc(struct gpuva *space, uint64_t alloc)
{
	struct mapping *mapping;
	uint32_t count = 0;

	if (!alloc)
		return 0;
	while ((mapping = alloc_first(space, alloc))) {
		struct hold *hold = hold_of(span_find(&space->holds, mapping->span.va));

		if (!hold->reserved)
			hold_drop(space, hold);
		mapping_drop(space, mapping);
		count++;
	}
	return count;
}

static struct gpuva_mapping mapping_report(const struct mapping *mapping)
{
	return (struct gpuva_mapping){
		.va = mapping->span.va,
		.size = mapping->span.size,
		.alloc = mapping->alloc,
		.offset = mapping->offset,
		.prot = mapping->prot,
	};
}

int gpuva_lookup(const struct gpuva *space, uint64_t va, struct gpuva_mapping *ret_mapping)
{
	const struct mapping *mapping = mapping_of(span_find(&space->mappings, va));

	if (!mapping || mapping->span.va > va)
		return -EFAULT;
	*ret_mapping = mapping_report(mapping);
	return 0;
}

static bool access_allowed(uint64_t prot, unsigned int access)
{
	if (prot & GPUVA_NO_ACCESS)
		return false;
	if (prot & GPUVA_ZERO && !(access & GPUVA_CHECK_ZERO_OK))
		return false;
	if (access & GPUVA_CHECK_WRITE && !(prot & GPUVA_WRITE))
		return false;
	return !(access & GPUVA_CHECK_EXECUTE) || prot & GPUVA_EXECUTE;
}

int gpuva_check(const struct gpuva *space, uint64_t va, uint64_t size, unsigned int access)
{
	const struct span *span;
	uint64_t end;

	if (!size || access & ~GPUVA_CHECK_ALL)
		return -EINVAL;
	if (size > UINT64_MAX - va)
		return -EFAULT;
	end = va + size;
	for (span = span_find(&space->mappings, va); span && span->va <= va;
	     span = span_next(span)) {
		if (!access_allowed(mapping_of(span)->prot, access))
			return -EFAULT;
		va = span_end(span);
		if (va >= end)
			return 0;
	}
	return -EFAULT;
}

int gpuva_visit_range(const struct gpuva *space, uint64_t va, uint64_t size, gpuva_visit_fn fn,
		      void *arg)
{
	const struct span *span;
	uint64_t end;

	if (!size || size > UINT64_MAX - va)
		return -EINVAL;
	end = va + size;
	for (span = span_find(&space->mappings, va); span && span->va < end;
	     span = span_next(span)) {
		struct gpuva_mapping piece = mapping_report(mapping_of(span));
		uint64_t skip = piece.va < va ? va - piece.va : 0;
		int ret;

		piece.va += skip;
		piece.size -= skip;
		if (piece.alloc)
			piece.offset += skip;
		if (piece.size > end - piece.va)
			piece.size = end - piece.va;
		ret = fn(&piece, arg);
		if (ret)
			return ret;
	}
	return 0;
}

int gpuva_visit_alloc(const struct gpuva *space, uint64_t alloc, gpuva_visit_fn fn, void *arg)
{
	const struct mapping *mapping = alloc ? alloc_first(space, alloc) : NULL;

	while (mapping && mapping->alloc == alloc) {
		struct gpuva_mapping report = mapping_report(mapping);
		int ret = fn(&report, arg);

		if (ret)
			return ret;
		mapping = mapping_by_alloc(avl_next(&mapping->by_alloc));
	}
	return 0;
}

/* ---- updates ---- */

/**
 * struct update - gpuva_update() on its way. The steps are tried on a copy of what they are about.
 * @scratch: the copy; @holds: reservations in it
 * @va, @end: all ranges that change lie between them
 * @left: pieces that may still be touched
 * @piece, @pieces: what a copy found in its source; room for @left of them
 */
struct update {
	struct gpuva *scratch;
	uint32_t holds;
	uint64_t va;
	uint64_t end;
	uint32_t left;
	struct gpuva_mapping *piece;
	uint32_t pieces;
};

static void update_fini(struct update *update)
{
	free(update->piece);
	gpuva_destroy(update->scratch);
}

/* The reservation in which all of the range lies, or NULL. */
static struct hold *update_hold(const struct gpuva *space, uint64_t va, uint64_t end)
{
	struct hold *hold = hold_of(span_find(&space->holds, va));

	return hold && hold->reserved && hold->span.va <= va && span_end(&hold->span) >= end ? hold
											     : NULL;
}

static int op_check_backing(const struct gpuva_op *op)
{
	uint64_t repeat = op->repeat ? op->repeat : op->size;

	if (op->kind == GPUVA_OP_UNMAP)
		return op->backing.alloc ? -EINVAL : backing_check(&op->backing, op->size);
	if (!op->backing.alloc || repeat & PAGE_MASK || repeat > op->size || op->size % repeat)
		return -EINVAL;
	return backing_check(&op->backing, repeat);
}

/* @into, @from: the reservations of the first step and the first copy, NULL before those. */
static int op_check(const struct gpuva *space, const struct gpuva_op *op, struct hold **into,
		    struct hold **from)
{
	struct hold *hold;
	uint64_t end;

	if (checked_end(space, op->va, op->size, &end))
		return -EINVAL;
	hold = update_hold(space, op->va, end);
	if (!hold || (*into && *into != hold))
		return -EEXIST;
	*into = hold;
	if (op->kind != GPUVA_OP_COPY)
		return op_check_backing(op);
	if (checked_end(space, op->source, op->size, &end))
		return -EINVAL;
	hold = update_hold(space, op->source, end);
	if (!hold || (*from && *from != hold))
		return -EEXIST;
	*from = hold;
	return 0;
}

int gpuva_update_check(const struct gpuva *space, const struct gpuva_op *op, uint32_t n)
{
	struct hold *into = NULL, *from = NULL;
	int ret = n ? 0 : -EINVAL;
	uint32_t i;

	for (i = 0; i < n && !ret; i++)
		ret = op_check(space, &op[i], &into, &from);
	return ret;
}

/* One piece more. */
static int update_count(struct update *update)
{
	if (!update->left)
		return -EDQUOT;
	update->left--;
	return 0;
}

static int update_map(struct update *update, uint64_t va, uint64_t size,
		      const struct gpuva_backing *backing)
{
	struct gpuva_place place = { .base = va, .size = size };
	int ret = update_count(update);

	return ret ? ret : gpuva_map(update->scratch, &place, backing, &va);
}

/* As it is, also to another place. What it shows of the allocation was checked when it was mapped.
 */
static int update_map_piece(struct update *update, const struct gpuva_mapping *piece, uint64_t va)
{
	struct gpuva_backing backing = {
		.alloc = piece->alloc,
		.alloc_size = piece->alloc ? piece->offset + piece->size : 0,
		.offset = piece->offset,
		.prot = piece->prot,
	};

	return update_map(update, va, piece->size, &backing);
}

static int update_seed_one(const struct gpuva_mapping *mapping, void *arg)
{
	return update_map_piece(arg, mapping, mapping->va);
}

static int update_note_one(const struct gpuva_mapping *mapping, void *arg)
{
	struct update *update = arg;

	if (update->pieces == update->left)
		return -EDQUOT;
	update->piece[update->pieces++] = *mapping;
	return 0;
}

/* Mappings of [@va, @end) vanish; the addresses stay held. */
static int mappings_clear(struct gpuva *space, uint64_t va, uint64_t end)
{
	SPARES_CLEANUP struct spares spares = { 0 };
	struct cut none = { 0 }, cut = span_plan(&space->mappings, va, end);
	int ret = spares_init(&spares, false, false, &cut, &none);

	if (!ret)
		mappings_punch(space, va, end, &spares.mapping_split);
	return ret;
}

static int op_copy(struct update *update, const struct gpuva_op *op)
{
	const struct gpuva_mapping *piece = update->piece;
	uint32_t i;
	int ret;

	update->pieces = 0;
	ret = gpuva_visit_range(update->scratch, op->source, op->size, update_note_one, update);
	if (!ret)
		ret = mappings_clear(update->scratch, op->va, op->va + op->size);
	for (i = 0; i < update->pieces && !ret; i++)
		ret = update_map_piece(update, &piece[i], piece[i].va - op->source + op->va);
	return ret;
}

static int op_map(struct update *update, const struct gpuva_op *op)
{
	uint64_t repeat = op->repeat ? op->repeat : op->size, at;
	int ret = 0;

	for (at = 0; at < op->size && !ret; at += repeat)
		ret = update_map(update, op->va + at, repeat, &op->backing);
	return ret;
}

static int op_try(struct update *update, const struct gpuva_op *op)
{
	return op->kind == GPUVA_OP_COPY ? op_copy(update, op) : op_map(update, op);
}

/* Hold in the copy what @hold holds, and map there what is mapped in [@va, @end). */
static int update_seed(struct update *update, const struct gpuva *space, const struct hold *hold,
		       uint64_t va, uint64_t end)
{
	struct gpuva_place place = { .base = hold->span.va, .size = hold->span.size };
	uint64_t base;
	int ret = gpuva_reserve(update->scratch, &place, &base);

	if (ret && ret != -EEXIST) /* sources and destinations may share it */
		return ret;
	update->holds += !ret;
	return gpuva_visit_range(space, va, end - va, update_seed_one, update);
}

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int update_prepare(struct update *update, const struct gpuva *space,
			  const struct gpuva_op *op, uint32_t n)
{
	uint64_t source = UINT64_MAX, source_end = 0;
	uint32_t i;
	int ret;

	update->va = UINT64_MAX;
	for (i = 0; i < n; i++) {
		update->va = min_of(update->va, op[i].va);
		update->end = max_of(update->end, op[i].va + op[i].size);
		if (op[i].kind != GPUVA_OP_COPY)
			continue;
		source = min_of(source, op[i].source);
		source_end = max_of(source_end, op[i].source + op[i].size);
	}
	ret = gpuva_create(space->start, space->end, space->max_entries, &update->scratch);
	if (!ret)
		ret = update_seed(update, space, update_hold(space, update->va, update->end),
				  update->va, update->end);
	if (ret || !source_end)
		return ret;
	update->piece = calloc(update->left + 1, sizeof(*update->piece));
	return !update->piece ? -ENOMEM
			      : update_seed(update, space, update_hold(space, source, source_end),
					    source, source_end);
}

/* Replace what is mapped between the update's bounds by what the copy has there. */
static int update_commit(struct gpuva *space, struct update *update)
{
	SPARES_CLEANUP struct spares spares = { 0 };
	struct cut cut = span_plan(&space->mappings, update->va, update->end), none = { 0 };
	struct gpuva *scratch = update->scratch;
	struct span *span;
	int ret;

	/* Cuts at one end only: no memory needed. */
	mappings_punch(scratch, 0, update->va, NULL);
	mappings_punch(scratch, update->end, UINT64_MAX, NULL);
	if (!quota_allows(space, scratch->entries - update->holds + cut.split, cut.removed))
		return -EDQUOT;
	ret = spares_init(&spares, false, false, &cut, &none);
	if (ret)
		return ret;
	/* Nothing fails after this point. */
	mappings_punch(space, update->va, update->end, &spares.mapping_split);
	while ((span = span_of(scratch->mappings.root))) {
		struct mapping *mapping = mapping_of(span);

		avl_remove(&scratch->mappings, &mapping->span.node);
		avl_remove(&scratch->allocs, &mapping->by_alloc);
		scratch->entries--;
		mapping_insert(space, mapping);
	}
	return 0;
}

int gpuva_update(struct gpuva *space, const struct gpuva_op *op, uint32_t n, uint32_t max_pieces)
{
	__attribute__((cleanup(update_fini))) struct update update = { .left = max_pieces };
	uint32_t i;
	int ret = gpuva_update_check(space, op, n);

	if (!ret)
		ret = update_prepare(&update, space, op, n);
	for (i = 0; i < n && !ret; i++)
		ret = op_try(&update, &op[i]);
	return ret ? ret : update_commit(space, &update);
}

uint32_t gpuva_entries(const struct gpuva *space)
{
	return space->entries;
}

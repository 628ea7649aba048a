// SPDX-License-Identifier: MIT
/*
 * test_avltree: the tree against its own invariants (order, balance, parent links, augmentation)
 * after every one of many random insertions and removals, and its iteration against a counted set.
 */
#include "cm.h"

#include <stdbool.h>
#include <string.h>

#include "prng.h"
#include "vidmm/avltree.h"

#define ITEMS 300
#define ROUNDS 20000

/** struct item - @weight and the sum over its subtree, an augmentation that is easy to verify. */
struct item {
	struct avl_node node;
	uint32_t key;
	uint32_t order;
	uint32_t weight;
	uint32_t sum;
	bool present;
};

static struct item *item_of(const struct avl_node *node)
{
	return node ? avl_entry(node, struct item, node) : NULL;
}

static bool item_before(const struct avl_node *a, const struct avl_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static void item_update(struct avl_node *node)
{
	struct item *item = item_of(node);

	item->sum = item->weight;
	item->sum += node->left ? item_of(node->left)->sum : 0;
	item->sum += node->right ? item_of(node->right)->sum : 0;
}

static const struct avl_ops item_ops = { .before = item_before, .update = item_update };

/* Verify the subtree of @node; returns its height, and the sum of weights in @ret_sum. */
static int verify(const struct avl_node *node, const struct avl_node *parent, uint32_t *ret_sum)
{
	uint32_t left_sum, right_sum;
	int left, right;

	*ret_sum = 0;
	if (!node)
		return 0;
	assert_ptr_equal(node->parent, parent);
	left = verify(node->left, node, &left_sum);
	right = verify(node->right, node, &right_sum);
	assert_in_range(left - right + 1, 0, 2);
	*ret_sum = left_sum + right_sum + item_of(node)->weight;
	assert_int_equal(item_of(node)->sum, *ret_sum);
	assert_int_equal(node->height, (left > right ? left : right) + 1);
	return node->height;
}

/* Walk both ways: ascending, equal keys in the order of insertion, all of @count nodes. */
static void verify_walk(const struct avl_tree *tree, unsigned int count)
{
	const struct item *prev = NULL;
	unsigned int forward = 0, backward = 0;

	for (struct avl_node *node = avl_first(tree); node; node = avl_next(node)) {
		const struct item *item = item_of(node);

		assert_true(item->present);
		if (prev)
			assert_true(prev->key < item->key ||
				    (prev->key == item->key && prev->order < item->order));
		prev = item;
		forward++;
	}
	for (struct avl_node *node = avl_last(tree); node; node = avl_prev(node))
		backward++;
	assert_int_equal(forward, count);
	assert_int_equal(backward, count);
}

static void test_random(void **state)
{
	static struct item items[ITEMS];
	struct prng prng = { .state = 0x5eed1 };
	struct avl_tree tree;
	unsigned int count = 0;
	uint32_t sum;

	(void)state;
	avl_init(&tree, &item_ops);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct item *item = &items[prng_below(&prng, ITEMS)];

		if (item->present) {
			avl_remove(&tree, &item->node);
			item->present = false;
			count--;
		} else {
			item->key = prng_below(&prng, 100);
			item->weight = prng_below(&prng, 1000);
			item->order = round;
			item->present = true;
			avl_insert(&tree, &item->node);
			count++;
		}
		verify(tree.root, NULL, &sum);
		verify_walk(&tree, count);
	}
	assert_true(count > ITEMS / 4);
}

static void test_touch(void **state)
{
	static struct item items[64];
	struct avl_tree tree;
	uint32_t sum;

	(void)state;
	avl_init(&tree, &item_ops);
	for (uint32_t i = 0; i < 64; i++) {
		items[i] = (struct item){ .key = i, .order = i, .weight = 1, .present = true };
		avl_insert(&tree, &items[i].node);
	}
	for (uint32_t i = 0; i < 64; i++) {
		items[i].weight = 10;
		avl_touch(&tree, &items[i].node);
		verify(tree.root, NULL, &sum);
		assert_int_equal(sum, 64 + 9 * (i + 1));
	}
	/* Sorted insertion of 64 must not degenerate: the bound for 64 nodes is 8. */
	assert_in_range(tree.root->height, 7, 8);
}

static void test_empty(void **state)
{
	struct avl_tree tree;

	(void)state;
	avl_init(&tree, &item_ops);
	assert_null(avl_first(&tree));
	assert_null(avl_last(&tree));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_touch),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

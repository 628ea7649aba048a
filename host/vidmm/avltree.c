// SPDX-License-Identifier: MIT
/*
 * avltree: see avltree.h.  A change at the bottom is carried upwards by avl_rebalance(), which
 * restores height, balance and augmentation of every ancestor in one pass up to the root.
 *
 * Invariants: the heights of two siblings differ by at most one; an empty subtree has height 0.
 */
#include "vidmm/avltree.h"

static int avl_height(const struct avl_node *node)
{
	return node ? node->height : 0;
}

static void avl_refresh(const struct avl_tree *tree, struct avl_node *node)
{
	int left = avl_height(node->left);
	int right = avl_height(node->right);

	node->height = (left > right ? left : right) + 1;
	if (tree->ops->update)
		tree->ops->update(node);
}

/* Put @child where @node hangs below @parent. */
static void avl_replace(struct avl_tree *tree, struct avl_node *parent, struct avl_node *node,
			struct avl_node *child)
{
	if (!parent)
		tree->root = child;
	else if (parent->left == node)
		parent->left = child;
	else
		parent->right = child;
	if (child)
		child->parent = parent;
}

static struct avl_node *avl_rotate_left(struct avl_tree *tree, struct avl_node *node)
{
	struct avl_node *top = node->right;

	avl_replace(tree, node->parent, node, top);
	node->right = top->left;
	if (node->right)
		node->right->parent = node;
	top->left = node;
	node->parent = top;
	avl_refresh(tree, node);
	avl_refresh(tree, top);
	return top;
}

static struct avl_node *avl_rotate_right(struct avl_tree *tree, struct avl_node *node)
{
	struct avl_node *top = node->left;

	avl_replace(tree, node->parent, node, top);
	node->left = top->right;
	if (node->left)
		node->left->parent = node;
	top->right = node;
	node->parent = top;
	avl_refresh(tree, node);
	avl_refresh(tree, top);
	return top;
}

/* Restore the balance of @node, whose subtrees are in order; returns the root of its subtree. */
static struct avl_node *avl_balance(struct avl_tree *tree, struct avl_node *node)
{
	int lean = avl_height(node->left) - avl_height(node->right);

	if (lean > 1) {
		if (avl_height(node->left->left) < avl_height(node->left->right))
			avl_rotate_left(tree, node->left);
		return avl_rotate_right(tree, node);
	}
	if (lean < -1) {
		if (avl_height(node->right->right) < avl_height(node->right->left))
			avl_rotate_right(tree, node->right);
		return avl_rotate_left(tree, node);
	}
	avl_refresh(tree, node);
	return node;
}

static void avl_rebalance(struct avl_tree *tree, struct avl_node *node)
{
	while (node)
		node = avl_balance(tree, node)->parent;
}

void avl_init(struct avl_tree *tree, const struct avl_ops *ops)
{
	tree->root = NULL;
	tree->ops = ops;
}

void avl_insert(struct avl_tree *tree, struct avl_node *node)
{
	struct avl_node **link = &tree->root;
	struct avl_node *parent = NULL;

	while (*link) {
		parent = *link;
		link = tree->ops->before(node, parent) ? &parent->left : &parent->right;
	}
	node->parent = parent;
	node->left = NULL;
	node->right = NULL;
	*link = node;
	avl_rebalance(tree, node);
}

static struct avl_node *avl_leftmost(struct avl_node *node)
{
	while (node && node->left)
		node = node->left;
	return node;
}

static struct avl_node *avl_rightmost(struct avl_node *node)
{
	while (node && node->right)
		node = node->right;
	return node;
}

/* Remove @node, which has two children, by putting its successor in its place. */
static void avl_remove_inner(struct avl_tree *tree, struct avl_node *node)
{
	struct avl_node *heir = avl_leftmost(node->right);
	struct avl_node *start = heir;

	if (heir != node->right) {
		start = heir->parent;
		avl_replace(tree, heir->parent, heir, heir->right);
		heir->right = node->right;
		heir->right->parent = heir;
	}
	heir->left = node->left;
	heir->left->parent = heir;
	avl_replace(tree, node->parent, node, heir);
	avl_rebalance(tree, start);
}

void avl_remove(struct avl_tree *tree, struct avl_node *node)
{
	struct avl_node *parent = node->parent;

	if (node->left && node->right) {
		avl_remove_inner(tree, node);
	} else {
		avl_replace(tree, parent, node, node->left ? node->left : node->right);
		avl_rebalance(tree, parent);
	}
	node->parent = NULL;
	node->left = NULL;
	node->right = NULL;
}

void avl_touch(struct avl_tree *tree, struct avl_node *node)
{
	for (; node; node = node->parent)
		avl_refresh(tree, node);
}

struct avl_node *avl_first(const struct avl_tree *tree)
{
	return avl_leftmost(tree->root);
}

struct avl_node *avl_last(const struct avl_tree *tree)
{
	return avl_rightmost(tree->root);
}

struct avl_node *avl_next(const struct avl_node *node)
{
	if (node->right)
		return avl_leftmost(node->right);
	while (node->parent && node->parent->right == node)
		node = node->parent;
	return node->parent;
}

struct avl_node *avl_prev(const struct avl_node *node)
{
	if (node->left)
		return avl_rightmost(node->left);
	while (node->parent && node->parent->left == node)
		node = node->parent;
	return node->parent;
}

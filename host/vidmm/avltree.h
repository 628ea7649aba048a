/* SPDX-License-Identifier: MIT */
/*
 * avltree: an intrusive balanced binary tree with parent pointers and an optional augmentation, the
 * one ordered container of vidmm and vidsch.  AVL and not a hash or a treap: its height is bounded
 * (1.44 log2 n) whatever a guest does to choose the keys.  It allocates nothing, so no operation
 * can fail.  Look-ups by key are written by the user as a descent over ->left and ->right.  No
 * locks: a tree belongs to the thread of its owner.
 */
#ifndef OPENDXG_HOST_VIDMM_AVLTREE_H
#define OPENDXG_HOST_VIDMM_AVLTREE_H

#include <stddef.h>

/** struct avl_node - the link, embedded in the user's object; all fields belong to the tree. */
struct avl_node {
	struct avl_node *parent;
	struct avl_node *left;
	struct avl_node *right;
	int height;
};

/**
 * struct avl_ops - how a kind of tree orders and summarises its nodes.
 * @before: true when @a sorts strictly before @b; nodes that are equal keep their insertion order.
 * @update: optional; recompute what @node caches about its subtree from @node and its two children
 *	only.  Called bottom-up after every change of a subtree.
 */
struct avl_ops {
	_Bool (*before)(const struct avl_node *a, const struct avl_node *b);
	void (*update)(struct avl_node *node);
};

/** struct avl_tree - a tree; initialise with avl_init(). @root is NULL when it is empty. */
struct avl_tree {
	struct avl_node *root;
	const struct avl_ops *ops;
};

/** avl_entry() - the object of @type whose @member is @node; @node must not be NULL. */
#define avl_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/** avl_init() - make @tree empty; @ops must outlive it. */
void avl_init(struct avl_tree *tree, const struct avl_ops *ops);

/** avl_insert() - insert @node, which is in no tree, behind all nodes equal to it. O(log n). */
void avl_insert(struct avl_tree *tree, struct avl_node *node);

/** avl_remove() - remove @node, which is in @tree. O(log n). */
void avl_remove(struct avl_tree *tree, struct avl_node *node);

/**
 * avl_touch() - recompute the augmentation of @node and all its ancestors, after the user changed
 * something in @node that ->update reads but that does not change its place in the order.
 */
void avl_touch(struct avl_tree *tree, struct avl_node *node);

/** avl_first() - the node that sorts first, or NULL. O(log n). */
struct avl_node *avl_first(const struct avl_tree *tree);

/** avl_last() - the node that sorts last, or NULL. O(log n). */
struct avl_node *avl_last(const struct avl_tree *tree);

/** avl_next() - the node after @node, or NULL. */
struct avl_node *avl_next(const struct avl_node *node);

/** avl_prev() - the node before @node, or NULL. */
struct avl_node *avl_prev(const struct avl_node *node);

#endif

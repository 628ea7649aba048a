// SPDX-License-Identifier: MIT
/*
 * context - see context.h. No locks: the reader owns the table, references are atomic, and nothing
 * else of a context changes.
 */
#include "worker/context.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "vidmm/avltree.h"

struct context {
	struct avl_node node;
	struct backend *be;
	uint64_t id;
	struct backend_context *backend;
	_Atomic uint32_t refs;
};

struct context_table {
	struct backend *be;
	struct avl_tree tree;
};

static struct context *context_of(const struct avl_node *node)
{
	return avl_entry(node, struct context, node);
}

static bool context_before(const struct avl_node *a, const struct avl_node *b)
{
	return context_of(a)->id < context_of(b)->id;
}

static const struct avl_ops context_tree_ops = {
	.before = context_before,
};

static struct context *context_find(const struct context_table *table, uint64_t id)
{
	const struct avl_node *node = table->tree.root;

	while (node && context_of(node)->id != id)
		node = id < context_of(node)->id ? node->left : node->right;
	return node ? context_of(node) : NULL;
}

int context_table_create(struct backend *be, struct context_table **ret)
{
	struct context_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->be = be;
	avl_init(&table->tree, &context_tree_ops);
	*ret = table;
	return 0;
}

void context_table_destroy(struct context_table *table)
{
	struct avl_node *node;

	if (!table)
		return;
	while ((node = avl_first(&table->tree))) {
		avl_remove(&table->tree, node);
		context_put(context_of(node));
	}
	free(table);
}

int context_create(struct context_table *table, uint64_t id, uint32_t node, struct ipc_units units)
{
	struct context *context;

	if (!id || context_find(table, id))
		return -EINVAL;
	context = calloc(1, sizeof(*context));
	if (!context)
		return -ENOMEM;
	context->be = table->be;
	context->id = id;
	atomic_init(&context->refs, 1);
	if (table->be->ops->context_create(table->be, node, units, &context->backend))
		context->backend = NULL;
	avl_insert(&table->tree, &context->node);
	return 0;
}

int context_destroy(struct context_table *table, uint64_t id)
{
	struct context *context = context_find(table, id);

	if (!context)
		return -ENOENT;
	avl_remove(&table->tree, &context->node);
	context_put(context);
	return 0;
}

struct context *context_get(struct context_table *table, uint64_t id)
{
	struct context *context = context_find(table, id);

	if (context)
		atomic_fetch_add(&context->refs, 1);
	return context;
}

void context_put(struct context *context)
{
	if (!context || atomic_fetch_sub(&context->refs, 1) != 1)
		return;
	if (context->backend)
		context->be->ops->context_destroy(context->be, context->backend);
	free(context);
}

struct backend_context *context_backend(struct context *context)
{
	return context->backend;
}

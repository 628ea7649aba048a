// SPDX-License-Identifier: GPL-2.0
/*
 * test_handle.c - the handle table: what is found, what is not, and that each object has one
 * destroyer.
 */
#include <kunit/test.h>
#include <linux/slab.h>

#include "dxg_caller.h"
#include "dxg_loopback.h"

#define OBJECTS 512u

static atomic_t released;

static void test_release(struct dxg_object *object)
{
	atomic_inc(&released);
	kfree_rcu(object, rcu);
}

static const struct dxg_object_ops sync_ops = {
	.type = DXG_OBJECT_SYNC,
	.release = test_release,
};

static u32 number(u32 index, u32 unique)
{
	return index << DXG_HANDLE_INDEX_SHIFT | unique << DXG_HANDLE_UNIQUE_SHIFT;
}

static struct dxg_object *insert(struct kunit *test, struct dxg_process *process, u32 host)
{
	struct dxg_object *object = dxg_object_create(&sync_ops, process, NULL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_ASSERT_EQ(test, dxg_table_insert(&process->file->objects, object, host), 0);
	return object;
}

static bool found(struct dxg_table *table, u32 handle, enum dxg_object_type type)
{
	struct dxg_object *object = dxg_table_get(table, handle, type);

	dxg_object_put(object);
	return object;
}

static void test_whole_handle_and_type(struct kunit *test)
{
	struct dxg_process *process = dxg_loopback_process(test, NULL);
	struct dxg_table *table = &process->file->objects;
	u32 host = number(7, 2);

	process->instance = 3;
	insert(test, process, host);
	KUNIT_EXPECT_TRUE(test, found(table, host | 3, DXG_OBJECT_SYNC));
	KUNIT_EXPECT_FALSE(test, found(table, host | 3, DXG_OBJECT_DEVICE));
	KUNIT_EXPECT_FALSE(test, found(table, host, DXG_OBJECT_SYNC));
	KUNIT_EXPECT_FALSE(test, found(table, host | 2, DXG_OBJECT_SYNC));
	KUNIT_EXPECT_FALSE(test, found(table, number(7, 1) | 3, DXG_OBJECT_SYNC));
	KUNIT_EXPECT_FALSE(test, found(table, number(8, 2) | 3, DXG_OBJECT_SYNC));
	dxg_object_put(dxg_table_remove(table, host | 3, DXG_OBJECT_SYNC));
	KUNIT_EXPECT_FALSE(test, found(table, host | 3, DXG_OBJECT_SYNC));
	xa_destroy(&table->objects);
}

static void test_numbers_of_the_host(struct kunit *test)
{
	static const u32 bad[] = { 0, 1, 0x3f, 0xc0000000, (DXG_HANDLE_INDEX_MAX << 6), 0x41 };
	struct dxg_process *process = dxg_loopback_process(test, NULL);
	struct dxg_table *table = &process->file->objects;
	struct dxg_object *object = dxg_object_create(&sync_ops, process, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, object);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, dxg_table_insert(table, object, bad[i]), -EPROTO);
	KUNIT_EXPECT_EQ(test, dxg_table_insert(table, object, number(DXG_HANDLE_INDEX_MAX - 1, 3)),
			0);
	object = dxg_object_create(&sync_ops, process, NULL);
	KUNIT_ASSERT_NOT_NULL(test, object);
	/* The same index is taken, whatever the other bits are; the object stays the caller's. */
	KUNIT_EXPECT_EQ(test, dxg_table_insert(table, object, number(DXG_HANDLE_INDEX_MAX - 1, 1)),
			-EINVAL);
	dxg_object_put(object);
	object = dxg_table_remove(table, number(DXG_HANDLE_INDEX_MAX - 1, 3), DXG_OBJECT_SYNC);
	dxg_object_put(object);
	xa_destroy(&table->objects);
}

static bool any(struct dxg_object *object, void *arg)
{
	return object != arg;
}

static void test_list_is_all_or_nothing(struct kunit *test)
{
	struct dxg_process *process = dxg_loopback_process(test, NULL);
	struct dxg_table *table = &process->file->objects;
	u32 h[3] = { number(1, 0), number(2, 0), number(3, 0) }, twice[2] = { h[0], h[0] };
	struct dxg_object *object[3], *out[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		object[i] = insert(test, process, h[i]);
	KUNIT_EXPECT_EQ(test,
			dxg_table_remove_list(table, twice, 2, DXG_OBJECT_SYNC, any, NULL, out),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			dxg_table_remove_list(table, h, 3, DXG_OBJECT_SYNC, any, object[2], out),
			-EINVAL);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_TRUE(test, found(table, h[i], DXG_OBJECT_SYNC));
	KUNIT_EXPECT_EQ(test, dxg_table_remove_list(table, h, 3, DXG_OBJECT_SYNC, any, NULL, out),
			0);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_PTR_EQ(test, out[i], object[i]);
		KUNIT_EXPECT_FALSE(test, found(table, h[i], DXG_OBJECT_SYNC));
		dxg_object_put(out[i]);
	}
	xa_destroy(&table->objects);
}

static int remove_all(void *arg)
{
	struct dxg_table *table = arg;
	struct dxg_object *object;
	int removed = 0;
	u32 i;

	for (i = 1; i <= OBJECTS; i++) {
		object = dxg_table_remove(table, number(i, 0), DXG_OBJECT_SYNC);
		removed += !!object;
		dxg_object_put(object);
	}
	return removed;
}

static int look_at_all(void *arg)
{
	struct dxg_table *table = arg;
	u32 i, round;

	for (round = 0; round < 8; round++)
		for (i = 1; i <= OBJECTS; i++)
			found(table, number(i, 0), DXG_OBJECT_SYNC);
	return 0;
}

static void test_one_destroyer_each(struct kunit *test)
{
	struct dxg_process *process = dxg_loopback_process(test, NULL);
	struct dxg_table *table = &process->file->objects;
	struct dxg_caller a, b, reader;
	u32 i;

	atomic_set(&released, 0);
	for (i = 1; i <= OBJECTS; i++)
		insert(test, process, number(i, 0));
	dxg_caller_start(test, &reader, look_at_all, table);
	dxg_caller_start(test, &a, remove_all, table);
	dxg_caller_start(test, &b, remove_all, table);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&a) + dxg_caller_join(&b), (int)OBJECTS);
	dxg_caller_join(&reader);
	KUNIT_EXPECT_EQ(test, atomic_read(&released), (int)OBJECTS);
	KUNIT_EXPECT_TRUE(test, xa_empty(&table->objects));
}

static void test_lists_of_one_process(struct kunit *test)
{
	struct dxg_process *process = dxg_loopback_process(test, NULL), *other;
	struct dxg_table *table = &process->file->objects;
	u32 h[2], want = number(5, 1);

	other = dxg_loopback_process(test, NULL);
	process->instance = 9;
	insert(test, process, want);
	h[0] = want | 9;
	h[1] = h[0];
	KUNIT_EXPECT_EQ(test, dxg_table_translate(table, h, 2, DXG_OBJECT_SYNC, other), -EINVAL);
	KUNIT_EXPECT_EQ(test, h[0], want | 9);
	KUNIT_EXPECT_EQ(test, dxg_table_translate(table, h, 2, DXG_OBJECT_SYNC, process), 0);
	KUNIT_EXPECT_EQ(test, h[0], want);
	KUNIT_EXPECT_EQ(test, h[1], want);
	dxg_object_put(dxg_table_remove(table, want | 9, DXG_OBJECT_SYNC));
	xa_destroy(&table->objects);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_whole_handle_and_type),	 KUNIT_CASE(test_numbers_of_the_host),
	KUNIT_CASE(test_list_is_all_or_nothing), KUNIT_CASE(test_one_destroyer_each),
	KUNIT_CASE(test_lists_of_one_process),	 {}
};

static struct kunit_suite suite = {
	.name = "dxg_handle",
	.suite_init = dxg_loopback_start,
	.test_cases = cases,
};

kunit_test_suite(suite);

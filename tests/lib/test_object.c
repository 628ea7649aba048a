// SPDX-License-Identifier: MIT
/*
 * test_object: the handle table alone: what is entered is found under its exact value and type
 * only, what the host must not choose is refused, and one of two racing removals wins.
 */
#include <pthread.h>

#include "lib_test.h"

static uint32_t handle_of(uint32_t index, uint32_t unique)
{
	return unique << 30 | index << 6;
}

static int add(struct object_table *t, uint32_t handle, enum object_type type, uint32_t device)
{
	struct object o = { .handle = handle, .type = type, .device = device };

	return object_add(t, &o);
}

static void test_find(void **state)
{
	struct object_table t;
	uint32_t h = handle_of(5, 1);

	(void)state;
	object_table_init(&t);
	assert_int_equal(add(&t, h, OBJECT_DEVICE, 0), 0);
	assert_true(object_has(&t, h, OBJECT_DEVICE));
	assert_false(object_has(&t, h, OBJECT_CONTEXT));
	assert_false(object_has(&t, handle_of(5, 2), OBJECT_DEVICE));
	assert_false(object_has(&t, h | 1, OBJECT_DEVICE));
	assert_false(object_has(&t, handle_of(6, 1), OBJECT_DEVICE));
	assert_false(object_has(&t, handle_of(0xffffff, 1), OBJECT_DEVICE));
	assert_false(object_has(&t, 0, OBJECT_DEVICE));
	object_table_fini(&t);
}

static void test_refused(void **state)
{
	struct object_table t;

	(void)state;
	object_table_init(&t);
	assert_int_equal(add(&t, 0, OBJECT_DEVICE, 0), -EINVAL);
	assert_int_equal(add(&t, handle_of(3, 1) | 2, OBJECT_DEVICE, 0), -EINVAL);
	assert_int_equal(add(&t, handle_of(OBJECT_ADAPTER_INDEX, 1), OBJECT_DEVICE, 0), -EINVAL);
	assert_int_equal(add(&t, handle_of(OBJECT_ADAPTER_INDEX - 1, 3), OBJECT_DEVICE, 0), 0);
	assert_int_equal(add(&t, handle_of(3, 1), OBJECT_DEVICE, 0), 0);
	assert_int_equal(add(&t, handle_of(3, 2), OBJECT_CONTEXT, 0), -EINVAL);
	object_table_fini(&t);
}

static void test_remove(void **state)
{
	struct object_table t;
	struct object o = { 0 };
	uint32_t h = handle_of(4096, 2);

	(void)state;
	object_table_init(&t);
	assert_int_equal(add(&t, h, OBJECT_CONTEXT, 77), 0);
	assert_int_equal(object_remove(&t, h, OBJECT_DEVICE, &o), -EINVAL);
	assert_int_equal(object_remove(&t, h, OBJECT_CONTEXT, &o), 0);
	assert_int_equal(o.device, 77);
	assert_int_equal(object_remove(&t, h, OBJECT_CONTEXT, &o), -EINVAL);
	assert_int_equal(add(&t, handle_of(4096, 3), OBJECT_DEVICE, 0), 0);
	object_table_fini(&t);
}

static void test_children(void **state)
{
	uint32_t device = handle_of(1, 1), other = handle_of(2, 1), i;
	struct object_table t;

	(void)state;
	object_table_init(&t);
	assert_int_equal(add(&t, device, OBJECT_DEVICE, 0), 0);
	assert_int_equal(add(&t, other, OBJECT_DEVICE, 0), 0);
	for (i = 10; i < 1000; i++)
		assert_int_equal(add(&t, handle_of(i, 1), OBJECT_CONTEXT,
				     i & 1 ? device : other), 0);
	object_remove_children(&t, device);
	assert_true(object_has(&t, device, OBJECT_DEVICE));
	for (i = 10; i < 1000; i++)
		assert_int_equal(object_has(&t, handle_of(i, 1), OBJECT_CONTEXT), !(i & 1));
	object_table_fini(&t);
}

static void test_adapters(void **state)
{
	struct object_table t;
	uint32_t first, h, i;

	(void)state;
	object_table_init(&t);
	assert_int_equal(object_add_adapter(&t, &first), 0);
	for (i = 0; i < 10000; i++) {
		assert_int_equal(object_add_adapter(&t, &h), 0);
		assert_int_not_equal(h, first);
		assert_int_equal(t.adapters, 2);
		assert_int_equal(object_remove(&t, h, OBJECT_ADAPTER, NULL), 0);
		assert_false(object_has(&t, h, OBJECT_ADAPTER));
	}
	object_table_fini(&t);
}

struct racer {
	struct object_table *t;
	unsigned int won;
};

static void *remove_all(void *arg)
{
	struct racer *r = arg;
	uint32_t i;

	for (i = 1; i <= 5000; i++)
		r->won += !object_remove(r->t, handle_of(i, 1), OBJECT_SYNC, NULL);
	return NULL;
}

static void test_racing_removals(void **state)
{
	struct object_table t;
	struct racer r[4];
	pthread_t thread[4];
	uint32_t i, won = 0;

	(void)state;
	object_table_init(&t);
	for (i = 1; i <= 5000; i++)
		assert_int_equal(add(&t, handle_of(i, 1), OBJECT_SYNC, 0), 0);
	for (i = 0; i < 4; i++) {
		r[i] = (struct racer){ .t = &t };
		assert_int_equal(pthread_create(&thread[i], NULL, remove_all, &r[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		won += r[i].won;
	}
	assert_int_equal(won, 5000);
	assert_null(t.first);
	object_table_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	 cmocka_unit_test(test_refused),
		cmocka_unit_test(test_remove),	 cmocka_unit_test(test_children),
		cmocka_unit_test(test_adapters), cmocka_unit_test(test_racing_removals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

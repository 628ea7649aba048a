// SPDX-License-Identifier: MIT
/*
 * test_handle: layout of the values, staleness through the generations, the distance before an
 * index is used again, limits, typed look-up, hostile values; then random operations against a
 * plain list.
 */
#include "cm.h"

#include <errno.h>

#include "handle.h"
#include "oom.h"
#include "prng.h"

static struct handle_table *make(uint32_t max_objects)
{
	struct handle_table *table;

	assert_int_equal(handle_table_create(max_objects, &table), 0);
	return table;
}

static uint32_t index_of(uint32_t handle)
{
	return handle >> HANDLE_INSTANCE_BITS & ((1u << HANDLE_INDEX_BITS) - 1);
}

static uint32_t add(struct handle_table *table, void *object)
{
	uint32_t handle;

	assert_int_equal(handle_alloc(table, HANDLE_ALLOCATION, object, &handle), 0);
	return handle;
}

static void test_layout(void **state)
{
	struct handle_table *table = make(0);
	int object;

	(void)state;
	/* Dense from 1, unique 1, instance 0: 0x40000080 is index 2, unique 1 (spec 5.1). */
	assert_int_equal(add(table, &object), 0x40000040);
	assert_int_equal(add(table, &object), 0x40000080);
	assert_int_equal(add(table, &object), 0x400000c0);
	assert_int_equal(handle_count(table), 3);
	handle_table_destroy(table);
	handle_table_destroy(NULL);
}

static void test_arguments(void **state)
{
	struct handle_table *table = NULL;
	uint32_t handle = 5;
	int object;

	(void)state;
	assert_int_equal(handle_table_create(HANDLE_LIMIT_OBJECTS + 1, &table), -EINVAL);
	assert_null(table);
	table = make(HANDLE_LIMIT_OBJECTS);
	assert_int_equal(handle_alloc(table, HANDLE_FREE, &object, &handle), -EINVAL);
	assert_int_equal(handle_alloc(table, (enum handle_type)16, &object, &handle), -EINVAL);
	assert_int_equal(handle_alloc(table, HANDLE_TYPES, &object, &handle), -EINVAL);
	assert_int_equal(handle_alloc(table, (enum handle_type) - 1, &object, &handle), -EINVAL);
	assert_int_equal(handle_alloc(table, HANDLE_DEVICE, NULL, &handle), -EINVAL);
	assert_int_equal(handle, 5);
	assert_int_equal(handle_alloc(table, HANDLE_MONITORED_FENCE, &object, &handle), 0);
	handle_table_destroy(table);
}

static void test_types(void **state)
{
	struct handle_table *table = make(0);
	int object;
	uint32_t handle = add(table, &object);

	(void)state;
	assert_ptr_equal(handle_lookup(table, handle, HANDLE_ALLOCATION), &object);
	assert_null(handle_lookup(table, handle, HANDLE_DEVICE));
	assert_null(handle_lookup(table, handle, HANDLE_FREE));
	assert_int_equal(handle_type_of(table, handle), HANDLE_ALLOCATION);
	assert_null(handle_free(table, handle, HANDLE_DEVICE));
	assert_ptr_equal(handle_free(table, handle, HANDLE_ALLOCATION), &object);
	assert_null(handle_free(table, handle, HANDLE_ALLOCATION));
	assert_null(handle_free(table, handle, HANDLE_FREE));
	assert_null(handle_lookup(table, handle, HANDLE_FREE));
	assert_int_equal(handle_type_of(table, handle), HANDLE_FREE);
	handle_table_destroy(table);
}

static void test_hostile_values(void **state)
{
	struct handle_table *table = make(0);
	struct prng prng = { .state = 0xbad };
	uint32_t handle = 0;
	int object;

	(void)state;
	assert_null(handle_lookup(table, 0, HANDLE_ALLOCATION));
	assert_null(handle_lookup(table, 0x40000040, HANDLE_ALLOCATION));
	handle = add(table, &object);
	assert_null(handle_lookup(table, handle | 1, HANDLE_ALLOCATION));
	assert_null(handle_lookup(table, handle & 0x3fffffff, HANDLE_ALLOCATION));
	assert_null(handle_lookup(table, handle ^ 0xc0000000, HANDLE_ALLOCATION));
	assert_null(handle_lookup(table, UINT32_MAX, HANDLE_ALLOCATION));
	for (int i = 0; i < 1000000; i++) {
		uint32_t value = (uint32_t)prng_next(&prng);

		if (value != handle)
			assert_null(handle_lookup(table, value, HANDLE_ALLOCATION));
	}
	handle_table_destroy(table);
}

/* An index comes back only after HANDLE_REUSE_DISTANCE others were freed, and then with another
 * unique; its old handles stay dead through the following generations. */
static void test_reuse(void **state)
{
	struct handle_table *table = make(0);
	uint32_t old[3] = { 0 }, handle = 0;
	int object;

	(void)state;
	for (int generation = 0; generation < 3; generation++) {
		uint32_t freed = 0;

		if (!generation)
			handle = add(table, &object);
		old[generation] = handle;
		assert_int_equal(handle >> HANDLE_UNIQUE_SHIFT, generation + 1);
		for (int i = 0; i <= generation; i++)
			assert_int_equal(!!handle_lookup(table, old[i], HANDLE_ALLOCATION),
					 i == generation);
		assert_non_null(handle_free(table, handle, HANDLE_ALLOCATION));
		for (;;) {
			handle = add(table, &object);
			if (index_of(handle) == index_of(old[0]))
				break;
			assert_non_null(handle_free(table, handle, HANDLE_ALLOCATION));
			freed++;
		}
		assert_true(freed >= HANDLE_REUSE_DISTANCE);
		assert_true(freed <= HANDLE_REUSE_DISTANCE + 1);
	}
	/* The fourth generation is the first unique again: only that one of the old is alive. */
	assert_int_equal(handle, old[0]);
	assert_null(handle_lookup(table, old[1], HANDLE_ALLOCATION));
	assert_null(handle_lookup(table, old[2], HANDLE_ALLOCATION));
	handle_table_destroy(table);
}

static void test_limit(void **state)
{
	struct handle_table *table = make(500);
	uint32_t handles[500], handle, max_index = 0;
	int object;

	(void)state;
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 500; i++) {
			handles[i] = add(table, &object);
			if (index_of(handles[i]) > max_index)
				max_index = index_of(handles[i]);
		}
		assert_int_equal(handle_alloc(table, HANDLE_DEVICE, &object, &handle), -EDQUOT);
		assert_int_equal(handle_count(table), 500);
		for (int i = 0; i < 500; i++)
			assert_non_null(handle_free(table, handles[i], HANDLE_ALLOCATION));
	}
	/* Indices stay dense: no more than the limit plus the distance. */
	assert_int_equal(max_index, 500 + HANDLE_REUSE_DISTANCE);
	handle_table_destroy(table);
}

static void test_iterate(void **state)
{
	struct handle_table *table = make(0);
	uint32_t handle, last = 0, count = 0;
	int object;

	(void)state;
	for (int i = 0; i < 300; i++)
		assert_int_equal(handle_alloc(table, i % 3 ? HANDLE_DEVICE : HANDLE_CONTEXT,
					      &object, &handle),
				 0);
	for (handle = handle_next(table, 0, HANDLE_CONTEXT); handle;
	     handle = handle_next(table, handle, HANDLE_CONTEXT)) {
		assert_true(index_of(handle) > index_of(last));
		assert_non_null(handle_free(table, handle, HANDLE_CONTEXT));
		last = handle;
		count++;
	}
	assert_int_equal(count, 100);
	assert_int_equal(handle_count(table), 200);
	assert_int_equal(handle_next(table, 0, HANDLE_FREE), 0);
	assert_int_equal(handle_next(table, UINT32_MAX, HANDLE_DEVICE), 0);
	handle_table_destroy(table);
}

#define LIVE 700

static void test_random(void **state)
{
	static uint32_t handles[LIVE];
	static int objects[LIVE];
	struct prng prng = { .state = 0x4a5d1e };
	struct handle_table *table = make(LIVE);
	uint32_t count = 0;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		uint32_t i = prng_below(&prng, LIVE), j = prng_below(&prng, LIVE);

		if (handles[i]) {
			assert_ptr_equal(handle_free(table, handles[i], HANDLE_ALLOCATION),
					 &objects[i]);
			assert_null(handle_lookup(table, handles[i], HANDLE_ALLOCATION));
			handles[i] = 0;
			count--;
		} else {
			handles[i] = add(table, &objects[i]);
			count++;
		}
		if (handles[j])
			assert_ptr_equal(handle_lookup(table, handles[j], HANDLE_ALLOCATION),
					 &objects[j]);
		assert_int_equal(handle_count(table), count);
	}
	handle_table_destroy(table);
}

static void test_out_of_memory(void **state)
{
	struct handle_table *table = NULL;
	uint32_t handle = 9, last = 0;
	int object;

	(void)state;
	oom_fail_nth(1);
	assert_int_equal(handle_table_create(0, &table), -ENOMEM);
	table = make(0);
	oom_fail_nth(1);
	assert_int_equal(handle_alloc(table, HANDLE_DEVICE, &object, &handle), -ENOMEM);
	assert_int_equal(handle, 9);
	/* Fill until the next growth fails; what is there survives, and the next try succeeds. */
	last = add(table, &object);
	oom_fail_nth(1);
	while (handle_alloc(table, HANDLE_ALLOCATION, &object, &handle) == 0)
		last = handle;
	assert_false(oom_pending());
	assert_ptr_equal(handle_lookup(table, last, HANDLE_ALLOCATION), &object);
	assert_int_equal(index_of(add(table, &object)), index_of(last) + 1);
	handle_table_destroy(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),	      cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_types),	      cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_reuse),	      cmocka_unit_test(test_limit),
		cmocka_unit_test(test_iterate),	      cmocka_unit_test(test_random),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_progcache: the order of use and the limits of the program cache's index.
 */
#include <errno.h>
#include <string.h>

#include "cm.h"
#include "progcache.h"

#define LIMIT 100u
#define COUNT 4u

/** struct stage - an index, and which entries it dropped, in order. */
struct stage {
	struct progcache cache;
	struct progcache_entry entry[8];
	const struct progcache_entry *dropped[8];
	unsigned int drops;
};

static void dropped(struct progcache_entry *entry, void *arg)
{
	struct stage *stage = arg;

	assert_true(stage->drops < 8);
	stage->dropped[stage->drops++] = entry;
}

static struct stage stage;

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&stage, 0, sizeof(stage));
	progcache_init(&stage.cache, LIMIT, COUNT, dropped, &stage);
	for (i = 0; i < 8; i++)
		stage.entry[i].key[PROGCACHE_KEY_SIZE - 1] = (uint8_t)i;
	return 0;
}

static int insert(unsigned int i, uint64_t size)
{
	stage.entry[i].size = size;
	return progcache_insert(&stage.cache, &stage.entry[i]);
}

static const struct progcache_entry *find(unsigned int i)
{
	return progcache_find(&stage.cache, stage.entry[i].key);
}

static void finds_by_the_whole_key(void **state)
{
	uint8_t key[PROGCACHE_KEY_SIZE] = { 0 };

	(void)state;
	assert_int_equal(insert(0, 1), 0);
	assert_int_equal(insert(3, 1), 0);
	assert_ptr_equal(find(0), &stage.entry[0]);
	assert_ptr_equal(find(3), &stage.entry[3]);
	assert_null(find(1));
	key[0] = 1;
	assert_null(progcache_find(&stage.cache, key));
}

static void evicts_the_longest_unused(void **state)
{
	(void)state;
	assert_int_equal(insert(0, 40), 0);
	assert_int_equal(insert(1, 40), 0);
	progcache_touch(&stage.cache, &stage.entry[0]);
	assert_int_equal(insert(2, 40), 0);
	assert_int_equal(stage.drops, 1);
	assert_ptr_equal(stage.dropped[0], &stage.entry[1]);
	assert_non_null(find(0));
	assert_null(find(1));
	assert_int_equal(stage.cache.bytes, 80);
	assert_int_equal(stage.cache.evicted, 1);
}

static void evicts_as_many_as_it_takes(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(insert(i, 30), 0);
	assert_int_equal(insert(3, 71), 0);
	assert_int_equal(stage.drops, 3);
	assert_int_equal(stage.cache.bytes, 71);
	assert_int_equal(stage.cache.count, 1);
}

static void the_byte_limit_is_exact(void **state)
{
	(void)state;
	assert_int_equal(insert(0, LIMIT), 0);
	assert_int_equal(insert(1, LIMIT + 1), -E2BIG);
	/* What cannot be is no reason to drop what is. */
	assert_int_equal(stage.drops, 0);
	assert_non_null(find(0));
	assert_int_equal(stage.cache.bytes, LIMIT);
	assert_int_equal(insert(2, 1), 0);
	assert_null(find(0));
}

static void the_count_limit_is_exact(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT; i++)
		assert_int_equal(insert(i, 1), 0);
	assert_int_equal(stage.drops, 0);
	assert_int_equal(insert(COUNT, 1), 0);
	assert_int_equal(stage.drops, 1);
	assert_null(find(0));
	assert_int_equal(stage.cache.count, COUNT);
}

static void a_new_entry_takes_the_place_of_its_key(void **state)
{
	(void)state;
	assert_int_equal(insert(0, 60), 0);
	memcpy(stage.entry[5].key, stage.entry[0].key, PROGCACHE_KEY_SIZE);
	assert_int_equal(insert(5, 90), 0);
	assert_int_equal(stage.drops, 1);
	assert_ptr_equal(stage.dropped[0], &stage.entry[0]);
	assert_ptr_equal(find(0), &stage.entry[5]);
	assert_int_equal(stage.cache.bytes, 90);
	assert_int_equal(stage.cache.evicted, 0);
}

static void removing_is_no_dropping(void **state)
{
	(void)state;
	assert_int_equal(insert(0, 60), 0);
	progcache_remove(&stage.cache, &stage.entry[0]);
	assert_int_equal(stage.drops, 0);
	assert_null(find(0));
	assert_int_equal(stage.cache.bytes, 0);
	assert_int_equal(stage.cache.count, 0);
}

static void a_lower_limit_evicts_at_once(void **state)
{
	(void)state;
	assert_int_equal(insert(0, 40), 0);
	assert_int_equal(insert(1, 40), 0);
	progcache_set_limit(&stage.cache, 40);
	assert_int_equal(stage.drops, 1);
	assert_ptr_equal(stage.dropped[0], &stage.entry[0]);
	progcache_set_limit(&stage.cache, 0);
	assert_int_equal(stage.drops, 2);
	assert_int_equal(insert(2, 1), -E2BIG);
}

static void clearing_drops_everything_and_evicts_nothing(void **state)
{
	(void)state;
	assert_int_equal(insert(0, 40), 0);
	assert_int_equal(insert(1, 40), 0);
	progcache_clear(&stage.cache);
	assert_int_equal(stage.drops, 2);
	assert_int_equal(stage.cache.bytes, 0);
	assert_int_equal(stage.cache.evicted, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_by_the_whole_key),
		TEST(evicts_the_longest_unused),
		TEST(evicts_as_many_as_it_takes),
		TEST(the_byte_limit_is_exact),
		TEST(the_count_limit_is_exact),
		TEST(a_new_entry_takes_the_place_of_its_key),
		TEST(removing_is_no_dropping),
		TEST(a_lower_limit_evicts_at_once),
		TEST(clearing_drops_everything_and_evicts_nothing),
	};

	return cmocka_run_group_tests_name("progcache", tests, NULL, NULL);
}

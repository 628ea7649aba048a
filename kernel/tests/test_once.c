// SPDX-License-Identifier: GPL-2.0
/*
 * test_once.c - dxg_once: one at it, the others wait killably, a failure hands it on. And
 * dxg_buffer, the private copy of user memory.
 */
#include <kunit/test.h>
#include <linux/delay.h>

#include "dxg_buffer.h"
#include "dxg_caller.h"
#include "dxg_loopback.h"
#include "dxg_once.h"

static int begin(void *arg)
{
	return dxg_once_begin(arg);
}

static void wait_for_sleeper(struct dxg_once *once, struct kunit *test)
{
	while (!wq_has_sleeper(&once->wait))
		usleep_range(50, 100);
}

static void test_done_once(struct kunit *test)
{
	struct dxg_once *once = kunit_kzalloc(test, sizeof(*once), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, once);
	dxg_once_init(once);
	KUNIT_EXPECT_FALSE(test, dxg_once_done(once));
	KUNIT_EXPECT_EQ(test, dxg_once_begin(once), 1);
	dxg_once_end(once, true);
	KUNIT_EXPECT_TRUE(test, dxg_once_done(once));
	KUNIT_EXPECT_EQ(test, dxg_once_begin(once), 0);
}

static void test_the_next_one_tries(struct kunit *test)
{
	struct dxg_once *once = kunit_kzalloc(test, sizeof(*once), GFP_KERNEL);
	struct dxg_caller caller;

	KUNIT_ASSERT_NOT_NULL(test, once);
	dxg_once_init(once);
	KUNIT_EXPECT_EQ(test, dxg_once_begin(once), 1);
	dxg_caller_start(test, &caller, begin, once);
	wait_for_sleeper(once, test);
	dxg_once_end(once, false);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller), 1);
	KUNIT_EXPECT_FALSE(test, dxg_once_done(once));
}

static void test_waiter_is_killable(struct kunit *test)
{
	struct dxg_once *once = kunit_kzalloc(test, sizeof(*once), GFP_KERNEL);
	struct dxg_caller caller;

	KUNIT_ASSERT_NOT_NULL(test, once);
	dxg_once_init(once);
	KUNIT_EXPECT_EQ(test, dxg_once_begin(once), 1);
	dxg_caller_start(test, &caller, begin, once);
	wait_for_sleeper(once, test);
	dxg_caller_kill(&caller);
	KUNIT_EXPECT_EQ(test, dxg_caller_join(&caller), -ERESTARTSYS);
	dxg_once_end(once, true);
}

static void test_buffer_sizes(struct kunit *test)
{
	static const size_t sizes[] = { 0, 1, DXG_BUFFER_SMALL, DXG_BUFFER_SMALL + 1, 65536 };
	struct dxg_buffer buffer;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_ASSERT_EQ(test, dxg_buffer_init(&buffer, sizes[i]), 0);
		KUNIT_EXPECT_EQ(test, buffer.data == buffer.small, sizes[i] <= DXG_BUFFER_SMALL);
		memset(buffer.data, 0xa5, sizes[i]); /* KASAN knows when there is too little */
		dxg_buffer_fini(&buffer);
	}
}

static void test_buffer_of_bad_pointers(struct kunit *test)
{
	static const size_t sizes[] = { 8, DXG_BUFFER_SMALL + 1 };
	static u8 kernel[DXG_BUFFER_SMALL + 1];
	struct dxg_buffer buffer;
	unsigned int i;

	/* Nothing is left to be freed; kmemleak looks for it. */
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_EQ(test, dxg_buffer_copy(&buffer, NULL, sizes[i]), -EFAULT);
		KUNIT_EXPECT_EQ(test,
				dxg_buffer_copy(&buffer, (void __force __user *)kernel, sizes[i]),
				-EFAULT);
	}
}

static struct kunit_case cases[] = { KUNIT_CASE(test_done_once),
				     KUNIT_CASE(test_the_next_one_tries),
				     KUNIT_CASE(test_waiter_is_killable),
				     KUNIT_CASE(test_buffer_sizes),
				     KUNIT_CASE(test_buffer_of_bad_pointers),
				     {} };

static struct kunit_suite suite = {
	.name = "dxg_once",
	.suite_init = dxg_loopback_start,
	.test_cases = cases,
};

kunit_test_suite(suite);

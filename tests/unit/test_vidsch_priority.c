// SPDX-License-Identifier: MIT
/*
 * test_vidsch_priority: what priorities do inside a process and inside a vGPU, what they do not do
 * between vGPUs, and that they starve nobody; over simulated time (world.h).
 */
#include "cm.h"

#include <errno.h>

#include "prng.h"
#include "world.h"

#define AGEING VIDSCH_AGEING_NS

static void set(struct client *client, int priority, int in_process)
{
	assert_int_equal(vidsch_context_set_priority(client->context, priority, in_process), 0);
}

static void test_arguments(void **state)
{
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	struct vidsch_context *context;
	int bad[2] = { VIDSCH_PRIORITY_MIN - 1, VIDSCH_PRIORITY_MAX + 1 };

	(void)state;
	assert_int_equal(vidsch_context_create(add_process(vgpu), 0, 0, 1, &context), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(vidsch_context_set_priority(context, bad[i], 0), -EINVAL);
		assert_int_equal(vidsch_context_set_priority(context, 0, bad[i]), -EINVAL);
	}
	for (int p = VIDSCH_PRIORITY_MIN; p <= VIDSCH_PRIORITY_MAX; p++)
		assert_int_equal(vidsch_context_set_priority(context, p, -p), 0);
	world_destroy(w, &vgpu, 1);
}

/* What has been queued for one context each, in the order in which it is picked. */
static void expect_order(struct world *w, const int *client, unsigned int n)
{
	struct vidsch_item *item;

	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(vidsch_pick(w->sch, 0, w->now, &item), 0);
		assert_ptr_equal(item->work, &w->clients[client[i]]);
		assert_int_equal(vidsch_complete(item, MS), 0);
	}
	assert_int_equal(vidsch_pick(w->sch, 0, w->now, &item), -EAGAIN);
}

static void enqueue_all(struct world *w)
{
	for (unsigned int c = 0; c < w->nclients; c++)
		assert_int_equal(vidsch_enqueue(w->clients[c].context, &w->clients[c].items[0],
						VIDSCH_EXEC, w->now),
				 0);
}

/* In a process: the priority first, the in-process one among equals, and queue order among those.
 */
static void test_order_in_a_process(void **state)
{
	static const int order[6] = { 4, 2, 5, 1, 3, 0 };
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	struct vidsch_process *process = add_process(vgpu);

	(void)state;
	for (int i = 0; i < 6; i++)
		add_client(w, process, MS, 0, 1);
	set(&w->clients[0], -7, 7);
	set(&w->clients[2], 0, 1);
	set(&w->clients[3], 0, -1);
	set(&w->clients[4], 1, -7);
	set(&w->clients[5], 0, 1);
	enqueue_all(w);
	expect_order(w, order, 6);
	world_destroy(w, &vgpu, 1);
}

/* Between processes: that of the first context; the in-process priority counts nothing. */
static void test_order_of_processes(void **state)
{
	static const int order[5] = { 3, 1, 0, 2, 4 };
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	struct vidsch_process *mixed;

	(void)state;
	add_client(w, add_process(vgpu), MS, 0, 1);
	add_client(w, add_process(vgpu), MS, 0, 1);
	mixed = add_process(vgpu);
	add_client(w, mixed, MS, 0, 1);
	add_client(w, mixed, MS, 0, 1);
	add_client(w, mixed, MS, 0, 1);
	set(&w->clients[0], 0, 7);
	set(&w->clients[1], 1, 0);
	set(&w->clients[2], 0, 0);
	set(&w->clients[3], 7, 0); /* raises its process as long as it has work, no longer */
	set(&w->clients[4], -7, 7);
	enqueue_all(w);
	expect_order(w, order, 5);
	world_destroy(w, &vgpu, 1);
}

/* A change counts for what is queued already, up and down. */
static void test_change_while_queued(void **state)
{
	static const int order[3] = { 2, 0, 1 };
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);

	(void)state;
	for (int i = 0; i < 3; i++)
		add_client(w, add_process(vgpu), MS, 0, 1);
	set(&w->clients[1], 5, 0);
	enqueue_all(w);
	set(&w->clients[2], 7, 0);
	set(&w->clients[1], -1, 0);
	expect_order(w, order, 3);
	world_destroy(w, &vgpu, 1);
}

/* Shares of vGPUs are what their weights say, whatever the priorities inside. */
static void test_nothing_between_vgpus(void **state)
{
	struct vidsch_vgpu *vgpus[2];
	struct world *w = world_create(1);

	(void)state;
	for (int i = 0; i < 2; i++) {
		vgpus[i] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
		add_client(w, add_process(vgpus[i]), (1 + i) * MS, 0, 2);
	}
	set(&w->clients[0], 7, 7);
	set(&w->clients[1], -7, -7);
	world_run(w, 10 * SECOND);
	assert_in_range(w->clients[0].got / MS, 4980, 5020);
	assert_in_range(w->clients[1].got / MS, 4980, 5020);
	world_destroy(w, vgpus, 2);
}

/* The high one has all but what age gives the low one: an item for every time of ageing. */
static void test_low_is_not_starved(void **state)
{
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	struct client *high = add_client(w, add_process(vgpu), MS, 0, 2);
	struct client *low = add_client(w, add_process(vgpu), MS, 0, 2);

	(void)state;
	set(high, 1, 0);
	world_run(w, 10 * SECOND);
	assert_in_range(low->got / MS, 10 * SECOND / (AGEING + 3 * MS), 10 * SECOND / AGEING);
	assert_true(high->got + low->got > 10 * SECOND - 2 * MS);
	assert_true(high->worst <= 3 * MS);
	world_destroy(w, &vgpu, 1);
}

/* Many low ones, in one process and in several: each runs within the bound, the high one keeps
 * half.
 */
static void test_many_low(void **state)
{
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	struct vidsch_process *process = add_process(vgpu);
	struct client *high = add_client(w, process, MS, 0, 2);
	const uint64_t bound = AGEING + (2 * 20 + 4) * 10 * MS;

	(void)state;
	for (int i = 0; i < 20; i++)
		add_client(w, process, 10 * MS, 0, 1);
	set(high, 0, 1);
	world_run(w, 20 * SECOND);
	assert_true(high->got >= 20 * SECOND / 11 - 20 * MS); /* every second start */
	assert_true(high->worst <= 21 * MS); /* two deep: low, its own other one, low */
	for (int i = 1; i <= 20; i++) {
		assert_true(w->clients[i].got > 0);
		assert_true(w->clients[i].worst <= bound);
	}
	world_destroy(w, &vgpu, 1);
}

/* Who is behind because of the priority of others is fair to its equals all the same. */
static void test_equals_stay_fair(void **state)
{
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	struct client *high = add_client(w, add_process(vgpu), 3 * MS, 3 * MS, 1);
	struct client *small = add_client(w, add_process(vgpu), MS, 0, 2);
	struct client *large = add_client(w, add_process(vgpu), 5 * MS, 0, 2);

	(void)state;
	set(high, 3, 0);
	world_run(w, 20 * SECOND);
	assert_in_range(small->got * 100 / large->got, 95, 105);
	assert_true(high->worst <= 5 * MS);
	world_destroy(w, &vgpu, 1);
}

/* Nor does going up and down again pay off a debt. */
static void test_changes_keep_the_debt(void **state)
{
	struct world *w = world_create(1);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	struct client *honest = add_client(w, add_process(vgpu), 2 * MS, 0, 2);
	struct client *flips = add_client(w, add_process(vgpu), 20 * MS, 0, 2);

	(void)state;
	for (int i = 0; i < 10000; i++) {
		world_run(w, MS);
		set(flips, -7, 0);
		set(flips, 0, 0);
	}
	assert_in_range(flips->got * 100 / honest->got, 0, 105);
	world_destroy(w, &vgpu, 1);
}

static void random_world(struct prng *prng)
{
	uint32_t slots = 1 + prng_below(prng, 3);
	struct world *w = world_create(slots);
	struct vidsch_vgpu *vgpu = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	uint64_t bound;

	for (int p = 0; p < 4; p++) {
		struct vidsch_process *process = add_process(vgpu);

		for (uint32_t c = 0, n = 1 + prng_below(prng, 4); c < n; c++)
			add_client(w, process, (1 + prng_below(prng, 5000)) * US,
				   prng_below(prng, 3) ? 0 : prng_below(prng, 20000) * US,
				   1 + prng_below(prng, DEPTH_MAX));
	}
	for (int i = 0; i < 200; i++) {
		set(&w->clients[prng_below(prng, w->nclients)], (int)prng_below(prng, 15) - 7,
		    (int)prng_below(prng, 15) - 7);
		world_run(w, 50 * MS);
	}
	/* Ageing of its process and in it, turns of both, each item queued DEPTH_MAX deep. */
	bound = DEPTH_MAX * (4 + 2) * 2 * (AGEING + (2 * 4 + 2) * 5 * MS);
	world_reset(w);
	world_run(w, 20 * SECOND);
	for (unsigned int c = 0; c < w->nclients; c++) {
		assert_true(w->clients[c].got > 0);
		assert_true(w->clients[c].worst < bound);
	}
	world_destroy(w, &vgpu, 1);
}

/* Any mixture of priorities, changed while work runs: nobody starves. */
static void test_random(void **state)
{
	struct prng prng = { .state = 0x9a71 };

	(void)state;
	for (int trial = 0; trial < 20; trial++)
		random_world(&prng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_order_in_a_process),
		cmocka_unit_test(test_order_of_processes),
		cmocka_unit_test(test_change_while_queued),
		cmocka_unit_test(test_nothing_between_vgpus),
		cmocka_unit_test(test_low_is_not_starved),
		cmocka_unit_test(test_many_low),
		cmocka_unit_test(test_equals_stay_fair),
		cmocka_unit_test(test_changes_keep_the_debt),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

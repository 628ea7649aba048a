// SPDX-License-Identifier: MIT
/*
 * test_vidsch_fairness: what vGPUs, processes and contexts receive of a node, over simulated time
 * (world.h).
 */
#include "cm.h"

#include "prng.h"
#include "world.h"

/* Jain's index of received over entitled: 1 is perfectly fair, 1/n is one taking it all. */
static double jain(const uint64_t *got, const uint32_t *entitled, unsigned int n)
{
	double sum = 0, squares = 0;

	for (unsigned int i = 0; i < n; i++) {
		double x = (double)got[i] / entitled[i];

		sum += x;
		squares += x * x;
	}
	return sum * sum / (n * squares);
}

/* Six vGPUs always busy with items of 0.1 to 12 ms and very different numbers of contexts. */
static void test_equal_vgpus(void **state)
{
	static const uint64_t costs[6] = { 100 * US, 300 * US, MS, 2 * MS, 5 * MS, 12 * MS };
	static const uint32_t ones[6] = { 1, 1, 1, 1, 1, 1 };
	struct vidsch_vgpu *vgpus[6];
	uint64_t got[6] = { 0 };
	struct world *w = world_create(1);

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct vidsch_process *process;

		vgpus[i] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
		process = add_process(vgpus[i]);
		for (int j = 0; j <= i % 4; j++)
			add_client(w, process, costs[i], 0, 2);
	}
	for (int window = 0; window < 5; window++) {
		struct vidsch_stats stats;

		world_run(w, SECOND);
		for (int i = 0; i < 6; i++) {
			assert_int_equal(vidsch_vgpu_get_stats(vgpus[i], 0, &stats), 0);
			got[i] = stats.busy_ns - got[i];
		}
		assert_true(jain(got, ones, 6) > 0.995);
		for (int i = 0; i < 6; i++) {
			assert_int_equal(vidsch_vgpu_get_stats(vgpus[i], 0, &stats), 0);
			got[i] = stats.busy_ns;
		}
	}
	world_destroy(w, vgpus, 6);
}

static void test_weights(void **state)
{
	static const uint32_t weights[4] = { 50, 100, 300, 1000 };
	struct vidsch_vgpu *vgpus[4];
	uint64_t got[4];
	struct world *w = world_create(1);

	(void)state;
	for (int i = 0; i < 4; i++) {
		vgpus[i] = add_vgpu(w, weights[i]);
		add_client(w, add_process(vgpus[i]), (4 - i) * MS, 0, 2);
	}
	world_run(w, 10 * SECOND);
	for (int i = 0; i < 4; i++)
		got[i] = w->clients[i].got;
	assert_true(jain(got, weights, 4) > 0.999);
	/* Changed while work runs: the first two trade places. */
	assert_int_equal(vidsch_vgpu_set_weight(vgpus[0], 100), 0);
	assert_int_equal(vidsch_vgpu_set_weight(vgpus[1], 50), 0);
	world_reset(w);
	world_run(w, 10 * SECOND);
	assert_in_range(w->clients[0].got * 100 / w->clients[1].got, 190, 210);
	world_destroy(w, vgpus, 4);
}

/* A hog of 10 ms items against a light client that waits for each 200 us item: the light one waits
 * for one hog item at most, and gets all it asks for beyond that. */
static void test_hog_and_light(void **state)
{
	struct vidsch_vgpu *vgpus[2];
	struct client *light;
	struct world *w = world_create(1);

	(void)state;
	vgpus[0] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	vgpus[1] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	for (int i = 0; i < 8; i++)
		add_client(w, add_process(vgpus[0]), 10 * MS, 0, 4);
	light = add_client(w, add_process(vgpus[1]), 200 * US, 5 * MS, 1);
	world_run(w, 10 * SECOND);
	assert_true(light->worst <= 10 * MS);
	/* A period is at most 5 ms of thought, 10 ms of waiting and 0.2 ms of work. */
	assert_true(light->got >= 10 * SECOND / (15 * MS + 200 * US) * 200 * US);
	world_destroy(w, vgpus, 2);
}

/* A vGPU that idled for 10 s must not make the busy one pay for it when it comes back. */
static void test_no_credit_for_idling(void **state)
{
	struct vidsch_vgpu *vgpus[2];
	struct client *busy, *late;
	struct world *w = world_create(1);

	(void)state;
	vgpus[0] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	vgpus[1] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	busy = add_client(w, add_process(vgpus[0]), 2 * MS, 0, 2);
	late = add_client(w, add_process(vgpus[1]), 2 * MS, 0, 2);
	late->start = 10 * SECOND;
	world_run(w, 10 * SECOND);
	assert_int_equal(late->got, 0);
	assert_true(busy->got >= 10 * SECOND - 2 * MS);
	world_reset(w);
	world_run(w, 100 * MS);
	assert_in_range(busy->got, 46 * MS, 54 * MS);
	assert_in_range(late->got, 46 * MS, 54 * MS);
	assert_true(busy->worst <= 6 * MS);
	world_destroy(w, vgpus, 2);
}

/* Inside a vGPU: processes share equally whatever their number of contexts, contexts of one
 * likewise. */
static void test_inside_a_vgpu(void **state)
{
	struct vidsch_vgpu *vgpus[1];
	struct vidsch_process *many, *one;
	struct world *w = world_create(1);
	uint64_t sum = 0;

	(void)state;
	vgpus[0] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	many = add_process(vgpus[0]);
	one = add_process(vgpus[0]);
	for (int i = 0; i < 5; i++)
		add_client(w, many, (1 + i) * MS, 0, 2);
	add_client(w, one, MS, 0, 2);
	world_run(w, 10 * SECOND);
	for (int i = 0; i < 5; i++) {
		sum += w->clients[i].got;
		assert_in_range(w->clients[i].got / MS, 980, 1020);
	}
	assert_in_range(sum / MS, 4980, 5020);
	assert_in_range(w->clients[5].got / MS, 4980, 5020);
	world_destroy(w, vgpus, 1);
}

/* A stream of items that measure nothing must not keep the node from the others. */
static void test_empty_items_starve_nobody(void **state)
{
	struct vidsch_vgpu *vgpus[2];
	struct vidsch_context *empty, *real;
	struct vidsch_item a = { 0 }, b = { 0 }, *picked;
	struct world *w = world_create(1);
	unsigned int empties = 0, reals = 0;

	(void)state;
	for (int i = 0; i < 2; i++)
		vgpus[i] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
	assert_int_equal(vidsch_context_create(add_process(vgpus[0]), 0, 0, 1, &empty), 0);
	assert_int_equal(vidsch_context_create(add_process(vgpus[1]), 0, 0, 1, &real), 0);
	assert_int_equal(vidsch_enqueue(real, &b, VIDSCH_EXEC, 0), 0);
	for (int i = 0; i < 100000; i++) {
		if (!a.context)
			assert_int_equal(vidsch_enqueue(empty, &a, VIDSCH_EXEC, 0), 0);
		if (!b.context)
			assert_int_equal(vidsch_enqueue(real, &b, VIDSCH_EXEC, 0), 0);
		assert_int_equal(vidsch_pick(w->sch, 0, 0, &picked), 0);
		empties += picked == &a;
		reals += picked == &b;
		assert_int_equal(vidsch_complete(picked, picked == &a ? 0 : 100 * US), 0);
	}
	assert_in_range(empties / reals, 99, 101);
	world_destroy(w, vgpus, 2);
}

/* Any mixture: everybody who has work runs again within the time all others need for a few rounds.
 */
static void test_no_starvation(void **state)
{
	struct prng prng = { .state = 0x57a7 };

	(void)state;
	for (int trial = 0; trial < 20; trial++) {
		uint32_t slots = 1 + prng_below(&prng, 3), nvgpus = 2 + prng_below(&prng, 4);
		struct world *w = world_create(slots);
		struct vidsch_vgpu *vgpus[5];

		for (uint32_t v = 0; v < nvgpus; v++) {
			uint32_t nclients = 1 + prng_below(&prng, 4);

			vgpus[v] = add_vgpu(w, 50 + prng_below(&prng, 200));
			for (uint32_t c = 0; c < nclients; c++)
				add_client(w, add_process(vgpus[v]),
					   (1 + prng_below(&prng, 5000)) * US,
					   prng_below(&prng, 3) ? 0 : prng_below(&prng, 20000) * US,
					   1 + prng_below(&prng, DEPTH_MAX));
		}
		world_run(w, 20 * SECOND);
		for (unsigned int c = 0; c < w->nclients; c++) {
			assert_true(w->clients[c].got > 0);
			assert_true(w->clients[c].worst < SECOND);
		}
		world_destroy(w, vgpus, nvgpus);
	}
}

/* Work conserving: with enough demand no slot of the node is ever idle. */
static void test_work_conserving(void **state)
{
	struct vidsch_vgpu *vgpus[3];
	struct world *w = world_create(2);
	uint64_t sum = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		vgpus[i] = add_vgpu(w, VIDSCH_WEIGHT_DEFAULT);
		add_client(w, add_process(vgpus[i]), (1 + i) * MS, 0, 2);
	}
	world_run(w, 6 * SECOND);
	for (int i = 0; i < 3; i++)
		sum += w->clients[i].got;
	assert_in_range(sum / MS, 12000 - 6, 12000);
	world_destroy(w, vgpus, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_vgpus),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_hog_and_light),
		cmocka_unit_test(test_no_credit_for_idling),
		cmocka_unit_test(test_inside_a_vgpu),
		cmocka_unit_test(test_empty_items_starve_nobody),
		cmocka_unit_test(test_no_starvation),
		cmocka_unit_test(test_work_conserving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

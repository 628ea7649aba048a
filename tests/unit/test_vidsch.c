// SPDX-License-Identifier: MIT
/*
 * test_vidsch: the rules of the scheduler but fairness (which has test_vidsch_fairness): order in a
 * context, waits and signals, blocking, slots, limits, removal with queued and running items,
 * memory failing; then random events against a naive model that knows who may run.
 */
#include "cm.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "oom.h"
#include "prng.h"
#include "vidsch/vidsch.h"

#define MS UINT64_C(1000000)

/** struct rig - a scheduler of two nodes (1 and 2 slots), a vGPU, a process, a context on node 0.
 */
struct rig {
	struct vidsch *sch;
	struct vidsch_vgpu *vgpu;
	struct vidsch_process *process;
	struct vidsch_context *context;
};

static const uint32_t rig_slots[2] = { 1, 2 };

static struct vidsch_context *add_context(struct vidsch_process *process, uint32_t node)
{
	struct vidsch_context *context;

	assert_int_equal(vidsch_context_create(process, node, 0, 0, &context), 0);
	return context;
}

static struct rig setup(void)
{
	struct rig r;

	assert_int_equal(vidsch_create(2, rig_slots, &r.sch), 0);
	assert_int_equal(vidsch_vgpu_create(r.sch, VIDSCH_WEIGHT_DEFAULT, &r.vgpu), 0);
	assert_int_equal(vidsch_process_create(r.vgpu, &r.process), 0);
	r.context = add_context(r.process, 0);
	return r;
}

/* Counts items given back, and checks that they come in order of their address. */
struct disposal {
	unsigned int count;
	struct vidsch_item *last;
};

static void dispose(struct vidsch_item *item, void *arg)
{
	struct disposal *disposal = arg;

	assert_null(item->context);
	assert_true(!disposal->last || item > disposal->last);
	disposal->last = item;
	disposal->count++;
}

static void teardown(struct rig *r)
{
	struct disposal disposal = { 0 };

	vidsch_vgpu_destroy(r->vgpu, dispose, &disposal);
	assert_int_equal(disposal.count, 0);
	assert_int_equal(vidsch_destroy(r->sch), 0);
}

static void enqueue(struct vidsch_context *context, struct vidsch_item *item, enum vidsch_kind kind)
{
	assert_int_equal(vidsch_enqueue(context, item, kind, 0), 0);
}

static struct vidsch_item *pick(struct vidsch *sch, uint32_t node)
{
	struct vidsch_item *item = NULL;

	assert_int_equal(vidsch_pick(sch, node, 0, &item), 0);
	return item;
}

static void assert_idle(struct vidsch *sch, uint32_t node)
{
	struct vidsch_item *item = NULL;

	assert_int_equal(vidsch_pick(sch, node, 0, &item), -EAGAIN);
	assert_null(item);
}

static void test_arguments(void **state)
{
	const uint32_t none[2] = { 1, 0 }, many[1] = { VIDSCH_MAX_SLOTS + 1 };
	uint32_t ones[VIDSCH_MAX_NODES + 1];
	struct rig r = setup();
	struct vidsch_item item = { 0 }, *picked;
	struct vidsch_context *context;
	struct vidsch_stats stats;
	struct vidsch_vgpu *vgpu;
	struct vidsch *sch;

	(void)state;
	for (unsigned int i = 0; i <= VIDSCH_MAX_NODES; i++)
		ones[i] = 1;
	assert_int_equal(vidsch_create(0, ones, &sch), -EINVAL);
	assert_int_equal(vidsch_create(VIDSCH_MAX_NODES + 1, ones, &sch), -EINVAL);
	assert_int_equal(vidsch_create(2, none, &sch), -EINVAL);
	assert_int_equal(vidsch_create(1, many, &sch), -EINVAL);
	assert_int_equal(vidsch_create(VIDSCH_MAX_NODES, ones, &sch), 0);
	assert_int_equal(vidsch_destroy(sch), 0);
	assert_int_equal(vidsch_vgpu_create(r.sch, 0, &vgpu), -EINVAL);
	assert_int_equal(vidsch_vgpu_create(r.sch, VIDSCH_WEIGHT_MAX + 1, &vgpu), -EINVAL);
	assert_int_equal(vidsch_vgpu_set_weight(r.vgpu, 0), -EINVAL);
	assert_int_equal(vidsch_vgpu_set_weight(r.vgpu, VIDSCH_WEIGHT_MAX + 1), -EINVAL);
	assert_int_equal(vidsch_vgpu_get_stats(r.vgpu, 2, &stats), -EINVAL);
	assert_int_equal(vidsch_context_create(r.process, 2, 0, 0, &context), -EINVAL);
	assert_int_equal(vidsch_enqueue(r.context, &item, (enum vidsch_kind)3, 0), -EINVAL);
	assert_int_equal(vidsch_pick(r.sch, 2, 0, &picked), -EINVAL);
	assert_int_equal(vidsch_complete(&item, 1), -EINVAL);
	assert_int_equal(vidsch_unblock(r.context), -EINVAL);
	assert_int_equal(vidsch_destroy(r.sch), -EBUSY);
	assert_int_equal(vidsch_destroy(NULL), 0);
	vidsch_vgpu_destroy(NULL, dispose, NULL);
	vidsch_process_destroy(NULL, dispose, NULL);
	vidsch_context_destroy(NULL, dispose, NULL);
	teardown(&r);
}

static void test_order_and_slots(void **state)
{
	struct rig r = setup();
	struct vidsch_context *other = add_context(r.process, 0);
	struct vidsch_item items[3] = { { 0 } }, blocker = { 0 }, *picked = NULL;
	struct vidsch_stats stats;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(vidsch_enqueue(r.context, &items[i], VIDSCH_EXEC, 10), 0);
	assert_int_equal(vidsch_context_queued(r.context), 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(vidsch_pick(r.sch, 0, 30, &picked), 0);
		assert_ptr_equal(picked, &items[i]);
		assert_ptr_equal(picked->context, r.context);
		assert_int_equal(picked->started_ns, 30);
		/* The one slot is taken, whoever else has work. */
		if (i == 0)
			enqueue(other, &blocker, VIDSCH_EXEC);
		assert_int_equal(vidsch_pick(r.sch, 0, 30, &picked), -EBUSY);
		assert_int_equal(vidsch_complete(&items[i], 5 * MS), 0);
		assert_int_equal(vidsch_complete(&items[i], 5 * MS), -EINVAL);
		if (i == 0) {
			assert_ptr_equal(pick(r.sch, 0), &blocker);
			assert_int_equal(vidsch_complete(&blocker, 5 * MS), 0);
		}
	}
	assert_idle(r.sch, 0);
	assert_int_equal(vidsch_vgpu_get_stats(r.vgpu, 0, &stats), 0);
	assert_int_equal(stats.busy_ns, 20 * MS);
	assert_int_equal(stats.started, 4);
	assert_int_equal(stats.completed, 4);
	assert_int_equal(stats.running, 0);
	assert_int_equal(stats.wait_ns, 60);
	teardown(&r);
}

/* Who stands aside gives up its slot, once, to other processes: its own starts nothing meanwhile.
 */
static void test_standing_aside(void **state)
{
	struct rig r = setup();
	struct vidsch_process *process;
	struct vidsch_context *mine = add_context(r.process, 0), *theirs;
	struct vidsch_item first[2] = { { 0 } }, second = { 0 }, other[2] = { { 0 } },
			   *picked = NULL;
	struct vidsch_stats stats;

	(void)state;
	assert_int_equal(vidsch_process_create(r.vgpu, &process), 0);
	theirs = add_context(process, 0);
	enqueue(r.context, &first[0], VIDSCH_EXEC);
	enqueue(r.context, &first[1], VIDSCH_EXEC);
	enqueue(mine, &second, VIDSCH_EXEC);
	assert_int_equal(vidsch_step_aside(&first[0]), -EINVAL);
	assert_ptr_equal(pick(r.sch, 0), &first[0]);
	assert_int_equal(vidsch_pick(r.sch, 0, 0, &picked), -EBUSY);
	assert_int_equal(vidsch_step_aside(&first[0]), 0);
	assert_int_equal(vidsch_step_aside(&first[0]), -EINVAL);
	assert_int_equal(vidsch_pick(r.sch, 0, 0, &picked), -EAGAIN);
	for (int i = 0; i < 2; i++) {
		enqueue(theirs, &other[i], VIDSCH_EXEC);
		assert_ptr_equal(pick(r.sch, 0), &other[i]);
		assert_int_equal(vidsch_pick(r.sch, 0, 0, &picked), -EBUSY);
		assert_int_equal(vidsch_complete(&other[i], 5 * MS), 0);
	}
	assert_int_equal(vidsch_pick(r.sch, 0, 0, &picked), -EAGAIN);
	assert_int_equal(vidsch_complete(&first[0], 5 * MS), 0);
	assert_non_null(pick(r.sch, 0));
	assert_int_equal(vidsch_pick(r.sch, 0, 0, &picked), -EBUSY);
	assert_int_equal(vidsch_complete(first[1].running ? &first[1] : &second, MS), 0);
	assert_int_equal(vidsch_complete(pick(r.sch, 0), MS), 0);
	assert_int_equal(vidsch_vgpu_get_stats(r.vgpu, 0, &stats), 0);
	assert_int_equal(stats.busy_ns, 17 * MS);
	assert_int_equal(stats.running, 0);
	vidsch_process_destroy(process, NULL, NULL);
	teardown(&r);
}

/* One item at a time by default; with max_running 2 the next starts before the first has ended. */
static void test_running_limit(void **state)
{
	struct rig r = setup();
	struct vidsch_context *one = add_context(r.process, 1), *two;
	struct vidsch_item items[3] = { { 0 } }, *picked;

	(void)state;
	assert_int_equal(vidsch_context_create(r.process, 1, 0, 2, &two), 0);
	for (int i = 0; i < 2; i++)
		enqueue(one, &items[i], VIDSCH_EXEC);
	assert_ptr_equal(pick(r.sch, 1), &items[0]);
	assert_idle(r.sch, 1);
	assert_int_equal(vidsch_complete(&items[0], MS), 0);
	assert_ptr_equal(pick(r.sch, 1), &items[1]);
	assert_int_equal(vidsch_complete(&items[1], MS), 0);
	for (int i = 0; i < 3; i++)
		enqueue(two, &items[i], VIDSCH_EXEC);
	assert_ptr_equal(pick(r.sch, 1), &items[0]);
	assert_ptr_equal(pick(r.sch, 1), &items[1]);
	assert_int_equal(vidsch_pick(r.sch, 1, 0, &picked), -EBUSY);
	assert_int_equal(vidsch_complete(&items[0], MS), 0);
	assert_ptr_equal(pick(r.sch, 1), &items[2]);
	assert_int_equal(vidsch_complete(&items[1], MS), 0);
	assert_int_equal(vidsch_complete(&items[2], MS), 0);
	teardown(&r);
}

/* Two that are equal take turns, also before the first has been charged for anything. */
static void test_equals_take_turns(void **state)
{
	struct rig r = setup();
	struct vidsch_item items[2][2] = { { { 0 } } }, *first, *second;
	struct vidsch_context *contexts[2];

	(void)state;
	for (int c = 0; c < 2; c++) {
		assert_int_equal(vidsch_context_create(r.process, 1, 0, 2, &contexts[c]), 0);
		for (int i = 0; i < 2; i++)
			enqueue(contexts[c], &items[c][i], VIDSCH_EXEC);
	}
	first = pick(r.sch, 1);
	second = pick(r.sch, 1);
	assert_ptr_equal(first, &items[0][0]);
	assert_ptr_equal(second, &items[1][0]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(vidsch_complete(&items[i][0], MS), 0);
		pick(r.sch, 1);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(vidsch_complete(&items[i][1], MS), 0);
	teardown(&r);
}

/* exec, signal, wait, exec: each only after the one before it; a wait holds all that follows. */
static void test_syncs(void **state)
{
	struct rig r = setup();
	struct vidsch_item exec = { 0 }, signal = { 0 }, wait = { 0 }, last = { 0 };

	(void)state;
	enqueue(r.context, &exec, VIDSCH_EXEC);
	enqueue(r.context, &signal, VIDSCH_SIGNAL);
	enqueue(r.context, &wait, VIDSCH_WAIT);
	enqueue(r.context, &last, VIDSCH_EXEC);
	assert_null(vidsch_pop_sync(r.sch));
	assert_ptr_equal(pick(r.sch, 0), &exec);
	assert_null(vidsch_pop_sync(r.sch));
	assert_int_equal(vidsch_complete(&exec, MS), 0);
	assert_idle(r.sch, 0);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &signal);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &wait);
	assert_null(vidsch_pop_sync(r.sch));
	assert_idle(r.sch, 0);
	assert_ptr_equal(wait.context, r.context);
	assert_int_equal(vidsch_unblock(wait.context), 0);
	assert_ptr_equal(pick(r.sch, 0), &last);
	assert_int_equal(vidsch_complete(&last, MS), 0);
	teardown(&r);
}

/* Two contexts with syncs due take turns; a sync needs no slot. */
static void test_syncs_take_turns(void **state)
{
	struct rig r = setup();
	struct vidsch_context *other = add_context(r.process, 0),
			      *third = add_context(r.process, 0);
	struct vidsch_item items[4] = { { 0 } }, running = { 0 };

	(void)state;
	enqueue(third, &running, VIDSCH_EXEC);
	assert_ptr_equal(pick(r.sch, 0), &running);
	enqueue(r.context, &items[0], VIDSCH_SIGNAL);
	enqueue(r.context, &items[1], VIDSCH_SIGNAL);
	enqueue(other, &items[2], VIDSCH_SIGNAL);
	enqueue(other, &items[3], VIDSCH_SIGNAL);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &items[0]);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &items[2]);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &items[1]);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &items[3]);
	assert_null(vidsch_pop_sync(r.sch));
	assert_int_equal(vidsch_complete(&running, MS), 0);
	teardown(&r);
}

static void test_blocking_nests(void **state)
{
	struct rig r = setup();
	struct vidsch_item exec = { 0 }, signal = { 0 };

	(void)state;
	enqueue(r.context, &signal, VIDSCH_SIGNAL);
	enqueue(r.context, &exec, VIDSCH_EXEC);
	vidsch_block(r.context);
	assert_null(vidsch_pop_sync(r.sch));
	assert_int_equal(vidsch_unblock(r.context), 0);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &signal);
	vidsch_block(r.context);
	vidsch_block(r.context);
	assert_int_equal(vidsch_unblock(r.context), 0);
	assert_idle(r.sch, 0);
	assert_int_equal(vidsch_unblock(r.context), 0);
	assert_int_equal(vidsch_unblock(r.context), -EINVAL);
	assert_ptr_equal(pick(r.sch, 0), &exec);
	assert_int_equal(vidsch_complete(&exec, MS), 0);
	teardown(&r);
}

static void test_queue_limit(void **state)
{
	static struct vidsch_item items[VIDSCH_MAX_QUEUED + 1];
	struct disposal disposal = { 0 };
	struct rig r = setup();
	struct vidsch_context *small;

	(void)state;
	assert_int_equal(vidsch_context_create(r.process, 0, 2, 0, &small), 0);
	enqueue(small, &items[0], VIDSCH_EXEC);
	enqueue(small, &items[1], VIDSCH_WAIT);
	assert_int_equal(vidsch_enqueue(small, &items[2], VIDSCH_EXEC, 0), -EDQUOT);
	assert_ptr_equal(pick(r.sch, 0), &items[0]);
	/* A started item is not queued any more. */
	enqueue(small, &items[2], VIDSCH_EXEC);
	assert_int_equal(vidsch_enqueue(small, &items[3], VIDSCH_SIGNAL, 0), -EDQUOT);
	assert_int_equal(vidsch_complete(&items[0], MS), 0);
	vidsch_context_destroy(small, dispose, &disposal);
	assert_int_equal(disposal.count, 2);
	for (unsigned int i = 0; i < VIDSCH_MAX_QUEUED; i++)
		enqueue(r.context, &items[i], VIDSCH_EXEC);
	assert_int_equal(vidsch_enqueue(r.context, &items[VIDSCH_MAX_QUEUED], VIDSCH_EXEC, 0),
			 -EDQUOT);
	disposal = (struct disposal){ 0 };
	vidsch_context_destroy(r.context, dispose, &disposal);
	assert_int_equal(disposal.count, VIDSCH_MAX_QUEUED);
	assert_idle(r.sch, 0);
	teardown(&r);
}

/* Destroying a vGPU whose item still runs: the queue comes back at once, the slot when it ends. */
static void test_destroy_while_running(void **state)
{
	struct rig r = setup();
	struct vidsch_vgpu *other;
	struct vidsch_process *process;
	struct vidsch_item items[4] = { { 0 } }, mine = { 0 }, *picked;
	struct disposal disposal = { 0 };

	(void)state;
	assert_int_equal(vidsch_vgpu_create(r.sch, 50, &other), 0);
	assert_int_equal(vidsch_process_create(other, &process), 0);
	for (int i = 0; i < 4; i++)
		enqueue(r.context, &items[i], i == 3 ? VIDSCH_WAIT : VIDSCH_EXEC);
	enqueue(add_context(process, 0), &mine, VIDSCH_EXEC);
	assert_ptr_equal(pick(r.sch, 0), &items[0]);
	vidsch_vgpu_destroy(r.vgpu, dispose, &disposal);
	assert_int_equal(disposal.count, 3);
	assert_int_equal(vidsch_pick(r.sch, 0, 0, &picked), -EBUSY);
	assert_int_equal(vidsch_destroy(r.sch), -EBUSY);
	assert_int_equal(vidsch_complete(&items[0], MS), 0);
	assert_null(items[0].context);
	assert_ptr_equal(pick(r.sch, 0), &mine);
	vidsch_process_destroy(process, dispose, &disposal);
	vidsch_vgpu_destroy(other, dispose, &disposal);
	assert_int_equal(vidsch_destroy(r.sch), -EBUSY);
	assert_int_equal(vidsch_complete(&mine, MS), 0);
	assert_int_equal(disposal.count, 3);
	assert_int_equal(vidsch_destroy(r.sch), 0);
}

/* Time beyond one hour is cut, so that no measurement can banish anybody for good. */
static void test_charge_bounds(void **state)
{
	struct rig r = setup();
	struct vidsch_item item = { 0 };
	struct vidsch_stats stats;

	(void)state;
	vidsch_charge(r.context, UINT64_MAX);
	assert_int_equal(vidsch_vgpu_get_stats(r.vgpu, 0, &stats), 0);
	assert_int_equal(stats.busy_ns, VIDSCH_MAX_CHARGE_NS);
	enqueue(r.context, &item, VIDSCH_EXEC);
	assert_ptr_equal(pick(r.sch, 0), &item);
	assert_int_equal(vidsch_complete(&item, 0), 0);
	assert_int_equal(vidsch_vgpu_get_stats(r.vgpu, 0, &stats), 0);
	assert_int_equal(stats.busy_ns, VIDSCH_MAX_CHARGE_NS + VIDSCH_MIN_CHARGE_NS);
	teardown(&r);
}

static void test_out_of_memory(void **state)
{
	struct rig r = setup();
	struct vidsch_process *process;
	struct vidsch_context *context;
	struct vidsch_vgpu *vgpu;
	struct vidsch *sch;

	(void)state;
	oom_fail_nth(1);
	assert_int_equal(vidsch_create(2, rig_slots, &sch), -ENOMEM);
	oom_fail_nth(1);
	assert_int_equal(vidsch_vgpu_create(r.sch, 1, &vgpu), -ENOMEM);
	oom_fail_nth(1);
	assert_int_equal(vidsch_process_create(r.vgpu, &process), -ENOMEM);
	oom_fail_nth(1);
	assert_int_equal(vidsch_context_create(r.process, 0, 0, 0, &context), -ENOMEM);
	teardown(&r);
}

#define CONTEXTS 12
#define QUEUE 16

/**
 * struct sim_context - the model of one context: its items by number, [done, started) running,
 * [started, queued) waiting.  Numbers only grow; item n is in items[n % QUEUE].
 */
struct sim_context {
	struct vidsch_process *process;
	struct vidsch_context *context;
	struct vidsch_item items[QUEUE];
	uint32_t done;
	uint32_t started;
	uint32_t queued;
	uint32_t blocked;
	uint32_t node;
	uint32_t max_running;
};

struct sim {
	struct vidsch *sch;
	struct sim_context contexts[CONTEXTS];
	uint32_t running[2];
};

static const struct vidsch_item *sim_head(const struct sim_context *c)
{
	return c->started < c->queued ? &c->items[c->started % QUEUE] : NULL;
}

static bool sim_may_start(const struct sim_context *c)
{
	return sim_head(c) && sim_head(c)->kind == VIDSCH_EXEC && !c->blocked &&
	       c->started - c->done < c->max_running;
}

static bool sim_may_sync(const struct sim_context *c)
{
	return sim_head(c) && sim_head(c)->kind != VIDSCH_EXEC && !c->blocked &&
	       c->started == c->done;
}

static void sim_enqueue(struct sim *sim, struct prng *prng)
{
	struct sim_context *c = &sim->contexts[prng_below(prng, CONTEXTS)];
	enum vidsch_kind kind = prng_below(prng, 3) ? VIDSCH_EXEC : 1 + prng_below(prng, 2);

	if (c->queued - c->done == QUEUE)
		return;
	enqueue(c->context, &c->items[c->queued % QUEUE], kind);
	c->queued++;
}

static void sim_pick(struct sim *sim, struct prng *prng)
{
	uint32_t node = prng_below(prng, 2);
	struct vidsch_item *item = NULL;
	struct sim_context *c;
	int want = -EAGAIN;

	for (int i = 0; i < CONTEXTS; i++)
		if (sim->contexts[i].node == node && sim_may_start(&sim->contexts[i]))
			want = 0;
	if (sim->running[node] == rig_slots[node])
		want = -EBUSY;
	assert_int_equal(vidsch_pick(sim->sch, node, 0, &item), want);
	if (want)
		return;
	c = item->work;
	assert_true(sim_may_start(c) && c->node == node);
	assert_ptr_equal(item, sim_head(c));
	c->started++;
	sim->running[node]++;
}

static void sim_sync(struct sim *sim, struct prng *prng)
{
	struct vidsch_item *item = vidsch_pop_sync(sim->sch);
	struct sim_context *c;

	(void)prng;
	if (!item) {
		for (int i = 0; i < CONTEXTS; i++)
			assert_false(sim_may_sync(&sim->contexts[i]));
		return;
	}
	c = item->work;
	assert_true(sim_may_sync(c));
	assert_ptr_equal(item, sim_head(c));
	c->blocked += item->kind == VIDSCH_WAIT;
	c->started++;
	c->done++;
}

static void sim_complete(struct sim *sim, struct prng *prng)
{
	struct sim_context *c = &sim->contexts[prng_below(prng, CONTEXTS)];

	if (c->done == c->started)
		return;
	assert_int_equal(vidsch_complete(&c->items[c->done % QUEUE], prng_below(prng, 5000000)), 0);
	c->done++;
	sim->running[c->node]--;
}

static void sim_block(struct sim *sim, struct prng *prng)
{
	struct sim_context *c = &sim->contexts[prng_below(prng, CONTEXTS)];

	if (c->blocked) {
		assert_int_equal(vidsch_unblock(c->context), 0);
		c->blocked--;
	} else if (!prng_below(prng, 4)) {
		vidsch_block(c->context);
		c->blocked++;
	}
}

static void count_items(struct vidsch_item *item, void *arg)
{
	(void)item;
	(*(unsigned int *)arg)++;
}

/* Now and then destroy a context with whatever it has queued, once it runs nothing, and replace it.
 */
static void sim_recreate(struct sim *sim, struct prng *prng)
{
	struct sim_context *c = &sim->contexts[prng_below(prng, CONTEXTS)];
	unsigned int returned = 0;

	if (prng_below(prng, 8) || c->done != c->started)
		return;
	vidsch_context_destroy(c->context, count_items, &returned);
	assert_int_equal(returned, c->queued - c->started);
	c->started = c->queued;
	c->done = c->queued;
	c->blocked = 0;
	assert_int_equal(
		vidsch_context_create(c->process, c->node, QUEUE, c->max_running, &c->context), 0);
}

typedef void (*sim_fn)(struct sim *sim, struct prng *prng);

static const sim_fn sim_steps[] = {
	sim_enqueue, sim_enqueue,  sim_pick,	 sim_pick,  sim_sync,
	sim_sync,    sim_complete, sim_complete, sim_block, sim_recreate
};

static void test_model(void **state)
{
	static struct sim sim;
	struct prng prng = { .state = 0x5c4ed };
	struct vidsch_process *processes[4];
	struct vidsch_vgpu *vgpus[2];
	unsigned int returned = 0, left = 0;

	(void)state;
	memset(&sim, 0, sizeof(sim));
	assert_int_equal(vidsch_create(2, rig_slots, &sim.sch), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(vidsch_vgpu_create(sim.sch, 100 * (i + 1), &vgpus[i]), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(vidsch_process_create(vgpus[i % 2], &processes[i]), 0);
	for (uint32_t i = 0; i < CONTEXTS; i++) {
		struct sim_context *c = &sim.contexts[i];

		c->process = processes[i % 4];
		c->node = i / 4 % 2;
		c->max_running = 1 + i % 3;
		assert_int_equal(vidsch_context_create(c->process, c->node, QUEUE, c->max_running,
						       &c->context),
				 0);
		for (int j = 0; j < QUEUE; j++)
			c->items[j].work = c;
	}
	for (int round = 0; round < 200000; round++)
		sim_steps[prng_below(&prng, sizeof(sim_steps) / sizeof(sim_steps[0]))](&sim, &prng);
	for (int i = 0; i < CONTEXTS; i++) {
		assert_true(sim.contexts[i].done > 500);
		left += sim.contexts[i].queued - sim.contexts[i].started;
	}
	for (int i = 0; i < 2; i++)
		vidsch_vgpu_destroy(vgpus[i], count_items, &returned);
	assert_int_equal(returned, left);
	for (int i = 0; i < CONTEXTS; i++)
		for (struct sim_context *c = &sim.contexts[i]; c->done < c->started; c->done++)
			assert_int_equal(vidsch_complete(&c->items[c->done % QUEUE], 1), 0);
	assert_int_equal(vidsch_destroy(sim.sch), 0);
}

/* A process has its own numbers, the vGPU all of them; the kinds of entries are told apart. */
static void test_stats(void **state)
{
	struct rig r = setup();
	struct vidsch_process *other;
	struct vidsch_item exec = { 0 }, wait = { 0 }, signal = { 0 }, *item;
	struct vidsch_stats mine, its, all;

	(void)state;
	assert_int_equal(vidsch_process_create(r.vgpu, &other), 0);
	assert_int_equal(vidsch_enqueue(r.context, &exec, VIDSCH_EXEC, 10), 0);
	assert_int_equal(vidsch_enqueue(r.context, &signal, VIDSCH_SIGNAL, 10), 0);
	assert_int_equal(vidsch_enqueue(r.context, &wait, VIDSCH_WAIT, 10), 0);
	assert_int_equal(vidsch_pick(r.sch, 0, 30, &item), 0);
	assert_int_equal(vidsch_complete(item, 5 * MS), 0);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &signal);
	assert_int_equal(vidsch_process_get_stats(r.process, 0, &mine), 0);
	assert_int_equal(mine.busy_ns, 5 * MS);
	assert_int_equal(mine.wait_ns, 20);
	assert_int_equal(mine.switches, 1);
	assert_int_equal(mine.queued[VIDSCH_EXEC], 1);
	assert_int_equal(mine.over[VIDSCH_EXEC], 1);
	assert_int_equal(mine.over[VIDSCH_SIGNAL], 1);
	assert_int_equal(mine.queued[VIDSCH_WAIT], 1);
	assert_int_equal(mine.over[VIDSCH_WAIT], 0);
	assert_int_equal(vidsch_vgpu_get_stats(r.vgpu, 0, &all), 0);
	assert_memory_equal(&all, &mine, sizeof(all));
	assert_int_equal(vidsch_process_get_stats(other, 0, &its), 0);
	assert_int_equal(its.busy_ns + its.queued[VIDSCH_EXEC] + its.started, 0);
	assert_int_equal(vidsch_process_get_stats(r.process, 2, &mine), -EINVAL);
	assert_ptr_equal(vidsch_pop_sync(r.sch), &wait);
	vidsch_vgpu_destroy(r.vgpu, NULL, NULL);
	assert_int_equal(vidsch_destroy(r.sch), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_order_and_slots),
		cmocka_unit_test(test_standing_aside),
		cmocka_unit_test(test_running_limit),
		cmocka_unit_test(test_equals_take_turns),
		cmocka_unit_test(test_syncs),
		cmocka_unit_test(test_syncs_take_turns),
		cmocka_unit_test(test_blocking_nests),
		cmocka_unit_test(test_queue_limit),
		cmocka_unit_test(test_destroy_while_running),
		cmocka_unit_test(test_charge_bounds),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

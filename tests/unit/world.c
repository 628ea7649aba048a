// SPDX-License-Identifier: MIT
/*
 * world: see world.h.
 */
#include "world.h"

#include "cm.h"

#include <string.h>

struct world *world_create(uint32_t slots)
{
	static struct world world;

	memset(&world, 0, sizeof(world));
	world.slots = slots;
	assert_int_equal(vidsch_create(1, &slots, &world.sch), 0);
	return &world;
}

struct vidsch_vgpu *add_vgpu(struct world *w, uint32_t weight)
{
	struct vidsch_vgpu *vgpu;

	assert_int_equal(vidsch_vgpu_create(w->sch, weight, &vgpu), 0);
	return vgpu;
}

struct vidsch_process *add_process(struct vidsch_vgpu *vgpu)
{
	struct vidsch_process *process;

	assert_int_equal(vidsch_process_create(vgpu, &process), 0);
	return process;
}

struct client *add_client(struct world *w, struct vidsch_process *process, uint64_t cost,
			  uint64_t think, unsigned int depth)
{
	struct client *client = &w->clients[w->nclients++];

	client->cost = cost;
	client->think = think;
	client->depth = depth;
	assert_int_equal(vidsch_context_create(process, 0, 0, 1, &client->context), 0);
	for (unsigned int i = 0; i < depth; i++)
		client->items[i].work = client;
	return client;
}

static void client_submit(struct world *w, struct client *client)
{
	for (unsigned int i = 0; i < client->depth; i++) {
		if (client->submitted[i] || client->due[i] > w->now || client->start > w->now)
			continue;
		assert_int_equal(
			vidsch_enqueue(client->context, &client->items[i], VIDSCH_EXEC, w->now), 0);
		client->submitted[i] = true;
	}
}

static void slot_complete(struct world *w, uint32_t slot)
{
	struct vidsch_item *item = w->running[slot];
	struct client *client = item->work;
	uint64_t i = (uint64_t)(item - client->items);

	w->running[slot] = NULL;
	assert_int_equal(vidsch_complete(item, client->cost), 0);
	client->got += client->cost;
	client->submitted[i] = false;
	client->due[i] = w->now + client->think;
}

static void slot_start(struct world *w, uint32_t slot)
{
	struct client *client;
	uint64_t waited;

	if (w->running[slot] || vidsch_pick(w->sch, 0, w->now, &w->running[slot]))
		return;
	client = w->running[slot]->work;
	w->ends[slot] = w->now + client->cost;
	waited = w->now - w->running[slot]->enqueued_ns;
	client->worst = waited > client->worst ? waited : client->worst;
}

/* The time of the next thing that happens by itself, at most @until. */
static uint64_t world_next(const struct world *w, uint64_t until)
{
	for (uint32_t s = 0; s < w->slots; s++)
		if (w->running[s] && w->ends[s] < until)
			until = w->ends[s];
	for (unsigned int c = 0; c < w->nclients; c++)
		for (unsigned int i = 0; i < w->clients[c].depth; i++) {
			const struct client *client = &w->clients[c];
			uint64_t due = client->due[i] > client->start ? client->due[i]
								      : client->start;

			if (!client->submitted[i] && due > w->now && due < until)
				until = due;
		}
	return until;
}

void world_run(struct world *w, uint64_t duration)
{
	uint64_t until = w->now + duration;

	while (w->now < until) {
		for (uint32_t s = 0; s < w->slots; s++)
			if (w->running[s] && w->ends[s] <= w->now)
				slot_complete(w, s);
		for (unsigned int c = 0; c < w->nclients; c++)
			client_submit(w, &w->clients[c]);
		for (uint32_t s = 0; s < w->slots; s++)
			slot_start(w, s);
		w->now = world_next(w, until);
	}
}

void world_reset(struct world *w)
{
	for (unsigned int c = 0; c < w->nclients; c++) {
		w->clients[c].got = 0;
		w->clients[c].worst = 0;
	}
}

static void take_back(struct vidsch_item *item, void *arg)
{
	(void)item;
	(void)arg;
}

void world_destroy(struct world *w, struct vidsch_vgpu **vgpus, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		vidsch_vgpu_destroy(vgpus[i], take_back, NULL);
	for (uint32_t s = 0; s < w->slots; s++)
		if (w->running[s])
			assert_int_equal(vidsch_complete(w->running[s], 1), 0);
	assert_int_equal(vidsch_destroy(w->sch), 0);
}

// SPDX-License-Identifier: MIT
/*
 * test_scale: what an object costs dxgd does not depend on how many there are. In one session few
 * and many processes create OBJECTS fences and allocations each and destroy them again; the
 * processor time of dxgd per object is compared, so that neither the machine nor its load matters.
 * A list that is searched from its start somewhere would make the ratio as large as that of the
 * numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "cm.h"

#define FEW 4u
#define MANY 64u
#define OBJECTS 256u
#define RATIO_MAX 6 /* MANY / FEW is 16; a busy machine alone makes 3.5 of 1 */

/** struct crowd - the processes of one session, and what they have. */
struct crowd {
	struct client session;
	struct client client[MANY];
	struct client_fence fence[MANY][OBJECTS / 2];
	uint32_t alloc[MANY][OBJECTS / 2];
};

static struct crowd crowd;

static unsigned long long daemon_cpu_ns(const struct daemon *daemon)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", daemon->pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%llu", &ns), 1);
	fclose(file);
	return ns;
}

static void crowd_gather(const struct daemon *daemon)
{
	unsigned int i;

	client_open(&crowd.session, daemon, "a");
	for (i = 0; i < MANY; i++) {
		client_open_process(&crowd.client[i], &crowd.session);
		client_clock(&crowd.client[i]); /* its worker runs, and costs nothing from now on */
	}
}

/* Processes take turns, as they would. */
static void create_all(unsigned int processes)
{
	unsigned int i, k;

	for (k = 0; k < OBJECTS / 2; k++)
		for (i = 0; i < processes; i++) {
			crowd.fence[i][k] = client_fence(&crowd.client[i], 0);
			crowd.alloc[i][k] = client_alloc(&crowd.client[i], 4096);
		}
}

/* Those of one process from the front, those of the next from the back. */
static void destroy_all(unsigned int processes)
{
	unsigned int i, k, at;

	for (k = 0; k < OBJECTS / 2; k++)
		for (i = 0; i < processes; i++) {
			at = i & 1 ? OBJECTS / 2 - 1 - k : k;
			assert_int_equal(
				client_destroy_sync(&crowd.client[i], crowd.fence[i][at].handle),
				0);
			assert_int_equal(
				client_destroy_allocs(&crowd.client[i], &crowd.alloc[i][at], 1), 0);
		}
}

/** struct cost - ns of dxgd per object. */
struct cost {
	double create;
	double destroy;
};

/* @processes at a time, as often as it takes to have MANY of them altogether. */
static struct cost measure(const struct daemon *daemon, unsigned int processes)
{
	struct cost cost = { 0 };
	unsigned long long start, created;
	unsigned int i;

	for (i = 0; i < MANY; i += processes) {
		start = daemon_cpu_ns(daemon);
		create_all(processes);
		created = daemon_cpu_ns(daemon);
		destroy_all(processes);
		cost.create += (double)(created - start);
		cost.destroy += (double)(daemon_cpu_ns(daemon) - created);
	}
	cost.create /= MANY * OBJECTS;
	cost.destroy /= MANY * OBJECTS;
	return cost;
}

static void objects_cost_the_same(void **state)
{
	struct cost few, many;

	crowd_gather(*state);
	few = measure(*state, FEW);
	many = measure(*state, MANY);
	print_message("ns of dxgd per object: create %.0f of %u, %.0f of %u; destroy %.0f, %.0f\n",
		      few.create, FEW * OBJECTS, many.create, MANY * OBJECTS, few.destroy,
		      many.destroy);
	assert_true(many.create <= RATIO_MAX * few.create);
	assert_true(many.destroy <= RATIO_MAX * few.destroy);
	client_close(&crowd.session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_cost_the_same),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

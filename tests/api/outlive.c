/* SPDX-License-Identifier: MIT */
/*
 * outlive: one process that lives through the deaths of its host: the guest's part of the test
 * tests/vm/revive-host. In each of ROUNDS rounds it opens the adapter, computes, prints "waiting N"
 * once it sleeps in a wait that nobody will end, and when that has ended with DEVICE_REMOVED,
 * "ended N". After the last one it opens and computes once more: "done". Old handles must be dead
 * meanwhile.
 *
 * Exit status: 0 when all of that held.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "fixture.h"

#define FILL_SIZE 65536u

static void give_up(const char *what, NTSTATUS status)
{
	printf("%s: 0x%08x\n", what, (uint32_t)status);
	exit(1);
}

static void must(const char *what, NTSTATUS status)
{
	if (status)
		give_up(what, status);
}

/* The adapter is away for as long as its host is; nothing says when it is back. */
static void open_again(struct api *a)
{
	uint64_t end = api_now_ms() + API_WAIT_MS;
	NTSTATUS status;

	while ((status = api_open(a))) {
		if (api_now_ms() > end)
			give_up("the adapter does not come back", status);
		sched_yield();
	}
}

static void compute(struct api *a, unsigned int round)
{
	struct packets p = { 0 };
	struct api_memory m;
	uint32_t i, pattern = 0x5eed0000u + round;

	must("memory", api_memory_create(a, FILL_SIZE, DXG_ALLOC_CPU_VISIBLE, &m));
	for (i = 0; i < FILL_SIZE; i++)
		if (m.cpu[i])
			give_up("memory is not zero", (NTSTATUS)i);
	packets_fill(&p, m.va, FILL_SIZE, &pattern, sizeof(pattern));
	must("submission", api_run(a, &p));
	for (i = 0; i < FILL_SIZE; i += sizeof(pattern))
		if (memcmp(m.cpu + i, &pattern, sizeof(pattern)))
			give_up("wrong result", (NTSTATUS)i);
}

static unsigned int current;

static void *announce(void *arg)
{
	printf(api_sleeps(getpid()) ? "waiting %u\n" : "does not sleep in round %u\n",
	       *(unsigned int *)arg);
	return NULL;
}

static void live_through(struct api *a)
{
	uint64_t value = a->asked + 1000;
	struct d3dkmthandle queue;
	struct api_fence fence;
	uint32_t execution = 0;
	pthread_t thread;
	NTSTATUS status;

	if (pthread_create(&thread, NULL, announce, &current))
		give_up("thread", -1);
	status = api_wait_cpu(a->device, &a->done.handle, &value, 1, false, 0);
	pthread_join(thread, NULL);
	if (status != STATUS_DEVICE_REMOVED)
		give_up("the wait ended with", status);
	printf("ended %u\n", current);
	status = api_execution_state(a->device, &execution);
	if (status != STATUS_DEVICE_REMOVED)
		give_up("GetDeviceState of the old device", status);
	status = api_queue_create(a->device, &queue, &fence);
	if (status != STATUS_DEVICE_REMOVED)
		give_up("CreatePagingQueue of the old device", status);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;
	struct api a;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (current = 1; current <= rounds; current++) {
		open_again(&a);
		compute(&a, current);
		live_through(&a);
		/* With and without closing what died; over the socket a new session wants the
		 * former. */
		if (current & 1 || api_on_socket())
			api_close(&a);
	}
	open_again(&a);
	compute(&a, current);
	printf("done\n");
	return api_close(&a) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * wait_forever: waits for a fence that nobody signals, and says when that ends: the guest's part of
 * the test that kills dxgd (tests/vm/kill-host). Prints "waiting" once it sleeps in the wait, then
 * "ended 0x<status> state 0x<status>". Exit status: 0 when both say that the device was removed.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "fixture.h"

static void *watch_thread(void *arg)
{
	(void)arg;
	printf(api_sleeps(getpid()) ? "waiting\n" : "does not sleep\n");
	return NULL;
}

int main(void)
{
	NTSTATUS status, state;
	uint32_t execution = 0;
	uint64_t value = 1;
	pthread_t watcher;
	struct api a;

	setvbuf(stdout, NULL, _IOLBF, 0);
	status = api_open(&a);
	if (status || pthread_create(&watcher, NULL, watch_thread, NULL)) {
		printf("cannot start: 0x%08x\n", (uint32_t)status);
		return 1;
	}
	status = api_wait_cpu(a.device, &a.done.handle, &value, 1, false, 0);
	state = api_execution_state(a.device, &execution);
	pthread_join(watcher, NULL);
	printf("ended 0x%08x state 0x%08x\n", (uint32_t)status, (uint32_t)state);
	return status == STATUS_DEVICE_REMOVED && state == STATUS_DEVICE_REMOVED ? 0 : 1;
}

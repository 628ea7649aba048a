// SPDX-License-Identifier: MIT
/*
 * test_kill: SIGKILL in the middle of every ioctl. A child makes the same call in a loop, with
 * arguments that reach the host where there are such, and is killed at a random moment; several
 * times per call. Afterwards nothing of the dead may be left: not in the module (its use count),
 * not on the host, where exactly as many processes as a session may have, and nearly all of its
 * memory, can be had again. The kernel's log is looked at by whoever runs this
 * (tests/vm/check-dmesg).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/cm.h"
#include "dxgwire/limits.h"
#include "gpu.h"
#include "victim.h"

#define SKIP 77
#define MOMENT_US 3000 /* a call takes from one to a thousand of them */
#define LIMIT_S 60

/* ---- the killing ---- */

static void victim_run(const struct victim *victim, int ready)
{
	struct gpu gpu;
	int fd = open(GPU_NODE, O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (gpu_open(&gpu, fd, 0) || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		victim->call(&gpu);
}

static void kill_one(const struct victim *victim)
{
	struct timespec moment = { .tv_nsec = (random() % MOMENT_US) * 1000 };
	int ready[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid)
		victim_run(victim, ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		fail_msg("%s: the victim does not start", victim->name);
	close(ready[0]);
	nanosleep(&moment, NULL); /* anything is a good moment */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		fail_msg("%s: the victim ended with status %x", victim->name, status);
}

/* ---- what is left ---- */

static int use_count(void)
{
	FILE *file = fopen("/sys/module/dxgkrnl/refcnt", "r");
	int n = -1;

	if (!file || fscanf(file, "%d", &n) != 1)
		n = -1;
	if (file)
		fclose(file);
	return n;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Open as many host processes as there may be. Return: how many that were. */
static unsigned int fill_session(int *fd)
{
	struct gpu gpu;
	unsigned int n, opened = 0;

	for (n = 0; n <= DXG_PROCESSES_PER_SESSION; n++) {
		struct d3dkmt_queryvideomemoryinfo args = { 0 };

		fd[n] = open(GPU_NODE, O_RDWR | O_CLOEXEC);
		assert_true(fd[n] >= 0);
		assert_int_equal(gpu_open_adapter(&gpu, fd[n], 0), 0);
		args.adapter = gpu.adapter;
		opened = n + 1;
		if (gpu_call(fd[n], LX_DXQUERYVIDEOMEMORYINFO, &args))
			break;
	}
	while (opened--)
		close(fd[opened]);
	return n;
}

static void await_unused(void)
{
	time_t end = now() + LIMIT_S;

	while (use_count() != 0 && now() < end)
		sched_yield();
	assert_int_equal(use_count(), 0);
}

/* 1 GiB is the limit of a vGPU that does not say another. */
static int take_all_memory(void)
{
	struct d3dkmthandle all;
	struct gpu gpu;

	return gpu_open(&gpu, open(GPU_NODE, O_RDWR | O_CLOEXEC), 0) ||
	       gpu_alloc(&gpu, DXG_ALLOC_CPU_VISIBLE, 1020ull << 20, &all) ||
	       gpu_compute(&gpu, 0xa11);
}

/* The dead are reaped in their own time, but soon. */
static void expect_nothing_left(void)
{
	static int fd[DXG_PROCESSES_PER_SESSION + 1];
	struct rlimit files = { 4096, 4096 };
	time_t end = now() + LIMIT_S;
	unsigned int n;
	int status;
	pid_t pid;

	await_unused();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	do
		n = fill_session(fd);
	while (n < DXG_PROCESSES_PER_SESSION && now() < end);
	assert_int_equal(n, DXG_PROCESSES_PER_SESSION);
	await_unused();
	do { /* what was shared goes when the host has heard of its last descriptor */
		pid = fork(); /* what is mapped stays in use until its process ends */
		if (!pid)
			_exit(take_all_memory());
		assert_int_equal(waitpid(pid, &status, 0), pid);
	} while (status && now() < end);
	assert_int_equal(status, 0);
	await_unused();
}

static void killed_in_every_call(void **state)
{
	unsigned int i;
	int k;

	(void)state;
	for (i = 0; i < victim_count; i++)
		for (k = 0; k < victims[i].kills; k++)
			kill_one(&victims[i]);
	expect_nothing_left();
}

/* ---- any order ---- */

static void end_one(struct gpu *gpu, unsigned int which)
{
	struct d3dkmt_destroydevice device = { .device = gpu->device };
	struct d3dkmt_closeadapter adapter = { .adapter_handle = gpu->adapter };
	struct d3dkmt_destroycontext context = { .context = gpu->context };
	struct d3dkmt_destroysynchronizationobject fence = { .sync_object = gpu->fence };

	if (which == 0)
		gpu_call(gpu->fd, LX_DXDESTROYDEVICE, &device);
	else if (which == 1)
		gpu_call(gpu->fd, LX_DXCLOSEADAPTER, &adapter);
	else if (which == 2)
		gpu_call(gpu->fd, LX_DXDESTROYCONTEXT, &context);
	else if (which == 3)
		gpu_call(gpu->fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &fence);
	else
		close(gpu->fd);
}

/* In a child: what is mapped lives until the process ends. @order: of the five, in base 5 */
static int end_in_order(unsigned int order)
{
	struct gpu gpu;
	int i, fd = open(GPU_NODE, O_RDWR | O_CLOEXEC);

	if (gpu_open(&gpu, fd, 0) || gpu_submit(&gpu, gpu_fill(&gpu, 100, 3)) || gpu_signal(&gpu))
		return 1;
	for (i = 0; i < 5; i++, order /= 5)
		end_one(&gpu, order % 5);
	return 0;
}

/* Every first two of five, then at random, with work under way; nothing is left of it. */
static void closed_in_any_order(void **state)
{
	unsigned int order;
	int status;
	pid_t pid;

	(void)state;
	for (order = 0; order < 25; order++) {
		pid = fork();
		if (!pid)
			_exit(end_in_order(order + 25 * ((unsigned int)random() % 125)));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	expect_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_in_every_call),
		cmocka_unit_test(closed_in_any_order),
	};

	if (access(GPU_NODE, F_OK)) {
		print_message("SKIP: there is no " GPU_NODE "\n");
		return SKIP;
	}
	srandom((unsigned int)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}

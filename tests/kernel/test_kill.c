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
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/cm.h"
#include "dxgwire/limits.h"
#include "gpu.h"

#define SKIP 77
#define KILLS 3
#define MOMENT_US 3000 /* a call takes from one to a thousand of them */
#define NEVER 1000000000ull
#define LIMIT_S 60

/** victim_fn - make one call; what it does not need any more is its own business. */
typedef void (*victim_fn)(struct gpu *gpu);

static void enum_adapters(struct gpu *gpu)
{
	struct gpu copy;

	gpu_open_adapter(&copy, gpu->fd, 0);
	gpu_call(gpu->fd, LX_DXCLOSEADAPTER,
		 &(struct d3dkmt_closeadapter){ .adapter_handle = copy.adapter });
}

static void open_from_luid(struct gpu *gpu)
{
	struct d3dkmt_openadapterfromluid args = { .adapter_luid = gpu->luid };

	gpu_call(gpu->fd, LX_DXOPENADAPTERFROMLUID, &args);
}

static void create_device(struct gpu *gpu)
{
	struct d3dkmt_createdevice args = { .adapter = gpu->adapter };
	struct d3dkmt_destroydevice undo;

	gpu_call(gpu->fd, LX_DXCREATEDEVICE, &args);
	undo.device = args.device;
	gpu_call(gpu->fd, LX_DXDESTROYDEVICE, &undo);
}

static void create_context(struct gpu *gpu)
{
	struct d3dkmt_createcontextvirtual args = { .device = gpu->device };
	struct d3dkmt_destroycontext undo;

	gpu_call(gpu->fd, LX_DXCREATECONTEXTVIRTUAL, &args);
	undo.context = args.context;
	gpu_call(gpu->fd, LX_DXDESTROYCONTEXT, &undo);
}

static void create_queue(struct gpu *gpu)
{
	struct d3dkmt_createpagingqueue args = { .device = gpu->device };
	struct d3dddi_destroypagingqueue undo = { 0 };

	gpu_call(gpu->fd, LX_DXCREATEPAGINGQUEUE, &args);
	undo.paging_queue = args.paging_queue;
	gpu_call(gpu->fd, LX_DXDESTROYPAGINGQUEUE, &undo);
}

static void create_fence(struct gpu *gpu)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = gpu->device,
							    .info.type = _D3DDDI_MONITORED_FENCE };
	struct d3dkmt_destroysynchronizationobject undo;

	gpu_call(gpu->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args);
	undo.sync_object = args.sync_object;
	gpu_call(gpu->fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &undo);
}

static void create_notification(struct gpu *gpu)
{
	struct d3dkmt_createsynchronizationobject2 args = { .device = gpu->device,
							    .info.type = _D3DDDI_CPU_NOTIFICATION };
	int event = eventfd(0, EFD_CLOEXEC);

	args.info.cpu_notification.event = (uint64_t)event;
	gpu_call(gpu->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &args);
	close(event);
}

static void create_allocation(struct gpu *gpu)
{
	struct d3dkmthandle allocation;
	struct d3dkmt_destroyallocation2 undo = { .device = gpu->device,
						  .alloc_count = 1,
						  .allocations = GPU_PTR(&allocation) };

	gpu_alloc(gpu, DXG_ALLOC_CPU_VISIBLE, 65536, &allocation);
	gpu_call(gpu->fd, LX_DXDESTROYALLOCATION2, &undo);
}

static void leave_allocation(struct gpu *gpu)
{
	struct d3dkmt_lock2 lock = { .device = gpu->device };

	gpu_alloc(gpu, DXG_ALLOC_CPU_VISIBLE, 65536, &lock.allocation);
	if (!gpu_call(gpu->fd, LX_DXLOCK2, &lock))
		*(volatile char *)(uintptr_t)lock.data = 1;
}

static void lock_unlock(struct gpu *gpu)
{
	struct d3dkmt_lock2 lock = { .device = gpu->device, .allocation = gpu->memory };
	struct d3dkmt_unlock2 unlock = { .device = gpu->device, .allocation = gpu->memory };

	gpu_call(gpu->fd, LX_DXLOCK2, &lock);
	gpu_call(gpu->fd, LX_DXUNLOCK2, &unlock);
}

static void map_va(struct gpu *gpu)
{
	struct d3dddi_mapgpuvirtualaddress map = { .paging_queue = gpu->queue,
						   .allocation = gpu->memory,
						   .minimum_address = gpu->va_start,
						   .maximum_address = gpu->va_end,
						   .size_in_pages = 1 };
	struct d3dkmt_freegpuvirtualaddress undo = { .adapter = gpu->adapter, .size = 4096 };

	gpu_call(gpu->fd, LX_DXMAPGPUVIRTUALADDRESS, &map);
	undo.base_address = map.virtual_address;
	gpu_call(gpu->fd, LX_DXFREEGPUVIRTUALADDRESS, &undo);
}

static void reserve_va(struct gpu *gpu)
{
	struct d3dddi_reservegpuvirtualaddress args = { .adapter = gpu->adapter, .size = 65536 };

	gpu_call(gpu->fd, LX_DXRESERVEGPUVIRTUALADDRESS, &args);
}

static void make_resident(struct gpu *gpu)
{
	struct d3dddi_makeresident args = { .paging_queue = gpu->queue,
					    .alloc_count = 1,
					    .allocation_list = GPU_PTR(&gpu->memory) };

	gpu_call(gpu->fd, LX_DXMAKERESIDENT, &args);
}

static void evict(struct gpu *gpu)
{
	struct d3dkmt_evict args = { .device = gpu->device,
				     .alloc_count = 1,
				     .allocations = GPU_PTR(&gpu->memory) };

	gpu_call(gpu->fd, LX_DXEVICT, &args);
}

static void query_adapter(struct gpu *gpu)
{
	struct dxg_adapter_private info;
	struct d3dkmt_queryadapterinfo args = { .adapter = gpu->adapter,
						.type = _KMTQAITYPE_UMDRIVERPRIVATE,
						.private_data = GPU_PTR(&info),
						.private_data_size = sizeof(info) };

	gpu_call(gpu->fd, LX_DXQUERYADAPTERINFO, &args);
}

static void query_memory(struct gpu *gpu)
{
	struct d3dkmt_queryvideomemoryinfo args = { .adapter = gpu->adapter };

	gpu_call(gpu->fd, LX_DXQUERYVIDEOMEMORYINFO, &args);
}

static void escape(struct gpu *gpu)
{
	struct dxg_escape_query_fault fault = {
		.h = { .magic = DXG_ESCAPE_MAGIC,
		       .op = DXG_ESCAPE_QUERY_FAULT,
		       .size = sizeof(fault) },
	};
	struct d3dkmt_escape args = { .adapter = gpu->adapter,
				      .device = gpu->device,
				      .priv_drv_data = GPU_PTR(&fault),
				      .priv_drv_data_size = sizeof(fault) };

	gpu_call(gpu->fd, LX_DXESCAPE, &args);
}

static void device_state(struct gpu *gpu)
{
	struct d3dkmt_getdevicestate args = { .device = gpu->device,
					      .state_type = _D3DKMT_DEVICESTATE_RESET };

	gpu_call(gpu->fd, LX_DXGETDEVICESTATE, &args);
}

static void submit(struct gpu *gpu)
{
	gpu_submit(gpu, gpu_fill(gpu, 1, 1));
}

static void signal_from_gpu(struct gpu *gpu)
{
	gpu_signal(gpu);
}

static void signal_from_cpu(struct gpu *gpu)
{
	struct d3dkmt_signalsynchronizationobjectfromcpu args = {
		.device = gpu->device,
		.object_count = 1,
		.objects = GPU_PTR(&gpu->fence),
		.fence_values = GPU_PTR(&gpu->value),
	};

	gpu->value++;
	gpu_call(gpu->fd, LX_DXSIGNALSYNCHRONIZATIONOBJECTFROMCPU, &args);
}

static void wait_from_gpu(struct gpu *gpu)
{
	uint64_t value = NEVER;
	struct d3dkmt_waitforsynchronizationobjectfromgpu args = {
		.context = gpu->context,
		.object_count = 1,
		.objects = GPU_PTR(&gpu->fence),
		.monitored_fence_values = GPU_PTR(&value),
	};

	gpu_call(gpu->fd, LX_DXWAITFORSYNCHRONIZATIONOBJECTFROMGPU, &args);
}

static void wait_asleep(struct gpu *gpu)
{
	gpu_wait(gpu, NEVER, 0);
}

static void wait_with_event(struct gpu *gpu)
{
	int event = eventfd(0, EFD_CLOEXEC);

	gpu_wait(gpu, NEVER, (uint64_t)event);
	close(event);
}

static void compute(struct gpu *gpu)
{
	gpu_compute(gpu, 7);
}

/* What exists on the host although nobody lives to hear its handle. */
static void create_process(struct gpu *gpu)
{
	struct gpu other;

	(void)gpu;
	gpu_open_adapter(&other, open(GPU_NODE, O_RDWR | O_CLOEXEC), 0);
	query_memory(&other);
	close(other.fd);
}

static void open_and_close(struct gpu *gpu)
{
	struct gpu other;

	(void)gpu;
	gpu_open(&other, open(GPU_NODE, O_RDWR | O_CLOEXEC), 0);
	close(other.fd);
}

/** struct victim - what is called, and how often it is killed in that. */
static const struct victim {
	const char *name;
	victim_fn call;
	int kills;
} victims[] = {
	{ "EnumAdapters2", enum_adapters, KILLS },
	{ "OpenAdapterFromLuid", open_from_luid, KILLS },
	{ "CreateDevice, DestroyDevice", create_device, KILLS },
	{ "CreateContextVirtual, DestroyContext", create_context, KILLS },
	{ "CreatePagingQueue, DestroyPagingQueue", create_queue, KILLS },
	{ "CreateSynchronizationObject2, Destroy", create_fence, KILLS },
	{ "CreateSynchronizationObject2 (event)", create_notification, KILLS },
	{ "CreateAllocation2, DestroyAllocation2", create_allocation, KILLS },
	{ "CreateAllocation2, Lock2", leave_allocation, KILLS },
	{ "Lock2, Unlock2", lock_unlock, KILLS },
	{ "MapGpuVirtualAddress, Free", map_va, KILLS },
	{ "ReserveGpuVirtualAddress", reserve_va, KILLS },
	{ "MakeResident", make_resident, KILLS },
	{ "Evict", evict, KILLS },
	{ "QueryAdapterInfo", query_adapter, KILLS },
	{ "QueryVideoMemoryInfo", query_memory, KILLS },
	{ "Escape", escape, KILLS },
	{ "GetDeviceState", device_state, KILLS },
	{ "SubmitCommand", submit, KILLS },
	{ "SignalSynchronizationObjectFromGpu", signal_from_gpu, KILLS },
	{ "SignalSynchronizationObjectFromCpu", signal_from_cpu, KILLS },
	{ "WaitForSynchronizationObjectFromGpu", wait_from_gpu, KILLS },
	{ "WaitForSynchronizationObjectFromCpu", wait_asleep, KILLS },
	{ "WaitForSynchronizationObjectFromCpu (event)", wait_with_event, KILLS },
	{ "all of a computation", compute, KILLS },
	{ "open, everything, close", open_and_close, KILLS },
	{ "CREATEPROCESS", create_process, 40 },
};

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
	pid = fork(); /* what is mapped stays in use until its process ends */
	if (!pid)
		_exit(take_all_memory());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	await_unused();
}

static void killed_in_every_call(void **state)
{
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < sizeof(victims) / sizeof(victims[0]); i++)
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

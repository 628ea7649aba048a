// SPDX-License-Identifier: MIT
/*
 * test_parallel: nobody waits for somebody else's slow call. A thread destroys a device with
 * minutes of work queued on it, which the host answers when that has run. Meanwhile the same open
 * file, another open file and (where there are two) another adapter have to get through hundreds of
 * calls that ask the host, and at the end the thread must still be in its call: then nothing can
 * have waited for it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/cm.h"
#include "gpu.h"

#define SKIP 77
#define CALLS 100
#define FILLS 3000
#define FILL_SIZE (64u << 20) /* altogether 190 GB: many seconds, but less than the limit of 60 */

/** struct slow - the slow call. @done: it came back; written by its thread alone, atomic */
struct slow {
	struct gpu gpu;
	pthread_t thread;
	int done;
	int err;
};

static struct slow slow;

static void *destroy_slowly(void *arg)
{
	struct slow *s = arg;
	struct d3dkmt_destroydevice args = { .device = s->gpu.device };

	s->err = gpu_call(s->gpu.fd, LX_DXDESTROYDEVICE, &args);
	__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* It ends with this process: nobody waits for that. */
static void start_slow_call(void)
{
	struct d3dkmthandle memory;
	struct gpu *gpu = &slow.gpu;
	uint64_t va;

	assert_int_equal(gpu_open(gpu, open(GPU_NODE, O_RDWR | O_CLOEXEC), 0), 0);
	assert_int_equal(gpu_alloc(gpu, DXG_ALLOC_CPU_VISIBLE, FILL_SIZE, &memory), 0);
	assert_int_equal(gpu_map(gpu, memory, FILL_SIZE, &va), 0);
	assert_int_equal(gpu_compute(gpu, 1), 0); /* the worker runs */
	assert_int_equal(gpu_submit(gpu, gpu_fill_at(gpu, FILLS, 1, va, FILL_SIZE)), 0);
	assert_int_equal(pthread_create(&slow.thread, NULL, destroy_slowly, &slow), 0);
}

/* The device is out of the table: the thread is in the host's hands. */
static void await_slow_call(void)
{
	struct d3dkmt_createcontextvirtual args = { .device = slow.gpu.device };
	struct d3dkmt_destroycontext undo;

	while (!gpu_call(slow.gpu.fd, LX_DXCREATECONTEXTVIRTUAL, &args)) {
		undo.context = args.context;
		gpu_call(slow.gpu.fd, LX_DXDESTROYCONTEXT, &undo);
	}
}

static void expect_still_slow(void)
{
	assert_int_equal(__atomic_load_n(&slow.done, __ATOMIC_ACQUIRE), 0);
}

/* Calls of all kinds that wait for the host. */
static void ask_host(struct gpu *gpu)
{
	struct d3dkmt_queryvideomemoryinfo query = { .adapter = gpu->adapter };
	struct d3dkmt_createsynchronizationobject2 create = {
		.device = gpu->device, .info.type = _D3DDDI_MONITORED_FENCE
	};
	struct d3dkmt_destroysynchronizationobject destroy;
	struct d3dkmt_createcontextvirtual context = { .device = gpu->device };
	struct d3dkmt_destroycontext undo;
	int i;

	for (i = 0; i < CALLS; i++) {
		assert_int_equal(gpu_call(gpu->fd, LX_DXQUERYVIDEOMEMORYINFO, &query), 0);
		assert_int_equal(gpu_call(gpu->fd, LX_DXCREATESYNCHRONIZATIONOBJECT, &create), 0);
		destroy.sync_object = create.sync_object;
		assert_int_equal(gpu_call(gpu->fd, LX_DXDESTROYSYNCHRONIZATIONOBJECT, &destroy), 0);
		assert_int_equal(gpu_call(gpu->fd, LX_DXCREATECONTEXTVIRTUAL, &context), 0);
		undo.context = context.context;
		assert_int_equal(gpu_call(gpu->fd, LX_DXDESTROYCONTEXT, &undo), 0);
	}
}

static void same_file(void **state)
{
	struct d3dkmt_createdevice args = { .adapter = slow.gpu.adapter };
	struct gpu other = slow.gpu;

	(void)state;
	assert_int_equal(gpu_call(other.fd, LX_DXCREATEDEVICE, &args), 0);
	other.device = args.device;
	ask_host(&other);
	expect_still_slow();
}

static void with_adapter(unsigned int index)
{
	struct gpu gpu;

	assert_int_equal(gpu_open(&gpu, open(GPU_NODE, O_RDWR | O_CLOEXEC), index), 0);
	ask_host(&gpu);
	close(gpu.fd);
	expect_still_slow();
}

static void another_file(void **state)
{
	(void)state;
	with_adapter(0);
}

static void another_adapter(void **state)
{
	(void)state;
	if (gpu_count(slow.gpu.fd) < 2) {
		print_message("SKIP: there is one adapter\n");
		skip();
	}
	with_adapter(1);
}

static int setup(void **state)
{
	(void)state;
	start_slow_call();
	await_slow_call();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_file),
		cmocka_unit_test(another_file),
		cmocka_unit_test(another_adapter),
	};

	if (access(GPU_NODE, F_OK)) {
		print_message("SKIP: there is no " GPU_NODE "\n");
		return SKIP;
	}
	return cmocka_run_group_tests(tests, setup, NULL);
}

// SPDX-License-Identifier: MIT
/*
 * test_alloc: submissions and signals of a context and of a hardware queue, and a satisfied wait,
 * allocate no memory in the guest kernel. The kernel's own allocation events say so: they are
 * recorded for this task while it makes the calls. A call that does allocate is recorded first, so
 * that a silent recorder fails the test. Run as root in a machine with an adapter; exit status 77
 * without /dev/dxg or without the events.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/cm.h"
#include "gpu.h"

#define SKIP 77
#define TRACE "/sys/kernel/tracing"
#define CALLS 200

static const char *const events[] = { "kmalloc", "kmalloc_node", "kmem_cache_alloc",
				      "kmem_cache_alloc_node", "mm_page_alloc" };

/* Return: 0 or -errno. */
static int trace_write(const char *file, const char *text)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), TRACE "/%s", file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Some of the events are not there on every kernel; one of each kind is. */
static int trace_start(void)
{
	char text[64];
	unsigned int found = 0;
	size_t i;

	snprintf(text, sizeof(text), "%d", getpid());
	if (trace_write("tracing_on", "0") || trace_write("trace", "") ||
	    trace_write("set_event_pid", text))
		return -ENOENT;
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		snprintf(text, sizeof(text), "events/kmem/%s/enable", events[i]);
		found += !trace_write(text, "1");
	}
	return found >= 3 ? 0 : -ENOENT;
}

/* Is @line an event of the task itself, not of an interrupt on top of it? */
static bool is_own_event(const char *line)
{
	const char *flags = strstr(line, "] ");

	return line[0] != '#' && flags && strlen(flags) > 6 && !strchr("hHsZz", flags[4]);
}

/* Run @f with the recorder on. Return: allocations of this task meanwhile. */
static unsigned int allocations(void (*f)(struct gpu *gpu), struct gpu *gpu)
{
	char line[512];
	unsigned int n = 0;
	FILE *file;

	assert_int_equal(trace_write("trace", ""), 0);
	assert_int_equal(trace_write("tracing_on", "1"), 0);
	f(gpu);
	assert_int_equal(trace_write("tracing_on", "0"), 0);
	file = fopen(TRACE "/trace", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		n += is_own_event(line);
	fclose(file);
	return n;
}

static void submit(struct gpu *gpu)
{
	for (int i = 0; i < CALLS; i++)
		assert_int_equal(gpu_submit(gpu, gpu_fill(gpu, 1, 5)), 0);
}

static void signal_fence(struct gpu *gpu)
{
	for (int i = 0; i < CALLS; i++)
		assert_int_equal(gpu_signal(gpu), 0);
}

/* The hardware queue that the next two use, and the last number of its progress fence. */
static struct d3dkmthandle hw_queue;
static uint64_t hw_progress;

static int hw_open(struct gpu *gpu)
{
	struct d3dkmt_createcontextvirtual context = { .device = gpu->device };
	struct d3dkmt_createhwqueue args = { 0 };
	int err;

	context.flags.hw_queue_supported = 1;
	err = gpu_call(gpu->fd, LX_DXCREATECONTEXTVIRTUAL, &context);
	args.context = context.context;
	if (!err)
		err = gpu_call(gpu->fd, LX_DXCREATEHWQUEUE, &args);
	hw_queue = args.queue;
	hw_progress = 0;
	return err;
}

static void hw_submit(struct gpu *gpu)
{
	struct d3dkmt_submitcommandtohwqueue args = { .hwqueue = hw_queue,
						      .command_buffer = gpu->va };

	args.command_length = gpu_fill(gpu, 1, 5);
	for (int i = 0; i < CALLS; i++) {
		args.hwqueue_progress_fence_id = ++hw_progress;
		assert_int_equal(gpu_call(gpu->fd, LX_DXSUBMITCOMMANDTOHWQUEUE, &args), 0);
	}
}

static void hw_signal(struct gpu *gpu)
{
	struct d3dkmt_submitsignalsyncobjectstohwqueue args = { .hwqueue_count = 1,
								.hwqueues = GPU_PTR(&hw_queue),
								.object_count = 1,
								.objects = GPU_PTR(&gpu->fence),
								.fence_values =
									GPU_PTR(&gpu->value) };

	for (int i = 0; i < CALLS; i++) {
		gpu->value++;
		assert_int_equal(gpu_call(gpu->fd, LX_DXSUBMITSIGNALSYNCOBJECTSTOHWQUEUE, &args),
				 0);
	}
	assert_int_equal(gpu_wait(gpu, gpu->value, 0), 0);
}

static void wait_satisfied(struct gpu *gpu)
{
	for (int i = 0; i < CALLS; i++)
		assert_int_equal(gpu_wait(gpu, 1, 0), 0);
}

static void enumerate(struct gpu *gpu)
{
	for (int i = 0; i < CALLS; i++)
		assert_true(gpu_count(gpu->fd) >= 1);
}

static int setup(void **state)
{
	struct gpu *gpu = calloc(1, sizeof(*gpu));

	*state = gpu;
	return gpu_open(gpu, open(GPU_NODE, O_RDWR | O_CLOEXEC), 0);
}

static int teardown(void **state)
{
	struct gpu *gpu = *state;

	close(gpu->fd);
	free(gpu);
	return 0;
}

static void recorder_hears(void **state)
{
	assert_true(allocations(enumerate, *state) >= CALLS);
}

/* The recorder's own calls allocate a little; a call that does so each time is far beyond that. */
static void submissions_allocate_nothing(void **state)
{
	struct gpu *gpu = *state;

	assert_int_equal(gpu_compute(gpu, 6), 0);
	assert_in_range(allocations(submit, gpu), 0, CALLS / 10);
	assert_int_equal(gpu_compute(gpu, 7), 0);
}

static void signals_allocate_nothing(void **state)
{
	struct gpu *gpu = *state;

	assert_int_equal(gpu_compute(gpu, 6), 0);
	assert_in_range(allocations(signal_fence, gpu), 0, CALLS / 10);
	assert_int_equal(gpu_compute(gpu, 7), 0);
}

static void hardware_queues_allocate_nothing(void **state)
{
	struct gpu *gpu = *state;

	assert_int_equal(hw_open(gpu), 0);
	assert_in_range(allocations(hw_submit, gpu), 0, CALLS / 10);
	assert_in_range(allocations(hw_signal, gpu), 0, CALLS / 10);
}

static void satisfied_waits_allocate_nothing(void **state)
{
	struct gpu *gpu = *state;

	assert_int_equal(gpu_compute(gpu, 6), 0);
	assert_in_range(allocations(wait_satisfied, gpu), 0, CALLS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(recorder_hears, setup, teardown),
		cmocka_unit_test_setup_teardown(submissions_allocate_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(signals_allocate_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(hardware_queues_allocate_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(satisfied_waits_allocate_nothing, setup, teardown),
	};

	if (access(GPU_NODE, F_OK)) {
		print_message("SKIP: there is no " GPU_NODE "\n");
		return SKIP;
	}
	if (access(TRACE "/trace", F_OK))
		mount("tracefs", TRACE, "tracefs", 0, NULL);
	if (trace_start()) {
		print_message("SKIP: the kernel has no events of allocations\n");
		return SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

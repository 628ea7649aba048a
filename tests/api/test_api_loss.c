/* SPDX-License-Identifier: MIT */
/*
 * test_api_loss: what costs a device, how that shows, and whom it does not concern. Specification:
 * ioctl 0x0e, section 7.6; docs/commands.md.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fork.h"
#include "daemon.h"
#include "fixture.h"

#define NOT_MAPPED UINT64_C(0x7000000000)

/* ---- command buffers with one thing wrong ---- */

#define BAD(name) static void name(struct packets *p, const struct api_memory *m)

BAD(bad_opcode)
{
	struct dxg_cmd_header h = { .opcode = 999, .size = sizeof(h) };

	(void)m;
	packets_add(p, &h, sizeof(h));
}

BAD(bad_opcode_0)
{
	struct dxg_cmd_header h = { .opcode = 0, .size = sizeof(h) };

	(void)m;
	packets_add(p, &h, sizeof(h));
}

BAD(bad_flags)
{
	(void)m;
	packets_barrier(p);
	((struct dxg_cmd_header *)p->data)->flags = 1;
}

BAD(bad_size)
{
	(void)m;
	packets_barrier(p);
	((struct dxg_cmd_header *)p->data)->size = 24;
	packets_barrier(p);
}

BAD(bad_size_0)
{
	(void)m;
	packets_barrier(p);
	((struct dxg_cmd_header *)p->data)->size = 0;
}

BAD(bad_size_beyond)
{
	(void)m;
	packets_barrier(p);
	((struct dxg_cmd_header *)p->data)->size = 0x10000;
}

BAD(bad_truncated)
{
	packets_copy(p, m->va, m->va + 64, 64);
	p->size -= 8;
}

BAD(bad_profile)
{
	(void)m;
	packets_barrier(p);
	packets_profile(p->data, NOT_MAPPED);
}

BAD(bad_profile_alignment)
{
	packets_barrier(p);
	packets_profile(p->data, m->va + 4);
}

BAD(bad_copy_dst)
{
	packets_copy(p, NOT_MAPPED, m->va, 64);
}

BAD(bad_copy_src)
{
	packets_copy(p, m->va, NOT_MAPPED, 64);
}

BAD(bad_copy_size)
{
	packets_copy(p, m->va, m->va + 64, 0);
}

BAD(bad_copy_end)
{
	packets_copy(p, m->va + m->size - 8, m->va, 16);
}

BAD(bad_copy_wrap)
{
	packets_copy(p, UINT64_MAX - 8, m->va, 16);
}

BAD(bad_copy_overlap)
{
	packets_copy(p, m->va + 32, m->va, 64);
}

BAD(bad_fill_pattern)
{
	packets_fill(p, m->va, 96, "\x01\x02\x03", 3);
}

BAD(bad_fill_size)
{
	packets_fill(p, m->va, 17, "\x01\x02", 2);
}

BAD(bad_fill_dst)
{
	packets_fill(p, m->va + 1, 16, "\x01\x02", 2);
}

BAD(bad_fill_reserved)
{
	packets_fill(p, m->va, 16, "\x01", 1);
	((struct dxg_cmd_fill *)p->data)->reserved = 1;
}

BAD(bad_fill_rest)
{
	packets_fill(p, m->va, 16, "\x01", 1);
	((struct dxg_cmd_fill *)p->data)->pattern[127] = 1;
}

BAD(bad_rect_region)
{
	const struct packets_box dst = { m->va, 64, 64 }, src = { m->va + 4096, 64, 64 };
	const uint64_t region[3] = { 64, 0, 1 };

	packets_rect(p, &dst, &src, region);
}

BAD(bad_rect_pitch)
{
	const struct packets_box dst = { m->va, 63, 640 }, src = { m->va + 4096, 64, 640 };
	const uint64_t region[3] = { 64, 4, 1 };

	packets_rect(p, &dst, &src, region);
}

BAD(bad_rect_slice)
{
	const struct packets_box dst = { m->va, 64, 640 }, src = { m->va + 4096, 64, 100 };
	const uint64_t region[3] = { 64, 4, 2 };

	packets_rect(p, &dst, &src, region);
}

BAD(bad_rect_overflow)
{
	const struct packets_box dst = { m->va, UINT64_MAX / 2, UINT64_MAX }, src = dst;
	const uint64_t region[3] = { 1, 2, 3 };

	packets_rect(p, &dst, &src, region);
}

BAD(bad_timestamp)
{
	packets_timestamp(p, m->va + 4);
}

BAD(bad_dispatch)
{
	(void)m;
	packets_dispatch(p, 12345, 0, 1, 0);
}

/** struct bad_case - @field: what the words on the loss must name. */
struct bad_case {
	const char *name;
	void (*build)(struct packets *p, const struct api_memory *m);
	const char *field;
};

#define CASE(f, field)       \
	{                    \
#f, f, field \
	}

static const struct bad_case bad_cases[] = {
	CASE(bad_opcode, "opcode"),
	CASE(bad_opcode_0, "opcode"),
	CASE(bad_flags, "flags"),
	CASE(bad_size, "size"),
	CASE(bad_size_0, "size"),
	CASE(bad_size_beyond, "size"),
	CASE(bad_truncated, "size"),
	CASE(bad_profile, "profile"),
	CASE(bad_profile_alignment, "profile"),
	CASE(bad_copy_dst, "dst"),
	CASE(bad_copy_src, "src"),
	CASE(bad_copy_size, "size"),
	CASE(bad_copy_end, "dst"),
	CASE(bad_copy_wrap, "dst"),
	CASE(bad_copy_overlap, "overlap"),
	CASE(bad_fill_pattern, "pattern_size"),
	CASE(bad_fill_size, "size"),
	CASE(bad_fill_dst, "dst"),
	CASE(bad_fill_reserved, "reserved"),
	CASE(bad_fill_rest, "pattern"),
	CASE(bad_rect_region, "region"),
	CASE(bad_rect_pitch, "dst_pitch"),
	CASE(bad_rect_slice, "src_slice"),
	CASE(bad_rect_overflow, "region"),
	CASE(bad_timestamp, "dst"),
	CASE(bad_dispatch, "program"),
};

/* Lost it is, for the reason given, and everything says so. */
static void assert_lost(struct api *a, const char *field, uint32_t expected)
{
	char text[DXG_FAULT_TEXT_MAX] = "";
	uint32_t execution = 0;
	struct d3dkmthandle context;
	bool lost = false;

	assert_ok(api_wait_lost(a));
	assert_ok(api_execution_state(a->device, &execution));
	assert_int_equal(execution, expected);
	assert_ok(api_fault(a, &lost, text));
	assert_true(lost);
	/* One after the other: all of them by the time dxgd answers a question. */
	assert_true(*a->done.value == UINT64_MAX);
	assert_true(*a->queue_fence.value == UINT64_MAX);
	if (!strstr(text, field))
		fail_msg("'%s' does not name '%s'", text, field);
	assert_status(api_context_create(a->device, &context), STATUS_DEVICE_REMOVED);
}

static void run_bad_case(struct api *a, const struct bad_case *c)
{
	struct api b = { .adapter = a->adapter };
	struct api_memory m;
	struct packets p = { 0 };

	assert_ok(api_open_device(&b));
	assert_ok(api_memory_create(&b, 16384, DXG_ALLOC_CPU_VISIBLE, &m));
	c->build(&p, &m);
	assert_ok(api_submit(&b, b.context, &p));
	assert_lost(&b, c->field, _D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT);
	assert_ok(api_close_device(&b));
}

static void test_bad_buffers(void **state)
{
	struct api *a = *state;
	struct packets p = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++) {
		print_message("           %s\n", bad_cases[i].name);
		run_bad_case(a, &bad_cases[i]);
	}
	/* The process's other device has seen nothing of it. */
	packets_barrier(&p);
	assert_ok(api_run(a, &p));
	assert_int_equal(*a->done.value, 1);
}

/* A buffer with one bad packet does nothing at all. */
static void test_nothing_is_done(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	struct packets p = { 0 };

	assert_ok(api_memory_create(a, DXG_PAGE_SIZE, DXG_ALLOC_CPU_VISIBLE, &m));
	packets_fill(&p, m.va, 64, "\x77", 1);
	packets_copy(&p, NOT_MAPPED, m.va, 8);
	packets_fill(&p, m.va, 64, "\x78", 1);
	assert_ok(api_submit(a, a->context, &p));
	assert_lost(a, "packet 1", _D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT);
	assert_int_equal(m.cpu[0], 0);
}

static void test_bad_address(void **state)
{
	struct api *a = *state;

	assert_ok(api_submit_at(a->context, NOT_MAPPED, 64));
	assert_lost(a, "command", _D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT);
}

/* Lengths and addresses that no command buffer has; each costs the device it was sent to. */
static void test_bad_length(void **state)
{
	const struct {
		uint32_t offset, length;
	} cases[] = {
		{ 0, 0 },	   { 0, 12 }, { 4, 16 }, { 0, DXG_COMMAND_BUFFER_MAX + 8 },
		{ 0, 0xfffffff8 },
	};
	struct api *a = *state;
	struct packets p = { 0 };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct api b = { .adapter = a->adapter };
		NTSTATUS status;

		assert_ok(api_open_device(&b));
		status = api_submit_at(b.context, b.commands.va + cases[i].offset, cases[i].length);
		if (!status)
			assert_ok(api_wait_lost(&b));
		else
			assert_status(status, STATUS_INVALID_PARAMETER);
		assert_ok(api_close_device(&b));
	}
	packets_barrier(&p);
	assert_ok(api_run(a, &p));
}

/* What a lost device answers; nothing of it hangs. */
static void test_after_loss(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle allocation;
	struct api_fence fence;
	struct packets p = { 0 };
	uint64_t value = 12345;
	int i;

	assert_ok(api_submit_at(a->context, NOT_MAPPED, 64));
	assert_ok(api_wait_lost(a));
	packets_barrier(&p);
	for (i = 0; i < 100; i++) {
		assert_true(api_submit(a, a->context, &p) != STATUS_INVALID_PARAMETER);
		api_signal_gpu(a->context, a->done.handle, i + 1u);
		api_wait_gpu(a->context, a->done.handle, UINT64_MAX);
	}
	assert_true(*a->done.value == UINT64_MAX);
	assert_ok(api_wait_cpu(a->device, &a->done.handle, &value, 1, false, 0));
	assert_true(api_allocate(a->device, DXG_PAGE_SIZE, DXG_ALLOC_CPU_VISIBLE, &allocation,
				 NULL) < 0);
	/* A fence made now is born lost, if it is born. */
	if (!api_fence_create(a->device, 5, &fence))
		assert_true(*fence.value == UINT64_MAX);
	/* The memory is still there to be looked at. */
	a->commands.cpu[0] = 1;
	assert_ok(api_context_destroy(a->context));
	assert_ok(api_sync_destroy(a->done.handle));
}

/* In this process a new device works as if nothing had been. */
static void test_new_device(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };
	struct packets p = { 0 };

	assert_ok(api_submit_at(a->context, NOT_MAPPED, 64));
	assert_ok(api_wait_lost(a));
	assert_ok(api_close_device(a));
	assert_ok(api_open_device(&b));
	packets_barrier(&p);
	assert_ok(api_run(&b, &p));
	assert_int_equal(*b.done.value, 1);
	assert_ok(api_close_device(&b));
}

/** struct waiter - a thread in a blocking wait. */
struct waiter {
	const struct api *a;
	pthread_barrier_t start;
	NTSTATUS status;
};

static void *wait_thread(void *arg)
{
	struct waiter *w = arg;
	uint64_t value = 1;

	pthread_barrier_wait(&w->start);
	w->status = api_wait_cpu(w->a->device, &w->a->done.handle, &value, 1, false, 0);
	return NULL;
}

static void test_waits_end(void **state)
{
	struct api *a = *state;
	struct waiter w = { .a = a, .status = -1 };
	pthread_t thread;
	uint64_t value = 1;
	int fd = eventfd(0, EFD_CLOEXEC);

	pthread_barrier_init(&w.start, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, wait_thread, &w), 0);
	assert_ok(api_wait_cpu(a->device, &a->done.handle, &value, 1, false, (uint64_t)fd));
	pthread_barrier_wait(&w.start);
	assert_ok(api_submit_at(a->context, NOT_MAPPED, 64));
	pthread_join(thread, NULL);
	assert_ok(w.status);
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	pthread_barrier_destroy(&w.start);
	close(fd);
}

/* A context of the other device that waits for a fence of the lost one goes on, too. */
static void test_gpu_waits_end(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };

	assert_ok(api_open_device(&b));
	assert_ok(api_wait_gpu(a->context, b.done.handle, 1));
	assert_ok(api_submit_at(b.context, NOT_MAPPED, 64));
	assert_ok(api_finish(a));
	assert_int_equal(*a->done.value, 1);
	assert_ok(api_close_device(&b));
}

/* ---- other processes ---- */

/* Say "ready", then work until the pipe says stop. Return: exit status. */
static int working_child(int out, int in)
{
	struct packets p = { 0 };
	struct api b;
	int runs = 0;

	if (api_open(&b))
		return 1;
	packets_barrier(&p);
	if (api_run(&b, &p) || write(out, "r", 1) != 1)
		return 2;
	while (!api_poll(in, 0)) {
		if (api_run(&b, &p) || *b.done.value != b.asked)
			return 3;
		runs++;
	}
	/* Once more, with the loss surely behind. */
	return api_run(&b, &p) || *b.done.value != b.asked || api_close(&b) ? 4 : 0;
}

static void test_other_process_goes_on(void **state)
{
	struct api *a = *state;
	int to[2], from[2], status = -1;
	char c;
	pid_t pid;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	pid = fork_quietly();
	assert_true(pid >= 0);
	if (!pid)
		_exit(working_child(from[1], to[0]));
	assert_true(api_poll(from[0], API_WAIT_MS));
	assert_int_equal(read(from[0], &c, 1), 1);
	assert_ok(api_submit_at(a->context, NOT_MAPPED, 64));
	assert_ok(api_wait_lost(a));
	assert_int_equal(write(to[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
}

/* ---- the worker ---- */

#define WORKERS_MAX 64

static void kill_workers(void)
{
	pid_t pid[WORKERS_MAX];
	int n = daemon_workers(daemon_pid(), pid, WORKERS_MAX);

	assert_in_range(n, 1, WORKERS_MAX);
	while (n--)
		kill(pid[n], SIGKILL);
}

/* A device can be created again once the dead worker has been cleared away. */
static void open_again(struct api *b)
{
	uint64_t end = api_now_ms() + API_WAIT_MS;
	NTSTATUS status;

	do {
		status = api_device_create(b->adapter, &b->device);
	} while (status && api_now_ms() < end);
	assert_ok(status);
	assert_ok(api_close_device(b));
	assert_ok(api_open_device(b));
}

static void test_worker_killed(void **state)
{
	struct api *a = *state, b = { .adapter = a->adapter };
	struct packets p = { 0 };
	uint32_t execution = 0;
	char text[DXG_FAULT_TEXT_MAX];
	bool lost = false;

	if (!daemon_pid() || !api_on_socket())
		api_skip("workers are out of a virtual machine's reach");
	packets_barrier(&p);
	assert_ok(api_run(a, &p));
	kill_workers();
	assert_ok(api_wait_lost(a));
	assert_ok(api_execution_state(a->device, &execution));
	assert_int_not_equal(execution, _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_ok(api_fault(a, &lost, text));
	assert_true(lost);
	assert_non_null(strstr(text, "worker"));
	open_again(&b);
	assert_ok(api_run(&b, &p));
	assert_int_equal(*b.done.value, 1);
	assert_ok(api_close_device(&b));
}

/* With work queued and running, several times over. */
static void test_worker_killed_at_work(void **state)
{
	enum { ROUNDS = 5, SUBMISSIONS = 50 };
	struct api *a = *state, b = { .adapter = a->adapter };
	struct api_memory m;
	struct packets p = { 0 };
	int round, i;

	if (!daemon_pid() || !api_on_socket())
		api_skip("workers are out of a virtual machine's reach");
	assert_ok(api_close_device(a));
	for (round = 0; round < ROUNDS; round++) {
		open_again(&b);
		assert_ok(api_memory_create(&b, 4u << 20, DXG_ALLOC_CPU_VISIBLE, &m));
		p.size = 0;
		packets_fill(&p, m.va, m.size, "\x01", 1);
		assert_ok(api_run(&b, &p)); /* the worker is there */
		for (i = 0; i < SUBMISSIONS; i++)
			assert_ok(api_submit(&b, b.context, &p));
		kill_workers();
		assert_ok(api_wait_lost(&b));
		assert_ok(api_close_device(&b));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_bad_buffers),
		api_test(test_nothing_is_done),
		api_test(test_bad_address),
		api_test(test_bad_length),
		api_test(test_after_loss),
		api_test(test_new_device),
		api_test(test_waits_end),
		api_test(test_gpu_waits_end),
		api_test(test_other_process_goes_on),
		api_test(test_worker_killed),
		api_test(test_worker_killed_at_work),
	};

	return api_main("api_loss", tests);
}

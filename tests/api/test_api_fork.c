/* SPDX-License-Identifier: MIT */
/*
 * test_api_fork: children, and the end of processes. A child has a session of its own; what a
 * process leaves behind when it ends, or is killed, is taken back from it.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fork.h"
#include "fixture.h"

#define MIB (UINT64_C(1) << 20)

/* Run @f in a child; its result is the exit status. Does not return there. */
static pid_t start_child(int (*f)(void *arg), void *arg)
{
	pid_t pid = fork_quietly();

	assert_true(pid >= 0);
	if (!pid)
		_exit(f(arg));
	return pid;
}

static void assert_child_ok(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void assert_works(struct api *a)
{
	struct packets p = { 0 };

	packets_barrier(&p);
	assert_ok(api_run(a, &p));
	assert_int_equal(*a->done.value, a->asked);
}

static int run_once(void)
{
	struct packets p = { 0 };
	struct api_memory m;
	struct api b;

	if (api_open(&b) || api_memory_create(&b, 65536, DXG_ALLOC_CPU_VISIBLE, &m))
		return 1;
	packets_fill(&p, m.va, m.size, "\x5c", 1);
	if (api_run(&b, &p) || m.cpu[65535] != 0x5c)
		return 2;
	return api_close(&b) ? 3 : 0;
}

static int child_runs(void *arg)
{
	(void)arg;
	return run_once();
}

static void test_child_has_its_own(void **state)
{
	struct api *a = *state;

	assert_works(a);
	assert_child_ok(start_child(child_runs, NULL));
	assert_works(a);
}

/* The parent's handles mean nothing to the child, before and after it has opened its own. */
static int child_tries_parents(void *arg)
{
	struct api *a = arg;
	uint32_t execution;
	uint64_t zero = 0;

	if (!api_execution_state(a->device, &execution))
		return 1;
	if (!api_submit_at(a->context, a->commands.va, 16))
		return 2;
	if (!api_wait_cpu(a->device, &a->done.handle, &zero, 1, false, 0))
		return 3;
	if (!api_device_destroy(a->device) || !api_close_adapter(a->adapter))
		return 4;
	return run_once() ? 5 : 0;
}

static void test_parents_handles(void **state)
{
	struct api *a = *state;

	assert_child_ok(start_child(child_tries_parents, a));
	assert_works(a);
}

/* Generations: a child of a child, each with a session. */
static int child_forks(void *arg)
{
	int *depth = arg, status = -1;
	pid_t pid;

	if (run_once())
		return 1;
	if (!(*depth)--)
		return 0;
	pid = fork_quietly();
	if (!pid)
		_exit(child_forks(depth));
	return waitpid(pid, &status, 0) != pid || status || run_once() ? 2 : 0;
}

static void test_generations(void **state)
{
	int depth = 3;

	assert_child_ok(start_child(child_forks, &depth));
	assert_works(*state);
}

/** struct sleeper - a thread of the parent that waits while there are forks. */
struct sleeper {
	const struct api *a;
	struct api_fence fence;
	NTSTATUS status;
};

static void *sleep_thread(void *arg)
{
	struct sleeper *s = arg;
	uint64_t value = 1;

	s->status = api_wait_cpu(s->a->device, &s->fence.handle, &value, 1, false, 0);
	return NULL;
}

/* A child of a process whose threads wait and have events registered. */
static void test_fork_with_threads(void **state)
{
	struct api *a = *state;
	struct sleeper s = { .a = a, .status = -1 };
	pthread_t thread;
	uint64_t value = 1;
	int fd = eventfd(0, EFD_CLOEXEC), i;

	assert_ok(api_fence_create(a->device, 0, &s.fence));
	assert_int_equal(pthread_create(&thread, NULL, sleep_thread, &s), 0);
	assert_ok(api_wait_cpu(a->device, &s.fence.handle, &value, 1, false, (uint64_t)fd));
	for (i = 0; i < 5; i++)
		assert_child_ok(start_child(child_runs, NULL));
	assert_ok(api_signal_cpu(a->device, s.fence.handle, 1));
	pthread_join(thread, NULL);
	assert_ok(s.status);
	assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	close(fd);
}

/* ---- the end of processes ---- */

static uint64_t budget(const struct api *a)
{
	struct d3dkmt_queryvideomemoryinfo args = { .adapter = a->adapter };
	uint64_t bytes = 0;
	int group;

	for (group = 0; group < 2; group++) {
		args.memory_segment_group = (enum d3dkmt_memory_segment_group)group;
		assert_ok(D3DKMTQueryVideoMemoryInfo(&args));
		bytes += args.budget;
	}
	return bytes;
}

/* What others hold is taken from our budget; until that is @expected again. */
static void assert_budget_returns(const struct api *a, uint64_t expected)
{
	uint64_t end = api_now_ms() + API_WAIT_MS, now;

	while ((now = budget(a)) != expected && api_now_ms() < end)
		poll(NULL, 0, 5);
	assert_int_equal(now, expected);
}

/** struct hoarder - a child that holds everything there is to hold. */
struct hoarder {
	uint64_t bytes; /* of memory to make resident */
	int out; /* a byte goes there when it holds it */
	bool waits; /* then: in a blocking wait, with work queued; else it ends */
};

static int hoard(struct hoarder *h, struct api *b)
{
	struct d3dkmthandle allocation;
	struct api_fence never;
	struct packets p = { 0 };
	int i;

	if (api_open(b) || api_fence_create(b->device, 0, &never))
		return 1;
	if (api_allocate(b->device, h->bytes, DXG_ALLOC_CPU_VISIBLE, &allocation, NULL) ||
	    api_make_resident(b->queue, allocation))
		return 2;
	packets_barrier(&p);
	if (api_run(b, &p) || api_wait_gpu(b->context, never.handle, 1))
		return 3;
	for (i = 0; i < 100; i++)
		if (api_submit(b, b->context, &p) ||
		    api_signal_gpu(b->context, b->done.handle, 1000))
			return 4;
	return write(h->out, "h", 1) == 1 ? 0 : 5;
}

static int child_hoards(void *arg)
{
	struct hoarder *h = arg;
	uint64_t value = 1000;
	struct api b;
	int err = hoard(h, &b);

	if (!err && h->waits)
		api_wait_cpu(b.device, &b.done.handle, &value, 1, false, 0);
	return err;
}

static pid_t start_hoarder(struct hoarder *h, int *ret_in)
{
	int pipes[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	h->out = pipes[1];
	pid = start_child(child_hoards, h);
	close(pipes[1]);
	assert_true(api_poll(pipes[0], API_WAIT_MS));
	assert_int_equal(read(pipes[0], &c, 1), 1);
	*ret_in = pipes[0];
	return pid;
}

static void test_exit_with_everything(void **state)
{
	struct api *a = *state;
	struct hoarder h = { .bytes = a->info.system_memory / 4 };
	uint64_t before = budget(a);
	int i, in;

	for (i = 0; i < 6; i++) {
		assert_child_ok(start_hoarder(&h, &in));
		close(in);
		assert_budget_returns(a, before);
	}
	assert_works(a);
}

static void test_killed_with_everything(void **state)
{
	struct api *a = *state;
	struct hoarder h = { .bytes = a->info.system_memory / 4, .waits = true };
	uint64_t before = budget(a);
	int i, in, status;
	pid_t pid;

	for (i = 0; i < 6; i++) {
		pid = start_hoarder(&h, &in);
		assert_true(budget(a) < before);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		close(in);
		assert_budget_returns(a, before);
	}
	assert_works(a);
}

/* Killed at any moment of its life, with submissions and waits under way. */
static int child_loops(void *arg)
{
	int *out = arg;

	if (write(*out, "r", 1) != 1)
		return 1;
	while (!run_once())
		;
	return 2;
}

static void test_killed_at_any_time(void **state)
{
	enum { ROUNDS = 15 };
	struct api *a = *state;
	uint64_t before = budget(a);
	int i, pipes[2], status;
	pid_t pid;
	char c;

	for (i = 0; i < ROUNDS; i++) {
		assert_int_equal(pipe(pipes), 0);
		pid = start_child(child_loops, &pipes[1]);
		assert_true(api_poll(pipes[0], API_WAIT_MS));
		assert_int_equal(read(pipes[0], &c, 1), 1);
		poll(NULL, 0, i * 3); /* a moment, each time another one */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		close(pipes[0]);
		close(pipes[1]);
	}
	assert_budget_returns(a, before);
	assert_works(a);
}

/* Memory that another process left is zero before it is ours. */
static int child_dirties(void *arg)
{
	struct hoarder *h = arg;
	struct api_memory m;
	struct api b;

	if (api_open(&b) || api_memory_create(&b, h->bytes, DXG_ALLOC_CPU_VISIBLE, &m))
		return 1;
	memset(m.cpu, 0xdd, m.size);
	return 0;
}

static void test_memory_of_the_dead(void **state)
{
	struct api *a = *state;
	struct hoarder h = { .bytes = 8 * MIB };
	struct api_memory m;
	uint64_t before = budget(a), i;

	assert_child_ok(start_child(child_dirties, &h));
	assert_budget_returns(a, before);
	assert_ok(api_memory_create(a, 64 * MIB, DXG_ALLOC_CPU_VISIBLE, &m));
	for (i = 0; i < m.size; i += 8)
		assert_int_equal(*(uint64_t *)(m.cpu + i), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_child_has_its_own),    api_test(test_parents_handles),
		api_test(test_generations),	     api_test(test_fork_with_threads),
		api_test(test_exit_with_everything), api_test(test_killed_with_everything),
		api_test(test_killed_at_any_time),   api_test(test_memory_of_the_dead),
	};

	return api_main("api_fork", tests);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_api_hostdeath: dxgd is killed while a process waits; and comes back. Over the socket only:
 * in a virtual machine the host's part is played by tests/vm/run-api-vm, the guest's by
 * wait_forever. The tests of this program build on each other: the daemon that was given is dead
 * after the first one.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "fixture.h"

#define DEADLINE_MS 2000
#define SLEEPERS 4

static char program[4096]; /* of the daemon, noted while it runs */

/** struct sleeper - a thread in a blocking wait. */
struct sleeper {
	const struct api *a;
	pthread_t thread;
	int entered;
	NTSTATUS status;
	uint64_t ended_ms;
};

static void *sleep_thread(void *arg)
{
	struct sleeper *s = arg;
	uint64_t value = 1;

	if (write(s->entered, &value, sizeof(value)) != sizeof(value))
		return NULL;
	s->status = api_wait_cpu(s->a->device, &s->a->done.handle, &value, 1, false, 0);
	s->ended_ms = api_now_ms();
	return NULL;
}

static void start_sleepers(const struct api *a, struct sleeper *s)
{
	int i, fd = eventfd(0, EFD_CLOEXEC);

	for (i = 0; i < SLEEPERS; i++) {
		s[i] = (struct sleeper){ .a = a, .entered = fd };
		assert_int_equal(pthread_create(&s[i].thread, NULL, sleep_thread, &s[i]), 0);
		assert_int_equal(api_eventfd_take(fd, API_WAIT_MS), 1);
	}
	close(fd);
}

/** struct answer - what one call on the dead session said. */
struct answer {
	const char *call;
	NTSTATUS status;
};

#define ANSWER(call)        \
	{                   \
#call, call \
	}

/* Everything about a dead session says the same. Return: how many calls said something else. */
static int count_not_removed(struct api *a)
{
	struct d3dkmthandle handle, adapter;
	struct winluid luid;
	uint64_t bytes;
	uint32_t execution;
	void *cpu;
	const struct answer answers[] = {
		ANSWER(api_execution_state(a->device, &execution)),
		ANSWER(api_usage(a->adapter, &bytes)),
		ANSWER(api_device_create(a->adapter, &handle)),
		ANSWER(api_context_create(a->device, &handle)),
		ANSWER(api_submit_at(a->context, a->commands.va, 16)),
		ANSWER(api_signal_gpu(a->context, a->done.handle, 1)),
		ANSWER(api_wait_gpu(a->context, a->done.handle, 1)),
		ANSWER(api_lock(a->device, a->commands.allocation, &cpu)),
		ANSWER(api_unlock(a->device, a->commands.allocation)),
		ANSWER(api_open_adapter(&adapter, &luid)),
	};
	int wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].status == STATUS_DEVICE_REMOVED)
			continue;
		print_error("%s is 0x%08x\n", answers[i].call, (uint32_t)answers[i].status);
		wrong++;
	}
	return wrong;
}

static void test_killed_while_waiting(void **state)
{
	struct api a;
	struct sleeper s[SLEEPERS];
	uint64_t value = 1, killed;
	int fd = eventfd(0, EFD_CLOEXEC), i, wrong;

	(void)state;
	assert_int_equal(daemon_program(daemon_pid(), program, sizeof(program)), 0);
	assert_ok(api_open(&a));
	start_sleepers(&a, s);
	assert_ok(api_wait_cpu(a.device, &a.done.handle, &value, 1, false, (uint64_t)fd));
	killed = api_now_ms();
	assert_int_equal(kill(daemon_pid(), SIGKILL), 0);
	for (i = 0; i < SLEEPERS; i++) {
		pthread_join(s[i].thread, NULL);
		assert_status(s[i].status, STATUS_DEVICE_REMOVED);
		assert_true(s[i].ended_ms - killed < DEADLINE_MS);
	}
	/* Who waits for a descriptor learns it, too, and finds every fence at its end. */
	assert_int_equal(api_eventfd_take(fd, DEADLINE_MS), 1);
	assert_true(*a.done.value == UINT64_MAX);
	/* Memory that was mapped stays mapped: a program may be in the middle of it. */
	a.commands.cpu[0] = 1;
	assert_int_equal(a.commands.cpu[0], 1);
	wrong = count_not_removed(&a);
	assert_ok(api_close_adapter(a.adapter));
	close(fd);
	assert_int_equal(wrong, 0);
}

/* Nobody there: told within a second. */
static void test_nobody(void **state)
{
	struct d3dkmthandle adapter;
	struct winluid luid;
	uint64_t start = api_now_ms();

	(void)state;
	assert_status(api_open_adapter(&adapter, &luid), STATUS_DEVICE_REMOVED);
	assert_true(api_now_ms() - start < 1000);
}

/* A new daemon: enumerating anew finds it, in the same process. */
static void test_revival(void **state)
{
	struct packets p = { 0 };
	struct api a;
	int status;
	pid_t pid;

	(void)state;
	assert_true(program[0]);
	pid = daemon_start(program);
	assert_true(pid > 0);
	assert_ok(api_open(&a));
	packets_barrier(&p);
	assert_ok(api_run(&a, &p));
	assert_int_equal(*a.done.value, 1);
	assert_ok(api_close(&a));
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_while_waiting),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_revival),
	};

	if (!daemon_pid() || !api_on_socket()) {
		print_message(
			"SKIP: api_hostdeath: the daemon is out of a virtual machine's reach\n");
		return 77;
	}
	return api_main("api_hostdeath", tests);
}

// SPDX-License-Identifier: MIT
/*
 * test_tdr: work that never ends. After the seconds its vGPU allows, its worker is killed and the
 * devices of its process are lost with HUNG; everybody else goes on, and nobody waits for ever for
 * the end of anything. A worker that is stopped stands for a kernel that never ends.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "cm.h"

#define SOON_MS 10000 /* far below the limit of vGPU "slow" */

static const char *const vgpus[] = { "--vgpu", "quick,tdr_s=1", "--vgpu", "slow", NULL };

/** struct stage - a process on one of the vGPUs whose worker runs, and a neighbour on "slow". */
struct stage {
	struct daemon *daemon;
	struct daemon_pids before;
	struct client good;
	struct client client;
	struct client_memory memory;
};

static void stage_open(struct stage *stage, void **state, const char *name)
{
	stage->daemon = *state;
	client_open(&stage->good, stage->daemon, "slow");
	client_clock(&stage->good);
	stage->before = daemon_pids(stage->daemon);
	client_open(&stage->client, stage->daemon, name);
	stage->memory = client_memory(&stage->client, 65536);
	client_clock(&stage->client);
}

static void stage_signal(struct stage *stage, int sig)
{
	assert_true(daemon_signal_new(stage->daemon, &stage->before, sig) > 0);
}

static void stage_submit(struct stage *stage, uint32_t pattern)
{
	client_submit(&stage->client, stage->client.context, stage->memory.va,
		      client_put_fill(stage->memory.cpu, stage->memory.va + 4096, 4, pattern));
}

/* One submission that does not end. */
static void stage_hang(struct stage *stage)
{
	stage_signal(stage, SIGSTOP);
	stage_submit(stage, 1);
}

static void stage_close(struct stage *stage)
{
	client_finish(&stage->good, stage->good.context);
	client_close(&stage->client);
	client_close(&stage->good);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long long busy_ns(const struct daemon *daemon, const char *name)
{
	char answer[8192], key[64], *at;

	daemon_control(daemon, "{\"cmd\":\"vgpu-list\"}", answer, sizeof(answer));
	snprintf(key, sizeof(key), "\"name\":\"%s\"", name);
	at = strstr(answer, key);
	assert_non_null(at);
	at = strstr(at, "\"busy_ns\":");
	assert_non_null(at);
	return atoll(at + strlen("\"busy_ns\":"));
}

static void expect_hung(struct client *client)
{
	char text[DXG_FAULT_TEXT_MAX];

	client_expect_loss(client);
	assert_int_equal(client_state(client, client->device), _D3DKMT_DEVICEEXECUTION_HUNG);
	assert_true(client_fault(client, text));
	if (!strstr(text, "tdr_s=1"))
		fail_msg("the fault says '%s'", text);
}

/* The whole story: not before its time, with a record, paid for, and the neighbour's turn next. */
static void endless_submission(void **state)
{
	struct stage s;
	struct client_fence fence;
	struct wire_msg msg;
	long long busy;
	long start;
	off_t mark;

	stage_open(&s, state, "quick");
	fence = client_fence(&s.client, 0);
	mark = daemon_log_mark(s.daemon);
	busy = busy_ns(s.daemon, "quick");
	start = now_ms();
	stage_hang(&s);
	client_signal(&s.client, s.client.context, fence.handle, 1);
	assert_true(*fence.value == 0);
	expect_hung(&s.client);
	assert_true(now_ms() - start >= 990);
	assert_true(*fence.value == ~0ull);
	assert_int_equal(daemon_log_count(s.daemon, mark, "audit ", "\"device-lost\""), 1);
	assert_int_equal(daemon_log_count(s.daemon, mark, "audit ", "\"state\":3"), 1);
	assert_int_equal(daemon_log_count(s.daemon, mark, "audit ", "tdr_s=1\""), 2);
	client_flush_msg(&s.client, &msg, DXG_MSG_FLUSH_DEVICE_TERMINATE);
	assert_int_equal(wire_status(s.client.wire, &msg), 0); /* now the worker is gone */
	assert_true(busy_ns(s.daemon, "quick") - busy >= 990 * 1000000ll);
	stage_close(&s);
}

/* The node is the same one: what waits behind runs as soon as the worker is gone. */
static void neighbours_go_on(void **state)
{
	struct client second, sibling;
	struct client_memory memory, own;
	struct stage s;

	stage_open(&s, state, "quick");
	client_open_process(&sibling, &s.good);
	memory = client_memory(&s.good, 65536);
	own = client_memory(&sibling, 65536);
	second = s.client;
	second.device = client_try_device(&s.client);
	assert_int_not_equal(second.device, 0);
	/* "New" workers are now the sibling's too: stop the right one. */
	client_clock(&sibling);
	s.before = daemon_pids(s.daemon);
	client_open_process(&s.client, &s.client);
	s.memory = client_memory(&s.client, 65536);
	client_clock(&s.client);
	stage_hang(&s);
	client_submit(&s.good, s.good.context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 4, 7));
	client_submit(&sibling, sibling.context, own.va,
		      client_put_fill(own.cpu, own.va + 4096, 4, 8));
	client_finish(&s.good, s.good.context);
	client_finish(&sibling, sibling.context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + 4096), 7);
	assert_int_equal(*(uint32_t *)(void *)(own.cpu + 4096), 8);
	expect_hung(&s.client);
	assert_int_equal(client_state(&second, second.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	stage_close(&s);
}

/* All devices of the process are lost, and it may start anew at once. */
static void process_starts_anew(void **state)
{
	struct client second;
	struct stage s;

	stage_open(&s, state, "quick");
	second = s.client;
	second.device = client_try_device(&s.client);
	assert_int_not_equal(second.device, 0);
	stage_hang(&s);
	client_expect_loss(&s.client);
	expect_hung(&second);
	assert_int_equal(client_state(&s.client, s.client.device), _D3DKMT_DEVICEEXECUTION_HUNG);
	s.client.device = client_try_device(&s.client);
	assert_int_not_equal(s.client.device, 0);
	s.client.context = client_try_context(&s.client, s.client.device);
	s.client.queue = client_try_queue(&s.client, s.client.device, &s.client.paging);
	s.memory = client_memory(&s.client, 65536);
	stage_submit(&s, 0x600d);
	client_finish(&s.client, s.client.context);
	assert_int_equal(*(uint32_t *)(void *)(s.memory.cpu + 4096), 0x600d);
	stage_close(&s);
}

/* Whoever flushes or destroys the device is answered when the limit is over. */
static void flush_and_destroy_end(void **state)
{
	struct wire_msg msg;
	struct stage s;

	stage_open(&s, state, "quick");
	stage_hang(&s);
	client_flush_msg(&s.client, &msg, DXG_MSG_FLUSH_DEVICE_TERMINATE);
	assert_int_equal(wire_status(s.client.wire, &msg), 0);
	assert_int_equal(client_state(&s.client, s.client.device), _D3DKMT_DEVICEEXECUTION_HUNG);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYDEVICE, s.client.device), 0);
	stage_close(&s);
	stage_open(&s, state, "quick");
	stage_hang(&s);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYDEVICE, s.client.device), 0);
	stage_close(&s);
}

/* Nothing runs, but the worker does not give the memory back: the same limit. */
static void memory_that_is_not_released(void **state)
{
	struct stage s;

	stage_open(&s, state, "quick");
	stage_signal(&s, SIGSTOP);
	assert_int_equal(client_destroy_allocs(&s.client, &s.memory.handle, 1), 0);
	expect_hung(&s.client);
	stage_close(&s);
	stage_open(&s, state, "quick");
	stage_signal(&s, SIGSTOP);
	assert_int_equal(client_destroy(&s.client, DXG_MSG_DESTROYDEVICE, s.client.device), 0);
	stage_close(&s);
}

/* The end of the process does not wait for the limit: its worker is killed at once. */
static void process_ends_at_once(void **state)
{
	long start = now_ms();
	struct stage s;

	stage_open(&s, state, "slow");
	stage_hang(&s);
	assert_int_equal(client_destroy_process(s.client.wire, s.client.process), 0);
	client_finish(&s.good, s.good.context);
	assert_true(now_ms() - start < SOON_MS);
	stage_close(&s);
}

/* The same for the end of the session. */
static void session_ends_at_once(void **state)
{
	struct client_memory memory;
	long start = now_ms();
	struct stage s;

	stage_open(&s, state, "slow");
	memory = client_memory(&s.good, 65536);
	stage_hang(&s);
	client_submit(&s.good, s.good.context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 4, 9));
	client_close(&s.client);
	client_finish(&s.good, s.good.context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + 4096), 9);
	assert_true(now_ms() - start < SOON_MS);
	client_close(&s.good);
}

/* A limit that is lowered holds for what runs already. */
static void lowered_limit(void **state)
{
	char answer[256];
	long start = now_ms();
	struct stage s;

	stage_open(&s, state, "slow");
	stage_hang(&s);
	assert_int_equal(client_state(&s.client, s.client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	daemon_control(s.daemon, "{\"cmd\":\"vgpu-set\",\"name\":\"slow\",\"tdr_s\":1}", answer,
		       sizeof(answer));
	assert_string_equal(answer, "{\"ok\":true}");
	expect_hung(&s.client);
	assert_true(now_ms() - start < SOON_MS);
	daemon_control(s.daemon, "{\"cmd\":\"vgpu-set\",\"name\":\"slow\",\"tdr_s\":60}", answer,
		       sizeof(answer));
	assert_string_equal(answer, "{\"ok\":true}");
	stage_close(&s);
}

/* The limit is one of a submission: short ones may go on for as long as they like. */
static void short_ones_go_on(void **state)
{
	long start = now_ms();
	uint32_t rounds = 0;
	struct stage s;

	stage_open(&s, state, "quick");
	while (now_ms() - start < 1500) {
		stage_submit(&s, ++rounds);
		client_finish(&s.client, s.client.context);
	}
	assert_int_equal(*(uint32_t *)(void *)(s.memory.cpu + 4096), rounds);
	assert_int_equal(client_state(&s.client, s.client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	stage_close(&s);
}

/* dxgd itself stood still: what that took is nobody's fault. */
static void stopped_daemon_does_not_count(void **state)
{
	struct stage s;

	stage_open(&s, state, "quick");
	stage_hang(&s);
	assert_true(wire_is_alive(s.client.wire));
	assert_int_equal(kill(s.daemon->pid, SIGSTOP), 0);
	poll(NULL, 0, 2500);
	assert_int_equal(kill(s.daemon->pid, SIGCONT), 0);
	assert_int_equal(client_state(&s.client, s.client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	stage_signal(&s, SIGCONT);
	client_finish(&s.client, s.client.context);
	assert_int_equal(client_state(&s.client, s.client.device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
	assert_int_equal(*(uint32_t *)(void *)(s.memory.cpu + 4096), 1);
	stage_close(&s);
}

static void bad_limits(void **state)
{
	static const char *const bad[] = { "0", "3601", "-1", "1.5", "\"\"", "\"1s\"", "null" };
	char request[128], answer[1024];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(request, sizeof(request),
			 "{\"cmd\":\"vgpu-set\",\"name\":\"slow\",\"tdr_s\":%s}", bad[i]);
		daemon_control(*state, request, answer, sizeof(answer));
		if (!strstr(answer, "\"ok\":false") || !strstr(answer, "tdr_s=1..3600"))
			fail_msg("tdr_s %s: %s", bad[i], answer);
	}
}

static int setup(void **state)
{
	*state = daemon_start(vgpus);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endless_submission),
		cmocka_unit_test(neighbours_go_on),
		cmocka_unit_test(process_starts_anew),
		cmocka_unit_test(flush_and_destroy_end),
		cmocka_unit_test(memory_that_is_not_released),
		cmocka_unit_test(process_ends_at_once),
		cmocka_unit_test(session_ends_at_once),
		cmocka_unit_test(lowered_limit),
		cmocka_unit_test(short_ones_go_on),
		cmocka_unit_test(stopped_daemon_does_not_count),
		cmocka_unit_test(bad_limits),
	};

	return cmocka_run_group_tests(tests, setup, daemon_group_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_death: dxgd, its zygote, its workers are killed at bad moments. What was lost is said to be
 * lost, and what comes next works: also when it comes before the dead are out of the way.
 */
#include <signal.h>
#include <string.h>

#include "client.h"
#include "cm.h"

/* A new device in the place of a lost one, at the first attempt, and it works. */
static void start_anew(struct client *client)
{
	struct client_memory memory;

	client->device = client_try_device(client);
	assert_int_not_equal(client->device, 0);
	client->context = client_try_context(client, client->device);
	client->queue = client_try_queue(client, client->device, &client->paging);
	assert_true(client->context && client->queue);
	memory = client_memory(client, 65536);
	client_submit(client, client->context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 4, 0x11fe));
	client_finish(client, client->context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + 4096), 0x11fe);
	assert_int_equal(client_state(client, client->device), _D3DKMT_DEVICEEXECUTION_ACTIVE);
}

static void expect_reset(struct client *client)
{
	client_expect_loss(client);
	assert_int_equal(client_state(client, client->device), _D3DKMT_DEVICEEXECUTION_RESET);
}

/* The dead worker is lost, and not gone yet, when the next device is asked for. */
static void device_after_killed_worker(void **state)
{
	struct daemon *daemon = *state;
	struct daemon_pids before = daemon_pids(daemon);
	struct client client;
	unsigned int i;

	client_open(&client, daemon, "a");
	for (i = 0; i < 20; i++) {
		client_clock(&client);
		assert_true(daemon_signal_new(daemon, &before, SIGKILL) > 0);
		client_expect_loss(&client);
		start_anew(&client);
	}
	client_close(&client);
}

static uint64_t request_device(struct client *client)
{
	struct dxg_msg_createdevice body = {
		.h = wire_vgpu(DXG_MSG_CREATEDEVICE, client->process),
		.cookie = CLIENT_COOKIE,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_request(client->wire, &msg);
}

/* Many at once: all come, each with a handle of its own. */
static void devices_after_killed_worker(void **state)
{
	struct daemon *daemon = *state;
	struct daemon_pids before = daemon_pids(daemon);
	struct dxg_msg_handle_return reply;
	struct client client;
	uint64_t id[8], seen = 0;
	unsigned int i;

	client_open(&client, daemon, "a");
	client_clock(&client);
	assert_true(daemon_signal_new(daemon, &before, SIGKILL) > 0);
	client_expect_loss(&client);
	for (i = 0; i < 8; i++)
		id[i] = request_device(&client);
	for (i = 0; i < 8; i++) {
		memset(&reply, 0, sizeof(reply));
		assert_int_equal(wire_reply(client.wire, id[i], &reply, sizeof(reply)),
				 sizeof(reply));
		assert_true(reply.handle && reply.handle != seen);
		seen = reply.handle;
		assert_int_equal(client_state(&client, reply.handle),
				 _D3DKMT_DEVICEEXECUTION_ACTIVE);
	}
	client_close(&client);
}

/* Those who wait for a worker when their process, or their session, ends. */
static void waiting_for_a_worker_at_the_end(void **state)
{
	struct daemon *daemon = *state;
	struct daemon_pids before = daemon_pids(daemon);
	struct client client, good;
	unsigned int i;
	uint64_t id;

	for (i = 0; i < 10; i++) {
		client_open(&client, daemon, "a");
		client_clock(&client);
		assert_true(daemon_signal_new(daemon, &before, SIGKILL) > 0);
		client_expect_loss(&client);
		id = request_device(&client);
		if (i % 2) {
			assert_int_equal(client_destroy_process(client.wire, client.process), 0);
			assert_true(wire_reply(client.wire, id, NULL, 0) >= 4);
			assert_true(wire_is_alive(client.wire));
		}
		client_close(&client);
	}
	client_open(&good, daemon, "a");
	client_finish(&good, good.context);
	client_close(&good);
}

/* Its workers go with it, and the next device gets a worker of a new zygote. */
static void kill_zygote(bool settled)
{
	struct daemon *daemon = daemon_start(NULL);
	struct client client, other;
	uint32_t lost;
	pid_t zygote = daemon_zygote(daemon);

	client_open(&client, daemon, "a");
	client_open(&other, daemon, "a");
	if (settled) {
		client_clock(&client);
		client_clock(&other);
	}
	assert_int_equal(kill(zygote, SIGKILL), 0);
	/* Its workers may end before it: a device that is made in between goes with it, too. */
	while (!daemon_log_count(daemon, 0, "dxgd: ", "the zygote ended"))
		assert_true(wire_is_alive(client.wire));
	expect_reset(&client);
	lost = client.device;
	start_anew(&client);
	assert_int_equal(client_state(&client, lost), _D3DKMT_DEVICEEXECUTION_RESET);
	assert_int_not_equal(daemon_zygote(daemon), zygote);
	expect_reset(&other);
	start_anew(&other);
	client_close(&client);
	client_close(&other);
	daemon_stop(daemon);
}

static void killed_zygote(void **state)
{
	(void)state;
	kill_zygote(true);
}

/* Before it has answered: dxgd does not know whether there is a worker. */
static void killed_zygote_early(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++)
		kill_zygote(false);
}

/* dxgd is killed with sessions, stopped workers and work under way: nothing of it stays. */
static void killed_daemon(void **state)
{
	static const char *const vgpus[] = { "--vgpu", "a", "--vgpu", "b", NULL };
	struct daemon *daemon = daemon_start(vgpus);
	struct daemon_pids none = { 0 }, pids;
	struct daemon_ends ends;
	struct client client[3];
	struct client_memory memory;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		client_open(&client[i], daemon, i % 2 ? "b" : "a");
		client_clock(&client[i]);
	}
	memory = client_memory(&client[0], 65536);
	assert_true(daemon_signal_new(daemon, &none, SIGSTOP) >= 3);
	client_submit(&client[0], client[0].context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 4, 1));
	assert_true(wire_is_alive(client[0].wire));
	pids = daemon_pids(daemon);
	pids.pid[pids.count++] = daemon_zygote(daemon);
	ends = daemon_watch(&pids);
	daemon_kill(daemon);
	for (i = 0; i < 3; i++) {
		assert_true(wire_wait_end(client[i].wire));
		client_close(&client[i]);
	}
	daemon_wait_ends(&ends);
	daemon_stop(daemon);
}

/* Whoever comes next finds the memory that the process before had, dead or not yet. */
static void memory_of_the_dead(void **state)
{
	static const char *const options[] = { "--vgpu", "small,memory_mib=64", NULL };
	struct daemon *daemon = daemon_start(options);
	struct client client;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		client_open(&client, daemon, "small");
		client_clock(&client);
		assert_int_equal(client_try_alloc(&client, 1, 0, 60u << 20, NULL), 1);
		client_close(&client);
	}
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_after_killed_worker),
		cmocka_unit_test(devices_after_killed_worker),
		cmocka_unit_test(waiting_for_a_worker_at_the_end),
		cmocka_unit_test(killed_zygote),
		cmocka_unit_test(killed_zygote_early),
		cmocka_unit_test(killed_daemon),
		cmocka_unit_test(memory_of_the_dead),
	};

	return cmocka_run_group_tests(tests, daemon_group_setup, daemon_group_teardown);
}

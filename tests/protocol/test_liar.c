// SPDX-License-Identifier: MIT
/*
 * test_liar: a worker that breaks its protocol (lying_worker.c) is ended, its process's devices are
 * lost with a text that names the field, and dxgd goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "cm.h"

static const struct lie {
	const char *name;
	const char *field;
} lies[] = {
	{ "kind", "packet.kind" },
	{ "id", "packet.id" },
	{ "op", "ipc.op" },
	{ "reserved", "ipc.op" },
	{ "short", "escape.length" },
	{ "long", "escape.length" },
	{ "aside", "ipc.op" },
	{ "ring", "ring" },
	{ "cache-unsealed", "cache.seals" },
	{ "cache-size", "cache.size" },
	{ "cache-op", "cache.op" },
	{ "cache-length", "cache.length" },
	{ "cache-question", "cache.size" },
};

static void expect_loss_by(const struct daemon *daemon, const char *field)
{
	char text[DXG_FAULT_TEXT_MAX], expected[96];
	struct client client;
	struct wire_msg msg;
	uint64_t id;

	client_open(&client, daemon, "a");
	client_clock_msg(&client, &msg);
	id = wire_request(client.wire, &msg);
	client_expect_loss(&client);
	assert_true(wire_reply(client.wire, id, text, sizeof(text)) >= 0);
	assert_true(client_fault(&client, text));
	snprintf(expected, sizeof(expected), "broke its protocol: %s", field);
	if (!strstr(text, expected))
		fail_msg("'%s' is not '%s'", text, expected);
	assert_true(wire_is_alive(client.wire));
	client_close(&client);
}

static void a_lie_costs_the_worker(void **state)
{
	struct daemon *daemon;
	size_t i;

	(void)state;
	setenv("DXG_WORKER", getenv("DXG_LYING_WORKER"), 1);
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		setenv("DXG_TEST_LIE", lies[i].name, 1);
		daemon = daemon_start(NULL);
		expect_loss_by(daemon, lies[i].field);
		/* The next one lies as well, and nobody is the worse for it. */
		expect_loss_by(daemon, lies[i].field);
		daemon_stop(daemon);
	}
}

/* The worker checks addresses, and this one does not. */
static void submit(struct client *client, uint32_t packets)
{
	client_submit(client, client->context, 1 << 20,
		      packets * (uint32_t)sizeof(struct dxg_cmd_barrier));
}

/* A submission that stands aside and has no end holds up its own process only. */
static void who_stands_aside_holds_up_nobody(void **state)
{
	struct client first, second;
	struct daemon *daemon;

	(void)state;
	setenv("DXG_WORKER", getenv("DXG_LYING_WORKER"), 1);
	setenv("DXG_TEST_LIE", "none", 1);
	daemon = daemon_start(NULL);
	client_open(&first, daemon, "a");
	client_open(&second, daemon, "a");
	submit(&first, 1);
	submit(&second, 2);
	client_finish(&second, second.context);
	submit(&second, 2);
	client_finish(&second, second.context);
	assert_true(wire_is_alive(first.wire));
	client_close(&first);
	submit(&second, 2);
	client_finish(&second, second.context);
	client_close(&second);
	daemon_stop(daemon);
}

static void standing_aside_is_checked(void **state)
{
	static const struct lie aside[] = { { "aside-twice", "exec.aside" },
					    { "aside-long", "aside.length" } };
	char text[DXG_FAULT_TEXT_MAX];
	struct client client;
	struct daemon *daemon;
	size_t i;

	(void)state;
	setenv("DXG_WORKER", getenv("DXG_LYING_WORKER"), 1);
	for (i = 0; i < sizeof(aside) / sizeof(aside[0]); i++) {
		setenv("DXG_TEST_LIE", aside[i].name, 1);
		daemon = daemon_start(NULL);
		client_open(&client, daemon, "a");
		submit(&client, 1);
		client_expect_loss(&client);
		assert_true(client_fault(&client, text));
		assert_non_null(strstr(text, aside[i].field));
		client_close(&client);
		daemon_stop(daemon);
	}
}

/* Does a vGPU come about whose worker describes its device so? */
static bool described(const char *lie, unsigned int *ret_refusals)
{
	static const char *const no_options[] = { NULL };
	struct daemon *daemon;
	char answer[4096];

	setenv("DXG_WORKER", getenv("DXG_LYING_WORKER"), 1);
	setenv("DXG_TEST_LIE", lie, 1);
	daemon = daemon_start(no_options);
	daemon_control(daemon, "{\"cmd\":\"vgpu-create\",\"name\":\"b\"}", answer, sizeof(answer));
	*ret_refusals = daemon_log_count(daemon, 0, "dxgd: describing", "describe.units");
	daemon_stop(daemon);
	return !strcmp(answer, "{\"ok\":true}");
}

/* Compute units up to the limit; gpu0, which is made at the start, is refused, too. */
static void a_description_is_checked(void **state)
{
	unsigned int refusals;

	(void)state;
	assert_true(described("most-units", &refusals));
	assert_int_equal(refusals, 0);
	assert_false(described("too-many-units", &refusals));
	assert_int_equal(refusals, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lie_costs_the_worker),
		cmocka_unit_test(who_stands_aside_holds_up_nobody),
		cmocka_unit_test(standing_aside_is_checked),
		cmocka_unit_test(a_description_is_checked),
	};

	return cmocka_run_group_tests_name("liar", tests, NULL, NULL);
}

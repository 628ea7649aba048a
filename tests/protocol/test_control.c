// SPDX-License-Identifier: MIT
/*
 * test_control: the control socket: one JSON object per packet, one answer each. Whatever is sent,
 * there is an answer that says what is wrong, and the next command works.
 */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"

/** struct stage - the daemon and one connection to its control socket. */
struct stage {
	struct daemon *daemon;
	int sock;
};

/* One packet there and one back. Return: the answer, the caller's. */
static json_t *ask_raw(const struct stage *stage, const void *bytes, size_t len)
{
	static char text[1 << 20];
	struct pollfd pfd = { .fd = stage->sock, .events = POLLIN };
	json_t *answer;
	ssize_t n;

	assert_int_equal(send(stage->sock, bytes, len, MSG_NOSIGNAL), len);
	assert_int_equal(poll(&pfd, 1, DAEMON_TIMEOUT_MS), 1);
	n = recv(stage->sock, text, sizeof(text), 0);
	assert_true(n > 0);
	answer = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(answer));
	assert_true(json_is_boolean(json_object_get(answer, "ok")));
	return answer;
}

static json_t *ask(const struct stage *stage, const char *text)
{
	return ask_raw(stage, text, strlen(text));
}

static void expect_ok(const struct stage *stage, const char *text)
{
	json_t *answer = ask(stage, text);

	if (!json_is_true(json_object_get(answer, "ok")))
		fail_msg("%s: %s", text, json_string_value(json_object_get(answer, "error")));
	json_decref(answer);
}

/* Refused, with a sentence that contains @word. */
static void expect_refused(const struct stage *stage, const char *text, const char *word)
{
	json_t *answer = ask(stage, text);
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (json_is_true(json_object_get(answer, "ok")) || !error || !strstr(error, word))
		fail_msg("%.100s: not refused with '%s' but '%s'", text, word,
			 error ? error : "ok");
	json_decref(answer);
}

static json_t *find_vgpu(json_t *answer, const char *name)
{
	json_t *list = json_object_get(answer, "vgpus"), *vgpu;
	size_t i;

	assert_true(json_is_array(list));
	json_array_foreach (list, i, vgpu)
		if (!strcmp(json_string_value(json_object_get(vgpu, "name")), name))
			return vgpu;
	return NULL;
}

/* A number that vgpu-list tells of @name; -1 when there is no such vGPU. */
static json_int_t vgpu_number(const struct stage *stage, const char *name, const char *key)
{
	json_t *answer = ask(stage, "{\"cmd\":\"vgpu-list\"}");
	json_t *vgpu = find_vgpu(answer, name);
	json_int_t value = -1;

	if (vgpu) {
		assert_true(json_is_integer(json_object_get(vgpu, key)));
		value = json_integer_value(json_object_get(vgpu, key));
	}
	json_decref(answer);
	return value;
}

static void ping(void **state)
{
	expect_ok(*state, "{\"cmd\":\"ping\"}");
}

static void adapters(void **state)
{
	json_t *answer = ask(*state, "{\"cmd\":\"adapters\"}");
	json_t *list = json_object_get(answer, "adapters");

	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_true(json_array_size(list) >= 1);
	assert_true(json_is_string(json_object_get(json_array_get(list, 0), "name")));
	json_decref(answer);
}

static void malformed(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"}",
		"[",
		"nonsense",
		"{\"cmd\":}",
		"{\"cmd\":\"ping\"",
		"\"ping\"",
		"7",
		"null",
		"[{\"cmd\":\"ping\"}]",
		"{\"cmd\":\"ping\"}{\"cmd\":\"ping\"}",
		"{\"cmd\":\"ping\",\"cmd\":\"ping\"}",
		"{\"cmd\":\"\\u0000\"}",
		"{\"cmd\":\"\xff\"}",
	};
	const struct stage *stage = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!bad[i][0])
			continue; /* an empty packet cannot be told from the end */
		expect_refused(stage, bad[i], "");
		expect_ok(stage, "{\"cmd\":\"ping\"}");
	}
	expect_refused(stage, "{\"cmd\":\"ping\"", "JSON");
}

static void bytes_of_all_kinds(void **state)
{
	const struct stage *stage = *state;
	uint8_t bytes[256];
	unsigned int i;

	for (i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	json_decref(ask_raw(stage, bytes, sizeof(bytes)));
	memset(bytes, 0, sizeof(bytes));
	json_decref(ask_raw(stage, bytes, sizeof(bytes)));
	expect_ok(stage, "{\"cmd\":\"ping\"}");
}

/* A packet larger than any command, and one as deep as the parser would go. */
static void huge(void **state)
{
	const struct stage *stage = *state;
	static char text[100064];
	size_t len = 100000, i;
	json_t *answer;

	i = (size_t)sprintf(text, "{\"cmd\":\"ping\",\"pad\":\"");
	memset(text + i, 'x', len - i);
	strcpy(text + len, "\"}");
	answer = ask(stage, text);
	assert_false(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	memset(text, '[', 50000);
	text[50000] = '\0';
	expect_refused(stage, text, "");
	expect_ok(stage, "{\"cmd\":\"ping\"}");
}

static void unknown_command(void **state)
{
	expect_refused(*state, "{}", "command");
	expect_refused(*state, "{\"cmd\":\"format-disk\"}", "format-disk");
	expect_refused(*state, "{\"cmd\":7}", "command");
	expect_refused(*state, "{\"cmd\":null}", "command");
	expect_refused(*state, "{\"cmd\":[\"ping\"]}", "command");
}

static void create_list_set_destroy(void **state)
{
	const struct stage *stage = *state;
	struct wire *wire;
	struct stat st;
	char path[128];

	expect_ok(stage,
		  "{\"cmd\":\"vgpu-create\",\"name\":\"b\",\"memory_mib\":256,\"weight\":50}");
	assert_int_equal(vgpu_number(stage, "b", "memory_mib"), 256);
	assert_int_equal(vgpu_number(stage, "b", "weight"), 50);
	assert_int_equal(vgpu_number(stage, "b", "tdr_s"), 60);
	assert_int_equal(vgpu_number(stage, "b", "sessions"), 0);
	snprintf(path, sizeof(path), "%s/vgpu-b.ivshmem", stage->daemon->dir);
	assert_int_equal(stat(path, &st), 0);
	expect_refused(stage, "{\"cmd\":\"vgpu-create\",\"name\":\"b\"}", "already");

	wire = wire_open(stage->daemon->socket, "b");
	assert_true(wire->header.io_size >= 256 << 20);
	assert_true(wire_is_alive(wire));
	assert_int_equal(vgpu_number(stage, "b", "sessions"), 1);
	expect_ok(stage, "{\"cmd\":\"vgpu-set\",\"name\":\"b\",\"weight\":77}");
	expect_ok(stage, "{\"cmd\":\"vgpu-set\",\"name\":\"b\",\"tdr_s\":3600}");
	assert_int_equal(vgpu_number(stage, "b", "weight"), 77);
	assert_int_equal(vgpu_number(stage, "b", "memory_mib"), 256);
	assert_int_equal(vgpu_number(stage, "b", "tdr_s"), 3600);
	assert_true(wire_is_alive(wire));

	expect_ok(stage, "{\"cmd\":\"vgpu-destroy\",\"name\":\"b\"}");
	assert_true(wire_wait_end(wire));
	wire_close(wire);
	assert_int_equal(vgpu_number(stage, "b", "weight"), -1);
	assert_int_not_equal(stat(path, &st), 0);
	assert_int_equal(wire_try_open(stage->daemon->socket, "b", &wire), -ENOENT);
	expect_refused(stage, "{\"cmd\":\"vgpu-destroy\",\"name\":\"b\"}", "'b'");
	expect_refused(stage, "{\"cmd\":\"vgpu-set\",\"name\":\"b\",\"weight\":1}", "'b'");
}

/* Destroyed under a guest that works: its session ends, the worker goes, the name is free again. */
static void destroy_under_load(void **state)
{
	const struct stage *stage = *state;
	struct client client;
	struct client_memory memory;
	unsigned int i, round;

	for (round = 0; round < 5; round++) {
		expect_ok(stage, "{\"cmd\":\"vgpu-create\",\"name\":\"load\"}");
		client_open(&client, stage->daemon, "load");
		memory = client_memory(&client, 4 << 20);
		for (i = 0; i < 20; i++)
			client_submit(&client, client.context, memory.va,
				      client_put_fill(memory.cpu, memory.va + 4096, 1 << 20, i));
		expect_ok(stage, "{\"cmd\":\"vgpu-destroy\",\"name\":\"load\"}");
		assert_true(wire_wait_end(client.wire));
		client_close(&client);
	}
	expect_ok(stage, "{\"cmd\":\"ping\"}");
}

static void bad_names(void **state)
{
	static const char *const bad[] = { "",	      "a b",	"a/b", "../x", ".hidden", "a\\nb",
					   "\\u00e4", "a\\\"b", "a,b", "a=b",  "a\\u0001" };
	const struct stage *stage = *state;
	char text[256], name[DXG_VGPU_NAME_MAX + 2];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"cmd\":\"vgpu-create\",\"name\":\"%s\"}", bad[i]);
		expect_refused(stage, text, "name");
	}
	expect_refused(stage, "{\"cmd\":\"vgpu-create\"}", "name");
	expect_refused(stage, "{\"cmd\":\"vgpu-create\",\"name\":5}", "name");
	expect_refused(stage, "{\"cmd\":\"vgpu-create\",\"name\":\"nul\\u0000nul\"}", "");

	/* The longest name, and one more. */
	memset(name, 'n', sizeof(name));
	name[DXG_VGPU_NAME_MAX] = '\0';
	snprintf(text, sizeof(text), "{\"cmd\":\"vgpu-create\",\"name\":\"%s\"}", name);
	expect_refused(stage, text, "name");
	name[DXG_VGPU_NAME_MAX - 1] = '\0';
	snprintf(text, sizeof(text), "{\"cmd\":\"vgpu-create\",\"name\":\"%s\"}", name);
	expect_ok(stage, text);
	wire_close(wire_open(stage->daemon->socket, name));
	snprintf(text, sizeof(text), "{\"cmd\":\"vgpu-destroy\",\"name\":\"%s\"}", name);
	expect_ok(stage, text);
}

static void bad_options(void **state)
{
	static const char *const bad[] = {
		"\"weight\":0",	       "\"weight\":10001",
		"\"weight\":-1",       "\"weight\":\"much\"",
		"\"weight\":1.5",      "\"memory_mib\":0",
		"\"memory_mib\":-5",   "\"memory_mib\":99999999999",
		"\"memory_mib\":null", "\"uid\":-1",
		"\"uid\":\"root\"",    "\"backend\":\"vulkan\"",
		"\"adapter\":99999",   "\"colour\":\"red\"",
		"\"weight\":{}",       "\"tdr_s\":0",
		"\"tdr_s\":3601",
	};
	const struct stage *stage = *state;
	char text[256], key[32];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"cmd\":\"vgpu-create\",\"name\":\"bad\",%s}",
			 bad[i]);
		sscanf(bad[i], "\"%31[a-z_]", key);
		expect_refused(stage, text, key);
		assert_int_equal(vgpu_number(stage, "bad", "weight"), -1);
		snprintf(text, sizeof(text), "{\"cmd\":\"vgpu-set\",\"name\":\"a\",%s}", bad[i]);
		expect_refused(stage, text, "");
	}
	assert_int_equal(vgpu_number(stage, "a", "weight"), 100);
}

static void too_many_vgpus(void **state)
{
	const struct stage *stage = *state;
	char text[128];
	unsigned int i;

	for (i = 1; i < DXG_VGPUS_MAX; i++) { /* "a" is there already */
		snprintf(text, sizeof(text),
			 "{\"cmd\":\"vgpu-create\",\"name\":\"v%u\",\"memory_mib\":16}", i);
		expect_ok(stage, text);
	}
	expect_refused(stage, "{\"cmd\":\"vgpu-create\",\"name\":\"more\",\"memory_mib\":16}", "");
	wire_close(wire_open(stage->daemon->socket, "v63"));
	for (i = 1; i < DXG_VGPUS_MAX; i++) {
		snprintf(text, sizeof(text), "{\"cmd\":\"vgpu-destroy\",\"name\":\"v%u\"}", i);
		expect_ok(stage, text);
	}
}

/* A memory limit that is lowered takes nothing away, and gives nothing more. */
static void lowered_memory(void **state)
{
	const struct stage *stage = *state;
	struct client client;
	struct client_memory memory;

	expect_ok(stage, "{\"cmd\":\"vgpu-create\",\"name\":\"m\",\"memory_mib\":64}");
	client_open(&client, stage->daemon, "m");
	memory = client_memory(&client, 40 << 20);
	expect_ok(stage, "{\"cmd\":\"vgpu-set\",\"name\":\"m\",\"memory_mib\":32}");
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 4096, NULL), 0);
	memset(memory.cpu, 1, memory.size);
	assert_int_equal(client_destroy_allocs(&client, &memory.handle, 1), 0);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 33 << 20, NULL), 0);
	assert_int_equal(client_try_alloc(&client, 1, DXG_ALLOC_CPU_VISIBLE, 20 << 20, NULL), 1);
	client_close(&client);
	expect_ok(stage, "{\"cmd\":\"vgpu-destroy\",\"name\":\"m\"}");
}

/* Others than root and dxgd's own user may not even look. */
static void only_for_the_administrator(void **state)
{
	const struct stage *stage = *state;
	int status;
	pid_t pid;

	if (getuid()) {
		print_message("only root can become somebody else\n");
		skip();
	}
	pid = fork();
	if (!pid) {
		char answer[64];
		int sock;

		if (setgid(65534) || setuid(65534))
			_exit(99);
		sock = wire_connect(stage->daemon->control, SOCK_SEQPACKET);
		if (sock < 0)
			_exit(0);
		if (send(sock, "{\"cmd\":\"ping\"}", 14, MSG_NOSIGNAL) < 0)
			_exit(0);
		_exit(recv(sock, answer, sizeof(answer), 0) > 0 ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Clients that connect and say nothing do not use up the socket for others. */
static void silent_clients(void **state)
{
	const struct stage *stage = *state;
	struct stage late = { .daemon = stage->daemon };
	int sock[64];
	unsigned int i;

	for (i = 0; i < 64; i++)
		sock[i] = wire_connect(stage->daemon->control, SOCK_SEQPACKET);
	late.sock = wire_connect(stage->daemon->control, SOCK_SEQPACKET);
	assert_true(late.sock >= 0);
	expect_ok(&late, "{\"cmd\":\"ping\"}");
	close(late.sock);
	for (i = 0; i < 64; i++)
		close(sock[i]);
}

/* Whoever asks and leaves does no harm, also while a vGPU is being made. */
static void impatient_client(void **state)
{
	const struct stage *stage = *state;
	struct stage other = { .daemon = stage->daemon };
	static const char create[] =
		"{\"cmd\":\"vgpu-create\",\"name\":\"late\",\"backend\":\"null\","
		"\"discrete\":1}";

	other.sock = wire_connect(stage->daemon->control, SOCK_SEQPACKET);
	assert_int_equal(send(other.sock, create, strlen(create), MSG_NOSIGNAL), strlen(create));
	close(other.sock);
	other.sock = wire_connect(stage->daemon->control, SOCK_SEQPACKET);
	expect_ok(&other, "{\"cmd\":\"ping\"}");
	close(other.sock);
}

static int stage_setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	stage->daemon = daemon_start(NULL);
	*state = stage;
	return 0;
}

static int stage_teardown(void **state)
{
	struct stage *stage = *state;

	daemon_stop(stage->daemon);
	free(stage);
	return 0;
}

static int connect_control(void **state)
{
	struct stage *stage = *state;

	stage->sock = wire_connect(stage->daemon->control, SOCK_SEQPACKET);
	assert_true(stage->sock >= 0);
	return 0;
}

static int disconnect_control(void **state)
{
	struct stage *stage = *state;

	close(stage->sock);
	return 0;
}

#define CONTROL_TEST(name) \
	cmocka_unit_test_setup_teardown(name, connect_control, disconnect_control)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(ping),
		CONTROL_TEST(adapters),
		CONTROL_TEST(malformed),
		CONTROL_TEST(bytes_of_all_kinds),
		CONTROL_TEST(huge),
		CONTROL_TEST(unknown_command),
		CONTROL_TEST(create_list_set_destroy),
		CONTROL_TEST(destroy_under_load),
		CONTROL_TEST(bad_names),
		CONTROL_TEST(bad_options),
		CONTROL_TEST(too_many_vgpus),
		CONTROL_TEST(lowered_memory),
		CONTROL_TEST(only_for_the_administrator),
		CONTROL_TEST(silent_clients),
		CONTROL_TEST(impatient_client),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}

// SPDX-License-Identifier: MIT
/*
 * test_cache: the program cache of a vGPU as a guest and an administrator see it. The null backend
 * builds one program only, but options make many builds of it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"

/** struct stage - a daemon, and the folder of its caches. */
struct stage {
	struct daemon *daemon;
	char folder[64];
};

static struct stage stage;

static struct daemon *start(void)
{
	const char *const options[] = { "--cache",	 stage.folder,	    "--vgpu",
					"a,cache_mib=1", "--vgpu",	    "b",
					"--vgpu",	 "off,cache_mib=0", NULL };

	return daemon_start(options);
}

static int setup(void **state)
{
	(void)state;
	strcpy(stage.folder, "/tmp/test_cache.XXXXXX");
	assert_non_null(mkdtemp(stage.folder));
	stage.daemon = start();
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	daemon_stop(stage.daemon);
	snprintf(command, sizeof(command), "rm -r %s", stage.folder);
	return system(command);
}

/* ---- asking the administrator's way ---- */

static void control(const char *request)
{
	char answer[4096];

	daemon_control(stage.daemon, request, answer, sizeof(answer));
	if (!strstr(answer, "\"ok\":true"))
		fail_msg("%s: %s", request, answer);
}

static json_int_t counter_of(json_t *list, const char *name, const char *key)
{
	json_t *vgpu, *value;
	size_t i;

	json_array_foreach (list, i, vgpu) {
		if (strcmp(json_string_value(json_object_get(vgpu, "name")), name))
			continue;
		value = json_object_get(json_object_get(vgpu, "cache"), key);
		assert_true(json_is_integer(value));
		return json_integer_value(value);
	}
	fail_msg("no vGPU %s", name);
	return -1;
}

static json_int_t counter(const char *name, const char *key)
{
	char answer[16384];
	json_t *root;
	json_int_t value;

	daemon_control(stage.daemon, "{\"cmd\":\"vgpu-list\"}", answer, sizeof(answer));
	root = json_loads(answer, 0, NULL);
	assert_non_null(root);
	value = counter_of(json_object_get(root, "vgpus"), name, key);
	json_decref(root);
	return value;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* What follows the end of a process is not announced to anybody. */
static void await_counter(const char *name, const char *key, json_int_t value)
{
	uint64_t end = now_ms() + DAEMON_TIMEOUT_MS;
	json_int_t now;

	while ((now = counter(name, key)) != value && now_ms() < end)
		poll(NULL, 0, 2);
	assert_int_equal(now, value);
}

static void expect(const char *name, json_int_t hits, json_int_t misses)
{
	assert_int_equal(counter(name, "hits"), hits);
	assert_int_equal(counter(name, "misses"), misses);
}

/* The number of entries on disk of @name, and the path of one of them. */
static unsigned int files_of(const char *name, char ret_path[512])
{
	char path[128];
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s@%u", stage.folder, name, (unsigned int)geteuid());
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (strlen(entry->d_name) == 64) {
			snprintf(ret_path, 512, "%s/%s", path, entry->d_name);
			n++;
		}
	if (dir)
		closedir(dir);
	return n;
}

static void await_files(const char *name, unsigned int count, char ret_path[512])
{
	uint64_t end = now_ms() + DAEMON_TIMEOUT_MS;

	while (files_of(name, ret_path) != count && now_ms() < end)
		poll(NULL, 0, 2);
	assert_int_equal(files_of(name, ret_path), count);
}

/* ---- building ---- */

static void escape(struct client *client, void *e, uint32_t size)
{
	struct dxg_escape *head = e;
	struct wire_msg msg;

	head->magic = DXG_ESCAPE_MAGIC;
	head->size = size;
	client_escape_msg(client, &msg, client->device, e, size);
	assert_true(wire_call(client->wire, &msg, e, size) >= (int)size);
	assert_int_equal(head->status, 0);
}

static uint32_t program_in(struct client *client, const char *text)
{
	struct client_memory memory = client_memory(client, 4096);
	struct dxg_escape_program_create e = {
		.h.op = DXG_ESCAPE_PROGRAM_CREATE,
		.kind = DXG_PROGRAM_SOURCE,
		.source = memory.va,
		.length = strlen(text),
	};

	memcpy(memory.cpu, text, strlen(text));
	escape(client, &e, sizeof(e));
	return e.program;
}

static void build_in(struct client *client, const char *text, const char *options,
		     int32_t build_status)
{
	struct {
		struct dxg_escape_program_build e;
		char options[64];
	} call = { .e = { .h.op = DXG_ESCAPE_PROGRAM_BUILD } };
	uint32_t size = (uint32_t)strlen(options) + 1;

	call.e.program = program_in(client, text);
	call.e.options_size = size;
	memcpy(call.options, options, size);
	escape(client, &call, sizeof(call.e) + dxg_align8(size));
	assert_int_equal(call.e.build_status, build_status);
	if (!build_status)
		assert_int_equal(call.e.kernel_count, 1);
}

/* A process that builds and ends. */
static void build(const char *vgpu, const char *options)
{
	struct client client;

	client_open(&client, stage.daemon, vgpu);
	build_in(&client, "null", options, 0);
	client_close(&client);
}

/* ---- the tests ---- */

static void the_next_process_finds_it(void **state)
{
	(void)state;
	build("a", "");
	await_counter("a", "stored", 1);
	expect("a", 0, 1);
	build("a", "");
	expect("a", 1, 1);
	assert_int_equal(counter("a", "entries"), 1);
	assert_true(counter("a", "bytes") > 0);
	assert_int_equal(counter("a", "limit_bytes"), 1 << 20);
}

static void a_process_of_the_same_session_finds_it(void **state)
{
	struct client first, second;

	(void)state;
	client_open(&first, stage.daemon, "a");
	client_open_process(&second, &first);
	build_in(&second, "null", "", 0);
	assert_int_equal(client_destroy_process(second.wire, second.process), 0);
	await_counter("a", "stored", 1);
	build_in(&first, "null", "", 0);
	expect("a", 1, 1);
	client_close(&first);
}

static void another_vgpu_does_not(void **state)
{
	(void)state;
	build("a", "");
	await_counter("a", "stored", 1);
	build("b", "");
	expect("b", 0, 1);
	expect("a", 0, 1);
	await_counter("b", "stored", 1);
	build("b", "");
	expect("b", 1, 1);
}

static void options_and_text_make_a_difference(void **state)
{
	struct client client;

	(void)state;
	build("a", "");
	await_counter("a", "stored", 1);
	client_open(&client, stage.daemon, "a");
	build_in(&client, "null", "-DA", 0);
	build_in(&client, "null ", "", 0);
	expect("a", 0, 3);
	build_in(&client, "null", "", 0);
	expect("a", 1, 3);
	client_close(&client);
	/* What it had found is as it was, and not handed over again. */
	await_counter("a", "stored", 3);
	assert_int_equal(counter("a", "entries"), 3);
}

static void what_does_not_build_is_not_kept(void **state)
{
	struct client client;

	(void)state;
	client_open(&client, stage.daemon, "a");
	build_in(&client, "void", "", -11);
	build_in(&client, "null", "", 0);
	client_close(&client);
	await_counter("a", "stored", 1);
	expect("a", 0, 2);
	assert_int_equal(counter("a", "entries"), 1);
}

static void it_outlives_dxgd(void **state)
{
	char path[512];

	(void)state;
	build("a", "");
	await_files("a", 1, path);
	daemon_stop(stage.daemon);
	stage.daemon = start();
	build("a", "");
	expect("a", 1, 0);
}

static void change_file(const char *path, off_t size, bool garbage)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	if (garbage)
		assert_int_equal(pwrite(fd, "garbage", 7, size - 7), 7);
	else
		assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

/* Changed on disk: not used, and rebuilt. */
static void a_changed_file_is_built_again(void **state)
{
	struct stat st;
	char path[512];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		build("a", "");
		await_files("a", 1, path);
		assert_int_equal(stat(path, &st), 0);
		daemon_stop(stage.daemon);
		change_file(path, i ? st.st_size : st.st_size / 2, i);
		stage.daemon = start();
		build("a", "");
		expect("a", 0, 1);
		assert_int_equal(counter("a", "bad"), 1);
		await_counter("a", "stored", 1);
		build("a", "");
		expect("a", 1, 1);
	}
}

static void a_vgpu_that_is_destroyed_is_forgotten(void **state)
{
	char path[512];

	(void)state;
	build("a", "");
	await_files("a", 1, path);
	control("{\"cmd\":\"vgpu-destroy\",\"name\":\"a\"}");
	await_files("a", 0, path);
	control("{\"cmd\":\"vgpu-create\",\"name\":\"a\"}");
	build("a", "");
	expect("a", 0, 1);
}

static void another_owner_begins_anew(void **state)
{
	struct client client;
	char path[512];

	(void)state;
	build("a", "");
	await_files("a", 1, path);
	client_open(&client, stage.daemon, "a");
	client_clock(&client);
	control("{\"cmd\":\"vgpu-set\",\"name\":\"a\",\"uid\":\"any\"}");
	await_files("a", 0, path);
	build("a", "");
	expect("a", 0, 1);
	/* Who came under the old owner has the old cache, which is closed. */
	build_in(&client, "null", "", 0);
	expect("a", 0, 1);
	client_close(&client);
	await_counter("a", "stored", 1);
	control("{\"cmd\":\"vgpu-set\",\"name\":\"a\",\"uid\":0}");
	build("a", "");
	expect("a", 0, 1);
}

static void without_size_there_is_none(void **state)
{
	char path[512];

	(void)state;
	build("off", "");
	build("off", "");
	expect("off", 0, 0);
	assert_int_equal(counter("off", "stored"), 0);
	assert_int_equal(files_of("off", path), 0);
}

static void a_smaller_cache_keeps_less(void **state)
{
	(void)state;
	build("a", "");
	await_counter("a", "stored", 1);
	control("{\"cmd\":\"vgpu-set\",\"name\":\"a\",\"cache_mib\":0}");
	assert_int_equal(counter("a", "entries"), 0);
	assert_int_equal(counter("a", "evicted"), 1);
	control("{\"cmd\":\"vgpu-set\",\"name\":\"a\",\"cache_mib\":2}");
	build("a", "");
	expect("a", 0, 2);
}

/* dxgd ends while a worker that may take its time does so. */
static void dxgd_waits_for_nobody(void **state)
{
	struct daemon_pids before = daemon_pids(stage.daemon);
	struct client client;
	uint64_t start_ms;

	(void)state;
	client_open(&client, stage.daemon, "a");
	build_in(&client, "null", "", 0);
	assert_true(daemon_signal_new(stage.daemon, &before, SIGSTOP) > 0);
	client_close(&client);
	await_counter("a", "misses", 1);
	start_ms = now_ms();
	daemon_stop(stage.daemon);
	assert_true(now_ms() - start_ms < DAEMON_TIMEOUT_MS);
	stage.daemon = start();
}

/* One that does not end in time is ended. */
static void a_worker_that_does_not_end_is_killed(void **state)
{
	struct daemon_pids before = daemon_pids(stage.daemon);
	struct daemon_ends ends;
	struct daemon_pids pids;
	struct client client;

	(void)state;
	client_open(&client, stage.daemon, "a");
	build_in(&client, "null", "", 0);
	pids = daemon_pids(stage.daemon);
	assert_true(pids.count > before.count);
	ends = daemon_watch(&pids);
	daemon_signal_new(stage.daemon, &before, SIGSTOP);
	assert_int_equal(client_destroy_process(client.wire, client.process), 0);
	daemon_wait_ends(&ends);
	client_close(&client);
	assert_int_equal(counter("a", "stored"), 0);
}

static void await_detach(off_t mark)
{
	uint64_t end = now_ms() + DAEMON_TIMEOUT_MS;

	while (!daemon_log_count(stage.daemon, mark, "audit ", "detach") && now_ms() < end)
		poll(NULL, 0, 2);
	assert_int_equal(daemon_log_count(stage.daemon, mark, "audit ", "detach"), 1);
}

/* dxgd learns at the same moment that entries are there and that the worker has ended. */
static void last_words_are_heard(void **state)
{
	struct daemon_pids before = daemon_pids(stage.daemon), pids;
	off_t mark = daemon_log_mark(stage.daemon);
	struct daemon_ends ends;
	struct client client;

	(void)state;
	client_open(&client, stage.daemon, "a");
	build_in(&client, "null", "-DA", 0);
	build_in(&client, "null", "-DB", 0);
	build_in(&client, "null", "-DC", 0);
	pids = daemon_pids(stage.daemon);
	ends = daemon_watch(&pids);
	assert_true(daemon_signal_new(stage.daemon, &before, SIGSTOP) > 0);
	client_close(&client);
	await_detach(mark);
	assert_int_equal(kill(stage.daemon->pid, SIGSTOP), 0);
	daemon_signal_new(stage.daemon, &before, SIGCONT);
	daemon_wait_ends(&ends);
	assert_int_equal(kill(stage.daemon->pid, SIGCONT), 0);
	await_counter("a", "stored", 3);
}

/* Not even a worker of the same user gets to the files of other tenants. */
static void workers_do_not_see_the_folder(void **state)
{
	char path[64], line[4096] = "", *p;
	size_t n, at;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)daemon_zygote(stage.daemon));
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	for (at = 0; at < n; at += strlen(p) + 1) {
		p = line + at;
		if (!strcmp(p, "--hide") && !strcmp(p + strlen(p) + 1, stage.folder))
			return;
	}
	fail_msg("workers may look into %s", stage.folder);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_next_process_finds_it),
		TEST(a_process_of_the_same_session_finds_it),
		TEST(another_vgpu_does_not),
		TEST(options_and_text_make_a_difference),
		TEST(what_does_not_build_is_not_kept),
		TEST(it_outlives_dxgd),
		TEST(a_changed_file_is_built_again),
		TEST(a_vgpu_that_is_destroyed_is_forgotten),
		TEST(another_owner_begins_anew),
		TEST(without_size_there_is_none),
		TEST(a_smaller_cache_keeps_less),
		TEST(workers_do_not_see_the_folder),
		TEST(last_words_are_heard),
		TEST(dxgd_waits_for_nobody),
		TEST(a_worker_that_does_not_end_is_killed),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_progstore: a program cache with its folder, and without one: what is put in is found, by the
 * next dxgd, too; what is bad goes; what one store has is not another's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cm.h"
#include "progfile.h"
#include "progstore.h"

#define LIMIT (UINT64_C(1) << 20)

static char base[64];
static uv_loop_t loop;
static struct progstore_list all;
static struct progstore *store;

static int setup(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/test_progstore.XXXXXX");
	assert_non_null(mkdtemp(base));
	LIST_INIT(&all);
	return uv_loop_init(&loop);
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	progstore_close(store, false);
	progstore_unref(store);
	store = NULL;
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(LIST_EMPTY(&all));
	assert_int_equal(uv_loop_close(&loop), 0);
	snprintf(command, sizeof(command), "rm -r %s", base);
	return system(command);
}

static void in_folder(const char *name, char ret[96])
{
	snprintf(ret, 96, "%s/%s", base, name);
}

static void open_store(const char *name, uint64_t limit)
{
	char folder[96];

	in_folder(name ? name : "", folder);
	assert_int_equal(progstore_create(&loop, &all, name ? folder : NULL, limit, &store), 0);
	progstore_ref(store);
}

/* As the next dxgd finds it. */
static void reopen(const char *name)
{
	progstore_close(store, false);
	progstore_unref(store);
	uv_run(&loop, UV_RUN_DEFAULT);
	open_store(name, LIMIT);
}

static void put_in(struct progstore *s, uint8_t key, const char *text, size_t size)
{
	const uint8_t k[PROGCACHE_KEY_SIZE] = { key };
	int fd = memfd_create("entry", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	progstore_put(s, k, fd, size);
}

static void put(uint8_t key, const char *text)
{
	put_in(store, key, text, strlen(text));
}

/** struct outcome - of a request. */
struct outcome {
	bool done;
	int fd;
};

static void outcome_found(void *arg, int fd)
{
	struct outcome *outcome = arg;

	assert_false(outcome->done);
	*outcome = (struct outcome){ true, fd };
}

static bool find_in(struct progstore *s, uint8_t key, char ret[16])
{
	const uint8_t k[PROGCACHE_KEY_SIZE] = { key };
	struct outcome outcome = { false, -1 };
	ssize_t n;

	progstore_get(s, k, outcome_found, &outcome);
	while (!outcome.done)
		uv_run(&loop, UV_RUN_ONCE);
	if (outcome.fd < 0)
		return false;
	n = pread(outcome.fd, ret, 15, 0);
	assert_true(n > 0);
	ret[n] = '\0';
	close(outcome.fd);
	return true;
}

static void expect(uint8_t key, const char *text)
{
	char found[16];

	if (!find_in(store, key, found)) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_string_equal(found, text);
}

static struct progstats stats(void)
{
	struct progstats s;

	progstore_get_stats(store, &s);
	return s;
}

/* The one file in the folder, of key @key. */
static void path_of(const char *name, uint8_t key, char ret[192])
{
	snprintf(ret, 192, "%s/%s/%02x%062d", base, name, key, 0);
}

static void remembers_without_a_folder(void **state)
{
	(void)state;
	open_store(NULL, LIMIT);
	expect(1, NULL);
	put(1, "one");
	put(2, "two");
	expect(1, "one");
	expect(2, "two");
	expect(3, NULL);
	put(1, "uno");
	expect(1, "uno");
	assert_int_equal(stats().hits, 3);
	assert_int_equal(stats().misses, 2);
	assert_int_equal(stats().stored, 3);
	assert_int_equal(stats().entries, 2);
	assert_int_equal(stats().bytes, 6);
}

static void the_next_one_finds_it_in_the_folder(void **state)
{
	(void)state;
	open_store("a", LIMIT);
	put(1, "one");
	expect(1, "one");
	reopen("a");
	/* Asked before it has looked at its folder. */
	expect(1, "one");
	expect(2, NULL);
	assert_int_equal(stats().hits, 1);
	assert_int_equal(stats().entries, 1);
}

static void nobody_else_finds_it(void **state)
{
	(void)state;
	open_store("a", LIMIT);
	put(1, "one");
	reopen("b");
	expect(1, NULL);
	reopen("a");
	expect(1, "one");
}

static void a_bad_file_goes(void **state)
{
	char path[192];
	struct stat st;

	(void)state;
	open_store("a", LIMIT);
	put(1, "one");
	reopen("a");
	path_of("a", 1, path);
	assert_int_equal(truncate(path, 82), 0);
	expect(1, NULL);
	assert_int_equal(stats().bad, 1);
	assert_int_equal(stats().misses, 1);
	assert_int_equal(stats().entries, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(stat(path, &st), -1);
	put(1, "new");
	expect(1, "new");
	reopen("a");
	expect(1, "new");
}

static void a_file_that_vanished_is_no_hit(void **state)
{
	char path[192];

	(void)state;
	open_store("a", LIMIT);
	put(1, "one");
	reopen("a");
	expect(1, "one");
	path_of("a", 1, path);
	assert_int_equal(unlink(path), 0);
	expect(1, NULL);
	assert_int_equal(stats().entries, 0);
}

static void what_is_evicted_leaves_the_disk(void **state)
{
	char path[192];
	struct stat st;

	(void)state;
	open_store("a", 1000);
	put_in(store, 1, "one", 600);
	put_in(store, 2, "two", 600);
	assert_int_equal(stats().evicted, 1);
	uv_run(&loop, UV_RUN_DEFAULT);
	path_of("a", 1, path);
	assert_int_equal(stat(path, &st), -1);
	path_of("a", 2, path);
	assert_int_equal(stat(path, &st), 0);
	expect(1, NULL);
	expect(2, "two");
	put_in(store, 3, "three", 1001);
	expect(3, NULL);
	expect(2, "two");
}

static void a_limit_of_zero_turns_it_off(void **state)
{
	(void)state;
	open_store("a", LIMIT);
	put(1, "one");
	assert_true(progstore_is_on(store));
	progstore_set_limit(store, 0);
	assert_false(progstore_is_on(store));
	expect(1, NULL);
	put(1, "one");
	expect(1, NULL);
	reopen("a");
	expect(1, NULL);
}

static void dropping_is_for_good(void **state)
{
	const uint8_t key[PROGCACHE_KEY_SIZE] = { 1 };

	(void)state;
	open_store("a", LIMIT);
	put(1, "one");
	progstore_drop(store, key);
	progstore_drop(store, key);
	assert_int_equal(stats().bad, 1);
	expect(1, NULL);
	reopen("a");
	expect(1, NULL);
}

/* The folder is the same, the tenant another: the new one must not see what the old one erases. */
static void an_erased_store_leaves_nothing(void **state)
{
	struct progstore *old;

	(void)state;
	open_store("a", LIMIT);
	put(1, "one");
	reopen("a");
	old = store;
	put(2, "two");
	progstore_close(old, true);
	assert_false(progstore_is_on(old));
	put_in(old, 3, "three", 5);
	open_store("a", LIMIT);
	/* A worker of the old tenant may be there for ever. */
	expect(1, NULL);
	expect(2, NULL);
	expect(3, NULL);
	put(4, "four");
	reopen("a");
	expect(4, "four");
	progstore_unref(old);
}

static void without_a_usable_folder_it_is_in_memory(void **state)
{
	char path[96];
	FILE *f;

	(void)state;
	in_folder("file", path);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	open_store("file/a", LIMIT);
	put(1, "one");
	expect(1, "one");
	uv_run(&loop, UV_RUN_DEFAULT);
	expect(1, "one");
	assert_int_equal(stats().entries, 1);
}

static void a_full_disk_costs_the_entry(void **state)
{
	char path[192];

	(void)state;
	open_store("a", LIMIT);
	expect(1, NULL);
	/* What cannot be written to: a directory has the name. */
	path_of("a", 1, path);
	strcat(path, ".tmp");
	assert_int_equal(mkdir(path, 0700), 0);
	put(1, "one");
	uv_run(&loop, UV_RUN_DEFAULT);
	expect(1, NULL);
	assert_int_equal(stats().entries, 0);
}

static void jobs_are_limited(void **state)
{
	unsigned int i;

	(void)state;
	open_store("a", LIMIT);
	/* The first job looks at the folder, and none is done before the loop runs. */
	for (i = 0; i < PROGSTORE_JOBS_MAX + 10; i++)
		put((uint8_t)i, "x");
	assert_int_equal(stats().stored, PROGSTORE_JOBS_MAX - 1);
	uv_run(&loop, UV_RUN_DEFAULT);
	expect(PROGSTORE_JOBS_MAX - 2, "x");
	expect(PROGSTORE_JOBS_MAX - 1, NULL);
	put(PROGSTORE_JOBS_MAX - 1, "y");
	expect(PROGSTORE_JOBS_MAX - 1, "y");
}

static void few_may_linger(void **state)
{
	unsigned int i, n = 0;

	(void)state;
	open_store(NULL, LIMIT);
	while (n < 100 && progstore_linger_take(store))
		n++;
	assert_int_equal(n, PROGSTORE_LINGER_MAX);
	progstore_linger_give(store);
	assert_true(progstore_linger_take(store));
	for (i = 0; i < n; i++)
		progstore_linger_give(store);
	progstore_close(store, false);
	assert_false(progstore_linger_take(store));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(remembers_without_a_folder),
		TEST(the_next_one_finds_it_in_the_folder),
		TEST(nobody_else_finds_it),
		TEST(a_bad_file_goes),
		TEST(a_file_that_vanished_is_no_hit),
		TEST(what_is_evicted_leaves_the_disk),
		TEST(a_limit_of_zero_turns_it_off),
		TEST(dropping_is_for_good),
		TEST(an_erased_store_leaves_nothing),
		TEST(without_a_usable_folder_it_is_in_memory),
		TEST(a_full_disk_costs_the_entry),
		TEST(jobs_are_limited),
		TEST(few_may_linger),
	};

	return cmocka_run_group_tests_name("progstore", tests, NULL, NULL);
}

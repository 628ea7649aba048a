/* SPDX-License-Identifier: MIT */
/*
 * test_progfile: entries of the program cache as files: they come back as they were written, or not
 * at all.
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

#define HEADER 80u
#define BYTES 100000u

static char folder[64];
static int dir;
static uint8_t content[BYTES];
static const uint8_t key[PROGCACHE_KEY_SIZE] = { 0xab, 1, 2, 3 };
static const char name[] = "ab010203000000000000000000000000"
			   "00000000000000000000000000000000";

static int setup(void **state)
{
	char path[96];
	size_t i;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_progfile.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/deep/er", folder);
	dir = progfile_open(path);
	assert_true(dir >= 0);
	for (i = 0; i < BYTES; i++)
		content[i] = (uint8_t)(i * 7 >> 3);
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	close(dir);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static int memory_of(const void *bytes, size_t size)
{
	int fd = memfd_create("entry", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

static void put(const uint8_t k[PROGCACHE_KEY_SIZE], size_t size)
{
	int fd = memory_of(content, size);

	assert_int_equal(progfile_write(dir, k, fd, size), 0);
	close(fd);
}

static int get(void)
{
	int fd = -1, err = progfile_read(dir, key, &fd);

	if (!err)
		close(fd);
	return err;
}

static void comes_back_as_it_was_and_sealed(void **state)
{
	static uint8_t back[BYTES + 1];
	int fd = -1;

	(void)state;
	put(key, BYTES);
	assert_int_equal(progfile_read(dir, key, &fd), 0);
	assert_int_equal(pread(fd, back, sizeof(back), 0), BYTES);
	assert_memory_equal(back, content, BYTES);
	assert_true(pwrite(fd, "x", 1, 0) < 0);
	assert_true(ftruncate(fd, 0) < 0);
	assert_true(ftruncate(fd, BYTES * 2) < 0);
	close(fd);
}

static void what_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(get(), -ENOENT);
	progfile_remove(dir, key);
	put(key, 10);
	progfile_remove(dir, key);
	assert_int_equal(get(), -ENOENT);
}

/* Every byte of the header, and a byte here and there of the rest. */
static void a_changed_byte_is_noticed(void **state)
{
	uint8_t byte;
	off_t at;
	int fd;

	(void)state;
	put(key, BYTES);
	fd = openat(dir, name, O_RDWR);
	assert_true(fd >= 0);
	for (at = 0; at < (off_t)(HEADER + BYTES); at += at < (off_t)HEADER ? 1 : 9973) {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_int_equal(get(), -EBADMSG);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(get(), 0);
	close(fd);
}

static void another_size_is_noticed(void **state)
{
	static const off_t sizes[] = { 0, 1, HEADER - 1, HEADER, HEADER + BYTES - 1 };
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put(key, BYTES);
		fd = openat(dir, name, O_RDWR);
		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		close(fd);
		assert_int_equal(get(), -EBADMSG);
	}
	put(key, BYTES);
	fd = openat(dir, name, O_RDWR | O_APPEND);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(get(), -EBADMSG);
}

static void the_file_of_another_key_is_noticed(void **state)
{
	const uint8_t other[PROGCACHE_KEY_SIZE] = { 0xcd };

	(void)state;
	put(other, 10);
	assert_int_equal(renameat(dir,
				  "cd000000000000000000000000000000"
				  "00000000000000000000000000000000",
				  dir, name),
			 0);
	assert_int_equal(get(), -EBADMSG);
}

static void a_link_is_not_followed(void **state)
{
	(void)state;
	put(key, 10);
	assert_int_equal(renameat(dir, name, dir, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", dir, name), 0);
	assert_int_equal(get(), -EBADMSG);
}

static void shorter_than_promised_is_not_written(void **state)
{
	int fd = memory_of(content, 10);

	(void)state;
	assert_int_equal(progfile_write(dir, key, fd, 11), -EBADMSG);
	close(fd);
	assert_int_equal(get(), -ENOENT);
}

static void set_used(const char *file, time_t seconds)
{
	const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

	assert_int_equal(utimensat(dir, file, times, 0), 0);
}

static void scanning_finds_the_longest_unused_first(void **state)
{
	struct progfile_info *list = NULL;
	uint8_t k[PROGCACHE_KEY_SIZE] = { 0 };
	char file[2 * PROGCACHE_KEY_SIZE + 1];
	static const time_t used[] = { 300, 100, 200 };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		k[0] = (uint8_t)i;
		put(k, i + 1);
		snprintf(file, sizeof(file), "%02zx%062d", i, 0);
		set_used(file, used[i]);
	}
	assert_int_equal(progfile_scan(dir, 10, &list), 3);
	assert_int_equal(list[0].key[0], 1);
	assert_int_equal(list[1].key[0], 2);
	assert_int_equal(list[2].key[0], 0);
	assert_int_equal(list[2].size, HEADER + 1);
	free(list);
	/* Only two are wanted: the longest unused goes, on disk, too. */
	assert_int_equal(progfile_scan(dir, 2, &list), 2);
	assert_int_equal(list[0].key[0], 2);
	free(list);
	assert_int_equal(progfile_scan(dir, 10, &list), 2);
	free(list);
}

static void scanning_removes_what_is_half_written_and_nothing_else(void **state)
{
	struct progfile_info *list = NULL;
	char half[sizeof(name) + 4];
	struct stat st;
	int fd;

	(void)state;
	snprintf(half, sizeof(half), "%s.tmp", name);
	fd = openat(dir, half, O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = openat(dir, "README", O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(mkdirat(dir, name, 0700), 0);
	assert_int_equal(progfile_scan(dir, 10, &list), 0);
	free(list);
	assert_int_equal(fstatat(dir, half, &st, 0), -1);
	assert_int_equal(fstatat(dir, "README", &st, 0), 0);
	put((const uint8_t[PROGCACHE_KEY_SIZE]){ 1 }, 10);
	progfile_remove_all(dir);
	list = NULL;
	assert_int_equal(progfile_scan(dir, 10, &list), 0);
	free(list);
	assert_int_equal(fstatat(dir, "README", &st, 0), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_back_as_it_was_and_sealed),
		TEST(what_is_not_there),
		TEST(a_changed_byte_is_noticed),
		TEST(another_size_is_noticed),
		TEST(the_file_of_another_key_is_noticed),
		TEST(a_link_is_not_followed),
		TEST(shorter_than_promised_is_not_written),
		TEST(scanning_finds_the_longest_unused_first),
		TEST(scanning_removes_what_is_half_written_and_nothing_else),
	};

	return cmocka_run_group_tests_name("progfile", tests, NULL, NULL);
}

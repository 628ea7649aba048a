// SPDX-License-Identifier: MIT
/*
 * test_ram: where in its file the RAM of a machine lies, and what is taken for such a file. The
 * files are sparse and of memory; nothing of them is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cm.h"
#include "ram.h"

#define MIB(n) ((off_t)(n) << 20)
#define MIB_PAGES 256u
#define HIGH (UINT64_C(1) << 20) /* the page frame at 4 GiB */

/* ram_open() of a file of @size bytes. */
static int open_size(off_t size, uint32_t low_mib, struct ram **ret)
{
	int fd = memfd_create("ram", MFD_CLOEXEC), err;
	char path[64];

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = ram_open(path, low_mib, ret);
	close(fd);
	return err;
}

static struct ram *opened(uint32_t mib, uint32_t low_mib)
{
	struct ram *ram;

	assert_int_equal(open_size(MIB(mib), low_mib, &ram), 0);
	assert_int_equal(ram->pages, (uint64_t)mib * MIB_PAGES);
	return ram;
}

static void expect_page(const struct ram *ram, uint64_t pfn, uint32_t page)
{
	uint32_t got = ~page;

	assert_int_equal(ram_page(ram, pfn, &got), 0);
	assert_int_equal(got, page);
}

static void expect_none(const struct ram *ram, uint64_t pfn)
{
	uint32_t got = 77;

	assert_int_equal(ram_page(ram, pfn, &got), -EINVAL);
	assert_int_equal(got, 77);
}

/* All of it is low. */
static void small_machine(void **state)
{
	struct ram *ram = opened(1024, 0);

	(void)state;
	expect_page(ram, 0, 0);
	expect_page(ram, 1024 * MIB_PAGES - 1, 1024 * MIB_PAGES - 1);
	expect_none(ram, 1024 * MIB_PAGES);
	expect_none(ram, HIGH - 1);
	expect_none(ram, HIGH);
	expect_none(ram, UINT64_MAX);
	ram_close(ram);
}

/* From 2816 MiB on, 2 GiB are low. */
static void where_qemu_splits(void **state)
{
	struct ram *ram = opened(2815, 0);

	(void)state;
	assert_int_equal(ram->low, 2815 * MIB_PAGES);
	ram_close(ram);
	ram = opened(2816, 0);
	assert_int_equal(ram->low, 2048 * MIB_PAGES);
	expect_page(ram, 2048 * MIB_PAGES - 1, 2048 * MIB_PAGES - 1);
	expect_none(ram, 2048 * MIB_PAGES);
	expect_none(ram, HIGH - 1);
	expect_page(ram, HIGH, 2048 * MIB_PAGES);
	expect_page(ram, HIGH + 768 * MIB_PAGES - 1, 2816 * MIB_PAGES - 1);
	expect_none(ram, HIGH + 768 * MIB_PAGES);
	expect_none(ram, UINT64_MAX);
	expect_none(ram, HIGH + (UINT64_C(1) << 32));
	ram_close(ram);
}

static void split_elsewhere(void **state)
{
	struct ram *ram = opened(8192, 3072);

	(void)state;
	expect_page(ram, 3072 * MIB_PAGES - 1, 3072 * MIB_PAGES - 1);
	expect_none(ram, 3072 * MIB_PAGES);
	expect_page(ram, HIGH, 3072 * MIB_PAGES);
	expect_page(ram, HIGH + 5120 * MIB_PAGES - 1, 8192 * MIB_PAGES - 1);
	expect_none(ram, HIGH + 5120 * MIB_PAGES);
	ram_close(ram);
	/* More than there is: all of it. */
	ram = opened(1024, 4096);
	expect_page(ram, 1024 * MIB_PAGES - 1, 1024 * MIB_PAGES - 1);
	expect_none(ram, HIGH);
	ram_close(ram);
}

static void what_is_no_ram(void **state)
{
	struct ram *ram = NULL;

	(void)state;
	assert_int_equal(open_size(0, 0, &ram), -EINVAL);
	assert_int_equal(open_size(4097, 0, &ram), -EINVAL);
	assert_int_equal(open_size(MIB(1024), 4097, &ram), -EINVAL);
	/* Its pages cannot be numbered. */
	assert_int_equal(open_size((off_t)1 << 44, 0, &ram), -EINVAL);
	assert_int_equal(ram_open("/dev/zero", 0, &ram), -EINVAL);
	assert_int_equal(ram_open("/", 0, &ram), -EISDIR);
	assert_int_equal(ram_open("/nonexistent/ram", 0, &ram), -ENOENT);
	assert_null(ram);
}

/* Writing needs the one descriptor, and the other cannot. */
static void descriptors(void **state)
{
	struct ram *ram = opened(1, 0);

	(void)state;
	assert_int_equal(pwrite(ram->fd, "x", 1, 0), 1);
	assert_int_equal(pwrite(ram->read_fd, "x", 1, 0), -1);
	assert_true(fcntl(ram->fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(ram->read_fd, F_GETFD) & FD_CLOEXEC);
	ram_close(ram);
	ram_close(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_machine),   cmocka_unit_test(where_qemu_splits),
		cmocka_unit_test(split_elsewhere), cmocka_unit_test(what_is_no_ram),
		cmocka_unit_test(descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

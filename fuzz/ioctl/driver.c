// SPDX-License-Identifier: MIT
/*
 * driver.c - see driver.h.
 */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "/sys/bus/pci/drivers/dxgkrnl"

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Return: it was taken. */
static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void set_fail(const struct driver *driver, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (driver->fail_nth >= 0 && pwrite(driver->fail_nth, text, (size_t)len, 0) < 0)
		fprintf(stderr, "ioctl_fuzz: fail-nth: %m\n");
}

/* Return: the failure that was asked for did not happen, or none was. */
static bool end_fail(const struct driver *driver)
{
	char text[16] = "0";
	ssize_t n = driver->fail_nth < 0 ? 0 : pread(driver->fail_nth, text, sizeof(text) - 1, 0);

	set_fail(driver, 0);
	return n > 0 && text[0] != '0';
}

/* The first device of the driver, remembered for when it has none. */
static bool find_device(struct driver *driver)
{
	glob_t found;
	bool any = !glob(FOLDER "/0000:*", GLOB_NOSORT, NULL, &found) && found.gl_pathc;

	if (any)
		snprintf(driver->device, sizeof(driver->device), "%s",
			 strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	return any;
}

/* A bind that failed is tried again without a failure. Return: as end_fail(). */
static bool bind_device(struct driver *driver, int fail)
{
	bool left;

	set_fail(driver, fail);
	write_text(FOLDER "/bind", driver->device);
	left = end_fail(driver);
	coverage_collect(driver->coverage, driver->map);
	if (!find_device(driver))
		write_text(FOLDER "/bind", driver->device);
	coverage_collect(driver->coverage, driver->map);
	return left;
}

static bool unbind_once(struct driver *driver, int fail)
{
	if (find_device(driver))
		write_text(FOLDER "/unbind", driver->device);
	coverage_collect(driver->coverage, driver->map);
	return bind_device(driver, fail);
}

/**
 * driver_unbind() - the device goes and comes back, with all that use it.
 * @fail: which allocation of its return fails first, 0: none
 */
void driver_unbind(struct driver *driver, int fail)
{
	unbind_once(driver, fail);
}

static int insert_module(const struct driver *driver)
{
	int fd = open(driver->module, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = (int)syscall(SYS_finit_module, fd, "", 0);
	if (err)
		err = -errno;
	close(fd);
	return err;
}

/* Out and in again. Its code lies elsewhere then. Return: as end_fail(). */
static bool reload_once(struct driver *driver, int fail)
{
	bool left;

	if (syscall(SYS_delete_module, "dxgkrnl", O_NONBLOCK))
		return true;
	coverage_collect(driver->coverage, driver->map);
	set_fail(driver, fail);
	insert_module(driver);
	left = end_fail(driver);
	if (!coverage_find_module(driver->map)) {
		insert_module(driver);
		coverage_find_module(driver->map);
	}
	coverage_collect(driver->coverage, driver->map);
	if (!find_device(driver))
		bind_device(driver, 0);
	return left;
}

/** driver_open() - for the calling task. @faults: allocations may fail */
void driver_open(struct driver *driver, bool faults)
{
	driver->fail_nth = faults ? open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC) : -1;
	find_device(driver);
}

/**
 * driver_rehearse() - while nobody uses the device: binds it with its first allocation failing,
 * its second, and so on, then loads the module that way.
 * @ms: half of the time for each
 */
void driver_rehearse(struct driver *driver, uint32_t ms)
{
	uint64_t begin = now_ms();
	bool left = false;
	int n;

	for (n = 1; !left && now_ms() - begin < ms / 2; n++)
		left = unbind_once(driver, n);
	printf("bound %d times\n", n - 1);
	begin = now_ms();
	for (n = 0, left = !driver->module; !left && now_ms() - begin < ms / 2; n++)
		left = reload_once(driver, n) && n;
	printf("loaded %d times\n", n);
}

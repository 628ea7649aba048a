// SPDX-License-Identifier: MIT
/*
 * test_rebind: one open file lives through more losses of its adapter than there are instances of
 * handles (63). The program itself unbinds the driver from the device and binds it again; after
 * each time it finds the adapter, computes, and gives up what died. Run as root with one adapter or
 * more.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../unit/cm.h"
#include "gpu.h"

#define SKIP 77
#define DRIVER "/sys/bus/pci/drivers/dxgkrnl"
#define ROUNDS 70

static void driver_write(const char *file, const char *device)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), DRIVER "/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, device, strlen(device)), strlen(device));
	close(fd);
}

/* Do @file ("bind", "unbind") for every device in @devices. */
static void all_devices(const char *file, char devices[][32], unsigned int n)
{
	while (n--)
		driver_write(file, devices[n]);
}

static unsigned int find_devices(char devices[][32], unsigned int room)
{
	DIR *dir = opendir(DRIVER);
	struct dirent *entry;
	unsigned int n = 0;

	assert_non_null(dir);
	while (n < room && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "0000:", 5))
			snprintf(devices[n++], 32, "%.31s", entry->d_name);
	closedir(dir);
	return n;
}

static void one_file_sees_many_losses(void **state)
{
	int round, fd = open(GPU_NODE, O_RDWR | O_CLOEXEC);
	struct d3dkmt_closeadapter args;
	char devices[8][32];
	unsigned int n = find_devices(devices, 8);
	struct gpu gpu;

	(void)state;
	assert_true(n >= 1);
	for (round = 0; round < ROUNDS; round++) {
		assert_int_equal(gpu_open(&gpu, fd, 0), 0);
		assert_int_equal(gpu_compute(&gpu, (uint32_t)round), 0);
		all_devices("unbind", devices, n);
		assert_int_equal(gpu_compute(&gpu, 1), -ENODEV);
		args.adapter_handle = gpu.adapter;
		gpu_call(fd, LX_DXCLOSEADAPTER, &args);
		all_devices("bind", devices, n);
	}
	assert_int_equal(gpu_open(&gpu, fd, 0), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_sees_many_losses),
	};

	if (access(GPU_NODE, F_OK) || access(DRIVER "/bind", W_OK)) {
		print_message("SKIP: there is no " GPU_NODE ", or no " DRIVER "\n");
		return SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

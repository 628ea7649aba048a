// SPDX-License-Identifier: MIT
/*
 * test_path: which device a process takes, by environment and by what exists.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib_test.h"
#include "path.h"

static char dir[] = "/tmp/dxg-path-XXXXXX";

static void make_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
}

static int start(void **state)
{
	(void)state;
	unsetenv("DXG_DEVICE");
	unsetenv("XDG_RUNTIME_DIR");
	return mkdtemp(dir) ? 0 : -1;
}

static int stop(void **state)
{
	char cmd[64];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void test_device_variable(void **state)
{
	struct path path[PATH_MAX_PLACES];
	char name[64];

	(void)state;
	setenv("DXG_DEVICE", "/dev/null", 1);
	assert_int_equal(path_choose(path), 1);
	assert_int_equal(path[0].kind, PATH_KERNEL);
	assert_string_equal(path[0].name, "/dev/null");
	snprintf(name, sizeof(name), "%s/one.sock", dir);
	make_socket(name);
	setenv("DXG_DEVICE", name, 1);
	assert_int_equal(path_choose(path), 1);
	assert_int_equal(path[0].kind, PATH_SOCKET);
	assert_string_equal(path[0].name, name);
	unsetenv("DXG_DEVICE");
}

/* A device that is named is taken or nothing is: no falling back to another. */
static void test_device_variable_wrong(void **state)
{
	struct path path[PATH_MAX_PLACES];
	char name[512];

	(void)state;
	setenv("DXG_DEVICE", "/nonexistent", 1);
	assert_int_equal(path_choose(path), -ENODEV);
	setenv("DXG_DEVICE", dir, 1);
	assert_int_equal(path_choose(path), -EINVAL);
	snprintf(name, sizeof(name), "%s/%0200d", dir, 0);
	assert_int_equal(mkdir(name, 0700), 0);
	strcat(name, "/x");
	assert_int_equal(symlink("/dev/null", name), 0);
	setenv("DXG_DEVICE", name, 1);
	assert_int_equal(path_choose(path), -EINVAL);
	unsetenv("DXG_DEVICE");
}

static void test_runtime_dir(void **state)
{
	struct path path[PATH_MAX_PLACES];
	char name[64];
	struct stat st;
	int count;

	(void)state;
	if (!stat("/dev/dxg", &st)) {
		print_message("/dev/dxg exists here and comes first\n");
		skip();
	}
	setenv("XDG_RUNTIME_DIR", dir, 1);
	count = path_choose(path);
	if (count != -ENODEV) {
		assert_int_equal(count, 1);
		assert_string_equal(path[0].name, "/run/dxg/dxgd.sock");
	}
	snprintf(name, sizeof(name), "%s/dxg", dir);
	assert_int_equal(mkdir(name, 0700), 0);
	snprintf(name, sizeof(name), "%s/dxg/dxgd.sock", dir);
	make_socket(name);
	count = path_choose(path);
	assert_in_range(count, 1, 2);
	assert_string_equal(path[0].name, name);
	assert_int_equal(path[0].kind, PATH_SOCKET);
	unsetenv("XDG_RUNTIME_DIR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_variable),
		cmocka_unit_test(test_device_variable_wrong),
		cmocka_unit_test(test_runtime_dir),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

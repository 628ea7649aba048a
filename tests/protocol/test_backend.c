// SPDX-License-Identifier: MIT
/*
 * test_backend: what dxgd runs on when it is not told: on a machine without an OpenCL driver it
 * serves the null backend and says how to get a driver; whoever insists on OpenCL is told the same.
 *
 * The drivers of this machine are hidden: dxgd is started in a mount namespace in which the folder
 * that names them is empty. Where that is not permitted the tests are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"

#define VENDORS "/etc/OpenCL/vendors"
#define HINT "apt-get install pocl-opencl-icd"
#define SKIPPED 77

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* A mount namespace; for those who are not root, with a user namespace in which they are still
 * themselves, so that dxgd knows them. */
static bool enter_namespace(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!unshare(CLONE_NEWNS))
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || !write_file("/proc/self/setgroups", "deny"))
		return false;
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (!write_file("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return write_file("/proc/self/gid_map", map);
}

static bool hide_drivers(void)
{
	struct stat st;

	if (stat(VENDORS, &st))
		return true; /* this machine really has none */
	return enter_namespace() && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", VENDORS, "tmpfs", MS_RDONLY, NULL);
}

static bool can_hide_drivers(void)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(!hide_drivers());
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* It computes: the null backend copies and fills. */
static void expect_service(const struct daemon *daemon, const char *name)
{
	struct client_memory memory;
	struct client client;

	client_open(&client, daemon, name);
	memory = client_memory(&client, 8192);
	client_submit(&client, client.context, memory.va,
		      client_put_fill(memory.cpu, memory.va + 4096, 4, 0x5e7));
	client_finish(&client, client.context);
	assert_int_equal(*(uint32_t *)(void *)(memory.cpu + 4096), 0x5e7);
	client_close(&client);
}

/* Started as after an installation, with no option that says what to run on. */
static void no_driver(void **state)
{
	static const char *const options[] = { "--backend", "auto", NULL };
	struct daemon *daemon = daemon_start_after(options, hide_drivers);
	char answer[4096];

	(void)state;
	daemon_control(daemon, "{\"cmd\":\"adapters\"}", answer, sizeof(answer));
	assert_non_null(strstr(answer, "\"backend\":\"null\""));
	assert_null(strstr(answer, "\"backend\":\"opencl\""));
	assert_int_equal(daemon_log_count(daemon, 0, "dxgd: ", HINT), 1);
	expect_service(daemon, "gpu0");
	/* The next vGPU does not look again, and does not repeat it. */
	daemon_control(daemon, "{\"cmd\":\"vgpu-create\",\"name\":\"b\"}", answer, sizeof(answer));
	assert_string_equal(answer, "{\"ok\":true}");
	expect_service(daemon, "b");
	assert_int_equal(daemon_log_count(daemon, 0, "dxgd: ", HINT), 1);
	daemon_stop(daemon);
}

/* Insisting on OpenCL is refused with the same advice, and costs nobody else anything. */
static void no_driver_but_wanted(void **state)
{
	static const char *const options[] = {
		"--backend", "auto", "--vgpu", "a", "--vgpu", "b,backend=opencl", NULL,
	};
	struct daemon *daemon = daemon_start_after(options, hide_drivers);
	struct wire *wire;
	char answer[4096];

	(void)state;
	assert_int_equal(wire_try_open(daemon->socket, "b", &wire), -ENOENT);
	daemon_control(daemon, "{\"cmd\":\"vgpu-create\",\"name\":\"c\",\"backend\":\"opencl\"}",
		       answer, sizeof(answer));
	assert_non_null(strstr(answer, "\"ok\":false"));
	assert_non_null(strstr(answer, HINT));
	assert_int_equal(daemon_log_count(daemon, 0, "dxgd: vGPU b", HINT), 1);
	expect_service(daemon, "a");
	daemon_stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_driver),
		cmocka_unit_test(no_driver_but_wanted),
	};

	if (!can_hide_drivers()) {
		print_message("the OpenCL drivers of this machine cannot be hidden: skipped\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

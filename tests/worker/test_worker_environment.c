// SPDX-License-Identifier: MIT
/*
 * test_worker_environment - whatever stands in the environment of dxgd, a worker sees the host's
 * drivers and never our own ICD; and what it sees of the rest of the system is little.
 *
 * The stand-in for our ICD is a small library under its name (DXG_FAKE_ICD) that, loaded by whatever
 * way, writes a line into the log from its constructor, and another one when it is asked for
 * platforms, which is what must not happen.
 */
#include "harness.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/dxg-test.XXXXXX";
static char icd_file[64];

static const char *fake_icd(void)
{
	const char *path = getenv("DXG_FAKE_ICD");

	if (!path)
		fail_msg("DXG_FAKE_ICD does not name the stand-in library");
	return path;
}

static int make_vendors(void **state)
{
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(icd_file, sizeof(icd_file), "%s/ours.icd", dir);
	f = fopen(icd_file, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", fake_icd());
	assert_int_equal(fclose(f), 0);
	return 0;
}

static int remove_vendors(void **state)
{
	(void)state;
	unlink(icd_file);
	return rmdir(dir);
}

/* What a worker of a zygote with @env reports. */
static struct ipc_describe_reply describe(struct zygote *z, char *const *env, uint32_t backend)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;
	struct worker w;

	zygote_start(z, env);
	worker_start(z, &w, backend, false);
	request(&w, &m, sizeof(m), &reply, sizeof(reply));
	worker_stop(&w);
	return reply;
}

static void try_variable(const char *name, const char *value)
{
	char variable[300];
	/* A sanitizer's own idea of what may be preloaded is not what is tested here. */
	char *env[] = { variable, "DXG_FAKE_ICD_LOG=1", "ASAN_OPTIONS=verify_asan_link_order=0",
			NULL };
	char *none[] = { NULL };
	struct ipc_describe_reply with, without;
	struct zygote z;

	snprintf(variable, sizeof(variable), "%s=%s", name, value);
	without = describe(&z, none, IPC_BACKEND_OPENCL);
	zygote_stop(&z);
	with = describe(&z, env, IPC_BACKEND_OPENCL);
	assert_int_equal(zygote_logged(&z, "fake ICD used"), 0);
	assert_int_equal(zygote_logged(&z, "fake ICD loaded into a worker"), 0);
	zygote_stop(&z);
	assert_int_equal(with.status, without.status);
	assert_string_equal(with.name, without.name);
}

/* The stand-in does say something when it is used: else the tests below could not fail. */
static void the_stand_in_works(void **state)
{
	char *const argv[] = { "true", NULL };
	char preload[300];
	char *env[] = { preload, NULL };
	int status;
	pid_t pid;

	(void)state;
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", fake_icd());
	pid = fork();
	if (!pid) {
		execve("/bin/true", argv, env);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* Its constructor ends a program that is no worker with this status. */
	assert_int_equal(WEXITSTATUS(status), 42);
}

static void ocl_icd_vendors_directory(void **state)
{
	(void)state;
	try_variable("OCL_ICD_VENDORS", dir);
}

static void ocl_icd_vendors_file(void **state)
{
	(void)state;
	try_variable("OCL_ICD_VENDORS", icd_file);
}

static void opencl_vendor_path(void **state)
{
	(void)state;
	try_variable("OPENCL_VENDOR_PATH", dir);
}

static void ocl_icd_filenames(void **state)
{
	(void)state;
	try_variable("OCL_ICD_FILENAMES", fake_icd());
}

static void ld_preload(void **state)
{
	(void)state;
	try_variable("LD_PRELOAD", fake_icd());
}

/* The end of dxgd, however it comes, is the end of everything. */
static void workers_end_with_the_zygote(void **state)
{
	struct zygote z;
	struct worker w;
	int status;

	(void)state;
	zygote_start(&z, NULL);
	worker_start(&z, &w, IPC_BACKEND_NULL, false);
	setup_usual(&w);
	assert_int_equal(exec_va(&w, 1, 0, 0).status, 0);
	zygote_stop(&z);
	worker_wait_end(&w);
	worker_fini(&w);
	zygote_start(&z, NULL);
	worker_start(&z, &w, IPC_BACKEND_NULL, false);
	setup_usual(&w);
	assert_int_equal(exec_va(&w, 1, 0, 0).status, 0);
	assert_return_code(kill(z.pid, SIGKILL), errno);
	assert_int_equal(waitpid(z.pid, &status, 0), z.pid);
	worker_wait_end(&w);
	worker_fini(&w);
	close(z.control);
	close(z.log);
}

/* A line of /proc/PID/status, as a number of base @base. */
static unsigned long long status_of(pid_t pid, const char *field, int base)
{
	char path[64], line[256];
	unsigned long long value = ~0ull;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, field, strlen(field)))
			value = strtoull(line + strlen(field), NULL, base);
	fclose(f);
	return value;
}

/* The worker below the minder, or the process itself where there is none. */
static pid_t innermost(pid_t pid)
{
	char path[80];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%d", &child) != 1)
			child = 0;
		fclose(f);
	}
	return child ? child : pid;
}

/* Is root here the real one, who can become nobody? */
static bool whole_system(void)
{
	unsigned int inside = 1, outside = 1, count = 0;
	FILE *f = fopen("/proc/self/uid_map", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u %u %u", &inside, &outside, &count), 3);
	fclose(f);
	return inside == 0 && outside == 0 && count > 65534;
}

static void a_worker_is_confined(void **state)
{
	struct zygote z;
	struct worker w;
	pid_t pid;

	(void)state;
	zygote_start(&z, NULL);
	worker_start(&z, &w, IPC_BACKEND_NULL, false);
	setup_usual(&w);
	assert_int_equal(exec_va(&w, 1, 0, 0).status, 0);
	pid = innermost(w.pid);
	assert_int_equal(status_of(pid, "NoNewPrivs:", 10), 1);
	assert_int_equal(status_of(pid, "CapEff:", 16), 0);
	assert_int_equal(status_of(pid, "CapPrm:", 16), 0);
	if (whole_system())
		assert_int_not_equal(status_of(pid, "Uid:", 10), 0);
	worker_stop(&w);
	zygote_stop(&z);
}

static void nothing_is_left_behind(void **state)
{
	char link[64], home[256] = "", *end;
	struct zygote z;
	struct worker w;

	(void)state;
	zygote_start(&z, NULL);
	worker_start(&z, &w, IPC_BACKEND_NULL, false);
	setup_usual(&w);
	assert_int_equal(exec_va(&w, 1, 0, 0).status, 0);
	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)innermost(w.pid));
	if (readlink(link, home, sizeof(home) - 1) < 0) {
		worker_stop(&w);
		zygote_stop(&z);
		skip();
	}
	end = strstr(home, "/home");
	assert_non_null(end);
	*end = '\0';
	assert_non_null(strstr(home, "/dxg-worker."));
	assert_int_equal(access(home, F_OK), 0);
	worker_stop(&w);
	zygote_stop(&z);
	assert_int_equal(access(home, F_OK), -1);
	assert_int_equal(errno, ENOENT);
}

static void copy_vendor(const char *to, const char *line)
{
	FILE *f = fopen(to, "w");

	assert_non_null(f);
	fprintf(f, "%s\n", line);
	assert_int_equal(fclose(f), 0);
}

/*
 * Installed among the host's drivers, by its name and by another that leads to it: both are left
 * out. Needs a mount namespace; comes last, because this process stays in it.
 */
static void installed_under_any_name(void **state)
{
	static const char vendors[] = "/etc/OpenCL/vendors";
	struct ipc_describe_reply reply;
	char *none[] = { NULL };
	char alias[64];
	struct zygote z;

	(void)state;
	snprintf(alias, sizeof(alias), "%s/innocent.so", dir);
	if (access(vendors, F_OK) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", vendors, "tmpfs", 0, NULL))
		skip();
	assert_return_code(symlink(fake_icd(), alias), errno);
	copy_vendor("/etc/OpenCL/vendors/a.icd", fake_icd());
	copy_vendor("/etc/OpenCL/vendors/b.icd", alias);
	reply = describe(&z, none, IPC_BACKEND_OPENCL);
	unlink(alias);
	assert_int_equal(reply.status, -ENODEV);
	assert_int_equal(zygote_logged(&z, "no OpenCL driver is installed"), 1);
	assert_int_equal(zygote_logged(&z, "fake ICD"), 0);
	zygote_stop(&z);
}

static void not_for_people(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "%s 2>/dev/null", getenv("DXG_WORKER"));
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	snprintf(command, sizeof(command), "%s --help >/dev/null", getenv("DXG_WORKER"));
	assert_int_equal(WEXITSTATUS(system(command)), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stand_in_works),
		cmocka_unit_test(ocl_icd_vendors_directory),
		cmocka_unit_test(ocl_icd_vendors_file),
		cmocka_unit_test(opencl_vendor_path),
		cmocka_unit_test(ocl_icd_filenames),
		cmocka_unit_test(ld_preload),
		cmocka_unit_test(nothing_is_left_behind),
		cmocka_unit_test(workers_end_with_the_zygote),
		cmocka_unit_test(a_worker_is_confined),
		cmocka_unit_test(not_for_people),
		cmocka_unit_test(installed_under_any_name),
	};

	return cmocka_run_group_tests_name("worker-environment", tests, make_vendors,
					   remove_vendors);
}

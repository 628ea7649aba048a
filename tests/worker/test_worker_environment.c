// SPDX-License-Identifier: MIT
/*
 * test_worker_environment - whatever stands in the environment of dxgd, a worker sees the host's
 * drivers and never our own ICD; and what it sees of the rest of the system is little.
 *
 * The stand-in for our ICD is a small library under its name (DXG_FAKE_ICD) that, loaded by
 * whatever way, writes a line into the log from its constructor, and another one when it is asked
 * for platforms, which is what must not happen.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
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

/* ---- what zygotes left behind ---- */

/* A directory that looks like a zygote's, made @age seconds ago, with a link out of it inside. */
static void make_base(const char *path, const char *outside, time_t age)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time(NULL) - age } };
	char inner[200];

	assert_return_code(mkdir(path, 0700), errno);
	snprintf(inner, sizeof(inner), "%s/home", path);
	assert_return_code(mkdir(inner, 0700), errno);
	snprintf(inner, sizeof(inner), "%s/home/link", path);
	assert_return_code(symlink(outside, inner), errno);
	assert_return_code(utimensat(AT_FDCWD, path, times, 0), errno);
}

static void remove_base(const char *path)
{
	char inner[200];

	snprintf(inner, sizeof(inner), "%s/home/link", path);
	unlink(inner);
	snprintf(inner, sizeof(inner), "%s/home", path);
	rmdir(inner);
	rmdir(path);
}

static bool there(const char *path)
{
	return !access(path, F_OK);
}

/* Only what is old and not locked goes, and nothing that a link in it leads to. */
static void abandoned_folders_are_removed(void **state)
{
	static const char gone[] = "/tmp/dxg-worker.t-gone", live[] = "/tmp/dxg-worker.t-live";
	static const char fresh[] = "/tmp/dxg-worker.t-new", link[] = "/tmp/dxg-worker.t-link";
	bool gone_there, live_there, fresh_there, link_there;
	struct zygote z;
	int lock;

	(void)state;
	make_base(gone, dir, 3600);
	make_base(live, dir, 3600);
	make_base(fresh, dir, 0);
	assert_return_code(symlink(dir, link), errno);
	lock = open(live, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_return_code(flock(lock, LOCK_EX | LOCK_NB), errno);
	zygote_start(&z, NULL);
	zygote_stop(&z);
	gone_there = there(gone);
	live_there = there(live);
	fresh_there = there(fresh);
	link_there = there(link);
	close(lock);
	remove_base(gone);
	remove_base(live);
	remove_base(fresh);
	unlink(link);
	assert_false(gone_there);
	assert_true(live_there);
	assert_true(fresh_there);
	assert_true(link_there);
	assert_true(there(icd_file));
}

/* The folder of a zygote at work; by its lock, whose inode the kernel tells. */
static void base_of(const struct zygote *z, char *ret, size_t room)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	/* It is the first thing opened behind the control socket. */
	for (fd = 4; fd < 32 && (n < 0 || !strstr(ret, "/dxg-worker.")); fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)z->pid, fd);
		n = readlink(path, ret, room - 1);
		ret[n > 0 ? n : 0] = '\0';
	}
	assert_non_null(strstr(ret, "/dxg-worker."));
}

static void a_live_zygote_keeps_its_folder(void **state)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time(NULL) - 3600 } };
	struct zygote live, other;
	struct worker w;
	char base[256];

	(void)state;
	zygote_start(&live, NULL);
	worker_start(&live, &w, IPC_BACKEND_NULL, false);
	setup_usual(&w);
	assert_int_equal(exec_va(&w, 1, 0, 0).status, 0);
	base_of(&live, base, sizeof(base));
	assert_return_code(utimensat(AT_FDCWD, base, times, 0), errno);
	zygote_start(&other, NULL);
	zygote_stop(&other);
	assert_true(there(base));
	worker_stop(&w);
	/* And a worker that starts now finds all it needs. */
	worker_start(&live, &w, IPC_BACKEND_NULL, false);
	setup_usual(&w);
	assert_int_equal(exec_va(&w, 1, 0, 0).status, 0);
	worker_stop(&w);
	zygote_stop(&live);
	assert_false(there(base));
}

/* ---- what is worth a line in the log ---- */

static void start_null(struct zygote *z, struct worker *w)
{
	worker_start(z, w, IPC_BACKEND_NULL, false);
	setup_usual(w);
	assert_int_equal(exec_va(w, 1, 0, 0).status, 0);
}

/* The lines of a zygote's whole life that hold @text. */
static unsigned int logged_in_the_end(struct zygote *z, const char *text)
{
	struct zygote copy = *z;
	unsigned int n;

	copy.log = dup(z->log);
	assert_return_code(copy.log, errno);
	zygote_stop(z);
	n = zygote_logged(&copy, text);
	close(copy.log);
	return n;
}

/* dxgd ends workers by closing their sockets, and by killing what it got a descriptor of. */
static void ordinary_ends_are_no_news(void **state)
{
	struct zygote z;
	struct worker w;

	(void)state;
	zygote_start(&z, NULL);
	start_null(&z, &w);
	worker_stop(&w);
	start_null(&z, &w);
	assert_return_code(syscall(SYS_pidfd_send_signal, w.pidfd, SIGKILL, NULL, 0), errno);
	worker_wait_end(&w);
	worker_fini(&w);
	assert_int_equal(logged_in_the_end(&z, "ended"), 0);
}

static void other_ends_are_told(void **state)
{
	struct zygote z;
	struct worker w;
	pid_t pid;

	(void)state;
	zygote_start(&z, NULL);
	start_null(&z, &w);
	assert_return_code(kill(innermost(w.pid), SIGTERM), errno);
	worker_wait_end(&w);
	worker_fini(&w);
	start_null(&z, &w);
	pid = innermost(w.pid);
	assert_return_code(kill(pid, SIGKILL), errno);
	worker_wait_end(&w);
	worker_fini(&w);
	/* Without a minder, who killed it cannot be told. */
	assert_int_equal(logged_in_the_end(&z, "ended by signal"), pid == w.pid ? 1 : 2);
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
	snprintf(command, sizeof(command), "%s --zygote --hide 2>/dev/null", getenv("DXG_WORKER"));
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	snprintf(command, sizeof(command), "%s --zygote --hide / 2>/dev/null",
		 getenv("DXG_WORKER"));
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	snprintf(command, sizeof(command), "%s --zygote --hide here 2>/dev/null",
		 getenv("DXG_WORKER"));
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
		cmocka_unit_test(abandoned_folders_are_removed),
		cmocka_unit_test(a_live_zygote_keeps_its_folder),
		cmocka_unit_test(ordinary_ends_are_no_news),
		cmocka_unit_test(other_ends_are_told),
		cmocka_unit_test(workers_end_with_the_zygote),
		cmocka_unit_test(a_worker_is_confined),
		cmocka_unit_test(not_for_people),
		cmocka_unit_test(installed_under_any_name),
	};

	return cmocka_run_group_tests_name("worker-environment", tests, make_vendors,
					   remove_vendors);
}

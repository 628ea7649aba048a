// SPDX-License-Identifier: MIT
/*
 * test_worker_hidden - native code in a worker does not reach the sockets and files of the users of
 * the host. A child of this program enters the worker's namespaces, which is more than the worker's
 * own code is: it has every capability there. What it does not find, that does not find either.
 *
 * Everything runs twice: as whoever we are, and, started again as nobody (argument "plain"), as a
 * dxgd of a plain user would, whose workers have its own user.
 */
#include "harness.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define FOLDERS_MAX 16

static struct zygote zygote;
static struct worker worker;

/* ---- folders with a socket and a file in each ---- */

struct folder {
	char path[80];
	int socket;
};

static struct folder folders[FOLDERS_MAX];
static size_t folder_count;

static struct sockaddr_un address_in(const char *folder)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%.80s/control.sock", folder);
	return a;
}

/* A folder of ours below @parent, if there may be one. */
static bool folder_make(const char *parent)
{
	struct folder *f = &folders[folder_count];
	struct sockaddr_un a;
	char file[100];
	int fd;

	snprintf(f->path, sizeof(f->path), "%s/dxg-test.XXXXXX", parent);
	if (!mkdtemp(f->path))
		return false;
	assert_return_code(chmod(f->path, 0755), errno);
	a = address_in(f->path);
	f->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_return_code(bind(f->socket, (struct sockaddr *)&a, sizeof(a)), errno);
	assert_return_code(chmod(a.sun_path, 0666), errno);
	assert_return_code(listen(f->socket, 8), errno);
	snprintf(file, sizeof(file), "%s/secret", f->path);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_return_code(fd, errno);
	close(fd);
	folder_count++;
	return true;
}

static int folders_make(void **state)
{
	static const char *const parents[] = {
		"/tmp", "/var/tmp", "/dev/shm", "/run", "/home", "/root",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parents) / sizeof(parents[0]); i++)
		folder_make(parents[i]);
	return folder_count ? 0 : -1;
}

static int folders_remove(void **state)
{
	char path[100];

	(void)state;
	while (folder_count) {
		struct folder *f = &folders[--folder_count];

		close(f->socket);
		snprintf(path, sizeof(path), "%s/secret", f->path);
		unlink(path);
		unlink(address_in(f->path).sun_path);
		rmdir(f->path);
	}
	return 0;
}

/* ---- a look from inside ---- */

static int connect_to(const char *folder)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = address_in(folder);
	int err = connect(fd, (struct sockaddr *)&a, sizeof(a)) ? errno : 0;

	close(fd);
	return err;
}

static int open_secret(const char *folder)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%.80s/secret", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int write_into(const char *folder)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%.80s/new", folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	unlink(path);
	close(fd);
	return 0;
}

/* What @look says of @folder to a process in the worker's namespaces; -1: it did not get there. */
static int seen_inside(int (*look)(const char *folder), const char *folder)
{
	int pair[2], answer = -1;
	pid_t pid;

	assert_return_code(pipe2(pair, O_CLOEXEC), errno);
	pid = fork();
	if (!pid) {
		answer = setns(worker.pidfd, CLONE_NEWUSER | CLONE_NEWNS) ? -1 : look(folder);
		_exit(write(pair[1], &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
	}
	close(pair[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(read(pair[0], &answer, sizeof(answer)), sizeof(answer));
	close(pair[0]);
	return answer;
}

/* Is the worker in namespaces, and through its sandbox? Else there is nothing to test. */
static bool start_confined(uint32_t backend)
{
	worker_start(&zygote, &worker, backend, false);
	setup_usual(&worker);
	assert_int_equal(exec_va(&worker, 1, 0, 0).status, 0);
	return !zygote_logged(&zygote, "sandbox: namespaces");
}

static void stop(void)
{
	worker_stop(&worker);
	zygote_stop(&zygote);
}

static int nothing(const char *folder)
{
	(void)folder;
	return 0;
}

static void sockets_and_files_are_out_of_reach(void **state)
{
	size_t i;

	(void)state;
	zygote_start(&zygote, NULL);
	if (!start_confined(IPC_BACKEND_NULL)) {
		stop();
		skip();
	}
	assert_int_equal(seen_inside(nothing, ""), 0);
	for (i = 0; i < folder_count; i++) {
		const char *path = folders[i].path;

		print_message("%s\n", path);
		assert_int_equal(connect_to(path), 0);
		assert_int_equal(open_secret(path), 0);
		assert_int_equal(seen_inside(connect_to, path), ENOENT);
		assert_int_equal(seen_inside(open_secret, path), ENOENT);
	}
	stop();
}

/* A place that is not hidden anyway; a plain user got one of root, see below. */
static const char *elsewhere(void)
{
	const char *given = getenv("DXG_TEST_FOLDER");

	return given ? given : "/opt";
}

/* The folder of dxgd's sockets may be anywhere; it is named by --hide. */
static void a_named_folder_is_hidden(void **state)
{
	size_t named = folder_count;

	(void)state;
	if (!folder_make(elsewhere()))
		skip();
	zygote_start(&zygote, NULL);
	if (!start_confined(IPC_BACKEND_NULL)) {
		stop();
		skip();
	}
	assert_int_equal(seen_inside(connect_to, folders[named].path), 0);
	stop();
	zygote_start_hiding(&zygote, folders[named].path);
	assert_true(start_confined(IPC_BACKEND_NULL));
	assert_int_equal(seen_inside(connect_to, folders[named].path), ENOENT);
	assert_int_equal(seen_inside(write_into, folders[named].path), EROFS);
	stop();
}

static void hidden_folders_cannot_be_written(void **state)
{
	static const char *const all[] = { "/tmp", "/run", "/dev/shm", "/usr", "/" };
	size_t i;

	(void)state;
	zygote_start(&zygote, NULL);
	if (!start_confined(IPC_BACKEND_NULL)) {
		stop();
		skip();
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_int_equal(seen_inside(write_into, all[i]), EROFS);
	stop();
}

/* Nowhere: neither where dxgd was started, nor where the worker's minder stands. */
static void no_way_back_through_proc(void **state)
{
	char *was = getcwd(NULL, 0), link[64], target[256] = "";
	ssize_t n;

	(void)state;
	assert_return_code(chdir(folders[0].path), errno);
	zygote_start(&zygote, NULL);
	assert_return_code(chdir(was), errno);
	free(was);
	start_confined(IPC_BACKEND_NULL);
	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)worker.pid);
	n = readlink(link, target, sizeof(target) - 1);
	stop();
	if (n < 0)
		skip();
	assert_null(strstr(target, folders[0].path));
}

/* ---- a driver that lies in a hidden folder ---- */

/* The file behind the first driver of the system; by a child, because drivers stay loaded. */
static bool first_driver(char *ret, size_t room)
{
	char name[300] = "";
	int pair[2];
	ssize_t n;
	Dl_info info;
	pid_t pid;
	FILE *f =
		popen("cat /etc/OpenCL/vendors/*.icd 2>/dev/null | grep -v dxgcl | head -n 1", "r");

	if (!f || !fgets(name, sizeof(name), f))
		name[0] = '\0';
	if (f)
		pclose(f);
	name[strcspn(name, "\n")] = '\0';
	assert_return_code(pipe2(pair, O_CLOEXEC), errno);
	pid = fork();
	if (!pid) {
		void *driver = name[0] ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : NULL;
		void *entry = driver ? dlsym(driver, "clGetExtensionFunctionAddress") : NULL;

		if (entry && dladdr(entry, &info))
			n = write(pair[1], info.dli_fname, strlen(info.dli_fname));
		_exit(0);
	}
	close(pair[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	n = read(pair[0], ret, room - 1);
	close(pair[0]);
	ret[n > 0 ? n : 0] = '\0';
	return ret[0] == '/';
}

static void list_driver(const char *path)
{
	FILE *f = fopen("/etc/OpenCL/vendors/only.icd", "w");

	assert_non_null(f);
	fprintf(f, "%s\n", path);
	assert_int_equal(fclose(f), 0);
}

/*
 * It is loaded, and says what it is; the log warns that it will not find its other files (PoCL
 * looks for devices beside itself). Needs a mount namespace; comes last, because this process stays
 * in it.
 */
static void a_driver_may_lie_in_a_hidden_folder(void **state)
{
	struct ipc_header m = { .op = IPC_DESCRIBE };
	struct ipc_describe_reply reply;
	char real[300], link[100];

	(void)state;
	if (!first_driver(real, sizeof(real)) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/etc/OpenCL/vendors", "tmpfs", 0, NULL))
		skip();
	snprintf(link, sizeof(link), "%s/driver.so", folders[0].path);
	assert_return_code(symlink(real, link), errno);
	list_driver(link);
	zygote_start(&zygote, NULL);
	worker_start(&zygote, &worker, IPC_BACKEND_OPENCL, false);
	request(&worker, &m, sizeof(m), &reply, sizeof(reply));
	unlink(link);
	assert_int_equal(zygote_logged(&zygote, "no OpenCL driver is installed"), 0);
	assert_int_equal(zygote_logged(&zygote, "lies in a folder that workers do not see"), 1);
	stop();
}

/* ---- the whole again as a plain user ---- */

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		_exit(EXIT_FAILURE);
}

static void all_of_it_as_a_plain_user(void **state)
{
	char *const argv[] = { "test_worker_hidden", "plain", NULL };
	char place[] = "/opt/dxg-plain.XXXXXX";
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() || !mkdtemp(place))
		skip();
	assert_return_code(chown(place, NOBODY, NOBODY), errno);
	pid = fork();
	if (!pid) {
		setenv("DXG_TEST_FOLDER", place, 1);
		become_nobody();
		if (access(getenv("DXG_WORKER"), X_OK))
			_exit(EXIT_SUCCESS);
		execv("/proc/self/exe", argv);
		_exit(EXIT_FAILURE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rmdir(place);
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(sockets_and_files_are_out_of_reach),
		cmocka_unit_test(a_named_folder_is_hidden),
		cmocka_unit_test(hidden_folders_cannot_be_written),
		cmocka_unit_test(no_way_back_through_proc),
	};
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_and_files_are_out_of_reach),
		cmocka_unit_test(a_named_folder_is_hidden),
		cmocka_unit_test(hidden_folders_cannot_be_written),
		cmocka_unit_test(no_way_back_through_proc),
		cmocka_unit_test(all_of_it_as_a_plain_user),
		cmocka_unit_test(a_driver_may_lie_in_a_hidden_folder),
	};

	if (argc == 2 && !strcmp(argv[1], "plain"))
		return cmocka_run_group_tests_name("worker-hidden as a plain user", plain,
						   folders_make, folders_remove);
	return cmocka_run_group_tests_name("worker-hidden", tests, folders_make, folders_remove);
}

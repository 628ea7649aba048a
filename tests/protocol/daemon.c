// SPDX-License-Identifier: MIT
/*
 * daemon: see daemon.h. Readiness is a line on the descriptor given with --ready-fd; ends are seen
 * through a pidfd. Nothing here sleeps.
 */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cm.h"
#include "wire.h"

#define ARGS_MAX 64

/* Start a dxgd; @keep: the program it is started by, or NULL. */
static void daemon_exec(const struct daemon *daemon, int ready, const char *const *options,
			bool (*before)(void), const char *keep)
{
	static const char *const one_vgpu[] = { "--vgpu", "a", NULL };
	char ready_text[16];
	const char *args[ARGS_MAX + 1] = { keep,       getenv("DXGD"), "--backend",  "null",
					   "--socket", daemon->socket, "--ready-fd", ready_text };
	const char *const *command = keep ? args : args + 1;
	size_t n = 8;
	int log = open(daemon->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	snprintf(ready_text, sizeof(ready_text), "%d", ready);
	if (getenv("DXG_WORKER")) {
		args[n++] = "--worker";
		args[n++] = getenv("DXG_WORKER");
	}
	for (options = options ? options : one_vgpu; *options && n < ARGS_MAX - 1; options++)
		args[n++] = *options;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (log < 0 || dup2(log, STDERR_FILENO) < 0 || fcntl(ready, F_SETFD, 0) < 0)
		_exit(126);
	if (before && !before())
		_exit(125);
	execv(command[0], (char *const *)command);
	_exit(127);
}

static bool wait_readable(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&pfd, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

static void daemon_name_files(struct daemon *daemon)
{
	snprintf(daemon->dir, sizeof(daemon->dir), "/tmp/dxgd-test-XXXXXX");
	assert_non_null(mkdtemp(daemon->dir));
	/* Others may look in: whom dxgd serves is its own decision, and one that is tested. */
	assert_int_equal(chmod(daemon->dir, 0755), 0);
	snprintf(daemon->socket, sizeof(daemon->socket), "%s/dxgd.sock", daemon->dir);
	snprintf(daemon->control, sizeof(daemon->control), "%s/control.sock", daemon->dir);
	snprintf(daemon->log, sizeof(daemon->log), "%s/log", daemon->dir);
}

struct daemon *daemon_start(const char *const *options)
{
	return daemon_start_after(options, NULL);
}

static struct daemon *daemon_run(const char *const *options, bool (*before)(void), const char *keep)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	int ready[2];
	char line[64];

	assert_non_null(daemon);
	if (!getenv("DXGD"))
		fail_msg("DXGD must name the dxgd to be tested");
	daemon_name_files(daemon);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	daemon->pid = fork();
	if (!daemon->pid)
		daemon_exec(daemon, ready[1], options, before, keep);
	assert_true(daemon->pid > 0);
	close(ready[1]);
	daemon->pidfd = (int)syscall(SYS_pidfd_open, daemon->pid, 0);
	assert_true(daemon->pidfd >= 0);
	if (!wait_readable(ready[0], DAEMON_TIMEOUT_MS) ||
	    read(ready[0], line, sizeof(line)) <= 0) {
		daemon_log_show(daemon, 0);
		fail_msg("%s did not get ready", getenv("DXGD"));
	}
	close(ready[0]);
	return daemon;
}

struct daemon *daemon_start_after(const char *const *options, bool (*before)(void))
{
	return daemon_run(options, before, NULL);
}

struct daemon *daemon_start_kept(const char *const *options)
{
	if (!getenv("DXGD_KEEP"))
		fail_msg("DXGD_KEEP must name the dxgd-keep to be tested");
	return daemon_run(options, NULL, getenv("DXGD_KEEP"));
}

/* The first child of @pid, or 0. */
static pid_t first_child(pid_t pid)
{
	char path[64], text[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return atoi(text);
}

pid_t daemon_kept(const struct daemon *daemon)
{
	return first_child(daemon->pid);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void daemon_check_log(const struct daemon *daemon)
{
	static const char *const bad[] = { "Sanitizer:", "runtime error:", "Assertion" };
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		found += daemon_log_count(daemon, 0, "", bad[i]);
	if (found)
		daemon_log_show(daemon, 0);
	assert_int_equal(found, 0);
}

void daemon_stop(struct daemon *daemon)
{
	int status = 0;

	if (!daemon)
		return;
	if (daemon->pid > 0) {
		kill(daemon->pid, SIGTERM);
		if (!wait_readable(daemon->pidfd, DAEMON_TIMEOUT_MS)) {
			kill(daemon->pid, SIGKILL);
			daemon_log_show(daemon, 0);
		}
		waitpid(daemon->pid, &status, 0);
		if (status)
			daemon_log_show(daemon, 0);
	}
	close(daemon->pidfd);
	daemon_check_log(daemon);
	nftw(daemon->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(daemon);
	assert_int_equal(status, 0);
}

void daemon_kill(struct daemon *daemon)
{
	kill(daemon->pid, SIGKILL);
	waitpid(daemon->pid, NULL, 0);
	daemon->pid = 0;
}

off_t daemon_log_mark(const struct daemon *daemon)
{
	struct stat st;

	assert_int_equal(stat(daemon->log, &st), 0);
	return st.st_size;
}

static FILE *daemon_log_open(const struct daemon *daemon, off_t mark)
{
	FILE *file = fopen(daemon->log, "r");

	assert_non_null(file);
	assert_int_equal(fseeko(file, mark, SEEK_SET), 0);
	return file;
}

unsigned int daemon_log_count(const struct daemon *daemon, off_t mark, const char *prefix,
			      const char *word)
{
	FILE *file = daemon_log_open(daemon, mark);
	unsigned int count = 0;
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, file) >= 0)
		if (!strncmp(line, prefix, strlen(prefix)) && strcasestr(line, word))
			count++;
	free(line);
	fclose(file);
	return count;
}

void daemon_log_show(const struct daemon *daemon, off_t mark)
{
	FILE *file = daemon_log_open(daemon, mark);
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, file) >= 0)
		fprintf(stderr, "  log| %s", line);
	free(line);
	fclose(file);
}

/* The parent of @pid, or 0 when it has gone. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[512];
	const char *end;
	int fd, parent = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')'); /* the name before it may contain anything */
	if (!end || sscanf(end + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

/* Is @pid below a child of @top? The zygote is a child; what it forked is below it. */
static bool is_grandchild(pid_t pid, pid_t top)
{
	pid_t parent = parent_of(pid);

	while (parent > 1) {
		pid_t above = parent_of(parent);

		if (above == top)
			return true;
		parent = above;
	}
	return false;
}

size_t daemon_workers(const struct daemon *daemon, pid_t *ret, size_t room)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(proc);
	while ((entry = readdir(proc)) && n < room) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && is_grandchild(pid, daemon->pid))
			ret[n++] = pid;
	}
	closedir(proc);
	return n;
}

struct daemon_pids daemon_pids(const struct daemon *daemon)
{
	struct daemon_pids pids;

	pids.count = daemon_workers(daemon, pids.pid, sizeof(pids.pid) / sizeof(pids.pid[0]));
	return pids;
}

/* Are all threads of @pid stopped, or gone? The signal takes effect when a thread next looks. */
static bool is_stopped(pid_t pid)
{
	char path[64], line[256], state;
	struct dirent *entry;
	bool stopped = true;
	FILE *file;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && stopped && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/status", pid, entry->d_name);
		file = fopen(path, "r");
		while (file && fgets(line, sizeof(line), file))
			if (sscanf(line, "State: %c", &state) == 1)
				stopped = strchr("TtZX", state);
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return stopped;
}

size_t daemon_signal_new(const struct daemon *daemon, const struct daemon_pids *before, int sig)
{
	struct daemon_pids now = daemon_pids(daemon);
	size_t i, k, sent = 0;

	for (i = 0; i < now.count; i++) {
		for (k = 0; k < before->count && before->pid[k] != now.pid[i]; k++)
			continue;
		if (k < before->count || kill(now.pid[i], sig))
			continue;
		while (sig == SIGSTOP && !is_stopped(now.pid[i]))
			sched_yield();
		sent++;
	}
	return sent;
}

pid_t daemon_zygote(const struct daemon *daemon)
{
	pid_t pid = first_child(daemon->pid);

	assert_true(pid > 0);
	return pid;
}

struct daemon_ends daemon_watch(const struct daemon_pids *pids)
{
	struct daemon_ends ends = { .count = pids->count };
	size_t i;

	for (i = 0; i < ends.count; i++) {
		ends.pidfd[i] = (int)syscall(SYS_pidfd_open, pids->pid[i], 0);
		assert_true(ends.pidfd[i] >= 0);
	}
	return ends;
}

void daemon_wait_ends(struct daemon_ends *ends)
{
	size_t i;

	for (i = 0; i < ends->count; i++) {
		assert_true(wait_readable(ends->pidfd[i], DAEMON_TIMEOUT_MS));
		close(ends->pidfd[i]);
	}
	ends->count = 0;
}

void daemon_control(const struct daemon *daemon, const char *request, char *ret_answer, size_t room)
{
	int sock = wire_connect(daemon->control, SOCK_SEQPACKET);
	ssize_t n;

	assert_true(sock >= 0);
	assert_int_equal(send(sock, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	assert_true(wait_readable(sock, DAEMON_TIMEOUT_MS));
	n = recv(sock, ret_answer, room - 1, 0);
	assert_true(n > 0);
	ret_answer[n] = '\0';
	close(sock);
}

int daemon_group_setup(void **state)
{
	*state = daemon_start(NULL);
	return 0;
}

int daemon_group_teardown(void **state)
{
	daemon_stop(*state);
	return 0;
}

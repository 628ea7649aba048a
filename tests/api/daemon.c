/* SPDX-License-Identifier: MIT */
/*
 * daemon.c - see daemon.h. What processes there are is read from /proc. Stateless.
 */
#include "daemon.h"

#include <dirent.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fork.h"

#define READY_MS 20000
#define DEPTH_MAX 8

pid_t daemon_pid(void)
{
	const char *text = getenv("DXGD_PID");

	return text ? (pid_t)atol(text) : 0;
}

static pid_t parent_of(pid_t pid)
{
	char path[64];
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %*c %ld", &parent) != 1)
		parent = 0;
	fclose(f);
	return (pid_t)parent;
}

/* How many generations @pid is below @ancestor; 0: it is not. */
static int generations(pid_t pid, pid_t ancestor)
{
	int depth;

	for (depth = 0; pid > 1 && depth < DEPTH_MAX; depth++) {
		if (pid == ancestor)
			return depth;
		pid = parent_of(pid);
	}
	return 0;
}

int daemon_workers(pid_t daemon, pid_t *ret_pids, int room)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int n = 0;
	pid_t pid;

	while (dir && (entry = readdir(dir)) && n < room) {
		pid = (pid_t)atol(entry->d_name);
		/* dxgd, the zygote, and whatever came of that. */
		if (pid > 0 && generations(pid, daemon) >= 2)
			ret_pids[n++] = pid;
	}
	if (dir)
		closedir(dir);
	return n;
}

int daemon_program(pid_t daemon, char *ret_path, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)daemon);
	n = readlink(path, ret_path, size - 1);
	if (n < 0)
		return -1;
	ret_path[n] = 0;
	return 0;
}

static void exec_daemon(const char *program, int ready)
{
	char fd[16];

	snprintf(fd, sizeof(fd), "%d", ready);
	execl(program, program, "--socket", getenv("DXG_DEVICE"), "--backend", "null", "--vgpu",
	      "a", "--ready-fd", fd, (char *)NULL);
	_exit(127);
}

pid_t daemon_start(const char *program)
{
	struct pollfd p = { .events = POLLIN };
	char line[64];
	int ready[2];
	bool serves;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork_quietly();
	if (!pid)
		exec_daemon(program, ready[1]);
	close(ready[1]);
	p.fd = ready[0];
	serves = pid > 0 && poll(&p, 1, READY_MS) == 1 && read(ready[0], line, sizeof(line)) > 0;
	close(ready[0]);
	return serves ? pid : -1;
}

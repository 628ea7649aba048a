// SPDX-License-Identifier: MIT
/*
 * spawn - see spawn.h.
 *
 * The minder comes from a bare clone3(), which leaves the C library's idea of the thread's number
 * stale; so it does nothing but fork() properly, which sets that right in the worker, and wait. Its
 * user namespace maps one user and one group: they are written by the zygote, which may, while the
 * minder waits for that at a pipe.
 */
#include "worker/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "worker/sandbox.h"
#include "worker/server.h"

#define SPAWN_NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS)

/* Signals as a fresh process has them; the zygote blocks and ignores some. */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	/* A peer that goes away is an error of a call, not a signal. */
	signal(SIGPIPE, SIG_IGN);
}

static void __attribute__((noreturn)) worker_main(int socket, const struct sandbox *sandbox)
{
	reset_signals();
	/* Nothing of the zygote but the standard descriptors and this socket. */
	if (dup2(socket, IPC_SOCKET_FD) < 0 || close_range(IPC_SOCKET_FD + 1, ~0u, 0) < 0)
		_exit(EXIT_FAILURE);
	if (sandbox_enter(sandbox))
		_exit(EXIT_FAILURE);
	_exit(server_run(IPC_SOCKET_FD));
}

/* Wait for everything; end as the worker ends. */
static void __attribute__((noreturn)) minder_wait(pid_t worker)
{
	int status;
	pid_t pid;

	close_range(0, ~0u, 0);
	for (;;) {
		pid = waitpid(-1, &status, 0);
		if (pid < 0 && errno != EINTR)
			_exit(EXIT_FAILURE);
		if (pid == worker)
			_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
}

static void __attribute__((noreturn)) minder_main(int socket, int go, const struct sandbox *sandbox)
{
	char byte;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* The zygote's word that the maps are written; its end if it is gone. */
	if (read(go, &byte, 1) != 1)
		_exit(EXIT_FAILURE);
	pid = fork();
	if (pid < 0)
		_exit(EXIT_FAILURE);
	if (!pid)
		worker_main(socket, sandbox);
	minder_wait(pid);
}

static int write_proc(pid_t pid, const char *name, const char *text)
{
	char path[48];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -errno : 0;
}

/* One user and one group exist in the namespace: the worker's, under their own numbers. */
static int write_maps(pid_t pid, const struct spawn *spawn)
{
	char map[48];
	int err;

	snprintf(map, sizeof(map), "%u %u 1", (unsigned int)spawn->uid, (unsigned int)spawn->uid);
	err = write_proc(pid, "uid_map", map);
	if (!err)
		err = write_proc(pid, "setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", (unsigned int)spawn->gid, (unsigned int)spawn->gid);
	return err ? err : write_proc(pid, "gid_map", map);
}

static pid_t clone_minder(int *ret_pidfd)
{
	struct clone_args args = {
		.flags = SPAWN_NAMESPACES | CLONE_PIDFD,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : pid;
}

static pid_t spawn_namespaces(const struct spawn *spawn, int socket, const struct sandbox *sandbox,
			      int *ret_pidfd)
{
	int go[2], pidfd = -1, err;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	pid = clone_minder(&pidfd);
	if (!pid) {
		close(go[1]);
		minder_main(socket, go[0], sandbox);
	}
	close(go[0]);
	err = pid < 0 ? pid : write_maps(pid, spawn);
	if (!err && write(go[1], "", 1) != 1)
		err = -errno;
	close(go[1]);
	if (!err) {
		*ret_pidfd = pidfd;
		return pid;
	}
	if (pid > 0) {
		/* It sees the end of the pipe and goes. */
		waitpid(pid, NULL, 0);
		close(pidfd);
	}
	return err;
}

static pid_t spawn_plain(int socket, const struct sandbox *sandbox, int *ret_pidfd)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		worker_main(socket, sandbox);
	/* The child is not collected before the zygote's next turn: its number is still its own. */
	*ret_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (*ret_pidfd < 0) {
		int err = -errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return err;
	}
	return pid;
}

pid_t spawn_worker(struct spawn *spawn, int socket, const char *home, const char *plain_home,
		   bool verbose, int *ret_pidfd)
{
	struct sandbox sandbox = {
		.base = spawn->base,
		.hide = &spawn->hide,
		.home = home,
		.uid = spawn->uid,
		.gid = spawn->gid,
		.own_mounts = true,
		.own_pids = true,
		.own_users = true,
		.verbose = verbose,
	};
	pid_t pid;

	if (!spawn->plain) {
		pid = spawn_namespaces(spawn, socket, &sandbox, ret_pidfd);
		if (pid > 0 || pid == -ENOMEM || pid == -EAGAIN || pid == -EMFILE || pid == -ENFILE)
			return pid;
		spawn->plain = true;
		server_log("sandbox: namespaces: %s", strerror(-pid));
	}
	sandbox.home = plain_home;
	sandbox.own_mounts = false;
	sandbox.own_pids = false;
	sandbox.own_users = false;
	return spawn_plain(socket, &sandbox, ret_pidfd);
}

// SPDX-License-Identifier: MIT
/*
 * zygote - see zygote.h. One loop over two descriptors: the control socket, and a signalfd for
 * ended children and the wish to end. Children are kept in a list, to remove their directories when
 * they are gone and to kill and collect them at the end.
 */
#include "worker/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "worker/cache.h"
#include "worker/environment.h"
#include "worker/server.h"
#include "worker/spawn.h"

/* Who workers of a daemon run by root are: nobody. */
#define NOBODY_ID 65534

struct child {
	struct child *next;
	pid_t pid;
	char home[ENVIRONMENT_PATH_MAX + 24]; /* empty when it goes with the worker */
};

struct zygote {
	struct environment env;
	struct spawn spawn;
	struct child *children;
	unsigned long long serial;
	int signals;
};

/* ---- children ---- */

/*
 * dxgd ends workers by SIGKILL to the process it got a descriptor of, which is no news. In a
 * process namespace that is the minder, and it tells of every signal that hit the worker below it,
 * this one included.
 */
static void child_report(pid_t pid, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : code > 128 ? code - 128 : 0;

	if (WIFSIGNALED(status) && sig == SIGKILL)
		return;
	if (sig)
		server_log("worker %d ended by signal %d (%s)", (int)pid, sig, strsignal(sig));
	else if (code)
		server_log("worker %d ended with status %d", (int)pid, code);
}

static void child_gone(struct zygote *z, pid_t pid, int status)
{
	struct child **link, *child;

	for (link = &z->children; *link; link = &(*link)->next) {
		child = *link;
		if (child->pid != pid)
			continue;
		child_report(pid, status);
		if (child->home[0])
			environment_remove(child->home);
		*link = child->next;
		free(child);
		return;
	}
}

static void collect(struct zygote *z, int flags)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, flags)) > 0)
		child_gone(z, pid, status);
}

static void kill_children(struct zygote *z)
{
	struct child *child;

	for (child = z->children; child; child = child->next)
		kill(child->pid, SIGKILL);
	collect(z, 0);
}

static pid_t child_start(struct zygote *z, int socket, int *ret_pidfd)
{
	struct child *child = calloc(1, sizeof(*child));
	pid_t pid;

	if (!child)
		return -ENOMEM;
	/* In a mount namespace of its own, a worker mounts over the common directory. */
	snprintf(child->home, sizeof(child->home), "%s/%llu", z->env.home, z->serial);
	pid = spawn_worker(&z->spawn, socket, z->env.home, child->home, z->serial == 0, ret_pidfd);
	if (!z->spawn.plain)
		child->home[0] = '\0';
	if (pid < 0) {
		free(child);
		return pid;
	}
	z->serial++;
	child->pid = pid;
	child->next = z->children;
	z->children = child;
	return pid;
}

/* ---- the control socket ---- */

union fd_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* One request; *@ret_fd -1 when no descriptor came along. 0 at the end of the connection. */
static ssize_t request_receive(struct ipc_fork *ret, int *ret_fd)
{
	union fd_control control;
	struct iovec iov = { ret, sizeof(*ret) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(IPC_SOCKET_FD, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	*ret_fd = -1;
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n;
}

static int reply_send(const struct ipc_forked *reply, int pidfd)
{
	union fd_control control = { .bytes = { 0 } };
	struct iovec iov = { (void *)reply, sizeof(*reply) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (pidfd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pidfd, sizeof(int));
	}
	do {
		n = sendmsg(IPC_SOCKET_FD, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Serve one request. Return: 0; 1 when dxgd is gone; -errno. */
static int request_serve(struct zygote *z)
{
	struct ipc_forked reply = { 0 };
	struct ipc_fork request;
	int socket, pidfd = -1, err;
	ssize_t n;

	n = request_receive(&request, &socket);
	if (n <= 0)
		return n < 0 && errno != ECONNRESET ? -errno : 1;
	if (n != sizeof(request) || socket < 0) {
		server_log("fork request: %zd bytes, %s descriptor", n, socket < 0 ? "no" : "one");
		if (socket >= 0)
			close(socket);
		return -EPROTO;
	}
	reply.cookie = request.cookie;
	reply.pid = child_start(z, socket, &pidfd);
	close(socket);
	err = reply_send(&reply, pidfd);
	if (pidfd >= 0)
		close(pidfd);
	return err == -EPIPE ? 1 : err;
}

/* ---- start and end ---- */

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Return: 1 to end. */
static int signals_serve(struct zygote *z)
{
	struct signalfd_siginfo info;

	while (read(z->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM)
			return 1;
		/* The daemon decides what a key on its terminal means, and tells by closing. */
	}
	collect(z, WNOHANG);
	return 0;
}

/* Groups that may open render nodes; the one thing a worker of nobody still needs. */
static void keep_device_groups(void)
{
	static const char *const names[] = { "render", "video" };
	gid_t groups[2];
	struct group *g;
	size_t i, n = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		g = getgrnam(names[i]);
		if (g)
			groups[n++] = g->gr_gid;
	}
	if (setgroups(n, groups))
		server_log("cannot drop groups: %s", strerror(errno));
}

/* Is there a nobody to become? Not where root itself is only the root of a small namespace. */
static bool nobody_exists(void)
{
	bool exists;

	setfsuid(NOBODY_ID);
	exists = setfsuid((uid_t)-1) == NOBODY_ID;
	setfsuid(geteuid());
	return exists;
}

static void choose_user(struct zygote *z)
{
	z->spawn.uid = getuid();
	z->spawn.gid = getgid();
	if (z->spawn.uid || !nobody_exists())
		return;
	keep_device_groups();
	z->spawn.uid = NOBODY_ID;
	z->spawn.gid = NOBODY_ID;
}

/* Input from nowhere, output to nowhere until a worker has its own (printed.h): the log is for us.
 */
static int close_standard(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return -errno;
	return close_range(IPC_SOCKET_FD + 1, ~0u, 0) ? -errno : 0;
}

static int zygote_init(struct zygote *z)
{
	int err;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fcntl(IPC_SOCKET_FD, F_SETFD, FD_CLOEXEC);
	err = close_standard();
	if (err)
		return err;
	/* A folder that workers shall not see must not be where their first process stands. */
	if (chdir("/"))
		return -errno;
	choose_user(z);
	err = environment_init(&z->env, z->spawn.uid, z->spawn.gid);
	if (err)
		return err;
	z->spawn.base = z->env.base;
	environment_warm(&z->env, &z->spawn.hide);
	cache_warm();
	z->signals = signals_open();
	return z->signals < 0 ? z->signals : 0;
}

static int zygote_turn(struct zygote *z)
{
	struct pollfd fd[2] = {
		{ .fd = IPC_SOCKET_FD, .events = POLLIN },
		{ .fd = z->signals, .events = POLLIN },
	};
	int end = 0;

	if (poll(fd, 2, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fd[1].revents)
		end = signals_serve(z);
	if (!end && fd[0].revents)
		end = request_serve(z);
	return end;
}

int zygote_run(const struct hide *hide)
{
	static struct zygote z;
	int end;

	z.spawn.hide = *hide;
	end = zygote_init(&z);
	while (!end)
		end = zygote_turn(&z);
	if (end < 0)
		server_log("zygote: %s", strerror(-end));
	kill_children(&z);
	if (z.env.base[0])
		environment_remove(z.env.base);
	return end < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

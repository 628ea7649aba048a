// SPDX-License-Identifier: MIT
/*
 * keep: dxgd-keep, what systemd does for dxgd where there is no systemd. It starts dxgd, keeps the
 * descriptors that dxgd hands it (fdstore.h), and when dxgd dies starts another one which gets them
 * back. That is all: it knows nothing of what the descriptors are, loads no driver, has one thread.
 *
 * Nobody but dxgd itself is listened to: the kernel says who sent a message. Before dxgd is started
 * again everything it left behind (zygote, workers, which still see tenants' memory) is killed and
 * waited for; as their subreaper the keeper is their parent then.
 *
 * It ends when dxgd ends with status 0, when dxgd was told to stop (SIGTERM, SIGINT), and when the
 * first dxgd never came to serve; with dxgd's status.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include "fdstore.h"

#define KEEP_FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define KEEP_MESSAGE_MAX 4096 /* bytes of one message */
#define KEEP_MESSAGE_FDS 253 /* the kernel's limit */
/* So many deaths are followed by a new start at once, and each is forgiven after a while; beyond
 * them the pause doubles. */
#define KEEP_STRIKES 10
#define KEEP_FORGIVE_MS 5000
#define KEEP_DELAY_MIN_MS 100
#define KEEP_DELAY_DOUBLINGS 6

/**
 * struct keep - the one supervisor.
 * @folder, @path: where the socket stands, in a folder that nobody else can enter
 * @pid: dxgd, or 0; @ready: one of them came to serve
 * @restart: when the next one is due; @last: when one died last (both in ms); @strikes: not
 * forgiven
 * @stopping: we were told to stop
 */
struct keep {
	char **command;
	char folder[64];
	struct sockaddr_un path;
	int socket;
	int signals;
	sigset_t old_mask;
	struct fdstore store;
	pid_t pid;
	bool ready;
	bool stopping;
	int64_t restart;
	int64_t last;
	int64_t strikes;
};

static struct keep keep = { .socket = -1, .signals = -1 };

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void keep_clean_up(void)
{
	if (keep.path.sun_path[0])
		unlink(keep.path.sun_path);
	if (keep.folder[0])
		rmdir(keep.folder);
}

static void die(const char *what)
{
	fprintf(stderr, "dxgd-keep: %s: %s\n", what, strerror(errno));
	keep_clean_up();
	exit(1);
}

/* ---- messages ---- */

static bool keep_make_folder(const char *where)
{
	int n = snprintf(keep.folder, sizeof(keep.folder), "%s/dxgd-keep.XXXXXX", where);

	if (n > 0 && n < (int)sizeof(keep.folder) && mkdtemp(keep.folder))
		return true;
	keep.folder[0] = '\0';
	return false;
}

static void keep_listen(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const int on = 1;

	if (!(runtime && runtime[0] == '/' && keep_make_folder(runtime)) &&
	    !keep_make_folder("/run") && !keep_make_folder("/tmp"))
		die("no folder for a socket");
	keep.path.sun_family = AF_UNIX;
	snprintf(keep.path.sun_path, sizeof(keep.path.sun_path), "%s/notify", keep.folder);
	keep.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (keep.socket < 0 ||
	    bind(keep.socket, (struct sockaddr *)&keep.path, sizeof(keep.path)) < 0 ||
	    setsockopt(keep.socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		die(keep.path.sun_path);
}

/* The sender and the descriptors of @msg. Return: how many. */
static unsigned int message_parts(struct msghdr *msg, struct ucred *ret_from, int *ret_fds)
{
	struct cmsghdr *c;
	unsigned int n = 0;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS)
			memcpy(ret_from, CMSG_DATA(c), sizeof(*ret_from));
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(ret_fds, CMSG_DATA(c), n * sizeof(int));
	}
	return n;
}

/* Return: there was one. */
static bool keep_receive(void)
{
	static char text[KEEP_MESSAGE_MAX];
	static char control[CMSG_SPACE(KEEP_MESSAGE_FDS * sizeof(int)) +
			    CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fds[KEEP_MESSAGE_FDS];
	struct ucred from = { .pid = 0 };
	ssize_t n = recvmsg(keep.socket, &msg, MSG_CMSG_CLOEXEC);
	unsigned int nfds;

	if (n < 0)
		return false;
	text[n] = '\0';
	nfds = message_parts(&msg, &from, fds);
	if (!keep.pid || from.pid != keep.pid) /* not dxgd: nothing of it is wanted */
		text[0] = '\0';
	fdstore_message(&keep.store, text, fds, nfds, &keep.ready);
	return true;
}

/* ---- dxgd ---- */

/* All to where they will be, past each other: first out of the way, then down. */
static bool child_place_fds(void)
{
	int i, fd, above = KEEP_FIRST_FD + (int)keep.store.count;

	for (i = 0; i < (int)keep.store.count; i++) {
		fd = fcntl(keep.store.entry[i].fd, F_DUPFD_CLOEXEC, above);
		if (fd < 0)
			return false;
		keep.store.entry[i].fd = fd;
	}
	for (i = 0; i < (int)keep.store.count; i++)
		if (dup2(keep.store.entry[i].fd, KEEP_FIRST_FD + i) < 0)
			return false;
	return true;
}

static void child_environment(void)
{
	static char names[FDSTORE_NAMES_MAX];
	char number[16];

	setenv("NOTIFY_SOCKET", keep.path.sun_path, 1);
	if (!keep.store.count)
		return;
	snprintf(number, sizeof(number), "%d", getpid());
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof(number), "%u", keep.store.count);
	setenv("LISTEN_FDS", number, 1);
	fdstore_names(&keep.store, names);
	setenv("LISTEN_FDNAMES", names, 1);
}

static void child_exec(pid_t parent)
{
	sigprocmask(SIG_SETMASK, &keep.old_mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	child_environment();
	if (keep.store.count && !child_place_fds())
		_exit(126);
	execvp(keep.command[0], keep.command);
	fprintf(stderr, "dxgd-keep: %s: %s\n", keep.command[0], strerror(errno));
	_exit(127);
}

static void keep_start(void)
{
	pid_t self = getpid();

	keep.pid = fork();
	if (keep.pid < 0)
		die("fork");
	if (!keep.pid)
		child_exec(self);
}

/* Kill what a dead dxgd left behind; return when nothing of it runs. */
static void keep_bury(void)
{
	char path[64];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	do {
		file = fopen(path, "re");
		while (file && fscanf(file, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (file)
			fclose(file);
	} while (waitpid(-1, NULL, 0) > 0);
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* How long to wait before the next start. */
static int keep_delay(void)
{
	int64_t now = now_ms(), forgiven = (now - keep.last) / KEEP_FORGIVE_MS, over;

	keep.strikes = keep.strikes > forgiven ? keep.strikes - forgiven + 1 : 1;
	keep.last = now;
	over = keep.strikes - KEEP_STRIKES;
	if (over <= 0)
		return 0;
	return KEEP_DELAY_MIN_MS << (over < KEEP_DELAY_DOUBLINGS ? over : KEEP_DELAY_DOUBLINGS);
}

static void keep_died(int status)
{
	int delay;

	while (keep_receive())
		continue;
	keep.pid = 0;
	keep_bury();
	if (keep.stopping || !keep.ready || !exit_status(status)) {
		keep_clean_up();
		exit(exit_status(status));
	}
	delay = keep_delay();
	keep.restart = now_ms() + delay;
	fprintf(stderr,
		"dxgd-keep: dxgd ended (%s %d); the next one in %d ms gets %u descriptors\n",
		WIFEXITED(status) ? "status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), delay,
		keep.store.count);
}

/* ---- signals, and the loop ---- */

static void keep_stop(void)
{
	keep.stopping = true;
	if (keep.pid > 0) {
		kill(keep.pid, SIGTERM);
		return;
	}
	keep_clean_up();
	exit(0);
}

static void keep_signal(void)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(keep.signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGCHLD) {
		keep_stop();
		return;
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == keep.pid)
			keep_died(status);
}

static void keep_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &keep.old_mask);
	keep.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (keep.signals < 0)
		die("signalfd");
}

static void keep_run(void)
{
	struct pollfd pfd[2] = { { .fd = keep.signals, .events = POLLIN },
				 { .fd = keep.socket, .events = POLLIN } };
	int64_t left;

	for (;;) {
		left = keep.pid ? -1 : keep.restart - now_ms();
		if (!keep.pid && left <= 0) {
			keep_start();
			continue;
		}
		if (poll(pfd, 2, (int)left) < 0 && errno != EINTR)
			die("poll");
		if (pfd[1].revents)
			keep_receive();
		if (pfd[0].revents)
			keep_signal();
	}
}

int main(int argc, char **argv)
{
	keep.command = argv + 1 + (argc > 1 && !strcmp(argv[1], "--"));
	if (!keep.command[0] || keep.command[0][0] == '-') {
		fprintf(stderr,
			"usage: dxgd-keep [--] DXGD [ARGUMENT...]\n"
			"Runs dxgd, starts it again when it dies, and keeps virtual machines' "
			"memory meanwhile.\n");
		return 2;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	keep_signals();
	keep_listen();
	keep_run();
}

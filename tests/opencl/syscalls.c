// SPDX-License-Identifier: MIT
/* syscalls.c - see syscalls.h. */
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN true
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN false
#endif

#define KEPT 16
#define SOCKET_FROM 900 /* a descriptor that nothing else is likely to be */

/**
 * struct tally - shared with the process that counts; a watched thread stands still while it
 * writes.
 * @thread: whose calls count
 * @clock: clock_gettime() is a system call here
 */
struct tally {
	_Atomic bool counting;
	_Atomic unsigned int count;
	pid_t thread;
	bool clock;
	int nr[KEPT];
};

static struct tally *tally;

static bool is_of_the_allocator(int nr)
{
	return nr == SYS_brk || nr == SYS_mmap || nr == SYS_munmap || nr == SYS_mremap ||
	       nr == SYS_mprotect || nr == SYS_madvise;
}

static void take_note(const struct seccomp_notif *call)
{
	unsigned int at;

	if (!atomic_load(&tally->counting) || (pid_t)call->pid != tally->thread)
		return;
	if (tally->clock && call->data.nr == SYS_clock_gettime)
		return;
	if (WITH_ASAN && is_of_the_allocator(call->data.nr))
		return;
	at = atomic_fetch_add(&tally->count, 1);
	if (at < KEPT)
		tally->nr[at] = call->data.nr;
}

/* Ends when no watched thread is left. */
static void serve(int listener)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };

	while (poll(&pfd, 1, -1) > 0 && !(pfd.revents & POLLHUP)) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
			continue; /* a signal took the thread out of its call */
		take_note(&call);
		answer.id = call.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

static int receive(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec io = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/*
 * The descriptor must be passed on by a thread that is watched already, so sending it is let
 * through by the filter itself.
 */
static int send_listener(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec io = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return (int)syscall(SYS_sendmsg, to, &msg, 0) == 1 ? 0 : -errno;
}

/* Everything is told but sendmsg() on the one socket that the listener goes over. */
static int install(int to)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)to, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	long fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		     &program);
	return fd < 0 ? -errno : (int)fd;
}

static void counting_process(int from)
{
	int listener = receive(from);

	close(from);
	if (listener >= 0)
		serve(listener);
	_exit(0);
}

static void calibrate(void)
{
	struct timespec t;

	syscalls_begin();
	for (int i = 0; i < 10; i++)
		clock_gettime(CLOCK_MONOTONIC, &t);
	tally->clock = syscalls_end() != 0;
}

int syscalls_watch(void)
{
	int pair[2], socket, listener, err;
	pid_t pid;

	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (tally == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	tally->thread = gettid();
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(pair[0]);
		counting_process(pair[1]);
	}
	close(pair[1]);
	socket = fcntl(pair[0], F_DUPFD_CLOEXEC, SOCKET_FROM);
	close(pair[0]);
	if (socket < 0)
		return -errno;
	listener = install(socket);
	err = listener < 0 ? listener : send_listener(socket, listener);
	close(socket); /* the other process learns from it when nothing came */
	if (err < 0)
		return err;
	close(listener);
	calibrate();
	return 0;
}

void syscalls_begin(void)
{
	atomic_store(&tally->count, 0);
	atomic_store(&tally->counting, true);
}

unsigned int syscalls_end(void)
{
	atomic_store(&tally->counting, false);
	return atomic_load(&tally->count);
}

const char *syscalls_text(void)
{
	static char text[KEPT * 12];
	unsigned int n = atomic_load(&tally->count);
	size_t at = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < n && i < KEPT; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " %d", tally->nr[i]);
	return text;
}

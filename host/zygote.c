// SPDX-License-Identifier: MIT
/*
 * zygote: see zygote.h. Requests and answers are in the same order, so the pending ones are a
 * queue. When the control socket ends, every pending request is answered with -EPIPE; the next
 * request starts a new zygote, but not more than one a second.
 */
#include "zygote.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "log.h"
#include "sock.h"
#include "watch.h"

#define ZYGOTE_RESTART_NS UINT64_C(1000000000)

extern char **environ;

/** struct pending - one request the zygote has not answered. */
struct pending {
	STAILQ_ENTRY(pending) link;
	uint64_t cookie;
	zygote_forked_fn fn;
	void *arg;
};

/**
 * struct zygote - @control is NULL while no zygote runs.
 * @process: the running child; in the heap of its own because libuv keeps it until it is closed
 */
struct zygote {
	uv_loop_t *loop;
	char *path;
	char *hide[ZYGOTE_HIDE_MAX + 1];
	struct watch *control;
	uv_process_t *process;
	STAILQ_HEAD(, pending) pending;
	uint64_t next_cookie;
	uint64_t started_ns;
	void (*died)(void *arg);
	void *died_arg;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

static void zygote_process_closed(uv_handle_t *handle)
{
	free(handle);
}

static void zygote_exited(uv_process_t *process, int64_t status, int sig)
{
	struct zygote *zygote = process->data;

	uv_close((uv_handle_t *)process, zygote_process_closed);
	if (!zygote)
		return;
	zygote->process = NULL;
	if (zygote->stopped)
		zygote->stopped(zygote->stopped_arg);
	else
		log_line("zygote ended: status %lld, signal %d", (long long)status, sig);
}

static void zygote_fail_all(struct zygote *zygote)
{
	struct pending *p;

	while ((p = STAILQ_FIRST(&zygote->pending))) {
		STAILQ_REMOVE_HEAD(&zygote->pending, link);
		p->fn(p->arg, -EPIPE, -1);
		free(p);
	}
}

/* The zygote is gone, or lied: nothing more is heard of it. */
static void zygote_drop(struct zygote *zygote)
{
	log_line("the zygote ended or broke its protocol; its workers end with it");
	watch_destroy(zygote->control);
	zygote->control = NULL;
	if (zygote->process) {
		uv_process_kill(zygote->process, SIGKILL);
		zygote->process->data = NULL;
		zygote->process = NULL;
	}
	zygote_fail_all(zygote);
	zygote->died(zygote->died_arg);
}

static void zygote_readable(void *arg)
{
	struct zygote *zygote = arg;
	struct ipc_forked forked;
	struct pending *p;
	int pidfd = -1;
	ssize_t n;

	n = sock_recv(watch_fd(zygote->control), &forked, sizeof(forked), &pidfd);
	if (n == -EAGAIN || n == -EINTR)
		return;
	p = STAILQ_FIRST(&zygote->pending);
	if (n != sizeof(forked) || !p || p->cookie != forked.cookie ||
	    (forked.pid > 0) != (pidfd >= 0)) {
		if (pidfd >= 0)
			close(pidfd);
		zygote_drop(zygote);
		return;
	}
	STAILQ_REMOVE_HEAD(&zygote->pending, link);
	p->fn(p->arg, forked.pid, pidfd);
	free(p);
}

/* Not for the zygote: what would run foreign code in it before its main(), and dxgd's keeper. */
static bool zygote_may_see(const char *variable)
{
	return strncmp(variable, "LD_PRELOAD=", 11) && strncmp(variable, "LD_AUDIT=", 9) &&
	       strncmp(variable, "NOTIFY_SOCKET=", 14);
}

static char **zygote_environment(void)
{
	char **env;
	size_t n = 0, i;

	while (environ[n])
		n++;
	env = calloc(n + 1, sizeof(*env));
	if (!env)
		return NULL;
	for (i = n = 0; environ[i]; i++)
		if (zygote_may_see(environ[i]))
			env[n++] = environ[i];
	return env;
}

static void zygote_arguments(struct zygote *zygote, char *args[])
{
	size_t n = 0, i;

	args[n++] = zygote->path;
	args[n++] = "--zygote";
	for (i = 0; zygote->hide[i]; i++) {
		args[n++] = "--hide";
		args[n++] = zygote->hide[i];
	}
	args[n] = NULL;
}

static bool zygote_copy_hide(struct zygote *zygote, const char *const *hide)
{
	size_t i;

	for (i = 0; i < ZYGOTE_HIDE_MAX && hide[i]; i++) {
		zygote->hide[i] = strdup(hide[i]);
		if (!zygote->hide[i])
			return false;
	}
	return true;
}

static int zygote_spawn(struct zygote *zygote, int sock)
{
	char *args[3 + 2 * ZYGOTE_HIDE_MAX];
	char **env = zygote_environment();
	uv_stdio_container_t stdio[4] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
		{ .flags = UV_INHERIT_FD, .data.fd = sock },
	};
	uv_process_options_t options = {
		.exit_cb = zygote_exited,
		.file = zygote->path,
		.args = args,
		.env = env,
		.stdio_count = 4,
		.stdio = stdio,
	};
	uv_process_t *process = calloc(1, sizeof(*process));
	int err;

	zygote_arguments(zygote, args);
	if (!process || !env) {
		free(process);
		free(env);
		return -ENOMEM;
	}
	err = uv_spawn(zygote->loop, process, &options);
	free(env);
	if (err) {
		uv_close((uv_handle_t *)process, zygote_process_closed);
		return err;
	}
	process->data = zygote;
	zygote->process = process;
	return 0;
}

static int zygote_start(struct zygote *zygote)
{
	uint64_t now = uv_hrtime();
	int fds[2], err;

	if (zygote->started_ns && now - zygote->started_ns < ZYGOTE_RESTART_NS)
		return -EAGAIN;
	zygote->started_ns = now;
	err = sock_pair(fds);
	if (err)
		return err;
	err = zygote_spawn(zygote, fds[1]);
	close(fds[1]);
	if (err) {
		close(fds[0]);
		log_line("cannot start %s: %s (see --worker)", zygote->path, strerror(-err));
		return err;
	}
	return watch_create(zygote->loop, fds[0], zygote_readable, zygote, &zygote->control);
}

int zygote_create(uv_loop_t *loop, const char *path, const char *const *hide,
		  void (*died)(void *arg), void *arg, struct zygote **ret_zygote)
{
	struct zygote *zygote = calloc(1, sizeof(*zygote));
	int err;

	if (!zygote)
		return -ENOMEM;
	zygote->loop = loop;
	zygote->died = died;
	zygote->died_arg = arg;
	STAILQ_INIT(&zygote->pending);
	zygote->path = strdup(path);
	err = zygote->path && zygote_copy_hide(zygote, hide) ? zygote_start(zygote) : -ENOMEM;
	if (err) {
		zygote_destroy(zygote);
		return err;
	}
	*ret_zygote = zygote;
	return 0;
}

int zygote_fork(struct zygote *zygote, int sock, zygote_forked_fn fn, void *arg)
{
	struct pending *p;
	int err;

	if (!zygote->control) {
		err = zygote_start(zygote);
		if (err)
			return err;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->cookie = ++zygote->next_cookie;
	p->fn = fn;
	p->arg = arg;
	err = sock_send(watch_fd(zygote->control), &(struct ipc_fork){ .cookie = p->cookie },
			sizeof(struct ipc_fork), &sock, 1);
	if (err) {
		free(p);
		return err;
	}
	STAILQ_INSERT_TAIL(&zygote->pending, p, link);
	return 0;
}

void zygote_stop(struct zygote *zygote, void (*stopped)(void *arg), void *arg)
{
	zygote->stopped = stopped;
	zygote->stopped_arg = arg;
	watch_destroy(zygote->control);
	zygote->control = NULL;
	zygote_fail_all(zygote);
	if (!zygote->process)
		stopped(arg);
}

void zygote_kill(struct zygote *zygote)
{
	if (zygote->process)
		uv_process_kill(zygote->process, SIGKILL);
}

void zygote_destroy(struct zygote *zygote)
{
	size_t i;

	if (!zygote)
		return;
	if (zygote->process)
		zygote->process->data = NULL;
	watch_destroy(zygote->control);
	free(zygote->path);
	for (i = 0; i < ZYGOTE_HIDE_MAX; i++)
		free(zygote->hide[i]);
	free(zygote);
}

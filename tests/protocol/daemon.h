/* SPDX-License-Identifier: MIT */
/*
 * daemon: a real dxgd in a folder of its own, with the null backend, started from $DXGD. Its stderr
 * is kept in a file, so that a test can read what it said about a lie.
 *
 * A daemon that does not start, does not stop, or leaves a sanitizer report fails the test. It dies
 * with the test program whatever happens.
 */
#ifndef TESTS_PROTOCOL_DAEMON_H
#define TESTS_PROTOCOL_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** DAEMON_TIMEOUT_MS - how long anything may take on a machine that has other things to do, too. */
#define DAEMON_TIMEOUT_MS 20000

/**
 * struct daemon - one dxgd.
 * @dir: its folder; @socket: the attach socket in it; @control: the control socket; @log: its
 * stderr
 */
struct daemon {
	pid_t pid;
	int pidfd;
	char dir[64];
	char socket[96];
	char control[96];
	char log[96];
};

/**
 * daemon_start() - start dxgd and wait until it serves.
 * @options: more arguments, ended by NULL; or NULL, which means one vGPU "a"
 */
struct daemon *daemon_start(const char *const *options);

/**
 * daemon_start_after() - the same.
 * @before: called in the process that becomes dxgd, right before it does; false: it does not
 */
struct daemon *daemon_start_after(const char *const *options, bool (*before)(void));

/** daemon_start_kept() - the same under dxgd-keep ($DXGD_KEEP), which is what @pid names then. */
struct daemon *daemon_start_kept(const char *const *options);

/** daemon_kept() - the dxgd below that; 0 while there is none. */
pid_t daemon_kept(const struct daemon *daemon);

/** daemon_stop() - SIGTERM, wait, check status and log, remove the folder. */
void daemon_stop(struct daemon *daemon);

/** daemon_kill() - SIGKILL and wait for its end; daemon_stop() then only cleans up. */
void daemon_kill(struct daemon *daemon);

/** daemon_log_mark() - where the log ends now. */
off_t daemon_log_mark(const struct daemon *daemon);

/**
 * daemon_log_count() - lines since @mark that start with @prefix and contain @word, in any case.
 * @prefix: "dxgd: " for plain lines, "audit " for records
 */
unsigned int daemon_log_count(const struct daemon *daemon, off_t mark, const char *prefix,
			      const char *word);

/** daemon_log_show() - the log since @mark to stderr, for the message of a failing test. */
void daemon_log_show(const struct daemon *daemon, off_t mark);

/** daemon_workers() - pids of the processes below dxgd's zygote. Return: how many. */
size_t daemon_workers(const struct daemon *daemon, pid_t *ret, size_t room);

/** struct daemon_pids - processes below the zygote at some moment. */
struct daemon_pids {
	pid_t pid[64];
	size_t count;
};

/** daemon_pids() - all workers now. */
struct daemon_pids daemon_pids(const struct daemon *daemon);

/**
 * daemon_signal_new() - send @sig to the workers that were not in @before; after SIGSTOP they stand
 * still. Return: how many.
 */
size_t daemon_signal_new(const struct daemon *daemon, const struct daemon_pids *before, int sig);

/** daemon_zygote() - the process that forks its workers. */
pid_t daemon_zygote(const struct daemon *daemon);

/** struct daemon_ends - processes whose ends are waited for. */
struct daemon_ends {
	int pidfd[64];
	size_t count;
};

/** daemon_watch() - begin to watch @pids, which must be alive. */
struct daemon_ends daemon_watch(const struct daemon_pids *pids);

/** daemon_wait_ends() - wait until all of them have ended, and let go of them. */
void daemon_wait_ends(struct daemon_ends *ends);

/** daemon_control() - one request to the control socket. @ret_answer: its text, zero-terminated */
void daemon_control(const struct daemon *daemon, const char *request, char *ret_answer,
		    size_t room);

/** daemon_group_setup(), daemon_group_teardown() - one default daemon for a group of tests. */
int daemon_group_setup(void **state);
int daemon_group_teardown(void **state);

#endif /* TESTS_PROTOCOL_DAEMON_H */

/* SPDX-License-Identifier: MIT */
/*
 * fork.h - fork() for tests whose process has other threads, those of libdxg among them.
 *
 * The AddressSanitizer of GCC 12 and Clang 14 does not reset its allocator's locks in a child: one
 * that another thread held at that moment is locked for ever there, and the child's first thread or
 * allocation hangs. So in such a build the other threads are first seen asleep. Every other build
 * forks at once, whatever the threads are doing: that is what the tests are about.
 */
#ifndef TESTS_FORK_H
#define TESTS_FORK_H

#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define FORK_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FORK_WITH_ASAN 1
#endif
#endif

#ifdef FORK_WITH_ASAN
#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FORK_PATIENCE_S 2 /* a thread that never sleeps is not waited for longer */

static inline bool fork_thread_sleeps(const char *tid)
{
	char path[64], line[256] = "";
	const char *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", tid);
	f = fopen(path, "re");
	if (!f)
		return true; /* it has ended meanwhile */
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	state = strrchr(line, ')');
	return !state || state[2] == 'S';
}

/* Does every thread but the caller sleep? */
static inline bool fork_is_quiet(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	bool quiet = true;

	while (dir && quiet && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != gettid())
			quiet = fork_thread_sleeps(entry->d_name);
	if (dir)
		closedir(dir);
	return quiet;
}

static inline void fork_settle(void)
{
	time_t end = time(NULL) + FORK_PATIENCE_S;

	while (!fork_is_quiet() && time(NULL) <= end)
		sched_yield();
}
#else
static inline void fork_settle(void)
{
}
#endif

/** fork_quietly() - fork(), in a way that a sanitizer's runtime survives. */
static inline pid_t fork_quietly(void)
{
	fork_settle();
	return fork();
}

#endif

// SPDX-License-Identifier: MIT
/*
 * watch.c - see watch.h. What a report looks like is also known to tests/vm/check-dmesg, which
 * reads the whole log afterwards.
 */
#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const reports[] = {
	"BUG:",
	"WARNING:",
	"KASAN",
	"UBSAN:",
	"general protection",
	"possible recursive",
	"refcount_t:",
	"ODEBUG:",
	"blocked for more than",
	"suspicious RCU",
	"list_add corruption",
	"list_del corruption",
};

/** watch_open() - from now on. Return: a descriptor, < 0 when there is no log. */
int watch_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

static bool is_report(const char *line, bool sessions_may_end)
{
	size_t i;

	for (i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		if (strstr(line, reports[i]))
			return true;
	return !sessions_may_end && strstr(line, "session ended");
}

/** watch_found() - is there a report among the new lines? It is printed. */
bool watch_found(int fd, bool sessions_may_end)
{
	char line[2048];
	ssize_t n;

	while ((n = read(fd, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		if (!is_report(line, sessions_may_end))
			continue;
		printf("finding %s", line);
		return true;
	}
	return false;
}

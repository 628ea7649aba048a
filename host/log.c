// SPDX-License-Identifier: MIT
/*
 * log: see log.h. A line is formatted in one buffer and leaves in one write(), so that lines of
 * several processes in one file do not mix. Text that a peer chose cannot start a line of its own.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int log_file = -1; /* the open log file, or -1 for stderr; the one thread's */

int log_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	log_close();
	log_file = fd;
	return 0;
}

void log_close(void)
{
	if (log_file >= 0)
		close(log_file);
	log_file = -1;
}

int log_fd(void)
{
	return log_file >= 0 ? log_file : STDERR_FILENO;
}

void log_raw(int fd, const char *prefix, const char *text)
{
	char line[LOG_LINE_MAX + 2];
	int n, i;

	n = snprintf(line, LOG_LINE_MAX, "%s%s", prefix, text);
	if (n < 0)
		return;
	if (n >= LOG_LINE_MAX)
		n = LOG_LINE_MAX - 1;
	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	if (write(fd, line, (size_t)n) < 0)
		return; /* a full disk must not stop the daemon */
}

void log_line(const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_raw(log_fd(), "dxgd: ", text);
}

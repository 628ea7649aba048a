/* SPDX-License-Identifier: MIT */
/*
 * log: what dxgd tells its administrator, one line per event, to stderr or to a file. Only the
 * edges of the daemon log, and each event once. Not for other threads: dxgd has one.
 */
#ifndef HOST_LOG_H
#define HOST_LOG_H

/** LOG_LINE_MAX - bytes of the longest line; longer ones are cut. */
#define LOG_LINE_MAX 1024

/**
 * log_open() - append to @path from now on instead of writing to stderr.
 *
 * Return: 0, or a negative errno; then stderr stays in use.
 */
int log_open(const char *path);

/** log_close() - back to stderr. */
void log_close(void);

/** log_line() - one line, "dxgd: " in front and a newline behind it. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** log_raw() - one line to @fd, cut at LOG_LINE_MAX; control characters of peers become '?'. */
void log_raw(int fd, const char *prefix, const char *text);

/** log_fd() - where lines go at the moment. */
int log_fd(void);

#endif /* HOST_LOG_H */

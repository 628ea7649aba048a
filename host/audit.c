// SPDX-License-Identifier: MIT
/*
 * audit: see audit.h. A record that cannot be written is lost, the daemon goes on: availability of
 * the tenants goes over completeness of the record.
 */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static int audit_file = -1; /* the one thread's */

int audit_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	audit_close();
	audit_file = fd;
	return 0;
}

void audit_close(void)
{
	if (audit_file >= 0)
		close(audit_file);
	audit_file = -1;
}

static void audit_write(json_t *record)
{
	char *text = json_dumps(record, JSON_COMPACT);

	if (!text)
		return;
	log_raw(log_fd(), "audit ", text);
	if (audit_file >= 0)
		log_raw(audit_file, "", text);
	free(text);
}

void audit(const char *event, const char *fmt, ...)
{
	struct timespec now;
	json_t *record, *rest;
	va_list ap;

	va_start(ap, fmt);
	rest = json_vpack_ex(NULL, 0, fmt, ap);
	va_end(ap);
	clock_gettime(CLOCK_REALTIME, &now);
	record = json_pack("{s:f, s:s}", "time", (double)now.tv_sec + (double)now.tv_nsec / 1e9,
			   "event", event);
	if (record && rest)
		json_object_update(record, rest);
	if (record)
		audit_write(record);
	json_decref(rest);
	json_decref(record);
}

/* SPDX-License-Identifier: MIT */
/*
 * audit: the structured record of what a security review wants to know: attach, detach, denial,
 * validation failure, device loss. One JSON object per line: to the log with "audit " in front, and
 * to a file of its own when one was opened.
 */
#ifndef HOST_AUDIT_H
#define HOST_AUDIT_H

/** audit_open() - also append records to @path. Return: 0 or a negative errno. */
int audit_open(const char *path);

/** audit_close() - close the file. */
void audit_close(void);

/**
 * audit() - one record.
 * @event: what happened: "attach", "detach", "denied", "invalid", "device-lost", "worker-lost"
 * @fmt: jansson's json_pack() format of an object, and its arguments; "time" and "event" are added
 */
void audit(const char *event, const char *fmt, ...);

#endif /* HOST_AUDIT_H */

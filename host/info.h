/* SPDX-License-Identifier: MIT */
/*
 * info: the answers to QueryAdapterInfo, a table by type. All of them are about the vGPU that the
 * session is attached to and nothing else of the host.
 */
#ifndef HOST_INFO_H
#define HOST_INFO_H

#include <stddef.h>
#include <stdint.h>

struct request;

/** info_widen() - @text as @units of UTF-16, terminated and cut; what is not ASCII becomes '?'. */
void info_widen(void *dst, size_t units, const char *text);

/* Handler of QUERYADAPTERINFO (2). */
int info_handle(struct request *rq);

#endif /* HOST_INFO_H */

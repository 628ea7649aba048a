/* SPDX-License-Identifier: MIT */
/*
 * escape: private calls of our user-mode drivers (dxgwire/escape.h): a few are answered here, the
 * others by the worker of the calling process, out of order.
 */
#ifndef HOST_ESCAPE_H
#define HOST_ESCAPE_H

struct request;

/* Handler of ESCAPE (13). */
int escape_handle(struct request *rq);

#endif /* HOST_ESCAPE_H */

/* SPDX-License-Identifier: MIT */
/*
 * query: messages about the adapter of a session: opening it, what it is, how much memory is left.
 */
#ifndef HOST_QUERY_H
#define HOST_QUERY_H

struct request;

/* Handlers of SETIOSPACEREGION (1010), OPENADAPTER (14), CLOSEADAPTER (15),
 * GETINTERNALADAPTERINFO (36), QUERYVIDEOMEMORYINFO (21), ISFEATUREENABLED (68 and 1022). */
int query_handle_set_io_space(struct request *rq);
int query_handle_open(struct request *rq);
int query_handle_close(struct request *rq);
int query_handle_internal_info(struct request *rq);
int query_handle_video_memory(struct request *rq);
int query_handle_feature(struct request *rq);

#endif /* HOST_QUERY_H */

/* SPDX-License-Identifier: MIT */
/*
 * info: the answers to QueryAdapterInfo, a table by type. All of them are about the vGPU that the
 * session is attached to and nothing else of the host.
 */
#ifndef HOST_INFO_H
#define HOST_INFO_H

#include <stddef.h>
#include <stdint.h>

struct adapter;
struct dxg_info_node_perf;
struct request;

/** info_widen() - @text as @units of UTF-16, terminated and cut; what is not ASCII becomes '?'. */
void info_widen(void *dst, size_t units, const char *text);

/** info_node_perf() - what is known of the clock of @node, which @adapter has. */
void info_node_perf(const struct adapter *adapter, uint32_t node,
		    struct dxg_info_node_perf *ret_perf);

/* Handler of QUERYADAPTERINFO (2). */
int info_handle(struct request *rq);

#endif /* HOST_INFO_H */

/* SPDX-License-Identifier: MIT */
/*
 * daemon: the root of dxgd: the loop, and what there is one of. Everything belongs to the one
 * thread.
 */
#ifndef HOST_DAEMON_H
#define HOST_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "progstore.h"
#include "sharedfile.h"
#include "turn.h"

struct adapter;
struct config;
struct control;
struct provision;
struct session;
struct socket_listener;
struct store;
struct vgpu;
struct worker;
struct zygote;

TAILQ_HEAD(adapter_list, adapter);
TAILQ_HEAD(vgpu_list, vgpu);
TAILQ_HEAD(session_list, session);

/**
 * struct daemon - see above.
 * @store: what outlives dxgd
 * @workers: all that worker_destroy() has not freed
 * @progstores: program caches, those that end included
 * @ended: sessions that are over, to be freed once nothing of theirs is in use
 * @unshared: memory of shared resources that nobody refers to any more, to be punched out
 * @sessions: number of live sessions, against DXG_SESSIONS_MAX
 * @provisioning: configured vGPUs that are neither there nor refused
 * @deadline: of a zygote that is to stop
 * @stopping: a signal came; nothing new is accepted; @closed: its last handles are closing
 */
struct daemon {
	uv_loop_t loop;
	const struct config *config;
	struct turn turn;
	struct zygote *zygote;
	LIST_HEAD(, worker) workers;
	struct adapter_list adapters;
	struct vgpu_list vgpus;
	struct progstore_list progstores;
	struct session_list ended;
	struct sharedfile_list unshared;
	struct socket_listener *listener;
	struct control *control;
	struct provision *provision;
	struct store *store;
	unsigned int sessions;
	unsigned int vgpu_count;
	uint32_t next_session;
	uint32_t next_vgpu;
	uint32_t provisioning;
	uv_signal_t sigterm;
	uv_signal_t sigint;
	uv_timer_t deadline;
	bool stopping;
	bool zygote_stopped;
	bool closed;
	bool failed;
};

#endif /* HOST_DAEMON_H */

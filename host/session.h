/* SPDX-License-Identifier: MIT */
/*
 * session: one guest (a VM or a process) attached to a vGPU: the region, the two channels, the
 * processes of the guest, and the end of it all. The session is the isolation boundary: whatever a
 * guest does can end its own session and nothing else.
 *
 * States: VACANT, the region is that of a dxgd which died, and whoever used it has to come with a
 * new epoch; READY; RESETTING, a new guest took over the region and the old one's workers are still
 * on their way out; ENDED, the same at the end of the session, which is freed when nothing of it is
 * in use.
 */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "backlog.h"
#include "dxgwire/region.h"
#include "handle.h"
#include "sock.h"
#include "turn.h"

struct completion;
struct daemon;
struct iospace;
struct process;
struct ram;
struct region;
struct transport;
struct vgpu;

/** SESSION_BACKLOG_STALL - bytes of unsent packets from which on the guest's requests wait. */
#define SESSION_BACKLOG_STALL (256u << 10)
/** SESSION_ESCAPE_BYTES - bytes of worker escapes of all processes in flight, at most. */
#define SESSION_ESCAPE_BYTES (32u << 20)

/**
 * SESSION_ADAPTER - the host's handle of the one adapter of a session. VM-global; its index is one
 * that no process's table reaches, so that it cannot be mistaken for an object's.
 */
#define SESSION_ADAPTER (1u << HANDLE_UNIQUE_SHIFT | 0x800000u << HANDLE_INSTANCE_BITS)

/** enum session_state - see above. */
enum session_state {
	SESSION_VACANT,
	SESSION_READY,
	SESSION_RESETTING,
	SESSION_ENDED,
};

/**
 * struct session_channel - dxgd's side of a channel.
 * @owed: the guest sleeps, and something has been published since it was last rung
 */
struct session_channel {
	struct dxg_ring rx;
	struct dxg_ring tx;
	bool owed;
	struct backlog backlog;
};

/**
 * struct session - see above.
 * @source: in the daemon's turn
 * @link: in vgpu->sessions, later in daemon->ended
 * @peer: who connected
 * @ram: the vGPU's, when this guest is the machine that it is the RAM of; else NULL
 * @io_start: where the guest sees the IO space; valid once @io_set
 * @adapter: SESSION_ADAPTER while it is open, else 0; @adapter_opens: how often
 * @handles: VM-global names of processes; @shares: of shared objects (share.h)
 * @processes: those whose worker may still run included
 * @completions: replies that are still owed
 * @escape_bytes: see SESSION_ESCAPE_BYTES
 * @epoch: last one acted upon
 * @broken: the field in which the guest lied; the session ends in its next turn
 */
struct session {
	struct turn_source source;
	TAILQ_ENTRY(session) link;
	struct daemon *daemon;
	struct vgpu *vgpu;
	struct transport *transport;
	struct region *region;
	struct iospace *io;
	struct sock_peer peer;
	const struct ram *ram;
	uint32_t id;
	enum session_state state;
	struct session_channel channel[DXG_CHANNELS];
	uint64_t io_start;
	bool io_set;
	uint32_t adapter;
	uint32_t adapter_opens;
	struct handle_table *handles;
	struct handle_table *shares;
	LIST_HEAD(, process) processes;
	unsigned int process_count;
	LIST_HEAD(, completion) completions;
	uint32_t escape_bytes;
	uint32_t epoch;
	uint32_t generation;
	const char *broken;
};

/**
 * session_create() - attach a guest.
 * @transport: becomes the session's on success; @region: likewise
 *
 * Return: 0; -EMFILE at DXG_SESSIONS_MAX; -ENOMEM.
 */
int session_create(struct vgpu *vgpu, const struct sock_peer *peer, struct transport *transport,
		   struct region *region, struct session **ret_session);

/** session_end() - for good, with a reason for the log. The memory is freed later. */
void session_end(struct session *session, const char *why);

/** session_invalid() - the guest lied: end the session and name the field. */
void session_invalid(struct session *session, const char *field);

/** session_doorbell() - the guest rang: look at its rings, ping and epoch. */
void session_doorbell(struct session *session);

/** session_invite() - the region is vacant: act on an epoch that waits, and wake the guest for one.
 */
void session_invite(struct session *session);

/**
 * session_send() - a packet to the guest; what does not fit waits.
 * @id: of the request for a reply, 0 for a message
 */
void session_send(struct session *session, uint32_t channel, uint16_t kind, uint64_t id,
		  const struct dxg_ring_part *part, unsigned int parts);

/** session_signal_event() - SIGNALGUESTEVENT for event @event of the process with guest id @pid. */
void session_signal_event(struct session *session, uint64_t event, uint64_t pid);

/**
 * session_device_changed() - SETGUESTDATA for the device whose cookie is @cookie. It is in the ring
 * before this returns (if there is room), so that a guest that sees a fence change afterwards can
 * know why.
 */
void session_device_changed(struct session *session, uint64_t cookie);

/** session_limits_changed() - the configuration of its vGPU is another. */
void session_limits_changed(struct session *session);

/** session_process_gone() - one of its processes has been freed. */
void session_process_gone(struct session *session);

/** session_reap() - free the ended sessions that nothing uses any more. */
void session_reap(struct daemon *daemon);

#endif /* HOST_SESSION_H */

// SPDX-License-Identifier: MIT
/*
 * session: see session.h. Backpressure: when the guest does not take its replies they wait in a
 * backlog, and from SESSION_BACKLOG_STALL on its requests are not consumed any more, so that its
 * own ring fills. A request that needs pages which are still being zeroed stays at the head of the
 * ring (-EAGAIN) and holds up its session, nobody else.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>

#include "audit.h"
#include "daemon.h"
#include "dispatch.h"
#include "dxgwire/message.h"
#include "iospace.h"
#include "log.h"
#include "process.h"
#include "region.h"
#include "request.h"
#include "share.h"
#include "transport.h"
#include "vgpu.h"
#include "worker.h"

#define SESSION_SERVE_MAX 64u /* packets of one channel per pass */

static uint8_t session_rx[DXG_MESSAGE_MAX]
	__attribute__((aligned(8))); /* private copy; one thread */

static struct session *session_of(struct turn_source *source)
{
	return (struct session *)(void *)((char *)source - offsetof(struct session, source));
}

/* ---- to the guest ---- */

/* What waits for the guest to read, on both channels. */
static uint32_t session_backlog(const struct session *session)
{
	uint32_t bytes = 0, i;

	for (i = 0; i < DXG_CHANNELS; i++)
		bytes += session->channel[i].backlog.bytes;
	return bytes;
}

void session_send(struct session *session, uint32_t channel, uint16_t kind, uint64_t id,
		  const struct dxg_ring_part *part, unsigned int parts)
{
	struct session_channel *c = &session->channel[channel];
	int err;

	if (session->state != SESSION_READY)
		return;
	err = backlog_put(&c->backlog, &c->tx, kind, id, part, parts);
	/* Whoever replies may be in the middle of something: the session ends in its next turn. */
	if (err)
		session->broken = err == -EPROTO ? "to_guest.tail" : "to_guest: out of memory";
	turn_wake(&session->daemon->turn, &session->source);
}

void session_signal_event(struct session *session, uint64_t event, uint64_t pid)
{
	struct dxg_msg_signalguestevent msg = {
		.h = { .channel = DXG_MSG_HOST_TO_VM, .type = DXG_MSG_SIGNALGUESTEVENT },
		.event = event,
		.process_id = pid,
	};
	struct dxg_ring_part part = { &msg, sizeof(msg) };

	session_send(session, DXG_CHANNEL_GLOBAL, DXG_PACKET_MESSAGE, 0, &part, 1);
}

void session_device_changed(struct session *session, uint64_t cookie)
{
	struct dxg_msg_setguestdata msg = {
		.h = { .channel = DXG_MSG_HOST_TO_VM, .type = DXG_MSG_SETGUESTDATA },
		.cookie = cookie,
		.data = 1,
	};
	struct session_channel *c = &session->channel[DXG_CHANNEL_GLOBAL];
	struct dxg_ring_part part = { &msg, sizeof(msg) };

	session_send(session, DXG_CHANNEL_GLOBAL, DXG_PACKET_MESSAGE, 0, &part, 1);
	if (session->state == SESSION_READY && dxg_ring_publish(&c->tx))
		c->owed = true; /* rung in the turn: not here, in the middle of something */
}

/* Return: true when something moved. */
static bool channel_flush(struct session *session, struct session_channel *c)
{
	int moved = backlog_flush(&c->backlog, &c->tx);

	if (moved < 0)
		session->broken = "to_guest.tail";
	return moved > 0;
}

/* ---- from the guest ---- */

/* Which field made dxg_ring_peek() refuse? For the log only: it looks at the shared bytes once
 * more. */
static const char *channel_lie(const struct dxg_ring *rx)
{
	uint32_t used = rx->peer - rx->pos;
	struct dxg_packet packet;

	if (used > rx->size || (used & 7) || used < sizeof(packet))
		return "to_host.head";
	dxg_ring_copy_out(rx, rx->pos, &packet, sizeof(packet));
	if (packet.length > DXG_MESSAGE_MAX || dxg_ring_footprint(packet.length) > used)
		return "packet.length";
	return packet.reserved ? "packet.reserved" : "packet.kind";
}

static bool channel_receive(struct session *session, uint32_t channel)
{
	struct dxg_ring *rx = &session->channel[channel].rx;
	struct dxg_packet packet;
	unsigned int n;
	const char *bad;
	int err;

	for (n = 0; n < SESSION_SERVE_MAX; n++) {
		if (session->broken || session_backlog(session) > SESSION_BACKLOG_STALL)
			break;
		err = dxg_ring_peek(rx, &packet);
		if (!err)
			break;
		if (err < 0) {
			session->broken = channel_lie(rx);
			break;
		}
		dxg_ring_read(rx, 0, session_rx, packet.length);
		err = dispatch(session, channel, &packet, session_rx, &bad);
		if (err == -EAGAIN)
			break;
		if (err)
			session->broken = bad;
		dxg_ring_consume(rx, packet.length);
	}
	return n > 0;
}

/* ---- the turn ---- */

static bool session_serve(struct turn_source *source)
{
	struct session *session = session_of(source);
	bool busy = false;
	uint32_t i;

	for (i = 0; i < DXG_CHANNELS && !session->broken; i++) {
		busy |= channel_flush(session, &session->channel[i]);
		busy |= channel_receive(session, i);
	}
	if (session->broken) {
		session_invalid(session, session->broken);
		return true;
	}
	return iospace_clean(session->io) || busy;
}

static void session_ring(struct session *session, uint32_t vectors)
{
	uint32_t i;

	for (i = 0; i < DXG_CHANNELS && session->transport; i++)
		if ((vectors & (1u << i)) &&
		    session->transport->ops->ring(session->transport, i) == -EINTR) {
			session_end(session, "the guest blocked its doorbell");
			return;
		}
}

static void session_publish(struct turn_source *source)
{
	struct session *session = session_of(source);
	uint32_t i, vectors = 0;
	bool ring;

	if (session->state != SESSION_READY)
		return;
	for (i = 0; i < DXG_CHANNELS; i++) {
		ring = session->channel[i].owed;
		ring |= dxg_ring_publish(&session->channel[i].tx);
		ring |= dxg_ring_release(&session->channel[i].rx);
		session->channel[i].owed = false;
		if (ring)
			vectors |= 1u << session->region->layout.channel[i].to_guest.vector;
	}
	session_ring(session, vectors);
}

static bool channel_arm(struct session *session, struct session_channel *c)
{
	if (backlog_arm(&c->backlog, &c->tx))
		return true;
	if (session_backlog(session) > SESSION_BACKLOG_STALL)
		return false;
	return dxg_ring_arm_data(&c->rx);
}

static bool session_arm(struct turn_source *source)
{
	struct session *session = session_of(source);
	bool more = false;
	uint32_t i;

	if (session->state != SESSION_READY)
		return false;
	for (i = 0; i < DXG_CHANNELS; i++)
		more |= channel_arm(session, &session->channel[i]);
	return more || iospace_is_dirty(session->io);
}

static const struct turn_ops session_turn_ops = {
	.serve = session_serve,
	.publish = session_publish,
	.arm = session_arm,
};

/* ---- life ---- */

static void session_init_channels(struct session *session)
{
	uint32_t i;

	for (i = 0; i < DXG_CHANNELS; i++) {
		region_get_rings(session->region, i, &session->channel[i].rx,
				 &session->channel[i].tx);
		backlog_init(&session->channel[i].backlog);
		session->channel[i].owed = false;
	}
}

static void session_start_rings(struct session *session)
{
	session_init_channels(session);
	turn_wake(&session->daemon->turn, &session->source);
}

static void session_free(struct session *session)
{
	handle_table_destroy(session->shares);
	handle_table_destroy(session->handles);
	iospace_destroy(session->io);
	region_destroy(session->region);
	vgpu_put(session->vgpu);
	free(session);
}

int session_create(struct vgpu *vgpu, const struct sock_peer *peer, struct transport *transport,
		   struct region *region, struct session **ret_session)
{
	struct daemon *daemon = vgpu->daemon;
	struct session *session;
	int err;

	if (daemon->sessions >= DXG_SESSIONS_MAX)
		return -EMFILE;
	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	err = handle_table_create(DXG_PROCESSES_PER_SESSION, &session->handles);
	if (!err)
		err = handle_table_create(DXG_SHARED_OBJECTS_PER_SESSION, &session->shares);
	if (!err)
		err = iospace_create(region, &session->io);
	if (err) {
		session_free(session);
		return err;
	}
	session->daemon = daemon;
	session->vgpu = vgpu_get(vgpu);
	session->peer = *peer;
	session->transport = transport;
	session->region = region;
	session->id = ++daemon->next_session;
	session->generation = region->layout.generation;
	session->epoch = region->layout.epoch_ack;
	session->state = region->adopted ? SESSION_VACANT : SESSION_READY;
	LIST_INIT(&session->processes);
	LIST_INIT(&session->completions);
	turn_source_init(&session->source, &session_turn_ops);
	TAILQ_INSERT_TAIL(&vgpu->sessions, session, link);
	vgpu->session_count++;
	daemon->sessions++;
	transport->session = session;
	if (session->state == SESSION_READY)
		session_start_rings(session);
	else
		session_init_channels(session);
	audit("attach", "{s:I, s:s, s:s, s:I, s:I}", "session", (json_int_t)session->id, "vgpu",
	      vgpu->config.name, "transport", transport->ops->name, "pid", (json_int_t)peer->pid,
	      "uid", (json_int_t)peer->uid);
	*ret_session = session;
	return 0;
}

/* Take everything from the guest; what workers may still touch goes when they are gone. */
static void session_drop_guest(struct session *session)
{
	struct completion *completion;
	struct process *process, *next;
	uint32_t i;

	while ((completion = LIST_FIRST(&session->completions)))
		completion_orphan(completion);
	for (i = 0; i < DXG_CHANNELS; i++)
		backlog_drop(&session->channel[i].backlog);
	session->adapter = 0;
	session->adapter_opens = 0;
	session->io_set = false;
	for (process = LIST_FIRST(&session->processes); process; process = next) {
		next = process_next(process);
		process_destroy(process, NULL);
	}
	share_drop_all(session);
}

void session_end(struct session *session, const char *why)
{
	struct vgpu *vgpu = session->vgpu;

	if (session->state == SESSION_ENDED)
		return;
	region_set_state(session->region, DXG_SESSION_LOST, session->generation);
	session->state = SESSION_ENDED;
	turn_forget(&session->source);
	TAILQ_REMOVE(&vgpu->sessions, session, link);
	TAILQ_INSERT_TAIL(&session->daemon->ended, session, link);
	vgpu->session_count--;
	session->daemon->sessions--;
	for (uint32_t i = 0; i < DXG_CHANNELS; i++)
		session->transport->ops->ring(session->transport, i);
	session->transport->ops->end(session->transport);
	session->transport = NULL;
	session_drop_guest(session);
	log_line("session %u on %s (pid %d) ended: %s", session->id, vgpu->config.name,
		 (int)session->peer.pid, why);
	audit("detach", "{s:I, s:s, s:s}", "session", (json_int_t)session->id, "vgpu",
	      vgpu->config.name, "reason", why);
}

void session_invalid(struct session *session, const char *field)
{
	char why[128];

	if (session->state == SESSION_ENDED)
		return;
	audit("invalid", "{s:I, s:s, s:I, s:s}", "session", (json_int_t)session->id, "vgpu",
	      session->vgpu->config.name, "pid", (json_int_t)session->peer.pid, "field", field);
	snprintf(why, sizeof(why), "the guest sent a bad %s", field);
	session_end(session, why);
}

/* Nothing of the old guest is left: hand the region to the new one. */
static void session_finish_reset(struct session *session)
{
	region_zero_rings(session->region);
	session->state = SESSION_READY;
	session_start_rings(session);
	if (!++session->generation)
		session->generation = 1;
	region_set_state(session->region, DXG_SESSION_READY, session->generation);
	dxg_store_release(&session->region->header->epoch_ack, session->epoch);
	log_line("session %u on %s: a new guest, generation %u", session->id,
		 session->vgpu->config.name, session->generation);
	session_ring(session, 1);
}

static void session_reset(struct session *session, uint32_t epoch)
{
	session->epoch = epoch;
	if (session->state == SESSION_RESETTING)
		return;
	session->state = SESSION_RESETTING;
	session->broken = NULL;
	turn_forget(&session->source);
	session_drop_guest(session);
	if (LIST_EMPTY(&session->processes))
		session_finish_reset(session);
}

void session_doorbell(struct session *session)
{
	struct dxg_region_header *header = session->region->header;
	uint32_t epoch = dxg_load(&header->epoch);

	dxg_store(&header->pong, dxg_load(&header->ping));
	if (epoch && epoch != session->epoch)
		session_reset(session, epoch);
	if (session->state == SESSION_READY)
		turn_wake(&session->daemon->turn, &session->source);
}

void session_invite(struct session *session)
{
	session_doorbell(session);
	session_ring(session, 1);
}

void session_limits_changed(struct session *session)
{
	struct process *process;

	LIST_FOREACH (process, &session->processes, link)
		worker_check_patience(process->worker);
}

void session_process_gone(struct session *session)
{
	if (session->state == SESSION_RESETTING && LIST_EMPTY(&session->processes))
		session_finish_reset(session);
}

void session_reap(struct daemon *daemon)
{
	struct session *session, *next;

	for (session = TAILQ_FIRST(&daemon->ended); session; session = next) {
		next = TAILQ_NEXT(session, link);
		if (!LIST_EMPTY(&session->processes))
			continue;
		TAILQ_REMOVE(&daemon->ended, session, link);
		session_free(session);
	}
}

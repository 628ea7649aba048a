// SPDX-License-Identifier: MIT
/*
 * transport_socket: processes and containers, over dxgd's attach socket (dxgwire/attach.h). A
 * connection sends one struct dxg_attach, gets its region and doorbells, and from then on is only
 * watched for offers (sharelink.h) and for its end. One that says nothing is thrown out after
 * ATTACH_TIMEOUT_MS.
 */
#include "transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit.h"
#include "config.h"
#include "daemon.h"
#include "deadline.h"
#include "doorbell.h"
#include "dxgwire/attach.h"
#include "log.h"
#include "region.h"
#include "session.h"
#include "sharelink.h"
#include "sock.h"
#include "vgpu.h"
#include "watch.h"

#define ATTACH_TIMEOUT_MS 5000u
#define ATTACH_WAITING_MAX 64u /* connections that have not said what they want */

/**
 * struct connection - a client: first waiting for its attach message (until @timeout;
 * base.session is NULL), then a transport.
 * @socket: watched for the message, then for the end; @doorbell: the client's to us, watched
 * @ring_fd: ours to the client
 */
struct connection {
	struct transport base;
	TAILQ_ENTRY(connection) link;
	struct socket_listener *listener;
	struct sock_peer peer;
	struct watch *socket;
	struct watch *doorbell;
	struct deadline *timeout;
	int ring_fd;
};

/** struct socket_listener - the attach socket. @waiting: connections without a session. */
struct socket_listener {
	struct daemon *daemon;
	struct watch *watch;
	TAILQ_HEAD(, connection) waiting;
	unsigned int waiting_count;
};

/* The connection is no longer one of those that wait. */
static void connection_settle(struct connection *conn)
{
	if (!conn->timeout)
		return;
	deadline_destroy(conn->timeout);
	conn->timeout = NULL;
	TAILQ_REMOVE(&conn->listener->waiting, conn, link);
	conn->listener->waiting_count--;
}

static void connection_free(struct connection *conn)
{
	connection_settle(conn);
	watch_destroy(conn->socket);
	watch_destroy(conn->doorbell);
	if (conn->ring_fd >= 0)
		close(conn->ring_fd);
	free(conn);
}

static int connection_ring(struct transport *transport, uint32_t vector)
{
	struct connection *conn = (struct connection *)transport;

	(void)vector; /* one doorbell stands for all */
	return doorbell_ring(conn->ring_fd);
}

static void connection_end(struct transport *transport)
{
	connection_free((struct connection *)transport);
}

static const struct transport_ops connection_ops = {
	.name = "socket",
	.links = true,
	.ring = connection_ring,
	.end = connection_end,
};

static void connection_rung(void *arg)
{
	struct connection *conn = arg;

	if (doorbell_drain(watch_fd(conn->doorbell)) == -EINTR)
		session_end(conn->base.session, "the guest blocked its doorbell");
	else
		session_doorbell(conn->base.session);
}

/* ---- attaching ---- */

static struct vgpu *attach_find(struct connection *conn, const struct dxg_attach *attach,
				int *ret_err)
{
	struct daemon *daemon = conn->listener->daemon;
	struct vgpu *vgpu;

	if (attach->vgpu[0]) {
		vgpu = vgpu_find(daemon, attach->vgpu);
		*ret_err = !vgpu ? -ENOENT : vgpu_allows(vgpu, &conn->peer) ? 0 : -EACCES;
		return *ret_err ? NULL : vgpu;
	}
	*ret_err = TAILQ_EMPTY(&daemon->vgpus) ? -ENOENT : -EACCES;
	TAILQ_FOREACH (vgpu, &daemon->vgpus, link)
		if (vgpu_allows(vgpu, &conn->peer)) {
			*ret_err = 0;
			return vgpu;
		}
	return NULL;
}

static int attach_check(const struct dxg_attach *attach, ssize_t n)
{
	size_t len = strnlen(attach->vgpu, sizeof(attach->vgpu));
	size_t i;

	if (n != sizeof(*attach) || attach->magic != DXG_ATTACH_MAGIC ||
	    attach->version != DXG_ATTACH_VERSION || attach->flags || attach->reserved ||
	    len == sizeof(attach->vgpu))
		return -EPROTO;
	for (i = len; i < sizeof(attach->vgpu); i++)
		if (attach->vgpu[i])
			return -EPROTO;
	return 0;
}

static int connection_reply(struct connection *conn, int status, const struct region *region,
			    const int fds[DXG_ATTACH_FDS])
{
	struct dxg_attach_reply reply = {
		.magic = DXG_ATTACH_MAGIC,
		.version = DXG_ATTACH_VERSION,
		.status = status,
		.region_size = region ? region->size : 0,
	};

	return sock_send(watch_fd(conn->socket), &reply, sizeof(reply), fds,
			 region ? DXG_ATTACH_FDS : 0);
}

/* Doorbells, session, reply; on failure nothing of it is left but what @conn owns. */
static int attach_open(struct connection *conn, struct vgpu *vgpu, struct region *region)
{
	int doorbell = doorbell_create();
	struct session *session;
	int err;

	conn->ring_fd = doorbell_create();
	if (doorbell < 0 || conn->ring_fd < 0) {
		if (doorbell >= 0)
			close(doorbell);
		return doorbell < 0 ? doorbell : conn->ring_fd;
	}
	err = watch_create(&vgpu->daemon->loop, doorbell, connection_rung, conn, &conn->doorbell);
	if (err)
		return err;
	err = session_create(vgpu, &conn->peer, &conn->base, region, &session);
	if (err)
		return err;
	connection_settle(conn);
	if (connection_reply(conn, 0, region, (int[]){ region->fd, doorbell, conn->ring_fd }))
		session_end(session, "the client did not take its descriptors");
	return 0;
}

static int attach_start(struct connection *conn, struct vgpu *vgpu)
{
	struct region_want want;
	struct region *region;
	int err;

	vgpu_region_want(vgpu, 1, &want);
	want.host_caps |= DXG_HOSTCAP_SHARE_LINKS;
	err = region_create(&want, &region);
	if (err)
		return err;
	err = attach_open(conn, vgpu, region);
	if (err)
		region_destroy(region);
	return err;
}

static int attach_status(int err)
{
	return err == -EPROTO || err == -ENOENT || err == -EACCES || err == -EMFILE ? err : -ENOMEM;
}

static void connection_attach(struct connection *conn)
{
	struct dxg_attach attach[2]; /* room to see that a message is too long */
	struct vgpu *vgpu;
	ssize_t n;
	int err;

	n = sock_recv(watch_fd(conn->socket), attach, sizeof(attach), NULL);
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		connection_free(conn);
		return;
	}
	err = attach_check(&attach[0], n);
	vgpu = err ? NULL : attach_find(conn, &attach[0], &err);
	if (vgpu)
		err = attach_start(conn, vgpu);
	if (!err)
		return;
	audit("denied", "{s:I, s:I, s:s, s:s}", "pid", (json_int_t)conn->peer.pid, "uid",
	      (json_int_t)conn->peer.uid, "vgpu", err == -EPROTO ? "" : attach[0].vgpu, "reason",
	      strerror(-err));
	connection_reply(conn, attach_status(err), NULL, NULL);
	connection_free(conn);
}

static void connection_message(struct connection *conn)
{
	struct dxg_share_offer offer[2]; /* room to see that a message is too long */
	int fd = -1;
	ssize_t n = sock_recv(watch_fd(conn->socket), offer, sizeof(offer), &fd);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0)
		session_end(conn->base.session, "the client closed its connection");
	else if (sharelink_offer(conn->base.session, offer, n, fd))
		session_invalid(conn->base.session, "attach: second message");
}

static void connection_readable(void *arg)
{
	struct connection *conn = arg;

	if (conn->base.session)
		connection_message(conn);
	else
		connection_attach(conn);
}

static void connection_timeout(void *arg)
{
	connection_free(arg);
}

static int connection_create(struct socket_listener *listener, int fd)
{
	struct connection *conn = calloc(1, sizeof(*conn));
	struct deadline *timeout = NULL;
	int err = -ENOMEM;

	if (conn)
		err = deadline_create(&listener->daemon->loop, connection_timeout, conn, &timeout);
	if (!err)
		err = sock_get_peer(fd, &conn->peer);
	if (!err)
		err = watch_create(&listener->daemon->loop, fd, connection_readable, conn,
				   &conn->socket);
	else
		close(fd);
	if (err) {
		deadline_destroy(timeout);
		free(conn);
		return err;
	}
	conn->base.ops = &connection_ops;
	conn->listener = listener;
	conn->ring_fd = -1;
	conn->timeout = timeout;
	deadline_set(timeout, ATTACH_TIMEOUT_MS);
	TAILQ_INSERT_TAIL(&listener->waiting, conn, link);
	listener->waiting_count++;
	return 0;
}

static void listener_ready(void *arg)
{
	struct socket_listener *listener = arg;
	int fd = sock_accept(watch_fd(listener->watch));

	if (fd < 0)
		return;
	if (listener->waiting_count >= ATTACH_WAITING_MAX)
		connection_free(TAILQ_FIRST(&listener->waiting));
	if (connection_create(listener, fd))
		log_line("an attaching client was turned away: out of memory or descriptors");
}

int socket_listen(struct daemon *daemon, struct socket_listener **ret_listener)
{
	struct socket_listener *listener = calloc(1, sizeof(*listener));
	int err;

	if (!listener)
		return -ENOMEM;
	listener->daemon = daemon;
	TAILQ_INIT(&listener->waiting);
	/* Who may do what is decided by the peer's credentials, vGPU by vGPU. */
	err = watch_listen(&daemon->loop, daemon->config->socket, SOCK_SEQPACKET, 0666,
			   listener_ready, listener, &listener->watch);
	if (err) {
		free(listener);
		return err;
	}
	*ret_listener = listener;
	return 0;
}

void socket_unlisten(struct socket_listener *listener)
{
	if (!listener)
		return;
	while (!TAILQ_EMPTY(&listener->waiting))
		connection_free(TAILQ_FIRST(&listener->waiting));
	sock_unlink(listener->daemon->config->socket);
	watch_destroy(listener->watch);
	free(listener);
}

// SPDX-License-Identifier: MIT
/*
 * sharelink: see sharelink.h. The client makes the socket pair, so its end is taken for nothing but
 * a socket: it is written to once and read from without blocking, and what a holder sends is thrown
 * away.
 */
#include "sharelink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dxgwire/attach.h"
#include "dxgwire/message.h"
#include "log.h"
#include "process.h"
#include "request.h"
#include "session.h"
#include "share.h"
#include "sharedfence.h"
#include "sharedfile.h"
#include "sharedresource.h"
#include "sock.h"
#include "transport.h"
#include "vgpu.h"
#include "watch.h"

/** struct sharelink - see above. @fence, @resource: what it stands for, one of them. */
struct sharelink {
	LIST_ENTRY(sharelink) link;
	struct vgpu *vgpu;
	struct watch *watch;
	struct shared_fence *fence;
	struct shared_resource *resource;
	uint8_t token[DXG_SHARE_TOKEN_SIZE];
};

static void sharelink_close(struct sharelink *link)
{
	watch_destroy(link->watch);
	LIST_REMOVE(link, link);
	link->vgpu->sharelink_count--;
	sharedfence_put(link->fence);
	sharedresource_put(link->resource);
	free(link);
}

/* Holders have nothing to say; the end is what this waits for. */
static void sharelink_readable(void *arg)
{
	struct sharelink *link = arg;
	uint8_t byte;
	ssize_t n = sock_recv(watch_fd(link->watch), &byte, sizeof(byte), NULL);

	if (n > 0 || n == -EAGAIN || n == -EINTR)
		return;
	sharelink_close(link);
}

void sharelink_close_all(struct vgpu *vgpu)
{
	while (!LIST_EMPTY(&vgpu->sharelinks))
		sharelink_close(LIST_FIRST(&vgpu->sharelinks));
}

static bool is_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t size = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size))
		return false;
	size = sizeof(type);
	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) && domain == AF_UNIX &&
	       type == SOCK_SEQPACKET;
}

static uint32_t sharelink_kind(const struct sharelink *link)
{
	return link->fence ? DXG_SHARE_SYNC : DXG_SHARE_RESOURCE;
}

static int sharelink_tell(struct sharelink *link, int fd)
{
	struct dxg_share_record record = {
		.magic = DXG_SHARE_MAGIC,
		.version = DXG_SHARE_VERSION,
		.kind = sharelink_kind(link),
	};

	if (getrandom(link->token, sizeof(link->token), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(link->token))
		return -EAGAIN;
	memcpy(record.token, link->token, sizeof(record.token));
	return sock_send(fd, &record, sizeof(record), NULL, 0);
}

/* @fd is the link's, or closed. */
static int sharelink_create(struct share *share, int fd)
{
	struct vgpu *vgpu = share->session->vgpu;
	struct sharelink *link;
	int err;

	if (vgpu->sharelink_count >= DXG_SHARE_LINKS_PER_VGPU) {
		close(fd);
		return -EDQUOT;
	}
	link = calloc(1, sizeof(*link));
	if (!link) {
		close(fd);
		return -ENOMEM;
	}
	link->vgpu = vgpu;
	err = watch_create(&vgpu->daemon->loop, fd, sharelink_readable, link, &link->watch);
	if (err) {
		free(link);
		return err;
	}
	if (share->fence)
		link->fence = sharedfence_get(share->fence);
	else
		link->resource = sharedresource_get(share->resource);
	LIST_INSERT_HEAD(&vgpu->sharelinks, link, link);
	vgpu->sharelink_count++;
	err = sharelink_tell(link, fd);
	if (err)
		sharelink_close(link);
	return err;
}

/* The memory, to somebody who could open the resource. The socket is over with that. */
static int sharelink_give_memory(const struct share *share, int fd)
{
	struct dxg_share_record record = {
		.magic = DXG_SHARE_MAGIC,
		.version = DXG_SHARE_VERSION,
		.kind = DXG_SHARE_RESOURCE,
	};
	int err = share->resource
			  ? sock_send(fd, &record, sizeof(record), &share->resource->file->fd, 1)
			  : 0;

	close(fd);
	return err;
}

/* Is it something that other sessions can open? */
static bool sharelink_carries(const struct share *share)
{
	return share->opens && (share->fence || share->resource->file);
}

int sharelink_offer(struct session *session, const void *data, ssize_t len, int fd)
{
	const struct dxg_share_offer *offer = data;
	struct share *share;
	int err;

	if (len != sizeof(*offer) || offer->magic != DXG_SHARE_MAGIC ||
	    offer->version != DXG_SHARE_VERSION || (offer->flags & ~DXG_SHARE_OFFER_MEMORY) ||
	    fd < 0 || !is_socket(fd)) {
		if (fd >= 0)
			close(fd);
		return -EPROTO;
	}
	share = share_find(session, offer->nt_handle);
	if (!share || !sharelink_carries(share)) {
		close(fd);
		return 0;
	}
	err = offer->flags ? sharelink_give_memory(share, fd) : sharelink_create(share, fd);
	if (err)
		log_line("session %u on %s: a shared object got no descriptor: %s", session->id,
			 session->vgpu->config.name, strerror(-err));
	return 0;
}

/* ---- IMPORTSHARE ---- */

/* How long this takes must not tell how much of the token was right. */
static bool token_is(const uint8_t *a, const uint8_t *b)
{
	unsigned int i, diff = 0;

	for (i = 0; i < DXG_SHARE_TOKEN_SIZE; i++)
		diff |= a[i] ^ b[i];
	return !diff;
}

static struct sharelink *sharelink_find(const struct vgpu *vgpu, const uint8_t *token)
{
	struct sharelink *link;

	LIST_FOREACH (link, &vgpu->sharelinks, link)
		if (token_is(link->token, token))
			return link;
	return NULL;
}

int sharelink_handle_import(struct request *rq)
{
	const struct dxg_msg_importshare *msg = (const void *)rq->msg;
	struct dxg_msg_importshare_return reply = { 0 };
	struct sharelink *link;
	struct share *share;
	int err;

	if (!rq->session->transport->ops->links)
		return -EPERM;
	link = sharelink_find(rq->session->vgpu, msg->token);
	if (!link)
		return -ENOENT;
	err = share_import(rq->session, link->fence, link->resource, &share);
	if (err)
		return err;
	reply.kind = sharelink_kind(link);
	reply.nt_handle = share->handle;
	request_reply(rq, &reply, sizeof(reply));
	return 0;
}

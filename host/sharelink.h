/* SPDX-License-Identifier: MIT */
/*
 * sharelink: a descriptor that stands for a shared object, where no kernel module makes one: a
 * socket whose other end libdxg hands out (dxgwire/attach.h). It holds one record, which every
 * holder peeks at, with a token that no one can guess: who knows the token has, or had, the
 * descriptor. IMPORTSHARE turns it into a name in the session of whoever opens it.
 *
 * A link belongs to its vGPU: it outlives session and process that made it, keeps the object alive,
 * and ends when the last copy of the descriptor is closed or its vGPU is destroyed. Sessions of
 * other vGPUs do not find it.
 */
#ifndef HOST_SHARELINK_H
#define HOST_SHARELINK_H

#include <sys/queue.h>
#include <sys/types.h>

struct request;
struct session;
struct sharelink;
struct vgpu;

LIST_HEAD(sharelink_list, sharelink);

/**
 * sharelink_offer() - the guest of @session sent @len bytes and @fd on its socket.
 * @fd: becomes the link's, or is closed; -1 when none came
 *
 * Return: 0, also when no link was made for want of something, which the guest sees by the end of
 * its socket; -EPROTO when that is no offer.
 */
int sharelink_offer(struct session *session, const void *data, ssize_t len, int fd);

/** sharelink_close_all() - @vgpu is destroyed. */
void sharelink_close_all(struct vgpu *vgpu);

/* Handler of IMPORTSHARE (1064). */
int sharelink_handle_import(struct request *rq);

#endif /* HOST_SHARELINK_H */

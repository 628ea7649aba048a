// SPDX-License-Identifier: MIT
/*
 * link: see link.h.
 */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cm.h"

uint32_t link_create_nt(struct client *client, uint32_t object)
{
	struct dxg_msg_handle body = {
		.h = wire_vm(DXG_MSG_CREATENTSHAREDOBJECT, client->process),
		.handle = object,
	};
	struct dxg_msg_handle_return reply = { 0 };
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_int_equal(wire_call(client->wire, &msg, &reply, sizeof(reply)), sizeof(reply));
	return reply.handle;
}

int32_t link_destroy_nt(struct client *client, uint32_t nt)
{
	struct dxg_msg_handle body = {
		.h = wire_vm(DXG_MSG_DESTROYNTSHAREDOBJECT, 0),
		.handle = nt,
	};
	struct wire_msg msg;

	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	return wire_status(client->wire, &msg);
}

int link_send(struct wire *wire, const void *data, size_t len, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(wire->sock, &msg, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -errno;
}

struct dxg_share_offer link_message(uint32_t nt)
{
	return (struct dxg_share_offer){
		.magic = DXG_SHARE_MAGIC,
		.version = DXG_SHARE_VERSION,
		.nt_handle = nt,
	};
}

int link_offer(struct client *client, uint32_t nt, struct dxg_share_record *ret_record)
{
	struct dxg_share_offer message = link_message(nt);
	struct pollfd p = { .events = POLLIN };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(link_send(client->wire, &message, sizeof(message), pair[1]), 0);
	close(pair[1]);
	p.fd = pair[0];
	assert_int_equal(poll(&p, 1, WIRE_TIMEOUT_MS), 1);
	if (recv(pair[0], ret_record, sizeof(*ret_record), MSG_PEEK) == sizeof(*ret_record))
		return pair[0];
	close(pair[0]);
	return -1;
}

int32_t link_import(struct client *client, const uint8_t *token, uint32_t *ret_nt)
{
	struct dxg_msg_importshare body = {
		.h = wire_vm(DXG_MSG_IMPORTSHARE, client->process),
	};
	struct dxg_msg_importshare_return reply = { 0 };
	struct wire_msg msg;

	memcpy(body.token, token, sizeof(body.token));
	wire_msg_init(&msg, client->wire, &body, sizeof(body));
	assert_int_equal(wire_call(client->wire, &msg, &reply, sizeof(reply)), sizeof(reply));
	*ret_nt = reply.nt_handle;
	return reply.status;
}

/* A fence of @client and a descriptor for it. */

int link_memory(struct client *client, uint32_t nt)
{
	struct dxg_share_offer message = link_message(nt);
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct dxg_share_record record;
	struct iovec iov = { &record, sizeof(record) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct pollfd p = { .events = POLLIN };
	int pair[2], fd = -1;

	message.flags = DXG_SHARE_OFFER_MEMORY;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(link_send(client->wire, &message, sizeof(message), pair[1]), 0);
	close(pair[1]);
	p.fd = pair[0];
	assert_int_equal(poll(&p, 1, WIRE_TIMEOUT_MS), 1);
	if (recvmsg(pair[0], &msg, MSG_CMSG_CLOEXEC) == sizeof(record) && CMSG_FIRSTHDR(&msg)) {
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		assert_int_equal(record.kind, DXG_SHARE_RESOURCE);
		/* That was all: dxgd keeps nothing of the pair. */
		assert_int_equal(recv(pair[0], &record, sizeof(record), 0), 0);
	}
	close(pair[0]);
	return fd;
}

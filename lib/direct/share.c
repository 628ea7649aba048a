/* SPDX-License-Identifier: MIT */
/*
 * share.c - shared objects: descriptors that stand for them, and opening what a descriptor stands
 * for.
 *
 * A descriptor is one of a pair of sockets whose other end dxgd keeps (dxgwire/attach.h). Nothing
 * here remembers it: the program owns it like any other, passes it on and closes it. The record in
 * it stays there for every holder. It is a claim, no more: what it says is checked by dxgd.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "direct.h"
#include "dxgwire/attach.h"
#include "dxgwire/ntstatus.h"

/* dxgd has the offer and writes the record in its next turn. */
#define SHARE_RECORD_MS 5000

/* What the padding of room for one descriptor has room for. */
#define SHARE_DESCRIPTORS ((CMSG_SPACE(sizeof(int)) - CMSG_LEN(0)) / sizeof(int))

static bool share_is_carried(const struct direct *d)
{
	return d->header.host_caps & DXG_HOSTCAP_SHARE_LINKS;
}

/* ---- the record ---- */

static int share_peek(int fd, struct dxg_share_record *ret)
{
	struct dxg_share_record record[2]; /* room to see that it is too long */
	ssize_t n = recv(fd, record, sizeof(record), MSG_PEEK | MSG_DONTWAIT);

	if (n != sizeof(*ret) || record[0].magic != DXG_SHARE_MAGIC ||
	    record[0].version != DXG_SHARE_VERSION || record[0].reserved)
		return -EINVAL;
	*ret = record[0];
	return 0;
}

static int share_await_record(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t deadline = deadline_in(SHARE_RECORD_MS);
	struct dxg_share_record record;
	int n;

	while ((n = poll(&p, 1, deadline_left_ms(deadline))) < 0 && errno == EINTR)
		;
	return n > 0 && !share_peek(fd, &record) ? 0 : -ENOTRECOVERABLE;
}

/* ---- names in this session ---- */

int share_create_nt(struct direct *d, uint32_t object, uint32_t *ret_nt)
{
	struct dxg_msg_handle body = { .handle = object };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_handle_return reply;
	int err;

	err = direct_call_global(d, DXG_MSG_CREATENTSHAREDOBJECT, &m, &reply, sizeof(reply));
	if (err)
		return err;
	if (!reply.handle)
		return -ENOTRECOVERABLE;
	*ret_nt = reply.handle;
	return 0;
}

void share_destroy_nt(struct direct *d, uint32_t nt)
{
	struct dxg_msg_handle body = { .handle = nt };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_status reply;

	direct_call_global(d, DXG_MSG_DESTROYNTSHAREDOBJECT, &m, &reply, sizeof(reply));
}

int share_import(struct direct *d, uint64_t fd, uint32_t kind, uint32_t *ret_nt)
{
	struct dxg_msg_importshare_return reply;
	struct dxg_msg_importshare body = { 0 };
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_share_record record;
	int err;

	if (!share_is_carried(d))
		return -EPERM;
	err = fd > INT_MAX ? -EINVAL : share_peek((int)fd, &record);
	if (err)
		return err;
	memcpy(body.token, record.token, sizeof(body.token));
	err = direct_call_global(d, DXG_MSG_IMPORTSHARE, &m, &reply, sizeof(reply));
	if (!err)
		err = dxg_status_to_errno(reply.status);
	if (err)
		return err == -ENOENT ? -EINVAL : err;
	if (reply.kind != kind) {
		share_destroy_nt(d, reply.nt_handle);
		return -EINVAL;
	}
	*ret_nt = reply.nt_handle;
	return 0;
}

/* ---- ShareObjects ---- */

static bool share_is_shared(struct direct *d, uint32_t handle)
{
	struct object *o;
	bool shared;

	pthread_mutex_lock(&d->objects.lock);
	o = object_find_locked(&d->objects, handle, OBJECT_SYNC);
	shared = o && o->shared;
	pthread_mutex_unlock(&d->objects.lock);
	return shared || resource_is_shared(d, handle);
}

/* Offer one end of a pair to dxgd. @ret_fd: the other, with the record in it. */
static int share_offer(struct direct *d, uint32_t nt, uint32_t flags, int *ret_fd)
{
	struct dxg_share_offer offer = {
		.magic = DXG_SHARE_MAGIC,
		.version = DXG_SHARE_VERSION,
		.nt_handle = nt,
		.flags = flags,
	};
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -ENOTRECOVERABLE;
	err = channel_offer(d->channel, &offer, sizeof(offer), pair[1]);
	close(pair[1]);
	if (!err)
		err = share_await_record(pair[0]);
	if (err)
		close(pair[0]);
	else
		*ret_fd = pair[0];
	return err;
}

/* Those that came with @msg, which has room for so many; whoever sent them, they are ours now. */
static uint32_t share_descriptors(struct msghdr *msg, int ret_fds[SHARE_DESCRIPTORS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t bytes;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	bytes = c->cmsg_len - CMSG_LEN(0);
	memcpy(ret_fds, CMSG_DATA(c), bytes);
	return (uint32_t)(bytes / sizeof(int));
}

/* The one descriptor that came along with the record of the pair's end @fd. */
static int share_take_descriptor(int fd, int *ret_fd)
{
	int got[SHARE_DESCRIPTORS];
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct dxg_share_record record;
	struct iovec iov = { &record, sizeof(record) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	uint32_t count = n >= 0 ? share_descriptors(&msg, got) : 0;

	if (n == (ssize_t)sizeof(record) && count == 1) {
		*ret_fd = got[0];
		return 0;
	}
	while (count)
		close(got[--count]);
	return -ENOTRECOVERABLE;
}

int share_ask_memory(struct direct *d, uint32_t nt, int *ret_fd)
{
	int fd, err = share_offer(d, nt, DXG_SHARE_OFFER_MEMORY, &fd);

	if (err)
		return err;
	err = share_take_descriptor(fd, ret_fd);
	close(fd);
	return err;
}

int share_objects(struct direct *d, void *args)
{
	const struct d3dkmt_shareobjects *p = args;
	uint64_t *ret = direct_user(p->shared_handle);
	const uint32_t *objects = direct_user(p->objects);
	uint32_t nt;
	int fd, err;

	if (p->object_count != 1)
		return -EINVAL;
	if (!objects || !ret)
		return -EFAULT;
	if (!share_is_carried(d))
		return -EPERM;
	if (!share_is_shared(d, *objects))
		return -EINVAL;
	err = share_create_nt(d, *objects, &nt);
	if (err)
		return err;
	err = share_offer(d, nt, 0, &fd);
	share_destroy_nt(d, nt);
	if (!err)
		*ret = (uint64_t)fd;
	return err;
}

/* ---- OpenSyncObjectFromNtHandle2 ---- */

static int share_open_fence(struct direct *d, struct d3dkmt_opensyncobjectfromnthandle2 *p,
			    uint32_t nt)
{
	struct dxg_msg_opensyncobject body = {
		.device = p->device.v,
		.global_sync_object = nt,
		.engine_affinity = p->monitored_fence.engine_affinity,
		.flags = p->flags,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_opensyncobject_return reply;
	uint64_t *fence = NULL;
	int err;

	err = direct_call_global(d, DXG_MSG_OPENSYNCOBJECT, &m, &reply, sizeof(reply));
	if (!err)
		err = dxg_status_to_errno(reply.status);
	if (err)
		return err;
	err = sync_enter_opened(d, p, &reply, &fence);
	if (err)
		return err;
	p->sync_object.v = reply.sync_object;
	p->monitored_fence.fence_value_cpu_va = (uint64_t)(uintptr_t)fence;
	p->monitored_fence.fence_value_gpu_va = reply.fence_gpu_va;
	return 0;
}

int share_open_sync(struct direct *d, void *args)
{
	struct d3dkmt_opensyncobjectfromnthandle2 *p = args;
	uint32_t nt;
	int err;

	if ((p->flags.value & ~SYNC_FLAGS) || !object_has(&d->objects, p->device.v, OBJECT_DEVICE))
		return -EINVAL;
	err = share_import(d, p->nt_handle, DXG_SHARE_SYNC, &nt);
	if (err)
		return err;
	err = share_open_fence(d, p, nt);
	share_destroy_nt(d, nt);
	return err;
}

/* ---- ShareObjectWithHost ---- */

int share_with_host(struct direct *d, void *args)
{
	struct d3dkmt_shareobjectwithhost *p = args;
	struct dxg_msg_shareobjectwithhost body = {
		.device = p->device_handle.v,
		.object = p->object_handle.v,
	};
	struct direct_msg m = DIRECT_MSG(&body);
	struct dxg_msg_shareobjectwithhost_return reply;
	int err;

	if (p->reserved)
		return -EINVAL;
	err = direct_call_global(d, DXG_MSG_SHAREOBJECTWITHHOST, &m, &reply, sizeof(reply));
	if (!err)
		err = dxg_status_to_errno(reply.status);
	if (!err)
		p->object_vail_nt_handle = reply.vail_nt_handle;
	return err;
}

/* ---- sharing by global handles ---- */

/*
 * Global handles are numbers that any process of the machine could guess. What is shared here is
 * shared by descriptors only, so no number names anything.
 */
int share_by_number(struct direct *d, void *args)
{
	(void)d;
	(void)args;
	return -EINVAL;
}
